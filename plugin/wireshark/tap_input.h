/* Wireshark's tap data -> struct segment. Only this and compat.h look into Wireshark's analysis
 * (packet-tcp.h), except for its stream number. Only this reads the structs of packet-ip.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_TAP_INPUT_H
#define TFA_TAP_INPUT_H

#include "base/plain_frame.h"
#include "base/pointer_array.h"
#include "connection/flow_table.h"
#include "connection/icmp_error.h"
#include "connection/segment.h"

#include <epan/tvbuff.h>
#include <epan/dissectors/packet-tcp.h>
#include <epan/packet_info.h>

/* The IP header seen last. Taps come in the order of the headers in a frame. So this header is
 * directly around the TCP segment of the same frame, also in tunnels. */
struct ip_facts {
    uint32_t frame;
    uint32_t length; /* total length, bytes; 0 for IPv6 and if offloading left it 0 */
    uint16_t id;     /* 0 for IPv6 */
    uint8_t hop_limit;
    int address_type; /* Wireshark's AT_IPv4 or AT_IPv6 */
    bool expects_tcp; /* a TCP header follows it, whole, and was not tapped yet */
};

/* What one listener remembers from one tap record to the next. A new one is all zeros. */
struct tap_input {
    struct ip_facts ip;
    uint64_t untapped;     /* TCP headers that Wireshark could not dissect, so kept from the tap */
    uint64_t out_of_range; /* segments whose times were brought into the range of time_units.h */
    struct pointer_array analysis_of; /* struct tcp_analysis of each stream, or NULL; Wireshark's
                                         until it closes the file */
};

/* Frees what @input owns and makes it a new one. Call it when the taps are reset. Wireshark resets
 * them before it frees its analysis. */
void tap_input_clear(struct tap_input *input);

/* Remember the tap data of "ip" and of "ipv6", of frame number @frame. Return whether the packet
 * carries ICMP: then tap_input_error() tells more. */
bool tap_input_ip4(struct tap_input *input, uint32_t frame, const void *tap_data);
bool tap_input_ip6(struct tap_input *input, uint32_t frame, const void *tap_data);

/* Remembers the IP header of the plain frame @frame, which no tap gets. */
void tap_input_plain(struct tap_input *input, uint32_t frame, const struct plain_frame *plain);

/* Fills @segment from the tap data of "tcp", Wireshark's analysis included. */
void tap_input_segment(struct tap_input *input, struct segment *segment, packet_info *pinfo,
                       tvbuff_t *frame, const void *tap_data);

/* Wireshark's tcp.stream of the tap data of "tcp". */
uint32_t tap_input_stream(const void *tap_data);

/* Notes that the TCP header which was expected came to the tap, though no segment is filled from
 * it: a display filter leaves it out. */
void tap_input_note_tapped(struct tap_input *input);

/* How many TCP headers were kept from the tap up to now, whether or not a display filter matches
 * them. */
uint64_t tap_input_untapped(const struct tap_input *input);

/* Whether Wireshark's TCP sequence analysis is on in the preferences. */
bool tap_input_analysis_is_on(void);

/* Wireshark's tcp.completeness of @stream after its last segment, or 0 if it is not known. It
 * includes segments that did not reach the tap because of a filter or a cut header. The file must
 * still be open. */
uint8_t tap_input_completeness(const struct tap_input *input, uint32_t stream);

/* --- for headers of which no tap tells --- */

/* Fills all of @facts but its frame from @ip, a ws_ip4 or ws_ip6, or with zeros if that is NULL. */
void tap_input_ip_facts(struct ip_facts *facts, const void *ip);

/* @time in ns since 1970; adds 1 to @out_of_range if it had to be brought into the range of
 * time_units.h. */
int64_t tap_input_time(uint64_t *out_of_range, const nstime_t *time);

/* Whether the packet whose IP header is @ip, or NULL, is an ICMP error that quotes a TCP segment,
 * and that in @error. */
bool tap_input_error(struct icmp_error *error, uint64_t *out_of_range, const packet_info *pinfo,
                     tvbuff_t *frame, const void *ip);

/* Fills in what @tcp alone says of @segment, with the window as it is in @tcp, but the ends. Its
 * options are not read. */
void tap_input_header(struct segment *segment, const tcp_info_t *tcp);

/* Fills in the ends of @segment, which tap_input_segment() does for the first one of a connection
 * only. */
void tap_input_ends(struct segment *segment, const tcp_info_t *tcp);

/* Whether the IP packet from @source is longer than the @dissected bytes of TCP in it: if the frame
 * ends before the packet does, Wireshark treats the part as the whole. */
bool tap_input_is_cut(const struct ip_facts *facts, tvbuff_t *frame, const address *source,
                      uint32_t dissected);

/* Whether the @payload bytes behind a TCP header of @header bytes may be padding of the frame. */
bool tap_input_may_be_padding(const struct ip_facts *facts, tvbuff_t *frame, const address *source,
                              uint32_t header, uint32_t payload);

/* Whether the timestamps or the MSS of @segment are of use: where identifications tell copies,
 * nobody asks for timestamps. */
bool tap_input_needs_options(const struct segment *segment);

/* Wireshark's analysis of @conversation, or NULL. */
struct tcp_analysis *tap_input_analysis(const conversation_t *conversation);

/* What @analysis says of @segment. */
uint16_t tap_input_marks(const struct tcp_analysis *analysis, const struct segment *segment);

#endif
