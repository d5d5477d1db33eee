/* Untrusted text in a page.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_HTML_ESCAPE_H
#define TFA_HTML_ESCAPE_H

#include <glib.h>
#include <stdio.h>

/* Writes @text to @out so that a browser shows it as it is: no part of it becomes an element or an
 * entity. Bytes that are not UTF-8, and control characters except the line feed, become U+FFFD. */
void html_write_text(const char *text, FILE *out);

/* Writes the JSON document @json (@length bytes, valid UTF-8) to @out for a <script> element, so
 * that nothing in it ends the element. Characters with a meaning in HTML, and characters that end a
 * line in JavaScript but not in JSON, become JSON escapes. JSON has such characters only in
 * strings.
 */
void html_write_json(const char *json, gsize length, FILE *out);

#endif
