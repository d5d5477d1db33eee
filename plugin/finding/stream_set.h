/* Connections whose packets one display filter shows: the packets of both ends or of one, all of
 * them or those that match a condition.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_STREAM_SET_H
#define TFA_STREAM_SET_H

#include "connection/flow_table.h"
#include "finding/proof.h"

/* Which packets of a connection are asked for. */
struct stream_kind {
    enum end client; /* of this connection */
    uint8_t sender;  /* enum end of this connection, or NO_END for both */
    struct condition condition;
};

/* A display filter that, of @flow, only packets from @sender match. It names the server's port,
 * because each connection has another client's port. If both ends have the same port, it names an
 * address. The caller frees it with g_free(). */
char *sender_test(const struct flow *flow, enum end client, enum end sender);

struct stream_set;

/* An empty set. @flows are the connections of the capture, which outlive the set, or NULL if they
 * are not known. @names_ends: a display filter on ends alone shows nothing but what was counted in
 * them. The caller frees it with stream_set_free(). */
struct stream_set *stream_set_new(const struct flow_table *flows, bool names_ends);
void stream_set_free(gpointer set);

/* Adds @flow, of which @packets packets are asked for. Returns false, and adds nothing, if @flow
 * does not fit: @kind, apart from the end of the client, and the family of the addresses must be
 * the same in all connections of a set. */
bool stream_set_add(struct stream_set *set, const struct flow *flow, const struct stream_kind *kind,
                    uint64_t packets);

/* Whether there is no room for another connection. */
bool stream_set_is_full(const struct stream_set *set);

/* Appends to @clauses display filters (char *, owned by @clauses) that together show the packets
 * of the set. Each ends with @ending, but with @ending_of_ends where it names no stream. Returns
 * the number of packets for which a display filter has no room. */
uint64_t stream_set_end(struct stream_set *set, const char *ending, const char *ending_of_ends,
                        GPtrArray *clauses);

#endif
