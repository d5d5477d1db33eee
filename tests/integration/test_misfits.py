# SPDX-License-Identifier: GPL-2.0-or-later
"""Whatever of plugin, Wireshark and folders does not fit together says what is wrong and what to do."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import support

PLUGIN = 'tcp-asymmetry.so'
BUILT = support.BUILD / PLUGIN
STATISTIC_IS_UNKNOWN = 'Invalid -z argument "tcp,asymmetry"'

# One copy of the source for the whole file
pytestmark = pytest.mark.xdist_group('misfits')


@pytest.fixture
def download(captures):
    return captures / 'download.pcapng'


def words(text):
    """Without the line breaks that cmake puts in."""
    return ' '.join(text.split())


def series():
    return re.search(r'(\d+)\.(\d+)', support.run_tshark('--version').out).groups()


# ------------------------------------------------------------------------------ at run time: another Wireshark

def built_for(minor, path):
    """A copy of the plugin that was built for that minor version: the number that Wireshark compares."""
    def readelf(what):
        return subprocess.run(['readelf', '--wide', what, path], capture_output=True, text=True, check=True).stdout
    shutil.copy(BUILT, path)
    address = int(re.search(r'([0-9a-f]+)\s+4 OBJECT.* plugin_want_minor$', readelf('--dyn-syms'), re.MULTILINE)[1], 16)
    rodata = re.search(r'\.rodata\s+PROGBITS\s+(\w+) (\w+)', readelf('--sections'))
    start, offset = (int(number, 16) for number in rodata.groups())
    content = bytearray(path.read_bytes())
    content[address - start + offset] = minor
    path.write_bytes(content)


def test_plugin_for_another_minor_version_is_named_by_wireshark_and_left_out(plugin_folders, download):
    major, minor = series()
    built_for(int(minor) + 2, plugin_folders.personal / PLUGIN)
    done = plugin_folders.report(download)
    assert done.returncode != 0 and STATISTIC_IS_UNKNOWN in done.stderr
    assert f"The plugin '{PLUGIN}' was compiled for Wireshark version {major}.{int(minor) + 2}" in done.stderr


# ------------------------------------------------------------------------------ at run time: several copies

def assert_works_and_names_both(done, download, *paths):
    assert (done.returncode, done.stdout) == (0, support.report(download)), done.stderr
    [line] = [line for line in done.stderr.splitlines() if 'installed twice' in line]
    assert all(str(path) in line for path in paths) and 'delete the one' in line
    assert re.search(r'(\S+)( \(version [0-9.]+\))? is used and', line)[1] in map(str, paths)


def test_copy_of_the_same_name_in_the_other_folder_is_named(plugin_folders, download):
    for folder in plugin_folders.personal, plugin_folders.everybodys:
        shutil.copy(BUILT, folder)
    assert_works_and_names_both(plugin_folders.report(download), download,
                                plugin_folders.personal / PLUGIN, f'{plugin_folders.installed}/epan/{PLUGIN}')


@pytest.mark.parametrize('other', ['tcp-asymmetry-old.so', 'a.so', 'z.so'])
def test_copy_of_another_name_is_named_and_not_registered(plugin_folders, download, other):
    for name in PLUGIN, other:
        shutil.copy(BUILT, plugin_folders.personal / name)
    assert_works_and_names_both(plugin_folders.report(download), download,
                                plugin_folders.personal / PLUGIN, plugin_folders.personal / other)


def test_copy_of_another_name_in_the_other_folder_is_named_and_not_registered(plugin_folders, download):
    shutil.copy(BUILT, plugin_folders.personal / 'other.so')
    shutil.copy(BUILT, plugin_folders.everybodys)
    assert_works_and_names_both(plugin_folders.report(download), download,
                                plugin_folders.personal / 'other.so', f'{plugin_folders.installed}/epan/{PLUGIN}')


def test_sharkd_works_with_two_copies(plugin_folders):
    for name in PLUGIN, 'other.so':
        shutil.copy(BUILT, plugin_folders.personal / name)
    request = '{"jsonrpc":"2.0","id":1,"method":"info"}\n'
    done = plugin_folders.run('sharkd', '-', input=request)
    assert done.returncode == 0 and done.stdout.count('"nstat:tcp,asymmetry"') == 1, done.stderr


def test_single_copy_says_nothing(plugin_folders, download):
    shutil.copy(BUILT, plugin_folders.personal)
    assert plugin_folders.report(download).stderr == ''


# ------------------------------------------------------------------------------ at run time: root

def test_root_gets_no_plugin_from_the_personal_folder(plugin_folders, download):
    """Wireshark loads none and does not say so. cmake --install and docs/manual.md do."""
    shutil.copy(BUILT, plugin_folders.personal)
    done = plugin_folders.report(download, as_root=True)
    assert done.returncode != 0 and STATISTIC_IS_UNKNOWN in done.stderr


# ------------------------------------------------------------------------------ when it is built

def configure(build, *arguments):
    return subprocess.run(['cmake', '-G', 'Ninja', '-S', support.REPOSITORY, '-B', build, *map(str, arguments)],
                          capture_output=True, text=True, timeout=support.TIMEOUT_S)


def assert_stops(done, *says):
    assert done.returncode != 0
    assert [part for part in says if part not in words(done.stderr)] == [], done.stderr


def test_build_with_an_old_wireshark_names_the_version_and_what_is_needed(tmp_path):
    (tmp_path / 'WiresharkConfig.cmake').write_text('')
    (tmp_path / 'WiresharkConfigVersion.cmake').write_text('set(PACKAGE_VERSION 3.6.2)\n')
    assert_stops(configure(tmp_path / 'build', f'-DWireshark_DIR={tmp_path}'),
                 f'Wireshark 3.6.2 ({tmp_path}) is too old', 'needs 4.0 or later', 'CMAKE_PREFIX_PATH')


def test_build_without_wiresharks_headers_names_the_package(tmp_path):
    assert_stops(configure(tmp_path / 'build', '-DCMAKE_DISABLE_FIND_PACKAGE_Wireshark=ON'),
                 "Wireshark's headers were not found", 'apt install wireshark-dev', '-DBUILD_PLUGIN=OFF')


def test_build_for_the_folder_of_another_version_names_both(tmp_path):
    major, minor = series()
    other = f'/somewhere/plugins/{major}.{int(minor) + 2}'
    assert_stops(configure(tmp_path / 'build', f'-DPLUGIN_FOLDER={other}'), other, f'works with {major}.{minor} only')


def test_package_is_not_made_without_dygraphs(tmp_path):
    build = tmp_path / 'build'
    assert configure(build, '-DCMAKE_BUILD_TYPE=Debug', f'-DDYGRAPHS_DIR={tmp_path}').returncode == 0
    done = subprocess.run(['cmake', '-P', build / 'documents.cmake'], capture_output=True, text=True,
                          timeout=support.TIMEOUT_S)
    assert_stops(done, 'This build has no format=html', 'apt install libjs-dygraphs')


# ------------------------------------------------------------------------------ when it is installed

@pytest.fixture(scope='module')
def source(tmp_path_factory):
    """The source and a build of it, for anybody to read; not in tmp_path, which only its owner can enter."""
    folder = Path('/tmp', f'misfits-{os.getpid()}')
    shutil.copytree(support.REPOSITORY, folder,
                    ignore=shutil.ignore_patterns('build*', '.git', '__pycache__', 'tests', 'captures'))
    yield folder
    shutil.rmtree(folder)


def install_as_user(plugin_folders, source, *arguments, path=''):
    """What cmake --install says to an ordinary user. The plugin was built elsewhere: what is compiled does not depend
    on who compiles it."""
    build = plugin_folders.home / 'build'
    configured = plugin_folders.run('cmake', '-G', 'Ninja', '-S', source, '-B', build, *arguments)
    assert configured.returncode == 0, configured.stderr
    shutil.copy(BUILT, build / PLUGIN)
    environment = ('env', f"PATH={path}:{os.environ['PATH']}") if path else ()
    installed = plugin_folders.run(*environment, 'cmake', '--install', build)
    assert installed.returncode == 0, installed.stderr
    return words(installed.stdout + installed.stderr)


def test_install_into_the_personal_folder_says_that_root_will_not_load_it(plugin_folders, source, download):
    said = install_as_user(plugin_folders, source)
    assert (plugin_folders.personal / PLUGIN).exists()
    assert 'personal folder' in said and 'root' in said and 'install the package' in said
    assert plugin_folders.report(download).stdout == support.report(download)


def test_install_says_so_where_another_copy_is_there(plugin_folders, source):
    for name in PLUGIN, 'tcp-asymmetry-old.so':
        shutil.copy(BUILT, plugin_folders.everybodys / name)
    said = install_as_user(plugin_folders, source)
    for name in PLUGIN, 'tcp-asymmetry-old.so':
        assert f'delete {plugin_folders.installed}/epan/{name}' in said
    assert f'delete {plugin_folders.personal}' not in said


def test_install_says_so_where_tshark_does_not_look(plugin_folders, source):
    said = install_as_user(plugin_folders, source, f'-DPLUGIN_FOLDER={plugin_folders.home}/elsewhere')
    assert f'does not look for plugins in {plugin_folders.home}/elsewhere/epan' in said
    assert str(plugin_folders.personal) in said and plugin_folders.installed in said


def test_install_says_so_where_tshark_has_another_version(plugin_folders, source):
    """A tshark of another version is not at hand; this one answers as it would."""
    other = plugin_folders.home / 'bin/tshark'
    other.parent.mkdir()
    other.write_text('#!/bin/sh\necho "TShark (Wireshark) 3.6.2 (Git v3.6.2 packaged as 3.6.2-2)"\n')
    other.chmod(0o755)
    said = install_as_user(plugin_folders, source, path=other.parent)
    assert f'{other} is Wireshark 3.6 and will not load this plugin' in said
    assert f"built with {'.'.join(series())}" in said and 'Install wireshark-dev of the same version' in said
