/* The rules: what each finding takes, connection by connection.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_RULES_H
#define TFA_RULES_H

#include "finding/finding.h"
#include "finding/display_filter.h"

#define HIT_NUMBERS 5

/* More than all rules together can give for one connection. */
#define MAX_HITS 32

/* A rule that holds for a connection. */
struct hit {
    enum finding_id id;
    enum direction side; /* as in struct finding; CLIENT_TO_SERVER for SIDE_NONE */
    uint64_t count;      /* packets, or 1 for the connection */
    uint64_t packets;    /* that the display filter shows; 0 where rules_show() names frames */
    uint64_t numbers[HIT_NUMBERS]; /* as number_kinds[] in finding.c says */
    uint8_t sender;                /* enum end whose packets prove it, or NO_END for both */
    const char *condition;         /* display filter that these packets fulfil, or NULL */
};

/* What the rules know beside the connection. */
struct rule_context {
    const struct finding_source *source;
    uint32_t *first_evidence;  /* of each flow: index in evidence_order; one more than flows */
    uint32_t *evidence_order;  /* indexes of source->evidence, by flow, then in order */
    struct scan *scan_of_flow; /* of each flow; targets 0: part of no scan.
                                NULL where there is no scan at all */
};

/* A client's scan: how many servers and ports it tried. It is one finding, whichever rows its
 * connections are in: that of the first of these rows, FINDING_NO_ROW if none is shown. */
struct scan {
    uint32_t targets, failed_targets;
    uint32_t row;
};

void rules_init(struct rule_context *context, const struct finding_source *source);
void rules_clear(struct rule_context *context);

/* Fills @hits, of MAX_HITS, with what holds for flow number @flow. Returns their number. */
unsigned rules_apply(const struct rule_context *context, uint32_t flow, struct hit *hits);

/* Adds to @filter the packets that prove @hit of flow number @flow. */
void rules_show(const struct rule_context *context, uint32_t flow, const struct hit *hit,
                struct display_filter *filter);

/* The evidence for @hit in words, which the caller frees with g_free(), or NULL. */
char *rules_detail(const struct rule_context *context, uint32_t flow, const struct hit *hit);

/* Whether flow number @flow is an attempt to connect that was not answered, or refused. */
bool rules_attempt_failed(const struct rule_context *context, uint32_t flow);

#endif
