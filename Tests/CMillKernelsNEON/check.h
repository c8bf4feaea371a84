#pragma once
// What the comparisons share: random numbers, and the count of checks.

#include "CMillKernels.h"

/// Prints a line when a check fails.
void check(bool passed, const char *what, mill_isa isa, const char *detail);
extern int checks, failures;
extern const char *const isa_names[MILL_ISA_COUNT], *const type_names[MILL_DTYPE_COUNT];

/// The same numbers again.
void restart_random(void);
uint32_t random_bits(void);
/// Of -limit...limit.
float random_float(float limit);
/// The caller frees them.
float *random_floats(size_t count, float limit);

/// The squared error over the squared reference.
double nmse(const float *x, const float *reference, size_t count);

/// y = x W^T with one type of weights (products.c).
void compare_products(mill_pool *pool, mill_isa isa, mill_dtype type, bool int8);
