"""The frames of a capture, and where the headers of IP, TCP and ICMP stand in them, whatever lies around them.

tshark says where (PDML): no dissector of link layers and tunnels is written a second time.
"""

import re
import struct
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

TESTS = Path(__file__).resolve().parent.parent
sys.path += [str(TESTS / 'hardening'), str(TESTS / 'lab')]

from frames import ACK, FIN, RST, SYN, Frame      # noqa: E402
from mutation import read                    # noqa: E402
from pcapng import pcapng_as_is              # noqa: E402

PROTOCOLS = 'ip ipv6 tcp icmp icmpv6'
# A field of each header whose bytes must stand where PDML says: reassembled packets are in no frame
PROOF = {b'ip': b'ip.src', b'ipv6': b'ipv6.src', b'tcp': b'tcp.srcport', b'icmp': b'icmp.type', b'icmpv6': b'icmpv6.type'}

BEGIN = re.compile(rb'<proto name="([\w.]+)"[^>]*? pos="(\d+)"')
FIELD = re.compile(rb'<field name="(ip\.src|ipv6\.src|tcp\.srcport|icmp\.type|icmpv6\.type|tcp\.stream|tcp\.len)"'
                   rb'[^>]*? pos="(\d+)"[^>]*? show="([^"]*)"(?: value="(\w*)")?')


class Header(NamedTuple):
    kind: str  # of PROTOCOLS
    offset: int
    is_quoted: bool  # in an ICMP error
    stream: int  # of TCP; else None
    payload: int  # bytes of TCP, or None where not known; else None


class Unplaced(Exception):
    """A header that is in no frame."""


class PlacedFrame(NamedTuple):
    frame: Frame
    headers: list  # of Header, from the outside to the inside

    @property
    def tcp(self):
        """The TCP header that the segment belongs to, not quoted, or None."""
        return next((each for each in reversed(self.headers) if each.kind == 'tcp' and not each.is_quoted), None)

    @property
    def ip(self):
        """The header of IP that carries it, or None."""
        return next((each for each in reversed(self.headers)
                     if each.kind in ('ip', 'ipv6') and not each.is_quoted), None)

    @property
    def source(self):
        """(address, port) as bytes and number."""
        return addresses_of(self.frame.data, self.ip)[0], self.number('!H', 0)

    @property
    def destination(self):
        return addresses_of(self.frame.data, self.ip)[1], self.number('!H', 2)

    @property
    def sequence(self):
        return self.number('!I', 4)

    @property
    def acknowledged(self):
        return self.number('!I', 8)

    @property
    def flags(self):
        return self.number('!B', 13)

    @property
    def identification(self):
        """Of IPv4; 0 where there is none."""
        return struct.unpack_from('!H', self.frame.data, self.ip.offset + 4)[0] if self.ip.kind == 'ip' else 0

    @property
    def has_timestamps(self):
        """As nearly all stacks place that option: alone, behind two NOPs, or in a SYN behind the SACK option."""
        options = self.frame.data[self.tcp.offset + 20:self.tcp.offset + (self.frame.data[self.tcp.offset + 12] >> 4) * 4]
        return b'\x08\x0a' in options

    @property
    def occupied(self):
        """Sequence numbers that the segment takes."""
        return (self.tcp.payload or 0) + bool(self.flags & SYN) + bool(self.flags & FIN)

    def number(self, form, place):
        return struct.unpack_from(form, self.frame.data, self.tcp.offset + place)[0]


def address_places(header):
    """(place of the source, place of the destination, bytes of an address) in the frame."""
    return ((header.offset + 12, header.offset + 16, 4) if header.kind == 'ip'
            else (header.offset + 8, header.offset + 24, 16))


def addresses_of(data, header):
    source, destination, size = address_places(header)
    return data[source:source + size], data[destination:destination + size]


class Headers:
    """Takes PDML, line by line."""

    def __init__(self):
        self.open = []  # names of the protocols that the line stands in
        self.found = []  # of the frame
        self.proof = []  # (place, bytes)

    def take(self, line):
        """Whether the frame ends here."""
        if line.startswith(b'<field'):
            self.take_field(line)
        elif line.startswith(b'<proto'):
            begun = BEGIN.match(line)
            self.open.append(begun and begun[1])
            if begun and begun[1] in PROOF:
                is_quoted = any(name in (b'icmp', b'icmpv6') for name in self.open[:-1])
                self.found.append(Header(begun[1].decode(), int(begun[2]), is_quoted, None, None))
        elif line.startswith(b'</proto'):
            self.open.pop()
        return line.startswith(b'</packet')

    def take_field(self, line):
        field = FIELD.match(line)
        if field is None or not self.found:
            return
        name, place, show, value = field.groups()
        if name == b'tcp.stream':
            self.found[-1] = self.found[-1]._replace(stream=int(show))
        elif name == b'tcp.len':
            self.found[-1] = self.found[-1]._replace(payload=int(show))
        elif name == PROOF[self.found[-1].kind.encode()]:
            self.proof.append((int(place), bytes.fromhex(value.decode())))

    def of_frame(self, frame):
        """The headers that were found since the last frame."""
        headers, proof = self.found, self.proof
        self.open, self.found, self.proof = [], [], []
        for place, content in proof:
            if frame.data[place:place + len(content)] != content:
                raise Unplaced
        return PlacedFrame(frame, headers)


def placed(path, frames):
    """PlacedFrame of each of the frames, which the file at path has. Raises Unplaced."""
    headers, result = Headers(), []
    with subprocess.Popen(['tshark', '-n', '-r', path, '-T', 'pdml', '-j', PROTOCOLS],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        for line in process.stdout:
            if headers.take(line.lstrip()):
                result.append(headers.of_frame(frames[len(result)]))
    if len(result) != len(frames):
        raise Unplaced
    return result


def read_frames(capture, scratch):
    """(frames, link type) of any capture that Wireshark can read, as far as it can."""
    frames = read(capture, scratch)
    return ([Frame(seconds * 10**9 + nanoseconds, data, length) for seconds, nanoseconds, length, data in frames],
            frames.link_type)


def write_frames(path, frames, link_type, interfaces=None):
    path.write_bytes(pcapng_as_is(frames, link_type, interfaces))
