/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settings/preference.h"

#include <glib.h>

#define DEFAULTS                                                                                   \
    {                                                                                              \
        .slow_handshake_ms = 500, .slow_turnaround_ms = 1000, .idle_before_reset_ms = 1000,        \
        .loss_percent = 1, .loss_segments = 3, .spurious_segments = 3, .duplicate_percent = 5,     \
        .exhausted_sends = 4, .window_full_segments = 3, .zero_window_ms = 100,                    \
        .scan_targets = 15, .text_servers = 20, .table_rows = 1000,                                \
    }

static const struct preferences defaults = DEFAULTS;
struct preferences preferences = DEFAULTS;

#define HOUR_MS 3600000

const struct preference preference_list[] = {
    {"slow_handshake_ms", "Slow handshake (ms)",
     "A handshake is slow (slow_handshake) if one side of it took at least this long.",
     offsetof(struct preferences, slow_handshake_ms), 1, HOUR_MS},
    {"slow_turnaround_ms", "Slow server or client (ms)",
     "A server is slow (slow_server) if it took at least this long to answer, and a client is "
     "slow (slow_client) if it took at least this long to send its next request.",
     offsetof(struct preferences, slow_turnaround_ms), 1, HOUR_MS},
    {"idle_before_reset_ms", "Idle before a reset (ms)",
     "A reset is reported as a reset after idling (reset_by_client, reset_by_server) if its "
     "connection was silent for at least this long before it.",
     offsetof(struct preferences, idle_before_reset_ms), 1, HOUR_MS},
    {"loss_percent", "Loss (% of data segments)",
     "Loss is reported (loss_client_to_server, loss_server_to_client) if at least this share of "
     "a direction's data segments was sent again.",
     offsetof(struct preferences, loss_percent), 0, 100},
    {"loss_segments", "Loss (segments at least)",
     "Loss is reported if at least this many data segments were sent again.",
     offsetof(struct preferences, loss_segments), 1, 1000000},
    {"spurious_segments", "Spurious retransmissions",
     "Spurious retransmissions are reported if there are at least this many.",
     offsetof(struct preferences, spurious_segments), 1, 1000000},
    {"duplicate_percent", "Copies (% of segments)",
     "Copies, segments that were captured twice, are reported (duplicate_capture) if they are at "
     "least this share of a server's segments.",
     offsetof(struct preferences, duplicate_percent), 1, 100},
    {"exhausted_sends", "Retries exhausted (times sent)",
     "Retries are exhausted (retries_exhausted, path_mtu_blackhole) if a segment was sent at "
     "least this often without an answer.",
     offsetof(struct preferences, exhausted_sends), 3, 100},
    {"window_full_segments", "Window limited (segments)",
     "A receive window limits a connection (window_limited) if it was filled at least this "
     "often.",
     offsetof(struct preferences, window_full_segments), 1, 1000000},
    {"zero_window_ms", "Zero window (ms)",
     "A receiver reads too slowly (zero_window) if its window was closed for at least this long in "
     "all.",
     offsetof(struct preferences, zero_window_ms), 0, HOUR_MS},
    {"scan_targets", "Scan (servers and ports)",
     "A client scans (scan) if it tried at least this many servers or ports and most of them "
     "failed.",
     offsetof(struct preferences, scan_targets), 2, 65535},
    {"text_servers", "Servers in a text report",
     "How many servers a text report shows unless top= says otherwise.",
     offsetof(struct preferences, text_servers), 1, 1000000},
    {"table_rows", "Rows of a table",
     "How many servers, and how many connections, Statistics > TCP Flow Asymmetry shows one by "
     "one: those with the most bytes.",
     offsetof(struct preferences, table_rows), 1, 20000},
};
const size_t preference_count = G_N_ELEMENTS(preference_list);

static unsigned default_of(const struct preference *preference)
{
    return *(const unsigned *)((const char *)&defaults + preference->offset);
}

unsigned *preference_value(const struct preference *preference)
{
    return (unsigned *)((char *)&preferences + preference->offset);
}

char *preference_check(const struct preference *preference)
{
    unsigned given = *preference_value(preference);
    if (given >= preference->least && given <= preference->most)
        return NULL;
    *preference_value(preference) = default_of(preference);
    return g_strdup_printf(
        "The preference " PREFERENCE_MODULE ".%s must be from %u to %u, not %u; %u is used.",
        preference->name, preference->least, preference->most, given, default_of(preference));
}
