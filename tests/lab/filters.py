"""Files that were saved through a filter: what is not in them says nothing."""

import time

from addresses import CLIENT_2, CLIENT_6, SERVER, SERVERS, SERVER_6
from conversation import browse, query, random_bytes, rows, web_request, web_response
from frames import ACK, FIN, RST, SYN, has_payload, is_from_server, tcp_of
from handshakes import try_for
from network import Lab, abort
from resets import end_of_abort
from samples import CLIENT_SYN, Sample, Scenario, finding

DATA, RESET = "tcp.len > 0", "tcp.flags.reset == 1"
NO_PURE_ACK = {"tcp.flags == 0x010 and tcp.len == 0": "0"}


def with_flags(frames, flags):
    return [frame for frame in frames if tcp_of(frame.data).flags & flags]


def with_word(frames, *words):
    return [frame for frame in frames if any(word in frame.data for word in words)]


def beginnings_and_ends():
    """tcp[tcpflags] & (tcp-syn|tcp-fin|tcp-rst) != 0, a common capture filter."""
    with Lab() as lab:
        capture = lab.capture_at_router("to-server")
        try_for(lab, 2, SERVER, 8080)
        for addresses in [(), (SERVERS[1],), (SERVER_6, CLIENT_6)]:
            connection = lab.connect(80, *addresses)
            connection.exchange(web_request("/", random_bytes(4000), "PUT"), web_response(9000))
            time.sleep(0.6)
            connection.close()
        frames = capture.stop()
    return {"saved-beginnings-and-ends": with_flags(frames, SYN | FIN | RST),
            "saved-beginnings": [frame for frame in with_flags(frames, SYN)
                                 if tcp_of(frame.data).destination_port != 8080
                                 and tcp_of(frame.data).source_port != 8080],
            "saved-acks-only": [frame for frame in frames if tcp_of(frame.data).flags == ACK
                                and not has_payload(frame.data)]}


def one_protocol():
    """A display filter such as `http`: of each message the last frame, and nothing of TCP."""
    with Lab() as lab:
        capture = lab.capture_at_client()
        for number in range(3):
            connection = lab.connect(80)
            for _ in range(4):
                connection.exchange(web_request(f"/form/{number}", random_bytes(2500), "POST"), web_response(3000))
            connection.close()
        frames = capture.stop()
    return {"saved-one-protocol": with_word(frames, b"POST /", b"HTTP/1.1 200"),
            "saved-answers-only": with_word(frames, b"HTTP/1.1 200")}


def one_protocol_of_short_messages():
    """A database's messages are one segment each, so that no byte is missing, only ACKs are."""
    with Lab() as lab:
        capture = lab.capture_at_server()
        for client in [None, CLIENT_2]:
            connection = lab.connect(5432, **({"client": client} if client else {}))
            for _ in range(8):
                connection.exchange(query(90), rows(400))
                time.sleep(0.02)
            connection.close()
        frames = [frame for frame in capture.stop() if has_payload(frame.data)]
    seen, kept = 0, []
    for frame in frames:  # only what was asked in one way
        seen += not is_from_server(frame.data)
        if seen % 2:
            kept.append(frame)
    return {"saved-short-messages": frames, "saved-every-second-message": kept}


def without_data():
    """Only headers of what has none: `tcp.len == 0`."""
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(80, SERVER_6, CLIENT_6)
        browse(connection, 6000, 3000)
        connection.close()
        aborted = lab.connect(80)
        browse(aborted, 3000)
        time.sleep(0.1)
        abort(aborted.server)
        end_of_abort(lab, aborted.client)
        frames = capture.stop()
    return {"saved-data-v6": [frame for frame in frames if frame.data[12:14] == b"\x86\xdd" and has_payload(frame.data)],
            "saved-data-and-resets": [frame for frame in frames if frame.data[12:14] == b"\x08\x00"
                                      and (has_payload(frame.data) or tcp_of(frame.data).flags & RST)]}


SCENARIOS = [
    Scenario(beginnings_and_ends, {
        "saved-beginnings-and-ends": Sample("router",
            "A capture filter for SYN, FIN and RST: three healthy connections, and a port that is refused",
            {DATA: "0", CLIENT_SYN: "4", "tcp.flags.fin == 1": "6", RESET: "1"} | NO_PURE_ACK,
            finds=(finding("connection_refused", "10.2.0.5:8080", by="server"),), trust=("filtered",)),
        "saved-beginnings": Sample("router",
            "The same for SYN alone",
            {"tcp.flags.syn == 1": "all", "frame": "6"}),
        "saved-acks-only": Sample("router",
            "The same connections, of which only pure ACKs were kept",
            {"tcp.flags == 0x010": "all", DATA: "0"})}),
    Scenario(one_protocol, {
        "saved-one-protocol": Sample("client",
            "A display filter for one protocol: the first segment of each message of three connections",
            {DATA: "all", CLIENT_SYN: "0", "frame": "24"} | NO_PURE_ACK, trust=("filtered",)),
        "saved-answers-only": Sample("client",
            "The same for the answers alone",
            {"tcp.srcport == 80": "all", "frame": "12"})}),
    Scenario(one_protocol_of_short_messages, {
        "saved-short-messages": Sample("server",
            "Two connections to a database, of which every message is there and nothing else",
            {DATA: "all", "tcp.dstport == 5432": "16"} | NO_PURE_ACK),
        "saved-every-second-message": Sample("server",
            "The same with every second question and its answer",
            {DATA: "all", "tcp.dstport == 5432": "8"} | NO_PURE_ACK, trust=("filtered",))}),
    Scenario(without_data, {
        "saved-data-v6": Sample("client",
            "A connection over IPv6 of which only data was kept",
            {f"ipv6 and {DATA}": "all"}, trust=("filtered",)),
        "saved-data-and-resets": Sample("client",
            "Data and resets of a connection that the server aborted",
            {f"tcp.srcport == 80 and {RESET}": "1", CLIENT_SYN: "0"} | NO_PURE_ACK,
            finds=(finding("reset_by_server", "10.2.0.5:80"),))}),
]
