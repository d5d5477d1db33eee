# SPDX-License-Identifier: GPL-2.0-or-later
"""A plugin of pytest: the counters of what a test runs go to a folder in $TFA_COVERAGE_RUNS that only this test has,
with its other parameters.

A test that limits the size of files, or kills a program at its end, spoils its own counters only.
"""

import os
import tempfile
from pathlib import Path

import pytest

folders = {}


def test_of(item):
    return item.path, getattr(item, 'originalname', item.name)


def open_to_all(folder):
    """Other users than root run programs, too."""
    os.chmod(folder, 0o777)
    for path in Path(folder).rglob('*'):
        path.chmod(0o777)


def enter_folder_of(test):
    if test not in folders:
        folders[test] = tempfile.mkdtemp(dir=os.environ['TFA_COVERAGE_RUNS'])
        open_to_all(folders[test])
    os.environ['GCOV_PREFIX'] = folders[test]


def pytest_configure():
    # Of what runs outside of tests
    enter_folder_of(None)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    enter_folder_of(test_of(item))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item):
    # What its fixtures ran as root has made folders there
    open_to_all(folders[test_of(item)])
