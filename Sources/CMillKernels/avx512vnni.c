// 8-bit products with AVX-512 VNNI.

#if defined(__x86_64__)

#include <immintrin.h>

#define MILL_X86_VECTOR

#include <math.h>

#include "scratch.h"
#include "x86.h"

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c"))), apply_to = function)

#include "int8_x86_512.h"

#include "int8.h"
#define DEFINE_VNNI(NAME, TYPE) DEFINE_INT8(mill_avx512vnni, NAME, TYPE)
MILL_INT8_TYPES(DEFINE_VNNI)

#pragma clang attribute pop

#endif
