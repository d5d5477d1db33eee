/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finding/proof.h"

#include "judged.h"

/* --- conditions --- */

static const char *const texts[CONDITION_TESTS] = {
    [CONDITION_SYN] = "tcp.flags.syn == 1",
    [CONDITION_PURE_SYN] = "tcp.flags.syn == 1 && tcp.flags.ack == 0",
    [CONDITION_SYN_ACK] = "tcp.flags.syn == 1 && tcp.flags.ack == 1",
    [CONDITION_RESET] = "tcp.flags.reset == 1",
    [CONDITION_SACK] = "tcp.options.sack_le",
    [CONDITION_ZERO_WINDOW] = "tcp.analysis.zero_window",
    [CONDITION_WINDOW_FULL] = "tcp.analysis.window_full",
    [CONDITION_LONGER] = "tcp.len > 1460",
};

static void condition_has_its_text(void)
{
    for (int test = 0; test < CONDITION_TESTS; test++) {
        const struct condition condition = {(enum condition_test)test,
                                            test == CONDITION_LONGER ? 1460 : 0};
        char *text = condition_text(&condition);
        g_assert_cmpstr(text, ==, texts[test]);
        g_free(text);
    }
}

static void largest_number_fits(void)
{
    const struct condition condition = {CONDITION_LONGER, UINT32_MAX};
    char *text = condition_text(&condition);
    g_assert_cmpstr(text, ==, "tcp.len > 4294967295");
    g_free(text);
}

#define BIT(test) (1U << CONDITION_##test)

/* Which conditions hold for a segment; that of more than 100 bytes is one of them. */
struct condition_case {
    const char *name;
    struct shown_segment segment;
    unsigned hold;
};

static const struct condition_case condition_cases[] = {
    {"/proof/condition/ack", {.flags = TCP_ACK, .has_length = true}, BIT(ALL)},
    {"/proof/condition/syn", {.flags = TCP_SYN}, BIT(ALL) | BIT(SYN) | BIT(PURE_SYN)},
    {"/proof/condition/syn-with-other-flags",
     {.flags = TCP_SYN | TCP_PSH | TCP_URG | 0x0c0},
     BIT(ALL) | BIT(SYN) | BIT(PURE_SYN)},
    {"/proof/condition/syn-ack", {.flags = SYN_ACK}, BIT(ALL) | BIT(SYN) | BIT(SYN_ACK)},
    {"/proof/condition/reset", {.flags = TCP_RST}, BIT(ALL) | BIT(RESET)},
    {"/proof/condition/reset-ack", {.flags = RST_ACK}, BIT(ALL) | BIT(RESET)},
    {"/proof/condition/sack", {.flags = TCP_ACK, .has_sack = true}, BIT(ALL) | BIT(SACK)},
    {"/proof/condition/zero-window",
     {.flags = TCP_ACK, .analysis = ANALYSIS_ZERO_WINDOW | ANALYSIS_KEEP_ALIVE},
     BIT(ALL) | BIT(ZERO_WINDOW)},
    {"/proof/condition/window-full",
     {.flags = TCP_ACK, .analysis = ANALYSIS_WINDOW_FULL},
     BIT(ALL) | BIT(WINDOW_FULL)},
    {"/proof/condition/another-analysis",
     {.flags = TCP_ACK, .analysis = ANALYSIS_ANY_RETRANSMISSION},
     BIT(ALL)},
    {"/proof/condition/as-long", {.length = 100, .has_length = true}, BIT(ALL)},
    {"/proof/condition/longer", {.length = 101, .has_length = true}, BIT(ALL) | BIT(LONGER)},
    {"/proof/condition/longest",
     {.length = UINT32_MAX, .has_length = true},
     BIT(ALL) | BIT(LONGER)},
    {"/proof/condition/longer-but-not-known", {.length = 101}, BIT(ALL)},
};

static void conditions_hold(gconstpointer data)
{
    const struct condition_case *c = data;
    for (int test = 0; test < CONDITION_TESTS; test++) {
        const struct condition condition = {(enum condition_test)test,
                                            test == CONDITION_LONGER ? 100 : 0};
        g_assert_cmpint(condition_holds(&condition, &c->segment), ==, (c->hold >> test & 1) != 0);
    }
}

static void conditions_are_equal(void)
{
    const struct condition short_one = {CONDITION_LONGER, 1}, long_one = {CONDITION_LONGER, 2};
    const struct condition syn = condition_of(CONDITION_SYN), same = condition_of(CONDITION_SYN);
    g_assert_true(condition_equal(&syn, &same));
    g_assert_false(condition_equal(&syn, &short_one));
    g_assert_false(condition_equal(&long_one, &short_one));
}

/* --- proofs --- */

struct proof_case {
    const char *name;
    struct proof proof;
    struct shown_segment segment;
    bool by_a, by_b; /* whether it holds if that end sent the segment */
};

#define FRAME                                                                                      \
    {                                                                                              \
        .kind = PROOF_FRAME, .frame = 7, .sender = NO_END                                          \
    }
#define RESETS_OF(end)                                                                             \
    {                                                                                              \
        .kind = PROOF_SEGMENTS, .sender = end, .condition = { CONDITION_RESET, 0 }                 \
    }
#define SEQUENCE(first)                                                                            \
    {                                                                                              \
        .kind = PROOF_SEQUENCE, .sender = END_A, .sequence = 5000, .frame = first                  \
    }
#define PROBES                                                                                     \
    {                                                                                              \
        .kind = PROOF_PROBES, .sender = END_B, .frame = 7                                          \
    }

static const struct proof_case proof_cases[] = {
    {"/proof/frame/it", FRAME, {.frame = 7}, true, true},
    {"/proof/frame/another", FRAME, {.frame = 8}, false, false},

    {"/proof/segments/both-ends", RESETS_OF(NO_END), {.flags = TCP_RST}, true, true},
    {"/proof/segments/end-a", RESETS_OF(END_A), {.flags = TCP_RST}, true, false},
    {"/proof/segments/end-b", RESETS_OF(END_B), {.flags = TCP_RST}, false, true},
    {"/proof/segments/condition-fails", RESETS_OF(NO_END), {.flags = TCP_ACK}, false, false},

    {"/proof/sequence/data",
     SEQUENCE(0),
     {.sequence = 5000, .length = 1, .has_length = true},
     true,
     false},
    {"/proof/sequence/fin",
     SEQUENCE(0),
     {.sequence = 5000, .flags = TCP_FIN, .has_length = true},
     true,
     false},
    {"/proof/sequence/fin-of-unknown-length",
     SEQUENCE(0),
     {.sequence = 5000, .flags = TCP_FIN},
     true,
     false},
    {"/proof/sequence/no-data", SEQUENCE(0), {.sequence = 5000, .has_length = true}, false, false},
    {"/proof/sequence/unknown-length", SEQUENCE(0), {.sequence = 5000, .length = 9}, false, false},
    {"/proof/sequence/another",
     SEQUENCE(0),
     {.sequence = 5001, .length = 1, .has_length = true},
     false,
     false},
    {"/proof/sequence/too-early",
     SEQUENCE(7),
     {.frame = 6, .sequence = 5000, .length = 1, .has_length = true},
     false,
     false},
    {"/proof/sequence/from-the-first-frame-on",
     SEQUENCE(7),
     {.frame = 7, .sequence = 5000, .length = 1, .has_length = true},
     true,
     false},

    {"/proof/probes/without-data",
     PROBES,
     {.frame = 7, .flags = TCP_ACK, .has_length = true},
     false,
     true},
    {"/proof/probes/one-byte",
     PROBES,
     {.frame = 9, .flags = TCP_ACK, .length = 1, .has_length = true},
     false,
     true},
    {"/proof/probes/two-bytes",
     PROBES,
     {.frame = 9, .flags = TCP_ACK, .length = 2, .has_length = true},
     false,
     false},
    {"/proof/probes/unknown-length", PROBES, {.frame = 9, .flags = TCP_ACK}, false, false},
    {"/proof/probes/too-early",
     PROBES,
     {.frame = 6, .flags = TCP_ACK, .has_length = true},
     false,
     false},
    {"/proof/probes/fin", PROBES, {.frame = 9, .flags = FIN_ACK, .has_length = true}, false, false},
    {"/proof/probes/reset",
     PROBES,
     {.frame = 9, .flags = TCP_RST, .has_length = true},
     false,
     false},
};

static void proof_is_of_its_segments(gconstpointer data)
{
    const struct proof_case *c = data;
    g_assert_cmpint(proof_holds(&c->proof, END_A, &c->segment), ==, c->by_a);
    g_assert_cmpint(proof_holds(&c->proof, END_B, &c->segment), ==, c->by_b);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD_CASES(condition_cases, conditions_hold);
    ADD_CASES(proof_cases, proof_is_of_its_segments);
    g_test_add_func("/proof/condition/text", condition_has_its_text);
    g_test_add_func("/proof/condition/largest-number", largest_number_fits);
    g_test_add_func("/proof/condition/equal", conditions_are_equal);
    return g_test_run();
}
