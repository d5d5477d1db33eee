/* The option "headers": in this run, nothing above TCP is dissected except what announcer.h names,
 * and plain frames go straight to TCP (see link_layer.h).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_HEADERS_ONLY_H
#define TFA_HEADERS_ONLY_H

/* From now on until the program ends, Wireshark dissects no payload of TCP segments except what
 * announcer.h names. Its TCP dissector also leaves out what only people read: times between
 * segments, bytes in flight, the summary in the tree if no packets are printed. Its sequence
 * analysis still runs. Where a frame is not plain, Wireshark still dissects everything below TCP,
 * tunnels included. Only for a program that ends with its report: what this overrides is neither
 * saved nor restored. */
void headers_only_begin(void);

#endif
