// 8-bit products with AVX-VNNI.

#if defined(__x86_64__)

#include <immintrin.h>

#define MILL_X86_VECTOR

#include <math.h>

#include "scratch.h"
#include "x86.h"

#pragma clang attribute push(__attribute__((target("avxvnni,avx2,fma,f16c"))), apply_to = function)

static inline __attribute__((always_inline)) __m256i multiply_add(__m256i sum, __m256i u, __m256i s) {
    return _mm256_dpbusd_avx_epi32(sum, u, s);
}

#include "int8_x86_256.h"
#define DEFINE_AVX_VNNI(NAME, TYPE) DEFINE_INT8(mill_avxvnni, NAME, TYPE)
MILL_INT8_TYPES(DEFINE_AVX_VNNI)

#pragma clang attribute pop

#endif
