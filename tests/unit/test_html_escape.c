/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "output/html_escape.h"

#include <stdlib.h>
#include <string.h>

struct escape_case {
    const char *name, *text, *expected;
};

static const struct escape_case text_cases[] = {
    {"/html-escape/text/empty", "", ""},
    {"/html-escape/text/plain", "10.0.0.5:443\n", "10.0.0.5:443\n"},
    {"/html-escape/text/element", "</pre><script>", "&lt;/pre&gt;&lt;script&gt;"},
    {"/html-escape/text/entity", "&lt;", "&amp;lt;"},
    {"/html-escape/text/quotes", "\"a'", "&quot;a'"},
    {"/html-escape/text/controls", "a\001\033\r\tb",
     "a\357\277\275\357\277\275\357\277\275\357\277\275b"},
    {"/html-escape/text/not-utf-8", "a\377b", "a\357\277\275b"},
    {"/html-escape/text/not-ascii", "→ münchen █", "→ münchen █"},
};

static const struct escape_case json_cases[] = {
    {"/html-escape/json/empty", "", ""},
    {"/html-escape/json/plain", "{\"a\": [1, null]}", "{\"a\": [1, null]}"},
    {"/html-escape/json/end-of-script", "\"</script>\"", "\"\\u003c/script\\u003e\""},
    {"/html-escape/json/comment", "\"<!--\"", "\"\\u003c!--\""},
    {"/html-escape/json/entity", "\"&lt;\"", "\"\\u0026lt;\""},
    {"/html-escape/json/ends-of-lines", "\"\342\200\250\342\200\251\"", "\"\\u2028\\u2029\""},
    {"/html-escape/json/neighbours-of-ends-of-lines", "\"\342\200\247\342\200\252→\"",
     "\"\342\200\247\342\200\252→\""},
    {"/html-escape/json/escapes-stay", "\"\\n\\\\\\u0001\"", "\"\\n\\\\\\u0001\""},
};

static void text_is_escaped(gconstpointer data)
{
    const struct escape_case *c = data;
    char *written = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&written, &size);
    html_write_text(c->text, out);
    fclose(out);
    g_assert_cmpstr(written, ==, c->expected);
    free(written);
}

static void json_is_escaped(gconstpointer data)
{
    const struct escape_case *c = data;
    char *written = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&written, &size);
    html_write_json(c->text, strlen(c->text), out);
    fclose(out);
    g_assert_cmpstr(written, ==, c->expected);
    free(written);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(text_cases); i++)
        g_test_add_data_func(text_cases[i].name, &text_cases[i], text_is_escaped);
    for (size_t i = 0; i < G_N_ELEMENTS(json_cases); i++)
        g_test_add_data_func(json_cases[i].name, &json_cases[i], json_is_escaped);
    return g_test_run();
}
