"""Segments that the network lost, repeats without a loss, and paths that die."""

import fcntl
import socket
import struct
import termios
import time

from addresses import CLIENT_6, SERVER_6
from conversation import browse, random_bytes, web_request, web_response
from frames import ACK, has_payload, is_from_server, only_from_client, tcp_of
from hosts import expect
from network import Lab, wait_until
from samples import Sample, Scenario, finding
from wire import HoldBack, Late, Lose, LoseAll, pass_on

FROM_SERVER, FROM_CLIENT = "tcp.srcport == 80", "tcp.dstport == 80"
DATA = "tcp.len > 0"
WEB, WEB_6 = "10.2.0.5:80", "[2001:db8:2::5]:80"
UPLOAD, DOWNLOAD = "loss_client_to_server", "loss_server_to_client"
BEFORE, AFTER, BOTH = "before_capture_point", "after_capture_point", "both"


def sent_again(frames, from_server):
    """How many data segments of a direction repeat what was captured before, and how many fill a gap. By their place
    in the sequence space alone, so reordering counts as a gap that is filled."""
    repeated = filled = 0
    captured, highest = set(), None
    for data in (frame.data for frame in frames):
        if not has_payload(data) or is_from_server(data) != from_server:
            continue
        tcp = tcp_of(data)
        sequence, = struct.unpack_from("!I", data, tcp.offset + 4)
        repeated += sequence in captured
        filled += sequence not in captured and highest is not None and (sequence - highest) % 2**32 > 2**31
        captured.add(sequence)
        highest = sequence if highest is None or (sequence - highest) % 2**32 < 2**31 else highest
    return repeated, filled


def expect_again(frames, from_server, repeated, filled):
    """None stands for any number but 0."""
    found = sent_again(frames, from_server)
    expect(all(number == wanted or wanted is None and number for number, wanted in zip(found, (repeated, filled))),
           f"{found} segments were repeated and filled in, not {(repeated, filled)}")
    return frames


def upload(connection, size):
    connection.exchange(web_request("/", random_bytes(size), "PUT"), web_response(0, "201 Created"))


# ---------------------------------------------------------------------------------------------------------------------
# Lost

def upload_loss():
    with Lab() as lab:
        lab.wire.toward_server = drop = Lose({4, 8, 9, 13})
        near, far = lab.capture_at_client(), lab.capture_at_router("to-client")
        connection = lab.connect(80)
        upload(connection, 20000)
        connection.close()
        expect(drop.lost == 4, "too few were lost")
        return {"upload-loss-after-capture": expect_again(near.stop(), False, 4, 0),
                "upload-loss-before-capture": expect_again(far.stop(), False, 0, 4)}


def loss_on_both_sides():
    with Lab() as lab:
        lab.wire.toward_server = drop = Lose({4, 9})
        lab.server.run("iptables -A INPUT -p tcp -m length --length 1000: "
                       "-m statistic --mode nth --every 7 --packet 5 -j DROP")
        capture = lab.capture_at_router("to-client")
        connection = lab.connect(80)
        upload(connection, 24000)
        connection.close()
        expect(drop.lost == 2, "too few were lost")
        return {"loss-on-both-sides": expect_again(capture.stop(), False, None, 2)}


def loss_both_ways_v6():
    with Lab() as lab:
        lab.wire.toward_server, lab.wire.toward_client = Lose({3, 5, 6}), Lose({3, 4, 7, 9})
        capture = lab.capture_at_client()
        connection = lab.connect(80, SERVER_6, CLIENT_6)
        connection.exchange(web_request("/", random_bytes(13000), "PUT"), web_response(15000))
        connection.close()
        return {"loss-both-ways-v6": expect_again(expect_again(capture.stop(), False, 3, 0), True, 0, 4)}


def tail_lost_again_and_again():
    """The last segment of an answer, three times."""
    with Lab() as lab:
        lab.wire.toward_client = drop = Lose({4, 5, 6})
        capture = lab.capture_at_server()
        connection = lab.connect(80)
        browse(connection, 5000)
        connection.close()
        expect(drop.lost == 3, "too few were lost")
        return {"tail-lost": expect_again(capture.stop(), True, 3, 0)}


def two_lost():
    with Lab() as lab:
        lab.wire.toward_client = drop = Lose({4, 9})
        near, far = lab.capture_at_client(), lab.capture_at_server()
        connection = lab.connect(80)
        browse(connection, 18000)
        connection.close()
        expect(drop.lost == 2, "too few were lost")
        return {"two-lost": expect_again(near.stop(), True, 0, 2),
                "two-lost-after-capture": expect_again(far.stop(), True, 2, 0)}


def small_share_lost():
    """Small segments, to keep the file small."""
    with Lab() as lab:
        lab.wire.toward_client = drop = Lose({60, 150, 240})
        capture = lab.capture_at_server()
        connection = lab.connect(80, options=[(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 88)])
        browse(connection, 25000)
        connection.close()
        expect(drop.lost == 3, "too few were lost")
        return {"small-share-lost": expect_again(capture.stop(), True, 3, 0)}


def reordered_upload_v6():
    with Lab() as lab:
        lab.wire.toward_server = HoldBack({3, 7, 11, 15})
        near, far = lab.capture_at_client(), lab.capture_at_server()
        connection = lab.connect(80, SERVER_6, CLIENT_6)
        upload(connection, 26000)
        connection.close()
        expect_again(near.stop(), False, 0, 0)
        return {"reordered-upload-v6": expect_again(far.stop(), False, 0, 4)}


# ---------------------------------------------------------------------------------------------------------------------
# Sent again without need

class NewAcks:
    """Picks each pure ACK that acknowledges something for the first time."""

    def __init__(self):
        self.seen = set()

    def __call__(self, data):
        tcp = tcp_of(data)
        if tcp is None or tcp.flags != ACK or tcp.end != tcp.payload_offset:
            return False
        number, = struct.unpack_from("!I", data, tcp.offset + 8)
        is_new = number not in self.seen
        self.seen.add(number)
        return is_new


def unacknowledged(end):
    return struct.unpack("i", fcntl.ioctl(end, termios.TIOCOUTQ, b"\0" * 4))[0]


def wait_for_acks(lab, connection):
    wait_until(lambda: unacknowledged(connection.client) == unacknowledged(connection.server) == 0
               and lab.wire.is_empty())


def acks_lost():
    """The capture point is where the ACKs still were."""
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(80)
        connection.exchange(web_request("/news"), random_bytes(100))
        wait_for_acks(lab, connection)
        lab.wire.toward_server = drop = LoseAll(NewAcks())
        for _ in range(5):
            connection.answer(random_bytes(400))
            wait_until(lambda: unacknowledged(connection.server) == 0)
        lab.wire.toward_server = pass_on
        connection.close()
        expect(drop.lost >= 5, "too few ACKs were lost")
        return {"acks-lost": expect_again(capture.stop(), True, drop.lost, 0)}


def acks_late_v6():
    """The server's ACK is under way for so long that the client repeats the segment several times."""
    with Lab() as lab:
        capture = lab.capture_at_server()
        connection = lab.connect(80, SERVER_6, CLIENT_6)
        connection.exchange(web_request("/"), random_bytes(100))
        wait_for_acks(lab, connection)
        lab.wire.toward_client = lambda frame: [Late(frame, 2.2)]
        connection.ask(random_bytes(600))
        time.sleep(2.1)
        lab.wire.toward_client = pass_on
        wait_for_acks(lab, connection)
        connection.close()
        return {"acks-late-v6": expect_again(capture.stop(), False, None, 0)}


# ---------------------------------------------------------------------------------------------------------------------
# The path dies

def path_dies_in_upload():
    with Lab() as lab:
        near, far = lab.capture_at_client(), lab.capture_at_server()
        connection = lab.connect(80)
        browse(connection, 700, 700)
        wait_for_acks(lab, connection)
        lab.wire.toward_server = drop = LoseAll()
        connection.client.sendall(random_bytes(500))
        wait_until(lambda: drop.lost == 6)
        frames = near.stop(at_once=True)
        return {"path-dies-in-upload": expect_again(frames, False, 5, 0),
                "path-dies-before-server": far.stop(at_once=True),
                "only-repeats": only_from_client(frames)[-5:]}


def path_dies_in_download_v6():
    with Lab() as lab:
        capture = lab.capture_at_server()
        connection = lab.connect(80, SERVER_6, CLIENT_6)
        browse(connection, 700, 700)
        connection.ask(web_request("/large"))
        wait_for_acks(lab, connection)
        lab.wire.toward_client = drop = LoseAll(has_payload)
        connection.server.sendall(web_response(4000))
        wait_until(lambda: drop.lost >= 8)
        return {"path-dies-in-download-v6": expect_again(capture.stop(at_once=True), True, None, 0)}


def fin_repeated():
    with Lab() as lab:
        near, far = lab.capture_at_client(), lab.capture_at_router("to-client")
        connection = lab.connect(80)
        browse(connection, 700)
        wait_for_acks(lab, connection)
        lab.wire.toward_server = drop = LoseAll()
        connection.client.close()
        wait_until(lambda: drop.lost == 5)
        return {"fin-repeated": near.stop(at_once=True), "fin-lost-before-capture": far.stop(at_once=True)}


# ---------------------------------------------------------------------------------------------------------------------
# Path MTU

def swallow_large(lab, command):
    """No ICMP tells the sender."""
    lab.router.run(f"{command} -A FORWARD -m length --length 1001: -j DROP")


def blackhole_in_upload():
    with Lab() as lab:
        swallow_large(lab, "iptables")
        near, far = lab.capture_at_client(), lab.capture_at_server()
        connection = lab.connect(80)
        browse(connection, 500)
        connection.client.sendall(random_bytes(1448 * 2 + 300))
        for pause in (0.7, 1.1):  # less than a slow server would take
            time.sleep(pause)
            connection.answer(b"still there?")
        time.sleep(0.3)
        return {"blackhole-in-upload": near.stop(at_once=True), "blackhole-before-capture": far.stop(at_once=True)}


def blackhole_in_download_v6():
    with Lab() as lab:
        swallow_large(lab, "ip6tables")
        capture = lab.capture_at_server()
        connection = lab.connect(80, SERVER_6, CLIENT_6)
        browse(connection, 500)
        connection.ask(web_request("/large"))
        connection.server.sendall(random_bytes(1428 * 2 + 300))
        time.sleep(1.7)
        connection.ask(b"still there?")
        time.sleep(0.3)
        return {"blackhole-in-download-v6": capture.stop(at_once=True)}


SCENARIOS = [
    Scenario(upload_loss, {
        "upload-loss-after-capture": Sample("client",
            "An upload loses four segments behind the capture point",
            {f"{FROM_CLIENT} and {DATA}": "18", "tcp.analysis.lost_segment": "0"},
            finds=(finding(UPLOAD, WEB, where=AFTER),)),
        "upload-loss-before-capture": Sample("router",
            "The same seen behind the loss",
            {f"{FROM_CLIENT} and {DATA}": "14", "tcp.analysis.lost_segment": "1+"},
            finds=(finding(UPLOAD, WEB, where=BEFORE),))}),
    Scenario(loss_on_both_sides, {"loss-on-both-sides": Sample("router",
        "An upload loses two segments before the capture point, and more behind it",
        {f"{FROM_CLIENT} and {DATA}": "18+", "tcp.analysis.lost_segment": "1+"},
        finds=(finding(UPLOAD, WEB, where=BOTH),))}),
    Scenario(loss_both_ways_v6, {"loss-both-ways-v6": Sample("client",
        "Over IPv6, three segments of a request are lost behind the capture point, and four of the answer before it",
        {f"{FROM_CLIENT} and {DATA}": "13", f"{FROM_SERVER} and {DATA}": "11"},
        finds=(finding(UPLOAD, WEB_6, where=AFTER), finding(DOWNLOAD, WEB_6, where=BEFORE)))}),
    Scenario(tail_lost_again_and_again, {"tail-lost": Sample("server",
        "The last segment of an answer is lost three times",
        {f"{FROM_SERVER} and {DATA}": "7", "tcp.analysis.retransmission": "3"},
        finds=(finding(DOWNLOAD, WEB, where=AFTER),))}),
    Scenario(two_lost, {
        "two-lost": Sample("client",
            "Two segments of a download are lost before the capture point and sent again: too few to speak of",
            {f"{FROM_SERVER} and {DATA}": "13"}),
        "two-lost-after-capture": Sample("server",
            "The same seen before the loss",
            {f"{FROM_SERVER} and {DATA}": "15"})}),
    Scenario(small_share_lost, {"small-share-lost": Sample("server",
        "Three of more than 320 segments are lost and sent again: less than 1 %",
        {f"{FROM_SERVER} and {DATA}": "320+"})}),
    Scenario(reordered_upload_v6, {"reordered-upload-v6": Sample("server",
        "Four segments of an upload over IPv6 are overtaken by two others each; nothing is lost or sent again",
        {f"{FROM_CLIENT} and {DATA}": "19", "tcp.options.sack_le": "4+"})}),
    Scenario(acks_lost, {"acks-lost": Sample("client",
        "The client's ACKs are lost behind the capture point, so the server repeats five segments that had arrived",
        {"tcp.analysis.spurious_retransmission": "5"},
        finds=(finding("spurious_retransmissions", WEB, direction="server_to_client"),))}),
    Scenario(acks_late_v6, {"acks-late-v6": Sample("server",
        "The server's ACK is under way for 2.2 s, and the client repeats an arrived segment again and again",
        {"tcp.analysis.spurious_retransmission": "3+"},
        finds=(finding("spurious_retransmissions", WEB_6, direction="client_to_server"),))}),
    Scenario(path_dies_in_upload, {
        "path-dies-in-upload": Sample("client",
            "The path dies behind the capture point: the client sends a segment six times and hears no more",
            {f"{FROM_CLIENT} and tcp.len == 500": "6"},
            finds=(finding("retries_exhausted", WEB, by="client"),)),
        "path-dies-before-server": Sample("server",
            "The same seen at the server, which only sees silence",
            {"tcp.len == 500": "0", f"{FROM_CLIENT} and {DATA}": "2"}),
        "only-repeats": Sample("client",
            "The same in a capture that began later and has one direction only: nothing but repeats of one segment",
            {f"{FROM_CLIENT} and tcp.len == 500": "all", "frame": "5"},
            finds=(finding("retries_exhausted", WEB, by="client"),))}),
    Scenario(path_dies_in_download_v6, {"path-dies-in-download-v6": Sample("server",
        "The path to the client dies in mid-transfer over IPv6",
        {f"{FROM_SERVER} and {DATA}": "8+", f"{FROM_SERVER} and tcp.analysis.retransmission": "4+",
         f"{FROM_CLIENT} and {DATA}": "3"},
        finds=(finding("retries_exhausted", WEB_6, by="server"),))}),
    Scenario(fin_repeated, {
        "fin-repeated": Sample("client",
            "The path dies before the client closes: it repeats its FIN and hears no more",
            {f"{FROM_CLIENT} and tcp.flags.fin == 1": "5", f"{FROM_SERVER} and tcp.flags.fin == 1": "0"},
            finds=(finding("retries_exhausted", WEB, by="client"),)),
        "fin-lost-before-capture": Sample("router",
            "The same seen behind the point where the path is dead",
            {"tcp.flags.fin == 1": "0", f"{FROM_SERVER} and {DATA}": "1"})}),
    Scenario(blackhole_in_upload, {
        "blackhole-in-upload": Sample("client",
            "A router swallows packets of more than 1000 bytes without ICMP; small ones pass, the full ones of an "
            "upload are repeated in vain",
            {f"{FROM_CLIENT} and tcp.len == 1448": "6+", f"{FROM_CLIENT} and tcp.len == 300": "1+",
             f"{FROM_SERVER} and {DATA}": "3+", "tcp.options.sack_le": "1+"},
            finds=(finding("path_mtu_blackhole", WEB, by="client"),)),
        "blackhole-before-capture": Sample("server",
            "The same seen behind the router: a gap that is never filled",
            {f"{FROM_CLIENT} and tcp.len == 1448": "0", f"{FROM_CLIENT} and tcp.len == 300": "1+"})}),
    Scenario(blackhole_in_download_v6, {"blackhole-in-download-v6": Sample("server",
        "A router swallows the full packets of a download over IPv6 without ICMP",
        {f"{FROM_SERVER} and tcp.len == 1428": "6+", f"{FROM_SERVER} and tcp.len == 300": "1+",
         f"{FROM_CLIENT} and {DATA}": "3"},
        finds=(finding("path_mtu_blackhole", WEB_6, by="server"),))}),
]
