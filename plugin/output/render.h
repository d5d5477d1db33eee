/* The forms of output. Each reads a report through the columns and writes it to a stream.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_RENDER_H
#define TFA_RENDER_H

#include "output/render_settings.h"
#include "report/report.h"
#include "settings/options.h"

#include <stdio.h>

/* Writes @report to @out in @format. If writing fails, ferror() of @out says so. */
void render(enum output_format format, const struct report *report,
            const struct render_settings *settings, FILE *out);

/* Writes @report in @format to the file @path, or to standard output if that is NULL. The file
 * appears when it is complete. Returns NULL, or the message of what went wrong, which the caller
 * frees with g_free(). */
char *render_to_file(enum output_format format, const struct report *report,
                     const struct render_settings *settings, const char *path);

/* A sentence that says what this build of the plugin lacks for @format, or NULL if it lacks
 * nothing. Not freed by the caller. */
const char *render_lacks(enum output_format format);

#endif
