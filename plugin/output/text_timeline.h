/* The traffic of each server over time, as lines of characters.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_TEXT_TIMELINE_H
#define TFA_TEXT_TIMELINE_H

#include "output/render_settings.h"
#include "report/report.h"

#include <stdio.h>

/* Writes to @out, behind an empty line, for each row of @report and direction a line of payload and
 * one of retransmissions, if Wireshark's analysis is on. Writes nothing where no intervals are
 * counted. */
void write_timelines(const struct report *report, const struct render_settings *settings,
                     FILE *out);

#endif
