/* Numbers and names as text, both for people and, exactly, for programs. The locale does not
 * matter.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_TEXT_FORMAT_H
#define TFA_TEXT_FORMAT_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Long enough for every text of a fixed form below. */
#define TEXT_FORMAT_SIZE 48

/* Functions that take a @buffer of TEXT_FORMAT_SIZE bytes fill it and return it. */

/* Appends the strings from @first up to NULL to @text. printf() with "%s%s" would take a thousand
 * instructions more. */
void text_append(GString *text, const char *first, ...) G_GNUC_NULL_TERMINATED;

/* All digits of @number. Results with connections have hundreds of millions of numbers, and
 * printf() would be too slow. */
const char *format_digits(char *buffer, uint64_t number);

/* At most five characters: "99999", then three digits and a decimal prefix: "100k", "1.23M". */
const char *format_count(char *buffer, uint64_t number);

/* At most four characters: "9999", then two or three digits and a prefix: "10k", "1.2M". */
const char *format_short_count(char *buffer, uint64_t number);

/* "0 B", "999 B", "12.3 kB", "1.23 MB": decimal prefixes, three digits. */
const char *format_bytes(char *buffer, uint64_t bytes);

/* A time span for people, rounded: "0.25 ms", "12.3 ms", "1.25 s", "180 s", "2 h 5 min". The span
 * must not be negative. */
const char *format_span(char *buffer, int64_t ns);

/* The same with three digits, in at most seven characters: "0.25 ms", "321 ms", "12.5 s", "1.5 h",
 * "12 d"; eight from 100000 days on. */
const char *format_short_span(char *buffer, int64_t ns);

/* @ns in units of 10^@decimals ns, exact: 1500000 with 6 decimals is "1.500000". */
const char *format_fixed(char *buffer, int64_t ns, unsigned decimals);

/* ISO 8601, UTC, 9 decimals: "2026-11-23T05:12:27.123456789Z", which sorts by time. Empty if the
 * year would not have four digits. */
const char *format_time(char *buffer, int64_t ns);

/* Two decimals, like printf()'s "%.2f". Faster than that if @number is at most a million. */
const char *format_hundredths(char *buffer, double number);

/* Nine significant digits at most: "0.666666667", "1.5". */
const char *format_real(char *buffer, double number);

/* Makes a string that may come from a packet safe to show: replaces invalid UTF-8, and turns all
 * characters that are not printable (control characters, escapes, text direction marks, line
 * breaks) into \xNN or \u{NNNN}. The caller frees it with g_free(). */
char *format_safe(const char *text);

/* How many columns @text, valid UTF-8, takes on a terminal. text_part_width() counts only the part
 * before @end. */
size_t text_width(const char *text);
size_t text_part_width(const char *text, const char *end);

#endif
