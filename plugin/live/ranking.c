/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/ranking.h"

#include <glib.h>

enum heap { SHOWN, HIDDEN };

struct entry {
    uint32_t row;   /* RANKING_NONE: it has none */
    uint32_t place; /* in the heap of items with a row, or without; RANKING_NONE: in neither */
};

struct ranking {
    uint32_t most;
    ranking_key key;
    const void *data;
    GArray *entries;     /* struct entry of each item */
    GArray *item_of_row; /* uint32_t */
    GArray *heaps[2];    /* uint32_t: items, index enum heap; a parent comes before its children */
};

static uint32_t *at(GArray *array, uint32_t index)
{
    return &g_array_index(array, uint32_t, index);
}

static struct entry *entry_of(const struct ranking *ranking, uint32_t item)
{
    return &g_array_index(ranking->entries, struct entry, item);
}

struct ranking *ranking_new(uint32_t most, ranking_key key, const void *data)
{
    struct ranking *ranking = g_new0(struct ranking, 1);
    ranking->most = most;
    ranking->key = key;
    ranking->data = data;
    ranking->entries = g_array_new(FALSE, FALSE, sizeof(struct entry));
    ranking->item_of_row = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    for (int i = 0; i < 2; i++)
        ranking->heaps[i] = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    return ranking;
}

void ranking_free(struct ranking *ranking)
{
    for (int i = 0; i < 2; i++)
        g_array_free(ranking->heaps[i], TRUE);
    g_array_free(ranking->item_of_row, TRUE);
    g_array_free(ranking->entries, TRUE);
    g_free(ranking);
}

uint32_t ranking_rows(const struct ranking *ranking)
{
    return ranking->item_of_row->len;
}

uint32_t ranking_item(const struct ranking *ranking, uint32_t row)
{
    return *at(ranking->item_of_row, row);
}

uint32_t ranking_row(const struct ranking *ranking, uint32_t item)
{
    return item < ranking->entries->len ? entry_of(ranking, item)->row : RANKING_NONE;
}

/* --- heaps --- */

static uint64_t key_at(const struct ranking *ranking, enum heap heap, uint32_t place)
{
    return ranking->key(ranking->data, *at(ranking->heaps[heap], place));
}

/* Of the items with a row, the smallest key comes first. Of the items without a row, the largest
 * comes first. */
static bool comes_first(const struct ranking *ranking, enum heap heap, uint32_t a, uint32_t b)
{
    uint64_t key_a = key_at(ranking, heap, a), key_b = key_at(ranking, heap, b);
    return heap == SHOWN ? key_a < key_b : key_a > key_b;
}

static void set_place(struct ranking *ranking, enum heap heap, uint32_t place, uint32_t item)
{
    *at(ranking->heaps[heap], place) = item;
    entry_of(ranking, item)->place = place;
}

static void swap_places(struct ranking *ranking, enum heap heap, uint32_t a, uint32_t b)
{
    uint32_t item_a = *at(ranking->heaps[heap], a), item_b = *at(ranking->heaps[heap], b);
    set_place(ranking, heap, a, item_b);
    set_place(ranking, heap, b, item_a);
}

/* Moves the item at @place, whose key may have changed, to its proper place. */
static void settle(struct ranking *ranking, enum heap heap, uint32_t place)
{
    while (place > 0 && comes_first(ranking, heap, place, (place - 1) / 2)) {
        swap_places(ranking, heap, place, (place - 1) / 2);
        place = (place - 1) / 2;
    }
    for (;;) {
        uint32_t first = place;
        for (uint32_t child = 2 * place + 1; child <= 2 * place + 2; child++) {
            if (child < ranking->heaps[heap]->len && comes_first(ranking, heap, child, first))
                first = child;
        }
        if (first == place)
            return;
        swap_places(ranking, heap, place, first);
        place = first;
    }
}

static void push(struct ranking *ranking, enum heap heap, uint32_t item)
{
    uint32_t place = ranking->heaps[heap]->len;
    g_array_set_size(ranking->heaps[heap], place + 1);
    set_place(ranking, heap, place, item);
    settle(ranking, heap, place);
}

static void take_out(struct ranking *ranking, enum heap heap, uint32_t item)
{
    uint32_t place = entry_of(ranking, item)->place, last = ranking->heaps[heap]->len - 1;
    swap_places(ranking, heap, place, last);
    g_array_set_size(ranking->heaps[heap], last);
    if (place < last)
        settle(ranking, heap, place);
    entry_of(ranking, item)->place = RANKING_NONE;
}

/* --- rows --- */

static void set_row(struct ranking *ranking, uint32_t row, uint32_t item)
{
    *at(ranking->item_of_row, row) = item;
    entry_of(ranking, item)->row = row;
}

/* Gives @row to the item with the largest key among those without a row. Returns that item. */
static uint32_t show_next(struct ranking *ranking, uint32_t row)
{
    uint32_t item = *at(ranking->heaps[HIDDEN], 0);
    take_out(ranking, HIDDEN, item);
    set_row(ranking, row, item);
    push(ranking, SHOWN, item);
    return item;
}

/* Returns whether there was room. */
static bool add(struct ranking *ranking, uint32_t item)
{
    bool has_room = ranking_rows(ranking) < ranking->most;
    if (has_room) {
        g_array_set_size(ranking->item_of_row, ranking_rows(ranking) + 1);
        set_row(ranking, ranking_rows(ranking) - 1, item);
    }
    push(ranking, has_room ? SHOWN : HIDDEN, item);
    return has_room;
}

static struct entry *known_entry(struct ranking *ranking, uint32_t item)
{
    static const struct entry none = {RANKING_NONE, RANKING_NONE};
    while (ranking->entries->len <= item)
        g_array_append_val(ranking->entries, none);
    return entry_of(ranking, item);
}

struct ranking_change ranking_update(struct ranking *ranking, uint32_t item)
{
    const struct entry *entry = known_entry(ranking, item);
    if (entry->place != RANKING_NONE)
        settle(ranking, entry->row != RANKING_NONE ? SHOWN : HIDDEN, entry->place);
    else if (add(ranking, item))
        return (struct ranking_change){item, RANKING_NONE};

    if (ranking_rows(ranking) == 0 || ranking->heaps[HIDDEN]->len == 0 ||
        key_at(ranking, HIDDEN, 0) <= key_at(ranking, SHOWN, 0))
        return (struct ranking_change){RANKING_NONE, RANKING_NONE};
    uint32_t leaving = *at(ranking->heaps[SHOWN], 0), row = ranking_row(ranking, leaving);
    take_out(ranking, SHOWN, leaving);
    entry_of(ranking, leaving)->row = RANKING_NONE;
    uint32_t entering = show_next(ranking, row);
    push(ranking, HIDDEN, leaving);
    return (struct ranking_change){entering, leaving};
}

struct ranking_change ranking_remove(struct ranking *ranking, uint32_t item)
{
    struct ranking_change change = {RANKING_NONE, RANKING_NONE};
    uint32_t row = ranking_row(ranking, item);
    g_return_val_if_fail(known_entry(ranking, item)->place != RANKING_NONE, change);
    take_out(ranking, row != RANKING_NONE ? SHOWN : HIDDEN, item);
    if (row == RANKING_NONE)
        return change;

    entry_of(ranking, item)->row = RANKING_NONE;
    change.left = item;
    if (ranking->heaps[HIDDEN]->len > 0) {
        change.entered = show_next(ranking, row);
        return change;
    }
    uint32_t last_row = ranking_rows(ranking) - 1;
    if (row != last_row)
        set_row(ranking, row, ranking_item(ranking, last_row));
    g_array_set_size(ranking->item_of_row, last_row);
    return change;
}
