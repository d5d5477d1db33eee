/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/ranking.h"

#include <glib.h>

#define ITEMS 60
#define STEPS 4000

/* Keys of the items; items without a key of their own are not in the ranking. */
struct keys {
    uint64_t key[ITEMS];
    bool is_in[ITEMS];
};

static uint64_t key_of(const void *data, uint32_t item)
{
    return ((const struct keys *)data)->key[item];
}

static struct ranking_change set_key(struct ranking *ranking, struct keys *keys, uint32_t item,
                                     uint64_t key)
{
    keys->key[item] = key;
    keys->is_in[item] = true;
    return ranking_update(ranking, item);
}

static void assert_change(struct ranking_change change, uint32_t entered, uint32_t left)
{
    g_assert_cmpuint(change.entered, ==, entered);
    g_assert_cmpuint(change.left, ==, left);
}

/* --- one change --- */

static void items_get_rows_in_turn_while_there_is_room(void)
{
    struct keys keys = {0};
    struct ranking *ranking = ranking_new(3, key_of, &keys);
    g_assert_cmpuint(ranking_rows(ranking), ==, 0);
    g_assert_cmpuint(ranking_row(ranking, 7), ==, RANKING_NONE);
    assert_change(set_key(ranking, &keys, 7, 5), 7, RANKING_NONE);
    assert_change(set_key(ranking, &keys, 2, 9), 2, RANKING_NONE);
    assert_change(set_key(ranking, &keys, 4, 0), 4, RANKING_NONE);
    g_assert_cmpuint(ranking_rows(ranking), ==, 3);
    g_assert_cmpuint(ranking_item(ranking, 0), ==, 7);
    g_assert_cmpuint(ranking_item(ranking, 1), ==, 2);
    g_assert_cmpuint(ranking_item(ranking, 2), ==, 4);
    g_assert_cmpuint(ranking_row(ranking, 2), ==, 1);
    g_assert_cmpuint(ranking_row(ranking, 3), ==, RANKING_NONE);
    ranking_free(ranking);
}

static void larger_item_gets_the_row_of_the_smallest(void)
{
    struct keys keys = {0};
    struct ranking *ranking = ranking_new(3, key_of, &keys);
    set_key(ranking, &keys, 0, 20);
    set_key(ranking, &keys, 1, 10);
    set_key(ranking, &keys, 2, 30);
    assert_change(set_key(ranking, &keys, 3, 11), 3, 1);
    g_assert_cmpuint(ranking_row(ranking, 3), ==, 1);
    g_assert_cmpuint(ranking_row(ranking, 1), ==, RANKING_NONE);
    g_assert_cmpuint(ranking_rows(ranking), ==, 3);
    ranking_free(ranking);
}

static void smaller_item_gets_no_row(void)
{
    struct keys keys = {0};
    struct ranking *ranking = ranking_new(1, key_of, &keys);
    set_key(ranking, &keys, 0, 10);
    assert_change(set_key(ranking, &keys, 1, 9), RANKING_NONE, RANKING_NONE);
    g_assert_cmpuint(ranking_row(ranking, 1), ==, RANKING_NONE);
    ranking_free(ranking);
}

static void of_equal_items_the_first_keeps_its_row(void)
{
    struct keys keys = {0};
    struct ranking *ranking = ranking_new(1, key_of, &keys);
    set_key(ranking, &keys, 0, 10);
    assert_change(set_key(ranking, &keys, 1, 10), RANKING_NONE, RANKING_NONE);
    assert_change(set_key(ranking, &keys, 0, 10), RANKING_NONE, RANKING_NONE);
    g_assert_cmpuint(ranking_item(ranking, 0), ==, 0);
    ranking_free(ranking);
}

static void growing_item_overtakes(void)
{
    struct keys keys = {0};
    struct ranking *ranking = ranking_new(2, key_of, &keys);
    set_key(ranking, &keys, 0, 10);
    set_key(ranking, &keys, 1, 20);
    set_key(ranking, &keys, 2, 5);
    assert_change(set_key(ranking, &keys, 2, 15), 2, 0);
    assert_change(set_key(ranking, &keys, 0, 16), 0, 2);
    g_assert_cmpuint(ranking_item(ranking, 0), ==, 0);
    ranking_free(ranking);
}

static void shrinking_item_is_overtaken(void)
{
    struct keys keys = {0};
    struct ranking *ranking = ranking_new(2, key_of, &keys);
    set_key(ranking, &keys, 0, 10);
    set_key(ranking, &keys, 1, 20);
    set_key(ranking, &keys, 2, 5);
    set_key(ranking, &keys, 3, 6);
    assert_change(set_key(ranking, &keys, 1, 6), RANKING_NONE, RANKING_NONE);
    assert_change(set_key(ranking, &keys, 1, 5), 3, 1);
    g_assert_cmpuint(ranking_row(ranking, 3), ==, 1);
    ranking_free(ranking);
}

static void same_item_twice_has_one_row(void)
{
    struct keys keys = {0};
    struct ranking *ranking = ranking_new(3, key_of, &keys);
    set_key(ranking, &keys, 0, 10);
    assert_change(set_key(ranking, &keys, 0, 10), RANKING_NONE, RANKING_NONE);
    g_assert_cmpuint(ranking_rows(ranking), ==, 1);
    ranking_free(ranking);
}

/* --- removal --- */

static void last_row_fills_the_place_of_a_removed_one(void)
{
    struct keys keys = {0};
    struct ranking *ranking = ranking_new(9, key_of, &keys);
    for (uint32_t item = 0; item < 4; item++)
        set_key(ranking, &keys, item, 10 + item);
    assert_change(ranking_remove(ranking, 1), RANKING_NONE, 1);
    g_assert_cmpuint(ranking_rows(ranking), ==, 3);
    g_assert_cmpuint(ranking_item(ranking, 1), ==, 3);
    g_assert_cmpuint(ranking_row(ranking, 3), ==, 1);
    g_assert_cmpuint(ranking_row(ranking, 1), ==, RANKING_NONE);
    assert_change(ranking_remove(ranking, 2), RANKING_NONE, 2);
    g_assert_cmpuint(ranking_rows(ranking), ==, 2);
    g_assert_cmpuint(ranking_item(ranking, 0), ==, 0);
    ranking_free(ranking);
}

static void largest_item_without_a_row_gets_that_of_a_removed_one(void)
{
    struct keys keys = {0};
    struct ranking *ranking = ranking_new(2, key_of, &keys);
    static const uint64_t given[] = {40, 50, 10, 30, 20};
    for (uint32_t item = 0; item < G_N_ELEMENTS(given); item++)
        set_key(ranking, &keys, item, given[item]);
    assert_change(ranking_remove(ranking, 0), 3, 0);
    g_assert_cmpuint(ranking_row(ranking, 3), ==, 0);
    g_assert_cmpuint(ranking_row(ranking, 1), ==, 1);
    ranking_free(ranking);
}

static void item_without_a_row_goes_unnoticed(void)
{
    struct keys keys = {0};
    struct ranking *ranking = ranking_new(1, key_of, &keys);
    set_key(ranking, &keys, 0, 30);
    set_key(ranking, &keys, 1, 20);
    set_key(ranking, &keys, 2, 10);
    assert_change(ranking_remove(ranking, 1), RANKING_NONE, RANKING_NONE);
    assert_change(ranking_remove(ranking, 0), 2, 0);
    assert_change(ranking_remove(ranking, 2), RANKING_NONE, 2);
    g_assert_cmpuint(ranking_rows(ranking), ==, 0);
    ranking_free(ranking);
}

static void removed_item_may_come_back(void)
{
    struct keys keys = {0};
    struct ranking *ranking = ranking_new(2, key_of, &keys);
    set_key(ranking, &keys, 0, 10);
    ranking_remove(ranking, 0);
    g_assert_cmpuint(ranking_row(ranking, 0), ==, RANKING_NONE);
    assert_change(set_key(ranking, &keys, 0, 5), 0, RANKING_NONE);
    g_assert_cmpuint(ranking_row(ranking, 0), ==, 0);
    ranking_free(ranking);
}

/* --- the same as by sorting --- */

struct random_case {
    const char *name;
    guint32 seed;
    uint32_t most;
    int largest_key; /* small: many ties */
    bool only_grows; /* keys do, and nothing is removed */
};

static const struct random_case random_cases[] = {
    {"/ranking/random/growing", 1, 10, 1000, true},
    {"/ranking/random/growing-with-ties", 2, 10, 5, true},
    {"/ranking/random/growing-without-rows", 3, 0, 1000, true},
    {"/ranking/random/growing-with-one-row", 4, 1, 1000, true},
    {"/ranking/random/growing-with-room-for-all", 5, ITEMS, 1000, true},
    {"/ranking/random/changing", 6, 10, 1000, false},
    {"/ranking/random/changing-with-ties", 7, 10, 5, false},
    {"/ranking/random/changing-without-rows", 8, 0, 1000, false},
    {"/ranking/random/changing-with-one-row", 9, 1, 1000, false},
    {"/ranking/random/changing-with-room-for-all", 10, 1000, 1000, false},
};

static gint largest_first(gconstpointer a, gconstpointer b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left < right) - (left > right);
}

/* The keys of the items that have rows are the largest ones, and each of them has one row. */
static void assert_largest_have_rows(const struct ranking *ranking, const struct keys *keys,
                                     uint32_t most)
{
    GArray *all = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    GArray *shown = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    uint32_t with_row = 0;
    for (uint32_t item = 0; item < ITEMS; item++) {
        uint32_t row = ranking_row(ranking, item);
        if (keys->is_in[item])
            g_array_append_val(all, keys->key[item]);
        if (row == RANKING_NONE)
            continue;
        g_assert_true(keys->is_in[item]);
        g_assert_cmpuint(ranking_item(ranking, row), ==, item);
        g_array_append_val(shown, keys->key[item]);
        with_row++;
    }
    g_assert_cmpuint(ranking_rows(ranking), ==, MIN(most, all->len));
    g_assert_cmpuint(with_row, ==, ranking_rows(ranking));
    for (uint32_t row = 0; row < ranking_rows(ranking); row++)
        g_assert_cmpuint(ranking_row(ranking, ranking_item(ranking, row)), ==, row);
    g_array_sort(all, largest_first);
    g_array_sort(shown, largest_first);
    for (guint i = 0; i < shown->len; i++)
        g_assert_cmpuint(g_array_index(shown, uint64_t, i), ==, g_array_index(all, uint64_t, i));
    g_array_free(shown, TRUE);
    g_array_free(all, TRUE);
}

/* What changed is what was told, and nobody else changed rows but the last one behind a removal. */
static void assert_told(const struct ranking *ranking, const uint32_t *rows_before,
                        uint32_t row_count_before, struct ranking_change change)
{
    for (uint32_t item = 0; item < ITEMS; item++) {
        uint32_t before = rows_before[item], now = ranking_row(ranking, item);
        bool fills_in = before == row_count_before - 1 && change.left != RANKING_NONE &&
                        now == rows_before[change.left];
        g_assert_cmpint(before == RANKING_NONE && now != RANKING_NONE, ==, change.entered == item);
        g_assert_cmpint(before != RANKING_NONE && now == RANKING_NONE, ==, change.left == item);
        if (before != RANKING_NONE && now != RANKING_NONE && !fills_in)
            g_assert_cmpuint(now, ==, before);
    }
}

static void same_as_by_sorting(gconstpointer data)
{
    const struct random_case *c = data;
    g_test_message("seed %u", c->seed);
    GRand *random = g_rand_new_with_seed(c->seed);
    struct keys keys = {0};
    struct ranking *ranking = ranking_new(c->most, key_of, &keys);
    for (int step = 0; step < STEPS; step++) {
        uint32_t rows_before[ITEMS], row_count_before = ranking_rows(ranking);
        uint32_t item = (uint32_t)g_rand_int_range(random, 0, ITEMS);
        uint64_t key = (uint64_t)g_rand_int_range(random, 0, c->largest_key + 1);
        struct ranking_change change;
        for (uint32_t i = 0; i < ITEMS; i++)
            rows_before[i] = ranking_row(ranking, i);
        if (!c->only_grows && keys.is_in[item] && g_rand_int_range(random, 0, 4) == 0) {
            keys.is_in[item] = false;
            keys.key[item] = key;
            change = ranking_remove(ranking, item);
        } else {
            change = set_key(ranking, &keys, item, c->only_grows ? keys.key[item] + key : key);
        }
        assert_told(ranking, rows_before, row_count_before, change);
        assert_largest_have_rows(ranking, &keys, c->most);
    }
    ranking_free(ranking);
    g_rand_free(random);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ranking/items-get-rows-in-turn-while-there-is-room",
                    items_get_rows_in_turn_while_there_is_room);
    g_test_add_func("/ranking/larger-item-gets-the-row-of-the-smallest",
                    larger_item_gets_the_row_of_the_smallest);
    g_test_add_func("/ranking/smaller-item-gets-no-row", smaller_item_gets_no_row);
    g_test_add_func("/ranking/of-equal-items-the-first-keeps-its-row",
                    of_equal_items_the_first_keeps_its_row);
    g_test_add_func("/ranking/growing-item-overtakes", growing_item_overtakes);
    g_test_add_func("/ranking/shrinking-item-is-overtaken", shrinking_item_is_overtaken);
    g_test_add_func("/ranking/same-item-twice-has-one-row", same_item_twice_has_one_row);
    g_test_add_func("/ranking/remove/last-row-fills-the-place",
                    last_row_fills_the_place_of_a_removed_one);
    g_test_add_func("/ranking/remove/largest-item-without-a-row-gets-it",
                    largest_item_without_a_row_gets_that_of_a_removed_one);
    g_test_add_func("/ranking/remove/item-without-a-row-goes-unnoticed",
                    item_without_a_row_goes_unnoticed);
    g_test_add_func("/ranking/remove/may-come-back", removed_item_may_come_back);
    for (size_t i = 0; i < G_N_ELEMENTS(random_cases); i++)
        g_test_add_data_func(random_cases[i].name, &random_cases[i], same_as_by_sorting);
    return g_test_run();
}
