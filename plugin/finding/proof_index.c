/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finding/proof_index.h"

#include "base/number_set.h"

/* Segments that prove something by what they are. */
struct rule {
    struct proof proof;
    finding_ids ids;
};

/* A frame that is named. */
struct named_frame {
    uint32_t frame;
    uint8_t lost; /* enum loss_place */
    finding_ids ids;
};

/* What there is to tell of one flow. */
struct part {
    uint32_t first_rule, rules;   /* index in rules; how many */
    uint32_t first_frame, frames; /* index in frames, in order of their numbers; how many */
};

#define NO_PART UINT32_MAX

struct proof_index {
    finding_ids everywhere; /* what all segments prove */
    uint32_t *part_of_flow; /* of each flow: index in parts, or NO_PART; owned */
    size_t flows;
    GArray *parts;  /* of struct part, owned */
    GArray *rules;  /* of struct rule, by flow; owned */
    GArray *frames; /* of struct named_frame, by flow; owned */
    GArray *errors; /* of struct named_frame: ICMP errors, in order of their numbers; owned */
};

/* --- making --- */

static void add_frame(GArray *frames, uint32_t number, enum loss_place lost, finding_ids ids)
{
    struct named_frame frame = {number, (uint8_t)lost, ids};
    g_array_append_val(frames, frame);
}

static bool take_proof(gpointer data, const struct hit *hit, const struct proof *proof)
{
    struct proof_index *index = data;
    finding_ids ids = finding_bit(hit->id);
    if (proof->kind != PROOF_FRAME) {
        struct rule rule = {*proof, ids};
        g_array_append_val(index->rules, rule);
    } else {
        add_frame(hit->id == FINDING_ICMP_ERROR ? index->errors : index->frames, proof->frame,
                  LOSS_NONE, ids);
    }
    return true;
}

static void add_loss(struct proof_index *index, const struct view *view,
                     const struct witness *witness)
{
    if (view_is_lost(view, witness))
        add_frame(index->frames, witness->frame,
                  witness->kind == WITNESS_RESENT_CAPTURED ? LOSS_AFTER_CAPTURE_POINT
                                                           : LOSS_BEFORE_CAPTURE_POINT,
                  0);
}

static void add_losses(struct proof_index *index, const struct view *view)
{
    for (uint32_t i = view_first_witness(view); i < view_end_of_witnesses(view); i++)
        add_loss(index, view, view_witness(view, i));
    for (uint32_t i = view_first_more(view); i < view_end_of_more(view); i++)
        add_loss(index, view, view_more(view, i));
}

static gint compare_frames(gconstpointer a, gconstpointer b, gpointer data)
{
    (void)data;
    const struct named_frame *left = a, *right = b;
    return (left->frame > right->frame) - (left->frame < right->frame);
}

/* Sorts what is in @frames from index @first on, and makes one of all with the same number. */
static void order_frames(GArray *frames, guint first)
{
    guint count = frames->len - first, kept = 0;
    if (count == 0)
        return;
    struct named_frame *all = &((struct named_frame *)(void *)frames->data)[first];
    g_qsort_with_data(all, (gint)count, sizeof *all, compare_frames, NULL);
    for (guint i = 1; i < count; i++) {
        if (all[i].frame == all[kept].frame) {
            all[kept].ids |= all[i].ids;
            all[kept].lost = MAX(all[kept].lost, all[i].lost);
        } else {
            all[++kept] = all[i];
        }
    }
    g_array_set_size(frames, first + kept + 1);
}

static void add_flow(struct proof_index *index, const struct finding_set *set, uint32_t flow)
{
    struct part part = {.first_rule = index->rules->len, .first_frame = index->frames->len};
    struct view view = view_of(finding_set_context(set), flow, NULL);
    finding_set_show(set, flow, &(struct proof_sink){take_proof, index, true});
    add_losses(index, &view);
    order_frames(index->frames, part.first_frame);
    part.rules = index->rules->len - part.first_rule;
    part.frames = index->frames->len - part.first_frame;
    index->part_of_flow[flow] = NO_PART;
    if (part.rules + part.frames == 0)
        return;
    index->part_of_flow[flow] = index->parts->len;
    g_array_append_val(index->parts, part);
}

struct proof_index *proof_index_new(const struct finding_set *set)
{
    struct proof_index *index = g_new0(struct proof_index, 1);
    index->flows = flow_table_count(finding_set_context(set)->source->flows);
    index->part_of_flow = g_new(uint32_t, index->flows);
    index->parts = g_array_new(FALSE, FALSE, sizeof(struct part));
    index->rules = g_array_new(FALSE, FALSE, sizeof(struct rule));
    index->frames = g_array_new(FALSE, FALSE, sizeof(struct named_frame));
    index->errors = g_array_new(FALSE, FALSE, sizeof(struct named_frame));
    if (finding_set_lacks_analysis(set))
        index->everywhere = finding_bit(FINDING_ANALYSIS_OFF);
    for (size_t i = 0; i < index->flows; i++)
        add_flow(index, set, (uint32_t)i);
    order_frames(index->errors, 0);
    return index;
}

void proof_index_free(struct proof_index *index)
{
    if (index == NULL)
        return;
    g_array_free(index->parts, TRUE);
    g_array_free(index->rules, TRUE);
    g_array_free(index->frames, TRUE);
    g_array_free(index->errors, TRUE);
    g_free(index->part_of_flow);
    g_free(index);
}

/* --- asking --- */

/* What there is to tell of flow number @flow, or NULL. */
static const struct part *part_of(const struct proof_index *index, uint32_t flow)
{
    if (flow >= index->flows || index->part_of_flow[flow] == NO_PART)
        return NULL;
    return &g_array_index(index->parts, struct part, index->part_of_flow[flow]);
}

/* Frame number @number of the @count ones of @frames from index @first on, or NULL. */
static const struct named_frame *find_frame(const GArray *frames, guint first, guint count,
                                            uint32_t number)
{
    const struct named_frame *all =
        &((const struct named_frame *)(const void *)frames->data)[first];
    size_t place = number_search(all, count, sizeof *all, number);
    return place < count && all[place].frame == number ? &all[place] : NULL;
}

finding_ids proof_index_of_segment(const struct proof_index *index, uint32_t flow, enum end sender,
                                   const struct shown_segment *segment)
{
    const struct part *part = part_of(index, flow);
    finding_ids ids = index->everywhere;
    if (part == NULL)
        return ids;
    for (uint32_t i = part->first_rule; i < part->first_rule + part->rules; i++) {
        const struct rule *rule = &g_array_index(index->rules, struct rule, i);
        if (proof_holds(&rule->proof, sender, segment))
            ids |= rule->ids;
    }
    const struct named_frame *frame =
        find_frame(index->frames, part->first_frame, part->frames, segment->frame);
    return frame != NULL ? ids | frame->ids : ids;
}

finding_ids proof_index_of_frame(const struct proof_index *index, uint32_t frame)
{
    const struct named_frame *error = find_frame(index->errors, 0, index->errors->len, frame);
    return error != NULL ? error->ids : 0;
}

enum loss_place proof_index_lost(const struct proof_index *index, uint32_t flow, uint32_t frame)
{
    const struct part *part = part_of(index, flow);
    const struct named_frame *found =
        part != NULL ? find_frame(index->frames, part->first_frame, part->frames, frame) : NULL;
    return found != NULL ? (enum loss_place)found->lost : LOSS_NONE;
}
