/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/report.h"

#include "base/endpoint_map.h"
#include "base/text_format.h"
#include "report/interpretation.h"
#include "report/notes.h"
#include "report/order.h"
#include "report/row_flows.h"
#include "report/trust.h"
#include "settings/thresholds.h"

#define NO_ROW FINDING_NO_ROW

static bool named_by_user(const struct endpoint *endpoint, const void *request)
{
    return request_matches(request, endpoint);
}

static void decide_roles(struct report *report)
{
    const struct report_source *source = report->source;
    size_t count = flow_table_count(source->capture->flows);
    struct role_hints hints = {
        .is_named = request_names_servers(report->request) ? named_by_user : NULL,
        .names = report->request,
        .port_knowledge = source->port_knowledge,
    };
    struct role_census *census = role_census_new(source->capture->flows, &hints);
    report->roles = g_new(struct role, count);
    for (size_t i = 0; i < count; i++)
        report->roles[i] = role_decide(census, flow_table_at(source->capture->flows, i));
    role_census_free(census);
}

static void sum_capture(struct report *report)
{
    const struct flow_table *flows = report->source->capture->flows;
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

/* The endpoint of a row: the server's endpoint without the part that the grouping leaves out.
 * Returns @server, or @group after filling it. */
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

/* Makes a row for each group and adds up the connections of the servers that the user wants to see.
 * Returns the number of each flow's row, or NO_ROW; the caller frees it. */
static uint32_t *group_flows(struct report *report)
{
    const struct report_source *source = report->source;
    size_t count = flow_table_count(source->capture->flows);
    uint32_t *row_of_flow = g_new0(uint32_t, count);
    /* The number of the group's row plus 1; 0 as long as the user wants nothing of it. */
    struct endpoint_map *rows = endpoint_map_new();
    struct endpoint_map *servers = report->request->grouping != GROUP_BY_ENDPOINT
                                       ? endpoint_map_new()
                                       : NULL; /* a row is a server */

    for (size_t i = 0; i < count; i++) {
        const struct flow *flow = flow_table_at(source->capture->flows, i);
        const struct endpoint *server = role_server_of(flow, report->roles[i]);
        struct endpoint rest;
        const struct endpoint *group = group_of(server, report->request->grouping, &rest);
        uint32_t *number = endpoint_map_number(rows, group);
        if (servers != NULL)
            (void)endpoint_map_number(servers, server);
        row_of_flow[i] = NO_ROW;
        if (!request_matches(report->request, server))
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
    report->groups = endpoint_map_count(rows);
    report->servers = servers != NULL ? endpoint_map_count(servers) : report->groups;
    endpoint_map_free(rows);
    endpoint_map_free(servers);
    return row_of_flow;
}

/* --- medians --- */

/* Empties an array and gives it room for @most samples, so that none of add_sample() has to. */
static void begin_samples(GArray *samples, size_t most)
{
    g_array_set_size(samples, (guint)most);
    g_array_set_size(samples, 0);
}

static inline void add_sample(GArray *samples, uint32_t group, int64_t value)
{
    samples->len++;
    g_array_index(samples, struct sample, samples->len - 1) = (struct sample){group, value};
}

/* The group of a row's turnarounds in @direction. Each row has two groups. */
static uint32_t turnarounds_of(uint32_t row, enum direction direction)
{
    return row * 2 + (uint32_t)direction;
}

static void collect_handshakes(const struct report *report, enum direction direction,
                               GArray *samples)
{
    const struct flow_table *flows = report->source->capture->flows;
    begin_samples(samples, flow_table_count(flows));
    for (size_t i = 0; i < flow_table_count(flows); i++) {
        const struct handshake *handshake = &flow_table_at(flows, i)->handshake;
        int64_t elapsed =
            direction == SERVER_TO_CLIENT ? handshake->server_side : handshake->client_side;
        if (report->row_of_flow[i] < report->shown && elapsed != TIME_NONE)
            add_sample(samples, report->row_of_flow[i], elapsed);
    }
}

static void collect_turnarounds(const struct report *report, GArray *samples)
{
    const struct turnaround_log *log = &report->source->capture->turnarounds;
    begin_samples(samples, log->count);
    for (size_t i = 0; i < log->count; i++) {
        const struct turnaround *turnaround = &log->all[i];
        uint32_t row = report->row_of_flow[turnaround->flow];
        enum end client = report->roles[turnaround->flow].client;
        if (row < report->shown)
            add_sample(samples,
                       turnarounds_of(row, direction_of(turnaround_end(turnaround), client)),
                       turnaround_elapsed(turnaround));
    }
}

/* Only rows in tables show times. Handles one kind of time after the other: all samples at once
 * would take more memory for a connection than anything else in the report. */
static void summarize_rows(struct report *report)
{
    guint rows = report->shown;
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
    const struct turnaround_log *log = &report->source->capture->turnarounds;
    GArray *samples = g_array_new(FALSE, FALSE, sizeof(struct sample));
    for (int end = 0; end < 2; end++) {
        report->turnarounds[end] = g_new(struct summary, report->connections);
        begin_samples(samples, log->count);
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

/* Sorts the rows. Returns the new number of each old row. The caller frees it. */
static uint32_t *sort_rows(struct report *report)
{
    guint count = report->rows->len;
    uint32_t *place = g_new(uint32_t, count);
    uint32_t *order = order_rows(report->rows, report->request->sort);
    GPtrArray *sorted = g_ptr_array_new_with_free_func(free_row);
    for (guint i = 0; i < count; i++) {
        g_ptr_array_add(sorted, g_ptr_array_index(report->rows, order[i]));
        place[order[i]] = i;
    }
    g_ptr_array_set_free_func(report->rows, NULL);
    g_ptr_array_free(report->rows, TRUE);
    report->rows = sorted;
    report->shown = report->request->top > 0 ? MIN(count, report->request->top) : count;
    g_free(order);
    return place;
}

static void renumber_rows(struct report *report)
{
    uint32_t *place = sort_rows(report);
    for (size_t i = 0; i < report->connections; i++) {
        if (report->row_of_flow[i] != NO_ROW)
            /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): who has a row is in rows */
            report->row_of_flow[i] = place[report->row_of_flow[i]];
    }
    g_free(place);
}

static GArray *requested_connections(const struct report *report)
{
    if (!report->request->connections)
        return g_array_new(FALSE, FALSE, sizeof(uint32_t));
    struct connections_to_order all = {report->source->capture->flows, report->roles,
                                       report->row_of_flow, report->shown};
    GArray *order = order_connections(&all, report->request->sort);
    uint32_t most = report->request->most_connections;
    if (most > 0 && order->len > most)
        g_array_set_size(order, most);
    return order;
}

/* --- intervals --- */

static void prepare_intervals(struct report *report)
{
    const struct interval_log *log = report->source->capture->intervals;
    if (log == NULL)
        return;
    report->interval = log->width;
    report->flows_of_row =
        row_flows_new(report->row_of_flow, report->connections, report->rows->len);
}

/* --- findings --- */

static bool has_acks(const struct flow_table *flows)
{
    for (size_t i = 0; i < flow_table_count(flows); i++) {
        const struct flow *flow = flow_table_at(flows, i);
        if (flow->sides[END_A].sent_pure_ack || flow->sides[END_B].sent_pure_ack)
            return true;
    }
    return false;
}

/* Requests and responses may acknowledge each other. But something of the dialogue is missing, or
 * an acknowledgment that had to come: of every second segment, and of the last one within half a
 * second (RFC 9293 section 3.8.6.3). */
static bool lacks_part(const struct flow *flow, int64_t capture_end)
{
    uint64_t data[2];
    unsigned gaps;
    for (int end = 0; end < 2; end++)
        data[end] = flow_counter(flow, (enum end)end, COUNTER_DATA_PACKETS);
    bool lacks_last = flow->data_sender != NO_END && flow->sides[flow->data_sender].awaits_ack &&
                      flow_reset(flow)->time == TIME_NONE &&
                      capture_end - flow->data_time > LONGEST_DELAYED_ACK;
    return data[END_A] > 0 && data[END_B] > 0 &&
           (MAX(data[END_A], data[END_B]) > 2 * MIN(data[END_A], data[END_B]) + 2 || lacks_last ||
            sequence_missing_bytes(flow, END_A, &gaps) > 0 ||
            sequence_missing_bytes(flow, END_B, &gaps) > 0);
}

/* No segment of @flows is a mere ACK, though connections were closed, or a dialogue without its
 * handshake lacks a part: a display filter has taken them out. */
static bool lacks_acks(const struct flow_table *flows, int64_t capture_end)
{
    uint64_t syns = 0, fins = 0;
    bool lacks_some = false;
    for (size_t i = 0; i < flow_table_count(flows); i++) {
        const struct flow *flow = flow_table_at(flows, i);
        for (int end = 0; end < 2; end++) {
            syns += flow_counter(flow, (enum end)end, COUNTER_SYN);
            fins += flow_counter(flow, (enum end)end, COUNTER_FIN);
        }
        lacks_some |= lacks_part(flow, capture_end);
    }
    return fins >= 2 || (syns == 0 && lacks_some);
}

static bool has_partial_connection(const struct report *report)
{
    const struct flow_facts *facts = report->source->facts;
    for (uint64_t i = 0; facts != NULL && i < report->connections; i++) {
        if (facts[i].is_partial)
            return true;
    }
    return false;
}

static void find_findings(struct report *report)
{
    const struct report_source *source = report->source;
    bool has_no_acks = !has_acks(source->capture->flows);
    bool is_filtered = has_no_acks && lacks_acks(source->capture->flows, report->last_time);
    struct finding_source finding_source = {
        .capture = source->capture,
        .flows = source->capture->flows,
        .roles = report->roles,
        .row_of_flow = report->row_of_flow,
        .row_count = report->rows->len,
        .facts = source->facts,
        .witnesses = source->capture->witnesses,
        .last_time = report->last_time,
        .has_no_acks = has_no_acks,
        .analysed = source->analysed,
        .filter = report->request->filter,
        .has_untapped = source->untapped > 0,
        .is_incomplete =
            source->untapped * 100 > report->segments * UNTAPPED_PERCENT || is_filtered,
    };
    report->findings = finding_set_new(&finding_source);
    struct trust_source trust_source = {
        .census = finding_set_census(report->findings),
        .segments = report->segments,
        .untapped = source->untapped,
        .analysed = source->analysed,
        /* Else it is the user's own filter that left the ACKs out. */
        .is_filtered = is_filtered && report->request->filter == NULL,
        .has_partial = has_partial_connection(report),
    };
    report->trust = trust_limits(&trust_source);
    for (guint i = 0; i < report->rows->len; i++)
        ((struct row *)g_ptr_array_index(report->rows, i))->findings =
            finding_set_of_row(report->findings, i);
}

/* --- names --- */

static char *label_of(const struct report_source *source, const struct endpoint *endpoint,
                      enum grouping grouping)
{
    return endpoint_safe_label(endpoint, grouping == GROUP_BY_PORT ? NULL : source->address_text,
                               grouping == GROUP_BY_PORT ? "any" : NULL,
                               grouping == GROUP_BY_ADDRESS ? "any" : NULL);
}

static void name_row(const struct report_source *source, struct row *row, enum grouping grouping)
{
    row->label = label_of(source, &row->server, grouping);
    if (grouping != GROUP_BY_PORT)
        row->address = endpoint_address_text(&row->server);
    if (grouping != GROUP_BY_ADDRESS && source->service_name != NULL)
        row->service = source->service_name(row->server.port);
}

static bool has_finding(const struct row *row, enum finding_id id)
{
    for (guint i = 0; i < row->findings->len; i++) {
        if (((const struct finding *)g_ptr_array_index(row->findings, i))->id == id)
            return true;
    }
    return false;
}

static char *interpret(const struct report *report, const struct row *row,
                       const struct row_scan *scan)
{
    const struct finding *headline = finding_headline(row->findings);
    char *client = scan->client != NULL ? report_address(report, scan->client) : NULL;
    struct circumstances circumstances = {
        .connections = row->connections,
        .one_way = row->one_way_connections,
        .analysed = row->analysed,
        .lacks_side = has_finding(row, FINDING_ONE_WAY_TRAFFIC),
        .headline = headline != NULL ? headline->text : NULL,
        .scanned = {client, scan->outcomes[SCAN_OPEN], scan->outcomes[SCAN_REFUSED],
                    scan->outcomes[SCAN_SILENT]},
    };
    char *text = interpretation(row->totals, &circumstances);
    g_free(client);
    return text;
}

struct row *report_named_row(const struct report *report, guint index)
{
    struct row *row = g_ptr_array_index(report->rows, index);
    if (row->label == NULL)
        name_row(report->source, row, report->request->grouping);
    return row;
}

/* The others are named when somebody asks. */
static void name_shown_rows(const struct report *report)
{
    for (guint i = 0; i < report->shown; i++)
        report_named_row(report, i);
}

const struct row *report_complete_row(const struct report *report, guint index)
{
    struct row *row = report_named_row(report, index);
    if (row->interpretation != NULL)
        return row;
    for (guint i = 0; i < row->findings->len; i++)
        finding_set_complete(report->findings, g_ptr_array_index(row->findings, i));
    row->interpretation = interpret(report, row, finding_set_scan_of_row(report->findings, index));
    return row;
}

char *report_address(const struct report *report, const struct endpoint *endpoint)
{
    char *text = report->source->address_text != NULL ? report->source->address_text(endpoint)
                                                      : endpoint_address_text(endpoint);
    char *safe = format_safe(text);
    g_free(text);
    return safe;
}

const char *report_row_word(const struct report *report, uint64_t count)
{
    static const struct {
        const char *one, *several;
    } words[] = {[GROUP_BY_ENDPOINT] = {"server", "servers"},
                 [GROUP_BY_ADDRESS] = {"address", "addresses"},
                 [GROUP_BY_PORT] = {"port", "ports"}};
    enum grouping grouping = report->request->grouping;
    return count == 1 ? words[grouping].one : words[grouping].several;
}

/* --- what the reader must know --- */

static void add_notes(struct report *report)
{
    struct note_source source = {
        .request = report->request,
        .flows = report->source->capture->flows,
        .roles = report->roles,
        .segments = report->segments,
        .untapped = report->source->untapped,
        .out_of_range = report->source->out_of_range,
        .selected = report->rows->len,
        .analysed = report->source->analysed,
        .is_filtered = (report->trust & trust_bit(TRUST_FILTERED)) != 0,
        .stood_still = (report->trust & trust_bit(TRUST_STALLED)) != 0,
    };
    report->message = notes_message(&source);
    report->notes = notes_new(&source);
}

static struct report *new_report(const struct report_source *source, const struct request *request)
{
    struct report *report = g_new0(struct report, 1);
    report->source = source;
    report->request = request;
    report->rows = g_ptr_array_new_with_free_func(free_row);

    decide_roles(report);
    sum_capture(report);
    report->row_of_flow = group_flows(report);
    return report;
}

struct report *report_new_findings(const struct report_source *source,
                                   const struct request *request)
{
    struct report *report = new_report(source, request);
    find_findings(report);
    report->connection_order = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    report->notes = g_ptr_array_new();
    return report;
}

struct report *report_new_counts(const struct report_source *source, const struct request *request)
{
    struct report *report = new_report(source, request);
    renumber_rows(report);
    prepare_intervals(report);
    name_shown_rows(report);
    report->connection_order = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    report->notes = g_ptr_array_new();
    return report;
}

struct report *report_new(const struct report_source *source, const struct request *request)
{
    struct report *report = new_report(source, request);
    renumber_rows(report);
    summarize_rows(report);
    if (request->connections)
        summarize_connections(report);
    report->connection_order = requested_connections(report);
    prepare_intervals(report);
    find_findings(report);
    name_shown_rows(report);
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
    row_flows_free(report->flows_of_row);
    g_free(report->row_of_flow);
    g_free(report->roles);
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
    const struct flow *flow = flow_table_at(source->capture->flows, number);

    row_init_connection(row, flow, report->roles[number], source->analysed);
    row->completeness = source->facts != NULL ? source->facts[number].completeness : 0;
    row->finding_ids = finding_set_of_flow(report->findings, number);
    row->handshake[SERVER_TO_CLIENT] = single_sample(flow->handshake.server_side);
    row->handshake[CLIENT_TO_SERVER] = single_sample(flow->handshake.client_side);
    for (int direction = 0; direction < 2; direction++) {
        enum end sender = direction_sender((enum direction)direction, row->client);
        row->turnaround[direction] = report->turnarounds[sender][number];
    }
    name_row(source, row, GROUP_BY_ENDPOINT);
    row->client_label = label_of(source, &flow->ends[row->client], GROUP_BY_ENDPOINT);
}
