/* Text that an expert would paste into a ticket.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "output/render.h"

#include "report/interpretation.h"
#include "report/columns.h"
#include "base/text_format.h"

#include <inttypes.h>
#include <string.h>

/* --- the tables ---
 *
 * A table's columns are named as in CSV. Two columns with one title in `pair` stand under it, side
 * by side, one for each direction. */

enum look { LOOK_TEXT, LOOK_NUMBER, LOOK_SHORT, LOOK_SIGNED, LOOK_BAR };

#define TO_SERVER "→"
#define TO_CLIENT "←"

struct text_column {
    const char *name;  /* as in CSV */
    const char *pair;  /* title over this column and the next, or NULL */
    const char *title; /* own title */
    unsigned width;
    enum look look;
};

#define LABEL_WIDTH 21 /* 255.255.255.255:65535 */
#define BAR_WIDTH   7  /* odd: a middle and two halves */

static const struct text_column server_columns[] = {
    {"server", NULL, "server", LABEL_WIDTH, LOOK_TEXT},
    {"connections", NULL, "conns", 5, LOOK_NUMBER},
    {"one_way_connections", NULL, "1way", 4, LOOK_SHORT},
    {"c2s_packet_count", "packets", TO_SERVER, 5, LOOK_NUMBER},
    {"s2c_packet_count", NULL, TO_CLIENT, 5, LOOK_NUMBER},
    {"c2s_byte_count", "bytes", TO_SERVER, 5, LOOK_NUMBER},
    {"s2c_byte_count", NULL, TO_CLIENT, 5, LOOK_NUMBER},
    {"c2s_retransmissions", "retrans.", TO_SERVER, 5, LOOK_NUMBER},
    {"s2c_retransmissions", NULL, TO_CLIENT, 5, LOOK_NUMBER},
    {"c2s_rst_count", "resets", TO_SERVER, 5, LOOK_NUMBER},
    {"s2c_rst_count", NULL, TO_CLIENT, 5, LOOK_NUMBER},
    {"asymmetry_ratio", NULL, "ratio", 5, LOOK_NUMBER},
    {"pcr", NULL, "PCR", 5, LOOK_SIGNED},
    {"pcr", NULL, "", BAR_WIDTH, LOOK_BAR},
};

static const struct text_column connection_columns[] = {
    {"stream", NULL, "stream", 6, LOOK_NUMBER},
    {"client", NULL, "client", LABEL_WIDTH, LOOK_TEXT},
    {"server", NULL, "server", LABEL_WIDTH, LOOK_TEXT},
    {"role_evidence", NULL, "role by", 9, LOOK_TEXT},
    {"c2s_byte_count", "bytes", TO_SERVER, 5, LOOK_NUMBER},
    {"s2c_byte_count", NULL, TO_CLIENT, 5, LOOK_NUMBER},
    {"c2s_retransmissions", "retrans.", TO_SERVER, 5, LOOK_NUMBER},
    {"s2c_retransmissions", NULL, TO_CLIENT, 5, LOOK_NUMBER},
    {"rst_by", NULL, "reset", 6, LOOK_TEXT},
    {"duration", NULL, "duration", 8, LOOK_NUMBER},
};

/* Where the values of a column come from. */
struct text_source {
    const struct column_group *group;
    const struct column *column;
};

struct table {
    const struct text_column *columns;
    struct text_source sources[MAX(G_N_ELEMENTS(server_columns), G_N_ELEMENTS(connection_columns))];
    size_t count; /* of columns and sources */
    bool unicode;
    unsigned label_width; /* of the columns of LABEL_WIDTH, where there is room for more */
};

static void table_init(struct table *table, const struct text_column *columns, size_t count,
                       bool unicode, unsigned label_width)
{
    table->columns = columns;
    table->count = count;
    table->unicode = unicode;
    table->label_width = label_width;
    for (size_t i = 0; i < count; i++) {
        struct text_source *source = &table->sources[i];
        if (!column_find(columns[i].name, &source->group, &source->column))
            g_error("no column is called %s", columns[i].name);
    }
}

static unsigned width_of(const struct table *table, const struct text_column *column)
{
    return column->width == LABEL_WIDTH ? table->label_width : column->width;
}

static const char blanks[] = "                                        ";

static void append_blanks(GString *line, size_t count)
{
    for (; count >= sizeof blanks; count -= sizeof blanks - 1)
        g_string_append_len(line, blanks, sizeof blanks - 1);
    g_string_append_len(line, blanks, (gssize)count);
}

static void append_padded(GString *line, const char *text, unsigned width, bool right)
{
    size_t used = text_width(text);
    size_t padding = used < width ? width - used : 0;
    if (right)
        append_blanks(line, padding);
    text_append(line, text, NULL);
    if (!right)
        append_blanks(line, padding);
}

static void write_line(GString *line, FILE *out)
{
    while (line->len > 0 && line->str[line->len - 1] == ' ')
        g_string_truncate(line, line->len - 1);
    g_string_append_c(line, '\n');
    fwrite(line->str, 1, line->len, out);
    g_string_truncate(line, 0);
}

static const char *plain_arrows(const char *title)
{
    if (strcmp(title, TO_SERVER) == 0)
        return "->";
    return strcmp(title, TO_CLIENT) == 0 ? "<-" : title;
}

static void write_titles(const struct table *table, FILE *out)
{
    GString *line = g_string_new(NULL);
    for (size_t i = 0; i < table->count; i++) {
        const struct text_column *column = &table->columns[i];
        unsigned width = width_of(table, column);
        if (column->pair != NULL) {
            unsigned both = width + 1 + table->columns[++i].width;
            append_padded(line, column->pair, both, true);
        } else {
            append_padded(line, "", width, false);
        }
        g_string_append_c(line, ' ');
    }
    write_line(line, out);
    for (size_t i = 0; i < table->count; i++) {
        const struct text_column *column = &table->columns[i];
        append_padded(line, table->unicode ? column->title : plain_arrows(column->title),
                      width_of(table, column), column->look != LOOK_TEXT);
        g_string_append_c(line, ' ');
    }
    write_line(line, out);
    g_string_free(line, TRUE);
}

/* A bar from the middle to the left for traffic from the server, to the right from the client. */
static void append_bar(GString *line, double pcr, bool unicode)
{
    const int half = BAR_WIDTH / 2;
    int steps = (int)((pcr < 0 ? -pcr : pcr) * half * 2 + 0.5); /* two steps a cell */
    int cells = steps / 2;
    bool remainder = steps % 2 != 0;
    const char *full = unicode ? "█" : pcr < 0 ? "<" : ">";

    for (int cell = half; cell >= 1; cell--) {
        bool partial = cell == cells + 1 && remainder;
        g_string_append(line, pcr < 0 && cell <= cells        ? full
                              : pcr < 0 && partial && unicode ? "▐"
                                                              : " ");
    }
    g_string_append(line, unicode ? "│" : "|");
    for (int cell = 1; cell <= half; cell++) {
        bool partial = cell == cells + 1 && remainder;
        g_string_append(line, pcr > 0 && cell <= cells        ? full
                              : pcr > 0 && partial && unicode ? "▌"
                                                              : " ");
    }
}

/* At most eight characters, also where format_span() needs more. */
static const char *duration_text(char *buffer, int64_t ns)
{
    const double hours = (double)ns / 3600e9;
    if (hours < 1)
        return format_span(buffer, ns);
    if (hours < 100)
        g_ascii_formatd(buffer, TEXT_FORMAT_SIZE, "%.1f h", hours);
    else
        g_ascii_formatd(buffer, TEXT_FORMAT_SIZE, hours < 24000 ? "%.1f d" : "%.0f d", hours / 24);
    return buffer;
}

/* At most five characters: what is rounded up to 100 or 1000 must not have one more. */
static const char *ratio_text(char *buffer, double ratio)
{
    if (ratio >= 999.95)
        return format_count(buffer, (uint64_t)(ratio + 0.5));
    if (ratio < 99.995)
        return format_hundredths(buffer, ratio);
    return g_ascii_formatd(buffer, TEXT_FORMAT_SIZE, "%.1f", ratio);
}

static const char *signed_text(char *buffer, double number)
{
    char unsigned_text[TEXT_FORMAT_SIZE];
    if (number < 0)
        return format_hundredths(buffer, number);
    buffer[0] = '+';
    g_strlcpy(buffer + 1, format_hundredths(unsigned_text, number), TEXT_FORMAT_SIZE - 1);
    return buffer;
}

static const char *number_text(const struct value *value, char *buffer)
{
    switch (value->type) {
    case VALUE_COUNT:
        return format_count(buffer, value->u);
    case VALUE_REAL:
        return ratio_text(buffer, value->real);
    case VALUE_SECONDS:
        return duration_text(buffer, value->ns);
    default:
        return value_text(value, buffer);
    }
}

static void append_cell(GString *line, const struct table *table, const struct text_column *column,
                        const struct value *value)
{
    char buffer[TEXT_FORMAT_SIZE];
    if (value->type == VALUE_NONE)
        append_padded(line, "-", width_of(table, column), column->look != LOOK_TEXT);
    else if (column->look == LOOK_BAR)
        append_bar(line, value->real, table->unicode);
    else if (column->look == LOOK_SHORT)
        append_padded(line, format_short_count(buffer, value->u), width_of(table, column), true);
    else if (column->look == LOOK_SIGNED)
        append_padded(line, signed_text(buffer, value->real), width_of(table, column), true);
    else
        append_padded(line, number_text(value, buffer), width_of(table, column),
                      column->look == LOOK_NUMBER);
}

static void write_table_row(const struct table *table, const struct row *row, FILE *out)
{
    GString *line = g_string_new(NULL);
    for (size_t i = 0; i < table->count; i++) {
        const struct text_column *column = &table->columns[i];
        size_t before = line->len;
        struct value value = column_value(table->sources[i].group, table->sources[i].column, row);
        append_cell(line, table, column, &value);
        /* What is too wide stands alone, and the row goes on below it in its columns. */
        if (column->look == LOOK_TEXT && text_width(line->str + before) > width_of(table, column)) {
            size_t used = text_width(line->str) - text_width(line->str + before);
            write_line(line, out);
            append_padded(line, "", (unsigned)used + width_of(table, column), false);
        }
        g_string_append_c(line, ' ');
    }
    write_line(line, out);
    g_string_free(line, TRUE);
}

/* --- paragraphs --- */

/* Writes the part of a text up to @end, without the blanks before that, as a line. */
static void write_part(const char *start, const char *end, FILE *out)
{
    while (end > start && end[-1] == ' ')
        end--;
    fwrite(start, 1, (size_t)(end - start), out);
    fputc('\n', out);
}

/* Columns of the part of a text up to @end; @is_ascii: each byte is one. */
static size_t width_up_to(const char *start, const char *end, bool is_ascii)
{
    return is_ascii ? (size_t)(end - start) : text_part_width(start, end);
}

/* Writes @text in lines of at most @width columns, all but the first indented by @indent. */
static void write_wrapped(const char *text, size_t width, size_t indent, FILE *out)
{
    /* Characters beyond ASCII have more bytes than columns. */
    bool is_ascii = text_width(text) == strlen(text);
    const char *start = text, *end; /* of the line; of the word */
    size_t used = 0;                /* columns of the line up to the word */
    for (const char *word = text;; word = end + 1) {
        end = strchr(word, ' ');
        if (end == NULL)
            end = word + strlen(word);
        size_t needed = width_up_to(word, end, is_ascii);
        if (word > start && used + needed > width) {
            write_part(start, word, out);
            fwrite(blanks, 1, indent, out);
            start = word;
            used = indent;
        }
        used += needed + 1;
        if (*end == '\0')
            break;
    }
    write_part(start, end, out);
}

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static void write_header(const struct report *report, FILE *out)
{
    const struct options *options = report->source->options;
    char time[TEXT_FORMAT_SIZE], span[TEXT_FORMAT_SIZE];

    if (report->message != NULL) {
        fputs("TCP Flow Asymmetry\n", out);
    } else {
        fprintf(out,
                "TCP Flow Asymmetry: %" PRIu64 " server%s, %" PRIu64 " connection%s (%" PRIu64
                " one-way), %" PRIu64 " segment%s\n",
                report->servers, plural(report->servers), report->connections,
                plural(report->connections), report->one_way_connections, report->segments,
                plural(report->segments));
        format_time(time, report->first_time);
        /* The date, then hours to seconds. */
        if (time[0] != '\0')
            fprintf(out, "From %.10s %.8s UTC for ", time, time + 11);
        else
            fputs("From an unknown time for ", out);
        fprintf(out, "%s\n", format_span(span, report->last_time - report->first_time));
    }
    if (options->label != NULL) {
        char *safe = format_safe(options->label);
        fprintf(out, "Capture: %s\n", safe);
        g_free(safe);
    }
    if (options->filter != NULL) {
        char *safe = format_safe(options->filter);
        fprintf(out, "Filter: %s\n", safe);
        g_free(safe);
    }
}

static void write_notes(const struct report *report, size_t width, FILE *out)
{
    if (report->message != NULL)
        fprintf(out, "%s\n", report->message);
    for (guint i = 0; i < report->notes->len; i++) {
        char *text = g_strconcat("Note: ", (const char *)g_ptr_array_index(report->notes, i), NULL);
        write_wrapped(text, width, 6, out);
        g_free(text);
    }
    if (report->rows->len < report->servers_selected)
        fprintf(out, "The first %u of %" PRIu64 " servers; top=N shows more.\n", report->rows->len,
                report->servers_selected);
}

/* What the titles mean; arrows stand for themselves. Each explanation is indented by as much. */
#define LEGEND_INDENT 10

static const struct legend {
    const char *title, *meaning;
    bool of_connections;
} legends[] = {
    {TO_SERVER, "client to server", false},
    {TO_CLIENT, "server to client", false},
    {"retrans.", "what the display filter tcp.analysis.retransmission shows", false},
    {"ratio", "packets from the client divided by packets from the server", false},
    {"PCR",
     "(payload from the client less payload from the server) divided by their sum: -1.00 all from "
     "the server (bar to the left), +1.00 all from the client (bar to the right)",
     false},
    {"role by", "what told the client from the server", true},
    {"reset", "who sent the connection's first reset", true},
};

static void write_legend(const struct render_settings *settings, bool connections, FILE *out)
{
    fputc('\n', out);
    for (size_t i = 0; i < G_N_ELEMENTS(legends); i++) {
        const struct legend *legend = &legends[i];
        if (legend->of_connections && !connections)
            continue;
        GString *text = g_string_new(NULL);
        append_padded(text, settings->unicode ? legend->title : plain_arrows(legend->title),
                      LEGEND_INDENT - 1, false);
        text_append(text, " ", legend->meaning, NULL);
        write_wrapped(text->str, settings->text_width, LEGEND_INDENT, out);
        g_string_free(text, TRUE);
    }
}

/* --- one paragraph per server --- */

static void append_basis(GString *text, const struct row *row)
{
    static const char *const meanings[ROLE_BASIS_COUNT] = {
        [ROLE_HANDSHAKE] = "by its handshake",
        [ROLE_GIVEN] = "because you named it",
        [ROLE_KNOWN] = "by the handshake of another connection",
        [ROLE_PORT] = "by its port",
        [ROLE_FAN_IN] = "by its many peers",
        [ROLE_GUESS] = "by a guess (the lower port)",
    };
    const char *before = " Server ";
    char number[TEXT_FORMAT_SIZE];
    for (int i = 0; i < ROLE_BASIS_COUNT; i++) {
        if (row->basis[i] == 0)
            continue;
        text_append(text, before, meanings[i], NULL);
        if (row->basis[i] < row->connections)
            text_append(text, " in ", format_digits(number, row->basis[i]), NULL);
        before = ", ";
    }
    g_string_append_c(text, '.');
}

static void append_times(GString *text, const struct row *row)
{
    char first[TEXT_FORMAT_SIZE], second[TEXT_FORMAT_SIZE];
    const struct summary *syn_ack = &row->handshake[SERVER_TO_CLIENT];
    const struct summary *ack = &row->handshake[CLIENT_TO_SERVER];
    const struct summary *response = &row->turnaround[SERVER_TO_CLIENT];
    const struct summary *gap = &row->turnaround[CLIENT_TO_SERVER];

    if (syn_ack->samples > 0)
        text_append(text, " Handshake: ", format_span(first, syn_ack->median),
                    " on the server's side", NULL);
    if (syn_ack->samples > 0 && ack->samples > 0)
        text_append(text, ", ", format_span(first, ack->median), " on the client's", NULL);
    if (syn_ack->samples > 0)
        g_string_append_c(text, '.');
    if (response->samples > 0)
        text_append(text, " Server's response: median ", format_span(first, response->median),
                    ", largest ", format_span(second, response->maximum), ".", NULL);
    if (gap->samples > 0)
        text_append(text, " Client's gap: median ", format_span(first, gap->median), ", largest ",
                    format_span(second, gap->maximum), ".", NULL);
}

#define FINDING_INDENT 6

static void write_finding(const struct finding *finding, size_t width, FILE *out)
{
    const char *severity = severity_name(finding_kinds[finding->id].severity);
    char *text = g_strconcat("[", severity, "] ", finding->text, NULL);
    fputs("  ", out);
    write_wrapped(text, width - 2, FINDING_INDENT, out);
    fwrite(blanks, 1, FINDING_INDENT, out);
    write_wrapped(finding->filter, width - FINDING_INDENT, FINDING_INDENT, out);
    g_free(text);
}

/* Whether the interpretation begins with a finding, which follows here on a line of its own. */
static bool has_headline(const struct row *row)
{
    if (row->findings->len == 0)
        return false;
    const struct finding *strongest = g_ptr_array_index(row->findings, 0);
    return finding_kinds[strongest->id].severity > SEVERITY_CHAT;
}

static void write_server_paragraph(const struct row *row, size_t width, FILE *out)
{
    GString *text = g_string_new(row->label);
    if (row->service != NULL) {
        char *safe = format_safe(row->service);
        text_append(text, " (", safe, ")", NULL);
        g_free(safe);
    }
    char *traffic = has_headline(row) ? describe_traffic(row->totals, row->connections)
                                      : g_strdup(row->interpretation);
    text_append(text, ": ", traffic, NULL);
    g_free(traffic);
    append_basis(text, row);
    append_times(text, row);
    write_wrapped(text->str, width, 2, out);
    g_string_free(text, TRUE);
    for (guint i = 0; i < row->findings->len; i++)
        write_finding(g_ptr_array_index(row->findings, i), width, out);
}

/* --- all --- */

/* What a terminal has beyond TEXT_DEFAULT_WIDTH goes to the labels, up to the longest of them. */
static unsigned label_width(const struct report *report, unsigned width, unsigned label_columns)
{
    size_t longest = LABEL_WIDTH;
    for (guint i = 0; i < report->rows->len; i++) {
        const struct row *row = g_ptr_array_index(report->rows, i);
        longest = MAX(longest, text_width(row->label));
    }
    unsigned spare = (width - TEXT_DEFAULT_WIDTH) / label_columns;
    return MIN((unsigned)longest, LABEL_WIDTH + spare);
}

static void write_connections(const struct report *report, const struct render_settings *settings,
                              FILE *out)
{
    struct table table;
    table_init(&table, connection_columns, G_N_ELEMENTS(connection_columns), settings->unicode,
               label_width(report, settings->text_width, 2));
    fputc('\n', out);
    write_titles(&table, out);
    for (guint i = 0; i < report->connection_order->len; i++) {
        struct row row;
        report_connection(report, i, &row);
        write_table_row(&table, &row, out);
        row_clear(&row);
    }
}

void render_text(const struct report *report, const struct render_settings *given, FILE *out)
{
    struct render_settings settings = *given;
    settings.text_width = MAX(settings.text_width, TEXT_DEFAULT_WIDTH);
    bool connections = report->source->options->connections;

    write_header(report, out);
    write_notes(report, settings.text_width, out);
    if (report->rows->len == 0)
        return;

    struct table table;
    table_init(&table, server_columns, G_N_ELEMENTS(server_columns), settings.unicode,
               label_width(report, settings.text_width, 1));
    fputc('\n', out);
    write_titles(&table, out);
    for (guint i = 0; i < report->rows->len; i++)
        write_table_row(&table, g_ptr_array_index(report->rows, i), out);
    if (connections)
        write_connections(report, &settings, out);
    write_legend(&settings, connections, out);
    fputc('\n', out);
    for (guint i = 0; i < report->rows->len; i++)
        write_server_paragraph(g_ptr_array_index(report->rows, i), settings.text_width, out);
}
