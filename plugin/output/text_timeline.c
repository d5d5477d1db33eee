/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "output/text_timeline.h"

#include "base/text_format.h"
#include "base/words.h"
#include "output/level_line.h"
#include "output/text_table.h"
#include "output/text_wrap.h"
#include "report/intervals.h"

#define TITLE_WIDTH   8 /* "retrans." */
#define INDENT        2
#define ARROW_WIDTH   3 /* "->", and a blank */
#define LARGEST_WIDTH 8 /* of format_bytes(), and a blank */
#define EDGES         2
#define LINES         ((size_t)2 * SUBJECT_COUNT) /* of a server: one way, then the other */

enum subject { SUBJECT_PAYLOAD, SUBJECT_RETRANSMISSIONS, SUBJECT_COUNT };

static const struct {
    const char *title;
    enum counter counter;
} subjects[SUBJECT_COUNT] = {
    [SUBJECT_PAYLOAD] = {"payload", COUNTER_PAYLOAD_BYTES},
    [SUBJECT_RETRANSMISSIONS] = {"retrans.", COUNTER_RETRANSMISSIONS},
};

/* The characters of a line, which stand for the same times in all lines. */
struct axis {
    int64_t begins; /* ns since 1970 */
    int64_t step;   /* ns that a character stands for */
    size_t count;   /* of characters */
};

static struct axis axis_of(const struct report *report, unsigned width)
{
    const struct interval_log *log = report->source->capture->intervals;
    size_t room = width - INDENT - ARROW_WIDTH - TITLE_WIDTH - 1 - EDGES - LARGEST_WIDTH;
    size_t intervals = (size_t)((int64_t)log->most - log->least + 1);
    size_t step = (intervals + room - 1) / room;
    return (struct axis){interval_log_begins(log, log->least), (int64_t)step * log->width,
                         (intervals + step - 1) / step};
}

/* Sums up what @row counted in the time of each character. The caller frees it. */
static uint64_t *sums_of(const struct report *report, guint row, const struct axis *axis)
{
    uint64_t *sums = g_new0(uint64_t, LINES * axis->count);
    struct intervals *intervals = intervals_new(report, row);
    struct row interval;
    while (intervals_next(intervals, &interval)) {
        /* Unsigned: the first interval may begin so early that the difference needs 64 bits. */
        uint64_t after = (uint64_t)interval.first_time - (uint64_t)axis->begins;
        size_t place = (size_t)(after / (uint64_t)axis->step);
        for (size_t line = 0; line < LINES; line++)
            sums[line * axis->count + place] +=
                interval.totals[line / SUBJECT_COUNT].count[subjects[line % SUBJECT_COUNT].counter];
    }
    intervals_free(intervals);
    return sums;
}

static void append_largest(GString *line, enum subject subject, const uint64_t *sums, size_t count)
{
    char buffer[TEXT_FORMAT_SIZE];
    uint64_t largest = 0;
    for (size_t i = 0; i < count; i++)
        largest = MAX(largest, sums[i]);
    text_append(line, " ",
                subject == SUBJECT_PAYLOAD ? format_bytes(buffer, largest)
                                           : format_count(buffer, largest),
                NULL);
}

static void write_timeline(enum direction direction, enum subject subject, const uint64_t *sums,
                           size_t count, bool unicode, FILE *out)
{
    GString *line = g_string_new(NULL);
    const char *arrow = direction == CLIENT_TO_SERVER ? TO_SERVER_ARROW : TO_CLIENT_ARROW;
    const char *edge = unicode ? "│" : "|";
    append_blanks(line, INDENT);
    append_padded(line, subject == SUBJECT_PAYLOAD ? text_title(arrow, unicode) : "", ARROW_WIDTH,
                  false);
    append_padded(line, subjects[subject].title, TITLE_WIDTH + 1, false);
    g_string_append(line, edge);
    append_levels(line, sums, count, unicode);
    g_string_append(line, edge);
    append_largest(line, subject, sums, count);
    write_line(line, out);
    g_string_free(line, TRUE);
}

static void write_row(const struct report *report, guint number, const struct axis *axis,
                      bool unicode, FILE *out)
{
    const struct row *row = g_ptr_array_index(report->rows, number);
    uint64_t *sums = sums_of(report, number, axis);
    fprintf(out, "%s\n", row->label);
    for (size_t i = 0; i < LINES; i++) {
        enum subject subject = (enum subject)(i % SUBJECT_COUNT);
        if (subject == SUBJECT_PAYLOAD || row->analysed)
            write_timeline((enum direction)(i / SUBJECT_COUNT), subject, &sums[i * axis->count],
                           axis->count, unicode, out);
    }
    g_free(sums);
}

void write_timelines(const struct report *report, const struct render_settings *settings, FILE *out)
{
    if (report->interval == 0 || report->shown == 0)
        return;
    unsigned width = MAX(settings->text_width, TEXT_LEAST_WIDTH);
    struct axis axis = axis_of(report, width);
    char step[TEXT_FORMAT_SIZE], *title;
    title = g_strconcat("Over time: each character stands for ", format_span(step, axis.step),
                        ", and the number behind a line for its tallest.", NULL);
    fputc('\n', out);
    write_wrapped(title, width, 0, out);
    g_free(title);
    for (guint i = 0; i < report->shown; i++)
        write_row(report, i, &axis, settings->unicode, out);
}
