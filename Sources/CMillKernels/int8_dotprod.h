#pragma once
// What int8.h needs, in NEON with dot products.

#define TILE_TOKENS 8
#include "int8_arm.h"

// Four activations are a lane of a vector, which the instruction takes as an operand: no instruction spreads them.
#define DOT_STEPS
static inline __attribute__((always_inline)) ints dot_steps(const bytes *q, const int8_t *x, const int steps) {
    ints sum = {0};
#pragma clang loop unroll(full)
    for (int s = 0; s < steps; s++) {
        const int32x4_t activations = vreinterpretq_s32_s8(vld1q_s8(x + (s & ~3) * 4));
        const int32x4_t four = vdupq_n_s32(activations[s & 3]);
        sum = (ints)vdotq_s32((int32x4_t)sum, (int8x16_t)q[s], vreinterpretq_s8_s32(four));
    }
    return sum;
}
