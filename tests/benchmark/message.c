/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "message.h"

#include "random.h"

#include <stdio.h>
#include <string.h>

#define MAX_HEAD     1024
#define FILLER_BYTES 65536

/* --- bytes one after the other --- */

struct writer {
    uint8_t *data;
    uint32_t length;
};

static void put(struct writer *writer, const void *bytes, uint32_t length)
{
    memcpy(writer->data + writer->length, bytes, length);
    writer->length += length;
}

static void put16(struct writer *writer, uint32_t value)
{
    uint8_t bytes[] = {(uint8_t)(value >> 8), (uint8_t)value};
    put(writer, bytes, sizeof bytes);
}

static void put_random(struct writer *writer, struct random *random, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++)
        writer->data[writer->length++] = (uint8_t)random_bits(random);
}

/* Leaves room for a length of 16 bits that end_length() fills in. */
static uint32_t begin_length(struct writer *writer)
{
    put16(writer, 0);
    return writer->length;
}

static void end_length(struct writer *writer, uint32_t begin)
{
    struct writer earlier = {writer->data, begin - 2};
    put16(&earlier, writer->length - begin);
}

/* --- HTTP --- */

static uint32_t http_request(char *head, const char *method, const char *rest,
                             struct random *random)
{
    uint32_t path = random_between(random, 0, 9999), host = random_between(random, 1, 60);
    return (uint32_t)snprintf(
        head, MAX_HEAD,
        "%s /articles/%04u/view?session=%08x HTTP/1.1\r\n"
        "Host: www%u.example.com\r\n"
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101\r\n"
        "Accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.8\r\n"
        "Accept-Encoding: gzip, deflate\r\n"
        "%s\r\n",
        method, path, random_between(random, 0, UINT32_MAX), host, rest);
}

static uint32_t http_post(char *head, uint32_t body_length, struct random *random)
{
    char rest[96];
    snprintf(rest, sizeof rest, "Content-Type: text/plain\r\nContent-Length: %u\r\n", body_length);
    return http_request(head, "POST", rest, random);
}

static uint32_t http_response(char *head, uint32_t body_length, struct random *random)
{
    static const char *const statuses[] = {"200 OK", "200 OK", "200 OK", "404 Not Found"};
    static const char *const types[] = {"text/html", "text/css", "text/plain",
                                        "application/octet-stream"};
    const char *status = statuses[random_between(random, 0, 3)];
    const char *type = types[random_between(random, 0, 3)];
    return (uint32_t)snprintf(head, MAX_HEAD,
                              "HTTP/1.1 %s\r\n"
                              "Date: Mon, 03 Mar 2025 09:00:00 GMT\r\n"
                              "Server: nginx\r\n"
                              "Content-Type: %s\r\n"
                              "Content-Length: %u\r\n"
                              "Connection: keep-alive\r\n\r\n",
                              status, type, body_length);
}

/* --- TLS 1.3, as it looks on the wire --- */

#define RECORD_CHANGE_CIPHER_SPEC "\x14\x03\x03\x00\x01\x01"
#define RECORD_DATA               "\x17\x03\x03"
#define RECORD_HANDSHAKE          "\x16\x03\x01"

static void extension(struct writer *writer, uint32_t type, const void *content, uint32_t length)
{
    put16(writer, type);
    put16(writer, length);
    put(writer, content, length);
}

static void key_share(struct writer *writer, bool in_a_list, struct random *random)
{
    put16(writer, 51);
    uint32_t begin = begin_length(writer);
    uint32_t list = in_a_list ? begin_length(writer) : 0;
    put16(writer, 29); /* x25519 */
    put16(writer, 32);
    put_random(writer, random, 32);
    if (in_a_list)
        end_length(writer, list);
    end_length(writer, begin);
}

static void server_name(struct writer *writer, struct random *random)
{
    char name[32];
    int length = snprintf(name, sizeof name, "api%u.example.net", random_between(random, 1, 60));
    put16(writer, 0);
    uint32_t begin = begin_length(writer);
    uint32_t list = begin_length(writer);
    put(writer, "", 1); /* a host name */
    put16(writer, (uint32_t)length);
    put(writer, name, (uint32_t)length);
    end_length(writer, list);
    end_length(writer, begin);
}

/* Begins a handshake record up to and with the session identifier. Returns where its two lengths
 * are, for end_hello(). */
static uint32_t begin_hello(struct writer *writer, uint8_t type, struct random *random)
{
    put(writer, RECORD_HANDSHAKE, 3);
    uint32_t record = begin_length(writer);
    put(writer, (uint8_t[]){type, 0}, 2);
    begin_length(writer);
    put16(writer, 0x0303);
    put_random(writer, random, 32);
    put(writer, "\x20", 1);
    put_random(writer, random, 32);
    return record;
}

static void end_hello(struct writer *writer, uint32_t record)
{
    end_length(writer, record);
    end_length(writer, record + 4); /* type, and the first byte of three of the length */
}

static void client_hello(struct writer *writer, struct random *random)
{
    uint32_t record = begin_hello(writer, 1, random);
    put(writer, "\x00\x0e\x13\x01\x13\x02\x13\x03\xc0\x2b\xc0\x2f\xc0\x2c\xc0\x30", 16);
    put(writer, "\x01\x00", 2); /* no compression */
    uint32_t extensions = begin_length(writer);
    server_name(writer, random);
    extension(writer, 10, "\x00\x06\x00\x1d\x00\x17\x00\x18", 8);          /* groups */
    extension(writer, 13, "\x00\x08\x04\x03\x08\x04\x04\x01\x05\x03", 10); /* signatures */
    extension(writer, 16, "\x00\x0c\x02h2\x08http/1.1", 14);               /* ALPN */
    extension(writer, 43, "\x04\x03\x04\x03\x03", 5);                      /* versions */
    extension(writer, 45, "\x01\x01", 2);                                  /* PSK modes */
    key_share(writer, true, random);
    put16(writer, 35); /* session ticket */
    uint32_t ticket = begin_length(writer);
    put_random(writer, random, random_between(random, 0, 1) * 112);
    end_length(writer, ticket);
    end_length(writer, extensions);
    end_hello(writer, record);
}

static void server_hello(struct writer *writer, struct random *random)
{
    uint32_t record = begin_hello(writer, 2, random);
    put(writer, "\x13\x01\x00", 3); /* TLS_AES_128_GCM_SHA256, no compression */
    uint32_t extensions = begin_length(writer);
    extension(writer, 43, "\x03\x04", 2); /* TLS 1.3 */
    key_share(writer, false, random);
    end_length(writer, extensions);
    end_hello(writer, record);
    put(writer, RECORD_CHANGE_CIPHER_SPEC, 6);
}

/* --- messages --- */

static uint32_t make_head(const struct message *message, uint8_t *head)
{
    struct random random = {message->seed};
    struct writer writer = {head, 0};
    switch (message->kind) {
    case MESSAGE_HTTP_GET:
        return http_request((char *)head, "GET", "", &random);
    case MESSAGE_HTTP_POST:
        return http_post((char *)head, message->body_length, &random);
    case MESSAGE_HTTP_RESPONSE:
        return http_response((char *)head, message->body_length, &random);
    case MESSAGE_TEXT:
        return 0;
    case MESSAGE_TLS_CLIENT_HELLO:
        client_hello(&writer, &random);
        return writer.length;
    case MESSAGE_TLS_SERVER_HELLO:
        server_hello(&writer, &random);
        break;
    case MESSAGE_TLS_CLIENT_FINISH:
        put(&writer, RECORD_CHANGE_CIPHER_SPEC, 6);
        break;
    case MESSAGE_TLS_DATA:
        break;
    }
    put(&writer, RECORD_DATA, 3);
    put16(&writer, message->body_length);
    return writer.length;
}

struct message message_make(enum message_kind kind, uint32_t body_length, uint32_t seed)
{
    uint8_t head[MAX_HEAD];
    struct message message = {.kind = kind, .seed = seed, .body_length = body_length};
    message.head_length = make_head(&message, head);
    return message;
}

/* Bytes that look encrypted, or lines of text. */
static const uint8_t *filler(bool text)
{
    static const char letters[] =
        "etaoin shrdlu cmfwyp vbgkjq xz etaoin shrdlu, etaoin. 0123456789";
    static uint8_t fillers[2][FILLER_BYTES];
    static bool is_made;
    struct random random = {1};
    for (size_t i = 0; i < FILLER_BYTES && !is_made; i++) {
        uint64_t bits = random_bits(&random);
        fillers[false][i] = (uint8_t)bits;
        fillers[true][i] = i % 72 == 71 ? '\n' : (uint8_t)letters[bits >> 8 & 63];
    }
    is_made = true;
    return fillers[text];
}

static uint32_t smaller(uint32_t one, uint32_t other)
{
    return one < other ? one : other;
}

void message_copy(const struct message *message, uint32_t offset, uint32_t length, uint8_t *to)
{
    if (offset < message->head_length) {
        uint8_t head[MAX_HEAD];
        make_head(message, head);
        uint32_t part = smaller(length, message->head_length - offset);
        memcpy(to, head + offset, part);
        to += part;
        offset += part;
        length -= part;
    }
    bool text = message->kind <= MESSAGE_HTTP_RESPONSE || message->kind == MESSAGE_TEXT;
    uint32_t start = message->seed % (FILLER_BYTES - MESSAGE_MAX_BODY);
    memcpy(to, filler(text) + start + (offset - message->head_length), length);
}
