// AVX2 with FMA and F16C.

#if defined(__x86_64__)

#include <immintrin.h>

#define MILL_X86_VECTOR

#include <math.h>

#include "scratch.h"
#include "x86.h"

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)

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

static inline __attribute__((always_inline)) __m256i multiply_add(__m256i sum, __m256i u, __m256i s) {
    return _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_maddubs_epi16(u, s), _mm256_set1_epi16(1)));
}

#include "int8_x86_256.h"
#define DEFINE_AVX2(NAME, TYPE) DEFINE_INT8(mill_avx2, NAME, TYPE)
MILL_INT8_TYPES(DEFINE_AVX2)

#pragma clang attribute pop

#define AVX2_ENTRY(NAME, TYPE) [TYPE] = mill_avx2_gemm_##NAME,
const mill_kernels mill_avx2_kernels = {MILL_VECTOR_ENTRIES, .gemm_int8 = {MILL_INT8_TYPES(AVX2_ENTRY)}};

#define VNNI_ENTRY(NAME, TYPE) [TYPE] = mill_avxvnni_gemm_##NAME,
const mill_kernels mill_avxvnni_kernels = {MILL_VECTOR_ENTRIES, .gemm_int8 = {MILL_INT8_TYPES(VNNI_ENTRY)}};

#endif
