"""Progress of a long run: on a terminal, and nowhere else."""

import os
import pty
import re
import struct
import subprocess

import pytest

import support

SEGMENTS = 600_000      # some seconds of work, so that there is something to tell


@pytest.fixture(scope='module')
def long_capture(tmp_path_factory):
    """One connection of ACKs."""
    path = tmp_path_factory.mktemp('progress') / 'acks.pcap'
    link_type_raw_ip = 101
    with open(path, 'wb') as file:
        file.write(struct.pack('<IHHIIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, link_type_raw_ip))
        for number in range(SEGMENTS):
            packet = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 40, 0, 0, 64, 6, 0, b'\x0a\0\0\1', b'\x0a\0\0\2')
            packet += struct.pack('!HHIIBBHHH', 50000, 80, 1, number + 1, 0x50, 0x10, 1000, 0, 0)
            file.write(struct.pack('<IIII', number // 1000, number % 1000 * 1000, 40, 40) + packet)
    return path


def on_terminal(capture):
    """(standard output, what a terminal got from standard error)."""
    terminal, its_end = pty.openpty()
    with subprocess.Popen(['tshark', '-q', '-z', 'tcp,asymmetry', '-r', capture], stdout=subprocess.PIPE,
                          stderr=its_end, env=support.tshark_environment()) as tshark:
        os.close(its_end)
        out, shown = tshark.stdout.read().decode(), b''
        while True:
            try:
                part = os.read(terminal, 4096)
            except OSError:         # the last one that wrote has closed it
                break
            shown += part
    os.close(terminal)
    assert tshark.returncode == 0
    return out, shown.decode()


def test_a_terminal_sees_segments_and_rate_and_then_a_clean_line(long_capture):
    out, shown = on_terminal(long_capture)
    counts = [int(count) for count in re.findall(r'\r(\d+) TCP segments, \d+ a second', shown)]
    assert counts and counts == sorted(counts) and 0 < counts[0] <= SEGMENTS
    assert shown.endswith('\r\x1b[K')
    assert out.startswith('TCP Flow Asymmetry: 1 server, 1 connection')


def test_anything_else_than_a_terminal_sees_none(long_capture):
    run = support.run_tshark('-q', '-z', 'tcp,asymmetry', '-r', long_capture)
    assert run.status == 0
    assert run.err == ''
