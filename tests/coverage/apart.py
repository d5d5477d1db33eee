# SPDX-License-Identifier: GPL-2.0-or-later
"""A plugin of pytest: the counters of what a test runs go to a folder in $TFA_COVERAGE_RUNS that only this test has,
with its other parameters.

A test that limits the size of files, or kills a program at its end, spoils its own counters only.
"""

import os
import tempfile

import pytest

folders = {}


def enter_folder_of(test):
    if test not in folders:
        folders[test] = tempfile.mkdtemp(dir=os.environ['TFA_COVERAGE_RUNS'])
        # Other users than root run programs, too
        os.chmod(folders[test], 0o777)
    os.environ['GCOV_PREFIX'] = folders[test]


def pytest_configure():
    # Of what runs outside of tests
    enter_folder_of(None)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    enter_folder_of((item.path, getattr(item, 'originalname', item.name)))
