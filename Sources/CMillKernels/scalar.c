// The reference for everything that is no matrix product.

#include "scalar.h"
#include "unpack.h"

#include <math.h>

#pragma STDC FP_CONTRACT OFF

static void quantize(const float *x, size_t k, size_t tile, int8_t *q, float *scales, int32_t *sums) {
    for (size_t b = 0; b < k / 32; b++, x += 32, q += 32 * tile, scales += tile, sums += 2 * tile) {
        float magnitude = 0;
        bool finite = true;
        for (int i = 0; i < 32; i++) {
            finite = finite && isfinite(x[i]);
            magnitude = fmaxf(magnitude, fabsf(x[i]));
        }
        float inverse = 127.0f / magnitude;
        bool usable = finite && isfinite(inverse);
        scales[0] = finite ? (usable ? magnitude / 127.0f : 0) : NAN;
        sums[0] = sums[1] = 0;
        for (int i = 0; i < 32; i++) {
            int value = usable ? (int)rintf(x[i] * inverse) : 0;
            q[i] = (int8_t)value;
            sums[i >> 4] += value;
        }
    }
}

static float lane_sum(const float *x, size_t k, float shift, bool squares) {
    float lanes[16] = {0};
    for (size_t i = 0; i < k; i++) {
        float value = x[i] - shift;
        lanes[i & 15] += squares ? value * value : value;
    }
    return mill_tree_sum(lanes);
}

static void rms_norm(const float *x, const float *weight, float epsilon, float *y, size_t k) {
    float inverse = 1.0f / sqrtf(lane_sum(x, k, 0, true) / (float)k + epsilon);
    for (size_t i = 0; i < k; i++) y[i] = x[i] * inverse * weight[i];
}

static void layer_norm(const float *x, const float *weight, const float *bias, float epsilon, float *y, size_t k) {
    float mean = lane_sum(x, k, 0, false) / (float)k;
    float inverse = 1.0f / sqrtf(lane_sum(x, k, mean, true) / (float)k + epsilon);
    for (size_t i = 0; i < k; i++) y[i] = (x[i] - mean) * inverse * weight[i] + (bias ? bias[i] : 0);
}

static float exponentials(float *x, size_t k, float *max) {
    float greatest = -INFINITY;
    bool unordered = false;
    for (size_t i = 0; i < k; i++) {
        unordered = unordered || isnan(x[i]);
        greatest = fmaxf(greatest, x[i]);
    }
    if (unordered) greatest = NAN;
    *max = greatest;
    // All keys masked with -inf: every weight is 0, and not NaN.
    float shift = greatest == -INFINITY ? 0 : greatest;
    float lanes[16] = {0};
    for (size_t i = 0; i < k; i++) lanes[i & 15] += x[i] = expf(x[i] - shift);
    return mill_tree_sum(lanes);
}

static void softmax(float *x, size_t k) {
    float max;
    float inverse = 1.0f / exponentials(x, k, &max);
    for (size_t i = 0; i < k; i++) x[i] *= inverse;
}

static void rotate(float *x, const float *cosine, const float *sine, size_t pairs, bool interleaved) {
    for (size_t j = 0; j < pairs; j++) {
        size_t first = interleaved ? 2 * j : j, second = interleaved ? 2 * j + 1 : j + pairs;
        float a = x[first], b = x[second];
        x[first] = a * cosine[j] - b * sine[j];
        x[second] = b * cosine[j] + a * sine[j];
    }
}

static inline float sigmoid_of(float x) { return 1.0f / (1.0f + expf(-x)); }

static void gelu(float *x, size_t count, mill_gelu_kind kind) {
    for (size_t i = 0; i < count; i++) {
        float v = x[i];
        switch (kind) {
        case MILL_GELU_TANH: x[i] = 0.5f * v * (1.0f + tanhf(0.7978845608f * (v + 0.044715f * v * v * v))); break;
        case MILL_GELU_ERF: x[i] = 0.5f * v * (1.0f + erff(v * 0.7071067812f)); break;
        case MILL_GELU_QUICK: x[i] = v * sigmoid_of(1.702f * v); break;
        }
    }
}

static void silu_mul(const float *gate, const float *up, float *y, size_t count) {
    for (size_t i = 0; i < count; i++) y[i] = gate[i] * sigmoid_of(gate[i]) * up[i];
}

static void silu(float *x, size_t count) {
    for (size_t i = 0; i < count; i++) x[i] *= sigmoid_of(x[i]);
}

static void sigmoid(float *x, size_t count) {
    for (size_t i = 0; i < count; i++) x[i] = sigmoid_of(x[i]);
}

static void hyperbolic_tangent(float *x, size_t count) {
    for (size_t i = 0; i < count; i++) x[i] = tanhf(x[i]);
}

static void add_scaled(const float *x, float scale, float *y, size_t count) {
    for (size_t i = 0; i < count; i++) y[i] += scale * x[i];
}

static void multiply(const float *x, float *y, size_t count) {
    for (size_t i = 0; i < count; i++) y[i] *= x[i];
}

static void u8_to_f32(const uint8_t *x, const float *scale, const float *shift, size_t pixels, size_t channels, float *y) {
    for (size_t i = 0; i < pixels; i++) {
        for (size_t c = 0; c < channels; c++) *y++ = (float)*x++ * scale[c] + shift[c];
    }
}

#define SCALAR_INT8_ENTRY(NAME, TYPE) [TYPE] = mill_scalar_gemm_##NAME,

const mill_kernels mill_scalar_kernels = {
    .gemm = {mill_scalar_gemm_f32, mill_scalar_gemm_f16, mill_scalar_gemm_bf16},
    .gemm_int8 = {MILL_INT8_TYPES(SCALAR_INT8_ENTRY)},
    .quantize = quantize,
    .dequantize = mill_dequantize_reference,
    .rms_norm = rms_norm,
    .layer_norm = layer_norm,
    .softmax = softmax,
    .exponentials = exponentials,
    .attention = &mill_scalar_attention,
    .turn = mill_scalar_turn,
    .scaled = mill_scalar_scaled,
    .combine = mill_scalar_combine,
    .narrow = mill_scalar_narrow,
    .rotate = rotate,
    .gelu = gelu,
    .silu_mul = silu_mul,
    .silu = silu,
    .sigmoid = sigmoid,
    .tanh = hyperbolic_tangent,
    .add_scaled = add_scaled,
    .multiply = multiply,
    .u8_to_f32 = u8_to_f32,
};
