/* All that is counted of a capture, and the order in which a segment is applied to it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_CAPTURE_H
#define TFA_CAPTURE_H

#include "connection/duplicate_frame.h"
#include "connection/flow_table.h"
#include "connection/icmp_error.h"
#include "connection/interval_log.h"
#include "connection/sequence.h"
#include "connection/standstill.h"
#include "connection/turnaround.h"
#include "connection/witness.h"

/* What Wireshark knows of a connection beside its segments, when a report is made. */
struct flow_facts {
    uint8_t completeness; /* bits of Wireshark's tcp.completeness */
    bool is_partial;      /* a display filter kept some of its segments away */
};

/* A frame whose segment of one connection was captured before. */
struct copied_frame {
    uint32_t frame, flow; /* Wireshark's frame.number; number of the flow */
};

/* Everything in it is owned by it. Others read; capture.c and what it calls write. */
struct capture {
    struct flow_table *flows;
    struct turnaround_log turnarounds;
    struct witness_log *witnesses;
    struct sequence_records sequences;
    struct pool *resets; /* for the flows' struct reset_watch */
    struct standstills standstills;
    GHashTable *paces;                   /* made by delay_paces_new() */
    GArray *icmp_errors;                 /* of struct icmp_error, MOST_ICMP_ERRORS at most */
    struct duplicate_filter *duplicates; /* NULL before the first segment, or if not has_ip */
    struct interval_log *intervals;      /* NULL unless capture_count_intervals() was called */
    GArray *copies; /* of struct copied_frame, in order; NULL unless capture_keep_all_witnesses()
                       was called */
    bool has_ip;
};

/* An empty capture. @has_ip: its segments come with what their IP headers say, without which
 * copies cannot be told. The caller frees it with capture_free(). */
struct capture *capture_new(bool has_ip);
void capture_free(struct capture *capture);

/* The connection with Wireshark's stream number @stream, or NULL. */
struct flow *capture_find(const struct capture *capture, uint32_t stream);

/* Applies @segment, which comes next in the capture, and says in it whether it is a copy: what
 * whoever filled it has set stays, else the filter of copies decides. Returns its connection, which
 * is added if it is new. Wherever segments are counted, this does it. */
struct flow *capture_add(struct capture *capture, struct segment *segment);

/* Makes @capture, which is empty, count by intervals of @width ns, or of a width that it chooses if
 * that is 0. Its segments are then applied by capture_add_in_interval(). */
void capture_count_intervals(struct capture *capture, int64_t width);

/* Does what capture_add() does in a capture that counts by intervals. Returns NULL, and applies
 * nothing, if there would be more than MOST_INTERVALS. */
struct flow *capture_add_in_interval(struct capture *capture, struct segment *segment);

/* Makes @capture, which is empty, keep what is to be known of single frames: all witnesses, the
 * frames that end turnarounds, and copies. Nothing that it counts changes. */
void capture_keep_all_witnesses(struct capture *capture);

/* Whether the segment of flow number @flow in frame number @frame is a copy. False where copies are
 * not kept. */
bool capture_is_copy(const struct capture *capture, uint32_t frame, uint32_t flow);

/* Remembers @error, unless there are too many. */
void capture_add_error(struct capture *capture, const struct icmp_error *error);

#endif
