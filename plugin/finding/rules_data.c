/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finding/rules_data.h"

#include "connection/delay.h"
#include "finding/neighbours.h"
#include "finding/rules_handshake.h"
#include "finding/rules_reset.h"
#include "settings/preference.h"
#include "settings/thresholds.h"

/* Whether a router says that a segment was too large for its next link. */
static bool was_too_big(const struct view *view)
{
    unsigned quotes;
    const struct icmp_error *error =
        neighbours_error(view->context->neighbours, view->flow->number, &quotes);
    return error != NULL && icmp_error_is_too_big(error);
}

/* Whether what @sender sent again was sent in vain for another reason than loss. */
static bool is_told_otherwise(const struct view *view, enum end sender)
{
    enum end unknown;
    bool is_unknown = rules_reset_is_unknown(view, &unknown) && unknown == end_peer(sender);
    return is_unknown || (sender == view->client && rules_handshake_is_queue_full(view)) ||
           sequence_trouble_of(view->flow, sender)->odd_sacks >= LEAST_ODD_SACKS;
}

/* What was sent again because it was lost. */
struct losses {
    uint64_t after, before; /* the capture point: segments captured */
    uint64_t different;     /* segments on the wire, each once */
};

/* Repeats of the segment that nobody acknowledged to the end: no receiver says that it missed it.
 */
static uint32_t unanswered_repeats(const struct sequence_trouble *trouble)
{
    return trouble->stuck_sends > 0 && trouble->stuck_payload > 0
               ? MIN(trouble->stuck_sends - 1, trouble->resent_captured)
               : 0;
}

/* Whether an earlier one of the witnesses from @first on is of the same data as number @index. */
static bool was_lost_before(const struct view *view, uint32_t first, uint32_t index)
{
    const struct witness *witness = view_witness(view, index);
    for (uint32_t i = first; i < index; i++) {
        const struct witness *other = view_witness(view, i);
        if (other->end == witness->end && other->value == witness->value &&
            view_is_lost(view, other))
            return true;
    }
    return false;
}

/* Beyond the first witnesses of a kind, only the numbers are known: then each counts as different.
 */
static struct losses losses_of(const struct view *view, enum end sender)
{
    const struct sequence_trouble *trouble = sequence_trouble_of(view->flow, sender);
    struct losses losses = {0};
    uint64_t witnessed = 0, known = (uint64_t)trouble->resent_captured + trouble->resent_missing;
    uint32_t first = view_first_witness(view);
    for (uint32_t i = first; known > 0 && i < view_end_of_witnesses(view); i++) {
        const struct witness *witness = view_witness(view, i);
        if (witness->end != (uint8_t)sender ||
            (witness->kind != WITNESS_RESENT_CAPTURED && witness->kind != WITNESS_RESENT_MISSING))
            continue;
        witnessed++;
        if (!view_is_lost(view, witness))
            continue;
        if (witness->kind == WITNESS_RESENT_CAPTURED)
            losses.after++;
        else
            losses.before++;
        losses.different += was_lost_before(view, first, i) ? 0 : MAX(witness->wire, 1);
    }
    if (witnessed == known)
        return losses;
    losses.after = trouble->resent_captured - unanswered_repeats(trouble);
    losses.before = trouble->resent_missing;
    losses.different = losses.after + losses.before;
    return losses;
}

static void judge_loss(struct view *view, enum direction direction)
{
    enum end sender = direction_sender(direction, view->client);
    const struct sequence_trouble *trouble = sequence_trouble_of(view->flow, sender);
    if (view_is_partial(view))
        return;
    struct losses losses = losses_of(view, sender);
    uint64_t lost = losses.after + losses.before;
    /* What a router refused was not lost: path MTU discovery is at work. */
    if (lost > 0 && !was_too_big(view) && !is_told_otherwise(view, sender)) {
        struct hit *hit = view_hit(view,
                                   direction == CLIENT_TO_SERVER ? FINDING_LOSS_CLIENT_TO_SERVER
                                                                 : FINDING_LOSS_SERVER_TO_CLIENT,
                                   direction, lost);
        hit->numbers[LOSSES_AFTER] = losses.after;
        hit->numbers[LOSSES_BEFORE] = losses.before;
        hit->numbers[LOSS_DIFFERENT] = losses.different;
    }
    if (trouble->resent_acked > 0)
        view_hit(view, FINDING_SPURIOUS_RETRANSMISSIONS, direction, trouble->resent_acked);
    if (trouble->odd_sacks >= LEAST_ODD_SACKS) {
        struct hit *hit = view_hit(view, FINDING_SEQUENCE_REWRITTEN, direction, trouble->odd_sacks);
        hit->numbers[REWRITTEN_SEGMENTS] = trouble->odd_sacks;
        hit_prove(hit, (uint8_t)end_peer(sender), condition_of(CONDITION_SACK), trouble->sacks);
    }
}

/* BLACK HOLE
 * The largest segments of an end are repeated and never acknowledged, though smaller things pass at
 * the same time: a small segment behind them got a SACK, or the peer goes on talking. Or a router
 * says that they are too large, and the end goes on as before: what it says does not arrive. */
static bool is_blackhole(const struct view *view, enum end sender)
{
    const struct sequence_trouble *trouble = sequence_trouble_of(view->flow, sender);
    const struct sequence_space *space = &view->flow->sequence[sender];
    const struct flow_side *peer = &view->flow->sides[end_peer(sender)];
    const struct sequence_space *peer_space = &view->flow->sequence[end_peer(sender)];
    bool is_full_size = trouble->stuck_payload >= FULL_SIZE_PAYLOAD &&
                        trouble->stuck_payload == space->largest_payload;
    bool none_passed = peer->has_ack && !sequence_after(peer->highest_ack, space->largest_sequence);
    bool small_passes =
        (trouble->stuck_answered && !trouble->stuck_peer_repeats) ||
        (peer_space->sent_small_sack && peer_space->sack_edge == trouble->stuck_sequence);
    return is_full_size && none_passed && (small_passes || was_too_big(view));
}

/* Whether the peer answered @sender, and the file lacks all of it: there are new bytes to
 * acknowledge, or what was behind the SYN or SYN-ACK was sent, which takes an answer. */
static bool has_unseen_answers(const struct view *view, enum end sender)
{
    const struct flow_side *side = &view->flow->sides[sender];
    return flow_is_one_way(view->flow) &&
           (side->ack_advance > 0 || (side->sent_syn && side->sent_segment));
}

static void judge_retries(struct view *view, enum direction direction)
{
    enum end sender = direction_sender(direction, view->client);
    const struct sequence_trouble *trouble = sequence_trouble_of(view->flow, sender);
    if (trouble->stuck_sends < preferences.exhausted_sends || has_unseen_answers(view, sender) ||
        view_is_partial(view))
        return;
    bool blackhole = is_blackhole(view, sender);
    /* The peer has closed, or has answered with a reset. */
    bool is_over = view->flow->sides[end_peer(sender)].sent_fin ||
                   view_count(view, end_peer(sender), COUNTER_RST) > 0;
    if (is_told_otherwise(view, sender) ||
        (!blackhole && (trouble->stuck_answered || is_over || was_too_big(view))))
        return;
    struct hit *hit = view_hit(
        view, blackhole ? FINDING_PATH_MTU_BLACKHOLE : FINDING_RETRIES_EXHAUSTED, direction, 1);
    hit->numbers[RETRIES_SENDS] = trouble->stuck_sends;
    hit->numbers[RETRIES_PAYLOAD] = trouble->stuck_payload;
    hit->packets = view->flow->has_copies ? trouble->stuck_sends - 1 + trouble->stuck_copies
                                          : trouble->stuck_sends;
    hit->sender = (uint8_t)sender;
}

static void judge_windows(struct view *view, enum direction by)
{
    enum end receiver = direction_sender(by, view->client), sender = end_peer(receiver);
    const struct sequence_trouble *trouble = sequence_trouble_of(view->flow, receiver);
    uint64_t closed = flow_originals(view->flow, receiver, COPY_ZERO_WINDOW);
    uint64_t filled = flow_originals(view->flow, sender, COPY_WINDOW_FULL);
    bool still_closed = trouble->closed_since != TIME_NONE;
    int64_t open_end = still_closed ? view->flow->last_time - trouble->closed_since : 0;
    int64_t closed_time = span_sum(trouble->closed_time, MAX(open_end, 0));
    if (closed > 0 && closed_time >= zero_window_ns()) {
        struct hit *hit = view_hit(view, FINDING_ZERO_WINDOW, by, closed);
        hit->numbers[ZERO_WINDOW_CLOSED] = (uint64_t)closed_time;
        hit->numbers[ZERO_WINDOW_STILL_CLOSED] = still_closed;
        hit_prove(hit, (uint8_t)receiver, condition_of(CONDITION_ZERO_WINDOW),
                  view_count(view, receiver, COUNTER_ZERO_WINDOWS));
    }
    if (filled >= preferences.window_full_segments) {
        struct hit *hit = view_hit(view, FINDING_WINDOW_LIMITED, by, filled);
        hit_prove(hit, (uint8_t)sender, condition_of(CONDITION_WINDOW_FULL),
                  view_count(view, sender, COUNTER_WINDOW_FULL));
    }
}

static void judge_slow_turn(struct view *view, enum direction by)
{
    enum end end = direction_sender(by, view->client);
    const struct handshake *handshake = &view->flow->handshake;
    bool path_is_fast = handshake->state == HANDSHAKE_COMPLETE &&
                        handshake->server_side < slow_handshake_ns() &&
                        handshake->client_side < slow_handshake_ns();
    uint64_t times, ms = view_longest(view, WITNESS_SLOW_TURN, end, &times);
    const struct pace *pace = delay_pace_of(view->context->source->capture->paces, view->flow, end);
    if (pace != NULL && (pace->is_periodic || pace->is_heartbeat))
        return;
    /* Who speaks without a question may not have been asked at all. */
    if (times == 0 || view->flow->is_multipath || !path_is_fast ||
        (by == SERVER_TO_CLIENT && view->flow->sides[end].speaks_unasked))
        return;
    enum finding_id id = by == CLIENT_TO_SERVER ? FINDING_SLOW_CLIENT : FINDING_SLOW_SERVER;
    view_hit(view, id, CLIENT_TO_SERVER, times)->numbers[SLOW_LONGEST] = ms * NS_PER_MS;
}

void rules_data_judge(struct view *view)
{
    for (int direction = 0; direction < 2; direction++) {
        if (view->flow->trouble != NULL) {
            judge_loss(view, (enum direction)direction);
            judge_retries(view, (enum direction)direction);
        }
        judge_windows(view, (enum direction)direction);
        judge_slow_turn(view, (enum direction)direction);
    }
}
