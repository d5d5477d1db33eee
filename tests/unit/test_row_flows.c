/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/row_flows.h"

#define NO_ROW UINT32_MAX

static void rows_have_their_flows_in_order(void)
{
    static const uint32_t row_of_flow[] = {2, 0, NO_ROW, 2, 0, 0};
    static const struct {
        size_t count;
        uint32_t flows[3];
    } expected[] = {{3, {1, 4, 5}}, {0, {0}}, {2, {0, 3}}};
    struct row_flows *row_flows =
        row_flows_new(row_of_flow, G_N_ELEMENTS(row_of_flow), G_N_ELEMENTS(expected));
    for (guint row = 0; row < G_N_ELEMENTS(expected); row++) {
        size_t count;
        const uint32_t *flows = row_flows_of(row_flows, row, &count);
        g_assert_cmpuint(count, ==, expected[row].count);
        for (size_t i = 0; i < count; i++)
            g_assert_cmpuint(flows[i], ==, expected[row].flows[i]);
    }
    row_flows_free(row_flows);
}

static void nothing_has_no_flows(void)
{
    struct row_flows *row_flows = row_flows_new(NULL, 0, 0);
    g_assert_nonnull(row_flows);
    row_flows_free(row_flows);
    row_flows_free(NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/row-flows/in-order", rows_have_their_flows_in_order);
    g_test_add_func("/row-flows/nothing", nothing_has_no_flows);
    return g_test_run();
}
