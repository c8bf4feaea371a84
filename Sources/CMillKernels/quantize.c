// F32 to all types of weights. Without importance the types of 32 elements are those of GGML's reference functions
// (`quantize_row_*_ref`), bit for bit.

#include "float16.h"
#include "parallel.h"
#include "quantize.h"

#include <math.h>

#pragma STDC FP_CONTRACT OFF

static void put_half(uint8_t *p, float value) {
    uint16_t bits = mill_f32_to_f16(value);
    memcpy(p, &bits, sizeof bits);
}

static float half_at(const uint8_t *p) { return mill_f16_to_f32(mill_load_u16(p)); }

/// Cut off, not rounded; bounded, and 0 for NaN.
static int whole(float value, int lowest, int highest) {
    if (value != value) return lowest > 0 ? lowest : 0;
    return value <= (float)lowest ? lowest : value >= (float)highest ? highest : (int)value;
}

static float extreme_of(const float *x) {
    float extreme = 0;
    for (int i = 0; i < 32; i++) if (fabsf(x[i]) > fabsf(extreme)) extreme = x[i];
    return extreme;
}

/// Low nibbles for the first 16 elements, high ones for the others.
static void pack_nibbles(const uint8_t *quants, uint8_t *out) {
    for (int i = 0; i < 16; i++) out[i] = (uint8_t)((quants[i] & 15) | (quants[i + 16] & 15) << 4);
}

static void pack_fifth_bits(const uint8_t *quants, uint8_t *out) {
    uint32_t bits = 0;
    for (int i = 0; i < 32; i++) bits |= (uint32_t)(quants[i] >> 4) << i;
    memcpy(out, &bits, sizeof bits);
}

static void weigh(const float *x, const float *importance, float row_square, float *weights) {
    float sum = 0;
    for (int i = 0; i < 32; i++) sum += weights[i] = importance[i] * sqrtf(row_square + x[i] * x[i]);
    if (!(sum > 0)) for (int i = 0; i < 32; i++) weights[i] = 1;
}

static void q8_0(const float *x, uint8_t *out) {
    float scale = fabsf(extreme_of(x)) / 127, inverse = mill_inverse(scale);
    put_half(out, scale);
    for (int i = 0; i < 32; i++) out[2 + i] = (uint8_t)(int8_t)whole(roundf(x[i] * inverse), -128, 127);
}

/// Whole numbers of `-count ..< count`, as of 0, and their scale.
static void centred(const float *x, const float *importance, float square, int count, uint8_t *out, uint8_t *quants) {
    if (!importance) {
        float scale = extreme_of(x) / -(float)count, inverse = mill_inverse(scale);
        put_half(out, scale);
        for (int i = 0; i < 32; i++)
            quants[i] = (uint8_t)whole(x[i] * inverse + ((float)count + 0.5f), 0, 2 * count - 1);
        return;
    }
    float weights[32];
    weigh(x, importance, square, weights);
    put_half(out, mill_fit_scale(x, weights, 32, count));
    float inverse = mill_inverse(half_at(out));
    for (int i = 0; i < 32; i++) quants[i] = (uint8_t)(mill_nearest(x[i] * inverse, -count, count - 1) + count);
}

/// Whole numbers of `0 ... top`, their scale and what 0 stands for.
static void lifted(const float *x, const float *importance, float square, int top, uint8_t *out, uint8_t *quants) {
    if (!importance) {
        float low = x[0], high = x[0];
        for (int i = 1; i < 32; i++) {
            if (x[i] < low) low = x[i];
            if (x[i] > high) high = x[i];
        }
        float scale = (high - low) / (float)top, inverse = mill_inverse(scale);
        put_half(out, scale);
        put_half(out + 2, low);
        for (int i = 0; i < 32; i++) quants[i] = (uint8_t)whole((x[i] - low) * inverse + 0.5f, 0, top);
        return;
    }
    float weights[32];
    weigh(x, importance, square, weights);
    mill_line line = mill_fit_line(x, weights, 32, top, 0);
    put_half(out, line.scale);
    put_half(out + 2, line.least);
    float inverse = mill_inverse(half_at(out)), least = half_at(out + 2);
    for (int i = 0; i < 32; i++) quants[i] = (uint8_t)mill_nearest((x[i] - least) * inverse, 0, top);
}

static void small_row(mill_dtype type, const float *x, const float *importance, size_t k, uint8_t *out) {
    float square = 0;
    if (importance) for (size_t i = 0; i < k; i++) square += x[i] * x[i] / (float)k;
    uint8_t quants[32];
    for (size_t b = 0; b < k / 32; b++, x += 32, out += mill_block_bytes(type), importance += importance ? 32 : 0) {
        switch (type) {
        case MILL_Q8_0: q8_0(x, out); break;
        case MILL_Q4_0:
            centred(x, importance, square, 8, out, quants);
            pack_nibbles(quants, out + 2);
            break;
        case MILL_Q5_0:
            centred(x, importance, square, 16, out, quants);
            pack_fifth_bits(quants, out + 2);
            pack_nibbles(quants, out + 6);
            break;
        case MILL_Q4_1:
            lifted(x, importance, square, 15, out, quants);
            pack_nibbles(quants, out + 4);
            break;
        default:
            lifted(x, importance, square, 31, out, quants);
            pack_fifth_bits(quants, out + 4);
            pack_nibbles(quants, out + 8);
            break;
        }
    }
}

typedef void (*k_block)(const float *x, const float *importance, uint8_t *out);

static k_block block_of(mill_dtype type) {
    switch (type) {
    case MILL_Q2_K: return mill_quantize_q2_k;
    case MILL_Q3_K: return mill_quantize_q3_k;
    case MILL_Q4_K: return mill_quantize_q4_k;
    case MILL_Q5_K: return mill_quantize_q5_k;
    case MILL_Q6_K: return mill_quantize_q6_k;
    default: return NULL;
    }
}

bool mill_can_quantize(mill_dtype type) { return type <= MILL_Q5_1 || block_of(type); }

static void row(mill_dtype type, const float *x, const float *importance, size_t k, uint8_t *out) {
    k_block block = block_of(type);
    if (block) {
        for (size_t i = 0; i < k; i += 256, out += mill_block_bytes(type)) block(x + i, importance ? importance + i : NULL, out);
        return;
    }
    switch (type) {
    case MILL_F32: memcpy(out, x, k * sizeof(float)); break;
    case MILL_F16:
        for (size_t i = 0; i < k; i++) put_half(out + 2 * i, x[i]);
        break;
    case MILL_BF16:
        for (size_t i = 0; i < k; i++) {
            uint16_t bits = mill_f32_to_bf16(x[i]);
            memcpy(out + 2 * i, &bits, sizeof bits);
        }
        break;
    default: small_row(type, x, importance, k, out); break;
    }
}

typedef struct quantize_job {
    mill_dtype type;
    const float *x, *importance;
    size_t k, row_bytes;
    uint8_t *out;
} quantize_job;

static void rows(void *argument, size_t begin, size_t end) {
    const quantize_job *job = argument;
    for (size_t i = begin; i < end; i++) row(job->type, job->x + i * job->k, job->importance, job->k, job->out + i * job->row_bytes);
}

void mill_quantize(const mill_context *context, mill_dtype type, const float *x, const float *importance, size_t n, size_t k,
                   void *out) {
    size_t row_bytes = k / (size_t)mill_block_size(type) * (size_t)mill_block_bytes(type);
    quantize_job job = {type, x, importance, k, row_bytes, out};
    mill_parallel(context, n, 1, (block_of(type) || importance ? 60 : 1) * (double)k, rows, &job);
}
