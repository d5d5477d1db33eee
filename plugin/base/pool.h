/* Many structs of one size, whose addresses never change. There is one allocation for each 256 of
 * them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_POOL_H
#define TFA_POOL_H

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

struct pool {
    GPtrArray *blocks; /* of POOL_BLOCK items each, owned */
    size_t item_size;  /* bytes */
    size_t count;      /* items taken */
};

#define POOL_BLOCK 256

/* An empty pool of items of @item_size bytes. The caller frees it with pool_free(). */
struct pool *pool_new(size_t item_size);

/* Frees @pool and all its items, but nothing that the items own. @pool may be NULL. */
void pool_free(struct pool *pool);

/* One more item, with undefined contents. Owned by @pool. */
void *pool_take(struct pool *pool);

/* The item that was taken as number @index, from 0 to count - 1. */
static inline void *pool_at(const struct pool *pool, size_t index)
{
    uint8_t *block = g_ptr_array_index(pool->blocks, index / POOL_BLOCK);
    return block + index % POOL_BLOCK * pool->item_size;
}

#endif
