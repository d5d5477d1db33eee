"""What was measured, as Markdown.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import dataclasses
from pathlib import Path

from measure import ARGUS, CONVERSATIONS, EMPTY, HEADERS, JSON, OURS, SCAPY, Timing, ratio

ABSENT = '-'


def as_json(value):
    """For json.dumps(default=)."""
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Timing):
        return {'seconds': value.seconds, 'median_seconds': value.median, 'peak_memory_bytes': value.peak_memory}
    return dataclasses.asdict(value)


def table(titles, rows):
    """The first column is text, the others are numbers."""
    lines = [titles, ['---'] + ['---:'] * (len(titles) - 1), *rows]
    return ''.join('| ' + ' | '.join(map(str, line)) + ' |\n' for line in lines)


def heading(setting):
    return (f'Wireshark {setting["wireshark"]}, {setting["processor"]}, {setting["cores"]} cores, '
            f'{setting["date"]}, commit {setting["commit"] or "unknown"}\n')


def entries(costs, more, capture):
    """What the plugin's functions cost that Wireshark calls. more: instructions more than with the
    empty tap; what is left of them is Wireshark's, for it has more listeners to call."""
    shown = [(f'`{name}`', f'{calls:,}', cost)
             for name, (calls, cost) in sorted(costs.items(), key=lambda item: -item[1][1])
             if cost >= capture.segments]
    shown.append(("Wireshark's own", ABSENT, more - sum(cost for _calls, cost in costs.values())))
    rows = [[name, calls, f'{cost:,}', f'{cost / capture.segments:,.1f}', f'{cost / capture.connections:,.0f}']
            for name, calls, cost in shown]
    return table(['called by Wireshark', 'calls', 'instructions', 'per segment', 'per connection'], rows)


def functions(costs, capture):
    rows = [[f'`{name}`', f'{own:,}', f'{own / capture.segments:,.1f}', f'{inclusive / capture.segments:,.1f}']
            for name, own, inclusive in costs]
    return table(['function', 'own instructions', 'per segment', 'with what it calls'], rows)


def servers_table(totals, capture):
    empty = totals[EMPTY]
    rows = [[name, f'{total:,}', f'{100 * (total - empty) / empty:.2f} %', f'{(total - empty) / capture.servers:,.0f}']
            for name, total in totals.items()]
    return table(['program', 'instructions', 'more than the empty tap', 'for each server'], rows)


def scale_table(rows):
    """Seconds of the processor and memory, both less the start-up."""
    shown = [[row.traffic, f'{row.connections:,}', f'{row.segments:,}', row.program, f'{row.seconds:.1f}',
              f'{1e6 * row.seconds / row.segments:.2f}', f'{row.memory / 1e6:,.0f}',
              f'{row.memory / row.connections:,.0f}'] for row in rows]
    titles = ['traffic', 'connections', 'segments', 'program', 'seconds', 'µs a segment', 'MB', 'bytes a connection']
    lines = table(titles, shown).split('\n')
    lines[1] = '| --- | ---: | ---: | --- | ---: | ---: | ---: | ---: |'
    return '\n'.join(lines)


def quotient(value, base):
    return f'{value / base:.4f}' if base else ABSENT


def captures_table(captures):
    return table(['capture', 'bytes', 'segments', 'connections'],
                 [[each.name, f'{each.size:,}', f'{each.segments:,}', f'{each.connections:,}'] for each in captures])


def instructions_table(measured):
    capture, counts, start_up = measured['capture'], measured['instructions'], measured['start_up']
    begins = {ARGUS: 0}     # nearly
    rows = [[name, f'{total:,}', quotient(total, counts[EMPTY]), quotient(total, counts[CONVERSATIONS]),
             f'{(total - begins.get(name, start_up)) / capture.segments:,.0f}'] for name, total in counts.items()]
    text = (f'\nInstructions of whole processes, {capture.name}; {start_up:,} of tshark are the start-up.\n\n' +
            table(['program', 'instructions', 'to the empty tap', 'to conv,tcp', 'per segment, less start-up'], rows))
    for name in (OURS, JSON, HEADERS):
        if name in counts:
            more = counts[name] - counts[EMPTY]
            text += f'\n{name}: {more:,} more than the empty tap.\n\n'
            text += entries(measured['entries'][name], more, capture)
    return text


def span(values):
    middle, least, largest = values
    return f'{middle:.3f} ({least:.3f} to {largest:.3f})'


def per_segment(measured, name):
    """Seconds of a program for each segment that it read."""
    return measured['timings'][name].median / measured['segments'][name]


def relation(measured, name, to):
    """The ratio of times; per segment where the program did not read the whole capture."""
    timings = measured['timings']
    if measured['segments'][name] == measured['segments'][to]:
        return span(ratio(timings, name, to))
    return f'{per_segment(measured, name) / per_segment(measured, to):.1f} per segment'


def own_bytes(measured, name):
    timings, connections = measured['timings'], measured['capture'].connections
    if name not in (OURS, JSON, HEADERS) or timings[name].memory is None:
        return ABSENT
    return f'{(timings[name].memory - timings[EMPTY].memory) / connections:,.0f}'


def times_table(measured):
    rows = []
    for name, timing in measured['timings'].items():
        shown = name if name != SCAPY else f'{name}, first {measured["segments"][name]:,} segments'
        rows.append([shown, f'{timing.median:.3f}', f'{min(timing.seconds):.3f} to {max(timing.seconds):.3f}',
                     relation(measured, name, EMPTY), relation(measured, name, CONVERSATIONS),
                     f'{timing.memory / 1e6:,.0f}' if timing.memory else ABSENT, own_bytes(measured, name)])
    rounds = len(measured['timings'][EMPTY].seconds)
    return (f'\nTimes and peak memory, {measured["capture"].name}, median of {rounds} '
            f'{"rounds" if rounds > 1 else "round"}.\n\n' +
            table(['program', 'seconds', 'range', 'to the empty tap', 'to conv,tcp', 'peak MB',
                   'own bytes per connection'], rows))


def growth_table(measured, start_up):
    small, large = measured[0], measured[-1]
    rows = []
    for name in small['timings']:
        if name in (ARGUS, SCAPY):
            continue
        costs = [1e6 * (each['timings'][name].median - start_up) / each['capture'].segments for each in (small, large)]
        rows.append([name, *(f'{cost:.2f}' for cost in costs), quotient(costs[1], costs[0])[:-2]])
    return ('\nMicroseconds per segment, less the start-up.\n\n' +
            table(['program', small['capture'].name, large['capture'].name, 'growth'], rows))


def real_table(measured):
    rows = []
    for each in measured:
        timings = each['timings']
        rows.append([each['capture'].name, f'{timings[EMPTY].median:.3f}', span(ratio(timings, OURS, EMPTY)),
                     span(ratio(timings, OURS, CONVERSATIONS)),
                     span(ratio(timings, HEADERS, CONVERSATIONS)) if HEADERS in timings else ABSENT])
    return ('\nReal captures: times. Small ones are mostly the start-up.\n\n' +
            table(['capture', 'empty tap, seconds', f'{OURS} to the empty tap', f'{OURS} to conv,tcp',
                   f'{HEADERS} to conv,tcp'], rows))


def all_tables(result):
    parts = [heading(result['setting'])]
    captures = [result['instructions']['capture']] if result['instructions'] else []
    captures += [each['capture'] for each in result['generated'] + result['real']]
    unique = {each.name: each for each in captures}
    parts.append('\n' + captures_table(unique.values()))
    if result['instructions']:
        parts.append(instructions_table(result['instructions']))
    parts += [times_table(each) for each in result['generated']]
    if len(result['generated']) > 1:
        parts.append(growth_table(result['generated'], result['start_up_seconds']))
    if result['real']:
        parts.append(real_table(result['real']))
    parts += [f'\nLeft out: {each}.\n' for each in result['left_out']]
    return ''.join(parts)
