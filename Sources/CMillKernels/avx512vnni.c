// 8-bit products with AVX-512 VNNI.

#if defined(__x86_64__)

#include <immintrin.h>

#define MILL_X86_VECTOR

#include <math.h>

#include "scratch.h"
#include "x86.h"

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c"))), apply_to = function)

#define INLINE static inline __attribute__((always_inline))
#include "int8_512.h"

typedef void (*token_function)(const uint8_t *w, ptrdiff_t stride, const int8_t *q, const float *scales, const int32_t *sums,
                               size_t k, float *y);

// Panels that are full and met by few tokens go through `one_token`, which reads them in place.
INLINE void in_place(const uint8_t *w, ptrdiff_t w_stride, size_t rows, const mill_activations *x, size_t first, size_t tokens,
                     size_t k, float *y, ptrdiff_t y_stride, const mill_packing packing, mill_unpack unpack,
                     token_function one_token) {
    size_t row = 0;
    for (; tokens < 4 && row + 16 <= rows; row += 16) {
        for (size_t t = 0; t < tokens; t++) {
            size_t token = first + t;
            one_token(
                w + (ptrdiff_t)row * w_stride, w_stride, x->q + token * k, x->scales + token * (k / 32),
                x->sums + token * (k / 16), k, y + (ptrdiff_t)t * y_stride + row);
        }
    }
    gemm_int8(w + (ptrdiff_t)row * w_stride, w_stride, rows - row, x, first, tokens, k, y + row, y_stride, packing, unpack);
}

#define DEFINE_GEMM(NAME, BODY)                                                                                        \
    void mill_avx512vnni_gemm_##NAME(const void *w, ptrdiff_t w_stride, size_t rows, const mill_activations *x,        \
                                     size_t first, size_t tokens, size_t k, float *y, ptrdiff_t y_stride) {            \
        BODY;                                                                                                          \
    }
#define IN_PLACE(NAME)                                                                                                 \
    DEFINE_GEMM(NAME, in_place(w, w_stride, rows, x, first, tokens, k, y, y_stride, packing_##NAME, unpack_##NAME, gemv_##NAME))
#define BY_PANEL(NAME)                                                                                                 \
    DEFINE_GEMM(NAME, gemm_int8(w, w_stride, rows, x, first, tokens, k, y, y_stride, packing_##NAME, unpack_##NAME))

IN_PLACE(q8_0)
IN_PLACE(q4_0)
BY_PANEL(q4_1)
BY_PANEL(q5_0)
BY_PANEL(q5_1)
BY_PANEL(q3_k)
BY_PANEL(q4_k)
BY_PANEL(q5_k)
BY_PANEL(q6_k)
BY_PANEL(iq4_nl)
BY_PANEL(iq4_xs)

#pragma clang attribute pop

#endif
