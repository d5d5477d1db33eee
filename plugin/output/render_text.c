/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "output/render_text.h"

#include "base/text_format.h"
#include "base/words.h"
#include "output/text_findings.h"
#include "output/text_table.h"
#include "output/text_timeline.h"
#include "output/text_wrap.h"

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

static const struct text_column time_columns[] = {
    {"server", NULL, "server", LABEL_WIDTH, LOOK_LABEL, PLACE_ALWAYS},
    {"connections", NULL, "conns", 5, LOOK_NUMBER, PLACE_WIDE},
    {"role_evidence", NULL, "server by", 9, LOOK_TEXT, PLACE_ALWAYS},
    {"handshake_rtt_ms_client_side", "handshake", "client", 7, LOOK_NUMBER, PLACE_ALWAYS},
    {"handshake_rtt_ms_server_side", NULL, "server", 7, LOOK_NUMBER, PLACE_ALWAYS},
    {"turnaround_ms_server_response_median", "response", "median", 7, LOOK_NUMBER, PLACE_ALWAYS},
    {"turnaround_ms_server_response_max", NULL, "largest", 7, LOOK_NUMBER, PLACE_ALWAYS},
    {"turnaround_ms_client_gap_median", "client's gap", "median", 7, LOOK_NUMBER, PLACE_ALWAYS},
    {"turnaround_ms_client_gap_max", NULL, "largest", 7, LOOK_NUMBER, PLACE_ALWAYS},
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
}

static void write_top(const struct report *report, FILE *out)
{
    if (report->shown < report->rows->len)
        fprintf(out, "The first %u of %u %s; top=N shows more.\n", report->shown, report->rows->len,
                report_row_word(report, report->rows->len));
}

/* Three lines at most; the rest is in the manual. */
static void write_legend(const struct render_settings *settings, bool has_ratio, FILE *out)
{
    const char *forth = text_title(TO_SERVER_ARROW, settings->unicode);
    const char *back = text_title(TO_CLIENT_ARROW, settings->unicode);
    GString *text = g_string_new(forth);
    text_append(text, " client to server, ", back,
                " server to client; retrans.: tcp.analysis.retransmission; ", NULL);
    if (has_ratio)
        text_append(text, "ratio: packets ", forth, " / ", back, "; ", NULL);
    g_string_append(text, "PCR: payload, from -1.00 (all from the server) to +1.00 (all from the "
                          "client)");
    fputc('\n', out);
    write_wrapped(text->str, settings->text_width, 0, out);
    g_string_free(text, TRUE);
}

/* --- all --- */

static size_t longest_label(const struct report *report)
{
    size_t longest = 0;
    for (guint i = 0; i < report->shown; i++) {
        const struct row *row = g_ptr_array_index(report->rows, i);
        longest = MAX(longest, text_width(row->label));
    }
    return longest;
}

/* Returns whether the table has all its columns. */
static bool write_servers(const struct report *report, const struct text_column *columns,
                          size_t count, const struct render_settings *settings, FILE *out)
{
    struct text_table *table = text_table_new(columns, count, settings->text_width,
                                              longest_label(report), settings->unicode);
    text_table_write_titles(table, out);
    for (guint i = 0; i < report->shown; i++)
        text_table_write_row(table, g_ptr_array_index(report->rows, i), out);
    bool is_whole = !text_table_is_narrow(table);
    text_table_free(table);
    return is_whole;
}

static void write_connections(const struct report *report, const struct render_settings *settings,
                              FILE *out)
{
    struct text_table *table =
        text_table_new(connection_columns, G_N_ELEMENTS(connection_columns), settings->text_width,
                       longest_label(report), settings->unicode);
    text_table_write_titles(table, out);
    for (guint i = 0; i < report->connection_order->len; i++) {
        struct row row;
        report_connection(report, i, &row);
        text_table_write_row(table, &row, out);
        row_clear(&row);
    }
    text_table_free(table);
}

static void write_tables(const struct report *report, const struct render_settings *settings,
                         FILE *out)
{
    fputs("\nTraffic\n", out);
    write_top(report, out);
    bool has_ratio =
        write_servers(report, server_columns, G_N_ELEMENTS(server_columns), settings, out);
    if (report->request->connections) {
        fputs("\nConnections\n", out);
        write_connections(report, settings, out);
    }
    fputs("\nTimes\n", out);
    (void)write_servers(report, time_columns, G_N_ELEMENTS(time_columns), settings, out);
    write_timelines(report, settings, out);
    write_legend(settings, has_ratio, out);
}

void render_text(const struct report *report, const struct render_settings *given, FILE *out)
{
    struct render_settings settings = *given;
    settings.text_width = MAX(settings.text_width, TEXT_LEAST_WIDTH);
    write_header(report, out);
    if (report->rows->len == 0) {
        write_notes(report, settings.text_width, out);
        return;
    }
    GPtrArray *entries = entries_new(report);
    write_trust(report, &settings, out);
    write_severities(entries, out);
    write_notes(report, settings.text_width, out);
    fputs("\nFindings\n", out);
    write_entries(report, entries, &settings, out);
    write_tables(report, &settings, out);
    g_ptr_array_free(entries, TRUE);
}
