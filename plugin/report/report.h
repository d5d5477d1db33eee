/* A sorted, read-only snapshot of the counts. Every output reads its rows.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_REPORT_H
#define TFA_REPORT_H

#include "connection/capture.h"
#include "finding/finding_set.h"
#include "report/row.h"
#include "settings/request.h"

/* The counts, and what else is known. All of it must live longer than the report. */
struct report_source {
    const struct capture *capture;
    const struct flow_facts *facts; /* of each flow, or NULL where nothing is known */
    bool analysed;                  /* Wireshark's TCP sequence analysis was on */
    uint64_t untapped;              /* segments that Wireshark kept from the tap, filter or not */
    uint64_t out_of_range;          /* segments whose times were brought into range */

    /* How the program names things. Each may be NULL: then numbers are shown. */
    char *(*address_text)(const struct endpoint *endpoint); /* freed by the caller with g_free() */
    const char *(*service_name)(uint16_t port); /* NULL where the port has no name; not freed */
    unsigned (*port_knowledge)(uint16_t port);  /* enum port_knowledge bits */

    const char *plugin_version, *wireshark_version;
};

struct report {
    const struct report_source *source;
    const struct request *request;
    uint64_t segments, connections, one_way_connections; /* of the whole capture */
    uint64_t servers;              /* in the whole capture, whatever a row stands for */
    uint64_t groups;               /* rows that the whole capture would have */
    int64_t first_time, last_time; /* ns since 1970; mean nothing without segments */
    GPtrArray *rows; /* of struct row: servers that fit the request, in order; owned */
    guint shown;     /* how many of them the request's top shows in tables */
    GArray
        *connection_order; /* uint32_t: numbers of flows in order; empty unless requested; owned */
    GPtrArray *notes;      /* of char *: what the reader must know; owned */
    unsigned trust;        /* trust_bit() of each limit of the whole capture */
    const char *message;   /* why there is nothing to show, or NULL */
    int64_t interval;      /* ns of each interval; 0: they are not counted */

    struct role *roles;             /* of each flow, owned */
    uint32_t *row_of_flow;          /* of each flow: its index in rows, or FINDING_NO_ROW; owned */
    struct row_flows *flows_of_row; /* NULL unless intervals are counted; owned */
    struct finding_set *findings;   /* owned */
    struct summary *turnarounds[2]; /* of each flow, index enum end that answered; NULL unless
                                       connections are requested; owned */
};

/* Decides roles, sums up connections for each server, judges, sorts. The caller frees the report
 * with report_free(). @source and @request must live longer. */
struct report *report_new(const struct report_source *source, const struct request *request);
void report_free(struct report *report);

/* A report of counts alone, in a fraction of the time: no findings, times, sentences, notes or
 * connections. */
struct report *report_new_counts(const struct report_source *source, const struct request *request);

/* A report of roles and findings alone, in less memory: no times, order, sentences, notes or
 * connections. */
struct report *report_new_findings(const struct report_source *source,
                                   const struct request *request);

/* Row number @index of @report, with its labels. */
struct row *report_named_row(const struct report *report, guint index);

/* Row number @index of @report, with its labels, complete findings and its interpretation. */
const struct row *report_complete_row(const struct report *report, guint index);

/* The address of @endpoint as the program names it, safe to show. The caller frees it. */
char *report_address(const struct report *report, const struct endpoint *endpoint);

/* What @count rows of @report are: "server", "address" or "port", or the plural. */
const char *report_row_word(const struct report *report, uint64_t count);

/* Fills @row with connection number @index of report->connection_order. The caller frees what it
 * owns with row_clear(). */
void report_connection(const struct report *report, guint index, struct row *row);

#endif
