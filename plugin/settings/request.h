/* What the user asks a report for: which servers, in which rows, in which order.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_REQUEST_H
#define TFA_REQUEST_H

#include "base/endpoint.h"

enum grouping { GROUP_BY_ENDPOINT, GROUP_BY_ADDRESS, GROUP_BY_PORT };

enum sort_order {
    SORT_BYTES,
    SORT_PACKETS,
    SORT_CONNECTIONS,
    SORT_RETRANSMISSIONS,
    SORT_RESETS,
    SORT_ONE_WAY,
    SORT_PCR,
    SORT_SERVER,
};

/* Servers that the user names, by address. */
struct server_match {
    struct endpoint network; /* port 0: any port */
    unsigned prefix;         /* bits of the address that must agree */
    char *text;              /* as the user wrote it, owned */
};

/* Servers that the user names, by port: first <= port <= last. */
struct port_range {
    uint16_t first, last;
};

struct request {
    GArray *servers; /* of struct server_match, owned; empty: all addresses */
    GArray *ports;   /* of struct port_range, owned; empty: all ports */
    enum grouping grouping;
    enum sort_order sort;
    uint32_t top;              /* at most so many rows; 0: all */
    bool connections;          /* also a row per connection */
    uint32_t most_connections; /* at most so many of these rows; 0: all */
    int64_t interval;          /* ns of each interval of time that is counted by itself; 0: none */
    bool chooses_interval;     /* intervals are counted, of a width that fits the capture */
    char *capture_label;       /* what the user calls this capture, owned, or NULL */
    char *filter;              /* display filter that segments passed, owned, or NULL for none */
};

/* Makes @request ask for everything. The caller frees what it owns with request_clear(). */
void request_init(struct request *request);
void request_clear(struct request *request);

/* Whether counts by intervals of time are asked for. */
static inline bool request_has_intervals(const struct request *request)
{
    return request->interval > 0 || request->chooses_interval;
}

/* Whether the user named servers or ports at all. */
bool request_names_servers(const struct request *request);

/* Whether @endpoint is among the servers and ports that the user named. True if none is named. */
bool request_matches(const struct request *request, const struct endpoint *endpoint);

/* Whether @match names the address of @endpoint, and its port if it names one. */
bool server_match_fits(const struct server_match *match, const struct endpoint *endpoint);

/* Whether @port is in @range. */
bool port_range_fits(const struct port_range *range, uint16_t port);

#endif
