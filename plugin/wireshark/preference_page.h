/* The page Protocols > TCP Flow Asymmetry of Wireshark's preferences.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_PREFERENCE_PAGE_H
#define TFA_PREFERENCE_PAGE_H

#include <stdbool.h>
#include <stdint.h>

/* Registers all of preference_list and the ports of the site's servers, under @title. Call it once,
 * when protocols are registered. If a value is out of range, Wireshark reports a failure and the
 * default is used. */
void preference_page_register(const char *title);

/* Whether the user's preferences name @port as the port of a server. */
bool preference_page_is_server_port(uint16_t port);

#endif
