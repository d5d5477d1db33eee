/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "connection/reset_watch.h"

#include "settings/thresholds.h"

static const struct reset_watch no_watch = {.time = TIME_NONE, .hop_limits = {255, 0}};

struct pool *reset_watch_pool_new(void)
{
    return pool_new(2 * sizeof(struct reset_watch));
}

const struct reset_watch *reset_watch_of(const struct flow *flow, enum end sender)
{
    return flow->resets != NULL ? &flow->resets[sender] : &no_watch;
}

/* An abort has one reset at the sender's next sequence number; those that answer segments have the
 * acknowledgment numbers of these (RFC 9293 section 3.5.2). So only resets beyond what the peer
 * acknowledged can be unasked, and an end has no reason for two different ones. */
static bool is_unasked(const struct flow *flow, enum end sender, const struct segment *segment)
{
    const struct flow_side *peer = &flow->sides[end_peer(sender)];
    const struct sequence_space *space = &flow->sequence[sender];
    if (!peer->has_ack || !sequence_after(segment->sequence, peer->highest_ack))
        return false;
    /* What the sender has sent the peer may have acknowledged, in a segment not captured. */
    return !space->is_watched || !sequence_after(space->next, segment->sequence);
}

/* Whether the identification of @segment is the next of an end that counts its segments. */
static bool continues_count(const struct flow_side *side, const struct segment *segment)
{
    uint16_t step = identification_step(side->last_ip_id, segment->ip_id);
    return segment->ip_id != 0 && side->ids_in_order >= 2 && step > 0 && step <= NEXT_IP_ID;
}

/* Whether @segment has come as far as the others of its end. */
static bool fits_distance(const struct flow_side *side, const struct segment *segment)
{
    for (unsigned i = 0; i < MIN(side->hop_count, FLOW_HOP_LIMITS); i++) {
        if (side->hop_list[i] == segment->hop_limit)
            return true;
    }
    return !segment->has_hop_limit || side->hop_count == 0 || side->hop_count > FLOW_HOP_LIMITS;
}

/* Counts what the end sent behind its own reset: not what the network or the capture let the reset
 * overtake, nor another connection that reuses the ports, nor what somebody else sent. */
static void note_after_reset(const struct flow *flow, enum end sender, struct reset_watch *watch,
                             const struct segment *segment)
{
    if (watch->time == TIME_NONE || !fits_distance(&flow->sides[sender], segment))
        return;
    int32_t offset = (int32_t)(segment->sequence - watch->sequence);
    int64_t after = segment->time - watch->time;
    if (ABS((int64_t)offset) > LARGEST_STEP_AFTER_RESET || after <= REORDERING_TIME ||
        after > PORTS_REST)
        return;
    int distance = (int16_t)(segment->ip_id - watch->ip_id);
    bool was_sent_before =
        segment->ip_id != 0 && watch->ip_id != 0 && distance < 0 && distance > -IP_ID_DISTANCE;
    if (!was_sent_before)
        watch->sent_after++;
}

void reset_watch_note(struct pool *pool, struct flow *flow, enum end sender,
                      const struct segment *segment)
{
    if (segment_is_damaged_reset(segment))
        return;
    if (flow->resets == NULL) {
        flow->resets = pool_take(pool);
        flow->resets[END_A] = flow->resets[END_B] = no_watch;
    }
    struct reset_watch *watch = &flow->resets[sender];
    if (segment->has_hop_limit && !continues_count(&flow->sides[sender], segment))
        hop_limits_include(&watch->hop_limits,
                           (struct hop_limits){segment->hop_limit, segment->hop_limit});
    /* Of an attempt, only the distance can be compared with what may come yet: who resets what does
     * not answer its SYN goes on trying. */
    const struct flow_side *side = &flow->sides[sender];
    if ((!flow->sides[END_A].sent_segment && !flow->sides[END_B].sent_segment) ||
        (side->sent_pure_syn && !side->sent_segment))
        return;
    watch->time = segment->time;
    watch->sequence = segment->sequence;
    watch->ip_id = segment->ip_id;
    if (!is_unasked(flow, sender, segment))
        return;
    if (watch->unasked == 0 || watch->unasked_sequence != segment->sequence)
        watch->unasked++;
    watch->unasked_sequence = segment->sequence;
}

void reset_watch_note_more(struct flow *flow, enum end sender, const struct segment *segment)
{
    struct reset_watch *watch = &flow->resets[sender];
    if ((segment->flags & TCP_SYN) == 0) {
        note_after_reset(flow, sender, watch, segment);
        return;
    }
    struct hop_limits hop_limits = watch->hop_limits;
    *watch = no_watch;
    /* A SYN-ACK goes on with the attempt that was reset. */
    if ((segment->flags & TCP_ACK) != 0)
        watch->hop_limits = hop_limits;
}
