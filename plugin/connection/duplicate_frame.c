/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "connection/duplicate_frame.h"

#include "base/time_units.h"

#define WINDOW_WITH_IDENTIFICATION    (100 * NS_PER_MS)
#define WINDOW_WITHOUT_IDENTIFICATION (1 * NS_PER_MS)

#define SET_COUNT 4096
#define SET_WAYS  4

/* The time of an empty place: nothing can be a copy of what was captured so long ago. */
#define LONG_AGO ((EARLIEST_SECOND - 1) * NS_PER_SECOND)

struct set {
    uint64_t signatures[SET_WAYS];
    int64_t times[SET_WAYS]; /* ns */
};

struct duplicate_filter {
    struct set sets[SET_COUNT];
    uint8_t oldest[SET_COUNT]; /* the one that is given up next */
};

struct duplicate_filter *duplicate_filter_new(void)
{
    struct duplicate_filter *filter = g_new(struct duplicate_filter, 1);
    for (unsigned i = 0; i < SET_COUNT; i++)
        filter->sets[i] = (struct set){.times = {LONG_AGO, LONG_AGO, LONG_AGO, LONG_AGO}};
    memset(filter->oldest, 0, sizeof filter->oldest);
    return filter;
}

void duplicate_filter_free(struct duplicate_filter *filter)
{
    g_free(filter);
}

/* 64 bits that stand for all that two copies must agree in: a multilinear hash (Lemire and Kaser,
 * "Strongly Universal String Hashing is Fast", 2014), so that two different segments have the same
 * with a probability of about 2^-64. */
static uint64_t signature_of(const struct segment *segment, enum end sender)
{
    uint64_t hash =
        ((uint64_t)segment->acknowledged << 32 | segment->sequence) * 0x9E3779B97F4A7C15 +
        ((uint64_t)segment->payload << 32 | segment->window) * 0xBF58476D1CE4E5B9 +
        (((uint64_t)segment->ip_id << 48 | (uint64_t)segment->flags << 32 | segment->stream) ^
         (uint64_t)sender << 47) *
            0x94D049BB133111EB;
    for (unsigned i = 0; i < segment->sack_ranges; i++)
        hash =
            (hash ^ hash >> 29 ^ (uint64_t)segment->sack_left[i] << 32 ^ segment->sack_right[i]) *
            0xD6E8FEB86659FD93;
    /* Segments of one connection differ in few bits; the number of the set needs all of them. */
    hash = (hash ^ hash >> 32) * 0xD6E8FEB86659FD93;
    return hash ^ hash >> 29;
}

/* Where @signature stands in @set, or SET_WAYS. */
static inline unsigned find_way(const struct set *set, uint64_t signature)
{
    unsigned way = 0;
    while (way < SET_WAYS && set->signatures[way] != signature)
        way++;
    return way;
}

bool duplicate_filter_check(struct duplicate_filter *filter, const struct segment *segment,
                            enum end sender)
{
    bool identified = segment->ip_id != 0;
    if (!segment->has_length || (!identified && (segment->flags & TCP_RST) != 0))
        return false;

    uint64_t signature = signature_of(segment, sender);
    unsigned number = (signature >> 32) % SET_COUNT;
    struct set *set = &filter->sets[number];
    unsigned way = find_way(set, signature);
    if (way == SET_WAYS) {
        way = filter->oldest[number]++ % SET_WAYS;
        set->signatures[way] = signature;
        set->times[way] = segment->time;
        return false;
    }
    int64_t window = identified ? WINDOW_WITH_IDENTIFICATION : WINDOW_WITHOUT_IDENTIFICATION;
    int64_t apart = segment->time - set->times[way];
    set->times[way] = segment->time;
    return apart <= window && apart >= -window;
}
