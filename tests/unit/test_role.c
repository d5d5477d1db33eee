/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "connection/role.h"

#include "segments.h"

/* --- a capture of few segments --- */

struct sent {
    const char *from, *to; /* addresses */
    uint16_t from_port, to_port;
    unsigned flags;
};

#define MAX_SENT 14

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
    case 514:
    case 993:
    case 3306:
    case 50000:
        return PORT_DISSECTED;
    case 749:
    case 1521:
    case 2049:
    case 9100:
        return PORT_NAMED;
    case 40007:
        return PORT_OF_SITE;
    default:
        return 0;
    }
}

#define X "10.0.0.1"
#define Y "10.0.0.2"
#define Z "10.0.0.3"
#define W "10.0.0.4"

#define SYN_ACK (TCP_SYN | TCP_ACK)

/* Two, and three, connections of three addresses with @server_port of Y, each from a port of its
 * own;
 * @port is the first one's. */
#define TWO_CLIENTS(port, server_port)                                                             \
    {X, Y, (port), (server_port), TCP_ACK},                                                        \
    {                                                                                              \
        Z, Y, (port) + 1, (server_port), TCP_ACK                                                   \
    }
#define THREE_CLIENTS(port, server_port)                                                           \
    TWO_CLIENTS(port, server_port),                                                                \
    {                                                                                              \
        W, Y, (port) + 2, (server_port), TCP_ACK                                                   \
    }

/* Seven more connections of X, from the ports after @port, two apart, to @server_port of each. */
#define SEVEN_MORE(port, a, b, c, d, e, f, g, a_port, step)                                        \
    {X, a, (port) + 2, (a_port) + (step), TCP_ACK},                                                \
        {X, b, (port) + 4, (a_port) + 2 * (step), TCP_ACK},                                        \
        {X, c, (port) + 6, (a_port) + 3 * (step), TCP_ACK},                                        \
        {X, d, (port) + 8, (a_port) + 4 * (step), TCP_ACK},                                        \
        {X, e, (port) + 10, (a_port) + 5 * (step), TCP_ACK},                                       \
        {X, f, (port) + 12, (a_port) + 6 * (step), TCP_ACK},                                       \
    {                                                                                              \
        X, g, (port) + 14, (a_port) + 7 * (step), TCP_ACK                                          \
    }

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
     ROLE_GUESS,
     END_A},
    {"/role/known/both-ends-known-decides-nothing",
     {{X, Y, 80, 50001, TCP_ACK}, {Z, X, 50002, 80, TCP_SYN}, {Z, Y, 50003, 50001, TCP_SYN}},
     {NULL},
     ROLE_PORT,
     END_A},
    /* 4 */
    {"/role/fan-in/three-peers", {THREE_CLIENTS(1500, 1600)}, {NULL}, ROLE_FAN_IN, END_B},
    {"/role/fan-in/two-peers-are-too-few", {TWO_CLIENTS(1500, 1600)}, {NULL}, ROLE_GUESS, END_A},
    {"/role/fan-in/peers-may-share-the-address",
     {{X, Y, 1500, 1600, TCP_ACK}, {X, Y, 1501, 1600, TCP_ACK}, {X, Y, 1502, 1600, TCP_ACK}},
     {NULL},
     ROLE_FAN_IN,
     END_B},
    {"/role/fan-in/direction-of-the-others-does-not-matter",
     {{X, Y, 1500, 1600, TCP_ACK}, {Y, Z, 1600, 1501, TCP_ACK}, {Y, W, 1600, 1502, TCP_ACK}},
     {NULL},
     ROLE_FAN_IN,
     END_B},
    {"/role/fan-in/other-port-of-the-same-address-is-another-end",
     {{X, Y, 1500, 1600, TCP_ACK}, {Z, Y, 1501, 1600, TCP_ACK}, {W, Y, 1502, 1601, TCP_ACK}},
     {NULL},
     ROLE_GUESS,
     END_A},
    {"/role/fan-in/resets-alone-are-no-peers",
     {{X, Y, 40000, 1000, TCP_RST}, {X, Y, 40000, 1001, TCP_RST}, {Y, X, 1002, 40000, TCP_RST}},
     {NULL},
     ROLE_GUESS,
     END_B},
    {"/role/fan-in/scan-of-one-port-from-one-port-is-none",
     {{X, Y, 1500, 1600, TCP_ACK}, {X, Z, 1500, 1600, TCP_ACK}, {X, W, 1500, 1600, TCP_ACK}},
     {NULL},
     ROLE_GUESS,
     END_A},
    {"/role/fan-in/scan-that-meets-a-service-is-none",
     {{X, Y, 60000, 1600, TCP_ACK},
      {X, Y, 60000, 1601, TCP_ACK},
      {X, Y, 60000, 1602, TCP_ACK},
      {X, Y, 60000, 80, TCP_ACK}},
     {NULL},
     ROLE_GUESS,
     END_B},
    {"/role/fan-in/scan-that-meets-a-port-of-the-site-is-none",
     {{X, Y, 60000, 1600, TCP_ACK},
      {X, Y, 60000, 1601, TCP_ACK},
      {X, Y, 60000, 1602, TCP_ACK},
      {X, Y, 60000, 40007, TCP_ACK}},
     {NULL},
     ROLE_GUESS,
     END_B},
    {"/role/fan-in/beats-the-peer-s-port",
     {{X, Y, 3306, 51000, TCP_ACK}, {Z, Y, 3307, 51000, TCP_ACK}, {W, Y, 3308, 51000, TCP_ACK}},
     {NULL},
     ROLE_FAN_IN,
     END_B},
    {"/role/fan-in/more-connections-win",
     {THREE_CLIENTS(1500, 1600),
      {X, Y, 1503, 1600, TCP_ACK},
      {Z, X, 1700, 1500, TCP_ACK},
      {Z, X, 1701, 1500, TCP_ACK}},
     {NULL},
     ROLE_FAN_IN,
     END_B},
    {"/role/fan-in/equal-numbers-decide-nothing",
     {THREE_CLIENTS(1500, 1600), {Z, X, 1700, 1500, TCP_ACK}, {Z, X, 1701, 1500, TCP_ACK}},
     {NULL},
     ROLE_GUESS,
     END_A},
    /* 5 */
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
    {"/role/port/dissected-among-the-ephemeral-against-a-user-port",
     {{X, Y, 5262, 50000, TCP_ACK}},
     {NULL},
     ROLE_PORT,
     END_B},
    {"/role/port/higher-number-may-be-the-service",
     {{X, Y, 1500, 3306, TCP_ACK}},
     {NULL},
     ROLE_PORT,
     END_B},
    {"/role/port/system-against-dissected", {{X, Y, 3306, 443, TCP_ACK}}, {NULL}, ROLE_PORT, END_B},
    {"/role/port/two-services-decide-nothing",
     {{X, Y, 80, 443, TCP_ACK}},
     {NULL},
     ROLE_GUESS,
     END_A},
    {"/role/port/registered-against-an-older-system-s-client",
     {{X, Y, 1521, 9100, TCP_ACK}},
     {NULL},
     ROLE_PORT,
     END_B},
    {"/role/port/registered-against-a-dissected-client-is-too-close",
     {{X, Y, 3306, 9100, TCP_ACK}},
     {NULL},
     ROLE_GUESS,
     END_A},
    {"/role/port/registered-against-a-user-port-is-too-close",
     {{X, Y, 5262, 9100, TCP_ACK}},
     {NULL},
     ROLE_GUESS,
     END_A},
    {"/role/port/name-in-the-older-client-range-says-nothing",
     {{X, Y, 1521, 51000, TCP_ACK}},
     {NULL},
     ROLE_GUESS,
     END_A},
    {"/role/port/two-ephemeral-decide-nothing",
     {{X, Y, 51000, 40000, TCP_ACK}},
     {NULL},
     ROLE_GUESS,
     END_B},
    {"/role/port/reserved-client-of-nfs", {{X, Y, 800, 2049, TCP_ACK}}, {NULL}, ROLE_PORT, END_B},
    {"/role/port/reserved-client-of-nfs-whose-port-has-a-name",
     {{X, Y, 749, 2049, TCP_ACK}},
     {NULL},
     ROLE_PORT,
     END_B},
    {"/role/port/reserved-client-of-nfs-whose-port-is-a-service-s",
     {{X, Y, 993, 2049, TCP_ACK}},
     {NULL},
     ROLE_PORT,
     END_B},
    {"/role/port/reserved-client-of-rsh", {{X, Y, 993, 514, TCP_ACK}}, {NULL}, ROLE_PORT, END_B},
    {"/role/port/reserved-client-of-a-registered-service",
     {{X, Y, 800, 1521, TCP_ACK}},
     {NULL},
     ROLE_PORT,
     END_B},
    {"/role/port/both-named-may-be-either",
     {{X, Y, 749, 1521, TCP_ACK}},
     {NULL},
     ROLE_GUESS,
     END_A},
    {"/role/port/reserved-against-ephemeral-may-be-either",
     {{X, Y, 749, 51000, TCP_ACK}},
     {NULL},
     ROLE_GUESS,
     END_A},
    {"/role/port/service-among-the-reserved-against-an-older-client",
     {{X, Y, 1521, 993, TCP_ACK}},
     {NULL},
     ROLE_PORT,
     END_B},
    {"/role/port/ftp-data-is-the-client", {{X, Y, 20, 51000, TCP_ACK}}, {NULL}, ROLE_PORT, END_B},
    {"/role/port/ftp-data-to-an-older-client",
     {{X, Y, 1029, 20, TCP_ACK}},
     {NULL},
     ROLE_PORT,
     END_A},
    {"/role/port/word-of-the-site-beats-all",
     {{X, Y, 40007, 443, TCP_ACK}},
     {NULL},
     ROLE_PORT,
     END_A},
    {"/role/port/word-of-the-site-beats-ftp-data",
     {{X, Y, 40007, 20, TCP_ACK}},
     {NULL},
     ROLE_PORT,
     END_A},
    /* 6 */
    {"/role/fan-out/eight-ports-to-several-peers",
     {{X, Y, 40000, 61000, TCP_ACK}, SEVEN_MORE(40000, Z, W, Y, Z, W, Y, Z, 52000, 500)},
     {NULL},
     ROLE_FAN_OUT,
     END_B},
    {"/role/fan-out/direction-of-the-others-does-not-matter",
     {{Y, X, 61000, 40000, TCP_ACK}, SEVEN_MORE(40000, Z, W, Y, Z, W, Y, Z, 52000, 500)},
     {NULL},
     ROLE_FAN_OUT,
     END_A},
    {"/role/fan-out/reset-alone-comes-from-one-of-them",
     {{X, Y, 40000, 61000, TCP_RST},
      SEVEN_MORE(40000, Z, W, Y, Z, W, Y, Z, 52000, 500),
      {X, W, 40016, 61000, TCP_ACK}},
     {NULL},
     ROLE_FAN_OUT,
     END_B},
    {"/role/fan-out/seven-ports-are-too-few",
     {{X, Y, 40000, 61000, TCP_ACK},
      SEVEN_MORE(40000, Z, W, Y, Z, W, Y, Z, 52000, 500),
      {X, Z, 40002, 61001, TCP_ACK}},
     {NULL},
     ROLE_GUESS,
     END_A},
    {"/role/fan-out/ports-far-apart-are-none",
     {{X, Y, 39900, 61000, TCP_ACK}, SEVEN_MORE(40000, Z, W, Y, Z, W, Y, Z, 52000, 500)},
     {NULL},
     ROLE_GUESS,
     END_A},
    {"/role/fan-out/port-used-twice-is-none",
     {{X, Y, 40000, 61000, TCP_ACK},
      SEVEN_MORE(40000, Z, W, Y, Z, W, Y, Z, 52000, 500),
      {X, Y, 40020, 55000, TCP_ACK},
      {X, Z, 40000, 61001, TCP_ACK}},
     {NULL},
     ROLE_GUESS,
     END_A},
    {"/role/fan-out/one-peer-s-ports-used-once-may-be-a-scan",
     {{X, Y, 40000, 61000, TCP_ACK}, SEVEN_MORE(40000, Y, Y, Y, Y, Y, Y, Y, 52000, 500)},
     {NULL},
     ROLE_GUESS,
     END_A},
    {"/role/fan-out/one-peer-s-port-used-again-is-a-server-s",
     {{X, Y, 40000, 52000, TCP_ACK}, SEVEN_MORE(40000, Y, Y, Y, Y, Y, Y, Y, 51500, 500)},
     {NULL},
     ROLE_FAN_OUT,
     END_B},
    {"/role/fan-out/both-ends-decide-nothing",
     {{X, Y, 40000, 61000, TCP_ACK}, SEVEN_MORE(40000, Y, Y, Y, Y, Y, Y, Y, 61000, 2)},
     {NULL},
     ROLE_GUESS,
     END_A},
    {"/role/fan-out/servers-by-handshake-do-not-count",
     {{X, Y, 40000, 61000, TCP_ACK},
      SEVEN_MORE(40000, Z, W, Y, Z, W, Y, Z, 52000, 500),
      {W, X, 52000, 40002, TCP_SYN}},
     {NULL},
     ROLE_GUESS,
     END_A},
    {"/role/fan-out/peer-that-scans-is-no-server",
     {{X, Y, 40000, 61000, TCP_ACK},
      SEVEN_MORE(40000, Z, W, Y, Z, W, Y, Z, 52000, 500),
      {Y, Z, 61000, 80, TCP_ACK}},
     {NULL},
     ROLE_GUESS,
     END_A},
    {"/role/fan-out/port-beats-it",
     {{X, Y, 50000, 61000, TCP_ACK}, SEVEN_MORE(50000, Z, W, Y, Z, W, Y, Z, 52000, 500)},
     {NULL},
     ROLE_PORT,
     END_A},
    /* 7 */
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
    {"/role/port-rank/ftp-data", 20, PORT_NAMED | PORT_DISSECTED, 0},
    {"/role/port-rank/system-with-name", 1, PORT_NAMED, 6},
    {"/role/port-rank/system-unknown", 511, 0, 6},
    {"/role/port-rank/reserved-with-name", 512, PORT_NAMED, 0},
    {"/role/port-rank/reserved-with-dissector", 1023, PORT_DISSECTED, 6},
    {"/role/port-rank/reserved-unknown", 1023, 0, 0},
    {"/role/port-rank/older-client-range-with-name", 1024, PORT_NAMED, 0},
    {"/role/port-rank/older-client-range-with-dissector", 1024, PORT_DISSECTED, 3},
    {"/role/port-rank/end-of-the-older-client-range", 5000, PORT_NAMED, 0},
    {"/role/port-rank/user-unknown", 5001, 0, 1},
    {"/role/port-rank/user-with-name", 5001, PORT_NAMED, 2},
    {"/role/port-rank/user-with-both", 8080, PORT_NAMED | PORT_DISSECTED, 4},
    {"/role/port-rank/last-user-port", 32767, 0, 1},
    {"/role/port-rank/first-ephemeral-port", 32768, 0, 0},
    {"/role/port-rank/ephemeral-with-name", 32768, PORT_NAMED, 0},
    {"/role/port-rank/ephemeral-with-dissector", 65535, PORT_DISSECTED, 4},
    {"/role/port-rank/of-the-site", 20, PORT_OF_SITE, 8},
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
    g_assert_cmpstr(role_basis_name(ROLE_FAN_IN), ==, "fan_in");
    g_assert_cmpstr(role_basis_name(ROLE_PORT), ==, "port");
    g_assert_cmpstr(role_basis_name(ROLE_FAN_OUT), ==, "fan_out");
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
