/* Statistics > TCP Flow Asymmetry Report: a window with the text of tshark's report, kept up to
 * date, and buttons that show a finding's packets in the packet list.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_REPORT_WINDOW_H
#define TFA_REPORT_WINDOW_H

/* Registers the menu item @title, which is also the title of the windows that it opens. Call it
 * when taps are registered. */
void report_window_register(const char *title);

#endif
