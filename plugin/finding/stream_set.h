/* Connections whose packets a display filter shows: all, or those of one end, that fulfil a
 * condition.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_STREAM_SET_H
#define TFA_STREAM_SET_H

#include "connection/flow_table.h"

/* What all connections of a set have in common. */
struct stream_kind {
    enum end client;
    uint8_t sender;        /* enum end, or NO_END for both */
    const char *condition; /* display filter that outlives the set, or NULL for all packets */
};

/* A display filter that, of @flow, only packets from @sender pass. Ports tell, unless both ends
 * have the same: the server's, because that of the client is another one in each connection. The
 * caller frees it with g_free(). */
char *sender_test(const struct flow *flow, enum end client, enum end sender);

struct stream_set;

/* An empty set. @flows are the connections of the capture, which outlive the set, or NULL if they
 * are not known. The caller frees it with stream_set_free(). */
struct stream_set *stream_set_new(const struct flow_table *flows);
void stream_set_free(gpointer set);

/* Adds @flow, of which @packets packets are asked for. Returns whether it fits: @kind must be that
 * of the other connections but for the client's end, and so must the addresses' family. */
bool stream_set_add(struct stream_set *set, const struct flow *flow, const struct stream_kind *kind,
                    uint64_t packets);

/* Whether there is no room for another connection. */
bool stream_set_is_full(const struct stream_set *set);

/* Appends clauses (char *, owned by @clauses) that show the packets. Each ends with @ending.
 * Returns how many packets there was no room for. */
uint64_t stream_set_end(struct stream_set *set, const char *ending, GPtrArray *clauses);

#endif
