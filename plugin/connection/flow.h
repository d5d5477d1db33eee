/* One connection: what each end sent, its handshake, the reset that ended it. Counts, never judges:
 * who the server is gets decided in role.c, when results are shown.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_FLOW_H
#define TFA_FLOW_H

#include "base/direction.h"
#include "base/time_units.h"
#include "connection/counter.h"
#include "connection/segment.h"
#include "connection/sequence_space.h"

#include <glib.h>

/* Different hop limits of an end that are kept; of an end with more, no reset is called odd. */
#define FLOW_HOP_LIMITS 3

/* What one end of a connection sent. */
struct flow_side {
    uint64_t wide[COUNTER_WIDE_END];
    uint64_t ack_advance; /* bytes by which this end's acknowledgment numbers advanced */
    int64_t last_time; /* ns since 1970, of its last segment that was no reset, copies and misfits
                          aside; without one, of the connection's first */
    uint32_t narrow[COUNTER_NARROW_COUNT];
    uint32_t data_end;    /* highest sequence number behind data; valid if has_data */
    uint32_t highest_ack; /* highest acknowledgment number; valid if has_ack */
    uint32_t ack_frame;   /* frame number of the segment that had it first */
    uint32_t least_ack;   /* ns from new data of this end to the peer's first ACK of all of it, the
                             least of all; UINT32_MAX: not known */
    struct hop_limits hop_limits;
    uint8_t hop_list[FLOW_HOP_LIMITS]; /* different ones of segments other than resets, in order;
                                          copies and misfits aside */
    uint8_t hop_count;                 /* of hop_list; more than it holds: there were others */
    uint16_t copies_answered;          /* copies that the peer received as well; saturates */
    uint16_t last_ip_id;               /* IPv4 identification of its last segment; 0 for none */
    uint16_t mss;                      /* largest segment that it announced; 0 for none */
    int8_t copy_hops;         /* fewest hops that copies of it have gone further; 0: not known */
    uint8_t ids_in_order : 3; /* segments in a row whose identifications count up; saturates */
    bool ids_swapped : 1;     /* they count in the other byte order */
    bool has_proved_copy : 1; /* a copy with the same identification and another hop limit */
    bool sent_stale_ack : 1;  /* an ACK that acknowledges nothing of the peer's SYN */
    bool has_data : 1;
    bool has_ack : 1;
    bool sent_fin : 1;
    bool sent_syn : 1;      /* a SYN of either kind, copies aside */
    bool sent_pure_syn : 1; /* a SYN that asks for a connection: without ACK, and no probe */
    bool sent_syn_ack : 1;
    bool repeated_syn : 1; /* a SYN without ACK a second time, copies aside */
    bool repeated_syn_ack : 1;
    bool speaks_unasked : 1; /* new data 1 s or more after its last, and none of the peer between */
    bool awaits_ack : 1;     /* for the new data of the connection that it sent last */
    bool was_acked_soon : 1; /* its last new data, within LONGEST_DELAYED_ACK */
    bool only_reacts : 1;    /* its last new data is short and came at once after the peer's */
    bool owes_syn_ack : 1;   /* the peer repeated its SYN: another SYN-ACK answers that */
    bool sent_segment : 1;   /* with an ACK that fits the peer, without SYN and RST, copies aside */
    bool sent_copy : 1;      /* its last segment was a copy */
    bool sent_pure_ack : 1;  /* a segment of which only the acknowledgment counts, copies aside */
};

/* How far the handshake was followed. Times are taken from a clean one only: three segments in
 * order, none of them sent twice. */
enum handshake_state {
    HANDSHAKE_NONE,
    HANDSHAKE_SYN,      /* SYN seen */
    HANDSHAKE_SYN_ACK,  /* and the SYN-ACK that answers it */
    HANDSHAKE_COMPLETE, /* and the ACK that answers that */
    HANDSHAKE_UNCLEAN,  /* a repeat, a wrong order or a simultaneous open: no times */
};

struct handshake {
    int64_t latest;      /* ns since 1970, of the latest of the handshake's segments; at
                            HANDSHAKE_NONE of the SYN-ACK, if that is the only SYN; else 0 */
    int64_t server_side; /* ns from SYN to SYN-ACK; TIME_NONE before HANDSHAKE_SYN_ACK */
    int64_t client_side; /* ns from SYN-ACK to ACK; TIME_NONE before HANDSHAKE_COMPLETE */
    uint32_t sequence;   /* expected acknowledgment number of the next handshake segment */
    uint32_t expected; /* expected sequence number of the client's ACK; payload of the SYN before */
    uint32_t frame;    /* frame number of the latest of the handshake's segments */
    uint8_t state;     /* enum handshake_state */
    uint8_t client;    /* enum end, sender of the SYN */
};

/* The reset that ended a connection: the first after it was established or after a FIN; of attempts
 * that came to nothing, the first of all. */
struct decisive_reset {
    int64_t time;    /* ns since 1970; TIME_NONE if there was no reset */
    int64_t idle;    /* ns since the connection's previous segment, or TIME_NONE */
    int64_t quiet;   /* ns since the last segment with new data or of the handshake, or TIME_NONE */
    int64_t silence; /* ns since its sender's last segment of another kind, or TIME_NONE */
    uint64_t payload_before[2]; /* bytes that each end had sent, index enum end */
    uint16_t window;      /* its window field, unscaled: some load balancers put a code there */
    uint8_t sender;       /* enum end */
    bool after_fin;       /* either end had sent a FIN */
    bool established;     /* as proved by what came before it */
    bool is_first;        /* no reset was captured before it */
    bool answers_syn;     /* neither end had sent more than SYNs */
    bool is_ahead;        /* nobody knows what its sender sent before, perhaps a FIN */
    bool rejects_syn_ack; /* its sender had got a SYN-ACK, and had not answered it */
    bool answers_data;    /* the segment before it was data of the other end */
    bool has_ack; /* false: as an end sends it that has no such connection (RFC 9293, 3.10.7.1) */
    bool is_damaged;      /* no stack sends its flags or its payload: a bit error in another */
    bool all_acked;       /* both ends' data was acknowledged */
    bool peer_all_acked;  /* that of its sender's peer was, at the latest in the reset */
    uint8_t last_speaker; /* enum end that sent the last new data, or NO_END */
    bool only_reacts;     /* that data is short and came at once after the peer's */
};

/* What a finding counts, and a copy must not be counted for. */
enum copy_kind {
    COPY_SYN, /* of either kind */
    COPY_SYN_ACK,
    COPY_RST,
    COPY_DATA,
    COPY_ZERO_WINDOW,
    COPY_WINDOW_FULL,
    COPY_KINDS
};

/* Segments whose times are kept, so that it is known when a finding began and ended. */
enum span_kind {
    SPAN_SYN, /* without ACK */
    SPAN_SYN_ACK,
    SPAN_RST,
    SPAN_ZERO_WINDOW, /* as Wireshark's analysis says; and the next */
    SPAN_WINDOW_FULL,
    SPAN_OVERSIZED,       /* as in struct flow_extra */
    SPAN_SACK,            /* with SACK ranges, and no reset */
    SPAN_COPY,            /* this and the next: those for which there was no room as witnesses */
    SPAN_RESENT_CAPTURED, /* as enum witness_kind; and the next */
    SPAN_RESENT_MISSING,
    SPAN_RESENT_ACKED,
    SPAN_RESENT_DOUBTFUL,
};

/* When segments of one kind and end were captured. */
struct flow_span {
    struct time_span times;
    uint32_t count; /* of segments */
    uint8_t kind;   /* enum span_kind */
    uint8_t sender; /* enum end */
};

/* What few connections have: a reset, copies, or anything that Wireshark's sequence analysis says.
 */
struct flow_extra {
    uint64_t retransmitted_bytes[2]; /* index enum end: the sender */
    uint32_t rare[2][COUNTER_RARE_COUNT];
    uint32_t copies[2][COPY_KINDS]; /* of the segments in the counters */
    uint32_t oversized[2];        /* data segments longer than the peer's MSS, or than any frame */
    uint32_t oversized_copies[2]; /* of these */
    uint32_t hidden_segments[2];  /* segments on the wire beyond one each, that these stand for */
    struct hop_limits rst_hop_limits[2];
    uint16_t misfit_ip_id[2]; /* identification of the last misfit; 0 for none */
    uint8_t span_count;       /* of spans */
    struct flow_span *spans;  /* one for each kind and sender there was; owned */
    uint32_t unseen_frame[2]; /* of the last that acknowledged something not captured, as Wireshark
                                 says; index enum end: its sender; 0 for none */
    int64_t unseen_time[2];   /* ns since 1970, of that */
    struct decisive_reset reset;
};

struct sequence_trouble;
struct reset_watch;

/* Written by flow.c, but for the members that name another file. */
struct flow {
    struct endpoint ends[2];           /* index enum end */
    struct flow_side sides[2];         /* index enum end: the sender */
    struct sequence_space sequence[2]; /* index enum end: the sender; sequence.c */
    struct sequence_trouble *trouble;  /* of two, index enum end: the sender; NULL while there is
                                          none; owned by the capture; sequence.c */
    struct reset_watch *resets; /* of two, index enum end: the sender; NULL while there is none;
                                   owned by the capture; reset_watch.c */
    int64_t first_time;         /* ns since 1970, smallest */
    int64_t last_time;          /* ns since 1970, largest */
    int64_t previous_time;      /* ns since 1970, of the segment captured last */
    int64_t data_time;          /* ns since 1970, of the last segment with new data */
    uint32_t data_frame;        /* frame number of that */
    uint32_t stream;            /* Wireshark's tcp.stream */
    struct handshake handshake;
    struct flow_extra *extra; /* owned; NULL while there is nothing */
    uint32_t number;          /* its index in the flow table */
    uint8_t acks_timed[2];    /* how many these were; saturates */
    bool has_copies;          /* a copy was seen */
    bool began_late : 1;      /* first_time is not that of its first segment */
    bool has_pace : 1;        /* the capture's paces have it; delay.c */
    bool is_multipath : 1;    /* MPTCP: what was asked here may be answered elsewhere */
    uint8_t first_syn;        /* enum end that sent the first SYN without ACK, or NO_END */
    uint8_t first_syn_ack;    /* enum end that sent the first SYN-ACK, or NO_END */
    uint8_t data_sender;      /* enum end that sent the last segment with new data, or NO_END */
    uint8_t previous_sender;  /* enum end that sent the segment captured last, or NO_END */
    bool previous_had_data;   /* that segment had */
    uint16_t data_payload;    /* bytes of the last segment with new data; saturates */
};

#define NO_END 255

/* Makes @flow an empty connection, number @number of its table, whose end A is the source of
 * @segment. What it comes to own is freed by flow_clear(). */
void flow_init(struct flow *flow, const struct segment *segment, uint32_t number);
void flow_clear(struct flow *flow);

/* Which end of @flow sent @segment. Where both ends are the same address and port, end A. */
enum end flow_sender(const struct flow *flow, const struct segment *segment);

/* What a segment changed in its connection. */
struct flow_change {
    int64_t turnaround;       /* ns that it ended; TIME_NONE where it ended none */
    bool went_on;             /* the handshake has another state now */
    bool has_new_data;        /* data_frame is that of this segment now */
    uint32_t handshake_frame; /* the connection's before; valid if went_on */
    uint32_t data_frame;      /* the connection's before; valid if has_new_data */
    uint16_t data_payload;    /* the connection's before; valid if has_new_data */
};

/* Counts @segment, sent by @sender. It ends a turnaround, the time from the last segment with new
 * data of the other end to this one, if it is the first with new data of @sender since, and the
 * clock did not go backwards.
 *
 * New data is a byte beyond all data captured of that end. So retransmissions, keep-alives and
 * copies neither start nor end a turnaround; Wireshark's analysis is not needed. */
struct flow_change flow_apply(struct flow *flow, enum end sender, const struct segment *segment);

/* Remembers that a segment of @kind, sent by @sender of @flow, was captured at @time. */
void flow_keep_time(struct flow *flow, enum end sender, enum span_kind kind, int64_t time);

/* Widens @times by when segments of @kind, copies too, were captured of @sender. Returns how many
 * these are; those that are not known are missing. */
uint32_t flow_add_times(const struct flow *flow, enum end sender, enum span_kind kind,
                        struct time_span *times);

/* How many segments of @kind @sender sent, copies aside. */
uint64_t flow_originals(const struct flow *flow, enum end sender, enum copy_kind kind);

/* Adds to @totals what @sender sent. COUNTER_INFERRED_PAYLOAD_BYTES is not 0 only where nothing
 * of @sender was captured: how far the other end's acknowledgments advanced. One is taken off for
 * the FIN where the other end's own FIN shows that the connection was closed. */
void flow_add_totals(const struct flow *flow, enum end sender, struct totals *totals);

/* Whether the connection is proved: by its handshake, or by data and an acknowledgment. */
bool flow_is_established(const struct flow *flow);

/* Whether segments of one end only were captured. */
bool flow_is_one_way(const struct flow *flow);

/* Whether @client sent SYNs and nothing else (but a reset when it gave up), and nothing came back.
 */
bool flow_is_unanswered(const struct flow *flow, enum end client);

/* Whether @client answered the SYN-ACK of its own SYN with a reset, and the connection never stood.
 */
bool flow_is_rejected(const struct flow *flow, enum end client);

/* Whether the first answer to the SYN of @client was a reset, and no SYN-ACK followed. */
bool flow_is_refused(const struct flow *flow, enum end client);

/* What @end sent. By a comparison: of an index the compiler works the address out again wherever
 * something is read or written, ten times for a segment. */
static inline struct flow_side *flow_side_of(struct flow *flow, enum end end)
{
    return end == END_A ? &flow->sides[END_A] : &flow->sides[END_B];
}

/* A counter of frames that @sender sent: not one of bytes, nor one that is worked out. */
static inline uint32_t flow_counter(const struct flow *flow, enum end sender, enum counter counter)
{
    g_assert(counter >= COUNTER_WIDE_END && counter < COUNTER_RARE_END);
    if (counter < COUNTER_NARROW_END)
        return flow->sides[sender].narrow[counter - COUNTER_WIDE_END];
    return flow->extra != NULL ? flow->extra->rare[sender][counter - COUNTER_NARROW_END] : 0;
}

/* Segments sent by @sender. */
static inline uint32_t flow_segments(const struct flow *flow, enum end sender)
{
    return flow_counter(flow, sender, COUNTER_PACKETS);
}

/* The reset that ended @flow; its time is TIME_NONE if there was none. */
static inline const struct decisive_reset *flow_reset(const struct flow *flow)
{
    static const struct decisive_reset no_reset = {.time = TIME_NONE, .idle = TIME_NONE};
    return flow->extra != NULL ? &flow->extra->reset : &no_reset;
}

#endif
