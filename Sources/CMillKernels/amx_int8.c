// 8-bit products with AMX: tiles of 16 tokens by 16 weight rows, one group of 32 at a time. Few tokens, for which tiles would
// stay empty, go through VNNI. The integers of a group are exact and their scaling is the same, so both give the same bits.

#if defined(__x86_64__)

#include <immintrin.h>

#define MILL_X86_VECTOR

#include "amx_tiles.h"
#include "x86.h"

#pragma clang attribute push( \
    __attribute__((target("amx-int8,amx-tile,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c"))), \
    apply_to = function)

#include "int8_x86_512.h"

// Tile products take signed weights.
#define STRETCH_BIASED false
#define PANELS_AT_ONCE 2
#define MULTIPLY_ALL

#include "int8.h"

enum { TILE = MILL_TOKEN_TILE, BATCH = 2, PAIRS = 4, FULL_TILES = 24 };

// Tiles 0-3 hold sums, 4 and 5 activations [16 tokens, steps * 4], 6 and 7 weights [steps, 16 rows * 4].
INLINE void configure_tiles(const int steps) {
    mill_tile_shapes shapes = {.palette = 1};
    for (int i = 0; i < 8; i++) {
        shapes.row_bytes[i] = (uint16_t)(i == 4 || i == 5 ? 4 * steps : 64);
        shapes.rows[i] = (uint8_t)(i == 6 || i == 7 ? steps : TILE);
    }
    _tile_loadconfig(&shapes);
}

// The integers of one part of a group, for up to two tiles of tokens and two panels.
typedef struct products {
    int32_t values[2][2][TILE * TILE] __attribute__((aligned(64)));  // [tile of tokens][panel]
} products;

// Up to 32 tokens times the panels of a job.
typedef struct tokens_job {
    const stretch_job *stretch;
    const mill_activations *x;
    size_t first;     // token
    size_t start[2];  // first block of activations of each tile
} tokens_job;

// Part `part` of the stretch: `halves` parts make a group.
INLINE void multiply_tiles(const tokens_job *job, size_t part, products *to, const int tiles, const int panels, const int halves) {
    const size_t group = part / (size_t)halves, h = part % (size_t)halves;
    const int steps = 8 / halves;
    const int8_t *q = job->x->q + 32 * TILE * group + 4 * h * (size_t)steps;
    const stretch *from = job->stretch->from;
    _tile_loadd(4, q + 32 * job->start[0], 32);
    _tile_loadd(6, &from[0].q[0][group][h * (size_t)steps], 64);
    _tile_zero(0);
    _tile_dpbssd(0, 4, 6);
    if (panels == 2) {
        _tile_loadd(7, &from[1].q[0][group][h * (size_t)steps], 64);
        _tile_zero(1);
        _tile_dpbssd(1, 4, 7);
    }
    if (tiles == 2) {
        _tile_loadd(5, q + 32 * job->start[1], 32);
        _tile_zero(2);
        _tile_dpbssd(2, 5, 6);
    }
    _tile_stored(0, to->values[0][0], 64);
    if (tiles == 2 && panels == 2) {
        _tile_zero(3);
        _tile_dpbssd(3, 5, 7);
    }
    if (panels == 2) _tile_stored(1, to->values[0][1], 64);
    if (tiles == 2) _tile_stored(2, to->values[1][0], 64);
    if (tiles == 2 && panels == 2) _tile_stored(3, to->values[1][1], 64);
}

// Adds `count` parts, from part `first` on, to the sums of a tile of tokens and a panel.
INLINE void add_products(const tokens_job *job, const products *from, size_t first, size_t count, const int tile, const int panel,
                         const mill_packing packing) {
    const int halves = packing.has_halves ? 2 : 1;
    const mill_activations *x = job->x;
    const stretch *weights = &job->stretch->from[panel];
    const size_t token = job->first + (size_t)(TILE * tile), left = x->tokens - token;
    floats totals[TILE];
    UNROLL
    for (int t = 0; t < TILE; t++) totals[t] = (floats){0};
    if (job->stretch->first_group || first) {
        UNROLL
        for (int t = 0; t < TILE; t++) {
            if ((size_t)t < left) totals[t] = *sums_at(job->stretch, x, (size_t)panel, token + (size_t)t, 0);
        }
    }
    for (size_t i = 0; i < count; i++) {
        const size_t group = (first + i) / (size_t)halves, h = (first + i) % (size_t)halves;
        const size_t at = job->start[tile] + TILE * group;
        const floats scale = weights->scales[0][group][h];
        UNROLL
        for (int t = 0; t < TILE; t++) {
            ints integers;
            memcpy(&integers, from[i].values[tile][panel] + TILE * t, sizeof integers);
            totals[t] = add_group(totals[t], integers, scale, x->scales[at + (size_t)t]);
        }
        if (!packing.has_min || (packing.has_halves && h == 0)) continue;
        UNROLL
        for (int t = 0; t < TILE; t++) {
            const size_t block = at + (size_t)t;
            if (packing.has_halves) {
                UNROLL
                for (int half = 0; half < 2; half++) {
                    float sum = x->scales[block] * (float)x->sums[2 * block + (size_t)half];
                    totals[t] = add_min(totals[t], weights->mins[0][group][half], sum);
                }
            } else {
                totals[t] = add_min(totals[t], weights->mins[0][group][0], x->weighted[block]);
            }
        }
    }
    UNROLL
    for (int t = 0; t < TILE; t++) {
        if ((size_t)t < left) *sums_at(job->stretch, x, (size_t)panel, token + (size_t)t, 0) = totals[t];
    }
}

// Batches of parts: while the integers of one batch are scaled, one pair of tile and panel after the other, the tile unit is
// at work on the next batch.
INLINE void multiply_tokens(const tokens_job *job, const int tiles, const int panels, const mill_packing packing) {
    const int halves = packing.has_halves ? 2 : 1, pairs = tiles * panels;
    const size_t parts = job->stretch->groups * (size_t)halves;
    products buffers[2][BATCH];
    for (size_t i = 0; i < BATCH && i < parts; i++) multiply_tiles(job, i, &buffers[0][i], tiles, panels, halves);
    for (size_t part = 0, turn = 0; part < parts; part += BATCH, turn ^= 1) {
        const size_t count = parts - part < BATCH ? parts - part : BATCH, next = part + BATCH;
        UNROLL
        for (int pair = 0; pair < PAIRS; pair++) {
            if (pair < BATCH && next + (size_t)pair < parts) {
                multiply_tiles(job, next + (size_t)pair, &buffers[turn ^ 1][pair], tiles, panels, halves);
            }
            if (pair < pairs) add_products(job, buffers[turn], part, count, pair / panels, pair % panels, packing);
        }
    }
}

void multiply_all(const stretch_job *stretch, const mill_activations *x, const mill_packing packing) {
    configure_tiles(packing.has_halves ? 4 : 8);
    for (size_t t = 0; t < x->tokens; t += 2 * TILE) {
        tokens_job job = {stretch, x, t, {mill_activation_block(x, t, stretch->first_group)}};
        bool two = x->tokens - t > TILE;
        if (two) job.start[1] = mill_activation_block(x, t + TILE, stretch->first_group);
        if (two && stretch->panels == 2) {
            multiply_tokens(&job, 2, 2, packing);
        } else if (two) {
            multiply_tokens(&job, 2, 1, packing);
        } else if (stretch->panels == 2) {
            multiply_tokens(&job, 1, 2, packing);
        } else {
            multiply_tokens(&job, 1, 1, packing);
        }
    }
    _tile_release();
}

#define DEFINE_AMX(NAME, TYPE) DEFINE_INT8_MANY(mill_amx, mill_avx512vnni, FULL_TILES, NAME, TYPE)
MILL_INT8_TYPES(DEFINE_AMX)

#pragma clang attribute pop

#endif
