/* How a collector that Wireshark refuses ends. The real one never refuses the second listener, so
 * these two functions stand in its place; all else is linked against libwireshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define WS_BUILD_DLL
#include "wireshark/compat.h"

#include "wireshark/collector.h"

#include <epan/tap.h>

static struct {
    const char *refused; /* name of the tap that no listener gets */
    unsigned listeners;
    void (*finish)(void *data); /* of the first one */
    void *data;
} taps;

WS_DLL_PUBLIC_DEF GString *register_tap_listener(const char *tap, void *data, const char *filter,
                                                 guint flags, tap_reset_cb reset,
                                                 tap_packet_cb packet, tap_draw_cb draw,
                                                 tap_finish_cb finish)
{
    (void)filter;
    (void)flags;
    (void)reset;
    (void)packet;
    (void)draw;
    if (g_strcmp0(tap, taps.refused) == 0)
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

static void draw(struct collector *collector, void *data)
{
    (void)collector;
    (void)data;
    g_assert_not_reached();
}

static void count_finish(void *data)
{
    (*(unsigned *)data)++;
}

static struct collector *started(unsigned *finished, const char *refused, char **error)
{
    taps.refused = refused;
    taps.listeners = 0;
    struct options *options = options_parse(OPTIONS_COMMAND, error);
    struct collector_owner owner = {.draw = draw, .finish = count_finish, .data = finished};
    return collector_start(options, &owner, error);
}

static void owner_of_a_refused_collector_is_not_called(gconstpointer refused)
{
    char *error = NULL;
    unsigned finished = 0;
    g_assert_null(started(&finished, refused, &error));
    g_assert_cmpstr(error, ==, "refused");
    g_assert_cmpuint(finished, ==, 0);
    g_assert_cmpuint(taps.listeners, ==, 0);
    g_free(error);
}

static void owner_is_told_once_that_its_collector_has_stopped(void)
{
    char *error = NULL;
    unsigned finished = 0;
    struct collector *collector = started(&finished, NULL, &error);
    g_assert_nonnull(collector);
    g_assert_cmpuint(finished, ==, 0);
    collector_stop(collector);
    g_assert_cmpuint(finished, ==, 1);
    g_assert_cmpuint(taps.listeners, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/collector/refused/tcp", "tcp",
                         owner_of_a_refused_collector_is_not_called);
    g_test_add_data_func("/collector/refused/ip", "ip", owner_of_a_refused_collector_is_not_called);
    g_test_add_data_func("/collector/refused/ipv6", "ipv6",
                         owner_of_a_refused_collector_is_not_called);
    g_test_add_func("/collector/stopped", owner_is_told_once_that_its_collector_has_stopped);
    return g_test_run();
}
