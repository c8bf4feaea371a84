"""Writes what the reference computes with the shipped weights, for the test that compares Millrace with it.

    python make_logits.py MODEL_DIR
"""
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from annotation import parse
from decode import windows
from reference import load
from tokens import features


def main(folder):
    model, tests, out = load(folder), Path(folder) / "test", {}
    for name in ("en-01", "zh-01"):
        spans, hashes, flags = features(parse((tests / "handwritten" / f"{name}.txt").read_text())[0])
        steps = [model.forward(hashes[a:b], flags[a:b]) for a, b, _, _ in windows(len(spans), model.config["window"], model.config["overlap"])]
        for step in ("tags", "kinds"):
            out[f"{name}.{step}"] = np.concatenate([s[step] for s in steps]).astype(np.float32)
    save_file(out, tests / "logits.safetensors")


if __name__ == "__main__":
    main(*sys.argv[1:])
