/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/endpoint_map.h"

#define FIRST_SLOTS 256

struct entry {
    struct endpoint endpoint;
    uint32_t number;
};

/* Open addressing: an entry is in the first slot that was free, searching from the slot of its
 * hash. */
struct endpoint_map {
    size_t slot_count;     /* a power of two; half of them are free */
    uint32_t *slots;       /* owned: index in entries, and 1; 0: free */
    struct entry *entries; /* owned; room for slot_count / 2 */
    uint32_t count;        /* of entries in use */
};

struct endpoint_map *endpoint_map_new(void)
{
    struct endpoint_map *map = g_new0(struct endpoint_map, 1);
    map->slot_count = FIRST_SLOTS;
    map->slots = g_new0(uint32_t, map->slot_count);
    map->entries = g_new(struct entry, map->slot_count / 2);
    return map;
}

void endpoint_map_free(struct endpoint_map *map)
{
    if (map == NULL)
        return;
    g_free(map->entries);
    g_free(map->slots);
    g_free(map);
}

/* The slot of @endpoint, or the free one where it belongs. */
static size_t slot_of(const struct endpoint_map *map, const struct endpoint *endpoint)
{
    size_t slot = endpoint_hash(endpoint) & (map->slot_count - 1);
    while (map->slots[slot] != 0 &&
           !endpoint_equal(&map->entries[map->slots[slot] - 1].endpoint, endpoint))
        slot = (slot + 1) & (map->slot_count - 1);
    return slot;
}

static void grow(struct endpoint_map *map)
{
    map->slot_count *= 2;
    g_free(map->slots);
    map->slots = g_new0(uint32_t, map->slot_count);
    map->entries = g_renew(struct entry, map->entries, map->slot_count / 2);
    for (uint32_t i = 0; i < map->count; i++)
        map->slots[slot_of(map, &map->entries[i].endpoint)] = i + 1;
}

static void add(struct endpoint_map *map, const struct endpoint *endpoint)
{
    if (map->count == map->slot_count / 2)
        grow(map);
    map->entries[map->count++] = (struct entry){*endpoint, 0};
    map->slots[slot_of(map, endpoint)] = map->count;
}

uint32_t *endpoint_map_number(struct endpoint_map *map, const struct endpoint *endpoint)
{
    size_t slot = slot_of(map, endpoint);
    if (map->slots[slot] == 0) {
        add(map, endpoint);
        return &map->entries[map->count - 1].number;
    }
    return &map->entries[map->slots[slot] - 1].number;
}

uint32_t endpoint_map_find(const struct endpoint_map *map, const struct endpoint *endpoint)
{
    if (map->count == 0)
        return 0;
    size_t slot = slot_of(map, endpoint);
    return map->slots[slot] != 0 ? map->entries[map->slots[slot] - 1].number : 0;
}

size_t endpoint_map_count(const struct endpoint_map *map)
{
    return map->count;
}
