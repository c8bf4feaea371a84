#!/usr/bin/env python3
"""Makes the cases of models with experts in ../gguf: small random models, quantized by llama.cpp, with the scores of PyTorch.

  python make_moe_gguf.py [OUT]        write all of them to OUT (../gguf)

Needs torch, transformers, safetensors, numpy, gguf and llama-cpp-python 0.3.36, whose quantizer makes the files and whose CPU
backend gives the errors in `case.json`. The reference is computed in F64 from the dequantized weights. Rows of 256 go into K
blocks; those of 32, which keep the files small, into what llama.cpp takes instead.
"""
import os
import shutil
import subprocess
import sys
import tempfile

import gguf
import numpy as np
import torch
import transformers

from make_text import ROPE, ROUTER, greedy, nmse, randomize, rng, save, write_json

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "gguf")
ARCHITECTURES = {"Mixtral": "llama", "Qwen2Moe": "qwen2moe", "Qwen3Moe": "qwen3moe"}
BASE = dict(vocab_size=64, num_hidden_layers=1, max_position_embeddings=256, bos_token_id=None, eos_token_id=2, pad_token_id=0,
            rope_parameters=ROPE)

# Seeds with which no router is near a tie: there 8 bits of an activation would choose other experts, whatever the engine.
CASES = [
    dict(name="qwen2_moe", cls="Qwen2Moe", seed=317, types=["Q8_0"],
         about="Qwen2-MoE: a shared expert behind a gate, 4 experts, 2 for each token, not renormalised",
         config=dict(BASE, hidden_size=32, num_attention_heads=2, num_key_value_heads=1, intermediate_size=32, num_experts=4,
                     num_experts_per_tok=2, moe_intermediate_size=32, shared_expert_intermediate_size=32, norm_topk_prob=False)),
    dict(name="qwen3_moe_k256", cls="Qwen3Moe", seed=303, types=["Q4_K"],
         about="Qwen3-MoE, rows of 256: norms of heads, 4 experts, 2 for each token, renormalised",
         config=dict(BASE, hidden_size=256, num_attention_heads=1, num_key_value_heads=1, head_dim=32, intermediate_size=32,
                     num_experts=4, num_experts_per_tok=2, moe_intermediate_size=32, norm_topk_prob=True)),
]


# ----------------------------------------------------------------------------- names
def turned(tensor, heads):
    """Rows of a projection in llama's order, in which pairs that turn together are neighbours."""
    return tensor.reshape(heads, 2, -1, *tensor.shape[1:]).swapaxes(1, 2).reshape(tensor.shape)


def turned_back(tensor, heads):
    return tensor.reshape(heads, -1, 2, *tensor.shape[1:]).swapaxes(1, 2).reshape(tensor.shape)


def names(model):
    """(name in GGUF, name in transformers, half of a joined matrix or none, heads whose rows llama orders otherwise)"""
    c, cls = model.config, type(model).__name__
    heads, kv_heads = (c.num_attention_heads, c.num_key_value_heads) if cls.startswith("Mixtral") else (0, 0)
    yield "token_embd.weight", "model.embed_tokens.weight", None, 0
    yield "output_norm.weight", "model.norm.weight", None, 0
    yield "output.weight", "lm_head.weight", None, 0
    for layer in range(c.num_hidden_layers):
        g, h = f"blk.{layer}.", f"model.layers.{layer}."
        yield g + "attn_norm.weight", h + "input_layernorm.weight", None, 0
        yield g + "ffn_norm.weight", h + "post_attention_layernorm.weight", None, 0
        yield g + "attn_output.weight", h + "self_attn.o_proj.weight", None, 0
        for part, count in (("q", heads), ("k", kv_heads), ("v", 0)):
            yield f"{g}attn_{part}.weight", f"{h}self_attn.{part}_proj.weight", None, count
            if cls.startswith("Qwen2"):
                yield f"{g}attn_{part}.bias", f"{h}self_attn.{part}_proj.bias", None, 0
            if cls.startswith("Qwen3") and part != "v":
                yield f"{g}attn_{part}_norm.weight", f"{h}self_attn.{part}_norm.weight", None, 0
        yield g + "ffn_gate_inp.weight", h + "mlp.gate.weight", None, 0
        yield g + "ffn_gate_exps.weight", h + "mlp.experts.gate_up_proj", 0, 0
        yield g + "ffn_up_exps.weight", h + "mlp.experts.gate_up_proj", 1, 0
        yield g + "ffn_down_exps.weight", h + "mlp.experts.down_proj", None, 0
        if cls.startswith("Qwen2"):
            yield g + "ffn_gate_inp_shexp.weight", h + "mlp.shared_expert_gate.weight", None, 0
            for part in ("gate", "up", "down"):
                yield f"{g}ffn_{part}_shexp.weight", f"{h}mlp.shared_expert.{part}_proj.weight", None, 0


# ----------------------------------------------------------------------------- files
def metadata(writer, case, c, architecture):
    writer.add_name(case["name"])
    writer.add_file_type(1)
    writer.add_context_length(c.max_position_embeddings)
    writer.add_embedding_length(c.hidden_size)
    writer.add_block_count(c.num_hidden_layers)
    writer.add_feed_forward_length(c.intermediate_size)
    writer.add_head_count(c.num_attention_heads)
    writer.add_head_count_kv(c.num_key_value_heads)
    head = getattr(c, "head_dim", None) or c.hidden_size // c.num_attention_heads
    writer.add_key_length(head)
    writer.add_value_length(head)
    writer.add_rope_dimension_count(head)
    writer.add_rope_freq_base(c.rope_parameters["rope_theta"])
    writer.add_layer_norm_rms_eps(c.rms_norm_eps)
    writer.add_vocab_size(c.vocab_size)
    writer.add_expert_count(c.num_local_experts if architecture == "llama" else c.num_experts)
    writer.add_expert_used_count(c.num_experts_per_tok)
    if architecture != "llama":
        writer.add_expert_feed_forward_length(c.moe_intermediate_size)
    if architecture == "qwen2moe":
        writer.add_expert_shared_feed_forward_length(c.shared_expert_intermediate_size)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list([f"t{i}" for i in range(c.vocab_size)])
    writer.add_token_types([1] * c.vocab_size)
    writer.add_token_merges(["t 0"])
    writer.add_eos_token_id(2)


def write(path, case, model):
    """In F16; vectors and routers in F32."""
    architecture = ARCHITECTURES[case["cls"]]
    writer = gguf.GGUFWriter(path, architecture)
    metadata(writer, case, model.config, architecture)
    weights = model.state_dict()
    for name, source, half, heads in names(model):
        tensor = weights[source].float().numpy()
        if half is not None:
            tensor = np.split(tensor, 2, axis=1)[half]
        if heads:
            tensor = turned(tensor, heads)
        if tensor.shape[0] == 1:
            tensor = tensor[0]
        whole = tensor.ndim == 1 or "gate_inp" in name
        writer.add_tensor(name, np.ascontiguousarray(tensor, np.float32 if whole else np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def llama(*arguments):
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "llama_side.py")
    subprocess.run([sys.executable, script, *arguments], check=True)


def fill(model, path):
    """The dequantized values of the file in the model, in F64; returns the types of the file's matrices."""
    tensors = {t.name: t for t in gguf.GGUFReader(path).tensors}
    weights, joined = model.state_dict(), {}
    for name, source, half, heads in names(model):
        tensor = tensors[name]
        values = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float64)
        values = values.reshape([int(n) for n in reversed(tensor.shape)])
        if heads:
            values = turned_back(values, heads)
        if half is None:
            joined[source] = values
        elif half == 0:
            joined[source] = [values]
        else:
            joined[source] = np.concatenate(joined[source] + [values], 1)
    model.double()
    model.load_state_dict({name: torch.from_numpy(joined[name].reshape(weights[name].shape).copy()) for name in weights})
    return sorted({t.tensor_type.name for t in tensors.values() if len(t.shape) > 1 and "gate_inp" not in t.name})


def peer(path, inputs, expected, kind, scratch):
    """llama.cpp's error with keys and values of this type."""
    largest = 0.0
    for prompt, name in (("a", "a.logits"), ("long", "long.logits_last4")):
        llama("scores", path, str(inputs[prompt + ".input_ids"][0].tolist()), scratch + "/scores.npy", kind)
        logits = torch.from_numpy(np.load(scratch + "/scores.npy"))[-len(expected[name]):]
        largest = max(largest, nmse(logits, expected[name]))
    return float(f"{largest:.3g}")


def scored(model, inputs):
    """The expected scores, and the smallest distance of the router's logits between an expert that is chosen and one that is not."""
    margins, count = [], model.config.num_experts_per_tok

    def distance(mlp, arguments):
        top = torch.topk(arguments[0] @ mlp.gate.weight.T, count + 1).values
        margins.append(float((top[..., -2] - top[..., -1]).min()))

    hooks = [layer.mlp.register_forward_pre_hook(distance) for layer in model.model.layers]
    logits = {name: model(ids, use_cache=False).logits[0] for name, ids in inputs.items()}
    for hook in hooks:
        hook.remove()
    return {"a.logits": logits["a.input_ids"], "long.logits_last4": logits["long.input_ids"][-4:]}, min(margins)


def make(case):
    """The random model, and prompts."""
    config = getattr(transformers, case["cls"] + "Config")(**case["config"])
    config._attn_implementation, config._experts_implementation = "eager", "eager"
    model = getattr(transformers, case["cls"] + "ForCausalLM")(config).eval()
    randomize(model, case["seed"], ROUTER | {"experts.gate_up": 1.0})
    return model, {f"{name}.input_ids": torch.from_numpy(rng(case["seed"], name).integers(5, 59, (1, count)))
                   for name, count in (("a", 12), ("long", 48))}


def build(case, folder):
    os.makedirs(folder, exist_ok=True)
    model, inputs = make(case)
    save(f"{folder}/inputs.safetensors", inputs)
    types = {}
    with tempfile.TemporaryDirectory() as scratch:
        write(scratch + "/f16.gguf", case, model)
        for kind in case["types"]:
            path = f"{folder}/{case['name']}-{kind}.gguf"
            if kind == "F16":
                shutil.copyfile(scratch + "/f16.gguf", path)
            else:
                llama("quantize", scratch + "/f16.gguf", path, kind)
            matrices = fill(model, path)
            expected, margin = scored(model, inputs)
            save(f"{folder}/expected-{kind}.safetensors", {name: value.float() for name, value in expected.items()})
            write_json(f"{folder}/greedy-{kind}.json", greedy(model, inputs["a.input_ids"][0].tolist(), 24))
            types[kind] = {"tolerance_nmse": 1e-5 if kind == "F16" else 3e-3, "matrix_types": matrices,
                           "router_min_margin": round(margin, 6)} | {
                f"llama_cpp_nmse_kv_{cache}": peer(path, inputs, expected, cache, scratch) for cache in ("f32", "f16")}
            print(case["name"], kind, types[kind], flush=True)
    write_json(f"{folder}/case.json", {"kind": "gguf", "name": case["name"], "arch": ARCHITECTURES[case["cls"]],
                                       "class": case["cls"] + "ForCausalLM", "about": case["about"], "types": types})


if __name__ == "__main__":
    for case in CASES:
        build(case, os.path.join(sys.argv[1] if len(sys.argv) > 1 else FOLDER, case["name"]))
