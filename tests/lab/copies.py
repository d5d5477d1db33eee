"""Copies of segments that look like repeats: behind a shaper, and pieces beside the super-segment they came from."""

from addresses import CLIENT_6, SERVER_6
from conversation import browse
from frames import in_order_of_time
from hosts import expect
from network import Lab
from samples import CLIENT_SYN, Sample, Scenario, finding
from translation import checksummed
from wire import Lose

FROM_SERVER = "tcp.srcport == 80"


def any_interface(lab):
    return [lab.capture_at_router("to-client"), lab.capture_at_router("to-server")]


def both(captures):
    """The card fills in the checksums that the kernel left to it."""
    frames = in_order_of_time([frame for capture in captures for frame in capture.stop()])
    return [frame._replace(data=checksummed(frame.data)) for frame in frames]


def shaped(server, client, name):
    """A token bucket holds segments back between one interface and the other."""
    with Lab() as lab:
        lab.router.run("tc qdisc add dev to-client root tbf rate 4mbit burst 4kb latency 400ms")
        captures = any_interface(lab)
        connection = lab.connect(80, server, client)
        browse(connection, 20000, 9000)
        connection.close()
        return {name: both(captures)}


def shaper_v6():
    return shaped(SERVER_6, CLIENT_6, "shaper-copies-v6")


def shaper():
    return shaped("10.2.0.5", "10.1.0.11", "shaper-copies")


def set_offload_on(lab):
    lab.server.run("ethtool -K eth0 tx on sg on tso on gso on")


def super_segments_and_pieces():
    with Lab() as lab:
        set_offload_on(lab)
        captures = any_interface(lab)
        connection = lab.connect(80)
        browse(connection, 30000, 30000)
        connection.close()
        frames = both(captures)
        expect(any(frame.length > 2000 for frame in frames), "no super-segments")
        return {"super-segments-and-pieces": frames}


def offload_at_sender():
    with Lab() as lab:
        set_offload_on(lab)
        capture = lab.capture_at_server()
        connection = lab.connect(80)
        browse(connection, 30000, 30000)
        connection.close()
        return {"offload-at-sender": both([capture])}


def offload_with_loss():
    """Four segments of the wire are lost; the capture has frames of several segments."""
    with Lab() as lab:
        set_offload_on(lab)
        lab.wire.toward_client = drop = Lose({6, 12, 18, 24})
        capture = lab.capture_at_server()
        connection = lab.connect(80)
        browse(connection, 40000)
        connection.close()
        expect(drop.lost == 4, "too few were lost")
        return {"offload-with-loss": both([capture])}


COPIES = finding("duplicate_capture", "10.2.0.5:80")
OFFLOAD = finding("offload_capture", "10.2.0.5:80")

SCENARIOS = [
    Scenario(shaper_v6, {"shaper-copies-v6": Sample("router",
        "Both interfaces of a router with a shaper, over IPv6: copies come several milliseconds late",
        {CLIENT_SYN: "2", f"{FROM_SERVER} and ipv6.hlim == 64": "20+", f"{FROM_SERVER} and ipv6.hlim == 63": "20+"},
        finds=(finding("duplicate_capture", "[2001:db8:2::5]:80"),))}),
    Scenario(shaper, {"shaper-copies": Sample("router",
        "The same over IPv4",
        {CLIENT_SYN: "2", f"{FROM_SERVER} and ip.ttl == 64": "20+", f"{FROM_SERVER} and ip.ttl == 63": "20+"},
        finds=(COPIES,))}),
    Scenario(super_segments_and_pieces, {"super-segments-and-pieces": Sample("router",
        "Both interfaces of a router: super-segments come in, their pieces go out",
        {CLIENT_SYN: "2", f"{FROM_SERVER} and tcp.len > 1460": "3+", f"{FROM_SERVER} and ip.ttl == 63": "30+"},
        finds=(COPIES, OFFLOAD))}),
    Scenario(offload_at_sender, {"offload-at-sender": Sample("server",
        "A server's own capture with segmentation left to the network card",
        {f"{FROM_SERVER} and tcp.len > 1460": "3+"},
        finds=(OFFLOAD,))}),
    Scenario(offload_with_loss, {"offload-with-loss": Sample("server",
        "The same with four segments of a download that are lost on the wire",
        {f"{FROM_SERVER} and tcp.len > 1460": "3+", "tcp.analysis.retransmission": "1+"},
        finds=(OFFLOAD, finding("loss_server_to_client", "10.2.0.5:80", where="after_capture_point")))}),
]
