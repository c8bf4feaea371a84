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

INLINE bytes lookup16(const uint8_t *table, bytes i) {
    return (bytes)_mm256_shuffle_epi8(
        _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)table)), (__m256i)i);
}
INLINE ints dot(ints sum, bytes w, bytes x, const bool is_signed) {
    __m256i weights = (__m256i)w, activations = (__m256i)x;
    if (!is_signed) return (ints)multiply_add((__m256i)sum, weights, activations);
    return (ints)multiply_add((__m256i)sum, _mm256_sign_epi8(weights, weights), _mm256_sign_epi8(activations, weights));
}

#undef INLINE
#include "int8.h"
