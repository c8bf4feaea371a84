#include "coefficients.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "CMillImage.h"

static double box(double x) { return x > -0.5 && x <= 0.5 ? 1.0 : 0.0; }

static double bilinear(double x) {
    x = fabs(x);
    return x < 1.0 ? 1.0 - x : 0.0;
}

/// Keys' cubic with a = -0.5.
static double bicubic(double x) {
    const double a = -0.5;
    x = fabs(x);
    if (x < 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1;
    if (x < 2.0) return (((x - 5) * x + 8) * x - 4) * a;
    return 0.0;
}

static double sinc(double x) {
    if (x == 0.0) return 1.0;
    x *= 3.14159265358979323846;
    return sin(x) / x;
}

static double lanczos(double x) { return x >= -3.0 && x < 3.0 ? sinc(x) * sinc(x / 3) : 0.0; }

typedef struct {
    double (*weight)(double);
    double support;
} filter_kind;

static filter_kind filter_of(int filter) {
    switch (filter) {
    case MILL_FILTER_BOX: return (filter_kind){box, 0.5};
    case MILL_FILTER_BILINEAR: return (filter_kind){bilinear, 1.0};
    case MILL_FILTER_LANCZOS: return (filter_kind){lanczos, 3.0};
    default: return (filter_kind){bicubic, 2.0};
    }
}

int mill_axis_make(mill_axis *axis, int filter, uint32_t source, uint32_t scaled, uint32_t window, uint32_t count) {
    memset(axis, 0, sizeof *axis);
    filter_kind kind = filter_of(filter);
    double scale = (double)source / scaled;
    double filter_scale = scale < 1.0 ? 1.0 : scale;
    double support = kind.support * filter_scale;
    double widest = ceil(support) * 2 + 1;
    uint32_t taps = widest < source ? (uint32_t)widest : source;
    axis->count = count;
    axis->taps_per_position = taps;
    axis->firsts = calloc(count, sizeof *axis->firsts);
    axis->tap_counts = calloc(count, sizeof *axis->tap_counts);
    axis->weights = calloc((size_t)count * taps, sizeof *axis->weights);
    double *exact = calloc(taps, sizeof *exact);
    if (axis->firsts == NULL || axis->tap_counts == NULL || axis->weights == NULL || exact == NULL) {
        free(exact);
        return MILL_IMAGE_OUT_OF_MEMORY;
    }
    for (uint32_t i = 0; i < count; i++) {
        double centre = (window + i + 0.5) * scale;
        int64_t first = (int64_t)(centre - support + 0.5);
        int64_t end = (int64_t)(centre + support + 0.5);
        if (first < 0) first = 0;
        if (end > source) end = source;
        uint32_t tap_count = (uint32_t)(end - first);
        double sum = 0.0;
        for (uint32_t tap = 0; tap < tap_count; tap++) {
            exact[tap] = kind.weight((tap + first - centre + 0.5) / filter_scale);
            sum += exact[tap];
        }
        for (uint32_t tap = 0; tap < tap_count; tap++) {
            double weight = (sum != 0.0 ? exact[tap] / sum : exact[tap]) * (1 << WEIGHT_BITS);
            axis->weights[(size_t)i * taps + tap] = (int32_t)(weight < 0 ? weight - 0.5 : weight + 0.5);
        }
        axis->firsts[i] = (uint32_t)first;
        axis->tap_counts[i] = tap_count;
    }
    free(exact);
    return MILL_IMAGE_OK;
}

void mill_axis_free(mill_axis *axis) {
    free(axis->firsts);
    free(axis->tap_counts);
    free(axis->weights);
}
