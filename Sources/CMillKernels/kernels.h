#pragma once
// What one instruction set provides: the inner loops, each working on a piece small enough for one thread.

#include "CMillKernels.h"
#include "bf16.h"

/// Activations of several tokens, quantized to 8 bits per block of 32: x[i] = q[i] * scale[i / 32].
///
/// `tile` tokens lie together: block by block, and within a block token by token. The places of a last tile that is not full
/// hold zeros. `q` is -127...127, `sums` holds the sums of each block's first and second 16 `q`. A block with a NaN or an
/// infinity has the scale NaN.
typedef struct mill_activations {
    int8_t *q;       // [tiles, k / 32, tile, 32]
    float *scales;   // [tiles, k / 32, tile]
    int32_t *sums;   // [tiles, k / 32, tile, 2]
    size_t tokens, tile, groups;  // groups = k / 32
} mill_activations;

/// Where block `group` of a token stands; the next tokens of its tile follow.
static inline size_t mill_activation_block(const mill_activations *x, size_t token, size_t group) {
    return (token / x->tile * x->groups + group) * x->tile + token % x->tile;
}

/// A piece of y = x W^T with F32 activations: y[t * y_stride + r] for r < rows, t < tokens.
///
/// The order of summation is fixed: element i goes to partial sum i mod 16, in ascending order, and the 16 partial sums
/// are added as a tree (i and i + 8, then i and i + 4, then + 2, then + 1).
typedef void (*mill_gemm)(const void *w, ptrdiff_t w_stride, size_t rows, const float *x, ptrdiff_t x_stride,
                          size_t tokens, size_t k, float *y, ptrdiff_t y_stride);

/// y = x W^T for up to `rows` rows of consecutive panels of weights and all tokens of `x`.
///
/// The order of summation is fixed: an exact integer per group (a block, or half of one where weights have two scales), then
/// groups in ascending order.
typedef void (*mill_gemm_int8)(const void *panels, size_t rows, size_t k, const mill_activations *x, float *y,
                               ptrdiff_t y_stride);

typedef struct mill_kernels {
    /// Indexed by F32, F16, BF16.
    mill_gemm gemm[3];
    /// Indexed by type; NULL where rows are dequantized and go through `gemm[MILL_F32]`.
    mill_gemm_int8 gemm_int8[MILL_DTYPE_COUNT];
    /// F16 and BF16 weights in BF16 arithmetic; NULL where they are multiplied in F32 even with rounded activations.
    const mill_bf16 *bf16;
    /// One token's blocks, `tile` blocks apart.
    void (*quantize)(const float *x, size_t k, size_t tile, int8_t *q, float *scales, int32_t *sums);
    void (*dequantize)(mill_dtype type, const void *row, float *out, size_t k);

    void (*rms_norm)(const float *x, const float *weight, float epsilon, float *y, size_t k);
    void (*layer_norm)(const float *x, const float *weight, const float *bias, float epsilon, float *y, size_t k);
    void (*softmax)(float *x, size_t k);
    /// x = exp(x - max) with the maximum returned through `max`; returns the sum of the results.
    float (*exponentials)(float *x, size_t k, float *max);
    /// out[q * out_stride + i] += sum over j < count of p[q * p_stride + j] * v[j * v_stride + i], j ascending; i < d.
    void (*weighted_rows)(const float *p, ptrdiff_t p_stride, size_t queries, const float *v, ptrdiff_t v_stride,
                          size_t count, size_t d, float *out, ptrdiff_t out_stride);
    /// One head: rotates pairs by the given cosines and sines.
    void (*rotate)(float *x, const float *cosine, const float *sine, size_t pairs, bool interleaved);

    void (*gelu)(float *x, size_t count, mill_gelu_kind kind);
    void (*silu_mul)(const float *gate, const float *up, float *y, size_t count);
    void (*silu)(float *x, size_t count);
    void (*sigmoid)(float *x, size_t count);
    void (*tanh)(float *x, size_t count);
    void (*add_scaled)(const float *x, float scale, float *y, size_t count);
    void (*multiply)(const float *x, float *y, size_t count);
    /// y[i * channels + c] = x[..] * scale[c] + shift[c].
    void (*u8_to_f32)(const uint8_t *x, const float *scale, const float *shift, size_t pixels, size_t channels, float *y);
} mill_kernels;

/// The table of an available instruction set.
const mill_kernels *mill_kernels_for(mill_isa isa);

extern const mill_kernels mill_scalar_kernels;
