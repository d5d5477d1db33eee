/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ranking.h"

#include <glib.h>

struct ranking {
    uint32_t most;
    ranking_key key;
    const void *data;
    GArray *item_of_row;  /* uint32_t */
    GArray *place_of_row; /* uint32_t: where the row is in the heap */
    GArray *heap;         /* uint32_t: rows; no parent's key is larger than its children's */
    GHashTable *row_of_item;
};

static uint32_t *at(GArray *array, uint32_t index)
{
    return &g_array_index(array, uint32_t, index);
}

struct ranking *ranking_new(uint32_t most, ranking_key key, const void *data)
{
    struct ranking *ranking = g_new0(struct ranking, 1);
    ranking->most = most;
    ranking->key = key;
    ranking->data = data;
    ranking->item_of_row = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    ranking->place_of_row = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    ranking->heap = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    ranking->row_of_item = g_hash_table_new(g_direct_hash, g_direct_equal);
    return ranking;
}

void ranking_free(struct ranking *ranking)
{
    g_array_free(ranking->item_of_row, TRUE);
    g_array_free(ranking->place_of_row, TRUE);
    g_array_free(ranking->heap, TRUE);
    g_hash_table_destroy(ranking->row_of_item);
    g_free(ranking);
}

uint32_t ranking_rows(const struct ranking *ranking)
{
    return ranking->heap->len;
}

uint32_t ranking_item(const struct ranking *ranking, uint32_t row)
{
    return *at(ranking->item_of_row, row);
}

uint32_t ranking_row(const struct ranking *ranking, uint32_t item)
{
    gpointer row;
    bool has_row =
        g_hash_table_lookup_extended(ranking->row_of_item, GUINT_TO_POINTER(item), NULL, &row);
    return has_row ? GPOINTER_TO_UINT(row) : RANKING_NONE;
}

/* --- the heap --- */

static uint64_t key_at(const struct ranking *ranking, uint32_t place)
{
    return ranking->key(ranking->data, ranking_item(ranking, *at(ranking->heap, place)));
}

static void set_place(struct ranking *ranking, uint32_t place, uint32_t row)
{
    *at(ranking->heap, place) = row;
    *at(ranking->place_of_row, row) = place;
}

static void swap_places(struct ranking *ranking, uint32_t a, uint32_t b)
{
    uint32_t row_a = *at(ranking->heap, a), row_b = *at(ranking->heap, b);
    set_place(ranking, a, row_b);
    set_place(ranking, b, row_a);
}

/* Moves what is at @place, whose key may have changed, to where it belongs. */
static void settle(struct ranking *ranking, uint32_t place)
{
    while (place > 0 && key_at(ranking, place) < key_at(ranking, (place - 1) / 2)) {
        swap_places(ranking, place, (place - 1) / 2);
        place = (place - 1) / 2;
    }
    for (;;) {
        uint32_t smallest = place;
        for (uint32_t child = 2 * place + 1; child <= 2 * place + 2; child++) {
            if (child < ranking->heap->len && key_at(ranking, child) < key_at(ranking, smallest))
                smallest = child;
        }
        if (smallest == place)
            return;
        swap_places(ranking, place, smallest);
        place = smallest;
    }
}

/* --- rows --- */

static void set_item(struct ranking *ranking, uint32_t row, uint32_t item)
{
    *at(ranking->item_of_row, row) = item;
    g_hash_table_insert(ranking->row_of_item, GUINT_TO_POINTER(item), GUINT_TO_POINTER(row));
}

static void add_row(struct ranking *ranking, uint32_t item)
{
    uint32_t row = ranking->heap->len;
    g_array_set_size(ranking->item_of_row, row + 1);
    g_array_set_size(ranking->place_of_row, row + 1);
    g_array_set_size(ranking->heap, row + 1);
    set_item(ranking, row, item);
    set_place(ranking, row, row);
    settle(ranking, row);
}

uint32_t ranking_update(struct ranking *ranking, uint32_t item)
{
    uint32_t row = ranking_row(ranking, item);
    if (row != RANKING_NONE) {
        settle(ranking, *at(ranking->place_of_row, row));
        return RANKING_NONE;
    }
    if (ranking_rows(ranking) < ranking->most) {
        add_row(ranking, item);
        return RANKING_NONE;
    }
    if (ranking->most == 0 || ranking->key(ranking->data, item) <= key_at(ranking, 0))
        return RANKING_NONE;
    row = *at(ranking->heap, 0);
    uint32_t leaving = ranking_item(ranking, row);
    g_hash_table_remove(ranking->row_of_item, GUINT_TO_POINTER(leaving));
    set_item(ranking, row, item);
    settle(ranking, 0);
    return leaving;
}

void ranking_remove(struct ranking *ranking, uint32_t item)
{
    uint32_t row = ranking_row(ranking, item), last_row = ranking_rows(ranking) - 1;
    g_return_if_fail(row != RANKING_NONE);
    uint32_t place = *at(ranking->place_of_row, row), last_place = last_row;
    swap_places(ranking, place, last_place);
    g_array_set_size(ranking->heap, last_row);
    if (place < last_place)
        settle(ranking, place);

    g_hash_table_remove(ranking->row_of_item, GUINT_TO_POINTER(item));
    if (row != last_row) {
        set_item(ranking, row, ranking_item(ranking, last_row));
        set_place(ranking, *at(ranking->place_of_row, last_row), row);
    }
    g_array_set_size(ranking->item_of_row, last_row);
    g_array_set_size(ranking->place_of_row, last_row);
}
