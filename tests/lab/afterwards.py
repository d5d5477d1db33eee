"""What is done to captured frames afterwards: other headers around them, a snap length, other numbers."""

import socket
import struct

from frames import (ACK, Frame, internet_checksum, is_from_server, only_from_client, only_from_server, tcp_of)


def snap(frames, size):
    return [frame._replace(data=frame.data[:size]) for frame in frames]


def rewrap(frames, change):
    """Gives each frame another shape; `change` gets the bytes and whether the server's side sent them."""
    changed = [(frame, change(frame.data, is_from_server(frame.data))) for frame in frames]
    return [Frame(frame.time, data, len(data)) for frame, data in changed]


def tag(*tags):
    inserted = b"".join(struct.pack("!HH", *one) for one in tags)
    return lambda data, _: data[:12] + inserted + data[12:]


def in_ip(protocol, payload, from_server):
    ends = [socket.inet_aton("10.9.0.1"), socket.inet_aton("10.9.0.2")]
    source, destination = reversed(ends) if from_server else ends
    dont_fragment, ttl = 0x4000, 64
    fields = struct.pack("!BBHHHBB", 0x45, 0, 20 + len(payload), 0, dont_fragment, ttl, protocol)
    checksum = internet_checksum(fields + b"\0\0" + source + destination)
    return fields + struct.pack("!H", checksum) + source + destination + payload


def in_ethernet(packet, from_server):
    macs = [bytes.fromhex(mac.replace(":", "")) for mac in ("00:00:5e:00:53:11", "00:00:5e:00:53:12")]
    source, destination = reversed(macs) if from_server else macs
    return destination + source + b"\x08\x00" + packet


def in_gre(packet, from_server):
    return in_ip(socket.IPPROTO_GRE, b"\0\0\x08\0" + packet, from_server)


def in_vxlan(frame, from_server, network=77):
    ports, no_checksum = (49871, 4789), 0
    udp = struct.pack("!HHHH", *ports, 16 + len(frame), no_checksum)
    return in_ip(socket.IPPROTO_UDP, udp + struct.pack("!II", 0x08000000, network << 8) + frame, from_server)


def gre(data, from_server):
    return in_ethernet(in_gre(data[14:], from_server), from_server)


def ipip(data, from_server):
    return in_ethernet(in_ip(socket.IPPROTO_IPIP, data[14:], from_server), from_server)


def vxlan(data, from_server, network=77):
    return in_ethernet(in_vxlan(data, from_server, network), from_server)


def vxlan_in_gre(data, from_server):
    return in_ethernet(in_gre(in_vxlan(data, from_server), from_server), from_server)


def pppoe(data, _):
    """As between a home and its provider: session 5, PPP with IPv4 or IPv6."""
    protocol = 0x0057 if data[12:14] == b"\x86\xdd" else 0x0021
    return data[:12] + struct.pack("!HBBHHH", 0x8864, 0x11, 0, 5, len(data) - 12, protocol) + data[14:]


def mpls(data, _):
    """One label, 100, which is the last."""
    return data[:12] + struct.pack("!HI", 0x8847, 100 << 12 | 0x100 | 64) + data[14:]


def copied(frames, nanoseconds, which=lambda data: True):
    """Each frame that is picked is there twice, so much apart."""
    again = [frame._replace(time=frame.time + nanoseconds) for frame in frames if which(frame.data)]
    return sorted([*frames, *again], key=lambda frame: frame.time)


def later(frames, nanoseconds):
    """By a clock that is so much ahead."""
    return [frame._replace(time=frame.time + nanoseconds) for frame in frames]


def with_identifications_moved(frames, before_wrap):
    """The IPv4 identifications of each end, so that they pass 65535 after so many segments."""
    first = {}

    def move(data, from_server):
        frame = bytearray(data)
        identification, = struct.unpack_from("!H", frame, 18)
        if identification == 0:  # Linux's SYN-ACKs and resets
            return data
        moved = (identification - first.setdefault(from_server, identification) - before_wrap) % 2**16
        struct.pack_into("!HHBBH", frame, 18, moved, *struct.unpack_from("!HBB", frame, 20), 0)
        struct.pack_into("!H", frame, 24, internet_checksum(bytes(frame[14:34])))
        return bytes(frame)

    return rewrap(frames, move)


def with_numbers_moved(data, by_sequence, by_acknowledgment):
    """The sequence number and all that acknowledges the other side's, SACK ranges too, moved; IPv4 only."""
    frame = bytearray(data)
    tcp = tcp_of(data)

    def move(offset, by):
        number, = struct.unpack_from("!I", frame, offset)
        struct.pack_into("!I", frame, offset, (number + by) % 2**32)

    move(tcp.offset + 4, by_sequence)
    if tcp.flags & ACK:
        move(tcp.offset + 8, by_acknowledgment)
    for offset in sack_edges(data, tcp):
        move(offset, by_acknowledgment)
    struct.pack_into("!H", frame, tcp.offset + 16, 0)
    pseudo_header = data[26:34] + struct.pack("!HH", socket.IPPROTO_TCP, tcp.end - tcp.offset)
    struct.pack_into("!H", frame, tcp.offset + 16, internet_checksum(pseudo_header + bytes(frame[tcp.offset:tcp.end])))
    return bytes(frame)


def sack_edges(data, tcp):
    """The offsets of the numbers in SACK options."""
    end_of_options, no_operation, sack = 0, 1, 5
    offset = tcp.offset + 20
    while offset < tcp.payload_offset and data[offset] != end_of_options:
        if data[offset] == no_operation:
            offset += 1
            continue
        if data[offset] == sack:
            yield from range(offset + 2, offset + data[offset + 1], 4)
        offset += data[offset + 1]


def first_sequence_number(frames):
    data = frames[0].data
    return struct.unpack_from("!I", data, tcp_of(data).offset + 4)[0]


def wrap_sequence_numbers(frames, after):
    """So that both directions pass 2^32 after so many bytes."""
    client = 2**32 - after - first_sequence_number(only_from_client(frames))
    server = 2**32 - after - first_sequence_number(only_from_server(frames))
    return rewrap(frames, lambda data, from_server: with_numbers_moved(data, *((server, client) if from_server
                                                                               else (client, server))))
