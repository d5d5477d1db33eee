# SPDX-License-Identifier: GPL-2.0-or-later
"""What version 0.1 said wrongly, through the real tshark."""

import fcntl
import os
import pty
import struct
import subprocess
import termios

import pytest
from scapy.all import IP, TCP, Ether, wrpcap

import reference
import support

MIXED = support.CAPTURES / 'mixed.pcapng'


# ------------------------------------------------------------------------------ segments kept from the tap

SNAPPED = support.CAPTURES / 'snapped-options.pcapng'
KEPT = 'Wireshark did not pass 46 TCP segments to this statistic'

keeps_cut_options = pytest.mark.skipif(reference.wireshark_version() >= (4, 4),
                                       reason='from 4.4 on Wireshark hands over segments whose options are cut')


@keeps_cut_options
def test_every_format_says_that_wireshark_kept_all_segments_from_the_tap():
    assert support.frames(SNAPPED, 'tcp') == 46
    document = support.json_report(SNAPPED)
    assert document['message'] == support.ALL_CUT
    assert [note for note in document['notes'] if note.startswith(KEPT)]
    for form in 'text', 'ndjson', 'csv':
        text = ' '.join(support.report(SNAPPED, f'format={form}').split())
        assert support.ALL_CUT in text and KEPT in text


@keeps_cut_options
@pytest.mark.parametrize('display_filter', ['tcp', 'tcp.port == 1'])
def test_a_display_filter_does_not_hide_that_wireshark_kept_segments(display_filter):
    document = support.json_report(SNAPPED, display_filter)
    assert 'match the display filter' in document['message']
    [note] = document['notes']
    assert note.startswith('Wireshark did not pass 46 TCP segments of the capture to this statistic')


@keeps_cut_options
@pytest.mark.parametrize('display_filter', ['tcp', 'tcp.srcport == 443', 'frame.number % 2 == 1'])
def test_what_a_display_filter_leaves_out_is_not_taken_for_kept_from_the_tap(tmp_path, display_filter):
    both = tmp_path / 'both.pcapng'
    subprocess.run(['mergecap', '-w', both, SNAPPED, MIXED], check=True)
    for path, kept in (MIXED, 0), (both, 46):
        notes = support.json_report(path, display_filter)['notes']
        counts = [int(note.split()[4]) for note in notes if note.startswith('Wireshark did not pass')]
        assert counts == [kept] * (kept > 0)


# ------------------------------------------------------------------------------ times

KEEP_ALIVE = support.CAPTURES / 'keep-alive.pcapng'

# Years of 365.25 days: 1897 to 2188 is what the plugin's times reach; pcap ends in 2106
YEAR = 31557600


def shifted(path, tmp_path, seconds, form='pcapng'):
    moved = tmp_path / f'moved.{form}'
    subprocess.run(['editcap', '-F', form, '-t', str(seconds), path, moved], check=True, stderr=subprocess.PIPE)
    return moved


def times_of(document):
    """All spans of time in a document: they must not depend on when the capture was made."""
    return [(server['handshake_rtt_ms'], server['turnaround_ms'], [finding['evidence'] for finding in server['findings']])
            for server in document['servers']] + [connection['duration'] for connection in document['connections']]


@pytest.mark.parametrize('name', ['keep-alive', 'mixed', 'zero-window', 'slow-server'])
@pytest.mark.parametrize('years, form', [(19, 'nsecpcap'), (80, 'nsecpcap'), (80, 'pcapng'), (150, 'pcapng')])
def test_spans_of_time_do_not_depend_on_the_year(tmp_path, name, years, form):
    path = support.CAPTURES / f'{name}.pcapng'
    moved = shifted(path, tmp_path, years * YEAR, form)
    [[first], *_] = support.fields(moved, 'tcp', 'frame.time_epoch')
    before, after = (support.json_report(each, 'connections') for each in (path, moved))
    assert times_of(after) == times_of(before)
    assert after['capture']['first_time'][:4] == str(2025 + years) and float(first) > years * YEAR
    assert after['notes'] == before['notes']


def test_times_beyond_the_range_are_counted_in_a_note(tmp_path):
    document = support.json_report(shifted(KEEP_ALIVE, tmp_path, 200 * YEAR))
    segments = document['capture']['segments']
    assert [note for note in document['notes'] if note.startswith(f'The time of {segments} segments is ')]


# ------------------------------------------------------------------------------ findings

# With addresses: scapy would ask the network for them
LINK = Ether(src='02:00:00:00:00:01', dst='02:00:00:00:00:02')


def refused_attempts(client, ports, start):
    for number, port in enumerate(ports):
        to_server = LINK / IP(src=client, dst='192.0.2.5') / TCP(sport=40000 + number, dport=port, flags='S', seq=100)
        answer = LINK / IP(src='192.0.2.5', dst=client) / TCP(sport=port, dport=40000 + number, flags='RA', ack=101)
        for packet in to_server, answer:
            packet.time = start + number / 100
            yield packet


def test_two_clients_that_scan_one_host_are_two_findings(tmp_path):
    capture = tmp_path / 'scans.pcap'
    first, second = '198.51.100.7', '198.51.100.8'
    wrpcap(str(capture), [*refused_attempts(first, range(1, 31), 1e9), *refused_attempts(second, range(1, 21), 1e9 + 9)])
    found = {finding['evidence']['client']: finding for server in support.json_report(capture)['servers']
             for finding in server['findings'] if finding['id'] == 'scan'}
    assert {client: (finding['count'], finding['evidence']['targets']) for client, finding in found.items()} == {
        first: (30, 30), second: (20, 20)}
    for client, finding in found.items():
        shown = support.fields(capture, finding['display_filter'], 'ip.src')
        assert shown == [(client,)] * finding['count']
        assert finding['text'].startswith(f'{client} tried {finding["count"]} servers or ports')


@pytest.mark.parametrize('open_again, says', [
    ((True, True, True), 'and opened it again'),
    ((True, False, True), 'and did not open it again in 1 of 3 connections'),
    ((False, False, False), 'and did not open it again:'),
])
def test_zero_window_says_in_how_many_connections_it_stayed_closed(tmp_path, open_again, says):
    packets = []
    for number, opens in enumerate(open_again):
        ends = {'sport': 50000 + number, 'dport': 443}, {'sport': 443, 'dport': 50000 + number}
        sent = [(0, 'S', 100, 0, 65535), (1, 'SA', 500, 101, 65535), (0, 'A', 101, 501, 65535), (1, 'A', 501, 101, 0)]
        sent += [(0, 'A', 101, 501, 65535), (1, 'A', 501, 101, 0)]  # closed for two more steps at least
        for step, (end, flags, seq, ack, window) in enumerate(sent + [(1, 'A', 501, 101, 65535)] * opens):
            addresses = ('192.0.2.9', '192.0.2.5')[::-1 if end else 1]
            packets.append(LINK / IP(src=addresses[0], dst=addresses[1]) /
                           TCP(**ends[end], flags=flags, seq=seq, ack=ack, window=window))
            packets[-1].time = 1e9 + number + step / 5
    capture = tmp_path / 'windows.pcap'
    wrpcap(str(capture), packets)
    [finding] = [finding for finding in support.json_report(capture)['servers'][0]['findings']
                 if finding['id'] == 'zero_window']
    assert says in finding['text']


# ------------------------------------------------------------------------------ the text's first line, its legend, its width

@pytest.mark.parametrize('options, rows', [('', ''), ('by=address', '6 addresses, '), ('by=port', '8 ports, ')])
def test_first_line_names_servers_and_what_else_a_row_is(options, rows):
    servers = {tuple(sorted(pair)) for pair in support.fields(MIXED, 'tcp.flags.syn == 1 && tcp.flags.ack == 0', 'ip.dst',
                                                              'ipv6.dst', 'tcp.dstport')}
    first = support.report(MIXED, options).splitlines()[0]
    assert first == f'TCP Flow Asymmetry: {len(servers)} servers, {rows}14 connections (2 one-way), 313 segments'
    assert support.json_report(MIXED, options)['capture']['servers'] == len(servers)


def test_the_reset_that_is_shown_is_not_the_first_but_the_one_that_ended_the_connection(tmp_path):
    ends = {'sport': 50000, 'dport': 443}, {'sport': 443, 'dport': 50000}
    sent = [(0, 'S', 100, 0), (1, 'RA', 0, 101), (0, 'S', 100, 0), (1, 'SA', 500, 101), (0, 'A', 101, 501),
            (0, 'RA', 101, 501)]
    packets = []
    for step, (end, flags, seq, ack) in enumerate(sent):
        addresses = ('192.0.2.9', '192.0.2.5')[::-1 if end else 1]
        packets.append(LINK / IP(src=addresses[0], dst=addresses[1]) /
                       TCP(**ends[end], flags=flags, seq=seq, ack=ack))
        packets[-1].time = 1e9 + step
    capture = tmp_path / 'resets.pcap'
    wrpcap(str(capture), packets)
    [[first], [last]] = support.fields(capture, 'tcp.flags.reset == 1', 'tcp.srcport')
    assert (first, last) == ('443', '50000')
    [connection] = support.json_report(capture, 'connections')['connections']
    assert connection['rst']['by'] == 'client' and connection['rst']['time'].startswith('2001-09-09T01:46:45')
    table = support.report(capture, 'connections').split('role by', 1)[1].splitlines()
    titles, row = table[0].split(), table[1].split()
    assert titles[-2:] == ['reset', 'duration'] and row[-3] == 'client'


def on_terminal(columns, *arguments):
    """What tshark prints on a terminal of so many columns."""
    main, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack('HHHH', 24, columns, 0, 0))
    with subprocess.Popen(['tshark', '-q', *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=terminal,
                          stderr=subprocess.DEVNULL, env=support.tshark_environment()) as process:
        os.close(terminal)
        printed = b''
        try:
            while block := os.read(main, 65536):
                printed += block
        except OSError:
            pass  # the other side is closed
        os.close(main)
    assert process.returncode == 0
    return printed.decode().replace('\r\n', '\n')


@pytest.mark.parametrize('columns', [80, 90, 99, 100, 132])
def test_text_fits_the_terminal_from_80_columns_on(columns):
    text = on_terminal(columns, '-z', 'tcp,asymmetry,connections', '-r', MIXED)
    assert [line for line in text.splitlines() if len(line) > columns] == []
    assert ('ratio' in text) == (columns >= 100)
    for server in support.json_report(MIXED)['servers']:
        assert server['server'] in text


def test_narrower_terminal_gets_80_columns():
    statistic = '-z', 'tcp,asymmetry', '-r', MIXED
    assert on_terminal(40, *statistic) == on_terminal(80, *statistic)
