/* The rules on resets: who aborted, after what, and whether it was that end at all.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_RULES_RESET_H
#define TFA_RULES_RESET_H

#include "finding/rule.h"

/* Adds a hit to @view for each of them that holds. */
void rules_reset_judge(struct view *view);

/* Whether an end resets what it knows no more, as soon as data comes; *@sender is that end. */
bool rules_reset_is_unknown(const struct view *view, enum end *sender);

/* Whether keep-alives of @prober stayed without an answer. */
bool rules_reset_is_peer_gone(const struct view *view, enum end prober);

#endif
