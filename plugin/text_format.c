/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "text_format.h"

#include <inttypes.h>
#include <string.h>

#define NS_PER_SECOND G_GINT64_CONSTANT(1000000000)

/* Three significant digits of @number, which is at least 1000, and its decimal prefix. */
static void split_prefix(uint64_t number, unsigned *hundredths, char *prefix)
{
    static const char prefixes[] = "kMGTPE";
    int step = 0;
    uint64_t unit = 1000;
    /* 999,500 k would be rounded to 1000 k. */
    while (number / unit >= 1000 || (number / unit == 999 && number % unit >= unit / 2)) {
        unit *= 1000;
        step++;
        if (step == 5)
            break;
    }
    uint64_t scaled = number / (unit / 100) + (number % (unit / 100) >= unit / 200);
    *hundredths = (unsigned)scaled;
    *prefix = prefixes[step];
}

static void format_three_digits(char *buffer, uint64_t number, const char *space)
{
    unsigned hundredths;
    char prefix;
    split_prefix(number, &hundredths, &prefix);
    if (hundredths < 1000)
        g_snprintf(buffer, TEXT_FORMAT_SIZE, "%u.%02u%s%c", hundredths / 100, hundredths % 100,
                   space, prefix);
    else if (hundredths < 9995)
        g_snprintf(buffer, TEXT_FORMAT_SIZE, "%u.%u%s%c", (hundredths + 5) / 100,
                   (hundredths + 5) % 100 / 10, space, prefix);
    else
        g_snprintf(buffer, TEXT_FORMAT_SIZE, "%u%s%c", (hundredths + 50) / 100, space, prefix);
}

const char *format_count(char *buffer, uint64_t number)
{
    if (number < 100000)
        g_snprintf(buffer, TEXT_FORMAT_SIZE, "%" PRIu64, number);
    else
        format_three_digits(buffer, number, "");
    return buffer;
}

const char *format_bytes(char *buffer, uint64_t bytes)
{
    if (bytes < 1000)
        g_snprintf(buffer, TEXT_FORMAT_SIZE, "%" PRIu64 " B", bytes);
    else
        format_three_digits(buffer, bytes, " ");
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
    g_snprintf(buffer, TEXT_FORMAT_SIZE, "%s%" PRIu64 ".%0*" PRIu64, ns < 0 ? "-" : "",
               magnitude / (uint64_t)unit, (int)decimals, magnitude % (uint64_t)unit);
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
        if (g_unichar_isprint(character) && g_unichar_type(character) != G_UNICODE_LINE_SEPARATOR &&
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

size_t text_width(const char *text)
{
    size_t width = 0;
    for (; *text != '\0'; text = g_utf8_next_char(text)) {
        gunichar character = g_utf8_get_char(text);
        if (character < 0x80) /* nearly all, and GLib's tables are slow */
            width++;
        else if (!g_unichar_iszerowidth(character))
            width += g_unichar_iswide(character) ? 2 : 1;
    }
    return width;
}
