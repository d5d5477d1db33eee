/* Wireshark's tap data -> struct segment. Only this and compat.h read the structs of packet-tcp.h,
 * only this those of packet-ip.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_TAP_INPUT_H
#define TFA_TAP_INPUT_H

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

struct tcp_analysis;

/* Where the connections of the latest segments are found. */
struct recent_analysis {
    struct tcp_analysis *analysis; /* Wireshark's; NULL: none */
};

#define RECENT_ANALYSES 4096 /* a power of two */

/* What one listener remembers from one tap record to the next. A new one is all zeros. */
struct tap_input {
    struct ip_facts ip;
    uint64_t untapped;     /* TCP headers that Wireshark could not dissect, so kept from the tap */
    uint64_t out_of_range; /* segments whose times were brought into the range of time_units.h */
    struct pointer_array analysis_of; /* struct tcp_analysis of each stream, or NULL; Wireshark's
                                         until it closes the file */
    struct recent_analysis *recent;   /* RECENT_ANALYSES of them, owned; NULL until
                                         tap_input_complete() */
};

/* Frees what @input owns and makes it a new one. Call it when the taps are reset. Wireshark resets
 * them before it frees its analysis. */
void tap_input_clear(struct tap_input *input);

/* Remember the tap data of "ip" and of "ipv6". Return whether the packet is an ICMP error that
 * quotes a TCP segment, and that in @error. */
bool tap_input_ip4(struct tap_input *input, const packet_info *pinfo, tvbuff_t *frame,
                   const void *tap_data, struct icmp_error *error);
bool tap_input_ip6(struct tap_input *input, const packet_info *pinfo, tvbuff_t *frame,
                   const void *tap_data, struct icmp_error *error);

/* Fills @segment from the tap data of "tcp", Wireshark's analysis included. */
void tap_input_segment(struct tap_input *input, struct segment *segment, packet_info *pinfo,
                       tvbuff_t *frame, const void *tap_data);

/* Fills in what Wireshark's dissector of TCP would say in the tap of @tcp, whose header it has
 * dissected in this frame: the stream, and the window as it scales it. Returns false if it follows
 * no connection of these ends. */
bool tap_input_complete(struct tap_input *input, packet_info *pinfo, tcp_info_t *tcp);

/* A segment that Wireshark's dissector of TCP has still to see. */
struct expected_segment {
    struct segment segment;
    const struct tcp_analysis *analysis; /* of the connection that it seems to belong to */
    nstime_t time;                       /* of its frame */
};

/* Fills @expected from the header @tcp before Wireshark has dissected it, if the latest segment of
 * these ends, which are those of one of @flows, shows what connection it belongs to. Wireshark's
 * own search, and being told when it has finished, each take as long as a third of all that this
 * plugin does with a segment. Returns false if these are needed: @expected is unfilled then. */
bool tap_input_expect(struct tap_input *input, struct expected_segment *expected,
                      const struct flow_table *flows, const packet_info *pinfo, tvbuff_t *frame,
                      const tcp_info_t *tcp);

/* Fills in the ends of @segment, which tap_input_segment() does for the first one of a connection
 * only. */
void tap_input_ends(struct segment *segment, const tcp_info_t *tcp);

/* Completes @expected with what Wireshark's analysis says of it. To be called before the analysis
 * sees another segment. Returns false if it has not seen this one: Wireshark notes the time of the
 * latest segment of each end, and what that acknowledges. */
bool tap_input_confirm(struct expected_segment *expected);

/* Does the same where that failed: lets Wireshark search for the connection of @source and
 * @destination. Returns false if there is none. */
bool tap_input_search(struct expected_segment *expected, const struct endpoint *source,
                      const struct endpoint *destination);

/* Fills @segment with what a display filter sees of @tcp, and with its ends; the other members are
 * 0. Nothing is noted in @input. */
void tap_input_look_at(const struct tap_input *input, struct segment *segment, packet_info *pinfo,
                       const tcp_info_t *tcp);

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

#endif
