/* Every tunable of the findings, with its reason. The user can set some of them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_THRESHOLDS_H
#define TFA_THRESHOLDS_H

#include "settings/preference.h"

#include <glib.h>

#define NS_PER_MS     G_GINT64_CONSTANT(1000000)
#define NS_PER_SECOND G_GINT64_CONSTANT(1000000000)

/* A capture that goes on for this long after an unanswered segment has waited long enough: RFC 6298
 * repeats a SYN after 1 s. */
#define WAITED_FOR_ANSWER NS_PER_SECOND

/* Servers or ports that a scanner tries at least; a browser opens fewer at a time in vain. */
#define SCAN_TARGETS (preferences.scan_targets)

/* Data segments sent again: fewer than 3, or less than 1 %, are everyday life on the Internet. */
#define LOSS_SEGMENTS (preferences.loss_segments)
#define LOSS_PERCENT  (preferences.loss_percent)

#define SPURIOUS_SEGMENTS (preferences.spurious_segments)

/* The first time and three repeats: with RFC 6298's doubling at least 1.4 s of silence. */
#define EXHAUSTED_SENDS (preferences.exhausted_sends)

/* A window filled once is a burst, again and again a limit. */
#define WINDOW_FULL_SEGMENTS (preferences.window_full_segments)

/* No path on earth has a round trip of half a second, satellites aside. */
#define SLOW_HANDSHAKE (preferences.slow_handshake_ms * NS_PER_MS)

/* What a user notices as waiting. */
#define SLOW_TURNAROUND (preferences.slow_turnaround_ms * NS_PER_MS)

/* A reset after a pause of this length is told as one after idling. */
#define IDLE_BEFORE_RESET (preferences.idle_before_reset_ms * NS_PER_MS)

/* Segments other than resets whose hop limits must agree before one reset's can be called odd. */
#define HOP_LIMIT_WITNESSES 3

/* Load balancers send over paths that differ by one hop. */
#define HOP_LIMIT_OFF 2

/* Behind its own reset an end may still be seen with what the network reordered, for so long. */
#define REORDERING_TIME (10 * NS_PER_MS)

/* Sequence numbers further apart belong to different connections: few windows are larger. */
#define LARGEST_WINDOW_STEP (1 << 26)

/* Where no round trip is known, what fills a gap sooner was overtaken: Wireshark's own limit for
 * "out-of-order". */
#define REORDERING_WITHOUT_RTT (3 * NS_PER_MS)

/* The least retransmission timeout of common stacks (RFC 6298 wants 1 s, Linux and Windows take
 * 200 ms and more). */
#define LEAST_TIMEOUT (200 * NS_PER_MS)

/* A receiver acknowledges data within 500 ms (RFC 9293 section 3.8.6.3). */
#define LONGEST_DELAYED_ACK (500 * NS_PER_MS)

/* Identifications this close come from one counter, and their order is that of sending. */
#define IP_ID_DISTANCE 2048

/* One equal pair may be chance. */
#define DUPLICATE_SEGMENTS 3
#define DUPLICATE_PERCENT  (preferences.duplicate_percent)

/* A segment smaller than this fits every path: the least MTU of IPv4 hosts (RFC 791) without
 * headers. */
#define FULL_SIZE_PAYLOAD 536

/* What a display filter names at most, so that it still fits Wireshark's field and a mail. */
#define FILTER_STREAMS 100
#define FILTER_FRAMES  200

#endif
