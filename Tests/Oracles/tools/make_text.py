#!/usr/bin/env python3
"""Makes, or checks, the small text models in ../models that only PyTorch and transformers can make.

  python make_text.py                  write all of them
  python make_text.py --check          compute the expectations of those that are there again
  python make_text.py mistral glm4     some of them

Versions used: torch 2.15, transformers 5.23, safetensors 0.8, numpy 2.4. Every number is seeded per tensor name; one thread;
nothing depends on the time or the place. What a folder holds: ../README.md.
"""
import argparse
import hashlib
import json
import os
import shutil
import sys

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

import numpy as np
import torch
import transformers
from safetensors.torch import load_file, save_file

torch.set_num_threads(1)
torch.set_grad_enabled(False)

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "models")
STEPS = 32
LIMIT = 1e-10  # between two runs of the reference

# ----------------------------------------------------------------------------- cases
SMALL = dict(vocab_size=64, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
             max_position_embeddings=256, bos_token_id=None, eos_token_id=2, pad_token_id=0)
DENSE = dict(SMALL, intermediate_size=32)
ROPE = {"rope_type": "default", "rope_theta": 10000.0}
HEAD = {"lm_head": 2.0}  # scores with a spread of about 2
ROUTER = {**HEAD, "mlp.gate.weight": 3.0}
YARN = {"rope_type": "yarn", "rope_theta": 10000.0, "factor": 4.0, "original_max_position_embeddings": 64,
        "beta_fast": 8.0, "beta_slow": 1.0}
LONG = {"rope_type": "longrope", "rope_theta": 10000.0, "short_factor": [1.0, 1.05, 1.1, 1.3],
        "long_factor": [1.1, 1.6, 3.0, 6.0]}

CASES = [
    dict(name="mixtral", cls="Mixtral", seed=201, gain=ROUTER, about="Mixtral: 4 experts, 2 for each token, renormalised",
         config=dict(SMALL, intermediate_size=16, num_local_experts=4, num_experts_per_tok=2, rope_parameters=ROPE)),
    dict(name="qwen2_moe", cls="Qwen2Moe", seed=202, gain=ROUTER, flat=True,
         about="Qwen2-MoE: shared expert behind a gate, 6 experts, 2 for each token, not renormalised, layer 0 dense",
         config=dict(DENSE, num_experts=6, num_experts_per_tok=2, moe_intermediate_size=12,
                     shared_expert_intermediate_size=20, norm_topk_prob=False, mlp_only_layers=[0], rope_parameters=ROPE)),
    dict(name="qwen3_moe", cls="Qwen3Moe", seed=203, gain=ROUTER, flat=True,
         about="Qwen3-MoE: norms of heads, 8 experts, 3 for each token, renormalised, every second layer dense",
         config=dict(DENSE, head_dim=8, num_experts=8, num_experts_per_tok=3, moe_intermediate_size=10, norm_topk_prob=True,
                     decoder_sparse_step=2, rope_parameters=ROPE)),
    dict(name="llama_yarn", cls="Llama", seed=204, gain=HEAD, flat=True,
         about="Llama with YaRN: heads of 16, of whose pairs some are kept, some divided, some between",
         config=dict(DENSE, num_attention_heads=2, num_key_value_heads=1, rope_parameters=YARN)),
    dict(name="mistral_window", cls="Mistral", seed=205, gain=HEAD, about="Mistral: a window of 24 tokens in all layers",
         config=dict(DENSE, sliding_window=24, rope_parameters=ROPE)),
    dict(name="qwen2_window", cls="Qwen2", seed=206, gain=HEAD, flat=True, about="Qwen2: a window of 16 tokens in the second layer",
         config=dict(DENSE, use_sliding_window=True, sliding_window=16, max_window_layers=1, rope_parameters=ROPE)),
    dict(name="glm4", cls="Glm4", seed=207, gain=HEAD,
         about="GLM-4-0414: norms before and after attention and MLP, half of a head turns, biases",
         config=dict(DENSE, head_dim=8, attention_bias=True, rms_norm_eps=1e-5, rope_parameters={**ROPE, "partial_rotary_factor": 0.5})),
    dict(name="chatglm", cls="Glm", seed=208, gain=HEAD, original=True,
         about="GLM-4-9B as first published: original names and keys, half of a head turns, biases of queries, keys and values",
         config=dict(DENSE, head_dim=8, attention_bias=True, rms_norm_eps=1e-5, rope_parameters={**ROPE, "rope_theta": 50000.0, "partial_rotary_factor": 0.5})),
    dict(name="smollm3", cls="SmolLM3", seed=209, gain={"embed_tokens": 0.15}, about="SmolLM3: tied, the fourth layer without positions",
         config=dict(SMALL, num_hidden_layers=4, intermediate_size=16, rope_parameters=ROPE, tie_word_embeddings=True)),
    dict(name="phi3_long", cls="Phi3", seed=210, gain=HEAD, about="Phi-3: fused matrices, LongRoPE, a prompt shorter and one longer than the original context",
         config=dict(DENSE, original_max_position_embeddings=64, rope_parameters=LONG), steps=24),
]


# ----------------------------------------------------------------------------- weights
def rng(seed, *tags):
    """A generator of its own for each seed and name, so that one more tensor changes no other."""
    digest = hashlib.sha256((f"{seed}|" + "|".join(tags)).encode()).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest[:16], "little")))


def randomize(model, seed, gain):
    """Norms around 1, biases that are not zero, matrices that keep the scale of what they multiply."""
    for name, parameter in model.named_parameters():
        g, shape = rng(seed, name), tuple(parameter.shape)
        override = next((value for part, value in gain.items() if part in name), None)
        if "norm" in name:
            value = g.uniform(0.5, 1.5, shape)
        elif name.endswith("bias"):
            value = g.standard_normal(shape) * 0.15
        elif "embed_tokens" in name:
            value = g.standard_normal(shape) * (override or 0.4)
        else:
            usual = 1.3 if "q_proj" in name or "k_proj" in name else 1.0
            value = g.standard_normal(shape) * ((override or usual) / np.sqrt(shape[-1]))
        parameter.copy_(torch.from_numpy(np.asarray(value, dtype=np.float32).reshape(shape)))


# ----------------------------------------------------------------------------- files
def write_json(path, value):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file, ensure_ascii=False, indent=1)
        file.write("\n")


def read_json(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def save(path, tensors):
    save_file({name: tensors[name].detach().clone().contiguous() for name in sorted(tensors)}, path)


def flat(config):
    """The keys of tools before transformers 5."""
    config = dict(config)
    rope = dict(config.pop("rope_parameters"))
    config["rope_theta"] = rope.pop("rope_theta")
    if "partial_rotary_factor" in rope:
        config["partial_rotary_factor"] = rope.pop("partial_rotary_factor")
    config["rope_scaling"] = None if rope["rope_type"] == "default" else rope
    if config["model_type"] == "qwen3_moe" and "num_local_experts" in config:
        config["num_experts"] = config.pop("num_local_experts")
    for key in ("layer_types", "dtype"):
        config.pop(key, None)
    return config


def original(config, weights):
    """A Glm checkpoint in the names and keys that ChatGLM has."""
    rope, heads = config["rope_parameters"], ("q_proj", "k_proj", "v_proj")
    keys = {
        "model_type": "chatglm", "architectures": ["ChatGLMModel"], "num_layers": config["num_hidden_layers"],
        "hidden_size": config["hidden_size"], "ffn_hidden_size": config["intermediate_size"],
        "kv_channels": config["head_dim"], "num_attention_heads": config["num_attention_heads"],
        "multi_query_attention": True, "multi_query_group_num": config["num_key_value_heads"],
        "layernorm_epsilon": config["rms_norm_eps"], "padded_vocab_size": config["vocab_size"],
        "seq_length": config["max_position_embeddings"], "rope_ratio": rope["rope_theta"] / 10000, "rmsnorm": True,
        "original_rope": True, "post_layer_norm": True, "apply_residual_connection_post_layernorm": False,
        "add_bias_linear": False, "add_qkv_bias": True, "tie_word_embeddings": False,
        "eos_token_id": config["eos_token_id"], "pad_token_id": config["pad_token_id"],
    }
    names = {"model.embed_tokens.weight": "transformer.embedding.word_embeddings.weight",
             "model.norm.weight": "transformer.encoder.final_layernorm.weight",
             "lm_head.weight": "transformer.output_layer.weight"}
    parts = {"input_layernorm": "input_layernorm", "post_attention_layernorm": "post_attention_layernorm",
             "self_attn.o_proj": "self_attention.dense", "mlp.gate_up_proj": "mlp.dense_h_to_4h",
             "mlp.down_proj": "mlp.dense_4h_to_h"}
    out = {new: weights[old] for old, new in names.items()}
    for layer in range(config["num_hidden_layers"]):
        old, new = f"model.layers.{layer}.", f"transformer.encoder.layers.{layer}."
        for a, b in parts.items():
            out[f"{new}{b}.weight"] = weights[f"{old}{a}.weight"]
        for kind in ("weight", "bias"):
            out[f"{new}self_attention.query_key_value.{kind}"] = torch.cat(
                [weights[f"{old}self_attn.{head}.{kind}"] for head in heads])
    frequencies = rope["rope_theta"] ** (-torch.arange(0, config["head_dim"] // 2, 2) / (config["head_dim"] // 2))
    out["transformer.rotary_pos_emb.inv_freq"] = frequencies.float()
    return keys, out


# ----------------------------------------------------------------------------- results
def nmse(a, b):
    a, b = a.double(), b.double()
    return float(((a - b) ** 2).sum() / (b * b).sum())


def results(model, inputs):
    base, seen, hooks = model.model, {}, []

    def keep(name):
        def hook(_module, _inputs, output):
            seen[name] = (output[0] if isinstance(output, tuple) else output).detach().clone()
        return hook

    modules = {"embed": base.embed_tokens, "norm": base.norm} | {f"layer.{i}": layer for i, layer in enumerate(base.layers)}
    out = {}
    for prompt in ("a", "b", "long"):
        hooks = [module.register_forward_hook(keep(name)) for name, module in modules.items()] if prompt == "a" else []
        logits = model(inputs[f"{prompt}.input_ids"], use_cache=False).logits[0]
        for hook in hooks:
            hook.remove()
        out |= {"long.logits_last4": logits[-4:]} if prompt == "long" else {f"{prompt}.logits": logits}
    return out | {"a." + name: value[0] for name, value in seen.items()}


def greedy(model, ids, steps):
    start, out, tops, margins = list(ids), [], [], []
    ids = list(ids)
    for _ in range(steps):
        top = torch.topk(model(torch.tensor([ids]), use_cache=False).logits[0, -1].double(), 2)
        out.append(int(top.indices[0]))
        tops.append(round(float(top.values[0]), 6))
        margins.append(round(float(top.values[0] - top.values[1]), 6))
        ids.append(out[-1])
    return {"prompt": start, "ids": out, "top_logit": tops, "margin": margins}


def load(case, folder):
    """In F32, with experts one after the other."""
    cls = getattr(transformers, case["cls"] + "ForCausalLM")
    model = cls.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
    if hasattr(model.config, "_experts_implementation"):
        model.config._experts_implementation = "eager"
    return model.eval()


def build(case, folder):
    config = getattr(transformers, case["cls"] + "Config")(**case["config"])
    config._attn_implementation = "eager"
    model = getattr(transformers, case["cls"] + "ForCausalLM")(config).eval()
    randomize(model, case["seed"], case["gain"])
    model.tie_weights()
    model.to(torch.bfloat16)  # to keep the files small
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    model.save_pretrained(folder)
    for name in os.listdir(folder):
        if name not in ("config.json", "model.safetensors"):
            os.remove(os.path.join(folder, name))
    keys = read_json(f"{folder}/config.json")
    g = rng(case["seed"], "prompt")
    inputs = {f"{name}.input_ids": torch.from_numpy(g.integers(5, 59, (1, count)))
              for name, count in (("a", 12), ("b", 5), ("long", 100))}
    save(f"{folder}/inputs.safetensors", inputs)
    model = load(case, folder)
    expected = results(model, inputs)
    save(f"{folder}/expected.safetensors", expected)
    write_json(f"{folder}/greedy.json", greedy(model, inputs["a.input_ids"][0].tolist(), case.get("steps", STEPS)))
    noise = results(model.double(), inputs)
    write_json(f"{folder}/case.json", {
        "kind": "text", "name": case["name"], "class": case["cls"] + "ForCausalLM", "about": case["about"], "seed": case["seed"],
        "f32_noise_nmse": max(nmse(expected[name], noise[name]) for name in expected)})
    if case.get("original"):
        keys, weights = original(keys, load_file(f"{folder}/model.safetensors"))
        save(f"{folder}/model.safetensors", weights)
    keys.pop("transformers_version", None)
    write_json(f"{folder}/config.json", flat(keys) if case.get("flat") else keys)


def check(case, folder):
    if case.get("original"):
        return []  # no class reads these names; built again they must be the same
    found, expected = results(load(case, folder), load_file(f"{folder}/inputs.safetensors")), load_file(f"{folder}/expected.safetensors")
    return [f"{case['name']}: {name}" for name in expected if not nmse(found[name], expected[name]) <= LIMIT]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    problems = []
    for case in CASES:
        if arguments.names and case["name"] not in arguments.names:
            continue
        folder = os.path.join(FOLDER, case["name"])
        if arguments.check:
            problems += check(case, folder)
        else:
            build(case, folder)
        print(case["name"], flush=True)
    sys.exit("\n".join(problems) if problems else 0)


if __name__ == "__main__":
    main()
