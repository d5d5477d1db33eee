"""The measurements: instructions, times and peak memory of programs on captures.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import json
import shlex
import shutil
import statistics
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import callgrind
from setting import PYTHON, say

INTERVALS = 'tcp,asymmetry,interval=1'
PLAIN_JSON = 'tcp,asymmetry as JSON'
EMPTY, OURS, JSON, HEADERS, CONVERSATIONS, IO = (
    'empty tap', 'tcp,asymmetry', 'tcp,asymmetry as JSON with connections', 'tcp,asymmetry,headers',
    'conv,tcp', 'io,stat with retransmissions')
ARGUS, SCAPY = 'argus and ra', 'scapy'

RETRANSMISSIONS = 'io,stat,0,COUNT(tcp.analysis.retransmission)tcp.analysis.retransmission'
ARGUS_FIELDS = ('saddr', 'sport', 'daddr', 'dport', 'spkts', 'dpkts', 'sbytes', 'dbytes', 'sloss', 'dloss')


@dataclass
class Capture:
    path: Path
    name: str
    size: int           # bytes
    segments: int
    connections: int
    servers: int
    busiest: str        # address of the server with the most bytes, or ''


@dataclass
class Program:
    name: str
    command: list
    segments: int       # that it reads


@dataclass
class Timing:
    """Of one program on one capture, a value for each round."""
    seconds: list = field(default_factory=list)
    peak_memory: list = field(default_factory=list)     # bytes, may stay empty

    @property
    def median(self):
        return statistics.median(self.seconds)

    @property
    def memory(self):
        return statistics.median(self.peak_memory) if self.peak_memory else None


def describe_capture(setting, path, name):
    """A Capture, by what our own report says of it; None if tshark cannot read the file."""
    run = setting.run('tshark', '-q', '-z', 'tcp,asymmetry,format=json,top=1', '-r', path)
    try:
        report = json.loads(run.stdout)
    except ValueError:
        say(f'{path}: left out: {run.stderr.strip() or "no report"}')
        return None
    whole, servers = report['capture'], report['servers']
    return Capture(path, name, path.stat().st_size, whole['segments'], whole['connections'], whole['servers'],
                   servers[0]['address'] if servers else '')


def write_capture(setting, connections, *traffic):
    """Generates a capture with that many connections. traffic: the generator's further arguments. Returns its path."""
    path = setting.scratch / f'{"-".join(map(str, (connections, *traffic)))}.pcap'
    say(f'Generating {connections:,} connections')
    generator = setting.build / 'tests/benchmark/benchmark-generate'
    subprocess.run([generator, str(connections), path, *map(str, traffic)], check=True)
    return path


def generate(setting, connections, *traffic):
    """The Capture of write_capture()."""
    return describe_capture(setting, write_capture(setting, connections, *traffic), f'{connections:,} connections')


def tshark(capture, statistic):
    return ['tshark', '-q', '-z', statistic, '-r', str(capture.path)]


def tshark_programs(setting, capture):
    """Those that read the capture with tshark, the one to compare with first."""
    statistic = {EMPTY: 'empty,tcp', OURS: 'tcp,asymmetry',
                 JSON: f'tcp,asymmetry,format=json,connections,output={setting.output / "report.json"}'}
    if setting.has_headers:
        statistic[HEADERS] = 'tcp,asymmetry,headers'
    statistic |= {CONVERSATIONS: 'conv,tcp', IO: RETRANSMISSIONS}
    return [Program(name, tshark(capture, what), capture.segments) for name, what in statistic.items()]


def interval_program(capture):
    return Program(INTERVALS, tshark(capture, INTERVALS), capture.segments)


def json_program(setting, capture):
    """Without connections."""
    return Program(PLAIN_JSON, tshark(capture, f'tcp,asymmetry,format=json,output={setting.output / "plain.json"}'),
                   capture.segments)


def argus_commands(capture, between):
    """argus writes its records to a file or -, and ra reads them there."""
    return (['argus', '-r', str(capture.path), '-w', str(between)],
            ['ra', '-n', '-r', str(between), '-s', *ARGUS_FIELDS, '-', 'tcp'])


def argus_program(capture):
    return Program(ARGUS, ['sh', '-c', ' | '.join(map(shlex.join, argus_commands(capture, '-')))], capture.segments)


def has_argus(setting):
    return not {'argus', 'ra'} & setting.absent


def count_argus(setting, capture):
    """Instructions of both."""
    say(f'Counting instructions: {ARGUS}')
    return sum(callgrind.count(command, setting.output / f'callgrind.{command[0]}', prefix=setting.prefix,
                               env=setting.counting_environment).total
               for command in argus_commands(capture, setting.output / 'argus.records'))


def scapy_program(setting, capture, segments):
    """Reads the first segments only: it needs some kilobytes of memory and a tenth of a millisecond or
    more for each."""
    slice_path = setting.scratch / 'slice.pcap'
    subprocess.run(['editcap', '-F', 'pcap', '-r', capture.path, slice_path, f'1-{segments}'],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    script = Path(__file__).with_name('scapy_flow.py')
    # Whom the measured commands run as may not be allowed to read the repository
    shutil.copy(script, setting.scratch)
    command = [PYTHON, str(setting.scratch / script.name), str(slice_path), capture.busiest]
    return Program(SCAPY, command, min(segments, capture.segments))


def other_programs(setting, capture, scapy_segments):
    if has_argus(setting):
        yield argus_program(capture)
    if not {'scapy', 'editcap'} & setting.absent and capture.busiest:
        yield scapy_program(setting, capture, scapy_segments)


# ------------------------------------------------------------------------------ instructions

def count_instructions(setting, programs, jobs):
    """{program's name: Profile}."""
    def count(program):
        say(f'Counting instructions: {program.name}')
        output = setting.output / f'callgrind.{programs.index(program)}'
        return callgrind.count([str(part) for part in program.command], output, prefix=setting.prefix,
                               env=setting.counting_environment)
    with ThreadPoolExecutor(jobs) as pool:
        return dict(zip((program.name for program in programs), pool.map(count, programs)))


def start_up(setting):
    """A Program that only starts: an empty capture, the empty tap."""
    path = write_capture(setting, 0)
    return Program('start-up alone', ['tshark', '-q', '-z', 'empty,tcp', '-r', str(path)], 0)


# ------------------------------------------------------------------------------ time and memory

def run_round(setting, programs):
    """Runs each program once, in this order. Returns seconds and peak memory in bytes of each; the
    memory is None where GNU time is not installed."""
    exported = setting.scratch / 'hyperfine.json'
    memory_paths = [setting.output / f'memory.{index}' for index in range(len(programs))]
    commands = []
    for program, memory_path in zip(programs, memory_paths):
        measuring = [] if 'time' in setting.absent else [shutil.which('time'), '-q', '-f', '%M', '-o', memory_path]
        commands.append(shlex.join(map(str, [*setting.prefix, *measuring, *program.command])))
    run = subprocess.run(
        ['hyperfine', '--shell=none', '--style=none', '--runs=1', '--export-json', exported, *commands],
        env=setting.environment, capture_output=True, text=True)
    if run.returncode:
        sys.exit(f'hyperfine: {run.stderr}')
    seconds = [result['times'][0] for result in json.loads(exported.read_text())['results']]
    memory = [int(path.read_text()) * 1024 if path.exists() else None for path in memory_paths]
    return list(zip(seconds, memory))


def measure_times(setting, programs, rounds, what):
    """{program's name: Timing}. Each round runs all programs one after the other, so that what else
    the machine does touches them alike, and ratios are those of one round."""
    timings = {program.name: Timing() for program in programs}
    for number in range(rounds):
        say(f'Measuring times: {what}, round {number + 1} of {rounds}')
        for program, (seconds, memory) in zip(programs, run_round(setting, programs)):
            timings[program.name].seconds.append(seconds)
            if memory is not None:
                timings[program.name].peak_memory.append(memory)
    return timings


def ratio(timings, name, to):
    """The median of the rounds' ratios, their least and largest."""
    ratios = [one / other for one, other in zip(timings[name].seconds, timings[to].seconds)]
    return statistics.median(ratios), min(ratios), max(ratios)
