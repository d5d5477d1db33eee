/* The findings of all rows in the order of the report. Those that have one cause are one entry.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_ENTRY_H
#define TFA_ENTRY_H

#include "report/order.h"
#include "report/report.h"

struct entry {
    struct weight weight;
    struct finding *first; /* of the first row */
    GArray *rows;          /* uint32_t: indexes in report->rows of the rows that have it; owned */

    /* Known once entry_complete() was called. */
    const struct finding *finding; /* of the row, or of all rows together */
    struct finding *together;      /* owned; NULL if the finding is that of one row */
    char *who; /* which servers, and what they have in common; owned, safe to show */
};

/* The entries of @report (of struct entry), the most severe first, then by how much they concern;
 * not complete. @report must outlive them. The caller frees them with g_ptr_array_free(). */
GPtrArray *entries_new(const struct report *report);

/* Completes @entry of @report if it is not complete. Returns it. */
const struct entry *entry_complete(const struct report *report, struct entry *entry);

#endif
