"""cmake builds and installs the plugin where it was told to, and takes it away again."""

import os
import re
import shutil
import subprocess
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
    run('cmake', '-G', 'Ninja', '-S', support.REPOSITORY, '-B', build, f'-DPLUGIN_FOLDER={plugins}',
        f'-DPROFILE_FOLDER={folder / "profiles"}')
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
    profile = plugins.parent / 'profiles' / support.PROFILE
    assert installed.exists() and profile.exists()
    run('cmake', '--build', build, '--target', 'uninstall')
    assert [path for path in plugins.rglob('*') if path.is_file()] == []
    assert not profile.exists()


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


# ------------------------------------------------------------------------------ the profile

PROFILE_FILES = {'preferences', 'colorfilters', 'dfilter_buttons', 'io_graphs'}


@pytest.fixture
def unnamed(built):
    """A build for which neither the folder of plugins nor the one of profiles is named. It shares what is compiled."""
    build, _ = built
    folders = {line.partition(':')[0]: line for line in (build / 'CMakeCache.txt').read_text().splitlines()
               if line.startswith(('PLUGIN_FOLDER:', 'PROFILE_FOLDER:'))}
    run('cmake', '-S', support.REPOSITORY, '-B', build, '-DPLUGIN_FOLDER=', '-DPROFILE_FOLDER=')
    yield build
    run('cmake', '-S', support.REPOSITORY, '-B', build, *(f'-D{line}' for line in folders.values()))


def test_everybody_may_read_the_profile_whatever_the_umask_of_who_installs_it(built):
    build, plugins = built
    run('cmake', '--install', build, umask=0o077)
    profile = plugins.parent / 'profiles' / support.PROFILE
    assert {path.name for path in profile.iterdir()} == PROFILE_FILES
    assert profile.stat().st_mode & 0o777 == 0o755
    assert {path.stat().st_mode & 0o777 for path in profile.iterdir()} == {0o644}


def test_root_installs_the_profile_where_wireshark_looks_for_those_of_all_users(unnamed, tmp_path):
    if os.geteuid() != 0:
        pytest.skip('only root installs for all users')
    run('cmake', '--install', unnamed, env={**os.environ, 'DESTDIR': str(tmp_path)})
    profile = tmp_path / str(support.data_folder() / 'profiles' / support.PROFILE)[1:]
    assert {path.name for path in profile.iterdir()} == PROFILE_FILES


def test_others_are_told_a_command_that_copies_the_profile_into_theirs(built, tmp_path):
    build, plugins = built
    run('cmake', '-S', support.REPOSITORY, '-B', build, '-DPROFILE_FOLDER=')
    environment = {**support.tshark_environment(), 'WIRESHARK_CONFIG_DIR': str(tmp_path / 'a folder')}
    done = subprocess.run(['cmake', '--install', build], capture_output=True, text=True, env=environment, check=True)
    run('cmake', '-S', support.REPOSITORY, '-B', build, f'-DPROFILE_FOLDER={plugins.parent / "profiles"}')
    command = re.search(rf'^ *(cmake -E .*{support.PROFILE}.*)$', done.stderr, re.M)[1]
    assert not (tmp_path / 'a folder').exists()
    run('sh', '-c', command)
    shown = run('tshark', '-C', support.PROFILE, '-T', 'psml', '-r', support.CAPTURES / 'download.pcapng', env=environment)
    assert '<section>Direction</section>' in shown


# ------------------------------------------------------------------------------ an ordinary user

def test_plugin_in_the_personal_folder_works_for_an_ordinary_user(installed, plugin_folders, captures):
    copy = Path(shutil.copy(installed, plugin_folders.personal))
    done = plugin_folders.report(captures / 'download.pcapng')
    assert (done.returncode, done.stdout) == (0, support.report(captures / 'download.pcapng')), done.stderr
    # Without the copy there is no such statistic: so it was the copy that answered
    copy.unlink()
    assert plugin_folders.report(captures / 'download.pcapng').returncode != 0
