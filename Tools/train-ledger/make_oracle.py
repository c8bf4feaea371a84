"""Writes a tiny random ledger with the expected value of every step, and what the rules make of a few texts.

    python make_oracle.py ../../Tests/Oracles/models/ledger
"""
import json
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from config import MODEL
from decode import windows
from export import configuration, write_config
from reference import Reference
from relate import relate
from tokens import FLAGS, features, normalise

SEED = 402
SIZES = {"hash_buckets": 97, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 24, "window": 24, "overlap": 6}
TEXTS = {
    "english": "Aldgate Foods plc (AGF LN)\nBuy, TP 640p (from 610p). 1H25 revenue rose 6.1% to £842m; EBITDA was £97.4m vs £93m expected.\nPrice at 6 May 2025: £5.63\n| 2024A | 2025E\nNet sales (£m) | 1,412.0 | 1,588.5\n",
    "chinese": "云岭茶业（603871.SH）：２０２５年前三季度营收18.64亿元，同比-3.2%；归母净利润2.07亿元。维持“增持”，目标价由21.5元下调至20.0元（8月27日收盘价16.30元）。",
    "noise": "Kestre1 Rob0tics|KSRB\r\n\n  TP:USD47.OO ... (3.4)%  1,2345  12.5.2025 +7bps–x-3",
}


def weights(c):
    r = np.random.default_rng(SEED)
    d, i = c["hidden_size"], c["intermediate_size"]
    shapes = {"embed.weight": (c["hash_buckets"], d), "flags.weight": (d, len(FLAGS)), "flags.bias": (d,), "tags.weight": (len(c["tags"]), d), "tags.bias": (len(c["tags"]),),
              "kinds.weight": (len(c["kinds"]), d), "kinds.bias": (len(c["kinds"]),)}
    for name in ["embed_norm", "norm"] + [f"layers.{n}.{m}" for n in range(c["num_hidden_layers"]) for m in ("norm1", "norm2")]:
        shapes[name + ".weight"] = shapes[name + ".bias"] = (d,)
    for n in range(c["num_hidden_layers"]):
        for role in "qkvo":
            shapes[f"layers.{n}.attention.{role}.weight"], shapes[f"layers.{n}.attention.{role}.bias"] = (d, d), (d,)
        shapes |= {f"layers.{n}.mlp.up.weight": (i, d), f"layers.{n}.mlp.up.bias": (i,), f"layers.{n}.mlp.down.weight": (d, i), f"layers.{n}.mlp.down.bias": (d,)}
    return {k: (r.standard_normal(s) * (0.4 if len(s) > 1 else 0.1) + (1 if "norm" in k and k.endswith("weight") else 0)).astype(np.float32) for k, s in sorted(shapes.items())}


def main(out):
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    config = MODEL | SIZES
    w = weights(config)
    model = Reference(config, w, np.float64)
    save_file(w, out / "model.safetensors")
    write_config(out / "config.json", configuration() | SIZES)
    cases, steps = {}, {}
    for name, text in TEXTS.items():
        spans, hashes, flags = features(text)
        rows = [model.forward(hashes[a:b], flags[a:b]) for a, b, _, _ in windows(len(spans), config["window"], config["overlap"])]
        for step, value in rows[0].items():
            steps[f"{name}.first_window.{step}"] = value.astype(np.float32)
        entities, tuples = model.read(text)
        cases[name] = {"text": text, "normalised": normalise(text), "tokens": spans, "hashes": hashes.tolist(), "flags": [[FLAGS[i] for i in np.flatnonzero(f)] for f in flags],
                       "windows": windows(len(spans), config["window"], config["overlap"]), "entities": entities, "tuples": tuples}
    # what the relation rule makes of true entities
    from annotation import parse
    for path in sorted((Path(__file__).parent / "development").glob("*.txt")):
        text, entities, tuples = parse(path.read_text())
        cases[path.stem] = {"text": text, "entities": entities, "tuples": relate(text, entities, {t["value"][0]: t["kind"] for t in tuples.values() if "value" in t})}
    save_file(steps, out / "expected.safetensors")
    (out / "cases.json").write_text(json.dumps(cases, ensure_ascii=False, indent=1) + "\n")
    (out / "case.json").write_text(json.dumps({"kind": "ledger", "name": "ledger", "seed": SEED, "tolerance_nmse": 1e-9}, indent=1) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
