// Attention's products with the BF16 tiles of AMX. An F32 is the sum of two BF16 to some 16 bits, and a product of two such
// sums takes three products: what is left out is below 2^-16 of the result.

#if defined(__x86_64__)

#include <immintrin.h>

#define MILL_X86_VECTOR
#define MILL_MASKED
#define MILL_SPLIT

#include "amx_tiles.h"
#include "x86.h"

#pragma clang attribute push( \
    __attribute__((target("amx-tile,amx-bf16,avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c"))), apply_to = function)

#include "vector_attention.h"

// Tiles 0 to 3 are sums: rows by groups, two by two, or one by four; 4 and 5 are pieces of A, 6 and 7 pieces of B.
static void configure(size_t rows, size_t more_rows) {
    mill_tile_shapes tiles = {.palette = 1};
    const size_t others = more_rows ? more_rows : rows, counts[8] = {rows, rows, others, others, rows, others, 16, 16};
    for (int i = 0; i < 8; i++) {
        tiles.rows[i] = (uint8_t)counts[i];
        tiles.row_bytes[i] = 64;
    }
    _tile_loadconfig(&tiles);
}

// The rows of A as pairs of BF16, both rounded: [16 rows of 32 elements, the same of what is left] for each 32 of the depth,
// and that for each 16 rows.
static void arrange(const float *a, ptrdiff_t a_stride, size_t rows, size_t depth, void *to) {
    const __m512i pick = _mm512_set_epi16(
        63, 61, 59, 57, 55, 53, 51, 49, 47, 45, 43, 41, 39, 37, 35, 33, 31, 29, 27, 25, 23, 21, 19, 17, 15, 13, 11, 9, 7, 5, 3, 1);
    size_t steps = (depth + 31) / 32;
    for (size_t r = 0; r < rows; r++, a += a_stride) {
        uint8_t *row = (uint8_t *)to + r / 16 * steps * 2048 + r % 16 * 64;
        for (size_t i = 0; i < depth; i += 32, row += 2048) {
            v16 x = {0}, y = {0};
            if (i + 32 <= depth) {
                x = load16(a + i);
                y = load16(a + i + 16);
            } else {
                x = load_part16(a + i, depth - i < 16 ? depth - i : 16);
                if (i + 16 < depth) y = load_part16(a + i + 16, depth - i - 16);
            }
            u16 x_high = ((u16)x + 0x8000u) & 0xffff0000u, y_high = ((u16)y + 0x8000u) & 0xffff0000u;
            u16 x_rest = (u16)(x - (v16)x_high) + 0x8000u, y_rest = (u16)(y - (v16)y_high) + 0x8000u;
            _mm512_storeu_si512(row, _mm512_permutex2var_epi16((__m512i)x_high, pick, (__m512i)y_high));
            _mm512_storeu_si512(row + 1024, _mm512_permutex2var_epi16((__m512i)x_rest, pick, (__m512i)y_rest));
        }
    }
}

// In each function: upper halves of both, lower of A with upper of B, upper of A with lower of B (unless B has one part), for
// each 32 of the depth.

// Up to 16 rows by up to four groups.
INLINE void few_rows(const uint8_t *a, const uint8_t *b, size_t group_bytes, size_t steps, float *out, size_t out_bytes,
                     const bool adds, const bool single, const int groups) {
    if (adds) {
        _tile_loadd(0, out, out_bytes);
        if (groups > 1) _tile_loadd(1, out + 16, out_bytes);
        if (groups > 2) _tile_loadd(2, out + 32, out_bytes);
        if (groups > 3) _tile_loadd(3, out + 48, out_bytes);
    } else {
        _tile_zero(0);
        if (groups > 1) _tile_zero(1);
        if (groups > 2) _tile_zero(2);
        if (groups > 3) _tile_zero(3);
    }
    for (size_t k = 0; k < steps; k++, a += 2048, b += 2048) {
        _tile_loadd(4, a, 64);
        _tile_loadd(5, a + 1024, 64);
#define TWO_GROUPS(FIRST, SECOND, B)                                                                                   \
    if (groups > FIRST) _tile_loadd(6, (B) + FIRST * group_bytes, 64);                                                 \
    if (groups > SECOND) _tile_loadd(7, (B) + SECOND * group_bytes, 64);                                               \
    if (groups > FIRST) _tile_dpbf16ps(FIRST, 4, 6);                                                                   \
    if (groups > SECOND) _tile_dpbf16ps(SECOND, 4, 7);
#define TWO_GROUPS_LOWER(FIRST, SECOND)                                                                                \
    if (groups > FIRST) _tile_dpbf16ps(FIRST, 5, 6);                                                                   \
    if (groups > SECOND) _tile_dpbf16ps(SECOND, 5, 7);
        TWO_GROUPS(0, 1, b)
        TWO_GROUPS_LOWER(0, 1)
        TWO_GROUPS(2, 3, b)
        TWO_GROUPS_LOWER(2, 3)
        if (single) continue;
        TWO_GROUPS(0, 1, b + 1024)
        TWO_GROUPS(2, 3, b + 1024)
#undef TWO_GROUPS
#undef TWO_GROUPS_LOWER
    }
    _tile_stored(0, out, out_bytes);
    if (groups > 1) _tile_stored(1, out + 16, out_bytes);
    if (groups > 2) _tile_stored(2, out + 32, out_bytes);
    if (groups > 3) _tile_stored(3, out + 48, out_bytes);
}

// 17 to 32 rows by two groups, or one.
INLINE void many_rows(const uint8_t *a, const uint8_t *c, const uint8_t *b, size_t group_bytes, size_t steps, float *out,
                      size_t out_bytes, const bool adds, const bool single, const bool two) {
    float *lower = (float *)(void *)((uint8_t *)out + 16 * out_bytes);
    if (adds) {
        _tile_loadd(0, out, out_bytes);
        _tile_loadd(2, lower, out_bytes);
        if (two) _tile_loadd(1, out + 16, out_bytes);
        if (two) _tile_loadd(3, lower + 16, out_bytes);
    } else {
        _tile_zero(0);
        _tile_zero(2);
        if (two) _tile_zero(1);
        if (two) _tile_zero(3);
    }
    for (size_t k = 0; k < steps; k++, a += 2048, c += 2048, b += 2048) {
        _tile_loadd(6, b, 64);
        if (two) _tile_loadd(7, b + group_bytes, 64);
        _tile_loadd(4, a, 64);
        _tile_dpbf16ps(0, 4, 6);
        if (two) _tile_dpbf16ps(1, 4, 7);
        _tile_loadd(5, c, 64);
        _tile_dpbf16ps(2, 5, 6);
        if (two) _tile_dpbf16ps(3, 5, 7);
        _tile_loadd(4, a + 1024, 64);
        _tile_dpbf16ps(0, 4, 6);
        if (two) _tile_dpbf16ps(1, 4, 7);
        _tile_loadd(5, c + 1024, 64);
        _tile_dpbf16ps(2, 5, 6);
        if (two) _tile_dpbf16ps(3, 5, 7);
        if (single) continue;
        _tile_loadd(6, b + 1024, 64);
        if (two) _tile_loadd(7, b + group_bytes + 1024, 64);
        _tile_loadd(4, a, 64);
        _tile_dpbf16ps(0, 4, 6);
        if (two) _tile_dpbf16ps(1, 4, 7);
        _tile_loadd(5, c, 64);
        _tile_dpbf16ps(2, 5, 6);
        if (two) _tile_dpbf16ps(3, 5, 7);
    }
    _tile_stored(0, out, out_bytes);
    _tile_stored(2, lower, out_bytes);
    if (two) _tile_stored(1, out + 16, out_bytes);
    if (two) _tile_stored(3, lower + 16, out_bytes);
}

INLINE void all_groups(const uint8_t *a, size_t lower_bytes, size_t rows, const uint8_t *b, size_t group_bytes, size_t groups,
                       size_t steps, float *out, size_t out_bytes, const bool adds, const bool single) {
    const uint8_t *lower = a + lower_bytes;
    if (rows > 16) {
        for (; groups >= 2; groups -= 2, b += 2 * group_bytes, out += 32) {
            many_rows(a, lower, b, group_bytes, steps, out, out_bytes, adds, single, true);
        }
        if (groups) many_rows(a, lower, b, group_bytes, steps, out, out_bytes, adds, single, false);
        return;
    }
    for (; groups >= 4; groups -= 4, b += 4 * group_bytes, out += 64) {
        few_rows(a, b, group_bytes, steps, out, out_bytes, adds, single, 4);
    }
    switch (groups) {
    case 3: few_rows(a, b, group_bytes, steps, out, out_bytes, adds, single, 3); break;
    case 2: few_rows(a, b, group_bytes, steps, out, out_bytes, adds, single, 2); break;
    case 1: few_rows(a, b, group_bytes, steps, out, out_bytes, adds, single, 1); break;
    default: break;
    }
}

// Keys of Q8_0: the sums of each 32 of the depth are multiplied by the columns' scales.
static void scaled_groups(const uint8_t *a, size_t lower_bytes, size_t rows, const uint8_t *b, size_t group_bytes, size_t groups,
                          size_t steps, float *out, ptrdiff_t out_stride) {
    float sums[4][256] __attribute__((aligned(64)));
    size_t across = rows > 16 ? 2 : 4, lower_rows = rows > 16 ? rows - 16 : 0, upper_rows = rows - lower_rows;
    for (size_t g = 0; g < groups; g += across, b += across * group_bytes, out += 16 * across) {
        size_t some = groups - g < across ? groups - g : across;
        const uint8_t *lower = a + lower_bytes;
        for (size_t k = 0; k < steps; k++) {
            const uint8_t *upper = a + 2048 * k, *first = b + 2048 * k, *last = first + (some - 1) * group_bytes;
            _tile_zero(0);
            _tile_zero(1);
            _tile_zero(2);
            _tile_zero(3);
            // Groups that are missing repeat one that is there.
            _tile_loadd(6, first, 64);
            _tile_loadd(7, some > 1 ? first + group_bytes : last, 64);
            if (lower_rows) {
                _tile_loadd(4, upper, 64);
                _tile_loadd(5, lower + 2048 * k, 64);
                _tile_dpbf16ps(0, 4, 6);
                _tile_dpbf16ps(1, 4, 7);
                _tile_dpbf16ps(2, 5, 6);
                _tile_dpbf16ps(3, 5, 7);
                _tile_loadd(4, upper + 1024, 64);
                _tile_loadd(5, lower + 2048 * k + 1024, 64);
                _tile_dpbf16ps(0, 4, 6);
                _tile_dpbf16ps(1, 4, 7);
                _tile_dpbf16ps(2, 5, 6);
                _tile_dpbf16ps(3, 5, 7);
            } else {
                _tile_loadd(4, upper, 64);
                _tile_loadd(5, upper + 1024, 64);
                _tile_dpbf16ps(0, 4, 6);
                _tile_dpbf16ps(1, 4, 7);
                _tile_dpbf16ps(0, 5, 6);
                _tile_dpbf16ps(1, 5, 7);
                _tile_loadd(6, some > 2 ? first + 2 * group_bytes : last, 64);
                _tile_loadd(7, last, 64);
                _tile_dpbf16ps(2, 4, 6);
                _tile_dpbf16ps(3, 4, 7);
                _tile_dpbf16ps(2, 5, 6);
                _tile_dpbf16ps(3, 5, 7);
            }
            _tile_stored(0, sums[0], 64);
            _tile_stored(1, sums[1], 64);
            _tile_stored(2, sums[2], 64);
            _tile_stored(3, sums[3], 64);
            for (size_t i = 0; i < 4; i++) {
                size_t group = lower_rows ? i % 2 : i, count = i < 2 || !lower_rows ? upper_rows : lower_rows;
                if (group >= some) continue;
                v16 scales = load16(first + group * group_bytes + 1024);
                float *to = out + 16 * group + (lower_rows && i > 1 ? 16 * out_stride : 0);
                for (size_t r = 0; r < count; r++, to += out_stride) {
                    store16(to, fma16(load16(sums[i] + 16 * r), scales, k ? load16(to) : (v16){0}));
                }
            }
        }
    }
}

static void multiply(const void *arranged, ptrdiff_t a_stride, size_t rows, mill_row_form form, const void *b, size_t group_bytes,
                     size_t groups, size_t first, size_t depth, float *out, ptrdiff_t out_stride) {
    const uint8_t *a = (const uint8_t *)arranged + first / 32 * 2048;
    size_t steps = (depth + 31) / 32, lower = ((size_t)a_stride + 31) / 32 * 2048, out_bytes = (size_t)out_stride * sizeof(float);
    bool single = is_single(form);
    configure(rows < 16 ? rows : 16, rows < 16 ? 0 : rows - 16);
    if (form == MILL_ROWS_Q8_TURNED) {
        scaled_groups(a, lower, rows, b, group_bytes, groups, steps, out, out_stride);
    } else if (first) {
        single ? all_groups(a, lower, rows, b, group_bytes, groups, steps, out, out_bytes, true, true)
               : all_groups(a, lower, rows, b, group_bytes, groups, steps, out, out_bytes, true, false);
    } else {
        single ? all_groups(a, lower, rows, b, group_bytes, groups, steps, out, out_bytes, false, true)
               : all_groups(a, lower, rows, b, group_bytes, groups, steps, out, out_bytes, false, false);
    }
    _tile_release();
}

#pragma clang attribute pop

const mill_attention_kernels mill_amx_attention = {.arrange = arrange, .expand = expand, .multiply = multiply};

#endif
