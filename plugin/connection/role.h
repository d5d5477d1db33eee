/* Decides which end of a connection is the server, and on what basis.
 *
 * Roles are decided when results are shown: proof may come late, from the connection itself or
 * from others. Nothing else in this plugin decides a role.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_ROLE_H
#define TFA_ROLE_H

#include "connection/flow_table.h"
#include "connection/port_use.h"

/* What decided a role, strongest first. */
enum role_basis {
    ROLE_HANDSHAKE, /* the SYN's sender is the client, else the SYN-ACK's sender the server */
    ROLE_GIVEN,     /* the user named exactly one end */
    ROLE_KNOWN,     /* exactly one end is a server by handshake in another connection */
    ROLE_FAN_IN,    /* only one end has many peers; if both, the one with more connections */
    ROLE_PORT,      /* one end's port is clearly a service's, or a client's, and the other's not */
    ROLE_FAN_OUT,   /* only one end is one of its address's many client ports */
    ROLE_GUESS,     /* the lower port; the receiver of the first segment where they are equal */
    ROLE_BASIS_COUNT
};

struct role {
    uint8_t client; /* enum end */
    uint8_t basis;  /* enum role_basis */
};

/* The server of @flow, if @role is its role. */
static inline const struct endpoint *role_server_of(const struct flow *flow, struct role role)
{
    return &flow->ends[end_peer((enum end)role.client)];
}

/* What the program around knows of ports. */
enum port_knowledge {
    PORT_NAMED = 1,     /* the services table has a name for it */
    PORT_DISSECTED = 2, /* Wireshark has a dissector for it */
    PORT_OF_SITE = 4,   /* the user's preferences name it as a server's */
};

/* What decides beside the packets. Both functions may be NULL and must give equal answers to equal
 * questions while a census lives. */
struct role_hints {
    bool (*is_named)(const struct endpoint *endpoint, const void *names); /* by the user */
    const void *names;
    unsigned (*port_knowledge)(uint16_t port); /* enum port_knowledge bits */
};

/* What all connections of a capture say about their ends. */
struct role_census;

/* The end that is @flow's server by its own handshake, or NO_END. */
uint8_t role_server_by_handshake(const struct flow *flow);

/* Counts @flows, which must not change while the census is used, unless it is told of each change
 * by the functions below. The caller frees it with role_census_free(); @flows and @hints must
 * outlive it. */
struct role_census *role_census_new(const struct flow_table *flows, const struct role_hints *hints);
void role_census_free(struct role_census *census);

/* One more, or one less, connection has @server as its server by handshake. Returns whether that
 * changes what is known of @server. */
bool role_census_add_server(struct role_census *census, const struct endpoint *server);
bool role_census_remove_server(struct role_census *census, const struct endpoint *server);

/* To be called when @flow is new in the flow table and, if it did not count (port_use_counts())
 * with its first segment, when it does. Returns what that may change for the roles of other
 * connections; their numbers of connections aside, role_census_fan_in() tells these. */
struct port_use_change role_census_add_flow(struct role_census *census, const struct flow *flow);

/* @flow has got (more of) a handshake. Returns what that may change for the roles of others, those
 * of servers aside, which the two functions above tell. */
struct port_use_change role_census_note_handshake(struct role_census *census,
                                                  const struct flow *flow);

/* How many connections @end, one of the ends of a flow, has, if many peers talk to it; else 0. The
 * end with the larger number has fan-in. It becomes smaller only once, when it becomes 0 for good,
 * and then role_census_add_flow() says that the end has changed. */
uint32_t role_census_fan_in(struct role_census *census, const struct endpoint *end);

/* Decides the role of @flow, one of the flows of @census. */
struct role role_decide(struct role_census *census, const struct flow *flow);

/* The basis's name in every output: "handshake", "given", "known", "fan_in", "port", "fan_out",
 * "guess". */
const char *role_basis_name(enum role_basis basis);

/* How much @port looks like a service's, given @knowledge of it (enum port_knowledge bits):
 * 8 a port that the user's preferences name; 6 one below 512, which no client takes, and one below
 * 1024 that has a dissector; 4 one from 5001 on with a dissector, 3 one below; 2 one from 5001 to
 * 32767 that has a name; 1 another one of these; 0 what clients take: 512 to 1023 (BSD's reserved
 * ports), 1024 to 5000 (older systems), from 32768 on (Linux; RFC 6335, Windows and BSD: from
 * 49152), and port 20, from which FTP servers connect to their clients. A name says nothing of a
 * port from 1024 to 5000: five in six have one. */
unsigned role_port_rank(uint16_t port, unsigned knowledge);

#endif
