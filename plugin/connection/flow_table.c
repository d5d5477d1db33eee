/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "connection/flow_table.h"

#include <string.h>

/* Flows lie in blocks: one allocation per so many connections, and addresses that never change. */
#define FLOWS_PER_BLOCK 256

struct flow_table {
    GPtrArray *blocks;       /* of FLOWS_PER_BLOCK flows each, owned */
    size_t count;            /* flows in use */
    struct flow **of_stream; /* owned: the flow of each stream, or NULL */
    size_t streams;          /* that of_stream has room for */
};

#define FIRST_STREAMS 1024

struct flow_table *flow_table_new(void)
{
    struct flow_table *table = g_new0(struct flow_table, 1);
    table->blocks = g_ptr_array_new_with_free_func(g_free);
    return table;
}

void flow_table_free(struct flow_table *table)
{
    if (table == NULL)
        return;
    for (size_t i = 0; i < table->count; i++)
        flow_clear(flow_table_at(table, i));
    g_free(table->of_stream);
    g_ptr_array_free(table->blocks, TRUE);
    g_free(table);
}

struct flow *flow_table_at(const struct flow_table *table, size_t index)
{
    struct flow *block = g_ptr_array_index(table->blocks, index / FLOWS_PER_BLOCK);
    return &block[index % FLOWS_PER_BLOCK];
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
    if (table->count % FLOWS_PER_BLOCK == 0)
        g_ptr_array_add(table->blocks, g_new(struct flow, FLOWS_PER_BLOCK));

    size_t index = table->count++;
    struct flow *flow = flow_table_at(table, index);
    table->of_stream[segment->stream] = flow;
    flow_init(flow, segment);
    flow->number = (uint32_t)index;
    return flow;
}

size_t flow_table_count(const struct flow_table *table)
{
    return table->count;
}
