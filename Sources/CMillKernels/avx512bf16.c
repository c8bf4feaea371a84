// BF16 products with AVX-512.
//
// Pair p of a row (elements 2 p and 2 p + 1) goes to partial sum p mod 16, in ascending order; the 16 partial sums are added
// as a tree, and the bias after that. The last 32 elements of a row are filled up with zeros.

#if defined(__x86_64__)

#include <immintrin.h>

#define MILL_MASKED

#include "bf16.h"
#include "scratch.h"

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma,f16c"))), apply_to = function)

#include "vector.h"

#include "bf16_x86.h"

enum {
    ROWS = 4,     // of a tile, and as many tokens
    GROUP = 32,   // weight rows that all tokens meet before the next ones are read
};

// Bytes of a row of k elements in BF16, filled up to whole registers.
static size_t row_bytes(size_t k) { return (k + 31) / 32 * 64; }

static size_t rounded_bytes(size_t n, size_t k) { return n * row_bytes(k); }

static void round_tokens(const mill_linear_job *job, size_t first, size_t tokens, void *rounded) {
    for (size_t t = first; t < first + tokens; t++) {
        const float *x = job->x + (ptrdiff_t)t * job->x_stride;
        uint8_t *to = (uint8_t *)rounded + t * row_bytes(job->k);
        for (size_t i = 0; i < job->k; i += 32) _mm512_store_si512(to + 2 * i, round32(x + i, job->k - i));
    }
}

// The sums of `rows` by `tokens` rows of `bytes` bytes.
INLINE void tile(const uint8_t *w, const uint8_t *x, size_t bytes, float *y, ptrdiff_t y_stride, const int rows,
                 const int tokens) {
    v16 sums[ROWS * ROWS];
#pragma clang loop unroll(full)
    for (int i = 0; i < ROWS * ROWS; i++) sums[i] = (v16){0};
    for (size_t i = 0; i < bytes; i += 64) {
        __m512bh weights[ROWS];
#pragma clang loop unroll(full)
        for (int r = 0; r < rows; r++) weights[r] = (__m512bh)_mm512_load_si512(w + (size_t)r * bytes + i);
#pragma clang loop unroll(full)
        for (int t = 0; t < tokens; t++) {
            __m512bh activations = (__m512bh)_mm512_load_si512(x + (size_t)t * bytes + i);
#pragma clang loop unroll(full)
            for (int r = 0; r < rows; r++) {
                sums[ROWS * t + r] = (v16)_mm512_dpbf16_ps((__m512)sums[ROWS * t + r], weights[r], activations);
            }
        }
    }
    v16 results = sum16x16(sums);
    for (int t = 0; t < tokens; t++) memcpy(y + t * y_stride, (const float *)&results + ROWS * t, sizeof(float) * (size_t)rows);
}

INLINE void tiles(const uint8_t *w, size_t rows, const uint8_t *x, size_t bytes, float *y, ptrdiff_t y_stride, const int tokens) {
    size_t r = 0;
    for (; r + ROWS <= rows; r += ROWS) tile(w + r * bytes, x, bytes, y + r, y_stride, ROWS, tokens);
    for (; r < rows; r++) tile(w + r * bytes, x, bytes, y + r, y_stride, 1, tokens);
}

static bool multiply(const mill_linear_job *job, const mill_matrix *matrix, const void *rounded, size_t row, size_t rows) {
    const size_t n = job->n, k = job->k, bytes = row_bytes(k);
    uint8_t *w = mill_scratch(MILL_SCRATCH_KERNEL, GROUP * bytes);
    if (!w) return false;
    for (size_t end = row + rows; row < end; row += GROUP) {
        size_t count = end - row < GROUP ? end - row : GROUP;
        for (size_t r = 0; r < count; r++) {
            const uint8_t *from = (const uint8_t *)matrix->rows + (ptrdiff_t)(row + r) * matrix->row_stride;
            uint8_t *to = w + r * bytes;
            if (matrix->type == MILL_F16) {
                for (size_t i = 0; i < k; i += 32) _mm512_store_si512(to + 2 * i, weights32(from + 2 * i, k - i, MILL_F16));
            } else {
                for (size_t i = 0; i < k; i += 32) _mm512_store_si512(to + 2 * i, weights32(from + 2 * i, k - i, MILL_BF16));
            }
        }
        const uint8_t *x = rounded;
        float *y = matrix->y + row;
        size_t t = 0;
        const ptrdiff_t stride = matrix->y_stride;
        for (; t + ROWS <= n; t += ROWS) tiles(w, count, x + t * bytes, bytes, y + (ptrdiff_t)t * stride, stride, ROWS);
        for (; t < n; t++) tiles(w, count, x + t * bytes, bytes, y + (ptrdiff_t)t * stride, stride, 1);
        if (!matrix->bias) continue;
        for (t = 0; t < n; t++) {
            float *to = y + (ptrdiff_t)t * matrix->y_stride;
            for (size_t r = 0; r < count; r++) to[r] += matrix->bias[row + r];
        }
    }
    return true;
}

const mill_bf16 mill_avx512_bf16 = {rounded_bytes, round_tokens, GROUP, false, multiply};

#pragma clang attribute pop

#endif
