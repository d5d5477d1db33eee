#!/usr/bin/python3
"""Scores the findings against captures whose cause is known (tests/lab/truth.json).

    tests/score.py [-v] [CAPTURE]...
    tests/score.py [-v] --wild

Prints for each finding how often it had to be found, was found, and was found where it must not be, with
precision and recall, over all captures of the truth (or the named captures). A finding counts by its capture,
its id, its server, and the end or direction that it accuses. Also runs the display filter of each finding
and checks that it shows as many packets as the finding claims.
Exit status 1 unless precision and recall are 1.00 throughout and every filter is right.

--wild: the same of the public captures in ../shared/wild, whose findings experts judged one by one
(tests/wild/review.json). A verdict is "true", "misleading" (the fact is right, the cause is not), "false",
"cannot be told" (not counted), or "missing" (should be said; it counts as true once it is). Exit status 1
if a finding of severity warn or error was never judged.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / 'tests/support'))

import reference     # noqa: E402

TRUTH = TOP / 'tests/lab/truth.json'
SOURCE = TOP / 'plugin/finding/finding.c'
REVIEW = TOP / 'tests/wild/review.json'
WILD = pathlib.Path(os.environ.get('TFA_SHARED', TOP.parent / 'shared')) / 'wild'

Finding = collections.namedtuple('Finding', 'id server side')


def finding_ids():
    """All ids that the plugin knows, in its order of importance."""
    return re.findall(r'\[FINDING_\w+\] =\s+\{"(\w+)",\s+SEVERITY', SOURCE.read_text())


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


# ------------------------------------------------------------------------------ in the wild

Judged = collections.namedtuple('Judged', 'right wrong missing')


def read_review():
    """The verdict on each finding, by (file, server, id, side)."""
    return {(each['file'], each['server'], each['id'], each['side']): each['verdict']
            for each in json.loads(REVIEW.read_text())}


def reported_in(path):
    """(file, server, id, side) of each finding of a capture: severity."""
    report = json.loads(run_tshark(str(path), '-q', '-z', 'tcp,asymmetry,format=json,top=100000'))
    return {(path.name, server['server'], finding['id'], finding.get('by') or finding.get('direction')):
            finding['severity'] for server in report['servers'] for finding in server['findings']}


def wild_reports(files):
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        parts = pool.map(reported_in, [WILD / file for file in sorted(files)])
        return {key: severity for part in parts for key, severity in part.items()}


def judge_wild(review, reports):
    """({id: Judged}, findings that nobody has judged)."""
    kinds = {'right': collections.Counter(), 'wrong': collections.Counter(), 'missing': collections.Counter()}
    unjudged = sorted((key for key, severity in reports.items()
                       if key not in review and severity in ('warn', 'error')), key=str)
    for key, verdict in review.items():
        if verdict in ('true', 'missing'):
            kinds['right' if key in reports else 'missing'][key[2]] += 1
        elif verdict in ('misleading', 'false') and key in reports:
            kinds['wrong'][key[2]] += 1
    return {identifier: Judged(*(kinds[kind][identifier] for kind in Judged._fields))
            for identifier in finding_ids() if any(kinds[kind][identifier] for kind in kinds)}, unjudged


def total_of(judged):
    return Judged(*map(sum, zip(*judged.values())))


def precision_of(judged):
    return ratio(judged.right, judged.right + judged.wrong)


def recall_of(judged):
    return ratio(judged.right, judged.right + judged.missing)


def wild_files():
    return [path.name for path in WILD.iterdir() if path.name != 'README.md']


def main_wild(verbose):
    review = read_review()
    reports = wild_reports(wild_files())
    judged, unjudged = judge_wild(review, reports)
    print(f"{'finding':26} {'right':>5} {'wrong':>5} {'missing':>7} {'precision':>9} {'recall':>6}")
    for identifier, each in (*judged.items(), ('total', total_of(judged))):
        print(f'{identifier:26} {each.right:5} {each.wrong:5} {each.missing:7} '
              f'{precision_of(each):9.2f} {recall_of(each):6.2f}')
    for key, verdict in review.items() if verbose else ():
        is_wrong = verdict in ('misleading', 'false')
        if verdict != 'cannot be told' and (key in reports) == is_wrong:
            print('wrong' if key in reports else 'missing', *key)
    for key in unjudged:
        print('not judged yet:', *key)
    return bool(unjudged)


def main():
    parser = argparse.ArgumentParser(description='Scores the findings against known truth.')
    parser.add_argument('captures', nargs='*', help='as named in the truth; default: all')
    parser.add_argument('-v', '--verbose', action='store_true', help='print each mistake')
    parser.add_argument('--wild', action='store_true', help='score the public captures in ../shared/wild')
    arguments = parser.parse_args()
    if arguments.wild:
        return main_wild(arguments.verbose)
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
