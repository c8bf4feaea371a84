"""Compares what Millrace computes with the reference, on the master's own weights.

    python verify.py ../../samples/models/hearth ../../samples/home/06-reading.jpg [MILLRACE]
"""
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from make_oracle import write_case

LIMIT = 1e-3  # between two logits
INSTRUCTIONS = {"a": "Describe the scene.", "b": "Is there a lamp?"}


def main(master, picture, millrace="../../.build/release/millrace"):
    master = Path(master)
    config = json.loads((master / "config.json").read_text())
    side = (config["image_size"],) * 2
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        for name in ("config.json", "tokenizer.json", "model.safetensors"):
            shutil.copyfile(master / name, folder / name)
        pixels = np.asarray(Image.open(picture).convert("RGB").resize(side, Image.Resampling.BICUBIC))
        tokenizer = Tokenizer.from_file(str(master / "tokenizer.json"))
        write_case(folder, config, load_file(master / "model.safetensors"), tokenizer, pixels, INSTRUCTIONS, 100, weights="float16")
        found = subprocess.run([millrace, "models", "verify", folder, "--json"], stdout=subprocess.PIPE)
    (run,) = json.loads(found.stdout)[0]["runs"]
    logits = {c["name"]: c["largest_difference"] for c in run["comparisons"] if c["name"].endswith("logits")}
    for name, value in logits.items():
        print(f"{name}: largest difference {value:.1e}")
    for c in run["continuations"]:
        print(f"{c['name']}: {c['equal']} of {c['tokens']} tokens equal")
    if found.returncode or not run["passed"] or not logits or max(logits.values()) > LIMIT:
        sys.exit(f"Millrace and the reference disagree: {run['failure'] or [c for c in run['comparisons'] if not c['passed']]}")


if __name__ == "__main__":
    main(*sys.argv[1:])
