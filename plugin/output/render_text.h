/* Text that an expert would paste into a ticket.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_RENDER_TEXT_H
#define TFA_RENDER_TEXT_H

#include "output/render_settings.h"
#include "report/report.h"

#include <stdio.h>

/* Writes @report to @out. */
void render_text(const struct report *report, const struct render_settings *settings, FILE *out);

#endif
