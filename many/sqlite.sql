-- SQLite: many/run imports the NDJSON into the table lines(capture, line).

CREATE TEMP VIEW finding_lines AS
SELECT capture, line, each.value AS finding
FROM lines, json_each(lines.line, '$.findings') AS each
WHERE json_extract(line, '$.type') = 'server';
