#include "passes.h"

void mill_across_portable(const mill_axis *axis, const uint8_t *source, uint32_t source_width, ptrdiff_t pixel_stride,
                          uint8_t *target) {
    (void)source_width;
    for (uint32_t i = 0; i < axis->count; i++, target += 3) {
        const uint8_t *pixel = source + (ptrdiff_t)axis->firsts[i] * pixel_stride;
        const int32_t *weights = axis->weights + (size_t)i * axis->taps_per_position;
        int32_t red = 1 << (WEIGHT_BITS - 1), green = red, blue = red;
        for (uint32_t tap = 0; tap < axis->tap_counts[i]; tap++, pixel += pixel_stride) {
            red += pixel[0] * weights[tap];
            green += pixel[1] * weights[tap];
            blue += pixel[2] * weights[tap];
        }
        target[0] = mill_sample_of(red);
        target[1] = mill_sample_of(green);
        target[2] = mill_sample_of(blue);
    }
}

void mill_down_portable(const uint8_t *const *rows, const int32_t *weights, uint32_t tap_count, size_t byte_count,
                        uint8_t *target) {
    enum { GROUP = 16 };
    size_t i = 0;
    for (; i + GROUP <= byte_count; i += GROUP) {
        int32_t sums[GROUP];
        for (int j = 0; j < GROUP; j++) sums[j] = 1 << (WEIGHT_BITS - 1);
        for (uint32_t tap = 0; tap < tap_count; tap++)
            for (int j = 0; j < GROUP; j++) sums[j] += rows[tap][i + (size_t)j] * weights[tap];
        for (int j = 0; j < GROUP; j++) target[i + (size_t)j] = mill_sample_of(sums[j]);
    }
    for (; i < byte_count; i++) {
        int32_t sum = 1 << (WEIGHT_BITS - 1);
        for (uint32_t tap = 0; tap < tap_count; tap++) sum += rows[tap][i] * weights[tap];
        target[i] = mill_sample_of(sum);
    }
}

mill_passes mill_choose_passes(int is_portable) {
#if defined(__x86_64__)
    if (!is_portable && __builtin_cpu_supports("avx2")) return (mill_passes){mill_across_avx2, mill_down_avx2};
#else
    (void)is_portable;
#endif
    return (mill_passes){mill_across_portable, mill_down_portable};
}
