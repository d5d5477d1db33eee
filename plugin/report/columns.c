/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/columns.h"

#include "base/text_format.h"
#include "base/words.h"
#include "report/interpretation.h"

#include <inttypes.h>
#include <string.h>

#define ROW_BOTH (ROW_SERVER | ROW_CONNECTION)
#define ROW_ANY  (ROW_BOTH | ROW_INTERVAL | ROW_OTHERS)

static const struct value none = {.type = VALUE_NONE};

static struct value count_value(uint64_t count)
{
    return (struct value){.type = VALUE_COUNT, .u = count};
}

static struct value text_value(const char *text)
{
    return text != NULL ? (struct value){.type = VALUE_TEXT, .text = text} : none;
}

static struct value time_value(enum value_type type, int64_t ns)
{
    return (struct value){.type = type, .ns = ns};
}

/* --- who --- */

enum identity {
    IDENTITY_STREAM,
    IDENTITY_CLIENT,
    IDENTITY_SERVER,
    IDENTITY_ADDRESS,
    IDENTITY_PORT,
    IDENTITY_SERVICE,
    IDENTITY_CONNECTIONS,
    IDENTITY_ONE_WAY,
    IDENTITY_BASIS,
    IDENTITY_COMPLETENESS,
    IDENTITY_FIRST_TIME,
    IDENTITY_LAST_TIME,
    IDENTITY_DURATION,
};

/* The basis of most connections. */
static const char *main_basis(const struct row *row)
{
    int most = 0;
    for (int i = 1; i < ROLE_BASIS_COUNT; i++) {
        if (row->basis[i] > row->basis[most])
            most = i;
    }
    return row->basis[most] > 0 ? role_basis_name((enum role_basis)most) : NULL;
}

static struct value get_identity(const struct row *row, int of, int item)
{
    (void)of;
    switch ((enum identity)item) {
    case IDENTITY_STREAM:
        return count_value(row->flow->stream);
    case IDENTITY_CLIENT:
        return text_value(row->client_label);
    case IDENTITY_SERVER:
        return text_value(row->label);
    case IDENTITY_ADDRESS:
        return text_value(row->address);
    case IDENTITY_PORT:
        return row->server.port != 0 ? count_value(row->server.port) : none;
    case IDENTITY_SERVICE:
        return text_value(row->service);
    case IDENTITY_CONNECTIONS:
        return count_value(row->connections);
    case IDENTITY_ONE_WAY:
        return count_value(row->one_way_connections);
    case IDENTITY_BASIS:
        return text_value(main_basis(row));
    case IDENTITY_COMPLETENESS:
        return count_value(row->completeness);
    case IDENTITY_FIRST_TIME:
        return time_value(VALUE_TIME, row->first_time);
    case IDENTITY_LAST_TIME:
        return time_value(VALUE_TIME, row->last_time);
    case IDENTITY_DURATION:
        return time_value(VALUE_SECONDS, row->last_time - row->first_time);
    }
    return none;
}

static const struct column identity_columns[] = {
    {"stream", get_identity, IDENTITY_STREAM, ROW_CONNECTION},
    {"client", get_identity, IDENTITY_CLIENT, ROW_CONNECTION},
    {"server", get_identity, IDENTITY_SERVER, ROW_BOTH | ROW_INTERVAL},
    {"address", get_identity, IDENTITY_ADDRESS, ROW_SERVER | ROW_INTERVAL},
    {"port", get_identity, IDENTITY_PORT, ROW_SERVER | ROW_INTERVAL},
    {"service", get_identity, IDENTITY_SERVICE, ROW_SERVER | ROW_INTERVAL},
    {"connections", get_identity, IDENTITY_CONNECTIONS, ROW_SERVER | ROW_OTHERS},
    {"one_way_connections", get_identity, IDENTITY_ONE_WAY, ROW_SERVER | ROW_OTHERS},
    {"role_evidence", get_identity, IDENTITY_BASIS, ROW_CONNECTION},
    {"completeness", get_identity, IDENTITY_COMPLETENESS, ROW_CONNECTION},
    {"first_time", get_identity, IDENTITY_FIRST_TIME, ROW_BOTH},
    {"last_time", get_identity, IDENTITY_LAST_TIME, ROW_BOTH},
    {"duration", get_identity, IDENTITY_DURATION, ROW_CONNECTION},
};

enum interval_item { INTERVAL_START, INTERVAL_WIDTH, INTERVAL_TIME };

static struct value get_interval(const struct row *row, int of, int item)
{
    (void)of;
    switch ((enum interval_item)item) {
    case INTERVAL_START:
        return time_value(VALUE_SECONDS, row->interval_start);
    case INTERVAL_WIDTH:
        return time_value(VALUE_SECONDS, row->last_time - row->first_time);
    case INTERVAL_TIME:
        return time_value(VALUE_TIME, row->first_time);
    }
    return none;
}

static const struct column interval_columns[] = {
    {"start", get_interval, INTERVAL_START, ROW_INTERVAL},
    {"width", get_interval, INTERVAL_WIDTH, ROW_INTERVAL},
    {"time", get_interval, INTERVAL_TIME, ROW_INTERVAL},
};

static struct value get_basis(const struct row *row, int of, int item)
{
    (void)of;
    return count_value(row->basis[item]);
}

static const struct column basis_columns[] = {
    {"handshake", get_basis, ROLE_HANDSHAKE, ROW_ANY},
    {"given", get_basis, ROLE_GIVEN, ROW_ANY},
    {"known", get_basis, ROLE_KNOWN, ROW_ANY},
    {"fan_in", get_basis, ROLE_FAN_IN, ROW_ANY},
    {"port", get_basis, ROLE_PORT, ROW_ANY},
    {"fan_out", get_basis, ROLE_FAN_OUT, ROW_ANY},
    {"guess", get_basis, ROLE_GUESS, ROW_ANY},
};

/* --- one direction --- */

static struct value get_counter(const struct row *row, int of, int item)
{
    return count_value(row->totals[of].count[item]);
}

/* If Wireshark's sequence analysis is off, its results are absent, not 0. */
static struct value get_analysed(const struct row *row, int of, int item)
{
    return row->analysed ? get_counter(row, of, item) : none;
}

static struct value get_goodput(const struct row *row, int of, int item)
{
    (void)item;
    const uint64_t *counts = row->totals[of].count;
    return row->analysed
               ? count_value(counts[COUNTER_PAYLOAD_BYTES] - counts[COUNTER_RETRANSMITTED_BYTES])
               : none;
}

enum hop_limit_item { HOP_LIMIT_MIN, HOP_LIMIT_MAX, RST_HOP_LIMIT_MIN, RST_HOP_LIMIT_MAX };

static struct value get_hop_limit(const struct row *row, int of, int item)
{
    bool of_resets = item == RST_HOP_LIMIT_MIN || item == RST_HOP_LIMIT_MAX;
    const struct hop_limits *limits =
        of_resets ? &row->totals[of].rst_hop_limits : &row->totals[of].hop_limits;
    if (limits->minimum > limits->maximum)
        return none;
    bool smallest = item == HOP_LIMIT_MIN || item == RST_HOP_LIMIT_MIN;
    return count_value(smallest ? limits->minimum : limits->maximum);
}

static const struct column direction_columns[] = {
    {"packet_count", get_counter, COUNTER_PACKETS, ROW_ANY},
    {"byte_count", get_counter, COUNTER_BYTES, ROW_ANY},
    {"payload_bytes", get_counter, COUNTER_PAYLOAD_BYTES, ROW_ANY},
    {"retransmitted_bytes", get_analysed, COUNTER_RETRANSMITTED_BYTES, ROW_ANY},
    {"goodput_bytes", get_goodput, 0, ROW_ANY},
    {"inferred_payload_bytes", get_counter, COUNTER_INFERRED_PAYLOAD_BYTES, ROW_ANY},
    {"syn_count", get_counter, COUNTER_SYN, ROW_ANY},
    {"syn_ack_count", get_counter, COUNTER_SYN_ACK, ROW_ANY},
    {"fin_count", get_counter, COUNTER_FIN, ROW_ANY},
    {"rst_count", get_counter, COUNTER_RST, ROW_ANY},
    {"data_packets", get_counter, COUNTER_DATA_PACKETS, ROW_ANY},
    {"retransmissions", get_analysed, COUNTER_RETRANSMISSIONS, ROW_ANY},
    {"fast_retransmissions", get_analysed, COUNTER_FAST_RETRANSMISSIONS, ROW_ANY},
    {"spurious_retransmissions", get_analysed, COUNTER_SPURIOUS_RETRANSMISSIONS, ROW_ANY},
    {"out_of_order", get_analysed, COUNTER_OUT_OF_ORDER, ROW_ANY},
    {"duplicate_acks", get_analysed, COUNTER_DUPLICATE_ACKS, ROW_ANY},
    {"lost_segments", get_analysed, COUNTER_LOST_SEGMENTS, ROW_ANY},
    {"acked_unseen", get_analysed, COUNTER_ACKED_UNSEEN, ROW_ANY},
    {"zero_windows", get_analysed, COUNTER_ZERO_WINDOWS, ROW_ANY},
    {"window_full", get_analysed, COUNTER_WINDOW_FULL, ROW_ANY},
    {"keep_alives", get_analysed, COUNTER_KEEP_ALIVES, ROW_ANY},
    {"duplicate_frames", get_counter, COUNTER_DUPLICATE_FRAMES, ROW_ANY},
    {"ttl_min", get_hop_limit, HOP_LIMIT_MIN, ROW_BOTH},
    {"ttl_max", get_hop_limit, HOP_LIMIT_MAX, ROW_BOTH},
    {"rst_ttl_min", get_hop_limit, RST_HOP_LIMIT_MIN, ROW_BOTH},
    {"rst_ttl_max", get_hop_limit, RST_HOP_LIMIT_MAX, ROW_BOTH},
};

/* --- times --- */

enum summary_item { SUMMARY_MEDIAN, SUMMARY_MAX, SUMMARY_SAMPLES };

static struct value summary_value(const struct summary *summary, int item)
{
    if (item == SUMMARY_SAMPLES)
        return count_value(summary->samples);
    if (summary->samples == 0)
        return none;
    return time_value(VALUE_MS, item == SUMMARY_MEDIAN ? summary->median : summary->maximum);
}

static struct value get_handshake_side(const struct row *row, int of, int item)
{
    (void)of;
    return summary_value(&row->handshake[item], SUMMARY_MEDIAN);
}

static struct value get_handshake_samples(const struct row *row, int of, int item)
{
    (void)of;
    (void)item;
    return summary_value(&row->handshake[SERVER_TO_CLIENT], SUMMARY_SAMPLES);
}

static const struct column handshake_columns[] = {
    {"client_side", get_handshake_side, CLIENT_TO_SERVER, ROW_BOTH},
    {"server_side", get_handshake_side, SERVER_TO_CLIENT, ROW_BOTH},
    {"samples", get_handshake_samples, 0, ROW_SERVER},
};

static struct value get_turnaround(const struct row *row, int of, int item)
{
    return summary_value(&row->turnaround[of], item);
}

static const struct column turnaround_columns[] = {
    {"median", get_turnaround, SUMMARY_MEDIAN, ROW_BOTH},
    {"max", get_turnaround, SUMMARY_MAX, ROW_BOTH},
    {"samples", get_turnaround, SUMMARY_SAMPLES, ROW_BOTH},
};

/* --- what it means --- */

enum meaning {
    MEANING_ASYMMETRY_RATIO,
    MEANING_PRIMARY_RST_SOURCE,
    MEANING_DATA_FLOW_DIRECTION,
    MEANING_INTERPRETATION,
    MEANING_PCR,
    MEANING_PAYLOAD_DIRECTION,
};

static struct value get_meaning(const struct row *row, int of, int item)
{
    (void)of;
    double real;
    switch ((enum meaning)item) {
    case MEANING_ASYMMETRY_RATIO:
        return asymmetry_ratio(row->totals, &real)
                   ? (struct value){.type = VALUE_REAL, .real = real}
                   : none;
    case MEANING_PRIMARY_RST_SOURCE:
        return text_value(primary_rst_source(row->totals));
    case MEANING_DATA_FLOW_DIRECTION:
        return text_value(data_flow_direction(row->totals));
    case MEANING_INTERPRETATION:
        return text_value(row->interpretation);
    case MEANING_PCR:
        return producer_consumer_ratio(row->totals, &real)
                   ? (struct value){.type = VALUE_REAL, .real = real}
                   : none;
    case MEANING_PAYLOAD_DIRECTION:
        return text_value(payload_direction(row->totals));
    }
    return none;
}

static const struct column meaning_columns[] = {
    {"asymmetry_ratio", get_meaning, MEANING_ASYMMETRY_RATIO, ROW_SERVER},
    {"primary_rst_source", get_meaning, MEANING_PRIMARY_RST_SOURCE, ROW_SERVER},
    {"data_flow_direction", get_meaning, MEANING_DATA_FLOW_DIRECTION, ROW_SERVER},
    {"interpretation", get_meaning, MEANING_INTERPRETATION, ROW_SERVER},
    {"pcr", get_meaning, MEANING_PCR, ROW_SERVER},
    {"payload_direction", get_meaning, MEANING_PAYLOAD_DIRECTION, ROW_SERVER},
};

/* --- the reset that ended it --- */

static bool has_no_reset(const struct row *row)
{
    return row->flow == NULL || flow_reset(row->flow)->time == TIME_NONE;
}

enum reset_item { RESET_BY, RESET_COUNT, RESET_TIME, RESET_IDLE_BEFORE, RESET_WINDOW };

static struct value get_reset(const struct row *row, int of, int item)
{
    (void)of;
    if (has_no_reset(row))
        return none;
    const struct decisive_reset *reset = flow_reset(row->flow);
    switch ((enum reset_item)item) {
    case RESET_BY:
        return text_value(sender_word(direction_of((enum end)reset->sender, row->client)));
    case RESET_COUNT:
        return count_value(row->totals[CLIENT_TO_SERVER].count[COUNTER_RST] +
                           row->totals[SERVER_TO_CLIENT].count[COUNTER_RST]);
    case RESET_TIME:
        return time_value(VALUE_TIME, reset->time);
    case RESET_IDLE_BEFORE:
        return reset->idle != TIME_NONE ? time_value(VALUE_SECONDS, reset->idle) : none;
    case RESET_WINDOW:
        return count_value(reset->window);
    }
    return none;
}

static struct value get_payload_before_reset(const struct row *row, int of, int item)
{
    (void)of;
    if (has_no_reset(row))
        return none;
    enum end sender = direction_sender((enum direction)item, row->client);
    return count_value(flow_reset(row->flow)->payload_before[sender]);
}

static const struct column reset_columns[] = {
    {"by", get_reset, RESET_BY, ROW_CONNECTION},
    {"count", get_reset, RESET_COUNT, ROW_CONNECTION},
    {"time", get_reset, RESET_TIME, ROW_CONNECTION},
    {"idle_before", get_reset, RESET_IDLE_BEFORE, ROW_CONNECTION},
    {"window", get_reset, RESET_WINDOW, ROW_CONNECTION},
};

static const struct column payload_before_reset_columns[] = {
    {"client_to_server", get_payload_before_reset, CLIENT_TO_SERVER, ROW_CONNECTION},
    {"server_to_client", get_payload_before_reset, SERVER_TO_CLIENT, ROW_CONNECTION},
};

/* --- findings --- */

static struct value get_findings(const struct row *row, int of, int item)
{
    (void)of;
    (void)item;
    return (struct value){.type = VALUE_FINDINGS, .row = row};
}

static const struct column finding_columns[] = {
    {"findings", get_findings, 0, ROW_BOTH},
};

static finding_ids ids_of(const struct row *row)
{
    finding_ids ids = row->finding_ids;
    for (guint i = 0; row->findings != NULL && i < row->findings->len; i++)
        ids |= finding_bit(((const struct finding *)g_ptr_array_index(row->findings, i))->id);
    return ids;
}

char *column_finding_ids(const struct row *row)
{
    GString *text = g_string_new(NULL);
    finding_ids ids = ids_of(row);
    for (int id = 0; id < FINDING_COUNT; id++) {
        if ((ids & finding_bit((enum finding_id)id)) != 0)
            g_string_append_printf(text, "%s%s", text->len > 0 ? " " : "", finding_kinds[id].id);
    }
    return g_string_free(text, FALSE);
}

#define COLUMNS(list) list, G_N_ELEMENTS(list)

const struct column_group column_groups[] = {
    {"", "", COLUMNS(identity_columns), 0, ROW_ANY, false, false, NULL},
    {"", "interval_", COLUMNS(interval_columns), 0, ROW_INTERVAL, false, false, NULL},
    {"role_evidence", "role_evidence_", COLUMNS(basis_columns), 0, ROW_SERVER | ROW_OTHERS, true,
     false, NULL},
    {"client_to_server", "c2s_", COLUMNS(direction_columns), CLIENT_TO_SERVER, ROW_ANY, false, true,
     NULL},
    {"server_to_client", "s2c_", COLUMNS(direction_columns), SERVER_TO_CLIENT, ROW_ANY, false, true,
     NULL},
    {"handshake_rtt_ms", "handshake_rtt_ms_", COLUMNS(handshake_columns), 0, ROW_BOTH, false, true,
     NULL},
    {"turnaround_ms/server_response", "turnaround_ms_server_response_", COLUMNS(turnaround_columns),
     SERVER_TO_CLIENT, ROW_BOTH, false, true, NULL},
    {"turnaround_ms/client_gap", "turnaround_ms_client_gap_", COLUMNS(turnaround_columns),
     CLIENT_TO_SERVER, ROW_BOTH, false, true, NULL},
    {"analysis", "", COLUMNS(meaning_columns), 0, ROW_SERVER, false, false, NULL},
    {"rst", "rst_", COLUMNS(reset_columns), 0, ROW_CONNECTION, false, false, has_no_reset},
    {"rst/payload_before", "rst_payload_before_", COLUMNS(payload_before_reset_columns), 0,
     ROW_CONNECTION, false, false, has_no_reset},
    {"", "", COLUMNS(finding_columns), 0, ROW_BOTH, false, false, NULL},
};
const size_t column_group_count = G_N_ELEMENTS(column_groups);

struct value column_value(const struct column_group *group, const struct column *column,
                          const struct row *row)
{
    return column->get(row, group->of, column->item);
}

bool column_find(const char *name, const struct column_group **group, const struct column **column)
{
    for (size_t i = 0; i < column_group_count; i++) {
        size_t prefix = strlen(column_groups[i].prefix);
        if (strncmp(name, column_groups[i].prefix, prefix) != 0)
            continue;
        for (size_t j = 0; j < column_groups[i].count; j++) {
            const char *key = column_groups[i].columns[j].key;
            /* Most begin differently, and this needs no call to see that. */
            if (key[0] == name[prefix] && strcmp(name + prefix, key) == 0) {
                *group = &column_groups[i];
                *column = &column_groups[i].columns[j];
                return true;
            }
        }
    }
    return false;
}

const char *value_format(const struct value *value, char *buffer)
{
    buffer[0] = '\0';
    switch (value->type) {
    case VALUE_NONE:
    case VALUE_FINDINGS:
        return buffer;
    case VALUE_COUNT:
        return format_digits(buffer, value->u);
    case VALUE_REAL:
        return format_real(buffer, value->real);
    case VALUE_MS:
        return format_fixed(buffer, value->ns, 6);
    case VALUE_SECONDS:
        return format_fixed(buffer, value->ns, 9);
    case VALUE_TIME:
        return format_time(buffer, value->ns);
    case VALUE_TEXT:
        return value->text;
    }
    return buffer;
}
