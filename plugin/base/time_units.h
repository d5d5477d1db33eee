/* Times are counted in nanoseconds since 1970, in 64 bits.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_TIME_UNITS_H
#define TFA_TIME_UNITS_H

#include <glib.h>
#include <stdint.h>

#define NS_PER_MS     G_GINT64_CONSTANT(1000000)
#define NS_PER_SECOND G_GINT64_CONSTANT(1000000000)

/* Stands for a time in ns that is not known. */
#define TIME_NONE INT64_MIN

/* The seconds since 1970 that a time may have: the years 1897 to 2188, so that the difference of
 * two times always fits. pcap ends in 2106. A later or earlier time in pcapng becomes the nearest
 * time in this range. */
#define EARLIEST_SECOND (-G_GINT64_CONSTANT(2303596800))
#define LATEST_SECOND   G_GINT64_CONSTANT(6911049599)

/* The sum of two spans that are not negative, at most INT64_MAX. */
static inline int64_t span_sum(int64_t a, int64_t b)
{
    return a <= INT64_MAX - b ? a + b : INT64_MAX;
}

/* From the earliest to the latest of some times, ns since 1970. */
struct time_span {
    int64_t first, last;
};

/* Of no times at all: first is after last. */
#define TIME_SPAN_EMPTY                                                                            \
    (struct time_span)                                                                             \
    {                                                                                              \
        INT64_MAX, INT64_MIN                                                                       \
    }

/* Of times that nobody knows. Whatever is merged with it, both its ends stay unknown. */
#define TIME_SPAN_UNKNOWN                                                                          \
    (struct time_span)                                                                             \
    {                                                                                              \
        INT64_MIN, INT64_MAX                                                                       \
    }

/* Widens @span by @other. */
static inline void span_merge(struct time_span *span, struct time_span other)
{
    span->first = MIN(span->first, other.first);
    span->last = MAX(span->last, other.last);
}

/* Widens @span by @time. */
static inline void span_add(struct time_span *span, int64_t time)
{
    span_merge(span, (struct time_span){time, time});
}

/* The earliest of the times; TIME_NONE if it is not known, or there is none. */
static inline int64_t span_first(struct time_span span)
{
    return span.first <= span.last ? span.first : TIME_NONE;
}

/* The latest of the times; TIME_NONE if it is not known, or there is none. */
static inline int64_t span_last(struct time_span span)
{
    return span.first <= span.last && span.last != INT64_MAX ? span.last : TIME_NONE;
}

#endif
