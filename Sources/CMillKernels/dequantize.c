// What each block type means: rows of blocks to F32. These formulas are GGML's, operation by operation, because the
// result has to agree bit for bit with every other implementation.

#include "dequantize.h"
#include "float16.h"

#include <string.h>

#pragma STDC FP_CONTRACT OFF

static const int8_t iq4_values[16] = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

static inline float half_at(const uint8_t *p) { return mill_f16_to_f32(mill_load_u16(p)); }

static void f32_row(const uint8_t *in, float *out, size_t k) { memcpy(out, in, k * sizeof(float)); }

static void f16_row(const uint8_t *in, float *out, size_t k) {
    for (size_t i = 0; i < k; i++) out[i] = half_at(in + 2 * i);
}

static void bf16_row(const uint8_t *in, float *out, size_t k) {
    for (size_t i = 0; i < k; i++) out[i] = mill_bf16_to_f32(mill_load_u16(in + 2 * i));
}

static void q8_0_row(const uint8_t *in, float *out, size_t k) {
    for (size_t b = 0; b < k / 32; b++, in += 34, out += 32) {
        float d = half_at(in);
        for (int i = 0; i < 32; i++) out[i] = (float)(int8_t)in[2 + i] * d;
    }
}

static void q4_0_row(const uint8_t *in, float *out, size_t k) {
    for (size_t b = 0; b < k / 32; b++, in += 18, out += 32) {
        float d = half_at(in);
        for (int i = 0; i < 16; i++) {
            out[i] = (float)((in[2 + i] & 15) - 8) * d;
            out[i + 16] = (float)((in[2 + i] >> 4) - 8) * d;
        }
    }
}

static void q4_1_row(const uint8_t *in, float *out, size_t k) {
    for (size_t b = 0; b < k / 32; b++, in += 20, out += 32) {
        float d = half_at(in), m = half_at(in + 2);
        for (int i = 0; i < 16; i++) {
            out[i] = (float)(in[4 + i] & 15) * d + m;
            out[i + 16] = (float)(in[4 + i] >> 4) * d + m;
        }
    }
}

static inline int fifth_bit(const uint8_t *bits, int i) { return (bits[i >> 3] >> (i & 7) & 1) << 4; }

static void q5_0_row(const uint8_t *in, float *out, size_t k) {
    for (size_t b = 0; b < k / 32; b++, in += 22, out += 32) {
        float d = half_at(in);
        for (int i = 0; i < 16; i++) {
            out[i] = (float)(((in[6 + i] & 15) | fifth_bit(in + 2, i)) - 16) * d;
            out[i + 16] = (float)((in[6 + i] >> 4 | fifth_bit(in + 2, i + 16)) - 16) * d;
        }
    }
}

static void q5_1_row(const uint8_t *in, float *out, size_t k) {
    for (size_t b = 0; b < k / 32; b++, in += 24, out += 32) {
        float d = half_at(in), m = half_at(in + 2);
        for (int i = 0; i < 16; i++) {
            out[i] = (float)((in[8 + i] & 15) | fifth_bit(in + 4, i)) * d + m;
            out[i + 16] = (float)(in[8 + i] >> 4 | fifth_bit(in + 4, i + 16)) * d + m;
        }
    }
}

// scales[16], quants[64], d, dmin: 16 groups of 16, two bits each.
static void q2_k_row(const uint8_t *in, float *out, size_t k) {
    for (size_t b = 0; b < k / 256; b++, in += 84, out += 256) {
        float d = half_at(in + 80), dmin = half_at(in + 82);
        for (int group = 0; group < 16; group++) {
            const uint8_t *quants = in + 16 + 32 * (group >> 3) + 16 * (group & 1);
            int shift = 2 * (group >> 1 & 3);
            float scale = d * (float)(in[group] & 15), min = dmin * (float)(in[group] >> 4);
            for (int i = 0; i < 16; i++) out[16 * group + i] = scale * (float)(quants[i] >> shift & 3) - min;
        }
    }
}

// high bits[32], quants[64], scales[12], d: 16 groups of 16, three bits each, scales of six bits.
static void q3_k_row(const uint8_t *in, float *out, size_t k) {
    for (size_t b = 0; b < k / 256; b++, in += 110, out += 256) {
        float d = half_at(in + 108);
        for (int group = 0; group < 16; group++) {
            int low = in[96 + (group & 7)] >> (group < 8 ? 0 : 4) & 15;
            int high = in[104 + (group & 3)] >> (2 * (group >> 2)) & 3;
            float scale = d * (float)((low | high << 4) - 32);
            const uint8_t *quants = in + 32 + 32 * (group >> 3) + 16 * (group & 1);
            const uint8_t *bits = in + 16 * (group & 1);
            int shift = 2 * (group >> 1 & 3), bit = group >> 1;
            for (int i = 0; i < 16; i++) {
                int q = (quants[i] >> shift & 3) - (bits[i] >> bit & 1 ? 0 : 4);
                out[16 * group + i] = scale * (float)q;
            }
        }
    }
}

void mill_k_scale_min(const uint8_t *scales, int group, int *scale, int *min) {
    if (group < 4) {
        *scale = scales[group] & 63;
        *min = scales[group + 4] & 63;
    } else {
        *scale = (scales[group + 4] & 15) | scales[group - 4] >> 6 << 4;
        *min = scales[group + 4] >> 4 | scales[group] >> 6 << 4;
    }
}

// d, dmin, scales[12], quants[128]: 8 groups of 32.
static void q4_k_row(const uint8_t *in, float *out, size_t k) {
    for (size_t b = 0; b < k / 256; b++, in += 144, out += 256) {
        float d = half_at(in), dmin = half_at(in + 2);
        for (int group = 0; group < 8; group++) {
            int s, m;
            mill_k_scale_min(in + 4, group, &s, &m);
            float scale = d * (float)s, min = dmin * (float)m;
            const uint8_t *quants = in + 16 + 32 * (group >> 1);
            for (int i = 0; i < 32; i++) out[32 * group + i] = scale * (float)(quants[i] >> 4 * (group & 1) & 15) - min;
        }
    }
}

// d, dmin, scales[12], high bits[32], quants[128].
static void q5_k_row(const uint8_t *in, float *out, size_t k) {
    for (size_t b = 0; b < k / 256; b++, in += 176, out += 256) {
        float d = half_at(in), dmin = half_at(in + 2);
        for (int group = 0; group < 8; group++) {
            int s, m;
            mill_k_scale_min(in + 4, group, &s, &m);
            float scale = d * (float)s, min = dmin * (float)m;
            const uint8_t *quants = in + 48 + 32 * (group >> 1);
            for (int i = 0; i < 32; i++) {
                int q = (quants[i] >> 4 * (group & 1) & 15) + ((in[16 + i] >> group & 1) << 4);
                out[32 * group + i] = scale * (float)q - min;
            }
        }
    }
}

// low[128], high[64], scales[16], d: 16 groups of 16.
static void q6_k_row(const uint8_t *in, float *out, size_t k) {
    for (size_t b = 0; b < k / 256; b++, in += 210, out += 256) {
        float d = half_at(in + 208);
        for (int i = 0; i < 256; i++) {
            int half = i >> 7, part = i >> 5 & 3, lane = i & 31;
            int low = in[64 * half + 32 * (part & 1) + lane] >> 4 * (part >> 1) & 15;
            int high = in[128 + 32 * half + lane] >> 2 * part & 3;
            float scale = d * (float)(int8_t)in[192 + (i >> 4)];
            out[i] = scale * (float)((low | high << 4) - 32);
        }
    }
}

static void iq4_nl_row(const uint8_t *in, float *out, size_t k) {
    for (size_t b = 0; b < k / 32; b++, in += 18, out += 32) {
        float d = half_at(in);
        for (int i = 0; i < 16; i++) {
            out[i] = d * (float)iq4_values[in[2 + i] & 15];
            out[i + 16] = d * (float)iq4_values[in[2 + i] >> 4];
        }
    }
}

// d, high scale bits (u16), low scale bits[4], quants[128]: 8 groups of 32.
static void iq4_xs_row(const uint8_t *in, float *out, size_t k) {
    for (size_t b = 0; b < k / 256; b++, in += 136, out += 256) {
        float d = half_at(in);
        int high = mill_load_u16(in + 2);
        for (int group = 0; group < 8; group++) {
            int s = (in[4 + (group >> 1)] >> 4 * (group & 1) & 15) | (high >> 2 * group & 3) << 4;
            float scale = d * (float)(s - 32);
            const uint8_t *quants = in + 8 + 16 * group;
            for (int i = 0; i < 16; i++) {
                out[32 * group + i] = scale * (float)iq4_values[quants[i] & 15];
                out[32 * group + i + 16] = scale * (float)iq4_values[quants[i] >> 4];
            }
        }
    }
}

typedef void (*row_function)(const uint8_t *in, float *out, size_t k);

typedef struct type_info {
    int size, bytes;
    row_function row;
} type_info;

static const type_info types[MILL_DTYPE_COUNT] = {
    [MILL_F32] = {1, 4, f32_row},        [MILL_F16] = {1, 2, f16_row},        [MILL_BF16] = {1, 2, bf16_row},
    [MILL_Q8_0] = {32, 34, q8_0_row},    [MILL_Q4_0] = {32, 18, q4_0_row},    [MILL_Q4_1] = {32, 20, q4_1_row},
    [MILL_Q5_0] = {32, 22, q5_0_row},    [MILL_Q5_1] = {32, 24, q5_1_row},    [MILL_Q2_K] = {256, 84, q2_k_row},
    [MILL_Q3_K] = {256, 110, q3_k_row},  [MILL_Q4_K] = {256, 144, q4_k_row},  [MILL_Q5_K] = {256, 176, q5_k_row},
    [MILL_Q6_K] = {256, 210, q6_k_row},  [MILL_IQ4_NL] = {32, 18, iq4_nl_row}, [MILL_IQ4_XS] = {256, 136, iq4_xs_row},
};

int mill_block_size(mill_dtype type) { return types[type].size; }
int mill_block_bytes(mill_dtype type) { return types[type].bytes; }

void mill_dequantize_reference(mill_dtype type, const void *row, float *out, size_t k) { types[type].row(row, out, k); }
