/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finding/rules.h"

#include "base/text_format.h"
#include "finding/forged_reset.h"
#include "finding/neighbours.h"
#include "finding/proof_times.h"
#include "finding/rules_capture.h"
#include "finding/rules_data.h"
#include "finding/rules_handshake.h"
#include "finding/rules_reset.h"
#include "finding/scan.h"
#include "finding/standing.h"
#include "settings/preference.h"

/* Most connections give none of the rules anything to judge but what the capture lost: both ends
 * shook hands at once, sent no reset, and Wireshark's analysis had nothing to say. */
static bool is_inconspicuous(const struct view *view)
{
    const struct flow *flow = view->flow;
    unsigned quotes;
    return neighbours_error(view->context->neighbours, flow->number, &quotes) == NULL &&
           flow->extra == NULL && flow->trouble == NULL && flow->resets == NULL &&
           view_first_witness(view) == view_end_of_witnesses(view) &&
           flow->handshake.state == HANDSHAKE_COMPLETE && view_scan(view) == NO_SCAN;
}

/* Whether @hit explains its connection: a lost segment or two do not, and may be no finding. */
static bool explains(const struct hit *hit)
{
    bool is_loss =
        hit->id == FINDING_LOSS_CLIENT_TO_SERVER || hit->id == FINDING_LOSS_SERVER_TO_CLIENT;
    return finding_kinds[hit->id].severity >= SEVERITY_WARN &&
           (!is_loss || hit->count >= preferences.loss_segments);
}

/* Told by itself only where no other finding explains the connection. */
static void judge_icmp(struct view *view)
{
    unsigned count;
    const struct icmp_error *error =
        neighbours_error(view->context->neighbours, view->flow->number, &count);
    if (error == NULL)
        return;
    for (unsigned i = 0; i < view->count; i++) {
        if (explains(&view->hits[i]))
            return;
    }
    struct hit *hit = view_hit(view, FINDING_ICMP_ERROR, CLIENT_TO_SERVER, 1);
    hit->numbers[ICMP_ERRORS] = count;
    hit->numbers[ICMP_MTU] = error->mtu;
}

unsigned rules_apply(const struct rule_context *context, uint32_t flow, struct hit *hits)
{
    struct view view = view_of(context, flow, hits);
    rules_capture_judge_loss(&view);
    if (is_inconspicuous(&view))
        return view.count;
    rules_handshake_judge(&view);
    rules_capture_judge(&view);
    rules_reset_judge(&view);
    rules_data_judge(&view);
    judge_icmp(&view);
    return view.count;
}

/* --- the packets that prove a hit --- */

/* The witnesses of a finding that names its frames, of one kind or two; WITNESS_KIND_COUNT for
 * none. */
struct witness_kinds {
    enum witness_kind one, other;
    bool is_one_each; /* each frame is one that the finding counts; else two frames are one time */
};

static struct witness_kinds witnesses_of(enum finding_id id)
{
    enum witness_kind none = WITNESS_KIND_COUNT;
    switch (id) {
    case FINDING_LOSS_CLIENT_TO_SERVER:
    case FINDING_LOSS_SERVER_TO_CLIENT:
        return (struct witness_kinds){WITNESS_RESENT_CAPTURED, WITNESS_RESENT_MISSING, true};
    case FINDING_SPURIOUS_RETRANSMISSIONS:
        return (struct witness_kinds){WITNESS_RESENT_ACKED, none, true};
    case FINDING_DUPLICATE_CAPTURE:
        return (struct witness_kinds){WITNESS_COPY, none, true};
    case FINDING_INJECTED_DATA:
        return (struct witness_kinds){WITNESS_MISFIT, none, true};
    case FINDING_SLOW_HANDSHAKE:
        return (struct witness_kinds){WITNESS_SLOW_HANDSHAKE, none, false};
    case FINDING_SLOW_SERVER:
    case FINDING_SLOW_CLIENT:
        return (struct witness_kinds){WITNESS_SLOW_TURN, none, false};
    default:
        return (struct witness_kinds){none, none, false};
    }
}

bool rules_may_lack_witnesses(enum finding_id id)
{
    return witnesses_of(id).is_one_each;
}

/* The end that the witnesses of @hit are about, or NO_END where both ends' count. */
static uint8_t end_of_witnesses(const struct view *view, const struct hit *hit)
{
    if (hit->id == FINDING_DUPLICATE_CAPTURE)
        return NO_END;
    if (hit->id == FINDING_SLOW_SERVER)
        return (uint8_t)view->server;
    return (uint8_t)direction_sender(hit->side, view->client);
}

static bool is_quoted_by(const struct flow *flow, const struct icmp_error *error)
{
    bool forth = endpoint_equal(&error->source, &flow->ends[END_A]) &&
                 endpoint_equal(&error->destination, &flow->ends[END_B]);
    bool back = endpoint_equal(&error->source, &flow->ends[END_B]) &&
                endpoint_equal(&error->destination, &flow->ends[END_A]);
    return forth || back;
}

/* The frames of ICMP errors that quote the connection. */
static void show_quotes(const struct view *view, const struct hit *hit,
                        const struct proof_sink *sink)
{
    const GArray *errors = view->context->source->capture->icmp_errors;
    bool wants_more = true;
    for (guint i = 0; i < errors->len && wants_more; i++) {
        const struct icmp_error *error = &g_array_index(errors, struct icmp_error, i);
        if (is_quoted_by(view->flow, error))
            wants_more = proof_sink_take_frame(sink, hit, error->frame);
    }
}

static struct time_span times_of_quotes(const struct view *view)
{
    const GArray *errors = view->context->source->capture->icmp_errors;
    struct time_span times = TIME_SPAN_EMPTY;
    for (guint i = 0; i < errors->len; i++) {
        const struct icmp_error *error = &g_array_index(errors, struct icmp_error, i);
        if (is_quoted_by(view->flow, error))
            span_add(&times, error->time);
    }
    return times;
}

/* Whether @witness is one of @hit. With @all, what nobody acknowledged is one as well. */
static bool is_witness_of(const struct view *view, const struct hit *hit, bool all,
                          const struct witness *witness)
{
    struct witness_kinds kinds = witnesses_of(hit->id);
    uint8_t end = end_of_witnesses(view, hit);
    if (!all && witness->kind == WITNESS_RESENT_CAPTURED && !view_is_lost(view, witness))
        return false;
    return (witness->kind == kinds.one || witness->kind == kinds.other) &&
           (end == NO_END || witness->end == end);
}

/* The index of the first witness of @hit from index @from on. */
static uint32_t find_witness(const struct view *view, const struct hit *hit, bool all,
                             uint32_t from)
{
    uint32_t i = from;
    while (i < view_end_of_witnesses(view) && !is_witness_of(view, hit, all, view_witness(view, i)))
        i++;
    return i;
}

/* Where the log had no room for the others, those that nobody acknowledged stand for them. */
static bool takes_all_witnesses(const struct view *view, const struct hit *hit)
{
    return find_witness(view, hit, false, view_first_witness(view)) == view_end_of_witnesses(view);
}

static void show_witnesses(const struct view *view, const struct hit *hit,
                           const struct proof_sink *sink)
{
    bool all = takes_all_witnesses(view, hit), wants_more = true;
    for (uint32_t i = find_witness(view, hit, all, view_first_witness(view));
         i < view_end_of_witnesses(view) && wants_more; i = find_witness(view, hit, all, i + 1))
        wants_more = proof_sink_take_frame(sink, hit, view_witness(view, i)->frame);
    wants_more &= sink->wants_more_witnesses;
    for (uint32_t i = view_first_more(view); i < view_end_of_more(view) && wants_more; i++) {
        if (is_witness_of(view, hit, all, view_more(view, i)))
            wants_more = proof_sink_take_frame(sink, hit, view_more(view, i)->frame);
    }
}

static struct time_span times_of_witnesses(const struct view *view, const struct hit *hit)
{
    struct time_span times = proof_times_beyond_witnesses(view, hit);
    bool all = takes_all_witnesses(view, hit);
    for (uint32_t i = find_witness(view, hit, all, view_first_witness(view));
         i < view_end_of_witnesses(view); i = find_witness(view, hit, all, i + 1))
        span_add(&times, view_witness(view, i)->time);
    return times;
}

/* Of a segment with copies, the repeats only: how often the first was captured is not known. */
static struct proof proof_of_retries(const struct view *view, const struct hit *hit)
{
    const struct sequence_trouble *trouble = sequence_trouble_of(view->flow, (enum end)hit->sender);
    return (struct proof){.kind = PROOF_SEQUENCE,
                          .sender = hit->sender,
                          .sequence = trouble->stuck_sequence,
                          .frame = view->flow->has_copies ? trouble->stuck_frame : 0};
}

static struct proof proof_of_probes(const struct view *view, const struct hit *hit)
{
    const struct sequence_trouble *trouble = sequence_trouble_of(view->flow, (enum end)hit->sender);
    return (struct proof){
        .kind = PROOF_PROBES, .sender = hit->sender, .frame = trouble->probe_frame};
}

/* What proves a hit that names no frames. */
static struct proof proof_of(const struct view *view, const struct hit *hit)
{
    if (hit->id == FINDING_PEER_GONE)
        return proof_of_probes(view, hit);
    if (hit->id == FINDING_RETRIES_EXHAUSTED || hit->id == FINDING_PATH_MTU_BLACKHOLE)
        return proof_of_retries(view, hit);
    return (struct proof){.kind = PROOF_SEGMENTS,
                          .sender = hit->sender,
                          .condition = hit->condition,
                          .packets = hit->packets};
}

void rules_show(const struct rule_context *context, uint32_t flow, const struct hit *hit,
                const struct proof_sink *sink)
{
    struct view view = view_of(context, flow, NULL);
    if (hit->id == FINDING_ICMP_ERROR) {
        show_quotes(&view, hit, sink);
    } else if (hit->id == FINDING_CAPTURE_LOSS) {
        rules_capture_show_loss(&view, direction_sender(hit->side, view.client), hit, sink);
    } else if (witnesses_of(hit->id).one != WITNESS_KIND_COUNT) {
        show_witnesses(&view, hit, sink);
    } else {
        struct proof proof = proof_of(&view, hit);
        sink->take(sink->data, hit, &proof);
    }
}

bool rules_leave_out_icmp(const struct rule_context *context, uint32_t flow)
{
    unsigned quotes;
    return neighbours_error(context->neighbours, flow, &quotes) != NULL;
}

struct time_span rules_times(const struct rule_context *context, uint32_t flow,
                             const struct hit *hit)
{
    struct view view = view_of(context, flow, NULL);
    if (hit->id == FINDING_ICMP_ERROR)
        return times_of_quotes(&view);
    if (hit->id == FINDING_CAPTURE_LOSS)
        return proof_times_of_loss(&view, direction_sender(hit->side, view.client));
    if (hit->id == FINDING_RETRIES_EXHAUSTED || hit->id == FINDING_PATH_MTU_BLACKHOLE)
        return proof_times_of_retries(&view, hit);
    if (witnesses_of(hit->id).one != WITNESS_KIND_COUNT)
        return times_of_witnesses(&view, hit);
    return proof_times(&view, hit);
}

/* The other one of the address that was asked and the one that answered. */
static char *describe_other_address(const struct view *view)
{
    uint32_t number = neighbours_other_address(view->context->neighbours, view->flow->number);
    g_return_val_if_fail(number != UINT32_MAX, NULL);
    const struct flow *other = flow_table_at(view->context->source->flows, number);
    enum end client = (enum end)view->context->source->roles[number].client;
    char *address = endpoint_address_text(&other->ends[end_peer(client)]);
    bool was_asked = flow_is_unanswered(view->flow, view->client);
    char *text = g_strconcat(was_asked ? "answered by " : "asked was ", address, NULL);
    g_free(address);
    return text;
}

/* Who sent the error that quotes the connection, and its words; NULL where there is none. */
static char *describe_error(const struct view *view)
{
    unsigned count;
    const struct icmp_error *error =
        neighbours_error(view->context->neighbours, view->flow->number, &count);
    if (error == NULL)
        return NULL;
    char *reporter = endpoint_address_text(&error->reporter), mtu[TEXT_FORMAT_SIZE];
    char *text =
        g_strconcat(reporter, ": ", icmp_error_words(error), error->mtu > 0 ? ", MTU " : "",
                    error->mtu > 0 ? format_digits(mtu, error->mtu) : "", NULL);
    g_free(reporter);
    return text;
}

char *rules_detail(const struct rule_context *context, uint32_t flow, const struct hit *hit,
                   const char **key)
{
    struct view view = view_of(context, flow, NULL);
    switch (hit->id) {
    case FINDING_FORGED_RESET:
        *key = "tests";
        return forged_reset_describe(view.flow, direction_sender(hit->side, view.client));
    case FINDING_SCAN:
        *key = "client";
        return endpoint_address_text(&view.flow->ends[view.client]);
    case FINDING_REPLY_FROM_OTHER_ADDRESS:
        *key = "other";
        return describe_other_address(&view);
    case FINDING_NO_RESPONSE:
    case FINDING_PATH_MTU_BLACKHOLE:
    case FINDING_ICMP_ERROR:
        *key = "icmp";
        return describe_error(&view);
    default:
        return NULL;
    }
}

/* --- witnesses by connection --- */

/* Which witnesses tell of a wait that was not long but for the time in which the host stood still.
 * The two frames of a wait follow each other in the log. The caller frees it. */
static bool *find_void(struct rule_context *context)
{
    const struct witness_log *log = context->source->witnesses;
    bool *is_void = g_new0(bool, log->all->len);
    for (guint i = 0; i + 1 < log->all->len; i++) {
        const struct witness *from = witness_log_at(log, i), *to = witness_log_at(log, i + 1);
        bool is_handshake = from->kind == WITNESS_SLOW_HANDSHAKE;
        if (!is_handshake && from->kind != WITNESS_SLOW_TURN)
            continue;
        int64_t stood = standing_between(context, from->frame, to->frame);
        int64_t limit = is_handshake ? slow_handshake_ns() : slow_turnaround_ns();
        is_void[i] = is_void[i + 1] = stood > 0 && from->value * NS_PER_MS - stood < limit;
        bool by_client = from->end == context->source->roles[from->flow].client;
        context->has_stalled |= is_void[i] && stood < INT64_MAX && (is_handshake || !by_client);
        i++;
    }
    return is_void;
}

/* Of @flows flows: orders the indexes of @witnesses by flow in *@order, without those of which
 * @is_left_out says so, if it is not NULL. (*@first)[i] is the index there of the first of flow
 * number i, or of a later one. */
static void order_by_flow(const GArray *witnesses, const bool *is_left_out, size_t flows,
                          uint32_t **first, uint32_t **order)
{
    const struct witness *all = (const struct witness *)(void *)witnesses->data;
    *first = g_new0(uint32_t, flows + 1);
    *order = g_new(uint32_t, witnesses->len);
    for (guint i = 0; i < witnesses->len; i++)
        (*first)[all[i].flow + 1] += is_left_out == NULL || !is_left_out[i];
    for (size_t i = 0; i < flows; i++)
        (*first)[i + 1] += (*first)[i];
    uint32_t *next = g_memdup2(*first, flows * sizeof *next);
    for (guint i = 0; i < witnesses->len; i++) {
        if (is_left_out == NULL || !is_left_out[i])
            (*order)[next[all[i].flow]++] = i;
    }
    g_free(next);
}

static void order_witnesses(struct rule_context *context)
{
    const struct witness_log *log = context->source->witnesses;
    size_t flows = flow_table_count(context->source->flows);
    bool *is_void = find_void(context);
    order_by_flow(log->all, is_void, flows, &context->first_witness, &context->witness_order);
    g_free(is_void);
    if (log->more != NULL && log->more->len > 0)
        order_by_flow(log->more, NULL, flows, &context->first_more, &context->more_order);
}

void rules_init(struct rule_context *context, const struct finding_source *source)
{
    *context = (struct rule_context){.source = source};
    standing_find(context);
    order_witnesses(context);
    scans_find(context);
    context->neighbours = neighbours_new(source);
}

void rules_clear(struct rule_context *context)
{
    g_array_free(context->scans, TRUE);
    g_array_free(context->scan_attempts, TRUE);
    neighbours_free(context->neighbours);
    g_ptr_array_free(context->standstills, TRUE);
    g_free(context->scan_of_flow);
    g_free(context->first_witness);
    g_free(context->witness_order);
    g_free(context->first_more);
    g_free(context->more_order);
}
