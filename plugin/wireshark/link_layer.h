/* A short cut from the link layer to TCP, with the option "headers": plain frames (see
 * base/plain_frame.h) go straight to Wireshark's dissector of TCP. All others go to Wireshark's
 * dissector of their link layer, and so do all frames of a run in which somebody may look at the
 * layers between.
 *
 * Stands before Wireshark's dissectors in the table "wtap_encap".
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_LINK_LAYER_H
#define TFA_LINK_LAYER_H

#include "wireshark/tap_input.h"

/* Begins to stand before Wireshark's dissectors, until the program ends. Does nothing if somebody
 * else may need the layers between in this run, or if preferences, "Decode As", disabled protocols
 * or other plugins make something else of them. Call it when all these are known. */
void link_layer_begin(void);

/* From now on until link_layer_leave(), @input is told of the IP headers of plain frames, as the
 * taps "ip" and "ipv6" do it of the others. */
void link_layer_tell(struct tap_input *input);
void link_layer_leave(struct tap_input *input);

#endif
