/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finding/common_ends.h"

#include "base/text_format.h"
#include "settings/thresholds.h"

#include <string.h>

/* What a filter can say of a packet's ends. */
enum end_field {
    FIELD_FROM, /* the sender's address; of both ends' packets the client's */
    FIELD_TO,   /* the receiver's address; the server's */
    FIELD_PORT, /* the server's port */
    FIELD_COUNT
};

/* A set of fields: bit i stands for enum end_field i. */
typedef unsigned field_set;

#define FIELD_SETS (1U << FIELD_COUNT)

static field_set field_bit(enum end_field field)
{
    return 1U << field;
}

/* Values of a field that leave out what else the filter would show. */
struct exclusion {
    struct endpoint values[FILTER_EXCLUDED];
    unsigned count;
    bool is_useless; /* there are more, or connections that were added have one of them */
};

/* A filter that tests all fields of a set. */
struct candidate {
    bool has_others; /* it shows packets of others, too */
    struct exclusion exclusions[FIELD_COUNT];
};

struct hit_flow {
    uint32_t number;
    uint8_t from; /* enum end */
};

struct common_ends {
    const struct flow_table *flows;
    bool is_both, is_by_client;
    struct condition condition;
    GArray *hits;    /* of struct hit_flow, owned */
    field_set known; /* fields of which the filter can ask */
    field_set common;
    struct endpoint from, to; /* of the first connection */
    bool is_hopeless;         /* no candidate is left */
    struct candidate candidates[FIELD_SETS];
};

struct common_ends *common_ends_new(const struct flow_table *flows, bool is_both, bool is_by_client,
                                    struct condition condition)
{
    struct common_ends *ends = g_new0(struct common_ends, 1);
    ends->flows = flows;
    ends->is_both = is_both;
    ends->is_by_client = is_by_client;
    ends->condition = condition;
    ends->hits = g_array_new(FALSE, FALSE, sizeof(struct hit_flow));
    return ends;
}

void common_ends_free(struct common_ends *ends)
{
    if (ends == NULL)
        return;
    g_array_free(ends->hits, TRUE);
    g_free(ends);
}

/* --- adding --- */

static bool server_is_receiver(const struct common_ends *ends)
{
    return ends->is_both || ends->is_by_client;
}

static uint16_t server_port(const struct common_ends *ends, const struct endpoint *from,
                            const struct endpoint *to)
{
    return server_is_receiver(ends) ? to->port : from->port;
}

/* The fields in which a packet from @from to @to is like those of the first connection. */
static field_set fields_alike(const struct common_ends *ends, const struct endpoint *from,
                              const struct endpoint *to)
{
    field_set alike = 0;
    if (endpoint_same_address(from, &ends->from))
        alike |= field_bit(FIELD_FROM);
    if (endpoint_same_address(to, &ends->to))
        alike |= field_bit(FIELD_TO);
    if (server_port(ends, from, to) == server_port(ends, &ends->from, &ends->to))
        alike |= field_bit(FIELD_PORT);
    return alike;
}

void common_ends_add(struct common_ends *ends, const struct flow *flow, enum end from)
{
    const struct endpoint *sender = &flow->ends[from], *receiver = &flow->ends[end_peer(from)];
    if (ends->hits->len == 0) {
        ends->from = *sender;
        ends->to = *receiver;
        bool is_ip = sender->family == FAMILY_IPV4 || sender->family == FAMILY_IPV6;
        ends->known = is_ip ? FIELD_SETS - 1 : field_bit(FIELD_PORT);
        ends->common = ends->known;
    }
    /* A field is one of IPv4 or of IPv6. */
    if (sender->family != ends->from.family)
        ends->known &= field_bit(FIELD_PORT);
    ends->common &= ends->known & fields_alike(ends, sender, receiver);
    struct hit_flow hit = {flow->number, (uint8_t)from};
    g_array_append_val(ends->hits, hit);
}

bool common_ends_exist(const struct common_ends *ends)
{
    return ends->common != 0;
}

/* --- others --- */

/* Whether @sender of @flow may have sent something that matches the condition. */
static bool may_match(const struct common_ends *ends, const struct flow *flow, enum end sender)
{
    uint32_t syns = flow_counter(flow, sender, COUNTER_SYN);
    uint32_t syn_acks = flow_counter(flow, sender, COUNTER_SYN_ACK);
    switch (ends->condition.test) {
    case CONDITION_SYN:
        return syns > 0;
    case CONDITION_PURE_SYN:
        return syns > syn_acks;
    case CONDITION_SYN_ACK:
        return syn_acks > 0;
    case CONDITION_RESET:
        return flow_counter(flow, sender, COUNTER_RST) > 0;
    default:
        return flow_segments(flow, sender) > 0;
    }
}

/* Whether @a and @b have the same in @field, FIELD_FROM and FIELD_TO being addresses. */
static bool has_same(enum end_field field, const struct endpoint *a, const struct endpoint *b)
{
    return field == FIELD_PORT ? a->port == b->port : endpoint_same_address(a, b);
}

static bool is_excluded(const struct exclusion *exclusion, enum end_field field,
                        const struct endpoint *end)
{
    for (unsigned i = 0; i < exclusion->count; i++) {
        if (has_same(field, &exclusion->values[i], end))
            return true;
    }
    return false;
}

/* The end of a packet from @from to @to that has @field. */
static const struct endpoint *end_with(const struct common_ends *ends, enum end_field field,
                                       const struct endpoint *from, const struct endpoint *to)
{
    bool is_receiver = field == FIELD_TO || (field == FIELD_PORT && server_is_receiver(ends));
    return is_receiver ? to : from;
}

/* Whether what leaves out @end by @field leaves out connections that were added. */
static bool hits_have(const struct common_ends *ends, enum end_field field,
                      const struct endpoint *end)
{
    for (guint i = 0; i < ends->hits->len; i++) {
        const struct hit_flow *hit = &g_array_index(ends->hits, struct hit_flow, i);
        const struct flow *flow = flow_table_at(ends->flows, hit->number);
        const struct endpoint *from = &flow->ends[hit->from];
        const struct endpoint *to = &flow->ends[end_peer((enum end)hit->from)];
        if (ends->is_both ? has_same(field, from, end) || has_same(field, to, end)
                          : has_same(field, end_with(ends, field, from, to), end))
            return true;
    }
    return false;
}

/* Whether nothing is left with which @candidate would show no others. */
static bool is_lost(const struct candidate *candidate, field_set excluding)
{
    bool is_lost = candidate->has_others;
    for (int field = 0; field < FIELD_COUNT; field++) {
        if ((excluding & field_bit((enum end_field)field)) != 0)
            is_lost &= candidate->exclusions[field].is_useless;
    }
    return is_lost;
}

static bool are_all_lost(const struct common_ends *ends)
{
    for (field_set set = 1; set < FIELD_SETS; set++) {
        if ((set & ~ends->common) == 0 && !is_lost(&ends->candidates[set], ends->known & ~set))
            return false;
    }
    return true;
}

/* Leaves out packets from @from to @to, by @field. */
static void exclude(const struct common_ends *ends, struct exclusion *exclusion,
                    enum end_field field, const struct endpoint *from, const struct endpoint *to)
{
    const struct endpoint *end = end_with(ends, field, from, to);
    const struct endpoint *other = ends->is_both ? (end == from ? to : from) : end;
    if (exclusion->is_useless || is_excluded(exclusion, field, end) ||
        is_excluded(exclusion, field, other))
        return;
    if (hits_have(ends, field, end))
        end = other;
    exclusion->is_useless = exclusion->count == FILTER_EXCLUDED ||
                            end->family != ends->from.family || hits_have(ends, field, end);
    if (!exclusion->is_useless)
        exclusion->values[exclusion->count++] = *end;
}

/* Notes that packets of another connection go from @from to @to, and are like those asked for in
 * @alike. */
static void note_other(struct common_ends *ends, field_set alike, const struct endpoint *from,
                       const struct endpoint *to)
{
    for (field_set set = 1; set < FIELD_SETS; set++) {
        if ((set & ~ends->common) != 0 || (set & ~alike) != 0)
            continue;
        struct candidate *candidate = &ends->candidates[set];
        candidate->has_others = true;
        for (int field = 0; field < FIELD_COUNT; field++) {
            if ((ends->known & ~set & field_bit((enum end_field)field)) != 0)
                exclude(ends, &candidate->exclusions[field], (enum end_field)field, from, to);
        }
    }
    ends->is_hopeless = are_all_lost(ends);
}

/* The fields in which packets of @flow, whichever end sends them, are like those asked for: a
 * filter for both ends' packets does not tell who has what. */
static field_set fields_alike_of_both(const struct common_ends *ends, const struct flow *flow)
{
    const struct endpoint *a = &flow->ends[END_A], *b = &flow->ends[END_B];
    return fields_alike(ends, a, b) | fields_alike(ends, b, a);
}

/* Notes what a filter shows of @flow that is not asked for. @hit is NULL if nothing of it is. */
static void note_flow(struct common_ends *ends, const struct flow *flow, const struct hit_flow *hit)
{
    if (ends->is_both) {
        if (hit == NULL && (may_match(ends, flow, END_A) || may_match(ends, flow, END_B)))
            note_other(ends, fields_alike_of_both(ends, flow), &flow->ends[END_A],
                       &flow->ends[END_B]);
        return;
    }
    for (int end = 0; end < 2; end++) {
        enum end sender = (enum end)end;
        const struct endpoint *from = &flow->ends[sender], *to = &flow->ends[end_peer(sender)];
        field_set alike = fields_alike(ends, from, to);
        bool is_asked_for = hit != NULL && hit->from == (uint8_t)sender;
        if (!is_asked_for && (alike & ends->common) != 0 && may_match(ends, flow, sender))
            note_other(ends, alike, from, to);
    }
}

static gint compare_hits(gconstpointer a, gconstpointer b)
{
    const struct hit_flow *left = a, *right = b;
    return (left->number > right->number) - (left->number < right->number);
}

static void note_all(struct common_ends *ends)
{
    const struct hit_flow *hits = (const struct hit_flow *)(void *)ends->hits->data;
    guint next = 0;
    g_array_sort(ends->hits, compare_hits);
    for (size_t i = 0; i < flow_table_count(ends->flows) && !ends->is_hopeless; i++) {
        bool is_hit = next < ends->hits->len && hits[next].number == i;
        note_flow(ends, flow_table_at(ends->flows, i), is_hit ? &hits[next] : NULL);
        next += is_hit;
    }
}

/* --- the text --- */

static char *name_of(const struct common_ends *ends, enum end_field field)
{
    if (field == FIELD_PORT)
        return g_strdup(ends->is_both        ? "tcp.port"
                        : ends->is_by_client ? "tcp.dstport"
                                             : "tcp.srcport");
    return g_strconcat(ends->from.family == FAMILY_IPV6 ? "ipv6." : "ip.",
                       ends->is_both         ? "addr"
                       : field == FIELD_FROM ? "src"
                                             : "dst",
                       NULL);
}

static void append_value(GString *text, enum end_field field, const struct endpoint *end)
{
    char digits[TEXT_FORMAT_SIZE];
    char *address = field == FIELD_PORT ? NULL : endpoint_address_text(end);
    g_string_append(text, field == FIELD_PORT ? format_digits(digits, end->port) : address);
    g_free(address);
}

static void append_exclusion(GString *text, const struct common_ends *ends, enum end_field field,
                             const struct exclusion *exclusion)
{
    char *name = name_of(ends, field);
    bool is_one = exclusion->count == 1;
    text_append(text, is_one ? " && " : " && !(", name, is_one ? " != " : " in {", NULL);
    for (unsigned i = 0; i < exclusion->count; i++) {
        g_string_append(text, i > 0 ? ", " : "");
        append_value(text, field, &exclusion->values[i]);
    }
    g_string_append(text, is_one ? "" : "})");
    g_free(name);
}

/* Tests the fields @tested, and leaves out what @excluded says of @field, unless that is NULL. */
static char *text_of(const struct common_ends *ends, field_set tested, enum end_field field,
                     const struct exclusion *excluded, const char *ending)
{
    GString *text = g_string_new(NULL);
    for (int i = 0; i < FIELD_COUNT; i++) {
        if ((tested & field_bit((enum end_field)i)) == 0)
            continue;
        char *name = name_of(ends, (enum end_field)i);
        text_append(text, text->len > 0 ? " && " : "", name, " == ", NULL);
        append_value(text, (enum end_field)i,
                     end_with(ends, (enum end_field)i, &ends->from, &ends->to));
        g_free(name);
    }
    char *condition = condition_text(&ends->condition);
    if (condition != NULL)
        text_append(text, " && ", condition, NULL);
    g_free(condition);
    if (excluded != NULL)
        append_exclusion(text, ends, field, excluded);
    g_string_append(text, ending);
    return g_string_free(text, FALSE);
}

/* The shortest filter that shows no others without leaving out any, or NULL. */
static char *filter_of_tests(const struct common_ends *ends, const char *ending)
{
    char *best = NULL;
    for (field_set set = 1; set < FIELD_SETS; set++) {
        if ((set & ~ends->common) != 0 || ends->candidates[set].has_others)
            continue;
        char *text = text_of(ends, set, FIELD_COUNT, NULL, ending);
        bool is_better = best == NULL || strlen(text) < strlen(best);
        g_free(is_better ? best : text);
        best = is_better ? text : best;
    }
    return best;
}

/* The filter that tests most and leaves out what it shows of others, or NULL. */
static char *filter_of_exclusion(const struct common_ends *ends, const char *ending)
{
    static const field_set most_first[] = {6, 5, 3, 4, 2, 1};
    for (size_t i = 0; i < G_N_ELEMENTS(most_first); i++) {
        field_set set = most_first[i];
        const struct candidate *candidate = &ends->candidates[set];
        for (int field = 0; (set & ~ends->common) == 0 && field < FIELD_COUNT; field++) {
            const struct exclusion *exclusion = &candidate->exclusions[field];
            if (exclusion->count > 0 && !exclusion->is_useless)
                return text_of(ends, set, (enum end_field)field, exclusion, ending);
        }
    }
    return NULL;
}

char *common_ends_filter(struct common_ends *ends, const char *ending)
{
    if (ends->common == 0 ||
        flow_table_count(ends->flows) / FILTER_OTHERS_PER_HIT > ends->hits->len)
        return NULL;
    note_all(ends);
    if (ends->is_hopeless)
        return NULL;
    char *filter = filter_of_tests(ends, ending);
    return filter != NULL ? filter : filter_of_exclusion(ends, ending);
}
