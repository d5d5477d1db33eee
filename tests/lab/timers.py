"""What timers send: heartbeats and polls of application protocols. Nobody waits for them."""

import time

from addresses import CLIENT_2, CLIENT_6, SERVER_6, SERVERS
from conversation import random_bytes, web_request, web_response
from network import Lab, receive
from pace import BGP_KEEPALIVE, send_every
from samples import Sample, Scenario, finding

NO_REPEATS = {"tcp.analysis.retransmission": "0"}
NO_SYN = {"tcp.flags.syn == 1": "0"}


def fix_message(number):
    """FIX 4.4, heartbeat."""
    body = f"35=0\x0134={number:04d}\x0149=BUYER\x0156=SELLER\x0152=20250303-09:00:{number % 60:02d}.000\x01"
    text = f"8=FIX.4.4\x019={len(body)}\x01{body}"
    return f"{text}10={sum(text.encode()) % 256:03d}\x01".encode()


def fix():
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(9876)
        connection.exchange(fix_message(1), fix_message(1))
        size = len(fix_message(1))
        senders = [send_every(connection.client, fix_message(2), 1.4, 5, 1.4),
                   send_every(connection.server, fix_message(2), 1.4, 5, 2.1)]
        for sender in senders:
            sender.join()
        for end in (connection.client, connection.server):
            receive(end, 5 * size)
        connection.close()
        return {"fix-heartbeats": capture.stop()}


def mqtt():
    """The client pings by its timer, and the server answers at once."""
    with Lab() as lab:
        capture = lab.capture_at_server()
        connection = lab.connect(1883)
        connection.exchange(b"\x10\x0f\x00\x04MQTT\x04\x02\x00\x02\x00\x03abc", b"\x20\x02\x00\x00")
        for _ in range(4):
            time.sleep(1.5)
            connection.exchange(b"\xc0\x00", b"\xd0\x00")
        connection.close()
        return {"mqtt-pings": capture.stop()}


def amqp():
    """Heartbeats of both ends, and now and then a delivery that the client acknowledges."""
    heartbeat = b"\x08\x00\x00\x00\x00\x00\x00\xce"
    with Lab() as lab:
        connection = lab.connect(5672, SERVER_6, CLIENT_6)
        connection.exchange(b"AMQP\x00\x00\x09\x01", random_bytes(400))
        capture = lab.capture_at_router("to-client")
        senders = [send_every(connection.client, heartbeat, 1.3, 5, 0.2),
                   send_every(connection.server, heartbeat, 1.3, 5, 0.9)]
        for sender in senders:
            sender.join()
        for end in (connection.client, connection.server):
            receive(end, 5 * len(heartbeat))
        connection.close()
        return {"amqp-heartbeats-begun-late-v6": capture.stop()}


def bgp_of_two_neighbours():
    """One has other times than the other."""
    with Lab() as lab:
        capture = lab.capture_at_server()
        first, second = lab.connect(179), lab.connect(179, client=CLIENT_2)
        for connection in (first, second):
            connection.exchange(random_bytes(53), random_bytes(53))
        senders = [send_every(end, BGP_KEEPALIVE, *times) for end, times in [
            (first.client, (1.2, 5, 0.1)), (first.server, (1.7, 4, 0.4)),
            (second.client, (2.1, 3, 0.3)), (second.server, (1.4, 4, 1))]]
        for sender in senders:
            sender.join()
        for connection, asked, answered in [(first, 5, 4), (second, 3, 4)]:
            receive(connection.server, asked * len(BGP_KEEPALIVE))
            receive(connection.client, answered * len(BGP_KEEPALIVE))
            connection.close()
        return {"bgp-two-neighbours": capture.stop()}


def monitoring():
    """A station asks the same question every 1.6 s, and gets its answer at once."""
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(80)
        for _ in range(5):
            connection.exchange(web_request("/status"), web_response(300))
            time.sleep(1.6)
        connection.close()
        return {"polls-every-1.6s": capture.stop()}


def slow_beside_pings():
    """The same server keeps one client alive by pings, and lets another wait."""
    with Lab() as lab:
        capture = lab.capture_at_client()
        steady, slow = lab.connect(1883, SERVERS[1]), lab.connect(80, SERVERS[1])
        pings = send_every(steady.client, b"\xc0\x00", 1.2, 4, 0.2)
        slow.ask(web_request("/report"))
        time.sleep(2.9)
        slow.answer(web_response(900))
        pings.join()
        receive(steady.server, 8)
        for connection in (steady, slow):
            connection.close()
        return {"slow-beside-pings": capture.stop()}


SCENARIOS = [
    Scenario(fix, {"fix-heartbeats": Sample("client",
        "FIX: heartbeats of both ends every 1.4 s, with more bytes than a mere sign of life",
        {"tcp.len > 64": "12"} | NO_REPEATS)}),
    Scenario(mqtt, {"mqtt-pings": Sample("server",
        "MQTT: the client pings every 1.5 s, and the server answers at once",
        {"tcp.dstport == 1883 and tcp.len == 2": "4", "tcp.srcport == 1883 and tcp.len == 2": "4"} | NO_REPEATS)}),
    Scenario(amqp, {"amqp-heartbeats-begun-late-v6": Sample("router",
        "AMQP: heartbeats of 8 bytes of both ends over IPv6, in mid-capture",
        NO_SYN | {"tcp.len == 8": "10"})}),
    Scenario(bgp_of_two_neighbours, {"bgp-two-neighbours": Sample("server",
        "BGP with two neighbours: keep-alives at four different distances",
        {"tcp.len == 19": "16"} | NO_REPEATS)}),
    Scenario(monitoring, {"polls-every-1.6s": Sample("client",
        "A monitoring station asks every 1.6 s, by a timer, and gets its answers at once",
        {"http.request": "5", "http.response.code == 200": "5"} | NO_REPEATS)}),
    Scenario(slow_beside_pings, {"slow-beside-pings": Sample("client",
        "A server takes 2.9 s for an answer, beside a connection of the same host with pings",
        {"tcp.dstport == 1883 and tcp.len == 2": "4", "tcp.srcport == 80 and tcp.len > 0": "1"},
        finds=(finding("slow_server", "10.2.0.6:80"),))}),
]
