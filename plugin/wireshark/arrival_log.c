/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wireshark/compat.h"

#include "wireshark/arrival_log.h"

#include "wireshark/raw_header.h"
#include "wireshark/tap_input.h"
#include "wireshark/tcp_header.h"

#include <string.h>

/* Bytes. Where there are a million connections, 16 for each. */
#define FIRST_ROOM (64U << 10)
#define LAST_ROOM  (16U << 20)
#define FULL       (LAST_ROOM - FIRST_ROOM)

#define LONGEST_ADDRESS 16
#define LARGEST                                                                                    \
    (sizeof(struct arrival) + _Alignof(struct arrival) +                                           \
     MAX(2 * LONGEST_ADDRESS + TCP_LARGEST_HEADER, sizeof(struct icmp_error)))

/* --- room --- */

/* With what fills it up to where the next one begins. */
static size_t size_of(const struct arrival *arrival)
{
    size_t bytes = (arrival->marks & ARRIVAL_IS_ERROR) != 0
                       ? sizeof(struct icmp_error)
                       : 2U * arrival->address_length + arrival->captured;
    size_t alignment = _Alignof(struct arrival), size = offsetof(struct arrival, bytes) + bytes;
    return (size + alignment - 1) / alignment * alignment;
}

static struct arrival *at(const struct arrival_log *log, size_t offset)
{
    return (void *)(log->bytes + offset); /* aligned by size_of() */
}

/* Room for any. */
static struct arrival *make_room(struct arrival_log *log)
{
    if (log->room - log->used < LARGEST) {
        log->room = MAX(log->room * 2, FIRST_ROOM);
        log->bytes = g_realloc(log->bytes, log->room);
    }
    return at(log, log->used);
}

bool arrival_log_is_full(const struct arrival_log *log)
{
    return log->used >= FULL;
}

static void free_bytes(struct arrival_log *log)
{
    g_free(log->bytes);
    log->bytes = NULL;
    log->room = 0;
}

void arrival_log_clear(struct arrival_log *log)
{
    free_bytes(log);
    *log = (struct arrival_log){0};
}

void arrival_log_take(struct arrival_log *log, bool but_latest,
                      void (*take)(const struct arrival *arrival))
{
    size_t end = but_latest ? log->latest : log->used;
    for (size_t offset = 0; offset < end; offset += size_of(at(log, offset)))
        take(at(log, offset));
    log->used -= end;
    log->latest = 0;
    if (log->used > 0)
        memmove(log->bytes, log->bytes + end, log->used);
    else if (log->room > FIRST_ROOM)
        free_bytes(log);
}

struct arrival *arrival_log_at(const struct arrival_log *log, size_t place)
{
    return at(log, place - 1);
}

/* --- what comes --- */

/* A frame dissected once more begins at the same layer again. */
static void follow_frames(struct arrival_log *log, const packet_info *pinfo)
{
    bool has_number = log->frame == pinfo->num;
    if (has_number && log->position == pinfo->fd->file_off && pinfo->curr_layer_num > log->layer)
        return;
    if (has_number)
        log->used = log->latest;
    log->latest = log->used;
    log->frame = pinfo->num;
    log->position = pinfo->fd->file_off;
    log->layer = pinfo->curr_layer_num;
}

/* What only the frame tells of the TCP header at @header: @length bytes are of it or behind it. */
static unsigned marks_of_frame(const struct arriving *arriving, const struct ip_facts *facts,
                               const uint8_t *header, uint32_t length)
{
    const address *source = &arriving->pinfo->src;
    uint32_t own = tcp_header_length(header);
    bool is_sized = !arriving->pinfo->fragmented && length >= own;
    uint32_t payload = is_sized ? length - own : 0;
    unsigned marks = arriving->pinfo->fragmented ? ARRIVAL_IS_FRAGMENT : 0;
    if (raw_header_is_at(arriving->frame, source, header))
        marks |= ARRIVAL_IS_PLAIN;
    if (facts->address_type == source->type) {
        marks |= ARRIVAL_HAS_IP;
        if (tap_input_is_cut(facts, arriving->frame, source, own + payload))
            marks |= ARRIVAL_IS_CUT;
    }
    if (tap_input_may_be_padding(facts, arriving->frame, source, own, payload))
        marks |= ARRIVAL_IS_PADDING;
    return marks;
}

static void take_frame(struct arrival_log *log, struct arrival *arrival, const packet_info *pinfo)
{
    arrival->analysis = NULL;
    arrival->time = tap_input_time(&log->out_of_range, &pinfo->abs_ts);
    arrival->frame = pinfo->num;
    arrival->frame_bytes = pinfo->fd->pkt_len;
}

/* None of other networks: no connection is looked for. */
static unsigned address_length(const packet_info *pinfo)
{
    bool is_kept = pinfo->src.type == pinfo->dst.type && pinfo->src.len == pinfo->dst.len &&
                   pinfo->src.len > 0 && pinfo->src.len <= LONGEST_ADDRESS;
    return is_kept ? (unsigned)pinfo->src.len : 0;
}

static void keep_bytes(struct arrival *arrival, const packet_info *pinfo, const uint8_t *header)
{
    uint8_t *bytes = arrival->bytes;
    size_t length = arrival->address_length;
    memcpy(bytes, pinfo->src.data, length);
    memcpy(bytes + length, pinfo->dst.data, length);
    memcpy(bytes + 2 * length, header, arrival->captured);
}

size_t arrival_log_add_tcp(struct arrival_log *log, const struct arriving *arriving)
{
    const packet_info *pinfo = arriving->pinfo;
    unsigned captured = MIN(tvb_captured_length(arriving->header), TCP_LARGEST_HEADER);
    struct ip_facts facts;
    follow_frames(log, pinfo);
    tap_input_ip_facts(&facts, arriving->ip);
    size_t place = log->used;
    struct arrival *arrival = make_room(log);
    take_frame(log, arrival, pinfo);
    arrival->marks = facts.expects_tcp ? ARRIVAL_COUNTS : 0;
    arrival->length = tvb_reported_length(arriving->header);
    arrival->ip_id = facts.id;
    arrival->hop_limit = facts.hop_limit;
    arrival->address_type = (uint8_t)pinfo->src.type;
    arrival->address_length = (uint8_t)address_length(pinfo);
    arrival->captured = 0;
    if (captured >= TCP_FOUND_IN_BYTES && arrival->address_length > 0) {
        const uint8_t *header = tvb_get_ptr(arriving->header, 0, (int)captured);
        arrival->captured = (uint8_t)CLAMP(tcp_header_length(header), TCP_FOUND_IN_BYTES, captured);
        arrival->marks |= (uint8_t)marks_of_frame(arriving, &facts, header, arrival->length);
        keep_bytes(arrival, pinfo, header);
    }
    log->used += size_of(arrival);
    return place + 1;
}

void arrival_log_add_icmp(struct arrival_log *log, const struct arriving *arriving)
{
    struct icmp_error error;
    follow_frames(log, arriving->pinfo);
    if (!tap_input_error(&error, &log->out_of_range, arriving->pinfo, arriving->frame,
                         arriving->ip))
        return;
    struct arrival *arrival = make_room(log);
    *arrival = (struct arrival){.marks = ARRIVAL_IS_ERROR};
    memcpy(arrival->bytes, &error, sizeof error);
    log->used += size_of(arrival);
}

/* --- one header --- */

static const uint8_t *header_of(const struct arrival *arrival)
{
    return arrival->bytes + (size_t)arrival->address_length * 2;
}

bool arrival_error(const struct arrival *arrival, struct icmp_error *error)
{
    if ((arrival->marks & ARRIVAL_IS_ERROR) == 0)
        return false;
    memcpy(error, arrival->bytes, sizeof *error);
    return true;
}

bool arrival_read(const struct arrival *arrival, tcp_info_t *tcp)
{
    if (arrival->captured == 0)
        return false;
    const uint8_t *bytes = arrival->bytes, *header = header_of(arrival);
    int length = arrival->address_length;
    const struct tcp_extent extent = {arrival->captured, arrival->length,
                                      (arrival->marks & ARRIVAL_IS_FRAGMENT) != 0};
    set_address(&tcp->ip_src, arrival->address_type, length, bytes);
    set_address(&tcp->ip_dst, arrival->address_type, length, bytes + length);
    tcp_header_read(tcp, header, &extent);
    return true;
}

void arrival_segment(const struct arrival *arrival, const tcp_info_t *tcp, struct segment *segment)
{
    const uint8_t *header = header_of(arrival);
    tap_input_header(segment, tcp);
    tap_input_ends(segment, tcp);
    segment->frame = arrival->frame;
    segment->time = arrival->time;
    segment->frame_bytes = arrival->frame_bytes;
    segment->has_hop_limit = (arrival->marks & ARRIVAL_HAS_IP) != 0;
    segment->hop_limit = arrival->hop_limit;
    segment->ip_id = segment->has_hop_limit ? arrival->ip_id : 0;
    segment->may_be_padding = (arrival->marks & ARRIVAL_IS_PADDING) != 0;
    if ((arrival->marks & (ARRIVAL_IS_CUT | ARRIVAL_IS_PADDING)) != 0)
        segment->has_length = false;
    if (tcp->th_hlen > TCP_SMALLEST_HEADER && arrival->captured >= tcp->th_hlen &&
        (arrival->marks & ARRIVAL_IS_PLAIN) != 0 && tap_input_needs_options(segment))
        raw_header_take_options(segment, header + TCP_SMALLEST_HEADER, header + tcp->th_hlen);
}
