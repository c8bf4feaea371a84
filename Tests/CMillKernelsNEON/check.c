#include "check.h"

#include <stdio.h>
#include <stdlib.h>

const char *const isa_names[MILL_ISA_COUNT] = {
    [MILL_SCALAR] = "scalar",
    [MILL_AVX2] = "avx2",
    [MILL_AVX_VNNI] = "avxvnni",
    [MILL_AVX512] = "avx512",
    [MILL_AVX512_VNNI] = "avx512vnni",
    [MILL_AVX512_BF16] = "avx512bf16",
    [MILL_AMX] = "amx",
    [MILL_NEON] = "neon",
    [MILL_NEON_DOTPROD] = "neon-dotprod",
    [MILL_NEON_I8MM] = "neon-i8mm",
};
const char *const type_names[MILL_DTYPE_COUNT] = {"F32",  "F16",  "BF16", "Q8_0", "Q4_0", "Q4_1",   "Q5_0",  "Q5_1",
                                                  "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "IQ4_NL", "IQ4_XS"};

int checks, failures;
static uint64_t state = 1;

void restart_random(void) { state = 1; }

uint32_t random_bits(void) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33);
}

float random_float(float limit) { return ((float)(random_bits() % 20001) / 10000.0f - 1.0f) * limit; }

float *random_floats(size_t count, float limit) {
    float *x = malloc(count * sizeof(float) + 64);
    if (!x) abort();
    for (size_t i = 0; i < count; i++) x[i] = random_float(limit);
    return x;
}

void check(bool passed, const char *what, mill_isa isa, const char *detail) {
    checks++;
    if (passed) return;
    failures++;
    printf("FAILED: %s on %s, %s\n", what, isa_names[isa], detail);
}

double nmse(const float *x, const float *reference, size_t count) {
    double error = 0, power = 1e-300;
    for (size_t i = 0; i < count; i++) {
        error += ((double)x[i] - reference[i]) * ((double)x[i] - reference[i]);
        power += (double)reference[i] * reference[i];
    }
    return error / power;
}
