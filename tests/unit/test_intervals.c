/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/intervals.h"

#include "segments.h"
#include "base/text_format.h"

/* A segment of a connection between 10.0.0.9:@client and 10.0.0.5:@server. */
struct step {
    uint16_t client, server;
    int64_t after; /* ns from the first segment */
    bool back;
    unsigned flags;
};

static void add(struct recording *recording, const struct step *step)
{
    struct endpoint client = end_at("10.0.0.9", step->client),
                    server = end_at("10.0.0.5", step->server);
    struct segment segment =
        segment_between(step->back ? server : client, step->back ? client : server, step->flags,
                        1 + recording->frame, 1, 0);
    segment.stream = step->client - 50000U;
    segment.time = TEST_EPOCH + step->after;
    g_assert_nonnull(recording_add(recording, segment));
}

static void append_interval(GString *text, const struct row *interval)
{
    char start[TEXT_FORMAT_SIZE];
    g_string_append_printf(text, "%s%s=%u/%u", text->len > 0 ? " " : "",
                           format_fixed(start, interval->interval_start, 9),
                           (unsigned)interval->totals[CLIENT_TO_SERVER].count[COUNTER_PACKETS],
                           (unsigned)interval->totals[SERVER_TO_CLIENT].count[COUNTER_PACKETS]);
}

/* All intervals of a row, and frees them. */
static char *described(struct intervals *intervals)
{
    GString *text = g_string_new(NULL);
    struct row interval;
    while (intervals_next(intervals, &interval))
        append_interval(text, &interval);
    g_assert_false(intervals_next(intervals, &interval));
    intervals_free(intervals);
    return g_string_free(text, FALSE);
}

static void assert_described(const struct report *report, guint row, const char *expected)
{
    char *text = described(intervals_new(report, row));
    g_assert_cmpstr(text, ==, expected);
    g_free(text);
}

static void connections_of_a_row_are_summed_in_order_of_time(void)
{
    static const struct step steps[] = {{50000, 443, 0, false, TCP_SYN},
                                        {50001, 443, 2 * S, false, TCP_SYN},
                                        {50000, 443, 2 * S, true, TCP_SYN | TCP_ACK},
                                        {50001, 443, 3 * S, true, TCP_SYN | TCP_ACK},
                                        {50000, 443, 3 * S, false, TCP_ACK},
                                        {50001, 443, S, false, TCP_ACK}};
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry,interval=1");
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++)
        add(&recording, &steps[i]);
    struct report *report = recording_report(&recording);
    g_assert_cmpint(report->interval, ==, S);
    assert_described(report, 0, "0.000000000=1/0 1.000000000=1/0 2.000000000=1/1 3.000000000=1/1");
    report_free(report);
}

/* The answer comes first, so that the ends are the other way round. */
static void directions_are_those_of_the_roles_at_the_end(void)
{
    static const struct step steps[] = {{50000, 6000, 0, true, TCP_ACK},
                                        {50000, 6000, S, false, TCP_ACK},
                                        {50000, 6000, 2 * S, false, TCP_SYN}};
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry,interval=1");
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++)
        add(&recording, &steps[i]);
    struct report *report = recording_report(&recording);
    assert_described(report, 0, "0.000000000=0/1 1.000000000=1/0 2.000000000=1/0");
    report_free(report);
}

/* The grid begins with the first segment, and starts count from the earliest. */
static void earlier_segments_behind_the_first_shift_the_starts(void)
{
    static const struct step steps[] = {{50000, 443, 0, false, TCP_SYN},
                                        {50000, 443, -300 * MS, false, TCP_ACK},
                                        {50000, 443, S, true, TCP_ACK}};
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry,interval=1");
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++)
        add(&recording, &steps[i]);
    struct report *report = recording_report(&recording);
    assert_described(report, 0, "-0.700000000=1/0 0.300000000=1/0 1.300000000=0/1");
    report_free(report);
}

static void one_interval_alone(void)
{
    static const struct step steps[] = {{50000, 443, 0, false, TCP_SYN},
                                        {50001, 443, S, false, TCP_SYN},
                                        {50000, 443, S, true, TCP_SYN | TCP_ACK},
                                        {50000, 443, 2 * S, false, TCP_ACK}};
    static const char *const expected[] = {"0.000000000=1/0", "1.000000000=1/1", "2.000000000=1/0",
                                           ""};
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry,interval=1");
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++)
        add(&recording, &steps[i]);
    struct report *report = report_new_counts(&recording.source, &recording.options->request);
    for (size_t i = 0; i < G_N_ELEMENTS(expected); i++) {
        char *text = described(intervals_new_one(report, 0, (int32_t)i));
        g_assert_cmpstr(text, ==, expected[i]);
        g_free(text);
    }
    report_free(report);
}

static void interval_has_the_name_of_its_row(void)
{
    static const struct step step = {50000, 443, 0, false, TCP_SYN};
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry,interval=0.5,by=address");
    add(&recording, &step);
    struct report *report = recording_report(&recording);
    struct intervals *intervals = intervals_new(report, 0);
    struct row interval;
    g_assert_true(intervals_next(intervals, &interval));
    g_assert_cmpstr(interval.label, ==, "10.0.0.5:any");
    g_assert_cmpstr(interval.address, ==, "10.0.0.5");
    g_assert_cmpint(interval.first_time, ==, TEST_EPOCH);
    g_assert_cmpint(interval.last_time, ==, TEST_EPOCH + 500 * MS);
    intervals_free(intervals);
    report_free(report);
}

static void sums_are_those_of_the_rows(void)
{
    static const char *const arguments[] = {
        "tcp,asymmetry,interval=1",         "tcp,asymmetry,interval=0.001,by=address",
        "tcp,asymmetry,interval=1,by=port", "tcp,asymmetry,interval=1,server=10.0.0.6",
        "tcp,asymmetry,interval=1,top=1",   "tcp,asymmetry,interval=1,port=80"};
    for (size_t i = 0; i < G_N_ELEMENTS(arguments); i++) {
        SCOPED_RECORDING recording = recording_new(arguments[i]);
        add_three_servers(&recording);
        struct report *report = recording_report(&recording);
        for (guint row = 0; row < report->rows->len; row++) {
            const struct row *expected = g_ptr_array_index(report->rows, row);
            struct intervals *intervals = intervals_new(report, row);
            struct totals sums[2] = {TOTALS_NONE, TOTALS_NONE};
            struct row interval;
            while (intervals_next(intervals, &interval)) {
                for (int direction = 0; direction < 2; direction++)
                    totals_add(&sums[direction], &interval.totals[direction]);
            }
            for (int number = 0; number < 2 * COUNTER_COUNT; number++)
                g_assert_cmpuint(
                    sums[number / COUNTER_COUNT].count[number % COUNTER_COUNT], ==,
                    expected->totals[number / COUNTER_COUNT].count[number % COUNTER_COUNT]);
            intervals_free(intervals);
        }
        report_free(report);
    }
}

static void none_unless_asked_for(void)
{
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry");
    add_three_servers(&recording);
    struct report *report = recording_report(&recording);
    g_assert_cmpint(report->interval, ==, 0);
    report_free(report);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/intervals/order", connections_of_a_row_are_summed_in_order_of_time);
    g_test_add_func("/intervals/roles", directions_are_those_of_the_roles_at_the_end);
    g_test_add_func("/intervals/out-of-order", earlier_segments_behind_the_first_shift_the_starts);
    g_test_add_func("/intervals/one", one_interval_alone);
    g_test_add_func("/intervals/names", interval_has_the_name_of_its_row);
    g_test_add_func("/intervals/sums", sums_are_those_of_the_rows);
    g_test_add_func("/intervals/none", none_unless_asked_for);
    return g_test_run();
}
