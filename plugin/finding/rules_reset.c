/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finding/rules_reset.h"

#include "finding/forged_reset.h"
#include "settings/preference.h"

/* Each test has a number of its own. */
G_STATIC_ASSERT((int)TEST_HOP_LIMIT == (int)FORGED_ODD_HOP_LIMIT);
G_STATIC_ASSERT((int)TEST_GOES_ON == (int)FORGED_GOES_ON);
G_STATIC_ASSERT((int)TEST_BURST == (int)FORGED_BURST);
G_STATIC_ASSERT(TEST_COUNT == 3);

static bool judge_forged(struct view *view, enum end sender)
{
    enum test_result results[TEST_COUNT];
    if (!forged_reset_test(view->flow, sender, results))
        return false;
    struct hit *hit = view_hit(view, FINDING_FORGED_RESET, direction_of(sender, view->client), 1);
    for (int i = 0; i < TEST_COUNT; i++)
        hit->numbers[i] = results[i] == TEST_FIRED;
    hit_prove(hit, (uint8_t)sender, "tcp.flags.reset == 1", view_count(view, sender, COUNTER_RST));
    return true;
}

static void judge_abort(struct view *view, enum end sender)
{
    const struct decisive_reset *reset = flow_reset(view->flow);
    enum finding_id id = sender == view->client ? FINDING_RESET_BY_CLIENT : FINDING_RESET_BY_SERVER;
    struct hit *hit = view_hit(view, id, CLIENT_TO_SERVER, 1);
    bool idled = reset->idle != TIME_NONE && reset->idle >= idle_before_reset_ns();
    bool had_data = reset->payload_before[END_A] + reset->payload_before[END_B] > 0;
    hit->numbers[ABORT_BEFORE_DATA] = !idled && !had_data;
    hit->numbers[ABORT_IN_TRANSFER] = !idled && had_data;
    hit->numbers[ABORT_AFTER_IDLING] = idled;
    hit->numbers[ABORT_LONGEST_IDLE] = idled ? (uint64_t)reset->idle : 0;
    hit->numbers[ABORT_WINDOW] = reset->window;
    hit_prove(hit, (uint8_t)sender, "tcp.flags.reset == 1", view_count(view, sender, COUNTER_RST));
}

void rules_reset_judge(struct view *view)
{
    const struct decisive_reset *reset = flow_reset(view->flow);
    if (reset->time == TIME_NONE)
        return;
    bool forged = judge_forged(view, view->server);
    forged |= judge_forged(view, view->client);
    /* Whom a forged reset made answer by a reset of its own did not abort anything. */
    if (forged || reset->answers_syn)
        return;
    enum end sender = (enum end)reset->sender;
    if (reset->after_fin) {
        struct hit *hit =
            view_hit(view, FINDING_RESET_AFTER_CLOSE, direction_of(sender, view->client), 1);
        hit->numbers[CLOSE_RESETS] = view_count(view, sender, COUNTER_RST);
        hit_prove(hit, (uint8_t)sender, "tcp.flags.reset == 1", hit->numbers[CLOSE_RESETS]);
    } else if (flow_reset(view->flow)->established) {
        judge_abort(view, sender);
    }
}
