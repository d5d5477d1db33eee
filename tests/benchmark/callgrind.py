"""Counts instructions with callgrind, and reads what it wrote.

The format: https://valgrind.org/docs/manual/cl-format.html. Names are written once, "(id) name", and
then as "(id)"; addresses may be relative to the line before; the costs that follow a line "calls="
are those of the function called.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import re
import subprocess
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

NAME = re.compile(r'\((\d+)\)(?: (.*))?')
SPECIFICATION = re.compile(r'(c?)(ob|fn)=(.*)')
# What the compiler adds to the name of a function that it changed
SUFFIX = re.compile(r'\.(lto_priv|isra|constprop|part|cold)\b.*')


@dataclass
class Profile:
    """Instructions of one run of a program."""
    total: int = 0
    # (object file, function) of the caller and of the function called -> [calls, instructions]
    calls: dict = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    # object file -> address -> instructions
    own: dict = field(default_factory=lambda: defaultdict(Counter))     # at that address itself
    called: dict = field(default_factory=lambda: defaultdict(Counter))  # in what is called from there


class Names:
    """The compressed names of one kind."""

    def __init__(self):
        self.known = {}

    def resolve(self, text):
        match = NAME.fullmatch(text)
        if not match:
            return text
        if match[2] is not None:
            self.known[match[1]] = match[2]
        return self.known[match[1]]


def absolute(text, previous):
    """The address in a line of costs: as it is, or relative to that of the line before."""
    if text == '*':
        return previous
    value = int(text.lstrip('+-'), 0)
    return previous + value if text[0] == '+' else previous - value if text[0] == '-' else value


def read(path):
    """The Profile in a file written with --dump-instr=yes."""
    profile = Profile()
    names = {'ob': Names(), 'fn': Names()}
    here, called = {'ob': '', 'fn': ''}, {}     # called: what is absent is as in here
    calls, address = None, 0                    # calls: of the line that follows "calls="
    with open(path, errors='replace') as lines:
        for line in lines:
            if line.startswith(('0x', '+', '-', '*')):
                place, *_, cost = line.split()
                address = absolute(place, address)
                if calls is None:
                    profile.own[here['ob']][address] += int(cost)
                    continue
                profile.called[here['ob']][address] += int(cost)
                call = profile.calls[here['ob'], here['fn'], called.get('ob', here['ob']), called['fn']]
                call[0] += calls
                call[1] += int(cost)
                calls, called = None, {}
            elif line.startswith('calls='):
                calls = int(line[len('calls='):].split()[0])
            elif match := SPECIFICATION.match(line):
                name = names[match[2]].resolve(match[3])
                (called if match[1] else here)[match[2]] = Path(name).name if match[2] == 'ob' else name
            elif line.startswith(('summary:', 'totals:')):
                profile.total = int(line.split()[1])
    return profile


def count(command, output, **keywords):
    """Runs a command under callgrind and returns its Profile. output: the file for callgrind. stdin: text for it."""
    valgrind = ['valgrind', '--quiet', '--tool=callgrind', '--dump-instr=yes', f'--callgrind-out-file={output}']
    run = subprocess.run(keywords.pop('prefix', []) + valgrind + command, input=keywords.pop('stdin', ''),
                         stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, **keywords)
    if run.returncode:
        raise RuntimeError(f'{" ".join(command)}: {run.stderr}')
    return read(output)


def entries(profile, plugin):
    """By function: [calls, instructions in them and what they call] of the plugin's functions that
    Wireshark calls; callbacks from other libraries are part of those."""
    result = defaultdict(lambda: [0, 0])
    for (caller, _, called, function), (calls, cost) in profile.calls.items():
        if called == plugin and 'wireshark' in caller:
            entry = result[SUFFIX.sub('', function)]
            entry[0] += calls
            entry[1] += cost
    return result


def functions_at(addresses, path):
    """address -> names of the functions that it is inlined in, the innermost first."""
    run = subprocess.run(['addr2line', '-a', '-i', '-f', '-e', str(path)], capture_output=True, text=True,
                         check=True, input=''.join(f'{address:#x}\n' for address in addresses))
    result, names = {}, None
    lines = iter(run.stdout.splitlines())
    for line in lines:
        if line.startswith('0x'):
            names = result[int(line, 16)] = []
        else:
            names.append(SUFFIX.sub('', line))
            next(lines)     # file and line number
    return result


def functions(profile, path):
    """[(function, own instructions, instructions with all that it calls)] of a plugin, the largest
    own first. Inlined functions are told apart by the debug information."""
    own, called = profile.own[path.name], profile.called[path.name]
    chains = functions_at(sorted(own.keys() | called.keys()), path)
    alone, inclusive = Counter(), Counter()
    for address, names in chains.items():
        alone[names[0]] += own[address]
        for name in set(names):
            inclusive[name] += own[address] + called[address]
    return [(name, cost, inclusive[name]) for name, cost in alone.most_common()]
