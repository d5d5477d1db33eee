/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/order.h"

#include "segments.h"

/* --- rows --- */

struct made_row {
    const char *address; /* NULL ends the list */
    uint16_t port;
    uint64_t bytes[2], payload[2], connections; /* index enum direction */
};

#define MOST_ROWS 6

struct rows_case {
    const char *name;
    enum sort_order sort;
    struct made_row rows[MOST_ROWS];
    uint32_t order[MOST_ROWS]; /* indexes of rows */
};

static const struct rows_case rows_cases[] = {
    {"/order/rows/none", SORT_BYTES, {{.address = NULL}}, {0}},
    {"/order/rows/both-directions-count",
     SORT_BYTES,
     {{"10.0.0.1", 1, .bytes = {9, 0}},
      {"10.0.0.2", 1, .bytes = {5, 5}},
      {"10.0.0.3", 1, .bytes = {0, 8}}},
     {1, 0, 2}},
    {"/order/rows/beyond-32-bits",
     SORT_BYTES,
     {{"10.0.0.1", 1, .bytes = {UINT32_MAX, 0}},
      {"10.0.0.2", 1, .bytes = {(uint64_t)UINT32_MAX + 1, 0}}},
     {1, 0}},
    {"/order/rows/equal-ones-by-address-then-port",
     SORT_CONNECTIONS,
     {{"10.0.0.10", 1, .connections = 1},
      {"10.0.0.9", 2, .connections = 1},
      {"::1", 1, .connections = 1},
      {"10.0.0.9", 1, .connections = 1}},
     {3, 1, 0, 2}},
    {"/order/rows/server-whatever-its-bytes",
     SORT_SERVER,
     {{"10.0.0.2", 1, .bytes = {9, 9}},
      {"10.0.0.1", 2, .bytes = {1, 1}},
      {"10.0.0.1", 1, .bytes = {5, 5}}},
     {2, 1, 0}},
    {"/order/rows/pcr-from-client-to-server-then-none",
     SORT_PCR,
     {{"10.0.0.1", 1, .payload = {0, 0}},
      {"10.0.0.2", 1, .payload = {0, 7}},
      {"10.0.0.3", 1, .payload = {1, 1}},
      {"10.0.0.4", 1, .payload = {7, 0}}},
     {3, 2, 1, 0}},
};

static void rows_are_in_order(gconstpointer data)
{
    const struct rows_case *c = data;
    GPtrArray *rows = g_ptr_array_new_with_free_func(g_free);
    for (const struct made_row *made = c->rows; made->address != NULL; made++) {
        struct row *row = g_new(struct row, 1);
        struct endpoint server = end_at(made->address, made->port);
        row_init(row, &server, true);
        row->connections = made->connections;
        for (int direction = 0; direction < 2; direction++) {
            row->totals[direction].count[COUNTER_BYTES] = made->bytes[direction];
            row->totals[direction].count[COUNTER_PAYLOAD_BYTES] = made->payload[direction];
        }
        g_ptr_array_add(rows, row);
    }
    uint32_t *order = order_rows(rows, c->sort);
    for (guint i = 0; i < rows->len; i++)
        g_assert_cmpuint(order[i], ==, c->order[i]);
    g_free(order);
    g_ptr_array_free(rows, TRUE);
}

/* --- connections --- */

/* Each is a SYN. A display filter may let streams begin in another order than that of their
 * numbers. */
static struct capture *three_connections(void)
{
    static const struct {
        uint32_t stream;
        const char *server;
    } made[] = {{7, "10.0.0.5"}, {3, "10.0.0.6"}, {5, "10.0.0.6"}};
    struct capture *capture = capture_new(false);
    for (size_t i = 0; i < G_N_ELEMENTS(made); i++) {
        struct segment syn = segment_between(end_at("10.0.0.9", 51000), end_at(made[i].server, 443),
                                             TCP_SYN, 1, 0, 0);
        syn.stream = made[i].stream;
        capture_add(capture, &syn);
    }
    return capture;
}

struct connections_case {
    const char *name;
    enum sort_order sort;
    uint32_t row_of_flow[3]; /* 9: none */
    uint32_t order[3];       /* numbers of flows */
    guint count;
};

static const struct connections_case connections_cases[] = {
    {"/order/connections/equal-ones-by-stream", SORT_BYTES, {0, 0, 0}, {1, 2, 0}, 3},
    {"/order/connections/server-then-stream", SORT_SERVER, {0, 0, 0}, {0, 1, 2}, 3},
    {"/order/connections/not-those-without-a-row", SORT_BYTES, {0, 9, 1}, {2, 0}, 2},
    {"/order/connections/none", SORT_BYTES, {9, 9, 9}, {0}, 0},
};

static void connections_are_in_order(gconstpointer data)
{
    const struct connections_case *c = data;
    struct capture *capture = three_connections();
    const struct role roles[3] = {
        {END_A, ROLE_HANDSHAKE}, {END_A, ROLE_HANDSHAKE}, {END_A, ROLE_HANDSHAKE}};
    const struct connections_to_order connections = {capture->flows, roles, c->row_of_flow, 9};
    GArray *order = order_connections(&connections, c->sort);
    g_assert_cmpuint(order->len, ==, c->count);
    for (guint i = 0; i < order->len; i++)
        g_assert_cmpuint(g_array_index(order, uint32_t, i), ==, c->order[i]);
    g_array_free(order, TRUE);
    capture_free(capture);
}

/* --- findings --- */

#define MOST_FINDINGS 6

struct findings_case {
    const char *name;
    unsigned count;
    struct weight findings[MOST_FINDINGS];
    unsigned order[MOST_FINDINGS]; /* indexes of findings */
};

static const struct findings_case findings_cases[] = {
    {"/order/findings/none", 0, {{0}}, {0}},
    {"/order/findings/most-severe-first",
     4,
     {{FINDING_RESET_AFTER_CLOSE, 9, 9},
      {FINDING_WINDOW_LIMITED, 9, 9},
      {FINDING_NO_RESPONSE, 9, 9},
      {FINDING_FORGED_RESET, 1, 1}},
     {3, 2, 1, 0}},
    {"/order/findings/then-connections",
     3,
     {{FINDING_NO_RESPONSE, 1, 90}, {FINDING_ZERO_WINDOW, 3, 3}, {FINDING_NO_RESPONSE, 2, 2}},
     {1, 2, 0}},
    {"/order/findings/then-packets",
     3,
     {{FINDING_NO_RESPONSE, 2, 3},
      {FINDING_ZERO_WINDOW, 2, (uint64_t)UINT32_MAX + 9},
      {FINDING_NO_RESPONSE, 2, 4}},
     {1, 2, 0}},
    {"/order/findings/then-importance",
     4,
     {{FINDING_ZERO_WINDOW, 1, 1},
      {FINDING_NO_RESPONSE, 1, 1},
      {FINDING_NO_RESPONSE, 1, 1},
      {FINDING_NO_RESPONSE, 1, 1}},
     {1, 2, 3, 0}},
};

static gint compare(gconstpointer a, gconstpointer b)
{
    return order_of_findings(*(const struct weight *const *)a, *(const struct weight *const *)b);
}

static void findings_are_in_order(gconstpointer data)
{
    const struct findings_case *c = data;
    GPtrArray *order = g_ptr_array_new();
    for (unsigned i = 0; i < c->count; i++)
        g_ptr_array_add(order, (gpointer)&c->findings[i]);
    g_ptr_array_sort(order, compare);
    for (unsigned i = 0; i < c->count; i++)
        g_assert_true(g_ptr_array_index(order, i) == &c->findings[c->order[i]]);
    g_ptr_array_free(order, TRUE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows_cases); i++)
        g_test_add_data_func(rows_cases[i].name, &rows_cases[i], rows_are_in_order);
    for (size_t i = 0; i < G_N_ELEMENTS(connections_cases); i++)
        g_test_add_data_func(connections_cases[i].name, &connections_cases[i],
                             connections_are_in_order);
    for (size_t i = 0; i < G_N_ELEMENTS(findings_cases); i++)
        g_test_add_data_func(findings_cases[i].name, &findings_cases[i], findings_are_in_order);
    return g_test_run();
}
