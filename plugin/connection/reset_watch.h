/* The resets that each end is said to have sent, and what it did behind them: what the tests of
 * finding/forged_reset need.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_RESET_WATCH_H
#define TFA_RESET_WATCH_H

#include "base/pool.h"
#include "connection/flow.h"

/* Of the resets of one end. */
struct reset_watch {
    int64_t time;      /* ns since 1970 of the last beyond a mere attempt; TIME_NONE: none */
    uint32_t sequence; /* of the last */
    uint32_t unasked;  /* different sequence numbers beyond the peer's acknowledgments */
    uint32_t unasked_sequence;    /* the last of these; valid if unasked > 0 */
    uint32_t sent_after;          /* other segments that this end sent after its own reset */
    uint16_t ip_id;               /* IPv4 identification of the last; 0 for none */
    struct hop_limits hop_limits; /* of those that may be odd: their identification does not go on
                                     with the end's own */
};

/* A pool for the watches of connections, two a piece. The caller frees it with pool_free(). */
struct pool *reset_watch_pool_new(void);

/* The resets of @sender; a watch without any where there was none. */
const struct reset_watch *reset_watch_of(const struct flow *flow, enum end sender);

/* Both are to be called before flow_apply() and sequence_note(), which change what they compare
 * with, of a @segment that @sender of @flow sent and that is no copy. */

/* Notes a reset. @pool has room for a watch where @flow has none yet. */
void reset_watch_note(struct pool *pool, struct flow *flow, enum end sender,
                      const struct segment *segment);

/* Notes any other segment of a flow that has watches: what follows a reset, or the SYN of a new
 * attempt, with which what the resets of an earlier one tell ends. */
void reset_watch_note_more(struct flow *flow, enum end sender, const struct segment *segment);

#endif
