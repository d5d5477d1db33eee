/* One TCP segment as plain data that we own. Nothing behind it knows libwireshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_SEGMENT_H
#define TFA_SEGMENT_H

#include "base/endpoint.h"
#include "settings/thresholds.h"

/* TCP header flags, RFC 9293 section 3.1. */
enum tcp_flag {
    TCP_FIN = 0x001,
    TCP_SYN = 0x002,
    TCP_RST = 0x004,
    TCP_PSH = 0x008,
    TCP_ACK = 0x010,
    TCP_URG = 0x020,
};

/* What Wireshark's TCP analysis said of a segment: the bits behind its tcp.analysis.* fields.
 * Values of TCP_A_* in Wireshark's packet-tcp.c, the same from 4.0 to 4.6. */
enum analysis_flag {
    ANALYSIS_RETRANSMISSION = 0x0001,
    ANALYSIS_LOST_SEGMENT = 0x0002,
    ANALYSIS_ACKED_UNSEEN = 0x0004,
    ANALYSIS_KEEP_ALIVE = 0x0008,
    ANALYSIS_DUPLICATE_ACK = 0x0010,
    ANALYSIS_ZERO_WINDOW = 0x0020,
    ANALYSIS_OUT_OF_ORDER = 0x0200,
    ANALYSIS_FAST_RETRANSMISSION = 0x0400,
    ANALYSIS_WINDOW_FULL = 0x1000,
    ANALYSIS_SPURIOUS_RETRANSMISSION = 0x4000,
};

/* The display filter tcp.analysis.retransmission matches the fast and spurious ones as well. */
#define ANALYSIS_ANY_RETRANSMISSION                                                                \
    (ANALYSIS_RETRANSMISSION | ANALYSIS_FAST_RETRANSMISSION | ANALYSIS_SPURIOUS_RETRANSMISSION)

#define SEGMENT_SACK_RANGES 4

struct segment {
    /* Whole in a connection's first segment, and where both its ports are equal; in all others only
     * the source's port is filled in: nobody needs more, and it saves a tenth of the cost. */
    struct endpoint source, destination;
    int64_t time;          /* ns since 1970, may be negative */
    uint32_t frame;        /* Wireshark's frame.number */
    uint32_t frame_bytes;  /* length of the frame on the wire */
    uint32_t sequence;     /* raw, host byte order */
    uint32_t acknowledged; /* raw, host byte order; meaningless without TCP_ACK */
    uint32_t window;       /* bytes, scaled where Wireshark knows the scale */
    uint32_t payload;      /* TCP segment length in bytes, 0 where unknown */
    uint32_t stream;       /* Wireshark's tcp.stream */
    uint16_t flags;        /* enum tcp_flag bits and others */
    uint16_t ip_id;        /* IPv4 identification; 0 for none */
    uint16_t analysis;     /* enum analysis_flag bits and others */
    uint16_t reset_window; /* the window field as sent, unscaled; of a RST only */
    uint8_t hop_limit;     /* TTL or hop limit, valid if has_hop_limit */
    bool has_hop_limit;
    bool is_multipath;   /* it has an option of MPTCP, RFC 8684 */
    bool has_length;     /* false where payload may be less than was sent: fragments, cut frames */
    bool may_be_padding; /* its few bytes may be those that fill up a short frame; not has_length */
    /* Side by side, since these are cleared at once in nearly every segment: */
    uint16_t mss;        /* largest segment that the sender wants, of a SYN; 0 for none */
    uint8_t sack_ranges; /* 0 to SEGMENT_SACK_RANGES */
    bool has_timestamps; /* ts_value and ts_echo are valid: read where ip_id tells nothing */
    bool is_copy;        /* the same transmission was captured before; may be set by whoever fills
                            the segment; if it is not, capture_add() decides */
    int8_t copy_hops; /* of a copy: hops that it has gone further than the other; capture_add() */
    bool is_misfit; /* it does not fit the end that it claims to come from; capture_add() sets it */
    uint32_t ts_value, ts_echo; /* RFC 7323; host byte order */
    uint32_t sack_left[SEGMENT_SACK_RANGES], sack_right[SEGMENT_SACK_RANGES]; /* raw */
};

/* Serial number arithmetic, RFC 1982 with 32 bits: whether @a is after @b. */
static inline bool sequence_after(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) > 0;
}

/* Whether @a and @b may be numbers of one connection: no further apart than LARGEST_WINDOW_STEP. */
static inline bool sequence_is_near(uint32_t a, uint32_t b)
{
    return a - b + LARGEST_WINDOW_STEP <= 2U * LARGEST_WINDOW_STEP;
}

/* How far an end's IPv4 identifications have counted from @from to @to, in network byte order or,
 * as some stacks do, in the other one. */
static inline uint16_t identification_step_in(bool swapped, uint16_t from, uint16_t to)
{
    return swapped ? (uint16_t)(GUINT16_SWAP_LE_BE(to) - GUINT16_SWAP_LE_BE(from))
                   : (uint16_t)(to - from);
}

/* The same where the byte order is not known. Small where they count, anything else where they do
 * not. */
static inline uint16_t identification_step(uint16_t from, uint16_t to)
{
    return MIN(identification_step_in(false, from, to), identification_step_in(true, from, to));
}

/* Bytes of sequence space of a segment that is no SYN. */
static inline uint32_t segment_length(const struct segment *segment)
{
    return segment->payload + ((segment->flags & TCP_FIN) != 0);
}

/* The sequence number behind the last byte of data: a SYN takes one number before the data. */
static inline uint32_t segment_data_end(const struct segment *segment)
{
    return segment->sequence + segment->payload + ((segment->flags & TCP_SYN) != 0);
}

/* Whether a reset has flags or a payload that no stack gives it: a bit error in another segment. */
static inline bool segment_is_damaged_reset(const struct segment *segment)
{
    return (segment->flags & (TCP_SYN | TCP_FIN)) != 0 || segment->payload > LONGEST_RESET_PAYLOAD;
}

#endif
