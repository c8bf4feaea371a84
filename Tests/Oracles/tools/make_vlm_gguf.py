"""Write checkpoints of models/ as llama.cpp has them: a text file and an mmproj file of the picture side.

    python make_vlm_gguf.py ../models ../gguf         needs numpy, safetensors and gguf

Names, keys and the order of rows follow llama.cpp's converters; matrices stay in BF16 and vectors in F32, so the results are those of
the checkpoints, which `case.json` points to.
"""
import json
import os
import shutil
import sys

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Type


def read(folder):
    """Tensors by name, in F32; the files have BF16."""
    with open(folder + "/model.safetensors", "rb") as f:
        size = int.from_bytes(f.read(8), "little")
        header, data = json.loads(f.read(size)), f.read()
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        start, end = entry["data_offsets"]
        bits = np.frombuffer(data[start:end], np.uint16).astype(np.uint32) << 16
        tensors[name] = bits.view(np.float32).reshape(entry["shape"])
    return tensors


def add(writer, name, tensor):
    if tensor.ndim == 1:
        writer.add_tensor(name, np.ascontiguousarray(tensor, np.float32))
        return
    bits = (np.ascontiguousarray(tensor, np.float32).view(np.uint32) >> 16).astype(np.uint16)
    writer.add_tensor(name, bits.view(np.uint8), raw_dtype=Type.BF16)


def neighbours(tensor, heads):
    """Rows of a projection in the order in which pairs that turn together are neighbours."""
    shape = tensor.shape
    return tensor.reshape(heads, 2, shape[0] // heads // 2, *shape[1:]).swapaxes(1, 2).reshape(shape)


def finish(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


PARTS = {"input_layernorm": "attn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
         "self_attn.o_proj": "attn_output", "post_attention_layernorm": "ffn_norm", "mlp.gate_proj": "ffn_gate",
         "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down"}


def text(path, folder, config, tensors, prefix, head, architecture):
    c = config["text_config"]
    heads, kv_heads = c["num_attention_heads"], c["num_key_value_heads"]
    rope = c["rope_parameters"]
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_block_count(c["num_hidden_layers"])
    writer.add_context_length(c["max_position_embeddings"])
    writer.add_embedding_length(c["hidden_size"])
    writer.add_feed_forward_length(c["intermediate_size"])
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv_heads)
    writer.add_layer_norm_rms_eps(c["rms_norm_eps"])
    writer.add_rope_freq_base(rope["rope_theta"])
    if "mrope_section" in rope:
        writer.add_rope_dimension_sections(rope["mrope_section"] + [0])
    tokenizer = json.load(open(folder + "/tokenizer.json"))
    tokens = dict(tokenizer["model"]["vocab"])
    special = {t["content"]: t["id"] for t in tokenizer["added_tokens"]}
    names = {i: s for s, i in {**tokens, **special}.items()}
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list([names.get(i, f"[PAD{i}]") for i in range(c["vocab_size"])])
    writer.add_token_types([3 if names.get(i) in special else 1 if i in names else 5 for i in range(c["vocab_size"])])
    writer.add_token_merges(["a b"])
    writer.add_eos_token_id(special["<|endoftext|>"])
    chat = json.load(open(folder + "/tokenizer_config.json"))["chat_template"]
    writer.add_chat_template(chat)
    for name, tensor in tensors.items():
        if name == head:
            add(writer, "output.weight", tensor)
        if not name.startswith(prefix):
            continue
        rest = name.removeprefix(prefix)
        if rest == "embed_tokens.weight":
            add(writer, "token_embd.weight", tensor)
        elif rest == "norm.weight":
            add(writer, "output_norm.weight", tensor)
        elif rest.startswith("layers."):
            _, layer, *part = rest.split(".")
            kind, part = part[-1], ".".join(part[:-1])
            if architecture == "llama" and part in ("self_attn.q_proj", "self_attn.k_proj"):
                tensor = neighbours(tensor, heads if part.endswith("q_proj") else kv_heads)
            add(writer, f"blk.{layer}.{PARTS[part]}.{kind}", tensor)
    finish(writer)


def mmproj(path, projector, v, **more):
    writer = gguf.GGUFWriter(path, "clip")
    writer.add_bool("clip.has_vision_encoder", True)
    writer.add_string("clip.projector_type", projector)
    for key, value in v.items():
        (writer.add_float32 if isinstance(value, float) else writer.add_uint32)("clip.vision." + key, value)
    for key, value in more.items():
        writer.add_bool("clip." + key, value)
    return writer


def sizes(c, blocks):
    return {"image_size": c["image_size"], "patch_size": c["patch_size"], "embedding_length": c["hidden_size"],
            "feed_forward_length": c["intermediate_size"], "block_count": blocks,
            "attention.head_count": c["num_attention_heads"], "attention.layer_norm_epsilon": c["layer_norm_eps"],
            "projection_dim": 0}


TOWER = {"embeddings.class_embedding": "v.class_embd", "embeddings.patch_embedding": "v.patch_embd",
         "embeddings.position_embedding": "v.position_embd", "pre_layrnorm": "v.pre_ln", "post_layernorm": "v.post_ln"}
BLOCK = {"self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.out_proj": "attn_out",
         "layer_norm1": "ln1", "layer_norm2": "ln2", "mlp.fc1": "ffn_up", "mlp.fc2": "ffn_down"}


def tower(writer, tensors, prefix, swapped=False, left_out=None):
    """Blocks under the names of today, or with the inner matrices' names swapped as the first converter had them."""
    names = {**BLOCK, "mlp.fc1": "ffn_down", "mlp.fc2": "ffn_up"} if swapped else BLOCK
    for name, tensor in tensors.items():
        if not name.startswith(prefix):
            continue
        rest = name.removeprefix(prefix)
        if rest in TOWER:
            add(writer, TOWER[rest], tensor)
            continue
        part, kind = rest.rsplit(".", 1)
        if part.startswith("encoder.layers."):
            _, _, layer, part = part.split(".", 3)
            if int(layer) != left_out:
                add(writer, f"v.blk.{layer}.{names[part]}.{kind}", tensor)
        elif part in TOWER:
            add(writer, f"{TOWER[part]}.{kind}", tensor)
        elif not part.startswith("head."):
            raise KeyError(name)


def under(tensors, *prefixes):
    """The first of these that names begin with."""
    return next(p for p in prefixes if any(name.startswith(p) for name in tensors))


def llava_clip(folder, out):
    tensors, config = read(folder), json.load(open(folder + "/config.json"))
    text(out + "/text.gguf", folder, config, tensors, under(tensors, "language_model.model.", "model.language_model."),
         "language_model.lm_head.weight" if "language_model.lm_head.weight" in tensors else "lm_head.weight", "llama")
    prefix = under(tensors, "vision_tower.vision_model.", "vision_tower.", "model.vision_tower.vision_model.", "model.vision_tower.")
    projector = under(tensors, "multi_modal_projector.", "model.multi_modal_projector.")
    c = config["vision_config"]
    files = []
    # All blocks, the number of which is one too many; and only those that are needed, with the names of the first converter.
    for name, blocks, old in (("mmproj-all.gguf", 3, False), ("mmproj-old.gguf", 2, True)):
        writer = mmproj(out + "/" + name, "mlp", sizes(c, blocks), use_gelu=False, has_llava_projector=True)
        if old:
            writer.add_array("clip.vision.feature_layer", [2])
        writer.add_array("clip.vision.image_mean", [0.48145466, 0.4578275, 0.40821073])
        writer.add_array("clip.vision.image_std", [0.26862954, 0.26130258, 0.27577711])
        tower(writer, tensors, prefix, swapped=old, left_out=2 if old else None)
        for index, part in ((0, "linear_1"), (2, "linear_2")):
            for kind in ("weight", "bias"):
                add(writer, f"mm.{index}.{kind}", tensors[f"{projector}{part}.{kind}"])
        finish(writer)
        files.append(name)
    return files


def idefics3(folder, out):
    tensors, config = read(folder), json.load(open(folder + "/config.json"))
    text(out + "/text.gguf", folder, config, tensors, "model.text_model.", "lm_head.weight", "llama")
    c = config["vision_config"]
    writer = mmproj(out + "/mmproj.gguf", "idefics3", sizes(c, c["num_hidden_layers"]), use_gelu=True)
    writer.add_uint32("clip.vision.projector.scale_factor", config["scale_factor"])
    writer.add_uint32("clip.vision.preproc_image_size", 32)
    writer.add_array("clip.vision.image_mean", [0.5, 0.5, 0.5])
    writer.add_array("clip.vision.image_std", [0.5, 0.5, 0.5])
    tower(writer, tensors, "model.vision_model.")
    add(writer, "mm.model.fc.weight", tensors["model.connector.modality_projection.proj.weight"])
    finish(writer)
    return ["mmproj.gguf"]


def qwen2_5_vl(folder, out):
    tensors, config = read(folder), json.load(open(folder + "/config.json"))
    text(out + "/text.gguf", folder, config, tensors, "model.", "lm_head.weight", "qwen2vl")
    c = config["vision_config"]
    writer = mmproj(out + "/mmproj.gguf", "qwen2.5vl_merger", {
        "image_size": 560, "patch_size": c["patch_size"], "embedding_length": c["hidden_size"], "feed_forward_length":
        c["intermediate_size"], "block_count": c["depth"], "attention.head_count": c["num_heads"],
        "attention.layer_norm_epsilon": 1e-6, "projection_dim": c["out_hidden_size"], "spatial_merge_size":
        c["spatial_merge_size"], "window_size": c["window_size"], "n_wa_pattern": 2}, use_silu=True)
    writer.add_array("clip.vision.image_mean", [0.48145466, 0.4578275, 0.40821073])
    writer.add_array("clip.vision.image_std", [0.26862954, 0.26130258, 0.27577711])
    hidden = c["hidden_size"]
    parts = {"norm1": "ln1", "norm2": "ln2", "attn.proj": "attn_out", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
             "mlp.down_proj": "ffn_down"}
    for name, tensor in tensors.items():
        if not name.startswith("visual."):
            continue
        rest, kind = name.removeprefix("visual.").rsplit(".", 1)
        if rest == "patch_embed.proj":
            for moment, end in enumerate(("weight", "weight.1")):
                add(writer, "v.patch_embd." + end, tensor[:, :, moment])
        elif rest == "merger.ln_q":
            add(writer, "v.post_ln." + kind, tensor)
        elif rest.startswith("merger.mlp."):
            add(writer, f"mm.{rest[-1]}.{kind}", tensor)
        else:
            _, layer, part = rest.split(".", 2)
            if part == "attn.qkv":
                for index, letter in enumerate("qkv"):
                    add(writer, f"v.blk.{layer}.attn_{letter}.{kind}", tensor[index * hidden:(index + 1) * hidden])
            else:
                add(writer, f"v.blk.{layer}.{parts[part]}.{kind}", tensor)
    finish(writer)
    return ["mmproj.gguf"]


if __name__ == "__main__":
    for case in (llava_clip, idefics3, qwen2_5_vl):
        name = case.__name__
        out = f"{sys.argv[2]}/{name}"
        shutil.rmtree(out, ignore_errors=True)
        os.makedirs(out)
        files = case(f"{sys.argv[1]}/{name}", out)
        with open(out + "/case.json", "w") as f:
            json.dump({"kind": "gguf_vlm", "name": name + "_gguf", "about": f"the checkpoint models/{name} as two files",
                       "reference": f"../../models/{name}", "files": {"text": "text.gguf", "mmproj": files}}, f,
                      separators=(",", ":"))
            f.write("\n")
