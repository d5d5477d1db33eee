/* Wireshark's names: of addresses, and of ports.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_NAMES_H
#define TFA_NAMES_H

#include "endpoint.h"

/* The address's name if Wireshark resolves names, else the number. The caller frees it with
 * g_free(). May contain anything that a packet can hold. */
char *names_address(const struct endpoint *endpoint);

/* The name of a TCP port in Wireshark's services table, or NULL. Owned by Wireshark. */
const char *names_service(uint16_t port);

/* What Wireshark and the user's preferences know of a TCP port: enum port_knowledge bits. */
unsigned names_port_knowledge(uint16_t port);

#endif
