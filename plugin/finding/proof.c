/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finding/proof.h"

/* How a display filter says the conditions, and what it asks of the flags and of the analysis: a
 * segment must have the bits of `set`, and none of `clear`. */
static const struct {
    const char *text;
    uint16_t set, clear;
    uint16_t analysis;
} tests[CONDITION_TESTS] = {
    [CONDITION_SYN] = {.text = "tcp.flags.syn == 1", .set = TCP_SYN},
    [CONDITION_PURE_SYN] = {.text = "tcp.flags.syn == 1 && tcp.flags.ack == 0",
                            .set = TCP_SYN,
                            .clear = TCP_ACK},
    [CONDITION_SYN_ACK] = {.text = "tcp.flags.syn == 1 && tcp.flags.ack == 1",
                           .set = TCP_SYN | TCP_ACK},
    [CONDITION_RESET] = {.text = "tcp.flags.reset == 1", .set = TCP_RST},
    [CONDITION_SACK] = {.text = "tcp.options.sack_le"},
    [CONDITION_ZERO_WINDOW] = {.text = "tcp.analysis.zero_window",
                               .analysis = ANALYSIS_ZERO_WINDOW},
    [CONDITION_WINDOW_FULL] = {.text = "tcp.analysis.window_full",
                               .analysis = ANALYSIS_WINDOW_FULL},
};

char *condition_text(const struct condition *condition)
{
    if (condition->test == CONDITION_LONGER)
        return g_strdup_printf("tcp.len > %u", condition->bytes);
    return g_strdup(tests[condition->test].text);
}

bool condition_holds(const struct condition *condition, const struct shown_segment *segment)
{
    if (condition->test == CONDITION_LONGER)
        return segment->has_length && segment->length > condition->bytes;
    if (condition->test == CONDITION_SACK)
        return segment->has_sack;
    uint16_t set = tests[condition->test].set, analysis = tests[condition->test].analysis;
    return (segment->flags & set) == set && (segment->flags & tests[condition->test].clear) == 0 &&
           (segment->analysis & analysis) == analysis;
}

bool condition_equal(const struct condition *a, const struct condition *b)
{
    return a->test == b->test && a->bytes == b->bytes;
}

bool proof_holds(const struct proof *proof, enum end sender, const struct shown_segment *segment)
{
    bool has_fin = (segment->flags & TCP_FIN) != 0;
    if (proof->kind == PROOF_FRAME)
        return segment->frame == proof->frame;
    if (proof->sender != NO_END && proof->sender != (uint8_t)sender)
        return false;
    if (proof->kind == PROOF_SEGMENTS)
        return condition_holds(&proof->condition, segment);
    if (segment->frame < proof->frame)
        return false;
    if (proof->kind == PROOF_SEQUENCE)
        return segment->sequence == proof->sequence &&
               ((segment->has_length && segment->length > 0) || has_fin);
    return segment->has_length && segment->length <= 1 && !has_fin &&
           (segment->flags & TCP_RST) == 0;
}
