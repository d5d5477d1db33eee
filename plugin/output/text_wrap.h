/* Lines of text on a terminal, where a character may have more bytes than columns.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_TEXT_WRAP_H
#define TFA_TEXT_WRAP_H

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>

/* Appends @count blanks to @line. */
void append_blanks(GString *line, size_t count);

/* Appends @text, and blanks that fill it up to @width columns. The blanks come first if @right. */
void append_padded(GString *line, const char *text, unsigned width, bool right);

/* Writes @line without the blanks at its end, and empties it. */
void write_line(GString *line, FILE *out);

/* Writes @text, valid UTF-8, in lines of at most @width columns, unless a word is longer. All lines
 * except the first are indented by @indent columns. */
void write_wrapped(const char *text, size_t width, size_t indent, FILE *out);

#endif
