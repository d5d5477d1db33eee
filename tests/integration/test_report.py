# SPDX-License-Identifier: GPL-2.0-or-later
"""The text report begins with the answer, and what has one cause is told once."""

import re

import pytest
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether
from scapy.packet import Raw
from scapy.utils import wrpcap

import support

FIRST_SCREEN = 12

CLIENT, OTHER_CLIENT, ROUTER = '10.0.0.9', '10.0.0.8', '10.0.0.1'


class Story:
    """Segments a millisecond apart."""

    def __init__(self):
        self.frames = []
        self.port = 40000

    def send(self, packet, wait=0.001):
        packet = Ether(src='02:00:00:00:00:01', dst='02:00:00:00:00:02') / packet
        packet.time = (self.frames[-1].time if self.frames else 1_700_000_000) + wait
        self.frames.append(packet)

    def header(self, source, destination):
        return IPv6(src=source, dst=destination, hlim=64) if ':' in source else IP(src=source, dst=destination, ttl=64)

    def exchange(self, client, server, port, *steps):
        """steps: (who sends, flags, sequence, acknowledgment, data)"""
        self.port += 1
        for sender, flags, sequence, acknowledged, data in steps:
            ends, ports = ((client, server), (self.port, port)) if sender == 'c' else ((server, client), (port, self.port))
            self.send(self.header(*ends) /
                      TCP(sport=ports[0], dport=ports[1], flags=flags, seq=sequence, ack=acknowledged) / Raw(data))

    def go_on(self, wait):
        """So that what nobody answered was waited for."""
        self.send(IP(src='10.9.0.9', dst='10.9.0.1') / UDP(), wait)
        self.healthy('10.9.0.9', '10.9.0.1')

    def healthy(self, client, server, port=443):
        self.exchange(client, server, port, ('c', 'S', 0, 0, b''), ('s', 'SA', 0, 1, b''), ('c', 'A', 1, 1, b''),
                      ('c', 'PA', 1, 1, b'q' * 100), ('s', 'PA', 1, 101, b'a' * 1000), ('c', 'A', 101, 1001, b''),
                      ('c', 'FA', 101, 1001, b''), ('s', 'FA', 1001, 102, b''), ('c', 'A', 102, 1002, b''))

    def unanswered(self, client, server, port=443):
        self.exchange(client, server, port, ('c', 'S', 0, 0, b''))
        self.exchange_again(wait=1)

    def exchange_again(self, wait):
        self.send(self.frames[-1].payload.copy(), wait)

    def refused(self, client, server, port):
        self.exchange(client, server, port, ('c', 'S', 0, 0, b''), ('s', 'RA', 0, 1, b''))

    def never_acknowledged(self, client, server, port=443):
        self.exchange(client, server, port, ('c', 'S', 0, 0, b''), ('s', 'SA', 0, 1, b''))
        self.exchange_again(wait=1)

    def asked_twice(self, client, server, port=443):
        self.exchange(client, server, port, ('c', 'S', 0, 0, b''))
        self.exchange_again(wait=1)
        self.port -= 1
        self.exchange(client, server, port, ('s', 'SA', 0, 1, b''), ('c', 'A', 1, 1, b''))

    def cut_off(self, client, server, port=443):
        self.exchange(client, server, port, ('c', 'S', 0, 0, b''), ('s', 'SA', 0, 1, b''), ('c', 'A', 1, 1, b''),
                      ('c', 'PA', 1, 1, b'q' * 100), ('s', 'PA', 1, 101, b'a' * 100), ('c', 'PA', 101, 101, b'q' * 100))
        for _ in range(7):
            self.exchange_again(wait=1)

    def aborted_by_client(self, client, server, port=443):
        self.exchange(client, server, port, ('c', 'S', 0, 0, b''), ('s', 'SA', 0, 1, b''), ('c', 'A', 1, 1, b''),
                      ('c', 'PA', 1, 1, b'q' * 100), ('s', 'A', 1, 101, b''), ('c', 'R', 101, 0, b''))

    def lossy(self, client, server, port=443):
        """Four of ten segments of the answer are sent twice."""
        self.exchange(client, server, port, ('c', 'S', 0, 0, b''), ('s', 'SA', 0, 1, b''), ('c', 'A', 1, 1, b''),
                      ('c', 'PA', 1, 1, b'q' * 100))
        self.port -= 1
        for number in range(10):
            data = ('s', 'A', 1 + 1000 * number, 101, bytes([number]) * 1000)
            self.exchange(client, server, port, data)
            if number % 3 == 0:
                self.send(IP(src=OTHER_CLIENT, dst='10.9.9.9') / UDP(), wait=0.3)
                self.port -= 1
                self.exchange(client, server, port, data)
            self.port -= 1
            self.exchange(client, server, port, ('c', 'A', 101, 1001 + 1000 * number, b''))
            self.port -= 1
        self.port += 1

    def prohibited(self, client, server, port, router, code=13):
        self.exchange(client, server, port, ('c', 'S', 0, 0, b''))
        quoted = self.frames[-1].payload
        self.send(IP(src=router, dst=client) / ICMP(type=3, code=code) / quoted)

    def write(self, folder):
        path = folder / 'story.pcap'
        wrpcap(str(path), self.frames)
        return path


@pytest.fixture
def story():
    return Story()


def entries(path, options=''):
    return support.json_report(path, options)['capture']['findings']


# ------------------------------------------------------------------------------ the first screen

def test_one_dead_server_among_eighty_is_on_the_first_screen(story, tmp_path):
    for number in range(1, 81):
        if number == 50:
            story.unanswered(CLIENT, '10.2.0.50')
        else:
            story.healthy(CLIENT, f'10.2.0.{number}')
    path = story.write(tmp_path)
    for options in '', 'ascii', 'sort=packets', 'top=1':
        screen = support.report(path, options).splitlines()[:FIRST_SCREEN]
        assert any(line.startswith('[warn] 10.2.0.50:443') for line in screen), options
        assert any('got no answer' in line for line in screen), options
        assert any(line.startswith('    tcp.stream == ') for line in screen), options


def test_worst_finding_of_mixed_is_on_the_first_screen(captures):
    document = support.json_report(captures / 'mixed.pcapng')
    first = document['capture']['findings'][0]
    words = ' '.join(' '.join(support.report(captures / 'mixed.pcapng').splitlines()[:FIRST_SCREEN]).split())
    assert f"[{first['severity']}] {first['who']}" in words
    assert f"{first['text']} {first['display_filter']}" in words


def test_parts_come_in_order(captures):
    lines = support.report(captures / 'mixed.pcapng', 'connections').splitlines()
    parts = [line for line in lines if line in ('Findings', 'Traffic', 'Connections', 'Times')]
    assert parts == ['Findings', 'Traffic', 'Connections', 'Times']
    assert lines[2].startswith('This capture can be trusted only in part: ')
    assert lines[3] == 'Findings: 5 warnings'


def test_text_has_twenty_findings_and_says_how_many_more(story, tmp_path):
    for number in range(1, 24):
        story.unanswered(f'10.1.0.{number}', f'10.2.{number}.5')
    path = story.write(tmp_path)
    lines = support.report(path).splitlines()
    assert sum(line.startswith('[warn] ') for line in lines) == 20
    assert '3 more findings: format=json shows all.' in lines


def test_time_is_shown_where_one_end_of_it_is_not_known():
    path = support.TESTS / 'lab' / 'fin-repeated.pcapng'
    [entry] = [each for each in entries(path) if each['first_time'] is None]
    assert entry['last_time'] is not None
    [title] = [line for line in support.report(path).splitlines() if line.startswith('[') and entry['who'] in line]
    into, clock = re.search(r', until ([\d.]+ m?s) \((\d\d:\d\d:\d\d)\)$', title).groups()
    assert clock == entry['last_time'][11:19]
    assert into.endswith('s')


# ------------------------------------------------------------------------------ one cause

def test_dead_ports_of_one_address_are_one_entry(story, tmp_path):
    story.healthy(CLIENT, '10.2.0.5', 443)
    for port in 21, 22, 23, 24:
        story.unanswered(CLIENT, '10.2.0.5', port)
    story.unanswered(CLIENT, '10.2.0.6', 22)
    path = story.write(tmp_path)
    many, one = entries(path)
    assert (many['id'], one['id']) == ('no_response', 'no_response')
    assert many['who'] == '10.2.0.5, ports 21, 22, 23, 24'
    assert many['servers'] == [f'10.2.0.5:{port}' for port in (21, 22, 23, 24)]
    assert (many['connections'], many['evidence']['syns']) == (4, 8)
    assert one['servers'] == ['10.2.0.6:22']
    assert support.frames(path, many['display_filter']) == many['evidence']['packets'] == 8


def test_aborts_of_one_client_at_several_servers_are_one_entry(story, tmp_path):
    for server in '10.2.0.5', '10.2.0.6', '10.2.0.7':
        story.aborted_by_client(CLIENT, server)
    story.aborted_by_client(OTHER_CLIENT, '10.2.0.8')
    path = story.write(tmp_path)
    many, one = entries(path)
    assert many['id'] == 'reset_by_client'
    assert many['who'].endswith(f', client {CLIENT}')
    assert (len(many['servers']), many['connections']) == (3, 3)
    assert one['servers'] == ['10.2.0.8:443']
    assert support.frames(path, many['display_filter']) == many['evidence']['packets'] == 3


BY_ONE_CLIENT = [('no_response', Story.unanswered), ('connection_refused', Story.refused),
                 ('handshake_incomplete', Story.never_acknowledged), ('syn_retried', Story.asked_twice),
                 ('retries_exhausted', Story.cut_off)]


@pytest.mark.parametrize('finding, fail', BY_ONE_CLIENT, ids=[finding for finding, _ in BY_ONE_CLIENT])
def test_one_client_behind_many_servers_is_one_entry(story, tmp_path, finding, fail):
    for number in range(1, 11):
        fail(story, CLIENT, f'10.2.{number}.5', 443)
        story.healthy(OTHER_CLIENT, f'10.3.0.{number}')
    fail(story, OTHER_CLIENT, '10.2.30.5', 443)
    story.healthy(OTHER_CLIENT, '10.3.0.30')
    path = story.write(tmp_path)
    many, one = [entry for entry in entries(path) if entry['id'] == finding]
    assert many['who'] == f'10 servers (10.2.1.5:443, 10.2.2.5:443, 10.2.3.5:443 and 7 more), client {CLIENT}'
    assert many['servers'] == [f'10.2.{number}.5:443' for number in range(1, 11)]
    assert many['connections'] == 10
    assert one['servers'] == ['10.2.30.5:443']
    assert support.frames(path, many['display_filter']) == many['evidence']['packets']
    text = ' '.join(support.report(path).split())
    assert many['who'] in text


def test_loss_of_one_client_at_many_servers_is_one_entry(story, tmp_path):
    for number in range(1, 4):
        story.lossy(CLIENT, f'10.2.{number}.5')
    for number in range(4, 6):
        story.lossy(OTHER_CLIENT, f'10.2.{number}.5')
    path = story.write(tmp_path)
    many, *others = [entry for entry in entries(path) if entry['id'] == 'loss_server_to_client']
    assert many['who'].endswith(f', client {CLIENT}')
    assert many['servers'] == [f'10.2.{number}.5:443' for number in range(1, 4)]
    assert support.frames(path, many['display_filter']) == many['evidence']['packets'] == many['count']
    assert [other['servers'] for other in others] == [['10.2.4.5:443'], ['10.2.5.5:443']]


def test_rows_that_several_clients_failed_at_stay_apart(story, tmp_path):
    for number in range(1, 5):
        story.unanswered(CLIENT, f'10.2.{number}.5')
        story.unanswered(OTHER_CLIENT, f'10.2.{number}.5')
    path = story.write(tmp_path)
    assert [entry['servers'] for entry in entries(path)] == [[f'10.2.{number}.5:443'] for number in range(1, 5)]


def test_dead_address_is_one_entry_beside_those_of_its_client(story, tmp_path):
    for port in 21, 22:
        story.unanswered(CLIENT, '10.2.0.5', port)
    for number in range(1, 4):
        story.unanswered(CLIENT, f'10.2.{number}.5')
    path = story.write(tmp_path)
    assert [entry['who'] for entry in entries(path)] == [
        f'3 servers (10.2.1.5:443, 10.2.2.5:443, 10.2.3.5:443), client {CLIENT}', '10.2.0.5, ports 21, 22']


def test_filter_of_ipv6_servers_is_a_line(story, tmp_path):
    for number in range(1, 200):
        story.exchange('2001:db8::9', f'2001:db8:2::{number}', 443, ('c', 'S', 0, 0, b''))
        if number % 3 == 0:
            story.healthy('2001:db8::9', '2001:db8:3::1')
        if number % 5 == 0:
            story.healthy('2001:db8::9', '2001:db8:3::2')
    story.go_on(wait=2)
    path = story.write(tmp_path)
    [entry] = entries(path)
    assert entry['display_filter'] == ('ipv6.src == 2001:db8::9 && tcp.dstport == 443 && tcp.flags.syn == 1 && '
                                       '!(ipv6.dst in {2001:db8:3::1, 2001:db8:3::2})')
    assert support.frames(path, entry['display_filter']) == entry['evidence']['packets'] == 199


def test_what_one_router_rejects_is_one_entry(story, tmp_path):
    for server in '10.2.0.5', '10.2.0.6':
        story.prohibited(CLIENT, server, 443, ROUTER)
    story.prohibited(CLIENT, '10.2.0.7', 443, '10.0.0.2')
    story.healthy(CLIENT, '10.2.0.8')
    story.send(story.frames[-1].payload.copy(), 2)
    path = story.write(tmp_path)
    found = [(entry['id'], entry['servers']) for entry in entries(path) if entry['id'] == 'no_response']
    assert found == [('no_response', ['10.2.0.5:443', '10.2.0.6:443']), ('no_response', ['10.2.0.7:443'])]


def test_other_words_of_the_same_router_are_another_entry(story, tmp_path):
    story.prohibited(CLIENT, '10.2.0.5', 443, ROUTER)
    story.prohibited(CLIENT, '10.2.0.6', 443, ROUTER, code=1)
    story.healthy(CLIENT, '10.2.0.8')
    story.send(story.frames[-1].payload.copy(), 2)
    path = story.write(tmp_path)
    words = {entry['servers'][0]: entry['evidence']['icmp'] for entry in entries(path) if entry['id'] == 'no_response'}
    assert words == {'10.2.0.5:443': f'{ROUTER}: communication administratively prohibited',
                     '10.2.0.6:443': f'{ROUTER}: host unreachable'}


# ------------------------------------------------------------------------------ scans

SCANNED = 1000


@pytest.fixture(scope='module')
def scan(tmp_path_factory):
    """Of 1,000 ports, every tenth of which answers with a reset, with other connections among them."""
    story = Story()
    for port in range(1, SCANNED + 1):
        if port % 10 == 0:
            story.refused(CLIENT, '10.2.0.5', port)
        elif port % 333 == 0:
            story.exchange(CLIENT, '10.2.0.5', port, ('c', 'S', 0, 0, b''), ('s', 'SA', 0, 1, b''), ('c', 'R', 1, 0, b''))
        else:
            story.exchange(CLIENT, '10.2.0.5', port, ('c', 'S', 0, 0, b''))
        if port % 7 == 0:
            story.healthy(OTHER_CLIENT, '10.2.0.5', 5443)
    return story.write(tmp_path_factory.mktemp('scan'))


def test_filter_of_a_scan_is_a_line_or_two_and_shows_its_syns(scan):
    [entry] = entries(scan)
    assert entry['id'] == 'scan'
    assert len(entry['servers']) == SCANNED
    assert len(entry['display_filter']) <= 2 * 80
    by_hand = f'ip.src == {CLIENT} && tcp.flags.syn == 1'
    numbers = support.fields(scan, entry['display_filter'], 'frame.number')
    assert numbers == support.fields(scan, by_hand, 'frame.number')
    assert len(numbers) == entry['evidence']['packets'] == SCANNED


def shown_and_claimed(path, entry):
    return support.frames(path, entry['display_filter']), entry['evidence']['packets']


def test_scan_of_a_client_that_uses_another_server_is_a_line_too(story, tmp_path):
    """Two scans at once, so that every stream lies between others."""
    for port in range(1, 400):
        for client in CLIENT, OTHER_CLIENT:
            story.exchange(client, '10.2.0.5', port, ('c', 'S', 0, 0, b''))
        if port % 5 == 0:
            story.healthy(CLIENT, '10.2.0.6')
    story.go_on(wait=2)
    path = story.write(tmp_path)
    first, second = sorted(entries(path), key=lambda entry: -entry['evidence']['targets'])
    assert first['display_filter'] == f'ip.src == {CLIENT} && ip.dst == 10.2.0.5 && tcp.flags.syn == 1'
    assert shown_and_claimed(path, first) == (399, 399)
    assert shown_and_claimed(path, second) == (399, 399)
    assert len(second['display_filter']) <= 2 * 80
    assert first['evidence']['targets'] == len(first['servers']) == 400
    assert first['who'] == '10.2.0.5, ports 1, 2, 3, 4, 5, 6 and 393 more, and 1 other server'
    assert f'{CLIENT} tried 400 servers or ports, and 399 of them did not' in first['text']
    assert second['who'] == '10.2.0.5, ports 1, 2, 3, 4, 5, 6 and 393 more'


def test_open_ports_are_left_out_of_the_filter_of_a_scan(story, tmp_path):
    for port in range(1, 100):
        if port in (22, 80):
            story.healthy(CLIENT, '10.2.0.5', port)
        else:
            story.exchange(CLIENT, '10.2.0.5', port, ('c', 'S', 0, 0, b''))
        story.exchange(CLIENT, '10.2.0.5', 22, ('c', 'S', 0, 0, b''), ('s', 'SA', 0, 1, b''), ('c', 'A', 1, 1, b''))
    story.go_on(wait=2)
    path = story.write(tmp_path)
    entry = next(each for each in entries(path) if each['id'] == 'scan')
    assert entry['display_filter'] == (
        f'ip.src == {CLIENT} && ip.dst == 10.2.0.5 && tcp.flags.syn == 1 && !(tcp.dstport in {{22, 80}})')
    assert shown_and_claimed(path, entry) == (97, 97)
    assert len(entry['servers']) == entry['evidence']['targets'] == 99


# ------------------------------------------------------------------------------ floods

FLOOD = 900


def flood(story, address, server, healthy, port=80):
    """SYNs of a client each, every third with other connections to the same port behind it."""
    for number in range(FLOOD):
        story.exchange(address.format(number // 250, number % 250 + 1), server, port, ('c', 'S', 0, 0, b''))
        if number % 3 == 0:
            healthy()
    story.go_on(wait=3)


def test_filter_of_a_flood_is_a_line_and_shows_all_of_it(story, tmp_path):
    flood(story, '172.16.{}.{}', '10.2.0.5', lambda: story.healthy(OTHER_CLIENT, '10.2.0.5', 80))
    path = story.write(tmp_path)
    [entry] = entries(path)
    assert entry['display_filter'] == (
        f'ip.dst == 10.2.0.5 && tcp.dstport == 80 && tcp.flags.syn == 1 && ip.src != {OTHER_CLIENT}')
    assert shown_and_claimed(path, entry) == (FLOOD, FLOOD)
    assert entry['connections'] == FLOOD
    assert 'shows only the first' not in entry['text']
    said = 'got no answer, though others were answered there at the same time'
    assert said in entry['text']
    [server] = [server for server in support.json_report(path)['servers'] if server['server'] == '10.2.0.5:80']
    assert said in server['analysis']['interpretation']
    assert 'nobody answers there' not in entry['text'] + server['analysis']['interpretation']
    assert entry['evidence']['others_answered'] == FLOOD


def test_filter_of_a_flood_that_is_answered_shows_both_ends(story, tmp_path):
    for number in range(300):
        story.exchange(f'172.16.{number // 250}.{number % 250 + 1}', '10.2.0.5', 80,
                       ('c', 'S', 0, 0, b''), ('s', 'SA', 0, 1, b''))
        if number % 3 == 0:
            story.healthy(OTHER_CLIENT, '10.2.0.5', 80)
    story.go_on(wait=3)
    path = story.write(tmp_path)
    entry = next(each for each in entries(path) if each['id'] == 'handshake_incomplete')
    assert entry['display_filter'] == (
        f'ip.addr == 10.2.0.5 && tcp.port == 80 && tcp.flags.syn == 1 && ip.addr != {OTHER_CLIENT}')
    shown, claimed = shown_and_claimed(path, entry)
    assert shown == claimed == 600


def test_filter_of_a_flood_leaves_out_icmp_errors_that_quote_others(story, tmp_path):
    """A router says of a client's SYN to another port what has the flooded address in it."""
    flood(story, '172.16.{}.{}', '10.2.0.5', lambda: story.prohibited(OTHER_CLIENT, '10.2.0.6', 80, '10.2.0.5'))
    path = story.write(tmp_path)
    entry = next(each for each in entries(path) if each['connections'] == FLOOD)
    assert shown_and_claimed(path, entry) == (FLOOD, FLOOD)
    assert len(entry['display_filter']) <= 2 * 80


def test_filter_of_a_flood_of_many_clients_that_are_served_as_well_names_streams(story, tmp_path):
    """Nothing at the ends tells what was answered from what was not, so the filter shows the first."""
    clients = iter(range(1, 251))
    flood(story, '172.16.{}.{}', '10.2.0.5', lambda: story.healthy(f'172.16.0.{next(clients, 1)}', '10.2.0.5', 80))
    path = story.write(tmp_path)
    entry = next(each for each in entries(path) if each['id'] == 'no_response')
    shown, claimed = shown_and_claimed(path, entry)
    assert shown == claimed < FLOOD
    assert entry['display_filter'].startswith('tcp.stream in {')
    assert 'The display filter shows only the first of them.' in entry['text']


def test_server_tells_its_part_in_the_scan(scan):
    said = {server['port']: server['analysis']['interpretation'] for server in support.json_report(scan)['servers']}
    assert said[20] == f'Refused, as part of the scan by {CLIENT}.'
    assert said[666] == f'Open, as part of the scan by {CLIENT}.'
    assert said[21] == f'No answer, as part of the scan by {CLIENT}.'
    assert 'scan' not in said[5443]


def test_silence_is_not_called_one_sided(scan, story, tmp_path):
    story.unanswered(CLIENT, '10.2.0.5')
    for path in scan, story.write(tmp_path):
        assert "only the client's segments" not in support.report(path, 'format=json')
