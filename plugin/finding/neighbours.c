/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finding/neighbours.h"

#include "base/endpoint_map.h"
#include "settings/thresholds.h"

/* ICMP errors that quote one flow. */
struct quotes {
    const struct icmp_error *first;
    unsigned count;
};

/* Each table is made when it is asked for first; NULL until then. */
struct neighbours {
    const struct finding_source *source;
    GHashTable *served;    /* endpoint -> GArray of int64_t, times at which it served, in order */
    GHashTable *other;     /* flow number -> flow number + 1, both ways */
    GHashTable *quotes;    /* flow number -> struct quotes */
    GHashTable *accepted;  /* set of numbers of flows that were refused, and then accepted */
    GHashTable *unseen;    /* set of endpoints, of which the addresses count; of the flows */
    GArray *begins, *ends; /* of int64_t, in order: when the flows begin and end */
    GArray *midway;        /* of int64_t, in order: when the flows without a SYN begin */
    bool looked_for_loss, has_lost; /* the capture lacks segments; valid if looked_for_loss */
};

static size_t flow_count(const struct neighbours *neighbours)
{
    return flow_table_count(neighbours->source->flows);
}

static const struct flow *flow_at(const struct neighbours *neighbours, size_t number)
{
    return flow_table_at(neighbours->source->flows, number);
}

static enum end client_of(const struct neighbours *neighbours, size_t number)
{
    return (enum end)neighbours->source->roles[number].client;
}

/* --- few among many --- */

/* Tells most endpoints that are not among a few in a tenth of the time that a hash table takes. */
struct sieve {
    uint64_t bits[4];
};

static unsigned mesh_of(const struct endpoint *endpoint)
{
    return ((unsigned)endpoint->address[3] + endpoint->address[15] + endpoint->port) & 255U;
}

static void sieve_add(struct sieve *sieve, const struct endpoint *endpoint)
{
    unsigned mesh = mesh_of(endpoint);
    sieve->bits[mesh / 64] |= (uint64_t)1 << (mesh % 64);
}

static inline bool sieve_may_have(const struct sieve *sieve, const struct endpoint *endpoint)
{
    unsigned mesh = mesh_of(endpoint);
    return (sieve->bits[mesh / 64] >> (mesh % 64) & 1) != 0;
}

/* --- who serves --- */

static void free_array(gpointer array)
{
    g_array_free(array, TRUE);
}

static gint compare_times(gconstpointer a, gconstpointer b)
{
    const int64_t *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

/* Attempts that came to nothing are few: only of their servers the others are looked at. */
static bool is_candidate(const struct flow *flow, enum end client)
{
    const struct flow_side *server = &flow->sides[end_peer(client)];
    return flow->sides[client].sent_pure_syn && !server->sent_segment;
}

static void find_served(struct neighbours *neighbours)
{
    neighbours->served =
        g_hash_table_new_full(endpoint_hash, endpoint_equal_pointers, NULL, free_array);
    struct sieve sieve = {{0}};
    size_t count = flow_count(neighbours);
    for (size_t i = 0; i < count; i++) {
        struct flow *flow = flow_table_at(neighbours->source->flows, i);
        enum end client = client_of(neighbours, i);
        struct endpoint *server = &flow->ends[end_peer(client)];
        if (!is_candidate(flow, client) || g_hash_table_contains(neighbours->served, server))
            continue;
        g_hash_table_insert(neighbours->served, server, g_array_new(FALSE, FALSE, sizeof(int64_t)));
        sieve_add(&sieve, server);
    }
    if (g_hash_table_size(neighbours->served) == 0)
        return;
    for (size_t i = 0; i < count; i++) {
        struct flow *flow = flow_table_at(neighbours->source->flows, i);
        enum end server = end_peer(client_of(neighbours, i));
        if (!flow->sides[server].sent_segment || !sieve_may_have(&sieve, &flow->ends[server]))
            continue;
        GArray *times = g_hash_table_lookup(neighbours->served, &flow->ends[server]);
        if (times != NULL)
            g_array_append_val(times, flow->first_time);
    }
    GHashTableIter servers;
    gpointer times;
    g_hash_table_iter_init(&servers, neighbours->served);
    while (g_hash_table_iter_next(&servers, NULL, &times))
        g_array_sort(times, compare_times);
}

bool neighbours_serve(struct neighbours *neighbours, const struct endpoint *server, int64_t from,
                      int64_t to)
{
    if (neighbours->served == NULL)
        find_served(neighbours);
    const GArray *times = g_hash_table_lookup(neighbours->served, server);
    guint low = 0, high = times != NULL ? times->len : 0;
    while (low < high) {
        guint middle = low + (high - low) / 2;
        if (from - g_array_index(times, int64_t, middle) > SERVES_WITHIN)
            low = middle + 1;
        else
            high = middle;
    }
    return times != NULL && low < times->len &&
           g_array_index(times, int64_t, low) - to <= SERVES_WITHIN;
}

/* --- who answers from another address --- */

/* A SYN by its sender and the number that acknowledges it. */
struct asked {
    struct endpoint client;
    uint32_t acknowledgment;
};

static guint hash_asked(gconstpointer pointer)
{
    const struct asked *asked = pointer;
    return endpoint_hash(&asked->client) ^ asked->acknowledgment * 2654435761U;
}

static gboolean equal_asked(gconstpointer a, gconstpointer b)
{
    const struct asked *left = a, *right = b;
    return left->acknowledgment == right->acknowledgment &&
           endpoint_equal(&left->client, &right->client);
}

static GHashTable *unanswered_syns(const struct neighbours *neighbours)
{
    GHashTable *syns = g_hash_table_new_full(hash_asked, equal_asked, g_free, NULL);
    for (size_t i = 0; i < flow_count(neighbours); i++) {
        const struct flow *flow = flow_at(neighbours, i);
        enum end client = client_of(neighbours, i);
        if (!flow_is_unanswered(flow, client) || !flow->sequence[client].is_watched)
            continue;
        struct asked *asked = g_new(struct asked, 1);
        *asked = (struct asked){flow->ends[client], flow->sequence[client].first};
        g_hash_table_insert(syns, asked, GUINT_TO_POINTER((guint)i + 1));
    }
    return syns;
}

/* The connection did not come about: its client reset or ignored the SYN-ACK. */
static bool is_unwanted(const struct flow *flow, enum end client)
{
    const struct flow_side *server = &flow->sides[end_peer(client)];
    return server->sent_syn_ack && server->has_ack && !server->sent_segment &&
           !flow->sides[client].sent_segment;
}

static void find_other_addresses(struct neighbours *neighbours)
{
    neighbours->other = g_hash_table_new(g_direct_hash, g_direct_equal);
    GHashTable *syns = unanswered_syns(neighbours);
    size_t count = g_hash_table_size(syns) > 0 ? flow_count(neighbours) : 0;
    for (size_t i = 0; i < count; i++) {
        const struct flow *flow = flow_at(neighbours, i);
        enum end client = client_of(neighbours, i), server = end_peer(client);
        if (!is_unwanted(flow, client))
            continue;
        struct asked asked = {flow->ends[client], flow->sides[server].highest_ack};
        guint found = GPOINTER_TO_UINT(g_hash_table_lookup(syns, &asked));
        if (found == 0)
            continue;
        const struct flow *other = flow_at(neighbours, found - 1);
        bool in_time = flow->first_time - other->last_time <= SYN_LIFE &&
                       other->first_time - flow->last_time <= SYN_LIFE;
        if (!in_time ||
            endpoint_same_address(&flow->ends[server],
                                  &other->ends[end_peer(client_of(neighbours, found - 1))]))
            continue;
        g_hash_table_insert(neighbours->other, GUINT_TO_POINTER((guint)i), GUINT_TO_POINTER(found));
        g_hash_table_insert(neighbours->other, GUINT_TO_POINTER(found - 1),
                            GUINT_TO_POINTER((guint)i + 1));
    }
    g_hash_table_destroy(syns);
}

uint32_t neighbours_other_address(struct neighbours *neighbours, uint32_t flow)
{
    if (neighbours->other == NULL)
        find_other_addresses(neighbours);
    guint found = GPOINTER_TO_UINT(g_hash_table_lookup(neighbours->other, GUINT_TO_POINTER(flow)));
    return found > 0 ? found - 1 : UINT32_MAX;
}

/* --- who is quoted --- */

struct pair {
    struct endpoint ends[2]; /* the smaller one first */
};

static struct pair pair_of(const struct endpoint *a, const struct endpoint *b)
{
    return endpoint_compare(a, b) < 0 ? (struct pair){{*a, *b}} : (struct pair){{*b, *a}};
}

static guint hash_pair(gconstpointer pair)
{
    const struct pair *both = pair;
    return endpoint_hash(&both->ends[0]) * 31 + endpoint_hash(&both->ends[1]);
}

static gboolean equal_pairs(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, sizeof(struct pair)) == 0;
}

/* The flow that an error quotes: of those between its ends, the latest that had begun. */
static void find_quotes(struct neighbours *neighbours)
{
    const GArray *errors = neighbours->source->capture->icmp_errors;
    neighbours->quotes = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, g_free);
    GHashTable *pairs = g_hash_table_new_full(hash_pair, equal_pairs, g_free, free_array);
    for (guint i = 0; i < errors->len; i++) {
        const struct icmp_error *error = &g_array_index(errors, struct icmp_error, i);
        struct pair pair = pair_of(&error->source, &error->destination);
        if (!g_hash_table_contains(pairs, &pair))
            g_hash_table_insert(pairs, g_memdup2(&pair, sizeof pair),
                                g_array_new(FALSE, FALSE, sizeof(uint32_t)));
    }
    size_t count = flow_count(neighbours);
    for (uint32_t i = 0; i < count; i++) {
        const struct flow *flow = flow_at(neighbours, i);
        struct pair pair = pair_of(&flow->ends[END_A], &flow->ends[END_B]);
        GArray *flows = g_hash_table_lookup(pairs, &pair);
        if (flows != NULL)
            g_array_append_val(flows, i);
    }
    for (guint i = 0; i < errors->len; i++) {
        const struct icmp_error *error = &g_array_index(errors, struct icmp_error, i);
        struct pair pair = pair_of(&error->source, &error->destination);
        const GArray *flows = g_hash_table_lookup(pairs, &pair);
        for (guint j = flows->len; j-- > 0;) {
            uint32_t number = g_array_index(flows, uint32_t, j);
            if (flow_at(neighbours, number)->first_time > error->time)
                continue;
            struct quotes *quotes =
                g_hash_table_lookup(neighbours->quotes, GUINT_TO_POINTER(number));
            if (quotes == NULL) {
                quotes = g_new0(struct quotes, 1);
                quotes->first = error;
                g_hash_table_insert(neighbours->quotes, GUINT_TO_POINTER(number), quotes);
            }
            quotes->count++;
            break;
        }
    }
    g_hash_table_destroy(pairs);
}

const struct icmp_error *neighbours_error(struct neighbours *neighbours, uint32_t flow,
                                          unsigned *count)
{
    *count = 0;
    if (neighbours->source->capture->icmp_errors->len == 0)
        return NULL;
    if (neighbours->quotes == NULL)
        find_quotes(neighbours);
    const struct quotes *quotes = g_hash_table_lookup(neighbours->quotes, GUINT_TO_POINTER(flow));
    if (quotes == NULL)
        return NULL;
    *count = quotes->count;
    return quotes->first;
}

/* --- who is accepted after all --- */

/* Whether @flow, which @server accepted, goes on with the very SYN that was refused in @refused, by
 * its initial sequence number: the client's own, or what the SYN-ACK acknowledges. Another attempt
 * from the same port has another one. */
static bool goes_on_with(const struct flow *flow, enum end server, const struct flow *refused,
                         enum end client)
{
    enum end same = end_peer(server);
    int64_t later = flow->first_time - refused->last_time;
    if (!endpoint_equal(&flow->ends[server], &refused->ends[end_peer(client)]) || later < 0 ||
        later > SYN_LIFE)
        return false;
    uint32_t begins = flow->sequence[same].is_watched ? flow->sequence[same].first
                                                      : flow->sides[server].highest_ack;
    return begins == refused->sequence[client].first;
}

/* Flow numbers of refused attempts, by their clients: a SYN may be refused several times. */
static GHashTable *refused_attempts(const struct neighbours *neighbours, struct sieve *clients)
{
    GHashTable *refused =
        g_hash_table_new_full(endpoint_hash, endpoint_equal_pointers, NULL, free_array);
    for (uint32_t i = 0; i < flow_count(neighbours); i++) {
        struct flow *flow = flow_table_at(neighbours->source->flows, i);
        enum end client = client_of(neighbours, i);
        if (!flow_is_refused(flow, client))
            continue;
        GArray *numbers = g_hash_table_lookup(refused, &flow->ends[client]);
        if (numbers == NULL) {
            numbers = g_array_new(FALSE, FALSE, sizeof(uint32_t));
            g_hash_table_insert(refused, &flow->ends[client], numbers);
        }
        sieve_add(clients, &flow->ends[client]);
        g_array_append_val(numbers, i);
    }
    return refused;
}

static void find_accepted(struct neighbours *neighbours)
{
    neighbours->accepted = g_hash_table_new(g_direct_hash, g_direct_equal);
    struct sieve clients = {{0}};
    GHashTable *refused = refused_attempts(neighbours, &clients);
    size_t count = g_hash_table_size(refused) > 0 ? flow_count(neighbours) : 0;
    for (size_t i = 0; i < count; i++) {
        const struct flow *flow = flow_at(neighbours, i);
        if (flow->first_syn_ack == NO_END)
            continue;
        enum end server = (enum end)flow->first_syn_ack;
        if (!sieve_may_have(&clients, &flow->ends[end_peer(server)]))
            continue;
        const GArray *numbers = g_hash_table_lookup(refused, &flow->ends[end_peer(server)]);
        for (guint j = 0; numbers != NULL && j < numbers->len; j++) {
            uint32_t number = g_array_index(numbers, uint32_t, j);
            const struct flow *other = flow_at(neighbours, number);
            if (goes_on_with(flow, server, other, client_of(neighbours, number)))
                g_hash_table_add(neighbours->accepted, GUINT_TO_POINTER(number));
        }
    }
    g_hash_table_destroy(refused);
}

bool neighbours_accept(struct neighbours *neighbours, uint32_t flow)
{
    if (neighbours->accepted == NULL)
        find_accepted(neighbours);
    return g_hash_table_contains(neighbours->accepted, GUINT_TO_POINTER(flow));
}

/* --- what the capture did not see --- */

static gboolean equal_addresses(gconstpointer a, gconstpointer b)
{
    return endpoint_same_address(a, b);
}

/* Of whom nothing was captured, though others acknowledge what they sent. */
static void find_unseen(struct neighbours *neighbours)
{
    neighbours->unseen = g_hash_table_new(endpoint_address_hash, equal_addresses);
    size_t count = flow_count(neighbours);
    for (size_t i = 0; i < count; i++) {
        struct flow *flow = flow_table_at(neighbours->source->flows, i);
        for (int end = 0; end < 2; end++) {
            if (flow_segments(flow, (enum end)end) == 0 &&
                flow->sides[end_peer((enum end)end)].ack_advance > 0)
                g_hash_table_add(neighbours->unseen, &flow->ends[end]);
        }
    }
    for (size_t i = 0; i < count && g_hash_table_size(neighbours->unseen) > 0; i++) {
        const struct flow *flow = flow_at(neighbours, i);
        for (int end = 0; end < 2; end++) {
            if (flow_segments(flow, (enum end)end) > 0)
                g_hash_table_remove(neighbours->unseen, &flow->ends[end]);
        }
    }
}

bool neighbours_never_see(struct neighbours *neighbours, const struct endpoint *endpoint)
{
    if (neighbours->unseen == NULL)
        find_unseen(neighbours);
    return g_hash_table_contains(neighbours->unseen, endpoint);
}

static void find_times(struct neighbours *neighbours)
{
    neighbours->begins = g_array_new(FALSE, FALSE, sizeof(int64_t));
    neighbours->ends = g_array_new(FALSE, FALSE, sizeof(int64_t));
    for (size_t i = 0; i < flow_count(neighbours); i++) {
        const struct flow *flow = flow_at(neighbours, i);
        g_array_append_val(neighbours->begins, flow->first_time);
        g_array_append_val(neighbours->ends, flow->last_time);
    }
    g_array_sort(neighbours->begins, compare_times);
    g_array_sort(neighbours->ends, compare_times);
}

/* How many of @times, which are in order, come before @time. */
static guint count_before(const GArray *times, int64_t time)
{
    guint low = 0, high = times->len;
    while (low < high) {
        guint middle = low + (high - low) / 2;
        if (g_array_index(times, int64_t, middle) < time)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* All flows that end before @from have begun before @to. */
bool neighbours_go_on(struct neighbours *neighbours, int64_t from, int64_t to)
{
    if (neighbours->begins == NULL)
        find_times(neighbours);
    return count_before(neighbours->begins, to) > count_before(neighbours->ends, from);
}

/* Where one end alone was captured, its acknowledgments prove the other one. */
static bool has_two_ends(const struct flow *flow)
{
    return flow_is_established(flow) || flow->sides[END_A].ack_advance > 0 ||
           flow->sides[END_B].ack_advance > 0;
}

static void find_midway(struct neighbours *neighbours)
{
    neighbours->midway = g_array_new(FALSE, FALSE, sizeof(int64_t));
    for (size_t i = 0; i < flow_count(neighbours); i++) {
        const struct flow *flow = flow_at(neighbours, i);
        if (flow->first_syn == NO_END && has_two_ends(flow))
            g_array_append_val(neighbours->midway, flow->first_time);
    }
    g_array_sort(neighbours->midway, compare_times);
}

bool neighbours_begin_midway(struct neighbours *neighbours, int64_t from, int64_t to)
{
    if (neighbours->midway == NULL)
        find_midway(neighbours);
    return count_before(neighbours->midway, to) > count_before(neighbours->midway, from);
}

static bool has_lost_some(const struct neighbours *neighbours)
{
    for (size_t i = 0; i < flow_count(neighbours); i++) {
        const struct flow *flow = flow_at(neighbours, i);
        unsigned gaps;
        if (sequence_missing_bytes(flow, END_A, &gaps) > 0 ||
            sequence_missing_bytes(flow, END_B, &gaps) > 0)
            return true;
    }
    return false;
}

bool neighbours_lack_segments(struct neighbours *neighbours)
{
    if (!neighbours->looked_for_loss)
        neighbours->has_lost = has_lost_some(neighbours);
    neighbours->looked_for_loss = true;
    return neighbours->has_lost;
}

struct neighbours *neighbours_new(const struct finding_source *source)
{
    struct neighbours *neighbours = g_new0(struct neighbours, 1);
    neighbours->source = source;
    return neighbours;
}

void neighbours_free(struct neighbours *neighbours)
{
    if (neighbours == NULL)
        return;
    g_clear_pointer(&neighbours->served, g_hash_table_destroy);
    g_clear_pointer(&neighbours->other, g_hash_table_destroy);
    g_clear_pointer(&neighbours->quotes, g_hash_table_destroy);
    g_clear_pointer(&neighbours->accepted, g_hash_table_destroy);
    g_clear_pointer(&neighbours->unseen, g_hash_table_destroy);
    g_clear_pointer(&neighbours->begins, g_array_unref);
    g_clear_pointer(&neighbours->ends, g_array_unref);
    g_clear_pointer(&neighbours->midway, g_array_unref);
    g_free(neighbours);
}
