/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "text_format.h"

#include <inttypes.h>
#include <string.h>

#define NS_PER_SECOND G_GINT64_CONSTANT(1000000000)

/* @number in units of @unit, which is even. */
static uint64_t rounded(uint64_t number, uint64_t unit)
{
    return number / unit + (number % unit >= unit / 2);
}

/* @digits significant digits, 2 or 3, of @number, which is at least 1000, and a decimal prefix.
 * Rounded once: to round 999,499 to 999.5 k first would make 1000 k of it. */
static void format_prefixed(char *buffer, uint64_t number, unsigned digits, const char *space)
{
    static const char prefixes[] = "kMGTPE";
    const uint64_t limit = digits == 3 ? 1000 : 100;
    uint64_t unit = 1000;
    unsigned step = 0, decimals = digits - 1;
    while (prefixes[step + 1] != '\0' && rounded(number, unit) >= 1000) {
        unit *= 1000;
        step++;
    }
    uint64_t digit = unit / (limit / 10); /* what the last digit shown stands for */
    for (; decimals > 0 && rounded(number, digit) >= limit; decimals--)
        digit *= 10;

    unsigned shown = (unsigned)rounded(number, digit), whole = (unsigned)(unit / digit);
    if (decimals == 0)
        g_snprintf(buffer, TEXT_FORMAT_SIZE, "%u%s%c", shown, space, prefixes[step]);
    else
        g_snprintf(buffer, TEXT_FORMAT_SIZE, "%u.%0*u%s%c", shown / whole, (int)decimals,
                   shown % whole, space, prefixes[step]);
}

const char *format_digits(char *buffer, uint64_t number)
{
    char digits[20], *first = digits + sizeof digits;
    do {
        *--first = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    size_t length = (size_t)(digits + sizeof digits - first);
    memcpy(buffer, first, length);
    buffer[length] = '\0';
    return buffer;
}

const char *format_count(char *buffer, uint64_t number)
{
    if (number < 100000)
        g_snprintf(buffer, TEXT_FORMAT_SIZE, "%" PRIu64, number);
    else
        format_prefixed(buffer, number, 3, "");
    return buffer;
}

const char *format_short_count(char *buffer, uint64_t number)
{
    if (number < 10000)
        g_snprintf(buffer, TEXT_FORMAT_SIZE, "%" PRIu64, number);
    else
        format_prefixed(buffer, number, 2, "");
    return buffer;
}

const char *format_bytes(char *buffer, uint64_t bytes)
{
    if (bytes < 1000)
        g_snprintf(buffer, TEXT_FORMAT_SIZE, "%" PRIu64 " B", bytes);
    else
        format_prefixed(buffer, bytes, 3, " ");
    if (bytes >= 1000)
        g_strlcat(buffer, "B", TEXT_FORMAT_SIZE);
    return buffer;
}

const char *format_span(char *buffer, int64_t ns)
{
    int64_t us = ns / 1000, ms = ns / 1000000, seconds = ns / NS_PER_SECOND;
    if (us < 10000)
        g_snprintf(buffer, TEXT_FORMAT_SIZE, "%d.%02d ms", (int)ms, (int)(us % 1000 / 10));
    else if (us < 1000000)
        g_snprintf(buffer, TEXT_FORMAT_SIZE, "%d.%d ms", (int)ms, (int)(us % 1000 / 100));
    else if (ms < 100000)
        g_snprintf(buffer, TEXT_FORMAT_SIZE, "%d.%02d s", (int)seconds, (int)(ms % 1000 / 10));
    else if (seconds < 3600)
        g_snprintf(buffer, TEXT_FORMAT_SIZE, "%d s", (int)seconds);
    else
        g_snprintf(buffer, TEXT_FORMAT_SIZE, "%" PRId64 " h %d min", seconds / 3600,
                   (int)(seconds % 3600 / 60));
    return buffer;
}

const char *format_fixed(char *buffer, int64_t ns, unsigned decimals)
{
    int64_t unit = 1;
    for (unsigned i = 0; i < decimals; i++)
        unit *= 10;
    uint64_t magnitude = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
    uint64_t rest = magnitude % (uint64_t)unit;
    char *end = buffer;
    if (ns < 0)
        *end++ = '-';
    format_digits(end, magnitude / (uint64_t)unit);
    end += strlen(end);
    *end++ = '.';
    for (unsigned i = decimals; i-- > 0; rest /= 10)
        end[i] = (char)('0' + rest % 10);
    end[decimals] = '\0';
    return buffer;
}

const char *format_time(char *buffer, int64_t ns)
{
    int64_t seconds = ns / NS_PER_SECOND, rest = ns % NS_PER_SECOND;
    if (rest < 0) {
        rest += NS_PER_SECOND;
        seconds--;
    }
    buffer[0] = '\0';
    GDateTime *time = g_date_time_new_from_unix_utc(seconds);
    if (time == NULL)
        return buffer;
    g_snprintf(buffer, TEXT_FORMAT_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%09dZ",
               g_date_time_get_year(time), g_date_time_get_month(time),
               g_date_time_get_day_of_month(time), g_date_time_get_hour(time),
               g_date_time_get_minute(time), g_date_time_get_second(time), (int)rest);
    g_date_time_unref(time);
    return buffer;
}

const char *format_real(char *buffer, double number)
{
    return g_ascii_formatd(buffer, TEXT_FORMAT_SIZE, "%.9g", number);
}

char *format_safe(const char *text)
{
    char *valid = g_utf8_make_valid(text, -1);
    GString *safe = g_string_new(NULL);
    for (const char *at = valid; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar character = g_utf8_get_char(at);
        if (character >= ' ' && character <= '~')
            g_string_append_c(safe, (char)character);
        else if (g_unichar_isprint(character) &&
                 g_unichar_type(character) != G_UNICODE_LINE_SEPARATOR &&
                 g_unichar_type(character) != G_UNICODE_PARAGRAPH_SEPARATOR)
            g_string_append_unichar(safe, character);
        else if (character < 0x100)
            g_string_append_printf(safe, "\\x%02x", character);
        else
            g_string_append_printf(safe, "\\u{%04x}", character);
    }
    g_free(valid);
    return g_string_free(safe, FALSE);
}

static size_t wide_character(const char *text)
{
    gunichar character = g_utf8_get_char(text);
    if (g_unichar_iszerowidth(character))
        return 0;
    return g_unichar_iswide(character) ? 2 : 1;
}

size_t text_part_width(const char *text, const char *end)
{
    size_t width = 0;
    while (text < end) {
        if ((unsigned char)*text < 0x80) { /* nearly all, and GLib's tables are slow */
            width++;
            text++;
        } else {
            width += wide_character(text);
            text = g_utf8_next_char(text);
        }
    }
    return width;
}

size_t text_width(const char *text)
{
    return text_part_width(text, text + strlen(text));
}
