/* What one end's data went through: missing, sent again, never acknowledged; and closed windows.
 *
 * A healthy connection has two struct sequence_space and nothing else. The first irregularity gives
 * it two struct sequence_trouble, so that memory goes where there is something to tell.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_SEQUENCE_H
#define TFA_SEQUENCE_H

#include "base/pool.h"
#include "connection/flow.h"
#include "connection/witness.h"

/* Gaps in a direction's data that are kept at the same time, with memory for as many as there are.
 * If another one opens, the oldest is given up: nobody knows then whether data before its end is
 * new, sent again or missing, and nothing is said of that. */
#define SEQUENCE_GAPS 512

/* Bytes that were passed over: later data came first, or they were never captured. */
struct gap {
    uint32_t start, end;    /* sequence numbers, end excluded */
    uint32_t opening_frame; /* the frame that came behind the gap */
    uint16_t opening_ip_id; /* its IPv4 identification; 0 for none */
    int64_t opened;         /* ns since 1970 */
};

/* Of the data that one end sent. */
struct sequence_trouble {
    struct gap *gaps;             /* the oldest first; owned */
    uint16_t gap_count, gap_room; /* in use; allocated */
    bool gave_up_gaps;            /* given_up_end is valid */
    uint32_t given_up_end;        /* highest end of a gap that was given up */
    uint32_t burst_frame;         /* of the first of the repeats that one early ACK may answer */
    uint32_t answer_frame;        /* of the peer's latest segment */
    uint32_t ack_frame;           /* of the peer's latest that may acknowledge something new */
    int64_t ack_time;             /* ns since 1970, of that frame */
    uint32_t odd_sacks;       /* segments of the peer whose SACK ranges are of another numbering */
    uint32_t sacks;           /* segments of the peer with SACK ranges, copies too */
    uint32_t resent_captured; /* data segments repeating captured bytes not yet acknowledged */
    uint32_t resent_highest;  /* the highest of their sequence numbers; valid if there is one */
    uint32_t resent_missing;  /* data segments filling a gap too late for mere reordering */
    uint32_t resent_acked;    /* data segments repeating bytes that had arrived, as ACKs tell */
    uint32_t resent_doubtful; /* data segments of which nothing tells why they were sent again */

    int64_t resent_time; /* ns since 1970, of the last of these; TIME_NONE for none */
    int64_t sent_before; /* ns since 1970, at which the same had been sent before that; TIME_NONE
                            where it is not known */
    uint32_t resent_end; /* sequence number behind its data */

    /* What the peer's latest SACK says, and its ACKs that repeat themselves without one. */
    uint8_t sack_ranges; /* in use */
    uint32_t sack_left[SEGMENT_SACK_RANGES], sack_right[SEGMENT_SACK_RANGES];
    uint32_t repeated_acks;  /* none of which has been explained yet */
    uint32_t repeated_until; /* sequence number behind all data sent before the first of these */

    /* The segment at the edge of what the peer acknowledged, while it is sent again and again. */
    uint32_t stuck_sequence;
    uint32_t stuck_payload;
    uint32_t stuck_sends;         /* 0: nothing is stuck */
    uint32_t stuck_frame;         /* of its first repeat */
    uint32_t stuck_copies;        /* of it, since then */
    int64_t stuck_original;       /* ns since 1970, of the first time it was sent, or TIME_NONE */
    struct time_span stuck_times; /* of its repeats and their copies; valid if stuck_sends > 0 */
    bool stuck_answered;          /* the peer sent something since the second time */
    bool stuck_peer_repeats;      /* and repeated data of its own */

    /* Keep-alives in a row that the peer did not answer. */
    uint32_t probes;
    uint32_t probe_frame;         /* of the first of them */
    uint32_t probe_copies;        /* captured since then */
    struct time_span probe_times; /* of these all; valid if probes > 0 */

    int64_t closed_since; /* ns since 1970 at which this end's window closed, TIME_NONE if open */
    int64_t closed_time;  /* ns in all, ended closures only */
};

/* Where sequence_note() writes what it finds, beside the flow itself. */
struct sequence_records {
    struct pool *troubles; /* made by sequence_pool_new() */
    struct witness_log *witnesses;
};

/* A pool for the troubles of connections, two a piece. The caller frees it with
 * sequence_pool_free(), which takes NULL as well. */
struct pool *sequence_pool_new(void);
void sequence_pool_free(struct pool *pool);

/* Whether all of [@start, @end) of @sender's data was captured before, as far as is known. */
bool sequence_has(const struct flow *flow, enum end sender, uint32_t start, uint32_t end);

/* The trouble of the data that @sender sent; one without any where there was none. */
const struct sequence_trouble *sequence_trouble_of(const struct flow *flow, enum end sender);

/* Notes what @segment, sent by @sender of @flow and neither a copy nor a reset, tells of the data
 * of both ends. To be called before flow_apply(), which changes what this compares with. */
void sequence_note(const struct sequence_records *records, struct flow *flow, enum end sender,
                   const struct segment *segment);

/* Counts @segment, a copy, where the display filter of what is sent again and again shows it, too.
 */
void sequence_note_copy(struct flow *flow, enum end sender, const struct segment *segment);

/* So few missing bytes of an end prove nothing: they may be padding, or a keep-alive's. */
uint32_t sequence_doubtful_bytes(const struct sequence_space *space);

/* Whether what @gap left out of @sender's data is missing in the file: the peer acknowledged it. */
bool sequence_is_missing(const struct flow *flow, enum end sender, const struct gap *gap);

/* Bytes of @sender that the peer acknowledged but that are nowhere in the capture, since the first
 * sequence number captured of @sender; a single byte, as of a keep-alive or a FIN, does not count.
 * *@gaps is their number. 0 where one of the ends was not captured at all, or too much of @sender
 * may be padding. */
uint64_t sequence_missing_bytes(const struct flow *flow, enum end sender, unsigned *gaps);

#endif
