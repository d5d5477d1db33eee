/* What Wireshark has to dissect above TCP, with the option "headers", so that tcp.stream and
 * tcp.completeness are the same as without it:
 *
 * - FTP's control connection. Its dissector makes the conversation of the data connection before
 *   that begins, and Wireshark leaves the SYN out of tcp.completeness.
 * - The first message of VNC, on ports that nobody has registered. Wireshark's heuristic dissector
 *   makes another conversation of these ends, so what follows has another tcp.stream.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_ANNOUNCER_H
#define TFA_ANNOUNCER_H

#include <epan/packet.h>

/* Finds out which ports are FTP's, and the dissectors. Call it when preferences and "Decode As" are
 * known. */
void announcer_begin(void);

/* Whether a segment between these two ports, whose payload begins with the @length bytes at
 * @payload, is to be shown to announcer_dissect(). */
bool announcer_wants(uint32_t source, uint32_t destination, const uint8_t *payload,
                     uint32_t length);

/* Dissects the @payload of a segment, if Wireshark has to. */
void announcer_dissect(tvbuff_t *payload, packet_info *pinfo, proto_tree *tree);

#endif
