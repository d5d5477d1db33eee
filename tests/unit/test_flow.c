/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "segments.h"

#include <string.h>

#define SYN_ACK (TCP_SYN | TCP_ACK)

/* --- ends --- */

static void sender_by_port(void)
{
    SCOPED_TALK talk = talk_new();
    client_sends(&talk, TCP_SYN, 1, 0, 0);
    struct segment back = server_segment(&talk, SYN_ACK, 1, 2, 0);
    struct segment forth = client_segment(&talk, TCP_ACK, 2, 2, 0);
    g_assert_cmpint(flow_sender(talk.flow, &back), ==, END_B);
    g_assert_cmpint(flow_sender(talk.flow, &forth), ==, END_A);
}

static void sender_by_address_where_ports_are_equal(void)
{
    SCOPED_TALK talk = talk_new();
    talk.client.port = talk.server.port = 179;
    client_sends(&talk, TCP_SYN, 1, 0, 0);
    struct segment back = server_segment(&talk, SYN_ACK, 1, 2, 0);
    struct segment forth = client_segment(&talk, TCP_ACK, 2, 2, 0);
    g_assert_cmpint(flow_sender(talk.flow, &back), ==, END_B);
    g_assert_cmpint(flow_sender(talk.flow, &forth), ==, END_A);
}

static void sender_by_port_where_addresses_are_equal(void)
{
    SCOPED_TALK talk = talk_new();
    talk.client = end_at("127.0.0.1", 40000);
    talk.server = end_at("127.0.0.1", 80);
    server_sends(&talk, TCP_ACK, 1, 2, 0);
    struct segment forth = client_segment(&talk, TCP_ACK, 2, 2, 0);
    g_assert_cmpint(flow_sender(talk.flow, &forth), ==, END_B);
}

static void sender_is_a_where_both_ends_are_one(void)
{
    SCOPED_TALK talk = talk_new();
    talk.client = talk.server = end_at("127.0.0.1", 40000);
    client_sends(&talk, TCP_SYN, 1, 0, 0);
    struct segment back = server_segment(&talk, TCP_SYN, 1, 0, 0);
    g_assert_cmpint(flow_sender(talk.flow, &back), ==, END_A);
}

/* --- counters --- */

struct counting_case {
    const char *name;
    unsigned flags, analysis;
    uint32_t payload;
    bool copy;
    struct {
        enum counter counter;
        uint64_t expected;
    } counts[6]; /* all others but packets and bytes are 0 */
};

static const struct counting_case counting_cases[] = {
    {"/flow/count/pure-ack", TCP_ACK, 0, 0, false, {{0}}},
    {"/flow/count/syn", TCP_SYN, 0, 0, false, {{COUNTER_SYN, 1}}},
    {"/flow/count/syn-ack-is-a-syn-too",
     SYN_ACK,
     0,
     0,
     false,
     {{COUNTER_SYN, 1}, {COUNTER_SYN_ACK, 1}}},
    {"/flow/count/fin", TCP_FIN | TCP_ACK, 0, 0, false, {{COUNTER_FIN, 1}}},
    {"/flow/count/rst", TCP_RST, 0, 0, false, {{COUNTER_RST, 1}}},
    {"/flow/count/rst-with-ack", TCP_RST | TCP_ACK, 0, 0, false, {{COUNTER_RST, 1}}},
    {"/flow/count/data",
     TCP_ACK,
     0,
     100,
     false,
     {{COUNTER_PAYLOAD_BYTES, 100}, {COUNTER_DATA_PACKETS, 1}}},
    {"/flow/count/copy", TCP_ACK, 0, 0, true, {{COUNTER_DUPLICATE_FRAMES, 1}}},
    {"/flow/count/retransmission",
     TCP_ACK,
     ANALYSIS_RETRANSMISSION,
     100,
     false,
     {{COUNTER_PAYLOAD_BYTES, 100},
      {COUNTER_DATA_PACKETS, 1},
      {COUNTER_RETRANSMISSIONS, 1},
      {COUNTER_RETRANSMITTED_BYTES, 100}}},
    {"/flow/count/fast-retransmission-is-a-retransmission-too",
     TCP_ACK,
     ANALYSIS_FAST_RETRANSMISSION,
     100,
     false,
     {{COUNTER_PAYLOAD_BYTES, 100},
      {COUNTER_DATA_PACKETS, 1},
      {COUNTER_RETRANSMISSIONS, 1},
      {COUNTER_FAST_RETRANSMISSIONS, 1},
      {COUNTER_RETRANSMITTED_BYTES, 100}}},
    {"/flow/count/spurious-retransmission-is-a-retransmission-too",
     TCP_ACK,
     ANALYSIS_SPURIOUS_RETRANSMISSION,
     100,
     false,
     {{COUNTER_PAYLOAD_BYTES, 100},
      {COUNTER_DATA_PACKETS, 1},
      {COUNTER_RETRANSMISSIONS, 1},
      {COUNTER_SPURIOUS_RETRANSMISSIONS, 1},
      {COUNTER_RETRANSMITTED_BYTES, 100}}},
    {"/flow/count/retransmission-of-two-kinds-counts-once",
     TCP_ACK,
     ANALYSIS_RETRANSMISSION | ANALYSIS_FAST_RETRANSMISSION,
     7,
     false,
     {{COUNTER_PAYLOAD_BYTES, 7},
      {COUNTER_DATA_PACKETS, 1},
      {COUNTER_RETRANSMISSIONS, 1},
      {COUNTER_FAST_RETRANSMISSIONS, 1},
      {COUNTER_RETRANSMITTED_BYTES, 7}}},
    {"/flow/count/retransmitted-syn-without-bytes",
     TCP_SYN,
     ANALYSIS_RETRANSMISSION,
     0,
     false,
     {{COUNTER_SYN, 1}, {COUNTER_RETRANSMISSIONS, 1}}},
    {"/flow/count/out-of-order-is-no-retransmission",
     TCP_ACK,
     ANALYSIS_OUT_OF_ORDER,
     0,
     false,
     {{COUNTER_OUT_OF_ORDER, 1}}},
    {"/flow/count/duplicate-ack",
     TCP_ACK,
     ANALYSIS_DUPLICATE_ACK,
     0,
     false,
     {{COUNTER_DUPLICATE_ACKS, 1}}},
    {"/flow/count/lost-segment",
     TCP_ACK,
     ANALYSIS_LOST_SEGMENT,
     0,
     false,
     {{COUNTER_LOST_SEGMENTS, 1}}},
    {"/flow/count/acked-unseen",
     TCP_ACK,
     ANALYSIS_ACKED_UNSEEN,
     0,
     false,
     {{COUNTER_ACKED_UNSEEN, 1}}},
    {"/flow/count/zero-window",
     TCP_ACK,
     ANALYSIS_ZERO_WINDOW,
     0,
     false,
     {{COUNTER_ZERO_WINDOWS, 1}}},
    {"/flow/count/window-full",
     TCP_ACK,
     ANALYSIS_WINDOW_FULL,
     0,
     false,
     {{COUNTER_WINDOW_FULL, 1}}},
    {"/flow/count/keep-alive", TCP_ACK, ANALYSIS_KEEP_ALIVE, 0, false, {{COUNTER_KEEP_ALIVES, 1}}},
    {"/flow/count/flags-that-no-counter-wants", TCP_ACK | 0xE0, 0xA140 & ~0x4000, 0, false, {{0}}},
};

static void counts(gconstpointer data)
{
    const struct counting_case *c = data;
    SCOPED_TALK talk = talk_new();
    struct segment segment = client_segment(&talk, c->flags, 100, 200, c->payload);
    segment.analysis = (uint16_t)c->analysis;
    segment.is_copy = c->copy;
    talk_add(&talk, segment);

    uint64_t expected[COUNTER_COUNT] = {0};
    expected[COUNTER_PACKETS] = 1;
    expected[COUNTER_BYTES] = HEADER_BYTES + c->payload;
    for (size_t i = 0; i < G_N_ELEMENTS(c->counts); i++) {
        if (c->counts[i].expected > 0)
            expected[c->counts[i].counter] = c->counts[i].expected;
    }
    struct totals sent = talk_totals(&talk, CLIENT_TO_SERVER);
    struct totals received = talk_totals(&talk, SERVER_TO_CLIENT);
    for (int i = 0; i < COUNTER_COUNT; i++) {
        if (sent.count[i] != expected[i] || received.count[i] != 0)
            g_error("counter %d is %" G_GUINT64_FORMAT ", expected %" G_GUINT64_FORMAT
                    "; of the other end %" G_GUINT64_FORMAT,
                    i, sent.count[i], expected[i], received.count[i]);
    }
}

static void directions_are_counted_apart(void)
{
    SCOPED_TALK talk = talk_new();
    client_sends(&talk, TCP_ACK, 100, 500, 10);
    client_sends(&talk, TCP_ACK, 110, 500, 20);
    server_sends(&talk, TCP_ACK, 500, 130, 1000);
    g_assert_cmpuint(talk_totals(&talk, CLIENT_TO_SERVER).count[COUNTER_PACKETS], ==, 2);
    g_assert_cmpuint(talk_totals(&talk, CLIENT_TO_SERVER).count[COUNTER_PAYLOAD_BYTES], ==, 30);
    g_assert_cmpuint(talk_totals(&talk, SERVER_TO_CLIENT).count[COUNTER_PACKETS], ==, 1);
    g_assert_cmpuint(talk_totals(&talk, SERVER_TO_CLIENT).count[COUNTER_PAYLOAD_BYTES], ==, 1000);
}

/* Those of bytes have 64 bits, and one is worked out: flow_counter() would read something else. */
static const struct refused_counter {
    const char *name;
    enum counter counter;
} refused_counters[] = {
    {"/flow/count/refused/bytes", COUNTER_BYTES},
    {"/flow/count/refused/payload-bytes", COUNTER_PAYLOAD_BYTES},
    {"/flow/count/refused/retransmitted-bytes", COUNTER_RETRANSMITTED_BYTES},
    {"/flow/count/refused/inferred-payload-bytes", COUNTER_INFERRED_PAYLOAD_BYTES},
};

static void counter_of_bytes_is_refused(gconstpointer data)
{
    const struct refused_counter *c = data;
    if (g_test_subprocess()) {
        const struct flow flow = {0};
        (void)flow_counter(&flow, END_A, c->counter);
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr("*assertion failed*COUNTER_WIDE_END*");
}

static void bytes_have_64_bits(void)
{
    SCOPED_TALK talk = talk_new();
    struct segment segment = client_segment(&talk, TCP_ACK, 1, 1, 4000000000);
    segment.analysis = ANALYSIS_RETRANSMISSION;
    for (int i = 0; i < 3; i++)
        talk_add(&talk, segment);
    struct totals totals = talk_totals(&talk, CLIENT_TO_SERVER);
    uint64_t expected = G_GUINT64_CONSTANT(12000000000);
    g_assert_cmpuint(totals.count[COUNTER_PAYLOAD_BYTES], ==, expected);
    g_assert_cmpuint(totals.count[COUNTER_RETRANSMITTED_BYTES], ==, expected);
    g_assert_cmpuint(totals.count[COUNTER_BYTES], ==, expected + 3 * HEADER_BYTES);
}

static void hop_limits_of_resets_are_kept_apart(void)
{
    static const struct {
        unsigned flags;
        uint8_t hop_limit;
        bool has;
    } sent[] = {
        {TCP_ACK, 64, true}, {TCP_ACK, 62, true}, {TCP_RST, 128, true}, {TCP_RST, 1, false}};
    SCOPED_TALK talk = talk_new();
    for (size_t i = 0; i < G_N_ELEMENTS(sent); i++) {
        struct segment segment = client_segment(&talk, sent[i].flags, 1, 1, 0);
        segment.hop_limit = sent[i].hop_limit;
        segment.has_hop_limit = sent[i].has;
        talk_add(&talk, segment);
    }
    struct totals totals = talk_totals(&talk, CLIENT_TO_SERVER);
    g_assert_cmpuint(totals.hop_limits.minimum, ==, 62);
    g_assert_cmpuint(totals.hop_limits.maximum, ==, 128);
    g_assert_cmpuint(totals.rst_hop_limits.minimum, ==, 128);
    g_assert_cmpuint(totals.rst_hop_limits.maximum, ==, 128);
    struct totals unseen = talk_totals(&talk, SERVER_TO_CLIENT);
    g_assert_cmpuint(unseen.hop_limits.minimum, >, unseen.hop_limits.maximum);
    g_assert_cmpuint(unseen.rst_hop_limits.minimum, >, unseen.rst_hop_limits.maximum);
}

static void hop_limits_other_than_of_resets_are_listed_once(void)
{
    static const uint8_t limits[] = {64, 64, 63, 62, 63};
    SCOPED_TALK talk = talk_new();
    for (size_t i = 0; i < G_N_ELEMENTS(limits); i++) {
        struct segment segment = client_segment(&talk, TCP_ACK, 1, 1, 0);
        segment.has_hop_limit = true;
        segment.hop_limit = limits[i];
        talk_add(&talk, segment);
    }
    struct segment other = client_segment(&talk, TCP_RST, 1, 0, 0);
    other.has_hop_limit = true;
    other.hop_limit = 255;
    talk_add(&talk, other);
    const struct flow_side *side = &talk.flow->sides[END_A];
    g_assert_cmpuint(side->hop_count, ==, FLOW_HOP_LIMITS);
    g_assert_cmpuint(side->hop_list[0], ==, 64);
    g_assert_cmpuint(side->hop_list[1], ==, 63);
    g_assert_cmpuint(side->hop_list[2], ==, 62);
    other.flags = TCP_ACK;
    other.is_copy = true; /* has gone another way */
    talk_add(&talk, other);
    g_assert_cmpuint(side->hop_count, ==, FLOW_HOP_LIMITS);
    other.is_copy = false;
    talk_add(&talk, other);
    g_assert_cmpuint(side->hop_count, ==, FLOW_HOP_LIMITS + 1);
}

static void copies_that_the_receiver_answers_are_counted(void)
{
    SCOPED_TALK talk = talk_new();
    client_sends(&talk, TCP_ACK, 100, 900, 10);
    struct segment copy = client_segment(&talk, TCP_ACK, 100, 900, 10);
    copy.is_copy = true;
    talk_add(&talk, copy);
    server_sends(&talk, TCP_ACK, 900, 110, 0);
    g_assert_cmpuint(talk.flow->sides[END_A].copies_answered, ==, 0);
    talk_add(&talk, copy);
    struct segment again = server_segment(&talk, TCP_ACK, 900, 110, 0);
    again.analysis = ANALYSIS_DUPLICATE_ACK;
    talk_add(&talk, again);
    g_assert_cmpuint(talk.flow->sides[END_A].copies_answered, ==, 1);
}

static void copies_are_no_originals(void)
{
    SCOPED_TALK talk = talk_new();
    struct segment segments[] = {
        client_segment(&talk, TCP_SYN, 99, 0, 0),
        client_segment(&talk, TCP_ACK, 100, 900, 10),
        client_segment(&talk, TCP_RST, 110, 0, 0),
    };
    segments[1].analysis = ANALYSIS_ZERO_WINDOW | ANALYSIS_WINDOW_FULL;
    for (int copies = 0; copies < 3; copies++) {
        for (size_t i = 0; i < G_N_ELEMENTS(segments); i++) {
            segments[i].is_copy = copies > 0;
            talk_add(&talk, segments[i]);
        }
    }
    static const enum copy_kind kinds[] = {COPY_SYN, COPY_DATA, COPY_RST, COPY_ZERO_WINDOW,
                                           COPY_WINDOW_FULL};
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        g_assert_cmpuint(flow_originals(talk.flow, END_A, kinds[i]), ==, 1);
    g_assert_cmpuint(flow_counter(talk.flow, END_A, COUNTER_DATA_PACKETS), ==, 3);
    g_assert_cmpuint(flow_originals(talk.flow, END_A, COPY_SYN_ACK), ==, 0);
}

static void totals_add_up(void)
{
    SCOPED_TALK one = talk_new();
    SCOPED_TALK two = talk_new();
    struct segment segment = client_segment(&one, TCP_ACK, 1, 1, 100);
    segment.has_hop_limit = true;
    segment.hop_limit = 60;
    talk_add(&one, segment);
    segment.hop_limit = 70;
    segment.payload = 11;
    talk_add(&two, segment);
    struct totals sum = talk_totals(&one, CLIENT_TO_SERVER);
    struct totals addend = talk_totals(&two, CLIENT_TO_SERVER);
    totals_add(&sum, &addend);
    g_assert_cmpuint(sum.count[COUNTER_PAYLOAD_BYTES], ==, 111);
    g_assert_cmpuint(sum.count[COUNTER_PACKETS], ==, 2);
    g_assert_cmpuint(sum.hop_limits.minimum, ==, 60);
    g_assert_cmpuint(sum.hop_limits.maximum, ==, 70);
    g_assert_cmpuint(sum.rst_hop_limits.minimum, >, sum.rst_hop_limits.maximum);
}

static void first_and_last_time_ignore_the_order(void)
{
    SCOPED_TALK talk = talk_new();
    static const int64_t times[] = {50, 10, 90, 30};
    for (size_t i = 0; i < G_N_ELEMENTS(times); i++) {
        talk.now = times[i];
        client_sends(&talk, TCP_ACK, 1, 1, 0);
    }
    g_assert_cmpint(talk.flow->first_time, ==, 10);
    g_assert_cmpint(talk.flow->last_time, ==, 90);
}

static void one_way_until_the_other_end_is_seen(void)
{
    SCOPED_TALK talk = talk_new();
    client_sends(&talk, TCP_ACK, 1, 1, 0);
    client_sends(&talk, TCP_ACK, 1, 1, 0);
    g_assert_true(flow_is_one_way(talk.flow));
    server_sends(&talk, TCP_RST, 1, 1, 0);
    g_assert_false(flow_is_one_way(talk.flow));
}

/* --- handshake --- */

struct step {
    bool by_server;
    unsigned flags;
    uint32_t sequence, acknowledged, payload;
    int64_t time; /* ns after the first */
    bool copy;
};

#define CLIENT    false
#define SERVER    true
#define MAX_STEPS 6

struct handshake_case {
    const char *name;
    struct step steps[MAX_STEPS]; /* up to flags 0 */
    int64_t server_side, client_side;
};

static const struct handshake_case handshake_cases[] = {
    {"/flow/handshake/gives-both-times",
     {{CLIENT, TCP_SYN, 100, 0, 0, 0, false},
      {SERVER, SYN_ACK, 900, 101, 0, 30, false},
      {CLIENT, TCP_ACK, 101, 901, 0, 50, false}},
     30,
     20},
    {"/flow/handshake/syn-alone-gives-none",
     {{CLIENT, TCP_SYN, 100, 0, 0, 0, false}},
     TIME_NONE,
     TIME_NONE},
    {"/flow/handshake/without-last-ack-gives-the-server-side",
     {{CLIENT, TCP_SYN, 100, 0, 0, 0, false}, {SERVER, SYN_ACK, 900, 101, 0, 30, false}},
     30,
     TIME_NONE},
    {"/flow/handshake/ends-with-data-if-no-ack-came-before",
     {{CLIENT, TCP_SYN, 100, 0, 0, 0, false},
      {SERVER, SYN_ACK, 900, 101, 0, 30, false},
      {CLIENT, TCP_ACK | TCP_PSH, 101, 901, 77, 55, false}},
     30,
     25},
    {"/flow/handshake/only-the-first-ack-counts",
     {{CLIENT, TCP_SYN, 100, 0, 0, 0, false},
      {SERVER, SYN_ACK, 900, 101, 0, 30, false},
      {CLIENT, TCP_ACK, 101, 901, 0, 50, false},
      {CLIENT, TCP_ACK | TCP_PSH, 101, 901, 77, 90, false}},
     30,
     20},
    {"/flow/handshake/sequence-numbers-wrap",
     {{CLIENT, TCP_SYN, 0xFFFFFFFF, 0, 0, 0, false},
      {SERVER, SYN_ACK, 0xFFFFFFFF, 0, 0, 30, false},
      {CLIENT, TCP_ACK, 0, 0, 0, 50, false}},
     30,
     20},
    {"/flow/handshake/repeated-syn-gives-no-times",
     {{CLIENT, TCP_SYN, 100, 0, 0, 0, false},
      {CLIENT, TCP_SYN, 100, 0, 0, 1000, false},
      {SERVER, SYN_ACK, 900, 101, 0, 1030, false},
      {CLIENT, TCP_ACK, 101, 901, 0, 1050, false}},
     TIME_NONE,
     TIME_NONE},
    {"/flow/handshake/repeated-syn-ack-gives-no-times",
     {{CLIENT, TCP_SYN, 100, 0, 0, 0, false},
      {SERVER, SYN_ACK, 900, 101, 0, 30, false},
      {SERVER, SYN_ACK, 900, 101, 0, 1030, false},
      {CLIENT, TCP_ACK, 101, 901, 0, 1050, false}},
     TIME_NONE,
     TIME_NONE},
    {"/flow/handshake/syn-ack-repeated-after-the-end-takes-the-times-back",
     {{CLIENT, TCP_SYN, 100, 0, 0, 0, false},
      {SERVER, SYN_ACK, 900, 101, 0, 30, false},
      {CLIENT, TCP_ACK, 101, 901, 0, 50, false},
      {SERVER, SYN_ACK, 900, 101, 0, 1030, false}},
     TIME_NONE,
     TIME_NONE},
    {"/flow/handshake/copies-are-no-repeats",
     {{CLIENT, TCP_SYN, 100, 0, 0, 0, false},
      {CLIENT, TCP_SYN, 100, 0, 0, 1, true},
      {SERVER, SYN_ACK, 900, 101, 0, 30, false},
      {SERVER, SYN_ACK, 900, 101, 0, 31, true},
      {CLIENT, TCP_ACK, 101, 901, 0, 50, false},
      {CLIENT, TCP_ACK, 101, 901, 0, 51, true}},
     30,
     20},
    {"/flow/handshake/syn-ack-before-syn-gives-no-times",
     {{SERVER, SYN_ACK, 900, 101, 0, 0, false},
      {CLIENT, TCP_SYN, 100, 0, 0, 10, false},
      {CLIENT, TCP_ACK, 101, 901, 0, 50, false}},
     TIME_NONE,
     TIME_NONE},
    {"/flow/handshake/syn-ack-alone-gives-no-times",
     {{SERVER, SYN_ACK, 900, 101, 0, 0, false}, {CLIENT, TCP_ACK, 101, 901, 0, 50, false}},
     TIME_NONE,
     TIME_NONE},
    {"/flow/handshake/ack-captured-first-gives-no-times",
     {{CLIENT, TCP_ACK, 101, 901, 0, 0, false},
      {CLIENT, TCP_SYN, 100, 0, 0, 1, false},
      {SERVER, SYN_ACK, 900, 101, 0, 30, false},
      {CLIENT, TCP_ACK | TCP_PSH, 101, 901, 77, 5000, false}},
     TIME_NONE,
     TIME_NONE},
    {"/flow/handshake/ack-captured-before-syn-ack-gives-no-times",
     {{CLIENT, TCP_SYN, 100, 0, 0, 0, false},
      {CLIENT, TCP_ACK, 101, 901, 0, 20, false},
      {SERVER, SYN_ACK, 900, 101, 0, 30, false},
      {CLIENT, TCP_ACK | TCP_PSH, 101, 901, 77, 5000, false}},
     TIME_NONE,
     TIME_NONE},
    {"/flow/handshake/clock-backwards-at-syn-ack-gives-no-times",
     {{CLIENT, TCP_SYN, 100, 0, 0, 0, false},
      {SERVER, SYN_ACK, 900, 101, 0, -1, false},
      {CLIENT, TCP_ACK, 101, 901, 0, 50, false}},
     TIME_NONE,
     TIME_NONE},
    {"/flow/handshake/clock-backwards-at-ack-gives-no-times",
     {{CLIENT, TCP_SYN, 100, 0, 0, 0, false},
      {SERVER, SYN_ACK, 900, 101, 0, 30, false},
      {CLIENT, TCP_ACK, 101, 901, 0, 29, false}},
     TIME_NONE,
     TIME_NONE},
    {"/flow/handshake/no-time-at-all-is-0",
     {{CLIENT, TCP_SYN, 100, 0, 0, 0, false},
      {SERVER, SYN_ACK, 900, 101, 0, 0, false},
      {CLIENT, TCP_ACK, 101, 901, 0, 0, false}},
     0,
     0},
    {"/flow/handshake/simultaneous-open-gives-no-times",
     {{CLIENT, TCP_SYN, 100, 0, 0, 0, false},
      {SERVER, TCP_SYN, 900, 0, 0, 5, false},
      {CLIENT, SYN_ACK, 100, 901, 0, 30, false},
      {SERVER, SYN_ACK, 900, 101, 0, 35, false},
      {CLIENT, TCP_ACK, 101, 901, 0, 50, false}},
     TIME_NONE,
     TIME_NONE},
    {"/flow/handshake/syn-ack-of-another-syn-does-not-answer",
     {{CLIENT, TCP_SYN, 100, 0, 0, 0, false}, {SERVER, SYN_ACK, 900, 77, 0, 30, false}},
     TIME_NONE,
     TIME_NONE},
    {"/flow/handshake/ack-of-another-syn-ack-does-not-end-it",
     {{CLIENT, TCP_SYN, 100, 0, 0, 0, false},
      {SERVER, SYN_ACK, 900, 101, 0, 30, false},
      {CLIENT, TCP_ACK, 101, 950, 0, 50, false}},
     30,
     TIME_NONE},
    {"/flow/handshake/reset-does-not-end-it",
     {{CLIENT, TCP_SYN, 100, 0, 0, 0, false},
      {SERVER, SYN_ACK, 900, 101, 0, 30, false},
      {CLIENT, TCP_RST | TCP_ACK, 101, 901, 0, 50, false}},
     30,
     TIME_NONE},
    {"/flow/handshake/refusal-is-no-answer",
     {{CLIENT, TCP_SYN, 100, 0, 0, 0, false}, {SERVER, TCP_RST | TCP_ACK, 0, 101, 0, 30, false}},
     TIME_NONE,
     TIME_NONE},
    {"/flow/handshake/data-of-the-server-does-not-end-it",
     {{CLIENT, TCP_SYN, 100, 0, 0, 0, false},
      {SERVER, SYN_ACK, 900, 101, 0, 30, false},
      {SERVER, TCP_ACK, 901, 101, 9, 40, false},
      {CLIENT, TCP_ACK, 101, 901, 0, 50, false}},
     30,
     20},
    {"/flow/handshake/fast-open-data-acknowledged",
     {{CLIENT, TCP_SYN, 100, 0, 200, 0, false},
      {SERVER, SYN_ACK, 900, 301, 0, 30, false},
      {CLIENT, TCP_ACK, 301, 901, 0, 50, false}},
     30,
     20},
    {"/flow/handshake/fast-open-data-not-acknowledged",
     {{CLIENT, TCP_SYN, 100, 0, 200, 0, false},
      {SERVER, SYN_ACK, 900, 101, 0, 30, false},
      {CLIENT, TCP_ACK, 101, 901, 200, 50, false}},
     30,
     20},
    {"/flow/handshake/fast-open-data-partly-acknowledged",
     {{CLIENT, TCP_SYN, 100, 0, 200, 0, false},
      {SERVER, SYN_ACK, 900, 201, 0, 30, false},
      {CLIENT, TCP_ACK, 201, 901, 100, 50, false}},
     30,
     20},
    {"/flow/handshake/fast-open-with-wrap",
     {{CLIENT, TCP_SYN, 0xFFFFFFF0, 0, 200, 0, false},
      {SERVER, SYN_ACK, 900, 0xFFFFFFF1 + 200, 0, 30, false},
      {CLIENT, TCP_ACK, 0xFFFFFFF1 + 200, 901, 0, 50, false}},
     30,
     20},
    {"/flow/handshake/fast-open-ack-beyond-the-data-does-not-answer",
     {{CLIENT, TCP_SYN, 100, 0, 200, 0, false}, {SERVER, SYN_ACK, 900, 302, 0, 30, false}},
     TIME_NONE,
     TIME_NONE},
};

static void play(struct talk *talk, const struct step *steps)
{
    for (int i = 0; i < MAX_STEPS && steps[i].flags != 0; i++) {
        const struct step *step = &steps[i];
        talk->now = TEST_EPOCH + step->time;
        struct segment segment = (step->by_server ? server_segment : client_segment)(
            talk, step->flags, step->sequence, step->acknowledged, step->payload);
        segment.is_copy = step->copy;
        talk_add(talk, segment);
    }
}

static void handshake_takes(gconstpointer data)
{
    const struct handshake_case *c = data;
    SCOPED_TALK talk = talk_new();
    play(&talk, c->steps);
    g_assert_cmpint(talk.flow->handshake.server_side, ==, c->server_side);
    g_assert_cmpint(talk.flow->handshake.client_side, ==, c->client_side);
}

static void first_syns_are_noted_by_end(void)
{
    SCOPED_TALK talk = talk_new();
    client_sends(&talk, TCP_ACK, 101, 901, 0);
    g_assert_cmpuint(talk.flow->first_syn, ==, NO_END);
    g_assert_cmpuint(talk.flow->first_syn_ack, ==, NO_END);
    server_sends(&talk, SYN_ACK, 900, 101, 0);
    g_assert_cmpuint(talk.flow->first_syn, ==, NO_END);
    g_assert_cmpuint(talk.flow->first_syn_ack, ==, END_B);
    client_sends(&talk, TCP_SYN, 100, 0, 0);
    g_assert_cmpuint(talk.flow->first_syn, ==, END_A);
}

static void simultaneous_open_notes_the_first_syn_only(void)
{
    SCOPED_TALK talk = talk_new();
    client_sends(&talk, TCP_SYN, 100, 0, 0);
    server_sends(&talk, TCP_SYN, 900, 0, 0);
    server_sends(&talk, SYN_ACK, 900, 101, 0);
    client_sends(&talk, SYN_ACK, 100, 901, 0);
    g_assert_cmpuint(talk.flow->first_syn, ==, END_A);
    g_assert_cmpuint(talk.flow->first_syn_ack, ==, END_B);
}

/* --- what came of it --- */

struct outcome_case {
    const char *name;
    struct step steps[MAX_STEPS];
    bool unanswered, refused, established;
};

static const struct outcome_case outcome_cases[] = {
    {"/flow/outcome/syn-alone", {{CLIENT, TCP_SYN, 100, 0, 0, 0, false}}, true, false, false},
    {"/flow/outcome/syn-repeated",
     {{CLIENT, TCP_SYN, 100, 0, 0, 0, false}, {CLIENT, TCP_SYN, 100, 0, 0, 1000, false}},
     true,
     false,
     false},
    {"/flow/outcome/client-gave-up-with-a-reset",
     {{CLIENT, TCP_SYN, 100, 0, 0, 0, false}, {CLIENT, TCP_RST, 101, 0, 0, 1000, false}},
     true,
     false,
     false},
    {"/flow/outcome/client-went-on-so-it-was-answered",
     {{CLIENT, TCP_SYN, 100, 0, 0, 0, false}, {CLIENT, TCP_ACK, 101, 901, 0, 20, false}},
     false,
     false,
     false},
    {"/flow/outcome/nothing-but-acks",
     {{CLIENT, TCP_ACK, 100, 900, 0, 0, false}},
     false,
     false,
     false},
    {"/flow/outcome/refused",
     {{CLIENT, TCP_SYN, 100, 0, 0, 0, false}, {SERVER, TCP_RST | TCP_ACK, 0, 101, 0, 1, false}},
     false,
     true,
     false},
    {"/flow/outcome/refused-at-the-second-attempt",
     {{CLIENT, TCP_SYN, 100, 0, 0, 0, false},
      {CLIENT, TCP_SYN, 100, 0, 0, 1000, false},
      {SERVER, TCP_RST | TCP_ACK, 0, 101, 0, 1001, false}},
     false,
     true,
     false},
    {"/flow/outcome/refused-and-accepted-later",
     {{CLIENT, TCP_SYN, 100, 0, 0, 0, false},
      {SERVER, TCP_RST | TCP_ACK, 0, 101, 0, 1, false},
      {CLIENT, TCP_SYN, 500, 0, 0, 1000, false},
      {SERVER, SYN_ACK, 900, 501, 0, 1001, false},
      {CLIENT, TCP_ACK, 501, 901, 0, 1002, false}},
     false,
     false,
     true},
    {"/flow/outcome/reset-without-the-syn-refuses-nothing",
     {{SERVER, TCP_RST | TCP_ACK, 0, 101, 0, 0, false}},
     false,
     false,
     false},
    {"/flow/outcome/reset-after-the-handshake-refuses-nothing",
     {{CLIENT, TCP_SYN, 100, 0, 0, 0, false},
      {SERVER, SYN_ACK, 900, 101, 0, 1, false},
      {CLIENT, TCP_ACK, 101, 901, 0, 2, false},
      {SERVER, TCP_RST, 901, 0, 0, 3, false}},
     false,
     false,
     true},
    {"/flow/outcome/syn-ack-alone-establishes-nothing",
     {{CLIENT, TCP_SYN, 100, 0, 0, 0, false}, {SERVER, SYN_ACK, 900, 101, 0, 1, false}},
     false,
     false,
     false},
    {"/flow/outcome/reset-of-a-syn-ack-establishes-nothing",
     {{CLIENT, TCP_SYN, 100, 0, 0, 0, false},
      {SERVER, SYN_ACK, 900, 101, 0, 1, false},
      {CLIENT, TCP_RST, 101, 0, 0, 2, false}},
     false,
     false,
     false},
    {"/flow/outcome/established-from-the-syn-ack-on",
     {{SERVER, SYN_ACK, 900, 101, 0, 0, false}, {CLIENT, TCP_ACK, 101, 901, 0, 1, false}},
     false,
     false,
     true},
    {"/flow/outcome/established-by-data-and-its-ack",
     {{CLIENT, TCP_ACK, 100, 900, 10, 0, false}, {SERVER, TCP_ACK, 900, 110, 0, 1, false}},
     false,
     false,
     true},
    {"/flow/outcome/established-by-data-of-the-server-and-its-ack",
     {{SERVER, TCP_ACK, 900, 100, 10, 0, false}, {CLIENT, TCP_ACK, 100, 905, 0, 1, false}},
     false,
     false,
     true},
    {"/flow/outcome/established-by-data-and-its-ack-where-numbers-wrap",
     {{CLIENT, TCP_ACK, 0xFFFFFFFB, 900, 10, 0, false}, {SERVER, TCP_ACK, 900, 5, 0, 1, false}},
     false,
     false,
     true},
    {"/flow/outcome/ack-of-nothing-new-establishes-nothing",
     {{CLIENT, TCP_ACK, 100, 900, 10, 0, false}, {SERVER, TCP_ACK, 900, 100, 0, 1, false}},
     false,
     false,
     false},
    {"/flow/outcome/data-alone-establishes-nothing",
     {{CLIENT, TCP_ACK, 100, 900, 10, 0, false}},
     false,
     false,
     false},
    {"/flow/outcome/acks-alone-establish-nothing",
     {{CLIENT, TCP_ACK, 100, 900, 0, 0, false}, {SERVER, TCP_ACK, 900, 110, 0, 1, false}},
     false,
     false,
     false},
};

static void comes_of_it(gconstpointer data)
{
    const struct outcome_case *c = data;
    SCOPED_TALK talk = talk_new();
    play(&talk, c->steps);
    enum end client = talk_client(&talk);
    g_assert_cmpint(flow_is_unanswered(talk.flow, client), ==, c->unanswered);
    g_assert_cmpint(flow_is_refused(talk.flow, client), ==, c->refused);
    g_assert_cmpint(flow_is_established(talk.flow), ==, c->established);
    g_assert_false(flow_is_unanswered(talk.flow, end_peer(client)));
    g_assert_false(flow_is_refused(talk.flow, end_peer(client)));
}

/* --- attempts: rejected, repeated, answered with something old --- */

struct attempt_case {
    const char *name;
    struct step steps[MAX_STEPS];
    bool unanswered, rejected, repeated_syn, repeated_syn_ack,
        stale_ack; /* the last of the server */
};

#define SYN_AT(time)                                                                               \
    {                                                                                              \
        CLIENT, TCP_SYN, 100, 0, 0, time, false                                                    \
    }
#define SYN_ACK_AT(time)                                                                           \
    {                                                                                              \
        SERVER, SYN_ACK, 900, 101, 0, time, false                                                  \
    }

static const struct attempt_case attempt_cases[] = {
    {"/flow/attempt/rejected",
     {SYN_AT(0), SYN_ACK_AT(1), {CLIENT, TCP_RST, 101, 0, 0, 2, false}},
     false,
     true,
     false,
     false,
     false},
    {"/flow/attempt/rejected-again-and-again",
     {SYN_AT(0),
      SYN_ACK_AT(1),
      {CLIENT, TCP_RST, 101, 0, 0, 2, false},
      SYN_ACK_AT(S),
      {CLIENT, TCP_RST, 101, 0, 0, S + 1, false}},
     false,
     true,
     false,
     true,
     false},
    {"/flow/attempt/not-rejected-by-a-client-that-asks-again",
     {SYN_AT(0), SYN_ACK_AT(1), SYN_AT(S), {CLIENT, TCP_RST, 101, 0, 0, 2 * S, false}},
     false,
     false,
     true,
     false,
     false},
    {"/flow/attempt/not-rejected-after-an-ack",
     {SYN_AT(0),
      SYN_ACK_AT(1),
      {CLIENT, TCP_ACK, 101, 901, 0, 2, false},
      {CLIENT, TCP_RST, 101, 0, 0, 3, false}},
     false,
     false,
     false,
     false,
     false},
    {"/flow/attempt/not-rejected-without-a-syn-ack",
     {SYN_AT(0), {CLIENT, TCP_RST, 101, 0, 0, 2, false}},
     true,
     false,
     false,
     false,
     false},
    {"/flow/attempt/not-rejected-by-the-server",
     {SYN_AT(0), SYN_ACK_AT(1), {SERVER, TCP_RST, 901, 0, 0, 2, false}},
     false,
     false,
     false,
     false,
     false},
    {"/flow/attempt/repeated-after-200-ms",
     {SYN_AT(0), SYN_AT(200 * MS)},
     true,
     false,
     true,
     false,
     false},
    {"/flow/attempt/not-repeated-before",
     {SYN_AT(0), SYN_AT(199 * MS)},
     true,
     false,
     false,
     false,
     false},
    {"/flow/attempt/not-repeated-with-another-number",
     {SYN_AT(0), {CLIENT, TCP_SYN, 7100, 0, 0, S, false}},
     true,
     false,
     false,
     false,
     false},
    {"/flow/attempt/not-repeated-by-a-copy",
     {SYN_AT(0), {CLIENT, TCP_SYN, 100, 0, 0, S, true}},
     true,
     false,
     false,
     false,
     false},
    {"/flow/attempt/syn-ack-repeated-after-200-ms",
     {SYN_AT(0), SYN_ACK_AT(1), SYN_ACK_AT(S)},
     false,
     false,
     false,
     true,
     false},
    {"/flow/attempt/syn-ack-not-repeated-before",
     {SYN_AT(0), SYN_ACK_AT(0), SYN_ACK_AT(199 * MS)},
     false,
     false,
     false,
     false,
     false},
    {"/flow/attempt/syn-ack-that-answers-another-syn",
     {SYN_AT(0), SYN_ACK_AT(1), SYN_AT(S), SYN_ACK_AT(S + 1)},
     false,
     false,
     true,
     false,
     false},
    {"/flow/attempt/stale-ack",
     {SYN_AT(0), {SERVER, TCP_ACK, 77777, 55555, 0, 1, false}},
     false,
     false,
     false,
     false,
     true},
    {"/flow/attempt/stale-ack-just-beyond",
     {SYN_AT(0), {SERVER, TCP_ACK, 77777, 102, 0, 1, false}},
     false,
     false,
     false,
     false,
     true},
    {"/flow/attempt/stale-ack-just-before",
     {SYN_AT(0), {SERVER, TCP_ACK, 77777, 100, 0, 1, false}},
     false,
     false,
     false,
     false,
     true},
    {"/flow/attempt/stale-syn-ack-sent-again-acknowledges-nothing",
     {SYN_AT(0),
      {SERVER, TCP_ACK, 77777, 55555, 0, 1, false},
      {SERVER, SYN_ACK, 900, 55555, 0, S, false},
      {SERVER, SYN_ACK, 900, 55555, 0, 2 * S, false}},
     false,
     false,
     false,
     false,
     true},
    {"/flow/attempt/ack-of-the-syn-is-not-stale",
     {SYN_AT(0), {SERVER, TCP_ACK, 901, 101, 0, 1, false}},
     false,
     false,
     false,
     false,
     false},
    {"/flow/attempt/ack-of-fast-open-data-is-not-stale",
     {{CLIENT, TCP_SYN, 100, 0, 50, 0, false}, {SERVER, TCP_ACK, 901, 151, 0, 1, false}},
     false,
     false,
     false,
     false,
     false},
    {"/flow/attempt/ack-of-data-behind-a-syn-ack-is-not-stale",
     {SYN_AT(0), SYN_ACK_AT(1), {SERVER, TCP_ACK, 901, 5000, 0, 2, false}},
     false,
     false,
     false,
     false,
     false},
};

static void attempt_ends(gconstpointer data)
{
    const struct attempt_case *c = data;
    SCOPED_TALK talk = talk_new();
    play(&talk, c->steps);
    enum end client = talk_client(&talk);
    g_assert_cmpint(flow_is_unanswered(talk.flow, client), ==, c->unanswered);
    g_assert_cmpint(flow_is_rejected(talk.flow, client), ==, c->rejected);
    g_assert_false(flow_is_rejected(talk.flow, end_peer(client)));
    g_assert_cmpint(talk.flow->sides[client].repeated_syn, ==, c->repeated_syn);
    g_assert_cmpint(talk.flow->sides[end_peer(client)].repeated_syn_ack, ==, c->repeated_syn_ack);
    g_assert_cmpint(talk.flow->sides[end_peer(client)].sent_stale_ack, ==, c->stale_ack);
    g_assert_false(talk.flow->sides[client].sent_stale_ack);
    if (c->stale_ack)
        g_assert_false(talk.flow->sides[end_peer(client)].has_ack);
}

/* What an ACK of another connection or numbering acknowledges was never sent. */
static void acknowledgment_that_does_not_fit_counts_for_nothing(void)
{
    static const struct {
        int64_t beyond;
        bool fits;
    } cases[] = {{0, true},
                 {1 << 26, true},
                 {(1 << 26) + 1, false},
                 {-(1 << 26), true},
                 {-(1 << 26) - 1, false}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        SCOPED_TALK talk = talk_new();
        client_sends(&talk, TCP_ACK, 1000, 900, 10);
        server_sends(&talk, TCP_ACK, 900, 1010 + (uint32_t)cases[i].beyond, 0);
        g_assert_cmpint(talk.flow->sides[END_B].has_ack, ==, cases[i].fits);
        /* No SYN was sent that it could have answered. */
        g_assert_false(talk.flow->sides[END_B].sent_stale_ack);
    }
}

/* --- the end of an exchange --- */

/* The client asks for bytes 0 to 30, the server answers with 0 to 4000; then a reset. */
struct acked_case {
    const char *name;
    uint32_t server_acks, client_acks; /* bytes, in segments before the reset */
    bool by_server;
    unsigned flags;
    uint32_t reset_acks;
    bool all_acked;
};

static const struct acked_case acked_cases[] = {
    {"/flow/reset/all-acked", 30, 4000, true, TCP_RST, 0, true},
    {"/flow/reset/data-not-acked", 30, 3999, true, TCP_RST, 0, false},
    {"/flow/reset/question-not-acked", 29, 4000, true, TCP_RST, 0, false},
    {"/flow/reset/acks-the-rest-itself", 30, 0, false, TCP_RST | TCP_ACK, 4000, true},
    {"/flow/reset/acks-not-all-itself", 30, 0, false, TCP_RST | TCP_ACK, 3999, false},
    {"/flow/reset/number-without-ack-acks-nothing", 30, 0, false, TCP_RST, 4000, false},
    {"/flow/reset/own-data-is-not-acked-by-itself", 30, 0, true, TCP_RST | TCP_ACK, 30, false},
};

static void reset_knows_what_was_acked(gconstpointer data)
{
    const struct acked_case *c = data;
    SCOPED_TALK talk = talk_new();
    client_sends(&talk, TCP_ACK, 100, 900, 30);
    talk.now += S;
    server_sends(&talk, TCP_ACK, 900, 100 + c->server_acks, 4000);
    talk.now += S;
    client_sends(&talk, TCP_ACK, 130, 900 + c->client_acks, 0);
    talk.now += S;
    if (c->by_server)
        server_sends(&talk, c->flags, 4900, 100 + c->reset_acks, 0);
    else
        client_sends(&talk, c->flags, 130, 900 + c->reset_acks, 0);
    const struct decisive_reset *reset = flow_reset(talk.flow);
    g_assert_cmpint(reset->all_acked, ==, c->all_acked);
    g_assert_cmpuint(reset->last_speaker, ==, END_B);
    g_assert_cmpint(reset->idle, ==, S);
    g_assert_cmpint(reset->quiet, ==, 2 * S);
    g_assert_cmpint(reset->silence, ==, c->by_server ? 2 * S : S);
    g_assert_false(reset->answers_data);
}

static void reset_knows_the_silence_to_the_nanosecond(void)
{
    SCOPED_TALK talk = talk_new();
    client_sends(&talk, TCP_ACK, 100, 900, 30);
    talk.now += S / 3;
    server_sends(&talk, TCP_ACK, 900, 130, 4000);
    talk.now += S / 7;
    server_sends(&talk, TCP_RST, 4900, 0, 0);
    g_assert_cmpint(flow_reset(talk.flow)->silence, ==, S / 7);
}

static void reset_knows_whether_it_answers_data(void)
{
    for (int by_server = 0; by_server < 2; by_server++) {
        SCOPED_TALK talk = talk_new();
        server_sends(&talk, TCP_RST, 1, 0, 0); /* no silence: it had sent nothing else */
        g_assert_cmpint(flow_reset(talk.flow)->silence, ==, TIME_NONE);
        talk.now += S;
        client_sends(&talk, TCP_ACK, 100, 900, 30);
        server_sends(&talk, TCP_ACK, 900, 130, 0);
        talk.now += S;
        client_sends(&talk, TCP_ACK, 130, 900, 30);
        talk.now += MS;
        if (by_server)
            server_sends(&talk, TCP_RST, 900, 0, 0);
        else
            client_sends(&talk, TCP_RST, 160, 0, 0);
        const struct decisive_reset *reset = flow_reset(talk.flow);
        g_assert_cmpint(reset->answers_data, ==, by_server);
        g_assert_cmpint(reset->silence, ==, by_server ? S + MS : MS);
    }
}

/* --- offloading --- */

struct size_case {
    const char *name;
    uint16_t mss; /* that the server announced; 0: no handshake */
    uint32_t bytes;
    uint32_t oversized, hidden;
    bool copy;
};

static const struct size_case size_cases[] = {
    {"/flow/size/mss", 1460, 1460, 0, 0, false},
    {"/flow/size/beyond-the-mss", 1460, 1461, 1, 1, false},
    {"/flow/size/two-segments", 1460, 2920, 1, 1, false},
    {"/flow/size/three-segments", 1460, 2921, 1, 2, false},
    /* The filter of the finding shows it. */
    {"/flow/size/copy", 1460, 2921, 1, 0, true},
    {"/flow/size/jumbo-frame-without-a-handshake", 0, 9000, 0, 0, false},
    {"/flow/size/beyond-every-frame", 0, 9001, 1, 6, false},
};

static void size_tells_of_offloading(gconstpointer data)
{
    const struct size_case *c = data;
    SCOPED_TALK talk = talk_new();
    client_sends(&talk, c->mss > 0 ? TCP_SYN : TCP_ACK, 99, 0, 0);
    struct segment answer = server_segment(&talk, c->mss > 0 ? SYN_ACK : TCP_ACK, 899, 100, 0);
    answer.mss = c->mss;
    talk_add(&talk, answer);
    struct segment segment = client_segment(&talk, TCP_ACK, 100, 900, c->bytes);
    segment.is_copy = c->copy;
    talk_add(&talk, segment);
    const struct flow_extra *extra = talk.flow->extra;
    g_assert_cmpuint(extra != NULL ? extra->oversized[END_A] : 0, ==, c->oversized);
    g_assert_cmpuint(extra != NULL ? extra->oversized_copies[END_A] : 0, ==, c->copy ? 1 : 0);
    g_assert_cmpuint(extra != NULL ? extra->hidden_segments[END_A] : 0, ==, c->hidden);
}

/* --- the first reset --- */

static void reset_is_noted_with_what_was_before(void)
{
    SCOPED_TALK talk = talk_new();
    client_sends(&talk, TCP_ACK, 100, 900, 30);
    talk.now += 5 * S;
    server_sends(&talk, TCP_ACK, 900, 130, 4000);
    talk.now += 7 * S;
    server_sends(&talk, TCP_RST, 4900, 0, 0);
    talk.now += 1 * S;
    client_sends(&talk, TCP_RST, 130, 0, 0);
    const struct decisive_reset *reset = flow_reset(talk.flow);
    g_assert_cmpuint(reset->sender, ==, END_B);
    g_assert_cmpint(reset->time, ==, TEST_EPOCH + 12 * S);
    g_assert_cmpint(reset->idle, ==, 7 * S);
    g_assert_cmpuint(reset->payload_before[END_A], ==, 30);
    g_assert_cmpuint(reset->payload_before[END_B], ==, 4000);
}

static void reset_after_a_fin_outdoes_that_of_an_attempt(void)
{
    SCOPED_TALK talk = talk_new();
    client_sends(&talk, TCP_SYN, 100, 0, 0);
    server_sends(&talk, TCP_RST | TCP_ACK, 0, 101, 0);
    server_sends(&talk, TCP_FIN | TCP_ACK, 0, 101, 0);
    talk.now += 1 * S;
    client_sends(&talk, TCP_RST, 101, 0, 0);
    const struct decisive_reset *reset = flow_reset(talk.flow);
    g_assert_cmpuint(reset->sender, ==, END_A);
    g_assert_cmpint(reset->time, ==, TEST_EPOCH + 1 * S);
    g_assert_true(reset->after_fin);
}

static void no_reset_has_no_time(void)
{
    SCOPED_TALK talk = talk_new();
    client_sends(&talk, TCP_FIN | TCP_ACK, 100, 900, 30);
    g_assert_cmpint(flow_reset(talk.flow)->time, ==, TIME_NONE);
}

static void reset_as_first_segment_was_never_idle(void)
{
    SCOPED_TALK talk = talk_new();
    server_sends(&talk, TCP_RST, 100, 0, 0);
    g_assert_cmpint(flow_reset(talk.flow)->time, ==, TEST_EPOCH);
    g_assert_cmpint(flow_reset(talk.flow)->idle, ==, TIME_NONE);
    g_assert_cmpuint(flow_reset(talk.flow)->sender, ==, END_A);
}

static void reset_before_what_was_captured_before_has_no_idle_time(void)
{
    SCOPED_TALK talk = talk_new();
    client_sends(&talk, TCP_ACK, 100, 900, 0);
    talk.now -= 1;
    server_sends(&talk, TCP_RST, 900, 0, 0);
    g_assert_cmpint(flow_reset(talk.flow)->idle, ==, TIME_NONE);
}

/* --- turnarounds --- */

struct turn {
    bool by_server;
    uint32_t sequence, payload;
    int64_t time; /* ns after the first */
    int64_t expected;
};

struct turn_case {
    const char *name;
    struct turn turns[MAX_STEPS]; /* up to payload 0 at time 0 */
    size_t count;
};

static const struct turn_case turn_cases[] = {
    {"/flow/turnaround/request-and-response",
     {{CLIENT, 100, 10, 0, TIME_NONE}, {SERVER, 900, 10, 40, 40}, {CLIENT, 110, 10, 100, 60}},
     3},
    {"/flow/turnaround/from-the-last-of-the-request-to-the-first-of-the-response",
     {{CLIENT, 100, 10, 0, TIME_NONE},
      {CLIENT, 110, 10, 30, TIME_NONE},
      {SERVER, 900, 10, 50, 20},
      {SERVER, 910, 10, 80, TIME_NONE}},
     4},
    {"/flow/turnaround/acks-neither-start-nor-end-one",
     {{CLIENT, 100, 10, 0, TIME_NONE},
      {SERVER, 900, 0, 5, TIME_NONE},
      {CLIENT, 110, 0, 6, TIME_NONE},
      {SERVER, 900, 10, 50, 50}},
     4},
    {"/flow/turnaround/first-data-of-a-connection-ends-none", {{SERVER, 900, 10, 7, TIME_NONE}}, 1},
    {"/flow/turnaround/retransmission-does-not-start-one",
     {{CLIENT, 100, 10, 0, TIME_NONE}, {CLIENT, 100, 10, 30, TIME_NONE}, {SERVER, 900, 10, 50, 50}},
     3},
    {"/flow/turnaround/retransmission-does-not-end-one",
     {{SERVER, 900, 10, 0, TIME_NONE},
      {CLIENT, 100, 10, 20, 20},
      {SERVER, 900, 10, 30, TIME_NONE},
      {SERVER, 910, 10, 50, 30}},
     4},
    {"/flow/turnaround/retransmission-with-new-bytes-ends-one",
     {{SERVER, 900, 10, 0, TIME_NONE}, {CLIENT, 100, 10, 20, 20}, {SERVER, 905, 10, 30, 10}},
     3},
    {"/flow/turnaround/keep-alive-does-not-end-one",
     {{CLIENT, 100, 10, 0, TIME_NONE},
      {SERVER, 900, 10, 20, 20},
      {CLIENT, 109, 1, 60, TIME_NONE},
      {CLIENT, 110, 10, 100, 80}},
     4},
    {"/flow/turnaround/keep-alive-does-not-start-one",
     {{CLIENT, 100, 10, 0, TIME_NONE},
      {CLIENT, 109, 1, 60, TIME_NONE},
      {SERVER, 900, 10, 100, 100}},
     3},
    {"/flow/turnaround/late-segment-within-the-data-is-not-new",
     {{CLIENT, 100, 10, 0, TIME_NONE},
      {SERVER, 1000, 100, 20, 20},
      {CLIENT, 110, 10, 30, 10},
      {SERVER, 900, 100, 35, TIME_NONE},
      {SERVER, 1100, 10, 90, 60}},
     5},
    {"/flow/turnaround/sequence-numbers-wrap",
     {{CLIENT, 0xFFFFFFF0, 16, 0, TIME_NONE},
      {SERVER, 0xFFFFFFFF, 10, 20, 20},
      {CLIENT, 0, 10, 30, 10},
      {SERVER, 9, 10, 70, 40}},
     4},
    {"/flow/turnaround/retransmission-from-before-the-wrap-is-not-new",
     {{CLIENT, 0xFFFFFFF0, 32, 0, TIME_NONE},
      {SERVER, 900, 10, 20, 20},
      {CLIENT, 0xFFFFFFF0, 8, 30, TIME_NONE},
      {CLIENT, 16, 8, 60, 40}},
     4},
    {"/flow/turnaround/clock-backwards-gives-none",
     {{CLIENT, 100, 10, 50, TIME_NONE},
      {SERVER, 900, 10, 49, TIME_NONE},
      {CLIENT, 110, 10, 60, 11}},
     3},
    {"/flow/turnaround/no-time-at-all-is-0",
     {{CLIENT, 100, 10, 50, TIME_NONE}, {SERVER, 900, 10, 50, 0}},
     2},
};

static void turns(gconstpointer data)
{
    const struct turn_case *c = data;
    SCOPED_TALK talk = talk_new();
    for (size_t i = 0; i < c->count; i++) {
        const struct turn *turn = &c->turns[i];
        talk.now = TEST_EPOCH + turn->time;
        int64_t elapsed = (turn->by_server ? server_sends : client_sends)(
            &talk, TCP_ACK, turn->sequence, 1, turn->payload);
        if (elapsed != turn->expected)
            g_error("turn %u gives %" G_GINT64_FORMAT ", expected %" G_GINT64_FORMAT, (unsigned)i,
                    elapsed, turn->expected);
    }
}

static void copy_ends_no_turnaround(void)
{
    SCOPED_TALK talk = talk_new();
    client_sends(&talk, TCP_ACK, 100, 1, 10);
    talk.now += 10;
    g_assert_cmpint(server_sends(&talk, TCP_ACK, 900, 110, 10), ==, 10);
    talk.now += 10;
    struct segment copy = client_segment(&talk, TCP_ACK, 100, 1, 10);
    copy.is_copy = true;
    g_assert_cmpint(talk_add(&talk, copy), ==, TIME_NONE);
}

/* A server that knows no MPTCP answers the offer without it, and speaks TCP. */
static void multipath_ends_no_turnaround_once_agreed(void)
{
    for (int agreed = 0; agreed < 2; agreed++) {
        SCOPED_TALK talk = talk_new();
        struct segment syn = client_segment(&talk, TCP_SYN, 99, 0, 0);
        syn.is_multipath = true;
        talk_add(&talk, syn);
        struct segment syn_ack = server_segment(&talk, SYN_ACK, 899, 100, 0);
        syn_ack.is_multipath = agreed != 0;
        talk_add(&talk, syn_ack);
        client_sends(&talk, TCP_ACK, 100, 900, 10);
        talk.now += 10;
        int64_t turnaround = server_sends(&talk, TCP_ACK, 900, 110, 10);
        g_assert_cmpint(turnaround, ==, agreed != 0 ? TIME_NONE : 10);
    }
}

/* Fast Open: the request is in the SYN, which takes a sequence number before it. */
static void fast_open_data_is_a_request(void)
{
    SCOPED_TALK talk = talk_new();
    g_assert_cmpint(client_sends(&talk, TCP_SYN, 100, 0, 10), ==, TIME_NONE);
    talk.now += 40;
    g_assert_cmpint(server_sends(&talk, SYN_ACK, 900, 111, 20), ==, 40);
    talk.now += 40;
    g_assert_cmpint(client_sends(&talk, TCP_ACK, 101, 901, 10), ==, TIME_NONE);
    g_assert_cmpint(client_sends(&talk, TCP_ACK, 111, 901, 1), ==, 40);
}

/* --- the first and the last time that there may be --- */

#define EARLIEST (EARLIEST_SECOND * NS_PER_SECOND)
#define LATEST   (LATEST_SECOND * NS_PER_SECOND + NS_PER_SECOND - 1)

static void longest_times_do_not_overflow(void)
{
    SCOPED_TALK talk = talk_new();
    talk.now = EARLIEST;
    client_sends(&talk, TCP_SYN, 100, 0, 0);
    talk.now = LATEST;
    server_sends(&talk, SYN_ACK, 900, 101, 0);
    client_sends(&talk, TCP_ACK, 101, 901, 0);
    g_assert_cmpint(talk.flow->handshake.server_side, ==, LATEST - EARLIEST);
    g_assert_cmpint(talk.flow->last_time - talk.flow->first_time, ==, LATEST - EARLIEST);

    talk.now = EARLIEST;
    client_sends(&talk, TCP_ACK, 101, 901, 10);
    talk.now = LATEST;
    g_assert_cmpint(server_sends(&talk, TCP_ACK, 901, 111, 10), ==, LATEST - EARLIEST);
    talk.now = EARLIEST;
    client_sends(&talk, TCP_ACK, 111, 911, 0);
    talk.now = LATEST;
    server_sends(&talk, TCP_RST, 911, 0, 0);
    g_assert_cmpint(flow_reset(talk.flow)->idle, ==, LATEST - EARLIEST);
}

/* Whatever compares times with each other does so here, forwards and backwards: late data behind
 * gaps, repeats, closed windows, answers, resets and what follows them. */
static void clock_between_the_ends_of_time_does_no_harm(void)
{
    SCOPED_TALK talk = talk_new();
    uint32_t client = 100, server = 900;
    for (int i = 0; i < 40; i++) {
        const uint32_t sent[] = {client + 20, client, client};
        talk.now = i % 2 == 0 ? EARLIEST : LATEST;
        for (size_t j = 0; j < G_N_ELEMENTS(sent); j++) {
            struct segment data = client_segment(&talk, TCP_ACK, sent[j], server, 10);
            data.window = i % 2 == 0 ? 0 : 1000;
            talk_add(&talk, data);
        }
        talk.now = i % 3 == 0 ? EARLIEST : LATEST;
        server_sends(&talk, TCP_ACK, server, client + 10, 10);
        if (i % 5 == 0)
            server_sends(&talk, TCP_RST, server, 0, 0);
        client += 30;
        server += 10;
    }
    g_assert_cmpint(talk.flow->first_time, ==, EARLIEST);
    g_assert_cmpint(talk.flow->last_time, ==, LATEST);
    g_assert_cmpint(sequence_trouble_of(talk.flow, END_A)->closed_time, ==, INT64_MAX);
}

/* --- payload of an end that was not captured --- */

struct inference_case {
    const char *name;
    struct step steps[MAX_STEPS];
    uint64_t of_client, of_server;
};

static const struct inference_case inference_cases[] = {
    {"/flow/inferred/first-ack-is-only-the-baseline",
     {{CLIENT, TCP_ACK, 100, 5000, 10, 0, false}},
     0,
     0},
    {"/flow/inferred/advance-of-acks",
     {{CLIENT, TCP_ACK, 100, 5000, 10, 0, false},
      {CLIENT, TCP_ACK, 110, 6460, 0, 0, false},
      {CLIENT, TCP_ACK, 110, 7920, 0, 0, false}},
     0,
     2920},
    {"/flow/inferred/from-the-end-of-the-handshake",
     {{CLIENT, TCP_SYN, 100, 0, 0, 0, false},
      {CLIENT, TCP_ACK, 101, 5001, 0, 0, false},
      {CLIENT, TCP_ACK, 101, 5101, 0, 0, false}},
     0,
     100},
    {"/flow/inferred/syn-ack-is-the-baseline",
     {{SERVER, SYN_ACK, 900, 101, 0, 0, false},
      {SERVER, TCP_ACK, 901, 171, 0, 0, false},
      {SERVER, TCP_ACK, 901, 171, 10, 0, false}},
     70,
     0},
    {"/flow/inferred/syn-ack-begins-anew",
     {{SERVER, TCP_ACK, 900, 0x80000000, 0, 0, false},
      {SERVER, SYN_ACK, 900, 101, 0, 0, false},
      {SERVER, TCP_ACK, 901, 111, 0, 0, false}},
     10,
     0},
    {"/flow/inferred/acks-wrap",
     {{CLIENT, TCP_ACK, 100, 0xFFFFFF00, 0, 0, false},
      {CLIENT, TCP_ACK, 100, 0x00000100, 0, 0, false}},
     0,
     512},
    {"/flow/inferred/older-ack-does-not-count-back-or-again",
     {{CLIENT, TCP_ACK, 100, 1000, 0, 0, false},
      {CLIENT, TCP_ACK, 100, 3000, 0, 0, false},
      {CLIENT, TCP_ACK, 100, 2000, 0, 0, false},
      {CLIENT, TCP_ACK, 100, 3000, 0, 0, false}},
     0,
     2000},
    {"/flow/inferred/fin-of-the-peer-is-taken-off",
     {{CLIENT, TCP_ACK, 100, 1000, 0, 0, false},
      {CLIENT, TCP_ACK, 100, 1500, 0, 0, false},
      {CLIENT, TCP_FIN | TCP_ACK, 100, 1501, 0, 0, false}},
     0,
     500},
    {"/flow/inferred/without-fin-nothing-is-taken-off",
     {{CLIENT, TCP_ACK, 100, 1000, 0, 0, false}, {CLIENT, TCP_ACK, 100, 1501, 0, 0, false}},
     0,
     501},
    {"/flow/inferred/fin-without-any-advance",
     {{CLIENT, TCP_FIN | TCP_ACK, 100, 1000, 0, 0, false}},
     0,
     0},
    {"/flow/inferred/only-the-fin-was-acknowledged",
     {{CLIENT, TCP_ACK, 100, 1000, 0, 0, false},
      {CLIENT, TCP_FIN | TCP_ACK, 100, 1001, 0, 0, false}},
     0,
     0},
    {"/flow/inferred/ack-of-a-reset-is-ignored",
     {{CLIENT, TCP_ACK, 100, 1000, 0, 0, false},
      {CLIENT, TCP_RST | TCP_ACK, 100, 9000, 0, 0, false}},
     0,
     0},
    {"/flow/inferred/ack-of-a-first-reset-is-no-baseline",
     {{CLIENT, TCP_RST | TCP_ACK, 100, 100, 0, 0, false},
      {CLIENT, TCP_ACK, 100, 1000, 0, 0, false}},
     0,
     0},
    {"/flow/inferred/number-without-ack-flag-is-ignored",
     {{CLIENT, TCP_SYN, 100, 77, 0, 0, false}, {CLIENT, TCP_PSH, 101, 5000, 0, 0, false}},
     0,
     0},
    {"/flow/inferred/nothing-where-both-ends-were-captured",
     {{CLIENT, TCP_ACK, 100, 1000, 0, 0, false},
      {CLIENT, TCP_ACK, 100, 3000, 0, 0, false},
      {SERVER, TCP_ACK, 3000, 100, 0, 0, false}},
     0,
     0},
};

static void infers(gconstpointer data)
{
    const struct inference_case *c = data;
    SCOPED_TALK talk = talk_new();
    play(&talk, c->steps);
    g_assert_cmpuint(talk_totals(&talk, CLIENT_TO_SERVER).count[COUNTER_INFERRED_PAYLOAD_BYTES], ==,
                     c->of_client);
    g_assert_cmpuint(talk_totals(&talk, SERVER_TO_CLIENT).count[COUNTER_INFERRED_PAYLOAD_BYTES], ==,
                     c->of_server);
}

static void inference_goes_beyond_32_bits(void)
{
    SCOPED_TALK talk = talk_new();
    for (uint32_t i = 0; i <= 10; i++)
        client_sends(&talk, TCP_ACK, 1, i * 0x40000000U, 0);
    g_assert_cmpuint(talk_totals(&talk, SERVER_TO_CLIENT).count[COUNTER_INFERRED_PAYLOAD_BYTES], ==,
                     G_GUINT64_CONSTANT(0x40000000) * 10);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/flow/sender/by-port", sender_by_port);
    g_test_add_func("/flow/sender/by-address-where-ports-are-equal",
                    sender_by_address_where_ports_are_equal);
    g_test_add_func("/flow/sender/by-port-where-addresses-are-equal",
                    sender_by_port_where_addresses_are_equal);
    g_test_add_func("/flow/sender/is-a-where-both-ends-are-one",
                    sender_is_a_where_both_ends_are_one);
    for (size_t i = 0; i < G_N_ELEMENTS(counting_cases); i++)
        g_test_add_data_func(counting_cases[i].name, &counting_cases[i], counts);
    g_test_add_func("/flow/count/directions-apart", directions_are_counted_apart);
    g_test_add_func("/flow/count/bytes-have-64-bits", bytes_have_64_bits);
    for (size_t i = 0; i < G_N_ELEMENTS(refused_counters); i++)
        g_test_add_data_func(refused_counters[i].name, &refused_counters[i],
                             counter_of_bytes_is_refused);
    g_test_add_func("/flow/count/hop-limits-of-resets-apart", hop_limits_of_resets_are_kept_apart);
    g_test_add_func("/flow/count/hop-limits-are-listed-once",
                    hop_limits_other_than_of_resets_are_listed_once);
    g_test_add_func("/flow/count/answered-copies", copies_that_the_receiver_answers_are_counted);
    g_test_add_func("/flow/copies/are-no-originals", copies_are_no_originals);
    g_test_add_func("/flow/count/totals-add-up", totals_add_up);
    g_test_add_func("/flow/time/first-and-last-ignore-the-order",
                    first_and_last_time_ignore_the_order);
    g_test_add_func("/flow/one-way/until-the-other-end-is-seen",
                    one_way_until_the_other_end_is_seen);
    for (size_t i = 0; i < G_N_ELEMENTS(handshake_cases); i++)
        g_test_add_data_func(handshake_cases[i].name, &handshake_cases[i], handshake_takes);
    g_test_add_func("/flow/handshake/first-syns-are-noted-by-end", first_syns_are_noted_by_end);
    g_test_add_func("/flow/handshake/simultaneous-open-notes-the-first-syn-only",
                    simultaneous_open_notes_the_first_syn_only);
    for (size_t i = 0; i < G_N_ELEMENTS(outcome_cases); i++)
        g_test_add_data_func(outcome_cases[i].name, &outcome_cases[i], comes_of_it);
    ADD_CASES(attempt_cases, attempt_ends);
    g_test_add_func("/flow/acknowledgment/fits",
                    acknowledgment_that_does_not_fit_counts_for_nothing);
    ADD_CASES(acked_cases, reset_knows_what_was_acked);
    g_test_add_func("/flow/reset/silence", reset_knows_the_silence_to_the_nanosecond);
    g_test_add_func("/flow/reset/answers-data", reset_knows_whether_it_answers_data);
    ADD_CASES(size_cases, size_tells_of_offloading);
    g_test_add_func("/flow/reset/noted-with-what-was-before", reset_is_noted_with_what_was_before);
    g_test_add_func("/flow/reset/after-a-fin-outdoes-that-of-an-attempt",
                    reset_after_a_fin_outdoes_that_of_an_attempt);
    g_test_add_func("/flow/reset/none-has-no-time", no_reset_has_no_time);
    g_test_add_func("/flow/reset/first-segment-was-never-idle",
                    reset_as_first_segment_was_never_idle);
    g_test_add_func("/flow/reset/clock-backwards-gives-no-idle-time",
                    reset_before_what_was_captured_before_has_no_idle_time);
    for (size_t i = 0; i < G_N_ELEMENTS(turn_cases); i++)
        g_test_add_data_func(turn_cases[i].name, &turn_cases[i], turns);
    g_test_add_func("/flow/turnaround/copy-ends-none", copy_ends_no_turnaround);
    g_test_add_func("/flow/turnaround/multipath-ends-none-once-agreed",
                    multipath_ends_no_turnaround_once_agreed);
    g_test_add_func("/flow/turnaround/fast-open-data-is-a-request", fast_open_data_is_a_request);
    g_test_add_func("/flow/time/longest-do-not-overflow", longest_times_do_not_overflow);
    g_test_add_func("/flow/time/clock-between-the-ends-of-time",
                    clock_between_the_ends_of_time_does_no_harm);
    for (size_t i = 0; i < G_N_ELEMENTS(inference_cases); i++)
        g_test_add_data_func(inference_cases[i].name, &inference_cases[i], infers);
    g_test_add_func("/flow/inferred/goes-beyond-32-bits", inference_goes_beyond_32_bits);
    return g_test_run();
}
