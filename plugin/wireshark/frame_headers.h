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
    tcp_info_t tcp; /* if is_found: as tcp_header_read() fills it in; the addresses are Wireshark's
                       until the frame is done */
    bool is_tcp;    /* else ICMP or ICMPv6 */
    bool is_found;  /* Wireshark has looked for its connection: enough of it was captured */
};

/* To be called once, when protocols are registered. */
void frame_headers_register(void);

/* Who wants to know of headers. */
struct frame_headers_user {
    bool wants_all;
    /* Whether the headers of this frame are to be noted; asked at each. @tree may be NULL. */
    bool (*is_asked)(const packet_info *pinfo, const proto_tree *tree);
    /* Called with each header of a frame that comes for the first time, if it is asked for or
     * wants_all, before Wireshark dissects it. @ip: a ws_ip4 or ws_ip6 until the frame is done;
     * NULL if not known. Returns a number, not 0, if dissected() is to be called with that when
     * Wireshark has dissected it. */
    size_t (*arrives)(packet_info *pinfo, tvbuff_t *header, const void *ip, bool is_tcp);
    void (*dissected)(packet_info *pinfo, size_t number);
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
