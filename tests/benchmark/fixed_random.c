/* Takes chance out of Wireshark, by LD_PRELOAD: its hash tables are seeded from GLib's random
 * numbers, so that two runs differ by 0.1 % of all instructions. With this they differ by 0.0005 %.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdint.h>

uint32_t g_random_int(void);

__attribute__((visibility("default"))) uint32_t g_random_int(void)
{
    static uint32_t number;
    return ++number * UINT32_C(2654435761);
}
