# SPDX-License-Identifier: GPL-2.0-or-later
"""D-Bus, spoken directly, and how to wait for what is on its way.

Not through pyatspi, which can have one bus in the life of a process, and caches what has long changed.
"""

import contextlib
import time

from gi.repository import Gio, GLib

POLL_S = 0.02
# For what hangs only: on a busy machine the start alone takes half a minute
LIMIT_S = 120
CALL_LIMIT_S = 120


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


DBUS = ('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus')
SIGNATURES = {bool: 'b', int: 'i', str: 's'}


def packed(arguments):
    if not arguments:
        return None
    signature = ''.join('u' if isinstance(each, Unsigned) else SIGNATURES[type(each)] for each in arguments)
    return GLib.Variant(f'({signature})', arguments)


class Unsigned(int):
    """An argument of D-Bus type u."""
