/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "connection/flow_table.h"

#include "base/pool.h"

#include <string.h>

struct flow_table {
    struct pool *flows;      /* owned */
    struct flow **of_stream; /* owned: the flow of each stream, or NULL */
    size_t streams;          /* that of_stream has room for */
};

#define FIRST_STREAMS 1024

struct flow_table *flow_table_new(void)
{
    struct flow_table *table = g_new0(struct flow_table, 1);
    table->flows = pool_new(sizeof(struct flow));
    return table;
}

void flow_table_free(struct flow_table *table)
{
    if (table == NULL)
        return;
    for (size_t i = 0; i < table->flows->count; i++)
        flow_clear(flow_table_at(table, i));
    g_free(table->of_stream);
    pool_free(table->flows);
    g_free(table);
}

struct flow *flow_table_at(const struct flow_table *table, size_t index)
{
    return pool_at(table->flows, index);
}

struct flow *flow_table_find(const struct flow_table *table, uint32_t stream)
{
    return stream < table->streams ? table->of_stream[stream] : NULL;
}

/* GLib's arrays take fifty instructions to add one pointer. */
static void make_room(struct flow_table *table, uint32_t stream)
{
    size_t before = table->streams;
    if (stream < before)
        return;
    /* A filter that lets few streams pass leaves gaps in their numbers. */
    table->streams = MAX(MAX(before * 2, FIRST_STREAMS), (size_t)stream + 1);
    table->of_stream = g_renew(struct flow *, table->of_stream, table->streams);
    memset(&table->of_stream[before], 0, (table->streams - before) * sizeof(struct flow *));
}

struct flow *flow_table_add(struct flow_table *table, const struct segment *segment)
{
    g_return_val_if_fail(flow_table_find(table, segment->stream) == NULL, NULL);
    make_room(table, segment->stream);
    uint32_t number = (uint32_t)table->flows->count;
    struct flow *flow = pool_take(table->flows);
    table->of_stream[segment->stream] = flow;
    flow_init(flow, segment, number);
    return flow;
}

size_t flow_table_count(const struct flow_table *table)
{
    return table->flows->count;
}
