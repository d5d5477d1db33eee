/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "connection/role.h"

#include "segments.h"

/* --- a capture of few segments --- */

struct sent {
    const char *from, *to; /* addresses */
    uint16_t from_port, to_port;
    unsigned flags;
};

#define MAX_SENT 6

/* The connection between these two ends, or NULL. */
static const struct flow *flow_between(const struct capture *capture, const struct endpoint *one,
                                       const struct endpoint *other)
{
    for (size_t i = 0; i < flow_table_count(capture->flows); i++) {
        const struct flow *flow = flow_table_at(capture->flows, i);
        for (int end = 0; end < 2; end++) {
            if (endpoint_equal(&flow->ends[end], one) && endpoint_equal(&flow->ends[!end], other))
                return flow;
        }
    }
    return NULL;
}

/* Every pair of ends is a connection of its own, the first is the one in question. */
static struct capture *capture_of(const struct sent *sent)
{
    struct capture *capture = capture_new(false);
    for (int i = 0; i < MAX_SENT && sent[i].from != NULL; i++) {
        struct endpoint from = end_at(sent[i].from, sent[i].from_port);
        struct endpoint to = end_at(sent[i].to, sent[i].to_port);
        struct segment segment = segment_between(from, to, sent[i].flags, 1, 1, 0);
        const struct flow *known = flow_between(capture, &from, &to);
        segment.stream = known != NULL ? known->stream : (uint32_t)flow_table_count(capture->flows);
        capture_add(capture, &segment);
    }
    return capture;
}

static bool is_named(const struct endpoint *endpoint, const void *names)
{
    char *text = endpoint_address_text(endpoint);
    bool named = g_strv_contains(names, text);
    g_free(text);
    return named;
}

static unsigned knowledge_of(uint16_t port)
{
    switch (port) {
    case 80:
    case 443:
        return PORT_NAMED | PORT_DISSECTED;
    case 3306:
    case 50000:
        return PORT_DISSECTED;
    case 2049:
        return PORT_NAMED;
    default:
        return 0;
    }
}

#define X "10.0.0.1"
#define Y "10.0.0.2"
#define Z "10.0.0.3"
#define W "10.0.0.4"

#define SYN_ACK (TCP_SYN | TCP_ACK)

struct role_case {
    const char *name;
    struct sent sent[MAX_SENT];
    const char *named[3]; /* addresses that the user named */
    enum role_basis basis;
    enum end server; /* of the first connection */
};

static const struct role_case role_cases[] = {
    /* 1 */
    {"/role/handshake/syn", {{X, Y, 80, 50001, TCP_SYN}}, {NULL}, ROLE_HANDSHAKE, END_B},
    {"/role/handshake/syn-ack-alone", {{X, Y, 50001, 80, SYN_ACK}}, {NULL}, ROLE_HANDSHAKE, END_A},
    {"/role/handshake/syn-ack-before-syn",
     {{X, Y, 50001, 80, SYN_ACK}, {Y, X, 80, 50001, TCP_SYN}},
     {NULL},
     ROLE_HANDSHAKE,
     END_A},
    {"/role/handshake/ack-first-then-syn-of-the-other-end",
     {{X, Y, 80, 50001, TCP_ACK}, {Y, X, 50001, 80, TCP_SYN}},
     {NULL},
     ROLE_HANDSHAKE,
     END_A},
    {"/role/handshake/simultaneous-open-first-syn-is-of-the-client",
     {{X, Y, 50001, 80, TCP_SYN},
      {Y, X, 80, 50001, TCP_SYN},
      {X, Y, 50001, 80, SYN_ACK},
      {Y, X, 80, 50001, SYN_ACK}},
     {NULL},
     ROLE_HANDSHAKE,
     END_B},
    {"/role/handshake/beats-the-word-of-the-user",
     {{X, Y, 50001, 80, TCP_SYN}},
     {X},
     ROLE_HANDSHAKE,
     END_B},
    /* 2 */
    {"/role/given/one-end-named", {{X, Y, 50001, 80, TCP_ACK}}, {X}, ROLE_GIVEN, END_A},
    {"/role/given/other-end-named", {{X, Y, 80, 50001, TCP_ACK}}, {Y}, ROLE_GIVEN, END_B},
    {"/role/given/both-ends-named-decides-nothing",
     {{X, Y, 50001, 80, TCP_ACK}},
     {X, Y},
     ROLE_PORT,
     END_B},
    {"/role/given/no-end-named-decides-nothing",
     {{X, Y, 50001, 80, TCP_ACK}},
     {Z},
     ROLE_PORT,
     END_B},
    {"/role/given/beats-another-handshake",
     {{X, Y, 1500, 1600, TCP_ACK}, {Z, Y, 50001, 1600, TCP_SYN}},
     {X},
     ROLE_GIVEN,
     END_A},
    /* 3 */
    {"/role/known/server-by-another-syn",
     {{X, Y, 80, 1600, TCP_ACK}, {Z, Y, 50001, 1600, TCP_SYN}},
     {NULL},
     ROLE_KNOWN,
     END_B},
    {"/role/known/server-by-another-syn-ack",
     {{X, Y, 1600, 80, TCP_ACK}, {X, Z, 1600, 50001, SYN_ACK}},
     {NULL},
     ROLE_KNOWN,
     END_A},
    {"/role/known/needs-the-same-port",
     {{X, Y, 80, 1600, TCP_ACK}, {Z, Y, 50001, 1601, TCP_SYN}},
     {NULL},
     ROLE_PORT,
     END_A},
    {"/role/known/being-a-client-elsewhere-is-no-basis",
     {{X, Y, 1500, 1600, TCP_ACK}, {Y, Z, 1600, 80, TCP_SYN}},
     {NULL},
     ROLE_FAN_IN,
     END_B},
    {"/role/known/both-ends-known-decides-nothing",
     {{X, Y, 80, 50001, TCP_ACK}, {Z, X, 50002, 80, TCP_SYN}, {Z, Y, 50003, 50001, TCP_SYN}},
     {NULL},
     ROLE_PORT,
     END_A},
    /* 4 */
    {"/role/port/service-against-ephemeral",
     {{X, Y, 51000, 443, TCP_ACK}},
     {NULL},
     ROLE_PORT,
     END_B},
    {"/role/port/from-the-server", {{X, Y, 443, 51000, TCP_ACK}}, {NULL}, ROLE_PORT, END_A},
    {"/role/port/dissected-against-ephemeral",
     {{X, Y, 51000, 3306, TCP_ACK}},
     {NULL},
     ROLE_PORT,
     END_B},
    {"/role/port/dissected-among-the-ephemeral",
     {{X, Y, 51000, 50000, TCP_ACK}},
     {NULL},
     ROLE_PORT,
     END_B},
    {"/role/port/higher-number-may-be-the-service",
     {{X, Y, 1500, 3306, TCP_ACK}},
     {NULL},
     ROLE_PORT,
     END_B},
    {"/role/port/two-services-decide-nothing",
     {{X, Y, 80, 443, TCP_ACK}},
     {NULL},
     ROLE_GUESS,
     END_A},
    {"/role/port/system-against-dissected-is-too-close",
     {{X, Y, 3306, 443, TCP_ACK}},
     {NULL},
     ROLE_GUESS,
     END_B},
    {"/role/port/name-against-nameless-is-too-close",
     {{X, Y, 1500, 2049, TCP_ACK}},
     {NULL},
     ROLE_GUESS,
     END_A},
    {"/role/port/two-ephemeral-decide-nothing",
     {{X, Y, 51000, 40000, TCP_ACK}},
     {NULL},
     ROLE_GUESS,
     END_B},
    {"/role/port/beats-fan-in",
     {{X, Y, 443, 51000, TCP_ACK}, {Z, Y, 443, 51000, TCP_ACK}, {W, Y, 443, 51000, TCP_ACK}},
     {NULL},
     ROLE_PORT,
     END_A},
    /* 5 */
    {"/role/fan-in/several-peers",
     {{X, Y, 1500, 1600, TCP_ACK}, {Z, Y, 1500, 1600, TCP_ACK}},
     {NULL},
     ROLE_FAN_IN,
     END_B},
    {"/role/fan-in/peers-may-share-the-address",
     {{X, Y, 1500, 1600, TCP_ACK}, {X, Y, 1501, 1600, TCP_ACK}},
     {NULL},
     ROLE_FAN_IN,
     END_B},
    {"/role/fan-in/direction-of-the-others-does-not-matter",
     {{X, Y, 1500, 1600, TCP_ACK}, {Y, Z, 1600, 1500, TCP_ACK}},
     {NULL},
     ROLE_FAN_IN,
     END_B},
    {"/role/fan-in/other-port-of-the-same-address-is-another-end",
     {{X, Y, 1500, 1600, TCP_ACK}, {Z, Y, 1500, 1601, TCP_ACK}},
     {NULL},
     ROLE_GUESS,
     END_A},
    {"/role/fan-in/more-peers-win",
     {{X, Y, 1500, 1600, TCP_ACK},
      {Z, X, 1700, 1500, TCP_ACK},
      {Z, Y, 1701, 1600, TCP_ACK},
      {W, Y, 1702, 1600, TCP_ACK}},
     {NULL},
     ROLE_FAN_IN,
     END_B},
    {"/role/fan-in/equal-numbers-of-peers-decide-nothing",
     {{X, Y, 1500, 1600, TCP_ACK}, {Z, X, 1700, 1500, TCP_ACK}, {Z, Y, 1701, 1600, TCP_ACK}},
     {NULL},
     ROLE_GUESS,
     END_A},
    /* 6 */
    {"/role/guess/lower-port-of-the-sender",
     {{X, Y, 1500, 1600, TCP_ACK}},
     {NULL},
     ROLE_GUESS,
     END_A},
    {"/role/guess/lower-port-of-the-receiver",
     {{X, Y, 1600, 1500, TCP_ACK}},
     {NULL},
     ROLE_GUESS,
     END_B},
    {"/role/guess/receiver-of-the-first-segment-on-a-tie",
     {{X, Y, 1500, 1500, TCP_ACK}, {Y, X, 1500, 1500, TCP_ACK}},
     {NULL},
     ROLE_GUESS,
     END_B},
    {"/role/guess/both-ends-the-same", {{X, X, 1500, 1500, TCP_ACK}}, {NULL}, ROLE_GUESS, END_B},
    {"/role/guess/a-reset-tells-nothing",
     {{X, Y, 1500, 1600, TCP_RST | TCP_ACK}},
     {NULL},
     ROLE_GUESS,
     END_A},
};

static void decides(gconstpointer data)
{
    const struct role_case *c = data;
    struct capture *capture = capture_of(c->sent);
    struct role_hints hints = {is_named, c->named, knowledge_of};
    struct role_census *census = role_census_new(capture->flows, &hints);
    struct role role = role_decide(census, capture_find(capture, 0));
    g_assert_cmpstr(role_basis_name((enum role_basis)role.basis), ==, role_basis_name(c->basis));
    g_assert_cmpint(end_peer((enum end)role.client), ==, c->server);
    role_census_free(census);
    capture_free(capture);
}

static void hints_may_be_missing(void)
{
    static const struct sent sent[MAX_SENT] = {{X, Y, 51000, 443, TCP_ACK}};
    struct capture *capture = capture_of(sent);
    struct role_hints hints = {NULL, NULL, NULL};
    struct role_census *census = role_census_new(capture->flows, &hints);
    struct role role = role_decide(census, capture_find(capture, 0));
    g_assert_cmpint(role.basis, ==, ROLE_PORT);
    g_assert_cmpint(role.client, ==, END_A);
    role_census_free(census);
    capture_free(capture);
}

/* The same ports used again, first with the handshake captured and then without. */
static void earlier_stream_of_the_same_ends_makes_the_server_known(void)
{
    struct capture *capture = capture_new(false);
    struct segment segment = segment_between(end_at(X, 1500), end_at(Y, 1600), TCP_SYN, 1, 0, 0);
    const struct flow *first = capture_add(capture, &segment);
    segment.stream = 1;
    segment.flags = TCP_ACK;
    const struct flow *second = capture_add(capture, &segment);

    struct role_hints hints = {NULL, NULL, NULL};
    struct role_census *census = role_census_new(capture->flows, &hints);
    g_assert_cmpint(role_decide(census, first).basis, ==, ROLE_HANDSHAKE);
    g_assert_cmpint(role_decide(census, second).basis, ==, ROLE_KNOWN);
    g_assert_cmpint(role_decide(census, second).client, ==, END_A);
    role_census_free(census);
    capture_free(capture);
}

/* Connections that use the same two ends again are one peer, however many they are. */
static void one_peer_again_and_again_is_no_fan_in(void)
{
    struct capture *capture = capture_new(false);
    struct segment segment = segment_between(end_at(X, 1500), end_at(Y, 1600), TCP_ACK, 1, 1, 0);
    for (segment.stream = 0; segment.stream < 5; segment.stream++)
        capture_add(capture, &segment);
    struct role_hints hints = {NULL, NULL, NULL};
    struct role_census *census = role_census_new(capture->flows, &hints);
    g_assert_cmpint(role_decide(census, capture_find(capture, 0)).basis, ==, ROLE_GUESS);
    role_census_free(census);
    capture_free(capture);
}

struct rank_case {
    const char *name;
    uint16_t port;
    unsigned knowledge, rank;
};

static const struct rank_case rank_cases[] = {
    {"/role/port-rank/port-0", 0, PORT_NAMED | PORT_DISSECTED, 0},
    {"/role/port-rank/system-with-name", 1, PORT_NAMED, 5},
    {"/role/port-rank/system-with-dissector", 1023, PORT_DISSECTED, 5},
    {"/role/port-rank/system-unknown", 1023, 0, 2},
    {"/role/port-rank/user-unknown", 1024, 0, 1},
    {"/role/port-rank/user-with-name", 1024, PORT_NAMED, 2},
    {"/role/port-rank/user-with-dissector", 1024, PORT_DISSECTED, 4},
    {"/role/port-rank/user-with-both", 8080, PORT_NAMED | PORT_DISSECTED, 4},
    {"/role/port-rank/last-user-port", 32767, 0, 1},
    {"/role/port-rank/first-ephemeral-port", 32768, 0, 0},
    {"/role/port-rank/ephemeral-with-name", 32768, PORT_NAMED, 0},
    {"/role/port-rank/ephemeral-with-dissector", 65535, PORT_DISSECTED, 2},
};

static void rank_is(gconstpointer data)
{
    const struct rank_case *c = data;
    g_assert_cmpuint(role_port_rank(c->port, c->knowledge), ==, c->rank);
}

static void bases_have_the_names_of_the_contract(void)
{
    g_assert_cmpstr(role_basis_name(ROLE_HANDSHAKE), ==, "handshake");
    g_assert_cmpstr(role_basis_name(ROLE_GIVEN), ==, "given");
    g_assert_cmpstr(role_basis_name(ROLE_KNOWN), ==, "known");
    g_assert_cmpstr(role_basis_name(ROLE_PORT), ==, "port");
    g_assert_cmpstr(role_basis_name(ROLE_FAN_IN), ==, "fan_in");
    g_assert_cmpstr(role_basis_name(ROLE_GUESS), ==, "guess");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(role_cases); i++)
        g_test_add_data_func(role_cases[i].name, &role_cases[i], decides);
    g_test_add_func("/role/hints-may-be-missing", hints_may_be_missing);
    g_test_add_func("/role/known/earlier-stream-of-the-same-ends",
                    earlier_stream_of_the_same_ends_makes_the_server_known);
    g_test_add_func("/role/fan-in/one-peer-again-and-again-decides-nothing",
                    one_peer_again_and_again_is_no_fan_in);
    for (size_t i = 0; i < G_N_ELEMENTS(rank_cases); i++)
        g_test_add_data_func(rank_cases[i].name, &rank_cases[i], rank_is);
    g_test_add_func("/role/basis-names", bases_have_the_names_of_the_contract);
    return g_test_run();
}
