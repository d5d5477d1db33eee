/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "connection/delay.h"

#include "connected.h"

struct handshake_case {
    const char *name;
    int64_t server_side, client_side;
    bool server_is_slow, client_is_slow;
};

static const struct handshake_case handshake_cases[] = {
    {"/delay/handshake/just-fast-enough", 500 * MS - 1, 500 * MS - 1, false, false},
    {"/delay/handshake/slow-at-the-server", 500 * MS, 20 * MS, true, false},
    {"/delay/handshake/slow-at-the-client", 20 * MS, 500 * MS, false, true},
    {"/delay/handshake/slow-on-both-sides", 2 * S, S, true, true},
};

/* Frames and ms of the witnesses, which come in pairs: "end first-last ms". */
static char *pairs_of(const struct talk *talk, enum witness_kind kind)
{
    const struct witness_log *log = talk->capture->witnesses;
    GString *text = g_string_new(NULL);
    for (guint i = 0; i + 1 < log->all->len; i += 2) {
        const struct witness *first = witness_log_at(log, i);
        const struct witness *last = witness_log_at(log, i + 1);
        g_assert_cmpuint(first->kind, ==, kind);
        g_assert_cmpuint(last->kind, ==, kind);
        g_assert_cmpuint(last->value, ==, first->value);
        g_string_append_printf(text, "%s%c %u-%u %u", text->len > 0 ? "; " : "",
                               first->end == END_A ? 'A' : 'B', first->frame, last->frame,
                               first->value);
    }
    return g_string_free(text, FALSE);
}

static void assert_pairs(const struct talk *talk, enum witness_kind kind, const char *expected)
{
    char *pairs = pairs_of(talk, kind);
    g_assert_cmpstr(pairs, ==, expected);
    g_free(pairs);
}

static void handshake_takes(gconstpointer data)
{
    const struct handshake_case *c = data;
    SCOPED_TALK talk = talk_new();
    client_sends(&talk, TCP_SYN, C0 - 1, 0, 0);
    talk.now += c->server_side;
    server_sends(&talk, SYN_ACK, S0 - 1, C0, 0);
    talk.now += c->client_side;
    client_sends(&talk, TCP_ACK, C0, S0, 0);
    GString *expected = g_string_new(NULL);
    if (c->server_is_slow)
        g_string_append_printf(expected, "B 1-2 %d", (int)(c->server_side / MS));
    if (c->client_is_slow)
        g_string_append_printf(expected, "%sA 2-3 %d", expected->len > 0 ? "; " : "",
                               (int)(c->client_side / MS));
    assert_pairs(&talk, WITNESS_SLOW_HANDSHAKE, expected->str);
    g_string_free(expected, TRUE);
}

struct turn_case {
    const char *name;
    int64_t first_request, response, next_request; /* ns of waiting */
    bool repeated;                                 /* the first request, before its response */
    const char *expected;
};

static const struct turn_case turn_cases[] = {
    {"/delay/turn/all-just-quick-enough", S - 1, S - 1, S - 1, false, ""},
    {"/delay/turn/slow-first-request", S, 0, 0, false, "A 3-4 1000"},
    {"/delay/turn/slow-response", 0, S, 0, false, "B 4-6 1000"},
    {"/delay/turn/slow-next-request", 0, 0, 2500 * MS, false, "A 6-8 2500"},
    {"/delay/turn/all-slow", S, 2 * S, 3 * S, false, "A 3-4 1000; B 4-6 2000; A 6-8 3000"},
    {"/delay/turn/response-to-what-was-sent-again-tells-nothing", 0, 5 * S, 0, true, ""},
};

static void turn_takes(gconstpointer data)
{
    const struct turn_case *c = data;
    SCOPED_TALK talk = connected();
    talk.now += c->first_request - MS; /* connected() has waited for 1 ms */
    client_data(&talk, C0, 100);
    if (c->repeated) {
        talk.now += S;
        client_data(&talk, C0, 100);
        g_array_set_size(talk.capture->witnesses->all, 0);
    }
    server_acks(&talk, C0 + 100);
    talk.now += c->response;
    server_sends(&talk, TCP_ACK, S0, C0 + 100, 100);
    client_sends(&talk, TCP_ACK, C0 + 100, S0 + 100, 0);
    talk.now += c->next_request;
    client_sends(&talk, TCP_ACK, C0 + 100, S0 + 100, 100);
    assert_pairs(&talk, WITNESS_SLOW_TURN, c->expected);
}

struct soon_case {
    const char *name;
    int64_t until_ack; /* ns */
    const char *expected;
};

static const struct soon_case soon_cases[] = {
    {"/delay/turn/question-acknowledged-soon", 500 * MS, "B 4-6 3000"},
    {"/delay/turn/question-acknowledged-late-tells-of-the-path", 500 * MS + 1, ""},
};

static void question_arrived(gconstpointer data)
{
    const struct soon_case *c = data;
    SCOPED_TALK talk = connected();
    client_data(&talk, C0, 100);
    talk.now += c->until_ack;
    server_acks(&talk, C0 + 100);
    talk.now += 3 * S - c->until_ack;
    server_sends(&talk, TCP_ACK, S0, C0 + 100, 100);
    assert_pairs(&talk, WITNESS_SLOW_TURN, c->expected);
}

static void late_greeting_of_the_server_is_no_turnaround(void)
{
    SCOPED_TALK talk = connected();
    talk.now += 5 * S;
    server_sends(&talk, TCP_ACK, S0, C0, 100);
    assert_pairs(&talk, WITNESS_SLOW_TURN, "");
}

/* --- paces --- */

/* The client asks, the server acknowledges at once and answers after a while, again and again. */
struct pace_case {
    const char *name;
    int64_t answers[6];                       /* ns from a question to its answer; 0 ends */
    int64_t questions;                        /* ns from an answer to the next question */
    uint32_t asked, answered;                 /* bytes */
    bool has_pace, is_periodic, is_heartbeat; /* of the server */
};

static const struct pace_case pace_cases[] = {
    {"/delay/pace/none-where-nobody-waits",
     {MS, 2 * MS, MS},
     100 * MS,
     50,
     50,
     false,
     false,
     false},
    {"/delay/pace/three-equal-distances",
     {2 * S, 2 * S, 2 * S, 2 * S},
     MS,
     100,
     200,
     true,
     true,
     false},
    {"/delay/pace/not-two-equal-distances",
     {2 * S, 2 * S, 2 * S},
     MS,
     100,
     200,
     true,
     false,
     false},
    {"/delay/pace/within-five-per-cent",
     {2 * S, 2 * S, 2090 * MS, 2 * S},
     MS,
     100,
     200,
     true,
     true,
     false},
    {"/delay/pace/not-beyond-five-per-cent",
     {2 * S, 2 * S, 2110 * MS, 2 * S},
     MS,
     100,
     200,
     true,
     false,
     false},
    {"/delay/pace/neither",
     {2 * S, 5 * S, 1200 * MS, 3 * S, 9 * S},
     MS,
     100,
     200,
     true,
     false,
     false},
    {"/delay/pace/heartbeat", {60 * S}, MS, 19, 19, true, false, true},
    {"/delay/pace/longest-heartbeat", {60 * S}, MS, 64, 64, true, false, true},
    {"/delay/pace/not-a-longer-one", {60 * S}, MS, 65, 65, true, false, false},
    {"/delay/pace/not-a-longer-answer", {60 * S}, MS, 19, 20, true, false, false},
    {"/delay/pace/not-what-is-answered-soon", {S - 1}, MS, 19, 19, false, false, false},
};

static void pace_is_noted(gconstpointer data)
{
    const struct pace_case *c = data;
    SCOPED_TALK talk = connected();
    uint32_t client = C0, server = S0;
    for (unsigned i = 0; i < G_N_ELEMENTS(c->answers) && c->answers[i] > 0; i++) {
        client_sends(&talk, TCP_ACK, client, server, c->asked);
        client += c->asked;
        server_sends(&talk, TCP_ACK, server, client, 0);
        talk.now += c->answers[i];
        server_sends(&talk, TCP_ACK, server, client, c->answered);
        server += c->answered;
        client_sends(&talk, TCP_ACK, client, server, 0);
        talk.now += c->questions;
    }
    g_assert_cmpint(talk.flow->has_pace, ==, c->has_pace);
    const struct pace *pace = delay_pace_of(talk.capture->paces, talk.flow, END_B);
    g_assert_cmpint(pace != NULL, ==, c->has_pace);
    if (pace == NULL)
        return;
    g_assert_cmpint(pace->is_periodic, ==, c->is_periodic);
    g_assert_cmpint(pace->is_heartbeat, ==, c->is_heartbeat);
    g_assert_false(delay_pace_of(talk.capture->paces, talk.flow, END_A)->is_heartbeat);
}

/* MPTCP: the answer may come on another subflow, so there are no turnarounds. */
static void multipath_has_no_turnarounds(void)
{
    SCOPED_TALK talk = connected();
    struct segment question = client_segment(&talk, TCP_ACK, C0, S0, 100);
    question.is_multipath = true;
    talk_add(&talk, question);
    server_acks(&talk, C0 + 100);
    talk.now += 5 * S;
    g_assert_cmpint(server_sends(&talk, TCP_ACK, S0, C0 + 100, 100), ==, TIME_NONE);
    assert_pairs(&talk, WITNESS_SLOW_TURN, "");
    g_assert_false(talk.flow->has_pace);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD_CASES(handshake_cases, handshake_takes);
    ADD_CASES(turn_cases, turn_takes);
    ADD_CASES(soon_cases, question_arrived);
    ADD_CASES(pace_cases, pace_is_noted);
    g_test_add_func("/delay/turn/multipath", multipath_has_no_turnarounds);
    g_test_add_func("/delay/turn/late-greeting", late_greeting_of_the_server_is_no_turnaround);
    return g_test_run();
}
