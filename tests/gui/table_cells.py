# SPDX-License-Identifier: GPL-2.0-or-later
"""What the statistics table has to show, made from the plugin's CSV in tshark, which other tests prove.

A row is a dict of texts by title, without the blanks before a value that only serve to sort it.
"""

import functools
from decimal import ROUND_HALF_UP, Decimal

import support

GROUPS = 'Servers', 'TCP connections'
ARROWS = {'→': 'c2s_', '←': 's2c_'}
MEGABYTES = {'MB': 'byte_count', 'Payload MB': 'payload_bytes'}
COUNTS = {
    'Retrans.': 'retransmissions', 'Resets': 'rst_count', 'Packets': 'packet_count', 'Data packets': 'data_packets',
    'Fast retrans.': 'fast_retransmissions', 'Spurious': 'spurious_retransmissions', 'Out of order': 'out_of_order',
    'Dup ACKs': 'duplicate_acks', 'Lost segments': 'lost_segments', 'ACKed unseen': 'acked_unseen',
    'Zero window': 'zero_windows', 'Window full': 'window_full', 'Keep-alives': 'keep_alives', 'SYN': 'syn_count',
    'SYN-ACK': 'syn_ack_count', 'FIN': 'fin_count',
}
BASES = 'handshake', 'given', 'known', 'fan_in', 'port', 'fan_out', 'guess'
ABSENT = '-'


def megabytes(count):
    return f'{Decimal(count).scaleb(-6):f}'


def share(row, prefix):
    part, whole = row[prefix + 'retransmissions'], int(row[prefix + 'data_packets'])
    return f'{100 * int(part) / whole:.1f}' if part and whole else ABSENT


def pcr(row):
    sent, received = (int(row[prefix + 'payload_bytes']) for prefix in ARROWS.values())
    if 'pcr' in row:
        ratio = row['pcr']
    else:
        ratio = Decimal(sent - received) / (sent + received) if sent + received else ''
    return f'{Decimal(ratio).quantize(Decimal("0.01"), ROUND_HALF_UP) + 0:+}' if ratio != '' else ABSENT


def role_by(row):
    if 'role_evidence' in row:
        return row['role_evidence']
    numbers = {name: row[f'role_evidence_{name}'] for name in BASES if row[f'role_evidence_{name}'] != '0'}
    return ', '.join(name if number == row['connections'] else f'{name} {number}' for name, number in numbers.items())


def one_way(row):
    return str(int('0' in (row['c2s_packet_count'], row['s2c_packet_count'])))


def expected_cells(row):
    """A CSV row of a server or connection as the table has to show it, by titles."""
    ends = [row[end] for end in ('client', 'server') if end in row]
    cells = {'Server': ' → '.join(ends), 'Connections': row.get('connections', '1'), 'PCR': pcr(row),
             'One-way': row.get('one_way_connections') or one_way(row), 'Stream': row.get('stream', ''),
             'Role by': role_by(row)}
    for arrow, prefix in ARROWS.items():
        cells |= {f'{title} {arrow}': megabytes(row[prefix + name]) for title, name in MEGABYTES.items()}
        cells |= {f'{title} {arrow}': row[prefix + name] or ABSENT for title, name in COUNTS.items()}
        cells[f'% {arrow}'] = share(row, prefix)
    return cells


@functools.cache
def csv_groups(capture, display_filter='', *arguments):
    """The rows of tshark's CSV by the name of the table's group."""
    options = [f'format=csv{kind}' + (f',{display_filter}' if display_filter else '') for kind in ('', ',connections')]
    groups = {group: [row for row in support.parse_csv(text) if row['server']]
              for group, text in zip(GROUPS, support.reports(capture, options, *arguments))}
    return {group: rows for group, rows in groups.items() if rows}


def expected_groups(capture, display_filter='', *arguments):
    """What the table has to show: for each group its rows, in no particular order."""
    return {group: ordered(map(expected_cells, rows))
            for group, rows in csv_groups(capture, display_filter, *arguments).items()}


def ordered(rows):
    return sorted(rows, key=lambda row: (row['Stream'], row['Server']))


def differences(shown, expected):
    """The cells that differ, or else all that does."""
    def cells(groups):
        return {(group, number, title): text for group, rows in groups.items()
                for number, row in enumerate(rows) for title, text in row.items()}
    shown_cells, expected_cells = cells(shown), cells(expected)
    return [(*place, shown_cells.get(place), expected_cells.get(place))
            for place in {**expected_cells, **shown_cells} if shown_cells.get(place) != expected_cells.get(place)]


# ------------------------------------------------------------------------------ more than fits

def byte_count(row):
    return sum(int(row[prefix + 'byte_count']) for prefix in ARROWS.values())


def summed_up(rows):
    """CSV rows as the one CSV row of all of them."""
    counters = [prefix + name for prefix in ARROWS.values() for name in (*MEGABYTES.values(), *COUNTS.values())]
    total = {name: sum(int(row[name]) for row in rows) for name in counters}
    total['connections'] = sum(int(row.get('connections', 1)) for row in rows)
    total['one_way_connections'] = sum(int(row.get('one_way_connections') or one_way(row)) for row in rows)
    for name in BASES:
        total[f'role_evidence_{name}'] = sum(
            int(row.get(f'role_evidence_{name}', row.get('role_evidence') == name)) for row in rows)
    return {'server': f'{len(rows)} more', **{name: str(value) for name, value in total.items()}}


def expected_largest(capture, most):
    """What the table has to show if it has room for so many rows and the one of all others."""
    groups = {}
    for group, rows in csv_groups(capture).items():
        largest = sorted(rows, key=byte_count, reverse=True)
        shown = largest[:most] + ([summed_up(largest[most:])] if len(rows) > most else [])
        groups[group] = ordered(map(expected_cells, shown))
    return groups
