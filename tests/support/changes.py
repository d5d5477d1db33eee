"""Changes of captures of which is known what they do to the findings: nothing, or just one thing.

Each takes a Capture and gives a Changed, or raises NotApplicable with the reason.
"""

import bisect
import collections
import functools
import ipaddress
import itertools
import struct
from dataclasses import dataclass, field
from typing import NamedTuple

import placed_frames
from frames import FIN, RST, SYN, Frame, internet_checksum
from placed_frames import address_places, addresses_of
from support import CAPTURES
from translation import renumbered

SECOND, MS, US = 10**9, 10**6, 10**3
DAY = 86400 * SECOND
YEARS_LATER = 40 * 365 * DAY  # beyond 2038, where 32 bits with a sign end
LATEST_TIME = 2188 * 365 * DAY - 1970 * 365 * DAY  # what the plugin shows ends soon after
SNAP_LENGTH = 96
HOLE = 100
SHORTEST_WITH_HOLE = 2 * HOLE


class NotApplicable(Exception):
    """Why a change cannot be made to a capture."""


class Changed(NamedTuple):
    """What became of a capture."""
    frames: list
    origins: list  # for each frame, the number of the frame that it was, or None
    link_type: int
    interfaces: list = None  # the interface of each frame, or None where all have one
    names: dict = {}  # of ends and addresses that have other names now, as text
    copies: frozenset = frozenset()  # numbers of frames that are copies


@dataclass
class Capture:
    """The frames of a capture, and what tells about them."""
    name: str
    frames: list
    link_type: int
    read_headers: callable = None  # gives PlacedFrames, or raises placed_frames.Unplaced
    report: dict = field(default_factory=dict)  # with connections

    @functools.cached_property
    def placed(self):
        try:
            return self.read_headers()
        except placed_frames.Unplaced:
            raise NotApplicable('headers are in no frame: fragments, or data that Wireshark put together') from None

    @functools.cached_property
    def streams(self):
        """The PlacedFrames of each connection, with their numbers."""
        result = collections.defaultdict(list)
        for number, each in enumerate(self.placed, 1):
            if each.tcp:
                result[each.tcp.stream].append((number, each))
        return result

    @functools.cached_property
    def times(self):
        """Of the frames, but a frame is never before its predecessor."""
        return list(itertools.accumulate((frame.time for frame in self.frames), max))

    @property
    def connections(self):
        """The plugin's line of each connection."""
        return self.report['connections']

    def numbers(self):
        return list(range(1, len(self.frames) + 1))


def same(capture, frames, **more):
    """Changed frames that are still as many and in the same order."""
    return Changed(frames, capture.numbers(), capture.link_type, **more)


def picked(capture, numbers):
    """These frames only."""
    return Changed([capture.frames[number - 1] for number in numbers], numbers, capture.link_type)


def has_single_tcp(capture):
    return all(sum(h.kind == 'tcp' and not h.is_quoted for h in each.headers) <= 1 for each in capture.placed)


# ------------------------------------------------------------------------------ what changes no finding

def at_other_time(capture, shift):
    if not all(0 < frame.time + shift < LATEST_TIME for frame in capture.frames):
        raise NotApplicable('times that no file can have')
    return same(capture, [frame._replace(time=frame.time + shift) for frame in capture.frames])


def later(capture):
    return at_other_time(capture, YEARS_LATER)


def earlier(capture):
    """The capture begins on the second day of 1970."""
    return at_other_time(capture, DAY - min((frame.time for frame in capture.frames), default=DAY))


def other_interfaces(capture):
    """Each direction comes from an interface of its own, as from a tap, and all else from a third."""
    def interface_of(each):
        return 0 if each.tcp is None else 1 + (each.source < each.destination)
    return same(capture, capture.frames, interfaces=list(map(interface_of, capture.placed)))


ETHERNET = 1
VLAN = struct.pack('!HH', 0x8100, 1234)


def in_ethernet(capture):
    if capture.link_type != ETHERNET:
        raise NotApplicable('no Ethernet')
    if any(len(frame.data) < 14 for frame in capture.frames):
        raise NotApplicable('a frame without an Ethernet header')


def in_vlan(capture):
    in_ethernet(capture)
    return same(capture, [Frame(frame.time, frame.data[:12] + VLAN + frame.data[12:], frame.length + len(VLAN))
                          for frame in capture.frames])


def vxlan_header(length):
    """What stands before a frame of this length. The hop limit is one that the frame itself may have."""
    macs = bytes.fromhex('00005e0053f1 00005e0053f2 0800')
    vxlan = struct.pack('!BxxxI', 8, 4711 << 8)
    udp = struct.pack('!HHHH', 55555, 4789, 8 + len(vxlan) + length, 0)
    ip = bytearray(struct.pack('!BBHHHBBH4s4s', 0x45, 0, 20 + len(udp) + len(vxlan) + length, 0, 0x4000, 64, 17, 0,
                               bytes([203, 0, 113, 1]), bytes([203, 0, 113, 2])))
    struct.pack_into('!H', ip, 10, internet_checksum(bytes(ip)))
    return macs + bytes(ip) + udp + vxlan


def in_vxlan(capture):
    in_ethernet(capture)
    if any(frame.length > 65000 for frame in capture.frames):
        raise NotApplicable('a frame too long for a tunnel')
    headers = [vxlan_header(frame.length) for frame in capture.frames]
    return same(capture, [Frame(frame.time, header + frame.data, len(header) + frame.length)
                          for header, frame in zip(headers, capture.frames)])


def cut(capture):
    """Headers that a finding may need are whole: those of TCP, and of a quoted one the part that each error quotes."""
    for each in capture.placed:
        for header in each.headers:
            if header.kind == 'tcp':
                if header.offset + 13 > len(each.frame.data):
                    raise NotApplicable('cut headers')
                length = 8 if header.is_quoted else (each.frame.data[header.offset + 12] >> 4) * 4
                if header.offset + length > SNAP_LENGTH:
                    raise NotApplicable('headers longer than the snap length')
    return same(capture, [frame._replace(data=frame.data[:SNAP_LENGTH]) for frame in capture.frames])


# ------------------------------------------------------------------------------ other names

def add(number, change):
    """The sum of two numbers of 16 bits, as checksums add."""
    total = number + change % 0xFFFF
    return total - 0xFFFF if total > 0xFFFF else total


def renamed_address(address):
    """One word is more by one, another is less: no checksum notices. What has a meaning of its own stays."""
    words = list(struct.unpack(f'!{len(address) // 2}H', address))
    first, last = (0, 1) if len(words) == 2 else (2, 7)
    known = ipaddress.ip_address(address)
    if known.is_multicast or known.is_unspecified or address == b'\xff' * 4 or (len(words) == 8 and known.is_loopback):
        return address
    if words[last] == 0 or words[first] == 0xFFFF:
        raise NotApplicable('an address that cannot be renamed without wrong checksums')
    words[first] += 1
    words[last] -= 1
    return struct.pack(f'!{len(words)}H', *words)


# Nothing but a handshake, or what other connections show, makes these ends clients and servers: a port's name does
# not. Where it does, another port is another case.
WITHOUT_NAMES = ('handshake', 'known', 'fan_in')


def port_of(end):
    return int(end.rpartition(':')[2])


def renamed_ports(capture):
    """{port: another one}. A port and its neighbour change places, unless the name of one of them decides a role."""
    kept = {port_of(line[role]) for line in capture.connections if line['role_evidence'] not in WITHOUT_NAMES
            for role in ('client', 'server')}
    ports = {port_of(line[role]) for line in capture.connections for role in ('client', 'server')}
    return {port: port ^ 1 for port in ports if port > 1 and not {port, port ^ 1} & kept}


def add_to(data, place, change):
    """Adds to a checksum; one that the capture has cut off needs nothing."""
    if place + 2 <= len(data):
        struct.pack_into('!H', data, place, add(struct.unpack_from('!H', data, place)[0], change))


def rename(each, ports):
    """The bytes of a frame with other addresses and ports. All that changes adds up to nothing, so that checksums of
    outer headers are as right or wrong as they were."""
    data, message = bytearray(each.frame.data), None
    for header in each.headers:
        if header.kind in ('ip', 'ipv6'):
            source, destination, size = address_places(header)
            for place in (source, destination):
                data[place:place + size] = renamed_address(bytes(data[place:place + size]))
        elif header.kind == 'tcp':
            old = struct.unpack_from('!HH', data, header.offset)
            new = [ports.get(port, port) for port in old]
            struct.pack_into('!HH', data, header.offset, *new)
            has_checksum = header.offset + 18 <= len(data) or not header.is_quoted
            add_to(data, header.offset + 16 if has_checksum else message.offset + 2, sum(old) - sum(new))
        else:
            message = header
    return bytes(data)


def text_of(address):
    return str(ipaddress.ip_address(address))


def end_text(address, port):
    return f'[{text_of(address)}]:{port}' if len(address) == 16 else f'{text_of(address)}:{port}'


def names_of(capture, ports):
    names = {}
    for each in capture.placed:
        for header in each.headers:
            if header.kind in ('ip', 'ipv6'):
                for address in addresses_of(each.frame.data, header):
                    names[text_of(address)] = text_of(renamed_address(address))
        if each.tcp:
            for address, port in (each.source, each.destination):
                names[end_text(address, port)] = end_text(renamed_address(address), ports.get(port, port))
    return names


def other_names(capture):
    ports = renamed_ports(capture)
    frames = [each.frame._replace(data=rename(each, ports)) for each in capture.placed]
    return same(capture, frames, names=names_of(capture, ports))


# ------------------------------------------------------------------------------ another connection

MIXED_IN = CAPTURES / 'balanced.pcapng'  # healthy
MIXED_CLIENT, MIXED_SERVER = bytes([192, 0, 2, 1]), bytes([198, 51, 100, 1])  # RFC 5737: nobody has them
IN_A_ROW = 100 * US
LINK_HEADERS = {  # before an IPv4 packet
    0: struct.pack('<I', 2), 9: bytes.fromhex('ff030021'), 101: b'', 104: bytes.fromhex('0f000800'),
    113: bytes.fromhex('0000 0001 0006 00005e0053f1 0000 0800'), 228: b'',
    276: bytes.fromhex('0800 0000 00000001 0001 00 06 00005e0053f1 0000'),
}


@functools.lru_cache(None)
def healthy_connection(scratch):
    frames, _ = placed_frames.read_frames(MIXED_IN, scratch)
    client = frames[0].data[26:30]
    return [renumbered(frame.data, *((MIXED_CLIENT, MIXED_SERVER) if frame.data[26:30] == client
                                     else (MIXED_SERVER, MIXED_CLIENT))) for frame in frames]


def mixed(capture, scratch):
    """In the middle, for some milliseconds: a longer one would show that a host that pauses lives."""
    if capture.link_type != ETHERNET and capture.link_type not in LINK_HEADERS:
        raise NotApplicable('no headers of this link layer are known here')
    if not capture.frames:
        raise NotApplicable('no frame')
    start, end = capture.times[len(capture.times) // 2], capture.times[-1]
    events = [(time, frame, number) for number, (time, frame) in enumerate(zip(capture.times, capture.frames), 1)]
    for number, data in enumerate(healthy_connection(scratch)):
        time = min(start + number * IN_A_ROW, end)
        if capture.link_type != ETHERNET:
            data = LINK_HEADERS[capture.link_type] + data[14:]
        events.append((time, Frame(time, data, len(data)), None))
    events.sort(key=lambda event: event[0])
    return Changed([event[1] for event in events], [event[2] for event in events], capture.link_type)


# ------------------------------------------------------------------------------ at once

def together(capture, steps):
    """What becomes of a capture by several changes that keep the number and the order of the frames. Those that need
    to know where headers stand come first, but for interfaces, which only reads."""
    names, interfaces = {}, None
    frames = capture.frames
    for step in steps:
        changed = step(Capture(capture.name, frames, capture.link_type, lambda: capture.placed, capture.report)
                       if frames is not capture.frames else capture)
        names, interfaces = names or changed.names, interfaces or changed.interfaces
        if changed.interfaces is None:
            frames = changed.frames
    return same(capture, frames, names=names, interfaces=interfaces)


# ------------------------------------------------------------------------------ what adds one finding

def one_hop_further(each):
    """The bytes behind a router."""
    data = bytearray(each.frame.data)
    for header in each.headers:
        if header.kind not in ('ip', 'ipv6') or header.is_quoted:
            continue
        place = header.offset + (8 if header.kind == 'ip' else 7)
        if data[place] <= 1:
            raise NotApplicable('a hop limit that no router lets pass')
        data[place] -= 1
        if header.kind == 'ip':
            add_to(data, header.offset + 10, 0x0100)
    return bytes(data)


def doubled(capture, delay):
    """Of both directions, in order of time, as a mirror port that copies what comes in and what goes out."""
    events = []
    for number, (time, each) in enumerate(zip(capture.times, capture.placed), 1):
        events.append((time, each.frame, number, False))
        copy = each.frame._replace(time=each.frame.time + delay, data=one_hop_further(each))
        events.append((time + delay, copy, number, True))
    events.sort(key=lambda event: event[0])
    return Changed([event[1] for event in events], [event[2] for event in events], capture.link_type,
                   copies=frozenset(number for number, event in enumerate(events, 1) if event[3]))


def is_established(frames):
    """Each end has sent more than what begins a connection, or refuses it."""
    return len({each.source for _, each in frames if not each.flags & (SYN | RST)}) == 2


def established(capture):
    """{stream: (client, server) as in the report} of the established connections."""
    if not has_single_tcp(capture):
        raise NotApplicable('TCP in TCP')
    ends = {line['stream']: line for line in capture.connections}
    return {stream: ends[stream] for stream, frames in capture.streams.items()
            if stream in ends and is_established(frames)}


def without(capture, sender):
    """One direction of the established connections is gone."""
    lines = established(capture)
    if not lines:
        raise NotApplicable('no established connection')
    gone = {number for stream, line in lines.items() for number, each in capture.streams[stream]
            if end_text(*each.source) == line[sender]}
    return picked(capture, [number for number in capture.numbers() if number not in gone])


def hole(capture):
    count = len(capture.frames)
    if count < SHORTEST_WITH_HOLE:
        raise NotApplicable('too short for the hole')
    first = (count - HOLE) // 2 + 1
    return picked(capture, [number for number in capture.numbers() if not first <= number < first + HOLE])
