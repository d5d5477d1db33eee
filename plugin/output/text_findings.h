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

/* Writes what limits the conclusions from the capture of @report, if anything does. */
void write_trust(const struct report *report, const struct render_settings *settings, FILE *out);

/* Writes how many of @entries (of struct entry) there are of each severity. */
void write_severities(const GPtrArray *entries, FILE *out);

/* Writes the first of @entries, each with its servers, its time and its display filter, and how
 * many more there are. */
void write_entries(const struct report *report, const GPtrArray *entries,
                   const struct render_settings *settings, FILE *out);

#endif
