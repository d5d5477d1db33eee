/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/edit_distance.h"

#include <glib.h>

static const struct distance_case {
    const char *name, *a, *b;
    unsigned distance;
} distance_cases[] = {
    {"/edit-distance/same", "format", "format", 0},
    {"/edit-distance/both-empty", "", "", 0},
    {"/edit-distance/one-is-empty", "", "sort", 4},
    {"/edit-distance/one-more", "conections", "connections", 1},
    {"/edit-distance/another", "formut", "format", 1},
    {"/edit-distance/swapped", "fromat", "format", 2},
    {"/edit-distance/nothing-alike", "abc", "xyz", 3},
    {"/edit-distance/longer", "warning", "warn", 3},
};

static void distance_is(gconstpointer data)
{
    const struct distance_case *c = data;
    g_assert_cmpuint(edit_distance(c->a, c->b), ==, c->distance);
    g_assert_cmpuint(edit_distance(c->b, c->a), ==, c->distance);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(distance_cases); i++)
        g_test_add_data_func(distance_cases[i].name, &distance_cases[i], distance_is);
    return g_test_run();
}
