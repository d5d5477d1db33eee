/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/live_table.h"

/* A server. At the moment, it may have no connections. */
struct live_server {
    struct row row;
    bool is_hidden; /* it has connections, but no row */
};

#define NONE RANKING_NONE

/* A flow as seen from one of its ends: twice its number, plus one for end B. */
typedef uint32_t flow_end;

struct live_flow {
    uint32_t server;       /* index in servers; NONE before its first segment is counted */
    uint32_t end_of[2];    /* index in ends, if others may decide its role; index enum end */
    flow_end next_open[2]; /* the next one that has the same end, or NONE; index enum end */
    flow_end next_lost[2]; /* the next one that the same end has lost, or NONE; valid if is_lost */
    bool is_lost[2];
    struct role role;
    uint8_t by_handshake; /* enum end that is the server by its own handshake, or NO_END */
    uint8_t syn_ack;      /* enum end that sent the first SYN-ACK, or NO_END */
    bool is_hidden;       /* it has no row */
    bool is_counted;      /* the census counts it */
};

/* An end of connections whose roles other connections may still decide. */
struct live_end {
    flow_end open;    /* the first of them: they had no handshake and no name when they began */
    flow_end lost;    /* the first one that it did not win by its fan-in, or NONE */
    uint32_t fan_in;  /* as role_census_fan_in(); 0 until that decides one of its connections */
    uint32_t to_gain; /* the least fan-in that could win it one of the lost ones */
};

/* The rows of one kind, and the sum of the items without a row. */
struct live_rows {
    struct ranking *ranking;
    struct row others;
    uint32_t hidden;    /* how many items `others` sums up */
    GArray *changed;    /* uint32_t: rows */
    GArray *is_changed; /* bool, of each row */
};

struct live_table {
    const struct flow_table *flows;
    struct role_census *census;
    uint32_t most;
    bool analysed;
    bool is_fan_in_asked;     /* fan-in has decided a role, or left it to a weaker basis */
    GPtrArray *servers;       /* of struct live_server, owned */
    GHashTable *server_of;    /* endpoint -> index in servers; keys owned by servers */
    GArray *live;             /* struct live_flow of each flow */
    GArray *ends;             /* struct live_end */
    GHashTable *end_of;       /* endpoint -> index in ends; keys owned by flows */
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
    table->ends = g_array_new(FALSE, FALSE, sizeof(struct live_end));
    table->end_of = g_hash_table_new(endpoint_hash, endpoint_equal_pointers);
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
    g_hash_table_destroy(table->end_of);
    g_array_free(table->ends, TRUE);
    g_array_free(table->live, TRUE);
    g_hash_table_destroy(table->server_of);
    g_ptr_array_free(table->servers, TRUE);
    role_census_free(table->census);
    g_free(table);
}

/* --- rows --- */

static struct live_rows *rows_of(struct live_table *table, enum row_kind kind)
{
    return &table->rows[kind_index(kind)];
}

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

static void row_of_flow(const struct live_table *table, uint32_t number, struct row *row)
{
    const struct flow *flow = flow_table_at(table->flows, number);
    row_init_connection(row, flow, live_of(table, number)->role, table->analysed);
}

static void row_of_item(const struct live_table *table, enum row_kind kind, uint32_t item,
                        struct row *row)
{
    if (kind == ROW_SERVER)
        *row = server_at(table, item)->row;
    else
        row_of_flow(table, item, row);
}

/* Adds @item to the others if it has lost its row. Takes it away from them if it has got one. */
static void hide_or_show(struct live_table *table, enum row_kind kind, uint32_t item)
{
    if (item == NONE)
        return;
    struct live_rows *rows = rows_of(table, kind);
    bool *is_hidden =
        kind == ROW_SERVER ? &server_at(table, item)->is_hidden : &live_of(table, item)->is_hidden;
    bool has_row = ranking_row(rows->ranking, item) != RANKING_NONE;
    if (*is_hidden != has_row)
        return;
    struct row row;
    row_of_item(table, kind, item, &row);
    if (has_row)
        row_remove_row(&rows->others, &row);
    else
        row_add_row(&rows->others, &row);
    rows->hidden += has_row ? -1U : 1U;
    *is_hidden = !has_row;
    mark_others(table, rows);
}

/* The bytes of @item have changed. */
static void rank(struct live_table *table, enum row_kind kind, uint32_t item)
{
    struct live_rows *rows = rows_of(table, kind);
    struct ranking_change change = ranking_update(rows->ranking, item);
    hide_or_show(table, kind, item);
    hide_or_show(table, kind, change.left);
    hide_or_show(table, kind, change.entered);
    mark(rows, ranking_row(rows->ranking, item));
    if (change.entered != NONE)
        mark(rows, ranking_row(rows->ranking, change.entered));
}

/* A server has lost all its connections. */
static void drop_server(struct live_table *table, uint32_t item)
{
    struct live_rows *rows = rows_of(table, ROW_SERVER);
    struct live_server *server = server_at(table, item);
    uint32_t row = ranking_row(rows->ranking, item), last_row = ranking_rows(rows->ranking) - 1;
    struct ranking_change change = ranking_remove(rows->ranking, item);
    hide_or_show(table, ROW_SERVER, change.entered);
    mark(rows, row);
    if (row != RANKING_NONE)
        mark(rows, last_row);
    if (server->is_hidden) {
        rows->hidden--;
        server->is_hidden = false;
        mark_others(table, rows);
    }
}

/* --- connections in rows --- */

/* Takes the counts of @flow out of all sums, or puts them back. */
static void add_to_sums(struct live_table *table, const struct flow *flow,
                        void (*add)(struct row *, const struct flow *, struct role))
{
    const struct live_flow *live = live_of(table, flow->number);
    struct live_server *server = server_at(table, live->server);
    add(&server->row, flow, live->role);
    const bool is_hidden[2] = {server->is_hidden, live->is_hidden};
    for (int i = 0; i < 2; i++) {
        if (!is_hidden[i])
            continue;
        add(&table->rows[i].others, flow, live->role);
        mark_others(table, &table->rows[i]);
    }
}

static void take_away(struct live_table *table, const struct flow *flow)
{
    add_to_sums(table, flow, row_remove_flow);
}

static void put_back(struct live_table *table, const struct flow *flow)
{
    add_to_sums(table, flow, row_add_flow);
    rank(table, ROW_SERVER, live_of(table, flow->number)->server);
    rank(table, ROW_CONNECTION, flow->number);
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

/* Gives a role to @flow, which is in no row. Only one server's bytes may change at a time. So the
 * old server gets its place before the new one does. */
static void set_role(struct live_table *table, const struct flow *flow, struct role role)
{
    struct live_flow *live = live_of(table, flow->number);
    uint32_t before = live->server;
    live->role = role;
    live->server = server_index(table, &flow->ends[end_peer(role.client)]);
    if (before == NONE || before == live->server)
        return;
    if (server_at(table, before)->row.connections == 0)
        drop_server(table, before);
    else
        rank(table, ROW_SERVER, before);
}

/* --- roles --- */

static struct live_end *find_end(const struct live_table *table, const struct endpoint *endpoint)
{
    gpointer index;
    if (!g_hash_table_lookup_extended(table->end_of, endpoint, NULL, &index))
        return NULL;
    return &g_array_index(table->ends, struct live_end, GPOINTER_TO_UINT(index));
}

static uint32_t end_index(struct live_table *table, struct endpoint *endpoint)
{
    gpointer index;
    if (g_hash_table_lookup_extended(table->end_of, endpoint, NULL, &index))
        return GPOINTER_TO_UINT(index);
    static const struct live_end end = {.open = NONE, .lost = NONE, .to_gain = NONE};
    g_array_append_val(table->ends, end);
    g_hash_table_insert(table->end_of, endpoint, GUINT_TO_POINTER(table->ends->len - 1));
    return table->ends->len - 1;
}

static bool others_may_decide(struct role role)
{
    return role.basis > ROLE_GIVEN;
}

static void note_open(struct live_table *table, struct flow *flow)
{
    struct live_flow *live = live_of(table, flow->number);
    for (uint32_t i = 0; i < 2; i++) {
        live->end_of[i] = end_index(table, &flow->ends[i]);
        struct live_end *end = &g_array_index(table->ends, struct live_end, live->end_of[i]);
        live->next_open[i] = end->open;
        end->open = 2 * flow->number + i;
    }
}

/* Whether a larger fan-in of @end could change @role, which other connections decide. */
static bool has_lost(struct role role, enum end end)
{
    return role.basis > ROLE_FAN_IN || (role.basis == ROLE_FAN_IN && role.client == end);
}

static struct live_end *end_of(const struct live_table *table, uint32_t flow, enum end end)
{
    return &g_array_index(table->ends, struct live_end, live_of(table, flow)->end_of[end]);
}

/* The least fan-in of @end that changes the role: if it reaches the fan-in of its peer, a weaker
 * basis decides. If both are equal already, as they are then, one more wins it. */
static uint32_t fan_in_to_gain(const struct live_table *table, uint32_t flow, enum end end)
{
    bool is_equal = live_of(table, flow)->role.basis > ROLE_FAN_IN;
    return end_of(table, flow, end_peer(end))->fan_in + is_equal;
}

static void note_if_lost(struct live_table *table, uint32_t flow, enum end number)
{
    struct live_flow *live = live_of(table, flow);
    if (!has_lost(live->role, number))
        return;
    struct live_end *end = end_of(table, flow, number);
    end->to_gain = MIN(end->to_gain, fan_in_to_gain(table, flow, number));
    if (live->is_lost[number])
        return;
    live->is_lost[number] = true;
    live->next_lost[number] = end->lost;
    end->lost = 2 * flow + number;
}

/* Call it when @flow, which other connections may decide, has a new role. */
static void note_role(struct live_table *table, const struct flow *flow)
{
    if (live_of(table, flow->number)->role.basis < ROLE_FAN_IN)
        return;
    table->is_fan_in_asked = true;
    for (int i = 0; i < 2; i++)
        end_of(table, flow->number, (enum end)i)->fan_in =
            role_census_fan_in(table->census, &flow->ends[i]);
    note_if_lost(table, flow->number, END_A);
    note_if_lost(table, flow->number, END_B);
}

static void decide_again(struct live_table *table, uint32_t number)
{
    struct flow *flow = flow_table_at(table->flows, number);
    struct role before = live_of(table, number)->role;
    struct role role = role_decide(table->census, flow);
    if (role.client == before.client && role.basis == before.basis)
        return;
    take_away(table, flow);
    set_role(table, flow, role);
    put_back(table, flow);
    note_role(table, flow);
}

/* Decides anew the flows of @end whose basis is @strongest or weaker. @end may be NULL. */
static void decide_open_again(struct live_table *table, const struct live_end *end,
                              enum role_basis strongest)
{
    flow_end link = end != NULL ? end->open : NONE;
    for (; link != NONE; link = live_of(table, link / 2)->next_open[link % 2]) {
        if (live_of(table, link / 2)->role.basis >= strongest)
            decide_again(table, link / 2);
    }
}

/* @endpoint has become a server by handshake, or is no longer one. */
static void note_knowledge(struct live_table *table, const struct endpoint *endpoint)
{
    decide_open_again(table, find_end(table, endpoint), ROLE_KNOWN);
}

/* The use of the ports around @endpoint's is such now that they have fan-out, or no longer. */
static void note_block(struct live_table *table, const struct endpoint *endpoint)
{
    struct endpoint each = *endpoint;
    each.port = (uint16_t)(each.port & ~(PORT_USE_BLOCK - 1));
    for (int i = 0; i < PORT_USE_BLOCK; i++, each.port++)
        decide_open_again(table, find_end(table, &each), ROLE_FAN_OUT);
}

static void note_use(struct live_table *table, const struct flow *flow,
                     struct port_use_change change)
{
    for (int i = 0; i < 2; i++) {
        if (change.end[i])
            decide_open_again(table, find_end(table, &flow->ends[i]), ROLE_FAN_IN);
        if (change.block[i])
            note_block(table, &flow->ends[i]);
    }
}

/* With a larger fan-in, @end can only win connections that it had lost. */
static void decide_lost_again(struct live_table *table, struct live_end *end)
{
    if (end->fan_in < end->to_gain)
        return;
    flow_end link = end->lost, next;
    end->lost = NONE;
    end->to_gain = NONE;
    for (; link != NONE; link = next) {
        struct live_flow *live = live_of(table, link / 2);
        enum end number = link % 2;
        next = live->next_lost[number];
        live->is_lost[number] = false;
        if (has_lost(live->role, number) && end->fan_in >= fan_in_to_gain(table, link / 2, number))
            decide_again(table, link / 2);
        note_if_lost(table, link / 2, number);
    }
}

/* Both ends of @flow have one more connection. */
static void count_in(struct live_table *table, const struct flow *flow)
{
    struct live_end *ends[2] = {NULL, NULL};
    for (int i = 0; table->is_fan_in_asked && i < 2; i++) {
        ends[i] = find_end(table, &flow->ends[i]);
        if (ends[i] != NULL)
            ends[i]->fan_in = role_census_fan_in(table->census, &flow->ends[i]);
    }
    for (int i = 0; i < 2; i++) {
        if (ends[i] != NULL)
            decide_lost_again(table, ends[i]);
    }
}

/* Updates the census, and all roles that it affects, with what @flow's own handshake says now. */
static void note_handshake(struct live_table *table, struct flow *flow)
{
    struct live_flow *live = live_of(table, flow->number);
    uint8_t before = live->by_handshake;
    uint8_t now = role_server_by_handshake(flow);
    if (before != now || live->syn_ack != flow->first_syn_ack)
        note_use(table, flow, role_census_note_handshake(table->census, flow));
    live->syn_ack = flow->first_syn_ack;
    if (before == now)
        return;
    live->by_handshake = now;
    decide_again(table, flow->number);
    if (before != NO_END && role_census_remove_server(table->census, &flow->ends[before]))
        note_knowledge(table, &flow->ends[before]);
    if (role_census_add_server(table->census, &flow->ends[now]))
        note_knowledge(table, &flow->ends[now]);
}

/* --- segments --- */

void live_table_before(struct live_table *table, const struct flow *flow)
{
    take_away(table, flow);
}

static void add_flow(struct live_table *table, struct flow *flow)
{
    struct live_flow live = {.server = NONE, .by_handshake = NO_END, .syn_ack = NO_END};
    g_array_append_val(table->live, live);
    live_of(table, flow->number)->is_counted = port_use_counts(flow);
    struct port_use_change change = role_census_add_flow(table->census, flow);
    set_role(table, flow, role_decide(table->census, flow));
    put_back(table, flow);
    if (others_may_decide(live_of(table, flow->number)->role)) {
        note_open(table, flow);
        note_role(table, flow);
    }
    count_in(table, flow);
    note_use(table, flow, change);
}

/* A segment of @flow, of which only resets had been seen, has made it count. */
static void note_count(struct live_table *table, const struct flow *flow)
{
    struct live_flow *live = live_of(table, flow->number);
    if (live->is_counted || !port_use_counts(flow))
        return;
    live->is_counted = true;
    struct port_use_change change = role_census_add_flow(table->census, flow);
    count_in(table, flow);
    note_use(table, flow, change);
}

void live_table_after(struct live_table *table, struct flow *flow)
{
    if (flow->number >= table->live->len)
        add_flow(table, flow);
    else
        put_back(table, flow);
    note_count(table, flow);
    /* The effect of this flow on others may only be decided while it is in its row. */
    note_handshake(table, flow);
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
    else
        row_of_item(table, kind, item, row);
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
