/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "connection/duplicate_frame.h"

#include "segments.h"

static struct segment base_segment(void)
{
    struct segment segment =
        segment_between(end_at("10.0.0.9", 51234), end_at("10.0.0.5", 443), TCP_ACK, 100, 200, 50);
    segment.stream = 4;
    segment.ip_id = 77;
    segment.sack_ranges = 2;
    for (uint32_t i = 0; i < SEGMENT_SACK_RANGES; i++) {
        segment.sack_left[i] = 1000 + i;
        segment.sack_right[i] = 2000 + i;
    }
    return segment;
}

/* Whether @segment is a copy, where nothing is known of earlier ones. */
static bool check(struct duplicate_filter *filter, const struct segment *segment, enum end sender)
{
    int8_t hops;
    return duplicate_filter_check(filter, segment, sender, 0, &hops);
}

/* Whether @second counts as a copy of @first. */
static bool is_copy(const struct segment *first, enum end first_sender,
                    const struct segment *second, enum end second_sender)
{
    struct duplicate_filter *filter = duplicate_filter_new();
    g_assert_false(check(filter, first, first_sender));
    bool copy = check(filter, second, second_sender);
    duplicate_filter_free(filter);
    return copy;
}

struct interval_case {
    const char *name;
    uint16_t ip_id;
    unsigned flags;
    int64_t apart;
    bool copy;
};

static const struct interval_case interval_cases[] = {
    {"/duplicate/identified/at-once", 77, TCP_ACK, 0, true},
    {"/duplicate/identified/after-100-ms", 77, TCP_ACK, 100 * MS, true},
    {"/duplicate/identified/not-after-more-than-100-ms", 77, TCP_ACK, 100 * MS + 1, false},
    {"/duplicate/identified/clock-100-ms-back", 77, TCP_ACK, -100 * MS, true},
    {"/duplicate/identified/not-with-clock-further-back", 77, TCP_ACK, -100 * MS - 1, false},
    {"/duplicate/identified/resets-too", 77, TCP_RST, 100 * MS, true},
    {"/duplicate/identified/largest-identification", 65535, TCP_ACK, 100 * MS, true},
    {"/duplicate/unidentified/at-once", 0, TCP_ACK, 0, true},
    {"/duplicate/unidentified/after-1-ms", 0, TCP_ACK, MS, true},
    {"/duplicate/unidentified/not-after-more-than-1-ms", 0, TCP_ACK, MS + 1, false},
    {"/duplicate/unidentified/clock-1-ms-back", 0, TCP_ACK, -MS, true},
    {"/duplicate/unidentified/not-with-clock-further-back", 0, TCP_ACK, -MS - 1, false},
    {"/duplicate/unidentified/never-a-reset", 0, TCP_RST, 0, false},
    {"/duplicate/unidentified/never-a-reset-with-ack", 0, TCP_RST | TCP_ACK, 1000, false},
    {"/duplicate/unidentified/syn", 0, TCP_SYN, 1000, true},
};

static void interval_decides(gconstpointer data)
{
    const struct interval_case *c = data;
    struct segment first = base_segment();
    first.ip_id = c->ip_id;
    first.flags = (uint16_t)c->flags;
    struct segment second = first;
    second.time += c->apart;
    g_assert_cmpint(is_copy(&first, END_A, &second, END_A), ==, c->copy);
}

static void change_stream(struct segment *segment)
{
    segment->stream++;
}

static void change_sequence(struct segment *segment)
{
    segment->sequence++;
}

static void change_acknowledged(struct segment *segment)
{
    segment->acknowledged++;
}

static void swap_numbers(struct segment *segment)
{
    uint32_t sequence = segment->sequence;
    segment->sequence = segment->acknowledged;
    segment->acknowledged = sequence;
}

static void change_flags(struct segment *segment)
{
    segment->flags |= TCP_PSH;
}

static void change_reserved_flag(struct segment *segment)
{
    segment->flags |= 0x100;
}

static void change_payload(struct segment *segment)
{
    segment->payload++;
}

static void change_window(struct segment *segment)
{
    segment->window++;
}

static void change_identification(struct segment *segment)
{
    segment->ip_id++;
}

static void lose_identification(struct segment *segment)
{
    segment->ip_id = 0;
}

static void change_sack_count(struct segment *segment)
{
    segment->sack_ranges--;
}

static void change_sack_left(struct segment *segment)
{
    segment->sack_left[1]++;
}

static void change_sack_right(struct segment *segment)
{
    segment->sack_right[0]++;
}

static void change_unused_sack(struct segment *segment)
{
    segment->sack_left[2]++;
    segment->sack_right[3]++;
}

/* A router on the way lowers it, and a mirror port may copy on both sides of a router. */
static void change_hop_limit(struct segment *segment)
{
    segment->has_hop_limit = true;
    segment->hop_limit = 63;
}

/* The copy may carry another VLAN tag. */
static void change_frame_length(struct segment *segment)
{
    segment->frame_bytes += 4;
}

/* Wireshark calls the copy a retransmission or a duplicate ACK. */
static void change_analysis(struct segment *segment)
{
    segment->analysis = ANALYSIS_RETRANSMISSION;
}

struct change_case {
    const char *name;
    void (*change)(struct segment *);
    bool copy;
};

static const struct change_case change_cases[] = {
    {"/duplicate/agreement/needs-the-connection", change_stream, false},
    {"/duplicate/agreement/needs-the-sequence-number", change_sequence, false},
    {"/duplicate/agreement/needs-the-acknowledgment-number", change_acknowledged, false},
    {"/duplicate/agreement/needs-both-numbers-in-place", swap_numbers, false},
    {"/duplicate/agreement/needs-the-flags", change_flags, false},
    {"/duplicate/agreement/needs-the-reserved-flags", change_reserved_flag, false},
    {"/duplicate/agreement/needs-the-length", change_payload, false},
    {"/duplicate/agreement/needs-the-window", change_window, false},
    {"/duplicate/agreement/needs-the-identification", change_identification, false},
    {"/duplicate/agreement/identification-0-is-another", lose_identification, false},
    {"/duplicate/agreement/needs-the-number-of-sack-ranges", change_sack_count, false},
    {"/duplicate/agreement/needs-left-edges", change_sack_left, false},
    {"/duplicate/agreement/needs-right-edges", change_sack_right, false},
    {"/duplicate/agreement/not-unused-sack-ranges", change_unused_sack, true},
    {"/duplicate/agreement/not-the-hop-limit", change_hop_limit, true},
    {"/duplicate/agreement/not-the-frame-length", change_frame_length, true},
    {"/duplicate/agreement/not-the-analysis", change_analysis, true},
};

static void change_decides(gconstpointer data)
{
    const struct change_case *c = data;
    struct segment first = base_segment(), second = base_segment();
    c->change(&second);
    g_assert_cmpint(is_copy(&first, END_A, &second, END_A), ==, c->copy);
}

static void needs_the_sender(void)
{
    struct segment first = base_segment(), second = base_segment();
    g_assert_false(is_copy(&first, END_A, &second, END_B));
    g_assert_false(is_copy(&first, END_B, &second, END_A));
    g_assert_true(is_copy(&first, END_B, &second, END_B));
}

static void every_copy_counts(void)
{
    struct duplicate_filter *filter = duplicate_filter_new();
    struct segment segment = base_segment();
    g_assert_false(check(filter, &segment, END_A));
    g_assert_true(check(filter, &segment, END_A));
    g_assert_true(check(filter, &segment, END_A));
    duplicate_filter_free(filter);
}

/* Duplicate ACKs: the same but for the identification, each of them a packet of its own. */
static void different_identifications_are_never_copies(void)
{
    struct duplicate_filter *filter = duplicate_filter_new();
    struct segment segment = base_segment();
    for (int i = 0; i < 20; i++) {
        segment.ip_id++;
        g_assert_false(check(filter, &segment, END_A));
    }
    duplicate_filter_free(filter);
}

static void remembers_across_other_segments(void)
{
    /* A small part of the room, so that no set of the memory is overrun but by rare chance; the
     * segments are the same in every run. */
    enum { OTHERS = 2000 };
    struct duplicate_filter *filter = duplicate_filter_new();
    struct segment segment = base_segment(), other = base_segment();
    g_assert_false(check(filter, &segment, END_A));
    for (uint32_t i = 0; i < OTHERS; i++) {
        other.sequence = 1000000 + i * 1460;
        g_assert_false(check(filter, &other, END_A));
    }
    g_assert_true(check(filter, &segment, END_A));
    duplicate_filter_free(filter);
}

static void memory_of_another_filter_is_its_own(void)
{
    struct duplicate_filter *one = duplicate_filter_new(), *two = duplicate_filter_new();
    struct segment segment = base_segment();
    g_assert_false(check(one, &segment, END_A));
    g_assert_false(check(two, &segment, END_A));
    duplicate_filter_free(one);
    duplicate_filter_free(two);
}

static void free_of_nothing_does_nothing(void)
{
    duplicate_filter_free(NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(interval_cases); i++)
        g_test_add_data_func(interval_cases[i].name, &interval_cases[i], interval_decides);
    for (size_t i = 0; i < G_N_ELEMENTS(change_cases); i++)
        g_test_add_data_func(change_cases[i].name, &change_cases[i], change_decides);
    g_test_add_func("/duplicate/agreement/needs-the-sender", needs_the_sender);
    g_test_add_func("/duplicate/every-copy-counts", every_copy_counts);
    g_test_add_func("/duplicate/different-identifications-are-never-copies",
                    different_identifications_are_never_copies);
    g_test_add_func("/duplicate/memory/holds-across-other-segments",
                    remembers_across_other_segments);
    g_test_add_func("/duplicate/memory/of-each-filter-is-its-own",
                    memory_of_another_filter_is_its_own);
    g_test_add_func("/duplicate/free/of-nothing-does-nothing", free_of_nothing_does_nothing);
    return g_test_run();
}
