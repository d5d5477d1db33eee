/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "segments.h"

/* More than one block of flows, whatever its size. */
#define MANY 3000

static struct segment segment_of(uint32_t stream)
{
    struct segment segment =
        segment_between(end_at("10.0.0.9", 51234), end_at("10.0.0.5", 443), TCP_SYN, 1, 0, 0);
    segment.stream = stream;
    return segment;
}

static void empty_table_finds_nothing(void)
{
    struct flow_table *table = flow_table_new();
    g_assert_cmpuint(flow_table_count(table), ==, 0);
    g_assert_null(flow_table_find(table, 0));
    g_assert_null(flow_table_find(table, UINT32_MAX));
    flow_table_free(table);
}

static void free_of_nothing_does_nothing(void)
{
    flow_table_free(NULL);
}

static void added_flow_is_ready(void)
{
    struct flow_table *table = flow_table_new();
    struct segment segment = segment_of(0);
    struct flow *flow = flow_table_add(table, &segment);
    g_assert_true(endpoint_equal(&flow->ends[END_A], &segment.source));
    g_assert_true(endpoint_equal(&flow->ends[END_B], &segment.destination));
    g_assert_cmpuint(flow_segments(flow, END_A), ==, 0);
    g_assert_cmpuint(flow->number, ==, 0);
    g_assert_true(flow_table_find(table, 0) == flow);
    flow_table_free(table);
}

static void flows_stay_where_they_are(void)
{
    struct flow_table *table = flow_table_new();
    struct flow *flows[MANY];
    for (uint32_t i = 0; i < MANY; i++) {
        struct segment segment = segment_of(i);
        flows[i] = flow_table_add(table, &segment);
    }
    g_assert_cmpuint(flow_table_count(table), ==, MANY);
    for (uint32_t i = 0; i < MANY; i++) {
        g_assert_true(flow_table_find(table, i) == flows[i]);
        g_assert_true(flow_table_at(table, i) == flows[i]);
        g_assert_cmpuint(flows[i]->stream, ==, i);
        g_assert_cmpuint(flows[i]->number, ==, i);
    }
    g_assert_null(flow_table_find(table, MANY));
    flow_table_free(table);
}

/* A display filter lets few streams pass, and not in order. */
static void gaps_in_stream_numbers(void)
{
    static const uint32_t streams[] = {5000, 3, 70000, 0};
    struct flow_table *table = flow_table_new();
    for (size_t i = 0; i < G_N_ELEMENTS(streams); i++) {
        struct segment segment = segment_of(streams[i]);
        flow_table_add(table, &segment);
    }
    g_assert_cmpuint(flow_table_count(table), ==, G_N_ELEMENTS(streams));
    for (uint32_t i = 0; i < G_N_ELEMENTS(streams); i++) {
        g_assert_cmpuint(flow_table_at(table, i)->stream, ==, streams[i]);
        g_assert_cmpuint(flow_table_find(table, streams[i])->number, ==, i);
    }
    g_assert_null(flow_table_find(table, 4));
    g_assert_null(flow_table_find(table, 69999));
    g_assert_null(flow_table_find(table, 70001));
    flow_table_free(table);
}

/* The limit of 512 bytes per connection has to hold with index and block included. */
static void flow_is_small(void)
{
    g_assert_cmpuint(sizeof(struct flow) + sizeof(uint32_t), <=, 512);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/flow-table/empty/finds-nothing", empty_table_finds_nothing);
    g_test_add_func("/flow-table/free/of-nothing-does-nothing", free_of_nothing_does_nothing);
    g_test_add_func("/flow-table/add/flow-is-ready", added_flow_is_ready);
    g_test_add_func("/flow-table/add/flows-stay-where-they-are", flows_stay_where_they_are);
    g_test_add_func("/flow-table/add/gaps-in-stream-numbers", gaps_in_stream_numbers);
    g_test_add_func("/flow-table/flow-is-small", flow_is_small);
    return g_test_run();
}
