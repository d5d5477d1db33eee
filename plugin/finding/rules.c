/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finding/rules.h"

#include "finding/forged_reset.h"
#include "finding/rules_capture.h"
#include "finding/rules_data.h"
#include "finding/rules_handshake.h"
#include "finding/rules_reset.h"
#include "finding/scan.h"

static struct view view_of(const struct rule_context *context, uint32_t flow, struct hit *hits)
{
    enum end client = (enum end)context->source->roles[flow].client;
    return (struct view){
        context, flow_table_at(context->source->flows, flow), client, end_peer(client), hits, 0};
}

/* Most connections give none of the rules anything to judge but what the capture lost: both ends
 * shook hands at once, sent no reset, and Wireshark's analysis had nothing to say. */
static bool is_inconspicuous(const struct view *view)
{
    const struct flow *flow = view->flow;
    return flow->extra == NULL && flow->trouble == NULL && flow->resets == NULL &&
           view_first_witness(view) == view_end_of_witnesses(view) &&
           flow->handshake.state == HANDSHAKE_COMPLETE && view_scan(view) == NO_SCAN;
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

static void show_witnesses(const struct view *view, const struct hit *hit,
                           struct display_filter *filter)
{
    struct witness_kinds kinds = witnesses_of(hit->id);
    uint8_t end = end_of_witnesses(view, hit);
    for (uint32_t i = view_first_witness(view);
         i < view_end_of_witnesses(view) && !display_filter_is_full(filter); i++) {
        const struct witness *witness = view_witness(view, i);
        if ((witness->kind == kinds.one || witness->kind == kinds.other) &&
            (end == NO_END || witness->end == end))
            display_filter_add_frame(filter, witness->frame);
    }
}

void rules_show(const struct rule_context *context, uint32_t flow, const struct hit *hit,
                struct display_filter *filter)
{
    struct view view = view_of(context, flow, NULL);
    if (hit->id == FINDING_CAPTURE_LOSS)
        rules_capture_show_loss(&view, direction_sender(hit->side, view.client), filter);
    else if (hit->id == FINDING_RETRIES_EXHAUSTED || hit->id == FINDING_PATH_MTU_BLACKHOLE)
        display_filter_add_sequence(
            filter, view.flow, view.client, (enum end)hit->sender,
            sequence_trouble_of(view.flow, (enum end)hit->sender)->stuck_sequence);
    else if (witnesses_of(hit->id).one != WITNESS_KIND_COUNT)
        show_witnesses(&view, hit, filter);
    else
        display_filter_add_flow(filter, view.flow, view.client, hit->sender, hit->condition);
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
    default:
        return NULL;
    }
}

/* --- witnesses by connection --- */

static void order_witnesses(struct rule_context *context)
{
    const struct witness_log *log = context->source->witnesses;
    size_t flows = flow_table_count(context->source->flows);
    context->first_witness = g_new0(uint32_t, flows + 1);
    context->witness_order = g_new(uint32_t, log->all->len);
    for (guint i = 0; i < log->all->len; i++)
        context->first_witness[witness_log_at(log, i)->flow + 1]++;
    for (size_t i = 0; i < flows; i++)
        context->first_witness[i + 1] += context->first_witness[i];
    uint32_t *next = g_memdup2(context->first_witness, flows * sizeof *next);
    for (guint i = 0; i < log->all->len; i++)
        context->witness_order[next[witness_log_at(log, i)->flow]++] = i;
    g_free(next);
}

void rules_init(struct rule_context *context, const struct finding_source *source)
{
    *context = (struct rule_context){.source = source};
    order_witnesses(context);
    scans_find(context);
}

void rules_clear(struct rule_context *context)
{
    g_array_free(context->scans, TRUE);
    g_free(context->scan_of_flow);
    g_free(context->first_witness);
    g_free(context->witness_order);
}
