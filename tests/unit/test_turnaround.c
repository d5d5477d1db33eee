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

static void log_without_frames_finds_none(void)
{
    struct turnaround_log log = {NULL, NULL, 0, 0};
    int64_t elapsed;
    g_assert_false(turnaround_log_find(&log, 1, 0, END_A, &elapsed));
    turnaround_log_add(&log, turnaround_make(0, END_A, 5));
    turnaround_log_set_frame(&log, 1);
    g_assert_null(log.frames);
    g_assert_false(turnaround_log_find(&log, 1, 0, END_A, &elapsed));
    g_free(log.all);
}

#define ANOTHER_FLOW 1000000

/* Frame 3 * i ends one of flow number i; every tenth frame has another segment, which ends one of
 * another flow as well. */
static void frame_and_flow_find_a_turnaround(void)
{
    const uint32_t count = 2 * TURNAROUND_LOG_FIRST_ROOM + 1;
    struct turnaround_log log = {NULL, NULL, 0, 0};
    int64_t elapsed;
    turnaround_log_keep_frames(&log);
    g_assert_false(turnaround_log_find(&log, 0, 0, END_A, &elapsed));
    for (uint32_t i = 0; i < count; i++) {
        turnaround_log_add(&log, turnaround_make(i, END_A, 7 * (int64_t)i));
        turnaround_log_set_frame(&log, 3 * i);
        if (i % 10 == 0) {
            turnaround_log_add(&log, turnaround_make(ANOTHER_FLOW, END_B, i));
            turnaround_log_set_frame(&log, 3 * i);
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        g_assert_true(turnaround_log_find(&log, 3 * i, i, END_A, &elapsed));
        g_assert_cmpint(elapsed, ==, 7 * (int64_t)i);
        g_assert_cmpint(turnaround_log_find(&log, 3 * i, ANOTHER_FLOW, END_B, &elapsed), ==,
                        i % 10 == 0);
        g_assert_false(turnaround_log_find(&log, 3 * i, i, END_B, &elapsed));
        g_assert_false(turnaround_log_find(&log, 3 * i + 1, i, END_A, &elapsed));
    }
    g_assert_false(turnaround_log_find(&log, UINT32_MAX, 0, END_A, &elapsed));
    g_free(log.all);
    g_free(log.frames);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        g_test_add_data_func(cases[i].name, &cases[i], keeps);
    g_test_add_func("/turnaround/takes-12-bytes", takes_12_bytes);
    g_test_add_func("/turnaround/find/without-frames", log_without_frames_finds_none);
    g_test_add_func("/turnaround/find/frame-and-flow", frame_and_flow_find_a_turnaround);
    return g_test_run();
}
