/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "segments.h"

#include <string.h>

static const struct row *row_at(const struct report *report, guint index)
{
    g_assert_cmpuint(index, <, report->rows->len);
    return g_ptr_array_index(report->rows, index);
}

/* --- grouping, selection, order: labels of the rows --- */

struct rows_case {
    const char *name, *options;
    const char *labels; /* of all rows, in order, with spaces between */
    uint64_t servers, groups, selected;
};

static const struct rows_case rows_cases[] = {
    {"/report/group/by-endpoint", "", "10.0.0.5:443 10.0.0.6:443 10.0.0.5:80", 3, 3, 3},
    {"/report/group/by-address", ",by=address", "10.0.0.5:any 10.0.0.6:any", 3, 2, 2},
    {"/report/group/by-port", ",by=port", "any:443 any:80", 3, 2, 2},
    {"/report/select/server", ",server=10.0.0.5", "10.0.0.5:443 10.0.0.5:80", 3, 3, 2},
    {"/report/select/server-and-its-port", ",server=10.0.0.5:80", "10.0.0.5:80", 3, 3, 1},
    {"/report/select/port", ",port=443", "10.0.0.5:443 10.0.0.6:443", 3, 3, 2},
    {"/report/select/port-range", ",port=1-100", "10.0.0.5:80", 3, 3, 1},
    {"/report/select/server-and-port", ",server=10.0.0.0/31,server=10.0.0.6,port=443",
     "10.0.0.6:443", 3, 3, 1},
    {"/report/select/port-within-an-address", ",by=address,port=80", "10.0.0.5:any", 3, 2, 1},
    {"/report/select/server-within-a-port", ",by=port,server=10.0.0.6", "any:443", 3, 2, 1},
    {"/report/select/none", ",server=192.0.2.1", "", 3, 3, 0},
    {"/report/top/keeps-the-first", ",top=1", "10.0.0.5:443", 3, 3, 3},
    {"/report/top/larger-than-there-are", ",top=9", "10.0.0.5:443 10.0.0.6:443 10.0.0.5:80", 3, 3,
     3},
    {"/report/top/after-the-selection", ",top=1,port=80", "10.0.0.5:80", 3, 3, 1},
    {"/report/sort/packets", ",sort=packets", "10.0.0.5:443 10.0.0.5:80 10.0.0.6:443", 3, 3, 3},
    {"/report/sort/connections-then-endpoint", ",sort=connections",
     "10.0.0.5:443 10.0.0.5:80 10.0.0.6:443", 3, 3, 3},
    {"/report/sort/resets", ",sort=resets", "10.0.0.5:80 10.0.0.5:443 10.0.0.6:443", 3, 3, 3},
    {"/report/sort/one-way", ",sort=one_way", "10.0.0.6:443 10.0.0.5:80 10.0.0.5:443", 3, 3, 3},
    {"/report/sort/equal-keys-by-endpoint", ",sort=retransmissions",
     "10.0.0.5:80 10.0.0.5:443 10.0.0.6:443", 3, 3, 3},
    {"/report/sort/pcr-from-client-to-server", ",sort=pcr", "10.0.0.6:443 10.0.0.5:80 10.0.0.5:443",
     3, 3, 3},
    {"/report/sort/server", ",sort=server", "10.0.0.5:80 10.0.0.5:443 10.0.0.6:443", 3, 3, 3},
};

static void rows_are(gconstpointer data)
{
    const struct rows_case *c = data;
    char *argument = g_strconcat("tcp,asymmetry", c->options, NULL);
    SCOPED_RECORDING recording = recording_new(argument);
    add_three_servers(&recording);
    struct report *report = recording_report(&recording);
    GString *labels = g_string_new(NULL);
    for (guint i = 0; i < report->shown; i++)
        g_string_append_printf(labels, "%s%s", i > 0 ? " " : "", row_at(report, i)->label);
    g_assert_cmpstr(labels->str, ==, c->labels);
    g_assert_cmpuint(report->servers, ==, c->servers);
    g_assert_cmpuint(report->groups, ==, c->groups);
    g_assert_cmpuint(report->rows->len, ==, c->selected);
    g_assert_cmpuint(report->connections, ==, 4);
    g_assert_cmpuint(report->one_way_connections, ==, 1);
    g_assert_null(report->message);
    g_string_free(labels, TRUE);
    report_free(report);
    g_free(argument);
}

static void servers_without_payload_sort_behind_all_pcrs(void)
{
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry,sort=pcr");
    static const struct story none = {
        .client = "10.0.0.9", .server = "10.0.0.1", .client_port = 51000, .server_port = 443};
    static const struct story response = {.client = "10.0.0.9",
                                          .server = "10.0.0.2",
                                          .client_port = 51000,
                                          .server_port = 443,
                                          .response = 9};
    recording_connect(&recording, 0, &none);
    recording_connect(&recording, 1, &response);
    struct report *report = recording_report(&recording);
    g_assert_cmpstr(row_at(report, 0)->label, ==, "10.0.0.2:443");
    g_assert_cmpstr(row_at(report, 1)->label, ==, "10.0.0.1:443");
    report_free(report);
}

static void all_rows_are_there_unless_top_says_otherwise(void)
{
    static const struct {
        const char *argument;
        guint rows;
    } cases[] = {{"tcp,asymmetry", 25}, {"tcp,asymmetry,top=23", 23}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        SCOPED_RECORDING recording = recording_new(cases[i].argument);
        struct story story = {.client = "10.0.0.9", .server = "10.0.0.5", .client_port = 51000};
        for (uint16_t port = 0; port < 25; port++) {
            story.server_port = (uint16_t)(1000 + port);
            recording_connect(&recording, port, &story);
        }
        struct report *report = recording_report(&recording);
        g_assert_cmpuint(report->shown, ==, cases[i].rows);
        g_assert_cmpuint(report->rows->len, ==, 25);
        report_free(report);
    }
}

/* --- sums --- */

static void row_sums_its_connections(void)
{
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry");
    add_three_servers(&recording);
    struct report *report = recording_report(&recording);
    const struct row *row = row_at(report, 0);
    g_assert_cmpuint(row->connections, ==, 2);
    g_assert_cmpuint(row->one_way_connections, ==, 0);
    g_assert_cmpuint(row->basis[ROLE_HANDSHAKE], ==, 2);
    g_assert_cmpuint(row->totals[CLIENT_TO_SERVER].count[COUNTER_PAYLOAD_BYTES], ==, 200);
    g_assert_cmpuint(row->totals[SERVER_TO_CLIENT].count[COUNTER_PAYLOAD_BYTES], ==, 18000);
    g_assert_cmpuint(row->totals[CLIENT_TO_SERVER].count[COUNTER_PACKETS], ==, 6);
    g_assert_cmpuint(row->totals[SERVER_TO_CLIENT].count[COUNTER_SYN_ACK], ==, 2);
    g_assert_cmpint(row->first_time, ==, TEST_EPOCH);
    g_assert_cmpint(row->last_time, ==, TEST_EPOCH + 10 + 1 + 50 + 30 + 3 + 70);
    g_assert_cmpstr(row->address, ==, "10.0.0.5");
    g_assert_null(row->interpretation);
    g_assert_nonnull(report_complete_row(report, 0)->interpretation);
    g_assert_true(row->analysed);
    g_assert_null(row->flow);
    g_assert_cmpuint(report->segments, ==, 10 + 6 + 3);
    g_assert_cmpint(report->first_time, ==, TEST_EPOCH);
    report_free(report);
}

static void row_has_medians_of_its_connections(void)
{
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry");
    add_three_servers(&recording);
    struct report *report = recording_report(&recording);
    const struct row *row = row_at(report, 0);
    g_assert_cmpuint(row->handshake[SERVER_TO_CLIENT].samples, ==, 2);
    g_assert_cmpint(row->handshake[SERVER_TO_CLIENT].median, ==, 20);
    g_assert_cmpint(row->handshake[CLIENT_TO_SERVER].median, ==, 2);
    g_assert_cmpuint(row->turnaround[SERVER_TO_CLIENT].samples, ==, 2);
    g_assert_cmpint(row->turnaround[SERVER_TO_CLIENT].median, ==, 60);
    g_assert_cmpint(row->turnaround[SERVER_TO_CLIENT].maximum, ==, 70);
    g_assert_cmpuint(row->turnaround[CLIENT_TO_SERVER].samples, ==, 0);
    const struct row *unanswered = row_at(report, 1);
    g_assert_cmpuint(unanswered->handshake[SERVER_TO_CLIENT].samples, ==, 0);
    g_assert_cmpuint(unanswered->turnaround[SERVER_TO_CLIENT].samples, ==, 0);
    report_free(report);
}

/* The server's segment came first, so that it is end A: counters and times must move with it. */
static void roles_turn_counters_and_times(void)
{
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry,connections");
    struct endpoint client = end_at("10.0.0.9", 51000), server = end_at("10.0.0.5", 443);
    struct segment segment = segment_between(server, client, TCP_ACK, 900, 100, 1000);
    recording_add(&recording, segment);
    segment = segment_between(client, server, TCP_ACK, 100, 1900, 10);
    segment.time += 5;
    recording_add(&recording, segment);
    segment = segment_between(server, client, TCP_ACK, 1900, 110, 1000);
    segment.time += 45;
    recording_add(&recording, segment);

    struct report *report = recording_report(&recording);
    const struct row *row = row_at(report, 0);
    g_assert_cmpstr(row->label, ==, "10.0.0.5:443");
    g_assert_cmpuint(row->totals[CLIENT_TO_SERVER].count[COUNTER_PAYLOAD_BYTES], ==, 10);
    g_assert_cmpuint(row->totals[SERVER_TO_CLIENT].count[COUNTER_PAYLOAD_BYTES], ==, 2000);
    g_assert_cmpint(row->turnaround[CLIENT_TO_SERVER].median, ==, 5);
    g_assert_cmpint(row->turnaround[SERVER_TO_CLIENT].median, ==, 40);
    struct row connection;
    report_connection(report, 0, &connection);
    g_assert_cmpint(connection.client, ==, END_B);
    g_assert_cmpstr(connection.client_label, ==, "10.0.0.9:51000");
    g_assert_cmpint(connection.turnaround[CLIENT_TO_SERVER].median, ==, 5);
    g_assert_cmpint(connection.turnaround[SERVER_TO_CLIENT].median, ==, 40);
    row_clear(&connection);
    report_free(report);
}

static void naming_a_server_decides_its_role(void)
{
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry,server=10.0.0.9");
    static const struct story story = {.client = "10.0.0.9",
                                       .server = "10.0.0.5",
                                       .client_port = 51000,
                                       .server_port = 443,
                                       .request = 10,
                                       .no_handshake = true};
    recording_connect(&recording, 0, &story);
    struct report *report = recording_report(&recording);
    g_assert_cmpstr(row_at(report, 0)->label, ==, "10.0.0.9:51000");
    g_assert_cmpuint(row_at(report, 0)->basis[ROLE_GIVEN], ==, 1);
    g_assert_cmpuint(report->notes->len, ==, 0);
    report_free(report);
}

/* --- connections --- */

struct order_case {
    const char *name, *options;
    const char *streams; /* in order, with spaces between */
};

static const struct order_case order_cases[] = {
    {"/report/connections/absent-unless-asked-for", "", ""},
    {"/report/connections/by-bytes-then-stream", ",connections", "0 1 3 2"},
    {"/report/connections/by-packets", ",connections,sort=packets", "2 0 1 3"},
    {"/report/connections/by-server", ",connections,sort=server", "2 0 1 3"},
    {"/report/connections/by-resets", ",connections,sort=resets", "2 0 1 3"},
    {"/report/connections/by-stream-where-keys-are-equal", ",connections,sort=connections",
     "0 1 2 3"},
    {"/report/connections/of-selected-servers-only", ",connections,port=443", "0 1 3"},
    {"/report/connections/of-the-top-only", ",connections,top=1", "0 1"},
    {"/report/connections/of-the-top-in-a-group", ",connections,top=1,by=address", "0 1 2"},
};

static void connections_are(gconstpointer data)
{
    const struct order_case *c = data;
    char *argument = g_strconcat("tcp,asymmetry", c->options, NULL);
    SCOPED_RECORDING recording = recording_new(argument);
    add_three_servers(&recording);
    struct report *report = recording_report(&recording);
    GString *streams = g_string_new(NULL);
    for (guint i = 0; i < report->connection_order->len; i++) {
        struct row row;
        report_connection(report, i, &row);
        g_string_append_printf(streams, "%s%u", i > 0 ? " " : "", row.flow->stream);
        g_assert_cmpuint(row.connections, ==, 1);
        row_clear(&row);
    }
    g_assert_cmpstr(streams->str, ==, c->streams);
    g_string_free(streams, TRUE);
    report_free(report);
    g_free(argument);
}

static void connection_has_its_own_numbers(void)
{
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry,connections,by=port");
    add_three_servers(&recording);
    struct report *report = recording_report(&recording);
    struct row row;
    report_connection(report, 1, &row);
    g_assert_cmpstr(row.label, ==, "10.0.0.5:443");
    g_assert_cmpstr(row.client_label, ==, "10.0.0.9:51001");
    g_assert_null(row.interpretation);
    g_assert_cmpuint(row.totals[SERVER_TO_CLIENT].count[COUNTER_PAYLOAD_BYTES], ==, 9000);
    g_assert_cmpuint(row.handshake[SERVER_TO_CLIENT].samples, ==, 1);
    g_assert_cmpint(row.handshake[SERVER_TO_CLIENT].median, ==, 30);
    g_assert_cmpint(row.handshake[CLIENT_TO_SERVER].maximum, ==, 3);
    g_assert_cmpint(row.turnaround[SERVER_TO_CLIENT].median, ==, 70);
    g_assert_cmpuint(row.turnaround[CLIENT_TO_SERVER].samples, ==, 0);
    row_clear(&row);
    report_connection(report, 2, &row);
    g_assert_cmpuint(row.handshake[SERVER_TO_CLIENT].samples, ==, 0);
    g_assert_cmpuint(row.turnaround[SERVER_TO_CLIENT].samples, ==, 0);
    row_clear(&row);
    report_free(report);
}

static void row_word_is_what_a_row_is(void)
{
    static const struct {
        const char *argument, *one, *several;
    } cases[] = {{"tcp,asymmetry", "server", "servers"},
                 {"tcp,asymmetry,by=address", "address", "addresses"},
                 {"tcp,asymmetry,by=port", "port", "ports"}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        SCOPED_RECORDING recording = recording_new(cases[i].argument);
        struct report *report = recording_report(&recording);
        g_assert_cmpstr(report_row_word(report, 1), ==, cases[i].one);
        g_assert_cmpstr(report_row_word(report, 0), ==, cases[i].several);
        g_assert_cmpstr(report_row_word(report, 2), ==, cases[i].several);
        report_free(report);
    }
}

/* What the notes call the range of times: all that a report works out of them must fit. */
static void times_at_both_ends_of_the_range_fit(void)
{
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry,connections");
    const int64_t earliest = EARLIEST_SECOND * NS_PER_SECOND;
    const int64_t latest = LATEST_SECOND * NS_PER_SECOND + NS_PER_SECOND - 1;
    const struct story story = {.client = "10.0.0.9",
                                .server = "10.0.0.5",
                                .client_port = 51000,
                                .server_port = 443,
                                .request = 10,
                                .response = 10,
                                .server_side = latest - earliest};
    recording.now = earliest;
    recording_connect(&recording, 0, &story);
    recording.now = earliest;
    recording_connect(&recording, 1, &story);
    struct report *report = recording_report(&recording);
    g_assert_cmpint(report->first_time, ==, earliest);
    g_assert_cmpint(report->last_time, ==, latest);
    g_assert_cmpint(row_at(report, 0)->handshake[SERVER_TO_CLIENT].median, ==, latest - earliest);
    struct row row;
    report_connection(report, 0, &row);
    g_assert_cmpint(row.last_time - row.first_time, ==, latest - earliest);
    row_clear(&row);
    report_free(report);
}

/* --- names --- */

static char *hostile_name(const struct endpoint *endpoint)
{
    (void)endpoint;
    return g_strdup("evil\033[2J\n");
}

static const char *service_of(uint16_t port)
{
    return port == 443 ? "https" : NULL;
}

static void names_are_made_safe(void)
{
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry,connections");
    recording.source.address_text = hostile_name;
    add_three_servers(&recording);
    struct report *report = recording_report(&recording);
    g_assert_cmpstr(row_at(report, 0)->label, ==, "evil\\x1b[2J\\x0a:443");
    g_assert_cmpstr(row_at(report, 0)->address, ==, "10.0.0.5");
    struct row row;
    report_connection(report, 0, &row);
    g_assert_cmpstr(row.client_label, ==, "evil\\x1b[2J\\x0a:51000");
    row_clear(&row);
    report_free(report);
}

static void service_names_need_a_port(void)
{
    static const struct {
        const char *argument, *service, *address;
    } groups[] = {{"tcp,asymmetry", "https", "10.0.0.5"},
                  {"tcp,asymmetry,by=port", "https", NULL},
                  {"tcp,asymmetry,by=address", NULL, "10.0.0.5"}};
    for (size_t i = 0; i < G_N_ELEMENTS(groups); i++) {
        SCOPED_RECORDING recording = recording_new(groups[i].argument);
        recording.source.service_name = service_of;
        add_three_servers(&recording);
        struct report *report = recording_report(&recording);
        g_assert_cmpstr(row_at(report, 0)->service, ==, groups[i].service);
        g_assert_cmpstr(row_at(report, 0)->address, ==, groups[i].address);
        report_free(report);
    }
}

static void ipv6_labels_have_brackets(void)
{
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry");
    static const struct story story = {
        .client = "2001:db8::9", .server = "2001:db8::5", .client_port = 51000, .server_port = 443};
    recording_connect(&recording, 0, &story);
    struct report *report = recording_report(&recording);
    g_assert_cmpstr(row_at(report, 0)->label, ==, "[2001:db8::5]:443");
    g_assert_cmpstr(row_at(report, 0)->address, ==, "2001:db8::5");
    report_free(report);
}

static void free_of_nothing_does_nothing(void)
{
    report_free(NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows_cases); i++)
        g_test_add_data_func(rows_cases[i].name, &rows_cases[i], rows_are);
    g_test_add_func("/report/sort/pcr-none-comes-last",
                    servers_without_payload_sort_behind_all_pcrs);
    g_test_add_func("/report/top/all-unless-it-says-otherwise",
                    all_rows_are_there_unless_top_says_otherwise);
    g_test_add_func("/report/row/sums-its-connections", row_sums_its_connections);
    g_test_add_func("/report/row/medians-of-its-connections", row_has_medians_of_its_connections);
    g_test_add_func("/report/row/roles-turn-counters-and-times", roles_turn_counters_and_times);
    g_test_add_func("/report/row/naming-a-server-decides-its-role",
                    naming_a_server_decides_its_role);
    for (size_t i = 0; i < G_N_ELEMENTS(order_cases); i++)
        g_test_add_data_func(order_cases[i].name, &order_cases[i], connections_are);
    g_test_add_func("/report/connections/have-their-own-numbers", connection_has_its_own_numbers);
    g_test_add_func("/report/row/word", row_word_is_what_a_row_is);
    g_test_add_func("/report/row/times-at-both-ends-of-the-range",
                    times_at_both_ends_of_the_range_fit);
    g_test_add_func("/report/names/are-made-safe", names_are_made_safe);
    g_test_add_func("/report/names/services-need-a-port", service_names_need_a_port);
    g_test_add_func("/report/names/ipv6-in-brackets", ipv6_labels_have_brackets);
    g_test_add_func("/report/free-of-nothing-does-nothing", free_of_nothing_does_nothing);
    return g_test_run();
}
