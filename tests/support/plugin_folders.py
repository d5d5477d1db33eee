# SPDX-License-Identifier: GPL-2.0-or-later
"""A personal and a global plugin folder that are empty, for programs in a mount namespace of their own."""

import os
import re
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

import support

NOBODY = 65534


def global_folder():
    return re.search(r'^Global Plugins:\s*(.*)$', support.run_tshark('-G', 'folders').out, re.MULTILINE)[1]


class PluginFolders:
    """Everything is in home, which belongs to an ordinary user."""

    def __init__(self, home):
        self.home = home
        self.installed = global_folder()
        series = '.'.join(re.search(r'plugins/(\d+)[.-](\d+)', self.installed).groups())
        self.personal = home / '.local/lib/wireshark/plugins' / series / 'epan'
        self.everybodys = home / 'global/epan'
        for folder in self.personal, self.everybodys:
            folder.mkdir(parents=True)

    def run(self, *command, as_root=False, **keywords):
        """Runs the command where the global folder is self.everybodys, as an ordinary user unless as_root. Nobody else
        sees that mount."""
        hide = 'mount --bind "$0" "$1" && shift && exec "$@"'
        user = () if as_root else ('setpriv', f'--reuid={NOBODY}', f'--regid={NOBODY}', '--clear-groups', '--')
        return subprocess.run(
            ['unshare', '--mount', 'sh', '-c', hide, self.everybodys.parent, self.installed, *user, *map(str, command)],
            capture_output=True, text=True, env={**support.tshark_environment(), 'HOME': str(self.home)},
            timeout=10 * support.TIMEOUT_S, **keywords)

    def report(self, capture, as_root=False):
        """What tshark says of the capture, which others than root need not be able to open."""
        with open(capture, 'rb') as source:
            return self.run('tshark', '-q', '-z', 'tcp,asymmetry', '-r', '-', as_root=as_root, stdin=source)


@contextmanager
def made():
    """PluginFolders, or a skipped test where they cannot be made."""
    if os.geteuid() != 0:
        pytest.skip('only root can hide the global plugin and become another user')
    if subprocess.run(['unshare', '--mount', 'true'], stderr=subprocess.DEVNULL).returncode != 0:
        pytest.skip('no mount namespace can be made here to hide the global plugin')
    # Not in pytest's tmp_path, which nobody but its owner can enter
    with tempfile.TemporaryDirectory(dir='/tmp') as name:
        folders = PluginFolders(Path(name))
        subprocess.run(['chown', '--recursive', f'{NOBODY}:{NOBODY}', name], check=True)
        yield folders
