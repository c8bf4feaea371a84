// Attention in blocks of 256 keys. Each block gives a maximum, a sum and a weighted row of values; blocks are merged
// in ascending order. A query's result therefore depends on its keys alone: not on the other queries of the call, on
// threads, or on how a prompt was cut into calls.
//
// All queries of a key head are one stack of rows. A block's keys and values are expanded once to what the products read, and
// then met by tile after tile of rows; for a single tile they are expanded piece by piece, so that they stay in the nearest
// cache. Where there are few rows and many keys, each thread takes blocks of keys, and who finishes a tile's last block
// merges them.

#include "kernels.h"
#include "parallel.h"
#include "scratch.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

// Rows per product, at most; tiles that share one expansion, at most; keys of a piece.
enum { KEY_BLOCK = 256, ROW_TILE = 32, SET_TILES = 16, PIECE = 64 };

// One block's result for a row, or the running one: the greatest score, and the sum of the weights relative to it.
typedef struct partial {
    float max, sum;
} partial;

typedef struct attention_state {
    const mill_attention_job *job;
    const mill_kernels *kernels;
    const mill_attention_kernels *products;
    size_t group, rows, tiles;      // queries per key head; rows = n * group per key head
    size_t set;                     // tiles of a work item, which takes all blocks; or
    size_t blocks;                  // blocks of a tile, each of which is a work item; 0 where sets are
    size_t key_bytes, value_bytes;  // of an expanded group of 16 keys, or of 16 elements of 256 values
    size_t width;                   // dv in whole groups
    size_t piece;                   // keys that are expanded at once for a single tile
    float *partial_rows;            // [item, ROW_TILE, width]
    partial *partials;              // [item, ROW_TILE]
    atomic_size_t *pending;         // [kv_head, tile]: blocks that are not finished
    atomic_bool failed;
} attention_state;

// One thread's memory.
typedef struct workspace {
    uint8_t *keys, *values, *arranged;
    float *turned, *queries, *scores, *block;
    partial *totals;
} workspace;

static size_t groups_of(size_t columns) { return (columns + 15) / 16; }
static size_t least(size_t a, size_t b) { return a < b ? a : b; }

static bool make_workspace(const attention_state *state, workspace *w) {
    const mill_attention_job *job = state->job;
    size_t keys = KEY_BLOCK / 16 * state->key_bytes, values = state->width / 16 * state->value_bytes;
    size_t depth = job->d > KEY_BLOCK ? job->d : KEY_BLOCK, arranged = ROW_TILE / 16 * mill_group_bytes(depth);
    size_t turned = mill_group_bytes(job->d), queries = ROW_TILE * groups_of(job->d) * 64;
    size_t scores = ROW_TILE * KEY_BLOCK * sizeof(float), block = ROW_TILE * state->width * sizeof(float);
    size_t totals = SET_TILES * ROW_TILE * sizeof(partial);
    uint8_t *memory = mill_scratch(MILL_SCRATCH_CHUNK, keys + values + arranged + turned + queries + scores + block + totals);
    if (!memory) return false;
    w->keys = memory;
    w->values = w->keys + keys;
    w->arranged = w->values + values;
    w->turned = (float *)(void *)(w->arranged + arranged);
    w->queries = (float *)(void *)((uint8_t *)w->turned + turned);
    w->scores = (float *)(void *)((uint8_t *)w->queries + queries);
    w->block = w->scores + ROW_TILE * KEY_BLOCK;
    w->totals = (partial *)(void *)((uint8_t *)w->block + block);
    return true;
}

static mill_row_form key_form(const mill_attention_job *job) {
    static const mill_row_form forms[] = {MILL_ROWS_F32, MILL_ROWS_F16, MILL_ROWS_BF16, MILL_ROWS_Q8_TURNED};
    return job->cache ? forms[job->cache->type] : MILL_ROWS_F32;
}

static mill_row_form value_form(const mill_attention_job *job) {
    static const mill_row_form forms[] = {MILL_ROWS_F32, MILL_ROWS_F16, MILL_ROWS_BF16, MILL_ROWS_Q8_0};
    return job->cache ? forms[job->cache->type] : MILL_ROWS_F32;
}

// `keys` keys from `key` on, as groups of 16 of them.
static void expand_keys(const attention_state *state, const workspace *w, size_t kv_head, size_t key, size_t keys) {
    const mill_attention_job *job = state->job;
    const mill_attention_kernels *products = state->products;
    for (size_t i = 0; i < keys; i += 16) {
        uint8_t *to = w->keys + i / 16 * state->key_bytes;
        if (job->cache) {
            size_t bytes = mill_cached_row_bytes(job->cache->type, job->d);
            const uint8_t *from = (const uint8_t *)job->cache->keys + (kv_head * job->cache->capacity + key + i) * bytes;
            products->expand(
                key_form(job), from, (ptrdiff_t)(16 * bytes / job->d), job->d, 16, to, state->key_bytes);
            continue;
        }
        const float *from = job->k + (ptrdiff_t)kv_head * job->k_head + (ptrdiff_t)(key + i) * job->k_token;
        float *turned = products->arrange ? w->turned : (float *)(void *)to;
        state->kernels->turn(from, job->k_token, least(keys - i, 16), job->d, turned);
        if (products->arrange) products->expand(MILL_ROWS_F32, turned, 64, job->d, 16, to, state->key_bytes);
    }
}

// The values of the same keys, as groups of 16 elements that are `group_bytes` apart.
static void expand_values(const attention_state *state, const workspace *w, size_t kv_head, size_t key, size_t keys,
                          size_t group_bytes) {
    const mill_attention_job *job = state->job;
    const void *from = job->cache ? NULL : job->v + (ptrdiff_t)kv_head * job->v_head + (ptrdiff_t)key * job->v_token;
    ptrdiff_t stride = job->v_token * (ptrdiff_t)sizeof(float);
    if (job->cache) {
        size_t bytes = mill_cached_row_bytes(job->cache->type, job->dv);
        from = (const uint8_t *)job->cache->values + (kv_head * job->cache->capacity + key) * bytes;
        stride = (ptrdiff_t)bytes;
    }
    state->products->expand(value_form(job), from, stride, keys, job->dv, w->values, group_bytes);
}

static bool is_finite(const float *x, size_t count) {
    float sum = 0;
    for (size_t i = 0; i < count; i++) sum += x[i] * 0.0f;
    return sum == 0;
}

static size_t visible(const attention_state *state, size_t row) {
    const mill_attention_job *job = state->job;
    return job->causal ? least(job->offset + row / state->group + 1, job->t) : job->t;
}

// The first key that a row sees.
static size_t first_visible(const attention_state *state, size_t row) {
    const mill_attention_job *job = state->job;
    size_t end = job->offset + row / state->group + 1;
    return job->causal && job->window && end > job->window ? end - job->window : 0;
}

// queries times keys -> w->scores.
static void score(const attention_state *state, const workspace *w, size_t kv_head, size_t count, size_t key, size_t keys,
                  bool is_expanded) {
    const mill_attention_kernels *products = state->products;
    size_t d = state->job->d, stride = groups_of(d) * 16, piece = is_expanded ? keys : state->piece;
    const void *queries = w->queries;
    if (products->arrange) {
        products->arrange(w->queries, (ptrdiff_t)stride, count, d, w->arranged);
        queries = w->arranged;
        stride = d;
    }
    for (size_t i = 0; i < keys; i += piece) {
        size_t some = least(keys - i, piece);
        if (!is_expanded) expand_keys(state, w, kv_head, key + i, some);
        products->multiply(
            queries, (ptrdiff_t)stride, count, key_form(state->job), w->keys, state->key_bytes, groups_of(some), 0, d,
            w->scores + i, KEY_BLOCK);
    }
}

// Rows of weights times values -> block.
static void weigh(const attention_state *state, const workspace *w, size_t kv_head, const float *weights, size_t count, size_t key,
                  size_t keys, bool is_expanded, float *block) {
    const mill_attention_kernels *products = state->products;
    size_t piece = is_expanded ? keys : state->piece;
    size_t group_bytes = is_expanded ? state->value_bytes : mill_group_bytes(piece);
    const void *arranged = weights;
    size_t stride = KEY_BLOCK;
    if (products->arrange) {
        products->arrange(weights, KEY_BLOCK, count, keys, w->arranged);
        arranged = w->arranged;
        stride = keys;
    }
    for (size_t i = 0; i < keys; i += piece) {
        size_t some = least(keys - i, piece);
        if (!is_expanded) expand_values(state, w, kv_head, key + i, some, group_bytes);
        products->multiply(
            arranged, (ptrdiff_t)stride, count, value_form(state->job), w->values, group_bytes, state->width / 16, i, some, block,
            (ptrdiff_t)state->width);
    }
}

// The rows `first ..< first + count` of a key head with the block of `keys` keys from `key` on. Row r is query r / group,
// head r % group within the head's group.
static void tile_block(const attention_state *state, const workspace *w, size_t kv_head, size_t first, size_t count, size_t key,
                       size_t keys, bool is_expanded, float *block, partial *parts) {
    const mill_attention_job *job = state->job;
    const mill_kernels *kernels = state->kernels;
    // A row sees the keys `from ..< seen` of the block.
    size_t seen[ROW_TILE], from[ROW_TILE], deepest = 0, stride = groups_of(job->d) * 16;
    for (size_t i = 0; i < count; i++) {
        size_t query = (first + i) / state->group, head = kv_head * state->group + (first + i) % state->group;
        const float *q = job->q + (ptrdiff_t)query * job->q_token + (ptrdiff_t)head * job->q_head;
        kernels->scaled(q, job->scale, w->queries + i * stride, job->d);
        size_t sees = visible(state, first + i), begins = first_visible(state, first + i);
        seen[i] = sees <= key || begins >= key + keys ? 0 : least(sees - key, keys);
        from[i] = begins <= key || !seen[i] ? 0 : begins - key;
        if (from[i] >= seen[i]) seen[i] = from[i] = 0;
        deepest = seen[i] > deepest ? seen[i] : deepest;
    }
    score(state, w, kv_head, count, key, deepest, is_expanded);
    for (size_t i = 0; i < count; i++) {
        float *weights = w->scores + i * KEY_BLOCK;
        parts[i] = (partial){0, 0};
        if (seen[i]) parts[i].sum = kernels->exponentials(weights + from[i], seen[i] - from[i], &parts[i].max);
        memset(weights, 0, from[i] * sizeof(float));
        memset(weights + seen[i], 0, (deepest - seen[i]) * sizeof(float));
    }
    weigh(state, w, kv_head, w->scores, count, key, deepest, is_expanded, block);
    // A weight of zero makes NaN of values that are not finite: such rows once more, without the values that they do not see.
    // Products that are arranged in steps of 32 also take in expanded values behind the deepest one.
    bool again = false, reaches_on = is_expanded && state->products->arrange && deepest < keys && deepest % 32;
    for (size_t i = 0; i < count; i++) {
        float *row = block + i * state->width;
        if (!seen[i] || (seen[i] == deepest && !from[i] && !reaches_on) || is_finite(row, job->dv)) continue;
        weigh(state, w, kv_head, w->scores + i * KEY_BLOCK + from[i], 1, key + from[i], seen[i] - from[i], false, row);
        again = true;
    }
    if (again && is_expanded) expand_values(state, w, kv_head, key, keys, state->value_bytes);
}

static void merge(const attention_state *state, float *out, partial *total, const float *block, partial part) {
    if (part.sum == 0) return;
    if (total->sum == 0) {
        state->kernels->scaled(block, 1, out, state->job->dv);
        *total = part;
        return;
    }
    float greatest = part.max > total->max ? part.max : total->max;
    float keep = expf(total->max - greatest), add = expf(part.max - greatest);
    state->kernels->combine(block, add, out, keep, state->job->dv);
    *total = (partial){greatest, total->sum * keep + part.sum * add};
}

static float *result(const attention_state *state, size_t kv_head, size_t row) {
    const mill_attention_job *job = state->job;
    size_t query = row / state->group, head = kv_head * state->group + row % state->group;
    return job->out + (ptrdiff_t)query * job->out_token + (ptrdiff_t)head * job->out_head;
}

static void finish(const attention_state *state, float *out, partial total) {
    size_t dv = state->job->dv;
    if (total.sum == 0) {
        memset(out, 0, dv * sizeof(float));
    } else {
        state->kernels->scaled(out, 1.0f / total.sum, out, dv);
    }
}

// All blocks for some tiles.
static void set_of_tiles(const attention_state *state, const workspace *w, size_t kv_head, size_t first, size_t rows) {
    memset(w->totals, 0, rows * sizeof(partial));
    size_t most = visible(state, first + rows - 1), least_key = first_visible(state, first);
    bool is_expanded = rows > ROW_TILE;
    for (size_t key = least_key - least_key % KEY_BLOCK; key < most; key += KEY_BLOCK) {
        size_t keys = least(most - key, KEY_BLOCK);
        if (is_expanded) {
            expand_keys(state, w, kv_head, key, keys);
            expand_values(state, w, kv_head, key, keys, state->value_bytes);
        }
        for (size_t i = 0; i < rows; i += ROW_TILE) {
            partial parts[ROW_TILE];
            size_t count = least(rows - i, ROW_TILE);
            if (visible(state, first + i + count - 1) <= key || first_visible(state, first + i) >= key + keys) continue;
            tile_block(state, w, kv_head, first + i, count, key, keys, is_expanded, w->block, parts);
            for (size_t r = 0; r < count; r++) {
                merge(state, result(state, kv_head, first + i + r), &w->totals[i + r], w->block + r * state->width, parts[r]);
            }
        }
    }
    for (size_t r = 0; r < rows; r++) finish(state, result(state, kv_head, first + r), w->totals[r]);
}

static void set_chunk(void *argument, size_t begin, size_t end) {
    attention_state *state = argument;
    workspace w;
    if (!make_workspace(state, &w)) {
        atomic_store(&state->failed, true);
        return;
    }
    size_t sets = (state->tiles + state->set - 1) / state->set;
    for (size_t i = begin; i < end; i++) {
        size_t first = i % sets * state->set * ROW_TILE;
        set_of_tiles(state, &w, i / sets, first, least(state->rows - first, state->set * ROW_TILE));
    }
}

// One block of one tile.
static void block_chunk(void *argument, size_t begin, size_t end) {
    attention_state *state = argument;
    workspace w;
    if (!make_workspace(state, &w)) {
        atomic_store(&state->failed, true);
        return;
    }
    for (size_t i = begin; i < end; i++) {
        size_t tile = i / state->blocks, kv_head = tile / state->tiles, first = tile % state->tiles * ROW_TILE;
        size_t count = least(state->rows - first, ROW_TILE), key = i % state->blocks * KEY_BLOCK;
        size_t most = visible(state, first + count - 1);
        partial *parts = state->partials + i * ROW_TILE;
        if (most <= key || first_visible(state, first) >= key + KEY_BLOCK) {
            memset(parts, 0, count * sizeof *parts);
        } else {
            float *rows = state->partial_rows + i * ROW_TILE * state->width;
            tile_block(state, &w, kv_head, first, count, key, least(most - key, KEY_BLOCK), false, rows, parts);
        }
        if (atomic_fetch_sub(&state->pending[tile], 1) != 1) continue;
        for (size_t r = 0; r < count; r++) {
            partial total = {0, 0};
            float *out = result(state, kv_head, first + r);
            for (size_t item = tile * state->blocks; item < (tile + 1) * state->blocks; item++) {
                size_t row = item * ROW_TILE + r;
                merge(state, out, &total, state->partial_rows + row * state->width, state->partials[row]);
            }
            finish(state, out, total);
        }
    }
}

static bool make_partials(attention_state *state, size_t pairs) {
    size_t items = pairs * state->blocks, rows = items * ROW_TILE * state->width * sizeof(float);
    uint8_t *memory =
        mill_scratch(MILL_SCRATCH_CALLER, rows + items * ROW_TILE * sizeof(partial) + pairs * sizeof(atomic_size_t));
    if (!memory) return false;
    state->pending = (atomic_size_t *)(void *)memory;
    state->partials = (partial *)(void *)(memory + pairs * sizeof(atomic_size_t));
    state->partial_rows = (float *)(void *)(state->partials + items * ROW_TILE);
    for (size_t i = 0; i < pairs; i++) atomic_init(&state->pending[i], state->blocks);
    return true;
}

int mill_attention(const mill_context *context, const mill_attention_job *job) {
    if (!job->n || !job->heads) return MILL_OK;
    attention_state state = {.job = job, .kernels = mill_kernels_for(context->isa), .group = job->heads / job->kv_heads};
    // The reference keeps to F32 from end to end.
    bool fast = state.kernels->fast_attention && context->int8_activations;
    state.products = fast ? state.kernels->fast_attention : state.kernels->attention;
    state.rows = job->n * state.group;
    state.tiles = (state.rows + ROW_TILE - 1) / ROW_TILE;
    state.width = groups_of(job->dv) * 16;
    state.key_bytes = mill_group_bytes(job->d);
    state.value_bytes = mill_group_bytes(KEY_BLOCK);
    // Tiles wait for what has just been stored, so there are no pieces where A is arranged for them.
    state.piece = state.products->arrange ? KEY_BLOCK : PIECE;
    atomic_init(&state.failed, false);

    size_t pairs = job->kv_heads * state.tiles, threads = (size_t)mill_pool_threads(context->pool);
    size_t blocks = (job->t + KEY_BLOCK - 1) / KEY_BLOCK;
    double row_cost = (double)(job->d + job->dv) * (fast ? 0.005 : 0.02) + 0.5;
    if (threads > 1 && blocks > 1 && pairs < 2 * threads) {
        state.blocks = blocks;
        if (!make_partials(&state, pairs)) return MILL_NO_MEMORY;
        double cost = KEY_BLOCK * ((double)least(state.rows, ROW_TILE) * row_cost + (double)(job->d + job->dv) * 0.1);
        mill_parallel(context, pairs * blocks, 1, cost, block_chunk, &state);
    } else {
        state.set = pairs / (8 * threads);
        state.set = state.set < 1 ? 1 : least(state.set, SET_TILES);
        size_t sets = (state.tiles + state.set - 1) / state.set;
        double rows = (double)least(state.rows, state.set * ROW_TILE);
        double cost = (double)job->t * (rows * row_cost + (double)(job->d + job->dv) * 0.1);
        mill_parallel(context, job->kv_heads * sets, 1, cost, set_chunk, &state);
    }
    return atomic_load(&state.failed) ? MILL_NO_MEMORY : MILL_OK;
}
