/* Arrays of numbers as sets, and arrays in order of numbers.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_NUMBER_SET_H
#define TFA_NUMBER_SET_H

#include <glib.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Sorts @numbers (uint32_t) and drops repeats. */
void number_set_make(GArray *numbers);

/* Among the @count elements of @size bytes at @elements, each of which begins with a uint32_t, in
 * ascending order of these: the index of the first with @number or a larger one, @count if there is
 * none. */
static inline size_t number_search(const void *elements, size_t count, size_t size, uint32_t number)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        uint32_t value;
        memcpy(&value, (const char *)elements + middle * size, sizeof value);
        if (value < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

#endif
