/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finding/finding.h"

#include "finding/display_filter.h"
#include "finding/rules.h"
#include "settings/thresholds.h"

#include <string.h>

const struct finding_kind finding_kinds[FINDING_COUNT] = {
    [FINDING_FORGED_RESET] = {"forged_reset", SEVERITY_ERROR, SIDE_BY},
    [FINDING_PATH_MTU_BLACKHOLE] = {"path_mtu_blackhole", SEVERITY_ERROR, SIDE_BY},
    [FINDING_RETRIES_EXHAUSTED] = {"retries_exhausted", SEVERITY_ERROR, SIDE_BY},
    [FINDING_NO_RESPONSE] = {"no_response", SEVERITY_WARN, SIDE_NONE},
    [FINDING_CONNECTION_REFUSED] = {"connection_refused", SEVERITY_WARN, SIDE_BY},
    [FINDING_HANDSHAKE_INCOMPLETE] = {"handshake_incomplete", SEVERITY_WARN, SIDE_BY},
    [FINDING_SCAN] = {"scan", SEVERITY_WARN, SIDE_BY},
    [FINDING_ONE_WAY_TRAFFIC] = {"one_way_traffic", SEVERITY_WARN, SIDE_DIRECTION},
    [FINDING_CAPTURE_LOSS] = {"capture_loss", SEVERITY_WARN, SIDE_DIRECTION},
    [FINDING_RESET_BY_SERVER] = {"reset_by_server", SEVERITY_WARN, SIDE_NONE},
    [FINDING_RESET_BY_CLIENT] = {"reset_by_client", SEVERITY_WARN, SIDE_NONE},
    [FINDING_LOSS_CLIENT_TO_SERVER] = {"loss_client_to_server", SEVERITY_WARN, SIDE_DIRECTION},
    [FINDING_LOSS_SERVER_TO_CLIENT] = {"loss_server_to_client", SEVERITY_WARN, SIDE_DIRECTION},
    [FINDING_ZERO_WINDOW] = {"zero_window", SEVERITY_WARN, SIDE_BY},
    [FINDING_SLOW_HANDSHAKE] = {"slow_handshake", SEVERITY_WARN, SIDE_BY},
    [FINDING_SLOW_SERVER] = {"slow_server", SEVERITY_WARN, SIDE_NONE},
    [FINDING_DUPLICATE_CAPTURE] = {"duplicate_capture", SEVERITY_NOTE, SIDE_NONE},
    [FINDING_SYN_RETRIED] = {"syn_retried", SEVERITY_NOTE, SIDE_BY},
    [FINDING_SPURIOUS_RETRANSMISSIONS] = {"spurious_retransmissions", SEVERITY_NOTE,
                                          SIDE_DIRECTION},
    [FINDING_WINDOW_LIMITED] = {"window_limited", SEVERITY_NOTE, SIDE_BY},
    [FINDING_SLOW_CLIENT] = {"slow_client", SEVERITY_NOTE, SIDE_NONE},
    [FINDING_ROLE_GUESSED] = {"role_guessed", SEVERITY_NOTE, SIDE_NONE},
    [FINDING_ANALYSIS_OFF] = {"analysis_off", SEVERITY_NOTE, SIDE_NONE},
    [FINDING_RESET_AFTER_CLOSE] = {"reset_after_close", SEVERITY_CHAT, SIDE_BY},
};

const char *severity_name(enum severity severity)
{
    static const char *const names[] = {"chat", "note", "warn", "error"};
    return names[severity];
}

/* How a number of several connections is put together, and what it is called. */
struct number_kind {
    const char *key;
    enum { ADD, LARGEST, SAME } merge; /* SAME: 0 where connections differ */
    bool is_span;
};

static const struct number_kind number_kinds[FINDING_COUNT][HIT_NUMBERS] = {
    [FINDING_FORGED_RESET] = {{"odd_hop_limit", ADD, false},
                              {"goes_on_after_reset", ADD, false},
                              {"burst_of_sequences", ADD, false}},
    [FINDING_PATH_MTU_BLACKHOLE] = {{"sends", LARGEST, false}, {"payload_bytes", LARGEST, false}},
    [FINDING_RETRIES_EXHAUSTED] = {{"sends", LARGEST, false}, {"payload_bytes", LARGEST, false}},
    [FINDING_NO_RESPONSE] = {{"syns", ADD, false}},
    [FINDING_CONNECTION_REFUSED] = {{"resets", ADD, false}},
    [FINDING_HANDSHAKE_INCOMPLETE] = {{"syn_acks", ADD, false}},
    [FINDING_SCAN] = {{"targets", LARGEST, false}, {"failed_targets", LARGEST, false}},
    [FINDING_ONE_WAY_TRAFFIC] = {{"segments", ADD, false}, {"acknowledged_bytes", ADD, false}},
    [FINDING_CAPTURE_LOSS] = {{"missing_bytes", ADD, false}},
    [FINDING_RESET_BY_SERVER] = {{"before_data", ADD, false},
                                 {"in_transfer", ADD, false},
                                 {"after_idling", ADD, false},
                                 {"longest_idle_s", LARGEST, true},
                                 {"window", SAME, false}},
    [FINDING_RESET_BY_CLIENT] = {{"before_data", ADD, false},
                                 {"in_transfer", ADD, false},
                                 {"after_idling", ADD, false},
                                 {"longest_idle_s", LARGEST, true},
                                 {"window", SAME, false}},
    [FINDING_LOSS_CLIENT_TO_SERVER] = {{"after_capture_point", ADD, false},
                                       {"before_capture_point", ADD, false},
                                       {"data_packets", ADD, false}},
    [FINDING_LOSS_SERVER_TO_CLIENT] = {{"after_capture_point", ADD, false},
                                       {"before_capture_point", ADD, false},
                                       {"data_packets", ADD, false}},
    [FINDING_ZERO_WINDOW] = {{"closed_s", ADD, true}, {"still_closed", ADD, false}},
    [FINDING_SLOW_HANDSHAKE] = {{"longest_s", LARGEST, true}},
    [FINDING_SLOW_SERVER] = {{"longest_s", LARGEST, true}},
    [FINDING_SLOW_CLIENT] = {{"longest_s", LARGEST, true}},
    [FINDING_DUPLICATE_CAPTURE] = {{"segments", ADD, false}},
    [FINDING_SYN_RETRIED] = {{"longest_delay_s", LARGEST, true}},
    [FINDING_SPURIOUS_RETRANSMISSIONS] = {{"data_packets", ADD, false}},
    [FINDING_RESET_AFTER_CLOSE] = {{"resets", ADD, false}},
};

/* What the connections of one row add up to, for one id and side. */
struct sum {
    struct hit total; /* its connection-specific members mean nothing */
    GArray *flows;    /* uint32_t: those that were hit, in order */
    bool accepted;    /* whether it is a finding, once the totals are known */
};

struct row_findings {
    struct sum *sums[FINDING_COUNT][2]; /* NULL: not hit; index enum direction */
    uint64_t segments, data_packets[2]; /* of the row; index enum direction */
    GPtrArray *findings;                /* of struct finding, owned */
};

struct finding_set {
    struct finding_source source;
    struct rule_context context;
    struct row_findings *rows; /* source.row_count of them */
};

void finding_free(gpointer data)
{
    struct finding *finding = data;
    g_free(finding->detail);
    g_free(finding->text);
    g_free(finding->filter);
    g_free(finding);
}

/* --- summing up --- */

static void merge(struct hit *total, const struct hit *hit)
{
    bool is_first = total->count == 0;
    total->count += hit->count;
    total->packets += hit->packets;
    for (int i = 0; i < HIT_NUMBERS; i++) {
        if (number_kinds[hit->id][i].merge == ADD)
            total->numbers[i] += hit->numbers[i];
        else if (number_kinds[hit->id][i].merge == LARGEST || is_first)
            total->numbers[i] = MAX(total->numbers[i], hit->numbers[i]);
        else if (total->numbers[i] != hit->numbers[i])
            total->numbers[i] = 0;
    }
}

static void add_hit(struct row_findings *row, const struct hit *hit, uint32_t flow)
{
    struct sum **place = &row->sums[hit->id][hit->side];
    if (*place == NULL) {
        *place = g_new0(struct sum, 1);
        (*place)->total.id = hit->id;
        (*place)->total.side = hit->side;
        (*place)->flows = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    }
    merge(&(*place)->total, hit);
    g_array_append_val((*place)->flows, flow);
}

static bool is_share(uint64_t part, uint64_t whole, unsigned percent)
{
    return (double)part * 100 >= (double)whole * percent;
}

/* Some findings take more than one connection's hit: a number, or a share of the row. */
static bool is_accepted(const struct row_findings *row, const struct sum *sum)
{
    uint64_t count = sum->total.count;
    switch (sum->total.id) {
    case FINDING_LOSS_CLIENT_TO_SERVER:
    case FINDING_LOSS_SERVER_TO_CLIENT:
        return count >= LOSS_SEGMENTS &&
               is_share(count, row->data_packets[sum->total.side], LOSS_PERCENT);
    case FINDING_SPURIOUS_RETRANSMISSIONS:
        return count >= SPURIOUS_SEGMENTS;
    case FINDING_DUPLICATE_CAPTURE:
        return count >= DUPLICATE_SEGMENTS && is_share(count, row->segments, DUPLICATE_PERCENT);
    default:
        return true;
    }
}

static void count_row(struct row_findings *row, const struct flow *flow, enum end client)
{
    for (int direction = 0; direction < 2; direction++) {
        enum end sender = direction_sender((enum direction)direction, client);
        row->segments += flow_segments(flow, sender);
        row->data_packets[direction] += flow_counter(flow, sender, COUNTER_DATA_PACKETS);
    }
}

/* The row that has @hit of flow number @flow. */
static uint32_t row_of_hit(const struct finding_set *set, const struct hit *hit, uint32_t flow)
{
    return hit->id == FINDING_SCAN ? set->context.scan_of_flow[flow].row
                                   : set->source.row_of_flow[flow];
}

static void sum_up(struct finding_set *set)
{
    const struct finding_source *source = &set->source;
    struct hit hits[MAX_HITS];
    for (uint32_t i = 0; i < flow_table_count(source->flows); i++) {
        unsigned count = rules_apply(&set->context, i, hits);
        if (source->row_of_flow[i] != FINDING_NO_ROW)
            count_row(&set->rows[source->row_of_flow[i]], flow_table_at(source->flows, i),
                      (enum end)source->roles[i].client);
        for (unsigned j = 0; j < count; j++) {
            uint32_t row = row_of_hit(set, &hits[j], i);
            if (row != FINDING_NO_ROW)
                add_hit(&set->rows[row], &hits[j], i);
        }
    }
}

/* --- one finding --- */

static const struct hit *find_hit(const struct hit *hits, unsigned count, const struct hit *like)
{
    for (unsigned i = 0; i < count; i++) {
        if (hits[i].id == like->id && hits[i].side == like->side)
            return &hits[i];
    }
    return NULL;
}

/* Within what the user filters, the packets are no others than those counted. Takes @filter. */
static char *with_users_filter(const struct finding_set *set, char *filter)
{
    if (set->source.filter == NULL)
        return filter;
    char *both = g_strconcat("(", set->source.filter, ") && (", filter, ")", NULL);
    g_free(filter);
    return both;
}

/* Of what is counted packet by packet, evidence is kept up to a limit. */
static bool is_capped(const struct finding *finding)
{
    switch (finding->id) {
    case FINDING_LOSS_CLIENT_TO_SERVER:
    case FINDING_LOSS_SERVER_TO_CLIENT:
    case FINDING_SPURIOUS_RETRANSMISSIONS:
    case FINDING_DUPLICATE_CAPTURE:
        return finding->packets < finding->count;
    default:
        return false;
    }
}

/* Builds the filter out of the hit connections, as many as it holds. */
static void add_filter(const struct finding_set *set, struct finding *finding,
                       const struct sum *sum)
{
    struct display_filter *filter = display_filter_new();
    struct hit hits[MAX_HITS];
    uint64_t packets = 0;
    for (guint i = 0; i < sum->flows->len && !display_filter_is_full(filter); i++) {
        uint32_t flow = g_array_index(sum->flows, uint32_t, i);
        unsigned count = rules_apply(&set->context, flow, hits);
        const struct hit *hit = find_hit(hits, count, &sum->total);
        if (hit == NULL)
            continue;
        rules_show(&set->context, flow, hit, filter);
        packets += hit->packets;
        if (finding->detail == NULL)
            finding->detail = rules_detail(&set->context, flow, hit);
    }
    uint64_t frames = display_filter_frames(filter);
    bool counts_frames = frames > 0;
    finding->packets = counts_frames ? frames : packets;
    finding->is_cut = display_filter_is_full(filter) || (counts_frames && is_capped(finding));
    finding->filter = with_users_filter(set, display_filter_end(filter));
}

static void add_numbers(struct finding *finding, const struct hit *total)
{
    for (int i = 0; i < HIT_NUMBERS && number_kinds[finding->id][i].key != NULL; i++)
        finding->numbers[i] =
            (struct finding_number){number_kinds[finding->id][i].key, total->numbers[i],
                                    number_kinds[finding->id][i].is_span, false};
}

/* Nothing idled, so there is no longest time; the windows differ, or are 0 as most are. */
static void drop_absent_numbers(struct finding *finding)
{
    if (finding->id != FINDING_RESET_BY_CLIENT && finding->id != FINDING_RESET_BY_SERVER)
        return;
    finding->numbers[3].is_absent = finding->numbers[2].value == 0;
    finding->numbers[4].is_absent = finding->numbers[4].value == 0;
}

/* Where loss happened follows from the sums, not from one connection. */
static void set_where(struct finding *finding, const struct hit *total)
{
    const char *where = total->numbers[0] > 0 && total->numbers[1] > 0 ? "both"
                        : total->numbers[0] > 0                        ? "after_capture_point"
                                                                       : "before_capture_point";
    g_free(finding->detail);
    finding->detail = g_strdup(where);
    finding->detail_key = "where";
}

static struct finding *make_finding(const struct finding_set *set, const struct row_findings *row,
                                    const struct sum *sum)
{
    struct finding *finding = g_new0(struct finding, 1);
    finding->id = sum->total.id;
    finding->side = sum->total.side;
    finding->count = sum->total.count;
    finding->connections = sum->flows->len;
    finding->stream_count = MIN(sum->flows->len, FINDING_STREAMS);
    for (unsigned i = 0; i < finding->stream_count; i++)
        finding->streams[i] =
            flow_table_at(set->source.flows, g_array_index(sum->flows, uint32_t, i))->stream;

    add_filter(set, finding, sum);
    struct hit total = sum->total;
    if (finding->id == FINDING_LOSS_CLIENT_TO_SERVER ||
        finding->id == FINDING_LOSS_SERVER_TO_CLIENT) {
        total.numbers[2] = row->data_packets[finding->side];
        set_where(finding, &total);
    } else if (finding->id == FINDING_DUPLICATE_CAPTURE) {
        total.numbers[0] = row->segments;
    } else if (finding->id == FINDING_SPURIOUS_RETRANSMISSIONS) {
        total.numbers[0] = row->data_packets[finding->side];
    } else if (finding->detail != NULL) {
        finding->detail_key = "tests";
    }
    add_numbers(finding, &total);
    drop_absent_numbers(finding);
    finding_describe(finding);
    return finding;
}

static gint compare_findings(gconstpointer a, gconstpointer b)
{
    const struct finding *left = *(const struct finding *const *)a;
    const struct finding *right = *(const struct finding *const *)b;
    int by_severity =
        (int)finding_kinds[right->id].severity - (int)finding_kinds[left->id].severity;
    if (by_severity != 0)
        return by_severity;
    if (left->id != right->id)
        return left->id < right->id ? -1 : 1;
    return (int)left->side - (int)right->side;
}

static void make_findings(struct finding_set *set, struct row_findings *row)
{
    for (int id = 0; id < FINDING_COUNT; id++) {
        for (int side = 0; side < 2; side++) {
            struct sum *sum = row->sums[id][side];
            if (sum == NULL || !is_accepted(row, sum))
                continue;
            sum->accepted = true;
            g_ptr_array_add(row->findings, make_finding(set, row, sum));
        }
    }
    g_ptr_array_sort(row->findings, compare_findings);
}

static void add_analysis_off(struct finding_set *set)
{
    if (set->source.analysed || set->source.row_count == 0)
        return;
    struct finding *finding = g_new0(struct finding, 1);
    finding->id = FINDING_ANALYSIS_OFF;
    finding->filter = with_users_filter(set, g_strdup("tcp"));
    for (size_t i = 0; i < flow_table_count(set->source.flows); i++) {
        const struct flow *flow = flow_table_at(set->source.flows, i);
        finding->packets += (uint64_t)flow_segments(flow, END_A) + flow_segments(flow, END_B);
    }
    finding_describe(finding);
    g_ptr_array_add(set->rows[0].findings, finding);
    g_ptr_array_sort(set->rows[0].findings, compare_findings);
}

struct finding_set *finding_set_new(const struct finding_source *source)
{
    struct finding_set *set = g_new0(struct finding_set, 1);
    set->source = *source;
    set->rows = g_new0(struct row_findings, source->row_count);
    for (uint32_t i = 0; i < source->row_count; i++)
        set->rows[i].findings = g_ptr_array_new_with_free_func(finding_free);
    rules_init(&set->context, &set->source);
    sum_up(set);
    for (uint32_t i = 0; i < source->row_count; i++)
        make_findings(set, &set->rows[i]);
    add_analysis_off(set);
    return set;
}

static void free_row_findings(struct row_findings *row)
{
    for (int id = 0; id < FINDING_COUNT; id++) {
        for (int side = 0; side < 2; side++) {
            if (row->sums[id][side] != NULL)
                g_array_free(row->sums[id][side]->flows, TRUE);
            g_free(row->sums[id][side]);
        }
    }
    g_ptr_array_free(row->findings, TRUE);
}

void finding_set_free(struct finding_set *set)
{
    if (set == NULL)
        return;
    for (uint32_t i = 0; i < set->source.row_count; i++)
        free_row_findings(&set->rows[i]);
    rules_clear(&set->context);
    g_free(set->rows);
    g_free(set);
}

const GPtrArray *finding_set_of_row(const struct finding_set *set, uint32_t row)
{
    return set->rows[row].findings;
}

uint32_t finding_set_of_flow(const struct finding_set *set, uint32_t flow)
{
    struct hit hits[MAX_HITS];
    uint32_t ids = 0;
    unsigned count = rules_apply(&set->context, flow, hits);
    for (unsigned i = 0; i < count; i++) {
        uint32_t row = row_of_hit(set, &hits[i], flow);
        if (row == FINDING_NO_ROW)
            continue;
        const struct sum *sum = set->rows[row].sums[hits[i].id][hits[i].side];
        if (sum != NULL && sum->accepted)
            ids |= 1U << hits[i].id;
    }
    return ids;
}
