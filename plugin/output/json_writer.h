/* Writes JSON into a string, as Wireshark's own writer (wsutil/json_dumper.h) does. That one takes
 * ten times as long for names and numbers, of which reports have millions; it escapes the texts.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_JSON_WRITER_H
#define TFA_JSON_WRITER_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define JSON_MAX_DEPTH 31

struct json_writer {
    GString *text;             /* what is written and not yet taken away; owned */
    struct json_dumper *texts; /* Wireshark's, which writes strings into text; owned */
    uint32_t filled; /* bit of each depth: the object or array there has something in it */
    unsigned depth;  /* objects and arrays that are open */
    bool is_pretty;  /* each value has a line of its own, indented as Wireshark does it */
    bool is_named;   /* the name of the next value is written */
};

/* Makes @json an empty text. The caller frees what it owns with json_clear(). */
void json_init(struct json_writer *json, bool is_pretty);
void json_clear(struct json_writer *json);

/* Forgets what is written and what is open. */
void json_restart(struct json_writer *json);

/* Writes what there is to @out, and takes it out of the text, if it is much. What is open stays
 * open. */
void json_write_much(struct json_writer *json, FILE *out);

/* Writes what there is to @out, with the end of the line. */
void json_end_line(struct json_writer *json, FILE *out);

/* An object or array begins, as a value, and ends. They nest JSON_MAX_DEPTH deep at most, and end
 * in the reverse order: anything else is a fault of the caller, and asserts. */
void json_begin_object(struct json_writer *json);
void json_end_object(struct json_writer *json);
void json_begin_array(struct json_writer *json);
void json_end_array(struct json_writer *json);

/* The name of the next value of an object: @length bytes that JSON need not escape. */
void json_name_part(struct json_writer *json, const char *name, size_t length);
void json_name(struct json_writer *json, const char *name);

/* A text, or null for NULL. */
void json_string(struct json_writer *json, const char *text);

/* @length bytes that are a value already: a number, or an object. */
void json_raw_part(struct json_writer *json, const char *value, size_t length);
void json_raw(struct json_writer *json, const char *value);

#endif
