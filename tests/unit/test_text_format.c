/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/text_format.h"

#include <math.h>
#include <string.h>

struct number_case {
    const char *name;
    uint64_t number;
    const char *text;
};

static const struct number_case count_cases[] = {
    {"/text-format/count/0", 0, "0"},
    {"/text-format/count/999", 999, "999"},
    {"/text-format/count/1000", 1000, "1000"},
    {"/text-format/count/99999-is-exact", 99999, "99999"},
    {"/text-format/count/100000", 100000, "100k"},
    {"/text-format/count/100499-rounds-down", 100499, "100k"},
    {"/text-format/count/100500-rounds-up", 100500, "101k"},
    {"/text-format/count/999499-is-not-1000k", 999499, "999k"},
    {"/text-format/count/999500-is-1.00M", 999500, "1.00M"},
    {"/text-format/count/999999", 999999, "1.00M"},
    {"/text-format/count/1M", 1000000, "1.00M"},
    {"/text-format/count/1234567", 1234567, "1.23M"},
    {"/text-format/count/1.235M", 1235000, "1.24M"},
    {"/text-format/count/9994999", 9994999, "9.99M"},
    {"/text-format/count/9995000", 9995000, "10.0M"},
    {"/text-format/count/12349999-rounds-once", 12349999, "12.3M"},
    {"/text-format/count/12350000", 12350000, "12.4M"},
    {"/text-format/count/99949999-rounds-once", 99949999, "99.9M"},
    {"/text-format/count/99950000", 99950000, "100M"},
    {"/text-format/count/123456789", 123456789, "123M"},
    {"/text-format/count/999499999-rounds-once", 999499999, "999M"},
    {"/text-format/count/999500000", 999500000, "1.00G"},
    {"/text-format/count/1T", G_GUINT64_CONSTANT(1000000000000), "1.00T"},
    {"/text-format/count/1P", G_GUINT64_CONSTANT(1000000000000000), "1.00P"},
    {"/text-format/count/1E", G_GUINT64_CONSTANT(1000000000000000000), "1.00E"},
    {"/text-format/count/largest", UINT64_MAX, "18.4E"},
};

static const struct number_case bytes_cases[] = {
    {"/text-format/bytes/0", 0, "0 B"},
    {"/text-format/bytes/1", 1, "1 B"},
    {"/text-format/bytes/999", 999, "999 B"},
    {"/text-format/bytes/1000", 1000, "1.00 kB"},
    {"/text-format/bytes/1004", 1004, "1.00 kB"},
    {"/text-format/bytes/1005", 1005, "1.01 kB"},
    {"/text-format/bytes/9994", 9994, "9.99 kB"},
    {"/text-format/bytes/9995", 9995, "10.0 kB"},
    {"/text-format/bytes/12345-rounds-once", 12345, "12.3 kB"},
    {"/text-format/bytes/12350", 12350, "12.4 kB"},
    {"/text-format/bytes/99949-rounds-once", 99949, "99.9 kB"},
    {"/text-format/bytes/99950", 99950, "100 kB"},
    {"/text-format/bytes/99999", 99999, "100 kB"},
    {"/text-format/bytes/999499-is-not-1000-kB", 999499, "999 kB"},
    {"/text-format/bytes/999500", 999500, "1.00 MB"},
    {"/text-format/bytes/1.23-MB", 1230000, "1.23 MB"},
    {"/text-format/bytes/largest", UINT64_MAX, "18.4 EB"},
};

static void count_is(gconstpointer data)
{
    const struct number_case *c = data;
    char buffer[TEXT_FORMAT_SIZE];
    g_assert_true(format_count(buffer, c->number) == buffer);
    g_assert_cmpstr(buffer, ==, c->text);
}

static void bytes_are(gconstpointer data)
{
    const struct number_case *c = data;
    char buffer[TEXT_FORMAT_SIZE];
    g_assert_true(format_bytes(buffer, c->number) == buffer);
    g_assert_cmpstr(buffer, ==, c->text);
}

/* The tables have five columns for a count. */
static void count_never_takes_more_than_five(void)
{
    char buffer[TEXT_FORMAT_SIZE];
    for (uint64_t power = 1; power <= UINT64_MAX / 10; power *= 10) {
        for (uint64_t leading = 1; leading <= 9; leading++) {
            uint64_t number = power * leading;
            g_assert_cmpuint(strlen(format_count(buffer, number)), <=, 5);
            g_assert_cmpuint(strlen(format_count(buffer, number - 1)), <=, 5);
            g_assert_cmpuint(strlen(format_count(buffer, number + power / 2)), <=, 5);
        }
    }
}

struct time_case {
    const char *name;
    int64_t ns;
    const char *text;
};

#define US       G_GINT64_CONSTANT(1000)
#define MS       G_GINT64_CONSTANT(1000000)
#define ONE_S    G_GINT64_CONSTANT(1000000000)
#define ONE_HOUR (3600 * ONE_S)

static const struct time_case span_cases[] = {
    {"/text-format/span/0", 0, "0.00 ms"},
    {"/text-format/span/0.25-ms", 250 * US, "0.25 ms"},
    {"/text-format/span/9.99-ms", 9990 * US, "9.99 ms"},
    {"/text-format/span/10-ms", 10 * MS, "10.0 ms"},
    {"/text-format/span/12.3-ms", 12300 * US, "12.3 ms"},
    {"/text-format/span/999.9-ms", 999900 * US, "999.9 ms"},
    {"/text-format/span/1-s", ONE_S, "1.00 s"},
    {"/text-format/span/1.25-s", 1250 * MS, "1.25 s"},
    {"/text-format/span/100-s", 100 * ONE_S, "100 s"},
    {"/text-format/span/180-s", 180 * ONE_S, "180 s"},
    {"/text-format/span/rounded-up", 1815 * US, "1.82 ms"},
    {"/text-format/span/rounded-down", 1814999, "1.81 ms"},
    {"/text-format/span/rounded-to-10-ms", 9995 * US, "10.0 ms"},
    {"/text-format/span/rounded-to-1-s", 999950 * US, "1.00 s"},
    {"/text-format/span/rounded-to-100-s", 99995 * MS, "100 s"},
    {"/text-format/span/3599-s", ONE_HOUR - ONE_S, "3599 s"},
    {"/text-format/span/just-under-an-hour", ONE_HOUR - 1, "1 h 0 min"},
    {"/text-format/span/1-h", ONE_HOUR, "1 h 0 min"},
    {"/text-format/span/2-h-5-min", 2 * ONE_HOUR + 5 * 60 * ONE_S, "2 h 5 min"},
    {"/text-format/span/not-60-min", 2 * ONE_HOUR - 1, "2 h 0 min"},
    {"/text-format/span/largest", INT64_MAX, "2562047 h 47 min"},
};

static void span_is(gconstpointer data)
{
    const struct time_case *c = data;
    char buffer[TEXT_FORMAT_SIZE];
    g_assert_cmpstr(format_span(buffer, c->ns), ==, c->text);
}

static const struct time_case short_span_cases[] = {
    {"/text-format/short-span/0", 0, "0.00 ms"},
    {"/text-format/short-span/two-decimals", 9994 * US, "9.99 ms"},
    {"/text-format/short-span/one-decimal", 9995 * US, "10.0 ms"},
    {"/text-format/short-span/no-decimal", 99950 * US, "100 ms"},
    {"/text-format/short-span/nearly-a-second", 999499 * US, "999 ms"},
    {"/text-format/short-span/1-s", 999500 * US, "1.00 s"},
    {"/text-format/short-span/10-s", 9995 * MS, "10.0 s"},
    {"/text-format/short-span/100-s", 99950 * MS, "100 s"},
    {"/text-format/short-span/3599-s", 3599 * ONE_S, "3599 s"},
    {"/text-format/short-span/hours", 90 * 60 * ONE_S, "1.5 h"},
    {"/text-format/short-span/days", 240 * ONE_HOUR, "10 d"},
    {"/text-format/short-span/largest", INT64_MAX, "106752 d"},
};

static void short_span_is(gconstpointer data)
{
    const struct time_case *c = data;
    char buffer[TEXT_FORMAT_SIZE];
    g_assert_cmpstr(format_short_span(buffer, c->ns), ==, c->text);
}

static const struct time_case ms_cases[] = {
    {"/text-format/fixed/ms/0", 0, "0.000000"},
    {"/text-format/fixed/ms/1-ns", 1, "0.000001"},
    {"/text-format/fixed/ms/1.5", 1500000, "1.500000"},
    {"/text-format/fixed/ms/under-1", 999999, "0.999999"},
    {"/text-format/fixed/ms/negative-under-1", -1, "-0.000001"},
    {"/text-format/fixed/ms/negative", -1500000, "-1.500000"},
    {"/text-format/fixed/ms/largest", INT64_MAX, "9223372036854.775807"},
    {"/text-format/fixed/ms/smallest", INT64_MIN, "-9223372036854.775808"},
};

static void ms_are(gconstpointer data)
{
    const struct time_case *c = data;
    char buffer[TEXT_FORMAT_SIZE];
    g_assert_cmpstr(format_fixed(buffer, c->ns, 6), ==, c->text);
}

static const struct time_case seconds_cases[] = {
    {"/text-format/fixed/s/1-ns", 1, "0.000000001"},
    {"/text-format/fixed/s/1.000000001", ONE_S + 1, "1.000000001"},
    {"/text-format/fixed/s/largest", INT64_MAX, "9223372036.854775807"},
};

static void seconds_are(gconstpointer data)
{
    const struct time_case *c = data;
    char buffer[TEXT_FORMAT_SIZE];
    g_assert_cmpstr(format_fixed(buffer, c->ns, 9), ==, c->text);
}

static const struct time_case date_cases[] = {
    {"/text-format/time/1970", 0, "1970-01-01T00:00:00.000000000Z"},
    {"/text-format/time/2026", G_GINT64_CONSTANT(1795410747123456789),
     "2026-11-23T05:12:27.123456789Z"},
    {"/text-format/time/1-ns-before-1970", -1, "1969-12-31T23:59:59.999999999Z"},
    {"/text-format/time/1-s-before-1970", -ONE_S, "1969-12-31T23:59:59.000000000Z"},
    {"/text-format/time/leap-day", G_GINT64_CONSTANT(951782400) * ONE_S,
     "2000-02-29T00:00:00.000000000Z"},
    {"/text-format/time/latest", INT64_MAX, "2262-04-11T23:47:16.854775807Z"},
    {"/text-format/time/earliest", INT64_MIN, "1677-09-21T00:12:43.145224192Z"},
};

static void date_is(gconstpointer data)
{
    const struct time_case *c = data;
    char buffer[TEXT_FORMAT_SIZE];
    g_assert_cmpstr(format_time(buffer, c->ns), ==, c->text);
}

struct real_case {
    const char *name;
    double number;
    const char *text;
};

static const struct real_case real_cases[] = {
    {"/text-format/real/0", 0, "0"},
    {"/text-format/real/1.5", 1.5, "1.5"},
    {"/text-format/real/two-thirds", 2.0 / 3, "0.666666667"},
    {"/text-format/real/-1", -1, "-1"},
    {"/text-format/real/large", 12345678901.0, "1.23456789e+10"},
};

static void real_is(gconstpointer data)
{
    const struct real_case *c = data;
    char buffer[TEXT_FORMAT_SIZE];
    g_assert_cmpstr(format_real(buffer, c->number), ==, c->text);
}

struct safe_case {
    const char *name;
    const char *text, *safe;
};

static const struct safe_case safe_cases[] = {
    {"/text-format/safe/empty", "", ""},
    {"/text-format/safe/plain-text-stays", "www.example.com:443 ~!", "www.example.com:443 ~!"},
    {"/text-format/safe/letters-of-other-scripts-stay", "Größe 東京", "Größe 東京"},
    {"/text-format/safe/terminal-escape", "a\033[31mb", "a\\x1b[31mb"},
    {"/text-format/safe/line-break", "a\nb\rc", "a\\x0ab\\x0dc"},
    {"/text-format/safe/tab-and-bell", "\t\a", "\\x09\\x07"},
    {"/text-format/safe/delete", "\x7f", "\\x7f"},
    {"/text-format/safe/c1-control-sequence-introducer",
     "\xc2\x9b"
     "31m",
     "\\x9b31m"},
    {"/text-format/safe/c1-next-line", "\xc2\x85", "\\x85"},
    {"/text-format/safe/right-to-left-override", "\xe2\x80\xae", "\\u{202e}"},
    {"/text-format/safe/bidi-isolates", "\xe2\x81\xa6\xe2\x81\xa9", "\\u{2066}\\u{2069}"},
    {"/text-format/safe/left-to-right-mark", "\xe2\x80\x8e", "\\u{200e}"},
    {"/text-format/safe/zero-width-space", "\xe2\x80\x8b", "\\u{200b}"},
    {"/text-format/safe/byte-order-mark", "\xef\xbb\xbf", "\\u{feff}"},
    {"/text-format/safe/line-separator", "\xe2\x80\xa8", "\\u{2028}"},
    {"/text-format/safe/paragraph-separator", "\xe2\x80\xa9", "\\u{2029}"},
    {"/text-format/safe/tag-beyond-16-bits", "\xf3\xa0\x80\x81", "\\u{e0001}"},
    {"/text-format/safe/lone-continuation-byte", "a\x80z", "a\xef\xbf\xbdz"},
    {"/text-format/safe/raw-c1-byte", "\x9bz", "\xef\xbf\xbdz"},
    {"/text-format/safe/text-ends-within-a-character", "a\xe2\x80", "a\xef\xbf\xbd\xef\xbf\xbd"},
    {"/text-format/safe/overlong-encoding", "\xc0\x8a", "\xef\xbf\xbd\xef\xbf\xbd"},
};

static void safe_is(gconstpointer data)
{
    const struct safe_case *c = data;
    char *safe = format_safe(c->text);
    g_assert_cmpstr(safe, ==, c->safe);
    g_free(safe);
}

static void safe_leaves_no_control_of_any_byte(void)
{
    for (unsigned byte = 1; byte < 256; byte++) {
        const char text[] = {'a', (char)byte, 'b', '\0'};
        char *safe = format_safe(text);
        g_assert_true(g_utf8_validate(safe, -1, NULL));
        for (const char *at = safe; *at != '\0'; at = g_utf8_next_char(at))
            g_assert_false(g_unichar_iscntrl(g_utf8_get_char(at)));
        g_free(safe);
    }
}

struct width_case {
    const char *name;
    const char *text;
    size_t width;
};

static const struct width_case width_cases[] = {
    {"/text-format/width/empty", "", 0},
    {"/text-format/width/ascii", "10.0.0.5:443", 12},
    {"/text-format/width/umlauts-take-one", "Größe", 5},
    {"/text-format/width/ideographs-take-two", "東京", 4},
    {"/text-format/width/combining-marks-take-none", "e\xcc\x81", 1},
    {"/text-format/width/arrows-and-blocks-take-one", "→←█│▌▐", 6},
};

static void width_is(gconstpointer data)
{
    const struct width_case *c = data;
    g_assert_cmpuint(text_width(c->text), ==, c->width);
}

static void hundredths_are_those_of_printf(void)
{
    char own[TEXT_FORMAT_SIZE], given[TEXT_FORMAT_SIZE];
    for (int divisor = 1; divisor < 400; divisor++) {
        for (int number = -1200; number < 1200; number++) {
            double ratio = (double)number / divisor;
            g_ascii_formatd(given, sizeof given, "%.2f", ratio);
            g_assert_cmpstr(format_hundredths(own, ratio), ==, given);
        }
    }
    g_assert_cmpstr(format_hundredths(own, 1e12), ==, "1000000000000.00");
    g_assert_cmpstr(format_hundredths(own, -1e20), ==, "-100000000000000000000.00");
    g_assert_cmpstr(format_hundredths(own, INFINITY), ==, "inf");
}

static void append_takes_all_up_to_null(void)
{
    GString *text = g_string_new("a");
    text_append(text, "b", "", "cd", NULL);
    g_assert_cmpstr(text->str, ==, "abcd");
    g_assert_cmpuint(text->len, ==, 4);
    text_append(text, "", NULL);
    g_assert_cmpstr(text->str, ==, "abcd");
    g_string_free(text, TRUE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(count_cases); i++)
        g_test_add_data_func(count_cases[i].name, &count_cases[i], count_is);
    g_test_add_func("/text-format/count/never-takes-more-than-five",
                    count_never_takes_more_than_five);
    for (size_t i = 0; i < G_N_ELEMENTS(bytes_cases); i++)
        g_test_add_data_func(bytes_cases[i].name, &bytes_cases[i], bytes_are);
    for (size_t i = 0; i < G_N_ELEMENTS(short_span_cases); i++)
        g_test_add_data_func(short_span_cases[i].name, &short_span_cases[i], short_span_is);
    for (size_t i = 0; i < G_N_ELEMENTS(span_cases); i++)
        g_test_add_data_func(span_cases[i].name, &span_cases[i], span_is);
    for (size_t i = 0; i < G_N_ELEMENTS(ms_cases); i++)
        g_test_add_data_func(ms_cases[i].name, &ms_cases[i], ms_are);
    for (size_t i = 0; i < G_N_ELEMENTS(seconds_cases); i++)
        g_test_add_data_func(seconds_cases[i].name, &seconds_cases[i], seconds_are);
    for (size_t i = 0; i < G_N_ELEMENTS(date_cases); i++)
        g_test_add_data_func(date_cases[i].name, &date_cases[i], date_is);
    for (size_t i = 0; i < G_N_ELEMENTS(real_cases); i++)
        g_test_add_data_func(real_cases[i].name, &real_cases[i], real_is);
    g_test_add_func("/text-format/hundredths/as-printf", hundredths_are_those_of_printf);
    g_test_add_func("/text-format/append/all-up-to-null", append_takes_all_up_to_null);
    for (size_t i = 0; i < G_N_ELEMENTS(safe_cases); i++)
        g_test_add_data_func(safe_cases[i].name, &safe_cases[i], safe_is);
    g_test_add_func("/text-format/safe/leaves-no-control-of-any-byte",
                    safe_leaves_no_control_of_any_byte);
    for (size_t i = 0; i < G_N_ELEMENTS(width_cases); i++)
        g_test_add_data_func(width_cases[i].name, &width_cases[i], width_is);
    return g_test_run();
}
