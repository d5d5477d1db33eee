/* One listener's state: what a single "-z tcp,asymmetry" has counted.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_COLLECTOR_H
#define TFA_COLLECTOR_H

#include "options.h"

struct collector;

/* Begins to listen with @options, which it owns from then on. Returns NULL and a message in
 * *@error, which the caller frees with g_free(), if Wireshark refuses the display filter.
 *
 * It writes its report when the taps are drawn, and lives until Wireshark removes its listener or
 * ends. If a report could not be written, it ends the program then with status 2: tshark has no
 * other way for a tap to tell. */
struct collector *collector_start(struct options *options, char **error);

#endif
