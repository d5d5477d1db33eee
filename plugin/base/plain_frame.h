/* Where TCP stands in a plain frame: one with nothing between the link layer and TCP but VLAN tags
 * and one IP header, whole and without options or extension headers, whose lengths fit.
 *
 * Reads untrusted bytes. What is unusual is not plain, so that Wireshark's own dissectors decide
 * what to make of it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_PLAIN_FRAME_H
#define TFA_PLAIN_FRAME_H

#include <stdbool.h>
#include <stdint.h>

enum link_type {
    LINK_ETHERNET,
    LINK_COOKED,   /* Linux cooked capture */
    LINK_COOKED_2, /* its version 2 */
    LINK_RAW,      /* IPv4 or IPv6, as their versions say */
    LINK_RAW_IP4,
    LINK_RAW_IP6,
    LINK_NULL, /* BSD loopback, in the byte order of the host that captured */
    LINK_LOOP, /* BSD loopback, in network byte order */
};

struct frame_bytes {
    const uint8_t *at;
    uint32_t captured; /* bytes that may be read */
    uint32_t length;   /* bytes on the wire, without a frame check sequence behind them */
};

/* Offsets are bytes from the begin of the frame. */
struct plain_frame {
    uint32_t source_at, destination_at; /* the IP addresses: 4 bytes each, 16 if is_ip6 */
    uint32_t tcp_at;
    uint32_t tcp_length; /* bytes of TCP's header and payload, as the IP header says */
    uint16_t tcp_header; /* bytes of the header, options included; all of them are captured */
    uint16_t ip_length;  /* IPv4's total length, bytes; 0 for IPv6 */
    uint16_t ip_id;      /* 0 for IPv6 */
    uint8_t hop_limit;
    bool is_ip6;
};

/* Fills @plain and returns true if @frame is plain. Otherwise @plain is undefined. */
bool plain_frame_read(struct plain_frame *plain, enum link_type link,
                      const struct frame_bytes *frame);

#endif
