/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "connection/flow_table.h"

#include "base/pointer_array.h"
#include "base/pool.h"

struct flow_table {
    struct pool *flows;             /* owned */
    struct pointer_array of_stream; /* the flow of each stream, or NULL */
};

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
    g_free(table->of_stream.all);
    pool_free(table->flows);
    g_free(table);
}

struct flow *flow_table_at(const struct flow_table *table, size_t index)
{
    return pool_at(table->flows, index);
}

struct flow *flow_table_find(const struct flow_table *table, uint32_t stream)
{
    return pointer_array_get(&table->of_stream, stream);
}

struct flow *flow_table_add(struct flow_table *table, const struct segment *segment)
{
    g_return_val_if_fail(flow_table_find(table, segment->stream) == NULL, NULL);
    uint32_t number = (uint32_t)table->flows->count;
    struct flow *flow = pool_take(table->flows);
    pointer_array_set(&table->of_stream, segment->stream, flow);
    flow_init(flow, segment, number);
    return flow;
}

size_t flow_table_count(const struct flow_table *table)
{
    return table->flows->count;
}
