/* When the packets were captured that prove a finding by their fields: the times of what its
 * display filter shows.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_PROOF_TIMES_H
#define TFA_PROOF_TIMES_H

#include "finding/rule.h"

/* The times of the packets that the display filter of @hit shows, where it selects them by their
 * fields. An end of the span is unknown unless it is known exactly. */
struct time_span proof_times(const struct view *view, const struct hit *hit);

/* The same of the data or FIN that the sender of @hit sent again and again. */
struct time_span proof_times_of_retries(const struct view *view, const struct hit *hit);

/* The same of the frames that show what the file lacks of @sender. */
struct time_span proof_times_of_loss(const struct view *view, enum end sender);

/* The times of those that prove @hit, and for which there was no room as witnesses. */
struct time_span proof_times_beyond_witnesses(const struct view *view, const struct hit *hit);

#endif
