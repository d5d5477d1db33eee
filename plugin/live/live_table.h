/* Rows of servers and connections that are right after each segment. Wireshark's statistics table
 * needs them, because it has no hook for making a report.
 *
 * A connection's totals stand in its server's row. When a stronger basis moves the role, they are
 * taken away from that row and added to another. Of servers as well as of connections the ones with
 * the most bytes have rows of their own; all others are summed up in one more.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_LIVE_TABLE_H
#define TFA_LIVE_TABLE_H

#include "live/ranking.h"
#include "report/columns.h"

struct live_table;

/* A table of @flows, which must still be empty. The table grows with it. There are at most @most
 * rows of each kind, and one more for the others. @analysed: see struct row. @flows and @hints must
 * live longer than the table. The caller frees it with live_table_free(). */
struct live_table *live_table_new(const struct flow_table *flows, const struct role_hints *hints,
                                  uint32_t most, bool analysed);
void live_table_free(struct live_table *table);

/* To be called before and after capture_add() applies a segment of @flow; for the first segment of
 * a flow only the latter. */
void live_table_before(struct live_table *table, const struct flow *flow);
void live_table_after(struct live_table *table, struct flow *flow);

/* Number of rows of @kind, with the row of the others. It may become smaller. */
uint32_t live_table_rows(const struct live_table *table, enum row_kind kind);

/* What row @index of @kind stands for. The same number always means the same server or connection.
 * LIVE_OTHERS is the row of the others. */
#define LIVE_OTHERS UINT32_MAX
uint32_t live_table_item(const struct live_table *table, enum row_kind kind, uint32_t index);

/* Fills @row with row @index of @kind. The row of a connection has no names and times. @row owns
 * nothing. */
void live_table_row(const struct live_table *table, enum row_kind kind, uint32_t index,
                    struct row *row);

/* How many servers or connections the row of the others sums up. */
uint32_t live_table_others(const struct live_table *table, enum row_kind kind);

/* Takes the next row that has changed since it was last taken. Returns false if there is none.
 * @index may be beyond the rows that are left. */
bool live_table_next_changed(struct live_table *table, enum row_kind *kind, uint32_t *index);

/* The role of flow number @flow at the moment. */
struct role live_table_role(const struct live_table *table, uint32_t flow);

#endif
