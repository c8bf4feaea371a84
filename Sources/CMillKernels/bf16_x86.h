#pragma once
// Reading weights and activations as BF16, 32 of a row at a time. Included after the target attributes have been set.

#include <immintrin.h>

#include "CMillKernels.h"

#ifndef INLINE
#define INLINE static inline __attribute__((always_inline))
#endif

INLINE __m512i bits_of_bf16(__m512bh v) { return (__m512i)v; }

/// 32 activations, or the first `count` of them and zeros.
INLINE __m512i round32(const float *x, size_t count) {
    if (count >= 32) return bits_of_bf16(_mm512_cvtne2ps_pbh(_mm512_loadu_ps(x + 16), _mm512_loadu_ps(x)));
    uint32_t mask = (1u << count) - 1;
    __m512 low = _mm512_maskz_loadu_ps((__mmask16)mask, x), high = _mm512_maskz_loadu_ps((__mmask16)(mask >> 16), x + 16);
    return bits_of_bf16(_mm512_cvtne2ps_pbh(high, low));
}

/// 32 weights of a row, or the first `count` of them and zeros.
INLINE __m512i weights32(const uint8_t *w, size_t count, const mill_dtype type) {
    __m512i raw = count >= 32 ? _mm512_loadu_si512(w) : _mm512_maskz_loadu_epi16((1u << count) - 1, w);
    if (type == MILL_BF16) return raw;
    __m512 low = _mm512_cvtph_ps(_mm512_castsi512_si256(raw)), high = _mm512_cvtph_ps(_mm512_extracti64x4_epi64(raw, 1));
    return bits_of_bf16(_mm512_cvtne2ps_pbh(high, low));
}
