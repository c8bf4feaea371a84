#pragma once
// Norms, softmax, rotary embedding, weighted sums of rows and the quantization of activations.

#include "vector_math.h"

INLINE v16 squares16(v16 sum, v16 x, float shift) {
    v16 d = x - shift;
    return fma16(d, d, sum);
}

INLINE float power(const float *x, size_t k, float shift) {
    v16 sum = {0};
    size_t i = 0;
    for (; i + 16 <= k; i += 16) sum = squares16(sum, load16(x + i), shift);
    if (i < k) {
        float rest[16];
        for (size_t j = 0; j < 16; j++) rest[j] = i + j < k ? x[i + j] : shift;
        sum = squares16(sum, load16(rest), shift);
    }
    return sum16(sum);
}

INLINE float total(const float *x, size_t k) {
    v16 sum = {0};
    size_t i = 0;
    for (; i + 16 <= k; i += 16) sum += load16(x + i);
    if (i < k) sum += load_part16(x + i, k - i);
    return sum16(sum);
}

static void rms_norm(const float *x, const float *weight, float epsilon, float *y, size_t k) {
    float inverse = 1.0f / sqrtf(power(x, k, 0) / (float)k + epsilon);
    size_t i = 0;
    for (; i + 16 <= k; i += 16) store16(y + i, load16(x + i) * inverse * load16(weight + i));
    if (i < k) store_part16(y + i, load_part16(x + i, k - i) * inverse * load_part16(weight + i, k - i), k - i);
}

static void layer_norm(const float *x, const float *weight, const float *bias, float epsilon, float *y, size_t k) {
    float mean = total(x, k) / (float)k;
    float inverse = 1.0f / sqrtf(power(x, k, mean) / (float)k + epsilon);
    size_t i = 0;
    for (; i + 16 <= k; i += 16) {
        v16 shift = bias ? load16(bias + i) : (v16){0};
        store16(y + i, fma16((load16(x + i) - mean) * inverse, load16(weight + i), shift));
    }
    if (i < k) {
        v16 shift = bias ? load_part16(bias + i, k - i) : (v16){0};
        v16 centred = (load_part16(x + i, k - i) - mean) * inverse;
        store_part16(y + i, fma16(centred, load_part16(weight + i, k - i), shift), k - i);
    }
}

// The greatest of both; NaN where either is NaN.
INLINE v16 greatest16(v16 a, v16 b) { return select16((a > b) | (a != a), a, b); }

static float exponentials(float *x, size_t k, float *max) {
    v16 most = splat16(-INFINITY);
    size_t i = 0;
    for (; i + 16 <= k; i += 16) most = greatest16(load16(x + i), most);
    float rest[16];
    for (size_t j = 0; j < 16; j++) rest[j] = i + j < k ? x[i + j] : -INFINITY;
    most = greatest16(load16(rest), most);
    float greatest = most[0];
    for (int j = 1; j < 16; j++) greatest = most[j] > greatest || most[j] != most[j] ? most[j] : greatest;
    *max = greatest;
    // All keys masked with -inf: every weight is 0, and not NaN.
    float shift = greatest == -INFINITY ? 0 : greatest;
    v16 sum = {0};
    for (i = 0; i + 16 <= k; i += 16) {
        v16 e = exp16(load16(x + i) - shift);
        store16(x + i, e);
        sum += e;
    }
    if (i < k) {
        v16 e = exp16(load16(rest) - shift);
        store_part16(x + i, e, k - i);
        sum += e;
    }
    return sum16(sum);
}

static void softmax(float *x, size_t k) {
    float max;
    float inverse = 1.0f / exponentials(x, k, &max);
    size_t i = 0;
    for (; i + 16 <= k; i += 16) store16(x + i, load16(x + i) * inverse);
    if (i < k) store_part16(x + i, load_part16(x + i, k - i) * inverse, k - i);
}

// `queries` by `columns` * 16 elements of the result at once.
INLINE void weighted_tile(const float *p, ptrdiff_t p_stride, const float *v, ptrdiff_t v_stride, size_t count, float *out,
                          ptrdiff_t out_stride, const int queries, const int columns, size_t last) {
    v16 sums[queries * columns];
    for (int q = 0; q < queries; q++) {
        for (int c = 0; c < columns; c++) {
            const float *from = out + q * out_stride + 16 * c;
            sums[q * columns + c] = c + 1 < columns || last == 16 ? load16(from) : load_part16(from, last);
        }
    }
    for (size_t j = 0; j < count; j++, v += v_stride) {
#pragma clang loop unroll(full)
        for (int c = 0; c < columns; c++) {
            v16 values = c + 1 < columns || last == 16 ? load16(v + 16 * c) : load_part16(v + 16 * c, last);
#pragma clang loop unroll(full)
            for (int q = 0; q < queries; q++) {
                sums[q * columns + c] = fma16(splat16(p[q * p_stride + (ptrdiff_t)j]), values, sums[q * columns + c]);
            }
        }
    }
    for (int q = 0; q < queries; q++) {
        for (int c = 0; c < columns; c++) {
            float *to = out + q * out_stride + 16 * c;
            if (c + 1 < columns || last == 16) {
                store16(to, sums[q * columns + c]);
            } else {
                store_part16(to, sums[q * columns + c], last);
            }
        }
    }
}

INLINE void weighted_columns(const float *p, ptrdiff_t p_stride, const float *v, ptrdiff_t v_stride, size_t count, size_t d,
                             float *out, ptrdiff_t out_stride, const int queries) {
    size_t i = 0;
    for (; i + 32 <= d; i += 32) weighted_tile(p, p_stride, v + i, v_stride, count, out + i, out_stride, queries, 2, 16);
    for (; i + 16 <= d; i += 16) weighted_tile(p, p_stride, v + i, v_stride, count, out + i, out_stride, queries, 1, 16);
    if (i < d) weighted_tile(p, p_stride, v + i, v_stride, count, out + i, out_stride, queries, 1, d - i);
}

static void weighted_rows(const float *p, ptrdiff_t p_stride, size_t queries, const float *v, ptrdiff_t v_stride, size_t count,
                          size_t d, float *out, ptrdiff_t out_stride) {
    size_t q = 0;
    for (; q + TILE_QUERIES <= queries; q += TILE_QUERIES, p += TILE_QUERIES * p_stride, out += TILE_QUERIES * out_stride) {
        weighted_columns(p, p_stride, v, v_stride, count, d, out, out_stride, TILE_QUERIES);
    }
    for (; q < queries; q++, p += p_stride, out += out_stride) {
        weighted_columns(p, p_stride, v, v_stride, count, d, out, out_stride, 1);
    }
}

static void rotate(float *x, const float *cosine, const float *sine, size_t pairs, bool interleaved) {
    if (interleaved) {
        for (size_t j = 0; j < pairs; j++) {
            float a = x[2 * j], b = x[2 * j + 1];
            x[2 * j] = a * cosine[j] - b * sine[j];
            x[2 * j + 1] = b * cosine[j] + a * sine[j];
        }
        return;
    }
    size_t j = 0;
    for (; j < pairs; j += 16) {
        size_t count = pairs - j < 16 ? pairs - j : 16;
        v16 a = load_part16(x + j, count), b = load_part16(x + pairs + j, count);
        v16 c = load_part16(cosine + j, count), s = load_part16(sine + j, count);
        store_part16(x + j, a * c - b * s, count);
        store_part16(x + pairs + j, b * c + a * s, count);
    }
}

static void u8_to_f32(const uint8_t *x, const float *scale, const float *shift, size_t pixels, size_t channels, float *y) {
    for (size_t i = 0; i < pixels; i++) {
        for (size_t c = 0; c < channels; c++) *y++ = (float)*x++ * scale[c] + shift[c];
    }
}

static void quantize(const float *x, size_t k, size_t tile, int8_t *q, float *scales, int32_t *sums) {
    for (size_t b = 0; b < k / 32; b++, x += 32, q += 32 * tile, scales += tile, sums += 2 * tile) {
        v16 low = load16(x), high = load16(x + 16);
        // The bits of magnitudes are ordered like the magnitudes, with infinity and NaN at the top.
        u16 low_bits = (u16)low & 0x7fffffff, high_bits = (u16)high & 0x7fffffff;
        uint32_t bits = __builtin_reduce_max(__builtin_elementwise_max(low_bits, high_bits));
        float magnitude;
        memcpy(&magnitude, &bits, sizeof magnitude);
        float inverse = 127.0f / magnitude;
        if (bits >= 0x7f800000 || inverse > 3e38f) {
            scales[0] = bits >= 0x7f800000 ? NAN : 0;
            sums[0] = sums[1] = 0;
            memset(q, 0, 32);
            continue;
        }
        i16 first = __builtin_convertvector(__builtin_elementwise_rint(low * inverse), i16);
        i16 second = __builtin_convertvector(__builtin_elementwise_rint(high * inverse), i16);
        sbyte16 narrow = __builtin_convertvector(first, sbyte16), narrow2 = __builtin_convertvector(second, sbyte16);
        memcpy(q, &narrow, 16);
        memcpy(q + 16, &narrow2, 16);
        scales[0] = magnitude / 127.0f;
        sums[0] = __builtin_reduce_add(first);
        sums[1] = __builtin_reduce_add(second);
    }
}
