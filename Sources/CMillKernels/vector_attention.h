#pragma once
// What attention needs besides softmax: matrices expanded in groups of 16 columns, their products, and rows narrowed to the
// types of a cache. The file that includes this sets ATTENTION_ROWS by ATTENTION_GROUPS, the tile of a product that its
// registers hold, and ATTENTION_SINGLE, the groups for a single row.

#include "vector.h"

#include <math.h>

INLINE v16 splat_half16(const uint8_t *p) {
    uint16_t h;
    memcpy(&h, p, sizeof h);
    return convert_half16((half16)(short16){h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h});
}

INLINE v16 bytes16(const uint8_t *p) {
    sbyte16 bytes;
    memcpy(&bytes, p, sizeof bytes);
    return __builtin_convertvector(__builtin_convertvector(bytes, i16), v16);
}

// Up to 16 elements of a row, from column 16 * group on. For MILL_ROWS_Q8_TURNED, `scales` are those of the columns.
INLINE v16 row_part16(const mill_row_form form, const uint8_t *row, size_t group, size_t count, v16 scales) {
    short16 shorts = {0};
    (void)scales;
    switch (form) {
    case MILL_ROWS_F32: return count == 16 ? load16(row + 64 * group) : load_part16(row + 64 * group, count);
    case MILL_ROWS_F16:
    case MILL_ROWS_BF16:
        if (count == 16) {
            memcpy(&shorts, row + 32 * group, sizeof shorts);
        } else {
            memcpy(&shorts, row + 32 * group, 2 * count);
        }
        return form == MILL_ROWS_F16 ? convert_half16((half16)shorts) : convert_brain16(shorts);
    case MILL_ROWS_Q8_0:
        break;  // two groups at a time, in expand_blocks_q8
#ifdef MILL_SPLIT
    case MILL_ROWS_Q8_TURNED: return bytes16(row);
#else
    case MILL_ROWS_Q8_TURNED: return bytes16(row) * scales;
#endif
    }
    return (v16){0};
}

#ifdef MILL_SPLIT
INLINE bool is_single(const mill_row_form form) { return form >= MILL_ROWS_BF16; }

// The upper halves, even below odd; in a way that the compiler does not take for a shuffle, which would be slower.
INLINE v16 upper_halves(u16 even, u16 odd) {
    u16 shifted = even >> 16;
    __asm__("" : "+v"(shifted));
    return (v16)_mm512_mask_blend_epi16(0xaaaaaaaa, (__m512i)shifted, (__m512i)odd);
}

// Two rows of a block of 32 as pairs of BF16: what is left when the lower half of an F32 is cut off, and the rest rounded.
// An element of BF16 has no rest, nor have the bytes of a key of Q8_0, and a value of Q8_0 has none that counts beside its own
// error (a key's would be seen in the exponent).
INLINE void put_rows(const mill_row_form form, uint8_t *block, size_t i, v16 even, v16 odd) {
    float *to = (float *)(void *)(block + 32 * i);
    if (form == MILL_ROWS_BF16 || form == MILL_ROWS_Q8_TURNED) {
        store16(to, upper_halves((u16)even, (u16)odd));
    } else if (form == MILL_ROWS_Q8_0) {
        store16(to, upper_halves((u16)even + 0x8000u, (u16)odd + 0x8000u));
    } else {
        v16 even_high = (v16)((u16)even & 0xffff0000u), odd_high = (v16)((u16)odd & 0xffff0000u);
        // What F16 leaves is exact.
        const uint32_t half = form == MILL_ROWS_F32 ? 0x8000u : 0;
        store16(to, upper_halves((u16)even, (u16)odd));
        store16(to + 256, upper_halves((u16)(even - even_high) + half, (u16)(odd - odd_high) + half));
    }
}
#else
INLINE void put_rows(const mill_row_form form, uint8_t *block, size_t i, v16 even, v16 odd) {
    (void)form;
    store16((float *)(void *)(block + 64 * i), even);
    store16((float *)(void *)(block + 64 * i + 64), odd);
}
#endif

// Up to 32 rows of one group.
INLINE void expand_block(const mill_row_form form, const uint8_t *from, ptrdiff_t stride, size_t rows, size_t group, size_t count,
                         v16 scales, uint8_t *to) {
    size_t i = 0;
    for (; i + 2 <= rows; i += 2, from += 2 * stride) {
        put_rows(form, to, i, row_part16(form, from, group, count, scales), row_part16(form, from + stride, group, count, scales));
    }
    if (i < rows) {
        put_rows(form, to, i, row_part16(form, from, group, count, scales), (v16){0});
        i += 2;
    }
#ifdef MILL_SPLIT
    for (; i < 32; i += 2) put_rows(form, to, i, (v16){0}, (v16){0});
#endif
}

// The same for the two groups of Q8_0's blocks.
INLINE void expand_blocks_q8(const uint8_t *from, ptrdiff_t stride, size_t rows, uint8_t *to, size_t group_bytes) {
    for (size_t i = 0; i < rows; i += 2, from += 2 * stride) {
        v16 scale = splat_half16(from), next_scale = {0}, low = bytes16(from + 2) * scale, high = bytes16(from + 18) * scale;
        v16 next_low = {0}, next_high = {0};
        if (i + 1 < rows) {
            next_scale = splat_half16(from + stride);
            next_low = bytes16(from + stride + 2) * next_scale;
            next_high = bytes16(from + stride + 18) * next_scale;
        }
        put_rows(MILL_ROWS_Q8_0, to, i, low, next_low);
        put_rows(MILL_ROWS_Q8_0, to + group_bytes, i, high, next_high);
    }
#ifdef MILL_SPLIT
    for (size_t i = (rows + 1) / 2 * 2; i < 32; i += 2) {
        put_rows(MILL_ROWS_Q8_0, to, i, (v16){0}, (v16){0});
        put_rows(MILL_ROWS_Q8_0, to + group_bytes, i, (v16){0}, (v16){0});
    }
#endif
}

INLINE void expand_form(const mill_row_form form, const uint8_t *from, ptrdiff_t stride, size_t rows, size_t columns, uint8_t *to,
                        size_t group_bytes) {
    size_t full = columns / 16, rest = columns % 16;
    for (size_t i = 0; i < rows; i += 32, to += 2048) {
        size_t some = rows - i < 32 ? rows - i : 32;
        const uint8_t *block = from + (ptrdiff_t)i * stride;
        if (form == MILL_ROWS_Q8_0) {
            for (size_t g = 0; g < full; g += 2) {
                expand_blocks_q8(block + 17 * g, stride, some, to + g * group_bytes, group_bytes);
            }
            continue;
        }
        v16 scales = {0};
        if (form == MILL_ROWS_Q8_TURNED) {
            half16 halves;
            memcpy(&halves, from + i * 17, sizeof halves);
            scales = convert_half16(halves);
            block = from + i * 17 + 32;
#ifdef MILL_SPLIT
            // Whole numbers; the products are multiplied by the scales, which stand where a second part would.
            store16((float *)(void *)(to + 1024), scales);
#endif
        }
        ptrdiff_t next = form == MILL_ROWS_Q8_TURNED ? 16 : stride;
        for (size_t g = 0; g < full; g++) expand_block(form, block, next, some, g, 16, scales, to + g * group_bytes);
        if (rest) expand_block(form, block, next, some, full, rest, scales, to + full * group_bytes);
    }
}

static void expand(mill_row_form form, const void *from, ptrdiff_t stride, size_t rows, size_t columns, void *to,
                   size_t group_bytes) {
    switch (form) {
    case MILL_ROWS_F32: expand_form(MILL_ROWS_F32, from, stride, rows, columns, to, group_bytes); break;
    case MILL_ROWS_F16: expand_form(MILL_ROWS_F16, from, stride, rows, columns, to, group_bytes); break;
    case MILL_ROWS_BF16: expand_form(MILL_ROWS_BF16, from, stride, rows, columns, to, group_bytes); break;
    case MILL_ROWS_Q8_0: expand_form(MILL_ROWS_Q8_0, from, stride, rows, columns, to, group_bytes); break;
    case MILL_ROWS_Q8_TURNED: expand_form(MILL_ROWS_Q8_TURNED, from, stride, rows, columns, to, group_bytes); break;
    }
}

#ifndef MILL_SPLIT
INLINE void multiply_tile(const float *a, ptrdiff_t a_stride, const uint8_t *b, size_t group_bytes, size_t depth, float *out,
                          ptrdiff_t out_stride, const bool adds, const int rows, const int groups) {
    v16 sums[rows * groups];
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) {
#pragma clang loop unroll(full)
        for (int g = 0; g < groups; g++) sums[r * groups + g] = adds ? load16(out + r * out_stride + 16 * g) : (v16){0};
    }
    for (size_t i = 0; i < depth; i++) {
        v16 columns[groups];
#pragma clang loop unroll(full)
        for (int g = 0; g < groups; g++) columns[g] = load16(b + (size_t)g * group_bytes + 64 * i);
#pragma clang loop unroll(full)
        for (int r = 0; r < rows; r++) {
            v16 x = splat16(a[r * a_stride + (ptrdiff_t)i]);
#pragma clang loop unroll(full)
            for (int g = 0; g < groups; g++) sums[r * groups + g] = fma16(x, columns[g], sums[r * groups + g]);
        }
    }
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) {
#pragma clang loop unroll(full)
        for (int g = 0; g < groups; g++) store16(out + r * out_stride + 16 * g, sums[r * groups + g]);
    }
}

INLINE void multiply_rows(const float *a, ptrdiff_t a_stride, const uint8_t *b, size_t group_bytes, size_t groups, size_t depth,
                          float *out, ptrdiff_t out_stride, const bool adds, const int rows, const int at_once) {
    size_t g = 0;
    for (; g + (size_t)at_once <= groups; g += (size_t)at_once) {
        multiply_tile(a, a_stride, b + g * group_bytes, group_bytes, depth, out + 16 * g, out_stride, adds, rows, at_once);
    }
    for (; g < groups; g++) {
        multiply_tile(a, a_stride, b + g * group_bytes, group_bytes, depth, out + 16 * g, out_stride, adds, rows, 1);
    }
}

static void multiply_groups(const void *arranged, ptrdiff_t a_stride, size_t rows, mill_row_form form, const void *b,
                            size_t group_bytes, size_t groups, size_t first, size_t depth, float *out, ptrdiff_t out_stride) {
    (void)form;
    const float *a = (const float *)arranged + first;
    size_t r = 0;
    for (; r + ATTENTION_ROWS <= rows; r += ATTENTION_ROWS) {
        multiply_rows(
            a + (ptrdiff_t)r * a_stride, a_stride, b, group_bytes, groups, depth, out + (ptrdiff_t)r * out_stride, out_stride,
            first > 0, ATTENTION_ROWS, ATTENTION_GROUPS);
    }
    for (; r < rows; r++) {
        multiply_rows(
            a + (ptrdiff_t)r * a_stride, a_stride, b, group_bytes, groups, depth, out + (ptrdiff_t)r * out_stride, out_stride,
            first > 0, 1, ATTENTION_SINGLE);
    }
}

static const mill_attention_kernels vector_attention = {.expand = expand, .multiply = multiply_groups};

static void turn(const float *from, ptrdiff_t stride, size_t rows, size_t d, float *to) {
    for (size_t i = 0; i < d; i += 16) {
        size_t count = d - i < 16 ? d - i : 16;
        v16 a[16], b[16];
        for (size_t j = 0; j < 16; j++) {
            const float *row = from + (ptrdiff_t)j * stride + i;
            a[j] = j >= rows ? (v16){0} : count == 16 ? load16(row) : load_part16(row, count);
        }
        // Four perfect shuffles turn 16 by 16.
#pragma clang loop unroll(full)
        for (int step = 0; step < 4; step++) {
            v16 *x = step % 2 ? b : a, *y = step % 2 ? a : b;
#pragma clang loop unroll(full)
            for (int j = 0; j < 8; j++) {
                y[2 * j] = __builtin_shufflevector(x[j], x[j + 8], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
                y[2 * j + 1] =
                    __builtin_shufflevector(x[j], x[j + 8], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
            }
        }
        for (size_t j = 0; j < count; j++) store16(to + 16 * (i + j), a[j]);
    }
}

INLINE v16 scaled16(v16 x, float factor) {
    v16 y = fma16(x, splat16(factor), (v16){0});
    return select16(y == y, y, splat16(NAN));
}

static void scaled(const float *x, float factor, float *y, size_t count) {
    size_t i = 0;
    for (; i + 16 <= count; i += 16) store16(y + i, scaled16(load16(x + i), factor));
    if (i < count) store_part16(y + i, scaled16(load_part16(x + i, count - i), factor), count - i);
}

static void combine(const float *x, float add, float *y, float keep, size_t count) {
    size_t i = 0;
    for (; i + 16 <= count; i += 16) store16(y + i, fma16(load16(y + i), splat16(keep), load16(x + i) * add));
    if (i < count) {
        v16 sum = fma16(load_part16(y + i, count - i), splat16(keep), load_part16(x + i, count - i) * add);
        store_part16(y + i, sum, count - i);
    }
}

INLINE short16 narrow_half16(v16 x) { return (short16)__builtin_convertvector(x, half16); }
INLINE short16 narrow_brain16(v16 x) {
    u16 bits = (u16)x;
    u16 rounded = (bits + 0x7fffu + (bits >> 16 & 1u)) >> 16, quiet = bits >> 16 | 0x40u;
    u16 is_nan = (u16)(x != x);
    return __builtin_convertvector((rounded & ~is_nan) | (quiet & is_nan), short16);
}

static void narrow_q8(const float *x, size_t k, uint8_t *out) {
    for (size_t b = 0; b < k / 32; b++, x += 32, out += 34) {
        v16 low = load16(x), high = load16(x + 16);
        // The bits of magnitudes are ordered like the magnitudes, with infinity and NaN at the top.
        u16 low_bits = (u16)low & 0x7fffffff, high_bits = (u16)high & 0x7fffffff;
        uint32_t bits = __builtin_reduce_max(__builtin_elementwise_max(low_bits, high_bits));
        float magnitude;
        memcpy(&magnitude, &bits, sizeof magnitude);
        _Float16 scale = (_Float16)(bits > 0x7f800000 ? NAN : magnitude / 127.0f);
        memcpy(out, &scale, sizeof scale);
        float inverse = (float)scale > 0 && (float)scale < INFINITY ? 1.0f / (float)scale : 0;
        if (inverse == 0) {
            memset(out + 2, 0, 32);
            continue;
        }
        const v16 most = splat16(127.0f);
        low = __builtin_elementwise_max(__builtin_elementwise_min(__builtin_elementwise_rint(low * inverse), most), -most);
        high = __builtin_elementwise_max(__builtin_elementwise_min(__builtin_elementwise_rint(high * inverse), most), -most);
        sbyte16 first = __builtin_convertvector(__builtin_convertvector(low, i16), sbyte16);
        sbyte16 second = __builtin_convertvector(__builtin_convertvector(high, i16), sbyte16);
        memcpy(out + 2, &first, 16);
        memcpy(out + 18, &second, 16);
    }
}

static void narrow(const float *x, mill_dtype type, size_t k, void *out) {
    if (type == MILL_Q8_0) {
        narrow_q8(x, k, out);
        return;
    }
    size_t i = 0;
    for (; i + 16 <= k; i += 16) {
        v16 values = load16(x + i);
        short16 shorts = type == MILL_F16 ? narrow_half16(values) : narrow_brain16(values);
        if (type == MILL_F32) {
            store16((float *)out + i, values);
        } else {
            memcpy((uint8_t *)out + 2 * i, &shorts, sizeof shorts);
        }
    }
    if (i == k) return;
    v16 values = load_part16(x + i, k - i);
    short16 shorts = type == MILL_F16 ? narrow_half16(values) : narrow_brain16(values);
    if (type == MILL_F32) {
        store_part16((float *)out + i, values, k - i);
    } else {
        memcpy((uint8_t *)out + 2 * i, &shorts, 2 * (k - i));
    }
}
#endif
