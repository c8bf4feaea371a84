#include <stdlib.h>
#include <string.h>

#include "passes.h"
#include "CMillImage.h"

/// A running resampling: rows that were summed across wait in a ring until no output row needs them any more.
typedef struct {
    const mill_resize_job *job;
    mill_passes passes;
    mill_axis across, down;
    /// Whether rows keep their width, so that the source's own rows can be summed down.
    int is_across_needed;
    uint8_t *ring;
    uint32_t ring_rows;
    /// Source rows before this one have been put into the ring.
    uint32_t next_row;
    const uint8_t **rows;
} resampler;

static size_t row_byte_count(const resampler *state) { return (size_t)state->job->window_width * 3; }

static void close_resampler(resampler *state) {
    mill_axis_free(&state->across);
    mill_axis_free(&state->down);
    free(state->ring);
    free(state->rows);
}

static int open_resampler(resampler *state, const mill_resize_job *job) {
    memset(state, 0, sizeof *state);
    state->job = job;
    state->passes = mill_choose_passes(job->is_portable);
    state->is_across_needed = job->scaled_width != job->source_width || job->source_pixel_stride != 3;
    int code = mill_axis_make(
        &state->across, job->filter, job->source_width, job->scaled_width, job->window_x, job->window_width);
    if (code == MILL_IMAGE_OK)
        code = mill_axis_make(
            &state->down, job->filter, job->source_height, job->scaled_height, job->window_y, job->window_height);
    if (code != MILL_IMAGE_OK) return code;
    state->ring_rows = state->down.taps_per_position;
    state->rows = calloc(state->ring_rows, sizeof *state->rows);
    if (state->is_across_needed) state->ring = malloc((size_t)state->ring_rows * row_byte_count(state));
    if (state->rows == NULL || (state->is_across_needed && state->ring == NULL)) return MILL_IMAGE_OUT_OF_MEMORY;
    if (job->window_height > 0) state->next_row = state->down.firsts[0];
    return MILL_IMAGE_OK;
}

/// Source row `y`, summed across.
static const uint8_t *row_at(const resampler *state, uint32_t y) {
    const mill_resize_job *job = state->job;
    if (state->is_across_needed) return state->ring + (size_t)(y % state->ring_rows) * row_byte_count(state);
    return job->source + (ptrdiff_t)y * job->source_row_stride + (size_t)job->window_x * 3;
}

/// Computes row `y` of the window.
static void next_output_row(resampler *state, uint32_t y, uint8_t *target) {
    const mill_resize_job *job = state->job;
    uint32_t first = state->down.firsts[y], count = state->down.tap_counts[y];
    if (state->is_across_needed)
        for (; state->next_row < first + count; state->next_row++)
            state->passes.across(
                &state->across, job->source + (ptrdiff_t)state->next_row * job->source_row_stride, job->source_width,
                job->source_pixel_stride, state->ring + (size_t)(state->next_row % state->ring_rows) * row_byte_count(state));
    for (uint32_t tap = 0; tap < count; tap++) state->rows[tap] = row_at(state, first + tap);
    const int32_t *weights = state->down.weights + (size_t)y * state->down.taps_per_position;
    state->passes.down(state->rows, weights, count, row_byte_count(state), target);
}

int mill_resize_u8(const mill_resize_job *job, uint8_t *target, ptrdiff_t target_row_stride) {
    resampler state;
    int code = open_resampler(&state, job);
    if (code == MILL_IMAGE_OK)
        for (uint32_t y = 0; y < job->window_height; y++)
            next_output_row(&state, y, target + (ptrdiff_t)y * target_row_stride);
    close_resampler(&state);
    return code;
}

/// The place of the first channel of pixel (x, y).
static float *place(const mill_float_target *target, uint32_t x, uint32_t y) {
    return target->values + (y / target->side) * target->tile_row_stride + (x / target->side) * target->tile_column_stride
         + (y % target->side) * target->row_stride + (x % target->side) * target->column_stride;
}

/// Writes `count` RGB8 pixels as normalised values; `step` is 3, or 0 to repeat one pixel.
static void write_normalised(
    const mill_float_target *target, uint32_t y, const uint8_t *samples, uint32_t count, size_t step
) {
    uint32_t x = target->x, end = target->x + count;
    const float *red = target->table, *green = red + 256, *blue = green + 256;
    size_t channel = target->channel_stride;
    while (x < end) {
        float *value = place(target, x, y);
        uint32_t tile_end = (x / target->side + 1) * target->side;
        uint32_t stop = tile_end < end ? tile_end : end;
        for (; x < stop; x++, samples += step, value += target->column_stride) {
            value[0] = red[samples[0]];
            value[channel] = green[samples[1]];
            value[2 * channel] = blue[samples[2]];
        }
    }
}

int mill_resize_f32(const mill_resize_job *job, const mill_float_target *target) {
    resampler state;
    int code = open_resampler(&state, job);
    uint8_t *row = malloc(row_byte_count(&state) + 1);
    if (row == NULL) code = MILL_IMAGE_OUT_OF_MEMORY;
    if (code == MILL_IMAGE_OK)
        for (uint32_t y = 0; y < job->window_height; y++) {
            next_output_row(&state, y, row);
            write_normalised(target, target->y + y, row, job->window_width, 3);
        }
    free(row);
    close_resampler(&state);
    return code;
}

void mill_fill_f32(const mill_float_target *target, uint32_t width, uint32_t height, const uint8_t colour[3]) {
    for (uint32_t y = 0; y < height; y++) write_normalised(target, target->y + y, colour, width, 0);
}
