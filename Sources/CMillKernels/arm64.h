#pragma once
// The 8-bit products that the ARM64 tables name, and the tables.

#include "kernels.h"
#include "unpack.h"

#define MILL_DECLARE_INT8(PREFIX, NAME)                                                                                \
    bool mill_##PREFIX##_gemm_##NAME(const void *panels, size_t rows, size_t k, const mill_activations *x, float *y,   \
                                     ptrdiff_t y_stride);
#define MILL_DECLARE_NEON_INT8(NAME, TYPE)                                                                             \
    MILL_DECLARE_INT8(neon, NAME) MILL_DECLARE_INT8(dotprod, NAME) MILL_DECLARE_INT8(i8mm, NAME)
MILL_INT8_TYPES(MILL_DECLARE_NEON_INT8)

extern const mill_kernels mill_neon_kernels, mill_dotprod_kernels, mill_i8mm_kernels;
