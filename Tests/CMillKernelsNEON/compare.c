// Compares every instruction set that this machine (or its emulator) has with the scalar reference, and checks that a
// row's result does not depend on the batch. Prints one line per check that fails; the exit status tells whether any did.

#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
        restart_random();
        for (mill_dtype type = 0; type < MILL_DTYPE_COUNT; type++) {
            compare_products(pool, isa, type, true);
            compare_products(pool, isa, type, false);
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
