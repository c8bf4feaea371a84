#pragma once
// Norms, softmax, rotary embedding and the quantization of activations.

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

// The first `count` of 16, the others -inf.
INLINE v16 load_rest16(const float *p, size_t count) {
    v16 v = splat16(-INFINITY);
#ifdef MILL_MASKED
    return (v16)_mm512_mask_loadu_ps((__m512)v, (__mmask16)((1u << count) - 1), p);
#else
    memcpy(&v, p, count * sizeof(float));
    return v;
#endif
}

INLINE float reduce_greatest16(v16 v) {
    v = greatest16(v, __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
    v = greatest16(v, __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3));
    v = greatest16(v, __builtin_shufflevector(v, v, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1));
    v = greatest16(v, __builtin_shufflevector(v, v, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0));
    return v[0];
}

static float exponentials(float *x, size_t k, float *max) {
    v16 most = splat16(-INFINITY), others = most;
    size_t i = 0;
    for (; i + 32 <= k; i += 32) {
        most = greatest16(load16(x + i), most);
        others = greatest16(load16(x + i + 16), others);
    }
    if (i + 16 <= k) {
        most = greatest16(load16(x + i), most);
        i += 16;
    }
    if (i < k) others = greatest16(load_rest16(x + i, k - i), others);
    float greatest = reduce_greatest16(greatest16(most, others));
    *max = greatest;
    // All keys masked with -inf: every weight is 0, and not NaN.
    float shift = greatest == -INFINITY ? 0 : greatest;
    v16 sum = {0};
    for (i = 0; i + 16 <= k; i += 16) {
        v16 e = weight16(load16(x + i) - shift);
        store16(x + i, e);
        sum += e;
    }
    if (i < k) {
        v16 e = weight16(load_rest16(x + i, k - i) - shift);
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
