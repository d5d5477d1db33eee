-- Spark SQL, for results in the folder RESULT, which all workers can read. Without such a folder, let Spark run
-- the plugin too (Python; captures is a list of paths), and leave out the first two statements:
--   lines = spark.sparkContext.parallelize(captures, len(captures)).pipe('many/pipe')
--   lines.map(lambda text: text.split('\t', 1)).toDF(['capture', 'line']).cache().createOrReplaceTempView('lines')

CREATE TEMPORARY VIEW files USING text
OPTIONS (path 'RESULT', recursiveFileLookup 'true', pathGlobFilter '*.ndjson');

CREATE TEMPORARY VIEW lines AS
SELECT input_file_name() AS capture, value AS line FROM files;

CREATE TEMPORARY VIEW finding_lines AS
SELECT capture, line, finding
FROM lines
LATERAL VIEW explode(from_json(get_json_object(line, '$.findings'), 'array<string>')) f AS finding
WHERE get_json_object(line, '$.type') = 'server';

-- So that CREATE TABLE in load.sql needs no Hive
SET spark.sql.legacy.createHiveTableByDefault = false;
