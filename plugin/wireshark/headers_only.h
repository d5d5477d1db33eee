/* The option "headers": nothing above TCP is dissected in this run.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_HEADERS_ONLY_H
#define TFA_HEADERS_ONLY_H

/* From now on, to the end of the program, Wireshark takes the payload of TCP segments for done, and
 * leaves out what its TCP dissector works out for people to read: reassembly, times between
 * segments, bytes in flight. What is below TCP, tunnels included, is dissected as always, and so is
 * Wireshark's sequence analysis. Only for a program that ends with its report: the preferences that
 * it overrides are neither saved nor restored. */
void headers_only_begin(void);

#endif
