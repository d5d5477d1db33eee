/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finding/rules_capture.h"

#include "settings/thresholds.h"

#include <string.h>

/* FILTERED
 * A connection without a single pure ACK, of which the file has only data or only the segments that
 * begin and end it: a display filter has left what it was about. What is absent says nothing. */
static bool is_filtered(const struct view *view)
{
    uint64_t segments = 0, data = 0, syns = 0, ends = 0;
    for (int i = 0; i < 2; i++) {
        segments += view_count(view, (enum end)i, COUNTER_PACKETS);
        data += view_count(view, (enum end)i, COUNTER_DATA_PACKETS);
        syns += view_count(view, (enum end)i, COUNTER_SYN);
        ends +=
            view_count(view, (enum end)i, COUNTER_FIN) + view_count(view, (enum end)i, COUNTER_RST);
    }
    return (segments == data && syns == 0) || (data == 0 && segments <= syns + ends);
}

/* Within one host there is no other path. */
static bool is_loopback(const struct view *view)
{
    const struct endpoint *end = &view->flow->ends[END_A];
    if (end->family == FAMILY_IPV4)
        return end->address[0] == 127;
    static const uint8_t loopback6[ENDPOINT_ADDRESS_BYTES] = {[15] = 1};
    return end->family == FAMILY_IPV6 && memcmp(end->address, loopback6, sizeof loopback6) == 0;
}

/* SCATTERED
 * In a file whose frames are not in the order of time, a SYN that stands behind its connection
 * begins another one of the same four numbers, which has but one end. */
#define CONNECTIONS_BEFORE 1000 /* that are searched */

static bool is_scattered(const struct view *view)
{
    const struct flow_table *flows = view->context->source->flows;
    const struct flow *flow = view->flow;
    uint32_t i = flow->number;
    if (i == 0 || flow->first_time >= flow_table_at(flows, i - 1)->first_time)
        return false;
    for (unsigned seen = 0; i-- > 0 && seen < CONNECTIONS_BEFORE; seen++) {
        const struct flow *other = flow_table_at(flows, i);
        bool is_same = endpoint_equal(&other->ends[END_A], &flow->ends[END_A])
                           ? endpoint_equal(&other->ends[END_B], &flow->ends[END_B])
                           : endpoint_equal(&other->ends[END_A], &flow->ends[END_B]) &&
                                 endpoint_equal(&other->ends[END_B], &flow->ends[END_A]);
        if (is_same && other->last_time >= flow->first_time)
            return true;
    }
    return false;
}

/* ONE WAY
 * The missing direction must exist: the captured end acknowledged new bytes of it, or went on from
 * its SYN or SYN-ACK to other segments, which takes an answer. Acknowledgment number 0 is none. */
static void judge_one_way(struct view *view)
{
    const struct flow *flow = view->flow;
    if (!flow_is_one_way(flow) || !view_absence_proves(view) || is_loopback(view) ||
        is_filtered(view))
        return;
    if (is_scattered(view))
        return;
    enum end seen = flow_segments(flow, END_A) > 0 ? END_A : END_B;
    const struct flow_side *side = &flow->sides[seen];
    bool was_answered = side->sent_syn && side->sent_segment && side->highest_ack != 0;
    if (side->ack_advance == 0 && !was_answered)
        return;
    struct hit *hit =
        view_hit(view, FINDING_ONE_WAY_TRAFFIC, direction_of(end_peer(seen), view->client), 1);
    hit->numbers[ONE_WAY_SEGMENTS] = flow_segments(flow, seen);
    struct totals missing = TOTALS_NONE;
    flow_add_totals(flow, end_peer(seen), &missing);
    hit->numbers[ONE_WAY_ACKNOWLEDGED_BYTES] = missing.count[COUNTER_INFERRED_PAYLOAD_BYTES];
    hit_prove(hit, NO_END, condition_of(CONDITION_ALL), hit->numbers[ONE_WAY_SEGMENTS]);
}

/* Not one segment with data of that direction is there, though there was some: it goes another
 * way. */
static void judge_missing_data(struct view *view, enum direction direction, uint64_t bytes)
{
    enum end receiver = end_peer(direction_sender(direction, view->client));
    struct hit *hit = view_hit(view, FINDING_ONE_WAY_TRAFFIC, direction, 1);
    hit->numbers[ONE_WAY_SEGMENTS] = flow_segments(view->flow, receiver);
    hit->numbers[ONE_WAY_ACKNOWLEDGED_BYTES] = bytes;
    hit->numbers[ONE_WAY_WITHOUT_DATA] = flow_segments(view->flow, end_peer(receiver));
    hit_prove(hit, (uint8_t)receiver, condition_of(CONDITION_ALL), hit->numbers[ONE_WAY_SEGMENTS]);
}

/* Acknowledgments both ways and no data either way: no path takes those and leaves these, but a
 * filter does. */
static bool has_acks_alone(const struct view *view)
{
    for (int i = 0; i < 2; i++) {
        unsigned gaps;
        if (view_count(view, (enum end)i, COUNTER_DATA_PACKETS) > 0 ||
            sequence_missing_bytes(view->flow, (enum end)i, &gaps) == 0)
            return false;
    }
    return true;
}

void rules_capture_judge_loss(struct view *view)
{
    const struct decisive_reset *reset = flow_reset(view->flow);
    bool is_reused = reset->time != TIME_NONE && view->flow->last_time - reset->time > PORTS_REST;
    if (flow_is_one_way(view->flow) || !view_absence_proves(view) || is_filtered(view) || is_reused)
        return;
    if (has_acks_alone(view))
        return;
    for (int direction = 0; direction < 2; direction++) {
        enum end sender = direction_sender((enum direction)direction, view->client);
        unsigned gaps;
        uint64_t bytes = sequence_missing_bytes(view->flow, sender, &gaps);
        /* What an end sends goes one way: if its ACKs were captured, so was that. */
        bool no_data = view_count(view, sender, COUNTER_DATA_PACKETS) == 0 &&
                       !view->flow->sides[sender].sent_pure_ack;
        if (bytes > 0 && no_data && !is_loopback(view))
            judge_missing_data(view, (enum direction)direction, bytes);
        else if (bytes > 0)
            view_hit(view, FINDING_CAPTURE_LOSS, (enum direction)direction, gaps)
                ->numbers[CAPTURE_LOSS_BYTES] = bytes;
    }
}

static void judge_duplicates(struct view *view)
{
    uint64_t copies = view_count(view, END_A, COUNTER_DUPLICATE_FRAMES) +
                      view_count(view, END_B, COUNTER_DUPLICATE_FRAMES);
    uint64_t answered = (uint64_t)view->flow->sides[END_A].copies_answered +
                        view->flow->sides[END_B].copies_answered;
    uint64_t proved = (uint64_t)view->flow->sides[END_A].has_proved_copy +
                      view->flow->sides[END_B].has_proved_copy;
    /* Copies that the receiver answered did arrive: the network made them, not the capture, unless
     * they were captured on both sides of a router. */
    if (copies == 0 || (answered * 2 >= copies && proved == 0))
        return;
    struct hit *hit = view_hit(view, FINDING_DUPLICATE_CAPTURE, CLIENT_TO_SERVER, copies);
    hit->numbers[DUPLICATE_PROVED] = proved;
    hit->numbers[DUPLICATE_ONE_WAY] = view_count(view, END_A, COUNTER_DUPLICATE_FRAMES) == 0 ||
                                      view_count(view, END_B, COUNTER_DUPLICATE_FRAMES) == 0;
    /* It would answer each copy that the network made. */
    hit->numbers[DUPLICATE_UNHEARD] = flow_is_one_way(view->flow) && proved == 0;
}

/* Of both ends; what the row has of them decides. Within one host nothing is cut: without the SYN
 * that says so, its long segments are no sign of it. */
static void judge_offload(struct view *view)
{
    if (view->flow->extra == NULL || is_loopback(view))
        return;
    for (int i = 0; i < 2; i++) {
        enum end sender = (enum end)i;
        uint64_t segments = view->flow->extra->oversized[sender];
        uint64_t originals = segments - view->flow->extra->oversized_copies[sender];
        unsigned mss = view->flow->sides[end_peer(sender)].mss;
        if (segments == 0 || (mss == 0 && is_loopback(view)))
            continue; /* within one host, frames of 64 KB are as they were sent */
        struct hit *hit = view_hit(view, FINDING_OFFLOAD_CAPTURE, CLIENT_TO_SERVER, originals);
        hit->numbers[OFFLOAD_SEGMENTS] = originals;
        hit_prove(hit, (uint8_t)sender,
                  (struct condition){CONDITION_LONGER, mss > 0 ? mss : LARGEST_FRAME}, segments);
        return;
    }
}

static void judge_guess(struct view *view)
{
    if (view->context->source->roles[view->flow->number].basis != ROLE_GUESS)
        return;
    struct hit *hit = view_hit(view, FINDING_ROLE_GUESSED, CLIENT_TO_SERVER, 1);
    hit_prove(hit, NO_END, condition_of(CONDITION_ALL),
              (uint64_t)flow_segments(view->flow, END_A) + flow_segments(view->flow, END_B));
}

void rules_capture_judge(struct view *view)
{
    judge_one_way(view);
    judge_duplicates(view);
    judge_offload(view);
    judge_guess(view);
}

/* What was captured behind the missing bytes, and what acknowledges the last of them. The frames
 * are few, and belong together: no sink is asked whether it wants more. */
void rules_capture_show_loss(const struct view *view, enum end sender, const struct hit *hit,
                             const struct proof_sink *sink)
{
    const struct flow_side *peer = &view->flow->sides[end_peer(sender)];
    const struct sequence_trouble *trouble = sequence_trouble_of(view->flow, sender);
    for (unsigned i = 0; i < trouble->gap_count; i++) {
        const struct gap *gap = &trouble->gaps[i];
        if (sequence_is_missing(view->flow, sender, gap))
            proof_sink_take_frame(sink, hit, gap->opening_frame);
    }
    proof_sink_take_frame(sink, hit, peer->ack_frame);
}
