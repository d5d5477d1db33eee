/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "output/render_text.h"

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

static char *rendered_recording(const struct recording *recording)
{
    struct report *report = recording_report(recording);
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
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry,label=office");
    recording_connect(&recording, 0, &web);
    char *text = rendered_recording(&recording);
    assert_says(text, "TCP Flow Asymmetry: 1 server, 1 connection (0 one-way), 5 segments\n");
    assert_says(text, "From 2026-11-23 05:12:27 UTC for 66.0 ms\n");
    assert_says(text, "Capture: office\n");
    free(text);
}

/* Three servers at two addresses, with two ports. */
struct group_case {
    const char *name, *argument, *header;
    uint64_t servers, groups;
};

static const struct group_case group_cases[] = {
    {"/render-text/header/servers", "tcp,asymmetry",
     "TCP Flow Asymmetry: 3 servers, 4 connections (1 one-way), ", 3, 3},
    {"/render-text/header/servers-and-addresses", "tcp,asymmetry,by=address",
     "TCP Flow Asymmetry: 3 servers, 2 addresses, 4 connections (1 one-way), ", 3, 2},
    {"/render-text/header/servers-and-ports", "tcp,asymmetry,by=port",
     "TCP Flow Asymmetry: 3 servers, 2 ports, 4 connections (1 one-way), ", 3, 2},
    {"/render-text/header/whole-capture-whatever-is-selected",
     "tcp,asymmetry,by=address,server=10.0.0.6",
     "TCP Flow Asymmetry: 3 servers, 2 addresses, 4 connections (1 one-way), ", 3, 2},
    {"/render-text/header/whole-capture-whatever-the-top", "tcp,asymmetry,by=port,top=1",
     "TCP Flow Asymmetry: 3 servers, 2 ports, 4 connections (1 one-way), ", 3, 2},
};

static void header_counts_servers_and_rows(gconstpointer data)
{
    const struct group_case *c = data;
    SCOPED_RECORDING recording = recording_new(c->argument);
    add_three_servers(&recording);
    struct report *report = recording_report(&recording);
    g_assert_cmpuint(report->servers, ==, c->servers);
    g_assert_cmpuint(report->groups, ==, c->groups);
    report_free(report);
    char *text = rendered_recording(&recording);
    assert_says(text, c->header);
    free(text);
}

static void one_of_each_is_singular(void)
{
    static const struct {
        const char *argument, *header;
    } cases[] = {{"tcp,asymmetry", ": 1 server, 1 connection "},
                 {"tcp,asymmetry,by=address", ": 1 server, 1 address, 1 connection "},
                 {"tcp,asymmetry,by=port", ": 1 server, 1 port, 1 connection "}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        SCOPED_RECORDING recording = recording_new(cases[i].argument);
        recording_connect(&recording, 0, &web);
        char *text = rendered_recording(&recording);
        assert_says(text, cases[i].header);
        free(text);
    }
}

static void label_and_filter_are_made_safe(void)
{
    SCOPED_RECORDING recording =
        recording_new("tcp,asymmetry,label=a\033[2J,tcp.port==443 && frame contains \"\a\"");
    recording_connect(&recording, 0, &web);
    char *text = rendered_recording(&recording);
    assert_says(text, "Capture: a\\x1b[2J\n");
    assert_says(text, "Filter: tcp.port==443 && frame contains \"\\x07\"\n");
    g_assert_null(strchr(text, '\033'));
    g_assert_null(strchr(text, '\a'));
    free(text);
}

static void nothing_captured_says_so(void)
{
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry,connections");
    char *text = rendered_recording(&recording);
    g_assert_cmpstr(text, ==, "TCP Flow Asymmetry\nNo TCP packets found in this capture\n");
    free(text);
}

static void nothing_but_untapped_segments_has_its_note(void)
{
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry");
    recording.source.untapped = 2;
    char *text = rendered_recording(&recording);
    assert_says(
        text,
        "TCP Flow Asymmetry\nNo TCP packet of this capture could be dissected\nNote: Wireshark "
        "did not pass 2 TCP segments");
    assert_fits(text, TEXT_DEFAULT_WIDTH);
    free(text);
}

static void notes_are_words_with_spaces(void)
{
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry,server=192.0.2.1");
    recording.source.analysed = false;
    recording_connect(&recording, 0, &web);
    char *text = rendered_recording(&recording);
    assert_says(text, "Note: TCP sequence analysis is off");
    assert_says(text, "Note: 192.0.2.1 is in no TCP connection of this capture.");
    assert_fits(text, TEXT_DEFAULT_WIDTH);
    free(text);
}

static void rest_beyond_the_top_is_told(void)
{
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry,top=1");
    struct story other = web;
    other.server = "10.0.0.6";
    recording_connect(&recording, 0, &web);
    recording_connect(&recording, 1, &other);
    char *text = rendered_recording(&recording);
    assert_says(text, "The first 1 of 2 servers; top=N shows more.\n");
    g_assert_null(strstr(text, "10.0.0.6"));
    free(text);
}

static void rest_beyond_the_top_has_the_word_of_the_rows(void)
{
    static const struct {
        const char *argument, *rest;
    } cases[] = {{"tcp,asymmetry,by=address,top=1", "The first 1 of 2 addresses; "},
                 {"tcp,asymmetry,by=port,top=1", "The first 1 of 2 ports; "}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        SCOPED_RECORDING recording = recording_new(cases[i].argument);
        add_three_servers(&recording);
        char *text = rendered_recording(&recording);
        assert_says(text, cases[i].rest);
        free(text);
    }
}

static void times_are_medians_and_largest(void)
{
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry");
    struct story guessed = {.client = "10.0.0.8",
                            .server = "10.0.0.5",
                            .client_port = 40000,
                            .server_port = 443,
                            .request = 5,
                            .no_handshake = true};
    recording_connect(&recording, 0, &web);
    recording_connect(&recording, 1, &guessed);
    char *text = rendered_recording(&recording);
    const char *times = strstr(text, "\nTimes\n");
    g_assert_nonnull(times);
    assert_says(times, "10.0.0.5:443              2 handshake 1.00 ms 25.0 ms 40.0 ms 40.0 ms ");
    free(text);
}

/* --- findings --- */

static void healthy_capture_says_that_nothing_is_wrong(void)
{
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry");
    recording_connect(&recording, 0, &web);
    char *text = rendered_recording(&recording);
    assert_says(text, "\nThis capture can be trusted.\nFindings: none\n");
    assert_says(text, "\nFindings\nNothing wrong was found.\n");
    free(text);
}

static void answer_comes_before_the_tables(void)
{
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry");
    struct story aborted = web;
    aborted.server_resets = true;
    recording_connect(&recording, 0, &web);
    recording_connect(&recording, 1, &aborted);
    char *text = rendered_recording(&recording);
    assert_says(text, "\nFindings: 1 warning\n");
    assert_says(text, "\n[warn] 10.0.0.5:443, at ");
    assert_says(text, ")\n    The server reset 1 established connection: ");
    assert_says(text, "\n    tcp.stream == 1 && tcp.srcport == 443 && tcp.flags.reset == 1\n");
    g_assert_true(strstr(text, "[warn]") < strstr(text, "\nTraffic\n"));
    free(text);
}

static void finding_of_a_server_beyond_the_top_is_told(void)
{
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry,top=1");
    struct story aborted = web;
    aborted.server = "10.0.0.6";
    aborted.response = 0;
    aborted.server_resets = true;
    recording_connect(&recording, 0, &web);
    recording_connect(&recording, 1, &aborted);
    char *text = rendered_recording(&recording);
    assert_says(text, "\n[warn] 10.0.0.6:443, at ");
    g_assert_null(strstr(text, "\n10.0.0.6:443"));
    free(text);
}

static void legend_has_three_lines_at_most(void)
{
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry");
    recording_connect(&recording, 0, &web);
    struct report *report = recording_report(&recording);
    for (int unicode = 0; unicode < 2; unicode++) {
        char *text = rendered(report, TEXT_LEAST_WIDTH, unicode != 0);
        char **lines = g_strsplit(strstr(text, "client to server"), "\n", -1);
        g_assert_cmpuint(g_strv_length(lines), <=, 4); /* an empty one at the end */
        g_strfreev(lines);
        free(text);
    }
    report_free(report);
}

static void guess_is_shown_as_one(void)
{
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry,connections");
    struct story guessed = {.client = "10.0.0.8",
                            .server = "10.0.0.5",
                            .client_port = 1600,
                            .server_port = 1500,
                            .request = 5,
                            .no_handshake = true};
    recording_connect(&recording, 0, &guessed);
    char *text = rendered_recording(&recording);
    char *line = line_with(text, "10.0.0.8:1600");
    assert_says(line, " guess ");
    assert_says(text, "\n    The server of 1 connection is a guess: ");
    g_free(line);
    free(text);
}

static void unknown_is_a_dash(void)
{
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry");
    recording.source.analysed = false;
    struct story story = {.client = "10.0.0.8",
                          .server = "10.0.0.5",
                          .client_port = 40000,
                          .server_port = 443,
                          .server_unseen = true};
    recording_connect(&recording, 0, &story);
    char *text = rendered_recording(&recording);
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
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry");
    struct story story = web;
    story.request = c->request;
    story.response = c->response;
    recording_connect(&recording, 0, &story);
    struct report *report = recording_report(&recording);
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
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry");
    struct story story = web;
    story.server = "255.255.255.255";
    story.client_port = story.server_port = 65535;
    recording_connect(&recording, 0, &story);
    struct report *report = recording_report(&recording);
    fill_with_largest(g_ptr_array_index(report->rows, 0));
    char *text = rendered(report, TEXT_DEFAULT_WIDTH, true);
    assert_fits(text, TEXT_DEFAULT_WIDTH);
    free(text);
    report_free(report);
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
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry");
    recording_connect(&recording, 0, &web);
    struct report *report = recording_report(&recording);
    ((struct row *)g_ptr_array_index(report->rows, 0))->one_way_connections = c->one_way;
    char *text = rendered(report, TEXT_DEFAULT_WIDTH, true);
    if (c->shown != NULL)
        assert_says(text, c->shown);
    assert_fits(text, TEXT_DEFAULT_WIDTH);
    assert_row_is_aligned(text, "10.0.0.5:443  ");
    free(text);
    report_free(report);
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
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry");
    recording_connect(&recording, 0, &web);
    struct report *report = recording_report(&recording);
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
}

static void columns_stand_under_their_titles(void)
{
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry");
    recording_connect(&recording, 0, &web);
    char *text = rendered_recording(&recording);
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
}

static void long_labels_stand_alone(void)
{
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry,connections");
    struct story story = web;
    story.client = story.server = LONGEST_IPV6;
    recording_connect(&recording, 0, &story);
    char *text = rendered_recording(&recording);
    assert_fits(text, TEXT_DEFAULT_WIDTH);
    assert_says(text, "\n[" LONGEST_IPV6 "]:443\n");
    assert_says(text, "     0 [" LONGEST_IPV6 "]:51000\n");
    assert_row_is_aligned(text, "-0.50");
    free(text);
}

static void wide_terminal_has_room_for_labels(void)
{
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry");
    struct story story = web;
    story.server = LONGEST_IPV6;
    recording_connect(&recording, 0, &story);
    struct report *report = recording_report(&recording);
    char *text = rendered(report, 200, true);
    char *line = line_with(text, "[" LONGEST_IPV6 "]:443 ");
    assert_says(line, "-0.50");
    assert_fits(text, 200);
    g_free(line);
    free(text);
    report_free(report);
}

/* --- tables that are narrow or wide --- */

/* Everything that takes room: both tables, all of the legend, long paragraphs with findings, notes;
 * labels that fit their columns. */
static void record_much(struct recording *recording)
{
    static const struct story stories[] = {
        {.client = "192.168.100.109",
         .server = "192.168.100.105",
         .client_port = 51000,
         .server_port = 50443,
         .request = 40000,
         .response = 1300000000,
         .server_side = 600 * MS,
         .client_side = 700 * MS,
         .server_time = 3 * S,
         .server_resets = true},
        {.client = "192.168.100.109",
         .server = "192.168.100.105",
         .client_port = 51001,
         .server_port = 50443,
         .request = 40000,
         .no_handshake = true,
         .server_unseen = true},
        {.client = "10.0.0.9",
         .server = "10.0.0.6",
         .client_port = 1500,
         .server_port = 1600,
         .request = 1,
         .response = 1,
         .no_handshake = true,
         .client_resets = true},
    };
    for (uint32_t i = 0; i < G_N_ELEMENTS(stories); i++)
        recording_connect(recording, i, &stories[i]);
    recording->source.untapped = 3;
    recording->source.out_of_range = 4;
}

struct width_case {
    const char *name;
    unsigned given, taken;
    bool is_wide;
};

static const struct width_case width_cases[] = {
    {"/render-text/width/none-counts-as-80", 0, 80, false},
    {"/render-text/width/79-counts-as-80", 79, 80, false},
    {"/render-text/width/80", 80, 80, false},
    {"/render-text/width/81", 81, 81, false},
    {"/render-text/width/90", 90, 90, false},
    {"/render-text/width/99", 99, 99, false},
    {"/render-text/width/100", 100, 100, true},
    {"/render-text/width/132", 132, 132, true},
};

static void text_fits(gconstpointer data)
{
    const struct width_case *c = data;
    SCOPED_RECORDING recording =
        recording_new("tcp,asymmetry,connections,server=192.168.0.0/16,server=10.0.0.0/8,"
                      "server=2001:db8:1111:2222:3333:4444:5555:6666,port=1-65535");
    record_much(&recording);
    struct report *report = recording_report(&recording);
    for (int unicode = 0; unicode < 2; unicode++) {
        char *text = rendered(report, c->given, unicode != 0);
        assert_fits(text, c->taken);
        char *titles = line_with(text, "conns");
        g_assert_cmpint(strstr(titles, "ratio") != NULL, ==, c->is_wide);
        g_assert_cmpint(strstr(text, "role by") != NULL, ==, c->is_wide);
        g_assert_cmpint(strstr(text, "duration") != NULL, ==, c->is_wide);
        g_free(titles);
        assert_says(text, "\nTraffic\n");
        assert_says(text, "\nConnections\n");
        assert_says(text, "\nTimes\n");
        free(text);
    }
    report_free(report);
}

static void less_than_80_columns_count_as_80(void)
{
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry,connections");
    record_much(&recording);
    struct report *report = recording_report(&recording);
    char *none = rendered(report, 0, true), *least = rendered(report, TEXT_LEAST_WIDTH, true);
    g_assert_cmpuint(TEXT_LEAST_WIDTH, ==, 80);
    g_assert_cmpstr(none, ==, least);
    free(none);
    free(least);
    report_free(report);
}

/* The largest numbers take four characters in the narrow table where they may take five in the wide
 * one. */
static void largest_numbers_fit_80_columns(void)
{
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry");
    struct story story = web;
    story.server = "255.255.255.255";
    story.client_port = story.server_port = 65535;
    recording_connect(&recording, 0, &story);
    struct report *report = recording_report(&recording);
    fill_with_largest(g_ptr_array_index(report->rows, 0));
    char *text = rendered(report, 80, true);
    assert_fits(text, 80);
    char *line = line_with(text, "255.255.255.255:65535 4.29G");
    assert_says(line, " 9.2E ");
    g_free(line);
    free(text);
    report_free(report);
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
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry,connections");
    struct story story = web;
    story.client = story.server = "255.255.255.255";
    story.server_resets = true;
    struct flow *flow = recording_connect(&recording, 0, &story);
    flow->stream = UINT32_MAX - 1;
    flow->first_time = 0;
    flow->last_time = c->duration;
    for (int end = 0; end < 2; end++) {
        flow->sides[end].wide[COUNTER_BYTES] = UINT64_MAX / 2;
        flow->extra->rare[end][COUNTER_RETRANSMISSIONS - COUNTER_NARROW_END] = UINT32_MAX;
    }
    char *text = rendered_recording(&recording);
    assert_fits(text, TEXT_DEFAULT_WIDTH);
    free(text);
}

/* --- plain text --- */

static void plain_text_is_ascii(void)
{
    SCOPED_RECORDING recording =
        recording_new("tcp,asymmetry,connections,top=1,server=10.0.0.0/8,server=192.0.2.1");
    struct story other = web;
    other.server = "10.0.0.6";
    other.request = 90000;
    other.server_resets = true;
    recording_connect(&recording, 0, &web);
    recording_connect(&recording, 1, &other);
    struct report *report = recording_report(&recording);
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
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/render-text/header/counts-the-capture", header_counts_the_capture);
    for (size_t i = 0; i < G_N_ELEMENTS(group_cases); i++)
        g_test_add_data_func(group_cases[i].name, &group_cases[i], header_counts_servers_and_rows);
    g_test_add_func("/render-text/header/one-of-each", one_of_each_is_singular);
    g_test_add_func("/render-text/header/label-and-filter-are-made-safe",
                    label_and_filter_are_made_safe);
    g_test_add_func("/render-text/message/nothing-captured", nothing_captured_says_so);
    g_test_add_func("/render-text/message/nothing-but-untapped-segments",
                    nothing_but_untapped_segments_has_its_note);
    g_test_add_func("/render-text/notes/words-with-spaces", notes_are_words_with_spaces);
    g_test_add_func("/render-text/notes/rest-beyond-the-top", rest_beyond_the_top_is_told);
    g_test_add_func("/render-text/notes/rest-has-the-word-of-the-rows",
                    rest_beyond_the_top_has_the_word_of_the_rows);
    g_test_add_func("/render-text/times/medians-and-largest", times_are_medians_and_largest);
    g_test_add_func("/render-text/findings/none", healthy_capture_says_that_nothing_is_wrong);
    g_test_add_func("/render-text/findings/before-the-tables", answer_comes_before_the_tables);
    g_test_add_func("/render-text/findings/beyond-the-top",
                    finding_of_a_server_beyond_the_top_is_told);
    g_test_add_func("/render-text/findings/guess", guess_is_shown_as_one);
    g_test_add_func("/render-text/legend/three-lines", legend_has_three_lines_at_most);
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
    for (size_t i = 0; i < G_N_ELEMENTS(width_cases); i++)
        g_test_add_data_func(width_cases[i].name, &width_cases[i], text_fits);
    g_test_add_func("/render-text/width/less-than-80-counts-as-80",
                    less_than_80_columns_count_as_80);
    g_test_add_func("/render-text/width/largest-numbers-in-80", largest_numbers_fit_80_columns);
    for (size_t i = 0; i < G_N_ELEMENTS(duration_cases); i++)
        g_test_add_data_func(duration_cases[i].name, &duration_cases[i], long_connections_fit);
    g_test_add_func("/render-text/ascii/is-ascii", plain_text_is_ascii);
    return g_test_run();
}
