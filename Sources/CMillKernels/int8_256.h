#pragma once
// 8-bit products of 256 bits: eight weight rows make a panel, one row per lane. The file that includes this defines
// `multiply_add(sum, u, s)`, which adds the products of four unsigned and four signed bytes to each lane, exactly.
//
// AVX2 can add two such products in 16 bits only where the unsigned byte is at most 128; so weights are made signed, and
// their sign is moved to the activations.

#define INLINE static inline __attribute__((always_inline))

typedef struct panel256 {
    const __m256i *q;      // [groups][8]: four elements of eight rows each
    const __m256 *scales;  // [groups][halves]
    const __m256 *mins;    // [groups]
} panel256;

INLINE __m256i two_rows(const uint8_t *low, const uint8_t *high) {
    return _mm256_set_m128i(
        _mm_loadu_si128((const __m128i *)(const void *)high), _mm_loadu_si128((const __m128i *)(const void *)low));
}

// Eight rows of 16 bytes to four vectors of one dword of each row.
INLINE void transpose_rows(const uint8_t *p, ptrdiff_t stride, __m256i *out) {
    __m256i r[4];
    for (int i = 0; i < 4; i++) r[i] = two_rows(p + i * stride, p + (4 + i) * stride);
    __m256i a = _mm256_unpacklo_epi32(r[0], r[1]), b = _mm256_unpackhi_epi32(r[0], r[1]);
    __m256i c = _mm256_unpacklo_epi32(r[2], r[3]), d = _mm256_unpackhi_epi32(r[2], r[3]);
    out[0] = _mm256_unpacklo_epi64(a, c);
    out[1] = _mm256_unpackhi_epi64(a, c);
    out[2] = _mm256_unpacklo_epi64(b, d);
    out[3] = _mm256_unpackhi_epi64(b, d);
}

// Partial sums of rows i | 4 + i in vector i to the sums of eight rows.
INLINE __m256i add_dwords(const __m256i *in) {
    __m256i a = _mm256_add_epi32(_mm256_unpacklo_epi32(in[0], in[1]), _mm256_unpackhi_epi32(in[0], in[1]));
    __m256i b = _mm256_add_epi32(_mm256_unpacklo_epi32(in[2], in[3]), _mm256_unpackhi_epi32(in[2], in[3]));
    return _mm256_add_epi32(_mm256_unpacklo_epi64(a, b), _mm256_unpackhi_epi64(a, b));
}

INLINE __m256 gather_halves(const uint8_t *p, ptrdiff_t s) {
    __m128i v = _mm_cvtsi32_si128(mill_load_u16(p));
#define INSERT(I) v = _mm_insert_epi16(v, mill_load_u16(p + I * s), I);
    INSERT(1) INSERT(2) INSERT(3) INSERT(4) INSERT(5) INSERT(6) INSERT(7)
#undef INSERT
    return _mm256_cvtph_ps(v);
}

INLINE void unpack_panel(const uint8_t *w, ptrdiff_t stride, size_t rows, size_t k, const mill_packing packing,
                         mill_unpack unpack, __m256i *q, __m256 *scales, __m256 *mins) {
    size_t blocks = k / (size_t)(32 * packing.groups);
    const int halves = packing.has_halves ? 2 : 1;
    const __m256i bias = _mm256_set1_epi8((char)packing.bias);
    _Alignas(32) mill_group parts[8];
    for (size_t b = 0; b < blocks; b++) {
        const uint8_t *block = w + b * (size_t)packing.block_bytes;
        for (int g = 0; g < packing.groups; g++, q += 8, scales += halves, mins++) {
            _Alignas(32) float row_scales[2][8], row_mins[8];
            for (size_t r = 0; r < 8; r++) {
                // The rows of a panel at the end of the matrix repeat its last one.
                unpack(block + (ptrdiff_t)(r < rows ? r : rows - 1) * stride, g, &parts[r]);
                row_scales[0][r] = parts[r].scale[0];
                if (packing.has_halves) row_scales[1][r] = parts[r].scale[1];
                if (packing.has_min) row_mins[r] = parts[r].min;
            }
            transpose_rows(parts[0].q, sizeof(mill_group), q);
            transpose_rows(parts[0].q + 16, sizeof(mill_group), q + 4);
            if (packing.bias) {
                for (int i = 0; i < 8; i++) q[i] = _mm256_sub_epi8(q[i], bias);
            }
            for (int h = 0; h < halves; h++) scales[h] = _mm256_load_ps(row_scales[h]);
            if (packing.has_min) *mins = _mm256_load_ps(row_mins);
        }
    }
}

INLINE void store_rows(float *y, __m256 v, size_t rows) {
    if (rows == 8) {
        _mm256_storeu_ps(y, v);
        return;
    }
    float values[8];
    _mm256_storeu_ps(values, v);
    memcpy(y, values, rows * sizeof(float));
}

INLINE __m256i load_four(const int8_t *q) {
    int32_t four;
    memcpy(&four, q, sizeof four);
    return _mm256_set1_epi32(four);
}

// A panel times some tokens.
INLINE void multiply_panel(const panel256 *panel, size_t rows, const mill_activations *x, size_t first, size_t k, float *y,
                           ptrdiff_t y_stride, const int tokens, const mill_packing packing) {
    const size_t groups = k / 32;
    const int8_t *q = x->q + first * k;
    const float *x_scales = x->scales + first * groups;
    const int32_t *sums = x->sums + 2 * first * groups;
    const int halves = packing.has_halves ? 2 : 1, steps = 8 / halves;
    __m256 totals[tokens];
#pragma clang loop unroll(full)
    for (int t = 0; t < tokens; t++) totals[t] = _mm256_setzero_ps();
    for (size_t g = 0; g < groups; g++) {
#pragma clang loop unroll(full)
        for (int h = 0; h < halves; h++) {
            __m256i integers[tokens];
#pragma clang loop unroll(full)
            for (int t = 0; t < tokens; t++) integers[t] = _mm256_setzero_si256();
#pragma clang loop unroll(full)
            for (int s = 0; s < steps; s++) {
                __m256i weights = panel->q[8 * g + (size_t)(h * steps + s)];
                __m256i magnitudes = packing.bias ? _mm256_sign_epi8(weights, weights) : weights;
#pragma clang loop unroll(full)
                for (int t = 0; t < tokens; t++) {
                    __m256i four = load_four(q + (size_t)t * k + 32 * g + (size_t)(4 * (h * steps + s)));
                    if (packing.bias) four = _mm256_sign_epi8(four, weights);
                    integers[t] = multiply_add(integers[t], magnitudes, four);
                }
            }
            __m256 scale = panel->scales[(size_t)halves * g + (size_t)h];
#pragma clang loop unroll(full)
            for (int t = 0; t < tokens; t++) {
                __m256 factor = _mm256_mul_ps(scale, _mm256_set1_ps(x_scales[(size_t)t * groups + g]));
                totals[t] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(integers[t]), factor, totals[t]);
            }
        }
        if (!packing.has_min) continue;
        __m256 min = panel->mins[g];
#pragma clang loop unroll(full)
        for (int t = 0; t < tokens; t++) {
            const int32_t *sum = sums + 2 * ((size_t)t * groups + g);
            __m256 weighted = _mm256_set1_ps(x_scales[(size_t)t * groups + g] * (float)(sum[0] + sum[1]));
            totals[t] = _mm256_fmadd_ps(min, weighted, totals[t]);
        }
    }
#pragma clang loop unroll(full)
    for (int t = 0; t < tokens; t++) store_rows(y + t * y_stride, totals[t], rows);
}

INLINE void gemm_int8(const uint8_t *w, ptrdiff_t w_stride, size_t rows, const mill_activations *x, size_t first, size_t tokens,
                      size_t k, float *y, ptrdiff_t y_stride, const mill_packing packing, mill_unpack unpack) {
    const size_t groups = k / 32, halves = packing.has_halves ? 2 : 1;
    for (size_t row = 0; row < rows; row += 8, w += 8 * w_stride, y += 8) {
        size_t count = rows - row < 8 ? rows - row : 8;
        __m256i *memory = mill_scratch(MILL_SCRATCH_KERNEL, groups * (8 + halves + 1) * sizeof(__m256i));
        if (!memory) {
            // Nothing can be computed; the result must not look like one.
            for (size_t t = 0; t < tokens; t++) store_rows(y + (ptrdiff_t)t * y_stride, _mm256_set1_ps(NAN), count);
            continue;
        }
        __m256 *scales = (__m256 *)(memory + 8 * groups), *mins = scales + halves * groups;
        unpack_panel(w, w_stride, count, k, packing, unpack, memory, scales, mins);
        panel256 panel = {memory, scales, mins};
        size_t t = 0;
        for (; t + 4 <= tokens; t += 4) {
            multiply_panel(&panel, count, x, first + t, k, y + (ptrdiff_t)t * y_stride, y_stride, 4, packing);
        }
        for (; t < tokens; t++) {
            multiply_panel(&panel, count, x, first + t, k, y + (ptrdiff_t)t * y_stride, y_stride, 1, packing);
        }
    }
}

INLINE void token_block(__m256 *total, const __m256i *parts, __m256 scale, float x_scale) {
    __m256 factor = _mm256_mul_ps(scale, _mm256_set1_ps(x_scale));
    *total = _mm256_fmadd_ps(_mm256_cvtepi32_ps(add_dwords(parts)), factor, *total);
}

INLINE __m256i signed_product(__m256i sum, __m256i weights, __m256i activations) {
    return multiply_add(sum, _mm256_sign_epi8(weights, weights), _mm256_sign_epi8(activations, weights));
}

// One token times eight rows where they lie.
INLINE void gemv_q8_0(const uint8_t *w, ptrdiff_t stride, const int8_t *q, const float *scales, size_t k, float *y) {
    __m256 total = _mm256_setzero_ps();
    for (size_t b = 0; b < k / 32; b++, w += 34) {
        __m256i low = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)(q + 32 * b)));
        __m256i high = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)(q + 32 * b + 16)));
        __m256i parts[4];
#pragma clang loop unroll(full)
        for (int i = 0; i < 4; i++) {
            const uint8_t *row = w + i * stride + 2;
            _mm_prefetch((const char *)row + 512, _MM_HINT_T0);
            _mm_prefetch((const char *)(row + 4 * stride) + 512, _MM_HINT_T0);
            parts[i] = signed_product(_mm256_setzero_si256(), two_rows(row, row + 4 * stride), low);
            parts[i] = signed_product(parts[i], two_rows(row + 16, row + 16 + 4 * stride), high);
        }
        token_block(&total, parts, gather_halves(w, stride), scales[b]);
    }
    _mm256_storeu_ps(y, total);
}

INLINE void gemv_q4_0(const uint8_t *w, ptrdiff_t stride, const int8_t *q, const float *scales, size_t k, float *y) {
    __m256 total = _mm256_setzero_ps();
    const __m256i nibble = _mm256_set1_epi8(15), eight = _mm256_set1_epi8(8);
    for (size_t b = 0; b < k / 32; b++, w += 18) {
        __m256i low = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)(q + 32 * b)));
        __m256i high = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)(q + 32 * b + 16)));
        __m256i parts[4];
#pragma clang loop unroll(full)
        for (int i = 0; i < 4; i++) {
            const uint8_t *row = w + i * stride + 2;
            _mm_prefetch((const char *)row + 512, _MM_HINT_T0);
            _mm_prefetch((const char *)(row + 4 * stride) + 512, _MM_HINT_T0);
            __m256i both = two_rows(row, row + 4 * stride);
            __m256i upper = _mm256_and_si256(_mm256_srli_epi16(both, 4), nibble);
            parts[i] = signed_product(_mm256_setzero_si256(), _mm256_sub_epi8(_mm256_and_si256(both, nibble), eight), low);
            parts[i] = signed_product(parts[i], _mm256_sub_epi8(upper, eight), high);
        }
        token_block(&total, parts, gather_halves(w, stride), scales[b]);
    }
    _mm256_storeu_ps(y, total);
}

typedef void (*token_function)(const uint8_t *w, ptrdiff_t stride, const int8_t *q, const float *scales, size_t k, float *y);

// Panels that are full and met by few tokens go through `one_token`, which reads them in place.
INLINE void in_place(const uint8_t *w, ptrdiff_t w_stride, size_t rows, const mill_activations *x, size_t first, size_t tokens,
                     size_t k, float *y, ptrdiff_t y_stride, const mill_packing packing, mill_unpack unpack,
                     token_function one_token) {
    size_t row = 0;
    for (; tokens < 4 && row + 8 <= rows; row += 8) {
        for (size_t t = 0; t < tokens; t++) {
            size_t token = first + t;
            one_token(
                w + (ptrdiff_t)row * w_stride, w_stride, x->q + token * k, x->scales + token * (k / 32), k,
                y + (ptrdiff_t)t * y_stride + row);
        }
    }
    gemm_int8(w + (ptrdiff_t)row * w_stride, w_stride, rows - row, x, first, tokens, k, y + row, y_stride, packing, unpack);
}

// PREFIX_gemm_NAME for every type.
#define DEFINE_INT8(PREFIX, NAME, BODY)                                                                                \
    void PREFIX##_gemm_##NAME(const void *w, ptrdiff_t w_stride, size_t rows, const mill_activations *x, size_t first, \
                              size_t tokens, size_t k, float *y, ptrdiff_t y_stride) {                                 \
        BODY;                                                                                                          \
    }
#define IN_PLACE(PREFIX, NAME)                                                                                         \
    DEFINE_INT8(PREFIX, NAME,                                                                                          \
                in_place(w, w_stride, rows, x, first, tokens, k, y, y_stride, packing_##NAME, unpack_##NAME, gemv_##NAME))
#define BY_PANEL(PREFIX, NAME)                                                                                         \
    DEFINE_INT8(PREFIX, NAME, gemm_int8(w, w_stride, rows, x, first, tokens, k, y, y_stride, packing_##NAME, unpack_##NAME))
#define DEFINE_ALL_INT8(PREFIX)                                                                                        \
    IN_PLACE(PREFIX, q8_0)                                                                                             \
    IN_PLACE(PREFIX, q4_0)                                                                                             \
    BY_PANEL(PREFIX, q4_1)                                                                                             \
    BY_PANEL(PREFIX, q5_0)                                                                                             \
    BY_PANEL(PREFIX, q5_1)                                                                                             \
    BY_PANEL(PREFIX, q3_k)                                                                                             \
    BY_PANEL(PREFIX, q4_k)                                                                                             \
    BY_PANEL(PREFIX, q5_k)                                                                                             \
    BY_PANEL(PREFIX, q6_k)                                                                                             \
    BY_PANEL(PREFIX, iq4_nl)                                                                                           \
    BY_PANEL(PREFIX, iq4_xs)
