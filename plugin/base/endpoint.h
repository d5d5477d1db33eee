/* An address and a port: one end of a connection, as plain data that we own.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_ENDPOINT_H
#define TFA_ENDPOINT_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define ENDPOINT_ADDRESS_BYTES 16

enum address_family { FAMILY_NONE = 0, FAMILY_IPV4 = 4, FAMILY_IPV6 = 6, FAMILY_OTHER = 255 };

/* All bytes beyond @length are zero, so two endpoints are equal if their memory is. */
struct endpoint {
    uint8_t address[ENDPOINT_ADDRESS_BYTES]; /* network byte order */
    uint16_t port;                           /* host byte order; 0 also where a row has no port */
    uint8_t family;                          /* enum address_family */
    uint8_t length;                          /* bytes of address in use: 4, 16, or fewer */
};

/* Fills @endpoint from @length bytes at @address, of which at most ENDPOINT_ADDRESS_BYTES are used.
 * Inline: with a constant @length this is a few moves, and every segment needs it twice. */
static inline void endpoint_set(struct endpoint *endpoint, enum address_family family,
                                const void *address, size_t length, uint16_t port)
{
    size_t taken = length < ENDPOINT_ADDRESS_BYTES ? length : ENDPOINT_ADDRESS_BYTES;
    *endpoint =
        (struct endpoint){.port = port, .family = (uint8_t)family, .length = (uint8_t)taken};
    if (taken > 0)
        memcpy(endpoint->address, address, taken);
}

/* Whether both have the same address and the same port. */
bool endpoint_equal(const struct endpoint *a, const struct endpoint *b);

/* Whether both have the same address. Their ports do not matter. */
bool endpoint_same_address(const struct endpoint *a, const struct endpoint *b);

/* Order by family, address (as a number) and port: <0, 0, >0. */
int endpoint_compare(const struct endpoint *a, const struct endpoint *b);

/* Whether the first @prefix bits of both addresses agree and the families are the same.
 * A @prefix longer than the address compares the whole address. */
bool endpoint_in_network(const struct endpoint *endpoint, const struct endpoint *network,
                         unsigned prefix);

/* Hash and equality with GLib's signatures, for tables keyed by struct endpoint; the second is of
 * the address alone. */
guint endpoint_hash(gconstpointer endpoint);
guint endpoint_address_hash(gconstpointer endpoint);
gboolean endpoint_equal_pointers(gconstpointer a, gconstpointer b);

/* The address as a number in text, such as "10.0.0.5" or "2001:db8::1". Other families are in
 * hexadecimal. The caller frees it with g_free(). */
char *endpoint_address_text(const struct endpoint *endpoint);

/* "10.0.0.5:443", "[2001:db8::1]:443" from an address text. If @port_text is NULL, the number of
 * the port follows, else @port_text ("any"). The caller frees it with g_free(). */
char *endpoint_label(const struct endpoint *endpoint, const char *address_text,
                     const char *port_text);

/* The label of @endpoint, safe to show. @address_word replaces the address and @port_word replaces
 * the port, unless they are NULL. @address_text names the address, and its result is freed with
 * g_free(). If @address_text is NULL, the address is a number. The caller frees the label with
 * g_free(). */
char *endpoint_safe_label(const struct endpoint *endpoint,
                          char *(*address_text)(const struct endpoint *endpoint),
                          const char *address_word, const char *port_word);

#endif
