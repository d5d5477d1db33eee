/* Untrusted text in a page.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_HTML_ESCAPE_H
#define TFA_HTML_ESCAPE_H

#include <glib.h>
#include <stdio.h>

/* Writes @text so that a browser shows it as it is: nothing of it is an element or an entity. What
 * is not UTF-8, and control characters but the line feed, become U+FFFD. */
void html_write_text(const char *text, FILE *out);

/* Writes the JSON document @json (@length bytes, valid UTF-8) so that it can stand in a <script>
 * element, which nothing in it ends: what has a meaning in HTML or is a line's end for JavaScript
 * only becomes an escape of JSON. Outside of its strings, JSON has no such character. */
void html_write_json(const char *json, gsize length, FILE *out);

#endif
