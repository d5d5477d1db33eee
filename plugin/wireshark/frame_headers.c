/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wireshark/compat.h"

#include "wireshark/frame_headers.h"

#include "wireshark/tcp_header.h"

#include <epan/dissectors/packet-ip.h>
#include <epan/exceptions.h>
#include <epan/proto.h>
#include <epan/tvbuff.h>
#include <string.h>

#define TABLE "ip.proto"

/* --- the list --- */

static struct {
    struct frame_header *all; /* owned */
    unsigned count, room;
    uint32_t frame; /* whose they are */
    unsigned layer; /* Wireshark's number of the layer below the first */
} headers;

static struct frame_header *add(const packet_info *pinfo)
{
    /* What is left of another frame, or of the same one, which then begins at that layer again. */
    if (headers.frame != pinfo->num || pinfo->curr_layer_num <= headers.layer)
        frame_headers_clear();
    if (headers.count == 0)
        headers.layer = pinfo->curr_layer_num;
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

static void take_tcp(struct frame_header *header, tvbuff_t *tvb, const packet_info *pinfo)
{
    const struct tcp_extent extent = {tvb_captured_length(tvb), tvb_reported_length(tvb),
                                      pinfo->fragmented};
    header->is_found = extent.captured >= TCP_FOUND_IN_BYTES;
    if (!header->is_found)
        return;
    copy_address_shallow(&header->tcp.ip_src, &pinfo->src);
    copy_address_shallow(&header->tcp.ip_dst, &pinfo->dst);
    tcp_header_read(&header->tcp,
                    tvb_get_ptr(tvb, 0, (int)MIN(extent.captured, TCP_LARGEST_HEADER)), &extent);
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

static int call_behind(const struct between *between, tvbuff_t *tvb, packet_info *pinfo,
                       proto_tree *tree, void *data)
{
    /* As if nobody had called this: each call takes one off. */
    pinfo->can_desegment = pinfo->saved_can_desegment;
    return call_dissector_only(between->behind, tvb, pinfo, tree, data);
}

/* Also if it ends in an exception, as where the capture cut what it carries. */
static int call_and_tell(const struct between *between, tvbuff_t *tvb, packet_info *pinfo,
                         proto_tree *tree, void *data, size_t number)
{
    volatile int length = 0;
    TRY
    {
        length = call_behind(between, tvb, pinfo, tree, data);
    }
    FINALLY
    {
        user.dissected(pinfo, number);
    }
    ENDTRY;
    return length;
}

static void note(const packet_info *pinfo, tvbuff_t *tvb, bool is_tcp)
{
    struct frame_header *header = add(pinfo);
    header->is_tcp = is_tcp;
    header->is_found = false;
    if (is_tcp)
        take_tcp(header, tvb, pinfo);
}

/* Returns what to call dissected() with, or 0. What an ICMP error quotes is no segment. */
static size_t follow(tvbuff_t *tvb, packet_info *pinfo, const proto_tree *tree, const void *data,
                     bool is_tcp)
{
    size_t number = 0;
    if (pinfo->flags.in_error_pkt)
        return 0;
    bool is_asked = user.is_asked(pinfo, tree);
    if (!pinfo->fd->visited && (is_asked || user.wants_all))
        number = user.arrives(pinfo, tvb, ip_header(pinfo, data), is_tcp);
    if (is_asked)
        note(pinfo, tvb, is_tcp);
    return number;
}

static int dissect_tcp_header(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    const struct between *between = &all[BETWEEN_TCP];
    size_t number = follow(tvb, pinfo, tree, data, true);
    return G_UNLIKELY(number > 0) ? call_and_tell(between, tvb, pinfo, tree, data, number)
                                  : call_behind(between, tvb, pinfo, tree, data);
}

static int dissect_icmp_of(const struct between *between, tvbuff_t *tvb, packet_info *pinfo,
                           proto_tree *tree, void *data)
{
    follow(tvb, pinfo, tree, data, false);
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
