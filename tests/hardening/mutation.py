# SPDX-License-Identifier: GPL-2.0-or-later
"""Mutated captures: frames lost, doubled, reordered, cut, at other times, with wrong bytes.

Python changes which frames there are, editcap (-E) the bytes in them. All follows from a seed."""

import random
import struct
import subprocess

# Of a longer capture each mutation takes another part
MOST_FRAMES = 300

# editcap's error probabilities, per byte, and bytes at the beginning of a frame that it leaves alone: without errors;
# in whatever is behind Ethernet and IPv4; anywhere
ERRORS = ((0, 0), (0.0005, 34), (0.005, 0), (0.02, 34), (0.1, 0), (0.002, 0), (0, 0), (0.01, 34), (0.05, 34), (0.02, 0))

# Ends within the headers of Ethernet, IPv4, IPv6, TCP and its options, and in the data
SNAP_LENGTHS = (1, 14, 20, 33, 34, 40, 47, 50, 54, 55, 60, 66, 70, 74, 80, 86, 100, 200)

NANOSECOND_MAGIC = 0xa1b23c4d
FILE_HEADER = struct.Struct('<IHHiIII')
RECORD_HEADER = struct.Struct('<IIII')


class Frames(list):
    """The frames of a capture, (seconds, nanoseconds, length on the wire, bytes) each, and its link type."""

    def __init__(self, frames, link_type):
        super().__init__(frames)
        self.link_type = link_type


def read(capture, scratch):
    """Frames of any capture that Wireshark can read, as far as it can."""
    plain = scratch / 'plain.pcap'
    # The status is of no interest: captures that were cut short are read as far as they go
    subprocess.run(['editcap', '-F', 'nsecpcap', capture, plain], stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, check=False)
    content = plain.read_bytes()
    magic, *_, link_type = FILE_HEADER.unpack_from(content)
    assert magic == NANOSECOND_MAGIC
    frames, place = [], FILE_HEADER.size
    while place < len(content):
        seconds, nanoseconds, captured, wire = RECORD_HEADER.unpack_from(content, place)
        place += RECORD_HEADER.size
        frames.append((seconds, nanoseconds, wire, content[place:place + captured]))
        place += captured
    return Frames(frames, link_type)


def write(path, frames, link_type):
    with open(path, 'wb') as file:
        file.write(FILE_HEADER.pack(NANOSECOND_MAGIC, 2, 4, 0, 0, 262144, link_type))
        for seconds, nanoseconds, wire, content in frames:
            file.write(RECORD_HEADER.pack(seconds, nanoseconds, len(content), wire) + content)


# ------------------------------------------------------------------------------ what happens to frames

def drop(frames, chance):
    share = chance.choice((0.01, 0.1, 0.5))
    return [frame for frame in frames if chance.random() >= share]


def double(frames, chance):
    result = []
    for frame in frames:
        result += [frame] * (2 if chance.random() < 0.1 else 1)
    return result


def swap_neighbours(frames, chance):
    result = list(frames)
    for index in range(len(result)):
        other = min(index + chance.randrange(10), len(result) - 1)
        result[index], result[other] = result[other], result[index]
    return result


def shuffle(frames, chance):
    return chance.sample(frames, len(frames))


def reverse(frames, _):
    return list(reversed(frames))


def one_way(frames, _):
    """Those with the first frame's first bytes: of Ethernet, its destination."""
    return [frame for frame in frames if frame[3][:6] == frames[0][3][:6]]


def cut_all(frames, chance):
    length = chance.choice(SNAP_LENGTHS)
    return [(*frame[:3], frame[3][:length]) for frame in frames]


def cut_some(frames, chance):
    return [(*frame[:3], frame[3][:chance.randrange(len(frame[3]) + 1)]) if chance.random() < 0.1 else frame
            for frame in frames]


def wrong_length(frames, chance):
    """The length on the wire is what a header of the capture says, so it may say anything."""
    return [(*frame[:2], chance.choice((0, 1, 65535, 0x7fffffff, 0xffffffff)), frame[3])
            if chance.random() < 0.1 else frame for frame in frames]


def jump_in_time(frames, chance):
    return [(chance.choice((0, frame[0] - 1, frame[0] + 1, 0x7fffffff, 0xffffffff)) % (1 << 32), *frame[1:])
            if chance.random() < 0.1 else frame for frame in frames]


CHANGES = (drop, double, swap_neighbours, shuffle, reverse, one_way, cut_all, cut_some, wrong_length, jump_in_time)


def mutated(frames, chance):
    start = chance.randrange(max(1, len(frames) - MOST_FRAMES + 1))
    result = frames[start:start + MOST_FRAMES]
    for change in chance.sample(CHANGES, chance.randrange(1, 4)):
        if result:
            result = change(result, chance)
    return result


# ------------------------------------------------------------------------------ files of many mutations

def write_batch(path, frames, seed, number, count):
    """Writes @count mutations behind each other, number @number of its kind. Returns how many frames these are."""
    chance = random.Random(f'{seed}/{number}')
    together = [frame for _ in range(count) for frame in mutated(frames, chance)]
    probability, offset = random.Random(seed).sample(ERRORS, len(ERRORS))[number % len(ERRORS)]
    if probability == 0:
        write(path, together, frames.link_type)
    else:
        right = path.with_suffix('.right')
        write(right, together, frames.link_type)
        done = subprocess.run(['editcap', '-F', 'pcapng', '-E', str(probability), '-o', str(offset), '--seed',
                               str(chance.randrange(1, 1 << 31)), right, path], capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f'editcap: {done.stderr}')
        right.unlink()
    if chance.random() < 0.1:
        cut_file(path, chance)
    return len(together)


def cut_file(path, chance):
    """The file ends in the midst of a frame."""
    size = path.stat().st_size
    with open(path, 'r+b') as file:
        file.truncate(chance.randrange(FILE_HEADER.size, size + 1))
