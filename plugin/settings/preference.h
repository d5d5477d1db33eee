/* What the user can set: Wireshark's preferences under Protocols > TCP Flow Asymmetry.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_PREFERENCE_H
#define TFA_PREFERENCE_H

#include "base/time_units.h"

#include <stddef.h>

struct preferences {
    unsigned slow_handshake_ms;    /* no path on earth takes half a second, satellites aside */
    unsigned slow_turnaround_ms;   /* what a user notices as waiting */
    unsigned idle_before_reset_ms; /* longer than a round trip and a delayed acknowledgment */
    unsigned loss_percent;         /* less than 1 % is everyday life on the Internet */
    unsigned loss_segments;        /* and so are fewer than 3 */
    unsigned spurious_segments;    /* one or two may come from a single delay on the way */
    unsigned duplicate_percent;    /* a mirror port copies half of all, chance hardly any */
    unsigned exhausted_sends; /* the first time and three repeats: by RFC 6298's doubling at least
                                 1.4 s of silence */
    unsigned window_full_segments; /* a window filled once is a burst, again and again a limit */
    unsigned zero_window_ms;       /* below a tenth of a second nobody notices */
    unsigned scan_targets;         /* a browser opens fewer connections at a time in vain */
    unsigned text_servers;
    unsigned table_rows;
};

/* What the names of the preferences begin with. */
#define PREFERENCE_MODULE "tcp_asymmetry"

/* The values in force: one set for the whole program, as Wireshark's preferences are. */
extern struct preferences preferences;

/* The preferences that are times, in ns. */
static inline int64_t slow_handshake_ns(void)
{
    return preferences.slow_handshake_ms * NS_PER_MS;
}

static inline int64_t slow_turnaround_ns(void)
{
    return preferences.slow_turnaround_ms * NS_PER_MS;
}

static inline int64_t zero_window_ns(void)
{
    return preferences.zero_window_ms * NS_PER_MS;
}

static inline int64_t idle_before_reset_ns(void)
{
    return preferences.idle_before_reset_ms * NS_PER_MS;
}

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
 * with g_free(), or NULL if the value is in range. */
char *preference_check(const struct preference *preference);

#endif
