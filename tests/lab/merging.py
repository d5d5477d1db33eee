"""Captures that were put together, or made by a host that doubled frames or stood still."""

import socket
import time

from addresses import CLIENT, CLIENT_2, CLIENT_6, SERVER_6, SERVERS
from afterwards import copied, gre, later, rewrap, snap, tag, vxlan
from conversation import browse, random_bytes, web_request, web_response
from duplicates import merged, mirror
from frames import has_payload, in_order_of_time, is_from_server, is_syn, only_from_client, tcp_of
from handshakes import is_syn_ack
from hosts import expect
from losses import expect_again
from network import Capture, Lab, abort
from resets import end_of_abort
from samples import CLIENT_SYN, Sample, Scenario, finding
from translation import checksummed
from wire import Lose

FROM_SERVER, FROM_CLIENT = "tcp.srcport == 80", "tcp.dstport == 80"
RESET, FIN, DATA = "tcp.flags.reset == 1", "tcp.flags.fin == 1", "tcp.len > 0"
WEB, WEB_6 = "10.2.0.5:80", "[2001:db8:2::5]:80"
NO_SYN = {"tcp.flags.syn == 1": "0"}


# ---------------------------------------------------------------------------------------------------------------------
# A capture driver that sees what its own host sends twice

def from_client(data):
    return not is_from_server(data)


def outgoing_twice():
    with Lab() as lab:
        near, far = lab.capture_at_client(), lab.capture_at_server()
        connection = lab.connect(80)
        connection.exchange(web_request("/", random_bytes(9000), "PUT"), web_response(200))
        browse(connection, 3000)
        connection.close()
        return {"outgoing-twice": copied(near.stop(), 5_000, from_client),
                "outgoing-twice-at-server": copied(far.stop(), 5_000, is_from_server)}


def one_leg_twice():
    """The answers come by another way."""
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(80)
        connection.exchange(web_request("/", random_bytes(9000), "PUT"), web_response(200))
        browse(connection, 3000)
        connection.close()
        return {"outgoing-twice-one-legged": copied(only_from_client(capture.stop()), 5_000)}


def outgoing_twice_of_abort():
    with Lab() as lab:
        connection = lab.connect(80, SERVER_6, CLIENT_6)
        browse(connection, 900)
        capture = lab.capture_at_client()
        browse(connection, 900, 900)
        time.sleep(0.1)
        abort(connection.client)
        end_of_abort(lab, connection.server)
        return {"outgoing-twice-of-abort-v6": copied(capture.stop(), 5_000, from_client)}


# ---------------------------------------------------------------------------------------------------------------------
# Two clocks, one file

def two_clocks(name, clock_of_server, *addresses):
    with Lab() as lab:
        near, far = lab.capture_at_client(), lab.capture_at_server()
        connection = lab.connect(80, *addresses)
        browse(connection, 6000, 9000)
        time.sleep(0.3)
        connection.close()
        frames = near.stop() + later(far.stop(), clock_of_server)
    return {name: in_order_of_time(frames)}


def clock_ahead():
    return two_clocks("two-clocks", 120_000_000)


def clock_behind():
    return two_clocks("two-clocks-behind", -120_000_000)


def clock_ahead_v6():
    return two_clocks("two-clocks-v6", 120_000_000, SERVER_6, CLIENT_6)


# ---------------------------------------------------------------------------------------------------------------------
# Two queues of a card, one file

def queue_written_late():
    """One of two queues is written when the capture ends: it has what the client sent first. The other has begun a
    moment later, without the SYN-ACK."""
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection, other = lab.connect(80), lab.connect(80, SERVERS[1])
        browse(connection, 2500)
        browse(other, 2500, 900)
        browse(connection, 900)
        connection.close()
        other.close()
        frames = capture.stop()
    late = beginning_of(frames, connection_ports(frames)[0])
    frames.remove(next(frame for frame in frames if is_syn_ack(frame.data)))
    without_answers = [frame for frame in frames if frame.data[26:30] != socket.inet_aton(SERVERS[1])]
    late_of_both = late + [frame for frame in without_answers if frame.data[30:34] == socket.inet_aton(SERVERS[1])]
    return {"queue-written-late": written_late(frames, late),
            "queue-written-late-one-legged": written_late(without_answers, late_of_both)}


def connection_ports(frames):
    """Of the client, in the order of their SYNs."""
    return [tcp_of(frame.data).source_port for frame in frames if is_syn(frame.data)]


def beginning_of(frames, port):
    """What the client says from the SYN to its first request."""
    of_client = [frame for frame in frames if tcp_of(frame.data).source_port == port]
    return of_client[:[has_payload(frame.data) for frame in of_client].index(True) + 1]


def written_late(frames, late):
    return [frame for frame in frames if frame not in late] + in_order_of_time(late)


# ---------------------------------------------------------------------------------------------------------------------
# A file that was appended to itself

def appended():
    with Lab() as lab:
        lab.wire.toward_client = drop = Lose({14, 17, 20, 23})
        capture = lab.capture_at_server()
        healthy = lab.connect(80)
        browse(healthy, 9000, 4000)
        healthy.close()
        healthy_frames = list(capture.read_all())
        lossy = lab.connect(80)
        browse(lossy, 22000)
        lossy.close()
        frames = capture.stop()
        expect(drop.lost == 4, "too few were lost")
        expect_again(frames, True, 4, 0)
    return {"appended-to-itself": healthy_frames + healthy_frames, "appended-to-itself-with-loss": frames + frames}


# ---------------------------------------------------------------------------------------------------------------------
# Mirrors

def mirror_begun_late():
    with Lab() as lab:
        connection = lab.connect(80, SERVER_6, CLIENT_6)
        browse(connection, 900)
        captures = mirror(lab)
        browse(connection, 4000, 4000)
        connection.close()
        frames = merged(captures)
    return {"mirror-begun-late-v6": snap(rewrap(frames, tag((0x8100, 9))), 96)}


# ---------------------------------------------------------------------------------------------------------------------
# The same addresses in several networks

def equal_addresses():
    """Two customers of one provider have the same addresses and ports."""
    captured = []
    for sizes in [(3000, 2000), (5000, 700)]:
        with Lab(mtu=1400) as lab:
            capture = lab.capture_at_server()
            connection = lab.connect(80, client_port=50101)
            for size in sizes:
                browse(connection, size)
                time.sleep(0.15)
            connection.close()
            captured.append(capture.stop())
    first, second = captured
    second = later(second, first[0].time - second[0].time + 3_000_000)
    return {"equal-addresses-in-vxlans": in_order_of_time(
                rewrap(first, lambda data, side: vxlan(data, side, 77)) +
                rewrap(second, lambda data, side: vxlan(data, side, 78))),
            "equal-addresses-in-vlans": in_order_of_time(rewrap(first, tag((0x8100, 42))) +
                                                         rewrap(second, tag((0x8100, 43))))}


def two_connections_in_gre():
    with Lab(mtu=1400) as lab:
        capture = lab.capture_at_router("to-client")
        for client in (CLIENT, CLIENT_2):
            connection = lab.connect(80, client=client)
            browse(connection, 3000)
            connection.close()
        return {"two-clients-in-gre": rewrap(capture.stop(), gre)}


# ---------------------------------------------------------------------------------------------------------------------
# Within one host

def loopback():
    with Lab() as lab:
        lab.server.run("ip link set lo up")
        capture = Capture(lab, lab.server, "lo")
        lab.client = lab.server
        connection = lab.connect(80, "127.0.0.1", "127.0.0.1")
        browse(connection, 60000, 90000)
        connection.close()
        frames = [frame._replace(data=checksummed(frame.data)) for frame in capture.stop()]
    server_port = 80
    return {"loopback": snap(frames, 96),
            "loopback-one-direction": snap([frame for frame in frames
                                            if tcp_of(frame.data).source_port == server_port], 96)}


# ---------------------------------------------------------------------------------------------------------------------
# A capturing host that stood still

def stalled():
    """As a virtual machine that is suspended: its clock jumps by 2.5 s, in the middle of three connections."""
    with Lab() as lab:
        capture = lab.capture_at_client()
        connections = [lab.connect(80), lab.connect(80, SERVERS[1]), lab.connect(5432, SERVERS[2])]
        for connection in connections:
            browse(connection, 900)
        for connection in connections:
            connection.ask(web_request("/next"))
        time.sleep(0.1)
        moment = time.time_ns()
        for connection in connections:
            connection.answer(web_response(1200))
        browse(connections[0], 500)
        for connection in connections:
            connection.close()
        frames = capture.stop()
    jump = 2_500_000_000
    return {"capturing-host-stalled": [frame._replace(time=frame.time + jump * (frame.time > moment))
                                       for frame in frames]}


def one_of_three_slow():
    """The same three connections, where one server takes its time and the others go on."""
    with Lab() as lab:
        capture = lab.capture_at_client()
        connections = [lab.connect(80), lab.connect(80, SERVERS[1]), lab.connect(5432, SERVERS[2])]
        for connection in connections:
            browse(connection, 900)
        connections[1].ask(web_request("/report"))
        for _ in range(5):
            time.sleep(0.45)
            for connection in (connections[0], connections[2]):
                browse(connection, 300)
        connections[1].answer(web_response(1200))
        for connection in connections:
            connection.close()
        return {"one-of-three-slow": capture.stop()}


COPIES, COPIES_6 = finding("duplicate_capture", WEB), finding("duplicate_capture", WEB_6)

SCENARIOS = [
    Scenario(outgoing_twice, {
        "outgoing-twice": Sample("client",
            "The client's capture driver hands over each outgoing frame twice (doubled afterwards), 5 µs apart and "
            "with the same hop limit",
            {f"{FROM_CLIENT} and {CLIENT_SYN}": "2", f"{FROM_SERVER} and tcp.flags.syn == 1": "1",
             f"{FROM_CLIENT} and {DATA}": "14+"},
            finds=(COPIES,)),
        "outgoing-twice-at-server": Sample("server",
            "The same by the server's",
            {CLIENT_SYN: "1", f"{FROM_SERVER} and tcp.flags.syn == 1": "2"},
            finds=(COPIES,))}),
    Scenario(one_leg_twice, {"outgoing-twice-one-legged": Sample("client",
        "The same where what comes in was not captured",
        {FROM_CLIENT: "all", CLIENT_SYN: "2", "tcp.len > 0": "16+"},
        finds=(COPIES, finding("one_way_traffic", WEB, direction="server_to_client")))}),
    Scenario(queue_written_late, {
        "queue-written-late": Sample("client",
            "One of two queues was written when the capture ended: the SYN of a connection stands behind its end, with "
            "the client's ACK and first request, and the SYN-ACK is not in the file",
            {CLIENT_SYN: "2", "tcp.flags.syn == 1 and tcp.flags.ack == 1": "1", "frame.time_delta < 0": "1",
             f"frame.number > 20 and {CLIENT_SYN}": "1", FIN: "4"}),
        "queue-written-late-one-legged": Sample("client",
            "The same where that queue has all of another connection, whose answers took another way",
            {CLIENT_SYN: "2", "frame.time_delta < 0": "1", "ip.src == 10.2.0.6": "0", "ip.dst == 10.2.0.6": "8+"},
            finds=(finding("one_way_traffic", "10.2.0.6:80", direction="server_to_client"),))}),
    Scenario(outgoing_twice_of_abort, {"outgoing-twice-of-abort-v6": Sample("client",
        "The same over IPv6, in mid-capture, with a client that aborts: its reset is there twice",
        NO_SYN | {f"{FROM_CLIENT} and {RESET}": "2", f"{FROM_SERVER} and {RESET}": "0"},
        finds=(COPIES_6, finding("reset_by_client", WEB_6)))}),
    Scenario(clock_ahead, {"two-clocks": Sample("client and server",
        "Captures of both ends, merged, whose clocks are 120 ms apart (moved afterwards): nothing happened",
        {CLIENT_SYN: "2", f"{FROM_SERVER} and ip.ttl == 64 and {DATA}": "11+",
         f"{FROM_SERVER} and ip.ttl == 63 and {DATA}": "11+"},
        finds=(COPIES,))}),
    Scenario(clock_behind, {"two-clocks-behind": Sample("client and server",
        "The same where the server's clock is behind, so that each answer stands before its question",
        {CLIENT_SYN: "2", f"{FROM_SERVER} and ip.ttl == 64 and {DATA}": "11+"},
        finds=(COPIES,))}),
    Scenario(clock_ahead_v6, {"two-clocks-v6": Sample("client and server",
        "Clocks 120 ms apart over IPv6, which has no identification",
        {CLIENT_SYN: "2", f"{FROM_SERVER} and ipv6.hlim == 63 and {DATA}": "11+"},
        finds=(COPIES_6,))}),
    Scenario(appended, {
        "appended-to-itself": Sample("server",
            "A file that holds a healthy connection, and all of it once more behind that",
            {CLIENT_SYN: "2", FIN: "4", f"{FROM_SERVER} and {DATA}": "20+"},
            finds=(COPIES,), finds_from_4_4=()),
        "appended-to-itself-with-loss": Sample("server",
            "The same with a connection that loses four segments behind the capture point",
            {CLIENT_SYN: "2", FIN: "4", f"{FROM_SERVER} and {DATA}": "40+"},
            finds=(COPIES, finding("loss_server_to_client", WEB, where="after_capture_point")),
            finds_from_4_4=(finding("loss_server_to_client", WEB, where="after_capture_point"),))}),
    Scenario(mirror_begun_late, {"mirror-begun-late-v6": Sample("router",
        "A mirror port that copies both sides of a router over IPv6, in mid-capture, with a VLAN tag, cut to 96 bytes",
        NO_SYN | {"vlan.id == 9": "all", f"{FROM_SERVER} and ipv6.hlim == 63": "6+"},
        finds=(COPIES_6,))}),
    Scenario(equal_addresses, {
        "equal-addresses-in-vxlans": Sample("server",
            "Two customers of a provider have the same addresses and ports, at the same time, each in its own VXLAN",
            {"vxlan.vni == 77": "15+", "vxlan.vni == 78": "15+", RESET: "0"}),
        "equal-addresses-in-vlans": Sample("server",
            "The same in two VLANs",
            {"vlan.id == 42": "15+", "vlan.id == 43": "15+", RESET: "0"})}),
    Scenario(two_connections_in_gre, {"two-clients-in-gre": Sample("router",
        "Two clients in one GRE tunnel",
        {"gre and http.request": "2", CLIENT_SYN: "2"})}),
    Scenario(loopback, {
        "loopback": Sample("server, lo",
            "Within one host: frames of up to 64 KB, as the loopback interface allows",
            {"ip.addr == 127.0.0.1": "all", "tcp.len > 20000": "4+"}),
        "loopback-one-direction": Sample("server, lo",
            "The same, saved through a filter for one port: there is no other path within a host",
            {FROM_SERVER: "all"})}),
    Scenario(stalled, {"capturing-host-stalled": Sample("client",
        "The capturing host stands still for 2.5 s (its clock was moved afterwards): three connections of three "
        "servers pause at the same moment and go on together",
        {"frame.time_delta > 2.4": "1", f"{FROM_SERVER} and {DATA}": "5+"}, trust=("stalled",))}),
    Scenario(one_of_three_slow, {"one-of-three-slow": Sample("client",
        "Three connections of three servers, of which one takes 2.2 s for an answer while the others go on",
        {f"{FROM_SERVER} and {DATA} and ip.src == 10.2.0.6 and tcp.time_delta > 2": "1"},
        finds=(finding("slow_server", "10.2.0.6:80"),))}),
]
