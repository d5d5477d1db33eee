# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures of a few packets, made byte by byte."""

import socket
import struct

SYN, SYN_ACK, ACK = 0x02, 0x12, 0x10

# Link types
PPP, RAW_IP = 9, 101


def tcp_packet(source, destination, sequence, acknowledged, flags, data=b''):
    """An IPv4 packet; the ends are (address, port)."""
    header = struct.pack('>BBHHHBBH4s4s', 0x45, 0, 40 + len(data), 1, 0, 64, 6, 0, socket.inet_aton(source[0]),
                         socket.inet_aton(destination[0]))
    return header + struct.pack('>HHIIBBHHH', source[1], destination[1], sequence, acknowledged, 5 << 4, flags, 1024, 0,
                                0) + data


def write_capture(path, link_type, frames):
    """A frame each millisecond."""
    path.write_bytes(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, link_type) + b''.join(
        struct.pack('<IIII', 1000, 1000 * number, len(frame), len(frame)) + frame for number, frame in enumerate(frames)))


def frame_of_several(*packets):
    """A frame of PPP with several packets, RFC 3153."""
    return b'\xff\x03\x00\x59' + b''.join(bytes([0x80 | 2 + len(each)]) + b'\x00\x21' + each for each in packets)
