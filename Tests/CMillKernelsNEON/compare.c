// Compares every instruction set that this machine (or its emulator) has with the scalar reference, and checks that a
// row's result does not depend on the batch. Prints one line per check that fails; the exit status tells whether any did.

#include "CMillKernels.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const isa_names[MILL_ISA_COUNT] = {
    [MILL_SCALAR] = "scalar", [MILL_AVX2] = "avx2",  [MILL_AVX_VNNI] = "avxvnni", [MILL_AVX512] = "avx512",
    [MILL_AVX512_VNNI] = "avx512vnni", [MILL_AVX512_BF16] = "avx512bf16", [MILL_AMX] = "amx",
    [MILL_NEON] = "neon", [MILL_NEON_DOTPROD] = "neon-dotprod",
};
static const char *const type_names[MILL_DTYPE_COUNT] = {"F32",  "F16",  "BF16", "Q8_0", "Q4_0", "Q4_1",   "Q5_0",  "Q5_1",
                                                         "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "IQ4_NL", "IQ4_XS"};
// Where F16 scales lie in a block, so that random blocks get scales of moderate size.
static const int scale_offsets[MILL_DTYPE_COUNT][2] = {
    {-1, -1}, {-1, -1}, {-1, -1}, {0, 0}, {0, 0}, {0, 2}, {0, 0}, {0, 2}, {80, 82}, {108, 108}, {0, 2}, {0, 2}, {208, 208}, {0, 0}, {0, 0}};

static int checks, failures;
static uint64_t state = 1;

static uint32_t random_bits(void) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33);
}
static float random_float(float limit) { return ((float)(random_bits() % 20001) / 10000.0f - 1.0f) * limit; }

static float *random_floats(size_t count, float limit) {
    float *x = malloc(count * sizeof(float) + 64);
    if (!x) abort();
    for (size_t i = 0; i < count; i++) x[i] = random_float(limit);
    return x;
}

static void check(bool passed, const char *what, mill_isa isa, const char *detail) {
    checks++;
    if (passed) return;
    failures++;
    printf("FAILED: %s on %s, %s\n", what, isa_names[isa], detail);
}

static double nmse(const float *x, const float *reference, size_t count) {
    double error = 0, power = 1e-300;
    for (size_t i = 0; i < count; i++) {
        error += ((double)x[i] - reference[i]) * ((double)x[i] - reference[i]);
        power += (double)reference[i] * reference[i];
    }
    return error / power;
}

static uint8_t *random_weights(mill_dtype type, size_t m, size_t k) {
    size_t size = (size_t)mill_block_bytes(type), blocks = m * k / (size_t)mill_block_size(type);
    uint8_t *w = malloc(blocks * size + 64);
    if (!w) abort();
    for (size_t b = 0; b < blocks; b++) {
        uint8_t *block = w + b * size;
        for (size_t i = 0; i < size; i++) block[i] = (uint8_t)random_bits();
        float value = random_float(1);
        uint16_t brain, half = (uint16_t)(0x1000 + random_bits() % 0x1000);
        memcpy(&brain, (uint8_t *)&value + 2, 2);
        if (type == MILL_F32) memcpy(block, &value, 4);
        if (type == MILL_F16) memcpy(block, &half, 2);
        if (type == MILL_BF16) memcpy(block, &brain, 2);
        for (int i = 0; i < 2 && scale_offsets[type][i] >= 0; i++) memcpy(block + scale_offsets[type][i], &half, 2);
    }
    return w;
}

static void linear(mill_pool *pool, mill_isa isa, mill_dtype type, bool int8) {
    static const size_t shapes[][3] = {{1, 1, 1}, {2, 17, 2}, {9, 33, 1}, {21, 19, 2}, {5, 8, 3}};
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        size_t n = shapes[s][0], m = shapes[s][1], block = (size_t)mill_block_size(type);
        size_t k = block == 1 ? shapes[s][2] * 21 : shapes[s][2] * block;
        float *x = random_floats(n * k, 2), *y = random_floats(n * m, 1), *reference = random_floats(n * m, 1);
        uint8_t *w = random_weights(type, m, k);
        ptrdiff_t row = (ptrdiff_t)(k / block) * mill_block_bytes(type);
        mill_context context = {pool, isa, int8, false}, scalar = {pool, MILL_SCALAR, int8, false};
        mill_matrix matrix = {w, row, NULL, type, NULL, reference, (ptrdiff_t)m, m};
        mill_linear_job job = {x, (ptrdiff_t)k, n, k, &matrix, 1};
        mill_linear(&scalar, &job);
        matrix.y = y;
        mill_linear(&context, &job);
        // Rounding of weights and activations to BF16 is all that the reference lacks there.
        bool rounds = int8 && (isa == MILL_AVX512_BF16 || isa == MILL_AMX) && (type == MILL_F16 || type == MILL_BF16);
        check(nmse(y, reference, n * m) < (rounds ? 1e-3 : 1e-11), int8 ? "linear, 8-bit" : "linear, F32", isa, type_names[type]);

        uint8_t *panels = NULL;
        if (mill_panel_bytes(type, k)) {
            panels = aligned_alloc(64, (m + 15) / 16 * mill_panel_bytes(type, k));
            if (!panels) abort();
            mill_pack(&context, type, w, row, m, k, panels);
            matrix.rows = NULL;
            matrix.panels = panels;
        }
        matrix.y = reference;
        bool equal = true;
        for (size_t t = 0; t < n; t++) {
            mill_linear_job one = {x + t * k, (ptrdiff_t)k, 1, k, &matrix, 1};
            mill_linear(&context, &one);
            equal = equal && memcmp(reference, y + t * m, m * sizeof(float)) == 0;
        }
        check(equal, "batch independence, also in panels", isa, type_names[type]);
        free(x), free(y), free(reference), free(w), free(panels);
    }
}

static void rows(mill_pool *pool, mill_isa isa) {
    mill_context context = {pool, isa, true, false}, scalar = {pool, MILL_SCALAR, true, false};
    for (size_t k = 1; k < 70; k += 13) {
        float *x = random_floats(3 * k, 4), *w = random_floats(k, 1), *b = random_floats(k, 1);
        float *y = random_floats(3 * k, 1), *reference = random_floats(3 * k, 1);
        mill_rms_norm(&context, x, w, 1e-5f, y, 3, k), mill_rms_norm(&scalar, x, w, 1e-5f, reference, 3, k);
        check(nmse(y, reference, 3 * k) < 1e-12, "RMS norm", isa, "");
        mill_layer_norm(&context, x, w, b, 1e-5f, y, 3, k), mill_layer_norm(&scalar, x, w, b, 1e-5f, reference, 3, k);
        check(nmse(y, reference, 3 * k) < 1e-11, "layer norm", isa, "");
        mill_silu_mul(&context, x, x, y, 3 * k), mill_silu_mul(&scalar, x, x, reference, 3 * k);
        check(nmse(y, reference, 3 * k) < 1e-12, "SiLU", isa, "");
#define IN_PLACE(CALL, REFERENCE, NAME)                                                                                \
    memcpy(y, x, 3 * k * sizeof(float)), memcpy(reference, x, 3 * k * sizeof(float));                                  \
    CALL, REFERENCE;                                                                                                   \
    check(nmse(y, reference, 3 * k) < 1e-12, NAME, isa, "")
        IN_PLACE(mill_softmax(&context, y, 3, k), mill_softmax(&scalar, reference, 3, k), "softmax");
        IN_PLACE(mill_gelu(&context, y, 3 * k, MILL_GELU_TANH), mill_gelu(&scalar, reference, 3 * k, MILL_GELU_TANH), "GELU, tanh");
        IN_PLACE(mill_gelu(&context, y, 3 * k, MILL_GELU_ERF), mill_gelu(&scalar, reference, 3 * k, MILL_GELU_ERF), "GELU, erf");
        IN_PLACE(mill_sigmoid(&context, y, 3 * k), mill_sigmoid(&scalar, reference, 3 * k), "sigmoid");
        IN_PLACE(mill_tanh(&context, y, 3 * k), mill_tanh(&scalar, reference, 3 * k), "tanh");
        free(x), free(w), free(b), free(y), free(reference);
    }
}

static void attention(mill_pool *pool, mill_isa isa) {
    enum { N = 5, T = 300, HEADS = 4, KV = 2, D = 20 };
    float *q = random_floats(N * HEADS * D, 3), *k = random_floats(T * KV * D, 1), *v = random_floats(T * KV * D, 1);
    float y[N * HEADS * D], reference[N * HEADS * D];
    for (int causal = 0; causal < 2; causal++) {
        mill_attention_job job = {
            .q = q, .k = k, .v = v, .out = y, .q_token = HEADS * D, .q_head = D, .k_token = KV * D, .k_head = D,
            .v_token = KV * D, .v_head = D, .out_token = HEADS * D, .out_head = D, .n = N, .t = T, .heads = HEADS,
            .kv_heads = KV, .d = D, .dv = D, .causal = causal, .offset = 251, .scale = 0.3f};
        mill_context context = {pool, isa, true, false}, scalar = {pool, MILL_SCALAR, true, false};
        mill_attention(&context, &job);
        job.out = reference;
        mill_attention(&scalar, &job);
        check(nmse(y, reference, N * HEADS * D) < 1e-11, "attention", isa, causal ? "causal" : "");
    }
    int32_t positions[N] = {0, 1, 70, 500, 3000};
    float frequencies[7] = {1, 0.5f, 0.2f, 0.1f, 0.01f, 0.003f, 0.001f};
    for (int interleaved = 0; interleaved < 2; interleaved++) {
        memcpy(y, q, sizeof y), memcpy(reference, q, sizeof y);
        mill_rope_job job = {y, HEADS * D, D, positions, frequencies, N, HEADS, 7, interleaved, 1};
        mill_context context = {pool, isa, true, false}, scalar = {pool, MILL_SCALAR, true, false};
        mill_rope(&context, &job);
        job.x = reference;
        mill_rope(&scalar, &job);
        check(nmse(y, reference, N * HEADS * D) < 1e-12, "rotary embedding", isa, interleaved ? "interleaved" : "halves");
    }
    free(q), free(k), free(v);
}

// A cache of every type: the same bytes as the reference, the same attention, and every query as if it were alone.
static void cache(mill_pool *pool, mill_isa isa, mill_dtype type) {
    enum { N = 19, T = 290, HEADS = 6, KV = 2, D = 96, CAPACITY = 304 };
    float *q = random_floats(N * HEADS * D, 3), *k = random_floats(T * KV * D, 1), *v = random_floats(T * KV * D, 1);
    float *turned = random_floats(T * KV * D, 1), *y = random_floats(N * HEADS * D, 1), *other = random_floats(N * HEADS * D, 1);
    size_t bytes = KV * CAPACITY * mill_cached_row_bytes(type, D);
    uint8_t *memory = calloc(4, bytes);
    if (!memory) abort();
    int32_t positions[T];
    for (int i = 0; i < T; i++) positions[i] = i;
    float frequencies[5] = {1, 0.5f, 0.1f, 0.01f, 0.001f};
    mill_context context = {pool, isa, true, false}, scalar = {pool, MILL_SCALAR, true, false};
    mill_cache caches[2];
    for (size_t i = 0; i < 2; i++) {
        caches[i] = (mill_cache){type, memory + 2 * i * bytes, memory + (2 * i + 1) * bytes, KV, CAPACITY, D};
        memcpy(turned, k, T * KV * D * sizeof(float));
        mill_store_job job = {
            .cache = &caches[i], .n = T, .k = turned, .v = v, .k_token = KV * D, .k_head = D, .v_token = KV * D, .v_head = D,
            .positions = positions, .frequencies = frequencies, .pairs = 5, .scale = 1};
        mill_store(i ? &scalar : &context, &job);
    }
    mill_attention_job job = {
        .q = q, .cache = &caches[1], .out = y, .q_token = HEADS * D, .q_head = D, .out_token = HEADS * D, .out_head = D, .n = N,
        .t = T, .heads = HEADS, .kv_heads = KV, .d = D, .dv = D, .causal = true, .offset = T - N, .scale = 0.2f};
    check(memcmp(caches[0].values, caches[1].values, bytes) == 0, "rounding to a cache", isa, type_names[type]);
    mill_attention(&context, &job);
    job.out = other;
    mill_attention(&scalar, &job);
    check(nmse(y, other, N * HEADS * D) < 1e-11, "attention over a cache", isa, type_names[type]);
    job.n = 1;
    for (size_t i = 0; i < N; i++, job.q += HEADS * D, job.out += HEADS * D, job.offset++) mill_attention(&context, &job);
    check(memcmp(y, other, N * HEADS * D * sizeof(float)) == 0, "batch independence of attention", isa, type_names[type]);
    free(q), free(k), free(v), free(turned), free(y), free(other), free(memory);
}

static void convolution(mill_pool *pool, mill_isa isa) {
    enum { SIZE = 11, CHANNELS = 3, OUT = 21, RESULT = 6 };
    uint8_t pixels[SIZE * SIZE * CHANNELS];
    for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = (uint8_t)random_bits();
    float *weight = random_floats(OUT * 9 * CHANNELS, 1), *bias = random_floats(OUT, 1);
    float scale[CHANNELS] = {0.01f, 0.02f, 0.01f}, shift[CHANNELS] = {-1, 0, 1};
    float y[RESULT * RESULT * OUT], reference[RESULT * RESULT * OUT];
    mill_convolution_job job = {
        .x = pixels, .x_row = SIZE * CHANNELS, .x_is_u8 = true, .x_scale = scale, .x_shift = shift, .height = SIZE, .width = SIZE,
        .channels = CHANNELS, .weight = weight, .bias = bias, .out_channels = OUT, .kernel_height = 3, .kernel_width = 3,
        .stride = 2, .padding = 1, .y = y, .out_height = RESULT, .out_width = RESULT};
    mill_context context = {pool, isa, true, false}, scalar = {pool, MILL_SCALAR, true, false};
    mill_convolution(&context, &job);
    job.y = reference;
    mill_convolution(&scalar, &job);
    check(nmse(y, reference, sizeof y / sizeof *y) < 1e-12, "convolution", isa, "");
    free(weight), free(bias);
}

int main(void) {
    mill_pool *pool = mill_pool_create(3);
    for (mill_isa isa = 0; isa < MILL_ISA_COUNT; isa++) {
        if (!mill_isa_available(isa)) continue;
        int before = checks;
        state = 1;
        for (mill_dtype type = 0; type < MILL_DTYPE_COUNT; type++) {
            linear(pool, isa, type, true);
            linear(pool, isa, type, false);
        }
        rows(pool, isa);
        attention(pool, isa);
        for (mill_dtype type = MILL_F32; type <= MILL_Q8_0; type++) cache(pool, isa, type);
        convolution(pool, isa);
        printf("%s: %d checks\n", isa_names[isa], checks - before);
    }
    mill_pool_destroy(pool);
    printf("%d of %d checks failed\n", failures, checks);
    return failures != 0;
}
