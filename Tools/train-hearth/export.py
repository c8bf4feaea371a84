"""Writes a training run as a model folder: F16 master, configuration, tokenizer. `millrace models convert` quantizes it.

    python export.py RUN_DIR OUT_DIR
"""
import shutil
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file


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


def main(run, out):
    run, out = Path(run), Path(out)
    out.mkdir(parents=True, exist_ok=True)
    master = {name: value.astype(np.float16) for name, value in fold(torch.load(run / "checkpoint.pt")["model"]).items()}
    save_file(master, out / "model.safetensors", {"format": "pt"})
    for name in ("config.json", "tokenizer.json"):
        shutil.copyfile(run / name, out / name)


if __name__ == "__main__":
    main(*sys.argv[1:])
