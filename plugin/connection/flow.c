/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "connection/flow.h"

#include "connection/witness.h"
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
    flow->sides[END_A].last_time = flow->sides[END_B].last_time = segment->time;
    flow->first_syn = flow->first_syn_ack = flow->data_sender = flow->previous_sender = NO_END;
    flow->handshake.server_side = flow->handshake.client_side = TIME_NONE;
    flow->sides[END_A].least_ack = flow->sides[END_B].least_ack = UINT32_MAX;
    flow->sides[END_A].hop_limits = flow->sides[END_B].hop_limits = HOP_LIMITS_NONE;
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
    g_free(flow->extra->spans);
    g_free(flow->extra);
    flow->extra = NULL;
}

static struct flow_extra *extra_of(struct flow *flow)
{
    if (flow->extra == NULL) {
        flow->extra = g_new0(struct flow_extra, 1);
        flow->extra->reset.time = flow->extra->reset.idle = TIME_NONE;
        flow->extra->reset.quiet = flow->extra->reset.silence = TIME_NONE;
        flow->extra->rst_hop_limits[END_A] = flow->extra->rst_hop_limits[END_B] = HOP_LIMITS_NONE;
    }
    return flow->extra;
}

static struct flow_span *span_of(struct flow_extra *extra, enum end sender, enum span_kind kind)
{
    for (unsigned i = 0; i < extra->span_count; i++) {
        struct flow_span *span = &extra->spans[i];
        if (span->kind == (uint8_t)kind && span->sender == (uint8_t)sender)
            return span;
    }
    extra->spans = g_renew(struct flow_span, extra->spans, extra->span_count + 1U);
    struct flow_span *span = &extra->spans[extra->span_count++];
    *span = (struct flow_span){TIME_SPAN_EMPTY, 0, (uint8_t)kind, (uint8_t)sender};
    return span;
}

G_GNUC_NO_INLINE void flow_keep_time(struct flow *flow, enum end sender, enum span_kind kind,
                                     int64_t time)
{
    struct flow_span *span = span_of(extra_of(flow), sender, kind);
    span_add(&span->times, time);
    span->count++;
}

/* When the only SYN, or SYN-ACK, of @sender was captured, while the handshake tells it: most
 * connections need no other memory of it. ns since 1970, or TIME_NONE. */
static int64_t handshake_time(const struct flow *flow, enum end sender, enum span_kind kind)
{
    const struct handshake *handshake = &flow->handshake;
    bool is_client = sender == (enum end)handshake->client;
    int64_t syn_ack = handshake->latest;
    switch (handshake->state) {
    case HANDSHAKE_NONE: {
        bool is_lone = kind == SPAN_SYN_ACK && flow->first_syn_ack == (uint8_t)sender;
        return is_lone && syn_ack != 0 ? syn_ack : TIME_NONE;
    }
    case HANDSHAKE_SYN:
        return kind == SPAN_SYN && is_client ? handshake->latest : TIME_NONE;
    case HANDSHAKE_COMPLETE:
        syn_ack -= handshake->client_side; // fall through
    case HANDSHAKE_SYN_ACK:
        if (kind == SPAN_SYN_ACK)
            return is_client ? TIME_NONE : syn_ack;
        return kind == SPAN_SYN && is_client ? syn_ack - handshake->server_side : TIME_NONE;
    default:
        return TIME_NONE;
    }
}

uint32_t flow_add_times(const struct flow *flow, enum end sender, enum span_kind kind,
                        struct time_span *times)
{
    int64_t time = handshake_time(flow, sender, kind);
    uint32_t known = time != TIME_NONE;
    if (time != TIME_NONE)
        span_add(times, time);
    for (unsigned i = 0; flow->extra != NULL && i < flow->extra->span_count; i++) {
        const struct flow_span *span = &flow->extra->spans[i];
        if (span->kind != (uint8_t)kind || span->sender != (uint8_t)sender)
            continue;
        span_merge(times, span->times);
        known += span->count;
    }
    return known;
}

static G_GNUC_NO_INLINE void count_rare(struct flow *flow, enum end sender, enum counter counter)
{
    extra_of(flow)->rare[sender][counter - COUNTER_NARROW_END]++;
}

static G_GNUC_NO_INLINE void count_analysis(struct flow *flow, enum end sender,
                                            const struct segment *segment)
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
    if ((segment->analysis & ANALYSIS_ZERO_WINDOW) != 0)
        flow_keep_time(flow, sender, SPAN_ZERO_WINDOW, segment->time);
    if ((segment->analysis & ANALYSIS_WINDOW_FULL) != 0)
        flow_keep_time(flow, sender, SPAN_WINDOW_FULL, segment->time);
    if ((segment->analysis & ANALYSIS_ACKED_UNSEEN) != 0) {
        extra_of(flow)->unseen_frame[sender] = segment->frame;
        extra_of(flow)->unseen_time[sender] = segment->time;
    }
}

static G_GNUC_NO_INLINE void list_hop_limit(struct flow_side *side, uint8_t hop_limit)
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

/* All of them are shown, but copies have gone another way, and misfits come from elsewhere. */
static void note_hop_limit(struct flow *flow, enum end sender, const struct segment *segment)
{
    struct flow_side *side = flow_side_of(flow, sender);
    bool is_reset = (segment->flags & TCP_RST) != 0;
    bool is_known = segment->hop_limit == side->hop_list[0] && side->hop_count > 0 && !is_reset;
    if (is_known || !segment->has_hop_limit)
        return;
    struct hop_limits one = {segment->hop_limit, segment->hop_limit};
    hop_limits_include(&side->hop_limits, one);
    if (is_reset)
        hop_limits_include(&extra_of(flow)->rst_hop_limits[sender], one);
    else if (!segment->is_copy && !segment->is_misfit)
        list_hop_limit(side, segment->hop_limit);
}

/* Identifications this close are of one counter. */
static void note_identification(struct flow_side *side, const struct segment *segment)
{
    uint16_t step = identification_step(side->last_ip_id, segment->ip_id);
    if (side->last_ip_id == 0 || step == 0 || step > IP_ID_DISTANCE)
        side->ids_in_order = 0;
    else if (side->ids_in_order < IDS_IN_ORDER) {
        side->ids_in_order++;
        side->ids_swapped = step < (uint16_t)(segment->ip_id - side->last_ip_id);
    }
    side->last_ip_id = segment->ip_id;
}

/* ns since @end sent anything but a reset, or TIME_NONE. */
static int64_t silence_of(const struct flow *flow, enum end end, int64_t time)
{
    if (flow_segments(flow, end) == flow_counter(flow, end, COUNTER_RST))
        return TIME_NONE;
    return MAX(time - flow->sides[end].last_time, 0);
}

/* What fits while @peer has sent no more than SYNs: of its SYN, that alone. The first that answers
 * its SYN-ACK cannot be far behind that within a moment, since the window of a SYN is not scaled.
 */
static bool fits_attempt(const struct flow *flow, enum end peer, const struct segment *segment)
{
    const struct sequence_space *space = &flow->sequence[peer];
    const struct flow_side *side = &flow->sides[peer], *own = &flow->sides[end_peer(peer)];
    uint32_t offset = segment->acknowledged - space->first;
    if (side->sent_pure_syn && !own->has_ack)
        return offset <= space->next - space->first;
    bool is_first = side->sent_syn_ack && !own->has_ack;
    return !is_first || silence_of(flow, peer, segment->time) > WAITED_FOR_ANSWER ||
           offset <= MAX(space->next - space->first, LARGEST_UNSCALED_WINDOW);
}

/* Whether @segment can acknowledge what @peer sends. Far beyond, it is of another numbering or
 * another connection. */
static bool fits_peer(const struct flow *flow, enum end peer, const struct segment *segment)
{
    const struct sequence_space *space = &flow->sequence[peer];
    if (!space->is_watched)
        return true;
    if (!flow->sides[peer].sent_segment && !fits_attempt(flow, peer, segment))
        return false;
    return sequence_is_near(segment->acknowledged, space->next);
}

static void note_segment(struct flow_side *side, const struct segment *segment)
{
    side->sent_segment = true;
    if (segment->payload == 0 && (segment->flags & TCP_FIN) == 0)
        side->sent_pure_ack = true;
}

/* Of data that was sent again it is no less than of data sent once: it counts from the first time.
 */
static void note_ack_time(struct flow *flow, enum end end, int64_t elapsed)
{
    if (flow->acks_timed[end] < UINT8_MAX)
        flow->acks_timed[end]++;
    if ((uint64_t)elapsed < flow->sides[end].least_ack) /* a negative time is none */
        flow->sides[end].least_ack = (uint32_t)elapsed;
}

/* TAKEN BACK
 * Who has acknowledged more does not acknowledge less of what came later, unless one of the two
 * numbers is broken: then nothing is missing beyond what was captured. */
static void note_older_ack(struct flow *flow, enum end sender, const struct segment *segment)
{
    enum end peer = end_peer(sender);
    if (segment->acknowledged != flow->sides[sender].highest_ack &&
        flow->data_sender == (uint8_t)peer && flow->data_frame > flow->sides[sender].ack_frame &&
        !sequence_after(flow->sides[peer].data_end, segment->acknowledged))
        flow->sequence[peer].is_unclear = true;
}

/* How far this end's acknowledgments advanced tells how much it received of a peer that the
 * capture does not show. A SYN-ACK begins anew; a reset's number may be made up. */
static void note_acknowledgment(struct flow *flow, enum end sender, struct flow_side *side,
                                struct flow_side *peer, const struct segment *segment)
{
    if ((segment->flags & (TCP_ACK | TCP_RST)) != TCP_ACK || segment->is_misfit || segment->is_copy)
        return;
    if (!fits_peer(flow, end_peer(sender), segment)) {
        side->sent_stale_ack |=
            peer->sent_pure_syn && !side->sent_syn && (segment->flags & TCP_SYN) == 0;
        return;
    }
    if ((segment->flags & TCP_SYN) == 0)
        note_segment(side, segment);
    if (peer->awaits_ack && !sequence_after(peer->data_end, segment->acknowledged)) {
        peer->awaits_ack = false;
        int64_t elapsed = segment->time - flow->data_time;
        peer->was_acked_soon = elapsed <= LONGEST_DELAYED_ACK;
        note_ack_time(flow, end_peer(sender), elapsed);
    }
    bool begins = !side->has_ack || (segment->flags & TCP_SYN) != 0;
    if (!begins && !sequence_after(segment->acknowledged, side->highest_ack)) {
        note_older_ack(flow, sender, segment);
        return;
    }
    if (!begins)
        side->ack_advance += segment->acknowledged - side->highest_ack;
    side->has_ack = true;
    side->highest_ack = segment->acknowledged;
    side->ack_frame = segment->frame;
}

/* No times can be taken from this handshake, nor from what was seen of it. */
static void spoil(struct flow *flow)
{
    struct handshake *handshake = &flow->handshake;
    for (int i = 0; i < 2; i++) {
        int64_t syn = handshake_time(flow, (enum end)i, SPAN_SYN);
        int64_t syn_ack = handshake_time(flow, (enum end)i, SPAN_SYN_ACK);
        if (syn != TIME_NONE)
            flow_keep_time(flow, (enum end)i, SPAN_SYN, syn);
        if (syn_ack != TIME_NONE)
            flow_keep_time(flow, (enum end)i, SPAN_SYN_ACK, syn_ack);
    }
    handshake->state = HANDSHAKE_UNCLEAN;
    handshake->server_side = handshake->client_side = TIME_NONE;
}

/* Returns whether it is the one that goes on with the handshake. */
static bool note_syn_ack(struct flow *flow, const struct segment *segment)
{
    struct handshake *handshake = &flow->handshake;
    /* Fast Open (RFC 7413): the SYN's data may be acknowledged, or not. */
    if (segment->acknowledged - handshake->sequence > handshake->expected)
        return false;
    handshake->server_side = segment->time - handshake->latest;
    handshake->state = HANDSHAKE_SYN_ACK;
    handshake->latest = segment->time;
    handshake->sequence = segment->sequence + 1;
    handshake->expected = segment->acknowledged;
    if (handshake->server_side < 0)
        spoil(flow);
    return true;
}

/* Returns whether its time is kept, with the handshake. */
static bool note_syn(struct flow *flow, enum end sender, const struct segment *segment)
{
    struct handshake *handshake = &flow->handshake;
    struct flow_side *side = &flow->sides[sender], *peer = &flow->sides[end_peer(sender)];
    bool pure = (segment->flags & TCP_ACK) == 0;

    if (pure && flow->first_syn == NO_END)
        flow->first_syn = (uint8_t)sender;
    if (!pure && flow->first_syn_ack == NO_END)
        flow->first_syn_ack = (uint8_t)sender;
    if (segment->is_copy)
        return false;

    bool sent_before = side->sent_syn;
    /* With another sequence number it is another attempt, or renumbered on the way. */
    bool repeated = sent_before && !flow->sequence[sender].is_renumbered &&
                    silence_of(flow, sender, segment->time) >= LEAST_SYN_REPEAT;
    bool simultaneous = pure && peer->sent_pure_syn;
    bool answered_before_sent = pure && peer->sent_syn_ack;
    bool preceded = pure && flow_segments(flow, sender) > 1;
    side->repeated_syn |= repeated && pure && side->sent_pure_syn;
    side->repeated_syn_ack |= repeated && !pure && side->sent_syn_ack && !side->owes_syn_ack &&
                              !flow->sides[end_peer(sender)].sent_segment;
    if (pure)
        peer->owes_syn_ack |= peer->sent_syn_ack || sent_before;
    else if (sent_before)
        side->owes_syn_ack = false;
    side->sent_syn = true;
    /* No stack begins a connection with these: it is a probe. */
    bool is_probe = (segment->flags & (TCP_FIN | TCP_PSH | TCP_URG)) != 0;
    side->sent_pure_syn |= pure && !is_probe;
    side->sent_syn_ack |= !pure;

    if (segment->mss > 0)
        side->mss = segment->mss;
    flow->handshake.frame = segment->frame;
    if (sent_before || simultaneous || answered_before_sent || preceded) {
        spoil(flow);
        handshake->latest = segment->time;
        return false;
    }
    if (pure && handshake->state == HANDSHAKE_NONE) {
        handshake->state = HANDSHAKE_SYN;
        handshake->client = (uint8_t)sender;
        handshake->latest = segment->time;
        handshake->sequence = segment->sequence + 1;
        handshake->expected = segment->payload;
        return true;
    }
    if (!pure && handshake->state == HANDSHAKE_SYN && sender != handshake->client)
        return note_syn_ack(flow, segment);
    bool is_only =
        flow_counter(flow, END_A, COUNTER_SYN) + flow_counter(flow, END_B, COUNTER_SYN) == 1;
    if (is_only && !pure && handshake->state == HANDSHAKE_NONE) {
        handshake->latest = segment->time;
        return segment->time != 0;
    }
    return false;
}

/* An ACK of the client's before the SYN-ACK: they were captured in the wrong order, and what ends
 * the handshake has passed. */
static void note_early_ack(struct flow *flow, enum end sender, const struct segment *segment)
{
    bool is_client = sender == (enum end)flow->handshake.client;
    if (is_client && (segment->flags & (TCP_ACK | TCP_RST)) == TCP_ACK)
        spoil(flow);
}

static void note_handshake_end(struct flow *flow, enum end sender, const struct segment *segment)
{
    struct handshake *handshake = &flow->handshake;
    if (sender != handshake->client || (segment->flags & (TCP_ACK | TCP_RST)) != TCP_ACK ||
        segment->acknowledged != handshake->sequence ||
        (segment->sequence != handshake->expected && segment->payload == 0))
        return;
    handshake->client_side = segment->time - handshake->latest;
    handshake->state = HANDSHAKE_COMPLETE;
    handshake->latest = segment->time;
    flow->handshake.frame = segment->frame;
    if (handshake->client_side < 0)
        spoil(flow);
}

/* Whether @end answered the SYN-ACK with a reset: then nothing it sends proves the connection. */
static bool has_rejected(const struct flow *flow, enum end end)
{
    const struct decisive_reset *reset = flow_reset(flow);
    return reset->rejects_syn_ack && (enum end)reset->sender == end;
}

/* ESTABLISHED
 * A connection is proved by its handshake (a SYN-ACK, and something that acknowledges it from the
 * end that got it), or by data and an acknowledgment of it. */
bool flow_is_established(const struct flow *flow)
{
    for (int i = 0; i < 2; i++) {
        enum end end = (enum end)i, peer = end_peer(end);
        const struct flow_side *side = &flow->sides[end], *other = &flow->sides[peer];
        if (side->sent_syn_ack && other->sent_segment &&
            (side->sent_segment || !has_rejected(flow, peer)))
            return true;
        if (side->has_data && other->has_ack && flow->sequence[end].is_watched &&
            sequence_after(other->highest_ack, flow->sequence[end].first))
            return true;
    }
    return false;
}

/* Whether the peer acknowledged all that @end sent, at the latest in its @reset, or NULL. */
static bool is_all_acked(const struct flow *flow, enum end end, const struct segment *reset)
{
    const struct flow_side *side = &flow->sides[end], *peer = &flow->sides[end_peer(end)];
    if (!side->has_data || (peer->has_ack && !sequence_after(side->data_end, peer->highest_ack)))
        return true;
    return reset != NULL && (reset->flags & TCP_ACK) != 0 &&
           !sequence_after(side->data_end, reset->acknowledged);
}

/* ns for which nothing new was said before @time, or TIME_NONE. */
static int64_t quiet_until(const struct flow *flow, int64_t time)
{
    bool has_data = flow->data_sender != NO_END;
    if (!has_data && flow->handshake.state == HANDSHAKE_NONE)
        return TIME_NONE;
    int64_t latest = has_data ? flow->data_time : flow->handshake.latest;
    return time >= latest ? time - latest : TIME_NONE;
}

/* Whether @sender sent something before @reset that neither was captured nor is acknowledged. */
static bool is_ahead(const struct flow *flow, enum end sender, const struct segment *reset)
{
    const struct sequence_space *space = &flow->sequence[sender];
    const struct flow_side *peer = &flow->sides[end_peer(sender)];
    bool is_acked = peer->has_ack && !sequence_after(reset->sequence, peer->highest_ack);
    return space->is_watched && !is_acked &&
           (space->is_ahead || sequence_after(reset->sequence, space->next));
}

/* The reset that counts is the first of an established connection or after a FIN; of attempts that
 * came to nothing, the first of all. */
static void note_reset(struct flow *flow, enum end sender, const struct segment *segment)
{
    struct decisive_reset *reset = &extra_of(flow)->reset;
    if (reset->time != TIME_NONE && (reset->established || reset->after_fin))
        return;
    bool after_fin = flow->sides[END_A].sent_fin || flow->sides[END_B].sent_fin;
    if (reset->time != TIME_NONE && !flow_is_established(flow) && !after_fin)
        return;
    bool is_first_segment = flow_segments(flow, END_A) + flow_segments(flow, END_B) == 0;
    int64_t idle = segment->time - flow->previous_time;
    reset->is_first = reset->time == TIME_NONE;
    reset->time = segment->time;
    reset->idle = is_first_segment || idle < 0 ? TIME_NONE : idle;
    reset->quiet = quiet_until(flow, segment->time);
    reset->silence = silence_of(flow, sender, segment->time);
    reset->answers_data =
        flow->previous_had_data && flow->previous_sender == (uint8_t)end_peer(sender);
    reset->has_ack = (segment->flags & TCP_ACK) != 0;
    reset->peer_all_acked = is_all_acked(flow, end_peer(sender), segment);
    reset->all_acked = reset->peer_all_acked && is_all_acked(flow, sender, NULL);
    reset->last_speaker = flow->data_sender;
    reset->only_reacts =
        flow->data_sender != NO_END && flow->sides[flow->data_sender & 1].only_reacts;
    reset->window = segment->reset_window;
    reset->is_damaged = segment_is_damaged_reset(segment);
    reset->sender = (uint8_t)sender;
    reset->answers_syn = !flow->sides[END_A].sent_segment && !flow->sides[END_B].sent_segment;
    reset->rejects_syn_ack =
        flow->sides[sender].sent_pure_syn && !flow->sides[sender].sent_segment &&
        flow->sides[end_peer(sender)].sent_syn_ack && !flow->sides[end_peer(sender)].sent_segment;
    reset->established = flow_is_established(flow);
    reset->after_fin = after_fin;
    reset->is_ahead = is_ahead(flow, sender, segment);
    for (int i = 0; i < 2; i++)
        reset->payload_before[i] = flow->sides[i].wide[COUNTER_PAYLOAD_BYTES];
}

static G_GNUC_NO_INLINE void note_control_flags(struct flow *flow, enum end sender,
                                                const struct segment *segment)
{
    struct flow_side *side = &flow->sides[sender];
    if ((segment->flags & TCP_RST) != 0) {
        note_reset(flow, sender, segment);
        flow_keep_time(flow, sender, SPAN_RST, segment->time);
        count(side, COUNTER_RST);
    }
    if ((segment->flags & TCP_SYN) != 0) {
        count(side, COUNTER_SYN);
        if ((segment->flags & TCP_ACK) != 0)
            count(side, COUNTER_SYN_ACK);
    }
    if ((segment->flags & TCP_FIN) != 0) {
        count(side, COUNTER_FIN);
        side->sent_fin = true;
    }
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
    bool follows_peer = flow->data_sender == (uint8_t)end_peer(sender);
    /* Behind a reaction of its own, another one is as short; a question is longer. */
    side->only_reacts =
        segment->payload <= LONGEST_HEARTBEAT &&
        (follows_peer ? elapsed <= ANSWERED_AT_ONCE
                      : side->only_reacts && segment->payload <= flow->data_payload);
    if (follows_peer && elapsed >= 0 && !flow->is_multipath)
        change->turnaround = elapsed;
    if (elapsed >= slow_turnaround_ns() && flow->data_sender == (uint8_t)sender)
        side->speaks_unasked = true;
    change->has_new_data = true;
    change->data_frame = flow->data_frame;
    change->data_payload = flow->data_payload;
    flow->data_payload = (uint16_t)MIN(segment->payload, UINT16_MAX);
    flow->data_sender = (uint8_t)sender;
    flow->data_time = segment->time;
    flow->data_frame = segment->frame;
}

static void count_copy(struct flow *flow, enum end sender, const struct segment *segment)
{
    uint32_t *copies = extra_of(flow)->copies[sender];
    bool is_syn = (segment->flags & TCP_SYN) != 0;
    copies[COPY_SYN] += is_syn;
    copies[COPY_SYN_ACK] += is_syn && (segment->flags & TCP_ACK) != 0;
    copies[COPY_RST] += (segment->flags & TCP_RST) != 0;
    copies[COPY_DATA] += segment->payload > 0;
    copies[COPY_ZERO_WINDOW] += (segment->analysis & ANALYSIS_ZERO_WINDOW) != 0;
    copies[COPY_WINDOW_FULL] += (segment->analysis & ANALYSIS_WINDOW_FULL) != 0;
    if (flow_counter(flow, sender, COUNTER_DUPLICATE_FRAMES) >= WITNESSES_PER_KIND)
        flow_keep_time(flow, sender, SPAN_COPY, segment->time);
    count_rare(flow, sender, COUNTER_DUPLICATE_FRAMES);
}

uint64_t flow_originals(const struct flow *flow, enum end sender, enum copy_kind kind)
{
    static const enum counter counters[COPY_KINDS] = {
        [COPY_SYN] = COUNTER_SYN,
        [COPY_SYN_ACK] = COUNTER_SYN_ACK,
        [COPY_RST] = COUNTER_RST,
        [COPY_DATA] = COUNTER_DATA_PACKETS,
        [COPY_ZERO_WINDOW] = COUNTER_ZERO_WINDOWS,
        [COPY_WINDOW_FULL] = COUNTER_WINDOW_FULL,
    };
    uint64_t all = flow_counter(flow, sender, counters[kind]);
    return flow->extra != NULL ? all - flow->extra->copies[sender][kind] : all;
}

/* Counts the copies that the receiver got as well: it answers each by repeating its ACK. */
static G_GNUC_NO_INLINE void note_copies(struct flow *flow, enum end sender,
                                         const struct segment *segment)
{
    struct flow_side *side = &flow->sides[sender], *peer = &flow->sides[end_peer(sender)];
    bool repeats_ack = segment->payload == 0 && (segment->analysis & ANALYSIS_DUPLICATE_ACK) != 0;
    if (peer->sent_copy && repeats_ack && !segment->is_copy && peer->copies_answered < UINT16_MAX)
        peer->copies_answered++;
    peer->sent_copy = false;
    side->sent_copy = segment->is_copy;
    if (segment->is_copy && segment->copy_hops != 0) {
        if (side->copy_hops == 0 || ABS(segment->copy_hops) < ABS(side->copy_hops))
            side->copy_hops = segment->copy_hops;
        /* The way back leads over the same routers. */
        if (peer->copy_hops == 0)
            peer->copy_hops = segment->copy_hops;
        side->has_proved_copy |= segment->ip_id != 0;
    }
    flow->has_copies |= segment->is_copy;
    if (segment->is_copy)
        count_copy(flow, sender, segment);
}

/* OFFLOADING
 * A segment longer than what its receiver announced, or without that longer than any frame, was
 * captured before the network card cut it, or after it put it together. */
static void note_size(struct flow *flow, enum end sender, const struct segment *segment)
{
    uint32_t mss = flow->sides[end_peer(sender)].mss;
    if (segment->payload <= (mss > 0 ? mss : LARGEST_FRAME))
        return;
    struct flow_extra *extra = extra_of(flow);
    flow_keep_time(flow, sender, SPAN_OVERSIZED, segment->time);
    extra->oversized[sender]++;
    extra->oversized_copies[sender] += segment->is_copy;
    if (!segment->is_copy)
        extra->hidden_segments[sender] += (segment->payload - 1) / (mss > 0 ? mss : USUAL_MSS);
}

/* Returns whether the handshake has another state now. */
static G_GNUC_NO_INLINE bool note_handshake(struct flow *flow, enum end sender,
                                            const struct segment *segment)
{
    uint8_t before = flow->handshake.state;
    bool is_syn = (segment->flags & TCP_SYN) != 0, is_pure = (segment->flags & TCP_ACK) == 0;
    if (is_syn && !note_syn(flow, sender, segment))
        flow_keep_time(flow, sender, is_pure ? SPAN_SYN : SPAN_SYN_ACK, segment->time);
    if (!is_syn && before == HANDSHAKE_SYN)
        note_early_ack(flow, sender, segment);
    else if (!is_syn)
        note_handshake_end(flow, sender, segment);
    return flow->handshake.state != before;
}

/* What the next segment will be compared with. */
static void note_passing(struct flow *flow, enum end sender, const struct segment *segment)
{
    struct flow_side *side = flow_side_of(flow, sender);
    if (segment->ip_id != 0)
        note_identification(side, segment);
    flow->previous_sender = (uint8_t)sender;
    flow->previous_had_data = segment->payload > 0;
    /* A SYN only offers it. */
    if (segment->is_multipath && (segment->flags & (TCP_SYN | TCP_ACK)) != TCP_SYN)
        flow->is_multipath = true;
    if ((segment->flags & TCP_RST) == 0)
        side->last_time = segment->time;
}

struct flow_change flow_apply(struct flow *flow, enum end sender, const struct segment *segment)
{
    struct flow_side *side = flow_side_of(flow, sender);
    struct flow_side *peer = flow_side_of(flow, end_peer(sender));
    struct flow_change change = {.turnaround = TIME_NONE};

    if ((segment->flags & (TCP_SYN | TCP_FIN | TCP_RST)) != 0)
        note_control_flags(flow, sender, segment);
    count(side, COUNTER_PACKETS);
    side->wide[COUNTER_BYTES] += segment->frame_bytes;
    if (segment->is_copy || flow->has_copies)
        note_copies(flow, sender, segment);
    if (segment->analysis != 0)
        count_analysis(flow, sender, segment);
    note_hop_limit(flow, sender, segment);
    note_acknowledgment(flow, sender, side, peer, segment);

    if ((segment->flags & TCP_SYN) != 0 || flow->handshake.state == HANDSHAKE_SYN ||
        flow->handshake.state == HANDSHAKE_SYN_ACK) {
        change.handshake_frame = flow->handshake.frame;
        change.went_on = note_handshake(flow, sender, segment);
    }

    if (segment->payload > 0) {
        side->wide[COUNTER_PAYLOAD_BYTES] += segment->payload;
        count(side, COUNTER_DATA_PACKETS);
        note_size(flow, sender, segment);
        if (!segment->is_misfit)
            note_data(flow, sender, segment, &change);
    }

    if (segment->is_misfit)
        extra_of(flow)->misfit_ip_id[sender] = segment->ip_id;
    else if (!segment->is_copy)
        note_passing(flow, sender, segment);
    flow->previous_time = segment->time;
    if (segment->time > flow->last_time)
        flow->last_time = segment->time;
    else if (segment->time < flow->first_time) {
        flow->first_time = segment->time;
        flow->began_late = true;
    }
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
    if (flow->extra != NULL)
        hop_limits_include(&totals->rst_hop_limits, flow->extra->rst_hop_limits[sender]);
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

bool flow_is_rejected(const struct flow *flow, enum end client)
{
    const struct flow_side *asks = &flow->sides[client], *answers = &flow->sides[end_peer(client)];
    return asks->sent_pure_syn && answers->sent_syn_ack && !answers->sent_segment &&
           !asks->sent_syn_ack && !asks->repeated_syn &&
           flow_counter(flow, client, COUNTER_RST) > 0 &&
           (!asks->sent_segment || has_rejected(flow, client));
}
