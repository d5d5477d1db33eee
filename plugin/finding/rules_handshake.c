/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finding/rules_handshake.h"

#include "settings/thresholds.h"

static bool was_waited_for(const struct view *view, int64_t since)
{
    return view->context->source->last_time - since >= WAITED_FOR_ANSWER;
}

static void judge_no_response(struct view *view)
{
    const struct flow *flow = view->flow;
    if (!flow_is_unanswered(flow, view->client) || view_scan(view) != NO_SCAN ||
        !view_absence_proves(view) ||
        !(flow->sides[view->client].repeated_syn || was_waited_for(view, flow->first_time)))
        return;
    struct hit *hit = view_hit(view, FINDING_NO_RESPONSE, CLIENT_TO_SERVER, 1);
    hit->numbers[NO_RESPONSE_SYNS] = view_pure_syns(view, view->client);
    hit_prove(hit, (uint8_t)view->client, "tcp.flags.syn == 1", hit->numbers[NO_RESPONSE_SYNS]);
}

static void judge_refused(struct view *view)
{
    if (!flow_is_refused(view->flow, view->client) || view_scan(view) != NO_SCAN)
        return;
    struct hit *hit = view_hit(view, FINDING_CONNECTION_REFUSED, SERVER_TO_CLIENT, 1);
    hit->numbers[REFUSED_RESETS] = view_count(view, view->server, COUNTER_RST);
    hit_prove(hit, (uint8_t)view->server, "tcp.flags.reset == 1", hit->numbers[REFUSED_RESETS]);
}

static void judge_incomplete(struct view *view)
{
    const struct flow *flow = view->flow;
    bool only_pure_syns =
        flow->sides[view->client].sent_pure_syn &&
        flow_segments(flow, view->client) == view_count(view, view->client, COUNTER_SYN);
    /* Whatever else the server sent, it sent because the client had answered. */
    if (!only_pure_syns || !flow->sides[view->server].sent_syn_ack ||
        flow->sides[view->server].sent_segment || flow->sides[view->client].sent_syn_ack ||
        !view_absence_proves(view) ||
        !(flow->sides[view->server].repeated_syn_ack || was_waited_for(view, flow->last_time)))
        return;
    struct hit *hit = view_hit(view, FINDING_HANDSHAKE_INCOMPLETE, CLIENT_TO_SERVER, 1);
    hit->numbers[INCOMPLETE_SYN_ACKS] = view_count(view, view->server, COUNTER_SYN_ACK);
    hit_prove(hit, NO_END, "tcp.flags.syn == 1",
              view_count(view, view->client, COUNTER_SYN) +
                  view_count(view, view->server, COUNTER_SYN));
}

static void judge_syn_retried(struct view *view)
{
    const struct flow *flow = view->flow;
    if (!flow_is_established(flow))
        return;
    uint64_t delay = (uint64_t)MAX(flow->handshake.latest - flow->first_time, 0);
    if (flow->sides[view->client].repeated_syn) {
        struct hit *hit = view_hit(view, FINDING_SYN_RETRIED, CLIENT_TO_SERVER, 1);
        hit->numbers[SYN_RETRIED_DELAY] = delay;
        hit_prove(hit, (uint8_t)view->client, "tcp.flags.syn == 1 && tcp.flags.ack == 0",
                  view_pure_syns(view, view->client));
    }
    if (flow->sides[view->server].repeated_syn_ack) {
        struct hit *hit = view_hit(view, FINDING_SYN_RETRIED, SERVER_TO_CLIENT, 1);
        hit->numbers[SYN_RETRIED_DELAY] = delay;
        hit_prove(hit, (uint8_t)view->server, "tcp.flags.syn == 1 && tcp.flags.ack == 1",
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
    hit_prove(hit, (uint8_t)view->client, "tcp.flags.syn == 1", view_pure_syns(view, view->client));
}

/* What the witnesses of a slow side say; a handshake of which something was sent twice tells no
 * times. */
static void judge_slow_handshake(struct view *view, enum direction by)
{
    enum end end = direction_sender(by, view->client);
    uint64_t times, ms = view_longest(view, WITNESS_SLOW_HANDSHAKE, end, &times);
    if (times > 0 && view->flow->handshake.state != HANDSHAKE_UNCLEAN)
        view_hit(view, FINDING_SLOW_HANDSHAKE, by, 1)->numbers[SLOW_LONGEST] = ms * NS_PER_MS;
}

void rules_handshake_judge(struct view *view)
{
    judge_no_response(view);
    judge_refused(view);
    judge_incomplete(view);
    judge_syn_retried(view);
    judge_scan(view);
    judge_slow_handshake(view, CLIENT_TO_SERVER);
    judge_slow_handshake(view, SERVER_TO_CLIENT);
}
