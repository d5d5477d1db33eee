/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wireshark/compat.h"

#include "wireshark/headers_only.h"

#include "settings/preference.h"
#include "wireshark/announcer.h"
#include "wireshark/command_line.h"
#include "wireshark/link_layer.h"

#include <epan/packet.h>
#include <epan/prefs-int.h>
#include <epan/prefs.h>
#include <epan/proto.h>

/* Work that Wireshark would do only for other readers than this plugin. */
static const struct {
    const char *name;
    bool value;
} tcp_preferences[] = {
    {"try_heuristic_first", true}, /* or it would look for other dissectors before take_all() */
    {"calculate_timestamps", false},
    {"track_bytes_in_flight", SACK_NEEDS_BYTES_IN_FLIGHT},
};

static HEURISTIC_RESULT take_all(tvbuff_t *payload, packet_info *pinfo, proto_tree *tree,
                                 void *data)
{
    (void)data;
    announcer_dissect(payload, pinfo, tree);
    return TRUE;
}

/* Wireshark asks these at the end of each frame, and they do nothing unless a preference tells them
 * what. If nobody is to be asked, Wireshark does not even go through the list of those that nobody
 * has enabled, which takes a fourteenth of a segment. */
static const struct {
    const char *protocol;   /* and its module of preferences */
    const char *preference; /* as it is by default, nothing is done */
} idle_postdissectors[] = {{"mate", "config"}, {"snort", "alerts_source"}};

static void disable_if_idle(const char *protocol, const char *preference)
{
    int number = proto_get_id_by_filter_name(protocol);
    module_t *module = prefs_find_module(protocol);
    pref_t *purpose = module != NULL ? prefs_find_preference(module, preference) : NULL;
    if (number >= 0 && purpose != NULL && prefs_pref_is_default(purpose))
        proto_set_decoding(number, false);
}

static void set_preference(module_t *module, const char *name, bool value)
{
    pref_t *preference = module != NULL ? prefs_find_preference(module, name) : NULL;
    if (preference != NULL)
        prefs_set_bool_value(preference, value, pref_current);
}

void headers_only_begin(void)
{
    static bool has_begun;
    if (has_begun)
        return;
    has_begun = true;
    /* Wireshark asks the heuristic dissector first that was added last, and this one accepts
     * everything. */
    heur_dissector_add("tcp", take_all, "Nothing above TCP", "headers_" PREFERENCE_MODULE,
                       proto_get_id_by_filter_name(PREFERENCE_MODULE), HEURISTIC_ENABLE);
    module_t *tcp = prefs_find_module("tcp");
    for (size_t i = 0; i < G_N_ELEMENTS(tcp_preferences); i++)
        set_preference(tcp, tcp_preferences[i].name, tcp_preferences[i].value);
    if (command_line_prints_no_packets())
        set_preference(tcp, "summary_in_tree", false);
    for (size_t i = 0; i < G_N_ELEMENTS(idle_postdissectors); i++)
        disable_if_idle(idle_postdissectors[i].protocol, idle_postdissectors[i].preference);
    announcer_begin();
    link_layer_begin();
}
