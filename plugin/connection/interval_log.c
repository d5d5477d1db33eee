/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "connection/interval_log.h"

#include <string.h>

/* A number takes a byte for each 7 bits. */
#define LONGEST_NUMBER ((size_t)10)

/* Two numbers, then for each end the set of counters that are not 0, and these. */
#define LONGEST_RECORD (LONGEST_NUMBER * (4 + 2 * COUNTER_COUNT))

#define FIRST_SPACE 65536

/* What a connection had counted at the end of one of its intervals. */
struct record {
    uint64_t previous;                 /* place of the connection's record before, 0 for none */
    int32_t index;                     /* of the interval */
    uint64_t counts[2][COUNTER_COUNT]; /* index enum end of the sender */
};

struct interval_log *interval_log_new(int64_t width)
{
    struct interval_log *log = g_new0(struct interval_log, 1);
    log->chooses = width == 0;
    log->width = width != 0 ? width : FIRST_CHOSEN_WIDTH;
    log->begins = INT64_MIN; /* no time is in there */
    log->is_empty = true;
    log->size = 1;
    return log;
}

void interval_log_free(struct interval_log *log)
{
    if (log == NULL)
        return;
    g_free(log->marks);
    g_free(log->records);
    g_free(log);
}

/* --- records --- */

static uint8_t *put_number(uint8_t *place, uint64_t number)
{
    for (; number > 0x7f; number >>= 7)
        *place++ = (uint8_t)(number | 0x80);
    *place++ = (uint8_t)number;
    return place;
}

static const uint8_t *get_number(const uint8_t *place, uint64_t *number)
{
    *number = 0;
    for (unsigned shift = 0;; shift += 7) {
        *number |= (uint64_t)(*place & 0x7f) << shift;
        if ((*place++ & 0x80) == 0)
            return place;
    }
}

static uint8_t *put_counts(uint8_t *place, const uint64_t counts[COUNTER_COUNT])
{
    uint64_t set = 0;
    for (int i = 0; i < COUNTER_COUNT; i++)
        set |= (uint64_t)(counts[i] != 0) << i;
    place = put_number(place, set);
    for (int i = 0; i < COUNTER_COUNT; i++) {
        if (counts[i] != 0)
            place = put_number(place, counts[i]);
    }
    return place;
}

static const uint8_t *get_counts(const uint8_t *place, uint64_t counts[COUNTER_COUNT])
{
    uint64_t set;
    place = get_number(place, &set);
    for (int i = 0; i < COUNTER_COUNT; i++) {
        counts[i] = 0;
        if ((set >> i & 1) != 0)
            place = get_number(place, &counts[i]);
    }
    return place;
}

/* Small ones of either sign become small ones without. */
static uint64_t without_sign(int32_t number)
{
    return number >= 0 ? (uint64_t)number << 1 : (uint64_t)(-(int64_t)number) << 1 | 1;
}

static int32_t with_sign(uint64_t number)
{
    int64_t half = (int64_t)(number >> 1);
    return (int32_t)((number & 1) != 0 ? -half : half);
}

/* Returns the place of the record. */
static uint64_t add_record(struct interval_log *log, const struct record *record)
{
    if (log->size + LONGEST_RECORD > log->space) {
        log->space = MAX(log->space * 2, FIRST_SPACE);
        log->records = g_realloc(log->records, log->space);
    }
    uint64_t place = log->size;
    uint8_t *end = log->records + place;
    end = put_number(end, record->previous != 0 ? place - record->previous : 0);
    end = put_number(end, without_sign(record->index));
    end = put_counts(end, record->counts[END_A]);
    end = put_counts(end, record->counts[END_B]);
    log->size = (size_t)(end - log->records);
    return place;
}

static const uint8_t *get_head(const struct interval_log *log, uint64_t place,
                               struct record *record)
{
    uint64_t distance, index;
    const uint8_t *rest = get_number(log->records + place, &distance);
    rest = get_number(rest, &index);
    record->previous = distance != 0 ? place - distance : 0;
    record->index = with_sign(index);
    return rest;
}

static void get_record(const struct interval_log *log, uint64_t place, struct record *record)
{
    const uint8_t *rest = get_head(log, place, record);
    rest = get_counts(rest, record->counts[END_A]);
    get_counts(rest, record->counts[END_B]);
}

/* What @flow has counted so far. WHAT NOBODY SENT: as long as nothing of an end is captured, the
 * bytes that the other end acknowledged stand for its payload. They are no longer if something
 * is. */
static void count_so_far(const struct flow *flow, uint64_t counts[2][COUNTER_COUNT])
{
    for (int end = 0; end < 2; end++) {
        struct totals totals = TOTALS_NONE;
        flow_add_totals(flow, (enum end)end, &totals);
        memcpy(counts[end], totals.count, sizeof totals.count);
        counts[end][COUNTER_INFERRED_PAYLOAD_BYTES] =
            totals.count[COUNTER_PACKETS] == 0 ? flow->sides[end_peer((enum end)end)].ack_advance
                                               : 0;
    }
}

/* --- intervals --- */

static int64_t divide_down(int64_t number, int64_t divisor)
{
    int64_t quotient = number / divisor;
    return number % divisor < 0 ? quotient - 1 : quotient;
}

/* The number of the interval that comes of @index when the width doubles @times. */
static int32_t halved(int32_t index, unsigned times)
{
    return (int32_t)divide_down(index, G_GINT64_CONSTANT(1) << times);
}

/* Keeps those records of a connection that still end an interval. Returns the place of the latest.
 */
static uint64_t copy_records(struct interval_log *log, const struct interval_log *before,
                             const struct interval_mark *mark, unsigned halvings, GArray *places)
{
    int32_t later = halved(mark->index, halvings);
    struct record record;
    g_array_set_size(places, 0);
    for (uint64_t place = mark->record; place != 0; place = record.previous) {
        get_head(before, place, &record);
        int32_t index = halved(record.index, halvings);
        if (index != later)
            g_array_append_val(places, place);
        later = index;
    }
    uint64_t latest = 0;
    for (guint i = places->len; i > 0; i--) {
        get_record(before, g_array_index(places, uint64_t, i - 1), &record);
        record.index = halved(record.index, halvings);
        record.previous = latest;
        latest = add_record(log, &record);
    }
    return latest;
}

static void double_width(struct interval_log *log, unsigned times)
{
    struct interval_log before = *log;
    GArray *places = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    log->width <<= times;
    log->records = NULL;
    log->size = 1;
    log->space = 0;
    for (size_t i = 0; i < log->count; i++) {
        struct interval_mark *mark = &log->marks[i];
        mark->record = copy_records(log, &before, mark, times, places);
        mark->index = halved(mark->index, times);
    }
    log->least = halved(log->least, times);
    log->most = halved(log->most, times);
    g_array_free(places, TRUE);
    g_free(before.records);
}

/* How often the width must double until the intervals from @least to @most are not too many. */
static unsigned halvings_for(int64_t least, int64_t most)
{
    unsigned times = 0;
    for (; most - least >= MOST_CHOSEN_INTERVALS; times++) {
        least = divide_down(least, 2);
        most = divide_down(most, 2);
    }
    return times;
}

bool interval_log_move(struct interval_log *log, int64_t time)
{
    if (log->is_empty)
        log->origin = time;
    log->is_empty = false;
    int64_t index = divide_down(time - log->origin, log->width);
    int64_t least = MIN(log->least, index), most = MAX(log->most, index);
    unsigned halvings = log->chooses ? halvings_for(least, most) : 0;
    if (halvings > 0) {
        double_width(log, halvings);
        index = divide_down(time - log->origin, log->width);
    } else if (most - least >= MOST_INTERVALS) {
        return false;
    }
    log->current = (int32_t)index;
    log->least = MIN(log->least, log->current);
    log->most = MAX(log->most, log->current);
    log->begins = interval_log_begins(log, log->current);
    return true;
}

__attribute__((noinline)) void interval_log_turn(struct interval_log *log, const struct flow *flow)
{
    struct interval_mark *mark;
    if (flow == NULL) {
        if (log->count == log->room) {
            log->room = MAX(log->room * 2, 1024);
            log->marks = g_renew(struct interval_mark, log->marks, log->room);
        }
        mark = &log->marks[log->count++];
        mark->record = 0;
    } else {
        mark = &log->marks[flow->number];
        struct record record = {.previous = mark->record, .index = mark->index};
        count_so_far(flow, record.counts);
        mark->record = add_record(log, &record);
    }
    mark->index = log->current;
}

/* --- parts --- */

void interval_log_parts(const struct interval_log *log, const struct flow *flow, int32_t least,
                        GArray *parts)
{
    const struct interval_mark *mark = &log->marks[flow->number];
    struct interval_part part = {0, flow->number, mark->index};
    uint64_t previous = mark->record;
    while (part.index >= least) {
        g_array_append_val(parts, part);
        if (previous == 0)
            return;
        struct record record;
        get_head(log, previous, &record);
        part = (struct interval_part){previous, flow->number, record.index};
        previous = record.previous;
    }
}

/* Acknowledged bytes are payload only if nothing of @end was captured to the end, and the last of
 * them not where it is a FIN. */
static void limit_inferred(uint64_t counts[COUNTER_COUNT], uint64_t most)
{
    counts[COUNTER_INFERRED_PAYLOAD_BYTES] = MIN(counts[COUNTER_INFERRED_PAYLOAD_BYTES], most);
}

void interval_log_add(const struct interval_log *log, const struct flow *flow,
                      const struct interval_part *part, struct totals totals[2])
{
    struct record after, before = {0};
    if (part->record != 0) {
        get_record(log, part->record, &after);
    } else {
        after.previous = log->marks[flow->number].record;
        count_so_far(flow, after.counts);
    }
    if (after.previous != 0)
        get_record(log, after.previous, &before);
    for (int end = 0; end < 2; end++) {
        struct totals all = TOTALS_NONE;
        flow_add_totals(flow, (enum end)end, &all);
        limit_inferred(before.counts[end], all.count[COUNTER_INFERRED_PAYLOAD_BYTES]);
        limit_inferred(after.counts[end], all.count[COUNTER_INFERRED_PAYLOAD_BYTES]);
        for (int i = 0; i < COUNTER_COUNT; i++)
            totals[end].count[i] += after.counts[end][i] - before.counts[end][i];
    }
}
