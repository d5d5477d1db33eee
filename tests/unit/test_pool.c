/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/pool.h"

/* Blocks of which the last is not full. */
#define MANY (3 * POOL_BLOCK + 1)

struct item {
    size_t number;
    char name[13]; /* a size that is no power of two */
};

static void empty_pool_has_no_items(void)
{
    struct pool *pool = pool_new(sizeof(struct item));
    g_assert_cmpuint(pool->count, ==, 0);
    g_assert_cmpuint(pool->item_size, ==, sizeof(struct item));
    pool_free(pool);
}

static void free_of_nothing_does_nothing(void)
{
    pool_free(NULL);
}

static void items_stay_where_they_are(void)
{
    struct pool *pool = pool_new(sizeof(struct item));
    struct item *items[MANY];
    for (size_t i = 0; i < MANY; i++) {
        items[i] = pool_take(pool);
        *items[i] = (struct item){.number = i, .name = "a name"};
        g_assert_cmpuint(pool->count, ==, i + 1);
        g_assert_true(pool_at(pool, 0) == items[0]);
    }
    for (size_t i = 0; i < MANY; i++) {
        g_assert_true(pool_at(pool, i) == items[i]);
        g_assert_cmpuint(items[i]->number, ==, i);
        g_assert_cmpstr(items[i]->name, ==, "a name");
    }
    pool_free(pool);
}

/* One allocation for each block, not for each item. */
static void blocks_are_filled_one_by_one(void)
{
    struct pool *pool = pool_new(1);
    for (size_t i = 1; i <= MANY; i++) {
        pool_take(pool);
        g_assert_cmpuint(pool->blocks->len, ==, (i + POOL_BLOCK - 1) / POOL_BLOCK);
    }
    for (size_t i = 1; i < POOL_BLOCK; i++)
        g_assert_true((char *)pool_at(pool, i) == (char *)pool_at(pool, 0) + i);
    pool_free(pool);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pool/empty", empty_pool_has_no_items);
    g_test_add_func("/pool/free-of-nothing", free_of_nothing_does_nothing);
    g_test_add_func("/pool/items-stay", items_stay_where_they_are);
    g_test_add_func("/pool/blocks", blocks_are_filled_one_by_one);
    return g_test_run();
}
