/* The order of rows, connections and findings. Of rows and connections, the largest comes first. A
 * PCR runs from +1 down to -1, and rows without a PCR come last. Servers are in order of address
 * and port. Equal rows are in order of server, equal connections in order of stream.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_ORDER_H
#define TFA_ORDER_H

#include "report/row.h"
#include "settings/request.h"

/* The indexes of @rows (of struct row) in order; the caller frees it with g_free(). */
uint32_t *order_rows(const GPtrArray *rows, enum sort_order sort);

/* The connections to be ordered. */
struct connections_to_order {
    const struct flow_table *flows;
    const struct role *roles;    /* of each flow */
    const uint32_t *row_of_flow; /* of each flow; flows whose row is @no_row are left out */
    uint32_t no_row;
};

/* The numbers of flows in order (uint32_t); the caller frees it with g_array_free(). */
GArray *order_connections(const struct connections_to_order *connections, enum sort_order sort);

/* A finding with the row that has it. */
struct placed_finding {
    const struct row *row;
    const struct finding *finding;
};

/* The findings of all @rows (of struct row) in order (struct placed_finding): the most severe
 * first, then those that concern most connections, then most packets. Equal ones are in order of
 * importance, then of rows. The caller frees it with g_array_free(). */
GArray *order_findings(const GPtrArray *rows);

#endif
