/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "output/render.h"

#include "segments.h"
#include "base/text_format.h"

#include <string.h>

static const struct story web = {.client = "10.0.0.9",
                                 .server = "10.0.0.5",
                                 .client_port = 51000,
                                 .server_port = 443,
                                 .request = 100,
                                 .response = 300,
                                 .server_side = 25 * MS,
                                 .client_side = MS,
                                 .server_time = 40 * MS};

#define LONGEST_IPV6 "fd00:1111:2222:3333:4444:5555:6666:7777"

static char *rendered(const struct report *report, unsigned width, bool unicode)
{
    char *text = NULL;
    size_t size = 0;
    struct render_settings settings = {width, unicode};
    FILE *out = open_memstream(&text, &size);
    render_text(report, &settings, out);
    fclose(out);
    return text;
}

static char *rendered_capture(const struct capture *capture)
{
    struct report *report = report_new(&capture->source);
    char *text = rendered(report, TEXT_DEFAULT_WIDTH, true);
    report_free(report);
    return text;
}

static void assert_says(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        g_error("does not say \"%s\":\n%s", part, text);
}

static void assert_fits(const char *text, size_t width)
{
    char **lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        if (text_width(*line) > width)
            g_error("%u columns in: %s", (unsigned)text_width(*line), *line);
        if (g_str_has_suffix(*line, " "))
            g_error("a space at the end of: %s", *line);
    }
    g_strfreev(lines);
}

/* The first line of @text that has @part in it; the caller frees it. */
static char *line_with(const char *text, const char *part)
{
    char **lines = g_strsplit(text, "\n", -1);
    char *found = NULL;
    for (char **line = lines; *line != NULL && found == NULL; line++) {
        if (strstr(*line, part) != NULL)
            found = g_strdup(*line);
    }
    g_strfreev(lines);
    if (found == NULL)
        g_error("no line has \"%s\":\n%s", part, text);
    return found;
}

static size_t width_before(const char *line, const char *part)
{
    const char *at = strstr(line, part);
    g_assert_nonnull(at);
    char *before = g_strndup(line, (size_t)(at - line));
    size_t width = text_width(before);
    g_free(before);
    return width;
}

/* --- contents --- */

static void header_counts_the_capture(void)
{
    struct capture capture;
    capture_init(&capture, "tcp,asymmetry,label=office");
    capture_connection(&capture, 0, &web);
    char *text = rendered_capture(&capture);
    assert_says(text, "TCP Flow Asymmetry: 1 server, 1 connection (0 one-way), 5 segments\n");
    assert_says(text, "From 2026-11-23 05:12:27 UTC for 66.0 ms\n");
    assert_says(text, "Capture: office\n");
    free(text);
    capture_clear(&capture);
}

static void label_and_filter_are_made_safe(void)
{
    struct capture capture;
    capture_init(&capture, "tcp,asymmetry,label=a\033[2J,tcp.port==443 && frame contains \"\a\"");
    capture_connection(&capture, 0, &web);
    char *text = rendered_capture(&capture);
    assert_says(text, "Capture: a\\x1b[2J\n");
    assert_says(text, "Filter: tcp.port==443 && frame contains \"\\x07\"\n");
    g_assert_null(strchr(text, '\033'));
    g_assert_null(strchr(text, '\a'));
    free(text);
    capture_clear(&capture);
}

static void nothing_captured_says_so(void)
{
    struct capture capture;
    capture_init(&capture, "tcp,asymmetry,connections");
    char *text = rendered_capture(&capture);
    g_assert_cmpstr(text, ==, "TCP Flow Asymmetry\nNo TCP packets found in this capture\n");
    free(text);
    capture_clear(&capture);
}

static void notes_are_words_with_spaces(void)
{
    struct capture capture;
    capture_init(&capture, "tcp,asymmetry,server=192.0.2.1");
    capture.source.analysed = false;
    capture_connection(&capture, 0, &web);
    char *text = rendered_capture(&capture);
    assert_says(text, "Note: TCP sequence analysis is off");
    assert_says(text, "Note: 192.0.2.1 is in no TCP connection of this capture.");
    assert_fits(text, TEXT_DEFAULT_WIDTH);
    free(text);
    capture_clear(&capture);
}

static void rest_beyond_the_top_is_told(void)
{
    struct capture capture;
    capture_init(&capture, "tcp,asymmetry,top=1");
    struct story other = web;
    other.server = "10.0.0.6";
    capture_connection(&capture, 0, &web);
    capture_connection(&capture, 1, &other);
    char *text = rendered_capture(&capture);
    assert_says(text, "The first 1 of 2 servers; top=N shows more.\n");
    g_assert_null(strstr(text, "10.0.0.6"));
    free(text);
    capture_clear(&capture);
}

static void paragraph_tells_service_meaning_evidence_and_times(void)
{
    struct capture capture;
    capture_init(&capture, "tcp,asymmetry");
    struct story guessed = {.client = "10.0.0.8",
                            .server = "10.0.0.5",
                            .client_port = 40000,
                            .server_port = 443,
                            .request = 5,
                            .no_handshake = true};
    capture_connection(&capture, 0, &web);
    capture_connection(&capture, 1, &guessed);
    char *text = rendered_capture(&capture);
    char **words = g_strsplit_set(text, " \n", -1);
    GString *flat = g_string_new(NULL);
    for (char **word = words; *word != NULL; word++) {
        if (**word != '\0')
            g_string_append_printf(flat, "%s ", *word);
    }
    assert_says(flat->str, "10.0.0.5:443: 74 % of the payload (405 B) comes from the server.");
    assert_says(flat->str, "1 connection seen in one direction only.");
    assert_says(flat->str,
                "Server by its handshake in 1, by the handshake of another connection in 1.");
    assert_says(flat->str,
                "Handshake: 25.0 ms on the server's side, 1.00 ms on the client's. Server's "
                "response: median 40.0 ms, largest 40.0 ms.");
    g_string_free(flat, TRUE);
    g_strfreev(words);
    free(text);
    capture_clear(&capture);
}

static void guess_is_shown_as_one(void)
{
    struct capture capture;
    capture_init(&capture, "tcp,asymmetry,connections");
    struct story guessed = {.client = "10.0.0.8",
                            .server = "10.0.0.5",
                            .client_port = 1600,
                            .server_port = 1500,
                            .request = 5,
                            .no_handshake = true};
    capture_connection(&capture, 0, &guessed);
    char *text = rendered_capture(&capture);
    assert_says(text, "Server by a guess (the lower port).");
    char *line = line_with(text, "10.0.0.8:1600");
    assert_says(line, " guess ");
    g_free(line);
    free(text);
    capture_clear(&capture);
}

static void unknown_is_a_dash(void)
{
    struct capture capture;
    capture_init(&capture, "tcp,asymmetry");
    capture.source.analysed = false;
    struct story story = {.client = "10.0.0.8",
                          .server = "10.0.0.5",
                          .client_port = 40000,
                          .server_port = 443,
                          .server_unseen = true};
    capture_connection(&capture, 0, &story);
    char *text = rendered_capture(&capture);
    char *line = line_with(text, "10.0.0.5:443  ");
    char **cells = g_strsplit_set(line, " ", -1);
    guint dashes = 0;
    for (char **one = cells; *one != NULL; one++)
        dashes += strcmp(*one, "-") == 0;
    /* Retransmissions of both directions, ratio, PCR and its bar. */
    g_assert_cmpuint(dashes, ==, 5);
    g_strfreev(cells);
    g_free(line);
    free(text);
    capture_clear(&capture);
}

/* --- bars --- */

struct bar_case {
    const char *name;
    uint32_t request, response;
    const char *pcr, *bar, *plain_bar;
};

static const struct bar_case bar_cases[] = {
    {"/render-text/bar/all-from-the-client", 100, 0, "+1.00", "   │███", "   |>>>"},
    {"/render-text/bar/all-from-the-server", 0, 100, "-1.00", "███│", "<<<|"},
    {"/render-text/bar/balanced", 100, 100, "+0.00", "   │", "   |"},
    {"/render-text/bar/half-from-the-client", 75, 25, "+0.50", "   │█▌", "   |>"},
    {"/render-text/bar/half-from-the-server", 25, 75, "-0.50", " ▐█│", "  <|"},
};

static void bar_is(gconstpointer data)
{
    const struct bar_case *c = data;
    struct capture capture;
    capture_init(&capture, "tcp,asymmetry");
    struct story story = web;
    story.request = c->request;
    story.response = c->response;
    capture_connection(&capture, 0, &story);
    struct report *report = report_new(&capture.source);
    for (int unicode = 0; unicode < 2; unicode++) {
        char *text = rendered(report, TEXT_DEFAULT_WIDTH, unicode != 0);
        char *line = line_with(text, "10.0.0.5:443  ");
        char *end = g_strconcat(c->pcr, " ", unicode != 0 ? c->bar : c->plain_bar, NULL);
        if (!g_str_has_suffix(line, end))
            g_error("does not end with \"%s\": %s", end, line);
        g_free(end);
        g_free(line);
        free(text);
    }
    report_free(report);
    capture_clear(&capture);
}

/* --- width --- */

/* The largest numbers that a snapshot can hold, in all of its cells at once. */
static void fill_with_largest(struct row *row)
{
    row->connections = row->one_way_connections = UINT32_MAX;
    for (int direction = 0; direction < 2; direction++) {
        for (int i = 0; i < COUNTER_COUNT; i++)
            row->totals[direction].count[i] = UINT64_MAX / 2;
    }
}

static void largest_numbers_fit(void)
{
    struct capture capture;
    capture_init(&capture, "tcp,asymmetry");
    struct story story = web;
    story.server = "255.255.255.255";
    story.client_port = story.server_port = 65535;
    capture_connection(&capture, 0, &story);
    struct report *report = report_new(&capture.source);
    fill_with_largest(g_ptr_array_index(report->rows, 0));
    char *text = rendered(report, TEXT_DEFAULT_WIDTH, true);
    assert_fits(text, TEXT_DEFAULT_WIDTH);
    free(text);
    report_free(report);
    capture_clear(&capture);
}

struct one_way_case {
    const char *name;
    uint64_t one_way;
    const char *shown;
};

static const struct one_way_case one_way_cases[] = {
    {"/render-text/width/9999-one-way-connections", 9999, " 9999 "},
    {"/render-text/width/10000-one-way-connections", 10000, NULL},
    {"/render-text/width/99999-one-way-connections", 99999, NULL},
};

/* Whether the PCR and the bar stay under their titles, whatever stands before them. */
static void assert_row_is_aligned(const char *text, const char *label)
{
    char *titles = line_with(text, "PCR");
    char *line = line_with(text, label);
    size_t pcr_end = width_before(titles, "PCR") + strlen("PCR");
    g_assert_cmpuint(width_before(line, "-0.50") + strlen("-0.50"), ==, pcr_end);
    g_free(line);
    g_free(titles);
}

static void one_way_connections_stay_in_their_column(gconstpointer data)
{
    const struct one_way_case *c = data;
    struct capture capture;
    capture_init(&capture, "tcp,asymmetry");
    capture_connection(&capture, 0, &web);
    struct report *report = report_new(&capture.source);
    ((struct row *)g_ptr_array_index(report->rows, 0))->one_way_connections = c->one_way;
    char *text = rendered(report, TEXT_DEFAULT_WIDTH, true);
    if (c->shown != NULL)
        assert_says(text, c->shown);
    assert_fits(text, TEXT_DEFAULT_WIDTH);
    assert_row_is_aligned(text, "10.0.0.5:443  ");
    free(text);
    report_free(report);
    capture_clear(&capture);
}

struct ratio_case {
    const char *name;
    uint64_t client, server;
    const char *shown;
};

static const struct ratio_case ratio_cases[] = {
    {"/render-text/ratio/small", 1, 1000000, " 0.00 "},
    {"/render-text/ratio/two-decimals", 3, 2, " 1.50 "},
    {"/render-text/ratio/just-under-100", 9999, 100, " 99.99 "},
    {"/render-text/ratio/rounds-to-100", 99996, 1000, " 100.0 "},
    {"/render-text/ratio/one-decimal", 12345, 100, NULL},
    {"/render-text/ratio/rounds-to-1000", 999960, 1000, " 1000 "},
    {"/render-text/ratio/thousands", 5000000, 1000, " 5000 "},
    {"/render-text/ratio/largest", UINT64_MAX / 2, 1, " 9.22E "},
};

static void ratio_stays_in_its_column(gconstpointer data)
{
    const struct ratio_case *c = data;
    struct capture capture;
    capture_init(&capture, "tcp,asymmetry");
    capture_connection(&capture, 0, &web);
    struct report *report = report_new(&capture.source);
    struct row *row = g_ptr_array_index(report->rows, 0);
    row->totals[CLIENT_TO_SERVER].count[COUNTER_PACKETS] = c->client;
    row->totals[SERVER_TO_CLIENT].count[COUNTER_PACKETS] = c->server;
    char *text = rendered(report, TEXT_DEFAULT_WIDTH, true);
    if (c->shown != NULL)
        assert_says(text, c->shown);
    assert_fits(text, TEXT_DEFAULT_WIDTH);
    assert_row_is_aligned(text, "10.0.0.5:443  ");
    free(text);
    report_free(report);
    capture_clear(&capture);
}

static void columns_stand_under_their_titles(void)
{
    struct capture capture;
    capture_init(&capture, "tcp,asymmetry");
    capture_connection(&capture, 0, &web);
    char *text = rendered_capture(&capture);
    char *titles = line_with(text, "conns");
    char *line = line_with(text, "10.0.0.5:443  ");
    g_assert_cmpuint(width_before(titles, "server"), ==, 0);
    g_assert_cmpuint(width_before(line, "10.0.0.5"), ==, 0);
    g_assert_cmpuint(width_before(titles, "conns") + strlen("conns"), ==,
                     width_before(line, " 1 ") + 2);
    assert_row_is_aligned(text, "10.0.0.5:443  ");
    g_free(line);
    g_free(titles);
    free(text);
    capture_clear(&capture);
}

static void long_labels_stand_alone(void)
{
    struct capture capture;
    capture_init(&capture, "tcp,asymmetry,connections");
    struct story story = web;
    story.client = story.server = LONGEST_IPV6;
    capture_connection(&capture, 0, &story);
    char *text = rendered_capture(&capture);
    assert_fits(text, TEXT_DEFAULT_WIDTH);
    assert_says(text, "\n[" LONGEST_IPV6 "]:443\n");
    assert_says(text, "     0 [" LONGEST_IPV6 "]:51000\n");
    assert_row_is_aligned(text, "-0.50");
    free(text);
    capture_clear(&capture);
}

static void wide_terminal_has_room_for_labels(void)
{
    struct capture capture;
    capture_init(&capture, "tcp,asymmetry");
    struct story story = web;
    story.server = LONGEST_IPV6;
    capture_connection(&capture, 0, &story);
    struct report *report = report_new(&capture.source);
    char *text = rendered(report, 200, true);
    char *line = line_with(text, "[" LONGEST_IPV6 "]:443 ");
    assert_says(line, "-0.50");
    assert_fits(text, 200);
    g_free(line);
    free(text);
    report_free(report);
    capture_clear(&capture);
}

static void narrow_settings_count_as_the_default(void)
{
    struct capture capture;
    capture_init(&capture, "tcp,asymmetry,connections");
    capture_connection(&capture, 0, &web);
    struct report *report = report_new(&capture.source);
    char *narrow = rendered(report, 0, true), *usual = rendered(report, TEXT_DEFAULT_WIDTH, true);
    g_assert_cmpstr(narrow, ==, usual);
    free(narrow);
    free(usual);
    report_free(report);
    capture_clear(&capture);
}

struct duration_case {
    const char *name;
    int64_t duration;
};

static const struct duration_case duration_cases[] = {
    {"/render-text/width/connection-of-999.9-ms", 999900000},
    {"/render-text/width/connection-of-an-hour", 3600 * S},
    {"/render-text/width/connection-of-23-h-59-min", 86399 * S},
    {"/render-text/width/connection-of-292-years", INT64_MAX},
};

static void long_connections_fit(gconstpointer data)
{
    const struct duration_case *c = data;
    struct capture capture;
    capture_init(&capture, "tcp,asymmetry,connections");
    struct story story = web;
    story.client = story.server = "255.255.255.255";
    story.server_resets = true;
    struct flow *flow = capture_connection(&capture, 0, &story);
    flow->stream = UINT32_MAX - 1;
    flow->first_time = 0;
    flow->last_time = c->duration;
    for (int end = 0; end < 2; end++) {
        flow->sides[end].wide[COUNTER_BYTES] = UINT64_MAX / 2;
        flow->extra->rare[end][COUNTER_RETRANSMISSIONS - COUNTER_NARROW_END] = UINT32_MAX;
    }
    char *text = rendered_capture(&capture);
    assert_fits(text, TEXT_DEFAULT_WIDTH);
    free(text);
    capture_clear(&capture);
}

/* --- plain text --- */

static void plain_text_is_ascii(void)
{
    struct capture capture;
    capture_init(&capture, "tcp,asymmetry,connections,top=1,server=10.0.0.0/8,server=192.0.2.1");
    struct story other = web;
    other.server = "10.0.0.6";
    other.request = 90000;
    other.server_resets = true;
    capture_connection(&capture, 0, &web);
    capture_connection(&capture, 1, &other);
    struct report *report = report_new(&capture.source);
    char *plain = rendered(report, TEXT_DEFAULT_WIDTH, false);
    char *unicode = rendered(report, TEXT_DEFAULT_WIDTH, true);
    g_assert_true(g_str_is_ascii(plain));
    g_assert_false(g_str_is_ascii(unicode));
    g_assert_true(g_utf8_validate(unicode, -1, NULL));
    assert_says(plain, "->");
    assert_says(plain, "<-");
    assert_fits(plain, TEXT_DEFAULT_WIDTH);
    assert_fits(unicode, TEXT_DEFAULT_WIDTH);
    free(plain);
    free(unicode);
    report_free(report);
    capture_clear(&capture);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/render-text/header/counts-the-capture", header_counts_the_capture);
    g_test_add_func("/render-text/header/label-and-filter-are-made-safe",
                    label_and_filter_are_made_safe);
    g_test_add_func("/render-text/message/nothing-captured", nothing_captured_says_so);
    g_test_add_func("/render-text/notes/words-with-spaces", notes_are_words_with_spaces);
    g_test_add_func("/render-text/notes/rest-beyond-the-top", rest_beyond_the_top_is_told);
    g_test_add_func("/render-text/paragraph/meaning-basis-and-times",
                    paragraph_tells_service_meaning_evidence_and_times);
    g_test_add_func("/render-text/paragraph/guess-is-shown-as-one", guess_is_shown_as_one);
    g_test_add_func("/render-text/table/unknown-is-a-dash", unknown_is_a_dash);
    g_test_add_func("/render-text/table/columns-stand-under-their-titles",
                    columns_stand_under_their_titles);
    for (size_t i = 0; i < G_N_ELEMENTS(bar_cases); i++)
        g_test_add_data_func(bar_cases[i].name, &bar_cases[i], bar_is);
    for (size_t i = 0; i < G_N_ELEMENTS(ratio_cases); i++)
        g_test_add_data_func(ratio_cases[i].name, &ratio_cases[i], ratio_stays_in_its_column);
    for (size_t i = 0; i < G_N_ELEMENTS(one_way_cases); i++)
        g_test_add_data_func(one_way_cases[i].name, &one_way_cases[i],
                             one_way_connections_stay_in_their_column);
    g_test_add_func("/render-text/width/largest-numbers", largest_numbers_fit);
    g_test_add_func("/render-text/width/long-labels-stand-alone", long_labels_stand_alone);
    g_test_add_func("/render-text/width/wide-terminal-has-room-for-labels",
                    wide_terminal_has_room_for_labels);
    g_test_add_func("/render-text/width/narrow-counts-as-the-default",
                    narrow_settings_count_as_the_default);
    for (size_t i = 0; i < G_N_ELEMENTS(duration_cases); i++)
        g_test_add_data_func(duration_cases[i].name, &duration_cases[i], long_connections_fit);
    g_test_add_func("/render-text/ascii/is-ascii", plain_text_is_ascii);
    return g_test_run();
}
