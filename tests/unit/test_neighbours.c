/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finding/neighbours.h"

#include "judged.h"
#include "settings/thresholds.h"

/* What the rules know of a capture. */
static struct neighbours *neighbours_of(struct judged *judged)
{
    judge(judged, 0, ROLE_HANDSHAKE);
    return neighbours_new(&judged->source);
}

/* --- who serves --- */

struct serve_case {
    const char *name;
    int64_t begins;    /* ns, of the other connection after the attempt's SYN */
    uint16_t port;     /* of the other connection */
    bool only_syn_ack; /* the server does no more for it */
    bool serves;
};

static const struct serve_case serve_cases[] = {
    {"/neighbours/serve/at-the-same-time", 0, 443, false, true},
    {"/neighbours/serve/2-s-before", -SERVES_WITHIN, 443, false, true},
    {"/neighbours/serve/more-than-2-s-before", -SERVES_WITHIN - 1, 443, false, false},
    {"/neighbours/serve/2-s-after", SERVES_WITHIN, 443, false, true},
    {"/neighbours/serve/more-than-2-s-after", SERVES_WITHIN + 1, 443, false, false},
    {"/neighbours/serve/another-port", 0, 80, false, false},
    {"/neighbours/serve/a-syn-ack-is-no-service", 0, 443, true, false},
};

static void server_serves_others(gconstpointer data)
{
    const struct serve_case *c = data;
    const struct step syn[] = {{'c', TCP_SYN, .times = 1}, {0}};
    const struct step served[] = {HANDSHAKE, QUESTION, ANSWER, {0}};
    const struct step half[] = {{'c', TCP_SYN, .times = 1}, {'s', SYN_ACK, 0, 1, .wait = MS}, {0}};
    struct judged judged;
    judged_init(&judged);
    take_steps(&judged.recording, 0, 50000, 443, syn);
    int64_t asked = judged.recording.now;
    judged.recording.now = asked + c->begins;
    take_steps(&judged.recording, 1, 50001, c->port, c->only_syn_ack ? half : served);
    struct neighbours *neighbours = neighbours_of(&judged);
    const struct flow *flow = flow_table_at(judged.source.flows, 0);
    g_assert_cmpint(neighbours_serve(neighbours, &flow->ends[END_B], asked, asked), ==, c->serves);
    neighbours_free(neighbours);
    judged_clear(&judged);
}

/* Of many, in any order, the nearest counts. */
static void nearest_of_many_connections_counts(void)
{
    static const int64_t begins[] = {90, 10, 50, 30, 70};
    const struct step syn[] = {{'c', TCP_SYN, .times = 1}, {0}};
    const struct step served[] = {HANDSHAKE, QUESTION, ANSWER, {0}};
    struct judged judged;
    judged_init(&judged);
    take_steps(&judged.recording, 0, 50000, 443, syn);
    const int64_t start = judged.recording.now;
    for (uint16_t i = 0; i < G_N_ELEMENTS(begins); i++) {
        judged.recording.now = start + begins[i] * S;
        take_steps(&judged.recording, i + 1U, (uint16_t)(50001 + i), 443, served);
    }
    struct neighbours *neighbours = neighbours_of(&judged);
    const struct endpoint *server = &flow_table_at(judged.source.flows, 0)->ends[END_B];
    for (int64_t second = 0; second <= 100; second++) {
        int64_t time = start + second * S;
        bool near =
            second >= 8 && second <= 92 && (second + 2) % 20 >= 10 && (second + 2) % 20 <= 14;
        g_assert_cmpint(neighbours_serve(neighbours, server, time, time), ==, near);
    }
    g_assert_true(neighbours_serve(neighbours, server, start + 14 * S, start + 28 * S));
    g_assert_false(neighbours_serve(neighbours, server, start + 13 * S, start + 27 * S));
    neighbours_free(neighbours);
    judged_clear(&judged);
}

/* --- who answers from another address --- */

struct other_case {
    const char *name;
    const char *answers;   /* address of the server that sends the SYN-ACK */
    uint32_t acknowledged; /* beyond the client's initial number; 1 answers its SYN */
    int64_t later;         /* ns */
    uint16_t client_port;  /* to which it is sent */
    bool client_goes_on;   /* and takes it for the answer */
    bool is_answer;
};

static const struct other_case other_cases[] = {
    {"/neighbours/other/address", "10.0.0.7", 1, MS, 50000, false, true},
    {"/neighbours/other/within-the-syns-life", "10.0.0.7", 1, SYN_LIFE, 50000, false, true},
    {"/neighbours/other/after-the-syns-life", "10.0.0.7", 1, SYN_LIFE + 1, 50000, false, false},
    {"/neighbours/other/before-the-syn-within-its-life", "10.0.0.7", 1, -SYN_LIFE, 50000, false,
     true},
    {"/neighbours/other/another-number", "10.0.0.7", 2, MS, 50000, false, false},
    {"/neighbours/other/another-client-port", "10.0.0.7", 1, MS, 50001, false, false},
    {"/neighbours/other/the-same-address", "10.0.0.5", 1, MS, 50000, false, false},
    {"/neighbours/other/client-takes-it", "10.0.0.7", 1, MS, 50000, true, false},
};

static void another_address_answers(gconstpointer data)
{
    const struct other_case *c = data;
    const struct endpoint client = end_at("10.0.0.9", 50000);
    const struct endpoint other_client = end_at("10.0.0.9", c->client_port);
    const struct endpoint server = end_at("10.0.0.5", 443), other = end_at(c->answers, 8443);
    const struct step syn = {'c', TCP_SYN, .times = 1};
    const struct step syn_ack = {'s', SYN_ACK, 0, c->acknowledged, .wait = c->later};
    const struct step ack = {'c', TCP_ACK, 1, 1, .wait = MS};
    struct judged judged;
    judged_init(&judged);
    take_step_between(&judged.recording, 0, client, server, &syn);
    take_step_between(&judged.recording, 1, other_client, other, &syn_ack);
    if (c->client_goes_on)
        take_step_between(&judged.recording, 1, other_client, other, &ack);
    judge(&judged, 0, ROLE_HANDSHAKE);
    judged.roles[1].client = END_B; /* the server's SYN-ACK is the first segment */
    struct neighbours *neighbours = neighbours_new(&judged.source);
    g_assert_cmpuint(neighbours_other_address(neighbours, 0), ==, c->is_answer ? 1 : UINT32_MAX);
    g_assert_cmpuint(neighbours_other_address(neighbours, 1), ==, c->is_answer ? 0 : UINT32_MAX);
    g_assert_cmpuint(neighbours_other_address(neighbours, 2), ==, UINT32_MAX);
    neighbours_free(neighbours);
    judged_clear(&judged);
}

/* --- who is quoted --- */

static struct icmp_error error_of(const struct judged *judged, uint16_t port, int64_t later)
{
    return (struct icmp_error){.source = end_at("10.0.0.9", port),
                               .destination = end_at("10.0.0.5", 443),
                               .reporter = end_at("10.0.0.1", 0),
                               .time = judged->recording.now + later,
                               .frame = 1000,
                               .type = 3,
                               .code = 1};
}

static unsigned quotes_of(struct neighbours *neighbours, uint32_t flow)
{
    unsigned count;
    const struct icmp_error *error = neighbours_error(neighbours, flow, &count);
    g_assert_cmpint(error != NULL, ==, count > 0);
    return count;
}

static void error_quotes_its_connection(void)
{
    const struct step syn[] = {{'c', TCP_SYN, .times = 1}, {0}};
    struct judged judged;
    judged_init(&judged);
    take_steps(&judged.recording, 0, 50000, 443, syn);
    take_steps(&judged.recording, 1, 50001, 443, syn);
    struct icmp_error error = error_of(&judged, 50001, MS), other = error_of(&judged, 50002, MS);
    struct icmp_error early = error_of(&judged, 50001, -1);
    struct icmp_error back = error;
    back.source = error.destination;
    back.destination = error.source;
    capture_add_error(judged.recording.capture, &error);
    capture_add_error(judged.recording.capture, &back);
    capture_add_error(judged.recording.capture, &other);
    capture_add_error(judged.recording.capture, &early);
    struct neighbours *neighbours = neighbours_of(&judged);
    g_assert_cmpuint(quotes_of(neighbours, 0), ==, 0);
    g_assert_cmpuint(quotes_of(neighbours, 1), ==, 2);
    neighbours_free(neighbours);
    judged_clear(&judged);
}

/* Two connections on the same ports: an error belongs to the latest that had begun. */
static void error_quotes_the_latest_that_had_begun(void)
{
    const struct step syn[] = {{'c', TCP_SYN, .times = 1}, {0}};
    struct judged judged;
    judged_init(&judged);
    take_steps(&judged.recording, 0, 50000, 443, syn);
    struct icmp_error first = error_of(&judged, 50000, MS);
    judged.recording.now += S;
    take_steps(&judged.recording, 1, 50000, 443, syn);
    struct icmp_error second = error_of(&judged, 50000, 0);
    capture_add_error(judged.recording.capture, &first);
    capture_add_error(judged.recording.capture, &second);
    struct neighbours *neighbours = neighbours_of(&judged);
    g_assert_cmpuint(quotes_of(neighbours, 0), ==, 1);
    g_assert_cmpuint(quotes_of(neighbours, 1), ==, 1);
    neighbours_free(neighbours);
    judged_clear(&judged);
}

static void nobody_is_around(void)
{
    struct judged judged;
    judged_init(&judged);
    struct neighbours *neighbours = neighbours_of(&judged);
    const struct endpoint server = end_at("10.0.0.5", 443);
    g_assert_false(neighbours_serve(neighbours, &server, 0, 0));
    g_assert_cmpuint(neighbours_other_address(neighbours, 0), ==, UINT32_MAX);
    g_assert_cmpuint(quotes_of(neighbours, 0), ==, 0);
    neighbours_free(neighbours);
    neighbours_free(NULL);
    judged_clear(&judged);
}

/* --- who is accepted after all --- */

struct accept_case {
    const char *name;
    int64_t wait; /* ns from the reset to the next SYN */
    bool other_attempt;
    bool only_answer; /* the SYN-ACK alone, which the client resets */
    bool accepts;
};

static const struct accept_case accept_cases[] = {
    {"/neighbours/accept/the-same-syn", S, false, false, true},
    {"/neighbours/accept/a-syn-ack-behind-the-reset", MS, false, true, true},
    {"/neighbours/accept/another-attempt-of-the-port", S, true, false, false},
    {"/neighbours/accept/much-later", SYN_LIFE + S, false, false, false},
};

static void refused_syn_is_accepted_in_another_stream(gconstpointer data)
{
    const struct accept_case *c = data;
    const struct step refused[] = {
        {'c', TCP_SYN, .times = 1}, {'s', RST_ACK, 0, 1, .wait = MS}, {0}};
    const struct step again[] = {{'c', TCP_SYN, c->other_attempt ? 77U : 0U, .wait = c->wait},
                                 {'s', SYN_ACK, 0, c->other_attempt ? 78U : 1U, .wait = MS},
                                 {0}};
    struct judged judged;
    judged_init(&judged);
    take_steps(&judged.recording, 0, 50000, 443, refused);
    const struct step answer[] = {
        {'s', SYN_ACK, 0, 1, .wait = c->wait}, {'c', TCP_RST, 1, .wait = MS}, {0}};
    take_steps(&judged.recording, 1, 50000, 443, c->only_answer ? answer : again);
    struct neighbours *neighbours = neighbours_of(&judged);
    g_assert_cmpint(neighbours_accept(neighbours, 0), ==, c->accepts);
    g_assert_false(neighbours_accept(neighbours, 1));
    neighbours_free(neighbours);
    judged_clear(&judged);
}

/* Windows sends a refused SYN twice more before it gives up. */
static void each_refusal_of_an_accepted_syn_counts(void)
{
    const struct step refused[] = {
        {'c', TCP_SYN, .times = 1, .wait = S}, {'s', RST_ACK, 0, 1, .wait = MS}, {0}};
    const struct step accepted[] = {HANDSHAKE, {0}};
    struct judged judged;
    judged_init(&judged);
    take_steps(&judged.recording, 0, 50000, 443, refused);
    take_steps(&judged.recording, 1, 50000, 443, refused);
    take_steps(&judged.recording, 2, 50000, 443, accepted);
    struct neighbours *neighbours = neighbours_of(&judged);
    g_assert_true(neighbours_accept(neighbours, 0));
    g_assert_true(neighbours_accept(neighbours, 1));
    assert_findings(&judged, "");
    neighbours_free(neighbours);
    judged_clear(&judged);
}

/* --- who begins midway --- */

struct midway_case {
    const char *name;
    int64_t later;     /* ns from the SYN to the first segment of the other connection */
    struct step first; /* of that connection */
    bool repeated_syn; /* the SYN is sent twice */
    bool is_one_way;   /* nobody answers the first segment */
    const char *findings;
};

static const struct midway_case midway_cases[] = {
    {"/neighbours/midway/data", MS, {'s', TCP_ACK, 1, 1, 100, .times = 1}, false, false, ""},
    {"/neighbours/midway/syn-ack", MS, {'s', SYN_ACK, 0, 1, .times = 1}, false, false, ""},
    {"/neighbours/midway/within-a-hole",
     LONGEST_HOLE - 1,
     {'s', TCP_ACK, 1, 1, 9, .times = 1},
     false,
     false,
     ""},
    {"/neighbours/midway/later",
     LONGEST_HOLE,
     {'s', TCP_ACK, 1, 1, 9, .times = 1},
     false,
     false,
     "no_response"},
    {"/neighbours/midway/before",
     -MS,
     {'s', TCP_ACK, 1, 1, 9, .times = 1},
     false,
     false,
     "no_response"},
    {"/neighbours/midway/syn", MS, {'c', TCP_SYN, .times = 1}, false, true, "no_response"},
    {"/neighbours/midway/no-data",
     MS,
     {'s', TCP_ACK, 1, 1, .times = 1},
     false,
     false,
     "no_response"},
    {"/neighbours/midway/one-way",
     MS,
     {'s', TCP_ACK, 1, 1, 100, .times = 1},
     false,
     true,
     "no_response"},
    {"/neighbours/midway/asked-twice",
     MS,
     {'s', TCP_ACK, 1, 1, 9, .times = 1},
     true,
     false,
     "no_response"},
};

/* What was not answered once may have been, in a hole of the capture. */
static void lone_attempt_before_a_hole_is_not_told(gconstpointer data)
{
    const struct midway_case *c = data;
    static const struct step syn = {'c', TCP_SYN, .times = 1};
    const struct step ack = {'c', TCP_ACK, 1, 1 + c->first.payload, .times = 1};
    static const struct step served[] = {HANDSHAKE, QUESTION, ANSWER, {0}};
    struct judged judged;
    judged_init(&judged);
    struct recording *recording = &judged.recording;
    take_step(recording, 0, 50000, 443, &syn);
    int64_t asked = recording->now;
    recording->now += c->later;
    take_step(recording, 1, 50001, 80, &c->first);
    if (!c->is_one_way)
        take_step(recording, 1, 50001, 80, &ack);
    recording->now = asked + WAITED_FOR_ANSWER;
    if (c->repeated_syn)
        take_step(recording, 0, 50000, 443, &syn);
    recording->now = asked + 2 * LONGEST_HOLE;
    take_steps(recording, 2, 50002, 443, served); /* the capture goes on */
    judge(&judged, 0, ROLE_HANDSHAKE);
    assert_findings(&judged, c->findings);
    judged_clear(&judged);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD_CASES(serve_cases, server_serves_others);
    g_test_add_func("/neighbours/serve/many", nearest_of_many_connections_counts);
    ADD_CASES(other_cases, another_address_answers);
    g_test_add_func("/neighbours/quotes/connection", error_quotes_its_connection);
    g_test_add_func("/neighbours/quotes/latest", error_quotes_the_latest_that_had_begun);
    g_test_add_func("/neighbours/none", nobody_is_around);
    ADD_CASES(accept_cases, refused_syn_is_accepted_in_another_stream);
    g_test_add_func("/neighbours/accept/each-refusal", each_refusal_of_an_accepted_syn_counts);
    ADD_CASES(midway_cases, lone_attempt_before_a_hole_is_not_told);
    return g_test_run();
}
