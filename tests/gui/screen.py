# SPDX-License-Identifier: GPL-2.0-or-later
"""A screen that nobody sees, with all that a desktop has: Xvfb, a window manager, clipboard, D-Bus."""

import contextlib
import itertools
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from gi.repository import GLib

import support
from bus import LIMIT_S, Bus, Gone, wait

PROGRAMS = ('wireshark', 'Xvfb', 'openbox', 'dbus-daemon', 'xdotool', 'xclip', 'xprop', 'import', 'convert', 'setpriv')
# Wide enough for a table's columns
SIZE = '4800x1200x24'

# Words before a command that let it die with us, however we die
BOUND = ('setpriv', '--pdeathsig', 'KILL')


def missing_programs():
    """The programs that are not here, for which tests have to be skipped."""
    return [program for program in PROGRAMS if shutil.which(program) is None]


class Screen:
    """X server, window manager, session and accessibility buses."""

    def __init__(self, size=SIZE):
        self.size = size
        self.numbers = itertools.count(1)

    def __enter__(self):
        self.stack = contextlib.ExitStack()
        with contextlib.ExitStack() as stack:
            self.folder = stack.enter_context(
                tempfile.TemporaryDirectory(prefix='screen-', ignore_cleanup_errors=True))
            self.crash_trace = self.preloadable('crash_trace.c')
            self.processes = stack.enter_context(contextlib.ExitStack())
            self.start()
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self.stack.close()

    def start(self):
        session = f'unix:path={self.folder}/session-bus'
        self.environment = {
            'DISPLAY': self.start_x(), 'HOME': self.folder, 'XDG_RUNTIME_DIR': self.folder,
            'DBUS_SESSION_BUS_ADDRESS': session, 'XDG_CURRENT_DESKTOP': '', 'QT_QPA_PLATFORMTHEME': '',
            'QT_ACCESSIBILITY': '1', 'QT_LINUX_ACCESSIBILITY_ALWAYS_ON': '1', 'NO_AT_BRIDGE': '1',
        }
        self.spawn('openbox')
        self.spawn('dbus-daemon', '--session', '--nofork', '--nopidfile', f'--address={session}')
        self.session = wait('the session bus', lambda: self.try_bus(session))
        self.processes.callback(self.session.close)
        # Starts the accessibility bus
        self.accessibility_address = self.session.call('org.a11y.Bus', '/org/a11y/bus', 'org.a11y.Bus', 'GetAddress')
        self.bus = Bus(self.accessibility_address)
        self.processes.callback(self.bus.close)
        wait('the window manager', self.has_window_manager)

    def preloadable(self, source):
        """A library made from one of the C files beside this one."""
        library = Path(self.folder, Path(source).stem.replace('_', '-') + '.so')
        subprocess.run(['gcc', '-shared', '-fPIC', Path(__file__).with_name(source), '-o', library], check=True)
        return library

    def try_bus(self, address):
        try:
            return Bus(address)
        except GLib.Error:
            return None

    def start_x(self):
        """Starts an X server on a free display, whose name it returns."""
        reader, writer = os.pipe()
        with open(reader) as number:
            try:
                self.spawn('Xvfb', '-displayfd', str(writer), '-screen', '0', self.size, '-nolisten', 'tcp',
                           '-noreset', env={}, pass_fds=[writer])
            finally:
                os.close(writer)
            display = number.readline().strip()
        assert display, f'Xvfb does not start:\n{self.log("Xvfb").read_text()}'
        return f':{display}'

    def has_window_manager(self):
        return 'window id' in self.run('xprop', '-root', '_NET_SUPPORTING_WM_CHECK')

    def log(self, program):
        return Path(self.folder, f'{program}.log')

    def spawn(self, program, *arguments, env=None, **keywords):
        with self.log(program).open('wb') as log:
            process = subprocess.Popen(
                [*BOUND, program, *arguments], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                env=support.tshark_environment(self.environment if env is None else env), **keywords)
        self.processes.callback(end, process)

    def run(self, *command, text=None):
        """Runs a program on this screen; its output."""
        return self.run_binary(*command, text=text and text.encode()).decode()

    def run_binary(self, *command, text=None):
        done = subprocess.run([*map(str, command)], input=text, capture_output=True,
                              env=support.tshark_environment(self.environment), timeout=LIMIT_S)
        if done.returncode != 0:
            raise Gone(f'{command}: {done.stderr.decode(errors="replace")}')
        return done.stdout

    def clipboard(self):
        return self.run('xclip', '-selection', 'clipboard', '-out')

    def other_clipboard(self, text):
        """What the clipboard has, if that is not this text."""
        now = self.clipboard()
        return now if now != text else None

    def fill_clipboard(self):
        """Puts a text into the clipboard that has never been there; the text."""
        text = f'text {next(self.numbers)} of the tests'
        # It stays to hand out the text, and would keep a pipe open
        subprocess.run(['xclip', '-selection', 'clipboard', '-in'], input=text, text=True, timeout=LIMIT_S,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       env=support.tshark_environment(self.environment), check=True)
        # Its child may still be on the way to the X server
        wait(f'{text!r} in the clipboard', lambda: self.clipboard() == text)
        return text

    def screenshot(self, path, window='root', *options):
        """A PNG file of the screen or a window, taken when two pictures in a row are the same."""
        previous = None
        for _ in range(10):
            self.run('import', '-silent', '-window', window, *options, f'png:{path}')
            picture = self.run('identify', '-format', '%#', path)
            if picture == previous:
                break
            previous = picture
        return path


def end(process):
    """Ends a process and all that it has started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
