/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finding/forged_reset.h"

#include "judged.h"

struct tests_case {
    const char *name;
    struct step steps[MAX_STEPS];
    const char *says;
};

static const struct tests_case tests_cases[] = {
    {"/forged-reset/hop-limit",
     {HANDSHAKE, QUESTION, ANSWER, {'c', TCP_RST, 101, 0, 0, .hop_limit = 63}},
     "hop limit: fired (reset 63, other segments 64); goes on after its reset: did not fire; "
     "burst of sequence numbers: did not apply; "},
    {"/forged-reset/hop-limits-of-several",
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 100, .hop_limit = 63, .wait = MS},
      {'c', TCP_RST, 101, 0, 0, .hop_limit = 128},
      {'c', TCP_RST, 101, 0, 0, .hop_limit = 120, .wait = MS}},
     "hop limit: fired (reset 120 to 128, other segments 64, 63); goes on after its reset: did "
     "not fire; burst of sequence numbers: did not fire; "},
    {"/forged-reset/goes-on",
     {HANDSHAKE,
      QUESTION,
      {'s', TCP_RST, 1, 0, 0, .hop_limit = 60},
      {'s', TCP_ACK, 1, 101, 100, .wait = 11 * MS, .hop_limit = 60}},
     "hop limit: did not fire; goes on after its reset: fired; burst of sequence numbers: did not "
     "apply; "},
    {"/forged-reset/burst",
     {HANDSHAKE,
      QUESTION,
      {'s', TCP_RST, 2, 0, 0, .times = 1},
      {'s', TCP_RST, 1462, 0, 0, .times = 1}},
     "hop limit: did not apply; goes on after its reset: did not fire; burst of sequence numbers: "
     "fired; "},
};

static void detail_lists_each_test(gconstpointer data)
{
    const struct tests_case *c = data;
    struct judged judged;
    judged_init(&judged);
    take_steps(&judged.recording, 0, 51234, 443, c->steps);
    judge(&judged, 0, ROLE_HANDSHAKE);
    const struct finding *finding = finding_at(&judged, 0);
    g_assert_cmpint(finding->id, ==, FINDING_FORGED_RESET);
    g_assert_cmpstr(finding->detail_key, ==, "tests");
    g_assert_true(g_str_has_prefix(finding->detail, c->says));
    judged_clear(&judged);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD_CASES(tests_cases, detail_lists_each_test);
    return g_test_run();
}
