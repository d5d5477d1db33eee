/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "output/json_writer.h"

#include <string.h>
#include <wsutil/json_dumper.h>

/* Pieces of this many bytes go to the file. */
#define MUCH ((size_t)65536)

#define INDENT 2 /* spaces of each depth */

void json_init(struct json_writer *json, bool is_pretty)
{
    *json = (struct json_writer){.text = g_string_sized_new(2 * MUCH), .is_pretty = is_pretty};
    json->texts = g_new0(struct json_dumper, 1);
    json->texts->output_string = json->text;
}

void json_clear(struct json_writer *json)
{
    g_string_free(json->text, TRUE);
    g_free(json->texts);
}

void json_restart(struct json_writer *json)
{
    g_string_truncate(json->text, 0);
    json->filled = 0;
    json->depth = 0;
    json->is_named = false;
}

static void write_out(struct json_writer *json, FILE *out)
{
    fwrite(json->text->str, 1, json->text->len, out);
    g_string_truncate(json->text, 0);
}

void json_write_much(struct json_writer *json, FILE *out)
{
    if (json->text->len >= MUCH)
        write_out(json, out);
}

void json_end_line(struct json_writer *json, FILE *out)
{
    g_string_append_c(json->text, '\n');
    write_out(json, out);
}

/* Makes room for @length bytes more. Returns where they begin. */
static char *extend(struct json_writer *json, size_t length)
{
    size_t before = json->text->len;
    g_string_set_size(json->text, before + length);
    return json->text->str + before;
}

static void begin_line(struct json_writer *json)
{
    size_t spaces = (size_t)json->depth * INDENT;
    char *line = extend(json, 1 + spaces);
    line[0] = '\n';
    memset(line + 1, ' ', spaces);
}

/* Writes what stands before a value, or before its name. */
static void begin_item(struct json_writer *json)
{
    uint32_t bit = UINT32_C(1) << json->depth;
    if (json->is_named || json->depth == 0) {
        json->is_named = false;
        return;
    }
    if ((json->filled & bit) != 0)
        g_string_append_c(json->text, ',');
    json->filled |= bit;
    if (json->is_pretty)
        begin_line(json);
}

static void begin(struct json_writer *json, char bracket)
{
    begin_item(json);
    g_string_append_c(json->text, bracket);
    g_assert(json->depth < JSON_MAX_DEPTH);
    json->depth++;
    json->filled &= ~(UINT32_C(1) << json->depth);
}

static void end(struct json_writer *json, char bracket)
{
    bool has_lines = json->is_pretty && (json->filled & UINT32_C(1) << json->depth) != 0;
    g_assert(json->depth > 0 && !json->is_named);
    json->depth--;
    if (has_lines)
        begin_line(json);
    g_string_append_c(json->text, bracket);
}

void json_begin_object(struct json_writer *json)
{
    begin(json, '{');
}

void json_end_object(struct json_writer *json)
{
    end(json, '}');
}

void json_begin_array(struct json_writer *json)
{
    begin(json, '[');
}

void json_end_array(struct json_writer *json)
{
    end(json, ']');
}

void json_name_part(struct json_writer *json, const char *name, size_t length)
{
    begin_item(json);
    char *at = extend(json, length + 3 + json->is_pretty);
    *at++ = '"';
    memcpy(at, name, length);
    at += length;
    *at++ = '"';
    *at++ = ':';
    if (json->is_pretty)
        *at = ' ';
    json->is_named = true;
}

void json_name(struct json_writer *json, const char *name)
{
    json_name_part(json, name, strlen(name));
}

void json_string(struct json_writer *json, const char *text)
{
    begin_item(json);
    json_dumper_value_string(json->texts, text);
    /* Each text is a document of its own, which ends with a line feed. */
    size_t length = json->text->len;
    json_dumper_finish(json->texts);
    g_string_truncate(json->text, length);
}

void json_raw_part(struct json_writer *json, const char *value, size_t length)
{
    begin_item(json);
    memcpy(extend(json, length), value, length);
}

void json_raw(struct json_writer *json, const char *value)
{
    json_raw_part(json, value, strlen(value));
}
