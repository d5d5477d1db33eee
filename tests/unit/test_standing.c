/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finding/standing.h"

#include "judged.h"
#include "settings/thresholds.h"

/* Some connections are at work. One of them has asked something when all pause; then some go on. */
struct standing_case {
    const char *name;
    unsigned connections;
    bool one_server;
    int64_t pause;    /* ns between the question and the answer, which ends the pause */
    int64_t apart;    /* ns from one to the next that goes on */
    unsigned go_on;   /* so many go on behind the pause */
    bool last_closes; /* the last one has closed before */
    int64_t idle;     /* ns before the question in which all but its connection were silent */
    const char *findings;
};

/* Who was asked, and who waited with its first request. */
#define SLOW "slow_server slow_client"

static const struct standing_case standing_cases[] = {
    {"/standing/three-go-on-together", 3, false, 2 * S, 10 * MS, 3, false, 0, ""},
    {"/standing/two-are-not-enough", 2, false, 2 * S, 10 * MS, 2, false, 0, SLOW},
    {"/standing/of-one-server", 3, true, 2 * S, 10 * MS, 3, false, 0, SLOW},
    {"/standing/one-goes-on-late", 4, false, 2 * S, 100 * MS, 4, false, 0, SLOW},
    {"/standing/one-does-not-go-on", 4, false, 2 * S, 10 * MS, 3, false, 0, ""},
    {"/standing/one-had-closed", 4, false, 2 * S, 10 * MS, 3, true, 0, ""},
    {"/standing/others-were-not-active", 3, false, 2 * S, 10 * MS, 3, false, S, SLOW},
    {"/standing/many", 40, false, 2 * S, MS, 40, false, 0, ""},
};

static void take(struct judged *judged, unsigned connection, const struct standing_case *c,
                 struct step step)
{
    uint16_t port = connection % 2 == 1 && !c->one_server ? 80 : 443;
    take_step(&judged->recording, connection, (uint16_t)(50000 + connection), port, &step);
}

static void waits_in_a_standstill_are_nobodys(gconstpointer data)
{
    const struct standing_case *c = data;
    static const struct step handshake[] = {HANDSHAKE};
    struct judged judged;
    judged_init(&judged);
    for (unsigned i = 0; i < c->connections; i++) {
        for (unsigned j = 0; j < G_N_ELEMENTS(handshake); j++)
            take(&judged, i, c, handshake[j]);
    }
    if (c->last_closes)
        take(&judged, c->connections - 1, c, (struct step){'c', FIN_ACK, 1, 1, 0, .wait = MS});
    /* The question is acknowledged as soon as an end has to that knows it. */
    judged.recording.now += c->idle;
    take(&judged, 0, c, (struct step){'c', TCP_ACK, 1, 1, 100, .wait = MS});
    take(&judged, 0, c, (struct step){'s', TCP_ACK, 1, 101, 0, .wait = 10 * MS});
    judged.recording.now += c->pause;
    take(&judged, 0, c, (struct step){'s', TCP_ACK, 1, 101, 100, .wait = 0});
    for (unsigned i = 1; i < c->go_on; i++)
        take(&judged, i, c, (struct step){'c', TCP_ACK, 1, 1, 10, .wait = c->apart});
    judge(&judged, 0, ROLE_HANDSHAKE);
    assert_findings(&judged, c->findings);
    judged_clear(&judged);
}

/* What is left of a wait without the standstill is long enough to be told, or not. */
static void rest_of_the_wait_counts(void)
{
    static const struct {
        int64_t after; /* ns from the end of the pause to the answer */
        const char *findings;
    } cases[] = {{500 * MS, ""}, {1500 * MS, "slow_server"}};
    static const struct standing_case three = {.connections = 3};
    static const struct step handshake[] = {HANDSHAKE};
    for (size_t k = 0; k < G_N_ELEMENTS(cases); k++) {
        struct judged judged;
        judged_init(&judged);
        for (unsigned i = 0; i < three.connections; i++) {
            for (unsigned j = 0; j < G_N_ELEMENTS(handshake); j++)
                take(&judged, i, &three, handshake[j]);
        }
        take(&judged, 0, &three, (struct step){'c', TCP_ACK, 1, 1, 100, .wait = MS});
        take(&judged, 0, &three, (struct step){'s', TCP_ACK, 1, 101, 0, .wait = 10 * MS});
        judged.recording.now += 3 * S;
        take(&judged, 0, &three, (struct step){'s', TCP_ACK, 1, 101, 0, .wait = 0});
        take(&judged, 1, &three, (struct step){'c', TCP_ACK, 1, 1, 10, .wait = MS});
        take(&judged, 2, &three, (struct step){'c', TCP_ACK, 1, 1, 10, .wait = MS});
        take(&judged, 0, &three, (struct step){'s', TCP_ACK, 1, 101, 100, .wait = cases[k].after});
        judge(&judged, 0, ROLE_HANDSHAKE);
        assert_findings(&judged, cases[k].findings);
        judged_clear(&judged);
    }
}

/* More pauses than are remembered: those that somebody refuted make room, and beyond the bound no
 * wait is told. */
static void beyond_the_bound_nobody_is_slow(void)
{
    static const struct standing_case three = {.connections = 3};
    static const struct step handshake[] = {HANDSHAKE};
    struct judged judged;
    judged_init(&judged);
    for (unsigned i = 0; i < three.connections; i++) {
        for (unsigned j = 0; j < G_N_ELEMENTS(handshake); j++)
            take(&judged, i, &three, handshake[j]);
    }
    for (unsigned i = 0; i <= MOST_STANDSTILLS; i++) {
        judged.recording.now += S;
        for (unsigned j = 0; j < three.connections; j++)
            take(&judged, j, &three, (struct step){'c', TCP_ACK, 1 + i, 1, 1, .wait = MS});
    }
    g_assert_true(judged.recording.capture->standstills.is_full);
    judge(&judged, 0, ROLE_HANDSHAKE);
    struct rule_context context = {.source = &judged.source};
    standing_find(&context);
    g_assert_cmpint(standing_between(&context, 1, judged.recording.frame), ==, INT64_MAX);
    g_assert_cmpint(standing_between(&context, 1, 10), ==, S + MS);
    g_ptr_array_free(context.standstills, TRUE);
    judged_clear(&judged);
}

/* Times in a file may jump back, so that the longest pause there can be comes several times. */
static void more_time_than_fits_is_the_largest_number(void)
{
    struct standstill longest = {
        .from = EARLIEST_SECOND * NS_PER_SECOND, .to = LATEST_SECOND * NS_PER_SECOND, .frame = 2};
    struct capture capture = {.standstills = {.is_full = false}};
    struct finding_source source = {.capture = &capture};
    struct rule_context context = {.source = &source, .standstills = g_ptr_array_new()};
    g_ptr_array_add(context.standstills, &longest);
    g_ptr_array_add(context.standstills, &longest);
    g_assert_cmpint(standing_between(&context, 1, 2), ==, INT64_MAX);
    g_assert_cmpint(standing_time(&context, longest.from, longest.to), ==, INT64_MAX);
    g_ptr_array_free(context.standstills, TRUE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD_CASES(standing_cases, waits_in_a_standstill_are_nobodys);
    g_test_add_func("/standing/rest-of-the-wait", rest_of_the_wait_counts);
    g_test_add_func("/standing/beyond-the-bound", beyond_the_bound_nobody_is_slow);
    g_test_add_func("/standing/more-than-fits", more_time_than_fits_is_the_largest_number);
    return g_test_run();
}
