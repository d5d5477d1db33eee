/* What limits the conclusions from a capture: what the file lacks, or has twice.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_TRUST_H
#define TFA_TRUST_H

#include "finding/finding_set.h"

/* In the order in which JSON names them. */
enum trust_limit {
    TRUST_ONE_LEGGED,    /* of some connections, one direction has no data in the file */
    TRUST_MISSING,       /* bytes that were acknowledged are not in the file */
    TRUST_COPIES,        /* segments were captured twice */
    TRUST_CUT_HEADERS,   /* Wireshark could not dissect some segments */
    TRUST_FILTERED,      /* the file was saved through a filter */
    TRUST_PARTIAL,       /* the display filter shows connections in part */
    TRUST_OFFLOAD,       /* captured before segmentation, or after merging */
    TRUST_STALLED,       /* the capturing host stood still */
    TRUST_ANALYSIS_OFF,  /* Wireshark's TCP sequence analysis was off */
    TRUST_ROLES_GUESSED, /* who the server is was guessed */
    TRUST_LIMIT_COUNT
};

/* Their names in JSON; index enum trust_limit. */
extern const char *const trust_names[TRUST_LIMIT_COUNT];

/* What is known of the whole capture. */
struct trust_source {
    const struct census *census;
    uint64_t segments;
    uint64_t untapped; /* segments that Wireshark kept from the tap */
    bool analysed;     /* Wireshark's TCP sequence analysis was on */
    bool is_filtered;  /* the file was saved through a filter */
    bool has_partial;  /* the display filter excluded segments of some connection */
};

static inline unsigned trust_bit(enum trust_limit limit)
{
    return 1U << limit;
}

/* The trust_bit() of each limit that holds. */
unsigned trust_limits(const struct trust_source *source);

#endif
