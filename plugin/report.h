/* A sorted, read-only snapshot of what was counted: the rows that every output reads.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_REPORT_H
#define TFA_REPORT_H

#include "finding.h"
#include "options.h"
#include "role.h"
#include "summary.h"
#include "turnaround.h"

/* What was counted, and what is known around it. All of it must outlive the report. */
struct report_source {
    const struct flow_table *flows;
    const GArray *turnarounds; /* of struct turnaround */
    const GArray *evidence;    /* of struct evidence, in order of frames */
    const struct options *options;
    bool analysed;     /* Wireshark's TCP sequence analysis was on */
    uint64_t untapped; /* segments that Wireshark kept from the tap, see tap_input.h */

    /* How the program around names things. Each may be NULL: then numbers are shown. */
    char *(*address_text)(const struct endpoint *endpoint); /* freed by the caller with g_free() */
    const char *(*service_name)(uint16_t port); /* NULL where the port has no name; not freed */
    unsigned (*port_knowledge)(uint16_t port);  /* enum port_knowledge bits */

    const char *plugin_version, *wireshark_version;
};

/* A server with all its connections, or one connection. */
struct row {
    struct totals totals[2]; /* index enum direction */
    uint64_t connections, one_way_connections;
    uint64_t evidence[ROLE_EVIDENCE_COUNT]; /* connections by what decided their role */
    int64_t first_time, last_time;          /* ns since 1970 */
    /* Times of handshakes; a connection has one sample or none. Index enum direction of the
     * segment that ends the time: the SYN-ACK for the server's side. */
    struct summary handshake[2];
    /* Index enum direction of the answer: the response, or the next request. */
    struct summary turnaround[2];
    struct endpoint server;    /* with by=address without port, with by=port without address */
    char *label;               /* "10.0.0.5:443", "10.0.0.5:any", "any:443"; owned, safe to show */
    char *address;             /* as a number, owned; NULL with by=port */
    const char *service;       /* the port's name, or NULL */
    char *interpretation;      /* owned; NULL for a connection */
    const GPtrArray *findings; /* of a server: of struct finding, owned by the report */
    bool analysed; /* whether the counters of Wireshark's sequence analysis mean anything */

    /* Only of a connection; else NULL. */
    const struct flow *flow;
    uint32_t finding_ids; /* findings it has a part in; bit i is enum finding_id i */
    char *client_label;   /* owned, safe to show */
    enum end client;
};

struct report {
    const struct report_source *source;
    uint64_t segments, connections, one_way_connections; /* of the whole capture */
    uint64_t servers;                                    /* in the whole capture */
    uint64_t servers_selected;     /* that fit server= and port=; top=N may leave some out */
    int64_t first_time, last_time; /* ns since 1970; mean nothing without segments */
    GPtrArray *rows;               /* of struct row: servers in order, owned */
    GArray *connection_order; /* uint32_t: indexes of flows in order; empty without `connections` */
    GPtrArray *notes;         /* of char *: what the reader must know; owned */
    char *message;            /* owned; why there is nothing to show, or NULL */

    struct role *roles;             /* of each flow, owned */
    uint32_t *row_of_flow;          /* of each flow: its index in rows, or FINDING_NO_ROW; owned */
    struct finding_set *findings;   /* owned */
    struct summary *turnarounds[2]; /* of each flow, index enum end that answered; NULL without
                                       `connections`; owned */
};

/* Decides roles, sums connections per server, sorts. The caller frees it with report_free(). */
struct report *report_new(const struct report_source *source);
void report_free(struct report *report);

/* Fills @row with connection number @index of report->connection_order. The caller frees what it
 * owns with row_clear(). */
void report_connection(const struct report *report, guint index, struct row *row);
void row_clear(struct row *row);

#endif
