/* The findings of all rows of a report, summed up from the hits of the rules.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_FINDING_SET_H
#define TFA_FINDING_SET_H

#include "finding/rule.h"

struct finding_set;

/* What holds for the whole capture, whatever the rows. */
struct census {
    uint64_t hits[FINDING_COUNT];    /* of all connections: packets, or connections, by the id */
    bool is_accepted[FINDING_COUNT]; /* a row has the finding */
    uint64_t proved_copies;          /* connections with copies that their hop limits prove */
    bool has_stalled;                /* the capturing host, while somebody waited for others */
};

/* Judges all connections of @source, whose members must outlive the set. The caller frees it with
 * finding_set_free(). */
struct finding_set *finding_set_new(const struct finding_source *source);
void finding_set_free(struct finding_set *set);

/* The findings of row @row, of struct finding *, the strongest first; not complete. Owned by @set.
 */
const GPtrArray *finding_set_of_row(const struct finding_set *set, uint32_t row);

/* Completes @finding, of @set, if it is not complete. */
void finding_set_complete(const struct finding_set *set, struct finding *finding);

/* The findings of @id and @side that the @count @rows have, one a row and none of them a scan, as
 * one. The caller frees it with finding_free(). */
struct finding *finding_set_together(const struct finding_set *set, enum finding_id id,
                                     enum direction side, const uint32_t *rows, size_t count);

/* The rows of what the client of @scan, a finding of the set, tried, in order (uint32_t): whether
 * or not it failed there. The caller frees them with g_array_free(). */
GArray *finding_set_rows_of_scan(const struct finding_set *set, const struct finding *scan);

/* What the scan that came to a row first found there. */
struct row_scan {
    const struct endpoint *client; /* whose address scanned, not owned; NULL: nobody's */
    uint64_t outcomes[3];          /* connections; index enum scan_outcome */
};

/* Owned by @set. */
const struct row_scan *finding_set_scan_of_row(const struct finding_set *set, uint32_t row);

/* Owned by @set. */
const struct census *finding_set_census(const struct finding_set *set);

/* What the set judged, and what is known about it. Owned by @set. */
const struct rule_context *finding_set_context(const struct finding_set *set);

/* Whether the finding is in the set that Wireshark did not analyse: all TCP segments prove it. */
bool finding_set_lacks_analysis(const struct finding_set *set);

/* Hands to @sink what proves, of flow number @flow, the findings in which it has a part: those of
 * any row, and its scan even where no row has that. */
void finding_set_show(const struct finding_set *set, uint32_t flow, const struct proof_sink *sink);

/* The findings, of any row, in which flow number @flow has a part. */
finding_ids finding_set_of_flow(const struct finding_set *set, uint32_t flow);

#endif
