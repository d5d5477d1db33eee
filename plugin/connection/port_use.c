/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "connection/port_use.h"

#include "base/endpoint_map.h"

/* With fewer peers, a server that met two clients looks like a client that met two servers. */
#define FAN_IN_PORTS 3

/* Fewer neighbours may be the services of one host. A client that has made eight connections at a
 * steady pace has them in the same 256 ports on every system that counts ports up, by one or by
 * two; one that draws them by chance from 28,000 needs 900 connections, and is a client then. */
#define FAN_OUT_PORTS 8

struct end_use {
    uint32_t connections;
    uint16_t peer_ports[FAN_IN_PORTS - 1]; /* different ones; the first peer_port_count are valid */
    uint8_t peer_port_count;               /* up to FAN_IN_PORTS */
    bool meets_service;                    /* a peer's port is no client's */
};

/* Ports of one address that differ in the last 8 bits only. A bit for each. */
struct block {
    uint64_t used[PORT_USE_BLOCK / 64];
    uint64_t unfit[PORT_USE_BLOCK / 64]; /* used again, or a server's by handshake */
    const struct endpoint *peer;         /* the first one met; owned by its flow; or NULL */
    uint16_t fit_count;                  /* used, and not unfit */
    bool has_several_peers;              /* addresses */
};

struct port_use {
    struct endpoint_map *end_numbers;   /* index in ends, and 1 */
    struct endpoint_map *block_numbers; /* by the first port: index in blocks, and 1 */
    GArray *ends;                       /* struct end_use */
    GArray *blocks;                     /* struct block */
};

struct port_use *port_use_new(void)
{
    struct port_use *use = g_new(struct port_use, 1);
    use->end_numbers = endpoint_map_new();
    use->block_numbers = endpoint_map_new();
    use->ends = g_array_new(FALSE, TRUE, sizeof(struct end_use));
    use->blocks = g_array_new(FALSE, TRUE, sizeof(struct block));
    return use;
}

void port_use_free(struct port_use *use)
{
    if (use == NULL)
        return;
    g_array_free(use->blocks, TRUE);
    g_array_free(use->ends, TRUE);
    endpoint_map_free(use->block_numbers);
    endpoint_map_free(use->end_numbers);
    g_free(use);
}

static struct endpoint block_start(const struct endpoint *end)
{
    struct endpoint start = *end;
    start.port = (uint16_t)(start.port & ~(PORT_USE_BLOCK - 1));
    return start;
}

static void watch(struct endpoint_map *numbers, GArray *items, const struct endpoint *key)
{
    uint32_t *number = endpoint_map_number(numbers, key);
    if (*number != 0)
        return;
    g_array_set_size(items, items->len + 1);
    *number = items->len;
}

void port_use_watch_ends(struct port_use *use, const struct flow *flow)
{
    for (int i = 0; i < 2; i++)
        watch(use->end_numbers, use->ends, &flow->ends[i]);
}

void port_use_watch_blocks(struct port_use *use, const struct flow *flow)
{
    for (int i = 0; i < 2; i++) {
        struct endpoint start = block_start(&flow->ends[i]);
        watch(use->block_numbers, use->blocks, &start);
    }
}

/* NULL where it is not watched. */
static struct end_use *end_use_of(const struct port_use *use, const struct endpoint *end)
{
    uint32_t number = endpoint_map_find(use->end_numbers, end);
    return number != 0 ? &g_array_index(use->ends, struct end_use, number - 1) : NULL;
}

bool port_use_watches_end(const struct port_use *use, const struct endpoint *end)
{
    return end_use_of(use, end) != NULL;
}

static struct block *block_of(const struct port_use *use, const struct endpoint *end)
{
    struct endpoint start = block_start(end);
    uint32_t number = endpoint_map_find(use->block_numbers, &start);
    return number != 0 ? &g_array_index(use->blocks, struct block, number - 1) : NULL;
}

static void note_peer_port(struct end_use *end, uint16_t port)
{
    if (end->peer_port_count == FAN_IN_PORTS)
        return;
    for (int i = 0; i < end->peer_port_count; i++) {
        if (end->peer_ports[i] == port)
            return;
    }
    if (end->peer_port_count < FAN_IN_PORTS - 1)
        end->peer_ports[end->peer_port_count] = port;
    end->peer_port_count++;
}

/* Returns whether more is other than before than a number of connections that was large already. */
static bool add_to_end(struct end_use *end, const struct endpoint *peer, bool is_service)
{
    bool met_service = end->meets_service;
    end->connections++;
    end->meets_service |= is_service;
    note_peer_port(end, peer->port);
    return end->connections <= 2 || end->meets_service != met_service;
}

static bool is_crowded(const struct block *block)
{
    return block->fit_count >= FAN_OUT_PORTS;
}

static void mark_unfit(struct block *block, uint16_t port)
{
    unsigned index = port % PORT_USE_BLOCK;
    uint64_t bit = UINT64_C(1) << index % 64;
    if ((block->used[index / 64] & ~block->unfit[index / 64] & bit) != 0)
        block->fit_count--;
    block->unfit[index / 64] |= bit;
}

static bool add_to_block(struct block *block, uint16_t port, const struct endpoint *peer)
{
    const struct block before = *block;
    unsigned index = port % PORT_USE_BLOCK;
    uint64_t bit = UINT64_C(1) << index % 64;
    if ((block->used[index / 64] & bit) != 0)
        mark_unfit(block, port);
    else if ((block->unfit[index / 64] & bit) == 0)
        block->fit_count++;
    block->used[index / 64] |= bit;
    if (block->peer == NULL)
        block->peer = peer;
    block->has_several_peers |= !endpoint_same_address(block->peer, peer);
    return is_crowded(block) != is_crowded(&before) ||
           block->has_several_peers != before.has_several_peers;
}

/* Both ends may be: of a SYN-ACK that is followed by the same end's SYN. */
static bool is_server_by_handshake(const struct flow *flow, enum end end)
{
    return flow->first_syn == end_peer(end) || flow->first_syn_ack == end;
}

struct port_use_change port_use_note_handshake(struct port_use *use, const struct flow *flow)
{
    struct port_use_change change = {{false}, {false}};
    for (int i = 0; i < 2; i++) {
        struct block *block = block_of(use, &flow->ends[i]);
        if (block == NULL || !is_server_by_handshake(flow, (enum end)i))
            continue;
        bool was_crowded = is_crowded(block);
        mark_unfit(block, flow->ends[i].port);
        change.block[i] = is_crowded(block) != was_crowded;
    }
    return change;
}

bool port_use_counts(const struct flow *flow)
{
    for (int i = 0; i < 2; i++) {
        if (flow->sides[i].sent_segment || flow->sides[i].sent_syn)
            return true;
    }
    return false;
}

struct port_use_change port_use_add(struct port_use *use, const struct flow *flow,
                                    const bool is_service[2])
{
    /* First the handshake: its server's port then never counts, not even for a moment. */
    struct port_use_change change = port_use_note_handshake(use, flow);
    for (int i = 0; i < 2; i++) {
        const struct endpoint *peer = &flow->ends[!i];
        struct end_use *end = end_use_of(use, &flow->ends[i]);
        struct block *block = block_of(use, &flow->ends[i]);
        if (end != NULL)
            change.end[i] = add_to_end(end, peer, is_service[!i]);
        if (block != NULL)
            change.block[i] |= add_to_block(block, flow->ends[i].port, peer);
    }
    return change;
}

uint32_t port_use_fan_in(const struct port_use *use, const struct endpoint *end)
{
    const struct end_use *counted = end_use_of(use, end);
    bool has_fan_in =
        counted != NULL && counted->peer_port_count == FAN_IN_PORTS && !counted->meets_service;
    return has_fan_in ? counted->connections : 0;
}

bool port_use_is_fan_out(const struct port_use *use, const struct flow *flow, enum end end)
{
    /* None where @flow itself does not count: its port is used by nothing else then. */
    const struct end_use *own = end_use_of(use, &flow->ends[end]);
    const struct end_use *peer = end_use_of(use, &flow->ends[end_peer(end)]);
    const struct block *block = block_of(use, &flow->ends[end]);
    if (own == NULL || peer == NULL || block == NULL)
        return false;
    return own->connections <= 1 && is_crowded(block) && !peer->meets_service &&
           (block->has_several_peers || peer->connections > 1);
}
