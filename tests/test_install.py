"""cmake builds and installs the plugin where it was told to, and takes it away again."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

import support

PLUGIN = 'tcp-asymmetry.so'

# One build for the whole file
pytestmark = pytest.mark.xdist_group('install')


def run(*command, **keywords):
    done = subprocess.run(command, capture_output=True, text=True, timeout=10 * support.TIMEOUT_S, **keywords)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope='module')
def built(tmp_path_factory):
    """(build folder, plugin folder) of a build of its own."""
    folder = tmp_path_factory.mktemp('install')
    build, plugins = folder / 'build', folder / 'plugins'
    run('cmake', '-G', 'Ninja', '-S', support.REPOSITORY, '-B', build, f'-DPLUGIN_FOLDER={plugins}')
    run('cmake', '--build', build, '--target', 'tcp-asymmetry')
    return build, plugins


@pytest.fixture
def installed(built):
    """The plugin as cmake --install puts it."""
    build, plugins = built
    run('cmake', '--install', build)
    return plugins / 'epan' / PLUGIN


def test_install_puts_one_file_without_a_lib_prefix_into_the_epan_folder(built, installed):
    _, plugins = built
    assert [path for path in plugins.rglob('*') if path.is_file()] == [installed]


def test_uninstall_removes_what_install_put_there(built, installed):
    build, plugins = built
    assert installed.exists()
    run('cmake', '--build', build, '--target', 'uninstall')
    assert [path for path in plugins.rglob('*') if path.is_file()] == []


def test_uninstall_succeeds_where_nothing_is_installed(built):
    build, _ = built
    run('cmake', '--build', build, '--target', 'uninstall')
    run('cmake', '--build', build, '--target', 'uninstall')


def test_plugin_exports_only_what_wireshark_looks_for(installed):
    exported = {line.split()[-1] for line in run('nm', '-D', '--defined-only', installed).splitlines()}
    assert {'plugin_version', 'plugin_want_major', 'plugin_want_minor', 'plugin_register'} <= exported
    assert [name for name in exported if not name.startswith('plugin_')] == []


def build_id(path):
    return re.search(r'Build ID: (\w+)', run('readelf', '-n', path)).group(1)


def test_tshark_loads_the_plugin_of_the_build_folder():
    """All other tests would say nothing about a build that was not installed."""
    [line] = [line for line in support.run_tshark('-G', 'plugins').out.splitlines() if PLUGIN in line]
    loaded = line.split('\t')[-1]
    assert build_id(loaded) == build_id(support.BUILD / PLUGIN), f'{loaded} is not the one of {support.BUILD}'


# ------------------------------------------------------------------------------ an ordinary user

NOBODY = 65534


@pytest.fixture
def home():
    """An empty home folder of an ordinary user. Not in tmp_path, which nobody but its owner can enter."""
    if os.geteuid() != 0:
        pytest.skip('only root can hide the global plugin and become another user')
    if subprocess.run(['unshare', '--mount', 'true'], stderr=subprocess.DEVNULL).returncode != 0:
        pytest.skip('no mount namespace can be made here to hide the global plugin')
    with tempfile.TemporaryDirectory(dir='/tmp') as name:
        os.chown(name, NOBODY, NOBODY)
        yield Path(name)


def global_folder():
    [line] = [line for line in support.run_tshark('-G', 'folders').out.splitlines() if line.startswith('Global Plugins:')]
    return line.split('\t')[-1]


def as_user_without_the_global_plugin(home, *command, **keywords):
    """A mount namespace hides the global plugins: two copies of one plugin would not tell which of
    them answered. Nobody else sees that mount."""
    hide = f'mount -t tmpfs none "$0" && exec setpriv --reuid={NOBODY} --regid={NOBODY} --clear-groups -- "$@"'
    return subprocess.run(
        ['unshare', '--mount', 'sh', '-c', hide, global_folder(), *map(str, command)], capture_output=True, text=True,
        env={**support.tshark_environment(), 'HOME': str(home)}, timeout=support.TIMEOUT_S, **keywords)


def test_plugin_in_the_personal_folder_works_for_an_ordinary_user(built, installed, home, captures):
    version = re.search(r'plugins/(\d+)[.-](\d+)', global_folder())
    personal = home / '.local/lib/wireshark/plugins' / f'{version[1]}.{version[2]}' / 'epan'
    personal.mkdir(parents=True)
    shutil.copy(installed, personal / PLUGIN)
    arguments = 'tshark', '-q', '-z', 'tcp,asymmetry', '-r', '-'
    with open(captures / 'download.pcapng', 'rb') as capture:
        done = as_user_without_the_global_plugin(home, *arguments, stdin=capture)
    assert (done.returncode, done.stdout) == (0, support.report(captures / 'download.pcapng')), done.stderr
    # Without the copy there is no such statistic: so it was the copy that answered
    (personal / PLUGIN).unlink()
    with open(captures / 'download.pcapng', 'rb') as capture:
        assert as_user_without_the_global_plugin(home, *arguments, stdin=capture).returncode != 0
