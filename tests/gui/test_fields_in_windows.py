# SPDX-License-Identifier: GPL-2.0-or-later
"""What Wireshark's own windows make of the fields of each packet: columns, I/O graphs, colors, the LED."""

import csv
import io
import re
from collections import Counter

import pytest

import support

MIXED = support.CAPTURES / 'mixed.pcapng'
LAB = support.TESTS / 'lab'
FINDING_COLUMN = {'gui.column.format': '"No.", "%m", "Finding", "%Cus:tcp_asymmetry.finding:0:R"'}


def values_of(path, *names):
    return support.fields(path, '', *names, arguments=('-2',))


# ------------------------------------------------------------------------------ a column from the details

def line_of_details(wireshark, begin):
    """The line of the details pane that begins so, once it is there, in a pane that has room for it."""
    details = wireshark.main().find('tree', 'Packet details')

    def in_view():
        left, _, width, _ = details.extents()
        for line in details.children():
            x, _, wide, _ = line.extents()
            if line.text.startswith(begin) and x + wide <= left + width:
                return line
    return wireshark.wait(f'the line {begin}', in_view)


def test_a_line_of_the_details_becomes_a_column(start):
    number, _ = next(row for row in values_of(MIXED, 'frame.number', 'tcp_asymmetry.finding') if row[1])
    with start('-r', MIXED, '-g', number) as wireshark:
        # Lines are long, and a click is in the middle of one
        wireshark.main().resize('50%', '80%')
        line_of_details(wireshark, 'TCP Flow Asymmetry: ').click()
        wireshark.xdotool('key', 'Right')
        line_of_details(wireshark, '[Server: ').click()
        wireshark.menu('Analyze', 'Apply as Column')
        wireshark.wait('the column', lambda: 'Server' in wireshark.packet_list()[0])
        titles, rows = wireshark.packet_list(wireshark.packets()[0])
        at = titles.index('Server')
        assert [(row[at],) for row in rows] == values_of(MIXED, 'tcp_asymmetry.server')


# ------------------------------------------------------------------------------ I/O graphs

def payload_by_second(path):
    """[[second, payload to the server, payload to the client], ...] by tshark's fields."""
    sums = Counter()
    for time, length, direction in values_of(path, 'frame.time_relative', 'tcp.len', 'tcp_asymmetry.direction'):
        if length and direction:
            sums[int(float(time)), direction] += int(length)
    last = int(float(values_of(path, 'frame.time_relative')[-1][0]))
    return [[second, *(sums[second, direction] for direction in ('client to server', 'server to client'))]
            for second in range(last + 1)]


def test_graphs_of_the_profile_show_the_payload_of_each_direction(start, home_with_profile):
    graphs = csv.reader((support.REPOSITORY / 'packaging/profile/io_graphs').read_text().splitlines()[2:])
    expected = [(row[1], row[2].replace('\\x22', '"'), *row[4:7]) for row in graphs]
    titles = 'Graph Name', 'Display Filter', 'Style', 'Y Axis', 'Y Field'

    def numbers():
        names, *rows = csv.reader(io.StringIO(window.copied('Copy')))
        assert names == ['Interval start', 'Payload, client to server', 'Payload, server to client']
        return [[int(float(cell)) for cell in row] for row in rows]

    with start('-C', support.PROFILE, '-r', MIXED, home=home_with_profile) as wireshark:
        window = wireshark.opened(lambda: wireshark.menu('Statistics', 'I/O Graphs'), 'I/O Graphs')
        table = window.wait_for_table('the graphs', lambda shown: len(shown.rows) == len(expected))
        assert [tuple(row[title] for title in titles) for row in table.dicts()] == expected
        window.choose('Interval', '1 sec')
        # It counts and draws a little later
        payload = payload_by_second(MIXED)
        assert len(payload) > 2
        wireshark.wait('the sums', lambda: numbers() == payload)


# ------------------------------------------------------------------------------ colors

def color_of_rule(name):
    text = (support.REPOSITORY / 'packaging/profile/colorfilters').read_text()
    background = re.search(rf'^@{name}@[^@]+@\[(\d+),(\d+),(\d+)\]', text, re.MULTILINE)
    return tuple(int(part) // 257 for part in background.groups())


def background_of(wireshark, widget):
    """The most frequent color of what is shown of a widget, as (red, green, blue)."""
    x, y, width, height = widget.extents()
    picture = wireshark.folder / 'background.png'
    wireshark.screen.screenshot(picture, 'root', '-crop', f'{width}x{height}+{x}+{y}', '+repage')
    pixels = wireshark.screen.run_binary('convert', picture, '-depth', 8, 'rgb:-')
    return Counter(zip(*[iter(pixels)] * 3)).most_common(1)[0][0]


def test_rows_have_the_colors_of_the_profile(start, home_with_profile):
    copies = support.CAPTURES / 'duplicated.pcapng'
    with start('-C', support.PROFILE, '-r', copies, home=home_with_profile) as wireshark:
        wireshark.main().resize('50%', '80%')
        # The packets that it shows are dissected again
        wireshark.main().press_button('Copies')
        wireshark.wait_for_displayed(support.frames(copies, 'tcp_asymmetry.duplicate', ('-2',)))
        wireshark.main().raise_()
        wireshark.xdotool('mousemove', 0, 0)
        # The last row that is there: the first one may be selected, and has another color then
        titles, rows = wireshark.packet_list(5)
        packets = wireshark.main().find('tree', 'Packet list')
        cell = packets.children()[len(titles) * (1 + len(rows)) - 1]
        color = color_of_rule('Copy of a packet')
        wireshark.wait(f'a row of color {color}', lambda: background_of(wireshark, cell) == color, 20)


# ------------------------------------------------------------------------------ the LED

def led(wireshark):
    """The worst severity that the LED in the status line tells."""
    tip = re.compile('(.*) is the highest expert information level|No expert information')
    for button in wireshark.main().search('push button'):
        if found := tip.fullmatch(button.description):
            return found[1]
    return None


# Something has to ask for the fields: the filter, or a column
@pytest.mark.parametrize('preferences, display_filter', [({}, 'tcp_asymmetry.finding'), (FINDING_COLUMN, 'tcp')],
                         ids=['filter', 'column'])
def test_led_tells_the_worst_finding_when_a_filter_is_applied(start, preferences, display_filter):
    path = LAB / 'path-dies-in-upload.pcapng'
    assert ('error',) in values_of(path, 'tcp_asymmetry.severity')
    with start('-r', path, preferences=preferences) as wireshark:
        for each in display_filter, '':
            wireshark.apply_display_filter(each)
            wireshark.wait_for_displayed(support.frames(path, each, ('-2',)))
            wireshark.wait('the LED', lambda: led(wireshark) == 'ERROR', 20)


def test_led_tells_wireshark_s_own_severity_if_the_fields_are_off(start):
    path = LAB / 'path-dies-in-upload.pcapng'
    with start('-r', path, preferences={**FINDING_COLUMN, 'tcp_asymmetry.packet_fields': 'FALSE'}) as wireshark:
        wireshark.apply_display_filter('tcp')
        wireshark.wait_for_displayed(support.frames(path, 'tcp'))
        assert led(wireshark) == 'NOTE'
