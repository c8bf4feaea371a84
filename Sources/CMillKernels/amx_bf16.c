// BF16 products with the tiles of AMX.
//
// A row is summed in steps of 32 elements, in ascending order, starting from the bias; what happens inside of a step is the
// instruction's. The last step is filled up with zeros. An element of a result depends on its row and its token alone, and
// products commute; so it is the same whether weights are the left operand of the instruction or the right one.
//
// For few tokens weights are the left operand: they lie there as rows, as in the file. For many, panels of 16 rows are laid
// out as right operands, and results come out as rows of y.

#if defined(__x86_64__)

#include "amx_tiles.h"
#include "bf16.h"
#include "panel.h"
#include "scratch.h"

#include <string.h>

#pragma clang attribute push(                                                                                          \
    __attribute__((target("amx-tile,amx-bf16,avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,f16c"))), apply_to = function)

#include "bf16_x86.h"

enum {
    STEP = 32,      // elements of a row in one instruction
    TILE = 1024,    // bytes: 16 rows of a step
    FEW = 16,       // up to so many tokens, weights are the left operand
    RUN = 8,        // steps of rows that are copied at once for them
    PAIR = 32,      // weight rows, and tokens, whose sums are carried together
    GROUP = 256,    // weight rows that are laid out at once at most, and the bytes that they may take
    GROUP_BYTES = 1 << 20,
    DEPTH = 18,     // steps of two panels that the first level of the cache holds
    TOKENS = 128,   // tokens whose sums wait for the next steps
};

// Tiles 0-3 are results, 4 and 5 left operands, 6 and 7 right ones of so many columns.
static void configure(size_t columns) {
    mill_tile_shapes shapes = {.palette = 1};
    for (int tile = 0; tile < 8; tile++) {
        shapes.rows[tile] = 16;
        shapes.row_bytes[tile] = tile == 4 || tile == 5 ? 64 : (uint16_t)(4 * columns);
    }
    _tile_loadconfig(&shapes);
}

// Weight rows that are laid out at once: the more, the less often activations are read again.
static size_t group_rows(size_t panel_bytes) {
    size_t rows = panel_bytes ? GROUP_BYTES / panel_bytes * 16 / PAIR * PAIR : GROUP;
    return rows < PAIR ? PAIR : rows > GROUP ? GROUP : rows;
}

static size_t steps_of(size_t k) { return (k + STEP - 1) / STEP; }
static size_t blocks_of(size_t n) { return (n + 15) / 16; }

static size_t rounded_bytes(size_t n, size_t k) {
    return n <= FEW ? steps_of(k) * 16 * n * sizeof(uint32_t) : blocks_of(n) * steps_of(k) * TILE;
}

// Few tokens: [step, pair of elements, token], pairs as one word.
static void round_few(const mill_linear_job *job, uint32_t *rounded) {
    for (size_t i = 0; i < job->k; i += STEP, rounded += 16 * job->n) {
        for (size_t t = 0; t < job->n; t++) {
            uint32_t pairs[16];
            _mm512_storeu_si512(pairs, round32(job->x + (ptrdiff_t)t * job->x_stride + i, job->k - i));
            for (size_t p = 0; p < 16; p++) rounded[p * job->n + t] = pairs[p];
        }
    }
}

// Many: [16 tokens, step, token, 32 elements], with zeros for the tokens that the last 16 lack.
static void round_tokens(const mill_linear_job *job, size_t first, size_t tokens, void *rounded) {
    if (job->n <= FEW) return round_few(job, rounded);
    uint8_t *to = (uint8_t *)rounded + first / 16 * steps_of(job->k) * TILE;
    for (size_t block = first; block < first + tokens; block += 16) {
        const float *x = job->x + (ptrdiff_t)block * job->x_stride;
        for (size_t i = 0; i < job->k; i += STEP, to += TILE) {
            for (size_t t = 0; t < 16; t++) {
                bool exists = block + t < job->n;
                __m512i values = exists ? round32(x + (ptrdiff_t)t * job->x_stride + i, job->k - i) : _mm512_setzero_si512();
                _mm512_store_si512(to + 64 * t, values);
            }
        }
    }
}

// --- Layouts ---

INLINE __m512i quarters(__m512i a, __m512i b, const int odd) {
    return odd ? _mm512_shuffle_i32x4(a, b, 0xdd) : _mm512_shuffle_i32x4(a, b, 0x88);
}

// 16 vectors of 16 words, transposed.
INLINE void transpose16(const __m512i *in, uint8_t *out) {
    __m512i a[16], b[16];
#pragma clang loop unroll(full)
    for (int i = 0; i < 16; i += 2) {
        a[i] = _mm512_unpacklo_epi32(in[i], in[i + 1]);
        a[i + 1] = _mm512_unpackhi_epi32(in[i], in[i + 1]);
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < 16; i += 4) {
        b[i] = _mm512_unpacklo_epi64(a[i], a[i + 2]);
        b[i + 1] = _mm512_unpackhi_epi64(a[i], a[i + 2]);
        b[i + 2] = _mm512_unpacklo_epi64(a[i + 1], a[i + 3]);
        b[i + 3] = _mm512_unpackhi_epi64(a[i + 1], a[i + 3]);
    }
    // Lane L of b[4 g + i] holds word 4 L + i of the rows 4 g to 4 g + 3.
#pragma clang loop unroll(full)
    for (int i = 0; i < 4; i++) {
        __m512i even0 = quarters(b[i], b[4 + i], 0), odd0 = quarters(b[i], b[4 + i], 1);
        __m512i even1 = quarters(b[8 + i], b[12 + i], 0), odd1 = quarters(b[8 + i], b[12 + i], 1);
        _mm512_store_si512(out + 64 * i, quarters(even0, even1, 0));
        _mm512_store_si512(out + 64 * (4 + i), quarters(odd0, odd1, 0));
        _mm512_store_si512(out + 64 * (8 + i), quarters(even0, even1, 1));
        _mm512_store_si512(out + 64 * (12 + i), quarters(odd0, odd1, 1));
    }
}

// --- Q8_0: panels of 16 rows, whose lines hold four elements of each row ---

// 32 elements of 16 rows as right operand: vector p is the pair of elements 2 p and 2 p + 1 of each row. A weight is the exact
// product of its integer and its scale, rounded.
INLINE void q8_pairs(mill_panel panel, size_t block, __m512i *pairs) {
    const uint8_t *lines = panel.lines + block * 8 * LINE_BYTES;
    const __m512 scales = _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(panel.halves + block * HALVES_BYTES)));
    // Word r of the first of two vectors, then of the second one.
    const __m512i low = _mm512_cvtepu16_epi32(_mm256_setr_epi16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
    const __m512i order = _mm512_or_si512(low, _mm512_slli_epi32(_mm512_add_epi32(low, _mm512_set1_epi32(16)), 16));
#pragma clang loop unroll(full)
    for (int l = 0; l < 8; l++) {
        __m512i line = _mm512_loadu_si512(lines + l * LINE_BYTES);
        __m512 values[4];
#pragma clang loop unroll(full)
        for (int i = 0; i < 4; i++) {
            __m512i shifted = i < 3 ? _mm512_slli_epi32(line, (unsigned)(24 - 8 * i)) : line;
            values[i] = _mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_srai_epi32(shifted, 24)), scales);
        }
        __m512i first = bits_of_bf16(_mm512_cvtne2ps_pbh(values[1], values[0]));
        __m512i second = bits_of_bf16(_mm512_cvtne2ps_pbh(values[3], values[2]));
        pairs[2 * l] = _mm512_permutexvar_epi16(order, first);
        pairs[2 * l + 1] = _mm512_permutexvar_epi16(order, second);
    }
}

// The panel with a row; rows that lie as in the file are laid out in scratch memory. NULL when memory is short.
static const uint8_t *q8_panel(const mill_matrix *matrix, size_t row, size_t k, int place) {
    const size_t bytes = mill_panel_bytes(MILL_Q8_0, k);
    if (matrix->panels) return (const uint8_t *)matrix->panels + row / PANEL_ROWS * bytes;
    uint8_t *memory = mill_scratch(MILL_SCRATCH_CHUNK, 2 * bytes);
    if (!memory) return NULL;
    size_t left = matrix->m - row;
    mill_pack_panel(
        MILL_Q8_0, mill_row_at(matrix, row), matrix->row_stride,
        left < PANEL_ROWS ? left : PANEL_ROWS, k, memory + (size_t)place * bytes);
    return memory + (size_t)place * bytes;
}

// --- Few tokens ---

// Some steps of 16 rows as left operands: [step, row, 32 elements].
INLINE void copy_rows(const uint8_t *w, ptrdiff_t stride, size_t rows, size_t count, uint8_t *tiles, const mill_dtype type) {
    for (size_t r = 0; r < 16; r++) {
        uint8_t *to = tiles + 64 * r;
        for (size_t i = 0; i < count; i += STEP, to += TILE) {
            bool exists = r < rows;
            __m512i values = exists ? weights32(w + (ptrdiff_t)r * stride + 2 * i, count - i, type) : _mm512_setzero_si512();
            _mm512_store_si512(to, values);
            // What the next 32 rows need.
            __builtin_prefetch(w + (ptrdiff_t)(r + 32) * stride + 2 * i, 0, 2);
        }
    }
}

// The same of a panel of Q8_0.
INLINE void copy_q8(const uint8_t *panel, size_t k, size_t block, size_t count, uint8_t *tiles) {
    for (size_t b = block; b < block + count; b++, tiles += TILE) {
        __m512i pairs[16];
        q8_pairs(mill_panel_at(panel, k / STEP, 34), b, pairs);
        transpose16(pairs, tiles);
    }
}

// --- Many tokens ---

// A panel of up to 16 rows as right operands: [step, pair of elements, row].
INLINE void lay_out(const uint8_t *w, ptrdiff_t stride, size_t rows, size_t k, uint8_t *panel, const mill_dtype type) {
    for (size_t i = 0; i < k; i += STEP, panel += TILE) {
        __m512i values[16];
#pragma clang loop unroll(full)
        for (size_t r = 0; r < 16; r++) {
            values[r] = r < rows ? weights32(w + (ptrdiff_t)r * stride + 2 * i, k - i, type) : _mm512_setzero_si512();
        }
        transpose16(values, panel);
    }
}

static bool lay_out_q8(const mill_matrix *matrix, size_t row, size_t k, uint8_t *panel) {
    const uint8_t *start = q8_panel(matrix, row, k, 0);
    if (!start) return false;
    const mill_panel from = mill_panel_at(start, k / STEP, 34);
    for (size_t b = 0; b < k / STEP; b++, panel += TILE) {
        __m512i pairs[16];
        q8_pairs(from, b, pairs);
        for (int p = 0; p < 16; p++) _mm512_store_si512(panel + 64 * p, pairs[p]);
    }
    return true;
}

// Where the sums of 32 tokens by 32 rows go.
typedef struct target {
    float *sums;         // four tiles: 16 tokens by 32 rows, then the others
    const float *bias;   // what the sums start with, or NULL when they go on
    const float *y;      // where they will be written after these steps, or NULL
    ptrdiff_t y_stride;
} target;

// Carries the sums of 16 or 32 tokens by 16 or 32 rows over some steps.
INLINE void products(const uint8_t *x, size_t x_block, const uint8_t *w, size_t w_panel, size_t steps, const target *to,
                     const int blocks, const int panels) {
    const float *from = to->bias ? to->bias : to->sums, *y = to->y;
    const size_t panel = to->bias ? 16 : 256, block = to->bias ? 0 : 512, stride = to->bias ? 0 : 64;
    _tile_loadd(0, from, stride);
    if (panels > 1) _tile_loadd(1, from + panel, stride);
    if (blocks > 1) _tile_loadd(2, from + block, stride);
    if (blocks > 1 && panels > 1) _tile_loadd(3, from + block + panel, stride);
    for (size_t s = 0; s < steps; s++, x += TILE, w += TILE) {
        // Rows of y lie far apart, in pages of their own: each would be waited for.
        for (int i = 0; y && s < 16 && i < 2; i++, y += to->y_stride) {
            __builtin_prefetch(y, 1);
            __builtin_prefetch(y + 16, 1);
        }
        _tile_loadd(4, x, 64);
        _tile_loadd(6, w, 64);
        _tile_dpbf16ps(0, 4, 6);
        if (panels > 1) {
            _tile_loadd(7, w + w_panel, 64);
            _tile_dpbf16ps(1, 4, 7);
        }
        if (blocks > 1) {
            _tile_loadd(5, x + x_block, 64);
            _tile_dpbf16ps(2, 5, 6);
            if (panels > 1) _tile_dpbf16ps(3, 5, 7);
        }
    }
    float *sums = to->sums;
    _tile_stored(0, sums, 64);
    if (panels > 1) _tile_stored(1, sums + 256, 64);
    if (blocks > 1) _tile_stored(2, sums + 512, 64);
    if (blocks > 1 && panels > 1) _tile_stored(3, sums + 768, 64);
}

static void any_products(const uint8_t *x, size_t x_block, const uint8_t *w, size_t w_panel, size_t steps, const target *to,
                         bool two_blocks, bool two_panels) {
    if (two_blocks && two_panels) return products(x, x_block, w, w_panel, steps, to, 2, 2);
    if (two_blocks) return products(x, x_block, w, w_panel, steps, to, 2, 1);
    if (two_panels) return products(x, x_block, w, w_panel, steps, to, 1, 2);
    products(x, x_block, w, w_panel, steps, to, 1, 1);
}

// Up to 32 tokens by 32 rows to their place in y.
static void write_sums(const float *sums, size_t tokens, size_t rows, float *y, ptrdiff_t y_stride) {
    uint32_t mask = rows < 32 ? (1u << rows) - 1 : ~0u;
    for (size_t t = 0; t < tokens && t < 32; t++, y += y_stride) {
        const float *from = sums + t / 16 * 512 + t % 16 * 16;
        _mm512_mask_storeu_ps(y, (__mmask16)mask, _mm512_load_ps(from));
        if (rows > 16) _mm512_mask_storeu_ps(y + 16, (__mmask16)(mask >> 16), _mm512_load_ps(from + 256));
    }
}

// All tokens times a group of rows that has been laid out. Tokens are taken some at a time and steps too, so that the
// operands stay near; the sums wait in `sums` meanwhile.
static void multiply_group(const mill_linear_job *job, const mill_matrix *matrix, const uint8_t *rounded,
                           const uint8_t *panels, const float *bias, float *sums, size_t row, size_t rows) {
    const size_t steps = steps_of(job->k), panel_bytes = steps * TILE;
    const size_t parts = (steps + DEPTH - 1) / DEPTH, most = parts ? (steps + parts - 1) / parts : 1;
    for (size_t token = 0; token < job->n; token += TOKENS) {
        size_t end = job->n - token < TOKENS ? job->n : token + TOKENS;
        for (size_t s = 0; s < steps; s += most) {
            size_t depth = steps - s < most ? steps - s : most;
            bool is_last = s + depth == steps;
            target to = {.sums = sums, .y_stride = matrix->y_stride};
            for (size_t r = 0; r < rows; r += 32) {
                const uint8_t *w = panels + r / 16 * panel_bytes + s * TILE;
                to.bias = s ? NULL : bias + r;
                for (size_t t = token; t < end; t += 32, to.sums += 1024) {
                    const uint8_t *x = rounded + t / 16 * panel_bytes + s * TILE;
                    float *y = matrix->y + (ptrdiff_t)t * matrix->y_stride + row + r;
                    to.y = is_last && end - t >= 32 && rows - r >= 32 ? y : NULL;
                    any_products(x, panel_bytes, w, panel_bytes, depth, &to, end - t > 16, rows - r > 16);
                    if (is_last) write_sums(to.sums, end - t, rows - r, y, matrix->y_stride);
                }
            }
        }
    }
}

static bool release(bool done) {
    _tile_release();
    return done;
}

static bool multiply_many(const mill_linear_job *job, const mill_matrix *matrix, const uint8_t *rounded, size_t row,
                          size_t rows) {
    const size_t panel_bytes = steps_of(job->k) * TILE, group = group_rows(panel_bytes);
    uint8_t *panels = mill_scratch(MILL_SCRATCH_KERNEL, group / 16 * panel_bytes);
    float *sums = mill_scratch(MILL_SCRATCH_ROWS, group * TOKENS * sizeof(float));
    if (!panels || !sums) return false;
    configure(16);
    for (size_t end = row + rows; row < end; row += group) {
        size_t count = end - row < group ? end - row : group;
        for (size_t r = 0; r < count; r += 16) {
            const uint8_t *w = matrix->type == MILL_Q8_0 ? NULL : mill_row_at(matrix, row + r);
            uint8_t *panel = panels + r / 16 * panel_bytes;
            if (matrix->type == MILL_Q8_0) {
                if (!lay_out_q8(matrix, row + r, job->k, panel)) return release(false);
            } else if (matrix->type == MILL_F16) {
                lay_out(w, matrix->row_stride, count - r, job->k, panel, MILL_F16);
            } else {
                lay_out(w, matrix->row_stride, count - r, job->k, panel, MILL_BF16);
            }
        }
        float bias[GROUP] = {0};
        if (matrix->bias) memcpy(bias, matrix->bias + row, count * sizeof(float));
        multiply_group(job, matrix, rounded, panels, bias, sums, row, count);
    }
    return release(true);
}

// Up to 32 rows times few tokens; some steps of them are copied to `copy` unless they can be read where they lie.
INLINE void multiply_rows(const mill_linear_job *job, const mill_matrix *matrix, const uint8_t *rounded, size_t row, size_t rows,
                          uint8_t *copy, const uint8_t *const *q8, const mill_dtype type) {
    const size_t n = job->n, k = job->k;
    const ptrdiff_t stride = matrix->row_stride;
    const bool two = rows > 16;
    float sums[2][16 * FEW] __attribute__((aligned(64)));
    for (size_t r = 0; r < 32; r++) {
        for (size_t t = 0; t < n; t++) sums[r / 16][r % 16 * n + t] = matrix->bias && r < rows ? matrix->bias[row + r] : 0;
    }
    _tile_loadd(0, sums[0], 4 * n);
    if (two) _tile_loadd(1, sums[1], 4 * n);
    for (size_t i = 0; i < k; i += RUN * STEP) {
        const uint8_t *w = type == MILL_Q8_0 ? NULL : mill_row_at(matrix, row) + 2 * i;
        size_t count = k - i < RUN * STEP ? k - i : RUN * STEP;
        bool in_place = type == MILL_BF16 && rows == 32 && count % STEP == 0;
        if (type == MILL_Q8_0) {
            copy_q8(q8[0], k, i / STEP, count / STEP, copy);
            if (two) copy_q8(q8[1], k, i / STEP, count / STEP, copy + RUN * TILE);
        } else if (!in_place) {
            copy_rows(w, stride, rows, count, copy, type);
            if (two) copy_rows(w + 16 * stride, stride, rows - 16, count, copy + RUN * TILE, type);
        }
        const uint8_t *first = in_place ? w : copy, *second = in_place ? w + 16 * stride : copy + RUN * TILE;
        const ptrdiff_t row_bytes = in_place ? stride : 64, step_bytes = in_place ? 64 : TILE;
        for (size_t s = 0; s < steps_of(count); s++, rounded += 64 * n, first += step_bytes, second += step_bytes) {
            for (int r = 32; in_place && r < 64; r++) __builtin_prefetch(first + r * stride, 0, 2);
            _tile_loadd(6, rounded, 4 * n);
            _tile_loadd(4, first, row_bytes);
            _tile_dpbf16ps(0, 4, 6);
            if (two) {
                _tile_loadd(5, second, row_bytes);
                _tile_dpbf16ps(1, 5, 6);
            }
        }
    }
    _tile_stored(0, sums[0], 4 * n);
    if (two) _tile_stored(1, sums[1], 4 * n);
    for (size_t t = 0; t < n; t++) {
        float *y = matrix->y + (ptrdiff_t)t * matrix->y_stride + row;
        for (size_t r = 0; r < rows; r++) y[r] = sums[r / 16][r % 16 * n + t];
    }
}

static bool multiply_few(const mill_linear_job *job, const mill_matrix *matrix, const uint8_t *rounded, size_t row, size_t rows) {
    uint8_t copy[2 * RUN * TILE] __attribute__((aligned(64)));
    configure(job->n);
    for (size_t end = row + rows; row < end; row += 32) {
        size_t count = end - row < 32 ? end - row : 32;
        const uint8_t *q8[2] = {NULL, NULL};
        if (matrix->type == MILL_Q8_0) {
            for (size_t i = 0; i < 2 && 16 * i < count; i++) {
                q8[i] = q8_panel(matrix, row + 16 * i, job->k, (int)i);
                if (!q8[i]) return release(false);
            }
            multiply_rows(job, matrix, rounded, row, count, copy, q8, MILL_Q8_0);
        } else if (matrix->type == MILL_F16) {
            multiply_rows(job, matrix, rounded, row, count, copy, q8, MILL_F16);
        } else {
            multiply_rows(job, matrix, rounded, row, count, copy, q8, MILL_BF16);
        }
    }
    return release(true);
}

static bool multiply(const mill_linear_job *job, const mill_matrix *matrix, const void *rounded, size_t row, size_t rows) {
    return job->n > FEW ? multiply_many(job, matrix, rounded, row, rows) : multiply_few(job, matrix, rounded, row, rows);
}

const mill_bf16 mill_amx_bf16 = {rounded_bytes, round_tokens, PAIR, true, multiply};

#pragma clang attribute pop

#endif
