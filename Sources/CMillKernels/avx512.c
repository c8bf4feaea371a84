// AVX-512: F, BW, DQ and VL for F32 arithmetic, with or without VNNI for 8-bit products; the same again for processors
// that also have BF16 products or AMX.

#if defined(__x86_64__)

#include <immintrin.h>

#define MILL_X86_VECTOR
#define MILL_MASKED

#include "scratch.h"
#include "unpack.h"
#include "x86.h"

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c"))), apply_to = function)

#define TILE_ROWS 4
#define TILE_TOKENS 4
#define ATTENTION_ROWS 4
#define ATTENTION_GROUPS 4
#define ATTENTION_SINGLE 8
#include "vector_gemm.h"
#include "vector_rows.h"
#include "vector_attention.h"
#include "vector_table.h"

#pragma clang attribute pop

#define AVX2_ENTRY(NAME, TYPE) [TYPE] = mill_avx2_gemm_##NAME,
const mill_kernels mill_avx512_kernels = {MILL_VECTOR_ENTRIES, .gemm_int8 = {MILL_INT8_TYPES(AVX2_ENTRY)}};

#define VNNI_ENTRY(NAME, TYPE) [TYPE] = mill_avx512vnni_gemm_##NAME,
const mill_kernels mill_avx512vnni_kernels = {MILL_VECTOR_ENTRIES, .gemm_int8 = {MILL_INT8_TYPES(VNNI_ENTRY)}};
const mill_kernels mill_avx512bf16_kernels = {
    MILL_VECTOR_ENTRIES, .bf16 = &mill_avx512_bf16, .gemm_int8 = {MILL_INT8_TYPES(VNNI_ENTRY)}};

#define AMX_ENTRY(NAME, TYPE) [TYPE] = mill_amx_gemm_##NAME,
const mill_kernels mill_amx_kernels = {
    MILL_VECTOR_ENTRIES, .bf16 = &mill_amx_bf16, .fast_attention = &mill_amx_attention, .gemm_int8 = {MILL_INT8_TYPES(AMX_ENTRY)}};

#endif
