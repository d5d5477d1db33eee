/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "output/text_wrap.h"

#include <stdlib.h>
#include <string.h>

/* --- paragraphs --- */

struct wrap_case {
    const char *name, *text;
    size_t width, indent;
    const char *expected;
};

static const struct wrap_case wrap_cases[] = {
    {"/text-wrap/wrapped/empty", "", 10, 2, "\n"},
    {"/text-wrap/wrapped/fits", "one two", 7, 2, "one two\n"},
    {"/text-wrap/wrapped/one-column-too-many", "one two", 6, 2, "one\n  two\n"},
    {"/text-wrap/wrapped/indent-takes-columns", "one two three", 7, 2, "one two\n  three\n"},
    {"/text-wrap/wrapped/indent-leaves-no-room", "one two three", 7, 3, "one two\n   three\n"},
    {"/text-wrap/wrapped/long-word-stands-alone", "a longest b", 5, 1, "a\n longest\n b\n"},
    {"/text-wrap/wrapped/long-word-first", "longest b", 5, 1, "longest\n b\n"},
    {"/text-wrap/wrapped/several-lines", "a b c d e f", 3, 0, "a b\nc d\ne f\n"},
    {"/text-wrap/wrapped/columns-not-bytes", "→→→ ←←←", 7, 0, "→→→ ←←←\n"},
    {"/text-wrap/wrapped/columns-not-bytes-too-many", "→→→ ←←←", 6, 1, "→→→\n ←←←\n"},
    {"/text-wrap/wrapped/wide-characters-take-two", "日本 日本", 9, 0, "日本 日本\n"},
    {"/text-wrap/wrapped/wide-characters-take-two-too-many", "日本 日本", 8, 0, "日本\n日本\n"},
    {"/text-wrap/wrapped/no-blanks-at-the-end", "one two ", 8, 2, "one two\n"},
    {"/text-wrap/wrapped/indent-of-many-columns", "a b", 1, 50,
     "a\n                                                  b\n"},
};

static void text_is_wrapped(gconstpointer data)
{
    const struct wrap_case *c = data;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    write_wrapped(c->text, c->width, c->indent, out);
    fclose(out);
    g_assert_cmpstr(text, ==, c->expected);
    free(text);
}

/* --- cells --- */

struct pad_case {
    const char *name, *text;
    unsigned width;
    bool right;
    const char *expected; /* behind a "|" */
};

static const struct pad_case pad_cases[] = {
    {"/text-wrap/padded/left", "ab", 4, false, "|ab  "},
    {"/text-wrap/padded/right", "ab", 4, true, "|  ab"},
    {"/text-wrap/padded/exactly", "abcd", 4, true, "|abcd"},
    {"/text-wrap/padded/too-long-stays-whole", "abcde", 4, false, "|abcde"},
    {"/text-wrap/padded/columns-not-bytes", "→", 3, true, "|  →"},
    {"/text-wrap/padded/empty", "", 2, false, "|  "},
};

static void text_is_padded(gconstpointer data)
{
    const struct pad_case *c = data;
    GString *line = g_string_new("|");
    append_padded(line, c->text, c->width, c->right);
    g_assert_cmpstr(line->str, ==, c->expected);
    g_string_free(line, TRUE);
}

static void any_number_of_blanks_is_appended(void)
{
    for (size_t count = 0; count < 200; count++) {
        GString *line = g_string_new("|");
        append_blanks(line, count);
        g_assert_cmpuint(line->len, ==, count + 1);
        g_assert_cmpuint(strspn(line->str + 1, " "), ==, count);
        g_string_free(line, TRUE);
    }
}

static void lines_end_without_blanks_and_begin_anew(void)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    GString *line = g_string_new("  one  ");
    write_line(line, out);
    g_assert_cmpuint(line->len, ==, 0);
    write_line(line, out);
    g_string_append(line, "   ");
    write_line(line, out);
    g_string_free(line, TRUE);
    fclose(out);
    g_assert_cmpstr(text, ==, "  one\n\n\n");
    free(text);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(wrap_cases); i++)
        g_test_add_data_func(wrap_cases[i].name, &wrap_cases[i], text_is_wrapped);
    for (size_t i = 0; i < G_N_ELEMENTS(pad_cases); i++)
        g_test_add_data_func(pad_cases[i].name, &pad_cases[i], text_is_padded);
    g_test_add_func("/text-wrap/blanks", any_number_of_blanks_is_appended);
    g_test_add_func("/text-wrap/line", lines_end_without_blanks_and_begin_anew);
    return g_test_run();
}
