/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "output/text_timeline.h"

#include "segments.h"
#include "base/text_format.h"

#include <string.h>

/* A request and its response, @after the first segment. */
static void exchange(struct recording *recording, int64_t after, uint32_t request,
                     uint32_t response)
{
    static const struct story web = {
        .client = "10.0.0.9", .server = "10.0.0.5", .client_port = 51000, .server_port = 443};
    struct story story = web;
    story.no_handshake = recording->frame > 0;
    story.request = request;
    story.response = response;
    recording->now = TEST_EPOCH + after;
    recording_connect(recording, 0, &story);
}

static char *rendered(const struct recording *recording, unsigned width, bool unicode)
{
    char *text = NULL;
    size_t size = 0;
    struct render_settings settings = {width, unicode};
    struct report *report = recording_report(recording);
    FILE *out = open_memstream(&text, &size);
    write_timelines(report, &settings, out);
    fclose(out);
    report_free(report);
    return text;
}

static void assert_rendered(const struct recording *recording, bool unicode, const char *expected)
{
    char *text = rendered(recording, TEXT_DEFAULT_WIDTH, unicode);
    g_assert_cmpstr(text, ==, expected);
    free(text);
}

static void lines_show_payload_and_retransmissions_each_way(void)
{
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry,interval=1");
    exchange(&recording, 0, 100, 1000);
    exchange(&recording, S, 200, 0);
    exchange(&recording, 3 * S, 0, 500);
    struct segment again =
        segment_between(end_at("10.0.0.9", 51000), end_at("10.0.0.5", 443), TCP_ACK, 1001, 1, 100);
    again.time = TEST_EPOCH + 3 * S;
    again.analysis = ANALYSIS_RETRANSMISSION;
    recording_add(&recording, again);
    assert_rendered(&recording, true,
                    "\n"
                    "Over time: each character stands for 1.00 s, and the number behind a line for "
                    "its tallest.\n"
                    "10.0.0.5:443\n"
                    "  →  payload  │▄█ ▄│ 200 B\n"
                    "     retrans. │   █│ 1\n"
                    "  ←  payload  │█  ▄│ 1.00 kB\n"
                    "     retrans. │    │ 0\n");
    assert_rendered(&recording, false,
                    "\n"
                    "Over time: each character stands for 1.00 s, and the number behind a line for "
                    "its tallest.\n"
                    "10.0.0.5:443\n"
                    "  -> payload  |=@ =| 200 B\n"
                    "     retrans. |   @| 1\n"
                    "  <- payload  |@  =| 1.00 kB\n"
                    "     retrans. |    | 0\n");
}

static void retransmissions_that_nobody_looked_for_are_not_shown(void)
{
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry,interval=1");
    recording.source.analysed = false;
    exchange(&recording, 0, 100, 1000);
    assert_rendered(&recording, true,
                    "\n"
                    "Over time: each character stands for 1.00 s, and the number behind a line for "
                    "its tallest.\n"
                    "10.0.0.5:443\n"
                    "  →  payload  │█│ 100 B\n"
                    "  ←  payload  │█│ 1.00 kB\n");
}

static void nothing_is_written_unless_asked_for(void)
{
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry");
    exchange(&recording, 0, 100, 1000);
    assert_rendered(&recording, true, "");
}

static void nothing_is_written_of_no_servers(void)
{
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry,interval=1,server=192.0.2.1");
    exchange(&recording, 0, 100, 1000);
    assert_rendered(&recording, true, "");
}

static const struct width_case {
    const char *name, *argument;
    unsigned width;
    bool unicode;
} width_cases[] = {
    {"/text-timeline/width/80", "tcp,asymmetry,interval=1", 80, true},
    {"/text-timeline/width/80-ascii", "tcp,asymmetry,interval=1", 80, false},
    {"/text-timeline/width/100", "tcp,asymmetry,interval=0.001", 100, true},
    {"/text-timeline/width/less-than-80-counts-as-that", "tcp,asymmetry,interval=1", 40, true},
    {"/text-timeline/width/237", "tcp,asymmetry,interval=1", 237, true},
};

/* Of a capture with more intervals than the line has characters. */
static void lines_fill_the_width_and_keep_within(gconstpointer data)
{
    const struct width_case *c = data;
    SCOPED_RECORDING recording = recording_new(c->argument);
    for (int64_t i = 0; i <= 4000; i += 100)
        exchange(&recording, i * S, 150, (uint32_t)i * 100);
    char *text = rendered(&recording, c->width, c->unicode);
    char **lines = g_strsplit(text, "\n", -1);
    size_t widest = 0;
    for (char **line = lines; *line != NULL; line++) {
        g_assert_false(g_str_has_suffix(*line, " "));
        widest = MAX(widest, text_width(*line));
    }
    size_t room = MAX(c->width, TEXT_LEAST_WIDTH);
    g_assert_cmpuint(widest, <=, room);
    g_assert_cmpuint(widest, >, room / 2);
    g_strfreev(lines);
    free(text);
}

/* From 2188 back to 1897, in intervals that the capture chooses. */
static void longest_capture_has_its_last_segment_at_the_end_of_the_line(void)
{
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry");
    capture_count_intervals(recording.capture, 0);
    exchange(&recording, LATEST_SECOND * S - TEST_EPOCH, 100, 0);
    exchange(&recording, EARLIEST_SECOND * S - TEST_EPOCH, 50, 0);
    char *text = rendered(&recording, TEXT_DEFAULT_WIDTH, true);
    char **lines = g_strsplit(text, "\n", -1);
    const char *payload = NULL;
    for (char **line = lines; *line != NULL && payload == NULL; line++)
        payload = strstr(*line, "payload  │");
    g_assert_nonnull(payload);
    g_assert_true(g_str_has_prefix(payload, "payload  │▄ "));
    g_assert_true(g_str_has_suffix(payload, " █│ 100 B"));
    g_strfreev(lines);
    free(text);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/text-timeline/lines", lines_show_payload_and_retransmissions_each_way);
    g_test_add_func("/text-timeline/not-analysed",
                    retransmissions_that_nobody_looked_for_are_not_shown);
    g_test_add_func("/text-timeline/not-asked-for", nothing_is_written_unless_asked_for);
    g_test_add_func("/text-timeline/no-servers", nothing_is_written_of_no_servers);
    g_test_add_func("/text-timeline/longest",
                    longest_capture_has_its_last_segment_at_the_end_of_the_line);
    ADD_CASES(width_cases, lines_fill_the_width_and_keep_within);
    return g_test_run();
}
