"""Known troubles where they are hard to see: mid-capture, in tunnels, cut to 96 bytes, beside healthy connections."""

import ipaddress
import socket
import time

from addresses import CLIENT, CLIENT_2, CLIENT_6, SERVER, SERVER_6, SERVERS
from afterwards import gre, pppoe, rewrap, snap, tag, vxlan
from conversation import browse, random_bytes, web_request, web_response
from directions import without_data
from foreign import Injector
from forgery import Seen, reset_of_sender
from frames import FIN, has_payload, is_syn, tcp_of
from gone import keep_alive
from handshakes import is_syn_ack, send_syn, to_port, try_for
from hosts import expect
from losses import expect_again, upload, wait_for_acks
from network import CLOSED, Lab, abort, receive, received, state, wait_until
from resets import end_of_abort, forget, reject_in_router
from samples import CLIENT_SYN, Sample, Scenario, finding
from windows import NO_DELAY, receive_buffer, trickle
from wire import Lose, LoseAll

FROM_SERVER, FROM_CLIENT = "tcp.srcport == 80", "tcp.dstport == 80"
RESET, DATA = "tcp.flags.reset == 1", "tcp.len > 0"
WEB, WEB_6 = "10.2.0.5:80", "[2001:db8:2::5]:80"
NO_SYN = {"tcp.flags.syn == 1": "0"}
VLAN_SNAPPED = {"vlan.id == 12": "all", "frame.cap_len > 96": "0"}


def in_vlan_snapped(frames):
    return snap(rewrap(frames, tag((0x8100, 12))), 96)


# ---------------------------------------------------------------------------------------------------------------------
# Resets

def firewall_begun_late():
    """Another connection is healthy meanwhile."""
    with Lab() as lab:
        connection, other = lab.connect(80), lab.connect(443)
        browse(connection, 500)
        capture = lab.capture_at_client()
        browse(connection, 1500, 500)
        other.exchange(random_bytes(300), random_bytes(2000))
        reject_in_router(lab, "-p tcp --dport 80 -m length --length 53:")
        connection.client.sendall(web_request("/forbidden"))
        wait_until(lambda: state(connection.client) == CLOSED)
        other.exchange(random_bytes(300), random_bytes(2000))
        return {"forged-reset-in-vlan-begun-late": in_vlan_snapped(capture.stop(at_once=True))}


def forged_after_syn_ack():
    """A box before the server resets in the name of the client, as soon as the SYN-ACK has passed."""
    with Lab() as lab:
        def forge(frame):
            if is_syn_ack(frame) and tcp_of(frame).source_port == 80:
                seen = Seen(frame)
                reset = Seen(frame)
                reset.source, reset.destination = seen.destination, seen.source
                reset.source_port, reset.destination_port = seen.destination_port, seen.source_port
                reset.next_sequence, reset.acknowledgment = seen.acknowledgment, seen.sequence + 1
                reset.from_server = False
                lab.wire.send(lab.wire.server_tap, reset_of_sender(reset, ttl=115))
            return [frame]

        lab.wire.toward_client = forge
        lab.listen(SERVER, 80)
        capture = lab.capture_at_server()
        near = lab.client_socket()
        near.connect((SERVER, 80))
        near.sendall(web_request("/"))
        wait_until(lambda: state(near) == CLOSED)
        near.close()
        time.sleep(0.1)
        return {"forged-after-syn-ack": capture.stop(at_once=True)}


def own_hop_limit():
    """As GTSM (RFC 5082): the application's segments live for 255 hops, the kernel's reset for 64."""
    with Lab() as lab:
        capture = lab.capture_at_server()
        connection = lab.connect(179)
        for end in (connection.client, connection.server):
            end.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 255)
        browse(connection, 300, 300, 300)
        time.sleep(1.2)
        forget(connection.client)
        connection.server.sendall(random_bytes(60))
        end_of_abort(lab, connection.server)
        frames = capture.stop()
        expect(frames[-1].time - frames[-2].time < 28_000_000, "the host was too busy")
        return {"hop-limit-255-and-kernel-reset": frames}


def injected_after(name, server_aborts_first):
    """The connection is over; then a machine that speaks in the server's name puts data behind it."""
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(80)
        browse(connection, 700, 1500, 700)
        if server_aborts_first:
            connection.answer(random_bytes(900))
        else:
            connection.client.shutdown(socket.SHUT_WR)
            receive_end(connection.server)
        seen = {}

        def remember(frame):
            if tcp_of(frame) is not None and not tcp_of(frame).flags & 4:
                seen["last"] = frame
            return [frame]

        lab.wire.toward_client = remember
        if server_aborts_first:
            connection.answer(b"last answer")
        else:
            connection.server.sendall(b"last answer")
            receive(connection.client, 11)
        lab.wire.toward_client = lambda frame: [frame]
        abort(connection.server)
        end_of_abort(lab, connection.client)
        time.sleep(0.1)
        for made in Injector(lab.wire, 125, b"last answer")(seen["last"])[1:]:
            with lab.wire.lock:
                lab.wire.send(lab.wire.client_tap, made)
        time.sleep(0.1)
        return {name: capture.stop()}


def receive_end(end):
    while end.recv(1000):
        pass


def injected_after_reset():
    return injected_after("injected-after-reset", False)


def injected_after_abort():
    return injected_after("injected-after-abort", True)


def abort_after_exchange(name, aborts, in_capture, addresses=()):
    with Lab() as lab:
        connection = lab.connect(80, *addresses)
        browse(connection, 900)
        capture = lab.capture_at_client() if in_capture == "client" else lab.capture_at_server()
        browse(connection, 900, 2500)
        wait_for_acks(lab, connection)
        time.sleep(0.1)
        near, far = connection.client, connection.server
        abort(near if aborts == "client" else far)
        end_of_abort(lab, far if aborts == "client" else near)
        return {name: capture.stop()}


def abort_after_exchange_by_client():
    return abort_after_exchange("abort-after-exchange-begun-late", "client", "client")


def abort_after_exchange_by_server_v6():
    return abort_after_exchange("abort-after-exchange-begun-late-v6", "server", "client", (SERVER_6, CLIENT_6))


def abort_in_transfer_begun_late():
    with Lab() as lab:
        connection = lab.connect(80, SERVER_6, CLIENT_6)
        browse(connection, 900)
        capture = lab.capture_at_router("to-client")
        browse(connection, 900)
        connection.ask(web_request("/large"))
        connection.answer(web_response(60000)[:7000])
        connection.server.sendall(random_bytes(2000))
        abort(connection.server)
        end_of_abort(lab, connection.client)
        return {"abort-in-transfer-in-vlan-v6": in_vlan_snapped(capture.stop())}


# ---------------------------------------------------------------------------------------------------------------------
# Ends that are gone

def user_time_out():
    """The application has set a time limit of its own; its kernel gives up without a word."""
    tcp_user_timeout = 18
    with Lab() as lab:
        connection = lab.connect(80, SERVER_6, CLIENT_6)
        connection.client.setsockopt(socket.IPPROTO_TCP, tcp_user_timeout, 2600)
        browse(connection, 700)
        wait_for_acks(lab, connection)
        capture = lab.capture_at_client()
        browse(connection, 700)
        wait_for_acks(lab, connection)
        lab.wire.toward_server = LoseAll()
        connection.client.sendall(web_request("/next"))
        wait_until(lambda: state(connection.client) == CLOSED)
        return {"user-time-out-v6": capture.stop(at_once=True)}


def peer_gone_begun_late():
    with Lab(mtu=1492) as lab:
        connection = lab.connect(443, SERVER_6, CLIENT_6)
        connection.exchange(random_bytes(300), random_bytes(900))
        capture = lab.capture_at_client()
        connection.exchange(random_bytes(300), random_bytes(900))
        keep_alive(connection.client, 3)
        time.sleep(0.2)
        lab.wire.toward_server = LoseAll()
        wait_until(lambda: state(connection.client) == CLOSED)
        return {"server-gone-in-pppoe-v6": rewrap(capture.stop(at_once=True), pppoe)}


# ---------------------------------------------------------------------------------------------------------------------
# Loss, and what is none

def loss_begun_late():
    with Lab() as lab:
        connection = lab.connect(80)
        browse(connection, 9000)
        lab.wire.toward_client = drop = Lose({6, 9, 13, 18})
        near, far = lab.capture_at_client(), lab.capture_at_server()
        browse(connection, 26000)
        connection.close()
        expect(drop.lost == 4, "too few were lost")
        return {"loss-in-vlan-begun-late": in_vlan_snapped(expect_again(near.stop(), True, 0, 4)),
                "loss-in-vxlan-begun-late": rewrap(expect_again(far.stop(), True, 4, 0), vxlan)}


def loss_of_old_stacks():
    """Without SACK and timestamps, of segments of 536 bytes."""
    with Lab() as lab:
        for host in lab.hosts:
            for name in ("timestamps", "sack"):
                host.sysctl(f"ipv4/tcp_{name}", 0)
        lab.wire.toward_server = drop = Lose({6, 14, 22})
        near, far = lab.capture_at_client(), lab.capture_at_server()
        connection = lab.connect(80, options=[(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)])
        upload(connection, 16000)
        connection.close()
        expect(drop.lost == 3, "too few were lost")
        frames = expect_again(near.stop(), False, None, 0)
        return {"loss-of-old-stacks": frames, "loss-of-old-stacks-before-capture": far.stop()}


def loss_beside_healthy():
    """Of four clients, one has a bad path."""
    with Lab() as lab:
        bad = ipaddress.ip_address(CLIENT_2).packed
        lab.wire.toward_client = drop = Lose({5, 8, 12}, lambda data: has_payload(data) and data[30:34] == bad)
        capture = lab.capture_at_server()
        connections = [lab.connect(80, client=client) for client in (CLIENT, CLIENT, CLIENT_2)]
        connections.append(lab.connect(80, SERVER_6, CLIENT_6))
        for connection in connections:
            browse(connection, 20000)
            connection.close()
        expect(drop.lost == 3, "too few were lost")
        return {"loss-of-one-of-four": snap(capture.stop(), 128)}


def acks_lost_at_server():
    """The server repeats what had arrived, and the client says so."""
    with Lab() as lab:
        capture = lab.capture_at_server()
        connection = lab.connect(80)
        connection.exchange(web_request("/news"), random_bytes(100))
        wait_for_acks(lab, connection)
        for _ in range(4):
            lab.wire.toward_server = drop = Lose({1}, lambda data: tcp_of(data) is not None)
            connection.answer(random_bytes(400))
            wait_until(lambda: drop.lost == 1)
            lab.wire.toward_server = lambda frame: [frame]
            wait_for_acks(lab, connection)
        connection.close()
        return {"acks-lost-at-server": expect_again(capture.stop(), True, 4, 0)}


def duplicated_by_network():
    """The wire delivers some segments twice, and the receiver answers each copy."""
    seen = 0

    def twice(frame):
        nonlocal seen
        if not has_payload(frame):
            return [frame]
        seen += 1
        return [frame, frame] if seen % 3 == 0 else [frame]

    with Lab() as lab:
        lab.wire.toward_client = twice
        near, far = lab.capture_at_client(), lab.capture_at_server()
        connection = lab.connect(80)
        browse(connection, 12000, 12000)
        connection.close()
        return {"duplicated-by-network": near.stop(), "duplicated-by-network-at-server": far.stop()}


def capture_drops_begun_late():
    with Lab() as lab:
        connection = lab.connect(80, SERVER_6, CLIENT_6)
        browse(connection, 900)
        capture = lab.capture_at_client()
        connection.exchange(web_request("/", random_bytes(9000), "PUT"), web_response(9000))
        connection.exchange(web_request("/", random_bytes(9000), "PUT"), web_response(9000))
        connection.close()
        frames = capture.stop()
    return {"capture-drops-begun-late-v6": without_data(without_data(frames, {3, 10}, False), {4, 5}, True),
            "capture-misses-fins": [frame for frame in frames if not tcp_of(frame.data).flags & FIN]}


# ---------------------------------------------------------------------------------------------------------------------
# Windows

def reader_stopped_begun_late():
    with Lab() as lab:
        connection = lab.connect(80, SERVER_6, CLIENT_6, options=receive_buffer(8000))
        browse(connection, 900)
        capture = lab.capture_at_server()
        connection.ask(web_request("/large"))
        body = web_response(14000)
        trickle(connection.server, body)
        time.sleep(0.5)
        receive(connection.client, len(body))
        connection.close()
        return {"reader-stopped-begun-late-v6": capture.stop()}


def window_closed_after_fin():
    """All has been sent, and the sender has closed; only the reader takes its time."""
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(80, options=receive_buffer(8000))
        connection.ask(web_request("/"))
        room = 6000
        trickle(connection.server, random_bytes(room))
        connection.server.shutdown(socket.SHUT_WR)
        wait_until(lambda: received(connection.client) == room)
        time.sleep(0.5)
        receive(connection.client, room)
        receive_end(connection.client)
        connection.client.close()
        receive_end(connection.server)
        connection.server.close()
        return {"read-late-after-fin": capture.stop()}


def window_unknown():
    """A small buffer limits an upload, but a capture without the handshake does not have the scale of its window."""
    with Lab() as lab:
        lab.listen(SERVER_6, 443, receive_buffer(5000))
        connection = lab.connect(443, SERVER_6, CLIENT_6, options=[NO_DELAY])
        connection.exchange(random_bytes(1200), random_bytes(100))
        capture = lab.capture_at_router("to-client")
        connection.exchange(random_bytes(18000), random_bytes(100))
        connection.close()
        return {"window-of-unknown-scale": capture.stop()}


# ---------------------------------------------------------------------------------------------------------------------
# ICMP

def mtu_told():
    """A link of 1000 bytes in the path, whose router says so; the server sends smaller segments from then on."""
    with Lab() as lab:
        lab.router.run("ip link set to-client mtu 1000")
        capture = lab.capture_at_server()
        connection = lab.connect(80)
        browse(connection, 2500, 9000)
        connection.close()
        return {"mtu-told": capture.stop()}


def mtu_told_in_vain():
    """The server's own firewall drops what the router says."""
    with Lab() as lab:
        lab.router.run("ip link set to-client mtu 1000")
        lab.server.run("iptables -A INPUT -p icmp -j DROP")
        capture = lab.capture_at_server()
        connection = lab.connect(80)
        browse(connection, 300)
        connection.ask(web_request("/large"))
        connection.server.sendall(web_response(8000))
        time.sleep(3.6)
        return {"mtu-told-in-vain": capture.stop(at_once=True)}


def time_exceeded():
    """A loop in the routing: for a moment the client's segments do not live long enough."""
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(80)
        browse(connection, 600)
        connection.client.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 1)
        connection.client.sendall(web_request("/next"))
        time.sleep(0.15)
        connection.client.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 64)
        receive(connection.server, len(web_request("/next")))
        connection.answer(web_response(600))
        connection.close()
        return {"time-exceeded": capture.stop()}


# ---------------------------------------------------------------------------------------------------------------------
# Attempts in tunnels, and in a crowd

def attempts_in_tunnels():
    """One is refused, one gets no answer, one has to repeat its SYN, and one is well."""
    with Lab(mtu=1400) as lab:
        lost = Lose({1}, lambda data: is_syn(data) and tcp_of(data).destination_port == 22)
        filtered = LoseAll(to_port(8443))
        lab.wire.toward_server = lambda frame: [last for one in lost(frame) for last in filtered(one)]
        capture = lab.capture_at_router("to-client")
        at_client = lab.capture_at_client()
        try_for(lab, 2, SERVER, 8080)
        try_for(lab, 1.3, SERVERS[1], 8443)
        for port, server, client in [(22, SERVERS[2], CLIENT_2), (80, SERVERS[3], CLIENT)]:
            connection = lab.connect(port, server, client)
            connection.exchange(random_bytes(100), random_bytes(700))
            connection.close()
        expect(lost.lost == 1, "no SYN was lost")
        return {"attempts-in-gre": rewrap(at_client.stop(), gre),
                "attempts-in-vlan-behind-loss": in_vlan_snapped(capture.stop())}


def half_open_beside_healthy():
    with Lab() as lab:
        lab.client.run(f"iptables -A INPUT -p tcp -d {CLIENT_2} -j DROP")
        capture = lab.capture_at_server()
        connection = lab.connect(80)
        send_syn(lab, CLIENT_2, SERVER, 80, 40001)
        for _ in range(4):
            browse(connection, 300)
            time.sleep(0.4)
        connection.close()
        return {"half-open-in-vlan-snapped": in_vlan_snapped(capture.stop(at_once=True))}


def failing_among_many():
    """24 servers are well and move more bytes than the one that does not answer."""
    with Lab() as lab:
        lab.wire.toward_server = LoseAll(to_port(5432))
        capture = lab.capture_at_client()
        for number in range(24):
            connection = lab.connect(8000 + number, SERVERS[number % 4])
            browse(connection, 1200)
            connection.close()
        try_for(lab, 1.3, SERVERS[4], 5432)
        return {"failing-among-many": snap(capture.stop(), 128)}


def aborting_among_many():
    with Lab() as lab:
        capture = lab.capture_at_client()
        for number in range(24):
            connection = lab.connect(8000 + number, SERVERS[number % 4])
            browse(connection, 1200)
            connection.close()
        connection = lab.connect(5432, SERVERS[4])
        time.sleep(0.05)
        abort(connection.server)
        end_of_abort(lab, connection.client)
        return {"aborting-among-many": snap(capture.stop(), 128)}


# A router quotes the beginning of a segment: too little for its checksum
QUOTES = "tcp.checksum.status == 0 or ip.checksum.status == 0"
FORGED = finding("forged_reset", WEB, by="server")
DOWNLOAD, UPLOAD = "loss_server_to_client", "loss_client_to_server"
BEFORE, AFTER = "before_capture_point", "after_capture_point"

SCENARIOS = [
    Scenario(firewall_begun_late, {"forged-reset-in-vlan-begun-late": Sample("client",
        "A firewall resets in the server's name, in mid-capture, beside a healthy connection; with a VLAN tag, cut to "
        "96 bytes",
        NO_SYN | VLAN_SNAPPED | {f"{FROM_SERVER} and {RESET} and ip.ttl == 64": "1",
                                 f"tcp.srcport == 443 and {DATA}": "4"},
        finds=(FORGED,))}),
    Scenario(forged_after_syn_ack, {"forged-after-syn-ack": Sample("server",
        "A box resets in the client's name as soon as it has seen the SYN-ACK; the client, which knows nothing of it, "
        "goes on",
        {f"{FROM_CLIENT} and {RESET} and ip.ttl == 114": "1", f"{FROM_CLIENT} and {DATA}": "1",
         f"{FROM_SERVER} and {RESET}": "1+"},
        finds=(finding("forged_reset", WEB, by="client"),))}),
    Scenario(own_hop_limit, {"hop-limit-255-and-kernel-reset": Sample("server",
        "Both ends set a hop limit of 255; the kernel of a client that restarted resets with its own of 64",
        {"tcp.dstport == 179 and ip.ttl == 254": "3+", f"{RESET} and ip.ttl == 63": "1"},
        finds=(finding("connection_unknown", "10.2.0.5:179", by="client"),))}),
    Scenario(injected_after_reset, {"injected-after-reset": Sample("client",
        "A server answers the client's FIN by its own reset; then a machine on the way puts data behind that, with "
        "another hop limit",
        {f"{FROM_SERVER} and {RESET} and ip.ttl == 63": "1", f"{FROM_SERVER} and {DATA} and ip.ttl == 125": "2"},
        finds=(finding("injected_data", WEB, by="server"), finding("reset_after_close", WEB, by="server")))}),
    Scenario(injected_after_abort, {"injected-after-abort": Sample("client",
        "The same after a server's abort",
        {f"{FROM_SERVER} and {RESET} and ip.ttl == 63": "1+", f"{FROM_SERVER} and {DATA} and ip.ttl == 125": "2"},
        finds=(finding("injected_data", WEB, by="server"), finding("reset_by_server", WEB)))}),
    Scenario(abort_after_exchange_by_client, {"abort-after-exchange-begun-late": Sample("client",
        "The middle of a connection: the client aborts when all is acknowledged",
        NO_SYN | {f"{FROM_CLIENT} and {RESET}": "1", f"{FROM_SERVER} and {RESET}": "0"},
        finds=(finding("reset_by_client", WEB),))}),
    Scenario(abort_after_exchange_by_server_v6, {"abort-after-exchange-begun-late-v6": Sample("client",
        "The same over IPv6 by the server",
        NO_SYN | {f"{FROM_SERVER} and {RESET}": "1", f"{FROM_CLIENT} and {RESET}": "0"},
        finds=(finding("reset_by_server", WEB_6),))}),
    Scenario(abort_in_transfer_begun_late, {"abort-in-transfer-in-vlan-v6": Sample("router",
        "A server aborts a download over IPv6, in mid-capture, with a VLAN tag, cut to 96 bytes",
        NO_SYN | VLAN_SNAPPED | {f"{FROM_SERVER} and {RESET}": "1+", f"{FROM_CLIENT} and {RESET}": "0"},
        finds=(finding("reset_by_server", WEB_6),))}),
    Scenario(user_time_out, {"user-time-out-v6": Sample("client",
        "The path dies over IPv6, and the client's kernel gives up after 2.6 s, by a limit of the application",
        NO_SYN | {f"{FROM_CLIENT} and tcp.analysis.retransmission": "3+"},
        finds=(finding("retries_exhausted", WEB_6, by="client"),))}),
    Scenario(peer_gone_begun_late, {"server-gone-in-pppoe-v6": Sample("client",
        "Three keep-alives over IPv6 in PPPoE get no answer, in mid-capture, and the client resets",
        NO_SYN | {"pppoes": "all", "tcp.dstport == 443 and tcp.analysis.keep_alive": "3", RESET: "1"},
        finds=(finding("peer_gone", "[2001:db8:2::5]:443", by="server"),))}),
    Scenario(loss_begun_late, {
        "loss-in-vlan-begun-late": Sample("client",
            "The middle of a download that loses four segments before the capture point; a VLAN tag, cut to 96 bytes",
            NO_SYN | VLAN_SNAPPED | {f"{FROM_SERVER} and {DATA}": "18+"},
            finds=(finding(DOWNLOAD, WEB, where=BEFORE),)),
        "loss-in-vxlan-begun-late": Sample("server",
            "The same behind the capture point, in VXLAN",
            NO_SYN | {"vxlan": "all", f"{FROM_SERVER} and {DATA}": "22+"},
            finds=(finding(DOWNLOAD, WEB, where=AFTER),))}),
    Scenario(loss_of_old_stacks, {
        "loss-of-old-stacks": Sample("client",
            "An upload without SACK and timestamps, in segments of 536 bytes, of which three are lost",
            {"tcp.options.sack_perm": "0", f"{FROM_CLIENT} and tcp.len == 536": "28+"},
            finds=(finding(UPLOAD, WEB, where=AFTER),)),
        "loss-of-old-stacks-before-capture": Sample("server",
            "The same seen behind the loss",
            {"tcp.options.sack_perm": "0", f"{FROM_CLIENT} and tcp.len == 536": "28+"},
            finds=(finding(UPLOAD, WEB, where=BEFORE),))}),
    Scenario(loss_beside_healthy, {"loss-of-one-of-four": Sample("server",
        "Four connections, of which one has a bad path and loses three segments",
        {CLIENT_SYN: "4", "ip.dst == 10.1.0.12 and tcp.len > 0": "17+"},
        finds=(finding(DOWNLOAD, WEB, where=AFTER),))}),
    Scenario(acks_lost_at_server, {"acks-lost-at-server": Sample("server",
        "Four ACKs of the client are lost before the capture point: the server repeats what had arrived, and the "
        "client says so (D-SACK)",
        {f"{FROM_SERVER} and tcp.len == 400": "8", f"{FROM_CLIENT} and tcp.options.sack_le": "4"},
        finds=(finding("spurious_retransmissions", WEB, direction="server_to_client"),))}),
    Scenario(duplicated_by_network, {
        "duplicated-by-network": Sample("client",
            "The network delivers every third segment of a download twice: no loss, and not the capture's doing",
            {f"{FROM_SERVER} and {DATA}": "24", f"{FROM_CLIENT} and tcp.options.sack_le": "4+"}),
        "duplicated-by-network-at-server": Sample("server",
            "The same seen at the server: only the client's D-SACKs tell of it",
            {f"{FROM_SERVER} and {DATA}": "18", f"{FROM_CLIENT} and tcp.options.sack_le": "4+"})}),
    Scenario(capture_drops_begun_late, {
        "capture-drops-begun-late-v6": Sample("client",
            "The capture dropped two segments of each direction, in mid-connection over IPv6",
            NO_SYN | {"tcp.analysis.retransmission": "0", "tcp.analysis.lost_segment": "2+"},
            finds=(finding("capture_loss", WEB_6, direction="client_to_server"),
                   finding("capture_loss", WEB_6, direction="server_to_client"))),
        "capture-misses-fins": Sample("client",
            "The same connection, of which only the FINs are missing",
            NO_SYN | {"tcp.flags.fin == 1": "0", f"{FROM_SERVER} and {DATA}": "14"})}),
    Scenario(reader_stopped_begun_late, {"reader-stopped-begun-late-v6": Sample("server",
        "A client over IPv6 does not read for half a second, in mid-capture",
        NO_SYN | {f"{FROM_CLIENT} and tcp.window_size_value == 0": "1+"},
        finds=(finding("zero_window", WEB_6, by="client"),))}),
    Scenario(window_closed_after_fin, {"read-late-after-fin": Sample("client",
        "A client reads an answer only half a second after the server has sent all of it, and closed",
        {f"{FROM_SERVER} and tcp.flags.fin == 1": "1", RESET: "0", "tcp.time_delta > 0.4": "1"})}),
    Scenario(window_unknown, {"window-of-unknown-scale": Sample("router",
        "A small buffer of the server limits an upload over IPv6; without the handshake nobody knows its window",
        NO_SYN | {f"tcp.dstport == 443 and {DATA}": "12+", "tcp.analysis.retransmission": "0"})}),
    Scenario(mtu_told, {"mtu-told": Sample("server",
        "A router says that its next link takes 1000 bytes, and the server sends smaller segments",
        {"icmp.type == 3 and icmp.code == 4 and icmp.mtu == 1000": "1+", QUOTES: "1+",
         f"{FROM_SERVER} and tcp.len == 948 and not icmp": "10+"},
        finds=(finding("icmp_error", WEB),))}),
    Scenario(mtu_told_in_vain, {"mtu-told-in-vain": Sample("server",
        "The same, where the server's firewall drops what the router says: it sends the large segments again and again",
        {"icmp.type == 3 and icmp.code == 4": "3+", QUOTES: "1+",
         f"{FROM_SERVER} and tcp.len == 1448 and not icmp": "6+"},
        finds=(finding("path_mtu_blackhole", WEB, by="server"),))}),
    Scenario(time_exceeded, {"time-exceeded": Sample("client",
        "For a moment the client's segments do not live long enough: a router says so, and a repeat arrives",
        {"icmp.type == 11": "1+", f"{FROM_CLIENT} and ip.ttl == 1": "1+"},
        finds=(finding("icmp_error", WEB),))}),
    Scenario(attempts_in_tunnels, {
        "attempts-in-gre": Sample("client",
            "In a GRE tunnel: a port that is refused, one that never answers, one whose SYN is lost once, and a healthy "
            "one",
            {"gre": "all", f"tcp.dstport == 8443 and {CLIENT_SYN}": "2", f"tcp.dstport == 22 and {CLIENT_SYN}": "2"},
            finds=(finding("connection_refused", "10.2.0.5:8080", by="server"), finding("no_response", "10.2.0.6:8443"),
                   finding("syn_retried", "10.2.0.7:22", by="client"))),
        "attempts-in-vlan-behind-loss": Sample("router",
            "The same seen behind the loss and the filter, with a VLAN tag, cut to 96 bytes",
            VLAN_SNAPPED | {"tcp.port == 8443": "0", f"tcp.dstport == 22 and {CLIENT_SYN}": "1"},
            finds=(finding("connection_refused", "10.2.0.5:8080", by="server"),))}),
    Scenario(half_open_beside_healthy, {"half-open-in-vlan-snapped": Sample("server",
        "A client never answers a SYN-ACK, beside a healthy one; with a VLAN tag, cut to 96 bytes",
        VLAN_SNAPPED | {f"ip.src == 10.1.0.12 and {CLIENT_SYN}": "1", "ip.dst == 10.1.0.12": "2+"},
        finds=(finding("handshake_incomplete", WEB, by="client"),))}),
    Scenario(failing_among_many, {"failing-among-many": Sample("client",
        "24 servers that are well, and one that never answers and so moves the fewest bytes",
        {f"{CLIENT_SYN} and tcp.dstport == 5432": "2", f"{CLIENT_SYN} and tcp.dstport != 5432": "24"},
        finds=(finding("no_response", "10.2.0.9:5432"),))}),
    Scenario(aborting_among_many, {"aborting-among-many": Sample("client",
        "The same with one that aborts before any data",
        {f"tcp.srcport == 5432 and {RESET}": "1", f"{CLIENT_SYN} and tcp.dstport != 5432": "24"},
        finds=(finding("reset_by_server", "10.2.0.9:5432"),))}),
]
