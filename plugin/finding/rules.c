/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finding/rules.h"

#include "finding/scan.h"
#include "finding/forged_reset.h"
#include "settings/thresholds.h"

#include <string.h>

/* One connection under judgement. */
struct view {
    const struct rule_context *context;
    const struct flow *flow;
    enum end client, server;
    struct hit *hits;
    unsigned count;
};

static uint64_t counted(const struct view *view, enum end sender, enum counter counter)
{
    return flow_counter(view->flow, sender, counter);
}

static uint64_t pure_syns(const struct view *view, enum end sender)
{
    return counted(view, sender, COUNTER_SYN) - counted(view, sender, COUNTER_SYN_ACK);
}

static const struct side_trouble *trouble_of(const struct view *view, enum end sender)
{
    static const struct side_trouble none = {.closed_since = TIME_NONE, .reset_time = TIME_NONE};
    return view->flow->trouble != NULL ? &view->flow->trouble->sides[sender] : &none;
}

static struct hit *add_hit(struct view *view, enum finding_id id, enum direction side,
                           uint64_t count)
{
    g_assert(view->count < MAX_HITS);
    struct hit *hit = &view->hits[view->count++];
    *hit = (struct hit){.id = id, .side = side, .count = count, .sender = NO_END};
    return hit;
}

/* The packets of @sender that fulfil @condition prove @hit, and there are @packets of them. */
static void prove(struct hit *hit, uint8_t sender, const char *condition, uint64_t packets)
{
    hit->sender = sender;
    hit->condition = condition;
    hit->packets = packets;
}

/* Whether what is absent was not captured, and not merely kept from the tap. */
static bool absence_proves(const struct view *view)
{
    return !view->context->source->is_incomplete && !view->flow->is_partial;
}

static bool is_part_of_scan(const struct view *view)
{
    return view->context->scan_of_flow != NULL &&
           view->context->scan_of_flow[view->flow->number].targets > 0;
}

/* --- handshakes --- */

static bool was_waited_for(const struct view *view, int64_t since)
{
    return view->context->source->last_time - since >= WAITED_FOR_ANSWER;
}

/* The client sent SYNs and nothing else (but a reset when it gave up). */
static bool only_syns(const struct view *view)
{
    return view->flow->sides[view->client].sent_pure_syn &&
           flow_segments(view->flow, view->client) ==
               counted(view, view->client, COUNTER_SYN) + counted(view, view->client, COUNTER_RST);
}

static bool is_unanswered(const struct view *view)
{
    return only_syns(view) && flow_segments(view->flow, view->server) == 0;
}

static bool is_refused(const struct view *view)
{
    return view->flow->sides[view->client].sent_pure_syn &&
           !view->flow->sides[view->server].sent_syn_ack && flow_reset(view->flow)->answers_syn &&
           flow_reset(view->flow)->time != TIME_NONE &&
           (enum end)flow_reset(view->flow)->sender == view->server;
}

static void judge_no_response(struct view *view)
{
    const struct flow *flow = view->flow;
    if (!is_unanswered(view) || is_part_of_scan(view) || !absence_proves(view) ||
        !(flow->sides[view->client].repeated_syn || was_waited_for(view, flow->first_time)))
        return;
    struct hit *hit = add_hit(view, FINDING_NO_RESPONSE, CLIENT_TO_SERVER, 1);
    hit->numbers[0] = pure_syns(view, view->client);
    prove(hit, view->client, "tcp.flags.syn == 1", hit->numbers[0]);
}

static void judge_refused(struct view *view)
{
    if (!is_refused(view) || is_part_of_scan(view))
        return;
    struct hit *hit = add_hit(view, FINDING_CONNECTION_REFUSED, SERVER_TO_CLIENT, 1);
    hit->numbers[0] = counted(view, view->server, COUNTER_RST);
    prove(hit, (uint8_t)view->server, "tcp.flags.reset == 1", hit->numbers[0]);
}

static void judge_incomplete(struct view *view)
{
    const struct flow *flow = view->flow;
    bool only_pure_syns =
        flow->sides[view->client].sent_pure_syn &&
        flow_segments(flow, view->client) == counted(view, view->client, COUNTER_SYN);
    /* Whatever else the server sent, it sent because the client had answered. */
    if (!only_pure_syns || !flow->sides[view->server].sent_syn_ack ||
        flow->sides[view->server].watch.sent_segment || flow->sides[view->client].sent_syn_ack ||
        !absence_proves(view) ||
        !(flow->sides[view->server].repeated_syn_ack || was_waited_for(view, flow->last_time)))
        return;
    struct hit *hit = add_hit(view, FINDING_HANDSHAKE_INCOMPLETE, CLIENT_TO_SERVER, 1);
    hit->numbers[0] = counted(view, view->server, COUNTER_SYN_ACK);
    prove(hit, NO_END, "tcp.flags.syn == 1",
          counted(view, view->client, COUNTER_SYN) + counted(view, view->server, COUNTER_SYN));
}

static void judge_syn_retried(struct view *view)
{
    const struct flow *flow = view->flow;
    if (!flow_is_established(flow))
        return;
    uint64_t delay = (uint64_t)MAX(flow->handshake.latest - flow->first_time, 0);
    if (flow->sides[view->client].repeated_syn) {
        struct hit *hit = add_hit(view, FINDING_SYN_RETRIED, CLIENT_TO_SERVER, 1);
        hit->numbers[0] = delay;
        prove(hit, (uint8_t)view->client, "tcp.flags.syn == 1 && tcp.flags.ack == 0",
              pure_syns(view, view->client));
    }
    if (flow->sides[view->server].repeated_syn_ack) {
        struct hit *hit = add_hit(view, FINDING_SYN_RETRIED, SERVER_TO_CLIENT, 1);
        hit->numbers[0] = delay;
        prove(hit, (uint8_t)view->server, "tcp.flags.syn == 1 && tcp.flags.ack == 1",
              counted(view, view->server, COUNTER_SYN_ACK));
    }
}

static void judge_scan(struct view *view)
{
    if (!is_part_of_scan(view))
        return;
    const struct scan *scan = &view->context->scan_of_flow[view->flow->number];
    struct hit *hit = add_hit(view, FINDING_SCAN, CLIENT_TO_SERVER, 1);
    hit->numbers[0] = scan->targets;
    hit->numbers[1] = scan->failed_targets;
    prove(hit, (uint8_t)view->client, "tcp.flags.syn == 1", pure_syns(view, view->client));
}

/* --- the capture --- */

/* ONE WAY
 * The missing direction must exist: the captured end acknowledged new bytes of it, or went on from
 * its SYN or SYN-ACK to other segments, which takes an answer. */
static void judge_one_way(struct view *view)
{
    const struct flow *flow = view->flow;
    if (!flow_is_one_way(flow) || !absence_proves(view))
        return;
    enum end seen = flow_segments(flow, END_A) > 0 ? END_A : END_B;
    const struct flow_side *side = &flow->sides[seen];
    bool was_answered = side->sent_syn && flow->sides[seen].watch.sent_segment;
    if (side->ack_advance == 0 && !was_answered)
        return;
    struct hit *hit =
        add_hit(view, FINDING_ONE_WAY_TRAFFIC, direction_of(end_peer(seen), view->client), 1);
    hit->numbers[0] = flow_segments(flow, seen);
    struct totals missing = TOTALS_NONE;
    flow_add_totals(flow, end_peer(seen), &missing);
    hit->numbers[1] = missing.count[COUNTER_INFERRED_PAYLOAD_BYTES];
    prove(hit, NO_END, NULL, hit->numbers[0]);
}

static void judge_capture_loss(struct view *view)
{
    if (flow_is_one_way(view->flow) || !absence_proves(view))
        return;
    for (int direction = 0; direction < 2; direction++) {
        enum end sender = direction_sender((enum direction)direction, view->client);
        unsigned gaps;
        uint64_t bytes = trouble_missing_bytes(view->flow, sender, &gaps);
        if (bytes > 0)
            add_hit(view, FINDING_CAPTURE_LOSS, (enum direction)direction, gaps)->numbers[0] =
                bytes;
    }
}

static void judge_duplicates(struct view *view)
{
    uint64_t copies = counted(view, END_A, COUNTER_DUPLICATE_FRAMES) +
                      counted(view, END_B, COUNTER_DUPLICATE_FRAMES);
    /* Copies that the receiver answered did arrive: the network made them, not the capture. */
    uint64_t answered = (uint64_t)view->flow->sides[END_A].watch.copies_answered +
                        view->flow->sides[END_B].watch.copies_answered;
    if (copies > 0 && answered * 2 < copies)
        add_hit(view, FINDING_DUPLICATE_CAPTURE, CLIENT_TO_SERVER, copies);
}

static void judge_guess(struct view *view)
{
    if (view->context->source->roles[view->flow->number].basis != ROLE_GUESS)
        return;
    struct hit *hit = add_hit(view, FINDING_ROLE_GUESSED, CLIENT_TO_SERVER, 1);
    prove(hit, NO_END, NULL,
          (uint64_t)flow_segments(view->flow, END_A) + flow_segments(view->flow, END_B));
}

/* --- resets --- */

static bool judge_forged(struct view *view, enum end sender)
{
    enum test_result results[TEST_COUNT];
    if (!forged_reset_test(view->flow, sender, results))
        return false;
    struct hit *hit = add_hit(view, FINDING_FORGED_RESET, direction_of(sender, view->client), 1);
    for (int i = 0; i < TEST_COUNT; i++)
        hit->numbers[i] = results[i] == TEST_FIRED;
    prove(hit, (uint8_t)sender, "tcp.flags.reset == 1", counted(view, sender, COUNTER_RST));
    return true;
}

static void judge_abort(struct view *view, enum end sender)
{
    const struct decisive_reset *reset = flow_reset(view->flow);
    enum finding_id id = sender == view->client ? FINDING_RESET_BY_CLIENT : FINDING_RESET_BY_SERVER;
    struct hit *hit = add_hit(view, id, CLIENT_TO_SERVER, 1);
    bool idled = reset->idle != TIME_NONE && reset->idle >= IDLE_BEFORE_RESET;
    bool had_data = reset->payload_before[END_A] + reset->payload_before[END_B] > 0;
    hit->numbers[0] = !idled && !had_data;
    hit->numbers[1] = !idled && had_data;
    hit->numbers[2] = idled;
    hit->numbers[3] = idled ? (uint64_t)reset->idle : 0;
    hit->numbers[4] = reset->window;
    prove(hit, (uint8_t)sender, "tcp.flags.reset == 1", counted(view, sender, COUNTER_RST));
}

static void judge_resets(struct view *view)
{
    const struct decisive_reset *reset = flow_reset(view->flow);
    if (reset->time == TIME_NONE)
        return;
    bool forged = judge_forged(view, view->server);
    forged |= judge_forged(view, view->client);
    /* Whom a forged reset made answer by a reset of its own did not abort anything. */
    if (forged || reset->answers_syn)
        return;
    enum end sender = (enum end)reset->sender;
    if (reset->after_fin) {
        struct hit *hit =
            add_hit(view, FINDING_RESET_AFTER_CLOSE, direction_of(sender, view->client), 1);
        hit->numbers[0] = counted(view, sender, COUNTER_RST);
        prove(hit, (uint8_t)sender, "tcp.flags.reset == 1", hit->numbers[0]);
    } else if (flow_reset(view->flow)->established) {
        judge_abort(view, sender);
    }
}

/* --- data on its way --- */

static void judge_loss(struct view *view, enum direction direction)
{
    const struct side_trouble *trouble =
        trouble_of(view, direction_sender(direction, view->client));
    if (view->flow->is_partial)
        return;
    uint64_t lost = (uint64_t)trouble->resent_captured + trouble->resent_missing;
    if (lost > 0) {
        struct hit *hit = add_hit(view,
                                  direction == CLIENT_TO_SERVER ? FINDING_LOSS_CLIENT_TO_SERVER
                                                                : FINDING_LOSS_SERVER_TO_CLIENT,
                                  direction, lost);
        hit->numbers[0] = trouble->resent_captured;
        hit->numbers[1] = trouble->resent_missing;
    }
    if (trouble->resent_acked > 0)
        add_hit(view, FINDING_SPURIOUS_RETRANSMISSIONS, direction, trouble->resent_acked);
}

/* BLACK HOLE
 * The largest segments of an end are repeated and never acknowledged, though smaller things pass at
 * the same time: a small segment behind them got a SACK, or the peer goes on talking. */
static bool is_blackhole(const struct view *view, enum end sender)
{
    const struct side_trouble *trouble = trouble_of(view, sender);
    const struct side_watch *watch = &view->flow->sides[sender].watch;
    const struct flow_side *peer = &view->flow->sides[end_peer(sender)];
    const struct side_watch *peer_watch = &view->flow->sides[end_peer(sender)].watch;
    bool is_full_size = trouble->stuck_payload >= FULL_SIZE_PAYLOAD &&
                        trouble->stuck_payload == watch->largest_payload;
    bool none_passed = peer->has_ack && !sequence_after(peer->highest_ack, watch->largest_sequence);
    bool small_passes =
        (trouble->stuck_answered && !trouble->stuck_peer_repeats) ||
        (peer_watch->sent_small_sack && peer_watch->sack_edge == trouble->stuck_sequence);
    return is_full_size && none_passed && small_passes;
}

static void judge_retries(struct view *view, enum direction direction)
{
    enum end sender = direction_sender(direction, view->client);
    const struct side_trouble *trouble = trouble_of(view, sender);
    bool unseen_answers = flow_is_one_way(view->flow) && view->flow->sides[sender].ack_advance > 0;
    if (trouble->stuck_sends < EXHAUSTED_SENDS || unseen_answers || view->flow->is_partial)
        return;
    bool blackhole = is_blackhole(view, sender);
    if (!blackhole && trouble->stuck_answered)
        return;
    struct hit *hit = add_hit(
        view, blackhole ? FINDING_PATH_MTU_BLACKHOLE : FINDING_RETRIES_EXHAUSTED, direction, 1);
    hit->numbers[0] = trouble->stuck_sends;
    hit->numbers[1] = trouble->stuck_payload;
    hit->packets = trouble->stuck_sends;
    hit->sender = (uint8_t)sender;
}

/* --- windows --- */

static void judge_windows(struct view *view, enum direction by)
{
    enum end receiver = direction_sender(by, view->client), sender = end_peer(receiver);
    const struct side_trouble *trouble = trouble_of(view, receiver);
    uint64_t closed = counted(view, receiver, COUNTER_ZERO_WINDOWS);
    uint64_t filled = counted(view, sender, COUNTER_WINDOW_FULL);
    if (closed > 0) {
        struct hit *hit = add_hit(view, FINDING_ZERO_WINDOW, by, closed);
        bool still_closed = trouble->closed_since != TIME_NONE;
        int64_t open_end = still_closed ? view->flow->last_time - trouble->closed_since : 0;
        hit->numbers[0] = (uint64_t)(trouble->closed_time + MAX(open_end, 0));
        hit->numbers[1] = still_closed;
        prove(hit, (uint8_t)receiver, "tcp.analysis.zero_window", closed);
    }
    if (filled >= WINDOW_FULL_SEGMENTS) {
        struct hit *hit = add_hit(view, FINDING_WINDOW_LIMITED, by, filled);
        prove(hit, (uint8_t)sender, "tcp.analysis.window_full", filled);
    }
}

/* --- times --- */

static const struct witness *evidence_at(const struct rule_context *context, uint32_t index)
{
    return &g_array_index(context->source->evidence, struct witness,
                          context->evidence_order[index]);
}

/* The largest time of the evidence of @kind and @end, in ms; *@times is how often. */
static uint64_t longest(const struct view *view, enum witness_kind kind, enum end end,
                        uint64_t *times)
{
    uint64_t ms = 0;
    *times = 0;
    uint32_t flow = view->flow->number;
    for (uint32_t i = view->context->first_evidence[flow];
         i < view->context->first_evidence[flow + 1]; i++) {
        const struct witness *evidence = evidence_at(view->context, i);
        if (evidence->kind != kind || evidence->end != (uint8_t)end)
            continue;
        ms = MAX(ms, evidence->sequence);
        (*times)++;
    }
    *times /= 2; /* each has a first and a last frame */
    return ms;
}

static void judge_slow(struct view *view, enum direction by)
{
    enum end end = direction_sender(by, view->client);
    const struct handshake *handshake = &view->flow->handshake;
    uint64_t times, ms = longest(view, WITNESS_SLOW_HANDSHAKE, end, &times);
    bool was_clean = handshake->state == HANDSHAKE_COMPLETE;
    if (times > 0 && handshake->state != HANDSHAKE_UNCLEAN)
        add_hit(view, FINDING_SLOW_HANDSHAKE, by, 1)->numbers[0] = ms * NS_PER_MS;
    bool path_is_fast = was_clean && handshake->server_side < SLOW_HANDSHAKE &&
                        handshake->client_side < SLOW_HANDSHAKE;
    ms = longest(view, WITNESS_SLOW_TURN, end, &times);
    /* Who speaks without a question may not have been asked at all. */
    if (times > 0 && path_is_fast &&
        !(by == SERVER_TO_CLIENT && view->flow->sides[end].speaks_unasked))
        add_hit(view, by == CLIENT_TO_SERVER ? FINDING_SLOW_CLIENT : FINDING_SLOW_SERVER,
                CLIENT_TO_SERVER, times)
            ->numbers[0] = ms * NS_PER_MS;
}

/* --- all --- */

static struct view view_of(const struct rule_context *context, uint32_t flow, struct hit *hits)
{
    enum end client = (enum end)context->source->roles[flow].client;
    return (struct view){
        context, flow_table_at(context->source->flows, flow), client, end_peer(client), hits, 0};
}

/* Most connections give none of the rules anything to judge but what the capture lost: both ends
 * shook hands at once, sent no reset, and Wireshark's analysis had nothing to say. */
static bool is_inconspicuous(const struct view *view, bool has_evidence)
{
    const struct flow *flow = view->flow;
    return flow->extra == NULL && flow->trouble == NULL && !has_evidence &&
           flow->handshake.state == HANDSHAKE_COMPLETE && !is_part_of_scan(view);
}

unsigned rules_apply(const struct rule_context *context, uint32_t flow, struct hit *hits)
{
    struct view view = view_of(context, flow, hits);
    bool has_evidence = context->first_evidence[flow] != context->first_evidence[flow + 1];
    judge_capture_loss(&view);
    if (is_inconspicuous(&view, has_evidence))
        return view.count;
    judge_no_response(&view);
    judge_refused(&view);
    judge_incomplete(&view);
    judge_syn_retried(&view);
    judge_scan(&view);
    judge_one_way(&view);
    judge_duplicates(&view);
    judge_guess(&view);
    judge_resets(&view);
    for (int direction = 0; direction < 2; direction++) {
        if (view.flow->trouble != NULL) {
            judge_loss(&view, (enum direction)direction);
            judge_retries(&view, (enum direction)direction);
        }
        judge_windows(&view, (enum direction)direction);
        if (has_evidence)
            judge_slow(&view, (enum direction)direction);
    }
    return view.count;
}

/* Evidence of a finding that names its frames; WITNESS_KIND_COUNT for none. */
static enum witness_kind evidence_kind_of(const struct hit *hit, enum witness_kind *other)
{
    *other = WITNESS_KIND_COUNT;
    switch (hit->id) {
    case FINDING_LOSS_CLIENT_TO_SERVER:
    case FINDING_LOSS_SERVER_TO_CLIENT:
        *other = WITNESS_RESENT_MISSING;
        return WITNESS_RESENT_CAPTURED;
    case FINDING_SPURIOUS_RETRANSMISSIONS:
        return WITNESS_RESENT_ACKED;
    case FINDING_DUPLICATE_CAPTURE:
        return WITNESS_DUPLICATE;
    case FINDING_SLOW_HANDSHAKE:
        return WITNESS_SLOW_HANDSHAKE;
    case FINDING_SLOW_SERVER:
    case FINDING_SLOW_CLIENT:
        return WITNESS_SLOW_TURN;
    default:
        return WITNESS_KIND_COUNT;
    }
}

/* The end that the evidence of @hit is about, or NO_END where both ends' counts. */
static uint8_t evidence_end_of(const struct view *view, const struct hit *hit)
{
    if (hit->id == FINDING_DUPLICATE_CAPTURE)
        return NO_END;
    if (hit->id == FINDING_SLOW_SERVER)
        return (uint8_t)view->server;
    return (uint8_t)direction_sender(hit->side, view->client);
}

static void show_evidence(const struct view *view, const struct hit *hit,
                          struct display_filter *filter)
{
    enum witness_kind other, kind = evidence_kind_of(hit, &other);
    uint8_t end = evidence_end_of(view, hit);
    const struct rule_context *context = view->context;
    uint32_t flow = view->flow->number;
    for (uint32_t i = context->first_evidence[flow];
         i < context->first_evidence[flow + 1] && !display_filter_is_full(filter); i++) {
        const struct witness *evidence = evidence_at(context, i);
        if ((evidence->kind == kind || evidence->kind == other) &&
            (end == NO_END || evidence->end == end))
            display_filter_add_frame(filter, evidence->frame);
    }
}

/* What was captured behind the missing bytes, and what acknowledges the last of them. */
static void show_missing(const struct view *view, enum end sender, struct display_filter *filter)
{
    const struct flow_side *peer = &view->flow->sides[end_peer(sender)];
    const struct side_trouble *trouble = trouble_of(view, sender);
    for (unsigned i = 0; i < trouble->gap_count; i++) {
        const struct gap *gap = &trouble->gaps[i];
        if (!sequence_after(gap->end, peer->highest_ack) && gap->end - gap->start > 1)
            display_filter_add_frame(filter, gap->opening_frame);
    }
    display_filter_add_frame(filter, peer->ack_frame);
}

void rules_show(const struct rule_context *context, uint32_t flow, const struct hit *hit,
                struct display_filter *filter)
{
    struct view view = view_of(context, flow, NULL);
    enum witness_kind other;
    if (hit->id == FINDING_CAPTURE_LOSS)
        show_missing(&view, direction_sender(hit->side, view.client), filter);
    else if (hit->id == FINDING_RETRIES_EXHAUSTED || hit->id == FINDING_PATH_MTU_BLACKHOLE)
        display_filter_add_sequence(filter, view.flow, view.client, (enum end)hit->sender,
                                    trouble_of(&view, (enum end)hit->sender)->stuck_sequence);
    else if (evidence_kind_of(hit, &other) != WITNESS_KIND_COUNT)
        show_evidence(&view, hit, filter);
    else
        display_filter_add_flow(filter, view.flow, view.client, hit->sender, hit->condition);
}

char *rules_detail(const struct rule_context *context, uint32_t flow, const struct hit *hit)
{
    if (hit->id != FINDING_FORGED_RESET)
        return NULL;
    struct view view = view_of(context, flow, NULL);
    return forged_reset_describe(view.flow, direction_sender(hit->side, view.client));
}

bool rules_attempt_failed(const struct rule_context *context, uint32_t flow)
{
    struct view view = view_of(context, flow, NULL);
    return is_unanswered(&view) || is_refused(&view);
}

/* --- evidence by connection --- */

static void order_evidence(struct rule_context *context)
{
    const GArray *evidence = context->source->evidence;
    size_t flows = flow_table_count(context->source->flows);
    context->first_evidence = g_new0(uint32_t, flows + 1);
    context->evidence_order = g_new(uint32_t, evidence->len);
    for (guint i = 0; i < evidence->len; i++)
        context->first_evidence[g_array_index(evidence, struct witness, i).flow + 1]++;
    for (size_t i = 0; i < flows; i++)
        context->first_evidence[i + 1] += context->first_evidence[i];
    uint32_t *next = g_memdup2(context->first_evidence, flows * sizeof *next);
    for (guint i = 0; i < evidence->len; i++)
        context->evidence_order[next[g_array_index(evidence, struct witness, i).flow]++] = i;
    g_free(next);
}

void rules_init(struct rule_context *context, const struct finding_source *source)
{
    context->source = source;
    context->scan_of_flow = NULL;
    order_evidence(context);
    scans_find(context);
}

void rules_clear(struct rule_context *context)
{
    g_free(context->scan_of_flow);
    g_free(context->first_evidence);
    g_free(context->evidence_order);
}
