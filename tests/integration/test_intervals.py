"""interval=SECONDS: counters over time, whose sums are the totals."""

import json
import re
import signal
import struct
import subprocess
from collections import Counter
from datetime import datetime
from decimal import Decimal

import jsonschema
import pytest

import support

MIXED = support.CAPTURES / 'mixed.pcapng'
SCHEMA = json.loads((support.TESTS / 'schema.json').read_text())
DOCUMENT = jsonschema.Draft202012Validator(SCHEMA)
NDJSON_LINE = jsonschema.Draft202012Validator({'$defs': SCHEMA['$defs'], '$ref': '#/$defs/ndjson_line'})
ADDITIVE = set(SCHEMA['$defs']['interval_direction']['propertyNames']['enum'])


def ndjson(text, kind='interval'):
    return [line for line in map(support.parse_json, text.splitlines()) if line['type'] == kind]


def sums(server):
    """What the intervals of a server have counted together, by (direction, counter)."""
    total = Counter()
    for interval in server['intervals']:
        for direction in support.DIRECTIONS:
            total.update({(direction, key): value for key, value in interval[direction].items()})
    return total


def totals(server):
    return Counter({(direction, key): server[direction][key] for direction in support.DIRECTIONS
                    for key in ADDITIVE if server[direction][key]})


def assert_sums_are_totals(document):
    for server in document['servers']:
        assert sums(server) == totals(server), server['server']
        starts = [interval['start'] for interval in server['intervals']]
        assert starts and starts == sorted(set(starts))
        assert all(any(interval[direction] for direction in support.DIRECTIONS) for interval in server['intervals'])


# ------------------------------------------------------------------------------ every capture

MOST_INTERVALS = 10_000_000


def fitting(widths, capture):
    """These widths, or where the capture is too long for them, ones of which it has fewer than the most intervals."""
    whole = support.json_report(capture)['capture']
    if whole['first_time'] is None:
        return widths
    first, last = (datetime.fromisoformat(whole[key][:19]) for key in ('first_time', 'last_time'))
    # A second for the fraction that was cut off
    shortest = Decimal(int((last - first).total_seconds()) + 2) * 1000 // MOST_INTERVALS / 1000 + Decimal('0.001')
    return [str(max(Decimal(width), shortest)) for width in widths]

@pytest.mark.wild
def test_sums_are_the_totals_however_rows_are_made(capture):
    groupings = ('endpoint', 'address', 'port')
    widths = fitting(('0.003', '1', '60'), capture)
    wanted = [f'format=json,interval={width},by={grouping}' for width, grouping in zip(widths, groupings)]
    *by_time, without = map(support.parse_json, support.reports(capture, [*wanted, 'format=json']))
    for document, width in zip(by_time, widths):
        assert document['capture']['interval'] == Decimal(width)
        assert_sums_are_totals(document)
    for server in by_time[0]['servers']:
        del server['intervals']
    assert by_time[0]['servers'] == without['servers']
    assert 'interval' not in without['capture']


def of_json(server, interval):
    """An interval of the document in the form of a line."""
    return {'type': 'interval', **{key: server[key] for key in ('server', 'address', 'port', 'service')}, **interval}


def test_json_ndjson_and_csv_have_the_same(capture):
    [width] = fitting(['0.02'], capture)
    document, lines, rows, text = support.reports(
        capture, [f'format={name},interval={width}' for name in ('json', 'ndjson', 'csv', 'text')])
    document, lines, rows = json.loads(document), list(map(json.loads, lines.splitlines())), support.parse_csv(rows)
    assert not list(DOCUMENT.iter_errors(document))
    for line in lines:
        assert not list(NDJSON_LINE.iter_errors(line))
    intervals = [line for line in lines if line['type'] == 'interval']
    assert [{key: value for key, value in line.items() if key not in ('time', 'width')} for line in intervals] == \
        [of_json(server, interval) for server in document['servers'] for interval in server['intervals']]
    assert_rows_are(rows, intervals)
    assert len(re.findall('payload +│', text)) == 2 * min(len(document['servers']), 20)


def assert_rows_are(rows, intervals):
    rows = [row for row in rows if row['server']]      # without servers a single row has the message
    assert len(rows) == len(intervals)
    for row, line in zip(rows, intervals):
        assert (row['server'], float(row['interval_start']), float(row['interval_width']), row['interval_time']) == \
            (line['server'], line['start'], line['width'], line['time'])
        for direction, prefix in support.DIRECTIONS.items():
            counters = {key: row[prefix + key] for key in ADDITIVE}
            assert {key: int(value) for key, value in counters.items() if value not in ('', '0')} == line[direction]


# ------------------------------------------------------------------------------ a second source

IO_ROW = re.compile(r'^\| +([\d.]+) <> +(?:[\d.]+|Dur) *\|([ \d|]*)\|', re.MULTILINE)


def io_statistics(capture, width, filters):
    """Frames and bytes of each filter in each interval, as Wireshark's own statistic counts them."""
    run = support.run_tshark('-q', '-z', f'io,stat,{width},{",".join(filters)}', '-r', capture)
    found = IO_ROW.findall(run.out)
    assert found, run.out
    for start, cells in found:
        numbers = [int(cell) for cell in cells.split('|') if cell.strip()]
        yield Decimal(start), list(zip(numbers[::2], numbers[1::2]))


@pytest.mark.parametrize('name', ['mixed', 'loss-before-capture', 'loss-after-capture', 'slow-server'])
@pytest.mark.parametrize('width', ['0.01', '0.1', '2'])
def test_frames_and_bytes_are_those_of_io_stat(captures, name, width):
    capture = captures / f'{name}.pcapng'
    # io,stat counts time from the first frame, and this statistic from the first segment
    assert support.frames(capture, 'frame.number == 1 && tcp') == 1
    document = support.json_report(capture, f'interval={width}')
    expected, found = {}, {}
    for server in document['servers']:
        ip = 'ipv6' if ':' in server['address'] else 'ip'
        to = f'{ip}.dst == {server["address"]} && tcp.dstport == {server["port"]}'
        back = f'{ip}.src == {server["address"]} && tcp.srcport == {server["port"]}'
        again = ' && tcp.analysis.retransmission'
        for start, cells in io_statistics(capture, width, [to, back, to + again, back + again]):
            (to_frames, to_bytes), (back_frames, back_bytes), (to_again, _), (back_again, _) = cells
            if to_frames + back_frames:
                expected[server['server'], start] = (to_frames, to_bytes, to_again, back_frames, back_bytes, back_again)
        for interval in server['intervals']:
            found[server['server'], interval['start']] = tuple(
                interval[direction].get(key, 0) for direction in support.DIRECTIONS
                for key in ('packet_count', 'byte_count', 'retransmissions'))
    assert found == expected


# ------------------------------------------------------------------------------ options

def test_selected_servers_alone_have_intervals():
    everything = {server['server']: server['intervals'] for server in
                  support.json_report(MIXED, 'interval=0.1')['servers']}
    for options in ('server=10.2.0.5', 'port=3306', 'top=2', 'sort=server'):
        document = support.json_report(MIXED, f'interval=0.1,{options}')
        assert document['servers']
        for server in document['servers']:
            assert server['intervals'] == everything[server['server']]


def test_interval_by_address_is_the_sum_of_its_servers():
    apart, together = (support.json_report(MIXED, f'interval=0.25{options}') for options in ('', ',by=address'))
    expected = Counter()
    for server in apart['servers']:
        for interval in server['intervals']:
            for direction in support.DIRECTIONS:
                for key, value in interval[direction].items():
                    expected[server['address'], interval['start'], direction, key] += value
    assert expected == Counter({(server['address'], interval['start'], direction, key): value
                                for server in together['servers'] for interval in server['intervals']
                                for direction in support.DIRECTIONS for key, value in interval[direction].items()})


def test_display_filter_limits_the_intervals():
    document = support.json_report(MIXED, 'interval=0.1,tcp.len > 0')
    assert_sums_are_totals(document)
    assert sum(server[direction]['packet_count'] for server in document['servers']
               for direction in support.DIRECTIONS) == support.frames(MIXED, 'tcp.len > 0')


def test_headers_and_two_passes_give_the_same_intervals():
    plain = support.report(MIXED, 'format=ndjson,interval=0.1')
    assert support.report(MIXED, 'format=ndjson,interval=0.1,headers') == plain
    assert support.report(MIXED, 'format=ndjson,interval=0.1', '-2') == plain


def test_connections_stay_as_they_are_beside_intervals():
    plain, beside = (support.report(MIXED, f'format=ndjson,connections{options}') for options in ('', ',interval=1'))
    assert ndjson(beside, 'connection') == ndjson(plain, 'connection')
    assert ndjson(beside)


def test_unknown_counters_are_left_out():
    document = support.json_report(MIXED, 'interval=0.5', '-o', 'tcp.analyze_sequence_numbers:FALSE')
    keys = {key for server in document['servers'] for interval in server['intervals']
            for direction in support.DIRECTIONS for key in interval[direction]}
    assert 'packet_count' in keys and not keys & {'goodput_bytes', 'retransmissions', 'out_of_order'}
    text = support.report(MIXED, 'interval=0.5', '-o', 'tcp.analyze_sequence_numbers:FALSE')
    assert 'payload  │' in text and 'retrans. │' not in text


def test_no_tcp_has_no_intervals(captures):
    document = support.json_report(captures / 'no-tcp.pcapng', 'interval=10')
    assert document['servers'] == [] and document['message'] == support.NO_TCP
    assert document['capture']['interval'] == 10


@pytest.mark.parametrize('options, characters', [('', set('▁▂▃▄▅▆▇█')), (',ascii', set('.:-=+*#@'))])
def test_text_shows_lines_of_payload_and_retransmissions(options, characters):
    text = support.report(MIXED, f'interval=0.05{options}')
    edge = '|' if options else '│'
    lines = re.findall(rf'^ .{{3,6}}(payload |retrans\.) *{re.escape(edge)}(.*){re.escape(edge)} \S', text, re.MULTILINE)
    assert [title.strip() for title, _ in lines] == ['payload', 'retrans.'] * (2 * len(support.json_report(MIXED)['servers']))
    used = set(''.join(drawn for _, drawn in lines)) - {' '}
    assert used and used <= characters
    assert len({len(drawn) for _, drawn in lines}) == 1
    assert max(map(len, text.splitlines())) <= 100
    if options:
        assert text.isascii()


# ------------------------------------------------------------------------------ times

def write_capture(path, times):
    """Segments of one connection at these times, in seconds."""
    link_type_raw_ip = 101
    with open(path, 'wb') as file:
        file.write(struct.pack('<IHHIIII', 0xa1b23c4d, 2, 4, 0, 0, 65535, link_type_raw_ip))
        for number, time in enumerate(times):
            packet = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 40, 0, 0, 64, 6, 0, b'\x0a\0\0\1', b'\x0a\0\0\2')
            packet += struct.pack('!HHIIBBHHH', 50000, 80, 1, number + 1, 0x50, 0x10, 1000, 0, 0)
            seconds = Decimal(time)
            file.write(struct.pack('<IIII', int(seconds), int(seconds % 1 * 10**9), 40, 40) + packet)
    return path


def starts(capture, width):
    [server] = support.json_report(capture, f'interval={width}')['servers']
    return {interval['start']: interval['client_to_server']['packet_count'] for interval in server['intervals']}


def test_segments_out_of_order_of_time_are_in_their_interval(tmp_path):
    capture = write_capture(tmp_path / 'c.pcap', ['100', '102.5', '101.999999999', '102', '105', '100.5'])
    assert starts(capture, '1') == {0: 2, 1: 1, 2: 2, 5: 1}


def test_starts_count_from_the_earliest_segment(tmp_path):
    capture = write_capture(tmp_path / 'c.pcap', ['100', '99.75', '100.25', '101'])
    assert starts(capture, '1') == {Decimal('-0.75'): 1, Decimal('0.25'): 2, Decimal('1.25'): 1}
    first, *_ = ndjson(support.report(capture, 'format=ndjson,interval=1'))
    assert first['time'] == '1970-01-01T00:01:39.000000000Z'


def test_long_silence_takes_no_intervals(tmp_path):
    capture = write_capture(tmp_path / 'c.pcap', ['100', '9999.9'])
    assert starts(capture, '0.001') == {0: 1, Decimal('9899.9'): 1}


# ------------------------------------------------------------------------------ too many

@pytest.fixture
def long_capture(tmp_path):
    return write_capture(tmp_path / 'long.pcap', ['100', '10100', '10101'])


@pytest.mark.parametrize('name', support.FORMATS)
def test_too_many_intervals_are_an_error_without_a_result(long_capture, name):
    run = support.run_tshark('-q', '-z', f'tcp,asymmetry,interval=0.001,format={name}', '-r', long_capture)
    assert run.status == 2 and run.out == ''
    assert re.fullmatch(r'tshark: -z tcp,asymmetry: .*more than 10 million intervals of 1\.00 ms.*\n', run.err)


def test_too_many_intervals_leave_an_old_file_and_other_statistics(long_capture, tmp_path):
    old = tmp_path / 'old.json'
    old.write_text('old\n')
    run = support.run_tshark('-q', '-z', f'tcp,asymmetry,interval=0.001,format=json,output={old}', '-z', 'tcp,asymmetry',
                             '-r', long_capture)
    assert run.status == 2 and 'intervals' in run.err
    assert run.out == support.report(long_capture)
    assert old.read_text() == 'old\n'
    assert [path.name for path in tmp_path.iterdir() if 'json' in path.name] == ['old.json']


def test_ten_million_intervals_are_not_too_many(tmp_path):
    capture = write_capture(tmp_path / 'c.pcap', ['100', '10099.999'])
    assert starts(capture, '0.001') == {0: 1, Decimal('9999.999'): 1}


# ------------------------------------------------------------------------------ live

class LiveCapture:
    """tshark on the loopback interface of a namespace, whose lines appear in a file."""

    def __init__(self, namespace, folder, options, *arguments):
        self.out = folder / 'out'
        with open(self.out, 'wb') as out:
            self.process = subprocess.Popen(
                [*namespace, 'tshark', '-q', '-i', 'lo', '-f', 'tcp', *arguments, '-z', f'tcp,asymmetry,{options}'],
                stdout=out, stderr=subprocess.PIPE, env=support.tshark_environment())

    def lines(self):
        complete, _, _ = self.out.read_text().rpartition('\n')
        return list(map(support.parse_json, complete.splitlines()))

    def drive(self, connect, enough):
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

    def end(self):
        self.process.send_signal(signal.SIGINT)
        _, err = self.process.communicate(timeout=support.TIMEOUT_S)
        assert self.process.returncode == 0, err
        return self.lines()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()


def test_live_capture_prints_each_interval_when_it_is_over(namespace, connect, tmp_path):
    with LiveCapture(namespace, tmp_path, 'format=ndjson,interval=0.4') as live:
        live.drive(connect, lambda: len(live.lines()) >= 3)
        before = live.lines()
        after = live.end()
    assert after[:len(before)] == before
    provisional = [line for line in after if line.get('provisional')]
    final = [line for line in after if line['type'] == 'interval' and 'provisional' not in line]
    for line in after:
        assert not list(NDJSON_LINE.iter_errors(json.loads(json.dumps(line, default=float))))
    assert before == provisional[:len(before)]
    starts_of = [line['start'] for line in provisional]
    assert starts_of == sorted(set(starts_of))
    # On one path, in order: what was said of an interval when it was over stays true
    assert [{key: value for key, value in line.items() if key != 'provisional'} for line in provisional] == \
        final[:len(provisional)]
    [server] = [line for line in after if line['type'] == 'server']
    assert sums({'intervals': final}) == totals(server)


@pytest.mark.parametrize('options', ['format=json,interval=0.2', 'interval=0.2', 'format=ndjson'])
def test_other_live_captures_print_nothing_before_their_end(namespace, connect, tmp_path, options):
    file = tmp_path / 'r.pcapng'
    with LiveCapture(namespace, tmp_path, options, '-w', file) as live:
        live.drive(connect, lambda: file.exists() and file.stat().st_size > 100_000)
        assert live.out.read_text() == ''


def test_live_capture_to_a_file_writes_it_in_one_go(namespace, connect, tmp_path):
    target, file = tmp_path / 'report.ndjson', tmp_path / 'r.pcapng'
    with LiveCapture(namespace, tmp_path, f'format=ndjson,interval=0.2,output={target}', '-w', file) as live:
        live.drive(connect, lambda: file.exists() and file.stat().st_size > 100_000)
        assert not target.exists()
        assert live.end() == []
    assert ndjson(target.read_text()) and 'provisional' not in target.read_text()


@pytest.mark.parametrize('arguments', [['-qr', MIXED], [f'-qr{MIXED}'], ['-q', '--read-file', MIXED],
                                       ['-q', f'--read-file={MIXED}'], ['-q', '-2', '-r', MIXED]],
                         ids=['-qr FILE', '-qrFILE', '--read-file FILE', '--read-file=FILE', '-2'])
def test_file_has_no_provisional_lines_however_it_is_named(arguments):
    run = support.run_tshark(*arguments, '-z', 'tcp,asymmetry,format=ndjson,interval=0.1')
    if 'unrecognized option' in run.err:
        pytest.skip('this tshark has no --read-file, though its help says so')
    assert run.status == 0 and ndjson(run.out)
    assert 'provisional' not in run.out


def test_standard_input_has_no_provisional_lines():
    out = support.report('-', 'format=ndjson,interval=0.1', stdin=MIXED.read_bytes())
    assert out == support.report(MIXED, 'format=ndjson,interval=0.1')
