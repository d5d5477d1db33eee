/* The forms of output. Each reads a report through the columns and writes a stream.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_RENDER_H
#define TFA_RENDER_H

#include "report/report.h"

#include <stdio.h>

/* Columns that a text may take where no terminal says how wide it is. */
#define TEXT_DEFAULT_WIDTH 100

struct render_settings {
    unsigned text_width; /* columns; smaller than TEXT_DEFAULT_WIDTH counts as that */
    bool unicode;        /* text may have arrows and blocks */
};

/* Writes @report to @out in @format. Errors of writing stay in @out for ferror() to tell. */
void render(enum output_format format, const struct report *report,
            const struct render_settings *settings, FILE *out);

/* The renderers themselves. */
void render_text(const struct report *report, const struct render_settings *settings, FILE *out);
void render_json(const struct report *report, const struct render_settings *settings, FILE *out);
void render_ndjson(const struct report *report, const struct render_settings *settings, FILE *out);
void render_csv(const struct report *report, const struct render_settings *settings, FILE *out);

#endif
