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

#undef INLINE
