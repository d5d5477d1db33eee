/* Whether tshark captures or reads a file.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_LIVE_CAPTURE_H
#define TFA_LIVE_CAPTURE_H

#include <stdbool.h>

/* Whether this tshark captures. Wireshark tells no plugin, so the arguments do: without -r it
 * captures. false where they cannot be read. */
bool live_capture_is_running(void);

#endif
