# SPDX-License-Identifier: GPL-2.0-or-later
"""Drives the real Wireshark.

    with Screen() as screen, Wireshark(screen, '-r', capture) as wireshark:
        wireshark.menu('Statistics', 'TCP Flow Asymmetry')
        table = wireshark.window('TCP Flow Asymmetry').table()
        run = wireshark.quit()
"""

import contextlib
import itertools
import os
import re
import signal
import subprocess
import tempfile
from pathlib import Path

import support
from bus import CALL_LIMIT_S, LIMIT_S, Bus, Gone, Late, wait
from screen import BOUND
from widget import ROOT, Widget
from window import Window

PREFERENCES = {
    'gui.ask_unsaved': 'FALSE',         # No question at the end about a live capture's packets
    'gui.update.enabled': 'FALSE',
}
RECENT = {
    'privs.warn_if_elevated': 'FALSE',  # No box that says root runs Wireshark
    'sys.warn_if_no_capture': 'FALSE',
}

# A crash as crash_trace.c tells it: itself, the C library, then soon, and before the plugin, a function of Qt's that deals
# with what assistive technology knows, see crashed_of_itself()
ACCESSIBILITY_CRASH = re.compile(
    r'^\S*crash-trace\.so\(.*\n\S*libc\.so\.6\(.*\n(?:(?!.*tcp-asymmetry).*\n){0,4}?'
    r'\S*libQt6\w+\.so\.6\(\w*(?:accessibleName|QAccessible)', re.MULTILINE)

# What the surroundings, not Wireshark or a plugin, print on standard error
NOISE = (
    r'Running as user "root"',
    r'nl80211 not found',               # A kernel without wireless
    r"scan mutex locked, can't scan interfaces",  # On a busy machine Wireshark 4.4 waits for itself
    r'\[Capture MESSAGE\]',             # Of a live capture: started, stopped
    r'QXcbConnection: XCB error',       # A window that we asked for, or dragged to the front, has just gone
    r'Accessible invalid: ',            # We asked for a widget that had just gone
    r'Could not find accessible on path: "/org/a11y/atspi/',  # So does Qt 6 say it
    r'QThreadStorage: Thread \w+ exited after QThreadStorage \d+ destroyed',  # Wireshark 4.4 with Qt 6, at its end
    r'wildcard call disconnects from destroyed signal of Funnel\w+Dialog',  # Qt 6.11, where Wireshark closes one
    r'Failing due to nested process_specified_records',  # It refuses to read packets again while it reads a file
    r"QTextCursor::setPosition: Position '\d+' out of range",  # It puts the cursor back after the text has got shorter
)

# Words before a command that hide the programs from Wireshark that it starts to find and ask the interfaces, in a
# mount namespace, as root. They inherit what is preloaded, and with ASan some never end: androiddump, now and then
# dumpcap, which Wireshark waits for. No preference, and for root no variable, does it.
WITHOUT_INTERFACES = (
    'unshare', '--mount', 'sh', '-c',
    'folder=$(tshark -G folders 2>/dev/null | sed -n "s/^\\(Global \\)*Extcap path:[[:space:]]*//p");'
    ' mount -t tmpfs none "$folder" && mount --bind /bin/false "$(command -v dumpcap)" && exec "$@"', 'sh')


class Wireshark:
    """A Wireshark on a screen, from its start, when it is entered, to quit(). It is killed if it still runs at
    the end.

    wrap: words before the command, such as those of valgrind, ("nsenter", ...) or, for ASan,
    (*WITHOUT_INTERFACES, "env", "LD_PRELOAD=..."); env: what differs from the environment; preferences:
    {name: value}; home: a folder for several runs that remember each other, otherwise a new one; slow: how
    many times longer everything may take (valgrind: 20); loaded: whether the start ends when the file is
    read, or as soon as the main window is there; preload: libraries.
    """

    def __init__(self, screen, *arguments, wrap=(), env=None, preferences=None, home=None, slow=1, loaded=None,
                 preload=()):
        self.screen = screen
        self.command = [*map(str, wrap), 'wireshark', *map(str, arguments)]
        self.arguments = arguments
        self.env = env or {}
        self.preferences = {**PREFERENCES, **(preferences or {})}
        self.home = home
        self.slow = slow
        self.preload = preload
        self.loaded = '-r' in arguments if loaded is None else loaded
        self.asides = itertools.cycle((0, 8))
        self.x_ids = {}         # of windows that opened() gave
        self.unusable = set()   # windows, see opened()

    # ---- start and end

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix='wireshark-', dir=self.screen.folder))
        self.home = Path(self.home or self.folder / 'home')
        self.write_settings()
        self.known = set(self.screen.bus.peers())
        self.out, self.err = self.folder / 'out', self.folder / 'err'
        with self.out.open('wb') as out, self.err.open('wb') as err:
            # A group of its own, so that what it starts (dumpcap) can be ended with it
            self.process = subprocess.Popen([*BOUND, *self.command], stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                            env=self.environment(), start_new_session=True)
        try:
            self.bus = Bus(self.screen.accessibility_address, CALL_LIMIT_S * self.slow)
            self.name = self.wait('Wireshark on the accessibility bus', self.find_name)
            self.wait('the main window', self.main)
            if self.loaded:
                self.wait_until_loaded()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, *_):
        self.kill()

    def environment(self):
        return {**support.tshark_environment(self.screen.environment), 'HOME': str(self.home),
                'LD_PRELOAD': ':'.join(map(str, [self.screen.crash_trace, *self.preload])), 'TMPDIR': str(self.folder),
                'WIRESHARK_CONFIG_DIR': str(self.configuration), **support.personal_plugins(), **self.env}

    @property
    def configuration(self):
        return self.home / 'wireshark'

    def write_settings(self):
        self.configuration.mkdir(parents=True, exist_ok=True)
        for name, settings in ('preferences', self.preferences), ('recent_common', RECENT):
            path = self.configuration / name
            if not path.exists():
                path.write_text(''.join(f'{key}: {value}\n' for key, value in settings.items()))

    def find_name(self):
        """Its connection to the accessibility bus: the new one of a process of its group."""
        for name, pid in self.bus.peers().items():
            with contextlib.suppress(ProcessLookupError):
                if name not in self.known and os.getpgid(pid) == self.process.pid:
                    return name

    def quit(self):
        """File > Quit. How Wireshark ended; err is without the noise of the surroundings."""
        self.menu('File', 'Quit')
        return self.ended()

    def ended(self):
        """Waits for the end; how it was."""
        try:
            status = self.process.wait(LIMIT_S * self.slow)
        except subprocess.TimeoutExpired as error:
            raise Late(f'Wireshark does not end; open: {self.titles()}') from error
        return support.Run(status, self.out.read_text(errors='replace'), self.messages())

    def messages(self):
        """What it has printed on standard error so far."""
        lines = self.err.read_text(errors='replace').splitlines(keepends=True)
        return ''.join(line for line in lines if not any(re.search(noise, line) for noise in NOISE))

    def crashed_of_itself(self):
        """Whether it crashed as Wireshark 4.4 and 4.6 do now and then with Qt 6, whatever plugin opens its dialogs.
        When one closes, Wireshark disconnects all its signals; so Qt's memory of what assistive technology knows,
        AT-SPI here, keeps a dialog that is gone, and asks that one for its name when another comes to stand in its
        place."""
        crashed = self.process.poll() == -signal.SIGSEGV
        return crashed and ACCESSIBILITY_CRASH.search(self.err.read_text(errors='replace')) is not None

    def kill(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.bus.close()

    def processor_time(self):
        """How long its main thread has worked, in seconds; unlike the time of day this does not depend on what else
        the machine does."""
        stat = Path('/proc', str(self.process.pid), 'task', str(self.process.pid), 'stat').read_text()
        user, system = stat.rpartition(')')[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf('SC_CLK_TCK')

    # ---- waiting

    def wait(self, what, condition, limit=LIMIT_S):
        """wait(), which also ends when Wireshark does."""
        def looked():
            if self.process.poll() is not None:
                raise Late(f'Wireshark ended with {self.process.returncode} before: {what}\n{self.messages()}')
            return condition()
        try:
            return wait(what, looked, limit * self.slow)
        except Late as late:
            if self.process.poll() is not None:
                raise
            raise Late(f'{late}\nopen: {self.titles()}\n{self.messages()}') from None

    # ---- windows

    def windows(self):
        """Those that are shown, the main window first."""
        root = Widget(self, self.name, ROOT)
        return [Window(self, each.name, each.path) for each in root.search_level()]

    def dialogs(self):
        """The windows without the main one. A message box has no title: its texts() tell which one it is."""
        return [each for each in self.windows()[1:] if each not in self.unusable]

    def steady_dialogs(self):
        """The dialogs in a moment in which none of them vanishes."""
        dialogs, = self.wait('the windows', lambda: (self.dialogs(),))
        return dialogs

    def titles(self):
        with contextlib.suppress(Gone):
            return [each.text for each in self.windows()]

    def find_window(self, title):
        pattern = title if isinstance(title, re.Pattern) else re.compile(rf'(^|· ){re.escape(title)}( ·|$)')
        return next((each for each in self.windows() if pattern.search(each.text)), None)

    def window(self, title):
        """Waits for the window of this title, which Wireshark puts between "Wireshark · " and the file's name,
        or which matches a pattern."""
        return self.wait(f'window {title!r}', lambda: self.find_window(title))

    def x_windows(self, title):
        """What the X server calls the visible windows whose title matches a compiled pattern."""
        with contextlib.suppress(Gone):     # there is none
            return set(self.xdotool('search', '--onlyvisible', '--name', title.pattern).split())
        return set()

    def opened(self, act, title, is_it=lambda window: True):
        """The window that act() opens, once it has its place on the screen. title: what its title contains.

        Wireshark's text windows and forms disconnect all their signals when they close, also the one that takes them
        out of Qt's accessibility cache. A widget made later at the address of one of them is then not on the bus:
        a window, or a part of it, which is_it() finds missing. Such a window stays open and is not among dialogs(),
        so that the next one has another address."""
        title = re.compile(re.escape(title))
        for _ in range(10):
            before, known = self.steady_dialogs(), self.x_windows(title)
            act()
            x_id, = self.wait(f'{title.pattern} to open', lambda: self.x_windows(title) - known)
            if window := next((each for each in self.steady_dialogs() if each not in before), None):
                with contextlib.suppress(Gone):
                    if is_it(window):
                        self.x_ids[window] = x_id
                        return window
                self.unusable.add(window)
        raise Late(f'no window {title.pattern} on the accessibility bus')

    def main(self):
        """The main window."""
        return next((each for each in self.windows() if each.role == 'frame'), None)

    def menu(self, *path):
        """Chooses what the texts lead to: menu("Statistics", "TCP Flow Asymmetry")."""
        self.menu_item(*path).press()

    def menu_item(self, *path):
        return self.wait(f'menu {" > ".join(path)}', lambda: self.find_menu_item(path))

    def find_menu_item(self, path):
        place = next(self.main().search('menu bar'))
        for text in path:
            menus = place.children()
            found = [item for item, (_, its_text, _) in zip(menus, place.described(menus)) if its_text == text]
            if not found:
                return None
            item = found[0]
            place = next(iter(item.children()), None)
        return item

    def menu_texts(self, *path):
        """The texts of a menu."""
        menu, = self.menu_item(*path).children()
        return [text for role, text, _ in menu.described(menu.children()) if role != 'separator']

    # ---- preferences

    def preferences_of(self, protocol, label):
        """The dialog of preferences, at the page of a protocol, which has this label."""
        def is_found():
            self.xdotool('type', protocol)
            with contextlib.suppress(Late):
                return self.wait('the page', lambda: next(window.search(text=label), None), 1)

        self.menu('Edit', 'Preferences…')
        window = self.window('Preferences')
        window.tree().click()
        # A tree finds what is typed, if nothing was typed shortly before
        self.xdotool('type', 'Protocols')
        window.find('check box', 'Look for incomplete dissectors')
        self.xdotool('key', 'Right')
        self.wait('the page', is_found)
        return window

    # ---- files

    def wait_until_loaded(self, title=''):
        """Until a file is read to its end; title: what the main window is then called."""
        closing = self.menu_item('File', 'Close')
        self.wait(f'file {title} to be read', lambda: title in self.main().text and closing.is_enabled())

    def open_file(self, path):
        self.menu('File', 'Open')
        dialog = self.window(re.compile('Open Capture File'))
        dialog.fill_field('File name:', str(path))
        dialog.press_button('Open')
        dialog.wait_until_closed()
        self.wait_until_loaded(Path(path).name)

    def close_file(self):
        closing = self.menu_item('File', 'Close')
        closing.press()
        self.wait('file to be closed', lambda: not closing.is_enabled())

    # ---- packets

    def packets(self):
        """How many packets the status bar tells, and how many of them are displayed."""
        label = next(self.main().search('label', re.compile('Packets: |No Packets')), None)
        if label is None:
            raise Gone('no number of packets in the status bar')
        text = label.text
        found = re.search(r'Packets: (\d+)', text)
        displayed = re.search(r'Displayed: (\d+)', text)
        count = int(found[1]) if found else 0
        return count, int(displayed[1]) if displayed else count

    def wait_for_packets(self, count):
        """Until there are so many packets, or more."""
        self.wait(f'{count} packets', lambda: self.packets()[0] >= count)

    def wait_for_displayed(self, count):
        self.wait(f'{count} displayed packets', lambda: self.packets()[1] == count)

    def packet_list(self, count=0):
        """The titles of the packet list, and the texts of its first rows."""
        return self.wait('the packet list', lambda: self.try_packet_list(count))

    def try_packet_list(self, count):
        packets = self.main().find('tree', 'Packet list')
        columns = packets.fact('Table', 'NColumns')
        cells = packets.children()[:columns * (1 + count)]
        texts = self.bus.calls([each.fact_request('Accessible', 'Name') for each in cells])
        lines = [tuple(texts[start:start + columns]) for start in range(0, len(texts), columns)]
        return lines[0], lines[1:]

    def details(self):
        """The lines of the details pane that are there: those of what is not expanded are not."""
        return self.wait('the details pane', lambda: [
            each.text for each in self.main().find('tree', 'Packet details').children()[1:]])

    def profile(self):
        """The profile that the status bar names."""
        return self.main().find('label', re.compile('^Profile: ')).text.removeprefix('Profile: ')

    def filter_entry(self):
        return self.main().find('text', 'Display filter entry')

    def display_filter(self):
        """What stands in the main window's display filter, applied or not."""
        return self.filter_entry().value()

    def apply_display_filter(self, text):
        entry = self.filter_entry()
        entry.fill(text)
        if text:
            apply = next(each for each in entry.search('push button') if each.description == 'Apply display filter')
            apply.press()
        else:
            self.press_return_in(entry)

    def press_return_in(self, entry):
        self.main().raise_()
        entry.focus()
        self.xdotool('key', 'Return')

    # ---- live

    def stop_capture(self):
        """Capture > Stop, until it has stopped."""
        self.menu('Capture', 'Stop')
        self.wait_until_loaded()

    def start_capture(self):
        """Capture > Start on the interface chosen last."""
        self.menu('Capture', 'Start')
        self.wait('capture to start', self.menu_item('Capture', 'Stop').is_enabled)

    # ---- the X server

    def xdotool(self, *arguments):
        return self.screen.run('xdotool', *arguments)

    def screenshot(self, path):
        """The whole screen."""
        return self.screen.screenshot(path)
