/* What the connections of a row counted in each interval of time.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_INTERVALS_H
#define TFA_INTERVALS_H

#include "report/report.h"

struct intervals;

/* The intervals of row number @row of @report, for intervals_next(). The report must count
 * intervals. The caller frees it with intervals_free(), before the report. */
struct intervals *intervals_new(const struct report *report, guint row);
/* The same for the interval with the number @index alone. If times are out of order, it leaves out
 * what was counted in this interval before an earlier interval was counted. */
struct intervals *intervals_new_one(const struct report *report, guint row, int32_t index);
void intervals_free(struct intervals *intervals);

/* Makes @interval the next one in which the row had traffic, in order of time. Returns false if
 * there is none. What @interval points to is owned by the row. */
bool intervals_next(struct intervals *intervals, struct row *interval);

#endif
