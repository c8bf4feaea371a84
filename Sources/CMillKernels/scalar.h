#pragma once
// The reference kernels, also used by other instruction sets for what they do not provide themselves.

#include "kernels.h"
#include "unpack.h"

/// Adds 16 partial sums in the fixed order; overwrites them.
float mill_tree_sum(float lanes[16]);

void mill_scalar_gemm_f32(const void *w, ptrdiff_t w_stride, size_t rows, const float *x, ptrdiff_t x_stride,
                          size_t tokens, size_t k, float *y, ptrdiff_t y_stride);
void mill_scalar_gemm_f16(const void *w, ptrdiff_t w_stride, size_t rows, const float *x, ptrdiff_t x_stride,
                          size_t tokens, size_t k, float *y, ptrdiff_t y_stride);
void mill_scalar_gemm_bf16(const void *w, ptrdiff_t w_stride, size_t rows, const float *x, ptrdiff_t x_stride,
                           size_t tokens, size_t k, float *y, ptrdiff_t y_stride);

extern const mill_attention_kernels mill_scalar_attention;
void mill_scalar_turn(const float *from, ptrdiff_t stride, size_t rows, size_t d, float *to);
void mill_scalar_scaled(const float *x, float factor, float *y, size_t count);
void mill_scalar_combine(const float *x, float add, float *y, float keep, size_t count);
void mill_scalar_narrow(const float *x, mill_dtype type, size_t k, void *out);

#define MILL_DECLARE_SCALAR_INT8(NAME, TYPE)                                                                           \
    bool mill_scalar_gemm_##NAME(const void *panels, size_t rows, size_t k, const mill_activations *x, float *y,       \
                                 ptrdiff_t y_stride);
MILL_INT8_TYPES(MILL_DECLARE_SCALAR_INT8)
