"""Captures of many connections that lack all frames of a moment."""

import contextlib
import errno
import socket
import threading
import time

from addresses import CLIENT_2, SERVERS
from conversation import browse, random_bytes
from frames import FIN, RST, SYN, is_from_server, tcp_of
from handshakes import SYN_ACK, is_syn_ack, to_port, try_for
from hosts import expect
from network import CLOSED, PATIENCE, Connection, Lab, state, wait_until
from resets import drain
from samples import CLIENT_SYN, Sample, Scenario, finding
from windows import NO_DELAY
from wire import LoseAll

ANSWERED, ASKED = (SERVERS[1], 80), (SERVERS[2], 80)  # by their last frame before the hole
CHAT, DATABASE = (SERVERS[3], 9009), (SERVERS[4], 5432)
FILTERED = 8443

WIRE_DELAY = 0.020  # so that a reset is under way for longer than the pause between two segments of the chat
PAUSE_IN_CHAT = 0.008


def begin(lab, address, port):
    """Returns before the server has answered."""
    lab.listen(address, port)
    end = lab.client_socket()
    end.setblocking(False)
    expect(end.connect_ex((address, port)) == errno.EINPROGRESS, "a connection was decided at once")
    return end


def finish(lab, end, server):
    far, _ = lab.listeners[server].accept()
    for one in (end, far):
        one.settimeout(PATIENCE)
    connection = Connection(end, far)
    browse(connection, 900)
    connection.close()


def one_page(lab):
    connection = lab.connect(80)
    browse(connection, 900)
    connection.close()


def read_all(end):
    """What waits to be read. Closing without that would be an abort."""
    end.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while end.recv(10000):
            pass
    end.setblocking(True)


def talk_until_closed(connection):
    """Both ends talk at once. Then the server closes for good: what the client sends before it knows of that is
    answered by a reset each, whose sequence number is what that segment acknowledges."""
    for end in (connection.client, connection.server):
        end.setsockopt(*NO_DELAY)
    reader = threading.Thread(target=drain, args=(connection.client,))
    reader.start()
    for _ in range(15):
        connection.client.sendall(random_bytes(50))
        connection.server.sendall(random_bytes(50))
        time.sleep(PAUSE_IN_CHAT)
    read_all(connection.server)
    connection.server.close()
    connection.client.sendall(random_bytes(50))
    connection.client.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
    wait_until(lambda: state(connection.client) == CLOSED)
    reader.join()
    connection.client.close()


def traffic():
    """What there was at the client."""
    with Lab() as lab:
        lab.wire.delay = WIRE_DELAY
        lab.wire.toward_server = LoseAll(to_port(FILTERED))
        capture = lab.capture_at_client()
        for _ in range(6):
            one_page(lab)
        database, chat = lab.connect(DATABASE[1], DATABASE[0]), lab.connect(CHAT[1], CHAT[0])
        chat.exchange(random_bytes(40), random_bytes(60))
        database.exchange(random_bytes(300), random_bytes(900))
        filtered = threading.Thread(target=try_for, args=(lab, 1.3, SERVERS[0], FILTERED, CLIENT_2))
        filtered.start()
        time.sleep(0.01)
        answered = begin(lab, *ANSWERED)
        time.sleep(0.03)
        asked = begin(lab, *ASKED)
        finish(lab, answered, ANSWERED)  # from here on in the hole
        finish(lab, asked, ASKED)
        database.exchange(random_bytes(300), random_bytes(900))
        begun_in_hole = lab.connect(80)
        browse(begun_in_hole, 900)
        talk_until_closed(chat)
        for connection in (begun_in_hole, database):
            browse(connection, 900, 900)
            connection.close()
        filtered.join()
        for _ in range(8):
            one_page(lab)
        return capture.stop()


def port_of_server(data):
    return min(tcp_of(data).source_port, tcp_of(data).destination_port)


def of_server(frames, address, port):
    """As (number, frame)."""
    packed = socket.inet_aton(address)
    return [(number, frame) for number, frame in enumerate(frames)
            if packed in (frame.data[26:30], frame.data[30:34]) and port_of_server(frame.data) == port]


def first_of(frames, server, flag):
    return next(number for number, frame in of_server(frames, *server) if tcp_of(frame.data).flags & flag)


def hole_of(frames):
    """From behind the SYN-ACK of one connection, and the SYN of another, up to the first reset of the chat."""
    first = next(number for number, frame in of_server(frames, *ANSWERED) if is_syn_ack(frame.data)) + 1
    end = first_of(frames, CHAT, RST)
    expect(first_of(frames, CHAT, FIN) in range(first, end), "the FIN is not in the hole")
    expect(first_of(frames, ASKED, SYN) < first, "one connection asked too late")
    for server in (ANSWERED, ASKED):
        expect(of_server(frames, *server)[-1][0] < end, "a connection went on for too long")
    expect(all(is_from_server(frame.data) for number, frame in of_server(frames, *CHAT) if number >= end),
           "the client of the chat went on for too long")
    expect(end - first < 110, "the hole is too large")
    return range(first, end)


def hole():
    frames = traffic()
    missing = hole_of(frames)
    after = [frame for number, frame in enumerate(frames) if number not in missing]

    def without_filtered(some):
        return [frame for frame in some if port_of_server(frame.data) != FILTERED]

    return {"hole-among-short": without_filtered(after), "hole-and-no-answer": after,
            "many-short-and-a-chat": without_filtered(frames)}


LONE = {f"ip.addr == {ANSWERED[0]}": "2", f"ip.addr == {ASKED[0]}": "1"}
RESETS = {f"tcp.srcport == {CHAT[1]} and tcp.flags.reset == 1": "3+"}
LACKS = tuple(finding("capture_loss", "10.2.0.9:5432", direction=direction)
              for direction in ("client_to_server", "server_to_client"))

SCENARIOS = [
    Scenario(hole, {
        "hole-among-short": Sample("client",
            "A capture of many short connections lacks all frames of a moment (dropped afterwards), among them the "
            "answer to a SYN, the answer to a SYN-ACK, and data and a FIN of a server that then answers each segment "
            "under way by a reset",
            {**LONE, **RESETS, f"tcp.port == {CHAT[1]} and tcp.flags.fin == 1": "0", "tcp.port == 8443": "0",
             "tcp.dstport == 80 and tcp.flags.fin == 1": "14+"},
            finds=LACKS),
        "hole-and-no-answer": Sample("client",
            "The same with an attempt that is repeated behind the hole, and never answered",
            {**LONE, **RESETS, f"{CLIENT_SYN} and tcp.dstport == 8443": "2+", "tcp.srcport == 8443": "0"},
            finds=(*LACKS, finding("no_response", "10.2.0.5:8443"))),
        "many-short-and-a-chat": Sample("client",
            "The same without the hole and that attempt: all is answered, and the server that resets has closed",
            {f"{CLIENT_SYN} and tcp.dstport == 80": "17", f"{SYN_ACK} and tcp.srcport == 80": "17",
             **RESETS, f"tcp.srcport == {CHAT[1]} and tcp.flags.fin == 1": "1"},
            finds=(finding("reset_after_close", "10.2.0.8:9009", by="server"),))}),
]
