/* The rules on resets: who aborted, after what, and whether it was that end at all.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_RULES_RESET_H
#define TFA_RULES_RESET_H

#include "finding/rule.h"

/* Adds a hit to @view for each of them that holds. */
void rules_reset_judge(struct view *view);

#endif
