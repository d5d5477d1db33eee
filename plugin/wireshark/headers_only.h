/* The option "headers": nothing above TCP is dissected in this run.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_HEADERS_ONLY_H
#define TFA_HEADERS_ONLY_H

/* From now on until the program ends, Wireshark does not dissect the payload of TCP segments. Its
 * TCP dissector also leaves out what only people read: reassembly, times between segments, bytes in
 * flight. Wireshark still dissects everything below TCP, tunnels included, and its sequence
 * analysis still runs. Only for a program that ends with its report: the preferences that this
 * overrides are neither saved nor restored. */
void headers_only_begin(void);

#endif
