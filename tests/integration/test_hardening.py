# SPDX-License-Identifier: GPL-2.0-or-later
"""A slice of each of the long runs: static analysis, fuzzing, mutations, one thing a great many times."""

import os
import re
import shutil
import subprocess

import pytest

import sanitizer
import support

SLICE_S = 600       # what a slice may take on a machine that does much else

# Others find other things, and no two versions agree: those of Debian 12 decide
CLANG_TIDY, CPPCHECK = '14.', '2.10'


def run(*command, env=None):
    return subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=SLICE_S, env={**os.environ, **(env or {})}, check=False)


def version_of(tool):
    if shutil.which(tool) is None:
        return 'none'
    found = re.search(r'(\d+\.\d[\d.]*)', run(tool, '--version').stdout)
    return found[1] if found else 'unknown'


def test_static_analysis_finds_nothing():
    versions = version_of('clang-tidy'), version_of('cppcheck')
    if not (versions[0].startswith(CLANG_TIDY) and versions[1].startswith(CPPCHECK)):
        pytest.skip(f'clean by clang-tidy {CLANG_TIDY}x and cppcheck {CPPCHECK}, here are {" and ".join(versions)}')
    done = run(support.TESTS / 'static' / 'run', env={'TFA_BUILD': str(support.BUILD)})
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize('target', ['segments', 'options', 'plain_frame'])
@pytest.mark.xdist_group('fuzz')
def test_fuzzing_finds_nothing(target, tmp_path_factory):
    folder = tmp_path_factory.getbasetemp() / 'build-fuzz'
    done = run(support.TESTS / 'fuzz' / 'run', '--seconds', 30, '--build', folder, target)
    assert done.returncode == 0, done.stdout
    [inputs] = re.findall(r'^\w+: ([\d,]+) inputs', done.stdout, re.MULTILINE)
    assert int(inputs.replace(',', '')) > 100


@pytest.fixture(scope='module')
def can_replace():
    if not sanitizer.can_replace():
        pytest.skip('only root, and only with mount namespaces, can put another plugin in the place of the installed one')


@pytest.fixture(scope='module')
def planted_faults(can_replace, tmp_path_factory):
    return sanitizer.PlantedFaults(tmp_path_factory.mktemp('planted'))


@pytest.mark.parametrize('fault, complaint', [
    ('leak', r'Direct leak of 78 byte'),
    ('overflow', r'AddressSanitizer: heap-buffer-overflow'),
    ('use-after-free', r'AddressSanitizer: heap-use-after-free'),
    ('undefined', r'runtime error: signed integer overflow'),
    ('nothing', None),
])
@pytest.mark.xdist_group('planted')
def test_sanitizers_notice_what_is_planted(planted_faults, tmp_path, fault, complaint):
    done = subprocess.run(
        [*planted_faults.words, 'tshark', '-q', '-z', f'planted,{fault}', '-r', support.CAPTURES / 'empty.pcapng'],
        env=support.tshark_environment(planted_faults.environment(tmp_path, leaks=True)), stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True, timeout=SLICE_S, check=False)
    complaints = planted_faults.complaints(tmp_path, done.stderr)
    if complaint is None:
        assert complaints == [] and done.returncode == 0
    else:
        assert len(complaints) == 1 and re.search(complaint, complaints[0])


def test_the_suite_is_clean_under_sanitizers(can_replace):
    done = run(support.TESTS / 'hardening' / 'sanitized', '-q', 'tests/integration/test_golden.py')
    assert done.returncode == 0, done.stdout
    assert re.search(r'^\d{2,} passed', done.stdout, re.MULTILINE) and 'No sanitizer complains.' in done.stdout


def test_mutated_captures_do_no_harm(can_replace, tmp_path):
    done = run(support.TESTS / 'hardening' / 'run', '--seconds', 60, '--jobs', 1, '--keep', tmp_path / 'failed')
    assert done.returncode == 0, done.stdout
    assert int(re.search(r'([\d,]+) mutations with', done.stdout)[1].replace(',', '')) > 0


def test_floods_and_scans_cost_no_more_than_their_share(tmp_path):
    done = run(support.TESTS / 'benchmark' / 'extremes', '--check', '--count', 20_000, '--build', tmp_path / 'build',
               'syn-flood', 'scan', 'retransmissions')
    assert done.returncode == 0, done.stdout
    assert done.stdout.count('| syn-flood |') == 2
