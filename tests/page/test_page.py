# SPDX-License-Identifier: GPL-2.0-or-later
"""The page of format=html in the real Chromium: what it shows is what JSON has, whatever is done with it.

After every test, the console must be empty, and the page must have asked for nothing.
"""

import json
import re
import subprocess
from decimal import Decimal

import pytest
from selenium.webdriver import ActionChains, Keys

import support
from browser import Browser, missing_programs

MIXED = support.CAPTURES / 'mixed.pcapng'
LAB = support.TESTS / 'lab'

SEVERITIES = {'error': ('error', 'errors'), 'warn': ('warning', 'warnings'), 'note': ('note', 'notes'),
              'chat': ('chat', 'chats')}
TABLES = '#traffic', '#times', '#connections'


@pytest.fixture(scope='session')
def chromium():
    assert not missing_programs()
    with Browser() as browser:
        yield browser


@pytest.fixture
def browser(chromium):
    yield chromium
    assert chromium.complaints() == []


@pytest.fixture
def show(browser, tmp_path):
    """show(capture, options, *arguments of tshark, ...) opens the page of a capture; the keywords are those of open()."""
    def shown(capture, options='', *arguments, env=None, **keywords):
        path = tmp_path / 'page.html'
        made = support.run_tshark('-q', *arguments, '-z', support.statistic(','.join(filter(None, (
            'format=html', f'output={path}', options)))), '-r', capture, env=env)
        assert made == support.Run(0, '', '')
        browser.open(path, **keywords)
        return path
    return shown


def texts(elements):
    return [element.get_attribute('textContent') for element in elements]


def at(row, path):
    for key in path.split('/'):
        row = None if row is None else row.get(key)
    return row


def number(text):
    return Decimal(re.match(r'[+-]?[\d.]+', text.replace('\u202f', ''))[0])


def is_number(value):
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)


def cells(browser, section, part):
    """For each row of this part of a table, {path: text} of its numbers."""
    return browser.run('''
        return [...document.querySelectorAll(`${arguments[0]} ${arguments[1]} tr`)].map(row => Object.fromEntries(
            [...row.querySelectorAll("[data-path]")].map(cell => [cell.dataset.path, cell.textContent])));
        ''', section, part)


def paths(browser, section):
    return browser.run('''return [...document.querySelectorAll(`${arguments[0]} thead th[data-path]`)].map(
        head => head.dataset.path)''', section)


def assert_shows(row, shown, columns):
    """All numbers of the row that the table has, to the last digit that it shows."""
    expected = {path: at(row, path) for path in columns if is_number(at(row, path))}
    assert shown.keys() == expected.keys()
    for path, text in shown.items():
        digits = number(text)
        assert abs(digits - expected[path]) <= (Decimal(1).scaleb(digits.as_tuple().exponent) / 2
                                                if digits.as_tuple().exponent else 0), path


def assert_tables_show(browser, document):
    if not browser.one('#traffic input').is_selected():
        browser.one('#traffic input').click()
    for section, rows in zip(TABLES, (document['servers'], document['servers'], document.get('connections', []))):
        shown = cells(browser, section, 'tbody')
        assert len(shown) == len(rows)
        columns = paths(browser, section)
        for row, cells_of_row in zip(rows, shown):
            assert_shows(row, cells_of_row, columns)


def added(rows):
    """Counters summed up over rows. What is not known in one of them is not in the sum."""
    total = {}
    for row in rows:
        for key, value in row.items():
            if isinstance(value, dict):
                total[key] = added([total.get(key, {}), value])
            elif is_number(value):
                total[key] = total.get(key, 0) + value
    return total


# ------------------------------------------------------------------------------ what it shows

CAPTURES = [MIXED, *(support.CAPTURES / f'{name}.pcapng' for name in ('zero-window', 'duplicated', 'mid-stream')),
            *(LAB / f'{name}.pcapng' for name in ('scan', 'loss-both-ways-v6', 'many-services', 'one-legged-v6'))]


@pytest.mark.parametrize('path', CAPTURES, ids=lambda path: path.stem)
def test_numbers_are_those_of_json(browser, show, path):
    show(path, 'connections')
    document = support.json_report(path, 'connections')
    assert_tables_show(browser, document)
    columns = [path for path in paths(browser, '#traffic') if '_to_' in path or path.endswith('connections')]
    [total] = cells(browser, '#traffic', 'tfoot')
    assert_shows(added(document['servers']), total, columns)
    assert {number(total[path]) for path in total if path == 'connections'} == {document['capture']['connections']}
    facts = browser.text('#facts').replace('\u202f', '')
    for key, word in ('servers', 'server'), ('connections', 'connection'), ('segments', 'segment'):
        assert f"{document['capture'][key]} {word}" in facts


def test_numbers_are_those_of_json_where_the_sequence_analysis_is_off(browser, show):
    off = '-o', 'tcp.analyze_sequence_numbers:FALSE'
    show(MIXED, 'connections', *off)
    assert_tables_show(browser, support.json_report(MIXED, 'connections', *off))
    assert 'sequence analysis is off' in browser.text('#trust')


@pytest.mark.parametrize('path', CAPTURES, ids=lambda path: path.stem)
def test_findings_are_those_of_json_in_the_order_of_json(browser, show, path):
    show(path)
    document = support.json_report(path)
    items = browser.all('#findings li')
    assert len(items) == len(document['capture']['findings'])
    for item, entry in zip(items, document['capture']['findings']):
        assert entry['severity'] in item.get_attribute('class').split()
        said = browser.run('return [".who > .name", "p.sentence", "code"].map('
                           'part => arguments[0].querySelector(part).textContent)', item)
        assert said == [entry['who'], entry['text'], entry['display_filter']]
        rows = texts(item.find_elements('css selector', 'details .name'))
        assert rows == (entry['servers'] if len(entry['servers']) > 1 else [])
    counts = [sum(entry['severity'] == severity for entry in document['capture']['findings']) for severity in SEVERITIES]
    assert texts(browser.all('#verdict .count')) == [
        f'{count} {words[count != 1]}' for count, words in zip(counts, SEVERITIES.values()) if count]


@pytest.mark.parametrize('path', CAPTURES, ids=lambda path: path.stem)
def test_trust_is_told_in_the_words_of_the_text(browser, show, path):
    show(path)
    text = ' '.join(support.report(path).split())
    assert browser.text('#trust') in text and browser.text('#trust').startswith('This capture can be trusted')


def test_healthy_capture_says_so(browser, show):
    path = support.CAPTURES / 'download.pcapng'
    show(path)
    assert browser.text('h1') == 'Nothing wrong was found.'
    assert browser.text('#trust') == 'This capture can be trusted.'
    assert not browser.one('#findings').is_displayed()


@pytest.mark.parametrize('name', ['no-tcp', 'empty'])
def test_capture_without_tcp_has_a_page_that_says_so(browser, show, name):
    show(support.CAPTURES / f'{name}.pcapng')
    assert browser.text('h1') == support.NO_TCP
    assert [section for section in TABLES if browser.one(section).is_displayed()] == []


def test_document_in_the_page_is_the_one_of_json(browser, show):
    def without_time(document):
        return {**document, 'analysis_timestamp': None}
    show(MIXED, 'interval=0.5,connections,label=<b>&amp;\u2028"x"')
    assert without_time(support.parse_json(browser.text('#document'))) == without_time(
        support.json_report(MIXED, 'interval=0.5,connections,label=<b>&amp;\u2028"x"'))


def test_intervals_are_chosen_so_that_there_are_some_hundred(browser, show):
    show(MIXED)
    document = json.loads(browser.text('#document'))
    assert 200 <= Decimal('3.911149724') / Decimal(str(document['capture']['interval'])) <= 400


# ------------------------------------------------------------------------------ what it leaves out

def test_servers_beyond_the_top_are_one_row_so_that_the_totals_are_those_of_the_capture(browser, show):
    show(MIXED, 'top=3,connections')
    document, everything = (support.json_report(MIXED, options) for options in ('top=3,connections', ''))
    assert_tables_show(browser, document)
    others, total = cells(browser, '#traffic', 'tfoot')
    columns = [path for path in paths(browser, '#traffic') if '_to_' in path or path.endswith('connections')]
    assert_shows(added(everything['servers'][3:]), others, columns)
    assert_shows(added(everything['servers']), total, columns)
    assert texts(browser.all('#traffic tfoot th')) == ['6 others', 'All 9']
    assert 'first 3 of 9 servers' in browser.text('#traffic > .hint')


def crowd(path, servers, connections=1):
    """A capture of so many servers, each with connections that were refused."""
    from scapy.layers.inet import IP, TCP  # pylint: disable=import-outside-toplevel
    from scapy.layers.l2 import Ether  # pylint: disable=import-outside-toplevel
    from scapy.utils import PcapWriter  # pylint: disable=import-outside-toplevel
    with PcapWriter(str(path)) as writer:
        for index in range(servers * connections):
            server, client = f'10.1.{index % servers // 250}.{index % servers % 250 + 1}', '10.0.0.1'
            ends = {'sport': 1024 + index // servers, 'dport': 80}
            back = {'sport': 80, 'dport': 1024 + index // servers}
            for each in (Ether() / IP(src=client, dst=server) / TCP(flags='S', seq=1, **ends),
                         Ether() / IP(src=server, dst=client) / TCP(flags='RA', ack=2, **back)):
                each.time = 1 + index / 1000
                writer.write(each)
    return path


def test_page_has_a_hundred_servers_and_a_thousand_connections_unless_told_otherwise(browser, show, tmp_path):
    path = crowd(tmp_path / 'crowd.pcap', 120, 12)
    show(path, 'connections')
    assert texts(browser.all('#traffic tfoot th')) == ['20 others', 'All 120']
    assert len(cells(browser, '#traffic', 'tbody')) == 100
    assert len(cells(browser, '#connections', 'tbody')) == 1000
    assert browser.text('#connections > .hint').startswith('This page has the first 1\u202f000 of 1\u202f200 connections.')
    [total] = cells(browser, '#traffic', 'tfoot')[1:]
    assert number(total['connections']) == 1440
    show(path, 'top=110')
    assert texts(browser.all('#traffic tfoot th')) == ['10 others', 'All 120']


def test_long_lists_are_shown_in_part_until_a_button_is_pressed(browser, show, tmp_path):
    show(crowd(tmp_path / 'crowd.pcap', 40))
    for section, item, few in ('#findings', 'li', 20), ('#traffic', 'tbody tr', 25), ('#times', 'tbody tr', 25), (
            '#plots', '.plot', 8):
        def shown(section=section, item=item):
            return sum(each.is_displayed() for each in browser.all(f'{section} {item}'))
        total = len(browser.all('#findings li')) if section == '#findings' else 40
        assert shown() == min(few, total)
        more = browser.one(f'{section} > .more')
        assert more.is_displayed() == (total > few)
        if total > few:
            more.click()
        assert shown() == total and not more.is_displayed()


def test_findings_and_rows_without_end_are_named_in_part(browser, show):
    def multiply(document):
        finding = document['capture']['findings'][0]
        finding['servers'] = [f'10.9.{index // 250}.{index % 250}:80' for index in range(200_000)]
        document['capture']['findings'] += [finding | {'servers': ['10.2.0.8:80']}] * 1000
    browser.open(changed(show(MIXED), multiply))
    assert len(browser.all('#findings li')) == 500
    assert browser.text('#findings > .hint').endswith('These are the first 500 of 1\u202f005.')
    assert browser.text('#verdict .warn') == '1\u202f005 warnings'
    assert sum(each.is_displayed() for each in browser.all('#findings li')) == 20
    browser.one('#findings > .more').click()
    assert sum(each.is_displayed() for each in browser.all('#findings li')) == 500
    assert len(browser.all('#findings li:first-child details .name')) == 200
    assert browser.text('#findings li:first-child details').endswith('and 199\u202f800 more')


# ------------------------------------------------------------------------------ sorting

def column(browser, section, index):
    return browser.run('''
        return [...document.querySelectorAll(`${arguments[0]} tbody tr`)].map(
            row => row.children[arguments[1]].textContent)''', section, index)


def sort_key(text):
    """As the page sorts: numbers by size, words with numbers in them in the order of these."""
    plain = text.replace('\u202f', '')
    return Decimal(plain) if re.fullmatch(r'[+-]?[\d.]+', plain) else plain


@pytest.mark.parametrize('section', TABLES)
def test_each_column_sorts_both_ways(browser, show, section):
    show(MIXED, 'connections')
    heads = sorted(browser.all(f'{section} thead th[data-path]'), key=lambda head: head.rect['x'])
    assert len(heads) > 10
    for index, head in enumerate(heads):
        before = sorted(column(browser, section, index))
        orders = []
        for _ in range(2):
            browser.run('arguments[0].querySelector("button").click()', head)
            order = column(browser, section, index)
            assert sorted(order) == before
            way = head.get_attribute('aria-sort')
            others = {other.get_attribute('aria-sort') for other in heads if other != head}
            assert others == {'none'}
            orders.append((way, order))
        assert {way for way, _ in orders} == {'ascending', 'descending'}
        for way, order in orders:
            known = [sort_key(text) for text in order if text != '-']
            assert order[len(known):] == ['-'] * (len(order) - len(known))
            if all(isinstance(value, Decimal) for value in known):
                assert known == sorted(known, reverse=way == 'descending')


def test_a_title_is_a_button_for_the_keyboard_too(browser, show):
    show(MIXED)
    title = browser.one('#traffic th[data-path="client_to_server/byte_count"] button')
    title.send_keys(Keys.ENTER)
    assert browser.one('#traffic th[aria-sort="descending"]').get_attribute('data-path') == 'client_to_server/byte_count'
    values = [number(row['client_to_server/byte_count']) for row in cells(browser, '#traffic', 'tbody')]
    assert values == sorted(values, reverse=True) and len(set(values)) > 1


# ------------------------------------------------------------------------------ copying

def test_filters_can_be_copied(browser, show):
    show(MIXED)
    browser.command('Browser.grantPermissions', permissions=['clipboardReadWrite', 'clipboardSanitizedWrite'])
    filters = texts(browser.all('#findings code'))
    buttons = browser.all('#findings .copy')
    assert len(filters) == len(buttons) == 5
    for expected, button in zip(filters, buttons):
        button.click()
        browser.wait(lambda button=button: button.text == 'Copied')
        assert browser.text('#said') == 'Copied'
        assert browser.driver.execute_async_script('navigator.clipboard.readText().then(arguments[0])') == expected


def test_filters_can_be_copied_where_the_page_may_not_use_the_clipboard(browser, show):
    show(MIXED)
    browser.run('''
        Object.defineProperty(navigator, "clipboard", {value: undefined});
        document.addEventListener("copy", () => { window.copied = String(document.activeElement.value); });''')
    browser.one('#findings .copy').click()
    browser.wait(lambda: browser.one('#findings .copy').text == 'Copied')
    assert browser.run('return window.copied') == texts(browser.all('#findings code'))[0]


# ------------------------------------------------------------------------------ plots

def axis(browser, plot=0):
    return texts(browser.all('.chart')[plot].find_elements('css selector', '.dygraph-axis-label-x'))


def colours(browser, plot=0):
    """Which of the page's colours the chart has."""
    return browser.run('''
        const style = getComputedStyle(document.documentElement), context = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
        const hex = text => { context.fillStyle = text; return context.fillStyle; };
        const names = ["--to-server", "--to-client", "--again", "--error", "--warn", "--note"];
        const wanted = Object.fromEntries(names.map(name => [hex(style.getPropertyValue(name).trim()), name]));
        const found = new Set();
        for (const canvas of document.querySelectorAll(".chart")[arguments[0]].querySelectorAll("canvas")) {
            [context.canvas.width, context.canvas.height] = [canvas.width, canvas.height];
            context.drawImage(canvas, 0, 0);
            const pixels = context.getImageData(0, 0, canvas.width, canvas.height).data;
            for (let i = 0; i < pixels.length; i += 4) {
                const name = pixels[i + 3] === 255 && wanted["#" + [0, 1, 2].map(
                    j => pixels[i + j].toString(16).padStart(2, "0")).join("")];
                if (name)
                    found.add(name);
            }
        }
        return [...found];''', plot)


def plots_in_sight(browser):
    browser.run('document.querySelector("#plots").scrollIntoView()')
    browser.wait(lambda: len(axis(browser)) > 1)


def drag(browser, chart, begin, end):
    """From one share of the chart's width to another."""
    width = chart.size['width']
    (ActionChains(browser.driver).move_to_element_with_offset(chart, int((begin - 0.5) * width), 0).click_and_hold()
     .move_by_offset(int((end - begin) * width), 0).release().perform())


WHOLE = 'whole capture'


def test_plots_zoom_together_and_back(browser, show):
    show(MIXED)
    plots_in_sight(browser)
    whole, chart = axis(browser), browser.one('.chart')
    assert browser.text('#range').startswith(WHOLE)

    drag(browser, chart, 0.3, 0.5)
    browser.wait(lambda: not browser.text('#range').startswith(WHOLE))
    zoomed = axis(browser)
    assert zoomed != whole and axis(browser, 1) == zoomed
    ActionChains(browser.driver).double_click(chart).perform()
    browser.wait(lambda: axis(browser) == whole)
    assert browser.text('#range').startswith(WHOLE) and axis(browser, 1) == whole

    browser.one('[data-zoom=in]').click()
    assert axis(browser) != whole
    inner = browser.text('#range')
    browser.one('[data-zoom=on]').click()
    later = browser.text('#range')
    browser.one('[data-zoom=back]').click()
    assert browser.text('#range') == inner != later
    browser.one('[data-zoom=out]').click()
    assert axis(browser) == whole
    chart.send_keys('+')
    assert axis(browser) != whole
    chart.send_keys(Keys.ESCAPE)
    assert axis(browser) == whole
    browser.one('[data-zoom=in]').click()
    browser.one('[data-zoom=all]').click()
    assert axis(browser) == whole


def test_plot_has_payload_each_way_and_what_was_sent_again(browser, show):
    show(MIXED, 'server=10.2.0.7:3306')
    plots_in_sight(browser)
    assert set(colours(browser)) >= {'--to-server', '--to-client', '--again'}
    show(support.CAPTURES / 'upload.pcapng')
    plots_in_sight(browser)
    assert '--again' not in colours(browser)


def test_plot_reads_out_the_payload_of_each_interval(browser, show):
    options = 'server=10.2.0.7:3306,interval=0.1'
    show(MIXED, options)
    plots_in_sight(browser)
    [server] = support.json_report(MIXED, options)['servers']
    intervals = {round(interval['start'] / Decimal('0.1')): interval for interval in server['intervals']}
    assert len(intervals) > 3
    chart = browser.one('.chart')
    left, width = browser.run('''
        const labels = [...arguments[0].querySelectorAll(".dygraph-axis-label-x")], middle = label => {
            const box = label.getBoundingClientRect(); return box.left + box.width / 2; };
        const [first, second] = labels.map(label => [parseFloat(label.textContent), middle(label)]);
        const scale = (second[1] - first[1]) / (second[0] - first[0]);
        return [first[1] - first[0] * scale - arguments[0].getBoundingClientRect().left, scale];''', chart)
    for index in range(40):
        x = left + width * (index + 0.5) / 10 - chart.size['width'] / 2
        ActionChains(browser.driver).move_to_element_with_offset(chart, int(x), 0).perform()
        said = browser.text('.read').replace('\u202f', '')
        if index not in intervals:
            assert said.endswith('no segment')
            continue
        payload = [intervals[index][direction].get('payload_bytes', 0) for direction in support.DIRECTIONS]
        again = [intervals[index][direction].get('retransmissions', 0) for direction in support.DIRECTIONS]
        parts = [f'{arrow} {count} B' for arrow, count in zip('→←', payload)] + [
            f'{arrow} {count} retransmission{"s" * (count != 1)}' for arrow, count in zip('→←', again) if count]
        assert said.endswith(f"for 100 ms: {', '.join(parts)}")


def changed(path, change):
    """The page with another document."""
    page = path.read_text()
    begin = page.index('id="document">') + len('id="document">')
    end = page.index('</script>', begin)
    document = json.loads(page[begin:end])
    change(document)
    path.write_text(page[:begin] + json.dumps(document).replace('<', '\\u003c') + page[end:])
    return path


def test_findings_are_marked_where_they_were(browser, show):
    """Also an entry that says all itself, of several servers."""
    def mark(document):
        document['capture']['findings'] = [{
            'id': 'no_response', 'severity': 'error', 'servers': ['10.2.0.8:8443', '10.2.0.7:3306'], 'count': 2,
            'text': 'Nobody answers.', 'display_filter': 'tcp.port == 1', 'first_time': '2025-03-03T09:00:02.000000000Z',
            'last_time': '2025-03-03T09:00:03.500000000Z'}]
    browser.open(changed(show(MIXED), mark))
    plots_in_sight(browser)
    assert texts(browser.all('#findings details .name')) == ['10.2.0.8:8443', '10.2.0.7:3306']
    assert browser.text('#findings .sentence') == 'Nobody answers.'
    assert browser.text('#findings code') == 'tcp.port == 1'
    assert browser.text('#findings .when') == '2.00 s to 3.50 s (09:00:02.000 to 09:00:03.500)'
    assert texts(browser.all('.plot h3'))[:2] == ['10.2.0.8:8443', '10.2.0.7:3306']
    for plot in 0, 1:
        browser.wait(lambda plot=plot: '--error' in colours(browser, plot))
    browser.all('#findings .proof button')[1].click()
    assert not browser.text('#range').startswith(WHOLE)
    browser.wait(lambda: '--error' in colours(browser))


@pytest.mark.parametrize('unknown, words', [
    ('first_time', 'until 3.50 s (09:00:03.500)'), ('last_time', 'from 2.00 s (09:00:02.000)')])
def test_finding_of_which_one_time_is_known_says_so_and_is_marked_there(browser, show, unknown, words):
    def forget(document):
        entry = {'id': 'no_response', 'severity': 'error', 'servers': ['10.2.0.8:8443'], 'count': 2,
                 'text': 'Nobody answers.', 'display_filter': 'tcp.port == 1',
                 'first_time': '2025-03-03T09:00:02.000000000Z', 'last_time': '2025-03-03T09:00:03.500000000Z'}
        entry[unknown] = None
        document['capture']['findings'] = [entry]
        for server in document['servers']:
            server['findings'] = []
    browser.open(changed(show(MIXED), forget))
    plots_in_sight(browser)
    assert browser.text('#findings .when') == words
    browser.wait(lambda: '--error' in colours(browser, 0))
    browser.all('#findings .proof button')[1].click()
    assert not browser.text('#range').startswith(WHOLE)


def test_plots_begin_with_the_first_interval_also_where_that_is_before_the_first_segment(browser, show):
    def move(document):
        document['servers'][3]['intervals'][0]['start'] = -2.25
    browser.open(changed(show(MIXED), move))
    plots_in_sight(browser)
    assert axis(browser)[0].startswith('-')


# ------------------------------------------------------------------------------ colours, paper, no scripts

# The smallest contrast of text with what it stands on, as WCAG defines it, and the text
LEAST_CONTRAST = '''
    const parse = text => text.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => [r, g, b].map(c => c / 255).map(
        c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
    const ground = element => {
        for (; element; element = element.parentElement) {
            const colour = parse(getComputedStyle(element).backgroundColor);
            if (colour.length === 3 || colour[3] > 0)
                return colour;
        }
    };
    let least = [Infinity, ""];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        if (!walker.currentNode.data.trim() || !element.checkVisibility() || ["SCRIPT", "STYLE"].includes(element.tagName))
            continue;
        const pair = [parse(getComputedStyle(element).color), ground(element)].map(light).sort((a, b) => b - a);
        const contrast = (pair[0] + 0.05) / (pair[1] + 0.05);
        if (contrast < least[0])
            least = [contrast, walker.currentNode.data];
    }
    return least;'''


def lightness(browser, selector):
    """From 0 to 255, of the ground."""
    text = browser.run('return getComputedStyle(document.querySelector(arguments[0])).backgroundColor', selector)
    return sum(map(int, re.findall(r'\d+', text)[:3])) / 3


@pytest.mark.parametrize('dark', [False, True], ids=['light', 'dark'])
def test_colours_follow_the_system_and_can_be_read(browser, show, dark):
    show(LAB / 'loss-both-ways-v6.pcapng', 'connections', dark=dark)
    plots_in_sight(browser)
    for selector in 'body', '#verdict', '.scroll':
        assert (lightness(browser, selector) < 60) == dark
    contrast, text = browser.run(LEAST_CONTRAST)
    assert contrast >= 4.5, text
    assert '--to-client' in colours(browser)
    browser.media(dark=not dark)
    browser.wait(lambda: '--to-client' in colours(browser))
    assert browser.run(LEAST_CONTRAST)[0] >= 4.5


def test_paper_has_text_tables_and_plots_and_no_buttons(browser, show, tmp_path):
    show(MIXED, dark=True)
    browser.wait(lambda: all(len(axis(browser, plot)) > 1 for plot in range(8)))
    pdf = tmp_path / 'page.pdf'
    browser.media(dark=True, kind='print')
    assert [each.text for each in browser.all('button') if each.is_displayed() and not each.find_elements(
        'xpath', './ancestor::th')] == []
    browser.media(dark=True)
    browser.pdf(pdf)
    printed = subprocess.run(['pdftotext', '-layout', pdf, '-'], capture_output=True, text=True, check=True).stdout
    pages = printed.count('\f')
    assert 2 <= pages <= 8
    flowing = ' '.join(subprocess.run(['pdftotext', pdf, '-'], capture_output=True, text=True, check=True).stdout.split())
    for part in ('5 warnings', 'trusted only in part', '1 connection attempt (4 SYNs) got no answer at all',
                 'tcp.stream == 12', 'Payload over time', '29\u202f346', '20.432'):
        assert ' '.join(part.split()) in flowing, part
    assert 'Copy filter' not in flowing and 'Zoom in' not in flowing
    # Only the bars of plots have that colour, since backgrounds are not printed
    subprocess.run(['pdftoppm', '-r', '60', pdf, tmp_path / 'paper'], check=True)
    assert b'\x21\x66\xb8' in b''.join(path.read_bytes() for path in tmp_path.glob('paper*.ppm'))


@pytest.mark.parametrize('options', ['interval=0.5', 'interval=0.5,connections,label=<i>A & B</i>'])
def test_without_scripts_the_page_is_the_text_report(browser, show, options):
    path = show(MIXED, options, scripts=False)
    try:
        shown = browser.one('pre')
        assert shown.is_displayed() and not browser.one('main').is_displayed()
        assert shown.text.rstrip() == support.report(MIXED, f'top=100,{options}').rstrip()
        assert path.exists()
    finally:
        browser.command('Emulation.setScriptExecutionDisabled', value=False)


@pytest.mark.parametrize('width', [360, 768])
def test_narrow_window_scrolls_tables_and_not_the_page(browser, show, width):
    show(MIXED, 'connections', size=(width, 800))
    assert browser.run('return document.documentElement.scrollWidth') <= width


# ------------------------------------------------------------------------------ what packets and users may say

RUN = 'window.hostile=1'
HOSTILE = {
    'script': f'</script><script>{RUN}</script>',
    'comment': f'<!--<script>{RUN}',
    'image': f'"><img/src=x/onerror={RUN}>',
    'entity': '&lt;img/src=x&gt;&amp;b',
    'quotes': '\'"`;' + RUN + '//\\',
    'place': '{{SCRIPT}}{{DOCUMENT}}',
    'long': 'x' * 10000,
    'controls': 'a\x01\x1b[31m\x7fb\u2028c\u202ed',
}


@pytest.mark.parametrize('text', HOSTILE.values(), ids=HOSTILE)
def test_hostile_names_run_nothing_and_break_nothing(browser, show, tmp_path, text):
    (tmp_path / 'hosts').write_text(''.join(f'{address} {text}\n' for address in (
        '10.2.0.7', '10.2.0.8', '10.2.0.9', '10.1.0.11')))
    (tmp_path / 'services').write_text(f'{text} 3306/tcp\n')
    settings = f'label={text},connections'
    names = '-N', 'nt'
    # Without these names there would be nothing to try
    env = {'WIRESHARK_CONFIG_DIR': str(tmp_path)}
    show(MIXED, settings, *names, env=env)
    document = support.json_report(MIXED, settings, *names, env=env)
    strange = re.search(r'[a-z]{1,20}', text, re.IGNORECASE)[0]
    for name in (server[key] for server in document['servers'] if server['port'] == 3306 for key in ('server', 'service')):
        assert strange in name
    assert browser.run('return window.hostile') is None
    assert_tables_show(browser, document)
    assert browser.text('#label') == document['file']
    assert sorted(texts(browser.all('#traffic tbody th'))) == sorted(server['server'] for server in document['servers'])
    assert texts(browser.all('#findings .who > .name')) == [finding['who'] for finding in document['capture']['findings']]
    assert browser.run('return document.documentElement.scrollWidth <= innerWidth')
    assert browser.run('return document.images.length + document.scripts.length') == 3
    plots_in_sight(browser)
    browser.open(tmp_path / 'page.html', scripts=False)
    browser.command('Emulation.setScriptExecutionDisabled', value=False)
    assert browser.run('return document.images.length + document.scripts.length') == 3


def test_page_may_load_and_send_nothing(browser, show):
    path = show(MIXED)
    policy = browser.run('return document.querySelector("meta[http-equiv]").content')
    assert policy.startswith("default-src 'none'; ") and 'unsafe' not in policy and 'http' not in policy
    assert re.findall(r'\b(?:src|href)="(?!data:,")[^"]*', path.read_text().partition('<script')[0]) == []
    assert '(MIT)' in path.read_text() and 'Permission is hereby granted, free of charge' in path.read_text()
