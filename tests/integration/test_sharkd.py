# SPDX-License-Identifier: GPL-2.0-or-later
"""sharkd, which feeds web front ends, gives the same table as Wireshark."""

import json

import pytest

import reference
import sharkd as sharkd_program
import support
from table_cells import GROUPS, differences, expected_groups

MIXED = support.CAPTURES / 'mixed.pcapng'
LAB = support.TESTS / 'lab'


@pytest.fixture
def start():
    return sharkd_program.started


@pytest.fixture
def sharkd(start):
    with start() as one:
        yield one


def test_table_is_known(sharkd):
    taps = {tap['tap'] for tap in sharkd.ask('info')['nstat']}
    assert 'nstat:tcp,asymmetry' in taps


@pytest.mark.parametrize('path', [
    MIXED, LAB / 'unknown-port-known-later.pcapng', LAB / 'unknown-port-of-many.pcapng', LAB / 'scan.pcapng',
], ids=lambda path: path.stem)
def test_cells_are_those_of_tshark_however_often_asked(sharkd, path):
    sharkd.load(path)
    for _ in range(3):
        assert differences(sharkd.groups(), expected_groups(path)) == []


def test_next_file_replaces_the_one_before(sharkd):
    for path in MIXED, support.CAPTURES / 'download.pcapng', MIXED:
        sharkd.load(path)
        assert differences(sharkd.groups(), expected_groups(path)) == []


@pytest.mark.parametrize('name', ['no-tcp', 'empty'])
def test_capture_without_tcp_gives_empty_tables(sharkd, name):
    sharkd.load(support.CAPTURES / f'{name}.pcapng')
    assert [(table['t'], table['i']) for table in sharkd.table()['tables']] == [(group, []) for group in GROUPS]


def test_filter_limits_the_table(sharkd):
    if reference.wireshark_version() < (4, 4):
        pytest.skip('sharkd has no filter for taps before 4.4')
    sharkd.load(MIXED)
    display_filter = 'tcp.port in {443, 22}'
    assert differences(sharkd.groups(filter=display_filter), expected_groups(MIXED, display_filter)) == []
    assert differences(sharkd.groups(), expected_groups(MIXED)) == []


@pytest.mark.xdist_group('sanitized')
def test_files_and_tables_in_turn_have_no_fault_in_memory(start, sanitized, tmp_path):
    with start(*sanitized.words, env=sanitized.environment(tmp_path)) as sharkd:
        for path in MIXED, LAB / 'unknown-port-of-many.pcapng', support.CAPTURES / 'no-tcp.pcapng', MIXED:
            sharkd.load(path)
            for _ in range(2):
                assert differences(sharkd.groups(), expected_groups(path)) == []
        assert sanitized.is_used_by(sharkd.process)
    assert sanitized.complaints(tmp_path) == []


# ------------------------------------------------------------------------------ the fields of each packet

FIELD_COLUMNS = ('tcp_asymmetry.direction', 'tcp_asymmetry.server', 'tcp_asymmetry.finding')


def test_frames_have_the_fields_that_tshark_prints(start):
    rows = support.fields(MIXED, 'frame', 'frame.number', *FIELD_COLUMNS, arguments=('-2',))
    with start() as sharkd:
        sharkd.load(MIXED)
        frames = sharkd.ask('frames', **{f'column{number}': f'{name}:1' for number, name in enumerate(FIELD_COLUMNS)})
        assert [(str(frame['num']), *frame['c']) for frame in frames] == rows
        shown = sharkd.ask('frames', filter='tcp_asymmetry.finding == "loss_client_to_server"')
        assert [str(frame['num']) for frame in shown] == [row[0] for row in rows if row[3] == 'loss_client_to_server'] != []
        details = sharkd.ask('frame', frame=int(shown[0]['num']), proto=True)
        assert 'TCP Flow Asymmetry: client to server, 10.2.0.7:3306, proves loss_client_to_server' in json.dumps(details)
