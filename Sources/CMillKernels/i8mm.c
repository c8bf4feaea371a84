// 8-bit products with ARM64's matrix instruction SMMLA: two weight rows by two tokens, eight elements at a time. Few tokens go
// through dot products. The integers of a group are exact and their scaling is the same, so both give the same bits.

#if defined(__aarch64__)

#include <arm_neon.h>
#include <math.h>

#include "arm64.h"
#include "scratch.h"

#pragma clang attribute push(__attribute__((target("i8mm,dotprod"))), apply_to = function)

#include "int8_dotprod.h"

// Two vectors hold eight elements of each of four rows; a stretch keeps those of rows 0 and 1 in one, of rows 2 and 3 in the other.
static inline __attribute__((always_inline)) void pair_rows(bytes *q) {
#pragma clang loop unroll(full)
    for (int i = 0; i < 8; i += 2) {
        const int32x4_t a = (int32x4_t)q[i], b = (int32x4_t)q[i + 1];
        q[i] = (bytes)vzip1q_s32(a, b);
        q[i + 1] = (bytes)vzip2q_s32(a, b);
    }
}

#define PANELS_AT_ONCE 2
#define ARRANGE_STRETCH pair_rows
#define MULTIPLY_ALL

#include "int8.h"

enum { TILE = MILL_TOKEN_TILE, PAIRS = TILE / 2, PAIRS_AT_ONCE = 4 };

// A tile of activations over the groups of a stretch, two tokens to a vector.
typedef struct token_pairs {
    bytes q[STRETCH][PAIRS][4];          // [first token: 8 elements, second token: 8 elements]
    floats scales[STRETCH][PAIRS];       // [first, second, first, second], as all that follows
    floats sums[STRETCH][PAIRS][2];      // scales times the sums of each half, or of the group
} token_pairs;

INLINE floats scaled_sums(floats scales, int32x4_t sums) { return scales * to_floats((ints)sums); }

// Lays out the first `pairs` pairs of the tile whose first block is `at`.
INLINE void pair_tokens(const mill_activations *x, size_t at, size_t groups, size_t pairs, token_pairs *to,
                        const mill_packing packing) {
    const size_t tile = x->tile;
    for (size_t g = 0; g < groups; g++, at += tile) {
        for (size_t p = 0; p < pairs; p++) {
            const size_t block = at + 2 * p;
            const int64_t *q = (const int64_t *)(const void *)(x->q + 32 * block);
            const int64x2_t a[2] = {vld1q_s64(q), vld1q_s64(q + 2)}, b[2] = {vld1q_s64(q + 4), vld1q_s64(q + 6)};
            UNROLL
            for (int i = 0; i < 2; i++) {
                to->q[g][p][2 * i] = (bytes)vzip1q_s64(a[i], b[i]);
                to->q[g][p][2 * i + 1] = (bytes)vzip2q_s64(a[i], b[i]);
            }
            const float32x2_t both = vld1_f32(x->scales + block);
            const floats scales = (floats)vcombine_f32(both, both);
            to->scales[g][p] = scales;
            if (!packing.has_min) continue;
            const int32x4_t sums = vld1q_s32(x->sums + 2 * block), first = vuzp1q_s32(sums, sums), second = vuzp2q_s32(sums, sums);
            to->sums[g][p][0] = scaled_sums(scales, packing.has_halves ? first : vaddq_s32(first, second));
            if (packing.has_halves) to->sums[g][p][1] = scaled_sums(scales, second);
        }
    }
}

INLINE void pair_scales(floats scales, floats *to) {
    to[0] = (floats)vzip1q_f32((float32x4_t)scales, (float32x4_t)scales);
    to[1] = (floats)vzip2q_f32((float32x4_t)scales, (float32x4_t)scales);
}

// One group of a slice times `pairs` pairs of tokens; totals are [pair][rows 0 and 1, rows 2 and 3], each
// [row, first token; row, second token; next row, ...].
INLINE void multiply_pairs(const stretch *from, int slice, size_t g, const token_pairs *x, size_t first, floats totals[][2],
                           const int pairs, const mill_packing packing) {
    const int halves = packing.has_halves ? 2 : 1, steps = 4 / halves;
    const bytes *q = from->q[slice][g];
    UNROLL
    for (int h = 0; h < halves; h++) {
        int32x4_t integers[PAIRS_AT_ONCE][2];
        UNROLL
        for (int p = 0; p < pairs; p++) integers[p][0] = integers[p][1] = vdupq_n_s32(0);
        UNROLL
        for (int s = h * steps; s < (h + 1) * steps; s++) {
            UNROLL
            for (int p = 0; p < pairs; p++) {
                const int8x16_t tokens = (int8x16_t)x->q[g][first + (size_t)p][s];
                integers[p][0] = vmmlaq_s32(integers[p][0], (int8x16_t)q[2 * s], tokens);
                integers[p][1] = vmmlaq_s32(integers[p][1], (int8x16_t)q[2 * s + 1], tokens);
            }
        }
        floats scales[2];
        pair_scales(from->scales[slice][g][h], scales);
        UNROLL
        for (int p = 0; p < pairs; p++) {
            UNROLL
            for (int r = 0; r < 2; r++) {
                floats scale = scales[r] * x->scales[g][first + (size_t)p];
                totals[p][r] = __builtin_elementwise_fma(to_floats((ints)integers[p][r]), scale, totals[p][r]);
            }
        }
    }
    if (!packing.has_min) return;
    UNROLL
    for (int h = 0; h < halves; h++) {
        floats mins[2];
        pair_scales(from->mins[slice][g][h], mins);
        UNROLL
        for (int p = 0; p < pairs; p++) {
            UNROLL
            for (int r = 0; r < 2; r++) {
                totals[p][r] = __builtin_elementwise_fma(mins[r], x->sums[g][first + (size_t)p][h], totals[p][r]);
            }
        }
    }
}

// A slice of a stretch times some pairs, from pair `first` of the tile that begins with token `token`. The last pair of all
// may lack its second token.
INLINE void multiply_slice(const stretch_job *job, size_t panel, int slice, const mill_activations *x, size_t token,
                           const token_pairs *tokens, size_t first, const int pairs, const mill_packing packing) {
    const stretch *from = &job->from[panel];
    const size_t groups = job->groups;
    floats totals[PAIRS_AT_ONCE][2];
    UNROLL
    for (int p = 0; p < pairs; p++) {
        const size_t t = token + 2 * (first + (size_t)p);
        floats a = {0}, b = {0};
        if (job->first_group) {
            a = *sums_at(job, x, panel, t, slice);
            if (t + 1 < x->tokens) b = *sums_at(job, x, panel, t + 1, slice);
        }
        totals[p][0] = (floats)vzip1q_f32((float32x4_t)a, (float32x4_t)b);
        totals[p][1] = (floats)vzip2q_f32((float32x4_t)a, (float32x4_t)b);
    }
    for (size_t g = 0; g < groups; g++) multiply_pairs(from, slice, g, tokens, first, totals, pairs, packing);
    UNROLL
    for (int p = 0; p < pairs; p++) {
        const size_t t = token + 2 * (first + (size_t)p);
        const float32x4_t low = (float32x4_t)totals[p][0], high = (float32x4_t)totals[p][1];
        *sums_at(job, x, panel, t, slice) = (floats)vuzp1q_f32(low, high);
        if (t + 1 < x->tokens) *sums_at(job, x, panel, t + 1, slice) = (floats)vuzp2q_f32(low, high);
    }
}

void multiply_all(const stretch_job *job, const mill_activations *x, const mill_packing packing) {
    token_pairs tokens;
    for (size_t t = 0; t < x->tokens; t += TILE) {
        const size_t left = x->tokens - t, pairs = left < TILE ? (left + 1) / 2 : PAIRS;
        pair_tokens(x, mill_activation_block(x, t, job->first_group), job->groups, pairs, &tokens, packing);
        for (size_t p = 0; p < job->panels; p++) {
            for (int s = 0; s < SLICES; s++) {
                size_t i = 0;
                for (; i + 4 <= pairs; i += 4) multiply_slice(job, p, s, x, t, &tokens, i, 4, packing);
                for (; i + 2 <= pairs; i += 2) multiply_slice(job, p, s, x, t, &tokens, i, 2, packing);
                for (; i < pairs; i++) multiply_slice(job, p, s, x, t, &tokens, i, 1, packing);
            }
        }
    }
}

#define DEFINE_I8MM(NAME, TYPE) DEFINE_INT8_MANY(mill_i8mm, mill_dotprod, MILL_FEW_TOKENS + 1, NAME, TYPE)
MILL_INT8_TYPES(DEFINE_I8MM)

#pragma clang attribute pop

#endif
