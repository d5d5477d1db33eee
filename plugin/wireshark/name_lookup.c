/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wireshark/compat.h"

#include "wireshark/name_lookup.h"

#include "connection/role.h"
#include "wireshark/preference_page.h"

#include <epan/addr_resolv.h>
#include <epan/packet.h>
#include <epan/to_str.h>

char *name_lookup_address(const struct endpoint *endpoint)
{
    address own;
    if (endpoint->family == FAMILY_IPV4)
        set_address(&own, AT_IPv4, 4, endpoint->address);
    else if (endpoint->family == FAMILY_IPV6)
        set_address(&own, AT_IPv6, 16, endpoint->address);
    else
        return endpoint_address_text(endpoint);
    char *text = address_to_display(NULL, &own);
    char *copy = g_strdup(text);
    wmem_free(NULL, text);
    return copy;
}

const char *name_lookup_service(uint16_t port)
{
    return try_serv_name_lookup(PT_TCP, port);
}

unsigned name_lookup_port_knowledge(uint16_t port)
{
    dissector_table_t by_port = find_dissector_table("tcp.port");
    unsigned knowledge = name_lookup_service(port) != NULL ? PORT_NAMED : 0;
    if (by_port != NULL && dissector_get_uint_handle(by_port, port) != NULL)
        knowledge |= PORT_DISSECTED;
    if (preference_page_is_server_port(port))
        knowledge |= PORT_OF_SITE;
    return knowledge;
}
