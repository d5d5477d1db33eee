"""Variants of captures, for the option headers: other link layers, VLAN tags, cut or damaged headers.

All take mutation.Frames and give such. What is random follows from @chance.
"""

import struct

from mutation import Frames

ETHERNET, RAW, NULL, LOOP, COOKED, RAW_IP4, RAW_IP6, COOKED_2 = 1, 101, 0, 108, 113, 228, 229, 276

ETHERNET_HEADER, TAG = 14, 4
TYPE_IP4, TYPE_IP6, TYPE_TAG, TYPE_PROVIDER_TAG, TYPE_OLD_TAG = 0x0800, 0x86DD, 0x8100, 0x88A8, 0x9100

# Behind Ethernet: IPv6's header and TCP's with a few options
HEADERS = 80


def with_bytes(frame, content, added=0):
    """@frame with other bytes, and so many more of them on the wire."""
    return (*frame[:2], max(frame[2] + added, 0), content)


def type_of(content):
    return struct.unpack_from('!H', content, ETHERNET_HEADER - 2)[0]


def change_each(frames, change, link_type=None):
    """change(frame) gives another frame, or None where there is to be none."""
    changed = [change(frame) for frame in frames if len(frame[3]) >= ETHERNET_HEADER]
    return Frames([frame for frame in changed if frame], frames.link_type if link_type is None else link_type)


# ------------------------------------------------------------------------------ link layers

def relinked(frames, link_type, header_of):
    """IP of Ethernet's frames behind header_of(its Ethernet type); all but IP is left out."""
    def change(frame):
        content = frame[3]
        if type_of(content) not in (TYPE_IP4, TYPE_IP6):
            return None
        header = header_of(type_of(content))
        return with_bytes(frame, header + content[ETHERNET_HEADER:], len(header) - ETHERNET_HEADER)
    return change_each(frames, change, link_type)


def cooked(hardware):
    return lambda ether_type: struct.pack('!HHH8sH', 0, hardware, 6, bytes(8), ether_type)


def cooked_2(ether_type):
    return struct.pack('!HHIHBB8s', ether_type, 0, 1, 1, 0, 6, bytes(8))


def family(order, ip6_family):
    return lambda ether_type: struct.pack(order + 'I', 2 if ether_type == TYPE_IP4 else ip6_family)


def nothing(_):
    return b''


LINKS = {
    'cooked': (COOKED, cooked(1)),
    'cooked-loopback': (COOKED, cooked(772)),
    'cooked-gre': (COOKED, cooked(778)),
    'cooked-netlink': (COOKED, cooked(824)),
    'cooked-2': (COOKED_2, cooked_2),
    'raw': (RAW, nothing),
    'raw-ip4': (RAW_IP4, nothing),
    'raw-ip6': (RAW_IP6, nothing),
    'null': (NULL, family('<', 24)),
    'null-of-another-host': (NULL, family('>', 30)),
    'loop': (LOOP, family('>', 28)),
}


# ------------------------------------------------------------------------------ tags

def tagged(frames, types):
    """With a stack of tags of these types."""
    tags = b''.join(struct.pack('!HH', each, number % 4096) for number, each in enumerate(types, 5))

    def change(frame):
        return with_bytes(frame, frame[3][:12] + tags + frame[3][12:], len(tags))
    return change_each(frames, change)


STACKS = {
    'vlan': (TYPE_TAG,),
    'qinq': (TYPE_PROVIDER_TAG, TYPE_TAG),
    'qinq-twice': (TYPE_PROVIDER_TAG, TYPE_PROVIDER_TAG),
    'provider-inside': (TYPE_TAG, TYPE_PROVIDER_TAG),
    'old': (TYPE_OLD_TAG, TYPE_TAG),
    'four': (TYPE_TAG,) * 4,
    'five': (TYPE_TAG,) * 5,
    'thirty': (TYPE_TAG,) * 30,
}


# ------------------------------------------------------------------------------ damage

def cut(frames, length):
    return Frames([with_bytes(frame, frame[3][:length]) for frame in frames], frames.link_type)


def with_trailers(frames, chance):
    """Padding, a frame check sequence, or what a switch adds: zeros, or any bytes."""
    def change(frame):
        trailer = chance.choice((bytes, chance.randbytes))(chance.choice((1, 2, 4, 6, 20, 46)))
        return with_bytes(frame, frame[3] + trailer, len(trailer))
    return change_each(frames, change)


def with_wrong_headers(frames, chance):
    """One byte of the headers of every second frame is another."""
    def change(frame):
        content = bytearray(frame[3])
        if chance.random() < 0.5:
            place = chance.randrange(min(len(content), HEADERS))
            content[place] = chance.choice((0, 1, 4, 6, 0x45, 0x60, 0xFF, chance.randrange(256)))
        return with_bytes(frame, bytes(content))
    return change_each(frames, change)


def with_wrong_lengths(frames, chance):
    """The length that IP has, and the length on the wire, differ by a little from what was."""
    def change(frame):
        content = bytearray(frame[3])
        place = ETHERNET_HEADER + {TYPE_IP4: 2, TYPE_IP6: 4}.get(type_of(content), 0)
        if place > ETHERNET_HEADER and len(content) >= place + 2:
            length, = struct.unpack_from('!H', content, place)
            struct.pack_into('!H', content, place, max(length + chance.choice((0, 0, -40, -20, -1, 1, 7, -length)), 0))
        return with_bytes(frame, bytes(content), chance.choice((0, 0, 0, -60, -4, -1, 1, 100)))
    return change_each(frames, change)
