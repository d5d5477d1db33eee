/* Display filters that show just the packets behind a finding.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_DISPLAY_FILTER_H
#define TFA_DISPLAY_FILTER_H

#include "connection/flow.h"

/* A display filter in the making. */
struct display_filter;

/* A filter for nothing yet. display_filter_end() frees it, and nothing else does. */
struct display_filter *display_filter_new(void);

/* Asks for the packets of @flow that @sender sent, or that either end sent if @sender is NO_END,
 * and that fulfil @condition (a display filter, or NULL for all). All calls for one filter have the
 * same @condition. @client is the end of @flow that is the client. */
void display_filter_add_flow(struct display_filter *filter, const struct flow *flow,
                             enum end client, uint8_t sender, const char *condition);

/* Asks for the segments with data or FIN of @flow that @sender sent with @sequence. */
void display_filter_add_sequence(struct display_filter *filter, const struct flow *flow,
                                 enum end client, enum end sender, uint32_t sequence);

/* Asks for one frame. */
void display_filter_add_frame(struct display_filter *filter, uint32_t frame);

/* Whether nothing more may be added: a longer filter would not fit Wireshark's field. */
bool display_filter_is_full(const struct display_filter *filter);

/* Number of different frames asked for by display_filter_add_frame(). */
uint64_t display_filter_frames(struct display_filter *filter);

/* The filter's text, which the caller frees with g_free(); frees @filter. */
char *display_filter_end(struct display_filter *filter);

#endif
