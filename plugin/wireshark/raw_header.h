/* What Wireshark's taps leave out: TCP options, and the segment that an ICMP error quotes. Reads
 * the bytes of the frame, of which an address in a tap record is a part. Every length is checked.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_RAW_HEADER_H
#define TFA_RAW_HEADER_H

#include "connection/icmp_error.h"
#include "connection/segment.h"

#include <epan/dissectors/packet-tcp.h>
#include <epan/tvbuff.h>

#define IP4_HEADER 20 /* bytes without options */

/* Bytes of the IPv4 header whose source is @source, with its options; IP4_HEADER where it is not
 * plainly in the frame. */
size_t raw_header_ip4_length(tvbuff_t *frame, const address *source);

/* Fills in timestamps and MSS of @segment, whose other members are filled in, from the TCP header
 * that @tcp is about. Leaves them as they are where that header is not plainly in the frame, as of
 * reassembled packets. */
void raw_header_options(tvbuff_t *frame, const tcp_info_t *tcp, struct segment *segment);

/* Fills in the same from the options of a header, from @at up to @end. */
void raw_header_take_options(struct segment *segment, const uint8_t *at, const uint8_t *end);

/* Whether the TCP header at @header is plainly in the frame, behind the IP header from @source. */
bool raw_header_is_at(tvbuff_t *frame, const address *source, const uint8_t *header);

/* Whether the @payload bytes behind a TCP header of @header bytes, in a packet from @source, are
 * zeros, as where a box counted the padding of a short Ethernet frame into the packet. false where
 * that header is not plainly in the frame. */
bool raw_header_carries_zeros(tvbuff_t *frame, const address *source, uint32_t header,
                              uint32_t payload);

/* Whether the IP packet whose header has its source at @source is an ICMP (ICMPv6) error that
 * quotes a TCP segment. If so, fills in @error, but for reporter, time and frame. */
bool raw_header_icmp(tvbuff_t *frame, const address *source, struct icmp_error *error);
bool raw_header_icmp6(tvbuff_t *frame, const address *source, struct icmp_error *error);

#endif
