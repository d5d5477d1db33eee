/* What went wrong on a connection's way: data that is missing, sent again or never acknowledged,
 * closed windows, resets that do not fit. Notes facts while segments pass; finding.c judges.
 *
 * A healthy connection has two struct side_watch and nothing else. The first irregularity gives it
 * a struct trouble, so that memory goes where there is something to tell.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_TROUBLE_H
#define TFA_TROUBLE_H

#include "connection/flow.h"
#include "settings/thresholds.h"

/* Gaps in a direction's data that are kept at the same time. If another one opens, the oldest is
 * given up: it is then neither filled nor missing. */
#define TROUBLE_GAPS 4

/* Evidence packets that are remembered of one kind, connection and end. */
#define WITNESSES_PER_KIND 100

/* Bytes that were passed over: later data came first, or they were never captured. */
struct gap {
    uint32_t start, end;    /* sequence numbers, end excluded */
    uint32_t opening_frame; /* the frame that came behind the gap */
    bool complained;        /* the receiver sent an ACK since */
    uint16_t opening_ip_id; /* its IPv4 identification; 0 for none */
    int64_t opened;         /* ns since 1970 */
};

struct side_trouble {
    struct gap gaps[TROUBLE_GAPS];
    uint8_t gap_count;
    uint32_t given_up_gaps;   /* acknowledged, but pushed out of gaps[] by newer ones */
    uint64_t given_up_bytes;  /* in these */
    uint32_t resent_captured; /* data segments repeating captured bytes not yet acknowledged */
    uint32_t resent_missing;  /* data segments filling a gap too late for mere reordering */
    uint32_t resent_acked;    /* data segments repeating acknowledged bytes, or proved by D-SACK */

    int64_t resent_time; /* ns since 1970, of the last of these; TIME_NONE for none */

    /* The segment at the edge of what the peer acknowledged, while it is sent again and again. */
    uint32_t stuck_sequence;
    uint32_t stuck_payload;
    uint32_t stuck_sends;    /* 0: nothing is stuck */
    bool stuck_answered;     /* the peer sent something since the second time */
    bool stuck_peer_repeats; /* and repeated data of its own */

    int64_t closed_since; /* ns since 1970 at which this end's window closed, TIME_NONE if open */
    int64_t closed_time;  /* ns in all, ended closures only */

    /* Resets that this end sent. */
    uint32_t reset_sequence;   /* of the last one beyond the peer's acknowledgments */
    uint32_t unasked_resets;   /* different sequence numbers beyond the peer's acknowledgments */
    uint32_t sent_after_reset; /* other segments after its own reset */
    int64_t reset_time;        /* ns since 1970 of the last; TIME_NONE for none */
    uint16_t reset_ip_id;      /* IPv4 identification of the last; 0 for none */
    uint32_t reset_number;     /* sequence number of the last */
};

struct trouble {
    struct side_trouble sides[2]; /* index enum end: the sender */
};

enum witness_kind {
    WITNESS_RESENT_CAPTURED,
    WITNESS_RESENT_MISSING,
    WITNESS_RESENT_ACKED,
    WITNESS_RESENT_DOUBTFUL, /* acknowledged more often than one arrival explains: neither */
    WITNESS_DUPLICATE,
    WITNESS_SLOW_HANDSHAKE, /* end: the slow one */
    WITNESS_SLOW_TURN,      /* end: the one that was waited for */
    WITNESS_KIND_COUNT
};

/* A frame that proves something. */
struct witness {
    uint32_t flow;     /* number of the flow */
    uint32_t frame;    /* Wireshark's frame number */
    uint32_t sequence; /* of its data, for WITNESS_RESENT_*; else ms that something took */
    uint8_t kind;      /* enum witness_kind */
    uint8_t end;       /* enum end: the sender, or as the kind says */
};

/* Owns all struct trouble and all evidence. */
struct trouble_store;

struct trouble_store *trouble_store_new(void);
void trouble_store_free(struct trouble_store *store);

/* All evidence in order of frames. Owned by @store. */
GArray *trouble_store_evidence(const struct trouble_store *store);

/* Notes what @segment, sent by @sender of @flow, tells. To be called before flow_apply(), which
 * changes what this compares with. */
void trouble_note(struct trouble_store *store, struct flow *flow, enum end sender,
                  const struct segment *segment);

/* Note what took long, after flow_apply() and with what that returned. The first if the handshake
 * went on: a side of it. The second if there is new data: a turnaround that @segment ended, unless
 * what was to be answered had been sent again, or the wait from the handshake to the first request.
 */
void trouble_note_handshake(struct trouble_store *store, const struct flow *flow, enum end sender,
                            const struct segment *segment, const struct flow_change *change);
void trouble_note_turn(struct trouble_store *store, const struct flow *flow, enum end sender,
                       const struct segment *segment, const struct flow_change *change);

/* Bytes of @sender that the peer acknowledged but that are nowhere in the capture, since the first
 * sequence number captured of @sender; a single byte, as of a keep-alive or a FIN, does not count.
 * *@gaps is their number. 0 where one of the ends was not captured at all. */
uint64_t trouble_missing_bytes(const struct flow *flow, enum end sender, unsigned *gaps);

#endif
