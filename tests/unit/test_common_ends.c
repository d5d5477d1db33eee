/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finding/common_ends.h"

#include "segments.h"
#include "settings/thresholds.h"

#define SYN "tcp.flags.syn == 1"

/* Packets of @kind that end A sent. */
static void count(struct flow *flow, enum end sender, enum counter counter, uint32_t packets)
{
    flow->sides[sender].narrow[counter - COUNTER_WIDE_END] += packets;
    flow->sides[sender].narrow[COUNTER_PACKETS - COUNTER_WIDE_END] += packets;
}

/* A connection of which @client, END_A, sent a SYN. */
static struct flow *add(struct flow_table *flows, struct endpoint client, struct endpoint server)
{
    struct segment syn = segment_between(client, server, TCP_SYN, 1, 0, 0);
    syn.stream = (uint32_t)flow_table_count(flows);
    struct flow *flow = flow_table_add(flows, &syn);
    count(flow, END_A, COUNTER_SYN, 1);
    return flow;
}

/* A connection that the server answered, with a SYN-ACK as well. */
static struct flow *add_answered(struct flow_table *flows, struct endpoint client,
                                 struct endpoint server)
{
    struct flow *flow = add(flows, client, server);
    count(flow, END_B, COUNTER_SYN, 1);
    count(flow, END_B, COUNTER_SYN_ACK, 1);
    flow->sides[END_B].narrow[COUNTER_PACKETS - COUNTER_WIDE_END]--;
    return flow;
}

static void assert_filter(struct common_ends *ends, const char *ending, const char *expected)
{
    char *text = common_ends_filter(ends, ending);
    g_assert_cmpstr(text, ==, expected);
    g_free(text);
    common_ends_free(ends);
}

/* Connections of 10.0.0.9 to @count ports of 10.2.0.5. */
static struct common_ends *scan_of(struct flow_table *flows, unsigned count)
{
    struct common_ends *ends = common_ends_new(flows, false, true, condition_of(CONDITION_SYN));
    for (unsigned i = 0; i < count; i++)
        common_ends_add(
            ends, add(flows, end_at("10.0.0.9", 50000), end_at("10.2.0.5", (uint16_t)(100 + i))),
            END_A);
    return ends;
}

static void who_scans_alone_needs_no_more_than_his_address(void)
{
    struct flow_table *flows = flow_table_new();
    struct common_ends *ends = scan_of(flows, 3);
    add(flows, end_at("10.0.0.8", 50000), end_at("10.2.0.5", 443));
    g_assert_true(common_ends_exist(ends));
    assert_filter(ends, "", "ip.src == 10.0.0.9 && " SYN);
    flow_table_free(flows);
}

static void another_server_of_the_scanner_needs_the_scanned_address(void)
{
    struct flow_table *flows = flow_table_new();
    struct common_ends *ends = scan_of(flows, 3);
    add(flows, end_at("10.0.0.9", 50001), end_at("10.2.0.6", 443));
    add(flows, end_at("10.0.0.8", 50001), end_at("10.2.0.5", 443));
    assert_filter(ends, " && !icmp",
                  "ip.src == 10.0.0.9 && ip.dst == 10.2.0.5 && " SYN " && !icmp");
    flow_table_free(flows);
}

static void open_ports_are_left_out(void)
{
    struct flow_table *flows = flow_table_new();
    struct common_ends *ends = scan_of(flows, 3);
    add(flows, end_at("10.0.0.9", 50001), end_at("10.2.0.5", 443));
    add(flows, end_at("10.0.0.9", 50002), end_at("10.2.0.5", 80));
    add(flows, end_at("10.0.0.9", 50003), end_at("10.2.0.5", 443));
    assert_filter(ends, "",
                  "ip.src == 10.0.0.9 && ip.dst == 10.2.0.5 && " SYN
                  " && !(tcp.dstport in {443, 80})");
    flow_table_free(flows);
}

/* The same port was open once, and once not: nothing but the stream tells them apart. */
static void what_is_asked_for_is_not_left_out(void)
{
    struct flow_table *flows = flow_table_new();
    struct common_ends *ends = scan_of(flows, 3);
    add(flows, end_at("10.0.0.9", 50001), end_at("10.2.0.5", 101));
    assert_filter(ends, "", NULL);
    flow_table_free(flows);
}

static void too_many_are_not_left_out(void)
{
    struct flow_table *flows = flow_table_new();
    struct common_ends *ends = scan_of(flows, 3);
    for (unsigned i = 0; i <= FILTER_EXCLUDED; i++)
        add(flows, end_at("10.0.0.9", 50001), end_at("10.2.0.5", (uint16_t)(443 + i)));
    assert_filter(ends, "", NULL);
    flow_table_free(flows);
}

/* SYNs of different clients to 10.2.0.5:80. */
static struct common_ends *flood_of(struct flow_table *flows, enum condition_test test)
{
    static const char *const clients[] = {"172.16.0.1", "172.16.0.2", "172.16.0.3"};
    struct common_ends *ends = common_ends_new(flows, false, true, condition_of(test));
    for (size_t i = 0; i < G_N_ELEMENTS(clients); i++)
        common_ends_add(ends, add(flows, end_at(clients[i], 1024), end_at("10.2.0.5", 80)), END_A);
    return ends;
}

static void who_was_answered_is_left_out_of_a_flood(void)
{
    struct flow_table *flows = flow_table_new();
    struct common_ends *ends = flood_of(flows, CONDITION_SYN);
    add_answered(flows, end_at("10.0.0.8", 50001), end_at("10.2.0.5", 80));
    add_answered(flows, end_at("10.0.0.8", 50002), end_at("10.2.0.5", 80));
    assert_filter(ends, "",
                  "ip.dst == 10.2.0.5 && tcp.dstport == 80 && " SYN " && ip.src != 10.0.0.8");
    flow_table_free(flows);
}

static void what_has_no_such_packet_needs_no_test(void)
{
    struct flow_table *flows = flow_table_new();
    struct common_ends *ends = flood_of(flows, CONDITION_SYN);
    struct flow *late = add(flows, end_at("10.0.0.8", 50001), end_at("10.2.0.5", 80));
    late->sides[END_A].narrow[COUNTER_SYN - COUNTER_WIDE_END] = 0;
    assert_filter(ends, "", "tcp.dstport == 80 && " SYN);
    flow_table_free(flows);

    flows = flow_table_new();
    ends = flood_of(flows, CONDITION_ALL);
    late = add(flows, end_at("10.0.0.8", 50001), end_at("10.2.0.5", 80));
    late->sides[END_A].narrow[COUNTER_SYN - COUNTER_WIDE_END] = 0;
    assert_filter(ends, "", "ip.dst == 10.2.0.5 && tcp.dstport == 80 && ip.src != 10.0.0.8");
    flow_table_free(flows);
}

/* What an end sends as a client elsewhere, or back, is not shown either. */
static void other_directions_count(void)
{
    struct flow_table *flows = flow_table_new();
    struct common_ends *ends = common_ends_new(flows, false, false, condition_of(CONDITION_RESET));
    for (uint16_t port = 1; port < 4; port++) {
        struct flow *flow = add(flows, end_at("10.0.0.9", 50000), end_at("10.2.0.5", port));
        count(flow, END_B, COUNTER_RST, 1);
        common_ends_add(ends, flow, END_B);
    }
    struct flow *other = add(flows, end_at("10.2.0.5", 50000), end_at("10.2.0.7", 443));
    count(other, END_A, COUNTER_RST, 1);
    assert_filter(ends, "", "ip.dst == 10.0.0.9 && tcp.flags.reset == 1");

    ends = common_ends_new(flows, false, false, condition_of(CONDITION_RESET));
    for (uint32_t i = 0; i < 3; i++)
        common_ends_add(ends, flow_table_at(flows, i), END_B);
    other = add(flows, end_at("10.0.0.9", 50000), end_at("10.2.0.6", 9));
    count(other, END_B, COUNTER_RST, 1);
    assert_filter(ends, "", "ip.src == 10.2.0.5 && ip.dst == 10.0.0.9 && tcp.flags.reset == 1");
    flow_table_free(flows);
}

static void packets_of_both_ends(void)
{
    struct flow_table *flows = flow_table_new();
    struct common_ends *ends = common_ends_new(flows, true, false, condition_of(CONDITION_SYN));
    static const char *const clients[] = {"172.16.0.1", "172.16.0.2", "172.16.0.3"};
    for (size_t i = 0; i < G_N_ELEMENTS(clients); i++)
        common_ends_add(ends, add_answered(flows, end_at(clients[i], 1024), end_at("10.2.0.5", 80)),
                        END_A);
    add_answered(flows, end_at("10.0.0.8", 50001), end_at("10.2.0.5", 80));
    add_answered(flows, end_at("10.2.0.5", 80), end_at("10.0.0.8", 443));
    assert_filter(ends, "",
                  "ip.addr == 10.2.0.5 && tcp.port == 80 && " SYN " && ip.addr != 10.0.0.8");
    flow_table_free(flows);
}

static void addresses_of_ipv6(void)
{
    struct flow_table *flows = flow_table_new();
    struct common_ends *ends = common_ends_new(flows, false, true, condition_of(CONDITION_SYN));
    for (uint16_t port = 1; port < 4; port++)
        common_ends_add(ends, add(flows, end_at("2001:db8::9", 50000), end_at("2001:db8::5", port)),
                        END_A);
    add(flows, end_at("2001:db8::9", 50000), end_at("2001:db8::6", 443));
    assert_filter(ends, "", "ipv6.dst == 2001:db8::5 && " SYN);
    flow_table_free(flows);
}

/* A port is one of all addresses, and an address that is left out is of one family. */
static void families_do_not_mix(void)
{
    struct flow_table *flows = flow_table_new();
    struct common_ends *ends = common_ends_new(flows, true, false, condition_of(CONDITION_SYN));
    common_ends_add(ends, add(flows, end_at("2001:db8::9", 50000), end_at("2001:db8::5", 80)),
                    END_A);
    common_ends_add(ends, add(flows, end_at("10.0.0.9", 50000), end_at("10.2.0.5", 80)), END_A);
    add(flows, end_at("10.0.0.8", 50000), end_at("10.2.0.5", 443));
    assert_filter(ends, "", "tcp.port == 80 && " SYN);

    ends = common_ends_new(flows, false, true, condition_of(CONDITION_SYN));
    common_ends_add(ends, flow_table_at(flows, 1), END_A);
    assert_filter(ends, "", "ip.src == 10.0.0.9 && " SYN);
    flow_table_free(flows);
}

static void nothing_in_common(void)
{
    struct flow_table *flows = flow_table_new();
    struct common_ends *ends = common_ends_new(flows, false, true, condition_of(CONDITION_SYN));
    g_assert_false(common_ends_exist(ends));
    common_ends_add(ends, add(flows, end_at("10.0.0.9", 50000), end_at("10.2.0.5", 80)), END_A);
    common_ends_add(ends, add(flows, end_at("10.0.0.8", 50000), end_at("10.2.0.6", 81)), END_A);
    g_assert_false(common_ends_exist(ends));
    assert_filter(ends, "", NULL);
    flow_table_free(flows);
}

static void few_among_very_many_are_not_looked_for(void)
{
    struct flow_table *flows = flow_table_new();
    struct common_ends *ends = scan_of(flows, 1);
    for (unsigned i = 0; i < 2 * FILTER_OTHERS_PER_HIT; i++)
        add(flows, end_at("10.0.0.8", 50000), end_at("10.2.0.6", 443));
    assert_filter(ends, "", NULL);
    flow_table_free(flows);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ends/client", who_scans_alone_needs_no_more_than_his_address);
    g_test_add_func("/ends/client-and-server",
                    another_server_of_the_scanner_needs_the_scanned_address);
    g_test_add_func("/ends/without-ports", open_ports_are_left_out);
    g_test_add_func("/ends/without-asked-ports", what_is_asked_for_is_not_left_out);
    g_test_add_func("/ends/without-many-ports", too_many_are_not_left_out);
    g_test_add_func("/ends/without-client", who_was_answered_is_left_out_of_a_flood);
    g_test_add_func("/ends/condition", what_has_no_such_packet_needs_no_test);
    g_test_add_func("/ends/directions", other_directions_count);
    g_test_add_func("/ends/both", packets_of_both_ends);
    g_test_add_func("/ends/ipv6", addresses_of_ipv6);
    g_test_add_func("/ends/families", families_do_not_mix);
    g_test_add_func("/ends/nothing", nothing_in_common);
    g_test_add_func("/ends/too-many", few_among_very_many_are_not_looked_for);
    return g_test_run();
}
