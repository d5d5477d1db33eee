/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finding/scan.h"

#include "judged.h"

struct scan_case {
    const char *name;
    uint16_t targets, refused, tries; /* tries: of each target */
    const char *findings;
    bool silent; /* no answer in the place of a refusal */
};

static const struct scan_case scan_cases[] = {
    {"/scan/15-targets", 15, 15, 1, "scan/client", false},
    {"/scan/not-14-targets", 14, 14, 1, "connection_refused/server", false},
    {"/scan/not-14-targets-twice", 14, 14, 2, "connection_refused/server", false},
    {"/scan/9-of-16-fail", 16, 9, 1, "scan/client", false},
    {"/scan/not-8-of-16", 16, 8, 1, "connection_refused/server", false},
    {"/scan/15-silent-targets", 15, 15, 1, "scan/client", true},
    {"/scan/not-14-silent-targets", 14, 14, 1, "no_response", true},
};

static void scan_is_one_finding(gconstpointer data)
{
    const struct scan_case *c = data;
    const struct step refused[] = {
        {'c', TCP_SYN, .times = 1}, {'s', RST_ACK, 0, 1, 0, .times = 1}, {0}};
    const struct step silent[] = {{'c', TCP_SYN, .times = 1}, {0}};
    const struct step accepted[] = {HANDSHAKE, {0}};
    struct judged judged;
    judged_init(&judged);
    for (uint16_t i = 0; i < c->targets * c->tries; i++) {
        uint16_t target = (uint16_t)(i % c->targets);
        take_steps(&judged.recording, i, (uint16_t)(50000 + i), (uint16_t)(100 + target),
                   target >= c->refused ? accepted
                   : c->silent          ? silent
                                        : refused);
    }
    judge(&judged, S, ROLE_HANDSHAKE);
    assert_findings(&judged, c->findings);
    const struct finding *finding = finding_at(&judged, 0);
    g_assert_cmpuint(finding->connections, ==, c->refused * c->tries);
    if (finding->id == FINDING_SCAN) {
        g_assert_cmpuint(number_of(finding, "targets"), ==, c->targets);
        g_assert_cmpuint(number_of(finding, "failed_targets"), ==, c->refused);
        g_assert_cmphex(finding_set_of_flow(judged.set, 0), ==, 1U << FINDING_SCAN);
    }
    judged_clear(&judged);
}

static void target_that_answers_at_last_did_not_fail(void)
{
    const struct step refused[] = {
        {'c', TCP_SYN, .times = 1}, {'s', RST_ACK, 0, 1, 0, .times = 1}, {0}};
    const struct step accepted[] = {HANDSHAKE, {0}};
    struct judged judged;
    judged_init(&judged);
    for (uint16_t i = 0; i < 15; i++)
        take_steps(&judged.recording, i, (uint16_t)(50000 + i), (uint16_t)(100 + i), refused);
    for (uint16_t i = 0; i < 8; i++)
        take_steps(&judged.recording, (uint32_t)(15 + i), (uint16_t)(51000 + i),
                   (uint16_t)(100 + i), accepted);
    judge(&judged, S, ROLE_HANDSHAKE);
    assert_findings(&judged, "connection_refused/server");
    judged_clear(&judged);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD_CASES(scan_cases, scan_is_one_finding);
    g_test_add_func("/scan/late-answer", target_that_answers_at_last_did_not_fail);
    return g_test_run();
}
