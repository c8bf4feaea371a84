// The reference for matrix products: plain loops in the documented order of summation.

#include "float16.h"
#include "scalar.h"

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

// One block of 32 weights against 32 activations, and the block's scale.
typedef int32_t (*block_dot)(const uint8_t *block, const int8_t *q);

static inline int32_t dot_q8_0(const uint8_t *block, const int8_t *q) {
    int32_t sum = 0;
    for (int i = 0; i < 32; i++) sum += (int32_t)(int8_t)block[2 + i] * q[i];
    return sum;
}

static inline int32_t dot_q4_0(const uint8_t *block, const int8_t *q) {
    int32_t sum = 0;
    for (int i = 0; i < 16; i++) {
        sum += ((block[2 + i] & 15) - 8) * q[i] + ((block[2 + i] >> 4) - 8) * q[i + 16];
    }
    return sum;
}

#define DEFINE_GEMM_INT8(NAME, BYTES, DOT)                                                                             \
    void NAME(const void *w, ptrdiff_t w_stride, size_t rows, const mill_activations *x, size_t first, size_t tokens,  \
              size_t k, float *y, ptrdiff_t y_stride) {                                                                \
        size_t blocks = k / 32;                                                                                        \
        for (size_t t = 0; t < tokens; t++) {                                                                          \
            const int8_t *q = x->q + (first + t) * k;                                                                  \
            const float *scales = x->scales + (first + t) * blocks;                                                    \
            for (size_t r = 0; r < rows; r++) {                                                                        \
                const uint8_t *row = (const uint8_t *)w + (ptrdiff_t)r * w_stride;                                     \
                float sum = 0;                                                                                         \
                for (size_t b = 0; b < blocks; b++) {                                                                  \
                    float scale = mill_f16_to_f32(mill_load_u16(row + b * BYTES)) * scales[b];                         \
                    sum += (float)DOT(row + b * BYTES, q + 32 * b) * scale;                                            \
                }                                                                                                      \
                y[(ptrdiff_t)t * y_stride + (ptrdiff_t)r] = sum;                                                       \
            }                                                                                                          \
        }                                                                                                              \
    }
DEFINE_GEMM_INT8(mill_scalar_gemm_q8_0, 34, dot_q8_0)
DEFINE_GEMM_INT8(mill_scalar_gemm_q4_0, 18, dot_q4_0)
