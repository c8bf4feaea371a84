"""Forward pass of ledger in plain numpy, exactly as docs/models/ledger.md says it.

    python reference.py MODEL_DIR REPORT.txt
"""
import json
import sys
from pathlib import Path

import numpy as np

from decode import decode, windows
from relate import relate
from tokens import features


def gelu(x):
    return 0.5 * x * (1 + np.tanh(np.float32(np.sqrt(2 / np.pi)) * (x + np.float32(0.044715) * x * x * x)))


class Reference:
    def __init__(self, config, weights, dtype=np.float32):
        self.config, self.dtype = config, dtype
        self.w = {name: np.asarray(value).astype(dtype) for name, value in weights.items()}

    def linear(self, name, x):
        return x @ self.w[name + ".weight"].T + self.w[name + ".bias"]

    def norm(self, name, x):
        x = x - x.mean(-1, keepdims=True)
        x = x / np.sqrt((x * x).mean(-1, keepdims=True) + self.config["layer_norm_eps"])
        return x * self.w[name + ".weight"] + self.w[name + ".bias"]

    def rotate(self, x):
        """x [tokens, heads, d]: dimension j turns with j + d/2."""
        half = x.shape[-1] // 2
        angle = np.arange(len(x))[:, None] * self.config["rope_theta"] ** (-np.arange(half) / half)
        cos, sin = np.cos(angle)[:, None].astype(self.dtype), np.sin(angle)[:, None].astype(self.dtype)
        a, b = x[..., :half], x[..., half:]
        return np.concatenate([a * cos - b * sin, b * cos + a * sin], -1)

    def forward(self, hashes, flags):
        """hashes U32 [tokens, 4] and flags [tokens, F] of one window; every named step."""
        c, steps = self.config, {}
        x = self.w["embed.weight"][hashes % c["hash_buckets"]].sum(1) + self.linear("flags", flags.astype(self.dtype))
        x = steps["embed"] = self.norm("embed_norm", x)
        heads = lambda a: a.reshape(len(a), c["num_attention_heads"], -1)
        for i in range(c["num_hidden_layers"]):
            p = f"layers.{i}."
            n = self.norm(p + "norm1", x)
            q, k, v = (heads(self.linear(p + f"attention.{role}", n)) for role in "qkv")
            q, k, v = self.rotate(q).transpose(1, 0, 2), self.rotate(k).transpose(1, 2, 0), v.transpose(1, 0, 2)
            e = q @ k / np.sqrt(self.dtype(q.shape[-1]))
            e = np.exp(e - e.max(-1, keepdims=True))
            mixed = (e / e.sum(-1, keepdims=True) @ v).transpose(1, 0, 2).reshape(len(x), -1)
            x = x + self.linear(p + "attention.o", mixed)
            x = x + self.linear(p + "mlp.down", gelu(self.linear(p + "mlp.up", self.norm(p + "norm2", x))))
            steps[f"layer.{i}"] = x
        x = steps["norm"] = self.norm("norm", x)
        steps["tags"], steps["kinds"] = self.linear("tags", x), self.linear("kinds", x)
        return steps

    def read(self, text):
        """Entities [(start, end, label)] and tuples of a report."""
        c = self.config
        spans, hashes, flags = features(text)
        tags, kinds = np.zeros((len(spans), len(c["tags"])), self.dtype), np.zeros((len(spans), len(c["kinds"])), self.dtype)
        for start, end, first, last in windows(len(spans), c["window"], c["overlap"]):
            steps = self.forward(hashes[start:end], flags[start:end])
            tags[first:last], kinds[first:last] = steps["tags"][first - start:last - start], steps["kinds"][first - start:last - start]
        entities, kind_of = decode(tags, kinds, text, spans, flags)
        return entities, relate(text, entities, kind_of)


def load(folder):
    from safetensors.numpy import load_file
    folder = Path(folder)
    return Reference(json.loads((folder / "config.json").read_text()), load_file(folder / "model.safetensors"))


def main(folder, report):
    text = Path(report).read_text()
    entities, tuples = load(folder).read(text)
    said = lambda span: text[span[0]:span[1]]
    for start, end, label in entities:
        print(f"{start}\t{end}\t{label}\t{said((start, end))}")
    for item in tuples:
        print({k: [said(s) for s in v] if k == "unit" else said(v) if isinstance(v, tuple) else v for k, v in item.items()})


if __name__ == "__main__":
    main(*sys.argv[1:])
