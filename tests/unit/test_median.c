/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/median.h"

static void add(GArray *samples, uint32_t group, int64_t value)
{
    struct sample sample = {group, value};
    g_array_append_val(samples, sample);
}

struct median_case {
    const char *name;
    int64_t values[5];
    size_t count;
    int64_t median, maximum;
};

static const struct median_case median_cases[] = {
    {"/summary/median/one-sample", {7}, 1, 7, 7},
    {"/summary/median/zero-counts-as-a-sample", {0}, 1, 0, 0},
    {"/summary/median/two-samples-mean", {20, 10}, 2, 15, 20},
    {"/summary/median/mean-rounds-down", {10, 13}, 2, 11, 13},
    {"/summary/median/odd-number", {50, 10, 30}, 3, 30, 50},
    {"/summary/median/even-number", {40, 10, 20, 1000}, 4, 30, 1000},
    {"/summary/median/equal-samples", {5, 5, 5, 5, 5}, 5, 5, 5},
    {"/summary/median/beyond-32-bits",
     {G_GINT64_CONSTANT(6000000000), G_GINT64_CONSTANT(4000000000), G_GINT64_CONSTANT(9000000000)},
     3,
     G_GINT64_CONSTANT(6000000000),
     G_GINT64_CONSTANT(9000000000)},
    {"/summary/median/mean-does-not-overflow",
     {INT64_MAX, INT64_MAX - 2},
     2,
     INT64_MAX - 1,
     INT64_MAX},
};

static void median_is(gconstpointer data)
{
    const struct median_case *c = data;
    GArray *samples = g_array_new(FALSE, FALSE, sizeof(struct sample));
    struct summary summary = {0};
    for (size_t i = 0; i < c->count; i++)
        add(samples, 0, c->values[i]);
    summarize(samples, &summary, 1);
    g_assert_cmpint(summary.median, ==, c->median);
    g_assert_cmpint(summary.maximum, ==, c->maximum);
    g_assert_cmpuint(summary.samples, ==, c->count);
    g_array_free(samples, TRUE);
}

static void groups_stay_apart(void)
{
    GArray *samples = g_array_new(FALSE, FALSE, sizeof(struct sample));
    struct summary summaries[4] = {{0}, {0}, {0}, {0}};
    add(samples, 3, 100);
    add(samples, 0, 5);
    add(samples, 3, 300);
    add(samples, 0, 1);
    add(samples, 3, 200);
    add(samples, 1, 9);
    summarize(samples, summaries, G_N_ELEMENTS(summaries));
    g_assert_cmpuint(summaries[0].samples, ==, 2);
    g_assert_cmpint(summaries[0].median, ==, 3);
    g_assert_cmpint(summaries[0].maximum, ==, 5);
    g_assert_cmpuint(summaries[1].samples, ==, 1);
    g_assert_cmpint(summaries[1].median, ==, 9);
    g_assert_cmpuint(summaries[3].samples, ==, 3);
    g_assert_cmpint(summaries[3].median, ==, 200);
    g_array_free(samples, TRUE);
}

static void groups_without_samples_have_none(void)
{
    GArray *samples = g_array_new(FALSE, FALSE, sizeof(struct sample));
    struct summary summaries[3] = {{1, 2, 3}, {4, 5, 6}, {7, 8, 9}};
    add(samples, 1, 50);
    summarize(samples, summaries, G_N_ELEMENTS(summaries));
    g_assert_cmpuint(summaries[0].samples, ==, 0);
    g_assert_cmpint(summaries[1].median, ==, 50);
    g_assert_cmpuint(summaries[2].samples, ==, 0);
    g_array_free(samples, TRUE);
}

static gint compare_values(gconstpointer a, gconstpointer b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

enum pattern {
    PATTERN_RANDOM,
    PATTERN_FEW_VALUES,
    PATTERN_ASCENDING,
    PATTERN_ORGAN_PIPE,
    PATTERNS
};

static int64_t value_of(enum pattern pattern, int i, int count)
{
    switch (pattern) {
    case PATTERN_RANDOM:
        return (int64_t)g_test_rand_int_range(0, INT32_MAX) << 20;
    case PATTERN_FEW_VALUES:
        return g_test_rand_int_range(0, 3);
    case PATTERN_ASCENDING:
        return i;
    default:
        return MIN(i, count - i);
    }
}

static void the_same_as_by_sorting(void)
{
    for (int pattern = 0; pattern < PATTERNS; pattern++) {
        for (int count = 1; count < 400; count += 1 + count / 7) {
            GArray *samples = g_array_new(FALSE, FALSE, sizeof(struct sample));
            GArray *sorted = g_array_new(FALSE, FALSE, sizeof(int64_t));
            struct summary summary = {0};
            for (int i = 0; i < count; i++) {
                int64_t value = value_of((enum pattern)pattern, i, count);
                add(samples, 0, value);
                g_array_append_val(sorted, value);
            }
            g_array_sort(sorted, compare_values);
            int64_t low = g_array_index(sorted, int64_t, (count - 1) / 2);
            int64_t high = g_array_index(sorted, int64_t, count / 2);
            summarize(samples, &summary, 1);
            g_assert_cmpint(summary.median, ==, low + (high - low) / 2);
            g_assert_cmpint(summary.maximum, ==, g_array_index(sorted, int64_t, count - 1));
            g_assert_cmpuint(summary.samples, ==, (guint64)count);
            g_array_free(sorted, TRUE);
            g_array_free(samples, TRUE);
        }
    }
}

static void no_samples_at_all(void)
{
    GArray *samples = g_array_new(FALSE, FALSE, sizeof(struct sample));
    struct summary summary = {1, 2, 3};
    summarize(samples, &summary, 1);
    g_assert_cmpuint(summary.samples, ==, 0);
    g_array_free(samples, TRUE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(median_cases); i++)
        g_test_add_data_func(median_cases[i].name, &median_cases[i], median_is);
    g_test_add_func("/summary/groups/stay-apart", groups_stay_apart);
    g_test_add_func("/summary/groups/without-samples-have-none", groups_without_samples_have_none);
    g_test_add_func("/summary/groups/no-samples-at-all", no_samples_at_all);
    g_test_add_func("/summary/median/the-same-as-by-sorting", the_same_as_by_sorting);
    return g_test_run();
}
