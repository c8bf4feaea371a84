// Norms, activations, sums and rotary embedding: rows or ranges divided among threads.

#include "kernels.h"
#include "parallel.h"
#include "scratch.h"

#include <math.h>

typedef struct rows_state {
    const mill_kernels *kernels;
    const float *x, *weight, *bias;
    float *y;
    float epsilon;
    size_t k;
} rows_state;

static void rms_chunk(void *argument, size_t begin, size_t end) {
    const rows_state *s = argument;
    for (size_t i = begin; i < end; i++) s->kernels->rms_norm(s->x + i * s->k, s->weight, s->epsilon, s->y + i * s->k, s->k);
}

void mill_rms_norm(const mill_context *context, const float *x, const float *weight, float epsilon, float *y, size_t n, size_t k) {
    rows_state state = {.kernels = mill_kernels_for(context->isa), .x = x, .weight = weight, .y = y, .epsilon = epsilon, .k = k};
    mill_parallel(context, n, 1, (double)k * 0.2, rms_chunk, &state);
}

static void layer_chunk(void *argument, size_t begin, size_t end) {
    const rows_state *s = argument;
    for (size_t i = begin; i < end; i++) {
        s->kernels->layer_norm(s->x + i * s->k, s->weight, s->bias, s->epsilon, s->y + i * s->k, s->k);
    }
}

void mill_layer_norm(const mill_context *context, const float *x, const float *weight, const float *bias, float epsilon,
                     float *y, size_t n, size_t k) {
    rows_state state = {mill_kernels_for(context->isa), x, weight, bias, y, epsilon, k};
    mill_parallel(context, n, 1, (double)k * 0.3, layer_chunk, &state);
}

static void softmax_chunk(void *argument, size_t begin, size_t end) {
    const rows_state *s = argument;
    for (size_t i = begin; i < end; i++) s->kernels->softmax(s->y + i * s->k, s->k);
}

void mill_softmax(const mill_context *context, float *x, size_t n, size_t k) {
    rows_state state = {.kernels = mill_kernels_for(context->isa), .y = x, .k = k};
    mill_parallel(context, n, 1, (double)k * 0.5, softmax_chunk, &state);
}

// Elementwise operations work on ranges of 64 elements, so that threads do not share cache lines of the result.
enum { RANGE = 64 };

typedef struct element_state {
    const mill_kernels *kernels;
    const float *a, *b;
    float *y;
    float scale;
    mill_gelu_kind kind;
} element_state;

static void gelu_chunk(void *argument, size_t begin, size_t end) {
    const element_state *s = argument;
    s->kernels->gelu(s->y + begin, end - begin, s->kind);
}
static void silu_mul_chunk(void *argument, size_t begin, size_t end) {
    const element_state *s = argument;
    s->kernels->silu_mul(s->a + begin, s->b + begin, s->y + begin, end - begin);
}
static void silu_chunk(void *argument, size_t begin, size_t end) {
    const element_state *s = argument;
    s->kernels->silu(s->y + begin, end - begin);
}
static void sigmoid_chunk(void *argument, size_t begin, size_t end) {
    const element_state *s = argument;
    s->kernels->sigmoid(s->y + begin, end - begin);
}
static void tanh_chunk(void *argument, size_t begin, size_t end) {
    const element_state *s = argument;
    s->kernels->tanh(s->y + begin, end - begin);
}
static void add_chunk(void *argument, size_t begin, size_t end) {
    const element_state *s = argument;
    s->kernels->add_scaled(s->a + begin, s->scale, s->y + begin, end - begin);
}
static void multiply_chunk(void *argument, size_t begin, size_t end) {
    const element_state *s = argument;
    s->kernels->multiply(s->a + begin, s->y + begin, end - begin);
}

static void elements(const mill_context *context, size_t count, double cost, mill_range body, element_state state) {
    state.kernels = mill_kernels_for(context->isa);
    mill_parallel(context, count, RANGE, cost, body, &state);
}

void mill_gelu(const mill_context *context, float *x, size_t count, mill_gelu_kind kind) {
    elements(context, count, 0.7, gelu_chunk, (element_state){.y = x, .kind = kind});
}
void mill_silu_mul(const mill_context *context, const float *gate, const float *up, float *y, size_t count) {
    elements(context, count, 0.7, silu_mul_chunk, (element_state){.a = gate, .b = up, .y = y});
}
void mill_silu(const mill_context *context, float *x, size_t count) {
    elements(context, count, 0.7, silu_chunk, (element_state){.y = x});
}
void mill_sigmoid(const mill_context *context, float *x, size_t count) {
    elements(context, count, 0.7, sigmoid_chunk, (element_state){.y = x});
}
void mill_tanh(const mill_context *context, float *x, size_t count) {
    elements(context, count, 0.7, tanh_chunk, (element_state){.y = x});
}
void mill_add_scaled(const mill_context *context, const float *x, float scale, float *y, size_t count) {
    elements(context, count, 0.2, add_chunk, (element_state){.a = x, .y = y, .scale = scale});
}
void mill_multiply(const mill_context *context, const float *x, float *y, size_t count) {
    elements(context, count, 0.2, multiply_chunk, (element_state){.a = x, .y = y});
}

typedef struct add_rows_state {
    const mill_kernels *kernels;
    const float *x, *scales;
    const int32_t *rows;
    size_t k;
    float *y;
} add_rows_state;

static void add_rows_chunk(void *argument, size_t begin, size_t end) {
    const add_rows_state *s = argument;
    for (size_t i = begin; i < end; i++) {
        s->kernels->add_scaled(s->x + i * s->k, s->scales[i], s->y + (size_t)s->rows[i] * s->k, s->k);
    }
}

void mill_add_scaled_rows(const mill_context *context, const float *x, const float *scales, const int32_t *rows, size_t n, size_t k,
                          float *y) {
    add_rows_state state = {mill_kernels_for(context->isa), x, scales, rows, k, y};
    mill_parallel(context, n, 1, (double)k * 0.2, add_rows_chunk, &state);
}

typedef struct rope_state {
    const mill_kernels *kernels;
    const mill_rope_job *job;
    float *angles;
} rope_state;

static void rope_chunk(void *argument, size_t begin, size_t end) {
    const rope_state *s = argument;
    const mill_rope_job *job = s->job;
    for (size_t t = begin; t < end; t++) {
        const float *cosine = s->angles + 2 * t * job->pairs, *sine = cosine + job->pairs;
        for (size_t h = 0; h < job->heads; h++) {
            float *x = job->x + (ptrdiff_t)t * job->token_stride + (ptrdiff_t)h * job->head_stride;
            s->kernels->rotate(x, cosine, sine, job->pairs, job->interleaved);
        }
    }
}

int mill_rope(const mill_context *context, const mill_rope_job *job) {
    float *angles = mill_scratch(MILL_SCRATCH_CALLER, 2 * job->n * job->pairs * sizeof(float));
    if (!angles) return MILL_NO_MEMORY;
    for (size_t t = 0; t < job->n; t++) {
        float *cosine = angles + 2 * t * job->pairs, *sine = cosine + job->pairs;
        for (size_t j = 0; j < job->pairs; j++) {
            float angle = (float)job->positions[t] * job->frequencies[j];
            cosine[j] = cosf(angle) * job->scale;
            sine[j] = sinf(angle) * job->scale;
        }
    }
    rope_state state = {mill_kernels_for(context->isa), job, angles};
    mill_parallel(context, job->n, 1, (double)(job->heads * job->pairs) * 0.5, rope_chunk, &state);
    return MILL_OK;
}
