/* Display filters that show exactly the packets that prove a finding.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_DISPLAY_FILTER_H
#define TFA_DISPLAY_FILTER_H

#include "finding/proof.h"
#include "finding/stream_set.h"

/* A display filter that is being built. */
struct display_filter;

/* A filter for nothing yet. @flows are the connections of the capture, which outlive the filter, or
 * NULL. display_filter_end() frees it, and nothing else does. */
struct display_filter *display_filter_new(const struct flow_table *flows);

/* Asks for the packets of @flow that @kind says. There are @packets of them. */
void display_filter_add_flow(struct display_filter *filter, const struct flow *flow,
                             const struct stream_kind *kind, uint64_t packets);

/* Asks for the segments with data or FIN of @flow that @sender sent with @sequence, from frame
 * @first on. */
void display_filter_add_sequence(struct display_filter *filter, const struct flow *flow,
                                 enum end client, enum end sender, uint32_t sequence,
                                 uint32_t first);

/* Asks for one frame. */
void display_filter_add_frame(struct display_filter *filter, uint32_t frame);

/* Asks for the keep-alives of @flow that @sender sent from frame number @first on. */
void display_filter_add_probes(struct display_filter *filter, const struct flow *flow,
                               enum end client, enum end sender, uint32_t first);

/* Asks for what @proof says of @flow, whose client is @client. */
void display_filter_add(struct display_filter *filter, const struct flow *flow, enum end client,
                        const struct proof *proof);

/* Leaves out ICMP errors, which quote the segments that are asked for: to Wireshark they belong to
 * the same stream. Frames that are asked for one by one stay. */
void display_filter_leave_out_icmp(struct display_filter *filter);

/* Allows filters that name the ends of connections in place of their streams, because Wireshark
 * passed all segments of the capture to the statistic. @has_icmp: the capture has ICMP errors. */
void display_filter_name_ends(struct display_filter *filter, bool has_icmp);

/* Whether nothing more may be added: a longer filter would not fit Wireshark's field. */
bool display_filter_is_full(const struct display_filter *filter);

/* How many different frames display_filter_add_frame() has asked for. */
uint64_t display_filter_frames(struct display_filter *filter);

/* The text of a filter for all TCP segments, without ICMP errors if @leaves_out_icmp. The caller
 * frees it with g_free(). */
char *display_filter_of_all(bool leaves_out_icmp);

/* Returns the text of the filter, which the caller frees with g_free(). *@left_out is how many
 * packets of connections it had no room for. Frees @filter. */
char *display_filter_end(struct display_filter *filter, uint64_t *left_out);

#endif
