/* The turnarounds of all connections, kept until results are shown: only then is it known which
 * end was the server, and an exact median needs every sample.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_TURNAROUND_H
#define TFA_TURNAROUND_H

#include "base/direction.h"
#include "base/number_set.h"

#include <glib.h>
#include <stdbool.h>
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

/* Turnarounds in the order in which they ended. All zeros is an empty one; g_free() frees each
 * array. */
struct turnaround_log {
    struct turnaround *all; /* owned */
    uint32_t *frames; /* of each, the number of the frame that ended it; NULL unless somebody wants
                         to know; owned */
    size_t count, room; /* in use; allocated */
};

#define TURNAROUND_LOG_FIRST_ROOM 4096

/* GLib's arrays take a hundred instructions for this, every few segments. */
static inline void turnaround_log_add(struct turnaround_log *log, struct turnaround turnaround)
{
    if (log->count == log->room) {
        log->room = MAX(log->room + log->room / 4, TURNAROUND_LOG_FIRST_ROOM);
        log->all = g_renew(struct turnaround, log->all, log->room);
        if (log->frames != NULL)
            log->frames = g_renew(uint32_t, log->frames, log->room);
    }
    log->all[log->count++] = turnaround;
}

/* Makes @log, which is empty, have room for the frames. */
static inline void turnaround_log_keep_frames(struct turnaround_log *log)
{
    log->room = TURNAROUND_LOG_FIRST_ROOM;
    log->all = g_renew(struct turnaround, log->all, log->room);
    log->frames = g_renew(uint32_t, log->frames, log->room);
}

/* Notes that frame number @frame ended the latest turnaround. The frames come in order. */
static inline void turnaround_log_set_frame(struct turnaround_log *log, uint32_t frame)
{
    if (log->frames != NULL)
        log->frames[log->count - 1] = frame;
}

/* The turnaround that @end ended with frame number @frame in connection number @flow: how long it
 * took in *@elapsed, in ns. Returns false if it ended none, or @log does not know the frames. */
static inline bool turnaround_log_find(const struct turnaround_log *log, uint32_t frame,
                                       uint32_t flow, enum end end, int64_t *elapsed)
{
    size_t count = log->frames != NULL ? log->count : 0;
    size_t i = number_search(log->frames, count, sizeof *log->frames, frame);
    for (; i < count && log->frames[i] == frame; i++) {
        if (log->all[i].flow == flow && turnaround_end(&log->all[i]) == end) {
            *elapsed = turnaround_elapsed(&log->all[i]);
            return true;
        }
    }
    return false;
}

#endif
