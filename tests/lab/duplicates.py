"""Captures that hold segments twice."""

import time

from addresses import CLIENT_6, SERVER, SERVER_6
from conversation import browse, random_bytes, web_request, web_response
from frames import RST, has_payload, in_order_of_time, is_from_server, tcp_of
from hosts import expect
from network import CLOSED, Lab, abort, state, wait_until
from samples import CLIENT_SYN, Sample, Scenario, finding
from windows import receive_buffer
from wire import Lose

FROM_SERVER, FROM_CLIENT, RESET = "tcp.srcport == 80", "tcp.dstport == 80", "tcp.flags.reset == 1"
LARGEST_DELAY = 1_000_000  # nanoseconds: copies that are farther apart are no duplicate frames by definition


def mirror(lab):
    """Both ports of the router."""
    return [lab.capture_at_router("to-client"), lab.capture_at_router("to-server")]


def merged(captures):
    frames = in_order_of_time([frame for capture in captures for frame in capture.stop()])
    first_seen = {}
    for frame in frames:
        tcp = tcp_of(frame.data)
        first = first_seen.setdefault(frame.data[tcp.offset:tcp.end], frame.time)
        expect(frame.time - first < LARGEST_DELAY or tcp.flags & RST, "the router took too long")
    return frames


def mirror_v6():
    with Lab() as lab:
        captures = mirror(lab)
        connection = lab.connect(80, SERVER_6, CLIENT_6)
        browse(connection, 2000, 2000)
        connection.close()
        return {"mirror-v6": merged(captures)}


def mirror_with_loss():
    with Lab() as lab:
        lab.wire.toward_client = drop = Lose({2, 4, 5, 8})
        captures = mirror(lab)
        connection = lab.connect(80)
        browse(connection, 10000)
        connection.close()
        expect(drop.lost == 4, "too few were lost")
        return {"mirror-with-loss": merged(captures)}


def mirror_of_upload():
    """A mirror port that copies both ports of the router one way, and what comes back once. The second segment of an
    upload is lost before it; the server repeats its ACK for each of those behind it. Its window does not grow, or
    these would be window updates."""
    with Lab() as lab:
        lab.client.run("ip route change default via 10.1.0.1 initcwnd 30")
        lab.wire.toward_server = drop = Lose({2})
        captures = mirror(lab)
        lab.listen(SERVER, 80, receive_buffer(32000))
        connection = lab.connect(80)
        connection.exchange(web_request("/", random_bytes(26000), "PUT"), web_response(0, "201 Created"))
        connection.close()
        expect(drop.lost == 1, "nothing was lost")
        frames = merged(captures)
    hop_limit_behind_router = 63
    return {"mirror-of-upload-with-hole": [frame for frame in frames
                                           if not is_from_server(frame.data)
                                           or frame.data[22] != hop_limit_behind_router]}


def mirror_of_abort():
    with Lab() as lab:
        captures = mirror(lab)
        connection = lab.connect(80)
        browse(connection, 2000)
        connection.answer(web_response(3000)[:1500])
        abort(connection.server)
        wait_until(lambda: state(connection.client) == CLOSED)
        connection.client.close()
        return {"mirror-of-abort": merged(captures)}


def mirror_of_idle_abort():
    with Lab() as lab:
        captures = mirror(lab)
        connection = lab.connect(80)
        browse(connection, 2000)
        time.sleep(0.2)
        abort(connection.client)
        wait_until(lambda: state(connection.server) == CLOSED)
        connection.server.close()
        return {"mirror-of-client-abort": merged(captures)}


def one_frame_twice():
    """A stray duplicate, as two capture threads make it when a file is rotated."""
    with Lab() as lab:
        capture = lab.capture_at_server()
        connection = lab.connect(80)
        browse(connection, 9000, 9000)
        connection.close()
        frames = capture.stop()
    number = [has_payload(frame.data) and is_from_server(frame.data) for frame in frames].index(True) + 4
    frames.insert(number + 1, frames[number]._replace(time=frames[number].time + 20_000))
    return {"one-frame-twice": frames}


SCENARIOS = [
    Scenario(mirror_v6, {"mirror-v6": Sample("router",
        "A mirror port that copies what enters the router and what leaves it, over IPv6, which has no identification",
        {CLIENT_SYN: "2", f"{FROM_SERVER} and ipv6.hlim == 64": "6+", f"{FROM_SERVER} and ipv6.hlim == 63": "6+"},
        finds=(finding("duplicate_capture", "[2001:db8:2::5]:80"),))}),
    Scenario(mirror_with_loss, {"mirror-with-loss": Sample("router",
        "The same over IPv4 with a download that loses four segments behind the router",
        {CLIENT_SYN: "2", f"{FROM_SERVER} and tcp.len > 0": "22"},
        finds=(finding("duplicate_capture", "10.2.0.5:80"),
               finding("loss_server_to_client", "10.2.0.5:80", where="after_capture_point")))}),
    Scenario(mirror_of_upload, {"mirror-of-upload-with-hole": Sample("router",
        "A mirror port that copies the client's segments from both ports of the router. One segment of an upload was "
        "lost before that, and the server repeats its ACK behind each pair",
        {CLIENT_SYN: "2", f"{FROM_SERVER} and ip.ttl == 63": "0", f"{FROM_CLIENT} and ip.ttl == 63": "10+",
         f"{FROM_SERVER} and tcp.analysis.duplicate_ack": "13+"},
        finds=(finding("duplicate_capture", "10.2.0.5:80"),))}),
    Scenario(mirror_of_abort, {"mirror-of-abort": Sample("router",
        "The same with a server that aborts in mid-transfer: its reset, too, is there twice, with a time to live less "
        "by one",
        {CLIENT_SYN: "2", f"{FROM_SERVER} and {RESET} and ip.ttl == 63": "1+", f"{FROM_CLIENT} and {RESET}": "0"},
        finds=(finding("duplicate_capture", "10.2.0.5:80"), finding("reset_by_server", "10.2.0.5:80")))}),
    Scenario(mirror_of_idle_abort, {"mirror-of-client-abort": Sample("router",
        "The same with a client that aborts",
        {CLIENT_SYN: "2", f"{FROM_CLIENT} and {RESET}": "2", f"{FROM_SERVER} and {RESET}": "0"},
        finds=(finding("duplicate_capture", "10.2.0.5:80"), finding("reset_by_client", "10.2.0.5:80")))}),
    Scenario(one_frame_twice, {"one-frame-twice": Sample("server",
        "One data segment of a download is in the file twice, as a fault of the capture: less than 5 %",
        {"frame": "20+", f"{FROM_SERVER} and tcp.len > 0": "15"})}),
]
