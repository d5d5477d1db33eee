/* The rules on connections that did not come about, or slowly.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_RULES_HANDSHAKE_H
#define TFA_RULES_HANDSHAKE_H

#include "finding/rule.h"

/* Adds a hit to @view for each of them that holds. */
void rules_handshake_judge(struct view *view);

/* Whether the server's listen queue is full: what the client sent again was not lost then. */
bool rules_handshake_is_queue_full(const struct view *view);

/* Whether the server answered the SYN with an ACK of something else, an older connection. */
bool rules_handshake_is_stale(const struct view *view);

#endif
