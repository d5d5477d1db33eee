/* The table of servers and connections in Wireshark's own statistics dialog, and in sharkd.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_STATISTICS_TABLE_H
#define TFA_STATISTICS_TABLE_H

/* Registers the table under @title and OPTIONS_COMMAND. Call it once, when protocols are
 * registered, as all programs do. */
void statistics_table_register(const char *title);

#endif
