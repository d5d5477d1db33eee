/* A table of rows as text, with the columns that fit the reader's terminal.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_TEXT_TABLE_H
#define TFA_TEXT_TABLE_H

#include "report/columns.h"

#include <stdio.h>

enum text_look {
    LOOK_LABEL,  /* text that gets the rest of the room */
    LOOK_TEXT,   /* text, to the left */
    LOOK_NUMBER, /* to the right */
    LOOK_SHORT,  /* a count of four characters at most */
    LOOK_SIGNED, /* with + or - */
    LOOK_BAR,    /* a ratio from -1 to +1 as a bar to the left or to the right */
};

/* Which tables have a column. Wide tables have all columns. */
enum text_place {
    PLACE_ALWAYS,
    PLACE_WIDE,  /* not in narrow tables */
    PLACE_TIGHT, /* in narrow tables with four characters, as LOOK_SHORT */
};

struct text_column {
    const char *name;  /* as in CSV */
    const char *pair;  /* title over this column and the next, or NULL */
    const char *title; /* own title */
    unsigned width;    /* columns of the terminal; of LOOK_LABEL at least */
    enum text_look look;
    enum text_place place;
};

struct text_table;

/* A table of @count @columns, of which at least one is a LOOK_LABEL, for @width columns of the
 * terminal, at least 80. It is a wide table if that fits, else a narrow one. No label gets more
 * columns of the terminal than @longest_label. @columns must live longer than the table. The caller
 * frees it with text_table_free(), which takes NULL as well. */
struct text_table *text_table_new(const struct text_column *columns, size_t count, unsigned width,
                                  size_t longest_label, bool unicode);
void text_table_free(struct text_table *table);

/* Whether @table has a column or a pair of columns with the title @title. */
bool text_table_has(const struct text_table *table, const char *title);

/* Whether @table is narrow, without the columns that only wide tables have. */
bool text_table_is_narrow(const struct text_table *table);

/* Write to @out: the two lines of titles, and a line with the values of @row. */
void text_table_write_titles(const struct text_table *table, FILE *out);
void text_table_write_row(const struct text_table *table, const struct row *row, FILE *out);

/* @title as tables show it: its arrows are ASCII unless @unicode. */
const char *text_title(const char *title, bool unicode);

#endif
