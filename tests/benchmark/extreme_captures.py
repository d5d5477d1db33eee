# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures of one thing a great many times, from a fixed seed: floods, scans, endless retransmissions."""

import random
import struct

SEED = 2026
BEGAN_S = 1740992400            # 2025-03-03 09:00:00 UTC
MICROSECONDS = 1_000_000
EVERY_US = 20                   # a packet, in microseconds

LINK_TYPE_RAW_IP = 101
IP = struct.Struct('!BBHHHBBH4s4s')
TCP = struct.Struct('!HHIIBBHHH')
RECORD = struct.Struct('<IIII')

FIN, SYN, RST, PUSH, ACK = 1, 2, 4, 8, 16

CLIENT, SERVER = bytes((10, 0, 0, 1)), bytes((10, 0, 0, 2))
PORT = 443


def packet(source, destination, flags, sequence=0, acknowledged=0, payload=0, identification=1):
    """source and destination: (address, port)."""
    header = IP.pack(0x45, 0, 40 + payload, identification & 0xffff, 0, 64, 6, 0, source[0], destination[0])
    return header + TCP.pack(source[1], destination[1], sequence & 0xffffffff, acknowledged & 0xffffffff, 0x50, flags,
                             64240, 0, 0) + bytes(payload)


def address(number):
    """A different one for each number below 2^24."""
    return bytes((10, number >> 16 & 255, number >> 8 & 255, number & 255))


def client_port(number):
    return 1024 + number % 64512


def syn_flood(count):
    """SYNs from random sources to one server."""
    chance = random.Random(SEED)
    for number in range(count):
        source = (chance.randbytes(4), chance.randrange(1024, 65536))
        yield packet(source, (SERVER, PORT), SYN, chance.randrange(1 << 32), identification=number)


def scan(count):
    """One client tries all ports of one address after the other; each second one refuses."""
    for number in range(count):
        client, server = (CLIENT, client_port(number * 7)), (address(number // 65535), 1 + number % 65535)
        yield packet(client, server, SYN, 1000)
        if number % 2 == 0:
            yield packet(server, client, RST | ACK, 0, 1001)


def servers(count):
    """As many servers as connections."""
    for number in range(count):
        client, server = (CLIENT, client_port(number)), (address(number + 1), PORT)
        yield packet(client, server, SYN, 1000)
        yield packet(server, client, SYN | ACK, 5000, 1001)
        yield packet(client, server, ACK, 1001, 5001)


def resets(count):
    """Connections to one server that resets each after a request."""
    for number in range(count):
        client, server = (address(number // 60000 + 1), client_port(number)), (SERVER, PORT)
        yield packet(client, server, SYN, 1000)
        yield packet(server, client, SYN | ACK, 5000, 1001)
        yield packet(client, server, PUSH | ACK, 1001, 5001, 10)
        yield packet(server, client, RST, 5001)


def pairs(count):
    """Data between random ends, without handshakes: every server is a guess."""
    chance = random.Random(SEED)
    for _ in range(count):
        ends = [(address(chance.randrange(1 << 12)), chance.randrange(32768, 65536)) for _ in range(2)]
        yield packet(*ends, ACK, chance.randrange(1 << 32), 1, 10)


def retransmissions(count):
    """One connection that sends the same segment again and again."""
    client, server = (CLIENT, 50000), (SERVER, PORT)
    yield packet(client, server, SYN, 1000)
    yield packet(server, client, SYN | ACK, 5000, 1001)
    yield packet(client, server, ACK, 1001, 5001)
    for number in range(count):
        yield packet(client, server, PUSH | ACK, 1001, 5001, 100, number)


def gaps(count):
    """One connection of which each second segment is missing, and the receiver acknowledges them all."""
    client, server = (CLIENT, 50000), (SERVER, PORT)
    for number in range(count // 2):
        yield packet(server, client, ACK, 5001 + number * 200, 1001, 100, number)
        yield packet(client, server, ACK, 1001, 5101 + number * 200, 0, number)


def copies(count):
    """One connection of which each frame was captured twice."""
    client, server = (CLIENT, 50000), (SERVER, PORT)
    for number in range(count // 2):
        frame = packet(client, server, PUSH | ACK, 1001 + number * 10, 5001, 10, number)
        yield frame
        yield frame


PATTERNS = {function.__name__.replace('_', '-'): function for function in
            (syn_flood, scan, servers, resets, pairs, retransmissions, gaps, copies)}


def write(path, packets):
    """Returns their number."""
    number = 0
    with open(path, 'wb') as file:
        file.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, LINK_TYPE_RAW_IP))
        for number, content in enumerate(packets, 1):
            seconds, microseconds = divmod(number * EVERY_US, MICROSECONDS)
            file.write(RECORD.pack(BEGAN_S + seconds, microseconds, len(content), len(content)) + content)
    return number
