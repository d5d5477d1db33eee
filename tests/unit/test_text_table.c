/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "output/text_table.h"

#include "base/words.h"
#include "segments.h"

#include <stdlib.h>
#include <string.h>

/* Takes 100 columns of the terminal where it is wide. */
static const struct text_column columns[] = {
    {"server", NULL, "server", 27, LOOK_LABEL, PLACE_ALWAYS},
    {"c2s_packet_count", "packets", TO_SERVER_ARROW, 13, LOOK_NUMBER, PLACE_TIGHT},
    {"s2c_packet_count", NULL, TO_CLIENT_ARROW, 13, LOOK_NUMBER, PLACE_TIGHT},
    {"connections", NULL, "conns", 39, LOOK_NUMBER, PLACE_ALWAYS},
    {"one_way_connections", NULL, "1way", 4, LOOK_SHORT, PLACE_WIDE},
};

static struct text_table *table_of(unsigned width, size_t longest_label, bool unicode)
{
    return text_table_new(columns, G_N_ELEMENTS(columns), width, longest_label, unicode);
}

/* The titles, and below them the row, of a server called @label with 12345 packets to it. */
static char *written(const struct text_table *table, const char *label)
{
    char *text = NULL, *own_label = g_strdup(label);
    size_t size = 0;
    struct endpoint server = end_at("10.0.0.5", 443);
    struct row row;
    row_init(&row, &server, true);
    row.label = own_label;
    row.connections = 3;
    row.totals[CLIENT_TO_SERVER].count[COUNTER_PACKETS] = 12345;
    FILE *out = open_memstream(&text, &size);
    text_table_write_titles(table, out);
    text_table_write_row(table, &row, out);
    fclose(out);
    row_clear(&row);
    return text;
}

static size_t longest_line(const char *text)
{
    char **lines = g_strsplit(text, "\n", -1);
    size_t longest = 0;
    for (char **line = lines; *line != NULL; line++)
        longest = MAX(longest, (size_t)g_utf8_strlen(*line, -1));
    g_strfreev(lines);
    return longest;
}

struct place_case {
    const char *name;
    unsigned width;
    bool is_wide;
};

static const struct place_case place_cases[] = {
    {"/text-table/width/none-is-80", 0, false},
    {"/text-table/width/80-is-narrow", 80, false},
    {"/text-table/width/99-is-narrow", 99, false},
    {"/text-table/width/100-is-wide", 100, true},
};

static void columns_have_their_places(gconstpointer data)
{
    const struct place_case *c = data;
    struct text_table *table = table_of(c->width, 5, true);
    g_assert_true(text_table_has(table, "conns"));
    g_assert_true(text_table_has(table, "packets")); /* over two columns */
    g_assert_true(text_table_has(table, TO_CLIENT_ARROW));
    g_assert_cmpint(text_table_has(table, "1way"), ==, c->is_wide);
    g_assert_cmpint(text_table_is_narrow(table), ==, !c->is_wide);
    g_assert_false(text_table_has(table, "bytes"));
    char *text = written(table, "10.0.0.5:443");
    g_assert_cmpint(strstr(text, " 12345 ") != NULL, ==, c->is_wide);
    g_assert_cmpint(strstr(text, " 12k ") != NULL, ==, !c->is_wide);
    g_assert_cmpuint(longest_line(text), <=, MAX(c->width, 80));
    free(text);
    text_table_free(table);
}

struct label_case {
    const char *name;
    unsigned width;
    size_t longest;
    unsigned taken; /* columns of the label's */
};

static const struct label_case label_cases[] = {
    {"/text-table/label/short-ones-leave-the-column", 200, 10, 27},
    {"/text-table/label/takes-no-more-than-the-longest", 200, 47, 47},
    {"/text-table/label/takes-no-more-than-there-is", 110, 47, 37},
    {"/text-table/label/takes-nothing-where-nothing-is-left", 100, 47, 27},
};

static void label_takes_what_is_left(gconstpointer data)
{
    const struct label_case *c = data;
    struct text_table *table = table_of(c->width, c->longest, false);
    char *label = g_strnfill(c->taken, 'x');
    char *text = written(table, label);
    char *expected = g_strdup_printf("\n%s         12345 ", label);
    g_assert_nonnull(strstr(text, expected));
    g_free(expected);
    free(text);

    char *longer = g_strconcat(label, "x", NULL);
    text = written(table, longer);
    expected = g_strdup_printf("\n%s\n", longer);
    g_assert_nonnull(strstr(text, expected)); /* stands alone */
    g_free(expected);
    free(text);
    g_free(longer);
    g_free(label);
    text_table_free(table);
}

static void arrows_are_ascii_where_they_must(void)
{
    g_assert_cmpstr(text_title(TO_SERVER_ARROW, true), ==, TO_SERVER_ARROW);
    g_assert_cmpstr(text_title(TO_SERVER_ARROW, false), ==, "->");
    g_assert_cmpstr(text_title(TO_CLIENT_ARROW, false), ==, "<-");
    g_assert_cmpstr(text_title("conns", false), ==, "conns");
    struct text_table *table = table_of(100, 5, false);
    char *text = written(table, "10.0.0.5:443");
    g_assert_true(g_str_is_ascii(text));
    free(text);
    text_table_free(table);
}

static void free_of_nothing_does_nothing(void)
{
    text_table_free(NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(place_cases); i++)
        g_test_add_data_func(place_cases[i].name, &place_cases[i], columns_have_their_places);
    for (size_t i = 0; i < G_N_ELEMENTS(label_cases); i++)
        g_test_add_data_func(label_cases[i].name, &label_cases[i], label_takes_what_is_left);
    g_test_add_func("/text-table/arrows", arrows_are_ascii_where_they_must);
    g_test_add_func("/text-table/free-of-nothing", free_of_nothing_does_nothing);
    return g_test_run();
}
