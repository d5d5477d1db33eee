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


def write_two_in_each_frame(path):
    """Two connections, to 10.0.0.2:80 and 10.0.0.3:443, of which each of two frames has a packet. The client sent one of
    the packets in a frame, the server the other."""
    ends = ('10.0.0.1', 40000), ('10.0.0.2', 80), ('10.0.0.4', 50000), ('10.0.0.3', 443)
    write_capture(path, PPP, [
        frame_of_several(tcp_packet(ends[0], ends[1], 100, 0, SYN), tcp_packet(ends[3], ends[2], 300, 0, SYN_ACK)),
        frame_of_several(tcp_packet(ends[1], ends[0], 200, 101, SYN_ACK), tcp_packet(ends[2], ends[3], 500, 301, ACK))])
