"""Writes the shipped F16 master and its configuration from a training run.

    python export.py RUN_DIR MODEL_DIR
"""
import json
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file

from config import MODEL


def main(run, out):
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    state = torch.load(Path(run) / "checkpoint.pt")["model"]
    weights = {"model." + name: np.ascontiguousarray(value.float().numpy().astype(np.float16)) for name, value in sorted(state.items())}
    save_file(weights, out / "model.safetensors", {"format": "pt"})
    (out / "model.safetensors").chmod(0o644)
    (out / "config.json").write_text(json.dumps(MODEL, indent=1) + "\n")
    print(sum(w.size for w in weights.values()), "parameters,", (out / "model.safetensors").stat().st_size, "bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
