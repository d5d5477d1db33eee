/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/endpoint.h"

#include "base/text_format.h"

#include <arpa/inet.h>

bool endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

bool endpoint_same_address(const struct endpoint *a, const struct endpoint *b)
{
    return a->family == b->family && a->length == b->length &&
           memcmp(a->address, b->address, ENDPOINT_ADDRESS_BYTES) == 0;
}

int endpoint_compare(const struct endpoint *a, const struct endpoint *b)
{
    if (a->family != b->family)
        return a->family < b->family ? -1 : 1;
    int by_address = memcmp(a->address, b->address, ENDPOINT_ADDRESS_BYTES);
    if (by_address != 0)
        return by_address;
    if (a->length != b->length)
        return a->length < b->length ? -1 : 1;
    return (int)a->port - (int)b->port;
}

bool endpoint_in_network(const struct endpoint *endpoint, const struct endpoint *network,
                         unsigned prefix)
{
    if (endpoint->family != network->family || endpoint->length != network->length)
        return false;
    unsigned bits = MIN(prefix, endpoint->length * 8U);
    unsigned whole = bits / 8, rest = bits % 8;
    if (memcmp(endpoint->address, network->address, whole) != 0)
        return false;
    if (rest == 0)
        return true;
    uint8_t mask = (uint8_t)(0xFF << (8 - rest));
    return (endpoint->address[whole] & mask) == (network->address[whole] & mask);
}

static guint hash_with_port(const struct endpoint *endpoint, uint16_t port)
{
    uint64_t words[2];
    memcpy(words, endpoint->address, sizeof words);
    /* Neighbours differ in the low bits of the number. A multiplication carries these to all higher
     * bits. */
    uint64_t high = GUINT64_FROM_BE(words[0]), low = GUINT64_FROM_BE(words[1]);
    uint64_t hash = high * G_GUINT64_CONSTANT(0x9E3779B97F4A7C15) + port;
    hash = (hash ^ (hash >> 29) ^ low) * G_GUINT64_CONSTANT(0xBF58476D1CE4E5B9);
    return (guint)(hash >> 32);
}

guint endpoint_hash(gconstpointer pointer)
{
    const struct endpoint *endpoint = pointer;
    return hash_with_port(endpoint, endpoint->port);
}

guint endpoint_address_hash(gconstpointer pointer)
{
    return hash_with_port(pointer, 0);
}

gboolean endpoint_equal_pointers(gconstpointer a, gconstpointer b)
{
    return endpoint_equal(a, b);
}

/* Does the work of inet_ntop(), which takes a thousand instructions more. */
static char *ip4_text(const uint8_t *address)
{
    char bytes[4][TEXT_FORMAT_SIZE];
    for (int i = 0; i < 4; i++)
        format_digits(bytes[i], address[i]);
    return g_strconcat(bytes[0], ".", bytes[1], ".", bytes[2], ".", bytes[3], NULL);
}

char *endpoint_address_text(const struct endpoint *endpoint)
{
    char text[INET6_ADDRSTRLEN];
    if (endpoint->family == FAMILY_IPV4)
        return ip4_text(endpoint->address);
    if (endpoint->family == FAMILY_IPV6 &&
        inet_ntop(AF_INET6, endpoint->address, text, sizeof text) != NULL)
        return g_strdup(text);
    GString *hex = g_string_new("0x");
    for (unsigned i = 0; i < endpoint->length; i++)
        g_string_append_printf(hex, "%02x", endpoint->address[i]);
    return g_string_free(hex, FALSE);
}

char *endpoint_label(const struct endpoint *endpoint, const char *address_text,
                     const char *port_text)
{
    char number[TEXT_FORMAT_SIZE];
    const char *port = port_text != NULL ? port_text : format_digits(number, endpoint->port);
    bool bracketed = strchr(address_text, ':') != NULL;
    return g_strconcat(bracketed ? "[" : "", address_text, bracketed ? "]:" : ":", port, NULL);
}

char *endpoint_safe_label(const struct endpoint *endpoint,
                          char *(*address_text)(const struct endpoint *endpoint),
                          const char *address_word, const char *port_word)
{
    char *address = address_word != NULL   ? g_strdup(address_word)
                    : address_text != NULL ? address_text(endpoint)
                                           : endpoint_address_text(endpoint);
    char *label = endpoint_label(endpoint, address, port_word);
    char *safe = format_safe(label);
    g_free(label);
    g_free(address);
    return safe;
}
