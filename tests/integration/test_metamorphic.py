# SPDX-License-Identifier: GPL-2.0-or-later
"""What must not change the findings does not, and what must add one finding adds just that.

A slice of what tests/metamorphic.py does, with captures of every kind: each caught a mistake once, or has what the
changes must cope with (tunnels, quotes in ICMP errors, IPv6, copies that are there already).
"""

import pytest

import metamorphic
import support

LAB = support.TESTS / 'lab'
CASES = support.REPOSITORY.parent / 'shared' / 'cases'

OWN = [
    *(support.CAPTURES / f'{name}.pcapng' for name in ('mixed', 'icmp-quote', 'tunnel-in-tunnel')),
    *(LAB / f'{name}.pcapng' for name in (
        'blackhole-in-upload', 'client-gone-v6', 'firewall-toward-client', 'half-open-port-again',
        'injected-beside-answer', 'mirror-of-abort', 'refused-v6',
        'renumbered-without-sack', 'shaper-copies-v6')),
]
SHARED = [
    CASES / 'outgoing-twice-called-mirror-port.pcapng',
    CASES / 'zero-window-0.19ms.pcapng',
    support.WILD_CAPTURES / 'ICS-Security-Tools-pcaps_s7_s7comm_downloading_block_db1.pcap',
]


def parameter(path):
    # Where one is missing, the test says so
    missing = pytest.mark.skipif(not path.exists(), reason=f'no shared captures: {path} is missing')
    return pytest.param(path, id=path.name, marks=[missing, pytest.mark.xdist_group(path.name)])


@pytest.mark.parametrize('path', map(parameter, [*OWN, *SHARED]))
def test_findings_follow_from_those_of_the_capture(path):
    outcomes = metamorphic.try_capture(path)
    assert [(each.change, *each.violations) for each in outcomes if each.violations] == []
    assert sum(each.reason is None for each in outcomes) > len(outcomes) / 2


def test_every_exception_has_a_reason_and_a_change():
    for pattern, name, complaint, reason in metamorphic.EXCEPTIONS:
        assert any(metamorphic.re.fullmatch(pattern, change) for change in metamorphic.CHANGES)
        assert name and reason and isinstance(complaint, str)


def test_a_violation_is_noticed():
    """Of a finding that came, one that is gone, and a number that is another one."""
    old = metamorphic.Finding('warn', 1, 1, '{}', 'text', '', frozenset({2}))
    before = metamorphic.Said({}, {('10.2.0.5:80', 'no_response', None): old,
                                   ('10.2.0.6:80', 'zero_window', 'client'): old}, [])
    after = metamorphic.Said({}, {('10.2.0.6:80', 'zero_window', 'client'): old._replace(count=2),
                                  ('10.2.0.5:80', 'capture_loss', 'client_to_server'): old}, [])
    changed = metamorphic.changes.Changed([], [1, 2], 1)
    complaints = list(metamorphic.judge_same(None, before, after, changed))
    assert [text.split(':')[0] for text in complaints] == ['gone', 'new', 'zero_window (client) of 10.2.0.6']
