// y = x W^T + b in BF16 arithmetic: activations are rounded once, then weight rows are divided among threads.

#include "bf16.h"
#include "parallel.h"
#include "scratch.h"

#include <stdatomic.h>

typedef struct bf16_state {
    const mill_linear_job *job;
    const mill_matrix *matrix;
    const mill_bf16 *kernels;
    void *rounded;
    atomic_bool failed;
} bf16_state;

static void round_chunk(void *argument, size_t begin, size_t end) {
    bf16_state *state = argument;
    state->kernels->round(state->job, begin, end - begin, state->rounded);
}

static void multiply_chunk(void *argument, size_t begin, size_t end) {
    bf16_state *state = argument;
    bool done = state->kernels->multiply(state->job, state->matrix, state->rounded, begin, end - begin);
    if (!done) atomic_store(&state->failed, true);
}

int mill_linear_bf16(const mill_context *context, const mill_linear_job *job, const mill_bf16 *kernels) {
    bf16_state state = {job, NULL, kernels, mill_scratch(MILL_SCRATCH_CALLER, kernels->bytes(job->n, job->k)), false};
    if (!state.rounded) return MILL_NO_MEMORY;
    mill_parallel(context, job->n, 16, (double)job->k * 0.1, round_chunk, &state);
    // One token is bound by reading the weights, many by the products.
    double cost = (double)job->k * (0.05 + 0.003 * (double)job->n);
    for (size_t i = 0; i < job->matrix_count; i++) {
        state.matrix = &job->matrices[i];
        if (mill_is_half(state.matrix->type)) {
            mill_parallel(context, state.matrix->m, kernels->rows, cost, multiply_chunk, &state);
        }
    }
    return atomic_load(&state.failed) ? MILL_NO_MEMORY : MILL_OK;
}
