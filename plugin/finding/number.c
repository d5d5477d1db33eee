/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finding/number.h"

#include "base/time_units.h"

#define COUNT(name)                                                                                \
    {                                                                                              \
        name, MERGE_ADD, false                                                                     \
    }
#define LARGEST_COUNT(name)                                                                        \
    {                                                                                              \
        name, MERGE_LARGEST, false                                                                 \
    }
#define SAME(name)                                                                                 \
    {                                                                                              \
        name, MERGE_SAME, false                                                                    \
    }
#define SPAN(name)                                                                                 \
    {                                                                                              \
        name, MERGE_ADD, true                                                                      \
    }
#define LARGEST_SPAN(name)                                                                         \
    {                                                                                              \
        name, MERGE_LARGEST, true                                                                  \
    }

#define ABORT_NUMBERS                                                                              \
    {                                                                                              \
        [ABORT_BEFORE_DATA] = COUNT("before_data"), [ABORT_IN_TRANSFER] = COUNT("in_transfer"),    \
        [ABORT_UNANSWERED] = COUNT("unanswered"),                                                  \
        [ABORT_AFTER_EXCHANGE] = COUNT("after_exchange"),                                          \
        [ABORT_AFTER_IDLING] = COUNT("after_idling"),                                              \
        [ABORT_LONGEST_WAIT] = LARGEST_SPAN("longest_wait_s"),                                     \
        [ABORT_LONGEST_IDLE] = LARGEST_SPAN("longest_idle_s"), [ABORT_WINDOW] = SAME("window"),    \
    }
#define LOSS_NUMBERS                                                                               \
    {                                                                                              \
        [LOSSES_AFTER] = COUNT("after_capture_point"),                                             \
        [LOSSES_BEFORE] = COUNT("before_capture_point"),                                           \
        [LOSS_DATA_PACKETS] = COUNT("data_packets"),                                               \
        [LOSS_DIFFERENT] = COUNT("different_segments"),                                            \
    }
#define RETRIES_NUMBERS                                                                            \
    {                                                                                              \
        [RETRIES_SENDS] = LARGEST_COUNT("sends"),                                                  \
        [RETRIES_PAYLOAD] = LARGEST_COUNT("payload_bytes"),                                        \
    }

const struct number_kind number_kinds[FINDING_COUNT][FINDING_NUMBERS] = {
    [FINDING_FORGED_RESET] = {[FORGED_ODD_HOP_LIMIT] = COUNT("odd_hop_limit"),
                              [FORGED_GOES_ON] = COUNT("goes_on_after_reset"),
                              [FORGED_BURST] = COUNT("burst_of_sequences")},
    [FINDING_PATH_MTU_BLACKHOLE] = RETRIES_NUMBERS,
    [FINDING_RETRIES_EXHAUSTED] = RETRIES_NUMBERS,
    [FINDING_NO_RESPONSE] = {[NO_RESPONSE_SYNS] = COUNT("syns"),
                             [NO_RESPONSE_OTHERS_ANSWERED] = COUNT("others_answered")},
    [FINDING_CONNECTION_REFUSED] = {[REFUSED_RESETS] = COUNT("resets")},
    [FINDING_HANDSHAKE_INCOMPLETE] = {[INCOMPLETE_SYN_ACKS] = COUNT("syn_acks")},
    [FINDING_SCAN] = {[SCAN_TARGETS] = LARGEST_COUNT("targets"),
                      [SCAN_FAILED_TARGETS] = LARGEST_COUNT("failed_targets")},
    [FINDING_ONE_WAY_TRAFFIC] = {[ONE_WAY_SEGMENTS] = COUNT("segments"),
                                 [ONE_WAY_ACKNOWLEDGED_BYTES] = COUNT("acknowledged_bytes"),
                                 [ONE_WAY_WITHOUT_DATA] = COUNT("segments_without_data")},
    [FINDING_CAPTURE_LOSS] = {[CAPTURE_LOSS_BYTES] = COUNT("missing_bytes")},
    [FINDING_RESET_BY_SERVER] = ABORT_NUMBERS,
    [FINDING_RESET_BY_CLIENT] = ABORT_NUMBERS,
    [FINDING_LOSS_CLIENT_TO_SERVER] = LOSS_NUMBERS,
    [FINDING_LOSS_SERVER_TO_CLIENT] = LOSS_NUMBERS,
    [FINDING_ZERO_WINDOW] = {[ZERO_WINDOW_CLOSED] = SPAN("closed_s"),
                             [ZERO_WINDOW_STILL_CLOSED] = COUNT("still_closed")},
    [FINDING_SLOW_HANDSHAKE] = {[SLOW_LONGEST] = LARGEST_SPAN("longest_s")},
    [FINDING_SLOW_SERVER] = {[SLOW_LONGEST] = LARGEST_SPAN("longest_s")},
    [FINDING_SLOW_CLIENT] = {[SLOW_LONGEST] = LARGEST_SPAN("longest_s")},
    [FINDING_DUPLICATE_CAPTURE] = {[DUPLICATE_SEGMENTS] = COUNT("segments"),
                                   [DUPLICATE_PROVED] = COUNT("proved_by_hop_limit"),
                                   [DUPLICATE_ONE_WAY] = COUNT("one_direction_only"),
                                   [DUPLICATE_UNHEARD] = COUNT("receiver_not_captured")},
    [FINDING_STALE_CONNECTION] =
        {[STALE_ATTEMPTS] = COUNT("attempts"), [STALE_DELAY] = LARGEST_SPAN("longest_s")},
    [FINDING_LISTEN_QUEUE_FULL] =
        {[LISTEN_SYNS] = COUNT("syns"), [LISTEN_SYN_ACKS] = COUNT("syn_acks")},
    [FINDING_HANDSHAKE_REJECTED] = {[REJECTED_RESETS] = COUNT("resets")},
    [FINDING_CONNECTION_UNKNOWN] = {[UNKNOWN_SILENCE] = LARGEST_SPAN("longest_silence_s")},
    [FINDING_PEER_GONE] = {[PEER_GONE_PROBES] = COUNT("keep_alives"),
                           [PEER_GONE_SILENCE] = LARGEST_SPAN("longest_silence_s")},
    [FINDING_INJECTED_DATA] = {[INJECTED_SEGMENTS] = COUNT("segments")},
    [FINDING_SEQUENCE_REWRITTEN] = {[REWRITTEN_SEGMENTS] = COUNT("segments")},
    [FINDING_OFFLOAD_CAPTURE] = {[OFFLOAD_SEGMENTS] = COUNT("segments")},
    [FINDING_ICMP_ERROR] = {[ICMP_ERRORS] = COUNT("errors"), [ICMP_MTU] = LARGEST_COUNT("mtu")},
    [FINDING_SYN_RETRIED] = {[SYN_RETRIED_DELAY] = LARGEST_SPAN("longest_delay_s")},
    [FINDING_SPURIOUS_RETRANSMISSIONS] = {[SPURIOUS_DATA_PACKETS] = COUNT("data_packets")},
    [FINDING_RESET_AFTER_CLOSE] = {[CLOSE_RESETS] = COUNT("resets")},
};

uint64_t number_merged(const struct number_kind *kind, uint64_t total, uint64_t number)
{
    switch (kind->merge) {
    case MERGE_ADD:
        return kind->is_span ? (uint64_t)span_sum((int64_t)total, (int64_t)number) : total + number;
    case MERGE_LARGEST:
        return MAX(total, number);
    case MERGE_SAME:
        return total == number ? total : 0;
    }
    g_return_val_if_reached(total);
}
