/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wireshark/compat.h"

#include "wireshark/frame_headers.h"

#include "wireshark/tcp_options.h"

#include <epan/dissectors/packet-ip.h>
#include <epan/exceptions.h>
#include <epan/proto.h>
#include <epan/tvbuff.h>
#include <string.h>

#define TABLE "ip.proto"

#define TCP_SMALLEST_HEADER 20
#define TCP_LARGEST_HEADER  60
#define TCP_FOUND_IN_BYTES  16 /* Wireshark looks for the connection when it has read so many */
#define TCP_FLAGS           0x0FFF

/* --- the list --- */

static struct {
    struct frame_header *all; /* owned */
    unsigned count, room;
    unsigned seen;  /* of which the user knows */
    unsigned depth; /* TCP headers that are being dissected: one may carry another */
    uint32_t frame; /* whose they are */
} headers;

static struct frame_header *add(const packet_info *pinfo)
{
    if (headers.frame != pinfo->num)
        frame_headers_clear(); /* what is left of another frame */
    headers.frame = pinfo->num;
    if (headers.count == headers.room) {
        headers.room = MAX(headers.room * 2, 4);
        headers.all = g_renew(struct frame_header, headers.all, headers.room);
    }
    struct frame_header *header = &headers.all[headers.count++];
    header->is_begun = false;
    header->layer = pinfo->curr_layer_num;
    return header;
}

struct frame_header *frame_headers_get(const packet_info *pinfo, unsigned *count)
{
    *count = headers.frame == pinfo->num ? headers.count : 0;
    return headers.all;
}

void frame_headers_clear(void)
{
    headers.count = headers.seen = headers.depth = 0;
}

void frame_headers_free(void)
{
    g_free(headers.all);
    memset(&headers, 0, sizeof headers);
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
    int protocol = layer != NULL ? GPOINTER_TO_INT(wmem_list_frame_data(layer)) : -1;
    while (layer != NULL && protocol != ip_protocol && is_between(protocol)) {
        layer = wmem_list_frame_prev(layer);
        protocol = layer != NULL ? GPOINTER_TO_INT(wmem_list_frame_data(layer)) : -1;
    }
    if (data == NULL)
        return NULL;
    bool is_ip = (protocol == ip_protocol && *(const uint8_t *)data == IP_VERSION_NUM_INET) ||
                 (protocol == ip6_protocol && *(const uint8_t *)data == IP_VERSION_NUM_INET6);
    return is_ip ? data : NULL;
}

/* --- TCP --- */

static void take_sack_ranges(tcp_info_t *tcp, const uint8_t *at, const uint8_t *end)
{
    for (; end - at >= 8 && tcp->num_sack_ranges < MAX_TCP_SACK_RANGES; at += 8) {
        tcp->sack_left_edge[tcp->num_sack_ranges] = get32(at);
        tcp->sack_right_edge[tcp->num_sack_ranges] = get32(at + 4);
        tcp->num_sack_ranges++;
    }
}

static void take_options(tcp_info_t *tcp, const uint8_t *at, const uint8_t *end)
{
    static struct mptcpheader *const is_multipath = (void *)&headers; /* only its being matters */
    const uint8_t *option;
    unsigned length;
    if (tcp_options_are_timestamps(at, end))
        return;
    while ((option = tcp_options_next(&at, end, &length)) != NULL) {
        if (*option == TCP_OPTION_SACK)
            take_sack_ranges(tcp, option + 2, option + length);
        else if (*option == TCP_OPTION_MULTIPATH)
            tcp->th_mptcp = is_multipath;
    }
}

static void take_tcp(struct frame_header *header, tvbuff_t *tvb, const packet_info *pinfo)
{
    unsigned captured = tvb_captured_length(tvb), length = tvb_reported_length(tvb);
    tcp_info_t *tcp = &header->tcp;
    tcp->num_sack_ranges = 0;
    tcp->th_mptcp = NULL;
    header->is_whole = false;
    header->is_found = captured >= TCP_FOUND_IN_BYTES;
    if (!header->is_found)
        return;
    unsigned read = MIN(captured, TCP_LARGEST_HEADER);
    const uint8_t *bytes = tvb_get_ptr(tvb, 0, (int)read);
    unsigned header_length = (bytes[12] >> 4) * 4U;
    copy_address_shallow(&tcp->ip_src, &pinfo->src);
    copy_address_shallow(&tcp->ip_dst, &pinfo->dst);
    tcp->th_sport = get16(bytes);
    tcp->th_dport = get16(bytes + 2);
    tcp->th_rawseq = tcp->th_seq = get32(bytes + 4);
    tcp->th_rawack = tcp->th_ack = get32(bytes + 8);
    tcp->th_hlen = (uint8_t)header_length;
    tcp->th_flags = get16(bytes + 12) & TCP_FLAGS;
    tcp->th_win = get16(bytes + 14);
    tcp->th_have_seglen = !pinfo->fragmented && length >= header_length;
    tcp->th_seglen = tcp->th_have_seglen ? length - header_length : 0;
    header->is_whole = read >= TCP_SMALLEST_HEADER && header_length >= TCP_SMALLEST_HEADER &&
                       (read >= header_length || TAPS_GET_CUT_OPTIONS);
    if (header_length > TCP_SMALLEST_HEADER && read > TCP_SMALLEST_HEADER)
        take_options(tcp, bytes + TCP_SMALLEST_HEADER, bytes + MIN(read, header_length));
}

/* --- standing between --- */

static struct frame_headers_user user;

struct between {
    uint32_t number; /* in the table */
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
    [BETWEEN_TCP] = {6, dissect_tcp_header, -1, NULL, NULL},
    [BETWEEN_ICMP] = {1, dissect_icmp, -1, NULL, NULL},
    [BETWEEN_ICMP6] = {58, dissect_icmp6, -1, NULL, NULL},
};

static void tell(packet_info *pinfo)
{
    unsigned first = headers.seen;
    headers.seen = headers.count;
    user.seen(pinfo, &headers.all[first], headers.count - first);
}

static int call_behind(const struct between *between, tvbuff_t *tvb, packet_info *pinfo,
                       proto_tree *tree, void *data)
{
    /* As if nobody had called this: each call takes one off. */
    pinfo->can_desegment = pinfo->saved_can_desegment;
    return call_dissector_only(between->behind, tvb, pinfo, tree, data);
}

/* Also if it ends in an exception, as where the capture cut what it carries. */
static int call_and_tell(const struct between *between, tvbuff_t *tvb, packet_info *pinfo,
                         proto_tree *tree, void *data)
{
    volatile int length = 0;
    headers.depth++;
    TRY
    {
        length = call_behind(between, tvb, pinfo, tree, data);
    }
    FINALLY
    {
        if (--headers.depth == 0)
            tell(pinfo);
    }
    ENDTRY;
    return length;
}

/* What an ICMP error quotes is no segment. */
static bool is_to_note(const packet_info *pinfo, const proto_tree *tree)
{
    return !pinfo->flags.in_error_pkt && user.is_wanted(pinfo, tree);
}

static int dissect_tcp_header(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    const struct between *between = &all[BETWEEN_TCP];
    user.before();
    if (!is_to_note(pinfo, tree))
        return call_behind(between, tvb, pinfo, tree, data);
    struct frame_header *header = add(pinfo);
    header->ip = ip_header(pinfo, data);
    header->is_tcp = true;
    take_tcp(header, tvb, pinfo);
    /* Inside of another one, it is told of with that, in order. */
    if (headers.depth > 0 || !user.expect(pinfo, header))
        return call_and_tell(between, tvb, pinfo, tree, data);
    headers.seen = headers.count;
    return call_behind(between, tvb, pinfo, tree, data);
}

static int dissect_icmp_of(const struct between *between, tvbuff_t *tvb, packet_info *pinfo,
                           proto_tree *tree, void *data)
{
    user.before();
    if (is_to_note(pinfo, tree)) {
        struct frame_header *header = add(pinfo);
        header->ip = ip_header(pinfo, data);
        header->is_tcp = header->is_found = header->is_whole = false;
        if (headers.depth == 0)
            tell(pinfo);
    }
    return call_behind(between, tvb, pinfo, tree, data);
}

static int dissect_icmp(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    return dissect_icmp_of(&all[BETWEEN_ICMP], tvb, pinfo, tree, data);
}

static int dissect_icmp6(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    return dissect_icmp_of(&all[BETWEEN_ICMP6], tvb, pinfo, tree, data);
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

/* Wireshark calls @handle from now on, unless the user has chosen another by "Decode As": that
 * stays in force, and can be taken back. */
static void replace(dissector_table_t table, const struct between *between,
                    dissector_handle_t handle)
{
    dissector_handle_t now = dissector_get_uint_handle(table, between->number);
    bool is_chosen = now != dissector_get_default_uint_handle(TABLE, between->number);
    dissector_add_uint(TABLE, between->number, handle);
    if (is_chosen)
        dissector_change_uint(TABLE, between->number, now);
}

void frame_headers_begin(const struct frame_headers_user *wanted)
{
    dissector_table_t table = find_dissector_table(TABLE);
    user = *wanted;
    find_protocols();
    for (int i = 0; table != NULL && i < BETWEEN_COUNT; i++) {
        struct between *between = &all[i];
        dissector_handle_t usual = dissector_get_default_uint_handle(TABLE, between->number);
        if (usual == NULL || usual == between->own)
            continue;
        if (between->own == NULL)
            between->own = create_dissector_handle(between->dissector, between->protocol);
        between->behind = usual;
        replace(table, between, between->own);
    }
}

void frame_headers_end(void)
{
    dissector_table_t table = find_dissector_table(TABLE);
    for (int i = 0; table != NULL && i < BETWEEN_COUNT; i++) {
        struct between *between = &all[i];
        if (between->own != NULL &&
            dissector_get_default_uint_handle(TABLE, between->number) == between->own)
            replace(table, between, between->behind);
    }
}
