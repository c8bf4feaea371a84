#pragma once
// What int8.h needs, in NEON; `dot_steps` and TILE_TOKENS come from the file that includes this.

#define VECTOR_BYTES 16
#define WEIGHTS_BIASED false
#include "int8_vectors.h"

#define INLINE static inline __attribute__((always_inline))

INLINE bytes lookup16(const uint8_t *table, bytes i) { return (bytes)vqtbl1q_u8(vld1q_u8(table), (uint8x16_t)i); }

#undef INLINE
