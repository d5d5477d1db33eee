/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "connection/role.h"

#include "base/endpoint_map.h"

#define FIRST_USER_PORT      1024
#define FIRST_EPHEMERAL_PORT 32768

/* One rank more may be chance: a client's port that happens to have a name. */
#define CLEAR_RANK_DIFFERENCE 2

#define UNDECIDED NO_END

struct peers {
    const struct endpoint *first; /* a peer; owned by its flow */
    uint32_t connections;
    bool several; /* another connection had another peer */
};

struct role_census {
    const struct flow_table *flows;
    const struct role_hints *hints;
    struct endpoint_map *servers; /* connections of each server by handshake */
    GHashTable *peers;            /* endpoint -> struct peers, or NULL until a role needs it */
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
    if (census->peers != NULL)
        g_hash_table_destroy(census->peers);
    endpoint_map_free(census->servers);
    g_free(census);
}

static void count_peer(GHashTable *peers, struct endpoint *end, const struct endpoint *peer)
{
    struct peers *entry = g_hash_table_lookup(peers, end);
    if (entry == NULL) {
        entry = g_new0(struct peers, 1);
        entry->first = peer;
        g_hash_table_insert(peers, end, entry);
    }
    entry->connections++;
    entry->several |= !endpoint_equal(entry->first, peer);
}

void role_census_add_flow(struct role_census *census, struct flow *flow)
{
    /* Nobody has asked for the number of peers yet. */
    if (census->peers == NULL)
        return;
    count_peer(census->peers, &flow->ends[END_A], &flow->ends[END_B]);
    count_peer(census->peers, &flow->ends[END_B], &flow->ends[END_A]);
}

uint32_t role_census_fan_in(struct role_census *census, const struct endpoint *end)
{
    if (census->peers == NULL) {
        census->peers = g_hash_table_new_full(endpoint_hash, endpoint_equal_pointers, NULL, g_free);
        for (size_t i = 0; i < flow_table_count(census->flows); i++)
            role_census_add_flow(census, flow_table_at(census->flows, i));
    }
    const struct peers *peers = g_hash_table_lookup(census->peers, end);
    return peers->several ? peers->connections : 0;
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
    bool named = (knowledge & PORT_NAMED) != 0;
    if (port == 0)
        return 0;
    if ((knowledge & PORT_OF_SITE) != 0)
        return 7;
    if (port < FIRST_USER_PORT)
        return dissected || named ? 5 : 2;
    if (port >= FIRST_EPHEMERAL_PORT)
        return dissected ? 2 : 0;
    if (dissected)
        return 4;
    return named ? 2 : 1;
}

static uint8_t server_by_port(const struct role_hints *hints, const struct flow *flow)
{
    unsigned rank[2];
    for (int i = 0; i < 2; i++) {
        uint16_t port = flow->ends[i].port;
        unsigned knowledge = hints->port_knowledge != NULL ? hints->port_knowledge(port) : 0;
        rank[i] = role_port_rank(port, knowledge);
    }
    return the_only_one(rank[END_A] >= rank[END_B] + CLEAR_RANK_DIFFERENCE,
                        rank[END_B] >= rank[END_A] + CLEAR_RANK_DIFFERENCE);
}

static uint8_t server_by_fan_in(struct role_census *census, const struct flow *flow)
{
    uint32_t a = role_census_fan_in(census, &flow->ends[END_A]);
    uint32_t b = role_census_fan_in(census, &flow->ends[END_B]);
    return the_only_one(a > b, b > a);
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
        else if (basis == ROLE_PORT)
            server = server_by_port(census->hints, flow);
        else if (basis == ROLE_FAN_IN)
            server = server_by_fan_in(census, flow);
        else
            server = server_by_guess(flow);
    }
    return (struct role){(uint8_t)end_peer(server), (uint8_t)basis};
}

const char *role_basis_name(enum role_basis basis)
{
    static const char *const names[ROLE_BASIS_COUNT] = {"handshake", "given",  "known",
                                                        "port",      "fan_in", "guess"};
    return names[basis];
}
