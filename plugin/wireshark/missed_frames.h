/* Notices that a listener does not get all packets of the file. It gets those that Wireshark
 * dissects from its registration on. For the earlier ones, Wireshark can be asked to read all
 * packets again, which it refuses, without saying so, as long as it reads a file or another window
 * has it read packets again; and then the listeners have nevertheless lost what they had.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_MISSED_FRAMES_H
#define TFA_MISSED_FRAMES_H

#include <stdbool.h>

struct missed_frames;

/* Who watches. Both are called with @data, on the main thread, and may stop the watch. */
struct missed_frames_owner {
    /* Is to ask Wireshark to read all packets again. Called once a second while packets are missed
     * and none comes. */
    void (*read_again)(void *data);
    /* Called once a second while packets are missed, and when none is any more. */
    void (*changed)(void *data);
    void *data;
};

/* Watches which packets listeners get from now on, for @owner, which is copied. Returns NULL, and a
 * message in @error that the caller frees with g_free(), if Wireshark does not let it. */
struct missed_frames *missed_frames_start(const struct missed_frames_owner *owner, char **error);

/* Whether the first packets of the file were missed since listeners last had to begin anew. */
bool missed_frames_any(const struct missed_frames *watch);

/* Ends and frees @watch; may be called by what it calls. */
void missed_frames_stop(struct missed_frames *watch);

#endif
