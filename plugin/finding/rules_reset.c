/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finding/rules_reset.h"

#include "finding/forged_reset.h"
#include "finding/neighbours.h"
#include "finding/rules_handshake.h"
#include "finding/standing.h"
#include "settings/preference.h"
#include "settings/thresholds.h"

/* Each test has a number of its own. */
G_STATIC_ASSERT((int)TEST_HOP_LIMIT == (int)FORGED_ODD_HOP_LIMIT);
G_STATIC_ASSERT((int)TEST_GOES_ON == (int)FORGED_GOES_ON);
G_STATIC_ASSERT((int)TEST_BURST == (int)FORGED_BURST);
G_STATIC_ASSERT(TEST_COUNT == 3);

/* Whoever is answered by an address that was not asked resets the answer. Its SYN may have passed a
 * router or two before it came to where the reset was captured. */
static bool has_answer_from_elsewhere(const struct view *view, enum end sender)
{
    return sender == view->client &&
           neighbours_other_address(view->context->neighbours, view->flow->number) != UINT32_MAX;
}

static bool lacks_segments(const struct view *view)
{
    return neighbours_lack_segments(view->context->neighbours);
}

/* Where the file lacks segments, resets of different sequence numbers may each answer one of them.
 */
static bool may_answer_unseen(const struct view *view, const enum test_result *results)
{
    return results[TEST_BURST] == TEST_FIRED && results[TEST_HOP_LIMIT] != TEST_FIRED &&
           results[TEST_GOES_ON] != TEST_FIRED && lacks_segments(view);
}

/* Whether the resets are not the genuine ones of @sender. */
static bool judge_forged(struct view *view, enum end sender)
{
    enum test_result results[TEST_COUNT];
    if (has_answer_from_elsewhere(view, sender) ||
        !forged_reset_test(view->flow, sender, results) || may_answer_unseen(view, results))
        return false;
    if (forged_reset_is_local(view->flow, sender, results))
        return true; /* no abort either: the end goes on */
    struct hit *hit = view_hit(view, FINDING_FORGED_RESET, direction_of(sender, view->client), 1);
    for (int i = 0; i < TEST_COUNT; i++)
        hit->numbers[i] = results[i] == TEST_FIRED;
    hit_prove(hit, (uint8_t)sender, condition_of(CONDITION_RESET),
              view_count(view, sender, COUNTER_RST));
    return true;
}

/* How much of @span, which the reset ended, was idle: nothing idles while the host stands still. */
static int64_t idle_part(const struct view *view, int64_t span)
{
    int64_t end = flow_reset(view->flow)->time;
    return span == TIME_NONE ? span : span - standing_time(view->context, end - span, end);
}

/* Whether data was sent again between the last new data and @reset: what is not acknowledged then
 * is under way, and does not idle. */
static bool was_resent_before(const struct flow *flow, const struct decisive_reset *reset)
{
    for (int i = 0; i < 2; i++) {
        int64_t resent = sequence_trouble_of(flow, (enum end)i)->resent_time;
        if (resent != TIME_NONE && resent <= reset->time && reset->time - resent <= reset->quiet)
            return true;
    }
    return false;
}

/* THE PHASE OF AN ABORT
 * Data is under way while it is not acknowledged. If all was acknowledged and the client has spoken
 * last, the answer is missing. What the client says only in reaction to the answer, as an
 * acknowledgment of the application, ends the exchange: it is no request. */
static enum abort_number phase_of(const struct view *view, const struct decisive_reset *reset,
                                  int64_t quiet)
{
    bool idled = quiet != TIME_NONE && quiet >= idle_before_reset_ns();
    bool had_data = reset->payload_before[END_A] + reset->payload_before[END_B] > 0;
    bool is_reaction = reset->last_speaker == (uint8_t)view->client && reset->only_reacts;
    bool is_acked = reset->all_acked || (is_reaction && reset->peer_all_acked &&
                                         reset->sender == (uint8_t)view->client);
    if (had_data && !is_acked && (!idled || was_resent_before(view->flow, reset)))
        return ABORT_IN_TRANSFER;
    if (had_data && is_acked && reset->last_speaker == (uint8_t)view->client && !is_reaction)
        return ABORT_UNANSWERED;
    if (idled)
        return ABORT_AFTER_IDLING;
    return had_data ? ABORT_AFTER_EXCHANGE : ABORT_BEFORE_DATA;
}

static void judge_abort(struct view *view, enum end sender)
{
    const struct decisive_reset *reset = flow_reset(view->flow);
    enum finding_id id = sender == view->client ? FINDING_RESET_BY_CLIENT : FINDING_RESET_BY_SERVER;
    struct hit *hit = view_hit(view, id, CLIENT_TO_SERVER, 1);
    int64_t quiet = idle_part(view, reset->quiet);
    enum abort_number phase = phase_of(view, reset, quiet);
    uint64_t span = quiet != TIME_NONE ? (uint64_t)quiet : 0;
    hit->numbers[phase] = 1;
    hit->numbers[ABORT_LONGEST_WAIT] = phase == ABORT_UNANSWERED ? span : 0;
    hit->numbers[ABORT_LONGEST_IDLE] = phase == ABORT_AFTER_IDLING ? span : 0;
    hit->numbers[ABORT_WINDOW] = reset->window;
    hit_prove(hit, (uint8_t)sender, condition_of(CONDITION_RESET),
              view_count(view, sender, COUNTER_RST));
}

/* UNKNOWN
 * Data is answered at once by a reset, and the end that resets had said nothing for long, or
 * nothing at all: it knows the connection no more. Whoever shook hands knew it; only a reset
 * without an ACK shows that it does no longer, one with an ACK is an application's. */
bool rules_reset_is_unknown(const struct view *view, enum end *sender)
{
    const struct decisive_reset *reset = flow_reset(view->flow);
    const struct handshake *handshake = &view->flow->handshake;
    if (reset->time == TIME_NONE || reset->after_fin || !reset->is_first || !reset->answers_data ||
        reset->idle == TIME_NONE)
        return false;
    *sender = (enum end)reset->sender;
    int64_t round_trip = handshake->state == HANDSHAKE_COMPLETE
                             ? span_sum(handshake->server_side, handshake->client_side)
                             : 0;
    bool was_silent =
        reset->silence == TIME_NONE || idle_part(view, reset->silence) >= NS_PER_SECOND;
    return was_silent && !reset->all_acked &&
           reset->idle <= span_sum(round_trip, ANSWERED_AT_ONCE) &&
           !(view->flow->sides[*sender].sent_syn && reset->has_ack);
}

static void judge_unknown(struct view *view, enum end sender)
{
    const struct decisive_reset *reset = flow_reset(view->flow);
    struct hit *hit =
        view_hit(view, FINDING_CONNECTION_UNKNOWN, direction_of(sender, view->client), 1);
    hit->numbers[UNKNOWN_SILENCE] = reset->silence != TIME_NONE ? (uint64_t)reset->silence : 0;
    hit_prove(hit, (uint8_t)sender, condition_of(CONDITION_RESET),
              view_count(view, sender, COUNTER_RST));
}

/* Whether keep-alives of @prober are unanswered to the end. Who resets is there. */
bool rules_reset_is_peer_gone(const struct view *view, enum end prober)
{
    return sequence_trouble_of(view->flow, prober)->probes >= LEAST_PROBES &&
           view_count(view, end_peer(prober), COUNTER_RST) == 0 && view_absence_proves(view) &&
           !flow_is_one_way(view->flow);
}

static bool judge_peer_gone(struct view *view, enum end prober)
{
    if (!rules_reset_is_peer_gone(view, prober))
        return false;
    const struct flow *flow = view->flow;
    uint64_t probes = sequence_trouble_of(flow, prober)->probes;
    enum direction by = direction_of(end_peer(prober), view->client);
    struct hit *hit = view_hit(view, FINDING_PEER_GONE, by, 1);
    hit->numbers[PEER_GONE_PROBES] = probes;
    hit->numbers[PEER_GONE_SILENCE] =
        flow->data_sender != NO_END ? (uint64_t)MAX(flow->last_time - flow->data_time, 0) : 0;
    hit->sender = (uint8_t)prober;
    hit->packets = probes + sequence_trouble_of(flow, prober)->probe_copies;
    return true;
}

static void judge_injected(struct view *view)
{
    uint64_t misfits[2] = {0, 0};
    for (uint32_t i = view_first_witness(view); i < view_end_of_witnesses(view); i++) {
        const struct witness *witness = view_witness(view, i);
        if (witness->kind == WITNESS_MISFIT)
            misfits[witness->end & 1]++;
    }
    for (int i = 0; i < 2; i++) {
        /* Unless the end itself has come from there since. */
        if (misfits[i] == 0 || view->flow->sides[i].hop_count != 1)
            continue;
        struct hit *hit = view_hit(view, FINDING_INJECTED_DATA,
                                   direction_of((enum end)i, view->client), misfits[i]);
        hit->numbers[INJECTED_SEGMENTS] = misfits[i];
    }
}

static void judge_genuine(struct view *view)
{
    const struct decisive_reset *reset = flow_reset(view->flow);
    enum end sender = (enum end)reset->sender, unknown;
    if (reset->time == TIME_NONE || reset->is_damaged ||
        (!reset->established && rules_handshake_is_stale(view)))
        return;
    if (rules_reset_is_unknown(view, &unknown)) {
        judge_unknown(view, unknown);
    } else if (reset->answers_syn) {
        return;
    } else if (reset->after_fin) {
        struct hit *hit =
            view_hit(view, FINDING_RESET_AFTER_CLOSE, direction_of(sender, view->client), 1);
        hit->numbers[CLOSE_RESETS] = flow_originals(view->flow, sender, COPY_RST);
        hit_prove(hit, (uint8_t)sender, condition_of(CONDITION_RESET),
                  view_count(view, sender, COUNTER_RST));
    } else if (reset->established && !(reset->is_ahead && lacks_segments(view))) {
        judge_abort(view, sender);
    }
}

void rules_reset_judge(struct view *view)
{
    judge_injected(view);
    bool forged[2] = {false, false};
    forged[view->server] = judge_forged(view, view->server);
    forged[view->client] = judge_forged(view, view->client);
    /* The first reset decides: a genuine one was there before the forged ones. */
    const struct decisive_reset *reset = flow_reset(view->flow);
    bool forged_first =
        (forged[END_A] || forged[END_B]) && (reset->time == TIME_NONE || forged[reset->sender & 1]);
    bool gone = judge_peer_gone(view, END_A);
    gone |= judge_peer_gone(view, END_B);
    /* Whom a forged reset made answer by a reset of its own did not abort anything, and who gave up
     * waiting for an answer did not want to. */
    if (!forged_first && !gone)
        judge_genuine(view);
}
