/* Wireshark's names of addresses and ports.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_NAME_LOOKUP_H
#define TFA_NAME_LOOKUP_H

#include "base/endpoint.h"

/* The name of the address if Wireshark resolves names, else the number. It may contain anything
 * that a packet can contain. The caller frees it with g_free(). */
char *name_lookup_address(const struct endpoint *endpoint);

/* The name of a TCP port in Wireshark's services table, or NULL. Owned by Wireshark. */
const char *name_lookup_service(uint16_t port);

/* What Wireshark and the user's preferences know about a TCP port: enum port_knowledge bits. */
unsigned name_lookup_port_knowledge(uint16_t port);

#endif
