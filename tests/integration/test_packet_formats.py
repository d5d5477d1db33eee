# SPDX-License-Identifier: GPL-2.0-or-later
"""JSON, PDML and EK of tshark have the fields of each packet, with the values that -T fields prints."""

import json
import xml.etree.ElementTree
from collections import defaultdict

import pytest

import support
from made_captures import write_two_in_each_frame
from packet_rows import OWN, line_of, rows_of
from reference import wireshark_version

MIXED = support.CAPTURES / 'mixed.pcapng'
PROTOCOL = 'tcp_asymmetry'
EXPERT = f'{PROTOCOL}.expert.'


# ------------------------------------------------------------------------------ reading
#
# Each reads a format: {name of a field: [value, ...]} of each frame, in the order of the frames. A finding is counted
# under EXPERT as well if its own expert item is below it.

def as_list(value):
    return value if isinstance(value, list) else [value]


def read_json(text):
    for packet in json.loads(text):
        values = defaultdict(list)
        for tree in as_list(packet['_source']['layers'].get(PROTOCOL, [])):
            for name, value in tree.items():
                if name == f'{PROTOCOL}.finding_tree':
                    items = [item for below in as_list(value) for item in as_list(below['_ws.expert'])]
                    values[EXPERT] += [key.removeprefix(EXPERT) for item in items for key in item if key.startswith(EXPERT)]
                else:
                    values[name] += as_list(value)
        yield dict(values)


def read_pdml(text):
    for packet in xml.etree.ElementTree.fromstring(text).iter('packet'):
        values = defaultdict(list)
        for proto in packet.findall(f"proto[@name='{PROTOCOL}']"):
            for field in proto:
                values[field.get('name')].append(field.get('show'))
                values[EXPERT] += [item.get('name').removeprefix(EXPERT) for item in field.iter()
                                   if item.get('name').startswith(EXPERT)]
        yield {name: each for name, each in values.items() if each}


def read_ek(text):
    """EK has a name of the protocol before each of its fields, and no dots."""
    names = {f'{PROTOCOL}_{name.replace(".", "_")}': name for name in OWN}
    expert = f'{PROTOCOL}_{EXPERT.replace(".", "_")}'
    for line in text.splitlines()[1::2]:
        values = defaultdict(list)
        for tree in as_list(json.loads(line)['layers'].get(PROTOCOL, [])):
            for name, value in tree.items():
                if name == '_ws_expert':
                    values[EXPERT] += [key.removeprefix(expert) for item in as_list(value) for key in item
                                       if key.startswith(expert)]
                else:
                    values[names[name]] += as_list(value)
        yield dict(values)


FORMATS = {'json': (read_json, '--no-duplicate-keys'), 'pdml': (read_pdml,), 'ek': (read_ek,)}


def printed(path, form, *arguments):
    run = support.run_tshark('-r', path, '-T', form, '-J', PROTOCOL, *FORMATS[form][1:], *arguments)
    assert run.status == 0, run.err
    return run.out


def shown(path, form, *arguments):
    return list(FORMATS[form][0](printed(path, form, '-n', *arguments)))


def as_texts(frames):
    """Programs and versions write a true boolean as 1, true or True."""
    return [{name: ['1' if str(each).lower() in ('1', 'true') else each for each in values]
             for name, values in frame.items()} for frame in frames]


def expected(path, *arguments):
    rows = [{name: values for name, values in row.items() if values} for row in rows_of(path, *arguments, fields=OWN)]
    for row in rows:
        if 'tcp_asymmetry.finding' in row:
            row[EXPERT] = row['tcp_asymmetry.finding']
    return rows


# ------------------------------------------------------------------------------ values

@pytest.fixture(scope='module')
def several(tmp_path_factory):
    """Two TCP headers in each frame."""
    path = tmp_path_factory.mktemp('several') / 'several.pcap'
    write_two_in_each_frame(path)
    return path


PATHS = {'mixed': MIXED, 'copies': support.CAPTURES / 'duplicated.pcapng', 'error': support.CAPTURES / 'icmp-quote.pcapng',
         'two-findings': support.TESTS / 'lab' / 'both-slow.pcapng', 'several': None}


@pytest.fixture(params=PATHS)
def path(request):
    return PATHS[request.param] or request.getfixturevalue(request.param)


@pytest.mark.parametrize('passes', [(), ('-2',)], ids=['one-pass', 'two-passes'])
@pytest.mark.parametrize('form', FORMATS)
def test_values_are_those_of_the_fields(path, form, passes):
    rows = expected(path, *passes)
    assert any(rows)
    assert as_texts(shown(path, form, *passes)) == as_texts(rows)


def test_the_line_above_the_fields_says_what_they_say(path):
    rows = rows_of(path, '-2', fields=OWN)
    lines = [[proto.get('showname') for proto in packet.findall(f"proto[@name='{PROTOCOL}']")] for packet in
             xml.etree.ElementTree.fromstring(printed(path, 'pdml', '-n', '-2')).iter('packet')]
    # Of a frame of two headers, nothing tells which of them a finding belongs to
    single = [(line, row) for line, row in zip(lines, rows, strict=True) if len(row['tcp_asymmetry.direction']) == 1]
    for line, row in single:
        assert line == [line_of(row)]
    assert [len(line) for line, row in zip(lines, rows) if row['tcp_asymmetry.direction']] == [
        len(row['tcp_asymmetry.direction']) for row in rows if row['tcp_asymmetry.direction']]


# ------------------------------------------------------------------------------ fields that were asked for

def test_json_and_ek_of_a_field_have_its_value():
    names = ('tcp_asymmetry.server', 'tcp_asymmetry.finding')
    asked = [part for name in names for part in ('-e', name)]
    rows = rows_of(MIXED, '-2', fields=names)
    run = support.run_tshark('-2', '-n', '-r', MIXED, '-T', 'json', *asked)
    assert [packet['_source'].get('layers', {}) for packet in json.loads(run.out)] == [
        {name: values for name, values in row.items() if values} for row in rows]
    run = support.run_tshark('-2', '-n', '-r', MIXED, '-T', 'ek', *asked)
    assert [json.loads(line)['layers'] for line in run.out.splitlines()[1::2]] == [
        {name.replace('.', '_'): values for name, values in row.items() if values} for row in rows]


# ------------------------------------------------------------------------------ hostile names

HOSTILE = 'a"b<c>&d\\e\x1b[31m\u202ef'
# As the plugin's reports show it
ESCAPED = 'a"b<c>&d\\e\\x1b[31m\\u{202e}f'


@pytest.mark.parametrize('form', FORMATS)
def test_a_hostile_name_is_a_value_like_any_other(form, tmp_path):
    hosts = tmp_path / 'hosts'
    hosts.write_text(f'10.2.0.7\t{HOSTILE}\n')
    arguments = ('-2', '-N', 'n', '-H', hosts, '-Y', 'tcp.port == 3306')
    frames = list(FORMATS[form][0](printed(MIXED, form, *arguments)))
    plain = support.run_tshark('-r', MIXED, *arguments, '-T', 'fields', '-e', 'tcp_asymmetry.server').out.splitlines()
    if wireshark_version() >= (4, 4):       # -T fields doubles each backslash
        plain = [line.replace('\\\\', '\\') for line in plain]
    assert [frame['tcp_asymmetry.server'] for frame in frames] == [[line] for line in plain]
    assert set(plain) == {f'{ESCAPED}:3306'}
