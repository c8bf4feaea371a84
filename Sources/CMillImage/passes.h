// The two passes of a separable resampling, one row at a time.
#pragma once
#include <stddef.h>

#include "coefficients.h"

/// Sums a row's neighbours: `axis->count` RGB8 pixels from a source row of `source_width` pixels.
typedef void (*mill_across)(const mill_axis *axis, const uint8_t *source, uint32_t source_width, ptrdiff_t pixel_stride,
                            uint8_t *target);

/// Sums rows: byte i of the target is the weighted sum of byte i of `tap_count` rows.
typedef void (*mill_down)(const uint8_t *const *rows, const int32_t *weights, uint32_t tap_count, size_t byte_count,
                          uint8_t *target);

typedef struct {
    mill_across across;
    mill_down down;
} mill_passes;

/// The fastest passes for this processor, or those for any; all give the same bytes.
mill_passes mill_choose_passes(int is_portable);

void mill_across_portable(const mill_axis *axis, const uint8_t *source, uint32_t source_width, ptrdiff_t pixel_stride,
                          uint8_t *target);
void mill_down_portable(const uint8_t *const *rows, const int32_t *weights, uint32_t tap_count, size_t byte_count,
                        uint8_t *target);

#if defined(__x86_64__)
void mill_across_avx2(const mill_axis *axis, const uint8_t *source, uint32_t source_width, ptrdiff_t pixel_stride,
                      uint8_t *target);
void mill_down_avx2(const uint8_t *const *rows, const int32_t *weights, uint32_t tap_count, size_t byte_count,
                    uint8_t *target);
#endif

static inline uint8_t mill_sample_of(int32_t sum) {
    int32_t value = sum >> WEIGHT_BITS;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}
