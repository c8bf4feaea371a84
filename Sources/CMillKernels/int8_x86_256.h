#pragma once
// What int8.h needs, in 256 bits; `multiply_add(sum, unsigned, signed)` comes from the file that includes this.
//
// AVX2 can add two products in 16 bits only where the unsigned byte is at most 128; so weights are signed, and their sign
// is moved to the activations.

#define VECTOR_BYTES 32
#define WEIGHTS_BIASED false
#define TILE_TOKENS 4
#include "int8_vectors.h"

#define INLINE static inline __attribute__((always_inline))

INLINE bytes gather_rows(const uint8_t *p, ptrdiff_t stride) {
    return (bytes)_mm256_set_m128i(
        _mm_loadu_si128((const __m128i *)(const void *)(p + 4 * stride)), _mm_loadu_si128((const __m128i *)(const void *)p));
}
INLINE ints zip_low32(ints a, ints b) { return (ints)_mm256_unpacklo_epi32((__m256i)a, (__m256i)b); }
INLINE ints zip_high32(ints a, ints b) { return (ints)_mm256_unpackhi_epi32((__m256i)a, (__m256i)b); }
INLINE ints zip_low64(ints a, ints b) { return (ints)_mm256_unpacklo_epi64((__m256i)a, (__m256i)b); }
INLINE ints zip_high64(ints a, ints b) { return (ints)_mm256_unpackhi_epi64((__m256i)a, (__m256i)b); }
INLINE bytes broadcast16(const void *p) { return (bytes)_mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)p)); }
INLINE bytes lookup16(const uint8_t *table, bytes i) {
    return (bytes)_mm256_shuffle_epi8((__m256i)broadcast16(table), (__m256i)i);
}
INLINE ints dot(ints sum, bytes w, bytes x, const bool is_signed) {
    __m256i weights = (__m256i)w, activations = (__m256i)x;
    if (!is_signed) return (ints)multiply_add((__m256i)sum, weights, activations);
    return (ints)multiply_add((__m256i)sum, _mm256_sign_epi8(weights, weights), _mm256_sign_epi8(activations, weights));
}

#undef INLINE
#include "int8.h"
