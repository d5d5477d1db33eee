/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wireshark/compat.h"

#include "wireshark/raw_header.h"

#include "wireshark/tcp_options.h"

#include <string.h>

#define ETHERNET_HEADER 14
#define IP4_SOURCE_AT   12
#define IP4_PROTOCOL_AT 9
#define IP6_HEADER      40
#define IP6_SOURCE_AT   8
#define IP6_NEXT_AT     6
#define IP6_ADDRESS     16
#define TCP_HEADER      20
#define ICMP_HEADER     8
#define PROTOCOL_TCP    6

/* Bytes of a frame from some header on. */
struct bytes {
    const uint8_t *at; /* NULL: none */
    size_t length;
};

static const struct bytes no_bytes;

/* What follows @count bytes of @bytes. */
static struct bytes skip(struct bytes bytes, size_t count)
{
    if (bytes.at == NULL || bytes.length <= count)
        return no_bytes;
    return (struct bytes){bytes.at + count, bytes.length - count};
}

static struct bytes bytes_of(tvbuff_t *frame)
{
    size_t length = tvb_captured_length(frame);
    return (struct bytes){tvb_get_ptr(frame, 0, (int)length), length};
}

/* The frame from @before bytes before @address on, where that is in the frame. */
static struct bytes header_at(struct bytes frame, const address *address, size_t before)
{
    const uint8_t *place = address->data;
    if (place == NULL || place < frame.at || place >= frame.at + frame.length ||
        (size_t)(place - frame.at) < before)
        return no_bytes;
    return skip(frame, (size_t)(place - frame.at) - before);
}

/* The length of the IPv4 header at @bytes, or 0 where there is none. */
static size_t ip4_header(struct bytes bytes)
{
    if (bytes.at == NULL || bytes.length < IP4_HEADER || bytes.at[0] >> 4 != 4)
        return 0;
    size_t length = (size_t)(bytes.at[0] & 0x0F) * 4;
    return length >= IP4_HEADER ? length : 0;
}

/* Whether an IPv6 header with this source stands at byte @at of @bytes. */
static bool is_ip6_from(struct bytes bytes, size_t at, const address *source)
{
    if (at + IP6_HEADER >= bytes.length || bytes.at[at] >> 4 != 6)
        return false;
    return memcmp(bytes.at + at + IP6_SOURCE_AT, source->data, IP6_ADDRESS) == 0;
}

/* Wireshark 4.0 hands out copies of IPv6 addresses: the first header of the frame with this source,
 * which nearly always stands behind that of Ethernet. */
static struct bytes ip6_header_of(struct bytes frame, const address *source)
{
    size_t at = 0;
    if (source->data == NULL || source->len != IP6_ADDRESS)
        return no_bytes;
    if (G_LIKELY(is_ip6_from(frame, ETHERNET_HEADER, source)))
        return skip(frame, ETHERNET_HEADER);
    while (at < frame.length && !is_ip6_from(frame, at, source))
        at++;
    return at > 0 ? skip(frame, at) : frame;
}

/* What follows the IP header whose source address is @source. */
static struct bytes behind_ip(tvbuff_t *tvb, const address *source)
{
    struct bytes frame = bytes_of(tvb);
    if (source->type == AT_IPv4) {
        struct bytes bytes = header_at(frame, source, IP4_SOURCE_AT);
        size_t length = ip4_header(bytes);
        return length > 0 ? skip(bytes, length) : no_bytes;
    }
    if (source->type != AT_IPv6)
        return no_bytes;
    struct bytes bytes = header_at(frame, source, IP6_SOURCE_AT);
    if (bytes.at == NULL)
        bytes = ip6_header_of(frame, source);
    if (bytes.at == NULL || bytes.length <= IP6_HEADER || bytes.at[0] >> 4 != 6)
        return no_bytes;
    return skip(bytes, IP6_HEADER);
}

G_GNUC_NO_INLINE size_t raw_header_ip4_length(tvbuff_t *frame, const address *source)
{
    size_t length =
        source->type == AT_IPv4 ? ip4_header(header_at(bytes_of(frame), source, IP4_SOURCE_AT)) : 0;
    return MAX(length, IP4_HEADER);
}

/* --- TCP options --- */

static void take_timestamps(struct segment *segment, const uint8_t *option)
{
    segment->has_timestamps = true;
    segment->ts_value = get32(option + 2);
    segment->ts_echo = get32(option + 6);
}

static void take_option(struct segment *segment, const uint8_t *option, unsigned length)
{
    if (option[0] == TCP_OPTION_MSS && length == 4 && (segment->flags & TCP_SYN) != 0)
        segment->mss = get16(option + 2);
    else if (option[0] == TCP_OPTION_TIMESTAMPS && length == 10)
        take_timestamps(segment, option);
}

void raw_header_take_options(struct segment *segment, const uint8_t *at, const uint8_t *end)
{
    const uint8_t *option;
    unsigned length;
    if (tcp_options_are_timestamps(at, end)) {
        take_timestamps(segment, at + 2);
        return;
    }
    while ((option = tcp_options_next(&at, end, &length)) != NULL)
        take_option(segment, option, length);
}

G_GNUC_NO_INLINE void raw_header_options(tvbuff_t *frame, const tcp_info_t *tcp,
                                         struct segment *segment)
{
    if (tcp->th_hlen <= TCP_HEADER)
        return;
    struct bytes header = behind_ip(frame, &tcp->ip_src);
    if (header.at == NULL || header.length < tcp->th_hlen || get16(header.at) != tcp->th_sport ||
        get16(header.at + 2) != tcp->th_dport || get32(header.at + 4) != tcp->th_rawseq)
        return;
    raw_header_take_options(segment, header.at + TCP_HEADER, header.at + tcp->th_hlen);
}

bool raw_header_is_at(tvbuff_t *frame, const address *source, const uint8_t *header)
{
    return behind_ip(frame, source).at == header;
}

G_GNUC_NO_INLINE bool raw_header_carries_zeros(tvbuff_t *frame, const address *source,
                                               uint32_t header, uint32_t payload)
{
    struct bytes carried = skip(behind_ip(frame, source), header);
    if (carried.at == NULL || carried.length < payload)
        return false;
    for (uint32_t i = 0; i < payload; i++) {
        if (carried.at[i] != 0)
            return false;
    }
    return true;
}

/* --- ICMP --- */

static bool take_quote(struct icmp_error *error, enum address_family family, const uint8_t *source,
                       const uint8_t *destination, size_t address_length, struct bytes tcp)
{
    if (tcp.length < 8)
        return false;
    endpoint_set(&error->source, family, source, address_length, get16(tcp.at));
    endpoint_set(&error->destination, family, destination, address_length, get16(tcp.at + 2));
    error->sequence = get32(tcp.at + 4);
    return true;
}

bool raw_header_icmp(tvbuff_t *frame, const address *source, struct icmp_error *error)
{
    struct bytes icmp = behind_ip(frame, source), quote = skip(icmp, ICMP_HEADER);
    size_t header = ip4_header(quote);
    if (header == 0 || quote.at[IP4_PROTOCOL_AT] != PROTOCOL_TCP)
        return false;
    *error = (struct icmp_error){.type = icmp.at[0], .code = icmp.at[1]};
    bool is_error = error->type == 3 || error->type == 4 || error->type == 11 || error->type == 12;
    if (icmp_error_is_too_big(error))
        error->mtu = get16(icmp.at + 6);
    return is_error && take_quote(error, FAMILY_IPV4, quote.at + IP4_SOURCE_AT,
                                  quote.at + IP4_SOURCE_AT + 4, 4, skip(quote, header));
}

bool raw_header_icmp6(tvbuff_t *frame, const address *source, struct icmp_error *error)
{
    struct bytes icmp = behind_ip(frame, source), quote = skip(icmp, ICMP_HEADER);
    if (quote.length < IP6_HEADER || quote.at[0] >> 4 != 6 || quote.at[IP6_NEXT_AT] != PROTOCOL_TCP)
        return false;
    *error = (struct icmp_error){.type = icmp.at[0], .code = icmp.at[1], .is_v6 = true};
    bool is_error = error->type >= 1 && error->type <= 4;
    if (icmp_error_is_too_big(error))
        error->mtu = get32(icmp.at + 4);
    return is_error && take_quote(error, FAMILY_IPV6, quote.at + IP6_SOURCE_AT,
                                  quote.at + IP6_SOURCE_AT + 16, 16, skip(quote, IP6_HEADER));
}
