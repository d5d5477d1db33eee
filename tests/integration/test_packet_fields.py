# SPDX-License-Identifier: GPL-2.0-or-later
"""The fields and the expert information that each packet gets.

What they say of a packet must be what the report says of its connection, and a finding's field must show
exactly the frames that the finding's own display filter shows.
"""

import json
import re
import statistics
from collections import Counter, defaultdict
from dataclasses import dataclass
from decimal import Decimal

import pytest

import score
import support
from made_captures import (ACK, PPP, RAW_IP, SYN, SYN_ACK, frame_of_several, tcp_packet, write_capture,
                           write_two_in_each_frame)
from packet_rows import FIELDS, contradictions, rows_of

MIXED = support.CAPTURES / 'mixed.pcapng'


# ------------------------------------------------------------------------------ reading

def frames_of(path, display_filter, *arguments):
    return {int(number) for number, in support.fields(path, display_filter, 'frame.number', arguments=arguments)}


@dataclass
class Case:
    path: object
    document: dict
    rows: list

    def findings(self):
        return [finding for server in self.document['servers'] for finding in server['findings']]


def read_case(path):
    document = json.loads(support.reports(path, ['format=json,connections'], '-n')[0])
    return Case(path, document, rows_of(path, '-2'))


def captures():
    known = [score.TOP / name for name in score.read_truth()]
    shared = support.shared_captures() or [None]
    return [pytest.param(path, id=path.stem, marks=pytest.mark.xdist_group(path.name)) for path in known] + [
        pytest.param(path, id=f'shared-{path.name}', marks=pytest.mark.xdist_group(path.name)) if path else
        pytest.param(None, id='shared', marks=pytest.mark.skip(
            reason=f'no shared captures: {support.SHARED_CAPTURES} is missing or empty')) for path in shared]


@pytest.fixture(scope='module', params=captures())
def case(request):
    return read_case(request.param)


# ------------------------------------------------------------------------------ all captures

def is_cut(finding):
    return finding['text'].endswith(' The display filter shows only the first of them.')


def test_findings_show_the_frames_of_their_filters(case):
    shown = {each: frames_of(case.path, each) for each in {finding['display_filter'] for finding in case.findings()}}
    expected, at_least = defaultdict(set), defaultdict(set)
    for finding in case.findings():
        at_least[finding['id']] |= shown[finding['display_filter']]
        if is_cut(finding):
            expected.pop(finding['id'], None)
            at_least[finding['id']].add(None)
        elif None not in at_least[finding['id']]:
            expected[finding['id']] |= shown[finding['display_filter']]
    got = defaultdict(set)
    for row in case.rows:
        for identifier in row['tcp_asymmetry.finding']:
            got[identifier].add(int(row['frame.number'][0]))
    assert set(got) == {finding['id'] for finding in case.findings()}
    for identifier, frames in at_least.items():
        assert frames - {None} <= got[identifier], identifier
    for identifier, frames in expected.items():
        assert got[identifier] == frames, identifier


def sent_by_client(row, connection):
    """Whether its client sent the one segment in a frame, told by ports and, if they are equal, by addresses."""
    address, port = (text.strip('[]') for text in connection['client'].rsplit(':', 1))
    if connection['server'].rsplit(':', 1)[1] != port:
        return row['tcp.srcport'] == [port]
    return address in (row['ip.src'] or row['ipv6.src'])[-1:]


def test_ends_and_directions_are_those_of_the_connections(case):
    connections = {each['stream']: each for each in case.document['connections']}
    segments = 0
    for row in case.rows:
        # A quoted header has a stream as well, and no fields of ours
        if len(row['tcp.stream']) != len(row['tcp_asymmetry.direction']):
            continue
        for index, stream in enumerate(map(int, row['tcp.stream'])):
            connection = connections.get(stream)
            if connection is None:
                continue
            segments += 1
            assert row['tcp_asymmetry.client'][index] == connection['client']
            assert row['tcp_asymmetry.server'][index] == connection['server']
            assert row['tcp_asymmetry.role_evidence'][index] == connection['role_evidence']
        if len(row['tcp.stream']) == 1 and connection is not None:
            words = 'client to server' if sent_by_client(row, connection) else 'server to client'
            assert row['tcp_asymmetry.direction'] == [words], row['frame.number']
    counted = sum(each[direction]['packet_count'] for each in connections.values() for direction in support.DIRECTIONS)
    quoting = sum(len(row['tcp.stream']) != len(row['tcp_asymmetry.direction']) for row in case.rows)
    assert segments >= counted - quoting


def test_times_are_the_samples_of_the_report(case):
    for field, key in (('tcp_asymmetry.server_response', 'server_response'), ('tcp_asymmetry.client_gap', 'client_gap')):
        by_server = defaultdict(list)
        for row in case.rows:
            if row[field]:
                by_server[row['tcp_asymmetry.server'][-1]] += [float(value) * 1000 for value in row[field]]
        for server in case.document['servers']:
            told, samples = server['turnaround_ms'][key], sorted(by_server[server['server']])
            assert told['samples'] == len(samples), server['server']
            if samples:
                assert told['max'] == pytest.approx(samples[-1], abs=2e-3)
                assert told['median'] == pytest.approx(statistics.median_low(samples), abs=2e-3) or (
                    told['median'] == pytest.approx(statistics.median(samples), abs=2e-3))


def test_round_trip_of_a_handshake_is_the_time_since_its_syn(case):
    asked = {}  # stream -> when its SYN was captured first: a SYN that was sent again gives no time, a copy may
    for row in case.rows:
        if len(row['tcp.stream']) != 1 or not row['tcp_asymmetry.direction']:
            continue
        [stream], [time], [flags] = row['tcp.stream'], map(Decimal, row['frame.time_epoch']), row['tcp.flags']
        if row['tcp_asymmetry.handshake_rtt']:
            [told] = map(Decimal, row['tcp_asymmetry.handshake_rtt'])
            assert told == time - asked[stream], row['frame.number']
            assert row['tcp_asymmetry.direction'] == ['client to server']
        if int(flags, 16) & SYN_ACK == SYN:
            asked.setdefault(stream, time)


PLACES = {'both': {'before_capture_point', 'after_capture_point'}}


@pytest.mark.parametrize('name', [name for name, truth in score.read_truth().items()
                                  if any('where' in finding for finding in truth['findings'])])
def test_what_was_lost_was_lost_where_the_truth_says(name):
    wheres = {finding['where'] for finding in score.read_truth()[name]['findings'] if 'where' in finding}
    rows = rows_of(score.TOP / name, '-2', fields=('tcp_asymmetry.finding', 'tcp_asymmetry.lost'))
    places = {place for row in rows for place in row['tcp_asymmetry.lost']
              if any(finding.startswith('loss_') for finding in row['tcp_asymmetry.finding'])}
    assert places == set().union(*(PLACES.get(where, {where}) for where in wheres))


def test_copies_are_those_of_the_report(case):
    told = sum(server[direction]['duplicate_frames'] for server in case.document['servers']
               for direction in ('client_to_server', 'server_to_client'))
    assert sum(len(row['tcp_asymmetry.duplicate']) for row in case.rows) == told


def test_severities_are_those_of_the_findings(case):
    severities = {finding['id']: finding['severity'] for finding in case.findings()}
    for row in case.rows:
        assert row['tcp_asymmetry.severity'] == [severities[each] for each in row['tcp_asymmetry.finding']]


def test_times_and_findings_have_the_direction_of_the_packet(case):
    for row in case.rows:
        if len(row['tcp_asymmetry.direction']) == len(row['tcp.stream']) == 1:
            assert contradictions(row) == [], row


# ------------------------------------------------------------------------------ what stays as it is

OFF = ('-o', 'tcp_asymmetry.packet_fields:FALSE')
OUR_LINE = 'TCP Flow Asymmetry: '


def printed(path, *arguments):
    run = support.run_tshark('-n', '-r', path, *arguments)
    assert run.status == 0 or support.is_cut_short(run), run.err
    return run.out


def without_ours(text):
    """The output of -V without our part of each packet: it begins with our line and ends before one that is not indented."""
    kept, is_ours = [], False
    for line in text.splitlines(keepends=True):
        is_ours = line.startswith(OUR_LINE) or (is_ours and line.startswith(' '))
        if not is_ours:
            kept.append(line)
    return ''.join(kept)


@pytest.mark.parametrize('path', support.own_captures(), ids=lambda path: path.stem)
@pytest.mark.parametrize('passes', [(), ('-2',)], ids=['one-pass', 'two-passes'])
def test_all_else_of_each_packet_is_printed_as_without(path, passes):
    shown = printed(path, *passes, '-V')
    assert without_ours(shown) == printed(path, *passes, '-V', *OFF)
    assert (OUR_LINE in shown) == (support.json_report(path)['capture']['segments'] > 0)


@pytest.mark.parametrize('arguments', [
    ('-q', '-z', 'io,phs'),
    ('-q', '-2', '-z', 'io,phs'),
    ('-T', 'fields', '-e', 'frame.number', '-e', 'frame.protocols', '-e', 'tcp.stream', '-e', 'tcp.completeness'),
    ('-2', '-T', 'fields', '-e', 'frame.protocols', '-e', 'tcp.analysis.flags'),
    ('-2', '-Y', 'tcp.analysis.retransmission'),
    ('-q', '-2', '-z', 'conv,tcp'),
], ids=['hierarchy', 'hierarchy-2', 'protocols', 'protocols-2', 'list-2', 'conversations-2'])
@pytest.mark.parametrize('name', ['mixed', 'tunnel-in-tunnel', 'icmp-quote', 'fragments', 'snapped-options'])
def test_other_outputs_are_as_without(name, arguments):
    path = support.CAPTURES / f'{name}.pcapng'
    assert printed(path, *arguments) == printed(path, *arguments, *OFF)


@pytest.mark.parametrize('passes', [(), ('-2',)], ids=['one-pass', 'two-passes'])
def test_protocols_of_a_frame_are_as_without_even_if_fields_are_asked_for(passes):
    path = support.CAPTURES / 'tunnel-in-tunnel.pcapng'
    wanted = ('-T', 'fields', '-e', 'frame.protocols')
    asked = printed(path, *passes, *wanted, '-e', 'tcp_asymmetry.direction')
    assert [line.split('\t')[0] for line in asked.splitlines()] == printed(path, *passes, *wanted, *OFF).splitlines()


@pytest.mark.parametrize('passes', [(), ('-2',)], ids=['one-pass', 'two-passes'])
def test_files_are_written_as_without(passes, tmp_path):
    for name, arguments in ('with', ()), ('without', OFF):
        printed(MIXED, *passes, '-Y', 'tcp', '-w', tmp_path / name, *arguments)
    assert (tmp_path / 'with').read_bytes() == (tmp_path / 'without').read_bytes()


@pytest.mark.parametrize('arguments', [('-Y', 'tcp_asymmetry'), ('-2', '-Y', 'tcp_asymmetry.finding')])
def test_preference_turns_the_fields_off(arguments):
    assert printed(MIXED, *arguments)
    assert printed(MIXED, *arguments, *OFF) == ''


def test_preference_turns_expert_information_off():
    asked = ('-q', '-2', '-z', 'expert')
    assert 'TCP Flow Asymmetry' in printed(MIXED, *asked)
    assert 'TCP Flow Asymmetry' not in printed(MIXED, *asked, *OFF)


# ------------------------------------------------------------------------------ where the fields work

def test_one_pass_knows_roles_and_times_but_no_findings():
    now, final = rows_of(MIXED), rows_of(MIXED, '-2')
    known = ('tcp_asymmetry.server_response', 'tcp_asymmetry.client_gap', 'tcp_asymmetry.handshake_rtt',
             'tcp_asymmetry.duplicate')
    assert [[row[name] for name in known] for row in now] == [[row[name] for name in known] for row in final]
    assert not any(row['tcp_asymmetry.finding'] or row['tcp_asymmetry.lost'] for row in now)
    differing = [row for row, other in zip(now, final, strict=True)
                 if row['tcp_asymmetry.direction'] != other['tcp_asymmetry.direction']]
    assert len(differing) * 20 < len(now)
    by_handshake = [(row, other) for row, other in zip(now, final, strict=True)
                    if other['tcp_asymmetry.role_evidence'] == row['tcp_asymmetry.role_evidence'] == ['handshake']]
    assert by_handshake
    assert all(row['tcp_asymmetry.direction'] == other['tcp_asymmetry.direction'] for row, other in by_handshake)


def test_average_of_a_graph_is_that_of_the_samples():
    field = 'tcp_asymmetry.server_response'
    samples = [float(value) for row in rows_of(MIXED) for value in row[field]]
    graph = printed(MIXED, '-q', '-z', f'io,stat,0,AVG({field}){field},COUNT({field}){field}')
    average, count = re.search(r'<> .*?\|\s*([\d.]+) \|\s*(\d+) \|', graph).groups()
    assert int(count) == len(samples) > 5
    assert float(average) == pytest.approx(statistics.fmean(samples), abs=2e-6)


@pytest.mark.parametrize('name', ['direction', 'finding'])
def test_each_field_is_a_display_filter(name):
    field = f'tcp_asymmetry.{name}'
    values = Counter(value for row in rows_of(MIXED, '-2') for value in set(row[field]))
    assert len(values) > 1
    for value, count in values.items():
        assert support.frames(MIXED, f'{field} == "{value}"', ('-2',)) == count


def test_expert_information_counts_the_packets_of_each_finding():
    counts = Counter(value for row in rows_of(MIXED, '-2') for value in row['tcp_asymmetry.finding'])
    shown = printed(MIXED, '-q', '-2', '-z', 'expert')
    rows = re.findall(r'^ +(\d+) +\S+ +TCP Flow Asymmetry +\S', shown, re.MULTILINE)
    assert sorted(map(int, rows)) == sorted(counts.values())
    for identifier, count in counts.items():
        assert support.frames(MIXED, f'tcp_asymmetry.expert.{identifier}', ('-2',)) == count


def test_expert_filters_of_wireshark_show_the_findings():
    severities = {'error': 'Error', 'warn': 'Warning', 'note': 'Note', 'chat': 'Chat'}
    with_field = {row['frame.number'][0] for row in rows_of(MIXED, '-2') if 'warn' in row['tcp_asymmetry.severity']}
    shown = support.fields(MIXED, f'_ws.expert.severity == "{severities["warn"]}"', 'frame.number', arguments=('-2',))
    assert with_field
    assert with_field <= {number for number, in shown}


def test_several_packets_in_a_frame_have_the_fields_in_order(tmp_path):
    path = tmp_path / 'several.pcap'
    write_two_in_each_frame(path)
    for passes in (), ('-2',):
        first, second = rows_of(path, *passes)
        assert first['tcp.stream'] == second['tcp.stream'] == ['0', '1']
        assert first['tcp_asymmetry.direction'] == ['client to server', 'server to client']
        assert second['tcp_asymmetry.direction'] == ['server to client', 'client to server']
        assert first['tcp_asymmetry.server'] == second['tcp_asymmetry.server'] == ['10.0.0.2:80', '10.0.0.3:443']


def test_details_are_one_line_that_says_it_all():
    shown = printed(MIXED, '-2', '-V', '-Y', 'tcp_asymmetry.finding == "loss_client_to_server"')
    lines = [line for line in shown.splitlines() if line.startswith(OUR_LINE)]
    assert lines
    assert set(lines) == {'TCP Flow Asymmetry: client to server, 10.2.0.7:3306, proves loss_client_to_server'}


def test_thresholds_decide_what_packets_prove():
    asked = ('-2', '-T', 'fields', '-e', 'tcp_asymmetry.finding')
    assert 'loss_client_to_server' in printed(MIXED, *asked)
    assert 'loss_client_to_server' not in printed(MIXED, *asked, '-o', 'tcp_asymmetry.loss_segments:1000')


def test_names_are_those_that_wireshark_resolves(tmp_path):
    hosts = tmp_path / 'hosts'
    hosts.write_text('10.2.0.7\tdatabase\x1b[31m.example\n')
    run = support.run_tshark('-N', 'n', '-H', hosts, '-r', MIXED, '-T', 'fields', '-e', 'tcp_asymmetry.server', '-Y',
                             'tcp.port == 3306')
    assert 'database' in run.out
    assert '\x1b' not in run.out


@pytest.mark.parametrize('option', ['-V', '-O tcp', '-T json', '-T pdml', '-T ek'])
def test_whoever_prints_all_fields_gets_ours(option):
    assert 'client to server' in printed(MIXED, '-c', '5', *option.split())


@pytest.mark.parametrize('preference', ['gui.column.format:"To","%Cus:tcp_asymmetry.direction:0:R"'])
def test_columns_get_the_fields(preference):
    assert 'server to client' in printed(MIXED, '-o', preference)


def test_another_protocol_in_place_of_tcp_has_no_fields():
    decoded = '-2', '-V', '-d', 'ip.proto==6,udp'
    shown = printed(MIXED, *decoded)
    assert 'User Datagram Protocol' in shown and 'Flow Asymmetry' not in shown
    assert shown == printed(MIXED, *decoded, *OFF)


def test_what_tcp_carries_may_be_decoded_as_something_else():
    own = [name for name in FIELDS if name.startswith('tcp_asymmetry')]
    decoded = '-d', 'tcp.port==5432,http'
    assert rows_of(MIXED, '-2', *decoded, fields=own) == rows_of(MIXED, '-2', fields=own)


# The last packet of the file passes
@pytest.mark.parametrize('name, read_filter', [('mixed', 'tcp.srcport == 80'), ('duplicated', 'tcp.dstport == 80')])
@pytest.mark.parametrize('display_filter', [(), ('-Y', 'tcp_asymmetry.direction')], ids=['all', 'those-with-a-field'])
def test_packets_that_a_read_filter_leaves_out_are_as_if_they_were_not_there(name, read_filter, display_filter):
    path, arguments = support.CAPTURES / f'{name}.pcapng', ('-2', '-R', read_filter)
    document = json.loads(support.report(path, 'format=json', *arguments))
    rows = rows_of(path, *arguments, *display_filter)
    findings = {finding['id']: finding['evidence']['packets'] for server in document['servers']
                for finding in server['findings']}
    assert Counter(value for row in rows for value in row['tcp_asymmetry.finding']) == findings
    assert sum(len(row['tcp_asymmetry.duplicate']) for row in rows) == sum(
        server[direction]['duplicate_frames'] for server in document['servers'] for direction in support.DIRECTIONS)
    assert len(rows) == document['capture']['segments']


@pytest.mark.parametrize('read_filter', ['tcp.len > 0', 'tcp.flags.syn == 0', 'tcp.srcport > 1024'])
def test_ends_are_right_whatever_a_read_filter_leaves_out(read_filter):
    rows = rows_of(MIXED, '-2', '-R', read_filter)
    ends = {(each['server'], each['client']) for each in json.loads(
        support.report(MIXED, 'format=json,connections', '-2', '-R', read_filter))['connections']}
    assert {(row['tcp_asymmetry.server'][0], row['tcp_asymmetry.client'][0]) for row in rows} == ends


def exchange(client, server, requests):
    """Packets of a connection, with that many requests and answers of a byte."""
    yield tcp_packet(client, server, 100, 0, SYN)
    yield tcp_packet(server, client, 200, 101, SYN_ACK)
    yield tcp_packet(client, server, 101, 201, ACK)
    for number in range(requests):
        yield tcp_packet(client, server, 101 + number, 201 + number, ACK, b'?')
        yield tcp_packet(server, client, 201 + number, 102 + number, ACK, b'!')


def test_connections_of_like_addresses_are_not_mixed_up(tmp_path):
    pairs = [((f'10.0.0.{2 * number}', 40000), (f'10.0.0.{2 * number + 1}', 80)) for number in range(2, 6)]
    frames = [frame for group in zip(*(exchange(*pair, 6) for pair in pairs), strict=True) for frame in group]
    path = tmp_path / 'like.pcap'
    write_capture(path, RAW_IP, frames)
    case = read_case(path)
    assert [server['turnaround_ms']['server_response']['samples'] for server in case.document['servers']] == [6] * 4
    test_times_are_the_samples_of_the_report(case)
    test_ends_and_directions_are_those_of_the_connections(case)


@pytest.mark.parametrize('passes', [(), ('-2',)], ids=['one-pass', 'two-passes'])
def test_same_packet_twice_in_a_frame_has_the_ends_of_its_connection(passes, tmp_path):
    first, second = (('10.0.0.1', 40000), ('10.0.0.2', 80)), (('10.0.0.3', 40000), ('10.0.0.4', 80))
    path = tmp_path / 'same.pcap'
    write_capture(path, PPP, [frame_of_several(tcp_packet(*first, 100, 0, SYN), tcp_packet(*second, 100, 0, SYN),
                                               tcp_packet(*first, 100, 0, SYN))])
    [row] = rows_of(path, *passes)
    assert row['tcp_asymmetry.server'] == ['10.0.0.2:80', '10.0.0.4:80', '10.0.0.2:80']
    assert row['tcp_asymmetry.client'] == ['10.0.0.1:40000', '10.0.0.3:40000', '10.0.0.1:40000']


def test_error_that_a_read_filter_leaves_out_proves_nothing():
    path, passes = support.CAPTURES / 'icmp-quote.pcapng', ('-2', '-R', 'tcp && !icmp')
    document = json.loads(support.report(path, 'format=json', *passes))
    found = {value for row in rows_of(path, *passes) for value in row['tcp_asymmetry.finding']}
    assert found == {finding['id'] for server in document['servers'] for finding in server['findings']}
