/* What each finding counts: the numbers that prove it, which JSON calls its evidence.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_NUMBER_H
#define TFA_NUMBER_H

#include "finding/finding.h"

/* Indexes in the numbers of a hit and of a finding. Each kind of finding has its own enum, so one
 * index has a different meaning in each. */
enum forged_reset_number { FORGED_ODD_HOP_LIMIT, FORGED_GOES_ON, FORGED_BURST };
enum retries_number { RETRIES_SENDS, RETRIES_PAYLOAD }; /* also of path_mtu_blackhole */
enum no_response_number { NO_RESPONSE_SYNS, NO_RESPONSE_OTHERS_ANSWERED };
enum refused_number { REFUSED_RESETS };
enum incomplete_number { INCOMPLETE_SYN_ACKS };
enum syn_retried_number { SYN_RETRIED_DELAY };
enum scan_number { SCAN_TARGETS, SCAN_FAILED_TARGETS };
enum one_way_number { ONE_WAY_SEGMENTS, ONE_WAY_ACKNOWLEDGED_BYTES, ONE_WAY_WITHOUT_DATA };
enum capture_loss_number { CAPTURE_LOSS_BYTES };
enum abort_number {
    ABORT_BEFORE_DATA,
    ABORT_IN_TRANSFER,
    ABORT_UNANSWERED,
    ABORT_AFTER_EXCHANGE,
    ABORT_AFTER_IDLING,
    ABORT_LONGEST_WAIT,
    ABORT_LONGEST_IDLE,
    ABORT_WINDOW
};
enum close_number { CLOSE_RESETS };
enum loss_number { LOSSES_AFTER, LOSSES_BEFORE, LOSS_DATA_PACKETS, LOSS_DIFFERENT };
enum spurious_number { SPURIOUS_DATA_PACKETS };
enum zero_window_number { ZERO_WINDOW_CLOSED, ZERO_WINDOW_STILL_CLOSED };
enum slow_number { SLOW_LONGEST };
enum duplicate_number {
    DUPLICATE_SEGMENTS,
    DUPLICATE_PROVED,
    DUPLICATE_ONE_WAY,
    DUPLICATE_UNHEARD
};
enum stale_number { STALE_ATTEMPTS, STALE_DELAY };
enum listen_number { LISTEN_SYNS, LISTEN_SYN_ACKS };
enum rejected_number { REJECTED_RESETS };
enum unknown_number { UNKNOWN_SILENCE };
enum peer_gone_number { PEER_GONE_PROBES, PEER_GONE_SILENCE };
enum injected_number { INJECTED_SEGMENTS };
enum rewritten_number { REWRITTEN_SEGMENTS };
enum offload_number { OFFLOAD_SEGMENTS };
enum icmp_number { ICMP_ERRORS, ICMP_MTU };

/* How the numbers of several connections become one. */
enum number_merge {
    MERGE_ADD,
    MERGE_LARGEST,
    MERGE_SAME, /* 0 if the connections differ */
};

struct number_kind {
    const char *key;         /* in JSON; NULL: the finding has no such number */
    enum number_merge merge; /* how those of several connections become one */
    bool is_span;            /* ns, else a count */
};

/* Index enum finding_id, then one of the enums above. */
extern const struct number_kind number_kinds[FINDING_COUNT][FINDING_NUMBERS];

/* Returns @total, the number of one or more connections, merged with @number of another. */
uint64_t number_merged(const struct number_kind *kind, uint64_t total, uint64_t number);

#endif
