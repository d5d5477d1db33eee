"""What the statistic costs, in instructions: callgrind counts the same on every run."""

import re
import subprocess
import sys

import pytest

import reference
import support

sys.path.insert(0, str(support.TESTS / 'benchmark'))
import cost_reference     # noqa: E402
import measure            # noqa: E402

# Per cent of the instructions of the whole run with an empty tap, by the first version of Wireshark that it is for.
# From 4.4 on Wireshark starts with half as many instructions or fewer, so that the same are more of them.
LIMITS = {(4, 0): '1.50', (4, 4): '2.00', (4, 6): '2.50'}


def limit():
    version = reference.wireshark_version()
    return max((first, limit) for first, limit in LIMITS.items() if first <= version)[1]


@pytest.fixture(scope='module')
def build(tmp_path_factory):
    return tmp_path_factory.mktemp('benchmark') / 'build'


def test_instructions_stay_within_the_limit(build):
    run = subprocess.run([support.TESTS / 'benchmark' / 'run', '--check', '--limit', limit(), '--build', build],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=900)
    assert re.search(r'Whole processes: [0-9.]+ % more than the empty tap', run.stdout), run.stdout + run.stderr
    assert run.returncode == 0, run.stdout


@pytest.mark.skipif(reference.wireshark_version() >= (4, 4), reason='the limits are for Wireshark 4.0')
def test_many_servers_cost_little_in_text_and_in_json(build):
    run = subprocess.run([support.TESTS / 'benchmark' / 'run', '--servers', '--build', build],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=900)
    assert 'tcp,asymmetry as JSON: ' in run.stdout, run.stdout + run.stderr
    assert run.returncode == 0, run.stdout


def totals(text=1_010, json=1_100, headers=800):
    return {measure.EMPTY: 1_000, measure.OURS: text, measure.JSON: json, measure.HEADERS: headers}


@pytest.fixture
def known_costs(tmp_path, monkeypatch):
    monkeypatch.setattr(cost_reference, 'PATH', tmp_path / 'reference.json')
    cost_reference.store('4.0.17', cost_reference.numbers_of(totals()))


@pytest.mark.parametrize('changed, grew', [
    ({}, False), ({'text': 1_005}, False), ({'json': 1_109}, False), ({'json': 1_111}, True), ({'text': 1_012}, True),
    ({'headers': 815}, False), ({'headers': 817}, True)])
def test_what_grows_too_much_fails_and_says_how_to_accept_it(known_costs, changed, grew):
    lines, is_wrong = cost_reference.compare('4.0.6', cost_reference.numbers_of(totals(**changed)))
    assert is_wrong == grew
    assert (cost_reference.UPDATE in lines[-1]) == grew


def test_another_version_of_wireshark_has_a_reference_of_its_own(known_costs):
    lines, is_wrong = cost_reference.compare('4.4.1', cost_reference.numbers_of(totals(text=2_000)))
    assert not is_wrong and 'No reference for Wireshark 4.4' in lines[0]
    cost_reference.store('4.4.1', cost_reference.numbers_of(totals(text=2_000)))
    assert not cost_reference.compare('4.4.19', cost_reference.numbers_of(totals(text=2_000)))[1]
    assert cost_reference.compare('4.0.17', cost_reference.numbers_of(totals(text=2_000)))[1]


# Start-up is most of a run, and less of it in newer versions: there, what the plugin takes for its own is a larger share
APART = ['--start-up-apart'] if reference.wireshark_version() >= (4, 4) else []


def test_programs_that_do_not_ask_for_anything_pay_next_to_nothing(build):
    run = subprocess.run([support.TESTS / 'benchmark' / 'packets', '--check', *APART, '--build', build],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=900)
    assert '| `sharkd`' in run.stdout, run.stdout + run.stderr
    assert run.returncode == 0, run.stdout


def test_fields_take_no_more_memory_than_a_connection_may_have(build):
    run = subprocess.run([support.TESTS / 'benchmark' / 'packet_memory', '--check', '--build', build, '50000'],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=900)
    assert '50,000 connections' in run.stdout, run.stdout + run.stderr
    assert run.returncode == 0, run.stdout
