"""One direction only, and captures that dropped packets."""

from addresses import CLIENT, CLIENT_6, MAC_CLIENT, MAC_SERVER, SERVER_6, SERVERS
from capture import Capture
from conversation import browse, random_bytes, tls_data, web_request, web_response
from frames import ACK, has_payload, is_from_server, only_from_client, only_from_server
from hosts import Failure, Host, expect
from losses import NewAcks, expect_again, unacknowledged, wait_for_acks
from network import Lab, wait_until
from samples import CLIENT_SYN, Sample, Scenario, finding
from wire import LoseAll, pass_on

FROM_SERVER, FROM_CLIENT = "tcp.srcport == 80", "tcp.dstport == 80"
LOSSLESS = {"tcp.analysis.retransmission": "0"}


class TwoRouters(Lab):
    """What the server sends to the client goes through a second router, and no wire."""

    MACS = {"to-client": "00:00:5e:00:53:21", "to-server": "00:00:5e:00:53:22"}

    def __init__(self):
        super().__init__()
        self.router_2 = Host()
        self.hosts.append(self.router_2)
        self.set_kernel_up(self.router_2)
        self.router_2.run(f"ip link add to-client type veth peer name eth1 netns {self.client.path}")
        self.router_2.run(f"ip link add to-server type veth peer name eth1 netns {self.server.path}")
        for host in self.hosts:
            host.sysctl("ipv4/conf/all/rp_filter", 0)
        for host, interface, mac in [(self.client, "eth1", MAC_CLIENT), (self.server, "eth1", MAC_SERVER),
                                     *((self.router_2, *item) for item in self.MACS.items())]:
            host.sysctl(f"ipv4/conf/{interface}/rp_filter", 0)
            host.run(f"ip link set {interface} address {mac} addrgenmode none up")
            host.run(f"ethtool -K {interface} tso off gso off gro off tx off rx off sg off")
        self.router_2.run("ip address add 10.3.0.1/30 dev to-server")
        self.server.run("ip address add 10.3.0.2/30 dev eth1")
        self.server.run(f"ip neighbour add 10.3.0.1 lladdr {self.MACS['to-server']} dev eth1 nud permanent")
        self.server.run("ip route add 10.1.0.0/24 via 10.3.0.1")
        self.router_2.run("ip route add 10.1.0.0/24 dev to-client")
        self.router_2.run(f"ip neighbour add {CLIENT} lladdr {MAC_CLIENT} dev to-client nud permanent")


def expect_only(frames, from_server):
    if any(is_from_server(frame.data) != from_server for frame in frames):
        raise Failure("the paths are not separate")
    return frames


def two_paths():
    with TwoRouters() as lab:
        there, back = lab.capture_at_router("to-server"), Capture(lab, lab.router_2, "to-client")
        connection = lab.connect(80)
        browse(connection, 4000, 6000)
        connection.close()
        return {"two-paths-there": expect_only(there.stop(), False), "two-paths-back": expect_only(back.stop(), True)}


def one_legged_v6():
    with Lab() as lab:
        capture = lab.capture_at_router("to-client")
        connection = lab.connect(443, SERVER_6, CLIENT_6)
        connection.exchange(tls_data(9000), tls_data(200))
        connection.exchange(tls_data(5000), tls_data(200))
        connection.close()
        frames = capture.stop()
    return {"one-legged-v6": only_from_server(frames)}


def one_legged_midstream():
    with Lab() as lab:
        connection = lab.connect(80)
        browse(connection, 1000)
        capture = lab.capture_at_client()
        browse(connection, 4000, 4000)
        frames = capture.stop(at_once=True)
    return {"one-legged-midstream": only_from_client(frames), "both-legs-midstream": frames}


def sender_alone():
    """The ACKs of five segments are lost behind the capture point, so that the client repeats what has arrived."""
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(80)
        connection.exchange(web_request("/", random_bytes(900), "PUT"), web_response(0, "201 Created"))
        wait_for_acks(lab, connection)
        lab.wire.toward_client = drop = LoseAll(NewAcks())
        for _ in range(5):
            connection.ask(random_bytes(400))
            wait_until(lambda: unacknowledged(connection.client) == 0)
        lab.wire.toward_client = pass_on
        connection.close()
        expect(drop.lost >= 5, "too few ACKs were lost")
        frames = expect_again(capture.stop(), False, drop.lost, 0)
    return {"sender-alone-repeats": only_from_client(frames), "sender-and-receiver-repeats": frames}


def without_data(frames, numbers, from_server):
    """The frames less those data frames of one direction that have these numbers."""
    kept, seen = [], 0
    for frame in frames:
        if has_payload(frame.data) and is_from_server(frame.data) == from_server:
            seen += 1
            if seen in numbers:
                continue
        kept.append(frame)
    if len(frames) - len(kept) != len(numbers):
        raise Failure("too few frames to drop")
    return kept


def capture_drops_download():
    with Lab() as lab:
        capture = lab.capture_at_server()
        connection = lab.connect(80)
        browse(connection, 9000, 9000)
        connection.close()
        frames = capture.stop()
    return {"capture-drops-download": without_data(frames, {3, 4, 9}, from_server=True),
            "capture-drops-acks": without_some_acks(frames)}


def without_some_acks(frames):
    """Every second segment of the client that has no payload and no flag but ACK is dropped."""
    kept, seen = [], 0
    for frame in frames:
        if not is_from_server(frame.data) and not has_payload(frame.data) and frame.data[47] == ACK:
            seen += 1
            if seen % 2 == 0:
                continue
        kept.append(frame)
    if seen < 4:
        raise Failure("too few ACKs to drop")
    return kept


def request_left_out():
    """A filter by length, or a full buffer, took the client's data; its ACKs are there."""
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(80)
        connection.exchange(web_request("/"), web_response(9000))
        connection.close()
        frames = capture.stop()
    return {"request-left-out": [frame for frame in frames
                                 if is_from_server(frame.data) or not has_payload(frame.data)]}


def capture_drops_upload_v6():
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(80, SERVER_6, CLIENT_6)
        connection.exchange(web_request("/", random_bytes(14000), "PUT"), web_response(0, "201 Created"))
        connection.close()
        frames = capture.stop()
    return {"capture-drops-upload-v6": without_data(frames, {4}, from_server=False)}


def capture_blind_for_a_while():
    """It misses the third exchange and the fourth."""
    with Lab() as lab:
        capture = lab.capture_at_router("to-server")
        connection = lab.connect(5432, SERVERS[2])
        for _ in range(6):
            connection.exchange(random_bytes(300), random_bytes(900))
        connection.close()
        frames = capture.stop()
    data = [number for number, frame in enumerate(frames) if has_payload(frame.data)]
    first, last = data[4], data[7]
    return {"capture-blind-for-a-while": frames[:first] + frames[last + 1:]}


SCENARIOS = [
    Scenario(request_left_out, {"request-left-out": Sample("client",
        "The client's request is not in the file, but its ACKs are: no other path, the file lacks it",
        {f"{FROM_CLIENT} and tcp.len > 0": "0", FROM_CLIENT: "4+", f"{FROM_SERVER} and tcp.len > 0": "5+"},
        finds=(finding("capture_loss", "10.2.0.5:80", direction="client_to_server"),))}),
    Scenario(two_paths, {
        "two-paths-there": Sample("router",
            "Asymmetric routing: requests go through this router, answers through another",
            {FROM_CLIENT: "all", CLIENT_SYN: "1", FROM_SERVER: "0", "tcp.len > 0": "2"},
            finds=(finding("one_way_traffic", "10.2.0.5:80", direction="server_to_client"),)),
        "two-paths-back": Sample("router 2",
            "The same seen at the other router",
            {FROM_SERVER: "all", "tcp.flags.syn == 1 and tcp.flags.ack == 1": "1", "tcp.len > 0": "8+"},
            finds=(finding("one_way_traffic", "10.2.0.5:80", direction="client_to_server"),))}),
    Scenario(one_legged_v6, {"one-legged-v6": Sample("router",
        "A tap that delivers one of its two legs: of an upload over IPv6 only what the server sends",
        {"ipv6 and tcp.srcport == 443": "all", "tcp.len > 0": "2+"},
        finds=(finding("one_way_traffic", "[2001:db8:2::5]:443", direction="client_to_server"),))}),
    Scenario(one_legged_midstream, {
        "one-legged-midstream": Sample("client",
            "Only the client's segments of a connection that was there before the capture, and after it",
            {FROM_CLIENT: "all", "tcp.flags.syn == 1 or tcp.flags.fin == 1": "0", "tcp.len > 0": "2"},
            finds=(finding("one_way_traffic", "10.2.0.5:80", direction="server_to_client"),)),
        "both-legs-midstream": Sample("client",
            "The same with both sides",
            {"tcp.flags.syn == 1 or tcp.flags.fin == 1": "0", f"{FROM_CLIENT} and tcp.len > 0": "2",
             f"{FROM_SERVER} and tcp.len > 0": "6+"})}),
    Scenario(sender_alone, {
        "sender-alone-repeats": Sample("client",
            "Only the client's segments of an upload, of which five are there twice: without the ACKs nobody knows "
            "whether data was lost or its ACKs",
            {FROM_CLIENT: "all", f"{FROM_CLIENT} and tcp.len == 400": "10+"},
            finds=(finding("one_way_traffic", "10.2.0.5:80", direction="server_to_client"),)),
        "sender-and-receiver-repeats": Sample("client",
            "The same with both sides: the ACKs were lost, and the server says what arrived twice (D-SACK)",
            {f"{FROM_CLIENT} and tcp.len == 400": "10+", "tcp.options.sack_le": "5+"},
            finds=(finding("spurious_retransmissions", "10.2.0.5:80", direction="client_to_server"),))}),
    Scenario(capture_drops_download, {
        "capture-drops-download": Sample("server",
            "The capture dropped three of the server's data segments; the client got and acknowledged them",
            {"tcp.analysis.lost_segment": "1+", f"{FROM_SERVER} and tcp.len > 0": "11"} | LOSSLESS,
            finds=(finding("capture_loss", "10.2.0.5:80", direction="server_to_client"),)),
        "capture-drops-acks": Sample("server",
            "The capture dropped pure ACKs of the client, no data",
            {f"{FROM_SERVER} and tcp.len > 0": "14"} | LOSSLESS)}),
    Scenario(capture_drops_upload_v6, {"capture-drops-upload-v6": Sample("client",
        "The capture dropped one data segment of an upload over IPv6; the server acknowledged it",
        {"tcp.analysis.lost_segment": "1", f"{FROM_CLIENT} and tcp.len > 0": "9"} | LOSSLESS,
        finds=(finding("capture_loss", "[2001:db8:2::5]:80", direction="client_to_server"),))}),
    Scenario(capture_blind_for_a_while, {"capture-blind-for-a-while": Sample("router",
        "The capture missed two exchanges out of six, both directions alike",
        {"tcp.dstport == 5432 and tcp.len > 0": "4", "tcp.srcport == 5432 and tcp.len > 0": "4"} | LOSSLESS,
        finds=(finding("capture_loss", "10.2.0.7:5432", direction="client_to_server"),
               finding("capture_loss", "10.2.0.7:5432", direction="server_to_client")))}),
]
