// Which instruction sets this processor has, and the table of each.

#include "kernels.h"

#if defined(__x86_64__)
#include <cpuid.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include "x86.h"

typedef struct x86_features {
    bool avx2, avx_vnni, avx512, avx512_vnni, avx512_bf16, amx;
} x86_features;

static uint64_t enabled_states(void) {
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (uint64_t)high << 32 | low;
}

// Tiles are 8 KiB of state that Linux saves only for processes that have asked for it; asking again does no harm.
static bool may_use_tiles(void) {
#if defined(__linux__) && defined(SYS_arch_prctl)
    enum { request_permission = 0x1023, tile_data = 18 };
    return syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
#else
    return false;
#endif
}

// What the processor offers and the operating system saves.
static x86_features detect(void) {
    x86_features features = {0};
    uint32_t a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE)) return features;
    bool basics = (c & bit_AVX) && (c & bit_FMA) && (c & bit_F16C);
    uint64_t states = enabled_states();
    if (!basics || (states & 0x6) != 0x6 || !__get_cpuid_count(7, 0, &a, &b, &c, &d)) return features;
    const uint32_t avx512 = bit_AVX512F | bit_AVX512BW | bit_AVX512DQ | bit_AVX512VL;
    features.avx2 = b & bit_AVX2;
    features.avx512 = features.avx2 && (b & avx512) == avx512 && (states & 0xe6) == 0xe6;
    features.avx512_vnni = features.avx512 && (c & bit_AVX512VNNI);
    // Bits 22, 24 and 25: AMX for BF16, its tiles, AMX for 8 bits. Bits 17 and 18 of the states are the tiles'.
    const uint32_t amx = 1u << 22 | 1u << 24 | 1u << 25;
    bool tiles = (d & amx) == amx && (states & 0x60000) == 0x60000;
    uint32_t deepest = a;
    if (!features.avx2 || deepest < 1 || !__get_cpuid_count(7, 1, &a, &b, &c, &d)) return features;
    features.avx_vnni = a >> 4 & 1;
    features.avx512_bf16 = features.avx512_vnni && (a >> 5 & 1);
    features.amx = features.avx512_bf16 && tiles && may_use_tiles();
    return features;
}

// Intel's processors (measured: Sapphire Rapids) begin a BF16 product of 32 elements every second cycle, and F32 products of
// 16 elements twice a cycle: there BF16 pays with tiles only. AMD's gain a factor of two.
static bool has_slow_bf16(void) {
    uint32_t a, b, c, d;
    return __get_cpuid(0, &a, &b, &c, &d) && b == signature_INTEL_ebx && c == signature_INTEL_ecx && d == signature_INTEL_edx;
}

bool mill_isa_available(mill_isa isa) {
    x86_features features = detect();
    switch (isa) {
    case MILL_SCALAR: return true;
    case MILL_AVX2: return features.avx2;
    case MILL_AVX_VNNI: return features.avx_vnni;
    case MILL_AVX512: return features.avx512;
    case MILL_AVX512_VNNI: return features.avx512_vnni;
    case MILL_AVX512_BF16: return features.avx512_bf16;
    case MILL_AMX: return features.amx;
    default: return false;
    }
}
#elif defined(__aarch64__)
#include <sys/auxv.h>

#include "arm64.h"

static bool has_slow_bf16(void) { return false; }

bool mill_isa_available(mill_isa isa) {
    // Bit 20 of the capabilities is ASIMDDP, the dot products; bit 13 of the second word is I8MM, the matrix products.
    const bool dot_products = getauxval(AT_HWCAP) >> 20 & 1, matrix_products = getauxval(AT_HWCAP2) >> 13 & 1;
    switch (isa) {
    case MILL_SCALAR: case MILL_NEON: return true;
    case MILL_NEON_DOTPROD: return dot_products;
    case MILL_NEON_I8MM: return dot_products && matrix_products;
    default: return false;
    }
}
#else
static bool has_slow_bf16(void) { return false; }
bool mill_isa_available(mill_isa isa) { return isa == MILL_SCALAR; }
#endif

mill_isa mill_isa_best(void) {
    static const mill_isa preference[] = {
        MILL_AMX, MILL_AVX512_BF16, MILL_AVX512_VNNI, MILL_AVX_VNNI, MILL_AVX512, MILL_AVX2,
        MILL_NEON_I8MM, MILL_NEON_DOTPROD, MILL_NEON,
    };
    for (size_t i = 0; i < sizeof preference / sizeof *preference; i++) {
        if (preference[i] == MILL_AVX512_BF16 && has_slow_bf16()) continue;
        if (mill_isa_available(preference[i])) return preference[i];
    }
    return MILL_SCALAR;
}

const mill_kernels *mill_kernels_for(mill_isa isa) {
    switch (isa) {
#if defined(__x86_64__)
    case MILL_AVX2: return &mill_avx2_kernels;
    case MILL_AVX_VNNI: return &mill_avxvnni_kernels;
    case MILL_AVX512: return &mill_avx512_kernels;
    case MILL_AVX512_VNNI: return &mill_avx512vnni_kernels;
    case MILL_AVX512_BF16: return &mill_avx512bf16_kernels;
    case MILL_AMX: return &mill_amx_kernels;
#elif defined(__aarch64__)
    case MILL_NEON: return &mill_neon_kernels;
    case MILL_NEON_DOTPROD: return &mill_dotprod_kernels;
    case MILL_NEON_I8MM: return &mill_i8mm_kernels;
#endif
    default: return &mill_scalar_kernels;
    }
}
