/* The connections of each row.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_ROW_FLOWS_H
#define TFA_ROW_FLOWS_H

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

struct row_flows;

/* Turns @row_of_flow round: the row of each of @flows flows, of @rows rows; other numbers are of no
 * row. The caller frees it with row_flows_free(), which takes NULL as well. */
struct row_flows *row_flows_new(const uint32_t *row_of_flow, size_t flows, guint rows);
void row_flows_free(struct row_flows *row_flows);

/* The numbers of the flows of @row, in order, *@count of them. */
const uint32_t *row_flows_of(const struct row_flows *row_flows, guint row, size_t *count);

#endif
