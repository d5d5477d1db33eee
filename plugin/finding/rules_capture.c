/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finding/rules_capture.h"

/* ONE WAY
 * The missing direction must exist: the captured end acknowledged new bytes of it, or went on from
 * its SYN or SYN-ACK to other segments, which takes an answer. */
static void judge_one_way(struct view *view)
{
    const struct flow *flow = view->flow;
    if (!flow_is_one_way(flow) || !view_absence_proves(view))
        return;
    enum end seen = flow_segments(flow, END_A) > 0 ? END_A : END_B;
    const struct flow_side *side = &flow->sides[seen];
    bool was_answered = side->sent_syn && flow->sides[seen].sent_segment;
    if (side->ack_advance == 0 && !was_answered)
        return;
    struct hit *hit =
        view_hit(view, FINDING_ONE_WAY_TRAFFIC, direction_of(end_peer(seen), view->client), 1);
    hit->numbers[ONE_WAY_SEGMENTS] = flow_segments(flow, seen);
    struct totals missing = TOTALS_NONE;
    flow_add_totals(flow, end_peer(seen), &missing);
    hit->numbers[ONE_WAY_ACKNOWLEDGED_BYTES] = missing.count[COUNTER_INFERRED_PAYLOAD_BYTES];
    hit_prove(hit, NO_END, NULL, hit->numbers[ONE_WAY_SEGMENTS]);
}

void rules_capture_judge_loss(struct view *view)
{
    if (flow_is_one_way(view->flow) || !view_absence_proves(view))
        return;
    for (int direction = 0; direction < 2; direction++) {
        enum end sender = direction_sender((enum direction)direction, view->client);
        unsigned gaps;
        uint64_t bytes = sequence_missing_bytes(view->flow, sender, &gaps);
        if (bytes > 0)
            view_hit(view, FINDING_CAPTURE_LOSS, (enum direction)direction, gaps)
                ->numbers[CAPTURE_LOSS_BYTES] = bytes;
    }
}

static void judge_duplicates(struct view *view)
{
    uint64_t copies = view_count(view, END_A, COUNTER_DUPLICATE_FRAMES) +
                      view_count(view, END_B, COUNTER_DUPLICATE_FRAMES);
    /* Copies that the receiver answered did arrive: the network made them, not the capture. */
    uint64_t answered = (uint64_t)view->flow->sides[END_A].copies_answered +
                        view->flow->sides[END_B].copies_answered;
    if (copies > 0 && answered * 2 < copies)
        view_hit(view, FINDING_DUPLICATE_CAPTURE, CLIENT_TO_SERVER, copies);
}

static void judge_guess(struct view *view)
{
    if (view->context->source->roles[view->flow->number].basis != ROLE_GUESS)
        return;
    struct hit *hit = view_hit(view, FINDING_ROLE_GUESSED, CLIENT_TO_SERVER, 1);
    hit_prove(hit, NO_END, NULL,
              (uint64_t)flow_segments(view->flow, END_A) + flow_segments(view->flow, END_B));
}

void rules_capture_judge(struct view *view)
{
    judge_one_way(view);
    judge_duplicates(view);
    judge_guess(view);
}

/* What was captured behind the missing bytes, and what acknowledges the last of them. */
void rules_capture_show_loss(const struct view *view, enum end sender,
                             struct display_filter *filter)
{
    const struct flow_side *peer = &view->flow->sides[end_peer(sender)];
    const struct sequence_trouble *trouble = sequence_trouble_of(view->flow, sender);
    for (unsigned i = 0; i < trouble->gap_count; i++) {
        const struct gap *gap = &trouble->gaps[i];
        if (!sequence_after(gap->end, peer->highest_ack) && gap->end - gap->start > 1)
            display_filter_add_frame(filter, gap->opening_frame);
    }
    display_filter_add_frame(filter, peer->ack_frame);
}
