"""The option headers: the same numbers, without what is above TCP."""

import pytest

import support
from support import fields, frames, json_report

# In tcp.completeness
SYN_SEEN = 1

LAB = sorted((support.TESTS / 'lab').glob('*.pcapng'))


def counted(capture, options=''):
    report = json_report(capture, f'connections{options}')
    del report['analysis_timestamp']
    return report


def has_tcp_inside_tcp(capture):
    return any(':tcp:' in protocols[:-len(':tcp')] and protocols.split(':tcp', 1)[1].count(':tcp')
               for protocols, in set(fields(capture, 'tcp', 'frame.protocols')))


def assert_same_numbers(capture):
    """Not of segments inside a tunnel that TCP carries: those nobody sees without what is above TCP. And FTP
    tells Wireshark of a connection before its SYN, which is then no part of tcp.completeness."""
    with_headers, without = counted(capture, ',headers'), counted(capture)
    if frames(capture, 'ftp') > 0:
        for connection in with_headers['connections'] + without['connections']:
            connection['completeness'] |= SYN_SEEN
    if with_headers != without and has_tcp_inside_tcp(capture):
        pytest.fail(f'{capture} has TCP inside TCP: choose another comparison')
    assert with_headers == without


@pytest.mark.wild
def test_every_number_is_the_same(capture):
    assert_same_numbers(capture)


@pytest.mark.parametrize('lab_capture', LAB, ids=lambda path: path.stem)
def test_every_number_of_the_lab_is_the_same(lab_capture):
    assert_same_numbers(lab_capture)


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
