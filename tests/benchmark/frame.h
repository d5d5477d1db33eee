/* A scripted segment -> the bytes of an Ethernet frame.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef BENCHMARK_FRAME_H
#define BENCHMARK_FRAME_H

#include "script.h"

#define FRAME_MAX_BYTES 1536

/* Returns the frame's length. */
uint32_t frame_write(uint8_t *frame, const struct script *script,
                     const struct scripted_segment *segment);

#endif
