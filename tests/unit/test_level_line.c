/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "output/level_line.h"

#include "segments.h"

#define MOST 9

static const struct level_case {
    const char *name;
    size_t count;
    uint64_t numbers[MOST];
    bool unicode;
    const char *expected;
} level_cases[] = {
    {"/level-line/none", 0, {0}, true, ""},
    {"/level-line/nothing-is-blank", 3, {0, 0, 0}, true, "   "},
    {"/level-line/each-level", 9, {0, 1, 2, 3, 4, 5, 6, 7, 8}, true, " ▁▂▃▄▅▆▇█"},
    {"/level-line/each-level-in-ascii", 9, {0, 1, 2, 3, 4, 5, 6, 7, 8}, false, " .:-=+*#@"},
    {"/level-line/largest-is-tallest", 2, {1, 1}, true, "██"},
    {"/level-line/little-is-not-nothing", 3, {1, 0, 1000000}, true, "▁ █"},
    {"/level-line/just-above-a-level", 4, {250, 251, 999, 1000}, true, "▂▃██"},
    {"/level-line/largest-of-all",
     4,
     {1, UINT64_MAX / 2, UINT64_MAX - 1, UINT64_MAX},
     true,
     "▁▄██"},
};

static void levels_are(gconstpointer data)
{
    const struct level_case *c = data;
    GString *line = g_string_new("|");
    append_levels(line, c->numbers, c->count, c->unicode);
    g_assert_cmpstr(line->str + 1, ==, c->expected);
    g_string_free(line, TRUE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD_CASES(level_cases, levels_are);
    return g_test_run();
}
