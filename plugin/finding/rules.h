/* All rules in their order, connection by connection, and what they have to know for it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_RULES_H
#define TFA_RULES_H

#include "finding/rule.h"

/* Makes @context ready for rules_apply(). What it comes to own is freed by rules_clear(). */
void rules_init(struct rule_context *context, const struct finding_source *source);
void rules_clear(struct rule_context *context);

/* Fills @hits, of MAX_HITS, with what holds for flow number @flow. Returns their number. */
unsigned rules_apply(const struct rule_context *context, uint32_t flow, struct hit *hits);

/* Hands to @sink what proves @hit of flow number @flow. */
void rules_show(const struct rule_context *context, uint32_t flow, const struct hit *hit,
                const struct proof_sink *sink);

/* Whether ICMP errors quote flow number @flow: to Wireshark they belong to the same stream, and
 * what shows its segments must leave them out. */
bool rules_leave_out_icmp(const struct rule_context *context, uint32_t flow);

/* When the packets were captured that rules_show() asks for, those of its own that a full filter
 * does not take as well. An end of the span that is not known exactly is unknown. */
struct time_span rules_times(const struct rule_context *context, uint32_t flow,
                             const struct hit *hit);

/* Whether hits of @id count frame by frame what witnesses prove, so that there may be fewer
 * witnesses, which are kept up to a limit, than the hits count. */
bool rules_may_lack_witnesses(enum finding_id id);

/* What proves @hit in words, and in *@key what JSON calls that. The caller frees it with g_free().
 * NULL where there is nothing to say. */
char *rules_detail(const struct rule_context *context, uint32_t flow, const struct hit *hit,
                   const char **key);

#endif
