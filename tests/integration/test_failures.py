# SPDX-License-Identifier: GPL-2.0-or-later
"""When the world fails: memory and disk end, a reader leaves, a signal comes. What is said, and what is left."""

import os
import re
import resource
import signal
import subprocess
import sys

import pytest

import reference
import support

sys.path.insert(0, str(support.TESTS / 'benchmark'))

import extreme_captures     # noqa: E402

OLD_TEXT = 'the report of yesterday\n'
MIXED = support.CAPTURES / 'mixed.pcapng'


@pytest.fixture
def old_file(tmp_path):
    """An existing file, alone in its folder."""
    path = tmp_path / 'out' / 'report'
    path.parent.mkdir()
    path.write_text(OLD_TEXT)
    return path


def assert_untouched(path):
    assert path.read_text() == OLD_TEXT
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


# ------------------------------------------------------------------------------ memory

MB = 1 << 20
CONNECTIONS = 40_000
LEAST_MB, MOST_MB = 200, 1000
STEP_MB = 16


@pytest.fixture(scope='module')
def flood(tmp_path_factory):
    """Enough connections for the report to need memory of its own."""
    path = tmp_path_factory.mktemp('flood') / 'flood.pcap'
    extreme_captures.write(path, extreme_captures.syn_flood(CONNECTIONS))
    return path


def run_with_memory(megabytes, capture, *arguments):
    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (megabytes * MB, megabytes * MB))
    return support.run_tshark('-q', *arguments, '-r', capture, preexec=limit)


def least_memory_to_start():
    too_low, enough = LEAST_MB, MOST_MB
    while enough - too_low > STEP_MB:
        limit = (too_low + enough) // 2
        if run_with_memory(limit, support.CAPTURES / 'empty.pcapng').status == 0:
            enough = limit
        else:
            too_low = limit
    assert enough < MOST_MB
    return enough


def failures_with_memory(limit, step, flood, old_file):
    """The runs that failed, from limit on until there was enough."""
    failures = []
    while True:
        run = run_with_memory(limit, flood, '-z', f'tcp,asymmetry,format=json,connections,output={old_file}')
        if run.status == 0:
            return failures
        assert run.status in (-signal.SIGABRT, -signal.SIGTRAP, -signal.SIGSEGV) and run.out == ''
        assert_untouched(old_file)
        failures.append(run)
        limit += step


def test_without_memory_the_output_stays_untouched(flood, old_file):
    """GLib ends the program where there is no memory, by design; where there is none to say so either, by a stack
    that has no end. So it is a matter of chance whether it is said."""
    start = least_memory_to_start()
    for step in STEP_MB, STEP_MB // 4, STEP_MB // 16:
        old_file.write_text(OLD_TEXT)
        failures = failures_with_memory(start, step, flood, old_file)
        assert support.parse_json(old_file.read_text())['capture']['connections'] == CONNECTIONS
        assert [entry.name for entry in old_file.parent.iterdir()] == [old_file.name]
        if any(re.search(r'failed to allocate \d+ bytes', run.err) for run in failures):
            return
    pytest.fail('no run said that there was no memory')


# ------------------------------------------------------------------------------ disk

SMALL_DISK = '''
mount -t tmpfs -o size=8k tmpfs "$1" && printf '%s' "$2" > "$1/report" && shift 2 || exit 99
"$@"
status=$?
ls -A "$OUT" && cat "$OUT/report"
exit $status
'''


@pytest.mark.parametrize('name', ['json', 'csv'])
def test_full_disk_is_an_error_and_the_output_stays_untouched(tmp_path, name):
    if os.geteuid() != 0 or subprocess.run(['unshare', '--mount', 'true'], stderr=subprocess.DEVNULL).returncode != 0:
        pytest.skip('a small disk needs root and mount namespaces')
    done = subprocess.run(
        ['unshare', '--mount', 'sh', '-c', SMALL_DISK, 'sh', tmp_path, OLD_TEXT, 'tshark', '-q', '-z',
         f'tcp,asymmetry,format={name},connections,output={tmp_path}/report', '-r', MIXED],
        env=support.tshark_environment({'OUT': str(tmp_path)}), capture_output=True, text=True,
        timeout=support.TIMEOUT_S)
    assert done.returncode == 2
    assert f'"{tmp_path}/report": No space left on device' in done.stderr
    assert done.stdout == f'report\n{OLD_TEXT}'


# ------------------------------------------------------------------------------ closed pipes

def start(options, capture, **keywords):
    return subprocess.Popen(['tshark', '-q', '-z', support.statistic(options), '-r', capture],
                            stderr=subprocess.PIPE, env=support.tshark_environment(), **keywords)


def assert_broken_pipe(process):
    error = support.without_root_warning(process.stderr.read().decode())
    assert process.wait(support.TIMEOUT_S) == 2
    assert error == 'tshark: -z tcp,asymmetry: cannot write to "standard output": Broken pipe\n'


@pytest.mark.parametrize('name', support.FORMATS)
def test_reader_that_is_gone_is_an_error(name):
    reading, writing = os.pipe()
    os.close(reading)
    with start(f'format={name}', MIXED, stdout=writing) as process:
        os.close(writing)
        assert_broken_pipe(process)


@pytest.mark.parametrize('name', ['text', 'json', 'ndjson', 'csv'])
def test_reader_of_one_line_gets_it_and_the_rest_is_an_error(flood, name):
    with start(f'format={name},connections', flood, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline().strip() != b''
        process.stdout.close()
        assert_broken_pipe(process)


# ------------------------------------------------------------------------------ signals

@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM], ids=['SIGINT', 'SIGTERM'])
def test_signal_while_reading_leaves_the_output_untouched(old_file, number):
    """tshark sees the signal when the next packet has come, and shows no statistic at all."""
    status_then = 2 if reference.wireshark_version() < (4, 6) else 0
    content = MIXED.read_bytes()
    process = subprocess.Popen(['tshark', '-l', '-z', f'tcp,asymmetry,format=json,output={old_file}', '-r', '-'],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               env=support.tshark_environment(), bufsize=0)
    process.stdin.write(content)
    assert process.stdout.readline() != b''
    process.send_signal(number)
    process.stdin.write(content)
    # The pipe stays open
    process.stdout.read()
    error = support.without_root_warning(process.stderr.read().decode())
    status = process.wait(support.TIMEOUT_S)
    process.stdin.close()
    assert (status, error) == (status_then, '')
    assert_untouched(old_file)
