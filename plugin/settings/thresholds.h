/* What the rules take for a limit, each with its reason. What the user can set is in preference.h;
 * how far apart copies may be is in duplicate_frame.c.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_THRESHOLDS_H
#define TFA_THRESHOLDS_H

#include "base/time_units.h"

/* A capture that goes on for this long after an unanswered segment has waited long enough: RFC 6298
 * repeats a SYN after 1 s. */
#define WAITED_FOR_ANSWER NS_PER_SECOND

/* Segments other than resets whose hop limits must agree before one reset's can be called odd. */
#define HOP_LIMIT_AGREEING 3

/* Load balancers send over paths that differ by one hop. */
#define HOP_LIMIT_OFF 2

/* For this long after its own reset, segments of an end may still appear because the network
 * reordered them. */
#define REORDERING_TIME (10 * NS_PER_MS)

/* Sequence numbers further apart belong to different connections: few windows are larger. */
#define LARGEST_WINDOW_STEP (1 << 26)

/* If no round trip is known, a segment that fills a gap sooner than this was overtaken. This is
 * Wireshark's own limit for "out-of-order". */
#define REORDERING_WITHOUT_RTT (3 * NS_PER_MS)

/* The least retransmission timeout of common stacks (RFC 6298 wants 1 s, Linux and Windows take
 * 200 ms and more). */
#define LEAST_TIMEOUT (200 * NS_PER_MS)

/* A receiver acknowledges data within 500 ms (RFC 9293 section 3.8.6.3). */
#define LONGEST_DELAYED_ACK (500 * NS_PER_MS)

/* IPv4 identifications that are this close come from one counter, so they show the order of
 * sending. */
#define IP_ID_DISTANCE 2048

/* One equal pair of segments may be chance. */
#define LEAST_COPIES 3

/* A segment smaller than this fits every path: the least MTU of IPv4 hosts (RFC 791) without
 * headers. */
#define FULL_SIZE_PAYLOAD 536

/* How much a display filter names at most, so that it still fits Wireshark's field and a mail. */
#define FILTER_STREAMS 100
#define FILTER_FRAMES  200

/* Segments that Wireshark kept from the tap, in per cent of those counted: above this, the rules
 * conclude nothing from what is absent. */
#define UNTAPPED_PERCENT 1

#endif
