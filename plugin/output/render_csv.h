/* CSV, RFC 4180.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_RENDER_CSV_H
#define TFA_RENDER_CSV_H

#include "output/render_settings.h"
#include "report/report.h"

#include <stdio.h>

/* Writes @report to @out. @settings have no effect here. */
void render_csv(const struct report *report, const struct render_settings *settings, FILE *out);

#endif
