"""Write GGUF files with random weights of a given shape; speed does not depend on their values.

    random_model.py OUT.gguf --shape 1.5b --blocks Q8_0             random blocks, written directly
    random_model.py OUT.gguf --shape 1.5b --quantize Q4_K_M         through llama.cpp's quantizer, which mixes types
"""
import argparse
import os
import sys

try:
    import gguf
    import numpy as np
    from gguf import GGMLQuantizationType as Kind
except ImportError as error:
    sys.exit(f"{error}; install what this needs with: pip install gguf numpy")

SHAPES = {  # layers, hidden, heads, kv heads, head, feed-forward, vocabulary
    "150m": (12, 768, 12, 4, 64, 2304, 32000),
    "1.5b": (28, 2048, 16, 4, 128, 6144, 59264),
    "7b": (32, 4096, 32, 8, 128, 14336, 32000),
    "13b": (40, 5120, 40, 40, 128, 13824, 32000),
}
# type, weights per block, bytes per block, offsets of F16 scales in it, llama_ftype
BLOCKS = {
    "F16": (Kind.F16, 1, 2, (), 1),
    "Q8_0": (Kind.Q8_0, 32, 34, (0,), 7),
    "Q4_0": (Kind.Q4_0, 32, 18, (0,), 2),
    "Q4_K": (Kind.Q4_K, 256, 144, (0, 2), 14),
}
QUANTIZED = {"Q4_0": 2, "Q8_0": 7, "Q4_K_M": 15, "Q5_K_M": 17, "Q6_K": 18}  # llama_ftype


def parameter_count(shape):
    layers, hidden, heads, kv_heads, head, feed_forward, vocabulary = SHAPES[shape]
    return 2 * vocabulary * hidden + layers * hidden * (2 * (heads + kv_heads) * head + 3 * feed_forward)


def byte_count(shape, blocks):
    """About; Q4_K_M is some 5 bits per weight."""
    if blocks not in BLOCKS:
        return parameter_count(shape) * 5 // 8
    _, weights, size, _, _ = BLOCKS[blocks]
    return parameter_count(shape) * size // weights


def matrix(rng, rows, columns, blocks):
    """F16 weights, or blocks whose scales are small and finite; as the bytes of rows."""
    _, weights, size, scales, _ = BLOCKS[blocks]
    if blocks == "F16":
        return (rng.standard_normal((rows, columns), dtype=np.float32) * 0.02).astype(np.float16)
    data = np.frombuffer(rng.bytes(rows * columns // weights * size), np.uint8).reshape(rows, columns // weights, size).copy()
    for offset in scales:
        values = rng.uniform(0.0005, 0.002, data.shape[:2]).astype(np.float16)
        data[:, :, offset:offset + 2] = values[..., None].view(np.uint8)
    return data.reshape(rows, -1)


def tensors(shape):
    """(name, rows, columns) in the order of the file; a vector has no rows."""
    layers, hidden, heads, kv_heads, head, feed_forward, vocabulary = SHAPES[shape]
    yield "token_embd.weight", vocabulary, hidden
    for i in range(layers):
        prefix = f"blk.{i}."
        yield prefix + "attn_norm.weight", None, hidden
        yield prefix + "ffn_norm.weight", None, hidden
        yield prefix + "attn_q.weight", heads * head, hidden
        yield prefix + "attn_k.weight", kv_heads * head, hidden
        yield prefix + "attn_v.weight", kv_heads * head, hidden
        yield prefix + "attn_output.weight", hidden, heads * head
        yield prefix + "ffn_gate.weight", feed_forward, hidden
        yield prefix + "ffn_up.weight", feed_forward, hidden
        yield prefix + "ffn_down.weight", hidden, feed_forward
    yield "output_norm.weight", None, hidden
    yield "output.weight", vocabulary, hidden


def add_metadata(writer, shape, file_type):
    layers, hidden, heads, kv_heads, head, feed_forward, vocabulary = SHAPES[shape]
    writer.add_context_length(8192)
    writer.add_embedding_length(hidden)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(feed_forward)
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv_heads)
    writer.add_key_length(head)
    writer.add_value_length(head)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(10000.0)
    writer.add_rope_dimension_count(head)
    writer.add_vocab_size(vocabulary)
    writer.add_file_type(file_type)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list([f"t{i}" for i in range(vocabulary)])
    writer.add_token_types([gguf.TokenType.NORMAL] * vocabulary)
    writer.add_token_merges(["t 0"])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(1)


def write(path, shape, blocks):
    """One matrix at a time is in memory."""
    kind, weights, size, _, file_type = BLOCKS[blocks]
    rng = np.random.default_rng(0)
    writer = gguf.GGUFWriter(path, "llama")
    add_metadata(writer, shape, file_type)
    for name, rows, columns in tensors(shape):
        if rows is None:
            writer.add_tensor_info(name, (columns,), np.dtype(np.float32), columns * 4)
        elif blocks == "F16":
            writer.add_tensor_info(name, (rows, columns), np.dtype(np.float16), rows * columns * 2)
        else:
            row_bytes = columns // weights * size
            writer.add_tensor_info(name, (rows, row_bytes), np.dtype(np.uint8), rows * row_bytes, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    for _, rows, columns in tensors(shape):
        writer.write_tensor_data(np.ones(columns, np.float32) if rows is None else matrix(rng, rows, columns, blocks))
    writer.close()


def quantize(source, target, kind):
    import llama_cpp

    parameters = llama_cpp.llama_model_quantize_default_params()
    parameters.ftype = QUANTIZED[kind]
    status = llama_cpp.llama_model_quantize(source.encode(), target.encode(), parameters)
    if status != 0:
        sys.exit(f"quantizing {source} to {kind} failed with status {status}")


def write_atomically(path, shape, blocks=None, kind=None, source=None):
    """`source` is an F16 file of the shape to quantize from; without it one is written and removed again."""
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    unfinished = f"{path}.part"
    try:
        if not kind:
            write(unfinished, shape, blocks or "F16")
        elif source:
            quantize(source, unfinished, kind)
        else:
            write(f"{path}.f16", shape, "F16")
            quantize(f"{path}.f16", unfinished, kind)
        os.rename(unfinished, path)
    finally:
        for leftover in (unfinished, f"{path}.f16"):
            if os.path.exists(leftover):
                os.remove(leftover)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out")
    parser.add_argument("--shape", choices=SHAPES, default="150m")
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--blocks", choices=BLOCKS, help="random blocks of this type; F16 by default")
    choice.add_argument("--quantize", choices=QUANTIZED, help="F16 weights, quantized by llama.cpp")
    parser.add_argument("--source", help="with --quantize: an F16 file of this shape that is there already")
    arguments = parser.parse_args()
    write_atomically(arguments.out, arguments.shape, arguments.blocks, arguments.quantize, arguments.source)


if __name__ == "__main__":
    main()
