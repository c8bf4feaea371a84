"""Write a GGUF file with random weights of a given shape; speed does not depend on their values.

    random_model.py OUT.gguf --shape 1.5b --blocks Q8_0
"""
import argparse

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Kind

SHAPES = {  # layers, hidden, heads, kv heads, feed-forward, vocabulary
    "150m": (12, 768, 12, 4, 2304, 32000),
    "1.5b": (28, 2048, 16, 4, 6144, 59264),
}
BLOCKS = {"Q8_0": (Kind.Q8_0, 34, 7), "Q4_0": (Kind.Q4_0, 18, 2), "F16": (Kind.F16, 64, 1)}  # kind, bytes per 32 weights, file type


def matrix(rng, rows, columns, blocks):
    """Raw blocks of 32 weights with small finite scales, or F16 weights."""
    if blocks == "F16":
        return (rng.standard_normal((rows, columns), dtype=np.float32) * 0.02).astype(np.float16)
    _, size, _ = BLOCKS[blocks]
    data = rng.integers(0, 256, (rows, columns // 32, size), dtype=np.uint8)
    scales = rng.uniform(0.0005, 0.002, data.shape[:2]).astype(np.float16)
    data[:, :, :2] = scales[..., None].view(np.uint8)
    return data.reshape(rows, -1)


def write(path, shape, blocks):
    layers, hidden, heads, kv_heads, feed_forward, vocabulary = SHAPES[shape]
    head = hidden // heads
    rng = np.random.default_rng(0)
    kind, _, file_type = BLOCKS[blocks]
    writer = gguf.GGUFWriter(path, "llama", use_temp_file=True)
    writer.add_context_length(8192)
    writer.add_embedding_length(hidden)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(feed_forward)
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv_heads)
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

    def add(name, rows, columns):
        data = matrix(rng, rows, columns, blocks)
        writer.add_tensor(name, data, raw_dtype=None if blocks == "F16" else kind)

    add("token_embd.weight", vocabulary, hidden)
    for i in range(layers):
        prefix = f"blk.{i}."
        for norm in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"{prefix}{norm}.weight", np.ones(hidden, np.float32))
        add(f"{prefix}attn_q.weight", heads * head, hidden)
        add(f"{prefix}attn_k.weight", kv_heads * head, hidden)
        add(f"{prefix}attn_v.weight", kv_heads * head, hidden)
        add(f"{prefix}attn_output.weight", hidden, heads * head)
        add(f"{prefix}ffn_gate.weight", feed_forward, hidden)
        add(f"{prefix}ffn_up.weight", feed_forward, hidden)
        add(f"{prefix}ffn_down.weight", hidden, feed_forward)
    writer.add_tensor("output_norm.weight", np.ones(hidden, np.float32))
    add("output.weight", vocabulary, hidden)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out")
    parser.add_argument("--shape", choices=SHAPES, default="150m")
    parser.add_argument("--blocks", choices=BLOCKS, default="Q8_0")
    arguments = parser.parse_args()
    write(arguments.out, arguments.shape, arguments.blocks)
