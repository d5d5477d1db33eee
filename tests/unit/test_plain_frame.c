/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/plain_frame.h"

#include <glib.h>
#include <string.h>

/* --- frames, made from the bytes before IP and those of IP and TCP --- */

#define MOST_BYTES 256

struct made_frame {
    uint8_t bytes[MOST_BYTES];
    uint32_t count, ip_at;
};

static const uint8_t ip4[] = {0x45, 0, 0,  45, 0x12, 0x34, 0x40, 0, 63, 6,
                              0,    0, 10, 0,  0,    9,    10,   0, 0,  5};
static const uint8_t ip6[] = {0x60, 0, 0, 0, 0, 25, 6, 62, 0x20, 1, 0xD,  0xB8, 0,   0,
                              0,    0, 0, 0, 0, 0,  0, 0,  0,    9, 0x20, 1,    0xD, 0xB8,
                              0,    0, 0, 0, 0, 0,  0, 0,  0,    0, 0,    5};
static const uint8_t tcp[] = {0xC0, 0, 0x01, 0xBB, 0, 0, 0, 1,   0,   0,   0,   2,  0x50,
                              0x18, 0, 1,    0,    0, 0, 0, 'h', 'e', 'l', 'l', 'o'};

static void append(struct made_frame *made, const uint8_t *bytes, size_t count)
{
    g_assert_cmpuint(made->count + count, <=, MOST_BYTES);
    memcpy(made->bytes + made->count, bytes, count);
    made->count += (uint32_t)count;
}

static struct made_frame make(const uint8_t *link, size_t link_length, unsigned version)
{
    struct made_frame made = {.count = 0};
    append(&made, link, link_length);
    made.ip_at = made.count;
    if (version == 4)
        append(&made, ip4, sizeof ip4);
    else
        append(&made, ip6, sizeof ip6);
    append(&made, tcp, sizeof tcp);
    return made;
}

/* In memory of exactly the captured size, so that a sanitizer sees a read behind it. */
static bool read_cut(struct plain_frame *plain, enum link_type link, const struct made_frame *made,
                     uint32_t captured, uint32_t length)
{
    uint8_t *bytes = g_memdup2(made->bytes, captured);
    struct frame_bytes frame = {bytes, captured, length};
    bool is_plain = plain_frame_read(plain, link, &frame);
    g_free(bytes);
    return is_plain;
}

static bool read_whole(struct plain_frame *plain, enum link_type link,
                       const struct made_frame *made)
{
    return read_cut(plain, link, made, made->count, made->count);
}

static void assert_ip_is_found(const struct plain_frame *plain, unsigned version)
{
    bool is_ip6 = version == 6;
    g_assert_true(plain->is_ip6 == is_ip6);
    g_assert_cmpuint(plain->hop_limit, ==, is_ip6 ? 62 : 63);
    g_assert_cmpuint(plain->ip_id, ==, is_ip6 ? 0 : 0x1234);
    g_assert_cmpuint(plain->ip_length, ==, is_ip6 ? 0 : 45);
}

static void assert_places_are_found(const struct plain_frame *plain, const struct made_frame *made)
{
    uint32_t address = plain->is_ip6 ? 16 : 4, tcp_at = made->ip_at + (plain->is_ip6 ? 40 : 20);
    g_assert_cmpuint(plain->tcp_at, ==, tcp_at);
    g_assert_cmpuint(plain->destination_at, ==, tcp_at - address);
    g_assert_cmpuint(plain->source_at, ==, tcp_at - 2 * address);
    g_assert_cmpuint(plain->tcp_header, ==, 20);
    g_assert_cmpuint(plain->tcp_length, ==, 25);
}

static void assert_found(const struct plain_frame *plain, const struct made_frame *made,
                         unsigned version)
{
    assert_ip_is_found(plain, version);
    assert_places_are_found(plain, made);
}

/* --- links --- */

#define MACS 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2
#define COOKED(hardware_high, hardware_low, type_high, type_low)                                   \
    0, 0, hardware_high, hardware_low, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, type_high, type_low
#define COOKED_2(type_high, type_low, hardware_high, hardware_low)                                 \
    type_high, type_low, 0, 0, 0, 0, 0, 1, hardware_high, hardware_low, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0
#define TAGGED(type_high, type_low) 0, 7, type_high, type_low

struct link_case {
    const char *name;
    enum link_type link;
    unsigned version; /* of the IP header behind it */
    bool is_plain;
    uint8_t length;
    uint8_t bytes[40];
};

#define BYTES(...)                                                                                 \
    sizeof((const uint8_t[]){__VA_ARGS__}),                                                        \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

static const struct link_case link_cases[] = {
    {"/link/ethernet-4", LINK_ETHERNET, 4, true, BYTES(MACS, 8, 0)},
    {"/link/ethernet-6", LINK_ETHERNET, 6, true, BYTES(MACS, 0x86, 0xDD)},
    {"/link/ethernet-4-as-6", LINK_ETHERNET, 4, false, BYTES(MACS, 0x86, 0xDD)},
    {"/link/ethernet-6-as-4", LINK_ETHERNET, 6, false, BYTES(MACS, 8, 0)},
    {"/link/ethernet-length", LINK_ETHERNET, 4, false, BYTES(MACS, 0, 60)},
    {"/link/ethernet-other", LINK_ETHERNET, 4, false, BYTES(MACS, 0x88, 0x47)},
    {"/link/tag", LINK_ETHERNET, 4, true, BYTES(MACS, 0x81, 0, TAGGED(8, 0))},
    {"/link/tag-6", LINK_ETHERNET, 6, true, BYTES(MACS, 0x81, 0, TAGGED(0x86, 0xDD))},
    {"/link/tag-of-priority", LINK_ETHERNET, 4, true, BYTES(MACS, 0x81, 0, 0xE0, 0, 8, 0)},
    {"/link/tag-length", LINK_ETHERNET, 4, false, BYTES(MACS, 0x81, 0, TAGGED(0, 60))},
    {"/link/provider-tag", LINK_ETHERNET, 4, true, BYTES(MACS, 0x88, 0xA8, TAGGED(8, 0))},
    {"/link/provider-and-tag", LINK_ETHERNET, 4, true,
     BYTES(MACS, 0x88, 0xA8, TAGGED(0x81, 0), TAGGED(8, 0))},
    {"/link/four-tags", LINK_ETHERNET, 4, true,
     BYTES(MACS, 0x81, 0, TAGGED(0x81, 0), TAGGED(0x81, 0), TAGGED(0x81, 0), TAGGED(8, 0))},
    {"/link/five-tags", LINK_ETHERNET, 4, false,
     BYTES(MACS, 0x81, 0, TAGGED(0x81, 0), TAGGED(0x81, 0), TAGGED(0x81, 0), TAGGED(0x81, 0),
           TAGGED(8, 0))},
    {"/link/other-tag", LINK_ETHERNET, 4, false, BYTES(MACS, 0x91, 0, TAGGED(8, 0))},
    {"/link/cooked", LINK_COOKED, 4, true, BYTES(COOKED(0, 1, 8, 0))},
    {"/link/cooked-6-of-loopback", LINK_COOKED, 6, true, BYTES(COOKED(3, 4, 0x86, 0xDD))},
    {"/link/cooked-without-hardware", LINK_COOKED, 4, true, BYTES(COOKED(0xFF, 0xFE, 8, 0))},
    {"/link/cooked-tag", LINK_COOKED, 4, true, BYTES(COOKED(0, 1, 0x81, 0), TAGGED(8, 0))},
    {"/link/cooked-netlink", LINK_COOKED, 4, false, BYTES(COOKED(3, 0x38, 8, 0))},
    {"/link/cooked-gre", LINK_COOKED, 4, false, BYTES(COOKED(3, 0x0A, 8, 0))},
    {"/link/cooked-2", LINK_COOKED_2, 4, true, BYTES(COOKED_2(8, 0, 0, 1))},
    {"/link/cooked-2-6", LINK_COOKED_2, 6, true, BYTES(COOKED_2(0x86, 0xDD, 0, 1))},
    {"/link/cooked-2-tag", LINK_COOKED_2, 4, true, BYTES(COOKED_2(0x81, 0, 0, 1), TAGGED(8, 0))},
    {"/link/cooked-2-netlink", LINK_COOKED_2, 4, false, BYTES(COOKED_2(8, 0, 3, 0x38))},
    {"/link/null-4", LINK_NULL, 4, true, BYTES(2, 0, 0, 0)},
    {"/link/null-4-of-another-host", LINK_NULL, 4, true, BYTES(0, 0, 0, 2)},
    {"/link/null-6-of-netbsd", LINK_NULL, 6, true, BYTES(24, 0, 0, 0)},
    {"/link/null-6-of-freebsd", LINK_NULL, 6, true, BYTES(0, 0, 0, 28)},
    {"/link/null-6-of-darwin", LINK_NULL, 6, true, BYTES(30, 0, 0, 0)},
    {"/link/null-4-as-6", LINK_NULL, 4, false, BYTES(30, 0, 0, 0)},
    {"/link/null-other", LINK_NULL, 4, false, BYTES(7, 0, 0, 0)},
    {"/link/null-of-ppp", LINK_NULL, 4, false, BYTES(0xFF, 3, 0, 2)},
    {"/link/null-in-16-bits", LINK_NULL, 4, false, BYTES(0, 2, 0, 0)},
    {"/link/null-in-both-halves", LINK_NULL, 4, false, BYTES(2, 0, 0, 2)},
    {"/link/loop-4", LINK_LOOP, 4, true, BYTES(0, 0, 0, 2)},
    {"/link/loop-6", LINK_LOOP, 6, true, BYTES(0, 0, 0, 24)},
    {"/link/loop-in-another-order", LINK_LOOP, 4, false, BYTES(2, 0, 0, 0)},
};

static const struct link_case raw_cases[] = {
    {"/raw/4", LINK_RAW, 4, true, 0, {0}},
    {"/raw/6", LINK_RAW, 6, true, 0, {0}},
    {"/raw/4-only", LINK_RAW_IP4, 4, true, 0, {0}},
    {"/raw/6-only", LINK_RAW_IP6, 6, true, 0, {0}},
    {"/raw/6-as-4", LINK_RAW_IP4, 6, false, 0, {0}},
    {"/raw/4-as-6", LINK_RAW_IP6, 4, false, 0, {0}},
};

static void frame_of_link_is_read(gconstpointer data)
{
    const struct link_case *c = data;
    struct made_frame made = make(c->bytes, c->length, c->version);
    struct plain_frame plain;
    g_assert_cmpint(read_whole(&plain, c->link, &made), ==, c->is_plain);
    if (c->is_plain)
        assert_found(&plain, &made, c->version);
}

/* Only with the whole TCP header can it be plain, at whatever byte it is cut. */
static void cut_frame_of_link_is_read(gconstpointer data)
{
    const struct link_case *c = data;
    struct made_frame made = make(c->bytes, c->length, c->version);
    struct plain_frame plain;
    uint32_t needed = made.count - 5;
    for (uint32_t captured = 0; captured <= made.count; captured++)
        g_assert_cmpint(read_cut(&plain, c->link, &made, captured, made.count), ==,
                        c->is_plain && captured >= needed);
}

/* The IP header says how long the packet is: what is missing on the wire makes it not plain, and
 * what follows is padding. */
static void length_on_the_wire_decides(gconstpointer data)
{
    const struct link_case *c = data;
    struct made_frame made = make(c->bytes, c->length, c->version);
    struct plain_frame plain;
    for (uint32_t length = made.count - 6; length <= made.count + 8; length++) {
        bool is_plain = read_cut(&plain, c->link, &made, MIN(length, made.count), length);
        g_assert_cmpint(is_plain, ==, c->is_plain && length >= made.count);
        if (is_plain)
            assert_found(&plain, &made, c->version);
    }
}

/* --- changes of one byte --- */

struct change_case {
    const char *name;
    unsigned version;
    uint32_t at; /* byte from IP on */
    uint8_t byte;
    bool is_plain;
};

static const struct change_case change_cases[] = {
    {"/ip4/options", 4, 0, 0x46, false},
    {"/ip4/short-header", 4, 0, 0x44, false},
    {"/ip4/version", 4, 0, 0x65, false},
    {"/ip4/service", 4, 1, 0xFF, true},
    {"/ip4/length-0", 4, 3, 0, false},
    {"/ip4/length-of-header", 4, 3, 20, false},
    {"/ip4/length-less-than-tcp", 4, 3, 39, false},
    {"/ip4/length-of-headers", 4, 3, 40, true},
    {"/ip4/length-too-long", 4, 3, 46, false},
    {"/ip4/length-far-too-long", 4, 2, 0xFF, false},
    {"/ip4/more-fragments", 4, 6, 0x20, false},
    {"/ip4/fragment", 4, 7, 1, false},
    {"/ip4/last-fragment", 4, 6, 0x1F, false},
    {"/ip4/reserved-flag", 4, 6, 0x80, true},
    {"/ip4/udp", 4, 9, 17, false},
    {"/ip4/icmp", 4, 9, 1, false},
    {"/ip4/in-ip4", 4, 9, 4, false},
    {"/ip4/checksum", 4, 10, 0xFF, true},
    {"/ip6/version", 6, 0, 0x40, false},
    {"/ip6/flow", 6, 1, 0xFF, true},
    {"/ip6/length-0", 6, 5, 0, false},
    {"/ip6/length-less-than-tcp", 6, 5, 19, false},
    {"/ip6/length-of-header", 6, 5, 20, true},
    {"/ip6/length-too-long", 6, 5, 26, false},
    {"/ip6/hop-by-hop", 6, 6, 0, false},
    {"/ip6/routing", 6, 6, 43, false},
    {"/ip6/fragment", 6, 6, 44, false},
    {"/ip6/destination-options", 6, 6, 60, false},
    {"/ip6/icmp", 6, 6, 58, false},
    {"/tcp/no-header", 4, 32, 0, false},
    {"/tcp/short-header", 4, 32, 0x40, false},
    {"/tcp/header-longer-than-packet", 4, 32, 0x70, false},
    {"/tcp/options", 4, 32, 0x60, true},
    {"/tcp/reserved-bits", 4, 32, 0x5F, true},
};

static void changed_byte_decides(gconstpointer data)
{
    static const uint8_t ethernet4[] = {MACS, 8, 0}, ethernet6[] = {MACS, 0x86, 0xDD};
    const struct change_case *c = data;
    struct made_frame made = make(c->version == 4 ? ethernet4 : ethernet6, 14, c->version);
    struct plain_frame plain;
    made.bytes[made.ip_at + c->at] = c->byte;
    g_assert_cmpint(read_whole(&plain, LINK_ETHERNET, &made), ==, c->is_plain);
}

/* --- others --- */

static void service_and_length_that_look_like_ppp_are_left_to_wireshark(void)
{
    struct made_frame made = make(ip4, 0, 4);
    struct plain_frame plain;
    made.bytes[1] = 0xFF;
    made.bytes[2] = 3;
    g_assert_false(read_cut(&plain, LINK_RAW, &made, made.count, 2000));
    made.bytes[2] = 2;
    g_assert_true(read_cut(&plain, LINK_RAW, &made, made.count, 2000));
}

static void options_must_be_captured_whole(void)
{
    static const uint8_t ethernet[] = {MACS, 8, 0};
    struct made_frame made = make(ethernet, sizeof ethernet, 4);
    struct plain_frame plain;
    made.bytes[made.ip_at + 32] = 0x60;
    uint32_t needed = made.ip_at + 20 + 24;
    g_assert_false(read_cut(&plain, LINK_ETHERNET, &made, needed - 1, made.count));
    g_assert_true(read_cut(&plain, LINK_ETHERNET, &made, needed, made.count));
    g_assert_cmpuint(plain.tcp_header, ==, 24);
}

static void add_cases(const struct link_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *cut = g_strconcat(cases[i].name, "/cut", NULL);
        char *length = g_strconcat(cases[i].name, "/length", NULL);
        g_test_add_data_func(cases[i].name, &cases[i], frame_of_link_is_read);
        g_test_add_data_func(cut, &cases[i], cut_frame_of_link_is_read);
        g_test_add_data_func(length, &cases[i], length_on_the_wire_decides);
        g_free(cut);
        g_free(length);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add_cases(link_cases, G_N_ELEMENTS(link_cases));
    add_cases(raw_cases, G_N_ELEMENTS(raw_cases));
    for (size_t i = 0; i < G_N_ELEMENTS(change_cases); i++)
        g_test_add_data_func(change_cases[i].name, &change_cases[i], changed_byte_decides);
    g_test_add_func("/raw/ppp", service_and_length_that_look_like_ppp_are_left_to_wireshark);
    g_test_add_func("/tcp/options-cut", options_must_be_captured_whole);
    return g_test_run();
}
