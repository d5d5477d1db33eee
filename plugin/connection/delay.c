/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "connection/delay.h"

#include "connection/sequence.h"
#include "settings/preference.h"
#include "settings/thresholds.h"

static G_GNUC_NO_INLINE void log_slow(struct witness_log *witnesses, const struct flow *flow,
                                      enum witness_kind kind, enum end slow, uint32_t from_frame,
                                      const struct segment *to_segment, int64_t elapsed)
{
    uint32_t ms = (uint32_t)MIN(elapsed / NS_PER_MS, UINT32_MAX);
    struct witness from = {
        flow->number, from_frame, ms, (uint8_t)kind, (uint8_t)slow, 0, to_segment->time - elapsed};
    struct witness to = from;
    to.frame = to_segment->frame;
    to.time = to_segment->time;
    witness_log_add(witnesses, from);
    witness_log_add(witnesses, to);
}

G_GNUC_NO_INLINE void delay_note_handshake(struct witness_log *witnesses, const struct flow *flow,
                                           enum end sender, const struct segment *segment,
                                           struct flow_change change)
{
    const struct handshake *handshake = &flow->handshake;
    bool by_server = handshake->state == HANDSHAKE_SYN_ACK;
    bool by_client = handshake->state == HANDSHAKE_COMPLETE;
    int64_t elapsed = by_server ? handshake->server_side : handshake->client_side;
    if ((by_server || by_client) && elapsed >= slow_handshake_ns())
        log_slow(witnesses, flow, WITNESS_SLOW_HANDSHAKE, sender, change.handshake_frame, segment,
                 elapsed);
}

/* Whether data of @sender was sent again since @time. */
static bool was_resent(const struct flow *flow, enum end sender, int64_t time)
{
    int64_t resent = sequence_trouble_of(flow, sender)->resent_time;
    return resent != TIME_NONE && resent >= time;
}

GHashTable *delay_paces_new(void)
{
    return g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, g_free);
}

const struct pace *delay_pace_of(GHashTable *paces, const struct flow *flow, enum end end)
{
    const struct pace *both =
        flow->has_pace ? g_hash_table_lookup(paces, GUINT_TO_POINTER(flow->number)) : NULL;
    return both != NULL ? &both[end] : NULL;
}

/* WAITING
 * What a timer sends is no answer: equal distances whatever the other end does, or something short
 * that is answered with as much (a keep-alive of the application). Answers that come soon, and the
 * further segments of a message, may lie between and are not looked at. */
static G_GNUC_NO_INLINE void note_pace(GHashTable *paces, struct flow *flow, enum end sender,
                                       const struct segment *segment, struct flow_change change)
{
    if (!flow->has_pace)
        g_hash_table_insert(paces, GUINT_TO_POINTER(flow->number), g_new0(struct pace, 2));
    struct pace *both = g_hash_table_lookup(paces, GUINT_TO_POINTER(flow->number));
    struct pace *pace = &both[sender];
    flow->has_pace = true;
    pace->is_heartbeat |= change.turnaround >= slow_turnaround_ns() &&
                          segment->payload == change.data_payload &&
                          segment->payload <= LONGEST_HEARTBEAT;
    int64_t interval = segment->time - pace->time, least = slow_turnaround_ns() / 2;
    bool comes_soon = change.turnaround != TIME_NONE && change.turnaround < least;
    bool is_equal = interval > 0 && pace->interval >= least &&
                    ABS(interval - pace->interval) <= pace->interval / 20;
    /* The client's timer may fire just when it got something; a server answers then. */
    bool may_fit = is_equal && (enum end)flow->handshake.client == sender;
    if (pace->time != 0 && ((comes_soon && !may_fit) || (interval >= 0 && interval < least)))
        return;
    if (pace->time != 0) {
        pace->equal = is_equal ? (uint8_t)MIN(pace->equal + 1, UINT8_MAX) : 0;
        pace->is_periodic |= pace->equal >= 2;
        pace->interval = interval;
    }
    pace->time = segment->time;
}

void delay_note_turn(struct witness_log *witnesses, GHashTable *paces, struct flow *flow,
                     enum end sender, const struct segment *segment, struct flow_change change)
{
    if (flow->has_pace || change.turnaround >= slow_turnaround_ns())
        note_pace(paces, flow, sender, segment, change);
    const struct handshake *handshake = &flow->handshake;
    enum end asker = end_peer(sender);
    /* Who got the question acknowledges it soon; a late first ACK tells of the path. */
    if (change.turnaround >= slow_turnaround_ns() && flow->sides[asker].was_acked_soon &&
        !was_resent(flow, asker, segment->time - change.turnaround))
        log_slow(witnesses, flow, WITNESS_SLOW_TURN, sender, change.data_frame, segment,
                 change.turnaround);
    bool is_first_request = change.data_frame == 0 && handshake->state == HANDSHAKE_COMPLETE &&
                            !change.went_on && (enum end)handshake->client == sender;
    if (is_first_request && segment->time - handshake->latest >= slow_turnaround_ns())
        log_slow(witnesses, flow, WITNESS_SLOW_TURN, sender, flow->handshake.frame, segment,
                 segment->time - handshake->latest);
}
