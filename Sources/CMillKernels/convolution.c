// Convolution as a matrix product over patches that are laid out for a few output pixels at a time.

#include "kernels.h"
#include "parallel.h"
#include "scratch.h"

#include <stdatomic.h>
#include <string.h>

// Output pixels whose patches are laid out at once.
enum { PIXEL_TILE = 32, CHANNEL_TILE = 64 };

typedef struct convolution_state {
    const mill_convolution_job *job;
    const mill_kernels *kernels;
    size_t patch;  // elements
    atomic_bool failed;
} convolution_state;

// The part of the patch of output pixel (row, column) that lies in input row `y` = row * stride + i - padding.
static void patch_row(const convolution_state *state, size_t y, size_t column, float *out) {
    const mill_convolution_job *job = state->job;
    size_t channels = job->channels, first = column * job->stride;
    size_t skipped = first < job->padding ? job->padding - first : 0;
    if (skipped > job->kernel_width) skipped = job->kernel_width;
    size_t x = first + skipped - job->padding;
    size_t inside = x < job->width ? job->width - x : 0;
    if (inside > job->kernel_width - skipped) inside = job->kernel_width - skipped;
    memset(out, 0, skipped * channels * sizeof(float));
    float *target = out + skipped * channels;
    ptrdiff_t offset = (ptrdiff_t)y * job->x_row + (ptrdiff_t)(x * channels);
    if (job->x_is_u8) {
        state->kernels->u8_to_f32((const uint8_t *)job->x + offset, job->x_scale, job->x_shift, inside, channels, target);
    } else if (inside) {
        memcpy(target, (const float *)job->x + offset, inside * channels * sizeof(float));
    }
    memset(target + inside * channels, 0, (job->kernel_width - skipped - inside) * channels * sizeof(float));
}

static void patch(const convolution_state *state, size_t pixel, float *out) {
    const mill_convolution_job *job = state->job;
    size_t row = pixel / job->out_width, column = pixel % job->out_width, run = job->kernel_width * job->channels;
    for (size_t i = 0; i < job->kernel_height; i++, out += run) {
        size_t y = row * job->stride + i;
        if (y < job->padding || y - job->padding >= job->height) {
            memset(out, 0, run * sizeof(float));
        } else {
            patch_row(state, y - job->padding, column, out);
        }
    }
}

static void pixels_chunk(void *argument, size_t begin, size_t end) {
    convolution_state *state = argument;
    const mill_convolution_job *job = state->job;
    float *patches = mill_scratch(MILL_SCRATCH_CHUNK, PIXEL_TILE * state->patch * sizeof(float));
    if (!patches) {
        atomic_store(&state->failed, true);
        return;
    }
    for (size_t pixel = begin; pixel < end; pixel += PIXEL_TILE) {
        size_t count = end - pixel < PIXEL_TILE ? end - pixel : PIXEL_TILE;
        for (size_t i = 0; i < count; i++) patch(state, pixel + i, patches + i * state->patch);
        float *y = job->y + pixel * job->out_channels;
        for (size_t channel = 0; channel < job->out_channels; channel += CHANNEL_TILE) {
            size_t rest = job->out_channels - channel;
            state->kernels->gemm[MILL_F32](
                job->weight + channel * state->patch, (ptrdiff_t)(state->patch * sizeof(float)),
                rest < CHANNEL_TILE ? rest : CHANNEL_TILE, patches, (ptrdiff_t)state->patch, count, state->patch, y + channel,
                (ptrdiff_t)job->out_channels);
        }
        if (!job->bias) continue;
        for (size_t i = 0; i < count; i++) {
            state->kernels->add_scaled(job->bias, 1, y + i * job->out_channels, job->out_channels);
        }
    }
}

int mill_convolution(const mill_context *context, const mill_convolution_job *job) {
    convolution_state state = {
        .job = job,
        .kernels = mill_kernels_for(context->isa),
        .patch = job->kernel_height * job->kernel_width * job->channels,
    };
    atomic_init(&state.failed, false);
    double cost = (double)state.patch * ((double)job->out_channels * 0.03 + 0.5);
    mill_parallel(context, job->out_height * job->out_width, PIXEL_TILE, cost, pixels_chunk, &state);
    return atomic_load(&state.failed) ? MILL_NO_MEMORY : MILL_OK;
}
