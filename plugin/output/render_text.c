/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "output/render_text.h"

#include "base/text_format.h"
#include "base/words.h"
#include "output/text_table.h"
#include "output/text_wrap.h"
#include "report/interpretation.h"

#include <inttypes.h>

/* --- the tables ---
 *
 * The columns of a table have the same names as in CSV. Two columns with the same title in `pair`
 * are side by side under it, one for each direction. A wide table of servers takes 100 columns of
 * the terminal, and a narrow one takes 80. So do the tables of connections. */

#define LABEL_WIDTH 21 /* 255.255.255.255:65535 */

#define BOTH_WAYS(pair, name)                                                                      \
    {"c2s_" name, pair, TO_SERVER_ARROW, 5, LOOK_NUMBER, PLACE_TIGHT},                             \
    {                                                                                              \
        "s2c_" name, NULL, TO_CLIENT_ARROW, 5, LOOK_NUMBER, PLACE_TIGHT                            \
    }

static const struct text_column server_columns[] = {
    {"server", NULL, "server", LABEL_WIDTH, LOOK_LABEL, PLACE_ALWAYS},
    {"connections", NULL, "conns", 5, LOOK_NUMBER, PLACE_ALWAYS},
    {"one_way_connections", NULL, "1way", 4, LOOK_SHORT, PLACE_ALWAYS},
    BOTH_WAYS("packets", "packet_count"),
    BOTH_WAYS("bytes", "byte_count"),
    BOTH_WAYS("retrans.", "retransmissions"),
    BOTH_WAYS("resets", "rst_count"),
    {"asymmetry_ratio", NULL, "ratio", 5, LOOK_NUMBER, PLACE_WIDE},
    {"pcr", NULL, "PCR", 5, LOOK_SIGNED, PLACE_ALWAYS},
    {"pcr", NULL, "", 7, LOOK_BAR, PLACE_WIDE},
};

static const struct text_column connection_columns[] = {
    {"stream", NULL, "stream", 6, LOOK_NUMBER, PLACE_ALWAYS},
    {"client", NULL, "client", LABEL_WIDTH, LOOK_LABEL, PLACE_ALWAYS},
    {"server", NULL, "server", LABEL_WIDTH, LOOK_LABEL, PLACE_ALWAYS},
    {"role_evidence", NULL, "role by", 9, LOOK_TEXT, PLACE_WIDE},
    BOTH_WAYS("bytes", "byte_count"),
    BOTH_WAYS("retrans.", "retransmissions"),
    {"rst_by", NULL, "reset", 6, LOOK_TEXT, PLACE_ALWAYS},
    {"duration", NULL, "duration", 8, LOOK_NUMBER, PLACE_WIDE},
};

/* --- above and below them --- */

static void write_header(const struct report *report, FILE *out)
{
    const struct request *request = report->request;
    char time[TEXT_FORMAT_SIZE], span[TEXT_FORMAT_SIZE];

    if (report->message != NULL) {
        fputs("TCP Flow Asymmetry\n", out);
    } else {
        fprintf(out, "TCP Flow Asymmetry: %" PRIu64 " server%s, ", report->servers,
                plural(report->servers));
        if (request->grouping != GROUP_BY_ENDPOINT)
            fprintf(out, "%" PRIu64 " %s, ", report->groups,
                    report_row_word(report, report->groups));
        fprintf(out, "%" PRIu64 " connection%s (%" PRIu64 " one-way), %" PRIu64 " segment%s\n",
                report->connections, plural(report->connections), report->one_way_connections,
                report->segments, plural(report->segments));
        format_time(time, report->first_time);
        /* The date, then hours to seconds. */
        if (time[0] != '\0')
            fprintf(out, "From %.10s %.8s UTC for ", time, time + 11);
        else
            fputs("From an unknown time for ", out);
        fprintf(out, "%s\n", format_span(span, report->last_time - report->first_time));
    }
    if (request->capture_label != NULL) {
        char *safe = format_safe(request->capture_label);
        fprintf(out, "Capture: %s\n", safe);
        g_free(safe);
    }
    if (request->filter != NULL) {
        char *safe = format_safe(request->filter);
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
    if (report->rows->len < report->selected)
        fprintf(out, "The first %u of %" PRIu64 " %s; top=N shows more.\n", report->rows->len,
                report->selected, report_row_word(report, report->selected));
}

/* The meaning of the titles. All explanations have the same indent. */
#define LEGEND_INDENT 10

static const struct legend {
    const char *title, *meaning, *narrow_meaning; /* the last if the table is narrow, or NULL */
} legends[] = {
    {TO_SERVER_ARROW, "client to server", NULL},
    {TO_CLIENT_ARROW, "server to client", NULL},
    {"retrans.", "what the display filter tcp.analysis.retransmission shows", NULL},
    {"ratio", "packets from the client divided by packets from the server", NULL},
    {"PCR",
     "(payload from the client minus payload from the server) divided by their sum: -1.00 all from "
     "the server (bar to the left), +1.00 all from the client (bar to the right)",
     "(payload from the client minus payload from the server) divided by their sum: -1.00 all from "
     "the server, +1.00 all from the client"},
    {"role by", "why this end is the server", NULL},
    {"reset", "who sent the reset that ended the connection", NULL},
};

/* @connections may be NULL. */
static void write_legend(const struct text_table *servers, const struct text_table *connections,
                         const struct render_settings *settings, FILE *out)
{
    fputc('\n', out);
    for (size_t i = 0; i < G_N_ELEMENTS(legends); i++) {
        const struct legend *legend = &legends[i];
        if (!text_table_has(servers, legend->title) &&
            (connections == NULL || !text_table_has(connections, legend->title)))
            continue;
        bool is_short = legend->narrow_meaning != NULL && text_table_is_narrow(servers);
        GString *text = g_string_new(NULL);
        append_padded(text, text_title(legend->title, settings->unicode), LEGEND_INDENT - 1, false);
        text_append(text, " ", is_short ? legend->narrow_meaning : legend->meaning, NULL);
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
        [ROLE_FAN_IN] = "by its many peers",
        [ROLE_PORT] = "by its port",
        [ROLE_FAN_OUT] = "by its client's many ports",
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
    fprintf(out, "%*s", FINDING_INDENT, "");
    write_wrapped(finding->filter, width - FINDING_INDENT, FINDING_INDENT, out);
    g_free(text);
}

static void write_server_paragraph(const struct row *row, size_t width, FILE *out)
{
    GString *text = g_string_new(row->label);
    if (row->service != NULL) {
        char *safe = format_safe(row->service);
        text_append(text, " (", safe, ")", NULL);
        g_free(safe);
    }
    char *traffic = finding_headline(row->findings) != NULL
                        ? describe_traffic(row->totals, row->connections)
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

static size_t longest_label(const struct report *report)
{
    size_t longest = 0;
    for (guint i = 0; i < report->rows->len; i++) {
        const struct row *row = g_ptr_array_index(report->rows, i);
        longest = MAX(longest, text_width(row->label));
    }
    return longest;
}

static void write_servers(const struct report *report, const struct text_table *table, FILE *out)
{
    fputc('\n', out);
    text_table_write_titles(table, out);
    for (guint i = 0; i < report->rows->len; i++)
        text_table_write_row(table, g_ptr_array_index(report->rows, i), out);
}

static void write_connections(const struct report *report, const struct text_table *table,
                              FILE *out)
{
    fputc('\n', out);
    text_table_write_titles(table, out);
    for (guint i = 0; i < report->connection_order->len; i++) {
        struct row row;
        report_connection(report, i, &row);
        text_table_write_row(table, &row, out);
        row_clear(&row);
    }
}

static void write_tables(const struct report *report, const struct render_settings *settings,
                         FILE *out)
{
    size_t longest = longest_label(report);
    struct text_table *servers = text_table_new(server_columns, G_N_ELEMENTS(server_columns),
                                                settings->text_width, longest, settings->unicode);
    struct text_table *connections = NULL;
    write_servers(report, servers, out);
    if (report->request->connections) {
        connections = text_table_new(connection_columns, G_N_ELEMENTS(connection_columns),
                                     settings->text_width, longest, settings->unicode);
        write_connections(report, connections, out);
    }
    write_legend(servers, connections, settings, out);
    text_table_free(servers);
    text_table_free(connections);
}

void render_text(const struct report *report, const struct render_settings *given, FILE *out)
{
    struct render_settings settings = *given;
    settings.text_width = MAX(settings.text_width, TEXT_LEAST_WIDTH);
    write_header(report, out);
    write_notes(report, settings.text_width, out);
    if (report->rows->len == 0)
        return;
    write_tables(report, &settings, out);
    fputc('\n', out);
    for (guint i = 0; i < report->rows->len; i++)
        write_server_paragraph(g_ptr_array_index(report->rows, i), settings.text_width, out);
}
