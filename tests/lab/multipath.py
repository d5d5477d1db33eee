"""Multipath TCP: one connection over several subflows, by the kernel's own."""

import contextlib
import socket
import time

from addresses import CLIENT, CLIENT_2, SERVER
from conversation import browse, random_bytes, web_request, web_response
from network import Connection, Lab, abort
from samples import Sample, Scenario, finding

IPPROTO_MPTCP = 262
JOIN = "tcp.options.mptcp.subtype == 1"
FROM_SERVER, FROM_CLIENT, RESET, DATA = "tcp.srcport == 80", "tcp.dstport == 80", "tcp.flags.reset == 1", "tcp.len > 0"


def multipath_socket(lab, host):
    made = host.socket(socket.AF_INET, socket.SOCK_STREAM, IPPROTO_MPTCP)
    made.settimeout(15)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return made


def set_paths_up(lab, kind="subflow"):
    for host in (lab.client, lab.server):
        host.run("ip mptcp limits set subflow 2 add_addr_accepted 2")
    lab.client.run(f"ip mptcp endpoint add {CLIENT_2} dev eth0 {kind}")


def connect(lab, server_knows=True):
    """A connection and, where the server takes part, a second subflow of it."""
    listener = multipath_socket(lab, lab.server) if server_knows else lab.tcp_socket(lab.server, socket.AF_INET)
    listener.bind((SERVER, 80))
    listener.listen()
    lab.listeners[SERVER, 80] = listener  # stays open: a second subflow is told from a new connection there
    near = multipath_socket(lab, lab.client)
    near.bind((CLIENT, 50101))
    near.connect((SERVER, 80))
    far, _ = listener.accept()
    far.settimeout(15)
    connection = Connection(near, far)
    browse(connection, 500)
    time.sleep(0.2)
    return connection


def subflows():
    """The server takes 1.4 s for an answer, the client as long for a request: on one subflow or the other."""
    with Lab() as lab:
        set_paths_up(lab)
        capture = lab.capture_at_client()
        connection = connect(lab)
        connection.ask(web_request("/report"))
        time.sleep(1.4)
        connection.answer(web_response(9000))
        time.sleep(1.4)
        browse(connection, 12000)
        connection.close()
        time.sleep(0.3)
        return {"mptcp-subflows": capture.stop()}


def backup_subflow():
    """The second subflow is a spare one, and carries nothing."""
    with Lab() as lab:
        set_paths_up(lab, "subflow backup")
        capture = lab.capture_at_server()
        connection = connect(lab)
        for _ in range(3):
            browse(connection, 4000)
        connection.close()
        time.sleep(0.3)
        return {"mptcp-backup": capture.stop()}


def fast_close(name, by_client):
    with Lab() as lab:
        set_paths_up(lab)
        capture = lab.capture_at_client()
        connection = connect(lab)
        browse(connection, 3000)
        time.sleep(0.1)
        abort(connection.client if by_client else connection.server)
        time.sleep(0.3)
        with contextlib.suppress(OSError):
            (connection.server if by_client else connection.client).close()
        return {name: capture.stop()}


def fast_close_of_client():
    return fast_close("mptcp-fast-close", True)


def fast_close_of_server():
    return fast_close("mptcp-fast-close-of-server", False)


def only_offered():
    with Lab() as lab:
        set_paths_up(lab)
        capture = lab.capture_at_client()
        connection = connect(lab, server_knows=False)
        connection.ask(web_request("/report"))
        time.sleep(1.4)
        connection.answer(random_bytes(900))
        connection.close()
        return {"mptcp-only-offered": capture.stop()}


SCENARIOS = [
    Scenario(subflows, {"mptcp-subflows": Sample("client",
        "Multipath TCP over two subflows, with pauses of 1.4 s: who waits for whom, no single subflow says",
        {f"{JOIN} and tcp.flags.syn == 1": "2", "ip.src == 10.1.0.12": "3+", RESET: "0"})}),
    Scenario(backup_subflow, {"mptcp-backup": Sample("server",
        "Multipath TCP with a spare subflow",
        {f"{JOIN} and tcp.flags.syn == 1": "2", f"ip.dst == 10.1.0.12 and {DATA}": "0", RESET: "0"})}),
    Scenario(fast_close_of_client, {"mptcp-fast-close": Sample("client",
        "A client aborts a Multipath TCP connection: a fast close on one subflow, resets on both",
        {"tcp.options.mptcp.subtype == 7": "1+", f"{FROM_CLIENT} and {RESET}": "1+"},
        finds=(finding("reset_by_client", "10.2.0.5:80"),))}),
    Scenario(fast_close_of_server, {"mptcp-fast-close-of-server": Sample("client",
        "The same by the server",
        {"tcp.options.mptcp.subtype == 7": "1+", f"{FROM_SERVER} and {RESET}": "1+"},
        finds=(finding("reset_by_server", "10.2.0.5:80"),))}),
    Scenario(only_offered, {"mptcp-only-offered": Sample("client",
        "A client offers Multipath TCP, the server does not take it: plain TCP, and an answer after 1.4 s",
        {"tcp.options.mptcp.subtype == 0": "1", JOIN: "0", RESET: "0"},
        finds=(finding("slow_server", "10.2.0.5:80"),))}),
]
