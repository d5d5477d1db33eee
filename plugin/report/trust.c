/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/trust.h"

#include "settings/preference.h"
#include "settings/thresholds.h"

const char *const trust_names[TRUST_LIMIT_COUNT] = {
    [TRUST_ONE_LEGGED] = "one_legged",
    [TRUST_MISSING] = "missing",
    [TRUST_COPIES] = "copies",
    [TRUST_CUT_HEADERS] = "cut_headers",
    [TRUST_FILTERED] = "filtered",
    [TRUST_PARTIAL] = "partial",
    [TRUST_OFFLOAD] = "offload",
    [TRUST_STALLED] = "stalled",
    [TRUST_ANALYSIS_OFF] = "analysis_off",
    [TRUST_ROLES_GUESSED] = "roles_guessed",
};

/* A share of the capture, or of a server. */
static bool has_copies(const struct trust_source *source)
{
    const struct census *census = source->census;
    uint64_t copies = census->hits[FINDING_DUPLICATE_CAPTURE];
    return census->proved_copies > 0 || census->is_accepted[FINDING_DUPLICATE_CAPTURE] ||
           (copies >= LEAST_COPIES &&
            copies * 100 >= source->segments * preferences.duplicate_percent);
}

unsigned trust_limits(const struct trust_source *source)
{
    const struct census *census = source->census;
    const bool is_limited[TRUST_LIMIT_COUNT] = {
        [TRUST_ONE_LEGGED] = census->hits[FINDING_ONE_WAY_TRAFFIC] > 0,
        [TRUST_MISSING] = census->hits[FINDING_CAPTURE_LOSS] > 0,
        [TRUST_COPIES] = has_copies(source),
        [TRUST_CUT_HEADERS] = source->untapped > 0,
        [TRUST_FILTERED] = source->is_filtered,
        [TRUST_PARTIAL] = source->has_partial,
        [TRUST_OFFLOAD] = census->hits[FINDING_OFFLOAD_CAPTURE] >= LEAST_OVERSIZED,
        [TRUST_STALLED] = census->has_stalled,
        [TRUST_ANALYSIS_OFF] = source->segments > 0 && !source->analysed,
        [TRUST_ROLES_GUESSED] = census->hits[FINDING_ROLE_GUESSED] > 0,
    };
    unsigned limits = 0;
    for (int limit = 0; limit < TRUST_LIMIT_COUNT; limit++) {
        if (is_limited[limit])
            limits |= trust_bit((enum trust_limit)limit);
    }
    return limits;
}
