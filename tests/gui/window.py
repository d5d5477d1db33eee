# SPDX-License-Identifier: GPL-2.0-or-later
"""What is done in windows: text windows, forms, tables, statistics and file dialogs."""

import itertools
import re
from collections import Counter
from dataclasses import dataclass

from bus import Gone, Unsigned
from widget import ACTIVE, MULTI_LINE, SHOWING, Widget


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
        self.wireshark.screen.screenshot(picture, 'root', '-crop', f'{width}x{height}+{left}+{top}', '+repage')
        grey = self.wireshark.screen.run_binary('convert', picture, '-depth', 8, 'gray:-')
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
        screen = self.wireshark.screen
        before = screen.fill_clipboard()
        self.press_button(button)
        return self.wireshark.wait('a text in the clipboard', lambda: screen.other_clipboard(before))

    def save_as(self, path, kind):
        """Saves a statistics dialog by its own button as one of "Plain text file", "Comma separated values",
        "XML document", "YAML document"; the file's text."""
        self.press_button('Save as…')
        dialog = self.wireshark.window(re.compile('Save Statistics As'))
        dialog.choose('Files of type:', kind)
        dialog.fill_field('File name:', str(path))
        dialog.press_button('Save')
        dialog.wait_until_closed()
        return self.wireshark.wait(f'{path} to be written', lambda: path.exists() and path.read_text())

    def choose(self, label, choice):
        """Chooses in the combo box on the right of a label, by the beginning of the choice's text."""
        box = self.field(label, 'combo box')
        choices = next(box.search('list', hidden=True))
        number = next(number for number, item in enumerate(choices.children()) if item.text.startswith(choice))
        self.raise_()
        box.press()
        self.wireshark.wait('the choices', choices.is_shown)
        self.wireshark.xdotool('key', '--delay', 5, 'Home', *['Down'] * number, 'Return')
        self.wireshark.wait(f'{choice} to be chosen', lambda: box.text.startswith(choice))

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
        return self.wireshark.screen.screenshot(path, self.raise_())


def side(lines):
    """At which side of a grey picture something stands. A faint mark on the current cell is nothing."""
    background = Counter(b''.join(lines)).most_common(1)[0][0]
    inked = [x for x in range(len(lines[0])) if any(abs(line[x] - background) > 80 for line in lines)]
    return 'left' if inked[0] < len(lines[0]) - 1 - inked[-1] else 'right'
