/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "connection/duplicate_frame.h"

#include "base/time_units.h"

/* Copies with an identification, and pieces of super-segments, are at most so far apart. */
#define LONGEST_DISTANCE (100 * NS_PER_MS)

/* Where nothing but the segment itself tells. */
#define SHORTEST_DISTANCE (1 * NS_PER_MS)

/* The slowest clock of timestamps in use today ticks every 10 ms. */
#define BEYOND_A_TICK (20 * NS_PER_MS)

/* Where a known difference in hop limits tells. */
#define DISTANCE_BY_HOPS NS_PER_SECOND

/* Routers in a row that a segment may be captured in front of and behind. */
#define MOST_ROUTERS 3

#define SET_BITS  12
#define SET_COUNT (1U << SET_BITS)
#define SET_WAYS  4

/* No frame of Ethernet without jumbo frames holds more: what does was not on the wire so. */
#define LEAST_SUPER_SEGMENT 1501
#define SUPER_SEGMENTS      64

/* Smaller pieces are cut by no network card: the least MTU of IPv4 hosts without headers. */
#define LEAST_PIECE 536

/* The time of an empty place: nothing can be a copy of what was captured so long ago. */
#define LONG_AGO ((EARLIEST_SECOND - 1) * NS_PER_SECOND)

struct set {
    uint64_t signatures[SET_WAYS];
    int64_t times[SET_WAYS];      /* ns */
    uint8_t hop_limits[SET_WAYS]; /* of the latest that is no copy, or of the first */
};

struct super_segment {
    int64_t time; /* ns */
    uint32_t stream, sequence, payload, ts_value;
    uint16_t ip_id;
    uint8_t sender, hop_limit;
    bool has_timestamps;
};

struct duplicate_filter {
    struct set sets[SET_COUNT];
    uint8_t oldest[SET_COUNT]; /* the one that is given up next */
    struct super_segment supers[SUPER_SEGMENTS];
    unsigned super_count; /* ever seen: the next one's place, modulo SUPER_SEGMENTS */
};

struct duplicate_filter *duplicate_filter_new(void)
{
    struct duplicate_filter *filter = g_new(struct duplicate_filter, 1);
    for (unsigned i = 0; i < SET_COUNT; i++)
        filter->sets[i] = (struct set){.times = {LONG_AGO, LONG_AGO, LONG_AGO, LONG_AGO}};
    memset(filter->oldest, 0, sizeof filter->oldest);
    filter->super_count = 0;
    return filter;
}

void duplicate_filter_free(struct duplicate_filter *filter)
{
    g_free(filter);
}

/* The window without its factors of two. Where the other end takes no scaled windows, Wireshark
 * begins to scale once it sees the SYN again: the window of a copy then is that of its original,
 * times a power of two. */
static uint32_t odd_part(uint32_t window)
{
    return window >> __builtin_ctz(window | 1U << 31);
}

/* 64 bits that stand for all that two copies must agree in: a multilinear hash (Lemire and Kaser,
 * "Strongly Universal String Hashing is Fast", 2014), so that two different segments have the same
 * with a probability of about 2^-64. The high bits depend on all bits of the segment. */
static uint64_t signature_of(const struct segment *segment, enum end sender)
{
    uint64_t hash =
        ((uint64_t)segment->acknowledged << 32 | segment->sequence) * 0x9E3779B97F4A7C15 +
        ((uint64_t)segment->payload << 32 | odd_part(segment->window)) * 0xBF58476D1CE4E5B9 +
        ((uint64_t)segment->ip_id << 48 | (uint64_t)segment->flags << 33 |
         ((uint64_t)segment->stream << 1 | sender)) *
            0x94D049BB133111EB;
    if (segment->has_timestamps && segment->ip_id == 0)
        hash = (hash ^ hash >> 29 ^ (uint64_t)segment->ts_value << 32 ^ segment->ts_echo) *
               0xD6E8FEB86659FD93;
    for (unsigned i = 0; i < segment->sack_ranges; i++)
        hash =
            (hash ^ hash >> 29 ^ (uint64_t)segment->sack_left[i] << 32 ^ segment->sack_right[i]) *
            0xD6E8FEB86659FD93;
    return hash;
}

/* Where @signature stands in @set, or SET_WAYS. */
static inline unsigned find_way(const struct set *set, uint64_t signature)
{
    unsigned way = 0;
    while (way < SET_WAYS && set->signatures[way] != signature)
        way++;
    return way;
}

/* Whether a segment has gone as far as copies of its end do: behind one router, or each of some. */
static bool is_as_far(int hops, int8_t known_hops)
{
    return hops != 0 && known_hops != 0 && hops % known_hops == 0 &&
           ABS(hops / known_hops) <= MOST_ROUTERS;
}

/* Whether a segment that is equal to one @apart ns before it, and has gone @hops further than the
 * original, is a copy. */
static bool is_copy(const struct segment *segment, int64_t apart, int hops, int8_t known_hops)
{
    if (segment->ip_id != 0)
        return apart <= LONGEST_DISTANCE || hops != 0;
    bool by_hops = is_as_far(hops, known_hops) && apart <= DISTANCE_BY_HOPS;
    if ((segment->flags & TCP_RST) != 0)
        return by_hops;
    if (segment->has_timestamps)
        return hops != 0 || apart <= SHORTEST_DISTANCE || apart >= BEYOND_A_TICK;
    /* A repeat comes the way of its original. */
    return by_hops || apart <= (hops != 0 ? LONGEST_DISTANCE : SHORTEST_DISTANCE);
}

static int hops_further(const struct segment *segment, uint8_t hop_limit)
{
    int hops = segment->has_hop_limit ? (int)hop_limit - segment->hop_limit : 0;
    return hops >= INT8_MIN && hops <= INT8_MAX ? hops : 0;
}

static G_GNUC_NO_INLINE void remember_super_segment(struct duplicate_filter *filter,
                                                    const struct segment *segment, enum end sender)
{
    filter->supers[filter->super_count++ % SUPER_SEGMENTS] =
        (struct super_segment){.time = segment->time,
                               .stream = segment->stream,
                               .sequence = segment->sequence,
                               .payload = segment->payload,
                               .ts_value = segment->ts_value,
                               .ip_id = segment->ip_id,
                               .sender = (uint8_t)sender,
                               .hop_limit = segment->hop_limit,
                               .has_timestamps = segment->has_timestamps};
}

bool duplicate_filter_check(struct duplicate_filter *filter, const struct segment *segment,
                            enum end sender, int8_t known_hops, int8_t *hops)
{
    /* What may be padding has a length, but is no data. */
    if (G_UNLIKELY(!segment->has_length) && segment->payload - 1 >= MOST_PADDING)
        return false;
    uint64_t signature = signature_of(segment, sender);
    unsigned number = (unsigned)(signature >> (64 - SET_BITS));
    struct set *set = &filter->sets[number];
    unsigned way = find_way(set, signature);
    if (way == SET_WAYS) {
        way = filter->oldest[number]++ % SET_WAYS;
        set->signatures[way] = signature;
        set->times[way] = segment->time;
        set->hop_limits[way] = segment->hop_limit;
        if (G_UNLIKELY(segment->payload >= LEAST_SUPER_SEGMENT))
            remember_super_segment(filter, segment, sender);
        return false;
    }
    int64_t apart = segment->time - set->times[way];
    int further = hops_further(segment, set->hop_limits[way]);
    bool is_one = is_copy(segment, ABS(apart), further, known_hops);
    /* Of two equal resets, the copies may come after both. */
    if (!is_one)
        set->hop_limits[way] = segment->hop_limit;
    set->times[way] = segment->time;
    *hops = (int8_t)further;
    return is_one;
}

/* The identifications of a super-segment's pieces are its own and those behind that; a repeat has a
 * later one, and a later timestamp. */
static bool is_piece_of(const struct segment *segment, const struct super_segment *super)
{
    uint32_t offset = segment->sequence - super->sequence;
    if (segment->payload >= super->payload || offset > super->payload - segment->payload)
        return false;
    if (segment->ip_id != 0 && super->ip_id != 0) {
        /* Whole pieces have the identification of their place, the last one that behind them. */
        uint16_t step = (uint16_t)(segment->ip_id - super->ip_id);
        bool is_last = offset + segment->payload == super->payload;
        bool is_whole = offset % segment->payload == 0 && step == offset / segment->payload;
        return is_whole || (is_last && step > 0 && step <= offset / LEAST_PIECE);
    }
    return segment->has_timestamps && super->has_timestamps && segment->ts_value == super->ts_value;
}

G_GNUC_NO_INLINE bool duplicate_filter_check_piece(const struct duplicate_filter *filter,
                                                   const struct segment *segment, enum end sender,
                                                   int8_t *hops)
{
    unsigned count = MIN(filter->super_count, SUPER_SEGMENTS);
    for (unsigned i = 1; i <= count && segment->payload > 0; i++) {
        const struct super_segment *super =
            &filter->supers[(filter->super_count - i) % SUPER_SEGMENTS];
        int64_t apart = segment->time - super->time;
        if (super->stream != segment->stream || super->sender != (uint8_t)sender ||
            ABS(apart) > LONGEST_DISTANCE || !is_piece_of(segment, super))
            continue;
        *hops = (int8_t)hops_further(segment, super->hop_limit);
        return true;
    }
    return false;
}
