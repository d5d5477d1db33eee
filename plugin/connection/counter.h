/* The additive counters of one direction, and sums of them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_COUNTER_H
#define TFA_COUNTER_H

#include <stdint.h>

/* Byte counters come first: a connection keeps those in 64 bits, and the others, which count
 * frames, in the 32 bits in which Wireshark numbers frames. Sums have 64 bits throughout. Then
 * those that stay 0 in most connections. */
enum counter {
    COUNTER_BYTES,
    COUNTER_PAYLOAD_BYTES,
    COUNTER_WIDE_END,

    COUNTER_PACKETS = COUNTER_WIDE_END,
    COUNTER_SYN,
    COUNTER_SYN_ACK,
    COUNTER_FIN,
    COUNTER_RST,
    COUNTER_DATA_PACKETS,
    COUNTER_NARROW_END,

    COUNTER_RETRANSMISSIONS = COUNTER_NARROW_END,
    COUNTER_FAST_RETRANSMISSIONS,
    COUNTER_SPURIOUS_RETRANSMISSIONS,
    COUNTER_OUT_OF_ORDER,
    COUNTER_DUPLICATE_ACKS,
    COUNTER_LOST_SEGMENTS,
    COUNTER_ACKED_UNSEEN,
    COUNTER_ZERO_WINDOWS,
    COUNTER_WINDOW_FULL,
    COUNTER_KEEP_ALIVES,
    COUNTER_DUPLICATE_FRAMES,
    COUNTER_RARE_END,

    COUNTER_RETRANSMITTED_BYTES = COUNTER_RARE_END, /* in 64 bits, and rare */

    /* Worked out from the other direction when a connection is summed, not counted. */
    COUNTER_INFERRED_PAYLOAD_BYTES,
    COUNTER_COUNT
};

#define COUNTER_NARROW_COUNT (COUNTER_NARROW_END - COUNTER_WIDE_END)
#define COUNTER_RARE_COUNT   (COUNTER_RARE_END - COUNTER_NARROW_END)

/* The smallest and the largest hop limit (IPv4: TTL) of segments; none while minimum > maximum. */
struct hop_limits {
    uint8_t minimum, maximum;
};

#define HOP_LIMITS_NONE                                                                            \
    (struct hop_limits)                                                                            \
    {                                                                                              \
        255, 0                                                                                     \
    }

/* Widens @limits by @other, which may be none. */
static inline void hop_limits_include(struct hop_limits *limits, struct hop_limits other)
{
    if (other.minimum < limits->minimum)
        limits->minimum = other.minimum;
    if (other.maximum > limits->maximum)
        limits->maximum = other.maximum;
}

/* What was seen in one direction of one connection, or of all connections of a server. */
struct totals {
    uint64_t count[COUNTER_COUNT];
    struct hop_limits hop_limits;     /* of all segments */
    struct hop_limits rst_hop_limits; /* of resets only */
};

#define TOTALS_NONE                                                                                \
    (struct totals)                                                                                \
    {                                                                                              \
        .hop_limits = HOP_LIMITS_NONE, .rst_hop_limits = HOP_LIMITS_NONE                           \
    }

/* Adds @addend to @sum. */
static inline void totals_add(struct totals *sum, const struct totals *addend)
{
    for (int i = 0; i < COUNTER_COUNT; i++)
        sum->count[i] += addend->count[i];
    hop_limits_include(&sum->hop_limits, addend->hop_limits);
    hop_limits_include(&sum->rst_hop_limits, addend->rst_hop_limits);
}

#endif
