/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/intervals.h"

#include "report/row_flows.h"

struct intervals {
    const struct report *report;
    const struct row *row;
    GArray *parts; /* of struct interval_part, by time; owned */
    guint next;    /* the first of them that is of the next interval */
};

static gint compare_parts(gconstpointer a, gconstpointer b)
{
    const struct interval_part *first = a, *second = b;
    return (first->index > second->index) - (first->index < second->index);
}

static struct intervals *intervals_from(const struct report *report, guint row, int32_t least)
{
    const struct capture *capture = report->source->capture;
    struct intervals *intervals = g_new0(struct intervals, 1);
    intervals->report = report;
    intervals->row = g_ptr_array_index(report->rows, row);
    intervals->parts = g_array_new(FALSE, FALSE, sizeof(struct interval_part));
    size_t count;
    const uint32_t *flows = row_flows_of(report->flows_of_row, row, &count);
    for (size_t i = 0; i < count; i++)
        interval_log_parts(capture->intervals, flow_table_at(capture->flows, flows[i]), least,
                           intervals->parts);
    g_array_sort(intervals->parts, compare_parts);
    return intervals;
}

struct intervals *intervals_new(const struct report *report, guint row)
{
    return intervals_from(report, row, INT32_MIN);
}

struct intervals *intervals_new_one(const struct report *report, guint row, int32_t index)
{
    struct intervals *intervals = intervals_from(report, row, index);
    guint count = 0;
    while (count < intervals->parts->len &&
           g_array_index(intervals->parts, struct interval_part, count).index == index)
        count++;
    g_array_set_size(intervals->parts, count);
    return intervals;
}

void intervals_free(struct intervals *intervals)
{
    g_array_free(intervals->parts, TRUE);
    g_free(intervals);
}

static void add_part(const struct intervals *intervals, const struct interval_part *part,
                     struct row *interval)
{
    const struct report *report = intervals->report;
    const struct capture *capture = report->source->capture;
    struct totals totals[2] = {TOTALS_NONE, TOTALS_NONE};
    interval_log_add(capture->intervals, flow_table_at(capture->flows, part->flow), part, totals);
    enum end client = report->roles[part->flow].client;
    for (int direction = 0; direction < 2; direction++)
        totals_add(&interval->totals[direction],
                   &totals[direction_sender((enum direction)direction, client)]);
}

/* From the capture's first time, which is before that of its first segment if times are out of
 * order. */
static void set_time(struct row *interval, const struct report *report, int32_t index)
{
    const struct interval_log *log = report->source->capture->intervals;
    interval->first_time = interval_log_begins(log, index);
    interval->last_time = interval->first_time + log->width;
    interval->interval_start = interval->first_time - report->first_time;
}

bool intervals_next(struct intervals *intervals, struct row *interval)
{
    const struct interval_part *parts = (const void *)intervals->parts->data;
    guint next = intervals->next, count = intervals->parts->len;
    if (next == count)
        return false;
    row_init(interval, &intervals->row->server, intervals->row->analysed);
    interval->label = intervals->row->label;
    interval->address = intervals->row->address;
    interval->service = intervals->row->service;
    int32_t index = parts[next].index;
    set_time(interval, intervals->report, index);
    for (; next < count && parts[next].index == index; next++)
        add_part(intervals, &parts[next], interval);
    intervals->next = next;
    return true;
}
