/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finding/rules_handshake.h"

#include "finding/forged_reset.h"
#include "finding/neighbours.h"
#include "settings/thresholds.h"

/* IN A HOLE
 * An answer to what was said once may be missing from the file with all that came after it, where
 * other connections begin without their SYN soon behind it. Who repeats himself got no answer. */
static bool may_be_in_hole(const struct view *view, int64_t since)
{
    return neighbours_begin_midway(view->context->neighbours, since, since + LONGEST_HOLE);
}

static bool was_waited_for(const struct view *view, int64_t since)
{
    if (may_be_in_hole(view, since))
        return false;
    /* Not where the next segment comes days later: the file was put together, or paused. */
    int64_t rest = view->context->source->last_time - since;
    return rest >= WAITED_FOR_ANSWER &&
           (rest <= LONGEST_PAUSE ||
            neighbours_go_on(view->context->neighbours, since + WAITED_FOR_ANSWER,
                             since + LONGEST_PAUSE));
}

/* What holds for an attempt, the first that applies. */
enum attempt { ATTEMPT_OTHER, ATTEMPT_STALE, ATTEMPT_ELSEWHERE, ATTEMPT_QUEUE_FULL };

/* The server sent SYN-ACKs and nothing else, though the client answered them and went on. A
 * SYN-ACK that is repeated once proves nothing: the ACK may have been lost. Linux repeats none. */
static bool is_stuck_behind_syn_ack(const struct view *view)
{
    const struct flow *flow = view->flow;
    const struct flow_side *client = &flow->sides[view->client];
    const struct flow_side *server = &flow->sides[view->server];
    bool only_syn_acks =
        server->sent_syn_ack &&
        flow_segments(flow, view->server) == view_count(view, view->server, COUNTER_SYN_ACK) +
                                                 view_count(view, view->server, COUNTER_RST);
    bool client_repeats =
        sequence_trouble_of(flow, view->client)->stuck_sends >= 2 && client->has_data;
    bool was_answered =
        client->has_ack && client->highest_ack == flow->sequence[view->server].first;
    uint64_t syn_acks = flow_originals(flow, view->server, COPY_SYN_ACK);
    return client->sent_pure_syn && client->sent_segment && was_answered && only_syn_acks &&
           (client_repeats || syn_acks > 2);
}

static bool serves_others(const struct view *view)
{
    return neighbours_serve(view->context->neighbours, &view->flow->ends[view->server],
                            view->flow->first_time, view->flow->last_time);
}

/* That did no harm where a SYN-ACK of this SYN followed and the client neither reset nor asked
 * again. */
bool rules_handshake_is_stale(const struct view *view)
{
    const struct flow_side *client = &view->flow->sides[view->client];
    const struct flow_side *server = &view->flow->sides[view->server];
    if (!client->sent_pure_syn || !server->sent_stale_ack)
        return false;
    return server->has_ack ? client->repeated_syn || view_count(view, view->client, COUNTER_RST) > 0
                           : !client->sent_segment;
}

static enum attempt attempt_of(const struct view *view)
{
    const struct flow *flow = view->flow;
    if (rules_handshake_is_stale(view))
        return ATTEMPT_STALE;
    if (neighbours_other_address(view->context->neighbours, flow->number) != UINT32_MAX)
        return ATTEMPT_ELSEWHERE;
    bool is_stuck = is_stuck_behind_syn_ack(view) || (flow_is_unanswered(flow, view->client) &&
                                                      flow->sides[view->client].repeated_syn);
    return is_stuck && view_absence_proves(view) && serves_others(view) ? ATTEMPT_QUEUE_FULL
                                                                        : ATTEMPT_OTHER;
}

bool rules_handshake_is_queue_full(const struct view *view)
{
    return attempt_of(view) == ATTEMPT_QUEUE_FULL;
}

static uint64_t all_segments(const struct view *view)
{
    return (uint64_t)flow_segments(view->flow, END_A) + flow_segments(view->flow, END_B);
}

static void judge_stale(struct view *view)
{
    struct hit *hit = view_hit(view, FINDING_STALE_CONNECTION, SERVER_TO_CLIENT, 1);
    hit->numbers[STALE_ATTEMPTS] = 1;
    const struct flow *flow = view->flow;
    int64_t end = flow->sides[view->server].sent_syn_ack ? flow->handshake.latest
                                                         : view->context->source->last_time;
    hit->numbers[STALE_DELAY] = (uint64_t)MAX(end - flow->first_time, 0);
    hit_prove(hit, NO_END, condition_of(CONDITION_ALL), all_segments(view));
}

static void judge_elsewhere(struct view *view)
{
    struct hit *hit = view_hit(view, FINDING_REPLY_FROM_OTHER_ADDRESS, SERVER_TO_CLIENT, 1);
    hit_prove(hit, NO_END, condition_of(CONDITION_ALL), all_segments(view));
}

static void judge_queue_full(struct view *view)
{
    struct hit *hit = view_hit(view, FINDING_LISTEN_QUEUE_FULL, SERVER_TO_CLIENT, 1);
    hit->numbers[LISTEN_SYNS] = view_original_syns(view, view->client);
    hit->numbers[LISTEN_SYN_ACKS] = flow_originals(view->flow, view->server, COPY_SYN_ACK);
    hit_prove(hit, NO_END, condition_of(CONDITION_ALL), all_segments(view));
}

static void judge_no_response(struct view *view)
{
    const struct flow *flow = view->flow;
    if (!flow_is_unanswered(flow, view->client) || view_scan(view) != NO_SCAN ||
        !view_absence_proves(view) ||
        neighbours_never_see(view->context->neighbours, &flow->ends[view->server]) ||
        !(flow->sides[view->client].repeated_syn || was_waited_for(view, flow->first_time)))
        return;
    struct hit *hit = view_hit(view, FINDING_NO_RESPONSE, CLIENT_TO_SERVER, 1);
    hit->numbers[NO_RESPONSE_SYNS] = view_original_syns(view, view->client);
    hit->numbers[NO_RESPONSE_OTHERS_ANSWERED] = serves_others(view);
    hit_prove(hit, (uint8_t)view->client, condition_of(CONDITION_SYN),
              view_pure_syns(view, view->client));
}

static void judge_refused(struct view *view)
{
    if (!flow_is_refused(view->flow, view->client) || view_scan(view) != NO_SCAN ||
        neighbours_accept(view->context->neighbours, view->flow->number))
        return;
    struct hit *hit = view_hit(view, FINDING_CONNECTION_REFUSED, SERVER_TO_CLIENT, 1);
    hit->numbers[REFUSED_RESETS] = flow_originals(view->flow, view->server, COPY_RST);
    hit_prove(hit, (uint8_t)view->server, condition_of(CONDITION_RESET),
              view_count(view, view->server, COUNTER_RST));
}

/* The client sent SYNs and got a SYN-ACK, and never acknowledged it, or had reset before it did. */
static bool got_syn_ack_only(const struct view *view)
{
    const struct flow *flow = view->flow;
    /* Whatever else the server sent, it sent because the client had answered. */
    return flow->sides[view->client].sent_pure_syn && flow->sides[view->server].sent_syn_ack &&
           !flow->sides[view->server].sent_segment && !flow->sides[view->client].sent_syn_ack &&
           !flow_is_established(flow);
}

static void judge_rejected(struct view *view)
{
    enum test_result results[TEST_COUNT];
    if (view_scan(view) != NO_SCAN || forged_reset_test(view->flow, view->server, results) ||
        forged_reset_test(view->flow, view->client, results))
        return; /* the forged reset had ended the attempt */
    struct hit *hit = view_hit(view, FINDING_HANDSHAKE_REJECTED, CLIENT_TO_SERVER, 1);
    hit->numbers[REJECTED_RESETS] = flow_originals(view->flow, view->client, COPY_RST);
    hit_prove(hit, (uint8_t)view->client, condition_of(CONDITION_RESET),
              view_count(view, view->client, COUNTER_RST));
}

static void judge_incomplete(struct view *view)
{
    const struct flow *flow = view->flow;
    if (!got_syn_ack_only(view) || !view_absence_proves(view))
        return;
    if (flow_is_rejected(flow, view->client)) {
        judge_rejected(view);
        return;
    }
    /* Who asks again though it was answered has not got the answer. */
    bool was_asked_again =
        flow->sides[view->client].repeated_syn || flow->sides[view->server].repeated_syn_ack;
    /* A file without any mere ACK may have been saved for its SYNs. */
    if (!was_asked_again &&
        (view->context->source->has_no_acks || !was_waited_for(view, flow->last_time)))
        return;
    struct hit *hit = view_hit(view, FINDING_HANDSHAKE_INCOMPLETE, CLIENT_TO_SERVER, 1);
    hit->numbers[INCOMPLETE_SYN_ACKS] = flow_originals(flow, view->server, COPY_SYN_ACK);
    hit_prove(hit, NO_END, condition_of(CONDITION_SYN),
              view_count(view, view->client, COUNTER_SYN) +
                  view_count(view, view->server, COUNTER_SYN));
}

static void judge_syn_retried(struct view *view)
{
    const struct flow *flow = view->flow;
    /* Where one end alone was captured, what it went on with shows that it was answered. */
    bool went_on = flow_is_one_way(flow) &&
                   (flow->sides[END_A].sent_segment || flow->sides[END_B].sent_segment);
    if (!flow_is_established(flow) && !went_on)
        return;
    uint64_t delay = (uint64_t)MAX(flow->handshake.latest - flow->first_time, 0);
    if (flow->sides[view->client].repeated_syn) {
        struct hit *hit = view_hit(view, FINDING_SYN_RETRIED, CLIENT_TO_SERVER, 1);
        hit->numbers[SYN_RETRIED_DELAY] = delay;
        hit_prove(hit, (uint8_t)view->client, condition_of(CONDITION_PURE_SYN),
                  view_pure_syns(view, view->client));
    }
    if (flow->sides[view->server].repeated_syn_ack) {
        struct hit *hit = view_hit(view, FINDING_SYN_RETRIED, SERVER_TO_CLIENT, 1);
        hit->numbers[SYN_RETRIED_DELAY] = delay;
        hit_prove(hit, (uint8_t)view->server, condition_of(CONDITION_SYN_ACK),
                  view_count(view, view->server, COUNTER_SYN_ACK));
    }
}

static void judge_scan(struct view *view)
{
    uint32_t number = view_scan(view);
    if (number == NO_SCAN)
        return;
    const struct scan *scan = &g_array_index(view->context->scans, struct scan, number);
    struct hit *hit = view_hit(view, FINDING_SCAN, CLIENT_TO_SERVER, 1);
    hit->numbers[SCAN_TARGETS] = scan->targets;
    hit->numbers[SCAN_FAILED_TARGETS] = scan->failed_targets;
    hit_prove(hit, (uint8_t)view->client, condition_of(CONDITION_SYN),
              view_pure_syns(view, view->client));
}

/* What the witnesses of a slow side say; a handshake of which something was sent twice tells no
 * times. */
static void judge_slow_handshake(struct view *view, enum direction by)
{
    enum end end = direction_sender(by, view->client);
    uint64_t times, ms = view_longest(view, WITNESS_SLOW_HANDSHAKE, end, &times);
    const struct handshake *handshake = &view->flow->handshake;
    /* Times that somebody made up: equal on both sides, or longer than anybody waits. */
    bool is_made_up =
        handshake->server_side == handshake->client_side || ms * NS_PER_MS > LONGEST_HANDSHAKE_WAIT;
    /* Who has reset the SYN-ACK did not answer it late. */
    bool has_answered = by == SERVER_TO_CLIENT || flow_is_established(view->flow);
    if (times > 0 && handshake->state != HANDSHAKE_UNCLEAN && !is_made_up && has_answered)
        view_hit(view, FINDING_SLOW_HANDSHAKE, by, 1)->numbers[SLOW_LONGEST] = ms * NS_PER_MS;
}

void rules_handshake_judge(struct view *view)
{
    switch (attempt_of(view)) {
    case ATTEMPT_STALE:
        judge_stale(view);
        break;
    case ATTEMPT_ELSEWHERE:
        judge_elsewhere(view);
        break;
    case ATTEMPT_QUEUE_FULL:
        judge_queue_full(view);
        break;
    case ATTEMPT_OTHER:
        judge_no_response(view);
        judge_refused(view);
        judge_incomplete(view);
        judge_syn_retried(view);
        judge_scan(view);
        break;
    }
    judge_slow_handshake(view, CLIENT_TO_SERVER);
    judge_slow_handshake(view, SERVER_TO_CLIENT);
}
