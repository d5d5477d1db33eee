# SPDX-License-Identifier: GPL-2.0-or-later
"""Drives the real Wireshark on a desktop of its own that nobody sees.

    with Desktop() as desktop, desktop.wireshark('-r', capture) as wireshark:
        wireshark.menu('Statistics', 'TCP Flow Asymmetry')
        table = wireshark.window('TCP Flow Asymmetry').table()
        run = wireshark.quit()

Widgets are found and worked through the accessibility bus (AT-SPI), by role and text; only what that
cannot do (a click on a header, a key) goes through the X server, at places that AT-SPI tells. The bus
is spoken directly and not through pyatspi, which can have one bus in the life of a process and caches
what has long changed.
"""

import contextlib
import itertools
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from gi.repository import Gio, GLib

import support

PROGRAMS = ('wireshark', 'Xvfb', 'openbox', 'dbus-daemon', 'xdotool', 'xclip', 'xprop', 'import', 'convert', 'setpriv')
# Wide enough for a table's columns
SCREEN = '4800x1200x24'

ATSPI = 'org.a11y.atspi.'
ROOT = '/org/a11y/atspi/accessible/root'

# The bits of AT-SPI's AtspiStateType
ACTIVE, ENABLED, FOCUSED, MULTI_LINE, PRESSED, SHOWING = 1 << 1, 1 << 8, 1 << 12, 1 << 17, 1 << 20, 1 << 25

# What their children are to search() would cost seconds: they are read by table()
TABLES = ('tree', 'tree table', 'table', 'list')

POLL_S = 0.02
# For what hangs only: on a busy machine the start alone takes half a minute
LIMIT_S = 120
CALL_LIMIT_S = 120

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

# Words before a command that let it die with us, however we die
BOUND = ('setpriv', '--pdeathsig', 'KILL')

# Words before a command that hide the programs from Wireshark that it starts to find and ask the interfaces, in a
# mount namespace, as root. They inherit what is preloaded, and with ASan some never end: androiddump, now and then
# dumpcap, which Wireshark waits for. No preference, and for root no variable, does it.
WITHOUT_INTERFACES = (
    'unshare', '--mount', 'sh', '-c',
    'folder=$(tshark -G folders 2>/dev/null | sed -n "s/^\\(Global \\)*Extcap path:[[:space:]]*//p");'
    ' mount -t tmpfs none "$folder" && mount --bind /bin/false "$(command -v dumpcap)" && exec "$@"', 'sh')


def missing_programs():
    """The programs that are not here, for which tests have to be skipped."""
    return [program for program in PROGRAMS if shutil.which(program) is None]


class Gone(Exception):
    """A widget that was looked at is not there any more, or did not answer."""


class Late(AssertionError):
    """What was waited for did not come."""


def wait(what, condition, limit=LIMIT_S):
    """The first true value that condition() gives. Widgets that vanish while it looks count as false."""
    end = time.monotonic() + limit
    while True:
        try:
            if value := condition():
                return value
        except Gone:
            pass
        if time.monotonic() > end:
            raise Late(f'{limit} s were not enough for: {what}')
        time.sleep(POLL_S)


# ------------------------------------------------------------------------------ the bus

class Bus:
    """A connection to a D-Bus."""

    def __init__(self, address, limit=CALL_LIMIT_S):
        self.limit = limit
        self.context = GLib.MainContext()
        with self.callbacks():
            self.connection = Gio.DBusConnection.new_for_address_sync(
                address, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION)
        # Otherwise the end of the bus would be the end of this process
        self.connection.set_exit_on_close(False)

    @contextlib.contextmanager
    def callbacks(self):
        self.context.push_thread_default()
        try:
            yield
        finally:
            self.context.pop_thread_default()

    def call(self, name, path, interface, method, *arguments):
        """The value that a method returns, unpacked."""
        return self.calls([(name, path, interface, method, *arguments)])[0]

    def calls(self, requests):
        """What each of these calls returns. All are on their way before the first answer is there."""
        answers = [None] * len(requests)
        waiting = set(range(len(requests)))

        def answered(connection, result, number):
            try:
                answers[number] = connection.call_finish(result).unpack()
            except GLib.Error as error:
                answers[number] = error
            waiting.discard(number)

        with self.callbacks():
            for number, (name, path, interface, method, *arguments) in enumerate(requests):
                self.connection.call(name, path, interface, method, packed(arguments), None,
                                     Gio.DBusCallFlags.NONE, int(self.limit * 1000), None, answered, number)
        while waiting:
            self.context.iteration(True)
        for request, answer in zip(requests, answers):
            if isinstance(answer, GLib.Error):
                raise Gone(f'{request}: {answer.message}')
        return [answer[0] if len(answer) == 1 else answer for answer in answers]

    def tell(self, name, path, interface, method, *arguments):
        """Calls a method whose answer may take as long as a dialog is open."""
        self.connection.call(name, path, interface, method, packed(arguments), None,
                             Gio.DBusCallFlags.NONE, int(self.limit * 1000), None, None)
        self.connection.flush_sync()

    def peers(self):
        """Process ids by the names of the connections."""
        peers = {}
        for name in self.call(*DBUS, 'ListNames'):
            with contextlib.suppress(Gone):
                if name.startswith(':'):
                    peers[name] = self.call(*DBUS, 'GetConnectionUnixProcessID', name)
        return peers

    def close(self):
        with contextlib.suppress(GLib.Error):
            self.connection.close_sync()


# What stands for a child that is only being made
NO_WIDGET = '/org/a11y/atspi/null'

DBUS = ('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus')
SIGNATURES = {bool: 'b', int: 'i', str: 's'}


def packed(arguments):
    if not arguments:
        return None
    signature = ''.join('u' if isinstance(each, Unsigned) else SIGNATURES[type(each)] for each in arguments)
    return GLib.Variant(f'({signature})', arguments)


class Unsigned(int):
    """An argument of D-Bus type u."""


# ------------------------------------------------------------------------------ widgets

@dataclass(frozen=True)
class Table:
    """A tree's titles, and its rows of texts as they are shown, children below their parents."""
    titles: tuple
    rows: tuple

    def column(self, title):
        return [row[self.titles.index(title)] for row in self.rows]

    def dicts(self):
        return [dict(zip(self.titles, row)) for row in self.rows]


@dataclass(frozen=True)
class Widget:
    """Anything on the screen that AT-SPI knows."""
    wireshark: 'Wireshark'
    name: str
    path: str

    def call(self, interface, method, *arguments):
        return self.wireshark.bus.call(*self.request(interface, method, *arguments))

    def request(self, interface, method, *arguments):
        return (self.name, self.path, ATSPI + interface, method, *arguments)

    def fact_request(self, interface, name):
        return (self.name, self.path, 'org.freedesktop.DBus.Properties', 'Get', ATSPI + interface, name)

    def fact(self, interface, name):
        return self.wireshark.bus.call(*self.fact_request(interface, name))

    # ---- what it is

    @property
    def text(self):
        """A label's or button's text, a window's title; see value() for what can be edited."""
        return self.fact('Accessible', 'Name')

    @property
    def role(self):
        return self.call('Accessible', 'GetRoleName')

    @property
    def description(self):
        """Its tool tip, or the hint inside an empty field."""
        return self.fact('Accessible', 'Description')

    def has_state(self, state):
        return bool(self.call('Accessible', 'GetState')[0] & state)

    def is_enabled(self):
        return self.has_state(ENABLED)

    def is_shown(self):
        return self.has_state(SHOWING)

    def value(self):
        """The whole text of an entry field or a text area."""
        return self.call('Text', 'GetText', 0, self.fact('Text', 'CharacterCount'))

    def extents(self):
        """x, y, width and height on the screen."""
        return self.call('Component', 'GetExtents', Unsigned(0))

    # ---- where others are

    def children(self):
        return [Widget(self.wireshark, name, path) for name, path in self.call('Accessible', 'GetChildren')
                if path != NO_WIDGET]

    def described(self, widgets):
        """(role, text, states) of each."""
        requests = []
        for each in widgets:
            requests += [each.request('Accessible', 'GetRoleName'), each.fact_request('Accessible', 'Name'),
                         each.request('Accessible', 'GetState')]
        answers = iter(self.wireshark.bus.calls(requests))
        return [(role, text, states[0]) for role, text, states in zip(answers, answers, answers)]

    def search(self, role=None, text=None, hidden=False):
        """All widgets below, breadth first. text: the whole text, or a compiled pattern that is searched for
        in it. What is not shown is left out together with all that is in it."""
        level = [self]
        while level:
            below = []
            for parent in level:
                below += parent.children()
            level = []
            for widget, (its_role, its_text, states) in zip(below, self.described(below)):
                if not hidden and not states & SHOWING:
                    continue
                if (role is None or role == its_role) and matches(text, its_text):
                    yield widget
                if its_role not in TABLES:
                    level.append(widget)

    def find(self, role=None, text=None, hidden=False):
        """The first of search(), waited for."""
        return self.wireshark.wait(f'{role or "widget"} {text or ""}',
                                   lambda: next(self.search(role, text, hidden), None))

    def search_level(self):
        """The children that are shown."""
        children = self.children()
        return [each for each, (_, _, states) in zip(children, self.described(children)) if states & SHOWING]

    def texts(self, role='label'):
        return [each.text for each in self.search(role)]

    # ---- what can be done with it

    def press(self):
        """A button or a menu item. Returns when what it does has been done, or when that waits for the user in
        a dialog."""
        self.wireshark.wait(f'{self} to be enabled', self.is_enabled)
        # The answer to this one would be kept back until a dialog is closed. The answer to the next one comes
        # while the dialog is open.
        self.wireshark.bus.tell(*self.request('Action', 'DoAction', 0))
        # A button stays down for a tenth of a second, and acts then
        self.wireshark.wait(f'{self} to be released', lambda: not self.is_down())

    def is_down(self):
        try:
            return self.has_state(PRESSED)
        except Gone:
            return False

    def fill(self, text):
        """Replaces the text of an entry field."""
        self.wireshark.wait(f'{self} to be enabled', self.is_enabled)

        def filled():
            # A dialog that has just opened may empty its fields once more
            self.call('EditableText', 'SetTextContents', text)
            return self.value() == text
        self.wireshark.wait(f'{text!r} in a field', filled)

    def focus(self):
        """Gives it the keyboard; its window has to be in front."""
        self.call('Component', 'GrabFocus')
        self.wireshark.wait(f'{self} to be in focus', lambda: self.has_state(FOCUSED))

    def click(self):
        """With the mouse, not far from the middle."""
        x, y, width, height = self.extents()
        # Two quick clicks at one place would be a double click
        aside = next(self.wireshark.asides)
        self.wireshark.xdotool('mousemove', x + width // 2 + aside, y + height // 2, 'click', 1)


def matches(wanted, text):
    if wanted is None:
        return True
    return wanted.search(text) is not None if isinstance(wanted, re.Pattern) else wanted == text


def side(lines):
    """At which side of a grey picture something stands. A faint mark on the current cell is nothing."""
    background = Counter(b''.join(lines)).most_common(1)[0][0]
    inked = [x for x in range(len(lines[0])) if any(abs(line[x] - background) > 80 for line in lines)]
    return 'left' if inked[0] < len(lines[0]) - 1 - inked[-1] else 'right'


@dataclass(frozen=True)
class Window(Widget):
    """A window or dialog."""

    # ---- text windows and forms

    def body(self):
        """All the text of a text window: its one text area, not the fields of one line. Qt has a character of its
        own for the end of a line in a paragraph, and none for that of the last paragraph."""
        return self.text_area().value().replace('\u2028', '\n') + '\n'

    def text_area(self):
        areas = [each for each in self.search('text') if each.has_state(MULTI_LINE)]
        return areas[0] if areas else self.find('text')

    def place_of_character(self, offset):
        """x and y on the screen of a character of body(), also where that is not in view."""
        return self.text_area().call('Text', 'GetCharacterExtents', offset, Unsigned(0))[:2]

    def buttons(self):
        """The texts of the buttons that are shown, in no particular order."""
        return [text for text in self.texts('push button') if text]

    def button(self, text):
        return self.find('push button', text)

    def press_button(self, text):
        self.button(text).press()

    def field(self, label, role='text'):
        """The entry field, or combo box, on the right of a label: AT-SPI does not know that they belong together."""
        def beside():
            x, y, _, height = self.find('label', label).extents()
            for each in self.search(role):
                left, top, _, tall = each.extents()
                if left > x and top < y + height / 2 < top + tall:
                    return each
        return self.wireshark.wait(f'field of {label!r}', beside)

    def fill_field(self, label, text):
        self.field(label).fill(text)

    # ---- tables

    def tree(self):
        return self.find('tree')

    def cells(self):
        """The tree's header cells, and rows of cells. Only expanded rows are there."""
        tree = self.tree()
        columns = tree.fact('Table', 'NColumns')
        cells = tree.children()
        rows = [cells[start:start + columns] for start in range(0, len(cells), columns)]
        return rows[0], rows[1:]

    def table(self):
        """The tree as texts. Waits for the moment in which it does not change while it is read."""
        return self.wireshark.wait('a table that keeps still', self.try_table)

    def try_table(self):
        titles, rows = self.cells()
        widgets = [*titles, *itertools.chain(*rows)]
        texts = self.wireshark.bus.calls([each.fact_request('Accessible', 'Name') for each in widgets])
        lines = [tuple(texts[start:start + len(titles)]) for start in range(0, len(texts), len(titles))]
        return Table(lines[0], tuple(lines[1:]))

    def wait_for_table(self, what, condition):
        """The table once condition(table) holds."""
        def met():
            table = self.try_table()
            return table if condition(table) else None
        return self.wireshark.wait(what, met)

    def sort(self, title):
        """Clicks on a column's title: ascending, or the other way round if it is sorted by it already."""
        self.raise_()
        header = next(each for each in self.cells()[0] if each.text == title)
        self.make_room_for(header)
        header.click()

    def alignments(self):
        """For each column, whether texts stand 'left' or 'right' in their cells: AT-SPI does not tell, so the
        picture of the first row that has no empty cell has to."""
        self.raise_()
        row = next(row for row in self.cells()[1] if all(cell.text for cell in row))
        self.make_room_for(row[-1])
        picture = self.wireshark.folder / 'alignments.png'
        boxes = [cell.extents() for cell in row]
        left, top = boxes[0][:2]
        width, height = boxes[-1][0] + boxes[-1][2] - left, boxes[0][3]
        self.wireshark.desktop.screenshot(picture, 'root', '-crop', f'{width}x{height}+{left}+{top}', '+repage')
        grey = self.wireshark.desktop.run_binary('convert', picture, '-depth', 8, 'gray:-')
        lines = [grey[start:start + width] for start in range(0, len(grey), width)]
        return [side([line[x - left:x - left + wide] for line in lines]) for x, _, wide, _ in boxes]

    def make_room_for(self, cell):
        """Makes the window as large as the screen if a cell does not fit into it."""
        def fits():
            left, top, width, height = tree.extents()
            x, y, cell_width, cell_height = cell.extents()
            return x >= left and y >= top and x + cell_width <= left + width and y + cell_height <= top + height
        tree = self.tree()
        if not fits():
            self.resize('95%', '90%')
            self.wireshark.wait(f'column {cell.text!r} to fit on the screen', fits)

    def resize(self, width, height):
        """To a size in pixels or per cent of the screen, in the corner of the screen."""
        window = self.raise_()
        self.wireshark.xdotool('windowmove', window, 0, 0, 'windowsize', window, width, height)

    # ---- statistics dialogs

    def apply_filter(self, text):
        """Types a display filter into a statistics dialog and presses Apply; waits until it has been applied."""
        self.find('text', 'Display filter entry').fill(text)
        self.press_button('Apply')
        # Both are disabled while it works through the packets
        self.wireshark.wait('the filter to be applied', self.button('Apply').is_enabled)

    def copy(self):
        """Presses Copy; the text that is then in the clipboard."""
        return self.copied('Copy')

    def copied(self, button):
        """The text that this button puts into the clipboard."""
        desktop = self.wireshark.desktop
        before = desktop.fill_clipboard()
        self.press_button(button)
        return self.wireshark.wait('a text in the clipboard', lambda: desktop.other_clipboard(before))

    def save_as(self, path, kind):
        """Saves a statistics dialog by its own button as one of "Plain text file", "Comma separated values",
        "XML document", "YAML document"; the file's text."""
        self.press_button('Save as…')
        dialog = self.wireshark.window(re.compile('Save Statistics As'))
        dialog.choose_kind(kind)
        dialog.fill_field('File name:', str(path))
        dialog.press_button('Save')
        dialog.wait_until_closed()
        return self.wireshark.wait(f'{path} to be written', lambda: path.exists() and path.read_text())

    def choose_kind(self, kind):
        """Chooses the kind of file in a file dialog, by the beginning of its text."""
        box = self.field('Files of type:', 'combo box')
        choices = next(box.search('list', hidden=True))
        number = next(number for number, item in enumerate(choices.children()) if item.text.startswith(kind))
        self.raise_()
        box.press()
        self.wireshark.wait('the choices', choices.is_shown)
        self.wireshark.xdotool('key', '--delay', 5, 'Home', *['Down'] * number, 'Return')
        self.wireshark.wait(f'{kind} to be chosen', lambda: box.text.startswith(kind))

    # ---- as a whole

    def is_open(self):
        try:
            return self.has_state(SHOWING)
        except Gone:
            return False

    def wait_until_closed(self):
        self.wireshark.wait(f'window {self.path} to close', lambda: not self.is_open())

    def close(self):
        """As its close button in the frame does."""
        self.raise_()
        self.wireshark.xdotool('key', 'alt+F4')
        self.wait_until_closed()

    def raise_(self):
        """Brings it to the front, with the keyboard; what the X server calls it."""
        x_id = self.x_id()

        def is_in_front():
            return self.wireshark.xdotool('getactivewindow').strip() == x_id and self.has_state(ACTIVE)
        self.wireshark.xdotool('windowactivate', x_id)
        self.wireshark.wait(f'window {self.text!r} to be in front', is_in_front)
        return x_id

    def x_id(self):
        """What the X server calls it. Of windows with the same title only those that opened() gave are known."""
        if self in self.wireshark.x_ids:
            return self.wireshark.x_ids[self]
        title = re.compile(f'^{re.escape(self.text)}$')
        x_id, = self.wireshark.wait(f'an X window {self.text!r}', lambda: self.wireshark.x_windows(title))
        return x_id

    def screenshot(self, path):
        """A PNG file of the window without its frame."""
        return self.wireshark.desktop.screenshot(path, self.raise_())


# ------------------------------------------------------------------------------ Wireshark

class Wireshark:
    """A Wireshark on a desktop, from its start, when it is entered, to quit(). It is killed if it still runs at
    the end.

    wrap: words before the command, such as those of valgrind, ("nsenter", ...) or, for ASan,
    (*WITHOUT_INTERFACES, "env", "LD_PRELOAD=..."); env: what differs from the environment; preferences:
    {name: value}; home: a folder for several runs that remember each other, otherwise a new one; slow: how
    many times longer everything may take (valgrind: 20); loaded: whether the start ends when the file is
    read, or as soon as the main window is there; preload: libraries.
    """

    def __init__(self, desktop, *arguments, wrap=(), env=None, preferences=None, home=None, slow=1, loaded=None,
                 preload=()):
        self.desktop = desktop
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
        self.folder = Path(tempfile.mkdtemp(prefix='wireshark-', dir=self.desktop.folder))
        self.home = Path(self.home or self.folder / 'home')
        self.write_settings()
        self.known = set(self.desktop.bus.peers())
        self.out, self.err = self.folder / 'out', self.folder / 'err'
        with self.out.open('wb') as out, self.err.open('wb') as err:
            # A group of its own, so that what it starts (dumpcap) can be ended with it
            self.process = subprocess.Popen([*BOUND, *self.command], stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                            env=self.environment(), start_new_session=True)
        try:
            self.bus = Bus(self.desktop.accessibility_address, CALL_LIMIT_S * self.slow)
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
        return {**support.tshark_environment(self.desktop.environment), 'HOME': str(self.home),
                'LD_PRELOAD': ':'.join(map(str, [self.desktop.crash_trace, *self.preload])), 'TMPDIR': str(self.folder),
                'WIRESHARK_CONFIG_DIR': str(self.configuration), **self.env}

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
        return self.desktop.run('xdotool', *arguments)

    def screenshot(self, path):
        """The whole screen."""
        return self.desktop.screenshot(path)


# ------------------------------------------------------------------------------ the desktop

class Desktop:
    """A screen of its own: X server, window manager, session and accessibility buses."""

    def __init__(self, screen=SCREEN):
        self.screen = screen
        self.numbers = itertools.count(1)

    def __enter__(self):
        self.stack = contextlib.ExitStack()
        with contextlib.ExitStack() as stack:
            self.folder = stack.enter_context(
                tempfile.TemporaryDirectory(prefix='desktop-', ignore_cleanup_errors=True))
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
                self.spawn('Xvfb', '-displayfd', str(writer), '-screen', '0', self.screen, '-nolisten', 'tcp',
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
        """Runs a program on this desktop; its output."""
        return self.run_binary(*command, text=text and text.encode()).decode()

    def run_binary(self, *command, text=None):
        done = subprocess.run([*map(str, command)], input=text, capture_output=True,
                              env=support.tshark_environment(self.environment), timeout=LIMIT_S)
        if done.returncode != 0:
            raise Gone(f'{command}: {done.stderr.decode(errors="replace")}')
        return done.stdout

    def wireshark(self, *arguments, **keywords):
        """A Wireshark with these arguments, to be entered with "with"."""
        return Wireshark(self, *arguments, **keywords)

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
