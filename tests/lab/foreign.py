"""What another machine put in or changed, and files that hold a part of what there was."""

import ipaddress
import struct
import time

from addresses import CLIENT_6, SERVER_6
from conversation import browse, web_request, web_response
from forgery import ip_header
from frames import ACK, PSH, has_payload, in_order_of_time, is_from_server, tcp_of
from hosts import expect
from network import Lab
from samples import CLIENT_SYN, Sample, Scenario, finding
from translation import checksummed, renumbered
from wire import Lose

FROM_SERVER = "tcp.srcport == 80"


class Injector:
    """On the way to the client: puts data segments behind the server's last one, ahead of its sequence."""

    def __init__(self, wire, ttl, word):
        self.wire, self.ttl, self.word = wire, ttl, word

    def __call__(self, frame):
        if self.word not in frame:
            return [frame]
        tcp = tcp_of(frame)
        ipv6 = frame[12:14] == b"\x86\xdd"
        source, destination = (frame[22:38], frame[38:54]) if ipv6 else (frame[26:30], frame[30:34])
        sequence, acknowledgment = struct.unpack_from("!II", frame, tcp.offset + 4)
        payload = b"HTTP/1.1 302 Found\r\nLocation: http://ads.example.com/\r\n\r\n"
        made = [frame]
        for number in range(2):
            header = struct.pack("!HHIIBBHHH", tcp.source_port, tcp.destination_port,
                                 (sequence + tcp.end - tcp.payload_offset + 1035 + 100 * number) % 2**32,
                                 acknowledgment, 5 << 4, ACK | PSH, 8192, 0, 0)
            made.append(checksummed(frame[:12] + ip_header(ipaddress.ip_address(source),
                                                          ipaddress.ip_address(destination),
                                                          len(header) + len(payload), self.ttl, 1) + header + payload))
        return made


def injected(name, *addresses):
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(80, *addresses)
        browse(connection, 700, 1500, 700)
        lab.wire.toward_client = Injector(lab.wire, 125, b"last answer")
        connection.ask(web_request("/last"))
        connection.answer(web_response(300) + b"last answer")
        time.sleep(0.1)
        connection.close()
        return {name: capture.stop()}


def injected_data():
    return injected("injected-data")


def injected_data_v6():
    return injected("injected-data-v6", SERVER_6, CLIENT_6)


def renumbering_firewall():
    """Numbers of the server are changed on the way, SACK ranges are not: the server cannot use them."""
    with Lab() as lab:
        shift = 1_500_000_000
        drop = Lose({3, 9, 15})
        lab.wire.toward_client = lambda frame: [renumbered(one, sequence=shift) if tcp_of(one) else one
                                                for one in drop(frame)]
        lab.wire.toward_server = lambda frame: [renumbered(frame, acknowledgment=-shift) if tcp_of(frame) else frame]
        capture = lab.capture_at_server()
        connection = lab.connect(80)
        browse(connection, 30000)
        connection.close()
        expect(drop.lost == 3, "too few were lost")
        return {"renumbered-without-sack": capture.stop()}


def renumbering_without_loss():
    """On both sides of the firewall, each segment is there with one numbering and with the other."""
    with Lab() as lab:
        shift = 1_500_000_000
        lab.wire.toward_client = lambda frame: [renumbered(frame, sequence=shift) if tcp_of(frame) else frame]
        lab.wire.toward_server = lambda frame: [renumbered(frame, acknowledgment=-shift) if tcp_of(frame) else frame]
        near, far = lab.capture_at_client(), lab.capture_at_server()
        connection = lab.connect(80)
        browse(connection, 30000)
        connection.close()
        at_client, at_server = near.stop(), far.stop()
    return {"renumbered-unharmed": at_server, "renumbered-on-both-sides": in_order_of_time(at_client + at_server)}


def saved_through_filter():
    with Lab() as lab:
        capture = lab.capture_at_client()
        for _ in range(2):
            connection = lab.connect(80)
            browse(connection, *[2500] * 6)
            connection.close()
        frames = capture.stop()
    big = [frame for frame in frames if has_payload(frame.data) and frame.length > 200]
    return {"saved-through-filter": [frame for frame in frames if has_payload(frame.data)],
            "saved-by-length": big}


def answers_elsewhere():
    """As behind a proxy for SYNs: the server's SYN-ACK passes here, its data another way."""
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(80)
        browse(connection, 20000, 20000)
        connection.close()
        frames = capture.stop()
    syn = 0x02
    return {"only-syn-ack-of-server": [frame for frame in frames
                                       if not is_from_server(frame.data) or tcp_of(frame.data).flags & syn]}


SCENARIOS = [
    Scenario(injected_data, {"injected-data": Sample("client",
        "A middlebox puts two data segments behind the server's answer, and ahead of its sequence numbers",
        {f"{FROM_SERVER} and ip.ttl == 125": "2", "tcp.flags.reset == 1": "0"},
        finds=(finding("injected_data", "10.2.0.5:80", by="server"),))}),
    Scenario(injected_data_v6, {"injected-data-v6": Sample("client",
        "The same over IPv6, which has no identification: behind a lost segment, another route looks the same",
        {f"{FROM_SERVER} and ipv6.hlim == 125": "2", "tcp.flags.reset == 1": "0"})}),
    Scenario(renumbering_firewall, {"renumbered-without-sack": Sample("server",
        "A firewall changes sequence numbers and forgets the SACK ranges, which the server cannot use",
        {"tcp.options.sack_le": "3+", "tcp.analysis.retransmission": "3+"},
        finds=(finding("sequence_rewritten", "10.2.0.5:80", direction="server_to_client"),))}),
    Scenario(renumbering_without_loss, {
        "renumbered-unharmed": Sample("server",
            "The same where nothing is lost: no SACK ranges, no harm",
            {"tcp.options.sack_le": "0", "tcp.analysis.retransmission": "0"}),
        "renumbered-on-both-sides": Sample("client and server",
            "The same captured on both sides: the server's segments are there with two numberings, which are no "
            "repeats and no missing bytes",
            {CLIENT_SYN: "2", f"{FROM_SERVER} and ip.ttl == 64": "20+", f"{FROM_SERVER} and ip.ttl == 63": "20+"})}),
    Scenario(saved_through_filter, {
        "saved-through-filter": Sample("client",
            "Two connections, saved through a display filter: data segments only",
            {"tcp.len == 0": "0", CLIENT_SYN: "0", "http.request": "12"}),
        "saved-by-length": Sample("client",
            "The same, saved through a filter for long frames: nothing of the client's is left",
            {"tcp.dstport == 80": "0", "tcp.len > 100": "all"})}),
    Scenario(answers_elsewhere, {"only-syn-ack-of-server": Sample("client",
        "The server's SYN-ACK was captured, its data went another way",
        {f"{FROM_SERVER}": "1", "tcp.dstport == 80 and tcp.len > 0": "2"},
        finds=(finding("one_way_traffic", "10.2.0.5:80", direction="server_to_client"),))}),
]
