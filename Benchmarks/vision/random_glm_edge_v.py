"""Write a model of GLM-Edge-V's shape with random weights: speed and memory do not depend on their values.

    random_glm_edge_v.py gguf DIR --shape 2b --blocks Q8_0     text.gguf and mmproj-F16.gguf
    random_glm_edge_v.py hub DIR --shape 2b                    config.json, tokenizer.json and model.safetensors in BF16
    random_glm_edge_v.py hub DIR --shape 2b --text             the text model alone: the shape of GLM-Edge-1.5B

needs gguf and numpy (Benchmarks/requirements.txt).
"""
import argparse
import json
import os
import struct
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

SHAPES = {  # layers, hidden, heads, kv heads, head, feed-forward, adapter's inner width
    "2b": (28, 2048, 16, 4, 128, 6144, 8192),
    "5b": (40, 3072, 24, 6, 128, 8192, 12288),
}
VOCABULARY = 59264
IMAGE, PATCH, FEATURES, INNER, BLOCKS, HEADS = 672, 14, 1152, 4304, 27, 16  # SigLIP so400m
TOKENS = (IMAGE // PATCH) ** 2
SPECIAL = {59246: "<|endoftext|>", 59252: "<|system|>", 59253: "<|user|>", 59254: "<|assistant|>", 59255: "<|observation|>",
           59256: "<|begin_of_image|>", 59257: "<|end_of_image|>"}
TEMPLATE = ("{%- for item in messages -%}{{- '<|' + item.role + '|>\\n' -}}{%- for part in item.content -%}"
            "{%- if part.type == 'image' -%}{%- for _ in range(578) -%}<|begin_of_image|>{%- endfor -%}"
            "{%- elif part.type == 'text' -%}{{- part.text -}}{%- endif -%}{%- endfor -%}{%- endfor -%}"
            "{%- if add_generation_prompt -%}{{- '<|assistant|>' -}}{%- endif -%}")


def byte_alphabet():
    """The characters that stand for bytes in byte-level vocabularies."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [b for b in range(256) if b not in plain]
    return [chr(b) if b in plain else chr(256 + rest.index(b)) for b in range(256)]


def vocabulary():
    return [SPECIAL.get(i, byte_alphabet()[i] if i < 256 else f"t{i}") for i in range(VOCABULARY)]


def text_tensors(shape):
    """Hub name, GGUF name, shape; vectors are norms."""
    layers, hidden, heads, kv, head, inner, _ = SHAPES[shape]
    yield "model.embed_tokens.weight", "token_embd.weight", (VOCABULARY, hidden)
    for i in range(layers):
        hub, short = f"model.layers.{i}.", f"blk.{i}."
        yield hub + "input_layernorm.weight", short + "attn_norm.weight", (hidden,)
        yield hub + "post_attention_layernorm.weight", short + "ffn_norm.weight", (hidden,)
        yield hub + "self_attn.q_proj.weight", short + "attn_q.weight", (heads * head, hidden)
        yield hub + "self_attn.k_proj.weight", short + "attn_k.weight", (kv * head, hidden)
        yield hub + "self_attn.v_proj.weight", short + "attn_v.weight", (kv * head, hidden)
        yield hub + "self_attn.o_proj.weight", short + "attn_output.weight", (hidden, heads * head)
        yield hub + "mlp.gate_up_proj.weight", short + "ffn_up.weight", (2 * inner, hidden)
        yield hub + "mlp.down_proj.weight", short + "ffn_down.weight", (hidden, inner)
    yield "model.norm.weight", "output_norm.weight", (hidden,)
    yield "lm_head.weight", "output.weight", (VOCABULARY, hidden)


def picture_tensors(shape):
    hidden, inner = SHAPES[shape][1], SHAPES[shape][6]
    tower, adapter = "model.vision.vit.model.vision_model.", "model.vision.adapter."
    def linear(hub, short, rows, columns):
        yield hub + ".weight", short + ".weight", (rows, columns)
        yield hub + ".bias", short + ".bias", (rows,)
    def norm(hub, short):
        yield hub + ".weight", short + ".weight", (FEATURES,)
        yield hub + ".bias", short + ".bias", (FEATURES,)
    yield tower + "embeddings.patch_embedding.weight", "v.patch_embd.weight", (FEATURES, 3, PATCH, PATCH)
    yield tower + "embeddings.patch_embedding.bias", "v.patch_embd.bias", (FEATURES,)
    yield tower + "embeddings.position_embedding.weight", "v.position_embd.weight", (TOKENS, FEATURES)
    for i in range(BLOCKS):
        hub, short = f"{tower}encoder.layers.{i}.", f"v.blk.{i}."
        yield from norm(hub + "layer_norm1", short + "ln1")
        yield from norm(hub + "layer_norm2", short + "ln2")
        for a, b in (("q_proj", "attn_q"), ("k_proj", "attn_k"), ("v_proj", "attn_v"), ("out_proj", "attn_out")):
            yield from linear(f"{hub}self_attn.{a}", short + b, FEATURES, FEATURES)
        yield from linear(hub + "mlp.fc1", short + "ffn_up", INNER, FEATURES)
        yield from linear(hub + "mlp.fc2", short + "ffn_down", FEATURES, INNER)
    yield from norm(tower + "post_layernorm", "v.post_ln")
    yield adapter + "conv.weight", "adapter.conv.weight", (hidden, FEATURES, 2, 2)
    yield adapter + "conv.bias", "adapter.conv.bias", (hidden,)
    yield adapter + "linear.linear_proj.weight", "adapter.linear.linear.weight", (hidden, hidden)
    yield adapter + "linear.norm1.weight", "adapter.linear.norm1.weight", (hidden,)
    yield adapter + "linear.norm1.bias", "adapter.linear.norm1.bias", (hidden,)
    yield adapter + "linear.dense_h_to_4h.weight", "adapter.linear.dense_h_to_4h.weight", (inner, hidden)
    yield adapter + "linear.gate_proj.weight", "adapter.linear.gate.weight", (inner, hidden)
    yield adapter + "linear.dense_4h_to_h.weight", "adapter.linear.dense_4h_to_h.weight", (hidden, inner)
    yield adapter + "boi", "adapter.boi", (hidden,)
    yield adapter + "eoi", "adapter.eoi", (hidden,)


def values(rng, name, shape):
    """F32 with the spread of trained weights; norms scale by one."""
    if len(shape) == 1:
        is_scale = name.endswith("norm.weight") or "ln" in name and name.endswith("weight") or "norm1.weight" in name
        return np.ones(shape, np.float32) if is_scale else rng.standard_normal(shape, dtype=np.float32) * 0.02
    return rng.standard_normal(shape, dtype=np.float32) * 0.02


def write_text_gguf(path, shape, blocks):
    import gguf
    from random_model import BLOCKS as KINDS, matrix

    layers, hidden, heads, kv, head, inner, _ = SHAPES[shape]
    kind, weights, size, _, file_type = KINDS[blocks]
    rng = np.random.default_rng(0)
    writer = gguf.GGUFWriter(path, "chatglm")
    writer.add_context_length(8192)
    writer.add_embedding_length(hidden)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(inner)
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv)
    writer.add_key_length(head)
    writer.add_value_length(head)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(10000.0)
    writer.add_rope_dimension_count(head)
    writer.add_file_type(file_type)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("chatglm-bpe")
    writer.add_token_list(vocabulary())
    writer.add_token_types([gguf.TokenType.CONTROL if i in SPECIAL else gguf.TokenType.NORMAL for i in range(VOCABULARY)])
    writer.add_token_merges(["t 0"])
    writer.add_eos_token_id(59246)
    writer.add_chat_template(TEMPLATE)
    names = [(name, form) for _, name, form in text_tensors(shape)]
    for name, form in names:
        if len(form) == 1:
            writer.add_tensor_info(name, form, np.dtype(np.float32), form[0] * 4)
        elif blocks == "F16":
            writer.add_tensor_info(name, form, np.dtype(np.float16), form[0] * form[1] * 2)
        else:
            row = form[1] // weights * size
            writer.add_tensor_info(name, (form[0], row), np.dtype(np.uint8), form[0] * row, raw_dtype=kind)
    finish(writer)
    for name, form in names:
        writer.write_tensor_data(np.ones(form, np.float32) if len(form) == 1 else matrix(rng, *form, blocks))
    writer.close()


def write_mmproj(path, shape):
    import gguf

    rng = np.random.default_rng(1)
    writer = gguf.GGUFWriter(path, "clip")
    for key, value in (("has_vision_encoder", True), ("has_glm_projector", True), ("use_gelu", True)):
        writer.add_bool("clip." + key, value)
    writer.add_string("clip.projector_type", "adapter")
    for key, value in (("image_size", IMAGE), ("patch_size", PATCH), ("embedding_length", FEATURES),
                       ("feed_forward_length", INNER), ("block_count", BLOCKS), ("attention.head_count", HEADS),
                       ("projection_dim", 0)):
        writer.add_uint32("clip.vision." + key, value)
    writer.add_float32("clip.vision.attention.layer_norm_epsilon", 1e-6)
    writer.add_array("clip.vision.image_mean", [0.5] * 3)
    writer.add_array("clip.vision.image_std", [0.5] * 3)
    names = [(name, form) for _, name, form in picture_tensors(shape)]
    is_half = lambda name, form: len(form) > 1 and name != "v.position_embd.weight"
    for name, form in names:
        dtype = np.dtype(np.float16 if is_half(name, form) else np.float32)
        writer.add_tensor_info(name, form, dtype, int(np.prod(form)) * dtype.itemsize)
    finish(writer)
    for name, form in names:
        writer.write_tensor_data(values(rng, name, form).astype(np.float16 if is_half(name, form) else np.float32))
    writer.close()


def finish(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()


def write_hub(folder, shape, has_pictures):
    layers, hidden, heads, kv, head, inner, _ = SHAPES[shape]
    config = {
        "architectures": ["GlmForCausalLM"], "model_type": "glm", "vocab_size": VOCABULARY, "hidden_size": hidden,
        "intermediate_size": inner, "num_hidden_layers": layers, "num_attention_heads": heads, "num_key_value_heads": kv,
        "head_dim": head, "max_position_embeddings": 8192, "partial_rotary_factor": 1.0, "rope_theta": 10000.0,
        "attention_bias": False, "tie_word_embeddings": False, "rms_norm_eps": 1e-5, "eos_token_id": [59246, 59253],
        "boi_token_id": 59256, "eoi_token_id": 59257,
        "vision_config": {"model_type": "siglip_vision_model", "hidden_size": FEATURES, "intermediate_size": INNER,
                          "num_hidden_layers": BLOCKS, "num_attention_heads": HEADS, "image_size": IMAGE,
                          "patch_size": PATCH}}
    if not has_pictures:
        for key in ("boi_token_id", "eoi_token_id", "vision_config"):
            del config[key]
    tokenizer = {
        "version": "1.0", "added_tokens": [
            {"id": i, "content": s, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
            for i, s in SPECIAL.items()],
        "normalizer": None, "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "use_regex": True},
        "post_processor": None, "decoder": {"type": "ByteLevel", "add_prefix_space": False},
        "model": {"type": "BPE", "vocab": {t: i for i, t in enumerate(vocabulary()) if i not in SPECIAL}, "merges": []}}
    for name, value in (("config.json", config), ("tokenizer.json", tokenizer),
                        ("tokenizer_config.json", {"chat_template": TEMPLATE})):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
            json.dump(value, f, ensure_ascii=False)
    names = [(name, (1, 1, hidden) if name.endswith(("boi", "eoi")) else form)
             for source in ((text_tensors, picture_tensors) if has_pictures else (text_tensors,))
             for name, _, form in source(shape)]
    header, end = {}, 0
    for name, form in names:
        size = int(np.prod(form)) * 2
        header[name] = {"dtype": "BF16", "shape": list(form), "data_offsets": [end, end + size]}
        end += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    rng = np.random.default_rng(2)
    with open(os.path.join(folder, "model.safetensors"), "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text)
        for name, form in names:
            bits = values(rng, name, form).view(np.uint32)
            f.write((bits >> 16).astype(np.uint16).tobytes())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("format", choices=["gguf", "hub"])
    parser.add_argument("folder")
    parser.add_argument("--shape", choices=SHAPES, default="2b")
    parser.add_argument("--blocks", default="Q8_0", help="F16, Q8_0, Q4_0 or Q4_K, for the text side of gguf")
    parser.add_argument("--text", action="store_true", help="no picture side, for hub")
    arguments = parser.parse_args()
    os.makedirs(arguments.folder, exist_ok=True)
    if arguments.format == "hub":
        write_hub(arguments.folder, arguments.shape, not arguments.text)
    else:
        write_text_gguf(os.path.join(arguments.folder, "text.gguf"), arguments.shape, arguments.blocks)
        write_mmproj(os.path.join(arguments.folder, "mmproj-F16.gguf"), arguments.shape)
