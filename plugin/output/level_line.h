/* Numbers as a line of characters, the taller the larger the number.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_LEVEL_LINE_H
#define TFA_LEVEL_LINE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Appends to @line a character for each of the @count @numbers: a blank for 0, the tallest one for
 * the largest number. The characters are ASCII unless @unicode. */
void append_levels(GString *line, const uint64_t *numbers, size_t count, bool unicode);

#endif
