/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "output/level_line.h"

#define LEVELS 8

static const char *const blocks[LEVELS + 1] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
static const char *const signs[LEVELS + 1] = {" ", ".", ":", "-", "=", "+", "*", "#", "@"};

/* From 0 to LEVELS; only of 0 it is 0. */
static unsigned level_of(uint64_t number, uint64_t largest)
{
    if (number == 0)
        return 0;
    /* Beyond that, eight times the number has no room in 64 bits. */
    for (; largest > UINT64_MAX / LEVELS; largest /= 2)
        number /= 2;
    return number > 0 ? (unsigned)((number * LEVELS - 1) / largest) + 1 : 1;
}

void append_levels(GString *line, const uint64_t *numbers, size_t count, bool unicode)
{
    uint64_t largest = 0;
    for (size_t i = 0; i < count; i++)
        largest = MAX(largest, numbers[i]);
    for (size_t i = 0; i < count; i++)
        g_string_append(line, (unicode ? blocks : signs)[level_of(numbers[i], largest)]);
}
