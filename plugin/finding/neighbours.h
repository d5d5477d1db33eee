/* What other connections of the capture, and ICMP errors, say of one.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_NEIGHBOURS_H
#define TFA_NEIGHBOURS_H

#include "finding/rule.h"

/* Each question looks at all connections of @source, which must outlive it, when it is asked for
 * the first time. The caller frees it with neighbours_free(). */
struct neighbours *neighbours_new(const struct finding_source *source);
void neighbours_free(struct neighbours *neighbours);

/* Whether @server answered another connection, beyond its SYN-ACK, that began within SERVES_WITHIN
 * of the time from @from to @to (ns since 1970). */
bool neighbours_serve(struct neighbours *neighbours, const struct endpoint *server, int64_t from,
                      int64_t to);

/* Whether the server accepted, soon after and between the same ends, what it refused in flow number
 * @flow: from 4.4 on, Wireshark begins another connection behind a reset. */
bool neighbours_accept(struct neighbours *neighbours, uint32_t flow);

/* The number of the flow in which another address answered the SYN of flow number @flow, or in
 * which the SYN was sent that flow number @flow answers; UINT32_MAX for none. */
uint32_t neighbours_other_address(struct neighbours *neighbours, uint32_t flow);

/* The first ICMP error that quotes flow number @flow, or NULL; *@count is how many there are. */
const struct icmp_error *neighbours_error(struct neighbours *neighbours, uint32_t flow,
                                          unsigned *count);

/* Whether the capture has nothing of the address of @endpoint, though somebody acknowledges what it
 * sent: its silence says nothing. */
bool neighbours_never_see(struct neighbours *neighbours, const struct endpoint *endpoint);

/* Whether a connection was there between @from and @to, ns since 1970: the capture went on. */
bool neighbours_go_on(struct neighbours *neighbours, int64_t from, int64_t to);

/* Whether the first that was captured of an established connection, between @from and @to, ns since
 * 1970, is not its SYN: the file may lack what came just before. */
bool neighbours_begin_midway(struct neighbours *neighbours, int64_t from, int64_t to);

/* Whether somebody acknowledges data that is nowhere in the file. */
bool neighbours_lack_segments(struct neighbours *neighbours);

#endif
