"""Writes the shipped files from a training run: F16 master and configuration.

    python export.py RUN_DIR OUT_DIR
"""
import json
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file

from config import MODEL
from lexicon import CODES, CURRENCIES, UNITS
from tokens import LEXICONS


def configuration():
    """config.json: the sizes and everything that the rules look up."""
    return MODEL | {"lexicons": LEXICONS, "units": UNITS, "currencies": CURRENCIES, "currency_codes": CODES}


def write_config(path, config):
    path.write_text("{\n" + ",\n".join(f" {json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in config.items()) + "\n}\n")


def main(run, out):
    out = Path(out)
    state = torch.load(Path(run) / "checkpoint.pt")["model"]
    weights = {name: np.ascontiguousarray(value.float().numpy().astype(np.float16)) for name, value in sorted(state.items())}
    (out / "ledger").mkdir(parents=True, exist_ok=True)
    save_file(weights, out / "ledger" / "model.safetensors", {"format": "np"})
    (out / "ledger" / "model.safetensors").chmod(0o644)
    write_config(out / "ledger" / "config.json", configuration())
    print(sum(w.size for w in weights.values()), "parameters,", (out / "ledger" / "model.safetensors").stat().st_size, "bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
