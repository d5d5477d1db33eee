/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wireshark/compat.h"

#include "wireshark/statistics_table.h"

#include "base/text_format.h"
#include "base/words.h"
#include "connection/capture.h"
#include "live/live_table.h"
#include "settings/options.h"
#include "settings/preference.h"
#include "wireshark/name_lookup.h"
#include "wireshark/tap_input.h"

#include <epan/epan_dissect.h>
#include <epan/tap.h>
#include <string.h>

/* --- columns --- */

enum cell_kind {
    CELL_LABEL,     /* text: the server, or both ends */
    CELL_COUNT,     /* of frames, which Wireshark numbers with 32 bits */
    CELL_MEGABYTES, /* six decimals: exact to the byte, on versions that show no other number */
    CELL_SIGNED,    /* text: a ratio from -1 to +1 */
    CELL_SHARE,     /* text: of data segments sent again, per cent; padded so that it sorts */
    CELL_STREAM,    /* text: the number, padded */
    CELL_BASIS,     /* text: the basis of the roles */
};

struct table_column {
    const char *title;
    enum cell_kind kind;
    const char *name; /* as in CSV; of CELL_SHARE that of the part */
};

/* One pair of columns, a direction each. */
#define BOTH_WAYS(title, kind, name)                                                               \
    {title " " TO_SERVER_ARROW, kind, "c2s_" name},                                                \
    {                                                                                              \
        title " " TO_CLIENT_ARROW, kind, "s2c_" name                                               \
    }

static const struct table_column table_columns[] = {
    {"Server", CELL_LABEL, NULL},
    {"Connections", CELL_COUNT, "connections"},
    {"One-way", CELL_COUNT, "one_way_connections"},
    BOTH_WAYS("MB", CELL_MEGABYTES, "byte_count"),
    {"PCR", CELL_SIGNED, "pcr"},
    {"Retrans. " TO_SERVER_ARROW, CELL_COUNT, "c2s_retransmissions"},
    {"% " TO_SERVER_ARROW, CELL_SHARE, "c2s_retransmissions"},
    {"Retrans. " TO_CLIENT_ARROW, CELL_COUNT, "s2c_retransmissions"},
    {"% " TO_CLIENT_ARROW, CELL_SHARE, "s2c_retransmissions"},
    BOTH_WAYS("Resets", CELL_COUNT, "rst_count"),
    BOTH_WAYS("Packets", CELL_COUNT, "packet_count"),
    BOTH_WAYS("Payload MB", CELL_MEGABYTES, "payload_bytes"),
    BOTH_WAYS("Data packets", CELL_COUNT, "data_packets"),
    BOTH_WAYS("Fast retrans.", CELL_COUNT, "fast_retransmissions"),
    BOTH_WAYS("Spurious", CELL_COUNT, "spurious_retransmissions"),
    BOTH_WAYS("Out of order", CELL_COUNT, "out_of_order"),
    BOTH_WAYS("Dup ACKs", CELL_COUNT, "duplicate_acks"),
    BOTH_WAYS("Lost segments", CELL_COUNT, "lost_segments"),
    BOTH_WAYS("ACKed unseen", CELL_COUNT, "acked_unseen"),
    BOTH_WAYS("Zero window", CELL_COUNT, "zero_windows"),
    BOTH_WAYS("Window full", CELL_COUNT, "window_full"),
    BOTH_WAYS("Keep-alives", CELL_COUNT, "keep_alives"),
    BOTH_WAYS("SYN", CELL_COUNT, "syn_count"),
    BOTH_WAYS("SYN-ACK", CELL_COUNT, "syn_ack_count"),
    BOTH_WAYS("FIN", CELL_COUNT, "fin_count"),
    {"Stream", CELL_STREAM, NULL},
    {"Role by", CELL_BASIS, NULL},
};

#define COLUMN_COUNT G_N_ELEMENTS(table_columns)

/* What Wireshark wants to know about a column, filled in when the table is registered; and where
 * its value comes from, when it is first shown: no start of a program takes time for that. */
static stat_tap_table_item items[COLUMN_COUNT];
static struct {
    const struct column_group *group;
    const struct column *column;
} sources[COLUMN_COUNT];

static bool is_text(enum cell_kind kind)
{
    return kind == CELL_LABEL || kind == CELL_BASIS;
}

static void prepare_columns(void)
{
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        const struct table_column *column = &table_columns[i];
        items[i] = (stat_tap_table_item){
            .type = TABLE_ITEM_STRING, /* each cell has its own */
            .align = is_text(column->kind) ? TAP_ALIGN_LEFT : TAP_ALIGN_RIGHT,
            .column_name = column->title,
        };
    }
}

static void find_sources(void)
{
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        const char *name = table_columns[i].name;
        if (name != NULL && sources[i].column == NULL &&
            !column_find(name, &sources[i].group, &sources[i].column))
            g_error("no column %s", name);
    }
}

/* Wireshark 4.6 passes the format of a column and the value of a cell to printf. So all cells of a
 * column have one type, even if sequence analysis is off and its counters are shown as text. */
static void prepare_formats(bool analysed)
{
    const struct row row = {.analysed = analysed};
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        enum cell_kind kind = table_columns[i].kind;
        items[i].field_format = "%s";
        if (kind == CELL_MEGABYTES)
            items[i].field_format = "%.6f";
        else if (kind == CELL_COUNT &&
                 column_value(sources[i].group, sources[i].column, &row).type != VALUE_NONE)
            items[i].field_format = "%u";
    }
}

/* --- one filling of the dialog ---
 *
 * Each time the dialog is filled, it asks for new tables, counts all packets of the file, draws and
 * stops listening. All open dialogs share one stat_tap_table_ui, but the rows of a dialog must not
 * change while another dialog is filled. So each filling has its own tables, which live until their
 * dialog is filled again, or no dialog is left. */

enum { SERVERS, CONNECTIONS, TABLE_COUNT };

#define NO_LABEL UINT64_MAX

struct fill {
    GArray *tables; /* of stat_tap_table *: what stat_tap_table_ui points to; Wireshark empties it
                       when it frees them */
    stat_tap_table *table[TABLE_COUNT];
    uint32_t rows[TABLE_COUNT];    /* allocated, of which table[] shows num_elements */
    uint64_t *labels[TABLE_COUNT]; /* what the label of each of these rows says, see label_id() */
    const void *dialog;            /* to which it belongs; NULL until its first packet */
    struct capture *capture;       /* owned; NULL while nothing is counted */
    struct tap_input input;
    struct live_table *live; /* owned; NULL while nothing is counted */
};

static GPtrArray *fills;      /* of struct fill, owned; the newest last */
static struct fill *counting; /* the one that gets the packets; NULL for none */

static const struct role_hints hints = {.port_knowledge = name_lookup_port_knowledge};

static void end_counting(struct fill *fill)
{
    live_table_free(fill->live);
    capture_free(fill->capture);
    tap_input_clear(&fill->input);
    fill->live = NULL;
    fill->capture = NULL;
    if (counting == fill)
        counting = NULL;
}

static void begin_counting(struct fill *fill)
{
    bool analysed = tap_input_analysis_is_on();
    end_counting(fill);
    find_sources();
    prepare_formats(analysed);
    /* The dialog does not pass on IP headers. */
    fill->capture = capture_new(false);
    fill->live = live_table_new(fill->capture->flows, &hints, preferences.table_rows, analysed);
}

static struct fill *fill_new(void)
{
    static const char *const titles[TABLE_COUNT] = {"Servers", "TCP connections"};
    struct fill *fill = g_new0(struct fill, 1);
    fill->tables = g_array_new(FALSE, TRUE, sizeof(stat_tap_table *));
    for (int i = 0; i < TABLE_COUNT; i++) {
        fill->table[i] = stat_tap_init_table(titles[i], COLUMN_COUNT, 0, NULL);
        g_array_append_val(fill->tables, fill->table[i]);
    }
    begin_counting(fill);
    return fill;
}

static void free_cell(stat_tap_table_item_type *cell)
{
    if (cell->type == TABLE_ITEM_STRING)
        g_free((char *)cell->value.string_value);
    *cell = (stat_tap_table_item_type){.type = TABLE_ITEM_NONE};
}

static void free_tables(struct fill *fill)
{
    for (int i = 0; i < TABLE_COUNT; i++) {
        for (uint32_t row = 0; row < fill->rows[i]; row++) {
            for (size_t column = 0; column < COLUMN_COUNT; column++)
                free_cell(&fill->table[i]->elements[row][column]);
            g_free(fill->table[i]->elements[row]);
        }
        g_free(fill->table[i]->elements);
        g_free(fill->table[i]);
    }
}

static void fill_free(gpointer data)
{
    struct fill *fill = data;
    bool freed_by_wireshark = fill->tables->len == 0;
    if (!freed_by_wireshark)
        free_tables(fill);
    for (int i = 0; i < TABLE_COUNT; i++)
        g_free(fill->labels[i]);
    g_array_free(fill->tables, TRUE);
    end_counting(fill);
    g_free(fill);
}

static struct fill *fill_of(const stat_tap_table *table)
{
    for (guint i = 0; i < fills->len; i++) {
        struct fill *fill = g_ptr_array_index(fills, i);
        for (int j = 0; fill->tables->len > 0 && j < TABLE_COUNT; j++) {
            if (fill->table[j] == table)
                return fill;
        }
    }
    return NULL;
}

/* --- cells --- */

/* NOLINTNEXTLINE(readability-non-const-parameter): the cell owns it */
static void set_text(stat_tap_table_item_type *cell, char *text)
{
    free_cell(cell);
    cell->type = TABLE_ITEM_STRING;
    cell->value.string_value = text;
}

static char *label_of_end(const struct endpoint *endpoint)
{
    return endpoint_safe_label(endpoint, name_lookup_address, NULL, NULL);
}

static char *label_of_row(const struct row *row, uint32_t item, uint32_t others)
{
    if (item == LIVE_OTHERS)
        return g_strdup_printf("%u more", others);
    if (row->flow == NULL)
        return label_of_end(&row->server);
    char *client = label_of_end(&row->flow->ends[row->client]);
    char *server = label_of_end(&row->server);
    char *label = g_strdup_printf("%s " TO_SERVER_ARROW " %s", client, server);
    g_free(client);
    g_free(server);
    return label;
}

static char *share_text(const struct table_column *column, const struct row *row, uint64_t part)
{
    enum direction direction =
        g_str_has_prefix(column->name, "c2s_") ? CLIENT_TO_SERVER : SERVER_TO_CLIENT;
    uint64_t whole = row->totals[direction].count[COUNTER_DATA_PACKETS];
    char number[G_ASCII_DTOSTR_BUF_SIZE] = "-";
    if (whole > 0)
        g_ascii_formatd(number, sizeof number, "%.1f", 100.0 * (double)part / (double)whole);
    return g_strdup_printf("%6s", number);
}

/* The dialog sorts text as text, shows every real number with six decimals, and cannot show that a
 * number is absent. So the text begins with blanks that are used for sorting: the value in steps of
 * 1/100 from 1 on, or 0 for none, as eight bits of two kinds of space. */
static char *signed_text(const struct value *value)
{
    bool is_known = value->type == VALUE_REAL;
    char number[G_ASCII_DTOSTR_BUF_SIZE] = "-";
    unsigned rank = 0;
    if (is_known) {
        double hundredths = value->real * 100 + (value->real < 0 ? -0.5 : 0.5);
        rank = (unsigned)((int)hundredths + 101);
        g_ascii_formatd(number, sizeof number, "%+.2f", (int)hundredths / 100.0);
    }
    GString *text = g_string_new(NULL);
    for (int bit = 7; bit >= 0; bit--)
        g_string_append(text, (rank & 1U << bit) != 0 ? "\u2007" : " ");
    g_string_append(text, number);
    return g_string_free(text, FALSE);
}

static char *basis_text(const struct row *row)
{
    GString *text = g_string_new(NULL);
    for (int i = 0; i < ROLE_BASIS_COUNT; i++) {
        if (row->basis[i] == 0)
            continue;
        g_string_append_printf(text, "%s%s", text->len > 0 ? ", " : "",
                               role_basis_name((enum role_basis)i));
        if (row->basis[i] < row->connections)
            g_string_append_printf(text, " %" G_GUINT64_FORMAT, row->basis[i]);
    }
    return g_string_free(text, FALSE);
}

static void set_value(stat_tap_table_item_type *cell, size_t index, const struct row *row)
{
    const struct table_column *column = &table_columns[index];
    struct value value = column_value(sources[index].group, sources[index].column, row);
    if (column->kind == CELL_SIGNED) {
        set_text(cell, signed_text(&value));
    } else if (value.type == VALUE_NONE) {
        /* The whole column is text, because sequence analysis is off. If cells of one column had
         * different types, the dialog would use numbers as pointers when it sorts. */
        set_text(cell, g_strdup("-"));
    } else if (column->kind == CELL_COUNT) {
        cell->type = TABLE_ITEM_UINT;
        cell->value.uint_value = (guint)MIN(value.u, G_MAXUINT);
    } else if (column->kind == CELL_MEGABYTES) {
        cell->type = TABLE_ITEM_FLOAT;
        cell->value.float_value = (double)value.u / 1e6;
    } else {
        set_text(cell, share_text(column, row, value.u));
    }
}

static void write_row(struct fill *fill, int table, uint32_t index, bool is_another)
{
    enum row_kind kind = table == SERVERS ? ROW_SERVER : ROW_CONNECTION;
    uint32_t item = live_table_item(fill->live, kind, index);
    stat_tap_table_item_type *cells = fill->table[table]->elements[index];
    struct row row;
    live_table_row(fill->live, kind, index, &row);
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        enum cell_kind cell = table_columns[i].kind;
        if (cell == CELL_LABEL) {
            if (is_another || item == LIVE_OTHERS)
                set_text(&cells[i], label_of_row(&row, item, live_table_others(fill->live, kind)));
        } else if (cell == CELL_STREAM) {
            set_text(&cells[i],
                     row.flow != NULL ? g_strdup_printf("%10u", row.flow->stream) : g_strdup(""));
        } else if (cell == CELL_BASIS) {
            set_text(&cells[i], basis_text(&row));
        } else {
            set_value(&cells[i], i, &row);
        }
    }
}

/* The dialog keeps pointers to the cells of every row that it has ever drawn. So rows stay where
 * they are, and rows that are no longer needed are empty. */
static void make_room(struct fill *fill, int table, uint32_t rows)
{
    stat_tap_table *shown = fill->table[table];
    if (rows > fill->rows[table]) {
        shown->elements = g_renew(stat_tap_table_item_type *, shown->elements, rows);
        fill->labels[table] = g_renew(uint64_t, fill->labels[table], rows);
        for (uint32_t row = fill->rows[table]; row < rows; row++) {
            shown->elements[row] = g_new0(stat_tap_table_item_type, COLUMN_COUNT);
            fill->labels[table][row] = NO_LABEL;
        }
        fill->rows[table] = rows;
    }
    for (uint32_t row = rows; row < shown->num_elements; row++) {
        for (size_t column = 0; column < COLUMN_COUNT; column++)
            free_cell(&shown->elements[row][column]);
        fill->labels[table][row] = NO_LABEL;
    }
    shown->num_elements = rows;
}

/* The item. For a connection, also which end is the client. */
static uint64_t label_id(const struct live_table *live, enum row_kind kind, uint32_t index)
{
    uint32_t item = live_table_item(live, kind, index);
    if (kind == ROW_SERVER || item == LIVE_OTHERS)
        return item;
    return (uint64_t)live_table_role(live, item).client << 32 | item;
}

static void show_changes(struct fill *fill)
{
    enum row_kind kind;
    uint32_t index;
    while (live_table_next_changed(fill->live, &kind, &index)) {
        int table = kind == ROW_SERVER ? SERVERS : CONNECTIONS;
        make_room(fill, table, live_table_rows(fill->live, kind));
        if (index >= fill->table[table]->num_elements)
            continue;
        uint64_t label = label_id(fill->live, kind, index);
        bool is_another = label != fill->labels[table][index] ||
                          fill->table[table]->elements[index][0].type == TABLE_ITEM_NONE;
        fill->labels[table][index] = label;
        write_row(fill, table, index, is_another);
    }
}

/* --- Wireshark's callbacks --- */

static stat_tap_table_ui table_ui;

/* Frees tables that no dialog shows now: a dialog that gets new packets has cleared its rows. */
static void free_old_fills(const struct fill *current)
{
    for (guint i = fills->len; i-- > 0;) {
        const struct fill *fill = g_ptr_array_index(fills, i);
        if (fill != current && (fill->dialog == current->dialog || table_ui.refcount <= 1))
            g_ptr_array_remove_index(fills, i);
    }
}

static void on_init(stat_tap_table_ui *ui)
{
    if (fills == NULL)
        fills = g_ptr_array_new_with_free_func(fill_free);
    /* There is no dialog: this is sharkd, which has no reset either. */
    if (ui->refcount == 0)
        g_ptr_array_set_size(fills, 0);
    struct fill *fill = fill_new();
    g_ptr_array_add(fills, fill);
    ui->tables = fill->tables;
    if (ui->refcount == 0)
        counting = fill;
}

static void on_reset(stat_tap_table *table)
{
    struct fill *fill = fill_of(table);
    if (fill == NULL || table != fill->table[SERVERS])
        return;
    for (int i = 0; i < TABLE_COUNT; i++)
        make_room(fill, i, 0);
    begin_counting(fill);
    counting = fill;
}

static tap_packet_status on_packet(void *data, packet_info *pinfo, epan_dissect_t *edt,
                                   const void *tap_data, tap_flags_t flags)
{
    (void)flags;
    struct fill *fill = counting;
    if (fill == NULL)
        return TAP_PACKET_DONT_REDRAW;
    if (fill->dialog == NULL) {
        fill->dialog = ((stat_data_t *)data)->user_data;
        free_old_fills(fill);
    }
    /* Another dialog may have begun to fill. It gets nothing while this one is being filled. */
    table_ui.tables = fill->tables;

    struct segment segment;
    tap_input_segment(&fill->input, &segment, pinfo, edt->tvb, tap_data);
    const struct flow *known = capture_find(fill->capture, segment.stream);
    if (known != NULL)
        live_table_before(fill->live, known);
    live_table_after(fill->live, capture_add(fill->capture, &segment));
    show_changes(fill);
    return TAP_PACKET_REDRAW;
}

/* Wireshark frees the rows that it sees, so it must see all of them. No dialog with anything to
 * count is left. */
static void on_free_cell(stat_tap_table *table, guint row, guint column,
                         stat_tap_table_item_type *cell)
{
    struct fill *fill = fill_of(table);
    if (fill != NULL && row == 0 && column == 0) {
        table->num_elements = fill->rows[table == fill->table[SERVERS] ? SERVERS : CONNECTIONS];
        end_counting(fill);
    }
    free_cell(cell);
}

void statistics_table_register(const char *title)
{
    prepare_columns();
    table_ui = (stat_tap_table_ui){
        .group = REGISTER_PACKET_STAT_GROUP_UNSORTED,
        .title = title,
        .tap_name = "tcp",
        .cli_string = OPTIONS_COMMAND,
        .stat_tap_init_cb = on_init,
        .packet_func = on_packet,
        .stat_tap_reset_table_cb = on_reset,
        .stat_tap_free_table_item_cb = on_free_cell,
        .nfields = COLUMN_COUNT,
        .fields = items,
    };
    register_stat_tap_table_ui(&table_ui);
}
