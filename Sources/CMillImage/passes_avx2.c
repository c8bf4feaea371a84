#include "passes.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

/// Two neighbouring RGB pixels from eight bytes, widened: red, green, blue, 0, red, green, blue, 0.
__attribute__((target("avx2"))) static inline __m256i two_pixels(const uint8_t *pixel) {
    const __m128i spread = _mm_setr_epi8(0, 1, 2, -1, 3, 4, 5, -1, -1, -1, -1, -1, -1, -1, -1, -1);
    return _mm256_cvtepu8_epi32(_mm_shuffle_epi8(_mm_loadl_epi64((const __m128i *)pixel), spread));
}

__attribute__((target("avx2"))) static inline __m256i two_weights(const int32_t *weights) {
    const __m256i spread = _mm256_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1);
    return _mm256_permutevar8x32_epi32(_mm256_castsi128_si256(_mm_loadl_epi64((const __m128i *)weights)), spread);
}

__attribute__((target("avx2"))) void mill_across_avx2(
    const mill_axis *axis, const uint8_t *source, uint32_t source_width, ptrdiff_t pixel_stride, uint8_t *target
) {
    if (pixel_stride != 3) {
        mill_across_portable(axis, source, source_width, pixel_stride, target);
        return;
    }
    const uint8_t *source_end = source + (size_t)source_width * 3;
    for (uint32_t i = 0; i < axis->count; i++, target += 3) {
        const uint8_t *pixel = source + (size_t)axis->firsts[i] * 3;
        const int32_t *weights = axis->weights + (size_t)i * axis->taps_per_position;
        uint32_t count = axis->tap_counts[i], tap = 0;
        __m256i even = _mm256_setzero_si256(), odd = even;
        // A load takes eight bytes for six, so the last pixels of a row are left to the loop below.
        for (; tap + 4 <= count && pixel + 14 <= source_end; tap += 4, pixel += 12) {
            even = _mm256_add_epi32(even, _mm256_mullo_epi32(two_pixels(pixel), two_weights(weights + tap)));
            odd = _mm256_add_epi32(odd, _mm256_mullo_epi32(two_pixels(pixel + 6), two_weights(weights + tap + 2)));
        }
        if (tap + 2 <= count && pixel + 8 <= source_end) {
            even = _mm256_add_epi32(even, _mm256_mullo_epi32(two_pixels(pixel), two_weights(weights + tap)));
            tap += 2;
            pixel += 6;
        }
        __m256i both = _mm256_add_epi32(even, odd);
        __m128i sum = _mm_add_epi32(_mm256_castsi256_si128(both), _mm256_extracti128_si256(both, 1));
        sum = _mm_add_epi32(sum, _mm_set1_epi32(1 << (WEIGHT_BITS - 1)));
        for (; tap < count; tap++, pixel += 3) {
            __m128i one = _mm_setr_epi32(pixel[0], pixel[1], pixel[2], 0);
            sum = _mm_add_epi32(sum, _mm_mullo_epi32(one, _mm_set1_epi32(weights[tap])));
        }
        sum = _mm_srai_epi32(sum, WEIGHT_BITS);
        __m128i samples = _mm_packus_epi16(_mm_packs_epi32(sum, sum), sum);
        int32_t packed = _mm_cvtsi128_si32(samples);
        memcpy(target, &packed, 3);
    }
}

__attribute__((target("avx2"))) void mill_down_avx2(
    const uint8_t *const *rows, const int32_t *weights, uint32_t tap_count, size_t byte_count, uint8_t *target
) {
    enum { GROUP = 32 };
    const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    const __m256i half = _mm256_set1_epi32(1 << (WEIGHT_BITS - 1));
    size_t i = 0;
    for (; i + GROUP <= byte_count; i += GROUP) {
        __m256i sums[4] = {half, half, half, half};
        for (uint32_t tap = 0; tap < tap_count; tap++) {
            const uint8_t *row = rows[tap] + i;
            __m256i weight = _mm256_set1_epi32(weights[tap]);
            for (int j = 0; j < 4; j++) {
                __m256i samples = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(row + 8 * j)));
                sums[j] = _mm256_add_epi32(sums[j], _mm256_mullo_epi32(samples, weight));
            }
        }
        for (int j = 0; j < 4; j++) sums[j] = _mm256_srai_epi32(sums[j], WEIGHT_BITS);
        // Packing works within 128-bit lanes, so groups of four samples come out of order.
        __m256i low = _mm256_packs_epi32(sums[0], sums[1]), high = _mm256_packs_epi32(sums[2], sums[3]);
        __m256i samples = _mm256_permutevar8x32_epi32(_mm256_packus_epi16(low, high), order);
        _mm256_storeu_si256((__m256i *)(target + i), samples);
    }
    if (i == byte_count) return;
    for (; i < byte_count; i++) {
        int32_t sum = 1 << (WEIGHT_BITS - 1);
        for (uint32_t tap = 0; tap < tap_count; tap++) sum += rows[tap][i] * weights[tap];
        target[i] = mill_sample_of(sum);
    }
}
#endif
