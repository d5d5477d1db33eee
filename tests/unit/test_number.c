/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finding/number.h"

struct merge_case {
    const char *name;
    struct number_kind kind;
    uint64_t total, number, merged;
};

static const struct merge_case merge_cases[] = {
    {"/number/merge/add", {"n", MERGE_ADD, false}, 2, 3, 5},
    {"/number/merge/add-nothing", {"n", MERGE_ADD, false}, 7, 0, 7},
    {"/number/merge/add-counts-beyond-63-bits",
     {"n", MERGE_ADD, false},
     INT64_MAX,
     1,
     (uint64_t)INT64_MAX + 1},
    {"/number/merge/add-spans", {"n", MERGE_ADD, true}, 2, 3, 5},
    {"/number/merge/add-spans-up-to-the-longest",
     {"n", MERGE_ADD, true},
     INT64_MAX - 1,
     2,
     INT64_MAX},
    {"/number/merge/largest-was-there", {"n", MERGE_LARGEST, false}, 3, 2, 3},
    {"/number/merge/largest-is-new", {"n", MERGE_LARGEST, false}, 2, 3, 3},
    {"/number/merge/largest-span", {"n", MERGE_LARGEST, true}, INT64_MAX, 0, INT64_MAX},
    {"/number/merge/same", {"n", MERGE_SAME, false}, 9811, 9811, 9811},
    {"/number/merge/same-differs", {"n", MERGE_SAME, false}, 9811, 9300, 0},
    {"/number/merge/same-but-for-one-that-has-none", {"n", MERGE_SAME, false}, 9811, 0, 0},
    {"/number/merge/same-differed-before", {"n", MERGE_SAME, false}, 0, 9811, 0},
};

static void merged_is(gconstpointer data)
{
    const struct merge_case *c = data;
    g_assert_cmpuint(number_merged(&c->kind, c->total, c->number), ==, c->merged);
}

/* JSON has them by key: each finding's numbers come without holes, and keys are not repeated. */
static void keys_are_unique_in_a_finding(void)
{
    for (int id = 0; id < FINDING_COUNT; id++) {
        for (int i = 0; i < FINDING_NUMBERS; i++) {
            const char *key = number_kinds[id][i].key;
            if (key == NULL)
                continue;
            g_assert_true(i == 0 || number_kinds[id][i - 1].key != NULL);
            for (int j = 0; j < i; j++)
                g_assert_cmpstr(key, !=, number_kinds[id][j].key);
            /* Seconds in JSON, and so it says. */
            g_assert_cmpint(g_str_has_suffix(key, "_s"), ==, number_kinds[id][i].is_span);
        }
    }
}

/* The one number that is worth showing only where all connections agree. */
static void window_of_aborts_has_to_be_the_same(void)
{
    for (int id = 0; id < FINDING_COUNT; id++) {
        for (int i = 0; i < FINDING_NUMBERS; i++) {
            bool is_abort = id == FINDING_RESET_BY_CLIENT || id == FINDING_RESET_BY_SERVER;
            g_assert_cmpint(number_kinds[id][i].merge == MERGE_SAME, ==,
                            is_abort && i == ABORT_WINDOW);
        }
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(merge_cases); i++)
        g_test_add_data_func(merge_cases[i].name, &merge_cases[i], merged_is);
    g_test_add_func("/number/keys", keys_are_unique_in_a_finding);
    g_test_add_func("/number/window", window_of_aborts_has_to_be_the_same);
    return g_test_run();
}
