/* A connection after its handshake, and what is noted of it, for the tests of what goes wrong then.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_TEST_CONNECTED_H
#define TFA_TEST_CONNECTED_H

#include "segments.h"

#define SYN_ACK (TCP_SYN | TCP_ACK)

/* First bytes of data. The round trip seen at the capture point is 20 ms. */
#define C0 1000U
#define S0 5000U

/* Of the server, seen at the capture point. */
#define ROUND_TRIP (10 * MS)

#define LATE (200 * MS) /* too late for reordering */

/* A talk whose handshake is over; the client's data begins at @c0. END_A is the client. */
static inline struct talk connected_at(uint32_t c0)
{
    struct talk talk = talk_new();
    client_sends(&talk, TCP_SYN, c0 - 1, 0, 0);
    talk.now += ROUND_TRIP;
    server_sends(&talk, SYN_ACK, S0 - 1, c0, 0);
    talk.now += 10 * MS;
    client_sends(&talk, TCP_ACK, c0, S0, 0);
    talk.now += MS;
    return talk;
}

static inline struct talk connected(void)
{
    return connected_at(C0);
}

/* The same without a handshake. */
static inline struct talk unconnected(void)
{
    struct talk talk = talk_new();
    client_sends(&talk, TCP_ACK, C0, S0, 0);
    server_sends(&talk, TCP_ACK, S0, C0, 0);
    return talk;
}

static inline void client_data(struct talk *talk, uint32_t sequence, uint32_t bytes)
{
    client_sends(talk, TCP_ACK, sequence, S0, bytes);
}

static inline void server_acks(struct talk *talk, uint32_t acknowledged)
{
    server_sends(talk, TCP_ACK, S0, acknowledged, 0);
}

/* How many witnesses of @kind there are. */
static inline unsigned witness_count(const struct talk *talk, enum witness_kind kind)
{
    const struct witness_log *log = talk->capture->witnesses;
    unsigned count = 0;
    for (guint i = 0; i < log->all->len; i++)
        count += witness_log_at(log, i)->kind == kind;
    return count;
}

#endif
