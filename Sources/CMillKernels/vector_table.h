#pragma once
// The entries that every vector instruction set fills in the same way.

#define MILL_VECTOR_ENTRIES                                                                                            \
    .gemm = {gemm_f32, gemm_f16, gemm_bf16}, .quantize = quantize, .dequantize = mill_dequantize_reference,            \
    .rms_norm = rms_norm, .layer_norm = layer_norm, .softmax = softmax, .exponentials = exponentials,                  \
    .attention = &vector_attention, .turn = turn, .scaled = scaled, .combine = combine, .narrow = narrow,              \
    .rotate = rotate, .gelu = gelu, .silu_mul = silu_mul, .silu = silu,                                                \
    .sigmoid = sigmoid, .tanh = hyperbolic_tangent, .add_scaled = add_scaled, .multiply = multiply,                    \
    .u8_to_f32 = u8_to_f32
