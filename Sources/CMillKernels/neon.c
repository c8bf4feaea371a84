// ARM64's base instruction set.

#if defined(__aarch64__)

#include <arm_neon.h>
#include <math.h>

#include "arm64.h"
#include "scratch.h"

#define TILE_ROWS 2
#define TILE_TOKENS 3
#define TILE_QUERIES 2
#include "vector_gemm.h"
#include "vector_rows.h"
#include "vector_table.h"

static inline __attribute__((always_inline)) int32x4_t multiply_add(int32x4_t sum, int8x16_t a, int8x16_t b) {
    int32x4_t low = vpaddlq_s16(vmull_s8(vget_low_s8(a), vget_low_s8(b))), high = vpaddlq_s16(vmull_high_s8(a, b));
    return vaddq_s32(sum, vpaddq_s32(low, high));
}

#undef INLINE
#include "int8_neon.h"
#define DEFINE_NEON(NAME, TYPE) DEFINE_INT8(mill_neon, NAME)
MILL_INT8_TYPES(DEFINE_NEON)

#define NEON_ENTRY(NAME, TYPE) [TYPE] = mill_neon_gemm_##NAME,
const mill_kernels mill_neon_kernels = {MILL_VECTOR_ENTRIES, .gemm_int8 = {MILL_INT8_TYPES(NEON_ENTRY)}};

#define DOTPROD_ENTRY(NAME, TYPE) [TYPE] = mill_dotprod_gemm_##NAME,
const mill_kernels mill_dotprod_kernels = {MILL_VECTOR_ENTRIES, .gemm_int8 = {MILL_INT8_TYPES(DOTPROD_ENTRY)}};

#endif
