/* The TCP headers and ICMP messages of the frame that is being dissected, in order, in every pass
 * of every program. Taps do not come in all of them: neither in the first pass of "tshark -2" nor
 * when sharkd loads a file.
 *
 * Stands between Wireshark's dissectors of IP and of TCP, ICMP and ICMPv6, in the table "ip.proto".
 * It notes what it sees, and hands everything on unchanged.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_FRAME_HEADERS_H
#define TFA_FRAME_HEADERS_H

#include <epan/dissectors/packet-tcp.h>
#include <epan/packet.h>

struct frame_header {
    const void *ip; /* ws_ip4 or ws_ip6; NULL if not known; all addresses are Wireshark's until the
                       frame is done */
    unsigned layer; /* number of Wireshark's layer below it; grows within a frame */
    tcp_info_t tcp; /* if is_tcp: as in Wireshark's tap, but for th_stream; the window is not
                       scaled, the edges of SACK ranges are raw numbers */
    bool is_tcp;    /* else ICMP or ICMPv6 */
    bool is_found;  /* Wireshark has looked for its connection: enough of it was captured */
    bool is_begun;  /* the user's; false at first */
    bool is_whole;  /* Wireshark's tap gets it: the header is not cut */
};

/* To be called once, when protocols are registered. */
void frame_headers_register(void);

/* Who wants to know of headers. */
struct frame_headers_user {
    /* Whether the headers of a frame are to be noted; asked at each. @tree may be NULL. */
    bool (*is_wanted)(const packet_info *pinfo, const proto_tree *tree);
    /* Called before Wireshark dissects any of these headers, noted or not. */
    void (*before)(void);
    /* Called with a TCP header that is noted, before Wireshark dissects it. Returns whether seen()
     * is not to be called with it. */
    bool (*expect)(packet_info *pinfo, struct frame_header *header);
    /* Called when Wireshark has dissected @count headers more, with all that they carry. */
    void (*seen)(packet_info *pinfo, struct frame_header *headers, unsigned count);
};

/* Begins to stand between, for @user, unless it does already, or nobody dissects such headers. Call
 * it once the dissectors are known. */
void frame_headers_begin(const struct frame_headers_user *user);

/* Wireshark's dissectors are called as without this plugin again. */
void frame_headers_end(void);

/* All *@count headers of the frame that are noted. Valid until the next frame. */
struct frame_header *frame_headers_get(const packet_info *pinfo, unsigned *count);

/* Forgets the headers: the frame is done. */
void frame_headers_clear(void);

/* Frees what is kept from frame to frame. */
void frame_headers_free(void);

#endif
