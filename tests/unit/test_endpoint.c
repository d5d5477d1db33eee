/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "segments.h"

#include <string.h>

static void unused_bytes_are_zero(void)
{
    struct endpoint endpoint;
    memset(&endpoint, 0xAA, sizeof endpoint);
    endpoint_set(&endpoint, FAMILY_IPV4, "\x0a\x00\x00\x05", 4, 443);
    struct endpoint other;
    memset(&other, 0x55, sizeof other);
    endpoint_set(&other, FAMILY_IPV4, "\x0a\x00\x00\x05", 4, 443);
    g_assert_cmpint(memcmp(&endpoint, &other, sizeof endpoint), ==, 0);
    for (int i = 4; i < ENDPOINT_ADDRESS_BYTES; i++)
        g_assert_cmpuint(endpoint.address[i], ==, 0);
}

static void long_address_is_cut(void)
{
    struct endpoint endpoint;
    uint8_t address[20];
    for (uint8_t i = 0; i < sizeof address; i++)
        address[i] = (uint8_t)(i + 1);
    endpoint_set(&endpoint, FAMILY_OTHER, address, sizeof address, 7);
    g_assert_cmpuint(endpoint.length, ==, ENDPOINT_ADDRESS_BYTES);
    g_assert_cmpint(memcmp(endpoint.address, address, ENDPOINT_ADDRESS_BYTES), ==, 0);
    g_assert_cmpuint(endpoint.port, ==, 7);
}

static void missing_address_is_none(void)
{
    struct endpoint endpoint;
    memset(&endpoint, 0xAA, sizeof endpoint);
    endpoint_set(&endpoint, FAMILY_NONE, NULL, 0, 80);
    g_assert_cmpuint(endpoint.length, ==, 0);
    g_assert_cmpuint(endpoint.address[0], ==, 0);
    g_assert_cmpuint(endpoint.port, ==, 80);
}

static void equality_needs_family_address_and_port(void)
{
    struct endpoint a = end_at("10.0.0.5", 443), same = end_at("10.0.0.5", 443);
    struct endpoint port = end_at("10.0.0.5", 444), address = end_at("10.0.0.6", 443), family = a;
    family.family = FAMILY_OTHER;
    g_assert_true(endpoint_equal(&a, &same));
    g_assert_true(endpoint_equal_pointers(&a, &same));
    g_assert_false(endpoint_equal(&a, &port));
    g_assert_false(endpoint_equal(&a, &address));
    g_assert_false(endpoint_equal(&a, &family));
    g_assert_false(endpoint_equal_pointers(&a, &port));
}

static void same_address_ignores_ports(void)
{
    struct endpoint a = end_at("10.0.0.5", 443), b = end_at("10.0.0.5", 80), family = a;
    struct endpoint other = end_at("10.0.0.6", 443), shorter = a;
    family.family = FAMILY_OTHER;
    shorter.length = 3;
    g_assert_true(endpoint_same_address(&a, &b));
    g_assert_false(endpoint_same_address(&a, &other));
    g_assert_false(endpoint_same_address(&a, &family));
    g_assert_false(endpoint_same_address(&a, &shorter));
}

struct order_case {
    const char *name;
    const char *lower, *higher;
    uint16_t lower_port, higher_port;
};

static const struct order_case order_cases[] = {
    {"/endpoint/compare/addresses-as-numbers-not-text", "9.0.0.1", "10.0.0.1", 443, 443},
    {"/endpoint/compare/unsigned-bytes", "127.0.0.1", "128.0.0.1", 443, 443},
    {"/endpoint/compare/address-before-port", "10.0.0.1", "10.0.0.2", 65535, 1},
    {"/endpoint/compare/port-last", "10.0.0.1", "10.0.0.1", 80, 443},
    {"/endpoint/compare/ipv4-before-ipv6", "255.255.255.255", "::1", 65535, 1},
    {"/endpoint/compare/ipv6-last-byte", "2001:db8::1", "2001:db8::2", 9, 1},
};

static void compare_orders(gconstpointer data)
{
    const struct order_case *c = data;
    struct endpoint lower = end_at(c->lower, c->lower_port);
    struct endpoint higher = end_at(c->higher, c->higher_port);
    g_assert_cmpint(endpoint_compare(&lower, &higher), <, 0);
    g_assert_cmpint(endpoint_compare(&higher, &lower), >, 0);
    g_assert_cmpint(endpoint_compare(&lower, &lower), ==, 0);
}

static void compare_is_zero_only_when_equal(void)
{
    struct endpoint shorter, longer;
    endpoint_set(&shorter, FAMILY_OTHER, "\x01\x00", 2, 1);
    endpoint_set(&longer, FAMILY_OTHER, "\x01\x00\x00", 3, 1);
    g_assert_false(endpoint_equal(&shorter, &longer));
    g_assert_cmpint(endpoint_compare(&shorter, &longer), !=, 0);
    g_assert_cmpint(endpoint_compare(&longer, &shorter), !=, 0);
}

struct network_case {
    const char *name;
    const char *address, *network;
    unsigned prefix;
    bool inside;
};

static const struct network_case network_cases[] = {
    {"/endpoint/network/0-bits-hold-the-family", "192.0.2.1", "10.0.0.0", 0, true},
    {"/endpoint/network/other-family-even-with-0-bits", "::1", "10.0.0.0", 0, false},
    {"/endpoint/network/whole-bytes-agree", "10.9.8.7", "10.0.0.0", 8, true},
    {"/endpoint/network/whole-bytes-differ", "11.0.0.0", "10.0.0.0", 8, false},
    {"/endpoint/network/last-address-of-odd-prefix", "10.0.3.255", "10.0.0.0", 22, true},
    {"/endpoint/network/first-address-behind-odd-prefix", "10.0.4.0", "10.0.0.0", 22, false},
    {"/endpoint/network/host-bits-of-the-network-do-not-matter", "10.1.2.3", "10.9.9.9", 8, true},
    {"/endpoint/network/1-bit-agrees", "255.0.0.1", "128.0.0.0", 1, true},
    {"/endpoint/network/1-bit-differs", "127.255.255.255", "128.0.0.0", 1, false},
    {"/endpoint/network/31-bits", "10.0.0.5", "10.0.0.4", 31, true},
    {"/endpoint/network/31-bits-differ", "10.0.0.6", "10.0.0.4", 31, false},
    {"/endpoint/network/all-bits-agree", "10.0.0.5", "10.0.0.5", 32, true},
    {"/endpoint/network/all-bits-differ", "10.0.0.4", "10.0.0.5", 32, false},
    {"/endpoint/network/more-bits-than-the-address-has", "10.0.0.5", "10.0.0.5", 4000, true},
    {"/endpoint/network/more-bits-than-the-address-has-differ", "10.0.0.4", "10.0.0.5", 99, false},
    {"/endpoint/network/ipv6-inside", "2001:db8:ffff::1", "2001:db8::", 32, true},
    {"/endpoint/network/ipv6-outside", "2001:db9::1", "2001:db8::", 32, false},
    {"/endpoint/network/ipv6-127-bits", "2001:db8::1", "2001:db8::", 127, true},
};

static void network_holds(gconstpointer data)
{
    const struct network_case *c = data;
    struct endpoint address = end_at(c->address, 443), network = end_at(c->network, 0);
    g_assert_cmpint(endpoint_in_network(&address, &network, c->prefix), ==, c->inside);
}

static void hash_of_equal_endpoints_is_equal(void)
{
    struct endpoint a = end_at("2001:db8::1", 443), b = end_at("2001:db8::1", 443);
    g_assert_cmpuint(endpoint_hash(&a), ==, endpoint_hash(&b));
}

static void hash_spreads_neighbours(void)
{
    /* 256 addresses times 64 ports, as a scan has them: with a good hash of 32 bits some 0.03
     * collisions are to be expected. */
    GHashTable *hashes = g_hash_table_new(NULL, NULL);
    for (unsigned host = 0; host < 256; host++) {
        for (unsigned port = 0; port < 64; port++) {
            uint8_t bytes[4] = {10, 0, 0, (uint8_t)host};
            struct endpoint endpoint;
            endpoint_set(&endpoint, FAMILY_IPV4, bytes, 4, (uint16_t)(40000 + port));
            g_hash_table_add(hashes, GUINT_TO_POINTER(endpoint_hash(&endpoint)));
        }
    }
    g_assert_cmpuint(g_hash_table_size(hashes), >, 256 * 64 - 16);
    g_hash_table_destroy(hashes);
}

static void address_text_of_other_families_is_hexadecimal(void)
{
    struct endpoint endpoint;
    endpoint_set(&endpoint, FAMILY_OTHER, "\x00\xab\x0c", 3, 1);
    char *text = endpoint_address_text(&endpoint);
    g_assert_cmpstr(text, ==, "0x00ab0c");
    g_free(text);
    endpoint_set(&endpoint, FAMILY_NONE, NULL, 0, 1);
    text = endpoint_address_text(&endpoint);
    g_assert_cmpstr(text, ==, "0x");
    g_free(text);
}

struct label_case {
    const char *name;
    const char *address;
    uint16_t port;
    const char *port_text;
    const char *address_text, *label;
};

static const struct label_case label_cases[] = {
    {"/endpoint/label/ipv4", "10.0.0.5", 443, NULL, "10.0.0.5", "10.0.0.5:443"},
    {"/endpoint/label/largest-port", "255.255.255.255", 65535, NULL, "255.255.255.255",
     "255.255.255.255:65535"},
    {"/endpoint/label/port-0", "10.0.0.5", 0, NULL, "10.0.0.5", "10.0.0.5:0"},
    {"/endpoint/label/any-port", "10.0.0.5", 0, "any", "10.0.0.5", "10.0.0.5:any"},
    {"/endpoint/label/ipv6-in-brackets", "2001:DB8:0:0::1", 443, NULL, "2001:db8::1",
     "[2001:db8::1]:443"},
    {"/endpoint/label/ipv6-any-port", "::1", 0, "any", "::1", "[::1]:any"},
};

static void label_is(gconstpointer data)
{
    const struct label_case *c = data;
    struct endpoint endpoint = end_at(c->address, c->port);
    char *address = endpoint_address_text(&endpoint);
    char *label = endpoint_label(&endpoint, address, c->port_text);
    g_assert_cmpstr(address, ==, c->address_text);
    g_assert_cmpstr(label, ==, c->label);
    g_free(label);
    g_free(address);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/endpoint/set/unused-bytes-are-zero", unused_bytes_are_zero);
    g_test_add_func("/endpoint/set/long-address-is-cut", long_address_is_cut);
    g_test_add_func("/endpoint/set/missing-address-is-none", missing_address_is_none);
    g_test_add_func("/endpoint/equal/needs-family-address-and-port",
                    equality_needs_family_address_and_port);
    g_test_add_func("/endpoint/same-address/ignores-ports", same_address_ignores_ports);
    for (size_t i = 0; i < G_N_ELEMENTS(order_cases); i++)
        g_test_add_data_func(order_cases[i].name, &order_cases[i], compare_orders);
    g_test_add_func("/endpoint/compare/zero-only-when-equal", compare_is_zero_only_when_equal);
    for (size_t i = 0; i < G_N_ELEMENTS(network_cases); i++)
        g_test_add_data_func(network_cases[i].name, &network_cases[i], network_holds);
    g_test_add_func("/endpoint/hash/equal-for-equal", hash_of_equal_endpoints_is_equal);
    g_test_add_func("/endpoint/hash/spreads-neighbours", hash_spreads_neighbours);
    g_test_add_func("/endpoint/address-text/other-families-in-hexadecimal",
                    address_text_of_other_families_is_hexadecimal);
    for (size_t i = 0; i < G_N_ELEMENTS(label_cases); i++)
        g_test_add_data_func(label_cases[i].name, &label_cases[i], label_is);
    return g_test_run();
}
