#pragma once
// The 8-bit products that the ARM64 tables name, and the tables.

#include "kernels.h"
#include "unpack.h"

#define MILL_DECLARE_NEON_INT8(NAME, TYPE)                                                                             \
    void mill_neon_gemm_##NAME(const void *w, ptrdiff_t w_stride, size_t rows, const mill_activations *x,              \
                               size_t first, size_t tokens, size_t k, float *y, ptrdiff_t y_stride);                   \
    void mill_dotprod_gemm_##NAME(const void *w, ptrdiff_t w_stride, size_t rows, const mill_activations *x,           \
                                  size_t first, size_t tokens, size_t k, float *y, ptrdiff_t y_stride);
MILL_INT8_TYPES(MILL_DECLARE_NEON_INT8)

extern const mill_kernels mill_neon_kernels, mill_dotprod_kernels;
