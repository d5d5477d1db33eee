"""Slow paths, slow servers, slow clients."""

import time

from addresses import CLIENT_6, SERVER, SERVERS, SERVER_6
from conversation import browse, query, rows, web_request, web_response
from hosts import expect
from network import Lab
from samples import Sample, Scenario, finding
from wire import Lose

SLOW_SERVER_ANSWER = "tcp.srcport == 80 and tcp.len > 0 and tcp.time_delta > 1"
SLOW_CLIENT_REQUEST = "tcp.dstport == 80 and tcp.len > 0 and tcp.time_delta > 1"
SLOW_SYN_ACK = "tcp.flags.syn == 1 and tcp.flags.ack == 1 and tcp.time_delta > 0.5"


def think(connection, seconds, size=500):
    connection.ask(web_request("/report"))
    time.sleep(seconds)
    connection.answer(web_response(size))


def slow_path():
    with Lab() as lab:
        lab.wire.delay = 0.3
        near, far = lab.capture_at_client(), lab.capture_at_server()
        connection = lab.connect(80)
        browse(connection, 500, 500)
        connection.close()
        return {"slow-path": near.stop(), "slow-path-at-server": far.stop()}


def long_path():
    with Lab() as lab:
        lab.wire.delay = 0.2
        near, far = lab.capture_at_client(), lab.capture_at_server()
        connection = lab.connect(80)
        browse(connection, 500)
        connection.close()
        return {"long-path": near.stop(), "long-path-at-server": far.stop()}


def slow_path_v6_and_a_pause():
    """On the path 0.6 s, at the server 0.7 s: more than 1 s together, and no fault of the server."""
    with Lab() as lab:
        lab.wire.delay = 0.3
        capture = lab.capture_at_client()
        connection = lab.connect(80, SERVER_6, CLIENT_6)
        think(connection, 0.7)
        connection.close()
        return {"slow-path-and-pause-v6": capture.stop()}


def slow_server_v6():
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(80, SERVER_6, CLIENT_6)
        browse(connection, 500)
        think(connection, 1.2)
        connection.close()
        return {"slow-server-v6": capture.stop()}


def slow_first_request():
    with Lab() as lab:
        capture = lab.capture_at_server()
        connection = lab.connect(80)
        time.sleep(1.5)
        browse(connection, 500)
        connection.close()
        return {"slow-first-request": capture.stop()}


def both_slow():
    with Lab() as lab:
        capture = lab.capture_at_router("to-server")
        connection = lab.connect(80)
        think(connection, 1.2)
        time.sleep(1.2)
        browse(connection, 500)
        connection.close()
        return {"both-slow": capture.stop()}


def quick_enough():
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(5432)
        for _ in range(3):
            connection.ask(query(100))
            time.sleep(0.6)
            connection.answer(rows(200))
            time.sleep(0.6)
        connection.close()
        return {"quick-enough": capture.stop()}


def pause_within_answer():
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(80)
        response = web_response(3000)
        connection.ask(web_request("/stream"))
        connection.answer(response[:1500])
        time.sleep(1.3)
        connection.answer(response[1500:])
        connection.close()
        return {"pause-within-answer": capture.stop()}


def ask_two_servers(lab):
    connections = [lab.connect(80, server) for server in (SERVER, SERVERS[4], SERVERS[4], SERVER)]
    for connection in connections:
        browse(connection, 500)
    for connection in connections[:3]:
        connection.ask(web_request("/report"))
    time.sleep(0.03)  # their kernels have acknowledged that
    return connections


def suspended():
    """The machine with all of the network in it is suspended for 1.2 s, between requests and answers. Its clock for
    timers stands still meanwhile, and the one for time stamps does not: so all that follows is stamped later."""
    with Lab() as lab:
        capture = lab.capture_at_client()
        connections = ask_two_servers(lab)
        connections[3].client.sendall(web_request("/report"))
        suspended_at = time.time_ns() + 5_000_000
        time.sleep(0.02)
        for connection in connections[:3]:
            connection.answer(web_response(300))
        connections[3].server.recv(1000)
        connections[3].answer(web_response(300))
        for connection in connections:
            connection.close()
        frames = capture.stop()
    later = [frame._replace(time=frame.time + 1_200_000_000) for frame in frames if frame.time > suspended_at]
    expect(0 < len(later) < len(frames), "suspended too early or too late")
    return {"suspended": frames[:len(frames) - len(later)] + later}


def request_lost_again_and_again():
    with Lab() as lab:
        lab.wire.toward_server = Lose({2, 3, 4})
        capture = lab.capture_at_client()
        connection = lab.connect(80)
        browse(connection, 500, 500)
        connection.close()
        return {"request-lost": capture.stop()}


SCENARIOS = [
    Scenario(slow_path, {
        "slow-path": Sample("client",
            "A path with 0.6 s of round trip behind the capture point",
            {SLOW_SYN_ACK: "1", "tcp.analysis.retransmission": "0"},
            finds=(finding("slow_handshake", "10.2.0.5:80", by="server"),)),
        "slow-path-at-server": Sample("server",
            "The same path before the capture point",
            {SLOW_SYN_ACK: "0", "tcp.flags == 0x10 and tcp.seq == 1 and tcp.time_delta > 0.5": "1",
             "tcp.analysis.retransmission": "0"},
            finds=(finding("slow_handshake", "10.2.0.5:80", by="client"),))}),
    Scenario(long_path, {
        "long-path": Sample("client",
            "A path with 0.4 s of round trip behind the capture point: long, as by satellite, but not slow yet",
            {SLOW_SYN_ACK: "0", "tcp.flags.syn == 1 and tcp.flags.ack == 1 and tcp.time_delta > 0.4": "1"}),
        "long-path-at-server": Sample("server",
            "The same path before the capture point",
            {"tcp.flags == 0x10 and tcp.seq == 1 and tcp.time_delta > 0.4": "1", "tcp.time_delta > 0.5": "0"})}),
    Scenario(slow_path_v6_and_a_pause, {"slow-path-and-pause-v6": Sample("client",
        "A path with 0.6 s of round trip and a server that takes 0.7 s: an answer after 1.3 s that is not the fault "
        "of the server alone",
        {SLOW_SYN_ACK: "1", "tcp.srcport == 80 and tcp.len > 0": "1", "tcp.analysis.retransmission": "0"},
        finds=(finding("slow_handshake", "[2001:db8:2::5]:80", by="server"),))}),
    Scenario(slow_server_v6, {"slow-server-v6": Sample("client",
        "The server takes 1.2 s for its second answer over IPv6",
        {SLOW_SERVER_ANSWER: "1", SLOW_CLIENT_REQUEST: "0"},
        finds=(finding("slow_server", "[2001:db8:2::5]:80"),))}),
    Scenario(slow_first_request, {"slow-first-request": Sample("server",
        "The client waits 1.5 s from the handshake to its first request",
        {SLOW_SERVER_ANSWER: "0", SLOW_CLIENT_REQUEST: "1"},
        finds=(finding("slow_client", "10.2.0.5:80"),))}),
    Scenario(both_slow, {"both-slow": Sample("router",
        "The server takes 1.2 s for an answer, and the client 1.2 s for its next request",
        {SLOW_SERVER_ANSWER: "1", SLOW_CLIENT_REQUEST: "1"},
        finds=(finding("slow_server", "10.2.0.5:80"), finding("slow_client", "10.2.0.5:80")))}),
    Scenario(quick_enough, {"quick-enough": Sample("client",
        "Server and client take 0.6 s for each turn",
        {"tcp.len > 0 and tcp.time_delta > 0.5": "5", "tcp.len > 0 and tcp.time_delta > 0.9": "0"})}),
    Scenario(pause_within_answer, {"pause-within-answer": Sample("client",
        "A pause of 1.3 s in the middle of an answer: no turnaround",
        {SLOW_SERVER_ANSWER: "1", "tcp.dstport == 80 and tcp.len > 0": "1"})}),
    Scenario(suspended, {"suspended": Sample("client",
        "The machine is suspended for 1.2 s while four requests to two servers are open: nobody was slow",
        {"tcp.srcport == 80 and tcp.len > 0": "8", "tcp.analysis.retransmission": "0"}, trust=("stalled",))}),
    Scenario(request_lost_again_and_again, {"request-lost": Sample("client",
        "A request is lost three times behind the capture point; the answer is late for that reason, not by the "
        "server",
        {"tcp.dstport == 80 and tcp.len > 0": "5", "tcp.analysis.retransmission": "3"},
        finds=(finding("loss_client_to_server", "10.2.0.5:80", where="after_capture_point"),))}),
]
