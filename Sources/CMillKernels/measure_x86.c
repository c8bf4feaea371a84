// The loops of x86-64: 12 or more independent sums, since an instruction takes four to six cycles and two start in each.

#if defined(__x86_64__)

#include "amx_tiles.h"
#include "measure.h"

#include <immintrin.h>
#include <string.h>

#define AVX2 __attribute__((target("avx2,fma")))
#define AVX_VNNI __attribute__((target("avxvnni,avx2,fma")))
#define AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")))
#define AVX512_VNNI __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma")))
#define AVX512_BF16 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma")))
#define AMX __attribute__((target("amx-tile,amx-int8,amx-bf16")))

// A core that reads several places in turn has more misses under way than one that reads straight on: up to half as much
// again comes in. AHEAD is how far ahead lines are asked for in each place.
enum { STREAMS = 8, AHEAD = 512, SUMS = 12 };
// A value that the optimizer must take as changed in each step, so that no product moves out of the loop.
#define CHANGED(V) __asm__ volatile("" : "+v"(V))

AVX2 static uint64_t read_avx2(const void *p, size_t bytes) {
    const char *at = p;
    size_t apart = bytes / STREAMS;
    __m256i sums[STREAMS];
    memset(sums, 0, sizeof sums);
    for (size_t i = 0; i < apart; i += 64) {
        _Pragma("clang loop unroll(full)") for (int stream = 0; stream < STREAMS; stream++) {
            const char *line = at + (size_t)stream * apart + i;
            _mm_prefetch(line + AHEAD, _MM_HINT_T0);
            sums[stream] = _mm256_xor_si256(sums[stream], _mm256_loadu_si256((const __m256i *)line));
            sums[stream] = _mm256_xor_si256(sums[stream], _mm256_loadu_si256((const __m256i *)(line + 32)));
        }
    }
    for (int stream = 1; stream < STREAMS; stream++) sums[0] = _mm256_xor_si256(sums[0], sums[stream]);
    uint64_t words[4];
    memcpy(words, sums, sizeof words);
    return words[0] ^ words[1] ^ words[2] ^ words[3];
}

AVX512 static uint64_t read_avx512(const void *p, size_t bytes) {
    const char *at = p;
    size_t apart = bytes / STREAMS;
    __m512i sums[STREAMS];
    memset(sums, 0, sizeof sums);
    for (size_t i = 0; i < apart; i += 64) {
        _Pragma("clang loop unroll(full)") for (int stream = 0; stream < STREAMS; stream++) {
            const char *line = at + (size_t)stream * apart + i;
            _mm_prefetch(line + AHEAD, _MM_HINT_T0);
            sums[stream] = _mm512_xor_si512(sums[stream], _mm512_loadu_si512(line));
        }
    }
    for (int stream = 1; stream < STREAMS; stream++) sums[0] = _mm512_xor_si512(sums[0], sums[stream]);
    return (uint64_t)_mm512_reduce_add_epi64(sums[0]);
}

mill_read_loop mill_read_loop_x86(mill_isa isa) {
    switch (isa) {
    case MILL_AVX2:
    case MILL_AVX_VNNI: return read_avx2;
    case MILL_AVX512:
    case MILL_AVX512_VNNI:
    case MILL_AVX512_BF16:
    case MILL_AMX: return read_avx512;
    default: return NULL;
    }
}

// A function NAME that does SUM = STEP for SUMS sums of TYPE in each step; the factors a and b begin as given.
#define DEFINE_PEAK(TARGET, NAME, TYPE, FACTOR, A, B, STEP)                                                            \
    TARGET static void NAME(size_t steps, void *sink) {                                                                \
        FACTOR a = A, b = B;                                                                                           \
        TYPE sums[SUMS];                                                                                               \
        memset(sums, 0, sizeof sums);                                                                                  \
        for (size_t step = 0; step < steps; step++) {                                                                  \
            CHANGED(a);                                                                                                \
            _Pragma("clang loop unroll(full)") for (int i = 0; i < SUMS; i++) {                                        \
                TYPE sum = sums[i];                                                                                    \
                sums[i] = STEP;                                                                                        \
            }                                                                                                          \
        }                                                                                                              \
        for (int i = 1; i < SUMS; i++) sums[0] += sums[i];                                                             \
        memcpy(sink, sums, sizeof *sums);                                                                              \
    }

DEFINE_PEAK(AVX2, f32_avx2, __m256, __m256, _mm256_set1_ps(0.75f), _mm256_set1_ps(0.5f), _mm256_fmadd_ps(a, b, sum))
DEFINE_PEAK(AVX_VNNI, int8_avxvnni, __m256i, __m256i, _mm256_set1_epi8(3), _mm256_set1_epi8(-5),
            _mm256_dpbusd_avx_epi32(sum, a, b))
DEFINE_PEAK(AVX512, f32_avx512, __m512, __m512, _mm512_set1_ps(0.75f), _mm512_set1_ps(0.5f), _mm512_fmadd_ps(a, b, sum))
DEFINE_PEAK(AVX512_VNNI, int8_avx512vnni, __m512i, __m512i, _mm512_set1_epi8(3), _mm512_set1_epi8(-5),
            _mm512_dpbusd_epi32(sum, a, b))
DEFINE_PEAK(AVX512_BF16, bf16_avx512, __m512, __m512bh, (__m512bh)_mm512_set1_epi16(0x3f40),
            (__m512bh)_mm512_set1_epi16(0x3f00), _mm512_dpbf16_ps(sum, a, b))

// The factors of the three-instruction form change in each sum, as they do in a matrix product.
AVX2 static void int8_avx2(size_t steps, void *sink) {
    __m256i a = _mm256_set1_epi8(3), b = _mm256_set1_epi8(-5), ones = _mm256_set1_epi16(1), sums[SUMS];
    memset(sums, 0, sizeof sums);
    for (size_t step = 0; step < steps; step++) {
        _Pragma("clang loop unroll(full)") for (int i = 0; i < SUMS; i++) {
            CHANGED(a);
            sums[i] = _mm256_add_epi32(sums[i], _mm256_madd_epi16(_mm256_maddubs_epi16(a, b), ones));
        }
    }
    for (int i = 1; i < SUMS; i++) sums[0] = _mm256_add_epi32(sums[0], sums[i]);
    memcpy(sink, sums, sizeof *sums);
}

AVX512 static void int8_avx512(size_t steps, void *sink) {
    __m512i a = _mm512_set1_epi8(3), b = _mm512_set1_epi8(-5), ones = _mm512_set1_epi16(1), sums[SUMS];
    memset(sums, 0, sizeof sums);
    for (size_t step = 0; step < steps; step++) {
        _Pragma("clang loop unroll(full)") for (int i = 0; i < SUMS; i++) {
            CHANGED(a);
            sums[i] = _mm512_add_epi32(sums[i], _mm512_madd_epi16(_mm512_maddubs_epi16(a, b), ones));
        }
    }
    for (int i = 1; i < SUMS; i++) sums[0] = _mm512_add_epi32(sums[0], sums[i]);
    memcpy(sink, sums, sizeof *sums);
}

// --- AMX: tiles of 16 rows of 64 bytes ---

// Four sums of 16 × 16: as one product takes 16 cycles and its sum is ready after some 50, that is enough.
enum { TILE_SUMS = 4 };

#define DEFINE_TILE_PEAK(NAME, PRODUCT)                                                                                \
    AMX static void NAME(size_t steps, void *sink) {                                                                   \
        mill_tile_shapes tiles = {.palette = 1};                                                                       \
        for (int i = 0; i < 8; i++) {                                                                                  \
            tiles.row_bytes[i] = 64;                                                                                   \
            tiles.rows[i] = 16;                                                                                        \
        }                                                                                                              \
        _tile_loadconfig(&tiles);                                                                                      \
        _tile_zero(0);                                                                                                 \
        _tile_zero(1);                                                                                                 \
        _tile_zero(2);                                                                                                 \
        _tile_zero(3);                                                                                                 \
        _tile_zero(4);                                                                                                 \
        _tile_zero(5);                                                                                                 \
        _tile_zero(6);                                                                                                 \
        _tile_zero(7);                                                                                                 \
        for (size_t step = 0; step < steps; step++) {                                                                  \
            PRODUCT(0, 4, 6);                                                                                          \
            PRODUCT(1, 4, 7);                                                                                          \
            PRODUCT(2, 5, 6);                                                                                          \
            PRODUCT(3, 5, 7);                                                                                          \
        }                                                                                                              \
        uint8_t out[16 * 64];                                                                                          \
        _tile_stored(0, out, 64);                                                                                      \
        memcpy(sink, out, 64);                                                                                         \
        _tile_release();                                                                                               \
    }

DEFINE_TILE_PEAK(int8_amx, _tile_dpbssd)
DEFINE_TILE_PEAK(bf16_amx, _tile_dpbf16ps)

mill_peak_step mill_peak_step_x86(mill_isa isa, mill_peak peak) {
    mill_peak_step none = {NULL, 0};
    switch (peak) {
    case MILL_PEAK_INT8:
        switch (isa) {
        case MILL_AVX2: return (mill_peak_step){int8_avx2, SUMS * 32};
        case MILL_AVX_VNNI: return (mill_peak_step){int8_avxvnni, SUMS * 32};
        case MILL_AVX512: return (mill_peak_step){int8_avx512, SUMS * 64};
        case MILL_AVX512_VNNI:
        case MILL_AVX512_BF16:
        case MILL_AMX: return (mill_peak_step){int8_avx512vnni, SUMS * 64};
        default: return none;
        }
    case MILL_PEAK_F32:
        switch (isa) {
        case MILL_AVX2:
        case MILL_AVX_VNNI: return (mill_peak_step){f32_avx2, SUMS * 8};
        case MILL_AVX512:
        case MILL_AVX512_VNNI:
        case MILL_AVX512_BF16:
        case MILL_AMX: return (mill_peak_step){f32_avx512, SUMS * 16};
        default: return none;
        }
    case MILL_PEAK_BF16: return mill_isa_available(MILL_AVX512_BF16) ? (mill_peak_step){bf16_avx512, SUMS * 32} : none;
    case MILL_PEAK_TILE_INT8: return mill_isa_available(MILL_AMX) ? (mill_peak_step){int8_amx, TILE_SUMS * 16 * 16 * 64} : none;
    case MILL_PEAK_TILE_BF16: return mill_isa_available(MILL_AMX) ? (mill_peak_step){bf16_amx, TILE_SUMS * 16 * 16 * 32} : none;
    default: return none;
    }
}

#endif
