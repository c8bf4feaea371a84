#pragma once
// 8-bit products, written once for vectors of VECTOR_BYTES bytes. A panel of 16 weight rows (panel.h) is worked on in slices
// of as many rows as a vector has 32-bit lanes, one row per lane.
//
// Few tokens stream through the panel as it lies. For more, a stretch of the panel is unpacked to bytes, which stay in the
// nearest cache and meet all tokens; sums of earlier stretches wait in the result. Both give the same bits: a group's sum is
// an exact integer, and groups are added in ascending order.
//
// The file that includes this has defined, on these types:
//   lookup16(table, indices)    the table's bytes
//   dot(sum, w, x, is_signed)   adds the products of four weights and four activations to each lane, exactly
// and WEIGHTS_BIASED: whether `dot` takes weights as unsigned bytes with their bias, or as signed ones without. Where products
// are better added several steps at a time it defines DOT_STEPS instead of `dot`, and
//   dot_steps(q, x, steps)      the exact sums of the products of `steps` vectors of signed weights and 4 * steps activations

#include <math.h>

#include "panel.h"
#include "scratch.h"
#include "unpack.h"

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

enum { ROWS = VECTOR_BYTES / 4, SLICES = PANEL_ROWS / ROWS, STRETCH = 16 };

/// The scales of one block of every row.
typedef struct block_scales {
    floats scale[8][2];
    floats min[8][2];
} block_scales;

/// Prepares a block's scales; loads group `g` of a block as unsigned bytes, four consecutive elements of every row per vector.
typedef void (*prepare_block)(const uint8_t *p, const uint8_t *halves, block_scales *scales);
typedef void (*load_group)(const uint8_t *p, int g, bytes *q);

#include "int8_types.h"

#ifndef PANELS_AT_ONCE
#define PANELS_AT_ONCE 1
#endif
#ifndef STRETCH_BIASED
#define STRETCH_BIASED WEIGHTS_BIASED
#endif
// Puts the vectors of a group into the order that a stretch keeps them in.
#ifndef ARRANGE_STRETCH
#define ARRANGE_STRETCH(q) (void)(q)
#endif
// Few slices have code of their own each. Many share it, and each reads the activations of a block where it uses them: read
// once for all slices, they would only move to the stack.
enum { SLICES_SHARE_CODE = VECTOR_BYTES < 32 };
#if VECTOR_BYTES >= 32
#define SLICES_PRAGMA "clang loop unroll(full)"
#define READ_PER_SLICE(at) (void)(at)
#else
#define SLICES_PRAGMA "clang loop unroll(disable)"
#define READ_PER_SLICE(at) __asm__ volatile("" : "+r"(at))
#endif
#define UNROLL_SLICES _Pragma(SLICES_PRAGMA)

INLINE bytes unbiased(bytes q, const mill_packing packing) { return WEIGHTS_BIASED ? q : q - (uint8_t)packing.bias; }

INLINE floats add_group(floats total, ints integers, floats scale, float x_scale) {
    return __builtin_elementwise_fma(to_floats(integers), scale * x_scale, total);
}

INLINE floats add_min(floats total, floats min, float weighted_sum) {
    return __builtin_elementwise_fma(min, (floats){0} + weighted_sum, total);
}

// What the products start from: minus the weights' bias times the activations of token and group `at`.
INLINE ints correction(const mill_activations *x, size_t at, int h, const mill_packing packing) {
    if (!WEIGHTS_BIASED || !packing.bias) return (ints){0};
    if (packing.has_halves) return (ints){0} - ((ints){0} + x->sums[2 * at + (size_t)h]) * packing.bias;
    return ((ints){0} + x->minus[at]) * packing.bias;
}

// One group of a slice, its bytes `up` places too far up, times `tokens` tokens; `at` is the group's first block of activations.
INLINE void multiply_group(const bytes *q, const int up, const floats *scale, const floats *min, const mill_activations *x,
                           size_t at, floats *totals, const int tokens, const mill_packing packing) {
    const int halves = packing.has_halves ? 2 : 1, steps = 8 / halves;
    const int8_t *activations = x->q + 32 * at;
    UNROLL
    for (int h = 0; h < halves; h++) {
        ints integers[TILE_TOKENS];
        UNROLL
        for (int t = 0; t < tokens; t++) integers[t] = correction(x, at + (size_t)t, h, packing);
#ifdef DOT_STEPS
        UNROLL
        for (int t = 0; t < tokens; t++) integers[t] += dot_steps(q + h * steps, activations + 32 * t + 4 * h * steps, steps);
#else
        UNROLL
        for (int s = h * steps; s < (h + 1) * steps; s++) {
            UNROLL
            for (int t = 0; t < tokens; t++) {
                int32_t four;
                memcpy(&four, activations + 32 * t + 4 * s, sizeof four);
                integers[t] = dot(integers[t], q[s], (bytes)((ints){0} + four), packing.bias != 0);
            }
        }
#endif
        UNROLL
        for (int t = 0; t < tokens; t++) integers[t] >>= up;
        UNROLL
        for (int t = 0; t < tokens; t++) totals[t] = add_group(totals[t], integers[t], scale[h], x->scales[at + (size_t)t]);
    }
    if (!packing.has_min) return;
    UNROLL
    for (int t = 0; t < tokens; t++) {
        const size_t block = at + (size_t)t;
        if (packing.has_halves) {
            for (int h = 0; h < 2; h++) {
                totals[t] = add_min(totals[t], min[h], x->scales[block] * (float)x->sums[2 * block + (size_t)h]);
            }
        } else {
            totals[t] = add_min(totals[t], min[0], x->weighted[block]);
        }
    }
}

// `count` of a slice's results for one token, as far as the panel has rows.
INLINE void store_rows(float *y, floats v, size_t count) {
    if (count >= ROWS) {
        memcpy(y, &v, sizeof v);
    } else {
        memcpy(y, &v, count * sizeof(float));
    }
}
INLINE size_t rows_left(size_t rows, int slice) { return rows > (size_t)(slice * ROWS) ? rows - (size_t)(slice * ROWS) : 0; }

// Asks memory for what comes PREFETCH_BYTES after some lines of a block.
INLINE void ask_ahead(const uint8_t *p, const int first, const int end) {
    UNROLL
    for (int l = first; l < end; l++) __builtin_prefetch(p + l * LINE_BYTES + PREFETCH_BYTES, 0, 3);
}

// Consecutive panels as they lie times the tokens first ..< first + tokens of one tile. They are read side by side: memory
// delivers several streams faster than one. `rows` are there of the last panel.
INLINE void stream_panels(const uint8_t *start, size_t panel_bytes, size_t rows, size_t k, const mill_activations *activations,
                          size_t first, float *y, ptrdiff_t y_stride, const int panels, const int tokens,
                          const mill_packing packing, prepare_block prepare, load_group load) {
    // A copy, which no store to memory can change.
    const mill_activations x = *activations;
    const size_t x_start = mill_activation_block(&x, first, 0);
    const int block_lines = mill_block_lines(packing.block_bytes), block_bytes = block_lines * LINE_BYTES;
    const int lines_per_slice = (block_lines + SLICES - 1) / SLICES;
    const size_t blocks = k / (size_t)(32 * packing.groups);
    floats totals[MILL_STREAMS][SLICES][TILE_TOKENS];
    for (int n = 0; n < panels; n++) {
        UNROLL_SLICES
        for (int s = 0; s < SLICES; s++) {
            UNROLL
            for (int t = 0; t < tokens; t++) totals[n][s][t] = (floats){0};
        }
    }
    for (size_t b = 0; b < blocks; b++) {
#pragma clang loop unroll(disable)
        for (int n = 0; n < panels; n++) {
            const mill_panel panel = mill_panel_at(start + (size_t)n * panel_bytes, blocks, packing.block_bytes);
            const uint8_t *p = panel.lines + b * (size_t)block_bytes, *halves = panel.halves + b * HALVES_BYTES;
            UNROLL_SLICES
            for (int s = 0; s < SLICES; s++) {
                if (SLICES_SHARE_CODE) ask_ahead(p + s * lines_per_slice * LINE_BYTES, 0, lines_per_slice);
                block_scales scales;
                prepare(p + s * VECTOR_BYTES, halves + s * VECTOR_BYTES / 2, &scales);
                size_t at = x_start + b * (size_t)packing.groups * x.tile;
                READ_PER_SLICE(at);
                UNROLL
                for (int g = 0; g < packing.groups; g++, at += x.tile) {
                    if (!SLICES_SHARE_CODE && s == 0) {
                        ask_ahead(p, g * block_lines / packing.groups, (g + 1) * block_lines / packing.groups);
                    }
                    bytes q[8];
                    // Upper nibbles stay where they are, and the sum of their products moves down instead.
                    const bool in_place = WEIGHTS_BIASED && packing.pair_lines && g % 2 == 1;
                    if (in_place) {
                        const int first = packing.pair_lines + 8 * (g / 2);
                        UNROLL
                        for (int i = 0; i < 8; i++) q[i] = line(p + s * VECTOR_BYTES, first + i) & 0xf0;
                    } else {
                        load(p + s * VECTOR_BYTES, g, q);
                    }
                    UNROLL
                    for (int i = 0; i < 8; i++) q[i] = unbiased(q[i], packing);
                    multiply_group(q, in_place ? 4 : 0, scales.scale[g], scales.min[g], &x, at, totals[n][s], tokens, packing);
                }
            }
        }
    }
    for (int n = 0; n < panels; n++) {
        size_t there = n + 1 < panels ? PANEL_ROWS : rows;
        UNROLL_SLICES
        for (int s = 0; s < SLICES; s++) {
            UNROLL
            for (int t = 0; t < tokens; t++) {
                store_rows(y + t * y_stride + n * PANEL_ROWS + s * ROWS, totals[n][s][t], rows_left(there, s));
            }
        }
    }
}

/// A stretch of a panel as bytes.
typedef struct stretch {
    bytes q[SLICES][STRETCH][8];
    floats scales[SLICES][STRETCH][2];
    floats mins[SLICES][STRETCH][2];
} stretch;

INLINE void unpack_stretch(const mill_panel panel, size_t first, size_t groups, stretch *to, const mill_packing packing,
                           prepare_block prepare, load_group load) {
    const int block_bytes = mill_block_lines(packing.block_bytes) * LINE_BYTES;
    for (size_t b = 0; b < groups / (size_t)packing.groups; b++) {
        size_t block = first / (size_t)packing.groups + b, at = b * (size_t)packing.groups;
        const uint8_t *p = panel.lines + block * (size_t)block_bytes, *halves = panel.halves + block * HALVES_BYTES;
        UNROLL_SLICES
        for (int s = 0; s < SLICES; s++) {
            block_scales scales;
            prepare(p + s * VECTOR_BYTES, halves + s * VECTOR_BYTES / 2, &scales);
            UNROLL
            for (int g = 0; g < packing.groups; g++) {
                bytes q[8];
                load(p + s * VECTOR_BYTES, g, q);
                UNROLL
                for (int i = 0; i < 8; i++) q[i] = STRETCH_BIASED ? q[i] : q[i] - (uint8_t)packing.bias;
                ARRANGE_STRETCH(q);
                memcpy(to->q[s][at + (size_t)g], q, sizeof q);
                memcpy(to->scales[s][at + (size_t)g], scales.scale[g], sizeof scales.scale[g]);
                if (packing.has_min) memcpy(to->mins[s][at + (size_t)g], scales.min[g], sizeof scales.min[g]);
            }
        }
    }
}

// The groups of a stretch of some panels, and where the sums of all tokens [panels, tokens, 16] wait between stretches: dense,
// for rows of y may lie so far apart that they share few places of the caches.
typedef struct stretch_job {
    const stretch *from;  // [panels]
    size_t first_group, groups, panels;
    float *sums;
} stretch_job;

INLINE floats *sums_at(const stretch_job *job, const mill_activations *x, size_t panel, size_t token, int slice) {
    return (floats *)(job->sums + (panel * x->tokens + token) * PANEL_ROWS) + slice;
}

// A slice of a stretch times some tokens of one tile.
INLINE void multiply_stretch(const stretch_job *job, size_t panel, int slice, const mill_activations *activations, size_t first,
                             const int tokens, const mill_packing packing) {
    const mill_activations x = *activations;
    const stretch *from = &job->from[panel];
    const size_t groups = job->groups;
    size_t at = mill_activation_block(&x, first, job->first_group);
    floats totals[TILE_TOKENS];
    UNROLL
    for (int t = 0; t < tokens; t++) {
        totals[t] = job->first_group ? *sums_at(job, &x, panel, first + (size_t)t, slice) : (floats){0};
    }
    for (size_t g = 0; g < groups; g++, at += x.tile) {
        multiply_group(from->q[slice][g], 0, from->scales[slice][g], from->mins[slice][g], &x, at, totals, tokens, packing);
    }
    UNROLL
    for (int t = 0; t < tokens; t++) *sums_at(job, &x, panel, first + (size_t)t, slice) = totals[t];
}

// A stretch times all tokens. A file with another way to do it defines MULTIPLY_ALL.
INLINE void multiply_all(const stretch_job *job, const mill_activations *x, const mill_packing packing);
#ifndef MULTIPLY_ALL
void multiply_all(const stretch_job *job, const mill_activations *x, const mill_packing packing) {
    for (size_t p = 0; p < job->panels; p++) {
        for (int s = 0; s < SLICES; s++) {
            for (size_t t = 0, end; t < x->tokens; t = end) {
                end = t + x->tile < x->tokens ? t + x->tile : x->tokens;
                for (; t + TILE_TOKENS <= end; t += TILE_TOKENS) multiply_stretch(job, p, s, x, t, TILE_TOKENS, packing);
                for (; t + 2 <= end; t += 2) multiply_stretch(job, p, s, x, t, 2, packing);
                for (; t < end; t++) multiply_stretch(job, p, s, x, t, 1, packing);
            }
        }
    }
}
#endif

// Few tokens times some consecutive panels.
INLINE void stream_all(const uint8_t *start, size_t panel_bytes, size_t rows, size_t k, const mill_activations *x, float *y,
                       ptrdiff_t y_stride, const int panels, const mill_packing packing, prepare_block prepare, load_group load) {
    size_t t = 0;
    for (; t + 4 <= x->tokens; t += 4) {
        stream_panels(start, panel_bytes, rows, k, x, t, y + (ptrdiff_t)t * y_stride, y_stride, panels, 4, packing, prepare, load);
    }
    for (; t + 2 <= x->tokens; t += 2) {
        stream_panels(start, panel_bytes, rows, k, x, t, y + (ptrdiff_t)t * y_stride, y_stride, panels, 2, packing, prepare, load);
    }
    for (; t < x->tokens; t++) {
        stream_panels(start, panel_bytes, rows, k, x, t, y + (ptrdiff_t)t * y_stride, y_stride, panels, 1, packing, prepare, load);
    }
}

// Asks for a stretch of some panels, from `first` on, while an earlier one is multiplied: each stretch is too short for the
// processor to see the stream by itself. It goes to the second cache, since the nearest holds what is worked on.
INLINE void prefetch_stretch(const uint8_t *panels, size_t panel_bytes, size_t count, size_t first, size_t groups,
                             const mill_packing packing) {
    const size_t block_bytes = (size_t)(mill_block_lines(packing.block_bytes) * LINE_BYTES);
    const size_t start = first / (size_t)packing.groups * block_bytes, bytes = groups / (size_t)packing.groups * block_bytes;
    for (size_t p = 0; p < count; p++) {
        for (size_t i = 0; i < bytes; i += LINE_BYTES) __builtin_prefetch(panels + p * panel_bytes + start + i, 0, 2);
    }
}

// All tokens times the panels, stretch by stretch.
INLINE bool gemm_stretches(const uint8_t *panels, size_t rows, size_t k, const mill_activations *x, float *y, ptrdiff_t y_stride,
                           const mill_packing packing, const size_t panel_bytes, prepare_block prepare, load_group load) {
    const size_t sum_bytes = PANELS_AT_ONCE * x->tokens * PANEL_ROWS * sizeof(float);
    uint8_t *memory = mill_scratch(MILL_SCRATCH_KERNEL, sum_bytes + PANELS_AT_ONCE * sizeof(stretch));
    if (!memory) return false;
    for (size_t row = 0; row < rows; row += PANELS_AT_ONCE * PANEL_ROWS) {
        size_t left = rows - row, count = (left + PANEL_ROWS - 1) / PANEL_ROWS;
        stretch *parts = (stretch *)(void *)(memory + sum_bytes);
        stretch_job job = {parts, 0, 0, count < PANELS_AT_ONCE ? count : PANELS_AT_ONCE, (float *)(void *)memory};
        for (; job.first_group < k / 32; job.first_group += STRETCH) {
            job.groups = k / 32 - job.first_group < STRETCH ? k / 32 - job.first_group : STRETCH;
            for (size_t p = 0; p < job.panels; p++) {
                const uint8_t *start = panels + (row / PANEL_ROWS + p) * panel_bytes;
                const mill_panel panel = mill_panel_at(start, k / (size_t)(32 * packing.groups), packing.block_bytes);
                unpack_stretch(panel, job.first_group, job.groups, &parts[p], packing, prepare, load);
            }
            const size_t next = job.first_group + job.groups, after = k / 32 - next;
            if (after) {
                prefetch_stretch(panels + row / PANEL_ROWS * panel_bytes, panel_bytes, job.panels, next,
                                 after < STRETCH ? after : STRETCH, packing);
            } else if (count > PANELS_AT_ONCE) {
                const size_t others = count - PANELS_AT_ONCE;
                prefetch_stretch(panels + (row / PANEL_ROWS + PANELS_AT_ONCE) * panel_bytes, panel_bytes,
                                 others < PANELS_AT_ONCE ? others : PANELS_AT_ONCE, 0, k / 32 < STRETCH ? k / 32 : STRETCH, packing);
            }
            multiply_all(&job, x, packing);
        }
        // Rows of y lie far apart, so all that a row gets is written at once.
        const size_t full = left / PANEL_ROWS < job.panels ? left / PANEL_ROWS : job.panels;
        for (size_t t = 0; t < x->tokens; t++) {
            float *to = y + (ptrdiff_t)t * y_stride + row;
            for (size_t p = 0; p < full; p++) memcpy(to + p * PANEL_ROWS, sums_at(&job, x, p, t, 0), LINE_BYTES);
            if (full < job.panels) {
                memcpy(to + full * PANEL_ROWS, sums_at(&job, x, full, t, 0), (left - full * PANEL_ROWS) * sizeof(float));
            }
        }
    }
    return true;
}

INLINE bool gemm_int8(const uint8_t *panels, size_t rows, size_t k, const mill_activations *x, float *y, ptrdiff_t y_stride,
                      const mill_packing packing, const size_t panel_bytes, prepare_block prepare, load_group load) {
    if (x->tokens > MILL_FEW_TOKENS) {
        return gemm_stretches(panels, rows, k, x, y, y_stride, packing, panel_bytes, prepare, load);
    }
    size_t row = 0;
    for (; rows - row > (MILL_STREAMS - 1) * PANEL_ROWS; row += MILL_STREAMS * PANEL_ROWS) {
        size_t last = rows - row - (MILL_STREAMS - 1) * PANEL_ROWS;
        stream_all(panels, panel_bytes, last, k, x, y + row, y_stride, MILL_STREAMS, packing, prepare, load);
        panels += MILL_STREAMS * panel_bytes;
        if (last <= PANEL_ROWS) return true;
    }
    for (; row < rows; row += PANEL_ROWS, panels += panel_bytes) {
        stream_all(panels, panel_bytes, rows - row, k, x, y + row, y_stride, 1, packing, prepare, load);
    }
    return true;
}

// PREFIX_gemm_NAME of a way to multiply many tokens, from LEAST on; fewer go through another instruction set's.
#define DEFINE_INT8_MANY(PREFIX, FEW_PREFIX, LEAST, NAME, TYPE)                                                        \
    bool PREFIX##_gemm_##NAME(const void *panels, size_t rows, size_t k, const mill_activations *x, float *y,          \
                              ptrdiff_t y_stride) {                                                                    \
        if (x->tokens < (LEAST)) return FEW_PREFIX##_gemm_##NAME(panels, rows, k, x, y, y_stride);                     \
        return gemm_stretches(panels, rows, k, x, y, y_stride, packing_##NAME, mill_panel_bytes(TYPE, k),              \
                              prepare_##NAME, load_##NAME);                                                            \
    }

// PREFIX_gemm_NAME.
#define DEFINE_INT8(PREFIX, NAME, TYPE)                                                                                \
    bool PREFIX##_gemm_##NAME(const void *panels, size_t rows, size_t k, const mill_activations *x, float *y,          \
                              ptrdiff_t y_stride) {                                                                    \
        return gemm_int8(panels, rows, k, x, y, y_stride, packing_##NAME, mill_panel_bytes(TYPE, k), prepare_##NAME,   \
                         load_##NAME);                                                                                 \
    }
