/* How ends and addresses use their ports in all connections of a capture: a server's port is met by
 * many peers, a client takes a new port for each connection, close to the last one.
 *
 * Only what is watched is counted: a report asks of few ends out of a million.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_PORT_USE_H
#define TFA_PORT_USE_H

#include "connection/flow.h"

struct port_use;

/* What one more connection, or a handshake, changed; index enum end of its flow. */
struct port_use_change {
    bool end[2];   /* what is known of the end */
    bool block[2]; /* what is known of the ports around it */
};

/* Nothing is watched at first. The caller frees it with port_use_free(); NULL is nothing. */
struct port_use *port_use_new(void);
void port_use_free(struct port_use *use);

/* From now on, what is counted of both ends of @flow is kept, and of the ports around both. */
void port_use_watch_ends(struct port_use *use, const struct flow *flow);
void port_use_watch_blocks(struct port_use *use, const struct flow *flow);

/* Whether @end is watched. */
bool port_use_watches_end(const struct port_use *use, const struct endpoint *end);

/* Whether @flow counts: it had a segment other than a reset. Resets alone answer scans as well, and
 * which end scans they do not tell. Once it counts, it always does. */
bool port_use_counts(const struct flow *flow);

/* Counts @flow, which must outlive @use; the handshake that it has is noted, too. @is_service: for
 * each end whether no client has its port; only asked for where the other end is watched. */
struct port_use_change port_use_add(struct port_use *use, const struct flow *flow,
                                    const bool is_service[2]);

/* To be called when @flow, counted or not, has got (more of) a handshake. */
struct port_use_change port_use_note_handshake(struct port_use *use, const struct flow *flow);

/* How many connections that count @end, which is watched, has, if it is one that many peers talk
 * to; else 0. That is one with peers on three or more different ports, none of them a service's:
 * who scans from one port meets a few ports again and again, or those of services. */
uint32_t port_use_fan_in(const struct port_use *use, const struct endpoint *end);

/* Whether end @end of @flow, whose ends and blocks are watched, is one of its address's many client
 * ports: those in the same 256 that one connection each used (8 or more), other than as a server by
 * handshake. Not where the peer is the one that scans, and not where those ports met one address
 * only on ports that were used once as well: that may be a scan, or passive FTP. */
bool port_use_is_fan_out(const struct port_use *use, const struct flow *flow, enum end end);

/* Ports @first to @first + PORT_USE_BLOCK - 1 of an address change together. */
#define PORT_USE_BLOCK 256

#endif
