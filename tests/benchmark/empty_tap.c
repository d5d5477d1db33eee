/* A statistic that listens to the tap "tcp" and does nothing, -z empty,tcp: what any tap costs
 * before it has done anything. For measurements only, never installed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define WS_BUILD_DLL
#include "wireshark/compat.h"

#include <epan/tap.h>

WS_DLL_PUBLIC_DEF const gchar plugin_version[] = PLUGIN_VERSION;
WS_DLL_PUBLIC_DEF const int plugin_want_major = WIRESHARK_VERSION_MAJOR;
WS_DLL_PUBLIC_DEF const int plugin_want_minor = WIRESHARK_VERSION_MINOR;

WS_DLL_PUBLIC void plugin_register(void);
#if WIRESHARK_AT_LEAST(4, 4)
WS_DLL_PUBLIC uint32_t plugin_describe(void);
#endif

static tap_packet_status on_tcp(void *data, packet_info *pinfo, epan_dissect_t *edt,
                                const void *tap_data, tap_flags_t flags)
{
    (void)data;
    (void)pinfo;
    (void)edt;
    (void)tap_data;
    (void)flags;
    return TAP_PACKET_DONT_REDRAW;
}

static STAT_TAP_INIT_RESULT start(const char *argument, void *data)
{
    static char listener; /* taps are told apart by an address */
    (void)argument;
    (void)data;
    GString *error = register_tap_listener("tcp", &listener, NULL, TL_REQUIRES_NOTHING, NULL,
                                           on_tcp, NULL, NULL);
    if (error != NULL) {
        fprintf(stderr, "tshark: -z empty,tcp: %s\n", error->str);
        exit(1);
    }
    STAT_TAP_INIT_DONE;
}

static stat_tap_ui statistic = {
    .group = REGISTER_PACKET_STAT_GROUP_UNSORTED,
    .title = "Empty TCP tap",
    .cli_string = "empty,tcp",
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
