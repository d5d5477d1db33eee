# SPDX-License-Identifier: GPL-2.0-or-later
"""Both windows in the real Wireshark show what tshark tells, whatever is done with them.

Every test ends with File > Quit, its windows still open: Wireshark must then end with status 0 and have
printed nothing on standard error.
"""

import contextlib
import csv
import io
import json
import re
import struct
import subprocess
import xml.etree.ElementTree
from decimal import Decimal

import pytest

import support
from bus import Late
from table_cells import GROUPS, differences, expected_groups, expected_largest, ordered
from wireshark import WITHOUT_INTERFACES

TABLE = 'TCP Flow Asymmetry'
REPORT = 'TCP Flow Asymmetry Report'
MIXED = support.CAPTURES / 'mixed.pcapng'
LAB = support.TESTS / 'lab'


def just_opened(wireshark, entry):
    """The window that this entry of the Statistics menu opens."""
    return wireshark.opened(lambda: wireshark.menu('Statistics', entry), entry)


def opened(wireshark, entry):
    """The same once it has counted: while one window reads the packets Wireshark lets no other one do so, and a
    button that is pressed is not enabled."""
    window = just_opened(wireshark, entry)
    if entry == REPORT:
        wireshark.wait('a report', lambda: window.body().strip())
    else:
        window.wait_for_table('both groups', lambda table: len(table.rows) >= len(GROUPS))
        wireshark.wait('the table to be filled', window.button('Apply').is_enabled)
    return window


# ------------------------------------------------------------------------------ the table's contents

def rows_by_group(table):
    """The rows of each group, in the table's order. Blanks before a value only serve to sort it."""
    groups = {}
    for row in table.dicts():
        if row['Server'] in GROUPS and not any(list(row.values())[1:]):
            rows = groups.setdefault(row['Server'], [])
        else:
            rows.append({title: text.strip() for title, text in row.items()})
    return groups


def shown_groups(table):
    # A group whose rows are gone may stay
    return {group: ordered(rows) for group, rows in rows_by_group(table).items() if rows}


def assert_shows(window, expected):
    with contextlib.suppress(Late):
        window.wait_for_table('the right cells', lambda table: shown_groups(table) == expected)
    assert differences(shown_groups(window.table()), expected) == []


def shown_rows(window):
    """All rows but the groups' headings, as they stand."""
    return [row for rows in rows_by_group(window.table()).values() for row in rows]


OFF = 'tcp.analyze_sequence_numbers'


@pytest.mark.parametrize('path, preferences', [
    (MIXED, {}),
    (support.CAPTURES / 'icmp-quote.pcapng', {}),
    (support.CAPTURES / 'reused-ports.pcapng', {}),
    (support.CAPTURES / 'zero-window.pcapng', {}),
    (LAB / 'unknown-port-known-later.pcapng', {}),
    (LAB / 'unknown-port-of-many.pcapng', {}),
    (LAB / 'unknown-ports.pcapng', {}),
    (LAB / 'loss-both-ways-v6.pcapng', {}),
    (LAB / 'one-legged-v6.pcapng', {}),
    (LAB / 'scan.pcapng', {}),
    (MIXED, {OFF: 'FALSE'}),
], ids=lambda value: value.stem if hasattr(value, 'stem') else 'analysis-off' if value else '')
def test_cells_are_those_of_tshark(start, path, preferences):
    with start('-r', path, preferences=preferences) as wireshark:
        assert_shows(opened(wireshark, TABLE), expected_groups(
            path, '', *(f'-o{name}:{value}' for name, value in preferences.items())))


@pytest.mark.parametrize('name', ['no-tcp', 'empty'])
def test_table_without_tcp_is_empty(start, name):
    with start('-r', support.CAPTURES / f'{name}.pcapng') as wireshark:
        assert_shows(opened(wireshark, TABLE), {})


@pytest.mark.parametrize('display_filter', ['', 'tcp.port in {443, 22}'])
def test_command_line_opens_the_table(start, display_filter):
    with start('-z', support.statistic(display_filter), '-r', MIXED) as wireshark:
        assert_shows(wireshark.window(TABLE), expected_groups(MIXED, display_filter))


def test_statistics_menu_opens_both_windows(start):
    with start('-r', MIXED) as wireshark:
        assert {TABLE, REPORT} <= set(wireshark.menu_texts('Statistics'))
        assert_shows(opened(wireshark, TABLE), expected_groups(MIXED))
        assert_reports(opened(wireshark, REPORT), support.report(MIXED))


# ------------------------------------------------------------------------------ Copy, Save as

def comparable(rows):
    """Wireshark writes the same number with more or fewer digits, depending on the form."""
    return [[Decimal(text) if 'MB' in title else text.strip() for title, text in row.items()] for row in rows]


def rows_of_csv(text):
    return list(csv.DictReader(io.StringIO(text)))


def rows_of_xml(text):
    rows = [[entry.text or '' for entry in row] for row in xml.etree.ElementTree.fromstring(text).iter('row')]
    return [dict(zip(rows[0], row)) for row in rows[1:]]


def rows_of_yaml(text):
    rows = []
    for start, title, value in re.findall(r'^  ([- ]) (.+?): (.*)$', text, re.MULTILINE):
        if start == '-':
            rows.append({})
        rows[-1][title] = json.loads(value, parse_float=str, parse_int=str)
    return rows


def assert_is_the_text_of(text, rows):
    """Cells stand two blanks or more apart, and empty ones cannot be seen."""
    lines = [re.split(r'\s{2,}', line.strip()) for line in text.splitlines()]
    start = lines.index([*rows[0]])
    assert lines[start + 2:start + 2 + len(rows)] == [[cell for cell in row.values() if cell] for row in rows]


def test_copied_and_saved_values_are_those_of_the_cells(start, tmp_path):
    with start('-r', MIXED) as wireshark:
        window = opened(wireshark, TABLE)
        assert_shows(window, expected_groups(MIXED))
        window.sort('MB ←')
        rows = shown_rows(window)
        assert_is_the_text_of(window.copy(), rows)
        assert_is_the_text_of(window.save_as(tmp_path / 'rows.txt', 'Plain text file'), rows)
        for ending, kind, read in (('csv', 'Comma separated values', rows_of_csv), ('xml', 'XML document', rows_of_xml),
                                   ('yaml', 'YAML document', rows_of_yaml)):
            saved = read(window.save_as(tmp_path / f'rows.{ending}', kind))
            assert comparable(saved) == comparable(rows), kind


# ------------------------------------------------------------------------------ captures made here

SYN, ACK, PUSH_ACK = 0x02, 0x10, 0x18
ETHERNET, TTL, TCP = bytes(12) + b'\x08\x00', 64, 6


def segment(source, target, sequence, acknowledgment, flags, payload=b''):
    """An Ethernet frame. source, target: number of the host, port."""
    tcp = struct.pack('!HHIIBBHHH', source[1], target[1], sequence, acknowledgment, 5 << 4, flags, 65535, 0, 0)
    addresses = struct.pack('!II', *((10 << 24) + end[0] for end in (source, target)))
    ip = struct.pack('!BBHHHBBH', 0x45, 0, 40 + len(payload), 0, 0, TTL, TCP, 0) + addresses
    return ETHERNET + ip + tcp + payload


def write_capture(path, frames):
    """frames: each a second after the other; of (frame, length on the wire)."""
    with path.open('wb') as file:
        file.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 1 << 18, 1))
        for second, (frame, length) in enumerate(frames):
            file.write(struct.pack('<IIII', second, 0, len(frame), length) + frame)
    return path


def conversation(server, megabytes_each, parts, repeats, sent=0, received=0):
    """A connection to 10.0.0.server:443 with some segments of data to the server, the last of them sent again, and
    one from it. Frames claim to have been so long on the wire."""
    ends = (200, 50000), (server, 443)
    frames = [segment(*ends, 0, 0, SYN), segment(*ends[::-1], 0, 1, SYN | ACK)]
    for part in [*range(parts), *[parts - 1] * repeats]:
        frames.append(segment(*ends, 1 + part * sent, 1, PUSH_ACK, bytes(sent)))
    frames.append(segment(*ends[::-1], 1, 1, PUSH_ACK, bytes(received)))
    return [(frame, megabytes_each * 10**6) for frame in frames]


@pytest.fixture(scope='module')
def unlike(tmp_path_factory):
    """A capture of servers whose numbers have one to four digits, more than 4 GiB and fewer, and PCRs of either
    sign, 0, or none."""
    frames = [*conversation(1, 9, 1, 9, sent=100), *conversation(22, 10, 1, 10, sent=10, received=300),
              *conversation(33, 2000, 1, 100, sent=1, received=102), *conversation(44, 300, 1, 0, sent=10, received=10),
              *conversation(55, 1, 1, 0), *conversation(66, 100, 3, 2, sent=5, received=50),
              *conversation(177, 20, 10, 1, sent=5, received=1)]
    return write_capture(tmp_path_factory.mktemp('unlike') / 'unlike.pcap', frames)


def test_bytes_beyond_four_gib_are_right_in_cells_and_files(start, unlike, tmp_path):
    with start('-r', unlike) as wireshark:
        window = opened(wireshark, TABLE)
        assert_shows(window, expected_groups(unlike))
        sums = [Decimal(text) * 10**6 for text in window.table().column('MB →') if text]
        assert max(sums) == 2000 * 10**6 * 102 > 1 << 32
        saved = rows_of_csv(window.save_as(tmp_path / 'rows.csv', 'Comma separated values'))
        assert comparable(saved) == comparable(shown_rows(window))


# ------------------------------------------------------------------------------ sorting

def number(text):
    """What a cell is worth; one without a number less than any."""
    return Decimal(text) if text.strip('+-') else Decimal('-Infinity')


def column(window, title):
    """The cells of a column, group by group."""
    return [[row[title] for row in rows] for rows in rows_by_group(window.table()).values()]


def is_sorted(columns, **order):
    return columns == [sorted(texts, key=number, **order) for texts in columns]


def test_click_on_a_title_sorts_by_number_within_each_group(start, unlike):
    with start('-r', unlike) as wireshark:
        window = opened(wireshark, TABLE)
        assert_shows(window, expected_groups(unlike))
        for title in 'MB →', 'Retrans. →', 'PCR', '% →', 'Stream':
            # As texts they would be in another order
            assert title == 'Stream' or not is_sorted([sorted(texts) for texts in column(window, title)]), title
            window.sort(title)
            wireshark.wait(f'{title} to be sorted', lambda: is_sorted(column(window, title)))
            window.sort(title)
            wireshark.wait(f'{title} to be sorted', lambda: is_sorted(column(window, title), reverse=True))
        assert_shows(window, expected_groups(unlike))


def test_numbers_stand_on_the_right(start, unlike):
    with start('-r', unlike) as wireshark:
        window = opened(wireshark, TABLE)
        assert_shows(window, expected_groups(unlike))
        window.sort('Stream')
        titles = window.table().titles
        left = [title for title, side in zip(titles, window.alignments()) if side == 'left']
        assert left == ['Server', 'Role by']


# ------------------------------------------------------------------------------ filters, several dialogs

def test_filter_of_the_dialog_limits_the_table_until_it_is_empty_again(start):
    with start('-r', MIXED) as wireshark:
        window = opened(wireshark, TABLE)
        for display_filter in 'tcp.port in {443, 22}', 'tcp.analysis.retransmission', 'ipv6', '':
            window.apply_filter(display_filter)
            assert_shows(window, expected_groups(MIXED, display_filter))


def test_filter_that_shows_no_packet_empties_the_table(start):
    with start('-r', MIXED) as wireshark:
        window = opened(wireshark, TABLE)
        assert_shows(window, expected_groups(MIXED))
        window.apply_filter('udp')
        assert_shows(window, {})
        window.apply_filter('')
        assert_shows(window, expected_groups(MIXED))


def assert_is_whole(window, display_filter):
    """The dialog has its own cells, its own Copy, and sorts."""
    expected = expected_groups(MIXED, display_filter)
    assert_shows(window, expected)
    assert_is_the_text_of(window.copy(), shown_rows(window))
    window.sort('MB ←')
    window.wireshark.wait('MB ← to be sorted', lambda: any(
        is_sorted(column(window, 'MB ←'), reverse=reverse) for reverse in (False, True)))
    assert_shows(window, expected)


def test_dialogs_do_not_disturb_each_other(start):
    filters = 'tcp.port == 443', 'ip.addr == 10.2.0.7', 'tcp.flags.reset == 1'
    with start('-r', MIXED) as wireshark:
        first, second = opened(wireshark, TABLE), opened(wireshark, TABLE)
        first.apply_filter(filters[0])
        second.apply_filter(filters[1])
        assert_is_whole(first, filters[0])
        assert_is_whole(second, filters[1])
        first.apply_filter(filters[2])
        assert_is_whole(second, filters[1])
        assert_is_whole(first, filters[2])
        third = opened(wireshark, TABLE)
        first.close()
        assert_is_whole(second, filters[1])
        assert_is_whole(third, '')
        second.apply_filter(filters[0])
        third.close()
        assert_is_whole(second, filters[0])
        second.close()
        assert_is_whole(opened(wireshark, TABLE), '')


# ------------------------------------------------------------------------------ files come and go

OTHER = support.CAPTURES / 'download.pcapng'
NOTHING = support.CAPTURES / 'empty.pcapng'


def test_windows_survive_their_file(start):
    with start('-r', MIXED) as wireshark:
        table, report = opened(wireshark, TABLE), opened(wireshark, REPORT)
        assert_shows(table, expected_groups(MIXED))
        assert_reports(report, support.report(MIXED))
        wireshark.close_file()
        # Wireshark's own: the dialog keeps what it showed
        assert_shows(table, expected_groups(MIXED))
        assert_is_the_text_of(table.copy(), shown_rows(table))
        assert_reports(report, support.report(NOTHING))
        assert report.copied('Copy') == support.report(NOTHING)
        wireshark.open_file(OTHER)
        assert_reports(report, support.report(OTHER))
        assert_shows(opened(wireshark, TABLE), expected_groups(OTHER))
        assert_shows(table, expected_groups(MIXED))
        table.sort('MB ←')
        wireshark.wait('the old table to be sorted', lambda: is_sorted(column(table, 'MB ←')))
        reload(wireshark, OTHER)
        assert_reports(report, support.report(OTHER))
        table.close()
        assert_shows(opened(wireshark, TABLE), expected_groups(OTHER))


def test_report_window_of_no_file_reports_the_first_one(start):
    with start('-r', MIXED) as wireshark:
        wireshark.close_file()
        report = opened(wireshark, REPORT)
        assert_reports(report, support.report(NOTHING))
        wireshark.open_file(OTHER)
        assert_reports(report, support.report(OTHER))


class Brake:
    """Makes a Wireshark that is started with these keywords read packets slowly until let_go()."""

    def __init__(self, screen, folder):
        self.path = folder / 'brake'
        self.keywords = {'preload': [screen.preloadable('brake.c')], 'env': {'BRAKE': str(self.path)}}

    def hold(self):
        self.path.touch()

    def let_go(self):
        self.path.unlink()

    def wait_until_begun(self, wireshark):
        """Until some packets are read."""
        wireshark.wait('packets to be read', lambda: self.path.stat().st_size > 5)


# A minute with the brake on
LONG = LAB / 'small-share-lost.pcapng'

MISSED = re.compile('Wireshark was reading packets when this window needed them')


def test_report_opened_while_a_file_is_read_tells_nothing_until_it_can_tell_all(start, screen, tmp_path):
    brake = Brake(screen, tmp_path)
    brake.hold()
    with start('-r', LONG, loaded=False, **brake.keywords) as wireshark:
        brake.wait_until_begun(wireshark)
        report, closed = just_opened(wireshark, REPORT), just_opened(wireshark, REPORT)
        for each in report, closed:
            wireshark.wait('the window to tell', lambda: MISSED.match(each.body()))
        closed.close()
        brake.let_go()
        wireshark.wait_until_loaded(LONG.name)
        assert_reports(report, support.report(LONG))
        assert report.copied('Copy') == support.report(LONG)


def test_reports_opened_while_each_other_counts_tell_all_in_the_end(start, screen, tmp_path):
    brake = Brake(screen, tmp_path)
    with start('-r', LONG, **brake.keywords) as wireshark:
        brake.hold()
        first = just_opened(wireshark, REPORT)
        brake.wait_until_begun(wireshark)
        second = just_opened(wireshark, REPORT)
        # The second one, or the first, whose packets the second took: by Wireshark's version
        wireshark.wait('a window to tell', lambda: MISSED.match(second.body()) or MISSED.match(first.body()))
        brake.let_go()
        for report in first, second:
            assert_reports(report, support.report(LONG))


def test_report_goes_without_a_first_packet_that_the_user_ignores(start):
    with start('-r', MIXED) as wireshark:
        report = opened(wireshark, REPORT)
        assert_reports(report, support.report(MIXED))
        # "Packet(s)" or "Selected", by Wireshark's version
        ignore, = [text for text in wireshark.menu_texts('Edit') if text.startswith('Ignore/Unignore')]
        wireshark.menu('Edit', ignore)
        for each in report, just_opened(wireshark, REPORT):
            wireshark.wait('a report', lambda: ' 312 segments\n' in each.body())


# ------------------------------------------------------------------------------ more than fits

@pytest.mark.parametrize('most', [1, 3])
def test_largest_rows_are_shown_and_the_others_summed_up(start, unlike, most):
    with start('-r', unlike, preferences={'tcp_asymmetry.table_rows': most}) as wireshark:
        assert_shows(opened(wireshark, TABLE), expected_largest(unlike, most))


@pytest.fixture(scope='module')
def crowd(tmp_path_factory):
    """A capture of a hundred thousand connections, one packet each and no two equally long, to 2000 servers."""
    frames = [(segment((1 << 16, 1024 + each % 50000), (1 + each % 2000, 443 + each // 50000), 0, 0, SYN), 100 + each)
              for each in range(100_000)]
    return write_capture(tmp_path_factory.mktemp('crowd') / 'crowd.pcap', frames)


# What a window may work before it answers: longer, and it looks frozen
FROZEN_S = 2


def test_table_of_a_hundred_thousand_connections_opens_without_freezing(start, crowd):
    most = 100
    with start('-r', crowd, preferences={'tcp_asymmetry.table_rows': most}, slow=4) as wireshark:
        window = just_opened(wireshark, TABLE)
        answered = []

        def is_filled():
            begin = wireshark.processor_time()
            assert wireshark.main().text == crowd.name
            answered.append(wireshark.processor_time() - begin)
            return window.button('Apply').is_enabled()

        wireshark.wait('the table to be filled', is_filled)
        assert_shows(window, expected_largest(crowd, most))
        assert max(answered) < FROZEN_S


# ------------------------------------------------------------------------------ the report

def assert_reports(window, expected):
    with contextlib.suppress(Late):
        window.wireshark.wait('the right report', lambda: window.body() == expected)
    assert window.body() == expected


def without_time(text):
    return {**support.parse_json(text), 'analysis_timestamp': None}


@pytest.mark.parametrize('path', [
    MIXED, LAB / 'scan.pcapng', LAB / 'loss-both-ways-v6.pcapng', support.CAPTURES / 'no-tcp.pcapng',
], ids=lambda path: path.stem)
def test_report_is_the_one_of_tshark_also_when_copied(start, path):
    with start('-r', path) as wireshark:
        window = opened(wireshark, REPORT)
        assert_reports(window, support.report(path))
        assert window.copied('Copy') == support.report(path)
        assert without_time(window.copied('Copy as JSON')) == without_time(support.report(path, 'format=json'))


def test_json_has_also_the_servers_that_the_text_leaves_out(start, tmp_path):
    frames = [frame for server in range(1, 31) for frame in conversation(server, server, 1, 0, sent=1, received=1)]
    path = write_capture(tmp_path / 'thirty.pcap', frames)
    with start('-r', path) as wireshark:
        window = opened(wireshark, REPORT)
        assert_reports(window, support.report(path))
        assert without_time(window.copied('Copy as JSON')) == without_time(support.report(path, 'format=json'))


def test_names_that_look_like_html_are_shown_as_they_are(start, tmp_path):
    name = '<h1>&lt;b&gt;</h1>'
    settings = tmp_path / 'wireshark'
    settings.mkdir()
    (settings / 'hosts').write_text(f'10.2.0.8 {name}\n')
    expected = support.report(MIXED, '', '-Nn', env={'WIRESHARK_CONFIG_DIR': str(settings)})
    assert name in expected
    with start('-r', MIXED, '-Nn', home=tmp_path) as wireshark:
        window = opened(wireshark, REPORT)
        assert_reports(window, expected)
        window.press_button('Next finding')
        wireshark.wait('the finding', lambda: window.body().startswith(
            f'In the packet list: finding 1 of {len(findings_of(MIXED))}, {name}:80 (http) ['))


def test_the_longest_line_is_not_broken(start):
    """However narrow its buttons let the window be."""
    with start('-r', MIXED) as wireshark:
        window = opened(wireshark, REPORT)
        assert_reports(window, support.report(MIXED))
        window.resize(400, 600)
        longest = max(window.body().splitlines(), key=len)
        begin = window.body().index(longest)
        (first, top), (last, last_top) = map(window.place_of_character, (begin, begin + len(longest) - 1))
        assert first < last and last_top == top


def findings_of(path, options=''):
    return support.json_report(path, options)['capture']['findings']


@pytest.mark.parametrize('path', [MIXED, LAB / 'loss-both-ways-v6.pcapng', LAB / 'scan.pcapng'],
                         ids=lambda path: path.stem)
def test_each_finding_is_filtered_for_in_the_packet_list(start, path):
    findings, text = findings_of(path), support.report(path)
    count = len(findings)
    assert count > 0

    def assert_filters_for(number):
        finding = findings[number - 1]
        wireshark.wait(f'finding {number}', lambda: window.body().startswith(
            f'In the packet list: finding {number} of {count},'))
        assert finding['text'] in window.body().splitlines()[0]
        assert window.body().endswith('\n\n' + text)
        assert wireshark.display_filter() == finding['display_filter']
        wireshark.wait_for_displayed(finding['evidence']['packets'])

    with start('-r', path) as wireshark:
        window = opened(wireshark, REPORT)
        assert_reports(window, text)
        for number in [*range(1, count + 1), 1]:
            window.press_button('Next finding')
            assert_filters_for(number)
        for number in [*range(count, 0, -1), count]:
            window.press_button('Previous finding')
            assert_filters_for(number)
        window.press_button('Clear filter')
        assert_reports(window, text)
        assert wireshark.display_filter() == ''
        wireshark.wait_for_displayed(wireshark.packets()[0])


def test_finding_in_the_packet_list_is_told_as_long_as_its_filter_is_there(start):
    findings, text = findings_of(MIXED), support.report(MIXED)

    def assert_tells(number):
        wireshark.wait(f'finding {number}', lambda: window.body().startswith(
            f'In the packet list: finding {number} of {len(findings)},'))

    with start('-r', MIXED) as wireshark:
        window = opened(wireshark, REPORT)
        assert_reports(window, text)
        for number in 1, 2:
            window.press_button('Next finding')
            assert_tells(number)
        # There are no findings at all for a moment
        reload(wireshark, MIXED)
        assert_tells(2)
        wireshark.apply_display_filter('tcp.len > 0')
        assert_reports(window, text)
        wireshark.apply_display_filter(findings[1]['display_filter'])
        assert_tells(2)
        wireshark.open_file(OTHER)
        assert_reports(window, support.report(OTHER))
        wireshark.open_file(MIXED)
        assert_tells(2)
        window.press_button('Next finding')
        assert_tells(3)


def test_report_without_findings_leaves_the_display_filter_alone(start):
    assert findings_of(OTHER) == []
    with start('-r', OTHER) as wireshark:
        window = opened(wireshark, REPORT)
        assert_reports(window, support.report(OTHER))
        wireshark.apply_display_filter('tcp.len > 0')
        for button in 'Next finding', 'Previous finding':
            window.press_button(button)
            assert window.body() == support.report(OTHER)
            assert wireshark.display_filter() == 'tcp.len > 0'


# ------------------------------------------------------------------------------ Choose…

SERVERS = 'Servers (address, address:port or network; empty: all)'
PORTS = 'Server ports (number or range; empty: all)'
GROUPING = 'A row for each (endpoint, address or port)'
FILTER = 'Display filter (empty: none)'
FIELDS = SERVERS, PORTS, GROUPING, FILTER


def choices_of(window):
    """The dialog that Choose… opens."""
    def is_whole(dialog):
        return {*FIELDS} <= {*dialog.texts()} and {'OK', 'Cancel'} <= {*dialog.buttons()} and len(
            dialog.texts('text')) == len(FIELDS)
    return window.wireshark.opened(lambda: window.press_button('Choose…'), REPORT, is_whole)


def choose(window, values):
    choices = choices_of(window)
    for label, value in zip(FIELDS, values):
        choices.fill_field(label, value)
    choices.press_button('OK')
    choices.wait_until_closed()


EVERYTHING = '', '', 'endpoint', ''


@pytest.mark.parametrize('values, options', [
    (('10.2.0.8 10.2.0.9:25', '', 'endpoint', ''), 'server=10.2.0.8,server=10.2.0.9:25'),
    (('2001:db8:2::/48', '', 'endpoint', ''), 'server=2001:db8:2::/48'),
    (('', '80, 3306 400-500', 'endpoint', ''), 'port=80,port=3306,port=400-500'),
    (('', '', 'address', ''), 'by=address'),
    (('10.2.0.0/24', '1-8000', 'port', 'tcp.len > 0 && !(ip.ttl in {1, 2})'),
     'server=10.2.0.0/24,port=1-8000,by=port,tcp.len > 0 && !(ip.ttl in {1, 2})'),
], ids=['servers', 'network', 'ports', 'grouping', 'all'])
def test_choices_are_those_of_the_command_line(start, values, options):
    with start('-r', MIXED) as wireshark:
        window = opened(wireshark, REPORT)
        choose(window, values)
        assert_reports(window, support.report(MIXED, options))
        json_report = support.report(MIXED, f'format=json,{options}')
        assert without_time(window.copied('Copy as JSON')) == without_time(json_report)
        choices = choices_of(window)
        assert tuple(choices.field(label).value() for label in FIELDS) == values
        choices.press_button('Cancel')
        choices.wait_until_closed()
        choose(window, EVERYTHING)
        assert_reports(window, support.report(MIXED))


# What is an option on the command line is no filter in its field
@pytest.mark.parametrize('label, wrong', [*zip(FIELDS, ('10.2.0.300', '443-80', 'host', 'tcp.port ==')),
                                          (FILTER, 'headers'), (FILTER, 'format=json')],
                         ids=['server', 'port', 'grouping', 'filter', 'option', 'option with a value'])
def test_wrong_choice_is_told_and_changes_nothing(start, label, wrong):
    good = '10.2.0.7', '', 'endpoint', 'tcp'
    report = support.report(MIXED, 'server=10.2.0.7,tcp')
    with start('-r', MIXED) as wireshark:
        window = opened(wireshark, REPORT)
        choose(window, good)
        assert_reports(window, report)
        choose(window, [wrong if label == field else value for field, value in zip(FIELDS, good)])
        box, = wireshark.wait('an error', lambda: [each for each in wireshark.dialogs() if each != window])
        message, = wireshark.wait('its text', lambda: [text for text in box.texts() if text])
        assert message.startswith(f'{REPORT}: ') and wrong in message
        box.press_button('OK')
        box.wait_until_closed()
        assert window.body() == report
        reload(wireshark, MIXED)
        assert_reports(window, report)


def test_report_windows_have_choices_of_their_own(start):
    with start('-r', MIXED) as wireshark:
        first, second = opened(wireshark, REPORT), opened(wireshark, REPORT)
        choose(first, ('10.2.0.8', '', 'endpoint', ''))
        choose(second, ('', '443', 'address', ''))
        assert_reports(first, support.report(MIXED, 'server=10.2.0.8'))
        assert_reports(second, support.report(MIXED, 'port=443,by=address'))
        first.close()
        wireshark.open_file(OTHER)
        assert_reports(second, support.report(OTHER, 'port=443,by=address'))


# ------------------------------------------------------------------------------ Save as HTML…

PAGE_FIELD = 'File (in your home folder unless it begins with /)'


def asked_for_a_file(window):
    """The dialog that Save as HTML… opens."""
    def is_whole(dialog):
        return PAGE_FIELD in dialog.texts() and {'OK', 'Cancel'} <= {*dialog.buttons()} and dialog.texts('text')
    return window.wireshark.opened(lambda: window.press_button('Save as HTML…'), REPORT, is_whole)


def save_page(window, name):
    dialog = asked_for_a_file(window)
    dialog.fill_field(PAGE_FIELD, str(name))
    dialog.press_button('OK')
    dialog.wait_until_closed()


def document_in(path):
    page = path.read_text()
    document = re.search(r'<script type="application/json" id="document">(.*?)</script>', page, re.DOTALL)
    return without_time(document[1])


def page_of_tshark(path, tmp_path, options=''):
    page = tmp_path / 'page-of-tshark.html'
    support.report(path, ','.join(filter(None, ('format=html', f'output={page}', options))))
    return document_in(page)


def test_page_is_the_one_of_tshark_with_the_choices_of_the_window(start, tmp_path):
    with start('-r', MIXED) as wireshark:
        window = opened(wireshark, REPORT)
        page = tmp_path / 'with <b> & blanks.html'
        save_page(window, page)
        wireshark.wait('the page', page.exists)
        assert document_in(page) == page_of_tshark(MIXED, tmp_path)
        assert_reports(window, f'Saved as {page}\n\n{support.report(MIXED)}')
        choose(window, ('10.2.0.7', '', 'address', ''))
        assert_reports(window, support.report(MIXED, 'server=10.2.0.7,by=address'))
        save_page(window, 'in my home.html')
        page = wireshark.home / 'in my home.html'
        wireshark.wait('the page', page.exists)
        assert document_in(page) == page_of_tshark(MIXED, tmp_path, 'server=10.2.0.7,by=address')


def test_page_never_replaces_a_file(start, tmp_path):
    there = tmp_path / 'there.html'
    there.write_text('mine')
    with start('-r', MIXED) as wireshark:
        window = opened(wireshark, REPORT)
        for path, reason in (there, 'exists already'), (tmp_path / 'no-folder' / 'page.html', 'No such file'):
            save_page(window, path)
            box, = wireshark.wait('an error', lambda: [each for each in wireshark.dialogs() if each != window])
            message, = wireshark.wait('its text', lambda box=box: [text for text in box.texts() if text])
            assert message.startswith(f'{REPORT}: ') and str(path) in message and reason in message
            box.press_button('OK')
            box.wait_until_closed()
            assert there.read_text() == 'mine'
            assert window.body() == support.report(MIXED)


def test_page_is_offered_under_a_name_that_is_new(start, tmp_path):
    with start('-r', MIXED) as wireshark:
        window = opened(wireshark, REPORT)
        for name in 'tcp-asymmetry.html', 'tcp-asymmetry-2.html':
            dialog = asked_for_a_file(window)
            path = wireshark.home / name
            assert dialog.field(PAGE_FIELD).value() == str(path)
            dialog.press_button('OK')
            dialog.wait_until_closed()
            wireshark.wait('the page', path.exists)
            assert document_in(path) == page_of_tshark(MIXED, tmp_path)


def test_no_page_is_saved_without_packets_or_a_name(start, tmp_path):
    with start(loaded=False) as wireshark:
        window = opened(wireshark, REPORT)
        page = tmp_path / 'page.html'
        save_page(window, page)
        box, = wireshark.wait('an error', lambda: [each for each in wireshark.dialogs() if each != window])
        message, = wireshark.wait('its text', lambda: [text for text in box.texts() if text])
        assert 'nothing was saved' in message and not page.exists()
        box.press_button('OK')
        box.wait_until_closed()
        dialog = asked_for_a_file(window)
        dialog.press_button('Cancel')
        dialog.wait_until_closed()
        save_page(window, ' ')
        assert [each for each in wireshark.dialogs() if each != window] == [] and [*wireshark.home.glob('*.html')] == []


# ------------------------------------------------------------------------------ the profile

PROFILE_COLUMNS = ('No.', 'Time', 'Source', 'Destination', 'Direction', 'Server', 'Response time', 'Finding', 'Protocol',
                   'Length', 'Info')
PROFILE_FIELDS = [f'tcp_asymmetry.{name}' for name in ('direction', 'server', 'server_response', 'finding')]
PROFILE_FILTERS = {
    **{label: f'tcp_asymmetry.severity == "{severity}"' for label, severity in (
        ('Errors', 'error'), ('Warnings', 'warn'), ('Notes', 'note'), ('Chats', 'chat'))},
    'Copies': 'tcp_asymmetry.duplicate', 'Losses': 'tcp_asymmetry.lost'}


def test_profile_has_columns_and_buttons_that_filter(start, home_with_profile):
    with start('-C', support.PROFILE, '-r', MIXED, home=home_with_profile) as wireshark:
        assert wireshark.profile() == support.PROFILE
        columns, rows = wireshark.packet_list(100)
        assert columns == PROFILE_COLUMNS
        assert [row[4:8] for row in rows] == support.fields(MIXED, '', *PROFILE_FIELDS, arguments=('-2',))[:100]
        # What does not fit beside the filter is hidden in a menu
        wireshark.main().resize('50%', '80%')
        for label, display_filter in PROFILE_FILTERS.items():
            wireshark.main().press_button(label)
            wireshark.wait(f'the filter of {label}', lambda: wireshark.display_filter() == display_filter)
            wireshark.wait_for_displayed(support.frames(MIXED, display_filter, ('-2',)))


def test_profile_is_chosen_in_the_list_of_profiles(start, home_with_profile):
    with start('-r', MIXED, home=home_with_profile) as wireshark:
        assert wireshark.profile() == 'Default'
        wireshark.menu('Edit', 'Configuration Profiles…')
        window = wireshark.window(re.compile('Configuration Profiles'))
        window.raise_()
        next(row[0] for row in window.cells()[1] if row[0].text == support.PROFILE).click()
        window.press_button('OK')
        window.wait_until_closed()
        wireshark.wait('the profile', lambda: wireshark.profile() == support.PROFILE)
        wireshark.wait('the columns', lambda: wireshark.packet_list()[0] == PROFILE_COLUMNS)
        wireshark.main().resize('50%', '80%')
        wireshark.wait('the buttons', lambda: {*PROFILE_FILTERS} <= {*wireshark.main().buttons()})


# ------------------------------------------------------------------------------ the fields of packets

PACKET_FIELDS = 'tcp_asymmetry.direction', 'tcp_asymmetry.finding'
WITH_COLUMNS = {'gui.column.format': ', '.join(
    ['"No.", "%m"', *(f'"{name}", "%Cus:{name}:0:R"' for name in PACKET_FIELDS)])}
LOSS = 'loss_client_to_server'


def expected_fields(path, display_filter='', *arguments):
    return support.fields(path, display_filter, 'frame.number', *PACKET_FIELDS, arguments=('-2', *arguments))


def shown_fields(wireshark):
    return wireshark.packet_list(wireshark.packets()[1] + 1)[1]


def assert_fields(wireshark, expected):
    with contextlib.suppress(Late):
        wireshark.wait('the right cells', lambda: shown_fields(wireshark) == expected, 10)
    assert shown_fields(wireshark) == expected


def change_preferences(wireshark, label, change):
    """change(dialog) does it, at the page that has this label."""
    dialog = wireshark.preferences_of(TABLE, label)
    change(dialog)
    dialog.press_button('OK')
    dialog.wait_until_closed()


def switch_fields(wireshark):
    label = 'Add fields to packets'
    change_preferences(wireshark, label, lambda page: page.find('check box', label).press())


def reload(wireshark, path):
    wireshark.menu('View', 'Reload')
    wireshark.wait_until_loaded(path.name)


def test_columns_show_what_all_packets_together_say_whatever_is_done(start):
    """Each step of it has spoilt fields that were worked out too early, or not anew."""
    label, lost = 'Loss (segments at least)', f'tcp_asymmetry.finding == "{LOSS}"'
    expected, filtered = expected_fields(MIXED), expected_fields(MIXED, lost)
    without_loss = expected_fields(MIXED, '', '-otcp_asymmetry.loss_segments:100')
    assert filtered and {*expected} - {*without_loss} == {*filtered}
    with start('-r', MIXED, preferences=WITH_COLUMNS) as wireshark:
        assert_fields(wireshark, expected)
        reload(wireshark, MIXED)
        assert_fields(wireshark, expected)
        wireshark.apply_display_filter(lost)
        assert_fields(wireshark, filtered)
        # Both read all packets again
        reports = [opened(wireshark, REPORT) for _ in range(2)]
        assert_fields(wireshark, filtered)
        change_preferences(wireshark, label, lambda page: page.field(label).type('100'))
        assert_fields(wireshark, [])
        wireshark.apply_display_filter('')
        assert_fields(wireshark, without_loss)
        change_preferences(wireshark, label, lambda page: page.field(label).type('3'))
        assert_fields(wireshark, expected)
        for report in reports:
            assert_reports(report, support.report(MIXED))
        wireshark.close_file()
        other = LAB / 'loss-both-ways-v6.pcapng'
        wireshark.open_file(other)
        assert_fields(wireshark, expected_fields(other))
        wireshark.open_file(MIXED)
        opened(wireshark, TABLE)
        assert_fields(wireshark, expected)


def lines_of_details(path, number):
    """What stands in the details pane if nothing is expanded."""
    run = support.run_tshark('-2', '-r', path, '-Y', f'frame.number == {number}', '-V')
    return [line for line in run.out.splitlines() if line[:1].strip()]


def expert_items(path):
    """(severity, summary, count) of the plugin's items."""
    items = set()
    for line in support.run_tshark('-2', '-q', '-z', 'expert', '-r', path).out.splitlines():
        if heading := re.fullmatch(r'(\w+)s \(\d+\)', line):
            severity = heading[1]
        elif item := re.fullmatch(rf' *(\d+) +Sequence {TABLE}  (.*)', line):
            items.add(({'Warn': 'Warning'}.get(severity, severity), item[2], item[1]))
    return items


def shown_expert_items(window):
    rows = window.wait_for_table('items', lambda table: table.rows).dicts()
    return {tuple(row[title] for title in ('Severity', 'Summary', 'Count')) for row in rows if row['Protocol'] == TABLE}


def expert_information(wireshark):
    return wireshark.opened(lambda: wireshark.menu('Analyze', 'Expert Information'), 'Expert Information')


def test_findings_are_in_expert_information_and_in_the_details_unless_the_preference_is_off(start):
    expected, fields = expert_items(MIXED), expected_fields(MIXED)
    assert {'Warning'} == {severity for severity, _, _ in expected}
    number, _, _ = next(row for row in fields if LOSS in row[2])
    details, nothing = lines_of_details(MIXED, number), [(row[0], '', '') for row in fields]
    assert details[-1].startswith(f'{TABLE}: ') and details[-1].endswith(f', proves {LOSS}')

    def assert_tells(its_details, its_fields, items):
        wireshark.wait('the details', lambda: wireshark.details() == its_details)
        assert_fields(wireshark, its_fields)
        window = expert_information(wireshark)
        wireshark.wait('the items', lambda: shown_expert_items(window) == items)
        window.close()

    with start('-r', MIXED, '-g', number, preferences=WITH_COLUMNS) as wireshark:
        assert_tells(details, fields, expected)
        switch_fields(wireshark)
        assert_tells(details[:-1], nothing, set())
        switch_fields(wireshark)
        assert_tells(details, fields, expected)
        switch_fields(wireshark)
        reload(wireshark, MIXED)
        assert_fields(wireshark, nothing)


def test_decode_as_has_the_choices_of_the_user_only(start):
    """The plugin stands between IP and TCP in the table that "ip.proto" is."""
    def decoding():
        return wireshark.opened(lambda: wireshark.menu('Analyze', 'Decode As…'), 'Decode As')

    def choices(window):
        return [(row['Field'], row['Value'], row['Current']) for row in window.table().dicts()]

    def press(window, tip):
        next(each for each in window.search('push button') if each.description.startswith(tip)).press()

    def assert_chosen(expected):
        window = decoding()
        assert choices(window) == expected
        window.press_button('Cancel')
        window.wait_until_closed()

    udp, fields = [('IP protocol', '6', 'UDP')], expected_fields(MIXED)
    nothing = [(row[0], '', '') for row in fields]
    with start('-r', MIXED, '-d', 'ip.proto==6,udp', preferences=WITH_COLUMNS) as wireshark:
        for _ in range(2):
            assert_fields(wireshark, nothing)
            assert_chosen(udp)
            switch_fields(wireshark)
        window = decoding()
        assert choices(window) == udp
        press(window, 'Clear all')
        assert choices(window) == []
        window.press_button('OK')
        window.wait_until_closed()
        assert_fields(wireshark, fields)
        window = decoding()
        assert choices(window) == []
        # Of the packet that is chosen
        press(window, 'Change')
        assert choices(window) == [('TCP port', '50101', '(none)')]


# ------------------------------------------------------------------------------ live

def test_windows_keep_up_with_a_live_capture(start, namespace, connect):
    def connections():
        found = re.search(r'(\d+) connections? ', report.body())
        return int(found[1]) if found else 0

    with start('-i', 'lo', '-k', '-f', 'tcp', wrap=namespace, loaded=False) as wireshark:
        wireshark.wait('capture to start', wireshark.menu_item('Capture', 'Stop').is_enabled)
        report = opened(wireshark, REPORT)
        wireshark.wait('packets to be captured', lambda: connect() or wireshark.packets()[0])
        file, = wireshark.folder.glob('*.pcapng')
        first = wireshark.wait('the report to begin', connections)
        connect()
        wireshark.wait('the report to grow', lambda: connections() > first)
        table = opened(wireshark, TABLE)
        wireshark.wait('all packets to be read', lambda: wireshark.packets()[0] == support.frames(file, 'frame'))
        table.apply_filter('tcp.stream < 2')
        assert_shows(table, expected_groups(file, 'tcp.stream < 2'))
        connect()
        wireshark.stop_capture()
        assert_reports(report, support.report(file))
        table.apply_filter('')
        assert_shows(table, expected_groups(file))


def test_columns_are_filled_in_a_live_capture_and_final_when_it_is_read_again(start, namespace, connect):
    def directions():
        return {row[1] for row in shown_fields(wireshark)}

    with start('-i', 'lo', '-k', '-f', 'tcp', wrap=namespace, loaded=False, preferences=WITH_COLUMNS) as wireshark:
        wireshark.wait('capture to start', wireshark.menu_item('Capture', 'Stop').is_enabled)
        wireshark.wait('packets to be captured', lambda: connect() or wireshark.packets()[0])
        wireshark.wait('their directions', lambda: directions() == {'client to server', 'server to client'})
        count = wireshark.packets()[0]
        subprocess.run([*namespace, 'bash', '-c', ': < /dev/tcp/127.0.0.1/9'], check=False, stderr=subprocess.DEVNULL)
        wireshark.wait_for_packets(count + 2)
        wireshark.stop_capture()
        file, = wireshark.folder.glob('*.pcapng')
        expected = expected_fields(file)
        assert expected[-1][2] == 'connection_refused'
        wireshark.menu('View', 'Reload')
        wireshark.wait_until_loaded()
        assert_fields(wireshark, expected)


# ------------------------------------------------------------------------------ memory

@pytest.mark.xdist_group('sanitized')
def test_session_with_everything_has_no_fault_in_memory(start, sanitized, tmp_path):
    with start('-r', MIXED, wrap=(*WITHOUT_INTERFACES, *sanitized.words), env=sanitized.environment(tmp_path),
               slow=4, preferences={'tcp_asymmetry.table_rows': 5, **WITH_COLUMNS}) as wireshark:
        assert sanitized.is_used_by(wireshark.process)
        first, second, report = opened(wireshark, TABLE), opened(wireshark, TABLE), opened(wireshark, REPORT)
        assert_fields(wireshark, expected_fields(MIXED))
        assert shown_expert_items(expert_information(wireshark)) == expert_items(MIXED)
        assert_reports(report, support.report(MIXED))
        first.apply_filter('tcp.port == 443')
        assert_shows(first, expected_groups(MIXED, 'tcp.port == 443'))
        assert_shows(second, expected_largest(MIXED, 5))
        first.sort('PCR')
        second.sort('Server')
        second.copy()
        report.press_button('Next finding')
        wireshark.wait('the finding', lambda: report.body().startswith('In the packet list: finding 1'))
        choose(report, ('', '443 80', 'address', 'tcp'))
        assert_reports(report, support.report(MIXED, 'port=443,port=80,by=address,tcp'))
        wireshark.close_file()
        for button in 'Copy', 'Copy as JSON':
            report.copied(button)
        report.press_button('Next finding')
        choose(report, EVERYTHING)
        first.sort('MB →')
        second.copy()
        path = LAB / 'unknown-port-of-many.pcapng'
        wireshark.open_file(path)
        assert_reports(report, support.report(path))
        first.close()
        third = opened(wireshark, TABLE)
        assert_shows(third, expected_groups(path))
        reload(wireshark, path)
        wireshark.apply_display_filter('')
        assert_fields(wireshark, expected_fields(path))
        assert_reports(report, support.report(path))
        third.copy()
        second.close()
    assert sanitized.complaints(tmp_path) == []
