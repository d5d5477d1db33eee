/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/interpretation.h"

#include <glib.h>
#include <string.h>

/* Numbers of one direction. */
struct numbers {
    uint64_t packets, payload, resets, retransmissions, inferred;
};

static void fill(struct totals totals[2], const struct numbers *client,
                 const struct numbers *server)
{
    const struct numbers *numbers[2] = {client, server};
    memset(totals, 0, 2 * sizeof *totals);
    for (int i = 0; i < 2; i++) {
        totals[i].count[COUNTER_PACKETS] = numbers[i]->packets;
        totals[i].count[COUNTER_PAYLOAD_BYTES] = numbers[i]->payload;
        totals[i].count[COUNTER_RST] = numbers[i]->resets;
        totals[i].count[COUNTER_RETRANSMISSIONS] = numbers[i]->retransmissions;
        totals[i].count[COUNTER_INFERRED_PAYLOAD_BYTES] = numbers[i]->inferred;
    }
}

/* --- packets --- */

struct packets_case {
    const char *name;
    uint64_t client, server;
    bool has_ratio;
    double ratio;
    const char *direction;
};

static const struct packets_case packets_cases[] = {
    {"/analysis/packets/equal", 10, 10, true, 1.0, "balanced"},
    {"/analysis/packets/at-1.2", 12, 10, true, 1.2, "balanced"},
    {"/analysis/packets/above-1.2", 1201, 1000, true, 1.201, "client_heavy"},
    {"/analysis/packets/at-0.8", 8, 10, true, 0.8, "balanced"},
    {"/analysis/packets/below-0.8", 799, 1000, true, 0.799, "server_heavy"},
    {"/analysis/packets/none-of-the-server", 5, 0, false, 0, "client_heavy"},
    {"/analysis/packets/none-of-the-client", 0, 5, true, 0, "server_heavy"},
    {"/analysis/packets/beyond-32-bits", G_GUINT64_CONSTANT(8000000000),
     G_GUINT64_CONSTANT(4000000000), true, 2.0, "client_heavy"},
};

static void packets_mean(gconstpointer data)
{
    const struct packets_case *c = data;
    struct numbers client = {.packets = c->client}, server = {.packets = c->server};
    struct totals totals[2];
    double ratio = -7;
    fill(totals, &client, &server);
    g_assert_cmpint(asymmetry_ratio(totals, &ratio), ==, c->has_ratio);
    g_assert_cmpfloat_with_epsilon(ratio, c->has_ratio ? c->ratio : -7, 1e-12);
    g_assert_cmpstr(data_flow_direction(totals), ==, c->direction);
}

/* --- payload --- */

struct payload_case {
    const char *name;
    uint64_t client, server;
    bool has_pcr;
    double pcr;
    const char *direction;
};

static const struct payload_case payload_cases[] = {
    {"/analysis/payload/none", 0, 0, false, 0, NULL},
    {"/analysis/payload/all-of-the-client", 1, 0, true, 1, "client_heavy"},
    {"/analysis/payload/all-of-the-server", 0, 1, true, -1, "server_heavy"},
    {"/analysis/payload/equal", 500, 500, true, 0, "balanced"},
    {"/analysis/payload/at-plus-0.2", 6, 4, true, 0.2, "balanced"},
    {"/analysis/payload/above-plus-0.2", 601, 399, true, 0.202, "client_heavy"},
    {"/analysis/payload/at-minus-0.2", 4, 6, true, -0.2, "balanced"},
    {"/analysis/payload/below-minus-0.2", 399, 601, true, -0.202, "server_heavy"},
    {"/analysis/payload/sum-beyond-64-bits", UINT64_MAX, UINT64_MAX, true, 0, "balanced"},
};

static void payload_means(gconstpointer data)
{
    const struct payload_case *c = data;
    struct numbers client = {.payload = c->client}, server = {.payload = c->server};
    struct totals totals[2];
    double pcr = -7;
    fill(totals, &client, &server);
    g_assert_cmpint(producer_consumer_ratio(totals, &pcr), ==, c->has_pcr);
    g_assert_cmpfloat_with_epsilon(pcr, c->has_pcr ? c->pcr : -7, 1e-12);
    g_assert_cmpstr(payload_direction(totals), ==, c->direction);
}

/* --- resets --- */

struct resets_case {
    const char *name;
    uint64_t client, server;
    const char *source;
};

static const struct resets_case resets_cases[] = {
    {"/analysis/resets/none", 0, 0, "none"},
    {"/analysis/resets/equal", 3, 3, "balanced"},
    {"/analysis/resets/client-only", 1, 0, "client"},
    {"/analysis/resets/server-only", 0, 1, "server"},
    {"/analysis/resets/more-of-the-client", 5, 4, "client"},
    {"/analysis/resets/more-of-the-server", 4, 5, "server"},
};

static void resets_mean(gconstpointer data)
{
    const struct resets_case *c = data;
    struct numbers client = {.resets = c->client}, server = {.resets = c->server};
    struct totals totals[2];
    fill(totals, &client, &server);
    g_assert_cmpstr(primary_rst_source(totals), ==, c->source);
}

/* --- interpretation --- */

struct sentence_case {
    const char *name;
    struct numbers client, server;
    uint64_t connections, one_way;
    bool analysis_off;
    const char *says[3];       /* all of them, up to NULL */
    const char *never_says[3]; /* none of them, up to NULL */
};

static const struct sentence_case sentence_cases[] = {
    {"/analysis/sentence/payload-of-the-server",
     {.packets = 5, .payload = 100},
     {.packets = 5, .payload = 900},
     1,
     0,
     false,
     {"90 % of the payload (1.00 kB) comes from the server."},
     {"reset", "retransmission", "one direction"}},
    {"/analysis/sentence/payload-of-the-client",
     {.packets = 5, .payload = 3000},
     {.packets = 5, .payload = 1000},
     1,
     0,
     false,
     {"75 % of the payload (4.00 kB) comes from the client."},
     {"server"}},
    {"/analysis/sentence/all-payload-is-100-per-cent",
     {.packets = 5},
     {.packets = 5, .payload = 900},
     1,
     0,
     false,
     {"100 % of the payload (900 B) comes from the server."},
     {NULL}},
    {"/analysis/sentence/nearly-all-payload-is-not-100-per-cent",
     {.packets = 5, .payload = 1},
     {.packets = 5, .payload = 1000000},
     1,
     0,
     false,
     {"99 % of the payload"},
     {"100 %"}},
    {"/analysis/sentence/equal-payload-names-no-sender-of-more",
     {.packets = 5, .payload = 500},
     {.packets = 5, .payload = 500},
     1,
     0,
     false,
     {"Payload is balanced: 50 % of 1.00 kB comes from the client."},
     {"server"}},
    {"/analysis/sentence/balanced-at-60-per-cent",
     {.packets = 5, .payload = 40},
     {.packets = 5, .payload = 60},
     1,
     0,
     false,
     {"balanced: 40 %"},
     {NULL}},
    {"/analysis/sentence/no-payload",
     {.packets = 3},
     {.packets = 3},
     1,
     0,
     false,
     {"No payload was seen in either direction."},
     {"%", "comes from"}},
    {"/analysis/sentence/resets-of-both-are-both-told",
     {.packets = 5, .payload = 1, .resets = 5},
     {.packets = 5, .payload = 1, .resets = 2},
     9,
     0,
     false,
     {"5 resets by the client and 2 by the server"},
     {"none", "all"}},
    {"/analysis/sentence/equal-resets-are-both-told",
     {.packets = 5, .resets = 3},
     {.packets = 5, .resets = 3},
     9,
     0,
     false,
     {"3 resets by the client and 3 by the server"},
     {"none"}},
    {"/analysis/sentence/one-reset-each-is-singular",
     {.packets = 5, .resets = 1},
     {.packets = 5, .resets = 1},
     9,
     0,
     false,
     {"1 reset by the client and 1 by the server"},
     {"resets"}},
    {"/analysis/sentence/resets-of-the-server-only",
     {.packets = 5},
     {.packets = 5, .resets = 2},
     9,
     0,
     false,
     {"2 resets by the server, none by the client"},
     {NULL}},
    {"/analysis/sentence/resets-of-the-client-only",
     {.packets = 5, .resets = 1},
     {.packets = 5},
     9,
     0,
     false,
     {"1 reset by the client, none by the server"},
     {"resets"}},
    {"/analysis/sentence/resets-then-retransmissions",
     {.packets = 5, .resets = 1, .retransmissions = 4},
     {.packets = 5},
     9,
     0,
     false,
     {"none by the server; 4 retransmissions by the client, none by the server."},
     {NULL}},
    {"/analysis/sentence/one-retransmission-is-singular",
     {.packets = 5},
     {.packets = 5, .retransmissions = 1},
     9,
     0,
     false,
     {"1 retransmission by the server, none by the client."},
     {NULL}},
    {"/analysis/sentence/retransmissions-are-unknown-without-analysis",
     {.packets = 5, .retransmissions = 4},
     {.packets = 5},
     9,
     0,
     true,
     {"No payload"},
     {"retransmission"}},
    {"/analysis/sentence/one-way-connections-of-a-two-way-server",
     {.packets = 5},
     {.packets = 5},
     9,
     2,
     false,
     {"2 connections seen in one direction only."},
     {"Only what"}},
    {"/analysis/sentence/one-way-connection-is-singular",
     {.packets = 5},
     {.packets = 5},
     9,
     1,
     false,
     {"1 connection seen in one direction only."},
     {"connections"}},
    {"/analysis/sentence/client-only-with-inferred-payload",
     {.packets = 5},
     {.inferred = 12345678},
     2,
     2,
     false,
     {"The capture has only the client's segments (2 connections)",
      "they acknowledge 12.3 MB from the server."},
     {"No payload", "one direction only"}},
    {"/analysis/sentence/server-only-with-inferred-payload",
     {.inferred = 1},
     {.packets = 5},
     1,
     1,
     false,
     {"The capture has only the server's segments (1 connection)",
      "acknowledge 1 B from the client."},
     {"connections"}},
    {"/analysis/sentence/client-only-without-any-answer",
     {.packets = 3},
     {.packets = 0},
     3,
     3,
     false,
     {"The capture has only the client's segments (3 connections)",
      "they show no data from the server."},
     {"acknowledg"}},
    {"/analysis/sentence/unseen-server-is-not-said-to-send-no-resets",
     {.packets = 3, .resets = 2},
     {.packets = 0},
     1,
     1,
     false,
     {"2 resets by the client"},
     {"none by the server"}},
    {"/analysis/sentence/unseen-client-is-not-said-to-send-no-retransmissions",
     {.packets = 0},
     {.packets = 3, .retransmissions = 2},
     1,
     1,
     false,
     {"2 retransmissions by the server"},
     {"none by the client"}},
    {"/analysis/sentence/nothing-at-all-names-no-end",
     {.packets = 0},
     {.packets = 0},
     0,
     0,
     false,
     {NULL},
     {"client", "server", "%"}},
};

static void sentence_is_true(gconstpointer data)
{
    const struct sentence_case *c = data;
    struct totals totals[2];
    fill(totals, &c->client, &c->server);
    const struct circumstances circumstances = {.connections = c->connections,
                                                .one_way = c->one_way,
                                                .analysed = !c->analysis_off,
                                                .lacks_side = true};
    char *text = interpretation(totals, &circumstances);
    for (size_t i = 0; i < G_N_ELEMENTS(c->says) && c->says[i] != NULL; i++) {
        if (strstr(text, c->says[i]) == NULL)
            g_error("\"%s\" does not say \"%s\"", text, c->says[i]);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(c->never_says) && c->never_says[i] != NULL; i++) {
        if (strstr(text, c->never_says[i]) != NULL)
            g_error("\"%s\" says \"%s\"", text, c->never_says[i]);
    }
    g_assert_true(g_str_has_suffix(text, "."));
    g_assert_null(strstr(text, "  "));
    g_assert_null(strstr(text, ".."));
    g_free(text);
}

/* --- silence, and scans --- */

struct circumstances_case {
    const char *name;
    struct numbers client, server;
    struct circumstances circumstances;
    const char *text;
};

static const struct circumstances_case circumstances_cases[] = {
    {"/analysis/circumstances/no-answer-is-no-missing-side",
     {.packets = 3},
     {.packets = 0},
     {.connections = 3, .one_way = 3},
     "No payload was seen in either direction."},
    {"/analysis/circumstances/refused-in-a-scan",
     {.packets = 1},
     {.packets = 1, .resets = 1},
     {.connections = 1, .scanned = {"10.0.0.9", 0, 1, 0}},
     "Refused, as part of the scan by 10.0.0.9."},
    {"/analysis/circumstances/silent-in-a-scan",
     {.packets = 2},
     {.packets = 0},
     {.connections = 2, .one_way = 2, .scanned = {"10.0.0.9", 0, 0, 2}},
     "No answer, as part of the scan by 10.0.0.9."},
    {"/analysis/circumstances/open-in-a-scan",
     {.packets = 1},
     {.packets = 1},
     {.connections = 1, .scanned = {"10.0.0.9", 1, 0, 0}},
     "Open, as part of the scan by 10.0.0.9."},
    {"/analysis/circumstances/scanned-among-others",
     {.packets = 9, .payload = 100},
     {.packets = 9, .payload = 900},
     {.connections = 5, .scanned = {"10.0.0.9", 1, 1, 0}},
     "90 % of the payload (1.00 kB) comes from the server. 2 connections belong to the scan by "
     "10.0.0.9: 1 open, 1 refused."},
    {"/analysis/circumstances/scan-is-what-is-wrong",
     {.packets = 1},
     {.packets = 0},
     {.connections = 1, .headline = "A scan.", .scanned = {"10.0.0.9", 0, 0, 1}},
     "A scan. No payload was seen in either direction. 1 connection belongs to the scan by "
     "10.0.0.9: 1 unanswered."},
};

static void circumstances_are_told(gconstpointer data)
{
    const struct circumstances_case *c = data;
    struct totals totals[2];
    fill(totals, &c->client, &c->server);
    char *text = interpretation(totals, &c->circumstances);
    g_assert_cmpstr(text, ==, c->text);
    g_free(text);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(packets_cases); i++)
        g_test_add_data_func(packets_cases[i].name, &packets_cases[i], packets_mean);
    for (size_t i = 0; i < G_N_ELEMENTS(payload_cases); i++)
        g_test_add_data_func(payload_cases[i].name, &payload_cases[i], payload_means);
    for (size_t i = 0; i < G_N_ELEMENTS(resets_cases); i++)
        g_test_add_data_func(resets_cases[i].name, &resets_cases[i], resets_mean);
    for (size_t i = 0; i < G_N_ELEMENTS(sentence_cases); i++)
        g_test_add_data_func(sentence_cases[i].name, &sentence_cases[i], sentence_is_true);
    for (size_t i = 0; i < G_N_ELEMENTS(circumstances_cases); i++)
        g_test_add_data_func(circumstances_cases[i].name, &circumstances_cases[i],
                             circumstances_are_told);
    return g_test_run();
}
