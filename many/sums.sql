-- The sums over all captures, from the tables that load.sql made. Only what SQLite, DuckDB, Spark SQL and
-- ClickHouse have in common: CREATE VIEW, GROUP BY, COUNT, SUM, MIN, MAX, CASE, NULLIF, arithmetic. Ratios begin
-- with a number like 1e0, because SQLite divides integers as integers. In server_totals no column is used twice:
-- in ClickHouse the second use would mean the sum, not the column.
--
-- A counter is the sum over the captures. What comes from Wireshark's sequence analysis is NULL if that was off
-- in each of them; if only in some, no_analysis tells in how many, and the sum is that of the others.
-- Times and TTLs are the smallest and the largest. Ratios and words are computed from the sums, never averaged.
-- Medians cannot be computed from medians, so there are none.
--
-- A server is an address and a port. Roles are decided in each capture by itself: where the basis is weak
-- (role_evidence_guess), two captures may disagree about which end it is. A connection that goes through two
-- captures is two connections here, and a retransmission whose original is in another capture is none; for
-- captures that continue each other there is many/run --sequence.

CREATE VIEW server_totals AS
SELECT
    MAX(server) AS server,
    address,
    port,
    MAX(service) AS service,
    COUNT(DISTINCT capture) AS captures,
    SUM(no_analysis) AS no_analysis,
    SUM(connections) AS connections,
    SUM(one_way_connections) AS one_way_connections,
    MIN(first_time) AS first_time,
    MAX(last_time) AS last_time,
    SUM(role_evidence_handshake) AS role_evidence_handshake,
    SUM(role_evidence_given) AS role_evidence_given,
    SUM(role_evidence_known) AS role_evidence_known,
    SUM(role_evidence_fan_in) AS role_evidence_fan_in,
    SUM(role_evidence_port) AS role_evidence_port,
    SUM(role_evidence_fan_out) AS role_evidence_fan_out,
    SUM(role_evidence_guess) AS role_evidence_guess,
    SUM(c2s_packet_count) AS c2s_packet_count,
    SUM(c2s_byte_count) AS c2s_byte_count,
    SUM(c2s_payload_bytes) AS c2s_payload_bytes,
    SUM(c2s_retransmitted_bytes) AS c2s_retransmitted_bytes,
    SUM(c2s_goodput_bytes) AS c2s_goodput_bytes,
    SUM(c2s_inferred_payload_bytes) AS c2s_inferred_payload_bytes,
    SUM(c2s_syn_count) AS c2s_syn_count,
    SUM(c2s_syn_ack_count) AS c2s_syn_ack_count,
    SUM(c2s_fin_count) AS c2s_fin_count,
    SUM(c2s_rst_count) AS c2s_rst_count,
    SUM(c2s_data_packets) AS c2s_data_packets,
    SUM(c2s_retransmissions) AS c2s_retransmissions,
    SUM(c2s_fast_retransmissions) AS c2s_fast_retransmissions,
    SUM(c2s_spurious_retransmissions) AS c2s_spurious_retransmissions,
    SUM(c2s_out_of_order) AS c2s_out_of_order,
    SUM(c2s_duplicate_acks) AS c2s_duplicate_acks,
    SUM(c2s_lost_segments) AS c2s_lost_segments,
    SUM(c2s_acked_unseen) AS c2s_acked_unseen,
    SUM(c2s_zero_windows) AS c2s_zero_windows,
    SUM(c2s_window_full) AS c2s_window_full,
    SUM(c2s_keep_alives) AS c2s_keep_alives,
    SUM(c2s_duplicate_frames) AS c2s_duplicate_frames,
    SUM(c2s_analysed_packets) AS c2s_analysed_packets,
    MIN(c2s_ttl_min) AS c2s_ttl_min,
    MAX(c2s_ttl_max) AS c2s_ttl_max,
    MIN(c2s_rst_ttl_min) AS c2s_rst_ttl_min,
    MAX(c2s_rst_ttl_max) AS c2s_rst_ttl_max,
    SUM(s2c_packet_count) AS s2c_packet_count,
    SUM(s2c_byte_count) AS s2c_byte_count,
    SUM(s2c_payload_bytes) AS s2c_payload_bytes,
    SUM(s2c_retransmitted_bytes) AS s2c_retransmitted_bytes,
    SUM(s2c_goodput_bytes) AS s2c_goodput_bytes,
    SUM(s2c_inferred_payload_bytes) AS s2c_inferred_payload_bytes,
    SUM(s2c_syn_count) AS s2c_syn_count,
    SUM(s2c_syn_ack_count) AS s2c_syn_ack_count,
    SUM(s2c_fin_count) AS s2c_fin_count,
    SUM(s2c_rst_count) AS s2c_rst_count,
    SUM(s2c_data_packets) AS s2c_data_packets,
    SUM(s2c_retransmissions) AS s2c_retransmissions,
    SUM(s2c_fast_retransmissions) AS s2c_fast_retransmissions,
    SUM(s2c_spurious_retransmissions) AS s2c_spurious_retransmissions,
    SUM(s2c_out_of_order) AS s2c_out_of_order,
    SUM(s2c_duplicate_acks) AS s2c_duplicate_acks,
    SUM(s2c_lost_segments) AS s2c_lost_segments,
    SUM(s2c_acked_unseen) AS s2c_acked_unseen,
    SUM(s2c_zero_windows) AS s2c_zero_windows,
    SUM(s2c_window_full) AS s2c_window_full,
    SUM(s2c_keep_alives) AS s2c_keep_alives,
    SUM(s2c_duplicate_frames) AS s2c_duplicate_frames,
    SUM(s2c_analysed_packets) AS s2c_analysed_packets,
    MIN(s2c_ttl_min) AS s2c_ttl_min,
    MAX(s2c_ttl_max) AS s2c_ttl_max,
    MIN(s2c_rst_ttl_min) AS s2c_rst_ttl_min,
    MAX(s2c_rst_ttl_max) AS s2c_rst_ttl_max,
    SUM(handshake_rtt_ms_samples) AS handshake_rtt_ms_samples,
    MAX(turnaround_ms_server_response_max) AS turnaround_ms_server_response_max,
    SUM(turnaround_ms_server_response_samples) AS turnaround_ms_server_response_samples,
    MAX(turnaround_ms_client_gap_max) AS turnaround_ms_client_gap_max,
    SUM(turnaround_ms_client_gap_samples) AS turnaround_ms_client_gap_samples
FROM server_rows
GROUP BY address, port;

-- The definitions are those of the plugin (docs/manual.md, "analysis"); the thresholds are written as integers.
CREATE VIEW servers AS
SELECT
    t.*,
    1e0 * c2s_packet_count / NULLIF(s2c_packet_count, 0) AS asymmetry_ratio,
    CASE
        WHEN 10 * c2s_packet_count > 12 * s2c_packet_count THEN 'client_heavy'
        WHEN 10 * c2s_packet_count < 8 * s2c_packet_count THEN 'server_heavy'
        ELSE 'balanced'
    END AS data_flow_direction,
    1e0 * (c2s_payload_bytes - s2c_payload_bytes) / NULLIF(c2s_payload_bytes + s2c_payload_bytes, 0) AS pcr,
    CASE
        WHEN c2s_payload_bytes + s2c_payload_bytes = 0 THEN NULL
        WHEN 5 * (c2s_payload_bytes - s2c_payload_bytes) > c2s_payload_bytes + s2c_payload_bytes THEN 'client_heavy'
        WHEN 5 * (s2c_payload_bytes - c2s_payload_bytes) > c2s_payload_bytes + s2c_payload_bytes THEN 'server_heavy'
        ELSE 'balanced'
    END AS payload_direction,
    CASE
        WHEN c2s_rst_count > s2c_rst_count THEN 'client'
        WHEN c2s_rst_count < s2c_rst_count THEN 'server'
        WHEN c2s_rst_count > 0 THEN 'balanced'
        ELSE 'none'
    END AS primary_rst_source,
    -- Of the segments in the captures that were analysed
    1e2 * c2s_retransmissions / NULLIF(c2s_analysed_packets, 0) AS c2s_retransmission_percent,
    1e2 * s2c_retransmissions / NULLIF(s2c_analysed_packets, 0) AS s2c_retransmission_percent
FROM server_totals AS t;

-- Findings cannot be summed: their thresholds apply to one capture, so what stays below them in each capture is
-- missing here. This counts in how many captures, and in how many connections there, each was found.
CREATE VIEW findings AS
SELECT
    MAX(server) AS server,
    address,
    port,
    id,
    MAX(severity) AS severity,
    side,
    COUNT(DISTINCT capture) AS captures,
    SUM(connections) AS connections
FROM finding_rows
GROUP BY address, port, id, side;
