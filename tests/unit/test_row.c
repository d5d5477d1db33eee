/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/row.h"

#include "segments.h"

static const struct role client_a = {END_A, ROLE_HANDSHAKE}, client_b = {END_B, ROLE_GUESS};

/* A connection that has 1 in one counter, 2 in the next, and so on. */
static struct flow flow_with_all_counters(uint32_t first)
{
    struct segment segment =
        segment_between(end_at("10.0.0.9", 51234), end_at("10.0.0.5", 443), TCP_ACK, 1, 1, 0);
    struct flow flow;
    flow_init(&flow, &segment, 0);
    for (int end = 0; end < 2; end++) {
        for (int i = 0; i < COUNTER_WIDE_END; i++)
            flow.sides[end].wide[i] = (uint64_t)first++ << 33;
        for (int i = 0; i < COUNTER_NARROW_COUNT; i++)
            flow.sides[end].narrow[i] = first++;
    }
    return flow;
}

static struct row empty_row(void)
{
    struct endpoint server = end_at("10.0.0.5", 443);
    struct row row;
    row_init(&row, &server, true);
    return row;
}

static void assert_same_sums(const struct row *row, const struct row *expected)
{
    for (int direction = 0; direction < 2; direction++)
        for (int i = 0; i < COUNTER_COUNT; i++)
            g_assert_cmpuint(row->totals[direction].count[i], ==,
                             expected->totals[direction].count[i]);
    g_assert_cmpuint(row->connections, ==, expected->connections);
    g_assert_cmpuint(row->one_way_connections, ==, expected->one_way_connections);
    for (int i = 0; i < ROLE_BASIS_COUNT; i++)
        g_assert_cmpuint(row->basis[i], ==, expected->basis[i]);
}

static void role_decides_the_direction(void)
{
    struct flow flow = flow_with_all_counters(1);
    struct row a = empty_row(), b = empty_row();
    row_add_flow(&a, &flow, client_a);
    row_add_flow(&b, &flow, client_b);
    for (int i = 0; i < COUNTER_COUNT; i++) {
        g_assert_cmpuint(a.totals[CLIENT_TO_SERVER].count[i], ==,
                         b.totals[SERVER_TO_CLIENT].count[i]);
        g_assert_cmpuint(a.totals[SERVER_TO_CLIENT].count[i], ==,
                         b.totals[CLIENT_TO_SERVER].count[i]);
    }
    g_assert_cmpuint(a.totals[CLIENT_TO_SERVER].count[COUNTER_BYTES], ==,
                     flow.sides[END_A].wide[COUNTER_BYTES]);
    g_assert_cmpuint(a.basis[ROLE_HANDSHAKE], ==, 1);
    g_assert_cmpuint(b.basis[ROLE_GUESS], ==, 1);
}

static void removed_flow_leaves_what_was_there(void)
{
    struct flow first = flow_with_all_counters(1), second = flow_with_all_counters(100);
    second.sides[END_B] = (struct flow_side){.ack_advance = 7};
    second.sides[END_A].ack_advance = 1234; /* what it infers of the unseen end */
    struct row row = empty_row(), expected = empty_row();
    row_add_flow(&expected, &first, client_a);
    row_add_flow(&row, &second, client_b);
    row_add_flow(&row, &first, client_a);
    g_assert_cmpuint(row.one_way_connections, ==, 1);
    g_assert_cmpuint(row.totals[CLIENT_TO_SERVER].count[COUNTER_INFERRED_PAYLOAD_BYTES], ==, 1234);
    row_remove_flow(&row, &second, client_b);
    assert_same_sums(&row, &expected);
    row_remove_flow(&row, &first, client_a);
    expected = empty_row();
    assert_same_sums(&row, &expected);
}

static void removed_row_leaves_what_was_there(void)
{
    struct flow first = flow_with_all_counters(1), second = flow_with_all_counters(100);
    struct row sum = empty_row(), part = empty_row(), expected = empty_row();
    row_add_flow(&sum, &first, client_b);
    row_add_flow(&expected, &first, client_b);
    row_add_flow(&part, &second, client_a);
    row_add_flow(&part, &first, client_a);
    row_add_row(&sum, &part);
    g_assert_cmpuint(sum.connections, ==, 3);
    row_remove_row(&sum, &part);
    assert_same_sums(&sum, &expected);
}

static void row_of_rows_is_that_of_their_flows(void)
{
    struct flow first = flow_with_all_counters(1), second = flow_with_all_counters(100);
    struct row parts[2] = {empty_row(), empty_row()}, sum = empty_row(), expected = empty_row();
    row_add_flow(&parts[0], &first, client_a);
    row_add_flow(&parts[1], &second, client_b);
    row_add_flow(&expected, &first, client_a);
    row_add_flow(&expected, &second, client_b);
    row_add_row(&sum, &parts[0]);
    row_add_row(&sum, &parts[1]);
    assert_same_sums(&sum, &expected);
}

static void times_are_the_first_and_the_last(void)
{
    struct flow early = flow_with_all_counters(1), late = flow_with_all_counters(1);
    struct row row = empty_row();
    late.first_time += S;
    late.last_time += 5 * S;
    row_add_flow(&row, &late, client_a);
    row_add_flow(&row, &early, client_a);
    g_assert_cmpint(row.first_time, ==, TEST_EPOCH);
    g_assert_cmpint(row.last_time, ==, TEST_EPOCH + 5 * S);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/row/role-decides-the-direction", role_decides_the_direction);
    g_test_add_func("/row/removed-flow-leaves-what-was-there", removed_flow_leaves_what_was_there);
    g_test_add_func("/row/removed-row-leaves-what-was-there", removed_row_leaves_what_was_there);
    g_test_add_func("/row/row-of-rows-is-that-of-their-flows", row_of_rows_is_that_of_their_flows);
    g_test_add_func("/row/times-are-the-first-and-the-last", times_are_the_first_and_the_last);
    return g_test_run();
}
