/* More than one copy of this plugin, in several folders or under several names.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_COPIES_H
#define TFA_COPIES_H

#include <stdbool.h>

/* Whether this copy, of @version, is the first one that the program loads. If not, it must register
 * nothing: Wireshark ends where two plugins register the same protocol. Tells the user of every
 * other copy that Wireshark finds, where both are and what to do. */
bool copies_is_first(const char *version);

#endif
