"""Connections that do not come about, or only after a repeat."""

import contextlib
import errno
import socket
import struct
import threading
import time

from addresses import CLIENT, CLIENT_2, CLIENT_6, SERVER, SERVER_6
from conversation import browse
from forgery import tcp_packet
from frames import ACK, SYN, is_syn, tcp_of
from hosts import expect
from network import Lab
from samples import CLIENT_SYN, Sample, Scenario, finding
from wire import Lose, LoseAll

SYN_ACK = "tcp.flags.syn == 1 and tcp.flags.ack == 1"
RESET = "tcp.flags.reset == 1"


def is_syn_ack(data):
    tcp = tcp_of(data)
    return tcp is not None and tcp.flags & (SYN | ACK) == SYN | ACK


def to_port(*ports):
    return lambda data: tcp_of(data) is not None and tcp_of(data).destination_port in ports


def try_for(lab, seconds, server, port, client=CLIENT, **more):
    """Gives up after so many seconds, without a word."""
    end = lab.client_socket(client, **more)
    end.settimeout(seconds)
    with contextlib.suppress(OSError):
        end.connect((server, port))
    end.close()


# ---------------------------------------------------------------------------------------------------------------------
# Nothing comes back

def filtered_at(client, server, seconds):
    with Lab() as lab:
        lab.wire.toward_server = drop = LoseAll(to_port(8443))
        capture = lab.capture_at_client()
        try_for(lab, seconds, server, 8443, client)
        frames = capture.stop()
    expect(drop.lost == len(frames), "something came back")
    return frames


def filtered():
    return {"filtered": filtered_at(CLIENT, SERVER, 1.4)}


def filtered_v6():
    return {"filtered-v6": filtered_at(CLIENT_6, SERVER_6, 1.4)}


def filtered_cut():
    return {"filtered-cut": filtered_at(CLIENT, SERVER, 0.3)}


def filtered_once():
    with Lab() as lab:
        lab.wire.toward_server = LoseAll(to_port(8443))
        capture = lab.capture_at_router("to-client")
        at_client = lab.capture_at_client()
        try_for(lab, 0.2, SERVER, 8443)
        connection = lab.connect(80)
        for _ in range(4):
            browse(connection, 300)
            time.sleep(0.4)
        connection.close()
        return {"filtered-once": at_client.stop(), "filtered-before-router": capture.stop()}


# ---------------------------------------------------------------------------------------------------------------------
# Refused

def refused_v6():
    with Lab() as lab:
        capture = lab.capture_at_server()
        for _ in range(2):
            try_for(lab, 2, SERVER_6, 8080, CLIENT_6)
        return {"refused-v6": capture.stop()}


def refused_by_firewall():
    """The resets have the time to live of the router, but there is nothing to compare them with."""
    with Lab() as lab:
        lab.router.run("iptables -I FORWARD -p tcp --dport 8080 -j REJECT --reject-with tcp-reset")
        capture = lab.capture_at_client()
        for _ in range(3):
            try_for(lab, 2, SERVER, 8080)
        return {"refused-by-firewall": capture.stop()}


def refused_then_accepted():
    with Lab() as lab:
        capture = lab.capture_at_router("to-server")
        try_for(lab, 2, SERVER, 80)
        connection = lab.connect(80)
        browse(connection, 2000)
        connection.close()
        return {"refused-then-accepted": capture.stop()}


def refused_yet_accepted():
    """Windows repeats a SYN that was refused; here the client's firewall hides the reset from its kernel."""
    with Lab() as lab:
        lab.client.run("iptables -A INPUT -p tcp --tcp-flags RST RST -j DROP")
        capture = lab.capture_at_client()
        later = threading.Timer(0.4, lab.listen, (SERVER, 80))
        later.start()
        near = lab.client_socket()
        near.connect((SERVER, 80))
        far, _ = lab.listeners[SERVER, 80].accept()
        far.sendall(b"ready\r\n")
        near.recv(100)
        far.shutdown(socket.SHUT_WR)
        near.recv(1)
        near.close()
        far.recv(1)
        far.close()
        return {"refused-yet-accepted": capture.stop()}


# ---------------------------------------------------------------------------------------------------------------------
# Half open

def send_packet(lab, frame):
    """By a program that is no TCP stack."""
    raw = lab.client.socket(socket.AF_PACKET, socket.SOCK_RAW)
    raw.bind(("eth0", 0))
    raw.send(frame)
    raw.close()


def send_syn(lab, source, destination, port, source_port, sequence=None):
    """The kernel must not answer for the program."""
    if sequence is None:
        sequence = 1_000_000 + source_port * 7
    send_packet(lab, tcp_packet(source, destination, source_port, port, flags=SYN, sequence=sequence,
                                window=1024, options=struct.pack("!BBH", 2, 4, 1460)))


def keep_kernel_silent(lab, address):
    command = "ip6tables" if ":" in address else "iptables"
    lab.client.run(f"{command} -A INPUT -p tcp -d {address} -j DROP")


def half_open():
    with Lab() as lab:
        keep_kernel_silent(lab, CLIENT_2)
        lab.listen(SERVER, 80)
        capture = lab.capture_at_server()
        for number in range(3):
            send_syn(lab, CLIENT_2, SERVER, 80, 40001 + number)
        time.sleep(1.3)
        return {"half-open": capture.stop(at_once=True)}


def half_open_cut():
    with Lab() as lab:
        keep_kernel_silent(lab, CLIENT_2)
        lab.listen(SERVER, 80)
        capture = lab.capture_at_server()
        send_syn(lab, CLIENT_2, SERVER, 80, 40001)
        time.sleep(0.3)
        return {"half-open-cut": capture.stop(at_once=True)}


def half_open_once_v6():
    """The server has been told to send no second SYN-ACK."""
    with Lab() as lab:
        lab.server.sysctl("ipv4/tcp_synack_retries", 0)
        keep_kernel_silent(lab, CLIENT_6)
        lab.listen(SERVER_6, 80)
        capture = lab.capture_at_client()
        send_syn(lab, CLIENT_6, SERVER_6, 80, 40001)
        connection = lab.connect(80)
        for _ in range(4):
            browse(connection, 300)
            time.sleep(0.4)
        connection.close()
        return {"half-open-once-v6": capture.stop(at_once=True)}


def answers_lost():
    """The client believes that it is connected: only the way from it is dead after the SYN."""
    with Lab() as lab:
        lab.listen(SERVER, 80)
        lab.wire.toward_server = drop = LoseAll(lambda data: not is_syn(data))
        capture = lab.capture_at_server()
        near = lab.client_socket()
        near.connect((SERVER, 80))
        time.sleep(1.4)
        expect(drop.lost >= 2, "the client did not answer")
        return {"answers-lost": capture.stop(at_once=True)}


# ---------------------------------------------------------------------------------------------------------------------
# Only after a repeat

def talk_first(connection):
    connection.answer(b"220 mail.example.com\r\n")
    connection.exchange(b"QUIT\r\n", b"221 Bye\r\n")
    connection.close()


def syn_lost_v6():
    with Lab() as lab:
        lab.wire.toward_server = drop = Lose({1}, is_syn)
        near, far = lab.capture_at_client(), lab.capture_at_server()
        connection = lab.connect(25, SERVER_6, CLIENT_6)
        talk_first(connection)
        expect(drop.lost == 1, "no SYN was lost")
        return {"syn-lost-v6": near.stop(), "syn-lost-before-server-v6": far.stop()}


def syn_ack_lost():
    with Lab() as lab:
        lab.wire.toward_client = drop = Lose({1, 3}, is_syn_ack)  # the kernel may send the second one twice
        near, far = lab.capture_at_client(), lab.capture_at_server()
        connection = lab.connect(25)
        talk_first(connection)
        expect(drop.lost >= 1, "no SYN-ACK was lost")
        return {"syn-ack-lost": near.stop(), "syn-ack-lost-after-capture": far.stop()}


def is_bare_ack(data):
    tcp = tcp_of(data)
    return tcp is not None and tcp.flags == ACK and tcp.end == tcp.payload_offset


def last_ack_lost():
    with Lab() as lab:
        lab.wire.toward_server = drop = Lose({1}, is_bare_ack)
        capture = lab.capture_at_server()
        connection = lab.connect(25)
        talk_first(connection)
        expect(drop.lost == 1, "no ACK was lost")
        return {"last-ack-lost": capture.stop()}


# ---------------------------------------------------------------------------------------------------------------------
# Scans

def knock(lab, targets, seconds, client=CLIENT):
    """Connects to all at once, closes what was accepted, and gives up the rest after so many seconds."""
    ends = [(lab.client_socket(client), target) for target in targets]
    for end, target in ends:
        end.setblocking(False)
        expect(end.connect_ex(target) == errno.EINPROGRESS, "a connection was decided at once")
        time.sleep(0.005)
    time.sleep(seconds)
    for end, _ in ends:
        end.close()


def serve_and_close(lab, address, port):
    """Closes each connection when its client does."""
    listener = lab.listen(address, port)

    def serve():
        with contextlib.suppress(OSError):
            while True:
                far, _ = listener.accept()
                far.settimeout(5)
                far.recv(1)
                far.close()

    threading.Thread(target=serve, daemon=True).start()


def scan():
    with Lab() as lab:
        lab.wire.toward_server = LoseAll(to_port(*range(1000, 1006)))
        for port in (22, 80):
            serve_and_close(lab, SERVER, port)
        capture = lab.capture_at_client()
        targets = [(SERVER, port) for port in (21, 22, 23, 25, 53, 80, 110, 111, 135, 139, 143, 443, 445, 993,
                                               *range(1000, 1006))]
        knock(lab, targets, 1.3)
        return {"scan": capture.stop()}


def scan_of_hosts():
    with Lab() as lab:
        lab.wire.toward_server = LoseAll(lambda data: data[33] > 100)
        capture = lab.capture_at_client()
        knock(lab, [(f"10.2.0.{number}", 445) for number in range(101, 121)], 1.3)
        return {"scan-of-hosts": capture.stop()}


def scan_half_open():
    """Whoever sends SYNs without a stack behind them has the kernel refuse what is answered."""
    with Lab() as lab:
        for port in (1003, 1010, 1015):
            lab.listen(SERVER, port)
        capture = lab.capture_at_server()
        for port in range(1000, 1020):
            send_syn(lab, CLIENT_2, SERVER, port, 40000)
            time.sleep(0.002)
        time.sleep(0.2)
        return {"scan-half-open": capture.stop()}


TEN_PORTS = range(2001, 2011)


def ten_closed_ports():
    with Lab() as lab:
        capture = lab.capture_at_client()
        knock(lab, [(SERVER, port) for port in TEN_PORTS], 0.1)
        return {"ten-closed-ports": capture.stop()}


def ports_mostly_open():
    with Lab() as lab:
        for port in range(3001, 3013):
            serve_and_close(lab, SERVER, port)
        capture = lab.capture_at_client()
        knock(lab, [(SERVER, port) for port in range(3001, 3018)], 0.1)
        return {"ports-mostly-open": capture.stop()}


def many_services():
    with Lab() as lab:
        for port in range(3001, 3018):
            serve_and_close(lab, SERVER, port)
        capture = lab.capture_at_client()
        knock(lab, [(SERVER, port) for port in range(3001, 3018)], 0.1)
        return {"many-services": capture.stop()}


SCENARIOS = [
    Scenario(filtered, {"filtered": Sample("client",
        "A firewall drops the SYN without a word, and the client repeats it once",
        {CLIENT_SYN: "all", "frame": "2"},
        finds=(finding("no_response", "10.2.0.5:8443"),))}),
    Scenario(filtered_v6, {"filtered-v6": Sample("client",
        "The same over IPv6",
        {f"ipv6 and {CLIENT_SYN}": "all", "frame": "2"},
        finds=(finding("no_response", "[2001:db8:2::5]:8443"),))}),
    Scenario(filtered_cut, {"filtered-cut": Sample("client",
        "One SYN that is dropped, and the capture ends before an answer or a repeat was due",
        {CLIENT_SYN: "all", "frame": "1"})}),
    Scenario(filtered_once, {
        "filtered-once": Sample("client",
            "One SYN that is dropped, and its client gives up before it repeats it; a connection to another port goes "
            "on for more than a second",
            {f"{CLIENT_SYN} and tcp.dstport == 8443": "1", "tcp.srcport == 8443": "0",
             "frame.time_relative > 1.2": "1+"},
            finds=(finding("no_response", "10.2.0.5:8443"),)),
        "filtered-before-router": Sample("router",
            "The same seen behind the firewall: only the healthy connection",
            {"tcp.port == 8443": "0", "tcp.dstport == 80 and tcp.len > 0": "4"})}),
    Scenario(refused_v6, {"refused-v6": Sample("server",
        "Two attempts over IPv6 to connect to a port on which nothing listens",
        {CLIENT_SYN: "2", f"tcp.srcport == 8080 and {RESET}": "2", "frame": "4"},
        finds=(finding("connection_refused", "[2001:db8:2::5]:8080", by="server"),))}),
    Scenario(refused_by_firewall, {"refused-by-firewall": Sample("client",
        "A firewall in the router refuses three SYNs in the name of the server",
        {CLIENT_SYN: "3", f"tcp.srcport == 8080 and {RESET} and ip.ttl == 64": "3", "frame": "6"},
        finds=(finding("connection_refused", "10.2.0.5:8080", by="server"),))}),
    Scenario(refused_then_accepted, {"refused-then-accepted": Sample("router",
        "The first attempt is refused; then the server starts, and a second connection works",
        {CLIENT_SYN: "2", f"tcp.stream == 0 and tcp.srcport == 80 and {RESET}": "1",
         f"tcp.stream == 1 and {SYN_ACK}": "1", "http.response.code == 200": "1"},
        finds=(finding("connection_refused", "10.2.0.5:80", by="server"),))}),
    Scenario(refused_yet_accepted, {"refused-yet-accepted": Sample("client",
        "A SYN is refused, the client repeats the same SYN a second later (as Windows does), and is accepted",
        {f"tcp.stream == 0 and {CLIENT_SYN}": "2", f"tcp.srcport == 80 and {RESET}": "1",
         f"tcp.stream == 0 and {SYN_ACK}": "1", "tcp.stream > 0": "0"},
        finds=(finding("syn_retried", "10.2.0.5:80", by="client"),), finds_from_4_4=())}),
    Scenario(half_open, {"half-open": Sample("server",
        "Three SYNs of a client that never answers the SYN-ACKs; the server repeats each once",
        {CLIENT_SYN: "3", SYN_ACK: "6", "frame": "9"},
        finds=(finding("handshake_incomplete", "10.2.0.5:80", by="client"),))}),
    Scenario(half_open_cut, {"half-open-cut": Sample("server",
        "A SYN and its SYN-ACK, and the capture ends 0.3 s later",
        {CLIENT_SYN: "1", SYN_ACK: "1", "frame": "2"})}),
    Scenario(half_open_once_v6, {"half-open-once-v6": Sample("client",
        "A client over IPv6 never answers a SYN-ACK, which is not repeated; another connection goes on for more than "
        "a second",
        {f"ipv6 and {CLIENT_SYN}": "1", f"ipv6 and {SYN_ACK}": "1", "ipv6": "2", "frame.time_relative > 1.2": "1+"},
        finds=(finding("handshake_incomplete", "[2001:db8:2::5]:80", by="client"),))}),
    Scenario(answers_lost, {"answers-lost": Sample("server",
        "All that the client sends after its SYN is lost before the capture point: the SYN-ACK is repeated in vain",
        {CLIENT_SYN: "1", SYN_ACK: "2", "frame": "3"},
        finds=(finding("handshake_incomplete", "10.2.0.5:80", by="client"),))}),
    Scenario(syn_lost_v6, {
        "syn-lost-v6": Sample("client",
            "A SYN is lost; its repeat succeeds a second later",
            {CLIENT_SYN: "2", SYN_ACK: "1", "tcp.len > 0": "3"},
            finds=(finding("syn_retried", "[2001:db8:2::5]:25", by="client"),)),
        "syn-lost-before-server-v6": Sample("server",
            "The same seen behind the loss: nothing to be seen of it",
            {CLIENT_SYN: "1", SYN_ACK: "1", "tcp.len > 0": "3"})}),
    Scenario(syn_ack_lost, {
        "syn-ack-lost": Sample("client",
            "A SYN-ACK is lost before the capture point: the client repeats its SYN",
            {CLIENT_SYN: "2", SYN_ACK: "1", "tcp.len > 0": "3"},
            finds=(finding("syn_retried", "10.2.0.5:25", by="client"),)),
        "syn-ack-lost-after-capture": Sample("server",
            "The same seen before the loss: SYN and SYN-ACK are both repeated",
            {CLIENT_SYN: "2", SYN_ACK: "2+", "tcp.len > 0": "3"},
            finds=(finding("syn_retried", "10.2.0.5:25", by="client"),
                   finding("syn_retried", "10.2.0.5:25", by="server")))}),
    Scenario(last_ack_lost, {"last-ack-lost": Sample("server",
        "The last ACK of the handshake is lost before the capture point: the server, which speaks first, repeats its "
        "SYN-ACK a second later",
        {CLIENT_SYN: "1", SYN_ACK: "2", "tcp.len > 0": "3"},
        finds=(finding("syn_retried", "10.2.0.5:25", by="server"),))}),
    Scenario(scan, {"scan": Sample("client",
        "One client tries 20 ports: 2 are open, 12 closed, 6 filtered",
        {f"{CLIENT_SYN} and not tcp.analysis.retransmission": "20", SYN_ACK: "2", RESET: "12",
         "tcp.flags.fin == 1": "4"},
        finds=(finding("scan", by="client"),))}),
    Scenario(scan_of_hosts, {"scan-of-hosts": Sample("client",
        "One client tries port 445 of 20 addresses, and none answers",
        {CLIENT_SYN: "all", "frame": "40"},
        finds=(finding("scan", by="client"),))}),
    Scenario(scan_half_open, {"scan-half-open": Sample("server",
        "SYNs to 20 ports by a program without a TCP stack: 17 are refused, 3 accepted and then reset by the kernel "
        "of the scanner",
        {CLIENT_SYN: "20", SYN_ACK: "3", f"ip.src == 10.2.0.5 and {RESET}": "17",
         f"ip.dst == 10.2.0.5 and {RESET}": "3"},
        finds=(finding("scan", by="client"),))}),
    Scenario(ten_closed_ports, {"ten-closed-ports": Sample("client",
        "One client tries ten ports, and each is refused: too few for a scan",
        {CLIENT_SYN: "10", RESET: "10", "frame": "20"},
        finds=tuple(finding("connection_refused", f"10.2.0.5:{port}", by="server") for port in TEN_PORTS))}),
    Scenario(ports_mostly_open, {"ports-mostly-open": Sample("client",
        "One client tries 17 ports, of which 12 are open and 5 closed: most answered, so no scan",
        {CLIENT_SYN: "17", SYN_ACK: "12", RESET: "5"},
        finds=tuple(finding("connection_refused", f"10.2.0.5:{port}", by="server") for port in range(3013, 3018)))}),
    Scenario(many_services, {"many-services": Sample("client",
        "One client connects to 17 ports, and each accepts: a monitoring station, no scan",
        {CLIENT_SYN: "17", SYN_ACK: "17", "tcp.flags.fin == 1": "34", RESET: "0"})}),
]
