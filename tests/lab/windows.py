"""Receivers that do not read fast enough, and small windows that do no harm."""

import os
import signal
import socket
import subprocess
import time

from addresses import CLIENT_6, SERVER, SERVER_6
from conversation import random_bytes, tls_data, web_request, web_response
from network import Lab, wait_until
from samples import Sample, Scenario, finding

NO_REPEATS = {"tcp.analysis.retransmission": "0"}
NO_DELAY = (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def receive_buffer(size):
    return [(socket.SOL_SOCKET, socket.SO_RCVBUF, size)]


def trickle(end, data):
    """Never so much at once that it fills the window before the buffer is full. All fits into the sender's buffer."""
    for offset in range(0, len(data), 700):
        end.sendall(data[offset:offset + 700])
        time.sleep(0.03)


def reader_stopped_v6():
    """A process that reads, is stopped by a signal, and goes on."""
    with Lab() as lab:
        capture = lab.capture_at_server()
        connection = lab.connect(80, SERVER_6, CLIENT_6, options=receive_buffer(8000))
        connection.ask(web_request("/large"))
        connection.client.settimeout(None)  # with a time limit Python makes it non-blocking, also for the process
        reader = subprocess.Popen(["cat"], stdin=connection.client.fileno(), stdout=subprocess.DEVNULL)
        os.kill(reader.pid, signal.SIGSTOP)
        trickle(connection.server, web_response(14000))
        time.sleep(1)
        os.kill(reader.pid, signal.SIGCONT)
        connection.server.shutdown(socket.SHUT_WR)
        reader.wait()
        connection.client.close()
        wait_until(lambda: connection.server.recv(1) == b"")
        connection.server.close()
        return {"reader-stopped-v6": capture.stop()}


def server_never_reads():
    with Lab() as lab:
        lab.listen(SERVER, 80, receive_buffer(8000))
        capture = lab.capture_at_client()
        connection = lab.connect(80)
        trickle(connection.client, random_bytes(14000))
        time.sleep(1)
        return {"server-never-reads": capture.stop(at_once=True)}


def window_limited_upload_v6():
    with Lab() as lab:
        lab.listen(SERVER_6, 443, receive_buffer(5000))
        capture = lab.capture_at_client()
        connection = lab.connect(443, SERVER_6, CLIENT_6, options=[NO_DELAY])
        connection.exchange(tls_data(18000), tls_data(100))
        connection.close()
        return {"window-limited-upload-v6": capture.stop()}


def small_window():
    with Lab() as lab:
        capture = lab.capture_at_client()
        connection = lab.connect(5432, options=receive_buffer(4000))
        for _ in range(8):
            connection.exchange(random_bytes(200), random_bytes(500))
        connection.close()
        return {"small-window": capture.stop()}


SCENARIOS = [
    Scenario(reader_stopped_v6, {"reader-stopped-v6": Sample("server",
        "The reading process is stopped for 1.4 s (SIGSTOP) over IPv6: the client's window closes and opens again",
        {"tcp.dstport == 80 and tcp.analysis.zero_window": "1+", "tcp.analysis.window_update": "1+",
         "tcp.analysis.window_full": "1"} | NO_REPEATS,
        finds=(finding("zero_window", "[2001:db8:2::5]:80", by="client"),))}),
    Scenario(server_never_reads, {"server-never-reads": Sample("client",
        "A server never reads an upload: its window closes, and stays closed to the end of the capture",
        {"tcp.srcport == 80 and tcp.analysis.zero_window": "2+", "tcp.analysis.keep_alive": "2+",
         "tcp.analysis.window_full": "1"} | NO_REPEATS,
        finds=(finding("zero_window", "10.2.0.5:80", by="server"),))}),
    Scenario(window_limited_upload_v6, {"window-limited-upload-v6": Sample("client",
        "A server with a small receive buffer reads an upload over IPv6 at once: the client fills the window in each "
        "round trip",
        {"tcp.analysis.window_full": "4+", "tcp.analysis.zero_window": "0"} | NO_REPEATS,
        finds=(finding("window_limited", "[2001:db8:2::5]:443", by="server"),))}),
    Scenario(small_window, {"small-window": Sample("client",
        "A client with a small window that is never filled: short questions and answers",
        {"tcp.dstport == 5432 and tcp.window_size < 4000": "3+", "tcp.analysis.flags": "0"})}),
]
