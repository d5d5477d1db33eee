/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finding/proof_index.h"

struct proof_index {
    finding_ids everywhere;
};

struct proof_index *proof_index_new(const struct finding_set *set)
{
    (void)set;
    return g_new0(struct proof_index, 1);
}

void proof_index_free(struct proof_index *index)
{
    g_free(index);
}

finding_ids proof_index_of_segment(const struct proof_index *index, uint32_t flow, enum end sender,
                                   const struct shown_segment *segment)
{
    (void)flow, (void)sender, (void)segment;
    return index->everywhere;
}

finding_ids proof_index_of_frame(const struct proof_index *index, uint32_t frame)
{
    (void)index, (void)frame;
    return 0;
}

enum loss_place proof_index_lost(const struct proof_index *index, uint32_t flow, uint32_t frame)
{
    (void)index, (void)flow, (void)frame;
    return LOSS_NONE;
}
