/* What took long: the two frames between which somebody waited.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_DELAY_H
#define TFA_DELAY_H

#include "connection/flow.h"
#include "connection/witness.h"

/* Both are to be called after flow_apply(), with what that returned of @segment, sent by @sender of
 * @flow. They add to @witnesses what reaches the preferences' limits. */

/* If the handshake went on: the side of it that @segment ended. */
void delay_note_handshake(struct witness_log *witnesses, const struct flow *flow, enum end sender,
                          const struct segment *segment, const struct flow_change *change);

/* If there is new data: the turnaround that @segment ended, unless what was to be answered had been
 * sent again, or the wait from the handshake to the first request. */
void delay_note_turn(struct witness_log *witnesses, const struct flow *flow, enum end sender,
                     const struct segment *segment, const struct flow_change *change);

#endif
