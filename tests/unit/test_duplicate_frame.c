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

/* --- copies that have gone further, or carry timestamps --- */

struct further_case {
    const char *name;
    int64_t apart;
    unsigned flags;
    uint16_t ip_id;
    int8_t known_hops; /* by how much copies of that end differ */
    uint8_t hop_limit; /* of the second, the first has 64; 0: both unknown */
    bool timestamps;
    uint32_t later_value, later_echo; /* of the second's timestamps */
    bool copy;
    int8_t hops;
};

static const struct further_case further_cases[] = {
    /* by identification and hop limit, at any distance */
    {"/duplicate/further/identified", 120 * MS, TCP_ACK, 77, 0, 63, false, 0, 0, true, 1},
    {"/duplicate/further/identified-at-any-distance", 3600 * S, TCP_ACK, 77, 0, 63, false, 0, 0,
     true, 1},
    {"/duplicate/further/identified-reset", 120 * MS, TCP_RST, 77, 0, 63, false, 0, 0, true, 1},
    {"/duplicate/further/identified-nearer", 120 * MS, TCP_ACK, 77, 0, 65, false, 0, 0, true, -1},
    {"/duplicate/further/identified-equally-far", 100 * MS + 1, TCP_ACK, 77, 0, 64, false, 0, 0,
     false, 0},
    {"/duplicate/further/identified-unknown-distance", 100 * MS + 1, TCP_ACK, 77, 1, 0, false, 0, 0,
     false, 0},
    /* without an identification, by the difference that is known of the end */
    {"/duplicate/further/known-difference", S, TCP_ACK, 0, 1, 63, false, 0, 0, true, 1},
    {"/duplicate/further/known-difference-after-1-s", S + 1, TCP_ACK, 0, 1, 63, false, 0, 0, false,
     1},
    {"/duplicate/further/another-difference", 100 * MS + 1, TCP_ACK, 0, 2, 63, false, 0, 0, false,
     1},
    {"/duplicate/further/behind-three-routers", S, TCP_ACK, 0, 1, 61, false, 0, 0, true, 3},
    {"/duplicate/further/too-far", S, TCP_ACK, 0, 1, 60, false, 0, 0, false, 4},
    /* A repeat comes the way of its original. */
    {"/duplicate/further/no-difference-known", 100 * MS, TCP_ACK, 0, 0, 63, false, 0, 0, true, 1},
    {"/duplicate/further/no-difference-known-after-100-ms", 100 * MS + 1, TCP_ACK, 0, 0, 63, false,
     0, 0, false, 1},
    {"/duplicate/further/no-difference-after-1-ms", MS + 1, TCP_ACK, 0, 1, 64, false, 0, 0, false,
     0},
    {"/duplicate/further/no-difference-known-at-once", MS, TCP_ACK, 0, 0, 63, false, 0, 0, true, 1},
    {"/duplicate/further/syn-with-known-difference", 40 * MS, TCP_SYN, 0, 1, 63, false, 0, 0, true,
     1},
    {"/duplicate/further/reset-with-known-difference", 40 * MS, TCP_RST, 0, 1, 63, false, 0, 0,
     true, 1},
    {"/duplicate/further/reset-with-another-difference", 10, TCP_RST, 0, 2, 63, false, 0, 0, false,
     1},
    {"/duplicate/further/reset-equally-far", 0, TCP_RST, 0, 1, 64, false, 0, 0, false, 0},
    {"/duplicate/further/reset-with-timestamps", 40 * MS, TCP_RST, 0, 0, 63, true, 0, 0, false, 1},
    /* by timestamps */
    {"/duplicate/timestamps/at-once", MS, TCP_ACK, 0, 0, 64, true, 0, 0, true, 0},
    {"/duplicate/timestamps/within-a-tick", MS + 1, TCP_ACK, 0, 0, 64, true, 0, 0, false, 0},
    {"/duplicate/timestamps/just-within-a-tick", 20 * MS - 1, TCP_ACK, 0, 0, 64, true, 0, 0, false,
     0},
    {"/duplicate/timestamps/beyond-a-tick", 20 * MS, TCP_ACK, 0, 0, 64, true, 0, 0, true, 0},
    {"/duplicate/timestamps/at-any-distance", 60 * S, TCP_ACK, 0, 0, 64, true, 0, 0, true, 0},
    {"/duplicate/timestamps/clock-back", -20 * MS, TCP_ACK, 0, 0, 64, true, 0, 0, true, 0},
    {"/duplicate/timestamps/within-a-tick-further", 3 * MS, TCP_ACK, 0, 0, 63, true, 0, 0, true, 1},
    {"/duplicate/timestamps/later-value", 10, TCP_ACK, 0, 1, 63, true, 1, 0, false, 0},
    {"/duplicate/timestamps/later-echo", 10, TCP_ACK, 0, 1, 63, true, 0, 1, false, 0},
    /* an identification tells more than timestamps */
    {"/duplicate/timestamps/beside-an-identification", 10, TCP_ACK, 77, 0, 64, true, 1, 0, true, 0},
    {"/duplicate/timestamps/not-at-any-distance-beside-an-identification", S, TCP_ACK, 77, 0, 64,
     true, 0, 0, false, 0},
};

static void distance_and_timestamps_decide(gconstpointer data)
{
    const struct further_case *c = data;
    struct segment first = base_segment();
    first.ip_id = c->ip_id;
    first.flags = (uint16_t)c->flags;
    first.has_hop_limit = c->hop_limit > 0;
    first.hop_limit = c->hop_limit > 0 ? 64 : 0;
    first.has_timestamps = c->timestamps;
    first.ts_value = 1000;
    first.ts_echo = 2000;
    struct segment second = first;
    second.time += c->apart;
    second.hop_limit = c->hop_limit;
    second.ts_value += c->later_value;
    second.ts_echo += c->later_echo;
    struct duplicate_filter *filter = duplicate_filter_new();
    int8_t hops = 0;
    g_assert_false(duplicate_filter_check(filter, &first, END_A, c->known_hops, &hops));
    hops = 0;
    g_assert_cmpint(duplicate_filter_check(filter, &second, END_A, c->known_hops, &hops), ==,
                    c->copy);
    if (c->copy)
        g_assert_cmpint(hops, ==, c->hops);
    duplicate_filter_free(filter);
}

static void unknown_length_is_never_a_copy(void)
{
    struct segment first = base_segment();
    first.has_length = false;
    g_assert_false(is_copy(&first, END_A, &first, END_A));
}

/* What may be padding has its length. */
static void padding_has_copies(void)
{
    struct segment first = base_segment();
    first.has_length = false;
    first.payload = MOST_PADDING;
    g_assert_true(is_copy(&first, END_A, &first, END_A));
    first.payload = MOST_PADDING + 1;
    g_assert_false(is_copy(&first, END_A, &first, END_A));
}

/* Wireshark scales it once it has seen the SYN again. */
static void window_may_be_scaled(void)
{
    struct segment first = base_segment(), second = first;
    first.window = 64240;
    second.window = 64240 << 8;
    g_assert_true(is_copy(&first, END_A, &second, END_A));
    second.window = (64240 << 8) + 1;
    g_assert_false(is_copy(&first, END_A, &second, END_A));
    first.window = second.window = 0;
    g_assert_true(is_copy(&first, END_A, &second, END_A));
    second.window = 1;
    g_assert_false(is_copy(&first, END_A, &second, END_A));
}

/* An end may send the same reset twice before the copies come, which have gone one hop further. */
static void copies_of_equal_resets_are_told(void)
{
    static const struct {
        uint8_t hop_limit;
        bool copy;
    } captured[] = {{64, false}, {64, false}, {63, true}, {63, true}, {64, false}};
    struct duplicate_filter *filter = duplicate_filter_new();
    struct segment reset = base_segment();
    reset.flags = TCP_RST;
    reset.ip_id = 0;
    reset.has_hop_limit = true;
    for (size_t i = 0; i < G_N_ELEMENTS(captured); i++) {
        int8_t hops;
        reset.hop_limit = captured[i].hop_limit;
        g_assert_cmpint(duplicate_filter_check(filter, &reset, END_A, 1, &hops), ==,
                        captured[i].copy);
    }
    duplicate_filter_free(filter);
}

/* --- pieces of a super-segment of 7,240 bytes, MSS 1448, with sequence number 100 --- */

#define PIECE 1448U

struct piece_case {
    const char *name;
    uint16_t super_id, ip_id; /* 0: none */
    uint32_t offset, bytes;   /* of the piece */
    int64_t apart;
    bool timestamps;
    uint32_t later_value; /* of the piece's timestamp */
    bool piece;
};

static const struct piece_case piece_cases[] = {
    {"/duplicate/piece/first", 500, 500, 0, PIECE, 30000, false, 0, true},
    {"/duplicate/piece/second", 500, 501, PIECE, PIECE, 30000, false, 0, true},
    {"/duplicate/piece/last", 500, 504, 4 * PIECE, PIECE, 30000, false, 0, true},
    {"/duplicate/piece/short-last-one", 500, 504, 4 * PIECE + 248, PIECE - 248, 30000, false, 0,
     true},
    {"/duplicate/piece/identification-wraps", 65534, 2, 4 * PIECE, PIECE, 30000, false, 0, true},
    {"/duplicate/piece/larger-ones", 500, 501, 2 * PIECE, 2 * PIECE, 30000, false, 0, true},
    {"/duplicate/piece/after-100-ms", 500, 501, PIECE, PIECE, 100 * MS, false, 0, true},
    {"/duplicate/piece/before-it", 500, 501, PIECE, PIECE, -100 * MS, false, 0, true},
    {"/duplicate/piece/not-later", 500, 501, PIECE, PIECE, 100 * MS + 1, false, 0, false},
    {"/duplicate/piece/not-with-another-places-identification", 500, 502, PIECE, PIECE, 30000,
     false, 0, false},
    {"/duplicate/piece/not-with-an-earlier-identification", 500, 499, PIECE, PIECE, 30000, false, 0,
     false},
    {"/duplicate/piece/not-with-a-later-identification", 500, 505, 0, PIECE, 30000, false, 0,
     false},
    {"/duplicate/piece/not-the-last-with-a-later-identification", 500, 520, 4 * PIECE, PIECE, 30000,
     false, 0, false},
    {"/duplicate/piece/not-beyond", 500, 505, 5 * PIECE, PIECE, 30000, false, 0, false},
    {"/duplicate/piece/not-partly-beyond", 500, 504, 4 * PIECE + 1, PIECE, 30000, false, 0, false},
    {"/duplicate/piece/not-before", 500, 499, (uint32_t)-PIECE, PIECE, 30000, false, 0, false},
    {"/duplicate/piece/not-all-of-it", 500, 500, 0, 5 * PIECE, 30000, false, 0, false},
    {"/duplicate/piece/by-timestamp", 0, 0, PIECE, PIECE, 30000, true, 0, true},
    {"/duplicate/piece/by-timestamp-without-identification", 500, 0, PIECE, PIECE, 30000, true, 0,
     true},
    {"/duplicate/piece/not-by-a-later-timestamp", 0, 0, PIECE, PIECE, 30000, true, 1, false},
    {"/duplicate/piece/not-without-either", 0, 0, PIECE, PIECE, 30000, false, 0, false},
    {"/duplicate/piece/identification-tells-more-than-a-timestamp", 500, 520, PIECE, PIECE, 30000,
     true, 0, false},
};

static struct segment super_segment(const struct piece_case *c)
{
    struct segment super = base_segment();
    super.payload = 5 * PIECE;
    super.ip_id = c->super_id;
    super.has_timestamps = c->timestamps;
    super.ts_value = 1000;
    super.has_hop_limit = true;
    super.hop_limit = 64;
    return super;
}

static struct segment piece_of(const struct segment *super, const struct piece_case *c)
{
    struct segment piece = *super;
    piece.sequence += c->offset;
    piece.payload = c->bytes;
    piece.ip_id = c->ip_id;
    piece.ts_value += c->later_value;
    piece.hop_limit = 63;
    piece.time += c->apart;
    return piece;
}

static void piece_is_told(gconstpointer data)
{
    const struct piece_case *c = data;
    struct duplicate_filter *filter = duplicate_filter_new();
    struct segment super = super_segment(c), piece = piece_of(&super, c);
    int8_t hops = 0;
    g_assert_false(duplicate_filter_check_piece(filter, &piece, END_A, &hops));
    g_assert_false(check(filter, &super, END_A));
    g_assert_cmpint(duplicate_filter_check_piece(filter, &piece, END_A, &hops), ==, c->piece);
    g_assert_cmpint(hops, ==, c->piece);
    /* Of the other end, or another connection, it is none. */
    g_assert_false(duplicate_filter_check_piece(filter, &piece, END_B, &hops));
    piece.stream++;
    g_assert_false(duplicate_filter_check_piece(filter, &piece, END_A, &hops));
    duplicate_filter_free(filter);
}

/* 64 of them are remembered; what fits a frame is none. */
static void super_segments_are_remembered(void)
{
    static const struct piece_case second = {"", 500, 501, PIECE, PIECE, 30000, false, 0, true};
    for (uint32_t others = 63; others <= 64; others++) {
        struct duplicate_filter *filter = duplicate_filter_new();
        struct segment super = super_segment(&second), other = super,
                       piece = piece_of(&super, &second);
        int8_t hops;
        g_assert_false(check(filter, &super, END_A));
        for (uint32_t i = 1; i <= others; i++) {
            other.sequence = super.sequence + i * 5 * PIECE;
            other.ip_id = (uint16_t)(super.ip_id + i * 5);
            g_assert_false(check(filter, &other, END_A));
        }
        g_assert_cmpint(duplicate_filter_check_piece(filter, &piece, END_A, &hops), ==,
                        others == 63);
        duplicate_filter_free(filter);
    }
    for (uint32_t bytes = 1500; bytes <= 1501; bytes++) {
        struct duplicate_filter *filter = duplicate_filter_new();
        struct segment whole = super_segment(&second);
        whole.payload = bytes;
        struct segment piece = piece_of(&whole, &second);
        piece.sequence = whole.sequence;
        piece.ip_id = whole.ip_id;
        int8_t hops;
        g_assert_false(check(filter, &whole, END_A));
        g_assert_cmpint(duplicate_filter_check_piece(filter, &piece, END_A, &hops), ==,
                        bytes == 1501);
        duplicate_filter_free(filter);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(interval_cases); i++)
        g_test_add_data_func(interval_cases[i].name, &interval_cases[i], interval_decides);
    for (size_t i = 0; i < G_N_ELEMENTS(change_cases); i++)
        g_test_add_data_func(change_cases[i].name, &change_cases[i], change_decides);
    ADD_CASES(further_cases, distance_and_timestamps_decide);
    ADD_CASES(piece_cases, piece_is_told);
    g_test_add_func("/duplicate/piece/bounds", super_segments_are_remembered);
    g_test_add_func("/duplicate/unknown-length", unknown_length_is_never_a_copy);
    g_test_add_func("/duplicate/padding", padding_has_copies);
    g_test_add_func("/duplicate/agreement/window-may-be-scaled", window_may_be_scaled);
    g_test_add_func("/duplicate/further/equal-resets", copies_of_equal_resets_are_told);
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
