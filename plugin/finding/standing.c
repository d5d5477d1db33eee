/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finding/standing.h"

#include "base/time_units.h"
#include "settings/thresholds.h"

static const struct endpoint *server_of(const struct finding_source *source, uint32_t flow)
{
    return role_server_of(flow_table_at(source->flows, flow), source->roles[flow]);
}

static bool has_several_servers(const struct finding_source *source,
                                const struct standstill *standstill)
{
    for (unsigned i = 1; i < standstill->count; i++) {
        if (!endpoint_equal(server_of(source, standstill->flows[i]),
                            server_of(source, standstill->flows[0])))
            return true;
    }
    return false;
}

void standing_find(struct rule_context *context)
{
    const struct finding_source *source = context->source;
    const GArray *all = source->capture->standstills.all;
    context->standstills = g_ptr_array_new();
    for (guint i = 0; i < all->len; i++) {
        struct standstill *standstill = &g_array_index(all, struct standstill, i);
        if (standstill_is_common(standstill, source->flows) &&
            has_several_servers(source, standstill))
            g_ptr_array_add(context->standstills, standstill);
    }
}

int64_t standing_between(const struct rule_context *context, uint32_t from_frame, uint32_t to_frame)
{
    const struct standstills *known = &context->source->capture->standstills;
    if (known->is_full &&
        to_frame > g_array_index(known->all, struct standstill, known->all->len - 1).frame)
        return INT64_MAX;
    int64_t time = 0;
    for (guint i = 0; i < context->standstills->len; i++) {
        const struct standstill *standstill = g_ptr_array_index(context->standstills, i);
        if (from_frame < standstill->frame && standstill->frame <= to_frame)
            time = span_sum(time, standstill->to - standstill->from);
    }
    return time;
}

int64_t standing_time(const struct rule_context *context, int64_t from, int64_t to)
{
    int64_t time = 0;
    for (guint i = 0; i < context->standstills->len; i++) {
        const struct standstill *standstill = g_ptr_array_index(context->standstills, i);
        int64_t begin = MAX(from, standstill->from), end = MIN(to, standstill->to);
        time = span_sum(time, MAX(end - begin, 0));
    }
    return time;
}
