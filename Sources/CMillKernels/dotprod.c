// 8-bit products with ARM64's dot product instructions.

#if defined(__aarch64__)

#include <arm_neon.h>
#include <math.h>

#include "arm64.h"
#include "scratch.h"

#pragma clang attribute push(__attribute__((target("dotprod"))), apply_to = function)

#include "int8_arm.h"

static inline __attribute__((always_inline)) ints dot(ints sum, bytes w, bytes x, const bool is_signed) {
    (void)is_signed;
    return (ints)vdotq_s32((int32x4_t)sum, (int8x16_t)w, (int8x16_t)x);
}

#include "int8.h"
#define DEFINE_DOTPROD(NAME, TYPE) DEFINE_INT8(mill_dotprod, NAME, TYPE)
MILL_INT8_TYPES(DEFINE_DOTPROD)

#pragma clang attribute pop

#endif
