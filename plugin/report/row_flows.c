/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/row_flows.h"

struct row_flows {
    uint32_t *flows; /* those of one row after the other, owned */
    size_t *ends;    /* of each row, behind its last in flows; owned */
};

struct row_flows *row_flows_new(const uint32_t *row_of_flow, size_t flows, guint rows)
{
    struct row_flows *row_flows = g_new(struct row_flows, 1);
    row_flows->flows = g_new(uint32_t, flows);
    row_flows->ends = g_new0(size_t, (gsize)rows + 1);
    for (size_t i = 0; i < flows; i++) {
        if (row_of_flow[i] < rows)
            row_flows->ends[row_of_flow[i] + 1]++;
    }
    for (guint row = 0; row < rows; row++)
        row_flows->ends[row + 1] += row_flows->ends[row];
    /* Each is where its row begins, and moves on to where it ends. */
    for (size_t i = 0; i < flows; i++) {
        if (row_of_flow[i] < rows)
            row_flows->flows[row_flows->ends[row_of_flow[i]]++] = (uint32_t)i;
    }
    return row_flows;
}

void row_flows_free(struct row_flows *row_flows)
{
    if (row_flows == NULL)
        return;
    g_free(row_flows->flows);
    g_free(row_flows->ends);
    g_free(row_flows);
}

const uint32_t *row_flows_of(const struct row_flows *row_flows, guint row, size_t *count)
{
    size_t begin = row > 0 ? row_flows->ends[row - 1] : 0;
    *count = row_flows->ends[row] - begin;
    return row_flows->flows + begin;
}
