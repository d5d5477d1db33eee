/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/time_units.h"

struct sum_case {
    const char *name;
    int64_t a, b, sum;
};

static const struct sum_case sum_cases[] = {
    {"/time-units/span-sum/nothing", 0, 0, 0},
    {"/time-units/span-sum/both", 2, 3, 5},
    {"/time-units/span-sum/largest-that-fits", INT64_MAX - 3, 3, INT64_MAX},
    {"/time-units/span-sum/one-too-many", INT64_MAX - 3, 4, INT64_MAX},
    {"/time-units/span-sum/largest-and-nothing", INT64_MAX, 0, INT64_MAX},
    {"/time-units/span-sum/nothing-and-largest", 0, INT64_MAX, INT64_MAX},
    {"/time-units/span-sum/twice-the-largest", INT64_MAX, INT64_MAX, INT64_MAX},
};

static void sum_is(gconstpointer data)
{
    const struct sum_case *c = data;
    g_assert_cmpint(span_sum(c->a, c->b), ==, c->sum);
    g_assert_cmpint(span_sum(c->b, c->a), ==, c->sum);
}

/* Both ends with all of their last second. */
static void longest_time_fits(void)
{
    int64_t earliest = EARLIEST_SECOND * NS_PER_SECOND;
    int64_t latest = LATEST_SECOND * NS_PER_SECOND + NS_PER_SECOND - 1;
    g_assert_cmpint(earliest, <, 0);
    g_assert_cmpint(latest, <=, INT64_MAX + earliest);
    g_assert_cmpint(earliest, !=, TIME_NONE);
}

static void range_is_that_of_the_notes(void)
{
    static const struct {
        int64_t second;
        int year;
    } ends[] = {{EARLIEST_SECOND, 1897}, {LATEST_SECOND, 2188}};
    for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
        GDateTime *time = g_date_time_new_from_unix_utc(ends[i].second);
        g_assert_cmpint(g_date_time_get_year(time), ==, ends[i].year);
        g_date_time_unref(time);
    }
}

static void span_of_nothing_has_no_times(void)
{
    g_assert_cmpint(span_first(TIME_SPAN_EMPTY), ==, TIME_NONE);
    g_assert_cmpint(span_last(TIME_SPAN_EMPTY), ==, TIME_NONE);
}

static void span_goes_from_the_earliest_to_the_latest(void)
{
    struct time_span span = TIME_SPAN_EMPTY;
    span_add(&span, 5);
    g_assert_cmpint(span_first(span), ==, 5);
    g_assert_cmpint(span_last(span), ==, 5);
    span_add(&span, 9);
    span_add(&span, -3);
    span_merge(&span, TIME_SPAN_EMPTY);
    g_assert_cmpint(span_first(span), ==, -3);
    g_assert_cmpint(span_last(span), ==, 9);
}

static void unknown_end_of_a_span_stays_unknown(void)
{
    struct time_span span = {TIME_SPAN_UNKNOWN.first, 5};
    span_add(&span, 9);
    g_assert_cmpint(span_first(span), ==, TIME_NONE);
    g_assert_cmpint(span_last(span), ==, 9);
    span_merge(&span, TIME_SPAN_UNKNOWN);
    span_add(&span, 12);
    g_assert_cmpint(span_first(span), ==, TIME_NONE);
    g_assert_cmpint(span_last(span), ==, TIME_NONE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(sum_cases); i++)
        g_test_add_data_func(sum_cases[i].name, &sum_cases[i], sum_is);
    g_test_add_func("/time-units/span/nothing", span_of_nothing_has_no_times);
    g_test_add_func("/time-units/span/ends", span_goes_from_the_earliest_to_the_latest);
    g_test_add_func("/time-units/span/unknown", unknown_end_of_a_span_stays_unknown);
    g_test_add_func("/time-units/range/longest-time-fits", longest_time_fits);
    g_test_add_func("/time-units/range/is-that-of-the-notes", range_is_that_of_the_notes);
    return g_test_run();
}
