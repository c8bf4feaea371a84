// Measures y = x W^T of one layer's size for each weight type and instruction set: one token (what memory and the
// kernels' instructions allow in decoding) and 512 tokens (prefill). Usage: kernels [THREADS] [ISA].

#include "CMillKernels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROWS = 2048, COLUMNS = 2048, COPIES = 64, TOKENS = 512, REPETITIONS = 5 };

static const char *const isa_names[MILL_ISA_COUNT] = {"scalar",     "avx2", "avxvnni", "avx512",      "avx512vnni",
                                                      "avx512bf16", "amx",  "neon",    "neon-dotprod", "neon-i8mm"};
static const struct {
    mill_dtype type;
    const char *name;
} types[] = {{MILL_F32, "F32"},   {MILL_F16, "F16"},   {MILL_BF16, "BF16"}, {MILL_Q8_0, "Q8_0"},    {MILL_Q4_0, "Q4_0"},
             {MILL_Q4_K, "Q4_K"}, {MILL_Q5_K, "Q5_K"}, {MILL_Q6_K, "Q6_K"}, {MILL_IQ4_NL, "IQ4_NL"}};

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

// Seconds for one product with `tokens` tokens; several copies of the weights, so that they come from memory.
static double measure(const mill_context *context, const mill_matrix *matrix, size_t bytes, size_t tokens, const float *x) {
    double best = 1e9;
    size_t products = tokens == 1 ? COPIES : 1;
    for (int repetition = 0; repetition < REPETITIONS; repetition++) {
        double start = seconds();
        for (size_t copy = 0; copy < products; copy++) {
            mill_matrix part = *matrix;
            if (part.panels) part.panels = (const uint8_t *)part.panels + copy * bytes;
            if (part.rows) part.rows = (const uint8_t *)part.rows + copy * bytes;
            mill_linear_job job = {x, COLUMNS, tokens, COLUMNS, &part, 1};
            if (mill_linear(context, &job) != MILL_OK) exit(1);
        }
        double elapsed = (seconds() - start) / (double)products;
        best = elapsed < best ? elapsed : best;
    }
    return best;
}

static void run(mill_pool *pool, mill_isa isa, const float *x, float *y) {
    mill_context context = {pool, isa, true, false};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        mill_dtype type = types[i].type;
        size_t bytes = (size_t)ROWS * COLUMNS / (size_t)mill_block_size(type) * (size_t)mill_block_bytes(type);
        uint8_t *weights = aligned_alloc(64, COPIES * bytes), *panels = aligned_alloc(64, COPIES * bytes);
        if (!weights || !panels) exit(1);
        // Bits that give finite and normal values and scales in every type.
        for (size_t j = 0; j < COPIES * bytes; j++) weights[j] = ((uint8_t)(j * 2654435761u >> 13) & 0x3b) | 0x20;
        mill_matrix matrix = {weights, (ptrdiff_t)(bytes / ROWS), NULL, type, NULL, y, ROWS, ROWS};
        if (mill_panel_bytes(type, COLUMNS)) {
            for (size_t copy = 0; copy < COPIES; copy++) {
                mill_pack(&context, type, weights + copy * bytes, matrix.row_stride, ROWS, COLUMNS, panels + copy * bytes);
            }
            matrix.rows = NULL;
            matrix.panels = panels;
        }
        double one = measure(&context, &matrix, bytes, 1, x), many = measure(&context, &matrix, bytes, TOKENS, x);
        double products = (double)ROWS * COLUMNS * 1e-9;
        printf("%-12s %-6s %8.1f %12.1f %14.1f\n", isa_names[isa], types[i].name, (double)bytes * 1e-9 / one, products / one,
               products * TOKENS / many);
        free(weights);
        free(panels);
    }
}

// The set of that name if this machine has it, else MILL_ISA_COUNT.
static mill_isa named(const char *name) {
    for (mill_isa isa = 0; isa < MILL_ISA_COUNT; isa++) {
        if (mill_isa_available(isa) && strcmp(name, isa_names[isa]) == 0) return isa;
    }
    return MILL_ISA_COUNT;
}

static int misuse(const char *problem, const char *argument) {
    fprintf(stderr, "kernels: %s \"%s\"\nusage: kernels [THREADS] [ISA]; this machine has", problem, argument);
    for (mill_isa isa = 0; isa < MILL_ISA_COUNT; isa++) {
        if (mill_isa_available(isa)) fprintf(stderr, " %s", isa_names[isa]);
    }
    fprintf(stderr, "\n");
    return 2;
}

int main(int count, char **arguments) {
    char *end = "";
    long threads = count > 1 ? strtol(arguments[1], &end, 10) : 1;
    if (threads < 1 || threads > 1024 || *end) return misuse("no number of threads is", arguments[1]);
    if (count > 2 && named(arguments[2]) == MILL_ISA_COUNT) return misuse("there is no instruction set", arguments[2]);
    if (count > 3) return misuse("nothing is known of", arguments[3]);
    mill_pool *pool = mill_pool_create((int)threads);
    float *x = malloc(sizeof(float) * TOKENS * COLUMNS), *y = malloc(sizeof(float) * TOKENS * ROWS);
    if (!pool || !x || !y) return 1;
    for (size_t i = 0; i < (size_t)TOKENS * COLUMNS; i++) x[i] = (float)(i % 17) * 0.1f - 0.8f;
    printf("%d threads\n%-12s %-6s %8s %12s %14s\n", mill_pool_threads(pool), "ISA", "type", "GB/s, 1", "GMAC/s, 1", "GMAC/s, 512");
    for (mill_isa isa = 0; isa < MILL_ISA_COUNT; isa++) {
        bool wanted = count > 2 ? isa == named(arguments[2]) : isa != MILL_SCALAR;
        if (wanted && mill_isa_available(isa)) run(pool, isa, x, y);
    }
    mill_pool_destroy(pool);
    free(x);
    free(y);
    return 0;
}
