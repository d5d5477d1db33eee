/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/order.h"

#include "report/interpretation.h"

/* An item to be sorted. Larger keys come first. Equal keys are in order of place. */
struct ranked {
    uint64_t key;
    uint32_t index;
};

static uint64_t both(const struct totals totals[2], enum counter counter)
{
    return totals[CLIENT_TO_SERVER].count[counter] + totals[SERVER_TO_CLIENT].count[counter];
}

static uint64_t sort_key(const struct row *row, enum sort_order order)
{
    double pcr;
    switch (order) {
    case SORT_BYTES:
        return both(row->totals, COUNTER_BYTES);
    case SORT_PACKETS:
        return both(row->totals, COUNTER_PACKETS);
    case SORT_CONNECTIONS:
        return row->connections;
    case SORT_RETRANSMISSIONS:
        return both(row->totals, COUNTER_RETRANSMISSIONS);
    case SORT_RESETS:
        return both(row->totals, COUNTER_RST);
    case SORT_ONE_WAY:
        return row->one_way_connections;
    case SORT_PCR: /* 0 is for items without a PCR */
        return producer_consumer_ratio(row->totals, &pcr) ? (uint64_t)((pcr + 2) * 1e15) : 0;
    case SORT_SERVER:
        return 0;
    }
    g_return_val_if_reached(0);
}

/* --- rows --- */

static gint compare_rows(gconstpointer a, gconstpointer b, gpointer rows)
{
    const struct ranked *left = a, *right = b;
    if (left->key != right->key)
        return left->key > right->key ? -1 : 1;
    const struct row *left_row = g_ptr_array_index((const GPtrArray *)rows, left->index);
    const struct row *right_row = g_ptr_array_index((const GPtrArray *)rows, right->index);
    return endpoint_compare(&left_row->server, &right_row->server);
}

uint32_t *order_rows(const GPtrArray *rows, enum sort_order sort)
{
    GArray *ranks = g_array_sized_new(FALSE, FALSE, sizeof(struct ranked), rows->len);
    for (guint i = 0; i < rows->len; i++) {
        struct ranked ranked = {sort_key(g_ptr_array_index(rows, i), sort), i};
        g_array_append_val(ranks, ranked);
    }
    g_array_sort_with_data(ranks, compare_rows, (gpointer)rows);

    uint32_t *order = g_new(uint32_t, rows->len);
    for (guint i = 0; i < rows->len; i++)
        order[i] = g_array_index(ranks, struct ranked, i).index;
    g_array_free(ranks, TRUE);
    return order;
}

/* --- connections --- */

struct comparison {
    const struct connections_to_order *connections;
    bool by_server;
};

static gint compare_connections(gconstpointer a, gconstpointer b, gpointer data)
{
    const struct comparison *comparison = data;
    const struct connections_to_order *connections = comparison->connections;
    const struct ranked *left = a, *right = b;
    if (left->key != right->key)
        return left->key > right->key ? -1 : 1;
    const struct flow *left_flow = flow_table_at(connections->flows, left->index);
    const struct flow *right_flow = flow_table_at(connections->flows, right->index);
    if (comparison->by_server) {
        int by_server =
            endpoint_compare(role_server_of(left_flow, connections->roles[left->index]),
                             role_server_of(right_flow, connections->roles[right->index]));
        if (by_server != 0)
            return by_server;
    }
    return left_flow->stream < right_flow->stream ? -1 : 1;
}

GArray *order_connections(const struct connections_to_order *connections, enum sort_order sort)
{
    GArray *ranks = g_array_new(FALSE, FALSE, sizeof(struct ranked));
    for (uint32_t i = 0; i < flow_table_count(connections->flows); i++) {
        if (connections->row_of_flow[i] >= connections->row_count)
            continue;
        struct row row;
        row_init_connection(&row, flow_table_at(connections->flows, i), connections->roles[i],
                            true);
        struct ranked ranked = {sort_key(&row, sort), i};
        g_array_append_val(ranks, ranked);
    }
    struct comparison comparison = {connections, sort == SORT_SERVER};
    g_array_sort_with_data(ranks, compare_connections, &comparison);

    GArray *order = g_array_sized_new(FALSE, FALSE, sizeof(uint32_t), ranks->len);
    for (guint i = 0; i < ranks->len; i++)
        g_array_append_val(order, g_array_index(ranks, struct ranked, i).index);
    g_array_free(ranks, TRUE);
    return order;
}

/* --- findings --- */

static int compare_counts(uint64_t left, uint64_t right)
{
    return left != right ? (left > right ? -1 : 1) : 0;
}

int order_of_findings(const struct weight *left, const struct weight *right)
{
    int order = (int)finding_kinds[right->id].severity - (int)finding_kinds[left->id].severity;
    if (order == 0)
        order = compare_counts(left->connections, right->connections);
    if (order == 0)
        order = compare_counts(left->packets, right->packets);
    return order != 0 ? order : (int)left->id - (int)right->id;
}
