/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finding/finding_set.h"

#include "judged.h"
#include "settings/thresholds.h"

static void connections_add_up_and_streams_stop_at_ten(void)
{
    const struct step steps[] = {
        {'c', TCP_SYN, .times = 1}, {'s', RST_ACK, 0, 1, 0, .times = 1}, {0}};
    struct judged judged;
    judged_init(&judged);
    for (uint16_t i = 0; i < 12; i++)
        take_steps(&judged.recording, i, (uint16_t)(50000 + i), 443, steps);
    judge(&judged, 0, ROLE_HANDSHAKE);
    assert_findings(&judged, "connection_refused/server");
    const struct finding *finding = finding_at(&judged, 0);
    g_assert_cmpuint(finding->count, ==, 12);
    g_assert_cmpuint(finding->connections, ==, 12);
    g_assert_cmpuint(finding->stream_count, ==, FINDING_STREAMS);
    for (unsigned i = 0; i < FINDING_STREAMS; i++)
        g_assert_cmpuint(finding->streams[i], ==, i);
    g_assert_cmpuint(finding->packets, ==, 12);
    g_assert_cmpstr(finding->filter, ==,
                    "tcp.stream in {0..11} && tcp.srcport == 443 && tcp.flags.reset == 1");
    judged_clear(&judged);
}

static void filter_claims_only_what_it_holds(void)
{
    const struct step steps[] = {
        {'c', TCP_SYN, .times = 1}, {'s', RST_ACK, 0, 1, 0, .times = 1}, {0}};
    struct judged judged;
    judged_init(&judged);
    for (uint16_t i = 0; i < FILTER_RANGES + 1; i++)
        take_steps(&judged.recording, 2U * i, (uint16_t)(50000 + i), 443, steps);
    /* Its ends do not tell it from these. */
    const struct step reset[] = {HANDSHAKE, QUESTION, {'s', RST_ACK, 0, 0, 0, .times = 1}, {0}};
    take_steps(&judged.recording, 1, 49999, 443, reset);
    judge(&judged, 0, ROLE_HANDSHAKE);
    const struct finding *finding = finding_at(&judged, 0);
    g_assert_cmpuint(finding->count, ==, FILTER_RANGES + 1);
    g_assert_cmpuint(finding->packets, ==, FILTER_RANGES);
    g_assert_true(finding->is_cut);
    judged_clear(&judged);
}

static void connection_has_its_own_ids_only(void)
{
    const struct step refused[] = {
        {'c', TCP_SYN, .times = 1}, {'s', RST_ACK, 0, 1, 0, .times = 1}, {0}};
    const struct step healthy[] = {HANDSHAKE, QUESTION, ANSWER, {0}};
    struct judged judged;
    judged_init(&judged);
    take_steps(&judged.recording, 0, 50000, 443, refused);
    take_steps(&judged.recording, 1, 50001, 443, healthy);
    judge(&judged, 0, ROLE_HANDSHAKE);
    g_assert_cmphex(finding_set_of_flow(judged.set, 0), ==, 1U << FINDING_CONNECTION_REFUSED);
    g_assert_cmphex(finding_set_of_flow(judged.set, 1), ==, 0);
    judged_clear(&judged);
}

static void loss_of_a_connection_counts_only_once_it_is_a_finding(void)
{
    const struct step steps[] = {HANDSHAKE,
                                 {'c', TCP_ACK, 1, 1, 10, .wait = 2 * MS, .times = 4, .stride = 10},
                                 {'c', TCP_ACK, 11, 1, 10, .wait = 50 * MS},
                                 {'s', TCP_ACK, 1, 41, 0, .wait = 20 * MS},
                                 {0}};
    for (uint16_t connections = 2; connections <= 3; connections++) {
        struct judged judged;
        judged_init(&judged);
        for (uint16_t i = 0; i < connections; i++)
            take_steps(&judged.recording, i, (uint16_t)(50000 + i), 443, steps);
        judge(&judged, 0, ROLE_HANDSHAKE);
        bool is_finding = connections == 3;
        assert_findings(&judged, is_finding ? "loss_client_to_server/to-server" : "");
        g_assert_cmphex(finding_set_of_flow(judged.set, 0), ==,
                        is_finding ? 1U << FINDING_LOSS_CLIENT_TO_SERVER : 0);
        judged_clear(&judged);
    }
}

static void nothing_is_found_in_a_row_that_is_not_shown(void)
{
    const struct step steps[] = {
        {'c', TCP_SYN, .times = 1}, {'s', RST_ACK, 0, 1, 0, .times = 1}, {0}};
    struct judged judged;
    judged_init(&judged);
    take_steps(&judged.recording, 0, 50000, 443, steps);
    judge(&judged, 0, ROLE_HANDSHAKE);
    judged.row_of_flow[0] = FINDING_NO_ROW;
    judge_again(&judged);
    assert_findings(&judged, "");
    g_assert_cmphex(finding_set_of_flow(judged.set, 0), ==, 0);
    judged_clear(&judged);
}

static void strongest_stands_first(void)
{
    const struct step closed[] = {
        HANDSHAKE, {'c', FIN_ACK, 1, 1, 0, .times = 1}, {'s', TCP_RST, 1, 0, 0, .times = 1}, {0}};
    const struct step refused[] = {
        {'c', TCP_SYN, .times = 1}, {'s', RST_ACK, 0, 1, 0, .times = 1}, {0}};
    const struct step given_up[] = {HANDSHAKE, {'s', FIN_ACK, 1, 1, 0, .wait = S, .times = 4}, {0}};
    struct judged judged;
    judged_init(&judged);
    take_steps(&judged.recording, 0, 50000, 443, closed);
    take_steps(&judged.recording, 1, 50001, 443, refused);
    take_steps(&judged.recording, 2, 50002, 443, given_up);
    judge(&judged, 0, ROLE_HANDSHAKE);
    assert_findings(&judged, "retries_exhausted/server connection_refused/server "
                             "reset_after_close/server");
    judged_clear(&judged);
}

static void analysis_off_is_told_once(void)
{
    const struct step steps[] = {HANDSHAKE, QUESTION, ANSWER, {0}};
    struct judged judged;
    judged_init(&judged);
    judged.source.analysed = false;
    take_steps(&judged.recording, 0, 50000, 443, steps);
    take_steps(&judged.recording, 1, 50001, 443, steps);
    judge(&judged, 0, ROLE_HANDSHAKE);
    assert_findings(&judged, "analysis_off");
    g_assert_cmpstr(finding_at(&judged, 0)->filter, ==, "tcp");
    judged_clear(&judged);
}

/* Its filter shows the segments that it counts, and not what quotes them. */
static void analysis_off_leaves_out_icmp_errors(void)
{
    const struct step steps[] = {HANDSHAKE, QUESTION, ANSWER, ICMP_ERROR(11, 0, 0), {0}};
    struct judged judged;
    judged_init(&judged);
    judged.source.analysed = false;
    take_steps(&judged.recording, 0, 50000, 443, steps);
    judge(&judged, 0, ROLE_HANDSHAKE);
    assert_findings(&judged, "icmp_error analysis_off");
    const struct finding *finding = finding_at(&judged, 1);
    g_assert_cmpstr(finding->filter, ==, "tcp && !icmp && !icmpv6");
    g_assert_cmpuint(finding->packets, ==, 5);
    g_assert_cmpint(finding->first_time, ==, TEST_EPOCH);
    g_assert_cmpint(finding->last_time, ==, judged.recording.now - MS);
    judged_clear(&judged);
}

static void empty_capture_has_no_findings(void)
{
    struct judged judged;
    judged_init(&judged);
    judged.source.row_count = 0;
    judged.source.analysed = false;
    judge(&judged, 0, ROLE_HANDSHAKE);
    judged.source.row_count = 1;
    judged.source.analysed = true;
    judge_again(&judged);
    assert_findings(&judged, "");
    judged_clear(&judged);
}

/* --- scans --- */

/* One client that tries ports of 10.0.0.5, first those that refuse. */
struct scanner {
    const char *client;
    uint16_t refusing, accepting; /* targets */
    unsigned tries;               /* of each target that refuses */
};

/* Connections number @stream and on. Returns the next number. */
static uint32_t take_scan(struct recording *recording, uint32_t stream,
                          const struct scanner *scanner)
{
    const struct step refused[] = {{'c', TCP_SYN, .times = 1}, {'s', RST_ACK, 0, 1, 0, .times = 1}};
    const struct step accepted[] = {HANDSHAKE};
    uint16_t targets = (uint16_t)(scanner->refusing + scanner->accepting);
    for (uint16_t target = 0; target < targets; target++) {
        bool refuses = target < scanner->refusing;
        const struct step *steps = refuses ? refused : accepted;
        size_t count = refuses ? G_N_ELEMENTS(refused) : G_N_ELEMENTS(accepted);
        for (unsigned i = 0; i < (refuses ? scanner->tries : 1); i++, stream++) {
            struct endpoint client = end_at(scanner->client, (uint16_t)(50000 + stream));
            struct endpoint server = end_at("10.0.0.5", (uint16_t)(100 + target));
            for (size_t j = 0; j < count; j++)
                take_step_between(recording, stream, client, server, &steps[j]);
        }
    }
    return stream;
}

static void assert_scan(const struct finding *finding, const struct scanner *scanner)
{
    g_assert_cmpint(finding->id, ==, FINDING_SCAN);
    g_assert_cmpstr(finding->detail_key, ==, "client");
    g_assert_cmpstr(finding->detail, ==, scanner->client);
    g_assert_true(g_str_has_prefix(finding->text, scanner->client));
    g_assert_cmpuint(finding->count, ==, scanner->refusing * scanner->tries);
    g_assert_cmpuint(finding->connections, ==, scanner->refusing * scanner->tries);
    g_assert_cmpuint(number_of(finding, "targets"), ==, scanner->refusing + scanner->accepting);
    g_assert_cmpuint(number_of(finding, "failed_targets"), ==, scanner->refusing);
}

static void two_clients_that_scan_one_host_are_two_findings(void)
{
    static const struct scanner scanners[] = {{"10.0.0.9", 16, 4, 1}, {"10.0.0.8", 15, 2, 3}};
    struct judged judged;
    judged_init(&judged);
    uint32_t second = take_scan(&judged.recording, 0, &scanners[0]);
    take_scan(&judged.recording, second, &scanners[1]);
    judge(&judged, S, ROLE_HANDSHAKE);
    assert_findings(&judged, "scan/client scan/client");
    assert_scan(finding_at(&judged, 0), &scanners[0]);
    assert_scan(finding_at(&judged, 1), &scanners[1]);
    g_assert_cmpuint(finding_at(&judged, 1)->streams[0], ==, second);
    g_assert_cmphex(finding_set_of_flow(judged.set, 0), ==, 1U << FINDING_SCAN);
    g_assert_cmphex(finding_set_of_flow(judged.set, second), ==, 1U << FINDING_SCAN);
    judged_clear(&judged);
}

/* The targets in the order of their ports: the first one is in row 1, the others are in row 0. */
static void scan_of_two_rows_is_one_finding_in_the_first(void)
{
    static const struct scanner scanner = {"10.0.0.9", 15, 0, 1};
    struct judged judged;
    judged_init(&judged);
    take_scan(&judged.recording, 0, &scanner);
    judge(&judged, S, ROLE_HANDSHAKE);
    judged.source.row_count = 2;
    judged.row_of_flow[0] = 1;
    judge_again(&judged);
    assert_findings(&judged, "scan/client");
    assert_scan(finding_at(&judged, 0), &scanner);
    g_assert_cmpuint(finding_set_of_row(judged.set, 1)->len, ==, 0);
    judged_clear(&judged);
}

static void scan_of_rows_not_shown_is_no_finding(void)
{
    static const struct scanner scanner = {"10.0.0.9", 15, 0, 1};
    struct judged judged;
    judged_init(&judged);
    take_scan(&judged.recording, 0, &scanner);
    judge(&judged, S, ROLE_HANDSHAKE);
    for (int i = 0; i < 15; i++)
        judged.row_of_flow[i] = FINDING_NO_ROW;
    judge_again(&judged);
    assert_findings(&judged, "");
    judged_clear(&judged);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/finding-set/sum/streams", connections_add_up_and_streams_stop_at_ten);
    g_test_add_func("/finding-set/sum/filter", filter_claims_only_what_it_holds);
    g_test_add_func("/finding-set/sum/connection", connection_has_its_own_ids_only);
    g_test_add_func("/finding-set/sum/threshold",
                    loss_of_a_connection_counts_only_once_it_is_a_finding);
    g_test_add_func("/finding-set/row-not-shown", nothing_is_found_in_a_row_that_is_not_shown);
    g_test_add_func("/finding-set/order", strongest_stands_first);
    g_test_add_func("/finding-set/analysis-off", analysis_off_is_told_once);
    g_test_add_func("/finding-set/analysis-off-and-errors", analysis_off_leaves_out_icmp_errors);
    g_test_add_func("/finding-set/empty", empty_capture_has_no_findings);
    g_test_add_func("/finding-set/scan/two-clients",
                    two_clients_that_scan_one_host_are_two_findings);
    g_test_add_func("/finding-set/scan/two-rows", scan_of_two_rows_is_one_finding_in_the_first);
    g_test_add_func("/finding-set/scan/rows-not-shown", scan_of_rows_not_shown_is_no_finding);
    return g_test_run();
}
