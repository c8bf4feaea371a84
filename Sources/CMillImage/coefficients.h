// The weights of a separable resampling, computed as Pillow's Resample.c does, so that results agree to the bit.
#pragma once
#include <stdint.h>

enum {
    /// Fractional bits of a weight: 8 bits of sample and 2 of overshoot leave 22 of 32.
    WEIGHT_BITS = 32 - 8 - 2
};

/// Output positions `0 ..< count` of one axis: position i is the weighted sum of `tap_counts[i]` samples
/// from `firsts[i]` on, with the weights from `weights + i * taps_per_position` on.
typedef struct {
    uint32_t count;
    uint32_t taps_per_position;
    uint32_t *firsts;
    uint32_t *tap_counts;
    int32_t *weights;
} mill_axis;

/// Prepares the positions `window ..< window + count` of an axis scaled from `source` to `scaled` samples.
/// Returns 0, or MILL_IMAGE_OUT_OF_MEMORY. `mill_axis_free` is needed either way.
int mill_axis_make(mill_axis *axis, int filter, uint32_t source, uint32_t scaled, uint32_t window, uint32_t count);
void mill_axis_free(mill_axis *axis);
