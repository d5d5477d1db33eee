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
    const uint32_t *row_of_flow; /* of each flow; flows of row @row_count and beyond are left out */
    uint32_t row_count;
};

/* The numbers of flows in order (uint32_t); the caller frees it with g_array_free(). */
GArray *order_connections(const struct connections_to_order *connections, enum sort_order sort);

/* What decides where a finding stands. */
struct weight {
    enum finding_id id;
    uint64_t connections, packets; /* that it concerns */
};

/* Order of two findings: <0, 0, >0. The most severe comes first, then what concerns most
 * connections, then most packets; equal ones are in order of importance. */
int order_of_findings(const struct weight *left, const struct weight *right);

#endif
