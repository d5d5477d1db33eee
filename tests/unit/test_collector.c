/* How a collector that Wireshark refuses ends. The real one refuses no listener but that with a
 * wrong display filter, so these two functions stand in its place; all else is linked against
 * libwireshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define WS_BUILD_DLL
#include "wireshark/compat.h"

#include "wireshark/collector.h"

#include <epan/tap.h>

static struct {
    unsigned refused; /* which listener is refused, from 1; 0 for none */
    unsigned asked, listeners;
    void (*finish)(void *data); /* of the first one */
    void *data;
} taps;

WS_DLL_PUBLIC_DEF GString *register_tap_listener(const char *tap, void *data, const char *filter,
                                                 guint flags, tap_reset_cb reset,
                                                 tap_packet_cb packet, tap_draw_cb draw,
                                                 tap_finish_cb finish)
{
    (void)tap;
    (void)filter;
    (void)flags;
    (void)reset;
    (void)packet;
    (void)draw;
    if (++taps.asked == taps.refused)
        return g_string_new("refused");
    if (taps.listeners++ == 0) {
        taps.finish = finish;
        taps.data = data;
    }
    return NULL;
}

WS_DLL_PUBLIC_DEF void remove_tap_listener(void *data)
{
    g_assert_true(data == taps.data && taps.listeners > 0);
    if (--taps.listeners == 0)
        taps.finish(data);
}

/* --- the owner --- */

static void count_finish(void *data)
{
    (*(unsigned *)data)++;
}

static const struct collector_case {
    const char *name, *argument;
    unsigned listeners; /* that it needs: tcp, ip, ipv6; with a filter tcp once more, without it */
} collector_cases[] = {
    {"/collector/all", OPTIONS_COMMAND, 3},
    {"/collector/filtered", OPTIONS_COMMAND ",tcp.port==1", 4},
};

static struct collector *started(const struct collector_case *c, unsigned *finished,
                                 unsigned refused, char **error)
{
    taps.refused = refused;
    taps.asked = taps.listeners = 0;
    struct options *options = options_parse(c->argument, error);
    struct collector_owner owner = {.finish = count_finish, .data = finished};
    return collector_start(options, &owner, error);
}

static void owner_of_a_refused_collector_is_not_called(gconstpointer data)
{
    const struct collector_case *c = data;
    for (unsigned refused = 1; refused <= c->listeners; refused++) {
        char *error = NULL;
        unsigned finished = 0;
        g_assert_null(started(c, &finished, refused, &error));
        g_assert_cmpstr(error, ==, "refused");
        g_assert_cmpuint(taps.asked, ==, refused);
        g_assert_cmpuint(finished, ==, 0);
        g_assert_cmpuint(taps.listeners, ==, 0);
        g_free(error);
    }
}

static void owner_is_told_once_that_its_collector_has_stopped(gconstpointer data)
{
    const struct collector_case *c = data;
    char *error = NULL;
    unsigned finished = 0;
    struct collector *collector = started(c, &finished, 0, &error);
    g_assert_nonnull(collector);
    g_assert_cmpuint(taps.listeners, ==, c->listeners);
    g_assert_cmpuint(finished, ==, 0);
    collector_stop(collector);
    g_assert_cmpuint(finished, ==, 1);
    g_assert_cmpuint(taps.listeners, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(collector_cases); i++) {
        const struct collector_case *c = &collector_cases[i];
        char *refused = g_strconcat(c->name, "/refused", NULL);
        char *stopped = g_strconcat(c->name, "/stopped", NULL);
        g_test_add_data_func(refused, c, owner_of_a_refused_collector_is_not_called);
        g_test_add_data_func(stopped, c, owner_is_told_once_that_its_collector_has_stopped);
        g_free(refused);
        g_free(stopped);
    }
    return g_test_run();
}
