"""Compare `millrace models convert --precision` with llama.cpp's quantizer, tensor by tensor, on the same random F16 file.

    mixes.py MILLRACE [--experts N] [--mixes q4_k_m q2_k …] [--scratch DIR]

Prints for each mix which tensors have another type, and the squared error ours / llama.cpp's.
"""
import argparse
import ctypes
import os
import subprocess
import sys
import tempfile

import gguf
import llama_cpp
import numpy as np

import random_model

FILE_TYPES = {"q4_0": 2, "q4_1": 3, "q8_0": 7, "q5_0": 8, "q5_1": 9, "q2_k": 10, "q3_k_s": 11, "q3_k_m": 12, "q3_k_l": 13,
              "q4_k_s": 14, "q4_k_m": 15, "q5_k_s": 16, "q5_k_m": 17, "q6_k": 18}
SHAPE = (12, 512, 8, 4, 64, 1536, 2048)  # as random_model.SHAPES


def write(path, experts):
    layers, hidden = SHAPE[:2]
    shape = SHAPE[:5] + (SHAPE[5] // 3 if experts else SHAPE[5],) + SHAPE[6:]
    random_model.SHAPES["mixes"] = shape
    rng = np.random.default_rng(0)
    writer = gguf.GGUFWriter(path, "llama")
    random_model.add_metadata(writer, "mixes", 1)
    if experts:
        writer.add_expert_count(experts)
        writer.add_expert_used_count(2)
    for name, rows, columns in random_model.tensors("mixes"):
        if rows is None:
            writer.add_tensor(name, np.ones(columns, np.float32))
        elif experts and "ffn_" in name:
            values = rng.standard_normal((experts, rows, columns), np.float32) * 0.02
            writer.add_tensor(name.replace(".weight", "_exps.weight"), values.astype(np.float16))
        else:
            writer.add_tensor(name, random_model.matrix(rng, rows, columns, "F16"))
    for layer in range(layers if experts else 0):
        writer.add_tensor(f"blk.{layer}.ffn_gate_inp.weight", rng.standard_normal((experts, hidden), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def read(path):
    return {tensor.name: tensor for tensor in gguf.GGUFReader(path).tensors}


def error(tensor, reference):
    values = gguf.quants.dequantize(tensor.data, tensor.tensor_type).reshape(reference.data.shape)
    return float(((values - reference.data.astype(np.float32)) ** 2).sum(dtype=np.float64))


def compare(source, ours, theirs):
    """Tensors of other types, and the ratio of errors of those that are quantized alike: smallest, mean, largest."""
    source, ours, theirs = read(source), read(ours), read(theirs)
    others = [f"{name} {ours[name].tensor_type.name}, llama.cpp's {theirs[name].tensor_type.name}" if name in ours else f"{name} lacks"
              for name in theirs if name not in ours or ours[name].tensor_type != theirs[name].tensor_type]
    ratios = [error(ours[name], source[name]) / error(theirs[name], source[name]) for name in theirs
              if name in ours and ours[name].tensor_type == theirs[name].tensor_type and ours[name].tensor_type > 1]
    return others, min(ratios), sum(ratios) / len(ratios), max(ratios)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("millrace")
    parser.add_argument("--experts", type=int, default=0)
    parser.add_argument("--mixes", nargs="*", choices=FILE_TYPES, default=list(FILE_TYPES))
    parser.add_argument("--scratch")
    arguments = parser.parse_args()
    quiet = llama_cpp.llama_log_callback(lambda level, text, data: None)
    llama_cpp.llama_log_set(quiet, ctypes.c_void_p(0))
    with tempfile.TemporaryDirectory(dir=arguments.scratch) as scratch:
        source, ours, theirs = (os.path.join(scratch, name) for name in ("f16.gguf", "ours.gguf", "theirs.gguf"))
        write(source, arguments.experts)
        for mix in arguments.mixes:
            subprocess.run([arguments.millrace, "models", "convert", source, "-o", ours, "--precision", mix], check=True,
                           stdout=subprocess.DEVNULL)
            random_model.QUANTIZED[mix] = FILE_TYPES[mix]
            random_model.quantize(source, theirs, mix)
            others, *ratios = compare(source, ours, theirs)
            print(f"{mix}: {len(others)} of another type; error {' '.join(f'{ratio:.3f}' for ratio in ratios)} of llama.cpp's")
            print("".join(f"  {line}\n" for line in others), end="", flush=True)


if __name__ == "__main__":
    sys.exit(main())
