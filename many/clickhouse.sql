-- ClickHouse, started as clickhouse local in the result folder. The settings make it follow the standard:
-- what is missing is NULL, and CAST keeps that.
SET function_json_value_return_type_allow_nullable = 1, cast_keep_nullable = 1, default_table_engine = 'Memory';

CREATE VIEW lines AS
SELECT _path AS capture, line
FROM file('**/*.ndjson', LineAsString);

CREATE VIEW finding_lines AS
SELECT capture, line, arrayJoin(JSONExtractArrayRaw(line, 'findings')) AS finding
FROM lines
WHERE JSON_VALUE(line, '$.type') = 'server';
