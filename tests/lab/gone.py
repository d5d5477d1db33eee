"""Ends that are gone, or no longer know the connection."""

import socket
import time

from addresses import CLIENT_6, SERVER_6
from conversation import browse, web_request, web_response
from duplicates import merged, mirror
from network import CLOSED, Lab, abort, state, wait_until
from resets import BY_SERVER, FROM_CLIENT, FROM_SERVER, RESET, end_of_abort, forget
from samples import Sample, Scenario, finding
from wire import LoseAll


def keep_alive(end, probes):
    for level, name, value in [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
                               (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1),
                               (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1),
                               (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, probes)]:
        end.setsockopt(level, name, value)


def server_gone():
    """The client's kernel gives up after four keep-alives, and resets."""
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(80)
        browse(connection, 500)
        keep_alive(connection.client, 4)
        time.sleep(0.2)
        lab.wire.toward_server = LoseAll()
        wait_until(lambda: state(connection.client) == CLOSED)
        return {"server-gone": capture.stop(at_once=True)}


def client_gone_v6():
    """The server probes; another client is healthy meanwhile."""
    with Lab() as lab:
        capture = lab.capture_at_server()
        connection = lab.connect(80, SERVER_6, CLIENT_6)
        browse(connection, 500)
        keep_alive(connection.server, 3)
        time.sleep(0.2)
        lab.wire.toward_client = LoseAll(lambda data: data[12:14] == b"\x86\xdd")
        other = lab.connect(80)
        for _ in range(4):
            browse(other, 500)
            time.sleep(0.8)
        other.close()
        wait_until(lambda: state(connection.server) == CLOSED)
        return {"client-gone-v6": capture.stop(at_once=True)}


def keep_alives_answered_then_aborted():
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(80)
        browse(connection, 500)
        keep_alive(connection.client, 3)
        time.sleep(4.3)
        abort(connection.server)
        end_of_abort(lab, connection.client)
        return {"keep-alives-answered-then-aborted": capture.stop()}


def server_restarted():
    with Lab() as lab:
        near, far = lab.capture_at_client(), lab.capture_at_server()
        connection = lab.connect(80)
        browse(connection, 1000)
        time.sleep(1.4)
        forget(connection.server)
        connection.client.sendall(web_request("/next"))
        end_of_abort(lab, connection.client)
        return {"server-restarted": near.stop(), "server-restarted-begun-late": far.stop()[-2:]}


def client_restarted_v6():
    with Lab() as lab:
        near, far = lab.capture_at_client(), lab.capture_at_server()
        connection = lab.connect(80, SERVER_6, CLIENT_6)
        browse(connection, 1000)
        time.sleep(1.4)
        forget(connection.client)
        connection.server.sendall(web_response(300))
        end_of_abort(lab, connection.server)
        return {"client-restarted-v6": far.stop(), "client-restarted-begun-late-v6": near.stop()[-2:]}


def restarted_while_path_was_dead():
    """The client repeats its request; when the path is back, the server no longer knows of it."""
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(80)
        browse(connection, 1000)
        lab.wire.toward_server = LoseAll()
        connection.client.sendall(web_request("/next"))
        forget(connection.server)
        time.sleep(4)
        lab.wire.toward_server = lambda frame: [frame]
        end_of_abort(lab, connection.client)
        return {"repeats-answered-by-reset": capture.stop()}


def aborted_after_a_rest():
    """Nobody asked for anything: the server's own wish."""
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(80)
        browse(connection, 1000)
        time.sleep(1.4)
        abort(connection.server)
        end_of_abort(lab, connection.client)
        return {"aborted-after-a-rest": capture.stop()}


def mirror_of_forgotten():
    """The kernel's reset has the identification 0, and is there twice."""
    with Lab() as lab:
        captures = mirror(lab)
        connection = lab.connect(80)
        browse(connection, 1000)
        time.sleep(0.2)
        forget(connection.server)
        connection.client.sendall(web_request("/next"))
        end_of_abort(lab, connection.client)
        return {"mirror-of-forgotten": merged(captures)}


def neighbour_with_small_ttl():
    """As eBGP: the application's segments live for one hop behind the router, the kernel's reset for 64."""
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(179)
        for end in (connection.client, connection.server):
            end.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 2)
        browse(connection, 300, 300)
        time.sleep(1.2)
        forget(connection.server)
        connection.client.sendall(web_request("/next"))
        end_of_abort(lab, connection.client)
        return {"small-ttl-and-kernel-reset": capture.stop()}


KEEP_ALIVE = "tcp.analysis.keep_alive"

SCENARIOS = [
    Scenario(server_gone, {"server-gone": Sample("client",
        "The path dies while a connection rests: four keep-alives without an answer, then the client's reset",
        {f"{FROM_CLIENT} and {KEEP_ALIVE}": "4", f"{FROM_CLIENT} and {RESET}": "1", f"{FROM_SERVER} and {RESET}": "0"},
        finds=(finding("peer_gone", "10.2.0.5:80", by="server"),))}),
    Scenario(client_gone_v6, {"client-gone-v6": Sample("server",
        "A client over IPv6 does not answer three keep-alives, and the server resets; another client is well",
        {f"ipv6 and {FROM_SERVER} and {KEEP_ALIVE}": "3", f"ipv6 and {FROM_SERVER} and {RESET}": "1",
         "http.response.code == 200 and ip": "4"},
        finds=(finding("peer_gone", "[2001:db8:2::5]:80", by="client"),))}),
    Scenario(keep_alives_answered_then_aborted, {"keep-alives-answered-then-aborted": Sample("client",
        "Keep-alives that are answered, and then an abort by the server",
        {f"{FROM_CLIENT} and {KEEP_ALIVE}": "3+", "tcp.analysis.keep_alive_ack": "3+"} | BY_SERVER,
        finds=(finding("reset_by_server", "10.2.0.5:80"),))}),
    Scenario(server_restarted, {
        "server-restarted": Sample("client",
            "A server that restarted answers a request after 1.4 s of silence by a reset",
            {f"{FROM_SERVER} and {RESET}": "1", "http.request": "2"},
            finds=(finding("connection_unknown", "10.2.0.5:80", by="server"), finding("slow_client", "10.2.0.5:80"))),
        "server-restarted-begun-late": Sample("server",
            "The same in a capture at the server that began with the request",
            {"frame": "2", f"{FROM_SERVER} and {RESET}": "1"},
            finds=(finding("connection_unknown", "10.2.0.5:80", by="server"),))}),
    Scenario(client_restarted_v6, {
        "client-restarted-v6": Sample("server",
            "A client over IPv6 that restarted answers what the server sends by a reset",
            {f"{FROM_CLIENT} and {RESET}": "1", f"{FROM_SERVER} and tcp.len > 0": "2"},
            finds=(finding("connection_unknown", "[2001:db8:2::5]:80", by="client"),)),
        "client-restarted-begun-late-v6": Sample("client",
            "The same in a capture at the client that began with those two segments",
            {"frame": "2", f"{FROM_CLIENT} and {RESET}": "1"},
            finds=(finding("connection_unknown", "[2001:db8:2::5]:80", by="client"),))}),
    Scenario(restarted_while_path_was_dead, {"repeats-answered-by-reset": Sample("client",
        "A request is repeated while the path is dead, and answered by a reset when it is back",
        {"tcp.analysis.retransmission": "3+", f"{FROM_SERVER} and {RESET}": "1"},
        finds=(finding("connection_unknown", "10.2.0.5:80", by="server"),))}),
    Scenario(aborted_after_a_rest, {"aborted-after-a-rest": Sample("client",
        "The server aborts a connection that has rested for 1.4 s",
        BY_SERVER,
        finds=(finding("reset_by_server", "10.2.0.5:80"),))}),
    Scenario(mirror_of_forgotten, {"mirror-of-forgotten": Sample("router",
        "A mirror port, and a kernel's reset without identification: one reset, captured twice",
        {f"{FROM_SERVER} and {RESET}": "2", f"{FROM_SERVER} and {RESET} and ip.id == 0": "2"},
        finds=(finding("duplicate_capture", "10.2.0.5:80"), finding("reset_by_server", "10.2.0.5:80")))}),
    Scenario(neighbour_with_small_ttl, {"small-ttl-and-kernel-reset": Sample("client",
        "Both ends set a time to live of 2; the kernel of a server that restarted resets with its own of 64",
        {f"{FROM_SERVER.replace('80', '179')} and ip.ttl == 1": "3+", f"{RESET} and ip.ttl == 63": "1"},
        finds=(finding("connection_unknown", "10.2.0.5:179", by="server"), finding("slow_client", "10.2.0.5:179")))}),
]
