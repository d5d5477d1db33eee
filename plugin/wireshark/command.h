/* The command "tshark -z tcp,asymmetry".
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_COMMAND_H
#define TFA_COMMAND_H

/* Registers the command under @title where the program is tshark: elsewhere the name belongs to the
 * statistics table, and the first registration wins. To be called when taps are registered.
 *
 * The report is written when the taps are drawn. A bad argument ends the program with status 1; a
 * report that could not be written ends it with status 2, when it would have ended anyway: tshark
 * has no other way for a tap to tell. */
void command_register(const char *title);

#endif
