/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "connection/flow.h"

#include "settings/preference.h"
#include "settings/thresholds.h"

#include <string.h>

static inline void count(struct flow_side *side, enum counter counter)
{
    side->narrow[counter - COUNTER_WIDE_END]++;
}

void flow_init(struct flow *flow, const struct segment *segment, uint32_t number)
{
    memset(flow, 0, sizeof *flow);
    flow->number = number;
    flow->ends[END_A] = segment->source;
    flow->ends[END_B] = segment->destination;
    flow->stream = segment->stream;
    flow->first_time = flow->last_time = flow->previous_time = segment->time;
    flow->first_syn = flow->first_syn_ack = flow->data_sender = NO_END;
    flow->handshake.server_side = flow->handshake.client_side = TIME_NONE;
    for (int i = 0; i < 2; i++) {
        flow->sides[i].hop_limits = HOP_LIMITS_NONE;
        flow->sides[i].rst_hop_limits = HOP_LIMITS_NONE;
    }
}

enum end flow_sender(const struct flow *flow, const struct segment *segment)
{
    /* Nearly always the ports differ, and one comparison tells. */
    if (flow->ends[END_A].port != flow->ends[END_B].port)
        return segment->source.port == flow->ends[END_A].port ? END_A : END_B;
    return endpoint_same_address(&flow->ends[END_A], &segment->source) ? END_A : END_B;
}

void flow_clear(struct flow *flow)
{
    if (flow->extra == NULL) /* as in most, which saves a call */
        return;
    g_free(flow->extra);
    flow->extra = NULL;
}

static struct flow_extra *extra_of(struct flow *flow)
{
    if (flow->extra == NULL) {
        flow->extra = g_new0(struct flow_extra, 1);
        flow->extra->reset.time = flow->extra->reset.idle = TIME_NONE;
    }
    return flow->extra;
}

static void count_rare(struct flow *flow, enum end sender, enum counter counter)
{
    extra_of(flow)->rare[sender][counter - COUNTER_NARROW_END]++;
}

static void count_analysis(struct flow *flow, enum end sender, const struct segment *segment)
{
    static const struct {
        uint16_t flags;
        uint8_t counter;
    } meanings[] = {
        {ANALYSIS_ANY_RETRANSMISSION, COUNTER_RETRANSMISSIONS},
        {ANALYSIS_FAST_RETRANSMISSION, COUNTER_FAST_RETRANSMISSIONS},
        {ANALYSIS_SPURIOUS_RETRANSMISSION, COUNTER_SPURIOUS_RETRANSMISSIONS},
        {ANALYSIS_OUT_OF_ORDER, COUNTER_OUT_OF_ORDER},
        {ANALYSIS_DUPLICATE_ACK, COUNTER_DUPLICATE_ACKS},
        {ANALYSIS_LOST_SEGMENT, COUNTER_LOST_SEGMENTS},
        {ANALYSIS_ACKED_UNSEEN, COUNTER_ACKED_UNSEEN},
        {ANALYSIS_ZERO_WINDOW, COUNTER_ZERO_WINDOWS},
        {ANALYSIS_WINDOW_FULL, COUNTER_WINDOW_FULL},
        {ANALYSIS_KEEP_ALIVE, COUNTER_KEEP_ALIVES},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(meanings); i++) {
        if ((segment->analysis & meanings[i].flags) != 0)
            count_rare(flow, sender, meanings[i].counter);
    }
    if ((segment->analysis & ANALYSIS_ANY_RETRANSMISSION) != 0)
        extra_of(flow)->retransmitted_bytes[sender] += segment->payload;
}

static void count_control_flags(struct flow_side *side, const struct segment *segment)
{
    if ((segment->flags & TCP_SYN) != 0) {
        count(side, COUNTER_SYN);
        if ((segment->flags & TCP_ACK) != 0)
            count(side, COUNTER_SYN_ACK);
    }
    if ((segment->flags & TCP_FIN) != 0) {
        count(side, COUNTER_FIN);
        side->sent_fin = true;
    }
    if ((segment->flags & TCP_RST) != 0)
        count(side, COUNTER_RST);
}

static void list_hop_limit(struct flow_side *side, uint8_t hop_limit)
{
    for (unsigned i = 0; i < side->hop_count && i < FLOW_HOP_LIMITS; i++) {
        if (side->hop_list[i] == hop_limit)
            return;
    }
    if (side->hop_count < FLOW_HOP_LIMITS)
        side->hop_list[side->hop_count] = hop_limit;
    if (side->hop_count <= FLOW_HOP_LIMITS)
        side->hop_count++;
}

/* Of copies, too: a mirror port sees a segment before and behind a hop. */
static void note_hop_limit(struct flow_side *side, const struct segment *segment)
{
    bool is_reset = (segment->flags & TCP_RST) != 0;
    bool is_known = segment->hop_limit == side->hop_list[0] && side->hop_count > 0 && !is_reset;
    if (is_known || !segment->has_hop_limit)
        return;
    struct hop_limits one = {segment->hop_limit, segment->hop_limit};
    hop_limits_include(&side->hop_limits, one);
    if (is_reset)
        hop_limits_include(&side->rst_hop_limits, one);
    else
        list_hop_limit(side, segment->hop_limit);
}

/* How far this end's acknowledgments advanced tells how much it received of a peer that the
 * capture does not show. A SYN-ACK begins anew; a reset's number may be made up. */
static void note_acknowledgment(const struct flow *flow, struct flow_side *side,
                                struct flow_side *peer, const struct segment *segment)
{
    if ((segment->flags & (TCP_ACK | TCP_RST)) != TCP_ACK)
        return;
    if (peer->awaits_ack && !sequence_after(peer->data_end, segment->acknowledged)) {
        peer->awaits_ack = false;
        peer->was_acked_soon = segment->time - flow->data_time <= LONGEST_DELAYED_ACK;
    }
    bool begins = !side->has_ack || (segment->flags & TCP_SYN) != 0;
    if (!begins && !sequence_after(segment->acknowledged, side->highest_ack))
        return;
    if (!begins)
        side->ack_advance += segment->acknowledged - side->highest_ack;
    side->has_ack = true;
    side->highest_ack = segment->acknowledged;
    side->ack_frame = segment->frame;
}

/* No times can be taken from this handshake, nor from what was seen of it. */
static void spoil(struct handshake *handshake)
{
    handshake->state = HANDSHAKE_UNCLEAN;
    handshake->server_side = handshake->client_side = TIME_NONE;
}

static void note_syn_ack(struct handshake *handshake, const struct segment *segment)
{
    /* Fast Open (RFC 7413): the SYN's data may be acknowledged, or not. */
    if (segment->acknowledged - handshake->sequence > handshake->expected)
        return;
    handshake->server_side = segment->time - handshake->latest;
    handshake->state = HANDSHAKE_SYN_ACK;
    handshake->latest = segment->time;
    handshake->sequence = segment->sequence + 1;
    handshake->expected = segment->acknowledged;
    if (handshake->server_side < 0)
        spoil(handshake);
}

static void note_syn(struct flow *flow, enum end sender, const struct segment *segment)
{
    struct handshake *handshake = &flow->handshake;
    struct flow_side *side = &flow->sides[sender], *peer = &flow->sides[end_peer(sender)];
    bool pure = (segment->flags & TCP_ACK) == 0;

    if (pure && flow->first_syn == NO_END)
        flow->first_syn = (uint8_t)sender;
    if (!pure && flow->first_syn_ack == NO_END)
        flow->first_syn_ack = (uint8_t)sender;
    if (segment->is_copy)
        return;

    bool repeated = side->sent_syn;
    bool simultaneous = pure && peer->sent_pure_syn;
    bool answered_before_sent = pure && peer->sent_syn_ack;
    bool preceded = pure && flow_segments(flow, sender) > 1;
    side->repeated_syn |= pure && side->sent_pure_syn;
    side->repeated_syn_ack |= !pure && side->sent_syn_ack && !side->owes_syn_ack &&
                              !flow->sides[end_peer(sender)].sent_segment;
    if (pure)
        peer->owes_syn_ack |= peer->sent_syn_ack || repeated;
    else if (repeated)
        side->owes_syn_ack = false;
    side->sent_syn = true;
    side->sent_pure_syn |= pure;
    side->sent_syn_ack |= !pure;

    flow->handshake_frame = segment->frame;
    if (repeated || simultaneous || answered_before_sent || preceded) {
        spoil(handshake);
        handshake->latest = segment->time;
    } else if (pure && handshake->state == HANDSHAKE_NONE) {
        handshake->state = HANDSHAKE_SYN;
        handshake->client = (uint8_t)sender;
        handshake->latest = segment->time;
        handshake->sequence = segment->sequence + 1;
        handshake->expected = segment->payload;
    } else if (!pure && handshake->state == HANDSHAKE_SYN && sender != handshake->client) {
        note_syn_ack(handshake, segment);
    }
}

/* An ACK of the client's before the SYN-ACK: they were captured in the wrong order, and what ends
 * the handshake has passed. */
static void note_early_ack(struct handshake *handshake, enum end sender,
                           const struct segment *segment)
{
    if (sender == handshake->client && (segment->flags & (TCP_ACK | TCP_RST)) == TCP_ACK)
        spoil(handshake);
}

static void note_handshake_end(struct flow *flow, enum end sender, const struct segment *segment)
{
    struct handshake *handshake = &flow->handshake;
    if (sender != handshake->client || (segment->flags & (TCP_ACK | TCP_RST)) != TCP_ACK ||
        segment->acknowledged != handshake->sequence || segment->sequence != handshake->expected)
        return;
    handshake->client_side = segment->time - handshake->latest;
    handshake->state = HANDSHAKE_COMPLETE;
    handshake->latest = segment->time;
    flow->handshake_frame = segment->frame;
    if (handshake->client_side < 0)
        spoil(handshake);
}

/* ESTABLISHED
 * A connection is proved by its handshake (a SYN-ACK, and something with an ACK from the end that
 * got it), or by data and an acknowledgment of it. */
bool flow_is_established(const struct flow *flow)
{
    for (int i = 0; i < 2; i++) {
        enum end end = (enum end)i, peer = end_peer(end);
        const struct flow_side *side = &flow->sides[end], *other = &flow->sides[peer];
        if (side->sent_syn_ack && flow->sides[peer].sent_segment)
            return true;
        if (side->has_data && other->has_ack && flow->sequence[end].is_watched &&
            sequence_after(other->highest_ack, flow->sequence[end].first))
            return true;
    }
    return false;
}

/* The reset that counts is the first of an established connection or after a FIN; of attempts that
 * came to nothing, the first of all. */
static void note_reset(struct flow *flow, enum end sender, const struct segment *segment)
{
    struct decisive_reset *reset = &extra_of(flow)->reset;
    if (reset->time != TIME_NONE && (reset->established || reset->after_fin))
        return;
    if (reset->time != TIME_NONE && !flow_is_established(flow))
        return;
    bool is_first_segment = flow_segments(flow, END_A) + flow_segments(flow, END_B) == 0;
    int64_t idle = segment->time - flow->previous_time;
    reset->time = segment->time;
    reset->idle = is_first_segment || idle < 0 ? TIME_NONE : idle;
    reset->window = segment->reset_window;
    reset->sender = (uint8_t)sender;
    reset->answers_syn = !flow->sides[END_A].sent_segment && !flow->sides[END_B].sent_segment;
    reset->established = flow_is_established(flow);
    reset->after_fin = flow->sides[END_A].sent_fin || flow->sides[END_B].sent_fin;
    for (int i = 0; i < 2; i++)
        reset->payload_before[i] = flow->sides[i].wide[COUNTER_PAYLOAD_BYTES];
}

static void note_data(struct flow *flow, enum end sender, const struct segment *segment,
                      struct flow_change *change)
{
    struct flow_side *side = flow_side_of(flow, sender);
    uint32_t end = segment_data_end(segment);
    if (side->has_data && !sequence_after(end, side->data_end))
        return;
    side->has_data = true;
    side->data_end = end;
    side->awaits_ack = true;
    flow_side_of(flow, end_peer(sender))->awaits_ack = false;
    side->was_acked_soon = false;

    int64_t elapsed = segment->time - flow->data_time;
    if (flow->data_sender == (uint8_t)end_peer(sender) && elapsed >= 0)
        change->turnaround = elapsed;
    side->speaks_unasked |= flow->data_sender == (uint8_t)sender && elapsed >= slow_turnaround_ns();
    change->has_new_data = true;
    change->data_frame = flow->data_frame;
    flow->data_sender = (uint8_t)sender;
    flow->data_time = segment->time;
    flow->data_frame = segment->frame;
}

/* Counts the copies that the receiver got as well: it answers each by repeating its ACK. */
static void note_copies(struct flow *flow, enum end sender, const struct segment *segment)
{
    struct flow_side *side = &flow->sides[sender], *peer = &flow->sides[end_peer(sender)];
    bool repeats_ack = segment->payload == 0 && (segment->analysis & ANALYSIS_DUPLICATE_ACK) != 0;
    if (peer->sent_copy && repeats_ack && !segment->is_copy && peer->copies_answered < UINT16_MAX)
        peer->copies_answered++;
    peer->sent_copy = false;
    side->sent_copy = segment->is_copy;
    flow->has_copies |= segment->is_copy;
    if (segment->is_copy)
        count_rare(flow, sender, COUNTER_DUPLICATE_FRAMES);
}

static void note_handshake(struct flow *flow, enum end sender, const struct segment *segment,
                           struct flow_change *change)
{
    uint8_t before = flow->handshake.state;
    change->handshake_frame = flow->handshake_frame;
    if ((segment->flags & TCP_SYN) != 0)
        note_syn(flow, sender, segment);
    else if (before == HANDSHAKE_SYN)
        note_early_ack(&flow->handshake, sender, segment);
    else
        note_handshake_end(flow, sender, segment);
    change->went_on = flow->handshake.state != before;
}

struct flow_change flow_apply(struct flow *flow, enum end sender, const struct segment *segment)
{
    struct flow_side *side = flow_side_of(flow, sender);
    struct flow_side *peer = flow_side_of(flow, end_peer(sender));
    struct flow_change change = {.turnaround = TIME_NONE};

    if ((segment->flags & TCP_RST) != 0)
        note_reset(flow, sender, segment);
    else if ((segment->flags & (TCP_SYN | TCP_ACK)) == TCP_ACK && !segment->is_copy)
        side->sent_segment = true;

    count(side, COUNTER_PACKETS);
    side->wide[COUNTER_BYTES] += segment->frame_bytes;
    if ((segment->flags & (TCP_SYN | TCP_FIN | TCP_RST)) != 0)
        count_control_flags(side, segment);
    if (segment->is_copy || flow->has_copies)
        note_copies(flow, sender, segment);
    if (segment->analysis != 0)
        count_analysis(flow, sender, segment);
    note_hop_limit(side, segment);
    note_acknowledgment(flow, side, peer, segment);

    if ((segment->flags & TCP_SYN) != 0 || flow->handshake.state == HANDSHAKE_SYN ||
        flow->handshake.state == HANDSHAKE_SYN_ACK)
        note_handshake(flow, sender, segment, &change);

    if (segment->payload > 0) {
        side->wide[COUNTER_PAYLOAD_BYTES] += segment->payload;
        count(side, COUNTER_DATA_PACKETS);
        note_data(flow, sender, segment, &change);
    }

    flow->previous_time = segment->time;
    if (segment->time > flow->last_time)
        flow->last_time = segment->time;
    else if (segment->time < flow->first_time)
        flow->first_time = segment->time;
    return change;
}

static uint64_t inferred_payload(const struct flow *flow, enum end sender)
{
    const struct flow_side *visible = &flow->sides[end_peer(sender)];
    if (flow_segments(flow, sender) > 0)
        return 0;
    bool closed = visible->sent_fin && visible->ack_advance > 0;
    return visible->ack_advance - closed;
}

void flow_add_totals(const struct flow *flow, enum end sender, struct totals *totals)
{
    const struct flow_side *side = &flow->sides[sender];
    for (int i = 0; i < COUNTER_WIDE_END; i++)
        totals->count[i] += side->wide[i];
    for (int i = 0; i < COUNTER_NARROW_COUNT; i++)
        totals->count[COUNTER_WIDE_END + i] += side->narrow[i];
    if (flow->extra != NULL) {
        for (int i = 0; i < COUNTER_RARE_COUNT; i++)
            totals->count[COUNTER_NARROW_END + i] += flow->extra->rare[sender][i];
        totals->count[COUNTER_RETRANSMITTED_BYTES] += flow->extra->retransmitted_bytes[sender];
    }
    totals->count[COUNTER_INFERRED_PAYLOAD_BYTES] += inferred_payload(flow, sender);
    hop_limits_include(&totals->hop_limits, side->hop_limits);
    hop_limits_include(&totals->rst_hop_limits, side->rst_hop_limits);
}

bool flow_is_one_way(const struct flow *flow)
{
    return flow_segments(flow, END_A) == 0 || flow_segments(flow, END_B) == 0;
}

bool flow_is_unanswered(const struct flow *flow, enum end client)
{
    return flow->sides[client].sent_pure_syn && flow_segments(flow, end_peer(client)) == 0 &&
           flow_segments(flow, client) ==
               flow_counter(flow, client, COUNTER_SYN) + flow_counter(flow, client, COUNTER_RST);
}

bool flow_is_refused(const struct flow *flow, enum end client)
{
    const struct decisive_reset *reset = flow_reset(flow);
    return flow->sides[client].sent_pure_syn && !flow->sides[end_peer(client)].sent_syn_ack &&
           reset->time != TIME_NONE && reset->answers_syn &&
           (enum end)reset->sender == end_peer(client);
}
