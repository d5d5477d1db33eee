/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wireshark/compat.h"

#include "wireshark/preference_page.h"

#include "base/text_format.h"
#include "settings/preference.h"

#include <epan/prefs.h>
#include <epan/proto.h>
#include <epan/range.h>
#include <wsutil/report_message.h>

#define LARGEST_PORT 65535

static range_t *server_ports;

static void check(void)
{
    for (size_t i = 0; i < preference_count; i++) {
        char *message = preference_check(&preference_list[i]);
        if (message != NULL)
            report_failure("%s", message);
        g_free(message);
    }
}

void preference_page_register(const char *title)
{
    /* Preferences belong to protocols. This one dissects nothing, so nobody can switch it off. */
    int protocol = proto_register_protocol(title, title, PREFERENCE_MODULE);
    proto_set_cant_toggle(protocol);
    module_t *module = prefs_register_protocol(protocol, check);
    for (size_t i = 0; i < preference_count; i++) {
        const struct preference *preference = &preference_list[i];
        char least[TEXT_FORMAT_SIZE], most[TEXT_FORMAT_SIZE];
        char *help =
            g_strconcat(preference->help, " From ", format_digits(least, preference->least), " to ",
                        format_digits(most, preference->most), ".", NULL);
        /* Wireshark keeps the text. */
        prefs_register_uint_preference(module, preference->name, preference->title,
                                       g_intern_string(help), 10, preference_value(preference));
        g_free(help);
    }
    prefs_register_range_preference(module, "server_ports", "Server ports of this site",
                                    "Ports of this site's servers, such as 9000-9010,12345. If a "
                                    "connection was captured without its handshake, the end with "
                                    "such a port is its server.",
                                    &server_ports, LARGEST_PORT);
}

bool preference_page_is_server_port(uint16_t port)
{
    return server_ports != NULL && value_is_in_range(server_ports, port);
}
