-- The NDJSON of all captures into tables, each value once. Before this file the engine's own runs:
-- sqlite.sql, duckdb.sql, spark.sql or clickhouse.sql, which define
--   lines(capture, line)                 each line of NDJSON as text
--   finding_lines(capture, line, finding)  each element of a server's "findings" as JSON text, with its line
-- The one function here that is not of standard SQL, json_extract, is SQLite's; the others spell it
--   DuckDB  json_extract_string     Spark SQL  get_json_object     ClickHouse  JSON_VALUE
-- ClickHouse's gives the text null for JSON's null, so NULL is only looked for after CAST or NULLIF.
--
-- Medians, interpretation and the texts, evidence and streams of findings are left out: they hold for one
-- capture, and cannot be summed.

CREATE TABLE server_rows AS
SELECT
    capture,
    json_extract(line, '$.server') AS server,
    json_extract(line, '$.address') AS address,
    CAST(json_extract(line, '$.port') AS BIGINT) AS port,
    NULLIF(json_extract(line, '$.service'), 'null') AS service,
    CAST(json_extract(line, '$.connections') AS BIGINT) AS connections,
    CAST(json_extract(line, '$.one_way_connections') AS BIGINT) AS one_way_connections,
    -- ISO 8601 of equal length in UTC: as text they have the order of time
    json_extract(line, '$.first_time') AS first_time,
    json_extract(line, '$.last_time') AS last_time,
    COALESCE(CAST(json_extract(line, '$.role_evidence.handshake') AS BIGINT), 0) AS role_evidence_handshake,
    COALESCE(CAST(json_extract(line, '$.role_evidence.given') AS BIGINT), 0) AS role_evidence_given,
    COALESCE(CAST(json_extract(line, '$.role_evidence.known') AS BIGINT), 0) AS role_evidence_known,
    COALESCE(CAST(json_extract(line, '$.role_evidence.fan_in') AS BIGINT), 0) AS role_evidence_fan_in,
    COALESCE(CAST(json_extract(line, '$.role_evidence.port') AS BIGINT), 0) AS role_evidence_port,
    COALESCE(CAST(json_extract(line, '$.role_evidence.fan_out') AS BIGINT), 0) AS role_evidence_fan_out,
    COALESCE(CAST(json_extract(line, '$.role_evidence.guess') AS BIGINT), 0) AS role_evidence_guess,
    CAST(json_extract(line, '$.client_to_server.packet_count') AS BIGINT) AS c2s_packet_count,
    CAST(json_extract(line, '$.client_to_server.byte_count') AS BIGINT) AS c2s_byte_count,
    CAST(json_extract(line, '$.client_to_server.payload_bytes') AS BIGINT) AS c2s_payload_bytes,
    CAST(json_extract(line, '$.client_to_server.retransmitted_bytes') AS BIGINT) AS c2s_retransmitted_bytes,
    CAST(json_extract(line, '$.client_to_server.goodput_bytes') AS BIGINT) AS c2s_goodput_bytes,
    CAST(json_extract(line, '$.client_to_server.inferred_payload_bytes') AS BIGINT) AS c2s_inferred_payload_bytes,
    CAST(json_extract(line, '$.client_to_server.syn_count') AS BIGINT) AS c2s_syn_count,
    CAST(json_extract(line, '$.client_to_server.syn_ack_count') AS BIGINT) AS c2s_syn_ack_count,
    CAST(json_extract(line, '$.client_to_server.fin_count') AS BIGINT) AS c2s_fin_count,
    CAST(json_extract(line, '$.client_to_server.rst_count') AS BIGINT) AS c2s_rst_count,
    CAST(json_extract(line, '$.client_to_server.data_packets') AS BIGINT) AS c2s_data_packets,
    CAST(json_extract(line, '$.client_to_server.retransmissions') AS BIGINT) AS c2s_retransmissions,
    CAST(json_extract(line, '$.client_to_server.fast_retransmissions') AS BIGINT) AS c2s_fast_retransmissions,
    CAST(json_extract(line, '$.client_to_server.spurious_retransmissions') AS BIGINT) AS c2s_spurious_retransmissions,
    CAST(json_extract(line, '$.client_to_server.out_of_order') AS BIGINT) AS c2s_out_of_order,
    CAST(json_extract(line, '$.client_to_server.duplicate_acks') AS BIGINT) AS c2s_duplicate_acks,
    CAST(json_extract(line, '$.client_to_server.lost_segments') AS BIGINT) AS c2s_lost_segments,
    CAST(json_extract(line, '$.client_to_server.acked_unseen') AS BIGINT) AS c2s_acked_unseen,
    CAST(json_extract(line, '$.client_to_server.zero_windows') AS BIGINT) AS c2s_zero_windows,
    CAST(json_extract(line, '$.client_to_server.window_full') AS BIGINT) AS c2s_window_full,
    CAST(json_extract(line, '$.client_to_server.keep_alives') AS BIGINT) AS c2s_keep_alives,
    CAST(json_extract(line, '$.client_to_server.duplicate_frames') AS BIGINT) AS c2s_duplicate_frames,
    CASE WHEN CAST(json_extract(line, '$.client_to_server.retransmissions') AS BIGINT) IS NULL THEN 0
        ELSE CAST(json_extract(line, '$.client_to_server.packet_count') AS BIGINT) END AS c2s_analysed_packets,
    CAST(json_extract(line, '$.client_to_server.ttl_min') AS BIGINT) AS c2s_ttl_min,
    CAST(json_extract(line, '$.client_to_server.ttl_max') AS BIGINT) AS c2s_ttl_max,
    CAST(json_extract(line, '$.client_to_server.rst_ttl_min') AS BIGINT) AS c2s_rst_ttl_min,
    CAST(json_extract(line, '$.client_to_server.rst_ttl_max') AS BIGINT) AS c2s_rst_ttl_max,
    CAST(json_extract(line, '$.server_to_client.packet_count') AS BIGINT) AS s2c_packet_count,
    CAST(json_extract(line, '$.server_to_client.byte_count') AS BIGINT) AS s2c_byte_count,
    CAST(json_extract(line, '$.server_to_client.payload_bytes') AS BIGINT) AS s2c_payload_bytes,
    CAST(json_extract(line, '$.server_to_client.retransmitted_bytes') AS BIGINT) AS s2c_retransmitted_bytes,
    CAST(json_extract(line, '$.server_to_client.goodput_bytes') AS BIGINT) AS s2c_goodput_bytes,
    CAST(json_extract(line, '$.server_to_client.inferred_payload_bytes') AS BIGINT) AS s2c_inferred_payload_bytes,
    CAST(json_extract(line, '$.server_to_client.syn_count') AS BIGINT) AS s2c_syn_count,
    CAST(json_extract(line, '$.server_to_client.syn_ack_count') AS BIGINT) AS s2c_syn_ack_count,
    CAST(json_extract(line, '$.server_to_client.fin_count') AS BIGINT) AS s2c_fin_count,
    CAST(json_extract(line, '$.server_to_client.rst_count') AS BIGINT) AS s2c_rst_count,
    CAST(json_extract(line, '$.server_to_client.data_packets') AS BIGINT) AS s2c_data_packets,
    CAST(json_extract(line, '$.server_to_client.retransmissions') AS BIGINT) AS s2c_retransmissions,
    CAST(json_extract(line, '$.server_to_client.fast_retransmissions') AS BIGINT) AS s2c_fast_retransmissions,
    CAST(json_extract(line, '$.server_to_client.spurious_retransmissions') AS BIGINT) AS s2c_spurious_retransmissions,
    CAST(json_extract(line, '$.server_to_client.out_of_order') AS BIGINT) AS s2c_out_of_order,
    CAST(json_extract(line, '$.server_to_client.duplicate_acks') AS BIGINT) AS s2c_duplicate_acks,
    CAST(json_extract(line, '$.server_to_client.lost_segments') AS BIGINT) AS s2c_lost_segments,
    CAST(json_extract(line, '$.server_to_client.acked_unseen') AS BIGINT) AS s2c_acked_unseen,
    CAST(json_extract(line, '$.server_to_client.zero_windows') AS BIGINT) AS s2c_zero_windows,
    CAST(json_extract(line, '$.server_to_client.window_full') AS BIGINT) AS s2c_window_full,
    CAST(json_extract(line, '$.server_to_client.keep_alives') AS BIGINT) AS s2c_keep_alives,
    CAST(json_extract(line, '$.server_to_client.duplicate_frames') AS BIGINT) AS s2c_duplicate_frames,
    CASE WHEN CAST(json_extract(line, '$.server_to_client.retransmissions') AS BIGINT) IS NULL THEN 0
        ELSE CAST(json_extract(line, '$.server_to_client.packet_count') AS BIGINT) END AS s2c_analysed_packets,
    CAST(json_extract(line, '$.server_to_client.ttl_min') AS BIGINT) AS s2c_ttl_min,
    CAST(json_extract(line, '$.server_to_client.ttl_max') AS BIGINT) AS s2c_ttl_max,
    CAST(json_extract(line, '$.server_to_client.rst_ttl_min') AS BIGINT) AS s2c_rst_ttl_min,
    CAST(json_extract(line, '$.server_to_client.rst_ttl_max') AS BIGINT) AS s2c_rst_ttl_max,
    CAST(json_extract(line, '$.handshake_rtt_ms.samples') AS BIGINT) AS handshake_rtt_ms_samples,
    CAST(json_extract(line, '$.turnaround_ms.server_response.max') AS DOUBLE) AS turnaround_ms_server_response_max,
    CAST(json_extract(line, '$.turnaround_ms.server_response.samples') AS BIGINT) AS turnaround_ms_server_response_samples,
    CAST(json_extract(line, '$.turnaround_ms.client_gap.max') AS DOUBLE) AS turnaround_ms_client_gap_max,
    CAST(json_extract(line, '$.turnaround_ms.client_gap.samples') AS BIGINT) AS turnaround_ms_client_gap_samples,
    -- Wireshark's sequence analysis was off: all that comes from it is NULL in this row
    CASE WHEN CAST(json_extract(line, '$.client_to_server.retransmissions') AS BIGINT) IS NULL
        THEN 1 ELSE 0 END AS no_analysis
FROM lines
WHERE json_extract(line, '$.type') = 'server';

CREATE TABLE finding_rows AS
SELECT
    capture,
    json_extract(line, '$.server') AS server,
    json_extract(line, '$.address') AS address,
    CAST(json_extract(line, '$.port') AS BIGINT) AS port,
    json_extract(finding, '$.id') AS id,
    json_extract(finding, '$.severity') AS severity,
    -- by (client, server), or direction (client_to_server, server_to_client), or neither
    COALESCE(json_extract(finding, '$.by'), json_extract(finding, '$.direction')) AS side,
    CAST(json_extract(finding, '$.connections') AS BIGINT) AS connections
FROM finding_lines;

-- What the reader must know of a capture: that it has no TCP, segments that could not be dissected
CREATE TABLE messages AS
SELECT capture, json_extract(line, '$.message') AS message
FROM lines
WHERE json_extract(line, '$.type') = 'message';
