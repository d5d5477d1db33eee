/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "connection/reset_watch.h"

#include "connected.h"
#include "settings/thresholds.h"

static void connection_without_resets_needs_no_record(void)
{
    SCOPED_TALK talk = connected();
    client_data(&talk, C0, 100);
    g_assert_null(talk.flow->resets);
    for (int end = 0; end < 2; end++) {
        g_assert_cmpint(reset_watch_of(talk.flow, (enum end)end)->time, ==, TIME_NONE);
        g_assert_cmpuint(reset_watch_of(talk.flow, (enum end)end)->unasked, ==, 0);
        g_assert_cmpuint(reset_watch_of(talk.flow, (enum end)end)->sent_after, ==, 0);
    }
}

/* A copy of a reset is no second one, and a copy of what came before it does not follow it. */
static void copies_are_not_watched(void)
{
    SCOPED_TALK talk = connected();
    struct segment data = server_segment(&talk, TCP_ACK, S0, C0, 100);
    talk_add(&talk, data);
    struct segment reset = server_segment(&talk, TCP_RST, S0 + 200, 0, 0);
    talk_add(&talk, reset);
    int64_t first = talk.now;
    data.is_copy = reset.is_copy = true;
    data.time = reset.time = talk.now + S;
    talk_add(&talk, reset);
    talk_add(&talk, data);
    g_assert_cmpint(reset_watch_of(talk.flow, END_B)->time, ==, first);
    g_assert_cmpuint(reset_watch_of(talk.flow, END_B)->sent_after, ==, 0);
}

static void server_resets(struct talk *talk, uint32_t sequence)
{
    server_sends(talk, TCP_RST, sequence, 0, 0);
}

static void only_resets_beyond_the_acknowledgments_are_unasked(void)
{
    SCOPED_TALK talk = connected();
    server_resets(&talk, S0 - 1);
    server_resets(&talk, S0);
    g_assert_cmpuint(reset_watch_of(talk.flow, END_B)->unasked, ==, 0);
    server_resets(&talk, S0 + 1);
    g_assert_cmpuint(reset_watch_of(talk.flow, END_B)->unasked, ==, 1);
    server_resets(&talk, S0 + 1);
    g_assert_cmpuint(reset_watch_of(talk.flow, END_B)->unasked, ==, 1);
    server_resets(&talk, S0 + 1461);
    g_assert_cmpuint(reset_watch_of(talk.flow, END_B)->unasked, ==, 2);
    g_assert_cmpuint(reset_watch_of(talk.flow, END_B)->sequence, ==, S0 + 1461);
    g_assert_cmpint(reset_watch_of(talk.flow, END_B)->time, ==, talk.now);
}

/* But for its distance, which the SYN-ACK that may still come is compared with. */
static void reset_that_answers_a_syn_is_not_compared(void)
{
    SCOPED_TALK talk = talk_new();
    client_sends(&talk, TCP_SYN, C0 - 1, 0, 0);
    struct segment reset = server_segment(&talk, TCP_RST | TCP_ACK, 0, C0, 0);
    reset.has_hop_limit = true;
    reset.hop_limit = 101;
    talk_add(&talk, reset);
    const struct reset_watch *watch = reset_watch_of(talk.flow, END_B);
    g_assert_cmpint(watch->time, ==, TIME_NONE);
    g_assert_cmpuint(watch->unasked, ==, 0);
    g_assert_cmpuint(watch->hop_limits.minimum, ==, 101);
    g_assert_cmpuint(watch->hop_limits.maximum, ==, 101);
}

/* A reset of the server with sequence number S0 + 100 and identification 500, and what follows from
 * the server. */
struct after_reset_case {
    const char *name;
    unsigned flags;
    uint32_t sequence, bytes; /* the former from S0 */
    int64_t later;            /* ns */
    uint16_t ip_id;
    bool goes_on;
};

static const struct after_reset_case after_reset_cases[] = {
    {"/reset-watch/data-may-be-reordered", TCP_ACK, 100, 50, 10 * MS, 0, false},
    {"/reset-watch/data-later-goes-on", TCP_ACK, 100, 50, 10 * MS + 1, 0, true},
    {"/reset-watch/ack-may-be-reordered", TCP_ACK, 100, 0, 10 * MS, 0, false},
    {"/reset-watch/ack-later-goes-on", TCP_ACK, 100, 0, 10 * MS + 1, 0, true},
    {"/reset-watch/fin-later-goes-on", TCP_ACK | TCP_FIN, 100, 0, S, 0, true},
    {"/reset-watch/later-identification-goes-on", TCP_ACK, 100, 50, S, 501, true},
    {"/reset-watch/equal-identification-goes-on", TCP_ACK, 100, 50, S, 500, true},
    {"/reset-watch/earlier-identification-was-overtaken", TCP_ACK, 100, 50, S, 499, false},
    {"/reset-watch/distant-identification-tells-nothing", TCP_ACK, 100, 50, S, 45000, true},
    {"/reset-watch/new-syn-is-another-connection", SYN_ACK, 7000, 0, S, 0, false},
    {"/reset-watch/farthest-number-of-the-same-connection", TCP_ACK, 100 + LARGEST_STEP_AFTER_RESET,
     50, S, 0, true},
    {"/reset-watch/farther-number-is-another-connection", TCP_ACK, 101 + LARGEST_STEP_AFTER_RESET,
     50, S, 0, false},
    {"/reset-watch/before-the-ports-may-be-used-again", TCP_ACK, 100, 50, PORTS_REST, 0, true},
    {"/reset-watch/later-is-another-connection", TCP_ACK, 100, 50, PORTS_REST + 1, 0, false},
};

static void end_goes_on_after_its_reset(gconstpointer data)
{
    const struct after_reset_case *c = data;
    SCOPED_TALK talk = connected();
    struct segment reset = server_segment(&talk, TCP_RST, S0 + 100, 0, 0);
    reset.ip_id = 500;
    talk_add(&talk, reset);
    talk.now += c->later;
    struct segment next = server_segment(&talk, c->flags, S0 + c->sequence, C0, c->bytes);
    next.ip_id = c->ip_id;
    talk_add(&talk, next);
    g_assert_cmpuint(reset_watch_of(talk.flow, END_B)->sent_after, ==, c->goes_on);
}

static void reset_of_an_earlier_attempt_is_forgotten(void)
{
    SCOPED_TALK talk = connected();
    server_resets(&talk, S0 + 100);
    server_sends(&talk, SYN_ACK, S0 + 7000, C0, 0);
    g_assert_cmpint(reset_watch_of(talk.flow, END_B)->time, ==, TIME_NONE);
    g_assert_cmpuint(reset_watch_of(talk.flow, END_B)->unasked, ==, 0);
    talk.now += S;
    server_sends(&talk, TCP_ACK, S0 + 7001, C0, 50);
    g_assert_cmpuint(reset_watch_of(talk.flow, END_B)->sent_after, ==, 0);
}

static void reset_within_what_was_sent_is_not_unasked(void)
{
    SCOPED_TALK talk = connected();
    server_sends(&talk, TCP_ACK, S0, C0, 100);
    server_resets(&talk, S0 + 99);
    g_assert_cmpuint(reset_watch_of(talk.flow, END_B)->unasked, ==, 0);
    server_resets(&talk, S0 + 100);
    g_assert_cmpuint(reset_watch_of(talk.flow, END_B)->unasked, ==, 1);
}

static void other_end_may_go_on_after_a_reset(void)
{
    SCOPED_TALK talk = connected();
    server_resets(&talk, S0);
    talk.now += S;
    client_data(&talk, C0, 100);
    g_assert_cmpuint(reset_watch_of(talk.flow, END_A)->sent_after, ==, 0);
    g_assert_cmpuint(reset_watch_of(talk.flow, END_B)->sent_after, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/reset-watch/none", connection_without_resets_needs_no_record);
    g_test_add_func("/reset-watch/copies", copies_are_not_watched);
    g_test_add_func("/reset-watch/unasked", only_resets_beyond_the_acknowledgments_are_unasked);
    g_test_add_func("/reset-watch/to-a-syn", reset_that_answers_a_syn_is_not_compared);
    ADD_CASES(after_reset_cases, end_goes_on_after_its_reset);
    g_test_add_func("/reset-watch/earlier-attempt", reset_of_an_earlier_attempt_is_forgotten);
    g_test_add_func("/reset-watch/within-what-was-sent", reset_within_what_was_sent_is_not_unasked);
    g_test_add_func("/reset-watch/other-end", other_end_may_go_on_after_a_reset);
    return g_test_run();
}
