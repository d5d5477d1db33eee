/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "connection/standstill.h"

#include "settings/thresholds.h"

void standstills_init(struct standstills *standstills)
{
    *standstills = (struct standstills){.alarm = INT64_MIN};
    standstills->all = g_array_new(FALSE, FALSE, sizeof(struct standstill));
}

void standstills_clear(struct standstills *standstills)
{
    g_array_free(standstills->all, TRUE);
}

/* Attempts that nobody answers are repeated by timers, which go off together by themselves. */
static unsigned count_resumed(const struct standstill *standstill, const struct flow_table *flows)
{
    unsigned count = 0;
    for (unsigned i = 0; i < standstill->count; i++)
        count += ((standstill->resumed >> i) & 1) != 0 &&
                 flow_is_established(flow_table_at(flows, standstill->flows[i]));
    return count;
}

static bool has_closed(const struct flow *flow)
{
    for (int end = 0; end < 2; end++) {
        if (flow_counter(flow, (enum end)end, COUNTER_FIN) > 0 ||
            flow_counter(flow, (enum end)end, COUNTER_RST) > 0)
            return true;
    }
    return false;
}

bool standstill_is_common(const struct standstill *standstill, const struct flow_table *flows)
{
    for (unsigned i = 0; i < standstill->count; i++) {
        const struct flow *flow = flow_table_at(flows, standstill->flows[i]);
        bool resumed = ((standstill->resumed >> i) & 1) != 0;
        if (!resumed && flow->last_time > standstill->to && !has_closed(flow))
            return false;
    }
    return count_resumed(standstill, flows) >= LEAST_STANDING;
}

static struct standstill *last_of(const struct standstills *standstills)
{
    return &g_array_index(standstills->all, struct standstill, standstills->all->len - 1);
}

static void mark_resumed(struct standstill *standstill, const struct flow *flow)
{
    for (unsigned i = 0; i < standstill->count; i++) {
        if (standstill->flows[i] == flow->number)
            standstill->resumed |= 1U << i;
    }
}

/* Many a pause looks like one until somebody goes on by himself. */
static void forget_refuted(struct standstills *standstills, const struct flow_table *flows)
{
    for (guint i = standstills->all->len; i-- > 0;) {
        if (!standstill_is_common(&g_array_index(standstills->all, struct standstill, i), flows))
            g_array_remove_index(standstills->all, i);
    }
    standstills->is_full = standstills->all->len >= MOST_STANDSTILLS;
}

static void begin(struct standstills *standstills, const struct flow_table *flows,
                  const struct flow *flow, const struct segment *segment)
{
    struct standstill now = {standstills->latest, segment->time, segment->frame, 0, 0, {0}};
    for (unsigned i = 0; i < STANDSTILL_FLOWS; i++) {
        const struct flow *active = standstills->recent[i];
        if (active != NULL && standstills->latest - active->previous_time < ACTIVE_WITHIN)
            now.flows[now.count++] = active->number;
    }
    if (now.count < LEAST_STANDING)
        return;
    if (standstills->all->len >= MOST_STANDSTILLS)
        forget_refuted(standstills, flows);
    if (standstills->is_full)
        return;
    mark_resumed(&now, flow);
    g_array_append_val(standstills->all, now);
    standstills->is_watching = true;
}

static void watch(struct standstills *standstills, const struct flow_table *flows,
                  const struct flow *flow, const struct segment *segment)
{
    struct standstill *last = last_of(standstills);
    if (segment->time - last->to < (last->to - last->from) / RESUMES_WITHIN_SHARE) {
        mark_resumed(last, flow);
        return;
    }
    standstills->is_watching = false;
    if (count_resumed(last, flows) < LEAST_STANDING)
        g_array_set_size(standstills->all, standstills->all->len - 1);
}

G_GNUC_NO_INLINE void standstills_look(struct standstills *standstills,
                                       const struct flow_table *flows, const struct flow *flow,
                                       const struct segment *segment)
{
    if (standstills->is_watching)
        watch(standstills, flows, flow, segment);
    else
        standstills->latest = standstills->alarm > INT64_MIN + LEAST_STANDSTILL
                                  ? standstills->alarm - LEAST_STANDSTILL
                                  : segment->time;
    if (segment->time - standstills->latest >= LEAST_STANDSTILL)
        begin(standstills, flows, flow, segment);
    standstills->latest = segment->time;
    standstills->alarm = standstills->is_watching ? INT64_MIN : segment->time + LEAST_STANDSTILL;
}
