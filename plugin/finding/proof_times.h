/* When the packets were captured that prove a finding, as far as they are not witnesses: the times
 * of what its display filter shows.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_PROOF_TIMES_H
#define TFA_PROOF_TIMES_H

#include "finding/rule.h"

/* The first and the last time of the packets that the display filter of @hit shows, if it selects
 * them by their fields. A time that is not known exactly is unknown. */
struct time_span proof_times(const struct view *view, const struct hit *hit);

/* The same for the data or the FIN that the sender of @hit sent again and again. */
struct time_span proof_times_of_retries(const struct view *view, const struct hit *hit);

/* The same for the frames that show which data of @sender the file lacks. */
struct time_span proof_times_of_loss(const struct view *view, enum end sender);

/* The same for the packets that prove @hit, but for which the log of witnesses had no room. */
struct time_span proof_times_beyond_witnesses(const struct view *view, const struct hit *hit);

#endif
