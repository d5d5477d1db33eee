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
