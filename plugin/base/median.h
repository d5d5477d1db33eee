/* Median, largest and number of samples, per group.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_MEDIAN_H
#define TFA_MEDIAN_H

#include <glib.h>
#include <stdint.h>

/* One measured time and the number of the group (a server, a connection) that it belongs to. */
struct sample {
    uint32_t group;
    int64_t value; /* ns */
};

struct summary {
    int64_t median;   /* ns; the mean of the middle two, rounded down, where their number is even */
    int64_t maximum;  /* ns */
    uint64_t samples; /* if 0, the others mean nothing */
};

/* Fills the @groups @summaries from @samples (of struct sample), whose groups must be indexes of
 * it. The time grows with the number of samples, and not faster. */
void summarize(const GArray *samples, struct summary *summaries, size_t groups);

#endif
