/* Which segments prove which findings: what the display filters of a set of findings show, asked
 * segment by segment. Where a filter is cut at its limit, this has all.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_PROOF_INDEX_H
#define TFA_PROOF_INDEX_H

#include "finding/finding_set.h"
#include "finding/proof.h"

struct proof_index;

/* Where a segment was lost, so that it was sent again. */
enum loss_place { LOSS_NONE, LOSS_BEFORE_CAPTURE_POINT, LOSS_AFTER_CAPTURE_POINT };

/* What proves the findings of @set: those of all rows, and scans, whether or not a row has them.
 * The index keeps nothing of @set and of what that is made from. The caller frees it with
 * proof_index_free(), which takes NULL as well. */
struct proof_index *proof_index_new(const struct finding_set *set);
void proof_index_free(struct proof_index *index);

/* The findings that @segment proves, which @sender sent in flow number @flow. */
finding_ids proof_index_of_segment(const struct proof_index *index, uint32_t flow, enum end sender,
                                   const struct shown_segment *segment);

/* The findings that frame number @frame proves, which has no TCP segment but the one that it
 * quotes: an ICMP error. */
finding_ids proof_index_of_frame(const struct proof_index *index, uint32_t frame);

/* Where the data was lost that frame number @frame sent again in flow number @flow. LOSS_NONE where
 * it sent nothing again, or nobody says that it had been lost. Whether that is enough for a finding
 * makes no difference. */
enum loss_place proof_index_lost(const struct proof_index *index, uint32_t flow, uint32_t frame);

#endif
