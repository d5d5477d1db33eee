/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/median.h"

static void swap(int64_t *a, int64_t *b)
{
    int64_t kept = *a;
    *a = *b;
    *b = kept;
}

static int64_t median_of_three(int64_t a, int64_t b, int64_t c)
{
    return MAX(MIN(a, b), MIN(MAX(a, b), c));
}

static int compare_values(gconstpointer a, gconstpointer b, gpointer unused)
{
    (void)unused;
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

/* Hoare's selection: moves the value that sorting would put at @place there, smaller values before
 * it and larger values after it. An attacker may have made the capture. So if the range does not
 * halve often enough, it is sorted instead. */
static void select_place(int64_t *values, size_t count, size_t place)
{
    size_t first = 0, last = count - 1;
    unsigned rounds = 2 * g_bit_storage(count);
    while (first < last && rounds-- > 0) {
        int64_t pivot =
            median_of_three(values[first], values[first + (last - first) / 2], values[last]);
        size_t low = first, high = last;
        for (;;) {
            while (values[low] < pivot)
                low++;
            while (values[high] > pivot)
                high--;
            if (low >= high)
                break;
            swap(&values[low++], &values[high--]);
        }
        /* No value up to high is larger than a value after it. */
        if (place <= high)
            last = high;
        else
            first = high + 1;
    }
    if (first < last)
        g_qsort_with_data(&values[first], (gint)(last - first + 1), sizeof *values, compare_values,
                          NULL);
}

static struct summary summary_of(int64_t *values, size_t count)
{
    size_t middle = (count - 1) / 2;
    select_place(values, count, middle);
    int64_t low = values[middle], high = INT64_MAX, maximum = low;
    for (size_t i = middle + 1; i < count; i++) {
        high = MIN(high, values[i]);
        maximum = MAX(maximum, values[i]);
    }
    if (count % 2 != 0)
        high = low;
    return (struct summary){low + (high - low) / 2, maximum, count};
}

void summarize(const GArray *samples, struct summary *summaries, size_t groups)
{
    const struct sample *all = (const struct sample *)(void *)samples->data;
    size_t *next = g_new0(size_t, groups + 1); /* where the next value of a group goes */
    /* All are set below, but clang-tidy does not see that. */
    int64_t *values = g_new0(int64_t, samples->len);
    for (guint i = 0; i < samples->len; i++)
        next[all[i].group + 1]++;
    for (size_t group = 0; group < groups; group++)
        next[group + 1] += next[group];
    for (guint i = 0; i < samples->len; i++)
        values[next[all[i].group]++] = all[i].value;

    size_t first = 0;
    for (size_t group = 0; group < groups; group++) {
        summaries[group] = next[group] > first ? summary_of(&values[first], next[group] - first)
                                               : (struct summary){0};
        first = next[group];
    }
    g_free(values);
    g_free(next);
}
