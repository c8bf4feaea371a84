#pragma once
// Scalar conversions between F32 and the two 16-bit formats, and unaligned loads.

#include <stdint.h>
#include <string.h>

static inline uint16_t mill_load_u16(const void *p) {
    uint16_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline uint32_t mill_float_bits(float f) {
    uint32_t u;
    memcpy(&u, &f, sizeof u);
    return u;
}

static inline float mill_bits_float(uint32_t u) {
    float f;
    memcpy(&f, &u, sizeof f);
    return f;
}

static inline float mill_bf16_to_f32(uint16_t h) { return mill_bits_float((uint32_t)h << 16); }

static inline float mill_f16_to_f32(uint16_t h) {
    uint32_t sign = (uint32_t)(h & 0x8000u) << 16;
    uint32_t exponent = (h >> 10) & 0x1f;
    uint32_t fraction = h & 0x3ffu;
    if (exponent == 0x1f) return mill_bits_float(sign | 0x7f800000u | fraction << 13);
    if (exponent) return mill_bits_float(sign | (exponent + 112) << 23 | fraction << 13);
    float magnitude = (float)fraction * 0x1p-24f;
    return mill_bits_float(sign | mill_float_bits(magnitude));
}

/// Rounded to nearest, ties to even.
static inline uint16_t mill_f32_to_f16(float f) {
    uint32_t bits = mill_float_bits(f), magnitude = bits & 0x7fffffffu;
    uint16_t sign = (uint16_t)(bits >> 16 & 0x8000u);
    if (magnitude > 0x7f800000u) return sign | 0x7e00u;
    if (magnitude >= 0x477ff000u) return sign | 0x7c00u;
    if (magnitude < 0x38800000u) {
        // Below the normal range; adding 0.5 rounds to multiples of 2^-24.
        float shifted = mill_bits_float(magnitude) + 0.5f;
        return sign | (uint16_t)(mill_float_bits(shifted) - 0x3f000000u);
    }
    return sign | (uint16_t)((magnitude + 0xfffu + (magnitude >> 13 & 1u) - 0x38000000u) >> 13);
}

/// Rounded to nearest, ties to even.
static inline uint16_t mill_f32_to_bf16(float f) {
    uint32_t bits = mill_float_bits(f);
    if ((bits & 0x7fffffffu) > 0x7f800000u) return (uint16_t)(bits >> 16 | 0x40u);
    return (uint16_t)((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}
