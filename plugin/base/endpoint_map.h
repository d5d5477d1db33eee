/* Keeps a number for each endpoint, 0 at first. A report looks up several for each connection, and
 * GLib's hash tables take four times as many instructions and an allocation for each key.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_ENDPOINT_MAP_H
#define TFA_ENDPOINT_MAP_H

#include "base/endpoint.h"

struct endpoint_map;

/* An empty map. The caller frees it with endpoint_map_free(). */
struct endpoint_map *endpoint_map_new(void);
void endpoint_map_free(struct endpoint_map *map);

/* The number of @endpoint. Adds @endpoint to @map if it is new. Valid until the next call. */
uint32_t *endpoint_map_number(struct endpoint_map *map, const struct endpoint *endpoint);

/* The number of @endpoint. It is also 0 if @endpoint is not in @map. */
uint32_t endpoint_map_find(const struct endpoint_map *map, const struct endpoint *endpoint);

/* Number of endpoints in @map. */
size_t endpoint_map_count(const struct endpoint_map *map);

#endif
