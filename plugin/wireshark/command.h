/* The command "tshark -z tcp,asymmetry".
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_COMMAND_H
#define TFA_COMMAND_H

/* Registers the command under @title if the program is tshark. In other programs, the name belongs
 * to the statistics table, and the first registration wins. Call it when taps are registered.
 *
 * The command writes the report when the taps are drawn. A bad argument ends the program with
 * status 1. If the report could not be written, the program ends with status 2 when it would have
 * ended anyway, because a tap cannot report failure to tshark in any other way. */
void command_register(const char *title);

#endif
