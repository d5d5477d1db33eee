/* Recognises a transmission that was captured twice: by a mirror port that copies both on the way
 * in and on the way out, on two interfaces of one host, or as a super-segment beside its pieces.
 *
 * Two captured segments are the same one when they belong to the same connection and sender, agree
 * in sequence and acknowledgment number, flags, length, window and SACK ranges, and
 *  - have the same IPv4 identification, not 0, and are at most 100 ms apart or differ in hop limit,
 *    at any distance; or
 *  - have no identification (IPv6, or Linux's 0) but the same timestamps (RFC 7323), and differ in
 *    hop limit, or are at most 1 ms or at least 20 ms apart: in between, a sender whose clock ticks
 *    slowly may have repeated a segment in the same tick; or
 *  - have neither, and are at most 1 ms apart and no resets, for an end answers several segments
 *    with equal resets; or differ in hop limit as copies of that end do that were recognised
 *    otherwise, and are at most 1 s apart.
 * A segment of other length is a copy of a part where it lies in a super-segment that was captured
 * at most 100 ms away, and has one of the identifications that belong to that, or its timestamps.
 *
 * Segments of unknown length are never copies. Different identifications prove that the sender
 * emitted two packets, as it does for a fast retransmission or for duplicate ACKs, however soon
 * they follow each other.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_DUPLICATE_FRAME_H
#define TFA_DUPLICATE_FRAME_H

#include "base/direction.h"
#include "connection/segment.h"

struct duplicate_filter;

/* The filter's memory is fixed, 400 KiB, whatever the number of connections: small enough for a
 * processor's cache. It holds 16,384 segments in sets of four, so that a copy is safely recognised
 * among some thousand others, and seldom after some ten thousand; and the 64 latest
 * super-segments. */
struct duplicate_filter *duplicate_filter_new(void);
void duplicate_filter_free(struct duplicate_filter *filter);

/* Whether @segment, sent by @sender of its connection, is the copy of one seen before; remembers
 * it. @known_hops is by how much copies of that end differ in hop limit, 0 where that is not known.
 * Of a copy, *@hops is how many hops it has gone further than the other. */
bool duplicate_filter_check(struct duplicate_filter *filter, const struct segment *segment,
                            enum end sender, int8_t known_hops, int8_t *hops);

/* Whether @segment, which repeats data, is a piece of a super-segment. *@hops as above. */
bool duplicate_filter_check_piece(const struct duplicate_filter *filter,
                                  const struct segment *segment, enum end sender, int8_t *hops);

#endif
