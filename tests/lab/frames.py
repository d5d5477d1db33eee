"""Ethernet frames with TCP in them: where things stand, which are picked, and what order they have."""

import ipaddress
import socket
import struct
from typing import NamedTuple

from addresses import SERVER_NETWORKS


class Frame(NamedTuple):
    time: int  # nanoseconds since 1970
    data: bytes  # from the Ethernet header on; shorter than `length` where a snap length cut it
    length: int  # on the wire


class Tcp(NamedTuple):
    """Where things stand in an Ethernet frame with TCP directly in IPv4 or IPv6."""
    source_port: int
    destination_port: int
    flags: int
    offset: int  # of the TCP header
    payload_offset: int
    end: int  # of the IP packet, before Ethernet padding


FIN, SYN, RST, PSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10


def tcp_of(data):
    """None where there is no TCP header in the frame."""
    ether_type, = struct.unpack_from("!H", data, 12)
    if ether_type == 0x0800 and data[23] == socket.IPPROTO_TCP:
        offset = 14 + (data[14] & 15) * 4
        end = 14 + struct.unpack_from("!H", data, 16)[0]
    elif ether_type == 0x86DD and data[20] == socket.IPPROTO_TCP:
        offset = 54
        end = offset + struct.unpack_from("!H", data, 18)[0]
    else:
        return None
    ports = struct.unpack_from("!HH", data, offset)
    return Tcp(*ports, data[offset + 13], offset, offset + (data[offset + 12] >> 4) * 4, end)


def is_from_server(data):
    ipv6 = data[12:14] == b"\x86\xdd"
    source = ipaddress.ip_address(bytes(data[22:38] if ipv6 else data[26:30]))
    return any(source in network for network in SERVER_NETWORKS)


def has_payload(data):
    tcp = tcp_of(data)
    return tcp is not None and tcp.end > tcp.payload_offset


def is_syn(data):
    tcp = tcp_of(data)
    return tcp is not None and tcp.flags & (SYN | ACK) == SYN


def internet_checksum(data):
    total = sum(struct.unpack(f"!{(len(data) + 1) // 2}H", data + b"\0" * (len(data) % 2)))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return 0xFFFF - total


def in_order_of_time(frames):
    return sorted(frames, key=lambda frame: frame.time)


def only_from_server(frames):
    return [frame for frame in frames if is_from_server(frame.data)]


def only_from_client(frames):
    return [frame for frame in frames if not is_from_server(frame.data)]
