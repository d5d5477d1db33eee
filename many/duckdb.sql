-- DuckDB, started in the result folder.

CREATE VIEW lines AS
SELECT filename AS capture, CAST(json AS VARCHAR) AS line
FROM read_ndjson_objects('**/*.ndjson', filename = true, maximum_object_size = 1000000000);

CREATE VIEW finding_lines AS
SELECT capture, line, unnest(CAST(json_extract(line, '$.findings') AS JSON[])) AS finding
FROM lines
WHERE json_extract_string(line, '$.type') = 'server';
