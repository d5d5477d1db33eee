/* JSON and NDJSON, by Wireshark's own writer.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_RENDER_JSON_H
#define TFA_RENDER_JSON_H

#include "output/render_settings.h"
#include "report/report.h"

#include <stdio.h>

/* Write @report to @out, as one document or with one object on each line. @settings have no effect
 * here. */
void render_json(const struct report *report, const struct render_settings *settings, FILE *out);
void render_ndjson(const struct report *report, const struct render_settings *settings, FILE *out);

/* Writes a line of NDJSON for each row of @report that had traffic in the interval with the number
 * @index. The line says that it is provisional. */
void render_provisional(const struct report *report, int32_t index, FILE *out);

#endif
