/* Wireshark's tap data -> struct segment. The only reader of packet-tcp.h and packet-ip.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_TAP_INPUT_H
#define TFA_TAP_INPUT_H

#include "connection/flow.h"

#include <epan/packet_info.h>

/* The IP header seen last. Taps come in the order of the headers in a frame, so that this is the
 * header right around a TCP segment of the same frame, tunnels included. */
struct ip_facts {
    uint32_t frame;
    uint32_t length; /* total length, bytes; 0 for IPv6 and where offloading left it 0 */
    uint16_t id;     /* 0 for IPv6 */
    uint8_t hop_limit;
    int address_type;  /* Wireshark's AT_IPv4 or AT_IPv6 */
    bool expects_tcp;  /* a TCP header follows it, whole, and was not tapped yet */
    uint64_t untapped; /* headers that were followed by none: Wireshark could not dissect it */
};

/* Remember the tap data of "ip" and of "ipv6". */
void tap_input_ip4(struct ip_facts *facts, const packet_info *pinfo, const void *tap_data);
void tap_input_ip6(struct ip_facts *facts, const packet_info *pinfo, const void *tap_data);

/* Fills @segment from the tap data of "tcp", without Wireshark's analysis and is_copy, and of
 * the ends only the source's port. */
void tap_input_segment(struct segment *segment, struct ip_facts *facts, const packet_info *pinfo,
                       const void *tap_data);

/* Wireshark's tcp.stream of the tap data of "tcp". */
uint32_t tap_input_stream(const void *tap_data);

/* Fills in the ends of @segment: only a connection's first segment needs them, and one between
 * equal ports. */
void tap_input_ends(struct segment *segment, const void *tap_data);

/* Takes the flags of Wireshark's analysis over into @segment, of @flow. Looks the connection's data
 * up once and keeps the pointer in flow->analysis, which is Wireshark's until it closes the file;
 * the taps are reset before. */
void tap_input_analysis(struct segment *segment, struct flow *flow, packet_info *pinfo,
                        const void *tap_data);

/* Whether Wireshark's TCP sequence analysis is on in the preferences. */
bool tap_input_analysis_is_on(void);

/* Wireshark's tcp.completeness of @flow after its last segment, those included that a filter or a
 * cut header kept from the tap. The file must still be open. */
uint8_t tap_input_completeness(const struct flow *flow);

#endif
