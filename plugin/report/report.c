/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/report.h"

#include "report/interpretation.h"
#include "base/endpoint_map.h"
#include "settings/preference.h"
#include "base/text_format.h"

#include <inttypes.h>
#include <string.h>

#define NO_ROW FINDING_NO_ROW

/* Something to be sorted: larger keys first, then in order of place. */
struct ranked {
    uint64_t key;
    uint32_t index;
};

static const struct endpoint *server_of(const struct report *report, size_t flow_index)
{
    const struct flow *flow = flow_table_at(report->source->flows, flow_index);
    return &flow->ends[end_peer(report->roles[flow_index].client)];
}

static bool named_by_user(const struct endpoint *endpoint, const void *options)
{
    return options_match(options, endpoint);
}

static void decide_roles(struct report *report)
{
    const struct report_source *source = report->source;
    size_t count = flow_table_count(source->flows);
    struct role_hints hints = {
        .is_named = options_name_servers(source->options) ? named_by_user : NULL,
        .names = source->options,
        .port_knowledge = source->port_knowledge,
    };
    struct role_census *census = role_census_new(source->flows, &hints);
    report->roles = g_new(struct role, count);
    for (size_t i = 0; i < count; i++)
        report->roles[i] = role_decide(census, flow_table_at(source->flows, i));
    role_census_free(census);
}

static void sum_capture(struct report *report)
{
    const struct flow_table *flows = report->source->flows;
    report->connections = flow_table_count(flows);
    report->first_time = INT64_MAX;
    report->last_time = INT64_MIN;
    for (size_t i = 0; i < flow_table_count(flows); i++) {
        const struct flow *flow = flow_table_at(flows, i);
        report->segments +=
            (uint64_t)flow_segments(flow, END_A) + (uint64_t)flow_segments(flow, END_B);
        report->one_way_connections += flow_is_one_way(flow);
        report->first_time = MIN(report->first_time, flow->first_time);
        report->last_time = MAX(report->last_time, flow->last_time);
    }
}

/* --- rows --- */

static void free_row(gpointer row)
{
    row_clear(row);
    g_free(row);
}

/* What one row is: the server's endpoint without what the grouping leaves out. Returns @server or
 * @group, which it fills then. */
static const struct endpoint *group_of(const struct endpoint *server, enum grouping grouping,
                                       struct endpoint *group)
{
    if (grouping == GROUP_BY_ENDPOINT)
        return server;
    if (grouping == GROUP_BY_ADDRESS) {
        *group = *server;
        group->port = 0;
    } else {
        endpoint_set(group, FAMILY_NONE, NULL, 0, server->port);
    }
    return group;
}

/* Makes a row per group and adds up the connections of the servers that the user wants to see.
 * Returns the number of each flow's row, or NO_ROW; the caller frees it. */
static uint32_t *group_flows(struct report *report)
{
    const struct report_source *source = report->source;
    size_t count = flow_table_count(source->flows);
    uint32_t *row_of_flow = g_new0(uint32_t, count);
    /* Number of the group's row, and 1; 0 while nothing of it is wanted. */
    struct endpoint_map *rows = endpoint_map_new();

    for (size_t i = 0; i < count; i++) {
        const struct flow *flow = flow_table_at(source->flows, i);
        const struct endpoint *server = &flow->ends[end_peer(report->roles[i].client)];
        struct endpoint rest;
        const struct endpoint *group = group_of(server, source->options->grouping, &rest);
        uint32_t *number = endpoint_map_number(rows, group);
        row_of_flow[i] = NO_ROW;
        if (!options_match(source->options, server))
            continue;
        if (*number == 0) {
            struct row *row = g_new(struct row, 1);
            row_init(row, group, source->analysed);
            g_ptr_array_add(report->rows, row);
            *number = report->rows->len;
        }
        row_of_flow[i] = *number - 1;
        row_add_flow(g_ptr_array_index(report->rows, row_of_flow[i]), flow, report->roles[i]);
    }
    report->servers = endpoint_map_count(rows);
    report->servers_selected = report->rows->len;
    endpoint_map_free(rows);
    return row_of_flow;
}

/* --- medians --- */

/* Empties an array and gives it room for @most samples, so that none of add_sample() has to. */
static void make_room(GArray *samples, size_t most)
{
    g_array_set_size(samples, (guint)most);
    g_array_set_size(samples, 0);
}

static inline void add_sample(GArray *samples, uint32_t group, int64_t value)
{
    samples->len++;
    g_array_index(samples, struct sample, samples->len - 1) = (struct sample){group, value};
}

/* The group of a row's turnarounds in @direction: there are two of each row. */
static uint32_t turnarounds_of(uint32_t row, enum direction direction)
{
    return row * 2 + (uint32_t)direction;
}

static void collect_handshakes(const struct report *report, enum direction direction,
                               GArray *samples)
{
    const struct flow_table *flows = report->source->flows;
    make_room(samples, flow_table_count(flows));
    for (size_t i = 0; i < flow_table_count(flows); i++) {
        const struct handshake *handshake = &flow_table_at(flows, i)->handshake;
        int64_t elapsed =
            direction == SERVER_TO_CLIENT ? handshake->server_side : handshake->client_side;
        if (report->row_of_flow[i] != NO_ROW && elapsed != TIME_NONE)
            add_sample(samples, report->row_of_flow[i], elapsed);
    }
}

static void collect_turnarounds(const struct report *report, GArray *samples)
{
    const struct turnaround_log *log = report->source->turnarounds;
    make_room(samples, log->count);
    for (size_t i = 0; i < log->count; i++) {
        const struct turnaround *turnaround = &log->all[i];
        uint32_t row = report->row_of_flow[turnaround->flow];
        enum end client = report->roles[turnaround->flow].client;
        if (row != NO_ROW)
            add_sample(samples,
                       turnarounds_of(row, direction_of(turnaround_end(turnaround), client)),
                       turnaround_elapsed(turnaround));
    }
}

/* One kind of time after the other: all samples at once would be the most memory that the report
 * takes for a connection. */
static void summarize_rows(struct report *report)
{
    guint rows = report->rows->len;
    struct summary *summaries = g_new(struct summary, (gsize)rows * 2);
    GArray *samples = g_array_new(FALSE, FALSE, sizeof(struct sample));
    for (int direction = 0; direction < 2; direction++) {
        collect_handshakes(report, (enum direction)direction, samples);
        summarize(samples, summaries, rows);
        for (guint i = 0; i < rows; i++)
            ((struct row *)g_ptr_array_index(report->rows, i))->handshake[direction] = summaries[i];
    }
    collect_turnarounds(report, samples);
    summarize(samples, summaries, (size_t)rows * 2);
    for (guint i = 0; i < rows; i++) {
        struct row *row = g_ptr_array_index(report->rows, i);
        for (int direction = 0; direction < 2; direction++)
            row->turnaround[direction] = summaries[turnarounds_of(i, (enum direction)direction)];
    }
    g_array_free(samples, TRUE);
    g_free(summaries);
}

static void summarize_connections(struct report *report)
{
    const struct turnaround_log *log = report->source->turnarounds;
    GArray *samples = g_array_new(FALSE, FALSE, sizeof(struct sample));
    for (int end = 0; end < 2; end++) {
        report->turnarounds[end] = g_new(struct summary, report->connections);
        make_room(samples, log->count);
        for (size_t i = 0; i < log->count; i++) {
            const struct turnaround *turnaround = &log->all[i];
            if (turnaround_end(turnaround) == (enum end)end)
                add_sample(samples, turnaround->flow, turnaround_elapsed(turnaround));
        }
        summarize(samples, report->turnarounds[end], report->connections);
    }
    g_array_free(samples, TRUE);
}

/* --- order --- */

static uint64_t both(const struct totals totals[2], enum counter counter)
{
    return totals[CLIENT_TO_SERVER].count[counter] + totals[SERVER_TO_CLIENT].count[counter];
}

static uint64_t sort_key(const struct row *row, enum sort_order order)
{
    double pcr;
    switch (order) {
    case SORT_BYTES:
        return both(row->totals, COUNTER_BYTES);
    case SORT_PACKETS:
        return both(row->totals, COUNTER_PACKETS);
    case SORT_CONNECTIONS:
        return row->connections;
    case SORT_RETRANSMISSIONS:
        return both(row->totals, COUNTER_RETRANSMISSIONS);
    case SORT_RESETS:
        return both(row->totals, COUNTER_RST);
    case SORT_ONE_WAY:
        return row->one_way_connections;
    case SORT_PCR: /* from +1 down to -1, then what has none */
        return producer_consumer_ratio(row->totals, &pcr) ? (uint64_t)((pcr + 2) * 1e15) : 0;
    case SORT_SERVER:
        return 0;
    }
    g_return_val_if_reached(0);
}

static gint compare_ranked_rows(gconstpointer a, gconstpointer b, gpointer rows)
{
    const struct ranked *left = a, *right = b;
    if (left->key != right->key)
        return left->key > right->key ? -1 : 1;
    const struct row *left_row = g_ptr_array_index((GPtrArray *)rows, left->index);
    const struct row *right_row = g_ptr_array_index((GPtrArray *)rows, right->index);
    return endpoint_compare(&left_row->server, &right_row->server);
}

/* The user's number of servers, or the default; G_MAXUINT for all. */
static guint top_of(const struct options *options)
{
    if (options->top > 0)
        return options->top;
    return options->format == FORMAT_TEXT ? preferences.text_servers : G_MAXUINT;
}

/* Sorts the rows and drops those beyond the top. Returns for each old row number the new one, or
 * NO_ROW; the caller frees it. */
static uint32_t *sort_rows(struct report *report)
{
    guint count = report->rows->len;
    guint shown = MIN(count, top_of(report->source->options));
    uint32_t *place = g_new(uint32_t, count);
    GArray *order = g_array_new(FALSE, FALSE, sizeof(struct ranked));
    g_array_set_size(order, count);
    for (guint i = 0; i < count; i++) {
        struct ranked ranked = {
            sort_key(g_ptr_array_index(report->rows, i), report->source->options->sort), i};
        g_array_index(order, struct ranked, i) = ranked;
    }
    g_array_sort_with_data(order, compare_ranked_rows, report->rows);

    GPtrArray *sorted = g_ptr_array_new_with_free_func(free_row);
    for (guint i = 0; i < count; i++) {
        uint32_t index = g_array_index(order, struct ranked, i).index;
        if (i < shown) {
            g_ptr_array_add(sorted, g_ptr_array_index(report->rows, index));
            place[index] = i;
        } else {
            place[index] = NO_ROW;
            free_row(g_ptr_array_index(report->rows, index));
        }
    }
    g_ptr_array_set_free_func(report->rows, NULL);
    g_ptr_array_free(report->rows, TRUE);
    report->rows = sorted;
    g_array_free(order, TRUE);
    return place;
}

static gint compare_ranked_connections(gconstpointer a, gconstpointer b, gpointer data)
{
    const struct report *report = data;
    const struct ranked *left = a, *right = b;
    if (left->key != right->key)
        return left->key > right->key ? -1 : 1;
    if (report->source->options->sort == SORT_SERVER) {
        int by_server =
            endpoint_compare(server_of(report, left->index), server_of(report, right->index));
        if (by_server != 0)
            return by_server;
    }
    uint32_t left_stream = flow_table_at(report->source->flows, left->index)->stream;
    uint32_t right_stream = flow_table_at(report->source->flows, right->index)->stream;
    return left_stream < right_stream ? -1 : 1;
}

static void order_connections(struct report *report)
{
    const struct flow_table *flows = report->source->flows;
    GArray *order = g_array_new(FALSE, FALSE, sizeof(struct ranked));
    for (size_t i = 0; i < flow_table_count(flows); i++) {
        if (report->row_of_flow[i] == NO_ROW)
            continue;
        struct row row;
        row_init(&row, server_of(report, i), report->source->analysed);
        row_add_flow(&row, flow_table_at(flows, i), report->roles[i]);
        struct ranked ranked = {sort_key(&row, report->source->options->sort), (uint32_t)i};
        g_array_append_val(order, ranked);
    }
    g_array_sort_with_data(order, compare_ranked_connections, report);
    for (guint i = 0; i < order->len; i++)
        g_array_append_val(report->connection_order, g_array_index(order, struct ranked, i).index);
    g_array_free(order, TRUE);
}

/* --- findings --- */

/* Segments that Wireshark kept from the tap, in per cent of all, from which on nothing is concluded
 * from what is absent. */
#define INCOMPLETE_PERCENT 1

static void find_findings(struct report *report)
{
    const struct report_source *source = report->source;
    struct finding_source finding_source = {
        .flows = source->flows,
        .roles = report->roles,
        .row_of_flow = report->row_of_flow,
        .row_count = report->rows->len,
        .evidence = source->evidence,
        .last_time = report->last_time,
        .analysed = source->analysed,
        .filter = source->options->filter,
        .is_incomplete = source->untapped * 100 > report->segments * INCOMPLETE_PERCENT,
    };
    report->findings = finding_set_new(&finding_source);
    for (guint i = 0; i < report->rows->len; i++)
        ((struct row *)g_ptr_array_index(report->rows, i))->findings =
            finding_set_of_row(report->findings, i);
}

/* The text of the strongest finding that is more than a chat, or NULL. */
static const char *headline_of(const struct row *row)
{
    if (row->findings->len == 0)
        return NULL;
    const struct finding *strongest = g_ptr_array_index(row->findings, 0);
    return finding_kinds[strongest->id].severity > SEVERITY_CHAT ? strongest->text : NULL;
}

/* --- names --- */

static char *label_of(const struct report_source *source, const struct endpoint *endpoint,
                      enum grouping grouping)
{
    char *address = grouping == GROUP_BY_PORT      ? g_strdup("any")
                    : source->address_text != NULL ? source->address_text(endpoint)
                                                   : endpoint_address_text(endpoint);
    char *label = endpoint_label(endpoint, address, grouping == GROUP_BY_ADDRESS ? "any" : NULL);
    char *safe = format_safe(label);
    g_free(label);
    g_free(address);
    return safe;
}

static void name_row(const struct report_source *source, struct row *row, enum grouping grouping)
{
    row->label = label_of(source, &row->server, grouping);
    if (grouping != GROUP_BY_PORT)
        row->address = endpoint_address_text(&row->server);
    if (grouping != GROUP_BY_ADDRESS && source->service_name != NULL)
        row->service = source->service_name(row->server.port);
}

static void name_rows(struct report *report)
{
    for (guint i = 0; i < report->rows->len; i++) {
        struct row *row = g_ptr_array_index(report->rows, i);
        name_row(report->source, row, report->source->options->grouping);
        row->interpretation =
            interpretation(row->totals, row->connections, row->one_way_connections, row->analysed,
                           headline_of(row));
    }
}

/* --- what the reader must know --- */

static void note(struct report *report, char *text)
{
    g_ptr_array_add(report->notes, text);
}

static void note_named_server(struct report *report, const struct server_match *match)
{
    const struct flow_table *flows = report->source->flows;
    uint64_t as_client = 0;
    for (size_t i = 0; i < flow_table_count(flows); i++) {
        const struct flow *flow = flow_table_at(flows, i);
        enum end client = report->roles[i].client;
        if (server_match_fits(match, &flow->ends[end_peer(client)]))
            return;
        as_client += server_match_fits(match, &flow->ends[client]);
    }
    if (as_client > 0)
        note(report, g_strdup_printf("%s is no server in this capture, but the client of %" PRIu64
                                     " connection%s.",
                                     match->text, as_client, as_client == 1 ? "" : "s"));
    else
        note(report, g_strdup_printf("%s is in no TCP connection of this capture.", match->text));
}

static void note_named_ports(struct report *report, const struct port_range *range)
{
    for (size_t i = 0; i < flow_table_count(report->source->flows); i++) {
        if (port_range_fits(range, server_of(report, i)->port))
            return;
    }
    if (range->first == range->last)
        note(report, g_strdup_printf("No server in this capture has port %u.", range->first));
    else
        note(report, g_strdup_printf("No server in this capture has a port from %u to %u.",
                                     range->first, range->last));
}

static void add_notes(struct report *report)
{
    const struct options *options = report->source->options;
    if (report->segments == 0) {
        report->message = options->filter != NULL
                              ? g_strdup("No TCP packets in this capture match the display filter")
                              : g_strdup("No TCP packets found in this capture");
        return;
    }
    if (!report->source->analysed)
        note(report, g_strdup("TCP sequence analysis is off, so there are no retransmissions and "
                              "nothing else that comes from it: turn on the preference "
                              "tcp.analyze_sequence_numbers."));
    if (report->source->untapped > 0)
        note(report,
             g_strdup_printf("%" PRIu64 " TCP segment%s could not be dissected, cut by the "
                             "snap length or malformed, and %s not counted.",
                             report->source->untapped, report->source->untapped == 1 ? "" : "s",
                             report->source->untapped == 1 ? "is" : "are"));
    guint notes_before = report->notes->len;
    for (guint i = 0; i < options->servers->len; i++)
        note_named_server(report, &g_array_index(options->servers, struct server_match, i));
    for (guint i = 0; i < options->ports->len; i++)
        note_named_ports(report, &g_array_index(options->ports, struct port_range, i));
    if (report->servers_selected == 0 && report->notes->len == notes_before)
        note(report, g_strdup("No server in this capture fits both server= and port=."));
}

struct report *report_new(const struct report_source *source)
{
    struct report *report = g_new0(struct report, 1);
    report->source = source;
    report->rows = g_ptr_array_new_with_free_func(free_row);
    report->connection_order = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    report->notes = g_ptr_array_new_with_free_func(g_free);

    decide_roles(report);
    sum_capture(report);
    report->row_of_flow = group_flows(report);
    summarize_rows(report);
    uint32_t *place = sort_rows(report);
    for (size_t i = 0; i < report->connections; i++) {
        if (report->row_of_flow[i] != NO_ROW)
            /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): who has a row is in rows */
            report->row_of_flow[i] = place[report->row_of_flow[i]];
    }
    g_free(place);
    if (source->options->connections) {
        summarize_connections(report);
        order_connections(report);
    }
    find_findings(report);
    name_rows(report);
    add_notes(report);
    return report;
}

void report_free(struct report *report)
{
    if (report == NULL)
        return;
    g_free(report->turnarounds[0]);
    g_free(report->turnarounds[1]);
    finding_set_free(report->findings);
    g_free(report->row_of_flow);
    g_free(report->roles);
    g_free(report->message);
    g_ptr_array_free(report->notes, TRUE);
    g_array_free(report->connection_order, TRUE);
    g_ptr_array_free(report->rows, TRUE);
    g_free(report);
}

static struct summary single_sample(int64_t elapsed)
{
    if (elapsed == TIME_NONE)
        return (struct summary){0};
    return (struct summary){elapsed, elapsed, 1};
}

void report_connection(const struct report *report, guint index, struct row *row)
{
    const struct report_source *source = report->source;
    uint32_t number = g_array_index(report->connection_order, uint32_t, index);
    const struct flow *flow = flow_table_at(source->flows, number);
    struct role role = report->roles[number];

    row_init(row, server_of(report, number), source->analysed);
    row_add_flow(row, flow, role);
    row->flow = flow;
    row->finding_ids = finding_set_of_flow(report->findings, number);
    row->client = (enum end)role.client;
    row->handshake[SERVER_TO_CLIENT] = single_sample(flow->handshake.server_side);
    row->handshake[CLIENT_TO_SERVER] = single_sample(flow->handshake.client_side);
    for (int direction = 0; direction < 2; direction++) {
        enum end sender = direction_sender((enum direction)direction, row->client);
        row->turnaround[direction] = report->turnarounds[sender][number];
    }
    name_row(source, row, GROUP_BY_ENDPOINT);
    row->client_label = label_of(source, &flow->ends[row->client], GROUP_BY_ENDPOINT);
}
