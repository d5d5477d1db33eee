"""What the plugin finds is what happened, on captures whose truth is known, and its filters show it.

tests/lab/truth.json has the truth, tests/score.py compares. Here each capture is read by three runs
of tshark: one for all reports, one with two passes, one for all display filters.
"""

import json
import pathlib
import re
import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import datetime

import pytest

import score
import support

TRUTH = score.read_truth()
IDS = score.finding_ids()

# Worst first, as the findings of a server are sorted
SEVERITIES = ('error', 'warn', 'note', 'chat')

# Known from the preferences, not from packets: no capture has it
OF_PREFERENCES = 'analysis_off'

ANALYSIS_OFF = ('-o', 'tcp.analyze_sequence_numbers:FALSE')

# Whole connections, so that what is claimed of them does not depend on what the filter hides
FILTER = 'tcp.stream < 5'

# Prints the times of what display filters show
SHOWN_TIMES = pathlib.Path(support.__file__).with_name('shown_times.lua')

VARIANTS = ('by=address', 'by=port', 'top=1', FILTER)


# ------------------------------------------------------------------------------ reading

def severity_rank(finding):
    return SEVERITIES.index(finding['severity'])


def findings_of(document):
    return [finding for server in document['servers'] for finding in server['findings']]


def shown_by_filter(capture, filters, arguments=()):
    """What each display filter shows, from one run of tshark: how many frames, {filter: count}, and when
    the first and the last was captured, {filter: (time, time)}, in seconds since 1970. The frames are
    counted by a protocol hierarchy each, whose outermost protocols have each frame once. tshark fails
    with a filter that it does not accept."""
    hierarchies = [part for each in filters for part in ('-z', f'io,phs,{each}')]
    with tempfile.NamedTemporaryFile('w') as file:
        file.write(''.join(f'{each}\n' for each in filters))
        file.flush()
        run = support.run_tshark('-q', '-n', '-r', capture, '-X', f'lua_script:{SHOWN_TIMES}', *arguments,
                                 *hierarchies, env={'TFA_FILTERS': file.name})
    assert run.status == 0 or support.is_cut_short(run), run.err
    counts, times = {}, {}
    for line in run.out.splitlines():
        if line.startswith('Filter: '):
            shown = line.removeprefix('Filter: ')
            counts[shown] = 0
        elif outermost := re.match(r'\S+ +frames:(\d+) ', line):
            counts[shown] += int(outermost[1])
        elif line.startswith('Shown: '):
            _, number, first, last = line.split()
            times[filters[int(number)]] = (first, last)
    return counts, times


def counts_by_filter(capture, filters, arguments=()):
    counts, _ = shown_by_filter(capture, filters, arguments)
    return counts


def seconds_of(time):
    """A time of the report as Wireshark's frame.time_epoch has it."""
    whole, fraction = time.removesuffix('Z').split('.')
    return f"{int(datetime.fromisoformat(whole + '+00:00').timestamp())}.{fraction}"


@dataclass
class Case:
    """A capture with its reports."""
    path: object
    document: dict
    two_pass: dict
    variants: dict = field(default_factory=dict)  # of options: the document
    counts: dict = field(default_factory=dict)  # of display filters: frames
    times: dict = field(default_factory=dict)  # of display filters: of the first and the last frame

    def documents(self):
        return {'': self.document, **self.variants}


def json_reports(capture, options, *arguments):
    asked = [f'format=json,connections,{each}' if each else 'format=json,connections' for each in options]
    return [json.loads(text) for text in support.reports(capture, asked, *arguments)]


def read_case(path):
    document, *others = json_reports(path, ('', *VARIANTS))
    variants = dict(zip(VARIANTS, others))
    worst = min((server for server in document['servers'] if server['findings']), default=None,
                key=lambda server: severity_rank(server['findings'][0]))
    named = [f"server={worst['server']}"] if worst else []
    two_pass, *others = json_reports(path, ('', *named), '-2')
    case = Case(path, document, two_pass, {**variants, **dict(zip(named, others))})
    filters = {finding['display_filter'] for each in case.documents().values()
               for finding in [*findings_of(each), *each['capture']['findings']]}
    if filters:
        case.counts, case.times = shown_by_filter(path, sorted(filters))
    return case


def known_captures():
    return [pytest.param(score.TOP / name, id=name.removesuffix('.pcapng'), marks=pytest.mark.xdist_group(name))
            for name in TRUTH]


KNOWN = known_captures()


def shared_captures():
    missing = pytest.param(None, id='shared', marks=pytest.mark.skip(
        reason=f'no shared captures: {support.SHARED_CAPTURES} is missing or empty'))
    return [pytest.param(path, id=f'shared-{path.name}', marks=pytest.mark.xdist_group(path.name))
            for path in support.shared_captures()] or [missing]


@pytest.fixture(scope='module', params=KNOWN + shared_captures())
def case(request):
    return read_case(request.param)


# ------------------------------------------------------------------------------ the truth

def where_of(findings):
    return {(each['id'], each.get('where') or each.get('evidence', {}).get('where'))
            for each in findings if each['id'].startswith('loss_')}


@pytest.mark.parametrize('case', KNOWN, indirect=True)
def test_findings_are_the_truth(case):
    truth = TRUTH[str(case.path.relative_to(score.TOP))]
    reported = [score.found(server, finding)
                for server in case.document['servers'] for finding in server['findings']]
    assert sorted(reported, key=str) == sorted(score.wanted(truth), key=str)
    assert where_of(findings_of(case.document)) == where_of(truth['findings'])


# What limits the conclusions, told once for the capture. The truth names others by themselves.
LIMITS = {'one_way_traffic': 'one_legged', 'capture_loss': 'missing', 'duplicate_capture': 'copies',
          'offload_capture': 'offload', 'role_guessed': 'roles_guessed'}


@pytest.mark.parametrize('case', KNOWN, indirect=True)
def test_trust_is_limited_by_what_happened(case):
    truth = TRUTH[str(case.path.relative_to(score.TOP))]
    limits = {LIMITS[each['id']] for each in truth['findings'] if each['id'] in LIMITS}
    if any('did not pass' in note for note in case.document['notes']):
        limits.add('cut_headers')
    assert set(case.document['capture']['trust']) == limits | set(truth.get('trust', ()))


def test_truth_has_healthy_captures_in_which_nothing_is_found():
    assert sum(not truth['findings'] for truth in TRUTH.values()) >= 20


@pytest.mark.parametrize('identifier', IDS)
def test_truth_has_captures_with_each_finding_and_without(identifier):
    having = [name for name, truth in TRUTH.items() if identifier in {each['id'] for each in truth['findings']}]
    assert len(TRUTH) - len(having) >= 3
    assert bool(having) == (identifier != OF_PREFERENCES)


def test_truth_knows_only_ids_of_the_plugin():
    assert len(IDS) == 34
    assert {each['id'] for truth in TRUTH.values() for each in truth['findings']} <= set(IDS)


def test_truth_names_every_capture_of_the_lab():
    kept = {str(path.relative_to(score.TOP)) for folder in ('captures', 'tests/lab')
            for path in (score.TOP / folder).glob('*.pcapng')}
    assert kept == set(TRUTH)


# ------------------------------------------------------------------------------ the score itself

REFUSED = 'captures/refused.pcapng'


def test_scenarios_of_the_documented_kinds_exist():
    document = (score.TOP / 'docs/findings.md').read_text()
    _, table = document.split('## Kinds of captures', 1)
    rows = [line for line in table.split('\n## ')[0].splitlines() if line.startswith('|')]
    named = re.findall(r'`([\w.-]+)`', ''.join(rows))
    assert named
    assert set(named) <= {pathlib.Path(name).stem for name in TRUTH}


def test_score_is_perfect_where_the_truth_is_found():
    lines, complaints, perfect = score.score({REFUSED: TRUTH[REFUSED]})
    assert (complaints, perfect, len(lines)) == ([], True, len(IDS))


@pytest.mark.parametrize('findings, complaint', [
    ([], 'wrong'),
    ([*TRUTH[REFUSED]['findings'], {'id': 'no_response', 'server': '10.2.0.5:8080'}], 'missing'),
    ([{**TRUTH[REFUSED]['findings'][0], 'by': 'client'}], 'missing'),
    ([{**TRUTH[REFUSED]['findings'][0], 'server': '10.2.0.5:80'}], 'wrong'),
], ids=['found but not true', 'true but not found', 'the other end', 'another server'])
def test_score_tells_mistakes(findings, complaint):
    _, complaints, perfect = score.score({REFUSED: {'findings': findings}})
    assert not perfect
    assert any(complaint in text for text in complaints)


def test_score_tells_filters_that_show_something_else():
    finding = {'id': 'connection_refused', 'display_filter': 'tcp.flags.reset == 1', 'evidence': {'packets': 2}}
    [complaint] = score.wrong_filters(score.TOP / REFUSED, [finding])
    assert 'shows 3 packets, not 2' in complaint


# ------------------------------------------------------------------------------ every finding

def test_display_filters_show_the_claimed_packets(case):
    """Also of servers put together otherwise, of named ones and of the first alone."""
    for options, document in case.documents().items():
        claimed = [(finding['display_filter'], finding['evidence']['packets']) for finding in findings_of(document)]
        assert [(each, case.counts[each]) for each, _ in claimed] == claimed, options


# A line or two of the text report
LONGEST_FILTER_OF_A_SCAN = 200

# The only captures with a longer one, in which the client reaches nearly as many as it fails at, on many ports of many
# addresses: nothing but the streams tells them apart
LONGER_FILTERS = {'ndpi-gnutella': 220}


def test_filters_of_scans_are_short(case):
    for options, document in case.documents().items():
        user = f'({document["filter"]}) && ' if document['filter'] else ''
        for finding in [*findings_of(document), *document['capture']['findings']]:
            if finding['id'] == 'scan':
                shown = finding['display_filter'].removeprefix(user)
                assert len(shown) <= LONGER_FILTERS.get(case.path.stem, LONGEST_FILTER_OF_A_SCAN), options


def is_cut(finding):
    return finding['text'].endswith(' The display filter shows only the first of them.')


def test_times_of_a_finding_are_those_of_the_packets_that_its_filter_shows(case):
    for options, document in case.documents().items():
        for finding in findings_of(document):
            shown = case.times[finding['display_filter']]
            for time, expected in zip((finding['first_time'], finding['last_time']), shown):
                if time is not None and not is_cut(finding):
                    assert seconds_of(time) == expected, (options, finding['display_filter'])


# Of each capture: the only findings with an unknown time, and which time that is
UNKNOWN_TIMES = {
    'blackhole-in-download-v6': [('path_mtu_blackhole', 'first_time')],
    'blackhole-in-upload': [('path_mtu_blackhole', 'first_time')],
    'fin-repeated': [('retries_exhausted', 'first_time')],
    'mtu-told-in-vain': [('path_mtu_blackhole', 'first_time')],
    'path-dies-in-download-v6': [('retries_exhausted', 'first_time')],
}


@pytest.mark.parametrize('case', KNOWN, indirect=True)
def test_times_of_a_finding_are_known_but_in_these_captures(case):
    unknown = [(finding['id'], key) for finding in findings_of(case.document) for key in ('first_time', 'last_time')
               if finding[key] is None]
    assert unknown == UNKNOWN_TIMES.get(case.path.stem, [])


def test_few_findings_have_an_unknown_time():
    findings = sum(len(truth['findings']) for truth in TRUTH.values())
    assert sum(map(len, UNKNOWN_TIMES.values())) <= findings * 0.03


def test_manual_names_the_findings_whose_times_may_be_unknown():
    text = ' '.join((score.TOP / 'docs/findings.md').read_text().split())
    [named] = re.findall(r'So a time may be null in (.*?):', text)
    assert set(re.findall(r'`(\w+)`', named)) >= {
        identifier for unknown in UNKNOWN_TIMES.values() for identifier, _ in unknown}


def test_findings_are_the_same_with_two_passes(case):
    assert [server['findings'] for server in case.two_pass['servers']] == [
        server['findings'] for server in case.document['servers']]


def test_findings_stand_in_order_and_the_strongest_begins_the_interpretation(case):
    for document in case.documents().values():
        for server in document['servers']:
            findings = server['findings']
            assert findings == sorted(findings, key=severity_rank)
            if findings and findings[0]['severity'] != 'chat':
                assert server['analysis']['interpretation'].startswith(findings[0]['text'])


def packets_of(finding):
    """Those that prove it: where a filter names frames, how often it happened."""
    return finding['count'] if re.search(r'frame\.number (==|in) ', finding['display_filter']) else (
        finding['evidence']['packets'])


def concern(finding):
    """The most severe first, then what concerns most connections and packets, then what is most important."""
    return (severity_rank(finding), -finding['connections'], -packets_of(finding), IDS.index(finding['id']))


def kind_of(finding):
    return finding['id'], finding.get('by') or finding.get('direction')


def parts_of(entry, document):
    """The findings of servers that are in an entry of the capture; of a scan, the one at its first server."""
    return [finding for server in document['servers'] if server['server'] in entry['servers']
            for finding in server['findings'] if kind_of(finding) == kind_of(entry) and
            (entry['id'] != 'scan' or finding['streams'] == entry['streams'])]


def test_capture_lists_the_findings_of_all_servers_in_order(case):
    for options, document in case.documents().items():
        entries = document['capture']['findings']
        assert entries == sorted(entries, key=concern), options
        if options == 'top=1':
            continue
        placed = [(kind_of(finding), finding['connections']) for finding in findings_of(document)]
        parts = [(kind_of(part), part['connections']) for entry in entries for part in parts_of(entry, document)]
        assert sorted(map(str, parts)) == sorted(map(str, placed)), options


def test_entry_of_several_servers_counts_what_their_findings_count(case):
    for options, document in case.documents().items():
        if options == 'top=1':
            continue
        for entry in document['capture']['findings']:
            parts = parts_of(entry, document)
            assert len(parts) == (1 if entry['id'] == 'scan' else len(entry['servers'])), options
            for number in ('connections', 'count'):
                assert entry[number] == sum(part[number] for part in parts), (options, entry)


def test_entries_show_the_claimed_packets(case):
    for options, document in case.documents().items():
        claimed = [(entry['display_filter'], entry['evidence']['packets']) for entry in document['capture']['findings']]
        assert [(each, case.counts[each]) for each, _ in claimed] == claimed, options


def without_scan(findings):
    """A scan stands at the first of its servers that is shown."""
    return [finding for finding in findings if finding['id'] != 'scan']


def test_first_server_has_the_same_findings_when_it_is_the_only_one(case):
    [first] = case.document['servers'][:1] or [{'findings': []}]
    [only] = case.variants['top=1']['servers'] or [{'findings': []}]
    assert without_scan(only['findings']) == without_scan(first['findings'])


def streams_by_id(document):
    """Of connections: {(server, id): streams}. A scan is one for all servers."""
    streams = {}
    for connection in document['connections']:
        for identifier in connection['findings']:
            server = None if identifier == 'scan' else connection['server']
            streams.setdefault((server, identifier), set()).add(connection['stream'])
    return streams


def test_connections_have_the_ids_of_the_findings_that_count_them(case):
    of_connections = streams_by_id(case.document)
    of_servers, all_named = {}, {}
    for server in case.document['servers']:
        for finding in server['findings']:
            key = (None if finding['id'] == 'scan' else server['server'], finding['id'])
            of_servers.setdefault(key, set()).update(finding['streams'])
            all_named[key] = all_named.get(key, True) and len(finding['streams']) == finding['connections']
            assert len(finding['streams']) == min(finding['connections'], 10)
            assert len(of_connections[key]) >= finding['connections']
    assert of_servers.keys() == of_connections.keys()
    for key, streams in of_servers.items():
        assert streams == of_connections[key] if all_named[key] else streams < of_connections[key], key


def test_streams_of_a_finding_are_those_of_its_server(case):
    streams = {}
    for connection in case.document['connections']:
        streams.setdefault(connection['server'], set()).add(connection['stream'])
    for server in case.document['servers']:
        for finding in without_scan(server['findings']):
            assert set(finding['streams']) <= streams[server['server']]
            assert finding['connections'] <= len(streams[server['server']])


def test_display_filter_limits_the_streams_that_are_judged(case):
    assert all(stream < 5 for finding in findings_of(case.variants[FILTER]) for stream in finding['streams'])


# ------------------------------------------------------------------------------ without analysis

@pytest.mark.parametrize('name', ['loss-after-capture', 'refused', 'mixed', 'zero-window'])
def test_analysis_off_is_one_note_for_all_servers(captures, name):
    capture = captures / f'{name}.pcapng'
    document = support.json_report(capture, '', *ANALYSIS_OFF)
    [note] = [finding for finding in findings_of(document) if finding['id'] == OF_PREFERENCES]
    assert note['severity'] == 'note'
    assert 'tcp.analyze_sequence_numbers' in note['text']
    assert OF_PREFERENCES not in {finding['id'] for finding in findings_of(support.json_report(capture))}


@pytest.mark.parametrize('name', ['loss-after-capture', 'zero-window', 'window-full', 'mixed'])
def test_without_analysis_filters_still_show_the_claimed_packets(captures, name):
    capture = captures / f'{name}.pcapng'
    findings = [finding for finding in findings_of(support.json_report(capture, '', *ANALYSIS_OFF))
                if finding['id'] != OF_PREFERENCES]
    shown = counts_by_filter(capture, [finding['display_filter'] for finding in findings], ANALYSIS_OFF)
    assert shown == {finding['display_filter']: finding['evidence']['packets'] for finding in findings}


def test_analysis_off_is_silent_where_there_is_no_tcp(captures):
    assert findings_of(support.json_report(captures / 'no-tcp.pcapng', '', *ANALYSIS_OFF)) == []


# ------------------------------------------------------------------------------ forms of output

def test_text_has_each_finding_with_its_filter(captures):
    text = support.report(captures / 'mixed.pcapng')
    words = ' '.join(text.split())
    findings = findings_of(support.json_report(captures / 'mixed.pcapng'))
    assert findings
    for finding in findings:
        assert f"{finding['text']} {finding['display_filter']}" in words


def test_capture_that_is_cut_has_the_findings_of_what_is_left(captures, tmp_path):
    path = tmp_path / 'cut.pcapng'
    shutil.copy(captures / 'refused.pcapng', path)
    with open(path, 'r+b') as file:
        file.truncate(path.stat().st_size - 20)
    [finding] = findings_of(support.json_report(path))
    assert finding['id'] == 'connection_refused'
    assert finding['evidence']['packets'] == support.frames(path, finding['display_filter']) == 2
