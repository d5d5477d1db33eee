# SPDX-License-Identifier: GPL-2.0-or-later
"""All C is as clang-format writes it with the committed style."""

import re
import shutil
import subprocess

import pytest

import support

# Others write some lines differently: the one of Debian 12 decides
CLANG_FORMAT = 14


def version():
    if shutil.which('clang-format') is None:
        return 'none'
    told = subprocess.run(['clang-format', '--version'], capture_output=True, text=True, timeout=support.TIMEOUT_S)
    return re.search(r'version (\d+)', told.stdout)[1]


def test_all_c_is_formatted():
    if version() != str(CLANG_FORMAT):
        pytest.skip(f'formatting was not checked: it is that of clang-format {CLANG_FORMAT}, here is {version()}')
    files = [path for folder in ('plugin', 'tests') for path in (support.REPOSITORY / folder).rglob('*.[ch]')]
    assert files
    done = subprocess.run(['clang-format', '--dry-run', '--Werror', *files], stderr=subprocess.PIPE, text=True,
                          timeout=support.TIMEOUT_S)
    assert done.returncode == 0, done.stderr + '\nclang-format -i FILE mends it'
