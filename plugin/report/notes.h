/* What the reader of a report must know before its numbers.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_NOTES_H
#define TFA_NOTES_H

#include "connection/role.h"
#include "settings/request.h"

/* The source of the notes. */
struct note_source {
    const struct request *request;
    const struct flow_table *flows;
    const struct role *roles; /* of each flow */
    uint64_t segments;
    uint64_t untapped;     /* TCP segments of the capture that Wireshark kept from the tap */
    uint64_t out_of_range; /* segments whose times were brought into the range of time_units.h */
    uint64_t selected;     /* servers that fit what the user named */
    bool analysed;         /* Wireshark's TCP sequence analysis was on */
    bool is_filtered;      /* the file was saved through a filter */
    bool stood_still;      /* the capturing host did, for a while */
};

/* Sentences (char *), which the caller frees with g_ptr_array_free(). */
GPtrArray *notes_new(const struct note_source *source);

/* Why there is nothing to report: there is no TCP, or none that came to the statistic. NULL if
 * there is some. */
const char *notes_message(const struct note_source *source);

#endif
