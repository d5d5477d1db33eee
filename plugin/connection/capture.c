/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "connection/capture.h"

#include "connection/delay.h"
#include "connection/reset_watch.h"

struct capture *capture_new(bool has_ip)
{
    struct capture *capture = g_new0(struct capture, 1);
    capture->flows = flow_table_new();
    capture->witnesses = witness_log_new();
    capture->sequences = (struct sequence_records){sequence_pool_new(), capture->witnesses};
    capture->resets = reset_watch_pool_new();
    capture->has_ip = has_ip;
    return capture;
}

void capture_free(struct capture *capture)
{
    if (capture == NULL)
        return;
    flow_table_free(capture->flows);
    duplicate_filter_free(capture->duplicates);
    pool_free(capture->resets);
    pool_free(capture->sequences.troubles);
    witness_log_free(capture->witnesses);
    g_free(capture->turnarounds.all);
    g_free(capture);
}

struct flow *capture_find(const struct capture *capture, uint32_t stream)
{
    return flow_table_find(capture->flows, stream);
}

static struct flow *begin_flow(struct capture *capture, const struct segment *segment)
{
    /* Not before: many a run sees no TCP at all. */
    if (capture->duplicates == NULL && capture->has_ip)
        capture->duplicates = duplicate_filter_new();
    return flow_table_add(capture->flows, segment);
}

static bool is_copy(struct capture *capture, const struct segment *segment, enum end sender)
{
    return segment->is_copy || (capture->duplicates != NULL &&
                                duplicate_filter_check(capture->duplicates, segment, sender));
}

static void note_copy(struct capture *capture, const struct flow *flow, enum end sender,
                      const struct segment *segment)
{
    if (flow_counter(flow, sender, COUNTER_DUPLICATE_FRAMES) < WITNESSES_PER_KIND)
        witness_log_add(capture->witnesses, (struct witness){flow->number, segment->frame, 0,
                                                             WITNESS_COPY, (uint8_t)sender});
}

static void note_delays(struct capture *capture, const struct flow *flow, enum end sender,
                        const struct segment *segment, const struct flow_change *change)
{
    if (change->went_on)
        delay_note_handshake(capture->witnesses, flow, sender, segment, change);
    if (!change->has_new_data)
        return;
    delay_note_turn(capture->witnesses, flow, sender, segment, change);
    if (change->turnaround != TIME_NONE)
        turnaround_log_add(&capture->turnarounds,
                           turnaround_make(flow->number, sender, change->turnaround));
}

struct flow *capture_add(struct capture *capture, struct segment *segment)
{
    struct flow *flow = capture_find(capture, segment->stream);
    if (flow == NULL)
        flow = begin_flow(capture, segment);
    enum end sender = flow_sender(flow, segment);

    segment->is_copy = is_copy(capture, segment, sender);
    if (segment->is_copy) {
        note_copy(capture, flow, sender, segment);
    } else if ((segment->flags & TCP_RST) != 0) {
        reset_watch_note(capture->resets, flow, sender, segment);
    } else {
        if (flow->resets != NULL)
            reset_watch_note_more(flow, sender, segment);
        sequence_note(&capture->sequences, flow, sender, segment);
    }
    struct flow_change change = flow_apply(flow, sender, segment);
    note_delays(capture, flow, sender, segment, &change);
    return flow;
}
