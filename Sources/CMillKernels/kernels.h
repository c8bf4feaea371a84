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
    int32_t *minus;  // [tiles, k / 32, tile]: minus the sum of a block's `q`
    float *weighted; // [tiles, k / 32, tile]: the scale times the sum of a block's `q`
    size_t tokens, tile, groups;  // groups = k / 32
} mill_activations;

/// Up to so many tokens weights are read as they lie, and all tokens make one tile; more make tiles of this size.
enum { MILL_FEW_TOKENS = 4, MILL_TOKEN_TILE = 16 };

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
/// groups in ascending order. False where memory for it is short.
typedef bool (*mill_gemm_int8)(const void *panels, size_t rows, size_t k, const mill_activations *x, float *y,
                               ptrdiff_t y_stride);

/// How the rows are stored that attention reads in groups of 16 columns.
typedef enum mill_row_form {
    MILL_ROWS_F32, MILL_ROWS_F16, MILL_ROWS_BF16,
    MILL_ROWS_Q8_0,   // rows of Q8_0 blocks
    MILL_ROWS_Q8_TURNED,  // one group of columns, 32 rows after 32: 16 F16 scales, then [32, 16] bytes; the stride is not used
} mill_row_form;

/// The matrix products of attention, out = A B: queries with keys, and weights of keys with values.
///
/// Both are arranged first, B once for all rows of A, in groups of 16 columns, `mill_group_bytes(rows)` apart, each [rows, 16].
/// What a kernel makes of an element is its own affair, as long as it takes 4 bytes: F32, or two BF16 that add up to it.
typedef struct mill_attention_kernels {
    /// Up to 32 rows of A with 4 bytes for each of 32 rows and of the depth in whole 32; NULL where A is read as it is.
    void (*arrange)(const float *a, ptrdiff_t a_stride, size_t rows, size_t depth, void *to);
    /// Reads `columns` columns of `rows` rows; what is missing to whole groups, and where the products need it also to whole
    /// 32 rows, becomes zero. A kernel that splits elements makes only one part of `MILL_ROWS_BF16` and `MILL_ROWS_Q8_0`.
    void (*expand)(mill_row_form form, const void *from, ptrdiff_t stride, size_t rows, size_t columns, void *to,
                   size_t group_bytes);
    /// out[r * out_stride + c] = sum over first <= i < first + depth of a[r, i] b[i - first, c] for r < rows and c < 16 * groups;
    /// where `first` is not 0 that is added to what is there. `first` is a multiple of 32.
    ///
    /// The order of summation depends on i alone: i ascending, or within 32 after 32 what the instruction does.
    /// `a` is arranged, and then `a_stride` is the depth of all of it. `form` is what B was expanded from.
    void (*multiply)(const void *a, ptrdiff_t a_stride, size_t rows, mill_row_form form, const void *b, size_t group_bytes,
                     size_t groups, size_t first, size_t depth, float *out, ptrdiff_t out_stride);
} mill_attention_kernels;

/// The bytes of an expanded group of 16 columns.
static inline size_t mill_group_bytes(size_t rows) { return (rows + 31) / 32 * 32 * 16 * sizeof(float); }

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
    /// x = exp(x - max) with the maximum returned through `max`; returns the sum of the results, NaN where any x is.
    float (*exponentials)(float *x, size_t k, float *max);
    /// Attention's products in F32; and faster ones, to some 2e-6 of a product, or NULL.
    const mill_attention_kernels *attention, *fast_attention;
    /// to[i * 16 + j] = from[j * stride + i] for i < d and j < rows; 0 for j from `rows` to 15.
    void (*turn)(const float *from, ptrdiff_t stride, size_t rows, size_t d, float *to);
    /// y = x * factor + 0, so that no zero is negative, and any NaN the default one; y may be x.
    void (*scaled)(const float *x, float factor, float *y, size_t count);
    /// y = y * keep + x * add.
    void (*combine)(const float *x, float add, float *y, float keep, size_t count);
    /// One row as F32, F16, BF16 or Q8_0, rounded to nearest (Q8_0: scale = F16 of greatest magnitude / 127). What is not
    /// finite, or beyond the type's range, is not finite afterwards; in Q8_0 that goes for the whole block.
    void (*narrow)(const float *x, mill_dtype type, size_t k, void *out);
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
