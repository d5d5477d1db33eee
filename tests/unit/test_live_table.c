/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/live_table.h"

#include "segments.h"

#define CONNECTIONS 90
#define SEGMENTS    500
#define MAX_SCRIPTS 6

static const enum row_kind kinds[] = {ROW_SERVER, ROW_CONNECTION};

static unsigned knowledge_of(uint16_t port)
{
    return port == 443 || port == 3306 ? PORT_NAMED | PORT_DISSECTED : 0;
}

static bool is_named(const struct endpoint *endpoint, const void *names)
{
    return endpoint_same_address(endpoint, names);
}

/* --- traffic --- */

struct range {
    int addresses, port, ports; /* how many addresses; the first port, how many of them */
};

/* How connections begin, a letter a segment; a capital is sent by the client, a small one by the
 * server: s SYN, a SYN-ACK, d data, r a reset. What follows is data. */
struct traffic {
    const char *name;
    guint32 seed;
    const char *scripts[MAX_SCRIPTS]; /* of which each connection takes one by chance */
    struct range clients, servers;
    int reused; /* per cent of connections that have the ends of an earlier one */
    bool mixed; /* clients are servers of others: all have the same addresses */
    bool named; /* the user named the first server */
};

static const struct traffic traffics[] = {
    {"/live-table/random/handshakes",
     1,
     {"SaD"},
     .clients = {9, 50000, 500},
     .servers = {4, 443, 2}},
    {"/live-table/random/service-ports-in-mid-stream",
     2,
     {"Dd", "dD"},
     .clients = {9, 50000, 500},
     .servers = {4, 443, 1}},
    {"/live-table/random/fan-in",
     3,
     {"Dd", "dD", "D"},
     .clients = {9, 1500, 900},
     .servers = {3, 1600, 2}},
    {"/live-table/random/fan-in-at-high-ports",
     4,
     {"Dd", "d"},
     .clients = {9, 40000, 9000},
     .servers = {5, 45000, 2}},
    {"/live-table/random/syn-ack-first",
     5,
     {"aSD", "aD", "a"},
     .clients = {9, 1500, 900},
     .servers = {3, 1600, 2}},
    {"/live-table/random/simultaneous-open",
     6,
     {"SsAa", "sSaA", "SsD"},
     .clients = {5, 1500, 9},
     .servers = {5, 1600, 9}},
    {"/live-table/random/late-handshake-makes-a-server-known",
     7,
     {"D", "Dd", "D", "DdDdDSa", "ddda", "DDDdDDDDS"},
     .clients = {20, 1500, 90},
     .servers = {6, 1600, 2}},
    {"/live-table/random/syn-behind-syn-ack-of-the-same-end",
     8,
     {"asD", "ASd", "DdasA", "D", "ddAS"},
     .clients = {4, 1500, 5},
     .servers = {4, 1600, 5}},
    {"/live-table/random/ports-used-again",
     9,
     {"SaD", "D", "Dd", "dD", "Sa", "aS"},
     .clients = {4, 1500, 40},
     .servers = {3, 1600, 3},
     .reused = 60},
    {"/live-table/random/many-clients-of-one-server",
     10,
     {"D", "d"},
     .clients = {80, 1024, 9999},
     .servers = {1, 7000, 1}},
    {"/live-table/random/one-client-scans",
     11,
     {"S", "D", "d", "Sa"},
     .clients = {1, 40000, 2},
     .servers = {60, 1, 9999}},
    {"/live-table/random/one-client-port-scans-unseen",
     12,
     {"d"},
     .clients = {1, 40000, 1},
     .servers = {60, 1, 9999}},
    {"/live-table/random/bipartite",
     13,
     {"D", "d"},
     .clients = {8, 1500, 1},
     .servers = {8, 1600, 1}},
    {"/live-table/random/bipartite-with-some-handshakes",
     14,
     {"D", "d", "dDdDa", "D", "d", "DddDS"},
     .clients = {8, 1500, 1},
     .servers = {8, 1600, 1}},
    {"/live-table/random/each-end-may-be-the-server",
     15,
     {"D", "Dd", "D", "SaD", "DddDSa", "a"},
     .clients = {7, 1500, 2},
     .servers = {7, 1501, 2},
     .mixed = true},
    {"/live-table/random/each-end-may-be-the-server-without-handshakes",
     16,
     {"D"},
     .clients = {6, 1500, 3},
     .servers = {6, 1501, 3},
     .reused = 30,
     .mixed = true},
    {"/live-table/random/service-ports-at-the-wrong-end",
     17,
     {"D", "D", "d", "dDdDa", "DDDDS"},
     .clients = {30, 3306, 1},
     .servers = {4, 45000, 2}},
    {"/live-table/random/named-server",
     18,
     {"D", "d", "SaD", "DddDSa"},
     .clients = {9, 1500, 90},
     .servers = {3, 1600, 2},
     .named = true},
    {"/live-table/random/clients-that-count-their-ports-up",
     20,
     {"D", "d", "D", "SaD", "DddDSa", "aD"},
     .clients = {4, 40000, 60},
     .servers = {40, 45000, 9000},
     .reused = 10},
    {"/live-table/random/both-ends-count-their-ports-up",
     21,
     {"D", "d", "D", "DddDSa", "dDaS"},
     .clients = {3, 40000, 40},
     .servers = {3, 41000, 40}},
    {"/live-table/random/scans-from-one-port-meet-services",
     22,
     {"D", "d", "D", "d", "Sa", "DdSA"},
     .clients = {5, 60000, 2},
     .servers = {3, 490, 50}},
    {"/live-table/random/old-clients-of-a-high-port",
     23,
     {"D", "d", "d", "D", "dDa"},
     .clients = {6, 3300, 20},
     .servers = {2, 51000, 3}},
    {"/live-table/random/resets-answer-scans",
     24,
     {"r", "R", "rD", "rRd", "D", "rS"},
     .clients = {5, 40000, 30},
     .servers = {3, 1600, 50}},
    {"/live-table/random/connections-to-oneself",
     19,
     {"D", "S", "a"},
     .clients = {2, 1500, 1},
     .servers = {2, 1500, 1},
     .mixed = true},
};

struct speaker {
    struct endpoint client, server;
    const char *script; /* what of it is still to come */
};

static int below(GRand *random, int limit)
{
    return g_rand_int_range(random, 0, limit);
}

static struct endpoint random_end(GRand *random, int network, const struct range *range)
{
    char *address = g_strdup_printf("10.0.%d.%d", network, 1 + below(random, range->addresses));
    struct endpoint endpoint =
        end_at(address, (uint16_t)(range->port + below(random, range->ports)));
    g_free(address);
    return endpoint;
}

static struct speaker new_speaker(const struct traffic *traffic, GRand *random,
                                  const struct speaker *earlier, int count)
{
    struct speaker speaker;
    if (count > 0 && below(random, 100) < traffic->reused) {
        speaker = earlier[below(random, count)];
    } else {
        speaker.client = random_end(random, 0, &traffic->clients);
        speaker.server = random_end(random, traffic->mixed ? 0 : 1, &traffic->servers);
    }
    int scripts = 0;
    while (scripts < MAX_SCRIPTS && traffic->scripts[scripts] != NULL)
        scripts++;
    speaker.script = traffic->scripts[below(random, scripts)];
    return speaker;
}

static struct segment next_segment(struct speaker *speaker, GRand *random)
{
    char letter = *speaker->script;
    if (letter == 0)
        letter = g_rand_boolean(random) ? 'D' : 'd';
    else
        speaker->script++;
    bool from_client = g_ascii_isupper(letter);
    letter = g_ascii_tolower(letter);
    unsigned flags = letter == 's'   ? TCP_SYN
                     : letter == 'a' ? TCP_SYN | TCP_ACK
                     : letter == 'r' ? TCP_RST
                                     : TCP_ACK;
    if (letter == 'd' && below(random, 20) == 0)
        flags |= TCP_RST;
    struct segment segment = segment_between(
        from_client ? speaker->client : speaker->server,
        from_client ? speaker->server : speaker->client, flags, (uint32_t)below(random, 9999),
        (uint32_t)below(random, 9999), letter == 'd' ? (uint32_t)below(random, 1460) : 0);
    segment.analysis = below(random, 4) == 0 ? (uint16_t)below(random, 0x8000) : 0;
    segment.is_copy = below(random, 30) == 0;
    return segment;
}

/* --- what a reader of the changes keeps --- */

struct seen {
    uint32_t item, others;
    struct row row;
};

struct mirror {
    GArray *rows[2]; /* struct seen, of each kind */
};

static void mirror_init(struct mirror *mirror)
{
    for (int i = 0; i < 2; i++)
        mirror->rows[i] = g_array_new(FALSE, TRUE, sizeof(struct seen));
}

static void mirror_clear(struct mirror *mirror)
{
    for (int i = 0; i < 2; i++)
        g_array_free(mirror->rows[i], TRUE);
}

static struct seen seen_at(const struct live_table *table, enum row_kind kind, uint32_t index)
{
    struct seen seen = {.item = live_table_item(table, kind, index)};
    if (seen.item == LIVE_OTHERS)
        seen.others = live_table_others(table, kind);
    live_table_row(table, kind, index, &seen.row);
    return seen;
}

static void mirror_changes(struct mirror *mirror, struct live_table *table)
{
    enum row_kind kind;
    uint32_t index;
    while (live_table_next_changed(table, &kind, &index)) {
        GArray *rows = mirror->rows[kind == ROW_CONNECTION];
        g_array_set_size(rows, live_table_rows(table, kind));
        if (index < rows->len)
            g_array_index(rows, struct seen, index) = seen_at(table, kind, index);
    }
}

/* --- rows --- */

/* Hop limits and times aside, which cannot be taken away again. */
static void assert_same_numbers(const struct row *row, const struct row *expected)
{
    for (int direction = 0; direction < 2; direction++)
        for (int i = 0; i < COUNTER_COUNT; i++)
            g_assert_cmpuint(row->totals[direction].count[i], ==,
                             expected->totals[direction].count[i]);
    g_assert_cmpuint(row->connections, ==, expected->connections);
    g_assert_cmpuint(row->one_way_connections, ==, expected->one_way_connections);
    for (int i = 0; i < ROLE_BASIS_COUNT; i++)
        g_assert_cmpuint(row->basis[i], ==, expected->basis[i]);
}

static void assert_mirrored(const struct mirror *mirror, const struct live_table *table)
{
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_assert_cmpuint(mirror->rows[i]->len, ==, live_table_rows(table, kinds[i]));
        for (uint32_t index = 0; index < mirror->rows[i]->len; index++) {
            const struct seen *seen = &g_array_index(mirror->rows[i], struct seen, index);
            struct seen now = seen_at(table, kinds[i], index);
            g_assert_cmpuint(seen->item, ==, now.item);
            g_assert_cmpuint(seen->others, ==, now.others);
            g_assert_cmpint(seen->row.client, ==, now.row.client);
            g_assert_true(endpoint_equal(&seen->row.server, &now.row.server));
            assert_same_numbers(&seen->row, &now.row);
        }
    }
}

/* --- the same, computed anew --- */

struct batch {
    struct role *roles;        /* of each flow */
    GPtrArray *rows[2];        /* of struct row: servers; connections, by number; owned */
    GHashTable *row_of_server; /* endpoint -> struct row, owned by rows */
};

static struct row *add_row(GPtrArray *rows, const struct endpoint *server)
{
    struct row *row = g_new(struct row, 1);
    row_init(row, server, true);
    g_ptr_array_add(rows, row);
    return row;
}

static void batch_init(struct batch *batch, const struct flow_table *flows,
                       const struct role_hints *hints)
{
    size_t count = flow_table_count(flows);
    struct role_census *census = role_census_new(flows, hints);
    batch->roles = g_new(struct role, count);
    for (int i = 0; i < 2; i++)
        batch->rows[i] = g_ptr_array_new_with_free_func(g_free);
    batch->row_of_server = g_hash_table_new(endpoint_hash, endpoint_equal_pointers);
    for (size_t i = 0; i < count; i++) {
        struct flow *flow = flow_table_at(flows, i);
        struct role role = batch->roles[i] = role_decide(census, flow);
        struct endpoint *server = &flow->ends[end_peer(role.client)];
        struct row *row = g_hash_table_lookup(batch->row_of_server, server);
        if (row == NULL) {
            row = add_row(batch->rows[0], server);
            g_hash_table_insert(batch->row_of_server, server, row);
        }
        row_add_flow(row, flow, role);
        row_add_flow(add_row(batch->rows[1], server), flow, role);
    }
    role_census_free(census);
}

static void batch_clear(struct batch *batch)
{
    g_free(batch->roles);
    g_hash_table_destroy(batch->row_of_server);
    for (int i = 0; i < 2; i++)
        g_ptr_array_free(batch->rows[i], TRUE);
}

/* What @row of @kind must be. */
static const struct row *expected_row(const struct batch *batch, enum row_kind kind,
                                      const struct row *row)
{
    if (kind == ROW_SERVER)
        return g_hash_table_lookup(batch->row_of_server, &row->server);
    return g_ptr_array_index(batch->rows[1], row->flow->number);
}

static uint64_t bytes_of(const struct row *row)
{
    return row->totals[0].count[COUNTER_BYTES] + row->totals[1].count[COUNTER_BYTES];
}

/* Returns the rows of @batch that have one of their own in @table, and the least bytes of them. */
static GHashTable *assert_shown(const struct live_table *table, enum row_kind kind, uint32_t shown,
                                const struct batch *batch, uint64_t *least)
{
    GHashTable *found = g_hash_table_new(NULL, NULL);
    *least = UINT64_MAX;
    for (uint32_t i = 0; i < shown; i++) {
        struct row row;
        live_table_row(table, kind, i, &row);
        const struct row *expected = expected_row(batch, kind, &row);
        g_assert_nonnull(expected);
        g_assert_true(endpoint_equal(&row.server, &expected->server));
        assert_same_numbers(&row, expected);
        g_assert_true(g_hash_table_add(found, (gpointer)expected));
        uint32_t item = live_table_item(table, kind, i);
        g_assert_cmpuint(item, !=, LIVE_OTHERS);
        if (kind == ROW_CONNECTION) {
            g_assert_cmpuint(item, ==, row.flow->number);
            g_assert_cmpint(row.client, ==, batch->roles[item].client);
        }
        *least = MIN(*least, bytes_of(&row));
    }
    return found;
}

/* Those with the most bytes have a row, all others are summed up in one more. */
static void assert_rows(const struct live_table *table, enum row_kind kind, uint32_t most,
                        const struct batch *batch)
{
    const GPtrArray *all = batch->rows[kind == ROW_CONNECTION];
    uint32_t shown = MIN(all->len, most), hidden = all->len - shown;
    uint64_t least;
    g_assert_cmpuint(live_table_others(table, kind), ==, hidden);
    g_assert_cmpuint(live_table_rows(table, kind), ==, shown + (hidden > 0));
    GHashTable *found = assert_shown(table, kind, shown, batch, &least);
    struct row others, sum;
    row_init(&sum, &(struct endpoint){0}, true);
    for (guint i = 0; i < all->len; i++) {
        const struct row *row = g_ptr_array_index(all, i);
        if (g_hash_table_contains(found, row))
            continue;
        row_add_row(&sum, row);
        g_assert_cmpuint(bytes_of(row), <=, least);
    }
    if (hidden > 0) {
        g_assert_cmpuint(live_table_item(table, kind, shown), ==, LIVE_OTHERS);
        live_table_row(table, kind, shown, &others);
        assert_same_numbers(&others, &sum);
    }
    g_hash_table_destroy(found);
}

/* --- a table under test --- */

struct watched {
    struct live_table *table;
    uint32_t most;
    struct mirror mirror;
    GHashTable *server_of_item; /* item -> struct endpoint, owned */
};

static void watched_init(struct watched *watched, const struct flow_table *flows,
                         const struct role_hints *hints, uint32_t most)
{
    watched->table = live_table_new(flows, hints, most, true);
    watched->most = most;
    mirror_init(&watched->mirror);
    watched->server_of_item = g_hash_table_new_full(NULL, NULL, NULL, g_free);
}

static void watched_clear(struct watched *watched)
{
    g_hash_table_destroy(watched->server_of_item);
    mirror_clear(&watched->mirror);
    live_table_free(watched->table);
}

/* The same number stands for the same server. */
static void assert_items_stay(struct watched *watched)
{
    for (uint32_t i = 0; i < live_table_rows(watched->table, ROW_SERVER); i++) {
        uint32_t item = live_table_item(watched->table, ROW_SERVER, i);
        if (item == LIVE_OTHERS)
            continue;
        struct row row;
        live_table_row(watched->table, ROW_SERVER, i, &row);
        struct endpoint *before =
            g_hash_table_lookup(watched->server_of_item, GUINT_TO_POINTER(item));
        if (before == NULL)
            g_hash_table_insert(watched->server_of_item, GUINT_TO_POINTER(item),
                                g_memdup2(&row.server, sizeof row.server));
        else
            g_assert_true(endpoint_equal(before, &row.server));
    }
}

static void assert_agrees(struct watched *watched, const struct batch *batch)
{
    for (guint i = 0; i < batch->rows[1]->len; i++) {
        struct role role = live_table_role(watched->table, i);
        g_assert_cmpstr(role_basis_name(role.basis), ==, role_basis_name(batch->roles[i].basis));
        g_assert_cmpint(role.client, ==, batch->roles[i].client);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        assert_rows(watched->table, kinds[i], watched->most, batch);
    assert_items_stay(watched);
}

/* Adds @segment to @capture and tells each table, as statistics_table.c tells its one. */
static struct flow *count(struct capture *capture, struct watched *tables, size_t table_count,
                          const struct segment *given)
{
    struct segment segment = *given;
    const struct flow *known = capture_find(capture, segment.stream);
    for (size_t i = 0; known != NULL && i < table_count; i++)
        live_table_before(tables[i].table, known);
    struct flow *flow = capture_add(capture, &segment);
    for (size_t i = 0; i < table_count; i++)
        live_table_after(tables[i].table, flow);
    return flow;
}

static const uint32_t mosts[] = {0, 1, 2, 5, 1000};
#define TABLES G_N_ELEMENTS(mosts)

static void agrees_after_every_segment(gconstpointer data)
{
    const struct traffic *traffic = data;
    g_test_message("seed %u", traffic->seed);
    GRand *random = g_rand_new_with_seed(traffic->seed);
    const struct endpoint named = end_at("10.0.1.1", 0);
    const struct role_hints hints = {traffic->named ? is_named : NULL, &named, knowledge_of};
    struct capture *capture = capture_new(false);
    struct watched tables[TABLES];
    for (size_t i = 0; i < TABLES; i++)
        watched_init(&tables[i], capture->flows, &hints, mosts[i]);

    struct speaker speakers[CONNECTIONS];
    int begun = 0;
    for (uint32_t frame = 1; frame <= SEGMENTS; frame++) {
        bool begins = begun == 0 || (begun < CONNECTIONS && below(random, 3) == 0);
        if (begins)
            speakers[begun] = new_speaker(traffic, random, speakers, begun);
        int stream = begins ? begun++ : below(random, begun);
        struct segment segment = next_segment(&speakers[stream], random);
        segment.stream = (uint32_t)stream;
        segment.frame = frame;
        count(capture, tables, TABLES, &segment);

        struct batch batch;
        batch_init(&batch, capture->flows, &hints);
        for (size_t i = 0; i < TABLES; i++) {
            assert_agrees(&tables[i], &batch);
            if (below(random, 3) > 0)
                continue;
            mirror_changes(&tables[i].mirror, tables[i].table);
            assert_mirrored(&tables[i].mirror, tables[i].table);
        }
        batch_clear(&batch);
    }
    for (size_t i = 0; i < TABLES; i++)
        watched_clear(&tables[i]);
    capture_free(capture);
    g_rand_free(random);
}

/* --- what must happen, segment by segment --- */

#define X "10.0.0.1"
#define Y "10.0.0.2"
#define Z "10.0.0.3"
#define W "10.0.0.4"

#define SYN_ACK (TCP_SYN | TCP_ACK)

#define MAX_SENT 11

struct sent {
    uint32_t stream;
    const char *from, *to; /* addresses */
    uint16_t from_port, to_port;
    unsigned flags;
    uint32_t payload;
};

struct change_case {
    const char *name;
    uint32_t most;
    struct sent sent[MAX_SENT];
    const char *before, *after; /* servers before and behind the last segment */
};

static const struct change_case change_cases[] = {
    {"/live-table/first-segment-makes-a-row",
     9,
     {{0, X, Y, 1500, 443, TCP_ACK, 0}},
     "",
     "10.0.0.2:443 port 1"},
    {"/live-table/syn-ack-behind-a-guess",
     9,
     {{0, X, Y, 1500, 1600, TCP_ACK, 0}, {0, Y, X, 1600, 1500, SYN_ACK, 0}},
     "10.0.0.1:1500 guess 1",
     "10.0.0.2:1600 handshake 1"},
    {"/live-table/third-peer-makes-the-other-end-the-server",
     9,
     {{0, X, Y, 1500, 1600, TCP_ACK, 0},
      {1, Z, Y, 1501, 1600, TCP_ACK, 0},
      {2, W, Y, 1502, 1600, TCP_ACK, 0}},
     "10.0.0.1:1500 guess 1; 10.0.0.3:1501 guess 1",
     "10.0.0.2:1600 fan_in 3"},
    {"/live-table/third-peer-confirms-a-guess",
     9,
     {{0, X, Y, 1600, 1500, TCP_ACK, 0},
      {1, Z, Y, 1601, 1500, TCP_ACK, 0},
      {2, W, Y, 1602, 1500, TCP_ACK, 0}},
     "10.0.0.2:1500 guess 2",
     "10.0.0.2:1500 fan_in 3"},
    {"/live-table/third-peer-outweighs-a-port",
     9,
     {{0, X, Y, 3306, 51000, TCP_ACK, 0},
      {1, Z, Y, 3306, 51000, TCP_ACK, 0},
      {2, W, Y, 50001, 51000, TCP_ACK, 0},
      {3, W, Y, 50003, 51000, TCP_ACK, 0}},
     "10.0.0.1:3306 port 1; 10.0.0.3:3306 port 1; 10.0.0.4:50001 guess 1",
     "10.0.0.2:51000 fan_in 4"},
    {"/live-table/peer-on-a-service-port-ends-fan-in",
     9,
     {{0, X, Y, 60000, 1600, TCP_ACK, 0},
      {1, X, Y, 60000, 1601, TCP_ACK, 0},
      {2, X, Y, 60000, 1602, TCP_ACK, 0},
      {3, X, Z, 60000, 443, TCP_ACK, 0}},
     "10.0.0.1:60000 fan_in 3",
     "10.0.0.2:1600 guess 1; 10.0.0.2:1601 guess 1; 10.0.0.2:1602 guess 1; 10.0.0.3:443 port 1"},
    {"/live-table/fan-in-that-ends-leaves-it-to-the-peer-s",
     9,
     {{0, X, Y, 1500, 1600, TCP_ACK, 0},
      {1, Z, X, 1700, 1500, TCP_ACK, 0},
      {2, Z, X, 1701, 1500, TCP_ACK, 0},
      {3, Z, Y, 1702, 1600, TCP_ACK, 0},
      {4, Z, Y, 1703, 1600, TCP_ACK, 0},
      {5, X, W, 1500, 443, TCP_ACK, 0}},
     "10.0.0.1:1500 fan_in 2, guess 1; 10.0.0.2:1600 fan_in 2",
     "10.0.0.1:1500 guess 2; 10.0.0.2:1600 fan_in 3; 10.0.0.4:443 port 1"},
    {"/live-table/reset-alone-is-no-peer",
     9,
     {{0, X, Y, 1500, 1600, TCP_ACK, 0},
      {1, Z, Y, 1501, 1600, TCP_ACK, 0},
      {2, W, Y, 1502, 1600, TCP_RST, 0}},
     "10.0.0.1:1500 guess 1; 10.0.0.3:1501 guess 1",
     "10.0.0.1:1500 guess 1; 10.0.0.3:1501 guess 1; 10.0.0.4:1502 guess 1"},
    {"/live-table/peer-counts-when-it-sends-more-than-a-reset",
     9,
     {{0, X, Y, 1500, 1600, TCP_ACK, 0},
      {1, Z, Y, 1501, 1600, TCP_ACK, 0},
      {2, W, Y, 1502, 1600, TCP_RST, 0},
      {2, Y, W, 1600, 1502, TCP_ACK, 0}},
     "10.0.0.1:1500 guess 1; 10.0.0.3:1501 guess 1; 10.0.0.4:1502 guess 1",
     "10.0.0.2:1600 fan_in 3"},
    {"/live-table/eighth-port-makes-a-client",
     9,
     {{0, X, Y, 40000, 61000, TCP_ACK, 0},
      {1, X, Z, 40001, 62000, TCP_ACK, 0},
      {2, X, W, 40002, 63000, TCP_ACK, 0},
      {3, X, Y, 40003, 64000, TCP_ACK, 0},
      {4, X, Z, 40004, 40000, TCP_ACK, 0},
      {5, X, W, 40005, 40000, TCP_SYN, 0},
      {6, X, W, 40006, 40000, TCP_SYN, 0},
      {7, X, W, 40007, 40000, TCP_SYN, 0}},
     "10.0.0.1:40000 guess 1; 10.0.0.1:40001 guess 1; 10.0.0.1:40002 guess 1; "
     "10.0.0.1:40003 guess 1; 10.0.0.3:40000 guess 1; 10.0.0.4:40000 handshake 2",
     "10.0.0.2:61000 fan_out 1; 10.0.0.2:64000 fan_out 1; 10.0.0.3:40000 fan_out 1; "
     "10.0.0.3:62000 fan_out 1; 10.0.0.4:40000 handshake 3; 10.0.0.4:63000 fan_out 1"},
    {"/live-table/late-syn-to-the-eighth-port-makes-it-a-server-s",
     9,
     {{0, X, Y, 40000, 61000, TCP_ACK, 0},
      {1, X, W, 40001, 40000, TCP_SYN, 0},
      {2, X, W, 40002, 40000, TCP_SYN, 0},
      {3, X, W, 40003, 40000, TCP_SYN, 0},
      {4, X, W, 40004, 40000, TCP_SYN, 0},
      {5, X, W, 40005, 40000, TCP_SYN, 0},
      {6, X, W, 40006, 40000, TCP_SYN, 0},
      {7, X, W, 40007, 40001, TCP_ACK, 0},
      {7, W, X, 40001, 40007, TCP_SYN, 0}},
     "10.0.0.2:61000 fan_out 1; 10.0.0.4:40000 handshake 6; 10.0.0.4:40001 fan_out 1",
     "10.0.0.1:40000 guess 1; 10.0.0.1:40007 handshake 1; 10.0.0.4:40000 handshake 6"},
    {"/live-table/late-syn-ack-of-the-syn-s-sender-takes-its-port-away-too",
     9,
     {{0, X, Y, 40000, 61000, TCP_ACK, 0},
      {1, X, W, 40001, 40000, TCP_SYN, 0},
      {2, X, W, 40002, 40000, TCP_SYN, 0},
      {3, X, W, 40003, 40000, TCP_SYN, 0},
      {4, X, W, 40004, 40000, TCP_SYN, 0},
      {5, X, W, 40005, 40000, TCP_SYN, 0},
      {6, X, W, 40006, 40000, TCP_SYN, 0},
      {7, X, W, 40007, 40000, TCP_SYN, 0},
      {7, X, W, 40007, 40000, SYN_ACK, 0}},
     "10.0.0.2:61000 fan_out 1; 10.0.0.4:40000 handshake 7",
     "10.0.0.1:40000 guess 1; 10.0.0.4:40000 handshake 7"},
    {"/live-table/port-used-again-is-no-client-s",
     9,
     {{0, X, Y, 40000, 61000, TCP_ACK, 0},
      {1, X, W, 40001, 40000, TCP_SYN, 0},
      {2, X, W, 40002, 40000, TCP_SYN, 0},
      {3, X, W, 40003, 40000, TCP_SYN, 0},
      {4, X, W, 40004, 40000, TCP_SYN, 0},
      {5, X, W, 40005, 40000, TCP_SYN, 0},
      {6, X, W, 40006, 40000, TCP_SYN, 0},
      {7, X, W, 40007, 40000, TCP_SYN, 0},
      {8, X, W, 40008, 40000, TCP_SYN, 0},
      {9, X, Z, 40000, 61000, TCP_ACK, 0}},
     "10.0.0.2:61000 fan_out 1; 10.0.0.4:40000 handshake 8",
     "10.0.0.1:40000 guess 2; 10.0.0.4:40000 handshake 8"},
    {"/live-table/late-handshake-makes-a-server-known",
     9,
     {{0, X, Y, 1500, 1600, TCP_ACK, 0}, {1, Z, Y, 50000, 1600, TCP_SYN, 0}},
     "10.0.0.1:1500 guess 1",
     "10.0.0.2:1600 handshake 1, known 1"},
    {"/live-table/syn-of-the-sender-of-a-syn-ack-takes-the-knowledge-back",
     9,
     {{0, X, Y, 1500, 1600, TCP_ACK, 0},
      {1, Y, Z, 1600, 50000, SYN_ACK, 0},
      {1, Y, Z, 1600, 50000, TCP_SYN, 0}},
     "10.0.0.2:1600 handshake 1, known 1",
     "10.0.0.1:1500 guess 1; 10.0.0.3:50000 handshake 1"},
    {"/live-table/others/second-server",
     1,
     {{0, X, Y, 1500, 443, TCP_ACK, 9}, {1, X, Z, 1501, 443, TCP_ACK, 0}},
     "10.0.0.2:443 port 1",
     "10.0.0.2:443 port 1; 1 more: port 1"},
    {"/live-table/others/larger-server-takes-the-row",
     1,
     {{0, X, Y, 1500, 443, TCP_ACK, 9}, {1, X, Z, 1501, 443, TCP_ACK, 10}},
     "10.0.0.2:443 port 1",
     "10.0.0.3:443 port 1; 1 more: port 1"},
    {"/live-table/others/equal-server-does-not",
     1,
     {{0, X, Y, 1500, 443, TCP_ACK, 9}, {1, X, Z, 1501, 443, TCP_ACK, 9}},
     "10.0.0.2:443 port 1",
     "10.0.0.2:443 port 1; 1 more: port 1"},
    {"/live-table/others/get-the-room-of-a-server-that-is-none",
     2,
     {{0, X, Y, 1500, 1600, TCP_ACK, 50},
      {1, X, Z, 1501, 443, TCP_ACK, 9},
      {2, X, W, 1502, 443, TCP_ACK, 0},
      {3, Z, Y, 1600, 1600, TCP_SYN, 0}},
     "10.0.0.1:1500 guess 1; 10.0.0.3:443 port 1; 1 more: port 1",
     "10.0.0.2:1600 handshake 1, known 1; 10.0.0.3:443 port 1; 1 more: port 1"},
    {"/live-table/others/get-the-room-of-a-server-that-became-smaller",
     2,
     {{0, X, Y, 1500, 443, TCP_ACK, 0},
      {1, X, Y, 1501, 443, TCP_ACK, 500},
      {2, W, Z, 50000, 443, TCP_ACK, 100},
      {3, W, X, 50001, 1501, TCP_ACK, 2000},
      {3, W, X, 50001, 1501, TCP_SYN, 0}},
     "10.0.0.1:1501 guess 1; 10.0.0.2:443 port 2; 1 more: port 1",
     "10.0.0.1:1501 handshake 1, known 1; 10.0.0.3:443 port 1; 1 more: port 1"},
};

static void append_basis(GString *text, const struct row *row)
{
    const char *separator = " ";
    for (int i = 0; i < ROLE_BASIS_COUNT; i++) {
        if (row->basis[i] == 0)
            continue;
        g_string_append_printf(text, "%s%s %" G_GUINT64_FORMAT, separator,
                               role_basis_name((enum role_basis)i), row->basis[i]);
        separator = ", ";
    }
}

static gint compare_texts(gconstpointer a, gconstpointer b)
{
    return g_strcmp0(*(char *const *)a, *(char *const *)b);
}

/* "server basis connections; server basis connections", ordered; the others last. */
static char *servers_of(const struct live_table *table)
{
    GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);
    char *others = NULL;
    for (uint32_t i = 0; i < live_table_rows(table, ROW_SERVER); i++) {
        struct row row;
        GString *text = g_string_new(NULL);
        live_table_row(table, ROW_SERVER, i, &row);
        if (live_table_item(table, ROW_SERVER, i) == LIVE_OTHERS) {
            g_string_printf(text, "%u more:", live_table_others(table, ROW_SERVER));
            append_basis(text, &row);
            others = g_string_free(text, FALSE);
        } else {
            char *address = endpoint_address_text(&row.server);
            g_string_printf(text, "%s:%u", address, row.server.port);
            append_basis(text, &row);
            g_free(address);
            g_ptr_array_add(texts, g_string_free(text, FALSE));
        }
    }
    g_ptr_array_sort(texts, compare_texts);
    if (others != NULL)
        g_ptr_array_add(texts, others);
    g_ptr_array_add(texts, NULL);
    char *joined = g_strjoinv("; ", (char **)texts->pdata);
    g_ptr_array_free(texts, TRUE);
    return joined;
}

static void assert_servers(const struct live_table *table, const char *expected)
{
    char *servers = servers_of(table);
    g_assert_cmpstr(servers, ==, expected);
    g_free(servers);
}

static void last_segment_changes(gconstpointer data)
{
    const struct change_case *c = data;
    const struct role_hints hints = {.port_knowledge = knowledge_of};
    struct capture *capture = capture_new(false);
    struct watched watched;
    watched_init(&watched, capture->flows, &hints, c->most);
    for (int i = 0; i < MAX_SENT && c->sent[i].from != NULL; i++) {
        const struct sent *sent = &c->sent[i];
        bool is_last = i + 1 == MAX_SENT || c->sent[i + 1].from == NULL;
        struct segment segment =
            segment_between(end_at(sent->from, sent->from_port), end_at(sent->to, sent->to_port),
                            sent->flags, 1, 1, sent->payload);
        segment.stream = sent->stream;
        if (is_last)
            assert_servers(watched.table, c->before);
        count(capture, &watched, 1, &segment);
        mirror_changes(&watched.mirror, watched.table);
        assert_mirrored(&watched.mirror, watched.table);
    }
    assert_servers(watched.table, c->after);
    watched_clear(&watched);
    capture_free(capture);
}

static void empty_table_has_no_rows(void)
{
    const struct role_hints hints = {0};
    struct capture *capture = capture_new(false);
    struct live_table *table = live_table_new(capture->flows, &hints, 9, true);
    enum row_kind kind;
    uint32_t index;
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_assert_cmpuint(live_table_rows(table, kinds[i]), ==, 0);
        g_assert_cmpuint(live_table_others(table, kinds[i]), ==, 0);
    }
    g_assert_false(live_table_next_changed(table, &kind, &index));
    live_table_free(table);
    capture_free(capture);
}

static void change_is_told_once(void)
{
    const struct role_hints hints = {0};
    struct capture *capture = capture_new(false);
    struct watched watched;
    enum row_kind kind;
    uint32_t index;
    watched_init(&watched, capture->flows, &hints, 9);
    struct segment segment = segment_between(end_at(X, 1500), end_at(Y, 443), TCP_SYN, 1, 1, 0);
    for (int i = 0; i < 3; i++) {
        count(capture, &watched, 1, &segment);
        for (size_t j = 0; j < G_N_ELEMENTS(kinds); j++) {
            g_assert_true(live_table_next_changed(watched.table, &kind, &index));
            g_assert_cmpint(kind, ==, kinds[j]);
            g_assert_cmpuint(index, ==, 0);
        }
        g_assert_false(live_table_next_changed(watched.table, &kind, &index));
    }
    watched_clear(&watched);
    capture_free(capture);
}

static void rows_tell_whether_segments_were_analysed(void)
{
    const struct role_hints hints = {0};
    for (int analysed = 0; analysed < 2; analysed++) {
        struct capture *capture = capture_new(false);
        struct watched watched = {.table = live_table_new(capture->flows, &hints, 1, analysed)};
        for (uint16_t i = 0; i < 2; i++) {
            struct segment segment =
                segment_between(end_at(X, 1500), end_at(Y, i), TCP_SYN, 1, 1, 0);
            segment.stream = i;
            count(capture, &watched, 1, &segment);
        }
        for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
            for (uint32_t index = 0; index < 2; index++) {
                struct row row;
                live_table_row(watched.table, kinds[i], index, &row);
                g_assert_cmpint(row.analysed, ==, analysed);
            }
        }
        live_table_free(watched.table);
        capture_free(capture);
    }
}

static void free_of_nothing_does_nothing(void)
{
    live_table_free(NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(traffics); i++)
        g_test_add_data_func(traffics[i].name, &traffics[i], agrees_after_every_segment);
    for (size_t i = 0; i < G_N_ELEMENTS(change_cases); i++)
        g_test_add_data_func(change_cases[i].name, &change_cases[i], last_segment_changes);
    g_test_add_func("/live-table/empty-table-has-no-rows", empty_table_has_no_rows);
    g_test_add_func("/live-table/change-is-told-once", change_is_told_once);
    g_test_add_func("/live-table/rows-tell-whether-segments-were-analysed",
                    rows_tell_whether_segments_were_analysed);
    g_test_add_func("/live-table/free-of-nothing-does-nothing", free_of_nothing_does_nothing);
    return g_test_run();
}
