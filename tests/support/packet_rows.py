# SPDX-License-Identifier: GPL-2.0-or-later
"""The fields of each packet, as "tshark -T fields" prints them, and whether they contradict each other."""

import support

# In this order, -T fields prints them
FIELDS = ('frame.number', 'tcp.stream', 'tcp_asymmetry.direction', 'tcp_asymmetry.client', 'tcp_asymmetry.server',
          'tcp_asymmetry.role_evidence', 'tcp_asymmetry.finding', 'tcp_asymmetry.severity',
          'tcp_asymmetry.server_response', 'tcp_asymmetry.client_gap', 'tcp_asymmetry.handshake_rtt',
          'tcp_asymmetry.duplicate', 'tcp_asymmetry.lost', 'tcp.flags', 'frame.time_epoch', 'tcp.srcport', 'tcp.dstport',
          'ip.src', 'ipv6.src')
OWN = [name for name in FIELDS if name.startswith('tcp_asymmetry')]


def rows_of(path, *arguments, fields=FIELDS):
    """A list of {field: [value, ...]} for each frame."""
    run = support.run_tshark('-n', '-r', path, *arguments, '-T', 'fields', '-E', 'aggregator=|', '-E', 'separator=/t',
                             *(part for name in fields for part in ('-e', name)))
    assert run.status == 0 or support.is_cut_short(run), run.err
    return [{name: text.split('|') if text else [] for name, text in zip(fields, line.split('\t'), strict=True)}
            for line in run.out.splitlines()]


# ------------------------------------------------------------------------------ what goes together

TO_SERVER, TO_CLIENT = 'client to server', 'server to client'

# Times and findings that only packets of one direction have
TIME_SIDES = {
    'tcp_asymmetry.server_response': TO_CLIENT, 'tcp_asymmetry.client_gap': TO_SERVER,
    'tcp_asymmetry.handshake_rtt': TO_SERVER,
}
FINDING_SIDES = {
    'loss_client_to_server': TO_SERVER, 'loss_server_to_client': TO_CLIENT, 'reset_by_client': TO_SERVER,
    'reset_by_server': TO_CLIENT, 'connection_refused': TO_CLIENT, 'no_response': TO_SERVER, 'scan': TO_SERVER,
}


def end_of(address, port):
    return f'[{address}]:{port}' if ':' in address else f'{address}:{port}'


def contradictions(row):
    """What does not fit together in the fields, FIELDS or more, of a frame of one TCP header."""
    [direction], [client], [server], [_] = (
        row[f'tcp_asymmetry.{name}'] for name in ('direction', 'client', 'server', 'role_evidence'))
    sender = end_of((row['ip.src'] or row['ipv6.src'])[-1], row['tcp.srcport'][0])
    found = [] if sender == (client if direction == TO_SERVER else server) else [f'{sender} is not the sender']
    found += [name for name, side in TIME_SIDES.items() if row[name] and side != direction]
    found += [name for name in row['tcp_asymmetry.finding'] if FINDING_SIDES.get(name, direction) != direction]
    if len(row['tcp_asymmetry.finding']) != len(row['tcp_asymmetry.severity']):
        found.append('severity')
    return found


def line_of(row):
    """What the one line in the details says that stands for all fields of a TCP header."""
    findings = row['tcp_asymmetry.finding']
    return ', '.join([f'TCP Flow Asymmetry: {row["tcp_asymmetry.direction"][0]}', row['tcp_asymmetry.server'][0],
                      *(['captured before'] if row['tcp_asymmetry.duplicate'] else []),
                      *([f'proves {", ".join(findings)}'] if findings else [])])
