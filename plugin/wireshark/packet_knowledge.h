/* What is known of each packet of the open file: its direction, and what it proves. All segments
 * are gathered as they come first. What they mean is worked out when somebody asks for packets
 * again.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_PACKET_KNOWLEDGE_H
#define TFA_PACKET_KNOWLEDGE_H

#include "finding/proof_index.h"
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

/* Gathers @header of a frame that comes for the first time, and that Wireshark has dissected. */
void packet_knowledge_gather(packet_info *pinfo, tvbuff_t *frame, struct frame_header *header);

/* Gathers @header, a TCP header that Wireshark has still to dissect, if that can be done without
 * being told when it has. Returns false if packet_knowledge_gather() must be called then. */
bool packet_knowledge_expect(packet_info *pinfo, tvbuff_t *frame, struct frame_header *header);

/* Completes what is gathered with what Wireshark has found out since. To be called before it
 * dissects another TCP header. */
void packet_knowledge_settle(void);

/* Fills @fact with what is known of @header by now. If the frame was there before, that is what all
 * packets together say, else what those before it do. Returns false if it is nothing. */
bool packet_knowledge_of(packet_info *pinfo, struct frame_header *header, struct packet_fact *fact);

#endif
