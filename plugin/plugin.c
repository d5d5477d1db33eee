/* Entry points of the plugin: registers the statistic with tshark, Wireshark and sharkd.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define WS_BUILD_DLL
#include "wireshark/compat.h"

#include "wireshark/command.h"
#include "wireshark/packet_fields.h"
#include "wireshark/preference_page.h"
#include "wireshark/report_window.h"
#include "wireshark/second_install.h"
#include "wireshark/statistics_table.h"

#include <epan/proto.h>
#include <epan/tap.h>

#define TITLE "TCP Flow Asymmetry"

WS_DLL_PUBLIC_DEF const gchar plugin_version[] = PLUGIN_VERSION;
WS_DLL_PUBLIC_DEF const int plugin_want_major = WIRESHARK_VERSION_MAJOR;
WS_DLL_PUBLIC_DEF const int plugin_want_minor = WIRESHARK_VERSION_MINOR;

WS_DLL_PUBLIC void plugin_register(void);
#if WIRESHARK_AT_LEAST(4, 4)
WS_DLL_PUBLIC uint32_t plugin_describe(void);
#endif

static void register_command_and_window(void)
{
    command_register(TITLE);
    report_window_register(TITLE " Report");
}

static void switch_fields(void)
{
    packet_fields_switch(preference_page_wants_fields());
}

/* All programs have these, also sharkd, which does not ask plugins for taps. */
static void register_table_and_fields(void)
{
    packet_fields_register(preference_page_register(TITLE, switch_fields));
    statistics_table_register(TITLE);
}

void plugin_register(void)
{
    static const tap_plugin tap = {.register_tap_listener = register_command_and_window};
    static const proto_plugin protocol = {.register_protoinfo = register_table_and_fields,
                                          .register_handoff = switch_fields};
    if (!second_install_allows(plugin_version))
        return;
    tap_register_plugin(&tap);
    proto_register_plugin(&protocol);
}

#if WIRESHARK_AT_LEAST(4, 4)
uint32_t plugin_describe(void)
{
    return 1U << 4 | 1U << 0; /* a tap listener; a protocol */
}
#endif
