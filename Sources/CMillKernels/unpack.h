#pragma once
// Quantized types seen in one way: groups of 32 elements, each (q - bias) * scale + min with unsigned bytes q. Types whose
// scales hold for 16 elements have two per group. The loops are plain: each instruction set compiles them for itself.

#include "dequantize.h"
#include "float16.h"

#define UNPACK static inline __attribute__((always_inline))

/// What does not vary within a type; constants wherever the kernels use it.
typedef struct mill_packing {
    int block_bytes;
    int groups;       // of 32 elements, per block
    int bias;
    bool has_min;
    bool has_halves;  // two scales per group, and where there are minima two of these
    int pair_lines;   // the dword of a block where pairs of groups begin that are no more than low and high nibbles; else 0
} mill_packing;

/// One group.
typedef struct mill_group {
    uint8_t q[32];
    float scale[2];
    float min[2];
} mill_group;

/// Unpacks group `group` of the block at `in`.
typedef void (*mill_unpack)(const uint8_t *in, int group, mill_group *out);

UNPACK float unpack_half(const uint8_t *p) {
#if defined(__aarch64__) || defined(MILL_X86_VECTOR)
    _Float16 h;
    memcpy(&h, p, sizeof h);
    return (float)h;
#else
    return mill_f16_to_f32(mill_load_u16(p));
#endif
}

UNPACK void unpack_nibbles(const uint8_t *in, uint8_t *q) {
    for (int i = 0; i < 16; i++) q[i] = in[i] & 15;
    for (int i = 0; i < 16; i++) q[i + 16] = in[i] >> 4;
}

UNPACK void unpack_fifth_bits(const uint8_t *bits, uint8_t *q) {
    uint32_t all;
    memcpy(&all, bits, sizeof all);
    for (int i = 0; i < 32; i++) q[i] |= (uint8_t)((all >> i & 1) << 4);
}

static const mill_packing packing_q8_0 = {34, 1, 128, false, false, 0};
UNPACK void unpack_q8_0(const uint8_t *in, int group, mill_group *out) {
    (void)group;
    for (int i = 0; i < 32; i++) out->q[i] = in[2 + i] ^ 0x80;
    out->scale[0] = unpack_half(in);
}

static const mill_packing packing_q4_0 = {18, 1, 8, false, false, 0};
UNPACK void unpack_q4_0(const uint8_t *in, int group, mill_group *out) {
    (void)group;
    unpack_nibbles(in + 2, out->q);
    out->scale[0] = unpack_half(in);
}

static const mill_packing packing_q4_1 = {20, 1, 0, true, false, 0};
UNPACK void unpack_q4_1(const uint8_t *in, int group, mill_group *out) {
    (void)group;
    unpack_nibbles(in + 4, out->q);
    out->scale[0] = unpack_half(in);
    out->min[0] = unpack_half(in + 2);
}

static const mill_packing packing_q5_0 = {22, 1, 16, false, false, 0};
UNPACK void unpack_q5_0(const uint8_t *in, int group, mill_group *out) {
    (void)group;
    unpack_nibbles(in + 6, out->q);
    unpack_fifth_bits(in + 2, out->q);
    out->scale[0] = unpack_half(in);
}

static const mill_packing packing_q5_1 = {24, 1, 0, true, false, 0};
UNPACK void unpack_q5_1(const uint8_t *in, int group, mill_group *out) {
    (void)group;
    unpack_nibbles(in + 8, out->q);
    unpack_fifth_bits(in + 4, out->q);
    out->scale[0] = unpack_half(in);
    out->min[0] = unpack_half(in + 2);
}

static const mill_packing packing_q2_k = {84, 8, 0, true, true, 0};
UNPACK void unpack_q2_k(const uint8_t *in, int group, mill_group *out) {
    const uint8_t *quants = in + 16 + 32 * (group >> 2);
    int shift = 2 * (group & 3);
    for (int i = 0; i < 32; i++) out->q[i] = quants[i] >> shift & 3;
    for (int h = 0; h < 2; h++) {
        int both = in[2 * group + h];
        out->scale[h] = unpack_half(in + 80) * (float)(both & 15);
        out->min[h] = -(unpack_half(in + 82) * (float)(both >> 4));
    }
}

static const mill_packing packing_q3_k = {110, 8, 4, false, true, 0};
UNPACK void unpack_q3_k(const uint8_t *in, int group, mill_group *out) {
    const uint8_t *quants = in + 32 + 32 * (group >> 2);
    int shift = 2 * (group & 3);
    for (int i = 0; i < 32; i++) {
        out->q[i] = (uint8_t)((quants[i] >> shift & 3) + (in[i] >> group & 1) * 4);
    }
    for (int h = 0; h < 2; h++) {
        int part = 2 * group + h;
        int low = in[96 + (part & 7)] >> (part < 8 ? 0 : 4) & 15, high = in[104 + (part & 3)] >> (2 * (part >> 2)) & 3;
        out->scale[h] = unpack_half(in + 108) * (float)((low | high << 4) - 32);
    }
}

static const mill_packing packing_q4_k = {144, 8, 0, true, false, 4};
UNPACK void unpack_q4_k(const uint8_t *in, int group, mill_group *out) {
    const uint8_t *quants = in + 16 + 32 * (group >> 1);
    int shift = 4 * (group & 1), scale, min;
    for (int i = 0; i < 32; i++) out->q[i] = quants[i] >> shift & 15;
    mill_k_scale_min(in + 4, group, &scale, &min);
    out->scale[0] = unpack_half(in) * (float)scale;
    out->min[0] = -(unpack_half(in + 2) * (float)min);
}

static const mill_packing packing_q5_k = {176, 8, 0, true, false, 0};
UNPACK void unpack_q5_k(const uint8_t *in, int group, mill_group *out) {
    const uint8_t *quants = in + 48 + 32 * (group >> 1);
    int shift = 4 * (group & 1), scale, min;
    for (int i = 0; i < 32; i++) out->q[i] = (uint8_t)((quants[i] >> shift & 15) | (in[16 + i] >> group & 1) << 4);
    mill_k_scale_min(in + 4, group, &scale, &min);
    out->scale[0] = unpack_half(in) * (float)scale;
    out->min[0] = -(unpack_half(in + 2) * (float)min);
}

static const mill_packing packing_q6_k = {210, 8, 32, false, true, 0};
UNPACK void unpack_q6_k(const uint8_t *in, int group, mill_group *out) {
    int part = group & 3;
    const uint8_t *low = in + 64 * (group >> 2) + 32 * (part & 1), *high = in + 128 + 32 * (group >> 2);
    for (int i = 0; i < 32; i++) {
        out->q[i] = (uint8_t)((low[i] >> 4 * (part >> 1) & 15) | (high[i] >> 2 * part & 3) << 4);
    }
    for (int h = 0; h < 2; h++) out->scale[h] = unpack_half(in + 208) * (float)(int8_t)in[192 + 2 * group + h];
}

// The values of IQ4_NL and IQ4_XS, plus 128.
static const uint8_t unpack_iq4_values[16] = {1, 24, 45, 63, 79, 93, 106, 118, 129, 141, 153, 166, 181, 197, 217, 241};

static const mill_packing packing_iq4_nl = {18, 1, 128, false, false, 0};
UNPACK void unpack_iq4_nl(const uint8_t *in, int group, mill_group *out) {
    (void)group;
    for (int i = 0; i < 16; i++) {
        out->q[i] = unpack_iq4_values[in[2 + i] & 15];
        out->q[i + 16] = unpack_iq4_values[in[2 + i] >> 4];
    }
    out->scale[0] = unpack_half(in);
}

static const mill_packing packing_iq4_xs = {136, 8, 128, false, false, 0};
UNPACK void unpack_iq4_xs(const uint8_t *in, int group, mill_group *out) {
    for (int i = 0; i < 16; i++) {
        out->q[i] = unpack_iq4_values[in[8 + 16 * group + i] & 15];
        out->q[i + 16] = unpack_iq4_values[in[8 + 16 * group + i] >> 4];
    }
    int scale = (in[4 + (group >> 1)] >> 4 * (group & 1) & 15) | (mill_load_u16(in + 2) >> 2 * group & 3) << 4;
    out->scale[0] = unpack_half(in) * (float)(scale - 32);
}

/// All types with 8-bit kernels: X(suffix of the functions above, mill_dtype).
#define MILL_INT8_TYPES(X)                                                                                             \
    X(q8_0, MILL_Q8_0) X(q4_0, MILL_Q4_0) X(q4_1, MILL_Q4_1) X(q5_0, MILL_Q5_0) X(q5_1, MILL_Q5_1) X(q2_k, MILL_Q2_K)  \
    X(q3_k, MILL_Q3_K)                                                                                                 \
    X(q4_k, MILL_Q4_K) X(q5_k, MILL_Q5_K) X(q6_k, MILL_Q6_K) X(iq4_nl, MILL_IQ4_NL) X(iq4_xs, MILL_IQ4_XS)
