/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/pool.h"

struct pool *pool_new(size_t item_size)
{
    struct pool *pool = g_new0(struct pool, 1);
    pool->blocks = g_ptr_array_new_with_free_func(g_free);
    pool->item_size = item_size;
    return pool;
}

void pool_free(struct pool *pool)
{
    if (pool == NULL)
        return;
    g_ptr_array_free(pool->blocks, TRUE);
    g_free(pool);
}

void *pool_take(struct pool *pool)
{
    if (pool->count % POOL_BLOCK == 0)
        g_ptr_array_add(pool->blocks, g_malloc_n(POOL_BLOCK, pool->item_size));
    return pool_at(pool, pool->count++);
}
