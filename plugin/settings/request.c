/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settings/request.h"

static void clear_server_match(gpointer match)
{
    g_free(((struct server_match *)match)->text);
}

void request_init(struct request *request)
{
    *request = (struct request){0};
    request->servers = g_array_new(FALSE, FALSE, sizeof(struct server_match));
    g_array_set_clear_func(request->servers, clear_server_match);
    request->ports = g_array_new(FALSE, FALSE, sizeof(struct port_range));
}

void request_clear(struct request *request)
{
    g_array_free(request->servers, TRUE);
    g_array_free(request->ports, TRUE);
    g_free(request->capture_label);
    g_free(request->filter);
}

bool request_names_servers(const struct request *request)
{
    return request->servers->len > 0 || request->ports->len > 0;
}

bool server_match_fits(const struct server_match *match, const struct endpoint *endpoint)
{
    return endpoint_in_network(endpoint, &match->network, match->prefix) &&
           (match->network.port == 0 || match->network.port == endpoint->port);
}

bool port_range_fits(const struct port_range *range, uint16_t port)
{
    return range->first <= port && port <= range->last;
}

bool request_matches(const struct request *request, const struct endpoint *endpoint)
{
    bool address_fits = request->servers->len == 0, port_fits = request->ports->len == 0;
    for (guint i = 0; i < request->servers->len && !address_fits; i++)
        address_fits =
            server_match_fits(&g_array_index(request->servers, struct server_match, i), endpoint);
    for (guint i = 0; i < request->ports->len && !port_fits; i++)
        port_fits =
            port_range_fits(&g_array_index(request->ports, struct port_range, i), endpoint->port);
    return address_fits && port_fits;
}
