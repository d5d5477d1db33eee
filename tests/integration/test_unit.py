"""The C unit tests, one test each, so that pytest's summary counts them with the others."""

import re
import subprocess

import pytest

import support

UNIT_FOLDER = support.BUILD / 'tests' / 'unit'


def executables():
    return sorted(path for path in UNIT_FOLDER.glob('unit-*') if path.is_file() and path.stat().st_mode & 0o111)


def paths_of(executable):
    """The GLib test paths, of which there must be one; None stands for there being none."""
    listed = subprocess.run([executable, '-l'], capture_output=True, text=True, timeout=support.TIMEOUT_S)
    # From GLib 2.84 on they are comments of TAP
    return re.findall(r'^(?:# )?(/\S+)', listed.stdout, re.MULTILINE) or [None]


def cases():
    return [pytest.param(executable, path, id=f'{executable.name}:{path}')
            for executable in executables() for path in paths_of(executable)]


def test_the_build_folder_has_unit_tests():
    assert executables(), f'no executable unit-* in {UNIT_FOLDER}: build them, or set TFA_BUILD'


@pytest.mark.parametrize('executable, path', cases())
def test_unit(executable, path):
    assert path, f'{executable} -l lists no test'
    run = subprocess.run([executable, '--tap', '-p', path], capture_output=True, text=True,
                         timeout=support.TIMEOUT_S)
    results = [line for line in run.stdout.splitlines() if line.startswith(('ok ', 'not ok '))]
    # GLib succeeds with a path that it does not know, having run nothing
    assert run.returncode == 0 and results, run.stdout + run.stderr
    if all('# SKIP' in line for line in results):
        pytest.skip(results[0])
