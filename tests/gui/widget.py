# SPDX-License-Identifier: GPL-2.0-or-later
"""Widgets, found and worked through the accessibility bus (AT-SPI), by role and text.

Only what that cannot do (a click on a header, a key) goes through the X server, at places that AT-SPI tells.
"""

import re
from dataclasses import dataclass

from bus import Gone, Unsigned

ATSPI = 'org.a11y.atspi.'
ROOT = '/org/a11y/atspi/accessible/root'

# The bits of AT-SPI's AtspiStateType
ACTIVE, ENABLED, FOCUSED, MULTI_LINE, PRESSED, SHOWING = 1 << 1, 1 << 8, 1 << 12, 1 << 17, 1 << 20, 1 << 25

# What their children are to search() would cost seconds: they are read by table()
TABLES = ('tree', 'tree table', 'table', 'list')

# What stands for a child that is only being made
NO_WIDGET = '/org/a11y/atspi/null'


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

    def type(self, text):
        """The same with keys: some fields take notice of nothing else. Its window has to be in front."""
        self.focus()
        self.wireshark.xdotool('key', 'ctrl+a')
        self.wireshark.xdotool('type', text)
        self.wireshark.wait(f'{text!r} in a field', lambda: self.value() == text)

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
