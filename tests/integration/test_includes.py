# SPDX-License-Identifier: GPL-2.0-or-later
"""The folders of plugin/ are floors, whoever breaks a rule of them is told where, and the design page shows them."""

import re
import shutil
import subprocess

import pytest

import support

COMMAND = support.TESTS / 'static' / 'includes'
PAGE = support.REPOSITORY / 'docs' / 'design.md'


def run(*arguments):
    return subprocess.run([COMMAND, *arguments], capture_output=True, text=True, timeout=support.TIMEOUT_S, check=False)


def test_plugin_breaks_no_rule():
    done = run()
    assert (done.returncode, done.stdout) == (0, ''), done.stdout + done.stderr


def test_design_page_shows_the_graph_of_includes():
    picture = re.search(r'^<!-- includes -->\n+```(?:text)?\n(.*?)^```\n+<!-- /includes -->$', PAGE.read_text(),
                        re.MULTILINE | re.DOTALL)
    assert picture, f'{PAGE} has no block of code between <!-- includes --> and <!-- /includes -->'
    assert picture[1] == run('--graph').stdout, 'put there what tests/static/includes --graph prints'


# ------------------------------------------------------------------------------ each rule

FUNCTION = 'int planted(void)\n{\n    return 0;\n}\n'
DECLARATION = 'int planted(void);\n'


def including(*names):
    return ''.join(f'#include "{name}"\n' for name in names)


@pytest.fixture
def tree(tmp_path):
    shutil.copytree(support.REPOSITORY / 'plugin', tmp_path / 'plugin')
    return tmp_path


def plant(tree, files):
    """Writes the files into plugin/. What the check then says more than before."""
    before = run(tree).stdout.splitlines()
    for name, text in files.items():
        path = tree / 'plugin' / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    done = run(tree)
    new = [line for line in done.stdout.splitlines() if line not in before]
    assert done.returncode == (1 if before or new else 0), done.stderr
    return new


@pytest.mark.parametrize('files, place', [
    ({'base/planted.h': '\n' + including('settings/low.h'), 'settings/low.h': ''}, 'base/planted.h:2: floor'),
    ({'live/planted.c': including('wireshark/low.h'), 'wireshark/low.h': ''}, 'live/planted.c:1: floor'),
    ({'live/planted.h': '', 'live/planted.c': including('planted.h')}, 'live/planted.c:1: floor'),
    ({'live/planted.h': '', 'live/planted.c': including('../live/planted.h')}, 'live/planted.c:1: floor'),
    ({'live/planted.h': '', 'live/planted.c': '#include <live/planted.h>\n'}, 'live/planted.c:1: floor'),
    ({'cellar/planted.h': ''}, 'cellar/planted.h:1: floor'),
    ({'planted.h': ''}, 'planted.h:1: floor'),
    ({'base/planted.h': '#include <epan/packet.h>\n'}, 'base/planted.h:1: wireshark'),
    ({'live/planted.c': '#  include <wireshark.h>\n'}, 'live/planted.c:1: wireshark'),
    ({'output/planted.c': '#include <wsutil/json_dumper.h>\n'}, 'output/planted.c:1: wireshark'),
    ({'base/planted.h': including('base/second.h'), 'base/second.h': including('base/planted.h')},
     'base/planted.h:1: circle: base/planted -> base/second -> base/planted'),
    ({'base/planted.h': including('base/second.h'), 'base/second.h': '', 'base/second.c': including('base/third.h'),
      'base/third.h': including('base/planted.h')},
     'base/planted.h:1: circle: base/planted -> base/second -> base/third -> base/planted'),
    ({'base/planted.c': FUNCTION}, 'base/planted.c:1: declared'),
    ({'base/planted.c': FUNCTION, 'base/planted.h': ''}, 'base/planted.c:1: declared'),
    ({'base/planted.c': FUNCTION, 'base/planted.h': DECLARATION, 'base/other.h': '\n' + DECLARATION},
     'base/other.h:2: declared'),
    ({'base/planted.c': FUNCTION, 'live/other.c': DECLARATION}, 'live/other.c:1: declared'),
    ({'base/planted.c': '/* { */\n__attribute__((cold)) const char *planted(int number,\n'
                        '                                           void (*each)(int))\n{\n}\n'},
     'base/planted.c:2: declared'),
], ids=['upwards', 'to the border', 'without a floor', 'by a way of its own', 'as if it were not ours', 'another folder',
        'no folder', 'Wireshark', 'Wireshark and blanks', 'JSON writer', 'two files', 'three modules', 'no header',
        'not in its header', 'in two headers', 'in another module', 'split and with attributes'])
def test_broken_rule_is_told_with_its_place(tree, files, place):
    line, = plant(tree, files)
    assert line.startswith(f'plugin/{place}')


@pytest.mark.parametrize('files', [
    {'live/planted.c': including('live/planted.h', 'base/second.h'), 'live/planted.h': '#include <glib.h>\n',
     'base/second.h': ''},
    {'wireshark/planted.c': '#include <epan/tap.h>\n#include <wsutil/json_dumper.h>\n'},
    {'base/planted.c': '/*\n#include "live/nothing.h"\n*/\n'},
    {'base/planted.c': FUNCTION, 'base/planted.h': DECLARATION},
    {'base/planted.c': 'static ' + FUNCTION, 'live/planted.c': 'static ' + FUNCTION},
    {'base/planted.c': 'static int (*const pointers[])(void) = {NULL};\nstruct planted {\n    int (*each)(void);\n};\n'},
    {'base/planted.h': '#define PLANTED(x) \\\n    planted(x)\nstatic inline ' + FUNCTION},
], ids=['downwards', 'border', 'comment', 'header', 'static', 'pointers', 'inline'])
def test_what_breaks_no_rule_is_not_told(tree, files):
    assert plant(tree, files) == []
