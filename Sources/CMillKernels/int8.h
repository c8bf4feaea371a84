#pragma once
// 8-bit products, written once for vectors of VECTOR_BYTES bytes. As many weight rows as a vector has 32-bit lanes make a
// panel, one row per lane.
//
// For several tokens a panel is unpacked once into vectors of four consecutive elements of every row, and multiplied with
// each token. For few tokens rows are read where they lie: a vector then holds 16 elements of every fourth row. Both give
// the same bits: a group's sum is an exact integer, and groups are added in ascending order.
//
// The file that includes this has defined, on these types:
//   gather_rows(p, stride)      lane L of 16 bytes is 16 bytes of row 4 L, for the rows at p, p + 4 stride, p + 8 stride...
//   zip_low32 ... zip_high64    interleave the lower or upper halves of each 16 bytes
//   broadcast16(p)              16 bytes, repeated
//   lookup16(table, indices)    the table's bytes
//   dot(sum, w, x, is_signed)   adds the products of four weights and four activations to each lane, exactly
// and WEIGHTS_BIASED: whether `dot` takes weights as unsigned bytes with their bias, or as signed ones without.

#include "unpack.h"

#include <math.h>

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

enum { ROWS = VECTOR_BYTES / 4 };

/// The scales of one block of every row.
typedef struct block_scales {
    floats scale[8][2];
    floats min[8];
} block_scales;

/// Prepares a block's scales; loads group `g` of a block as unsigned bytes, vectors 0-3 the first 16 elements of rows
/// 4 L + 0 to 4 L + 3, vectors 4-7 the others.
typedef void (*prepare_block)(const uint8_t *block, ptrdiff_t stride, block_scales *scales);
typedef void (*load_group)(const uint8_t *block, ptrdiff_t stride, int g, bytes *q);

INLINE void transpose_dwords(const bytes *in, bytes *out) {
    ints a = zip_low32((ints)in[0], (ints)in[1]), b = zip_high32((ints)in[0], (ints)in[1]);
    ints c = zip_low32((ints)in[2], (ints)in[3]), d = zip_high32((ints)in[2], (ints)in[3]);
    out[0] = (bytes)zip_low64(a, c);
    out[1] = (bytes)zip_high64(a, c);
    out[2] = (bytes)zip_low64(b, d);
    out[3] = (bytes)zip_high64(b, d);
}

// Partial sums in the arrangement of gather_rows to one sum per row.
INLINE ints add_dwords(const ints *in) {
    ints a = zip_low32(in[0], in[1]) + zip_high32(in[0], in[1]), b = zip_low32(in[2], in[3]) + zip_high32(in[2], in[3]);
    return zip_low64(a, b) + zip_high64(a, b);
}

INLINE floats halves_to_floats(shorts bits) { return __builtin_convertvector((halves)bits, floats); }

// The F16 at p of every row.
INLINE floats gather_halves(const uint8_t *p, ptrdiff_t stride) {
    shorts bits;
    UNROLL
    for (int r = 0; r < ROWS; r++) bits[r] = mill_load_u16(p + r * stride);
    return halves_to_floats(bits);
}

INLINE floats low_halves(ints v) { return halves_to_floats(__builtin_convertvector((uints)v & 0xffff, shorts)); }
INLINE floats high_halves(ints v) { return halves_to_floats(__builtin_convertvector((uints)v >> 16, shorts)); }
INLINE floats byte_of(ints v, int i) { return __builtin_convertvector((ints)((uints)v >> (8 * i) & 0xff), floats); }
INLINE floats signed_byte_of(ints v, int i) { return __builtin_convertvector((v << (24 - 8 * i)) >> 24, floats); }

INLINE void gather_four(const uint8_t *p, ptrdiff_t stride, bytes *out) {
    UNROLL
    for (int i = 0; i < 4; i++) out[i] = gather_rows(p + i * stride, stride);
}

// 16 bytes of every row transposed to four vectors of one dword of every row.
INLINE void gather_dwords(const uint8_t *p, ptrdiff_t stride, ints *out) {
    bytes rows[4], dwords[4];
    gather_four(p, stride, rows);
    transpose_dwords(rows, dwords);
    UNROLL
    for (int i = 0; i < 4; i++) out[i] = (ints)dwords[i];
}

#include "int8_types.h"

typedef struct panel {
    const bytes *q;        // [groups][8]
    const floats *scales;  // [groups][halves]
    const floats *mins;    // [groups]
} panel;

INLINE void store_rows(float *y, floats v, size_t rows) {
    if (rows == ROWS) {
        memcpy(y, &v, sizeof v);
    } else {
        memcpy(y, &v, rows * sizeof(float));
    }
}

INLINE bytes unbiased(bytes q, const mill_packing packing) { return WEIGHTS_BIASED ? q : q - (uint8_t)packing.bias; }

INLINE floats add_group(floats total, ints integers, floats scale, float x_scale) {
    floats factor = scale * x_scale;
    return __builtin_elementwise_fma(__builtin_convertvector(integers, floats), factor, total);
}

INLINE floats add_min(floats total, floats min, float x_scale, const int32_t *sums) {
    floats weighted = (floats){0} + x_scale * (float)(sums[0] + sums[1]);
    return __builtin_elementwise_fma(min, weighted, total);
}

INLINE ints correction(const int32_t *sums, int h, const mill_packing packing) {
    int32_t sum = packing.has_halves ? sums[h] : sums[0] + sums[1];
    return (ints){0} - (WEIGHTS_BIASED ? packing.bias * sum : 0);
}

INLINE void unpack_panel(const uint8_t *w, ptrdiff_t stride, size_t k, const mill_packing packing, prepare_block prepare,
                         load_group load, bytes *q, floats *scales, floats *mins) {
    const int halves = packing.has_halves ? 2 : 1;
    for (size_t b = 0; b < k / (size_t)(32 * packing.groups); b++, w += packing.block_bytes) {
        block_scales block;
        prepare(w, stride, &block);
        UNROLL
        for (int g = 0; g < packing.groups; g++, q += 8) {
            bytes rows[8];
            load(w, stride, g, rows);
            UNROLL
            for (int i = 0; i < 8; i++) rows[i] = unbiased(rows[i], packing);
            transpose_dwords(rows, q);
            transpose_dwords(rows + 4, q + 4);
            for (int h = 0; h < halves; h++) *scales++ = block.scale[g][h];
            if (packing.has_min) *mins++ = block.min[g];
        }
    }
}

// A panel times some tokens.
INLINE void multiply_panel(const panel *panel, size_t rows, const mill_activations *x, size_t first, size_t k, float *y,
                           ptrdiff_t y_stride, const int tokens, const mill_packing packing) {
    const size_t groups = k / 32;
    const int8_t *q = x->q + first * k;
    const float *x_scales = x->scales + first * groups;
    const int32_t *sums = x->sums + 2 * first * groups;
    const int halves = packing.has_halves ? 2 : 1, steps = 8 / halves;
    floats totals[tokens];
    UNROLL
    for (int t = 0; t < tokens; t++) totals[t] = (floats){0};
    for (size_t g = 0; g < groups; g++) {
        UNROLL
        for (int h = 0; h < halves; h++) {
            ints integers[tokens];
            UNROLL
            for (int t = 0; t < tokens; t++) integers[t] = correction(sums + 2 * ((size_t)t * groups + g), h, packing);
            UNROLL
            for (int s = 0; s < steps; s++) {
                bytes weights = panel->q[8 * g + (size_t)(h * steps + s)];
                UNROLL
                for (int t = 0; t < tokens; t++) {
                    int32_t four;
                    memcpy(&four, q + (size_t)t * k + 32 * g + (size_t)(4 * (h * steps + s)), sizeof four);
                    integers[t] = dot(integers[t], weights, (bytes)((ints){0} + four), packing.bias != 0);
                }
            }
            floats scale = panel->scales[(size_t)halves * g + (size_t)h];
            UNROLL
            for (int t = 0; t < tokens; t++) totals[t] = add_group(totals[t], integers[t], scale, x_scales[(size_t)t * groups + g]);
        }
        if (!packing.has_min) continue;
        UNROLL
        for (int t = 0; t < tokens; t++) {
            size_t group = (size_t)t * groups + g;
            totals[t] = add_min(totals[t], panel->mins[g], x_scales[group], sums + 2 * group);
        }
    }
    UNROLL
    for (int t = 0; t < tokens; t++) store_rows(y + t * y_stride, totals[t], rows);
}

// One token times the rows of a full panel where they lie.
INLINE void multiply_in_place(const uint8_t *w, ptrdiff_t stride, const mill_activations *x, size_t token, size_t k, float *y,
                              const mill_packing packing, prepare_block prepare, load_group load) {
    const int8_t *q = x->q + token * k;
    const float *x_scales = x->scales + token * (k / 32);
    const int32_t *sums = x->sums + token * (k / 16);
    floats total = {0};
    // What the next panel needs, if rows lie one after the other as they do in files.
    const char *ahead = (const char *)w + ROWS * stride;
    for (size_t b = 0; b < k / (size_t)(32 * packing.groups); b++, w += packing.block_bytes) {
        UNROLL
        for (int line = 0; line < packing.block_bytes * ROWS; line += 64) __builtin_prefetch(ahead + line, 0, 2);
        ahead += packing.block_bytes * ROWS;
        block_scales block;
        prepare(w, stride, &block);
        UNROLL
        for (int g = 0; g < packing.groups; g++, q += 32, sums += 2, x_scales++) {
            bytes rows[8], low = broadcast16(q), high = broadcast16(q + 16);
            load(w, stride, g, rows);
            ints parts[2][4];
            UNROLL
            for (int i = 0; i < 4; i++) {
                const bool is_signed = packing.bias != 0;
                parts[0][i] = dot((ints){0}, unbiased(rows[i], packing), low, is_signed);
                ints start = packing.has_halves ? (ints){0} : parts[0][i];
                parts[1][i] = dot(start, unbiased(rows[4 + i], packing), high, is_signed);
            }
            if (packing.has_halves) {
                UNROLL
                for (int h = 0; h < 2; h++) {
                    total = add_group(total, add_dwords(parts[h]) + correction(sums, h, packing), block.scale[g][h], *x_scales);
                }
            } else {
                total = add_group(total, add_dwords(parts[1]) + correction(sums, 0, packing), block.scale[g][0], *x_scales);
            }
            if (packing.has_min) total = add_min(total, block.min[g], *x_scales, sums);
        }
    }
    memcpy(y, &total, sizeof total);
}

// Rows at the end that fill no panel, copied to one whose last rows repeat the last of them; NULL when memory is short.
INLINE const uint8_t *fill_panel(const uint8_t *w, ptrdiff_t stride, size_t rows, size_t row_bytes) {
    uint8_t *copy = mill_scratch(MILL_SCRATCH_ROWS, ROWS * row_bytes);
    for (size_t r = 0; copy && r < ROWS; r++) {
        memcpy(copy + r * row_bytes, w + (ptrdiff_t)(r < rows ? r : rows - 1) * stride, row_bytes);
    }
    return copy;
}

INLINE void gemm_int8(const uint8_t *w, ptrdiff_t stride, size_t rows, const mill_activations *x, size_t first, size_t tokens,
                      size_t k, float *y, ptrdiff_t y_stride, const mill_packing packing, prepare_block prepare,
                      load_group load) {
    const size_t groups = k / 32, halves = packing.has_halves ? 2 : 1;
    const size_t row_bytes = k / (size_t)(32 * packing.groups) * (size_t)packing.block_bytes;
    for (size_t row = 0; row < rows; row += ROWS, w += ROWS * stride, y += ROWS) {
        size_t count = rows - row < ROWS ? rows - row : ROWS;
        if (count == ROWS && tokens < 4) {
            for (size_t t = 0; t < tokens; t++) {
                multiply_in_place(w, stride, x, first + t, k, y + (ptrdiff_t)t * y_stride, packing, prepare, load);
            }
            continue;
        }
        const uint8_t *from = count == ROWS ? w : fill_panel(w, stride, count, row_bytes);
        bytes *memory = mill_scratch(MILL_SCRATCH_KERNEL, groups * (8 + halves + 1) * sizeof(bytes));
        if (!memory || !from) {
            // Nothing can be computed; the result must not look like one.
            for (size_t t = 0; t < tokens; t++) store_rows(y + (ptrdiff_t)t * y_stride, (floats){0} + NAN, count);
            continue;
        }
        floats *scales = (floats *)(memory + 8 * groups), *mins = scales + halves * groups;
        unpack_panel(from, count == ROWS ? stride : (ptrdiff_t)row_bytes, k, packing, prepare, load, memory, scales, mins);
        panel panel = {memory, scales, mins};
        size_t t = 0;
        for (; t + TILE_TOKENS <= tokens; t += TILE_TOKENS) {
            multiply_panel(&panel, count, x, first + t, k, y + (ptrdiff_t)t * y_stride, y_stride, TILE_TOKENS, packing);
        }
        for (; t + 3 <= tokens; t += 3) {
            multiply_panel(&panel, count, x, first + t, k, y + (ptrdiff_t)t * y_stride, y_stride, 3, packing);
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
        gemm_int8(w, w_stride, rows, x, first, tokens, k, y, y_stride, packing_##NAME, prepare_##NAME, load_##NAME);   \
    }
