/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "output/render_csv.h"

#include "base/text_format.h"
#include "report/columns.h"
#include "report/intervals.h"

#include <string.h>

/* The last column: what the reader must know. If there are no rows, one row has only this cell, and
 * its other cells are empty. */
#define MESSAGE_COLUMN "message"

/* A spreadsheet treats a cell that begins with one of these as a formula. */
#define FORMULA_STARTS "=+-@\t\r"

struct line {
    GString *text;
    bool started; /* has a cell, though it may be an empty one */
};

static void write_cell(struct line *csv, const char *text, bool is_text)
{
    GString *line = csv->text;
    bool is_formula = is_text && text[0] != '\0' && strchr(FORMULA_STARTS, text[0]) != NULL;
    bool quoted = strpbrk(text, ",\"\r\n") != NULL;
    if (csv->started)
        g_string_append_c(line, ',');
    csv->started = true;
    if (quoted)
        g_string_append_c(line, '"');
    if (is_formula)
        g_string_append_c(line, '\'');
    for (; *text != '\0'; text++) {
        if (*text == '"')
            g_string_append_c(line, '"');
        g_string_append_c(line, *text);
    }
    if (quoted)
        g_string_append_c(line, '"');
}

static void end_line(struct line *line, FILE *out)
{
    g_string_append(line->text, "\r\n");
    fwrite(line->text->str, 1, line->text->len, out);
    g_string_truncate(line->text, 0);
    line->started = false;
}

enum cells { CELLS_NAMES, CELLS_VALUES, CELLS_EMPTY };

/* A cell for every column of @kind: its name, its value in @row, or nothing. */
static void write_columns(struct line *line, enum row_kind kind, enum cells cells,
                          const struct row *row)
{
    for (size_t i = 0; i < column_group_count; i++) {
        const struct column_group *group = &column_groups[i];
        for (size_t j = 0; j < group->count; j++) {
            const struct column *column = &group->columns[j];
            if (!column_applies(group, column, kind))
                continue;
            if (cells == CELLS_NAMES) {
                char *name = g_strconcat(group->prefix, column->key, NULL);
                write_cell(line, name, true);
                g_free(name);
            } else if (cells == CELLS_VALUES) {
                char buffer[TEXT_FORMAT_SIZE];
                struct value value = column_value(group, column, row);
                char *ids = value.type == VALUE_FINDINGS ? column_finding_ids(row) : NULL;
                write_cell(line, ids != NULL ? ids : value_format(&value, buffer),
                           value.type == VALUE_TEXT);
                g_free(ids);
            } else {
                write_cell(line, "", true);
            }
        }
    }
}

static void write_header(struct line *line, enum row_kind kind, FILE *out)
{
    write_columns(line, kind, CELLS_NAMES, NULL);
    write_cell(line, MESSAGE_COLUMN, true);
    end_line(line, out);
}

static void write_row(struct line *line, enum row_kind kind, const struct row *row,
                      const char *message, FILE *out)
{
    write_columns(line, kind, row != NULL ? CELLS_VALUES : CELLS_EMPTY, row);
    write_cell(line, message, true);
    end_line(line, out);
}

/* The message and all notes. The caller frees it with g_free(). */
static char *messages_of(const struct report *report)
{
    GString *text = g_string_new(report->message);
    for (guint i = 0; i < report->notes->len; i++)
        g_string_append_printf(text, "%s%s", text->len > 0 ? " " : "",
                               (const char *)g_ptr_array_index(report->notes, i));
    return g_string_free(text, FALSE);
}

static void write_intervals(struct line *line, const struct report *report, guint row,
                            const char *message, FILE *out)
{
    struct intervals *intervals = intervals_new(report, row);
    struct row interval;
    while (intervals_next(intervals, &interval))
        write_row(line, ROW_INTERVAL, &interval, message, out);
    intervals_free(intervals);
}

/* All rows are of one kind. */
static enum row_kind kind_of(const struct report *report)
{
    if (report->request->connections)
        return ROW_CONNECTION;
    return report->interval > 0 ? ROW_INTERVAL : ROW_SERVER;
}

void render_csv(const struct report *report, const struct render_settings *settings, FILE *out)
{
    (void)settings;
    enum row_kind kind = kind_of(report);
    struct line line = {.text = g_string_new(NULL)};
    char *message = messages_of(report);

    write_header(&line, kind, out);
    if (report->shown == 0)
        write_row(&line, kind, NULL, message, out);
    for (guint i = 0; i < report->shown && kind == ROW_SERVER; i++)
        write_row(&line, kind, report_complete_row(report, i), message, out);
    for (guint i = 0; i < report->shown && kind == ROW_INTERVAL; i++)
        write_intervals(&line, report, i, message, out);
    for (guint i = 0; i < report->connection_order->len; i++) {
        struct row row;
        report_connection(report, i, &row);
        write_row(&line, kind, &row, message, out);
        row_clear(&row);
    }
    g_free(message);
    g_string_free(line.text, TRUE);
}
