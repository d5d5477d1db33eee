# SPDX-License-Identifier: GPL-2.0-or-later
"""The fields of a packet are of one state of what is known: never the role of the present beside a finding of the past.

In the captures here later packets show that a first guess at the server was wrong. So a role of one state beside times
or findings of another one would contradict each other.
"""

import struct

import pytest

import changes
import placed_frames
import sharkd
import support
from packet_rows import OWN, TIME_SIDES, TO_CLIENT, TO_SERVER, contradictions, line_of, rows_of

LAB = support.TESTS / 'lab'
# What is not worked out before all packets are there
FINAL_ONLY = [f'tcp_asymmetry.{name}' for name in ('finding', 'severity', 'lost')]
SHOWN = ['frame.number', *OWN]

CHANGING = [LAB / f'{name}.pcapng' for name in ('few-ports-of-two-clients', 'old-client-of-50000', 'ports-close-together',
                                                'unknown-port-known-later', 'unknown-port-of-many')]


# ------------------------------------------------------------------------------ a loss whose side was not known

LOSS = support.CAPTURES / 'loss-after-capture.pcapng'
MINUTE = 60 * 10**9


def with_ports(each, ports):
    """The bytes of a frame of one TCP header with other ports."""
    data, place = bytearray(each.frame.data), each.tcp.offset
    old = struct.unpack_from('!HH', data, place)
    new = [ports[port] for port in old]
    struct.pack_into('!HH', data, place, *new)
    changes.add_to(data, place + 16, sum(old) - sum(new))
    return bytes(data)


@pytest.fixture(scope='module')
def turned(tmp_path_factory):
    """A connection without its handshake, whose lower port is the client's, and with loss toward the client. A minute
    later, the handshake of another one shows which end is the server."""
    folder = tmp_path_factory.mktemp('turned')
    frames, link_type = placed_frames.read_frames(LOSS, folder)
    placed = placed_frames.placed(LOSS, frames)
    client, server = placed[0].source[1], placed[0].destination[1]
    made = []
    for client_port, first, delay in (40000, 3, 0), (41000, 0, MINUTE):
        ports = {client: client_port, server: 50000}
        made += [each.frame._replace(data=with_ports(each, ports), time=each.frame.time + delay) for each in placed[first:]]
    path = folder / 'turned.pcapng'
    placed_frames.write_frames(path, made, link_type)
    return path


@pytest.fixture(params=[*CHANGING, None], ids=lambda path: path.stem if path else 'turned')
def path(request):
    return request.param or request.getfixturevalue('turned')


# ------------------------------------------------------------------------------ one packet

@pytest.mark.parametrize('passes', [(), ('-2',)], ids=['one-pass', 'two-passes'])
def test_fields_of_a_packet_agree(path, passes):
    rows = rows_of(path, *passes)
    for row in rows:
        assert contradictions(row) == []
        assert passes or not any(row[name] for name in FINAL_ONLY)
    assert any(row[name] for row in rows for name in TIME_SIDES)


def test_a_loss_has_the_side_that_later_packets_show(turned):
    early, final = rows_of(turned), rows_of(turned, '-2')
    lost = [number for number, row in enumerate(final) if row['tcp_asymmetry.finding'] == ['loss_server_to_client']
            and row['tcp.stream'] == ['0']]
    assert lost
    for number in lost:
        assert early[number]['tcp_asymmetry.direction'] == [TO_SERVER]
        assert final[number]['tcp_asymmetry.direction'] == [TO_CLIENT]
        assert final[number]['tcp_asymmetry.role_evidence'] == ['known']
        assert final[number]['tcp_asymmetry.lost'] == ['after_capture_point']


# ------------------------------------------------------------------------------ a single pass

@pytest.mark.parametrize('path', [LAB / 'few-ports-of-two-clients.pcapng', LAB / 'unknown-port-known-later.pcapng'],
                         ids=lambda path: path.stem)
def test_a_packet_has_in_one_pass_what_the_packets_up_to_it_say(path):
    rows, final = rows_of(path), rows_of(path, '-2')
    names = [name for name in OWN if name not in FINAL_ONLY]
    provisional = [number for number, row in enumerate(rows) if any(row[name] != final[number][name] for name in names)]
    assert provisional
    # And the next, with which the role turned
    for number in {*provisional, *(number + 1 for number in provisional)}:
        until = rows_of(path, '-2', '-c', number + 1)
        assert [rows[number][name] for name in names] == [until[-1][name] for name in names], number + 1


# ------------------------------------------------------------------------------ everything

def cells_of(rows):
    """As -T fields prints them with commas, and sharkd in columns."""
    return [tuple(','.join(row[name]) for name in SHOWN) for row in rows]


@pytest.mark.parametrize('name', ['direction', 'role_evidence', 'finding'])
def test_a_filter_shows_packets_as_they_are_without_it(turned, name):
    field, rows = f'tcp_asymmetry.{name}', rows_of(turned, '-2')
    for value in {each for row in rows for each in row[field]}:
        filtered = rows_of(turned, '-2', '-Y', f'{field} == "{value}"')
        assert filtered == [row for row in rows if value in row[field]]


def lines_in(tree):
    """The plugin's lines in what sharkd answers for a frame."""
    return [item['l'] for item in tree if item['l'].startswith('TCP Flow Asymmetry')]


def frames_in(one, **parameters):
    frames = one.ask('frames', **{f'column{number}': f'{name}:1' for number, name in enumerate(OWN)}, **parameters)
    return [(frame['num'], *frame['c']) for frame in frames]


def test_sharkd_shows_the_final_state_whatever_it_was_asked_before(path):
    rows = rows_of(path, '-2')
    final = cells_of(rows)
    with sharkd.started() as one:
        for other in LAB / 'loss-both-ways-v6.pcapng', path:
            one.load(other)
            # Nothing but the first: what it makes known must hold for all
            assert frames_in(one, limit=1) == cells_of(rows_of(other, '-2'))[:1]
        assert frames_in(one) == final
        for tap in 'nstat:tcp,asymmetry', 'expert', 'conv:TCP':
            one.ask('tap', tap0=tap)
            assert frames_in(one) == final
        for value in TO_SERVER, TO_CLIENT:
            shown = frames_in(one, filter=f'tcp_asymmetry.direction == "{value}"')
            assert shown == [cells for cells, row in zip(final, rows) if row['tcp_asymmetry.direction'] == [value]]
        for row in rows:
            details = one.ask('frame', frame=int(row['frame.number'][0]), proto=True)
            assert lines_in(details['tree']) == [line_of(row)]


def test_sharkd_counts_the_findings_that_it_shows(turned):
    with sharkd.started() as one:
        one.load(turned)
        [tap] = one.ask('tap', tap0='expert')['taps']
        told = [(int(each['f']), each['m']) for each in tap['details'] if each['p'] == 'TCP Flow Asymmetry']
        shown = [number for number, *_ in frames_in(one, filter='tcp_asymmetry.finding')]
    assert sorted(number for number, _ in told) == [int(number) for number in shown] != []
    assert {message for _, message in told} == {'Lost from server to client, sent again'}
