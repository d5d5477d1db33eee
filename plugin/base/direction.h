/* The two ends of a connection and the two directions between them.
 *
 * There are two vocabularies. Never mix them. While segments are counted, nobody knows who the
 * server is, so an *end* is A (the sender of the connection's first captured segment) or B. Once a
 * role is decided, a *direction* is client to server or server to client.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_DIRECTION_H
#define TFA_DIRECTION_H

/* An end of a connection in order of appearance. Index of two-element arrays. */
enum end { END_A = 0, END_B = 1 };

/* A direction by role. Index of two-element arrays. */
enum direction { CLIENT_TO_SERVER = 0, SERVER_TO_CLIENT = 1 };

/* The end opposite @end. */
static inline enum end end_peer(enum end end)
{
    return (enum end)(end ^ 1);
}

/* The end that sends in @direction when @client is the client. */
static inline enum end direction_sender(enum direction direction, enum end client)
{
    return direction == CLIENT_TO_SERVER ? client : end_peer(client);
}

/* The direction opposite @direction. */
static inline enum direction direction_opposite(enum direction direction)
{
    return direction == CLIENT_TO_SERVER ? SERVER_TO_CLIENT : CLIENT_TO_SERVER;
}

/* The direction in which @sender sends when @client is the client. */
static inline enum direction direction_of(enum end sender, enum end client)
{
    return sender == client ? CLIENT_TO_SERVER : SERVER_TO_CLIENT;
}

#endif
