"""The wire between client and router, and what it may do to frames.

An alteration is called with each frame that enters the wire, and returns what leaves it: frames, or `Late` ones.
"""

import heapq
import itertools
import os
import select
import threading
import time
from typing import NamedTuple

from frames import has_payload, tcp_of

WIRE_DELAY = 0.010


class Late(NamedTuple):
    frame: bytes
    seconds: float  # beside the wire's own delay


def pass_on(frame):
    return [frame]


class Lose:
    """Loses the frames with these numbers among those that `which` picks; retransmissions count on."""

    def __init__(self, numbers, which=has_payload):
        self.numbers, self.which, self.seen, self.lost = numbers, which, 0, 0

    def __call__(self, frame):
        if self.which(frame):
            self.seen += 1
            if self.seen in self.numbers:
                self.lost += 1
                return []
        return [frame]


class LoseAll:
    """Loses every TCP frame that `which` picks."""

    def __init__(self, which=lambda frame: True):
        self.which, self.lost = which, 0

    def __call__(self, frame):
        if tcp_of(frame) is None or not self.which(frame):
            return [frame]
        self.lost += 1
        return []


class HoldBack:
    """Lets others overtake each data frame with one of these numbers."""

    OVERTAKING = 2  # three would look like a loss to the sender

    def __init__(self, numbers):
        self.numbers, self.seen, self.held, self.passed = numbers, 0, None, 0

    def __call__(self, frame):
        if not has_payload(frame):
            return [frame]
        self.seen += 1
        if self.seen in self.numbers:
            self.held, self.passed = frame, 0
            return []
        self.passed += 1
        if self.held is not None and self.passed == self.OVERTAKING:
            held, self.held = self.held, None
            return [frame, held]
        return [frame]


class Wire(threading.Thread):
    """Carries frames between two TAP devices, in order and with a constant delay, after what `toward_...` does."""

    def __init__(self, client_tap, server_tap):
        super().__init__(daemon=True)
        self.client_tap, self.server_tap = client_tap, server_tap
        self.toward_client = self.toward_server = pass_on
        self.delay = WIRE_DELAY
        self.stop = os.eventfd(0)
        self.lock = threading.Lock()
        self.travelling = []  # a heap of (arrival, number, tap, frame)
        self.numbers = itertools.count()

    def run(self):
        taps = [self.client_tap, self.server_tap]
        while True:
            readable, _, _ = select.select([*taps, self.stop], [], [], self.until_next_arrival())
            if self.stop in readable:
                return
            with self.lock:
                for tap in readable:
                    self.take_in(tap)
                self.deliver()

    def until_next_arrival(self):
        return max(0, self.travelling[0][0] - time.monotonic()) if self.travelling else None

    def take_in(self, tap):
        frame = os.read(tap, 65536)
        alter, out = ((self.toward_server, self.server_tap) if tap == self.client_tap
                      else (self.toward_client, self.client_tap))
        for survivor in alter(frame):
            self.send(out, survivor)

    def send(self, tap, frame):
        """Also for alterations that have something to say themselves."""
        frame, extra = frame if isinstance(frame, Late) else (frame, 0)
        heapq.heappush(self.travelling, (time.monotonic() + self.delay + extra, next(self.numbers), tap, frame))

    def deliver(self):
        while self.travelling and self.travelling[0][0] <= time.monotonic():
            _, _, tap, frame = heapq.heappop(self.travelling)
            os.write(tap, frame)

    def is_empty(self):
        with self.lock:
            return not self.travelling and not select.select([self.client_tap, self.server_tap], [], [], 0)[0]

    def close(self):
        os.eventfd_write(self.stop, 1)
        self.join()
        for fd in (self.client_tap, self.server_tap, self.stop):
            os.close(fd)
