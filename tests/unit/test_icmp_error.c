/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "connection/icmp_error.h"

#include "segments.h"

struct words_case {
    const char *name;
    uint8_t type, code;
    bool is_v6, too_big;
    const char *words;
};

static const struct words_case words_cases[] = {
    {"/icmp/network", 3, 0, false, false, "network unreachable"},
    {"/icmp/host", 3, 1, false, false, "host unreachable"},
    {"/icmp/port", 3, 3, false, false, "port unreachable"},
    {"/icmp/fragmentation", 3, 4, false, true, "fragmentation needed"},
    {"/icmp/prohibited", 3, 13, false, false, "communication administratively prohibited"},
    {"/icmp/last-code", 3, 15, false, false, "precedence cutoff in effect"},
    {"/icmp/unknown-code", 3, 16, false, false, "destination unreachable"},
    {"/icmp/largest-code", 3, 255, false, false, "destination unreachable"},
    {"/icmp/quench", 4, 0, false, false, "source quench"},
    {"/icmp/exceeded", 11, 0, false, false, "time to live exceeded"},
    {"/icmp/parameter", 12, 0, false, false, "parameter problem"},
    {"/icmp/code-4-of-another-type", 11, 4, false, false, "time to live exceeded"},
    {"/icmp6/no-route", 1, 0, true, false, "no route to destination"},
    {"/icmp6/prohibited", 1, 1, true, false, "communication administratively prohibited"},
    {"/icmp6/address", 1, 3, true, false, "address unreachable"},
    {"/icmp6/port", 1, 4, true, false, "port unreachable"},
    {"/icmp6/last-code", 1, 6, true, false, "reject route to destination"},
    {"/icmp6/unknown-code", 1, 7, true, false, "destination unreachable"},
    {"/icmp6/too-big", 2, 0, true, true, "packet too big"},
    {"/icmp6/exceeded", 3, 0, true, false, "hop limit exceeded"},
    {"/icmp6/type-3-code-4-is-not-too-big", 3, 4, true, false, "hop limit exceeded"},
    {"/icmp6/parameter", 4, 0, true, false, "parameter problem"},
};

static void error_has_words(gconstpointer data)
{
    const struct words_case *c = data;
    struct icmp_error error = {.type = c->type, .code = c->code, .is_v6 = c->is_v6};
    g_assert_cmpstr(icmp_error_words(&error), ==, c->words);
    g_assert_cmpint(icmp_error_is_too_big(&error), ==, c->too_big);
}

static void capture_remembers_so_many(void)
{
    struct capture *capture = capture_new(true);
    struct icmp_error error = {.type = 3};
    for (uint32_t i = 1; i <= MOST_ICMP_ERRORS + 2; i++) {
        error.frame = i;
        capture_add_error(capture, &error);
    }
    g_assert_cmpuint(capture->icmp_errors->len, ==, MOST_ICMP_ERRORS);
    g_assert_cmpuint(
        g_array_index(capture->icmp_errors, struct icmp_error, MOST_ICMP_ERRORS - 1).frame, ==,
        MOST_ICMP_ERRORS);
    capture_free(capture);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD_CASES(words_cases, error_has_words);
    g_test_add_func("/icmp/bound", capture_remembers_so_many);
    return g_test_run();
}
