/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "segments.h"

#include <string.h>

static const struct row *row_at(const struct report *report, guint index)
{
    g_assert_cmpuint(index, <, report->rows->len);
    return g_ptr_array_index(report->rows, index);
}

/* Three servers at two addresses and two ports. By bytes: 10.0.0.5:443, 10.0.0.6:443,
 * 10.0.0.5:80. */
static void add_three_servers(struct capture *capture)
{
    static const struct story stories[] = {
        {.client = "10.0.0.9",
         .server = "10.0.0.5",
         .client_port = 51000,
         .server_port = 443,
         .request = 100,
         .response = 9000,
         .server_side = 10,
         .client_side = 1,
         .server_time = 50},
        {.client = "10.0.0.9",
         .server = "10.0.0.5",
         .client_port = 51001,
         .server_port = 443,
         .request = 100,
         .response = 9000,
         .server_side = 30,
         .client_side = 3,
         .server_time = 70},
        {.client = "10.0.0.9",
         .server = "10.0.0.5",
         .client_port = 51002,
         .server_port = 80,
         .request = 10,
         .response = 10,
         .server_resets = true},
        {.client = "10.0.0.8",
         .server = "10.0.0.6",
         .client_port = 51003,
         .server_port = 443,
         .request = 5000,
         .server_unseen = true},
    };
    for (uint32_t i = 0; i < G_N_ELEMENTS(stories); i++)
        capture_connection(capture, i, &stories[i]);
}

/* --- grouping, selection, order: labels of the rows --- */

struct rows_case {
    const char *name, *options;
    const char *labels; /* of all rows, in order, with spaces between */
    uint64_t servers, selected;
};

static const struct rows_case rows_cases[] = {
    {"/report/group/by-endpoint", "", "10.0.0.5:443 10.0.0.6:443 10.0.0.5:80", 3, 3},
    {"/report/group/by-address", ",by=address", "10.0.0.5:any 10.0.0.6:any", 2, 2},
    {"/report/group/by-port", ",by=port", "any:443 any:80", 2, 2},
    {"/report/select/server", ",server=10.0.0.5", "10.0.0.5:443 10.0.0.5:80", 3, 2},
    {"/report/select/server-and-its-port", ",server=10.0.0.5:80", "10.0.0.5:80", 3, 1},
    {"/report/select/port", ",port=443", "10.0.0.5:443 10.0.0.6:443", 3, 2},
    {"/report/select/port-range", ",port=1-100", "10.0.0.5:80", 3, 1},
    {"/report/select/server-and-port", ",server=10.0.0.0/31,server=10.0.0.6,port=443",
     "10.0.0.6:443", 3, 1},
    {"/report/select/port-within-an-address", ",by=address,port=80", "10.0.0.5:any", 2, 1},
    {"/report/select/server-within-a-port", ",by=port,server=10.0.0.6", "any:443", 2, 1},
    {"/report/select/none", ",server=192.0.2.1", "", 3, 0},
    {"/report/top/keeps-the-first", ",top=1", "10.0.0.5:443", 3, 3},
    {"/report/top/larger-than-there-are", ",top=9", "10.0.0.5:443 10.0.0.6:443 10.0.0.5:80", 3, 3},
    {"/report/top/after-the-selection", ",top=1,port=80", "10.0.0.5:80", 3, 1},
    {"/report/sort/packets", ",sort=packets", "10.0.0.5:443 10.0.0.5:80 10.0.0.6:443", 3, 3},
    {"/report/sort/connections-then-endpoint", ",sort=connections",
     "10.0.0.5:443 10.0.0.5:80 10.0.0.6:443", 3, 3},
    {"/report/sort/resets", ",sort=resets", "10.0.0.5:80 10.0.0.5:443 10.0.0.6:443", 3, 3},
    {"/report/sort/one-way", ",sort=one_way", "10.0.0.6:443 10.0.0.5:80 10.0.0.5:443", 3, 3},
    {"/report/sort/equal-keys-by-endpoint", ",sort=retransmissions",
     "10.0.0.5:80 10.0.0.5:443 10.0.0.6:443", 3, 3},
    {"/report/sort/pcr-from-client-to-server", ",sort=pcr", "10.0.0.6:443 10.0.0.5:80 10.0.0.5:443",
     3, 3},
    {"/report/sort/server", ",sort=server", "10.0.0.5:80 10.0.0.5:443 10.0.0.6:443", 3, 3},
};

static void rows_are(gconstpointer data)
{
    const struct rows_case *c = data;
    struct capture capture;
    char *argument = g_strconcat("tcp,asymmetry", c->options, NULL);
    capture_init(&capture, argument);
    add_three_servers(&capture);
    struct report *report = report_new(&capture.source);
    GString *labels = g_string_new(NULL);
    for (guint i = 0; i < report->rows->len; i++)
        g_string_append_printf(labels, "%s%s", i > 0 ? " " : "", row_at(report, i)->label);
    g_assert_cmpstr(labels->str, ==, c->labels);
    g_assert_cmpuint(report->servers, ==, c->servers);
    g_assert_cmpuint(report->servers_selected, ==, c->selected);
    g_assert_cmpuint(report->connections, ==, 4);
    g_assert_cmpuint(report->one_way_connections, ==, 1);
    g_assert_null(report->message);
    g_string_free(labels, TRUE);
    report_free(report);
    capture_clear(&capture);
    g_free(argument);
}

static void servers_without_payload_sort_behind_all_pcrs(void)
{
    struct capture capture;
    capture_init(&capture, "tcp,asymmetry,sort=pcr");
    static const struct story none = {
        .client = "10.0.0.9", .server = "10.0.0.1", .client_port = 51000, .server_port = 443};
    static const struct story response = {.client = "10.0.0.9",
                                          .server = "10.0.0.2",
                                          .client_port = 51000,
                                          .server_port = 443,
                                          .response = 9};
    capture_connection(&capture, 0, &none);
    capture_connection(&capture, 1, &response);
    struct report *report = report_new(&capture.source);
    g_assert_cmpstr(row_at(report, 0)->label, ==, "10.0.0.2:443");
    g_assert_cmpstr(row_at(report, 1)->label, ==, "10.0.0.1:443");
    report_free(report);
    capture_clear(&capture);
}

static void top_is_20_in_text_only(void)
{
    static const struct {
        const char *argument;
        guint rows;
    } forms[] = {{"tcp,asymmetry", 20},
                 {"tcp,asymmetry,format=json", 25},
                 {"tcp,asymmetry,format=ndjson", 25},
                 {"tcp,asymmetry,format=csv", 25},
                 {"tcp,asymmetry,top=23", 23}};
    for (size_t i = 0; i < G_N_ELEMENTS(forms); i++) {
        struct capture capture;
        capture_init(&capture, forms[i].argument);
        struct story story = {.client = "10.0.0.9", .server = "10.0.0.5", .client_port = 51000};
        for (uint16_t port = 0; port < 25; port++) {
            story.server_port = (uint16_t)(1000 + port);
            capture_connection(&capture, port, &story);
        }
        struct report *report = report_new(&capture.source);
        g_assert_cmpuint(report->rows->len, ==, forms[i].rows);
        g_assert_cmpuint(report->servers_selected, ==, 25);
        report_free(report);
        capture_clear(&capture);
    }
}

/* --- sums --- */

static void row_sums_its_connections(void)
{
    struct capture capture;
    capture_init(&capture, "tcp,asymmetry");
    add_three_servers(&capture);
    struct report *report = report_new(&capture.source);
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
    g_assert_cmpstr(row->interpretation, !=, NULL);
    g_assert_true(row->analysed);
    g_assert_null(row->flow);
    g_assert_cmpuint(report->segments, ==, 10 + 6 + 3);
    g_assert_cmpint(report->first_time, ==, TEST_EPOCH);
    report_free(report);
    capture_clear(&capture);
}

static void row_has_medians_of_its_connections(void)
{
    struct capture capture;
    capture_init(&capture, "tcp,asymmetry");
    add_three_servers(&capture);
    struct report *report = report_new(&capture.source);
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
    capture_clear(&capture);
}

/* The server's segment came first, so that it is end A: counters and times must move with it. */
static void roles_turn_counters_and_times(void)
{
    struct capture capture;
    capture_init(&capture, "tcp,asymmetry,connections");
    struct endpoint client = end_at("10.0.0.9", 51000), server = end_at("10.0.0.5", 443);
    struct segment segment = segment_between(server, client, TCP_ACK, 900, 100, 1000);
    capture_add(&capture, &segment);
    segment = segment_between(client, server, TCP_ACK, 100, 1900, 10);
    segment.time += 5;
    capture_add(&capture, &segment);
    segment = segment_between(server, client, TCP_ACK, 1900, 110, 1000);
    segment.time += 45;
    capture_add(&capture, &segment);

    struct report *report = report_new(&capture.source);
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
    capture_clear(&capture);
}

static void naming_a_server_decides_its_role(void)
{
    struct capture capture;
    capture_init(&capture, "tcp,asymmetry,server=10.0.0.9");
    static const struct story story = {.client = "10.0.0.9",
                                       .server = "10.0.0.5",
                                       .client_port = 51000,
                                       .server_port = 443,
                                       .request = 10,
                                       .no_handshake = true};
    capture_connection(&capture, 0, &story);
    struct report *report = report_new(&capture.source);
    g_assert_cmpstr(row_at(report, 0)->label, ==, "10.0.0.9:51000");
    g_assert_cmpuint(row_at(report, 0)->basis[ROLE_GIVEN], ==, 1);
    g_assert_cmpuint(report->notes->len, ==, 0);
    report_free(report);
    capture_clear(&capture);
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
    struct capture capture;
    char *argument = g_strconcat("tcp,asymmetry", c->options, NULL);
    capture_init(&capture, argument);
    add_three_servers(&capture);
    struct report *report = report_new(&capture.source);
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
    capture_clear(&capture);
    g_free(argument);
}

static void connection_has_its_own_numbers(void)
{
    struct capture capture;
    capture_init(&capture, "tcp,asymmetry,connections,by=port");
    add_three_servers(&capture);
    struct report *report = report_new(&capture.source);
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
    capture_clear(&capture);
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
    struct capture capture;
    capture_init(&capture, "tcp,asymmetry,connections");
    capture.source.address_text = hostile_name;
    add_three_servers(&capture);
    struct report *report = report_new(&capture.source);
    g_assert_cmpstr(row_at(report, 0)->label, ==, "evil\\x1b[2J\\x0a:443");
    g_assert_cmpstr(row_at(report, 0)->address, ==, "10.0.0.5");
    struct row row;
    report_connection(report, 0, &row);
    g_assert_cmpstr(row.client_label, ==, "evil\\x1b[2J\\x0a:51000");
    row_clear(&row);
    report_free(report);
    capture_clear(&capture);
}

static void service_names_need_a_port(void)
{
    static const struct {
        const char *argument, *service, *address;
    } groups[] = {{"tcp,asymmetry", "https", "10.0.0.5"},
                  {"tcp,asymmetry,by=port", "https", NULL},
                  {"tcp,asymmetry,by=address", NULL, "10.0.0.5"}};
    for (size_t i = 0; i < G_N_ELEMENTS(groups); i++) {
        struct capture capture;
        capture_init(&capture, groups[i].argument);
        capture.source.service_name = service_of;
        add_three_servers(&capture);
        struct report *report = report_new(&capture.source);
        g_assert_cmpstr(row_at(report, 0)->service, ==, groups[i].service);
        g_assert_cmpstr(row_at(report, 0)->address, ==, groups[i].address);
        report_free(report);
        capture_clear(&capture);
    }
}

static void ipv6_labels_have_brackets(void)
{
    struct capture capture;
    capture_init(&capture, "tcp,asymmetry");
    static const struct story story = {
        .client = "2001:db8::9", .server = "2001:db8::5", .client_port = 51000, .server_port = 443};
    capture_connection(&capture, 0, &story);
    struct report *report = report_new(&capture.source);
    g_assert_cmpstr(row_at(report, 0)->label, ==, "[2001:db8::5]:443");
    g_assert_cmpstr(row_at(report, 0)->address, ==, "2001:db8::5");
    report_free(report);
    capture_clear(&capture);
}

/* --- notes --- */

struct notes_case {
    const char *name, *options;
    const char *notes[3]; /* what each of them must contain */
    bool analysis_off;
};

static const struct notes_case notes_cases[] = {
    {"/report/notes/none", "", {NULL}, false},
    {"/report/notes/none-for-what-is-there", ",server=10.0.0.5,port=80", {NULL}, false},
    {"/report/notes/server-in-no-connection",
     ",server=192.0.2.1",
     {"192.0.2.1 is in no TCP connection of this capture."},
     false},
    {"/report/notes/server-is-a-client",
     ",server=10.0.0.9",
     {"10.0.0.9 is no server in this capture, but the client of 3 connections."},
     false},
    {"/report/notes/server-is-a-client-once",
     ",server=10.0.0.8",
     {"the client of 1 connection."},
     false},
    {"/report/notes/server-without-that-port",
     ",server=10.0.0.5:22",
     {"10.0.0.5:22 is in no TCP connection of this capture."},
     false},
    {"/report/notes/each-missing-server-has-one",
     ",server=192.0.2.1,server=10.0.0.5,server=192.0.2.2",
     {"192.0.2.1 is", "192.0.2.2 is"},
     false},
    {"/report/notes/missing-port", ",port=22", {"No server in this capture has port 22."}, false},
    {"/report/notes/missing-ports",
     ",port=20-25",
     {"No server in this capture has a port from 20 to 25."},
     false},
    {"/report/notes/both-there-but-not-together",
     ",server=10.0.0.6,port=80",
     {"No server in this capture fits both server= and port=."},
     false},
    {"/report/notes/analysis-off", "", {"tcp.analyze_sequence_numbers"}, true},
    {"/report/notes/analysis-off-hides-no-other",
     ",server=10.0.0.6,port=80",
     {"tcp.analyze_sequence_numbers", "fits both"},
     true},
};

static void notes_are(gconstpointer data)
{
    const struct notes_case *c = data;
    struct capture capture;
    char *argument = g_strconcat("tcp,asymmetry", c->options, NULL);
    capture_init(&capture, argument);
    capture.source.analysed = !c->analysis_off;
    add_three_servers(&capture);
    struct report *report = report_new(&capture.source);
    guint expected = 0;
    while (expected < G_N_ELEMENTS(c->notes) && c->notes[expected] != NULL)
        expected++;
    g_assert_cmpuint(report->notes->len, ==, expected);
    for (guint i = 0; i < expected; i++) {
        const char *note = g_ptr_array_index(report->notes, i);
        if (strstr(note, c->notes[i]) == NULL)
            g_error("\"%s\" does not say \"%s\"", note, c->notes[i]);
    }
    g_assert_null(report->message);
    report_free(report);
    capture_clear(&capture);
    g_free(argument);
}

static void nothing_captured_is_a_message(void)
{
    static const struct {
        const char *argument, *message;
    } cases[] = {
        {"tcp,asymmetry", "No TCP packets found in this capture"},
        {"tcp,asymmetry,connections,server=10.0.0.5", "No TCP packets found in this capture"},
        {"tcp,asymmetry,tcp.port==1", "No TCP packets in this capture match the display filter"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct capture capture;
        capture_init(&capture, cases[i].argument);
        struct report *report = report_new(&capture.source);
        g_assert_cmpstr(report->message, ==, cases[i].message);
        g_assert_cmpuint(report->rows->len, ==, 0);
        g_assert_cmpuint(report->notes->len, ==, 0);
        g_assert_cmpuint(report->connection_order->len, ==, 0);
        g_assert_cmpuint(report->servers, ==, 0);
        report_free(report);
        capture_clear(&capture);
    }
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
    g_test_add_func("/report/top/20-in-text-only", top_is_20_in_text_only);
    g_test_add_func("/report/row/sums-its-connections", row_sums_its_connections);
    g_test_add_func("/report/row/medians-of-its-connections", row_has_medians_of_its_connections);
    g_test_add_func("/report/row/roles-turn-counters-and-times", roles_turn_counters_and_times);
    g_test_add_func("/report/row/naming-a-server-decides-its-role",
                    naming_a_server_decides_its_role);
    for (size_t i = 0; i < G_N_ELEMENTS(order_cases); i++)
        g_test_add_data_func(order_cases[i].name, &order_cases[i], connections_are);
    g_test_add_func("/report/connections/have-their-own-numbers", connection_has_its_own_numbers);
    g_test_add_func("/report/names/are-made-safe", names_are_made_safe);
    g_test_add_func("/report/names/services-need-a-port", service_names_need_a_port);
    g_test_add_func("/report/names/ipv6-in-brackets", ipv6_labels_have_brackets);
    for (size_t i = 0; i < G_N_ELEMENTS(notes_cases); i++)
        g_test_add_data_func(notes_cases[i].name, &notes_cases[i], notes_are);
    g_test_add_func("/report/message/nothing-captured", nothing_captured_is_a_message);
    g_test_add_func("/report/free-of-nothing-does-nothing", free_of_nothing_does_nothing);
    return g_test_run();
}
