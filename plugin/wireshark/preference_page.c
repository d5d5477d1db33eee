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
static PREFERENCE_BOOL wants_fields = TRUE;
static void (*on_change)(void);

static void apply(void)
{
    for (size_t i = 0; i < preference_count; i++) {
        char *message = preference_check(&preference_list[i]);
        if (message != NULL)
            report_failure("%s", message);
        g_free(message);
    }
    on_change();
}

int preference_page_register(const char *title, void (*changed)(void))
{
    on_change = changed;
    /* Preferences belong to protocols. What this one adds to packets has a preference of its own,
     * and the statistics need none of it: nobody can switch the protocol off. */
    int protocol = proto_register_protocol(title, title, PREFERENCE_MODULE);
    proto_set_cant_toggle(protocol);
    module_t *module = prefs_register_protocol(protocol, apply);
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
    prefs_register_bool_preference(
        module, "packet_fields", "Add fields to packets",
        "Whether each packet gets its direction, its server and the findings that it proves, as "
        "fields and as expert information. Loading a large file takes a few per cent longer.",
        &wants_fields);
    return protocol;
}

bool preference_page_wants_fields(void)
{
    return wants_fields;
}

bool preference_page_is_server_port(uint16_t port)
{
    return server_ports != NULL && value_is_in_range(server_ports, port);
}
