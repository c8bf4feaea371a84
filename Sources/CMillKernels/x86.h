#pragma once
// The 8-bit products that the x86 tables share, and the tables.

#include "kernels.h"
#include "unpack.h"

#define MILL_DECLARE_INT8(PREFIX, NAME)                                                                                \
    bool mill_##PREFIX##_gemm_##NAME(const void *panels, size_t rows, size_t k, const mill_activations *x, float *y,   \
                                     ptrdiff_t y_stride);
#define MILL_DECLARE_X86_INT8(NAME, TYPE)                                                                              \
    MILL_DECLARE_INT8(avx2, NAME) MILL_DECLARE_INT8(avxvnni, NAME) MILL_DECLARE_INT8(avx512vnni, NAME)                 \
    MILL_DECLARE_INT8(amx, NAME)
MILL_INT8_TYPES(MILL_DECLARE_X86_INT8)

extern const mill_kernels mill_avx2_kernels, mill_avxvnni_kernels, mill_avx512_kernels, mill_avx512vnni_kernels;
extern const mill_kernels mill_avx512bf16_kernels, mill_amx_kernels;
extern const mill_attention_kernels mill_amx_attention;
