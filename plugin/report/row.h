/* A server or a connection as it is shown, and how it sums up connections.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_ROW_H
#define TFA_ROW_H

#include "base/median.h"
#include "connection/role.h"
#include "finding/finding.h"

/* A server with all its connections, what they did in an interval of time, or one connection. */
struct row {
    struct totals totals[2]; /* index enum direction */
    uint64_t connections, one_way_connections;
    uint64_t basis[ROLE_BASIS_COUNT]; /* connections by the basis of their role */
    int64_t first_time, last_time;    /* ns since 1970 */
    /* Times of handshakes; a connection has one sample or none. Index enum direction of the
     * segment that ends the time: the SYN-ACK for the server's side. */
    struct summary handshake[2];
    /* Index enum direction of the answer: the response, or the next request. */
    struct summary turnaround[2];
    struct endpoint server; /* with by=address without port, with by=port without address */
    char *label;            /* "10.0.0.5:443", "10.0.0.5:any", "any:443"; owned, safe to show; NULL
                               for a row that is not shown */
    char *address;          /* as a number, owned; NULL with by=port */
    const char *service;    /* the port's name, or NULL */
    char *interpretation;   /* owned; NULL for a connection, and for a row that is not shown */
    const GPtrArray *findings; /* of a server: of struct finding, owned by the report */
    bool analysed; /* whether the counters of Wireshark's sequence analysis mean anything */

    /* Only for an interval, which lasts from first_time to last_time: ns from the capture's first
     * time. */
    int64_t interval_start;

    /* Only for a connection, else NULL. */
    const struct flow *flow;
    finding_ids finding_ids; /* findings it has a part in */
    uint8_t completeness;    /* bits of Wireshark's tcp.completeness */
    char *client_label;      /* owned, safe to show */
    enum end client;
};

/* Makes @row an empty row of @server. @analysed: see the member. */
void row_init(struct row *row, const struct endpoint *server, bool analysed);

/* Makes @row that of the connection @flow, which has @role. */
void row_init_connection(struct row *row, const struct flow *flow, struct role role, bool analysed);

/* Adds a connection that has @role to @row. */
void row_add_flow(struct row *row, const struct flow *flow, struct role role);

/* Takes away what row_add_flow() added for @flow, which must not have changed since. Hop limits and
 * times stay, because other flows may have the same. */
void row_remove_flow(struct row *row, const struct flow *flow, struct role role);

/* Adds the counters, connections and basis of @part to @sum, or takes them away from it. */
void row_add_row(struct row *sum, const struct row *part);
void row_remove_row(struct row *sum, const struct row *part);

/* Frees what @row owns. */
void row_clear(struct row *row);

#endif
