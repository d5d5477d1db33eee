"""Capturing."""

import contextlib
import socket
import struct

from frames import Frame, in_order_of_time
from hosts import Failure


class Capture:
    """A packet socket, as tcpdump has one. It captures from the moment it exists; it is read when all is over."""

    EVERY_PROTOCOL, OUTGOING = 3, 4
    BUFFER = 32 << 20
    LARGEST_RACE = 1_000_000  # nanoseconds between two processors that hand over frames
    SOL_PACKET, PACKET_STATISTICS = 263, 6
    SO_RCVBUFFORCE, SO_TIMESTAMPNS = 33, 35  # Python has no names for them

    def __init__(self, lab, host, interface):
        self.lab, self.is_loopback = lab, interface == "lo"
        self.socket = host.socket(socket.AF_PACKET, socket.SOCK_RAW)
        self.socket.setsockopt(socket.SOL_SOCKET, self.SO_RCVBUFFORCE, self.BUFFER)
        self.socket.setsockopt(socket.SOL_SOCKET, self.SO_TIMESTAMPNS, 1)
        self.socket.bind((interface, self.EVERY_PROTOCOL))
        self.socket.setblocking(False)

    def stop(self, at_once=False):
        """The frames, once the network has gone quiet (or `at_once`: connections may still be open)."""
        if not at_once:
            self.lab.wait_for_quiet()
        frames = list(self.read_all())
        _, dropped = struct.unpack("II", self.socket.getsockopt(self.SOL_PACKET, self.PACKET_STATISTICS, 8))
        if dropped:
            raise Failure(f"the capture lost {dropped} frames")
        self.socket.close()
        ordered = in_order_of_time(frames)
        if any(abs(one.time - other.time) > self.LARGEST_RACE for one, other in zip(frames, ordered)):
            raise Failure("the kernel stamped frames too late")
        return ordered

    def read_all(self):
        with contextlib.suppress(BlockingIOError):
            while True:
                data, [(_, _, stamp)], _, (_, _, kind, *_) = self.socket.recvmsg(65600, 64)
                is_multicast = data[0] & 1  # IPv6 housekeeping of the kernel
                is_there_again = self.is_loopback and kind == self.OUTGOING  # as libpcap does
                if not is_multicast and not is_there_again:
                    seconds, nanoseconds = struct.unpack("qq", stamp)
                    yield Frame(seconds * 10**9 + nanoseconds, data, len(data))
