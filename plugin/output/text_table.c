/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "output/text_table.h"

#include "base/text_format.h"
#include "base/words.h"
#include "output/render_settings.h"
#include "output/text_wrap.h"

#include <string.h>

#define TIGHT_WIDTH 4 /* of format_short_count() */
#define BAR_WIDTH   7 /* odd: a middle and two halves */

/* A column of the table, and where its values come from. */
struct cell {
    const struct text_column *text;
    enum text_look look;
    unsigned width;
    const struct column_group *group;
    const struct column *column;
};

struct text_table {
    struct cell *cells; /* owned */
    size_t count;
    bool unicode;
    bool is_narrow;
};

static bool is_left(enum text_look look)
{
    return look == LOOK_LABEL || look == LOOK_TEXT;
}

/* Columns of the terminal that the table takes, and how many of its columns are labels. */
static unsigned total_width(const struct text_table *table, unsigned *labels)
{
    unsigned width = 0;
    *labels = 0;
    for (size_t i = 0; i < table->count; i++) {
        width += table->cells[i].width + (i > 0);
        *labels += table->cells[i].look == LOOK_LABEL;
    }
    return width;
}

static void place_columns(struct text_table *table, const struct text_column *columns, size_t count,
                          bool is_narrow)
{
    table->count = 0;
    table->is_narrow = is_narrow;
    for (size_t i = 0; i < count; i++) {
        const struct text_column *text = &columns[i];
        bool is_tight = is_narrow && text->place == PLACE_TIGHT;
        if (is_narrow && text->place == PLACE_WIDE)
            continue;
        struct cell *cell = &table->cells[table->count++];
        *cell = (struct cell){.text = text,
                              .look = is_tight ? LOOK_SHORT : text->look,
                              .width = is_tight ? TIGHT_WIDTH : text->width};
        if (!column_find(text->name, &cell->group, &cell->column))
            g_error("no column is called %s", text->name);
    }
}

/* Room that the terminal has beyond the table goes to the labels, up to the longest label. */
static void widen_labels(struct text_table *table, unsigned width, size_t longest_label)
{
    unsigned labels, total = total_width(table, &labels);
    unsigned spare = width > total ? (width - total) / MAX(labels, 1) : 0;
    for (size_t i = 0; i < table->count; i++) {
        struct cell *cell = &table->cells[i];
        if (cell->look == LOOK_LABEL)
            cell->width =
                MAX(cell->width, (unsigned)MIN(longest_label, (size_t)cell->width + spare));
    }
}

struct text_table *text_table_new(const struct text_column *columns, size_t count, unsigned width,
                                  size_t longest_label, bool unicode)
{
    struct text_table *table = g_new0(struct text_table, 1);
    unsigned labels, room = MAX(width, TEXT_LEAST_WIDTH);
    table->cells = g_new0(struct cell, count);
    table->unicode = unicode;
    place_columns(table, columns, count, false);
    if (total_width(table, &labels) > room)
        place_columns(table, columns, count, true);
    widen_labels(table, room, longest_label);
    return table;
}

void text_table_free(struct text_table *table)
{
    if (table == NULL)
        return;
    g_free(table->cells);
    g_free(table);
}

bool text_table_has(const struct text_table *table, const char *title)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct text_column *text = table->cells[i].text;
        if (strcmp(text->title, title) == 0 ||
            (text->pair != NULL && strcmp(text->pair, title) == 0))
            return true;
    }
    return false;
}

bool text_table_is_narrow(const struct text_table *table)
{
    return table->is_narrow;
}

/* --- titles --- */

const char *text_title(const char *title, bool unicode)
{
    if (unicode)
        return title;
    if (strcmp(title, TO_SERVER_ARROW) == 0)
        return "->";
    return strcmp(title, TO_CLIENT_ARROW) == 0 ? "<-" : title;
}

void text_table_write_titles(const struct text_table *table, FILE *out)
{
    GString *line = g_string_new(NULL);
    for (size_t i = 0; i < table->count; i++) {
        const struct cell *cell = &table->cells[i];
        if (cell->text->pair != NULL) {
            unsigned both = cell->width + 1 + table->cells[++i].width;
            append_padded(line, cell->text->pair, both, true);
        } else {
            append_blanks(line, cell->width);
        }
        g_string_append_c(line, ' ');
    }
    write_line(line, out);
    for (size_t i = 0; i < table->count; i++) {
        const struct cell *cell = &table->cells[i];
        append_padded(line, text_title(cell->text->title, table->unicode), cell->width,
                      !is_left(cell->look));
        g_string_append_c(line, ' ');
    }
    write_line(line, out);
    g_string_free(line, TRUE);
}

/* --- rows --- */

/* A bar from the middle to the left for traffic from the server, to the right from the client. */
static void append_bar(GString *line, double pcr, bool unicode)
{
    const int half = BAR_WIDTH / 2; /* the middle has a cell of its own */
    int steps = (int)((pcr < 0 ? -pcr : pcr) * half * 2 + 0.5); /* two steps a cell */
    int cells = steps / 2;
    bool remainder = steps % 2 != 0;
    const char *full = unicode ? "█" : pcr < 0 ? "<" : ">";

    for (int cell = half; cell >= 1; cell--) {
        bool partial = cell == cells + 1 && remainder;
        g_string_append(line, pcr < 0 && cell <= cells        ? full
                              : pcr < 0 && partial && unicode ? "▐"
                                                              : " ");
    }
    g_string_append(line, unicode ? "│" : "|");
    for (int cell = 1; cell <= half; cell++) {
        bool partial = cell == cells + 1 && remainder;
        g_string_append(line, pcr > 0 && cell <= cells        ? full
                              : pcr > 0 && partial && unicode ? "▌"
                                                              : " ");
    }
}

/* At most eight characters, even if format_span() needs more. */
static const char *duration_text(char *buffer, int64_t ns)
{
    const double hours = (double)ns / 3600e9;
    if (hours < 1)
        return format_span(buffer, ns);
    if (hours < 100)
        g_ascii_formatd(buffer, TEXT_FORMAT_SIZE, "%.1f h", hours);
    else
        g_ascii_formatd(buffer, TEXT_FORMAT_SIZE, hours < 24000 ? "%.1f d" : "%.0f d", hours / 24);
    return buffer;
}

/* At most five characters, also if rounding gives 100 or 1000. */
static const char *ratio_text(char *buffer, double ratio)
{
    if (ratio >= 999.95)
        return format_count(buffer, (uint64_t)(ratio + 0.5));
    if (ratio < 99.995)
        return format_hundredths(buffer, ratio);
    return g_ascii_formatd(buffer, TEXT_FORMAT_SIZE, "%.1f", ratio);
}

static const char *signed_text(char *buffer, double number)
{
    char unsigned_text[TEXT_FORMAT_SIZE];
    if (number < 0)
        return format_hundredths(buffer, number);
    buffer[0] = '+';
    g_strlcpy(buffer + 1, format_hundredths(unsigned_text, number), TEXT_FORMAT_SIZE - 1);
    return buffer;
}

static const char *number_text(const struct value *value, char *buffer)
{
    switch (value->type) {
    case VALUE_COUNT:
        return format_count(buffer, value->u);
    case VALUE_REAL:
        return ratio_text(buffer, value->real);
    case VALUE_SECONDS:
        return duration_text(buffer, value->ns);
    case VALUE_MS:
        return format_short_span(buffer, value->ns);
    default:
        return value_format(value, buffer);
    }
}

static void append_cell(GString *line, const struct text_table *table, const struct cell *cell,
                        const struct value *value)
{
    char buffer[TEXT_FORMAT_SIZE];
    if (value->type == VALUE_NONE)
        append_padded(line, "-", cell->width, !is_left(cell->look));
    else if (cell->look == LOOK_BAR)
        append_bar(line, value->real, table->unicode);
    else if (cell->look == LOOK_SHORT)
        append_padded(line, format_short_count(buffer, value->u), cell->width, true);
    else if (cell->look == LOOK_SIGNED)
        append_padded(line, signed_text(buffer, value->real), cell->width, true);
    else
        append_padded(line, number_text(value, buffer), cell->width, !is_left(cell->look));
}

void text_table_write_row(const struct text_table *table, const struct row *row, FILE *out)
{
    GString *line = g_string_new(NULL);
    for (size_t i = 0; i < table->count; i++) {
        const struct cell *cell = &table->cells[i];
        size_t before = line->len;
        struct value value = column_value(cell->group, cell->column, row);
        append_cell(line, table, cell, &value);
        /* A text that is too wide has its own line. The row goes on below it in its columns. */
        size_t used = text_width(line->str + before);
        if (is_left(cell->look) && used > cell->width) {
            size_t indent = text_width(line->str) - used;
            write_line(line, out);
            append_blanks(line, indent + cell->width);
        }
        g_string_append_c(line, ' ');
    }
    write_line(line, out);
    g_string_free(line, TRUE);
}
