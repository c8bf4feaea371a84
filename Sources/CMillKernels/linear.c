// y = x W^T + b: which kernel, and how rows and tokens are divided among threads.

#include "kernels.h"
#include "parallel.h"
#include "scratch.h"

#include <stdatomic.h>

// Weight rows per kernel call; the widest kernels take 16 at once.
enum { PANEL = 16 };

typedef struct linear_state {
    const mill_linear_job *job;
    const mill_kernels *kernels;
    mill_activations activations;  // only for the 8-bit path
    atomic_bool failed;
} linear_state;

static const uint8_t *row_at(const mill_linear_job *job, size_t row) {
    return (const uint8_t *)job->weight + (ptrdiff_t)row * job->weight_stride;
}

static void add_bias(const mill_linear_job *job, size_t row, size_t rows, size_t token, size_t tokens) {
    if (!job->bias) return;
    for (size_t t = token; t < token + tokens; t++) {
        float *y = job->y + (ptrdiff_t)t * job->y_stride;
        for (size_t r = row; r < row + rows; r++) y[r] += job->bias[r];
    }
}

static void panel(linear_state *state, size_t row, size_t rows, size_t token, size_t tokens) {
    const mill_linear_job *job = state->job;
    const mill_kernels *kernels = state->kernels;
    float *y = job->y + (ptrdiff_t)token * job->y_stride + row;
    const float *x = job->x + (ptrdiff_t)token * job->x_stride;
    if (state->activations.q) {
        kernels->gemm_int8[job->type](
            row_at(job, row), job->weight_stride, rows, &state->activations, token, tokens, job->k, y, job->y_stride);
    } else if (job->type <= MILL_BF16) {
        kernels->gemm[job->type](row_at(job, row), job->weight_stride, rows, x, job->x_stride, tokens, job->k, y, job->y_stride);
    } else {
        float *values = mill_scratch(MILL_SCRATCH_CHUNK, rows * job->k * sizeof(float));
        if (!values) {
            atomic_store(&state->failed, true);
            return;
        }
        for (size_t r = 0; r < rows; r++) kernels->dequantize(job->type, row_at(job, row + r), values + r * job->k, job->k);
        kernels->gemm[MILL_F32](
            values, (ptrdiff_t)(job->k * sizeof(float)), rows, x, job->x_stride, tokens, job->k, y, job->y_stride);
    }
    add_bias(job, row, rows, token, tokens);
}

// Items are weight rows.
static void rows_chunk(void *argument, size_t begin, size_t end) {
    linear_state *state = argument;
    for (size_t row = begin; row < end; row += PANEL) {
        size_t rows = end - row < PANEL ? end - row : PANEL;
        panel(state, row, rows, 0, state->job->n);
    }
}

static void quantize_chunk(void *argument, size_t begin, size_t end) {
    linear_state *state = argument;
    size_t k = state->job->k;
    for (size_t t = begin; t < end; t++) {
        state->kernels->quantize(
            state->job->x + (ptrdiff_t)t * state->job->x_stride, k, state->activations.q + t * k,
            state->activations.scales + t * (k / 32), state->activations.sums + t * (k / 16));
    }
}

static bool prepare_activations(linear_state *state, const mill_context *context) {
    size_t n = state->job->n, k = state->job->k, scales = n * (k / 32);
    uint8_t *memory = mill_scratch(MILL_SCRATCH_CALLER, n * k + scales * (sizeof(float) + 2 * sizeof(int32_t)));
    if (!memory) return false;
    state->activations.q = (int8_t *)memory;
    state->activations.scales = (float *)(memory + n * k);
    state->activations.sums = (int32_t *)(state->activations.scales + scales);
    mill_parallel(context, n, 1, (double)k * 0.2, quantize_chunk, state);
    return true;
}

int mill_linear(const mill_context *context, const mill_linear_job *job) {
    if (!job->n || !job->m) return MILL_OK;
    linear_state state = {.job = job, .kernels = mill_kernels_for(context->isa)};
    if (context->int8_activations && state.kernels->bf16 && (job->type == MILL_F16 || job->type == MILL_BF16)) {
        return mill_linear_bf16(context, job, state.kernels->bf16);
    }
    atomic_init(&state.failed, false);
    bool int8 = context->int8_activations && state.kernels->gemm_int8[job->type];
    if (int8 && !prepare_activations(&state, context)) return MILL_NO_MEMORY;
    double cost = (double)job->k * (double)job->n * (int8 ? 0.02 : 0.05);
    mill_parallel(context, job->m, PANEL, cost, rows_chunk, &state);
    return atomic_load(&state.failed) ? MILL_NO_MEMORY : MILL_OK;
}

typedef struct embed_state {
    const mill_kernels *kernels;
    mill_dtype type;
    const uint8_t *table;
    ptrdiff_t row_stride;
    size_t k;
    const int32_t *ids;
    float *out;
} embed_state;

static void embed_chunk(void *argument, size_t begin, size_t end) {
    const embed_state *state = argument;
    for (size_t i = begin; i < end; i++) {
        const uint8_t *row = state->table + (ptrdiff_t)state->ids[i] * state->row_stride;
        state->kernels->dequantize(state->type, row, state->out + i * state->k, state->k);
    }
}

void mill_embed(const mill_context *context, mill_dtype type, const void *table, ptrdiff_t row_stride, size_t k,
                const int32_t *ids, size_t n, float *out) {
    embed_state state = {mill_kernels_for(context->isa), type, table, row_stride, k, ids, out};
    mill_parallel(context, n, 1, (double)k * 0.5, embed_chunk, &state);
}

void mill_dequantize_row(mill_isa isa, mill_dtype type, const void *row, float *out, size_t k) {
    mill_kernels_for(isa)->dequantize(type, row, out, k);
}
