/* The findings of all rows in the order of the report. Those that have one cause are one entry.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_ENTRY_H
#define TFA_ENTRY_H

#include "report/report.h"

struct entry {
    const struct finding *finding; /* of the row, or of all rows together */
    struct finding *together;      /* owned; NULL if the finding is that of one row */
    GPtrArray *rows;               /* of const struct row, in order of the report; owned */
    char *who; /* which servers, and what they have in common; owned, safe to show */
};

/* The entries of @report (of struct entry), the most severe first, then by how much they concern.
 * @report must outlive them. The caller frees them with g_ptr_array_free(). */
GPtrArray *entries_new(const struct report *report);

#endif
