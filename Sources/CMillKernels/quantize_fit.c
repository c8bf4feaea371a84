// Scales for groups of elements, by weighted least squares: many roundings of the elements to whole numbers are tried, the
// best scale for each is worked out, and the one with the smallest weighted error is taken.

#include "quantize.h"

#pragma STDC FP_CONTRACT OFF

// What a scale makes of a group: the error is the weighted squares of x less the gain.
typedef struct fitted {
    float scale, gain;
} fitted;

static fitted fit(const float *x, const float *weights, int n, int count, float inverse) {
    float along = 0, squares = 0;
    for (int i = 0; i < n; i++) {
        float q = (float)mill_nearest(inverse * x[i], -count, count - 1);
        along += weights[i] * x[i] * q;
        squares += weights[i] * q * q;
    }
    if (!(squares > 0)) return (fitted){0, 0};
    return (fitted){along / squares, along * along / squares};
}

float mill_fit_scale(const float *x, const float *weights, int n, int count) {
    float extreme = 0;
    for (int i = 0; i < n; i++) {
        float magnitude = x[i] < 0 ? -x[i] : x[i];
        if (magnitude > (extreme < 0 ? -extreme : extreme)) extreme = x[i];
    }
    if (extreme == 0) return 0;
    fitted best = {0, 0};
    // The extreme element becomes about -count, or about count - 1.
    for (int step = -10; step <= 10; step++) {
        float ends[2] = {-((float)count + 0.1f * (float)step), (float)(count - 1) + 0.1f * (float)step};
        for (int end = 0; end < 2; end++) {
            if (ends[end] == 0) continue;
            fitted candidate = fit(x, weights, n, count, ends[end] / extreme);
            if (candidate.gain > best.gain) best = candidate;
        }
    }
    // Rounding with the scale that was found may choose other numbers, and these a better scale.
    for (int pass = 0; pass < 4 && best.scale != 0; pass++) {
        fitted candidate = fit(x, weights, n, count, 1 / best.scale);
        if (!(candidate.gain > best.gain)) break;
        best = candidate;
    }
    // All weights zero, or sums that overflow.
    if (best.scale == 0) return extreme / -(float)count;
    return best.scale;
}

typedef struct line_fit {
    mill_line line;
    float error;
} line_fit;

static line_fit fit_line(const float *x, const float *weights, int n, int top, int below_zero, mill_line start) {
    float inverse = mill_inverse(start.scale);
    float w = 0, wq = 0, wqq = 0, wx = 0, wqx = 0;
    int quants[32];
    for (int i = 0; i < n; i++) {
        quants[i] = mill_nearest(inverse * (x[i] - start.least), 0, top);
        float q = (float)quants[i], weighted = weights[i] * q;
        w += weights[i];
        wq += weighted;
        wqq += weighted * q;
        wx += weights[i] * x[i];
        wqx += weighted * x[i];
    }
    line_fit result = {start, 0};
    float determinant = w * wqq - wq * wq;
    if (determinant > 0) {
        result.line.scale = (w * wqx - wx * wq) / determinant;
        result.line.least = (wqq * wx - wq * wqx) / determinant;
    }
    if (below_zero && result.line.least > 0) {
        result.line.least = 0;
        result.line.scale = wqq > 0 ? wqx / wqq : 0;
    }
    for (int i = 0; i < n; i++) {
        float difference = result.line.scale * (float)quants[i] + result.line.least - x[i];
        result.error += weights[i] * difference * difference;
    }
    return result;
}

mill_line mill_fit_line(const float *x, const float *weights, int n, int top, int below_zero) {
    float low = x[0], high = x[0];
    for (int i = 1; i < n; i++) {
        if (x[i] < low) low = x[i];
        if (x[i] > high) high = x[i];
    }
    if (below_zero && low > 0) low = 0;
    if (!(high > low)) return (mill_line){0, low};
    line_fit best = {{(high - low) / (float)top, low}, 0};
    best = fit_line(x, weights, n, top, below_zero, best.line);
    for (int step = -10; step <= 10; step++) {
        mill_line start = {(high - low) / ((float)top + 0.1f * (float)step), low};
        line_fit candidate = fit_line(x, weights, n, top, below_zero, start);
        if (candidate.error < best.error) best = candidate;
    }
    for (int pass = 0; pass < 4; pass++) {
        line_fit candidate = fit_line(x, weights, n, top, below_zero, best.line);
        if (!(candidate.error < best.error)) break;
        best = candidate;
    }
    return best.line;
}
