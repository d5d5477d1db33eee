/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finding/proof_times.h"

#include "judged.h"
#include "settings/thresholds.h"

#define UNKNOWN INT64_MIN

struct times_case {
    const char *name;
    struct step steps[MAX_STEPS + 1];
    const char *id;      /* of the strongest finding */
    int64_t first, last; /* ms after the first segment, or UNKNOWN */
    bool has_untapped;   /* Wireshark kept segments from the tap */
};

static const struct times_case times_cases[] = {
    {.name = "/proof-times/syn/all-repeats",
     .steps = {{'c', TCP_SYN}, {'c', TCP_SYN, .wait = S, .times = 2}, {0}},
     .id = "no_response",
     .first = 0,
     .last = 2000},
    {.name = "/proof-times/syn/without-the-reset-behind",
     .steps = {{'c', TCP_SYN}, {'c', TCP_SYN, .wait = S}, {'c', TCP_RST, 1, .wait = S}, {0}},
     .id = "no_response",
     .first = 0,
     .last = 1000},
    {.name = "/proof-times/syn/not-known-where-segments-were-kept-back",
     .steps = {{'c', TCP_SYN},
               {'c', TCP_SYN, .wait = S},
               {'s', SYN_ACK, 0, 1, .wait = 10 * MS},
               {'c', TCP_ACK, 1, 1, .wait = 10 * MS},
               {0}},
     .id = "syn_retried",
     .first = UNKNOWN,
     .last = UNKNOWN,
     .has_untapped = true},
    {.name = "/proof-times/syn/repeated-before-the-answer",
     .steps = {{'c', TCP_SYN},
               {'c', TCP_SYN, .wait = S},
               {'s', SYN_ACK, 0, 1, .wait = 10 * MS},
               {'c', TCP_ACK, 1, 1, .wait = 10 * MS},
               QUESTION,
               {0}},
     .id = "syn_retried",
     .first = 0,
     .last = 1000},
    {.name = "/proof-times/syn-ack/repeated-behind-the-first",
     .steps = {{'c', TCP_SYN},
               {'s', SYN_ACK, 0, 1, .wait = 10 * MS},
               {'s', SYN_ACK, 0, 1, .wait = S},
               {'c', TCP_ACK, 1, 1, .wait = 10 * MS},
               QUESTION,
               {0}},
     .id = "syn_retried",
     .first = 10,
     .last = 1010},
    {.name = "/proof-times/syn-ack/with-the-syn",
     .steps = {{'c', TCP_SYN},
               {'s', SYN_ACK, 0, 1, .wait = 10 * MS},
               {'s', SYN_ACK, 0, 1, .wait = S},
               {0}},
     .id = "handshake_incomplete",
     .first = 0,
     .last = 1010},
    {.name = "/proof-times/syn-ack/without-a-syn",
     .steps = {{'s', SYN_ACK, 0, 1},
               {'s', SYN_ACK, 0, 1, .wait = S},
               {'c', TCP_ACK, 1, 1, .wait = 10 * MS},
               QUESTION,
               {0}},
     .id = "syn_retried",
     .first = 0,
     .last = 1000},
    {.name = "/proof-times/reset/refusal",
     .steps = {{'c', TCP_SYN}, {'s', RST_ACK, 0, 1, .wait = 10 * MS}, {0}},
     .id = "connection_refused",
     .first = 10,
     .last = 10},
    {.name = "/proof-times/reset/several",
     .steps = {HANDSHAKE,
               QUESTION,
               ANSWER,
               GOT_ANSWER,
               {'c', RST_ACK, 101, 101, .wait = S, .hop_limit = 64},
               {'c', TCP_RST, 101, .wait = 2 * MS, .hop_limit = 64},
               {0}},
     .id = "reset_by_client",
     .first = 1023,
     .last = 1025},
    {.name = "/proof-times/window/closed",
     .steps = {HANDSHAKE,
               QUESTION,
               {'s', TCP_ACK, 1, 101, .wait = MS, .analysis = ANALYSIS_ZERO_WINDOW, .closed = true},
               {'s', TCP_ACK, 1, 101, .wait = 5 * S, .analysis = ANALYSIS_ZERO_WINDOW,
                .closed = true},
               {'s', TCP_ACK, 1, 101, .wait = S},
               {0}},
     .id = "zero_window",
     .first = 22,
     .last = 5022},
    {.name = "/proof-times/witness/data-sent-again",
     .steps = {HANDSHAKE,
               {'c', TCP_ACK, 1, 1, 10, .wait = 2 * MS, .times = 4, .stride = 10},
               {'c', TCP_ACK, 1, 1, 10, .wait = 72 * MS, .times = 3, .stride = 10},
               {'s', TCP_ACK, 1, 41, 0, .wait = 20 * MS},
               {0}},
     .id = "loss_client_to_server",
     .first = 100,
     .last = 244},
    {.name = "/proof-times/retries/of-the-latest-data",
     .steps = {HANDSHAKE,
               {'c', TCP_ACK, 1, 1, 10, .wait = 80 * MS},
               {'c', TCP_ACK, 1, 1, 10, .wait = S, .times = 5},
               {0}},
     .id = "retries_exhausted",
     .first = 100,
     .last = 5100},
    {.name = "/proof-times/retries/of-data-with-more-behind",
     .steps = {HANDSHAKE,
               {'c', TCP_ACK, 1, 1, 10, .wait = 40 * MS, .times = 2, .stride = 10},
               {'c', TCP_ACK, 1, 1, 10, .wait = S, .times = 5},
               {0}},
     .id = "retries_exhausted",
     .first = UNKNOWN,
     .last = 5100},
    {.name = "/proof-times/probes",
     .steps = {HANDSHAKE,
               QUESTION,
               GOT_QUESTION,
               {'c', TCP_ACK, 100, 1, 0, .wait = 10 * S, .times = 4},
               {0}},
     .id = "peer_gone",
     .first = 10022,
     .last = 40022},
    {.name = "/proof-times/missing/gap",
     .steps = {HANDSHAKE,
               QUESTION,
               {'c', TCP_ACK, 301, 1, 100, .wait = MS},
               {'s', TCP_ACK, 1, 401, 0, .wait = 5 * MS},
               {'s', TCP_ACK, 1, 401, 100, .wait = 5 * MS},
               {0}},
     .id = "capture_loss",
     .first = 22,
     .last = 27},
    {.name = "/proof-times/missing/tail",
     .steps = {HANDSHAKE,
               QUESTION,
               {'s', TCP_ACK, 1, 401, 0, .wait = 9 * MS, .analysis = ANALYSIS_ACKED_UNSEEN},
               {0}},
     .id = "capture_loss",
     .first = 30,
     .last = 30},
    {.name = "/proof-times/missing/tail-without-analysis",
     .steps = {HANDSHAKE, QUESTION, {'s', TCP_ACK, 1, 401, 0, .wait = 9 * MS}, {0}},
     .id = "capture_loss",
     .first = UNKNOWN,
     .last = UNKNOWN},
    {.name = "/proof-times/missing/tail-acknowledged-by-the-latest-data",
     .steps = {HANDSHAKE, QUESTION, {'s', TCP_ACK, 1, 401, 50, .wait = 9 * MS}, {0}},
     .id = "capture_loss",
     .first = 30,
     .last = 30},
    {.name = "/proof-times/icmp",
     .steps = {HANDSHAKE, QUESTION, ICMP_ERROR(3, 1, 0), GOT_QUESTION, ICMP_ERROR(3, 1, 0), {0}},
     .id = "icmp_error",
     .first = 22,
     .last = 24},
};

static int64_t in_ms(int64_t time, int64_t begin)
{
    return time != TIME_NONE ? (time - begin) / MS : UNKNOWN;
}

static void times_are(gconstpointer data)
{
    const struct times_case *c = data;
    struct judged judged;
    judged_init(&judged);
    judged.source.has_untapped = c->has_untapped;
    int64_t begin = judged.recording.now;
    take_steps(&judged.recording, 0, 50000, 443, c->steps);
    judge(&judged, 10 * S, ROLE_HANDSHAKE);
    const struct finding *finding = finding_at(&judged, 0);
    g_assert_cmpstr(finding_kinds[finding->id].id, ==, c->id);
    g_assert_cmpint(in_ms(finding->first_time, begin), ==, c->first);
    g_assert_cmpint(in_ms(finding->last_time, begin), ==, c->last);
    judged_clear(&judged);
}

static void times_are_those_of_all_connections(void)
{
    const struct step steps[] = {{'c', TCP_SYN, .wait = MS}, {'s', RST_ACK, 0, 1, .wait = MS}, {0}};
    struct judged judged;
    judged_init(&judged);
    int64_t begin = judged.recording.now;
    for (uint16_t i = 0; i < FILTER_RANGES + 20; i++)
        take_steps(&judged.recording, 2U * i, (uint16_t)(50000 + i), 443, steps);
    /* Its ends do not tell it from these. */
    const struct step reset[] = {
        HANDSHAKE, {'c', TCP_ACK, 1, 1, 10, .wait = MS}, {'s', RST_ACK, 1, 11, .wait = MS}, {0}};
    take_steps(&judged.recording, 1, 49999, 443, reset);
    judge(&judged, 0, ROLE_HANDSHAKE);
    const struct finding *finding = finding_at(&judged, 0);
    g_assert_true(finding->is_cut);
    g_assert_cmpint(in_ms(finding->first_time, begin), ==, 2);
    g_assert_cmpint(in_ms(finding->last_time, begin), ==, 2 * (FILTER_RANGES + 20));
    judged_clear(&judged);
}

static void one_unknown_time_makes_that_of_the_finding_unknown(void)
{
    const struct step known[] = {HANDSHAKE,
                                 {'c', TCP_ACK, 1, 1, 10, .wait = 80 * MS},
                                 {'c', TCP_ACK, 1, 1, 10, .wait = S, .times = 5},
                                 {0}};
    const struct step unknown[] = {HANDSHAKE,
                                   {'c', TCP_ACK, 1, 1, 10, .wait = MS, .times = 2, .stride = 10},
                                   {'c', TCP_ACK, 1, 1, 10, .wait = S, .times = 5},
                                   {0}};
    struct judged judged;
    judged_init(&judged);
    take_steps(&judged.recording, 0, 50000, 443, known);
    take_steps(&judged.recording, 1, 50001, 443, unknown);
    judge(&judged, 0, ROLE_HANDSHAKE);
    const struct finding *finding = finding_at(&judged, 0);
    g_assert_cmpint(finding->id, ==, FINDING_RETRIES_EXHAUSTED);
    g_assert_cmpuint(finding->connections, ==, 2);
    g_assert_cmpint(finding->first_time, ==, TIME_NONE);
    g_assert_cmpint(finding->last_time, ==, judged.recording.now);
    judged_clear(&judged);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD_CASES(times_cases, times_are);
    g_test_add_func("/proof-times/sum/all-connections", times_are_those_of_all_connections);
    g_test_add_func("/proof-times/sum/unknown", one_unknown_time_makes_that_of_the_finding_unknown);
    return g_test_run();
}
