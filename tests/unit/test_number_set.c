/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/number_set.h"

static void numbers_become_a_set_in_order(void)
{
    const uint32_t some[] = {7, 3, UINT32_MAX, 3, 0, 7}, ordered[] = {0, 3, 7, UINT32_MAX};
    GArray *numbers = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    g_array_append_vals(numbers, some, G_N_ELEMENTS(some));
    number_set_make(numbers);
    g_assert_cmpuint(numbers->len, ==, G_N_ELEMENTS(ordered));
    for (size_t i = 0; i < G_N_ELEMENTS(ordered); i++)
        g_assert_cmpuint(g_array_index(numbers, uint32_t, i), ==, ordered[i]);
    g_array_free(numbers, TRUE);
}

struct element {
    uint32_t number;
    char other;
};

static void search_finds_the_first_that_is_not_smaller(void)
{
    const struct element elements[] = {{2, 'a'}, {5, 'b'}, {5, 'c'}, {9, 'd'}, {UINT32_MAX, 'e'}};
    const struct {
        uint32_t number;
        size_t place;
    } cases[] = {{0, 0}, {2, 0}, {3, 1}, {5, 1}, {6, 3}, {9, 3}, {10, 4}, {UINT32_MAX, 4}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpuint(
            number_search(elements, G_N_ELEMENTS(elements), sizeof *elements, cases[i].number), ==,
            cases[i].place);
    g_assert_cmpuint(number_search(elements, 4, sizeof *elements, 10), ==, 4);
    g_assert_cmpuint(number_search(NULL, 0, sizeof *elements, 1), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/number-set/numbers-become-a-set-in-order", numbers_become_a_set_in_order);
    g_test_add_func("/number-set/search-finds-the-first-that-is-not-smaller",
                    search_finds_the_first_that_is_not_smaller);
    return g_test_run();
}
