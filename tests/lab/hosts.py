"""Network namespaces as hosts."""

import contextlib
import ctypes
import fcntl
import os
import socket
import struct
import subprocess
from pathlib import Path


class Failure(Exception):
    """What a user should read instead of a traceback."""


def expect(condition, otherwise):
    if not condition:
        raise Failure(otherwise)


libc = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000


def system_call(function, *arguments):
    if function(*arguments) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


class Host:
    """A network namespace without a name: it cannot collide with another, and goes away with this program."""

    def __init__(self):
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        system_call(libc.unshare, CLONE_NEWNET)
        self.fd = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        system_call(libc.setns, home, CLONE_NEWNET)
        os.close(home)

    @contextlib.contextmanager
    def inside(self):
        """For the calling thread only; sockets, devices and child processes made here belong to the namespace."""
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        system_call(libc.setns, self.fd, CLONE_NEWNET)
        try:
            yield
        finally:
            system_call(libc.setns, home, CLONE_NEWNET)
            os.close(home)

    @property
    def path(self):
        return f"/proc/{os.getpid()}/fd/{self.fd}"

    def run(self, command):
        with self.inside():
            done = subprocess.run(command.split(), capture_output=True, text=True)
        if done.returncode != 0:
            raise Failure(f"{command}: {done.stderr.strip()}")

    def sysctl(self, name, value):
        with self.inside():
            Path("/proc/sys/net", name).write_text(str(value))

    def socket(self, family, kind, protocol=0):
        with self.inside():
            return socket.socket(family, kind, protocol)

    def open_tap(self, name):
        tunsetiff, iff_tap, iff_no_pi = 0x400454CA, 0x0002, 0x1000
        with self.inside():
            tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
            fcntl.ioctl(tap, tunsetiff, struct.pack("16sH22x", name.encode(), iff_tap | iff_no_pi))
        return tap

    def busy_sockets(self):
        """How many TCP sockets still have something to send or to wait for."""
        time_wait, listen = "06", "0A"
        with self.inside():
            tables = [Path("/proc/thread-self/net", name).read_text() for name in ("tcp", "tcp6")]
        states = [line.split()[3] for table in tables for line in table.splitlines()[1:]]
        return sum(state not in (time_wait, listen) for state in states)

    def close(self):
        os.close(self.fd)
