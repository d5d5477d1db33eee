/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "connection/sequence.h"

#include "settings/thresholds.h"

#include <string.h>

#define FIRST_GAPS 4

static const struct sequence_trouble no_trouble = {
    .closed_since = TIME_NONE,
    .resent_time = TIME_NONE,
    .sent_before = TIME_NONE,
    .stuck_original = TIME_NONE,
};

struct pool *sequence_pool_new(void)
{
    return pool_new(2 * sizeof(struct sequence_trouble));
}

void sequence_pool_free(struct pool *pool)
{
    for (size_t i = 0; pool != NULL && i < pool->count; i++) {
        struct sequence_trouble *both = pool_at(pool, i);
        g_free(both[END_A].gaps);
        g_free(both[END_B].gaps);
    }
    pool_free(pool);
}

const struct sequence_trouble *sequence_trouble_of(const struct flow *flow, enum end sender)
{
    return flow->trouble != NULL ? &flow->trouble[sender] : &no_trouble;
}

/* The trouble of what @sender sent; a flow gets its record when it is first needed. */
static G_GNUC_NO_INLINE struct sequence_trouble *trouble_of(const struct sequence_records *records,
                                                            struct flow *flow, enum end sender)
{
    if (flow->trouble == NULL) {
        flow->trouble = pool_take(records->troubles);
        flow->trouble[END_A] = flow->trouble[END_B] = no_trouble;
    }
    return &flow->trouble[sender];
}

/* --- data --- */

static void drop_gap(struct sequence_trouble *trouble, unsigned index)
{
    trouble->gap_count--;
    memmove(&trouble->gaps[index], &trouble->gaps[index + 1],
            (trouble->gap_count - index) * sizeof trouble->gaps[0]);
}

static bool is_acknowledged(const struct flow *flow, enum end sender, uint32_t end)
{
    const struct flow_side *peer = &flow->sides[end_peer(sender)];
    return peer->has_ack && !sequence_after(end, peer->highest_ack);
}

/* Makes room for one more gap. Returns how many places all others have moved down for it. */
static unsigned make_room(struct sequence_trouble *trouble)
{
    if (trouble->gap_count == SEQUENCE_GAPS) {
        uint32_t end = trouble->gaps[0].end;
        if (!trouble->gave_up_gaps || sequence_after(end, trouble->given_up_end))
            trouble->given_up_end = end;
        trouble->gave_up_gaps = true;
        drop_gap(trouble, 0);
        return 1;
    }
    if (trouble->gap_count == trouble->gap_room) {
        trouble->gap_room = (uint16_t)MAX(trouble->gap_room * 2, FIRST_GAPS);
        trouble->gaps = g_renew(struct gap, trouble->gaps, trouble->gap_room);
    }
    return 0;
}

static G_GNUC_NO_INLINE void open_gap(struct sequence_trouble *trouble, uint32_t start,
                                      const struct segment *segment)
{
    make_room(trouble);
    trouble->gaps[trouble->gap_count++] = (struct gap){.start = start,
                                                       .end = segment->sequence,
                                                       .opening_frame = segment->frame,
                                                       .opening_ip_id = segment->ip_id,
                                                       .opened = segment->time};
}

/* Splits gap number @index at what [start, end) covers in its middle. */
static void split_gap(struct sequence_trouble *trouble, unsigned index, uint32_t start,
                      uint32_t end)
{
    struct gap tail = trouble->gaps[index];
    tail.start = end;
    trouble->gaps[index].end = start;
    unsigned place = index + 1 - make_room(trouble);
    memmove(&trouble->gaps[place + 1], &trouble->gaps[place],
            (trouble->gap_count - place) * sizeof trouble->gaps[0]);
    trouble->gaps[place] = tail;
    trouble->gap_count++;
}

/* Takes what [start, end) covers out of the gaps. Returns whether it covered any, and the oldest of
 * these as it was in *@filled. */
static bool fill_gaps(struct sequence_trouble *trouble, uint32_t start, uint32_t end,
                      struct gap *filled)
{
    bool any = false;
    for (unsigned i = trouble->gap_count; i-- > 0;) {
        struct gap *gap = &trouble->gaps[i];
        if (!sequence_after(end, gap->start) || !sequence_after(gap->end, start))
            continue;
        any = true;
        *filled = *gap;
        bool head_stays = sequence_after(start, gap->start);
        bool tail_stays = sequence_after(gap->end, end);
        if (head_stays && tail_stays) {
            split_gap(trouble, i, start, end);
            break; /* gaps do not overlap */
        }
        if (head_stays)
            gap->end = start;
        else if (tail_stays)
            gap->start = end;
        else
            drop_gap(trouble, i);
    }
    return any;
}

/* REORDERING
 * A segment that fills a gap was overtaken, not sent again, if its IPv4 identification shows that
 * it was sent before the one that opened the gap. Where identifications tell nothing (IPv6, 0,
 * random ones), it was overtaken if it came before the receiver's complaint could have reached the
 * sender: within three quarters of the handshake's round trip, which may have been slower. */
static bool is_reordering(const struct flow *flow, enum end sender, const struct gap *gap,
                          const struct segment *segment)
{
    if (gap->opening_ip_id != 0 && segment->ip_id != 0) {
        int distance = (int16_t)(segment->ip_id - gap->opening_ip_id);
        if (distance != 0 && ABS(distance) < IP_ID_DISTANCE)
            return distance < 0;
    }
    /* Only a timeout repeats what the receiver did not ask for. */
    const struct flow_side *peer = &flow->sides[end_peer(sender)];
    bool complained = sequence_trouble_of(flow, sender)->answer_frame > gap->opening_frame;
    if (peer->has_ack && !complained && segment->time - gap->opened < LEAST_TIMEOUT)
        return true;
    int64_t limit = REORDERING_WITHOUT_RTT;
    if (flow->handshake.state == HANDSHAKE_COMPLETE)
        limit = span_sum(flow->handshake.server_side, flow->handshake.client_side) / 4 * 3;
    return segment->time - gap->opened < limit;
}

/* Where it is counted how many segments of @kind were sent again. */
static uint32_t *counter_of(struct sequence_trouble *trouble, enum witness_kind kind)
{
    switch (kind) {
    case WITNESS_RESENT_CAPTURED:
        return &trouble->resent_captured;
    case WITNESS_RESENT_MISSING:
        return &trouble->resent_missing;
    case WITNESS_RESENT_ACKED:
        return &trouble->resent_acked;
    default:
        return &trouble->resent_doubtful;
    }
}

/* Where the times of those are kept for which the log of witnesses has no room. */
static enum span_kind span_of_repeats(enum witness_kind kind)
{
    switch (kind) {
    case WITNESS_RESENT_CAPTURED:
        return SPAN_RESENT_CAPTURED;
    case WITNESS_RESENT_MISSING:
        return SPAN_RESENT_MISSING;
    case WITNESS_RESENT_ACKED:
        return SPAN_RESENT_ACKED;
    default:
        return SPAN_RESENT_DOUBTFUL;
    }
}

static bool is_loss(enum witness_kind kind)
{
    return kind == WITNESS_RESENT_CAPTURED || kind == WITNESS_RESENT_MISSING;
}

/* Segments on the wire that @segment was, or becomes: offloading makes one of several. */
static uint16_t wire_segments(const struct flow *flow, enum end sender,
                              const struct segment *segment)
{
    uint32_t mss = flow->sides[end_peer(sender)].mss;
    if (segment->payload <= (mss > 0 ? mss : LARGEST_FRAME))
        return 1;
    return (uint16_t)MIN((segment->payload - 1) / (mss > 0 ? mss : USUAL_MSS) + 1, UINT16_MAX);
}

/* What has been acknowledged is no longer compared: numbers wrap around in long connections. */
static bool is_highest_resent(const struct flow *flow, enum end sender, uint32_t sequence)
{
    const struct sequence_trouble *trouble = &flow->trouble[sender];
    const struct flow_side *receiver = &flow->sides[end_peer(sender)];
    return trouble->resent_captured == 0 || sequence_after(sequence, trouble->resent_highest) ||
           (receiver->has_ack && sequence_after(receiver->highest_ack, trouble->resent_highest));
}

static void count_resent(const struct sequence_records *records, struct flow *flow, enum end sender,
                         enum witness_kind kind, const struct segment *segment)
{
    if (segment->payload == 0)
        return; /* a FIN alone: a retry, but no loss of data */
    struct sequence_trouble *trouble = &flow->trouble[sender];
    if (kind == WITNESS_RESENT_CAPTURED && is_highest_resent(flow, sender, segment->sequence))
        trouble->resent_highest = segment->sequence;
    struct witness witness = {flow->number,  segment->frame,  segment->sequence,
                              (uint8_t)kind, (uint8_t)sender, wire_segments(flow, sender, segment),
                              segment->time};
    if ((*counter_of(trouble, kind))++ < WITNESSES_PER_KIND) {
        witness_log_add(records->witnesses, witness);
    } else {
        witness_log_add_more(records->witnesses, witness);
        flow_keep_time(flow, sender, span_of_repeats(kind), segment->time);
    }
}

/* When the data of @segment, which repeats some of @sender, was captured first: known of the latest
 * new data. ns since 1970, or TIME_NONE. */
static int64_t original_time(const struct flow *flow, enum end sender,
                             const struct segment *segment)
{
    const struct flow_side *side = &flow->sides[sender];
    bool is_latest = segment->payload > 0 && flow->data_sender == (uint8_t)sender &&
                     segment_data_end(segment) == side->data_end &&
                     flow->data_payload == MIN(segment->payload, UINT16_MAX);
    return is_latest ? flow->data_time : TIME_NONE;
}

/* A segment stays stuck while it is the first that the peer has not acknowledged. */
static void note_retry(const struct flow *flow, enum end sender, struct sequence_trouble *trouble,
                       const struct segment *segment)
{
    const struct flow_side *peer = &flow->sides[end_peer(sender)];
    if (trouble->stuck_sends > 0 && trouble->stuck_sequence == segment->sequence) {
        trouble->stuck_sends++;
        span_add(&trouble->stuck_times, segment->time);
    } else if (!peer->has_ack || peer->highest_ack == segment->sequence) {
        trouble->stuck_sequence = segment->sequence;
        trouble->stuck_sends = 2;
        trouble->stuck_frame = segment->frame;
        trouble->stuck_copies = 0;
        trouble->stuck_original = original_time(flow, sender, segment);
        trouble->stuck_times = (struct time_span){segment->time, segment->time};
        trouble->stuck_answered = trouble->stuck_peer_repeats = false;
    } else {
        return;
    }
    trouble->stuck_payload = segment->payload;
}

/* ns from data of @sender to its acknowledgment, as the handshake tells; 0 where it does not. */
static int64_t handshake_time_of(const struct flow *flow, enum end sender)
{
    const struct handshake *handshake = &flow->handshake;
    if (handshake->state != HANDSHAKE_COMPLETE)
        return 0;
    return (enum end)handshake->client == sender ? handshake->server_side : handshake->client_side;
}

/* TOO SOON
 * In fewer ns than this no acknowledgment can answer what @sender has just sent; 0 where nothing
 * tells. The handshake may have been slower than the path is, and receivers may wait before they
 * acknowledge data: both together tell more than one of them, and so do many acknowledgments. */
static int64_t soonest_answer(const struct flow *flow, enum end sender)
{
    int64_t handshake = handshake_time_of(flow, sender), data = flow->sides[sender].least_ack;
    if (data == UINT32_MAX)
        return handshake < LEAST_ROUND_TRIP ? 0 : handshake / 2;
    if (flow->acks_timed[sender] >= MANY_ACKS)
        data = handshake > 0 ? MIN(handshake, data) : data;
    else
        data = handshake < LEAST_ROUND_TRIP ? 0 : MIN(handshake, data);
    return data < LEAST_MEASURED_TIME ? 0 : data / 4 * 3;
}

/* Whether an acknowledgment @elapsed ns after the latest repeat of @sender answers what was sent
 * before: it comes too soon for the repeat, and not absurdly late for the other. */
static bool answers_earlier(const struct flow *flow, enum end sender, int64_t elapsed)
{
    const struct sequence_trouble *trouble = &flow->trouble[sender];
    int64_t usual = handshake_time_of(flow, sender);
    if (flow->sides[sender].least_ack != UINT32_MAX)
        usual = MAX(usual, flow->sides[sender].least_ack);
    if (elapsed < 0 || elapsed >= soonest_answer(flow, sender))
        return false;
    return trouble->sent_before == TIME_NONE ||
           trouble->resent_time + elapsed - trouble->sent_before <=
               MAX(usual * SLOWEST_PATH, LONGEST_DELAYED_ACK);
}

/* Whether the peer's latest SACK says that it has [@start, @end). */
static bool is_sacked(const struct sequence_trouble *trouble, uint32_t start, uint32_t end)
{
    for (unsigned i = 0; i < trouble->sack_ranges; i++) {
        if (!sequence_after(trouble->sack_left[i], start) &&
            !sequence_after(end, trouble->sack_right[i]))
            return true;
    }
    return false;
}

/* SENT TOO SOON
 * Who repeats its latest data before anybody could have told it of a loss, and before any timer,
 * had sent the first one long before: that was late, and not lost where it was captured. */
static bool is_too_soon(const struct flow *flow, enum end sender, const struct segment *segment)
{
    const struct handshake *handshake = &flow->handshake;
    int64_t elapsed = segment->time - flow->data_time, limit = SOONEST_REPEAT;
    if (handshake->state == HANDSHAKE_COMPLETE)
        limit = MAX(span_sum(handshake->server_side, handshake->client_side) / 4 * 3, limit);
    return flow->data_sender == (uint8_t)sender &&
           segment->sequence + segment_length(segment) == flow->sequence[sender].next &&
           elapsed > 0 /* the clock tells them apart */ && elapsed < MIN(limit, LEAST_TIMEOUT);
}

/* SENT AGAIN
 * What fills a gap, unless it was overtaken, is a retransmission of something lost before the
 * capture point. What repeats captured bytes was lost behind it, or its acknowledgment was. What
 * repeats bytes that an ACK or a SACK says have arrived was sent again in vain. */
static enum witness_kind kind_of_repeat(const struct flow *flow, enum end sender, bool filled,
                                        const struct segment *segment)
{
    uint32_t start = segment->sequence, end = start + segment_length(segment);
    uint32_t next = flow->sequence[sender].next;
    uint32_t repeated_end = sequence_after(end, next) ? next : end;
    if (is_acknowledged(flow, sender, repeated_end) ||
        is_sacked(&flow->trouble[sender], start, repeated_end))
        return WITNESS_RESENT_ACKED;
    if (filled)
        return WITNESS_RESENT_MISSING;
    return is_too_soon(flow, sender, segment) ? WITNESS_RESENT_DOUBTFUL : WITNESS_RESENT_CAPTURED;
}

static G_GNUC_NO_INLINE void note_old_data(const struct sequence_records *records,
                                           struct flow *flow, enum end sender,
                                           const struct segment *segment)
{
    const struct sequence_trouble *peer =
        flow->trouble != NULL ? &flow->trouble[end_peer(sender)] : NULL;
    bool is_probe = peer != NULL && peer->closed_since != TIME_NONE && segment->payload <= 1;
    if (is_probe)
        return;

    struct sequence_trouble *trouble = trouble_of(records, flow, sender);
    uint32_t start = segment->sequence, end = start + segment_length(segment);
    struct gap gap = {0};
    bool is_known = !trouble->gave_up_gaps || !sequence_after(trouble->given_up_end, start);
    bool filled = fill_gaps(trouble, start, end, &gap);
    if (filled && is_reordering(flow, sender, &gap, segment))
        return;
    if (trouble->resent_time == TIME_NONE ||
        segment->time - trouble->resent_time >= soonest_answer(flow, sender))
        trouble->burst_frame = segment->frame;
    if (trouble->resent_time != TIME_NONE && trouble->resent_end == end)
        trouble->sent_before = trouble->resent_time;
    else if (flow->data_sender == (uint8_t)sender && end == flow->sequence[sender].next)
        trouble->sent_before = flow->data_time;
    else
        trouble->sent_before = TIME_NONE;
    trouble->resent_time = segment->time;
    trouble->resent_end = end;
    if (!filled && !is_known)
        return;
    enum witness_kind kind = kind_of_repeat(flow, sender, filled, segment);
    count_resent(records, flow, sender, kind, segment);
    if (kind == WITNESS_RESENT_CAPTURED)
        note_retry(flow, sender, trouble, segment);
}

/* NOTHING CAN BE MISSING
 * Where the end counts its packets, the identifications tell how many lie between two of them. If
 * too few for the bytes that were passed over, these were never sent so: another numbering. What
 * was sent again since the last new data may have come behind what is missing. */
static bool may_miss(const struct flow *flow, enum end sender, uint32_t bytes,
                     const struct segment *segment)
{
    const struct flow_side *side = &flow->sides[sender];
    uint16_t step = identification_step(side->last_ip_id, segment->ip_id);
    if (segment->ip_id == 0 || side->last_ip_id == 0 || step == 0 || step > IP_ID_DISTANCE)
        return true;
    int64_t resent = sequence_trouble_of(flow, sender)->resent_time;
    if (resent != TIME_NONE && (flow->data_sender != (uint8_t)sender || resent >= flow->data_time))
        return true;
    return bytes <= (step - 1U) * (uint32_t)UINT16_MAX;
}

/* A SYN-ACK that acknowledges the SYN alone leaves what came with it (TCP Fast Open, RFC 7413): it
 * will be sent once more, and nothing was lost. */
static void forget_data_of_syn(struct flow *flow, enum end peer, const struct segment *segment)
{
    bool is_syn_ack = (segment->flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK);
    struct sequence_space *space = &flow->sequence[peer];
    if (is_syn_ack && space->is_watched && !flow->sides[peer].sent_segment &&
        segment->acknowledged == space->first)
        space->next = space->first;
}

/* In a file whose frames are not in the order of time, a SYN may stand behind what followed it. */
static bool is_late_syn(const struct flow *flow, enum end sender, const struct segment *segment)
{
    const struct sequence_space *space = &flow->sequence[sender];
    return segment->time < flow->first_time &&
           space->next - segment->sequence <= LARGEST_WINDOW_STEP;
}

static G_GNUC_NO_INLINE void begin_watch(struct flow *flow, enum end sender,
                                         const struct segment *segment)
{
    struct sequence_space *space = &flow->sequence[sender];
    bool is_syn = (segment->flags & TCP_SYN) != 0;
    forget_data_of_syn(flow, end_peer(sender), segment);
    space->is_renumbered = is_syn && space->is_watched && segment->sequence + 1 != space->first;
    space->is_watched = true;
    space->first = segment->sequence + is_syn;
    space->next = is_syn ? segment_data_end(segment) : segment->sequence;
    if (is_syn && flow->trouble != NULL) {
        flow->trouble[sender].gap_count = 0;
        flow->trouble[sender].gave_up_gaps = false;
    }
}

/* A keep-alive (RFC 9293 section 3.8.4) repeats the byte before the next one, or none. Where that
 * byte was sent alone and is not acknowledged, it is sent again. */
static bool is_keep_alive(const struct flow *flow, enum end sender, const struct segment *segment)
{
    const struct sequence_space *space = &flow->sequence[sender];
    bool is_repeat =
        segment->payload == 1 && flow->data_payload == 1 && flow->data_sender == (uint8_t)sender &&
        flow->sides[end_peer(sender)].has_ack && !is_acknowledged(flow, sender, space->next);
    return !is_repeat && segment->payload <= 1 && (segment->flags & TCP_FIN) == 0 &&
           segment->sequence == space->next - 1;
}

static G_GNUC_NO_INLINE void note_probe(struct sequence_trouble *trouble,
                                        const struct segment *segment)
{
    bool is_first = trouble->probes++ == 0;
    if (is_first)
        trouble->probe_times = TIME_SPAN_EMPTY;
    span_add(&trouble->probe_times, segment->time);
    if (!is_first)
        return;
    trouble->probe_frame = segment->frame;
    trouble->probe_copies = 0;
}

static void note_size(struct sequence_space *space, const struct segment *segment)
{
    if (segment->payload <= space->largest_payload)
        return;
    space->largest_payload = segment->payload;
    space->largest_sequence = segment->sequence;
}

/* Notes @segment if it comes in its turn, as nearly all do. Returns whether it does. */
static bool note_in_turn(struct flow *flow, enum end sender, const struct segment *segment)
{
    struct sequence_space *space = &flow->sequence[sender];
    if (segment->sequence != space->next || !space->is_watched || (segment->flags & TCP_SYN) != 0)
        return false;
    uint32_t length = segment_length(segment);
    if (length == 0)
        return true;
    if (flow->trouble != NULL)
        flow->trouble[sender].probes = 0;
    note_size(space, segment);
    space->next += length;
    return true;
}

static G_GNUC_NO_INLINE void note_out_of_turn(const struct sequence_records *records,
                                              struct flow *flow, enum end sender,
                                              const struct segment *segment)
{
    struct sequence_space *space = &flow->sequence[sender];
    bool is_syn = (segment->flags & TCP_SYN) != 0;
    if (!space->is_watched ||
        (is_syn && segment->sequence + 1 != space->first && !is_late_syn(flow, sender, segment)))
        begin_watch(flow, sender, segment);
    if (note_in_turn(flow, sender, segment)) /* what begins without a SYN is in turn now */
        return;
    uint32_t length = segment_length(segment);
    if (!is_syn && is_keep_alive(flow, sender, segment)) {
        /* What probes a closed window asks for something else. */
        if (sequence_trouble_of(flow, end_peer(sender))->closed_since == TIME_NONE)
            note_probe(trouble_of(records, flow, sender), segment);
        return;
    }
    int32_t step = (int32_t)(segment->sequence - space->next);
    if (length == 0 && step > 0 && step <= LARGEST_WINDOW_STEP)
        space->is_ahead |= may_miss(flow, sender, (uint32_t)step, segment);
    if (length == 0 || is_syn)
        return;
    if (flow->trouble != NULL)
        flow->trouble[sender].probes = 0;

    if (!sequence_is_near(segment->sequence, space->next)) {
        space->is_unclear = true; /* another connection on the same ports, or a broken number */
        return;
    }
    uint32_t end = segment->sequence + length;
    note_size(space, segment);
    if (sequence_after(segment->sequence, space->next) && !space->is_ahead &&
        !may_miss(flow, sender, segment->sequence - space->next, segment)) {
        space->is_unclear = true;
    } else if (sequence_after(segment->sequence, space->next)) {
        open_gap(trouble_of(records, flow, sender), space->next, segment);
        space->next = end;
        space->is_ahead = false;
    } else if (sequence_after(space->first, segment->sequence)) {
        return; /* from before the capture: nothing to compare with */
    } else if (space->next - segment->sequence == 1 && sequence_after(end, space->next)) {
        space->next = end; /* takes up the byte of a window probe or keep-alive */
    } else {
        note_old_data(records, flow, sender, segment);
        if (sequence_after(end, space->next))
            space->next = end;
    }
}

/* --- what the other end answers --- */

/* Latest witnesses that are searched for the one that an acknowledgment tells of: it follows soon.
 */
#define LOOK_BACK (4 * WITNESSES_PER_KIND)

/* Whether @witness is of data of @sender that was sent again, as far as is known because it was
 * lost; with @doubtful, also if that is not known. */
static bool is_loss_of(const struct witness *witness, const struct flow *flow, enum end sender,
                       bool doubtful)
{
    enum witness_kind kind = (enum witness_kind)witness->kind;
    return (is_loss(kind) || (doubtful && kind == WITNESS_RESENT_DOUBTFUL)) &&
           witness->flow == flow->number && witness->end == (uint8_t)sender;
}

/* What was taken for something else is @kind. @index is its number in the log. */
static void change_kind(const struct sequence_records *records, struct sequence_trouble *trouble,
                        guint index, enum witness_kind kind)
{
    (*counter_of(trouble, (enum witness_kind)witness_log_at(records->witnesses, index)->kind))--;
    (*counter_of(trouble, kind))++;
    witness_log_set_kind(records->witnesses, index, kind);
}

/* Data that arrived twice was sent again in vain (D-SACK, RFC 2883: the first block lies below the
 * acknowledgment number). */
static void note_duplicate_sack(const struct sequence_records *records, struct flow *flow,
                                enum end sender, const struct segment *segment)
{
    uint32_t left = segment->sack_left[0], right = segment->sack_right[0];
    bool below_ack = !sequence_after(right, segment->acknowledged);
    bool inside_next = segment->sack_ranges > 1 && !sequence_after(segment->sack_left[1], left) &&
                       !sequence_after(right, segment->sack_right[1]);
    if (!(below_ack || inside_next) || !sequence_after(right, left))
        return;
    struct sequence_trouble *trouble = &flow->trouble[end_peer(sender)];
    for (guint i = records->witnesses->all->len, seen = 0; i-- > 0 && seen < LOOK_BACK; seen++) {
        const struct witness *witness = witness_log_at(records->witnesses, i);
        if (!is_loss_of(witness, flow, end_peer(sender), true) ||
            sequence_after(left, witness->value) || !sequence_after(right, witness->value))
            continue;
        right = witness->value; /* one range may tell of several segments, each once */
        change_kind(records, trouble, i, WITNESS_RESENT_ACKED);
        if (right == left)
            return;
    }
}

/* A SACK of less than the peer's largest segment: something small has passed, out of order. */
static void note_small_sack(struct flow *flow, enum end sender, const struct segment *segment)
{
    uint32_t bytes = segment->sack_right[0] - segment->sack_left[0];
    if (bytes >= flow->sequence[end_peer(sender)].largest_payload ||
        !sequence_after(segment->sack_left[0], segment->acknowledged))
        return;
    flow->sequence[sender].sent_small_sack = true;
    flow->sequence[sender].sack_edge = segment->acknowledged;
}

/* Of the latest losses of @sender, @count are not known to be some. */
static void doubt_losses(const struct sequence_records *records, struct flow *flow, enum end sender,
                         uint32_t count)
{
    guint i = records->witnesses->all->len;
    for (guint seen = 0; count > 0 && i-- > 0 && seen < LOOK_BACK; seen++) {
        if (!is_loss_of(witness_log_at(records->witnesses, i), flow, sender, false))
            continue;
        change_kind(records, &flow->trouble[sender], i, WITNESS_RESENT_DOUBTFUL);
        count--;
    }
}

/* An ACK that repeats itself though nothing is outstanding answers a segment that was not needed
 * (RFC 9293 section 3.10.7.4): of a receiver without D-SACK it says the same. */
static void note_idle_duplicate_ack(const struct sequence_records *records, struct flow *flow,
                                    enum end sender, const struct segment *segment)
{
    const struct sequence_space *peer_space = &flow->sequence[end_peer(sender)];
    struct sequence_trouble *trouble = &flow->trouble[end_peer(sender)];
    if ((segment->analysis & ANALYSIS_DUPLICATE_ACK) == 0 || segment->sack_ranges > 0 ||
        !peer_space->is_watched || segment->acknowledged != peer_space->next ||
        flow->sides[END_A].sent_fin || flow->sides[END_B].sent_fin ||
        trouble->resent_captured + trouble->resent_missing == 0 ||
        segment->time - trouble->resent_time > NS_PER_SECOND)
        return;
    doubt_losses(records, flow, end_peer(sender), 1);
}

/* NOTHING BEHIND IT
 * A receiver without SACK repeats its ACK for each segment that comes before its turn, and for each
 * that comes once more. In the first case it has data behind the gap, and the ACK for what fills
 * the gap covers more than that. If the ACKs go on step by step until all of it is acknowledged, it
 * had nothing there: as many repeats were in vain. */
static void note_repeated_ack(const struct sequence_records *records, struct flow *flow,
                              enum end sender, const struct segment *segment)
{
    struct sequence_trouble *trouble = &flow->trouble[end_peer(sender)];
    const struct sequence_space *data = &flow->sequence[end_peer(sender)];
    const struct flow_side *side = &flow->sides[sender];
    if (trouble->resent_time == TIME_NONE || (segment->flags & TCP_ACK) == 0 || !side->has_ack)
        return;
    if ((segment->analysis & ANALYSIS_DUPLICATE_ACK) != 0) {
        if (segment->acknowledged != side->highest_ack || segment->acknowledged == data->next)
            return;
        if (trouble->repeated_acks++ == 0)
            trouble->repeated_until = data->next;
        return;
    }
    if (trouble->repeated_acks == 0 || !sequence_after(segment->acknowledged, side->highest_ack))
        return;
    bool covers_more = segment->acknowledged - side->highest_ack > data->largest_payload ||
                       sequence_after(segment->acknowledged, trouble->resent_end);
    bool is_all = !sequence_after(trouble->repeated_until, segment->acknowledged);
    if (!covers_more && is_all)
        doubt_losses(records, flow, end_peer(sender), trouble->repeated_acks);
    if (covers_more || is_all)
        trouble->repeated_acks = 0;
}

/* Every repeat of what begins at @sequence but the one at @index is not known to be a loss. */
static void doubt_others(const struct sequence_records *records, struct flow *flow, enum end sender,
                         uint32_t sequence, guint index)
{
    for (guint seen = 0; index-- > 0 && seen < LOOK_BACK; seen++) {
        const struct witness *witness = witness_log_at(records->witnesses, index);
        if (is_loss_of(witness, flow, sender, false) && witness->value == sequence)
            change_kind(records, &flow->trouble[sender], index, WITNESS_RESENT_DOUBTFUL);
    }
}

/* NOT LOST
 * An acknowledgment that comes sooner after a repeat than the path takes is one of the original
 * (Ludwig and Katz, "The Eifel Algorithm", 2000), or of an earlier repeat: this one was in vain. */
static void note_early_ack(const struct sequence_records *records, struct flow *flow,
                           enum end sender, const struct segment *segment)
{
    struct sequence_trouble *trouble = &flow->trouble[end_peer(sender)];
    for (guint i = records->witnesses->all->len, seen = 0; i-- > 0 && seen < LOOK_BACK; seen++) {
        const struct witness *witness = witness_log_at(records->witnesses, i);
        if (witness->kind == WITNESS_RESENT_MISSING ||
            !is_loss_of(witness, flow, end_peer(sender), true))
            continue;
        if (witness->frame >= trouble->burst_frame &&
            sequence_after(segment->acknowledged, witness->value)) {
            uint32_t sequence = witness->value;
            change_kind(records, trouble, i, WITNESS_RESENT_ACKED);
            doubt_others(records, flow, end_peer(sender), sequence, i);
        }
        return;
    }
}

/* NOT KNOWN
 * A receiver acknowledges what it gets within half a second (RFC 9293 section 3.8.6.3). An
 * acknowledgment that comes later answers none of the repeats: the receiver slept, or something
 * held back what was sent, or the ACKs before it were not captured. */
static void note_late_ack(const struct sequence_records *records, struct flow *flow,
                          enum end sender, const struct segment *segment)
{
    const struct flow_side *side = &flow->sides[sender];
    struct sequence_trouble *trouble = &flow->trouble[end_peer(sender)];
    /* This saves the search for all that is acknowledged later. */
    if (trouble->resent_captured == 0 ||
        (side->has_ack && sequence_after(side->highest_ack, trouble->resent_highest)))
        return;
    for (guint i = records->witnesses->all->len, seen = 0; i-- > 0 && seen < LOOK_BACK; seen++) {
        const struct witness *witness = witness_log_at(records->witnesses, i);
        if (witness->kind == WITNESS_RESENT_CAPTURED &&
            is_loss_of(witness, flow, end_peer(sender), false) &&
            sequence_after(segment->acknowledged, witness->value) &&
            !(side->has_ack && sequence_after(side->highest_ack, witness->value)))
            change_kind(records, trouble, i, WITNESS_RESENT_DOUBTFUL);
    }
}

/* What the time tells at which an acknowledgment comes after the latest repeat. */
static void note_ack_of_repeat(const struct sequence_records *records, struct flow *flow,
                               enum end sender, const struct segment *segment)
{
    const struct sequence_trouble *trouble = &flow->trouble[end_peer(sender)];
    if (trouble->resent_time == TIME_NONE || (segment->flags & TCP_ACK) == 0)
        return;
    int64_t elapsed = segment->time - trouble->resent_time;
    int64_t handshake = handshake_time_of(flow, end_peer(sender));
    int64_t latest = LONGEST_DELAYED_ACK + (handshake > 0 ? handshake : LONGEST_ROUND_TRIP);
    if (answers_earlier(flow, end_peer(sender), elapsed))
        note_early_ack(records, flow, sender, segment);
    else if (elapsed > latest)
        note_late_ack(records, flow, sender, segment);
}

static void note_sack(struct sequence_trouble *trouble, const struct segment *segment)
{
    trouble->sack_ranges = segment->sack_ranges;
    for (unsigned i = 0; i < segment->sack_ranges; i++) {
        trouble->sack_left[i] = segment->sack_left[i];
        trouble->sack_right[i] = segment->sack_right[i];
    }
}

static G_GNUC_NO_INLINE void note_answer(const struct sequence_records *records, struct flow *flow,
                                         enum end sender, const struct segment *segment)
{
    struct sequence_trouble *answered = &flow->trouble[end_peer(sender)];
    const struct flow_side *side = &flow->sides[sender];
    answered->answer_frame = segment->frame;
    if ((segment->flags & TCP_ACK) != 0 &&
        (!side->has_ack || sequence_after(segment->acknowledged, side->highest_ack))) {
        answered->ack_frame = segment->frame;
        answered->ack_time = segment->time;
    }
    answered->probes = 0;
    if (answered->stuck_sends > 0) {
        answered->stuck_answered = true;
        /* Whoever repeats its own data got no acknowledgment: nothing small passes either. */
        uint32_t end = segment->sequence + segment_length(segment);
        answered->stuck_peer_repeats |= segment->has_length && segment->payload > 0 &&
                                        !sequence_after(end, flow->sequence[sender].next);
        if ((segment->flags & TCP_ACK) != 0 &&
            sequence_after(segment->acknowledged, answered->stuck_sequence))
            answered->stuck_sends = 0;
    }
    note_ack_of_repeat(records, flow, sender, segment);
    if (segment->sack_ranges > 0) {
        note_sack(answered, segment);
        note_duplicate_sack(records, flow, sender, segment);
    } else {
        note_repeated_ack(records, flow, sender, segment);
        note_idle_duplicate_ack(records, flow, sender, segment);
    }
}

static void note_open_window(struct sequence_trouble *trouble, const struct segment *segment)
{
    if (trouble->closed_since != TIME_NONE && segment->time > trouble->closed_since)
        trouble->closed_time =
            span_sum(trouble->closed_time, segment->time - trouble->closed_since);
    trouble->closed_since = TIME_NONE;
}

/* Only what was open can close; and once the peer has nothing more to send, nobody waits. */
static G_GNUC_NO_INLINE void note_closed_window(const struct sequence_records *records,
                                                struct flow *flow, enum end sender,
                                                const struct segment *segment)
{
    bool advertises = (segment->flags & (TCP_SYN | TCP_ACK | TCP_FIN)) == TCP_ACK;
    if (!advertises || !flow->sequence[sender].had_window || flow->sides[end_peer(sender)].sent_fin)
        return;
    struct sequence_trouble *trouble = trouble_of(records, flow, sender);
    if (trouble->closed_since == TIME_NONE)
        trouble->closed_since = segment->time;
}

static void note_window(const struct sequence_records *records, struct flow *flow, enum end sender,
                        const struct segment *segment)
{
    if (segment->window == 0) {
        note_closed_window(records, flow, sender, segment);
        return;
    }
    flow->sequence[sender].had_window = true;
    if (flow->trouble != NULL)
        note_open_window(&flow->trouble[sender], segment);
}

/* RENUMBERED
 * SACK ranges of another numbering than the acknowledgment number beside them: a box on the way
 * renumbers and forgets the options. What arrived twice (D-SACK) lies near. */
static void note_odd_sack(struct flow *flow, enum end sender, const struct segment *segment)
{
    const struct sequence_space *peer = &flow->sequence[end_peer(sender)];
    for (unsigned i = 0; i < segment->sack_ranges; i++) {
        if (sequence_is_near(segment->sack_left[i], peer->next))
            return;
    }
    if (peer->is_watched && sequence_is_near(segment->acknowledged, peer->next))
        flow->trouble[end_peer(sender)].odd_sacks++;
}

void sequence_note_copy(struct flow *flow, enum end sender, const struct segment *segment)
{
    if (flow->trouble == NULL || (segment->flags & TCP_RST) != 0)
        return;
    struct sequence_trouble *trouble = &flow->trouble[sender];
    bool has_fin = (segment->flags & TCP_FIN) != 0;
    if (segment->sequence == trouble->stuck_sequence && (segment->payload > 0 || has_fin)) {
        trouble->stuck_copies++;
        span_add(&trouble->stuck_times, segment->time);
    }
    if (segment->payload <= 1 && !has_fin) {
        trouble->probe_copies++;
        span_add(&trouble->probe_times, segment->time);
    }
    if (segment->sack_ranges > 0) {
        flow->trouble[end_peer(sender)].sacks++;
        flow_keep_time(flow, sender, SPAN_SACK, segment->time);
    }
}

static void note_padding(struct sequence_space *space)
{
    if (space->padded < UINT8_MAX)
        space->padded++;
}

void sequence_note(const struct sequence_records *records, struct flow *flow, enum end sender,
                   const struct segment *segment)
{
    if (segment->sack_ranges > 0) {
        trouble_of(records, flow, end_peer(sender))->sacks++;
        flow_keep_time(flow, sender, SPAN_SACK, segment->time);
        note_small_sack(flow, sender, segment);
        note_odd_sack(flow, sender, segment);
    }
    if (flow->trouble != NULL)
        note_answer(records, flow, sender, segment);
    if (segment->has_length) {
        if (!note_in_turn(flow, sender, segment))
            note_out_of_turn(records, flow, sender, segment);
    } else if (segment->may_be_padding) {
        note_padding(&flow->sequence[sender]);
    } else {
        flow->sequence[sender].is_unclear = true;
    }
    note_window(records, flow, sender, segment);
}

bool sequence_has(const struct flow *flow, enum end sender, uint32_t start, uint32_t end)
{
    const struct sequence_space *space = &flow->sequence[sender];
    const struct sequence_trouble *trouble = sequence_trouble_of(flow, sender);
    if (!space->is_watched || sequence_after(end, space->next) ||
        sequence_after(space->first, start) || trouble->gave_up_gaps)
        return false;
    for (unsigned i = 0; i < trouble->gap_count; i++) {
        if (sequence_after(end, trouble->gaps[i].start) &&
            sequence_after(trouble->gaps[i].end, start))
            return false;
    }
    return true;
}

uint32_t sequence_doubtful_bytes(const struct sequence_space *space)
{
    return space->padded > 0 ? space->padded * MOST_PADDING : 1;
}

bool sequence_is_missing(const struct flow *flow, enum end sender, const struct gap *gap)
{
    return is_acknowledged(flow, sender, gap->end) &&
           gap->end - gap->start > sequence_doubtful_bytes(&flow->sequence[sender]);
}

uint64_t sequence_missing_bytes(const struct flow *flow, enum end sender, unsigned *gaps)
{
    const struct sequence_space *space = &flow->sequence[sender];
    const struct flow_side *peer = &flow->sides[end_peer(sender)];
    uint64_t missing = 0;
    uint32_t least = sequence_doubtful_bytes(space);
    *gaps = 0;
    if (!space->is_watched || space->is_unclear || !peer->has_ack || space->padded == UINT8_MAX)
        return 0;
    /* Acknowledgments of another numbering, captured before this end was. */
    if (!sequence_is_near(peer->highest_ack, space->next))
        return 0;
    if (flow->trouble != NULL) {
        const struct sequence_trouble *trouble = &flow->trouble[sender];
        for (unsigned i = 0; i < trouble->gap_count; i++) {
            const struct gap *gap = &trouble->gaps[i];
            if (!sequence_is_missing(flow, sender, gap))
                continue;
            missing += gap->end - gap->start;
            (*gaps)++;
        }
    }
    uint32_t tail = peer->highest_ack - space->next;
    if (sequence_after(peer->highest_ack, space->next) && tail > least) {
        missing += tail;
        (*gaps)++;
    }
    return missing;
}
