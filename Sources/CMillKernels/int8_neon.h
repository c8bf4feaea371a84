#pragma once
// 8-bit products of NEON: eight weight rows make a panel, one row per lane of two registers. The file that includes this
// defines `multiply_add(sum, a, b)`, which adds the products of four signed bytes each to each lane, exactly.

#define INLINE static inline __attribute__((always_inline))

typedef struct panel_neon {
    const int8x16_t *q;         // [groups][8][2]: four elements of four rows each
    const float32x4_t *scales;  // [groups][halves][2]
    const float32x4_t *mins;    // [groups][2]
} panel_neon;

// Four rows of 16 bytes to four vectors of one dword of each row, less the bias.
INLINE void transpose_rows(const uint8_t *p, ptrdiff_t stride, uint8x16_t bias, int8x16_t *out, int step) {
    uint32x4_t r[4];
    for (int i = 0; i < 4; i++) r[i] = vreinterpretq_u32_u8(vsubq_u8(vld1q_u8(p + i * stride), bias));
    uint64x2_t a = vreinterpretq_u64_u32(vtrn1q_u32(r[0], r[1])), b = vreinterpretq_u64_u32(vtrn2q_u32(r[0], r[1]));
    uint64x2_t c = vreinterpretq_u64_u32(vtrn1q_u32(r[2], r[3])), d = vreinterpretq_u64_u32(vtrn2q_u32(r[2], r[3]));
    out[0] = vreinterpretq_s8_u64(vtrn1q_u64(a, c));
    out[step] = vreinterpretq_s8_u64(vtrn1q_u64(b, d));
    out[2 * step] = vreinterpretq_s8_u64(vtrn2q_u64(a, c));
    out[3 * step] = vreinterpretq_s8_u64(vtrn2q_u64(b, d));
}

INLINE void unpack_panel(const uint8_t *w, ptrdiff_t stride, size_t rows, size_t k, const mill_packing packing,
                         mill_unpack unpack, int8x16_t *q, float32x4_t *scales, float32x4_t *mins) {
    size_t blocks = k / (size_t)(32 * packing.groups);
    const int halves = packing.has_halves ? 2 : 1;
    const uint8x16_t bias = vdupq_n_u8((uint8_t)packing.bias);
    mill_group parts[8];
    for (size_t b = 0; b < blocks; b++) {
        const uint8_t *block = w + b * (size_t)packing.block_bytes;
        for (int g = 0; g < packing.groups; g++, q += 16, scales += 2 * halves, mins += 2) {
            float row_scales[2][8], row_mins[8];
            for (size_t r = 0; r < 8; r++) {
                // The rows of a panel at the end of the matrix repeat its last one.
                unpack(block + (ptrdiff_t)(r < rows ? r : rows - 1) * stride, g, &parts[r]);
                row_scales[0][r] = parts[r].scale[0];
                if (packing.has_halves) row_scales[1][r] = parts[r].scale[1];
                if (packing.has_min) row_mins[r] = parts[r].min;
            }
            for (int h = 0; h < 2; h++) {
                for (int four = 0; four < 2; four++) {
                    transpose_rows(parts[4 * four].q + 16 * h, sizeof(mill_group), bias, q + 8 * h + four, 2);
                }
            }
            for (int h = 0; h < halves; h++) {
                for (int four = 0; four < 2; four++) scales[2 * h + four] = vld1q_f32(row_scales[h] + 4 * four);
            }
            for (int four = 0; packing.has_min && four < 2; four++) mins[four] = vld1q_f32(row_mins + 4 * four);
        }
    }
}

INLINE void store_rows(float *y, const float32x4_t *v, size_t rows) {
    float values[8];
    vst1q_f32(values, v[0]);
    vst1q_f32(values + 4, v[1]);
    memcpy(y, values, rows * sizeof(float));
}

INLINE int8x16_t load_four(const int8_t *q) {
    int32_t four;
    memcpy(&four, q, sizeof four);
    return vreinterpretq_s8_s32(vdupq_n_s32(four));
}

// A panel times some tokens.
INLINE void multiply_panel(const panel_neon *panel, size_t rows, const mill_activations *x, size_t first, size_t k, float *y,
                           ptrdiff_t y_stride, const int tokens, const mill_packing packing) {
    const size_t groups = k / 32;
    const int8_t *q = x->q + first * k;
    const float *x_scales = x->scales + first * groups;
    const int32_t *sums = x->sums + 2 * first * groups;
    const int halves = packing.has_halves ? 2 : 1, steps = 8 / halves;
    float32x4_t totals[2 * tokens];
    for (int t = 0; t < 2 * tokens; t++) totals[t] = vdupq_n_f32(0);
    for (size_t g = 0; g < groups; g++) {
#pragma clang loop unroll(full)
        for (int h = 0; h < halves; h++) {
            int32x4_t integers[2 * tokens];
            for (int t = 0; t < 2 * tokens; t++) integers[t] = vdupq_n_s32(0);
#pragma clang loop unroll(full)
            for (int s = 0; s < steps; s++) {
                const int8x16_t *weights = panel->q + 16 * g + (size_t)(2 * (h * steps + s));
#pragma clang loop unroll(full)
                for (int t = 0; t < tokens; t++) {
                    int8x16_t four = load_four(q + (size_t)t * k + 32 * g + (size_t)(4 * (h * steps + s)));
                    integers[2 * t] = multiply_add(integers[2 * t], weights[0], four);
                    integers[2 * t + 1] = multiply_add(integers[2 * t + 1], weights[1], four);
                }
            }
            const float32x4_t *scale = panel->scales + 2 * ((size_t)halves * g + (size_t)h);
#pragma clang loop unroll(full)
            for (int t = 0; t < 2 * tokens; t++) {
                float32x4_t factor = vmulq_n_f32(scale[t & 1], x_scales[(size_t)(t >> 1) * groups + g]);
                totals[t] = vfmaq_f32(totals[t], vcvtq_f32_s32(integers[t]), factor);
            }
        }
        if (!packing.has_min) continue;
#pragma clang loop unroll(full)
        for (int t = 0; t < 2 * tokens; t++) {
            size_t group = (size_t)(t >> 1) * groups + g;
            float weighted = x_scales[group] * (float)(sums[2 * group] + sums[2 * group + 1]);
            totals[t] = vfmaq_n_f32(totals[t], panel->mins[2 * g + (size_t)(t & 1)], weighted);
        }
    }
    for (int t = 0; t < tokens; t++) store_rows(y + t * y_stride, totals + 2 * t, rows);
}

INLINE void gemm_int8(const uint8_t *w, ptrdiff_t w_stride, size_t rows, const mill_activations *x, size_t first, size_t tokens,
                      size_t k, float *y, ptrdiff_t y_stride, const mill_packing packing, mill_unpack unpack) {
    const size_t groups = k / 32, halves = packing.has_halves ? 2 : 1;
    for (size_t row = 0; row < rows; row += 8, w += 8 * w_stride, y += 8) {
        size_t count = rows - row < 8 ? rows - row : 8;
        int8x16_t *memory = mill_scratch(MILL_SCRATCH_KERNEL, groups * 2 * (8 + halves + 1) * sizeof(int8x16_t));
        if (!memory) {
            // Nothing can be computed; the result must not look like one.
            const float32x4_t nothing[2] = {vdupq_n_f32(NAN), vdupq_n_f32(NAN)};
            for (size_t t = 0; t < tokens; t++) store_rows(y + (ptrdiff_t)t * y_stride, nothing, count);
            continue;
        }
        float32x4_t *scales = (float32x4_t *)(memory + 16 * groups), *mins = scales + 2 * halves * groups;
        unpack_panel(w, w_stride, count, k, packing, unpack, memory, scales, mins);
        panel_neon panel = {memory, scales, mins};
        size_t t = 0;
        for (; t + 4 <= tokens; t += 4) {
            multiply_panel(&panel, count, x, first + t, k, y + (ptrdiff_t)t * y_stride, y_stride, 4, packing);
        }
        for (; t < tokens; t++) {
            multiply_panel(&panel, count, x, first + t, k, y + (ptrdiff_t)t * y_stride, y_stride, 1, packing);
        }
    }
}

// PREFIX_gemm_NAME.
#define DEFINE_INT8(PREFIX, NAME)                                                                                      \
    void PREFIX##_gemm_##NAME(const void *w, ptrdiff_t w_stride, size_t rows, const mill_activations *x, size_t first, \
                              size_t tokens, size_t k, float *y, ptrdiff_t y_stride) {                                 \
        gemm_int8(w, w_stride, rows, x, first, tokens, k, y, y_stride, packing_##NAME, unpack_##NAME);                 \
    }
