/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/notes.h"

#include "segments.h"

#include <string.h>

struct notes_case {
    const char *name, *options;
    const char *notes[3]; /* what each of them must contain */
    bool analysis_off;
    uint64_t untapped, out_of_range;
};

static const struct notes_case notes_cases[] = {
    {"/notes/none", "", .notes = {NULL}},
    {"/notes/none-for-what-is-there", ",server=10.0.0.5,port=80", .notes = {NULL}},
    {"/notes/server-in-no-connection", ",server=192.0.2.1",
     .notes = {"192.0.2.1 is in no TCP connection of this capture."}},
    {"/notes/server-is-a-client", ",server=10.0.0.9",
     .notes = {"10.0.0.9 is not a server in this capture. It is the client of 3 connections."}},
    {"/notes/server-is-a-client-once", ",server=10.0.0.8",
     .notes = {"the client of 1 connection."}},
    {"/notes/server-without-that-port", ",server=10.0.0.5:22",
     .notes = {"10.0.0.5:22 is in no TCP connection of this capture."}},
    {"/notes/each-missing-server-has-one", ",server=192.0.2.1,server=10.0.0.5,server=192.0.2.2",
     .notes = {"192.0.2.1 is", "192.0.2.2 is"}},
    {"/notes/missing-port", ",port=22", .notes = {"No server in this capture has port 22."}},
    {"/notes/missing-ports", ",port=20-25",
     .notes = {"No server in this capture has a port from 20 to 25."}},
    {"/notes/both-there-but-not-together", ",server=10.0.0.6,port=80",
     .notes = {"No server in this capture fits both server= and port=."}},
    {"/notes/analysis-off", "", .notes = {"tcp.analyze_sequence_numbers"}, .analysis_off = true},
    {"/notes/analysis-off-hides-no-other", ",server=10.0.0.6,port=80",
     .notes = {"tcp.analyze_sequence_numbers", "fits both"}, .analysis_off = true},
    {"/notes/one-untapped-segment", "",
     .notes = {"Wireshark did not pass 1 TCP segment to this statistic because it could not "
               "dissect it: the snap length cut it, or it is malformed."},
     .untapped = 1},
    {"/notes/untapped-segments", "",
     .notes = {"Wireshark did not pass 2 TCP segments to this statistic because it could not "
               "dissect them: the snap length cut them, or they are malformed."},
     .untapped = 2},
    {"/notes/one-untapped-segment-beside-a-filter", ",tcp.port==80",
     .notes =
         {"Wireshark did not pass 1 TCP segment of the capture to this statistic because it could "
          "not dissect it: the snap length cut it, or it is malformed. The display filter may "
          "match it."},
     .untapped = 1},
    {"/notes/untapped-segments-beside-a-filter", ",tcp.port==80",
     .notes =
         {"Wireshark did not pass 2 TCP segments of the capture to this statistic because it could "
          "not dissect them: the snap length cut them, or they are malformed. The display "
          "filter may match some of them."},
     .untapped = 2},
    {"/notes/one-time-out-of-range", "",
     .notes = {"The time of 1 segment is before 1897 or after 2188."}, .out_of_range = 1},
    {"/notes/times-out-of-range", "",
     .notes = {"The time of 3 segments is before 1897 or after 2188."}, .out_of_range = 3},
    {"/notes/what-was-captured-stands-before-what-was-asked-for", ",port=22",
     .notes = {"TCP sequence analysis is off", "Wireshark did not pass 7 ",
               "No server in this capture has port 22."},
     .analysis_off = true, .untapped = 7},
};

static void notes_are(gconstpointer data)
{
    const struct notes_case *c = data;
    char *argument = g_strconcat("tcp,asymmetry", c->options, NULL);
    SCOPED_RECORDING recording = recording_new(argument);
    recording.source.analysed = !c->analysis_off;
    recording.source.untapped = c->untapped;
    recording.source.out_of_range = c->out_of_range;
    add_three_servers(&recording);
    struct report *report = recording_report(&recording);
    guint expected = 0;
    while (expected < G_N_ELEMENTS(c->notes) && c->notes[expected] != NULL)
        expected++;
    g_assert_cmpuint(report->notes->len, ==, expected);
    for (guint i = 0; i < expected; i++) {
        const char *note = g_ptr_array_index(report->notes, i);
        if (strstr(note, c->notes[i]) == NULL)
            g_error("\"%s\" does not say \"%s\"", note, c->notes[i]);
    }
    g_assert_null(report->message);
    report_free(report);
    g_free(argument);
}

static void nothing_captured_is_a_message(void)
{
    static const struct {
        const char *argument, *message;
    } cases[] = {
        {"tcp,asymmetry", "No TCP packets found in this capture"},
        {"tcp,asymmetry,connections,server=10.0.0.5", "No TCP packets found in this capture"},
        {"tcp,asymmetry,tcp.port==1", "No TCP packets in this capture match the display filter"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        SCOPED_RECORDING recording = recording_new(cases[i].argument);
        struct report *report = recording_report(&recording);
        g_assert_cmpstr(report->message, ==, cases[i].message);
        g_assert_cmpuint(report->rows->len, ==, 0);
        g_assert_cmpuint(report->notes->len, ==, 0);
        g_assert_cmpuint(report->connection_order->len, ==, 0);
        g_assert_cmpuint(report->servers, ==, 0);
        report_free(report);
    }
}

/* All that there was of TCP could not be dissected: why nothing is shown must not be lost. */
static void nothing_but_untapped_segments_is_a_message_and_a_note(void)
{
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry,server=10.0.0.5");
    recording.source.untapped = 3;
    recording.source.analysed = false; /* nobody misses it where there is nothing to analyse */
    struct report *report = recording_report(&recording);
    g_assert_cmpstr(report->message, ==, "No TCP packet of this capture could be dissected");
    g_assert_cmpuint(report->notes->len, ==, 1);
    g_assert_nonnull(
        strstr(g_ptr_array_index(report->notes, 0), "Wireshark did not pass 3 TCP segments"));
    report_free(report);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(notes_cases); i++)
        g_test_add_data_func(notes_cases[i].name, &notes_cases[i], notes_are);
    g_test_add_func("/notes/message/nothing-captured", nothing_captured_is_a_message);
    g_test_add_func("/notes/message/nothing-but-untapped-segments",
                    nothing_but_untapped_segments_is_a_message_and_a_note);
    return g_test_run();
}
