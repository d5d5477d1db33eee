/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "output/text_wrap.h"

#include "base/text_format.h"

#include <string.h>

static const char blanks[] = "                                        ";

void append_blanks(GString *line, size_t count)
{
    for (; count >= sizeof blanks; count -= sizeof blanks - 1)
        g_string_append_len(line, blanks, sizeof blanks - 1);
    g_string_append_len(line, blanks, (gssize)count);
}

void append_padded(GString *line, const char *text, unsigned width, bool right)
{
    size_t used = text_width(text);
    size_t padding = used < width ? width - used : 0;
    if (right)
        append_blanks(line, padding);
    text_append(line, text, NULL);
    if (!right)
        append_blanks(line, padding);
}

void write_line(GString *line, FILE *out)
{
    while (line->len > 0 && line->str[line->len - 1] == ' ')
        g_string_truncate(line, line->len - 1);
    g_string_append_c(line, '\n');
    fwrite(line->str, 1, line->len, out);
    g_string_truncate(line, 0);
}

static void write_blanks(size_t count, FILE *out)
{
    for (; count >= sizeof blanks; count -= sizeof blanks - 1)
        fwrite(blanks, 1, sizeof blanks - 1, out);
    fwrite(blanks, 1, count, out);
}

/* Writes the part of a text up to @end as a line, without the blanks at its end. */
static void write_part(const char *start, const char *end, FILE *out)
{
    while (end > start && end[-1] == ' ')
        end--;
    fwrite(start, 1, (size_t)(end - start), out);
    fputc('\n', out);
}

/* How many columns the part of a text up to @end takes. @is_ascii: each byte takes one. */
static size_t width_up_to(const char *start, const char *end, bool is_ascii)
{
    return is_ascii ? (size_t)(end - start) : text_part_width(start, end);
}

/* Writes @text in lines of at most @width columns. All lines except the first are indented by
 * @indent. */
void write_wrapped(const char *text, size_t width, size_t indent, FILE *out)
{
    /* Characters beyond ASCII have more bytes than columns. */
    bool is_ascii = text_width(text) == strlen(text);
    const char *start = text, *end; /* of the line; of the word */
    size_t used = 0;                /* columns of the line up to the word */
    for (const char *word = text;; word = end + 1) {
        end = strchr(word, ' ');
        if (end == NULL)
            end = word + strlen(word);
        size_t needed = width_up_to(word, end, is_ascii);
        if (word > start && used + needed > width) {
            write_part(start, word, out);
            write_blanks(indent, out);
            start = word;
            used = indent;
        }
        used += needed + 1;
        if (*end == '\0')
            break;
    }
    write_part(start, end, out);
}
