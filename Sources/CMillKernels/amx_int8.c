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

enum { TILE = MILL_TOKEN_TILE, FULL_TILES = 24 };

// Tiles 0 and 1 hold sums, 4 and 5 activations [16 tokens, steps * 4], 6 and 7 weights [steps, 16 rows * 4].
INLINE void configure_tiles(const int steps) {
    mill_tile_shapes shapes = {.palette = 1};
    for (int i = 0; i < 8; i++) {
        shapes.row_bytes[i] = (uint16_t)(i == 4 || i == 5 ? 4 * steps : 64);
        shapes.rows[i] = (uint8_t)(i == 6 || i == 7 ? steps : TILE);
    }
    _tile_loadconfig(&shapes);
}

// A tile of tokens times a panel over the groups of a stretch. A group with two scales makes two parts.
typedef struct tile_job {
    const stretch *weights;
    const mill_activations *x;
    size_t block;   // the first block of activations
    size_t tokens;  // of the tile, or more
    int halves;     // parts of a group
} tile_job;

typedef struct products {
    int32_t values[TILE * TILE] __attribute__((aligned(64)));  // [token][row]
} products;

// The integers of a part. Even and odd parts have tiles of their own, so that one need not wait for the other.
INLINE void multiply_part(const tile_job *job, size_t part, products *to) {
    const size_t group = part / (size_t)job->halves, step = part % (size_t)job->halves * 4;
    const int8_t *q = job->x->q + 32 * (job->block + TILE * group) + 4 * step;
    const void *weights = &job->weights->q[0][group][step];
    if (part % 2 == 0) {
        _tile_loadd(4, q, 32);
        _tile_loadd(6, weights, 64);
        _tile_zero(0);
        _tile_dpbssd(0, 4, 6);
        _tile_stored(0, to->values, 64);
    } else {
        _tile_loadd(5, q, 32);
        _tile_loadd(7, weights, 64);
        _tile_zero(1);
        _tile_dpbssd(1, 5, 7);
        _tile_stored(1, to->values, 64);
    }
}

// Adds a part, half `h` of its group, to the tile's sums.
INLINE void add_part(const tile_job *job, size_t part, const products *from, floats totals[TILE], const int h,
                     const mill_packing packing) {
    const mill_activations *x = job->x;
    const size_t group = part / (size_t)job->halves, at = job->block + TILE * group;
    const floats scale = job->weights->scales[0][group][h], *min = job->weights->mins[0][group];
    UNROLL
    for (int t = 0; t < TILE; t++) {
        ints integers;
        memcpy(&integers, from->values + TILE * t, sizeof integers);
        totals[t] = add_group(totals[t], integers, scale, x->scales[at + (size_t)t]);
    }
    if (!packing.has_min || (packing.has_halves && h == 0)) return;
    UNROLL
    for (int t = 0; t < TILE; t++) {
        const size_t block = at + (size_t)t;
        if (packing.has_halves) {
            UNROLL
            for (int half = 0; half < 2; half++) {
                totals[t] = add_min(totals[t], min[half], x->scales[block] * (float)x->sums[2 * block + (size_t)half]);
            }
        } else {
            totals[t] = add_min(totals[t], min[0], x->weighted[block]);
        }
    }
}

// Multiplies one part ahead of the one that is added, and leaves the tile's sums [token][row] in `sums`.
INLINE void multiply_tile(const tile_job *job, size_t parts, floats *sums, const bool begins, const mill_packing packing) {
    products integers[2];
    floats totals[TILE];
    UNROLL
    for (int t = 0; t < TILE; t++) totals[t] = begins || (size_t)t >= job->tokens ? (floats){0} : sums[t];
    multiply_part(job, 0, &integers[0]);
    for (size_t part = 0; part < parts; part += 2) {
        if (part + 1 < parts) multiply_part(job, part + 1, &integers[1]);
        add_part(job, part, &integers[0], totals, 0, packing);
        if (part + 1 == parts) break;
        if (part + 2 < parts) multiply_part(job, part + 2, &integers[0]);
        add_part(job, part + 1, &integers[1], totals, packing.has_halves ? 1 : 0, packing);
    }
    UNROLL
    for (int t = 0; t < TILE; t++) {
        if ((size_t)t < job->tokens) sums[t] = totals[t];
    }
}

void multiply_all(const stretch_job *stretch, const mill_activations *x, const mill_packing packing) {
    const int halves = packing.has_halves ? 2 : 1;
    configure_tiles(8 / halves);
    for (size_t t = 0; t < x->tokens; t += TILE) {
        for (size_t p = 0; p < stretch->panels; p++) {
            const size_t block = mill_activation_block(x, t, stretch->first_group);
            const tile_job job = {&stretch->from[p], x, block, x->tokens - t, halves};
            multiply_tile(&job, stretch->groups * (size_t)halves, sums_at(stretch, x, p, t, 0), !stretch->first_group, packing);
        }
    }
    _tile_release();
}

#define DEFINE_AMX(NAME, TYPE) DEFINE_INT8_MANY(mill_amx, mill_avx512vnni, FULL_TILES, NAME, TYPE)
MILL_INT8_TYPES(DEFINE_AMX)

#pragma clang attribute pop

#endif
