/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finding/stream_set.h"

#include "base/text_format.h"
#include "finding/common_ends.h"
#include "settings/thresholds.h"

#include <string.h>

/* Neighbouring streams with the same ports of interest. */
struct part {
    uint32_t first, last;
    uint64_t packets;
    struct endpoint from, to; /* of the first of them: who sends the packets, and who gets them */
};

/* What tells the packets of the sender from those of the other end. */
enum test {
    TEST_NONE,        /* packets of both ends are asked for */
    TEST_PORT,        /* the server's port, the same in all connections */
    TEST_SOURCE,      /* the sender's address, the same in all connections */
    TEST_DESTINATION, /* the receiver's address, the same in all connections */
    TEST_EACH,        /* nothing is the same: each part has its own */
};

struct stream_set {
    const struct flow_table *flows;
    bool names_ends;
    bool is_by_client; /* the client is the sender */
    uint8_t sender;    /* NO_END, or another value */
    struct condition condition;
    GArray *parts;   /* of struct part, owned */
    unsigned breaks; /* where a stream does not follow the one before */
    bool same_port, same_source, same_destination;
    struct common_ends *ends; /* owned; NULL unless names_ends, and while the set is empty */
    uint64_t beyond;          /* packets of connections that are in no part, but in ends */
};

struct stream_set *stream_set_new(const struct flow_table *flows, bool names_ends)
{
    struct stream_set *set = g_new0(struct stream_set, 1);
    set->flows = flows;
    set->names_ends = names_ends && flows != NULL;
    set->parts = g_array_new(FALSE, FALSE, sizeof(struct part));
    set->same_port = set->same_source = set->same_destination = true;
    return set;
}

void stream_set_free(gpointer data)
{
    struct stream_set *set = data;
    g_array_free(set->parts, TRUE);
    common_ends_free(set->ends);
    g_free(set);
}

/* --- adding --- */

static uint16_t server_port(const struct stream_set *set, const struct part *part)
{
    return set->is_by_client ? part->to.port : part->from.port;
}

static bool has_own_ports(const struct part *part)
{
    return part->from.port != part->to.port;
}

static bool has_own_addresses(const struct part *part)
{
    return (part->from.family == FAMILY_IPV4 || part->from.family == FAMILY_IPV6) &&
           !endpoint_same_address(&part->from, &part->to);
}

static bool fits(const struct stream_set *set, const struct part *part,
                 const struct stream_kind *kind)
{
    const struct part *first = &g_array_index(set->parts, struct part, 0);
    bool is_by_client = kind->sender == (uint8_t)kind->client;
    return (kind->sender == NO_END) == (set->sender == NO_END) &&
           (kind->sender == NO_END ||
            (is_by_client == set->is_by_client && part->from.family == first->from.family)) &&
           condition_equal(&kind->condition, &set->condition);
}

/* Whether @part goes on with @last. */
static bool continues(const struct stream_set *set, const struct part *last,
                      const struct part *part)
{
    return part->first == last->last + 1 && part->first != 0 &&
           (set->sender == NO_END || (server_port(set, last) == server_port(set, part) &&
                                      has_own_ports(last) && has_own_ports(part)));
}

static void note_common(struct stream_set *set, const struct part *part)
{
    const struct part *first = &g_array_index(set->parts, struct part, 0);
    set->same_port &= has_own_ports(part) && server_port(set, part) == server_port(set, first);
    set->same_source &= has_own_addresses(part) && endpoint_same_address(&part->from, &first->from);
    set->same_destination &=
        has_own_addresses(part) && endpoint_same_address(&part->to, &first->to);
}

static enum test test_of(const struct stream_set *set)
{
    if (set->sender == NO_END)
        return TEST_NONE;
    return set->same_port          ? TEST_PORT
           : set->same_source      ? TEST_SOURCE
           : set->same_destination ? TEST_DESTINATION
                                   : TEST_EACH;
}

/* Whether there are more ranges than a filter that names streams can have. */
static bool has_no_room(const struct stream_set *set)
{
    return set->breaks >= FILTER_BREAKS ||
           (test_of(set) == TEST_EACH && set->parts->len >= FILTER_RANGES);
}

static void add_ends(struct stream_set *set, const struct flow *flow, enum end from)
{
    if (set->ends == NULL)
        set->ends =
            common_ends_new(set->flows, set->sender == NO_END, set->is_by_client, set->condition);
    common_ends_add(set->ends, flow, from);
}

static void add_part(struct stream_set *set, const struct part *part)
{
    struct part *last = &g_array_index(set->parts, struct part, set->parts->len - 1);
    set->breaks += part->first != last->last + 1;
    if (continues(set, last, part)) {
        last->last = part->last;
        last->packets += part->packets;
    } else {
        g_array_append_val(set->parts, *part);
    }
}

bool stream_set_add(struct stream_set *set, const struct flow *flow, const struct stream_kind *kind,
                    uint64_t packets)
{
    enum end from = kind->sender == NO_END ? kind->client : (enum end)kind->sender;
    struct part part = {flow->stream, flow->stream, packets, flow->ends[from],
                        flow->ends[end_peer(from)]};
    if (set->parts->len == 0) {
        set->sender = kind->sender;
        set->is_by_client = kind->sender == (uint8_t)kind->client;
        set->condition = kind->condition;
        g_array_append_val(set->parts, part);
    } else if (!fits(set, &part, kind)) {
        return false;
    } else if (has_no_room(set)) {
        set->beyond += packets;
    } else {
        add_part(set, &part);
    }
    note_common(set, &part);
    if (set->names_ends)
        add_ends(set, flow, from);
    return true;
}

bool stream_set_is_full(const struct stream_set *set)
{
    bool may_name_ends = set->ends != NULL && common_ends_exist(set->ends);
    return has_no_room(set) && !may_name_ends;
}

/* --- the text --- */

static char *address_test(const char *field, const struct endpoint *endpoint)
{
    char *address = endpoint_address_text(endpoint);
    char *test = g_strconcat(endpoint->family == FAMILY_IPV6 ? "ipv6." : "ip.", field,
                             " == ", address, NULL);
    g_free(address);
    return test;
}

static char *port_test(bool is_by_client, uint16_t port)
{
    char digits[TEXT_FORMAT_SIZE];
    return g_strconcat(
        is_by_client ? "tcp.dstport == " : "tcp.srcport == ", format_digits(digits, port), NULL);
}

/* Of packets from @from to @to. */
static char *own_test(const struct endpoint *from, const struct endpoint *to, bool is_by_client)
{
    return from->port != to->port ? port_test(is_by_client, is_by_client ? to->port : from->port)
                                  : address_test("src", from);
}

char *sender_test(const struct flow *flow, enum end client, enum end sender)
{
    return own_test(&flow->ends[sender], &flow->ends[end_peer(sender)], sender == client);
}

static char *test_text(const struct stream_set *set, enum test test, const struct part *part)
{
    switch (test) {
    case TEST_NONE:
        return NULL;
    case TEST_SOURCE:
        return address_test("src", &part->from);
    case TEST_DESTINATION:
        return address_test("dst", &part->to);
    case TEST_PORT:
        return port_test(set->is_by_client, server_port(set, part));
    case TEST_EACH:
        return own_test(&part->from, &part->to, set->is_by_client);
    }
    g_return_val_if_reached(NULL);
}

/* Whether none of the packets of @flow can pass @test. */
static bool is_ruled_out(const struct stream_set *set, enum test test, const struct part *part,
                         const struct flow *flow)
{
    for (int end = 0; end < 2; end++) {
        const struct endpoint *other = &flow->ends[end];
        if (test == TEST_PORT && other->port == server_port(set, part))
            return false;
        if (test == TEST_SOURCE && endpoint_same_address(other, &part->from))
            return false;
        if (test == TEST_DESTINATION && endpoint_same_address(other, &part->to))
            return false;
    }
    return test == TEST_PORT || test == TEST_SOURCE || test == TEST_DESTINATION;
}

/* Whether the streams between @low and @high, all of them known, cannot be shown: then they may
 * be in the range, which makes it one. */
static bool may_span(const struct stream_set *set, enum test test, const struct part *low,
                     const struct part *high)
{
    if (set->flows == NULL || high->first - low->last > FILTER_GAP)
        return false;
    for (uint32_t stream = low->last + 1; stream < high->first; stream++) {
        const struct flow *flow = flow_table_find(set->flows, stream);
        if (flow == NULL || !is_ruled_out(set, test, low, flow))
            return false;
    }
    return true;
}

static gint compare_parts(gconstpointer a, gconstpointer b)
{
    const struct part *left = a, *right = b;
    return (left->first > right->first) - (left->first < right->first);
}

/* Joins parts that overlap, or follow each other, or have nothing that is shown between them if
 * @spans. They are in order. Returns how many are left. */
static guint join(struct stream_set *set, enum test test, bool spans)
{
    guint kept = 0;
    for (guint i = 1; i < set->parts->len; i++) {
        struct part *before = &g_array_index(set->parts, struct part, kept);
        const struct part *part = &g_array_index(set->parts, struct part, i);
        if ((uint64_t)part->first <= (uint64_t)before->last + 1 ||
            (spans && may_span(set, test, before, part))) {
            before->last = MAX(before->last, part->last);
            before->packets += part->packets;
        } else {
            g_array_index(set->parts, struct part, ++kept) = *part;
        }
    }
    return kept + 1;
}

static void append_range(GString *text, const struct part *part)
{
    char number[TEXT_FORMAT_SIZE];
    g_string_append(text, format_digits(number, part->first));
    if (part->last > part->first)
        text_append(text, "..", format_digits(number, part->last), NULL);
}

/* "tcp.stream == 3", or "tcp.stream in {3, 5..7}", and the rest of the clause. */
static char *clause_of(const struct stream_set *set, enum test test, const struct part *parts,
                       guint count, const char *ending)
{
    char *test_of_parts = test_text(set, test, parts);
    char *condition = condition_text(&set->condition);
    bool is_one = count == 1 && parts->first == parts->last;
    GString *text = g_string_new(is_one ? "tcp.stream == " : "tcp.stream in {");
    for (guint i = 0; i < count; i++) {
        g_string_append(text, i > 0 ? ", " : "");
        append_range(text, &parts[i]);
    }
    g_string_append(text, is_one ? "" : "}");
    if (test_of_parts != NULL)
        text_append(text, " && ", test_of_parts, NULL);
    if (condition != NULL)
        text_append(text, " && ", condition, NULL);
    g_string_append(text, ending);
    g_free(condition);
    g_free(test_of_parts);
    return g_string_free(text, FALSE);
}

static uint64_t packets_from(const struct part *parts, guint from, guint count)
{
    uint64_t packets = 0;
    for (guint i = from; i < count; i++)
        packets += parts[i].packets;
    return packets;
}

static uint64_t name_streams(struct stream_set *set, enum test test, const char *ending,
                             GPtrArray *clauses)
{
    struct part *parts = (struct part *)(void *)set->parts->data;
    guint count = join(set, test, false);
    g_array_set_size(set->parts, count);
    if (count > FILTER_SHORT)
        count = join(set, test, true);
    guint shown = MIN(count, FILTER_RANGES);
    g_ptr_array_add(clauses, clause_of(set, test, parts, shown, ending));
    return packets_from(parts, shown, count);
}

/* One clause for all parts with the same test. */
static uint64_t name_each(struct stream_set *set, const char *ending, GPtrArray *clauses)
{
    struct part *parts = (struct part *)(void *)set->parts->data;
    guint shown = MIN(set->parts->len, FILTER_RANGES);
    GArray *same = g_array_new(FALSE, FALSE, sizeof(struct part));
    bool *is_taken = g_new0(bool, shown);
    for (guint i = 0; i < shown; i++) {
        if (is_taken[i])
            continue;
        char *test = test_text(set, TEST_EACH, &parts[i]);
        g_array_set_size(same, 0);
        for (guint j = i; j < shown; j++) {
            char *other = test_text(set, TEST_EACH, &parts[j]);
            if (!is_taken[j] && g_str_equal(test, other)) {
                is_taken[j] = true;
                g_array_append_val(same, parts[j]);
            }
            g_free(other);
        }
        g_ptr_array_add(clauses, clause_of(set, TEST_EACH, (const struct part *)(void *)same->data,
                                           same->len, ending));
        g_free(test);
    }
    uint64_t left_out = packets_from(parts, shown, set->parts->len);
    g_array_free(same, TRUE);
    g_free(is_taken);
    return left_out;
}

static size_t length_of(const GPtrArray *clauses, guint from)
{
    size_t length = 0;
    for (guint i = from; i < clauses->len; i++)
        length += strlen(g_ptr_array_index(clauses, i));
    return length;
}

uint64_t stream_set_end(struct stream_set *set, const char *ending, const char *ending_of_ends,
                        GPtrArray *clauses)
{
    enum test test = test_of(set);
    guint begin = clauses->len;
    g_array_sort(set->parts, compare_parts);
    uint64_t left_out =
        set->beyond + (test == TEST_EACH ? name_each(set, ending, clauses)
                                         : name_streams(set, test, ending, clauses));
    size_t length = length_of(clauses, begin);
    if (set->ends == NULL || (length <= FILTER_LONG && left_out == 0))
        return left_out;
    char *by_ends = common_ends_filter(set->ends, ending_of_ends);
    if (by_ends == NULL || (left_out == 0 && strlen(by_ends) >= length)) {
        g_free(by_ends);
        return left_out;
    }
    g_ptr_array_set_size(clauses, (gint)begin);
    g_ptr_array_add(clauses, by_ends);
    return 0;
}
