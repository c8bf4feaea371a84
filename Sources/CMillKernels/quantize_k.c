// F32 to the block types of 256 elements, whose layouts dequantize.c tells. A group's scale is found by itself (quantize_fit.c),
// then all are rounded to multiples of the block's own, and each group takes the one of its neighbours that serves it best.
//
// Without importance errors of large elements weigh more, as in GGML: they move a product the most.

#include "dequantize.h"
#include "float16.h"
#include "quantize.h"

#include <math.h>

#pragma STDC FP_CONTRACT OFF

enum { BLOCK = 256, MAX_GROUPS = 16 };

static void put_u16(uint8_t *p, uint16_t v) { memcpy(p, &v, sizeof v); }

/// Rounded to F16, and not to infinity.
static float rounded_half(float value, uint8_t *out) {
    float bounded = value > 65504 ? 65504 : value < -65504 ? -65504 : value;
    uint16_t bits = mill_f32_to_f16(bounded);
    put_u16(out, bits);
    return mill_f16_to_f32(bits);
}

static float mean_square(const float *x, int n) {
    float sum = 0;
    for (int i = 0; i < n; i++) sum += x[i] * x[i];
    return sum / (float)n;
}

/// The weights of a group's errors.
static void weigh(const float *x, const float *importance, int n, float block_square, int squares, float *weights) {
    float rms = sqrtf(mean_square(x, n)), sum = 0;
    for (int i = 0; i < n; i++) {
        if (importance) weights[i] = importance[i] * sqrtf(2 * block_square + x[i] * x[i]);
        else weights[i] = squares ? x[i] * x[i] : rms + fabsf(x[i]);
        sum += weights[i];
    }
    if (!(sum > 0)) for (int i = 0; i < n; i++) weights[i] = 1;
}

// --- Types with a scale and a minimum for each group: Q2_K, Q4_K, Q5_K ---

typedef struct line_block {
    int groups, size, top, steps;  // steps: the largest scale and minimum
    float weights[BLOCK];
    float scale, least;            // of the block; a group's minimum is taken off
    int scales[MAX_GROUPS], mins[MAX_GROUPS];
    uint8_t quants[BLOCK];
} line_block;

static float line_error(const line_block *b, const float *x, const float *weights, int scale, int min) {
    float step = b->scale * (float)scale, least = b->least * (float)min, inverse = mill_inverse(step), error = 0;
    for (int i = 0; i < b->size; i++) {
        float q = (float)mill_nearest(inverse * (x[i] + least), 0, b->top), difference = step * q - least - x[i];
        error += weights[i] * difference * difference;
    }
    return error;
}

static int bounded(int value, int top) { return value < 0 ? 0 : value > top ? top : value; }

/// - out: takes the block's scale and least as F16.
static void quantize_lines(line_block *b, const float *x, const float *importance, uint8_t *out) {
    mill_line lines[MAX_GROUPS];
    float square = mean_square(x, BLOCK), largest = 0, deepest = 0;
    for (int g = 0; g < b->groups; g++) {
        int at = g * b->size;
        weigh(x + at, importance ? importance + at : NULL, b->size, square, 0, b->weights + at);
        lines[g] = mill_fit_line(x + at, b->weights + at, b->size, b->top, 1);
        if (lines[g].scale > largest) largest = lines[g].scale;
        if (-lines[g].least > deepest) deepest = -lines[g].least;
    }
    b->scale = rounded_half(largest / (float)b->steps, out);
    b->least = rounded_half(deepest / (float)b->steps, out + 2);
    float inverse = mill_inverse(b->scale), inverse_least = mill_inverse(b->least);
    for (int g = 0; g < b->groups; g++) {
        const float *values = x + g * b->size, *weights = b->weights + g * b->size;
        int scale = mill_nearest(inverse * lines[g].scale, 0, b->steps);
        int min = mill_nearest(inverse_least * -lines[g].least, 0, b->steps);
        b->scales[g] = scale;
        b->mins[g] = min;
        float best = line_error(b, values, weights, scale, min);
        for (int ds = -1; ds <= 1; ds++) {
            for (int dm = -1; dm <= 1; dm++) {
                int s = bounded(scale + ds, b->steps), m = bounded(min + dm, b->steps);
                float error = line_error(b, values, weights, s, m);
                if (error < best) best = error, b->scales[g] = s, b->mins[g] = m;
            }
        }
        float step = b->scale * (float)b->scales[g], least = b->least * (float)b->mins[g], up = mill_inverse(step);
        for (int i = 0; i < b->size; i++)
            b->quants[g * b->size + i] = (uint8_t)mill_nearest(up * (values[i] + least), 0, b->top);
    }
}

void mill_quantize_q2_k(const float *x, const float *importance, uint8_t *out) {
    line_block b = {.groups = 16, .size = 16, .top = 3, .steps = 15};
    quantize_lines(&b, x, importance, out + 80);
    for (int g = 0; g < 16; g++) out[g] = (uint8_t)(b.scales[g] | b.mins[g] << 4);
    memset(out + 16, 0, 64);
    for (int i = 0; i < BLOCK; i++) out[16 + 32 * (i >> 7) + (i & 31)] |= (uint8_t)(b.quants[i] << 2 * (i >> 5 & 3));
}

/// The six-bit scales and minimums of eight groups in twelve bytes, as mill_k_scale_min reads them.
static void pack_scales(const line_block *b, uint8_t *out) {
    for (int g = 0; g < 4; g++) {
        out[g] = (uint8_t)(b->scales[g] | (b->scales[g + 4] >> 4) << 6);
        out[g + 4] = (uint8_t)(b->mins[g] | (b->mins[g + 4] >> 4) << 6);
        out[g + 8] = (uint8_t)((b->scales[g + 4] & 15) | (b->mins[g + 4] & 15) << 4);
    }
}

/// The low four bits of each number: the groups of a pair share their bytes.
static void pack_nibbles(const uint8_t *quants, uint8_t *out) {
    for (int pair = 0; pair < 4; pair++)
        for (int i = 0; i < 32; i++)
            out[32 * pair + i] = (uint8_t)((quants[64 * pair + i] & 15) | (quants[64 * pair + 32 + i] & 15) << 4);
}

void mill_quantize_q4_k(const float *x, const float *importance, uint8_t *out) {
    line_block b = {.groups = 8, .size = 32, .top = 15, .steps = 63};
    quantize_lines(&b, x, importance, out);
    pack_scales(&b, out + 4);
    pack_nibbles(b.quants, out + 16);
}

void mill_quantize_q5_k(const float *x, const float *importance, uint8_t *out) {
    line_block b = {.groups = 8, .size = 32, .top = 31, .steps = 63};
    quantize_lines(&b, x, importance, out);
    pack_scales(&b, out + 4);
    memset(out + 16, 0, 32);
    for (int i = 0; i < BLOCK; i++) out[16 + (i & 31)] |= (uint8_t)(b.quants[i] >> 4 << (i >> 5));
    pack_nibbles(b.quants, out + 48);
}

// --- Types with a signed scale for each group of 16: Q3_K, Q6_K ---

typedef struct scale_block {
    int count, steps;  // numbers of -count ..< count, scales of -steps ..< steps
    float scale;
    int scales[16];
    int8_t quants[BLOCK];
} scale_block;

static float scale_error(const scale_block *b, const float *x, const float *weights, int scale) {
    float step = b->scale * (float)scale, inverse = mill_inverse(step), error = 0;
    for (int i = 0; i < 16; i++) {
        float difference = step * (float)mill_nearest(inverse * x[i], -b->count, b->count - 1) - x[i];
        error += weights[i] * difference * difference;
    }
    return error;
}

static void quantize_scales(scale_block *b, const float *x, const float *importance, uint8_t *out) {
    float weights[BLOCK], scales[16], extreme = 0, square = mean_square(x, BLOCK);
    for (int g = 0; g < 16; g++) {
        weigh(x + 16 * g, importance ? importance + 16 * g : NULL, 16, square, b->count > 4, weights + 16 * g);
        scales[g] = mill_fit_scale(x + 16 * g, weights + 16 * g, 16, b->count);
        if (fabsf(scales[g]) > fabsf(extreme)) extreme = scales[g];
    }
    b->scale = rounded_half(extreme / -(float)b->steps, out);
    float inverse = mill_inverse(b->scale);
    for (int g = 0; g < 16; g++) {
        const float *values = x + 16 * g;
        int scale = mill_nearest(inverse * scales[g], -b->steps, b->steps - 1);
        b->scales[g] = scale;
        float best = scale_error(b, values, weights + 16 * g, scale);
        for (int delta = -2; delta <= 2; delta++) {
            int s = scale + delta;
            if (s < -b->steps || s >= b->steps) continue;
            float error = scale_error(b, values, weights + 16 * g, s);
            if (error < best) best = error, b->scales[g] = s;
        }
        float up = mill_inverse(b->scale * (float)b->scales[g]);
        for (int i = 0; i < 16; i++) b->quants[16 * g + i] = (int8_t)mill_nearest(up * values[i], -b->count, b->count - 1);
    }
}

void mill_quantize_q3_k(const float *x, const float *importance, uint8_t *out) {
    scale_block b = {.count = 4, .steps = 32};
    quantize_scales(&b, x, importance, out + 108);
    memset(out, 0, 108);
    for (int i = 0; i < BLOCK; i++) {
        int q = b.quants[i] + 4;
        if (q > 3) out[i & 31] |= (uint8_t)(1 << (i >> 5));
        out[32 + 32 * (i >> 7) + (i & 31)] |= (uint8_t)((q & 3) << 2 * (i >> 5 & 3));
    }
    for (int g = 0; g < 16; g++) {
        int scale = b.scales[g] + 32;
        out[96 + (g & 7)] |= (uint8_t)((scale & 15) << (g < 8 ? 0 : 4));
        out[104 + (g & 3)] |= (uint8_t)(scale >> 4 << 2 * (g >> 2));
    }
}

void mill_quantize_q6_k(const float *x, const float *importance, uint8_t *out) {
    scale_block b = {.count = 32, .steps = 128};
    quantize_scales(&b, x, importance, out + 208);
    memset(out, 0, 192);
    for (int i = 0; i < BLOCK; i++) {
        int q = b.quants[i] + 32, half = i >> 7, quarter = i >> 5 & 3, column = i & 31;
        out[64 * half + 32 * (quarter & 1) + column] |= (uint8_t)((q & 15) << 4 * (quarter >> 1));
        out[128 + 32 * half + column] |= (uint8_t)(q >> 4 << 2 * quarter);
    }
    for (int g = 0; g < 16; g++) out[192 + g] = (uint8_t)(int8_t)b.scales[g];
}
