/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "output/render_csv.h"

#include "segments.h"

#include <string.h>

static const struct story web = {.client = "10.0.0.9",
                                 .server = "10.0.0.5",
                                 .client_port = 51000,
                                 .server_port = 443,
                                 .request = 100,
                                 .response = 300};

static char *rendered(const struct recording *recording)
{
    char *text = NULL;
    size_t size = 0;
    struct render_settings settings = {TEXT_DEFAULT_WIDTH, true};
    struct report *report = recording_report(recording);
    FILE *out = open_memstream(&text, &size);
    render_csv(report, &settings, out);
    fclose(out);
    report_free(report);
    return text;
}

/* Reads CSV as RFC 4180 defines it, strictly: an array of lines, each an array of cells. */
static GPtrArray *parse(const char *text)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
    while (*text != '\0') {
        GPtrArray *cells = g_ptr_array_new_with_free_func(g_free);
        for (;;) {
            GString *cell = g_string_new(NULL);
            if (*text == '"') {
                text++;
                while (*text != '"' || text[1] == '"') {
                    g_assert_cmpint(*text, !=, '\0');
                    text += *text == '"';
                    g_string_append_c(cell, *text++);
                }
                text++;
            } else {
                size_t length = strcspn(text, ",\"\r\n");
                g_string_append_len(cell, text, (gssize)length);
                text += length;
            }
            g_ptr_array_add(cells, g_string_free(cell, FALSE));
            if (*text != ',')
                break;
            text++;
        }
        g_assert_true(g_str_has_prefix(text, "\r\n"));
        text += 2;
        g_ptr_array_add(lines, cells);
    }
    return lines;
}

static GPtrArray *rendered_lines(const struct recording *recording)
{
    char *text = rendered(recording);
    GPtrArray *lines = parse(text);
    free(text);
    for (guint i = 0; i < lines->len; i++)
        g_assert_cmpuint(((GPtrArray *)g_ptr_array_index(lines, i))->len, ==,
                         ((GPtrArray *)g_ptr_array_index(lines, 0))->len);
    return lines;
}

/* The cell under the title @name in line @line; line 0 has the titles. */
static const char *cell(const GPtrArray *lines, guint line, const char *name)
{
    const GPtrArray *titles = g_ptr_array_index(lines, 0);
    g_assert_cmpuint(line, <, lines->len);
    for (guint i = 0; i < titles->len; i++) {
        if (strcmp(g_ptr_array_index(titles, i), name) == 0)
            return g_ptr_array_index((GPtrArray *)g_ptr_array_index(lines, line), i);
    }
    g_error("no column is called %s", name);
}

static void a_line_per_server(void)
{
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry,format=csv");
    struct story other = web;
    other.server = "10.0.0.6";
    recording_connect(&recording, 0, &web);
    recording_connect(&recording, 1, &other);
    GPtrArray *lines = rendered_lines(&recording);
    g_assert_cmpuint(lines->len, ==, 3);
    g_assert_cmpstr(cell(lines, 1, "server"), ==, "10.0.0.5:443");
    g_assert_cmpstr(cell(lines, 2, "server"), ==, "10.0.0.6:443");
    g_assert_cmpstr(cell(lines, 1, "c2s_payload_bytes"), ==, "100");
    g_assert_cmpstr(cell(lines, 1, "s2c_payload_bytes"), ==, "300");
    g_assert_cmpstr(cell(lines, 1, "pcr"), ==, "-0.5");
    g_assert_cmpstr(cell(lines, 1, "asymmetry_ratio"), ==, "1.5");
    g_assert_cmpstr(cell(lines, 1, "role_evidence_handshake"), ==, "1");
    g_assert_cmpstr(cell(lines, 1, "turnaround_ms_client_gap_median"), ==, "");
    g_assert_cmpstr(cell(lines, 1, "message"), ==, "");
    g_ptr_array_unref(lines);
}

static void a_line_per_connection(void)
{
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry,format=csv,connections");
    recording_connect(&recording, 3, &web);
    recording_connect(&recording, 8, &web);
    GPtrArray *lines = rendered_lines(&recording);
    g_assert_cmpuint(lines->len, ==, 3);
    g_assert_cmpstr(cell(lines, 1, "stream"), ==, "3");
    g_assert_cmpstr(cell(lines, 2, "stream"), ==, "8");
    g_assert_cmpstr(cell(lines, 2, "client"), ==, "10.0.0.9:51000");
    g_assert_cmpstr(cell(lines, 2, "role_evidence"), ==, "handshake");
    g_assert_cmpstr(cell(lines, 2, "rst_by"), ==, "");
    g_ptr_array_unref(lines);
}

/* --- names that a packet chose --- */

static const char *chosen_name;

static char *chosen_address(const struct endpoint *endpoint)
{
    (void)endpoint;
    return g_strdup(chosen_name);
}

struct cell_case {
    const char *name;
    const char *address; /* what the server is called */
    const char *raw;     /* the cell as written */
    const char *read;    /* the cell as a reader sees it */
};

static const struct cell_case cell_cases[] = {
    {"/render-csv/cell/plain", "www", "www:443", "www:443"},
    {"/render-csv/cell/comma-is-quoted", "a,b", "\"a,b:443\"", "a,b:443"},
    {"/render-csv/cell/quote-is-doubled", "a\"b", "\"a\"\"b:443\"", "a\"b:443"},
    {"/render-csv/cell/quote-first", "\"", "\"\"\":443\"", "\":443"},
    {"/render-csv/cell/space-stays", " a b", " a b:443", " a b:443"},
    {"/render-csv/cell/formula-equals", "=1+1", "'=1+1:443", "'=1+1:443"},
    {"/render-csv/cell/formula-plus", "+1", "'+1:443", "'+1:443"},
    {"/render-csv/cell/formula-minus", "-1", "'-1:443", "'-1:443"},
    {"/render-csv/cell/formula-at", "@SUM(1)", "'@SUM(1):443", "'@SUM(1):443"},
    {"/render-csv/cell/formula-with-comma", "=A1,B1", "\"'=A1,B1:443\"", "'=A1,B1:443"},
    {"/render-csv/cell/equals-within-is-no-formula", "a=1", "a=1:443", "a=1:443"},
    {"/render-csv/cell/line-break-is-escaped", "a\r\nb", "a\\x0d\\x0ab:443", "a\\x0d\\x0ab:443"},
    {"/render-csv/cell/other-scripts-stay", "東京", "東京:443", "東京:443"},
};

static void cell_is(gconstpointer data)
{
    const struct cell_case *c = data;
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry,format=csv");
    recording.source.address_text = chosen_address;
    chosen_name = c->address;
    recording_connect(&recording, 0, &web);
    char *text = rendered(&recording);
    const char *second_line = strstr(text, "\r\n") + 2;
    char *expected = g_strconcat(c->raw, ",", NULL);
    g_assert_true(g_str_has_prefix(second_line, expected));
    g_free(expected);
    free(text);
    GPtrArray *lines = rendered_lines(&recording);
    g_assert_cmpstr(cell(lines, 1, "server"), ==, c->read);
    g_ptr_array_unref(lines);
}

static void negative_number_is_no_formula(void)
{
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry,format=csv");
    struct story story = web;
    story.request = 0;
    recording_connect(&recording, 0, &story);
    GPtrArray *lines = rendered_lines(&recording);
    g_assert_cmpstr(cell(lines, 1, "pcr"), ==, "-1");
    g_ptr_array_unref(lines);
}

/* --- nothing to show --- */

static void nothing_captured_has_a_message(gconstpointer argument)
{
    SCOPED_RECORDING recording = recording_new(argument);
    GPtrArray *lines = rendered_lines(&recording);
    g_assert_cmpuint(lines->len, ==, 2);
    g_assert_cmpstr(cell(lines, 1, "message"), ==, "No TCP packets found in this capture");
    g_assert_cmpstr(cell(lines, 1, "server"), ==, "");
    g_assert_cmpstr(cell(lines, 1, "c2s_packet_count"), ==, "");
    g_ptr_array_unref(lines);
}

static void missing_server_has_its_note_as_message(void)
{
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry,format=csv,server=192.0.2.1,port=22");
    recording_connect(&recording, 0, &web);
    GPtrArray *lines = rendered_lines(&recording);
    g_assert_cmpuint(lines->len, ==, 2);
    g_assert_cmpstr(cell(lines, 1, "message"), ==,
                    "192.0.2.1 is in no TCP connection of this capture. No server in this capture "
                    "has port 22.");
    g_ptr_array_unref(lines);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/render-csv/a-line-per-server", a_line_per_server);
    g_test_add_func("/render-csv/a-line-per-connection", a_line_per_connection);
    for (size_t i = 0; i < G_N_ELEMENTS(cell_cases); i++)
        g_test_add_data_func(cell_cases[i].name, &cell_cases[i], cell_is);
    g_test_add_func("/render-csv/cell/negative-number-is-no-formula",
                    negative_number_is_no_formula);
    g_test_add_data_func("/render-csv/message/no-servers", "tcp,asymmetry,format=csv",
                         nothing_captured_has_a_message);
    g_test_add_data_func("/render-csv/message/no-connections",
                         "tcp,asymmetry,format=csv,connections", nothing_captured_has_a_message);
    g_test_add_func("/render-csv/message/missing-server", missing_server_has_its_note_as_message);
    return g_test_run();
}
