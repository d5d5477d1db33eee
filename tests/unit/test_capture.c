/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "connection/capture.h"

#include "connection/reset_watch.h"
#include "segments.h"

#define SYN_ACK (TCP_SYN | TCP_ACK)

static struct segment request(void)
{
    return segment_between(end_at("10.0.0.9", 51234), end_at("10.0.0.5", 443), TCP_ACK, 100, 900,
                           10);
}

static struct segment response(void)
{
    return segment_between(end_at("10.0.0.5", 443), end_at("10.0.0.9", 51234), TCP_ACK, 900, 110,
                           20);
}

static void empty_capture_has_nothing(void)
{
    struct capture *capture = capture_new(true);
    g_assert_cmpuint(flow_table_count(capture->flows), ==, 0);
    g_assert_cmpuint(capture->turnarounds.count, ==, 0);
    g_assert_cmpuint(capture->witnesses->all->len, ==, 0);
    g_assert_null(capture->duplicates); /* takes 260 KiB */
    g_assert_null(capture_find(capture, 0));
    capture_free(capture);
}

static void free_of_nothing_does_nothing(void)
{
    capture_free(NULL);
}

static void segments_find_their_connection(void)
{
    struct capture *capture = capture_new(true);
    struct segment one = request(), other = request(), answer = response();
    one.stream = answer.stream = 7;
    other.stream = 3;
    struct flow *first = capture_add(capture, &one);
    struct flow *second = capture_add(capture, &other);
    g_assert_true(first != second);
    g_assert_true(capture_add(capture, &answer) == first);
    g_assert_true(capture_find(capture, 7) == first);
    g_assert_true(capture_find(capture, 3) == second);
    g_assert_cmpuint(flow_table_count(capture->flows), ==, 2);
    g_assert_cmpuint(flow_segments(first, END_B), ==, 1);
    g_assert_cmpuint(flow_segments(second, END_B), ==, 0);
    capture_free(capture);
}

/* --- copies --- */

struct copy_case {
    const char *name;
    bool has_ip, given; /* given: the segment comes as a copy */
    bool is_copy;       /* when it comes a second time */
};

static const struct copy_case copy_cases[] = {
    {"/capture/copy/found", true, false, true},
    {"/capture/copy/not-without-ip", false, false, false},
    {"/capture/copy/given", true, true, true},
    {"/capture/copy/given-without-ip", false, true, true},
};

static void copy_is_told_and_counted(gconstpointer data)
{
    const struct copy_case *c = data;
    struct capture *capture = capture_new(c->has_ip);
    struct segment first = request(), second = request();
    first.ip_id = second.ip_id = 77;
    second.is_copy = c->given;
    const struct flow *flow = capture_add(capture, &first);
    g_assert_false(first.is_copy);
    capture_add(capture, &second);
    g_assert_cmpint(second.is_copy, ==, c->is_copy);
    g_assert_cmpuint(flow_counter(flow, END_A, COUNTER_DUPLICATE_FRAMES), ==, c->is_copy);
    /* What is no copy was sent again. */
    g_assert_cmpuint(sequence_trouble_of(flow, END_A)->resent_captured, ==, !c->is_copy);
    g_assert_cmpuint(capture->witnesses->all->len, ==, 1);
    g_assert_cmpuint(witness_log_at(capture->witnesses, 0)->kind, ==,
                     c->is_copy ? WITNESS_COPY : WITNESS_RESENT_CAPTURED);
    capture_free(capture);
}

/* --- what a segment leaves --- */

/* A slow handshake, data sent again, an answer, a reset and what follows it. */
static void each_record_gets_its_part(void)
{
    SCOPED_TALK talk = talk_new();
    client_sends(&talk, TCP_SYN, 99, 0, 0);
    talk.now += 2 * S;
    server_sends(&talk, SYN_ACK, 899, 100, 0);
    client_sends(&talk, TCP_ACK, 100, 900, 0);
    client_sends(&talk, TCP_ACK, 100, 900, 10);
    client_sends(&talk, TCP_ACK, 100, 900, 10);
    talk.now += S; /* half the round trip: an earlier acknowledgment would be of the original */
    server_sends(&talk, TCP_ACK, 900, 110, 10);
    server_sends(&talk, TCP_RST, 910, 0, 0);
    talk.now += S;
    server_sends(&talk, TCP_ACK, 910, 110, 10);

    const struct capture *capture = talk.capture;
    g_assert_cmpint(talk.flow->handshake.server_side, ==, 2 * S);
    g_assert_cmpuint(sequence_trouble_of(talk.flow, END_A)->resent_captured, ==, 1);
    g_assert_cmpuint(reset_watch_of(talk.flow, END_B)->sent_after, ==, 1);
    g_assert_true(flow_reset(talk.flow)->established);
    g_assert_cmpuint(capture->turnarounds.count, ==, 1);
    g_assert_cmpint(turnaround_elapsed(&capture->turnarounds.all[0]), ==, S);

    static const enum witness_kind kinds[] = {WITNESS_SLOW_HANDSHAKE, WITNESS_SLOW_HANDSHAKE,
                                              WITNESS_RESENT_CAPTURED};
    g_assert_cmpuint(capture->witnesses->all->len, ==, G_N_ELEMENTS(kinds));
    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++)
        g_assert_cmpuint(witness_log_at(capture->witnesses, i)->kind, ==, kinds[i]);
}

static void turnaround_is_logged_with_its_connection_and_end(void)
{
    struct capture *capture = capture_new(true);
    struct segment other = request(), question = request(), answer = response();
    question.stream = answer.stream = 5;
    answer.time += 40;
    capture_add(capture, &other);
    capture_add(capture, &question);
    const struct flow *flow = capture_add(capture, &answer);
    g_assert_cmpuint(capture->turnarounds.count, ==, 1);
    const struct turnaround *turnaround = &capture->turnarounds.all[0];
    g_assert_cmpuint(turnaround->flow, ==, flow->number);
    g_assert_cmpuint(flow->number, ==, 1);
    g_assert_cmpint(turnaround_end(turnaround), ==, END_B);
    g_assert_cmpint(turnaround_elapsed(turnaround), ==, 40);
    capture_free(capture);
}

/* --- what repeats data with another identification --- */

/* The client sends four segments whose identifications count, then the last one's data again. */
struct older_case {
    const char *name;
    int32_t step; /* of the repeat's identification, from the last one before; 0: it has none */
    bool swapped, copy;
};

static const struct older_case older_cases[] = {
    {"/capture/older/before", -3, false, true},
    {"/capture/older/before-swapped", -3, true, true},
    {"/capture/older/behind", 3, false, false},
    {"/capture/older/behind-swapped", 3, true, false},
    /* A step of 250 looks like one of -6 * 256 in the other byte order. */
    {"/capture/older/far-behind", 250, false, false},
    {"/capture/older/far-behind-swapped", 250, true, false},
    {"/capture/older/distant", -5000, false, false},
    {"/capture/older/none", 0, false, false},
};

static uint16_t in_order(uint32_t number, bool swapped)
{
    return (uint16_t)(swapped ? GUINT16_SWAP_LE_BE((uint16_t)number) : number);
}

static void older_repeat_is_a_copy(gconstpointer data)
{
    const struct older_case *c = data;
    struct capture *capture = capture_new(true);
    struct segment segment = request();
    const uint32_t first = segment.sequence;
    for (uint32_t i = 0; i < 5; i++) {
        segment.sequence = first + i * segment.payload;
        segment.ip_id = in_order(20000 + i, c->swapped);
        capture_add(capture, &segment);
    }
    segment.time += S;
    segment.sequence -= segment.payload / 2; /* in another form */
    segment.ip_id = c->step != 0 ? in_order((uint32_t)(20004 + c->step), c->swapped) : 0;
    const struct flow *flow = capture_add(capture, &segment);
    g_assert_cmpint(segment.is_copy, ==, c->copy);
    g_assert_cmpuint(sequence_trouble_of(flow, END_A)->resent_captured, ==, !c->copy);
    capture_free(capture);
}

/* Pieces that cover a super-segment count as copies, and nothing is sent again. */
static void pieces_are_copies(void)
{
    struct capture *capture = capture_new(true);
    struct segment super = request();
    super.payload = 5 * 1448;
    super.ip_id = 500;
    super.has_hop_limit = true;
    super.hop_limit = 64;
    struct segment piece = super;
    const struct flow *flow = capture_add(capture, &super);
    for (uint32_t i = 0; i < 5; i++) {
        struct segment one = piece;
        one.payload = 1448;
        one.sequence += i * 1448;
        one.ip_id = (uint16_t)(500 + i);
        one.hop_limit = 63;
        one.time += 30000;
        capture_add(capture, &one);
        g_assert_true(one.is_copy);
        g_assert_cmpint(one.copy_hops, ==, 1);
    }
    g_assert_cmpuint(flow_counter(flow, END_A, COUNTER_DUPLICATE_FRAMES), ==, 5);
    g_assert_cmpuint(sequence_trouble_of(flow, END_A)->resent_captured, ==, 0);
    g_assert_cmpuint(flow->sides[END_A].hop_count, ==, 1);
    g_assert_true(flow->sides[END_A].has_proved_copy);
    capture_free(capture);
}

/* --- what is to be known of single frames --- */

static void frames_of_copies_and_turnarounds_are_kept_on_demand(void)
{
    for (int keeps_all = 0; keeps_all < 2; keeps_all++) {
        struct capture *capture = capture_new(true);
        struct segment question = request(), answer = response();
        int64_t elapsed = 0;
        if (keeps_all)
            capture_keep_all_witnesses(capture);
        question.stream = answer.stream = 5;
        question.ip_id = 77;
        question.frame = 11;
        answer.frame = 12;
        answer.time += 40;
        struct segment copy = question;
        copy.frame = 13;
        capture_add(capture, &question);
        capture_add(capture, &answer);
        capture_add(capture, &copy);
        g_assert_true(copy.is_copy);
        g_assert_cmpint(turnaround_log_find(&capture->turnarounds, 12, 0, END_B, &elapsed), ==,
                        keeps_all);
        g_assert_cmpint(elapsed, ==, keeps_all * 40);
        g_assert_false(turnaround_log_find(&capture->turnarounds, 11, 0, END_A, &elapsed));
        g_assert_cmpint(capture_is_copy(capture, 13, 0), ==, keeps_all);
        g_assert_false(capture_is_copy(capture, 13, 1));
        g_assert_false(capture_is_copy(capture, 11, 0));
        g_assert_cmpint(capture->copies != NULL, ==, keeps_all);
        capture_free(capture);
    }
}

/* Two connections with a segment each in one frame, again and again, all of which are copies. */
static void copies_are_found_among_many(void)
{
    const uint32_t count = 1001;
    struct capture *capture = capture_new(true);
    capture_keep_all_witnesses(capture);
    g_assert_false(capture_is_copy(capture, 1, 0));
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t stream = 0; stream < 2; stream++) {
            struct segment segment = request();
            segment.stream = stream;
            segment.frame = 2 * i;
            segment.is_copy = i > 0;
            capture_add(capture, &segment);
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t flow = 0; flow < 2; flow++) {
            g_assert_cmpint(capture_is_copy(capture, 2 * i, flow), ==, i > 0);
            g_assert_false(capture_is_copy(capture, 2 * i + 1, flow));
        }
        g_assert_false(capture_is_copy(capture, 2 * i, 2));
    }
    capture_free(capture);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/capture/empty", empty_capture_has_nothing);
    g_test_add_func("/capture/free-of-nothing", free_of_nothing_does_nothing);
    g_test_add_func("/capture/connections", segments_find_their_connection);
    ADD_CASES(copy_cases, copy_is_told_and_counted);
    g_test_add_func("/capture/records", each_record_gets_its_part);
    g_test_add_func("/capture/turnaround", turnaround_is_logged_with_its_connection_and_end);
    ADD_CASES(older_cases, older_repeat_is_a_copy);
    g_test_add_func("/capture/pieces", pieces_are_copies);
    g_test_add_func("/capture/frames/on-demand",
                    frames_of_copies_and_turnarounds_are_kept_on_demand);
    g_test_add_func("/capture/frames/many-copies", copies_are_found_among_many);
    return g_test_run();
}
