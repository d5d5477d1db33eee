#!/usr/bin/python3
"""The second source: every number of the statistic, computed from tshark's fields alone.

It shares no code and no idea with the plugin. What Wireshark says about a segment comes from
`tshark -T fields`; what the statistic makes of it is done here in the plainest way, over a list of
all segments of a connection in file order. Frames that hold more than one TCP header (tunnels) or
an ICMP message (which may quote one) are read as PDML, where each header has its own fields.

    tests/support/reference.py CAPTURE...     prints one line per connection, to look at
"""

import functools
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree
from collections import defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple, Optional

FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10

# The bits of tcp.completeness (Wireshark User's Guide, "TCP Conversation Completeness")
COMPLETE_SYN, COMPLETE_SYN_ACK, COMPLETE_ACK, COMPLETE_DATA, COMPLETE_FIN, COMPLETE_RST = 1, 2, 4, 8, 16, 32

MILLISECOND = 1_000_000  # in ns
DUPLICATE_SAME_ID_NS = 100 * MILLISECOND
DUPLICATE_NO_ID_NS = 1 * MILLISECOND

# JSON key -> the display filter field whose frames it counts
ANALYSIS_FIELDS = {
    'retransmissions': 'tcp.analysis.retransmission',
    'fast_retransmissions': 'tcp.analysis.fast_retransmission',
    'spurious_retransmissions': 'tcp.analysis.spurious_retransmission',
    'out_of_order': 'tcp.analysis.out_of_order',
    'duplicate_acks': 'tcp.analysis.duplicate_ack',
    'lost_segments': 'tcp.analysis.lost_segment',
    'acked_unseen': 'tcp.analysis.ack_lost_segment',
    'zero_windows': 'tcp.analysis.zero_window',
    'window_full': 'tcp.analysis.window_full',
    'keep_alives': 'tcp.analysis.keep_alive',
}
# Absent (null) when Wireshark's sequence analysis is switched off
FROM_ANALYSIS = ('retransmitted_bytes', 'goodput_bytes', *ANALYSIS_FIELDS)
COUNTERS = (
    'packet_count', 'byte_count', 'payload_bytes', 'retransmitted_bytes', 'goodput_bytes',
    'inferred_payload_bytes', 'syn_count', 'syn_ack_count', 'fin_count', 'rst_count',
    'data_packets', *ANALYSIS_FIELDS, 'duplicate_frames')

FRAME_FIELDS = ('frame.number', 'frame.time_epoch', 'frame.len', 'frame.protocols')
IP_FIELDS = {
    'ip': ('ip.src', 'ip.dst', 'ip.ttl', 'ip.id'),
    'ipv6': ('ipv6.src', 'ipv6.dst', 'ipv6.hlim'),
}
EXCEPTION_FIELDS = ('_ws.malformed', '_ws.short', '_ws.unreassembled')
TCP_FIELDS = (
    'tcp.stream', 'tcp.srcport', 'tcp.dstport', 'tcp.seq_raw', 'tcp.ack_raw', 'tcp.flags',
    'tcp.len', 'tcp.window_size', 'tcp.window_size_value', 'tcp.hdr_len', 'tcp.urgent_pointer', 'tcp.options.sack_le',
    'tcp.options.sack_re', 'tcp.completeness', *ANALYSIS_FIELDS.values(), *EXCEPTION_FIELDS)
TCP_EXCEPTION = re.compile(r'\[(Malformed|Unreassembled) Packet: TCP[]:]|\[Packet size limited during capture: TCP ')
ALL_FIELDS = FRAME_FIELDS + IP_FIELDS['ip'] + IP_FIELDS['ipv6'] + TCP_FIELDS

# Linux allows 128 KiB for one argument; beyond this all TCP frames are printed as PDML
LONGEST_FILTER = 100_000


class End(NamedTuple):
    """One end of a connection."""
    address: str
    port: int

    def __str__(self):
        return f'[{self.address}]:{self.port}' if ':' in self.address else f'{self.address}:{self.port}'


@dataclass(frozen=True)
class Segment:
    """One TCP header that Wireshark hands to the tcp tap, and what it says about it."""
    frame: int
    time: int                     # ns since 1970
    frame_length: int             # on the wire
    stream: int
    sender: End
    receiver: End
    sequence: int
    acknowledgment: int
    flags: int
    length: Optional[int]         # payload; None where Wireshark does not know it
    window: int                   # scaled
    window_field: int             # as sent
    sack: tuple                   # (left edges, right edges)
    ttl: Optional[int]            # or hop limit
    identification: Optional[int]  # None in IPv6
    analysis: frozenset           # JSON keys of ANALYSIS_FIELDS

    @property
    def payload(self):
        return self.length or 0

    def has(self, bits):
        return self.flags & bits == bits


class TsharkError(Exception):
    """tshark failed; the text is what it said."""


# ------------------------------------------------------------------------------ serial arithmetic

def serial_advance(new, old):
    """How far new lies ahead of old, modulo 2^32; 0 if it is not ahead (RFC 1982)."""
    distance = (new - old) % 2**32
    return distance if distance < 2**31 else 0


# ------------------------------------------------------------------------------ reading with tshark

def run_tshark(arguments, tshark='tshark'):
    """Yields the lines of tshark's output. A file cut in the middle of a packet is read as far as
    it goes (tshark ends with status 2 then, but has said all it can)."""
    # A file, not a pipe, for what it says: nobody reads it until the end
    with tempfile.TemporaryFile('w+', errors='replace') as said:
        with subprocess.Popen([tshark, *arguments], stdout=subprocess.PIPE, stderr=said,
                              text=True, encoding='utf-8', errors='replace') as process:
            yield from process.stdout
        said.seek(0)
        complaints = [line for line in said.read().splitlines() if not line.startswith('Running as user')]
    if process.returncode and not any('cut short' in line for line in complaints):
        reason = complaints[0] if complaints else f'exit status {process.returncode}'
        raise TsharkError(f'{tshark} {" ".join(arguments)}: {reason}')


@functools.lru_cache(maxsize=None)
def wireshark_version(tshark='tshark'):
    """(major, minor) of this tshark."""
    first_line = subprocess.run([tshark, '--version'], capture_output=True, text=True,
                                check=True).stdout.splitlines()[0]
    return tuple(map(int, re.search(r'(\d+)\.(\d+)\.', first_line).groups()))


def nanoseconds(text):
    """'-1.5' -> -1500000000. A packet without a time stamp counts as 1970, as in Wireshark."""
    seconds, _, fraction = (text or '0').partition('.')
    value = abs(int(seconds)) * 10**9 + int(fraction.ljust(9, '0')[:9])
    return -value if seconds.startswith('-') else value


def number(values, base=10):
    """The first value of a field as an int; None if the field is absent."""
    return int(values[0], base) if values else None


def is_tapped(header, counts_bad_options):
    """Whether Wireshark hands this header to its tcp tap. A header whose fixed part is cut (no
    urgent pointer, the last field) or whose length is bogus never gets there. One whose options
    end its dissection, because they are cut or malformed, gets there from 4.4 only. Wireshark says
    so itself, and is asked here rather than the lengths: cut options do no harm after an "end of
    options" or an option with a bad length, where it stops reading them."""
    if not header.get('tcp.stream') or not header.get('tcp.urgent_pointer'):
        return False
    if number(header.get('tcp.hdr_len')) < 20:
        return False
    ended_by_options = any(TCP_EXCEPTION.match(text)
                           for name in EXCEPTION_FIELDS for text in header.get(name, ()))
    return counts_bad_options or not ended_by_options


def make_segment(frame, ip, header):
    """frame, ip, header: dicts of field name -> list of values."""
    address_fields = IP_FIELDS['ip'] if 'ip.src' in ip else IP_FIELDS['ipv6']
    # Blind spot: an IPv6 routing header or home address replaces one of these for Wireshark
    source, destination, ttl = ((ip.get(name) or [''])[-1] for name in address_fields[:3])
    return Segment(
        frame=number(frame['frame.number']),
        time=nanoseconds(frame.get('frame.time_epoch', [''])[0]),
        frame_length=number(frame['frame.len']),
        stream=number(header['tcp.stream']),
        sender=End(source, number(header['tcp.srcport'])),
        receiver=End(destination, number(header['tcp.dstport'])),
        sequence=number(header['tcp.seq_raw']),
        acknowledgment=number(header['tcp.ack_raw']),
        flags=number(header['tcp.flags'], 16),
        length=number(header.get('tcp.len')),
        window=number(header['tcp.window_size']),
        window_field=number(header['tcp.window_size_value']),
        sack=(tuple(header.get('tcp.options.sack_le', ())), tuple(header.get('tcp.options.sack_re', ()))),
        ttl=int(ttl) if ttl else None,
        identification=number(ip.get('ip.id'), 16),
        analysis=frozenset(key for key, name in ANALYSIS_FIELDS.items() if header.get(name)))


def own_ip_fields(fields):
    """The IP header directly around a frame's only TCP header, out of the fields of the whole frame;
    None if that cannot be told from them (then PDML can)."""
    layers = fields['frame.protocols'][0].split(':')
    if layers.count('tcp') != 1 or {'icmp', 'icmpv6'} & set(layers):
        return None
    if len(fields.get('tcp.srcport', ())) != 1:
        return None
    outer, inner = layers[:layers.index('tcp')], layers[layers.index('tcp'):]
    if 'ip' in inner or 'ipv6' in inner:
        return None
    for family, lifetime in (('ip', 'ip.ttl'), ('ipv6', 'ipv6.hlim')):
        if outer.count(family) != len(fields.get(lifetime, ())):
            return None
    family = next((layer for layer in reversed(outer) if layer in IP_FIELDS), None)
    if family is None:
        return {}
    return {name: fields[name][-1:] for name in IP_FIELDS[family] if name in fields}


def read_fields(capture, tshark, extra_args):
    """Yields each TCP frame's fields as a dict of lists."""
    arguments = ['-r', str(capture), '-n', *extra_args, '-Y', 'tcp', '-T', 'fields',
                 '-E', 'separator=/t', '-E', 'occurrence=a', '-E', 'aggregator=,']
    for name in ALL_FIELDS:
        arguments += ['-e', name]
    for line in run_tshark(arguments, tshark):
        values = line.rstrip('\n').split('\t')
        yield {name: value.split(',') for name, value in zip(ALL_FIELDS, values) if value}


def frame_filter(numbers):
    """A display filter for these frames, with neighbours joined into ranges."""
    ranges = []
    for frame in numbers:
        if ranges and ranges[-1][1] == frame - 1:
            ranges[-1][1] = frame
        else:
            ranges.append([frame, frame])
    members = ', '.join(str(low) if low == high else f'{low}..{high}' for low, high in ranges)
    text = 'frame.number in {' + members + '}'
    return text if len(text) < LONGEST_FILTER else 'tcp'


def fields_of(proto):
    """The fields of one PDML protocol, without those of protocols it may contain."""
    fields = defaultdict(list)
    pending = list(proto)[::-1]
    while pending:
        element = pending.pop()
        name = element.get('name', '')
        if element.tag == 'proto' and name in ('ip', 'ipv6', 'tcp'):
            continue
        fields[name].append(element.get('show') or '')
        pending.extend(list(element)[::-1])
    return fields


def headers_in(parent, ip, quoted=False):
    """Yields (fields of the IP header, fields of the TCP header) below a PDML element, in order.
    Protocols are siblings or nested, as their dissectors like it. What ICMP quotes is left out."""
    for element in parent:
        name = element.get('name')
        if element.tag == 'proto' and name in IP_FIELDS:
            ip = fields_of(element)
        elif element.tag == 'proto' and name == 'tcp' and not quoted:
            yield ip, fields_of(element)
        if len(element):
            yield from headers_in(element, ip, quoted or name in ('icmp', 'icmpv6'))


def headers_of_packet(packet):
    """(frame, IP, TCP) fields for each TCP header of a PDML packet."""
    frame = fields_of(packet.find("proto[@name='frame']"))
    headers = [(frame, ip, header) for ip, header in headers_in(packet, {})]
    # An exception ends the dissection, so it stands behind the last header, and is that one's
    for name in EXCEPTION_FIELDS:
        for proto in packet.iterfind(f"proto[@name='{name}']") if headers else ():
            headers[-1][2][name].append(proto.get('showname'))
    return number(frame['frame.number']), headers


def read_pdml(capture, numbers, tshark, extra_args):
    """frame number -> list of (frame, IP, TCP) fields for each TCP header in it."""
    arguments = ['-r', str(capture), '-n', *extra_args, '-Y', frame_filter(numbers), '-T', 'pdml']
    parser = xml.etree.ElementTree.XMLPullParser(['end'])
    found = {}
    for line in run_tshark(arguments, tshark):
        parser.feed(line)
        for _, element in parser.read_events():
            if element.tag == 'packet':
                frame, headers = headers_of_packet(element)
                found[frame] = headers
                element.clear()
    return found


def headers_of(capture, tshark, extra_args):
    """(frame, IP, TCP) fields of all TCP headers of a capture, in file order."""
    frames = []  # (frame number, headers; None: to be read as PDML)
    for fields in read_fields(capture, tshark, extra_args):
        ip = own_ip_fields(fields)
        frames.append((number(fields['frame.number']), None if ip is None else [(fields, ip, fields)]))
    unclear = [frame for frame, headers in frames if headers is None]
    pdml = read_pdml(capture, unclear, tshark, extra_args) if unclear else {}
    return [header
            for frame, headers in frames
            for header in (pdml.get(frame, []) if headers is None else headers)]


def tapped_segments(headers, tshark):
    counts_bad_options = wireshark_version(tshark) >= (4, 4)
    return [make_segment(*header) for header in headers if is_tapped(header[2], counts_bad_options)]


def segments_of(capture, tshark='tshark', extra_args=()):
    """All segments of a capture, in file order."""
    return tapped_segments(headers_of(capture, tshark, extra_args), tshark)


def completeness_of(headers, tshark):
    """stream -> tcp.completeness after its last segment, tapped or not. tshark shows the field before
    it adds what the segment itself brings, so the last one's part appears in no frame. (A second
    pass, -2, does not help: it runs over the finished state again.)"""
    counts_first = wireshark_version(tshark) >= (4, 4)
    after = {}
    for _, _, header in headers:
        stream, flags = number(header.get('tcp.stream')), number(header.get('tcp.flags'), 16)
        if stream is not None and flags is not None:
            after[stream] = completeness_after(header, flags, stream not in after, counts_first)
    return after


def completeness_after(header, flags, is_first, counts_first):
    value = number(header.get('tcp.completeness')) or 0
    has_data = (number(header.get('tcp.len')) or 0) > 0
    if is_first and not value:
        # Of a conversation's first segment Wireshark 4.0 takes only a SYN, with its Fast Open data. (One
        # that reuses ports has the SYN's bit already, and goes on below.)
        if flags & SYN and not flags & ACK:
            return COMPLETE_SYN + has_data * COMPLETE_DATA
        if not counts_first:
            return 0
    if flags & (SYN | ACK) == SYN | ACK:
        value |= COMPLETE_SYN_ACK
    elif flags & ACK:
        value |= COMPLETE_DATA if has_data else COMPLETE_ACK
    if flags & (FIN | ACK) == FIN | ACK:
        value |= COMPLETE_FIN
    if flags & RST:
        value |= COMPLETE_RST
    return value


# ------------------------------------------------------------------------------ duplicate frames

def find_duplicates(segments):
    """Indices of the segments that are a second copy of an earlier one: (strict, literal).

    strict: IP identifications that differ make different segments.
    literal: the specification's sentence to the letter, whose "else within 1 ms" also covers equal
    segments with different identifications."""
    strict, literal = set(), set()
    last_with_id, last = {}, {}
    for index, segment in enumerate(segments):
        key = (segment.stream, segment.sender, segment.sequence, segment.acknowledgment,
               segment.flags, segment.length, segment.window, segment.sack)
        key_with_id = (*key, segment.identification)
        has_id = bool(segment.identification)
        if has_id and is_within(segment, last_with_id.get(key_with_id), DUPLICATE_SAME_ID_NS):
            strict.add(index)
        if not segment.has(RST):
            if not has_id and is_within(segment, last_with_id.get(key_with_id), DUPLICATE_NO_ID_NS):
                strict.add(index)
            if is_within(segment, last.get(key), DUPLICATE_NO_ID_NS):
                literal.add(index)
        last_with_id[key_with_id] = last[key] = segment.time
    return strict, literal | strict


def is_within(segment, earlier, limit):
    """Whether segment is at most limit ns from the time earlier (None: there was none). The order in
    the file tells which came first, also where the clock ran backwards."""
    return earlier is not None and abs(segment.time - earlier) <= limit


# ------------------------------------------------------------------------------ connections

@dataclass
class Direction:
    """What one end sent."""
    counters: dict = field(default_factory=lambda: dict.fromkeys(COUNTERS, 0))
    literal_duplicates: int = 0   # duplicate_frames by the literal reading
    ttls: list = field(default_factory=list)
    rst_ttls: list = field(default_factory=list)

    def values(self, analysis=True):
        """The JSON object of this direction; analysis: whether Wireshark's is switched on."""
        values = dict(self.counters)
        if not analysis:
            values.update(dict.fromkeys(FROM_ANALYSIS))
        return values | {
            'ttl_min': min(self.ttls, default=None), 'ttl_max': max(self.ttls, default=None),
            'rst_ttl_min': min(self.rst_ttls, default=None), 'rst_ttl_max': max(self.rst_ttls, default=None)}


@dataclass
class Handshake:
    """Times in ns; None where there is none."""
    server_side: Optional[int] = None
    client_side: Optional[int] = None


@dataclass
class Reset:
    """The resets of a connection."""
    sender: End                   # of the decisive one
    count: int
    time: int                     # of that, ns since 1970
    idle_before: Optional[int]    # ns
    payload_before: dict          # sender End -> bytes
    window: int                   # as sent


@dataclass
class Connection:
    """One Wireshark TCP stream. Everything per direction is keyed by the end that sends."""
    stream: int
    ends: tuple                   # sender and receiver of the first segment
    directions: dict
    first_time: int
    last_time: int
    completeness: Optional[int]   # after its last segment
    handshake: Handshake
    turnarounds: dict             # End that took over -> [ns]
    reset: Optional[Reset]
    syn_sender: Optional[End]     # of the first SYN without ACK
    syn_ack_sender: Optional[End]  # of the first SYN-ACK

    @property
    def is_one_way(self):
        return sum(d.counters['packet_count'] > 0 for d in self.directions.values()) == 1

    @property
    def server_by_handshake(self):
        """The receiver of the first SYN, or the sender of the SYN-ACK; None without either."""
        if self.syn_sender:
            return self.other(self.syn_sender)
        return self.syn_ack_sender

    def other(self, end):
        return self.ends[1] if end == self.ends[0] else self.ends[0]


def count_segment(direction, segment):
    """Adds one segment to the counters of its direction."""
    counters = direction.counters
    counters['packet_count'] += 1
    counters['byte_count'] += segment.frame_length
    counters['payload_bytes'] += segment.payload
    counters['data_packets'] += segment.payload > 0
    counters['syn_count'] += segment.has(SYN)
    counters['syn_ack_count'] += segment.has(SYN | ACK)
    counters['fin_count'] += segment.has(FIN)
    counters['rst_count'] += segment.has(RST)
    for key in segment.analysis:
        counters[key] += 1
    resent = segment.payload if 'retransmissions' in segment.analysis else 0
    counters['retransmitted_bytes'] += resent
    counters['goodput_bytes'] += segment.payload - resent
    if segment.ttl is not None:
        direction.ttls.append(segment.ttl)
        if segment.has(RST):
            direction.rst_ttls.append(segment.ttl)


def inferred_payload(acknowledging):
    """How many bytes the segments of one end acknowledge of the other end's unseen data."""
    highest, total = None, 0
    for segment in acknowledging:
        if not segment.has(ACK) or segment.has(RST):
            continue
        if highest is None or segment.has(SYN):
            highest = segment.acknowledgment
            continue
        advance = serial_advance(segment.acknowledgment, highest)
        if advance:
            total += advance
            highest = segment.acknowledgment
    # The unseen end answered the FIN with its own, which took one sequence number
    has_fin = any(segment.has(FIN) for segment in acknowledging)
    return total - 1 if has_fin and total >= 1 else total


def count_directions(segments, ends, strict, literal):
    """End -> Direction. segments: (index in the capture, segment) of one connection."""
    directions = {end: Direction() for end in ends}
    for index, segment in segments:
        direction = directions[segment.sender]
        count_segment(direction, segment)
        direction.counters['duplicate_frames'] += index in strict
        direction.literal_duplicates += index in literal
    senders = {segment.sender for _, segment in segments}
    for unseen in set(ends) - senders:
        directions[unseen].counters['inferred_payload_bytes'] = inferred_payload(
            [segment for _, segment in segments])
    return directions


def first(segments, condition):
    """(position, segment) of the first that fulfils the condition, or (None, None)."""
    return next(((i, s) for i, s in enumerate(segments) if condition(s)), (None, None))


def handshake_of(segments, duplicates):
    """segments: of one connection. duplicates: those of them that are duplicate frames."""
    syn_at, syn = first(segments, lambda s: s.has(SYN) and not s.has(ACK))
    if syn is None:
        return Handshake()
    if any(s.sender == syn.sender for s in segments[:syn_at]):
        return Handshake()  # in the wrong order, or something else went before
    # Exactly one SYN of either end, so none was sent again, before or after, and it is not a
    # simultaneous open; duplicate frames are the capture's doing and do not count.
    distinct = [s for s in segments if s.has(SYN) and s not in duplicates]
    if sorted(s.sender == syn.sender for s in distinct) != [False, True]:
        return Handshake()
    syn_ack_at, syn_ack = first(segments, lambda s: s.has(SYN | ACK) and s.sender != syn.sender)
    if syn_ack is None or syn_ack_at < syn_at:
        return Handshake()
    if any(s.sender == syn.sender and s.has(ACK) and not s.has(RST) for s in segments[syn_at:syn_ack_at]):
        return Handshake()  # the client acknowledged what the file shows only later
    # TCP Fast Open: the SYN-ACK may take the SYN's data, all or in part, or leave it
    if (syn_ack.acknowledgment - syn.sequence - 1) % 2**32 > syn.payload:
        return Handshake()
    server_side = syn_ack.time - syn.time
    client_side = client_side_time(segments[syn_ack_at + 1:], syn, syn_ack)
    if server_side < 0 or (client_side is not None and client_side < 0):
        return Handshake()
    return Handshake(server_side, client_side)


def client_side_time(later, syn, syn_ack):
    """SYN-ACK to the segment that completes the handshake; None if that was not captured."""
    def completes(segment):
        return (segment.sender == syn.sender and segment.has(ACK)
                and not segment.has(SYN) and not segment.has(RST)
                and segment.acknowledgment == (syn_ack.sequence + 1) % 2**32
                and segment.sequence == syn_ack.acknowledgment)
    _, acknowledgment = first(later, completes)
    return acknowledgment.time - syn_ack.time if acknowledgment else None


def turnarounds_of(segments, ends):
    """End -> times from the other end's last new data to its own next."""
    samples = {end: [] for end in ends}
    highest = {}
    last_new = None
    for segment in segments:
        if not segment.payload:
            continue
        end_of_data = (segment.sequence + segment.has(SYN) + segment.payload) % 2**32
        sender = segment.sender
        if sender in highest and not serial_advance(end_of_data, highest[sender]):
            continue
        highest[sender] = end_of_data
        if last_new and last_new.sender != sender and segment.time >= last_new.time:
            samples[sender].append(segment.time - last_new.time)
        last_new = segment
    return samples


def is_established(segments):
    """Whether these segments prove a connection: something with an ACK from the end that got a
    SYN-ACK, or data and an acknowledgment of it."""
    first_sequence, data_senders, got_syn_ack = {}, set(), set()
    for segment in segments:
        if segment.has(RST):
            continue
        peer = segment.receiver
        is_plain_ack = segment.has(ACK) and not segment.has(SYN)
        if is_plain_ack and segment.sender in got_syn_ack:
            return True
        if (segment.has(ACK) and peer in data_senders
                and serial_advance(segment.acknowledgment, first_sequence[peer])):
            return True
        if segment.has(SYN | ACK):
            got_syn_ack.add(peer)
        if segment.has(SYN) or segment.sender not in first_sequence:
            first_sequence[segment.sender] = (segment.sequence + segment.has(SYN)) % 2**32
        if segment.payload:
            data_senders.add(segment.sender)
    return False


def decisive_reset(segments):
    """(position, segment) of the reset that ended the connection: the first after it was established
    or after a FIN; of attempts that came to nothing, the first of all."""
    for position, segment in enumerate(segments):
        before = segments[:position]
        if segment.has(RST) and (is_established(before) or any(s.has(FIN) for s in before)):
            return position, segment
    return first(segments, lambda s: s.has(RST))


def reset_of(segments, ends):
    """The Reset of a connection, or None."""
    position, reset = decisive_reset(segments)
    if reset is None:
        return None
    idle = reset.time - segments[position - 1].time if position else None
    payload = dict.fromkeys(ends, 0)
    for segment in segments[:position]:
        payload[segment.sender] += segment.payload
    return Reset(sender=reset.sender, count=sum(s.has(RST) for s in segments), time=reset.time,
                 idle_before=idle if idle is not None and idle >= 0 else None, payload_before=payload,
                 window=reset.window_field)


def make_connection(stream, indexed, strict, literal, completeness):
    """indexed: (index in the capture, segment) of one connection, in file order."""
    segments = [segment for _, segment in indexed]
    ends = (segments[0].sender, segments[0].receiver)
    duplicates = {segment for index, segment in indexed if index in strict}
    _, syn = first(segments, lambda s: s.has(SYN) and not s.has(ACK))
    _, syn_ack = first(segments, lambda s: s.has(SYN | ACK))
    return Connection(
        stream=stream,
        ends=ends,
        directions=count_directions(indexed, ends, strict, literal),
        first_time=min(s.time for s in segments),
        last_time=max(s.time for s in segments),
        completeness=completeness,
        handshake=handshake_of(segments, duplicates),
        turnarounds=turnarounds_of(segments, ends),
        reset=reset_of(segments, ends),
        syn_sender=syn.sender if syn else None,
        syn_ack_sender=syn_ack.sender if syn_ack else None)


def connections(capture, tshark='tshark', extra_args=()):
    """stream number -> Connection, for every TCP connection of a capture."""
    headers = headers_of(capture, tshark, extra_args)
    completeness = completeness_of(headers, tshark)
    segments = tapped_segments(headers, tshark)
    strict, literal = find_duplicates(segments)
    by_stream = defaultdict(list)
    for index, segment in enumerate(segments):
        by_stream[segment.stream].append((index, segment))
    return {stream: make_connection(stream, indexed, strict, literal, completeness[stream])
            for stream, indexed in sorted(by_stream.items())}


def median(samples):
    """Of an even count: the mean of the two in the middle, rounded down; None of none."""
    ordered = sorted(samples)
    middle = len(ordered) // 2
    if not ordered:
        return None
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) // 2


def main(captures):
    for capture in captures:
        print(capture)
        for connection in connections(capture).values():
            print(f'  stream {connection.stream}: handshake {connection.handshake}, reset {connection.reset}')
            for end, direction in connection.directions.items():
                shown = {key: value for key, value in direction.values().items() if value}
                print(f'    {end} sent {shown}')


if __name__ == '__main__':
    main(sys.argv[1:])
