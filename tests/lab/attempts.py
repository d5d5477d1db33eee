"""Attempts to connect that fail for a reason which the packets name."""

import contextlib
import errno
import ipaddress
import socket
import time

from addresses import CLIENT, CLIENT_2, CLIENT_6, SERVER, SERVER_6, SERVERS
from conversation import browse, web_request
from forgery import Seen, reset_of_receiver, tcp_packet
from frames import ACK, RST, in_order_of_time, is_from_server, is_syn, tcp_of
from handshakes import RESET, SYN_ACK, is_syn_ack, keep_kernel_silent, send_packet, send_syn, try_for
from hosts import expect
from network import CLOSED, Lab, state, wait_until
from resets import forget
from samples import CLIENT_SYN, Sample, Scenario, finding
from translation import renumbered
from wire import Lose, LoseAll

ASKED = SERVERS[4]


def talk(lab, *addresses):
    """A healthy connection beside the one that fails."""
    connection = lab.connect(80, *addresses)
    browse(connection, 600)
    connection.close()


# ---------------------------------------------------------------------------------------------------------------------
# The accept queue

def listen_without_accepting(lab, server, places):
    listener = lab.tcp_socket(lab.server, socket.AF_INET6 if ":" in server else socket.AF_INET)
    listener.bind((server, 8080))
    listener.listen(places)
    lab.listeners[server, 8080] = listener
    return listener


def begin(lab, count, server, client):
    ends = [lab.client_socket(client) for _ in range(count)]
    for end in ends:
        end.setblocking(False)
        expect(end.connect_ex((server, 8080)) == errno.EINPROGRESS, "a connection was decided at once")
    return ends


def say(ends):
    for end in ends:
        with contextlib.suppress(OSError):
            end.sendall(web_request("/"))


def accept_queue_full():
    """Six clients at once: each gets a SYN-ACK, two find a place, the server ignores all that the others send."""
    with Lab() as lab:
        listen_without_accepting(lab, SERVER, 1)
        capture = lab.capture_at_server()
        ends = begin(lab, 6, SERVER, CLIENT)
        time.sleep(0.1)
        say(ends)
        time.sleep(2.5)
        return {"accept-queue-full": capture.stop(at_once=True)}


def accept_queue_full_at_client_v6():
    """Two connections fill the queue; the SYNs of the next two are ignored."""
    with Lab() as lab:
        listen_without_accepting(lab, SERVER_6, 1)
        capture = lab.capture_at_client()
        first = begin(lab, 2, SERVER_6, CLIENT_6)
        time.sleep(0.1)
        say(first)
        time.sleep(0.1)
        late = begin(lab, 2, SERVER_6, CLIENT_6)
        time.sleep(1.3)
        expect(all(end.fileno() >= 0 for end in late), "a client gave up")
        return {"accept-queue-full-v6": capture.stop(at_once=True)}


def answer_to_syn_ack_lost():
    """The ACK of one client is lost behind the capture point. The SYN-ACK is repeated, and that answered again."""
    with Lab() as lab:
        asks = ipaddress.ip_address(CLIENT_2).packed
        lab.wire.toward_server = drop = Lose({1}, lambda data: data[26:30] == asks and tcp_of(data).flags == ACK)
        capture = lab.capture_at_client()
        lab.listen(SERVER, 80)
        end = lab.client_socket(CLIENT_2)
        end.connect((SERVER, 80))
        talk(lab, SERVER, CLIENT)
        time.sleep(1.6)
        expect(drop.lost == 1, "nothing was lost")
        return {"answer-to-syn-ack-lost": capture.stop(at_once=True)}


def accepted_late():
    """The queue is full for half a second only: the SYN that was ignored is repeated, and accepted."""
    with Lab() as lab:
        listener = listen_without_accepting(lab, SERVER, 1)
        capture = lab.capture_at_server()
        ends = begin(lab, 2, SERVER, CLIENT)
        time.sleep(0.1)
        ends += begin(lab, 1, SERVER, CLIENT)
        time.sleep(0.4)
        accepted = [listener.accept()[0] for _ in range(3)]
        for end in accepted:
            end.shutdown(socket.SHUT_WR)
        for end in ends:
            end.settimeout(5)
            end.recv(1)
            end.close()
        for end in accepted:
            end.close()
        return {"accepted-late": capture.stop()}


# ---------------------------------------------------------------------------------------------------------------------
# ICMP

def refused_by_icmp(reason, server=SERVER, client=CLIENT, command="iptables"):
    with Lab() as lab:
        lab.router.run(f"{command} -I FORWARD -p tcp --dport 5000 -j REJECT --reject-with {reason}")
        capture = lab.capture_at_client()
        for _ in range(3):
            try_for(lab, 2, server, 5000, client)
            time.sleep(0.1)
        talk(lab, server, client)
        time.sleep(1.1)
        talk(lab, server, client)
        return capture.stop(at_once=True)


def icmp_prohibited():
    return {"icmp-prohibited": refused_by_icmp("icmp-admin-prohibited")}


def icmp_port_unreachable():
    return {"icmp-port-unreachable": refused_by_icmp("icmp-port-unreachable")}


def icmp_prohibited_v6():
    return {"icmp-prohibited-v6": refused_by_icmp("icmp6-adm-prohibited", SERVER_6, CLIENT_6, "ip6tables")}


def icmp_in_mid_connection():
    """The router refuses the way to the server, and then allows it again."""
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(80)
        browse(connection, 600)
        rule = "FORWARD -p tcp --dport 80 -j REJECT --reject-with icmp-host-unreachable"
        lab.router.run(f"iptables -I {rule}")
        connection.client.sendall(web_request("/next"))
        time.sleep(0.15)
        lab.router.run(f"iptables -D {rule}")
        connection.server.recv(1000)
        browse(connection, 600)
        connection.close()
        return {"icmp-for-a-moment": capture.stop()}


# ---------------------------------------------------------------------------------------------------------------------
# An answer from elsewhere

def translate(destination, source_too):
    """On the wire to the server: what goes to ASKED goes to `destination` instead."""
    asked, real = ipaddress.ip_address(ASKED).packed, ipaddress.ip_address(destination).packed

    def toward_server(frame):
        return [renumbered(frame, destination=real) if frame[30:34] == asked and tcp_of(frame) else frame]

    def toward_client(frame):
        return [renumbered(frame, source=asked) if source_too and frame[26:30] == real and tcp_of(frame) else frame]

    return toward_server, toward_client


def other_address():
    """The balancer that translated the request does not see the answer."""
    with Lab() as lab:
        lab.wire.toward_server, _ = translate(SERVER, False)
        lab.listen(SERVER, 80)
        capture = lab.capture_at_client()
        try_for(lab, 1.3, ASKED, 80)
        talk(lab)
        return {"reply-from-other-address": capture.stop(at_once=True)}


def other_address_ignored():
    """The client's firewall drops an answer that nobody asked for."""
    with Lab() as lab:
        lab.wire.toward_server, _ = translate(SERVER, False)
        lab.client.run(f"iptables -A INPUT -p tcp -s {SERVER} -d {CLIENT_2} -j DROP")
        lab.listen(SERVER, 80)
        capture = lab.capture_at_client()
        try_for(lab, 1.3, ASKED, 80, CLIENT_2)
        talk(lab)
        return {"reply-from-other-address-ignored": capture.stop(at_once=True)}


def one_armed(near, far):
    """What passes a balancer with one interface, or its switch: what the client says to it, what it passes on, and
    what goes to the client and to the server past it."""
    seen = {(frame.data[26:34], tcp_of(frame.data).flags) for frame in near}
    return in_order_of_time(near + [frame for frame in far if not is_from_server(frame.data)
                                    and (frame.data[26:34], tcp_of(frame.data).flags) not in seen])


def other_address_of_one_arm():
    """The SYN is there twice: as it comes to the balancer, and as that passes it on."""
    with Lab() as lab:
        lab.wire.toward_server, _ = translate(SERVER, False)
        lab.listen(SERVER, 80)
        near, far = lab.capture_at_client(), lab.capture_at_server()
        try_for(lab, 3.3, ASKED, 80)
        time.sleep(0.1)
        return {"reply-past-balancer": one_armed(near.stop(), far.stop())}


def translated():
    """What the client saw, and what the server saw."""
    with Lab() as lab:
        lab.wire.toward_server, lab.wire.toward_client = translate(SERVER, True)
        listener = lab.listen(SERVER, 80)
        near, far = lab.capture_at_client(), lab.capture_at_server()
        end = lab.client_socket()
        end.connect((ASKED, 80))
        peer, _ = listener.accept()
        end.sendall(web_request("/"))
        peer.recv(1000)
        peer.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
        end.recv(1000)
        end.close()
        peer.recv(1)
        peer.close()
        return near.stop(), far.stop()


def translated_both_ways():
    at_client, at_server = translated()
    return {"translated-both-ways": at_client, "translated-at-server": at_server}


def translated_by_one_arm():
    at_client, at_server = translated()
    return {"translated-by-one-arm": in_order_of_time(at_client + at_server)}


# ---------------------------------------------------------------------------------------------------------------------
# SYN-ACKs

def syn_ack_never_arrives():
    with Lab() as lab:
        lab.listen(SERVER, 80)
        lab.wire.toward_client = LoseAll(lambda data: data[30:34] == ipaddress.ip_address(CLIENT_2).packed)
        capture = lab.capture_at_server()
        try_for(lab, 3.3, SERVER, 80, CLIENT_2)
        talk(lab)
        return {"syn-ack-never-arrives": capture.stop(at_once=True)}


def syn_ack_rejected():
    """The kernel of whoever sends SYNs without a socket does not expect the answer."""
    with Lab() as lab:
        lab.listen(SERVER, 80)
        capture = lab.capture_at_client()
        for number in range(3):
            send_syn(lab, CLIENT_2, SERVER, 80, 40001 + number)
            time.sleep(0.1)
        talk(lab)
        return {"syn-ack-rejected": capture.stop()}


def given_up_before_syn_ack_v6():
    """A program that waits for 5 ms where the path takes 20."""
    with Lab() as lab:
        lab.listen(SERVER_6, 80)
        capture = lab.capture_at_server()
        try_for(lab, 0.005, SERVER_6, 80, CLIENT_6)
        time.sleep(0.1)
        talk(lab)
        return {"given-up-before-syn-ack-v6": capture.stop()}


def reset_before_syn_ack():
    """A censor answers the SYN in the name of the server, whose own answer comes later."""
    with Lab() as lab:
        def forge(frame):
            if is_syn(frame) and tcp_of(frame).destination_port == 80 and frame[26:30] == blocked:
                seen = Seen(frame)
                seen.next_sequence += 1
                lab.wire.send(lab.wire.client_tap, reset_of_receiver(seen, ttl=101))
            return [frame]

        blocked = ipaddress.ip_address(CLIENT_2).packed
        lab.listen(SERVER, 80)
        lab.wire.toward_server = forge
        capture = lab.capture_at_client()
        try_for(lab, 1, SERVER, 80, CLIENT_2)
        time.sleep(0.1)
        talk(lab)
        return {"reset-before-syn-ack": capture.stop(at_once=True)}


class Answers:
    """On the wire to the client: what its SYN-ACKs say, by its port."""

    def __init__(self, lab):
        self.seen = {}
        lab.wire.toward_client = self

    def __call__(self, frame):
        if is_syn_ack(frame):
            seen = Seen(frame)
            self.seen[seen.destination_port] = seen
        return [frame]

    def acknowledge(self, lab, port, beyond=0):
        """By the program that sent the SYN: what the SYN-ACK asks for, or so many bytes beyond."""
        seen = self.seen[port]
        send_packet(lab, tcp_packet(seen.destination, seen.source, port, seen.source_port, ACK, seen.acknowledgment,
                                    seen.sequence + 1 + beyond, window=1024))


def rejected_then_acknowledged():
    """A scanner without sockets: its kernel resets the SYN-ACK, and then the scanner acknowledges that."""
    with Lab() as lab:
        answers = Answers(lab)
        lab.listen(SERVER, 80)
        capture = lab.capture_at_client()
        for port in (40001, 40002):
            send_syn(lab, CLIENT_2, SERVER, 80, port)
            time.sleep(0.3)
            answers.acknowledge(lab, port)
            time.sleep(0.1)
        talk(lab)
        return {"rejected-then-acknowledged": capture.stop()}


def acknowledged_wrongly():
    """A scanner acknowledges half a megabyte that nobody sent, instead of the SYN-ACK, and ignores the resets."""
    with Lab() as lab:
        keep_kernel_silent(lab, CLIENT_2)
        answers = Answers(lab)
        lab.listen(SERVER, 80)
        capture = lab.capture_at_client()
        send_syn(lab, CLIENT_2, SERVER, 80, 40001)
        time.sleep(0.1)
        answers.acknowledge(lab, 40001, beyond=500_000)
        talk(lab)
        time.sleep(1.2)
        return {"acknowledged-wrongly": capture.stop(at_once=True)}


# ---------------------------------------------------------------------------------------------------------------------
# Ports that are still in use

def half_open_port_again():
    """The server still waits for the end of one handshake when another SYN comes from the same port."""
    with Lab() as lab:
        keep_kernel_silent(lab, CLIENT_2)
        lab.listen(SERVER, 80)
        send_syn(lab, CLIENT_2, SERVER, 80, 40001)
        time.sleep(0.1)
        capture = lab.capture_at_client()
        send_syn(lab, CLIENT_2, SERVER, 80, 40001, sequence=77_000)
        talk(lab)
        time.sleep(1.2)
        return {"half-open-port-again": capture.stop(at_once=True)}


def crash_and_connect_again(lab, server, client, seconds):
    """The client's host forgets a connection, and uses its port for the next one. The server answers the SYN by an ACK
    of the old connection."""
    old = lab.connect(80, server, client, 50999)
    browse(old, 600)
    forget(old.client)
    time.sleep(0.3)
    end = lab.client_socket(client, 50999)
    end.settimeout(seconds)
    with contextlib.suppress(OSError):
        end.connect((server, 80))
    return old, end


def stale_then_accepted():
    """The client resets what it does not know, and its second SYN is accepted."""
    with Lab() as lab:
        capture = lab.capture_at_client()
        old, end = crash_and_connect_again(lab, SERVER, CLIENT, 5)
        wait_until(lambda: state(old.server) == CLOSED)
        old.server.close()
        far, _ = lab.listeners[SERVER, 80].accept()
        end.sendall(web_request("/"))
        far.recv(1000)
        far.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
        end.recv(1000)
        end.close()
        far.recv(1)
        far.close()
        return {"stale-then-accepted": capture.stop()}


def stale_for_good():
    """A firewall drops the client's resets: the server holds on to the old connection."""
    with Lab() as lab:
        lab.wire.toward_server = LoseAll(lambda data: tcp_of(data).flags & RST)
        capture = lab.capture_at_client()
        crash_and_connect_again(lab, SERVER, CLIENT, 3.3)
        talk(lab, SERVER, CLIENT_2)
        return {"stale-for-good": capture.stop(at_once=True)}


def stale_for_good_v6():
    with Lab() as lab:
        lab.wire.toward_server = LoseAll(lambda data: tcp_of(data).flags & RST)
        capture = lab.capture_at_server()
        crash_and_connect_again(lab, SERVER_6, CLIENT_6, 3.3)
        return {"stale-for-good-v6": capture.stop(at_once=True)}


ICMP_13, ICMP_3, ICMP6 = "icmp.type == 3 and icmp.code == 13", "icmp.type == 3 and icmp.code == 3", "icmpv6.type == 1"
SYNS_5000 = f"{CLIENT_SYN} and tcp.dstport == 5000 and not icmp and not icmpv6"
HEALTHY = {"http.response.code == 200": "1+"}

SCENARIOS = [
    Scenario(accept_queue_full, {"accept-queue-full": Sample("server",
        "A server whose accept queue has two places, and which accepts nothing: six clients get a SYN-ACK, and what "
        "four of them send is ignored",
        {CLIENT_SYN: "6+", SYN_ACK: "6+", "tcp.srcport == 8080 and tcp.flags == 0x010": "2+"},
        finds=(finding("listen_queue_full", "10.2.0.5:8080", by="server"),))}),
    Scenario(accept_queue_full_at_client_v6, {"accept-queue-full-v6": Sample("client",
        "The same over IPv6 with a queue that is already full: two SYNs are ignored",
        {CLIENT_SYN: "6+", SYN_ACK: "2"},
        finds=(finding("listen_queue_full", "[2001:db8:2::5]:8080", by="server"),))}),
    Scenario(answer_to_syn_ack_lost, {"answer-to-syn-ack-lost": Sample("client",
        "The answer to a SYN-ACK is lost: it is repeated once, while another client is served",
        {f"{SYN_ACK} and ip.dst == 10.1.0.12": "2", "ip.src == 10.1.0.12 and tcp.flags == 0x010": "2+", **HEALTHY})}),
    Scenario(accepted_late, {"accepted-late": Sample("server",
        "A queue that is full for half a second: a SYN is ignored, and its repeat accepted",
        {CLIENT_SYN: "4+", SYN_ACK: "3+", RESET: "0"},
        finds=(finding("syn_retried", "10.2.0.5:8080", by="client"),))}),
    Scenario(icmp_prohibited, {"icmp-prohibited": Sample("client",
        "A router answers three SYNs: communication administratively prohibited",
        {ICMP_13: "3", SYNS_5000: "3", "http.response.code == 200": "2"},
        finds=(finding("no_response", "10.2.0.5:5000"),))}),
    Scenario(icmp_port_unreachable, {"icmp-port-unreachable": Sample("client",
        "A router answers three SYNs: port unreachable",
        {ICMP_3: "3", SYNS_5000: "3", "http.response.code == 200": "2"},
        finds=(finding("no_response", "10.2.0.5:5000"),))}),
    Scenario(icmp_prohibited_v6, {"icmp-prohibited-v6": Sample("client",
        "The same over IPv6",
        {ICMP6: "3", SYNS_5000: "3", "http.response.code == 200": "2"},
        finds=(finding("no_response", "[2001:db8:2::5]:5000"),))}),
    Scenario(icmp_in_mid_connection, {"icmp-for-a-moment": Sample("client",
        "For a moment a router answers: host unreachable. The request is repeated, and the connection goes on",
        {"icmp.type == 3 and icmp.code == 1": "1+", "tcp.analysis.retransmission and not icmp": "1+"},
        finds=(finding("icmp_error", "10.2.0.5:80"),))}),
    Scenario(other_address, {"reply-from-other-address": Sample("client",
        "A balancer translates the address asked, the answer comes from the server's own, and the client resets it",
        {f"{CLIENT_SYN} and ip.dst == 10.2.0.9": "2+", f"{SYN_ACK} and ip.src == 10.2.0.5": "3+",
         f"{RESET} and ip.dst == 10.2.0.5": "2+", **HEALTHY},
        finds=(finding("reply_from_other_address", "10.2.0.9:80", by="server"),
               finding("reply_from_other_address", "10.2.0.5:80", by="server")))}),
    Scenario(other_address_ignored, {"reply-from-other-address-ignored": Sample("client",
        "The same with a client that ignores the answer",
        {f"{CLIENT_SYN} and ip.dst == 10.2.0.9": "2", f"{SYN_ACK} and ip.src == 10.2.0.5": "3+", RESET: "0", **HEALTHY},
        finds=(finding("reply_from_other_address", "10.2.0.9:80", by="server"),
               finding("reply_from_other_address", "10.2.0.5:80", by="server")))}),
    Scenario(other_address_of_one_arm, {"reply-past-balancer": Sample("switch of the balancer",
        "A balancer with one interface passes a SYN on: it is there twice (put together afterwards), the second time "
        "with a hop limit one lower. The server answers past the balancer, and the client resets that",
        {"ip.dst == 10.2.0.9": "3+", f"ip.dst == 10.2.0.5 and ip.ttl == 63 and {CLIENT_SYN}": "3+",
         f"ip.dst == 10.2.0.5 and ip.ttl == 64 and {RESET}": "3+", SYN_ACK: "3+"},
        finds=(finding("reply_from_other_address", "10.2.0.5:80", by="server"),
               finding("reply_from_other_address", "10.2.0.9:80", by="server")))}),
    Scenario(translated_both_ways, {
        "translated-both-ways": Sample("client",
            "A balancer that translates both ways",
            {CLIENT_SYN: "1", SYN_ACK: "1", "ip.addr == 10.2.0.5": "0"}),
        "translated-at-server": Sample("server",
            "The same behind the balancer",
            {CLIENT_SYN: "1", SYN_ACK: "1", "ip.addr == 10.2.0.9": "0"})}),
    Scenario(translated_by_one_arm, {"translated-by-one-arm": Sample("switch of the balancer",
        "A balancer with one interface that translates both ways: all is there twice, with other addresses (put "
        "together afterwards)",
        {CLIENT_SYN: "2", SYN_ACK: "2", "ip.dst == 10.2.0.9": "4+", "ip.dst == 10.2.0.5 and ip.ttl == 63": "4+"})}),
    Scenario(syn_ack_never_arrives, {"syn-ack-never-arrives": Sample("server",
        "The SYN-ACKs to one client are lost behind the capture point: both ends repeat; another client is served",
        {f"{CLIENT_SYN} and ip.src == 10.1.0.12": "3+", f"{SYN_ACK} and ip.dst == 10.1.0.12": "3+", **HEALTHY},
        finds=(finding("handshake_incomplete", "10.2.0.5:80", by="client"),))}),
    Scenario(syn_ack_rejected, {"syn-ack-rejected": Sample("client",
        "Three SYN-ACKs are answered by a reset each: SYNs of a program that has no sockets",
        {f"{CLIENT_SYN} and ip.src == 10.1.0.12": "3", f"{RESET} and ip.src == 10.1.0.12": "3", **HEALTHY},
        finds=(finding("handshake_rejected", "10.2.0.5:80", by="client"),))}),
    Scenario(given_up_before_syn_ack_v6, {"given-up-before-syn-ack-v6": Sample("server",
        "A client over IPv6 gives up sooner than the SYN-ACK comes, and resets that",
        {f"ipv6 and {CLIENT_SYN}": "1", f"ipv6 and {SYN_ACK}": "1", f"ipv6 and {RESET}": "1", **HEALTHY},
        finds=(finding("handshake_rejected", "[2001:db8:2::5]:80", by="client"),))}),
    Scenario(reset_before_syn_ack, {"reset-before-syn-ack": Sample("client",
        "A middlebox resets in the name of the server, whose SYN-ACK comes after that",
        {f"{RESET} and ip.ttl == 101": "1", f"{SYN_ACK} and ip.dst == 10.1.0.12": "1", **HEALTHY},
        finds=(finding("forged_reset", "10.2.0.5:80", by="server"),), finds_from_4_4=())}),
    Scenario(rejected_then_acknowledged, {"rejected-then-acknowledged": Sample("client",
        "Two SYN-ACKs are answered by a reset each. The scanner acknowledges them nevertheless, and the server resets",
        {f"{RESET} and ip.src == 10.1.0.12": "2", f"{RESET} and ip.dst == 10.1.0.12": "2", **HEALTHY},
        finds=(finding("handshake_rejected", "10.2.0.5:80", by="client"),))}),
    Scenario(acknowledged_wrongly, {"acknowledged-wrongly": Sample("client",
        "A SYN-ACK is answered by the acknowledgment of 500 kB that nobody sent: the server resets, and repeats it",
        {f"{SYN_ACK} and ip.dst == 10.1.0.12": "2+", f"{RESET} and ip.dst == 10.1.0.12": "1", **HEALTHY},
        finds=(finding("handshake_incomplete", "10.2.0.5:80", by="client"),), finds_from_4_4=())}),
    Scenario(half_open_port_again, {"half-open-port-again": Sample("client",
        "A SYN comes from the port of a half-open attempt: the server acknowledges that one and repeats its SYN-ACK",
        {f"{CLIENT_SYN} and ip.src == 10.1.0.12": "1", f"{SYN_ACK} and ip.dst == 10.1.0.12": "1+", **HEALTHY},
        finds=(finding("stale_connection", "10.2.0.5:80", by="server"),))}),
    Scenario(stale_then_accepted, {"stale-then-accepted": Sample("client",
        "A client that crashed uses its port again. The server acknowledges the old connection, the client resets it, "
        "and its second SYN is accepted",
        {CLIENT_SYN: "3+", SYN_ACK: "2+", f"tcp.dstport == 80 and {RESET}": "1"},
        finds=(finding("stale_connection", "10.2.0.5:80", by="server"),))}),
    Scenario(stale_for_good, {"stale-for-good": Sample("client",
        "The same behind a firewall that drops the reset: each SYN is answered by an ACK of the old connection",
        {f"{CLIENT_SYN} and tcp.srcport == 50999": "4+", f"{SYN_ACK} and tcp.dstport == 50999": "1", **HEALTHY},
        finds=(finding("stale_connection", "10.2.0.5:80", by="server"),))}),
    Scenario(stale_for_good_v6, {"stale-for-good-v6": Sample("server",
        "The same over IPv6 at the server, where no reset arrives",
        {CLIENT_SYN: "4+", SYN_ACK: "1", RESET: "0"},
        finds=(finding("stale_connection", "[2001:db8:2::5]:80", by="server"),))}),
]
