"""Where the benchmark runs: what is installed, what is built, and how tshark finds both plugins.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import datetime
import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent
TARGETS = ('tcp-asymmetry', 'benchmark-empty-tap', 'benchmark-fixed-random', 'benchmark-generate')
PLUGINS = ('tcp-asymmetry.so', 'benchmark-empty-tap.so')
PYTHON = '/usr/bin/python3'     # the one that Debian's python3-scapy is for

# Whom Wireshark runs as where root starts the benchmark: for root it would ignore WIRESHARK_PLUGIN_DIR
OTHER_USER = 'nobody'

# Debian's packages, by program. Without the first ones nothing runs.
NEEDED = {'tshark': 'tshark', 'cmake': 'cmake', 'gcc': 'gcc', 'pkg-config': 'pkg-config'}
NEEDED_BY_ROOT = {'setpriv': 'util-linux'}
OPTIONAL = {'valgrind': 'valgrind', 'hyperfine': 'hyperfine', 'time': 'time', 'argus': 'argus-server',
            'ra': 'argus-client', 'editcap': 'wireshark-common', 'scapy': 'python3-scapy',
            'addr2line': 'binutils'}

# Which variant of memcpy() and others libc takes depends on the processor, and how large something is large on its
# caches. Every processor in use can do without these.
PROCESSOR_FEATURES = ('AVX', 'AVX2', 'AVX512BW', 'AVX512F', 'AVX512VL', 'AVX_Fast_Unaligned_Load', 'BMI1', 'BMI2',
                      'ERMS', 'FSRM', 'LZCNT', 'MOVBE', 'RTM')
TUNABLES = (f'glibc.cpu.hwcaps={",".join(f"-{name}" for name in PROCESSOR_FEATURES)}:'
            'glibc.cpu.x86_non_temporal_threshold=0xc0000')


def say(text):
    print(text, file=sys.stderr, flush=True)


def has(program):
    if program == 'scapy':
        return subprocess.run([PYTHON, '-c', 'import scapy'], stderr=subprocess.DEVNULL).returncode == 0
    return shutil.which(program) is not None


def missing(programs):
    """{program: package} of those that are not installed."""
    return {program: package for program, package in programs.items() if not has(program)}


@dataclass
class Setting:
    scratch: Path
    build: Path
    absent: set = field(default_factory=set)            # optional programs that are not installed
    prefix: list = field(default_factory=list)          # that every measured command begins with
    environment: dict = field(default_factory=dict)
    has_headers: bool = False                           # the option -z tcp,asymmetry,headers
    keep: bool = False                                  # the captures

    @property
    def jobs(self):
        """How many programs may run at once where only instructions count."""
        return len(os.sched_getaffinity(0))

    @property
    def plugin(self):
        return self.build / 'tcp-asymmetry.so'

    @property
    def fixed_random(self):
        return self.scratch / 'fixed-random.so'

    @property
    def output(self):
        """The folder that measured commands may write to."""
        return self.scratch / 'output'

    @property
    def counting_environment(self):
        """The environment of programs whose instructions count: the same functions on every machine."""
        return {**self.environment, 'LD_PRELOAD': str(self.fixed_random), 'GLIBC_TUNABLES': TUNABLES}

    def run(self, *command, **keywords):
        return subprocess.run([*self.prefix, *map(str, command)], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, env=self.environment, **keywords)


def build(folder):
    """Builds the plugin, the empty tap and the generator, as far as they are not up to date."""
    say(f'Building in {folder}')
    configure = ['cmake', '-S', REPOSITORY, '-B', folder, '-DBUILD_BENCHMARK=ON']
    if not (folder / 'CMakeCache.txt').exists() and has('ninja'):
        configure += ['-G', 'Ninja']
    for command in configure, ['cmake', '--build', folder, '--target', *TARGETS]:
        run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if run.returncode:
            sys.exit(f'{run.stdout}{" ".join(map(str, command))}: failed')


@contextmanager
def scratch_folder(keep):
    """A new folder under TMPDIR, removed afterwards unless it is to be kept."""
    folder = Path(tempfile.mkdtemp(prefix='tcp-asymmetry-benchmark-'))
    try:
        yield folder
    finally:
        if keep:
            say(f'Kept: {folder}')
        else:
            shutil.rmtree(folder, ignore_errors=True)


def prepare(scratch, build_folder, absent, keep):
    """The Setting, checked: tshark loads exactly our two plugins from the scratch folder."""
    scratch.chmod(0o755)
    setting = Setting(scratch, build_folder, absent, keep=keep)
    setting.output.mkdir()
    if os.geteuid() == 0:
        user = pwd.getpwnam(OTHER_USER)
        os.chown(setting.output, user.pw_uid, user.pw_gid)
        setting.prefix = [shutil.which('setpriv'), f'--reuid={user.pw_uid}', f'--regid={user.pw_gid}',
                          '--clear-groups']
    # Neither preferences nor personal plugins of whoever runs this may decide what is measured
    setting.environment = {
        'PATH': os.environ['PATH'], 'HOME': str(setting.output), 'LC_ALL': 'C.UTF-8', 'TZ': 'UTC',
        'WIRESHARK_CONFIG_DIR': '/nonexistent/wireshark', 'WIRESHARK_PLUGIN_DIR': str(scratch / 'plugins')}
    install_plugins(setting)
    shutil.copy(build_folder / 'tests/benchmark/benchmark-fixed-random.so', setting.fixed_random)
    setting.has_headers = offers_headers(setting)
    return setting


# Programs that capture, which are listed with the plugins; the second name is from 4.6 on
EXTERNAL = re.compile(r'\t(extcap|External Capture)\t')


def install_plugins(setting):
    # Wireshark puts its version behind WIRESHARK_PLUGIN_DIR, and tells where that leads to
    folders = setting.run('tshark', '-G', 'folders').stdout
    found = re.search(r'^Global Plugins:\s*(\S.*)$', folders, re.MULTILINE)
    if not found or not Path(found[1]).is_relative_to(setting.scratch):
        sys.exit(f'tshark does not take its plugins from WIRESHARK_PLUGIN_DIR:\n{folders}')
    folder = Path(found[1], 'epan')
    folder.mkdir(parents=True)
    shutil.copy(setting.plugin, folder)
    shutil.copy(setting.build / 'tests/benchmark/benchmark-empty-tap.so', folder)

    listed = setting.run('tshark', '-G', 'plugins')
    paths = [line.split('\t')[-1] for line in listed.stdout.splitlines() if not EXTERNAL.search(line)]
    if sorted(paths) != sorted(str(folder / name) for name in PLUGINS):
        sys.exit(f'tshark loads other plugins than {" and ".join(PLUGINS)}:\n{listed.stdout}{listed.stderr}')


def offers_headers(setting):
    run = setting.run('tshark', '-q', '-z', 'tcp,asymmetry,help')
    if run.returncode:
        sys.exit(f'-z tcp,asymmetry,help failed: {run.stderr}')
    return re.search(r'^\s*headers\b', run.stdout, re.MULTILINE) is not None


def readable(setting, path):
    """The path, or that of a copy where the measured commands may not read the file."""
    if setting.run('test', '-r', path).returncode == 0:
        return path
    return Path(shutil.copy(path, setting.scratch / path.name))


def left_out(setting):
    """What is not measured, and why."""
    result = [f'{program}, which is not installed' for program in sorted(setting.absent)]
    if not setting.has_headers:
        result.append('-z tcp,asymmetry,headers, an option that this build of the plugin does not have')
    return result


def processor():
    """The model, as Linux knows it."""
    try:
        found = re.search(r'^model name\s*: (.*)$', Path('/proc/cpuinfo').read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found[1].strip() if found else os.uname().machine


def commit():
    """None without git, or outside a repository."""
    if shutil.which('git') is None:
        return None
    done = subprocess.run(['git', '-C', REPOSITORY, 'describe', '--always', '--dirty'], capture_output=True, text=True)
    return done.stdout.strip() or None


def describe(setting):
    """What the numbers depend on."""
    version = re.search(r'(\d+\.\d+\.\d+)', setting.run('tshark', '--version').stdout)
    return {'wireshark': version[1] if version else 'unknown', 'processor': processor(),
            'cores': len(os.sched_getaffinity(0)), 'commit': commit(),
            'date': datetime.datetime.now(datetime.timezone.utc).strftime('%Y-%m-%d')}
