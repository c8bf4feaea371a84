#pragma once
// The reference kernels, also used by other instruction sets for what they do not provide themselves.

#include "kernels.h"

/// Adds 16 partial sums in the fixed order; overwrites them.
float mill_tree_sum(float lanes[16]);

void mill_scalar_gemm_f32(const void *w, ptrdiff_t w_stride, size_t rows, const float *x, ptrdiff_t x_stride,
                          size_t tokens, size_t k, float *y, ptrdiff_t y_stride);
void mill_scalar_gemm_f16(const void *w, ptrdiff_t w_stride, size_t rows, const float *x, ptrdiff_t x_stride,
                          size_t tokens, size_t k, float *y, ptrdiff_t y_stride);
void mill_scalar_gemm_bf16(const void *w, ptrdiff_t w_stride, size_t rows, const float *x, ptrdiff_t x_stride,
                           size_t tokens, size_t k, float *y, ptrdiff_t y_stride);
void mill_scalar_gemm_q8_0(const void *w, ptrdiff_t w_stride, size_t rows, const mill_activations *x, size_t first,
                           size_t tokens, size_t k, float *y, ptrdiff_t y_stride);
void mill_scalar_gemm_q4_0(const void *w, ptrdiff_t w_stride, size_t rows, const mill_activations *x, size_t first,
                           size_t tokens, size_t k, float *y, ptrdiff_t y_stride);
