/* The words that every output uses for the two ends and directions, and the plural.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_WORDS_H
#define TFA_WORDS_H

#include "base/direction.h"

#include <stdint.h>

/* The two directions, for places that have no room for words. */
#define TO_SERVER_ARROW "→"
#define TO_CLIENT_ARROW "←"

/* The ending of a regular noun after @count: "" or "s". */
static inline const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

/* "client" or "server": the end that sends in @direction. */
static inline const char *sender_word(enum direction direction)
{
    return direction == CLIENT_TO_SERVER ? "client" : "server";
}

/* "client to server" or "server to client". */
static inline const char *direction_words(enum direction direction)
{
    return direction == CLIENT_TO_SERVER ? "client to server" : "server to client";
}

/* "client_to_server" or "server_to_client", as in JSON. */
static inline const char *direction_key(enum direction direction)
{
    return direction == CLIENT_TO_SERVER ? "client_to_server" : "server_to_client";
}

#endif
