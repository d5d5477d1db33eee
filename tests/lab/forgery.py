"""Packets that no TCP stack sent: what scanners and middleboxes put on the wire."""

import ipaddress
import socket
import struct

from addresses import MAC_CLIENT, MAC_ROUTER_CLIENT
from frames import ACK, RST, internet_checksum, is_from_server, tcp_of


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def tcp_packet(source, destination, source_port, destination_port, flags, sequence, acknowledgment=0, window=0,
               options=b"", ttl=64, identification=0, from_server=False):
    """A frame without payload, for the wire."""
    source, destination = ipaddress.ip_address(source), ipaddress.ip_address(destination)
    header = struct.pack("!HHIIBBHHH", source_port, destination_port, sequence % 2**32, acknowledgment % 2**32,
                         (20 + len(options)) // 4 << 4, flags, window, 0, 0) + options
    pseudo_header = source.packed + destination.packed + struct.pack("!II", len(header), socket.IPPROTO_TCP)
    header = header[:16] + struct.pack("!H", internet_checksum(pseudo_header + header)) + header[18:]
    macs = mac(MAC_ROUTER_CLIENT), mac(MAC_CLIENT)
    if from_server:
        macs = macs[::-1]
    return macs[0] + macs[1] + ip_header(source, destination, len(header), ttl, identification) + header


def ip_header(source, destination, length, ttl, identification):
    """With the Ethernet type before it."""
    if source.version == 6:
        return (struct.pack("!HIHBB", 0x86DD, 0x60000000, length, socket.IPPROTO_TCP, ttl) + source.packed
                + destination.packed)
    fields = struct.pack("!BBHHHBBH", 0x45, 0, 20 + length, identification, 0x4000, ttl, socket.IPPROTO_TCP, 0)
    checksum = internet_checksum(fields + source.packed + destination.packed)
    return struct.pack("!H", 0x0800) + fields[:10] + struct.pack("!H", checksum) + source.packed + destination.packed


class Seen:
    """What a middlebox knows from one segment."""

    def __init__(self, data):
        tcp = tcp_of(data)
        ipv6 = data[12:14] == b"\x86\xdd"
        self.source = ipaddress.ip_address(data[22:38] if ipv6 else data[26:30])
        self.destination = ipaddress.ip_address(data[38:54] if ipv6 else data[30:34])
        self.source_port, self.destination_port = tcp.source_port, tcp.destination_port
        self.sequence, self.acknowledgment = struct.unpack_from("!II", data, tcp.offset + 4)
        self.next_sequence = self.sequence + tcp.end - tcp.payload_offset
        self.ttl = data[21] if ipv6 else data[22]
        self.from_server = is_from_server(data)


def reset_of_sender(seen, ttl, offset=0, identification=0):
    """What its sender would send if it aborted after this segment."""
    return tcp_packet(seen.source, seen.destination, seen.source_port, seen.destination_port, RST | ACK,
                      seen.next_sequence + offset, seen.acknowledgment, ttl=ttl, identification=identification,
                      from_server=seen.from_server)


def reset_of_receiver(seen, ttl, offset=0, identification=0):
    """What its receiver would send if it aborted on getting this segment."""
    return tcp_packet(seen.destination, seen.source, seen.destination_port, seen.source_port, RST | ACK,
                      seen.acknowledgment + offset, seen.next_sequence, ttl=ttl, identification=identification,
                      from_server=not seen.from_server)
