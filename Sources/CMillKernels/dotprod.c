// 8-bit products with ARM64's dot product instructions.

#if defined(__aarch64__)

#include <arm_neon.h>
#include <math.h>

#include "arm64.h"
#include "scratch.h"

#pragma clang attribute push(__attribute__((target("dotprod"))), apply_to = function)

#include "int8_dotprod.h"

#include "int8.h"
#define DEFINE_DOTPROD(NAME, TYPE) DEFINE_INT8(mill_dotprod, NAME, TYPE)
MILL_INT8_TYPES(DEFINE_DOTPROD)

#pragma clang attribute pop

#endif
