#pragma once
// Sixteen floats at a time, in the compiler's vector types: one register of AVX-512, two of AVX2, four of NEON.
// Included inside the file of one instruction set, after its target attributes have been set.

#include "kernels.h"

#include <string.h>

// Every function that takes or returns these vectors is inlined, so how they would be passed does not matter.
#pragma clang diagnostic ignored "-Wpsabi"

#define INLINE static inline __attribute__((always_inline))

typedef float v16 __attribute__((vector_size(64)));
typedef int32_t i16 __attribute__((vector_size(64)));
typedef uint32_t u16 __attribute__((vector_size(64)));
typedef float v8 __attribute__((vector_size(32)));
typedef float v4 __attribute__((vector_size(16)));
typedef _Float16 half16 __attribute__((vector_size(32)));
typedef uint16_t short16 __attribute__((vector_size(32)));
typedef uint8_t byte16 __attribute__((vector_size(16)));
typedef int8_t sbyte16 __attribute__((vector_size(16)));

INLINE v16 fma16(v16 a, v16 b, v16 c) { return __builtin_elementwise_fma(a, b, c); }
INLINE v16 splat16(float x) { return x - (v16){0}; }
INLINE i16 bits16(v16 x) { return (i16)x; }
INLINE v16 select16(i16 mask, v16 a, v16 b) { return (v16)((mask & (i16)a) | (~mask & (i16)b)); }

INLINE v16 load16(const void *p) {
    v16 v;
    memcpy(&v, p, sizeof v);
    return v;
}
INLINE void store16(float *p, v16 v) { memcpy(p, &v, sizeof v); }

// The first `count` of 16; the others read as zero, and are not written.
#ifdef MILL_MASKED
INLINE v16 load_part16(const void *p, size_t count) {
    return (v16)_mm512_maskz_loadu_ps((__mmask16)((1u << count) - 1), p);
}
INLINE void store_part16(float *p, v16 v, size_t count) {
    _mm512_mask_storeu_ps(p, (__mmask16)((1u << count) - 1), (__m512)v);
}
#else
INLINE v16 load_part16(const void *p, size_t count) {
    v16 v = {0};
    memcpy(&v, p, count * sizeof(float));
    return v;
}
INLINE void store_part16(float *p, v16 v, size_t count) { memcpy(p, &v, count * sizeof(float)); }
#endif

// The greater of both, or b where a is NaN.
#if defined(MILL_MASKED)
INLINE v16 greatest16(v16 a, v16 b) { return (v16)_mm512_max_ps((__m512)a, (__m512)b); }
#else
INLINE v16 greatest16(v16 a, v16 b) { return __builtin_elementwise_max(a, b); }
#endif

INLINE v16 convert_half16(half16 h) { return __builtin_convertvector(h, v16); }
INLINE v16 convert_brain16(short16 h) { return (v16)(__builtin_convertvector(h, u16) << 16); }

INLINE float sum8(v8 v) {
    v4 a = __builtin_shufflevector(v, v, 0, 1, 2, 3) + __builtin_shufflevector(v, v, 4, 5, 6, 7);
    v4 b = a + __builtin_shufflevector(a, a, 2, 3, 0, 1);
    return b[0] + b[1];
}

// The partial sums in the fixed order: i and i + 8, i and i + 4, i and i + 2, then the last two.
INLINE float sum16(v16 v) {
    v8 low = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7);
    v8 high = __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
    return sum8(low + high);
}

// sum16 of sixteen vectors at once.
INLINE v16 sum16x16(const v16 *v) {
    v16 a[8], b[4], c[2];
    for (int i = 0; i < 8; i++) {
        a[i] = __builtin_shufflevector(v[2 * i], v[2 * i + 1], 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23) +
               __builtin_shufflevector(v[2 * i], v[2 * i + 1], 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
    }
    for (int i = 0; i < 4; i++) {
        b[i] = __builtin_shufflevector(a[2 * i], a[2 * i + 1], 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27) +
               __builtin_shufflevector(a[2 * i], a[2 * i + 1], 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
    }
    for (int i = 0; i < 2; i++) {
        c[i] = __builtin_shufflevector(b[2 * i], b[2 * i + 1], 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29) +
               __builtin_shufflevector(b[2 * i], b[2 * i + 1], 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
    }
    v16 d = __builtin_shufflevector(c[0], c[1], 0, 2, 16, 18, 4, 6, 20, 22, 8, 10, 24, 26, 12, 14, 28, 30) +
            __builtin_shufflevector(c[0], c[1], 1, 3, 17, 19, 5, 7, 21, 23, 9, 11, 25, 27, 13, 15, 29, 31);
    return __builtin_shufflevector(d, d, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
}
