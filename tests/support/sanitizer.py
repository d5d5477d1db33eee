# SPDX-License-Identifier: GPL-2.0-or-later
"""The plugin with the address and undefined behaviour sanitizers, in programs that are without."""

import os
import re
import subprocess
from pathlib import Path

import support

FLAGS = '-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer'
RUNTIME = 'libasan.so'
LEAKS = 'LeakSanitizer: detected memory leaks'

# Beside ASan, UBSan ignores log_path
UNDEFINED = re.compile(r'^.*: runtime error: .*(?:\n +#.*)*', re.MULTILINE)


def run(*command):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=10 * support.TIMEOUT_S)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def can_replace():
    """Whether a process can be given another plugin than the installed one."""
    return os.geteuid() == 0 and subprocess.run(['unshare', '--mount', 'true'], stderr=subprocess.DEVNULL).returncode == 0


def installed_plugin():
    folders = support.run_tshark('-G', 'folders').out
    return Path(re.search(r'^Global Plugins:\s*(.*)$', folders, re.MULTILINE)[1], 'epan', 'tcp-asymmetry.so')


class SanitizedPlugin:
    """Built in a folder, which takes some seconds."""

    def __init__(self, folder):
        self.path = folder / 'tcp-asymmetry.so'
        self.build(folder)
        keep_loaded = folder / 'keep-loaded.so'
        run('gcc', '-shared', '-fPIC', support.TESTS / 'hardening' / 'keep_loaded.c', '-o', keep_loaded)
        self.preloaded = [run('gcc', f'-print-file-name={RUNTIME}').strip(), str(keep_loaded)]

    def build(self, folder):
        configure = ('-G', 'Ninja', '-S', support.REPOSITORY, '-B', folder, '-DCMAKE_BUILD_TYPE=Debug',
                     f'-DPLUGIN_FOLDER={folder}', f'-DCMAKE_C_FLAGS={FLAGS}')
        run('cmake', *configure)
        run('cmake', '--build', folder, '--target', 'tcp-asymmetry')

    @property
    def words(self):
        """Words before a command that let it find this plugin in the global folder, and nobody else."""
        return ('unshare', '--mount', 'sh', '-c', 'mount --bind "$0" "$1" && shift && exec "$@"',
                str(self.path), str(installed_plugin()), 'env', f'LD_PRELOAD={":".join(self.preloaded)}')

    def environment(self, folder, leaks=False):
        """What differs from the environment, for complaints() in that folder. leaks: whether to look for memory that
        is lost at the end, by a slow but true account of who took it. The status at the end stays the program's own,
        but for undefined behaviour, which ends it."""
        return {'ASAN_OPTIONS': f'log_path={folder}/asan:halt_on_error=0:detect_leaks={int(leaks)}:'
                                f'fast_unwind_on_malloc={int(not leaks)}:stack_trace_format="    #%n %F %L %m"',
                'LSAN_OPTIONS': 'exitcode=0',
                'UBSAN_OPTIONS': 'print_stacktrace=1',
                # Each piece of Wireshark's own memory is freed when it says so, and not with others some time later
                'WIRESHARK_DEBUG_WMEM_OVERRIDE': 'simple'}

    def is_used_by(self, process):
        inode = str(self.path.stat().st_ino)
        maps = Path('/proc', str(process.pid), 'maps').read_text()
        return any(inode in line.split() for line in maps.splitlines())

    def complaints(self, folder, stderr=''):
        logs = [path.read_text() for path in folder.glob('asan*')]
        return [*(text for log in logs for text in (leaks_of_plugin(log) if LEAKS in log else [log])),
                *UNDEFINED.findall(stderr)]


class PlantedFaults(SanitizedPlugin):
    """In the plugin's place something that does what the sanitizers have to notice."""

    def build(self, folder):
        wireshark = run('pkg-config', '--cflags', '--libs', 'wireshark', 'glib-2.0').split()
        run('gcc', '-shared', '-fPIC', '-g', '-O0', *FLAGS.split(), '-I', support.REPOSITORY / 'plugin',
            support.TESTS / 'hardening' / 'planted_faults.c', '-o', self.path, *wireshark)


def leaks_of_plugin(log):
    """Of the leaks in a log those whose memory was taken by the plugin, or by what it called: the programs have leaks
    of their own."""
    return [leak for leak in re.split(r'\n(?=(?:Direct|Indirect) leak)', log) if 'tcp-asymmetry' in leak]
