"""Writes the tiny random hearth model with the expected value of every step.

    python make_oracle.py ../../Tests/Oracles/models/hearth
"""
import json
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from reference import Hearth, overlap
from text import train_tokenizer

SEED = 402
NAMES = ["chair", "lamp", "person", "sofa", "tv", "washing machine"]
CONFIG = {
    "model_type": "hearth", "image_size": 64, "stem_channels": [4, 6, 8],
    "vision_hidden_size": 16, "vision_layers": 2, "vision_heads": 2, "vision_intermediate_size": 32,
    "item_hidden_size": 12, "states": ["none", "on", "off", "open", "closed"],
    "memory_objects": 5, "suppression_iou": 0.5,
    "hidden_size": 16, "num_hidden_layers": 4, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 4,
    "intermediate_size": 40, "cross_attention_layers": [1, 3], "refine_layers": [1, 3],
    "rope_theta": 10000.0, "rms_norm_eps": 1e-5, "layer_norm_eps": 1e-5, "tie_word_embeddings": True,
    "item_names": NAMES,
}
INSTRUCTIONS = {"a": "Describe the scene.\nHome: porch_lamp=off, washing machine=on", "b": "Is there a lamp?"}


def shapes(c):
    """Name and shape of every tensor."""
    dv, d, di, names, states = c["vision_hidden_size"], c["hidden_size"], c["item_hidden_size"], len(c["item_names"]), len(c["states"])
    cells = (c["image_size"] // 16) ** 2
    q, kv = c["num_attention_heads"] * c["head_dim"], c["num_key_value_heads"] * c["head_dim"]
    channels = [3, *c["stem_channels"], dv]
    out = {}

    def linear(name, rows, columns, bias=True):
        out[name + ".weight"] = (rows, columns)
        if bias:
            out[name + ".bias"] = (rows,)

    def norm(name, width, bias=False):
        out[name + ".weight"] = (width,)
        if bias:
            out[name + ".bias"] = (width,)

    def attend(name):
        for role, rows, columns in (("q", q, d), ("k", kv, d), ("v", kv, d), ("o", d, q)):
            linear(f"{name}.{role}", rows, columns, bias=False)

    for i in range(4):
        out[f"vision.stem.{i}.weight"] = (channels[i + 1], channels[i], 3, 3)
        out[f"vision.stem.{i}.bias"] = (channels[i + 1],)
    out["vision.position"] = (cells, dv)
    for i in range(c["vision_layers"]):
        p = f"vision.layers.{i}."
        norm(p + "norm1", dv, True)
        norm(p + "norm2", dv, True)
        for role in "qkvo":
            linear(p + "attention." + role, dv, dv)
        linear(p + "mlp.up", c["vision_intermediate_size"], dv)
        linear(p + "mlp.down", dv, c["vision_intermediate_size"])
    norm("vision.norm", dv, True)
    for name, rows in (("item", di), ("objectness", 1), ("box", 4), ("state", states)):
        linear("cell." + name, rows, dv)
    out.update({"cell.scale": (1,), "item_embed.weight": (names, di), "memory.rank": (c["memory_objects"], d)})
    linear("memory.cell", d, dv)
    linear("memory.item", d, di, bias=False)
    linear("memory.geometry", d, 5 + states, bias=False)
    linear("memory.grid", d, dv)
    out["token_embed.weight"] = (c["item_token_start"], d)
    linear("item_input", d, di, bias=False)
    for i in range(c["num_hidden_layers"]):
        p = f"layers.{i}."
        if i in c["refine_layers"]:
            norm(p + "refine.norm", d, True)
            norm(p + "refine.text_norm", d)
            attend(p + "refine")
            out[p + "refine.gate"] = (1,)
        if i in c["cross_attention_layers"]:
            norm(p + "cross.norm", d)
            norm(p + "cross.memory_norm", d)
            attend(p + "cross")
            out[p + "cross.gate"] = (1,)
        norm(p + "norm1", d)
        norm(p + "norm2", d)
        attend(p + "attention")
        for role, rows, columns in (("gate", c["intermediate_size"], d), ("up", c["intermediate_size"], d), ("down", d, c["intermediate_size"])):
            linear(p + "mlp." + role, rows, columns, bias=False)
    norm("norm", d)
    linear("item_output", di, d, bias=False)
    out.update({"item_scale": (1,), "item_bias": (1,)})
    return out


def random_weights(c, rng):
    weights = {}
    for name, shape in shapes(c).items():
        if name == "item_embed.weight":
            value = rng.standard_normal(shape)
            value /= np.linalg.norm(value, axis=1, keepdims=True)
        elif name in ("cell.scale", "item_scale"):
            value = np.array([3.0])
        elif "norm" in name and name.endswith(".weight"):
            value = 1 + 0.2 * rng.standard_normal(shape)
        elif len(shape) == 1:
            value = 0.4 * rng.standard_normal(shape)
        else:
            value = rng.standard_normal(shape) * 1.2 / np.sqrt(np.prod(shape[1:]))
        weights[name] = value.astype(np.float32)
    return weights


def check_margins(steps, c):
    """The choice of slots must not hang on rounding."""
    boxes = steps["cell.box"]
    overlaps = [overlap(boxes[i], boxes[j]) for i in range(len(boxes)) for j in range(i)]
    assert np.diff(np.sort(steps["cell.objectness"])).min() > 1e-3
    assert min(abs(o - c["suppression_iou"]) for o in overlaps) > 1e-3


def greedy(model, memory, prompt, limit):
    """The likeliest token each time, until `<|end|>` or the limit, and its lead over the second best."""
    ids, top, margins = [], [], []
    while len(ids) < limit and (not ids or ids[-1] != model.c["eos_token_id"]):
        logits = model.read(memory, [*prompt, *ids], len(prompt))["logits"][-1]
        second, first = np.sort(logits)[-2:]
        ids.append(int(logits.argmax()))
        top.append(round(float(first), 6))
        margins.append(round(float(first - second), 6))
    return {"prompt": prompt, "ids": ids, "top_logit": top, "margin": margins}


def write_case(folder, config, tensors, tokenizer, picture, instructions, limit, **about):
    """What `millrace models verify` reads, beside the model itself: inputs, every step of the reference, the case."""
    model = Hearth(config, tensors)
    expected, inputs, runs = model.see(picture), {"picture": picture}, {}
    for key, instruction in instructions.items():
        prompt = tokenizer.encode(f"<|user|>{instruction}<|assistant|>").ids
        inputs[key + ".prompt"] = np.array(prompt, np.int64)
        steps = model.read(expected["memory"], prompt, len(prompt))
        runs[key] = greedy(model, expected["memory"], prompt, limit)
        expected = expected | {f"{key}.{name}": value for name, value in steps.items()}
    stored = {name: np.ascontiguousarray(v, np.int64 if name == "memory.slots" else np.float32) for name, v in expected.items()}
    save_file(inputs, folder / "inputs.safetensors")
    save_file(stored, folder / "expected.safetensors")
    case = {"kind": "hearth", "name": "hearth", "class": "Hearth", **about, "tolerance_nmse": 1e-9,
            "about": "picture U8 [S,S,3] is already at image_size; vision.*, cell.*, memory are per picture; KEY.* per prompt: "
                     "KEY.memory.layer.<i> after the refinement, KEY.layer.<i> after the block, KEY.logits for every prompt token; "
                     "names and formulas are in docs/models/hearth.md",
            "prompts": instructions, "greedy_min_margin": min(min(run["margin"]) for run in runs.values())}
    for name, content in (("greedy", runs), ("case", case)):
        (folder / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n")
    return expected


def main(folder):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(SEED)
    answer = '{"objects":[{"label":"lamp","state":"on","where":"left"}],"people":1,"activity":"reading","light":"dim"}'
    tokenizer = train_tokenizer([answer, *INSTRUCTIONS.values()] * 4, NAMES, 40)
    tokenizer.save(str(folder / "tokenizer.json"))
    start = tokenizer.token_to_id(NAMES[0])
    config = CONFIG | {"item_token_start": start, "vocab_size": start + len(NAMES), "eos_token_id": tokenizer.token_to_id("<|end|>")}
    weights = random_weights(config, rng)
    picture = rng.integers(0, 256, (4, 4, 3)).repeat(16, 0).repeat(16, 1)
    picture = np.clip(picture + rng.integers(-40, 41, picture.shape), 0, 255).astype(np.uint8)
    save_file(weights, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    check_margins(write_case(folder, config, weights, tokenizer, picture, INSTRUCTIONS, 32, seed=SEED, weights="float32"), config)


if __name__ == "__main__":
    main(*sys.argv[1:])
