/* Random numbers that are the same on every machine: SplitMix64 (Steele, Lea, Flood 2014), in
 * integers alone.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef BENCHMARK_RANDOM_H
#define BENCHMARK_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct random {
    uint64_t state; /* any value is a good seed */
};

static inline uint64_t random_bits(struct random *random)
{
    uint64_t bits = random->state += UINT64_C(0x9E3779B97F4A7C15);
    bits = (bits ^ bits >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    bits = (bits ^ bits >> 27) * UINT64_C(0x94D049BB133111EB);
    return bits ^ bits >> 31;
}

/* From least to largest, both included. The tiny bias of the remainder does not matter here. */
static inline uint32_t random_between(struct random *random, uint32_t least, uint32_t largest)
{
    return least + (uint32_t)((random_bits(random) >> 32) % ((uint64_t)largest - least + 1));
}

static inline bool random_per_mille(struct random *random, uint32_t share)
{
    return random_between(random, 1, 1000) <= share;
}

#endif
