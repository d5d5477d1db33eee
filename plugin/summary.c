/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "summary.h"

static gint compare_samples(gconstpointer a, gconstpointer b)
{
    const struct sample *left = a, *right = b;
    if (left->group != right->group)
        return left->group < right->group ? -1 : 1;
    return (left->value > right->value) - (left->value < right->value);
}

static struct summary summary_of_sorted(const struct sample *samples, size_t count)
{
    int64_t low = samples[(count - 1) / 2].value, high = samples[count / 2].value;
    return (struct summary){low + (high - low) / 2, samples[count - 1].value, count};
}

void summarize(GArray *samples, struct summary *summaries)
{
    g_array_sort(samples, compare_samples);
    const struct sample *all = (const struct sample *)(void *)samples->data;
    for (size_t first = 0, next; first < samples->len; first = next) {
        next = first + 1;
        while (next < samples->len && all[next].group == all[first].group)
            next++;
        summaries[all[first].group] = summary_of_sorted(&all[first], next - first);
    }
}
