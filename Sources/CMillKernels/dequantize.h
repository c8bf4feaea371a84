#pragma once
#include "CMillKernels.h"

/// The scalar definition of each type; what every faster path is compared with.
void mill_dequantize_reference(mill_dtype type, const void *row, float *out, size_t k);

/// The six-bit scale and minimum of a group of 32 in Q4_K and Q5_K.
void mill_k_scale_min(const uint8_t *scales, int group, int *scale, int *min);
