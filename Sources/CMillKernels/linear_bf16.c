// y = x W^T + b in BF16 arithmetic: activations are rounded once, then the rows of all matrices are divided among threads.

#include "bf16.h"
#include "parallel.h"
#include "scratch.h"

#include <stdatomic.h>

typedef struct bf16_state {
    const mill_context *context;
    const mill_linear_job *job;
    const mill_bf16 *kernels;
    size_t rows;  // of a group
    void *rounded;
    atomic_bool failed;
} bf16_state;

static void round_chunk(void *argument, size_t begin, size_t end) {
    bf16_state *state = argument;
    state->kernels->round(state->job, begin, end - begin, state->rounded);
}

static size_t group_count(const bf16_state *state, const mill_matrix *matrix) {
    return mill_takes_bf16(state->context, state->kernels, matrix->type) ? (matrix->m + state->rows - 1) / state->rows : 0;
}

// Items are groups of rows of all matrices, one after the other.
static void multiply_chunk(void *argument, size_t begin, size_t end) {
    bf16_state *state = argument;
    const size_t rows = state->rows;
    size_t first = 0;
    for (size_t i = 0; i < state->job->matrix_count && first < end; i++) {
        const mill_matrix *matrix = &state->job->matrices[i];
        size_t last = first + group_count(state, matrix);
        if (last > begin && last > first) {
            size_t row = (begin > first ? begin - first : 0) * rows, stop = ((end < last ? end : last) - first) * rows;
            if (stop > matrix->m) stop = matrix->m;
            if (!state->kernels->multiply(state->job, matrix, state->rounded, row, stop - row)) atomic_store(&state->failed, true);
        }
        first = last;
    }
}

// Rows of a group. Few tokens are bound by reading the weights; for many, a group has the rounding of its weights and the reading
// of all activations to itself, so that it should be large, and there should be some for each thread.
static size_t group_rows(const mill_context *context, const mill_linear_job *job, const mill_bf16 *kernels) {
    const size_t least = kernels->rows;
    if (job->n <= 2 * least) return least;
    size_t m = 0, threads = (size_t)mill_pool_threads(context->pool);
    for (size_t i = 0; i < job->matrix_count; i++) {
        if (mill_takes_bf16(context, kernels, job->matrices[i].type)) m += job->matrices[i].m;
    }
    size_t units = m / (3 * threads) / least;
    return least * (units < 2 ? 2 : units > 4 ? 4 : units);
}

int mill_linear_bf16(const mill_context *context, const mill_linear_job *job, const mill_bf16 *kernels) {
    bf16_state state = {.context = context, .job = job, .kernels = kernels, .rows = group_rows(context, job, kernels)};
    atomic_init(&state.failed, false);
    size_t groups = 0;
    for (size_t i = 0; i < job->matrix_count; i++) groups += group_count(&state, &job->matrices[i]);
    if (!job->n || !groups) return MILL_OK;
    state.rounded = mill_scratch(MILL_SCRATCH_CALLER, kernels->bytes(job->n, job->k));
    if (!state.rounded) return MILL_NO_MEMORY;
    mill_parallel(context, job->n, 16, (double)job->k * 0.1, round_chunk, &state);
    // One token is bound by reading the weights, many by the products.
    double cost = (double)job->k * (double)state.rows * (0.05 + 0.003 * (double)job->n);
    mill_parallel(context, groups, 1, cost, multiply_chunk, &state);
    return atomic_load(&state.failed) ? MILL_NO_MEMORY : MILL_OK;
}
