"""many/run: a folder of captures becomes NDJSON and sums per server, which a second source confirms."""

import collections
import csv
import fcntl
import functools
import gzip
import json
import os
import re
import shlex
import shutil
import sqlite3
import subprocess

import pytest

import support

MANY = support.REPOSITORY / 'many'
MIXED = support.CAPTURES / 'mixed.pcapng'
SAMPLES = ('mixed', 'download', 'upload', 'loss-before-capture', 'reset-by-server', 'one-direction', 'refused', 'no-tcp')
NEVER_RUN = 2


def many(*arguments, env=None, cwd=None):
    done = subprocess.run([MANY / 'run', *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True,
                          env=support.tshark_environment(env), cwd=cwd, timeout=2 * support.TIMEOUT_S)
    return support.Run(done.returncode, done.stdout.decode(errors='surrogateescape'),
                       support.without_root_warning(done.stderr.decode(errors='replace')))


def good(*arguments, **keywords):
    run = many(*arguments, **keywords)
    assert run.status == 0, run.err
    return run


def rows_of(path):
    with open(path, newline='', encoding='utf-8') as file:
        return list(csv.DictReader(file, strict=True))


def servers_of(result):
    return {(row['address'], row['port']): row for row in rows_of(result / 'servers.csv')}


def files_below(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob('*') if path.is_file()}


SUMS = {'servers.csv', 'findings.csv', 'many.sqlite'}


@pytest.fixture
def result(tmp_path):
    return tmp_path / 'result'


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / 'captures'
    made.mkdir()
    return made


# ------------------------------------------------------------------------------ sums

@pytest.fixture(scope='module')
def sums(tmp_path_factory):
    """(captures, result folder, run) of a run over sample captures with many servers in common."""
    top = tmp_path_factory.mktemp('sums')
    (top / 'captures').mkdir()
    captures = [shutil.copy(support.CAPTURES / f'{name}.pcapng', top / 'captures') for name in SAMPLES]
    return captures, top / 'result', good(top / 'captures', top / 'result')


def ndjson_of(result, kind):
    lines = [json.loads(line) for path in sorted(result.glob('*.ndjson')) for line in path.read_text().splitlines()]
    return [line for line in lines if line['type'] == kind]


def test_sums_are_those_of_display_filters(sums):
    captures, result, _ = sums
    names = ('ip.src', 'ipv6.src', 'tcp.srcport', 'ip.dst', 'ipv6.dst', 'tcp.dstport',
             'frame.len', 'tcp.len', 'tcp.flags.reset', 'tcp.analysis.retransmission')
    servers = servers_of(result)
    expected = collections.defaultdict(collections.Counter)
    for capture in captures:
        for src, src6, srcport, dst, dst6, dstport, length, payload, reset, again in support.fields(
                capture, 'tcp && !icmp', *names):
            to_server = (dst or dst6, dstport) in servers
            server, side = ((dst or dst6, dstport), 'c2s_') if to_server else ((src or src6, srcport), 's2c_')
            expected[server].update({f'{side}packet_count': 1, f'{side}byte_count': int(length),
                                     f'{side}payload_bytes': int(payload), f'{side}rst_count': int(reset in ('1', 'True')),
                                     f'{side}retransmissions': int(bool(again))})
    assert expected.keys() == servers.keys()
    for server, counters in expected.items():
        assert {key: int(servers[server][key]) for key in counters} == counters
    # Otherwise nothing would have been added up
    assert max(int(row['captures']) for row in servers.values()) > 1
    assert sum(counters['c2s_retransmissions'] + counters['s2c_retransmissions'] for counters in expected.values()) > 0


def numbers_of(line):
    """The additive cells of a server's NDJSON, by the names of the CSV."""
    cells = collections.Counter(connections=line['connections'], one_way_connections=line['one_way_connections'],
                                handshake_rtt_ms_samples=line['handshake_rtt_ms']['samples'], captures=1)
    cells.update({f'role_evidence_{key}': value for key, value in line['role_evidence'].items()})
    for direction, prefix in support.DIRECTIONS.items():
        cells.update({prefix + key: value for key, value in line[direction].items() if 'ttl' not in key})
    for which, value in line['turnaround_ms'].items():
        cells[f'turnaround_ms_{which}_samples'] = value['samples']
    return cells


def by_server(lines):
    grouped = collections.defaultdict(list)
    for line in lines:
        grouped[line['address'], str(line['port'])].append(line)
    return grouped


def test_every_counter_is_the_sum_of_the_ndjson(sums):
    _, result, _ = sums
    servers = servers_of(result)
    grouped = by_server(ndjson_of(result, 'server'))
    assert grouped.keys() == servers.keys()
    for server, lines in grouped.items():
        expected = functools.reduce(lambda a, b: a + b, map(numbers_of, lines))
        assert {key: int(servers[server][key]) for key in expected} == expected


def extremes(values, choose):
    known = [value for value in values if value is not None]
    return choose(known) if known else None


def test_times_and_ttls_are_the_smallest_and_the_largest(sums):
    _, result, _ = sums
    servers = servers_of(result)
    for server, lines in by_server(ndjson_of(result, 'server')).items():
        row = servers[server]
        assert row['first_time'] == min(line['first_time'] for line in lines)
        assert row['last_time'] == max(line['last_time'] for line in lines)
        for direction, prefix in support.DIRECTIONS.items():
            for key, choose in (('ttl_min', min), ('ttl_max', max), ('rst_ttl_min', min), ('rst_ttl_max', max)):
                expected = extremes([line[direction][key] for line in lines], choose)
                assert row[prefix + key] == ('' if expected is None else str(expected))
        longest = extremes([line['turnaround_ms']['server_response']['max'] for line in lines], max)
        assert row['turnaround_ms_server_response_max'] == '' if longest is None else \
            float(row['turnaround_ms_server_response_max']) == longest


def test_ratios_come_from_the_sums(sums):
    _, result, _ = sums
    for row in servers_of(result).values():
        c2s, s2c = int(row['c2s_packet_count']), int(row['s2c_packet_count'])
        assert row['asymmetry_ratio'] == '' if not s2c else float(row['asymmetry_ratio']) == pytest.approx(c2s / s2c)
        sent, got = int(row['c2s_payload_bytes']), int(row['s2c_payload_bytes'])
        assert row['pcr'] == '' if not sent + got else float(row['pcr']) == pytest.approx((sent - got) / (sent + got))
        percent = 100 * int(row['c2s_retransmissions']) / c2s
        assert float(row['c2s_retransmission_percent']) == pytest.approx(percent)


def test_one_capture_gives_the_plugin_s_own_words(folder, result):
    """The same definitions, written once in C and once in SQL."""
    good(MIXED, result)
    servers = servers_of(result)
    for line in ndjson_of(result, 'server'):
        row = servers[line['address'], str(line['port'])]
        for key in ('data_flow_direction', 'payload_direction', 'primary_rst_source'):
            assert row[key] == (line['analysis'][key] or '')
        for key in ('pcr', 'asymmetry_ratio'):
            expected = line['analysis'][key]
            assert row[key] == '' if expected is None else float(row[key]) == pytest.approx(expected)


def test_nothing_that_cannot_be_summed_is_there(sums):
    _, result, _ = sums
    assert [key for key in rows_of(result / 'servers.csv')[0] if 'median' in key or key.endswith('_side')] == []


def test_findings_are_counted_by_capture_and_connection(sums):
    _, result, _ = sums
    captures, connections = collections.defaultdict(set), collections.Counter()
    for path in result.glob('*.ndjson'):
        for line in map(json.loads, path.read_text().splitlines()):
            for finding in line.get('findings', []):
                key = line['server'], finding['id'], finding.get('by') or finding.get('direction') or ''
                captures[key].add(path)
                connections[key] += finding['connections']
    found = {(row['server'], row['id'], row['side']): (int(row['captures']), int(row['connections']))
             for row in rows_of(result / 'findings.csv')}
    assert found == {key: (len(captures[key]), connections[key]) for key in captures}
    assert found


def test_the_table_is_sorted_by_bytes_and_names_each_server(sums):
    _, result, run = sums
    largest_first = sorted(rows_of(result / 'servers.csv'), reverse=True,
                           key=lambda row: int(row['c2s_byte_count']) + int(row['s2c_byte_count']))
    printed = [line.split() for line in run.out.splitlines() if re.match(r'\S+:\d+ ', line)]
    assert [row[0] for row in printed] == [row['server'] for row in largest_first]
    assert [row[3:5] for row in printed] == [[row['c2s_byte_count'], row['s2c_byte_count']] for row in largest_first]
    assert support.NO_TCP in run.out


def test_sums_have_64_bits():
    database = loaded([server_line(c2s={'byte_count': 2 ** 40, 'payload_bytes': 2 ** 40})] * 3)
    assert database.execute('SELECT c2s_byte_count, c2s_payload_bytes FROM servers').fetchone() == \
        (3 * 2 ** 40, 3 * 2 ** 40)


# ------------------------------------------------------------------------------ the SQL by itself

def server_line(c2s=None, s2c=None):
    """A server's line of NDJSON, as the plugin writes it, with these counters changed."""
    line = json.loads(support.report(support.CAPTURES / 'upload.pcapng', 'format=ndjson').splitlines()[0])
    line['client_to_server'].update(c2s or {})
    line['server_to_client'].update(s2c or {})
    return json.dumps(line)


def loaded(lines):
    """A database with these lines, each from a capture of its own."""
    database = sqlite3.connect(':memory:')
    database.execute('CREATE TEMP TABLE lines (capture TEXT, line TEXT)')
    database.executemany('INSERT INTO lines VALUES (?, ?)', [(str(number), line) for number, line in enumerate(lines)])
    for name in ('sqlite.sql', 'load.sql', 'sums.sql'):
        database.executescript((MANY / name).read_text())
    return database


ANALYSED = {'c2s': {'retransmissions': 5, 'packet_count': 100}, 's2c': {}}
UNKNOWN = {'c2s': {'retransmissions': None, 'packet_count': 900}, 's2c': {'retransmissions': None}}


@pytest.mark.parametrize('parts, expected', [
    ([ANALYSED, ANALYSED], (10, 5.0, 0)),
    ([ANALYSED, UNKNOWN], (5, 5.0, 1)),
    ([UNKNOWN, UNKNOWN], (None, None, 2)),
], ids=['in all', 'in one', 'in none'])
def test_retransmissions_are_unknown_only_where_no_capture_was_analysed(parts, expected):
    database = loaded([server_line(**part) for part in parts])
    assert database.execute('SELECT c2s_retransmissions, c2s_retransmission_percent, no_analysis FROM servers'
                            ).fetchone() == expected


def test_without_sequence_analysis_the_table_has_no_retransmissions(result, tmp_path):
    (tmp_path / 'preferences').write_text('tcp.analyze_sequence_numbers: FALSE\n')
    run = good(support.CAPTURES / 'upload.pcapng', result, env={'WIRESHARK_CONFIG_DIR': str(tmp_path)})
    row, = rows_of(result / 'servers.csv')
    assert row['c2s_retransmissions'] == row['c2s_retransmission_percent'] == ''
    assert row['no_analysis'] == '1'
    assert 'tcp.analyze_sequence_numbers' in run.out


COMMON_FUNCTIONS = {'CAST', 'COALESCE', 'COUNT', 'MAX', 'MIN', 'NULLIF', 'SUM'}


@pytest.mark.parametrize('name, functions', [('load.sql', COMMON_FUNCTIONS | {'json_extract'}), ('sums.sql', COMMON_FUNCTIONS)])
def test_sql_uses_only_what_the_four_engines_share(name, functions):
    statements = re.sub(r'--.*', '', (MANY / name).read_text())
    assert set(re.findall(r'(\w+)\(', statements)) <= functions
    assert '||' not in statements and '->' not in statements


def test_no_sum_uses_a_column_that_another_column_of_it_is_named_after():
    """ClickHouse would take the second use for the sum, and a sum of sums is an error there."""
    totals = re.search(r'CREATE VIEW server_totals AS(.*?)FROM', re.sub(r'--.*', '', (MANY / 'sums.sql').read_text()), re.S)
    used = collections.Counter(re.findall(r'\((?:DISTINCT )?(\w+)\)', totals[1]))
    assert {name: count for name, count in used.items() if count > 1} == {}


# ------------------------------------------------------------------------------ captures that fail

def test_a_broken_capture_is_named_and_the_others_complete(folder, result):
    shutil.copy(MIXED, folder)
    (folder / 'noise.pcap').write_bytes(bytes(range(256)) * 20)
    (folder / 'empty.pcap').write_bytes(b'')
    (folder / 'half.pcapng').write_bytes((support.CAPTURES / 'download.pcapng').read_bytes()[:9000])
    run = many(folder, folder / 'gone.pcap', result)
    assert run.status == 1
    for name in ('noise.pcap', 'empty.pcap', 'half.pcapng', 'gone.pcap'):
        assert name in run.err
    assert 'mixed.pcapng' not in run.err
    # What could be read of the half is in the sums, what could not is told beside the rows
    assert {path for path in files_below(result) if not path.endswith('.done')} == SUMS | {
        'joblog', 'mixed.pcapng.ndjson', 'noise.pcap.err', 'half.pcapng.ndjson', 'half.pcapng.err'}
    assert ('10.2.0.5', '80') in servers_of(result) and ('10.2.0.7', '3306') in servers_of(result)
    with sqlite3.connect(result / 'many.sqlite') as database:
        assert dict(database.execute('SELECT capture, state FROM captures')) == {
            'mixed.pcapng': 'complete', 'noise.pcap': 'failed', 'half.pcapng': 'incomplete'}


def test_a_capture_that_breaks_leaves_no_rows_of_before(folder, result):
    shutil.copy(MIXED, folder)
    good(folder, result)
    (folder / 'mixed.pcapng').write_bytes(bytes(range(256)) * 20)
    assert many(folder, result).status == 1
    assert rows_of(result / 'servers.csv') == []


def test_a_folder_without_captures_is_an_error(folder, result):
    (folder / 'notes.txt').write_text('none here')
    run = many(folder, result)
    assert run.status == NEVER_RUN and 'no captures' in run.err and run.out == ''


@pytest.mark.parametrize('arguments, part', [
    ([], 'many/run -h'), ([MIXED], 'many/run -h'), (['--sequences', MIXED, 'result'], '--sequences'),
    (['-j', '0', MIXED, 'result'], '"0"'), (['-j', 'all', MIXED, 'result'], '"all"')])
def test_a_wrong_command_line_is_an_error(arguments, part, tmp_path):
    run = many(*arguments, cwd=tmp_path)
    assert run.status == NEVER_RUN and part in run.err and run.out == ''
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize('program, package, arguments', [
    ('tshark', 'tshark', []), ('parallel', 'parallel', []), ('sqlite3', 'sqlite3', []),
    ('mergecap', 'wireshark-common', ['--sequence'])])
def test_a_missing_program_is_named_with_its_package(program, package, arguments, tmp_path, result):
    programs = tmp_path / 'bin'
    programs.mkdir()
    for path in ('/bin', '/usr/bin'):
        for name in set(os.listdir(path)) - {program, *os.listdir(programs)}:
            (programs / name).symlink_to(f'{path}/{name}')
    run = many(*arguments, MIXED, result, env={'PATH': str(programs)})
    assert run.status == NEVER_RUN
    assert f'{program} is missing' in run.err and package in run.err


def test_help_names_each_option():
    run = good('--help')
    for option in ('-j', '--headers', '--sequence'):
        assert option in run.out


# ------------------------------------------------------------------------------ names

NAMES = ['a b.pcap', "it's.pcap", 'say "hi".pcap', 'x,y=z.pcap', 'new\nline.pcap', '-q.pcap', 'back\\slash.pcap',
         '$HOME `id` ;&|*?.pcap', 'umlaut-ä.PCAPNG', 'ring.pcap12', 'sub/a b.pcap', "it's, sub/deep/a b.pcap"]


def test_any_name_will_do(folder, result):
    for name in NAMES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(support.CAPTURES / 'refused.pcapng', folder / name)
    (folder / 'packed.pcap.gz').write_bytes(gzip.compress((support.CAPTURES / 'refused.pcapng').read_bytes()))
    (folder / 'notes.txt').write_text('no capture')
    good(folder, result)
    names = NAMES + ['packed.pcap.gz']
    assert files_below(result) == SUMS | {'joblog'} | {f'{name}.{suffix}' for name in names for suffix in ('ndjson', 'done')}
    row, = rows_of(result / 'servers.csv')
    assert int(row['captures']) == len(names)
    assert int(row['connections']) == 3 * len(names)
    with sqlite3.connect(result / 'many.sqlite') as database:
        assert {name for name, in database.execute('SELECT capture FROM captures')} == set(names)
    assert '0 to do' in good(folder, result).err


def test_files_of_the_same_name_in_two_folders_stay_apart(tmp_path):
    for name in ('one', 'two'):
        (tmp_path / name).mkdir()
        shutil.copy(support.CAPTURES / 'refused.pcapng', tmp_path / name / 'a.pcap')
    good('one/a.pcap', '../' + tmp_path.name + '/two', 'one', 'result', cwd=tmp_path)
    assert {'one/a.pcap.ndjson', 'two/a.pcap.ndjson'} <= files_below(tmp_path / 'result')
    assert rows_of(tmp_path / 'result/servers.csv')[0]['captures'] == '2'


# ------------------------------------------------------------------------------ again

def times_of(result):
    return {path.name: path.stat().st_mtime_ns for path in result.glob('*.ndjson')}


def test_a_second_run_does_only_what_has_changed(folder, result):
    for name in ('download', 'upload', 'refused', 'balanced'):
        shutil.copy(support.CAPTURES / f'{name}.pcapng', folder)
    first_run, first_sums = good(folder, result), rows_of(result / 'servers.csv')
    first = times_of(result)

    again = good(folder, result)
    assert times_of(result) == first
    assert again.out == first_run.out and rows_of(result / 'servers.csv') == first_sums
    assert '4 of 4 done before' in again.err

    # Newer; of another size and as old; interrupted before it was done; gone
    os.utime(folder / 'download.pcapng')
    old = (folder / 'upload.pcapng').stat()
    shutil.copy(support.CAPTURES / 'balanced.pcapng', folder / 'upload.pcapng')
    os.utime(folder / 'upload.pcapng', ns=(old.st_atime_ns, old.st_mtime_ns))
    (result / 'refused.pcapng.done').unlink()
    good(folder, result)
    redone = {name for name, time in times_of(result).items() if time != first[name]}
    assert redone == {'download.pcapng.ndjson', 'upload.pcapng.ndjson', 'refused.pcapng.ndjson'}

    (folder / 'refused.pcapng').unlink()
    good(folder, result)
    assert ('10.2.0.5', '8080') not in servers_of(result)


def test_other_options_are_other_rows(folder, result):
    shutil.copy(MIXED, folder)
    good(folder, result)
    first, sums = times_of(result), rows_of(result / 'servers.csv')
    good('--headers', folder, result)
    assert times_of(result) != first
    assert rows_of(result / 'servers.csv') == sums


def test_what_an_interrupted_run_was_at_is_taken_away(folder, result):
    shutil.copy(MIXED, folder)
    (result / 'sub/.many-abcdef').mkdir(parents=True)
    (result / 'sub/.many-abcdef/rows').write_text('{"type":"ser')
    good(folder, result)
    assert files_below(result) == SUMS | {'joblog', 'mixed.pcapng.ndjson', 'mixed.pcapng.done'}


def test_two_runs_do_not_write_to_one_folder(result):
    result.mkdir()
    held = os.open(result, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    run = many(MIXED, result)
    os.close(held)
    assert run.status == NEVER_RUN and 'another many/run' in run.err and list(result.iterdir()) == []


def test_progress_is_shown_on_a_terminal_and_only_there(folder, result):
    shutil.copy(MIXED, folder)
    command = shlex.join(map(str, [MANY / 'run', folder, result]))
    done = subprocess.run(['script', '-qec', command, '/dev/null'], stdin=subprocess.DEVNULL, capture_output=True,
                          env=support.tshark_environment(), timeout=support.TIMEOUT_S, check=True)
    assert b'100%' in done.stdout
    os.utime(folder / 'mixed.pcapng')
    assert '%' not in good(folder, result).err


# ------------------------------------------------------------------------------ sequences

@pytest.fixture
def rotated(folder):
    """A capture as dumpcap -b leaves it: in files of 60 frames."""
    subprocess.run(['editcap', '-c', '60', MIXED, folder / 'ring.pcapng'], check=True, timeout=support.TIMEOUT_S)
    assert len(list(folder.iterdir())) > 3
    return folder


def connections_of(result):
    return sum(int(row['connections']) for row in rows_of(result / 'servers.csv'))


def test_a_sequence_gives_what_the_whole_gives(rotated, tmp_path):
    good('--sequence', rotated, tmp_path / 'joined')
    good(rotated, tmp_path / 'apart')
    good(MIXED, tmp_path / 'whole')
    assert rows_of(tmp_path / 'joined/servers.csv') == rows_of(tmp_path / 'whole/servers.csv')
    assert rows_of(tmp_path / 'joined/findings.csv') == rows_of(tmp_path / 'whole/findings.csv')
    assert connections_of(tmp_path / 'apart') > connections_of(tmp_path / 'whole')
    # No merged capture is left behind
    assert files_below(tmp_path / 'joined') == SUMS | {'sequence.ndjson', 'sequence.done'}


def test_a_sequence_is_done_again_when_a_file_is_added(rotated, result):
    *files, last = sorted(rotated.iterdir())
    good('--sequence', *files, result)
    assert '1 of 1 done before' in good('--sequence', *files, result).err
    fewer = connections_of(result)
    assert '1 to do' in good('--sequence', *files, last, result).err
    assert connections_of(result) >= fewer
    assert sum(int(row['c2s_packet_count']) + int(row['s2c_packet_count']) for row in rows_of(result / 'servers.csv')) == \
        support.frames(MIXED, 'tcp')


def test_a_sequence_goes_on_behind_a_broken_file(rotated, result):
    second = sorted(rotated.iterdir())[1]
    second.write_bytes(second.read_bytes()[:4000])
    (rotated / 'noise.pcap').write_bytes(bytes(range(256)) * 20)
    run = many('--sequence', rotated, result)
    assert run.status == 1
    assert second.name in run.err and 'noise.pcap' in run.err
    whole = json.loads(support.report(MIXED, 'format=json'))['capture']
    assert max(row['last_time'] for row in rows_of(result / 'servers.csv')) == whole['last_time']
    assert files_below(result) == SUMS | {'sequence.ndjson', 'sequence.err'}


# ------------------------------------------------------------------------------ Spark's pipe

def test_pipe_prints_the_rows_with_their_captures():
    paths = [str(support.CAPTURES / f'{name}.pcapng') for name in ('download', 'refused')]
    done = subprocess.run([MANY / 'pipe'], input='\n'.join(paths) + '\n', text=True, capture_output=True, check=True,
                          env=support.tshark_environment(), timeout=support.TIMEOUT_S)
    expected = [f'{path}\t{line}' for path in paths for line in support.report(path, 'format=ndjson').splitlines()]
    assert done.stdout.splitlines() == expected


def test_pipe_fails_if_a_capture_does():
    done = subprocess.run([MANY / 'pipe'], input=f'/nonexistent.pcap\n{MIXED}\n', text=True, capture_output=True,
                          env=support.tshark_environment(), timeout=support.TIMEOUT_S, check=False)
    assert done.returncode == 1 and '/nonexistent.pcap' in done.stderr and '10.2.0.5:443' in done.stdout
