/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/verdict.h"

#include "base/edit_distance.h"

/* A word that names findings. */
struct name {
    const char *word;
    finding_ids ids;
};

#define SEVERITIES (SEVERITY_ERROR + 1)
#define NAMES      (SEVERITIES + FINDING_COUNT)

static finding_ids as_severe_as(enum severity least)
{
    finding_ids ids = 0;
    for (int id = 0; id < FINDING_COUNT; id++) {
        if (finding_kinds[id].severity >= least)
            ids |= finding_bit((enum finding_id)id);
    }
    return ids;
}

static struct name name_at(int index)
{
    if (index < SEVERITIES)
        return (struct name){severity_name((enum severity)index),
                             as_severe_as((enum severity)index)};
    enum finding_id id = (enum finding_id)(index - SEVERITIES);
    return (struct name){finding_kinds[id].id, finding_bit(id)};
}

/* The name with the fewest edits to @word, and how many these are. */
static struct name nearest_name(const char *word, unsigned *edits)
{
    struct name nearest = name_at(0);
    *edits = edit_distance(word, nearest.word);
    for (int i = 1; i < NAMES; i++) {
        struct name name = name_at(i);
        unsigned distance = edit_distance(word, name.word);
        if (distance < *edits) {
            *edits = distance;
            nearest = name;
        }
    }
    return nearest;
}

char *verdict_parse(const GPtrArray *names, finding_ids *ids)
{
    *ids = 0;
    for (guint i = 0; i < names->len; i++) {
        const char *word = g_ptr_array_index(names, i);
        unsigned edits;
        struct name name = nearest_name(word, &edits);
        if (edits > 0)
            return g_strdup_printf("\"%s\" is neither a severity (chat, note, warn or error) nor "
                                   "the id of a finding: did you mean fail=%s?",
                                   word, name.word);
        *ids |= name.ids;
    }
    return NULL;
}

bool verdict_fails(const struct report *report, finding_ids ids)
{
    for (guint i = 0; i < report->rows->len; i++) {
        const struct row *row = g_ptr_array_index(report->rows, i);
        for (guint j = 0; j < row->findings->len; j++) {
            const struct finding *finding = g_ptr_array_index(row->findings, j);
            if ((ids & finding_bit(finding->id)) != 0)
                return true;
        }
    }
    return false;
}
