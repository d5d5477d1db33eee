/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finding/scan.h"

#include "settings/preference.h"

/* A connection that its client began, with whom it wanted to talk. */
struct attempt {
    const struct endpoint *client, *server;
    uint32_t flow;
    bool failed; /* not answered, or refused */
    bool taken;  /* failed, or its client reset the SYN-ACK: it is part of the scan */
};

/* Whether flow number @number is an attempt to connect that was not answered, or refused. */
static bool has_failed(const struct rule_context *context, size_t number)
{
    const struct flow *flow = flow_table_at(context->source->flows, number);
    enum end client = (enum end)context->source->roles[number].client;
    return flow_is_unanswered(flow, client) || flow_is_refused(flow, client);
}

static gint compare_attempts(gconstpointer a, gconstpointer b)
{
    const struct attempt *left = a, *right = b;
    struct endpoint left_client = *left->client, right_client = *right->client;
    left_client.port = right_client.port = 0;
    int by_client = endpoint_compare(&left_client, &right_client);
    return by_client != 0 ? by_client : endpoint_compare(left->server, right->server);
}

static gboolean same_address(gconstpointer a, gconstpointer b)
{
    return endpoint_same_address(a, b);
}

/* The failed attempts of each client address. */
static GHashTable *count_failures(const struct rule_context *context)
{
    const struct flow_table *flows = context->source->flows;
    GHashTable *failures = g_hash_table_new(endpoint_address_hash, same_address);
    for (size_t i = 0; i < flow_table_count(flows); i++) {
        struct flow *flow = flow_table_at(flows, i);
        /* Most were answered, and need no look at the rules. */
        if (flow->handshake.state == HANDSHAKE_COMPLETE || !has_failed(context, i))
            continue;
        struct endpoint *client = &flow->ends[context->source->roles[i].client];
        guint before = GPOINTER_TO_UINT(g_hash_table_lookup(failures, client));
        g_hash_table_insert(failures, client, GUINT_TO_POINTER(before + 1));
    }
    return failures;
}

/* Whether some client failed often enough for a scan. */
static bool may_be_scans(GHashTable *failures)
{
    GHashTableIter clients;
    gpointer failed;
    g_hash_table_iter_init(&clients, failures);
    while (g_hash_table_iter_next(&clients, NULL, &failed)) {
        if (GPOINTER_TO_UINT(failed) * 2 > preferences.scan_targets)
            return true;
    }
    return false;
}

/* The attempts of those clients that failed often enough for a scan, in order of client, then
 * server. */
static GArray *attempts_of(const struct rule_context *context)
{
    const struct flow_table *flows = context->source->flows;
    GArray *attempts = g_array_new(FALSE, FALSE, sizeof(struct attempt));
    GHashTable *failures = count_failures(context);
    size_t count = may_be_scans(failures) ? flow_table_count(flows) : 0;
    for (size_t i = 0; i < count; i++) {
        const struct flow *flow = flow_table_at(flows, i);
        enum end client = (enum end)context->source->roles[i].client;
        guint failed = GPOINTER_TO_UINT(g_hash_table_lookup(failures, &flow->ends[client]));
        if (!flow->sides[client].sent_pure_syn || failed * 2 <= preferences.scan_targets)
            continue;
        struct attempt attempt = {&flow->ends[client], &flow->ends[end_peer(client)], (uint32_t)i,
                                  has_failed(context, i), false};
        attempt.taken = attempt.failed || flow_is_rejected(flow, client);
        g_array_append_val(attempts, attempt);
    }
    g_hash_table_destroy(failures);
    g_array_sort(attempts, compare_attempts);
    return attempts;
}

/* Counts the different servers of @count attempts of one client; a target failed if no attempt at
 * it went well. */
static struct scan count_targets(const struct attempt *attempts, guint count)
{
    struct scan scan = {0, 0, FINDING_NO_ROW};
    for (guint first = 0, next; first < count; first = next) {
        bool failed = true;
        for (next = first;
             next < count && endpoint_equal(attempts[next].server, attempts[first].server); next++)
            failed &= attempts[next].failed;
        scan.targets++;
        scan.failed_targets += failed;
    }
    return scan;
}

static void add_attempt(struct rule_context *context, const struct attempt *attempt)
{
    const struct flow *flow = flow_table_at(context->source->flows, attempt->flow);
    enum end client = (enum end)context->source->roles[attempt->flow].client;
    struct scan_attempt found = {attempt->flow, context->scans->len,
                                 !attempt->failed                ? SCAN_OPEN
                                 : flow_is_refused(flow, client) ? SCAN_REFUSED
                                                                 : SCAN_SILENT};
    g_array_append_val(context->scan_attempts, found);
}

/* Makes @scan of those of @count attempts that came to nothing. */
static void add_scan(struct rule_context *context, struct scan scan, const struct attempt *attempts,
                     guint count)
{
    size_t flows = flow_table_count(context->source->flows);
    if (context->scan_of_flow == NULL) {
        context->scan_of_flow = g_new(uint32_t, flows);
        for (size_t i = 0; i < flows; i++)
            context->scan_of_flow[i] = NO_SCAN;
    }
    for (guint i = 0; i < count; i++) {
        add_attempt(context, &attempts[i]);
        if (!attempts[i].taken)
            continue;
        scan.row = MIN(scan.row, context->source->row_of_flow[attempts[i].flow]);
        context->scan_of_flow[attempts[i].flow] = context->scans->len;
    }
    g_array_append_val(context->scans, scan);
}

void scans_find(struct rule_context *context)
{
    context->scans = g_array_new(FALSE, FALSE, sizeof(struct scan));
    context->scan_attempts = g_array_new(FALSE, FALSE, sizeof(struct scan_attempt));
    GArray *attempts = attempts_of(context);
    const struct attempt *all = (const struct attempt *)(void *)attempts->data;
    for (guint first = 0, next; first < attempts->len; first = next) {
        for (next = first + 1;
             next < attempts->len && endpoint_same_address(all[next].client, all[first].client);
             next++)
            ;
        struct scan scan = count_targets(&all[first], next - first);
        if (scan.targets < preferences.scan_targets || scan.failed_targets * 2 <= scan.targets)
            continue;
        add_scan(context, scan, &all[first], next - first);
    }
    g_array_free(attempts, TRUE);
}
