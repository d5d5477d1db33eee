/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finding/finding_set.h"

#include "base/number_set.h"
#include "finding/cause.h"
#include "finding/display_filter.h"
#include "finding/rules.h"
#include "finding/sentence.h"
#include "settings/preference.h"
#include "settings/thresholds.h"

/* What the connections of one row add up to, for one id and side. */
struct sum {
    enum finding_id id;
    enum direction side;               /* as in struct finding */
    uint64_t count;                    /* as in struct finding */
    uint64_t numbers[FINDING_NUMBERS]; /* index as in number.h */
    uint64_t concern;                  /* as in struct finding */
    GArray *flows;                     /* uint32_t: those that were hit, in order; owned */
    const struct row_findings *row;    /* whose finding it is */
    bool accepted; /* whether it is a finding, once all connections are summed up */
    struct sum *next;
};

struct row_findings {
    struct sum *sums;                   /* list of what its connections hit, owned */
    uint64_t segments, data_packets[2]; /* of the row; index enum direction */
    GPtrArray *findings;                /* of struct finding, owned; NULL: none */
    struct row_scan scan;
};

struct finding_set {
    struct finding_source source;
    struct rule_context context;
    struct row_findings *rows; /* source.row_count of them */
    struct sum **scans;     /* of each scan, whatever its row; NULL: no connection of it is shown;
                               owned */
    GPtrArray *no_findings; /* of rows without any; owned */
    struct census census;
};

/* --- summing up --- */

/* Adds to @sum what was counted @count times with @numbers, which concerns @concern packets. */
static void add_counts(struct sum *sum, uint64_t count, uint64_t concern,
                       const uint64_t numbers[FINDING_NUMBERS])
{
    bool is_first = sum->count == 0;
    sum->count += count;
    sum->concern += concern;
    for (int i = 0; i < FINDING_NUMBERS; i++)
        sum->numbers[i] =
            is_first ? numbers[i]
                     : number_merged(&number_kinds[sum->id][i], sum->numbers[i], numbers[i]);
}

/* Where the row's sum for @id and @side is; what is there is NULL if nothing was hit. */
static struct sum **place_in_row(struct row_findings *row, enum finding_id id, enum direction side)
{
    struct sum **place = &row->sums;
    while (*place != NULL && ((*place)->id != id || (*place)->side != side))
        place = &(*place)->next;
    return place;
}

/* Where hits of the kind of @hit, of flow number @flow, are summed up; NULL where nobody sees them.
 */
static struct sum **place_of(const struct finding_set *set, const struct hit *hit, uint32_t flow)
{
    if (hit->id == FINDING_SCAN)
        return &set->scans[set->context.scan_of_flow[flow]];
    uint32_t row = set->source.row_of_flow[flow];
    return row != FINDING_NO_ROW ? place_in_row(&set->rows[row], hit->id, hit->side) : NULL;
}

static void add_hit(const struct finding_set *set, const struct hit *hit, uint32_t flow)
{
    struct sum **place = place_of(set, hit, flow);
    if (place == NULL)
        return;
    if (*place == NULL) {
        *place = g_new0(struct sum, 1);
        (*place)->id = hit->id;
        (*place)->side = hit->side;
        (*place)->flows = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    }
    add_counts(*place, hit->count, hit->packets > 0 ? hit->packets : hit->count, hit->numbers);
    g_array_append_val((*place)->flows, flow);
}

static void count_hit(struct finding_set *set, const struct hit *hit, uint32_t flow)
{
    set->census.hits[hit->id] += hit->count;
    if (hit->id == FINDING_DUPLICATE_CAPTURE)
        set->census.proved_copies += hit->numbers[DUPLICATE_PROVED] > 0;
    add_hit(set, hit, flow);
}

static bool is_share(uint64_t part, uint64_t whole, unsigned percent)
{
    return (double)part * 100 >= (double)whole * percent;
}

/* Some findings take more than one connection's hit: a number, or a share of the row. */
static bool is_accepted(const struct row_findings *row, const struct sum *sum)
{
    uint64_t count = sum->count;
    switch (sum->id) {
    case FINDING_LOSS_CLIENT_TO_SERVER:
    case FINDING_LOSS_SERVER_TO_CLIENT:
        return count >= preferences.loss_segments &&
               is_share(count, row->data_packets[sum->side], preferences.loss_percent);
    case FINDING_SPURIOUS_RETRANSMISSIONS:
        return count >= preferences.spurious_segments;
    case FINDING_DUPLICATE_CAPTURE:
        return (count >= LEAST_COPIES || sum->numbers[DUPLICATE_PROVED] > 0) &&
               is_share(count, row->segments, preferences.duplicate_percent);
    case FINDING_OFFLOAD_CAPTURE:
        return count >= LEAST_OVERSIZED;
    default:
        return true;
    }
}

/* Different data segments that @sender put on the wire: repeats and copies do not count, and what
 * was captured before it was cut counts as many. */
static uint64_t different_data(const struct flow *flow, enum end sender)
{
    const struct sequence_trouble *trouble = sequence_trouble_of(flow, sender);
    uint64_t segments = flow_originals(flow, sender, COPY_DATA);
    uint64_t repeats =
        (uint64_t)trouble->resent_captured + trouble->resent_acked + trouble->resent_doubtful;
    uint64_t hidden = flow->extra != NULL ? flow->extra->hidden_segments[sender] : 0;
    return segments - MIN(repeats, segments) + hidden;
}

static void count_row(struct row_findings *row, const struct flow *flow, enum end client)
{
    for (int direction = 0; direction < 2; direction++) {
        enum end sender = direction_sender((enum direction)direction, client);
        row->segments += flow_segments(flow, sender);
        row->data_packets[direction] += different_data(flow, sender);
    }
}

static void sum_up(struct finding_set *set)
{
    const struct finding_source *source = &set->source;
    struct hit hits[MAX_HITS];
    set->census.has_stalled = set->context.has_stalled;
    for (uint32_t i = 0; i < flow_table_count(source->flows); i++) {
        unsigned count = rules_apply(&set->context, i, hits);
        if (source->row_of_flow[i] != FINDING_NO_ROW)
            count_row(&set->rows[source->row_of_flow[i]], flow_table_at(source->flows, i),
                      (enum end)source->roles[i].client);
        for (unsigned j = 0; j < count; j++)
            count_hit(set, &hits[j], i);
    }
}

/* --- one finding --- */

/* The one of @count @hits that is part of @sum, or NULL. */
static const struct hit *find_hit(const struct hit *hits, unsigned count, const struct sum *sum)
{
    for (unsigned i = 0; i < count; i++) {
        if (hits[i].id == sum->id && hits[i].side == sum->side)
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

/* A filter, and the connection whose packets are added to it. */
struct shown_flow {
    struct display_filter *filter;
    const struct flow *flow;
    enum end client;
};

static bool add_proof(gpointer data, const struct hit *hit, const struct proof *proof)
{
    (void)hit;
    const struct shown_flow *shown = data;
    display_filter_add(shown->filter, shown->flow, shown->client, proof);
    return !display_filter_is_full(shown->filter);
}

static void show_hit(const struct finding_set *set, uint32_t flow, const struct hit *hit,
                     struct display_filter *filter)
{
    struct shown_flow shown = {filter, flow_table_at(set->source.flows, flow),
                               (enum end)set->source.roles[flow].client};
    if (rules_leave_out_icmp(&set->context, flow))
        display_filter_leave_out_icmp(filter);
    rules_show(&set->context, flow, hit, &(struct proof_sink){add_proof, &shown, false});
}

/* Builds the filter out of the hit connections, as many as it holds. The times are of all. */
static void add_filter(const struct finding_set *set, struct finding *finding,
                       const struct sum *sum)
{
    struct display_filter *filter = display_filter_new(set->source.flows);
    if (!set->source.has_untapped)
        display_filter_name_ends(filter, set->source.capture->icmp_errors->len > 0);
    struct time_span times = TIME_SPAN_EMPTY;
    struct hit hits[MAX_HITS];
    uint64_t packets = 0;
    for (guint i = 0; i < sum->flows->len; i++) {
        uint32_t flow = g_array_index(sum->flows, uint32_t, i);
        unsigned count = rules_apply(&set->context, flow, hits);
        const struct hit *hit = find_hit(hits, count, sum);
        if (hit == NULL)
            continue;
        span_merge(&times, rules_times(&set->context, flow, hit));
        if (display_filter_is_full(filter))
            continue;
        show_hit(set, flow, hit, filter);
        packets += hit->packets;
        if (finding->detail == NULL)
            finding->detail = rules_detail(&set->context, flow, hit, &finding->detail_key);
    }
    finding->first_time = span_first(times);
    finding->last_time = span_last(times);
    uint64_t frames = display_filter_frames(filter);
    bool counts_frames = frames > 0;
    finding->packets = counts_frames ? frames : packets;
    bool lacks_witnesses =
        counts_frames && rules_may_lack_witnesses(finding->id) && finding->packets < finding->count;
    bool is_full = display_filter_is_full(filter);
    uint64_t left_out;
    finding->filter = with_users_filter(set, display_filter_end(filter, &left_out));
    finding->packets -= counts_frames ? 0 : left_out;
    finding->is_cut = is_full || lacks_witnesses || left_out > 0;
}

static void add_numbers(struct finding *finding, const struct sum *sum)
{
    for (int i = 0; i < FINDING_NUMBERS; i++) {
        const struct number_kind *kind = &number_kinds[finding->id][i];
        finding->numbers[i] =
            (struct finding_number){kind->key, sum->numbers[i], kind->is_span, false};
    }
}

/* Nobody else was answered. Nothing waited or idled, so there is no longest time; the windows
 * differ, or are 0 as most are.
 */
static void drop_absent_numbers(struct finding *finding)
{
    struct finding_number *numbers = finding->numbers;
    if (finding->id == FINDING_ONE_WAY_TRAFFIC)
        numbers[ONE_WAY_WITHOUT_DATA].is_absent = numbers[ONE_WAY_WITHOUT_DATA].value == 0;
    if (finding->id == FINDING_NO_RESPONSE)
        numbers[NO_RESPONSE_OTHERS_ANSWERED].is_absent =
            numbers[NO_RESPONSE_OTHERS_ANSWERED].value == 0;
    if (finding->id != FINDING_RESET_BY_CLIENT && finding->id != FINDING_RESET_BY_SERVER)
        return;
    numbers[ABORT_LONGEST_WAIT].is_absent = numbers[ABORT_UNANSWERED].value == 0;
    numbers[ABORT_LONGEST_IDLE].is_absent = numbers[ABORT_AFTER_IDLING].value == 0;
    numbers[ABORT_WINDOW].is_absent = numbers[ABORT_WINDOW].value == 0;
}

/* Where loss happened follows from the sums, not from one connection. */
static void set_where(struct finding *finding)
{
    bool after = finding->numbers[LOSSES_AFTER].value > 0;
    bool before = finding->numbers[LOSSES_BEFORE].value > 0;
    finding->detail = g_strdup(after && before ? "both"
                               : after         ? "after_capture_point"
                                               : "before_capture_point");
    finding->detail_key = "where";
}

/* What the connections that were not hit have a part in, too. */
static void add_row_numbers(struct finding *finding, const struct row_findings *row)
{
    switch (finding->id) {
    case FINDING_LOSS_CLIENT_TO_SERVER:
    case FINDING_LOSS_SERVER_TO_CLIENT:
        finding->numbers[LOSS_DATA_PACKETS].value = row->data_packets[finding->side];
        set_where(finding);
        break;
    case FINDING_SPURIOUS_RETRANSMISSIONS:
        finding->numbers[SPURIOUS_DATA_PACKETS].value = row->data_packets[finding->side];
        break;
    case FINDING_DUPLICATE_CAPTURE:
        finding->numbers[DUPLICATE_SEGMENTS].value = row->segments;
        break;
    default:
        break;
    }
}

static struct finding *make_finding(const struct finding_set *set, const struct sum *sum)
{
    struct finding *finding = g_new0(struct finding, 1);
    finding->id = sum->id;
    finding->side = sum->side;
    finding->count = sum->count;
    finding->connections = sum->flows->len;
    finding->concern = sum->concern;
    finding->stream_count = MIN(sum->flows->len, FINDING_STREAMS);
    for (unsigned i = 0; i < finding->stream_count; i++)
        finding->streams[i] =
            flow_table_at(set->source.flows, g_array_index(sum->flows, uint32_t, i))->stream;
    finding->cause = cause_of(&set->context, sum->id, sum->side, sum->flows);
    finding->complete = sum;
    return finding;
}

void finding_set_complete(const struct finding_set *set, struct finding *finding)
{
    const struct sum *sum = finding->complete;
    if (sum == NULL)
        return;
    add_filter(set, finding, sum);
    add_numbers(finding, sum);
    add_row_numbers(finding, sum->row);
    drop_absent_numbers(finding);
    finding->text = sentence_of(finding);
    finding->complete = NULL;
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
    if (left->side != right->side)
        return (int)left->side - (int)right->side;
    return left->streams[0] < right->streams[0] ? -1 : left->streams[0] > right->streams[0];
}

static void add_finding(struct row_findings *row, struct finding *finding)
{
    if (row->findings == NULL)
        row->findings = g_ptr_array_new_with_free_func(finding_free);
    g_ptr_array_add(row->findings, finding);
}

static void make_finding_of(struct finding_set *set, struct row_findings *row, struct sum *sum)
{
    if (sum == NULL || !is_accepted(row, sum))
        return;
    sum->accepted = true;
    set->census.is_accepted[sum->id] = true;
    sum->row = row;
    add_finding(row, make_finding(set, sum));
}

static void make_findings(struct finding_set *set)
{
    for (guint i = 0; i < set->context.scans->len; i++) {
        uint32_t row = g_array_index(set->context.scans, struct scan, i).row;
        if (row != FINDING_NO_ROW)
            make_finding_of(set, &set->rows[row], set->scans[i]);
    }
    for (uint32_t i = 0; i < set->source.row_count; i++) {
        struct row_findings *row = &set->rows[i];
        for (struct sum *sum = row->sums; sum != NULL; sum = sum->next)
            make_finding_of(set, row, sum);
        if (row->findings != NULL)
            g_ptr_array_sort(row->findings, compare_findings);
    }
}

static void add_analysis_off(struct finding_set *set)
{
    if (!finding_set_lacks_analysis(set))
        return;
    bool has_errors = set->source.capture->icmp_errors->len > 0;
    struct finding *finding = g_new0(struct finding, 1);
    finding->id = FINDING_ANALYSIS_OFF;
    finding->filter = with_users_filter(set, display_filter_of_all(has_errors));
    struct time_span times = set->source.has_untapped ? TIME_SPAN_UNKNOWN : TIME_SPAN_EMPTY;
    for (size_t i = 0; i < flow_table_count(set->source.flows); i++) {
        const struct flow *flow = flow_table_at(set->source.flows, i);
        finding->packets += (uint64_t)flow_segments(flow, END_A) + flow_segments(flow, END_B);
        span_merge(&times, (struct time_span){flow->first_time, flow->last_time});
    }
    finding->first_time = span_first(times);
    finding->last_time = span_last(times);
    finding->text = sentence_of(finding);
    add_finding(&set->rows[0], finding);
    g_ptr_array_sort(set->rows[0].findings, compare_findings);
}

static void note_scan_attempts(struct finding_set *set)
{
    const GArray *attempts = set->context.scan_attempts;
    for (guint i = 0; i < attempts->len; i++) {
        const struct scan_attempt *attempt = &g_array_index(attempts, struct scan_attempt, i);
        uint32_t row = set->source.row_of_flow[attempt->flow];
        if (row == FINDING_NO_ROW)
            continue;
        struct row_scan *scan = &set->rows[row].scan;
        const struct endpoint *client = &flow_table_at(set->source.flows, attempt->flow)
                                             ->ends[set->source.roles[attempt->flow].client];
        if (scan->client == NULL)
            scan->client = client;
        if (endpoint_same_address(scan->client, client))
            scan->outcomes[attempt->outcome]++;
    }
}

struct finding_set *finding_set_new(const struct finding_source *source)
{
    struct finding_set *set = g_new0(struct finding_set, 1);
    set->source = *source;
    set->rows = g_new0(struct row_findings, source->row_count);
    set->no_findings = g_ptr_array_new();
    rules_init(&set->context, &set->source);
    set->scans = g_new0(struct sum *, set->context.scans->len);
    note_scan_attempts(set);
    sum_up(set);
    make_findings(set);
    add_analysis_off(set);
    return set;
}

static void free_sum(struct sum *sum)
{
    if (sum != NULL)
        g_array_free(sum->flows, TRUE);
    g_free(sum);
}

static void free_row_findings(struct row_findings *row)
{
    for (struct sum *sum = row->sums, *next; sum != NULL; sum = next) {
        next = sum->next;
        free_sum(sum);
    }
    if (row->findings != NULL)
        g_ptr_array_free(row->findings, TRUE);
}

void finding_set_free(struct finding_set *set)
{
    if (set == NULL)
        return;
    for (uint32_t i = 0; i < set->source.row_count; i++)
        free_row_findings(&set->rows[i]);
    for (guint i = 0; i < set->context.scans->len; i++)
        free_sum(set->scans[i]);
    g_ptr_array_free(set->no_findings, TRUE);
    rules_clear(&set->context);
    g_free(set->scans);
    g_free(set->rows);
    g_free(set);
}

const GPtrArray *finding_set_of_row(const struct finding_set *set, uint32_t row)
{
    return set->rows[row].findings != NULL ? set->rows[row].findings : set->no_findings;
}

struct finding *finding_set_together(const struct finding_set *set, enum finding_id id,
                                     enum direction side, const uint32_t *rows, size_t count)
{
    struct row_findings whole = {.segments = 0};
    struct sum all = {.id = id, .side = side, .row = &whole};
    all.flows = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    for (size_t i = 0; i < count; i++) {
        struct row_findings *row = &set->rows[rows[i]];
        const struct sum *sum = *place_in_row(row, id, side);
        if (sum != NULL) {
            add_counts(&all, sum->count, sum->concern, sum->numbers);
            g_array_append_vals(all.flows, sum->flows->data, sum->flows->len);
        }
        whole.segments += row->segments;
        for (int direction = 0; direction < 2; direction++)
            whole.data_packets[direction] += row->data_packets[direction];
    }
    number_set_make(all.flows);
    struct finding *finding = make_finding(set, &all);
    finding_set_complete(set, finding);
    g_array_free(all.flows, TRUE);
    return finding;
}

/* Those that its client tried, whether or not they answered: the finding counts them all. */
static void append_rows_of_scan(const struct finding_set *set, uint32_t scan, GArray *rows)
{
    const GArray *attempts = set->context.scan_attempts;
    for (guint i = 0; i < attempts->len; i++) {
        const struct scan_attempt *attempt = &g_array_index(attempts, struct scan_attempt, i);
        uint32_t row = set->source.row_of_flow[attempt->flow];
        if (attempt->scan == scan && row != FINDING_NO_ROW)
            g_array_append_val(rows, row);
    }
}

GArray *finding_set_rows_of_scan(const struct finding_set *set, const struct finding *scan)
{
    GArray *rows = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    for (guint i = 0; i < set->context.scans->len; i++) {
        const struct sum *sum = set->scans[i];
        /* A connection belongs to one scan. */
        if (sum == NULL ||
            flow_table_at(set->source.flows, g_array_index(sum->flows, uint32_t, 0))->stream !=
                scan->streams[0])
            continue;
        append_rows_of_scan(set, i, rows);
    }
    number_set_make(rows);
    return rows;
}

const struct row_scan *finding_set_scan_of_row(const struct finding_set *set, uint32_t row)
{
    return &set->rows[row].scan;
}

const struct census *finding_set_census(const struct finding_set *set)
{
    return &set->census;
}

const struct rule_context *finding_set_context(const struct finding_set *set)
{
    return &set->context;
}

bool finding_set_lacks_analysis(const struct finding_set *set)
{
    return !set->source.analysed && set->source.row_count > 0;
}

void finding_set_show(const struct finding_set *set, uint32_t flow, const struct proof_sink *sink)
{
    struct hit hits[MAX_HITS];
    unsigned count = rules_apply(&set->context, flow, hits);
    for (unsigned i = 0; i < count; i++) {
        struct sum **place = place_of(set, &hits[i], flow);
        if (place != NULL && *place != NULL && ((*place)->accepted || hits[i].id == FINDING_SCAN))
            rules_show(&set->context, flow, &hits[i], sink);
    }
}

finding_ids finding_set_of_flow(const struct finding_set *set, uint32_t flow)
{
    struct hit hits[MAX_HITS];
    finding_ids ids = 0;
    unsigned count = rules_apply(&set->context, flow, hits);
    for (unsigned i = 0; i < count; i++) {
        struct sum **place = place_of(set, &hits[i], flow);
        if (place != NULL && *place != NULL && (*place)->accepted)
            ids |= finding_bit(hits[i].id);
    }
    return ids;
}
