/* What is known of each packet of the open file: its direction, and what it proves. Headers
 * are kept as they come (see arrival_log.h). They become segments when somebody asks for a packet,
 * or when they fill the log. What they mean is worked out when somebody asks for packets again.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_PACKET_KNOWLEDGE_H
#define TFA_PACKET_KNOWLEDGE_H

#include "finding/proof_index.h"
#include "wireshark/arrival_log.h"
#include "wireshark/frame_headers.h"

/* Of one TCP header, or of an ICMP error. What it points to is valid until the next packet. */
struct packet_fact {
    const struct flow *flow; /* NULL: an ICMP error */
    struct role role;
    enum end sender;
    finding_ids findings;    /* that it proves */
    int64_t server_response; /* ns, this and the next: if it ends that, else TIME_NONE */
    int64_t client_gap;
    int64_t handshake_rtt; /* ns, if it completes the handshake, else TIME_NONE */
    enum loss_place lost;
    bool is_copy;
};

/* Forgets everything: another file is opened, or its packets are dissected anew. */
void packet_knowledge_clear(void);

/* Adds a TCP header or an ICMP message of a frame that comes for the first time. Returns 0, or what
 * packet_knowledge_dissected() is to be called with when Wireshark has dissected it. */
size_t packet_knowledge_add(const struct arriving *arriving, bool is_tcp);

/* Notes the connection of that header. Where the user makes the interface or the VLAN part of
 * connections, nobody can tell it later. */
void packet_knowledge_dissected(packet_info *pinfo, size_t number);

/* Fills @fact with what is known of @header by now. If the frame was there before, that is what all
 * packets together say, else what those before it do. Returns false if it is nothing. */
bool packet_knowledge_of(packet_info *pinfo, struct frame_header *header, struct packet_fact *fact);

#endif
