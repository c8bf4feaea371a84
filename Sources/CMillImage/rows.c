#include "rows.h"

#include <string.h>

void mill_set_message(mill_image_status *status, const char *message) {
    size_t length = strnlen(message, sizeof status->message - 1);
    memcpy(status->message, message, length);
    status->message[length] = 0;
}

/// round(product / 255) for 0 <= product <= 255 * 255.
static inline uint32_t divide_by_255(uint32_t product) {
    uint32_t rounded = product + 128;
    return (rounded + (rounded >> 8)) >> 8;
}

static inline void write_rgba(const mill_image_target *target, const uint8_t *sample, uint8_t *pixel, uint8_t *alpha) {
    uint32_t opacity = sample[3];
    if (alpha) {
        memcpy(pixel, sample, 3);
        *alpha = (uint8_t)opacity;
        return;
    }
    for (int c = 0; c < 3; c++)
        pixel[c] = (uint8_t)divide_by_255(sample[c] * opacity + target->background[c] * (255 - opacity));
}

/// Four-colour JPEGs hold 255 - ink, as Adobe's programs write them and as every browser reads them.
static inline void write_inverted_cmyk(const uint8_t *sample, uint8_t *pixel) {
    uint32_t white = sample[3];
    for (int c = 0; c < 3; c++) pixel[c] = (uint8_t)(white - divide_by_255((255u - sample[c]) * white));
}

static inline void write_pixel(const mill_image_target *target, const mill_row_block *block, size_t column, size_t row) {
    size_t y = block->first_row + row;
    uint8_t *pixel =
        target->pixels + (ptrdiff_t)column * target->column_stride + (ptrdiff_t)y * target->row_stride;
    const uint8_t *samples = block->samples + row * block->row_byte_count;
    switch (block->kind) {
    case SAMPLES_RGB:
        memcpy(pixel, samples + column * 3, 3);
        break;
    case SAMPLES_RGBA: {
        uint8_t *alpha = target->alpha == NULL ? NULL
                                               : target->alpha + (ptrdiff_t)column * target->alpha_column_stride
                                                     + (ptrdiff_t)y * target->alpha_row_stride;
        write_rgba(target, samples + column * 4, pixel, alpha);
        break;
    }
    case SAMPLES_INVERTED_CMYK:
        write_inverted_cmyk(samples + column * 4, pixel);
        break;
    }
}

void mill_write_rows(const mill_image_target *target, const mill_row_block *block) {
    ptrdiff_t across = target->column_stride < 0 ? -target->column_stride : target->column_stride;
    ptrdiff_t down = target->row_stride < 0 ? -target->row_stride : target->row_stride;
    if (across <= down) {
        for (size_t row = 0; row < block->row_count; row++)
            for (size_t column = block->first_column; column < block->width; column += block->column_step)
                write_pixel(target, block, column, row);
    } else {
        // Turned by a quarter: stored columns are the target's rows, so going down a column writes forward in memory.
        for (size_t column = block->first_column; column < block->width; column += block->column_step)
            for (size_t row = 0; row < block->row_count; row++) write_pixel(target, block, column, row);
    }
}
