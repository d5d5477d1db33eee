/* The turnarounds of all connections, kept until results are shown: only then is it known which
 * end was the server, and an exact median needs every sample.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_TURNAROUND_H
#define TFA_TURNAROUND_H

#include "base/direction.h"

#include <glib.h>
#include <stdint.h>

/* One turnaround, 12 bytes. */
struct turnaround {
    uint32_t flow; /* index in the flow table */
    uint32_t low;  /* lower half of the time in ns */
    uint32_t high; /* upper half shifted left by one, and the enum end that answered */
};

/* An answer of @end in connection number @flow after @elapsed ns, not negative. */
static inline struct turnaround turnaround_make(uint32_t flow, enum end end, int64_t elapsed)
{
    uint64_t ns = (uint64_t)elapsed;
    return (struct turnaround){flow, (uint32_t)ns, (uint32_t)(ns >> 32) << 1 | (uint32_t)end};
}

/* How long @turnaround took, in ns. */
static inline int64_t turnaround_elapsed(const struct turnaround *turnaround)
{
    return (int64_t)((uint64_t)(turnaround->high >> 1) << 32 | turnaround->low);
}

/* The end that answered. */
static inline enum end turnaround_end(const struct turnaround *turnaround)
{
    return (turnaround->high & 1) != 0 ? END_B : END_A;
}

/* Turnarounds in the order in which they ended. All zeros is an empty one; g_free() frees all. */
struct turnaround_log {
    struct turnaround *all; /* owned */
    size_t count, room;     /* in use; allocated */
};

#define TURNAROUND_LOG_FIRST_ROOM 4096

/* GLib's arrays take a hundred instructions for this, every few segments. */
static inline void turnaround_log_add(struct turnaround_log *log, struct turnaround turnaround)
{
    if (log->count == log->room) {
        log->room = MAX(log->room * 2, TURNAROUND_LOG_FIRST_ROOM);
        log->all = g_renew(struct turnaround, log->all, log->room);
    }
    log->all[log->count++] = turnaround;
}

#endif
