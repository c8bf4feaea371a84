#pragma once
// What int8.h needs, in NEON; `dot` comes from the file that includes this.

#define VECTOR_BYTES 16
#define WEIGHTS_BIASED false
#define TILE_TOKENS 8
#include "int8_vectors.h"

#define INLINE static inline __attribute__((always_inline))

INLINE bytes gather_rows(const uint8_t *p, ptrdiff_t stride) {
    (void)stride;
    return (bytes)vld1q_u8(p);
}
INLINE ints zip_low32(ints a, ints b) { return (ints)vzip1q_s32((int32x4_t)a, (int32x4_t)b); }
INLINE ints zip_high32(ints a, ints b) { return (ints)vzip2q_s32((int32x4_t)a, (int32x4_t)b); }
INLINE ints zip_low64(ints a, ints b) { return (ints)vzip1q_s64((int64x2_t)a, (int64x2_t)b); }
INLINE ints zip_high64(ints a, ints b) { return (ints)vzip2q_s64((int64x2_t)a, (int64x2_t)b); }
INLINE bytes broadcast16(const void *p) { return (bytes)vld1q_u8(p); }
INLINE bytes lookup16(const uint8_t *table, bytes i) { return (bytes)vqtbl1q_u8(vld1q_u8(table), (uint8x16_t)i); }

#undef INLINE
