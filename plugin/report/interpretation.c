/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/interpretation.h"

#include "base/text_format.h"
#include "base/words.h"

/* The same limits as in the script that this plugin replaces. */
#define CLIENT_HEAVY_RATIO 1.2
#define SERVER_HEAVY_RATIO 0.8

/* A PCR of 0.2 means that one end sends one and a half times what the other sends. */
#define HEAVY_PCR 0.2

bool asymmetry_ratio(const struct totals totals[2], double *ratio)
{
    uint64_t divisor = totals[SERVER_TO_CLIENT].count[COUNTER_PACKETS];
    if (divisor == 0)
        return false;
    *ratio = (double)totals[CLIENT_TO_SERVER].count[COUNTER_PACKETS] / (double)divisor;
    return true;
}

bool producer_consumer_ratio(const struct totals totals[2], double *pcr)
{
    double from_client = (double)totals[CLIENT_TO_SERVER].count[COUNTER_PAYLOAD_BYTES];
    double from_server = (double)totals[SERVER_TO_CLIENT].count[COUNTER_PAYLOAD_BYTES];
    if (from_client + from_server <= 0)
        return false;
    *pcr = (from_client - from_server) / (from_client + from_server);
    return true;
}

const char *data_flow_direction(const struct totals totals[2])
{
    double ratio;
    if (!asymmetry_ratio(totals, &ratio) || ratio > CLIENT_HEAVY_RATIO)
        return "client_heavy";
    return ratio < SERVER_HEAVY_RATIO ? "server_heavy" : "balanced";
}

const char *payload_direction(const struct totals totals[2])
{
    double pcr;
    if (!producer_consumer_ratio(totals, &pcr))
        return NULL;
    if (pcr > HEAVY_PCR)
        return "client_heavy";
    return pcr < -HEAVY_PCR ? "server_heavy" : "balanced";
}

const char *primary_rst_source(const struct totals totals[2])
{
    uint64_t client = totals[CLIENT_TO_SERVER].count[COUNTER_RST];
    uint64_t server = totals[SERVER_TO_CLIENT].count[COUNTER_RST];
    if (client == server)
        return client == 0 ? "none" : "balanced";
    return client > server ? "client" : "server";
}

/* Whole per cent. 0 means nothing and 100 means all: a small part is 1, and nearly all is 99. */
static unsigned percent(uint64_t part, uint64_t whole)
{
    unsigned rounded = (unsigned)(100.0 * (double)part / (double)whole + 0.5);
    if (part > 0 && part < whole)
        return CLAMP(rounded, 1, 99);
    return rounded;
}

static void describe_missing_side(GString *text, const struct totals totals[2],
                                  uint64_t connections)
{
    bool client_seen = totals[CLIENT_TO_SERVER].count[COUNTER_PACKETS] > 0;
    enum direction missing = client_seen ? SERVER_TO_CLIENT : CLIENT_TO_SERVER;
    uint64_t inferred = totals[missing].count[COUNTER_INFERRED_PAYLOAD_BYTES];
    char number[TEXT_FORMAT_SIZE];

    text_append(text, "The capture has only the ",
                sender_word(client_seen ? CLIENT_TO_SERVER : SERVER_TO_CLIENT), "'s segments (",
                format_digits(number, connections), " connection", plural(connections), ")", NULL);
    if (inferred > 0)
        text_append(text, "; they acknowledge ", format_bytes(number, inferred), " from the ",
                    sender_word(missing), ".", NULL);
    else
        text_append(text, "; they show no data from the ", sender_word(missing), ".", NULL);
}

static void describe_payload(GString *text, const struct totals totals[2])
{
    uint64_t payload[2] = {totals[CLIENT_TO_SERVER].count[COUNTER_PAYLOAD_BYTES],
                           totals[SERVER_TO_CLIENT].count[COUNTER_PAYLOAD_BYTES]};
    uint64_t sum = payload[0] + payload[1];
    enum direction larger = payload[0] >= payload[1] ? CLIENT_TO_SERVER : SERVER_TO_CLIENT;
    double pcr = 0;
    char share[TEXT_FORMAT_SIZE], bytes[TEXT_FORMAT_SIZE];

    if (!producer_consumer_ratio(totals, &pcr))
        g_string_append(text, "No payload was seen in either direction.");
    else if (pcr <= HEAVY_PCR && pcr >= -HEAVY_PCR)
        text_append(text, "Payload is balanced: ",
                    format_digits(share, percent(payload[CLIENT_TO_SERVER], sum)), " % of ",
                    format_bytes(bytes, sum), " comes from the client.", NULL);
    else
        text_append(text, format_digits(share, percent(payload[larger], sum)),
                    " % of the payload (", format_bytes(bytes, sum), ") comes from the ",
                    sender_word(larger), ".", NULL);
}

static bool was_seen(const struct totals totals[2], enum direction direction)
{
    return totals[direction].count[COUNTER_PACKETS] > 0;
}

/* "5 resets by the client and 2 by the server", or NULL if there are none. If an end was not
 * captured, nobody knows whether it sent none. */
static char *describe_both(const struct totals totals[2], enum counter counter, const char *noun)
{
    bool both_seen = was_seen(totals, CLIENT_TO_SERVER) && was_seen(totals, SERVER_TO_CLIENT);
    uint64_t client = totals[CLIENT_TO_SERVER].count[counter];
    uint64_t server = totals[SERVER_TO_CLIENT].count[counter];
    if (client + server == 0)
        return NULL;
    char number[TEXT_FORMAT_SIZE], of_server[TEXT_FORMAT_SIZE];
    if (client > 0 && server > 0)
        return g_strconcat(format_digits(number, client), " ", noun, plural(client),
                           " by the client and ", format_digits(of_server, server),
                           " by the server", NULL);
    return g_strconcat(format_digits(number, client + server), " ", noun, plural(client + server),
                       client > 0 ? " by the client" : " by the server",
                       !both_seen   ? ""
                       : client > 0 ? ", none by the server"
                                    : ", none by the client",
                       NULL);
}

static void describe_irregularities(GString *text, const struct totals totals[2], uint64_t one_way,
                                    bool analysed)
{
    char *resets = describe_both(totals, COUNTER_RST, "reset");
    char *repeats = describe_both(totals, COUNTER_RETRANSMISSIONS, "retransmission");
    const char *before = " ";
    if (resets != NULL) {
        text_append(text, before, resets, NULL);
        before = "; ";
    }
    if (repeats != NULL && analysed) {
        text_append(text, before, repeats, NULL);
        before = "; ";
    }
    if (one_way > 0) {
        char number[TEXT_FORMAT_SIZE];
        text_append(text, before, format_digits(number, one_way), " connection", plural(one_way),
                    " seen in one direction only", NULL);
        before = "; ";
    }
    if (before[0] == ';')
        g_string_append_c(text, '.');
    g_free(resets);
    g_free(repeats);
}

static void describe_traffic(GString *text, const struct totals totals[2],
                             const struct circumstances *circumstances)
{
    bool client_seen = was_seen(totals, CLIENT_TO_SERVER);
    bool server_seen = was_seen(totals, SERVER_TO_CLIENT);
    if (!client_seen && !server_seen)
        g_string_append(text, "Nothing was captured.");
    else if (circumstances->lacks_side && !(client_seen && server_seen))
        describe_missing_side(text, totals, circumstances->connections);
    else
        describe_payload(text, totals);
}

/* What happened at a server of which nothing else is known. */
static void describe_scanned(GString *text, const struct scanned *scanned)
{
    const char *what = scanned->open > 0 ? "Open" : scanned->refused > 0 ? "Refused" : "No answer";
    text_append(text, what, ", as part of the scan by ", scanned->client, ".", NULL);
}

static void describe_part_of_scan(GString *text, const struct scanned *scanned)
{
    const struct {
        uint64_t count;
        const char *what;
    } outcomes[] = {
        {scanned->open, " open"}, {scanned->refused, " refused"}, {scanned->silent, " unanswered"}};
    char number[TEXT_FORMAT_SIZE];
    const char *before = ": ";
    uint64_t all = scanned->open + scanned->refused + scanned->silent;
    text_append(text, " ", format_digits(number, all),
                all == 1 ? " connection belongs" : " connections belong", " to the scan by ",
                scanned->client, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(outcomes); i++) {
        if (outcomes[i].count == 0)
            continue;
        text_append(text, before, format_digits(number, outcomes[i].count), outcomes[i].what, NULL);
        before = ", ";
    }
    g_string_append_c(text, '.');
}

static bool is_nothing_but_scanned(const struct circumstances *circumstances)
{
    const struct scanned *scanned = &circumstances->scanned;
    int outcomes = (scanned->open > 0) + (scanned->refused > 0) + (scanned->silent > 0);
    return circumstances->headline == NULL && scanned->client != NULL && outcomes == 1 &&
           scanned->open + scanned->refused + scanned->silent == circumstances->connections;
}

char *interpretation(const struct totals totals[2], const struct circumstances *circumstances)
{
    const char *headline = circumstances->headline;
    bool one_sided = !was_seen(totals, CLIENT_TO_SERVER) || !was_seen(totals, SERVER_TO_CLIENT);
    GString *text = g_string_new(headline);
    if (is_nothing_but_scanned(circumstances)) {
        describe_scanned(text, &circumstances->scanned);
        return g_string_free(text, FALSE);
    }
    g_string_append(text, headline != NULL ? " " : "");
    describe_traffic(text, totals, circumstances);
    if (headline == NULL)
        describe_irregularities(text, totals, one_sided ? 0 : circumstances->one_way,
                                circumstances->analysed);
    if (circumstances->scanned.client != NULL)
        describe_part_of_scan(text, &circumstances->scanned);
    return g_string_free(text, FALSE);
}
