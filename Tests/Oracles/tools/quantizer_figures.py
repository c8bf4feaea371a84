#!/usr/bin/env python3
"""Works out the figures in Tests/MillWeightsTests/ReconstructionTests.swift with GGML's own quantizers.

    python quantizer_figures.py LIBGGML

LIBGGML is libggml-base.so of any llama.cpp build, for example lib/python3*/site-packages/llama_cpp/lib/libggml-base.so of the
package llama-cpp-python. Needs numpy and gguf.
"""
import ctypes
import sys

import gguf
import numpy as np

ROWS, COLUMNS = 32, 512
TYPES = ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K"]


def values(count, seed, tailed=False):
    state, result = seed, np.zeros(count, np.float32)
    for i in range(count):
        total = -(6 << 24)
        for _ in range(12):
            state = (state * 6364136223846793005 + 1442695040888963407) & (1 << 64) - 1
            total += state >> 40
        result[i] = np.float32(total) / np.float32(1 << 24)
    return result * result * result if tailed else result


def main():
    lib = ctypes.CDLL(sys.argv[1])
    lib.ggml_quantize_chunk.restype = ctypes.c_size_t
    lib.ggml_quantize_chunk.argtypes = [
        ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p]
    plain, tailed = (values(ROWS * COLUMNS, seed, seed == 2).reshape(ROWS, COLUMNS) for seed in (1, 2))
    base = values(COLUMNS, 3)
    importance = base * base * base * base + np.float32(0.01)
    for name in TYPES:
        kind = gguf.GGMLQuantizationType[name]
        block, size = gguf.GGML_QUANT_SIZES[kind]

        def error(x, weights):
            out = np.zeros(x.size // block * size, np.uint8)
            lib.ggml_quantize_chunk(
                kind.value, x.ctypes.data, out.ctypes.data, 0, ROWS, COLUMNS, weights.ctypes.data if weights is not None else None)
            back = gguf.dequantize(out.reshape(ROWS, -1), kind).astype(np.float64)
            weight = np.ones(COLUMNS) if weights is None else weights.astype(np.float64)
            return ((back - x) ** 2 * weight).sum() / (x.astype(np.float64) ** 2 * weight).sum()

        dtype = name.lower().replace("_k", "_K")
        print(f"Figure(dtype: .{dtype}, plain: {error(plain, None):.4g}, weighed: {error(plain, importance):.4g},"
              f" tailed: {error(tailed, None):.4g}),")


main()
