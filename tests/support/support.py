"""What the integration tests have in common: how to run tshark, and a second source for numbers.

The second source is tshark itself without the plugin: its display filters and its fields.
"""

import csv
import io
import json
import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
REPOSITORY = TESTS.parent
CAPTURES = REPOSITORY / 'captures'
SHARED_CAPTURES = REPOSITORY.parent / 'shared' / 'captures'
WILD_CAPTURES = REPOSITORY.parent / 'shared' / 'wild'
BUILD = Path(os.environ.get('TFA_BUILD', REPOSITORY / 'build'))

# Wireshark's configuration profile that comes with the plugin
PROFILE = 'TCP Flow Asymmetry'

FORMATS = ('text', 'json', 'ndjson', 'csv')
DIRECTIONS = {'client_to_server': 'c2s_', 'server_to_client': 's2c_'}
NO_TCP = 'No TCP packets found in this capture'
ALL_CUT = 'No TCP packet of this capture could be dissected'

# Neither the language nor the preferences and hosts file of whoever runs the tests may decide them
ENVIRONMENT = {'LC_ALL': 'C.UTF-8', 'TZ': 'UTC', 'WIRESHARK_CONFIG_DIR': '/nonexistent/wireshark'}

PACKED = ('.pcap.gz', '.pcapng.gz', '.cap.gz', '.dmp.gz', '.dump.gz', '.erf.gz', '.snoop.gz')
CAPTURE_SUFFIXES = ('.pcap', '.pcapng', '.cap', *PACKED)

TIMEOUT_S = 60


@dataclass(frozen=True)
class Run:
    """How a program ended. err is without tshark's warning that root runs it."""
    status: int
    out: str
    err: str


def without_root_warning(text):
    return ''.join(line for line in text.splitlines(keepends=True)
                   if not line.startswith('Running as user "root"'))


def personal_plugins():
    """What leads Wireshark to the plugins of whoever runs the tests, if the plugin is there: another HOME hides them."""
    folder = Path.home() / '.local/lib/wireshark/plugins'
    is_there = os.geteuid() != 0 and any(folder.glob('*/epan/tcp-asymmetry.so'))
    return {'WIRESHARK_PLUGIN_DIR': str(folder)} if is_there else {}


def data_folder():
    """Where all users' Wireshark has its own files."""
    return Path(re.search(r'^Global configuration:\s*(.*)$', run_tshark('-G', 'folders').out, re.MULTILINE)[1])


def provide_profile(configuration):
    """Makes PROFILE available to a Wireshark with this configuration folder, if root has not installed it for everybody."""
    if not (data_folder() / 'profiles' / PROFILE).is_dir():
        subprocess.run(['cmake', f'-DTFA_PROFILES={configuration}/profiles', '-P', BUILD / 'profile.cmake'], check=True,
                       stdout=subprocess.DEVNULL, timeout=TIMEOUT_S)


def tshark_environment(env=None):
    return {**os.environ, **ENVIRONMENT, **(env or {})}


def run_tshark(*arguments, stdin=None, env=None, stdout=subprocess.PIPE, preexec=None):
    """Runs tshark to its end. stdin: bytes for its standard input, or an open file. env: what
    differs from the environment."""
    source = {'input': stdin} if isinstance(stdin, bytes) else {'stdin': stdin or subprocess.DEVNULL}
    done = subprocess.run(
        ['tshark', *map(str, arguments)], **source, stdout=stdout, stderr=subprocess.PIPE,
        env=tshark_environment(env), timeout=TIMEOUT_S, preexec_fn=preexec)
    return Run(done.returncode, (done.stdout or b'').decode(errors='surrogateescape'),
               without_root_warning(done.stderr.decode(errors='replace')))


def is_cut_short(run):
    return 'cut short' in run.err


def statistic(options=''):
    """The argument of -z with these options."""
    return 'tcp,asymmetry' + (f',{options}' if options else '')


def report(capture, options='', *arguments, **keywords):
    """The statistic's output for a capture; tshark must succeed. A file that was cut short is read
    as far as it goes: tshark then says so and ends with a status of its own."""
    run = run_tshark('-q', *arguments, '-z', statistic(options), '-r', capture, **keywords)
    assert run.status == 0 or is_cut_short(run), run.err
    return run.out


def reports(capture, list_of_options, *arguments):
    """What report() gives for each of these options, from a single run of tshark: reading a capture
    once is faster."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, str(number)) for number in range(len(list_of_options))]
        statistics = []
        for path, options in zip(paths, list_of_options):
            statistics += ['-z', statistic(f'output={path},{options}' if options else f'output={path}')]
        run = run_tshark('-q', *arguments, *statistics, '-r', capture)
        assert run.status == 0 or is_cut_short(run), run.err
        return [path.read_bytes().decode() for path in paths]


def parse_json(text):
    """Numbers stay as they were written, so that equal means equal to the last digit."""
    return json.loads(text, parse_float=Decimal)


def json_report(capture, options='', *arguments, **keywords):
    options = f'format=json,{options}' if options else 'format=json'
    return parse_json(report(capture, options, *arguments, **keywords))


def parse_csv(text):
    """The rows of a CSV text as dicts, read as strictly as Python can: RFC 4180 line ends, and as
    many cells in each row as in the header."""
    assert not re.search(r'(?<!\r)\n', re.sub(r'"[^"]*"', '', text)), 'a line ends without CR'
    rows = list(csv.DictReader(io.StringIO(text, newline=''), strict=True))
    assert not any(None in row or None in row.values() for row in rows), 'a row has not as many cells as the header'
    return rows


# ------------------------------------------------------------------------------ the second source

def fields(capture, display_filter, *names, arguments=()):
    """The values of these fields, a tuple for each frame that the display filter shows."""
    printed = [part for name in names for part in ('-e', name)]
    run = run_tshark('-n', '-r', capture, '-Y', display_filter, *arguments, '-T', 'fields', *printed)
    assert run.status == 0 or is_cut_short(run), run.err
    return [tuple(line.split('\t')) for line in run.out.splitlines()]


def listed_fields():
    """{name: Wireshark's type} of the plugin's fields that "tshark -G fields" lists."""
    return dict(re.findall(r'^F\t[^\t]*\t(tcp_asymmetry\.[^\t]*)\t([^\t]*)\ttcp_asymmetry\t',
                           run_tshark('-G', 'fields').out, re.MULTILINE))


def frames(capture, display_filter, arguments=()):
    """How many frames the display filter shows."""
    return len(fields(capture, display_filter, 'frame.number', arguments=arguments))


# ------------------------------------------------------------------------------ captures

def captures_in(paths):
    """The capture files among these files and in these folders."""
    for path in map(Path, paths):
        if path.is_dir():
            yield from sorted(p for p in path.rglob('*') if p.is_file() and p.name.endswith(CAPTURE_SUFFIXES))
        else:
            yield path


def own_captures():
    return list(captures_in([CAPTURES]))


def shared_captures():
    return list(captures_in([SHARED_CAPTURES])) if SHARED_CAPTURES.is_dir() else []


def wild_captures():
    """Small public captures, many and of every kind: for what takes little time of each."""
    return list(captures_in([WILD_CAPTURES])) if WILD_CAPTURES.is_dir() else []
