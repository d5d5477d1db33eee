/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wireshark/compat.h"

#include "wireshark/headers_only.h"

#include "settings/preference.h"
#include "wireshark/announcer.h"
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
    for (size_t i = 0; tcp != NULL && i < G_N_ELEMENTS(tcp_preferences); i++) {
        pref_t *preference = prefs_find_preference(tcp, tcp_preferences[i].name);
        if (preference != NULL)
            prefs_set_bool_value(preference, tcp_preferences[i].value, pref_current);
    }
    announcer_begin();
    link_layer_begin();
}
