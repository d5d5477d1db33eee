/* Connections whose packets a display filter shows by what their ends have in common, without
 * naming a stream.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_COMMON_ENDS_H
#define TFA_COMMON_ENDS_H

#include "connection/flow_table.h"
#include "finding/proof.h"

struct common_ends;

/* No connections yet. @flows are all of the capture and outlive the result. The packets asked for
 * are those of both ends if @is_both, else of one, which is the client if @is_by_client. They match
 * @condition. The caller frees the result with
 * common_ends_free(). */
struct common_ends *common_ends_new(const struct flow_table *flows, bool is_both, bool is_by_client,
                                    struct condition condition);
void common_ends_free(struct common_ends *ends);

/* Adds @flow, of @flows, of which @from sends the packets that are asked for; the client if both
 * ends' are. */
void common_ends_add(struct common_ends *ends, const struct flow *flow, enum end from);

/* Whether the connections that were added have anything in common; false for none. */
bool common_ends_exist(const struct common_ends *ends);

/* Returns a display filter, with @ending, that shows the packets asked for and no packet of any
 * other connection. NULL if what the ends have in common does not tell them from others. The
 * caller frees it with g_free(). */
char *common_ends_filter(struct common_ends *ends, const char *ending);

#endif
