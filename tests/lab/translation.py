"""What a box on the way may change in a segment, with the checksums made right."""

import socket
import struct

from frames import internet_checksum, tcp_of


def renumbered(frame, source=None, destination=None, sequence=0, acknowledgment=0):
    """The frame (IPv4) with other addresses, and numbers that are higher by so much. SACK ranges stay."""
    data, tcp = bytearray(frame), tcp_of(frame)
    data[26:30], data[30:34] = source or data[26:30], destination or data[30:34]
    numbers = struct.unpack_from("!II", data, tcp.offset + 4)
    struct.pack_into("!II", data, tcp.offset + 4, (numbers[0] + sequence) % 2**32, (numbers[1] + acknowledgment) % 2**32)
    return checksummed(bytes(data))


def checksummed(frame):
    """The frame with the checksums that a network card would fill in."""
    tcp = tcp_of(frame)
    if tcp is None:
        return frame
    data = bytearray(frame)
    if data[12:14] == b"\x08\x00":
        data[24:26] = b"\0\0"
        struct.pack_into("!H", data, 24, internet_checksum(bytes(data[14:tcp.offset])))
        addresses = data[26:34]
    else:
        addresses = data[22:54]
    struct.pack_into("!H", data, tcp.offset + 16, 0)
    segment = bytes(data[tcp.offset:tcp.end])
    pseudo_header = bytes(addresses) + struct.pack("!II", len(segment), socket.IPPROTO_TCP)
    struct.pack_into("!H", data, tcp.offset + 16, internet_checksum(pseudo_header + segment))
    return bytes(data)
