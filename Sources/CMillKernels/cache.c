// Writing keys and values into a cache: rotation, rounding to the cache's type, and its layout.

#include "kernels.h"
#include "parallel.h"
#include "scratch.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

size_t mill_cached_row_bytes(mill_dtype type, size_t d) {
    return d / (size_t)mill_block_size(type) * (size_t)mill_block_bytes(type);
}

typedef struct store_state {
    const mill_store_job *job;
    const mill_kernels *kernels;
    size_t row_bytes, before;  // tokens before `start` in its 16
    atomic_bool failed;
} store_state;

// One token's key among the 16 that lie together.
static void place_key(mill_dtype type, const uint8_t *row, size_t d, uint8_t *panel, size_t column) {
    switch (type) {
    case MILL_F32:
        for (size_t i = 0; i < d; i++) memcpy(panel + 4 * (16 * i + column), row + 4 * i, 4);
        break;
    case MILL_Q8_0:
        for (size_t b = 0; b < d / 32; b++, row += 34, panel += 544) {
            memcpy(panel + 2 * column, row, 2);
            for (size_t i = 0; i < 32; i++) panel[32 + 16 * i + column] = row[2 + i];
        }
        break;
    default:
        for (size_t i = 0; i < d; i++) memcpy(panel + 2 * (16 * i + column), row + 2 * i, 2);
    }
}

static void store_token(const store_state *state, size_t token, float *angles, uint8_t *narrow) {
    const mill_store_job *job = state->job;
    const mill_cache *cache = job->cache;
    const mill_kernels *kernels = state->kernels;
    size_t position = job->start + token;
    float *cosine = angles, *sine = angles + job->pairs;
    for (size_t j = 0; j < job->pairs; j++) {
        float angle = (float)job->positions[token] * job->frequencies[j];
        cosine[j] = cosf(angle) * job->scale;
        sine[j] = sinf(angle) * job->scale;
    }
    for (size_t h = 0; job->q && h < job->heads; h++) {
        float *q = job->q + (ptrdiff_t)token * job->q_token + (ptrdiff_t)h * job->q_head;
        kernels->rotate(q, cosine, sine, job->pairs, job->interleaved);
    }
    for (size_t h = 0; h < cache->heads; h++) {
        size_t row = h * cache->capacity + position;
        float *key = job->k + (ptrdiff_t)token * job->k_token + (ptrdiff_t)h * job->k_head;
        kernels->rotate(key, cosine, sine, job->pairs, job->interleaved);
        kernels->narrow(key, cache->type, cache->d, narrow);
        place_key(cache->type, narrow, cache->d, (uint8_t *)cache->keys + (row - position % 16) * state->row_bytes, position % 16);
        const float *value = job->v + (ptrdiff_t)token * job->v_token + (ptrdiff_t)h * job->v_head;
        kernels->narrow(value, cache->type, cache->d, (uint8_t *)cache->values + row * state->row_bytes);
    }
}

// Items are the sixteens of tokens that lie together.
static void store_chunk(void *argument, size_t begin, size_t end) {
    store_state *state = argument;
    const mill_store_job *job = state->job;
    size_t angles = 2 * job->pairs;
    float *memory = mill_scratch(MILL_SCRATCH_CHUNK, angles * sizeof(float) + state->row_bytes);
    if (!memory) {
        atomic_store(&state->failed, true);
        return;
    }
    size_t first = begin ? 16 * begin - state->before : 0, last = 16 * end - state->before;
    for (size_t token = first; token < last && token < job->n; token++) {
        store_token(state, token, memory, (uint8_t *)(memory + angles));
    }
}

int mill_store(const mill_context *context, const mill_store_job *job) {
    if (!job->n) return MILL_OK;
    store_state state = {.job = job, .kernels = mill_kernels_for(context->isa), .before = job->start % 16};
    state.row_bytes = mill_cached_row_bytes(job->cache->type, job->cache->d);
    atomic_init(&state.failed, false);
    size_t heads = job->cache->heads, token = heads * job->cache->d * 2 + job->pairs * (20 + heads + job->heads);
    size_t tokens = job->n < 16 ? job->n : 16;
    mill_parallel(context, (state.before + job->n + 15) / 16, 1, (double)(tokens * token), store_chunk, &state);
    return atomic_load(&state.failed) ? MILL_NO_MEMORY : MILL_OK;
}
