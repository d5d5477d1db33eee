/* The findings of all rows in the order of the report. Those that have one cause are one entry.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_ENTRY_H
#define TFA_ENTRY_H

#include "report/order.h"
#include "report/report.h"

struct entry {
    struct weight weight;  /* its place in the order: of the findings of all its rows */
    struct finding *first; /* of the first row, owned by the report */
    GArray *rows;          /* uint32_t: indexes in report->rows of the rows that have it; owned */

    /* Known once entry_complete() was called. */
    const struct finding *finding; /* of the row, or of all rows together */
    struct finding *together;      /* owned; NULL if the finding is that of one row */
    char *who; /* which servers, and what they have in common; owned, safe to show */
};

/* The entries of @report (of struct entry), the most severe first, then by how much they concern;
 * not complete. @report must outlive them. The caller frees them with g_ptr_array_free(x, TRUE). */
GPtrArray *entries_new(const struct report *report);

/* Makes the sentence, the display filter and the servers of @entry, of @report, if they are not
 * there yet: most entries of a large capture are never shown. Returns @entry. */
const struct entry *entry_complete(const struct report *report, struct entry *entry);

#endif
