/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finding/rule.h"

uint64_t view_longest(const struct view *view, enum witness_kind kind, enum end end,
                      uint64_t *times)
{
    uint64_t ms = 0;
    *times = 0;
    for (uint32_t i = view_first_witness(view); i < view_end_of_witnesses(view); i++) {
        const struct witness *witness = view_witness(view, i);
        if (witness->kind != kind || witness->end != (uint8_t)end)
            continue;
        ms = MAX(ms, witness->value);
        (*times)++;
    }
    *times /= 2; /* each has a first and a last frame */
    return ms;
}

bool view_is_lost(const struct view *view, const struct witness *witness)
{
    if (witness->kind == WITNESS_RESENT_MISSING)
        return true;
    enum end sender = (enum end)(witness->end & 1);
    const struct flow_side *receiver = &view->flow->sides[end_peer(sender)];
    return witness->kind == WITNESS_RESENT_CAPTURED && receiver->has_ack &&
           sequence_after(receiver->highest_ack, witness->value);
}
