#pragma once
// y = x W^T with F32 activations: tiles of weight rows by tokens, sixteen elements of both at a time.
// The file that includes this sets TILE_ROWS and TILE_TOKENS to what its registers hold.

#include "vector.h"

typedef v16 (*load_weights)(const uint8_t *row, size_t i);
typedef v16 (*load_weights_part)(const uint8_t *row, size_t i, size_t count);

INLINE v16 weights_f32(const uint8_t *row, size_t i) { return load16(row + 4 * i); }
INLINE v16 weights_f32_part(const uint8_t *row, size_t i, size_t count) {
    return load_part16(row + 4 * i, count);
}
INLINE v16 weights_f16(const uint8_t *row, size_t i) {
    half16 h;
    memcpy(&h, row + 2 * i, sizeof h);
    return convert_half16(h);
}
INLINE v16 weights_f16_part(const uint8_t *row, size_t i, size_t count) {
    half16 h = {0};
    memcpy(&h, row + 2 * i, 2 * count);
    return convert_half16(h);
}
INLINE v16 weights_bf16(const uint8_t *row, size_t i) {
    short16 h;
    memcpy(&h, row + 2 * i, sizeof h);
    return convert_brain16(h);
}
INLINE v16 weights_bf16_part(const uint8_t *row, size_t i, size_t count) {
    short16 h = {0};
    memcpy(&h, row + 2 * i, 2 * count);
    return convert_brain16(h);
}

// One tile. The sums of an element never depend on the tile's size.
INLINE void tile_f32(const uint8_t *w, ptrdiff_t w_stride, const float *x, ptrdiff_t x_stride, size_t k, float *y,
                     ptrdiff_t y_stride, const int rows, const int tokens, load_weights load, load_weights_part load_part) {
    v16 sums[rows * tokens];
#pragma clang loop unroll(full)
    for (int i = 0; i < rows * tokens; i++) sums[i] = (v16){0};
    size_t i = 0;
    for (; i + 16 <= k; i += 16) {
        v16 weights[rows];
#pragma clang loop unroll(full)
        for (int r = 0; r < rows; r++) weights[r] = load(w + r * w_stride, i);
#pragma clang loop unroll(full)
        for (int t = 0; t < tokens; t++) {
            v16 activations = load16(x + t * x_stride + i);
#pragma clang loop unroll(full)
            for (int r = 0; r < rows; r++) sums[t * rows + r] = fma16(weights[r], activations, sums[t * rows + r]);
        }
    }
    if (i < k) {
        for (int t = 0; t < tokens; t++) {
            v16 activations = load_part16(x + t * x_stride + i, k - i);
            for (int r = 0; r < rows; r++) {
                sums[t * rows + r] = fma16(load_part(w + r * w_stride, i, k - i), activations, sums[t * rows + r]);
            }
        }
    }
    if (rows * tokens == 16) {
        v16 results = sum16x16(sums);
#pragma clang loop unroll(full)
        for (int t = 0; t < tokens; t++) memcpy(y + t * y_stride, (const float *)&results + t * rows, sizeof(float) * (size_t)rows);
        return;
    }
#pragma clang loop unroll(full)
    for (int t = 0; t < tokens; t++) {
#pragma clang loop unroll(full)
        for (int r = 0; r < rows; r++) y[t * y_stride + r] = sum16(sums[t * rows + r]);
    }
}

INLINE void gemm_tiles(const uint8_t *w, ptrdiff_t w_stride, size_t rows, const float *x, ptrdiff_t x_stride, size_t tokens,
                       size_t k, float *y, ptrdiff_t y_stride, load_weights load, load_weights_part part) {
    size_t t = 0;
    for (; t + TILE_TOKENS <= tokens; t += TILE_TOKENS, x += TILE_TOKENS * x_stride, y += TILE_TOKENS * y_stride) {
        size_t r = 0;
        for (; r + TILE_ROWS <= rows; r += TILE_ROWS) {
            tile_f32(w + (ptrdiff_t)r * w_stride, w_stride, x, x_stride, k, y + r, y_stride, TILE_ROWS, TILE_TOKENS, load, part);
        }
        for (; r < rows; r++) {
            tile_f32(w + (ptrdiff_t)r * w_stride, w_stride, x, x_stride, k, y + r, y_stride, 1, TILE_TOKENS, load, part);
        }
    }
    for (; t < tokens; t++, x += x_stride, y += y_stride) {
        size_t r = 0;
        for (; r + TILE_ROWS <= rows; r += TILE_ROWS) {
            tile_f32(w + (ptrdiff_t)r * w_stride, w_stride, x, x_stride, k, y + r, y_stride, TILE_ROWS, 1, load, part);
        }
        for (; r < rows; r++) tile_f32(w + (ptrdiff_t)r * w_stride, w_stride, x, x_stride, k, y + r, y_stride, 1, 1, load, part);
    }
}

#define DEFINE_GEMM(TYPE)                                                                                              \
    static void gemm_##TYPE(const void *w, ptrdiff_t w_stride, size_t rows, const float *x, ptrdiff_t x_stride,        \
                            size_t tokens, size_t k, float *y, ptrdiff_t y_stride) {                                   \
        gemm_tiles(w, w_stride, rows, x, x_stride, tokens, k, y, y_stride, weights_##TYPE, weights_##TYPE##_part);     \
    }
DEFINE_GEMM(f32)
DEFINE_GEMM(f16)
DEFINE_GEMM(bf16)
#undef DEFINE_GEMM
