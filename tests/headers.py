#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares every number of a capture with and without the option headers.

    tests/headers.py [--mutations N] [--seed N] CAPTURE_OR_FOLDER...

Of each capture: as it is; with other link layers and stacks of VLAN tags; cut at every byte from 14 to 80; with trailers,
wrong bytes in headers and wrong lengths; and N mutations as of tests/hardening. Each with what it does not change
in: a capture without Ethernet gets no other link layer. A capture with several link layers is only compared as it is.

Prints what differs, then "N captures, N of them only as they are, N files, N segments, N differences". Exit status 1 if something differs.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TESTS = Path(__file__).resolve().parent
sys.path[:0] = [str(TESTS / 'support'), str(TESTS / 'hardening')]

import links        # noqa: E402
import mutation     # noqa: E402
import support      # noqa: E402

SHORTEST, LONGEST = 14, 80

# One file has so many snap lengths: that saves starts of tshark, and the rest of a connection is another one's
SNAPS_IN_A_FILE = 8
MUTATIONS_IN_A_FILE = 10
MOST_FRAMES = 1500


def counted(path, options='', arguments=()):
    """What tshark's statistic says, as text where it is no JSON, and how tshark ended."""
    done = subprocess.run(['tshark', '-q', *arguments, '-z', f'tcp,asymmetry,format=json,connections{options}', '-r', path],
                          stdin=subprocess.DEVNULL, capture_output=True, env=support.tshark_environment(), check=False)
    try:
        report = json.loads(done.stdout)
    except ValueError:
        return done.returncode, done.stdout + done.stderr
    del report['analysis_timestamp']
    return done.returncode, report


def difference(one, other, path=''):
    """Where two documents differ first, or None."""
    if isinstance(one, dict) and isinstance(other, dict):
        parts = [(f'{path} {key}', one.get(key), other.get(key)) for key in sorted(one.keys() | other.keys())]
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        parts = [(f'{path} {index}', *pair) for index, pair in enumerate(zip(one, other))]
    else:
        return None if one == other else f'{path.strip()}: {other!s:.200} with headers, {one!s:.200} without'
    return next(filter(None, (difference(left, right, where) for where, left, right in parts)), None)


def compare(path, arguments=()):
    """(segments, how the numbers of the capture differ with and without the option, or None). Segments are None where
    tshark makes no report at all."""
    (status, without), (status_with, with_headers) = (counted(path, options, arguments) for options in ('', ',headers'))
    segments = without['capture']['segments'] if isinstance(without, dict) else None
    if status != status_with:
        return segments, f'status {status_with} with headers, {status} without'
    return segments, difference(without, with_headers)


# ------------------------------------------------------------------------------ files of a capture

def together(parts, link_type):
    return mutation.Frames([frame for part in parts for frame in part], link_type)


def snapped(frames, lengths):
    return together([links.cut(frames, length) for length in lengths], frames.link_type)


def of_ethernet(frames, chance):
    for name, (link_type, header_of) in links.LINKS.items():
        yield name, links.relinked(frames, link_type, header_of)
    for name, types in links.STACKS.items():
        yield f'tags-{name}', links.tagged(frames, types)
    yield 'tags-cut', snapped(links.tagged(frames, links.STACKS['four']), range(14, 90, 7))
    yield 'trailers', links.with_trailers(frames, chance)
    yield 'lengths', links.with_wrong_lengths(frames, chance)


def variants(frames, chance, mutations):
    """(name, Frames) of everything that is made of a capture."""
    if frames.link_type == links.ETHERNET:
        yield from of_ethernet(frames, chance)
    for first in range(SHORTEST, LONGEST + 1, SNAPS_IN_A_FILE):
        yield f'cut-at-{first}', snapped(frames, range(first, min(first + SNAPS_IN_A_FILE, LONGEST + 1)))
    yield 'headers', links.with_wrong_headers(frames, chance)
    for number in range(0, mutations, MUTATIONS_IN_A_FILE):
        some = [links.with_wrong_headers(mutation.Frames(mutation.mutated(frames, chance), frames.link_type), chance)
                for _ in range(MUTATIONS_IN_A_FILE)]
        yield f'mutations-{number}', together(some, frames.link_type)


def compare_all(capture, seed, mutations):
    """[(name, segments, difference)] of a capture and all that is made of it."""
    results = [('itself', *compare(capture))]
    with tempfile.TemporaryDirectory() as folder:
        try:
            frames = mutation.read(capture, Path(folder))
        except FileNotFoundError:   # editcap refused: pcap has one link layer
            return results
        frames = mutation.Frames(frames[:MOST_FRAMES], frames.link_type)
        for name, changed in variants(frames, random.Random(f'{seed}/{capture.name}'), mutations):
            path = Path(folder, f'{name}.pcap')
            mutation.write(path, changed, changed.link_type)
            results.append((name, *compare(path)))
            path.unlink()
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--mutations', type=int, default=20, metavar='N', help='of each capture (default: %(default)s)')
    parser.add_argument('--seed', type=int, default=1, help='of chance (default: %(default)s)')
    parser.add_argument('--jobs', type=int, default=None, help='how many at a time (default: one for each processor)')
    parser.add_argument('captures', nargs='+', metavar='CAPTURE_OR_FOLDER')
    arguments = parser.parse_args()
    captures = list(support.captures_in(arguments.captures))
    files = segments = differences = only_itself = 0
    with ThreadPoolExecutor(arguments.jobs or support.os.cpu_count()) as pool:
        work = pool.map(lambda path: compare_all(path, arguments.seed, arguments.mutations), captures)
        for capture, results in zip(captures, work):
            files += len(results)
            only_itself += len(results) == 1
            for name, of_file, differs in results:
                segments += of_file or 0
                if differs:
                    differences += 1
                    print(f'{capture}, {name}: {differs}', flush=True)
    print(f'{len(captures)} captures, {only_itself} of them only as they are, {files} files, {segments:,} segments, {differences} differences')
    return 1 if differences else 0


if __name__ == '__main__':
    sys.exit(main())
