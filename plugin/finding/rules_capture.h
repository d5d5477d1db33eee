/* The rules on what the capture lacks or has twice, and on roles that were guessed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_RULES_CAPTURE_H
#define TFA_RULES_CAPTURE_H

#include "finding/rule.h"

/* Adds a hit to @view for each of them that holds. The second has the one that may hold for a
 * connection in which nothing else is unusual: data that was acknowledged and is not in the file.
 */
void rules_capture_judge(struct view *view);
void rules_capture_judge_loss(struct view *view);

/* Hands to @sink what was captured behind the missing bytes of @sender, and what acknowledges the
 * last of them: the proof of @hit. */
void rules_capture_show_loss(const struct view *view, enum end sender, const struct hit *hit,
                             const struct proof_sink *sink);

#endif
