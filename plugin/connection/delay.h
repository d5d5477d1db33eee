/* What took long: the two frames between which somebody waited.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_DELAY_H
#define TFA_DELAY_H

#include "connection/flow.h"
#include "connection/witness.h"

/* When an end that others waited for sent new data: whether a timer makes it send. */
struct pace {
    int64_t time;      /* ns since 1970, of its last new data */
    int64_t interval;  /* ns between its last two */
    uint8_t equal;     /* times in a row that the interval was the same; saturates */
    bool is_periodic;  /* it was so three times */
    bool is_heartbeat; /* it answered something short with as much */
};

/* The paces of connections in which somebody waited long: flow number -> two struct pace, index
 * enum end. The caller frees it with g_hash_table_destroy(). */
GHashTable *delay_paces_new(void);

/* The pace of @end of @flow, which has one; else NULL. */
const struct pace *delay_pace_of(GHashTable *paces, const struct flow *flow, enum end end);

/* Both are to be called after flow_apply(), with what that returned of @segment, sent by @sender of
 * @flow. They add to @witnesses what reaches the preferences' limits. */

/* If the handshake went on: the side of it that @segment ended. @change comes by value, so that the
 * caller's may stay in registers. */
void delay_note_handshake(struct witness_log *witnesses, const struct flow *flow, enum end sender,
                          const struct segment *segment, struct flow_change change);

/* If there is new data: the turnaround that @segment ended, unless what was to be answered had been
 * sent again, or the wait from the handshake to the first request. */
void delay_note_turn(struct witness_log *witnesses, GHashTable *paces, struct flow *flow,
                     enum end sender, const struct segment *segment, struct flow_change change);

#endif
