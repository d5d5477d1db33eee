/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "output/text_findings.h"

#include "base/text_format.h"
#include "base/words.h"
#include "output/text_wrap.h"
#include "report/trust.h"

#include <string.h>

#define MOST_ENTRIES 20
#define INDENT       4
#define DATE_LENGTH  10 /* 2026-11-23 */

/* --- trust --- */

static const char *const limit_words[TRUST_LIMIT_COUNT] = {
    [TRUST_ONE_LEGGED] = "some connections were captured in one direction only",
    [TRUST_MISSING] = "data is missing from it",
    [TRUST_COPIES] = "it has segments twice",
    [TRUST_CUT_HEADERS] = "some segments could not be dissected",
    [TRUST_FILTERED] = "it was saved through a filter",
    [TRUST_PARTIAL] = "the display filter shows some connections in part",
    [TRUST_OFFLOAD] = "it has segments as the network card got them, not as they were sent",
    [TRUST_STALLED] = "the capturing host stood still for a while",
    [TRUST_ANALYSIS_OFF] = "sequence analysis is off",
    [TRUST_ROLES_GUESSED] = "some servers are guesses",
};

void write_trust(const struct report *report, const struct render_settings *settings, FILE *out)
{
    GString *text = g_string_new("This capture can be trusted");
    const char *before = " only in part: ";
    for (int limit = 0; limit < TRUST_LIMIT_COUNT; limit++) {
        if ((report->trust & trust_bit((enum trust_limit)limit)) == 0)
            continue;
        text_append(text, before, limit_words[limit], NULL);
        before = "; ";
    }
    g_string_append_c(text, '.');
    write_wrapped(text->str, settings->text_width, INDENT, out);
    g_string_free(text, TRUE);
}

/* --- findings --- */

static enum severity severity_of(const struct entry *entry)
{
    return finding_kinds[entry->weight.id].severity;
}

static const char *const severity_nouns[] = {"chat", "note", "warning", "error"};

void write_severities(const GPtrArray *entries, FILE *out)
{
    uint64_t counts[SEVERITY_ERROR + 1] = {0};
    char number[TEXT_FORMAT_SIZE];
    GString *text = g_string_new("Findings:");
    for (guint i = 0; i < entries->len; i++)
        counts[severity_of(g_ptr_array_index(entries, i))]++;
    const char *before = " ";
    for (int severity = SEVERITY_ERROR; severity >= 0; severity--) {
        if (counts[severity] == 0)
            continue;
        text_append(text, before, format_digits(number, counts[severity]), " ",
                    severity_nouns[severity], plural(counts[severity]), NULL);
        before = ", ";
    }
    if (entries->len == 0)
        g_string_append(text, " none");
    fprintf(out, "%s\n", text->str);
    g_string_free(text, TRUE);
}

/* Usually harmless: one line, without what proves it. */
static void write_chat(const struct entry *entry, size_t width, FILE *out)
{
    GString *line = g_string_new("[chat] ");
    text_append(line, entry->who, ": ", entry->finding->text, NULL);
    size_t columns = 0;
    const char *end = line->str;
    while (*end != '\0' && columns < width)
        columns = text_part_width(line->str, end = g_utf8_next_char(end));
    if (*end != '\0' || columns > width) {
        while (text_part_width(line->str, end) > width - 3)
            end = g_utf8_prev_char(end);
        g_string_truncate(line, (gsize)(end - line->str));
        g_string_append(line, "...");
    }
    write_line(line, out);
    g_string_free(line, TRUE);
}

static void write_indented(const char *text, size_t width, FILE *out)
{
    fprintf(out, "%*s", INDENT, "");
    write_wrapped(text, width - INDENT, INDENT, out);
}

#define DAY (86400 * NS_PER_SECOND)

/* Days since 1970. */
static int64_t day_of(int64_t time)
{
    return time / DAY - (time % DAY < 0);
}

/* Hours to seconds, with the date if it is not that of the capture's beginning. */
static void append_clock(GString *text, const struct report *report, int64_t time)
{
    char digits[TEXT_FORMAT_SIZE];
    int64_t day = day_of(time), seconds = (time - day * DAY) / NS_PER_SECOND;
    if (day != day_of(report->first_time))
        g_string_append_printf(text, "%.*s ", DATE_LENGTH, format_time(digits, time));
    const int64_t parts[] = {seconds / 3600, seconds / 60 % 60, seconds % 60};
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
        text_append(text, i > 0 ? ":" : "", parts[i] < 10 ? "0" : "",
                    format_digits(digits, (uint64_t)parts[i]), NULL);
}

/* ", from 1.25 s (09:00:01)", or until then. */
static void append_bound(GString *text, const struct report *report, const char *word, int64_t time)
{
    char span[TEXT_FORMAT_SIZE];
    text_append(text, ", ", word, " ", format_span(span, MAX(time - report->first_time, 0)), " (",
                NULL);
    append_clock(text, report, time);
    g_string_append_c(text, ')');
}

/* ", 1.25 s to 3.00 s (09:00:01 to 09:00:03)": into the capture, and of the day. */
static void append_when(GString *text, const struct report *report, const struct finding *finding)
{
    char first[TEXT_FORMAT_SIZE], last[TEXT_FORMAT_SIZE];
    bool knows_first = finding->first_time != TIME_NONE;
    bool knows_last = finding->last_time != TIME_NONE;
    if (knows_first != knows_last)
        append_bound(text, report, knows_first ? "from" : "until",
                     knows_first ? finding->first_time : finding->last_time);
    if (!knows_first || !knows_last)
        return;
    format_span(first, MAX(finding->first_time - report->first_time, 0));
    format_span(last, MAX(finding->last_time - report->first_time, 0));
    bool is_moment = strcmp(first, last) == 0;
    text_append(text, is_moment ? ", at " : ", ", first, is_moment ? "" : " to ",
                is_moment ? "" : last, " (", NULL);
    append_clock(text, report, finding->first_time);
    if (finding->first_time / NS_PER_SECOND != finding->last_time / NS_PER_SECOND) {
        g_string_append(text, " to ");
        append_clock(text, report, finding->last_time);
    }
    g_string_append_c(text, ')');
}

static void write_entry(const struct report *report, const struct entry *entry, size_t width,
                        FILE *out)
{
    GString *title = g_string_new("[");
    text_append(title, severity_name(severity_of(entry)), "] ", entry->who, NULL);
    append_when(title, report, entry->finding);
    write_wrapped(title->str, width, INDENT, out);
    g_string_free(title, TRUE);
    write_indented(entry->finding->text, width, out);
    write_indented(entry->finding->filter, width, out);
}

void write_entries(const struct report *report, const GPtrArray *entries,
                   const struct render_settings *settings, FILE *out)
{
    char number[TEXT_FORMAT_SIZE];
    guint shown = MIN(entries->len, MOST_ENTRIES);
    if (entries->len == 0)
        fputs("Nothing wrong was found.\n", out);
    for (guint i = 0; i < shown; i++) {
        const struct entry *entry = entry_complete(report, g_ptr_array_index(entries, i));
        if (severity_of(entry) == SEVERITY_CHAT)
            write_chat(entry, settings->text_width, out);
        else
            write_entry(report, entry, settings->text_width, out);
    }
    if (shown < entries->len)
        fprintf(out, "%s more finding%s: format=json shows all.\n",
                format_digits(number, entries->len - shown), plural(entries->len - shown));
}
