// y = x W^T + b: which kernel, and how rows are divided among threads.

#include "kernels.h"
#include "panel.h"
#include "parallel.h"
#include "scratch.h"

#include <stdatomic.h>
#include <string.h>

typedef struct linear_state {
    const mill_context *context;
    const mill_linear_job *job;
    const mill_kernels *kernels;
    mill_activations activations;  // where a matrix takes them in 8 bits
    atomic_bool failed;
} linear_state;

static bool takes_int8(const mill_context *context, const mill_kernels *kernels, const mill_matrix *matrix) {
    return context->int8_activations && kernels->gemm_int8[matrix->type];
}

static void add_bias(const mill_matrix *matrix, size_t row, size_t rows, size_t tokens) {
    if (!matrix->bias) return;
    for (size_t t = 0; t < tokens; t++) {
        float *y = matrix->y + (ptrdiff_t)t * matrix->y_stride;
        for (size_t r = row; r < row + rows; r++) y[r] += matrix->bias[r];
    }
}

// What a product without columns gives.
static void clear_rows(const mill_matrix *matrix, size_t row, size_t rows, size_t tokens) {
    for (size_t t = 0; t < tokens; t++) memset(matrix->y + (ptrdiff_t)t * matrix->y_stride + row, 0, rows * sizeof(float));
}

static void fail(linear_state *state) { atomic_store(&state->failed, true); }

// Whole panels of a matrix, all tokens.
static void panels_int8(linear_state *state, const mill_matrix *matrix, size_t row, size_t rows) {
    const size_t k = state->job->k, panel_bytes = mill_panel_bytes(matrix->type, k);
    mill_gemm_int8 gemm = state->kernels->gemm_int8[matrix->type];
    float *y = matrix->y + row;
    if (matrix->panels) {
        const uint8_t *panels = (const uint8_t *)matrix->panels + row / PANEL_ROWS * panel_bytes;
        if (!gemm(panels, rows, k, &state->activations, y, matrix->y_stride)) fail(state);
        return;
    }
    uint8_t *panel = mill_scratch(MILL_SCRATCH_CHUNK, panel_bytes);
    if (!panel) {
        fail(state);
        return;
    }
    for (size_t r = 0; r < rows; r += PANEL_ROWS) {
        size_t count = rows - r < PANEL_ROWS ? rows - r : PANEL_ROWS;
        mill_pack_panel(matrix->type, mill_row_at(matrix, row + r), matrix->row_stride, count, k, panel);
        if (!gemm(panel, count, k, &state->activations, y + r, matrix->y_stride)) {
            fail(state);
            return;
        }
    }
}

// Rows of a matrix with F32 activations; quantized ones are dequantized, exactly.
static void rows_float32(linear_state *state, const mill_matrix *matrix, size_t row, size_t rows) {
    const mill_linear_job *job = state->job;
    const mill_kernels *kernels = state->kernels;
    const size_t k = job->k, row_bytes = k / (size_t)mill_block_size(matrix->type) * (size_t)mill_block_bytes(matrix->type);
    float *values = NULL;
    uint8_t *from_panel = NULL;
    if (matrix->type > MILL_BF16) {
        values = mill_scratch(MILL_SCRATCH_CHUNK, PANEL_ROWS * k * sizeof(float));
        from_panel = mill_scratch(MILL_SCRATCH_ROWS, row_bytes);
        if (!values || !from_panel) {
            fail(state);
            return;
        }
    }
    for (size_t end = row + rows; row < end; row += PANEL_ROWS) {
        size_t count = end - row < PANEL_ROWS ? end - row : PANEL_ROWS;
        const void *w = matrix->rows ? mill_row_at(matrix, row) : NULL;
        ptrdiff_t stride = matrix->row_stride;
        mill_dtype type = matrix->type;
        if (values) {
            for (size_t r = 0; r < count; r++) {
                const uint8_t *from = from_panel;
                if (matrix->rows) {
                    from = mill_row_at(matrix, row + r);
                } else {
                    mill_unpack_row(type, matrix->panels, row + r, k, from_panel);
                }
                kernels->dequantize(type, from, values + r * k, k);
            }
            w = values;
            stride = (ptrdiff_t)(k * sizeof(float));
            type = MILL_F32;
        }
        kernels->gemm[type](w, stride, count, job->x, job->x_stride, job->n, k, matrix->y + row, matrix->y_stride);
    }
}

// Whether a matrix is multiplied in BF16 arithmetic.
static bool is_elsewhere(const linear_state *state, const mill_matrix *matrix) {
    return state->job->k && mill_takes_bf16(state->context, state->kernels->bf16, matrix->type);
}

// Panels of a matrix that are multiplied here.
static size_t panel_count(const linear_state *state, const mill_matrix *matrix) {
    return is_elsewhere(state, matrix) ? 0 : (matrix->m + PANEL_ROWS - 1) / PANEL_ROWS;
}

// Items are the panels of all matrices, one after the other.
static void panels_chunk(void *argument, size_t begin, size_t end) {
    linear_state *state = argument;
    const mill_linear_job *job = state->job;
    size_t first = 0;
    for (size_t i = 0; i < job->matrix_count && first < end; i++) {
        const mill_matrix *matrix = &job->matrices[i];
        size_t last = first + panel_count(state, matrix);
        if (last > begin) {
            size_t row = (begin > first ? begin - first : 0) * PANEL_ROWS;
            size_t stop = ((end < last ? end : last) - first) * PANEL_ROWS;
            size_t rows = (stop < matrix->m ? stop : matrix->m) - row;
            if (!job->k) {
                clear_rows(matrix, row, rows, job->n);
            } else if (state->activations.q && state->kernels->gemm_int8[matrix->type]) {
                panels_int8(state, matrix, row, rows);
            } else {
                rows_float32(state, matrix, row, rows);
            }
            add_bias(matrix, row, rows, job->n);
        }
        first = last;
    }
}

static void quantize_chunk(void *argument, size_t begin, size_t end) {
    linear_state *state = argument;
    const mill_activations *x = &state->activations;
    for (size_t t = begin; t < end; t++) {
        size_t at = mill_activation_block(x, t, 0);
        state->kernels->quantize(
            state->job->x + (ptrdiff_t)t * state->job->x_stride, state->job->k, x->tile, x->q + 32 * at, x->scales + at,
            x->sums + 2 * at);
        for (size_t block = at; block < at + x->groups * x->tile; block += x->tile) {
            int32_t sum = x->sums[2 * block] + x->sums[2 * block + 1];
            x->minus[block] = -sum;
            x->weighted[block] = x->scales[block] * (float)sum;
        }
    }
}

static bool prepare_activations(linear_state *state, const mill_context *context) {
    const size_t n = state->job->n, groups = state->job->k / 32, tile = n <= MILL_FEW_TOKENS ? n : MILL_TOKEN_TILE;
    const size_t places = (n + tile - 1) / tile * tile, blocks = places * groups;
    uint8_t *memory = mill_scratch(MILL_SCRATCH_CALLER, blocks * (32 + 2 * sizeof(float) + 3 * sizeof(int32_t)));
    if (!memory) return false;
    mill_activations *x = &state->activations;
    float *scales = (float *)(void *)(memory + 32 * blocks);
    int32_t *sums = (int32_t *)(void *)(scales + 2 * blocks);
    *x = (mill_activations){
        .q = (int8_t *)memory, .scales = scales, .weighted = scales + blocks, .sums = sums, .minus = sums + 2 * blocks,
        .tokens = n, .tile = tile, .groups = groups};
    if (places > n) {
        // The places without a token in the last tile, which is read as a whole.
        size_t at = mill_activation_block(x, n / tile * tile, 0), count = tile * groups;
        memset(x->q + 32 * at, 0, 32 * count);
        memset(x->scales + at, 0, sizeof(float) * count);
        memset(x->sums + 2 * at, 0, 2 * sizeof(int32_t) * count);
        memset(x->minus + at, 0, sizeof(int32_t) * count);
        memset(x->weighted + at, 0, sizeof(float) * count);
    }
    mill_parallel(context, n, 1, (double)state->job->k * 0.2, quantize_chunk, state);
    return true;
}

int mill_linear(const mill_context *context, const mill_linear_job *job) {
    linear_state state = {.context = context, .job = job, .kernels = mill_kernels_for(context->isa)};
    atomic_init(&state.failed, false);
    size_t panels = 0;
    bool int8 = false, bf16 = false;
    for (size_t i = 0; i < job->matrix_count; i++) {
        const mill_matrix *matrix = &job->matrices[i];
        panels += panel_count(&state, matrix);
        if (is_elsewhere(&state, matrix)) {
            bf16 = true;
        } else {
            int8 = int8 || takes_int8(context, state.kernels, matrix);
        }
    }
    if (!job->n) return MILL_OK;
    if (bf16 && mill_linear_bf16(context, job, state.kernels->bf16) != MILL_OK) return MILL_NO_MEMORY;
    if (!panels) return MILL_OK;
    if (int8 && job->k && !prepare_activations(&state, context)) return MILL_NO_MEMORY;
    double cost = (double)job->k * (double)job->n * PANEL_ROWS * (int8 ? 0.02 : 0.05);
    // Few tokens want panels side by side, if there are enough for all threads.
    size_t grain = job->n <= MILL_FEW_TOKENS && panels >= 64 ? MILL_STREAMS : 1;
    mill_parallel(context, panels, grain, cost, panels_chunk, &state);
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
