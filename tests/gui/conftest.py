# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures of the tests that drive the real Wireshark.

Every test ends with File > Quit, its windows still open: Wireshark must then end with status 0 and have
printed nothing on standard error.
"""

import contextlib

import pytest

import support
from bus import Late
from screen import Screen, missing_programs
from wireshark import Wireshark

ENDED_WELL = support.Run(0, '', '')


@pytest.fixture(scope='session')
def screen():
    assert not missing_programs()
    with Screen() as made:
        yield made


@pytest.fixture
def start(screen):
    """start(*arguments, ...) gives a Wireshark, which has to end well once it was used."""
    @contextlib.contextmanager
    def started(*arguments, **keywords):
        with Wireshark(screen, *arguments, **keywords) as wireshark:
            try:
                yield wireshark
            except Late:
                if wireshark.crashed_of_itself():
                    pytest.skip('Wireshark crashed with Qt 6 where assistive technology listens: see crashed_of_itself()')
                raise
            assert wireshark.quit() == ENDED_WELL
    return started


@pytest.fixture
def home_with_profile(tmp_path):
    support.provide_profile(tmp_path / 'wireshark')
    return tmp_path
