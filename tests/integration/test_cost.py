"""What the statistic costs, in instructions: callgrind counts the same on every run."""

import re
import subprocess

import reference
import support

# Per cent of the instructions of the whole run with an empty tap, by the first version of Wireshark that it is for.
# From 4.4 on Wireshark starts with half as many instructions or fewer, so that the same are more of them.
LIMITS = {(4, 0): '1.50', (4, 4): '2.00', (4, 6): '2.50'}


def limit():
    version = reference.wireshark_version()
    return max((first, limit) for first, limit in LIMITS.items() if first <= version)[1]


def test_instructions_stay_within_the_limit(tmp_path):
    run = subprocess.run([support.TESTS / 'benchmark' / 'run', '--check', '--limit', limit(), '--build', tmp_path / 'build'],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=900)
    assert re.search(r'Whole processes: [0-9.]+ % more than the empty tap', run.stdout), run.stdout + run.stderr
    assert run.returncode == 0, run.stdout


# Start-up is most of a run, and less of it in newer versions: there, what the plugin takes for its own is a larger share
APART = ['--start-up-apart'] if reference.wireshark_version() >= (4, 4) else []


def test_programs_that_do_not_ask_for_anything_pay_next_to_nothing(tmp_path):
    run = subprocess.run([support.TESTS / 'benchmark' / 'packets', '--check', *APART, '--build', tmp_path / 'build'],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=900)
    assert '| `sharkd`' in run.stdout, run.stdout + run.stderr
    assert run.returncode == 0, run.stdout


def test_fields_take_no_more_memory_than_a_connection_may_have(tmp_path):
    run = subprocess.run([support.TESTS / 'benchmark' / 'packet_memory', '--check', '--build', tmp_path / 'build', '50000'],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=900)
    assert '50,000 connections' in run.stdout, run.stdout + run.stderr
    assert run.returncode == 0, run.stdout
