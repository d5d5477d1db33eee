/* What caused a finding, as far as several findings may have one cause: the capture, an end, a
 * router.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_CAUSE_H
#define TFA_CAUSE_H

#include "finding/rule.h"

/* The cause of the finding @id of @side (as in struct finding) in the connections @flows (uint32_t
 * numbers of flows, at least one): what is the same in all of them, CAUSE_NONE if nothing is. Its
 * pointers are valid as long as the members of @context. */
struct finding_cause cause_of(const struct rule_context *context, enum finding_id id,
                              enum direction side, const GArray *flows);

/* Whether @a and @b, of two findings of the same id and side, are one cause. CAUSE_NONE equals
 * nothing, not even itself. */
bool cause_equal(const struct finding_cause *a, const struct finding_cause *b);

#endif
