"""Whose port is the server's? Clients at reserved ports, clients of older systems, clients that use each port once."""


from addresses import CLIENT, CLIENT_2, CLIENT_6, SERVER_6, SERVERS
from conversation import random_bytes
from network import Lab, abort
from ordinary import active_ftp
from resets import end_of_abort
from roles import NO_SYN, begin_late, finish
from samples import Sample, Scenario, finding

RESET = "tcp.flags.reset == 1"


def begun_late(name, connections_of, at_client=False):
    with Lab() as lab:
        connections = connections_of(lab)
        capture = begin_late(lab, connections, lab.capture_at_client if at_client else lab.capture_at_server)
        return {name: finish(connections, capture)}


def nfs():
    return begun_late("nfs-begun-late", lambda lab: [lab.connect(2049, client_port=port) for port in (711, 997)])


def nfs_one_client_v6():
    return begun_late("nfs-one-connection-v6", lambda lab: [lab.connect(2049, SERVER_6, CLIENT_6, 1021)], True)


def nfs_aborted():
    """The side that is accused shows who was taken for the server."""
    with Lab() as lab:
        connections = [lab.connect(2049, client_port=893)]
        capture = begin_late(lab, connections, lab.capture_at_client)
        connections[0].ask(random_bytes(100))
        abort(connections[0].server)
        end_of_abort(lab, connections[0].client)
        return {"nfs-aborted-begun-late": capture.stop()}


def remote_shell():
    return begun_late("remote-shell-begun-late", lambda lab: [lab.connect(514, client_port=1020)])


def old_client_of_printer():
    return begun_late("old-client-of-printer", lambda lab: [lab.connect(9100, client_port=1037)])


def old_client_of_game():
    return begun_late("old-client-of-6112", lambda lab: [lab.connect(6112, client_port=2071)], True)


def old_client_of_database():
    """Its ports follow each other, and each is used once."""
    return begun_late("old-client-of-50000", lambda lab: [lab.connect(50000, client_port=port)
                                                          for port in (1201, 1202, 1204, 1205)])


def ports_close_together():
    """To two servers; on one host alone they might be its services."""
    wanted = (38211, 47002, 35120, 58990, 33017, 44444, 57310, 40999, 36101, 59003)
    return begun_late("ports-close-together", lambda lab: [lab.connect(port, SERVERS[1 + number % 2],
                                                                       client_port=41001 + number)
                                                           for number, port in enumerate(wanted)], True)


def peers():
    """Two clients of one server at a port without a name, each from its own range."""
    return begun_late("few-ports-of-two-clients", lambda lab: [
        lab.connect(51100, SERVERS[2], client, port) for client, port in
        ((CLIENT, 33001), (CLIENT, 33002), (CLIENT_2, 60990), (CLIENT_2, 60991))])


def ftp_data_begun_late():
    with Lab() as lab:
        capture = lab.capture_at_client()
        active_ftp(lab, 12000)
        frames = capture.stop()
    return {"ftp-data-begun-late": frames[5:]}


SCENARIOS = [
    Scenario(nfs, {"nfs-begun-late": Sample("server",
        "A client of NFS at two ports below 1024, as root's mounts are, without handshakes",
        NO_SYN | {"tcp.port == 2049 and tcp.port == 711": "9+", "tcp.port == 997": "9+"})}),
    Scenario(nfs_one_client_v6, {"nfs-one-connection-v6": Sample("client",
        "The same with one connection over IPv6",
        NO_SYN | {"ipv6 and tcp.port == 2049 and tcp.port == 1021": "all"})}),
    Scenario(nfs_aborted, {"nfs-aborted-begun-late": Sample("client",
        "The same with a server that aborts: it is the server that did it",
        NO_SYN | {f"tcp.srcport == 2049 and {RESET}": "1"},
        finds=(finding("reset_by_server", "10.2.0.5:2049"),))}),
    Scenario(remote_shell, {"remote-shell-begun-late": Sample("server",
        "A client of the remote shell at a reserved port, without its handshake",
        NO_SYN | {"tcp.port == 514 and tcp.port == 1020": "all"})}),
    Scenario(old_client_of_printer, {"old-client-of-printer": Sample("server",
        "A client of an older system, at port 1037, of a printer at 9100, without its handshake",
        NO_SYN | {"tcp.port == 9100 and tcp.port == 1037": "all"})}),
    Scenario(old_client_of_game, {"old-client-of-6112": Sample("client",
        "A client at port 2071 of a server at 6112",
        NO_SYN | {"tcp.port == 6112 and tcp.port == 2071": "all"})}),
    Scenario(old_client_of_database, {"old-client-of-50000": Sample("server",
        "A client at ports 1201 to 1205, each used once, of a database at 50000",
        NO_SYN | {"tcp.port == 50000": "all"})}),
    Scenario(ports_close_together, {"ports-close-together": Sample("client",
        "A client at ten neighbouring ports, each used once, of two servers at ten ports without names",
        NO_SYN | {"tcp.port >= 41001 and tcp.port <= 41010": "all"})}),
    Scenario(peers, {"few-ports-of-two-clients": Sample("server",
        "Two clients at two neighbouring ports each, of one server at a port without a name",
        NO_SYN | {"tcp.port == 51100": "all"})}),
    Scenario(ftp_data_begun_late, {"ftp-data-begun-late": Sample("client",
        "The data connection of active FTP without its handshake: port 20 is the client's",
        NO_SYN | {"tcp.port == 20": "all"})}),
]
