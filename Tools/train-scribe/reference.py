"""Forward pass of scribe in plain numpy, from config.json and safetensors alone; prints what the model expects next.

    python reference.py MODEL_DIR TOKEN...
"""
import json
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file


class Reference:
    def __init__(self, folder, adapter=None):
        folder = Path(folder)
        self.config = json.loads((folder / "config.json").read_text())
        self.w = {name: value.astype(np.float32) for name, value in load_file(folder / "model.safetensors").items()}
        if adapter:
            self.adapt(Path(adapter))

    def adapt(self, folder):
        """Adds B A times alpha / r to each matrix that the adapter names."""
        c, w = json.loads((folder / "adapter_config.json").read_text()), load_file(folder / "adapter_model.safetensors")
        for name in w:
            if name.endswith("lora_A.weight"):
                a, b = w[name].astype(np.float32), w[name.replace("lora_A", "lora_B")].astype(np.float32)
                self.w[name.removeprefix("base_model.model.").replace(".lora_A", "")] += b @ a * (c["lora_alpha"] / c["r"])

    def norm(self, name, x):
        return x / np.sqrt((x * x).mean(-1, keepdims=True) + self.config["rms_norm_eps"]) * self.w[name + ".weight"]

    def rotate(self, x):
        """x [tokens, heads, d]: dimension j turns with j + d/2."""
        half = x.shape[-1] // 2
        angle = np.arange(len(x))[:, None] * self.config["rope_theta"] ** (-np.arange(half) / half)
        cos, sin = np.cos(angle)[:, None].astype(np.float32), np.sin(angle)[:, None].astype(np.float32)
        a, b = x[..., :half], x[..., half:]
        return np.concatenate([a * cos - b * sin, b * cos + a * sin], -1)

    def forward(self, tokens):
        """Every named step of a sequence, the last one its logits [tokens, vocabulary]."""
        c, w, steps = self.config, self.w, {}
        x = steps["embed"] = w["model.embed_tokens.weight"][np.asarray(tokens)]
        mask = np.triu(np.full((len(x), len(x)), -np.inf, np.float32), 1)
        for i in range(c["num_hidden_layers"]):
            p = f"model.layers.{i}."
            n = self.norm(p + "input_layernorm", x)
            q, k, v = ((n @ w[p + f"self_attn.{r}_proj.weight"].T).reshape(len(x), -1, c["head_dim"]) for r in "qkv")
            many = c["num_attention_heads"] // c["num_key_value_heads"]
            q, k, v = self.rotate(q).transpose(1, 0, 2), self.rotate(k).repeat(many, 1).transpose(1, 2, 0), v.repeat(many, 1).transpose(1, 0, 2)
            e = q @ k / np.sqrt(np.float32(c["head_dim"])) + mask
            e = np.exp(e - e.max(-1, keepdims=True))
            x = x + (e / e.sum(-1, keepdims=True) @ v).transpose(1, 0, 2).reshape(len(x), -1) @ w[p + "self_attn.o_proj.weight"].T
            n = self.norm(p + "post_attention_layernorm", x)
            gate, up = n @ w[p + "mlp.gate_proj.weight"].T, n @ w[p + "mlp.up_proj.weight"].T
            x = steps[f"layer.{i}"] = x + (gate / (1 + np.exp(-gate)) * up) @ w[p + "mlp.down_proj.weight"].T
        x = steps["norm"] = self.norm("model.norm", x)
        steps["logits"] = x @ w["model.embed_tokens.weight"].T
        return steps


def main(folder, *tokens):
    logits = Reference(folder).forward([int(t) for t in tokens])["logits"][-1]
    for t in np.argsort(-logits)[:10]:
        print(t, round(float(logits[t]), 4))


if __name__ == "__main__":
    main(*sys.argv[1:])
