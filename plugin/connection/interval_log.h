/* What each connection counted in each interval of time in which it had traffic.
 *
 * Whenever a segment falls into another interval than the last one of its connection, the log
 * records what the counters of the connection have reached. Differences are computed when results
 * are shown. So a report changes nothing here, and a connection keeps only its place in the log.
 *
 * Intervals are numbered from the capture's first segment on. A segment with an earlier time, where
 * times are out of order, has a negative number.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_INTERVAL_LOG_H
#define TFA_INTERVAL_LOG_H

#include "connection/flow.h"

/* The most intervals from the first to the last, those without segments included. */
#define MOST_INTERVALS 10000000

/* The width that the log chooses by itself doubles when the capture takes more than this. */
#define MOST_CHOSEN_INTERVALS 400

/* ns: where such a width begins. Doubled six times, it is a millisecond. */
#define FIRST_CHOSEN_WIDTH 15625

/* Where a connection stands. */
struct interval_mark {
    uint64_t record; /* place of its latest record in the log, in bytes; 0 for none */
    int32_t index;   /* interval of its latest segment */
};

/* Only interval_log.c writes it. */
struct interval_log {
    int64_t origin;              /* ns since 1970: interval 0 begins; valid unless is_empty */
    int64_t width;               /* ns */
    int64_t begins;              /* ns since 1970, of the current interval */
    int32_t current;             /* interval of the latest segment */
    int32_t least, most;         /* intervals of all segments */
    bool chooses;                /* the width grows with the capture */
    bool is_empty;               /* there was no segment yet */
    struct interval_mark *marks; /* of each flow, owned */
    size_t count, room;          /* marks in use; allocated */
    uint8_t *records;            /* owned */
    size_t size, space;          /* bytes in use, of which the first has no meaning; allocated */
};

/* An empty log of intervals of @width ns. If @width is 0, the log chooses the width so that the
 * capture has 200 to MOST_CHOSEN_INTERVALS of them, or fewer of FIRST_CHOSEN_WIDTH. The caller
 * frees it with interval_log_free(), which takes NULL as well. */
struct interval_log *interval_log_new(int64_t width);
void interval_log_free(struct interval_log *log);

/* Both are parts of interval_log_note(), which alone calls them. The first makes the interval of
 * @time the current one, or returns false if there would be more than MOST_INTERVALS. The second
 * records what @flow has counted and puts it into the current interval; NULL: a new connection. */
bool interval_log_move(struct interval_log *log, int64_t time);
void interval_log_turn(struct interval_log *log, const struct flow *flow);

/* When the interval with the number @index begins, ns since 1970. */
static inline int64_t interval_log_begins(const struct interval_log *log, int32_t index)
{
    /* Unsigned: in the longest captures the product has no room in 64 bits, and the sum has. */
    return (int64_t)((uint64_t)log->origin + (uint64_t)index * (uint64_t)log->width);
}

/* To be called before a segment with @time is counted. @flow is its connection, or NULL if it
 * begins one. Returns false, and counts nothing, if there would be more than MOST_INTERVALS. */
static inline bool interval_log_note(struct interval_log *log, const struct flow *flow,
                                     int64_t time)
{
    bool is_current = (uint64_t)time - (uint64_t)log->begins < (uint64_t)log->width;
    if (!is_current && !interval_log_move(log, time))
        return false;
    if (flow == NULL || log->marks[flow->number].index != log->current)
        interval_log_turn(log, flow);
    return true;
}

/* What a connection counted in one interval, or in a part of it where times are out of order. */
struct interval_part {
    uint64_t record; /* place of what it had counted at the end; 0: what it has counted so far */
    uint32_t flow;   /* number of the flow */
    int32_t index;   /* of the interval */
};

/* Appends the parts of @flow to @parts (of struct interval_part), the latest first, back to the
 * first that is of an interval before @least. */
void interval_log_parts(const struct interval_log *log, const struct flow *flow, int32_t least,
                        GArray *parts);

/* Adds to @totals, index enum end of the sender, what @flow counted in @part. The sum of all parts
 * is what flow_add_totals() adds, hop limits aside. */
void interval_log_add(const struct interval_log *log, const struct flow *flow,
                      const struct interval_part *part, struct totals totals[2]);

#endif
