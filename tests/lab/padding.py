"""Bytes that are no data: the padding of Ethernet that a box counts into the IP length."""

import struct

from conversation import random_bytes
from directions import without_data
from frames import FIN, RST, SYN, has_payload, internet_checksum, is_from_server, tcp_of
from hosts import expect
from losses import expect_again
from network import Lab
from samples import CLIENT_SYN, Sample, Scenario, finding
from wire import Lose

PORT = 9009
FROM_CLIENT = f"tcp.dstport == {PORT}"
ZEROS = f"{FROM_CLIENT} and tcp.len == 6 and tcp.payload == 00:00:00:00:00:00"
SERVER_PORT = f"10.2.0.5:{PORT}"

SHORTEST_FRAME = 60


def without_timestamps(lab):
    """Only then an ACK is so short that Ethernet fills it up."""
    for host in lab.hosts:
        host.sysctl("ipv4/tcp_timestamps", 0)


def padding_counted(frames):
    """What a box makes of them that takes all of a frame for the IP packet: here each pure ACK of the client. The TCP
    checksum is still that of the segment without its padding."""
    changed = []
    for frame in frames:
        is_pure_ack = not has_payload(frame.data) and not tcp_of(frame.data).flags & (SYN | FIN | RST)
        if is_from_server(frame.data) or not is_pure_ack or frame.length >= SHORTEST_FRAME:
            changed.append(frame)
            continue
        data = bytearray(frame.data.ljust(SHORTEST_FRAME, b"\0"))
        struct.pack_into("!H", data, 16, len(data) - 14)
        data[24:26] = b"\0\0"
        struct.pack_into("!H", data, 24, internet_checksum(bytes(data[14:34])))
        changed.append(frame._replace(data=bytes(data), length=len(data)))
    return changed


def padding_of_acks():
    with Lab() as lab:
        without_timestamps(lab)
        capture = lab.capture_at_server()
        connection = lab.connect(PORT)
        for size in (*[90] * 6, 9000):
            connection.exchange(random_bytes(size), random_bytes(3000))
        connection.close()
        frames = padding_counted(capture.stop())
    return {"padding-counted": frames,
            "padding-counted-and-drops": without_data(frames, numbers_of_drops(frames), False)}


def numbers_of_drops(frames):
    """Two full segments of the client, by their numbers among its data segments; what is padded counts."""
    data = [frame for frame in frames if has_payload(frame.data) and not is_from_server(frame.data)]
    return set([number for number, frame in enumerate(data, 1) if frame.length > 1400][2:4])


def padding_and_loss():
    with Lab() as lab:
        without_timestamps(lab)
        lab.wire.toward_server = drop = Lose({6, 9, 13})
        near = lab.capture_at_client()
        connection = lab.connect(PORT)
        for size in (90, 90, 22000):
            connection.exchange(random_bytes(size), random_bytes(3000))
        connection.close()
        expect(drop.lost == 3, "too few were lost")
        return {"padding-counted-and-loss": padding_counted(expect_again(near.stop(), False, 3, 0))}


def messages_of_zeros():
    """Four zeros each: an empty message whose length stands before it. They are data, and not one byte is missing."""
    with Lab() as lab:
        without_timestamps(lab)
        capture = lab.capture_at_client()
        connection = lab.connect(PORT)
        for _ in range(12):
            connection.exchange(bytes(4), bytes(4))
        connection.exchange(random_bytes(2000), random_bytes(2000))
        connection.close()
        return {"messages-of-zeros": capture.stop()}


ANY_CHECKSUM = "tcp.checksum.status == 0 or ip.checksum.status == 0"

SCENARIOS = [
    Scenario(padding_of_acks, {
        "padding-counted": Sample("server",
            "A box counts the padding of Ethernet into the IP length (done afterwards): each pure ACK of the client "
            "seems to carry six zeros, and what comes next has the same sequence number",
            {ZEROS: "7+", f"{FROM_CLIENT} and tcp.len > 6": "13+", ANY_CHECKSUM: "7+"}),
        "padding-counted-and-drops": Sample("server",
            "The same where the capture dropped two full segments of the client",
            {ZEROS: "7+", f"{FROM_CLIENT} and tcp.len > 6": "11+", ANY_CHECKSUM: "7+"},
            finds=(finding("capture_loss", SERVER_PORT, direction="client_to_server"),))}),
    Scenario(padding_and_loss, {"padding-counted-and-loss": Sample("client",
        "The same with an upload that loses three segments behind the capture point",
        {ZEROS: "3+", f"{FROM_CLIENT} and tcp.len > 6": "20+", ANY_CHECKSUM: "3+"},
        finds=(finding("loss_client_to_server", SERVER_PORT, where="after_capture_point"),))}),
    Scenario(messages_of_zeros, {"messages-of-zeros": Sample("client",
        "Messages of four zeros each, from stacks without timestamps: as short as padding, and data",
        {CLIENT_SYN: "1", "tcp.len == 4 and tcp.payload == 00:00:00:00": "24",
         f"{FROM_CLIENT} and tcp.len == 4": "12"})}),
]
