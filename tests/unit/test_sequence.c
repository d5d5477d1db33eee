/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "connection/sequence.h"

#include "connected.h"

static const struct sequence_trouble *client_trouble(const struct talk *talk)
{
    g_assert_nonnull(talk->flow->trouble);
    return sequence_trouble_of(talk->flow, END_A);
}

static const struct sequence_trouble *server_trouble(const struct talk *talk)
{
    g_assert_nonnull(talk->flow->trouble);
    return sequence_trouble_of(talk->flow, END_B);
}

/* "captured missing acked" of what the client sent again. */
static void assert_resent(const struct talk *talk, unsigned captured, unsigned missing,
                          unsigned acked)
{
    g_assert_cmpuint(client_trouble(talk)->resent_captured, ==, captured);
    g_assert_cmpuint(client_trouble(talk)->resent_missing, ==, missing);
    g_assert_cmpuint(client_trouble(talk)->resent_acked, ==, acked);
    g_assert_cmpuint(witness_count(talk, WITNESS_RESENT_CAPTURED), ==, captured);
    g_assert_cmpuint(witness_count(talk, WITNESS_RESENT_MISSING), ==, missing);
    g_assert_cmpuint(witness_count(talk, WITNESS_RESENT_ACKED), ==, acked);
}

static void assert_gap(const struct talk *talk, unsigned index, uint32_t start, uint32_t end)
{
    g_assert_cmpuint(index, <, client_trouble(talk)->gap_count);
    g_assert_cmpuint(client_trouble(talk)->gaps[index].start, ==, start);
    g_assert_cmpuint(client_trouble(talk)->gaps[index].end, ==, end);
}

/* --- gaps --- */

static void healthy_connection_needs_no_record(void)
{
    SCOPED_TALK talk = connected();
    client_data(&talk, C0, 100);
    server_sends(&talk, TCP_ACK, S0, C0 + 100, 200);
    client_sends(&talk, TCP_ACK | TCP_FIN, C0 + 100, S0 + 200, 0);
    server_sends(&talk, TCP_ACK | TCP_FIN, S0 + 200, C0 + 101, 0);
    client_sends(&talk, TCP_ACK, C0 + 101, S0 + 201, 0);
    g_assert_null(talk.flow->trouble);
    g_assert_cmpuint(talk.capture->witnesses->all->len, ==, 0);
}

static void data_ahead_opens_a_gap(void)
{
    SCOPED_TALK talk = connected();
    client_data(&talk, C0, 100);
    struct segment ahead = client_segment(&talk, TCP_ACK, C0 + 300, S0, 100);
    ahead.ip_id = 77;
    talk_add(&talk, ahead);
    g_assert_cmpuint(client_trouble(&talk)->gap_count, ==, 1);
    assert_gap(&talk, 0, C0 + 100, C0 + 300);
    const struct gap *gap = &client_trouble(&talk)->gaps[0];
    g_assert_cmpuint(gap->opening_frame, ==, ahead.frame);
    g_assert_cmpuint(gap->opening_ip_id, ==, 77);
    g_assert_cmpint(gap->opened, ==, talk.now);
}

/* One gap, of bytes 100 to 400, and what late data leaves of it. */
struct fill_case {
    const char *name;
    uint32_t from, bytes; /* of the late data, from C0 */
    unsigned gaps;
    uint32_t left[4]; /* starts and ends of the gaps, from C0 */
    bool fills;
};

static const struct fill_case fill_cases[] = {
    {"/sequence/gaps/filled-exactly", 100, 300, 0, {0}, true},
    {"/sequence/gaps/filled-and-more", 50, 400, 0, {0}, true},
    {"/sequence/gaps/head-filled", 100, 100, 1, {200, 400}, true},
    {"/sequence/gaps/head-filled-by-overlap", 50, 100, 1, {150, 400}, true},
    {"/sequence/gaps/tail-filled", 300, 100, 1, {100, 300}, true},
    {"/sequence/gaps/tail-filled-by-overlap", 300, 150, 1, {100, 300}, true},
    {"/sequence/gaps/middle-filled-leaves-two", 200, 100, 2, {100, 200, 300, 400}, true},
    {"/sequence/gaps/data-just-before-fills-nothing", 50, 50, 1, {100, 400}, false},
    {"/sequence/gaps/data-just-behind-fills-nothing", 400, 50, 1, {100, 400}, false},
};

static void late_data_fills(gconstpointer data)
{
    const struct fill_case *c = data;
    SCOPED_TALK talk = connected();
    client_data(&talk, C0, 100);
    client_data(&talk, C0 + 400, 100);
    talk.now += LATE;
    client_data(&talk, C0 + c->from, c->bytes);
    g_assert_cmpuint(client_trouble(&talk)->gap_count, ==, c->gaps);
    for (unsigned i = 0; i < c->gaps; i++)
        assert_gap(&talk, i, C0 + c->left[2 * i], C0 + c->left[2 * i + 1]);
    assert_resent(&talk, !c->fills, c->fills, 0);
}

/* @count gaps of 100 bytes, each behind 100 bytes of data. */
static struct talk with_gaps(uint32_t c0, unsigned count)
{
    struct talk talk = connected_at(c0);
    for (uint32_t i = 0; i <= count; i++)
        client_data(&talk, c0 + 200 * i, 100);
    talk.now += LATE;
    return talk;
}

static void one_segment_fills_several_gaps(void)
{
    SCOPED_TALK talk = with_gaps(C0, 3);
    client_data(&talk, C0 + 150, 400);
    g_assert_cmpuint(client_trouble(&talk)->gap_count, ==, 2);
    assert_gap(&talk, 0, C0 + 100, C0 + 150);
    assert_gap(&talk, 1, C0 + 550, C0 + 600);
    assert_resent(&talk, 0, 1, 0);
}

static void one_gap_too_many_gives_up_the_oldest(void)
{
    SCOPED_TALK talk = with_gaps(C0, SEQUENCE_GAPS);
    assert_gap(&talk, 0, C0 + 100, C0 + 200);
    client_data(&talk, C0 + 200 * (SEQUENCE_GAPS + 1), 100);
    g_assert_cmpuint(client_trouble(&talk)->gap_count, ==, SEQUENCE_GAPS);
    assert_gap(&talk, 0, C0 + 300, C0 + 400);
    assert_gap(&talk, SEQUENCE_GAPS - 1, C0 + 200 * SEQUENCE_GAPS + 100,
               C0 + 200 * SEQUENCE_GAPS + 200);
}

/* A full list of gaps, of which one is split by what fills its middle. The oldest is given up for
 * the tail; the head of the oldest, if that is the one. */
struct split_case {
    const char *name;
    uint32_t split;   /* which gap: the oldest is 0 */
    uint64_t missing; /* bytes, once all is acknowledged */
};

static const struct split_case split_cases[] = {
    {"/sequence/gaps/split-without-room/oldest", 0, 100 * (SEQUENCE_GAPS - 1) + 40},
    {"/sequence/gaps/split-without-room/second", 1, 100 * (SEQUENCE_GAPS - 1) - 20},
    {"/sequence/gaps/split-without-room/middle", SEQUENCE_GAPS / 2, 100 * (SEQUENCE_GAPS - 1) - 20},
    {"/sequence/gaps/split-without-room/last", SEQUENCE_GAPS - 1, 100 * (SEQUENCE_GAPS - 1) - 20},
};

/* Bytes 40 to 60 of gap number @split are gone, and what was given up for that. */
static void assert_split(const struct talk *talk, uint32_t split)
{
    unsigned index = 0;
    for (uint32_t i = 0; i < SEQUENCE_GAPS; i++) {
        const uint32_t start = C0 + 200 * i + 100;
        if (i == split && i > 0)
            assert_gap(talk, index++, start, start + 40);
        if (i == split)
            assert_gap(talk, index++, start + 60, start + 100);
        else if (i > 0)
            assert_gap(talk, index++, start, start + 100);
    }
    g_assert_cmpuint(client_trouble(talk)->gap_count, ==, index);
    g_assert_cmpuint(index, ==, SEQUENCE_GAPS);
}

static void acknowledge_all_gaps(struct talk *talk)
{
    server_acks(talk, C0 + 200 * SEQUENCE_GAPS + 100);
}

static void split_without_room_keeps_the_tail(gconstpointer data)
{
    const struct split_case *c = data;
    SCOPED_TALK talk = with_gaps(C0, SEQUENCE_GAPS);
    client_data(&talk, C0 + 200 * c->split + 140, 20);
    assert_split(&talk, c->split);
    assert_resent(&talk, 0, 1, 0);
    g_assert_true(client_trouble(&talk)->gave_up_gaps);

    unsigned gaps;
    acknowledge_all_gaps(&talk);
    g_assert_cmpuint(sequence_missing_bytes(talk.flow, END_A, &gaps), ==, c->missing);
    g_assert_cmpuint(gaps, ==, SEQUENCE_GAPS);
}

static void later_bytes_fill_the_tail_of_a_split(gconstpointer data)
{
    const struct split_case *c = data;
    SCOPED_TALK talk = with_gaps(C0, SEQUENCE_GAPS);
    const uint32_t gap = C0 + 200 * c->split + 100;
    client_data(&talk, gap + 40, 20);
    client_data(&talk, gap + 60, 40);
    g_assert_cmpuint(client_trouble(&talk)->gap_count, ==, SEQUENCE_GAPS - 1);
    assert_resent(&talk, 0, 2, 0);

    unsigned gaps;
    acknowledge_all_gaps(&talk);
    g_assert_cmpuint(sequence_missing_bytes(talk.flow, END_A, &gaps), ==, c->missing - 40);
    g_assert_cmpuint(gaps, ==, SEQUENCE_GAPS - 1);
}

/* Beyond the bound nothing is known, and nothing is said: not even of what was acknowledged. */
static void gap_given_up_for_a_tail_is_not_missing(void)
{
    SCOPED_TALK talk = with_gaps(C0, SEQUENCE_GAPS);
    server_acks(&talk, C0 + 300);
    client_data(&talk, C0 + 340, 20);
    acknowledge_all_gaps(&talk);
    unsigned gaps;
    g_assert_cmpuint(sequence_missing_bytes(talk.flow, END_A, &gaps), ==,
                     100 * (SEQUENCE_GAPS - 1) - 20);
    g_assert_cmpuint(gaps, ==, SEQUENCE_GAPS);
}

struct beyond_case {
    const char *name;
    uint32_t late; /* which gap is filled late: the oldest is 0 */
    unsigned missing, resent;
};

/* Three gaps too many: which of those that were given up the late data fills nobody knows. */
static const struct beyond_case beyond_cases[] = {
    {"/sequence/gaps/beyond/first-given-up", 0, 0, 0},
    {"/sequence/gaps/beyond/last-given-up", 2, 0, 0},
    {"/sequence/gaps/beyond/oldest-remembered", 3, 1, 0},
    {"/sequence/gaps/beyond/latest", SEQUENCE_GAPS + 2, 1, 0},
};

static void late_data_beyond_the_bound_is_no_loss(gconstpointer data)
{
    const struct beyond_case *c = data;
    SCOPED_TALK talk = with_gaps(C0, SEQUENCE_GAPS + 3);
    client_data(&talk, C0 + 200 * c->late + 100, 100);
    assert_resent(&talk, c->resent, c->missing, 0);
    /* A repeat of captured data is as little known there. */
    client_data(&talk, C0 + 200 * c->late, 100);
    assert_resent(&talk, c->late > 2, c->missing, 0);
}

static void gaps_hold_where_sequence_numbers_wrap(void)
{
    const uint32_t c0 = UINT32_MAX - 149; /* the gap from 100 to 200 holds the wrap */
    SCOPED_TALK talk = with_gaps(c0, 1);
    assert_gap(&talk, 0, UINT32_MAX - 49, 50);
    server_acks(&talk, c0 + 300);
    unsigned gaps;
    g_assert_cmpuint(sequence_missing_bytes(talk.flow, END_A, &gaps), ==, 100);
    client_data(&talk, c0 + 100, 100);
    g_assert_cmpuint(client_trouble(&talk)->gap_count, ==, 0);
}

static void new_connection_on_the_same_ports_begins_without_gaps(void)
{
    SCOPED_TALK talk = with_gaps(C0, 2);
    client_sends(&talk, TCP_SYN, C0 + 900000, 0, 0);
    g_assert_cmpuint(client_trouble(&talk)->gap_count, ==, 0);
    g_assert_cmpuint(talk.flow->sequence[END_A].first, ==, C0 + 900001);
}

/* --- reordering --- */

struct order_case {
    const char *name;
    uint16_t opening_id, late_id;
    bool handshake, complained; /* complained: the server sent an ACK in between */
    int64_t late;               /* ns behind the segment that opened the gap */
    bool overtaken;
};

static const struct order_case order_cases[] = {
    {"/sequence/reordering/earlier-identification", 1001, 1000, true, true, S, true},
    {"/sequence/reordering/later-identification", 1000, 1001, true, false, 0, false},
    {"/sequence/reordering/identification-wraps", 2, 65535, true, true, S, true},
    {"/sequence/reordering/later-identification-wraps", 65535, 1, true, false, 0, false},
    {"/sequence/reordering/farthest-identification-that-tells", 3000, 953, true, true, S, true},
    {"/sequence/reordering/distant-identification-leaves-it-to-time", 3000, 952, true, true, S,
     false},
    {"/sequence/reordering/distant-identification-in-time", 952, 3000, true, true, 0, true},
    {"/sequence/reordering/equal-identification-leaves-it-to-time", 7, 7, true, true, 0, true},
    {"/sequence/reordering/complaint-within-three-quarters-of-the-round-trip", 0, 0, true, true,
     15 * MS - 1, true},
    {"/sequence/reordering/complaint-after-three-quarters-of-the-round-trip", 0, 0, true, true,
     15 * MS, false},
    {"/sequence/reordering/one-identification-missing", 0, 1000, true, true, 15 * MS, false},
    {"/sequence/reordering/other-identification-missing", 1000, 0, true, true, 15 * MS - 1, true},
    {"/sequence/reordering/unknown-round-trip-within-3-ms", 0, 0, false, true, 3 * MS - 1, true},
    {"/sequence/reordering/unknown-round-trip-after-3-ms", 0, 0, false, true, 3 * MS, false},
    {"/sequence/reordering/no-complaint-before-a-timeout", 0, 0, true, false, 200 * MS - 1, true},
    {"/sequence/reordering/no-complaint-but-a-timeout", 0, 0, true, false, 200 * MS, false},
};

static void order_tells_overtaken_from_sent_again(gconstpointer data)
{
    const struct order_case *c = data;
    SCOPED_TALK talk = c->handshake ? connected() : unconnected();
    client_data(&talk, C0, 100);
    struct segment ahead = client_segment(&talk, TCP_ACK, C0 + 200, S0, 100);
    ahead.ip_id = c->opening_id;
    talk_add(&talk, ahead);
    if (c->complained)
        server_acks(&talk, C0 + 100);
    talk.now += c->late;
    struct segment late = client_segment(&talk, TCP_ACK, C0 + 100, S0, 100);
    late.ip_id = c->late_id;
    talk_add(&talk, late);
    g_assert_cmpuint(client_trouble(&talk)->gap_count, ==, 0);
    assert_resent(&talk, 0, !c->overtaken, 0);
    g_assert_cmpint(client_trouble(&talk)->resent_time, ==, c->overtaken ? TIME_NONE : talk.now);
}

/* --- sent again --- */

static void repeat_of_captured_bytes_is_lost_behind_the_capture(void)
{
    SCOPED_TALK talk = connected();
    client_data(&talk, C0, 100);
    talk.now += LATE;
    client_data(&talk, C0, 100);
    assert_resent(&talk, 1, 0, 0);
    const struct witness *witness = witness_log_at(talk.capture->witnesses, 0);
    g_assert_cmpuint(witness->frame, ==, talk.frame);
    g_assert_cmpuint(witness->value, ==, C0);
    g_assert_cmpuint(witness->end, ==, END_A);
}

static void repeat_of_acknowledged_bytes_is_in_vain(void)
{
    SCOPED_TALK talk = connected();
    client_data(&talk, C0, 100);
    server_acks(&talk, C0 + 100);
    client_data(&talk, C0, 100);
    assert_resent(&talk, 0, 0, 1);
}

static void repeat_that_ends_beyond_the_acknowledgment_is_not_in_vain(void)
{
    SCOPED_TALK talk = connected();
    client_data(&talk, C0, 100);
    server_acks(&talk, C0 + 99);
    client_data(&talk, C0, 100);
    assert_resent(&talk, 1, 0, 0);
}

static void repeat_with_new_bytes_goes_on_behind_them(void)
{
    SCOPED_TALK talk = connected();
    client_data(&talk, C0, 100);
    client_data(&talk, C0, 150);
    client_data(&talk, C0 + 150, 50);
    assert_resent(&talk, 1, 0, 0);
    g_assert_cmpuint(client_trouble(&talk)->gap_count, ==, 0);
    g_assert_cmpuint(talk.flow->sequence[END_A].next, ==, C0 + 200);
}

static void data_from_before_the_capture_has_nothing_to_be_compared_with(void)
{
    SCOPED_TALK talk = unconnected();
    client_data(&talk, C0, 100);
    talk.now += LATE;
    client_data(&talk, C0 - 100, 100);
    g_assert_null(talk.flow->trouble);
}

static void data_takes_up_the_byte_of_a_probe(void)
{
    SCOPED_TALK talk = connected();
    client_data(&talk, C0, 1);
    talk.now += LATE;
    client_data(&talk, C0, 100);
    g_assert_null(talk.flow->trouble);
    g_assert_cmpuint(talk.flow->sequence[END_A].next, ==, C0 + 100);
}

static void number_of_another_connection_makes_the_rest_unclear(void)
{
    SCOPED_TALK talk = connected();
    client_data(&talk, C0, 100);
    client_data(&talk, C0 + 100 + (1 << 26), 100);
    g_assert_cmpuint(client_trouble(&talk)->gap_count, ==, 1);
    client_data(&talk, C0 + 201 + (1 << 27), 100);
    g_assert_cmpuint(client_trouble(&talk)->gap_count, ==, 1);
    g_assert_true(talk.flow->sequence[END_A].is_unclear);
}

/* The client repeats 100 bytes; the server then acknowledges once more all that was sent. */
static void idle_duplicate_ack_makes_a_repeat_doubtful(void)
{
    for (int64_t wait = S; wait <= S + 1; wait++) {
        SCOPED_TALK talk = connected();
        client_data(&talk, C0, 100);
        client_data(&talk, C0, 100);
        talk.now += ROUND_TRIP;
        server_acks(&talk, C0 + 100);
        talk.now += wait - ROUND_TRIP;
        struct segment again = server_segment(&talk, TCP_ACK, S0, C0 + 100, 0);
        again.analysis = ANALYSIS_DUPLICATE_ACK;
        talk_add(&talk, again);
        bool is_doubtful = wait == S;
        assert_resent(&talk, !is_doubtful, 0, 0);
        g_assert_cmpuint(witness_count(&talk, WITNESS_RESENT_DOUBTFUL), ==, is_doubtful);
    }
}

static void repeated_fin_without_data_is_no_loss_of_data(void)
{
    SCOPED_TALK talk = connected();
    client_sends(&talk, TCP_ACK | TCP_FIN, C0, S0, 0);
    client_sends(&talk, TCP_ACK | TCP_FIN, C0, S0, 0);
    assert_resent(&talk, 0, 0, 0);
    g_assert_cmpuint(client_trouble(&talk)->stuck_sends, ==, 2);
    g_assert_cmpuint(client_trouble(&talk)->stuck_payload, ==, 0);
}

/* What may be padding may be data, each a few bytes: so many missing bytes prove nothing. */
static void what_may_be_padding_is_not_missing(void)
{
    SCOPED_TALK talk = connected();
    client_data(&talk, C0, 100);
    for (unsigned i = 0; i < 2; i++) {
        struct segment segment =
            client_segment(&talk, TCP_ACK, C0 + 100 + i * MOST_PADDING, S0, MOST_PADDING);
        segment.has_length = false;
        segment.may_be_padding = true;
        talk_add(&talk, segment);
    }
    client_data(&talk, C0 + 100 + 2 * MOST_PADDING, 100);
    server_acks(&talk, C0 + 200 + 2 * MOST_PADDING);
    unsigned gaps;
    g_assert_cmpuint(sequence_missing_bytes(talk.flow, END_A, &gaps), ==, 0);
    client_data(&talk, C0 + 201 + 4 * MOST_PADDING, 100);
    server_acks(&talk, C0 + 301 + 4 * MOST_PADDING);
    g_assert_cmpuint(sequence_missing_bytes(talk.flow, END_A, &gaps), ==, 2 * MOST_PADDING + 1);
}

/* What stands behind the rest of its connection in the file, by an earlier time. */
static void late_syn_begins_nothing(void)
{
    SCOPED_TALK talk = unconnected();
    int64_t now = talk.now;
    client_data(&talk, C0 + 67, 100);
    server_acks(&talk, C0 + 167);
    talk.now = now - S;
    client_sends(&talk, TCP_SYN, C0 - 1, 0, 0);
    client_data(&talk, C0, 67);
    unsigned gaps;
    g_assert_cmpuint(sequence_missing_bytes(talk.flow, END_A, &gaps), ==, 0);
    g_assert_cmpuint(talk.flow->sequence[END_A].next, ==, C0 + 167);
}

static void fragment_of_unknown_length_makes_what_is_missing_unclear(void)
{
    SCOPED_TALK talk = connected();
    struct segment fragment = client_segment(&talk, TCP_ACK, C0, S0, 0);
    fragment.has_length = false;
    talk_add(&talk, fragment);
    client_data(&talk, C0 + 1000, 100);
    server_acks(&talk, C0 + 1100);
    unsigned gaps;
    g_assert_true(talk.flow->sequence[END_A].is_unclear);
    g_assert_cmpuint(sequence_missing_bytes(talk.flow, END_A, &gaps), ==, 0);
}

/* The client sends bytes 0 to 100 twice; then the server's SACK. */
struct sack_case {
    const char *name;
    uint32_t acknowledged, left, right; /* from C0 */
    bool in_vain;
};

static const struct sack_case sack_cases[] = {
    {"/sequence/d-sack/of-the-repeat", 100, 0, 100, true},
    {"/sequence/d-sack/of-part-of-the-repeat", 100, 0, 50, true},
    {"/sequence/d-sack/of-later-bytes", 100, 50, 100, false},
    {"/sequence/d-sack/empty", 100, 50, 50, false},
    {"/sequence/d-sack/sack-above-the-acknowledgment", 0, 0, 100, false},
};

static void duplicate_sack_shows_what_was_in_vain(gconstpointer data)
{
    const struct sack_case *c = data;
    SCOPED_TALK talk = connected();
    client_data(&talk, C0, 100);
    client_data(&talk, C0, 100);
    talk.now += ROUND_TRIP;
    struct segment answer = server_segment(&talk, TCP_ACK, S0, C0 + c->acknowledged, 0);
    answer.sack_ranges = 1;
    answer.sack_left[0] = C0 + c->left;
    answer.sack_right[0] = C0 + c->right;
    talk_add(&talk, answer);
    assert_resent(&talk, !c->in_vain, 0, c->in_vain);
}

static void one_duplicate_sack_proves_one_repeat(void)
{
    SCOPED_TALK talk = connected();
    client_data(&talk, C0, 100);
    client_data(&talk, C0, 100);
    client_data(&talk, C0, 100);
    talk.now += ROUND_TRIP;
    struct segment answer = server_segment(&talk, TCP_ACK, S0, C0 + 100, 0);
    answer.sack_ranges = 1;
    answer.sack_left[0] = C0;
    answer.sack_right[0] = C0 + 100;
    talk_add(&talk, answer);
    assert_resent(&talk, 1, 0, 1);
    talk_add(&talk, answer);
    assert_resent(&talk, 0, 0, 2);
    talk_add(&talk, answer);
    assert_resent(&talk, 0, 0, 2);
}

/* --- what acknowledgments tell of repeats --- */

static void repeat_of_what_a_sack_covers_is_in_vain(void)
{
    SCOPED_TALK talk = connected();
    client_data(&talk, C0, 100);
    client_data(&talk, C0 + 100, 100);
    struct segment answer = server_segment(&talk, TCP_ACK, S0, C0, 0);
    answer.sack_ranges = 1;
    answer.sack_left[0] = C0 + 100;
    answer.sack_right[0] = C0 + 200;
    talk_add(&talk, answer);
    talk.now += LATE;
    client_data(&talk, C0, 100);
    client_data(&talk, C0 + 100, 100);
    assert_resent(&talk, 1, 0, 1);
}

static void late_ack_tells_nothing_of_the_repeat(void)
{
    SCOPED_TALK talk = connected();
    server_acks(&talk, C0);
    client_data(&talk, C0, 100);
    talk.now += S;
    client_data(&talk, C0, 100);
    talk.now += LONGEST_DELAYED_ACK + ROUND_TRIP + 1;
    server_acks(&talk, C0 + 100);
    assert_resent(&talk, 0, 0, 0);
    g_assert_cmpuint(client_trouble(&talk)->resent_doubtful, ==, 1);
}

static void repeat_that_comes_too_soon_tells_nothing(void)
{
    SCOPED_TALK talk = connected();
    client_data(&talk, C0, 100);
    talk.now += 5 * MS; /* a quarter of the round trip */
    client_data(&talk, C0, 100);
    assert_resent(&talk, 0, 0, 0);
    talk.now += LATE;
    client_data(&talk, C0, 100);
    assert_resent(&talk, 1, 0, 0);
}

/* Two segments, the first of which is sent again; the receiver has repeated its ACK before. */
static void repeat_after_a_repeated_ack(struct talk *talk)
{
    *talk = connected();
    server_acks(talk, C0);
    client_data(talk, C0, 100);
    client_data(talk, C0 + 100, 100);
    talk->now += LATE;
    client_data(talk, C0, 100);
    struct segment again = server_segment(talk, TCP_ACK, S0, C0, 0);
    again.analysis = ANALYSIS_DUPLICATE_ACK;
    talk->now += ROUND_TRIP;
    talk_add(talk, again);
    talk->now += ROUND_TRIP;
}

static void acks_that_go_on_step_by_step_tell_of_no_loss(void)
{
    SCOPED_TALK talk = {0};
    repeat_after_a_repeated_ack(&talk);
    server_acks(&talk, C0 + 100);
    client_data(&talk, C0 + 100, 100);
    assert_resent(&talk, 2, 0, 0);
    talk.now += 2 * ROUND_TRIP;
    server_acks(&talk, C0 + 200);
    assert_resent(&talk, 1, 0, 0);
    g_assert_cmpuint(client_trouble(&talk)->resent_doubtful, ==, 1);
}

static void ack_that_covers_more_tells_of_a_loss(void)
{
    SCOPED_TALK talk = {0};
    repeat_after_a_repeated_ack(&talk);
    server_acks(&talk, C0 + 200);
    assert_resent(&talk, 1, 0, 0);
}

/* --- keep-alives and probes --- */

struct probe_case {
    const char *name;
    int32_t from; /* of its sequence number, from the next one */
    uint32_t bytes;
    unsigned flags;
    bool closed; /* the server's window */
    bool resent;
};

static const struct probe_case probe_cases[] = {
    {"/sequence/probes/keep-alive-without-data", -1, 0, TCP_ACK, false, false},
    {"/sequence/probes/keep-alive-with-a-byte", -1, 1, TCP_ACK, false, false},
    {"/sequence/probes/two-bytes-are-no-keep-alive", -2, 2, TCP_ACK, false, true},
    {"/sequence/probes/earlier-byte-is-no-keep-alive", -2, 1, TCP_ACK, false, true},
    {"/sequence/probes/byte-to-a-closed-window", -2, 1, TCP_ACK, true, false},
    {"/sequence/probes/two-bytes-to-a-closed-window", -2, 2, TCP_ACK, true, true},
};

static void probe_is_not_sent_again(gconstpointer data)
{
    const struct probe_case *c = data;
    SCOPED_TALK talk = connected();
    client_data(&talk, C0, 100);
    struct segment answer = server_segment(&talk, TCP_ACK, S0, C0, 0);
    answer.window = c->closed ? 0 : 1000;
    talk_add(&talk, answer);
    talk.now += LATE;
    client_sends(&talk, c->flags, C0 + 100 + (uint32_t)c->from, S0, c->bytes);
    if (talk.flow->trouble == NULL)
        g_assert_false(c->resent);
    else
        assert_resent(&talk, c->resent, 0, 0);
}

/* --- stuck segments --- */

static void same_segment_again_and_again_is_stuck(void)
{
    SCOPED_TALK talk = connected();
    for (unsigned i = 0; i < 4; i++) {
        client_data(&talk, C0, 100);
        talk.now += S;
    }
    g_assert_cmpuint(client_trouble(&talk)->stuck_sends, ==, 4);
    g_assert_cmpuint(client_trouble(&talk)->stuck_sequence, ==, C0);
    g_assert_cmpuint(client_trouble(&talk)->stuck_payload, ==, 100);
    g_assert_false(client_trouble(&talk)->stuck_answered);
}

static void acknowledgment_frees_what_is_stuck(void)
{
    SCOPED_TALK talk = connected();
    client_data(&talk, C0, 100);
    client_data(&talk, C0, 100);
    server_acks(&talk, C0);
    g_assert_cmpuint(client_trouble(&talk)->stuck_sends, ==, 2);
    g_assert_true(client_trouble(&talk)->stuck_answered);
    server_acks(&talk, C0 + 1);
    g_assert_cmpuint(client_trouble(&talk)->stuck_sends, ==, 0);
}

static void segment_behind_the_edge_is_not_stuck(void)
{
    SCOPED_TALK talk = connected();
    client_data(&talk, C0, 100);
    client_data(&talk, C0 + 100, 100);
    client_data(&talk, C0 + 100, 100);
    assert_resent(&talk, 1, 0, 0);
    g_assert_cmpuint(client_trouble(&talk)->stuck_sends, ==, 0);
}

static void next_stuck_segment_is_counted_anew(void)
{
    SCOPED_TALK talk = connected();
    client_data(&talk, C0, 100);
    client_data(&talk, C0 + 100, 100);
    for (unsigned i = 0; i < 3; i++)
        client_data(&talk, C0, 100);
    server_acks(&talk, C0 + 100);
    client_data(&talk, C0 + 100, 100);
    g_assert_cmpuint(client_trouble(&talk)->stuck_sends, ==, 2);
    g_assert_cmpuint(client_trouble(&talk)->stuck_sequence, ==, C0 + 100);
    g_assert_false(client_trouble(&talk)->stuck_answered);
}

static void small_sack_at_the_edge_is_kept(void)
{
    SCOPED_TALK talk = connected();
    client_data(&talk, C0, 1400);
    struct segment answer = server_segment(&talk, TCP_ACK, S0, C0, 0);
    answer.sack_ranges = 1;
    answer.sack_left[0] = C0 + 1400;
    answer.sack_right[0] = C0 + 2800;
    talk_add(&talk, answer);
    g_assert_false(talk.flow->sequence[END_B].sent_small_sack);
    answer.sack_right[0] = C0 + 2799;
    talk_add(&talk, answer);
    g_assert_true(talk.flow->sequence[END_B].sent_small_sack);
    g_assert_cmpuint(talk.flow->sequence[END_B].sack_edge, ==, C0);
}

/* --- windows --- */

static void server_window(struct talk *talk, unsigned flags, uint32_t window)
{
    uint32_t sequence = (flags & TCP_SYN) != 0 ? S0 - 1 : S0;
    struct segment segment = server_segment(talk, flags, sequence, C0, 0);
    segment.window = window;
    talk_add(talk, segment);
}

static void closed_times_add_up(void)
{
    SCOPED_TALK talk = connected();
    server_window(&talk, TCP_ACK, 0);
    talk.now += 100 * MS;
    server_window(&talk, TCP_ACK, 0); /* does not begin anew */
    talk.now += 200 * MS;
    server_window(&talk, TCP_ACK, 1);
    g_assert_cmpint(server_trouble(&talk)->closed_since, ==, TIME_NONE);
    g_assert_cmpint(server_trouble(&talk)->closed_time, ==, 300 * MS);
    talk.now += S;
    server_window(&talk, TCP_ACK, 0);
    g_assert_cmpint(server_trouble(&talk)->closed_since, ==, talk.now);
    talk.now += 50 * MS;
    server_window(&talk, TCP_ACK, 500);
    g_assert_cmpint(server_trouble(&talk)->closed_time, ==, 350 * MS);
    g_assert_cmpint(client_trouble(&talk)->closed_since, ==, TIME_NONE);
}

static void backward_clock_adds_no_closed_time(void)
{
    SCOPED_TALK talk = connected();
    server_window(&talk, TCP_ACK, 0);
    talk.now -= 100 * MS;
    server_window(&talk, TCP_ACK, 1);
    g_assert_cmpint(server_trouble(&talk)->closed_time, ==, 0);
    g_assert_cmpint(server_trouble(&talk)->closed_since, ==, TIME_NONE);
}

static void zero_window_of_syn_fin_and_rst_closes_nothing(void)
{
    SCOPED_TALK talk = connected();
    server_window(&talk, SYN_ACK, 0);
    server_window(&talk, TCP_ACK | TCP_FIN, 0);
    server_window(&talk, TCP_RST, 0);
    g_assert_null(talk.flow->trouble);
    g_assert_cmpint(sequence_trouble_of(talk.flow, END_B)->closed_since, ==, TIME_NONE);
}

static void what_was_never_open_does_not_close(void)
{
    SCOPED_TALK talk = unconnected();
    struct segment closed = server_segment(&talk, TCP_ACK, S0, C0, 0);
    closed.window = 0;
    closed.source.port = talk.server.port;
    SCOPED_TALK other = talk_new();
    talk_add(&other, closed);
    g_assert_cmpint(sequence_trouble_of(other.flow, END_A)->closed_since, ==, TIME_NONE);
    talk_add(&talk, closed);
    g_assert_cmpint(sequence_trouble_of(talk.flow, END_B)->closed_since, ==, talk.now);
}

static void window_does_not_close_once_the_peer_has_sent_its_fin(void)
{
    SCOPED_TALK talk = connected();
    client_sends(&talk, TCP_ACK | TCP_FIN, C0, S0, 0);
    server_window(&talk, TCP_ACK, 0);
    g_assert_cmpint(sequence_trouble_of(talk.flow, END_B)->closed_since, ==, TIME_NONE);
}

/* --- identifications that prove that nothing is missing --- */

struct miss_case {
    const char *name;
    uint16_t before, behind; /* identifications of the segments around the gap; 0: none */
    uint32_t bytes;          /* of the gap */
    bool may_miss;
};

#define SWAPPED(id) ((uint16_t)(((id)&0xFF) << 8 | (id) >> 8))

static const struct miss_case miss_cases[] = {
    {"/sequence/may-miss/nothing-between", 1000, 1001, 1448, false},
    {"/sequence/may-miss/nothing-between-swapped", SWAPPED(1000), SWAPPED(1001), 1448, false},
    {"/sequence/may-miss/nothing-between-where-it-wraps", 65535, 0x0100, 1448, true},
    {"/sequence/may-miss/nothing-between-swapped-carry", SWAPPED(1023), SWAPPED(1024), 1448, false},
    {"/sequence/may-miss/one-between", 1000, 1002, 65535, true},
    {"/sequence/may-miss/too-much-for-one", 1000, 1002, 65536, false},
    {"/sequence/may-miss/one-between-swapped", SWAPPED(1000), SWAPPED(1002), 65535, true},
    {"/sequence/may-miss/too-much-for-one-swapped", SWAPPED(1000), SWAPPED(1002), 65536, false},
    {"/sequence/may-miss/distant-identification", 1000, 1000 + 2049, 10000000, true},
    {"/sequence/may-miss/backward-identification", 1000, 990, 10000000, true},
    {"/sequence/may-miss/equal-identification", 1000, 1000, 10000000, true},
    {"/sequence/may-miss/no-identification", 0, 0, 10000000, true},
    {"/sequence/may-miss/none-before", 0, 1000, 10000000, true},
    {"/sequence/may-miss/none-behind", 1000, 0, 10000000, true},
};

static void identifications_prove_that_nothing_is_missing(gconstpointer data)
{
    const struct miss_case *c = data;
    SCOPED_TALK talk = connected();
    struct segment first = client_segment(&talk, TCP_ACK, C0, S0, 100);
    first.ip_id = c->before;
    talk_add(&talk, first);
    struct segment second = client_segment(&talk, TCP_ACK, C0 + 100 + c->bytes, S0, 100);
    second.ip_id = c->behind;
    talk_add(&talk, second);
    server_acks(&talk, C0 + 200 + c->bytes);
    unsigned gaps;
    g_assert_cmpuint(sequence_missing_bytes(talk.flow, END_A, &gaps), ==,
                     c->may_miss ? c->bytes : 0);
    g_assert_cmpuint(gaps, ==, c->may_miss);
    g_assert_cmpint(talk.flow->sequence[END_A].is_unclear, ==, !c->may_miss);
}

/* Lost by the capture: identifications 1001 to 1010, and 10 segments of data. What comes first
 * behind them has no data; its identification tells how many are missing, the next one's does not.
 */
static void ack_behind_what_is_missing_hides_nothing(void)
{
    for (unsigned step = 1; step <= 11; step += 10) {
        SCOPED_TALK talk = connected();
        struct segment segment = client_segment(&talk, TCP_ACK, C0, S0, 100);
        segment.ip_id = 1000;
        talk_add(&talk, segment);
        segment = client_segment(&talk, TCP_ACK, C0 + 1100, S0, 0);
        segment.ip_id = (uint16_t)(1000 + step);
        talk_add(&talk, segment);
        segment = client_segment(&talk, TCP_ACK, C0 + 1100, S0, 100);
        segment.ip_id = (uint16_t)(1001 + step);
        talk_add(&talk, segment);
        server_acks(&talk, C0 + 1200);
        unsigned gaps;
        g_assert_cmpuint(sequence_missing_bytes(talk.flow, END_A, &gaps), ==, step > 1 ? 1000 : 0);
    }
}

/* --- late, but not lost --- */

struct late_case {
    const char *name;
    bool counts, swapped; /* identifications */
    unsigned each;        /* of so many, one comes late */
    unsigned late;        /* by so many segments */
};

/* 3,000 segments, one each 100 us. */
static const struct late_case late_cases[] = {
    {"/sequence/late/every-12th-by-4-ms", false, false, 12, 40},
    {"/sequence/late/every-12th-by-4-ms-counted", true, false, 12, 40},
    {"/sequence/late/every-12th-by-4-ms-counted-swapped", true, true, 12, 40},
    {"/sequence/late/every-3rd-by-14-ms", false, false, 3, 140},
    {"/sequence/late/more-gaps-than-are-kept-counted", true, false, 2, 1200},
};

#define LATE_SEGMENTS 3000

static void late_segments_are_not_lost(gconstpointer data)
{
    const struct late_case *c = data;
    SCOPED_TALK talk = connected();
    uint32_t acknowledged = C0;
    bool *seen = g_new0(bool, LATE_SEGMENTS);
    for (uint32_t i = 0; i < LATE_SEGMENTS + c->late; i++) {
        /* In this place: number i, unless that is late, and what is late by now. */
        for (int turn = 0; turn < 2; turn++) {
            uint32_t number = turn == 0 ? i : i - c->late;
            bool is_late = number % c->each == c->each - 1;
            if (number >= LATE_SEGMENTS || is_late != (turn == 1))
                continue;
            struct segment segment = client_segment(&talk, TCP_ACK, C0 + 1000 * number, S0, 1000);
            uint16_t counted = (uint16_t)(number + 1);
            if (c->counts)
                segment.ip_id = (uint16_t)(c->swapped ? SWAPPED(counted) : counted);
            talk_add(&talk, segment);
            seen[number] = true;
        }
        while (acknowledged < C0 + 1000 * LATE_SEGMENTS && seen[(acknowledged - C0) / 1000])
            acknowledged += 1000;
        server_acks(&talk, acknowledged);
        talk.now += 100000;
    }
    g_free(seen);
    g_assert_cmpuint(acknowledged, ==, C0 + 1000 * LATE_SEGMENTS);
    assert_resent(&talk, 0, 0, 0);
    unsigned gaps;
    g_assert_cmpuint(sequence_missing_bytes(talk.flow, END_A, &gaps), ==, 0);
}

/* --- keep-alives that nobody answers --- */

static void probe(struct talk *talk)
{
    talk->now += 75 * S;
    client_sends(talk, TCP_ACK, C0 + 99, S0, 0);
}

static void unanswered_probes_are_counted(void)
{
    SCOPED_TALK talk = connected();
    client_data(&talk, C0, 100);
    server_acks(&talk, C0 + 100);
    probe(&talk);
    g_assert_cmpuint(client_trouble(&talk)->probes, ==, 1);
    server_acks(&talk, C0 + 100);
    g_assert_cmpuint(client_trouble(&talk)->probes, ==, 0);
    for (unsigned i = 1; i <= 5; i++) {
        probe(&talk);
        g_assert_cmpuint(client_trouble(&talk)->probes, ==, i);
    }
    g_assert_cmpuint(client_trouble(&talk)->probe_frame, ==, talk.frame - 4);
    client_data(&talk, C0 + 100, 100);
    g_assert_cmpuint(client_trouble(&talk)->probes, ==, 0);
    assert_resent(&talk, 0, 0, 0);
}

static void probes_of_a_closed_window_ask_for_something_else(void)
{
    SCOPED_TALK talk = connected();
    client_data(&talk, C0, 100);
    struct segment closed = server_segment(&talk, TCP_ACK, S0, C0 + 100, 0);
    closed.window = 0;
    talk_add(&talk, closed);
    for (int i = 0; i < 5; i++)
        probe(&talk);
    g_assert_cmpuint(client_trouble(&talk)->probes, ==, 0);
}

/* A key pressed: one byte, sent again as nobody acknowledges it. */
static void single_byte_sent_again_is_no_probe(void)
{
    SCOPED_TALK talk = connected();
    server_acks(&talk, C0);
    for (int i = 0; i < 4; i++) {
        client_data(&talk, C0, 1);
        talk.now += S;
    }
    g_assert_cmpuint(client_trouble(&talk)->probes, ==, 0);
    g_assert_cmpuint(client_trouble(&talk)->stuck_sends, ==, 4);
    assert_resent(&talk, 3, 0, 0);
    talk.now -= S - ROUND_TRIP;
    server_acks(&talk, C0 + 1);
    client_data(&talk, C0, 1); /* now it is */
    g_assert_cmpuint(client_trouble(&talk)->probes, ==, 1);
    assert_resent(&talk, 3, 0, 0);
}

/* --- acknowledgments of the original --- */

struct early_case {
    const char *name;
    int64_t after;       /* ns between a repeat and its acknowledgment */
    int64_t server_side; /* ns of the handshake; 0: there was none */
    uint32_t acknowledged;
    bool in_vain;
};

static const struct early_case early_cases[] = {
    {"/sequence/early-ack/before-half-the-round-trip", 5 * MS - 1, 10 * MS, 100, true},
    {"/sequence/early-ack/after-half-the-round-trip", 5 * MS, 10 * MS, 100, false},
    {"/sequence/early-ack/of-one-byte", 1, 10 * MS, 1, true},
    {"/sequence/early-ack/of-nothing-new", 1, 10 * MS, 0, false},
    {"/sequence/early-ack/path-of-2-ms", MS - 1, 2 * MS, 100, true},
    {"/sequence/early-ack/shorter-path", 1, 2 * MS - 1, 100, false},
    {"/sequence/early-ack/unknown-path", 1, 0, 100, false},
};

static void early_ack_is_of_the_original(gconstpointer data)
{
    const struct early_case *c = data;
    SCOPED_TALK talk = talk_new();
    client_sends(&talk, c->server_side > 0 ? TCP_SYN : TCP_ACK, C0 - 1, 0, 0);
    talk.now += c->server_side;
    server_sends(&talk, c->server_side > 0 ? SYN_ACK : TCP_ACK, S0 - 1, C0, 0);
    client_sends(&talk, TCP_ACK, C0, S0, 0);
    client_data(&talk, C0, 100);
    talk.now += LATE;
    client_data(&talk, C0, 100);
    talk.now += c->after;
    server_acks(&talk, C0 + c->acknowledged);
    assert_resent(&talk, !c->in_vain, 0, c->in_vain);
}

/* --- another numbering in SACK ranges --- */

struct numbering_case {
    const char *name;
    uint32_t ack, left; /* from C0 + 100, all that was sent */
    unsigned odd;
};

static const struct numbering_case numbering_cases[] = {
    {"/sequence/odd-sack/far", 0, 1U << 30, 1},
    {"/sequence/odd-sack/far-before", 0, (uint32_t) - (1 << 30), 1},
    {"/sequence/odd-sack/nearest-that-is-far", 0, (1U << 26) + 1, 1},
    {"/sequence/odd-sack/near", 0, 1U << 26, 0},
    {"/sequence/odd-sack/duplicate", 0, (uint32_t)-100, 0},
    {"/sequence/odd-sack/with-the-acknowledgment", 1U << 30, (1U << 30) + 10, 0},
};

static void sack_of_another_numbering_is_odd(gconstpointer data)
{
    const struct numbering_case *c = data;
    SCOPED_TALK talk = connected();
    client_data(&talk, C0, 100);
    struct segment answer = server_segment(&talk, TCP_ACK, S0, C0 + 100 + c->ack, 0);
    answer.sack_ranges = 1;
    answer.sack_left[0] = C0 + 100 + c->left;
    answer.sack_right[0] = answer.sack_left[0] + 50;
    talk_add(&talk, answer);
    g_assert_cmpuint(client_trouble(&talk)->odd_sacks, ==, c->odd);
}

static void what_was_captured_is_known(void)
{
    SCOPED_TALK talk = with_gaps(C0, 2); /* 0 to 100, 200 to 300, 400 to 500 */
    g_assert_true(sequence_has(talk.flow, END_A, C0, C0 + 100));
    g_assert_true(sequence_has(talk.flow, END_A, C0 + 210, C0 + 300));
    g_assert_false(sequence_has(talk.flow, END_A, C0 + 99, C0 + 101));
    g_assert_false(sequence_has(talk.flow, END_A, C0 + 120, C0 + 130));
    g_assert_false(sequence_has(talk.flow, END_A, C0 + 450, C0 + 501));
    g_assert_false(sequence_has(talk.flow, END_A, C0 - 1, C0 + 10));
    client_data(&talk, C0 + 100, 100);
    g_assert_true(sequence_has(talk.flow, END_A, C0, C0 + 300));

    SCOPED_TALK troubled = with_gaps(C0, SEQUENCE_GAPS + 1);
    g_assert_false(sequence_has(troubled.flow, END_A, C0, C0 + 100));
    client_sends(&troubled, TCP_SYN, C0 + 900000, 0, 0);
    client_data(&troubled, C0 + 900001, 100);
    g_assert_true(sequence_has(troubled.flow, END_A, C0 + 900001, C0 + 900101));
}

/* --- what is nowhere --- */

/* The client's bytes 0 to 100 are captured, then those from @ahead on, if any; the server
 * acknowledges. */
struct missing_case {
    const char *name;
    uint32_t ahead, acknowledged; /* from C0; ahead 0: none */
    uint64_t missing;
    unsigned gaps;
};

static const struct missing_case missing_cases[] = {
    {"/sequence/missing/nothing", 0, 100, 0, 0},
    {"/sequence/missing/acknowledged-gap", 300, 400, 200, 1},
    {"/sequence/missing/gap-acknowledged-to-its-end", 300, 300, 200, 1},
    {"/sequence/missing/gap-not-wholly-acknowledged", 300, 299, 0, 0},
    {"/sequence/missing/gap-of-one-byte", 101, 201, 0, 0},
    {"/sequence/missing/gap-of-two-bytes", 102, 202, 2, 1},
    {"/sequence/missing/one-byte-at-the-end", 0, 101, 0, 0},
    {"/sequence/missing/two-bytes-at-the-end", 0, 102, 2, 1},
    {"/sequence/missing/gap-and-end", 300, 500, 300, 2},
};

static void bytes_are_missing(gconstpointer data)
{
    const struct missing_case *c = data;
    SCOPED_TALK talk = connected();
    client_data(&talk, C0, 100);
    if (c->ahead > 0)
        client_data(&talk, C0 + c->ahead, 100);
    server_acks(&talk, C0 + c->acknowledged);
    unsigned gaps;
    g_assert_cmpuint(sequence_missing_bytes(talk.flow, END_A, &gaps), ==, c->missing);
    g_assert_cmpuint(gaps, ==, c->gaps);
    g_assert_cmpuint(sequence_missing_bytes(talk.flow, END_B, &gaps), ==, 0);
}

static void gaps_given_up_are_not_missing(void)
{
    SCOPED_TALK talk = connected();
    for (uint32_t i = 0; i <= SEQUENCE_GAPS + 2; i++) {
        client_data(&talk, C0 + 200 * i, 100);
        server_acks(&talk, C0 + 200 * i + 100);
    }
    unsigned gaps;
    g_assert_cmpuint(client_trouble(&talk)->gap_count, ==, SEQUENCE_GAPS);
    g_assert_cmpuint(sequence_missing_bytes(talk.flow, END_A, &gaps), ==, 100 * SEQUENCE_GAPS);
    g_assert_cmpuint(gaps, ==, SEQUENCE_GAPS);
}

static void nothing_is_missing_of_an_end_that_was_not_captured(void)
{
    SCOPED_TALK talk = talk_new();
    server_acks(&talk, C0);
    server_acks(&talk, C0 + 5000);
    unsigned gaps;
    g_assert_cmpuint(sequence_missing_bytes(talk.flow, END_A, &gaps), ==, 0);
    g_assert_cmpuint(sequence_missing_bytes(talk.flow, END_B, &gaps), ==, 0);
    g_assert_cmpuint(gaps, ==, 0);
}

/* --- data in a SYN --- */

static void data_of_a_syn_that_was_not_taken_is_no_repeat(void)
{
    SCOPED_TALK talk = talk_new();
    client_sends(&talk, TCP_SYN, C0 - 1, 0, 100);
    server_sends(&talk, TCP_SYN | TCP_ACK, S0 - 1, C0, 0);
    client_data(&talk, C0, 100);
    g_assert_null(talk.flow->trouble);
}

static void syn_ack_that_comes_late_takes_nothing_back(void)
{
    SCOPED_TALK talk = talk_new();
    client_sends(&talk, TCP_SYN, C0 - 1, 0, 0);
    client_data(&talk, C0, 100);
    server_sends(&talk, TCP_SYN | TCP_ACK, S0 - 1, C0, 0);
    client_data(&talk, C0 + 100, 100);
    g_assert_null(talk.flow->trouble);
}

/* --- many connections --- */

/* More than a block of the pool holds. */
static void records_of_many_connections_are_apart(void)
{
    const uint32_t many = POOL_BLOCK + 10;
    SCOPED_TALK talk = talk_new();
    for (uint32_t i = 0; i < many; i++) {
        struct segment first = client_segment(&talk, TCP_ACK, C0, S0, 100);
        struct segment ahead = client_segment(&talk, TCP_ACK, C0 + 200 + i, S0, 100);
        first.stream = ahead.stream = i;
        talk_add(&talk, first);
        talk_add(&talk, ahead);
    }
    for (uint32_t i = 0; i < many; i++) {
        talk.flow = capture_find(talk.capture, i);
        assert_gap(&talk, 0, C0 + 100, C0 + 200 + i);
    }
}

static void add_gap_tests(void)
{
    g_test_add_func("/sequence/none", healthy_connection_needs_no_record);
    g_test_add_func("/sequence/gaps/opened", data_ahead_opens_a_gap);
    ADD_CASES(fill_cases, late_data_fills);
    g_test_add_func("/sequence/gaps/several-filled-at-once", one_segment_fills_several_gaps);
    g_test_add_func("/sequence/gaps/one-too-many", one_gap_too_many_gives_up_the_oldest);
    ADD_CASES(split_cases, split_without_room_keeps_the_tail);
    ADD_CASES(beyond_cases, late_data_beyond_the_bound_is_no_loss);
    for (size_t i = 0; i < G_N_ELEMENTS(split_cases); i++) {
        char *name = g_strconcat(split_cases[i].name, "/then-filled", NULL);
        g_test_add_data_func(name, &split_cases[i], later_bytes_fill_the_tail_of_a_split);
        g_free(name);
    }
    g_test_add_func("/sequence/gaps/given-up-for-a-tail", gap_given_up_for_a_tail_is_not_missing);
    g_test_add_func("/sequence/gaps/sequence-wrap", gaps_hold_where_sequence_numbers_wrap);
    g_test_add_func("/sequence/gaps/new-connection",
                    new_connection_on_the_same_ports_begins_without_gaps);
    ADD_CASES(order_cases, order_tells_overtaken_from_sent_again);
    ADD_CASES(missing_cases, bytes_are_missing);
    g_test_add_func("/sequence/missing/given-up", gaps_given_up_are_not_missing);
    g_test_add_func("/sequence/missing/end-not-captured",
                    nothing_is_missing_of_an_end_that_was_not_captured);
    g_test_add_func("/sequence/missing/unknown-length",
                    fragment_of_unknown_length_makes_what_is_missing_unclear);
    g_test_add_func("/sequence/missing/padding", what_may_be_padding_is_not_missing);
    g_test_add_func("/sequence/missing/late-syn", late_syn_begins_nothing);
}
static void add_resent_tests(void)
{
    g_test_add_func("/sequence/resent/captured",
                    repeat_of_captured_bytes_is_lost_behind_the_capture);
    g_test_add_func("/sequence/resent/acknowledged", repeat_of_acknowledged_bytes_is_in_vain);
    g_test_add_func("/sequence/resent/partly-acknowledged",
                    repeat_that_ends_beyond_the_acknowledgment_is_not_in_vain);
    g_test_add_func("/sequence/resent/with-new-bytes", repeat_with_new_bytes_goes_on_behind_them);
    g_test_add_func("/sequence/resent/before-the-capture",
                    data_from_before_the_capture_has_nothing_to_be_compared_with);
    g_test_add_func("/sequence/resent/byte-of-a-probe", data_takes_up_the_byte_of_a_probe);
    g_test_add_func("/sequence/resent/another-connection",
                    number_of_another_connection_makes_the_rest_unclear);
    g_test_add_func("/sequence/resent/doubtful", idle_duplicate_ack_makes_a_repeat_doubtful);
    g_test_add_func("/sequence/resent/fin", repeated_fin_without_data_is_no_loss_of_data);
    ADD_CASES(sack_cases, duplicate_sack_shows_what_was_in_vain);
    g_test_add_func("/sequence/d-sack/one-proves-one", one_duplicate_sack_proves_one_repeat);
    g_test_add_func("/sequence/acks/sack", repeat_of_what_a_sack_covers_is_in_vain);
    g_test_add_func("/sequence/acks/late", late_ack_tells_nothing_of_the_repeat);
    g_test_add_func("/sequence/acks/repeat-too-soon", repeat_that_comes_too_soon_tells_nothing);
    g_test_add_func("/sequence/acks/step-by-step", acks_that_go_on_step_by_step_tell_of_no_loss);
    g_test_add_func("/sequence/acks/cover-more", ack_that_covers_more_tells_of_a_loss);
    ADD_CASES(probe_cases, probe_is_not_sent_again);
    g_test_add_func("/sequence/stuck/again-and-again", same_segment_again_and_again_is_stuck);
    g_test_add_func("/sequence/stuck/freed", acknowledgment_frees_what_is_stuck);
    g_test_add_func("/sequence/stuck/not-behind-the-edge", segment_behind_the_edge_is_not_stuck);
    g_test_add_func("/sequence/stuck/next-one", next_stuck_segment_is_counted_anew);
    g_test_add_func("/sequence/stuck/small-sack", small_sack_at_the_edge_is_kept);
}

static void add_other_tests(void)
{
    g_test_add_func("/sequence/window/closed-times-add-up", closed_times_add_up);
    g_test_add_func("/sequence/window/backward-clock", backward_clock_adds_no_closed_time);
    g_test_add_func("/sequence/window/not-of-syn-fin-rst",
                    zero_window_of_syn_fin_and_rst_closes_nothing);
    g_test_add_func("/sequence/window/never-open", what_was_never_open_does_not_close);
    g_test_add_func("/sequence/window/after-the-fin",
                    window_does_not_close_once_the_peer_has_sent_its_fin);
    ADD_CASES(miss_cases, identifications_prove_that_nothing_is_missing);
    g_test_add_func("/sequence/may-miss/behind-an-ack", ack_behind_what_is_missing_hides_nothing);
    ADD_CASES(late_cases, late_segments_are_not_lost);
    g_test_add_func("/sequence/keep-alives/unanswered", unanswered_probes_are_counted);
    g_test_add_func("/sequence/keep-alives/closed-window",
                    probes_of_a_closed_window_ask_for_something_else);
    g_test_add_func("/sequence/keep-alives/single-byte", single_byte_sent_again_is_no_probe);
    ADD_CASES(early_cases, early_ack_is_of_the_original);
    ADD_CASES(numbering_cases, sack_of_another_numbering_is_odd);
    g_test_add_func("/sequence/syn/data-not-taken", data_of_a_syn_that_was_not_taken_is_no_repeat);
    g_test_add_func("/sequence/syn/late-syn-ack", syn_ack_that_comes_late_takes_nothing_back);
    g_test_add_func("/sequence/has", what_was_captured_is_known);
    g_test_add_func("/sequence/many-connections", records_of_many_connections_are_apart);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add_gap_tests();
    add_resent_tests();
    add_other_tests();
    return g_test_run();
}
