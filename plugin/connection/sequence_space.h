/* Where one end of a connection is in sequence space. Every connection has two of these; sequence.c
 * writes them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_SEQUENCE_SPACE_H
#define TFA_SEQUENCE_SPACE_H

#include <stdbool.h>
#include <stdint.h>

/* All sequence numbers are raw, in host byte order. Copies count for nothing here. */
struct sequence_space {
    uint32_t first; /* first sequence number captured, behind a SYN; valid if is_watched */
    uint32_t next;  /* highest sequence number behind what was captured, FIN included */
    uint32_t largest_sequence; /* where the first segment of largest_payload begins */
    uint32_t largest_payload;  /* bytes, of the largest segment */
    uint32_t sack_edge;        /* acknowledgment number of this end's last SACK of a small range */
    bool is_watched : 1;       /* a segment of this end was captured */
    bool is_unclear : 1;       /* a segment's length was unknown: missing data proves nothing */
    bool sent_small_sack : 1;  /* sack_edge is valid */
    bool is_ahead : 1;         /* something without data came from beyond next */
    bool had_window : 1;       /* it advertised a window that is not 0 */
    bool is_renumbered : 1;    /* its latest SYN has another sequence number than the one before */
    uint8_t padded;            /* segments that may be but padding, and may be data; saturates */
};

#endif
