/* Numbers in network byte order.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_NETWORK_ORDER_H
#define TFA_NETWORK_ORDER_H

#include <stdint.h>

/* The two, and four, bytes at @at. */
static inline uint16_t get16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static inline uint32_t get32(const uint8_t *at)
{
    return (uint32_t)get16(at) << 16 | get16(at + 2);
}

#endif
