/* The traffic of each server over time, as lines of characters.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_TEXT_TIMELINE_H
#define TFA_TEXT_TIMELINE_H

#include "output/render_settings.h"
#include "report/report.h"

#include <stdio.h>

/* Writes to @out an empty line and, for each shown row of @report and each direction, a line of
 * payload and a line of retransmissions. Retransmissions are left out if Wireshark's analysis is
 * off. Writes nothing if @report counts no intervals. */
void write_timelines(const struct report *report, const struct render_settings *settings,
                     FILE *out);

#endif
