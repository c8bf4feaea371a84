"""Writes the shipped files from a training run: F16 master, configuration, tokenizer, quantized GGUF.

    python export.py RUN_DIR OUT_DIR
"""
import json
import shutil
import sys
from pathlib import Path

import gguf
import numpy as np
import torch
from safetensors.numpy import load_file, save_file

from text import SPECIALS


def fold(state, epsilon=1e-5):
    """Names and arrays of docs/models/hearth.md: batch normalisation folded, item rows at length 1, helpers left out."""
    out = {}
    for name, value in state.items():
        if name.startswith(("helper.", "vision.batch_norm.")):
            continue
        value = value.double()
        if name.startswith("vision.stem."):
            norm = "vision.batch_norm." + name.split(".")[2] + "."
            scale = state[norm + "weight"].double() / torch.sqrt(state[norm + "running_var"].double() + epsilon)
            out[name.replace("weight", "bias")] = state[norm + "bias"].double() - state[norm + "running_mean"].double() * scale
            value = value * scale[:, None, None, None]
        if name == "item_embed.weight":
            value = value / value.norm(dim=1, keepdim=True)
        out[name] = value
    return {name: value.contiguous().numpy() for name, value in sorted(out.items())}


def gguf_type(name, array):
    kept = ("vision.position", "memory.rank", "item_embed.weight")
    if array.ndim == 1 or name in kept:
        return gguf.GGMLQuantizationType.F32
    if array.ndim == 2 and array.shape[1] % 32 == 0:
        return gguf.GGMLQuantizationType.Q8_0
    return gguf.GGMLQuantizationType.F16


def add_value(writer, key, value):
    if isinstance(value, list):
        writer.add_array(key, value)
    elif isinstance(value, bool):
        writer.add_bool(key, value)
    elif isinstance(value, int):
        writer.add_uint32(key, value)
    elif isinstance(value, float):
        writer.add_float32(key, value)
    else:
        writer.add_string(key, value)


def write_gguf(path, config, tokenizer_json, weights):
    writer = gguf.GGUFWriter(path, "hearth")
    writer.add_name("hearth")
    writer.add_license("Apache-2.0")
    for key, value in config.items():
        if key != "model_type":
            add_value(writer, f"hearth.{key}", value)
    tokenizer = json.loads(tokenizer_json)
    added = {t["id"]: t["content"] for t in tokenizer["added_tokens"]}
    tokens = {i: t for t, i in tokenizer["model"]["vocab"].items()} | added
    kinds = [1 if i not in added else 3 if added[i] in SPECIALS else 4 for i in sorted(tokens)]
    merges = [m if isinstance(m, str) else " ".join(m) for m in tokenizer["model"]["merges"]]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list([tokens[i] for i in sorted(tokens)])
    writer.add_token_types(kinds)
    writer.add_token_merges(merges)
    writer.add_eos_token_id(config["eos_token_id"])
    writer.add_string("hearth.tokenizer_json", tokenizer_json)
    for name, value in weights.items():
        kind = gguf_type(name, value)
        data = gguf.quants.quantize(np.ascontiguousarray(value, np.float32), kind)
        writer.add_tensor(name, data, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main(run, out):
    run, out = Path(run), Path(out)
    (out / "hearth").mkdir(parents=True, exist_ok=True)
    config = json.loads((run / "config.json").read_text())
    master = {name: value.astype(np.float16) for name, value in fold(torch.load(run / "checkpoint.pt")["model"]).items()}
    save_file(master, out / "hearth-f16.safetensors", {"format": "pt"})
    for name in ("config.json", "tokenizer.json"):
        shutil.copyfile(run / name, out / "hearth" / name)
    weights = load_file(out / "hearth-f16.safetensors")
    write_gguf(out / "hearth.gguf", config, (run / "tokenizer.json").read_text(), weights)
    for path in (out / "hearth-f16.safetensors", out / "hearth.gguf"):
        print(f"{path}: {path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main(*sys.argv[1:])
