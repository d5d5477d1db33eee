/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settings/request.h"

#include "segments.h"

static void empty_request_is_for_everything(void)
{
    struct request request;
    struct endpoint endpoint = end_at("10.0.0.5", 443);
    request_init(&request);
    g_assert_false(request_names_servers(&request));
    g_assert_true(request_matches(&request, &endpoint));
    g_assert_cmpint(request.grouping, ==, GROUP_BY_ENDPOINT);
    g_assert_cmpint(request.sort, ==, SORT_BYTES);
    g_assert_cmpuint(request.top, ==, 0);
    g_assert_false(request.connections);
    request_clear(&request);
}

static void servers_and_ports_both_name_servers(void)
{
    static const char *const arguments[] = {"tcp,asymmetry,server=10.0.0.5",
                                            "tcp,asymmetry,port=443"};
    for (size_t i = 0; i < G_N_ELEMENTS(arguments); i++) {
        SCOPED_RECORDING recording = recording_new(arguments[i]);
        g_assert_true(request_names_servers(&recording.options->request));
    }
}

struct match_case {
    const char *name, *options, *address;
    uint16_t port;
    bool matches;
};

static const struct match_case match_cases[] = {
    {"/request/match/nothing-named", "", "10.0.0.5", 443, true},
    {"/request/match/address-any-port", ",server=10.0.0.5", "10.0.0.5", 1, true},
    {"/request/match/other-address", ",server=10.0.0.5", "10.0.0.6", 443, false},
    {"/request/match/address-and-port", ",server=10.0.0.5:443", "10.0.0.5", 443, true},
    {"/request/match/address-and-other-port", ",server=10.0.0.5:443", "10.0.0.5", 80, false},
    {"/request/match/network", ",server=10.0.0.0/8", "10.255.255.255", 80, true},
    {"/request/match/outside-the-network", ",server=10.0.0.0/8", "11.0.0.0", 80, false},
    {"/request/match/other-family", ",server=0.0.0.0/0", "::1", 80, false},
    {"/request/match/ipv6", ",server=[2001:db8::1]:443", "2001:db8::1", 443, true},
    {"/request/match/any-of-several-servers", ",server=10.0.0.5,server=10.0.0.6", "10.0.0.6", 1,
     true},
    {"/request/match/first-port-of-a-range", ",port=8000-8999", "10.0.0.5", 8000, true},
    {"/request/match/last-port-of-a-range", ",port=8000-8999", "10.0.0.5", 8999, true},
    {"/request/match/port-before-the-range", ",port=8000-8999", "10.0.0.5", 7999, false},
    {"/request/match/port-behind-the-range", ",port=8000-8999", "10.0.0.5", 9000, false},
    {"/request/match/any-of-several-ports", ",port=80,port=443", "10.0.0.5", 443, true},
    {"/request/match/server-and-port-both-needed", ",server=10.0.0.5,port=443", "10.0.0.5", 443,
     true},
    {"/request/match/server-without-the-port", ",server=10.0.0.5,port=443", "10.0.0.5", 80, false},
    {"/request/match/port-without-the-server", ",server=10.0.0.5,port=443", "10.0.0.6", 443, false},
};

static void match_is(gconstpointer data)
{
    const struct match_case *c = data;
    char *argument = g_strconcat("tcp,asymmetry", c->options, NULL);
    char *error = NULL;
    struct options *options = options_parse(argument, &error);
    g_assert_cmpstr(error, ==, NULL);
    struct endpoint endpoint = end_at(c->address, c->port);
    g_assert_cmpint(request_matches(&options->request, &endpoint), ==, c->matches);
    options_free(options);
    g_free(argument);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/request/empty", empty_request_is_for_everything);
    g_test_add_func("/request/names", servers_and_ports_both_name_servers);
    for (size_t i = 0; i < G_N_ELEMENTS(match_cases); i++)
        g_test_add_data_func(match_cases[i].name, &match_cases[i], match_is);
    return g_test_run();
}
