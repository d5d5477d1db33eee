/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finding/display_filter.h"

#include "segments.h"
#include "settings/thresholds.h"

/* A connection between 10.0.0.9:51234, END_A, and 10.0.0.5:443. A filter asks for its stream and
 * ends only. */
static struct flow flow_of(uint32_t stream)
{
    struct segment syn =
        segment_between(end_at("10.0.0.9", 51234), end_at("10.0.0.5", 443), TCP_SYN, 1, 0, 0);
    struct flow flow;
    syn.stream = stream;
    flow_init(&flow, &syn, 0);
    return flow;
}

static struct flow flow_with_ports(uint32_t stream, uint16_t client_port, uint16_t server_port)
{
    struct flow flow = flow_of(stream);
    flow.ends[END_A].port = client_port;
    flow.ends[END_B].port = server_port;
    return flow;
}

static void add_flow(struct display_filter *filter, const struct flow *flow, enum end client,
                     uint8_t sender, struct condition condition)
{
    const struct stream_kind kind = {client, sender, condition};
    display_filter_add_flow(filter, flow, &kind, 1);
}

static void assert_text(struct display_filter *filter, const char *expected)
{
    uint64_t left_out;
    char *text = display_filter_end(filter, &left_out);
    g_assert_cmpuint(left_out, ==, 0);
    g_assert_cmpstr(text, ==, expected);
    g_free(text);
}

/* --- streams --- */

struct set_case {
    const char *name;
    uint32_t streams[8];
    size_t count;
    const char *expected;
};

static const struct set_case set_cases[] = {
    {"/filter/streams/one", {7}, 1, "tcp.stream == 7"},
    {"/filter/streams/first", {0}, 1, "tcp.stream == 0"},
    {"/filter/streams/two-apart", {3, 7}, 2, "tcp.stream in {3, 7}"},
    {"/filter/streams/neighbours-are-a-range", {3, 4, 5}, 3, "tcp.stream in {3..5}"},
    {"/filter/streams/ranges-and-single-ones",
     {1, 2, 5, 7, 8, 9},
     6,
     "tcp.stream in {1..2, 5, 7..9}"},
    {"/filter/streams/in-any-order", {9, 1, 5, 2}, 4, "tcp.stream in {1..2, 5, 9}"},
    {"/filter/streams/twice-is-once", {4, 4}, 2, "tcp.stream == 4"},
    {"/filter/streams/largest-numbers",
     {UINT32_MAX, UINT32_MAX - 1},
     2,
     "tcp.stream in {4294967294..4294967295}"},
};

static void streams_are_a_set(gconstpointer data)
{
    const struct set_case *c = data;
    struct display_filter *filter = display_filter_new(NULL);
    for (size_t i = 0; i < c->count; i++) {
        struct flow flow = flow_of(c->streams[i]);
        add_flow(filter, &flow, END_A, NO_END, condition_of(CONDITION_ALL));
    }
    assert_text(filter, c->expected);
}

static void condition_and_sender_narrow_it_down(void)
{
    struct flow flow = flow_of(2);
    struct display_filter *filter = display_filter_new(NULL);
    add_flow(filter, &flow, END_A, END_B, condition_of(CONDITION_RESET));
    assert_text(filter, "tcp.stream == 2 && tcp.srcport == 443 && tcp.flags.reset == 1");

    filter = display_filter_new(NULL);
    add_flow(filter, &flow, END_A, NO_END, condition_of(CONDITION_SYN));
    assert_text(filter, "tcp.stream == 2 && tcp.flags.syn == 1");
}

static void clients_of_a_server_share_a_clause(void)
{
    struct flow flows[] = {flow_with_ports(1, 50001, 443), flow_with_ports(2, 50002, 443)};
    struct display_filter *filter = display_filter_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(flows); i++)
        add_flow(filter, &flows[i], END_A, END_A, condition_of(CONDITION_SYN));
    assert_text(filter, "tcp.stream in {1..2} && tcp.dstport == 443 && tcp.flags.syn == 1");

    struct flow turned = flow_with_ports(3, 443, 50003);
    filter = display_filter_new(NULL);
    add_flow(filter, &turned, END_B, END_B, condition_of(CONDITION_ALL));
    assert_text(filter, "tcp.stream == 3 && tcp.dstport == 443");
}

static void ports_of_one_address_share_a_clause(void)
{
    struct flow flows[] = {flow_with_ports(1, 50001, 443), flow_with_ports(2, 50002, 8443)};
    struct display_filter *filter = display_filter_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(flows); i++)
        add_flow(filter, &flows[i], END_A, END_B, condition_of(CONDITION_RESET));
    assert_text(filter, "tcp.stream in {1..2} && ip.src == 10.0.0.5 && tcp.flags.reset == 1");

    flows[1].ends[END_A] = end_at("10.0.0.8", 50002);
    filter = display_filter_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(flows); i++)
        add_flow(filter, &flows[i], END_A, END_A, condition_of(CONDITION_ALL));
    assert_text(filter, "tcp.stream in {1..2} && ip.dst == 10.0.0.5");
}

static void same_port_shares_a_clause_and_others_have_their_own(void)
{
    struct flow flows[] = {flow_with_ports(1, 50001, 443), flow_with_ports(2, 50002, 8443),
                           flow_with_ports(3, 50003, 443)};
    flows[1].ends[END_A] = end_at("10.0.0.8", 50002);
    flows[1].ends[END_B] = end_at("10.0.0.6", 8443);
    struct display_filter *filter = display_filter_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(flows); i++)
        add_flow(filter, &flows[i], END_A, END_B, condition_of(CONDITION_RESET));
    assert_text(filter, "(tcp.stream in {1, 3} && tcp.srcport == 443 && tcp.flags.reset == 1) || "
                        "(tcp.stream == 2 && tcp.srcport == 8443 && tcp.flags.reset == 1)");
}

/* --- many streams --- */

#define SCANNED 12

/* Connections of 10.0.0.9 to ports of 10.0.0.5 with even stream numbers, and others of @other
 * between them. */
static struct flow_table *scan_among(struct endpoint other)
{
    struct flow_table *flows = flow_table_new();
    for (uint32_t i = 0; i < 2 * SCANNED; i++) {
        struct endpoint client = i % 2 == 0 ? end_at("10.0.0.9", (uint16_t)(40000 + i)) : other;
        struct segment syn =
            segment_between(client, end_at("10.0.0.5", (uint16_t)(100 + i)), TCP_SYN, 1, 0, 0);
        syn.stream = i;
        flow_table_add(flows, &syn);
    }
    return flows;
}

static char *text_of_scan(const struct flow_table *flows, uint64_t *left_out)
{
    struct display_filter *filter = display_filter_new(flows);
    for (uint32_t i = 0; i < 2 * SCANNED; i += 2)
        add_flow(filter, flow_table_find(flows, i), END_A, END_A, condition_of(CONDITION_SYN));
    return display_filter_end(filter, left_out);
}

static void streams_that_cannot_be_shown_make_ranges_one(void)
{
    uint64_t left_out;
    struct flow_table *flows = scan_among(end_at("10.0.0.8", 50000));
    char *text = text_of_scan(flows, &left_out);
    g_assert_cmpstr(text, ==, "tcp.stream in {0..22} && ip.src == 10.0.0.9 && tcp.flags.syn == 1");
    g_assert_cmpuint(left_out, ==, 0);
    g_free(text);
    flow_table_free(flows);
}

static void streams_that_would_be_shown_part_ranges(void)
{
    uint64_t left_out;
    struct flow_table *flows = scan_among(end_at("10.0.0.9", 50000));
    char *text = text_of_scan(flows, &left_out);
    g_assert_cmpstr(text, ==,
                    "tcp.stream in {0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22} && "
                    "ip.src == 10.0.0.9 && tcp.flags.syn == 1");
    g_free(text);
    flow_table_free(flows);
}

static void ranges_without_room_are_left_out(void)
{
    uint64_t left_out;
    struct display_filter *filter = display_filter_new(NULL);
    for (uint32_t i = 0; i < FILTER_RANGES + 3; i++) {
        struct flow flow = flow_of(2 * i);
        add_flow(filter, &flow, END_A, NO_END, condition_of(CONDITION_ALL));
    }
    char *text = display_filter_end(filter, &left_out);
    g_assert_true(g_str_has_suffix(text, ", 198}"));
    g_assert_cmpuint(left_out, ==, 3);
    g_free(text);
}

static void address_tells_the_sender_where_ports_are_equal(void)
{
    struct flow flow = flow_with_ports(1, 179, 179);
    struct display_filter *filter = display_filter_new(NULL);
    add_flow(filter, &flow, END_A, END_B, condition_of(CONDITION_ALL));
    assert_text(filter, "tcp.stream == 1 && ip.src == 10.0.0.5");

    flow.ends[END_A] = end_at("2001:db8::9", 179);
    flow.ends[END_B] = end_at("2001:db8::5", 179);
    filter = display_filter_new(NULL);
    add_flow(filter, &flow, END_A, END_A, condition_of(CONDITION_ALL));
    assert_text(filter, "tcp.stream == 1 && ipv6.src == 2001:db8::9");
}

/* --- sequences and frames --- */

static void sequence_asks_for_data_or_fin(void)
{
    struct flow flow = flow_of(3);
    struct display_filter *filter = display_filter_new(NULL);
    display_filter_add_sequence(filter, &flow, END_A, END_A, UINT32_MAX, 0);
    display_filter_add_sequence(filter, &flow, END_A, END_B, 0, 0);
    assert_text(filter, "(tcp.stream == 3 && tcp.dstport == 443 && tcp.seq_raw == 4294967295 && "
                        "(tcp.len > 0 || tcp.flags.fin == 1)) || "
                        "(tcp.stream == 3 && tcp.srcport == 443 && tcp.seq_raw == 0 && "
                        "(tcp.len > 0 || tcp.flags.fin == 1))");
}

static void frames_are_sorted_and_counted_once(void)
{
    static const uint32_t frames[] = {9, 3, 4, 3, 5, 9, 100};
    struct display_filter *filter = display_filter_new(NULL);
    g_assert_cmpuint(display_filter_frames(filter), ==, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(frames); i++)
        display_filter_add_frame(filter, frames[i]);
    g_assert_cmpuint(display_filter_frames(filter), ==, 5);
    assert_text(filter, "frame.number in {3..5, 9, 100}");
}

static void one_frame_needs_no_set(void)
{
    struct display_filter *filter = display_filter_new(NULL);
    display_filter_add_frame(filter, 12);
    display_filter_add_frame(filter, 12);
    assert_text(filter, "frame.number == 12");
}

static void streams_and_frames_are_alternatives(void)
{
    struct flow flow = flow_of(3);
    struct display_filter *filter = display_filter_new(NULL);
    display_filter_add_sequence(filter, &flow, END_A, END_A, 10, 0);
    add_flow(filter, &flow, END_A, NO_END, condition_of(CONDITION_ALL));
    display_filter_add_frame(filter, 8);
    assert_text(filter, "(tcp.stream == 3 && tcp.dstport == 443 && tcp.seq_raw == 10 && "
                        "(tcp.len > 0 || tcp.flags.fin == 1)) || (tcp.stream == 3) || "
                        "frame.number == 8");
}

/* --- keep-alives, and what quotes them --- */

#define PROBES_OF_CLIENT                                                                           \
    "(tcp.stream == 3 && tcp.dstport == 443 && frame.number >= 17 && tcp.len <= 1 && "             \
    "tcp.flags.reset == 0 && tcp.flags.fin == 0"

static void probes_are_asked_for(void)
{
    struct flow flow = flow_of(3);
    struct display_filter *filter = display_filter_new(NULL);
    display_filter_add_probes(filter, &flow, END_A, END_A, 17);
    assert_text(filter, PROBES_OF_CLIENT ")");
}

static void icmp_is_left_out(void)
{
    struct flow flow = flow_of(3);
    struct display_filter *filter = display_filter_new(NULL);
    display_filter_leave_out_icmp(filter);
    display_filter_add_probes(filter, &flow, END_A, END_A, 17);
    assert_text(filter, PROBES_OF_CLIENT " && !icmp && !icmpv6)");

    filter = display_filter_new(NULL);
    display_filter_leave_out_icmp(filter);
    display_filter_add_sequence(filter, &flow, END_A, END_A, 10, 0);
    assert_text(filter,
                "(tcp.stream == 3 && tcp.dstport == 443 && tcp.seq_raw == 10 && (tcp.len > 0 "
                "|| tcp.flags.fin == 1) && !icmp && !icmpv6)");

    filter = display_filter_new(NULL);
    add_flow(filter, &flow, END_A, END_A, condition_of(CONDITION_SYN));
    display_filter_leave_out_icmp(filter);
    assert_text(filter, "tcp.stream == 3 && tcp.dstport == 443 && tcp.flags.syn == 1 && !icmp && "
                        "!icmpv6");
}

/* Frames that are asked for one by one may be those of ICMP errors. */
static void icmp_frames_stay(void)
{
    struct display_filter *filter = display_filter_new(NULL);
    display_filter_leave_out_icmp(filter);
    display_filter_add_frame(filter, 8);
    assert_text(filter, "frame.number == 8");
}

static void each_condition_has_a_clause(void)
{
    struct flow one = flow_of(3), two = flow_of(4);
    struct display_filter *filter = display_filter_new(NULL);
    add_flow(filter, &one, END_A, END_A, (struct condition){CONDITION_LONGER, 1460});
    add_flow(filter, &two, END_A, END_A, (struct condition){CONDITION_LONGER, 1448});
    add_flow(filter, &two, END_A, END_A, condition_of(CONDITION_ALL));
    assert_text(filter, "(tcp.stream == 3 && tcp.dstport == 443 && tcp.len > 1460) || "
                        "(tcp.stream == 4 && tcp.dstport == 443 && tcp.len > 1448) || "
                        "(tcp.stream == 4 && tcp.dstport == 443)");
}

/* --- proofs, and all segments --- */

static void each_proof_has_its_clause(void)
{
    const struct proof proofs[] = {
        {.kind = PROOF_SEGMENTS,
         .sender = END_B,
         .condition = {CONDITION_LONGER, 1460},
         .packets = 1},
        {.kind = PROOF_SEQUENCE, .sender = END_A, .sequence = 10, .frame = 5},
        {.kind = PROOF_PROBES, .sender = END_A, .frame = 17},
        {.kind = PROOF_FRAME, .frame = 8, .sender = NO_END},
    };
    struct flow flow = flow_of(3);
    struct display_filter *filter = display_filter_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(proofs); i++)
        display_filter_add(filter, &flow, END_A, &proofs[i]);
    assert_text(filter,
                "(tcp.stream == 3 && tcp.dstport == 443 && frame.number >= 5 && tcp.seq_raw == 10 "
                "&& (tcp.len > 0 || tcp.flags.fin == 1)) || " PROBES_OF_CLIENT ") || "
                "(tcp.stream == 3 && tcp.srcport == 443 && tcp.len > 1460) || frame.number == 8");
}

static void all_segments_may_go_without_quotes(void)
{
    char *all = display_filter_of_all(false), *without = display_filter_of_all(true);
    g_assert_cmpstr(all, ==, "tcp");
    g_assert_cmpstr(without, ==, "tcp && !icmp && !icmpv6");
    g_free(all);
    g_free(without);
}

/* --- limits --- */

static void full_of_streams(void)
{
    uint64_t left_out;
    struct display_filter *filter = display_filter_new(NULL);
    for (uint32_t i = 0; i <= FILTER_BREAKS; i++) {
        struct flow flow = flow_of(2 * i);
        g_assert_false(display_filter_is_full(filter));
        add_flow(filter, &flow, END_A, NO_END, condition_of(CONDITION_ALL));
    }
    g_assert_true(display_filter_is_full(filter));
    g_free(display_filter_end(filter, &left_out));
    g_assert_cmpuint(left_out, ==, FILTER_BREAKS + 1 - FILTER_RANGES);
}

static void full_of_clauses(void)
{
    uint64_t left_out;
    struct display_filter *filter = display_filter_new(NULL);
    for (uint32_t i = 0; i < FILTER_CLAUSES; i++) {
        struct flow flow = flow_of(i);
        g_assert_false(display_filter_is_full(filter));
        display_filter_add_sequence(filter, &flow, END_A, END_A, i, 0);
    }
    g_assert_true(display_filter_is_full(filter));
    g_free(display_filter_end(filter, &left_out));
}

static void full_of_frames(void)
{
    struct display_filter *filter = display_filter_new(NULL);
    for (uint32_t i = 0; i < FILTER_FRAMES; i++) {
        g_assert_false(display_filter_is_full(filter));
        display_filter_add_frame(filter, i);
    }
    g_assert_true(display_filter_is_full(filter));
    assert_text(filter, "frame.number in {0..199}");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(set_cases); i++)
        g_test_add_data_func(set_cases[i].name, &set_cases[i], streams_are_a_set);
    g_test_add_func("/filter/streams/condition-and-sender", condition_and_sender_narrow_it_down);
    g_test_add_func("/filter/streams/clients-of-a-server", clients_of_a_server_share_a_clause);
    g_test_add_func("/filter/streams/several-ports",
                    same_port_shares_a_clause_and_others_have_their_own);
    g_test_add_func("/filter/streams/equal-ports", address_tells_the_sender_where_ports_are_equal);
    g_test_add_func("/filter/sequence", sequence_asks_for_data_or_fin);
    g_test_add_func("/filter/frames/sorted-and-once", frames_are_sorted_and_counted_once);
    g_test_add_func("/filter/frames/one", one_frame_needs_no_set);
    g_test_add_func("/filter/probes", probes_are_asked_for);
    g_test_add_func("/filter/icmp/left-out", icmp_is_left_out);
    g_test_add_func("/filter/icmp/frames-stay", icmp_frames_stay);
    g_test_add_func("/filter/streams/two-conditions", each_condition_has_a_clause);
    g_test_add_func("/filter/mixed", streams_and_frames_are_alternatives);
    g_test_add_func("/filter/streams/ports-of-one-address", ports_of_one_address_share_a_clause);
    g_test_add_func("/filter/many/joined", streams_that_cannot_be_shown_make_ranges_one);
    g_test_add_func("/filter/many/parted", streams_that_would_be_shown_part_ranges);
    g_test_add_func("/filter/many/left-out", ranges_without_room_are_left_out);
    g_test_add_func("/filter/proofs", each_proof_has_its_clause);
    g_test_add_func("/filter/all", all_segments_may_go_without_quotes);
    g_test_add_func("/filter/full/streams", full_of_streams);
    g_test_add_func("/filter/full/clauses", full_of_clauses);
    g_test_add_func("/filter/full/frames", full_of_frames);
    return g_test_run();
}
