/* Stands in for the plugin, and does what the sanitizers have to notice: -z planted,FAULT. Shows
 * that the tests which run the plugin under them would see a fault; never installed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define WS_BUILD_DLL
#include "wireshark/compat.h"

#include <epan/tap.h>
#include <string.h>

WS_DLL_PUBLIC_DEF const gchar plugin_version[] = "0";
WS_DLL_PUBLIC_DEF const int plugin_want_major = WIRESHARK_VERSION_MAJOR;
WS_DLL_PUBLIC_DEF const int plugin_want_minor = WIRESHARK_VERSION_MINOR;

WS_DLL_PUBLIC void plugin_register(void);
#if WIRESHARK_AT_LEAST(4, 4)
WS_DLL_PUBLIC uint32_t plugin_describe(void);
#endif

/* What the compiler knows nothing of, it can neither warn of nor leave out. */
static volatile unsigned one = 1;
static void *volatile kept;

static void leak(void)
{
    kept = g_malloc(77 + one);
    kept = NULL;
}

static void overflow(void)
{
    char *heap = g_malloc(8);
    kept = heap;
    heap[7 + one] = 1;
    g_free(heap);
}

static void use_after_free(void)
{
    char *heap = g_malloc(8);
    kept = heap;
    g_free(heap);
    *(volatile char *)kept = (char)one;
}

static void undefined(void)
{
    volatile int largest = INT_MAX;
    largest += (int)one;
}

static void nothing(void)
{
}

static const struct {
    const char *name;
    void (*commit)(void);
} faults[] = {{"leak", leak},
              {"overflow", overflow},
              {"use-after-free", use_after_free},
              {"undefined", undefined},
              {"nothing", nothing}};

static STAT_TAP_INIT_RESULT start(const char *argument, void *data)
{
    (void)data;
    for (size_t i = 0; i < G_N_ELEMENTS(faults); i++) {
        if (g_str_equal(argument + strlen("planted,"), faults[i].name)) {
            faults[i].commit();
            STAT_TAP_INIT_DONE;
        }
    }
    fprintf(stderr, "tshark: there is no fault for -z %s\n", argument);
    exit(1);
}

static stat_tap_ui statistic = {
    .group = REGISTER_PACKET_STAT_GROUP_UNSORTED,
    .title = "Planted faults",
    .cli_string = "planted",
    .tap_init_cb = start,
};

static void register_statistic(void)
{
    register_stat_tap_ui(&statistic, NULL);
}

void plugin_register(void)
{
    static const tap_plugin plugin = {.register_tap_listener = register_statistic};
    tap_register_plugin(&plugin);
}

#if WIRESHARK_AT_LEAST(4, 4)
uint32_t plugin_describe(void)
{
    return 1U << 4; /* a tap listener */
}
#endif
