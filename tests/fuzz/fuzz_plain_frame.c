/* Fuzzes what reads the bytes of a frame before Wireshark does: nothing is read behind what was
 * captured, and what is found lies in it, in order, and fits.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "base/plain_frame.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LINK_COUNT (LINK_LOOP + 1)

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check(const struct plain_frame *plain, const struct frame_bytes *frame)
{
    uint32_t address = plain->is_ip6 ? 16 : 4, ip = plain->is_ip6 ? 40 : 20;
    require(plain->destination_at == plain->source_at + address);
    require(plain->tcp_at == plain->destination_at + address);
    require(plain->tcp_at >= ip);
    require(plain->tcp_header >= 20 && plain->tcp_header <= 60);
    require(plain->tcp_header <= plain->tcp_length);
    require(plain->tcp_at + plain->tcp_header <= frame->captured);
    require(plain->tcp_at + plain->tcp_length <= frame->length);
    require(plain->ip_length == (plain->is_ip6 ? 0 : ip + plain->tcp_length));
    require(!plain->is_ip6 || plain->ip_id == 0);
}

/* The first bytes say which link, and how much longer the frame was. The rest is the frame, in
 * memory of just that size. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    uint32_t captured = (uint32_t)size - 3, missing = (uint32_t)data[1] << 8 | data[2];
    uint8_t *bytes = g_memdup2(data + 3, captured);
    struct frame_bytes frame = {bytes, captured, captured + missing};
    struct plain_frame plain;
    memset(&plain, 0xAA, sizeof plain);
    if (plain_frame_read(&plain, data[0] % LINK_COUNT, &frame))
        check(&plain, &frame);
    g_free(bytes);
    return 0;
}
