/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wireshark/compat.h"

#include "wireshark/missed_frames.h"

#include <epan/tap.h>

/* Longer than Wireshark takes from one packet to the next, so that the watch does not disturb it
 * while it reads. */
#define TICK_MS 1000

/* After so many refusals in a row without any packet, there is no packet: the file was closed. */
#define MOST_REFUSALS 10

struct missed_frames {
    struct missed_frames_owner owner;
    uint32_t first;    /* number of the first frame since listeners began anew; 0 for none yet */
    uint32_t expected; /* number of the first frame if none was missed: the user may ignore some */
    uint64_t frames;
    uint64_t frames_at_tick;
    unsigned refusals; /* to read again, in a row */
    guint timer;       /* GLib's source; 0 for none */
    bool is_in_callback;
    bool is_stopped; /* by the callback */
};

bool missed_frames_any(const struct missed_frames *watch)
{
    return watch->first > watch->expected || watch->refusals > 0;
}

bool missed_frames_has_first(const struct missed_frames *watch)
{
    return watch->first != 0 && !missed_frames_any(watch);
}

/* By its owner, or by other code that Wireshark runs in the meantime. */
static bool is_stopped_by(struct missed_frames *watch, void (*call)(void *))
{
    watch->is_in_callback = true;
    call(watch->owner.data);
    watch->is_in_callback = false;
    return watch->is_stopped;
}

static void note_outcome(struct missed_frames *watch)
{
    if (watch->first != 0)
        watch->expected = watch->first;
    else if (watch->refusals < MOST_REFUSALS)
        watch->refusals++;
    else
        watch->refusals = 0;
}

static gboolean on_tick(gpointer data)
{
    struct missed_frames *watch = data;
    bool is_reading = watch->frames != watch->frames_at_tick;
    if (!is_reading && missed_frames_any(watch) && !is_stopped_by(watch, watch->owner.read_again))
        note_outcome(watch);
    watch->frames_at_tick = watch->frames;
    if (!watch->is_stopped && !is_stopped_by(watch, watch->owner.changed) &&
        missed_frames_any(watch))
        return G_SOURCE_CONTINUE;
    if (watch->is_stopped)
        g_free(watch);
    else
        watch->timer = 0;
    return G_SOURCE_REMOVE;
}

static tap_packet_status on_frame(void *data, packet_info *pinfo, epan_dissect_t *edt,
                                  const void *tap_data, tap_flags_t flags)
{
    (void)edt;
    (void)tap_data;
    (void)flags;
    struct missed_frames *watch = data;
    if (watch->first == 0) {
        watch->first = pinfo->num;
        watch->expected = MIN(watch->expected, pinfo->num);
    }
    watch->frames++;
    watch->refusals = 0;
    if (watch->first > watch->expected && watch->timer == 0)
        watch->timer = g_timeout_add(TICK_MS, on_tick, watch);
    return TAP_PACKET_DONT_REDRAW;
}

static void on_reset(void *data)
{
    struct missed_frames *watch = data;
    watch->first = 0;
}

struct missed_frames *missed_frames_start(const struct missed_frames_owner *owner, char **error)
{
    struct missed_frames *watch = g_new0(struct missed_frames, 1);
    watch->owner = *owner;
    watch->expected = 1;
    GString *refusal = register_tap_listener("frame", watch, NULL, TL_REQUIRES_NOTHING, on_reset,
                                             on_frame, NULL, NULL);
    if (refusal == NULL)
        return watch;
    *error = g_string_free(refusal, FALSE);
    g_free(watch);
    return NULL;
}

void missed_frames_stop(struct missed_frames *watch)
{
    remove_tap_listener(watch);
    if (watch->is_in_callback) {
        watch->is_stopped = true;
        return;
    }
    if (watch->timer != 0)
        g_source_remove(watch->timer);
    g_free(watch);
}
