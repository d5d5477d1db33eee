/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/text_format.h"

#include "base/time_units.h"

#include <inttypes.h>
#include <string.h>

/* Writes @number with at least @least digits, and returns where it ends. printf() takes ten times
 * as long, and results with connections have hundreds of millions of numbers. */
static char *put_digits(char *at, uint64_t number, unsigned least)
{
    char digits[20], *first = digits + sizeof digits;
    if (number < 10 && least <= 1) { /* as most counts are */
        *at = (char)('0' + number);
        return at + 1;
    }
    do {
        *--first = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0 || digits + sizeof digits - first < (ptrdiff_t)least);
    while (first < digits + sizeof digits)
        *at++ = *first++;
    return at;
}

/* @number as a fraction with @decimals digits after the point, and @unit: 1234, 2 and " ms" are
 * "12.34 ms". */
static const char *format_fraction(char *buffer, uint64_t number, unsigned decimals,
                                   const char *unit)
{
    uint64_t whole = 1;
    for (unsigned i = 0; i < decimals; i++)
        whole *= 10;
    char *end = put_digits(buffer, number / whole, 1);
    if (decimals > 0) {
        *end++ = '.';
        end = put_digits(end, number % whole, decimals);
    }
    g_stpcpy(end, unit);
    return buffer;
}

/* @number in units of @unit, which is even. */
static uint64_t rounded(uint64_t number, uint64_t unit)
{
    return number / unit + (number % unit >= unit / 2);
}

/* @digits significant digits, 2 or 3, of @number, which is at least 1000, and a decimal prefix.
 * Rounds only once: if 999,499 became 999.5 k first, it would then become 1000 k. */
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

    char prefixed[3] = {*space, prefixes[step], '\0'};
    format_fraction(buffer, rounded(number, digit), decimals,
                    *space != '\0' ? prefixed : &prefixed[1]);
}

void text_append(GString *text, const char *first, ...)
{
    va_list parts;
    va_start(parts, first);
    for (const char *part = first; part != NULL; part = va_arg(parts, const char *)) {
        size_t length = strlen(part), before = text->len;
        g_string_set_size(text, before + length);
        memcpy(text->str + before, part, length);
    }
    va_end(parts);
}

const char *format_digits(char *buffer, uint64_t number)
{
    *put_digits(buffer, number, 1) = '\0';
    return buffer;
}

const char *format_count(char *buffer, uint64_t number)
{
    if (number < 100000)
        return format_digits(buffer, number);
    format_prefixed(buffer, number, 3, "");
    return buffer;
}

const char *format_short_count(char *buffer, uint64_t number)
{
    if (number < 10000)
        return format_digits(buffer, number);
    format_prefixed(buffer, number, 2, "");
    return buffer;
}

const char *format_bytes(char *buffer, uint64_t bytes)
{
    if (bytes < 1000)
        return format_fraction(buffer, bytes, 0, " B");
    format_prefixed(buffer, bytes, 3, " ");
    g_strlcat(buffer, "B", TEXT_FORMAT_SIZE);
    return buffer;
}

/* @ns in units of @unit ns, rounded. */
static uint64_t in_units(int64_t ns, int64_t unit)
{
    return ((uint64_t)ns + (uint64_t)unit / 2) / (uint64_t)unit;
}

const char *format_span(char *buffer, int64_t ns)
{
    if (in_units(ns, NS_PER_MS / 100) < 1000)
        return format_fraction(buffer, in_units(ns, NS_PER_MS / 100), 2, " ms");
    if (in_units(ns, NS_PER_MS / 10) < 10000)
        return format_fraction(buffer, in_units(ns, NS_PER_MS / 10), 1, " ms");
    if (in_units(ns, NS_PER_SECOND / 100) < 10000)
        return format_fraction(buffer, in_units(ns, NS_PER_SECOND / 100), 2, " s");
    if (in_units(ns, NS_PER_SECOND) < 3600)
        return format_fraction(buffer, in_units(ns, NS_PER_SECOND), 0, " s");
    uint64_t minutes = in_units(ns, 60 * NS_PER_SECOND);
    char *end = g_stpcpy(put_digits(buffer, minutes / 60, 1), " h ");
    g_stpcpy(put_digits(end, minutes % 60, 1), " min");
    return buffer;
}

const char *format_short_span(char *buffer, int64_t ns)
{
    static const struct {
        int64_t unit;
        uint64_t below; /* units from which on the next line is right */
        unsigned decimals;
        const char *name;
    } forms[] = {
        {NS_PER_MS / 100, 1000, 2, " ms"},    {NS_PER_MS / 10, 1000, 1, " ms"},
        {NS_PER_MS, 1000, 0, " ms"},          {NS_PER_SECOND / 100, 1000, 2, " s"},
        {NS_PER_SECOND / 10, 1000, 1, " s"},  {NS_PER_SECOND, 3600, 0, " s"},
        {360 * NS_PER_SECOND, 1000, 1, " h"}, {86400 * NS_PER_SECOND, UINT64_MAX, 0, " d"},
    };
    size_t i = 0;
    while (in_units(ns, forms[i].unit) >= forms[i].below)
        i++;
    return format_fraction(buffer, in_units(ns, forms[i].unit), forms[i].decimals, forms[i].name);
}

const char *format_fixed(char *buffer, int64_t ns, unsigned decimals)
{
    uint64_t magnitude = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
    buffer[0] = '-';
    format_fraction(ns < 0 ? buffer + 1 : buffer, magnitude, decimals, "");
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
    int year, month, day;
    g_date_time_get_ymd(time, &year, &month, &day);
    const struct {
        int number;
        unsigned digits;
        const char *behind;
    } parts[] = {
        {year, 4, "-"},
        {month, 2, "-"},
        {day, 2, "T"},
        {g_date_time_get_hour(time), 2, ":"},
        {g_date_time_get_minute(time), 2, ":"},
        {g_date_time_get_second(time), 2, "."},
        {(int)rest, 9, "Z"},
    };
    char *end = buffer;
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
        end =
            g_stpcpy(put_digits(end, (uint64_t)parts[i].number, parts[i].digits), parts[i].behind);
    g_date_time_unref(time);
    return buffer;
}

const char *format_hundredths(char *buffer, double number)
{
    double magnitude = number < 0 ? -number : number;
    bool is_in_range = magnitude > 0 && magnitude <= 1e6; /* and a number */
    double hundredths = is_in_range ? magnitude * 100 : 0;
    uint64_t whole = (uint64_t)hundredths;
    double rest = hundredths - (double)whole;
    /* The product is rounded, so close to the middle it does not show which way to round. */
    if (!is_in_range || (rest > 0.4999 && rest < 0.5001))
        return g_ascii_formatd(buffer, TEXT_FORMAT_SIZE, "%.2f", number);
    buffer[0] = '-';
    format_fraction(number < 0 ? buffer + 1 : buffer, whole + (rest > 0.5), 2, "");
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

/* Whether each of the eight bytes at @text is an ASCII character. */
static bool are_ascii(const char *text)
{
    uint64_t eight;
    memcpy(&eight, text, sizeof eight);
    return (eight & G_GUINT64_CONSTANT(0x8080808080808080)) == 0;
}

size_t text_part_width(const char *text, const char *end)
{
    size_t width = 0;
    while (text < end) {
        if (end - text >= 8 && are_ascii(text)) { /* nearly all, and GLib's tables are slow */
            width += 8;
            text += 8;
        } else if ((unsigned char)*text < 0x80) {
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
