"""Golden outputs: tests/golden/LIST says which there are, tests/golden/update rewrites them."""

import re
import shlex
from dataclasses import dataclass

import support

FOLDER = support.TESTS / 'golden'

# What differs from run to run or from version to version, and is no number of the analysis
UNSTABLE = (
    (re.compile(r'("analysis_timestamp": ?)"[^"]+"'), r'\1"TIME"'),
    (re.compile(r'("tool": ?\{\s*"name": ?"[^"]+",\s*"version": ?)"[^"]+"(,\s*"wireshark": ?)"[^"]+"'),
     r'\1"VERSION"\2"VERSION"'),
)


@dataclass(frozen=True)
class Golden:
    """One line of LIST."""
    name: str
    capture: str
    options: str
    arguments: tuple

    @property
    def path(self):
        return FOLDER / self.name


def read_list():
    for line in (FOLDER / 'LIST').read_text().splitlines():
        words = shlex.split(line, comments=True)
        if words:
            name, capture, options, *arguments = words
            yield Golden(name, capture, '' if options == '-' else options, tuple(arguments))


def render(golden):
    """The output as it is compared: with fixed texts for what is unstable."""
    text = support.report(support.CAPTURES / golden.capture, golden.options, *golden.arguments)
    for pattern, replacement in UNSTABLE:
        text = pattern.sub(replacement, text)
    return text


def read(golden):
    """The expected output. newline='': the ends of CSV's lines are part of it."""
    with open(golden.path, encoding='utf-8', newline='') as file:
        return file.read()


def write(golden):
    with open(golden.path, 'w', encoding='utf-8', newline='') as file:
        file.write(render(golden))
