/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/columns.h"

#include "segments.h"
#include "base/text_format.h"

#include <string.h>

static struct value value_called(const char *name, const struct row *row)
{
    const struct column_group *group;
    const struct column *column;
    if (!column_find(name, &group, &column))
        g_error("no column is called %s", name);
    return column_value(group, column, row);
}

static void assert_text(const char *name, const struct row *row, const char *expected)
{
    char buffer[TEXT_FORMAT_SIZE];
    struct value value = value_called(name, row);
    const char *text = value_format(&value, buffer);
    if (strcmp(text, expected) != 0)
        g_error("%s is \"%s\", expected \"%s\"", name, text, expected);
}

/* A server's row without anything seen. */
static struct row empty_row(void)
{
    struct row row;
    memset(&row, 0, sizeof row);
    row.analysed = true;
    for (int i = 0; i < 2; i++)
        row.totals[i].hop_limits = row.totals[i].rst_hop_limits = HOP_LIMITS_NONE;
    return row;
}

/* The keys of the object role_evidence are what its connections call their basis. */
static void basis_has_the_same_name_in_servers_and_connections(void)
{
    for (int basis = 0; basis < ROLE_BASIS_COUNT; basis++) {
        struct row row = empty_row();
        row.basis[basis] = 7;
        char *name = g_strconcat("role_evidence_", role_basis_name((enum role_basis)basis), NULL);
        assert_text(name, &row, "7");
        assert_text("role_evidence", &row, role_basis_name((enum role_basis)basis));
        g_free(name);
    }
}

/* Names that a program reads and that must not change. */
static const char *const promised[] = {
    "server",
    "address",
    "port",
    "service",
    "connections",
    "one_way_connections",
    "stream",
    "client",
    "role_evidence",
    "completeness",
    "duration",
    "role_evidence_handshake",
    "role_evidence_guess",
    "c2s_packet_count",
    "s2c_packet_count",
    "c2s_byte_count",
    "c2s_payload_bytes",
    "c2s_retransmitted_bytes",
    "c2s_goodput_bytes",
    "s2c_syn_count",
    "s2c_syn_ack_count",
    "s2c_fin_count",
    "s2c_rst_count",
    "s2c_data_packets",
    "c2s_retransmissions",
    "c2s_fast_retransmissions",
    "c2s_spurious_retransmissions",
    "c2s_out_of_order",
    "c2s_duplicate_acks",
    "c2s_lost_segments",
    "c2s_acked_unseen",
    "c2s_zero_windows",
    "c2s_window_full",
    "c2s_keep_alives",
    "c2s_duplicate_frames",
    "c2s_inferred_payload_bytes",
    "asymmetry_ratio",
    "primary_rst_source",
    "data_flow_direction",
    "interpretation",
    "pcr",
    "payload_direction",
};

static void promised_names_are_there(void)
{
    const struct column_group *group;
    const struct column *column;
    for (size_t i = 0; i < G_N_ELEMENTS(promised); i++) {
        if (!column_find(promised[i], &group, &column))
            g_error("no column is called %s", promised[i]);
    }
}

static void no_key_is_longer_than_promised(void)
{
    for (size_t i = 0; i < column_group_count; i++) {
        for (size_t j = 0; j < column_groups[i].count; j++)
            g_assert_cmpuint(strlen(column_groups[i].columns[j].key), <=, COLUMN_LONGEST_KEY);
    }
}

static void unknown_names_are_not_found(void)
{
    static const char *const names[] = {
        "", "c2s_", "packet_count", "c2s_packet_coun", "c2s_packet_countx", "SERVER"};
    const struct column_group *group;
    const struct column *column;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        g_assert_false(column_find(names[i], &group, &column));
}

static void names_are_unique_and_find_their_column(gconstpointer data)
{
    enum row_kind kind = (enum row_kind)GPOINTER_TO_INT(data);
    GHashTable *names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (size_t i = 0; i < column_group_count; i++) {
        const struct column_group *group = &column_groups[i];
        for (size_t j = 0; j < group->count; j++) {
            if (!column_applies(group, &group->columns[j], kind))
                continue;
            const struct column_group *found_group = NULL;
            const struct column *found = NULL;
            char *name = g_strconcat(group->prefix, group->columns[j].key, NULL);
            g_assert_true(column_find(name, &found_group, &found));
            g_assert_true(found_group == group && found == &group->columns[j]);
            g_assert_true(g_hash_table_add(names, name));
        }
    }
    g_assert_cmpuint(g_hash_table_size(names), >, 60);
    g_hash_table_destroy(names);
}

static void counters_are_of_their_direction(void)
{
    struct row row = empty_row();
    row.totals[CLIENT_TO_SERVER].count[COUNTER_PACKETS] = 7;
    row.totals[SERVER_TO_CLIENT].count[COUNTER_PACKETS] = UINT64_MAX;
    row.totals[SERVER_TO_CLIENT].count[COUNTER_WINDOW_FULL] = 3;
    assert_text("c2s_packet_count", &row, "7");
    assert_text("s2c_packet_count", &row, "18446744073709551615");
    assert_text("c2s_window_full", &row, "0");
    assert_text("s2c_window_full", &row, "3");
}

static void goodput_is_payload_without_retransmitted(void)
{
    struct row row = empty_row();
    row.totals[CLIENT_TO_SERVER].count[COUNTER_PAYLOAD_BYTES] = 1000;
    row.totals[CLIENT_TO_SERVER].count[COUNTER_RETRANSMITTED_BYTES] = 300;
    assert_text("c2s_goodput_bytes", &row, "700");
    assert_text("s2c_goodput_bytes", &row, "0");
}

static void what_needs_the_analysis_is_absent_without_it(void)
{
    static const char *const absent[] = {"retransmitted_bytes",
                                         "goodput_bytes",
                                         "retransmissions",
                                         "fast_retransmissions",
                                         "spurious_retransmissions",
                                         "out_of_order",
                                         "duplicate_acks",
                                         "lost_segments",
                                         "acked_unseen",
                                         "zero_windows",
                                         "window_full",
                                         "keep_alives"};
    static const char *const present[] = {"packet_count", "payload_bytes", "rst_count",
                                          "duplicate_frames", "inferred_payload_bytes"};
    struct row row = empty_row();
    row.analysed = false;
    for (size_t i = 0; i < G_N_ELEMENTS(absent); i++) {
        char *name = g_strconcat("s2c_", absent[i], NULL);
        assert_text(name, &row, "");
        g_free(name);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(present); i++) {
        char *name = g_strconcat("s2c_", present[i], NULL);
        assert_text(name, &row, "0");
        g_free(name);
    }
}

static void nothing_seen_has_no_ratios_times_or_hop_limits(void)
{
    static const char *const absent[] = {"asymmetry_ratio",
                                         "pcr",
                                         "payload_direction",
                                         "c2s_ttl_min",
                                         "c2s_ttl_max",
                                         "s2c_rst_ttl_min",
                                         "s2c_rst_ttl_max",
                                         "handshake_rtt_ms_client_side",
                                         "handshake_rtt_ms_server_side",
                                         "turnaround_ms_server_response_median",
                                         "turnaround_ms_client_gap_max",
                                         "service",
                                         "address",
                                         "port",
                                         "rst_by",
                                         "rst_idle_before",
                                         "rst_payload_before_client_to_server"};
    struct row row = empty_row();
    for (size_t i = 0; i < G_N_ELEMENTS(absent); i++)
        g_assert_cmpint(value_called(absent[i], &row).type, ==, VALUE_NONE);
    assert_text("turnaround_ms_client_gap_samples", &row, "0");
    assert_text("handshake_rtt_ms_samples", &row, "0");
    assert_text("primary_rst_source", &row, "none");
}

static void hop_limits_may_be_0_and_255(void)
{
    struct row row = empty_row();
    row.totals[CLIENT_TO_SERVER].hop_limits = (struct hop_limits){0, 255};
    row.totals[CLIENT_TO_SERVER].rst_hop_limits = (struct hop_limits){64, 64};
    assert_text("c2s_ttl_min", &row, "0");
    assert_text("c2s_ttl_max", &row, "255");
    assert_text("c2s_rst_ttl_min", &row, "64");
    assert_text("c2s_rst_ttl_max", &row, "64");
    assert_text("s2c_ttl_max", &row, "");
    /* As routers send to their neighbours: all segments with the largest. */
    row.totals[SERVER_TO_CLIENT].hop_limits = (struct hop_limits){255, 255};
    assert_text("s2c_ttl_min", &row, "255");
}

static void times_are_of_their_side(void)
{
    struct row row = empty_row();
    row.handshake[SERVER_TO_CLIENT] = (struct summary){1500000, 9, 4};
    row.handshake[CLIENT_TO_SERVER] = (struct summary){20, 9, 3};
    row.turnaround[SERVER_TO_CLIENT] = (struct summary){1, 2000000000, 5};
    row.turnaround[CLIENT_TO_SERVER] = (struct summary){3, 4, 6};
    assert_text("handshake_rtt_ms_server_side", &row, "1.500000");
    assert_text("handshake_rtt_ms_client_side", &row, "0.000020");
    assert_text("handshake_rtt_ms_samples", &row, "4");
    assert_text("turnaround_ms_server_response_median", &row, "0.000001");
    assert_text("turnaround_ms_server_response_max", &row, "2000.000000");
    assert_text("turnaround_ms_server_response_samples", &row, "5");
    assert_text("turnaround_ms_client_gap_median", &row, "0.000003");
    assert_text("turnaround_ms_client_gap_samples", &row, "6");
}

static void connection_tells_its_stream_role_and_reset(void)
{
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry,connections");
    static const struct story story = {.client = "10.0.0.9",
                                       .server = "10.0.0.5",
                                       .client_port = 51000,
                                       .server_port = 443,
                                       .request = 11,
                                       .response = 22,
                                       .server_side = 3000000,
                                       .server_resets = true,
                                       .client_resets = true};
    const struct flow_facts facts = {.completeness = 47};
    recording_connect(&recording, 6, &story);
    recording.source.facts = &facts;
    struct report *report = recording_report(&recording);
    struct row row;
    report_connection(report, 0, &row);
    assert_text("stream", &row, "6");
    assert_text("client", &row, "10.0.0.9:51000");
    assert_text("server", &row, "10.0.0.5:443");
    assert_text("role_evidence", &row, "handshake");
    assert_text("completeness", &row, "47");
    assert_text("duration", &row, "0.003000000");
    assert_text("first_time", &row, "2026-11-23T05:12:27.000000000Z");
    assert_text("last_time", &row, "2026-11-23T05:12:27.003000000Z");
    assert_text("rst_by", &row, "client");
    assert_text("rst_count", &row, "2");
    assert_text("rst_time", &row, "2026-11-23T05:12:27.003000000Z");
    assert_text("rst_idle_before", &row, "0.000000000");
    assert_text("rst_payload_before_client_to_server", &row, "11");
    assert_text("rst_payload_before_server_to_client", &row, "22");
    row_clear(&row);
    report_free(report);
}

static void columns_belong_to_their_kind_of_row(void)
{
    static const struct {
        const char *name;
        bool server, connection;
    } kinds[] = {{"stream", false, true},
                 {"client", false, true},
                 {"server", true, true},
                 {"connections", true, false},
                 {"pcr", true, false},
                 {"role_evidence", false, true},
                 {"role_evidence_port", true, false},
                 {"rst_by", false, true},
                 {"c2s_byte_count", true, true}};
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        const struct column_group *group = NULL;
        const struct column *column = NULL;
        g_assert_true(column_find(kinds[i].name, &group, &column));
        g_assert_cmpint(column_applies(group, column, ROW_SERVER), ==, kinds[i].server);
        g_assert_cmpint(column_applies(group, column, ROW_CONNECTION), ==, kinds[i].connection);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/columns/names/promised-are-there", promised_names_are_there);
    g_test_add_func("/columns/names/are-short", no_key_is_longer_than_promised);
    g_test_add_func("/columns/names/unknown-are-not-found", unknown_names_are_not_found);
    g_test_add_data_func("/columns/names/unique-for-servers", GINT_TO_POINTER(ROW_SERVER),
                         names_are_unique_and_find_their_column);
    g_test_add_data_func("/columns/names/unique-for-connections", GINT_TO_POINTER(ROW_CONNECTION),
                         names_are_unique_and_find_their_column);
    g_test_add_func("/columns/kinds-of-rows", columns_belong_to_their_kind_of_row);
    g_test_add_func("/columns/counters-are-of-their-direction", counters_are_of_their_direction);
    g_test_add_func("/columns/goodput-is-payload-without-retransmitted",
                    goodput_is_payload_without_retransmitted);
    g_test_add_func("/columns/absent-without-the-analysis",
                    what_needs_the_analysis_is_absent_without_it);
    g_test_add_func("/columns/absent-where-nothing-was-seen",
                    nothing_seen_has_no_ratios_times_or_hop_limits);
    g_test_add_func("/columns/hop-limits-may-be-0-and-255", hop_limits_may_be_0_and_255);
    g_test_add_func("/columns/times-are-of-their-side", times_are_of_their_side);
    g_test_add_func("/columns/basis-has-one-name",
                    basis_has_the_same_name_in_servers_and_connections);
    g_test_add_func("/columns/connection-tells-its-stream-role-and-reset",
                    connection_tells_its_stream_role_and_reset);
    return g_test_run();
}
