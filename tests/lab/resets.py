"""Resets: whose, when, and those that another machine sent."""

import socket
import struct
import threading
import time

from addresses import CLIENT_6, SERVER_6
from conversation import browse, random_bytes, web_request, web_response
from forgery import Seen, reset_of_receiver, reset_of_sender
from frames import RST, internet_checksum, tcp_of
from network import CLOSE_WAIT, CLOSED, Lab, abort, expect_end, receive, received, state, wait_until
from samples import Sample, Scenario, finding
from wire import LoseAll

RESET, FIN = "tcp.flags.reset == 1", "tcp.flags.fin == 1"
FROM_SERVER, FROM_CLIENT = "tcp.srcport == 80", "tcp.dstport == 80"
NO_DATA = {"tcp.len > 0": "0"}


def only_resets_of(sender, other, wanted="1+"):
    return {f"{sender} and {RESET}": wanted, f"{other} and {RESET}": "0", FIN: "0"}


BY_SERVER, BY_CLIENT = only_resets_of(FROM_SERVER, FROM_CLIENT), only_resets_of(FROM_CLIENT, FROM_SERVER)


def end_of_abort(lab, other):
    """The end that was reset learns of it, and goes."""
    wait_until(lambda: state(other) == CLOSED)
    other.close()


# ---------------------------------------------------------------------------------------------------------------------
# Aborts

def abort_before_data():
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(80)
        time.sleep(0.05)
        abort(connection.server)
        end_of_abort(lab, connection.client)
        return {"abort-before-data": capture.stop()}


def abort_before_data_v6():
    with Lab() as lab:
        capture = lab.capture_at_server()
        connection = lab.connect(80, SERVER_6, CLIENT_6)
        time.sleep(0.05)
        abort(connection.client)
        end_of_abort(lab, connection.server)
        return {"abort-before-data-v6": capture.stop()}


def abort_in_upload_v6():
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(80, SERVER_6, CLIENT_6)
        connection.ask(web_request("/", random_bytes(9000), "PUT"))
        connection.client.sendall(random_bytes(3000))
        abort(connection.client)
        end_of_abort(lab, connection.server)
        return {"abort-in-upload-v6": capture.stop()}


def abort_of_stuck_server():
    """Closing a socket with unread data resets the connection: the server does not read what it was sent."""
    with Lab() as lab:
        capture = lab.capture_at_router("to-server")
        connection = lab.connect(80)
        browse(connection, 500)
        connection.client.sendall(web_request("/unread"))
        wait_until(lambda: received(connection.server) > 0)
        connection.server.close()
        end_of_abort(lab, connection.client)
        return {"abort-unread": capture.stop()}


def abort_idle():
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection, connection_6 = lab.connect(80), lab.connect(80, SERVER_6, CLIENT_6)
        for one in (connection, connection_6):
            browse(one, 1000)
        time.sleep(3)
        abort(connection.server)
        abort(connection_6.client)
        end_of_abort(lab, connection.client)
        end_of_abort(lab, connection_6.server)
        return {"abort-idle": capture.stop()}


def given_up_waiting():
    """One client waits for an answer that does not come, and gives up after a while."""
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(80)
        browse(connection, 1000)
        connection.ask(web_request("/never-answered"))
        time.sleep(1.5)
        abort(connection.client)
        end_of_abort(lab, connection.server)
        return {"given-up-waiting": capture.stop()}


def abort_behind_reaction():
    """The client acknowledges each answer with seven bytes of its own (as ISO 8073 does), and aborts behind one."""
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(80)
        for _ in range(3):
            connection.exchange(web_request("/"), web_response(200))
            connection.ask(b"\x03\x00\x00\x07\x02\xf0\x80")
        time.sleep(0.2)
        abort(connection.client)
        end_of_abort(lab, connection.server)
        return {"abort-behind-reaction": capture.stop()}


def forget(end):
    """Closes as a crash does: the kernel knows nothing of the connection any more, and sends nothing."""
    tcp_repair, on = 19, 1
    end.setsockopt(socket.IPPROTO_TCP, tcp_repair, on)
    end.close()


def stale_connection():
    """The server has restarted, and answers the next request by a reset."""
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(80)
        browse(connection, 1000)
        time.sleep(0.3)
        forget(connection.server)
        connection.client.sendall(web_request("/next"))
        end_of_abort(lab, connection.client)
        frames = capture.stop()
    return {"stale-connection": frames, "stale-connection-begun-late": frames[-2:]}


def keep_alives_give_up():
    """Linux resets a connection whose keep-alives were not answered."""
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(80)
        browse(connection, 500)
        for level, name, value in [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
                                   (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1),
                                   (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1),
                                   (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 2)]:
            connection.client.setsockopt(level, name, value)
        time.sleep(0.2)
        lab.wire.toward_server = LoseAll()
        wait_until(lambda: state(connection.client) == CLOSED)
        return {"keep-alives-give-up": capture.stop(at_once=True)}


def abort_while_both_send():
    """Segments of the client that are on their way when the server aborts are answered by a reset each."""
    with Lab() as lab:
        near, far = lab.capture_at_client(), lab.capture_at_server()
        connection = lab.connect(80)
        browse(connection, 500)
        receive_at_client = threading.Thread(target=drain, args=(connection.client,))
        receive_at_client.start()
        for _ in range(6):
            connection.client.sendall(random_bytes(600))
            connection.server.sendall(random_bytes(700))
            time.sleep(0.004)
        abort(connection.server)
        receive_at_client.join()
        end_of_abort(lab, connection.client)
        return {"abort-while-both-send": near.stop(), "abort-while-both-send-at-server": far.stop()}


def drain(end):
    try:
        while end.recv(10000):
            pass
    except OSError:
        pass


# ---------------------------------------------------------------------------------------------------------------------
# After a close

def reset_after_client_closed():
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(80)
        browse(connection, 1500)
        connection.client.shutdown(socket.SHUT_WR)
        expect_end(connection.server)
        abort(connection.server)
        end_of_abort(lab, connection.client)
        return {"reset-after-client-closed": capture.stop()}


def reset_instead_of_second_fin_v6():
    with Lab() as lab:
        capture = lab.capture_at_server()
        connection = lab.connect(80, SERVER_6, CLIENT_6)
        browse(connection, 1500)
        connection.server.shutdown(socket.SHUT_WR)
        wait_until(lambda: state(connection.client) == CLOSE_WAIT)
        abort(connection.client)
        end_of_abort(lab, connection.server)
        return {"reset-after-server-closed-v6": capture.stop()}


def reset_after_both_closed():
    """The client has closed for good when the rest of the answer arrives."""
    with Lab() as lab:
        capture = lab.capture_at_router("to-client")
        connection = lab.connect(80)
        connection.ask(web_request("/"))
        response = web_response(4000)
        connection.answer(response[:2000])
        connection.client.close()
        expect_end(connection.server)
        connection.server.sendall(response[2000:])
        connection.server.close()
        return {"reset-after-quick-close": capture.stop()}


# ---------------------------------------------------------------------------------------------------------------------
# Forged

def reject_in_router(lab, condition, command="iptables"):
    lab.router.run(f"{command} -I FORWARD {condition} -j REJECT --reject-with tcp-reset")


def firewall_toward_client():
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(80)
        browse(connection, 500, 1500, 500)
        reject_in_router(lab, "-p tcp --dport 80 -m length --length 53:")
        connection.client.sendall(web_request("/forbidden"))
        wait_until(lambda: state(connection.client) == CLOSED)
        return {"firewall-toward-client": capture.stop(at_once=True)}


def firewall_toward_server():
    with Lab() as lab:
        capture = lab.capture_at_server()
        connection = lab.connect(80)
        browse(connection, 500, 1500, 500)
        connection.ask(web_request("/forbidden"))
        reject_in_router(lab, "-p tcp --sport 80 -m length --length 53:")
        connection.server.sendall(web_response(500))
        wait_until(lambda: state(connection.server) == CLOSED)
        return {"firewall-toward-server": capture.stop(at_once=True)}


def firewall_v6():
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(80, SERVER_6, CLIENT_6)
        browse(connection, 500, 1500, 500)
        reject_in_router(lab, "-p tcp --dport 80 -m length --length 53:", "ip6tables")
        connection.client.sendall(web_request("/forbidden"))
        wait_until(lambda: state(connection.client) == CLOSED)
        return {"firewall-v6": capture.stop(at_once=True)}


class Middlebox:
    """On the wire: meets each request with a certain word in it. `meet(wire, frame)` returns what goes on."""

    def __init__(self, wire, meet, word=b"/forbidden"):
        self.wire, self.meet, self.word, self.met = wire, meet, word, 0

    def __call__(self, frame):
        if self.word not in frame:
            return [frame]
        self.met += 1
        return self.meet(self.wire, frame)


def burst_toward_client(wire, frame):
    """Blocks the request, and guesses where the client's window stands. The time to live is that of the server."""
    for offset in (0, 1460, 4380):
        wire.send(wire.client_tap, reset_of_receiver(Seen(frame), 63, offset, identification=7 * offset))
    return []


def one_toward_client_and_pass(wire, frame):
    wire.send(wire.client_tap, reset_of_receiver(Seen(frame), ttl=63))
    return [frame]


def toward_both(wire, frame):
    """Blocks the request too. Both resets have a time to live of their own."""
    seen = Seen(frame)
    wire.send(wire.client_tap, reset_of_receiver(seen, ttl=125))
    seen.next_sequence = seen.sequence  # as the request is blocked, the server still waits for its first byte
    return [reset_of_sender(seen, ttl=125)]


def inexact_toward_client(wire, frame):
    """Within the window, not at its edge: Linux answers by a challenge ACK and goes on (RFC 5961)."""
    wire.send(wire.client_tap, reset_of_receiver(Seen(frame), ttl=63, offset=2000))
    return [frame]


def meet(lab, middlebox_does, **addresses):
    """A connection whose fourth request a middlebox meets, and both captures."""
    lab.wire.toward_server = middlebox = Middlebox(lab.wire, middlebox_does)
    near, far = lab.capture_at_client(), lab.capture_at_server()
    connection = lab.connect(80, **addresses)
    browse(connection, 500, 1500, 500)
    connection.client.sendall(web_request("/forbidden"))
    return middlebox, connection, near, far


def injected_burst():
    with Lab() as lab:
        _, connection, near, _ = meet(lab, burst_toward_client)
        wait_until(lambda: state(connection.client) == CLOSED)
        time.sleep(0.05)
        return {"injected-burst": near.stop(at_once=True)}


def injected_burst_v6():
    with Lab() as lab:
        _, connection, near, _ = meet(lab, burst_toward_client, server=SERVER_6, client=CLIENT_6)
        wait_until(lambda: state(connection.client) == CLOSED)
        time.sleep(0.05)
        return {"injected-burst-v6": near.stop(at_once=True)}


def injected_beside_answer():
    with Lab() as lab:
        _, connection, near, far = meet(lab, one_toward_client_and_pass)
        wait_until(lambda: state(connection.client) == CLOSED)
        receive(connection.server, len(web_request("/forbidden")))
        connection.server.sendall(web_response(2500))
        wait_until(lambda: state(connection.server) == CLOSED)
        return {"injected-beside-answer": near.stop(at_once=True)}


def injected_both_ways():
    with Lab() as lab:
        _, connection, near, far = meet(lab, toward_both)
        wait_until(lambda: state(connection.client) == CLOSED == state(connection.server))
        return {"injected-toward-client": near.stop(), "injected-toward-server": far.stop()}


def injected_and_ignored():
    with Lab() as lab:
        _, connection, near, _ = meet(lab, inexact_toward_client)
        receive(connection.server, len(web_request("/forbidden")))
        connection.answer(web_response(2500))
        browse(connection, 800)
        connection.close()
        return {"injected-and-ignored": near.stop()}


# ---------------------------------------------------------------------------------------------------------------------
# Not forged

def with_ttl_less(frame, by):
    data = bytearray(frame)
    data[22] -= by
    data[24:26] = b"\0\0"
    data[24:26] = struct.pack("!H", internet_checksum(bytes(data[14:34])))
    return bytes(data)


class Balancer:
    """Every second segment goes a way that is one router longer, and resets one that is longer by `reset_way`."""

    def __init__(self, reset_way):
        self.reset_way, self.seen = reset_way, 0

    def __call__(self, frame):
        if tcp_of(frame) is None:  # IPv6 housekeeping of the kernel
            return [frame]
        if tcp_of(frame).flags & RST:
            return [with_ttl_less(frame, self.reset_way)]
        self.seen += 1
        return [with_ttl_less(frame, self.seen % 2)]


def balanced_paths(reset_way):
    with Lab() as lab:
        lab.wire.toward_client = Balancer(reset_way)
        capture = lab.capture_at_client()
        connection = lab.connect(80)
        browse(connection, 500, 2500)
        connection.answer(random_bytes(1000))
        abort(connection.server)
        end_of_abort(lab, connection.client)
        return capture.stop()


def reset_on_one_of_two_paths():
    return {"reset-on-one-of-two-paths": balanced_paths(1)}


def reset_on_third_path():
    return {"reset-on-third-path": balanced_paths(2)}


FORGED_BY_SERVER = (finding("forged_reset", "10.2.0.5:80", by="server"),)
FORGED_BY_CLIENT = (finding("forged_reset", "10.2.0.5:80", by="client"),)

SCENARIOS = [
    Scenario(abort_before_data, {"abort-before-data": Sample("client",
        "The server aborts a connection before either side has sent data",
        only_resets_of(FROM_SERVER, FROM_CLIENT, "1") | NO_DATA | {"tcp.flags.syn == 1": "2"},
        finds=(finding("reset_by_server", "10.2.0.5:80"),))}),
    Scenario(abort_before_data_v6, {"abort-before-data-v6": Sample("server",
        "The client aborts a connection over IPv6 before either side has sent data",
        only_resets_of(FROM_CLIENT, FROM_SERVER, "1") | NO_DATA | {"tcp.flags.syn == 1": "2"},
        finds=(finding("reset_by_client", "[2001:db8:2::5]:80"),))}),
    Scenario(abort_in_upload_v6, {"abort-in-upload-v6": Sample("client",
        "The client aborts in the middle of an upload over IPv6",
        only_resets_of(FROM_CLIENT, FROM_SERVER) | {f"{FROM_CLIENT} and tcp.len > 0": "9+"},
        finds=(finding("reset_by_client", "[2001:db8:2::5]:80"),))}),
    Scenario(abort_of_stuck_server, {"abort-unread": Sample("router",
        "The server closes without having read a request: its kernel resets",
        only_resets_of(FROM_SERVER, FROM_CLIENT) | {f"{FROM_CLIENT} and tcp.len > 0": "2"},
        finds=(finding("reset_by_server", "10.2.0.5:80"),))}),
    Scenario(abort_idle, {"abort-idle": Sample("client",
        "Two connections rest for 3 s; then the server aborts the one over IPv4, the client the one over IPv6",
        {f"ip and {FROM_SERVER} and {RESET} and tcp.time_delta > 2.9": "1",
         f"ipv6 and {FROM_CLIENT} and {RESET} and tcp.time_delta > 2.9": "1", RESET: "2", FIN: "0"},
        finds=(finding("reset_by_server", "10.2.0.5:80"), finding("reset_by_client", "[2001:db8:2::5]:80")))}),
    Scenario(given_up_waiting, {"given-up-waiting": Sample("client",
        "A request is acknowledged and not answered: after 1.5 s the client gives up",
        BY_CLIENT | {"http.request": "2"}, finds=(finding("reset_by_client", "10.2.0.5:80"),))}),
    Scenario(abort_behind_reaction, {"abort-behind-reaction": Sample("client",
        "The client aborts after seven bytes of its own, by which it acknowledges each answer: nothing is open",
        BY_CLIENT | {"tcp.len == 7": "3"}, finds=(finding("reset_by_client", "10.2.0.5:80"),))}),
    Scenario(stale_connection, {
        "stale-connection": Sample("client",
            "A server that has restarted answers the next request of an old connection by a reset",
            only_resets_of(FROM_SERVER, FROM_CLIENT, "1") | {f"{FROM_CLIENT} and tcp.len > 0": "2"},
            finds=(finding("reset_by_server", "10.2.0.5:80"),)),
        "stale-connection-begun-late": Sample("client",
            "The last two segments of the same: nothing in the capture proves that there was a connection",
            only_resets_of(FROM_SERVER, FROM_CLIENT, "1") | {"frame": "2"})}),
    Scenario(keep_alives_give_up, {"keep-alives-give-up": Sample("client",
        "The path dies while a connection rests: the client's keep-alives are not answered, and it resets",
        only_resets_of(FROM_CLIENT, FROM_SERVER) | {"tcp.analysis.keep_alive": "2"},
        finds=(finding("reset_by_client", "10.2.0.5:80"),))}),
    Scenario(abort_while_both_send, {
        "abort-while-both-send": Sample("client",
            "The server aborts while both sides send: each segment on its way to it is answered by a reset with the "
            "sequence number that the segment acknowledges",
            only_resets_of(FROM_SERVER, FROM_CLIENT, "3+") | {f"{FROM_CLIENT} and tcp.len > 0": "4+"},
            finds=(finding("reset_by_server", "10.2.0.5:80"),)),
        "abort-while-both-send-at-server": Sample("server",
            "The same seen at the server",
            only_resets_of(FROM_SERVER, FROM_CLIENT, "3+") | {f"{FROM_CLIENT} and tcp.len > 0": "4+"},
            finds=(finding("reset_by_server", "10.2.0.5:80"),))}),
    Scenario(reset_after_client_closed, {"reset-after-client-closed": Sample("client",
        "The client closes its direction, and the server answers by a reset instead of its FIN",
        {f"{FROM_CLIENT} and {FIN}": "1", f"{FROM_SERVER} and {RESET}": "1", f"{FROM_SERVER} and {FIN}": "0"},
        finds=(finding("reset_after_close", "10.2.0.5:80", by="server"),))}),
    Scenario(reset_instead_of_second_fin_v6, {"reset-after-server-closed-v6": Sample("server",
        "The server closes, and the client answers by a reset instead of its FIN, over IPv6",
        {f"{FROM_SERVER} and {FIN}": "1", f"{FROM_CLIENT} and {RESET}": "1", f"{FROM_CLIENT} and {FIN}": "0"},
        finds=(finding("reset_after_close", "[2001:db8:2::5]:80", by="client"),))}),
    Scenario(reset_after_both_closed, {"reset-after-quick-close": Sample("router",
        "The client has closed for good when the rest of the answer arrives, and its kernel resets",
        {f"{FROM_CLIENT} and {FIN}": "1", f"{FROM_CLIENT} and {RESET}": "1+", f"{FROM_SERVER} and {RESET}": "0"},
        finds=(finding("reset_after_close", "10.2.0.5:80", by="client"),))}),
    Scenario(firewall_toward_client, {"firewall-toward-client": Sample("client",
        "A firewall in the router drops a request and resets in the name of the server; its time to live is 64, the "
        "server's 63",
        only_resets_of(FROM_SERVER, FROM_CLIENT, "1") | {f"{RESET} and ip.ttl == 64": "1",
                                                    f"{FROM_SERVER} and ip.ttl == 63": "4+"},
        finds=FORGED_BY_SERVER)}),
    Scenario(firewall_toward_server, {"firewall-toward-server": Sample("server",
        "A firewall in the router drops an answer and resets in the name of the client",
        only_resets_of(FROM_CLIENT, FROM_SERVER, "1") | {f"{RESET} and ip.ttl == 64": "1",
                                                    f"{FROM_CLIENT} and ip.ttl == 63": "4+"},
        finds=FORGED_BY_CLIENT)}),
    Scenario(firewall_v6, {"firewall-v6": Sample("client",
        "A firewall in the router drops a request over IPv6 and resets in the name of the server",
        only_resets_of(FROM_SERVER, FROM_CLIENT, "1") | {f"{RESET} and ipv6.hlim == 64": "1",
                                                    f"{FROM_SERVER} and ipv6.hlim == 63": "4+"},
        finds=(finding("forged_reset", "[2001:db8:2::5]:80", by="server"),))}),
    Scenario(injected_burst, {"injected-burst": Sample("client",
        "A middlebox blocks a request and sends three resets with guessed sequence numbers; their time to live is the "
        "server's",
        only_resets_of(FROM_SERVER, FROM_CLIENT, "3") | {f"{FROM_SERVER} and ip.ttl == 63": "8+", "ip.ttl > 64": "0"},
        finds=FORGED_BY_SERVER)}),
    Scenario(injected_burst_v6, {"injected-burst-v6": Sample("client",
        "The same over IPv6",
        only_resets_of(FROM_SERVER, FROM_CLIENT, "3") | {f"{FROM_SERVER} and ipv6.hlim == 63": "8+"},
        finds=(finding("forged_reset", "[2001:db8:2::5]:80", by="server"),))}),
    Scenario(injected_beside_answer, {"injected-beside-answer": Sample("client",
        "A middlebox lets a request pass and resets the client in the name of the server, whose answer arrives after "
        "that (and is answered by resets of the client's kernel)",
        {f"{FROM_SERVER} and {RESET}": "1", f"{FROM_CLIENT} and {RESET}": "1+", FIN: "0",
         f"{FROM_SERVER} and tcp.len > 0": "6+"},
        finds=FORGED_BY_SERVER)}),
    Scenario(injected_both_ways, {
        "injected-toward-client": Sample("client",
            "A middlebox blocks a request and resets both ends, each in the name of the other, with a time to live of "
            "its own",
            only_resets_of(FROM_SERVER, FROM_CLIENT, "1") | {f"{RESET} and ip.ttl == 125": "1"},
            finds=FORGED_BY_SERVER),
        "injected-toward-server": Sample("server",
            "The same seen at the server",
            only_resets_of(FROM_CLIENT, FROM_SERVER, "1") | {f"{RESET} and ip.ttl == 124": "1"},
            finds=FORGED_BY_CLIENT)}),
    Scenario(injected_and_ignored, {"injected-and-ignored": Sample("client",
        "A reset of a middlebox misses the edge of the client's window: a challenge ACK, and the connection goes on",
        {f"{FROM_SERVER} and {RESET}": "1", f"{FROM_CLIENT} and {RESET}": "0", FIN: "2",
         f"{FROM_SERVER} and tcp.len > 0": "7+"},
        finds=FORGED_BY_SERVER)}),
    Scenario(reset_on_one_of_two_paths, {"reset-on-one-of-two-paths": Sample("client",
        "The server's segments take two paths of different length, its reset one of them",
        only_resets_of(FROM_SERVER, FROM_CLIENT) | {f"{FROM_SERVER} and ip.ttl == 63": "2+",
                                              f"{FROM_SERVER} and ip.ttl == 62 and not {RESET}": "2+",
                                              f"{RESET} and ip.ttl != 62": "0"},
        finds=(finding("reset_by_server", "10.2.0.5:80"),))}),
    Scenario(reset_on_third_path, {"reset-on-third-path": Sample("client",
        "The server's segments take two paths of different length, its reset a third that is longer by one router",
        only_resets_of(FROM_SERVER, FROM_CLIENT) | {f"{FROM_SERVER} and ip.ttl == 63": "2+",
                                              f"{FROM_SERVER} and ip.ttl == 62 and not {RESET}": "2+",
                                              f"{RESET} and ip.ttl != 61": "0"},
        finds=(finding("reset_by_server", "10.2.0.5:80"),))}),
]
