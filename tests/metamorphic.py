#!/usr/bin/python3
"""Changes captures in ways that must not change the findings, or must add exactly one.

    tests/metamorphic.py [-v] [--change NAME]... [--frames N] CAPTURE_OR_FOLDER...

Nobody needs to know what the findings of a capture should be: those of the changed capture follow from those of the
capture itself. No finding may change where the times are others (later, earlier), addresses and ports (renamed), what
is around the packets (vlan, vxlan), the interfaces, the snap length (snap), or where another connection is mixed in
(mixed). Where every frame is there twice, as behind a router (doubled-...), only duplicate_capture is new. Where one
direction of the established connections is gone (without-client, without-server), or 100 frames in the middle (hole),
only one_way_traffic or capture_loss is new; others may be gone with what proved them.

Runs the display filter of every finding, and checks that it shows as many packets as the finding claims, only TCP
segments unless the finding is about ICMP errors, and, where nothing may change, the very same packets.

Prints a table: how many captures each change was made to, why not to others (with -v), known exceptions, and
violations, each of which it also prints. Of captures with more than N frames (20000) it takes the first.
Exit status 1 if there is a violation.
"""

import argparse
import collections
import concurrent.futures
import functools
import json
import multiprocessing
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / 'tests/support'))

import changes                      # noqa: E402
import placed_frames                # noqa: E402
import support                      # noqa: E402
from changes import NotApplicable   # noqa: E402

MOST_FRAMES = 20000

# A larger difference of sequence numbers is none
LARGEST_STEP = 2**30
# Limits of a capture with which absence proves nothing
BLIND = {'filtered', 'cut_headers', 'partial'}

# Findings that are about all segments, copies among them
OF_ALL_SEGMENTS = ('duplicate_capture', 'one_way_traffic', 'role_guessed', 'offload_capture', 'analysis_off')
# How often these are counted depends on what Wireshark remembers of the segment before, which is a copy now
OF_WIRESHARK = ('window_limited', 'zero_window')
# Findings that ICMP errors may prove, too
WITH_ICMP = ('icmp_error', 'no_response', 'path_mtu_blackhole')


# ------------------------------------------------------------------------------ what the plugin says

class Finding(NamedTuple):
    severity: str
    count: int
    connections: int
    numbers: str
    text: str
    display_filter: str
    shown: frozenset  # numbers of the frames that the display filter shows


class Said(NamedTuple):
    report: dict
    findings: dict  # (server, id, side): Finding
    complaints: list  # about display filters


class Sharkd:
    """Loads a capture once, and then applies many display filters."""

    def __init__(self):
        self.process = subprocess.Popen(['sharkd', '-'], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, env=support.tshark_environment())
        self.loads = 0

    def ask(self, method, **parameters):
        request = {'jsonrpc': '2.0', 'id': 1, 'method': method, 'params': parameters}
        self.process.stdin.write(json.dumps(request).encode() + b'\n')
        self.process.stdin.flush()
        # sharkd shows bytes of packets as they are: they need not be UTF-8
        answer = json.loads(self.process.stdout.readline().decode(errors='replace'), strict=False)
        if 'error' in answer:
            raise RuntimeError(f'sharkd: {answer}')
        return answer['result']

    def load(self, path):
        self.loads += 1
        self.ask('load', file=str(path))

    def shown_by(self, display_filter):
        # sharkd 4.0 remembers what a filter showed, and does not forget it when it loads another capture: so no two
        # captures get the same filter. The column costs less than the ordinary ones.
        rows = self.ask('frames', filter=f'({display_filter}) && frame.number < {2**31 - self.loads}',
                        column0='frame.number:1')
        return frozenset(row['num'] for row in rows)


@functools.lru_cache(None)
def sharkd():
    """One of each worker."""
    return Sharkd()


def say(path):
    """What the plugin says of a capture."""
    run = support.run_tshark('-q', '-z', 'tcp,asymmetry,format=json,connections', '-r', path)
    if run.status and not support.is_cut_short(run):
        raise RuntimeError(run.err)
    report = json.loads(run.out)
    pairs = [(server['server'], each) for server in report['servers'] for each in server['findings']]
    if pairs:
        sharkd().load(path)
    findings, complaints = {}, []
    for server, each in pairs:
        key = server, each['id'], each.get('by') or each.get('direction')
        shown = sharkd().shown_by(each['display_filter'])
        if key in findings:
            complaints.append(f'{named(key)} is reported twice')
        if len(shown) != each['evidence']['packets']:
            complaints.append(f"{named(key)}: {each['display_filter']!r} shows {len(shown)} packets, "
                              f"not {each['evidence']['packets']}")
        findings[key] = Finding(each['severity'], each['count'], each['connections'], json.dumps(each['evidence']),
                                each['text'], each['display_filter'], shown)
    return Said(report, findings, complaints)


def named(key):
    server, identifier, side = key
    return f'{identifier} ({side}) of {server}' if side else f'{identifier} of {server}'


# ------------------------------------------------------------------------------ what must be so

def origins(finding, changed):
    """The frames of the capture that the filter shows; None among them if there are others."""
    return frozenset(changed.origins[number - 1] for number in finding.shown)


def translated(text, names):
    if not names:
        return text
    words = '|'.join(map(re.escape, sorted(names, key=len, reverse=True)))
    return re.sub(rf'(?<![\w.:])({words})(?![\w.]|:\w)', lambda match: names[match[1]], text)


def judge_same(capture, before, after, changed):
    """Complaints if not all findings are as before."""
    wanted = {(translated(server, changed.names), *rest): finding._replace(
        numbers=translated(finding.numbers, changed.names), text=translated(finding.text, changed.names))
        for (server, *rest), finding in before.findings.items()}
    found = {key: finding._replace(shown=origins(finding, changed)) for key, finding in after.findings.items()}
    yield from (f'gone: {named(key)}' for key in wanted.keys() - found.keys())
    yield from (f'new: {named(key)}: {found[key].text}' for key in found.keys() - wanted.keys())
    for key in wanted.keys() & found.keys():
        for name, old, new in zip(Finding._fields, wanted[key], found[key]):
            # It names streams and frames, which may have other numbers. What it shows is what counts.
            if old != new and name != 'display_filter':
                yield f'{named(key)}: {name} was {show(old)}, is {show(new)}'


def show(value):
    return sorted(value, key=str) if isinstance(value, frozenset) else value


# Of each group, one finding is told of a connection, the first that applies: where the proof of the first is gone, the
# next one applies
GROUPS = (
    ('forged_reset', 'stale_connection', 'reply_from_other_address', 'connection_refused', 'listen_queue_full',
     'handshake_incomplete', 'handshake_rejected', 'no_response'),
    ('forged_reset', 'peer_gone', 'connection_unknown', 'reset_by_client', 'reset_by_server', 'reset_after_close'),
    ('path_mtu_blackhole', 'listen_queue_full', 'connection_unknown', 'retries_exhausted'),
)


def takes_place(key, before, after):
    """Whether a finding is in the place of one that is gone."""
    gone = {identifier for server, identifier, _ in before.findings.keys() - after.findings.keys() if server == key[0]}
    # An ICMP error that explained what is gone stands for itself; what one end did, and counted, is gone, and what the
    # other one did counts
    if key[1] == 'icmp_error' and gone or key[1] in gone:
        return True
    return any(key[1] in group and any(each in gone for each in group[:group.index(key[1])]) for group in GROUPS)


def news(before, after, allowed):
    """Complaints about findings that were not there before."""
    return (f'new: {named(key)}: {finding.text}' for key, finding in after.findings.items()
            if key not in before.findings and not allowed(key))


def rounded(text):
    """Without times: with its last copy, the capture ends later."""
    return re.sub(r'[\d.]+ (s|ms|min)\b', 'a while', text)


def sure_copies(capture):
    """How many segments of each server have copies that nothing else can be: 3 ms apart, the identification or the
    timestamps must tell."""
    servers, counts = {line['stream']: line['server'] for line in capture.connections}, collections.Counter()
    for each in capture.placed:
        if each.tcp and (each.identification or (each.has_timestamps and not each.flags & placed_frames.RST)):
            counts[servers.get(each.tcp.stream)] += 1
    return counts


def judge_doubled(capture, before, after, changed):
    """Only duplicate_capture is new, and it is there wherever copies suffice. All else is as it was."""
    yield from news(before, after, lambda key: key[1] == 'duplicate_capture')
    yield from (f'gone: {named(key)}' for key in before.findings.keys() - after.findings.keys()
                if key[1] not in OF_WIRESHARK)
    for key in before.findings.keys() & after.findings.keys():
        if key[1] in OF_ALL_SEGMENTS:
            continue
        old, new = before.findings[key], after.findings[key]
        if key[1] not in OF_WIRESHARK and (old.count, rounded(old.text)) != (new.count, rounded(new.text)):
            yield f'{named(key)}: was {old.count}: {old.text}, is {new.count}: {new.text}'
        # A filter that names no frames cannot leave out their copies, and copies of ICMP errors are errors
        copies = new.shown & changed.copies
        if new.display_filter.startswith('frame.number') and key[1] not in WITH_ICMP and copies:
            yield f'{named(key)}: copies prove it: {sorted(copies)}'
    sure = sure_copies(capture)
    for server in before.report['servers']:
        if sure[server['server']] >= 3 and (server['server'], 'duplicate_capture', None) not in after.findings:
            yield f"missing: duplicate_capture of {server['server']}"


def is_missing(key, finding, after, gone):
    """Whether one_way_traffic misses what was taken away. Where both ends sent a SYN, the only one that is left makes
    its sender the client."""
    role = key[2].partition('_to_')[0]
    return any(line[role] in gone for line in after.report['connections']
               if line['server'] == key[0] and 'one_way_traffic' in line['findings'])


def judge_one_way(capture, before, after, changed, sender):
    """No finding is new but one_way_traffic."""
    gone = {line[sender] for line in capture.connections}

    def is_allowed(key):
        if key[1] == 'one_way_traffic':
            return is_missing(key, after.findings[key], after, gone)
        return takes_place(key, before, after)
    yield from news(before, after, is_allowed)
    for stream, line in changes.established(capture).items():
        acknowledged = [each.acknowledged for _, each in capture.streams[stream]
                        if changes.end_text(*each.source) != line[sender] and is_plain_ack(each)]
        if (any(2 <= number - acknowledged[0] & 0xFFFFFFFF <= LARGEST_STEP for number in acknowledged)
                and not is_data_alone(capture.streams[stream], line[sender])):
            yield from missed(after, line, 'one_way_traffic')


def is_data_alone(frames, gone):
    """Whether each segment of the end that is left has data, as in files that were saved through a filter."""
    return all(each.tcp.payload for _, each in frames if changes.end_text(*each.source) != gone)


def is_plain_ack(each):
    return each.flags & placed_frames.ACK and not each.flags & (placed_frames.SYN | placed_frames.RST)


def missed(after, line, identifier):
    """A complaint if no connection between the ends of this one has the finding, though absence proves something."""
    ends = {line['client'], line['server']}
    if not (BLIND & set(after.report['capture']['trust']) or all(end.startswith(('127.', '[::1]')) for end in ends)
            or any(identifier in each['findings'] for each in after.report['connections']
                   if {each['client'], each['server']} == ends)):
        yield f"missing: {identifier} between {line['client']} and {line['server']}"


def emptied(capture, changed):
    """(server, direction) where the hole took all data of that direction of a connection."""
    left, result = set(changed.origins), set()
    for line in capture.connections:
        for role, direction in (('client', 'client_to_server'), ('server', 'server_to_client')):
            data = [number for number, each in capture.streams[line['stream']]
                    if each.tcp.payload and changes.end_text(*each.source) == line[role]]
            if data and not left.intersection(data):
                result.add((line['server'], direction))
    return result


def judge_hole(capture, before, after, changed):
    """No finding is new but capture_loss, or one_way_traffic if no data is left. Who the server is may be a guess
    without the handshake."""
    empty = emptied(capture, changed)

    def is_allowed(key):
        return (key[1] in ('capture_loss', 'role_guessed') or takes_place(key, before, after)
                or key[1] == 'one_way_traffic' and (key[0], key[2]) in empty)
    yield from news(before, after, is_allowed)
    for stream, line in changes.established(capture).items():
        if any(lacks_acknowledged(capture.streams[stream], set(changed.origins), role)
               for role in (line['client'], line['server'])):
            yield from missed(after, line, 'capture_loss')


def lacks_acknowledged(frames, left, sender):
    """Whether data of this end of a connection is in the hole and nowhere else, though segments of both ends with data
    are left on both sides of it and the other end acknowledges it behind."""
    own = [(number, each) for number, each in frames if changes.end_text(*each.source) == sender]
    data = [(number, each) for number, each in own if (each.tcp.payload or 0) > 1]
    kept, gone = [pair for pair in data if pair[0] in left], [pair for pair in data if pair[0] not in left]
    answers = [(number, each) for number, each in frames if number in left and is_plain_ack(each)
               and changes.end_text(*each.source) != sender]
    if not gone or not kept or not answers:
        return False
    begin, last = gone[0], gone[-1]
    is_between = kept[0][0] < begin[0] and last[0] < kept[-1][0] and answers[0][0] < begin[0]
    end = last[1].sequence + last[1].tcp.payload
    covers = {each.sequence for _, each in kept}
    is_whole = all(each.frame.length == len(each.frame.data) for _, each in frames)
    return (is_between and is_whole and not any(each.flags & placed_frames.RST for _, each in frames)
            and any(0 <= each.acknowledged - end & 0xFFFFFFFF <= LARGEST_STEP for number, each in answers
                    if number > last[0])
            and any(each.sequence not in covers for _, each in gone)
            and any(not each.tcp.payload for _, each in answers))


class Change(NamedTuple):
    make: callable  # Capture to changes.Changed
    judge: callable  # gives complaints


def doubled(delay):
    return Change(functools.partial(changes.doubled, delay=delay), judge_doubled)


def one_way(sender):
    return Change(functools.partial(changes.without, sender=sender), functools.partial(judge_one_way, sender=sender))


CHANGES = {
    'later': Change(changes.later, judge_same),
    'earlier': Change(changes.earlier, judge_same),
    'renamed': Change(changes.other_names, judge_same),
    'vlan': Change(changes.in_vlan, judge_same),
    'vxlan': Change(changes.in_vxlan, judge_same),
    'interfaces': Change(changes.other_interfaces, judge_same),
    'snap': Change(changes.cut, judge_same),
    'mixed': Change(changes.mixed, judge_same),
    'doubled-50us': doubled(50 * changes.US),
    'doubled-3ms': doubled(3 * changes.MS),
    'doubled-40ms': doubled(40 * changes.MS),
    'without-client': one_way('client'),
    'without-server': one_way('server'),
    'hole': Change(changes.hole, judge_hole),
}

# What is tried at once, in this order, before each by itself: starting tshark takes longer than all else
AT_ONCE = (('renamed', 'interfaces', 'later', 'vlan', 'vxlan'), ('snap', 'earlier'))

# (change, capture, beginning of the complaint, reason): what is known to be not as it should
SAME_IN_TUNNELS = 'made by hand: the same segment with the same identification, in several tunnels'
FUZZED = 'a fuzzer made it: two malformed segments are in the stream and not in the tap, and there are gaps'
OTHER_DUPLICATE_ACKS = 'copies change what Wireshark calls a duplicate ACK, which tells some of what was lost'
EXCEPTIONS = [
    ('without-server', 'nDPI-reasm_crash_anon.pcapng', '', FUZZED),
    ('hole', 'tcptrace-input_fast_reuse.dmp.gz', 'missing: capture_loss', 'its segments are cut: nobody knows how long they '
     'were'),
    ('without-client', 'tcptrace-input_badsyns.dmp.gz', '', 'an earlier attempt on the same ports '
     'got no answer: without the new SYN, what the server says belongs to that'),
    ('doubled-.*', 'tcptrace-input_discard.solaris.dmp.gz', 'loss_client_to_server', OTHER_DUPLICATE_ACKS),
    ('doubled-.*', 'zeek-pppoe-over-qinq.pcap', '', OTHER_DUPLICATE_ACKS),
    ('mixed', 'zeek-http_bro.org-filtered.pcap', 'new: handshake_incomplete', 'that it was saved for its SYNs is told by '
     'the whole file'),
    ('without-client', 'injected-data-after-a-genuine-reset.pcapng', 'missing: one_way_traffic', 'what is left acknowledges '
     'nothing but in a reset and in injected data'),
    ('without-client', 'duplicated-by-network.pcapng', 'new: duplicate_capture', 'the client answered the copies: without '
     'it nobody knows who made them, as the text says'),
    ('without-client', 'nDPI-anyconnect-vpn.pcap', 'new: retries_exhausted', 'the client has closed before, and nobody '
     'sees it'),
    ('doubled-40ms', 'reused-ports.pcapng', '', 'the ports are used again within 40 ms: copies of the old connection are '
     'segments of the new one for Wireshark'),
    ('doubled-.*', 'queue-written-late.*', 'new: capture_loss', 'the file is not in order of time: the copies of one '
     'connection stand behind the SYN that Wireshark takes for another one'),
    ('doubled-3ms', 'two-clocks-v6.pcapng', 'new: spurious_retransmissions', 'each segment is there four times, at two '
     'places with clocks of their own, and IPv6 has no identification'),
    ('doubled-.*', 'arkime-tests_pcap_tcp_handshake_synthetic.pcap', '', 'made by hand: the same SYN in two connections'),
    *(('doubled-.*', f'PcapFlowLab-tests_data_parsing_{name}.pcap', '', SAME_IN_TUNNELS) for name in (
        'ah_05_ipv4_ah_same_tuple_different_spi', 'ah_08_ipv4_ah_same_spi_different_sequence',
        'geneve_18_geneve_udp_port_direction_matrix', 'gtpu_22_gtpu_udp_port_direction_matrix',
        'gtpu_24_gtpu_flag_matrix_inner_ipv4_tcp')),
]


def exception(change, capture, complaint):
    """The reason why a violation is known, or None."""
    return next((reason for changes_, name, beginning, reason in EXCEPTIONS
                 if re.fullmatch(changes_, change) and re.fullmatch(name, capture) and complaint.startswith(beginning)), None)


# ------------------------------------------------------------------------------ one capture

class Outcome(NamedTuple):
    capture: str
    change: str
    reason: str = None  # why it was not made
    violations: tuple = ()
    known: tuple = ()


def read(path, scratch, most_frames):
    """(Capture, Said of it). Raises NotApplicable."""
    try:
        frames, link_type = placed_frames.read_frames(path, scratch)
    except (FileNotFoundError, AssertionError):
        raise NotApplicable('link layers that differ, or no capture') from None
    capture = changes.Capture(path.name, frames[:most_frames], link_type)
    plain = scratch / 'plain.pcapng'
    placed_frames.write_frames(plain, capture.frames, link_type)
    capture.read_headers = lambda: placed_frames.placed(plain, capture.frames)
    said = say(plain)
    capture.report = said.report
    if not capture.connections:
        raise NotApplicable('no connection')
    return capture, said


def complaints(capture, before, changed, judge, scratch):
    path = scratch / 'changed.pcapng'
    placed_frames.write_frames(path, changed.frames, changed.link_type, changed.interfaces)
    try:
        after = say(path)
    except (RuntimeError, ValueError) as error:
        return [f'failed: {error}']
    return [*after.complaints, *judge(capture, before, after, changed)]


def at_once(names, capture, before, scratch):
    """Outcomes of several changes, made together; none if one cannot be made, or something is to complain about."""
    try:
        changed = changes.together(capture, [CHANGES[name].make for name in names])
    except NotApplicable:
        return []
    if complaints(capture, before, changed, judge_same, scratch):
        return []
    return [Outcome(capture.name, name) for name in names]


def try_change(name, capture, before, scratch):
    change = CHANGES[name]
    arguments = (capture, scratch) if change.make is changes.mixed else (capture,)
    try:
        found = complaints(capture, before, change.make(*arguments), change.judge, scratch)
    except NotApplicable as reason:
        return Outcome(capture.name, name, str(reason))
    violations, known = [], []
    for complaint in found:
        reason = exception(name, capture.name, complaint)
        (violations if reason is None else known).append(complaint)
    return Outcome(capture.name, name, None, tuple(sorted(violations)), tuple(known))


def try_capture(path, names=tuple(CHANGES), most_frames=MOST_FRAMES):
    """An Outcome for the capture as it is, and for each change."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        try:
            capture, before = read(path, scratch, most_frames)
        except NotApplicable as reason:
            return [Outcome(path.name, name, str(reason)) for name in ('unchanged', *names)]
        done = {'unchanged': Outcome(capture.name, 'unchanged', None, tuple(before.complaints))}
        for group in AT_ONCE:
            if set(group) <= set(names):
                done.update((each.change, each) for each in at_once(group, capture, before, scratch))
        done.update((name, try_change(name, capture, before, scratch)) for name in names if name not in done)
        return [done[name] for name in ('unchanged', *names)]


# ------------------------------------------------------------------------------ command

def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('captures', nargs='+', type=Path, metavar='CAPTURE_OR_FOLDER')
    parser.add_argument('-v', '--verbose', action='store_true', help='say why changes were not made')
    parser.add_argument('--change', action='append', choices=CHANGES, help='only this; may be repeated')
    parser.add_argument('--frames', type=int, default=MOST_FRAMES, metavar='N')
    return parser.parse_args()


def table(outcomes):
    lines = [f"{'change':16} {'captures':>8} {'not made':>8} {'known':>6} {'violations':>10}"]
    for change in dict.fromkeys(each.change for each in outcomes):
        of_it = [each for each in outcomes if each.change == change]
        made = [each for each in of_it if each.reason is None]
        lines.append(f'{change:16} {len(made):8} {len(of_it) - len(made):8} {sum(len(each.known) for each in made):6} '
                     f'{sum(len(each.violations) for each in made):10}')
    return lines


def main():
    arguments = parse_arguments()
    names = tuple(arguments.change or CHANGES)
    outcomes = []
    with concurrent.futures.ProcessPoolExecutor(mp_context=multiprocessing.get_context('spawn')) as pool:
        work = functools.partial(try_capture, names=names, most_frames=arguments.frames)
        for of_capture in pool.map(work, support.captures_in(arguments.captures)):
            outcomes += of_capture
            for each in of_capture:
                for violation in each.violations:
                    print(f'{each.capture}: {each.change}: {violation}', flush=True)
    if arguments.verbose:
        reasons = collections.Counter((each.change, each.reason) for each in outcomes if each.reason)
        for (change, reason), count in sorted(reasons.items()):
            print(f'not made: {change}: {count} captures: {reason}')
    print('\n'.join(table(outcomes)))
    return any(each.violations for each in outcomes) or not outcomes


if __name__ == '__main__':
    sys.exit(main())
