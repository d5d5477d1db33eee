/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "connection/trouble.h"

#include "settings/thresholds.h"

#include <string.h>

#define TROUBLES_PER_BLOCK 64

struct trouble_store {
    GPtrArray *blocks; /* of TROUBLES_PER_BLOCK struct trouble each, owned */
    size_t count;
    GArray *evidence; /* of struct witness */
};

struct trouble_store *trouble_store_new(void)
{
    struct trouble_store *store = g_new0(struct trouble_store, 1);
    store->blocks = g_ptr_array_new_with_free_func(g_free);
    store->evidence = g_array_new(FALSE, FALSE, sizeof(struct witness));
    return store;
}

void trouble_store_free(struct trouble_store *store)
{
    if (store == NULL)
        return;
    g_array_free(store->evidence, TRUE);
    g_ptr_array_free(store->blocks, TRUE);
    g_free(store);
}

GArray *trouble_store_evidence(const struct trouble_store *store)
{
    return store->evidence;
}

static void log_evidence(struct trouble_store *store, const struct flow *flow,
                         enum witness_kind kind, enum end end, uint32_t frame, uint32_t sequence)
{
    struct witness evidence = {flow->number, frame, sequence, (uint8_t)kind, (uint8_t)end};
    g_array_append_val(store->evidence, evidence);
}

/* The trouble of what @sender sent; a flow gets its record when it is first needed. */
static struct side_trouble *trouble_of(struct trouble_store *store, struct flow *flow,
                                       enum end sender)
{
    if (flow->trouble == NULL) {
        if (store->count % TROUBLES_PER_BLOCK == 0)
            g_ptr_array_add(store->blocks, g_new(struct trouble, TROUBLES_PER_BLOCK));
        struct trouble *block = g_ptr_array_index(store->blocks, store->count / TROUBLES_PER_BLOCK);
        flow->trouble = &block[store->count++ % TROUBLES_PER_BLOCK];
        *flow->trouble = (struct trouble){0};
        for (int i = 0; i < 2; i++) {
            struct side_trouble *side = &flow->trouble->sides[i];
            side->closed_since = side->reset_time = side->resent_time = TIME_NONE;
        }
    }
    return &flow->trouble->sides[sender];
}

/* --- sequence space --- */

static uint32_t sequence_length(const struct segment *segment)
{
    return segment->payload + ((segment->flags & TCP_FIN) != 0);
}

static void drop_gap(struct side_trouble *trouble, unsigned index)
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

static void open_gap(struct side_trouble *trouble, const struct flow *flow, enum end sender,
                     uint32_t start, const struct segment *segment)
{
    if (trouble->gap_count == TROUBLE_GAPS) {
        uint32_t bytes = trouble->gaps[0].end - trouble->gaps[0].start;
        if (bytes > 1 && is_acknowledged(flow, sender, trouble->gaps[0].end)) {
            trouble->given_up_bytes += bytes;
            trouble->given_up_gaps++;
        }
        drop_gap(trouble, 0);
    }
    trouble->gaps[trouble->gap_count++] = (struct gap){.start = start,
                                                       .end = segment->sequence,
                                                       .opening_frame = segment->frame,
                                                       .opening_ip_id = segment->ip_id,
                                                       .opened = segment->time};
}

/* Takes what [start, end) covers out of the gaps. Returns whether it covered any, and the gap as it
 * was in *@filled. */
static bool fill_gaps(struct side_trouble *trouble, uint32_t start, uint32_t end,
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
        if (head_stays && tail_stays && trouble->gap_count < TROUBLE_GAPS) {
            struct gap tail = *gap;
            tail.start = end;
            trouble->gaps[trouble->gap_count++] = tail;
            gap->end = start;
        } else if (head_stays) {
            gap->end = start;
        } else if (tail_stays) {
            gap->start = end;
        } else {
            drop_gap(trouble, i);
        }
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
    if (peer->has_ack && !gap->complained && segment->time - gap->opened < LEAST_TIMEOUT)
        return true;
    int64_t limit = REORDERING_WITHOUT_RTT;
    if (flow->handshake.state == HANDSHAKE_COMPLETE)
        limit = (flow->handshake.server_side + flow->handshake.client_side) / 4 * 3;
    return segment->time - gap->opened < limit;
}

static void count_resent(struct trouble_store *store, const struct flow *flow, enum end sender,
                         uint32_t *counter, enum witness_kind kind, const struct segment *segment)
{
    if (segment->payload == 0)
        return; /* a FIN alone: a retry, but no loss of data */
    if ((*counter)++ < WITNESSES_PER_KIND)
        log_evidence(store, flow, kind, sender, segment->frame, segment->sequence);
}

/* A segment stays stuck while it is the first that the peer has not acknowledged. */
static void note_retry(const struct flow *flow, enum end sender, struct side_trouble *trouble,
                       const struct segment *segment)
{
    const struct flow_side *peer = &flow->sides[end_peer(sender)];
    if (trouble->stuck_sends > 0 && trouble->stuck_sequence == segment->sequence) {
        trouble->stuck_sends++;
    } else if (!peer->has_ack || peer->highest_ack == segment->sequence) {
        trouble->stuck_sequence = segment->sequence;
        trouble->stuck_sends = 2;
        trouble->stuck_answered = trouble->stuck_peer_repeats = false;
    } else {
        return;
    }
    trouble->stuck_payload = segment->payload;
}

/* SENT AGAIN
 * What fills a gap, unless it was overtaken, is a retransmission of something lost before the
 * capture point. What repeats captured bytes was lost behind it, or its acknowledgment was. What
 * repeats acknowledged bytes was sent again in vain. */
static void note_old_data(struct trouble_store *store, struct flow *flow, enum end sender,
                          const struct segment *segment)
{
    const struct side_trouble *peer =
        flow->trouble != NULL ? &flow->trouble->sides[end_peer(sender)] : NULL;
    bool is_probe = peer != NULL && peer->closed_since != TIME_NONE && segment->payload <= 1;
    if (is_probe)
        return;

    struct side_trouble *trouble = trouble_of(store, flow, sender);
    uint32_t start = segment->sequence, end = start + sequence_length(segment);
    struct gap gap = {0};
    bool filled = fill_gaps(trouble, start, end, &gap);
    if (filled && is_reordering(flow, sender, &gap, segment))
        return;
    trouble->resent_time = segment->time;
    if (is_acknowledged(flow, sender, end)) {
        count_resent(store, flow, sender, &trouble->resent_acked, WITNESS_RESENT_ACKED, segment);
    } else if (filled) {
        count_resent(store, flow, sender, &trouble->resent_missing, WITNESS_RESENT_MISSING,
                     segment);
    } else {
        count_resent(store, flow, sender, &trouble->resent_captured, WITNESS_RESENT_CAPTURED,
                     segment);
        note_retry(flow, sender, trouble, segment);
    }
}

static void begin_watch(struct flow *flow, enum end sender, const struct segment *segment)
{
    struct side_watch *watch = &flow->sides[sender].watch;
    bool is_syn = (segment->flags & TCP_SYN) != 0;
    watch->is_watched = true;
    watch->first = segment->sequence + is_syn;
    watch->next = is_syn ? segment_data_end(segment) : segment->sequence;
    if (is_syn && flow->trouble != NULL)
        flow->trouble->sides[sender].gap_count = 0;
}

/* A keep-alive (RFC 9293 section 3.8.4) repeats the byte before the next one, or none. */
static bool is_keep_alive(const struct side_watch *watch, const struct segment *segment)
{
    return segment->payload <= 1 && (segment->flags & TCP_FIN) == 0 &&
           segment->sequence == watch->next - 1;
}

static void note_sequence(struct trouble_store *store, struct flow *flow, struct flow_side *side,
                          enum end sender, const struct segment *segment)
{
    struct side_watch *watch = &side->watch;
    bool is_syn = (segment->flags & TCP_SYN) != 0;
    if (!watch->is_watched || (is_syn && segment->sequence + 1 != watch->first))
        begin_watch(flow, sender, segment);
    uint32_t length = sequence_length(segment);
    if (length == 0 || is_syn)
        return;

    int32_t step = (int32_t)(segment->sequence - watch->next);
    if (ABS((int64_t)step) > LARGEST_WINDOW_STEP) {
        watch->is_unclear = true; /* another connection on the same ports, or a broken number */
        return;
    }
    uint32_t end = segment->sequence + length;
    if (segment->payload > watch->largest_payload) {
        watch->largest_payload = segment->payload;
        watch->largest_sequence = segment->sequence;
    }
    if (segment->sequence == watch->next) { // NOLINT(bugprone-branch-clone): the order tells why
        watch->next = end;
    } else if (sequence_after(segment->sequence, watch->next)) {
        open_gap(trouble_of(store, flow, sender), flow, sender, watch->next, segment);
        watch->next = end;
    } else if (sequence_after(watch->first, segment->sequence)) {
        return; /* from before the capture: nothing to compare with */
    } else if (watch->next - segment->sequence == 1 && sequence_after(end, watch->next)) {
        watch->next = end; /* takes up the byte of a window probe or keep-alive */
    } else if (!is_keep_alive(watch, segment)) {
        note_old_data(store, flow, sender, segment);
        if (sequence_after(end, watch->next))
            watch->next = end;
    }
}

/* --- what the other end answers --- */

/* Latest evidence that is searched for what an acknowledgment tells of it: that follows soon. */
#define LOOK_BACK (4 * WITNESSES_PER_KIND)

static bool is_loss_of(const struct witness *evidence, const struct flow *flow, enum end sender)
{
    return (evidence->kind == WITNESS_RESENT_CAPTURED ||
            evidence->kind == WITNESS_RESENT_MISSING) &&
           evidence->flow == flow->number && evidence->end == (uint8_t)sender;
}

/* What was taken for loss is @kind instead. */
static void withdraw_loss(struct side_trouble *trouble, struct witness *evidence,
                          enum witness_kind kind)
{
    if (evidence->kind == WITNESS_RESENT_CAPTURED)
        trouble->resent_captured--;
    else
        trouble->resent_missing--;
    evidence->kind = (uint8_t)kind;
}

/* Data that arrived twice was sent again in vain (D-SACK, RFC 2883: the first block lies below the
 * acknowledgment number). */
static void note_duplicate_sack(struct trouble_store *store, struct flow *flow, enum end sender,
                                const struct segment *segment)
{
    uint32_t left = segment->sack_left[0], right = segment->sack_right[0];
    bool below_ack = !sequence_after(right, segment->acknowledged);
    bool inside_next = segment->sack_ranges > 1 && !sequence_after(segment->sack_left[1], left) &&
                       !sequence_after(right, segment->sack_right[1]);
    if (!(below_ack || inside_next) || !sequence_after(right, left))
        return;
    struct side_trouble *trouble = &flow->trouble->sides[end_peer(sender)];
    for (guint i = store->evidence->len, seen = 0; i-- > 0 && seen < LOOK_BACK; seen++) {
        struct witness *evidence = &g_array_index(store->evidence, struct witness, i);
        if (!is_loss_of(evidence, flow, end_peer(sender)) ||
            sequence_after(left, evidence->sequence) || !sequence_after(right, evidence->sequence))
            continue;
        withdraw_loss(trouble, evidence, WITNESS_RESENT_ACKED);
        trouble->resent_acked++;
        right = evidence->sequence; /* one range may tell of several segments, each once */
        if (right == left)
            return;
    }
}

/* A SACK of less than the peer's largest segment: something small has passed, out of order. */
static void note_small_sack(struct flow *flow, enum end sender, const struct segment *segment)
{
    uint32_t bytes = segment->sack_right[0] - segment->sack_left[0];
    if (bytes >= flow->sides[end_peer(sender)].watch.largest_payload ||
        !sequence_after(segment->sack_left[0], segment->acknowledged))
        return;
    flow->sides[sender].watch.sent_small_sack = true;
    flow->sides[sender].watch.sack_edge = segment->acknowledged;
}

/* An ACK that repeats itself though nothing is outstanding answers a segment that was not needed
 * (RFC 9293 section 3.10.7.4): of a receiver without D-SACK it says the same. */
static void note_idle_duplicate_ack(struct trouble_store *store, struct flow *flow, enum end sender,
                                    const struct segment *segment)
{
    const struct side_watch *peer_watch = &flow->sides[end_peer(sender)].watch;
    struct side_trouble *trouble = &flow->trouble->sides[end_peer(sender)];
    if ((segment->analysis & ANALYSIS_DUPLICATE_ACK) == 0 || segment->sack_ranges > 0 ||
        !peer_watch->is_watched || segment->acknowledged != peer_watch->next ||
        flow->sides[END_A].sent_fin || flow->sides[END_B].sent_fin ||
        trouble->resent_captured + trouble->resent_missing == 0 ||
        segment->time - trouble->resent_time > NS_PER_SECOND)
        return;
    for (guint i = store->evidence->len, seen = 0; i-- > 0 && seen < LOOK_BACK; seen++) {
        struct witness *evidence = &g_array_index(store->evidence, struct witness, i);
        if (!is_loss_of(evidence, flow, end_peer(sender)))
            continue;
        withdraw_loss(trouble, evidence, WITNESS_RESENT_DOUBTFUL);
        return;
    }
}

static void note_answer(struct trouble_store *store, struct flow *flow, enum end sender,
                        const struct segment *segment)
{
    struct side_trouble *answered = &flow->trouble->sides[end_peer(sender)];
    for (unsigned i = 0; i < answered->gap_count; i++)
        answered->gaps[i].complained = true;
    if (answered->stuck_sends > 0) {
        answered->stuck_answered = true;
        /* Whoever repeats its own data got no acknowledgment: nothing small passes either. */
        uint32_t end = segment->sequence + sequence_length(segment);
        answered->stuck_peer_repeats |= segment->has_length && segment->payload > 0 &&
                                        !sequence_after(end, flow->sides[sender].watch.next);
        if ((segment->flags & TCP_ACK) != 0 &&
            sequence_after(segment->acknowledged, answered->stuck_sequence))
            answered->stuck_sends = 0;
    }
    if (segment->sack_ranges > 0)
        note_duplicate_sack(store, flow, sender, segment);
    else
        note_idle_duplicate_ack(store, flow, sender, segment);
}

static void note_window(struct trouble_store *store, struct flow *flow, enum end sender,
                        const struct segment *segment)
{
    if (segment->window == 0 && (segment->flags & (TCP_SYN | TCP_FIN)) == 0) {
        struct side_trouble *trouble = trouble_of(store, flow, sender);
        if (trouble->closed_since == TIME_NONE)
            trouble->closed_since = segment->time;
    } else if (segment->window > 0 && flow->trouble != NULL) {
        struct side_trouble *trouble = &flow->trouble->sides[sender];
        if (trouble->closed_since != TIME_NONE && segment->time > trouble->closed_since)
            trouble->closed_time += segment->time - trouble->closed_since;
        trouble->closed_since = TIME_NONE;
    }
}

/* --- resets --- */

/* An abort has one reset at the sender's next sequence number; those that answer segments have the
 * acknowledgment numbers of these (RFC 9293 section 3.5.2). So only resets beyond what the peer
 * acknowledged can be unasked, and an end has no reason for two different ones. */
static void note_reset(struct trouble_store *store, struct flow *flow, enum end sender,
                       const struct segment *segment)
{
    bool answers_syn =
        !flow->sides[END_A].watch.sent_segment && !flow->sides[END_B].watch.sent_segment;
    if (answers_syn)
        return;
    const struct flow_side *peer = &flow->sides[end_peer(sender)];
    struct side_trouble *trouble = trouble_of(store, flow, sender);
    trouble->reset_time = segment->time;
    trouble->reset_number = segment->sequence;
    trouble->reset_ip_id = segment->ip_id;
    if (!peer->has_ack || !sequence_after(segment->sequence, peer->highest_ack))
        return;
    /* What the sender has sent the peer may have acknowledged, in a segment not captured. */
    const struct side_watch *watch = &flow->sides[sender].watch;
    if (watch->is_watched && sequence_after(watch->next, segment->sequence))
        return;
    if (trouble->unasked_resets == 0 || trouble->reset_sequence != segment->sequence)
        trouble->unasked_resets++;
    trouble->reset_sequence = segment->sequence;
}

/* Counts what the end sent behind its own reset: not what the network or the capture let the reset
 * overtake, nor another connection that reuses the ports. */
static void note_after_reset(struct side_trouble *trouble, const struct segment *segment)
{
    if (trouble->reset_time == TIME_NONE || (segment->flags & TCP_SYN) != 0)
        return;
    int32_t offset = (int32_t)(segment->sequence - trouble->reset_number);
    if (ABS((int64_t)offset) > LARGEST_WINDOW_STEP ||
        segment->time - trouble->reset_time <= REORDERING_TIME)
        return;
    int distance = (int16_t)(segment->ip_id - trouble->reset_ip_id);
    bool was_sent_before = segment->ip_id != 0 && trouble->reset_ip_id != 0 && distance < 0 &&
                           distance > -IP_ID_DISTANCE;
    if (!was_sent_before)
        trouble->sent_after_reset++;
}

/* --- all --- */

/* Counts the copies that the receiver got as well: it answers each by repeating its ACK. */
static void note_copies(struct trouble_store *store, struct flow *flow, enum end sender,
                        const struct segment *segment)
{
    struct side_watch *watch = &flow->sides[sender].watch,
                      *peer_watch = &flow->sides[end_peer(sender)].watch;
    bool repeats_ack = segment->payload == 0 && (segment->analysis & ANALYSIS_DUPLICATE_ACK) != 0;
    if (peer_watch->sent_copy && repeats_ack && !segment->is_copy &&
        peer_watch->copies_answered < UINT16_MAX)
        peer_watch->copies_answered++;
    peer_watch->sent_copy = false;
    watch->sent_copy = segment->is_copy;
    flow->has_copies |= segment->is_copy;
    uint32_t before = flow_counter(flow, sender, COUNTER_DUPLICATE_FRAMES);
    if (segment->is_copy && before < WITNESSES_PER_KIND)
        log_evidence(store, flow, WITNESS_DUPLICATE, sender, segment->frame, 0);
}

/* What is told of an earlier attempt's resets ends with the SYN of the next. */
static void forget_resets(struct flow *flow, enum end sender)
{
    if (flow->trouble == NULL)
        return;
    struct side_trouble *trouble = &flow->trouble->sides[sender];
    trouble->reset_time = TIME_NONE;
    trouble->unasked_resets = trouble->sent_after_reset = 0;
}

void trouble_note(struct trouble_store *store, struct flow *flow, enum end sender,
                  const struct segment *segment)
{
    struct flow_side *side = flow_side_of(flow, sender);
    if (segment->is_copy || flow->has_copies) {
        note_copies(store, flow, sender, segment);
        if (segment->is_copy)
            return;
    }
    if ((segment->flags & (TCP_SYN | TCP_RST)) == 0) {
        side->watch.sent_segment |= (segment->flags & TCP_ACK) != 0;
    } else if ((segment->flags & TCP_RST) != 0) {
        note_reset(store, flow, sender, segment);
        return;
    } else {
        forget_resets(flow, sender);
    }
    if (segment->sack_ranges > 0)
        note_small_sack(flow, sender, segment);
    if (flow->trouble != NULL) {
        note_after_reset(&flow->trouble->sides[sender], segment);
        note_answer(store, flow, sender, segment);
    }
    if (segment->has_length)
        note_sequence(store, flow, side, sender, segment);
    else
        side->watch.is_unclear = true;
    note_window(store, flow, sender, segment);
}

static void log_slow(struct trouble_store *store, const struct flow *flow, enum witness_kind kind,
                     enum end slow, uint32_t from_frame, uint32_t to_frame, int64_t elapsed)
{
    uint32_t ms = (uint32_t)MIN(elapsed / NS_PER_MS, UINT32_MAX);
    log_evidence(store, flow, kind, slow, from_frame, ms);
    log_evidence(store, flow, kind, slow, to_frame, ms);
}

void trouble_note_handshake(struct trouble_store *store, const struct flow *flow, enum end sender,
                            const struct segment *segment, const struct flow_change *change)
{
    const struct handshake *handshake = &flow->handshake;
    bool by_server = handshake->state == HANDSHAKE_SYN_ACK;
    bool by_client = handshake->state == HANDSHAKE_COMPLETE;
    int64_t elapsed = by_server ? handshake->server_side : handshake->client_side;
    if ((by_server || by_client) && elapsed >= SLOW_HANDSHAKE)
        log_slow(store, flow, WITNESS_SLOW_HANDSHAKE, sender, change->handshake_frame,
                 segment->frame, elapsed);
}

/* Whether data of @sender was sent again since @time. */
static bool was_resent(const struct flow *flow, enum end sender, int64_t time)
{
    const struct side_trouble *trouble =
        flow->trouble != NULL ? &flow->trouble->sides[sender] : NULL;
    return trouble != NULL && trouble->resent_time != TIME_NONE && trouble->resent_time >= time;
}

void trouble_note_turn(struct trouble_store *store, const struct flow *flow, enum end sender,
                       const struct segment *segment, const struct flow_change *change)
{
    const struct handshake *handshake = &flow->handshake;
    /* Who got the question acknowledges it soon; a late first ACK tells of the path. */
    if (change->turnaround >= SLOW_TURNAROUND && flow->sides[end_peer(sender)].was_acked_soon &&
        !was_resent(flow, end_peer(sender), segment->time - change->turnaround))
        log_slow(store, flow, WITNESS_SLOW_TURN, sender, change->data_frame, segment->frame,
                 change->turnaround);
    bool is_first_request = change->data_frame == 0 && handshake->state == HANDSHAKE_COMPLETE &&
                            !change->went_on && (enum end)handshake->client == sender;
    if (is_first_request && segment->time - handshake->latest >= SLOW_TURNAROUND)
        log_slow(store, flow, WITNESS_SLOW_TURN, sender, flow->handshake_frame, segment->frame,
                 segment->time - handshake->latest);
}

uint64_t trouble_missing_bytes(const struct flow *flow, enum end sender, unsigned *gaps)
{
    const struct side_watch *watch = &flow->sides[sender].watch;
    const struct flow_side *peer = &flow->sides[end_peer(sender)];
    uint64_t missing = 0;
    *gaps = 0;
    if (!watch->is_watched || watch->is_unclear || !peer->has_ack)
        return 0;
    if (flow->trouble != NULL) {
        const struct side_trouble *trouble = &flow->trouble->sides[sender];
        missing = trouble->given_up_bytes;
        *gaps = trouble->given_up_gaps;
        for (unsigned i = 0; i < trouble->gap_count; i++) {
            const struct gap *gap = &trouble->gaps[i];
            uint32_t bytes = gap->end - gap->start;
            if (!is_acknowledged(flow, sender, gap->end) || bytes == 1)
                continue;
            missing += bytes;
            (*gaps)++;
        }
    }
    uint32_t tail = peer->highest_ack - watch->next;
    if (sequence_after(peer->highest_ack, watch->next) && tail > 1) {
        missing += tail;
        (*gaps)++;
    }
    return missing;
}
