/* Which items have a row of their own: those with the largest keys, as keys change.
 *
 * Two binary heaps: the item with a row that would have to leave first is at the root of one, the
 * item without a row that would come first at the root of the other.
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

/* A ranking of at most @most rows. Items are numbered from 0 on; memory is taken for all numbers up
 * to the largest. The caller frees it with ranking_free(). */
struct ranking *ranking_new(uint32_t most, ranking_key key, const void *data);
void ranking_free(struct ranking *ranking);

/* Number of rows in use: all items while there is room, then as many as there may be. */
uint32_t ranking_rows(const struct ranking *ranking);

/* The item in @row. */
uint32_t ranking_item(const struct ranking *ranking, uint32_t row);

/* The row of @item, or RANKING_NONE. */
uint32_t ranking_row(const struct ranking *ranking, uint32_t item);

/* Which item has a row now that had none, and which one had to leave; or RANKING_NONE. */
struct ranking_change {
    uint32_t entered, left;
};

/* To be called when @item is new, and each time its key has changed, before another one changes.
 * Of equal keys those that have a row keep it. */
struct ranking_change ranking_update(struct ranking *ranking, uint32_t item);

/* Takes @item, whose key may have changed, out of the ranking. Where it has a row, the item with
 * the largest key that has none gets it; where all have one, the last row fills its place. */
struct ranking_change ranking_remove(struct ranking *ranking, uint32_t item);

#endif
