// SPDX-License-Identifier: GPL-2.0-or-later
// Draws the page from the JSON document in it, and from that alone. Names in it come from packets: they go into the page as
// text, never as HTML.
(function () {
  'use strict';

  const FINDINGS_SHOWN = 20;
  const ROWS_SHOWN = 25;
  const PLOTS_SHOWN = 8;
  const MOST_FINDINGS = 500;
  const ROWS_NAMED = 4;
  const MOST_ROWS_NAMED = 200;
  const NAME_IS_LONG = 80;
  const PAPER_WIDTH = 660; // CSS pixels that a plot has between the margins of A4 and of Letter

  const SEVERITIES = ['error', 'warn', 'note', 'chat'];
  const SEVERITY_WORDS = {
    error: ['error', 'errors'], warn: ['warning', 'warnings'], note: ['note', 'notes'], chat: ['chat', 'chats'],
  };
  const DIRECTIONS = ['client_to_server', 'server_to_client'];
  const ARROWS = ['→', '←'];
  const DIRECTION_WORDS = ['client to server', 'server to client'];

  // What limits the conclusions, as the text report says it. A limit that this page does not know is shown by its id.
  const LIMITS = {
    one_legged: 'some connections were captured in one direction only',
    missing: 'data is missing from it',
    copies: 'it has segments twice',
    cut_headers: 'some segments could not be dissected',
    filtered: 'it was saved through a filter',
    partial: 'the display filter shows some connections in part',
    offload: 'it has segments as the network card got them, not as they were sent',
    stalled: 'the capturing host stood still for a while',
    analysis_off: 'sequence analysis is off',
    roles_guessed: 'some servers are guesses',
  };

  const report = JSON.parse(document.getElementById('document').textContent);
  const capture = report.capture;
  const servers = report.servers;
  const others = report.others || null;

  // ---------------------------------------------------------------- elements

  // An element with these properties and children. A child that is not a node becomes text.
  function make(tag, properties, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(properties || {})) {
      if (name === 'class')
        element.className = value;
      else if (value !== null && value !== undefined)
        element.setAttribute(name, value);
    }
    element.append(...children.filter(child => child !== null && child !== undefined));
    return element;
  }

  // A call has no room for all items as arguments if there are very many.
  function fillWith(parent, items) {
    const fragment = document.createDocumentFragment();
    for (const item of items)
      fragment.append(item);
    parent.replaceChildren(fragment);
    return parent;
  }

  function button(text, press) {
    const element = make('button', { type: 'button' }, text);
    element.addEventListener('click', () => press(element));
    return element;
  }

  function find(selector) {
    return document.querySelector(selector);
  }

  function say(text) {
    find('#said').textContent = text;
  }

  // ---------------------------------------------------------------- text

  function counted(number, one, several) {
    return `${grouped(number)} ${number === 1 ? one : several}`;
  }

  // With a narrow blank between thousands, at which no line breaks.
  function grouped(number) {
    return String(number).replace(/\B(?=(\d{3})+(?!\d))/g, '\u202f');
  }

  function fixed(number, digits) {
    const [whole, fraction] = number.toFixed(digits).split('.');
    return grouped(whole) + (fraction ? `.${fraction}` : '');
  }

  function bytes(number) {
    const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
    let unit = 0;
    for (; Math.abs(number) >= 999.5 && unit < units.length - 1; unit++)
      number /= 1000;
    return `${Number(number.toPrecision(3))} ${units[unit]}`;
  }

  // ns since 1970, or null.
  function nanoseconds(text) {
    const parts = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/.exec(text || '');
    if (!parts)
      return null;
    return BigInt(Date.parse(`${parts[1]}Z`)) * 1000000n + BigInt((parts[2] || '').padEnd(9, '0'));
  }

  const origin = nanoseconds(capture.first_time);
  const latest = nanoseconds(capture.last_time);

  // Seconds since the capture began, or null.
  function seconds(text) {
    const time = nanoseconds(text);
    return time === null || origin === null ? null : Number(time - origin) / 1e9;
  }

  const duration = origin === null || latest === null ? 0 : Number(latest - origin) / 1e9;

  function span(length) {
    if (length < 0.001)
      return `${Number((length * 1e6).toPrecision(3))} µs`;
    if (length < 1)
      return `${Number((length * 1e3).toPrecision(3))} ms`;
    if (length < 120)
      return `${Number(length.toPrecision(4))} s`;
    if (length < 7200)
      return `${Math.floor(length / 60)} min ${Math.round(length % 60)} s`;
    return `${Math.floor(length / 3600)} h ${Math.round(length % 3600 / 60)} min`;
  }

  // With enough digits to distinguish two places on an axis of this width.
  function at(time, width) {
    const digits = Math.min(9, Math.max(0, Math.ceil(-Math.log10(Math.max(width, 1e-9) / 200))));
    return `${fixed(time, digits)} s`;
  }

  function clock(text) {
    return text.slice(11, 23);
  }

  function label(name) {
    return make('span', { class: name.length > NAME_IS_LONG ? 'name long' : 'name' }, name);
  }

  // The number of a finding, as the plots have it.
  function flag(finding, tag, properties) {
    return make(tag, { class: `flag ${finding.severity}`, ...properties }, String(finding.number));
  }

  function flagLink(finding) {
    return flag(finding, 'a', { href: `#finding-${finding.number}`, title: finding.text,
      'aria-label': `Finding ${finding.number}: ${finding.text}` });
  }

  // "reset_by_server" as words.
  function titleOf(finding) {
    const words = finding.id.replace(/_/g, ' ');
    return words.charAt(0).toUpperCase() + words.slice(1);
  }

  // ---------------------------------------------------------------- findings

  const rowsByLabel = new Map();
  servers.forEach((server, index) => {
    rowsByLabel.set(server.server, [...(rowsByLabel.get(server.server) || []), index]);
  });

  // The findings of the capture. What an entry lacks is in the finding of its server.
  function gathered() {
    const used = new Set();
    return (capture.findings || []).map((entry, index) => {
      const names = entry.servers || (entry.server ? [entry.server] : []);
      const rows = names.flatMap(name => rowsByLabel.get(name) || []);
      const ofRows = rows.flatMap(row => servers[row].findings.filter(each => each.id === entry.id));
      const own = ofRows.find(each => !used.has(each) && each.count === entry.count) || ofRows[0] || {};
      used.add(own);
      const first = entry.first_time !== undefined ? entry.first_time : own.first_time;
      const last = entry.last_time !== undefined ? entry.last_time : own.last_time;
      return {
        number: index + 1, id: entry.id, severity: entry.severity, who: entry.who || null, names, rows,
        text: entry.text || own.text || entry.id, filter: entry.display_filter || own.display_filter || '',
        first_time: first || null, last_time: last || null,
        first: seconds(first), last: seconds(last),
      };
    });
  }

  const findings = gathered();

  function findingsOf(row) {
    return findings.filter(finding => finding.rows.includes(row));
  }

  function worst(list) {
    return SEVERITIES.find(severity => list.some(finding => finding.severity === severity)) || null;
  }

  // ---------------------------------------------------------------- copying

  // For pages that may not use the clipboard, for example because their address is not secure.
  function copyBySelection(text) {
    const area = make('textarea', { readonly: '' });
    area.value = text;
    document.body.append(area);
    area.select();
    const isCopied = document.execCommand('copy');
    area.remove();
    return isCopied ? Promise.resolve() : Promise.reject(new Error('refused'));
  }

  function copy(text) {
    if (!navigator.clipboard)
      return copyBySelection(text);
    return navigator.clipboard.writeText(text).catch(() => copyBySelection(text));
  }

  function copyButton(words, textOf) {
    return button(words, element => {
      copy(textOf()).then(() => {
        element.textContent = 'Copied';
        element.classList.add('done');
        say('Copied');
        setTimeout(() => {
          element.textContent = words;
          element.classList.remove('done');
        }, 2000);
      }, () => say('The browser did not allow copying'));
    });
  }

  // ---------------------------------------------------------------- verdict

  // How many findings there are of each severity.
  function counts() {
    const of = severity => findings.filter(finding => finding.severity === severity).length;
    return SEVERITIES.filter(of).map(severity => make('span', { class: `count ${severity}` },
      counted(of(severity), ...SEVERITY_WORDS[severity])));
  }

  function showCounts() {
    if (report.message)
      find('#verdict h1').textContent = report.message;
    else if (findings.length === 0)
      find('#verdict h1').textContent = 'Nothing wrong was found.';
    else
      find('#verdict h1').append(...counts().flatMap(count => [count, ' ']));
  }

  function showTrust() {
    const limits = (capture.trust || []).map(id => LIMITS[id] || id.replace(/_/g, ' '));
    if (report.message)
      return;
    find('#trust').textContent = limits.length === 0 ? 'This capture can be trusted.'
      : `This capture can be trusted only in part: ${limits.join('; ')}.`;
  }

  function showFacts() {
    const facts = [];
    if (!report.message) {
      facts.push(counted(capture.servers, 'server', 'servers'),
        `${counted(capture.connections, 'connection', 'connections')} (${grouped(capture.one_way_connections)} one-way)`,
        counted(capture.segments, 'segment', 'segments'));
      if (origin !== null)
        facts.push(`${capture.first_time.slice(0, 10)} ${capture.first_time.slice(11, 19)} UTC for ${span(duration)}`);
    }
    if (report.filter)
      facts.push(`display filter: ${report.filter}`);
    find('#facts').textContent = facts.join(' · ');
    find('#label').textContent = report.file || '';
    find('#made').textContent = `Made by ${report.tool.name} ${report.tool.version} with Wireshark ${
      report.tool.wireshark}, ${(report.analysis_timestamp || '').slice(0, 19).replace('T', ' ')} UTC`;
  }

  function showVerdict() {
    const severity = worst(findings);
    find('#verdict').className = report.message ? 'chat' : severity || 'good';
    showCounts();
    showTrust();
    showFacts();
    for (const note of report.notes || [])
      find('#notes').append(make('li', {}, `Note: ${note}`));
  }

  // ---------------------------------------------------------------- the list of findings

  function hasTime(finding) {
    return finding.first !== null || finding.last !== null;
  }

  // A finding of which one time alone is known is at that time.
  function beginOf(finding) {
    return finding.first === null ? finding.last : finding.first;
  }

  function endOf(finding) {
    return finding.last === null ? finding.first : finding.last;
  }

  function whenOf(finding) {
    const width = Math.max(duration, 0.001);
    if (!hasTime(finding))
      return null;
    if (finding.first === null)
      return make('span', { class: 'when' }, `until ${at(finding.last, width)} (${clock(finding.last_time)})`);
    if (finding.last === null)
      return make('span', { class: 'when' }, `from ${at(finding.first, width)} (${clock(finding.first_time)})`);
    const end = finding.last === finding.first ? '' : ` to ${at(finding.last, width)}`;
    const endClock = end && ` to ${clock(finding.last_time)}`;
    return make('span', { class: 'when' }, `${at(finding.first, width)}${end} (${clock(finding.first_time)}${endClock})`);
  }

  function whoOf(finding) {
    const names = [label(finding.who || finding.names.slice(0, ROWS_NAMED).join(', '))];
    if (finding.names.length > 1) {
      const more = finding.names.length - MOST_ROWS_NAMED;
      names.push(make('details', {}, make('summary', {}, counted(finding.names.length, 'row', 'rows')),
        ...finding.names.slice(0, MOST_ROWS_NAMED).map(name => make('div', { class: 'name' }, name)),
        more > 0 ? `and ${grouped(more)} more` : null));
    }
    return make('div', { class: 'who' }, make('h3', {}, titleOf(finding)), ...names, whenOf(finding));
  }

  function findingItem(finding) {
    const proof = make('div', { class: 'proof' });
    if (finding.filter) {
      const copier = copyButton('Copy filter', () => finding.filter);
      copier.classList.add('copy');
      copier.setAttribute('aria-label', `Copy the filter of finding ${finding.number}`);
      proof.append(make('code', { title: finding.filter }, finding.filter), copier);
    }
    const row = finding.rows.find(each => hasPlot(servers[each]));
    if (row !== undefined)
      proof.append(button('Show over time', () => showInPlot(finding, row)));
    return make('li', { class: `finding ${finding.severity}`, id: `finding-${finding.number}` },
      make('div', { class: 'rank' }, flag(finding, 'span'), SEVERITY_WORDS[finding.severity]
        ? SEVERITY_WORDS[finding.severity][0] : finding.severity),
      make('div', { class: 'what' }, whoOf(finding), make('p', { class: 'sentence' }, finding.text), proof));
  }

  // Hides all but the first few children of a list behind a button; on paper all are shown.
  function limit(section, items, shown, words) {
    const more = find(`${section} > .more`);
    more.hidden = items.length <= shown;
    more.textContent = `Show all ${grouped(items.length)} ${words}`;
    items.forEach((item, index) => item.classList.toggle('beyond', index >= shown));
    more.addEventListener('click', () => {
      items.forEach(item => item.classList.remove('beyond'));
      more.hidden = true;
    });
  }

  function showFindings() {
    if (findings.length === 0)
      return;
    const items = findings.slice(0, MOST_FINDINGS).map(findingItem);
    fillWith(find('#findings ol'), items);
    if (findings.length > items.length)
      find('#findings > .hint').append(` These are the first ${grouped(items.length)} of ${grouped(findings.length)}.`);
    limit('#findings', items, FINDINGS_SHOWN, 'findings');
    find('#findings').hidden = false;
  }

  // ---------------------------------------------------------------- tables

  function valueAt(row, path) {
    return path.split('/').reduce((value, key) => value === null || value === undefined ? null : value[key], row);
  }

  const isNumber = value => typeof value === 'number';

  // Shows the value of a cell. "raw" keeps the number as JSON has it.
  function cellFor(column, row, tag) {
    const value = valueAt(row, column.path);
    const cell = make(tag || 'td', { class: column.left ? 'left' : '' });
    if (column.words)
      cell.classList.add('words');
    if (column.show)
      column.show(cell, value, row);
    else if (isNumber(value))
      cell.textContent = column.digits ? fixed(value, column.digits) : grouped(value);
    else
      cell.append(value === null || value === undefined ? '-' : make('span', { class: 'clip', title: value }, value));
    if (isNumber(value)) {
      cell.dataset.path = column.path;
      if (value === 0)
        cell.classList.add('zero');
      else if (column.bad)
        cell.classList.add('bad');
    }
    return cell;
  }

  function pair(title, key, options) {
    return DIRECTIONS.map((direction, index) => ({
      title: ARROWS[index], group: title, path: `${direction}/${key}`, left: index === 0, sum: true,
      says: `${title}, ${DIRECTION_WORDS[index]}`, ...options,
    }));
  }

  function nameColumn(path, title) {
    return {
      title, path, words: true,
      show: (cell, value) => cell.append(make('span', { class: 'name', title: value }, value)),
    };
  }

  function showBalance(cell, value) {
    if (!isNumber(value)) {
      cell.textContent = '-';
      return;
    }
    const bar = make('i', { class: value > 0 ? 'to-server' : 'to-client' });
    bar.style.width = `${Math.abs(value) * 50}%`;
    cell.append((value > 0 ? '+' : '') + value.toFixed(2), make('span', { class: 'balance', 'aria-hidden': 'true' }, bar));
  }

  function showFindingsOf(cell, value, row) {
    const own = findingsOf(servers.indexOf(row));
    for (const finding of own.slice(0, ROWS_NAMED))
      cell.append(flagLink(finding), ' ');
    if (own.length > ROWS_NAMED)
      cell.append(`+${own.length - ROWS_NAMED}`);
  }

  const trafficColumns = [
    nameColumn('server', 'Server'),
    { title: 'Service', path: 'service', words: true },
    { title: 'Findings', path: 'findings', words: true, show: showFindingsOf, sortBy: row => row.findings.length },
    { title: 'Conns', path: 'connections', says: 'Connections', left: true, sum: true },
    { title: '1-way', path: 'one_way_connections', says: 'One-way connections', sum: true },
    ...pair('Packets', 'packet_count'),
    ...pair('Bytes', 'byte_count'),
    ...pair('Payload', 'payload_bytes'),
    ...pair('Retrans.', 'retransmissions', { bad: true }),
    ...pair('Resets', 'rst_count', { bad: true }),
    { title: 'Ratio', path: 'analysis/asymmetry_ratio', says: 'Packets from the client for each from the server', digits: 2, left: true },
    { title: 'PCR', path: 'analysis/pcr', says: 'Producer/consumer ratio', show: showBalance },
  ];

  const furtherColumns = [
    ['SYN', 'syn_count'], ['SYN-ACK', 'syn_ack_count'], ['FIN', 'fin_count'], ['Data packets', 'data_packets'],
    ['Fast retr.', 'fast_retransmissions'], ['Spurious', 'spurious_retransmissions'], ['Retrans. bytes', 'retransmitted_bytes'],
    ['Goodput', 'goodput_bytes'], ['Out of order', 'out_of_order'], ['Dup. ACKs', 'duplicate_acks'],
    ['Not captured', 'lost_segments'], ['ACKed unseen', 'acked_unseen'], ['Zero window', 'zero_windows'],
    ['Window full', 'window_full'], ['Keep-alives', 'keep_alives'], ['Copies', 'duplicate_frames'],
    ['Inferred payload', 'inferred_payload_bytes'],
  ].flatMap(([title, key]) => pair(title, key));

  const timeColumns = [
    nameColumn('server', 'Server'),
    { title: 'Conns', path: 'connections', says: 'Connections', left: true },
    { title: 'client', group: 'Handshake', path: 'handshake_rtt_ms/client_side', digits: 3, left: true },
    { title: 'server', group: 'Handshake', path: 'handshake_rtt_ms/server_side', digits: 3 },
    { title: 'samples', group: 'Handshake', path: 'handshake_rtt_ms/samples' },
    { title: 'median', group: 'Server’s response', path: 'turnaround_ms/server_response/median', digits: 3, left: true },
    { title: 'largest', group: 'Server’s response', path: 'turnaround_ms/server_response/max', digits: 3 },
    { title: 'samples', group: 'Server’s response', path: 'turnaround_ms/server_response/samples' },
    { title: 'median', group: 'Client’s gap', path: 'turnaround_ms/client_gap/median', digits: 3, left: true },
    { title: 'largest', group: 'Client’s gap', path: 'turnaround_ms/client_gap/max', digits: 3 },
    { title: 'samples', group: 'Client’s gap', path: 'turnaround_ms/client_gap/samples' },
  ];

  const connectionColumns = [
    { title: 'Stream', path: 'stream', words: true },
    { title: 'Client', path: 'client', words: true },
    { title: 'Server', path: 'server', words: true },
    { title: 'Role by', path: 'role_evidence', words: true },
    { title: 'Duration (s)', path: 'duration', digits: 6, left: true },
    ...pair('Packets', 'packet_count'),
    ...pair('Bytes', 'byte_count'),
    ...pair('Payload', 'payload_bytes'),
    ...pair('Retrans.', 'retransmissions', { bad: true }),
    ...pair('Resets', 'rst_count', { bad: true }),
    { title: 'Reset by', path: 'rst/by', words: true, left: true },
    {
      title: 'Findings', path: 'findings', words: true, sortBy: row => row.findings.length,
      show: (cell, value) => cell.append(value.join(' ')),
    },
  ];

  function keyOf(column, row) {
    return column.sortBy ? column.sortBy(row) : valueAt(row, column.path);
  }

  // What is not known comes last in both orders.
  function comparison(column, sign) {
    return (a, b) => {
      const [first, second] = [keyOf(column, a), keyOf(column, b)];
      if (first === null || second === null)
        return (first === null) - (second === null);
      if (isNumber(first))
        return sign * (first - second);
      return sign * String(first).localeCompare(String(second), 'en', { numeric: true });
    };
  }

  // A table of rows that sorts by a click on a title. Rows at its foot stay there.
  class Table {
    constructor(section, columns, rows, foot, caption) {
      this.section = section;
      this.rows = rows;
      this.order = rows.slice();
      this.foot = foot;
      this.caption = caption;
      this.shown = ROWS_SHOWN;
      this.setColumns(columns);
      const more = find(`${section} > .more`);
      more.addEventListener('click', () => {
        this.shown = Infinity;
        this.fill();
      });
      find(section).hidden = false;
    }

    setColumns(columns) {
      this.columns = columns;
      this.heads = columns.map(column => this.headOf(column));
      this.body = make('tbody');
      const table = make('table', { 'aria-label': this.caption }, this.headRows(), this.body);
      if (this.foot.length > 0)
        table.append(make('tfoot', {}, ...this.foot.map(row => this.rowOf(row, row.kind))));
      find(`${this.section} > .scroll`).replaceChildren(table);
      this.fill();
    }

    headOf(column) {
      const head = make('th', { scope: 'col', 'aria-sort': 'none', class: column.left ? 'left' : '' });
      if (column.words)
        head.classList.add('words');
      const sorter = button(column.title, () => this.sort(column, head));
      const says = column.says || (column.group ? `${column.group}, ${column.title}` : column.title);
      sorter.setAttribute('aria-label', says);
      sorter.title = `Sort by: ${says}`;
      head.append(sorter);
      head.dataset.path = column.path;
      return head;
    }

    headRows() {
      const upper = make('tr'), lower = make('tr');
      this.columns.forEach((column, index) => {
        const before = this.columns[index - 1];
        if (!column.group) {
          this.heads[index].rowSpan = 2;
          upper.append(this.heads[index]);
          return;
        }
        lower.append(this.heads[index]);
        if (!before || before.group !== column.group) {
          const size = this.columns.filter(each => each.group === column.group).length;
          upper.append(make('th', { scope: 'colgroup', colspan: size, class: 'pair left' }, column.group));
        }
      });
      return make('thead', {}, upper, lower);
    }

    rowOf(row, kind) {
      const line = make('tr', { class: kind || '' });
      this.columns.forEach((column, index) => {
        if (index === 0) {
          const head = cellFor(column, row, 'th');
          head.setAttribute('scope', 'row');
          line.append(head);
        } else {
          line.append(kind && !column.sum ? make('td', { class: column.left ? 'left' : '' }) : cellFor(column, row));
        }
      });
      return line;
    }

    fill() {
      fillWith(this.body, this.order.map((row, index) => {
        const line = this.rowOf(row);
        line.classList.toggle('beyond', index >= this.shown);
        return line;
      }));
      const more = find(`${this.section} > .more`);
      more.hidden = this.rows.length <= this.shown;
      more.textContent = `Show all ${grouped(this.rows.length)} rows`;
    }

    // Words begin with the first, numbers with the largest. A second click reverses the order.
    sort(column, head) {
      const first = column.words && !column.sortBy ? 'ascending' : 'descending';
      const second = first === 'ascending' ? 'descending' : 'ascending';
      const way = head.getAttribute('aria-sort') === first ? second : first;
      this.heads.forEach(each => each.setAttribute('aria-sort', 'none'));
      head.setAttribute('aria-sort', way);
      this.order = this.rows.slice().sort(comparison(column, way === 'ascending' ? 1 : -1));
      this.fill();
    }
  }

  function addUp(sum, row) {
    for (const [key, value] of Object.entries(row)) {
      if (isNumber(value))
        sum[key] = (sum[key] || 0) + value;
      else if (DIRECTIONS.includes(key))
        addUp(sum[key] = sum[key] || {}, value);
      else if (value === null)
        sum[key] = sum[key] === undefined ? null : sum[key];
    }
  }

  function footRows() {
    const rows = [];
    if (others)
      rows.push({ ...others, server: counted(others.servers, 'other', 'others'), kind: 'others' });
    const sum = {};
    [...servers, ...rows].forEach(row => addUp(sum, row));
    const count = servers.length + (others ? others.servers : 0);
    rows.push({ ...sum, server: `All ${grouped(count)}`, kind: 'total' });
    return rows;
  }

  function showTables() {
    if (servers.length === 0)
      return;
    const traffic = new Table('#traffic', trafficColumns, servers, footRows(), 'Traffic of each server');
    find('#traffic input').addEventListener('change', event => {
      traffic.setColumns(event.target.checked ? [...trafficColumns, ...furtherColumns] : trafficColumns);
    });
    if (others)
      find('#traffic > .hint').textContent = `This page has the first ${grouped(servers.length)} of ${
        grouped(servers.length + others.servers)} servers and the sum of the others; top=N in the command has more.`;
    new Table('#times', timeColumns, servers, [], 'Times of each server');
  }

  function showConnections() {
    const rows = report.connections;
    if (!rows || rows.length === 0)
      return;
    const all = servers.reduce((sum, server) => sum + server.connections, 0);
    find('#connections > .hint').textContent = rows.length < all
      ? `This page has the first ${grouped(rows.length)} of ${grouped(all)} connections. format=csv has all.`
      : `${counted(rows.length, 'connection', 'connections')}`;
    new Table('#connections', connectionColumns, rows, [], 'Connections');
  }

  // ---------------------------------------------------------------- plots

  const width = capture.interval || 0;
  const whole = wholeRange();
  const plots = [];
  let zoomed = whole;

  // From the first interval, which is before 0 where the capture has times out of order, to the end of the last.
  function wholeRange() {
    const starts = servers.flatMap(server => (server.intervals || []).slice(0, 1)).map(interval => interval.start);
    const last = Math.max(width, Math.ceil((duration + 1e-9) / (width || 1)) * width);
    return [starts.reduce((least, start) => Math.min(least, start), 0), last];
  }

  function hasPlot(server) {
    return width > 0 && (server.intervals || []).length > 0;
  }

  function colours() {
    const style = getComputedStyle(document.documentElement);
    const of = name => style.getPropertyValue(name).trim();
    return {
      sides: [of('--to-server'), of('--to-client')], again: of('--again'), line: of('--line'), soft: of('--soft'),
      card: of('--card'), error: of('--error'), warn: of('--warn'), note: of('--note'), chat: of('--chat'),
    };
  }

  let palette = null;

  function counterOf(interval, side, key) {
    const counters = interval[DIRECTIONS[side]];
    return counters && counters[key] || 0;
  }

  function unseen(value) {
    return value === 0 ? null : value;
  }

  // Time, then payload per second: to the server upwards, to the client downwards, and what of both was sent again.
  function pointsOf(server) {
    const points = server.intervals.map(interval => [
      interval.start,
      unseen(counterOf(interval, 0, 'payload_bytes') / width), unseen(-counterOf(interval, 1, 'payload_bytes') / width),
      unseen(counterOf(interval, 0, 'retransmitted_bytes') / width), unseen(-counterOf(interval, 1, 'retransmitted_bytes') / width),
    ]);
    const ends = [[whole[0], null, null, null, null], [whole[1], null, null, null, null]];
    if (points[0][0] <= whole[0])
      ends.shift();
    return [...points, ...ends].sort((a, b) => a[0] - b[0]);
  }

  // A bar as wide as its interval, from zero.
  function drawBars(e) {
    const zero = Math.round(e.dygraph.toDomYCoord(0));
    e.drawingContext.fillStyle = e.color;
    for (const point of e.points) {
      if (point.yval === null || Number.isNaN(point.yval))
        continue;
      const left = Math.round(e.dygraph.toDomXCoord(point.xval)), right = Math.round(e.dygraph.toDomXCoord(point.xval + width));
      const height = Math.max(2, Math.round(Math.abs(point.canvasy - zero)));
      e.drawingContext.fillRect(left, point.yval > 0 ? zero - height : zero + 1, Math.max(2, right - left), height);
    }
  }

  const FLAG_SIZE = 7;

  function drawZero(context, area, graph) {
    context.fillStyle = palette.soft;
    context.fillRect(area.x, Math.round(graph.toDomYCoord(0)), area.w, 1);
  }

  // A triangle at the edge, for each interval with retransmissions: above to the server, below to the client.
  function drawTicks(context, area, graph, server) {
    context.fillStyle = palette.again;
    for (const interval of server.intervals) {
      const x = graph.toDomXCoord(interval.start + width / 2);
      if (x < area.x || x > area.x + area.w)
        continue;
      [0, 1].filter(side => counterOf(interval, side, 'retransmissions') > 0).forEach(side => {
        const edge = side === 0 ? area.y : area.y + area.h, tip = side === 0 ? edge + 8 : edge - 8;
        context.beginPath();
        context.moveTo(x - 4.5, edge);
        context.lineTo(x + 4.5, edge);
        context.lineTo(x, tip);
        context.fill();
      });
    }
  }

  function drawFlag(context, x, y, finding) {
    const text = String(finding.number);
    context.font = 'bold 11px sans-serif';
    const half = Math.max(FLAG_SIZE + 1, context.measureText(text).width / 2 + 4);
    context.fillStyle = palette[finding.severity] || palette.note;
    context.beginPath();
    context.roundRect(x - half, y - FLAG_SIZE, half * 2, FLAG_SIZE * 2 + 1, FLAG_SIZE);
    context.fill();
    context.fillStyle = palette.card;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.fillText(text, x, y + 1);
  }

  // Where the findings whose time is known are in a chart, from their first to their last packet.
  function places(area, graph, own) {
    return own.filter(hasTime).map(finding => ({
      finding, left: graph.toDomXCoord(beginOf(finding)), right: graph.toDomXCoord(endOf(finding)),
    })).filter(place => place.right >= area.x && place.left <= area.x + area.w);
  }

  function drawFindings(context, area, graph, own) {
    for (const { finding, left, right } of places(area, graph, own)) {
      const from = Math.max(left, area.x), to = Math.min(Math.max(right, left + 1), area.x + area.w);
      context.fillStyle = palette[finding.severity] || palette.note;
      context.globalAlpha = 0.13;
      context.fillRect(from, area.y, Math.max(to - from, 2), area.h);
      context.globalAlpha = 0.8;
      for (const edge of [left, right].filter(x => x >= area.x && x <= area.x + area.w))
        context.fillRect(edge - 0.5, area.y, 1, area.h);
      context.globalAlpha = 1;
    }
  }

  // Over the bars. Flags that would cover each other stand below each other.
  function drawFlags(context, area, graph, own) {
    const lanes = [];
    for (const { finding, left } of places(area, graph, own)) {
      const x = Math.min(Math.max(left, area.x + 10), area.x + area.w - 10);
      let lane = lanes.findIndex(end => end < x - 12);
      lane = lane < 0 ? lanes.length : lane;
      lanes[lane] = x + 12;
      drawFlag(context, x, area.y + 18 + lane * 17, finding);
    }
  }

  function rateLabel(value) {
    return value === 0 ? '0' : `${bytes(Math.abs(value))}/s`;
  }

  // Without zeros at the end.
  function timeLabel(time) {
    return at(time, (zoomed[1] - zoomed[0]) / 2).replace(/\.?0+ s$/, ' s').replace(/^ s$/, '0 s');
  }

  function hasPayload(server) {
    return DIRECTIONS.some(direction => server[direction].payload_bytes > 0);
  }

  // A plot without payload has no scale.
  function scaleOf(server) {
    return { axisLabelFormatter: hasPayload(server) ? rateLabel : () => '', axisLabelWidth: 72, pixelsPerLabel: 34,
      valueRange: rangeOf(server) };
  }

  function rangeOf(server) {
    return hasPayload(server) ? null : [-1, 1];
  }

  function optionsOf(plot) {
    return {
      labels: ['time', 'payload to server', 'payload to client', 'sent again to server', 'sent again to client'],
      colors: [...palette.sides, palette.again, palette.again],
      plotter: [drawBars, e => e.seriesIndex === 0 && drawFlags(e.drawingContext, e.plotArea, e.dygraph, plot.findings)],
      connectSeparatedPoints: false, legend: 'never', highlightCircleSize: 0, drawPoints: false,
      gridLineColor: palette.line, axisLineColor: palette.soft, includeZero: true, yRangePad: 12, animatedZooms: false,
      dateWindow: zoomed.slice(),
      axes: {
        x: { axisLabelFormatter: timeLabel, axisLabelWidth: 84, pixelsPerLabel: 84 },
        y: scaleOf(plot.server),
      },
      underlayCallback: (context, area, graph) => {
        drawZero(context, area, graph);
        drawTicks(context, area, graph, plot.server);
        drawFindings(context, area, graph, plot.findings);
      },
      drawCallback: (graph, isFirst) => isFirst || follow(graph, plot),
      interactionModel: { ...Dygraph.defaultInteractionModel, dblclick: () => setRange(whole) },
    };
  }

  function intervalAt(server, time) {
    return server.intervals.find(interval => time >= interval.start && time < interval.start + width) || null;
  }

  function readOut(server, time) {
    const interval = intervalAt(server, time), wide = zoomed[1] - zoomed[0];
    if (!interval)
      return `${at(time, wide)}: no segment`;
    const parts = [0, 1].map(side => `${ARROWS[side]} ${grouped(counterOf(interval, side, 'payload_bytes'))} B`);
    [0, 1].forEach(side => {
      const again = counterOf(interval, side, 'retransmissions');
      if (again > 0)
        parts.push(`${ARROWS[side]} ${counted(again, 'retransmission', 'retransmissions')}`);
    });
    return `${at(interval.start, wide)} for ${span(width)}: ${parts.join(', ')}`;
  }

  // The plot of one server. draw() makes its chart, once the page is shown.
  class Plot {
    constructor(row) {
      this.row = row;
      this.server = servers[row];
      this.findings = findingsOf(row);
      this.read = make('span', { class: 'read' });
      this.cursor = make('div', { class: 'cursor', hidden: '' });
      this.chart = make('div', { class: 'chart', tabindex: '0', role: 'img', 'aria-label': this.description() });
      this.element = make('article', { class: 'plot', id: `plot-${row}` }, this.head(), this.chart);
      this.chart.addEventListener('keydown', event => this.press(event));
      this.chart.addEventListener('mousemove', event => this.point(event));
      this.chart.addEventListener('mouseleave', () => this.leave());
    }

    head() {
      const flags = this.findings.flatMap(finding => [flagLink(finding), make('span', { class: 'sum' }, titleOf(finding))]);
      return make('div', { class: 'head' }, make('h3', {}, label(this.server.server)),
        this.server.service ? make('span', { class: 'sum' }, this.server.service) : null,
        make('span', { class: 'sum' }, this.sums()), make('span', { class: 'flags' }, ...flags.slice(0, 2 * ROWS_NAMED)), this.read);
    }

    sums() {
      return DIRECTIONS.map((direction, side) => `${ARROWS[side]} ${bytes(this.server[direction].payload_bytes)}`).join('  ');
    }

    description() {
      const again = DIRECTIONS.map(direction => this.server[direction].retransmissions || 0);
      return `Payload over time of ${this.server.server}: ${bytes(this.server.client_to_server.payload_bytes)} to the server, ${
        bytes(this.server.server_to_client.payload_bytes)} to the client; ${again[0]} and ${again[1]} retransmissions`;
    }

    draw() {
      if (this.graph)
        return;
      this.graph = new Dygraph(this.chart, pointsOf(this.server), optionsOf(this));
      this.chart.append(this.cursor);
    }

    update(options) {
      if (this.graph)
        this.graph.updateOptions(options);
    }

    point(event) {
      if (!this.graph)
        return;
      const x = event.clientX - this.chart.getBoundingClientRect().left, area = this.graph.getArea();
      const isInside = x >= area.x && x <= area.x + area.w;
      this.cursor.hidden = !isInside;
      this.cursor.style.left = `${x}px`;
      this.read.textContent = isInside ? readOut(this.server, this.graph.toDataXCoord(x)) : '';
    }

    leave() {
      this.cursor.hidden = true;
      this.read.textContent = '';
    }

    press(event) {
      const moves = { '+': 'in', '=': 'in', '-': 'out', ArrowLeft: 'back', ArrowRight: 'on', '0': 'all', Escape: 'all' };
      if (!moves[event.key] || event.ctrlKey || event.metaKey || event.altKey)
        return;
      event.preventDefault();
      move(moves[event.key]);
    }
  }

  let isSetting = false;

  // The user zoomed or moved one plot.
  function follow(graph, plot) {
    const range = graph.xAxisRange();
    if (!isSetting && (range[0] !== zoomed[0] || range[1] !== zoomed[1]))
      setRange(range, plot);
  }

  // Zooms all plots to one range, so that they can be compared. "zoomer" has it already, if the range is allowed.
  function setRange(range, zoomer) {
    const least = Math.max(width, 1e-6);
    let [from, to] = range;
    if (to - from < least)
      [from, to] = [(from + to - least) / 2, (from + to + least) / 2];
    from = Math.max(from, whole[0]);
    to = Math.min(Math.max(to, from + least), whole[1]);
    zoomed = to - from >= whole[1] - whole[0] ? whole : [from, to];
    isSetting = true;
    for (const plot of plots) {
      if (plot !== zoomer || from !== range[0] || to !== range[1])
        plot.update({ dateWindow: zoomed.slice(), axes: { y: { valueRange: rangeOf(plot.server) } } });
    }
    isSetting = false;
    tellRange();
  }

  function tellRange() {
    const wide = zoomed[1] - zoomed[0];
    find('#range').textContent = zoomed === whole ? `whole capture, ${span(duration)}, in steps of ${span(width)}`
      : `${at(zoomed[0], wide)} to ${at(zoomed[1], wide)}`;
  }

  function move(way) {
    const [from, to] = zoomed, wide = to - from, middle = (from + to) / 2;
    const step = Math.min(wide / 4, way === 'back' ? from - whole[0] : whole[1] - to);
    if (way === 'in')
      setRange([middle - wide / 4, middle + wide / 4]);
    else if (way === 'out')
      setRange([middle - wide, middle + wide]);
    else if (way === 'back')
      setRange([from - step, to - step]);
    else if (way === 'on')
      setRange([from + step, to + step]);
    else
      setRange(whole);
  }

  function showInPlot(finding, row) {
    const plot = plotOf(row);
    plot.draw();
    if (hasTime(finding)) {
      const margin = Math.max((endOf(finding) - beginOf(finding)) / 4, width * 8);
      setRange([beginOf(finding) - margin, endOf(finding) + margin]);
    }
    plot.element.scrollIntoView({ block: 'center' });
    plot.chart.focus({ preventScroll: true });
  }

  // Servers with findings come first, in the order of these.
  function plotOrder() {
    const rows = new Set(findings.flatMap(finding => finding.rows));
    servers.forEach((server, row) => rows.add(row));
    return [...rows].filter(row => hasPlot(servers[row]));
  }

  function plotOf(row) {
    let plot = plots.find(each => each.row === row);
    if (!plot) {
      plot = new Plot(row);
      plots.push(plot);
      find('#plots .list').append(plot.element);
    }
    return plot;
  }

  // One after the other, so that the page stays usable.
  function drawNext() {
    const next = plots.find(plot => !plot.graph);
    if (!next)
      return;
    next.draw();
    setTimeout(drawNext);
  }

  function showPlots() {
    const order = plotOrder();
    if (order.length === 0)
      return;
    find('#plots').hidden = false;
    palette = colours();
    Dygraph.PLUGINS = Dygraph.PLUGINS.filter(plugin => ['Axes Plugin', 'Gridline Plugin'].includes(plugin.prototype.toString()));
    order.slice(0, PLOTS_SHOWN).forEach(plotOf);
    setTimeout(drawNext);
    const more = find('#plots > .more');
    more.hidden = order.length <= PLOTS_SHOWN;
    more.textContent = `Show the plots of all ${grouped(order.length)} servers`;
    more.addEventListener('click', () => {
      order.forEach(plotOf);
      drawNext();
      more.hidden = true;
    });
    for (const control of document.querySelectorAll('[data-zoom]'))
      control.addEventListener('click', () => move(control.dataset.zoom));
    tellRange();
  }

  // ---------------------------------------------------------------- colours, and paper

  function recolour() {
    palette = colours();
    for (const plot of plots)
      plot.update({ colors: [...palette.sides, palette.again, palette.again], gridLineColor: palette.line, axisLineColor: palette.soft });
  }

  // Chromium prints a blank canvas if the canvas got its size just before. So the charts keep their size and are scaled.
  function toPaper() {
    document.documentElement.classList.add('paper');
    for (const plot of plots) {
      plot.draw();
      plot.chart.style.zoom = Math.min(1, PAPER_WIDTH / plot.graph.size().width);
    }
    recolour();
  }

  function fromPaper() {
    document.documentElement.classList.remove('paper');
    for (const plot of plots)
      plot.chart.style.zoom = '';
    recolour();
  }

  function watch() {
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', recolour);
    window.addEventListener('beforeprint', toPaper);
    window.addEventListener('afterprint', fromPaper);
  }

  // ---------------------------------------------------------------- all

  function showContents() {
    const places = [['findings', 'Findings'], ['traffic', 'Traffic'], ['plots', 'Payload over time'], ['times', 'Times'],
      ['connections', 'Connections'], ['text', 'Text report']];
    for (const [id, words] of places) {
      if (!document.getElementById(id).hidden)
        find('#contents').append(make('a', { href: `#${id}` }, words));
    }
  }

  showVerdict();
  showFindings();
  showTables();
  showPlots();
  showConnections();
  showContents();
  const all = copyButton('Copy all as JSON', () => document.getElementById('document').textContent);
  all.id = 'copy-json';
  find('#copy-json').replaceWith(all);
  watch();
  find('#page').hidden = false;
  find('#text').open = false;
})();
