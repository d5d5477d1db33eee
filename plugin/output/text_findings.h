/* The part of the text report that holds the answer: whether the capture can be trusted, and what
 * was found, the most severe first.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_TEXT_FINDINGS_H
#define TFA_TEXT_FINDINGS_H

#include "output/render_settings.h"
#include "report/entry.h"

#include <stdio.h>

/* Writes to @out the sentence that says whether the capture of @report can be trusted, and what
 * limits the conclusions from it. */
void write_trust(const struct report *report, const struct render_settings *settings, FILE *out);

/* Writes to @out how many of @entries (of struct entry) there are of each severity. */
void write_severities(const GPtrArray *entries, FILE *out);

/* Writes to @out the first 20 of @entries, and how many more there are. Each has its servers, when
 * it began and ended, its sentence and its display filter; a chat has one line. The entries that
 * it writes become complete. */
void write_entries(const struct report *report, const GPtrArray *entries,
                   const struct render_settings *settings, FILE *out);

#endif
