# SPDX-License-Identifier: GPL-2.0-or-later
"""What the documents show is what the programs print, and the manual has every field."""

import re
import shutil
import subprocess

import pytest

import score
import support

# The manual's words for Wireshark's types
TYPES = {'FT_STRING': 'text', 'FT_BOOLEAN': 'true or false', 'FT_RELATIVE_TIME': 'seconds'}


# ------------------------------------------------------------------------------ examples

def examples():
    """Each command behind "$ " at the beginning of a block of code, with what the document shows below it."""
    for name in ('README.md', 'docs/manual.md', 'docs/findings.md'):
        blocks = re.findall(r'^```\n(\$ .*?\n)```$', (support.REPOSITORY / name).read_text(), re.MULTILINE | re.DOTALL)
        for number, block in enumerate(blocks, 1):
            lines = block.splitlines(keepends=True)
            end = next(end for end in range(1, len(lines) + 1) if is_whole(''.join(lines[:end])))
            yield pytest.param(''.join(lines[:end])[2:], ''.join(lines[end:]), id=f'{name}-{number}')


def is_whole(command):
    """A line that ends with a backslash, or leaves a quotation open, goes on."""
    return not command.endswith('\\\n') and command.count("'") % 2 == 0


def comparable(text):
    """Wireshark 4.6 puts other blanks into the frame of a table than earlier versions."""
    return [re.sub(r' *\|$', '|', re.sub(' +', ' ', line)) if line.startswith('|') else
            '=' if re.fullmatch('=+', line) else line.rstrip() for line in text.splitlines()]


@pytest.mark.parametrize('command, shown', list(examples()))
def test_output_in_a_document_is_the_real_one(command, shown, tmp_path):
    if 'datamash' in command and shutil.which('datamash') is None:
        pytest.skip('datamash is not installed')
    support.provide_profile(tmp_path)
    done = subprocess.run(['bash', '-o', 'pipefail', '-c', command], cwd=support.REPOSITORY, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=support.TIMEOUT_S,
                          env=support.tshark_environment({'WIRESHARK_CONFIG_DIR': str(tmp_path), 'COLORTERM': 'truecolor'}))
    assert (done.returncode, support.without_root_warning(done.stderr)) == (0, '')
    assert comparable(done.stdout) == comparable(shown)


def test_readme_and_manual_have_examples():
    assert {example.id.rsplit('-', 1)[0] for example in examples()} >= {'README.md', 'docs/manual.md'}


# ------------------------------------------------------------------------------ fields

def test_manual_has_every_field_with_its_type_and_no_other():
    rows = re.findall(r'^\| `(tcp_asymmetry\.\w+)` \| ([^|]+) \|', (support.REPOSITORY / 'docs/manual.md').read_text(),
                      re.MULTILINE)
    assert dict(rows) == {name: TYPES[kind] for name, kind in support.listed_fields().items() if '.expert.' not in name}


def test_each_finding_has_a_field_of_expert_information():
    assert {f'tcp_asymmetry.expert.{finding}' for finding in score.finding_ids()} == {
        name for name in support.listed_fields() if '.expert.' in name}
