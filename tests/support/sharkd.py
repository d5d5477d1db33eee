# SPDX-License-Identifier: GPL-2.0-or-later
"""sharkd, the daemon that Wireshark has for web front ends."""

import contextlib
import json
import subprocess

import support
from table_cells import ordered


class Sharkd:
    """A sharkd that is asked on its standard input."""

    def __init__(self, process):
        self.process = process
        self.count = 0

    def ask(self, method, **parameters):
        """The result of a request."""
        self.count += 1
        request = {'jsonrpc': '2.0', 'id': self.count, 'method': method, 'params': parameters}
        self.process.stdin.write(json.dumps(request) + '\n')
        self.process.stdin.flush()
        # Numbers stay as they were written
        answer = json.loads(self.process.stdout.readline(), parse_float=str, parse_int=str)
        assert 'error' not in answer, answer
        return answer['result']

    def load(self, capture):
        assert self.ask('load', file=str(capture)) == {'status': 'OK'}

    def table(self, **parameters):
        [tap] = self.ask('tap', tap0='nstat:tcp,asymmetry', **parameters)['taps']
        return tap

    def groups(self, **parameters):
        """The rows of each group, as table_cells.expected_groups() gives them."""
        tap = self.table(**parameters)
        titles = [field['c'] for field in tap['fields']]
        groups = {table['t']: [dict(zip(titles, map(str.strip, row))) for row in table['i']] for table in tap['tables']}
        return {name: ordered(rows) for name, rows in groups.items() if rows}


@contextlib.contextmanager
def started(*words, env=None):
    """A Sharkd, which has to end well. words: before the command; env: what differs from the environment."""
    with subprocess.Popen(
            [*words, 'sharkd', '-'], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True, env=support.tshark_environment(env)) as process:
        yield Sharkd(process)
        process.stdin.close()
        assert process.wait(support.TIMEOUT_S) == 0
