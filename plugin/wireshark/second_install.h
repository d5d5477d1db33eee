/* More than one install of this plugin, in several folders or under several names.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_SECOND_INSTALL_H
#define TFA_SECOND_INSTALL_H

#include <stdbool.h>

/* Whether this install, of @version, is the first one that the program loads. If not, it must
 * register nothing: Wireshark ends where two plugins register the same protocol. Tells the user of
 * every other install that Wireshark finds, where both are and what to do. */
bool second_install_allows(const char *version);

#endif
