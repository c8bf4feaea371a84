// 8-bit products with AVX-512 VNNI.

#if defined(__x86_64__)

#include <immintrin.h>

#define MILL_X86_VECTOR

#include <math.h>

#include "scratch.h"
#include "x86.h"

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c"))), apply_to = function)

#define VECTOR_BYTES 64
#define WEIGHTS_BIASED true
#define TILE_TOKENS 8
#include "int8_vectors.h"

#define INLINE static inline __attribute__((always_inline))

INLINE bytes lookup16(const uint8_t *table, bytes i) {
    return (bytes)_mm512_shuffle_epi8(
        _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)table)), (__m512i)i);
}
INLINE ints dot(ints sum, bytes w, bytes x, const bool is_signed) {
    (void)is_signed;
    return (ints)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)w, (__m512i)x);
}

#undef INLINE
#include "int8.h"
#define DEFINE_VNNI(NAME, TYPE) DEFINE_INT8(mill_avx512vnni, NAME, TYPE)
MILL_INT8_TYPES(DEFINE_VNNI)

#pragma clang attribute pop

#endif
