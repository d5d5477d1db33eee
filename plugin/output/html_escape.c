/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "output/html_escape.h"

#include <string.h>

#define REPLACEMENT "\357\277\275" /* U+FFFD */

static const char *entity_of(char c)
{
    switch (c) {
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '&':
        return "&amp;";
    case '"':
        return "&quot;";
    default:
        return (g_ascii_iscntrl(c) && c != '\n') ? REPLACEMENT : NULL;
    }
}

void html_write_text(const char *text, FILE *out)
{
    char *valid = g_utf8_make_valid(text, -1);
    for (const char *c = valid; *c != '\0'; c++) {
        const char *entity = entity_of(*c);
        if (entity != NULL)
            fputs(entity, out);
        else
            fputc(*c, out);
    }
    g_free(valid);
}

/* U+2028 and U+2029 in UTF-8. */
#define LINE_SEPARATOR      "\342\200\250"
#define PARAGRAPH_SEPARATOR "\342\200\251"
#define SEPARATOR_LENGTH    3

/* The escape of the character at @text, and its @length in bytes; NULL: it may stay. */
static const char *json_escape_of(const char *text, const char *end, gsize *length)
{
    *length = 1;
    switch (*text) {
    case '<':
        return "\\u003c";
    case '>':
        return "\\u003e";
    case '&':
        return "\\u0026";
    default:
        break;
    }
    *length = SEPARATOR_LENGTH;
    if (end - text < SEPARATOR_LENGTH)
        return NULL;
    if (memcmp(text, LINE_SEPARATOR, SEPARATOR_LENGTH) == 0)
        return "\\u2028";
    if (memcmp(text, PARAGRAPH_SEPARATOR, SEPARATOR_LENGTH) == 0)
        return "\\u2029";
    return NULL;
}

void html_write_json(const char *json, gsize length, FILE *out)
{
    const char *end = json + length, *begin = json;
    for (const char *c = json; c < end;) {
        gsize taken;
        const char *escape = json_escape_of(c, end, &taken);
        if (escape == NULL) {
            c++;
            continue;
        }
        fwrite(begin, 1, (gsize)(c - begin), out);
        fputs(escape, out);
        c += taken;
        begin = c;
    }
    fwrite(begin, 1, (gsize)(end - begin), out);
}
