"""The option headers: the same numbers, without what is above TCP, and for plain frames without what is below it."""

import random
import sys

import pytest

import reference
import support
from made_captures import ACK, RAW_IP, SYN, SYN_ACK, tcp_packet, write_capture
from support import TESTS, fields, frames, json_report

sys.path[:0] = [str(TESTS), str(TESTS / 'hardening')]

import headers      # noqa: E402
import links        # noqa: E402
import mutation     # noqa: E402

LAB = sorted((TESTS / 'lab').glob('*.pcapng'))

# Some of each kind, beside VLAN tags and tunnels that are made of them
SOME = ['mixed.pcapng', 'ipv6.pcapng', 'icmp-quote.pcapng']


def has_tcp_inside_tcp(capture):
    return any(':tcp:' in protocols[:-len(':tcp')] and protocols.split(':tcp', 1)[1].count(':tcp')
               for protocols, in set(fields(capture, 'tcp', 'frame.protocols')))


def assert_same_numbers(capture, *arguments):
    """Not of segments inside a tunnel that TCP carries: those nobody sees without what is above TCP."""
    segments, difference = headers.compare(capture, arguments)
    assert segments is not None, 'no report'
    if difference and has_tcp_inside_tcp(capture):
        pytest.fail(f'{capture} has TCP inside TCP: choose another comparison')
    assert difference is None


@pytest.mark.wild
def test_every_number_is_the_same(capture):
    assert_same_numbers(capture)


@pytest.mark.parametrize('lab_capture', LAB, ids=lambda path: path.stem)
def test_every_number_of_the_lab_is_the_same(lab_capture):
    assert_same_numbers(lab_capture)


# ------------------------------------------------------------------------------ frames of every kind

@pytest.fixture
def make(captures, tmp_path):
    """make(capture, change) writes what change(frames, chance) makes of our own capture, and returns its path."""
    def made(name, change):
        original = mutation.read(captures / name, tmp_path)
        changed = change(original, random.Random(name))
        path = tmp_path / 'changed.pcap'
        mutation.write(path, changed, changed.link_type)
        return path
    return made


@pytest.mark.parametrize('link', links.LINKS)
@pytest.mark.parametrize('name', ['mixed.pcapng', 'ipv6.pcapng'])
def test_other_link_layers_have_the_same_numbers(make, name, link):
    assert_same_numbers(make(name, lambda frames_, _: links.relinked(frames_, *links.LINKS[link])))


@pytest.mark.parametrize('stack', links.STACKS)
def test_stacks_of_tags_have_the_same_numbers(make, stack):
    assert_same_numbers(make('mixed.pcapng', lambda frames_, _: links.tagged(frames_, links.STACKS[stack])))


@pytest.mark.parametrize('name', SOME)
def test_frames_cut_in_every_header_have_the_same_numbers(make, name):
    lengths = range(headers.SHORTEST, headers.LONGEST + 1, 3)
    assert_same_numbers(make(name, lambda frames_, _: headers.snapped(frames_, lengths)))


def test_tags_that_are_cut_have_the_same_numbers(make):
    def change(frames_, _):
        return headers.snapped(links.tagged(frames_, links.STACKS['four']), range(14, 90, 5))
    assert_same_numbers(make('mixed.pcapng', change))


@pytest.mark.parametrize('damage', [links.with_trailers, links.with_wrong_headers, links.with_wrong_lengths],
                         ids=lambda function: function.__name__)
@pytest.mark.parametrize('name', SOME)
def test_damaged_frames_have_the_same_numbers(make, name, damage):
    assert_same_numbers(make(name, damage))


@pytest.mark.parametrize('name', ['mixed.pcapng', 'fragments.pcapng', 'tunnel-vxlan.pcapng'])
def test_mutations_have_the_same_numbers(make, name):
    def change(frames_, chance):
        some = [links.with_wrong_headers(mutation.Frames(mutation.mutated(frames_, chance), frames_.link_type), chance)
                for _ in range(headers.MUTATIONS_IN_A_FILE)]
        return headers.together(some, frames_.link_type)
    assert_same_numbers(make(name, change))


# Behind the IP header: home address of a mobile host, a route through other hosts, a fragment
EXTENSIONS = {
    'home-address': bytes([6, 2, 0xC9, 0x10, *bytes.fromhex('20010db8000000000000000000001234'), 1, 2, 0, 0]),
    'routing': bytes([6, 2, 2, 1, 0, 0, 0, 0, *bytes.fromhex('20010db8000000000000000000001234')]),
}
NEXT_HEADER = {'home-address': 60, 'routing': 43}


@pytest.mark.parametrize('extension', EXTENSIONS)
def test_another_address_behind_the_ip_header_is_the_one_that_counts(make, extension):
    def with_extension(frame):
        content, added = bytearray(frame[3]), EXTENSIONS[extension]
        if links.type_of(content) != links.TYPE_IP6 or content[20] != 6:
            return frame
        content[20] = NEXT_HEADER[extension]
        length = int.from_bytes(content[18:20], 'big') + len(added)
        content[18:20] = length.to_bytes(2, 'big')
        return links.with_bytes(frame, bytes(content[:54]) + added + bytes(content[54:]), len(added))
    path = make('ipv6.pcapng', lambda frames_, _: links.change_each(frames_, with_extension))
    assert '2001:db8::1234' in str(headers.counted(path)[1])
    assert_same_numbers(path)


# ------------------------------------------------------------------------------ what else the user asks for

@pytest.mark.parametrize('arguments', [
    ('-o', 'eth.fcs:Always'), ('-o', 'eth.trailer_length:8'), ('-o', 'eth.interpret_as_fw1_monitor:TRUE'),
    ('-o', 'eth.deduplicate_dmac:TRUE'), ('-o', 'ip.tso_support:TRUE'), ('-o', 'ip.check_checksum:TRUE'),
    ('-o', 'ip.try_heuristic_first:TRUE'), ('-o', 'ip.defragment:FALSE'), ('-o', 'ipv6.try_heuristic_first:TRUE'),
    ('-o', 'vlan.qinq_ethertype:0x0800'), ('-o', 'tcp.check_checksum:TRUE'),
    ('-o', 'tcp.analyze_sequence_numbers:FALSE'), ('-o', 'tcp.relative_sequence_numbers:FALSE'),
    ('-d', 'ip.proto==6,udp'), ('-d', 'ethertype==0x0800,data'), ('-d', 'ethertype==0x8100,data'),
    ('-d', 'tcp.port==443,ftp'),
    ('--disable-protocol', 'eth'), ('--disable-protocol', 'ip'), ('--disable-protocol', 'ipv6'),
    ('--disable-protocol', 'vlan'), ('--disable-protocol', 'tcp'), ('--disable-protocol', 'ftp'),
    ('--enable-heuristic', 'esl_eth'), ('-n',), ('-2',), ('-2', '-R', 'tcp.len > 0'), ('-Y', 'ip.ttl < 64'),
    ('-2', '-Y', 'tcp_asymmetry.finding')], ids=' '.join)
def test_whatever_else_is_asked_for_the_numbers_are_the_same(make, arguments):
    def change(frames_, chance):
        return headers.together([frames_[:150], links.tagged(frames_, links.STACKS['vlan'])[:100],
                                 links.with_trailers(frames_, chance)[:100], links.cut(frames_, 60)[:50]],
                                frames_.link_type)
    assert_same_numbers(make('mixed.pcapng', change), *arguments)


@pytest.mark.parametrize('statistic', ['conv,eth', 'conv,ip', 'conv,ipv6', 'conv,tcp', 'endpoints,eth', 'endpoints,ip',
                                       'io,phs', 'io,stat,0', 'ip_hosts,tree', 'ptype,tree', 'plen,tree', 'expert',
                                       'io,stat,0,eth,ip.ttl==64,tcp.analysis.retransmission'])
def test_another_statistic_beside_it_is_right(captures, tshark, statistic):
    capture = captures / 'vlan.pcapng'
    # What they say about what is above TCP is not there with the option
    without = tshark('-q', '-o', 'tcp.desegment_tcp_streams:FALSE', '--disable-protocol', 'http', '-z', statistic, '-r', capture)
    beside = tshark('-q', '--disable-protocol', 'http', '-z', statistic, '-z', 'tcp,asymmetry,headers,format=csv',
                    '-r', capture)
    lines = [line for line in without.out.splitlines() if 'data' not in line]
    assert lines and not [line for line in lines if line not in beside.out]


def test_lines_of_packets_beside_it_are_whole(captures, tshark):
    capture = captures / 'vlan.pcapng'
    shown = ('-T', 'fields', '-e', 'eth.src', '-e', 'vlan.id', '-e', 'ip.ttl', '-e', 'tcp.seq')
    alone = tshark('-r', capture, *shown)
    beside = tshark('-r', capture, *shown, '-z', 'tcp,asymmetry,headers,format=csv')
    assert alone.out and beside.out.startswith(alone.out)
    alone = tshark('-r', capture, '-o', 'gui.column.format:"S","%us","D","%ud","V","%q","P","%p"')
    beside = tshark('-r', capture, '-o', 'gui.column.format:"S","%us","D","%ud","V","%q","P","%p"',
                    '-z', 'tcp,asymmetry,headers,format=csv')
    assert [line.split()[:3] for line in alone.out.splitlines()] == [
        line.split()[:3] for line in beside.out.splitlines()[:len(alone.out.splitlines())]]


def test_two_of_these_statistics_in_one_run_have_the_same_numbers(captures):
    capture = captures / 'mixed.pcapng'
    with_headers, beside = support.reports(capture, ['format=csv,headers', 'format=csv'])
    assert with_headers == beside == support.report(capture, 'format=csv')


@pytest.mark.parametrize('arguments', [(), ('-2',)], ids=['one-pass', 'two-passes'])
def test_completeness_of_data_that_ftp_announced_is_wiresharks(arguments):
    """Before 4.4, FTP makes the conversation before its SYN, which is then no part of tcp.completeness: in the display
    filter, without the option and with it."""
    capture = TESTS / 'lab' / 'ftp-active.pcapng'
    shown = dict(fields(capture, 'tcp', 'tcp.stream', 'tcp.completeness', arguments=arguments))
    for options in ('connections', 'connections,headers'):
        connections = json_report(capture, options, *arguments)['connections']
        assert {str(each['stream']): str(each['completeness']) for each in connections} == shown
    assert ('30' in shown.values()) == (reference.wireshark_version() < (4, 4))


VNC_VERSION = b'RFB 003.008\n'


@pytest.mark.parametrize('port, begin, streams', [
    (5907, VNC_VERSION, 2), (5907, VNC_VERSION.lower(), 2), (5900, VNC_VERSION, 1), (5907, b'RFB is no version', 1),
    (21, VNC_VERSION, 1)], ids=['vnc', 'small-letters', 'on-its-own-port', 'something-else', 'on-the-port-of-ftp'])
def test_streams_are_wiresharks_where_vnc_begins_another(tmp_path, port, begin, streams):
    """VNC's heuristic dissector makes a conversation of its own for what comes behind its first message."""
    client, server, size = ('10.0.0.1', 40123), ('10.0.0.2', port), len(begin)
    path = tmp_path / 'vnc.pcap'
    write_capture(path, RAW_IP, [
        tcp_packet(client, server, 100, 0, SYN), tcp_packet(server, client, 900, 101, SYN_ACK),
        tcp_packet(client, server, 101, 901, ACK), tcp_packet(server, client, 901, 101, ACK, begin),
        tcp_packet(client, server, 101, 901 + size, ACK, begin),
        tcp_packet(server, client, 901 + size, 101 + size, ACK, b'1234'),
        tcp_packet(client, server, 101 + size, 905 + size, ACK, b'5678')])
    numbers = set(fields(path, 'tcp', 'tcp.stream'))
    assert len(numbers) == streams
    assert_same_numbers(path)


# ------------------------------------------------------------------------------ what is left out

def test_nothing_above_tcp_is_dissected(captures, tshark):
    capture = captures / 'mixed.pcapng'
    assert frames(capture, 'tls || http || data') > 0
    run = tshark('-q', '-z', 'tcp,asymmetry,headers,format=csv', '-z', 'io,phs', '-r', capture)
    phs = run.out.split('Protocol Hierarchy Statistics')[1].split('=====')[0]
    assert ' tcp ' in phs
    assert not any(name in phs for name in ('tls', 'http', 'data'))


def test_display_filters_below_tcp_still_select(captures):
    capture = captures / 'mixed.pcapng'
    for display_filter in ('ipv6', 'ip.ttl == 63', 'tcp.analysis.retransmission', 'tcp.port == 443'):
        with_headers = json_report(capture, f'headers,{display_filter}')
        assert with_headers['servers'] == json_report(capture, display_filter)['servers']
        assert with_headers['capture']['segments'] == frames(capture, f'tcp && ({display_filter})') > 0


def test_without_the_option_nothing_is_left_out_beside_it(captures, tshark):
    capture = captures / 'mixed.pcapng'
    alone = tshark('-q', '-z', 'io,phs', '-r', capture)
    beside = tshark('-q', '-z', 'io,phs', '-z', 'tcp,asymmetry', '-r', capture)
    assert alone.out in beside.out


def test_help_tells_what_is_left_out(tshark):
    run = tshark('-q', '-z', 'tcp,asymmetry,help')
    assert 'headers' in run.out and 'above TCP' in run.out
