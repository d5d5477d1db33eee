/* Owns, finds and iterates the connections of a capture.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_FLOW_TABLE_H
#define TFA_FLOW_TABLE_H

#include "connection/flow.h"

struct flow_table;

/* An empty table. The caller frees it with flow_table_free(). */
struct flow_table *flow_table_new(void);
void flow_table_free(struct flow_table *table);

/* The connection with Wireshark's stream number @stream, or NULL. Constant time: Wireshark numbers
 * streams without gaps, so the number is an index. */
struct flow *flow_table_find(const struct flow_table *table, uint32_t stream);

/* Adds the connection that @segment begins. Its stream must not be in @table yet. The table owns
 * the flow; its address stays the same until flow_table_free(). */
struct flow *flow_table_add(struct flow_table *table, const struct segment *segment);

/* Number of connections. */
size_t flow_table_count(const struct flow_table *table);

/* The connection that was added as number @index, from 0 to flow_table_count() - 1. */
struct flow *flow_table_at(const struct flow_table *table, size_t index);

#endif
