/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/trust.h"

#include "segments.h"

struct trust_case {
    const char *name;
    struct story story;
    bool analysis_off, is_partial;
    uint64_t untapped;
    const char *limits; /* in order, each with a space behind it */
};

/* A request and its response, of @ip at @port. */
#define ASKS(ip, port)                                                                             \
    .client = "10.0.0.9", .server = (ip), .client_port = 51000, .server_port = (port),             \
    .request = 100, .response = 900, .server_time = MS
#define WEB     ASKS("10.0.0.5", 443)
#define UNKNOWN ASKS("10.0.0.5", 51001)

static const struct trust_case trust_cases[] = {
    {"/trust/nothing-limits-it", {WEB}, .limits = ""},
    {"/trust/one-legged",
     {WEB, .server_unseen = true, .client_resets = true},
     .limits = "one_legged "},
    {"/trust/cut-headers", {WEB}, .untapped = 1, .limits = "cut_headers "},
    {"/trust/partial", {WEB}, .is_partial = true, .limits = "partial "},
    {"/trust/analysis-off", {WEB}, .analysis_off = true, .limits = "analysis_off "},
    {"/trust/role-guessed",
     {UNKNOWN, .no_handshake = true, .client_resets = true},
     .limits = "roles_guessed "},
    {"/trust/several",
     {UNKNOWN, .no_handshake = true},
     .analysis_off = true,
     .untapped = 1,
     .limits = "cut_headers analysis_off roles_guessed "},
};

static bool has_limit(const struct report *report, enum trust_limit limit)
{
    return (report->trust & trust_bit(limit)) != 0;
}

static char *limits_of(const struct report *report)
{
    GString *limits = g_string_new(NULL);
    for (int limit = 0; limit < TRUST_LIMIT_COUNT; limit++) {
        if (has_limit(report, (enum trust_limit)limit))
            g_string_append_printf(limits, "%s ", trust_names[limit]);
    }
    return g_string_free(limits, FALSE);
}

static void trust_is_limited_by(gconstpointer data)
{
    const struct trust_case *c = data;
    const struct flow_facts facts = {.is_partial = c->is_partial};
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry");
    recording_connect(&recording, 0, &c->story);
    recording.source.analysed = !c->analysis_off;
    recording.source.untapped = c->untapped;
    recording.source.facts = &facts;
    struct report *report = recording_report(&recording);
    char *limits = limits_of(report);
    g_assert_cmpstr(limits, ==, c->limits);
    g_free(limits);
    report_free(report);
}

/* Segments of one connection without handshake: each end sends some, and bare ACKs or none. */
struct filter_case {
    const char *name;
    unsigned requests, responses;
    bool has_ack, is_filtered;
    const char *display_filter; /* of the statistic */
};

static const struct filter_case filter_cases[] = {
    {"/trust/filtered/nobody-acknowledges-a-long-response", 1, 5, false, true, ""},
    {"/trust/filtered/by-the-user", 1, 5, false, false, ",tcp.len > 0"},
    {"/trust/filtered/an-ack-is-left", 1, 5, true, false, ""},
    {"/trust/filtered/requests-and-responses-acknowledge-each-other", 2, 2, false, false, ""},
    {"/trust/filtered/one-direction-may-be-one-leg", 5, 0, false, false, ""},
};

static void file_is_filtered(gconstpointer data)
{
    const struct filter_case *c = data;
    const struct endpoint client = end_at("10.0.0.9", 51000), server = end_at("10.0.0.5", 443);
    char *argument = g_strconcat("tcp,asymmetry", c->display_filter, NULL);
    SCOPED_RECORDING recording = recording_new(argument);
    g_free(argument);
    for (unsigned i = 0; i < c->requests; i++)
        recording_add(&recording,
                      segment_between(client, server, TCP_ACK, 1000 + 100 * i, 5000, 100));
    for (unsigned i = 0; i < c->responses; i++)
        recording_add(&recording,
                      segment_between(server, client, TCP_ACK, 5000 + 100 * i, 1000, 100));
    if (c->has_ack)
        recording_add(&recording, segment_between(client, server, TCP_ACK, 1000 + 100 * c->requests,
                                                  5000 + 100 * c->responses, 0));
    struct report *report = recording_report(&recording);
    g_assert_cmpint(has_limit(report, TRUST_FILTERED), ==, c->is_filtered);
    g_assert_cmpuint(report->notes->len, ==, c->is_filtered ? 1 : 0);
    report_free(report);
}

/* Of a server that no row shows, too. */
static void rows_do_not_limit_what_is_known(void)
{
    static const struct story one_legged = {ASKS("10.0.0.6", 443), .server_unseen = true,
                                            .client_resets = true};
    static const struct story web = {WEB};
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry,server=10.0.0.5");
    recording_connect(&recording, 0, &web);
    recording_connect(&recording, 1, &one_legged);
    struct report *report = recording_report(&recording);
    g_assert_cmpuint(report->rows->len, ==, 1);
    g_assert_true(has_limit(report, TRUST_ONE_LEGGED));
    report_free(report);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD_CASES(trust_cases, trust_is_limited_by);
    ADD_CASES(filter_cases, file_is_filtered);
    g_test_add_func("/trust/rows-do-not-limit-it", rows_do_not_limit_what_is_known);
    return g_test_run();
}
