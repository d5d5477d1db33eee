/* An ICMP or ICMPv6 error that quotes a TCP segment: what a router or host on the way says of it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_ICMP_ERROR_H
#define TFA_ICMP_ERROR_H

#include "base/endpoint.h"

/* Errors that are remembered of a capture. What comes beyond says nothing. */
#define MOST_ICMP_ERRORS 10000

struct icmp_error {
    struct endpoint source, destination; /* of the segment that it quotes */
    struct endpoint reporter;            /* who sent the error; port 0 */
    int64_t time;                        /* ns since 1970 */
    uint32_t frame;                      /* Wireshark's frame.number */
    uint32_t sequence;                   /* of the quoted segment, raw */
    uint32_t mtu;                        /* of the next hop, bytes; 0 where it is not told */
    uint8_t type, code;                  /* as in the packet */
    bool is_v6;                          /* ICMPv6 */
};

/* The error's words in RFC 792, RFC 1122, RFC 1812 and RFC 4443, such as "host unreachable". */
const char *icmp_error_words(const struct icmp_error *error);

/* Whether it says that the quoted segment was too large for a link. */
bool icmp_error_is_too_big(const struct icmp_error *error);

#endif
