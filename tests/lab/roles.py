"""Captures that begin in mid-connection: who is the server?"""

from addresses import CLIENT, CLIENT_2, CLIENT_3, SERVERS
from conversation import random_bytes
from network import Lab
from samples import Sample, Scenario, finding

NO_SYN = {"tcp.flags.syn == 1": "0"}


def talk(connection, times):
    for _ in range(times):
        connection.exchange(random_bytes(200), random_bytes(600))


def begin_late(lab, connections, at, early=1):
    for connection in connections:
        talk(connection, early)
    capture = at()
    for connection in connections:
        talk(connection, 3)
    return capture


def finish(connections, capture):
    for connection in connections:
        connection.close()
    return capture.stop()


def unknown_ports():
    with Lab() as lab:
        connections = [lab.connect(49500, client_port=50101)]
        capture = begin_late(lab, connections, lab.capture_at_server)
        return {"unknown-ports": finish(connections, capture)}


def unknown_ports_misleading():
    """The truth is what the rule says, not who listened."""
    with Lab() as lab:
        connections = [lab.connect(51515, client_port=50101)]
        capture = begin_late(lab, connections, lab.capture_at_client)
        return {"unknown-ports-misleading": finish(connections, capture)}


def unknown_port_of_many():
    with Lab() as lab:
        connections = [lab.connect(51515, SERVERS[1], client) for client in (CLIENT, CLIENT_2, CLIENT_3)]
        capture = begin_late(lab, connections, lab.capture_at_server)
        return {"unknown-port-of-many": finish(connections, capture)}


def unknown_port_known_later():
    with Lab() as lab:
        old = lab.connect(51515)
        capture = begin_late(lab, [old], lab.capture_at_server)
        new = lab.connect(51515)
        talk(new, 2)
        return {"unknown-port-known-later": finish([old, new], capture)}


SCENARIOS = [
    Scenario(unknown_ports, {"unknown-ports": Sample("server",
        "A capture that begins in mid-connection, between two ports that nobody has registered",
        NO_SYN | {"tcp.port == 49500 and tcp.port == 50101": "all", "tcp.len > 0": "6"},
        finds=(finding("role_guessed", "10.2.0.5:49500"),))}),
    Scenario(unknown_ports_misleading, {"unknown-ports-misleading": Sample("client",
        "The same with the lower port at the client: the guess must be wrong, and is shown as a guess",
        NO_SYN | {"tcp.port == 51515 and tcp.port == 50101": "all", "tcp.len > 0": "6"},
        finds=(finding("role_guessed", "10.1.0.11:50101"),))}),
    Scenario(unknown_port_of_many, {"unknown-port-of-many": Sample("server",
        "The same with three clients of one server: what several talk to is the server, no guess",
        NO_SYN | {"tcp.port == 51515": "all", "tcp.len > 0": "18"})}),
    Scenario(unknown_port_known_later, {"unknown-port-known-later": Sample("server",
        "A connection without handshake, and a later one to the same port with one: no guess",
        {"tcp.flags.syn == 1 and tcp.stream == 1": "2", "tcp.flags.syn == 1 and tcp.stream == 0": "0",
         "tcp.len > 0": "10"})}),
]
