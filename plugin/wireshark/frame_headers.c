/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wireshark/compat.h"

#include "wireshark/frame_headers.h"

#include <epan/dissectors/packet-ip.h>
#include <epan/proto.h>
#include <epan/tvbuff.h>
#include <string.h>

#define TABLE "ip.proto"

#define TCP_SMALLEST_HEADER  20
#define TCP_LARGEST_HEADER   60
#define TCP_FOUND_IN_BYTES   16 /* Wireshark looks for the connection when it has read so many */
#define TCP_FLAGS            0x0FFF
#define TCP_OPTION_END       0
#define TCP_OPTION_NOTHING   1
#define TCP_OPTION_SACK      5
#define TCP_OPTION_MULTIPATH 30

/* --- the list --- */

static struct {
    struct frame_header *all; /* owned */
    unsigned count, room;
    uint32_t frame; /* whose they are */
} headers;

static struct frame_header *add(const packet_info *pinfo)
{
    if (headers.frame != pinfo->num)
        headers.count = 0; /* of a frame whose dissection broke off */
    headers.frame = pinfo->num;
    if (headers.count == headers.room) {
        headers.room = MAX(headers.room * 2, 4);
        headers.all = g_renew(struct frame_header, headers.all, headers.room);
    }
    return &headers.all[headers.count++];
}

struct frame_header *frame_headers_get(const packet_info *pinfo, unsigned *count)
{
    *count = headers.frame == pinfo->num ? headers.count : 0;
    return headers.all;
}

void frame_headers_clear(void)
{
    headers.count = 0;
}

void frame_headers_free(void)
{
    g_free(headers.all);
    headers.all = NULL;
    headers.count = headers.room = 0;
}

/* --- IP --- */

/* What may stand between an IP header and TCP, and hands on what is known of that header. */
static const char *const between_names[] = {"ah",           "ipv6.hopopts", "ipv6.dstopts",
                                            "ipv6.routing", "ipv6.fraghdr", "ipv6.shim6"};
static int ip_protocol = -1, ip6_protocol = -1, between_protocols[G_N_ELEMENTS(between_names)];

static void find_protocols(void)
{
    ip_protocol = proto_get_id_by_filter_name("ip");
    ip6_protocol = proto_get_id_by_filter_name("ipv6");
    for (size_t i = 0; i < G_N_ELEMENTS(between_names); i++)
        between_protocols[i] = proto_get_id_by_filter_name(between_names[i]);
}

static bool is_between(int protocol)
{
    for (size_t i = 0; i < G_N_ELEMENTS(between_names); i++) {
        if (protocol == between_protocols[i])
            return true;
    }
    return false;
}

/* @data, if it is a ws_ip4 or ws_ip6: other dissectors than those of IP hand something else to this
 * table, also if a packet asks them to. */
static const void *ip_header(const packet_info *pinfo, const void *data)
{
    wmem_list_frame_t *layer = wmem_list_tail(pinfo->layers);
    while (layer != NULL && is_between(GPOINTER_TO_INT(wmem_list_frame_data(layer))))
        layer = wmem_list_frame_prev(layer);
    if (layer == NULL || data == NULL)
        return NULL;
    int protocol = GPOINTER_TO_INT(wmem_list_frame_data(layer));
    bool is_ip = (protocol == ip_protocol && *(const uint8_t *)data == IP_VERSION_NUM_INET) ||
                 (protocol == ip6_protocol && *(const uint8_t *)data == IP_VERSION_NUM_INET6);
    return is_ip ? data : NULL;
}

/* --- TCP --- */

static void take_sack_ranges(tcp_info_t *tcp, tvbuff_t *tvb, int at, int end)
{
    for (; at + 8 <= end && tcp->num_sack_ranges < MAX_TCP_SACK_RANGES; at += 8) {
        tcp->sack_left_edge[tcp->num_sack_ranges] = tvb_get_ntohl(tvb, at);
        tcp->sack_right_edge[tcp->num_sack_ranges] = tvb_get_ntohl(tvb, at + 4);
        tcp->num_sack_ranges++;
    }
}

static void take_options(tcp_info_t *tcp, tvbuff_t *tvb, int end)
{
    static struct mptcpheader *const is_multipath = (void *)&headers; /* only its being matters */
    for (int at = TCP_SMALLEST_HEADER, length; at < end; at += length) {
        uint8_t kind = compat_get_byte(tvb, at);
        length = 1;
        if (kind == TCP_OPTION_NOTHING)
            continue;
        length = at + 1 < end ? compat_get_byte(tvb, at + 1) : 0;
        if (kind == TCP_OPTION_END || length < 2 || length > end - at)
            return;
        if (kind == TCP_OPTION_SACK)
            take_sack_ranges(tcp, tvb, at + 2, at + length);
        else if (kind == TCP_OPTION_MULTIPATH)
            tcp->th_mptcp = is_multipath;
    }
}

static void take_tcp(struct frame_header *header, tvbuff_t *tvb, const packet_info *pinfo)
{
    int captured = (int)tvb_captured_length(tvb);
    unsigned length = tvb_reported_length(tvb);
    tcp_info_t *tcp = &header->tcp;
    memset(tcp, 0, sizeof *tcp);
    header->is_whole = false;
    if (captured < TCP_FOUND_IN_BYTES)
        return;
    copy_address_shallow(&tcp->ip_src, &pinfo->src);
    copy_address_shallow(&tcp->ip_dst, &pinfo->dst);
    tcp->th_sport = tvb_get_ntohs(tvb, 0);
    tcp->th_dport = tvb_get_ntohs(tvb, 2);
    tcp->th_rawseq = tcp->th_seq = tvb_get_ntohl(tvb, 4);
    tcp->th_rawack = tcp->th_ack = tvb_get_ntohl(tvb, 8);
    tcp->th_hlen = (uint8_t)((compat_get_byte(tvb, 12) >> 4) * 4);
    tcp->th_flags = tvb_get_ntohs(tvb, 12) & TCP_FLAGS;
    tcp->th_win = tvb_get_ntohs(tvb, 14);
    tcp->th_have_seglen = !pinfo->fragmented && length >= tcp->th_hlen;
    tcp->th_seglen = tcp->th_have_seglen ? length - tcp->th_hlen : 0;
    header->is_whole = captured >= TCP_SMALLEST_HEADER && tcp->th_hlen >= TCP_SMALLEST_HEADER &&
                       (captured >= tcp->th_hlen || COMPAT_TAPS_CUT_OPTIONS);
    take_options(tcp, tvb, MIN(captured, tcp->th_hlen));
}

/* --- standing between --- */

static frame_headers_wanted is_wanted;

struct between {
    uint32_t number; /* in the table */
    bool is_tcp;
    dissector_t dissector;
    int protocol;              /* a helper of Wireshark's own, which adds no layer to a frame */
    dissector_handle_t own;    /* NULL before frame_headers_begin() */
    dissector_handle_t behind; /* what Wireshark calls without it; NULL: nothing */
};

static int dissect_tcp_header(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data);
static int dissect_icmp(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data);
static int dissect_icmp6(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data);

enum { BETWEEN_TCP, BETWEEN_ICMP, BETWEEN_ICMP6, BETWEEN_COUNT };

static struct between all[BETWEEN_COUNT] = {
    [BETWEEN_TCP] = {6, true, dissect_tcp_header, -1, NULL, NULL},
    [BETWEEN_ICMP] = {1, false, dissect_icmp, -1, NULL, NULL},
    [BETWEEN_ICMP6] = {58, false, dissect_icmp6, -1, NULL, NULL},
};

static inline int pass_on(const struct between *between, tvbuff_t *tvb, packet_info *pinfo,
                          proto_tree *tree, void *data)
{
    /* What an ICMP error quotes is no segment. */
    if (!pinfo->flags.in_error_pkt && is_wanted(pinfo, tree)) {
        struct frame_header *header = add(pinfo);
        header->ip = ip_header(pinfo, data);
        header->is_tcp = between->is_tcp;
        if (between->is_tcp)
            take_tcp(header, tvb, pinfo);
        else
            copy_address_shallow(&header->tcp.ip_src, &pinfo->src);
    }
    /* As if nobody had called this: each call takes one off. */
    pinfo->can_desegment = pinfo->saved_can_desegment;
    return call_dissector_with_data(between->behind, tvb, pinfo, tree, data);
}

static int dissect_tcp_header(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    return pass_on(&all[BETWEEN_TCP], tvb, pinfo, tree, data);
}

static int dissect_icmp(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    return pass_on(&all[BETWEEN_ICMP], tvb, pinfo, tree, data);
}

static int dissect_icmp6(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    return pass_on(&all[BETWEEN_ICMP6], tvb, pinfo, tree, data);
}

void frame_headers_register(void)
{
    static const char *const names[BETWEEN_COUNT][3] = {
        {"TCP with flow asymmetry", "TCP, flow asymmetry", "tcp_asymmetry_tcp"},
        {"ICMP with flow asymmetry", "ICMP, flow asymmetry", "tcp_asymmetry_icmp"},
        {"ICMPv6 with flow asymmetry", "ICMPv6, flow asymmetry", "tcp_asymmetry_icmpv6"},
    };
    static const char *const parents[BETWEEN_COUNT] = {"tcp", "icmp", "icmpv6"};
    for (int i = 0; i < BETWEEN_COUNT; i++)
        all[i].protocol = proto_register_protocol_in_name_only(
            names[i][0], names[i][1], names[i][2], proto_get_id_by_filter_name(parents[i]),
            FT_PROTOCOL);
}

void frame_headers_begin(frame_headers_wanted wanted)
{
    dissector_table_t table = find_dissector_table(TABLE);
    is_wanted = wanted;
    find_protocols();
    for (int i = 0; table != NULL && i < BETWEEN_COUNT; i++) {
        struct between *between = &all[i];
        dissector_handle_t now = dissector_get_uint_handle(table, between->number);
        if (now == NULL || now == between->own)
            continue;
        if (between->own == NULL)
            between->own = create_dissector_handle(between->dissector, between->protocol);
        between->behind = now;
        dissector_add_uint(TABLE, between->number, between->own);
    }
}

void frame_headers_end(void)
{
    dissector_table_t table = find_dissector_table(TABLE);
    for (int i = 0; table != NULL && i < BETWEEN_COUNT; i++) {
        struct between *between = &all[i];
        if (between->own != NULL &&
            dissector_get_uint_handle(table, between->number) == between->own)
            dissector_add_uint(TABLE, between->number, between->behind);
    }
}
