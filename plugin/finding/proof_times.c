/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finding/proof_times.h"

/* Bit i stands for enum span_kind i. */
typedef unsigned span_kinds;

static span_kinds kind_bit(enum span_kind kind)
{
    return 1U << kind;
}

/* The segments that the filter of @hit shows; none for all segments. */
static span_kinds shown_kinds(const struct hit *hit)
{
    switch (hit->id) {
    case FINDING_NO_RESPONSE:
    case FINDING_SCAN:
        return kind_bit(SPAN_SYN);
    case FINDING_HANDSHAKE_INCOMPLETE:
        return kind_bit(SPAN_SYN) | kind_bit(SPAN_SYN_ACK);
    case FINDING_SYN_RETRIED:
        return kind_bit(hit->side == CLIENT_TO_SERVER ? SPAN_SYN : SPAN_SYN_ACK);
    case FINDING_FORGED_RESET:
    case FINDING_CONNECTION_REFUSED:
    case FINDING_HANDSHAKE_REJECTED:
    case FINDING_CONNECTION_UNKNOWN:
    case FINDING_RESET_BY_SERVER:
    case FINDING_RESET_BY_CLIENT:
    case FINDING_RESET_AFTER_CLOSE:
        return kind_bit(SPAN_RST);
    case FINDING_ZERO_WINDOW:
        return kind_bit(SPAN_ZERO_WINDOW);
    case FINDING_WINDOW_LIMITED:
        return kind_bit(SPAN_WINDOW_FULL);
    case FINDING_OFFLOAD_CAPTURE:
        return kind_bit(SPAN_OVERSIZED);
    case FINDING_SEQUENCE_REWRITTEN:
        return kind_bit(SPAN_SACK);
    default:
        return 0;
    }
}

/* Returns how many segments of @kinds and @sender, an enum end or NO_END for both, have widened
 * @times. */
static uint64_t add_times(const struct flow *flow, uint8_t sender, span_kinds kinds,
                          struct time_span *times)
{
    uint64_t count = 0;
    for (int kind = 0; kinds >> kind != 0; kind++) {
        bool is_one = (kinds >> kind & 1) != 0;
        if (is_one && sender != END_B)
            count += flow_add_times(flow, END_A, (enum span_kind)kind, times);
        if (is_one && sender != END_A)
            count += flow_add_times(flow, END_B, (enum span_kind)kind, times);
    }
    return count;
}

/* Whether a segment was captured that the connection does not remember as its latest. */
static bool has_others(const struct view *view)
{
    for (uint32_t i = view_first_witness(view); i < view_end_of_witnesses(view); i++) {
        if (view_witness(view, i)->kind == WITNESS_MISFIT)
            return true;
    }
    return view->flow->has_copies;
}

/* Of all that @end sent. In a connection of two ends nothing but the first and the last of both is
 * remembered: it tells where @end sent them. */
static struct time_span times_of_end(const struct view *view, enum end end)
{
    const struct flow *flow = view->flow;
    struct time_span times = TIME_SPAN_UNKNOWN;
    bool is_alone = flow_segments(flow, end_peer(end)) == 0;
    if (is_alone || (end == END_A && !flow->began_late))
        times.first = flow->first_time;
    bool sent_last = flow->previous_sender == (uint8_t)end &&
                     flow->previous_time == flow->last_time && !has_others(view);
    if (is_alone || sent_last)
        times.last = flow->last_time;
    return times;
}

struct time_span proof_times(const struct view *view, const struct hit *hit)
{
    span_kinds kinds = shown_kinds(hit);
    struct time_span times = TIME_SPAN_EMPTY;
    /* The filter shows what Wireshark kept from the tap, too. */
    if (view->context->source->has_untapped)
        return TIME_SPAN_UNKNOWN;
    if (hit->id == FINDING_PEER_GONE)
        return sequence_trouble_of(view->flow, (enum end)hit->sender)->probe_times;
    if (kinds != 0)
        return add_times(view->flow, hit->sender, kinds, &times) == hit->packets
                   ? times
                   : TIME_SPAN_UNKNOWN;
    if (hit->condition.test != CONDITION_ALL)
        return TIME_SPAN_UNKNOWN;
    return hit->sender == NO_END ? (struct time_span){view->flow->first_time, view->flow->last_time}
                                 : times_of_end(view, (enum end)hit->sender);
}

struct time_span proof_times_of_retries(const struct view *view, const struct hit *hit)
{
    const struct sequence_trouble *trouble = sequence_trouble_of(view->flow, (enum end)hit->sender);
    struct time_span times = trouble->stuck_times;
    if (view->context->source->has_untapped)
        return TIME_SPAN_UNKNOWN;
    /* Where there are copies, the filter begins with the first repeat. */
    if (!view->flow->has_copies && trouble->stuck_original == TIME_NONE)
        times.first = TIME_SPAN_UNKNOWN.first;
    else if (!view->flow->has_copies)
        span_add(&times, trouble->stuck_original);
    return times;
}

/* When @end had acknowledged for the first time what is the highest of all. */
static struct time_span ack_times(const struct flow *flow, enum end end)
{
    uint32_t frame = flow->sides[end].ack_frame;
    const struct sequence_trouble *trouble = sequence_trouble_of(flow, end_peer(end));
    if (trouble->ack_frame == frame)
        return (struct time_span){trouble->ack_time, trouble->ack_time};
    if (flow->extra != NULL && flow->extra->unseen_frame[end] == frame)
        return (struct time_span){flow->extra->unseen_time[end], flow->extra->unseen_time[end]};
    if (flow->data_frame == frame)
        return (struct time_span){flow->data_time, flow->data_time};
    return TIME_SPAN_UNKNOWN;
}

struct time_span proof_times_of_loss(const struct view *view, enum end sender)
{
    struct time_span times = ack_times(view->flow, end_peer(sender));
    const struct sequence_trouble *trouble = sequence_trouble_of(view->flow, sender);
    for (unsigned i = 0; i < trouble->gap_count; i++) {
        if (sequence_is_missing(view->flow, sender, &trouble->gaps[i]))
            span_add(&times, trouble->gaps[i].opened);
    }
    return times;
}

struct time_span proof_times_beyond_witnesses(const struct view *view, const struct hit *hit)
{
    struct time_span times = TIME_SPAN_EMPTY;
    uint8_t sender = (uint8_t)direction_sender(hit->side, view->client);
    switch (hit->id) {
    case FINDING_DUPLICATE_CAPTURE:
        add_times(view->flow, NO_END, kind_bit(SPAN_COPY), &times);
        break;
    case FINDING_SPURIOUS_RETRANSMISSIONS:
        add_times(view->flow, sender, kind_bit(SPAN_RESENT_ACKED), &times);
        break;
    case FINDING_LOSS_CLIENT_TO_SERVER:
    case FINDING_LOSS_SERVER_TO_CLIENT:
        /* Nobody knows which of them the receiver missed at the end. */
        if (add_times(view->flow, sender, kind_bit(SPAN_RESENT_CAPTURED), &times) > 0 &&
            sequence_trouble_of(view->flow, (enum end)sender)->stuck_sends > 0)
            times.last = TIME_SPAN_UNKNOWN.last;
        add_times(view->flow, sender, kind_bit(SPAN_RESENT_MISSING), &times);
        break;
    default:
        break;
    }
    return times;
}
