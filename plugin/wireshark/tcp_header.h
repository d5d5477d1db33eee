/* The bytes of a TCP header as Wireshark's tap hands them out.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_TCP_HEADER_H
#define TFA_TCP_HEADER_H

#include <epan/dissectors/packet-tcp.h>

#include <stdbool.h>
#include <stdint.h>

#define TCP_SMALLEST_HEADER 20
#define TCP_LARGEST_HEADER  60
#define TCP_FOUND_IN_BYTES  16 /* Wireshark looks for the connection when it has read so many */

/* How much of a header there is. */
struct tcp_extent {
    unsigned captured; /* bytes of it that are there; TCP_FOUND_IN_BYTES or more */
    unsigned length;   /* bytes of the header and what it carries */
    bool is_fragment;  /* so it may carry more */
};

/* Fills @tcp from the header at @bytes, but for the addresses and th_stream. The window is not
 * scaled, the edges of SACK ranges are raw numbers, and th_mptcp only tells whether there is one.
 */
void tcp_header_read(tcp_info_t *tcp, const uint8_t *bytes, const struct tcp_extent *extent);

/* The length that the header at @bytes gives itself, whatever it is. */
static inline unsigned tcp_header_length(const uint8_t *bytes)
{
    return (bytes[12] >> 4) * 4U;
}

/* Whether Wireshark's tap gets a header of which @captured bytes are there, and that is @length
 * long by itself. */
bool tcp_header_is_whole(unsigned captured, unsigned length);

#endif
