"""What the statistic costs, in instructions: callgrind counts the same on every run."""

import re
import subprocess

import support

# Per cent of the instructions of the whole run with an empty tap. SPEC and README promise as much.
LIMIT = '1.00'


def test_instructions_stay_within_the_limit(tmp_path):
    run = subprocess.run([support.TESTS / 'benchmark' / 'run', '--check', '--limit', LIMIT, '--build', tmp_path / 'build'],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=900)
    assert re.search(r'Whole processes: [0-9.]+ % more than the empty tap', run.stdout), run.stdout + run.stderr
    assert run.returncode == 0, run.stdout
