/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wireshark/compat.h"

#include "wireshark/tap_input.h"

#include "base/time_units.h"
#include "wireshark/raw_header.h"

#include <epan/address.h>
#include <epan/dissectors/packet-ip.h>
#include <epan/prefs-int.h>
#include <epan/prefs.h>
#include <epan/proto.h>
#include <string.h>

#define IP_PROTOCOL_ICMP  1
#define IP_PROTOCOL_TCP   6
#define IP_PROTOCOL_ICMP6 58

/* Bits of the fragment offset and the flag "more fragments". */
#define IP_FRAGMENT 0x3FFF

void tap_input_clear(struct tap_input *input)
{
    g_free(input->analysis_of.all);
    *input = (struct tap_input){0};
}

int64_t tap_input_time(uint64_t *out_of_range, const nstime_t *time)
{
    if (G_LIKELY((uint64_t)time->secs < LATEST_SECOND && (unsigned)time->nsecs < NS_PER_SECOND))
        return time->secs * NS_PER_SECOND + time->nsecs;
    int64_t seconds = CLAMP((int64_t)time->secs, EARLIEST_SECOND, LATEST_SECOND);
    *out_of_range += seconds != (int64_t)time->secs;
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

/* --- IP --- */

static inline void take_ip4(struct ip_facts *facts, const ws_ip4 *header)
{
    facts->address_type = AT_IPv4;
    facts->hop_limit = header->ip_ttl;
    facts->expects_tcp = header->ip_proto == IP_PROTOCOL_TCP && (header->ip_off & IP_FRAGMENT) == 0;
    facts->id = header->ip_id;
    facts->length = header->ip_len;
}

static inline void take_ip6(struct ip_facts *facts, const ws_ip6 *header)
{
    facts->address_type = AT_IPv6;
    facts->hop_limit = header->ip6_hop;
    facts->expects_tcp = header->ip6_nxt == IP_PROTOCOL_TCP;
    facts->id = 0;
    facts->length = 0;
}

void tap_input_ip_facts(struct ip_facts *facts, const void *ip)
{
    const ws_ip4 *ip4 = WS_IP4_PTR(ip);
    if (ip == NULL)
        *facts = (struct ip_facts){.address_type = AT_NONE};
    else if (ip4 != NULL)
        take_ip4(facts, ip4);
    else
        take_ip6(facts, ip);
}

static inline void begin_header(struct tap_input *input, uint32_t frame)
{
    input->untapped += input->ip.expects_tcp;
    input->ip.frame = frame;
}

bool tap_input_ip4(struct tap_input *input, uint32_t frame, const void *tap_data)
{
    const ws_ip4 *header = tap_data;
    begin_header(input, frame);
    take_ip4(&input->ip, header);
    return header->ip_proto == IP_PROTOCOL_ICMP;
}

bool tap_input_ip6(struct tap_input *input, uint32_t frame, const void *tap_data)
{
    const ws_ip6 *header = tap_data;
    begin_header(input, frame);
    take_ip6(&input->ip, header);
    return header->ip6_nxt == IP_PROTOCOL_ICMP6;
}

static bool read_error(struct icmp_error *error, tvbuff_t *frame, const ws_ip4 *ip4,
                       const ws_ip6 *ip6)
{
    if (ip4 != NULL)
        return ip4->ip_proto == IP_PROTOCOL_ICMP && raw_header_icmp(frame, &ip4->ip_src, error);
    return ip6->ip6_nxt == IP_PROTOCOL_ICMP6 && raw_header_icmp6(frame, &ip6->ip6_src, error);
}

bool tap_input_error(struct icmp_error *error, uint64_t *out_of_range, const packet_info *pinfo,
                     tvbuff_t *frame, const void *ip)
{
    const ws_ip4 *ip4 = WS_IP4_PTR(ip);
    const ws_ip6 *ip6 = ip;
    if (ip == NULL || !read_error(error, frame, ip4, ip6))
        return false;
    take_endpoint(&error->reporter, ip4 != NULL ? &ip4->ip_src : &ip6->ip6_src, 0);
    error->time = tap_input_time(out_of_range, &pinfo->abs_ts);
    error->frame = pinfo->num;
    return true;
}

void tap_input_plain(struct tap_input *input, uint32_t frame, const struct plain_frame *plain)
{
    begin_header(input, frame);
    input->ip.address_type = plain->is_ip6 ? AT_IPv6 : AT_IPv4;
    input->ip.hop_limit = plain->hop_limit;
    input->ip.expects_tcp = true;
    input->ip.id = plain->ip_id;
    input->ip.length = plain->ip_length;
}

void tap_input_note_tapped(struct tap_input *input)
{
    input->ip.expects_tcp = false;
}

uint64_t tap_input_untapped(const struct tap_input *input)
{
    return input->untapped + input->ip.expects_tcp;
}

/* --- the segment --- */

/* SACK edges come relative to the same base as the acknowledgment number, if that does. */
static G_GNUC_NO_INLINE void take_sack_ranges(struct segment *segment, const tcp_info_t *tcp)
{
    uint32_t base = tcp->th_rawack - tcp->th_ack;
    segment->sack_ranges = MIN(tcp->num_sack_ranges, SEGMENT_SACK_RANGES);
    for (unsigned i = 0; i < segment->sack_ranges; i++) {
        segment->sack_left[i] = tcp->sack_left_edge[i] + base;
        segment->sack_right[i] = tcp->sack_right_edge[i] + base;
    }
}

void tap_input_header(struct segment *segment, const tcp_info_t *tcp)
{
    segment->source.port = tcp->th_sport;
    segment->stream = tcp->th_stream;
    segment->sequence = tcp->th_rawseq;
    segment->acknowledged = tcp->th_rawack;
    segment->window = tcp->th_win;
    segment->has_length = tcp->th_have_seglen != 0;
    segment->payload = segment->has_length ? tcp->th_seglen : 0;
    segment->flags = tcp->th_flags;
    segment->reset_window = (uint16_t)segment->window;
    segment->is_multipath = tcp->th_mptcp != NULL;
    segment->mss = 0;
    segment->sack_ranges = 0;
    segment->has_timestamps = false;
    segment->is_copy = false;
    if (tcp->num_sack_ranges > 0)
        take_sack_ranges(segment, tcp);
}

bool tap_input_is_cut(const struct ip_facts *facts, tvbuff_t *frame, const address *source,
                      uint32_t dissected)
{
    if (G_LIKELY(facts->length <= IP4_HEADER + dissected))
        return false;
    return facts->length > raw_header_ip4_length(frame, source) + dissected;
}

static void take_ip_facts(struct segment *segment, struct ip_facts *facts, tvbuff_t *frame,
                          const tcp_info_t *tcp)
{
    segment->has_hop_limit =
        facts->frame == segment->frame && facts->address_type == tcp->ip_src.type;
    segment->hop_limit = facts->hop_limit;
    segment->ip_id = segment->has_hop_limit ? facts->id : 0;
    facts->expects_tcp = false;
    if (segment->has_hop_limit &&
        tap_input_is_cut(facts, frame, &tcp->ip_src, tcp->th_hlen + segment->payload))
        segment->has_length = false;
}

/* PADDING
 * Some boxes count the padding of Ethernet's shortest frame into the IP length: then a pure ACK
 * seems to carry a few zeros, which the next segment overlaps. */
#define SHORTEST_PAYLOAD_OF_ETHERNET 46

bool tap_input_may_be_padding(const struct ip_facts *facts, tvbuff_t *frame, const address *source,
                              uint32_t header, uint32_t payload)
{
    return payload > 0 && payload <= MOST_PADDING &&
           facts->length <= SHORTEST_PAYLOAD_OF_ETHERNET && facts->length > 0 &&
           raw_header_carries_zeros(frame, source, header, payload);
}

bool tap_input_needs_options(const struct segment *segment)
{
    return segment->ip_id == 0 || (segment->flags & TCP_SYN) != 0;
}

void tap_input_ends(struct segment *segment, const tcp_info_t *tcp)
{
    take_endpoint(&segment->source, &tcp->ip_src, tcp->th_sport);
    take_endpoint(&segment->destination, &tcp->ip_dst, tcp->th_dport);
}

uint32_t tap_input_stream(const void *tap_data)
{
    return ((const tcp_info_t *)tap_data)->th_stream;
}

/* --- Wireshark's analysis --- */

static int tcp_protocol(void)
{
    static int protocol = -1;
    if (protocol < 0)
        protocol = proto_get_id_by_filter_name("tcp");
    return protocol;
}

static struct tcp_analysis *analysis_of(const conversation_t *conversation, const tcp_info_t *tcp)
{
    if (conversation == NULL)
        return NULL;
    struct tcp_analysis *analysis = conversation_get_proto_data(conversation, tcp_protocol());
    return analysis != NULL && analysis->stream == tcp->th_stream ? analysis : NULL;
}

struct map_search {
    const conversation_element_t *key;
    wmem_map_t *map; /* the map that has it, or NULL */
};

static void look_into_map(void *name, void *map, void *data)
{
    (void)name;
    struct map_search *search = data;
    if (search->map == NULL && wmem_map_lookup(map, search->key) != NULL)
        search->map = map;
}

/* The analysis of a conversation whose key has the ends in the order of this segment, or NULL.
 * Every conversation that this segment began is like that. This is one search. find_conversation()
 * makes two, and each costs as much as the rest of a segment. */
static struct tcp_analysis *find_analysis_begun_by(const tcp_info_t *tcp)
{
    static wmem_map_t *conversations; /* lives as long as the program */
    const conversation_element_t key[] = {
        {CE_ADDRESS, .addr_val = tcp->ip_src},
        {CE_PORT, .port_val = tcp->th_sport},
        {CE_ADDRESS, .addr_val = tcp->ip_dst},
        {CE_PORT, .port_val = tcp->th_dport},
        {CE_CONVERSATION_TYPE, .conversation_type_val = CONVERSATION_TCP},
    };
    if (conversations == NULL) {
        struct map_search search = {.key = key};
        wmem_map_foreach(get_conversation_hashtables(), look_into_map, &search);
        conversations = search.map;
    }
    return conversations != NULL ? analysis_of(wmem_map_lookup(conversations, key), tcp) : NULL;
}

static G_GNUC_NO_INLINE struct tcp_analysis *find_analysis(packet_info *pinfo,
                                                           const tcp_info_t *tcp)
{
    struct tcp_analysis *analysis = find_analysis_begun_by(tcp);
    return analysis != NULL ? analysis : analysis_of(compat_find_conversation(pinfo, tcp), tcp);
}

uint8_t tap_input_completeness(const struct tap_input *input, uint32_t stream)
{
    const struct tcp_analysis *analysis = pointer_array_get(&input->analysis_of, stream);
    return analysis != NULL ? analysis->conversation_completeness : 0;
}

/* The layers of a frame with one TCP header: frame, eth, ethertype, ip, tcp, and what it carries.
 * Two TCP headers have two IP headers below them, the frame, at least one layer of the link, and
 * one that holds both, or the second in the first. */
#define MOST_LAYERS_WITH_ONE_TCP 6

/* Wireshark keeps a pointer to the marks of the segment that it dissected last. If that can only be
 * this segment, the pointer saves a lookup. */
static bool has_one_tcp_header(packet_info *pinfo)
{
    if (pinfo->curr_layer_num <= MOST_LAYERS_WITH_ONE_TCP)
        return true;
    const int *headers = wmem_map_lookup(pinfo->proto_layers, GINT_TO_POINTER(tcp_protocol()));
    return headers != NULL && *headers == 1;
}

/* Undoes Wireshark's scaling of the window, unless a preference turned that off: then bits would be
 * lost. */
static uint16_t unscaled_window(uint32_t window, const tcp_flow_t *sender)
{
    unsigned shift = sender != NULL && sender->win_scale > 0 ? (unsigned)sender->win_scale : 0;
    bool was_scaled = shift < 15 && (window >> shift) << shift == window;
    return (uint16_t)(was_scaled ? window >> shift : window);
}

static G_GNUC_NO_INLINE uint16_t marks_in_table(const struct tcp_analysis *analysis, uint32_t frame,
                                                uint32_t sequence, uint32_t acknowledged)
{
    if (wmem_tree_is_empty(analysis->acked_table)) /* as in its first segments */
        return 0;
    wmem_tree_key_t key[] = {{1, &frame}, {1, &sequence}, {1, &acknowledged}, {0, NULL}};
    const struct tcp_acked *marks = wmem_tree_lookup32_array(analysis->acked_table, key);
    return marks != NULL ? marks->flags : 0;
}

/* What the analysis says about exactly this segment. */
static uint16_t marks_of(packet_info *pinfo, const struct tcp_analysis *analysis,
                         const tcp_info_t *tcp)
{
    if (analysis->ta != NULL && has_one_tcp_header(pinfo))
        return analysis->ta->flags;
    return marks_in_table(analysis, pinfo->num, tcp->th_rawseq, tcp->th_rawack);
}

/* All that does not depend on Wireshark's analysis, but the ends. */
static inline void take_bytes(struct tap_input *input, struct segment *segment,
                              const packet_info *pinfo, tvbuff_t *frame, const tcp_info_t *tcp)
{
    tap_input_header(segment, tcp);
    segment->time = tap_input_time(&input->out_of_range, &pinfo->abs_ts);
    segment->frame = pinfo->num;
    segment->frame_bytes = pinfo->fd->pkt_len;
    take_ip_facts(segment, &input->ip, frame, tcp);
    if (tap_input_needs_options(segment))
        raw_header_options(frame, tcp, segment);
    segment->may_be_padding =
        tap_input_may_be_padding(&input->ip, frame, &tcp->ip_src, tcp->th_hlen, segment->payload);
    if (G_UNLIKELY(segment->may_be_padding))
        segment->has_length = false;
}

void tap_input_segment(struct tap_input *input, struct segment *segment, packet_info *pinfo,
                       tvbuff_t *frame, const void *tap_data)
{
    const tcp_info_t *tcp = tap_data;
    struct tcp_analysis *analysis = pointer_array_get(&input->analysis_of, tcp->th_stream);
    take_bytes(input, segment, pinfo, frame, tcp);
    if (analysis == NULL || tcp->th_sport == tcp->th_dport)
        tap_input_ends(segment, tcp);
    if (analysis == NULL) {
        analysis = find_analysis(pinfo, tcp);
        if (analysis != NULL)
            pointer_array_set(&input->analysis_of, tcp->th_stream, analysis);
    }
    segment->analysis = 0;
    if (analysis == NULL)
        return;
    if ((segment->flags & TCP_RST) != 0)
        segment->reset_window = unscaled_window(segment->window, analysis->fwd);
    segment->analysis = marks_of(pinfo, analysis, tcp);
}

/* --- headers of which no tap tells --- */

struct tcp_analysis *tap_input_analysis(const conversation_t *conversation)
{
    return conversation != NULL ? conversation_get_proto_data(conversation, tcp_protocol()) : NULL;
}

uint16_t tap_input_marks(const struct tcp_analysis *analysis, const struct segment *segment)
{
    return marks_in_table(analysis, segment->frame, segment->sequence, segment->acknowledged);
}

bool tap_input_analysis_is_on(void)
{
    module_t *tcp = prefs_find_module("tcp");
    pref_t *preference =
        tcp != NULL ? prefs_find_preference(tcp, "analyze_sequence_numbers") : NULL;
    return preference == NULL || prefs_get_bool_value(preference, pref_current);
}
