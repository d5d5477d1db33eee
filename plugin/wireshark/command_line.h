/* What tshark was asked to do. Wireshark tells no plugin, so the arguments do.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_COMMAND_LINE_H
#define TFA_COMMAND_LINE_H

#include <stdbool.h>

/* Whether this program is tshark. */
bool command_line_is_tshark(void);

/* Whether this tshark captures: without -r it does. false where the arguments cannot be read. */
bool command_line_captures(void);

/* Whether this tshark reads the file twice: with -2 it does. This and the next two are true where
 * the arguments cannot be read. */
bool command_line_reads_twice(void);

/* Whether it prints all fields of packets: with -V, -O, and with -T pdml, json, jsonraw or ek. */
bool command_line_prints_trees(void);

/* Whether it prints nothing but statistics: with -q or -Q. False where the arguments cannot be
 * read. */
bool command_line_prints_no_packets(void);

/* Whether its read filter (-R) names a field of this plugin. True where the arguments cannot be
 * read. */
bool command_line_reads_by_own_fields(void);

/* Whether it was asked for another statistic (-z) than this plugin's, runs a script in Lua, which
 * may listen to anything, or exports PDUs (-U). True where the arguments cannot be read. */
bool command_line_has_other_statistic(void);

/* Whether @text stands anywhere in the arguments. */
bool command_line_has(const char *text);

#endif
