/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/endpoint_map.h"

#include "segments.h"

static void test_numbers(void)
{
    struct endpoint_map *map = endpoint_map_new();
    struct endpoint https = end_at("10.0.0.1", 443), http = end_at("10.0.0.1", 80);
    g_assert_cmpuint(endpoint_map_find(map, &https), ==, 0);
    g_assert_cmpuint(endpoint_map_count(map), ==, 0);

    g_assert_cmpuint(*endpoint_map_number(map, &https), ==, 0);
    *endpoint_map_number(map, &https) = 7;
    g_assert_cmpuint(endpoint_map_find(map, &https), ==, 7);
    g_assert_cmpuint(endpoint_map_find(map, &http), ==, 0);
    g_assert_cmpuint(endpoint_map_count(map), ==, 1);
    endpoint_map_free(map);
}

static void test_many(void)
{
    const uint32_t count = 5000;
    struct endpoint_map *map = endpoint_map_new();
    for (uint32_t i = 0; i < count; i++) {
        struct endpoint endpoint = end_at(i % 2 == 0 ? "10.0.0.1" : "2001:db8::1", (uint16_t)i);
        *endpoint_map_number(map, &endpoint) += i + 1;
    }
    g_assert_cmpuint(endpoint_map_count(map), ==, count);
    for (uint32_t i = 0; i < count; i++) {
        struct endpoint endpoint = end_at(i % 2 == 0 ? "10.0.0.1" : "2001:db8::1", (uint16_t)i);
        struct endpoint other = end_at(i % 2 != 0 ? "10.0.0.1" : "2001:db8::1", (uint16_t)i);
        g_assert_cmpuint(endpoint_map_find(map, &endpoint), ==, i + 1);
        g_assert_cmpuint(endpoint_map_find(map, &other), ==, 0);
    }
    endpoint_map_free(map);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/endpoint-map/numbers", test_numbers);
    g_test_add_func("/endpoint-map/many", test_many);
    return g_test_run();
}
