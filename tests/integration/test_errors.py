"""Bad input gets a clear error, and nothing is lost."""

import csv
import io
import json
import os
import resource
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

import support

OLD_TEXT = 'the report of yesterday\n'

# options: what the message must name
BAD_OPTIONS = {
    # an unknown option, with the nearest right one
    'conections': ['"conections"', 'did you mean "connections"'],
    'fromat=json': ['"fromat"', 'did you mean "format"'],
    'servers=10.2.0.5': ['"servers"', 'did you mean "server"'],
    'Ascii': ['"Ascii"', 'did you mean "ascii"'],
    'port=80,sotr=pcr': ['"sotr"', 'did you mean "sort"'],
    'nothing-like-it': ['"nothing-like-it"', 'tcp,asymmetry,help'],
    # addresses
    'server=10.0.0.300': ['"10.0.0.300"', 'server=10.0.0.5'],
    'server=10.0.0': ['"10.0.0"', 'server=10.0.0.5'],
    'server=www.example.com': ['"www.example.com"', 'server=10.0.0.5'],
    'server=[2001:db8::5': ['"[2001:db8::5"', 'server=[2001:db8::1]:443'],
    'server=[2001:db8::5]443': ['"[2001:db8::5]443"', 'server=[2001:db8::1]:443'],
    # prefixes
    'server=10.0.0.0/33': ['"/33"', '"10.0.0.0/33"', '0 to 32'],
    'server=10.0.0.0/x': ['"/x"', '0 to 32'],
    'server=10.0.0.0/': ['"10.0.0.0/"', '0 to 32'],
    'server=2001:db8::/129': ['"/129"', '0 to 128'],
    # ports
    'server=10.0.0.5:0': ['"0"', '"10.0.0.5:0"', '1 to 65535'],
    'server=10.0.0.5:65536': ['"65536"', '1 to 65535'],
    'server=10.0.0.5:https': ['"https"', '1 to 65535'],
    'server=10.0.0.5:': ['"10.0.0.5:"', '1 to 65535'],
    'port=0': ['"0"', '1 to 65535'],
    'port=65536': ['"65536"', '1 to 65535'],
    'port=https': ['"https"', 'port=443'],
    'port=-80': ['"-80"', 'port=443'],
    'port=8e1': ['"8e1"', 'port=443'],
    # ranges
    'port=90-80': ['"90-80"', 'port=80-90'],
    'port=80-': ['"80-"', 'port=8000-8999'],
    'port=80-90-100': ['"80-90-100"', 'port=8000-8999'],
    'port=80-65536': ['"80-65536"', '1 to 65535'],
    # top
    'top=0': ['"0"', 'top=10'],
    'top=-1': ['"-1"', 'top=10'],
    'top=many': ['"many"', 'top=10'],
    'top=99999999999999999999': ['"99999999999999999999"', 'top=10'],
    # intervals
    'interval=0': ['"0"', 'interval=10', '0.001 to 86400'],
    'interval=-1': ['"-1"', 'interval=10'],
    'interval=ten': ['"ten"', 'interval=0.5'],
    'interval=10s': ['"10s"', 'seconds'],
    'interval=1e3': ['"1e3"', 'seconds', 'digits and at most nine decimals'],
    'interval=.': ['"."', 'digits and at most nine decimals'],
    'interval=1.0000000001': ['at most nine decimals'],
    'interval=86401': ['"86401"', '0.001 to 86400'],
    'interval=0.0001': ['"0.0001"', '0.001 to 86400'],
    'format=csv,connections,interval=1': ['format=csv', 'connections', 'interval'],
    # choices
    'by=host': ['by=host', 'endpoint, address or port'],
    'format=xml': ['format=xml', 'text, json, ndjson, csv or html'],
    'sort=byte': ['sort=byte', 'bytes, packets, connections, retransmissions, resets, one_way, pcr or server'],
    # findings
    'fail=warning': ['"warning"', 'chat, note, warn or error', 'did you mean fail=warn?'],
    'fail=error,fail=conection_refused': ['"conection_refused"', 'did you mean fail=connection_refused?'],
    'fail=WARN': ['"WARN"', 'did you mean fail=warn?'],
    'fail=loss': ['fail=loss_client_to_server, fail=loss_server_to_client or fail=capture_loss?'],
    'fail=slow': ['did you mean fail=slow_handshake, fail=slow_server or fail=slow_client?'],
    'fail=reset': ['did you mean fail=reset_by_server, fail=reset_by_client or fail=reset_after_close?'],
    'fail=foo': ['"foo" is neither a severity (chat, note, warn or error) nor the id of a finding, such as'],
    'fail=Error': ['"Error"', 'did you mean fail=error?'],
    # empty values
    'fail=': ['fail', 'the id of a finding'],
    'server=': ['server', 'ADDR'],
    'port=': ['port', 'N or N-M'],
    'by=': ['by', 'endpoint, address or port'],
    'format=': ['format', 'text, json, ndjson, csv or html'],
    'output=': ['output', 'FILE'],
    'sort=': ['sort', 'bytes'],
    'top=': ['top', 'N'],
    'label=': ['label', 'TEXT'],
    'format': ['format', 'format='],
    # a value where there is none
    'connections=yes': ['connections', 'no value'],
    'ascii=1': ['ascii', 'no value'],
    'help=sort': ['help', 'no value'],
    # twice
    'by=port,by=port': ['by', 'twice'],
    'format=json,format=csv': ['format', 'twice'],
    'output=a,output=b': ['output', 'twice'],
    'connections,connections': ['connections', 'twice'],
    'sort=pcr,top=3,sort=bytes': ['sort', 'twice'],
    'top=1,top=2': ['top', 'twice'],
    'label=a,label=b': ['label', 'twice'],
    'ascii,ascii': ['ascii', 'twice'],
    # filters
    'tcp.port ==': ['"tcp.port =="'],
    'tcp.port == eighty': ['eighty'],
    'no.such.field == 1': ['no.such.field'],
    'format=json,tcp.port == 80 and': ['"tcp.port == 80 and"'],
    # an option after the filter
    'tcp.port == 80,format=json': ['"format"', 'before the display filter'],
    'tcp.port in {80,443},connections': ['"connections"', 'before the display filter'],
}


def assert_refused(run, *parts):
    assert run.status != 0
    assert run.out == ''
    for part in parts:
        assert part in run.err


@pytest.mark.parametrize('options', BAD_OPTIONS)
def test_bad_option_is_named_with_what_is_right(tshark, captures, options):
    run = tshark('-q', '-z', support.statistic(options), '-r', captures / 'download.pcapng')
    assert_refused(run, 'tcp,asymmetry', *BAD_OPTIONS[options])


def test_name_that_only_begins_like_the_statistic_is_refused(tshark, captures):
    run = tshark('-q', '-z', 'tcp,asymmetryx', '-r', captures / 'download.pcapng')
    assert_refused(run, '"tcp,asymmetryx"')


def test_bad_option_of_a_second_statistic_prints_nothing_of_the_first(tshark, captures):
    run = tshark('-q', '-z', 'tcp,asymmetry', '-z', 'tcp,asymmetry,top=0', '-r', captures / 'download.pcapng')
    assert_refused(run, '"0"')


# ------------------------------------------------------------------------------ output=FILE

@pytest.fixture
def old_file(tmp_path):
    """An existing file, alone in its folder."""
    folder = tmp_path / 'out'
    folder.mkdir()
    path = folder / 'report'
    path.write_text(OLD_TEXT)
    return path


def assert_untouched(path):
    assert path.read_text() == OLD_TEXT
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_output_in_a_missing_folder_is_refused(tshark, captures, tmp_path):
    path = tmp_path / 'missing' / 'report'
    run = tshark('-q', '-z', f'tcp,asymmetry,output={path}', '-r', captures / 'download.pcapng')
    assert_refused(run, str(path), 'No such file or directory')


def test_output_below_a_file_is_refused(tshark, captures, old_file):
    run = tshark('-q', '-z', f'tcp,asymmetry,output={old_file}/report', '-r', captures / 'download.pcapng')
    assert_refused(run, str(old_file), 'Not a directory')
    assert_untouched(old_file)


def test_output_that_is_a_folder_is_refused(tshark, captures, tmp_path):
    run = tshark('-q', '-z', f'tcp,asymmetry,output={tmp_path}', '-r', captures / 'download.pcapng')
    assert_refused(run, str(tmp_path), 'Is a directory')
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize('other', ['{0}', '{0.parent}/../out/{0.name}', '{0.parent}/link'])
@pytest.mark.parametrize('exists', [True, False])
def test_two_statistics_do_not_write_to_one_file(tshark, captures, old_file, other, exists):
    (old_file.parent / 'link').symlink_to(old_file)
    if not exists:
        old_file.unlink()
    second = other.format(old_file)
    run = tshark('-q', '-z', f'tcp,asymmetry,output={old_file}', '-z', f'tcp,asymmetry,format=json,output={second}',
                 '-r', captures / 'download.pcapng')
    assert_refused(run, f'another -z of this run writes to "{second}" too')
    assert old_file.exists() == exists
    assert not exists or old_file.read_text() == OLD_TEXT


def test_two_statistics_write_to_files_and_devices_of_their_own(tshark, captures, tmp_path):
    one, other = tmp_path / 'one', tmp_path / 'other'
    outputs = one, other, '/dev/stdout', '/dev/stdout', '/dev/null', '/dev/null'
    statistics = [part for output in outputs for part in ('-z', f'tcp,asymmetry,output={output}')]
    run = tshark('-q', *statistics, '-r', captures / 'download.pcapng')
    assert (run.status, run.err) == (0, '')
    assert one.read_text() == other.read_text() != ''
    assert run.out == 2 * one.read_text()


@pytest.fixture
def foreign_folder():
    """A folder in which anybody may write, with a file that only may be read. Not in tmp_path, which
    nobody but its owner can enter."""
    with tempfile.TemporaryDirectory(dir='/tmp') as name:
        folder = Path(name)
        folder.chmod(0o777)
        (folder / 'report').write_text(OLD_TEXT)
        (folder / 'report').chmod(0o444)
        yield folder


def run_as_ordinary_user(*arguments, stdin):
    """Root may write everywhere, so the command runs as nobody where the tests run as root."""
    become = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] if os.geteuid() == 0 else []
    return subprocess.run([*become, 'tshark', *arguments], stdin=stdin, capture_output=True, text=True,
                          env=support.tshark_environment(), timeout=support.TIMEOUT_S)


def test_file_that_may_not_be_written_is_refused_and_kept(captures, foreign_folder):
    path = foreign_folder / 'report'
    with open(captures / 'download.pcapng', 'rb') as capture:
        done = run_as_ordinary_user('-q', '-z', f'tcp,asymmetry,output={path}', '-r', '-', stdin=capture)
    assert done.returncode != 0 and done.stdout == ''
    assert str(path) in done.stderr and 'Permission denied' in done.stderr
    assert_untouched(path)


def test_folder_in_which_nothing_may_be_made_is_refused(captures, foreign_folder):
    foreign_folder.chmod(0o555)
    path = foreign_folder / 'new'
    with open(captures / 'download.pcapng', 'rb') as capture:
        done = run_as_ordinary_user('-q', '-z', f'tcp,asymmetry,output={path}', '-r', '-', stdin=capture)
    foreign_folder.chmod(0o777)
    assert done.returncode != 0 and done.stdout == ''
    assert str(path) in done.stderr and 'Permission denied' in done.stderr


@pytest.mark.parametrize('options', ['top=0', 'tcp.port =='])
def test_bad_option_leaves_the_output_untouched(tshark, captures, old_file, options):
    run = tshark('-q', '-z', f'tcp,asymmetry,output={old_file},{options}', '-r', captures / 'download.pcapng')
    assert_refused(run)
    assert_untouched(old_file)


def test_missing_capture_leaves_the_output_untouched(tshark, tmp_path, old_file):
    run = tshark('-q', '-z', f'tcp,asymmetry,output={old_file}', '-r', tmp_path / 'missing.pcapng')
    assert_refused(run, 'missing.pcapng')
    assert_untouched(old_file)


def test_file_that_is_no_capture_leaves_the_output_untouched(tshark, tmp_path, old_file):
    garbage = tmp_path / 'garbage'
    garbage.write_bytes(bytes(range(256)) * 10)
    run = tshark('-q', '-z', f'tcp,asymmetry,output={old_file}', '-r', garbage)
    assert_refused(run, 'garbage')
    assert_untouched(old_file)


def test_killed_while_reading_leaves_the_output_untouched(captures, old_file):
    with subprocess.Popen(['tshark', '-l', '-z', f'tcp,asymmetry,output={old_file}', '-r', '-'],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          env=support.tshark_environment()) as process:
        process.stdin.write((captures / 'mixed.pcapng').read_bytes())
        process.stdin.flush()
        # A line about a packet shows that tshark is in the midst of it: the pipe has not ended
        assert process.stdout.readline() != b''
        process.kill()
    assert process.returncode == -signal.SIGKILL
    assert_untouched(old_file)


# More than this is not written in these tests: a disk that is full after so many bytes
FILE_LIMIT = 1000


def limit_file_size(action):
    """Returns what the child does before it becomes tshark. action: what SIGXFSZ does; ignored, the
    write fails with EFBIG, and by default it kills the process in the middle of writing."""
    def limit():
        signal.signal(signal.SIGXFSZ, action)
        resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_LIMIT, FILE_LIMIT))
    return limit


@pytest.mark.parametrize('name', support.FORMATS)
def test_write_that_fails_half_way_leaves_the_output_untouched(captures, old_file, name):
    options = f'tcp,asymmetry,format={name},output={old_file}'
    run = support.run_tshark('-q', '-z', options, '-r', captures / 'mixed.pcapng',
                             preexec=limit_file_size(signal.SIG_IGN))
    assert_refused(run, str(old_file), 'File too large')
    assert_untouched(old_file)


def test_killed_while_writing_leaves_the_output_untouched(captures, old_file):
    run = support.run_tshark('-q', '-z', f'tcp,asymmetry,format=json,output={old_file}',
                             '-r', captures / 'mixed.pcapng', preexec=limit_file_size(signal.SIG_DFL))
    assert run.status == -signal.SIGXFSZ
    assert_untouched(old_file)


@pytest.mark.parametrize('name', support.FORMATS)
def test_full_device_as_output_is_an_error(tshark, captures, name):
    run = tshark('-q', '-z', f'tcp,asymmetry,format={name},output=/dev/full', '-r', captures / 'download.pcapng')
    assert_refused(run, '"/dev/full"', 'No space left on device')


@pytest.mark.parametrize('name', support.FORMATS)
def test_full_device_as_standard_output_is_an_error(captures, name):
    with open('/dev/full', 'wb') as full:
        run = support.run_tshark('-q', '-z', f'tcp,asymmetry,format={name}', '-r', captures / 'download.pcapng',
                                 stdout=full)
    assert_refused(run, 'standard output', 'No space left on device')


def test_full_device_as_standard_output_of_help_is_an_error():
    with open('/dev/full', 'wb') as full:
        run = support.run_tshark('-q', '-z', 'tcp,asymmetry,help', stdout=full)
    assert_refused(run, 'standard output', 'No space left on device')


# ------------------------------------------------------------------------------ nothing to show

def messages_of(name, text):
    """What an output in this format says beside its numbers."""
    if name == 'text':
        return text.splitlines()
    if name == 'json':
        document = json.loads(text)
        return [document.get('message'), *document['notes']]
    if name == 'ndjson':
        return [line['message'] for line in map(json.loads, text.splitlines()) if line['type'] == 'message']
    return [row['message'] for row in csv.DictReader(io.StringIO(text, newline=''), strict=True)]


@pytest.fixture(params=['no-tcp.pcapng', 'empty.pcapng', 'a file of no bytes'])
def capture_without_tcp(request, captures, tmp_path):
    if request.param.endswith('.pcapng'):
        return captures / request.param
    path = tmp_path / 'nothing.pcap'
    path.touch()
    return path


@pytest.mark.parametrize('name', support.FORMATS)
def test_capture_without_tcp_is_no_error_and_says_so(tshark, capture_without_tcp, name):
    run = tshark('-q', '-z', f'tcp,asymmetry,format={name}', '-r', capture_without_tcp)
    assert (run.status, run.err) == (0, '')
    assert support.NO_TCP in messages_of(name, run.out)


@pytest.mark.parametrize('name', support.FORMATS)
def test_filter_that_matches_nothing_is_no_error_and_says_so(tshark, captures, name):
    run = tshark('-q', '-z', f'tcp,asymmetry,format={name},tcp.port == 1', '-r', captures / 'download.pcapng')
    assert (run.status, run.err) == (0, '')
    assert any('match' in (message or '') for message in messages_of(name, run.out))


def test_cut_capture_is_reported_as_far_as_it_goes(tshark, captures):
    path = captures / 'cut.pcapng'
    run = tshark('-q', '-z', 'tcp,asymmetry,format=json', '-r', path)
    assert support.is_cut_short(run)
    assert support.parse_json(run.out)['capture']['segments'] == support.frames(path, 'tcp') > 0


ANALYSIS_OFF = ('-o', 'tcp.analyze_sequence_numbers:FALSE')
PREFERENCE = 'tcp.analyze_sequence_numbers'


@pytest.mark.parametrize('name', support.FORMATS)
def test_without_sequence_analysis_the_output_says_which_preference_to_turn_on(tshark, captures, name):
    run = tshark('-q', *ANALYSIS_OFF, '-z', f'tcp,asymmetry,format={name}', '-r', captures / 'mixed.pcapng')
    assert run.status == 0
    assert any(PREFERENCE in (message or '') for message in messages_of(name, run.out))


def analysis_counts(name, text):
    """The retransmissions of all rows and both directions, as they are written."""
    if name == 'csv':
        return [row[f'{prefix}retransmissions'] for row in support.parse_csv(text)
                for prefix in support.DIRECTIONS.values()]
    lines = json.loads(text)['servers'] if name == 'json' else [
        line for line in map(json.loads, text.splitlines()) if line['type'] == 'server']
    return [line[direction]['retransmissions'] for line in lines for direction in support.DIRECTIONS]


@pytest.mark.parametrize('name, absent', [('json', None), ('ndjson', None), ('csv', '')])
def test_without_sequence_analysis_its_counters_are_absent_and_not_zero(captures, name, absent):
    path, options = captures / 'mixed.pcapng', f'format={name}'
    assert set(analysis_counts(name, support.report(path, options, *ANALYSIS_OFF))) == {absent}
    assert absent not in analysis_counts(name, support.report(path, options))
