// The reference for matrix products: plain loops in the documented order of summation.

#include <math.h>

#include "float16.h"
#include "scalar.h"
#include "scratch.h"

#pragma STDC FP_CONTRACT OFF

typedef float (*load_element)(const uint8_t *row, size_t i);

static inline float load_f32(const uint8_t *row, size_t i) {
    float f;
    memcpy(&f, row + 4 * i, sizeof f);
    return f;
}
static inline float load_f16(const uint8_t *row, size_t i) { return mill_f16_to_f32(mill_load_u16(row + 2 * i)); }
static inline float load_bf16(const uint8_t *row, size_t i) { return mill_bf16_to_f32(mill_load_u16(row + 2 * i)); }

float mill_tree_sum(float lanes[16]) {
    for (int half = 8; half; half /= 2) {
        for (int i = 0; i < half; i++) lanes[i] += lanes[i + half];
    }
    return lanes[0];
}

static inline __attribute__((always_inline)) float dot(
    const uint8_t *w, const float *x, size_t k, load_element load
) {
    float lanes[16] = {0};
    size_t i = 0;
    for (; i + 16 <= k; i += 16) {
        for (int j = 0; j < 16; j++) lanes[j] += load(w, i + (size_t)j) * x[i + (size_t)j];
    }
    for (; i < k; i++) lanes[i & 15] += load(w, i) * x[i];
    return mill_tree_sum(lanes);
}

#define DEFINE_GEMM(NAME, LOAD)                                                                                        \
    void NAME(const void *w, ptrdiff_t w_stride, size_t rows, const float *x, ptrdiff_t x_stride, size_t tokens,       \
              size_t k, float *y, ptrdiff_t y_stride) {                                                                \
        for (size_t t = 0; t < tokens; t++) {                                                                          \
            for (size_t r = 0; r < rows; r++) {                                                                        \
                const uint8_t *row = (const uint8_t *)w + (ptrdiff_t)r * w_stride;                                     \
                y[(ptrdiff_t)t * y_stride + (ptrdiff_t)r] = dot(row, x + (ptrdiff_t)t * x_stride, k, LOAD);            \
            }                                                                                                          \
        }                                                                                                              \
    }
DEFINE_GEMM(mill_scalar_gemm_f32, load_f32)
DEFINE_GEMM(mill_scalar_gemm_f16, load_f16)
DEFINE_GEMM(mill_scalar_gemm_bf16, load_bf16)

static inline __attribute__((always_inline)) float dot_int8(
    const uint8_t *row, const mill_activations *x, size_t token, const mill_packing packing, mill_unpack unpack
) {
    float total = 0;
    mill_group part;
    for (size_t g = 0; g < x->groups; g++) {
        unpack(row + g / (size_t)packing.groups * (size_t)packing.block_bytes, (int)(g % (size_t)packing.groups), &part);
        size_t at = mill_activation_block(x, token, g);
        const int8_t *q = x->q + 32 * at;
        const int32_t *sums = x->sums + 2 * at;
        float scale = x->scales[at];
        int32_t halves[2] = {0, 0};
        for (int i = 0; i < 32; i++) halves[i >> 4] += ((int32_t)part.q[i] - packing.bias) * q[i];
        if (packing.has_halves) {
            for (int h = 0; h < 2; h++) total += (float)halves[h] * (part.scale[h] * scale);
        } else {
            total += (float)(halves[0] + halves[1]) * (part.scale[0] * scale);
        }
        if (packing.has_min && packing.has_halves) {
            for (int h = 0; h < 2; h++) total += part.min[h] * (scale * (float)sums[h]);
        } else if (packing.has_min) {
            total += part.min[0] * (scale * (float)(sums[0] + sums[1]));
        }
    }
    return total;
}

#define DEFINE_GEMM_INT8(NAME, TYPE)                                                                                   \
    bool mill_scalar_gemm_##NAME(const void *panels, size_t rows, size_t k, const mill_activations *x, float *y,       \
                                 ptrdiff_t y_stride) {                                                                 \
        uint8_t *row = mill_scratch(                                                                                   \
            MILL_SCRATCH_KERNEL, k / (size_t)mill_block_size(TYPE) * (size_t)mill_block_bytes(TYPE));                  \
        if (!row) return false;                                                                                        \
        for (size_t r = 0; r < rows; r++) {                                                                            \
            mill_unpack_row(TYPE, panels, r, k, row);                                                                  \
            for (size_t t = 0; t < x->tokens; t++) {                                                                   \
                y[(ptrdiff_t)t * y_stride + (ptrdiff_t)r] = dot_int8(row, x, t, packing_##NAME, unpack_##NAME);        \
            }                                                                                                          \
        }                                                                                                              \
        return true;                                                                                                   \
    }
MILL_INT8_TYPES(DEFINE_GEMM_INT8)
