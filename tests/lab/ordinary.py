"""Healthy traffic that looks like trouble at first sight: nobody is to be accused."""

import socket
import struct
import threading
import time

from addresses import CLIENT, CLIENT_2, CLIENT_6, SERVER, SERVER_6
from afterwards import pppoe, mpls, rewrap, snap, tag, with_identifications_moved, wrap_sequence_numbers
from conversation import browse, random_bytes, tls_data, web_request, web_response
from frames import has_payload, internet_checksum, tcp_of
from gone import keep_alive
from hosts import expect
from losses import expect_again, upload, wait_for_acks
from network import CLOSE_WAIT, CLOSED, Connection, Lab, expect_end, receive, received, state, wait_until
from samples import CLIENT_SYN, Sample, Scenario, finding
from wire import HoldBack
from windows import receive_buffer

FROM_SERVER, FROM_CLIENT = "tcp.srcport == 80", "tcp.dstport == 80"
RESET, FIN, DATA = "tcp.flags.reset == 1", "tcp.flags.fin == 1", "tcp.len > 0"
NO_SYN = {"tcp.flags.syn == 1": "0"}
NO_FLAGS = {"tcp.analysis.flags": "0"}
NO_REPEATS = {"tcp.analysis.retransmission": "0"}


# ---------------------------------------------------------------------------------------------------------------------
# Order and numbers

def reordered_begun_late():
    with Lab() as lab:
        connection = lab.connect(80)
        browse(connection, 6000)
        lab.wire.toward_client = HoldBack({4, 8, 12})
        capture = lab.capture_at_client()
        browse(connection, 14000, 9000)
        connection.close()
        frames = expect_again(capture.stop(), True, 0, 3)
    return {"reordered-begun-late": frames, "reordered-in-vlan-snapped": snap(rewrap(frames, tag((0x8100, 7))), 96)}


def old_stacks_reordered(name, *switched_off):
    with Lab() as lab:
        for host in lab.hosts:
            for option in switched_off:
                host.sysctl(f"ipv4/tcp_{option}", 0)
        lab.wire.toward_server = HoldBack({3, 8, 11})
        capture = lab.capture_at_server()
        connection = lab.connect(80)
        upload(connection, 22000)
        connection.close()
        return {name: expect_again(capture.stop(), False, 0, 3)}


def reordered_without_timestamps():
    return old_stacks_reordered("reordered-without-timestamps", "timestamps")


def reordered_without_sack():
    return old_stacks_reordered("reordered-without-sack", "sack")


def wraps():
    with Lab() as lab:
        lab.wire.toward_client = HoldBack({3, 6})
        capture = lab.capture_at_client()
        connection = lab.connect(80)
        connection.exchange(web_request("/", random_bytes(5000), "PUT"), web_response(14000))
        connection.close()
        frames = expect_again(capture.stop(), True, 0, 2)
    return {"reordered-across-wrap": wrap_sequence_numbers(frames, after=3500),
            "identifications-wrap": with_identifications_moved(frames, 4)}


def window_wraps():
    with Lab() as lab:
        capture = lab.capture_at_server()
        connection = lab.connect(80)
        upload(connection, 9000)
        browse(connection, 12000)
        connection.close()
        frames = wrap_sequence_numbers(capture.stop(), after=5000)
    syn = 0x02
    return {"sequence-wrap-begun-late": [frame for frame in frames if not tcp_of(frame.data).flags & syn]}


# ---------------------------------------------------------------------------------------------------------------------
# Segments of other sizes

def jumbo_frames():
    with Lab(mtu=9000) as lab:
        capture = lab.capture_at_server()
        connection = lab.connect(80)
        browse(connection, 60000, 60000)
        upload(connection, 60000)
        connection.close()
        frames = snap(capture.stop(), 96)
    return {"jumbo-frames": frames, "jumbo-frames-begun-late": frames[3:]}


def small_mss():
    with Lab() as lab:
        maximum = [(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)]
        lab.listen(SERVER, 80, maximum)
        capture = lab.capture_at_router("to-client")
        connection = lab.connect(80, options=maximum)
        upload(connection, 8000)
        browse(connection, 8000)
        connection.close()
        return {"mss-536": capture.stop()}


def in_pppoe_and_mpls():
    with Lab(mtu=1492) as lab:
        near, far = lab.capture_at_client(), lab.capture_at_server()
        connection = lab.connect(443, SERVER_6, CLIENT_6)
        for size in (4000, 4000):
            connection.exchange(tls_data(300), tls_data(size))
        connection.close()
        return {"in-pppoe-v6": rewrap(near.stop(), pppoe), "in-mpls-v6": rewrap(far.stop(), mpls)}


# ---------------------------------------------------------------------------------------------------------------------
# Pauses

def keep_alives_both_ways():
    with Lab() as lab:
        connection = lab.connect(80)
        browse(connection, 900)
        capture = lab.capture_at_router("to-client")
        keep_alive(connection.client, 3)
        time.sleep(0.4)
        keep_alive(connection.server, 3)
        time.sleep(4.2)
        connection.close()
        return {"keep-alives-both-ways-begun-late": capture.stop()}


def path_recovers():
    """Two keep-alives are lost, the third is answered."""
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(80, SERVER_6, CLIENT_6)
        browse(connection, 900)
        keep_alive(connection.client, 5)
        time.sleep(0.3)
        lab.wire.toward_server = lambda frame: []
        time.sleep(2.4)
        lab.wire.toward_server = lambda frame: [frame]
        time.sleep(1.2)
        connection.close()
        return {"path-recovers-v6": capture.stop()}


def idle_and_half_closed():
    """The client has nothing more to say; the server pauses for 2 s, and goes on."""
    with Lab() as lab:
        connection = lab.connect(80)
        connection.ask(web_request("/log"))
        capture = lab.capture_at_server()
        connection.answer(random_bytes(1000))
        connection.client.shutdown(socket.SHUT_WR)
        expect_end(connection.server)
        for _ in range(2):
            time.sleep(2)
            connection.answer(random_bytes(1000))
        connection.server.close()
        expect_end(connection.client)
        connection.client.close()
        return {"half-close-begun-late": capture.stop()}


def pool_of_spare_connections():
    """They are kept alive, one is used now and then, and all are closed in the end."""
    with Lab() as lab:
        capture = lab.capture_at_client()
        spare = [lab.connect(5432) for _ in range(3)] + [lab.connect(5432, SERVER_6, CLIENT_6)]
        for connection in spare:
            keep_alive(connection.client, 3)
        for _ in range(4):
            time.sleep(0.7)
            spare[0].exchange(random_bytes(80), random_bytes(300))
        for connection in spare:
            connection.close()
        return {"pool-of-spare-connections": capture.stop()}


def long_polls():
    """Nothing happens: the server answers each question when its time of 1.5 s is over."""
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(80)
        for number in range(5):
            connection.ask(web_request(f"/events?after={number}"))
            time.sleep(1.5)
            connection.answer(web_response(2))
        connection.close()
        return {"long-polls": capture.stop()}


def pushes():
    """A stock ticker, at no fixed distance; its client only acknowledges."""
    with Lab() as lab:
        connection = lab.connect(443)
        connection.exchange(tls_data(300), tls_data(600))
        capture = lab.capture_at_client()
        for pause in (0.2, 1.7, 0.4, 1.2, 0.1, 2.3):
            time.sleep(pause)
            connection.answer(tls_data(150))
        connection.close()
        return {"pushes-begun-late": capture.stop()}


def slow_start():
    """A path of 200 ms: the window opens from round trip to round trip, and the sender waits in between."""
    with Lab() as lab:
        lab.wire.delay = 0.1
        near, far = lab.capture_at_client(), lab.capture_at_server()
        connection = lab.connect(80)
        browse(connection, 90000)
        connection.close()
        return {"slow-start": snap(near.stop(), 96), "slow-start-at-server": snap(far.stop(), 96)}


def window_closed_shortly_v6():
    """The client does not read for some 50 ms once its buffer is full."""
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(80, SERVER_6, CLIENT_6, options=receive_buffer(6000))
        connection.ask(web_request("/large"))
        body = web_response(20000)
        sender = threading.Thread(target=connection.server.sendall, args=(body,))
        sender.start()
        waiting = -1
        while received(connection.client) != waiting:
            waiting = received(connection.client)
            time.sleep(0.045)
        receive(connection.client, len(body))
        sender.join()
        connection.close()
        return {"window-closed-50ms-v6": capture.stop()}


# ---------------------------------------------------------------------------------------------------------------------
# Protocols

def server_speaks_first():
    with Lab() as lab:
        capture = lab.capture_at_router("to-server")
        connection = lab.connect(25)
        time.sleep(0.3)
        connection.answer(b"220 mail.example.com ESMTP\r\n")
        for line in (b"EHLO client.example.com\r\n", b"MAIL FROM:<a@example.com>\r\n", b"RCPT TO:<b@example.com>\r\n"):
            connection.exchange(line, b"250 OK\r\n")
        connection.exchange(b"DATA\r\n", b"354 Go on\r\n")
        connection.exchange(b"A line of a letter.\r\n" * 300 + b".\r\n", b"250 OK\r\n")
        connection.exchange(b"QUIT\r\n", b"221 Bye\r\n")
        connection.server.shutdown(socket.SHUT_WR)
        expect_end(connection.client)
        connection.client.close()
        expect_end(connection.server)
        connection.server.close()
        return {"server-speaks-first": capture.stop()}


def pipelined():
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(80)
        connection.ask(b"".join(web_request(f"/part/{number}") for number in range(6)))
        for _ in range(6):
            time.sleep(0.25)
            connection.answer(web_response(900))
        connection.close()
        return {"pipelined": capture.stop()}


def urgent_data():
    """As Telnet's interrupt: one byte out of band, now and then."""
    with Lab() as lab:
        capture = lab.capture_at_server()
        connection = lab.connect(23)
        connection.server.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)
        for _ in range(4):
            connection.exchange(b"ls -l\r\n", random_bytes(700))
            connection.client.send(b"\xf2", socket.MSG_OOB)
            receive(connection.server, 1)
        connection.close()
        return {"urgent-data": capture.stop()}


def congestion_marked():
    """ECN: a router marks segments where it would otherwise have dropped them."""
    def mark(frame):
        nonlocal seen
        if not has_payload(frame) or not frame[15] & 3:
            return [frame]
        seen += 1
        if seen % 4:
            return [frame]
        data = bytearray(frame)
        data[15] |= 3
        data[24:26] = b"\0\0"
        struct.pack_into("!H", data, 24, internet_checksum(bytes(data[14:34])))
        return [bytes(data)]

    seen = 0
    with Lab() as lab:
        for host in lab.hosts:
            host.sysctl("ipv4/tcp_ecn", 1)
        lab.wire.toward_client = mark
        capture = lab.capture_at_client()
        connection = lab.connect(80)
        browse(connection, 20000, 10000)
        connection.close()
        return {"congestion-marked": capture.stop()}


def fast_open_ignored():
    """A client that sends its request in the SYN without a cookie; the server acknowledges the SYN alone."""
    with Lab() as lab:
        lab.client.sysctl("ipv4/tcp_fastopen", 5)  # 1: as a client, 4: also without a cookie
        lab.server.sysctl("ipv4/tcp_fastopen", 0)
        listener = lab.listen(SERVER, 80)
        capture = lab.capture_at_client()
        for _ in range(4):
            client = lab.client_socket()
            client.settimeout(None)
            client.sendto(web_request("/"), socket.MSG_FASTOPEN, (SERVER, 80))
            server, _ = listener.accept()
            receive(server, len(web_request("/")))
            connection = Connection(client, server)
            connection.answer(web_response(700))
            connection.close()
        return {"fast-open-ignored": capture.stop()}


def active_ftp(lab, bytes_sent):
    """The server connects to the client from port 20, and sends a file."""
    listener = lab.tcp_socket(lab.client, socket.AF_INET)
    listener.bind((CLIENT, 50555))
    listener.listen()
    data = lab.tcp_socket(lab.server, socket.AF_INET)
    data.bind((SERVER, 20))
    data.connect((CLIENT, 50555))
    taken, _ = listener.accept()
    listener.close()
    sender = threading.Thread(target=data.sendall, args=(random_bytes(bytes_sent),))
    sender.start()
    receive(taken, bytes_sent)
    sender.join()
    data.shutdown(socket.SHUT_WR)
    expect_end(taken)
    taken.close()
    data.close()


def ftp():
    with Lab() as lab:
        capture = lab.capture_at_router("to-server")
        control = lab.connect(21)
        control.answer(b"220 ready\r\n")
        control.exchange(b"PORT 10,1,0,11,197,123\r\n", b"200 OK\r\n")
        control.exchange(b"RETR file\r\n", b"150 opening\r\n")
        active_ftp(lab, 9000)
        control.answer(b"226 done\r\n")
        control.exchange(b"QUIT\r\n", b"221 bye\r\n")
        control.close()
        return {"ftp-active": capture.stop()}


def behind_one_address():
    """Two clients behind a router that hides their addresses."""
    with Lab() as lab:
        lab.router.run("iptables -t nat -A POSTROUTING -o to-server -j MASQUERADE")
        capture = lab.capture_at_server()
        connections = [lab.connect(80, client=client, client_port=50200) for client in (CLIENT, CLIENT_2)]
        for size in (900, 1800):
            for connection in connections:
                browse(connection, size)
        for connection in connections:
            connection.close()
        return {"behind-one-address": capture.stop()}


# ---------------------------------------------------------------------------------------------------------------------
# The end

def fin_then_reset():
    """A browser closes a spare connection with the rest of an answer unread, after the server has closed it."""
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(80)
        browse(connection, 1500, 900)
        connection.server.sendall(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
        connection.server.shutdown(socket.SHUT_WR)
        wait_until(lambda: state(connection.client) == CLOSE_WAIT and received(connection.client) > 0)
        connection.client.close()
        wait_until(lambda: state(connection.server) == CLOSED)
        connection.server.close()
        return {"fin-then-reset": capture.stop()}


def alert_after_close():
    """As TLS clients do: the server has closed, and the client still sends its close alert before its FIN."""
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(443, SERVER_6, CLIENT_6)
        connection.exchange(tls_data(300), tls_data(2000))
        connection.server.close()
        wait_until(lambda: state(connection.client) == CLOSE_WAIT)
        connection.client.sendall(struct.pack("!BHH", 21, 0x0303, 26) + random_bytes(26))
        wait_until(lambda: state(connection.client) == CLOSED)
        connection.client.close()
        return {"alert-after-close-v6": capture.stop()}


def closed_in_time_wait():
    """The last ACK is lost: the server repeats its FIN, and the client's kernel acknowledges that."""
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(80)
        browse(connection, 700)
        wait_for_acks(lab, connection)
        connection.client.shutdown(socket.SHUT_WR)
        expect_end(connection.server)
        time.sleep(0.1)
        dropped = []

        def lose_first_ack(frame):
            if tcp_of(frame) is not None and not dropped:
                dropped.append(frame)
                return []
            return [frame]

        lab.wire.toward_server = lose_first_ack
        connection.server.close()
        expect_end(connection.client)
        connection.client.close()
        frames = capture.stop()
        expect(len(dropped) == 1, "no ACK was lost")
        return {"last-ack-of-close-lost": frames}


def crossing_data_at_close():
    """The server's last words cross the client's FIN. Both are read, both ends close properly."""
    with Lab() as lab:
        capture = lab.capture_at_router("to-client")
        connection = lab.connect(80, SERVER_6, CLIENT_6)
        browse(connection, 700)
        connection.client.shutdown(socket.SHUT_WR)
        connection.server.sendall(random_bytes(3000))
        expect_end(connection.server)
        connection.server.close()
        receive(connection.client, 3000)
        expect_end(connection.client)
        connection.client.close()
        return {"data-crosses-fin-v6": capture.stop()}


SCENARIOS = [
    Scenario(reordered_begun_late, {
        "reordered-begun-late": Sample("client",
            "The middle of a download: three segments are overtaken by two others each, nothing is lost",
            NO_SYN | {f"{FROM_SERVER} and {DATA}": "15+", f"{FROM_CLIENT} and {DATA}": "2"}),
        "reordered-in-vlan-snapped": Sample("client",
            "The same with a VLAN tag, cut to 96 bytes (both done afterwards)",
            NO_SYN | {"vlan.id == 7": "all", "frame.cap_len > 96": "0", f"{FROM_SERVER} and {DATA}": "15+"})}),
    Scenario(reordered_without_timestamps, {"reordered-without-timestamps": Sample("server",
        "An upload of which three segments are overtaken, between stacks without timestamps",
        {"tcp.options.timestamp.tsval": "0", f"{FROM_CLIENT} and {DATA}": "16"})}),
    Scenario(reordered_without_sack, {"reordered-without-sack": Sample("server",
        "The same without selective acknowledgments",
        {"tcp.options.sack_perm": "0", "tcp.analysis.duplicate_ack": "3+", f"{FROM_CLIENT} and {DATA}": "16"})}),
    Scenario(wraps, {
        "reordered-across-wrap": Sample("client",
            "Sequence numbers pass 2^32 (moved afterwards) just where two segments are overtaken",
            {f"{FROM_SERVER} and tcp.seq_raw < 20000 and {DATA}": "3+", f"{FROM_SERVER} and {DATA}": "10+"}),
        "identifications-wrap": Sample("client",
            "The same connection, whose IP identifications pass 65535 instead (moved afterwards)",
            {f"{FROM_SERVER} and ip.id > 0 and ip.id < 50": "3+", f"{FROM_SERVER} and ip.id > 65500": "3+"})}),
    Scenario(window_wraps, {"sequence-wrap-begun-late": Sample("server",
        "Both directions pass 2^32 in a capture without the handshake",
        NO_SYN | {f"{FROM_CLIENT} and tcp.seq_raw < 20000 and {DATA}": "1+",
                  f"{FROM_SERVER} and tcp.seq_raw < 20000 and {DATA}": "1+"})}),
    Scenario(jumbo_frames, {
        "jumbo-frames": Sample("server",
            "Frames of 9000 bytes, as their receivers announced",
            {"tcp.len > 8000": "12+", "tcp.options.mss_val > 8900": "2"} | NO_FLAGS),
        "jumbo-frames-begun-late": Sample("server",
            "The same without the handshake",
            NO_SYN | {"tcp.len > 8000": "12+"})}),
    Scenario(small_mss, {"mss-536": Sample("router",
        "Two ends that announce segments of 536 bytes",
        {"tcp.options.mss_val == 536": "2", "tcp.len == 524": "20+", "tcp.len > 536": "0"} | NO_FLAGS)}),
    Scenario(in_pppoe_and_mpls, {
        "in-pppoe-v6": Sample("client",
            "TLS-like records over IPv6 in PPPoE (its headers were added afterwards)",
            {"pppoes and ipv6": "all", f"tcp.srcport == 443 and {DATA}": "6+"} | NO_FLAGS),
        "in-mpls-v6": Sample("server",
            "The same with an MPLS label",
            {"mpls.label == 100 and ipv6": "all", f"tcp.srcport == 443 and {DATA}": "6+"} | NO_FLAGS)}),
    Scenario(keep_alives_both_ways, {"keep-alives-both-ways-begun-late": Sample("router",
        "A connection rests, and both ends send keep-alives, each answered; the handshake is not in the file",
        NO_SYN | {f"{FROM_SERVER} and tcp.len < 2": "6+", FIN: "2", RESET: "0"})}),
    Scenario(path_recovers, {"path-recovers-v6": Sample("client",
        "Two keep-alives over IPv6 get no answer, the third does: the path was away for a moment",
        {f"{FROM_CLIENT} and tcp.analysis.keep_alive": "3", "tcp.analysis.keep_alive_ack": "1", FIN: "2"})}),
    Scenario(idle_and_half_closed, {"half-close-begun-late": Sample("server",
        "A client has closed its direction; the server goes on sending, with pauses of 2 s. No handshake in the file",
        NO_SYN | {f"{FROM_SERVER} and {DATA}": "3", FIN: "2", RESET: "0"})}),
    Scenario(pool_of_spare_connections, {"pool-of-spare-connections": Sample("client",
        "Four connections of a pool, one over IPv6: three are only kept alive, one is used every 0.7 s",
        {CLIENT_SYN: "4", FIN: "8", f"tcp.dstport == 5432 and {DATA} and tcp.stream == 0": "4", RESET: "0"})}),
    Scenario(long_polls, {"long-polls": Sample("client",
        "Long polls: the server answers each of five questions when its time of 1.5 s is over",
        {"http.request": "5", f"{FROM_SERVER} and {DATA} and tcp.time_delta > 1.4": "5"} | NO_REPEATS)}),
    Scenario(pushes, {"pushes-begun-late": Sample("client",
        "A server sends when there is something to send, its client only acknowledges. No handshake in the file",
        NO_SYN | {f"tcp.srcport == 443 and {DATA}": "6", f"tcp.dstport == 443 and {DATA}": "0"})}),
    Scenario(slow_start, {
        "slow-start": Sample("client",
            "A download over a path of 200 ms: the server waits for the window to open",
            {f"{FROM_SERVER} and {DATA} and tcp.time_delta > 0.1": "2+"} | NO_REPEATS),
        "slow-start-at-server": Sample("server",
            "The same seen at the server",
            {f"{FROM_SERVER} and {DATA}": "60+"} | NO_REPEATS)}),
    Scenario(window_closed_shortly_v6, {"window-closed-50ms-v6": Sample("client",
        "A client over IPv6 closes its window for some 50 ms; it fills more often",
        {f"{FROM_CLIENT} and tcp.window_size == 0": "1+", "tcp.analysis.window_full": "3+"},
        finds=(finding("window_limited", "[2001:db8:2::5]:80", by="client"),))}),
    Scenario(server_speaks_first, {"server-speaks-first": Sample("router",
        "Mail: the server speaks first, and closes first",
        {f"tcp.srcport == 25 and {DATA}": "7", FIN: "2", RESET: "0"} | NO_FLAGS)}),
    Scenario(pipelined, {"pipelined": Sample("client",
        "Six requests at once, whose answers follow each other every 0.25 s: the last takes 1.5 s",
        {f"{FROM_CLIENT} and {DATA}": "1", f"{FROM_SERVER} and {DATA}": "6"} | NO_FLAGS)}),
    Scenario(urgent_data, {"urgent-data": Sample("server",
        "Urgent data: a byte out of band after each answer, as Telnet interrupts",
        {"tcp.flags.urg == 1": "4", f"tcp.srcport == 23 and {DATA}": "4"} | NO_REPEATS)}),
    Scenario(congestion_marked, {"congestion-marked": Sample("client",
        "Explicit congestion notification: a router marks segments, the receiver echoes that, nothing is lost",
        {"ip.dsfield.ecn == 3": "4+", f"{FROM_CLIENT} and tcp.flags.ece == 1": "4+",
         f"{FROM_SERVER} and tcp.flags.cwr == 1": "1+"} | NO_REPEATS)}),
    Scenario(fast_open_ignored, {"fast-open-ignored": Sample("client",
        "Requests in four SYNs are not taken by the server, which wants none there; they follow once more",
        {f"{CLIENT_SYN} and {DATA}": "4", f"{FROM_CLIENT} and {DATA}": "8", RESET: "0"})}),
    Scenario(ftp, {"ftp-active": Sample("router",
        "Active FTP: the server connects from its port 20 to the client, which is the server of that connection",
        {f"tcp.srcport == 20 and {CLIENT_SYN}": "1", CLIENT_SYN: "2", FIN: "4"} | NO_REPEATS)}),
    Scenario(behind_one_address, {"behind-one-address": Sample("server",
        "Two clients whose router hides their addresses, behind its own and two ports",
        {CLIENT_SYN: "2", "ip.src == 10.1.0.0/24": "0", "http.request": "4"} | NO_FLAGS)}),
    Scenario(fin_then_reset, {"fin-then-reset": Sample("client",
        "A server gives up a spare connection with a last word; the client closes without having read it",
        {f"{FROM_SERVER} and {FIN}": "1", f"{FROM_CLIENT} and {RESET}": "1", f"{FROM_SERVER} and {RESET}": "0"},
        finds=(finding("reset_after_close", "10.2.0.5:80", by="client"),))}),
    Scenario(alert_after_close, {"alert-after-close-v6": Sample("client",
        "The server has closed; the client's close alert is answered by a reset",
        {f"tcp.srcport == 443 and {FIN}": "1", f"tcp.srcport == 443 and {RESET}": "1+",
         f"tcp.dstport == 443 and tcp.len == 31": "1"},
        finds=(finding("reset_after_close", "[2001:db8:2::5]:443", by="server"),))}),
    Scenario(closed_in_time_wait, {"last-ack-of-close-lost": Sample("client",
        "The last ACK of a close is lost behind the capture point, and the server repeats its FIN",
        {f"{FROM_SERVER} and {FIN}": "2", f"{FROM_CLIENT} and {FIN}": "1", RESET: "0"})}),
    Scenario(crossing_data_at_close, {"data-crosses-fin-v6": Sample("router",
        "The last data of the server crosses the client's FIN; both ends close properly",
        {f"{FROM_SERVER} and {DATA}": "4", FIN: "2", RESET: "0"} | NO_REPEATS)}),
]
