/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finding/proof_index.h"

#include "judged.h"
#include "settings/preference.h"
#include "settings/thresholds.h"

/* The client sends the first segment of its connections, and is end A. */
#define CLIENT END_A
#define SERVER END_B

/* Judges the capture, and indexes what proves its findings. The set is not needed any more then. */
static struct proof_index *index_of(struct judged *judged, int64_t after)
{
    judge(judged, after, ROLE_HANDSHAKE);
    return proof_index_new(judged->set);
}

/* What a segment proves that has a frame number and flags, and no data. */
static finding_ids proved_by(const struct proof_index *index, uint32_t flow, enum end sender,
                             uint32_t frame, unsigned flags)
{
    const struct shown_segment segment = {
        .frame = frame, .flags = (uint16_t)flags, .has_length = true};
    return proof_index_of_segment(index, flow, sender, &segment);
}

/* The same of data with a sequence number that counts from the client's SYN. */
static finding_ids proved_by_data(const struct proof_index *index, uint32_t flow, uint32_t frame,
                                  uint32_t sequence)
{
    const struct shown_segment segment = {.frame = frame,
                                          .flags = TCP_ACK,
                                          .sequence = C_ISN + sequence,
                                          .length = 10,
                                          .has_length = true};
    return proof_index_of_segment(index, flow, CLIENT, &segment);
}

static void segments_of_a_flow_prove_its_findings(void)
{
    const struct step reset[] = {HANDSHAKE,
                                 QUESTION,
                                 ANSWER,
                                 GOT_ANSWER,
                                 {'c', RST_ACK, 101, 101, .wait = S, .hop_limit = 64},
                                 {0}};
    const struct step healthy[] = {HANDSHAKE, QUESTION, ANSWER, {0}};
    const finding_ids by_client = finding_bit(FINDING_RESET_BY_CLIENT);
    struct judged judged;
    judged_init(&judged);
    take_steps(&judged.recording, 0, 50000, 443, healthy);
    take_steps(&judged.recording, 1, 50001, 443, reset);
    struct proof_index *index = index_of(&judged, 0);
    judged_clear(&judged); /* the index lives on */
    g_assert_cmphex(proved_by(index, 1, CLIENT, 12, RST_ACK), ==, by_client);
    g_assert_cmphex(proved_by(index, 1, CLIENT, 11, TCP_ACK), ==, 0);
    g_assert_cmphex(proved_by(index, 1, SERVER, 12, RST_ACK), ==, 0);
    g_assert_cmphex(proved_by(index, 0, CLIENT, 12, RST_ACK), ==, 0);
    g_assert_cmphex(proved_by(index, 2, CLIENT, 12, RST_ACK), ==, 0);
    g_assert_cmphex(proof_index_of_frame(index, 12), ==, 0);
    g_assert_cmpint(proof_index_lost(index, 1, 12), ==, LOSS_NONE);
    g_assert_cmpint(proof_index_lost(index, 2, 12), ==, LOSS_NONE);
    proof_index_free(index);
    proof_index_free(NULL);
}

static void retries_and_probes_are_told_from_other_segments(void)
{
    const struct step retried[] = {HANDSHAKE,
                                   {'c', TCP_ACK, 1, 1, 10, .wait = 80 * MS},
                                   {'c', TCP_ACK, 1, 1, 10, .wait = S, .times = 6},
                                   {0}};
    const struct step probed[] = {HANDSHAKE,
                                  QUESTION,
                                  GOT_QUESTION,
                                  {'c', TCP_ACK, 100, 1, 0, .wait = 10 * S, .times = 4},
                                  {0}};
    const finding_ids exhausted = finding_bit(FINDING_RETRIES_EXHAUSTED);
    const finding_ids gone = finding_bit(FINDING_PEER_GONE);
    struct judged judged;
    judged_init(&judged);
    take_steps(&judged.recording, 0, 50000, 443, retried); /* frames 1 to 10 */
    take_steps(&judged.recording, 1, 50001, 444, probed);  /* frames 11 to 19 */
    struct proof_index *index = index_of(&judged, 0);
    g_assert_cmphex(proved_by_data(index, 0, 4, 1), ==, exhausted);
    g_assert_cmphex(proved_by_data(index, 0, 10, 1), ==, exhausted);
    g_assert_cmphex(proved_by_data(index, 0, 10, 2), ==, 0);
    g_assert_cmphex(proved_by(index, 1, CLIENT, 15, TCP_ACK), ==, 0);
    g_assert_cmphex(proved_by(index, 1, CLIENT, 16, TCP_ACK), ==, gone);
    g_assert_cmphex(proved_by(index, 1, CLIENT, 19, TCP_ACK), ==, gone);
    g_assert_cmphex(proved_by(index, 1, SERVER, 19, TCP_ACK), ==, 0);
    proof_index_free(index);
    judged_clear(&judged);
}

/* --- scans, ICMP errors, no analysis --- */

#define SCANNED 15

/* As many refusing ports, and a connection that is refused by itself. */
static void take_scan(struct recording *recording)
{
    const struct step refused[] = {
        {'c', TCP_SYN, .times = 1}, {'s', RST_ACK, 0, 1, 0, .times = 1}, {0}};
    for (uint16_t i = 0; i < SCANNED; i++)
        take_steps(recording, i, (uint16_t)(50000 + i), (uint16_t)(100 + i), refused);
    for (size_t i = 0; refused[i].from != 0; i++)
        take_step_between(recording, SCANNED, end_at("10.0.0.8", 50000), end_at("10.0.0.5", 443),
                          &refused[i]);
}

static void assert_scan_is_proved(const struct proof_index *index)
{
    for (uint32_t i = 0; i < SCANNED; i++) {
        g_assert_cmphex(proved_by(index, i, CLIENT, 2 * i + 1, TCP_SYN), ==,
                        finding_bit(FINDING_SCAN));
        g_assert_cmphex(proved_by(index, i, SERVER, 2 * i + 2, RST_ACK), ==, 0);
    }
}

static void scan_over_several_rows_is_proved_in_all(void)
{
    struct judged judged;
    judged_init(&judged);
    take_scan(&judged.recording);
    judge(&judged, S, ROLE_HANDSHAKE);
    judged.source.row_count = 3;
    for (int i = 0; i < SCANNED; i++)
        judged.row_of_flow[i] = (uint32_t)i % 3;
    judge_again(&judged);
    struct proof_index *index = proof_index_new(judged.set);
    assert_scan_is_proved(index);
    g_assert_cmphex(proved_by(index, SCANNED, SERVER, 32, RST_ACK), ==,
                    finding_bit(FINDING_CONNECTION_REFUSED));
    proof_index_free(index);
    judged_clear(&judged);
}

static void of_rows_not_shown_scans_alone_are_proved(void)
{
    struct judged judged;
    judged_init(&judged);
    take_scan(&judged.recording);
    judge(&judged, S, ROLE_HANDSHAKE);
    for (int i = 0; i <= SCANNED; i++)
        judged.row_of_flow[i] = FINDING_NO_ROW;
    judge_again(&judged);
    struct proof_index *index = proof_index_new(judged.set);
    assert_scan_is_proved(index);
    g_assert_cmphex(proved_by(index, SCANNED, SERVER, 32, RST_ACK), ==, 0);
    proof_index_free(index);
    judged_clear(&judged);
}

static void icmp_errors_are_frames_of_their_own(void)
{
    const struct step quoted[] = {
        HANDSHAKE, QUESTION, ANSWER, ICMP_ERROR(11, 0, 0), ICMP_ERROR(11, 0, 0), {0}};
    const struct step silent[] = {{'c', TCP_SYN, .times = 1}, ICMP_ERROR(3, 13, 0), {0}};
    struct judged judged;
    judged_init(&judged);
    take_steps(&judged.recording, 0, 50000, 443, quoted); /* errors: frames 6 and 7 */
    take_steps(&judged.recording, 1, 50001, 444, silent); /* error: frame 9 */
    struct proof_index *index = index_of(&judged, S);
    assert_findings(&judged, "no_response icmp_error");
    g_assert_cmphex(proof_index_of_frame(index, 5), ==, 0);
    g_assert_cmphex(proof_index_of_frame(index, 6), ==, finding_bit(FINDING_ICMP_ERROR));
    g_assert_cmphex(proof_index_of_frame(index, 7), ==, finding_bit(FINDING_ICMP_ERROR));
    /* The SYN proves that nothing answered; what quotes it does not. */
    g_assert_cmphex(proved_by(index, 1, CLIENT, 8, TCP_SYN), ==, finding_bit(FINDING_NO_RESPONSE));
    g_assert_cmphex(proof_index_of_frame(index, 9), ==, 0);
    proof_index_free(index);
    judged_clear(&judged);
}

static void all_segments_prove_that_nothing_was_analysed(void)
{
    const struct step steps[] = {HANDSHAKE, QUESTION, ANSWER, {0}};
    const finding_ids off = finding_bit(FINDING_ANALYSIS_OFF);
    struct judged judged;
    judged_init(&judged);
    judged.source.analysed = false;
    take_steps(&judged.recording, 0, 50000, 443, steps);
    struct proof_index *index = index_of(&judged, 0);
    g_assert_cmphex(proved_by(index, 0, CLIENT, 1, TCP_SYN), ==, off);
    g_assert_cmphex(proved_by(index, 7, SERVER, 9, TCP_ACK), ==, off);
    g_assert_cmphex(proof_index_of_frame(index, 1), ==, 0);
    proof_index_free(index);
    judged.source.row_count = 0;
    judged.row_of_flow[0] = FINDING_NO_ROW;
    judge_again(&judged);
    index = proof_index_new(judged.set);
    g_assert_cmphex(proved_by(index, 0, CLIENT, 1, TCP_SYN), ==, 0);
    proof_index_free(index);
    judged_clear(&judged);
}

/* --- limits --- */

static void filter_is_cut_at_its_clauses_and_the_index_is_not(void)
{
    const uint16_t connections = FILTER_CLAUSES + 20;
    const struct step retried[] = {HANDSHAKE,
                                   {'c', TCP_ACK, 1, 1, 10, .wait = 80 * MS},
                                   {'c', TCP_ACK, 1, 1, 10, .wait = S, .times = 6},
                                   {0}};
    struct judged judged;
    judged_init(&judged);
    for (uint16_t i = 0; i < connections; i++)
        take_steps(&judged.recording, i, (uint16_t)(50000 + i), 443, retried);
    struct proof_index *index = index_of(&judged, 0);
    g_assert_cmpint(finding_at(&judged, 0)->id, ==, FINDING_RETRIES_EXHAUSTED);
    g_assert_true(finding_at(&judged, 0)->is_cut);
    for (uint16_t i = 0; i < connections; i++)
        g_assert_cmphex(proved_by_data(index, i, i * 10U + 4, 1), ==,
                        finding_bit(FINDING_RETRIES_EXHAUSTED));
    proof_index_free(index);
    judged_clear(&judged);
}

#define RESENT (WITNESSES_PER_KIND + 5)

/* As many data segments of the client, each of which is sent again once the server misses it. Of
 * stream @stream: the repeats are frames 4 + RESENT and on behind those before. */
static void take_losses(struct recording *recording, uint32_t stream)
{
    const struct step steps[] = {
        HANDSHAKE,
        {'c', TCP_ACK, 1, 1, 10, .wait = 2 * MS, .times = RESENT, .stride = 10},
        {'c', TCP_ACK, 1, 1, 10, .wait = 72 * MS, .times = RESENT, .stride = 10},
        {'s', TCP_ACK, 1, 1 + 10 * RESENT, 0, .wait = 20 * MS},
        {0}};
    take_steps(recording, stream, (uint16_t)(50000 + stream), 443, steps);
}

#define FRAMES_OF_LOSSES (4 + 2 * RESENT)

/* How many frames of the repeats of flow number @flow prove their loss, and how many say where. */
static void count_losses(const struct proof_index *index, uint32_t flow, unsigned *proving,
                         unsigned *lost)
{
    uint32_t first = flow * FRAMES_OF_LOSSES + 4 + RESENT;
    *proving = *lost = 0;
    g_assert_cmphex(proved_by(index, flow, CLIENT, first - 1, TCP_ACK), ==, 0);
    for (uint32_t frame = first; frame < first + RESENT; frame++) {
        finding_ids ids = proved_by(index, flow, CLIENT, frame, TCP_ACK);
        *proving += ids == finding_bit(FINDING_LOSS_CLIENT_TO_SERVER);
        *lost += proof_index_lost(index, flow, frame) == LOSS_AFTER_CAPTURE_POINT;
    }
}

static void witnesses_beyond_the_limit_are_in_the_index_alone(void)
{
    char *said[2];
    for (int keeps_all = 0; keeps_all < 2; keeps_all++) {
        const unsigned expected = keeps_all ? RESENT : WITNESSES_PER_KIND;
        unsigned proving, lost;
        struct judged judged;
        judged_init(&judged);
        if (keeps_all)
            capture_keep_all_witnesses(judged.recording.capture);
        take_losses(&judged.recording, 0);
        struct proof_index *index = index_of(&judged, 0);
        const struct finding *finding = finding_at(&judged, 0);
        g_assert_cmpint(finding->id, ==, FINDING_LOSS_CLIENT_TO_SERVER);
        g_assert_cmpuint(finding->count, ==, RESENT);
        g_assert_cmpuint(finding->packets, ==, WITNESSES_PER_KIND);
        g_assert_true(finding->is_cut);
        said[keeps_all] =
            g_strdup_printf("%s %s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT, finding->text,
                            finding->filter, finding->first_time, finding->last_time);
        count_losses(index, 0, &proving, &lost);
        g_assert_cmpuint(proving, ==, expected);
        g_assert_cmpuint(lost, ==, expected);
        proof_index_free(index);
        judged_clear(&judged);
    }
    g_assert_cmpstr(said[0], ==, said[1]);
    g_free(said[0]);
    g_free(said[1]);
}

static void filter_is_cut_at_its_frames_and_the_index_is_not(void)
{
    struct judged judged;
    judged_init(&judged);
    capture_keep_all_witnesses(judged.recording.capture);
    for (uint32_t i = 0; i < 3; i++)
        take_losses(&judged.recording, i);
    struct proof_index *index = index_of(&judged, 0);
    g_assert_cmpuint(finding_at(&judged, 0)->packets, ==, FILTER_FRAMES);
    for (uint32_t i = 0; i < 3; i++) {
        unsigned proving, lost;
        count_losses(index, i, &proving, &lost);
        g_assert_cmpuint(proving, ==, RESENT);
        g_assert_cmpuint(lost, ==, RESENT);
    }
    proof_index_free(index);
    judged_clear(&judged);
}

static void copies_beyond_the_limit_are_in_the_index(void)
{
    const struct step copied[] = {HANDSHAKE,
                                  {'c', TCP_ACK, 1, 1, 10, .wait = 2 * MS, .times = RESENT,
                                   .stride = 10, .ip_id = 7, .hop_limit = 64},
                                  {0}};
    struct judged judged;
    judged_init(&judged);
    capture_keep_all_witnesses(judged.recording.capture);
    take_steps(&judged.recording, 0, 50000, 443, copied);
    for (uint16_t i = 0; i < RESENT; i++) {
        const struct step copy = {
            'c', TCP_ACK, 1 + 10U * i, 1, 10, .ip_id = (uint16_t)(7 + i), .hop_limit = 63};
        take_step(&judged.recording, 0, 50000, 443, &copy);
    }
    struct proof_index *index = index_of(&judged, 0);
    unsigned proving = 0;
    for (uint32_t frame = 4 + RESENT; frame < 4 + 2 * RESENT; frame++)
        proving +=
            proved_by(index, 0, CLIENT, frame, TCP_ACK) == finding_bit(FINDING_DUPLICATE_CAPTURE);
    g_assert_cmpuint(proving, ==, RESENT);
    proof_index_free(index);
    judged_clear(&judged);
}

/* --- losses --- */

static void loss_has_its_place_though_it_is_no_finding(void)
{
    const struct step after[] = {HANDSHAKE,
                                 {'c', TCP_ACK, 1, 1, 10, .wait = MS},
                                 {'c', TCP_ACK, 1, 1, 10, .wait = 300 * MS}, /* frame 5 */
                                 {'s', TCP_ACK, 1, 11, 0, .wait = 20 * MS},
                                 {0}};
    const struct step before[] = {HANDSHAKE,
                                  {'c', TCP_ACK, 1, 1, 10, .wait = MS},
                                  {'c', TCP_ACK, 21, 1, 10, .wait = MS},
                                  {'s', TCP_ACK, 1, 11, 0, .wait = 20 * MS},
                                  {'c', TCP_ACK, 11, 1, 10, .wait = 300 * MS}, /* frame 13 */
                                  {'s', TCP_ACK, 1, 31, 0, .wait = 20 * MS},
                                  {0}};
    const struct step unheard[] = {HANDSHAKE,
                                   {'c', TCP_ACK, 1, 1, 10, .wait = MS},
                                   {'c', TCP_ACK, 1, 1, 10, .wait = 300 * MS}, /* frame 19 */
                                   {0}};
    struct judged judged;
    judged_init(&judged);
    take_steps(&judged.recording, 0, 50000, 443, after);
    take_steps(&judged.recording, 1, 50001, 443, before);
    take_steps(&judged.recording, 2, 50002, 444, unheard);
    struct proof_index *index = index_of(&judged, 0);
    assert_findings(&judged, "");
    g_assert_cmpint(proof_index_lost(index, 0, 5), ==, LOSS_AFTER_CAPTURE_POINT);
    g_assert_cmpint(proof_index_lost(index, 0, 4), ==, LOSS_NONE);
    g_assert_cmpint(proof_index_lost(index, 0, 13), ==, LOSS_NONE);
    g_assert_cmpint(proof_index_lost(index, 1, 13), ==, LOSS_BEFORE_CAPTURE_POINT);
    g_assert_cmpint(proof_index_lost(index, 2, 19), ==, LOSS_NONE);
    g_assert_cmphex(proved_by(index, 0, CLIENT, 5, TCP_ACK), ==, 0);
    proof_index_free(index);
    judged_clear(&judged);
}

/* A frame may prove several things: one names it, others say what it is. */
static void all_that_a_frame_proves_is_told(void)
{
    const struct step steps[] = {
        HANDSHAKE,
        {'c', TCP_ACK, 1, 1, 10, .wait = 2 * MS, .times = 4, .stride = 10},
        {'c', TCP_ACK, 1, 1, 10, .wait = 72 * MS, .times = 3, .stride = 10},
        {'s', TCP_ACK, 1, 41, 0, .wait = 20 * MS},
        {0}};
    struct judged judged;
    judged_init(&judged);
    take_steps(&judged.recording, 0, 50000, 443, steps);
    judge(&judged, 0, ROLE_GUESS);
    struct proof_index *index = proof_index_new(judged.set);
    const finding_ids guessed = finding_bit(FINDING_ROLE_GUESSED);
    g_assert_cmphex(proved_by(index, 0, CLIENT, 8, TCP_ACK), ==,
                    finding_bit(FINDING_LOSS_CLIENT_TO_SERVER) | guessed);
    g_assert_cmpint(proof_index_lost(index, 0, 8), ==, LOSS_AFTER_CAPTURE_POINT);
    g_assert_cmphex(proved_by(index, 0, SERVER, 11, TCP_ACK), ==, guessed);
    proof_index_free(index);
    judged_clear(&judged);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/proof-index/segments", segments_of_a_flow_prove_its_findings);
    g_test_add_func("/proof-index/retries-and-probes",
                    retries_and_probes_are_told_from_other_segments);
    g_test_add_func("/proof-index/scan/several-rows", scan_over_several_rows_is_proved_in_all);
    g_test_add_func("/proof-index/scan/rows-not-shown", of_rows_not_shown_scans_alone_are_proved);
    g_test_add_func("/proof-index/icmp-errors", icmp_errors_are_frames_of_their_own);
    g_test_add_func("/proof-index/analysis-off", all_segments_prove_that_nothing_was_analysed);
    g_test_add_func("/proof-index/cut/clauses", filter_is_cut_at_its_clauses_and_the_index_is_not);
    g_test_add_func("/proof-index/cut/frames", filter_is_cut_at_its_frames_and_the_index_is_not);
    g_test_add_func("/proof-index/cut/witnesses",
                    witnesses_beyond_the_limit_are_in_the_index_alone);
    g_test_add_func("/proof-index/cut/copies", copies_beyond_the_limit_are_in_the_index);
    g_test_add_func("/proof-index/lost", loss_has_its_place_though_it_is_no_finding);
    g_test_add_func("/proof-index/several", all_that_a_frame_proves_is_told);
    return g_test_run();
}
