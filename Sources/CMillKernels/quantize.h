#pragma once
#include <stddef.h>
#include <stdint.h>

/// x is about `scale * q` for whole q of `-count ..< count`.
float mill_fit_scale(const float *x, const float *weights, int n, int count);

typedef struct mill_line {
    float scale, least;
} mill_line;
/// x is about `scale * q + least` for whole q of `0 ... top`; `least` is at most 0 where `below_zero` says so.
mill_line mill_fit_line(const float *x, const float *weights, int n, int top, int below_zero);

/// The whole number next to `value` in `lowest ... highest`; the lowest for NaN.
static inline int mill_nearest(float value, int lowest, int highest) {
    float above = value - (float)lowest;
    if (!(above > 0)) return lowest;
    float span = (float)(highest - lowest);
    return lowest + (int)((above < span ? above : span) + 0.5f);
}

static inline float mill_inverse(float value) { return value == 0 ? 0 : 1 / value; }

/// One block of 256; `importance` is NULL or one weight for each element.
void mill_quantize_q2_k(const float *x, const float *importance, uint8_t *out);
void mill_quantize_q3_k(const float *x, const float *importance, uint8_t *out);
void mill_quantize_q4_k(const float *x, const float *importance, uint8_t *out);
void mill_quantize_q5_k(const float *x, const float *importance, uint8_t *out);
void mill_quantize_q6_k(const float *x, const float *importance, uint8_t *out);
