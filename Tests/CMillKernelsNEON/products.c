// y = x W^T: against the scalar reference, and against itself where the bits must not change.

#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Where F16 scales lie in a block, which get chosen values.
static const int scale_offsets[MILL_DTYPE_COUNT][2] = {
    [MILL_F32] = {-1, -1}, [MILL_F16] = {-1, -1}, [MILL_BF16] = {-1, -1}, [MILL_Q4_1] = {0, 2},     [MILL_Q5_1] = {0, 2},
    [MILL_Q2_K] = {80, 82}, [MILL_Q3_K] = {108, 108}, [MILL_Q4_K] = {0, 2}, [MILL_Q5_K] = {0, 2}, [MILL_Q6_K] = {208, 208},
};

enum { HALF_ONE = 0x3c00, HALF_SMALL = 0x1000, HALF_DENORMAL = 0x0001, RANDOM = 0x100 };

/// One matrix, as the file has it and in panels where its type has them, and what it is multiplied with.
typedef struct product {
    mill_pool *pool;
    mill_dtype type;
    bool int8;
    size_t n, m, k;
    float *x;         // [n, k]
    uint8_t *rows;    // [m, k]
    uint8_t *panels;  // or NULL
} product;

static ptrdiff_t row_bytes(const product *p) {
    return (ptrdiff_t)(p->k / (size_t)mill_block_size(p->type)) * mill_block_bytes(p->type);
}

// Random bytes or, of quantized types, all of the value `fill`; with F16 scales from `half` on.
static product make_product(mill_pool *pool, mill_dtype type, bool int8, size_t n, size_t m, size_t k, unsigned fill,
                            unsigned half) {
    product p = {pool, type, int8, n, m, k, random_floats(n * k, 2), NULL, NULL};
    size_t size = (size_t)mill_block_bytes(type), blocks = m * (k / (size_t)mill_block_size(type));
    p.rows = malloc(blocks * size);
    if (!p.rows) abort();
    for (size_t b = 0; b < blocks; b++) {
        uint8_t *block = p.rows + b * size;
        for (size_t i = 0; i < size; i++) block[i] = (uint8_t)(fill == RANDOM ? random_bits() : fill);
        float value = random_float(1);
        uint16_t scale = (uint16_t)(half + (half == HALF_SMALL ? random_bits() % 0x1000 : 0));
        if (type == MILL_F32) memcpy(block, &value, 4);
        if (type == MILL_F16) memcpy(block, &scale, 2);
        if (type == MILL_BF16) memcpy(block, (uint8_t *)&value + 2, 2);
        for (int i = 0; i < 2 && scale_offsets[type][i] >= 0; i++) memcpy(block + scale_offsets[type][i], &scale, 2);
    }
    if (mill_panel_bytes(type, k)) {
        mill_context context = {pool, MILL_SCALAR, int8, false};
        p.panels = aligned_alloc(64, (m + 15) / 16 * mill_panel_bytes(type, k));
        if (!p.panels) abort();
        mill_pack(&context, type, p.rows, row_bytes(&p), m, k, p.panels);
    }
    return p;
}

static void free_product(product *p) { free(p->x), free(p->rows), free(p->panels); }

static mill_matrix matrix_of(const product *p, bool panels, float *y) {
    panels = panels && p->panels;
    return (mill_matrix){
        panels ? NULL : p->rows, row_bytes(p), panels ? p->panels : NULL, p->type, NULL, y, (ptrdiff_t)p->m, p->m};
}

// Tokens first ..< first + count.
static void multiply(const product *p, mill_isa isa, bool panels, size_t first, size_t count, float *y) {
    mill_context context = {p->pool, isa, p->int8, false};
    mill_matrix matrix = matrix_of(p, panels, y);
    mill_linear_job job = {p->x + first * p->k, (ptrdiff_t)p->k, count, p->k, &matrix, 1};
    if (mill_linear(&context, &job) != MILL_OK) abort();
}

static bool rounds(const product *p, mill_isa isa) {
    return p->int8 && (isa == MILL_AVX512_BF16 || isa == MILL_AMX) && (p->type == MILL_F16 || p->type == MILL_BF16);
}

// Both sides round, a different number of times, for one fuses products with additions: k / 16 times in a partial sum, four
// times in the tree, some times in a product; or once per term of a group, of which there are at most k / 8. An error is
// therefore measured against the sum of the magnitudes |w| |x|: against the result alone it has no bound, for products may
// cancel. Below the normal numbers, each rounding costs up to 2^-149. BF16 arithmetic rounds both factors besides.
static bool is_close(const product *p, mill_isa isa, const float *y, const float *reference) {
    float *w = random_floats(p->k, 1);
    bool close = true;
    for (size_t r = 0; r < p->m; r++) {
        mill_dequantize_row(MILL_SCALAR, p->type, p->rows + (ptrdiff_t)r * row_bytes(p), w, p->k);
        for (size_t t = 0; t < p->n; t++) {
            double magnitude = 0, error = fabs((double)y[t * p->m + r] - reference[t * p->m + r]);
            for (size_t i = 0; i < p->k; i++) magnitude += fabs((double)w[i] * p->x[t * p->k + i]);
            double roundings = 2 * ((double)p->k / 16 + 8), in_bf16 = rounds(p, isa) ? ldexp(magnitude, -8) : 0;
            close = close && error <= roundings * (ldexp(magnitude, -24) + ldexp(1, -149)) + in_bf16;
        }
    }
    free(w);
    return close;
}

static bool same(const float *a, const float *b, size_t count) { return memcmp(a, b, count * sizeof(float)) == 0; }

// Against the reference; and bit for bit: rows and panels, each token alone, and other levels of ARM64.
static void compare(const product *p, mill_isa isa) {
    float *y = random_floats(p->n * p->m, 1), *other = random_floats(p->n * p->m, 1);
    const char *name = type_names[p->type];
    multiply(p, isa, true, 0, p->n, y);
    multiply(p, MILL_SCALAR, true, 0, p->n, other);
    check(is_close(p, isa, y, other), p->int8 ? "linear, 8-bit" : "linear, F32", isa, name);
    if (p->panels) {
        multiply(p, isa, false, 0, p->n, other);
        check(same(other, y, p->n * p->m), "rows and panels", isa, name);
    }
    if (p->n > 1) {
        for (size_t t = 0; t < p->n; t++) multiply(p, isa, true, t, 1, other + t * p->m);
        check(same(other, y, p->n * p->m), "batch independence", isa, name);
    }
    if (isa > MILL_NEON) {
        multiply(p, MILL_NEON, true, 0, p->n, other);
        check(same(other, y, p->n * p->m), "the same bits as neon", isa, name);
    }
    free(y), free(other);
}

// Tokens around the limits of tiles, rows around those of panels, and more groups than a stretch has.
static void compare_shapes(mill_pool *pool, mill_isa isa, mill_dtype type, bool int8) {
    static const struct {
        size_t n, m, blocks_of_32, blocks_of_256;
    } shapes[] = {{1, 1, 1, 1},   {2, 17, 19, 3}, {3, 16, 2, 1},   {4, 33, 3, 2}, {5, 19, 17, 3},
                  {15, 8, 16, 2}, {16, 32, 1, 1}, {17, 17, 18, 3}, {21, 3, 5, 1}, {33, 21, 2, 1}};
    int block = mill_block_size(type);
    // Dequantized weights all meet the same kernel.
    const size_t step = !int8 && block > 1 ? 3 : 1;
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s += step) {
        size_t k = block == 1 ? shapes[s].blocks_of_32 * 21 : 256 * shapes[s].blocks_of_256;
        if (block == 32) k = 32 * shapes[s].blocks_of_32;
        product p = make_product(pool, type, int8, shapes[s].n, shapes[s].m, k, RANDOM, HALF_SMALL);
        compare(&p, isa);
        free_product(&p);
    }
}

// Weights at both ends of their range times activations at both ends of theirs; scales, and activations, below the normal numbers.
static void compare_extremes(mill_pool *pool, mill_isa isa, mill_dtype type, bool int8) {
    static const unsigned fills[] = {0x00, 0x80, 0xff};
    enum { N = 5, M = 5 };
    const size_t k = mill_block_size(type) == 256 ? 256 : 288;
    for (size_t f = 0; int8 && f < sizeof fills / sizeof *fills; f++) {
        product p = make_product(pool, type, int8, N, M, k, fills[f], HALF_ONE);
        // Of 0.5 * 127 the scale is 0.5, exactly; token 0 is all positive, token 1 all negative.
        for (size_t i = 0; i < N * k; i++) p.x[i] = i < k || (i >= 2 * k && random_bits() & 1) ? 63.5f : -63.5f;
        compare(&p, isa);
        if (type == MILL_Q8_0 && fills[f] == 0x80) {
            float y[N * M], sum = (float)k * -128 * 63.5f;
            multiply(&p, isa, true, 0, N, y);
            check(y[0] == sum && y[M - 1] == sum && y[M] == -sum && y[2 * M - 1] == -sum, "the greatest sums", isa, "Q8_0");
        }
        free_product(&p);
    }
    product p = make_product(pool, type, int8, N, M, k, RANDOM, HALF_DENORMAL);
    compare(&p, isa);
    for (size_t i = 0; i < N * k; i++) p.x[i] *= 1e-39f;
    if (!rounds(&p, isa)) compare(&p, isa);
    free_product(&p);
}

// A NaN and an infinity of some tokens reach all results of these tokens, and no other one.
static void compare_nans(mill_pool *pool, mill_isa isa, mill_dtype type, bool int8) {
    static const size_t counts[] = {3, 19};
    const size_t m = 18, k = mill_block_size(type) == 256 ? 768 : 96;
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        const size_t n = counts[c];
        product p = make_product(pool, type, int8, n, m, k, RANDOM, HALF_SMALL);
        float *before = random_floats(n * m, 1), *after = random_floats(n * m, 1);
        multiply(&p, isa, true, 0, n, before);
        p.x[1 * k + 40] = NAN;
        p.x[(n - 1) * k + k - 1] = NAN;
        multiply(&p, isa, true, 0, n, after);
        bool passed = true;
        for (size_t t = 0; t < n; t++) {
            const bool reached = t == 1 || t == n - 1;
            if (!reached) passed = passed && same(after + t * m, before + t * m, m);
            for (size_t r = 0; reached && r < m; r++) passed = passed && isnan(after[t * m + r]);
        }
        check(passed, "NaN in some tokens", isa, type_names[type]);
        free(before), free(after), free_product(&p);
    }
}

// Several matrices in one job, of several types, packed or not, one with a bias, as each of them alone.
static void compare_jobs(mill_pool *pool, mill_isa isa, mill_dtype type, bool int8) {
    enum { MATRICES = 4, MOST_ROWS = 40, MOST_TOKENS = 18 };
    static const size_t counts[] = {1, 5, MOST_TOKENS}, rows[MATRICES] = {40, 7, 17, 5};
    const mill_dtype types[MATRICES] = {type, MILL_Q8_0, type, MILL_F32};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        product parts[MATRICES];
        mill_matrix matrices[MATRICES];
        float y[MATRICES][MOST_TOKENS * MOST_ROWS], alone[MOST_TOKENS * MOST_ROWS], bias[MOST_ROWS];
        for (int i = 0; i < MOST_ROWS; i++) bias[i] = random_float(1);
        for (int i = 0; i < MATRICES; i++) {
            parts[i] = make_product(pool, types[i], int8, counts[c], rows[i], 256, RANDOM, HALF_SMALL);
            matrices[i] = matrix_of(&parts[i], i != 2, y[i]);
        }
        matrices[0].bias = bias;
        mill_context context = {pool, isa, int8, false};
        mill_linear_job job = {parts[0].x, 256, counts[c], 256, matrices, MATRICES};
        if (mill_linear(&context, &job) != MILL_OK) abort();
        bool passed = true;
        for (int i = 0; i < MATRICES; i++) {
            mill_matrix matrix = matrices[i];
            matrix.y = alone;
            job.matrices = &matrix;
            job.matrix_count = 1;
            if (mill_linear(&context, &job) != MILL_OK) abort();
            passed = passed && same(alone, y[i], counts[c] * rows[i]);
        }
        check(passed, "several matrices in one job", isa, type_names[type]);
        for (int i = 0; i < MATRICES; i++) free_product(&parts[i]);
    }
}

void compare_products(mill_pool *pool, mill_isa isa, mill_dtype type, bool int8) {
    compare_shapes(pool, isa, type, int8);
    compare_extremes(pool, isa, type, int8);
    compare_nans(pool, isa, type, int8);
    compare_jobs(pool, isa, type, int8);
}
