// ARM64's base instruction set.

#if defined(__aarch64__)

#include <arm_neon.h>
#include <math.h>

#include "arm64.h"
#include "scratch.h"

#define TILE_ROWS 2
#define TILE_TOKENS 3
#define ATTENTION_ROWS 4
#define ATTENTION_GROUPS 1
#define ATTENTION_SINGLE 4
#include "vector_gemm.h"
#include "vector_rows.h"
#include "vector_attention.h"
#include "vector_table.h"

#undef TILE_TOKENS
#define TILE_TOKENS 4
#undef INLINE
#include "int8_arm.h"

// Two products fit into 16 bits: 2 * 127 * 128 = 32512.
#define DOT_STEPS
static inline __attribute__((always_inline)) ints dot_steps(const bytes *q, const int8_t *x, const int steps) {
    int32x4_t low = vdupq_n_s32(0), high = low;
#pragma clang loop unroll(full)
    for (int s = 0; s < steps; s += 2) {
        const int8x16_t w0 = (int8x16_t)q[s], w1 = (int8x16_t)q[s + 1];
        const int8x16_t x0 = vreinterpretq_s8_s32(vld1q_dup_s32((const int32_t *)(const void *)(x + 4 * s)));
        const int8x16_t x1 = vreinterpretq_s8_s32(vld1q_dup_s32((const int32_t *)(const void *)(x + 4 * s + 4)));
        low = vpadalq_s16(low, vmlal_s8(vmull_s8(vget_low_s8(w0), vget_low_s8(x0)), vget_low_s8(w1), vget_low_s8(x1)));
        high = vpadalq_s16(high, vmlal_high_s8(vmull_high_s8(w0, x0), w1, x1));
    }
    return (ints)vpaddq_s32(low, high);
}

#include "int8.h"
#define DEFINE_NEON(NAME, TYPE) DEFINE_INT8(mill_neon, NAME, TYPE)
MILL_INT8_TYPES(DEFINE_NEON)

#define NEON_ENTRY(NAME, TYPE) [TYPE] = mill_neon_gemm_##NAME,
const mill_kernels mill_neon_kernels = {MILL_VECTOR_ENTRIES, .gemm_int8 = {MILL_INT8_TYPES(NEON_ENTRY)}};

#define DOTPROD_ENTRY(NAME, TYPE) [TYPE] = mill_dotprod_gemm_##NAME,
const mill_kernels mill_dotprod_kernels = {MILL_VECTOR_ENTRIES, .gemm_int8 = {MILL_INT8_TYPES(DOTPROD_ENTRY)}};

#define I8MM_ENTRY(NAME, TYPE) [TYPE] = mill_i8mm_gemm_##NAME,
const mill_kernels mill_i8mm_kernels = {MILL_VECTOR_ENTRIES, .gemm_int8 = {MILL_INT8_TYPES(I8MM_ENTRY)}};

#endif
