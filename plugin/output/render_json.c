/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "output/render_json.h"

#include "base/text_format.h"
#include "base/words.h"
#include "output/json_writer.h"
#include "report/columns.h"
#include "report/entry.h"
#include "report/intervals.h"
#include "report/trust.h"

#include <string.h>

static void write_findings(struct json_writer *json, const char *name, const struct row *row);

/* --- members --- */

static void write_string(struct json_writer *json, const char *text)
{
    if (text == NULL || g_utf8_validate(text, -1, NULL)) {
        json_string(json, text);
        return;
    }
    char *valid = g_utf8_make_valid(text, -1);
    json_string(json, valid);
    g_free(valid);
}

static void write_text(struct json_writer *json, const char *name, const char *text)
{
    json_name(json, name);
    write_string(json, text);
}

static void write_value(struct json_writer *json, const char *name, const struct value *value)
{
    if (value->type == VALUE_FINDINGS) {
        write_findings(json, name, value->row);
        return;
    }
    char buffer[TEXT_FORMAT_SIZE];
    const char *text = value_format(value, buffer);
    bool is_text = value->type == VALUE_TEXT || (value->type == VALUE_TIME && text[0] != '\0');
    if (is_text) {
        write_text(json, name, text);
        return;
    }
    json_name(json, name);
    json_raw(json, text[0] != '\0' ? text : "null");
}

static void write_count(struct json_writer *json, const char *name, uint64_t count)
{
    struct value value = {.type = VALUE_COUNT, .u = count};
    write_value(json, name, &value);
}

static void write_time(struct json_writer *json, const char *name, int64_t ns, bool known)
{
    struct value value = {.type = known ? VALUE_TIME : VALUE_NONE, .ns = ns};
    write_value(json, name, &value);
}

static void write_seconds(struct json_writer *json, const char *name, int64_t ns)
{
    struct value value = {.type = VALUE_SECONDS, .ns = ns};
    write_value(json, name, &value);
}

/* --- findings --- */

static void write_numbers_of(struct json_writer *json, const struct finding *finding)
{
    json_name(json, "evidence");
    json_begin_object(json);
    write_count(json, "packets", finding->packets);
    for (int i = 0; i < FINDING_NUMBERS && finding->numbers[i].key != NULL; i++) {
        const struct finding_number *number = &finding->numbers[i];
        if (number->is_absent)
            continue;
        struct value value = {.type = VALUE_COUNT, .u = number->value};
        if (number->is_span)
            value = (struct value){.type = VALUE_SECONDS, .ns = (int64_t)number->value};
        write_value(json, number->key, &value);
    }
    if (finding->detail_key != NULL)
        write_text(json, finding->detail_key, finding->detail);
    json_end_object(json);
}

/* Begins an object with what is true of all findings of a kind. */
static void write_finding_begin(struct json_writer *json, const struct finding *finding)
{
    const struct finding_kind *kind = &finding_kinds[finding->id];
    json_begin_object(json);
    write_text(json, "id", kind->id);
    write_text(json, "severity", severity_name(kind->severity));
}

/* Ends it with what is its own. */
static void write_finding_end(struct json_writer *json, const struct finding *finding)
{
    const struct finding_kind *kind = &finding_kinds[finding->id];
    if (kind->side == SIDE_BY)
        write_text(json, "by", sender_word(finding->side));
    if (kind->side == SIDE_DIRECTION)
        write_text(json, "direction", direction_key(finding->side));
    write_count(json, "count", finding->count);
    write_count(json, "connections", finding->connections);
    json_name(json, "streams");
    json_begin_array(json);
    for (unsigned i = 0; i < finding->stream_count; i++) {
        char buffer[TEXT_FORMAT_SIZE];
        json_raw(json, format_digits(buffer, finding->streams[i]));
    }
    json_end_array(json);
    write_time(json, "first_time", finding->first_time, finding->first_time != TIME_NONE);
    write_time(json, "last_time", finding->last_time, finding->last_time != TIME_NONE);
    write_text(json, "text", finding->text);
    write_numbers_of(json, finding);
    write_text(json, "display_filter", finding->filter);
    json_end_object(json);
}

static void write_finding(struct json_writer *json, const struct finding *finding)
{
    write_finding_begin(json, finding);
    write_finding_end(json, finding);
}

/* A server has complete findings. A connection has the ids of findings in which it has a part. */
static void write_findings(struct json_writer *json, const char *name, const struct row *row)
{
    json_name(json, name);
    json_begin_array(json);
    for (guint i = 0; row->findings != NULL && i < row->findings->len; i++)
        write_finding(json, g_ptr_array_index(row->findings, i));
    for (int id = 0; id < FINDING_COUNT; id++) {
        if ((row->finding_ids & finding_bit((enum finding_id)id)) != 0)
            json_string(json, finding_kinds[id].id);
    }
    json_end_array(json);
}

/* --- nested objects ---
 *
 * The path of a group says in which objects it is. Groups with a common path follow each other, so
 * an object is closed when the path of the next group leaves it. */

#define MAX_DEPTH 4

struct open_objects {
    const char *names[MAX_DEPTH];
    size_t lengths[MAX_DEPTH];
    unsigned depth;
};

/* Splits @path at its slashes. */
static struct open_objects split_path(const char *path)
{
    struct open_objects parts = {.depth = 0};
    while (*path != '\0' && parts.depth < MAX_DEPTH) {
        size_t length = strcspn(path, "/");
        parts.names[parts.depth] = path;
        parts.lengths[parts.depth++] = length;
        path += length + (path[length] == '/');
    }
    return parts;
}

static unsigned common_depth(const struct open_objects *a, const struct open_objects *b)
{
    unsigned depth = 0;
    while (
        depth < a->depth && depth < b->depth && a->lengths[depth] == b->lengths[depth] &&
        /* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): below the depth, all are set */
        strncmp(a->names[depth], b->names[depth], a->lengths[depth]) == 0)
        depth++;
    return depth;
}

static void close_objects(struct json_writer *json, struct open_objects *open, unsigned depth)
{
    for (; open->depth > depth; open->depth--)
        json_end_object(json);
}

/* Sets the name of the object or null at @level of @path. */
static void name_level(struct json_writer *json, const struct open_objects *path, unsigned level)
{
    json_name_part(json, path->names[level], path->lengths[level]);
}

static void enter_group(struct json_writer *json, struct open_objects *open, const char *path)
{
    struct open_objects wanted = split_path(path);
    close_objects(json, open, common_depth(open, &wanted));
    for (unsigned i = open->depth; i < wanted.depth; i++) {
        name_level(json, &wanted, i);
        json_begin_object(json);
    }
    *open = wanted;
}

/* An absent group is null. Objects inside an absent group are not written at all. */
static void write_absent_group(struct json_writer *json, struct open_objects *open,
                               const char *path)
{
    struct open_objects wanted = split_path(path);
    unsigned common = common_depth(open, &wanted);
    if (common + 1 != wanted.depth)
        return;
    close_objects(json, open, common);
    name_level(json, &wanted, common);
    json_raw(json, "null");
}

static void write_group(struct json_writer *json, const struct column_group *group,
                        const struct row *row, enum row_kind kind)
{
    for (size_t i = 0; i < group->count; i++) {
        const struct column *column = &group->columns[i];
        if (!column_applies(group, column, kind))
            continue;
        struct value value = column_value(group, column, row);
        if (!(group->omits_zero && value.type == VALUE_COUNT && value.u == 0))
            write_value(json, column->key, &value);
    }
}

/* Most intervals have few counters that are not 0. */
static bool is_left_out(const struct value *value, enum row_kind kind)
{
    return kind == ROW_INTERVAL &&
           (value->type == VALUE_NONE || (value->type == VALUE_COUNT && value->u == 0));
}

/* Bytes of a member with a number, its separators included. */
#define LONGEST_MEMBER (COLUMN_LONGEST_KEY + TEXT_FORMAT_SIZE + 4)

/* Appends the object of @group. Keys are our own and numbers need no quotes. */
static void append_numbers(GString *object, const struct column_group *group, const struct row *row,
                           enum row_kind kind)
{
    gsize before = object->len;
    g_string_set_size(object, before + group->count * LONGEST_MEMBER + 2);
    char *end = object->str + before, separator = '{';
    for (size_t i = 0; i < group->count; i++) {
        const struct column *column = &group->columns[i];
        if (!column_applies(group, column, kind))
            continue;
        char buffer[TEXT_FORMAT_SIZE];
        struct value value = column_value(group, column, row);
        if (is_left_out(&value, kind))
            continue;
        const char *text = value_format(&value, buffer);
        *end++ = separator;
        separator = ',';
        *end++ = '"';
        end = g_stpcpy(end, column->key);
        *end++ = '"';
        *end++ = ':';
        end = g_stpcpy(end, text[0] != '\0' ? text : "null");
    }
    end = g_stpcpy(end, separator == '{' ? "{}" : "}");
    g_string_truncate(object, (gsize)(end - object->str));
}

/* The object is built in @object and written in one piece: every connection has some sixty numbers.
 */
static void write_numbers(struct json_writer *json, struct open_objects *open, GString *object,
                          const struct column_group *group, const struct row *row,
                          enum row_kind kind)
{
    g_string_truncate(object, 0);
    append_numbers(object, group, row, kind);

    struct open_objects wanted = split_path(group->path);
    close_objects(json, open, common_depth(open, &wanted));
    for (unsigned i = open->depth; i + 1 < wanted.depth; i++) {
        name_level(json, &wanted, i);
        json_begin_object(json);
    }
    name_level(json, &wanted, wanted.depth - 1);
    json_raw_part(json, object->str, object->len);
    wanted.depth--;
    *open = wanted;
}

static void write_row_members(struct json_writer *json, const struct row *row, enum row_kind kind)
{
    struct open_objects open = {.depth = 0};
    GString *object = g_string_sized_new(1024);
    for (size_t i = 0; i < column_group_count; i++) {
        const struct column_group *group = &column_groups[i];
        if ((group->rows & (unsigned)kind) == 0)
            continue;
        if (group->is_absent != NULL && group->is_absent(row)) {
            write_absent_group(json, &open, group->path);
        } else if (group->only_numbers) {
            write_numbers(json, &open, object, group, row, kind);
        } else {
            enter_group(json, &open, group->path);
            write_group(json, group, row, kind);
        }
    }
    close_objects(json, &open, 0);
    g_string_free(object, TRUE);
}

/* --- intervals --- */

/* A line of its own: there may be millions of them. */
static void write_interval(struct json_writer *json, GString *line, const struct row *interval)
{
    char buffer[TEXT_FORMAT_SIZE];
    g_string_assign(line, "{\"start\":");
    g_string_append(line, format_fixed(buffer, interval->interval_start, 9));
    for (size_t i = 0; i < column_group_count; i++) {
        const struct column_group *group = &column_groups[i];
        if ((group->rows & ROW_INTERVAL) == 0 || !group->only_numbers)
            continue;
        text_append(line, ",\"", group->path, "\":", NULL);
        append_numbers(line, group, interval, ROW_INTERVAL);
    }
    g_string_append_c(line, '}');
    json_raw_part(json, line->str, line->len);
}

static void write_intervals(struct json_writer *json, const struct report *report, guint row,
                            FILE *out)
{
    struct intervals *intervals = intervals_new(report, row);
    struct row interval;
    GString *line = g_string_new(NULL);
    json_name(json, "intervals");
    json_begin_array(json);
    while (intervals_next(intervals, &interval)) {
        write_interval(json, line, &interval);
        json_write_much(json, out);
    }
    json_end_array(json);
    g_string_free(line, TRUE);
    intervals_free(intervals);
}

/* --- the document --- */

static void write_tool(struct json_writer *json, const struct report *report)
{
    json_name(json, "tool");
    json_begin_object(json);
    write_text(json, "name", "tcp-flow-asymmetry");
    write_text(json, "version", report->source->plugin_version);
    write_text(json, "wireshark", report->source->wireshark_version);
    json_end_object(json);
}

static void write_trust(struct json_writer *json, const struct report *report)
{
    json_name(json, "trust");
    json_begin_array(json);
    for (int limit = 0; limit < TRUST_LIMIT_COUNT; limit++) {
        if ((report->trust & trust_bit((enum trust_limit)limit)) != 0)
            json_string(json, trust_names[limit]);
    }
    json_end_array(json);
}

static void write_entry(struct json_writer *json, const struct report *report,
                        const struct entry *entry, FILE *out)
{
    write_finding_begin(json, entry->finding);
    write_text(json, "who", entry->who);
    json_name(json, "servers");
    json_begin_array(json);
    for (guint i = 0; i < entry->rows->len; i++) {
        write_string(json,
                     report_named_row(report, g_array_index(entry->rows, uint32_t, i))->label);
        json_write_much(json, out);
    }
    json_end_array(json);
    write_finding_end(json, entry->finding);
}

static void write_capture_findings(struct json_writer *json, const struct report *report, FILE *out)
{
    GPtrArray *entries = entries_new(report);
    json_name(json, "findings");
    json_begin_array(json);
    for (guint i = 0; i < entries->len; i++)
        write_entry(json, report, entry_complete(report, g_ptr_array_index(entries, i)), out);
    json_end_array(json);
    g_ptr_array_free(entries, TRUE);
}

static void write_capture(struct json_writer *json, const struct report *report, FILE *out)
{
    json_name(json, "capture");
    json_begin_object(json);
    write_count(json, "segments", report->segments);
    write_count(json, "connections", report->connections);
    write_count(json, "one_way_connections", report->one_way_connections);
    write_count(json, "servers", report->servers);
    write_time(json, "first_time", report->first_time, report->segments > 0);
    write_time(json, "last_time", report->last_time, report->segments > 0);
    if (report->interval > 0)
        write_seconds(json, "interval", report->interval);
    write_trust(json, report);
    write_capture_findings(json, report, out);
    json_end_object(json);
}

static void write_notes(struct json_writer *json, const struct report *report)
{
    json_name(json, "notes");
    json_begin_array(json);
    for (guint i = 0; i < report->notes->len; i++)
        json_string(json, g_ptr_array_index(report->notes, i));
    json_end_array(json);
}

static void write_servers(struct json_writer *json, const struct report *report, FILE *out)
{
    json_name(json, "servers");
    json_begin_array(json);
    for (guint i = 0; i < report->shown; i++) {
        json_begin_object(json);
        write_row_members(json, report_complete_row(report, i), ROW_SERVER);
        if (report->interval > 0)
            write_intervals(json, report, i, out);
        json_end_object(json);
        json_write_much(json, out);
    }
    json_end_array(json);
}

/* The sums of the servers that top leaves out. */
static void write_others(struct json_writer *json, const struct report *report)
{
    static const struct endpoint nobody;
    struct row sum;
    row_init(&sum, &nobody, report->source->analysed);
    for (guint i = report->shown; i < report->rows->len; i++)
        row_add_row(&sum, g_ptr_array_index(report->rows, i));
    json_name(json, "others");
    json_begin_object(json);
    write_count(json, "servers", report->rows->len - report->shown);
    write_row_members(json, &sum, ROW_OTHERS);
    json_end_object(json);
    row_clear(&sum);
}

/* Makes @line the object of @row, with @type as its first member unless @type is NULL. */
static void make_line(struct json_writer *line, const char *type, const struct row *row,
                      enum row_kind kind)
{
    json_restart(line);
    json_begin_object(line);
    if (type != NULL)
        write_text(line, "type", type);
    write_row_members(line, row, kind);
    json_end_object(line);
}

/* One line for each connection: there may be a million of them. */
static void write_connections(struct json_writer *json, const struct report *report, FILE *out)
{
    struct json_writer line;
    json_init(&line, false);
    json_name(json, "connections");
    json_begin_array(json);
    for (guint i = 0; i < report->connection_order->len; i++) {
        struct row row;
        report_connection(report, i, &row);
        make_line(&line, NULL, &row, ROW_CONNECTION);
        json_raw_part(json, line.text->str, line.text->len);
        json_write_much(json, out);
        row_clear(&row);
    }
    json_end_array(json);
    json_clear(&line);
}

void render_json(const struct report *report, const struct render_settings *settings, FILE *out)
{
    (void)settings;
    const struct request *request = report->request;
    struct json_writer json;
    json_init(&json, true);
    json_begin_object(&json);
    write_tool(&json, report);
    write_text(&json, "file", request->capture_label);
    write_time(&json, "analysis_timestamp", g_get_real_time() * 1000, true);
    write_text(&json, "filter", request->filter != NULL ? request->filter : "");
    write_capture(&json, report, out);
    if (report->message != NULL)
        write_text(&json, "message", report->message);
    write_notes(&json, report);
    write_servers(&json, report, out);
    if (report->shown < report->rows->len)
        write_others(&json, report);
    if (request->connections)
        write_connections(&json, report, out);
    json_end_object(&json);
    json_end_line(&json, out);
    json_clear(&json);
}

/* --- one object a line --- */

static void write_message_line(struct json_writer *json, FILE *out, const char *message)
{
    json_restart(json);
    json_begin_object(json);
    write_text(json, "type", "message");
    write_text(json, "message", message);
    json_end_object(json);
    json_end_line(json, out);
}

static void write_line(struct json_writer *json, FILE *out, const char *type, const struct row *row,
                       enum row_kind kind)
{
    make_line(json, type, row, kind);
    json_end_line(json, out);
}

static void write_interval_lines(struct json_writer *json, FILE *out, const struct report *report,
                                 guint row)
{
    struct intervals *intervals = intervals_new(report, row);
    struct row interval;
    while (intervals_next(intervals, &interval))
        write_line(json, out, "interval", &interval, ROW_INTERVAL);
    intervals_free(intervals);
}

void render_ndjson(const struct report *report, const struct render_settings *settings, FILE *out)
{
    (void)settings;
    struct json_writer json;
    json_init(&json, false);
    if (report->message != NULL)
        write_message_line(&json, out, report->message);
    for (guint i = 0; i < report->notes->len; i++)
        write_message_line(&json, out, g_ptr_array_index(report->notes, i));
    for (guint i = 0; i < report->shown; i++)
        write_line(&json, out, "server", report_complete_row(report, i), ROW_SERVER);
    for (guint i = 0; i < report->shown && report->interval > 0; i++)
        write_interval_lines(&json, out, report, i);
    for (guint i = 0; i < report->connection_order->len; i++) {
        struct row row;
        report_connection(report, i, &row);
        write_line(&json, out, "connection", &row, ROW_CONNECTION);
        row_clear(&row);
    }
    json_clear(&json);
}

static void write_provisional(struct json_writer *json, FILE *out, const struct row *interval)
{
    json_restart(json);
    json_begin_object(json);
    write_text(json, "type", "interval");
    json_name(json, "provisional");
    json_raw(json, "true");
    write_row_members(json, interval, ROW_INTERVAL);
    json_end_object(json);
    json_end_line(json, out);
}

void render_provisional(const struct report *report, int32_t index, FILE *out)
{
    struct json_writer json;
    json_init(&json, false);
    for (guint i = 0; i < report->shown; i++) {
        struct intervals *intervals = intervals_new_one(report, i, index);
        struct row interval;
        while (intervals_next(intervals, &interval))
            write_provisional(&json, out, &interval);
        intervals_free(intervals);
    }
    json_clear(&json);
}
