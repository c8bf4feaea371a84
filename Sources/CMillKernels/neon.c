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
#undef INLINE
#include "int8_arm.h"

static inline __attribute__((always_inline)) ints dot(ints sum, bytes w, bytes x, const bool is_signed) {
    (void)is_signed;
    int8x16_t a = (int8x16_t)w, b = (int8x16_t)x;
    int32x4_t low = vpaddlq_s16(vmull_s8(vget_low_s8(a), vget_low_s8(b))), high = vpaddlq_s16(vmull_high_s8(a, b));
    return sum + (ints)vpaddq_s32(low, high);
}

#include "int8.h"
#define DEFINE_NEON(NAME, TYPE) DEFINE_INT8(mill_neon, NAME, TYPE)
MILL_INT8_TYPES(DEFINE_NEON)

#define NEON_ENTRY(NAME, TYPE) [TYPE] = mill_neon_gemm_##NAME,
const mill_kernels mill_neon_kernels = {MILL_VECTOR_ENTRIES, .gemm_int8 = {MILL_INT8_TYPES(NEON_ENTRY)}};

#define DOTPROD_ENTRY(NAME, TYPE) [TYPE] = mill_dotprod_gemm_##NAME,
const mill_kernels mill_dotprod_kernels = {MILL_VECTOR_ENTRIES, .gemm_int8 = {MILL_INT8_TYPES(DOTPROD_ENTRY)}};

#endif
