# SPDX-License-Identifier: GPL-2.0-or-later
"""The fields and the expert information that each packet gets.

What they say of a packet must be what the report says of its connection, and a finding's field must show
exactly the frames that the finding's own display filter shows.
"""

import json
import statistics
from collections import Counter, defaultdict
from dataclasses import dataclass

import pytest

import score
import support

MIXED = support.CAPTURES / 'mixed.pcapng'

# In this order, -T fields prints them
FIELDS = ('frame.number', 'tcp.stream', 'tcp_asymmetry.direction', 'tcp_asymmetry.client', 'tcp_asymmetry.server',
          'tcp_asymmetry.role_evidence', 'tcp_asymmetry.finding', 'tcp_asymmetry.severity',
          'tcp_asymmetry.server_response', 'tcp_asymmetry.client_gap', 'tcp_asymmetry.handshake_rtt',
          'tcp_asymmetry.duplicate', 'tcp_asymmetry.lost', 'tcp.srcport', 'tcp.dstport', 'ip.src', 'ipv6.src')


# ------------------------------------------------------------------------------ reading

def rows_of(path, *arguments, fields=FIELDS):
    """A list of {field: [value, ...]} for each frame."""
    run = support.run_tshark('-n', '-r', path, *arguments, '-T', 'fields', '-E', 'aggregator=|', '-E', 'separator=/t',
                             *(part for name in fields for part in ('-e', name)))
    assert run.status == 0 or support.is_cut_short(run), run.err
    return [{name: text.split('|') if text else [] for name, text in zip(fields, line.split('\t'), strict=True)}
            for line in run.out.splitlines()]


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


def test_ends_and_directions_are_those_of_the_connections(case):
    connections = {each['stream']: each for each in case.document['connections']}
    counts = defaultdict(Counter)
    for row in case.rows:
        # A quoted header has a stream as well, and no fields of ours
        if len(row['tcp.stream']) != len(row['tcp_asymmetry.direction']):
            continue
        for index, stream in enumerate(map(int, row['tcp.stream'])):
            counts[stream][row['tcp_asymmetry.direction'][index]] += 1
            if stream in connections:
                connection = connections[stream]
                assert row['tcp_asymmetry.client'][index] == connection['client']
                assert row['tcp_asymmetry.server'][index] == connection['server']
                assert row['tcp_asymmetry.role_evidence'][index] == connection['role_evidence']
    for stream, connection in connections.items():
        for direction, words in (('client_to_server', 'client to server'), ('server_to_client', 'server to client')):
            assert counts[stream][words] >= connection[direction]['packet_count'] - ambiguous(case, stream), (stream, words)


def ambiguous(case, stream):
    """Frames in which it is not told which header has which fields."""
    return sum(str(stream) in row['tcp.stream'] and
               len(row['tcp.stream']) != len(row['tcp_asymmetry.direction']) for row in case.rows)


def milliseconds(rows, field):
    return sorted(float(value) * 1000 for row in rows for value in row[field])


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


def test_copies_are_those_of_the_report(case):
    told = sum(server[direction]['duplicate_frames'] for server in case.document['servers']
               for direction in ('client_to_server', 'server_to_client'))
    assert sum(len(row['tcp_asymmetry.duplicate']) for row in case.rows) == told


def test_severities_are_those_of_the_findings(case):
    severities = {finding['id']: finding['severity'] for finding in case.findings()}
    for row in case.rows:
        assert row['tcp_asymmetry.severity'] == [severities[each] for each in row['tcp_asymmetry.finding']]
