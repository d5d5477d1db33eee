# SPDX-License-Identifier: GPL-2.0-or-later
"""Wireshark's configuration profile that comes with the plugin: columns, coloring rules, filter buttons, I/O graphs."""

import csv
import re

import pytest

import support

MIXED = support.CAPTURES / 'mixed.pcapng'
PROFILE = support.REPOSITORY / 'packaging/profile'
FIELDS = {'Direction': 'direction', 'Server': 'server', 'Response time': 'server_response', 'Finding': 'finding'}
SEVERITIES = {'error': 'Proves an error', 'warn': 'Proves a warning', 'note': 'Proves a note', 'chat': 'Proves a chat'}
COPY = 'Copy of a packet'


@pytest.fixture
def profile(tmp_path):
    """The environment in which Wireshark's programs have the profile."""
    support.provide_profile(tmp_path)
    return {'WIRESHARK_CONFIG_DIR': str(tmp_path)}


def in_profile(profile, *arguments, **environment):
    run = support.run_tshark('-C', support.PROFILE, *arguments, env={**profile, **environment})
    assert (run.status, run.err) == (0, '')
    return run.out


# ------------------------------------------------------------------------------ its files

def rules_of(text):
    """(name, display filter, background, color of the text) of each coloring rule; a color is (red, green, blue), up to 1."""
    for name, display_filter, *colors in re.findall(
            r'^@([^@]+)@([^@]+)@\[(\d+),(\d+),(\d+)\]\[(\d+),(\d+),(\d+)\]$', text, re.M):
        parts = [int(number) / 65535 for number in colors]
        yield name, display_filter, tuple(parts[:3]), tuple(parts[3:])


OUR_RULES = list(rules_of((PROFILE / 'colorfilters').read_text()))


def records(name):
    """The records of a file of ours that Wireshark reads as a table."""
    lines = [line for line in (PROFILE / name).read_text().splitlines() if not line.startswith('#')]
    return [[cell.replace('\\x22', '"') for cell in row] for row in csv.reader(lines)]


def test_there_is_a_rule_and_a_button_for_each_severity_for_copies_and_for_losses():
    assert {*SEVERITIES.values(), COPY} == {name for name, *_ in OUR_RULES}
    filters = {f'tcp_asymmetry.severity == "{severity}"' for severity in SEVERITIES} | {'tcp_asymmetry.duplicate'}
    assert {display_filter for _, display_filter, *_ in OUR_RULES} == filters
    assert {row[2] for row in records('dfilter_buttons')} == filters | {'tcp_asymmetry.lost'}


def luminance(color):
    """As the Web Content Accessibility Guidelines define it, and contrast() below."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in color]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear))


def contrast(first, second):
    low, high = sorted(map(luminance, (first, second)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize('rule', OUR_RULES, ids=lambda rule: rule[0])
def test_text_stands_out_from_its_background(rule):
    *_, background, text = rule
    # What the guidelines ask of small text
    assert contrast(background, text) > 4.5


# What Wireshark draws them on in its light and its dark theme
@pytest.mark.parametrize('paper', [(1, 1, 1), (0.12, 0.12, 0.12)], ids=['light', 'dark'])
def test_graphs_stand_out_in_light_and_dark(paper):
    for _, name, _, color, *_ in records('io_graphs'):
        assert contrast(paper, tuple(int(color[at:at + 2], 16) / 255 for at in (1, 3, 5))) > 3, name


def test_wireshark_keeps_its_own_rules_below_ours(tmp_path, profile):
    in_profile(profile, '-r', MIXED)
    rules = (tmp_path / 'profiles' / support.PROFILE / 'colorfilters').read_text()
    own = (support.data_folder() / 'colorfilters').read_text()
    assert list(rules_of(rules)) == [*OUR_RULES, *rules_of(own)]
    assert len(list(rules_of(own))) > 10


# ------------------------------------------------------------------------------ in use

@pytest.mark.parametrize('display_filter', sorted({
    *(display_filter for _, display_filter, *_ in OUR_RULES), *(row[2] for row in records('dfilter_buttons')),
    *(row[2] for row in records('io_graphs')), *(row[6] for row in records('io_graphs'))} - {''}))
def test_wireshark_knows_each_filter_and_field(display_filter):
    run = support.run_tshark('-r', MIXED, '-Y', display_filter)
    assert (run.status, run.err) == (0, '')


def test_tshark_prints_the_columns(profile):
    columns = re.findall('<section>(.*)</section>', in_profile(profile, '-T', 'psml', '-r', MIXED).split('<packet>')[0])
    assert columns == ['No.', 'Time', 'Source', 'Destination', *FIELDS, 'Protocol', 'Length', 'Info']
    names = [f'tcp_asymmetry.{name}' for name in FIELDS.values()]
    shown = [tuple(line.split('\t')) for line in in_profile(profile, '-2', '-n', '-T', 'tabs', '-r', MIXED).splitlines()]
    # An arrow stands between the addresses
    begin = columns.index('Destination') + 2
    assert [row[begin:begin + len(names)] for row in shown] == support.fields(MIXED, '', *names, arguments=('-2',))


def rule_of(severities, is_copy):
    for name in SEVERITIES:
        # A finding about copies is a note. What tells a copy from the original is the copy's own color.
        if name == 'note' and is_copy:
            return COPY
        if name in severities.split(','):
            return SEVERITIES[name]
    return None


@pytest.mark.parametrize('name', ['mixed.pcapng', 'duplicated.pcapng'])
def test_severities_and_copies_have_their_colors(profile, name):
    path = support.CAPTURES / name
    marks = support.fields(path, '', 'tcp_asymmetry.severity', 'tcp_asymmetry.duplicate', arguments=('-2',))
    expected = [rule_of(*mark) for mark in marks]
    assert set(expected) != {None}
    lines = in_profile(profile, '-2', '-n', '--color', '-r', path, '-T', 'fields', '-e', 'frame.coloring_rule.name',
                       COLORTERM='truecolor').splitlines()
    names = {name for name, *_ in OUR_RULES}
    assert [line if line in names else None for line in lines] == expected
