"""Time and memory by the number of connections: of usual ones, and of attempts in a flood or a scan.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import extreme_captures
import measure
import processes
from measure import EMPTY, HEADERS, OURS
from setting import say

CONNECTIONS = (10_000, 100_000, 1_000_000, 4_000_000)
MOST_WITHOUT_HEADERS = 1_000_000    # Wireshark's own memory ends there
PATTERNS = ('syn-flood', 'scan')
ATTEMPTS = (100_000, 1_000_000)

STATISTICS = {EMPTY: 'empty,tcp', OURS: 'tcp,asymmetry', HEADERS: 'tcp,asymmetry,headers'}

FILE_BYTES = 3_000      # of a connection in a generated capture, with room
SPARE = 0.9             # share of memory and disk that may be taken


@dataclass
class Row:
    """A program on a capture."""
    traffic: str
    connections: int
    segments: int
    program: str
    seconds: float      # of the processor, less the start-up
    memory: int         # bytes at the peak, less the start-up


def available_memory():
    return 1024 * int(re.search(r'^MemAvailable:\s*(\d+)', Path('/proc/meminfo').read_text(), re.MULTILINE)[1])


def lacks(setting, connections, estimated_memory):
    """What there is too little of, or None."""
    if connections * FILE_BYTES > SPARE * shutil.disk_usage(setting.scratch).free:
        return 'disk'
    return 'memory' if estimated_memory > SPARE * available_memory() else None


def count_segments(path):
    """Of a capture of nothing but TCP: its records. Reads lengths alone, whatever the size of the file."""
    number = 0
    with open(path, 'rb') as file:
        file.seek(24)
        while header := file.read(16):
            file.seek(int.from_bytes(header[8:12], 'little'), 1)
            number += 1
    return number


class Scale:
    def __init__(self, setting):
        self.setting = setting
        self.start = processes.cost_of(setting, measure.start_up(setting).command)
        self.programs = [name for name in STATISTICS if name != HEADERS or setting.has_headers]
        self.latest = {}    # (traffic, program) -> Row
        self.left_out = []

    def measure(self, traffic, connections, path, segments, program):
        capture = measure.Capture(path, '', 0, segments, connections, 0, '')
        cost = processes.cost_of(self.setting, measure.tshark(capture, STATISTICS[program]))
        row = Row(traffic, connections, segments, program, cost.seconds - self.start.seconds,
                  cost.memory - self.start.memory)
        self.latest[traffic, program] = row
        say(f'{traffic}, {connections:,}, {program}: {row.seconds:.1f} s, {row.memory / 1e6:,.0f} MB')
        return row

    def has_room(self, traffic, connections, program):
        before = self.latest.get((traffic, program))
        estimated = before.memory * connections / before.connections if before else 0
        lacking = lacks(self.setting, connections, estimated)
        if lacking:
            self.left_out.append(f'{traffic}, {connections:,}, {program}: too little {lacking}')
        return not lacking

    def rows_of(self, traffic, connections, write, programs):
        """write: makes the capture, and returns its path and the number of its segments."""
        programs = [name for name in programs if self.has_room(traffic, connections, name)]
        if not programs:
            return
        path, segments = write()
        path.chmod(0o644)
        for program in programs:
            yield self.measure(traffic, connections, path, segments, program)
        if not self.setting.keep:
            path.unlink()

    def usual(self, connections):
        def write():
            path = measure.write_capture(self.setting, connections)
            return path, count_segments(path)
        programs = self.programs if connections <= MOST_WITHOUT_HEADERS else self.programs[len(STATISTICS) - 1:]
        return self.rows_of('usual', connections, write, programs)

    def extreme(self, pattern, attempts):
        def write():
            path = self.setting.scratch / f'{pattern}.pcap'
            return path, extreme_captures.write(path, extreme_captures.PATTERNS[pattern](attempts))
        return self.rows_of(pattern, attempts, write, self.programs)


def run(setting, most):
    """The rows of all captures of at most that many connections, and what was left out."""
    scale = Scale(setting)
    rows = [row for count in CONNECTIONS if count <= most for row in scale.usual(count)]
    rows += [row for pattern in PATTERNS for count in ATTEMPTS if count <= most
             for row in scale.extreme(pattern, count)]
    return rows, scale.left_out
