/* Recognises a segment that was captured twice, as a mirror port does that copies both on the way
 * in and on the way out.
 *
 * Two captured segments are the same one when they belong to the same connection and sender and
 * agree in sequence and acknowledgment number, flags, length, window, SACK ranges and IPv4
 * identification, and
 *  - the identification is not 0 and they are at most 100 ms apart, or
 *  - there is no identification (IPv6, or Linux's 0) and they are at most 1 ms apart and no
 *    resets: an end answers several segments with equal resets.
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

/* The filter's memory is fixed, 260 KiB, whatever the number of connections: small enough for a
 * processor's cache. It holds 16,384 segments in sets of four, so that a copy is safely recognised
 * among some thousand others, and seldom after some ten thousand. */
struct duplicate_filter *duplicate_filter_new(void);
void duplicate_filter_free(struct duplicate_filter *filter);

/* Whether @segment, sent by @sender of its connection, is the copy of one seen before; remembers
 * it. */
bool duplicate_filter_check(struct duplicate_filter *filter, const struct segment *segment,
                            enum end sender);

#endif
