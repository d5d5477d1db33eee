"""What the statistic is known to cost, by version of Wireshark: for a check that notices when it grows.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import json
from pathlib import Path

from measure import EMPTY, HEADERS, JSON, OURS

PATH = Path(__file__).with_name('reference.json')

# Per cent by which a number may be larger than it is known to be. A compiler of another version differs by less.
OWN_GROWTH = 10.0       # of what the statistic takes beyond the empty tap
HEADERS_GROWTH = 2.0    # of a whole run with headers, as a share of the one with the empty tap

UPDATE = 'tests/benchmark/run --check --set-reference'


def numbers_of(totals):
    """{what: share of the instructions with the empty tap, in the same run}"""
    empty = totals[EMPTY]
    numbers = {name: (totals[name] - empty) / empty for name in (OURS, JSON)}
    if HEADERS in totals:
        numbers[HEADERS] = totals[HEADERS] / empty
    return {name: round(number, 6) for name, number in numbers.items()}


def version_key(version):
    """4.0.17 is 4.0: what others changed within a version is no reason to set new numbers."""
    return '.'.join(version.split('.')[:2])


def known(version):
    """The numbers for this version of Wireshark, or None."""
    return json.loads(PATH.read_text()).get(version_key(version)) if PATH.exists() else None


def store(version, numbers):
    every = json.loads(PATH.read_text()) if PATH.exists() else {}
    every[version_key(version)] = numbers
    PATH.write_text(json.dumps(dict(sorted(every.items())), indent=2) + '\n')


def compare(version, numbers):
    """(lines to print, whether something grew too much)"""
    expected = known(version)
    if expected is None:
        return [f'No reference for Wireshark {version_key(version)}. To set it: {UPDATE}'], False
    lines, grew = [], False
    for name, number in numbers.items():
        if name not in expected:
            continue
        limit = HEADERS_GROWTH if name == HEADERS else OWN_GROWTH
        growth = 100 * (number - expected[name]) / expected[name]
        what = 'the whole run' if name == HEADERS else 'its own share'
        lines.append(f'{name}: {what} is {100 * number:.3f} % of the empty tap, {growth:+.1f} % since the reference; '
                     f'the limit is +{limit:.0f} %')
        grew |= growth > limit
    if grew:
        lines.append(f'The statistic has become more expensive. If that is on purpose, set a new reference: {UPDATE}')
    return lines, grew
