/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/row.h"

#include <string.h>

void row_init(struct row *row, const struct endpoint *server, bool analysed)
{
    memset(row, 0, sizeof *row);
    row->server = *server;
    row->analysed = analysed;
    row->first_time = INT64_MAX;
    row->last_time = INT64_MIN;
    for (int direction = 0; direction < 2; direction++)
        row->totals[direction] = TOTALS_NONE;
}

void row_init_connection(struct row *row, const struct flow *flow, struct role role, bool analysed)
{
    row_init(row, role_server_of(flow, role), analysed);
    row_add_flow(row, flow, role);
    row->flow = flow;
    row->client = (enum end)role.client;
}

void row_add_flow(struct row *row, const struct flow *flow, struct role role)
{
    for (int direction = 0; direction < 2; direction++)
        flow_add_totals(flow, direction_sender((enum direction)direction, role.client),
                        &row->totals[direction]);
    row->connections++;
    row->one_way_connections += flow_is_one_way(flow);
    row->basis[role.basis]++;
    row->first_time = MIN(row->first_time, flow->first_time);
    row->last_time = MAX(row->last_time, flow->last_time);
}

void row_remove_flow(struct row *row, const struct flow *flow, struct role role)
{
    struct row part;
    row_init(&part, &row->server, row->analysed);
    row_add_flow(&part, flow, role);
    row_remove_row(row, &part);
}

void row_add_row(struct row *sum, const struct row *part)
{
    for (int direction = 0; direction < 2; direction++)
        totals_add(&sum->totals[direction], &part->totals[direction]);
    sum->connections += part->connections;
    sum->one_way_connections += part->one_way_connections;
    for (int i = 0; i < ROLE_BASIS_COUNT; i++)
        sum->basis[i] += part->basis[i];
}

void row_remove_row(struct row *sum, const struct row *part)
{
    for (int direction = 0; direction < 2; direction++)
        for (int i = 0; i < COUNTER_COUNT; i++)
            sum->totals[direction].count[i] -= part->totals[direction].count[i];
    sum->connections -= part->connections;
    sum->one_way_connections -= part->one_way_connections;
    for (int i = 0; i < ROLE_BASIS_COUNT; i++)
        sum->basis[i] -= part->basis[i];
}

void row_clear(struct row *row)
{
    g_free(row->label);
    g_free(row->address);
    g_free(row->interpretation);
    g_free(row->client_label);
}
