"""The laboratory: client, router and server, and both ends of their connections.

    client ---- wire ---- router ---- veth ---- server
    10.1.0.0/24, 2001:db8:1::/64      10.2.0.0/24, 2001:db8:2::/64
"""

import fcntl
import itertools
import socket
import struct
import threading
import time

from addresses import (CLIENT, CLIENT_2, CLIENT_3, CLIENT_6, MAC_CLIENT, MAC_ROUTER_CLIENT, MAC_ROUTER_SERVER,
                       MAC_SERVER, SERVER, SERVER_6, SERVERS)
from capture import Capture
from hosts import Failure, Host
from wire import Wire

PATIENCE = 15


class Connection:
    """Both ends of a TCP connection."""

    def __init__(self, client, server):
        self.client, self.server = client, server

    def ask(self, data):
        carry(self.client, self.server, data)

    def answer(self, data):
        carry(self.server, self.client, data)

    def exchange(self, request, response):
        self.ask(request)
        self.answer(response)

    def close(self):
        """The client closes first, the server when it sees that."""
        self.client.shutdown(socket.SHUT_WR)
        expect_end(self.server)
        self.server.close()
        expect_end(self.client)
        self.client.close()


def carry(source, sink, data):
    """Sends, and returns when the other end has read it all."""
    sender = threading.Thread(target=source.sendall, args=(data,))
    sender.start()
    receive(sink, len(data))
    sender.join()


def receive(sink, size):
    while size > 0:
        got = len(sink.recv(size))
        if got == 0:
            raise Failure("a connection ended early")
        size -= got


def expect_end(end):
    if end.recv(1):
        raise Failure("more data than expected")


def abort(end):
    """Closes with a reset."""
    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    end.close()


CLOSED, CLOSE_WAIT = 7, 8


def state(end):
    """Linux's number for the state of a TCP socket."""
    return end.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]


def received(end):
    """Bytes that wait to be read."""
    fionread = 0x541B
    return struct.unpack("i", fcntl.ioctl(end, fionread, b"\0" * 4))[0]


def wait_until(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise Failure("waited in vain for a connection's state")
        time.sleep(0.001)


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def stamping_socket():
    """While there is one, the kernel stamps frames as they arrive. It begins to some time after the first one is made,
    too late for a capture's first frame."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, Capture.SO_TIMESTAMPNS, 1)
    return made


class Lab:
    def __init__(self, mtu=1500):
        self.stamping = stamping_socket()
        self.client, self.router, self.server = Host(), Host(), Host()
        self.hosts = [self.client, self.router, self.server]
        self.wire = Wire(self.client.open_tap("eth0"), self.router.open_tap("to-client"))
        self.router.run(f"ip link add to-server type veth peer name eth0 netns {self.server.path}")
        self.client_ports = itertools.count(50101)
        self.listeners = {}
        self.connecting = threading.Lock()  # or one conversation accepts what belongs to another
        for host in self.hosts:
            self.set_kernel_up(host)
        self.set_links_up(mtu)
        self.set_addresses_up()
        self.wire.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for listener in self.listeners.values():
            listener.close()
        self.wire.close()
        for host in self.hosts:
            host.close()
        self.stamping.close()

    @staticmethod
    def set_kernel_up(host):
        host.sysctl("ipv4/ip_forward", 1)
        host.sysctl("ipv6/conf/all/forwarding", 1)
        host.sysctl("ipv6/conf/all/accept_ra", 0)
        host.sysctl("ipv4/tcp_comp_sack_nr", 0)  # SACK compression hides duplicate ACKs
        host.sysctl("ipv4/tcp_no_metrics_save", 1)  # a connection must not depend on those before it
        host.sysctl("ipv4/icmp_ratelimit", 0)

    def set_links_up(self, mtu):
        for host, interface, mac in [(self.client, "eth0", MAC_CLIENT), (self.router, "to-client", MAC_ROUTER_CLIENT),
                                     (self.router, "to-server", MAC_ROUTER_SERVER), (self.server, "eth0", MAC_SERVER)]:
            host.run(f"ip link set {interface} address {mac} mtu {mtu} addrgenmode none up")
            host.run(f"ethtool -K {interface} tso off gso off gro off tx off rx off sg off")

    def set_addresses_up(self):
        self.set_net_up(self.client, MAC_CLIENT, "to-client", MAC_ROUTER_CLIENT, "10.1.0.1", "24",
                        [CLIENT, CLIENT_2, CLIENT_3])
        self.set_net_up(self.client, MAC_CLIENT, "to-client", MAC_ROUTER_CLIENT, "2001:db8:1::1", "64", [CLIENT_6])
        self.set_net_up(self.server, MAC_SERVER, "to-server", MAC_ROUTER_SERVER, "10.2.0.1", "24", SERVERS)
        self.set_net_up(self.server, MAC_SERVER, "to-server", MAC_ROUTER_SERVER, "2001:db8:2::1", "64", [SERVER_6])

    def set_net_up(self, host, mac, router_interface, router_mac, router_address, prefix, addresses):
        nodad = "nodad" if ":" in router_address else ""
        self.router.run(f"ip address add {router_address}/{prefix} dev {router_interface} {nodad}")
        for address in addresses:
            host.run(f"ip address add {address}/{prefix} dev eth0 {nodad}")
            self.router.run(f"ip neighbour add {address} lladdr {mac} dev {router_interface} nud permanent")
        host.run(f"ip neighbour add {router_address} lladdr {router_mac} dev eth0 nud permanent")
        host.run(f"ip route add default via {router_address}")

    def capture_at_client(self):
        return Capture(self, self.client, "eth0")

    def capture_at_server(self):
        return Capture(self, self.server, "eth0")

    def capture_at_router(self, interface):
        return Capture(self, self.router, interface)

    def tcp_socket(self, host, family, options=()):
        """Options are (level, name, value)."""
        made = host.socket(family, socket.SOCK_STREAM)
        made.settimeout(PATIENCE)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"cubic")  # the default may be bbr
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        for option in options:
            made.setsockopt(*option)
        return made

    def client_socket(self, address=CLIENT, port=None, options=()):
        made = self.tcp_socket(self.client, family_of(address), options)
        made.bind((address, port or next(self.client_ports)))
        return made

    def listen(self, address, port, options=()):
        listener = self.tcp_socket(self.server, family_of(address), options)
        listener.bind((address, port))
        listener.listen()
        self.listeners[address, port] = listener
        return listener

    def connect(self, port, server=SERVER, client=CLIENT, client_port=None, options=()):
        near = self.client_socket(client, client_port, options)
        with self.connecting:
            listener = self.listeners.get((server, port)) or self.listen(server, port)
            near.connect((server, port))
            far, _ = listener.accept()
        far.settimeout(PATIENCE)
        return Connection(near, far)

    def is_quiet(self):
        return self.client.busy_sockets() == self.server.busy_sockets() == 0 and self.wire.is_empty()

    def wait_for_quiet(self):
        deadline = time.monotonic() + PATIENCE
        while not self.is_quiet():
            if time.monotonic() > deadline:
                raise Failure("connections stay open")
            time.sleep(0.002)
