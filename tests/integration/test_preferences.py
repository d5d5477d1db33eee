# SPDX-License-Identifier: GPL-2.0-or-later
"""The preferences as tshark reads them: their list, and what each of them changes."""

import re

import pytest

import support

LAB = support.TESTS / 'lab'
MIXED = support.CAPTURES / 'mixed.pcapng'
IDLE = LAB / 'abort-idle.pcapng'


def option(name, value):
    return '-o', f'tcp_asymmetry.{name}:{value}'


def in_manual():
    """default, least and most value by name."""
    rows = re.findall(r'^\| `(\w+)` \| (\w+) \| (\d+)-(\d+) \|', (support.REPOSITORY / 'docs/manual.md').read_text(),
                      re.MULTILINE)
    return {name: tuple(values) for name, *values in rows}


def test_manual_has_the_defaults_and_ranges_that_wireshark_lists():
    listed = support.run_tshark('-G', 'defaultprefs').out
    numbers = re.findall(r'^# .+ From (\d+) to (\d+)\.\n# .*\n#tcp_asymmetry\.(\w+): (\d+)$', listed, re.MULTILINE)
    ranges = re.findall(r'^# (.+)\n# .*range.*\n#tcp_asymmetry\.(\w+): (.*)$', listed, re.MULTILINE)
    assert [name for _, name, default in ranges if not default] == ['server_ports']
    expected = {name: (default, least, most) for least, most, name, default in numbers}
    assert in_manual() == {**expected, 'server_ports': ('none', '0', '65535')}


def ids(capture, *arguments):
    return {finding['id'] for server in support.json_report(capture, '', *arguments)['servers']
            for finding in server['findings']}


@pytest.mark.parametrize('name, value, stem, concerned', [
    ('slow_handshake_ms', 3600000, 'slow-path', {'slow_handshake'}),
    ('slow_turnaround_ms', 3600000, 'both-slow', {'slow_server', 'slow_client'}),
    ('loss_percent', 100, 'offload-with-loss', {'loss_server_to_client'}),
    ('loss_segments', 1000000, 'loss-both-ways-v6', {'loss_client_to_server', 'loss_server_to_client'}),
    ('spurious_segments', 1000000, 'acks-lost', {'spurious_retransmissions'}),
    ('duplicate_percent', 100, 'mirror-v6', {'duplicate_capture'}),
    ('exhausted_sends', 100, 'path-dies-in-upload', {'retries_exhausted'}),
    ('exhausted_sends', 100, 'blackhole-in-upload', {'path_mtu_blackhole'}),
    ('window_full_segments', 1000000, 'window-limited-upload-v6', {'window_limited'}),
    ('scan_targets', 65535, 'scan-of-hosts', {'scan'}),
])
def test_threshold_that_is_not_reached_any_more_takes_the_finding_away(name, value, stem, concerned):
    path = LAB / f'{stem}.pcapng'
    assert concerned <= ids(path)
    assert not concerned & ids(path, *option(name, value))


def test_lower_threshold_finds_more():
    assert 'slow_server' not in ids(MIXED)
    assert 'slow_server' in ids(MIXED, *option('slow_turnaround_ms', 100))


def phases(*arguments):
    return [finding['text'] for server in support.json_report(IDLE, '', *arguments)['servers']
            for finding in server['findings'] if finding['id'] == 'reset_by_client']


def test_reset_after_a_longer_pause_is_not_one_after_idling():
    text, = phases()
    assert 'idl' in text
    text, = phases(*option('idle_before_reset_ms', 3600000))
    assert 'idl' not in text


def test_text_has_as_many_servers_as_the_preference_says():
    few = support.report(MIXED, '', *option('text_servers', 2))
    assert few == support.report(MIXED, 'top=2') != support.report(MIXED)
    assert support.report(MIXED, 'top=3', *option('text_servers', 2)) == support.report(MIXED, 'top=3')


def roles(*arguments):
    report = support.json_report(LAB / 'unknown-ports.pcapng', 'connections', *arguments)
    return {connection['server'].rpartition(':')[2]: connection['role_evidence'] for connection in report['connections']}


def test_port_of_the_site_decides_who_the_server_is():
    before = roles()
    port = next(port for port, basis in before.items() if basis == 'guess')
    after = roles(*option('server_ports', f'1-2,{port}'))
    assert after[port] == 'port'
    assert {**after, port: 'guess'} == before


@pytest.fixture(scope='module')
def report_of_mixed():
    return support.report(MIXED)


@pytest.mark.parametrize('name', [name for name, values in in_manual().items() if values[0] != 'none'])
def test_value_out_of_range_is_reported_and_the_default_used(tshark, report_of_mixed, name):
    default, least, most = in_manual()[name]
    for wrong in int(least) - 1, int(most) + 1:
        if wrong < 0:
            continue
        run = tshark('-q', *option(name, wrong), '-z', 'tcp,asymmetry', '-r', MIXED)
        assert run.err == (f'tshark: The preference tcp_asymmetry.{name} must be from {least} to {most}, not {wrong}; '
                           f'{default} is used.\n')
        assert (run.status, run.out) == (0, report_of_mixed)


def test_value_that_is_no_number_is_refused(tshark):
    run = tshark('-q', *option('loss_segments', 'many'), '-z', 'tcp,asymmetry', '-r', MIXED)
    assert run.status != 0 and run.out == ''
    assert 'tcp_asymmetry.loss_segments' in run.err
