/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "connection/reset_watch.h"

#include "settings/thresholds.h"

static const struct reset_watch no_watch = {.time = TIME_NONE};

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

void reset_watch_note(struct pool *pool, struct flow *flow, enum end sender,
                      const struct segment *segment)
{
    bool answers_syn = !flow->sides[END_A].sent_segment && !flow->sides[END_B].sent_segment;
    if (answers_syn)
        return;
    if (flow->resets == NULL) {
        flow->resets = pool_take(pool);
        flow->resets[END_A] = flow->resets[END_B] = no_watch;
    }
    struct reset_watch *watch = &flow->resets[sender];
    watch->time = segment->time;
    watch->sequence = segment->sequence;
    watch->ip_id = segment->ip_id;
    if (!is_unasked(flow, sender, segment))
        return;
    if (watch->unasked == 0 || watch->unasked_sequence != segment->sequence)
        watch->unasked++;
    watch->unasked_sequence = segment->sequence;
}

/* Counts what the end sent behind its own reset: not what the network or the capture let the reset
 * overtake, nor another connection that reuses the ports. */
static void note_after_reset(struct reset_watch *watch, const struct segment *segment)
{
    if (watch->time == TIME_NONE)
        return;
    int32_t offset = (int32_t)(segment->sequence - watch->sequence);
    if (ABS((int64_t)offset) > LARGEST_WINDOW_STEP ||
        segment->time - watch->time <= REORDERING_TIME)
        return;
    int distance = (int16_t)(segment->ip_id - watch->ip_id);
    bool was_sent_before =
        segment->ip_id != 0 && watch->ip_id != 0 && distance < 0 && distance > -IP_ID_DISTANCE;
    if (!was_sent_before)
        watch->sent_after++;
}

void reset_watch_note_more(struct flow *flow, enum end sender, const struct segment *segment)
{
    if ((segment->flags & TCP_SYN) != 0)
        flow->resets[sender] = no_watch;
    else
        note_after_reset(&flow->resets[sender], segment);
}
