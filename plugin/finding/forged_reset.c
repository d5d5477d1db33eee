/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finding/forged_reset.h"

#include "settings/thresholds.h"

static uint64_t resets_of(const struct flow *flow, enum end sender)
{
    return flow_counter(flow, sender, COUNTER_RST);
}

/* Hops between the sender and the capture point: stacks begin with 32, 64, 128 or 255. */
static int hops_of(uint8_t hop_limit)
{
    int initial = hop_limit <= 32 ? 32 : hop_limit <= 64 ? 64 : hop_limit <= 128 ? 128 : 255;
    return initial - (int)hop_limit;
}

/* A kernel's resets may begin with another value than the application's socket: what counts is
 * how far away the sender is. */
static bool is_listed(const struct flow_side *side, uint8_t hop_limit, int distance)
{
    for (unsigned i = 0; i < MIN(side->hop_count, FLOW_HOP_LIMITS); i++) {
        /* A copy of a reset cannot be told by itself; it is as far off as other copies are, and
         * not nearer. */
        bool is_copy = side->copy_hops != 0 && side->hop_list[i] - hop_limit == side->copy_hops;
        if (is_copy || ABS(hops_of(side->hop_list[i]) - hops_of(hop_limit)) < distance)
            return true;
    }
    return false;
}

/* ODD HOP LIMIT (Weaver, Sommer and Paxson, "Detecting Forged TCP Reset Packets", NDSS 2009)
 * A middlebox between the ends has fewer hops to the capture point, or another initial value. One
 * hop's difference is odd only if enough other segments agree: load balancers use two paths. */
static enum test_result test_hop_limit(const struct flow *flow, enum end sender)
{
    const struct flow_side *side = &flow->sides[sender];
    struct hop_limits resets = reset_watch_of(flow, sender)->hop_limits;
    uint64_t others = flow_segments(flow, sender) - resets_of(flow, sender);
    /* So low a value is a setting of the application (eBGP, GTSM), not a distance. */
    bool is_setting = side->hop_count == 1 && side->hop_list[0] <= LARGEST_HOP_SETTING;
    if (side->hop_count == 0 || is_setting || resets.minimum > resets.maximum ||
        side->hop_count > FLOW_HOP_LIMITS)
        return TEST_NOT_APPLICABLE;
    bool agree = side->hop_count == 1 && others >= HOP_LIMIT_AGREEING;
    int distance = agree ? 1 : HOP_LIMIT_OFF;
    return is_listed(side, resets.minimum, distance) && is_listed(side, resets.maximum, distance)
               ? TEST_NOT_FIRED
               : TEST_FIRED;
}

bool forged_reset_test(const struct flow *flow, enum end sender,
                       enum test_result results[TEST_COUNT])
{
    const struct reset_watch *watch = reset_watch_of(flow, sender);
    for (int i = 0; i < TEST_COUNT; i++)
        results[i] = TEST_NOT_APPLICABLE;
    results[TEST_HOP_LIMIT] = test_hop_limit(flow, sender);
    if (watch->time == TIME_NONE)
        return results[TEST_HOP_LIMIT] == TEST_FIRED;
    results[TEST_GOES_ON] = watch->sent_after > 0 ? TEST_FIRED : TEST_NOT_FIRED;
    results[TEST_BURST] = resets_of(flow, sender) < 2 ? TEST_NOT_APPLICABLE
                          : watch->unasked >= 2       ? TEST_FIRED
                                                      : TEST_NOT_FIRED;
    return results[TEST_HOP_LIMIT] == TEST_FIRED || results[TEST_GOES_ON] == TEST_FIRED ||
           results[TEST_BURST] == TEST_FIRED;
}

bool forged_reset_is_local(const struct flow *flow, enum end sender,
                           const enum test_result results[TEST_COUNT])
{
    const struct flow_side *side = &flow->sides[sender];
    struct hop_limits resets = reset_watch_of(flow, sender)->hop_limits;
    return results[TEST_HOP_LIMIT] != TEST_FIRED && results[TEST_BURST] != TEST_FIRED &&
           side->hop_count == 1 && hops_of(side->hop_list[0]) == 0 &&
           resets.minimum == side->hop_list[0] && resets.maximum == side->hop_list[0];
}

static const char *result_text(enum test_result result)
{
    static const char *const texts[] = {"did not apply", "did not fire", "fired"};
    return texts[result];
}

char *forged_reset_describe(const struct flow *flow, enum end sender)
{
    enum test_result results[TEST_COUNT];
    forged_reset_test(flow, sender, results);
    const struct flow_side *side = &flow->sides[sender];
    struct hop_limits resets = reset_watch_of(flow, sender)->hop_limits;

    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "hop limit: %s", result_text(results[TEST_HOP_LIMIT]));
    if (results[TEST_HOP_LIMIT] == TEST_FIRED) {
        g_string_append_printf(text, " (reset %u", resets.minimum);
        if (resets.maximum != resets.minimum)
            g_string_append_printf(text, " to %u", resets.maximum);
        g_string_append(text, ", other segments");
        for (unsigned i = 0; i < MIN(side->hop_count, FLOW_HOP_LIMITS); i++)
            g_string_append_printf(text, "%s %u", i > 0 ? "," : "", side->hop_list[i]);
        g_string_append_c(text, ')');
    }
    g_string_append_printf(text, "; goes on after its reset: %s",
                           result_text(results[TEST_GOES_ON]));
    g_string_append_printf(text, "; burst of sequence numbers: %s",
                           result_text(results[TEST_BURST]));
    g_string_append(text, "; identification: did not apply (IPv6 has none, and Linux sends 0 in "
                          "resets); window and timestamps prove nothing");
    return g_string_free(text, FALSE);
}
