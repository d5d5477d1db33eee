/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live_table.h"

/* A server, with or without connections at the moment. */
struct live_server {
    struct row row;
    bool is_hidden; /* it has connections, but no row */
};

struct live_flow {
    uint32_t server; /* index in servers */
    struct role role;
    uint8_t by_handshake; /* enum end that is the server by its own handshake, or NO_END */
    bool is_hidden;       /* it has no row */
};

/* The connections that other connections may yet decide. */
struct open_cases {
    GArray *flows; /* uint32_t: that have this end, and no handshake or name */
    GArray *lost;  /* uint32_t: of these, where the number of its peers was not enough */
};

/* The rows of one kind, and the sum of what has none. */
struct live_rows {
    struct ranking *ranking;
    struct row others;
    uint32_t hidden;    /* how many items others sums up */
    GArray *changed;    /* uint32_t: rows */
    GArray *is_changed; /* bool, of each row */
};

struct live_table {
    const struct flow_table *flows;
    struct role_census *census;
    uint32_t most;
    bool analysed;
    GPtrArray *servers;       /* of struct live_server, owned */
    GHashTable *server_of;    /* endpoint -> index in servers; keys owned by servers */
    GArray *live;             /* struct live_flow of each flow */
    GHashTable *open;         /* endpoint -> struct open_cases, owned; keys owned by flows */
    struct live_rows rows[2]; /* index kind_index() */
};

static int kind_index(enum row_kind kind)
{
    return kind == ROW_CONNECTION;
}

static struct live_flow *live_of(const struct live_table *table, uint32_t flow)
{
    return &g_array_index(table->live, struct live_flow, flow);
}

static struct live_server *server_at(const struct live_table *table, uint32_t index)
{
    return g_ptr_array_index(table->servers, index);
}

static uint64_t bytes_of_server(const void *data, uint32_t item)
{
    const struct row *row = &server_at(data, item)->row;
    return row->totals[0].count[COUNTER_BYTES] + row->totals[1].count[COUNTER_BYTES];
}

static uint64_t bytes_of_flow(const void *data, uint32_t item)
{
    const struct flow *flow = flow_table_at(((const struct live_table *)data)->flows, item);
    return flow->sides[END_A].wide[COUNTER_BYTES] + flow->sides[END_B].wide[COUNTER_BYTES];
}

static void free_open_cases(gpointer data)
{
    struct open_cases *open = data;
    g_array_free(open->flows, TRUE);
    g_array_free(open->lost, TRUE);
    g_free(open);
}

static const struct endpoint nobody;

struct live_table *live_table_new(const struct flow_table *flows, const struct role_hints *hints,
                                  uint32_t most, bool analysed)
{
    struct live_table *table = g_new0(struct live_table, 1);
    table->flows = flows;
    table->census = role_census_new(flows, hints);
    table->most = most;
    table->analysed = analysed;
    table->servers = g_ptr_array_new_with_free_func(g_free);
    table->server_of = g_hash_table_new(endpoint_hash, endpoint_equal_pointers);
    table->live = g_array_new(FALSE, FALSE, sizeof(struct live_flow));
    table->open =
        g_hash_table_new_full(endpoint_hash, endpoint_equal_pointers, NULL, free_open_cases);
    for (int i = 0; i < 2; i++) {
        struct live_rows *rows = &table->rows[i];
        rows->ranking = ranking_new(most, i == 0 ? bytes_of_server : bytes_of_flow, table);
        row_init(&rows->others, &nobody, analysed);
        rows->changed = g_array_new(FALSE, FALSE, sizeof(uint32_t));
        rows->is_changed = g_array_new(FALSE, TRUE, sizeof(bool));
    }
    return table;
}

void live_table_free(struct live_table *table)
{
    if (table == NULL)
        return;
    for (int i = 0; i < 2; i++) {
        ranking_free(table->rows[i].ranking);
        g_array_free(table->rows[i].changed, TRUE);
        g_array_free(table->rows[i].is_changed, TRUE);
    }
    g_hash_table_destroy(table->open);
    g_array_free(table->live, TRUE);
    g_hash_table_destroy(table->server_of);
    g_ptr_array_free(table->servers, TRUE);
    role_census_free(table->census);
    g_free(table);
}

/* --- rows --- */

static void mark(struct live_rows *rows, uint32_t row)
{
    if (row == RANKING_NONE)
        return;
    if (row >= rows->is_changed->len)
        g_array_set_size(rows->is_changed, row + 1);
    bool *is_changed = &g_array_index(rows->is_changed, bool, row);
    if (!*is_changed)
        g_array_append_val(rows->changed, row);
    *is_changed = true;
}

static void mark_others(struct live_table *table, struct live_rows *rows)
{
    mark(rows, table->most);
}

static void hide(struct live_table *table, struct live_rows *rows, const struct row *row)
{
    row_add_row(&rows->others, row);
    rows->hidden++;
    mark_others(table, rows);
}

static void unhide(struct live_table *table, struct live_rows *rows, const struct row *row)
{
    row_remove_row(&rows->others, row);
    rows->hidden--;
    mark_others(table, rows);
}

static void row_of_flow(const struct live_table *table, uint32_t number, struct row *row)
{
    const struct flow *flow = flow_table_at(table->flows, number);
    struct role role = live_of(table, number)->role;
    row_init(row, &flow->ends[end_peer(role.client)], table->analysed);
    row_add_flow(row, flow, role);
    row->flow = flow;
    row->client = (enum end)role.client;
}

/* Gives the server a row if it deserves one; it must have connections. */
static void rank_server(struct live_table *table, uint32_t index)
{
    struct live_rows *rows = &table->rows[kind_index(ROW_SERVER)];
    struct live_server *server = server_at(table, index);
    uint32_t leaving = ranking_update(rows->ranking, index);
    bool has_row = ranking_row(rows->ranking, index) != RANKING_NONE;
    if (has_row && server->is_hidden)
        unhide(table, rows, &server->row);
    else if (!has_row && !server->is_hidden)
        hide(table, rows, &server->row);
    server->is_hidden = !has_row;
    if (leaving != RANKING_NONE) {
        server_at(table, leaving)->is_hidden = true;
        hide(table, rows, &server_at(table, leaving)->row);
    }
    mark(rows, ranking_row(rows->ranking, index));
}

/* Takes away the row of a server that has lost all its connections. The largest one without a row
 * gets the room. */
static void drop_server(struct live_table *table, uint32_t index)
{
    struct live_rows *rows = &table->rows[kind_index(ROW_SERVER)];
    struct live_server *server = server_at(table, index);
    uint32_t row = ranking_row(rows->ranking, index);
    if (server->is_hidden)
        unhide(table, rows, &server->row);
    server->is_hidden = false;
    if (row == RANKING_NONE)
        return;
    mark(rows, row);
    mark(rows, ranking_rows(rows->ranking) - 1);
    ranking_remove(rows->ranking, index);
    uint32_t largest = RANKING_NONE;
    for (guint i = 0; rows->hidden > 0 && i < table->servers->len; i++) {
        if (server_at(table, i)->is_hidden &&
            (largest == RANKING_NONE ||
             bytes_of_server(table, i) > bytes_of_server(table, largest)))
            largest = i;
    }
    if (largest != RANKING_NONE)
        rank_server(table, largest);
}

static void rank_flow(struct live_table *table, uint32_t number)
{
    struct live_rows *rows = &table->rows[kind_index(ROW_CONNECTION)];
    struct live_flow *live = live_of(table, number);
    struct row row;
    uint32_t leaving = ranking_update(rows->ranking, number);
    bool has_row = ranking_row(rows->ranking, number) != RANKING_NONE;
    if (has_row && live->is_hidden) {
        row_of_flow(table, number, &row);
        unhide(table, rows, &row);
    } else if (!has_row && !live->is_hidden) {
        row_of_flow(table, number, &row);
        hide(table, rows, &row);
    }
    live->is_hidden = !has_row;
    if (leaving != RANKING_NONE) {
        live_of(table, leaving)->is_hidden = true;
        row_of_flow(table, leaving, &row);
        hide(table, rows, &row);
    }
    mark(rows, ranking_row(rows->ranking, number));
}

/* --- connections in rows --- */

static void take_away(struct live_table *table, const struct flow *flow)
{
    struct live_rows *servers = &table->rows[kind_index(ROW_SERVER)];
    struct live_rows *connections = &table->rows[kind_index(ROW_CONNECTION)];
    const struct live_flow *live = live_of(table, flow->number);
    struct live_server *server = server_at(table, live->server);
    row_remove_flow(&server->row, flow, live->role);
    if (server->is_hidden)
        row_remove_flow(&servers->others, flow, live->role);
    if (live->is_hidden)
        row_remove_flow(&connections->others, flow, live->role);
}

static uint32_t server_index(struct live_table *table, const struct endpoint *endpoint)
{
    gpointer index;
    if (g_hash_table_lookup_extended(table->server_of, endpoint, NULL, &index))
        return GPOINTER_TO_UINT(index);
    struct live_server *server = g_new0(struct live_server, 1);
    row_init(&server->row, endpoint, table->analysed);
    g_ptr_array_add(table->servers, server);
    g_hash_table_insert(table->server_of, &server->row.server,
                        GUINT_TO_POINTER(table->servers->len - 1));
    return table->servers->len - 1;
}

static void put_back(struct live_table *table, const struct flow *flow, struct role role)
{
    struct live_rows *servers = &table->rows[kind_index(ROW_SERVER)];
    struct live_rows *connections = &table->rows[kind_index(ROW_CONNECTION)];
    struct live_flow *live = live_of(table, flow->number);
    uint32_t before = live->server;
    live->role = role;
    live->server = server_index(table, &flow->ends[end_peer(role.client)]);
    struct live_server *server = server_at(table, live->server);
    row_add_flow(&server->row, flow, role);
    if (server->is_hidden) {
        row_add_flow(&servers->others, flow, role);
        mark_others(table, servers);
    }
    if (live->is_hidden) {
        row_add_flow(&connections->others, flow, role);
        mark_others(table, connections);
    }
    if (before != RANKING_NONE && before != live->server) {
        if (server_at(table, before)->row.connections == 0)
            drop_server(table, before);
        else
            rank_server(table, before);
    }
    rank_server(table, live->server);
    rank_flow(table, flow->number);
}

/* --- roles --- */

static struct open_cases *open_cases_of(struct live_table *table, struct endpoint *end)
{
    struct open_cases *open = g_hash_table_lookup(table->open, end);
    if (open == NULL) {
        open = g_new0(struct open_cases, 1);
        open->flows = g_array_new(FALSE, FALSE, sizeof(uint32_t));
        open->lost = g_array_new(FALSE, FALSE, sizeof(uint32_t));
        g_hash_table_insert(table->open, end, open);
    }
    return open;
}

static bool others_may_decide(struct role role)
{
    return role.evidence > ROLE_GIVEN;
}

static void note_lost(struct live_table *table, struct flow *flow, struct role role)
{
    if (role.evidence >= ROLE_FAN_IN)
        g_array_append_val(open_cases_of(table, &flow->ends[role.client])->lost, flow->number);
}

/* Returns whether the role is another one now. */
static bool decide_again(struct live_table *table, uint32_t number)
{
    struct flow *flow = flow_table_at(table->flows, number);
    struct role before = live_of(table, number)->role;
    struct role role = role_decide(table->census, flow);
    if (role.client == before.client && role.evidence == before.evidence)
        return false;
    take_away(table, flow);
    put_back(table, flow, role);
    note_lost(table, flow, role);
    return true;
}

/* What is known of @end has changed, so that it may be a server where it was none. */
static void decide_all_again(struct live_table *table, struct endpoint *end)
{
    struct open_cases *open = g_hash_table_lookup(table->open, end);
    for (guint i = 0; open != NULL && i < open->flows->len; i++) {
        uint32_t number = g_array_index(open->flows, uint32_t, i);
        if (others_may_decide(live_of(table, number)->role))
            decide_again(table, number);
    }
}

/* @end has one peer more: that can only win it what it had lost. */
static void decide_lost_again(struct live_table *table, struct endpoint *end)
{
    struct open_cases *open = g_hash_table_lookup(table->open, end);
    if (open == NULL)
        return;
    GArray *lost = open->lost;
    open->lost = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    for (guint i = 0; i < lost->len; i++) {
        uint32_t number = g_array_index(lost, uint32_t, i);
        struct flow *flow = flow_table_at(table->flows, number);
        struct role role = live_of(table, number)->role;
        bool still_lost =
            role.evidence >= ROLE_FAN_IN && endpoint_equal(&flow->ends[role.client], end);
        if (!decide_again(table, number) && still_lost)
            g_array_append_val(open->lost, number);
    }
    g_array_free(lost, TRUE);
}

/* Tells the census what @flow's own handshake says now. */
static void note_handshake(struct live_table *table, struct flow *flow)
{
    uint8_t before = live_of(table, flow->number)->by_handshake;
    uint8_t now = role_server_by_handshake(flow);
    if (before == now)
        return;
    live_of(table, flow->number)->by_handshake = now;
    if (before != NO_END && role_census_remove_server(table->census, &flow->ends[before]))
        decide_all_again(table, &flow->ends[before]);
    if (now != NO_END && role_census_add_server(table->census, &flow->ends[now]))
        decide_all_again(table, &flow->ends[now]);
}

/* --- segments --- */

void live_table_before(struct live_table *table, const struct flow *flow)
{
    take_away(table, flow);
}

static void add_flow(struct live_table *table, struct flow *flow)
{
    struct live_flow live = {.server = RANKING_NONE, .by_handshake = NO_END};
    g_array_append_val(table->live, live);
    bool counted = role_census_add_flow(table->census, flow);
    uint8_t by_handshake = role_server_by_handshake(flow);
    live_of(table, flow->number)->by_handshake = by_handshake;
    if (by_handshake != NO_END)
        role_census_add_server(table->census, &flow->ends[by_handshake]);
    struct role role = role_decide(table->census, flow);
    put_back(table, flow, role);
    if (others_may_decide(role)) {
        for (int i = 0; i < 2; i++)
            g_array_append_val(open_cases_of(table, &flow->ends[i])->flows, flow->number);
        note_lost(table, flow, role);
    }
    if (by_handshake != NO_END)
        decide_all_again(table, &flow->ends[by_handshake]);
    for (int i = 0; counted && i < 2; i++)
        decide_lost_again(table, &flow->ends[i]);
}

void live_table_after(struct live_table *table, struct flow *flow)
{
    if (flow->number >= table->live->len) {
        add_flow(table, flow);
        return;
    }
    /* What others see of this flow may only be decided while it is in its row. */
    struct role role = live_of(table, flow->number)->role;
    put_back(table, flow, role);
    note_handshake(table, flow);
    decide_again(table, flow->number);
}

/* --- reading --- */

uint32_t live_table_rows(const struct live_table *table, enum row_kind kind)
{
    const struct live_rows *rows = &table->rows[kind_index(kind)];
    return ranking_rows(rows->ranking) + (rows->hidden > 0);
}

uint32_t live_table_item(const struct live_table *table, enum row_kind kind, uint32_t index)
{
    const struct live_rows *rows = &table->rows[kind_index(kind)];
    return index < ranking_rows(rows->ranking) ? ranking_item(rows->ranking, index) : LIVE_OTHERS;
}

void live_table_row(const struct live_table *table, enum row_kind kind, uint32_t index,
                    struct row *row)
{
    const struct live_rows *rows = &table->rows[kind_index(kind)];
    uint32_t item = live_table_item(table, kind, index);
    if (item == LIVE_OTHERS)
        *row = rows->others;
    else if (kind == ROW_SERVER)
        *row = server_at(table, item)->row;
    else
        row_of_flow(table, item, row);
}

uint32_t live_table_others(const struct live_table *table, enum row_kind kind)
{
    return table->rows[kind_index(kind)].hidden;
}

bool live_table_next_changed(struct live_table *table, enum row_kind *kind, uint32_t *index)
{
    for (int i = 0; i < 2; i++) {
        struct live_rows *rows = &table->rows[i];
        if (rows->changed->len == 0)
            continue;
        *kind = i == 0 ? ROW_SERVER : ROW_CONNECTION;
        *index = g_array_index(rows->changed, uint32_t, rows->changed->len - 1);
        g_array_set_size(rows->changed, rows->changed->len - 1);
        g_array_index(rows->is_changed, bool, *index) = false;
        return true;
    }
    return false;
}

struct role live_table_role(const struct live_table *table, uint32_t flow)
{
    return live_of(table, flow)->role;
}
