"""Timers, heartbeats and windows that close for a moment."""

import threading
import time

from addresses import CLIENT_6, SERVER, SERVER_6
from conversation import random_bytes, web_request
from network import Lab, receive, received
from samples import Sample, Scenario, finding
from windows import receive_buffer


def send_every(end, data, seconds, times, first_after):
    def send():
        time.sleep(first_after)
        for number in range(times):
            end.sendall(data)
            if number < times - 1:
                time.sleep(seconds)

    sender = threading.Thread(target=send)
    sender.start()
    return sender


BGP_KEEPALIVE = b"\xff" * 16 + b"\x00\x13\x04"


def heartbeats_both_ways():
    """As BGP does: each end has a timer of its own."""
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(179)
        senders = [send_every(connection.client, BGP_KEEPALIVE, 2.6, 5, 0.1),
                   send_every(connection.server, BGP_KEEPALIVE, 2.6, 5, 1.4)]
        for sender in senders:
            sender.join()
        for end in (connection.client, connection.server):
            receive(end, 5 * len(BGP_KEEPALIVE))
        connection.close()
        return {"heartbeats-both-ways": capture.stop()}


def periodic_pushes_v6():
    """A subscriber: the server sends by its own timer, the client something now and then."""
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(1883, SERVER_6, CLIENT_6)
        connection.ask(random_bytes(90))
        connection.answer(random_bytes(4))
        senders = [send_every(connection.server, random_bytes(180), 1.2, 8, 1.2),
                   send_every(connection.client, b"\xc0\x00", 3.1, 3, 2)]
        for sender in senders:
            sender.join()
        receive(connection.client, 8 * 180)
        receive(connection.server, 6)
        connection.close()
        return {"periodic-pushes-v6": capture.stop()}


COTP_ACK = b"\x03\x00\x00\x07\x02\xf0\x80"


def pushes_among_answers():
    """A controller sends a value every 1.1 s, and answers questions between. The client acknowledges all of that."""
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(102)
        for number in range(7):
            connection.answer(random_bytes(38))
            connection.ask(COTP_ACK)
            spent = 0
            if number % 2:
                connection.exchange(random_bytes(68), random_bytes(37))
                connection.ask(COTP_ACK)
                spent = 0.05
            time.sleep(1.06 - spent)
        connection.close()
        return {"pushes-among-answers": capture.stop()}


def slow_answer_to_poll():
    """The client asks every 1.1 s, and one of the answers comes late."""
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(102)
        for number in range(7):
            connection.ask(random_bytes(68))
            time.sleep(1.05 if number == 2 else 0.01)
            connection.answer(random_bytes(37))
            time.sleep(0.02 if number == 2 else 1.06)
        connection.close()
        return {"slow-answer-to-poll": capture.stop()}


def slow_among_heartbeats():
    """A healthy connection with heartbeats, and one whose server takes its time."""
    with Lab() as lab:
        capture = lab.capture_at_client()
        steady, slow = lab.connect(179), lab.connect(80)
        senders = [send_every(steady.client, BGP_KEEPALIVE, 1.3, 4, 0.1),
                   send_every(steady.server, BGP_KEEPALIVE, 1.3, 4, 0.7)]
        slow.ask(web_request("/report"))
        time.sleep(2.2)
        slow.answer(random_bytes(700))
        slow.close()
        for sender in senders:
            sender.join()
        for end in (steady.client, steady.server):
            receive(end, 4 * len(BGP_KEEPALIVE))
        steady.close()
        return {"slow-beside-heartbeats": capture.stop()}


def close_window_for(seconds, name):
    """The server stops reading until its window is closed, and for so long after that."""
    with Lab() as lab:
        capture = lab.capture_at_server()
        lab.listen(SERVER, 80, receive_buffer(6000))
        connection = lab.connect(80)
        body = random_bytes(24000)
        sender = threading.Thread(target=connection.client.sendall, args=(body,))
        sender.start()
        waiting = -1
        while received(connection.server) != waiting:
            waiting = received(connection.server)
            time.sleep(0.045)
        time.sleep(max(0, seconds - 0.06))
        receive(connection.server, len(body))
        sender.join()
        connection.close()
        return {name: capture.stop()}


def window_closed_shortly():
    return close_window_for(0.05, "window-closed-50ms")


def window_closed_long():
    return close_window_for(0.5, "window-closed-500ms")


SCENARIOS = [
    Scenario(heartbeats_both_ways, {"heartbeats-both-ways": Sample("client",
        "BGP's keep-alives: 19 bytes each way every 2.6 s, by two timers",
        {"tcp.len == 19": "10", "tcp.analysis.retransmission": "0"})}),
    Scenario(periodic_pushes_v6, {"periodic-pushes-v6": Sample("client",
        "A server sends something every 1.2 s over IPv6, its client a ping every 3.1 s",
        {"tcp.srcport == 1883 and tcp.len == 180": "8", "tcp.dstport == 1883 and tcp.len == 2": "3"})}),
    Scenario(pushes_among_answers, {"pushes-among-answers": Sample("client",
        "A server sends a value every 1.1 s, and answers three questions between",
        {"tcp.srcport == 102 and tcp.len == 38": "7", "tcp.srcport == 102 and tcp.len == 37": "3",
         "tcp.dstport == 102 and tcp.len == 7": "10"})}),
    Scenario(slow_answer_to_poll, {"slow-answer-to-poll": Sample("client",
        "A client asks every 1.1 s. One of the answers takes as long",
        {"tcp.srcport == 102 and tcp.len == 37": "7", "tcp.dstport == 102 and tcp.len == 68": "7"},
        finds=(finding("slow_server", "10.2.0.5:102"),))}),
    Scenario(slow_among_heartbeats, {"slow-beside-heartbeats": Sample("client",
        "A server takes 2.2 s to answer, beside a connection with heartbeats",
        {"tcp.len == 19": "8", "tcp.srcport == 80 and tcp.len == 700": "1"},
        finds=(finding("slow_server", "10.2.0.5:80"),))}),
    Scenario(window_closed_shortly, {"window-closed-50ms": Sample("server",
        "A server closes its window for some 50 ms: nobody notices, though the window is full more often",
        {"tcp.srcport == 80 and tcp.window_size == 0": "1+", "tcp.analysis.window_full": "3+"},
        finds=(finding("window_limited", "10.2.0.5:80", by="server"),))}),
    Scenario(window_closed_long, {"window-closed-500ms": Sample("server",
        "A server closes its window for some 500 ms",
        {"tcp.srcport == 80 and tcp.window_size == 0": "1+"},
        finds=(finding("zero_window", "10.2.0.5:80", by="server"),))}),
]
