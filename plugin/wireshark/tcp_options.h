/* The options of a TCP header, one after the other.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_TCP_OPTIONS_H
#define TFA_TCP_OPTIONS_H

#include "base/network_order.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tcp_option {
    TCP_OPTION_END = 0,
    TCP_OPTION_NOTHING = 1,
    TCP_OPTION_MSS = 2,
    TCP_OPTION_SACK = 5,
    TCP_OPTION_TIMESTAMPS = 8,
    TCP_OPTION_MULTIPATH = 30,
};

/* How nearly everybody aligns timestamps where there is no other option (RFC 7323, appendix A). */
#define ALIGNED_TIMESTAMPS        0x0101080A
#define ALIGNED_TIMESTAMPS_LENGTH 12

/* Whether the options from @at up to @end are timestamps alone, whose option is at @at + 2. */
static inline bool tcp_options_are_timestamps(const uint8_t *at, const uint8_t *end)
{
    return end - at == ALIGNED_TIMESTAMPS_LENGTH && get32(at) == ALIGNED_TIMESTAMPS;
}

/* Finds the next option from *@at on, other than those that only fill up, and moves *@at behind it.
 * Returns it, with its kind in the first byte and its *@length, 2 or more, in the second. NULL if
 * there is none before @end, or its length is wrong. */
static inline const uint8_t *tcp_options_next(const uint8_t **at, const uint8_t *end,
                                              unsigned *length)
{
    const uint8_t *option = *at;
    while (option < end && *option == TCP_OPTION_NOTHING)
        option++;
    if (end - option < 2 || *option == TCP_OPTION_END)
        return NULL;
    *length = option[1];
    if (*length < 2 || *length > end - option)
        return NULL;
    *at = option + *length;
    return option;
}

#endif
