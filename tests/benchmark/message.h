/* What applications say: messages of well-formed HTTP, TLS or text, made again from a seed whenever
 * a segment carries a part of one, so that a retransmission has the same bytes and no connection
 * keeps its payload.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef BENCHMARK_MESSAGE_H
#define BENCHMARK_MESSAGE_H

#include <stdint.h>

enum message_kind {
    MESSAGE_HTTP_GET,  /* has no body */
    MESSAGE_HTTP_POST, /* with Content-Length, as the response */
    MESSAGE_HTTP_RESPONSE,
    MESSAGE_TLS_CLIENT_HELLO,  /* has no body */
    MESSAGE_TLS_SERVER_HELLO,  /* and one record of encrypted handshake, the body */
    MESSAGE_TLS_CLIENT_FINISH, /* change cipher spec, and one record of encrypted handshake */
    MESSAGE_TLS_DATA,          /* one record of application data */
    MESSAGE_TEXT,
};

/* As large as a TLS record may be. */
#define MESSAGE_MAX_BODY 16384

struct message {
    enum message_kind kind;
    uint32_t seed;
    uint32_t head_length, body_length; /* bytes */
};

struct message message_make(enum message_kind kind, uint32_t body_length, uint32_t seed);

/* Copies a part of the message: length bytes from offset on, which must lie within it. */
void message_copy(const struct message *message, uint32_t offset, uint32_t length, uint8_t *to);

static inline uint32_t message_length(const struct message *message)
{
    return message->head_length + message->body_length;
}

#endif
