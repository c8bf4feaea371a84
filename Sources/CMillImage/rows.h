// Writing decoded rows to their place.
#pragma once
#include "CMillImage.h"

typedef enum { SAMPLES_RGB = 3, SAMPLES_RGBA = 4, SAMPLES_INVERTED_CMYK = 5 } mill_sample_kind;

/// A block of decoded rows: `row_count` rows from `first_row` on, of which the columns `first_column`,
/// `first_column + column_step`, … are written.
typedef struct {
    const uint8_t *samples;
    size_t row_byte_count;
    mill_sample_kind kind;
    size_t first_row, row_count;
    size_t first_column, column_step, width;
} mill_row_block;

void mill_write_rows(const mill_image_target *target, const mill_row_block *block);

/// Copies `message` into the status, cut to its size.
void mill_set_message(mill_image_status *status, const char *message);
