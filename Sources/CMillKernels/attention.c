// Attention in blocks of 256 keys. Each block gives a maximum, a sum and a weighted row of values; blocks are merged
// in ascending order. A query's result therefore depends on its keys alone: not on the other queries of the call, on
// threads, or on how a prompt was cut into calls.

#include "kernels.h"
#include "parallel.h"
#include "scratch.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

enum { KEY_BLOCK = 256, QUERY_TILE = 16 };

typedef struct attention_state {
    const mill_attention_job *job;
    const mill_kernels *kernels;
    size_t group, rows, tiles;  // queries per key head; rows = n * group per key head
    atomic_bool failed;
} attention_state;

// One query's running result.
typedef struct partial {
    float max, sum;
} partial;

static void merge(float *out, partial *total, const float *block, float max, float sum, size_t dv) {
    if (sum == 0) return;
    if (total->sum == 0) {
        for (size_t i = 0; i < dv; i++) out[i] = block[i];
        *total = (partial){max, sum};
        return;
    }
    float greatest = max > total->max ? max : total->max;
    float keep = expf(total->max - greatest), add = expf(max - greatest);
    for (size_t i = 0; i < dv; i++) out[i] = out[i] * keep + block[i] * add;
    *total = (partial){greatest, total->sum * keep + sum * add};
}

// Row r of a key head is query r / group, head r % group within the head's group.
static void tile(attention_state *state, size_t kv_head, size_t first, size_t count) {
    const mill_attention_job *job = state->job;
    const mill_kernels *kernels = state->kernels;
    size_t group = state->group, d = job->d, dv = job->dv;
    float *memory = mill_scratch(MILL_SCRATCH_CHUNK, QUERY_TILE * (d + KEY_BLOCK + dv) * sizeof(float));
    if (!memory) {
        atomic_store(&state->failed, true);
        return;
    }
    float *queries = memory, *scores = queries + QUERY_TILE * d, *block = scores + QUERY_TILE * KEY_BLOCK;
    float *out[QUERY_TILE];
    size_t visible[QUERY_TILE], most = 0;
    partial totals[QUERY_TILE];
    for (size_t i = 0; i < count; i++) {
        size_t query = (first + i) / group, head = kv_head * group + (first + i) % group;
        const float *q = job->q + (ptrdiff_t)query * job->q_token + (ptrdiff_t)head * job->q_head;
        for (size_t j = 0; j < d; j++) queries[i * d + j] = q[j] * job->scale;
        out[i] = job->out + (ptrdiff_t)query * job->out_token + (ptrdiff_t)head * job->out_head;
        for (size_t j = 0; j < dv; j++) out[i][j] = 0;
        visible[i] = job->causal && job->offset + query + 1 < job->t ? job->offset + query + 1 : job->t;
        most = visible[i] > most ? visible[i] : most;
        totals[i] = (partial){0, 0};
    }
    const float *k = job->k + (ptrdiff_t)kv_head * job->k_head, *v = job->v + (ptrdiff_t)kv_head * job->v_head;
    for (size_t key = 0; key < most; key += KEY_BLOCK) {
        size_t keys = most - key < KEY_BLOCK ? most - key : KEY_BLOCK;
        kernels->gemm[MILL_F32](
            k + (ptrdiff_t)key * job->k_token, job->k_token * (ptrdiff_t)sizeof(float), keys, queries, (ptrdiff_t)d, count, d,
            scores, KEY_BLOCK);
        // Keys that all queries of the tile see are summed for all of them at once, the others one query at a time.
        size_t common = keys;
        float max[QUERY_TILE], sum[QUERY_TILE];
        size_t seen[QUERY_TILE];
        for (size_t i = 0; i < count; i++) {
            seen[i] = visible[i] <= key ? 0 : visible[i] - key < keys ? visible[i] - key : keys;
            common = seen[i] < common ? seen[i] : common;
            sum[i] = seen[i] ? kernels->exponentials(scores + i * KEY_BLOCK, seen[i], &max[i]) : 0;
        }
        memset(block, 0, count * dv * sizeof(float));
        const float *values = v + (ptrdiff_t)key * job->v_token;
        kernels->weighted_rows(scores, KEY_BLOCK, count, values, job->v_token, common, dv, block, (ptrdiff_t)dv);
        for (size_t i = 0; i < count; i++) {
            if (!seen[i]) continue;
            kernels->weighted_rows(
                scores + i * KEY_BLOCK + common, KEY_BLOCK, 1, values + (ptrdiff_t)common * job->v_token, job->v_token,
                seen[i] - common, dv, block + i * dv, (ptrdiff_t)dv);
            merge(out[i], &totals[i], block + i * dv, max[i], sum[i], dv);
        }
    }
    for (size_t i = 0; i < count; i++) {
        float inverse = totals[i].sum == 0 ? 0 : 1.0f / totals[i].sum;
        for (size_t j = 0; j < dv; j++) out[i][j] *= inverse;
    }
}

static void attention_chunk(void *argument, size_t begin, size_t end) {
    attention_state *state = argument;
    for (size_t i = begin; i < end; i++) {
        size_t first = i % state->tiles * QUERY_TILE;
        size_t left = state->rows - first;
        tile(state, i / state->tiles, first, left < QUERY_TILE ? left : QUERY_TILE);
    }
}

int mill_attention(const mill_context *context, const mill_attention_job *job) {
    if (!job->n || !job->heads) return MILL_OK;
    attention_state state = {.job = job, .kernels = mill_kernels_for(context->isa), .group = job->heads / job->kv_heads};
    state.rows = job->n * state.group;
    state.tiles = (state.rows + QUERY_TILE - 1) / QUERY_TILE;
    atomic_init(&state.failed, false);
    size_t tile_rows = state.rows < QUERY_TILE ? state.rows : QUERY_TILE;
    double cost = (double)tile_rows * (double)job->t * ((double)(job->d + job->dv) * 0.04 + 0.5);
    mill_parallel(context, job->kv_heads * state.tiles, 1, cost, attention_chunk, &state);
    return atomic_load(&state.failed) ? MILL_NO_MEMORY : MILL_OK;
}
