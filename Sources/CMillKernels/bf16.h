#pragma once
// Products of F16 and BF16 weights, and of Q8_0 ones where that is asked for, in BF16 arithmetic: weights and activations are
// rounded to BF16, sums are F32.

#include "CMillKernels.h"

typedef struct mill_bf16 {
    /// Bytes that `round` writes for `n` tokens.
    size_t (*bytes)(size_t n, size_t k);
    /// Rounds the activations of the tokens `first ..< first + tokens` of job->n. `first` is a multiple of 16, and so is
    /// `tokens` unless they are the last.
    void (*round)(const mill_linear_job *job, size_t first, size_t tokens, void *rounded);
    /// Weight rows that a chunk of work holds at least.
    size_t rows;
    /// Whether Q8_0 weights can be multiplied, too.
    bool takes_q8;
    /// y of some weight rows and all tokens, bias and all; false when memory is short.
    ///
    /// The order of summation is the instruction set's own, and depends on nothing but k.
    bool (*multiply)(const mill_linear_job *job, const mill_matrix *matrix, const void *rounded, size_t row, size_t rows);
} mill_bf16;

/// Whether a matrix of this type is multiplied here, on an instruction set with these kernels, or with none.
static inline bool mill_takes_bf16(const mill_context *context, const mill_bf16 *kernels, mill_dtype type) {
    bool is_half = type == MILL_F16 || type == MILL_BF16;
    return kernels && context->int8_activations && (is_half || (type == MILL_Q8_0 && context->bf16_q8 && kernels->takes_q8));
}

/// mill_linear for those matrices of a job that `mill_takes_bf16`; k is not 0.
int mill_linear_bf16(const mill_context *context, const mill_linear_job *job, const mill_bf16 *kernels);

extern const mill_bf16 mill_avx512_bf16, mill_amx_bf16;
