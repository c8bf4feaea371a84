#pragma once
// 8-bit products of AVX-512 VNNI. Sixteen weight rows make a panel, one row per lane.
//
// For several tokens a panel is unpacked once into groups of four consecutive elements of all sixteen rows, and then
// multiplied with every token. One token at a time, Q8_0 and Q4_0 rows are read where they lie. Both give the same bits:
// the sum within a group is an exact integer, and groups are added in ascending order.

typedef struct panel512 {
    const __m512i *q;      // [groups][8]: four elements of sixteen rows each
    const __m512 *scales;  // [groups][halves]
    const __m512 *mins;    // [groups]
} panel512;

// Sixteen rows of 16 bytes, arranged so that lane L of vector i is row 4 L + i.
INLINE __m512i gather_rows(const uint8_t *p, ptrdiff_t stride) {
    __m512i v = _mm512_castsi128_si512(_mm_loadu_si128((const __m128i *)(const void *)p));
    v = _mm512_inserti32x4(v, _mm_loadu_si128((const __m128i *)(const void *)(p + 4 * stride)), 1);
    v = _mm512_inserti32x4(v, _mm_loadu_si128((const __m128i *)(const void *)(p + 8 * stride)), 2);
    return _mm512_inserti32x4(v, _mm_loadu_si128((const __m128i *)(const void *)(p + 12 * stride)), 3);
}

// Four vectors of gather_rows to four vectors of one dword of each row.
INLINE void transpose_dwords(const __m512i *in, __m512i *out) {
    __m512i a = _mm512_unpacklo_epi32(in[0], in[1]), b = _mm512_unpackhi_epi32(in[0], in[1]);
    __m512i c = _mm512_unpacklo_epi32(in[2], in[3]), d = _mm512_unpackhi_epi32(in[2], in[3]);
    out[0] = _mm512_unpacklo_epi64(a, c);
    out[1] = _mm512_unpackhi_epi64(a, c);
    out[2] = _mm512_unpacklo_epi64(b, d);
    out[3] = _mm512_unpackhi_epi64(b, d);
}

// Four vectors of partial sums of gather_rows' shape to the sums of sixteen rows.
INLINE __m512i add_dwords(const __m512i *in) {
    __m512i a = _mm512_add_epi32(_mm512_unpacklo_epi32(in[0], in[1]), _mm512_unpackhi_epi32(in[0], in[1]));
    __m512i b = _mm512_add_epi32(_mm512_unpacklo_epi32(in[2], in[3]), _mm512_unpackhi_epi32(in[2], in[3]));
    return _mm512_add_epi32(_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b));
}

INLINE __m512 gather_halves(const uint8_t *p, ptrdiff_t s) {
    __m128i low = _mm_cvtsi32_si128(mill_load_u16(p)), high = _mm_cvtsi32_si128(mill_load_u16(p + 8 * s));
#define INSERT(I)                                                                                                      \
    low = _mm_insert_epi16(low, mill_load_u16(p + I * s), I);                                                          \
    high = _mm_insert_epi16(high, mill_load_u16(p + (8 + I) * s), I);
    INSERT(1) INSERT(2) INSERT(3) INSERT(4) INSERT(5) INSERT(6) INSERT(7)
#undef INSERT
    return _mm512_cvtph_ps(_mm256_set_m128i(high, low));
}

INLINE void unpack_panel(const uint8_t *w, ptrdiff_t stride, size_t rows, size_t k, const mill_packing packing,
                         mill_unpack unpack, __m512i *q, __m512 *scales, __m512 *mins) {
    size_t blocks = k / (size_t)(32 * packing.groups);
    int halves = packing.has_halves ? 2 : 1;
    _Alignas(64) mill_group parts[16];
    for (size_t b = 0; b < blocks; b++) {
        const uint8_t *block = w + b * (size_t)packing.block_bytes;
        for (int g = 0; g < packing.groups; g++, q += 8, scales += halves, mins++) {
            _Alignas(64) float row_scales[2][16], row_mins[16];
            for (size_t r = 0; r < 16; r++) {
                // The rows of a panel at the end of the matrix repeat its last one.
                unpack(block + (ptrdiff_t)(r < rows ? r : rows - 1) * stride, g, &parts[r]);
                row_scales[0][r] = parts[r].scale[0];
                if (packing.has_halves) row_scales[1][r] = parts[r].scale[1];
                if (packing.has_min) row_mins[r] = parts[r].min;
            }
            for (int h = 0; h < 2; h++) {
                __m512i gathered[4];
                for (int i = 0; i < 4; i++) gathered[i] = gather_rows(parts[i].q + 16 * h, sizeof(mill_group));
                transpose_dwords(gathered, q + 4 * h);
            }
            for (int h = 0; h < halves; h++) scales[h] = _mm512_load_ps(row_scales[h]);
            if (packing.has_min) *mins = _mm512_load_ps(row_mins);
        }
    }
}

INLINE void store_rows(float *y, __m512 v, size_t rows) { _mm512_mask_storeu_ps(y, (__mmask16)((1u << rows) - 1), v); }

// A panel times some tokens.
INLINE void multiply_panel(const panel512 *panel, size_t rows, const mill_activations *x, size_t first, size_t k, float *y,
                           ptrdiff_t y_stride, const int tokens, const mill_packing packing) {
    const size_t groups = k / 32;
    const int8_t *q = x->q + first * k;
    const float *x_scales = x->scales + first * groups;
    const int32_t *sums = x->sums + 2 * first * groups;
    const int halves = packing.has_halves ? 2 : 1, steps = 8 / halves;
    __m512 totals[tokens];
#pragma clang loop unroll(full)
    for (int t = 0; t < tokens; t++) totals[t] = _mm512_setzero_ps();
    for (size_t g = 0; g < groups; g++) {
#pragma clang loop unroll(full)
        for (int h = 0; h < halves; h++) {
            __m512i integers[tokens];
#pragma clang loop unroll(full)
            for (int t = 0; t < tokens; t++) {
                const int32_t *sum = sums + 2 * ((size_t)t * groups + g);
                integers[t] = _mm512_set1_epi32(-packing.bias * (halves == 1 ? sum[0] + sum[1] : sum[h]));
            }
#pragma clang loop unroll(full)
            for (int s = 0; s < steps; s++) {
                __m512i weights = panel->q[8 * g + (size_t)(h * steps + s)];
#pragma clang loop unroll(full)
                for (int t = 0; t < tokens; t++) {
                    int32_t four;
                    memcpy(&four, q + (size_t)t * k + 32 * g + (size_t)(4 * (h * steps + s)), sizeof four);
                    integers[t] = _mm512_dpbusd_epi32(integers[t], weights, _mm512_set1_epi32(four));
                }
            }
            __m512 scale = panel->scales[(size_t)halves * g + (size_t)h];
#pragma clang loop unroll(full)
            for (int t = 0; t < tokens; t++) {
                __m512 factor = _mm512_mul_ps(scale, _mm512_set1_ps(x_scales[(size_t)t * groups + g]));
                totals[t] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(integers[t]), factor, totals[t]);
            }
        }
        if (!packing.has_min) continue;
        __m512 min = panel->mins[g];
#pragma clang loop unroll(full)
        for (int t = 0; t < tokens; t++) {
            const int32_t *sum = sums + 2 * ((size_t)t * groups + g);
            __m512 weighted = _mm512_set1_ps(x_scales[(size_t)t * groups + g] * (float)(sum[0] + sum[1]));
            totals[t] = _mm512_fmadd_ps(min, weighted, totals[t]);
        }
    }
#pragma clang loop unroll(full)
    for (int t = 0; t < tokens; t++) store_rows(y + t * y_stride, totals[t], rows);
}

INLINE void gemm_int8(const uint8_t *w, ptrdiff_t w_stride, size_t rows, const mill_activations *x, size_t first, size_t tokens,
                      size_t k, float *y, ptrdiff_t y_stride, const mill_packing packing, mill_unpack unpack) {
    const size_t groups = k / 32, halves = packing.has_halves ? 2 : 1;
    for (size_t row = 0; row < rows; row += 16, w += 16 * w_stride, y += 16) {
        size_t count = rows - row < 16 ? rows - row : 16;
        __m512i *memory = mill_scratch(MILL_SCRATCH_KERNEL, groups * (8 + halves + 1) * sizeof(__m512i));
        if (!memory) {
            // Nothing can be computed; the result must not look like one.
            for (size_t t = 0; t < tokens; t++) store_rows(y + (ptrdiff_t)t * y_stride, _mm512_set1_ps(NAN), count);
            continue;
        }
        __m512 *scales = (__m512 *)(memory + 8 * groups), *mins = scales + halves * groups;
        unpack_panel(w, w_stride, count, k, packing, unpack, memory, scales, mins);
        panel512 panel = {memory, scales, mins};
        size_t t = 0;
        for (; t + 8 <= tokens; t += 8) {
            multiply_panel(&panel, count, x, first + t, k, y + (ptrdiff_t)t * y_stride, y_stride, 8, packing);
        }
        for (; t + 3 <= tokens; t += 3) {
            multiply_panel(&panel, count, x, first + t, k, y + (ptrdiff_t)t * y_stride, y_stride, 3, packing);
        }
        for (; t < tokens; t++) {
            multiply_panel(&panel, count, x, first + t, k, y + (ptrdiff_t)t * y_stride, y_stride, 1, packing);
        }
    }
}

// One token times sixteen rows where they lie.
INLINE __m512 token_block(__m512 total, __m512i integers, __m512 scale, float x_scale) {
    return _mm512_fmadd_ps(_mm512_cvtepi32_ps(integers), _mm512_mul_ps(scale, _mm512_set1_ps(x_scale)), total);
}

static void gemv_q8_0(const uint8_t *w, ptrdiff_t stride, const int8_t *q, const float *scales, const int32_t *sums, size_t k,
                      float *y) {
    __m512 total = _mm512_setzero_ps();
    const __m512i flip = _mm512_set1_epi8((char)0x80);
    for (size_t b = 0; b < k / 32; b++, w += 34) {
        __m512i low = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(const void *)(q + 32 * b)));
        __m512i high = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(const void *)(q + 32 * b + 16)));
        __m512i parts[4];
#pragma clang loop unroll(full)
        for (int i = 0; i < 4; i++) {
            const uint8_t *row = w + i * stride + 2;
            // Far enough ahead for memory, and within the row's own stream.
            _mm_prefetch((const char *)row + 512, _MM_HINT_T0);
            _mm_prefetch((const char *)(row + 4 * stride) + 512, _MM_HINT_T0);
            _mm_prefetch((const char *)(row + 8 * stride) + 512, _MM_HINT_T0);
            _mm_prefetch((const char *)(row + 12 * stride) + 512, _MM_HINT_T0);
            parts[i] = _mm512_dpbusd_epi32(_mm512_setzero_si512(), _mm512_xor_si512(gather_rows(row, stride), flip), low);
            parts[i] = _mm512_dpbusd_epi32(parts[i], _mm512_xor_si512(gather_rows(row + 16, stride), flip), high);
        }
        __m512i integers = _mm512_sub_epi32(add_dwords(parts), _mm512_set1_epi32(128 * (sums[2 * b] + sums[2 * b + 1])));
        total = token_block(total, integers, gather_halves(w, stride), scales[b]);
    }
    _mm512_storeu_ps(y, total);
}

static void gemv_q4_0(const uint8_t *w, ptrdiff_t stride, const int8_t *q, const float *scales, const int32_t *sums, size_t k,
                      float *y) {
    __m512 total = _mm512_setzero_ps();
    const __m512i nibble = _mm512_set1_epi8(15);
    for (size_t b = 0; b < k / 32; b++, w += 18) {
        __m512i low = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(const void *)(q + 32 * b)));
        __m512i high = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(const void *)(q + 32 * b + 16)));
        __m512i parts[4];
#pragma clang loop unroll(full)
        for (int i = 0; i < 4; i++) {
            const uint8_t *row = w + i * stride + 2;
            _mm_prefetch((const char *)row + 512, _MM_HINT_T0);
            _mm_prefetch((const char *)(row + 4 * stride) + 512, _MM_HINT_T0);
            _mm_prefetch((const char *)(row + 8 * stride) + 512, _MM_HINT_T0);
            _mm_prefetch((const char *)(row + 12 * stride) + 512, _MM_HINT_T0);
            __m512i both = gather_rows(row, stride);
            parts[i] = _mm512_dpbusd_epi32(_mm512_setzero_si512(), _mm512_and_si512(both, nibble), low);
            __m512i upper = _mm512_and_si512(_mm512_srli_epi16(both, 4), nibble);
            parts[i] = _mm512_dpbusd_epi32(parts[i], upper, high);
        }
        __m512i integers = _mm512_sub_epi32(add_dwords(parts), _mm512_set1_epi32(8 * (sums[2 * b] + sums[2 * b + 1])));
        total = token_block(total, integers, gather_halves(w, stride), scales[b]);
    }
    _mm512_storeu_ps(y, total);
}
