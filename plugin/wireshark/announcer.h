/* Connections that announce others, with the option "headers". FTP's control connection does: its
 * dissector then makes the conversation of the data connection before that begins, and Wireshark
 * leaves the SYN out of tcp.completeness. So FTP is dissected also where nothing else above TCP is.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_ANNOUNCER_H
#define TFA_ANNOUNCER_H

#include <epan/packet.h>

/* Finds out which ports are FTP's. Call it when preferences and "Decode As" are known. */
void announcer_begin(void);

/* Whether a segment between these two ports may announce a connection. */
bool announcer_has_port(uint32_t source, uint32_t destination);

/* Dissects the @payload of a segment, if that may announce a connection. */
void announcer_dissect(tvbuff_t *payload, packet_info *pinfo, proto_tree *tree);

#endif
