/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finding/display_filter.h"

#include "base/number_set.h"
#include "base/text_format.h"
#include "finding/stream_set.h"
#include "settings/thresholds.h"

#define WITHOUT_ICMP " && !icmp && !icmpv6"

struct display_filter {
    const struct flow_table *flows; /* or NULL */
    GPtrArray *sets;                /* of struct stream_set, owned */
    GPtrArray *clauses;             /* of char *, owned */
    GArray *frames;                 /* uint32_t */
    bool leaves_out_icmp;
    bool names_ends;
    bool has_icmp;  /* the capture has ICMP errors, of any connection; valid if names_ends */
    unsigned count; /* of clauses */
};

struct display_filter *display_filter_new(const struct flow_table *flows)
{
    struct display_filter *filter = g_new0(struct display_filter, 1);
    filter->flows = flows;
    filter->sets = g_ptr_array_new_with_free_func(stream_set_free);
    filter->clauses = g_ptr_array_new_with_free_func(g_free);
    filter->frames = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    return filter;
}

void display_filter_add_flow(struct display_filter *filter, const struct flow *flow,
                             const struct stream_kind *kind, uint64_t packets)
{
    for (guint i = 0; i < filter->sets->len; i++) {
        if (stream_set_add(g_ptr_array_index(filter->sets, i), flow, kind, packets))
            return;
    }
    struct stream_set *set = stream_set_new(filter->flows, filter->names_ends);
    stream_set_add(set, flow, kind, packets);
    g_ptr_array_add(filter->sets, set);
    filter->count++;
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
    filter->count++;
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
    filter->count++;
    g_free(test);
}

void display_filter_add(struct display_filter *filter, const struct flow *flow, enum end client,
                        const struct proof *proof)
{
    switch (proof->kind) {
    case PROOF_FRAME:
        display_filter_add_frame(filter, proof->frame);
        break;
    case PROOF_SEGMENTS:
        display_filter_add_flow(filter, flow,
                                &(struct stream_kind){client, proof->sender, proof->condition},
                                proof->packets);
        break;
    case PROOF_SEQUENCE:
        display_filter_add_sequence(filter, flow, client, (enum end)proof->sender, proof->sequence,
                                    proof->frame);
        break;
    case PROOF_PROBES:
        display_filter_add_probes(filter, flow, client, (enum end)proof->sender, proof->frame);
        break;
    }
}

char *display_filter_of_all(bool leaves_out_icmp)
{
    return g_strconcat("tcp", leaves_out_icmp ? WITHOUT_ICMP : "", NULL);
}

void display_filter_leave_out_icmp(struct display_filter *filter)
{
    filter->leaves_out_icmp = true;
}

void display_filter_name_ends(struct display_filter *filter, bool has_icmp)
{
    filter->names_ends = true;
    filter->has_icmp = has_icmp;
}

void display_filter_add_frame(struct display_filter *filter, uint32_t frame)
{
    g_array_append_val(filter->frames, frame);
}

bool display_filter_is_full(const struct display_filter *filter)
{
    for (guint i = 0; i < filter->sets->len; i++) {
        if (stream_set_is_full(g_ptr_array_index(filter->sets, i)))
            return true;
    }
    return filter->count >= FILTER_CLAUSES || filter->frames->len >= FILTER_FRAMES;
}

uint64_t display_filter_frames(struct display_filter *filter)
{
    number_set_make(filter->frames);
    return filter->frames->len;
}

/* "frame.number == 3", or "frame.number in {3, 5..7}". */
static char *frames_text(GArray *frames)
{
    char number[TEXT_FORMAT_SIZE];
    number_set_make(frames);
    bool is_one = frames->len == 1;
    GString *text = g_string_new(is_one ? "frame.number == " : "frame.number in {");
    for (guint first = 0, next; first < frames->len; first = next) {
        uint32_t low = g_array_index(frames, uint32_t, first), high = low;
        for (next = first + 1;
             next < frames->len && g_array_index(frames, uint32_t, next) == high + 1; next++)
            high++;
        text_append(text, first > 0 ? ", " : "", format_digits(number, low), NULL);
        if (high > low)
            text_append(text, "..", format_digits(number, high), NULL);
    }
    g_string_append(text, is_one ? "" : "}");
    return g_string_free(text, FALSE);
}

/* The clauses of the sets, in parentheses unless one is all there is. */
static uint64_t end_sets(struct display_filter *filter)
{
    uint64_t left_out = 0;
    GPtrArray *clauses = g_ptr_array_new_with_free_func(g_free);
    const char *ending = filter->leaves_out_icmp ? WITHOUT_ICMP : "";
    /* Errors that quote other connections have ends, too: their own and the quoted ones. */
    const char *ending_of_ends = filter->has_icmp ? WITHOUT_ICMP : ending;
    for (guint i = 0; i < filter->sets->len; i++)
        left_out +=
            stream_set_end(g_ptr_array_index(filter->sets, i), ending, ending_of_ends, clauses);
    bool is_all = clauses->len == 1 && filter->clauses->len == 0 && filter->frames->len == 0;
    for (guint i = 0; i < clauses->len; i++)
        g_ptr_array_add(
            filter->clauses,
            g_strconcat(is_all ? "" : "(", g_ptr_array_index(clauses, i), is_all ? "" : ")", NULL));
    g_ptr_array_free(clauses, TRUE);
    return left_out;
}

char *display_filter_end(struct display_filter *filter, uint64_t *left_out)
{
    *left_out = end_sets(filter);
    if (filter->frames->len > 0)
        g_ptr_array_add(filter->clauses, frames_text(filter->frames));
    g_ptr_array_add(filter->clauses, NULL);
    char *joined = g_strjoinv(" || ", (char **)filter->clauses->pdata);
    g_ptr_array_free(filter->sets, TRUE);
    g_ptr_array_free(filter->clauses, TRUE);
    g_array_free(filter->frames, TRUE);
    g_free(filter);
    return joined;
}
