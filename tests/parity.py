#!/usr/bin/python3
"""Compares every number of the plugin with the number that tests/support/reference.py computes from tshark's fields.

    tests/parity.py [-o PREF:VALUE]... CAPTURE_OR_FOLDER...

Prints each difference, then "N captures, N connections, N values compared, N differences".
Exit status 1 if there is a difference, or a capture with TCP for which the plugin shows no connection.
"""

import argparse
import json
import sys
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import NamedTuple, Optional

sys.path.insert(0, str(Path(__file__).resolve().parent / 'support'))

import reference     # noqa: E402
import support       # noqa: E402

DIRECTIONS = ('client_to_server', 'server_to_client')
RATIO_TOLERANCE = Decimal('0.000001')
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


# ------------------------------------------------------------------------------ kinds of values

class Milliseconds(NamedTuple):
    """A time that the plugin prints in ms. 1 ns of tolerance for the mean of two medians."""
    ns: Optional[int]

    def equals(self, value):
        if self.ns is None or value is None:
            return self.ns is value
        return is_number(value) and abs(value * 10**6 - self.ns) <= 1

    def __str__(self):
        return str(None if self.ns is None else Decimal(self.ns) / 10**6)


class Seconds(NamedTuple):
    """A time that the plugin prints in seconds, exact to the nanosecond."""
    ns: Optional[int]

    def equals(self, value):
        if self.ns is None or value is None:
            return self.ns is value
        return is_number(value) and value * 10**9 == self.ns

    def __str__(self):
        return str(None if self.ns is None else Decimal(self.ns) / 10**9)


class Ratio(NamedTuple):
    """A quotient, which the plugin may round to 6 decimals."""
    fraction: Optional[Fraction]

    def equals(self, value):
        if self.fraction is None or value is None:
            return self.fraction is value
        return is_number(value) and abs(Fraction(value) - self.fraction) <= RATIO_TOLERANCE

    def __str__(self):
        return str(None if self.fraction is None else float(self.fraction))


def is_number(value):
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)


def is_equal(expected, value):
    if isinstance(expected, (Milliseconds, Seconds, Ratio)):
        return expected.equals(value)
    # 5 and 5.0 are equal, and so are true and 1, but the type must also be the promised one
    return type(expected) is type(value) and expected == value


def iso_time(ns):
    """Nanoseconds since 1970 as the plugin writes them."""
    seconds, fraction = divmod(ns, 10**9)
    return f'{EPOCH + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S}.{fraction:09}Z'


# ------------------------------------------------------------------------------ what must be there

def expected_turnarounds(server_response, client_gap):
    def summary(samples):
        return {'median': Milliseconds(reference.median(samples)),
                'max': Milliseconds(max(samples, default=None)),
                'samples': len(samples)}
    return {'server_response': summary(server_response), 'client_gap': summary(client_gap)}


def expected_reset(reset, client, server):
    if reset is None:
        return None
    return {
        'by': 'client' if reset.sender == client else 'server',
        'count': reset.count,
        'time': iso_time(reset.time),
        'idle_before': Seconds(reset.idle_before),
        'window': reset.window,
        'payload_before': {'client_to_server': reset.payload_before[client],
                           'server_to_client': reset.payload_before[server]}}


@dataclass(frozen=True)
class Options:
    """How to run and what to compare with."""
    tshark: str = 'tshark'
    extra_args: tuple = ()

    @property
    def has_analysis(self):
        return not any(arg.replace(' ', '').lower() == 'tcp.analyze_sequence_numbers:false'
                       for arg in self.extra_args)


def expected_connection(connection, client, server, options):
    """The "connection" line that belongs to a Connection whose ends have these roles."""
    analysis = options.has_analysis
    # Both ends may be the very same address and port: then all is sent by the client
    empty = reference.Direction()
    from_client = connection.directions[client]
    from_server = connection.directions[server] if server != client else empty
    return {
        'completeness': connection.completeness,
        'first_time': iso_time(connection.first_time),
        'last_time': iso_time(connection.last_time),
        'duration': Seconds(connection.last_time - connection.first_time),
        'client_to_server': from_client.values(analysis),
        'server_to_client': from_server.values(analysis),
        'handshake_rtt_ms': {'client_side': Milliseconds(connection.handshake.client_side),
                             'server_side': Milliseconds(connection.handshake.server_side)},
        'turnaround_ms': expected_turnarounds(connection.turnarounds[server], connection.turnarounds[client]),
        'rst': expected_reset(connection.reset, client, server)}


def sum_of_directions(directions):
    """Adds the counters of JSON direction objects. For TTLs, takes the smallest or the largest."""
    total = {}
    for key in reference.COUNTERS:
        values = [direction.get(key) for direction in directions]
        total[key] = None if None in values else sum(values)
    for key, choose in (('ttl_min', min), ('ttl_max', max), ('rst_ttl_min', min), ('rst_ttl_max', max)):
        known = [direction[key] for direction in directions if direction.get(key) is not None]
        total[key] = choose(known, default=None)
    return total


def heavier(value, above, below):
    if value > above:
        return 'client_heavy'
    return 'server_heavy' if value < below else 'balanced'


def expected_analysis(client, server):
    """client, server: the sums of what each of them sent. A direction of packets is only expected if
    there is a ratio: the specification does not say which direction belongs to no ratio."""
    resets = client['rst_count'] - server['rst_count']
    source = 'client' if resets > 0 else 'server' if resets < 0 else 'balanced' if client['rst_count'] else 'none'
    payload = client['payload_bytes'] + server['payload_bytes']
    pcr = Fraction(client['payload_bytes'] - server['payload_bytes'], payload) if payload else None
    ratio = (Fraction(client['packet_count'], server['packet_count']) if server['packet_count'] else None)
    analysis = {'asymmetry_ratio': Ratio(ratio), 'pcr': Ratio(pcr), 'primary_rst_source': source,
                'payload_direction': None if pcr is None else heavier(pcr, Fraction(1, 5), -Fraction(1, 5))}
    if ratio is not None:
        analysis['data_flow_direction'] = heavier(ratio, Fraction(6, 5), Fraction(4, 5))
    return analysis


def expected_server(members):
    """The "server" line of these connections. members: list of (plugin's line, Connection)."""
    lines = [line for line, _ in members]
    ours = [connection for _, connection in members]
    sums = {name: sum_of_directions([line[name] for line in lines]) for name in DIRECTIONS}
    server_sides = [c.handshake.server_side for c in ours if c.handshake.server_side is not None]
    client_sides = [c.handshake.client_side for c in ours if c.handshake.client_side is not None]
    roles = [ends_of(line, connection) for line, connection in members]
    responses = [sample for (_, server), c in zip(roles, ours) for sample in c.turnarounds[server]]
    gaps = [sample for (client, _), c in zip(roles, ours) for sample in c.turnarounds[client]]
    return {
        'connections': len(members),
        'one_way_connections': sum(c.is_one_way for c in ours),
        'first_time': iso_time(min(c.first_time for c in ours)),
        'last_time': iso_time(max(c.last_time for c in ours)),
        'role_evidence': dict(Counter(line['role_evidence'] for line in lines)),
        **sums,
        'handshake_rtt_ms': {'client_side': Milliseconds(reference.median(client_sides)),
                             'server_side': Milliseconds(reference.median(server_sides)),
                             'samples': len(server_sides)},
        'turnaround_ms': expected_turnarounds(responses, gaps),
        'analysis': expected_analysis(sums['client_to_server'], sums['server_to_client'])}


# ------------------------------------------------------------------------------ comparing

@dataclass
class Result:
    """The result of comparing one capture."""
    capture: str
    connections: int = 0
    compared: int = 0
    differences: list = field(default_factory=list)

    def compare(self, subject, expected, found, path=''):
        """Compares an expected value, or all values of an expected dict, with the plugin's value."""
        # role_evidence is one value: its keys depend on the data, so superfluous ones are wrong too
        if isinstance(expected, dict) and path != 'role_evidence':
            found = found if isinstance(found, dict) else {}
            for key, value in expected.items():
                self.compare(subject, value, found.get(key, 'absent'), f'{path} {key}'.strip())
            return
        self.compared += 1
        if not is_equal(expected, found):
            self.differ(f'{subject} {path}: plugin {found}, tshark {expected}')

    def differ(self, text):
        self.differences.append(f'{self.capture}: {text}')


def ends_of(line, connection):
    """(client, server) of a plugin's line as Ends of the Connection, or None if they are not its ends."""
    named = {str(end): end for end in connection.ends}
    client, server = named.get(line['client']), named.get(line['server'])
    return (client, server) if client and server and {client, server} == set(connection.ends) else None


def compare_role(result, subject, line, connection):
    """A SYN or SYN-ACK decides who the server is. Nothing else counts as a handshake."""
    server = connection.server_by_handshake
    result.compare(subject, server is not None, line['role_evidence'] == 'handshake', 'role_evidence is handshake')
    if server is not None:
        result.compare(subject, str(server), line['server'], 'server')


def compare_connection(result, line, connection, options):
    """Returns whether the line and the Connection have the same ends."""
    subject = f'stream {connection.stream}'
    ends = ends_of(line, connection)
    if ends is None:
        result.differ(f"{subject} ends: plugin {line['client']} {line['server']}, "
                      f'tshark {connection.ends[0]} {connection.ends[1]}')
        return False
    compare_role(result, subject, line, connection)
    result.compare(subject, expected_connection(connection, *ends, options), line)
    return True


def compare_servers(result, server_lines, members_by_server):
    """Each server line must be exactly the sum of its connections."""
    lines = {line['server']: line for line in server_lines}
    if len(lines) != len(server_lines):
        result.differ('a server has more than one line')
    for server in lines.keys() ^ members_by_server.keys():
        result.differ(f'server {server}: ' + ('has no connection' if server in lines else 'has no line'))
    for server in lines.keys() & members_by_server.keys():
        result.compare(f'server {server}', expected_server(members_by_server[server]), lines[server])


def run_plugin(capture, tshark='tshark', extra_args=()):
    """The plugin's ndjson lines, as dicts by their type."""
    arguments = ['-q', '-z', 'tcp,asymmetry,format=ndjson,connections', *extra_args, '-r', str(capture)]
    by_type = defaultdict(list)
    for text in reference.run_tshark(arguments, tshark):
        line = json.loads(text, parse_float=Decimal)
        by_type[line['type']].append(line)
    return by_type


def compare_capture(capture, options=Options()):
    """The Result of one capture."""
    result = Result(str(capture))
    try:
        expected = reference.connections(capture, options.tshark, options.extra_args)
        lines = run_plugin(capture, options.tshark, options.extra_args)
    except (reference.TsharkError, ValueError) as error:
        result.differ(str(error))
        return result
    found = {line['stream']: line for line in lines['connection']}
    result.connections = len(expected)
    if not expected:
        # The first of them; notes are such lines as well
        has_headers = bool(support.frames(capture, 'tcp && !icmp && !icmpv6', options.extra_args))
        message = support.ALL_CUT if has_headers else support.NO_TCP
        result.compare('no TCP', [message], [line['message'] for line in lines['message']][:1], 'message')
    for stream in sorted(expected.keys() ^ found.keys()):
        result.differ(f'stream {stream}: only ' + ('tshark' if stream in expected else 'the plugin') + ' has it')
    members_by_server = defaultdict(list)
    for stream in sorted(expected.keys() & found.keys()):
        line, connection = found[stream], expected[stream]
        if compare_connection(result, line, connection, options):
            members_by_server[line['server']].append((line, connection))
    compare_servers(result, lines['server'], members_by_server)
    return result


# ------------------------------------------------------------------------------ command

def parse_arguments():
    parser = argparse.ArgumentParser(description='Compare the plugin with numbers from tshark -T fields.')
    parser.add_argument('captures', nargs='+', help='capture files, or folders of them')
    parser.add_argument('--tshark', default='tshark', help='the tshark to run')
    parser.add_argument('-o', dest='preferences', action='append', default=[], metavar='PREF:VALUE',
                        help='a Wireshark preference, for both sides')
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    options = Options(
        tshark=arguments.tshark,
        extra_args=tuple(part for preference in arguments.preferences for part in ('-o', preference)))
    compare = partial(compare_capture, options=options)
    results = []
    with ProcessPoolExecutor() as pool:
        for result in pool.map(compare, support.captures_in(arguments.captures)):
            results.append(result)
            for difference in result.differences:
                print(difference)
    differences = sum(len(result.differences) for result in results)
    print(f'{len(results)} captures, {sum(r.connections for r in results)} connections, '
          f'{sum(r.compared for r in results)} values compared, {differences} differences')
    return 1 if differences or not results else 0


if __name__ == '__main__':
    sys.exit(main())
