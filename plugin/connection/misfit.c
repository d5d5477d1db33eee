/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "connection/misfit.h"

#include "settings/thresholds.h"

bool misfit_check(const struct flow *flow, enum end sender, const struct segment *segment)
{
    const struct flow_side *side = &flow->sides[sender];
    const struct sequence_space *space = &flow->sequence[sender];
    /* One distance, of several segments: else there is nothing that it could contradict. */
    if (side->hop_count != 1 || segment->hop_limit == side->hop_list[0] ||
        !segment->has_hop_limit || flow_segments(flow, sender) < HOP_LIMIT_AGREEING)
        return false;
    if (!segment->has_length) /* padding */
        return false;
    /* In the byte order in which that end counts: in the other one, a strange number may be near.
     */
    uint16_t step = identification_step_in(side->ids_swapped, side->last_ip_id, segment->ip_id);
    bool counts = side->ids_in_order >= IDS_IN_ORDER;
    bool other_count = counts && segment->ip_id != 0 && (step == 0 || step > IP_ID_DISTANCE);
    bool goes_on = counts && segment->ip_id != 0 && !other_count;
    /* Beyond every window: what only follows a gap may have lost its predecessors where the route
     * changed, which changes the distance as well. */
    int32_t step_beyond = (int32_t)(segment->sequence - space->next);
    bool beyond = space->is_watched && step_beyond > LARGEST_WINDOW_STEP;
    /* What goes on counting is that end, by another route and after it served others. */
    uint16_t before = flow->extra != NULL ? flow->extra->misfit_ip_id[sender] : 0;
    uint16_t own_step = identification_step(before, segment->ip_id);
    goes_on |= before != 0 && own_step > 0 && own_step <= NEXT_IP_ID;
    /* A load balancer may send some over another path: with the end's own identifications. */
    return !goes_on && (other_count || beyond);
}
