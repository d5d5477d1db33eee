"""Connections without a fault, however odd some look."""

import socket
import time

from addresses import CLIENT_6, SERVER_6
from conversation import browse, random_bytes, rows, query, tls_data, web_request, web_response
from network import Connection, Lab, expect_end, receive
from samples import CLIENT_SYN, Sample, Scenario, finding
from wire import LoseAll

FROM_SERVER, FROM_CLIENT = "tcp.srcport == 80", "tcp.dstport == 80"
NO_FLAGS = {"tcp.analysis.flags": "0"}
FIN, RESET = "tcp.flags.fin == 1", "tcp.flags.reset == 1"


def long_idle():
    """The server gives up an idle connection: nothing but its FIN after the pause."""
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(80)
        browse(connection, 1500)
        time.sleep(3.2)
        connection.server.shutdown(socket.SHUT_WR)
        expect_end(connection.client)
        connection.client.close()
        expect_end(connection.server)
        connection.server.close()
        return {"long-idle": capture.stop()}


def pushed_events_v6():
    with Lab() as lab:
        capture = lab.capture_at_server()
        connection = lab.connect(443, SERVER_6, CLIENT_6)
        connection.exchange(tls_data(300), tls_data(600))
        for _ in range(2):
            time.sleep(1.3)
            connection.answer(tls_data(200))
        connection.close()
        return {"pushed-events-v6": capture.stop()}


def keep_alives_of_server_v6():
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(80, SERVER_6, CLIENT_6)
        for level, name, value in [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
                                   (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1),
                                   (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)]:
            connection.server.setsockopt(level, name, value)
        browse(connection, 500)
        time.sleep(4.4)
        connection.close()
        return {"keep-alives-v6": capture.stop()}


def keep_alives_unanswered():
    """The capture ends before the client gives up."""
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(80)
        for level, name, value in [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
                                   (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1),
                                   (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)]:
            connection.client.setsockopt(level, name, value)
        browse(connection, 500)
        time.sleep(0.2)
        lab.wire.toward_server = LoseAll()
        time.sleep(5.2)
        return {"keep-alives-unanswered": capture.stop(at_once=True)}


def half_closed_upload_v6():
    """As `nc -N` does: the end of the request is the client's FIN."""
    with Lab() as lab:
        capture = lab.capture_at_router("to-server")
        connection = lab.connect(9100, SERVER_6, CLIENT_6)
        connection.ask(random_bytes(6000))
        connection.client.shutdown(socket.SHUT_WR)
        expect_end(connection.server)
        time.sleep(0.3)
        connection.answer(random_bytes(2000))
        connection.server.close()
        expect_end(connection.client)
        connection.client.close()
        return {"half-closed-upload-v6": capture.stop()}


def simultaneous_close():
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(80)
        browse(connection, 1500)
        time.sleep(0.05)
        connection.client.shutdown(socket.SHUT_WR)
        connection.server.shutdown(socket.SHUT_WR)
        for end in (connection.client, connection.server):
            expect_end(end)
            end.close()
        return {"simultaneous-close": capture.stop()}


def large_transfer():
    with Lab() as lab:
        capture = lab.capture_at_router("to-client")
        connection = lab.connect(80)
        browse(connection, 30000)
        connection.close()
        return {"large-transfer": capture.stop()}


def many_short():
    with Lab() as lab:
        capture = lab.capture_at_server()
        for number in range(20):
            connection = lab.connect(80, *((SERVER_6, CLIENT_6) if number % 2 else ()))
            browse(connection, 100)
            connection.close()
        return {"many-short": capture.stop()}


def many_turns():
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(80)
        for _ in range(6):
            browse(connection, 700)
            time.sleep(0.3)
        connection.close()
        return {"many-turns": capture.stop()}


def begun_late_and_cut():
    """In the middle of an answer on one side, of an upload on the other."""
    with Lab() as lab:
        connection = lab.connect(80)
        response = web_response(9000)
        connection.ask(web_request("/"))
        connection.answer(response[:3000])
        capture = lab.capture_at_client()
        connection.answer(response[3000:])
        request = web_request("/", random_bytes(9000), "PUT")
        connection.ask(request[:5000])
        return {"begun-late-and-cut": capture.stop(at_once=True)}


def cut_in_handshake():
    """All frames of a connection up to the SYN-ACK, 20 ms after the SYN."""
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(80)
        browse(connection, 300)
        connection.close()
        frames = capture.stop()
    return {"cut-in-handshake": frames[:2], "begun-in-handshake": frames[2:]}


def time_wait_reused():
    """The server closed first, so the port waits there; the client's new SYN is accepted all the same."""
    with Lab() as lab:
        capture = lab.capture_at_server()
        for size in (1200, 800):
            connection = lab.connect(80, client_port=50101)
            browse(connection, size)
            connection.server.shutdown(socket.SHUT_WR)
            expect_end(connection.client)
            connection.client.close()
            expect_end(connection.server)
            connection.server.close()
            time.sleep(0.1)
        return {"time-wait-reused": capture.stop()}


def fast_open_v6():
    with Lab() as lab:
        for host in lab.hosts:
            host.sysctl("ipv4/tcp_fastopen", 3)
        listener = lab.listen(SERVER_6, 80, [(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 5)])
        capture = lab.capture_at_client()
        for _ in range(2):  # the first fetches the cookie
            client = lab.client_socket(CLIENT_6)
            client.settimeout(None)  # Python's time limit makes the socket non-blocking, and the call then fails
            client.sendto(web_request("/"), socket.MSG_FASTOPEN, (SERVER_6, 80))
            server, _ = listener.accept()
            receive(server, len(web_request("/")))
            connection = Connection(client, server)
            connection.answer(web_response(2000))
            connection.close()
        return {"fast-open-v6": capture.stop()}


def without_options():
    """As old stacks: no timestamps, no SACK, no window scaling."""
    with Lab() as lab:
        for host in lab.hosts:
            for name in ("timestamps", "sack", "window_scaling"):
                host.sysctl(f"ipv4/tcp_{name}", 0)
        capture = lab.capture_at_server()
        connection = lab.connect(5432)
        for _ in range(3):
            connection.exchange(query(300), rows(2500))
        connection.close()
        return {"without-options": capture.stop()}


def connected_and_silent():
    """A spare connection of a pool: set up, never used, closed."""
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(5432)
        time.sleep(1.3)
        connection.close()
        return {"connected-and-silent": capture.stop()}


SCENARIOS = [
    Scenario(long_idle, {"long-idle": Sample("client",
        "A connection rests for 3.2 s, and the server closes it",
        {"tcp.time_delta > 3": "1", FIN: "2", RESET: "0"} | NO_FLAGS)}),
    Scenario(pushed_events_v6, {"pushed-events-v6": Sample("server",
        "A server that sends an event now and then, 1.3 s apart, over IPv6: no turnaround, nobody is slow",
        {"tcp.srcport == 443 and tcp.len > 0 and tcp.time_delta > 1.2": "2", "tcp.dstport == 443 and tcp.len > 0": "1"}
        | NO_FLAGS)}),
    Scenario(keep_alives_of_server_v6, {"keep-alives-v6": Sample("client",
        "A connection rests for 4.4 s over IPv6, and the server sends keep-alives",
        {f"{FROM_SERVER} and tcp.analysis.keep_alive": "3+", "tcp.analysis.keep_alive_ack": "3+",
         "tcp.analysis.retransmission": "0"})}),
    Scenario(keep_alives_unanswered, {"keep-alives-unanswered": Sample("client",
        "The path dies while a connection rests: five keep-alives without an answer, which are no retries of data",
        {f"{FROM_CLIENT} and tcp.analysis.keep_alive": "5", "tcp.analysis.keep_alive_ack": "0", RESET: "0"},
        finds=(finding("peer_gone", "10.2.0.5:80", by="server"),))}),
    Scenario(half_closed_upload_v6, {"half-closed-upload-v6": Sample("router",
        "The client ends its upload over IPv6 by closing its direction; the answer comes after that",
        {FIN: "2", "tcp.srcport == 9100 and tcp.len > 0": "2", RESET: "0"} | NO_FLAGS)}),
    Scenario(simultaneous_close, {"simultaneous-close": Sample("client",
        "Both ends close at the same moment, and the FINs cross",
        {FIN: "2", f"{FROM_CLIENT} and {FIN} and tcp.ack == 1598": "1",
         f"{FROM_SERVER} and {FIN} and tcp.ack == 68": "1", RESET: "0"})}),
    Scenario(large_transfer, {"large-transfer": Sample("router",
        "A download of 30 KB without any loss",
        {f"{FROM_SERVER} and tcp.len > 0": "20+"} | NO_FLAGS)}),
    Scenario(many_short, {"many-short": Sample("server",
        "Twenty short connections, half of them over IPv6",
        {CLIENT_SYN: "20", FIN: "40", RESET: "0"} | NO_FLAGS)}),
    Scenario(many_turns, {"many-turns": Sample("client",
        "Six requests on one connection, 0.3 s apart",
        {"http.request": "6", "http.response.code == 200": "6"} | NO_FLAGS)}),
    Scenario(begun_late_and_cut, {"begun-late-and-cut": Sample("client",
        "The capture begins in the middle of an answer and ends in the middle of an upload",
        {"tcp.flags.syn == 1 or tcp.flags.fin == 1": "0", f"{FROM_SERVER} and tcp.len > 0": "4+",
         f"{FROM_CLIENT} and tcp.len > 0": "3+"} | NO_FLAGS)}),
    Scenario(cut_in_handshake, {
        "cut-in-handshake": Sample("client",
            "The capture ends between the SYN-ACK and its answer",
            {"tcp.flags.syn == 1": "all", "frame": "2"}),
        "begun-in-handshake": Sample("client",
            "The capture begins with the last ACK of the handshake",
            {"tcp.flags.syn == 1": "0", f"frame.number == 1 and {FROM_CLIENT} and tcp.len == 0": "1", FIN: "2"})}),
    Scenario(time_wait_reused, {"time-wait-reused": Sample("server",
        "A client uses the port of a connection again that the server has just closed",
        {CLIENT_SYN: "2", "tcp.srcport == 50101 and tcp.stream == 1 and http.request": "1", RESET: "0"})}),
    Scenario(fast_open_v6, {"fast-open-v6": Sample("client",
        "TCP Fast Open over IPv6: the second connection carries its request in the SYN",
        {CLIENT_SYN: "2", f"{CLIENT_SYN} and tcp.len > 0": "1", RESET: "0"})}),
    Scenario(without_options, {"without-options": Sample("server",
        "Two stacks without timestamps, selective acknowledgments and window scaling",
        {"tcp.options.timestamp.tsval": "0", "tcp.options.sack_perm": "0", FIN: "2"} | NO_FLAGS)}),
    Scenario(connected_and_silent, {"connected-and-silent": Sample("client",
        "A connection is set up, never used, and closed after 1.3 s",
        {CLIENT_SYN: "1", FIN: "2", "tcp.len > 0": "0"} | NO_FLAGS)}),
]
