/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "frame.h"

#include <string.h>

#define ETHERNET_HEADER  14
#define ETHERNET_LEAST   60
#define IPV4_HEADER      20
#define IPV6_HEADER      40
#define TCP_HEADER       20
#define PROTOCOL_TCP     6
#define DONT_FRAGMENT    0x4000
#define FIRST_WINDOW     64240 /* of a SYN, which is never scaled */
#define US_PER_TIMESTAMP 1000

static void set16(uint8_t *to, uint32_t value)
{
    to[0] = (uint8_t)(value >> 8);
    to[1] = (uint8_t)value;
}

static void set32(uint8_t *to, uint32_t value)
{
    set16(to, value >> 16);
    set16(to + 2, value);
}

/* --- checksums --- */

static uint32_t sum_up(uint32_t sum, const uint8_t *bytes, uint32_t length)
{
    for (uint32_t i = 0; i + 1 < length; i += 2)
        sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
    return length % 2 ? sum + ((uint32_t)bytes[length - 1] << 8) : sum;
}

static uint32_t checksum(uint32_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xFFFF) + (sum >> 16);
    return ~sum & 0xFFFF;
}

/* --- TCP --- */

static uint32_t add_syn_options(uint8_t *options, const struct script *script)
{
    memcpy(options, "\x02\x04\x00\x00\x04\x02", 6); /* MSS, SACK permitted */
    set16(options + 2, script->is_ipv6 ? 1440 : 1460);
    return 6;
}

/* Echoes what the other end's clock said a moment ago: exact enough, and right also where the
 * capture lacks that segment. */
static uint32_t add_timestamps(uint8_t *options, const struct script *script,
                               const struct scripted_segment *segment)
{
    uint32_t now = (uint32_t)(segment->time / US_PER_TIMESTAMP);
    memcpy(options, "\x08\x0a", 2);
    set32(options + 2, script->ends[segment->sender].timestamp_base + now);
    set32(options + 6,
          segment->flags & TCP_ACK ? script->ends[!segment->sender].timestamp_base + now - 1 : 0);
    return 10;
}

static uint32_t add_sack(uint8_t *options, const struct script *script,
                         const struct scripted_segment *segment)
{
    uint32_t base = script->ends[!segment->sender].initial_sequence;
    memcpy(options, "\x01\x01\x05\x0a", 4);
    set32(options + 4, base + segment->sack_left);
    set32(options + 8, base + segment->sack_right);
    return 12;
}

/* In the order in which Linux writes them. */
static uint32_t add_options(uint8_t *options, const struct script *script,
                            const struct scripted_segment *segment)
{
    uint32_t length = 0;
    if (segment->flags & TCP_RST)
        return 0;
    if (segment->flags & TCP_SYN)
        length += add_syn_options(options, script);
    if (script->has_timestamps) {
        if (length == 0) {
            memcpy(options, "\x01\x01", 2);
            length = 2;
        }
        length += add_timestamps(options + length, script, segment);
    } else if (segment->flags & TCP_SYN) {
        memcpy(options + length, "\x01\x01", 2);
        length += 2;
    }
    if (segment->flags & TCP_SYN) {
        memcpy(options + length, "\x01\x03\x03\x07", 4);
        length += 4;
    }
    if (segment->sack_left != segment->sack_right)
        length += add_sack(options + length, script, segment);
    return length;
}

/* All but the checksum. Returns the length of header and payload. */
static uint32_t write_tcp(uint8_t *tcp, const struct script *script,
                          const struct scripted_segment *segment)
{
    const struct script_end *from = &script->ends[segment->sender];
    const struct script_end *to = &script->ends[!segment->sender];
    uint32_t header = TCP_HEADER + add_options(tcp + TCP_HEADER, script, segment);
    set16(tcp, from->port);
    set16(tcp + 2, to->port);
    set32(tcp + 4, from->initial_sequence + segment->sequence);
    set32(tcp + 8, segment->flags & TCP_ACK ? to->initial_sequence + segment->acknowledged : 0);
    tcp[12] = (uint8_t)(header / 4 << 4);
    tcp[13] = segment->flags;
    set16(tcp + 14, segment->flags & TCP_SYN ? FIRST_WINDOW : segment->window);
    set32(tcp + 16, 0);
    script_payload(script, segment, tcp + header);
    return header + segment->length;
}

/* --- IP --- */

/* Linux sends identification 0 where it keeps no state: in a SYN-ACK, and in a reset of what it
 * does not know. */
static void write_ipv4(uint8_t *ip, const struct script *script,
                       const struct scripted_segment *segment, uint32_t tcp_length)
{
    const struct script_end *from = &script->ends[segment->sender];
    bool is_stateless = (segment->flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK);
    memset(ip, 0, IPV4_HEADER);
    ip[0] = 0x45;
    set16(ip + 2, IPV4_HEADER + tcp_length);
    set16(ip + 4, is_stateless ? 0 : segment->ip_id);
    set16(ip + 6, DONT_FRAGMENT);
    ip[8] = from->hop_limit;
    ip[9] = PROTOCOL_TCP;
    memcpy(ip + 12, from->address, 4);
    memcpy(ip + 16, script->ends[!segment->sender].address, 4);
    set16(ip + 10, checksum(sum_up(0, ip, IPV4_HEADER)));
}

static void write_ipv6(uint8_t *ip, const struct script *script,
                       const struct scripted_segment *segment, uint32_t tcp_length)
{
    const struct script_end *from = &script->ends[segment->sender];
    memset(ip, 0, 8);
    ip[0] = 0x60;
    set16(ip + 4, tcp_length);
    ip[6] = PROTOCOL_TCP;
    ip[7] = from->hop_limit;
    memcpy(ip + 8, from->address, 16);
    memcpy(ip + 24, script->ends[!segment->sender].address, 16);
}

uint32_t frame_write(uint8_t *frame, const struct script *script,
                     const struct scripted_segment *segment)
{
    uint32_t ip_length = script->is_ipv6 ? IPV6_HEADER : IPV4_HEADER;
    uint32_t addresses = script->is_ipv6 ? 32 : 8; /* both, and last in the header */
    uint8_t *ip = frame + ETHERNET_HEADER, *tcp = ip + ip_length;
    /* The router's address and the switch's: the capture point is between them. */
    memcpy(frame,
           segment->sender == CLIENT ? "\2\0\0\0\0\2\2\0\0\0\0\1" : "\2\0\0\0\0\1\2\0\0\0\0\2", 12);
    set16(frame + 12, script->is_ipv6 ? 0x86DD : 0x0800);

    uint32_t tcp_length = write_tcp(tcp, script, segment);
    (script->is_ipv6 ? write_ipv6 : write_ipv4)(ip, script, segment, tcp_length);
    uint32_t sum = sum_up(PROTOCOL_TCP + tcp_length, ip + ip_length - addresses, addresses);
    set16(tcp + 16, checksum(sum_up(sum, tcp, tcp_length)));

    uint32_t length = ETHERNET_HEADER + ip_length + tcp_length;
    for (; length < ETHERNET_LEAST; length++)
        frame[length] = 0;
    return length;
}
