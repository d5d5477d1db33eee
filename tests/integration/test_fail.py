"""fail=: the exit status tells whether the result has findings that the user does not accept."""

import subprocess

import pytest

import support

REFUSED = support.CAPTURES / 'refused.pcapng'           # connection_refused, a warning
DOWNLOAD = support.CAPTURES / 'download.pcapng'         # no finding
ABORTED_LATE = support.CAPTURES / 'reset-after-close.pcapng'    # a chat

UNACCEPTED = 3


@pytest.mark.parametrize('path, options, status', [
    (REFUSED, 'fail=connection_refused', UNACCEPTED),
    (REFUSED, 'fail=no_response', 0),
    (REFUSED, 'fail=no_response,fail=connection_refused', UNACCEPTED),
    (REFUSED, 'fail=warn', UNACCEPTED),
    (REFUSED, 'fail=note', UNACCEPTED),
    (REFUSED, 'fail=error', 0),
    (REFUSED, 'server=10.2.0.99,fail=chat', 0),
    (REFUSED, 'fail=chat,tcp.port == 1', 0),
    (ABORTED_LATE, 'fail=note', 0),
    (ABORTED_LATE, 'fail=chat', UNACCEPTED),
    (DOWNLOAD, 'fail=chat', 0),
    (support.CAPTURES / 'no-tcp.pcapng', 'fail=chat', 0),
])
def test_status_tells_whether_the_result_has_such_a_finding(tshark, path, options, status):
    run = tshark('-q', '-z', support.statistic(options), '-r', path)
    assert (run.status, run.err) == (status, '')


def without_timestamp(text):
    return [line for line in text.splitlines() if 'analysis_timestamp' not in line]


@pytest.mark.parametrize('name', support.FORMATS)
def test_result_is_written_as_always(tshark, tmp_path, name):
    path = tmp_path / 'result'
    expected = without_timestamp(support.report(REFUSED, f'format={name}'))
    run = tshark('-q', '-z', f'tcp,asymmetry,format={name},fail=warn', '-r', REFUSED)
    assert run.status == UNACCEPTED
    assert without_timestamp(run.out) == expected
    run = tshark('-q', '-z', f'tcp,asymmetry,format={name},output={path},fail=warn', '-r', REFUSED)
    assert (run.status, run.out) == (UNACCEPTED, '')
    assert without_timestamp(path.read_bytes().decode()) == expected


@pytest.mark.parametrize('ours_first', [True, False])
def test_other_statistics_are_complete(tshark, ours_first):
    """Also into a pipe, where the C library writes late."""
    ours, other = ('-z', 'tcp,asymmetry,fail=warn'), ('-z', 'conv,tcp', '-z', 'io,phs')
    run = tshark('-q', *(ours + other if ours_first else other + ours), '-r', REFUSED)
    assert run.status == UNACCEPTED
    parts = support.report(REFUSED), tshark('-q', *other, '-r', REFUSED).out
    assert run.out in (''.join(parts), ''.join(reversed(parts)))


def test_packets_are_printed_to_the_last(tshark):
    run = tshark('-z', 'tcp,asymmetry,fail=warn', '-r', REFUSED)
    assert run.status == UNACCEPTED
    assert run.out == tshark('-r', REFUSED).out + support.report(REFUSED)


@pytest.mark.parametrize('options', [('fail=warn', 'fail=error'), ('fail=error', 'fail=warn')])
def test_one_of_several_statistics_is_enough(tshark, options):
    statistics = [part for each in options for part in ('-z', support.statistic(each))]
    run = tshark('-q', *statistics, '-r', REFUSED)
    assert run.status == UNACCEPTED
    assert run.out == 2 * support.report(REFUSED)


def test_two_passes(tshark):
    run = tshark('-q', '-2', '-z', 'tcp,asymmetry,fail=warn', '-r', REFUSED)
    assert (run.status, run.out) == (UNACCEPTED, support.report(REFUSED))


def test_capture_from_a_pipe(tshark):
    run = tshark('-q', '-z', 'tcp,asymmetry,fail=warn', '-r', '-', stdin=REFUSED.read_bytes())
    assert (run.status, run.out) == (UNACCEPTED, support.report(REFUSED))


def test_copied_file_is_complete(tshark, tmp_path):
    copies = tmp_path / 'with.pcapng', tmp_path / 'without.pcapng'
    assert tshark('-q', '-w', copies[0], '-z', 'tcp,asymmetry,fail=warn', '-r', REFUSED).status == UNACCEPTED
    assert tshark('-q', '-w', copies[1], '-r', REFUSED).status == 0
    assert copies[0].read_bytes() == copies[1].read_bytes()


def test_result_that_cannot_be_written_is_worse(tshark):
    run = tshark('-q', '-z', 'tcp,asymmetry,fail=warn,output=/dev/full', '-r', REFUSED)
    assert run.status == 2


def test_sharkd_does_not_end():
    """There, the text is a display filter, which fail= is not."""
    requests = ('{"jsonrpc":"2.0","id":1,"method":"load","params":{"file":"%s"}}\n'
                '{"jsonrpc":"2.0","id":2,"method":"tap","params":{"tap0":"nstat:tcp,asymmetry,fail=chat"}}\n'
                '{"jsonrpc":"2.0","id":3,"method":"status"}\n' % REFUSED)
    done = subprocess.run(['sharkd', '-'], input=requests, capture_output=True, text=True, check=False,
                          env=support.tshark_environment(), timeout=support.TIMEOUT_S)
    assert done.returncode == 0
    assert '"id":3' in done.stdout.replace(' ', '')
