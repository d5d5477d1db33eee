/* The page Protocols > TCP Flow Asymmetry of Wireshark's preferences.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_PREFERENCE_PAGE_H
#define TFA_PREFERENCE_PAGE_H

#include <stdbool.h>
#include <stdint.h>

/* Registers the protocol that has the preferences, with @title, and all of preference_list, the
 * ports of the site's servers, and whether packets get fields. Call it once, when protocols are
 * registered. If a value is out of range, Wireshark reports a failure and the default is used.
 * @changed is called when the user has changed something. Returns the number of the protocol. */
int preference_page_register(const char *title, void (*changed)(void));

/* Whether the user wants fields and expert information of each packet. */
bool preference_page_wants_fields(void);

/* Whether the user's preferences name @port as the port of a server. */
bool preference_page_is_server_port(uint16_t port);

#endif
