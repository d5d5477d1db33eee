/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/edit_distance.h"

#include <glib.h>
#include <string.h>

unsigned edit_distance(const char *a, const char *b)
{
    size_t width = strlen(b) + 1;
    unsigned *row = g_new(unsigned, width);
    for (size_t j = 0; j < width; j++)
        row[j] = (unsigned)j;
    for (size_t i = 1; a[i - 1] != '\0'; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i;
        for (size_t j = 1; j < width; j++) {
            unsigned replace = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            row[j] = MIN(MIN(row[j], row[j - 1]) + 1, replace);
        }
    }
    unsigned distance = row[width - 1];
    g_free(row);
    return distance;
}
