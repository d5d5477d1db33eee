#!/usr/bin/python3
"""Measures how often the plugin names the right server of connections whose handshake was not captured.

    tests/midstream.py [-v] CAPTURE_OR_FOLDER...

The handshakes in the captures are the truth: the server is the receiver of a SYN, or the sender of a SYN-ACK.
Then the script removes every SYN and SYN-ACK from the capture, and the plugin has to name the same servers
without them. If each end of a pair was a server once, the pair is left out.

Prints right/total per capture and per basis, each wrong one with -v, and a closing line
"right N of M connections (P %)". Exit status 1 below 99 %, or if nothing could be measured.
"""

import argparse
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / 'support'))

import parity        # noqa: E402
import reference     # noqa: E402
import support       # noqa: E402

REQUIRED_PERCENT = 99


@dataclass
class Measurement:
    """What the plugin named right. Counters by basis."""
    capture: str
    total: Counter = field(default_factory=Counter)
    right: Counter = field(default_factory=Counter)
    wrong: list = field(default_factory=list)   # one line of text each


def true_servers(connections):
    """frozenset of both ends -> server, for the pairs of ends that have one truth. Ends are text."""
    truths = defaultdict(set)
    for connection in connections.values():
        if connection.server_by_handshake:
            truths[frozenset(map(str, connection.ends))].add(str(connection.server_by_handshake))
    return {ends: servers.pop() for ends, servers in truths.items() if len(servers) == 1}


def strip_handshakes(capture, stripped, tshark):
    """Writes the capture without the frames that have a SYN."""
    process = subprocess.run(
        [tshark, '-n', '-r', str(capture), '-Y', 'not tcp.flags.syn == 1', '-w', str(stripped)],
        capture_output=True, text=True)
    if process.returncode and 'cut short' not in process.stderr:
        raise reference.TsharkError(process.stderr.strip())


def measure(capture, tshark='tshark'):
    """The Measurement of one capture."""
    result = Measurement(str(capture))
    servers = true_servers(reference.connections(capture, tshark))
    if not servers:
        return result
    with tempfile.TemporaryDirectory() as folder:
        stripped = Path(folder, 'stripped.pcapng')
        strip_handshakes(capture, stripped, tshark)
        lines = parity.run_plugin(stripped, tshark)['connection']
    for line in lines:
        server = servers.get(frozenset((line['client'], line['server'])))
        if server is None:
            continue
        result.total[line['role_evidence']] += 1
        if line['server'] == server:
            result.right[line['role_evidence']] += 1
        else:
            result.wrong.append(f"stream {line['stream']}: {line['server']} named server by "
                                f"{line['role_evidence']}, it is {server}")
    return result


def parse_arguments():
    parser = argparse.ArgumentParser(description='Measure role inference on captures stripped of handshakes.')
    parser.add_argument('captures', nargs='+', help='capture files, or folders of them')
    parser.add_argument('--tshark', default='tshark', help='the tshark to run')
    parser.add_argument('-v', '--verbose', action='store_true', help='print each wrong server')
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    right, total = Counter(), Counter()
    with ProcessPoolExecutor() as pool:
        captures = support.captures_in(arguments.captures)
        for result in pool.map(partial(measure, tshark=arguments.tshark), captures):
            right += result.right
            total += result.total
            if result.total:
                print(f'{result.capture}: {result.right.total()}/{result.total.total()}')
            for wrong in result.wrong if arguments.verbose else ():
                print(f'  {wrong}')
    for basis, count in total.most_common():
        print(f'by {basis}: {right[basis]}/{count}')
    percent = 100 * right.total() / total.total() if total else 0
    print(f'right {right.total()} of {total.total()} connections ({percent:.2f} %)')
    return 0 if percent >= REQUIRED_PERCENT else 1


if __name__ == '__main__':
    sys.exit(main())
