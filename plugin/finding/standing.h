/* When the capturing host stood still: nobody was slow then, and nothing idled.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_STANDING_H
#define TFA_STANDING_H

#include "finding/rule.h"

/* Fills in the standstills of @context: the pauses of the capture in which connections of two
 * servers or more stopped and went on together. */
void standing_find(struct rule_context *context);

/* How long it stood still between these two frames, in ns; INT64_MAX where nobody knows. */
int64_t standing_between(const struct rule_context *context, uint32_t from_frame,
                         uint32_t to_frame);

/* How long it stood still between @from and @to, ns since 1970. In ns. */
int64_t standing_time(const struct rule_context *context, int64_t from, int64_t to);

#endif
