"""Every option of the statistic, and every way to feed it. Numbers are compared with display filters."""

import gzip
import ipaddress
import json
import os
import signal
import subprocess

import pytest
from scapy.all import IP, TCP, Ether, wrpcap

import support

MIXED = support.CAPTURES / 'mixed.pcapng'
DOWNLOAD = support.CAPTURES / 'download.pcapng'

# The servers of mixed.pcapng, as captures/README.md says; tshark's filters prove the numbers
V4_HTTPS, V6_HTTPS, SSH, MAIL = '10.2.0.5:443', '[2001:db8:2::5]:443', '10.2.0.6:22', '10.2.0.9:25'
MYSQL, POSTGRES, SHOP, SILENT, CLOSED = '10.2.0.7:3306', '10.2.0.7:5432', '10.2.0.8:80', '10.2.0.8:8443', '10.2.0.9:587'
ALL = {V4_HTTPS, V6_HTTPS, SSH, MAIL, MYSQL, POSTGRES, SHOP, SILENT, CLOSED}


def servers(capture, options='', *arguments, **keywords):
    """The server elements of the JSON output."""
    return support.json_report(capture, options, *arguments, **keywords)['servers']


def names(capture, options):
    return [server['server'] for server in servers(capture, options)]


def packets(server):
    """(client to server, server to client)"""
    return tuple(server[direction]['packet_count'] for direction in support.DIRECTIONS)


def packets_by_filter(capture, to_server, to_client):
    return support.frames(capture, to_server), support.frames(capture, to_client)


def test_capture_has_the_servers_that_the_readme_names():
    assert set(names(MIXED, '')) == ALL


# ------------------------------------------------------------------------------ server=, port=

@pytest.mark.parametrize('options, expected', [
    ('server=10.2.0.7', {MYSQL, POSTGRES}),
    ('server=10.2.0.7:5432', {POSTGRES}),
    ('server=2001:db8:2::5', {V6_HTTPS}),
    ('server=[2001:db8:2::5]', {V6_HTTPS}),
    ('server=[2001:db8:2::5]:443', {V6_HTTPS}),
    ('server=[2001:DB8:2:0::0005]:443', {V6_HTTPS}),
    ('server=10.2.0.6/31', {SSH, MYSQL, POSTGRES}),
    ('server=10.2.0.0/16', ALL - {V6_HTTPS}),
    ('server=0.0.0.0/0', ALL - {V6_HTTPS}),
    ('server=2001:db8::/32', {V6_HTTPS}),
    ('server=::/0', {V6_HTTPS}),
    ('server=10.2.0.7/32', {MYSQL, POSTGRES}),
    ('server=10.2.0.6,server=10.2.0.9:25', {SSH, MAIL}),
    ('port=443', {V4_HTTPS, V6_HTTPS}),
    ('port=20-80', {SSH, MAIL, SHOP}),
    ('port=22-22', {SSH}),
    ('port=22,port=3306-5432', {SSH, MYSQL, POSTGRES}),
    ('port=1-65535', ALL),
    ('server=10.2.0.0/16,port=443', {V4_HTTPS}),
    ('server=10.2.0.8,server=10.2.0.9,port=80,port=25', {SHOP, MAIL}),
])
def test_only_the_named_servers_are_shown(options, expected):
    shown = names(MIXED, options)
    assert set(shown) == expected and len(shown) == len(expected)


def test_connections_are_those_of_the_named_server():
    document = support.json_report(MIXED, 'connections,server=10.2.0.7:5432')
    streams = {int(stream) for stream, in support.fields(MIXED, 'tcp.port == 5432', 'tcp.stream')}
    assert {line['stream'] for line in document['connections']} == streams
    assert {line['server'] for line in document['connections']} == {POSTGRES}


@pytest.mark.parametrize('options, says', [
    ('server=10.1.0.11', ['10.1.0.11', 'client']),
    ('server=203.0.113.1', ['203.0.113.1', 'no TCP connection']),
    ('port=1', ['port 1']),
    ('port=7-9', ['from 7 to 9']),
    ('server=10.2.0.5,port=22', ['server=', 'port=']),
])
@pytest.mark.parametrize('name', support.FORMATS)
def test_output_says_so_where_no_server_fits(options, says, name):
    text = ' '.join(support.report(MIXED, f'{options},format={name}').split())
    assert all(part in text for part in says)


@pytest.fixture
def without_evidence(tmp_path):
    """A capture in which nothing tells the server: no handshake, two ephemeral ports, one peer."""
    path = tmp_path / 'equal.pcap'
    a, b = ('192.0.2.1', 50001), ('192.0.2.2', 50002)
    wrpcap(str(path), [
        Ether() / IP(src=a[0], dst=b[0]) / TCP(sport=a[1], dport=b[1], flags='A', seq=100, ack=500),
        Ether() / IP(src=b[0], dst=a[0]) / TCP(sport=b[1], dport=a[1], flags='A', seq=500, ack=100)])
    return path


@pytest.mark.parametrize('options, server', [
    ('server=192.0.2.2', '192.0.2.2:50002'),
    ('server=192.0.2.1', '192.0.2.1:50001'),
    ('server=192.0.2.2:50002', '192.0.2.2:50002'),
    ('server=192.0.2.2/32', '192.0.2.2:50002'),
    ('port=50002', '192.0.2.2:50002'),
    ('port=50001', '192.0.2.1:50001'),
])
def test_naming_one_end_decides_which_is_the_server(without_evidence, options, server):
    [found] = servers(without_evidence, options)
    assert (found['server'], found['role_evidence']) == (server, {'given': 1})


def test_naming_both_ends_decides_nothing(without_evidence):
    [found] = servers(without_evidence, 'server=192.0.2.0/24')
    assert found['role_evidence'] == {'guess': 1}


def test_handshake_is_stronger_than_what_the_user_names():
    assert names(DOWNLOAD, 'server=10.1.0.0/16') == []


# ------------------------------------------------------------------------------ by=

@pytest.mark.parametrize('by, server, to_server, to_client, connections', [
    ('endpoint', MYSQL, 'tcp.dstport == 3306', 'tcp.srcport == 3306', 'tcp.port == 3306'),
    ('endpoint', V6_HTTPS, 'ipv6.dst == 2001:db8:2::5', 'ipv6.src == 2001:db8:2::5', 'ipv6'),
    ('address', '10.2.0.7:any', 'ip.dst == 10.2.0.7', 'ip.src == 10.2.0.7', 'ip.addr == 10.2.0.7'),
    ('address', '[2001:db8:2::5]:any', 'ipv6.dst == 2001:db8:2::5', 'ipv6.src == 2001:db8:2::5', 'ipv6'),
    ('port', 'any:443', 'tcp.dstport == 443', 'tcp.srcport == 443', 'tcp.port == 443'),
    ('port', 'any:25', 'tcp.dstport == 25', 'tcp.srcport == 25', 'tcp.port == 25'),
])
def test_row_adds_up_what_by_says(by, server, to_server, to_client, connections):
    found = {row['server']: row for row in servers(MIXED, f'by={by}')}
    row = found[server]
    assert packets(row) == packets_by_filter(MIXED, f'tcp and {to_server}', f'tcp and {to_client}')
    assert row['connections'] == len(set(support.fields(MIXED, f'tcp and {connections}', 'tcp.stream')))


@pytest.mark.parametrize('by, key', [
    ('endpoint', lambda name: name),
    ('address', lambda name: name.rpartition(':')[0] + ':any'),
    ('port', lambda name: 'any:' + name.rpartition(':')[2]),
])
def test_there_is_one_row_for_each_of_what_by_says(by, key):
    shown = names(MIXED, f'by={by}')
    assert set(shown) == set(map(key, ALL)) and len(shown) == len(set(shown))


# ------------------------------------------------------------------------------ sort=, top=

def both(counter):
    return lambda row: -sum(row[direction][counter] for direction in support.DIRECTIONS)


def address_and_port(row):
    address = ipaddress.ip_address(row['address'])
    return address.version, address, row['port']


def falling_pcr(row):
    """Those that have none come last."""
    pcr = row['analysis']['pcr']
    return (pcr is None, -pcr if pcr is not None else 0)


SORT_KEYS = {
    'bytes': both('byte_count'),
    'packets': both('packet_count'),
    'connections': lambda row: -row['connections'],
    'retransmissions': both('retransmissions'),
    'resets': both('rst_count'),
    'one_way': lambda row: -row['one_way_connections'],
    'pcr': falling_pcr,
    'server': address_and_port,
}


@pytest.mark.parametrize('order', SORT_KEYS)
def test_rows_are_in_the_order_that_sort_says(order):
    rows = servers(MIXED, f'sort={order}')
    keys = [SORT_KEYS[order](row) for row in rows]
    assert len(rows) == len(ALL) and len(set(keys)) > 1
    assert keys == sorted(keys)


def test_rows_are_sorted_by_bytes_where_nothing_is_said():
    assert names(MIXED, '') == names(MIXED, 'sort=bytes') != names(MIXED, 'sort=server')


def test_rows_that_are_equal_in_the_order_stand_by_address():
    rows = servers(MIXED, 'sort=one_way')
    keys = [(row['one_way_connections'] * -1, *address_and_port(row)) for row in rows]
    assert keys == sorted(keys)


MANY = 25


@pytest.fixture(scope='module')
def many_servers(tmp_path_factory):
    """25 servers, of which each next one gets one more connection."""
    path = tmp_path_factory.mktemp('many') / 'many.pcap'
    wrpcap(str(path), [
        Ether() / IP(src='192.0.2.1', dst='198.51.100.%d' % server) / TCP(sport=40000 + i, dport=80, flags='S')
        for server in range(1, MANY + 1) for i in range(server)])
    return path


@pytest.mark.parametrize('top', [1, 3, MANY, MANY + 1])
@pytest.mark.parametrize('name', ['json', 'text'])
def test_top_keeps_the_first_servers_of_the_order(many_servers, top, name):
    expected = ['198.51.100.%d:80' % server for server in range(MANY, 0, -1)]
    assert names(many_servers, 'sort=connections') == expected
    text = support.report(many_servers, f'top={top},sort=connections,format={name}')
    if name == 'json':
        shown = [server['server'] for server in json.loads(text)['servers']]
    else:
        shown = [server for server in expected if f'\n{server} ' in text]
    assert shown == expected[:top]


def test_findings_are_those_of_all_servers_whatever_the_top(many_servers):
    [entry] = support.json_report(many_servers, 'top=1')['capture']['findings']
    assert entry['id'] == 'scan'
    assert len(entry['servers']) == MANY


def test_text_shows_20_servers_and_says_how_many_there_are(many_servers):
    lines = support.report(many_servers).splitlines()
    assert len({line.split()[0] for line in lines if line.startswith('198.51.100.') and line.split()[1].isdigit()}) == 20
    assert any('20' in line and str(MANY) in line and 'top=' in line for line in lines)


@pytest.mark.parametrize('name', ['json', 'ndjson', 'csv'])
def test_formats_for_programs_show_all_servers(many_servers, name):
    text = support.report(many_servers, f'format={name}')
    assert all(f'198.51.100.{server}:80' in text for server in range(1, MANY + 1))


def test_top_leaves_only_the_connections_of_the_servers_shown(many_servers):
    document = support.json_report(many_servers, 'top=1,sort=connections,connections')
    assert [line['server'] for line in document['connections']] == [f'198.51.100.{MANY}:80'] * MANY
    assert document['capture']['connections'] == len(set(support.fields(many_servers, 'tcp', 'tcp.stream')))


# ------------------------------------------------------------------------------ connections, format=, output=

def test_connections_adds_a_row_for_each_stream():
    document = support.json_report(MIXED, 'connections')
    streams = {int(stream) for stream, in support.fields(MIXED, 'tcp', 'tcp.stream')}
    found = [line['stream'] for line in document['connections']]
    assert set(found) == streams and len(found) == len(streams)


def test_text_is_the_format_where_nothing_is_said():
    assert support.report(MIXED) == support.report(MIXED, 'format=text')


@pytest.mark.parametrize('name', support.FORMATS)
def test_output_file_gets_what_standard_output_would(tshark, tmp_path, name):
    path = tmp_path / 'report'
    run = tshark('-q', '-z', f'tcp,asymmetry,format={name},output={path}', '-r', DOWNLOAD)
    assert (run.status, run.out, run.err) == (0, '', '')
    expected = support.report(DOWNLOAD, f'format={name}')
    written = path.read_bytes().decode()
    if name == 'json':
        written, expected = map(without_timestamp, (written, expected))
    assert written == expected
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def without_timestamp(text):
    return [line for line in text.splitlines() if 'analysis_timestamp' not in line]


def test_existing_output_is_replaced_by_a_new_file_with_the_same_mode(tshark, tmp_path):
    path, old = tmp_path / 'report', tmp_path / 'old'
    path.write_text('old\n')
    path.chmod(0o640)
    # A second name of the same file shows that it was not written into
    os.link(path, old)
    assert tshark('-q', '-z', f'tcp,asymmetry,output={path}', '-r', DOWNLOAD).status == 0
    assert old.read_text() == 'old\n'
    assert path.read_text() == support.report(DOWNLOAD)
    assert path.stat().st_mode & 0o777 == 0o640


def test_output_through_a_symbolic_link_replaces_what_it_points_to(tshark, tmp_path):
    target, link = tmp_path / 'target', tmp_path / 'link'
    target.write_text('old\n')
    link.symlink_to('target')
    assert tshark('-q', '-z', f'tcp,asymmetry,output={link}', '-r', DOWNLOAD).status == 0
    assert link.is_symlink()
    assert target.read_text() == support.report(DOWNLOAD)


def test_new_output_file_has_the_mode_that_umask_leaves(tmp_path):
    path = tmp_path / 'report'
    run = support.run_tshark('-q', '-z', f'tcp,asymmetry,output={path}', '-r', DOWNLOAD,
                             preexec=lambda: os.umask(0o027))
    assert run.status == 0
    assert path.stat().st_mode & 0o777 == 0o640


def test_output_to_a_named_pipe_is_written_into_it(tmp_path):
    pipe = tmp_path / 'pipe'
    os.mkfifo(pipe)
    with subprocess.Popen(['cat', pipe], stdout=subprocess.PIPE, text=True) as reader:
        assert support.run_tshark('-q', '-z', f'tcp,asymmetry,output={pipe}', '-r', DOWNLOAD).status == 0
        assert reader.communicate(timeout=support.TIMEOUT_S)[0] == support.report(DOWNLOAD)


def test_label_is_shown():
    assert support.json_report(DOWNLOAD)['file'] is None
    assert support.json_report(DOWNLOAD, 'label=ticket 4711')['file'] == 'ticket 4711'
    assert 'ticket 4711' in support.report(DOWNLOAD, 'label=ticket 4711')


# ------------------------------------------------------------------------------ help

HELP_OPTIONS = ('server=', 'port=', 'by=', 'format=', 'output=', 'connections', 'sort=', 'top=', 'label=', 'fail=',
                'ascii', 'help')


@pytest.mark.parametrize('arguments', [(), ('-r', DOWNLOAD)], ids=['alone', 'with a capture'])
def test_help_lists_every_option_and_stops(tshark, arguments):
    run = tshark('-q', '-z', 'tcp,asymmetry,help', *arguments)
    assert (run.status, run.err) == (0, '')
    listed = [line.strip() for line in run.out.splitlines()]
    for option in HELP_OPTIONS:
        assert any(line.startswith(option) for line in listed), option
    assert 'segments' not in run.out


# ------------------------------------------------------------------------------ display filters

@pytest.mark.parametrize('display_filter', [
    'tcp.port in {80,443}',
    'tcp.port in {22, 25, 5432}',
    'ip.addr == 10.2.0.8',
    'tcp.flags.syn == 1 && tcp.flags.ack == 0',
    'tcp.analysis.retransmission',
    'frame.number > 100',
    'ipv6',
    'tcp.port == 80 or tcp.port == 25',
])
def test_display_filter_counts_what_it_shows(display_filter):
    document = support.json_report(MIXED, display_filter)
    assert document['filter'] == display_filter
    assert document['capture']['segments'] == support.frames(MIXED, f'tcp and ({display_filter})') > 0


def test_display_filter_follows_the_options():
    [row] = servers(MIXED, 'connections,server=10.2.0.8,top=1,tcp.port in {80,443}')
    assert row['server'] == SHOP
    assert packets(row) == packets_by_filter(MIXED, 'tcp.dstport == 80', 'tcp.srcport == 80')


# ------------------------------------------------------------------------------ several statistics, two passes, -Y

def test_two_statistics_with_different_options_do_not_disturb_each_other(tshark, tmp_path):
    paths = tmp_path / 'a', tmp_path / 'b'
    options = 'format=csv,port=443', 'format=ndjson,by=address,tcp.port == 5432'
    run = tshark('-q', '-z', f'tcp,asymmetry,output={paths[0]},{options[0]}',
                 '-z', f'tcp,asymmetry,output={paths[1]},{options[1]}', '-r', MIXED)
    assert (run.status, run.out, run.err) == (0, '', '')
    for path, alone in zip(paths, options):
        assert path.read_bytes().decode() == support.report(MIXED, alone)


def test_two_statistics_both_reach_standard_output(tshark):
    run = tshark('-q', '-z', 'tcp,asymmetry,format=csv', '-z', 'tcp,asymmetry,ascii', '-r', DOWNLOAD)
    assert run.status == 0
    parts = support.report(DOWNLOAD, 'format=csv'), support.report(DOWNLOAD, 'ascii')
    assert run.out in (parts[0] + parts[1], parts[1] + parts[0])


def test_other_statistics_beside_it_show_what_they_show_alone(tshark):
    run = tshark('-q', '-z', 'conv,tcp', '-z', 'tcp,asymmetry,format=csv', '-r', DOWNLOAD)
    alone = tshark('-q', '-z', 'conv,tcp', '-r', DOWNLOAD)
    ours = support.report(DOWNLOAD, 'format=csv')
    assert run.status == 0
    assert run.out in (alone.out + ours, ours + alone.out)


@pytest.mark.parametrize('read_filter', ['tcp.port == 5432', 'ip.dst == 10.2.0.0/16', 'frame.len > 100'])
def test_read_filter_of_two_passes_decides_what_is_counted(read_filter):
    arguments = ('-2', '-R', read_filter)
    document = support.json_report(MIXED, 'connections', *arguments)
    assert document['capture']['segments'] == support.frames(MIXED, 'tcp', arguments) > 0
    retransmissions = sum(line[direction]['retransmissions']
                          for line in document['servers'] for direction in support.DIRECTIONS)
    assert retransmissions == support.frames(MIXED, 'tcp.analysis.retransmission', arguments)


def test_two_passes_without_a_filter_change_nothing():
    assert support.report(MIXED, 'format=ndjson,connections', '-2') == support.report(MIXED, 'format=ndjson,connections')


def conversations(*arguments):
    """What another statistic, conv,tcp, prints."""
    return support.run_tshark('-q', '-z', 'conv,tcp', '-r', MIXED, *arguments).out


def test_display_filter_of_tshark_changes_nothing_as_with_other_statistics():
    hidden = ('-Y', 'tcp.port == 80')
    assert conversations(*hidden) == conversations()
    assert support.report(MIXED, 'format=ndjson', *hidden) == support.report(MIXED, 'format=ndjson')


# ------------------------------------------------------------------------------ where packets come from

def test_standard_input_gives_the_same_as_the_file():
    assert support.report('-', 'format=ndjson,connections', stdin=MIXED.read_bytes()) == \
        support.report(MIXED, 'format=ndjson,connections')


def test_gzip_file_gives_the_same_as_the_file(tmp_path):
    path = tmp_path / 'mixed.pcapng.gz'
    path.write_bytes(gzip.compress(MIXED.read_bytes()))
    assert support.report(path, 'format=ndjson,connections') == support.report(MIXED, 'format=ndjson,connections')


# ------------------------------------------------------------------------------ live

class LiveCapture:
    """tshark on the loopback interface of a namespace; it also writes the packets to a file."""

    def __init__(self, namespace, folder, *arguments):
        self.file = folder / 'live.pcapng'
        self.process = subprocess.Popen(
            [*namespace, 'tshark', '-q', '-i', 'lo', '-f', 'tcp', '-w', self.file,
             '-z', 'tcp,asymmetry,format=ndjson,connections', *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=support.tshark_environment())

    def drive(self, connect, enough):
        """Makes connections until enough() is true."""
        for _ in range(support.TIMEOUT_S * 20):
            connect()
            try:
                # Not a wait for something to happen by itself: it only keeps the traffic moderate
                self.process.wait(0.05)
            except subprocess.TimeoutExpired:
                pass
            if enough():
                return
        raise AssertionError('the capture took no notice of the traffic')

    def has_ended(self):
        return self.process.poll() is not None

    def has_captured(self, size=20_000):
        return self.file.exists() and self.file.stat().st_size > size

    def finish(self):
        out, err = self.process.communicate(timeout=support.TIMEOUT_S)
        assert self.process.returncode == 0, err
        return out

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if not self.has_ended():
            self.process.kill()
            self.process.communicate()


def assert_is_the_report_of_the_file(live, out):
    """The same lines as from the file afterwards, and as many segments as tshark finds in it."""
    assert out == support.report(live.file, 'format=ndjson,connections')
    [server] = support.json_report(live.file)['servers']
    assert server['server'] == '127.0.0.1:8000'
    assert packets(server) == packets_by_filter(live.file, 'tcp.dstport == 8000', 'tcp.srcport == 8000')
    assert min(packets(server)) > 0


@pytest.mark.parametrize('arguments, count', [
    (('-c', '50'), 50),
    (('-a', 'packets:60'), 60),
    (('-a', 'duration:1'), None),
], ids=['-c', '-a packets', '-a duration'])
def test_live_capture_that_ends_by_itself_is_reported(namespace, connect, tmp_path, arguments, count):
    with LiveCapture(namespace, tmp_path, *arguments) as live:
        live.drive(connect, live.has_ended)
        assert_is_the_report_of_the_file(live, live.finish())
    if count is not None:
        assert support.frames(live.file, 'frame') == count


def test_live_capture_ended_by_ctrl_c_is_reported(namespace, connect, tmp_path):
    with LiveCapture(namespace, tmp_path) as live:
        live.drive(connect, live.has_captured)
        live.process.send_signal(signal.SIGINT)
        assert_is_the_report_of_the_file(live, live.finish())
