#pragma once
// Elementwise functions, norms and the pieces of attention, sixteen elements at a time.

#include "vector.h"

#include <math.h>

// exp(x), to about one unit in the last place (the polynomial is Cephes' expf).
INLINE v16 exp16(v16 x) {
    const v16 least = splat16(-104.0f), greatest = splat16(89.0f);
#ifdef MILL_MASKED
    // These give the second operand where one of both is NaN.
    v16 clamped = (v16)_mm512_max_ps((__m512)least, _mm512_min_ps((__m512)greatest, (__m512)x));
#else
    v16 clamped = select16(x > least, select16(x < greatest, x, greatest), least);
#endif
    v16 n = __builtin_elementwise_rint(clamped * 1.44269504088896341f);
    v16 r = fma16(n, splat16(-0.693359375f), clamped);
    r = fma16(n, splat16(2.12194440e-4f), r);
    v16 p = splat16(1.9875691500e-4f);
    p = fma16(p, r, splat16(1.3981999507e-3f));
    p = fma16(p, r, splat16(8.3334519073e-3f));
    p = fma16(p, r, splat16(4.1665795894e-2f));
    p = fma16(p, r, splat16(1.6666665459e-1f));
    p = fma16(p, r, splat16(5.0000001201e-1f));
    p = fma16(p, r * r, r) + 1.0f;
#ifdef MILL_MASKED
    return (v16)_mm512_scalef_ps((__m512)p, (__m512)n);
#else
    // Two steps, so that results below the normal range and infinity come out right.
    i16 exponent = __builtin_convertvector(n, i16), half = exponent >> 1;
    v16 first = (v16)((half + 127) << 23), second = (v16)((exponent - half + 127) << 23);
    return select16(x == x, p * first * second, x);
#endif
}

// exp(x) for x up to 0, and NaN for NaN; what is below the normal range may become 0.
INLINE v16 weight16(v16 x) {
    v16 t = x * 1.44269504088896341f;
#ifdef MILL_MASKED
    t = (v16)_mm512_max_ps((__m512)splat16(-160.0f), (__m512)t);
#else
    t = select16(t < -127.0f, splat16(-127.0f), t);
#endif
    v16 n = __builtin_elementwise_rint(t), f = t - n;
    // 2^f to 2e-9 (the least maximum of the relative error for this degree), exactly 1 for 0.
    v16 p = splat16(1.535336196e-4f);
    p = fma16(p, f, splat16(1.339887502e-3f));
    p = fma16(p, f, splat16(9.618436918e-3f));
    p = fma16(p, f, splat16(5.550332367e-2f));
    p = fma16(p, f, splat16(2.402264774e-1f));
    p = fma16(p, f, splat16(6.931471825e-1f));
    p = fma16(p, f, splat16(1.0f));
#ifdef MILL_MASKED
    return (v16)_mm512_scalef_ps((__m512)p, (__m512)n);
#else
    return p * (v16)((__builtin_convertvector(n, i16) + 127) << 23);
#endif
}

INLINE v16 sigmoid16(v16 x) { return 1.0f / (1.0f + exp16(-x)); }

INLINE v16 absolute16(v16 x) { return (v16)((i16)x & 0x7fffffff); }

INLINE v16 tanh16(v16 x) {
    v16 e = exp16(absolute16(x) * -2.0f);
    v16 large = (v16)((i16)((1.0f - e) / (1.0f + e)) | ((i16)x & (int32_t)0x80000000));
    // The series near zero, where the quotient loses digits.
    v16 s = x * x;
    v16 p = fma16(splat16(2.1869488e-2f), s, splat16(-5.3968254e-2f));
    p = fma16(p, s, splat16(1.3333333e-1f));
    p = fma16(p, s, splat16(-3.3333333e-1f));
    return select16(absolute16(x) < 0.25f, fma16(p * s, x, x), large);
}

// 1 + erf(z) by the Chebyshev fit of Numerical Recipes (section 6.2), relative error 1.2e-7 also far in the tails.
INLINE v16 one_plus_erf16(v16 z) {
    v16 a = absolute16(z);
    v16 t = 1.0f / fma16(a, splat16(0.5f), splat16(1.0f));
    v16 p = splat16(0.17087277f);
    p = fma16(p, t, splat16(-0.82215223f));
    p = fma16(p, t, splat16(1.48851587f));
    p = fma16(p, t, splat16(-1.13520398f));
    p = fma16(p, t, splat16(0.27886807f));
    p = fma16(p, t, splat16(-0.18628806f));
    p = fma16(p, t, splat16(0.09678418f));
    p = fma16(p, t, splat16(0.37409196f));
    p = fma16(p, t, splat16(1.00002368f));
    p = fma16(p, t, splat16(-1.26551223f));
    v16 complement = t * exp16(fma16(-a, a, p));
    return select16(z < 0.0f, complement, 2.0f - complement);
}

INLINE v16 gelu16(v16 x, mill_gelu_kind kind) {
    switch (kind) {
    // x/2 (1 + tanh u) = x sigmoid(2 u).
    case MILL_GELU_TANH: return x * sigmoid16(1.5957691216f * fma16(x * x * x, splat16(0.044715f), x));
    case MILL_GELU_ERF: return 0.5f * x * one_plus_erf16(x * 0.7071067812f);
    case MILL_GELU_QUICK: return x * sigmoid16(1.702f * x);
    }
    return x;
}

// y[i] = EXPRESSION of `v` = a[i] and `u` = b[i], for i < count.
#define DEFINE_ELEMENTWISE(SIGNATURE, A, B, Y, EXPRESSION)                                                             \
    static void SIGNATURE {                                                                                            \
        size_t i = 0;                                                                                                  \
        for (; i + 16 <= count; i += 16) {                                                                             \
            v16 v = load16((A) + i), u = load16((B) + i);                                                              \
            (void)u;                                                                                                   \
            store16((Y) + i, EXPRESSION);                                                                              \
        }                                                                                                              \
        if (i < count) {                                                                                               \
            v16 v = load_part16((A) + i, count - i), u = load_part16((B) + i, count - i);                              \
            (void)u;                                                                                                   \
            store_part16((Y) + i, EXPRESSION, count - i);                                                              \
        }                                                                                                              \
    }

DEFINE_ELEMENTWISE(gelu_tanh(float *x, size_t count), x, x, x, gelu16(v, MILL_GELU_TANH))
DEFINE_ELEMENTWISE(gelu_erf(float *x, size_t count), x, x, x, gelu16(v, MILL_GELU_ERF))
DEFINE_ELEMENTWISE(gelu_quick(float *x, size_t count), x, x, x, gelu16(v, MILL_GELU_QUICK))
DEFINE_ELEMENTWISE(silu(float *x, size_t count), x, x, x, v * sigmoid16(v))
DEFINE_ELEMENTWISE(sigmoid(float *x, size_t count), x, x, x, sigmoid16(v))
DEFINE_ELEMENTWISE(hyperbolic_tangent(float *x, size_t count), x, x, x, tanh16(v))
DEFINE_ELEMENTWISE(
    silu_mul(const float *gate, const float *up, float *y, size_t count), gate, up, y, v * sigmoid16(v) * u)
DEFINE_ELEMENTWISE(
    add_scaled(const float *x, float scale, float *y, size_t count), x, y, y, fma16(v, splat16(scale), u))
DEFINE_ELEMENTWISE(multiply(const float *x, float *y, size_t count), x, y, y, v * u)
#undef DEFINE_ELEMENTWISE

static void gelu(float *x, size_t count, mill_gelu_kind kind) {
    switch (kind) {
    case MILL_GELU_TANH: gelu_tanh(x, count); break;
    case MILL_GELU_ERF: gelu_erf(x, count); break;
    case MILL_GELU_QUICK: gelu_quick(x, count); break;
    }
}
