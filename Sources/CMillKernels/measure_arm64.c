// The loops of ARM64.

#if defined(__aarch64__)

#include "measure.h"

#include <arm_neon.h>
#include <string.h>
#include <sys/auxv.h>

// A core that reads several places in turn has more misses under way than one that reads straight on. AHEAD is how far ahead
// lines are asked for in each place.
enum { STREAMS = 8, AHEAD = 512, SUMS = 12 };
// A value that the optimizer must take as changed in each step, so that no product moves out of the loop.
#define CHANGED(V) __asm__ volatile("" : "+w"(V))

static uint64_t read_neon(const void *p, size_t bytes) {
    const uint8_t *at = p;
    size_t apart = bytes / STREAMS;
    uint8x16_t sums[STREAMS];
    memset(sums, 0, sizeof sums);
    for (size_t i = 0; i < apart; i += 64) {
        _Pragma("clang loop unroll(full)") for (int stream = 0; stream < STREAMS; stream++) {
            const uint8_t *line = at + (size_t)stream * apart + i;
            __builtin_prefetch(line + AHEAD);
            uint8x16_t low = veorq_u8(vld1q_u8(line), vld1q_u8(line + 16));
            uint8x16_t high = veorq_u8(vld1q_u8(line + 32), vld1q_u8(line + 48));
            sums[stream] = veorq_u8(sums[stream], veorq_u8(low, high));
        }
    }
    for (int stream = 1; stream < STREAMS; stream++) sums[0] = veorq_u8(sums[0], sums[stream]);
    uint64x2_t all = vreinterpretq_u64_u8(sums[0]);
    return vgetq_lane_u64(all, 0) ^ vgetq_lane_u64(all, 1);
}

mill_read_loop mill_read_loop_arm64(mill_isa isa) { return isa == MILL_SCALAR ? NULL : read_neon; }

// A function NAME that carries out STEP for SUMS sums in each step; the factors a and b begin as given.
#define DEFINE_PEAK(TARGET, NAME, SUM, FACTOR, A, B, ADD, STEP)                                                        \
    TARGET static void NAME(size_t steps, void *sink) {                                                                \
        FACTOR a = A, b = B;                                                                                           \
        SUM sums[SUMS];                                                                                                \
        memset(sums, 0, sizeof sums);                                                                                  \
        for (size_t step = 0; step < steps; step++) {                                                                  \
            _Pragma("clang loop unroll(full)") for (int i = 0; i < SUMS; i++) {                                        \
                SUM sum = sums[i];                                                                                     \
                CHANGED(a);                                                                                            \
                sums[i] = STEP;                                                                                        \
            }                                                                                                          \
        }                                                                                                              \
        for (int i = 1; i < SUMS; i++) sums[0] = ADD(sums[0], sums[i]);                                                \
        memcpy(sink, sums, sizeof *sums);                                                                              \
    }

#define BYTE_STEP                                                                                                      \
    vpadalq_s16(vpadalq_s16(sum, vmull_s8(vget_low_s8(a), vget_low_s8(b))), vmull_high_s8(a, b))

DEFINE_PEAK(, int8_neon, int32x4_t, int8x16_t, vdupq_n_s8(3), vdupq_n_s8(-5), vaddq_s32, BYTE_STEP)
DEFINE_PEAK(__attribute__((target("dotprod"))), int8_dotprod, int32x4_t, int8x16_t, vdupq_n_s8(3), vdupq_n_s8(-5), vaddq_s32,
            vdotq_s32(sum, a, b))
DEFINE_PEAK(__attribute__((target("i8mm"))), int8_i8mm, int32x4_t, int8x16_t, vdupq_n_s8(3), vdupq_n_s8(-5), vaddq_s32,
            vmmlaq_s32(sum, a, b))
DEFINE_PEAK(, f32_neon, float32x4_t, float32x4_t, vdupq_n_f32(0.75f), vdupq_n_f32(0.5f), vaddq_f32, vfmaq_f32(sum, a, b))
DEFINE_PEAK(__attribute__((target("bf16"))), bf16_neon, float32x4_t, bfloat16x8_t, vreinterpretq_bf16_u16(vdupq_n_u16(0x3f40)),
            vreinterpretq_bf16_u16(vdupq_n_u16(0x3f00)), vaddq_f32, vbfdotq_f32(sum, a, b))

mill_peak_step mill_peak_step_arm64(mill_isa isa, mill_peak peak) {
    mill_peak_step none = {NULL, 0};
    // Bit 14 of the second capabilities is BF16.
    bool has_bf16 = getauxval(AT_HWCAP2) >> 14 & 1;
    switch (peak) {
    case MILL_PEAK_INT8:
        if (isa == MILL_NEON) return (mill_peak_step){int8_neon, SUMS * 16};
        if (isa == MILL_NEON_I8MM) return (mill_peak_step){int8_i8mm, SUMS * 32};
        return isa == MILL_NEON_DOTPROD ? (mill_peak_step){int8_dotprod, SUMS * 16} : none;
    case MILL_PEAK_F32: return isa == MILL_SCALAR ? none : (mill_peak_step){f32_neon, SUMS * 4};
    case MILL_PEAK_BF16: return has_bf16 ? (mill_peak_step){bf16_neon, SUMS * 8} : none;
    default: return none;
    }
}

#endif
