/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/plain_frame.h"

#include "base/network_order.h"

#define TYPE_IP4          0x0800
#define TYPE_IP6          0x86DD
#define TYPE_TAG          0x8100 /* of a customer's VLAN */
#define TYPE_PROVIDER_TAG 0x88A8

#define ETHERNET_HEADER 14
#define COOKED_HEADER   16
#define COOKED_2_HEADER 20
#define TAG             4
#define LOOPBACK_HEADER 4
#define IP4_HEADER      20
#define IP6_HEADER      40
#define TCP_HEADER      20

/* Wireshark gives up a stack of 20 or so. Nobody sends more than two. */
#define MOST_TAGS 4

#define IP4_WITHOUT_OPTIONS 0x45   /* version 4, and 5 words */
#define IP4_FRAGMENT        0x3FFF /* the bits of the offset, and "more fragments" */
#define PROTOCOL_TCP        6

/* Where IP begins, and its version as the link layer has it. */
struct ip_place {
    uint32_t at;
    unsigned version; /* 0: neither */
};

static const struct ip_place no_ip;

static bool has_bytes(const struct frame_bytes *frame, uint32_t at, uint32_t count)
{
    return at <= frame->captured && frame->captured - at >= count;
}

static unsigned version_of_type(uint16_t type)
{
    return type == TYPE_IP4 ? 4 : type == TYPE_IP6 ? 6 : 0;
}

/* @type: Ethernet's, of what begins at @at. */
static struct ip_place behind_tags(const struct frame_bytes *frame, uint16_t type, uint32_t at)
{
    for (unsigned tags = 0; type == TYPE_TAG || type == TYPE_PROVIDER_TAG; tags++) {
        if (tags == MOST_TAGS || !has_bytes(frame, at, TAG))
            return no_ip;
        type = get16(frame->at + at + 2);
        at += TAG;
    }
    return (struct ip_place){at, version_of_type(type)};
}

static struct ip_place behind_ethernet(const struct frame_bytes *frame)
{
    if (!has_bytes(frame, 0, ETHERNET_HEADER))
        return no_ip;
    return behind_tags(frame, get16(frame->at + 12), ETHERNET_HEADER);
}

/* Hardware types (ARPHRD_) that say nothing about what the type of the payload means. */
static bool is_usual_hardware(uint16_t type)
{
    enum { ETHERNET = 1, PPP = 512, LOOPBACK = 772, NONE = 0xFFFE };
    return type == ETHERNET || type == PPP || type == LOOPBACK || type == NONE;
}

static struct ip_place behind_cooked(const struct frame_bytes *frame)
{
    if (!has_bytes(frame, 0, COOKED_HEADER) || !is_usual_hardware(get16(frame->at + 2)))
        return no_ip;
    return behind_tags(frame, get16(frame->at + 14), COOKED_HEADER);
}

static struct ip_place behind_cooked_2(const struct frame_bytes *frame)
{
    if (!has_bytes(frame, 0, COOKED_2_HEADER) || !is_usual_hardware(get16(frame->at + 8)))
        return no_ip;
    return behind_tags(frame, get16(frame->at), COOKED_2_HEADER);
}

static unsigned version_of_family(uint32_t family)
{
    enum { IP4 = 2, NETBSD_IP6 = 24, FREEBSD_IP6 = 28, DARWIN_IP6 = 30 };
    bool is_ip6 = family == NETBSD_IP6 || family == FREEBSD_IP6 || family == DARWIN_IP6;
    return family == IP4 ? 4 : is_ip6 ? 6 : 0;
}

static struct ip_place behind_loop(const struct frame_bytes *frame)
{
    if (!has_bytes(frame, 0, LOOPBACK_HEADER))
        return no_ip;
    return (struct ip_place){LOOPBACK_HEADER, version_of_family(get32(frame->at))};
}

/* The families fit in one byte, so that a number of either byte order cannot be mistaken. */
static struct ip_place behind_null(const struct frame_bytes *frame)
{
    if (!has_bytes(frame, 0, LOOPBACK_HEADER))
        return no_ip;
    uint32_t family = get32(frame->at);
    if (family >> 24 != 0)
        family = (family & 0x00FFFFFF) == 0 ? family >> 24 : 0;
    return (struct ip_place){LOOPBACK_HEADER, version_of_family(family)};
}

/* Wireshark looks for the header of PPP in several places of a raw packet. In one of these, IP may
 * have the same bytes. */
static struct ip_place raw(const struct frame_bytes *frame)
{
    if (!has_bytes(frame, 0, IP4_HEADER) || get16(frame->at + 1) == 0xFF03)
        return no_ip;
    return (struct ip_place){0, frame->at[0] >> 4};
}

static struct ip_place find_ip(enum link_type link, const struct frame_bytes *frame)
{
    switch (link) {
    case LINK_ETHERNET:
        return behind_ethernet(frame);
    case LINK_COOKED:
        return behind_cooked(frame);
    case LINK_COOKED_2:
        return behind_cooked_2(frame);
    case LINK_RAW:
        return raw(frame);
    case LINK_RAW_IP4:
        return (struct ip_place){0, 4};
    case LINK_RAW_IP6:
        return (struct ip_place){0, 6};
    case LINK_NULL:
        return behind_null(frame);
    case LINK_LOOP:
        return behind_loop(frame);
    }
    return no_ip;
}

/* Whether @length bytes from @at on were on the wire. */
static bool fits(const struct frame_bytes *frame, uint32_t at, uint32_t length)
{
    return at <= frame->length && frame->length - at >= length;
}

static bool read_ip4(struct plain_frame *plain, const struct frame_bytes *frame, uint32_t at)
{
    if (!has_bytes(frame, at, IP4_HEADER))
        return false;
    const uint8_t *header = frame->at + at;
    uint16_t length = get16(header + 2);
    if (header[0] != IP4_WITHOUT_OPTIONS || (get16(header + 6) & IP4_FRAGMENT) != 0 ||
        header[9] != PROTOCOL_TCP || length < IP4_HEADER || !fits(frame, at, length))
        return false;
    plain->ip_length = length;
    plain->ip_id = get16(header + 4);
    plain->hop_limit = header[8];
    plain->is_ip6 = false;
    plain->source_at = at + 12;
    plain->destination_at = at + 16;
    plain->tcp_at = at + IP4_HEADER;
    plain->tcp_length = length - IP4_HEADER;
    return true;
}

static bool read_ip6(struct plain_frame *plain, const struct frame_bytes *frame, uint32_t at)
{
    if (!has_bytes(frame, at, IP6_HEADER))
        return false;
    const uint8_t *header = frame->at + at;
    uint16_t length = get16(header + 4);
    if (header[0] >> 4 != 6 || header[6] != PROTOCOL_TCP || !fits(frame, at, IP6_HEADER + length))
        return false;
    plain->ip_length = plain->ip_id = 0;
    plain->hop_limit = header[7];
    plain->is_ip6 = true;
    plain->source_at = at + 8;
    plain->destination_at = at + 24;
    plain->tcp_at = at + IP6_HEADER;
    plain->tcp_length = length;
    return true;
}

static bool read_tcp(struct plain_frame *plain, const struct frame_bytes *frame)
{
    if (!has_bytes(frame, plain->tcp_at, TCP_HEADER))
        return false;
    plain->tcp_header = (uint16_t)((frame->at[plain->tcp_at + 12] >> 4) * 4);
    return plain->tcp_header >= TCP_HEADER && plain->tcp_header <= plain->tcp_length &&
           has_bytes(frame, plain->tcp_at, plain->tcp_header);
}

bool plain_frame_read(struct plain_frame *plain, enum link_type link,
                      const struct frame_bytes *frame)
{
    struct ip_place ip = find_ip(link, frame);
    bool is_whole = (ip.version == 4 && read_ip4(plain, frame, ip.at)) ||
                    (ip.version == 6 && read_ip6(plain, frame, ip.at));
    return is_whole && read_tcp(plain, frame);
}
