/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/entry.h"

#include "base/text_format.h"
#include "base/words.h"
#include "finding/cause.h"

#define NAMED_PORTS   6 /* of one address */
#define NAMED_SERVERS 3

/* Rows at which one client alone fails in the same way: that of two may be chance. */
#define LEAST_ROWS_OF_CLIENT 3

/* --- who --- */

static const struct row *row_at(const struct report *report, const struct entry *entry, guint index)
{
    return g_ptr_array_index(report->rows, g_array_index(entry->rows, uint32_t, index));
}

static void append_rest(GString *text, guint all, guint named)
{
    char number[TEXT_FORMAT_SIZE];
    if (all > named)
        text_append(text, " and ", format_digits(number, all - named), " more", NULL);
}

static guint rows_of_address(const struct report *report, const struct entry *entry,
                             const struct endpoint *address)
{
    guint count = 0;
    for (guint i = 0; i < entry->rows->len; i++)
        count += endpoint_same_address(&row_at(report, entry, i)->server, address);
    return count;
}

/* The address of which most rows of @entry are ports: of all, but a scan's client may have tried
 * other servers as well. NULL if there is none. */
static const struct endpoint *common_address(const struct report *report, const struct entry *entry)
{
    const struct endpoint *address = NULL;
    guint votes = 0;
    if (report->request->grouping != GROUP_BY_ENDPOINT || entry->rows->len < 2)
        return NULL;
    /* What most rows have outlasts a count in which others take their votes away. */
    for (guint i = 0; i < entry->rows->len; i++) {
        const struct endpoint *server = &row_at(report, entry, i)->server;
        if (votes == 0)
            address = server;
        votes = endpoint_same_address(address, server) ? votes + 1 : votes - 1;
    }
    guint count = rows_of_address(report, entry, address);
    bool is_scan = entry->weight.id == FINDING_SCAN;
    return count == entry->rows->len || (is_scan && count * 2 > entry->rows->len) ? address : NULL;
}

static void append_ports(GString *text, const struct report *report, const struct entry *entry,
                         const struct endpoint *server)
{
    char number[TEXT_FORMAT_SIZE];
    char *address = report_address(report, server);
    guint named = 0, count = rows_of_address(report, entry, server);
    text_append(text, address, ", ports ", NULL);
    for (guint i = 0; i < entry->rows->len && named < NAMED_PORTS; i++) {
        const struct endpoint *row = &row_at(report, entry, i)->server;
        if (endpoint_same_address(row, server))
            text_append(text, named++ > 0 ? ", " : "", format_digits(number, row->port), NULL);
    }
    append_rest(text, count, NAMED_PORTS);
    guint others = entry->rows->len - count;
    if (others > 0)
        text_append(text, ", and ", format_digits(number, others), " other ",
                    report_row_word(report, others), NULL);
    g_free(address);
}

static void append_service(GString *text, const char *service)
{
    char *safe = format_safe(service);
    text_append(text, " (", safe, ")", NULL);
    g_free(safe);
}

static void append_rows(GString *text, const struct report *report, const struct entry *entry)
{
    char number[TEXT_FORMAT_SIZE];
    if (entry->rows->len > 1)
        text_append(text, format_digits(number, entry->rows->len), " ",
                    report_row_word(report, entry->rows->len), " (", NULL);
    for (guint i = 0; i < MIN(entry->rows->len, NAMED_SERVERS); i++)
        text_append(text, i > 0 ? ", " : "",
                    report_named_row(report, g_array_index(entry->rows, uint32_t, i))->label, NULL);
    append_rest(text, entry->rows->len, NAMED_SERVERS);
    if (entry->rows->len > 1)
        g_string_append_c(text, ')');
    else if (row_at(report, entry, 0)->service != NULL)
        append_service(text, row_at(report, entry, 0)->service);
}

/* The client that the rows of @entry have in common, or NULL. */
static const struct endpoint *client_of(const struct entry *entry)
{
    const struct finding_cause *cause = &entry->finding->cause;
    if (entry->together == NULL)
        return NULL;
    if (cause->kind == CAUSE_CLIENT)
        return cause->of;
    return cause->kind == CAUSE_NONE ? cause->client : NULL;
}

static char *who(const struct report *report, const struct entry *entry)
{
    const struct endpoint *client = client_of(entry);
    GString *text = g_string_new(NULL);
    const struct endpoint *server = common_address(report, entry);
    if (server != NULL)
        append_ports(text, report, entry, server);
    else
        append_rows(text, report, entry);
    if (client != NULL) {
        char *address = report_address(report, client);
        text_append(text, ", client ", address, NULL);
        g_free(address);
    }
    return g_string_free(text, FALSE);
}

/* --- what belongs together --- */

static void free_entry(gpointer data)
{
    struct entry *entry = data;
    if (entry->together != NULL)
        finding_free(entry->together);
    g_array_free(entry->rows, TRUE);
    g_free(entry->who);
    g_free(entry);
}

static guint hash_finding(gconstpointer data)
{
    const struct finding *finding = data;
    guint address = finding->cause.of != NULL ? endpoint_address_hash(finding->cause.of) : 0;
    return address * 64 + (guint)finding->id * 2 + (guint)finding->side;
}

static gboolean belong_together(gconstpointer a, gconstpointer b)
{
    const struct finding *left = a, *right = b;
    return left->id == right->id && left->side == right->side &&
           cause_equal(&left->cause, &right->cause);
}

/* The entry to which @finding belongs. */
static struct entry *entry_of(GPtrArray *entries, GHashTable *by_cause, struct finding *finding)
{
    bool may_have_others = finding->cause.kind != CAUSE_NONE;
    struct entry *entry = may_have_others ? g_hash_table_lookup(by_cause, finding) : NULL;
    if (entry != NULL)
        return entry;
    entry = g_new0(struct entry, 1);
    entry->weight.id = finding->id;
    entry->first = finding;
    entry->rows = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    g_ptr_array_add(entries, entry);
    if (may_have_others)
        g_hash_table_insert(by_cause, finding, entry);
    return entry;
}

/* --- one client behind many servers --- */

static guint hash_client(gconstpointer data)
{
    const struct finding *finding = data;
    return endpoint_address_hash(finding->cause.client) * 64 + (guint)finding->id * 2 +
           (guint)finding->side;
}

static gboolean have_same_client(gconstpointer a, gconstpointer b)
{
    const struct finding *left = a, *right = b;
    return left->id == right->id && left->side == right->side &&
           endpoint_same_address(left->cause.client, right->cause.client);
}

/* Rows of one address stay together: that is the nearer cause. */
static bool may_be_by_client(const struct entry *entry)
{
    return entry->rows->len == 1 && entry->first->cause.client != NULL;
}

/* How many entries of one row each client has: finding -> number. */
static GHashTable *count_by_client(const GPtrArray *entries)
{
    GHashTable *counts = g_hash_table_new(hash_client, have_same_client);
    for (guint i = 0; i < entries->len; i++) {
        const struct entry *entry = g_ptr_array_index(entries, i);
        if (!may_be_by_client(entry))
            continue;
        guint before = GPOINTER_TO_UINT(g_hash_table_lookup(counts, entry->first));
        g_hash_table_insert(counts, entry->first, GUINT_TO_POINTER(before + 1));
    }
    return counts;
}

static void take_over(struct entry *whole, const struct entry *part)
{
    whole->weight.connections += part->weight.connections;
    whole->weight.packets += part->weight.packets;
    g_array_append_vals(whole->rows, part->rows->data, part->rows->len);
}

/* Puts together what one client met at many servers. The entries are in order of rows. */
static void join_by_client(GPtrArray *entries)
{
    GHashTable *counts = count_by_client(entries);
    GHashTable *joined = g_hash_table_new(hash_client, have_same_client); /* finding -> entry */
    guint kept = 0;
    for (guint i = 0; i < entries->len; i++) {
        struct entry *entry = g_ptr_array_index(entries, i);
        bool is_joined =
            may_be_by_client(entry) &&
            GPOINTER_TO_UINT(g_hash_table_lookup(counts, entry->first)) >= LEAST_ROWS_OF_CLIENT;
        struct entry *whole = is_joined ? g_hash_table_lookup(joined, entry->first) : NULL;
        if (whole != NULL) {
            take_over(whole, entry);
            free_entry(entry);
            continue;
        }
        if (is_joined)
            g_hash_table_insert(joined, entry->first, entry);
        entries->pdata[kept++] = entry;
    }
    g_ptr_array_set_free_func(entries, NULL);
    g_ptr_array_set_size(entries, (gint)kept);
    g_ptr_array_set_free_func(entries, free_entry);
    g_hash_table_destroy(joined);
    g_hash_table_destroy(counts);
}

/* --- all --- */

/* Equal entries stay in order of rows. */
static gint compare_entries(gconstpointer a, gconstpointer b)
{
    return order_of_findings(&(*(const struct entry *const *)a)->weight,
                             &(*(const struct entry *const *)b)->weight);
}

GPtrArray *entries_new(const struct report *report)
{
    GPtrArray *entries = g_ptr_array_new_with_free_func(free_entry);
    GHashTable *by_cause = g_hash_table_new(hash_finding, belong_together);
    for (uint32_t i = 0; i < report->rows->len; i++) {
        const struct row *row = g_ptr_array_index(report->rows, i);
        for (guint j = 0; j < row->findings->len; j++) {
            struct finding *finding = g_ptr_array_index(row->findings, j);
            struct entry *entry = entry_of(entries, by_cause, finding);
            entry->weight.connections += finding->connections;
            entry->weight.packets += finding->concern;
            g_array_append_val(entry->rows, i);
        }
    }
    g_hash_table_destroy(by_cause);
    join_by_client(entries);
    g_ptr_array_sort(entries, compare_entries);
    return entries;
}

const struct entry *entry_complete(const struct report *report, struct entry *entry)
{
    if (entry->finding != NULL)
        return entry;
    if (entry->rows->len > 1)
        entry->together =
            finding_set_together(report->findings, entry->first->id, entry->first->side,
                                 (const uint32_t *)(void *)entry->rows->data, entry->rows->len);
    else
        finding_set_complete(report->findings, entry->first);
    entry->finding = entry->together != NULL ? entry->together : entry->first;
    if (entry->first->id == FINDING_SCAN) {
        g_array_free(entry->rows, TRUE);
        entry->rows = finding_set_rows_of_scan(report->findings, entry->first);
    }
    entry->who = who(report, entry);
    return entry;
}
