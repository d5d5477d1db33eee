#!/usr/bin/python3
"""Scores the findings against captures whose cause is known (tests/lab/truth.json).

    tests/score.py [-v] [CAPTURE]...

Prints for each finding how often it had to be found, was found, and was found where it must not be, with
precision and recall, over all captures of the truth (or the named captures). A finding counts by its capture,
its id, its server, and the end or direction that it accuses. Also runs the display filter of each finding
and checks that it shows as many packets as the finding claims.
Exit status 1 unless precision and recall are 1.00 throughout and every filter is right.
"""

import argparse
import collections
import concurrent.futures
import json
import pathlib
import re
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / 'tests/support'))

import reference     # noqa: E402

TRUTH = TOP / 'tests/lab/truth.json'
SOURCE = TOP / 'plugin/finding/finding.c'

Finding = collections.namedtuple('Finding', 'id server side')


def finding_ids():
    """All ids that the plugin knows, in its order of importance."""
    return re.findall(r'\[FINDING_\w+\] = \{"(\w+)", SEVERITY', SOURCE.read_text())


def run_tshark(capture, *arguments):
    """tshark's standard output. For a capture that is cut short, tshark prints all it has and ends with status 2."""
    run = subprocess.run(['tshark', '-r', capture, *arguments], capture_output=True, text=True, check=False)
    if run.returncode and 'cut short' not in run.stderr:
        raise RuntimeError(f'{capture}: {run.stderr}')
    return run.stdout


def read_truth():
    """The truth about each capture with this version of Wireshark. Versions differ in what one connection is:
    "findings_from" has the findings from some versions on, in ascending order."""
    version = reference.wireshark_version()
    truths = json.loads(TRUTH.read_text())
    for truth in truths.values():
        for first, findings in truth.pop('findings_from', {}).items():
            if version >= tuple(map(int, first.split('.'))):
                truth['findings'] = findings
    return truths


def wanted(truth):
    return {Finding(each['id'], each.get('server') if each['id'] != 'scan' else None,
                    each.get('by') or each.get('direction'))
            for each in truth['findings']}


def found(server, finding):
    # A scan goes to many servers, and stands at one of them
    name = None if finding['id'] == 'scan' else server['server']
    return Finding(finding['id'], name, finding.get('by') or finding.get('direction'))


def wrong_filters(capture, findings):
    """Complaints about display filters that do not show what their findings claim."""
    for finding in findings:
        shown = run_tshark(capture, '-Y', finding['display_filter'], '-T', 'fields', '-e', 'frame.number').split()
        if len(shown) != finding['evidence']['packets']:
            yield (f"{capture}: {finding['id']}: {finding['display_filter']!r} shows {len(shown)} packets, "
                   f"not {finding['evidence']['packets']}")


def judge(name, truth):
    """(wanted, found, complaints about filters) of one capture."""
    capture = str(TOP / name)
    report = json.loads(run_tshark(capture, '-q', '-z', 'tcp,asymmetry,format=json'))
    pairs = [(server, finding) for server in report['servers'] for finding in server['findings']]
    complaints = list(wrong_filters(capture, [finding for _, finding in pairs]))
    reported = [found(*pair) for pair in pairs]
    for twice in {each for each in reported if reported.count(each) > 1}:
        complaints.append(f'{name}: {twice} is reported twice')
    return wanted(truth), set(reported), complaints


def ratio(part, whole):
    return part / whole if whole else 1.0


def score(truths):
    """(lines of the table, complaints, whether all is right)."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        judged = dict(zip(truths, pool.map(lambda item: judge(*item), truths.items())))
    complaints = [text for _, _, texts in judged.values() for text in texts]
    lines, perfect = [], not complaints
    for identifier in finding_ids():
        right = missing = false = absent = 0
        for name, (must, has, _) in judged.items():
            must = {each for each in must if each.id == identifier}
            has = {each for each in has if each.id == identifier}
            right += len(must & has)
            missing += len(must - has)
            false += len(has - must)
            absent += not must
            complaints += [f'{name}: missing {each}' for each in sorted(must - has, key=str)]
            complaints += [f'{name}: wrong {each}' for each in sorted(has - must, key=str)]
        perfect = perfect and not missing and not false
        lines.append(f'{identifier:26} {right + missing:6} {absent:6} {right:5} {missing:7} {false:5} '
                     f'{ratio(right, right + false):9.2f} {ratio(right, right + missing):6.2f}')
    return lines, complaints, perfect


def main():
    parser = argparse.ArgumentParser(description='Scores the findings against known truth.')
    parser.add_argument('captures', nargs='*', help='as named in the truth; default: all')
    parser.add_argument('-v', '--verbose', action='store_true', help='print each mistake')
    arguments = parser.parse_args()
    truths = read_truth()
    if arguments.captures:
        truths = {name: truths[name] for name in arguments.captures}
    lines, complaints, perfect = score(truths)
    print(f"{'finding':26} {'must':>6} {'not':>6} {'right':>5} {'missing':>7} {'wrong':>5} {'precision':>9} {'recall':>6}")
    print('\n'.join(lines))
    for complaint in complaints if arguments.verbose else ():
        print(complaint)
    print(f'{len(truths)} captures, {len(complaints)} mistakes')
    return not perfect


if __name__ == '__main__':
    sys.exit(main())
