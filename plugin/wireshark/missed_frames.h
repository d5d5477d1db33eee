/* Notices that a listener does not get all packets of the file. A listener only gets packets that
 * Wireshark dissects after the registration. To get earlier packets, ask Wireshark to read all
 * packets again. Wireshark silently refuses that while it reads a file, or while it reads packets
 * again for another window. Listeners then still lose everything that they had.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_MISSED_FRAMES_H
#define TFA_MISSED_FRAMES_H

#include <stdbool.h>

struct missed_frames;

/* The owner of a watch. Both functions are called with @data, on the main thread, and may stop the
 * watch. */
struct missed_frames_owner {
    /* Must ask Wireshark to read all packets again. Called once a second while packets are missed
     * and none comes. */
    void (*read_again)(void *data);
    /* Called once a second while packets are missed, and once when none is missed any more. */
    void (*changed)(void *data);
    void *data;
};

/* Watches which packets listeners get from now on, for @owner, which is copied. If Wireshark does
 * not allow that, returns NULL and a message in @error, which the caller frees with g_free(). */
struct missed_frames *missed_frames_start(const struct missed_frames_owner *owner, char **error);

/* Whether the first packets of the file were missed since listeners last began again. */
bool missed_frames_any(const struct missed_frames *watch);

/* Whether listeners have got packets, from the first one of the file on, since they last began
 * again. */
bool missed_frames_has_first(const struct missed_frames *watch);

/* Ends and frees @watch. The functions of the owner may call it. */
void missed_frames_stop(struct missed_frames *watch);

#endif
