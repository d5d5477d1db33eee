/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "connection/capture.h"

#include "base/number_set.h"
#include "connection/delay.h"
#include "connection/misfit.h"
#include "connection/reset_watch.h"
#include "settings/thresholds.h"

struct capture *capture_new(bool has_ip)
{
    struct capture *capture = g_new0(struct capture, 1);
    capture->flows = flow_table_new();
    capture->witnesses = witness_log_new();
    capture->sequences = (struct sequence_records){sequence_pool_new(), capture->witnesses};
    capture->resets = reset_watch_pool_new();
    standstills_init(&capture->standstills);
    capture->paces = delay_paces_new();
    capture->icmp_errors = g_array_new(FALSE, FALSE, sizeof(struct icmp_error));
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
    sequence_pool_free(capture->sequences.troubles);
    standstills_clear(&capture->standstills);
    g_hash_table_destroy(capture->paces);
    g_array_free(capture->icmp_errors, TRUE);
    interval_log_free(capture->intervals);
    witness_log_free(capture->witnesses);
    g_free(capture->turnarounds.all);
    g_free(capture->turnarounds.frames);
    if (capture->copies != NULL)
        g_array_free(capture->copies, TRUE);
    g_free(capture);
}

struct flow *capture_find(const struct capture *capture, uint32_t stream)
{
    return flow_table_find(capture->flows, stream);
}

static G_GNUC_NO_INLINE struct flow *begin_flow(struct capture *capture,
                                                const struct segment *segment)
{
    /* Not before: many a run sees no TCP at all. */
    if (capture->duplicates == NULL && capture->has_ip)
        capture->duplicates = duplicate_filter_new();
    return flow_table_add(capture->flows, segment);
}

/* OLDER THAN WHAT IT REPEATS
 * An end that counts its packets gives a repeat a later identification. So what repeats captured
 * data with an earlier one was captured in another form: the pieces of a super-segment and then
 * that, or the same by another way. */
static G_GNUC_NO_INLINE bool is_older(const struct flow *flow, enum end sender,
                                      const struct segment *segment)
{
    const struct flow_side *side = &flow->sides[sender];
    uint16_t step = identification_step(segment->ip_id, side->last_ip_id);
    /* In one byte order a step ahead may look like one back in the other; no step is the same one.
     */
    bool is_back = step <= identification_step(side->last_ip_id, segment->ip_id);
    return segment->ip_id != 0 && side->ids_in_order >= IDS_IN_ORDER && is_back &&
           step <= IP_ID_DISTANCE &&
           sequence_has(flow, sender, segment->sequence, segment->sequence + segment->payload);
}

/* Whether @segment repeats data in another form than it was captured in before. */
static bool is_copy_of_part(const struct capture *capture, const struct flow *flow, enum end sender,
                            struct segment *segment)
{
    const struct sequence_space *space = &flow->sequence[sender];
    if (segment->payload == 0 || !segment->has_length || !space->is_watched ||
        !sequence_after(space->next, segment->sequence))
        return false;
    return duplicate_filter_check_piece(capture->duplicates, segment, sender,
                                        &segment->copy_hops) ||
           is_older(flow, sender, segment);
}

static bool is_copy(const struct capture *capture, const struct flow *flow, enum end sender,
                    struct segment *segment)
{
    segment->copy_hops = 0;
    if (segment->is_copy)
        return true;
    if (capture->duplicates == NULL)
        return false;
    return duplicate_filter_check(capture->duplicates, segment, sender,
                                  flow->sides[sender].copy_hops, &segment->copy_hops) ||
           is_copy_of_part(capture, flow, sender, segment);
}

/* A frame that proves something by itself. */
static struct witness witness_of(const struct flow *flow, enum end sender,
                                 const struct segment *segment, enum witness_kind kind)
{
    return (struct witness){flow->number, segment->frame, 0, (uint8_t)kind, (uint8_t)sender, 0,
                            segment->time};
}

static G_GNUC_NO_INLINE void note_copy(struct capture *capture, struct flow *flow, enum end sender,
                                       const struct segment *segment)
{
    struct witness witness = witness_of(flow, sender, segment, WITNESS_COPY);
    sequence_note_copy(flow, sender, segment);
    if (flow_counter(flow, sender, COUNTER_DUPLICATE_FRAMES) < WITNESSES_PER_KIND)
        witness_log_add(capture->witnesses, witness);
    else
        witness_log_add_more(capture->witnesses, witness);
    if (capture->copies != NULL) {
        struct copied_frame copy = {segment->frame, flow->number};
        g_array_append_val(capture->copies, copy);
    }
}

static void note_delays(struct capture *capture, struct flow *flow, enum end sender,
                        const struct segment *segment, const struct flow_change *change)
{
    if (change->went_on)
        delay_note_handshake(capture->witnesses, flow, sender, segment, *change);
    if (!change->has_new_data)
        return;
    delay_note_turn(capture->witnesses, capture->paces, flow, sender, segment, *change);
    if (change->turnaround != TIME_NONE) {
        turnaround_log_add(&capture->turnarounds,
                           turnaround_make(flow->number, sender, change->turnaround));
        turnaround_log_set_frame(&capture->turnarounds, segment->frame);
    }
}

static inline void note(struct capture *capture, struct flow *flow, enum end sender,
                        struct segment *segment)
{
    standstills_note(&capture->standstills, capture->flows, flow, segment);
    segment->is_copy = is_copy(capture, flow, sender, segment);
    segment->is_misfit =
        segment->payload > 0 && !segment->is_copy && misfit_check(flow, sender, segment);
    if (segment->is_copy) {
        note_copy(capture, flow, sender, segment);
    } else if (segment->is_misfit) {
        witness_log_add(capture->witnesses, witness_of(flow, sender, segment, WITNESS_MISFIT));
    } else if ((segment->flags & TCP_RST) != 0) {
        reset_watch_note(capture->resets, flow, sender, segment);
    } else {
        if (flow->resets != NULL)
            reset_watch_note_more(flow, sender, segment);
        sequence_note(&capture->sequences, flow, sender, segment);
    }
    struct flow_change change = flow_apply(flow, sender, segment);
    note_delays(capture, flow, sender, segment, &change);
}

struct flow *capture_add(struct capture *capture, struct segment *segment)
{
    struct flow *flow = capture_find(capture, segment->stream);
    if (flow == NULL)
        flow = begin_flow(capture, segment);
    /* Twice the same: where the compiler knows the end, it need not work out addresses. */
    if (flow_sender(flow, segment) == END_A)
        note(capture, flow, END_A, segment);
    else
        note(capture, flow, END_B, segment);
    return flow;
}

void capture_count_intervals(struct capture *capture, int64_t width)
{
    capture->intervals = interval_log_new(width);
}

struct flow *capture_add_in_interval(struct capture *capture, struct segment *segment)
{
    const struct flow *flow = capture_find(capture, segment->stream);
    if (!interval_log_note(capture->intervals, flow, segment->time))
        return NULL;
    return capture_add(capture, segment);
}

void capture_keep_all_witnesses(struct capture *capture)
{
    witness_log_keep_all(capture->witnesses);
    turnaround_log_keep_frames(&capture->turnarounds);
    capture->copies = g_array_new(FALSE, FALSE, sizeof(struct copied_frame));
}

bool capture_is_copy(const struct capture *capture, uint32_t frame, uint32_t flow)
{
    if (capture->copies == NULL)
        return false;
    const struct copied_frame *copies =
        (const struct copied_frame *)(const void *)capture->copies->data;
    size_t count = capture->copies->len;
    for (size_t i = number_search(copies, count, sizeof *copies, frame);
         i < count && copies[i].frame == frame; i++) {
        if (copies[i].flow == flow)
            return true;
    }
    return false;
}

void capture_add_error(struct capture *capture, const struct icmp_error *error)
{
    if (capture->icmp_errors->len < MOST_ICMP_ERRORS)
        g_array_append_val(capture->icmp_errors, *error);
}
