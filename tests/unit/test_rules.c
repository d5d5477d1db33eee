/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finding/rules.h"

#include "judged.h"

#include <string.h>

/* --- the rules, on one connection --- */

struct rule_case {
    const char *name;
    struct step steps[MAX_STEPS];
    int64_t after;        /* ns that the capture goes on */
    const char *findings; /* as names_of() gives them */
    uint64_t packets;     /* of the first finding; 0: not of interest */
    bool is_guess, is_incomplete;
};

static const struct rule_case rule_cases[] = {
    {"/rules/none/healthy",
     {HANDSHAKE,
      QUESTION,
      ANSWER,
      {'c', FIN_ACK, 101, 101, 0, .times = 1},
      {'s', FIN_ACK, 101, 102, 0, .times = 1},
      {'c', TCP_ACK, 102, 102, 0, .times = 1}},
     10 * S,
     .findings = ""},

    /* no_response */
    {"/rules/no-response/capture-ends-too-early",
     {{'c', TCP_SYN, .times = 1}},
     S - 1,
     .findings = ""},
    {"/rules/no-response/capture-goes-on",
     {{'c', TCP_SYN, .times = 1}},
     S,
     .findings = "no_response",
     .packets = 1},
    {"/rules/no-response/repeated",
     {{'c', TCP_SYN, .times = 2, .wait = 500 * MS}},
     0,
     .findings = "no_response",
     .packets = 2},
    {"/rules/no-response/copy-is-no-repeat",
     {{'c', TCP_SYN, .times = 4}},
     S - 1,
     .findings = "duplicate_capture"},
    {"/rules/no-response/client-gave-up-with-a-reset",
     {{'c', TCP_SYN, .times = 1}, {'c', TCP_RST, 1, 0, 0, .wait = MS}},
     S,
     .findings = "no_response",
     .packets = 1},
    {"/rules/no-response/not-where-segments-are-kept-from-the-tap",
     {{'c', TCP_SYN, .times = 1}},
     S,
     .findings = "",
     .is_incomplete = true},

    /* connection_refused */
    {"/rules/refused/reset-to-the-syn",
     {{'c', TCP_SYN, .times = 1}, {'s', RST_ACK, 0, 1, 0, .times = 1}},
     0,
     .findings = "connection_refused/server",
     .packets = 1},
    {"/rules/refused/not-where-a-syn-ack-follows",
     {{'c', TCP_SYN, .times = 1},
      {'s', RST_ACK, 0, 1, 0, .times = 1},
      {'c', TCP_SYN, .wait = S},
      {'s', SYN_ACK, 0, 1, 0, .times = 1},
      {'c', TCP_ACK, 1, 1, 0, .times = 1}},
     0,
     .findings = "syn_retried/client",
     .packets = 2},
    {"/rules/refused/not-without-the-syn",
     {{'s', RST_ACK, 0, 1, 0, .times = 1}},
     S,
     .findings = ""},

    /* handshake_incomplete */
    {"/rules/incomplete/capture-ends-too-early",
     {{'c', TCP_SYN, .times = 1}, {'s', SYN_ACK, 0, 1, 0, .wait = MS}},
     S - 1,
     .findings = ""},
    {"/rules/incomplete/capture-goes-on",
     {{'c', TCP_SYN, .times = 1}, {'s', SYN_ACK, 0, 1, 0, .wait = MS}},
     S,
     .findings = "handshake_incomplete/client",
     .packets = 2},
    {"/rules/incomplete/repeated",
     {{'c', TCP_SYN, .times = 1},
      {'s', SYN_ACK, 0, 1, 0, .wait = MS},
      {'s', SYN_ACK, 0, 1, 0, .wait = S}},
     0,
     .findings = "handshake_incomplete/client",
     .packets = 3},
    {"/rules/incomplete/not-where-the-client-resets",
     {{'c', TCP_SYN, .times = 1},
      {'s', SYN_ACK, 0, 1, 0, .wait = MS},
      {'c', TCP_RST, 1, 0, 0, .times = 1}},
     S,
     .findings = "handshake_rejected/client",
     .packets = 1},
    {"/rules/incomplete/not-where-segments-are-kept-from-the-tap",
     {{'c', TCP_SYN, .times = 1}, {'s', SYN_ACK, 0, 1, 0, .wait = MS}},
     S,
     .findings = "",
     .is_incomplete = true},

    /* syn_retried */
    {"/rules/syn-retried/by-the-server",
     {{'c', TCP_SYN, .times = 1},
      {'s', SYN_ACK, 0, 1, 0, .times = 2, .wait = 600 * MS},
      {'c', TCP_ACK, 1, 1, 0, .wait = MS}},
     0,
     .findings = "syn_retried/server",
     .packets = 2},
    {"/rules/syn-retried/not-where-only-a-copy-was-seen",
     {{'c', TCP_SYN, .times = 4},
      {'s', SYN_ACK, 0, 1, 0, .times = 1},
      {'c', TCP_ACK, 1, 1, 0, .times = 1}},
     0,
     .findings = "duplicate_capture"},

    /* one_way_traffic */
    {"/rules/one-way/acknowledges-what-was-not-captured",
     {{'c', TCP_ACK, 1, 1, 0, .times = 1}, {'c', TCP_ACK, 1, 501, 0, .wait = MS}},
     0,
     .findings = "one_way_traffic/to-client",
     .packets = 2},
    {"/rules/one-way/server-goes-on-after-its-syn-ack",
     {{'s', SYN_ACK, 0, 1, 0, .times = 1}, {'s', TCP_ACK, 1, 1, 100, .wait = MS}},
     0,
     .findings = "one_way_traffic/to-server",
     .packets = 2},
    {"/rules/one-way/not-where-both-acknowledge-and-no-data-is-there",
     {HANDSHAKE, {'s', TCP_ACK, 1, 101, 0, .wait = MS}, {'c', TCP_ACK, 101, 501, 0, .wait = MS}},
     0,
     .findings = ""},
    {"/rules/one-way/not-for-data-without-new-acknowledgments",
     {{'c', TCP_ACK, 1, 1, 100, .wait = MS, .times = 3, .stride = 100}},
     0,
     .findings = ""},
    {"/rules/one-way/not-where-segments-are-kept-from-the-tap",
     {{'c', TCP_ACK, 1, 1, 0, .times = 1}, {'c', TCP_ACK, 1, 501, 0, .wait = MS}},
     0,
     .findings = "",
     .is_incomplete = true},

    /* capture_loss */
    {"/rules/capture-loss/acknowledged-gap",
     {HANDSHAKE,
      QUESTION,
      {'c', TCP_ACK, 301, 1, 100, .times = 1},
      {'s', TCP_ACK, 1, 401, 0, .wait = MS}},
     0,
     .findings = "capture_loss/to-server",
     .packets = 2},
    {"/rules/capture-loss/not-for-one-byte",
     {HANDSHAKE,
      QUESTION,
      {'c', TCP_ACK, 102, 1, 100, .times = 1},
      {'s', TCP_ACK, 1, 202, 0, .wait = MS}},
     0,
     .findings = ""},
    {"/rules/capture-loss/two-bytes-at-the-end",
     {HANDSHAKE, QUESTION, {'s', TCP_ACK, 1, 103, 0, .wait = MS}},
     0,
     .findings = "capture_loss/to-server",
     .packets = 1},
    {"/rules/capture-loss/not-for-an-acknowledgment-that-is-taken-back",
     {HANDSHAKE,
      QUESTION,
      {'s', TCP_ACK, 1, 10001, 0, .wait = MS},
      {'c', TCP_ACK, 101, 1, 100, .wait = MS},
      {'s', TCP_ACK, 1, 201, 0, .wait = MS}},
     0,
     .findings = ""},
    {"/rules/capture-loss/acknowledgments-in-another-order",
     {HANDSHAKE,
      QUESTION,
      {'s', TCP_ACK, 1, 301, 0, .wait = MS},
      {'s', TCP_ACK, 1, 101, 0, .wait = MS}},
     0,
     .findings = "capture_loss/to-server",
     .packets = 1},
    {"/rules/capture-loss/not-for-fragments",
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 0, .wait = 2 * MS, .fragment = true},
      {'s', TCP_ACK, 1, 301, 0, .wait = MS}},
     0,
     .findings = ""},
    {"/rules/capture-loss/not-where-segments-are-kept-from-the-tap",
     {HANDSHAKE, QUESTION, {'s', TCP_ACK, 1, 301, 0, .wait = MS}},
     0,
     .findings = "",
     .is_incomplete = true},

    /* duplicate_capture: three of 60, three of 61, two of 10 */
    {"/rules/copies/five-per-cent",
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 100, .wait = 2 * MS, .times = 54, .stride = 100},
      {'c', TCP_ACK, 5301, 1, 100, .times = 3}},
     0,
     .findings = "duplicate_capture",
     .packets = 3},
    {"/rules/copies/not-below-five-per-cent",
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 100, .wait = 2 * MS, .times = 55, .stride = 100},
      {'c', TCP_ACK, 5401, 1, 100, .times = 3}},
     0,
     .findings = ""},
    {"/rules/copies/not-two",
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 100, .wait = 2 * MS, .times = 5, .stride = 100},
      {'c', TCP_ACK, 401, 1, 100, .times = 2}},
     0,
     .findings = ""},
    {"/rules/copies/not-where-the-receiver-answers-half-of-them",
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 100, .times = 4},
      {'s', TCP_ACK, 1, 101, 0, .wait = 2 * MS, .analysis = ANALYSIS_DUPLICATE_ACK},
      {'c', TCP_ACK, 101, 1, 100, .times = 2},
      {'s', TCP_ACK, 1, 201, 0, .wait = 2 * MS, .analysis = ANALYSIS_DUPLICATE_ACK}},
     0,
     .findings = ""},
    {"/rules/copies/of-both-sides-of-a-router-whatever-the-receiver-answers",
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 100, .ip_id = 10, .hop_limit = 64},
      {'c', TCP_ACK, 1, 1, 100, .ip_id = 10, .hop_limit = 63},
      {'s', TCP_ACK, 1, 101, 0, .wait = 2 * MS, .analysis = ANALYSIS_DUPLICATE_ACK}},
     0,
     .findings = "duplicate_capture",
     .packets = 1},
    {"/rules/copies/where-the-receiver-answers-less-than-half-of-them",
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 100, .times = 5},
      {'s', TCP_ACK, 1, 101, 0, .wait = 2 * MS, .analysis = ANALYSIS_DUPLICATE_ACK},
      {'c', TCP_ACK, 101, 1, 100, .times = 2},
      {'s', TCP_ACK, 1, 201, 0, .wait = 2 * MS, .analysis = ANALYSIS_DUPLICATE_ACK}},
     0,
     .findings = "duplicate_capture",
     .packets = 5},

    /* role_guessed */
    {"/rules/guess/is-told",
     {{'c', TCP_ACK, 1, 1, 100, .times = 1}, {'s', TCP_ACK, 1, 101, 100, .times = 1}},
     0,
     .findings = "role_guessed",
     .packets = 2,
     .is_guess = true},

    /* resets */
    {"/rules/reset/by-the-server-before-data",
     {HANDSHAKE, {'s', TCP_RST, 1, 0, 0, .wait = MS, .hop_limit = 60}},
     0,
     .findings = "reset_by_server",
     .packets = 1},
    {"/rules/reset/by-the-client-in-transfer",
     {HANDSHAKE, QUESTION, ANSWER, {'c', TCP_RST, 101, 0, 0, .hop_limit = 64}},
     0,
     .findings = "reset_by_client",
     .packets = 1},
    {"/rules/reset/proved-by-acknowledged-data",
     {{'c', TCP_ACK, 1, 1, 100, .times = 1},
      {'s', TCP_ACK, 1, 101, 0, .times = 1},
      {'s', TCP_RST, 1, 0, 0, .times = 1}},
     0,
     .findings = "reset_by_server",
     .packets = 1},
    {"/rules/reset/not-where-nothing-proves-the-connection",
     {{'c', TCP_ACK, 1, 1, 0, .times = 1}, {'s', TCP_RST, 1, 0, 0, .times = 1}},
     0,
     .findings = ""},
    {"/rules/reset/after-the-other-ends-fin",
     {HANDSHAKE, {'c', FIN_ACK, 1, 1, 0, .times = 1}, {'s', TCP_RST, 1, 0, 0, .hop_limit = 60}},
     0,
     .findings = "reset_after_close/server",
     .packets = 1},

    /* forged_reset: the hop limit */
    {"/rules/forged/one-hop-off-three-that-agree",
     {HANDSHAKE, QUESTION, ANSWER, {'c', TCP_RST, 101, 0, 0, .hop_limit = 63}},
     0,
     .findings = "forged_reset/client",
     .packets = 1},
    {"/rules/forged/not-one-hop-off-two-that-agree",
     {HANDSHAKE, QUESTION, ANSWER, {'s', TCP_RST, 101, 0, 0, .hop_limit = 61}},
     0,
     .findings = "reset_by_server"},
    {"/rules/forged/two-hops-off-two-that-agree",
     {HANDSHAKE, QUESTION, ANSWER, {'s', TCP_RST, 101, 0, 0, .hop_limit = 62}},
     0,
     .findings = "forged_reset/server"},
    {"/rules/forged/not-one-hop-off-either-of-two-paths",
     {HANDSHAKE,
      QUESTION,
      {'c', TCP_ACK, 101, 1, 100, .hop_limit = 62, .wait = MS},
      {'s', TCP_ACK, 1, 201, 0, .hop_limit = 60},
      {'c', TCP_RST, 201, 0, 0, .hop_limit = 61}},
     0,
     .findings = "reset_by_client"},
    {"/rules/forged/two-hops-off-both-of-two-paths",
     {HANDSHAKE,
      QUESTION,
      {'c', TCP_ACK, 101, 1, 100, .hop_limit = 62, .wait = MS},
      {'s', TCP_ACK, 1, 201, 0, .hop_limit = 60},
      {'c', TCP_RST, 201, 0, 0, .hop_limit = 60}},
     0,
     .findings = "forged_reset/client"},
    {"/rules/forged/not-where-many-hop-limits-were-seen",
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 100, .hop_limit = 63, .wait = MS},
      {'c', TCP_ACK, 101, 1, 100, .hop_limit = 62, .wait = MS},
      {'c', TCP_ACK, 201, 1, 100, .hop_limit = 61, .wait = MS},
      {'s', TCP_ACK, 1, 301, 0, .times = 1},
      {'c', TCP_RST, 301, 0, 0, .hop_limit = 128}},
     0,
     .findings = "reset_by_client"},
    {"/rules/forged/not-without-other-hop-limits",
     {{'c', TCP_ACK, 1, 1, 100, .times = 1},
      {'s', TCP_ACK, 1, 101, 0, .times = 1},
      {'s', TCP_RST, 1, 0, 0, .hop_limit = 255}},
     0,
     .findings = "reset_by_server"},
    {"/rules/forged/not-of-a-reset-to-a-syn",
     {{'c', TCP_SYN, .hop_limit = 64}, {'s', RST_ACK, 0, 1, 0, .hop_limit = 255}},
     0,
     .findings = "connection_refused/server"},

    /* forged_reset: it goes on; a burst */
    {"/rules/forged/goes-on-after-its-reset",
     {HANDSHAKE,
      QUESTION,
      {'s', TCP_RST, 1, 0, 0, .hop_limit = 60},
      {'s', TCP_ACK, 1, 101, 100, .wait = 11 * MS, .hop_limit = 60}},
     0,
     .findings = "forged_reset/server",
     .packets = 1},
    {"/rules/forged/burst-of-sequence-numbers",
     {HANDSHAKE,
      QUESTION,
      {'s', TCP_RST, 2, 0, 0, .hop_limit = 60},
      {'s', TCP_RST, 1462, 0, 0, .hop_limit = 60},
      {'s', TCP_RST, 4382, 0, 0, .hop_limit = 60}},
     0,
     .findings = "forged_reset/server",
     .packets = 3},
    {"/rules/forged/not-the-same-reset-twice",
     {HANDSHAKE,
      QUESTION,
      {'s', TCP_RST, 1461, 0, 0, .hop_limit = 60},
      {'s', TCP_RST, 1461, 0, 0, .hop_limit = 60, .wait = MS}},
     0,
     .findings = "reset_by_server",
     .packets = 2},
    /* Of what follows the question, 400 bytes are missing: resets may answer them. */
    {"/rules/forged/not-a-burst-where-segments-are-missing",
     {HANDSHAKE,
      QUESTION,
      {'s', TCP_ACK, 1, 501, 0, .wait = MS, .hop_limit = 60},
      {'s', TCP_RST, 2, 0, 0, .hop_limit = 60},
      {'s', TCP_RST, 1462, 0, 0, .hop_limit = 60}},
     0,
     .findings = "capture_loss/to-server",
     .packets = 1},
    {"/rules/forged/not-resets-that-answer-segments",
     {HANDSHAKE,
      QUESTION,
      ANSWER,
      {'c', TCP_ACK, 101, 101, 0, .wait = MS},
      {'s', TCP_RST, 101, 0, 0, .hop_limit = 60},
      {'s', TCP_RST, 1, 0, 0, .hop_limit = 60}},
     0,
     .findings = "reset_by_server",
     .packets = 2},

    /* loss: of different data segments, repeats aside */
    {"/rules/loss/three-of-300",
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 10, .wait = 2 * MS, .times = 300, .stride = 10},
      {'c', TCP_ACK, 2001, 1, 10, .wait = 50 * MS, .times = 3, .stride = 10},
      {'s', TCP_ACK, 1, 3001, 0, .wait = 20 * MS}},
     0,
     .findings = "loss_client_to_server/to-server",
     .packets = 3},
    {"/rules/loss/not-three-of-301",
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 10, .wait = 2 * MS, .times = 301, .stride = 10},
      {'c', TCP_ACK, 2001, 1, 10, .wait = 50 * MS, .times = 3, .stride = 10},
      {'s', TCP_ACK, 1, 3011, 0, .wait = 20 * MS}},
     0,
     .findings = ""},
    {"/rules/loss/not-two-of-ten",
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 10, .wait = 2 * MS, .times = 8, .stride = 10},
      {'c', TCP_ACK, 41, 1, 10, .wait = 50 * MS, .times = 2, .stride = 10}},
     0,
     .findings = ""},
    {"/rules/loss/early-acks-take-back-no-earlier-loss",
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 100, .wait = MS, .times = 3, .stride = 100},
      {'c', TCP_ACK, 1, 1, 100, .wait = 300 * MS},
      {'s', TCP_ACK, 1, 101, 0, .wait = 10 * MS},
      {'c', TCP_ACK, 101, 1, 100, .wait = 300 * MS},
      {'s', TCP_ACK, 1, 201, 0, .wait = 10 * MS},
      {'c', TCP_ACK, 201, 1, 100, .wait = 300 * MS},
      {'s', TCP_ACK, 1, 301, 0, .wait = 10 * MS},
      {'c', TCP_ACK, 1, 1, 100, .wait = 300 * MS},
      {'s', TCP_ACK, 1, 301, 0, .wait = MS}},
     0,
     .findings = "loss_client_to_server/to-server",
     .packets = 3},
    /* Bytes 101 to 201 three times behind the edge, then at it and unanswered: no receiver missed
     * them. */
    {"/rules/loss/not-without-an-acknowledgment",
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 100, .wait = MS, .times = 2, .stride = 100},
      {'c', TCP_ACK, 101, 1, 100, .wait = 300 * MS, .times = 3},
      {'s', TCP_ACK, 1, 101, 0, .wait = 10 * MS},
      {'c', TCP_ACK, 101, 1, 100, .wait = 300 * MS, .times = 2}},
     0,
     .findings = ""},
    {"/rules/loss/burst-that-was-in-vain",
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 100, .wait = MS, .times = 3, .stride = 100},
      {'c', TCP_ACK, 1, 1, 100, .wait = MS, .times = 3, .stride = 100},
      {'s', TCP_ACK, 1, 101, 0, .wait = MS},
      {'s', TCP_ACK, 1, 201, 0, .wait = MS},
      {'s', TCP_ACK, 1, 301, 0, .wait = MS}},
     0,
     .findings = ""},
    {"/rules/loss/gaps-filled-from-the-server",
     {HANDSHAKE,
      QUESTION,
      {'s', TCP_ACK, 1, 101, 100, .wait = MS, .times = 4, .stride = 200},
      {'s', TCP_ACK, 101, 101, 100, .wait = 200 * MS, .times = 3, .stride = 200}},
     0,
     .findings = "loss_server_to_client/to-client",
     .packets = 3},

    /* spurious_retransmissions */
    {"/rules/spurious/three",
     {HANDSHAKE,
      QUESTION,
      {'s', TCP_ACK, 1, 101, 0, .times = 1},
      {'c', TCP_ACK, 1, 1, 100, .wait = 200 * MS, .times = 3}},
     0,
     .findings = "spurious_retransmissions/to-server",
     .packets = 3},
    {"/rules/spurious/not-two",
     {HANDSHAKE,
      QUESTION,
      {'s', TCP_ACK, 1, 101, 0, .times = 1},
      {'c', TCP_ACK, 1, 1, 100, .wait = 200 * MS, .times = 2}},
     0,
     .findings = ""},

    /* retries_exhausted: of FINs, which are no loss of data */
    {"/rules/retries/four-times",
     {HANDSHAKE, {'c', FIN_ACK, 1, 1, 0, .wait = S, .times = 4}},
     0,
     .findings = "retries_exhausted/client",
     .packets = 4},
    {"/rules/retries/not-three-times",
     {HANDSHAKE, {'c', FIN_ACK, 1, 1, 0, .wait = S, .times = 3}},
     0,
     .findings = ""},
    {"/rules/retries/not-where-the-peer-talks",
     {HANDSHAKE,
      {'s', FIN_ACK, 1, 1, 0, .wait = S, .times = 3},
      {'c', TCP_ACK, 1, 1, 0, .wait = S},
      {'s', FIN_ACK, 1, 1, 0, .wait = S}},
     0,
     .findings = ""},

    /* path_mtu_blackhole */
    {"/rules/blackhole/full-size-while-the-peer-talks",
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 536, .wait = MS},
      {'c', TCP_ACK, 1, 1, 536, .wait = S, .times = 2},
      {'s', TCP_ACK, 1, 1, 0, .wait = S},
      {'c', TCP_ACK, 1, 1, 536, .wait = S}},
     0,
     .findings = "path_mtu_blackhole/client",
     .packets = 4},
    {"/rules/blackhole/small-segments-behind-it-pass",
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 1400, .wait = MS},
      {'c', TCP_ACK, 1401, 1, 100, .wait = MS},
      {'s', TCP_ACK, 1, 1, 0, .wait = MS, .sack_left = 1401, .sack_right = 1501},
      {'c', TCP_ACK, 1, 1, 1400, .wait = S, .times = 3}},
     0,
     .findings = "path_mtu_blackhole/client",
     .packets = 4},
    {"/rules/blackhole/not-smaller-segments",
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 535, .wait = MS},
      {'c', TCP_ACK, 1, 1, 535, .wait = S, .times = 2},
      {'s', TCP_ACK, 1, 1, 0, .wait = S},
      {'c', TCP_ACK, 1, 1, 535, .wait = S}},
     0,
     .findings = ""},
    {"/rules/blackhole/not-where-nothing-passes",
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 1400, .wait = MS},
      {'c', TCP_ACK, 1, 1, 1400, .wait = S, .times = 3}},
     0,
     .findings = "retries_exhausted/client",
     .packets = 4},

    {"/rules/blackhole/whatever-a-router-says",
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 1400, .wait = MS},
      ICMP_ERROR(3, 4, 1300),
      {'c', TCP_ACK, 1, 1, 1400, .wait = S, .times = 3}},
     0,
     .findings = "path_mtu_blackhole/client",
     .packets = 4},

    /* windows */
    {"/rules/window/closed",
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 0, .wait = MS, .analysis = ANALYSIS_ZERO_WINDOW, .closed = true},
      {'c', TCP_ACK, 1, 1, 0, .wait = 100 * MS}},
     0,
     .findings = "zero_window/client",
     .packets = 1},
    {"/rules/window/not-closed-for-less-than-100-ms",
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 0, .wait = MS, .analysis = ANALYSIS_ZERO_WINDOW, .closed = true},
      {'c', TCP_ACK, 1, 1, 0, .wait = 100 * MS - 1}},
     0,
     .findings = ""},
    {"/rules/window/not-closed-once-the-peer-has-sent-its-fin",
     {HANDSHAKE,
      {'s', FIN_ACK, 1, 1, 0, .wait = MS, .hop_limit = 60},
      {'c', TCP_ACK, 1, 2, 0, .wait = MS, .analysis = ANALYSIS_ZERO_WINDOW, .closed = true},
      {'c', TCP_ACK, 1, 2, 0, .wait = S}},
     0,
     .findings = ""},
    {"/rules/window/not-closed-where-it-was-never-open",
     {{'c', TCP_ACK, 1, 1, 0, .analysis = ANALYSIS_ZERO_WINDOW, .closed = true},
      {'s', TCP_ACK, 1, 1, 0, .wait = MS},
      {'c', TCP_ACK, 1, 1, 0, .wait = S, .analysis = ANALYSIS_ZERO_WINDOW, .closed = true}},
     0,
     .findings = ""},
    {"/rules/window/filled-three-times",
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 10, .wait = MS, .times = 3, .stride = 10,
       .analysis = ANALYSIS_WINDOW_FULL}},
     0,
     .findings = "window_limited/server",
     .packets = 3},
    {"/rules/window/not-filled-twice",
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 10, .wait = MS, .times = 2, .stride = 10,
       .analysis = ANALYSIS_WINDOW_FULL}},
     0,
     .findings = ""},

    /* times */
    {"/rules/slow/handshake-just-fast-enough",
     {{'c', TCP_SYN, .times = 1},
      {'s', SYN_ACK, 0, 1, 0, .wait = 500 * MS - 1},
      {'c', TCP_ACK, 1, 1, 0, .wait = 500 * MS - 1}},
     0,
     .findings = ""},
    {"/rules/slow/handshake-of-both-sides",
     {{'c', TCP_SYN, .times = 1},
      {'s', SYN_ACK, 0, 1, 0, .wait = 500 * MS},
      {'c', TCP_ACK, 1, 1, 0, .wait = 501 * MS}},
     0,
     .findings = "slow_handshake/client slow_handshake/server",
     .packets = 2},
    {"/rules/slow/server-just-quick-enough",
     {HANDSHAKE, QUESTION, GOT_QUESTION, {'s', TCP_ACK, 1, 101, 100, .wait = S - MS - 1}},
     0,
     .findings = ""},
    {"/rules/slow/server",
     {HANDSHAKE, QUESTION, GOT_QUESTION, {'s', TCP_ACK, 1, 101, 100, .wait = S - MS}},
     0,
     .findings = "slow_server",
     .packets = 2},
    {"/rules/slow/client",
     {HANDSHAKE, QUESTION, ANSWER, GOT_ANSWER, {'c', TCP_ACK, 101, 101, 100, .wait = S - MS}},
     0,
     .findings = "slow_client",
     .packets = 2},
    {"/rules/slow/client-begins-late",
     {HANDSHAKE, {'c', TCP_ACK, 1, 1, 100, .wait = S}},
     0,
     .findings = "slow_client",
     .packets = 2},
    {"/rules/slow/server-behind-a-slow-path-is-not-accused",
     {{'c', TCP_SYN, .times = 1},
      {'s', SYN_ACK, 0, 1, 0, .wait = 500 * MS},
      {'c', TCP_ACK, 1, 1, 0, .wait = MS},
      QUESTION,
      GOT_QUESTION,
      {'s', TCP_ACK, 1, 101, 100, .wait = 5 * S}},
     0,
     .findings = "slow_handshake/server"},
    {"/rules/slow/not-without-a-handshake",
     {QUESTION, GOT_QUESTION, {'s', TCP_ACK, 1, 101, 100, .wait = 5 * S}},
     0,
     .findings = ""},
    {"/rules/slow/server-whose-question-may-not-have-arrived",
     {HANDSHAKE, QUESTION, {'s', TCP_ACK, 1, 101, 100, .wait = 5 * S}},
     0,
     .findings = ""},
    {"/rules/slow/server-that-speaks-unasked-is-not-accused",
     {HANDSHAKE,
      QUESTION,
      GOT_QUESTION,
      {'s', TCP_ACK, 1, 101, 100, .wait = 5 * S, .times = 2, .stride = 100}},
     0,
     .findings = ""},
    {"/rules/slow/not-for-heartbeats",
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 19, .wait = MS},
      {'s', TCP_ACK, 1, 20, 0, .wait = MS},
      {'s', TCP_ACK, 1, 20, 19, .wait = 60 * S}},
     0,
     .findings = ""},
    {"/rules/slow/server-that-answers-with-more-than-a-heartbeat",
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 19, .wait = MS},
      {'s', TCP_ACK, 1, 20, 0, .wait = MS},
      {'s', TCP_ACK, 1, 20, 20, .wait = 60 * S}},
     0,
     .findings = "slow_server",
     .packets = 2},

    /* stale_connection */
    {"/rules/stale/ack-of-an-older-connection",
     {{'c', TCP_SYN, .times = 1},
      {'s', TCP_ACK, 900000, 700000, 0, .wait = MS},
      {'c', TCP_RST, 700000, 0, 0, .wait = MS}},
     S,
     .findings = "stale_connection/server",
     .packets = 3},
    {"/rules/stale/not-the-ack-of-its-syn",
     {{'c', TCP_SYN, .times = 1}, {'s', TCP_ACK, 1, 1, 0, .wait = MS}},
     S,
     .findings = ""},
    {"/rules/stale/even-where-a-syn-ack-follows",
     {{'c', TCP_SYN, .times = 1},
      {'s', TCP_ACK, 900000, 700000, 0, .wait = MS},
      {'c', TCP_RST, 700000, 0, 0, .wait = MS},
      {'c', TCP_SYN, .wait = S},
      {'s', SYN_ACK, 0, 1, 0, .wait = MS},
      {'c', TCP_ACK, 1, 1, 0, .wait = MS}},
     S,
     .findings = "stale_connection/server"},
    {"/rules/stale/not-where-the-syn-ack-follows-at-once",
     {{'c', TCP_SYN, .times = 1},
      {'s', TCP_ACK, 900000, 700000, 0, .wait = MS},
      {'s', SYN_ACK, 0, 1, 0, .wait = MS},
      {'c', TCP_ACK, 1, 1, 0, .wait = MS}},
     S,
     .findings = ""},

    {"/rules/stale/where-the-syn-ack-is-as-old",
     {{'c', TCP_SYN, .times = 1},
      {'s', TCP_ACK, 900000, 700000, 0, .wait = MS},
      {'s', SYN_ACK, 900000, 700000, 0, .wait = S}},
     S,
     .findings = "stale_connection/server"},

    /* handshake_rejected: beside what is in rules/incomplete */
    {"/rules/rejected/each-time",
     {{'c', TCP_SYN, .times = 1},
      {'s', SYN_ACK, 0, 1, 0, .wait = MS},
      {'c', TCP_RST, 1, 0, 0, .wait = MS},
      {'s', SYN_ACK, 0, 1, 0, .wait = S},
      {'c', TCP_RST, 1, 0, 0, .wait = MS}},
     S,
     .findings = "handshake_rejected/client",
     .packets = 2},
    {"/rules/rejected/not-by-a-client-that-asked-again",
     {{'c', TCP_SYN, .times = 1},
      {'s', SYN_ACK, 0, 1, 0, .wait = MS},
      {'c', TCP_SYN, .wait = S},
      {'c', TCP_RST, 1, 0, 0, .wait = S}},
     S,
     .findings = "handshake_incomplete/client",
     .packets = 3},

    {"/rules/rejected/whatever-comes-after-the-reset",
     {{'c', TCP_SYN, .times = 1},
      {'s', SYN_ACK, 0, 1, 0, .wait = MS},
      {'c', TCP_RST, 1, 0, 0, .wait = MS},
      {'c', TCP_ACK, 1, 1, 100, .wait = S},
      {'s', TCP_RST, 1, 0, 0, .wait = MS}},
     S,
     .findings = "handshake_rejected/client",
     .packets = 1},
    {"/rules/rejected/not-where-the-server-goes-on",
     {{'c', TCP_SYN, .times = 1},
      {'s', SYN_ACK, 0, 1, 0, .wait = MS},
      {'c', TCP_RST, 1, 0, 0, .wait = MS},
      {'c', TCP_ACK, 1, 1, 100, .wait = MS},
      {'s', TCP_ACK, 1, 101, 100, .wait = MS},
      {'c', TCP_RST, 101, 0, 0, .wait = MS}},
     S,
     .findings = "reset_by_client"},
    {"/rules/rejected/an-ack-of-what-was-never-sent-is-no-answer",
     {{'c', TCP_SYN, .times = 1},
      {'s', SYN_ACK, 0, 1, 0, .wait = MS},
      {'c', TCP_ACK, 1, 500001, 0, .wait = MS},
      {'c', TCP_RST, 1, 0, 0, .wait = MS}},
     S,
     .findings = "handshake_rejected/client"},
    {"/rules/incomplete/an-ack-of-what-was-never-sent-is-no-answer",
     {{'c', TCP_SYN, .times = 1},
      {'s', SYN_ACK, 0, 1, 0, .wait = MS},
      {'c', TCP_ACK, 1, 500001, 0, .wait = MS},
      {'s', SYN_ACK, 0, 1, 0, .wait = S}},
     0,
     .findings = "handshake_incomplete/client"},
    {"/rules/one-way/what-fits-the-first-window-is-missing",
     {{'c', TCP_SYN, .times = 1},
      {'s', SYN_ACK, 0, 1, 0, .wait = MS},
      {'c', TCP_ACK, 1, 5001, 0, .wait = MS}},
     S,
     .findings = "one_way_traffic/to-client"},
    {"/rules/one-way/and-more-than-that-after-a-while",
     {{'c', TCP_SYN, .times = 1},
      {'s', SYN_ACK, 0, 1, 0, .wait = MS},
      {'c', TCP_ACK, 1, 500001, 0, .wait = 2 * S}},
     S,
     .findings = "one_way_traffic/to-client"},

    /* injected_data */
    {"/rules/injected/distance-and-identification",
     {HANDSHAKE,
      QUESTION,
      {'s', TCP_ACK, 1, 101, 100, .wait = MS, .times = 6, .stride = 100, .hop_limit = 60,
       .ip_id = 500},
      {'c', TCP_ACK, 101, 601, 0, .wait = MS, .hop_limit = 64},
      {'s', TCP_ACK, 601, 101, 100, .wait = MS, .hop_limit = 64, .ip_id = 30000},
      {'s', TCP_ACK, 601, 101, 100, .wait = MS, .hop_limit = 64, .ip_id = 45000}},
     0,
     .findings = "injected_data/server",
     .packets = 2},
    {"/rules/injected/not-by-distance-alone",
     {HANDSHAKE,
      QUESTION,
      {'s', TCP_ACK, 1, 101, 100, .wait = MS, .times = 6, .stride = 100, .hop_limit = 60,
       .ip_id = 500},
      {'c', TCP_ACK, 101, 601, 0, .wait = MS, .hop_limit = 64},
      {'s', TCP_ACK, 601, 101, 100, .wait = MS, .times = 2, .stride = 100, .hop_limit = 64,
       .ip_id = 506}},
     0,
     .findings = ""},

    {"/rules/injected/not-by-an-end-that-counts-on-from-a-new-route",
     {HANDSHAKE,
      QUESTION,
      {'s', TCP_ACK, 1, 101, 100, .wait = MS, .times = 6, .stride = 100, .hop_limit = 60,
       .ip_id = 500},
      {'c', TCP_ACK, 101, 601, 100, .wait = 500 * MS, .hop_limit = 64},
      {'s', TCP_ACK, 601, 201, 100, .wait = MS, .times = 20, .stride = 100, .hop_limit = 59,
       .ip_id = 9000}},
     0,
     .findings = ""},
    {"/rules/injected/the-same-identification-each-time",
     {HANDSHAKE,
      QUESTION,
      {'s', TCP_ACK, 1, 101, 100, .wait = MS, .times = 6, .stride = 100, .hop_limit = 60,
       .ip_id = 20000},
      {'c', TCP_ACK, 101, 601, 0, .wait = MS, .hop_limit = 64},
      {'s', TCP_ACK, 1700, 101, 112, .wait = S, .hop_limit = 64, .ip_id = 1},
      {'s', TCP_ACK, 1700, 101, 112, .wait = S, .hop_limit = 64, .ip_id = 1}},
     0,
     .findings = "injected_data/server",
     .packets = 2},

    /* sequence_rewritten */
    {"/rules/rewritten/three-odd-ranges",
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 100, .wait = MS, .times = 4, .stride = 100},
      {'s', TCP_ACK, 1, 1, 0, .wait = 2 * MS, .times = 3, .sack_left = 1 << 30,
       .sack_right = (1 << 30) + 100},
      {'c', TCP_ACK, 1, 1, 100, .wait = 300 * MS, .times = 4, .stride = 100}},
     0,
     .findings = "sequence_rewritten/to-server",
     .packets = 3},
    {"/rules/rewritten/not-two",
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 100, .wait = MS, .times = 4, .stride = 100},
      {'s', TCP_ACK, 1, 1, 0, .wait = 2 * MS, .times = 2, .sack_left = 1 << 30,
       .sack_right = (1 << 30) + 100},
      {'s', TCP_ACK, 1, 401, 0, .wait = 2 * MS}},
     0,
     .findings = ""},
    {"/rules/rewritten/not-d-sack",
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 100, .wait = MS, .times = 4, .stride = 100},
      {'s', TCP_ACK, 1, 401, 0, .wait = 2 * MS, .times = 5, .sack_left = 1, .sack_right = 101}},
     0,
     .findings = ""},

    /* peer_gone */
    {"/rules/peer-gone/three-keep-alives",
     {HANDSHAKE, QUESTION, GOT_QUESTION, {'c', TCP_ACK, 100, 1, 0, .wait = 75 * S, .times = 3}},
     0,
     .findings = "peer_gone/server",
     .packets = 3},
    {"/rules/peer-gone/whatever-ends-it",
     {HANDSHAKE,
      QUESTION,
      GOT_QUESTION,
      {'c', TCP_ACK, 100, 1, 0, .wait = 75 * S, .times = 9},
      {'c', RST_ACK, 101, 1, 0, .wait = 75 * S, .hop_limit = 64}},
     0,
     .findings = "peer_gone/server",
     .packets = 9},
    {"/rules/peer-gone/not-two",
     {HANDSHAKE, QUESTION, GOT_QUESTION, {'c', TCP_ACK, 100, 1, 0, .wait = 75 * S, .times = 2}},
     0,
     .findings = ""},
    {"/rules/peer-gone/not-where-one-is-answered",
     {HANDSHAKE,
      QUESTION,
      GOT_QUESTION,
      {'c', TCP_ACK, 100, 1, 0, .wait = 75 * S, .times = 2},
      {'s', TCP_ACK, 1, 101, 0, .wait = MS, .hop_limit = 60},
      {'c', TCP_ACK, 100, 1, 0, .wait = 75 * S, .times = 2}},
     0,
     .findings = ""},
    {"/rules/peer-gone/not-where-segments-are-kept-from-the-tap",
     {HANDSHAKE, QUESTION, GOT_QUESTION, {'c', TCP_ACK, 100, 1, 0, .wait = 75 * S, .times = 3}},
     0,
     .findings = "",
     .is_incomplete = true},

    /* connection_unknown */
    {"/rules/unknown/without-a-handshake",
     {{'c', TCP_ACK, 1, 1, 100, .wait = MS}, {'s', TCP_RST, 1, 0, 0, .wait = 10 * MS}},
     0,
     .findings = "connection_unknown/server",
     .packets = 1},
    {"/rules/unknown/not-later",
     {{'c', TCP_ACK, 1, 1, 100, .wait = MS}, {'s', TCP_RST, 1, 0, 0, .wait = 10 * MS + 1}},
     0,
     .findings = ""},
    {"/rules/unknown/not-an-ack",
     {{'c', TCP_ACK, 1, 1, 0, .wait = MS}, {'s', TCP_RST, 1, 0, 0, .wait = MS}},
     0,
     .findings = ""},
    {"/rules/unknown/after-1-s-of-silence",
     {{'s', TCP_ACK, 1, 1, 100, .wait = MS},
      {'c', TCP_ACK, 1, 101, 0, .wait = MS},
      {'c', TCP_ACK, 1, 101, 100, .wait = S - 2 * MS},
      {'s', TCP_RST, 101, 0, 0, .wait = MS}},
     0,
     .findings = "connection_unknown/server",
     .packets = 1},
    {"/rules/unknown/not-after-less-silence",
     {{'s', TCP_ACK, 1, 1, 100, .wait = MS},
      {'c', TCP_ACK, 1, 101, 0, .wait = MS},
      {'c', TCP_ACK, 1, 101, 100, .wait = S - 3 * MS},
      {'s', TCP_RST, 101, 0, 0, .wait = MS}},
     0,
     .findings = "reset_by_server",
     .packets = 1},
    {"/rules/unknown/not-after-a-fin",
     {{'s', FIN_ACK, 1, 1, 0, .wait = MS},
      {'c', TCP_ACK, 1, 2, 100, .wait = 2 * S},
      {'s', TCP_RST, 2, 0, 0, .wait = MS}},
     0,
     .findings = "reset_after_close/server"},
    {"/rules/unknown/repeats-are-not-lost",
     {{'c', TCP_ACK, 1, 1, 100, .wait = S, .times = 5}, {'s', TCP_RST, 1, 0, 0, .wait = MS}},
     0,
     .findings = "connection_unknown/server"},

    /* icmp_error */
    {"/rules/icmp/nothing-else-explains-it",
     {HANDSHAKE, QUESTION, ANSWER, ICMP_ERROR(11, 0, 0), ICMP_ERROR(11, 0, 0)},
     0,
     .findings = "icmp_error",
     .packets = 2},
    {"/rules/icmp/not-beside-what-explains-it",
     {{'c', TCP_SYN, .times = 1}, ICMP_ERROR(3, 13, 0)},
     S,
     .findings = "no_response",
     .packets = 1},
    {"/rules/icmp/beside-a-note",
     {HANDSHAKE,
      QUESTION,
      ANSWER,
      GOT_ANSWER,
      {'c', TCP_ACK, 101, 101, 100, .wait = S - MS},
      ICMP_ERROR(11, 0, 0)},
     0,
     .findings = "icmp_error slow_client"},
    {"/rules/icmp/too-big-is-no-loss",
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 1400, .wait = MS, .times = 4, .stride = 1400},
      ICMP_ERROR(3, 4, 1300),
      {'c', TCP_ACK, 1, 1, 1260, .wait = 300 * MS, .times = 4, .stride = 1260},
      {'s', TCP_ACK, 1, 5601, 0, .wait = 15 * MS}},
     0,
     .findings = "icmp_error"},

    /* offload_capture */
    {"/rules/offload/three-beyond-the-mss",
     {{'c', TCP_SYN, .times = 1},
      {'s', SYN_ACK, 0, 1, 0, .wait = 10 * MS, .mss = 1460},
      {'c', TCP_ACK, 1, 1, 0, .wait = 10 * MS},
      {'c', TCP_ACK, 1, 1, 2920, .wait = MS, .times = 3, .stride = 2920}},
     0,
     .findings = "offload_capture",
     .packets = 3},
    {"/rules/offload/not-two",
     {{'c', TCP_SYN, .times = 1},
      {'s', SYN_ACK, 0, 1, 0, .wait = 10 * MS, .mss = 1460},
      {'c', TCP_ACK, 1, 1, 0, .wait = 10 * MS},
      {'c', TCP_ACK, 1, 1, 2920, .wait = MS, .times = 2, .stride = 2920}},
     0,
     .findings = ""},
    {"/rules/offload/not-within-the-mss",
     {{'c', TCP_SYN, .times = 1},
      {'s', SYN_ACK, 0, 1, 0, .wait = 10 * MS, .mss = 8960},
      {'c', TCP_ACK, 1, 1, 0, .wait = 10 * MS},
      {'c', TCP_ACK, 1, 1, 8960, .wait = MS, .times = 3, .stride = 8960}},
     0,
     .findings = ""},
    {"/rules/offload/share-of-loss-is-of-the-wire",
     {{'c', TCP_SYN, .times = 1},
      {'s', SYN_ACK, 0, 1, 0, .wait = 10 * MS, .mss = 100},
      {'c', TCP_ACK, 1, 1, 0, .wait = 10 * MS},
      {'c', TCP_ACK, 1, 1, 10000, .wait = MS, .times = 4, .stride = 10000},
      {'s', TCP_ACK, 1, 1, 0, .wait = 2 * MS},
      {'c', TCP_ACK, 1, 1, 100, .wait = 300 * MS, .times = 3, .stride = 100},
      {'s', TCP_ACK, 1, 40001, 0, .wait = 15 * MS}},
     0,
     .findings = "offload_capture"},
};

/* --- two connections --- */

/* Two connections of one client: to 10.0.0.5:443, and to another address or the same. */
struct two_case {
    const char *name;
    struct step one[MAX_STEPS], two[MAX_STEPS];
    int64_t between; /* ns */
    const char *findings;
    bool other_address; /* of the second: 10.0.0.7, and the client's same port */
};

#define SERVED                                                                                     \
    {                                                                                              \
        HANDSHAKE, QUESTION, ANSWER, GOT_ANSWER                                                    \
    }

static const struct two_case two_cases[] = {
    {"/rules/queue-full/syns-are-ignored",
     SERVED,
     {{'c', TCP_SYN, .times = 2, .wait = S}},
     0,
     "listen_queue_full/server",
     false},
    {"/rules/queue-full/not-for-one-syn",
     SERVED,
     {{'c', TCP_SYN, .times = 1}},
     0,
     "no_response",
     false},
    {"/rules/queue-full/not-where-others-were-served-before",
     SERVED,
     {{'c', TCP_SYN, .times = 2, .wait = S}},
     2 * S,
     "no_response",
     false},
    {"/rules/queue-full/data-behind-the-syn-ack-is-ignored",
     SERVED,
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 100, .wait = MS},
      {'c', TCP_ACK, 1, 1, 100, .wait = 300 * MS, .times = 5}},
     0,
     "listen_queue_full/server",
     false},
    {"/rules/queue-full/syn-ack-is-repeated",
     SERVED,
     {HANDSHAKE,
      {'s', SYN_ACK, 0, 1, 0, .wait = S, .times = 2, .hop_limit = 60},
      {'c', TCP_ACK, 1, 1, 0, .wait = MS, .hop_limit = 64}},
     0,
     "listen_queue_full/server",
     false},
    {"/rules/queue-full/not-where-the-syn-ack-is-repeated-once",
     SERVED,
     {HANDSHAKE,
      {'s', SYN_ACK, 0, 1, 0, .wait = S, .hop_limit = 60},
      {'c', TCP_ACK, 1, 1, 0, .wait = MS, .hop_limit = 64}},
     0,
     "",
     false},
    {"/rules/queue-full/not-where-data-is-acknowledged",
     SERVED,
     {HANDSHAKE,
      QUESTION,
      {'c', TCP_ACK, 1, 1, 100, .wait = 300 * MS},
      {'s', TCP_ACK, 1, 101, 0, .wait = 10 * MS, .hop_limit = 60}},
     0,
     "",
     false},
    {"/rules/queue-full/not-where-nobody-is-served",
     {{'c', TCP_SYN, .times = 2, .wait = S}},
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 100, .wait = MS},
      {'c', TCP_ACK, 1, 1, 100, .wait = 300 * MS, .times = 5}},
     0,
     "retries_exhausted/client no_response",
     false},
    {"/rules/other-address/resets-the-answer",
     {{'c', TCP_SYN, .times = 1}},
     {{'s', SYN_ACK, 0, 1, 0, .wait = MS}, {'c', TCP_RST, 1, 0, 0, .wait = MS}},
     0,
     "reply_from_other_address/server",
     true},
    {"/rules/other-address/reset-has-not-passed-the-router",
     {{'c', TCP_SYN, .hop_limit = 64, .times = 1}},
     {{'c', TCP_SYN, .hop_limit = 63, .times = 1},
      {'s', SYN_ACK, 0, 1, 0, .wait = MS, .hop_limit = 64},
      {'c', TCP_RST, 1, 0, 0, .wait = MS, .hop_limit = 64}},
     0,
     "reply_from_other_address/server",
     true},
    {"/rules/other-address/ignores-the-answer",
     {{'c', TCP_SYN, .times = 2, .wait = S}},
     {{'s', SYN_ACK, 0, 1, 0, .wait = MS}},
     0,
     "reply_from_other_address/server",
     true},
    {"/rules/other-address/not-another-number",
     {{'c', TCP_SYN, .times = 1}},
     {{'s', SYN_ACK, 0, 2, 0, .wait = MS}, {'c', TCP_RST, 2, 0, 0, .wait = MS}},
     0,
     "no_response",
     true},
};

static void rule_holds_between_two(gconstpointer data)
{
    const struct two_case *c = data;
    struct judged judged;
    judged_init(&judged);
    take_steps(&judged.recording, 0, 51234, 443, c->one);
    judged.recording.now += c->between;
    uint16_t port = c->other_address ? 51234 : 51235;
    for (const struct step *step = c->two; step->from != 0; step++)
        take_step_between(&judged.recording, 1, end_at("10.0.0.9", port),
                          end_at(c->other_address ? "10.0.0.7" : "10.0.0.5", 443), step);
    judge(&judged, S, ROLE_HANDSHAKE);
    assert_findings(&judged, c->findings);
    judged_clear(&judged);
}

/* --- words of routers and addresses --- */

static void error_is_named_and_left_out_of_filters(void)
{
    const struct step prohibited[] = {{'c', TCP_SYN, .times = 1}, ICMP_ERROR(3, 13, 0), {0}};
    const struct step too_big[] = {HANDSHAKE, QUESTION, ANSWER, ICMP_ERROR(3, 4, 1300), {0}};
    struct judged judged;
    judged_init(&judged);
    take_steps(&judged.recording, 0, 51234, 443, prohibited);
    take_steps(&judged.recording, 1, 51235, 443, too_big);
    judge(&judged, S, ROLE_HANDSHAKE);
    assert_findings(&judged, "no_response icmp_error");
    const struct finding *silent = finding_at(&judged, 0), *error = finding_at(&judged, 1);
    g_assert_cmpstr(silent->detail, ==, ROUTER ": communication administratively prohibited");
    g_assert_cmpstr(silent->detail_key, ==, "icmp");
    g_assert_cmpstr(
        silent->filter, ==,
        "tcp.stream == 0 && tcp.dstport == 443 && tcp.flags.syn == 1 && !icmp && !icmpv6");
    g_assert_cmpstr(error->detail, ==, ROUTER ": fragmentation needed, MTU 1300");
    g_assert_cmpstr(error->filter, ==, "frame.number == 8");
    g_assert_cmpuint(number_of(error, "mtu"), ==, 1300);
    judged_clear(&judged);
}

static void other_address_is_named(void)
{
    const struct step syn = {'c', TCP_SYN, .times = 1},
                      answer = {'s', SYN_ACK, 0, 1, 0, .wait = MS};
    struct judged judged;
    judged_init(&judged);
    take_step_between(&judged.recording, 0, end_at("10.0.0.9", 50000), end_at("10.0.0.5", 443),
                      &syn);
    take_step_between(&judged.recording, 1, end_at("10.0.0.9", 50000), end_at("10.0.0.7", 8443),
                      &answer);
    judge(&judged, S, ROLE_HANDSHAKE);
    judged.source.row_count = 2;
    judged.row_of_flow[1] = 1;
    judge_again(&judged);
    assert_findings(&judged, "reply_from_other_address/server");
    g_assert_cmpstr(finding_at(&judged, 0)->detail, ==, "answered by 10.0.0.7");
    struct finding *other = g_ptr_array_index(finding_set_of_row(judged.set, 1), 0);
    finding_set_complete(judged.set, other);
    g_assert_cmpint(other->id, ==, FINDING_REPLY_FROM_OTHER_ADDRESS);
    g_assert_cmpstr(other->detail, ==, "asked was 10.0.0.5");
    judged_clear(&judged);
}

static void rule_holds(gconstpointer data)
{
    const struct rule_case *c = data;
    struct judged judged;
    judged_init(&judged);
    judged.source.is_incomplete = c->is_incomplete;
    take_steps(&judged.recording, 0, 51234, 443, c->steps);
    judge(&judged, c->after, c->is_guess ? ROLE_GUESS : ROLE_HANDSHAKE);
    assert_findings(&judged, c->findings);
    if (c->packets > 0)
        g_assert_cmpuint(finding_at(&judged, 0)->packets, ==, c->packets);
    judged_clear(&judged);
}

/* --- numbers and words that prove it --- */

struct idle_case {
    const char *name;
    int64_t idle;
    uint64_t before_data, in_transfer, after_exchange, after_idling, longest;
    bool with_data, all_acked;
};

static const struct idle_case idle_cases[] = {
    {"/rules/abort/in-transfer", 999 * MS, 0, 1, 0, 0, 0, true, false},
    {"/rules/abort/after-a-complete-exchange", 998 * MS, 0, 0, 1, 0, 0, true, true},
    {"/rules/abort/after-idling", S, 0, 0, 0, 1, 1000000000, true, false},
    {"/rules/abort/after-idling-where-all-is-acknowledged", 999 * MS, 0, 0, 0, 1, 1000000000, true,
     true},
    {"/rules/abort/before-data", 999 * MS, 1, 0, 0, 0, 0, false, false},
    {"/rules/abort/idle-before-data", S, 0, 0, 0, 1, 1000000000, false, false},
};

static void abort_has_a_phase(gconstpointer data)
{
    const struct idle_case *c = data;
    const struct step handshake[] = {HANDSHAKE, {0}};
    const struct step exchange[] = {QUESTION, ANSWER, {0}}, got = GOT_ANSWER;
    const struct step reset = {'s', TCP_RST,         c->with_data ? 101 : 1, 0,
                               0,   .wait = c->idle, .hop_limit = 60};
    struct judged judged;
    judged_init(&judged);
    take_steps(&judged.recording, 0, 51234, 443, handshake);
    if (c->with_data)
        take_steps(&judged.recording, 0, 51234, 443, exchange);
    if (c->all_acked)
        take_step(&judged.recording, 0, 51234, 443, &got);
    take_step(&judged.recording, 0, 51234, 443, &reset);
    judge(&judged, 0, ROLE_HANDSHAKE);
    assert_findings(&judged, "reset_by_server");
    const struct finding *finding = finding_at(&judged, 0);
    g_assert_cmpuint(number_of(finding, "before_data"), ==, c->before_data);
    g_assert_cmpuint(number_of(finding, "in_transfer"), ==, c->in_transfer);
    g_assert_cmpuint(number_of(finding, "after_exchange"), ==, c->after_exchange);
    g_assert_cmpuint(number_of(finding, "after_idling"), ==, c->after_idling);
    if (c->after_idling > 0)
        g_assert_cmpuint(number_of(finding, "longest_idle_s"), ==, c->longest);
    else /* absent, not 0 */
        g_assert_true(finding->numbers[ABORT_LONGEST_IDLE].is_absent);
    judged_clear(&judged);
}

/* Of the steps after the handshake; the last one is the reset. */
struct phase_case {
    const char *name;
    struct step steps[MAX_STEPS];
    const char *findings, *phase;
};

#define SHORT_ANSWER                                                                               \
    {                                                                                              \
        's', TCP_ACK, 1, 101, 40, .wait = MS, .hop_limit = 60                                      \
    }

static const struct phase_case phase_cases[] = {
    {"/rules/abort/phase/given-up-without-an-answer",
     {QUESTION, {'s', TCP_ACK, 1, 101, 0, .wait = MS}, {'c', RST_ACK, 101, 1, 0, .wait = 4 * S}},
     "reset_by_client",
     "unanswered"},
    {"/rules/abort/phase/reset-instead-of-an-answer",
     {QUESTION, {'s', RST_ACK, 1, 101, 0, .wait = 20 * MS}},
     "reset_by_server",
     "unanswered"},
    {"/rules/abort/phase/request-not-acknowledged",
     {QUESTION, {'c', RST_ACK, 101, 1, 0, .wait = 50 * MS}},
     "reset_by_client",
     "in_transfer"},
    {"/rules/abort/phase/sent-again-to-the-end",
     {QUESTION,
      {'c', TCP_ACK, 1, 1, 100, .wait = S, .times = 2},
      {'c', RST_ACK, 101, 1, 0, .wait = 4 * S}},
     "reset_by_client",
     "in_transfer"},
    {"/rules/abort/phase/reaction-to-the-answer",
     {QUESTION,
      SHORT_ANSWER,
      {'c', TCP_ACK, 101, 41, 7, .wait = MS},
      {'s', TCP_ACK, 41, 108, 0, .wait = MS},
      {'c', RST_ACK, 108, 41, 0, .wait = 20 * MS}},
     "reset_by_client",
     "after_exchange"},
    {"/rules/abort/phase/right-behind-its-own-reaction",
     {QUESTION,
      SHORT_ANSWER,
      {'c', TCP_ACK, 101, 41, 7, .wait = MS},
      {'c', RST_ACK, 108, 41, 0, .wait = MS}},
     "reset_by_client",
     "after_exchange"},
    {"/rules/abort/phase/idle-behind-a-reaction",
     {QUESTION,
      SHORT_ANSWER,
      {'c', TCP_ACK, 101, 41, 7, .wait = MS},
      {'s', TCP_ACK, 41, 108, 0, .wait = MS},
      {'s', RST_ACK, 41, 108, 0, .wait = 60 * S}},
     "reset_by_server",
     "after_idling"},
    {"/rules/abort/phase/short-question-later-than-a-reaction",
     {QUESTION,
      SHORT_ANSWER,
      {'c', TCP_ACK, 101, 41, 7, .wait = 11 * MS},
      {'s', TCP_ACK, 41, 108, 0, .wait = MS},
      {'c', RST_ACK, 108, 41, 0, .wait = 20 * MS}},
     "reset_by_client",
     "unanswered"},
    {"/rules/abort/phase/question-behind-a-reaction",
     {QUESTION,
      SHORT_ANSWER,
      {'c', TCP_ACK, 101, 41, 7, .wait = MS},
      {'c', TCP_ACK, 108, 41, 31, .wait = MS},
      {'s', TCP_ACK, 41, 139, 0, .wait = MS},
      {'c', RST_ACK, 139, 41, 0, .wait = S}},
     "reset_by_client",
     "unanswered"},
    {"/rules/abort/phase/behind-a-short-answer-that-is-under-way",
     {QUESTION, SHORT_ANSWER, {'s', RST_ACK, 41, 101, 0, .wait = MS}},
     "reset_by_server",
     "in_transfer"},
};

static void abort_says_what_was_open(gconstpointer data)
{
    static const char *const phases[] = {"before_data", "in_transfer", "unanswered",
                                         "after_exchange", "after_idling"};
    const struct phase_case *c = data;
    const struct step handshake[] = {HANDSHAKE, {0}};
    struct judged judged;
    judged_init(&judged);
    take_steps(&judged.recording, 0, 51234, 443, handshake);
    take_steps(&judged.recording, 0, 51234, 443, c->steps);
    judge(&judged, 0, ROLE_HANDSHAKE);
    assert_findings(&judged, c->findings);
    const struct finding *finding = finding_at(&judged, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(phases); i++)
        g_assert_cmpuint(number_of(finding, phases[i]), ==, strcmp(phases[i], c->phase) == 0);
    g_assert_cmpint(finding->numbers[ABORT_LONGEST_WAIT].is_absent, ==,
                    strcmp(c->phase, "unanswered") != 0);
    judged_clear(&judged);
}

struct window_case {
    const char *name;
    uint16_t windows[2]; /* of the resets of two connections */
    uint64_t window;     /* among the numbers; 0 for none */
    bool is_code;        /* the text calls it a code */
};

static const struct window_case window_cases[] = {
    {"/rules/abort/window/of-a-netscaler", {9811, 9811}, 9811, true},
    {"/rules/abort/window/of-another", {502, 502}, 502, false},
    {"/rules/abort/window/none", {0, 0}, 0, false},
    {"/rules/abort/window/different", {9811, 9300}, 0, false},
    {"/rules/abort/window/of-the-first-only", {9811, 0}, 0, false},
};

static void abort_tells_the_window_that_all_have(gconstpointer data)
{
    const struct window_case *c = data;
    const struct step talk[] = {HANDSHAKE, QUESTION, ANSWER, {0}};
    struct judged judged;
    judged_init(&judged);
    for (uint16_t i = 0; i < 2; i++) {
        const struct step reset = {'s', TCP_RST, 101, 0, 0, .reset_window = c->windows[i]};
        take_steps(&judged.recording, i, (uint16_t)(51234 + i), 443, talk);
        take_step(&judged.recording, i, (uint16_t)(51234 + i), 443, &reset);
    }
    judge(&judged, 0, ROLE_HANDSHAKE);
    const struct finding *finding = finding_at(&judged, 0);
    g_assert_cmpint(finding->id, ==, FINDING_RESET_BY_SERVER);
    g_assert_cmpuint(number_of(finding, "window"), ==, c->window);
    g_assert_cmpint(finding->numbers[ABORT_WINDOW].is_absent, ==, c->window == 0);
    g_assert_cmpint(strstr(finding->text, "NetScaler") != NULL, ==, c->is_code);
    judged_clear(&judged);
}

struct where_case {
    const char *name;
    unsigned captured, missing; /* data segments sent again */
    uint64_t data_packets;      /* different ones */
    const char *where;
};

static const struct where_case where_cases[] = {
    {"/rules/loss/where/after", 3, 0, 7, "after_capture_point"},
    {"/rules/loss/where/before", 0, 3, 7, "before_capture_point"},
    {"/rules/loss/where/both", 2, 1, 7, "both"},
};

static void loss_has_a_place(gconstpointer data)
{
    const struct where_case *c = data;
    const struct step handshake[] = {
        HANDSHAKE, {'c', TCP_ACK, 1, 1, 100, .wait = MS, .times = 4, .stride = 200}, {0}};
    struct judged judged;
    judged_init(&judged);
    take_steps(&judged.recording, 0, 51234, 443, handshake);
    for (unsigned i = c->missing; i < 3; i++) {
        const struct step overtaken = {'c', TCP_ACK, 101 + 200 * i, 1, 100, .wait = 0};
        take_step(&judged.recording, 0, 51234, 443, &overtaken);
    }
    for (unsigned i = 0; i < c->captured; i++) {
        const struct step repeat = {'c', TCP_ACK, 201 + 200 * i, 1, 100, .wait = 50 * MS};
        take_step(&judged.recording, 0, 51234, 443, &repeat);
    }
    for (unsigned i = 0; i < c->missing; i++) {
        const struct step filler = {'c', TCP_ACK, 101 + 200 * i, 1, 100, .wait = 200 * MS};
        take_step(&judged.recording, 0, 51234, 443, &filler);
    }
    const struct step all_arrived = {'s', TCP_ACK, 1, 701, 0, .wait = 20 * MS};
    take_step(&judged.recording, 0, 51234, 443, &all_arrived);
    judge(&judged, 0, ROLE_HANDSHAKE);
    assert_findings(&judged, "loss_client_to_server/to-server");
    const struct finding *finding = finding_at(&judged, 0);
    g_assert_cmpstr(finding->detail_key, ==, "where");
    g_assert_cmpstr(finding->detail, ==, c->where);
    g_assert_cmpuint(number_of(finding, "after_capture_point"), ==, c->captured);
    g_assert_cmpuint(number_of(finding, "before_capture_point"), ==, c->missing);
    g_assert_cmpuint(number_of(finding, "data_packets"), ==, c->data_packets);
    judged_clear(&judged);
}

static void window_that_stays_closed_counts_to_the_end(void)
{
    const struct step steps[] = {
        HANDSHAKE,
        {'s', TCP_ACK, 1, 1, 0, .wait = MS, .analysis = ANALYSIS_ZERO_WINDOW, .closed = true},
        {'c', TCP_ACK, 0, 1, 0, .wait = 700 * MS},
        {0}};
    struct judged judged;
    judged_init(&judged);
    take_steps(&judged.recording, 0, 51234, 443, steps);
    judge(&judged, 5 * S, ROLE_HANDSHAKE);
    assert_findings(&judged, "zero_window/server");
    g_assert_cmpuint(number_of(finding_at(&judged, 0), "closed_s"), ==, 700 * MS);
    g_assert_cmpuint(number_of(finding_at(&judged, 0), "still_closed"), ==, 1);
    judged_clear(&judged);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD_CASES(rule_cases, rule_holds);
    ADD_CASES(two_cases, rule_holds_between_two);
    g_test_add_func("/rules/icmp/words-and-filters", error_is_named_and_left_out_of_filters);
    g_test_add_func("/rules/other-address/names", other_address_is_named);
    ADD_CASES(idle_cases, abort_has_a_phase);
    ADD_CASES(phase_cases, abort_says_what_was_open);
    ADD_CASES(window_cases, abort_tells_the_window_that_all_have);
    ADD_CASES(where_cases, loss_has_a_place);
    g_test_add_func("/rules/window/still-closed", window_that_stays_closed_counts_to_the_end);
    return g_test_run();
}
