/* The TCP headers and ICMP errors of a file as they come, in order. Nothing is made of them before
 * somebody asks: most who load a file do not.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_ARRIVAL_LOG_H
#define TFA_ARRIVAL_LOG_H

#include "connection/icmp_error.h"
#include "connection/segment.h"

#include <epan/dissectors/packet-tcp.h>
#include <epan/packet_info.h>
#include <epan/tvbuff.h>

/* A header. Wireshark has still to dissect it. */
struct arrival {
    struct tcp_analysis *analysis; /* Wireshark's; NULL: to be looked for */
    int64_t time;                  /* ns since 1970 */
    uint32_t frame, frame_bytes;   /* Wireshark's frame.number, and its length on the wire */
    uint32_t length;               /* of the TCP header and what it carries */
    uint16_t ip_id;                /* 0 for none */
    uint8_t hop_limit;
    uint8_t address_type, address_length; /* of both addresses; Wireshark's AT_... */
    uint8_t captured; /* bytes of the TCP header that are kept; 0: too few to tell its connection */
    uint8_t marks;    /* enum arrival_mark bits */
    uint8_t bytes[];  /* source, destination, the TCP header; or a struct icmp_error */
};

enum arrival_mark {
    ARRIVAL_HAS_IP = 0x01,      /* ip_id and hop_limit are known */
    ARRIVAL_IS_FRAGMENT = 0x02, /* so it may carry more */
    ARRIVAL_IS_CUT = 0x04,      /* its IP packet is longer than the frame */
    ARRIVAL_IS_PADDING = 0x08,  /* perhaps: see struct segment */
    ARRIVAL_IS_PLAIN = 0x10,    /* it stands in the frame behind its IP header, as it is */
    ARRIVAL_COUNTS = 0x20,      /* a whole packet of IP has it: it ought to come to the tap */
    ARRIVAL_IS_ERROR = 0x40,    /* of ICMP, no TCP header */
};

struct arrival_log {
    uint8_t *bytes; /* of struct arrival, one behind the other, aligned; owned */
    size_t used, room;
    size_t latest;         /* where those of the latest frame begin */
    uint32_t frame;        /* the latest frame */
    int64_t position;      /* of that in the file */
    unsigned layer;        /* Wireshark's number of the layer below its first header */
    uint64_t out_of_range; /* headers whose times were brought into the range of time_units.h */
};

/* What is known of a header when it comes. */
struct arriving {
    const packet_info *pinfo;
    tvbuff_t *header, *frame;
    const void *ip; /* ws_ip4 or ws_ip6; NULL if not known */
};

/* Adds a TCP header. Returns its place, which is not 0 and is valid until some are taken.
 *
 * A frame that a read filter leaves out has the number of the next frame, and no program shows it;
 * a frame may be dissected once more, too. So what the latest frame has added goes when a header of
 * another frame with its number comes. Nobody can know whether the last frame of a file is left
 * out, nor one whose number goes to a frame without such a header. */
size_t arrival_log_add_tcp(struct arrival_log *log, const struct arriving *arriving);

/* Adds an ICMP or ICMPv6 message, if it is an error that quotes a TCP segment. */
void arrival_log_add_icmp(struct arrival_log *log, const struct arriving *arriving);

/* The header at @place. Valid until another is added, or some are taken. */
struct arrival *arrival_log_at(const struct arrival_log *log, size_t place);

/* Whether it is time to take what has come. */
bool arrival_log_is_full(const struct arrival_log *log);

/* Calls @take with all headers, in order, and forgets them. With @but_latest, it leaves those of
 * the latest frame: Wireshark may not have dissected them yet. */
void arrival_log_take(struct arrival_log *log, bool but_latest,
                      void (*take)(const struct arrival *arrival));

/* Frees what is kept, and forgets all. */
void arrival_log_clear(struct arrival_log *log);

/* --- one header --- */

/* Whether it is an ICMP error, and that in @error. */
bool arrival_error(const struct arrival *arrival, struct icmp_error *error);

/* Fills @tcp from a TCP header, but for th_stream. Its addresses are the arrival's. Returns false
 * if too little of it was captured for Wireshark to look for its connection. */
bool arrival_read(const struct arrival *arrival, tcp_info_t *tcp);

/* Fills @segment, which is a TCP header's, with all that does not depend on Wireshark's analysis.
 * @tcp is what arrival_read() has read. The window is not scaled. */
void arrival_segment(const struct arrival *arrival, const tcp_info_t *tcp, struct segment *segment);

#endif
