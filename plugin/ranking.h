/* Which items have a row of their own: those with the largest keys, as keys change.
 *
 * A binary heap of the rows, the smallest key at its root, tells which one has to leave.
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

/* A ranking of at most @most rows. The caller frees it with ranking_free(). */
struct ranking *ranking_new(uint32_t most, ranking_key key, const void *data);
void ranking_free(struct ranking *ranking);

/* Number of rows in use. */
uint32_t ranking_rows(const struct ranking *ranking);

/* The item in @row. */
uint32_t ranking_item(const struct ranking *ranking, uint32_t row);

/* The row of @item, or RANKING_NONE. */
uint32_t ranking_row(const struct ranking *ranking, uint32_t item);

/* To be called when the key of @item is new or has changed. Gives it a row where there is room, or
 * where its key is larger than the smallest one shown; returns the item that had to leave, or
 * RANKING_NONE. */
uint32_t ranking_update(struct ranking *ranking, uint32_t item);

/* Takes the row of @item, which must have one, away. The last row fills its place. */
void ranking_remove(struct ranking *ranking, uint32_t item);

#endif
