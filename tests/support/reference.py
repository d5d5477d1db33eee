#!/usr/bin/python3
"""The second source: every number of the statistic, computed from tshark's fields alone.

It shares no code and no idea with the plugin. What Wireshark says about a segment comes from
`tshark -T fields`; what the statistic makes of it is done here in the plainest way, over a list of
all segments of a connection in file order. Frames that hold more than one TCP header (tunnels) or
an ICMP message (which may quote one) are read as PDML, where each header has its own fields.

    tests/support/reference.py CAPTURE...     prints one line per connection, to look at
"""

import enum
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

# Copies of one transmission: how far apart at most, by what proves them
COPY_BY_IDENTIFICATION = 100 * MILLISECOND
COPY_BY_ITSELF = 1 * MILLISECOND
COPY_BY_HOPS = 1000 * MILLISECOND
MOST_ROUTERS = 3                        # in a row that copies may be captured in front of and behind
COPY_BEYOND_A_TICK = 20 * MILLISECOND   # at least: timestamps tick every 10 ms or faster
LEAST_SUPER_SEGMENT = 1501              # bytes of payload that no Ethernet frame holds
LEAST_PIECE = 536

COUNTER_DISTANCE = 2048     # identifications this close are of one counter
NEXT_DISTANCE = 64          # and of packets that follow each other, between those to others
COUNTING_STEPS = 3          # so many such steps in a row prove one
AGREEING_SEGMENTS = 3       # that an end must have sent before others can contradict them
LARGEST_UNSCALED_WINDOW = 65535     # that a SYN can offer
SYN_ACK_IS_NEW = 1000 * MILLISECOND
LARGEST_WINDOW = 2**26      # sequence numbers further apart belong to different connections

# Some boxes count the padding of Ethernet's shortest frame as IP payload
MOST_PADDING = 6
SHORTEST_IP_PACKET = 46

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
    'ip': ('ip.src', 'ip.dst', 'ip.ttl', 'ip.id', 'ip.len', 'ip.hdr_len'),
    'ipv6': ('ipv6.src', 'ipv6.dst', 'ipv6.hlim'),
}
EXCEPTION_FIELDS = ('_ws.malformed', '_ws.short', '_ws.unreassembled')
TCP_FIELDS = (
    'tcp.stream', 'tcp.srcport', 'tcp.dstport', 'tcp.seq_raw', 'tcp.ack_raw', 'tcp.flags',
    'tcp.len', 'tcp.window_size', 'tcp.window_size_value', 'tcp.hdr_len', 'tcp.urgent_pointer', 'tcp.options.sack_le',
    'tcp.options.sack_re', 'tcp.options.timestamp.tsval', 'tcp.options.timestamp.tsecr', 'tcp.options.mptcp.subtype',
    'tcp.completeness', *ANALYSIS_FIELDS.values(), *EXCEPTION_FIELDS)
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
    payload: int                  # 0 where Wireshark does not know it
    has_length: bool              # False where more or less than that may have been sent
    window: int                   # scaled
    window_field: int             # as sent
    sack: tuple                   # (left edges, right edges)
    ttl: Optional[int]            # or hop limit
    identification: int           # of IPv4; 0: none
    timestamps: Optional[tuple]   # RFC 7323: (value, echo)
    is_multipath: bool            # has an option of MPTCP
    analysis: frozenset           # JSON keys of ANALYSIS_FIELDS

    @property
    def data_end(self):
        """The sequence number behind the last byte of data."""
        return (self.sequence + self.has(SYN) + self.payload) % 2**32

    @property
    def end(self):
        """And behind a FIN."""
        return (self.data_end + self.has(FIN)) % 2**32

    def has(self, bits):
        return self.flags & bits == bits


class TsharkError(Exception):
    """tshark failed; the text is what it said."""


# ------------------------------------------------------------------------------ serial arithmetic

def serial_distance(new, old):
    """How far new lies ahead of old, modulo 2^32; negative if behind."""
    return (new - old + 2**31) % 2**32 - 2**31


def serial_advance(new, old):
    """How far new lies ahead of old, modulo 2^32; 0 if it is not ahead (RFC 1982)."""
    return max(serial_distance(new, old), 0)


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


def may_be_padded(ip, header):
    return (1 <= (number(header.get('tcp.len')) or 0) <= MOST_PADDING
            and 0 < (number(ip.get('ip.len')) or 0) <= SHORTEST_IP_PACKET)


def has_length(ip, header):
    """Whether all of the segment's data was captured, as far as can be told, and no more than that. Wireshark
    knows no length of a fragment, and takes what a frame holds for the whole packet.
    Blind spot: IPv6 packets that are longer than their frame."""
    payload = number(header.get('tcp.len'))
    if payload is None:
        return False
    ip_length = number(ip.get('ip.len')) or 0
    if ip_length > (number(ip.get('ip.hdr_len')) or 0) + number(header['tcp.hdr_len']) + payload:
        return False
    zeros = ''.join(header.get('tcp.payload', ())).replace(':', '')
    return not (may_be_padded(ip, header) and zeros and not zeros.strip('0'))


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
        payload=number(header.get('tcp.len')) or 0,
        has_length=has_length(ip, header),
        window=number(header['tcp.window_size']),
        window_field=number(header['tcp.window_size_value']),
        sack=(tuple(header.get('tcp.options.sack_le', ())), tuple(header.get('tcp.options.sack_re', ()))),
        ttl=int(ttl) if ttl else None,
        identification=number(ip.get('ip.id'), 16) or 0,
        timestamps=timestamps_of(header),
        is_multipath='tcp.options.mptcp.subtype' in header,
        analysis=frozenset(key for key, name in ANALYSIS_FIELDS.items() if header.get(name)))


def timestamps_of(header):
    value, echo = (number(header.get(f'tcp.options.timestamp.{name}')) for name in ('tsval', 'tsecr'))
    return None if value is None or echo is None else (value, echo)


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
    ip = {name: fields[name][-1:] for name in IP_FIELDS[family] if name in fields}
    return None if may_be_padded(ip, fields) else ip  # the bytes themselves decide


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


# ------------------------------------------------------------------------------ whose segments they are

class Verdict(enum.Enum):
    """What a captured segment is. Only an end's own segments tell of times and of what was lost."""
    OWN = 'sent by its end, and captured for the first time'
    COPY = 'the same transmission was captured before'
    MISFIT = 'data that somebody else sent in the name of its end'


def counting_step_in(swapped, earlier, later):
    """How far identifications counted from one to the other, in network byte order or the other one."""
    if swapped:
        earlier, later = (value >> 8 | (value & 0xFF) << 8 for value in (earlier, later))
    return (later - earlier) % 2**16


def counting_step(earlier, later):
    """The same in either byte order."""
    return min(counting_step_in(swapped, earlier, later) for swapped in (False, True))


def is_not_ahead(identification, latest):
    back = counting_step(identification, latest)
    return back <= COUNTER_DISTANCE and back <= counting_step(latest, identification)


@dataclass
class Sent:
    """What was captured so far of one end's own segments."""
    packets: int = 0              # of its name, whoever sent them
    hop_limits: set = field(default_factory=set)    # resets aside
    identification: int = 0       # the latest; 0: none yet
    counted_steps: int = 0        # identifications in a row that count up
    swapped: bool = False         # they do so in the other byte order
    foreign: int = 0              # identification of the latest misfit in its name; 0: none yet
    first: Optional[int] = None   # where its data begins
    highest: Optional[int] = None
    spans: list = field(default_factory=list)       # captured data: [start, end), counted from first

    @property
    def counts(self):
        """Whether this end numbers its packets one after the other."""
        return self.counted_steps >= COUNTING_STEPS

    def add(self, segment):
        """A segment of its own."""
        if segment.ttl is not None and not segment.has(RST):
            self.hop_limits.add(segment.ttl)
        if segment.identification:
            step = counting_step(self.identification, segment.identification)
            in_order = self.identification and 0 < step <= COUNTER_DISTANCE
            if in_order and not self.counts:
                self.swapped = step < counting_step_in(False, self.identification, segment.identification)
            self.counted_steps = self.counted_steps + 1 if in_order else 0
            self.identification = segment.identification
        if segment.has_length and not segment.has(RST):
            self._add_data(segment)

    def _add_data(self, segment):
        start = (segment.sequence + segment.has(SYN)) % 2**32
        if self.first is None or (segment.has(SYN) and start != self.first):
            self.first, self.highest, self.spans = start, start, []
        if abs(serial_distance(start, self.highest)) > LARGEST_WINDOW:
            return
        if serial_advance(segment.end, self.highest):
            self.highest = segment.end
        low = serial_distance(start, self.first)
        high = low + serial_distance(segment.end, start)
        if high == low:
            return
        # Joined with all that it touches
        touched = [span for span in self.spans if span[0] <= high and low <= span[1]]
        for span in touched:
            self.spans.remove(span)
        self.spans.append((min([low, *(span[0] for span in touched)]), max([high, *(span[1] for span in touched)])))

    def has_all_of(self, segment):
        """Whether all data of the segment was captured before."""
        if self.first is None:
            return False
        low = serial_distance(segment.sequence, self.first)
        return any(start <= low and low + segment.payload <= end for start, end in self.spans)


def odd_part(window):
    """Without factors of two: behind a copy of the SYN, Wireshark may scale what it did not scale before."""
    return window // (window & -window) if window else 0


@dataclass
class Copies:
    """Tells the copies among the segments of one end. Unlike the plugin it forgets nothing."""
    latest: dict = field(default_factory=dict)      # what copies agree in -> the latest of these
    originals: dict = field(default_factory=dict)   # the same -> the latest that is no copy
    super_segments: list = field(default_factory=list)
    hops: int = 0                 # by which copies of this end differ in hop limit, the fewest
    way_back: 'Copies' = None     # of the other end

    def check(self, segment, sent):
        """Whether the segment is a copy of one before, or of a part of one. sent: the end's Sent."""
        if not segment.has_length and not 0 < segment.payload <= MOST_PADDING:
            return False
        key = (segment.sequence, segment.acknowledgment, segment.flags, segment.payload, odd_part(segment.window),
               segment.sack, segment.identification or segment.timestamps)
        earlier, self.latest[key] = self.latest.get(key), segment
        if earlier is None and segment.payload >= LEAST_SUPER_SEGMENT:
            self.super_segments.append(segment)
        original = self.originals.get(key)
        if earlier is not None and self._is_same(segment, earlier, original):
            return self._is_copy_of(segment, original)
        self.originals[key] = segment
        repeats = (segment.payload > 0 and sent.highest is not None
                   and serial_advance(sent.highest, segment.sequence))
        if not repeats:
            return False
        whole = next((each for each in reversed(self.super_segments)
                      if abs(segment.time - each.time) <= COPY_BY_IDENTIFICATION and is_piece(segment, each)), None)
        if whole is not None:
            return self._is_copy_of(segment, whole)
        # An end that counts its packets repeats with a later identification; this one is of an earlier packet
        return bool(segment.identification and sent.counts and sent.has_all_of(segment)
                    and is_not_ahead(segment.identification, sent.identification))

    def _is_copy_of(self, segment, earlier):
        hops = hops_between(earlier, segment)
        if hops and (not self.hops or abs(hops) < abs(self.hops)):
            self.hops = hops
        # The way back leads over the same routers
        if hops and self.way_back is not None:
            self.way_back.hops = self.way_back.hops or hops
        return True

    def _is_same(self, segment, earlier, original):
        apart = abs(segment.time - earlier.time)
        hops = hops_between(original, segment)
        if segment.identification:
            return apart <= COPY_BY_IDENTIFICATION or hops != 0
        known_hops = (hops != 0 and self.hops != 0 and hops % self.hops == 0 and abs(hops // self.hops) <= MOST_ROUTERS
                      and apart <= COPY_BY_HOPS)
        if segment.has(RST):
            return known_hops
        if segment.timestamps:
            return hops != 0 or apart <= COPY_BY_ITSELF or apart >= COPY_BEYOND_A_TICK
        # A repeat comes the way of its original
        return known_hops or apart <= (COPY_BY_IDENTIFICATION if hops else COPY_BY_ITSELF)


def hops_between(earlier, later):
    """How many hops the later has gone further."""
    return 0 if later.ttl is None else (earlier.ttl or 0) - later.ttl


def is_piece(segment, whole):
    """Whether a network card may have cut the segment out of that super-segment, or joined it into that."""
    offset = serial_distance(segment.sequence, whole.sequence)
    if not 0 <= offset <= whole.payload - segment.payload or segment.payload == whole.payload:
        return False
    if not segment.identification and not whole.identification:
        return segment.timestamps is not None and whole.timestamps is not None \
            and segment.timestamps[0] == whole.timestamps[0]
    if not segment.identification or not whole.identification:
        return False
    # All pieces but the last are equally long, and each has the identification behind the one before
    number_of_piece = (segment.identification - whole.identification) % 2**16
    if offset == number_of_piece * segment.payload:
        return True
    is_last = offset + segment.payload == whole.payload
    return is_last and number_of_piece > 0 and offset >= number_of_piece * LEAST_PIECE


def is_misfit(segment, sent):
    """Whether the data came from elsewhere: over another distance than all else of its end, and with an
    identification that is not of its counter, or beyond every window. With one of its counter it is its own, and
    so is what counts on from there: the end goes another way then."""
    if not segment.payload or sent.packets < AGREEING_SEGMENTS or len(sent.hop_limits) != 1:
        return False
    if segment.ttl is None or segment.ttl in sent.hop_limits:
        return False
    if sent.foreign and 0 < counting_step(sent.foreign, segment.identification) <= NEXT_DISTANCE:
        return False
    if sent.counts and segment.identification:
        step = counting_step_in(sent.swapped, sent.identification, segment.identification)
        return not 0 < step <= COUNTER_DISTANCE
    return sent.highest is not None and serial_distance(segment.sequence, sent.highest) > LARGEST_WINDOW


def judge(segments):
    """[(segment, Verdict)] of one connection, in file order."""
    sent, copies = defaultdict(Sent), defaultdict(Copies)
    judged = []
    for segment in segments:
        of_end = sent[segment.sender]
        copies[segment.sender].way_back = copies[segment.receiver]
        if copies[segment.sender].check(segment, of_end):
            verdict = Verdict.COPY
        elif is_misfit(segment, of_end):
            verdict = Verdict.MISFIT
            of_end.foreign = segment.identification
        else:
            verdict = Verdict.OWN
            of_end.add(segment)
        of_end.packets += 1
        judged.append((segment, verdict))
    return judged


# ------------------------------------------------------------------------------ connections

@dataclass
class Direction:
    """What one end sent."""
    counters: dict = field(default_factory=lambda: dict.fromkeys(COUNTERS, 0))
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


def count_directions(judged, ends):
    """End -> Direction. judged: (segment, Verdict) of one connection."""
    directions = {end: Direction() for end in ends}
    for segment, verdict in judged:
        direction = directions[segment.sender]
        count_segment(direction, segment)
        direction.counters['duplicate_frames'] += verdict is Verdict.COPY
    for unseen in set(ends) - {segment.sender for segment, _ in judged}:
        directions[unseen].counters['inferred_payload_bytes'] = inferred_payload(
            [segment for segment, verdict in judged if verdict is not Verdict.MISFIT])
    return directions


def first(segments, condition):
    """(position, segment) of the first that fulfils the condition, or (None, None)."""
    return next(((i, s) for i, s in enumerate(segments) if condition(s)), (None, None))


def handshake_of(judged):
    """judged: (segment, Verdict) of one connection."""
    segments = [segment for segment, _ in judged]
    syn_at, syn = first(segments, lambda s: s.has(SYN) and not s.has(ACK))
    if syn is None:
        return Handshake()
    if any(s.sender == syn.sender for s in segments[:syn_at]):
        return Handshake()  # in the wrong order, or something else went before
    # Exactly one SYN of either end, so none was sent again, before or after, and it is not a
    # simultaneous open; duplicate frames are the capture's doing and do not count.
    distinct = [s for s, verdict in judged if s.has(SYN) and verdict is not Verdict.COPY]
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
                and (segment.sequence == syn_ack.acknowledgment or segment.payload > 0))
    _, acknowledgment = first(later, completes)
    return acknowledgment.time - syn_ack.time if acknowledgment else None


def turnarounds_of(judged, ends):
    """End -> times from the other end's last new data to its own next. None on an MPTCP connection: what is
    asked there may be answered on another. A SYN only offers MPTCP."""
    samples = {end: [] for end in ends}
    if any(s.is_multipath and (s.has(ACK) or not s.has(SYN)) for s, verdict in judged if verdict is Verdict.OWN):
        return samples
    highest = {}
    last_new = None
    for segment, verdict in judged:
        if not segment.payload or verdict is Verdict.MISFIT:
            continue
        sender = segment.sender
        if sender in highest and not serial_advance(segment.data_end, highest[sender]):
            continue
        highest[sender] = segment.data_end
        if last_new and last_new.sender != sender and segment.time >= last_new.time:
            samples[sender].append(segment.time - last_new.time)
        last_new = segment
    return samples


class Establishment:
    """Whether the segments so far prove a connection: a SYN-ACK and something that acknowledges it from the end that
    got it, or data and an acknowledgment of it."""

    def __init__(self, ends):
        self.ends = ends
        self.sent = {end: Sent() for end in ends}
        self.syn, self.syn_ack = {}, {}  # end -> its first SYN without ACK, its first SYN-ACK
        self.latest = {}                 # end -> time of its latest segment of its own
        self.went_on, self.has_data = set(), set()
        self.highest_ack = {}
        self.rejecting = None            # the end that answered a SYN-ACK with the connection's first reset
        self.has_reset = False

    def add(self, segment, verdict):
        end = segment.sender
        if segment.payload and verdict is not Verdict.MISFIT:
            self.has_data.add(end)
        if segment.has(RST):
            self._add_reset(segment)
            return
        if verdict is Verdict.OWN:
            self.sent[end].add(segment)
        if segment.has(ACK) and verdict is not Verdict.MISFIT and self._acknowledges(segment):
            known = self.highest_ack.get(end)
            if known is None or segment.has(SYN) or serial_advance(segment.acknowledgment, known):
                self.highest_ack[end] = segment.acknowledgment
            if not segment.has(SYN) and verdict is not Verdict.COPY:
                self.went_on.add(end)
        if segment.has(SYN) and verdict is not Verdict.COPY:
            (self.syn_ack if segment.has(ACK) else self.syn).setdefault(end, segment)
        if verdict is Verdict.OWN:
            self.latest[end] = segment.time

    def _add_reset(self, segment):
        end, peer = segment.sender, segment.receiver
        if not self.has_reset and end in self.syn and peer in self.syn_ack and not self.went_on:
            self.rejecting = end
        self.has_reset = True

    def _acknowledges(self, segment):
        """An acknowledgment of another connection, or of another numbering, proves nothing: of an end that has only
        sent its SYN, it can be of that alone, and of one that has sent its SYN-ACK a moment ago, not of more than an
        unscaled window behind that."""
        end, peer = segment.sender, segment.receiver
        sent = self.sent[peer]
        if sent.first is None:
            return True
        offset = (segment.acknowledgment - sent.first) % 2**32
        in_file = (sent.highest - sent.first) % 2**32
        if peer not in self.went_on:
            if peer in self.syn and end not in self.syn_ack:
                return offset <= in_file
            is_first = peer in self.syn_ack and end not in self.highest_ack
            if is_first and segment.time - self.latest[peer] <= SYN_ACK_IS_NEW:
                return offset <= max(in_file, LARGEST_UNSCALED_WINDOW) \
                    and abs(serial_distance(segment.acknowledgment, sent.highest)) <= LARGEST_WINDOW
        return abs(serial_distance(segment.acknowledgment, sent.highest)) <= LARGEST_WINDOW

    @property
    def is_proved(self):
        for end, peer in (self.ends, self.ends[::-1]):
            if end in self.syn_ack and peer in self.went_on and (end in self.went_on or self.rejecting != peer):
                return True
            if (end in self.has_data and peer in self.highest_ack and self.sent[end].first is not None
                    and serial_advance(self.highest_ack[peer], self.sent[end].first)):
                return True
        return False


def decisive_reset(judged, ends):
    """(position, segment) of the reset that ended the connection: the first after it was established
    or after a FIN; of attempts that came to nothing, the first of all."""
    so_far, has_fin = Establishment(ends), False
    first_reset = None, None
    for position, (segment, verdict) in enumerate(judged):
        if segment.has(RST):
            if so_far.is_proved or has_fin:
                return position, segment
            if first_reset[1] is None:
                first_reset = position, segment
        so_far.add(segment, verdict)
        has_fin |= segment.has(FIN)
    return first_reset


def reset_of(judged, ends):
    """The Reset of a connection, or None."""
    segments = [segment for segment, _ in judged]
    position, reset = decisive_reset(judged, ends)
    if reset is None:
        return None
    idle = reset.time - segments[position - 1].time if position else None
    payload = dict.fromkeys(ends, 0)
    for segment in segments[:position]:
        payload[segment.sender] += segment.payload
    return Reset(sender=reset.sender, count=sum(s.has(RST) for s in segments), time=reset.time,
                 idle_before=idle if idle is not None and idle >= 0 else None, payload_before=payload,
                 window=reset.window_field)


def make_connection(stream, segments, completeness):
    """segments: of one connection, in file order."""
    judged = judge(segments)
    ends = (segments[0].sender, segments[0].receiver)
    _, syn = first(segments, lambda s: s.has(SYN) and not s.has(ACK))
    _, syn_ack = first(segments, lambda s: s.has(SYN | ACK))
    return Connection(
        stream=stream,
        ends=ends,
        directions=count_directions(judged, ends),
        first_time=min(s.time for s in segments),
        last_time=max(s.time for s in segments),
        completeness=completeness,
        handshake=handshake_of(judged),
        turnarounds=turnarounds_of(judged, ends),
        reset=reset_of(judged, ends),
        syn_sender=syn.sender if syn else None,
        syn_ack_sender=syn_ack.sender if syn_ack else None)


def connections(capture, tshark='tshark', extra_args=()):
    """stream number -> Connection, for every TCP connection of a capture."""
    headers = headers_of(capture, tshark, extra_args)
    completeness = completeness_of(headers, tshark)
    by_stream = defaultdict(list)
    for segment in tapped_segments(headers, tshark):
        by_stream[segment.stream].append(segment)
    return {stream: make_connection(stream, segments, completeness[stream])
            for stream, segments in sorted(by_stream.items())}


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
