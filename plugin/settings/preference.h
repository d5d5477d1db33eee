/* What the user can set: Wireshark's preferences under Protocols > TCP Flow Asymmetry.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_PREFERENCE_H
#define TFA_PREFERENCE_H

#include <stddef.h>

struct preferences {
    unsigned slow_handshake_ms;
    unsigned slow_turnaround_ms;
    unsigned idle_before_reset_ms;
    unsigned loss_percent;
    unsigned loss_segments;
    unsigned spurious_segments;
    unsigned duplicate_percent;
    unsigned exhausted_sends;
    unsigned window_full_segments;
    unsigned scan_targets;
    unsigned text_servers;
    unsigned table_rows;
};

/* What the names of the preferences begin with. */
#define PREFERENCE_MODULE "tcp_asymmetry"

/* The values in force: one set for the whole program, as Wireshark's preferences are. */
extern struct preferences preferences;

/* One preference: a number. */
struct preference {
    const char
        *name; /* in the preferences file and for tshark's -o, behind PREFERENCE_MODULE "." */
    const char *title; /* in the dialog */
    const char *help;  /* one sentence */
    size_t offset;     /* of its value in struct preferences */
    unsigned least, most;
};

extern const struct preference preference_list[];
extern const size_t preference_count;

/* Its value in force. */
unsigned *preference_value(const struct preference *preference);

/* Puts a value that is out of range back to the default. Returns a message, which the caller frees
 * with g_free(), or NULL if there is nothing to tell. */
char *preference_check(const struct preference *preference);

#endif
