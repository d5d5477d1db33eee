"""Runs of programs of which processor time and memory count.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import sys
from dataclasses import dataclass


@dataclass
class Cost:
    seconds: float      # of the processor
    memory: int         # bytes at the peak


def cost_of(setting, command):
    """Of one run of a program, which has to succeed."""
    command = [*map(str, setting.prefix), *map(str, command)]
    child = os.posix_spawnp(command[0], command, setting.environment, file_actions=[
        (os.POSIX_SPAWN_OPEN, descriptor, '/dev/null', os.O_RDWR, 0) for descriptor in (0, 1)])
    _, status, usage = os.wait4(child, 0)
    if status != 0:
        sys.exit(f'{" ".join(command)}: failed')
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)
