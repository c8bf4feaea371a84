// The loops in plain C, and which loop an instruction set has.

#include "measure.h"

#include <string.h>

// The optimizer may neither know nor keep what the value is.
#define OPAQUE(X) __asm__ volatile("" : "+r"(X))

static uint64_t read_scalar(const void *p, size_t bytes) {
    const uint64_t *words = p;
    uint64_t a = 0, b = 0, c = 0, d = 0;
    for (size_t i = 0; i < bytes / 8; i += 4) {
        a += words[i];
        b += words[i + 1];
        c += words[i + 2];
        d += words[i + 3];
    }
    return a + b + c + d;
}

enum { SCALAR_ELEMENTS = 4096 };

// What the reference does with a row: bytes that lie in the nearest cache.
static void int8_scalar(size_t steps, void *sink) {
    int8_t w[SCALAR_ELEMENTS], x[SCALAR_ELEMENTS];
    for (int i = 0; i < SCALAR_ELEMENTS; i++) {
        w[i] = (int8_t)(i % 15 - 7);
        x[i] = (int8_t)(i % 255 - 127);
    }
    int32_t total = 0;
    for (size_t step = 0; step < steps; step++) {
        const int8_t *from = w;
        OPAQUE(from);
        int32_t sum = 0;
        for (int i = 0; i < SCALAR_ELEMENTS; i++) sum += from[i] * x[i];
        total ^= sum;
    }
    memcpy(sink, &total, sizeof total);
}

enum { SCALAR_SUMS = 32 };

static void f32_scalar(size_t steps, void *sink) {
    float sums[SCALAR_SUMS], factor = 0.75f;
    for (int i = 0; i < SCALAR_SUMS; i++) sums[i] = (float)i;
    for (size_t step = 0; step < steps; step++) {
        for (int i = 0; i < SCALAR_SUMS; i++) sums[i] = sums[i] * factor + 1.0f;
        __asm__ volatile("" : "+m"(factor));
    }
    memcpy(sink, sums, 64);
}

#if defined(__x86_64__)
mill_peak_step mill_peak_step_x86(mill_isa isa, mill_peak peak);
mill_read_loop mill_read_loop_x86(mill_isa isa);
#elif defined(__aarch64__)
mill_peak_step mill_peak_step_arm64(mill_isa isa, mill_peak peak);
mill_read_loop mill_read_loop_arm64(mill_isa isa);
#endif

mill_peak_step mill_peak_step_for(mill_isa isa, mill_peak peak) {
    if (isa == MILL_SCALAR && peak == MILL_PEAK_INT8) return (mill_peak_step){int8_scalar, SCALAR_ELEMENTS};
    if (isa == MILL_SCALAR && peak == MILL_PEAK_F32) return (mill_peak_step){f32_scalar, SCALAR_SUMS};
#if defined(__x86_64__)
    return mill_peak_step_x86(isa, peak);
#elif defined(__aarch64__)
    return mill_peak_step_arm64(isa, peak);
#else
    return (mill_peak_step){NULL, 0};
#endif
}

mill_read_loop mill_read_loop_for(mill_isa isa) {
    mill_read_loop loop = NULL;
#if defined(__x86_64__)
    loop = mill_read_loop_x86(isa);
#elif defined(__aarch64__)
    loop = mill_read_loop_arm64(isa);
#endif
    return loop ? loop : read_scalar;
}
