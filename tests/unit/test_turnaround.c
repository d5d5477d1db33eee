/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "connection/turnaround.h"

struct turnaround_case {
    const char *name;
    uint32_t flow;
    enum end end;
    int64_t elapsed;
};

static const struct turnaround_case cases[] = {
    {"/turnaround/keeps/nothing-elapsed-end-a", 0, END_A, 0},
    {"/turnaround/keeps/nothing-elapsed-end-b", 0, END_B, 0},
    {"/turnaround/keeps/largest-lower-half", 1, END_A, 0xFFFFFFFF},
    {"/turnaround/keeps/smallest-upper-half", 1, END_B, G_GINT64_CONSTANT(0x100000000)},
    {"/turnaround/keeps/both-halves", 7, END_A, G_GINT64_CONSTANT(0x123456789ABCDEF)},
    {"/turnaround/keeps/largest-time-end-a", 8, END_A, INT64_MAX},
    {"/turnaround/keeps/largest-time-end-b", UINT32_MAX, END_B, INT64_MAX},
};

static void keeps(gconstpointer data)
{
    const struct turnaround_case *c = data;
    struct turnaround turnaround = turnaround_make(c->flow, c->end, c->elapsed);
    g_assert_cmpuint(turnaround.flow, ==, c->flow);
    g_assert_cmpint(turnaround_end(&turnaround), ==, c->end);
    g_assert_cmpint(turnaround_elapsed(&turnaround), ==, c->elapsed);
}

/* A million connections with many requests each: a byte more here is many in memory. */
static void takes_12_bytes(void)
{
    g_assert_cmpuint(sizeof(struct turnaround), ==, 12);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        g_test_add_data_func(cases[i].name, &cases[i], keeps);
    g_test_add_func("/turnaround/takes-12-bytes", takes_12_bytes);
    return g_test_run();
}
