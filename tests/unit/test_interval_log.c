/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "connection/interval_log.h"

#include "segments.h"

#include <string.h>

/* A segment of connection @stream, @after the first one of the capture, from end A unless @back. */
struct step {
    uint32_t stream;
    int64_t after;
    bool back;
    uint32_t payload;
    uint16_t analysis;
};

static struct flow *add(struct capture *capture, const struct step *step)
{
    struct endpoint a = end_at("10.0.0.9", (uint16_t)(50000 + step->stream)),
                    b = end_at("10.0.0.5", 443);
    static uint32_t frame;
    struct segment segment = segment_between(step->back ? b : a, step->back ? a : b, TCP_ACK,
                                             1 + frame, 1, step->payload);
    segment.stream = step->stream;
    segment.time = TEST_EPOCH + step->after;
    segment.analysis = step->analysis;
    segment.frame = ++frame;
    return capture_add_in_interval(capture, &segment);
}

static struct capture *capture_by(int64_t width)
{
    struct capture *capture = capture_new(false);
    capture_count_intervals(capture, width);
    return capture;
}

static GArray *parts_of(const struct capture *capture, const struct flow *flow)
{
    GArray *parts = g_array_new(FALSE, FALSE, sizeof(struct interval_part));
    interval_log_parts(capture->intervals, flow, INT32_MIN, parts);
    return parts;
}

/* The indices of the parts of @flow in order, and how many segments each end sent in each:
 * "0:2+1 3:1+0". The caller frees it. */
static char *described(const struct capture *capture, const struct flow *flow)
{
    GString *text = g_string_new(NULL);
    GArray *parts = parts_of(capture, flow);
    for (guint i = parts->len; i > 0; i--) {
        const struct interval_part *part = &g_array_index(parts, struct interval_part, i - 1);
        struct totals totals[2] = {TOTALS_NONE, TOTALS_NONE};
        interval_log_add(capture->intervals, flow, part, totals);
        g_string_append_printf(text, "%s%d:%u+%u", text->len > 0 ? " " : "", part->index,
                               (unsigned)totals[END_A].count[COUNTER_PACKETS],
                               (unsigned)totals[END_B].count[COUNTER_PACKETS]);
    }
    g_array_free(parts, TRUE);
    return g_string_free(text, FALSE);
}

static void assert_described(const struct capture *capture, uint32_t stream, const char *expected)
{
    char *text = described(capture, capture_find(capture, stream));
    g_assert_cmpstr(text, ==, expected);
    g_free(text);
}

static void assert_sums_are_totals(const struct capture *capture)
{
    for (size_t i = 0; i < flow_table_count(capture->flows); i++) {
        const struct flow *flow = flow_table_at(capture->flows, i);
        GArray *parts = parts_of(capture, flow);
        struct totals sums[2] = {TOTALS_NONE, TOTALS_NONE};
        for (guint j = 0; j < parts->len; j++)
            interval_log_add(capture->intervals, flow,
                             &g_array_index(parts, struct interval_part, j), sums);
        for (int end = 0; end < 2; end++) {
            struct totals totals = TOTALS_NONE;
            flow_add_totals(flow, (enum end)end, &totals);
            for (int j = 0; j < COUNTER_COUNT; j++)
                g_assert_cmpuint(sums[end].count[j], ==, totals.count[j]);
        }
        g_array_free(parts, TRUE);
    }
}

/* --- counting --- */

static const struct counting_case {
    const char *name;
    struct step steps[8];
    const char *first, *second; /* what is described of streams 0 and 1 */
} counting_cases[] = {
    {"/interval-log/one-segment", {{0, 0, false, 1, 0}}, "0:1+0", NULL},
    {"/interval-log/both-ends-in-one-interval",
     {{0, 0, false, 1, 0}, {0, S - 1, true, 1, 0}},
     "0:1+1",
     NULL},
    {"/interval-log/next-begins-at-the-second",
     {{0, 0, false, 1, 0}, {0, S, true, 1, 0}, {0, S + 1, true, 1, 0}},
     "0:1+0 1:0+2",
     NULL},
    {"/interval-log/silent-intervals-have-no-part",
     {{0, 0, false, 1, 0}, {0, 70000 * S, false, 1, 0}},
     "0:1+0 70000:1+0",
     NULL},
    {"/interval-log/connections-beside-each-other",
     {{0, 0, false, 1, 0}, {1, S, false, 1, 0}, {0, 2 * S, false, 1, 0}, {1, 2 * S, true, 1, 0}},
     "0:1+0 2:1+0",
     "1:1+0 2:0+1"},
    {"/interval-log/back-in-time-is-another-part",
     {{0, 0, false, 1, 0}, {0, S, false, 1, 0}, {0, S - 1, false, 1, 0}, {0, S, true, 1, 0}},
     "0:1+0 1:1+0 0:1+0 1:0+1",
     NULL},
    {"/interval-log/before-the-first-segment-is-negative",
     {{0, 0, false, 1, 0}, {0, -1, false, 1, 0}, {0, -S, false, 1, 0}, {0, -S - 1, true, 1, 0}},
     "0:1+0 -1:2+0 -2:0+1",
     NULL},
};

static void segments_are_counted_in_their_interval(gconstpointer data)
{
    const struct counting_case *c = data;
    struct capture *capture = capture_by(S);
    for (size_t i = 0; i < G_N_ELEMENTS(c->steps) && c->steps[i].payload > 0; i++)
        g_assert_nonnull(add(capture, &c->steps[i]));
    assert_described(capture, 0, c->first);
    if (c->second != NULL)
        assert_described(capture, 1, c->second);
    assert_sums_are_totals(capture);
    capture_free(capture);
}

static void reading_changes_nothing(void)
{
    static const struct step steps[] = {
        {0, 0, false, 10, 0}, {0, S, true, 10, 0}, {0, S, false, 20, 0}, {0, 3 * S, true, 1, 0}};
    struct capture *read = capture_by(S), *unread = capture_by(S);
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
        add(unread, &steps[i]);
        add(read, &steps[i]);
        assert_sums_are_totals(read);
    }
    assert_described(read, 0, "0:1+0 1:1+1 3:0+1");
    assert_described(unread, 0, "0:1+0 1:1+1 3:0+1");
    capture_free(read);
    capture_free(unread);
}

static void parts_before_an_interval_are_left_out(void)
{
    static const struct step steps[] = {{0, 0, false, 1, 0},
                                        {0, 2 * S, false, 1, 0},
                                        {0, 5 * S, false, 1, 0},
                                        {0, 7 * S, false, 1, 0}};
    struct capture *capture = capture_by(S);
    struct flow *flow = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++)
        flow = add(capture, &steps[i]);
    GArray *parts = g_array_new(FALSE, FALSE, sizeof(struct interval_part));
    interval_log_parts(capture->intervals, flow, 5, parts);
    g_assert_cmpuint(parts->len, ==, 2);
    g_assert_cmpint(g_array_index(parts, struct interval_part, 0).index, ==, 7);
    g_assert_cmpint(g_array_index(parts, struct interval_part, 1).index, ==, 5);
    g_array_free(parts, TRUE);
    capture_free(capture);
}

/* All counters, with numbers of many sizes. */
static void all_counters_are_kept(void)
{
    struct capture *capture = capture_by(S);
    for (uint32_t i = 0; i < 5000; i++) {
        struct step step = {i % 7, i * 40 * MS, i % 3 == 0, i % 5 * 1000 + 1,
                            i % 11 == 0 ? (uint16_t)(i * 2654435761U >> 16) : 0};
        add(capture, &step);
    }
    assert_sums_are_totals(capture);
    capture_free(capture);
}

static void bytes_beyond_32_bits_are_kept(void)
{
    struct capture *capture = capture_by(86400 * S);
    struct flow *flow = NULL;
    for (int64_t i = 0; i < 4; i++) {
        struct step step = {0, i * 86400 * S, false, UINT32_MAX - 100, 0};
        flow = add(capture, &step);
        add(capture, &step);
    }
    assert_sums_are_totals(capture);
    assert_described(capture, 0, "0:2+0 1:2+0 2:2+0 3:2+0");
    g_assert_cmpuint(flow->sides[END_A].wide[COUNTER_PAYLOAD_BYTES], ==, 8 * (UINT32_MAX - 100ULL));
    capture_free(capture);
}

/* --- what nobody sent --- */

static void acknowledge(struct capture *capture, int64_t after, unsigned flags, uint32_t number,
                        bool back)
{
    struct endpoint a = end_at("10.0.0.9", 50000), b = end_at("10.0.0.5", 443);
    struct segment segment = segment_between(back ? b : a, back ? a : b, flags, 1, number, 0);
    segment.time = TEST_EPOCH + after;
    g_assert_nonnull(capture_add_in_interval(capture, &segment));
}

static uint64_t inferred_in(const struct capture *capture, int32_t index)
{
    const struct flow *flow = capture_find(capture, 0);
    GArray *parts = parts_of(capture, flow);
    struct totals totals[2] = {TOTALS_NONE, TOTALS_NONE};
    for (guint i = 0; i < parts->len; i++) {
        const struct interval_part *part = &g_array_index(parts, struct interval_part, i);
        if (part->index == index)
            interval_log_add(capture->intervals, flow, part, totals);
    }
    g_array_free(parts, TRUE);
    return totals[END_B].count[COUNTER_INFERRED_PAYLOAD_BYTES];
}

static void unseen_payload_is_where_it_was_acknowledged(void)
{
    struct capture *capture = capture_by(S);
    acknowledge(capture, 0, TCP_ACK, 1, false);
    acknowledge(capture, S, TCP_ACK, 101, false);
    acknowledge(capture, 2 * S, TCP_ACK, 301, false);
    assert_sums_are_totals(capture);
    g_assert_cmpuint(inferred_in(capture, 0), ==, 0);
    g_assert_cmpuint(inferred_in(capture, 1), ==, 100);
    g_assert_cmpuint(inferred_in(capture, 2), ==, 200);
    capture_free(capture);
}

/* The FIN of the unseen end is told by a later one of the other end: no interval has less than 0.
 */
static void unseen_fin_is_taken_from_an_interval_that_has_bytes(void)
{
    struct capture *capture = capture_by(S);
    acknowledge(capture, 0, TCP_ACK, 1, false);
    acknowledge(capture, S, TCP_ACK, 102, false);
    acknowledge(capture, 2 * S, TCP_ACK | TCP_FIN, 102, false);
    assert_sums_are_totals(capture);
    g_assert_cmpuint(inferred_in(capture, 1), ==, 100);
    g_assert_cmpuint(inferred_in(capture, 2), ==, 0);
    capture_free(capture);
}

static void nothing_is_unseen_once_it_is_seen(void)
{
    struct capture *capture = capture_by(S);
    acknowledge(capture, 0, TCP_ACK, 1, false);
    acknowledge(capture, S, TCP_ACK, 101, false);
    acknowledge(capture, 2 * S, TCP_ACK, 1, true);
    assert_sums_are_totals(capture);
    for (int32_t index = 0; index < 3; index++)
        g_assert_cmpuint(inferred_in(capture, index), ==, 0);
    capture_free(capture);
}

/* --- the most intervals --- */

static void too_many_intervals_are_refused(void)
{
    struct capture *capture = capture_by(MS);
    const struct step first = {0, 0, false, 1, 0},
                      last = {0, (MOST_INTERVALS - 1) * MS, true, 1, 0},
                      beyond = {0, MOST_INTERVALS * MS, true, 1, 0}, before = {0, -1, true, 1, 0};
    g_assert_nonnull(add(capture, &first));
    g_assert_nonnull(add(capture, &last));
    g_assert_null(add(capture, &beyond));
    g_assert_null(add(capture, &before));
    assert_described(capture, 0, "0:1+0 9999999:0+1");
    assert_sums_are_totals(capture);
    capture_free(capture);
}

/* --- the chosen width --- */

static void width_doubles_with_the_capture(void)
{
    struct capture *capture = capture_by(0);
    const struct interval_log *log = capture->intervals;
    int64_t after = 0;
    for (uint32_t i = 0; i < 2000; i++, after += after / 97 + 7000) {
        struct step step = {i % 5, after, i % 2 == 0, 1 + i % 1000, i % 13 == 0 ? 1 : 0};
        g_assert_nonnull(add(capture, &step));
        g_assert_cmpint(log->most - log->least, <, MOST_CHOSEN_INTERVALS);
        if (after >= MOST_CHOSEN_INTERVALS * FIRST_CHOSEN_WIDTH)
            g_assert_cmpint(log->most - log->least, >=, MOST_CHOSEN_INTERVALS / 2 - 1);
        if (i % 100 == 0)
            assert_sums_are_totals(capture);
    }
    assert_sums_are_totals(capture);
    g_assert_cmpint(log->width % FIRST_CHOSEN_WIDTH, ==, 0);
    capture_free(capture);
}

static void doubled_intervals_are_those_of_the_final_width(void)
{
    static const int64_t spans[] = {100 * S, -100 * S, 3 * MS, -7 * MS};
    for (size_t i = 0; i < G_N_ELEMENTS(spans); i++) {
        struct capture *chosen = capture_by(0);
        struct step steps[400];
        for (size_t j = 0; j < G_N_ELEMENTS(steps); j++) {
            int64_t after = spans[i] * (int64_t)j / (int64_t)G_N_ELEMENTS(steps);
            steps[j] = (struct step){(uint32_t)j % 2, after, j % 3 == 0, 1, 0};
            add(chosen, &steps[j]);
        }
        struct capture *given = capture_by(chosen->intervals->width);
        for (size_t j = 0; j < G_N_ELEMENTS(steps); j++)
            add(given, &steps[j]);
        for (uint32_t stream = 0; stream < 2; stream++) {
            char *expected = described(given, capture_find(given, stream));
            assert_described(chosen, stream, expected);
            g_free(expected);
        }
        capture_free(chosen);
        capture_free(given);
    }
}

static void longest_capture_has_a_width(gconstpointer data)
{
    bool backwards = GPOINTER_TO_INT(data);
    const struct step earliest = {0, EARLIEST_SECOND * S - TEST_EPOCH, false, 1, 0},
                      latest = {0, LATEST_SECOND * S - TEST_EPOCH, true, 1, 0};
    struct capture *capture = capture_by(0);
    const struct interval_log *log = capture->intervals;
    g_assert_nonnull(add(capture, backwards ? &latest : &earliest));
    g_assert_nonnull(add(capture, backwards ? &earliest : &latest));
    g_assert_cmpint(log->most - log->least, <, MOST_CHOSEN_INTERVALS);
    g_assert_cmpint(log->most - log->least, >=, MOST_CHOSEN_INTERVALS / 2 - 1);
    g_assert_cmpint(interval_log_begins(log, log->least), <=, EARLIEST_SECOND * S);
    g_assert_cmpint(interval_log_begins(log, log->least + 1), >, EARLIEST_SECOND * S);
    g_assert_cmpint(interval_log_begins(log, log->most), <=, LATEST_SECOND * S);
    assert_sums_are_totals(capture);
    capture_free(capture);
}

static void merged_records_take_no_room(void)
{
    struct capture *capture = capture_by(0);
    for (int64_t i = 0; i < 100000; i++) {
        struct step step = {0, i * i, i % 2 == 0, 1, 0};
        add(capture, &step);
    }
    g_assert_cmpuint(capture->intervals->size, <, MOST_CHOSEN_INTERVALS * 40);
    capture_free(capture);
}

static void free_of_nothing_does_nothing(void)
{
    interval_log_free(NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD_CASES(counting_cases, segments_are_counted_in_their_interval);
    g_test_add_func("/interval-log/reading", reading_changes_nothing);
    g_test_add_func("/interval-log/least", parts_before_an_interval_are_left_out);
    g_test_add_func("/interval-log/all-counters", all_counters_are_kept);
    g_test_add_func("/interval-log/beyond-32-bits", bytes_beyond_32_bits_are_kept);
    g_test_add_func("/interval-log/inferred/where-acknowledged",
                    unseen_payload_is_where_it_was_acknowledged);
    g_test_add_func("/interval-log/inferred/fin",
                    unseen_fin_is_taken_from_an_interval_that_has_bytes);
    g_test_add_func("/interval-log/inferred/seen-later", nothing_is_unseen_once_it_is_seen);
    g_test_add_func("/interval-log/too-many", too_many_intervals_are_refused);
    g_test_add_func("/interval-log/chosen/doubles", width_doubles_with_the_capture);
    g_test_add_func("/interval-log/chosen/as-given",
                    doubled_intervals_are_those_of_the_final_width);
    g_test_add_data_func("/interval-log/chosen/longest", GINT_TO_POINTER(false),
                         longest_capture_has_a_width);
    g_test_add_data_func("/interval-log/chosen/longest-backwards", GINT_TO_POINTER(true),
                         longest_capture_has_a_width);
    g_test_add_func("/interval-log/chosen/room", merged_records_take_no_room);
    g_test_add_func("/interval-log/free-of-nothing", free_of_nothing_does_nothing);
    return g_test_run();
}
