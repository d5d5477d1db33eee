/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "compat.h"

#include "tap_input.h"

#include <epan/dissectors/packet-ip.h>
#include <epan/proto.h>
#include <string.h>

#define NS_PER_SECOND G_GINT64_CONSTANT(1000000000)

/* Far from the limits of int64_t, so that differences of times never overflow. */
#define MAX_SECONDS (INT64_MAX / 4 / NS_PER_SECOND)

void tap_input_ip4(struct ip_facts *facts, const packet_info *pinfo, const void *tap_data)
{
    const ws_ip4 *header = tap_data;
    *facts = (struct ip_facts){pinfo->num, header->ip_id, header->ip_ttl, FAMILY_IPV4};
}

void tap_input_ip6(struct ip_facts *facts, const packet_info *pinfo, const void *tap_data)
{
    const ws_ip6 *header = tap_data;
    *facts = (struct ip_facts){pinfo->num, 0, header->ip6_hop, FAMILY_IPV6};
}

static int64_t nanoseconds(const nstime_t *time)
{
    int64_t seconds = CLAMP((int64_t)time->secs, -MAX_SECONDS, MAX_SECONDS);
    return seconds * NS_PER_SECOND + CLAMP(time->nsecs, 0, (int)NS_PER_SECOND - 1);
}

static void take_endpoint(struct endpoint *endpoint, const address *address, uint16_t port)
{
    if (address->type == AT_IPv4 && address->len == 4)
        endpoint_set(endpoint, FAMILY_IPV4, address->data, 4, port);
    else if (address->type == AT_IPv6 && address->len == 16)
        endpoint_set(endpoint, FAMILY_IPV6, address->data, 16, port);
    else
        endpoint_set(endpoint, FAMILY_OTHER, address->data, (size_t)MAX(address->len, 0), port);
}

void tap_input_segment(struct segment *segment, const struct ip_facts *facts,
                       const packet_info *pinfo, const void *tap_data)
{
    const tcp_info_t *tcp = tap_data;
    take_endpoint(&segment->source, &tcp->ip_src, tcp->th_sport);
    take_endpoint(&segment->destination, &tcp->ip_dst, tcp->th_dport);
    segment->time = nanoseconds(&pinfo->abs_ts);
    segment->stream = tcp->th_stream;
    segment->frame = pinfo->num;
    segment->frame_bytes = pinfo->fd->pkt_len;
    segment->sequence = tcp->th_rawseq;
    segment->acknowledged = tcp->th_rawack;
    segment->window = tcp->th_win;
    segment->has_length = tcp->th_have_seglen != 0;
    segment->payload = segment->has_length ? tcp->th_seglen : 0;
    segment->flags = tcp->th_flags;
    segment->analysis = 0;
    segment->is_duplicate = false;

    segment->has_hop_limit = facts->frame == pinfo->num && facts->family == segment->source.family;
    segment->hop_limit = facts->hop_limit;
    segment->ip_id = segment->has_hop_limit ? facts->id : 0;

    /* SACK edges come relative to the same base as the acknowledgment number, if that does. */
    uint32_t base = tcp->th_rawack - tcp->th_ack;
    segment->sack_ranges = MIN(tcp->num_sack_ranges, SEGMENT_SACK_RANGES);
    for (unsigned i = 0; i < segment->sack_ranges; i++) {
        segment->sack_left[i] = tcp->sack_left_edge[i] + base;
        segment->sack_right[i] = tcp->sack_right_edge[i] + base;
    }
}

static struct tcp_analysis *find_analysis(packet_info *pinfo, const tcp_info_t *tcp)
{
    static int tcp_protocol = -1;
    if (tcp_protocol < 0)
        tcp_protocol = proto_get_id_by_filter_name("tcp");
    conversation_t *conversation = compat_find_conversation(pinfo, tcp);
    if (conversation == NULL)
        return NULL;
    struct tcp_analysis *analysis = conversation_get_proto_data(conversation, tcp_protocol);
    return analysis != NULL && analysis->stream == tcp->th_stream ? analysis : NULL;
}

uint8_t tap_input_completeness(const struct flow *flow)
{
    const struct tcp_analysis *analysis = flow->analysis;
    return analysis != NULL ? analysis->conversation_completeness : 0;
}

void tap_input_analysis(struct segment *segment, struct flow *flow, packet_info *pinfo,
                        const void *tap_data)
{
    const tcp_info_t *tcp = tap_data;
    if (flow->analysis == NULL)
        flow->analysis = find_analysis(pinfo, tcp);
    struct tcp_analysis *analysis = flow->analysis;
    if (analysis == NULL)
        return;

    uint32_t frame = pinfo->num, sequence = tcp->th_rawseq, acknowledged = tcp->th_rawack;
    wmem_tree_key_t key[] = {{1, &frame}, {1, &sequence}, {1, &acknowledged}, {0, NULL}};
    const struct tcp_acked *marks = wmem_tree_lookup32_array(analysis->acked_table, key);
    if (marks != NULL)
        segment->analysis = marks->flags;
}
