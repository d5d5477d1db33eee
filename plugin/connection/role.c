/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "connection/role.h"

#include "base/endpoint_map.h"

#define FTP_DATA_PORT        20
#define FIRST_RESERVED_PORT  512
#define FIRST_USER_PORT      1024
#define LAST_OLD_CLIENT_PORT 5000
#define FIRST_EPHEMERAL_PORT 32768

/* One rank more may be chance: a client's port that happens to have a name. */
#define CLEAR_RANK_DIFFERENCE 2

#define UNDECIDED NO_END

struct role_census {
    const struct flow_table *flows;
    const struct role_hints *hints;
    struct endpoint_map *servers; /* connections of each server by handshake */
    struct port_use *use;         /* NULL until a role needs it */
    bool grows;                   /* more flows may come: all ends are watched, not just some */
    bool is_port_known[UINT16_MAX + 1];
    uint8_t port_knowledge[UINT16_MAX + 1]; /* enum port_knowledge bits, where known */
};

uint8_t role_server_by_handshake(const struct flow *flow)
{
    if (flow->first_syn != NO_END)
        return (uint8_t)end_peer(flow->first_syn);
    return flow->first_syn_ack;
}

struct role_census *role_census_new(const struct flow_table *flows, const struct role_hints *hints)
{
    struct role_census *census = g_new0(struct role_census, 1);
    census->flows = flows;
    census->hints = hints;
    census->servers = endpoint_map_new();
    for (size_t i = 0; i < flow_table_count(flows); i++) {
        struct flow *flow = flow_table_at(flows, i);
        uint8_t server = role_server_by_handshake(flow);
        if (server != NO_END)
            role_census_add_server(census, &flow->ends[server]);
    }
    return census;
}

bool role_census_add_server(struct role_census *census, const struct endpoint *server)
{
    return (*endpoint_map_number(census->servers, server))++ == 0;
}

bool role_census_remove_server(struct role_census *census, const struct endpoint *server)
{
    uint32_t *connections = endpoint_map_number(census->servers, server);
    g_return_val_if_fail(*connections > 0, false);
    return --*connections == 0;
}

void role_census_free(struct role_census *census)
{
    port_use_free(census->use);
    endpoint_map_free(census->servers);
    g_free(census);
}

/* Asked for once per port: the services table and the dissectors take longer. */
static unsigned knowledge_of(struct role_census *census, uint16_t port)
{
    if (census->hints->port_knowledge == NULL)
        return 0;
    if (!census->is_port_known[port])
        census->port_knowledge[port] = (uint8_t)census->hints->port_knowledge(port);
    census->is_port_known[port] = true;
    return census->port_knowledge[port];
}

/* The end for which a test holds, where it holds for one end only. */
static uint8_t the_only_one(bool a, bool b)
{
    if (a == b)
        return UNDECIDED;
    return a ? END_A : END_B;
}

static uint8_t server_by_name(const struct role_hints *hints, const struct flow *flow)
{
    if (hints->is_named == NULL)
        return UNDECIDED;
    return the_only_one(hints->is_named(&flow->ends[END_A], hints->names),
                        hints->is_named(&flow->ends[END_B], hints->names));
}

static uint8_t server_by_knowledge(const struct role_census *census, const struct flow *flow)
{
    return the_only_one(endpoint_map_find(census->servers, &flow->ends[END_A]) > 0,
                        endpoint_map_find(census->servers, &flow->ends[END_B]) > 0);
}

unsigned role_port_rank(uint16_t port, unsigned knowledge)
{
    bool dissected = (knowledge & PORT_DISSECTED) != 0;
    if ((knowledge & PORT_OF_SITE) != 0)
        return 8;
    if (port == 0 || port == FTP_DATA_PORT)
        return 0;
    if (port < FIRST_RESERVED_PORT)
        return 6;
    if (port < FIRST_USER_PORT)
        return dissected ? 6 : 0;
    if (dissected)
        return port <= LAST_OLD_CLIENT_PORT ? 3 : 4;
    if (port <= LAST_OLD_CLIENT_PORT || port >= FIRST_EPHEMERAL_PORT)
        return 0;
    return (knowledge & PORT_NAMED) != 0 ? 2 : 1;
}

/* Whether clients of the service at @port come from reserved ports, to prove that root sent them:
 * RPC, the r-commands of BSD, its printer, NFS. */
static bool demands_reserved_ports(uint16_t port)
{
    static const uint16_t ports[] = {111, 512, 513, 514, 515, 2049};
    for (size_t i = 0; i < G_N_ELEMENTS(ports); i++) {
        if (ports[i] == port)
            return true;
    }
    return false;
}

/* Reserved ports: BSD hands out those from 512 to 1023 to root's clients, and a third of them are
 * services'. The client is told by whom it talks to: a service that demands such ports or, if its
 * own port has no name, a registered service among the ports that older systems' clients take. */
static bool is_reserved_client(const uint16_t port[2], const unsigned knowledge[2], enum end end)
{
    uint16_t own = port[end], peer = port[end_peer(end)];
    if (own < FIRST_RESERVED_PORT || own >= FIRST_USER_PORT || demands_reserved_ports(own))
        return false;
    if (demands_reserved_ports(peer))
        return true;
    return knowledge[end] == 0 && (knowledge[end_peer(end)] & PORT_NAMED) != 0 &&
           peer >= FIRST_USER_PORT && peer <= LAST_OLD_CLIENT_PORT;
}

/* FTP servers open their data connections from this port to one that their client names. */
static bool is_ftp_data(const uint16_t port[2], enum end end)
{
    return port[end] == FTP_DATA_PORT && port[end_peer(end)] >= FIRST_USER_PORT;
}

static uint8_t server_by_port(struct role_census *census, const struct flow *flow)
{
    unsigned rank[2], knowledge[2];
    uint16_t port[2];
    bool is_client[2], is_of_site = false;
    for (int i = 0; i < 2; i++) {
        port[i] = flow->ends[i].port;
        knowledge[i] = knowledge_of(census, port[i]);
        rank[i] = role_port_rank(port[i], knowledge[i]);
        is_of_site |= (knowledge[i] & PORT_OF_SITE) != 0;
    }
    for (int i = 0; i < 2; i++)
        is_client[i] = !is_of_site && (is_reserved_client(port, knowledge, (enum end)i) ||
                                       is_ftp_data(port, (enum end)i));
    uint8_t server = the_only_one(is_client[END_B], is_client[END_A]);
    if (server != UNDECIDED)
        return server;
    return the_only_one(rank[END_A] >= rank[END_B] + CLEAR_RANK_DIFFERENCE,
                        rank[END_B] >= rank[END_A] + CLEAR_RANK_DIFFERENCE);
}

/* --- how all connections use their ports --- */

/* Whether no client has @port. */
static bool is_service(struct role_census *census, uint16_t port)
{
    return (port > 0 && port < FIRST_RESERVED_PORT && port != FTP_DATA_PORT) ||
           (knowledge_of(census, port) & PORT_OF_SITE) != 0;
}

static struct port_use_change count_use(struct role_census *census, const struct flow *flow)
{
    if (!port_use_counts(flow))
        return port_use_note_handshake(census->use, flow);
    bool is_of_service[2];
    for (int i = 0; i < 2; i++)
        is_of_service[i] = port_use_watches_end(census->use, &flow->ends[!i]) &&
                           is_service(census, flow->ends[i].port);
    return port_use_add(census->use, flow, is_of_service);
}

/* Fan-in is asked of the flows that nothing stronger decides, fan-out of those that their ports do
 * not decide, either. */
static void watch_what_is_asked_of(struct role_census *census, const struct flow *flow)
{
    bool is_asked = role_server_by_handshake(flow) == NO_END &&
                    server_by_name(census->hints, flow) == UNDECIDED &&
                    server_by_knowledge(census, flow) == UNDECIDED;
    if (census->grows || is_asked)
        port_use_watch_ends(census->use, flow);
    if (census->grows || (is_asked && server_by_port(census, flow) == UNDECIDED))
        port_use_watch_blocks(census->use, flow);
}

static void need_use(struct role_census *census)
{
    if (census->use != NULL)
        return;
    census->use = port_use_new();
    for (size_t i = 0; i < flow_table_count(census->flows); i++)
        watch_what_is_asked_of(census, flow_table_at(census->flows, i));
    for (size_t i = 0; i < flow_table_count(census->flows); i++)
        count_use(census, flow_table_at(census->flows, i));
}

struct port_use_change role_census_add_flow(struct role_census *census, const struct flow *flow)
{
    census->grows = true;
    if (census->use == NULL)
        return (struct port_use_change){{false}, {false}};
    watch_what_is_asked_of(census, flow);
    return count_use(census, flow);
}

struct port_use_change role_census_note_handshake(struct role_census *census,
                                                  const struct flow *flow)
{
    if (census->use == NULL)
        return (struct port_use_change){{false}, {false}};
    return port_use_note_handshake(census->use, flow);
}

uint32_t role_census_fan_in(struct role_census *census, const struct endpoint *end)
{
    need_use(census);
    return port_use_fan_in(census->use, end);
}

static uint8_t server_by_fan_in(struct role_census *census, const struct flow *flow)
{
    uint32_t a = role_census_fan_in(census, &flow->ends[END_A]);
    uint32_t b = role_census_fan_in(census, &flow->ends[END_B]);
    return the_only_one(a > b, b > a);
}

static uint8_t server_by_fan_out(struct role_census *census, const struct flow *flow)
{
    need_use(census);
    return the_only_one(port_use_is_fan_out(census->use, flow, END_B),
                        port_use_is_fan_out(census->use, flow, END_A));
}

static uint8_t server_by_guess(const struct flow *flow)
{
    return flow->ends[END_A].port < flow->ends[END_B].port ? END_A : END_B;
}

struct role role_decide(struct role_census *census, const struct flow *flow)
{
    uint8_t server = role_server_by_handshake(flow);
    enum role_basis basis = ROLE_HANDSHAKE;
    while (server == UNDECIDED) {
        basis++;
        if (basis == ROLE_GIVEN)
            server = server_by_name(census->hints, flow);
        else if (basis == ROLE_KNOWN)
            server = server_by_knowledge(census, flow);
        else if (basis == ROLE_FAN_IN)
            server = server_by_fan_in(census, flow);
        else if (basis == ROLE_PORT)
            server = server_by_port(census, flow);
        else if (basis == ROLE_FAN_OUT)
            server = server_by_fan_out(census, flow);
        else
            server = server_by_guess(flow);
    }
    return (struct role){(uint8_t)end_peer(server), (uint8_t)basis};
}

const char *role_basis_name(enum role_basis basis)
{
    static const char *const names[ROLE_BASIS_COUNT] = {"handshake", "given",   "known", "fan_in",
                                                        "port",      "fan_out", "guess"};
    return names[basis];
}
