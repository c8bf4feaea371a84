#pragma once
// What int8.h needs, in 512 bits, with VNNI.

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

// One shuffle instead of a shift and a mask; a byte of 0x80 gives zero.
INLINE ints byte_of_dwords(ints v, const int i) {
    const __m512i places = _mm512_set1_epi32((int)(0x80808000u | (unsigned)i));
    const __m512i lanes = _mm512_set4_epi32(12, 8, 4, 0);
    return (ints)_mm512_shuffle_epi8((__m512i)v, _mm512_add_epi32(places, lanes));
}
#define BYTE_OF(v, i) byte_of_dwords(v, i)

#undef INLINE
