/* Decides which items have a row of their own: the items with the largest keys. Keys may change.
 *
 * There are two binary heaps. The root of one is the item that would lose its row first. The root
 * of the other is the item that would get a row first.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_RANKING_H
#define TFA_RANKING_H

#include <stdbool.h>
#include <stdint.h>

/* The key of item number @item, in the owner's @data. */
typedef uint64_t (*ranking_key)(const void *data, uint32_t item);

struct ranking;

#define RANKING_NONE UINT32_MAX

/* A ranking of at most @most rows. Items have numbers from 0 on. The ranking takes memory for all
 * numbers up to the largest. The caller frees it with ranking_free(). */
struct ranking *ranking_new(uint32_t most, ranking_key key, const void *data);
void ranking_free(struct ranking *ranking);

/* Number of rows in use: one for each item, up to the maximum. */
uint32_t ranking_rows(const struct ranking *ranking);

/* The item in @row. */
uint32_t ranking_item(const struct ranking *ranking, uint32_t row);

/* The row of @item, or RANKING_NONE. */
uint32_t ranking_row(const struct ranking *ranking, uint32_t item);

/* Which item has got a row, and which item has lost its row; or RANKING_NONE. */
struct ranking_change {
    uint32_t entered, left;
};

/* Call it if @item is new, and each time its key has changed, before another key changes. If keys
 * are equal, items with a row keep it. */
struct ranking_change ranking_update(struct ranking *ranking, uint32_t item);

/* Takes @item, whose key may have changed, out of the ranking. If it has a row, the item with the
 * largest key among those without a row gets it. If all items have a row, the last row fills its
 * place. */
struct ranking_change ranking_remove(struct ranking *ranking, uint32_t item);

#endif
