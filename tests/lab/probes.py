"""Segments that no healthy stack sends: probes of scanners, and numbers that were damaged on the way."""

import socket
import struct
import time

from addresses import CLIENT_2, CLIENT_6, SERVER, SERVER_6
from attempts import Answers
from conversation import browse, random_bytes, web_request, web_response
from directions import without_data
from forgery import tcp_packet
from frames import ACK, FIN, PSH, SYN, has_payload, is_from_server, only_from_client, tcp_of
from handshakes import keep_kernel_silent, send_packet, send_syn, serve_and_close
from hosts import expect
from losses import upload, wait_for_acks
from network import Lab
from samples import CLIENT_SYN, Sample, Scenario, finding

URG = 0x20
FROM_SERVER, FROM_CLIENT, RESET, DATA = "tcp.srcport == 80", "tcp.dstport == 80", "tcp.flags.reset == 1", "tcp.len > 0"


# ---------------------------------------------------------------------------------------------------------------------
# Probes

def send_probe(lab, flags, port, source, destination=SERVER, source_port=40000):
    raw = lab.client.socket(socket.AF_PACKET, socket.SOCK_RAW)
    raw.bind(("eth0", 0))
    raw.send(tcp_packet(source, destination, source_port, port, flags=flags, sequence=1_000_000 + port * 7,
                        acknowledgment=77_000_000 * bool(flags & ACK), window=1024))
    raw.close()


def probe(lab, flags, ports, server=SERVER, client=CLIENT_2):
    keep_kernel_silent(lab, client)
    serve_and_close(lab, server, 80)
    capture = lab.capture_at_server()
    for port in ports:
        send_probe(lab, flags, port, client, server)
        time.sleep(0.002)
    somebody_else(lab)
    return capture.stop()


def somebody_else(lab):
    """For longer than an answer may take."""
    connection = lab.connect(22)
    for _ in range(4):
        connection.exchange(random_bytes(60), random_bytes(200))
        time.sleep(0.4)
    connection.close()


NEAR_80 = range(76, 84)  # fewer than a scan


def null_probes():
    with Lab() as lab:
        return {"probes-without-flags": probe(lab, 0, NEAR_80)}


def xmas_probes():
    with Lab() as lab:
        return {"probes-fin-psh-urg": probe(lab, FIN | PSH | URG, NEAR_80)}


def syn_fin_probes():
    with Lab() as lab:
        return {"probes-syn-fin": probe(lab, SYN | FIN, NEAR_80)}


def fin_probes_v6():
    with Lab() as lab:
        return {"probes-fin-v6": probe(lab, FIN, NEAR_80, SERVER_6, CLIENT_6)}


def ack_probes():
    with Lab() as lab:
        return {"probes-ack": probe(lab, ACK, NEAR_80)}


def blind_tool():
    """A program without a stack sends SYNs and then ACKs, whatever is answered: it acknowledges 0. A firewall lets
    nothing of that through."""
    with Lab() as lab:
        lab.wire.toward_server = lambda frame: [] if tcp_of(frame) and frame[26:30] == tool else [frame]
        tool = socket.inet_aton(CLIENT_2)
        capture = lab.capture_at_client()
        for port in range(40001, 40005):
            send_syn(lab, CLIENT_2, SERVER, 80, port)
            for _ in range(3):
                time.sleep(0.01)
                send_packet(lab, tcp_packet(CLIENT_2, SERVER, port, 80, ACK, 1_000_001 + port * 7, window=1024))
        somebody_else(lab)
        return {"acknowledges-zero": capture.stop()}


def tool_that_is_answered():
    """The same program, which acknowledges what the server says; of that, nothing was captured."""
    with Lab() as lab:
        keep_kernel_silent(lab, CLIENT_2)
        answers = Answers(lab)
        serve_and_close(lab, SERVER, 80)
        capture = lab.capture_at_client()
        for port in range(40001, 40005):
            send_syn(lab, CLIENT_2, SERVER, 80, port)
            time.sleep(0.05)
            answers.acknowledge(lab, port)
        somebody_else(lab)
        frames = capture.stop(at_once=True)
    tool = socket.inet_aton(CLIENT_2)
    return {"acknowledges-the-unseen": [frame for frame in frames if frame.data[30:34] != tool]}


# ---------------------------------------------------------------------------------------------------------------------
# Damaged on the way

class Damage:
    """Adds to the sequence number of some data segments, or changes their last byte; the checksum stays as it was."""

    def __init__(self, numbers, ahead=0):
        self.numbers, self.ahead, self.seen, self.damaged = numbers, ahead, 0, 0

    def __call__(self, frame):
        if not has_payload(frame):
            return [frame]
        self.seen += 1
        if self.seen not in self.numbers:
            return [frame]
        self.damaged += 1
        data, tcp = bytearray(frame), tcp_of(frame)
        if self.ahead:
            number, = struct.unpack_from("!I", data, tcp.offset + 4)
            struct.pack_into("!I", data, tcp.offset + 4, (number + self.ahead) % 2**32)
        else:
            data[tcp.end - 1] ^= 0x55
        return [bytes(data)]


def damaged_number():
    with Lab() as lab:
        lab.wire.toward_client = damage = Damage({6}, 2_000_000)
        capture = lab.capture_at_client()
        connection = lab.connect(80)
        browse(connection, 9000, 5000)
        connection.close()
        frames = capture.stop()
        expect(damage.damaged == 1, "nothing was damaged")
    first = next(number for number, frame in enumerate(frames) if has_payload(frame.data) and is_from_server(frame.data)
                 and number > 4 and is_far(frames, number))
    return {"bad-checksum-ahead": frames, "bad-checksum-first": frames[first:]}


def is_far(frames, number):
    """Whether a segment stands far ahead of the server's first."""
    numbers = [struct.unpack_from("!I", frame.data, tcp_of(frame.data).offset + 4)[0] for frame in frames
               if is_from_server(frame.data)]
    own, = struct.unpack_from("!I", frames[number].data, tcp_of(frames[number].data).offset + 4)
    return (own - numbers[0]) % 2**32 > 1_500_000


def damaged_number_of_upload_v6():
    with Lab() as lab:
        lab.wire.toward_server = damage = Damage({5}, 900_000)
        capture = lab.capture_at_server()
        connection = lab.connect(80, SERVER_6, CLIENT_6)
        upload(connection, 14000)
        connection.close()
        expect(damage.damaged == 1, "nothing was damaged")
        return {"bad-checksum-ahead-v6": capture.stop()}


def damaged_payload():
    with Lab() as lab:
        lab.wire.toward_client = damage = Damage({5, 9})
        capture = lab.capture_at_client()
        connection = lab.connect(80)
        connection.exchange(web_request("/"), web_response(16000))
        connection.close()
        expect(damage.damaged == 2, "too few were damaged")
        return {"bad-checksum-in-payload": capture.stop()}


def damaged_payload_again_and_again():
    """A bad cable: a receiver throws away what is damaged, so this is loss, though all is in the file."""
    with Lab() as lab:
        lab.wire.toward_client = damage = Damage({4, 8, 9, 13})
        capture = lab.capture_at_client()
        connection = lab.connect(80)
        connection.exchange(web_request("/"), web_response(22000))
        connection.close()
        expect(damage.damaged == 4, "too few were damaged")
        return {"bad-cable": capture.stop()}


class DamageAck:
    """Adds to the acknowledgment number of one pure ACK; the checksum stays as it was."""

    def __init__(self, ahead):
        self.ahead, self.damaged = ahead, 0

    def __call__(self, frame):
        tcp = tcp_of(frame)
        if self.damaged or tcp is None or tcp.flags != ACK or has_payload(frame):
            return [frame]
        self.damaged += 1
        data = bytearray(frame)
        number, = struct.unpack_from("!I", data, tcp.offset + 8)
        struct.pack_into("!I", data, tcp.offset + 8, (number + self.ahead) % 2**32)
        return [bytes(data)]


def damaged_acknowledgment():
    """It says that 20 kB more have arrived, which the server never sends."""
    with Lab() as lab:
        capture = lab.capture_at_server()
        connection = lab.connect(80)
        browse(connection, 4000)
        wait_for_acks(lab, connection)
        lab.wire.toward_server = damage = DamageAck(20_000)
        connection.answer(random_bytes(600))
        time.sleep(0.1)
        connection.answer(random_bytes(600))
        wait_for_acks(lab, connection)
        browse(connection, 2000)
        connection.close()
        expect(damage.damaged == 1, "nothing was damaged")
        return {"acknowledgment-damaged": capture.stop()}


class SwapAcks:
    """Lets the next pure ACK overtake every second one."""

    def __init__(self):
        self.held = None

    def __call__(self, frame):
        tcp = tcp_of(frame)
        if tcp is None or tcp.flags != ACK or has_payload(frame):
            held, self.held = self.held, None
            return [frame] if held is None else [held, frame]
        if self.held is None:
            self.held = frame
            return []
        held, self.held = self.held, None
        return [frame, held]


def acknowledgments_overtaken():
    """Older numbers come behind newer ones, as on two paths; nothing is taken back."""
    with Lab() as lab:
        capture = lab.capture_at_server()
        connection = lab.connect(80)
        lab.wire.toward_server = SwapAcks()
        browse(connection, 9000, 9000)
        connection.close()
        frames = capture.stop()
    numbers = [struct.unpack_from("!I", frame.data, tcp_of(frame.data).offset + 8)[0]
               for frame in only_from_client(frames)[1:]]
    expect(sum((after - before) % 2**32 > 2**31 for before, after in zip(numbers, numbers[1:])) >= 2,
           "no ACK was overtaken")
    return {"acknowledgments-overtaken-and-drops": without_data(frames, {3, 4, 9}, from_server=True)}


BAD = "tcp.checksum.status == 0"
ANY_CHECKSUM = "tcp.checksum.status == 0 or ip.checksum.status == 0"
HEALTHY = {"tcp.srcport == 22 and tcp.len > 0": "4"}

SCENARIOS = [
    Scenario(null_probes, {"probes-without-flags": Sample("server",
        "Eight probes without any flag, one at an open port: no attempts to connect, whatever is answered",
        {"tcp.flags == 0": "8", f"ip.dst == 10.1.0.12 and {RESET}": "7", **HEALTHY})}),
    Scenario(xmas_probes, {"probes-fin-psh-urg": Sample("server",
        "Eight probes with FIN, PSH and URG",
        {"tcp.flags == 0x029": "8", f"ip.dst == 10.1.0.12 and {RESET}": "7", **HEALTHY})}),
    Scenario(syn_fin_probes, {"probes-syn-fin": Sample("server",
        "Eight probes with SYN and FIN: no stack begins a connection with that",
        {"tcp.flags == 0x003": "8", f"ip.dst == 10.1.0.12 and {RESET}": "7+", **HEALTHY})}),
    Scenario(fin_probes_v6, {"probes-fin-v6": Sample("server",
        "Eight probes with a mere FIN over IPv6",
        {"ipv6 and tcp.flags == 0x001": "8", f"ipv6 and {RESET}": "7", **HEALTHY})}),
    Scenario(ack_probes, {"probes-ack": Sample("server",
        "Eight probes with a mere ACK: each is answered by a reset, and nobody had a connection",
        {"ip.src == 10.1.0.12 and tcp.flags == 0x010": "8", f"ip.dst == 10.1.0.12 and {RESET}": "8", **HEALTHY})}),
    Scenario(blind_tool, {"acknowledges-zero": Sample("client",
        "A tool sends a SYN and three ACKs of the number 0 from each of four ports, and gets no answer: nothing says "
        "that there was one",
        {"ip.src == 10.1.0.12 and tcp.flags == 0x010 and tcp.ack_raw == 0": "12",
         f"ip.src == 10.1.0.12 and {CLIENT_SYN}": "4", "ip.dst == 10.1.0.12": "0", **HEALTHY})}),
    Scenario(tool_that_is_answered, {"acknowledges-the-unseen": Sample("client",
        "A tool sends a SYN from each of four ports and acknowledges the SYN-ACK, which took another way",
        {"ip.src == 10.1.0.12 and tcp.flags == 0x010 and tcp.ack_raw > 0": "4",
         f"ip.src == 10.1.0.12 and {CLIENT_SYN}": "4", "ip.dst == 10.1.0.12": "0", **HEALTHY},
        finds=(finding("one_way_traffic", "10.2.0.5:80", direction="server_to_client"),))}),
    Scenario(damaged_acknowledgment, {"acknowledgment-damaged": Sample("server",
        "The acknowledgment number of one ACK was damaged on the way: 20 kB ahead, with a wrong checksum. The next one "
        "takes it back",
        {f"{FROM_CLIENT} and {BAD}": "1", ANY_CHECKSUM: "1", "tcp.analysis.ack_lost_segment": "1+",
         f"{FROM_SERVER} and {DATA}": "7+"})}),
    Scenario(acknowledgments_overtaken, {"acknowledgments-overtaken-and-drops": Sample("server",
        "ACKs overtake each other, and the capture dropped three data segments, which the client acknowledged",
        {f"{FROM_SERVER} and {DATA}": "11", "tcp.analysis.lost_segment": "1+"},
        finds=(finding("capture_loss", "10.2.0.5:80", direction="server_to_client"),))}),
    Scenario(damaged_number, {
        "bad-checksum-ahead": Sample("client",
            "The sequence number of one segment was damaged on the way: 2 MB ahead, with a wrong checksum",
            {f"{FROM_SERVER} and {BAD}": "1", ANY_CHECKSUM: "1", f"{FROM_SERVER} and {DATA}": "12"}),
        "bad-checksum-first": Sample("client",
            "The same in a capture that begins with this segment",
            {f"frame.number == 1 and {BAD}": "1", ANY_CHECKSUM: "1", "tcp.flags.syn == 1": "0"})}),
    Scenario(damaged_number_of_upload_v6, {"bad-checksum-ahead-v6": Sample("server",
        "The same in an upload over IPv6",
        {f"{FROM_CLIENT} and {BAD}": "1", ANY_CHECKSUM: "1", f"{FROM_CLIENT} and {DATA}": "11+"})}),
    Scenario(damaged_payload, {"bad-checksum-in-payload": Sample("client",
        "The payload of two segments was damaged on the way, and they were sent again: too few to speak of",
        {f"{FROM_SERVER} and {BAD}": "2", ANY_CHECKSUM: "2", f"{FROM_SERVER} and {DATA}": "14"})}),
    Scenario(damaged_payload_again_and_again, {"bad-cable": Sample("client",
        "Four segments of a download arrive damaged, and are sent again",
        {f"{FROM_SERVER} and {BAD}": "4", ANY_CHECKSUM: "4", f"{FROM_SERVER} and {DATA}": "20"},
        finds=(finding("loss_server_to_client", "10.2.0.5:80", where="after_capture_point"),))}),
]
