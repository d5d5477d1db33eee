/* The frames that prove findings which no display filter on fields could show.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_WITNESS_H
#define TFA_WITNESS_H

#include "base/direction.h"

#include <glib.h>
#include <stdint.h>

/* Witnesses that are remembered of one kind, connection and end. Beyond that, what they prove is
 * still counted, and the finding says that its filter shows the first ones only. */
#define WITNESSES_PER_KIND 100

enum witness_kind {
    WITNESS_RESENT_CAPTURED, /* repeats captured data that was not acknowledged yet */
    WITNESS_RESENT_MISSING,  /* fills a gap too late for mere reordering */
    WITNESS_RESENT_ACKED,    /* repeats data that had arrived */
    WITNESS_RESENT_DOUBTFUL, /* acknowledged more often than one arrival explains: neither */
    WITNESS_COPY,
    WITNESS_MISFIT,         /* data that its end did not send */
    WITNESS_SLOW_HANDSHAKE, /* end: the slow one. Two frames for each: from, to */
    WITNESS_SLOW_TURN,      /* end: the one that was waited for. Two frames for each: from, to */
    WITNESS_KIND_COUNT
};

struct witness {
    uint32_t flow;  /* number of the flow */
    uint32_t frame; /* Wireshark's frame.number */
    uint32_t value; /* WITNESS_RESENT_*: sequence number of its data; WITNESS_SLOW_*: ms */
    uint8_t kind;   /* enum witness_kind */
    uint8_t end;    /* enum end: the sender, or as the kind says */
    uint16_t wire;  /* WITNESS_RESENT_*: segments on the wire that the frame stands for */
    int64_t time;   /* ns since 1970, of the frame */
};

/* All witnesses of a capture, in order of frames. Those for which there is no room are as they
 * seemed: what an acknowledgment tells later reaches none of them, and no rule sees them. */
struct witness_log {
    GArray *all;  /* of struct witness, owned */
    GArray *more; /* those for which there was no room; NULL: nobody keeps them; owned */
};

/* An empty log. The caller frees it with witness_log_free(). */
struct witness_log *witness_log_new(void);
void witness_log_free(struct witness_log *log);

/* Makes @log, which is empty, keep those for which there is no room, too. */
void witness_log_keep_all(struct witness_log *log);

/* Adds @witness behind the others. */
void witness_log_add(struct witness_log *log, struct witness witness);

/* Keeps @witness, for which there is no room among the others, if somebody wants all. */
void witness_log_add_more(struct witness_log *log, struct witness witness);

/* Number @index of @log, valid until the next one is added. */
static inline const struct witness *witness_log_at(const struct witness_log *log, guint index)
{
    return &g_array_index(log->all, struct witness, index);
}

/* Number @index of @log proves something else than it seemed to. */
void witness_log_set_kind(struct witness_log *log, guint index, enum witness_kind kind);

#endif
