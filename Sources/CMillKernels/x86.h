#pragma once
// The 8-bit products that the x86 tables share, and the tables.

#include "kernels.h"
#include "unpack.h"

#define MILL_DECLARE_X86_INT8(NAME, TYPE)                                                                              \
    void mill_avx2_gemm_##NAME(const void *w, ptrdiff_t w_stride, size_t rows, const mill_activations *x,              \
                               size_t first, size_t tokens, size_t k, float *y, ptrdiff_t y_stride);                   \
    void mill_avxvnni_gemm_##NAME(const void *w, ptrdiff_t w_stride, size_t rows, const mill_activations *x,           \
                                  size_t first, size_t tokens, size_t k, float *y, ptrdiff_t y_stride);                \
    void mill_avx512vnni_gemm_##NAME(const void *w, ptrdiff_t w_stride, size_t rows, const mill_activations *x,        \
                                     size_t first, size_t tokens, size_t k, float *y, ptrdiff_t y_stride);
MILL_INT8_TYPES(MILL_DECLARE_X86_INT8)

extern const mill_kernels mill_avx2_kernels, mill_avxvnni_kernels, mill_avx512_kernels, mill_avx512vnni_kernels, mill_amx_kernels;
extern const mill_attention_kernels mill_amx_attention;
