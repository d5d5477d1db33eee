"""The four forms of output carry the same values, and each is right in its own language."""

import functools
import json
import subprocess
import unicodedata
import xml.etree.ElementTree

import jsonschema
import pytest
from scapy.all import DNS, DNSQR, DNSRR, IP, TCP, UDP, Dot11, Ether, PcapWriter, wrpcap

import reference
import support

TEXT_WIDTH = 100
SCHEMA = json.loads((support.TESTS / 'schema.json').read_text())
DOCUMENT = jsonschema.Draft202012Validator(SCHEMA)
NDJSON_LINE = jsonschema.Draft202012Validator({'$defs': SCHEMA['$defs'], '$ref': '#/$defs/ndjson_line'})


def errors_of(validator, value):
    return [f'{error.json_path}: {error.message}' for error in validator.iter_errors(value)]


# ------------------------------------------------------------------------------ every capture

# The tests of one capture follow each other on one worker, see conftest.py
@functools.lru_cache(maxsize=2)
def outputs_of(capture):
    """Each format of one capture, as servers and as connections, from a single run of tshark:
    {(format, with connections): text}."""
    keys = [(name, connections) for name in support.FORMATS for connections in (False, True)]
    # Text alone stops at 20 servers if it is not told otherwise
    options = [f'format={name},top=1000000' + (',connections' if connections else '') for name, connections in keys]
    return dict(zip(keys, support.reports(capture, options)))


@pytest.fixture
def outputs(capture):
    return outputs_of(capture)


def test_json_follows_the_schema(outputs):
    document = json.loads(outputs['json', True])
    assert errors_of(DOCUMENT, document) == []
    assert 'connections' in document
    # The servers are those of above, as another test shows, and checking them again is slow
    without_connections = json.loads(outputs['json', False])
    assert errors_of(DOCUMENT, {**without_connections, 'servers': []}) == []
    assert 'connections' not in without_connections


def test_every_ndjson_line_follows_the_schema(outputs):
    lines = outputs['ndjson', True].splitlines()
    assert lines
    for line in lines:
        assert errors_of(NDJSON_LINE, json.loads(line)) == []


def exact(text):
    """JSON with numbers as they were written: 1.50 and 1.5 are not the same text."""
    return json.loads(text, parse_int=str, parse_float=str)


def ndjson_of(text, kind):
    lines = [exact(line) for line in text.splitlines()]
    return [{key: value for key, value in line.items() if key != 'type'} for line in lines if line['type'] == kind]


def test_ndjson_carries_the_elements_of_json(outputs):
    document = exact(outputs['json', True])
    assert ndjson_of(outputs['ndjson', True], 'server') == document['servers']
    assert ndjson_of(outputs['ndjson', True], 'connection') == document['connections']


def test_servers_are_the_same_with_connections_and_without(outputs):
    assert exact(outputs['json', False])['servers'] == exact(outputs['json', True])['servers']


OUTER_PREFIXES = {**support.DIRECTIONS, 'analysis': ''}

# Where there is none: its own cells are empty then
NOT_IN_CSV = ('rst',)


def ids_of(findings):
    """The ids of a server's findings, or of a connection's; what happened in both directions counts once."""
    return list(dict.fromkeys(each if isinstance(each, str) else each['id'] for each in findings))


def cells_of(element, prefix=''):
    """The CSV cells of a JSON element, by the names that SPEC section 6 gives the columns."""
    cells = {}
    for key, value in element.items():
        if isinstance(value, dict):
            cells.update(cells_of(value, inner_prefix(prefix, key)))
        elif key == 'findings':
            cells[key] = ' '.join(ids_of(value))
        elif key not in NOT_IN_CSV:
            cells[prefix + key] = '' if value is None else value
    return cells


def inner_prefix(prefix, key):
    if prefix:
        return f'{prefix}{key}_'
    return OUTER_PREFIXES.get(key, f'{key}_')


@pytest.mark.parametrize('connections, elements', [(False, 'servers'), (True, 'connections')])
def test_csv_carries_the_values_of_json(outputs, connections, elements):
    document = exact(outputs['json', True])
    message = ' '.join([document['message']] if 'message' in document else document['notes'])
    expected = [{**cells_of(element), 'message': message} for element in document[elements]]
    rows = support.parse_csv(outputs['csv', connections])
    if not expected:
        assert len(rows) == 1 and [key for key, value in rows[0].items() if value] == ['message']
        return
    assert len(rows) == len(expected)
    for row, cells in zip(rows, expected):
        assert cells.keys() <= row.keys()
        # What JSON leaves out is an evidence of which there is none, or a reset
        absent = {key: row[key] for key in row.keys() - cells.keys() if row[key] not in ('', '0')}
        assert {key: value for key, value in row.items() if key in cells} == cells
        assert absent == {}


def display_width(line):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in 'WF' else 1 for c in line)


def test_text_fits_into_100_columns(outputs):
    for connections in (False, True):
        assert [line for line in outputs['text', connections].splitlines() if display_width(line) > TEXT_WIDTH] == []


def test_text_of_servers_names_each_server_of_json(outputs):
    for server in json.loads(outputs['json', False])['servers']:
        assert server['server'] in outputs['text', False]


# ------------------------------------------------------------------------------ plain ASCII

@pytest.mark.parametrize('options, env', [('ascii,connections', {}), ('connections', {'LC_ALL': 'C'})],
                         ids=['option ascii', 'LC_ALL=C'])
def test_text_is_plain_ascii_where_it_must_be(captures, options, env):
    plain = support.report(captures / 'mixed.pcapng', options, env=env)
    assert plain.isascii()
    # Otherwise there would have been nothing to replace
    assert not support.report(captures / 'mixed.pcapng', 'connections').isascii()


def test_ascii_text_fits_into_100_columns_and_has_as_many_rows(captures):
    plain = support.report(captures / 'mixed.pcapng', 'ascii').splitlines()
    assert max(map(len, plain)) <= TEXT_WIDTH
    for server in support.json_report(captures / 'mixed.pcapng')['servers']:
        assert any(line.startswith(server['server']) for line in plain)


def test_text_without_sequence_analysis_fits_into_100_columns(captures):
    text = support.report(captures / 'mixed.pcapng', 'connections', '-o', 'tcp.analyze_sequence_numbers:FALSE')
    assert [line for line in text.splitlines() if display_width(line) > TEXT_WIDTH] == []


# ------------------------------------------------------------------------------ names and labels

# The name of 10.2.0.5, server of download.pcapng, as a hosts file may have it
EVIL_HOSTS = {
    'formula': '=HYPERLINK("http://x.example")',
    'plus': '+1+1',
    'minus': '-1+1',
    'at': '@SUM(1)',
    'quotes and commas': 'a"b,"c',
    'escape': '\x1b[31mred',
    'backspace': 'good\b\b\b\bevil',
    'not ASCII': 'münchen',
    'C1 control': 'x\x9b31m',
}

FORMULA_STARTS = tuple('=+-@\t\r')


def controls_in(text):
    """Control characters other than the ends of lines, the invisible ones that turn text around too."""
    return [c for c in text if c != '\n' and unicodedata.category(c) in ('Cc', 'Cf', 'Zl', 'Zp', 'Cs')]


def named(capture, tmp_path, name, *list_of_options):
    """support.reports() where 10.2.0.5 has this name."""
    hosts = tmp_path / 'hosts'
    hosts.write_text(f'10.2.0.5 {name}\n')
    return support.reports(capture, list_of_options, '-N', 'n', '-H', hosts)


@pytest.mark.parametrize('name', EVIL_HOSTS.values(), ids=EVIL_HOSTS)
def test_evil_host_name_does_no_harm(captures, tmp_path, name):
    text, document, table = named(captures / 'download.pcapng', tmp_path, name, '', 'format=json', 'format=csv')
    assert controls_in(text) == []
    document = json.loads(document)
    [row] = support.parse_csv(table)
    assert not row['server'].startswith(FORMULA_STARTS)
    assert row['server'].lstrip("'") == document['servers'][0]['server']
    assert row['address'] == '10.2.0.5'


def test_names_are_shown_only_where_tshark_resolves_them(captures, tmp_path):
    capture = captures / 'download.pcapng'
    hosts = tmp_path / 'hosts'
    hosts.write_text('10.2.0.5 web.example\n')
    assert 'web.example' in support.report(capture, '', '-N', 'n', '-H', hosts)
    assert 'web.example' not in support.report(capture, '', '-n', '-H', hosts)


def test_json_with_names_follows_the_schema(captures, tmp_path):
    [text] = named(captures / 'download.pcapng', tmp_path, 'web.example', 'format=json,connections')
    document = json.loads(text)
    assert 'web.example' in document['servers'][0]['server']
    assert errors_of(DOCUMENT, document) == []


def test_address_without_a_name_is_shown_once(captures, tmp_path):
    """One end has a name, the other has none."""
    [text] = named(captures / 'download.pcapng', tmp_path, 'web.example', 'format=ndjson,connections')
    [first, *_] = ndjson_of(text, 'connection')
    assert first['client'].rpartition(':')[0] == '10.1.0.11'


EVIL_DNS = {
    'formula': b'=1+1.example',
    'escape sequences': b'\x1b[2J\x1b]0;title\x07.example',
    'end of line and quotes': b'a"b,\r\n"c".example',
    'not UTF-8': b'\xff\xfe\x80.example',
    'C1 control': b'x\xc2\x9b31m.example',
    'turned around': 'abc\u202efdp.example'.encode(),
    'zero byte': b'example\x00evil',
}


def dns_then_tcp(path, name):
    """A capture in which a DNS answer gives a server this name, and a client then connects to it."""
    client, server = '192.0.2.2', '192.0.2.9'
    answer = DNS(id=7, qr=1, qd=DNSQR(qname=name), an=DNSRR(rrname=name, rdata=server))
    wrpcap(str(path), [
        Ether() / IP(src='192.0.2.53', dst=client) / UDP(sport=53, dport=4000) / answer,
        Ether() / IP(src=client, dst=server) / TCP(sport=40000, dport=80, flags='S', seq=1),
        Ether() / IP(src=server, dst=client) / TCP(sport=80, dport=40000, flags='SA', seq=5, ack=2)])


def sized(content, octets):
    """A vector of TLS: its length, then what it holds."""
    return len(content).to_bytes(octets, 'big') + content


def tls_client_hello(name):
    server_name = b'\0\0' + sized(sized(b'\0' + sized(name, 2), 2), 2)
    random, session, ciphers, compression = bytes(32), sized(b'', 1), sized(b'\x13\x01', 2), sized(b'\0', 1)
    hello = b'\x03\x03' + random + session + ciphers + compression + sized(server_name, 2)
    return b'\x16\x03\x01' + sized(b'\x01' + sized(hello, 3), 2)


def tcp_with_client_hello(path, name):
    """A capture in which a client asks its server by this name."""
    to_server = Ether() / IP(src='192.0.2.2', dst='192.0.2.9')
    to_client = Ether() / IP(src='192.0.2.9', dst='192.0.2.2')
    wrpcap(str(path), [
        to_server / TCP(sport=40000, dport=443, flags='S', seq=1),
        to_client / TCP(sport=443, dport=40000, flags='SA', seq=5, ack=2),
        to_server / TCP(sport=40000, dport=443, flags='A', seq=2, ack=6),
        to_server / TCP(sport=40000, dport=443, flags='PA', seq=2, ack=6) / tls_client_hello(name)])


def assert_evil_name_does_no_harm(path, resolve):
    text, document, *tables = support.reports(
        path, ['connections', 'format=json,connections', 'format=csv', 'format=csv,connections'], '-N', resolve)
    assert 'example' in text, 'the name is not used, so the test shows nothing'
    assert controls_in(text) == []
    assert json.loads(document)['servers'][0]['address'] == '192.0.2.9'
    for table in tables:
        [row] = support.parse_csv(table)
        assert not any(cell.startswith(FORMULA_STARTS) for cell in row.values())


@pytest.mark.parametrize('name', EVIL_DNS.values(), ids=EVIL_DNS)
def test_evil_name_in_a_dns_answer_does_no_harm(tmp_path, name):
    path = tmp_path / 'dns.pcap'
    dns_then_tcp(path, name)
    assert_evil_name_does_no_harm(path, 'dn')


@pytest.mark.parametrize('name', EVIL_DNS.values(), ids=EVIL_DNS)
def test_evil_name_in_a_tls_handshake_does_no_harm(tmp_path, name):
    if reference.wireshark_version() < (4, 4):
        pytest.skip('tshark before 4.4 takes no names from TLS')
    path = tmp_path / 'tls.pcap'
    tcp_with_client_hello(path, name)
    assert_evil_name_does_no_harm(path, 'sn')


EVIL_LABELS = ['+1+1', 'a "quoted" label', 'red\x1b[31m', 'two\nlines', 'back\\slash', 'münchen']


@pytest.mark.parametrize('label', EVIL_LABELS, ids=ascii)
def test_label_is_the_file_of_json_and_does_no_harm_in_text(captures, label):
    capture = captures / 'download.pcapng'
    assert support.json_report(capture, f'label={label}')['file'] == label
    text = support.report(capture, f'label={label}')
    assert controls_in(text) == []
    assert len(text.splitlines()) == len(support.report(capture, 'label=x').splitlines())


def test_label_that_is_not_utf8_gives_valid_json(captures):
    done = subprocess.run(
        ['tshark', '-q', '-z', b'tcp,asymmetry,format=json,label=caf\xe9', '-r', captures / 'download.pcapng'],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=support.tshark_environment(),
        timeout=support.TIMEOUT_S)
    assert done.returncode == 0
    assert json.loads(done.stdout.decode('utf-8'))['file'].startswith('caf')


# ------------------------------------------------------------------------------ unusual captures

SNAP_IPV4 = bytes.fromhex('aaaa030000000800')
QOS_WITH_AMSDU = b'\x80\x00'
LINKTYPE_IEEE802_11 = 105
TO_DS = 1   # scapy's name of this flag has changed


def amsdu_frame(*packets):
    """One frame of a wireless network that carries several packets (an aggregated MSDU)."""
    header = Dot11(type=2, subtype=8, addr1='02:00:00:00:00:01', addr2='02:00:00:00:00:02',
                   addr3='02:00:00:00:00:03', FCfield=TO_DS)
    subframes = b''
    for packet in packets:
        subframes += b'\0' * (-len(subframes) % 4)
        content = SNAP_IPV4 + bytes(packet)
        subframes += bytes.fromhex('020000000001' '020000000002') + len(content).to_bytes(2, 'big') + content
    return bytes(header) + QOS_WITH_AMSDU + subframes


def tcp_headers(capture):
    """How many TCP headers tshark prints, by their own fields."""
    run = support.run_tshark('-r', capture, '-T', 'pdml')
    return len(xml.etree.ElementTree.fromstring(run.out).findall(".//proto[@name='tcp']"))


def test_each_tcp_header_of_a_frame_is_a_segment_with_its_own_ip_header(tmp_path):
    path = tmp_path / 'amsdu.pcap'
    frame = amsdu_frame(IP(src='192.0.2.2', dst='192.0.2.9', ttl=61) / TCP(sport=40000, dport=80, flags='S'),
                        IP(src='192.0.2.3', dst='192.0.2.9', ttl=57) / TCP(sport=40000, dport=80, flags='S'))
    with PcapWriter(str(path), linktype=LINKTYPE_IEEE802_11) as writer:
        writer.write(frame)
    assert support.frames(path, 'tcp') == 1
    document = support.json_report(path, 'connections')
    assert document['capture']['segments'] == tcp_headers(path) == 2
    assert {(line['client'], line['client_to_server']['ttl_min']) for line in document['connections']} == {
        ('192.0.2.2:40000', 61), ('192.0.2.3:40000', 57)}


def test_tcp_quoted_in_icmp_is_no_segment(captures):
    path = captures / 'icmp-quote.pcapng'
    quoted = support.frames(path, 'icmp and tcp')
    assert quoted > 0
    assert support.json_report(path)['capture']['segments'] == support.frames(path, 'tcp') - quoted
