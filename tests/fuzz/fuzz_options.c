/* Fuzzes the text after "-z": whatever it is, it is either understood or refused with a message.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "settings/options.h"

#include <arpa/inet.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void match(const struct request *request, const char *address, uint16_t port)
{
    uint8_t bytes[ENDPOINT_ADDRESS_BYTES];
    struct endpoint endpoint;
    bool is_ip4 = inet_pton(AF_INET, address, bytes) == 1;
    if (!is_ip4)
        g_assert_cmpint(inet_pton(AF_INET6, address, bytes), ==, 1);
    endpoint_set(&endpoint, is_ip4 ? FAMILY_IPV4 : FAMILY_IPV6, bytes, is_ip4 ? 4 : 16, port);
    bool fits = request_matches(request, &endpoint);
    g_assert_true(fits || request_names_servers(request));
}

static void check_understood(const struct request *request)
{
    match(request, "10.0.0.5", 443);
    match(request, "2001:db8::1", 443);
    for (guint i = 0; i < request->ports->len; i++) {
        const struct port_range *range = &g_array_index(request->ports, struct port_range, i);
        g_assert_cmpuint(range->first, >, 0);
        g_assert_cmpuint(range->first, <=, range->last);
        g_assert_true(port_range_fits(range, range->last));
    }
    for (guint i = 0; i < request->servers->len; i++) {
        const struct server_match *server =
            &g_array_index(request->servers, struct server_match, i);
        g_assert_cmpuint(server->prefix, <=, server->network.length * 8U);
        g_assert_true(server_match_fits(server, &server->network));
    }
    if (request->filter != NULL)
        g_free(options_explain_bad_filter(request->filter));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *rest = g_strndup((const char *)data, size);
    char *argument = g_strconcat(OPTIONS_COMMAND, rest, NULL);
    char *error = NULL;
    struct options *options = options_parse(argument, &error);
    g_assert_true((options == NULL) == (error != NULL));
    if (options != NULL)
        check_understood(&options->request);
    else
        g_assert_cmpint(error[0], !=, 0);
    options_free(options);
    g_free(error);
    g_free(argument);
    g_free(rest);
    return 0;
}
