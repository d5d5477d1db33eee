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

/* So many connections, of two servers or more, that pause and resume at the same moment, show that
 * the capturing host stood still. */
#define LEAST_STANDING 3

/* A connection is active for so long after a segment. */
#define ACTIVE_WITHIN NS_PER_SECOND

/* Who resumes together does so within this share of the pause: one part of so many. */
#define RESUMES_WITHIN_SHARE 10

/* Segments that a capture lacks are not from a longer time. */
#define LONGEST_HOLE (3 * NS_PER_SECOND)

/* Pauses that may be standstills, of a capture. Beyond, no wait is told. */
#define MOST_STANDSTILLS 256

/* Nothing at all for longer: nobody knows whether it was still capturing. */
#define LONGEST_PAUSE (600 * NS_PER_SECOND)

/* Segments other than resets whose hop limits must agree before one reset's can be called odd. */
#define HOP_LIMIT_AGREEING 3

/* A hop limit that is no distance but a setting: of BGP between neighbours, of multicast. */
#define LARGEST_HOP_SETTING 5

/* Other connections of a server within so much time show that it serves. */
#define SERVES_WITHIN (2 * NS_PER_SECOND)

/* What answers a SYN comes before its sender has given up: Linux repeats it for two minutes. */
#define SYN_LIFE (130 * NS_PER_SECOND)

/* An end that knows nothing of a connection resets it as soon as data comes: within the round trip
 * and this. */
#define ANSWERED_AT_ONCE (10 * NS_PER_MS)

/* Keep-alives without an answer, and segments longer than the MSS, that prove something. */
#define LEAST_PROBES    3
#define LEAST_OVERSIZED 3
#define LEAST_ODD_SACKS 3

/* Load balancers send over paths that differ by one hop. */
#define HOP_LIMIT_OFF 2

/* For this long after its own reset, segments of an end may still appear because the network
 * reordered them. */
#define REORDERING_TIME (10 * NS_PER_MS)

/* What follows a reset later than this, or further away in sequence space, is of another connection
 * that uses the ports again: Linux lets them rest for a minute. */
#define PORTS_REST               (60 * NS_PER_SECOND)
#define LARGEST_STEP_AFTER_RESET (1 << 20)

/* Resets may carry a few words (RFC 9293 section 3.5.3), but no data. */
#define LONGEST_RESET_PAYLOAD 200

/* Sequence numbers further apart belong to different connections: few windows are larger. */
#define LARGEST_WINDOW_STEP (1 << 26)

/* The window of a SYN is never scaled (RFC 7323 section 2.2), so no more is sent before the first
 * ACK. */
#define LARGEST_UNSCALED_WINDOW 65535

/* If no round trip is known, a segment that fills a gap sooner than this was overtaken. This is
 * Wireshark's own limit for "out-of-order". */
#define REORDERING_WITHOUT_RTT (3 * NS_PER_MS)

/* Shorter paths are within what a host takes to answer; but if many acknowledgments were timed, the
 * least of these tells, down to what clocks of captures tell apart. */
#define LEAST_ROUND_TRIP    (2 * NS_PER_MS)
#define MANY_ACKS           16
#define LEAST_MEASURED_TIME (20 * NS_PER_MS / 1000)

/* Paths on which a round trip takes longer are rare, also by satellite. */
#define LONGEST_ROUND_TRIP (1500 * NS_PER_MS)

/* A path may become slower as its queues fill up, rarely by more than this, or than half a second.
 */
#define SLOWEST_PATH 8

/* No sender repeats its latest data sooner: Linux's probe for a lost tail waits for 2 ms or more.
 */
#define SOONEST_REPEAT (1 * NS_PER_MS)

/* What is sent again sooner is no repeat by a timer: a SYN's is a second (RFC 6298). */
#define LEAST_SYN_REPEAT (200 * NS_PER_MS)

/* No stack waits longer for a SYN-ACK, or for the ACK that answers it, before it repeats. */
#define LONGEST_HANDSHAKE_WAIT (3100 * NS_PER_MS)

/* The least retransmission timeout of common stacks (RFC 6298 wants 1 s, Linux and Windows take
 * 200 ms and more). */
#define LEAST_TIMEOUT (200 * NS_PER_MS)

/* A receiver acknowledges data within 500 ms (RFC 9293 section 3.8.6.3). */
#define LONGEST_DELAYED_ACK (500 * NS_PER_MS)

/* Bytes of a message that says only that its sender is alive: BGP's has 19, MQTT's 2. */
#define LONGEST_HEARTBEAT 64

/* IPv4 identifications this close come from one counter, and their order is that of sending. */
#define IP_ID_DISTANCE 2048

/* Steps of an end's identifications that show that they count its segments. */
#define IDS_IN_ORDER 3

/* Between two segments of one connection an end may send so many others. */
#define NEXT_IP_ID 64

/* No frame of today's links is longer, and without an announced MSS nothing else tells. */
#define LARGEST_FRAME 9000

/* The MSS of a path of Ethernet frames. */
#define USUAL_MSS 1460

/* Bytes with which a frame of Ethernet without data is filled up. */
#define MOST_PADDING 6

/* One equal pair of segments may be chance. */
#define LEAST_COPIES 3

/* A segment smaller than this fits every path: the least MTU of IPv4 hosts (RFC 791) without
 * headers. */
#define FULL_SIZE_PAYLOAD 536

/* How much a display filter names at most, so that it still fits Wireshark's field and a mail. */
#define FILTER_FRAMES  200
#define FILTER_CLAUSES 100
#define FILTER_RANGES  100 /* of streams */

/* Up to so many ranges of streams are as they are; more are joined where nothing between two of
 * them can be shown, if they are no farther apart than the second. Of more breaks than the third
 * nothing is left that is short. */
#define FILTER_SHORT  8
#define FILTER_GAP    1000
#define FILTER_BREAKS 10000

/* A longer filter is no line: what the ends of the connections have in common may say it shorter,
 * with so many addresses or ports of others left out at most. Who asks looks at all connections of
 * the capture, so there may be no more of them for each that is shown than the third. */
#define FILTER_LONG           120
#define FILTER_EXCLUDED       4
#define FILTER_OTHERS_PER_HIT 1000

/* Segments that Wireshark kept from the tap, in per cent of those counted: above this, the rules
 * conclude nothing from what is absent. */
#define UNTAPPED_PERCENT 1

#endif
