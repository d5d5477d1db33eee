/* What proves a finding, segment by segment: one description that makes the text of a display
 * filter and decides of a single segment as well.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_PROOF_H
#define TFA_PROOF_H

#include "connection/flow.h"

/* What a segment must be to prove something. */
enum condition_test {
    CONDITION_ALL, /* any segment will do */
    CONDITION_SYN, /* with or without ACK */
    CONDITION_PURE_SYN,
    CONDITION_SYN_ACK,
    CONDITION_RESET,
    CONDITION_SACK,        /* it has SACK ranges */
    CONDITION_ZERO_WINDOW, /* as Wireshark's analysis says; and the next */
    CONDITION_WINDOW_FULL,
    CONDITION_LONGER, /* more payload than so many bytes */
    CONDITION_TESTS
};

struct condition {
    enum condition_test test;
    uint32_t bytes; /* of CONDITION_LONGER, else 0 */
};

/* The condition of @test, which is another one than CONDITION_LONGER. */
static inline struct condition condition_of(enum condition_test test)
{
    return (struct condition){test, 0};
}

/* What a display filter sees of a segment. */
struct shown_segment {
    uint32_t frame;    /* frame.number */
    uint32_t sequence; /* tcp.seq_raw */
    uint32_t length;   /* tcp.len, in bytes; valid if has_length */
    uint16_t flags;    /* enum tcp_flag bits and others */
    uint16_t analysis; /* enum analysis_flag bits and others */
    bool has_length;   /* else there is no tcp.len, and no comparison with it holds */
    bool has_sack;     /* tcp.options.sack_le is there */
};

/* The display filter that segments pass for which @condition holds; NULL if all do. The caller
 * frees it with g_free(). */
char *condition_text(const struct condition *condition);

/* Whether @condition holds for @segment. */
bool condition_holds(const struct condition *condition, const struct shown_segment *segment);

/* Whether both are the same. */
bool condition_equal(const struct condition *a, const struct condition *b);

/* Segments of one connection, or a frame. */
struct proof {
    enum proof_kind {
        PROOF_FRAME,    /* number `frame`, whatever it is */
        PROOF_SEGMENTS, /* those for which `condition` holds */
        PROOF_SEQUENCE, /* data or FIN with sequence number `sequence`, from `frame` on */
        PROOF_PROBES,   /* keep-alives, from `frame` on */
    } kind;
    uint32_t frame;    /* Wireshark's frame.number; of PROOF_SEQUENCE 0 for all */
    uint32_t sequence; /* raw, of PROOF_SEQUENCE */
    uint8_t sender;    /* enum end, or, of PROOF_SEGMENTS, NO_END for both; not of PROOF_FRAME */
    struct condition condition; /* of PROOF_SEGMENTS */
    uint64_t packets;           /* how many there are, of PROOF_SEGMENTS */
};

/* Whether @segment, which @sender sent in the connection that @proof is about, is one of its. */
bool proof_holds(const struct proof *proof, enum end sender, const struct shown_segment *segment);

#endif
