// 8-bit products with ARM64's dot product instructions.

#if defined(__aarch64__)

#include <arm_neon.h>
#include <math.h>

#include "arm64.h"
#include "scratch.h"

#pragma clang attribute push(__attribute__((target("dotprod"))), apply_to = function)

static inline __attribute__((always_inline)) int32x4_t multiply_add(int32x4_t sum, int8x16_t a, int8x16_t b) {
    return vdotq_s32(sum, a, b);
}

#include "int8_neon.h"
#define DEFINE_DOTPROD(NAME, TYPE) DEFINE_INT8(mill_dotprod, NAME)
MILL_INT8_TYPES(DEFINE_DOTPROD)

#pragma clang attribute pop

#endif
