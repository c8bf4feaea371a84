// The reference for what attention needs besides softmax.

#include "float16.h"
#include "scalar.h"

#include <math.h>

#pragma STDC FP_CONTRACT OFF

static float element(mill_row_form form, const uint8_t *from, ptrdiff_t stride, size_t row, size_t column) {
    const uint8_t *p = from + (ptrdiff_t)row * stride;
    const uint8_t *turned = from + row / 32 * 544, *block = p + column / 32 * 34;
    switch (form) {
    case MILL_ROWS_F32: {
        float value;
        memcpy(&value, p + 4 * column, sizeof value);
        return value;
    }
    case MILL_ROWS_F16: return mill_f16_to_f32(mill_load_u16(p + 2 * column));
    case MILL_ROWS_BF16: return mill_bf16_to_f32(mill_load_u16(p + 2 * column));
    case MILL_ROWS_Q8_0: return (float)(int8_t)block[2 + column % 32] * mill_f16_to_f32(mill_load_u16(block));
    case MILL_ROWS_Q8_TURNED:
        return (float)(int8_t)turned[32 + 16 * (row % 32) + column] * mill_f16_to_f32(mill_load_u16(turned + 2 * column));
    }
    return 0;
}

static void expand(mill_row_form form, const void *from, ptrdiff_t stride, size_t rows, size_t columns, void *to,
                   size_t group_bytes) {
    for (size_t g = 0; 16 * g < columns; g++) {
        float *group = (float *)(void *)((uint8_t *)to + g * group_bytes);
        for (size_t i = 0; i < rows; i++) {
            for (size_t j = 0; j < 16; j++) {
                group[16 * i + j] = 16 * g + j < columns ? element(form, from, stride, i, 16 * g + j) : 0;
            }
        }
    }
}

static void multiply(const void *arranged, ptrdiff_t a_stride, size_t rows, mill_row_form form, const void *b,
                     size_t group_bytes, size_t groups, size_t first, size_t depth, float *out, ptrdiff_t out_stride) {
    (void)form;
    const float *a = (const float *)arranged + first;
    for (size_t r = 0; r < rows; r++, a += a_stride, out += out_stride) {
        for (size_t g = 0; g < groups; g++) {
            const float *group = (const float *)(const void *)((const uint8_t *)b + g * group_bytes);
            float sums[16] = {0};
            if (first) memcpy(sums, out + 16 * g, sizeof sums);
            for (size_t i = 0; i < depth; i++) {
                for (size_t j = 0; j < 16; j++) sums[j] += a[i] * group[16 * i + j];
            }
            memcpy(out + 16 * g, sums, sizeof sums);
        }
    }
}

const mill_attention_kernels mill_scalar_attention = {.expand = expand, .multiply = multiply};

void mill_scalar_turn(const float *from, ptrdiff_t stride, size_t rows, size_t d, float *to) {
    for (size_t i = 0; i < d; i++) {
        for (size_t j = 0; j < 16; j++) to[16 * i + j] = j < rows ? from[(ptrdiff_t)j * stride + (ptrdiff_t)i] : 0;
    }
}

void mill_scalar_scaled(const float *x, float factor, float *y, size_t count) {
    for (size_t i = 0; i < count; i++) {
        float value = x[i] * factor + 0.0f;
        y[i] = isnan(value) ? NAN : value;
    }
}

void mill_scalar_combine(const float *x, float add, float *y, float keep, size_t count) {
    for (size_t i = 0; i < count; i++) y[i] = y[i] * keep + x[i] * add;
}

static void narrow_q8(const float *x, size_t k, uint8_t *out) {
    for (size_t b = 0; b < k / 32; b++, x += 32, out += 34) {
        float magnitude = 0;
        for (int i = 0; i < 32; i++) magnitude = isnan(x[i]) || isnan(magnitude) ? NAN : fmaxf(magnitude, fabsf(x[i]));
        uint16_t scale = mill_f32_to_f16(magnitude / 127.0f);
        memcpy(out, &scale, sizeof scale);
        float step = mill_f16_to_f32(scale), inverse = step > 0 && step < INFINITY ? 1.0f / step : 0;
        for (int i = 0; i < 32; i++) {
            float value = inverse == 0 ? 0 : fmaxf(-127, fminf(127, rintf(x[i] * inverse)));
            out[2 + i] = (uint8_t)(int8_t)value;
        }
    }
}

void mill_scalar_narrow(const float *x, mill_dtype type, size_t k, void *out) {
    if (type == MILL_F32) memcpy(out, x, k * sizeof(float));
    if (type == MILL_Q8_0) narrow_q8(x, k, out);
    if (type != MILL_F16 && type != MILL_BF16) return;
    for (size_t i = 0; i < k; i++) {
        uint16_t bits = type == MILL_F16 ? mill_f32_to_f16(x[i]) : mill_f32_to_bf16(x[i]);
        memcpy((uint8_t *)out + 2 * i, &bits, sizeof bits);
    }
}
