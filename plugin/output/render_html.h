/* The report as one HTML page, which needs nothing else: it loads nothing, sends nothing, and shows
 * the text report where scripts are off.
 *
 * The page itself is in plugin/output/page. CMake puts it and dygraphs, which draws the plots, into
 * the plugin.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_RENDER_HTML_H
#define TFA_RENDER_HTML_H

#include "output/render_settings.h"
#include "report/report.h"

#include <stdio.h>

/* Writes @report to @out. @settings are not used: a page is as wide as its window. */
void render_html(const struct report *report, const struct render_settings *settings, FILE *out);

/* A sentence that says what this build lacks for a page, or NULL if it lacks nothing. Not freed by
 * the caller. */
const char *render_html_lacks(void);

#endif
