# SPDX-License-Identifier: GPL-2.0-or-later
"""The core and its unit tests build and run where no Wireshark is installed."""

import os
import subprocess
from pathlib import Path

import pytest

import support


def run(*command, env=None):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=10 * support.TIMEOUT_S,
                          env={**os.environ, **(env or {})}, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def without_wireshark(tmp_path):
    """Environment in which pkg-config knows all but Wireshark."""
    folder = tmp_path / 'pkgconfig'
    folder.mkdir()
    for place in run('pkg-config', '--variable', 'pc_path', 'pkg-config').strip().split(':'):
        for path in Path(place).glob('*.pc'):
            if path.name != 'wireshark.pc' and not (folder / path.name).exists():
                (folder / path.name).symlink_to(path)
    hidden = {'PKG_CONFIG_LIBDIR': str(folder), 'PKG_CONFIG_PATH': ''}
    assert subprocess.run(['pkg-config', '--exists', 'wireshark'], env={**os.environ, **hidden}).returncode != 0
    return hidden


def test_core_and_unit_tests_need_no_wireshark(tmp_path, without_wireshark):
    build = tmp_path / 'build'
    run('cmake', '-G', 'Ninja', '-S', support.REPOSITORY, '-B', build, '-DCMAKE_DISABLE_FIND_PACKAGE_Wireshark=ON',
        '-DBUILD_PLUGIN=OFF', '-DBUILD_TESTING=ON', '-DCMAKE_BUILD_TYPE=Debug', env=without_wireshark)
    run('cmake', '--build', build, env=without_wireshark)
    assert 'include/wireshark' not in (build / 'compile_commands.json').read_text()
    units = sorted((build / 'tests' / 'unit').glob('unit-*'))
    assert units
    for unit in units:
        assert 'wireshark' not in run('ldd', unit)
        run(unit)
