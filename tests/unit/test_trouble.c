/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "connection/trouble.h"

#include "segments.h"
#include "settings/thresholds.h"

#define SYN_ACK (TCP_SYN | TCP_ACK)

/* First bytes of data. The round trip seen at the capture point is 20 ms. */
#define C0 1000U
#define S0 5000U

#define LATE (200 * MS) /* too late for reordering */

/* A connection whose trouble is noted; with a handshake that begins at @c0. */
static struct talk connected_at(uint32_t c0)
{
    struct talk talk = talk_new();
    talk.troubles = trouble_store_new();
    client_sends(&talk, TCP_SYN, c0 - 1, 0, 0);
    talk.now += 10 * MS;
    server_sends(&talk, SYN_ACK, S0 - 1, c0, 0);
    talk.now += 10 * MS;
    client_sends(&talk, TCP_ACK, c0, S0, 0);
    talk.now += MS;
    return talk;
}

static struct talk connected(void)
{
    return connected_at(C0);
}

/* The same without a handshake. */
static struct talk unconnected(void)
{
    struct talk talk = talk_new();
    talk.troubles = trouble_store_new();
    client_sends(&talk, TCP_ACK, C0, S0, 0);
    server_sends(&talk, TCP_ACK, S0, C0, 0);
    return talk;
}

static void end_talk(struct talk *talk)
{
    trouble_store_free(talk->troubles);
}

static void client_data(struct talk *talk, uint32_t sequence, uint32_t bytes)
{
    client_sends(talk, TCP_ACK, sequence, S0, bytes);
}

static void server_acks(struct talk *talk, uint32_t acknowledged)
{
    server_sends(talk, TCP_ACK, S0, acknowledged, 0);
}

static const struct side_trouble *client_trouble(const struct talk *talk)
{
    g_assert_nonnull(talk->flow.trouble);
    return &talk->flow.trouble->sides[END_A];
}

static const struct side_trouble *server_trouble(const struct talk *talk)
{
    g_assert_nonnull(talk->flow.trouble);
    return &talk->flow.trouble->sides[END_B];
}

/* How much evidence of @kind there is. */
static unsigned evidence_count(const struct talk *talk, enum witness_kind kind)
{
    const GArray *all = trouble_store_evidence(talk->troubles);
    unsigned count = 0;
    for (guint i = 0; i < all->len; i++)
        count += g_array_index(all, struct witness, i).kind == kind;
    return count;
}

/* "captured missing acked" of what the client sent again. */
static void assert_resent(const struct talk *talk, unsigned captured, unsigned missing,
                          unsigned acked)
{
    g_assert_cmpuint(client_trouble(talk)->resent_captured, ==, captured);
    g_assert_cmpuint(client_trouble(talk)->resent_missing, ==, missing);
    g_assert_cmpuint(client_trouble(talk)->resent_acked, ==, acked);
    g_assert_cmpuint(evidence_count(talk, WITNESS_RESENT_CAPTURED), ==, captured);
    g_assert_cmpuint(evidence_count(talk, WITNESS_RESENT_MISSING), ==, missing);
    g_assert_cmpuint(evidence_count(talk, WITNESS_RESENT_ACKED), ==, acked);
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
    struct talk talk = connected();
    client_data(&talk, C0, 100);
    server_sends(&talk, TCP_ACK, S0, C0 + 100, 200);
    client_sends(&talk, TCP_ACK | TCP_FIN, C0 + 100, S0 + 200, 0);
    server_sends(&talk, TCP_ACK | TCP_FIN, S0 + 200, C0 + 101, 0);
    client_sends(&talk, TCP_ACK, C0 + 101, S0 + 201, 0);
    g_assert_null(talk.flow.trouble);
    g_assert_cmpuint(trouble_store_evidence(talk.troubles)->len, ==, 0);
    end_talk(&talk);
}

static void data_ahead_opens_a_gap(void)
{
    struct talk talk = connected();
    client_data(&talk, C0, 100);
    struct segment ahead = client_segment(&talk, TCP_ACK, C0 + 300, S0, 100);
    ahead.ip_id = 77;
    talk_apply(&talk, &ahead);
    g_assert_cmpuint(client_trouble(&talk)->gap_count, ==, 1);
    assert_gap(&talk, 0, C0 + 100, C0 + 300);
    const struct gap *gap = &client_trouble(&talk)->gaps[0];
    g_assert_cmpuint(gap->opening_frame, ==, ahead.frame);
    g_assert_cmpuint(gap->opening_ip_id, ==, 77);
    g_assert_cmpint(gap->opened, ==, talk.now);
    end_talk(&talk);
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
    {"/trouble/gaps/filled-exactly", 100, 300, 0, {0}, true},
    {"/trouble/gaps/filled-and-more", 50, 400, 0, {0}, true},
    {"/trouble/gaps/head-filled", 100, 100, 1, {200, 400}, true},
    {"/trouble/gaps/head-filled-by-overlap", 50, 100, 1, {150, 400}, true},
    {"/trouble/gaps/tail-filled", 300, 100, 1, {100, 300}, true},
    {"/trouble/gaps/tail-filled-by-overlap", 300, 150, 1, {100, 300}, true},
    {"/trouble/gaps/middle-filled-leaves-two", 200, 100, 2, {100, 200, 300, 400}, true},
    {"/trouble/gaps/data-just-before-fills-nothing", 50, 50, 1, {100, 400}, false},
    {"/trouble/gaps/data-just-behind-fills-nothing", 400, 50, 1, {100, 400}, false},
};

static void late_data_fills(gconstpointer data)
{
    const struct fill_case *c = data;
    struct talk talk = connected();
    client_data(&talk, C0, 100);
    client_data(&talk, C0 + 400, 100);
    talk.now += LATE;
    client_data(&talk, C0 + c->from, c->bytes);
    g_assert_cmpuint(client_trouble(&talk)->gap_count, ==, c->gaps);
    for (unsigned i = 0; i < c->gaps; i++)
        assert_gap(&talk, i, C0 + c->left[2 * i], C0 + c->left[2 * i + 1]);
    assert_resent(&talk, !c->fills, c->fills, 0);
    end_talk(&talk);
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
    struct talk talk = with_gaps(C0, 3);
    client_data(&talk, C0 + 150, 400);
    g_assert_cmpuint(client_trouble(&talk)->gap_count, ==, 2);
    assert_gap(&talk, 0, C0 + 100, C0 + 150);
    assert_gap(&talk, 1, C0 + 550, C0 + 600);
    assert_resent(&talk, 0, 1, 0);
    end_talk(&talk);
}

static void one_gap_too_many_gives_up_the_oldest(void)
{
    struct talk talk = with_gaps(C0, TROUBLE_GAPS);
    assert_gap(&talk, 0, C0 + 100, C0 + 200);
    client_data(&talk, C0 + 200 * (TROUBLE_GAPS + 1), 100);
    g_assert_cmpuint(client_trouble(&talk)->gap_count, ==, TROUBLE_GAPS);
    assert_gap(&talk, 0, C0 + 300, C0 + 400);
    assert_gap(&talk, TROUBLE_GAPS - 1, C0 + 200 * TROUBLE_GAPS + 100,
               C0 + 200 * TROUBLE_GAPS + 200);
    end_talk(&talk);
}

static void split_without_room_gives_up_the_tail(void)
{
    struct talk talk = with_gaps(C0, TROUBLE_GAPS);
    client_data(&talk, C0 + 140, 20);
    g_assert_cmpuint(client_trouble(&talk)->gap_count, ==, TROUBLE_GAPS);
    assert_gap(&talk, 0, C0 + 100, C0 + 140);
    assert_gap(&talk, 1, C0 + 300, C0 + 400);
    end_talk(&talk);
}

static void gaps_hold_where_sequence_numbers_wrap(void)
{
    const uint32_t c0 = UINT32_MAX - 149; /* the gap from 100 to 200 holds the wrap */
    struct talk talk = with_gaps(c0, 1);
    assert_gap(&talk, 0, UINT32_MAX - 49, 50);
    server_acks(&talk, c0 + 300);
    unsigned gaps;
    g_assert_cmpuint(trouble_missing_bytes(&talk.flow, END_A, &gaps), ==, 100);
    client_data(&talk, c0 + 100, 100);
    g_assert_cmpuint(client_trouble(&talk)->gap_count, ==, 0);
    end_talk(&talk);
}

static void new_connection_on_the_same_ports_begins_without_gaps(void)
{
    struct talk talk = with_gaps(C0, 2);
    client_sends(&talk, TCP_SYN, C0 + 900000, 0, 0);
    g_assert_cmpuint(client_trouble(&talk)->gap_count, ==, 0);
    g_assert_cmpuint(talk.flow.sides[END_A].watch.first, ==, C0 + 900001);
    end_talk(&talk);
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
    {"/trouble/reordering/earlier-identification", 1001, 1000, true, true, S, true},
    {"/trouble/reordering/later-identification", 1000, 1001, true, false, 0, false},
    {"/trouble/reordering/identification-wraps", 2, 65535, true, true, S, true},
    {"/trouble/reordering/later-identification-wraps", 65535, 1, true, false, 0, false},
    {"/trouble/reordering/farthest-identification-that-tells", 3000, 953, true, true, S, true},
    {"/trouble/reordering/distant-identification-leaves-it-to-time", 3000, 952, true, true, S,
     false},
    {"/trouble/reordering/distant-identification-in-time", 952, 3000, true, true, 0, true},
    {"/trouble/reordering/equal-identification-leaves-it-to-time", 7, 7, true, true, 0, true},
    {"/trouble/reordering/complaint-within-three-quarters-of-the-round-trip", 0, 0, true, true,
     15 * MS - 1, true},
    {"/trouble/reordering/complaint-after-three-quarters-of-the-round-trip", 0, 0, true, true,
     15 * MS, false},
    {"/trouble/reordering/one-identification-missing", 0, 1000, true, true, 15 * MS, false},
    {"/trouble/reordering/other-identification-missing", 1000, 0, true, true, 15 * MS - 1, true},
    {"/trouble/reordering/unknown-round-trip-within-3-ms", 0, 0, false, true, 3 * MS - 1, true},
    {"/trouble/reordering/unknown-round-trip-after-3-ms", 0, 0, false, true, 3 * MS, false},
    {"/trouble/reordering/no-complaint-before-a-timeout", 0, 0, true, false, 200 * MS - 1, true},
    {"/trouble/reordering/no-complaint-but-a-timeout", 0, 0, true, false, 200 * MS, false},
};

static void order_tells_overtaken_from_sent_again(gconstpointer data)
{
    const struct order_case *c = data;
    struct talk talk = c->handshake ? connected() : unconnected();
    client_data(&talk, C0, 100);
    struct segment ahead = client_segment(&talk, TCP_ACK, C0 + 200, S0, 100);
    ahead.ip_id = c->opening_id;
    talk_apply(&talk, &ahead);
    if (c->complained)
        server_acks(&talk, C0 + 100);
    talk.now += c->late;
    struct segment late = client_segment(&talk, TCP_ACK, C0 + 100, S0, 100);
    late.ip_id = c->late_id;
    talk_apply(&talk, &late);
    g_assert_cmpuint(client_trouble(&talk)->gap_count, ==, 0);
    assert_resent(&talk, 0, !c->overtaken, 0);
    g_assert_cmpint(client_trouble(&talk)->resent_time, ==, c->overtaken ? TIME_NONE : talk.now);
    end_talk(&talk);
}

/* --- sent again --- */

static void repeat_of_captured_bytes_is_lost_behind_the_capture(void)
{
    struct talk talk = connected();
    client_data(&talk, C0, 100);
    talk.now += LATE;
    client_data(&talk, C0, 100);
    assert_resent(&talk, 1, 0, 0);
    const struct witness *evidence =
        &g_array_index(trouble_store_evidence(talk.troubles), struct witness, 0);
    g_assert_cmpuint(evidence->frame, ==, talk.frame);
    g_assert_cmpuint(evidence->sequence, ==, C0);
    g_assert_cmpuint(evidence->end, ==, END_A);
    end_talk(&talk);
}

static void repeat_of_acknowledged_bytes_is_in_vain(void)
{
    struct talk talk = connected();
    client_data(&talk, C0, 100);
    server_acks(&talk, C0 + 100);
    client_data(&talk, C0, 100);
    assert_resent(&talk, 0, 0, 1);
    end_talk(&talk);
}

static void repeat_that_ends_beyond_the_acknowledgment_is_not_in_vain(void)
{
    struct talk talk = connected();
    client_data(&talk, C0, 100);
    server_acks(&talk, C0 + 99);
    client_data(&talk, C0, 100);
    assert_resent(&talk, 1, 0, 0);
    end_talk(&talk);
}

static void repeat_with_new_bytes_goes_on_behind_them(void)
{
    struct talk talk = connected();
    client_data(&talk, C0, 100);
    client_data(&talk, C0, 150);
    client_data(&talk, C0 + 150, 50);
    assert_resent(&talk, 1, 0, 0);
    g_assert_cmpuint(client_trouble(&talk)->gap_count, ==, 0);
    g_assert_cmpuint(talk.flow.sides[END_A].watch.next, ==, C0 + 200);
    end_talk(&talk);
}

static void duplicate_frame_is_evidence_of_itself_only(void)
{
    struct talk talk = connected();
    client_data(&talk, C0, 100);
    struct segment copy = client_segment(&talk, TCP_ACK, C0, S0, 100);
    copy.is_copy = true;
    talk_apply(&talk, &copy);
    g_assert_null(talk.flow.trouble);
    g_assert_cmpuint(evidence_count(&talk, WITNESS_COPY), ==, 1);
    g_assert_cmpuint(trouble_store_evidence(talk.troubles)->len, ==, 1);
    end_talk(&talk);
}

static void data_from_before_the_capture_has_nothing_to_be_compared_with(void)
{
    struct talk talk = unconnected();
    client_data(&talk, C0, 100);
    talk.now += LATE;
    client_data(&talk, C0 - 100, 100);
    g_assert_null(talk.flow.trouble);
    end_talk(&talk);
}

static void data_takes_up_the_byte_of_a_probe(void)
{
    struct talk talk = connected();
    client_data(&talk, C0, 1);
    talk.now += LATE;
    client_data(&talk, C0, 100);
    g_assert_null(talk.flow.trouble);
    g_assert_cmpuint(talk.flow.sides[END_A].watch.next, ==, C0 + 100);
    end_talk(&talk);
}

static void number_of_another_connection_makes_the_rest_unclear(void)
{
    struct talk talk = connected();
    client_data(&talk, C0, 100);
    client_data(&talk, C0 + 100 + (1 << 26), 100);
    g_assert_cmpuint(client_trouble(&talk)->gap_count, ==, 1);
    client_data(&talk, C0 + 201 + (1 << 27), 100);
    g_assert_cmpuint(client_trouble(&talk)->gap_count, ==, 1);
    g_assert_true(talk.flow.sides[END_A].watch.is_unclear);
    end_talk(&talk);
}

/* The client repeats 100 bytes; the server then acknowledges once more all that was sent. */
static void idle_duplicate_ack_makes_a_repeat_doubtful(void)
{
    for (int64_t wait = S; wait <= S + 1; wait++) {
        struct talk talk = connected();
        client_data(&talk, C0, 100);
        client_data(&talk, C0, 100);
        server_acks(&talk, C0 + 100);
        talk.now += wait;
        struct segment again = server_segment(&talk, TCP_ACK, S0, C0 + 100, 0);
        again.analysis = ANALYSIS_DUPLICATE_ACK;
        talk_apply(&talk, &again);
        bool is_doubtful = wait == S;
        assert_resent(&talk, !is_doubtful, 0, 0);
        g_assert_cmpuint(evidence_count(&talk, WITNESS_RESENT_DOUBTFUL), ==, is_doubtful);
        end_talk(&talk);
    }
}

static void copies_that_the_receiver_answers_are_counted(void)
{
    struct talk talk = connected();
    client_data(&talk, C0, 100);
    struct segment copy = client_segment(&talk, TCP_ACK, C0, S0, 100);
    copy.is_copy = true;
    talk_apply(&talk, &copy);
    server_acks(&talk, C0 + 100);
    g_assert_cmpuint(talk.flow.sides[END_A].watch.copies_answered, ==, 0);
    talk_apply(&talk, &copy);
    struct segment again = server_segment(&talk, TCP_ACK, S0, C0 + 100, 0);
    again.analysis = ANALYSIS_DUPLICATE_ACK;
    talk_apply(&talk, &again);
    g_assert_cmpuint(talk.flow.sides[END_A].watch.copies_answered, ==, 1);
    end_talk(&talk);
}

static void repeated_fin_without_data_is_no_loss_of_data(void)
{
    struct talk talk = connected();
    client_sends(&talk, TCP_ACK | TCP_FIN, C0, S0, 0);
    client_sends(&talk, TCP_ACK | TCP_FIN, C0, S0, 0);
    assert_resent(&talk, 0, 0, 0);
    g_assert_cmpuint(client_trouble(&talk)->stuck_sends, ==, 2);
    g_assert_cmpuint(client_trouble(&talk)->stuck_payload, ==, 0);
    end_talk(&talk);
}

static void evidence_stops_at_its_limit_and_counting_goes_on(void)
{
    struct talk talk = connected();
    client_data(&talk, C0, 100);
    for (unsigned i = 0; i < WITNESSES_PER_KIND + 5; i++)
        client_data(&talk, C0, 100);
    g_assert_cmpuint(client_trouble(&talk)->resent_captured, ==, WITNESSES_PER_KIND + 5);
    g_assert_cmpuint(evidence_count(&talk, WITNESS_RESENT_CAPTURED), ==, WITNESSES_PER_KIND);
    end_talk(&talk);
}

static void fragment_of_unknown_length_makes_what_is_missing_unclear(void)
{
    struct talk talk = connected();
    struct segment fragment = client_segment(&talk, TCP_ACK, C0, S0, 0);
    fragment.has_length = false;
    talk_apply(&talk, &fragment);
    client_data(&talk, C0 + 1000, 100);
    server_acks(&talk, C0 + 1100);
    unsigned gaps;
    g_assert_true(talk.flow.sides[END_A].watch.is_unclear);
    g_assert_cmpuint(trouble_missing_bytes(&talk.flow, END_A, &gaps), ==, 0);
    end_talk(&talk);
}

/* The client sends bytes 0 to 100 twice; then the server's SACK. */
struct sack_case {
    const char *name;
    uint32_t acknowledged, left, right; /* from C0 */
    bool in_vain;
};

static const struct sack_case sack_cases[] = {
    {"/trouble/d-sack/of-the-repeat", 100, 0, 100, true},
    {"/trouble/d-sack/of-part-of-the-repeat", 100, 0, 50, true},
    {"/trouble/d-sack/of-later-bytes", 100, 50, 100, false},
    {"/trouble/d-sack/empty", 100, 50, 50, false},
    {"/trouble/d-sack/sack-above-the-acknowledgment", 0, 0, 100, false},
};

static void duplicate_sack_shows_what_was_in_vain(gconstpointer data)
{
    const struct sack_case *c = data;
    struct talk talk = connected();
    client_data(&talk, C0, 100);
    client_data(&talk, C0, 100);
    struct segment answer = server_segment(&talk, TCP_ACK, S0, C0 + c->acknowledged, 0);
    answer.sack_ranges = 1;
    answer.sack_left[0] = C0 + c->left;
    answer.sack_right[0] = C0 + c->right;
    talk_apply(&talk, &answer);
    assert_resent(&talk, !c->in_vain, 0, c->in_vain);
    end_talk(&talk);
}

static void one_duplicate_sack_proves_one_repeat(void)
{
    struct talk talk = connected();
    client_data(&talk, C0, 100);
    client_data(&talk, C0, 100);
    client_data(&talk, C0, 100);
    struct segment answer = server_segment(&talk, TCP_ACK, S0, C0 + 100, 0);
    answer.sack_ranges = 1;
    answer.sack_left[0] = C0;
    answer.sack_right[0] = C0 + 100;
    talk_apply(&talk, &answer);
    assert_resent(&talk, 1, 0, 1);
    talk_apply(&talk, &answer);
    assert_resent(&talk, 0, 0, 2);
    talk_apply(&talk, &answer);
    assert_resent(&talk, 0, 0, 2);
    end_talk(&talk);
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
    {"/trouble/probes/keep-alive-without-data", -1, 0, TCP_ACK, false, false},
    {"/trouble/probes/keep-alive-with-a-byte", -1, 1, TCP_ACK, false, false},
    {"/trouble/probes/two-bytes-are-no-keep-alive", -2, 2, TCP_ACK, false, true},
    {"/trouble/probes/earlier-byte-is-no-keep-alive", -2, 1, TCP_ACK, false, true},
    {"/trouble/probes/byte-to-a-closed-window", -2, 1, TCP_ACK, true, false},
    {"/trouble/probes/two-bytes-to-a-closed-window", -2, 2, TCP_ACK, true, true},
};

static void probe_is_not_sent_again(gconstpointer data)
{
    const struct probe_case *c = data;
    struct talk talk = connected();
    client_data(&talk, C0, 100);
    struct segment answer = server_segment(&talk, TCP_ACK, S0, C0, 0);
    answer.window = c->closed ? 0 : 1000;
    talk_apply(&talk, &answer);
    talk.now += LATE;
    client_sends(&talk, c->flags, C0 + 100 + (uint32_t)c->from, S0, c->bytes);
    if (talk.flow.trouble == NULL)
        g_assert_false(c->resent);
    else
        assert_resent(&talk, c->resent, 0, 0);
    end_talk(&talk);
}

/* --- stuck segments --- */

static void same_segment_again_and_again_is_stuck(void)
{
    struct talk talk = connected();
    for (unsigned i = 0; i < 4; i++) {
        client_data(&talk, C0, 100);
        talk.now += S;
    }
    g_assert_cmpuint(client_trouble(&talk)->stuck_sends, ==, 4);
    g_assert_cmpuint(client_trouble(&talk)->stuck_sequence, ==, C0);
    g_assert_cmpuint(client_trouble(&talk)->stuck_payload, ==, 100);
    g_assert_false(client_trouble(&talk)->stuck_answered);
    end_talk(&talk);
}

static void acknowledgment_frees_what_is_stuck(void)
{
    struct talk talk = connected();
    client_data(&talk, C0, 100);
    client_data(&talk, C0, 100);
    server_acks(&talk, C0);
    g_assert_cmpuint(client_trouble(&talk)->stuck_sends, ==, 2);
    g_assert_true(client_trouble(&talk)->stuck_answered);
    server_acks(&talk, C0 + 1);
    g_assert_cmpuint(client_trouble(&talk)->stuck_sends, ==, 0);
    end_talk(&talk);
}

static void segment_behind_the_edge_is_not_stuck(void)
{
    struct talk talk = connected();
    client_data(&talk, C0, 100);
    client_data(&talk, C0 + 100, 100);
    client_data(&talk, C0 + 100, 100);
    assert_resent(&talk, 1, 0, 0);
    g_assert_cmpuint(client_trouble(&talk)->stuck_sends, ==, 0);
    end_talk(&talk);
}

static void next_stuck_segment_is_counted_anew(void)
{
    struct talk talk = connected();
    client_data(&talk, C0, 100);
    client_data(&talk, C0 + 100, 100);
    for (unsigned i = 0; i < 3; i++)
        client_data(&talk, C0, 100);
    server_acks(&talk, C0 + 100);
    client_data(&talk, C0 + 100, 100);
    g_assert_cmpuint(client_trouble(&talk)->stuck_sends, ==, 2);
    g_assert_cmpuint(client_trouble(&talk)->stuck_sequence, ==, C0 + 100);
    g_assert_false(client_trouble(&talk)->stuck_answered);
    end_talk(&talk);
}

static void small_sack_at_the_edge_is_kept(void)
{
    struct talk talk = connected();
    client_data(&talk, C0, 1400);
    struct segment answer = server_segment(&talk, TCP_ACK, S0, C0, 0);
    answer.sack_ranges = 1;
    answer.sack_left[0] = C0 + 1400;
    answer.sack_right[0] = C0 + 2800;
    talk_apply(&talk, &answer);
    g_assert_false(talk.flow.sides[END_B].watch.sent_small_sack);
    answer.sack_right[0] = C0 + 2799;
    talk_apply(&talk, &answer);
    g_assert_true(talk.flow.sides[END_B].watch.sent_small_sack);
    g_assert_cmpuint(talk.flow.sides[END_B].watch.sack_edge, ==, C0);
    end_talk(&talk);
}

/* --- windows --- */

static void server_window(struct talk *talk, unsigned flags, uint32_t window)
{
    uint32_t sequence = (flags & TCP_SYN) != 0 ? S0 - 1 : S0;
    struct segment segment = server_segment(talk, flags, sequence, C0, 0);
    segment.window = window;
    talk_apply(talk, &segment);
}

static void closed_times_add_up(void)
{
    struct talk talk = connected();
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
    end_talk(&talk);
}

static void backward_clock_adds_no_closed_time(void)
{
    struct talk talk = connected();
    server_window(&talk, TCP_ACK, 0);
    talk.now -= 100 * MS;
    server_window(&talk, TCP_ACK, 1);
    g_assert_cmpint(server_trouble(&talk)->closed_time, ==, 0);
    g_assert_cmpint(server_trouble(&talk)->closed_since, ==, TIME_NONE);
    end_talk(&talk);
}

static void zero_window_of_syn_fin_and_rst_closes_nothing(void)
{
    struct talk talk = connected();
    server_window(&talk, SYN_ACK, 0);
    server_window(&talk, TCP_ACK | TCP_FIN, 0);
    g_assert_null(talk.flow.trouble);
    server_window(&talk, TCP_RST, 0);
    g_assert_cmpint(server_trouble(&talk)->closed_since, ==, TIME_NONE);
    end_talk(&talk);
}

/* --- resets --- */

static void server_resets(struct talk *talk, uint32_t sequence)
{
    server_sends(talk, TCP_RST, sequence, 0, 0);
}

static void only_resets_beyond_the_acknowledgments_are_unasked(void)
{
    struct talk talk = connected();
    server_resets(&talk, S0 - 1);
    server_resets(&talk, S0);
    g_assert_cmpuint(server_trouble(&talk)->unasked_resets, ==, 0);
    server_resets(&talk, S0 + 1);
    g_assert_cmpuint(server_trouble(&talk)->unasked_resets, ==, 1);
    server_resets(&talk, S0 + 1);
    g_assert_cmpuint(server_trouble(&talk)->unasked_resets, ==, 1);
    server_resets(&talk, S0 + 1461);
    g_assert_cmpuint(server_trouble(&talk)->unasked_resets, ==, 2);
    g_assert_cmpuint(server_trouble(&talk)->reset_number, ==, S0 + 1461);
    g_assert_cmpint(server_trouble(&talk)->reset_time, ==, talk.now);
    end_talk(&talk);
}

static void reset_that_answers_a_syn_is_not_compared(void)
{
    struct talk talk = talk_new();
    talk.troubles = trouble_store_new();
    client_sends(&talk, TCP_SYN, C0 - 1, 0, 0);
    server_sends(&talk, TCP_RST | TCP_ACK, 0, C0, 0);
    g_assert_null(talk.flow.trouble);
    end_talk(&talk);
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
    {"/trouble/resets/data-may-be-reordered", TCP_ACK, 100, 50, 10 * MS, 0, false},
    {"/trouble/resets/data-later-goes-on", TCP_ACK, 100, 50, 10 * MS + 1, 0, true},
    {"/trouble/resets/ack-may-be-reordered", TCP_ACK, 100, 0, 10 * MS, 0, false},
    {"/trouble/resets/ack-later-goes-on", TCP_ACK, 100, 0, 10 * MS + 1, 0, true},
    {"/trouble/resets/fin-later-goes-on", TCP_ACK | TCP_FIN, 100, 0, S, 0, true},
    {"/trouble/resets/later-identification-goes-on", TCP_ACK, 100, 50, S, 501, true},
    {"/trouble/resets/equal-identification-goes-on", TCP_ACK, 100, 50, S, 500, true},
    {"/trouble/resets/earlier-identification-was-overtaken", TCP_ACK, 100, 50, S, 499, false},
    {"/trouble/resets/distant-identification-tells-nothing", TCP_ACK, 100, 50, S, 45000, true},
    {"/trouble/resets/new-syn-is-another-connection", SYN_ACK, 7000, 0, S, 0, false},
    {"/trouble/resets/farthest-number-of-the-same-connection", TCP_ACK, 100 + (1 << 26), 50, S, 0,
     true},
    {"/trouble/resets/farther-number-is-another-connection", TCP_ACK, 101 + (1 << 26), 50, S, 0,
     false},
};

static void end_goes_on_after_its_reset(gconstpointer data)
{
    const struct after_reset_case *c = data;
    struct talk talk = connected();
    struct segment reset = server_segment(&talk, TCP_RST, S0 + 100, 0, 0);
    reset.ip_id = 500;
    talk_apply(&talk, &reset);
    talk.now += c->later;
    struct segment next = server_segment(&talk, c->flags, S0 + c->sequence, C0, c->bytes);
    next.ip_id = c->ip_id;
    talk_apply(&talk, &next);
    g_assert_cmpuint(server_trouble(&talk)->sent_after_reset, ==, c->goes_on);
    end_talk(&talk);
}

static void reset_of_an_earlier_attempt_is_forgotten(void)
{
    struct talk talk = connected();
    server_resets(&talk, S0 + 100);
    server_sends(&talk, SYN_ACK, S0 + 7000, C0, 0);
    g_assert_cmpint(server_trouble(&talk)->reset_time, ==, TIME_NONE);
    g_assert_cmpuint(server_trouble(&talk)->unasked_resets, ==, 0);
    talk.now += S;
    server_sends(&talk, TCP_ACK, S0 + 7001, C0, 50);
    g_assert_cmpuint(server_trouble(&talk)->sent_after_reset, ==, 0);
    end_talk(&talk);
}

static void reset_within_what_was_sent_is_not_unasked(void)
{
    struct talk talk = connected();
    server_sends(&talk, TCP_ACK, S0, C0, 100);
    server_resets(&talk, S0 + 99);
    g_assert_cmpuint(server_trouble(&talk)->unasked_resets, ==, 0);
    server_resets(&talk, S0 + 100);
    g_assert_cmpuint(server_trouble(&talk)->unasked_resets, ==, 1);
    end_talk(&talk);
}

static void other_end_may_go_on_after_a_reset(void)
{
    struct talk talk = connected();
    server_resets(&talk, S0);
    talk.now += S;
    client_data(&talk, C0, 100);
    g_assert_cmpuint(client_trouble(&talk)->sent_after_reset, ==, 0);
    g_assert_cmpuint(server_trouble(&talk)->sent_after_reset, ==, 0);
    end_talk(&talk);
}

static void hop_limits_other_than_of_resets_are_listed_once(void)
{
    static const uint8_t limits[] = {64, 64, 63, 62, 63};
    struct talk talk = connected();
    const struct side_watch *watch = &talk.flow.sides[END_A].watch;
    for (size_t i = 0; i < G_N_ELEMENTS(limits); i++) {
        struct segment segment = client_segment(&talk, TCP_ACK, C0, S0, 0);
        segment.has_hop_limit = true;
        segment.hop_limit = limits[i];
        talk_apply(&talk, &segment);
    }
    struct segment reset = client_segment(&talk, TCP_RST, C0, 0, 0);
    reset.has_hop_limit = true;
    reset.hop_limit = 255;
    talk_apply(&talk, &reset);
    g_assert_cmpuint(watch->hop_count, ==, 3);
    g_assert_cmpuint(watch->hop_list[0], ==, 64);
    g_assert_cmpuint(watch->hop_list[1], ==, 63);
    g_assert_cmpuint(watch->hop_list[2], ==, 62);
    reset.flags = TCP_ACK;
    talk_apply(&talk, &reset);
    g_assert_cmpuint(watch->hop_count, ==, 4);
    end_talk(&talk);
}

/* --- what took long --- */

struct handshake_case {
    const char *name;
    int64_t server_side, client_side;
    bool server_is_slow, client_is_slow;
};

static const struct handshake_case handshake_cases[] = {
    {"/trouble/times/handshake-just-fast-enough", 500 * MS - 1, 500 * MS - 1, false, false},
    {"/trouble/times/handshake-slow-at-the-server", 500 * MS, 20 * MS, true, false},
    {"/trouble/times/handshake-slow-at-the-client", 20 * MS, 500 * MS, false, true},
    {"/trouble/times/handshake-slow-on-both-sides", 2 * S, S, true, true},
};

/* Frames and ms of the evidence, which comes in pairs: "end first-last ms". */
static char *pairs_of(const struct talk *talk, enum witness_kind kind)
{
    const GArray *all = trouble_store_evidence(talk->troubles);
    GString *text = g_string_new(NULL);
    for (guint i = 0; i + 1 < all->len; i += 2) {
        const struct witness *first = &g_array_index(all, struct witness, i);
        const struct witness *last = &g_array_index(all, struct witness, i + 1);
        g_assert_cmpuint(first->kind, ==, kind);
        g_assert_cmpuint(last->kind, ==, kind);
        g_assert_cmpuint(last->sequence, ==, first->sequence);
        g_string_append_printf(text, "%s%c %u-%u %u", text->len > 0 ? "; " : "",
                               first->end == END_A ? 'A' : 'B', first->frame, last->frame,
                               first->sequence);
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
    struct talk talk = talk_new();
    talk.troubles = trouble_store_new();
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
    end_talk(&talk);
}

struct turn_case {
    const char *name;
    int64_t first_request, response, next_request; /* ns of waiting */
    bool repeated;                                 /* the first request, before its response */
    const char *expected;
};

static const struct turn_case turn_cases[] = {
    {"/trouble/times/all-just-quick-enough", S - 1, S - 1, S - 1, false, ""},
    {"/trouble/times/slow-first-request", S, 0, 0, false, "A 3-4 1000"},
    {"/trouble/times/slow-response", 0, S, 0, false, "B 4-6 1000"},
    {"/trouble/times/slow-next-request", 0, 0, 2500 * MS, false, "A 6-8 2500"},
    {"/trouble/times/all-slow", S, 2 * S, 3 * S, false, "A 3-4 1000; B 4-6 2000; A 6-8 3000"},
    {"/trouble/times/response-to-what-was-sent-again-tells-nothing", 0, 5 * S, 0, true, ""},
};

static void turn_takes(gconstpointer data)
{
    const struct turn_case *c = data;
    struct talk talk = connected();
    talk.now += c->first_request - MS; /* connected() has waited for 1 ms */
    client_data(&talk, C0, 100);
    if (c->repeated) {
        talk.now += S;
        client_data(&talk, C0, 100);
        g_array_set_size(trouble_store_evidence(talk.troubles), 0);
    }
    server_acks(&talk, C0 + 100);
    talk.now += c->response;
    server_sends(&talk, TCP_ACK, S0, C0 + 100, 100);
    client_sends(&talk, TCP_ACK, C0 + 100, S0 + 100, 0);
    talk.now += c->next_request;
    client_sends(&talk, TCP_ACK, C0 + 100, S0 + 100, 100);
    assert_pairs(&talk, WITNESS_SLOW_TURN, c->expected);
    end_talk(&talk);
}

struct soon_case {
    const char *name;
    int64_t until_ack; /* ns */
    const char *expected;
};

static const struct soon_case soon_cases[] = {
    {"/trouble/times/question-acknowledged-soon", 500 * MS, "B 4-6 3000"},
    {"/trouble/times/question-acknowledged-late-tells-of-the-path", 500 * MS + 1, ""},
};

static void question_arrived(gconstpointer data)
{
    const struct soon_case *c = data;
    struct talk talk = connected();
    client_data(&talk, C0, 100);
    talk.now += c->until_ack;
    server_acks(&talk, C0 + 100);
    talk.now += 3 * S - c->until_ack;
    server_sends(&talk, TCP_ACK, S0, C0 + 100, 100);
    assert_pairs(&talk, WITNESS_SLOW_TURN, c->expected);
    end_talk(&talk);
}

static void late_greeting_of_the_server_is_no_turnaround(void)
{
    struct talk talk = connected();
    talk.now += 5 * S;
    server_sends(&talk, TCP_ACK, S0, C0, 100);
    assert_pairs(&talk, WITNESS_SLOW_TURN, "");
    end_talk(&talk);
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
    {"/trouble/missing/nothing", 0, 100, 0, 0},
    {"/trouble/missing/acknowledged-gap", 300, 400, 200, 1},
    {"/trouble/missing/gap-acknowledged-to-its-end", 300, 300, 200, 1},
    {"/trouble/missing/gap-not-wholly-acknowledged", 300, 299, 0, 0},
    {"/trouble/missing/gap-of-one-byte", 101, 201, 0, 0},
    {"/trouble/missing/gap-of-two-bytes", 102, 202, 2, 1},
    {"/trouble/missing/one-byte-at-the-end", 0, 101, 0, 0},
    {"/trouble/missing/two-bytes-at-the-end", 0, 102, 2, 1},
    {"/trouble/missing/gap-and-end", 300, 500, 300, 2},
};

static void bytes_are_missing(gconstpointer data)
{
    const struct missing_case *c = data;
    struct talk talk = connected();
    client_data(&talk, C0, 100);
    if (c->ahead > 0)
        client_data(&talk, C0 + c->ahead, 100);
    server_acks(&talk, C0 + c->acknowledged);
    unsigned gaps;
    g_assert_cmpuint(trouble_missing_bytes(&talk.flow, END_A, &gaps), ==, c->missing);
    g_assert_cmpuint(gaps, ==, c->gaps);
    g_assert_cmpuint(trouble_missing_bytes(&talk.flow, END_B, &gaps), ==, 0);
    end_talk(&talk);
}

static void acknowledged_gaps_stay_missing_when_they_are_given_up(void)
{
    struct talk talk = connected();
    for (uint32_t i = 0; i <= TROUBLE_GAPS + 2; i++) {
        client_data(&talk, C0 + 200 * i, 100);
        server_acks(&talk, C0 + 200 * i + 100);
    }
    unsigned gaps;
    g_assert_cmpuint(client_trouble(&talk)->gap_count, ==, TROUBLE_GAPS);
    g_assert_cmpuint(trouble_missing_bytes(&talk.flow, END_A, &gaps), ==, 100 * (TROUBLE_GAPS + 2));
    g_assert_cmpuint(gaps, ==, TROUBLE_GAPS + 2);
    end_talk(&talk);
}

static void nothing_is_missing_of_an_end_that_was_not_captured(void)
{
    struct talk talk = talk_new();
    talk.troubles = trouble_store_new();
    server_acks(&talk, C0);
    server_acks(&talk, C0 + 5000);
    unsigned gaps;
    g_assert_cmpuint(trouble_missing_bytes(&talk.flow, END_A, &gaps), ==, 0);
    g_assert_cmpuint(trouble_missing_bytes(&talk.flow, END_B, &gaps), ==, 0);
    g_assert_cmpuint(gaps, ==, 0);
    end_talk(&talk);
}

/* --- the store --- */

static void records_of_many_connections_are_apart(void)
{
    struct trouble_store *store = trouble_store_new();
    struct talk talks[200]; /* more than a block of records */
    for (size_t i = 0; i < G_N_ELEMENTS(talks); i++) {
        talks[i] = talk_new();
        talks[i].troubles = store;
        client_data(&talks[i], C0, 100);
        client_data(&talks[i], C0 + 200 + (uint32_t)i, 100);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(talks); i++)
        assert_gap(&talks[i], 0, C0 + 100, C0 + 200 + (uint32_t)i);
    trouble_store_free(store);
}

static void free_of_nothing_does_nothing(void)
{
    trouble_store_free(NULL);
}

#define ADD_CASES(cases, function)                                                                 \
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)                                               \
    g_test_add_data_func(cases[i].name, &cases[i], function)

static void add_gap_tests(void)
{
    g_test_add_func("/trouble/none", healthy_connection_needs_no_record);
    g_test_add_func("/trouble/gaps/opened", data_ahead_opens_a_gap);
    ADD_CASES(fill_cases, late_data_fills);
    g_test_add_func("/trouble/gaps/several-filled-at-once", one_segment_fills_several_gaps);
    g_test_add_func("/trouble/gaps/one-too-many", one_gap_too_many_gives_up_the_oldest);
    g_test_add_func("/trouble/gaps/split-without-room", split_without_room_gives_up_the_tail);
    g_test_add_func("/trouble/gaps/sequence-wrap", gaps_hold_where_sequence_numbers_wrap);
    g_test_add_func("/trouble/gaps/new-connection",
                    new_connection_on_the_same_ports_begins_without_gaps);
    ADD_CASES(order_cases, order_tells_overtaken_from_sent_again);
    ADD_CASES(missing_cases, bytes_are_missing);
    g_test_add_func("/trouble/missing/given-up",
                    acknowledged_gaps_stay_missing_when_they_are_given_up);
    g_test_add_func("/trouble/missing/end-not-captured",
                    nothing_is_missing_of_an_end_that_was_not_captured);
    g_test_add_func("/trouble/missing/unknown-length",
                    fragment_of_unknown_length_makes_what_is_missing_unclear);
}

static void add_resent_tests(void)
{
    g_test_add_func("/trouble/resent/captured",
                    repeat_of_captured_bytes_is_lost_behind_the_capture);
    g_test_add_func("/trouble/resent/acknowledged", repeat_of_acknowledged_bytes_is_in_vain);
    g_test_add_func("/trouble/resent/partly-acknowledged",
                    repeat_that_ends_beyond_the_acknowledgment_is_not_in_vain);
    g_test_add_func("/trouble/resent/with-new-bytes", repeat_with_new_bytes_goes_on_behind_them);
    g_test_add_func("/trouble/resent/duplicate-frame", duplicate_frame_is_evidence_of_itself_only);
    g_test_add_func("/trouble/resent/before-the-capture",
                    data_from_before_the_capture_has_nothing_to_be_compared_with);
    g_test_add_func("/trouble/resent/byte-of-a-probe", data_takes_up_the_byte_of_a_probe);
    g_test_add_func("/trouble/resent/another-connection",
                    number_of_another_connection_makes_the_rest_unclear);
    g_test_add_func("/trouble/resent/doubtful", idle_duplicate_ack_makes_a_repeat_doubtful);
    g_test_add_func("/trouble/resent/answered-copies",
                    copies_that_the_receiver_answers_are_counted);
    g_test_add_func("/trouble/resent/fin", repeated_fin_without_data_is_no_loss_of_data);
    g_test_add_func("/trouble/resent/limit", evidence_stops_at_its_limit_and_counting_goes_on);
    ADD_CASES(sack_cases, duplicate_sack_shows_what_was_in_vain);
    g_test_add_func("/trouble/d-sack/one-proves-one", one_duplicate_sack_proves_one_repeat);
    ADD_CASES(probe_cases, probe_is_not_sent_again);
    g_test_add_func("/trouble/stuck/again-and-again", same_segment_again_and_again_is_stuck);
    g_test_add_func("/trouble/stuck/freed", acknowledgment_frees_what_is_stuck);
    g_test_add_func("/trouble/stuck/not-behind-the-edge", segment_behind_the_edge_is_not_stuck);
    g_test_add_func("/trouble/stuck/next-one", next_stuck_segment_is_counted_anew);
    g_test_add_func("/trouble/stuck/small-sack", small_sack_at_the_edge_is_kept);
}

static void add_other_tests(void)
{
    g_test_add_func("/trouble/window/closed-times-add-up", closed_times_add_up);
    g_test_add_func("/trouble/window/backward-clock", backward_clock_adds_no_closed_time);
    g_test_add_func("/trouble/window/not-of-syn-fin-rst",
                    zero_window_of_syn_fin_and_rst_closes_nothing);
    g_test_add_func("/trouble/resets/unasked", only_resets_beyond_the_acknowledgments_are_unasked);
    g_test_add_func("/trouble/resets/to-a-syn", reset_that_answers_a_syn_is_not_compared);
    ADD_CASES(after_reset_cases, end_goes_on_after_its_reset);
    g_test_add_func("/trouble/resets/earlier-attempt", reset_of_an_earlier_attempt_is_forgotten);
    g_test_add_func("/trouble/resets/within-what-was-sent",
                    reset_within_what_was_sent_is_not_unasked);
    g_test_add_func("/trouble/resets/other-end", other_end_may_go_on_after_a_reset);
    g_test_add_func("/trouble/resets/hop-limits", hop_limits_other_than_of_resets_are_listed_once);
    ADD_CASES(handshake_cases, handshake_takes);
    ADD_CASES(turn_cases, turn_takes);
    ADD_CASES(soon_cases, question_arrived);
    g_test_add_func("/trouble/times/late-greeting", late_greeting_of_the_server_is_no_turnaround);
    g_test_add_func("/trouble/store/many-connections", records_of_many_connections_are_apart);
    g_test_add_func("/trouble/store/free-of-nothing", free_of_nothing_does_nothing);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add_gap_tests();
    add_resent_tests();
    add_other_tests();
    return g_test_run();
}
