/* The only list of the columns of a server, a connection, an interval of a server, or the servers
 * that are left out. Every output reads it.
 *
 * Columns come in groups. A group is an object in JSON, a prefix in CSV. To add a counter, add it
 * to counter.h, count it in flow.c, and give it one line in columns.c.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_COLUMNS_H
#define TFA_COLUMNS_H

#include "report/report.h"

enum value_type {
    VALUE_NONE,     /* not known or meaningless: JSON null, empty in CSV, "-" in text */
    VALUE_COUNT,    /* u */
    VALUE_REAL,     /* real */
    VALUE_MS,       /* ns, shown as milliseconds with 6 decimals */
    VALUE_SECONDS,  /* ns, shown as seconds with 9 decimals */
    VALUE_TIME,     /* ns since 1970, shown by format_time() */
    VALUE_TEXT,     /* text, owned by the row or constant */
    VALUE_FINDINGS, /* row: its findings; ids elsewhere than in JSON */
};

struct value {
    enum value_type type;
    union {
        uint64_t u;
        double real;
        int64_t ns;
        const char *text;
        const struct row *row;
    };
};

/* The kind of row that has a column; bits. */
enum row_kind { ROW_SERVER = 1, ROW_CONNECTION = 2, ROW_INTERVAL = 4, ROW_OTHERS = 8 };

#define COLUMN_LONGEST_KEY 31

struct column {
    const char *key; /* its name in JSON; in CSV behind the group's prefix; at most
                        COLUMN_LONGEST_KEY bytes */
    /* The value in @row; @of is the group's own argument, @item the column's. */
    struct value (*get)(const struct row *row, int of, int item);
    int item;
    unsigned rows; /* enum row_kind bits: what has this column */
};

struct column_group {
    const char *path;   /* where it stands in JSON: "", "analysis", "turnaround_ms/client_gap" */
    const char *prefix; /* of its names in CSV */
    const struct column *columns;
    size_t count;
    int of;
    unsigned rows;                            /* enum row_kind bits: what has this group */
    bool omits_zero;                          /* JSON leaves out columns whose value is 0 */
    bool only_numbers;                        /* no column of it has text or findings */
    bool (*is_absent)(const struct row *row); /* or NULL; JSON shows null in place of the group */
};

extern const struct column_group column_groups[];
extern const size_t column_group_count;

/* Whether @column of @group belongs to rows of @kind. */
static inline bool column_applies(const struct column_group *group, const struct column *column,
                                  enum row_kind kind)
{
    return (group->rows & column->rows & (unsigned)kind) != 0;
}

/* The value of @column of @group in @row. */
struct value column_value(const struct column_group *group, const struct column *column,
                          const struct row *row);

/* Finds the column that CSV calls @name. Returns false if there is none. */
bool column_find(const char *name, const struct column_group **group, const struct column **column);

/* The ids of the findings of @row, separated by spaces, which the caller frees with g_free(). */
char *column_finding_ids(const struct row *row);

/* @value as exact text, the same in JSON and CSV; "" for VALUE_NONE and VALUE_FINDINGS. Returns
 * @buffer, of TEXT_FORMAT_SIZE bytes, or the text itself. */
const char *value_format(const struct value *value, char *buffer);

#endif
