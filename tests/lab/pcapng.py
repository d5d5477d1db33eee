"""The file format."""

import struct

# Every file begins here: the clock of the machine that made it is nobody's business.
FIRST_FRAME_NS = 1_740_992_400 * 10**9  # 3 March 2025, 09:00 UTC

ETHERNET = 1


def pcapng_block(kind, body):
    body += b"\0" * (-len(body) % 4)
    length = len(body) + 12
    return struct.pack("<II", kind, length) + body + struct.pack("<I", length)


def pcapng(frames):
    """The file as bytes. It has no comments, hence nothing about the machine that made it."""
    return pcapng_as_is(from_fixed_date(frames))


def pcapng_as_is(frames, link_type=ETHERNET, interfaces=None):
    """The same with times that stay. interfaces: the number of each frame's interface; default: all have one."""
    interfaces = interfaces or [0] * len(frames)
    section = pcapng_block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    snap_length, nanoseconds = 262144, struct.pack("<HHBxxxHH", 9, 1, 9, 0, 0)
    interface = pcapng_block(1, struct.pack("<HHI", link_type, 0, snap_length) + nanoseconds)
    packets = [pcapng_block(6, struct.pack("<IIIII", number, at >> 32, at & 0xFFFFFFFF, len(data), length) + data)
               for number, (at, data, length) in zip(interfaces, frames)]
    return b"".join([section, interface * (max(interfaces, default=0) + 1), *packets])


def from_fixed_date(frames):
    start = min((frame.time for frame in frames), default=0)
    return [frame._replace(time=frame.time - start + FIRST_FRAME_NS) for frame in frames]
