/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finding/display_filter.h"

#include "base/text_format.h"
#include "settings/thresholds.h"

/* Streams whose packets of interest the same test on a port selects. */
struct stream_group {
    char *test;            /* owned: "tcp.dstport == 443", "" for both directions */
    const char *condition; /* or NULL */
    GArray *streams;       /* uint32_t */
};

#define WITHOUT_ICMP " && !icmp && !icmpv6"

struct display_filter {
    GPtrArray *groups;  /* of struct stream_group, owned */
    GPtrArray *clauses; /* of char *, owned */
    GArray *frames;     /* uint32_t */
    bool leaves_out_icmp;
    unsigned streams;
};

static void free_group(gpointer data)
{
    struct stream_group *group = data;
    g_free(group->test);
    g_array_free(group->streams, TRUE);
    g_free(group);
}

struct display_filter *display_filter_new(void)
{
    struct display_filter *filter = g_new0(struct display_filter, 1);
    filter->groups = g_ptr_array_new_with_free_func(free_group);
    filter->clauses = g_ptr_array_new_with_free_func(g_free);
    filter->frames = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    return filter;
}

/* A test that only packets from @sender pass. Ports tell, unless both ends have the same: the
 * server's, because that of the client is another one in each connection. */
static char *sender_test(const struct flow *flow, enum end client, enum end sender)
{
    const struct endpoint *from = &flow->ends[sender], *to = &flow->ends[end_peer(sender)];
    char port[TEXT_FORMAT_SIZE];
    if (from->port != to->port)
        return sender == client
                   ? g_strconcat("tcp.dstport == ", format_digits(port, to->port), NULL)
                   : g_strconcat("tcp.srcport == ", format_digits(port, from->port), NULL);
    char *address = endpoint_address_text(from);
    char *test =
        g_strconcat(from->family == FAMILY_IPV6 ? "ipv6.src == " : "ip.src == ", address, NULL);
    g_free(address);
    return test;
}

static struct stream_group *group_of(struct display_filter *filter, const char *test,
                                     const char *condition)
{
    for (guint i = 0; i < filter->groups->len; i++) {
        struct stream_group *group = g_ptr_array_index(filter->groups, i);
        if (g_str_equal(group->test, test) && g_strcmp0(group->condition, condition) == 0)
            return group;
    }
    struct stream_group *group = g_new0(struct stream_group, 1);
    group->test = g_strdup(test);
    group->condition = condition;
    group->streams = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    g_ptr_array_add(filter->groups, group);
    return group;
}

void display_filter_add_flow(struct display_filter *filter, const struct flow *flow,
                             enum end client, uint8_t sender, const char *condition)
{
    char *test = sender == NO_END ? g_strdup("") : sender_test(flow, client, (enum end)sender);
    struct stream_group *group = group_of(filter, test, condition);
    g_array_append_val(group->streams, flow->stream);
    filter->streams++;
    g_free(test);
}

void display_filter_add_sequence(struct display_filter *filter, const struct flow *flow,
                                 enum end client, enum end sender, uint32_t sequence,
                                 uint32_t first)
{
    char *test = sender_test(flow, client, sender);
    char *since = first > 0 ? g_strdup_printf(" && frame.number >= %u", first) : g_strdup("");
    g_ptr_array_add(
        filter->clauses,
        g_strdup_printf("(tcp.stream == %u && %s%s && tcp.seq_raw == %u && (tcp.len > 0 "
                        "|| tcp.flags.fin == 1)%s)",
                        flow->stream, test, since, sequence,
                        filter->leaves_out_icmp ? WITHOUT_ICMP : ""));
    g_free(since);
    filter->streams++;
    g_free(test);
}

void display_filter_add_probes(struct display_filter *filter, const struct flow *flow,
                               enum end client, enum end sender, uint32_t first)
{
    char *test = sender_test(flow, client, sender);
    g_ptr_array_add(filter->clauses,
                    g_strdup_printf("(tcp.stream == %u && %s && frame.number >= %u && tcp.len <= 1 "
                                    "&& tcp.flags.reset == 0 && tcp.flags.fin == 0%s)",
                                    flow->stream, test, first,
                                    filter->leaves_out_icmp ? WITHOUT_ICMP : ""));
    filter->streams++;
    g_free(test);
}

void display_filter_leave_out_icmp(struct display_filter *filter)
{
    filter->leaves_out_icmp = true;
}

void display_filter_add_frame(struct display_filter *filter, uint32_t frame)
{
    g_array_append_val(filter->frames, frame);
}

bool display_filter_is_full(const struct display_filter *filter)
{
    return filter->streams >= FILTER_STREAMS || filter->frames->len >= FILTER_FRAMES;
}

static gint compare_numbers(gconstpointer a, gconstpointer b)
{
    const uint32_t *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

/* Sorts @numbers and drops repeats. */
static void make_set(GArray *numbers)
{
    guint kept = 0;
    g_array_sort(numbers, compare_numbers);
    for (guint i = 0; i < numbers->len; i++) {
        uint32_t number = g_array_index(numbers, uint32_t, i);
        if (kept == 0 || g_array_index(numbers, uint32_t, kept - 1) != number)
            g_array_index(numbers, uint32_t, kept++) = number;
    }
    g_array_set_size(numbers, kept);
}

uint64_t display_filter_frames(struct display_filter *filter)
{
    make_set(filter->frames);
    return filter->frames->len;
}

/* "field == 3", or "field in {3, 5..7}". */
static void append_set(GString *text, const char *field, GArray *numbers)
{
    char number[TEXT_FORMAT_SIZE];
    make_set(numbers);
    if (numbers->len == 1) {
        text_append(text, field, " == ", format_digits(number, g_array_index(numbers, uint32_t, 0)),
                    NULL);
        return;
    }
    text_append(text, field, " in {", NULL);
    for (guint first = 0, next; first < numbers->len; first = next) {
        uint32_t low = g_array_index(numbers, uint32_t, first), high = low;
        for (next = first + 1;
             next < numbers->len && g_array_index(numbers, uint32_t, next) == high + 1; next++)
            high++;
        text_append(text, first > 0 ? ", " : "", format_digits(number, low), NULL);
        if (high > low)
            text_append(text, "..", format_digits(number, high), NULL);
    }
    g_string_append_c(text, '}');
}

static char *text_of_group(const struct display_filter *filter, struct stream_group *group)
{
    GString *text = g_string_new(NULL);
    append_set(text, "tcp.stream", group->streams);
    if (group->test[0] != '\0')
        text_append(text, " && ", group->test, NULL);
    if (group->condition != NULL)
        text_append(text, " && ", group->condition, NULL);
    if (filter->leaves_out_icmp)
        text_append(text, WITHOUT_ICMP, NULL);
    return g_string_free(text, FALSE);
}

char *display_filter_end(struct display_filter *filter)
{
    for (guint i = 0; i < filter->groups->len; i++) {
        char *clause = text_of_group(filter, g_ptr_array_index(filter->groups, i));
        bool alone = filter->groups->len == 1 && filter->clauses->len == 0;
        g_ptr_array_add(filter->clauses, alone ? clause : g_strconcat("(", clause, ")", NULL));
        if (!alone)
            g_free(clause);
    }
    if (filter->frames->len > 0) {
        GString *text = g_string_new(NULL);
        append_set(text, "frame.number", filter->frames);
        g_ptr_array_add(filter->clauses, g_string_free(text, FALSE));
    }
    g_ptr_array_add(filter->clauses, NULL);
    char *joined = g_strjoinv(" || ", (char **)filter->clauses->pdata);
    g_ptr_array_free(filter->groups, TRUE);
    g_ptr_array_free(filter->clauses, TRUE);
    g_array_free(filter->frames, TRUE);
    g_free(filter);
    return joined;
}
