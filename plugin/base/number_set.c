/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/number_set.h"

#include <stdint.h>

static gint compare_numbers(gconstpointer a, gconstpointer b)
{
    const uint32_t *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

void number_set_make(GArray *numbers)
{
    guint kept = 0;
    g_array_sort(numbers, compare_numbers);
    for (guint i = 0; i < numbers->len; i++) {
        uint32_t number = g_array_index(numbers, uint32_t, i);
        if (kept == 0 || g_array_index(numbers, uint32_t, kept - 1) != number)
            g_array_index(numbers, uint32_t, kept++) = number;
    }
    g_array_set_size(numbers, kept);
}
